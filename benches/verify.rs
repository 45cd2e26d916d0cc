//! Verifying many records beside a shell loop of sha256sum and ssh-keygen over the same ones.
//!
//! Each record has 60 entries and five signatures. Twenty are made; of the thousands that are verified
//! the others are hard links to them, in folders of their own: nobody here remembers what was seen.
//! The shell's loop is timed on a sample and printed by the record.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use keyrite::domain::parse::parse;
use keyrite::domain::record::Tool;
use keyrite::engine::files::Faults;
use keyrite::engine::rehearsal::Rehearsal;
use keyrite::engine::rehearsal::Seed;
use keyrite::engine::rehearsal::Unwatched;
use keyrite::engine::token::stand_in::StandIn;
use table::Aim;
use table::Found;
use table::Measured;
use table::missing;
use table::number;
use table::quick;
use table::watch::watched;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

/// How many different records there are.
const DIFFERENT: usize = 20;
/// Entries of a record, the opening and the seal among them.
const ENTRIES: usize = 60;

/// Five signatures and the chain, as VERIFY.txt has them. `$1` is the folder of the records.
const BY_HAND: &str = r#"
set -eu
for dir in "$1"/*/; do
  cd "$dir"
  for who in ana ben cho eli fay; do
    ssh-keygen -q -Y verify -f allowed_signers -I "$who" -n ceremony-rehearsal@keyrite -s "signatures/$who.sig" < record.jsonl > /dev/null
  done
  prev=$(sha256sum < script.yaml | cut -c1-64); n=0
  while IFS= read -r line; do
    case "$line" in *",\"prev\":\"$prev\",\"seq\":$n}") ;; *) exit 1 ;; esac
    prev=$(printf %s "$line" | sha256sum | cut -c1-64); n=$((n + 1))
  done < record.jsonl
done
"#;

/// The least that a loop can do: five signatures, and one digest for each file.
const LEAST: &str = r#"
set -eu
for dir in "$1"/*/; do
  cd "$dir"
  for who in ana ben cho eli fay; do
    ssh-keygen -q -Y verify -f allowed_signers -I "$who" -n ceremony-rehearsal@keyrite -s "signatures/$who.sig" < record.jsonl > /dev/null
  done
  sha256sum script.yaml record.jsonl allowed_signers VERIFY.txt verify.py > /dev/null
done
"#;

fn main() {
    if let Err(why) = bench() {
        println!("not measured: {why}");
    }
}

fn bench() -> Result<(), String> {
    missing(&["ssh-keygen", "sha256sum", "sh"])?;
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    let made = place.path().join("made");
    make(&made)?;
    println!("\nverify: records of {ENTRIES} entries with five signatures each");
    println!(
        "{:<44} {:>9} {:>12} {:>12}",
        "", "records", "ms a record", "peak memory"
    );
    let sample = place.path().join("sample");
    copies(&made, &sample, DIFFERENT).map_err(|error| error.to_string())?;
    let mut found = Found::by("verify");
    let mut ours = f64::NAN;
    let mut points = Vec::new();
    let keyrite = env!("CARGO_BIN_EXE_keyrite");
    for count in [1_000, 10_000] {
        if quick() && count > 1_000 {
            continue;
        }
        let all = place.path().join(count.to_string());
        copies(&made, &all, count).map_err(|error| error.to_string())?;
        // Once to fill the caches.
        let words = [keyrite, "verify", &all.to_string_lossy()];
        watched(&words)?;
        let cost = watched(&words)?;
        ours = per_record(cost.seconds, count);
        points.push((number(count), ours, cost.mebibytes));
        println!(
            "{:<44} {count:>9} {ours:>12.3} {:>9.1} MiB",
            "keyrite verify", cost.mebibytes
        );
    }
    for (name, script) in [
        ("sh: VERIFY.txt's signatures and chain", BY_HAND),
        ("sh: five signatures and a digest a file", LEAST),
    ] {
        shell(script, &sample)?;
        let begin = Instant::now();
        shell(script, &sample)?;
        let theirs = per_record(begin.elapsed().as_secs_f64(), DIFFERENT);
        println!(
            "{name:<44} {DIFFERENT:>9} {theirs:>12.3}   {:>6.1} times ours",
            theirs / ours
        );
        found.keep(Measured {
            what: "a record of 60 entries, five signatures".to_owned(),
            unit: "ms",
            ours: Ok(ours),
            peer: Some((name.to_owned(), Ok(theirs))),
            wanted: Aim::AtMost(0.1),
        });
    }
    if let [(_, few, little), .., (_, many, much)] = points.as_slice() {
        for (what, unit, ours, peer) in [
            ("a record of 10,000", "ms", many, few),
            ("peak memory with 10,000", "MiB", much, little),
        ] {
            found.keep(Measured {
                what: what.to_owned(),
                unit,
                ours: Ok(*ours),
                peer: Some(("with 1,000".to_owned(), Ok(*peer))),
                wanted: Aim::AtMost(1.25),
            });
        }
    }
    found.write();
    Ok(())
}

