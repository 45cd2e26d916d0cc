//! Hands the arguments to `keyrite::cli`; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyrite::cli::main()
}
