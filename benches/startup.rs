//! How long it takes to start, beside age and a Rust program that does nothing.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::Path;
use std::path::PathBuf;

use table::Contender;
use table::compare;
use table::missing;
use table::quietly;

mod table;

const RUNS: u32 = 101;

fn main() {
    let keyrite = Path::new(env!("CARGO_BIN_EXE_keyrite"));
    let empty = empty_program();
    compare(
        "start-up: keyrite --version",
        RUNS,
        vec![
            Contender {
                name: "keyrite --version",
                run: Box::new(|_| quietly(keyrite, &["--version"])),
            },
            Contender {
                name: "age --version",
                run: Box::new(|_| {
                    missing(&["age"])?;
                    quietly(Path::new("age"), &["--version"])
                }),
            },
            Contender {
                name: "a Rust program that does nothing",
                run: Box::new(|_| quietly(empty.as_ref().map_err(Clone::clone)?, &[])),
            },
        ],
    );
}

/// Compiles `fn main() {}` into target/.
fn empty_program() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = folder.join("empty.rs");
    let program = folder.join("empty");
    std::fs::write(&source, "fn main() {}\n").map_err(|error| error.to_string())?;
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let (source, out) = (source.to_string_lossy(), program.to_string_lossy());
    quietly(
        Path::new(&rustc),
        &["-O", "-C", "strip=symbols", "-o", &out, &source],
    )?;
    Ok(program)
}
