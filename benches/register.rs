//! A register of 1,000, 10,000 and 100,000 key versions: every record verified once, then asked.
//!
//! The ceremonies are real ones: a list of a hundred keys each, run and signed. A later version of each is
//! the same ceremony held again at another time: its record follows the one before, is chained and signed
//! anew, and takes the place of the older version. So 100,000 versions are 1,000 ceremonies of five
//! signatures each. `cargo bench --bench register -- 1000` stops after the smallest.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures, and writes its own files"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Event;
use keyrite::domain::record::Follows;
use keyrite::domain::record::namespace;
use keyrite::record::chain;
use keyrite::record::signing::SigningKey;
use keyrite::secret::Secret;
use table::missing;
use table::quietly;

#[allow(dead_code, reason = "this bench prints a table of its own")]
mod table;

const PEOPLE: [&str; 5] = ["ana", "ben", "cho", "eli", "fay"];
/// Keys of one ceremony.
const KEYS: usize = 100;
/// Lists of keys, and versions of each key.
const SIZES: [(usize, usize); 3] = [(1, 10), (5, 20), (50, 20)];
/// Seconds from one version to the next.
const EVERY: i64 = 90 * 86_400;
/// What stands in the first script where a later one names the older version.
const FIRST: &str = "    # the first version of each";
/// How often a question is asked.
const ASKED: usize = 9;

fn main() {
    if let Err(why) = bench() {
        println!("not measured: {why}");
    }
}

fn bench() -> Result<(), String> {
    missing(&["ssh-keygen"])?;
    let most = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let place = tempfile::tempdir().map_err(text)?;
    let company = Company::new(place.path())?;
    println!("\nregister: {KEYS} keys a ceremony, five signatures each");
    println!(
        "{:>8} {:>10} {:>9} {:>10} {:>10} | {:>8} {:>8} {:>8} {:>8} {:>8} {:>10} | {:>9}",
        "versions",
        "ceremonies",
        "cold, s",
        "lines/s",
        "peak, KiB",
        "due, ms",
        "show, ms",
        "custody",
        "age",
        "who",
        "peak, KiB",
        "one more"
    );
    let mut rows = Vec::new();
    for (lists, rounds) in SIZES {
        let versions = lists * rounds * KEYS;
        if most.is_some_and(|most: usize| versions > most) {
            break;
        }
        let row = measure(&company, place.path(), lists, rounds)?;
        println!(
            "{:>8} {:>10} {:>9.2} {:>10.0} {:>10} | {:>8} {:>8} {:>8} {:>8} {:>8} {:>10} | {:>9.2}",
            row.versions,
            lists * rounds,
            row.cold,
            row.rate,
            row.peak,
            told(&row.asked, 0),
            told(&row.asked, 1),
            told(&row.asked, 2),
            told(&row.asked, 3),
            told(&row.asked, 4),
            row.warm_peak,
            row.more
        );
        rows.push(row);
    }
    let plot = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-register.svg");
    fs::write(&plot, svg(&rows)).map_err(text)?;
    println!("plot: {}", plot.display());
    Ok(())
}

struct Row {
    versions: usize,
    cold: f64,
    rate: f64,
    peak: u64,
    /// Milliseconds of each question; none where this version does not answer it.
    asked: Vec<Option<f64>>,
    warm_peak: u64,
    /// Seconds of the first question after one more ceremony.
    more: f64,
}

fn told(asked: &[Option<f64>], at: usize) -> String {
    asked
        .get(at)
        .copied()
        .flatten()
        .map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1}"))
}