fn per_record(seconds: f64, count: usize) -> f64 {
    let count = u32::try_from(count).map_or(f64::NAN, f64::from);
    seconds * 1e3 / count
}

/// Makes the records that differ, by rehearsing one script with different people.
fn make(place: &Path) -> Result<(), String> {
    let mut text = String::from(
        "schema: keyrite/v1
ceremony: sixty-entries
title: Many things are said
kind: generate
mode: practice
people:
  ana: {name: Ana Ruiz, site: lisbon, manager: kim}
  ben: {name: Ben Osei, site: lisbon, manager: kim}
  cho: {name: Cho Park, site: porto, manager: lou}
  eli: {name: Eli Stern, site: lisbon, manager: lou}
  fay: {name: Fay Lind, site: porto, manager: max}
roles: {administrator: [ana], custodians: [ben, cho], witness: [eli], approver: [fay]}
token: {core: software}
steps:
  - sign-in: [ana, ben, cho, eli, fay]
",
    );
    for number in 1..=ENTRIES - 4 {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  - statement: {{text: \"Statement {number} was read and understood.\", by: [ana, ben]}}"
        );
    }
    text += "  - exception: {by: eli}\n  - seal\n";
    let bytes = text.into_bytes();
    let script = parse(&bytes).map_err(|finding| finding.message)?;
    fs::create_dir(place).map_err(|error| error.to_string())?;
    for (number, seed) in (0..DIFFERENT).zip(1..) {
        let rehearsal = Rehearsal {
            script: &script,
            bytes: &bytes,
            seed: Seed([seed; 32]),
            tool: Tool {
                name: "keyrite".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                sha256: None,
                library: None,
            },
            dir: &place.join(number.to_string()),
            hsm: StandIn::of(&script, None),
        };
        let played = rehearsal.play(&mut Unwatched, Faults::none(), None);
        played.ended.map_err(|stopped| stopped.error.to_string())?;
    }
    Ok(())
}

/// So many ceremonies: links to those that were made, one after the other.
fn copies(made: &Path, to: &Path, count: usize) -> io::Result<()> {
    let originals: Vec<Vec<PathBuf>> = (0..DIFFERENT)
        .map(|number| below(&made.join(number.to_string())))
        .collect::<io::Result<_>>()?;
    for (number, files) in (0..count).zip(originals.iter().cycle()) {
        let dir = to.join(format!("{number:05}"));
        fs::create_dir_all(dir.join("signatures"))?;
        let root = made.join((number % DIFFERENT).to_string());
        for file in files {
            let relative = file.strip_prefix(&root).unwrap_or(file);
            fs::hard_link(file, dir.join(relative))?;
        }
    }
    Ok(())
}

/// The plain files of a ceremony without artifacts.
fn below(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in [dir.to_owned(), dir.join("signatures")] {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

fn shell(script: &str, dir: &Path) -> Result<(), String> {
    table::quietly(
        Path::new("sh"),
        &["-c", script, "sh", &dir.to_string_lossy()],
    )
}
