//! A register of 1,000, 10,000 and 100,000 key versions: every record verified once, then asked.
//!
//! In each thousand versions, 980 are of tenants, made by ten ceremonies of 98 keys and five signatures, and
//! 20 are keys that were made alone, dealt in three shares, rebuilt and wrapped, with six signatures. Each
//! tenant's key was made anew every 180 days. `cargo bench --bench register -- 1000` stops after the smallest.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures, and writes its own files"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::ffi::CString;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use company::Company;
use company::KEYS;
use company::SINGLES;
use company::tenant;
use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::open;
use rustix::fs::statat;
use table::Aim;
use table::Found;
use table::folder;
use table::median;
use table::missing;
use table::number;
use table::plot::Line;
use table::plot::lines;
use table::quick;
use table::watch::Cost;
use table::watch::own_cpu;
use table::watch::timed;
use table::watch::watched;

mod company;
#[allow(dead_code, reason = "other benches use all of it")]
mod table;

/// Lists of keys, and versions of each key.
const SIZES: [(usize, usize); 3] = [(1, 10), (5, 20), (50, 20)];
/// How often a question is asked.
const ASKED: usize = 9;
/// What is asked.
const QUESTIONS: [&str; 7] = [
    "due",
    "who KEY",
    "age KEY",
    "show KEY",
    "custody KEY",
    "list",
    "age",
];

const KEYRITE: &str = env!("CARGO_BIN_EXE_keyrite");

fn main() {
    if let Err(why) = bench() {
        println!("not measured: {why}");
    }
}

fn bench() -> Result<(), String> {
    missing(&["ssh-keygen", "age-keygen"])?;
    let most = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let most = most.or(quick().then_some(1_000));
    let place = tempfile::tempdir().map_err(text)?;

    let company = Company::new(place.path())?;
    let mut rows = Vec::new();
    println!("\nregister: every record verified, nothing believed");
    println!(
        "{:>8} {:>10} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>8}",
        "versions",
        "ceremonies",
        "lines",
        "seconds",
        "CPU s",
        "lines/s",
        "/CPU s",
        "cer./s",
        "MiB",
        "next, s"
    );
    for (lists, rounds) in SIZES {
        let versions = lists * rounds * (KEYS + SINGLES);
        if most.is_some_and(|most: usize| versions > most) {
            break;
        }
        let row = measure(&company, place.path(), lists, rounds)?;
        println!(
            "{:>8} {:>10} {:>7} {:>8.2} {:>8.2} {:>8.0} {:>8.0} {:>8.0} {:>6.0} {:>8.2}",
            row.versions,
            row.ceremonies,
            row.lines,
            row.cold.seconds,
            row.cold.cpu,
            number(row.lines) / row.cold.seconds,
            number(row.lines) / row.cold.cpu,
            number(row.ceremonies) / row.cold.seconds,
            row.cold.mebibytes,
            row.next.seconds,
        );
        rows.push(row);
    }
    println!("`next`: the first question after one more ceremony\n");
    println!("answers from the index: ms, the median of {ASKED}; CPU ms, their mean; MiB at most");
    print!("{:<12}", "versions");
    for row in &rows {
        print!(" {:>9} {:>8} {:>5}", row.versions, "CPU", "MiB");
    }
    println!();
    for (place, question) in QUESTIONS.iter().enumerate() {
        print!("{question:<12}");
        for cost in rows.iter().filter_map(|row| row.asked.get(place)) {
            let (ms, cpu) = (cost.seconds * 1e3, cost.cpu * 1e3);
            print!(" {ms:>9.1} {cpu:>8.1} {:>5.0}", cost.mebibytes);
        }
        println!();
    }
    print!("{:<12}", "floor");
    for Cost { seconds, cpu, .. } in rows.iter().map(|row| row.floor) {
        print!(" {:>9.1} {:>8.1} {:>5}", seconds * 1e3, cpu * 1e3, "");
    }
    println!("\n`floor`: every file looked at by all cores, and nothing else");
    kept(&rows).write();
    let plot = folder().join("register-sizes.svg");
    let title = "keyrite register: what questions take";
    let svg = lines(title, "key versions", "seconds", &plotted(&rows));
    fs::write(&plot, svg).map_err(text)?;
    println!("plot: {}", plot.display());
    Ok(())
}

/// What a register of one size costs.
struct Row {
    versions: usize,
    ceremonies: usize,
    lines: usize,
    cold: Cost,
    /// The first question after one more ceremony.
    next: Cost,
    /// One for each of [`QUESTIONS`].
    asked: Vec<Cost>,
    /// What the kernel takes to tell of every file.
    floor: Cost,
}