fn measure(company: &Company, place: &Path, lists: usize, rounds: usize) -> Result<Row, String> {
    let versions = lists * rounds * KEYS;
    let register = place.join(versions.to_string());
    let (lines, last) = company.fill(&register, lists, rounds)?;
    let words = register.to_string_lossy().into_owned();
    // What changed just now is compared by its bytes: not what is measured.
    thread::sleep(Duration::from_secs(4));
    let (cold, peak) = watched(&["register", "verify", &words])?;
    let key = name(lists - 1, KEYS - 1);
    let questions: [&[&str]; 5] = [
        &["register", "due", &words, "--within", "30d"],
        &["register", "show", &words, &key],
        &["register", "custody", &words, &key],
        &["register", "age", &words],
        &["register", "who", &words, &key],
    ];
    let asked = questions.iter().map(|question| median(question)).collect();
    let (_, warm_peak) = watched(&["register", "due", &words])?;
    company.one_more(&register, lists, &last)?;
    let (more, _) = watched(&["register", "show", &words, &key])?;
    Ok(Row {
        versions,
        cold,
        rate: number(lines) / cold,
        peak,
        asked,
        warm_peak,
        more,
    })
}

fn name(list: usize, key: usize) -> String {
    format!("t{list:03}-{key:03}")
}

/// People with keys, and one ceremony for each list, which later versions repeat.
struct Company {
    place: PathBuf,
    keys: Vec<SigningKey>,
}

impl Company {
    fn new(place: &Path) -> Result<Self, String> {
        let keys = place.join("keys");
        fs::create_dir(&keys).map_err(text)?;
        let mut all = Vec::new();
        for person in PEOPLE {
            let path = keys.join(person);
            quietly(
                Path::new("ssh-keygen"),
                &[
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-C",
                    person,
                    "-f",
                    &path.to_string_lossy(),
                ],
            )?;
            let mut bytes = fs::read(&path).map_err(text)?;
            all.push(SigningKey::from_openssh(&Secret::take(&mut bytes), None).map_err(text)?);
        }
        Ok(Self {
            place: place.to_owned(),
            keys: all,
        })
    }

    fn public(&self, person: &str) -> Result<String, String> {
        let line = fs::read_to_string(self.place.join(format!("keys/{person}.pub")));
        Ok(line.map_err(text)?.trim().to_owned())
    }

