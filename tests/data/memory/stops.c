/* Stops a process where its memory is looked at: before its first instruction of its own, while
   the kernel still shows it to its owner, and after its last. For LD_PRELOAD. */
#include <signal.h>
#include <stdlib.h>

__attribute__((constructor)) static void begins(void) {
  unsetenv("LD_PRELOAD"); /* programs that this one starts are not stopped */
  raise(SIGSTOP);
}

__attribute__((destructor)) static void ends(void) { raise(SIGSTOP); }
