//! Hands the arguments to `keyrite::cli`, and wipes what memory is let go; nothing else.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// What is let go is wiped, whoever lets it go: libraries keep copies that no `Secret` knows of.
#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    keyrite::cli::main()
}