    /// Runs the ceremony of one list.
    fn first(&self, list: usize) -> Result<PathBuf, String> {
        let dir = self.place.join(format!("list-{list}"));
        let out = dir.join("out");
        if out.exists() {
            return Ok(out);
        }
        fs::create_dir(&dir).map_err(text)?;
        fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/data/providers/google/import-job.pem"),
            dir.join("import-job.pem"),
        )
        .map_err(text)?;
        let mut rows = "tenant,crypto-key\n".to_owned();
        for key in 0..KEYS {
            let name = name(list, key);
            // Writing to a string cannot fail.
            let _ = writeln!(
                rows,
                "{name},projects/lab/locations/europe-west1/keyRings/ring/cryptoKeys/{name}"
            );
        }
        fs::write(dir.join("tenants.csv"), rows).map_err(text)?;
        fs::write(dir.join("script.yaml"), self.script(list)?).map_err(text)?;
        let mut answers = "3/otherwise/eli: \"no\"\n".to_owned();
        for person in PEOPLE {
            let key = self.place.join(format!("keys/{person}"));
            let _ = writeln!(
                answers,
                "1/present/{person}: \"yes\"\nsign/{person}: {:?}",
                key.display().to_string()
            );
        }
        fs::write(dir.join("answers.yaml"), answers).map_err(text)?;
        quietly(
            Path::new(env!("CARGO_BIN_EXE_keyrite")),
            &[
                "run",
                &dir.join("script.yaml").to_string_lossy(),
                "--out",
                &out.to_string_lossy(),
                "--answers",
                &dir.join("answers.yaml").to_string_lossy(),
            ],
        )?;
        Ok(out)
    }

    fn script(&self, list: usize) -> Result<String, String> {
        let mut people = String::new();
        for (person, name) in
            PEOPLE
                .iter()
                .zip(["Ana Ruiz", "Ben Osei", "Cho Park", "Eli Stern", "Fay Lind"])
        {
            let _ = writeln!(
                people,
                "  {person}: {{name: {name}, site: {person}, manager: {person}-m, signs-with: \"{}\"}}",
                self.public(person)?
            );
        }
        Ok(format!(
            "schema: keyrite/v1
ceremony: tenants-{list}
title: A key for every tenant
kind: import
mode: practice
people:
{people}roles: {{administrator: [ana], custodians: [ben, cho], witness: [eli], approver: [fay]}}
token: {{core: software}}
batches:
  tenants:
    list: tenants.csv
    column: tenant
    key-id: crypto-key
{FIRST}
    key: {{type: aes-256, owner: saas-platform, cryptoperiod: {{time: 1y}}}}
inputs:
  google: {{provider: google-kms, algorithm: rsa-oaep-4096-sha256, wrapping-key: import-job.pem}}
waivers:
  - {{rule: restore-before-wrap, reason: data can be encrypted anew, owner: saas-platform, until: 2099-12-31}}
  - {{rule: compare-before-wrap, reason: a bench, owner: saas-platform, until: 2099-12-31}}
steps:
  - sign-in: [ana, ben, cho, eli, fay]
  - batch: {{keys: tenants, for: google}}
  - exception: {{by: eli}}
  - seal
"
        ))
    }

    /// A register with every version; how many lines its records have, and its last record.
    fn fill(
        &self,
        register: &Path,
        lists: usize,
        rounds: usize,
    ) -> Result<(usize, Follows), String> {
        fs::create_dir(register).map_err(text)?;
        let mut last: Option<Follows> = None;
        let mut lines = 0;
        let mut older = vec![None; lists];
        for round in 0..rounds {
            for (list, older) in older.iter_mut().enumerate() {
                // The newest versions are of today.
                let back = -EVERY * i64::try_from(rounds - round).map_err(text)?;
                let (follows, count) = self.again(register, list, back, last.as_ref(), *older)?;
                lines += count;
                *older = Some(follows.sha256);
                last = Some(follows);
            }
        }
        fs::write(
            register.join("keyrite-register.json"),
            "{\"format\":\"keyrite-register/v1\"}\n",
        )
        .map_err(text)?;
        Ok((lines, last.ok_or("nothing was made")?))
    }

    fn one_more(&self, register: &Path, lists: usize, last: &Follows) -> Result<(), String> {
        self.again(register, lists, 0, Some(last), None).map(drop)
    }

    /// The ceremony of a list held at another time, behind another record.
    fn again(
        &self,
        register: &Path,
        list: usize,
        shift: i64,
        follows: Option<&Follows>,
        older: Option<Digest>,
    ) -> Result<(Follows, usize), String> {
        let from = self.first(list)?;
        let mut script = fs::read_to_string(from.join("script.yaml")).map_err(text)?;
        let record = fs::read(from.join("record.jsonl")).map_err(text)?;
        let mut entries = chain::parse(&record, script.as_bytes()).map_err(text)?;
        if let Some(older) = older {
            script = script
                .replace(FIRST, &format!("    supersedes: \"{older}\""))
                .replace("kind: import", "kind: rotate");
        }
        for entry in &mut entries {
            entry.at = entry.at.plus_seconds(shift);
            if let Event::Open(open) = &mut entry.event {
                open.follows = follows.cloned();
                if older.is_some() {
                    "rotate".clone_into(&mut open.kind);
                }
            }
        }
        let record = chained(entries, script.as_bytes());
        let sequence = follows.map_or(1, |follows| follows.sequence + 1);
        let dir = register.join(format!("{sequence:06}-tenants-{list}"));
        for folder in ["signatures", "artifacts"] {
            fs::create_dir_all(dir.join(folder)).map_err(text)?;
        }
        for name in [
            "allowed_signers",
            "VERIFY.txt",
            "verify.py",
            "artifacts/tenants-for-google.tar",
        ] {
            fs::hard_link(from.join(name), dir.join(name)).map_err(text)?;
        }
        for (person, key) in PEOPLE.iter().zip(&self.keys) {
            let signature = key.sign(namespace::RECORD, &record).map_err(text)?;
            fs::write(dir.join(format!("signatures/{person}.sig")), signature).map_err(text)?;
        }
        let lines = record.split(|byte| *byte == b'\n').count() - 1;
        let sha256 = Digest::of(&record);
        fs::write(dir.join("script.yaml"), script).map_err(text)?;
        fs::write(dir.join("record.jsonl"), record).map_err(text)?;
        Ok((Follows { sequence, sha256 }, lines))
    }
}

