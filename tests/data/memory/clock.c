/* A clock that somebody sets: the file KEYRITE_TEST_CLOCK says how many seconds it is ahead.
   For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  const char *path = getenv("KEYRITE_TEST_CLOCK");
  long ahead = 0;
  FILE *file;
  int done;
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  done = real(clock, now);
  if (clock == CLOCK_REALTIME && path && (file = fopen(path, "r"))) {
    if (fscanf(file, "%ld", &ahead) == 1) now->tv_sec += ahead;
    fclose(file);
  }
  return done;
}