fn measure(company: &Company, place: &Path, lists: usize, rounds: usize) -> Result<Row, String> {
    let versions = lists * rounds * (KEYS + SINGLES);
    let register = place.join(versions.to_string());
    let (ceremonies, lines) = company.fill(&register, lists, rounds)?;
    let words = register.to_string_lossy().into_owned();
    // What changed just now is compared by its bytes: not what is measured.
    thread::sleep(Duration::from_secs(4));
    let cold = asked(&["register", "verify", &words])?;
    let key = tenant(lists - 1, KEYS - 1);
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let (name, of_key) = question
            .strip_suffix(" KEY")
            .map_or((question, false), |name| (name, true));
        let mut question = vec!["register", name, &words];
        if of_key {
            question.push(&key);
        }
        if name == "due" {
            question.extend(["--within", "30d"]);
        }
        answers.push(median_of(&question)?);
    }
    let floor = floor(&register)?;
    company.one_more(&register)?;
    let next = asked(&["register", "show", &words, &key])?;
    Ok(Row {
        versions,
        ceremonies,
        lines,
        cold,
        next,
        asked: answers,
        floor,
    })
}

/// The median of what a question takes; its memory is watched apart, since that costs time.
fn median_of(question: &[&str]) -> Result<Cost, String> {
    let words = [&[KEYRITE], question].concat();
    let costs: Result<Vec<(f64, f64)>, String> = (0..ASKED).map(|_| timed(&words)).collect();
    let (seconds, cpu): (Vec<f64>, Vec<f64>) = costs?.into_iter().unzip();
    Ok(Cost {
        seconds: median(seconds),
        cpu: cpu.iter().sum::<f64>() / number(ASKED),
        mebibytes: watched(&words)?.mebibytes,
    })
}

/// What a question to the register costs, and its memory.
fn asked(question: &[&str]) -> Result<Cost, String> {
    watched(&[&[KEYRITE], question].concat())
}

/// The least that a warm question can take: the kernel tells of every file, asked by all cores.
fn floor(register: &Path) -> Result<Cost, String> {
    let mut names = Vec::new();
    below(register, "", &mut names)?;
    let place = OFlags::PATH | OFlags::CLOEXEC;
    let dir = open(register, place, Mode::empty()).map_err(text)?;
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut times = Vec::new();
    let before = own_cpu();
    for _ in 0..ASKED {
        let begin = Instant::now();
        thread::scope(|scope| {
            for names in names.chunks(names.len().div_ceil(cores).max(1)) {
                let dir = &dir;
                scope.spawn(move || {
                    for name in names {
                        let told = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW);
                        std::hint::black_box(told.is_ok());
                    }
                });
            }
        });
        times.push(begin.elapsed().as_secs_f64());
    }
    Ok(Cost {
        seconds: median(times),
        cpu: (own_cpu() - before) / number(ASKED),
        mebibytes: f64::NAN,
    })
}

/// Every file and folder in a folder, by its path from the register.
fn below(register: &Path, folder: &str, names: &mut Vec<CString>) -> Result<(), String> {
    for entry in fs::read_dir(register.join(folder)).map_err(text)? {
        let entry = entry.map_err(text)?;
        let name = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(text)?.is_dir() {
            below(register, &format!("{name}/"), names)?;
        }
        names.push(CString::new(name).map_err(text)?);
    }
    Ok(())
}

/// A line of the plot for a cold build, and one for each question.
fn plotted(rows: &[Row]) -> Vec<Line> {
    let line = |name: &str, of: &dyn Fn(&Row) -> Option<f64>| {
        let points = rows.iter();
        let points = points.filter_map(|row| Some((number(row.versions), of(row)?)));
        (name.to_owned(), points.collect())
    };
    let mut all = vec![line("cold, verified", &|row| Some(row.cold.seconds))];
    for (place, question) in QUESTIONS.iter().enumerate() {
        all.push(line(question, &|row| Some(row.asked.get(place)?.seconds)));
    }
    all
}

/// What is wanted of the largest register, and of how it grew.
fn kept(rows: &[Row]) -> Found {
    let mut found = Found::by("register");
    let Some(last) = rows.last() else {
        return found;
    };
    let versions = last.versions;
    let mut keep = |what: &str, unit, ours, wanted| {
        found.keep(table::Measured {
            what: format!("{versions} versions: {what}"),
            unit,
            ours: Ok(ours),
            peer: None,
            wanted,
        });
    };
    let rate = number(last.lines) / last.cold.seconds;
    keep("cold, lines verified", "a s", rate, Aim::AtLeast(5_000.0));
    let memory = last.cold.mebibytes;
    keep("cold, peak memory", "MiB", memory, Aim::AtMost(200.0));
    for (question, cost) in QUESTIONS.iter().zip(&last.asked) {
        let wanted = match *question {
            "due" | "who KEY" | "age KEY" => Aim::AtMost(50.0),
            _ => Aim::Nothing,
        };
        keep(question, "ms", cost.seconds * 1e3, wanted);
    }
    if let [first, .., last] = rows {
        let a_line = |row: &Row| row.cold.cpu * 1e3 / number(row.lines);
        found.keep(table::Measured {
            what: format!("{versions} versions: cold, CPU a line"),
            unit: "ms",
            ours: Ok(a_line(last)),
            peer: Some((format!("{} versions", first.versions), Ok(a_line(first)))),
            wanted: Aim::AtMost(1.25),
        });
    }
    found
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