/// The bytes of a record whose entries were changed.
fn chained(entries: Vec<Entry>, script: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut prev = Digest::of(script);
    for mut entry in entries {
        entry.prev = prev;
        let line = entry.line();
        prev = Digest::of(&line);
        bytes.extend(line);
        bytes.push(b'\n');
    }
    bytes
}

/// Milliseconds of a question; none where this version does not answer it.
fn median(question: &[&str]) -> Option<f64> {
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let begin = Instant::now();
        let ended = Command::new(env!("CARGO_BIN_EXE_keyrite"))
            .args(question)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        if !matches!(ended.code(), Some(0 | 1)) {
            return None;
        }
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times.get(ASKED / 2).copied()
}

/// Seconds of a command, and the most memory that it had, in KiB.
fn watched(question: &[&str]) -> Result<(f64, u64), String> {
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .args(question)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(text)?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let now = fs::read_to_string(&status).unwrap_or_default();
        let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(now.unwrap_or(0));
        if let Some(ended) = child.try_wait().map_err(text)? {
            let seconds = begin.elapsed().as_secs_f64();
            return match ended.code() {
                Some(0 | 1) => Ok((seconds, most)),
                _ => Err(format!("keyrite {question:?}: {ended}")),
            };
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Seconds of a cold build and milliseconds of a warm question over versions, both axes logarithmic.
fn svg(rows: &[Row]) -> String {
    let x = |versions: usize| 80.0 + (number(versions).log10() - 3.0) * 220.0;
    let y = |seconds: f64| 330.0 - (seconds.log10() + 3.0) * 60.0;
    let line = |colour: &str, name: &str, points: Vec<(f64, f64)>| {
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let (x, y) = points.last().copied().unwrap_or_default();
        format!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>\n",
            path.join(" "),
            x - 110.0,
            y - 8.0
        )
    };
    let mut all = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 380\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"600\" height=\"380\" fill=\"#fff\"/>\n",
    );
    for (seconds, name) in [
        (0.001, "1 ms"),
        (0.01, "10 ms"),
        (0.05, "50 ms"),
        (0.1, "100 ms"),
        (1.0, "1 s"),
        (10.0, "10 s"),
        (100.0, "100 s"),
    ] {
        let y = y(seconds);
        let _ = writeln!(
            all,
            "<line x1=\"80\" x2=\"540\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"70\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            y + 4.0
        );
    }
    for row in rows {
        let _ = writeln!(
            all,
            "<text x=\"{:.1}\" y=\"350\" text-anchor=\"middle\">{} versions</text>",
            x(row.versions),
            row.versions
        );
    }
    all += &line(
        "#b00",
        "cold, verified",
        rows.iter()
            .map(|row| (x(row.versions), y(row.cold)))
            .collect(),
    );
    let warm = |at: usize| {
        let rows = rows
            .iter()
            .filter_map(|row| Some((row, row.asked.get(at).copied().flatten()?)));
        rows.map(|(row, ms)| (x(row.versions), y(ms / 1e3)))
            .collect::<Vec<_>>()
    };
    all += &line("#06c", "due", warm(0));
    all += &line("#080", "show KEY", warm(1));
    all + "</svg>\n"
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
