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
/// Steps of the script that is checked, and people who hold its shares.
const STEPS: usize = 500;
const CUSTODIANS: usize = 12;

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
    let script = long_script();
    compare(
        "keyrite check: 500 steps, 12 custodians and their deputies",
        RUNS,
        vec![
            Contender {
                name: "keyrite check",
                run: Box::new(|_| {
                    let script = script.as_ref().map_err(Clone::clone)?;
                    quietly(keyrite, &["check", &script.to_string_lossy()])
                }),
            },
            Contender {
                name: "python3 reads the same file as lines, and nothing more",
                run: Box::new(|_| {
                    missing(&["python3"])?;
                    let script = script.as_ref().map_err(Clone::clone)?;
                    let program = "import sys; sum(len(line) for line in open(sys.argv[1]))";
                    let path = script.to_string_lossy();
                    quietly(Path::new("python3"), &["-I", "-c", program, &path])
                }),
            },
        ],
    );
}

/// A ceremony of many steps, in which every custodian's medium goes from hand to hand.
fn long_script() -> Result<PathBuf, String> {
    let people: Vec<String> = (0..CUSTODIANS).map(|id| format!("c{id}")).collect();
    let list = people.join(", ");
    let mut script = "schema: keyrite/v1\nceremony: long\ntitle: Long\nkind: generate\nmode: practice\npeople:\n  ana: {name: Ana}\n  eli: {name: Eli}\n".to_owned();
    for (number, id) in people.iter().enumerate() {
        script.extend([format!(
            "  {id}: {{name: C{number}, site: s{number}, manager: m{number}}}\n"
        )]);
        script.extend([format!(
            "  d{number}: {{name: D{number}, site: s{number}, manager: m{number}}}\n"
        )]);
    }
    script.extend([format!(
        "roles: {{administrator: [ana], custodians: [{list}], witness: [eli]}}\ntoken: {{core: software}}\nkeys:\n  k: {{type: aes-256, owner: us}}\nitems:\n"
    )]);
    for (number, id) in people.iter().enumerate() {
        script.extend([format!(
            "  i{number}: {{what: medium, serial: n{number}, share: {{key: k, of: {id}}}, held-by: {id}}}\n"
        )]);
    }
    let deputies: Vec<String> = (0..CUSTODIANS).map(|id| format!("d{id}")).collect();
    script.extend([format!(
        "steps:\n  - sign-in: [ana, eli, {list}, {}]\n",
        deputies.join(", ")
    )]);
    script.extend([format!(
        "  - generate: k\n  - split: {{key: k, threshold: 5, among: custodians}}\n  - restore-test: {{key: k, with: [{list}]}}\n"
    )]);
    for step in 0..STEPS - 18 {
        let (item, there) = (step % CUSTODIANS, (step / CUSTODIANS).is_multiple_of(2));
        let (from, to) = if there { ("c", "d") } else { ("d", "c") };
        script.extend([format!(
            "  - hand-over: {{item: i{item}, from: {from}{item}, to: {to}{item}, purpose: p, seen-by: eli}}\n"
        )]);
    }
    for item in 0..CUSTODIANS {
        let there = (STEPS - 18).saturating_sub(item).div_ceil(CUSTODIANS) % 2 == 1;
        let holder = if there { "d" } else { "c" };
        script.extend([format!(
            "  - put-away: {{item: i{item}, by: {holder}{item}, where: safe {item}, seen-by: eli}}\n"
        )]);
    }
    script += "  - destroy: {key: k, where: token}\n  - seal\n";
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("long.yaml");
    std::fs::write(&path, script).map_err(|error| error.to_string())?;
    Ok(path)
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
