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

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use company::Company;
use company::KEYS;
use company::SINGLES;
use company::tenant;
use table::missing;

mod company;
#[allow(dead_code, reason = "this bench prints a table of its own")]
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
/// Of their lines in the plot.
const COLOURS: [&str; 7] = ["#06c", "#080", "#a0a", "#880", "#088", "#555", "#c60"];

fn main() {
    if let Err(why) = bench() {
        println!("not measured: {why}");
    }
}

fn bench() -> Result<(), String> {
    missing(&["ssh-keygen", "age-keygen"])?;
    let most = std::env::args().skip(1).find_map(|word| word.parse().ok());
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
    let plot = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-register.svg");
    fs::write(&plot, svg(&rows)).map_err(text)?;
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
}

/// What a command costs.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    /// Seconds of all cores together: what others do on this machine does not count.
    cpu: f64,
    mebibytes: f64,
}

fn measure(company: &Company, place: &Path, lists: usize, rounds: usize) -> Result<Row, String> {
    let versions = lists * rounds * (KEYS + SINGLES);
    let register = place.join(versions.to_string());
    let (ceremonies, lines) = company.fill(&register, lists, rounds)?;
    let words = register.to_string_lossy().into_owned();
    // What changed just now is compared by its bytes: not what is measured.
    thread::sleep(Duration::from_secs(4));
    let cold = watched(&["register", "verify", &words])?;
    let key = tenant(lists - 1, KEYS - 1);
    let mut asked = Vec::new();
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
        asked.push(median(&question)?);
    }
    company.one_more(&register)?;
    let next = watched(&["register", "show", &words, &key])?;
    Ok(Row {
        versions,
        ceremonies,
        lines,
        cold,
        next,
        asked,
    })
}

/// The median of what a question takes; its memory is watched apart, since that costs time.
fn median(question: &[&str]) -> Result<Cost, String> {
    let mut times = Vec::new();
    let before = cpu();
    for _ in 0..ASKED {
        let begin = Instant::now();
        let ended = start(question)?.wait().map_err(text)?;
        times.push(begin.elapsed().as_secs_f64());
        answered(question, ended)?;
    }
    times.sort_by(f64::total_cmp);
    let seconds = times.get(ASKED / 2).copied().unwrap_or(f64::NAN);
    let cpu = (cpu() - before) / number(ASKED);
    let Cost { mebibytes, .. } = watched(question)?;
    Ok(Cost {
        seconds,
        cpu,
        mebibytes,
    })
}

/// What a command takes from its start to its end.
fn watched(question: &[&str]) -> Result<Cost, String> {
    let (begin, before) = (Instant::now(), cpu());
    let mut child = start(question)?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let now = fs::read_to_string(&status).unwrap_or_default();
        let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(now.unwrap_or(0));
        if let Some(ended) = child.try_wait().map_err(text)? {
            let seconds = begin.elapsed().as_secs_f64();
            answered(question, ended)?;
            let mebibytes = number(most) / 1024.0;
            return Ok(Cost {
                seconds,
                cpu: cpu() - before,
                mebibytes,
            });
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Seconds that the programs took which this one waited for.
fn cpu() -> f64 {
    let told = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may have blanks in it, the 14th and 15th; Linux counts in hundredths.
    let behind = told.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let fields = behind.split(' ').skip(13).take(2);
    fields
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn start(question: &[&str]) -> Result<Child, String> {
    Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .args(question)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(text)
}

/// That something is due or to be mended is an answer, too.
fn answered(question: &[&str], ended: ExitStatus) -> Result<(), String> {
    match ended.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("keyrite {question:?}: {ended}")),
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
            .map(|row| (x(row.versions), y(row.cold.seconds)))
            .collect(),
    );
    for ((place, question), colour) in QUESTIONS.iter().enumerate().zip(COLOURS) {
        let points = rows
            .iter()
            .filter_map(|row| Some((x(row.versions), y(row.asked.get(place)?.seconds))));
        all += &line(colour, question, points.collect());
    }
    all + "</svg>\n"
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
