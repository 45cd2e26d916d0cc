//! How long it takes to start, beside age and a Rust program that does nothing, and what long scripts take.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use table::Aim;
use table::Contender;
use table::Found;
use table::Measured;
use table::fewer;
use table::median;
use table::missing;
use table::quietly;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

const RUNS: u32 = 101;
/// People who hold the shares of the script that is checked.
const CUSTODIANS: usize = 12;

fn main() {
    let keyrite = Path::new(env!("CARGO_BIN_EXE_keyrite"));
    let empty = empty_program();
    let mut found = Found::by("startup");
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/ceremonies/aws-kms-aes256/script.yaml"
    );
    for (what, words, aim) in [
        ("keyrite --version", vec!["--version"], Aim::AtMost(1.0)),
        ("keyrite providers", vec!["providers"], Aim::Nothing),
        (
            "keyrite check, 13 steps",
            vec!["check", shipped],
            Aim::Nothing,
        ),
    ] {
        found.compare(
            what,
            RUNS,
            vec![
                Contender {
                    name: what,
                    run: Box::new(|_| quietly(keyrite, &words)),
                    wanted: Aim::Nothing,
                },
                Contender {
                    name: "age --version",
                    run: Box::new(|_| {
                        missing(&["age"])?;
                        quietly(Path::new("age"), &["--version"])
                    }),
                    wanted: aim,
                },
                Contender {
                    name: "a Rust program that does nothing",
                    run: Box::new(|_| quietly(empty.as_ref().map_err(Clone::clone)?, &[])),
                    wanted: Aim::Nothing,
                },
            ],
        );
    }
    let checked = script_of("long", 500, CUSTODIANS);
    let check = checked.and_then(|script| alone(keyrite, &["check", &script.to_string_lossy()]));
    let rehearsed = script_of("fifty", 50, 3);
    let rehearse =
        rehearsed.and_then(|script| alone(keyrite, &["rehearse", &script.to_string_lossy()]));
    println!("\nby themselves (medians)");
    let beyond = empty.and_then(|empty| beyond(keyrite, &empty));
    found.show(vec![
        Measured {
            what: "keyrite --version, beyond a program that does nothing".to_owned(),
            unit: "ms",
            ours: beyond,
            peer: None,
            wanted: Aim::AtMost(1.0),
        },
        Measured {
            what: "check: 500 steps, 12 custodians".to_owned(),
            unit: "ms",
            ours: check,
            peer: None,
            wanted: Aim::AtMost(50.0),
        },
        Measured {
            what: "rehearse: 50 steps, no RSA key".to_owned(),
            unit: "ms",
            ours: rehearse,
            peer: None,
            wanted: Aim::AtMost(200.0),
        },
    ]);
    found.write();
}

/// The median of what `--version` takes longer than a program that does nothing, in milliseconds: one
/// after the other, so that both see the same machine.
fn beyond(keyrite: &Path, empty: &Path) -> Result<f64, String> {
    let once = |_| Ok(took(keyrite, &["--version"])? - took(empty, &[])?);
    let times: Result<Vec<f64>, String> = (0..fewer(RUNS)).map(once).collect();
    times.map(median)
}

/// The median of what a command takes, in milliseconds.
fn alone(keyrite: &Path, words: &[&str]) -> Result<f64, String> {
    let once = |_| took(keyrite, words);
    let times: Result<Vec<f64>, String> = (0..fewer(RUNS)).map(once).collect();
    times.map(median)
}

/// What a command takes once, in milliseconds.
fn took(program: &Path, words: &[&str]) -> Result<f64, String> {
    let begin = Instant::now();
    quietly(program, words)?;
    Ok(begin.elapsed().as_secs_f64() * 1e3)
}

/// A ceremony of many steps, in which every custodian's medium goes from hand to hand.
fn script_of(name: &str, steps: usize, custodians: usize) -> Result<PathBuf, String> {
    // Those before and behind: signing in, making, dealing, trying, putting away, destroying, sealing.
    let hands = steps - custodians - 6;
    let threshold = custodians.div_ceil(2);
    let people: Vec<String> = (0..custodians).map(|id| format!("c{id}")).collect();
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
        "roles: {{administrator: [ana], custodians: [{list}], witness: [eli]}}\ntoken: {{core: software}}\nkeys:\n  k: {{type: aes-256, owner: us}}\n"
    )]);
    // So many steps take longer than people should go without a pause.
    if steps > 100 {
        script += "waivers:\n  - {rule: pause, reason: a bench, owner: us, until: 2099-12-31}\n";
    }
    script += "items:\n";
    for (number, id) in people.iter().enumerate() {
        script.extend([format!(
            "  i{number}: {{what: medium, serial: n{number}, share: {{key: k, of: {id}}}, held-by: {id}}}\n"
        )]);
    }
    let deputies: Vec<String> = (0..custodians).map(|id| format!("d{id}")).collect();
    script.extend([format!(
        "steps:\n  - sign-in: [ana, eli, {list}, {}]\n",
        deputies.join(", ")
    )]);
    script.extend([format!(
        "  - generate: k\n  - split: {{key: k, threshold: {threshold}, among: custodians}}\n  - restore-test: {{key: k, with: [{list}]}}\n"
    )]);
    for step in 0..hands {
        let (item, there) = (step % custodians, (step / custodians).is_multiple_of(2));
        let (from, to) = if there { ("c", "d") } else { ("d", "c") };
        script.extend([format!(
            "  - hand-over: {{item: i{item}, from: {from}{item}, to: {to}{item}, purpose: p, seen-by: eli}}\n"
        )]);
    }
    for item in 0..custodians {
        let there = hands.saturating_sub(item).div_ceil(custodians) % 2 == 1;
        let holder = if there { "d" } else { "c" };
        script.extend([format!(
            "  - put-away: {{item: i{item}, by: {holder}{item}, where: safe {item}, seen-by: eli}}\n"
        )]);
    }
    script += "  - destroy: {key: k, where: token}\n  - seal\n";
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
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
