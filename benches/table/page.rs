//! The table of all benches, and the plot of its ratios.

use std::fmt::Write as _;
use std::fs;
use std::io;

use super::Measured;
use super::folder;
use super::plot;
use super::quick;

/// In this order.
const BENCHES: [&str; 10] = [
    "startup",
    "ceremony",
    "rsa",
    "shares",
    "wrap",
    "token-softhsm",
    "token-kryoptic",
    "verify",
    "register",
    "reconcile",
];

const HEAD: &str = "| what | ours | beside | its | ratio | wanted | |
|---|---|---|---|---|---|---|
";

/// Writes the rows of one bench, and the table of all that were ever measured here.
pub(super) fn write(bench: &str, rows: &[Measured]) -> io::Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    let mut text = format!("| **{bench}**, {} | | | | | | |\n", when());
    for row in rows {
        text += &line(row);
    }
    fs::write(folder.join(format!("{bench}.md")), text)?;
    let ratios: Vec<(String, f64)> = rows.iter().filter_map(plotted).collect();
    fs::write(
        folder.join(format!("{bench}.svg")),
        plot::ratios(bench, &ratios),
    )?;
    let mut all = format!("{}\n\n{HEAD}", machine());
    for bench in BENCHES {
        match fs::read_to_string(folder.join(format!("{bench}.md"))) {
            Ok(rows) => all += &rows,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    fs::write(folder.join("table.md"), all)?;
    println!("\nthe table of all: {}", folder.join("table.md").display());
    Ok(())
}

/// Three digits are enough for everybody.
pub(super) fn figure(found: f64) -> String {
    let digits = match found.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{found:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in (0..whole.len()).rev().zip(whole.chars()) {
        grouped.push(digit);
        if place > 0 && place % 3 == 0 {
            grouped.push(',');
        }
    }
    grouped + rest
}

fn line(row: &Measured) -> String {
    let told = |found: &Result<f64, String>| match found {
        Ok(found) => format!("{} {}", figure(*found), row.unit),
        Err(why) => format!("not measured: {why}"),
    };
    let (peer, theirs) = match &row.peer {
        Some((name, theirs)) => (name.as_str(), told(theirs)),
        None => ("", String::new()),
    };
    let ratio = row
        .ratio()
        .map_or(String::new(), |ratio| format!("{ratio:.2}"));
    let (wanted, met) = match row.verdict() {
        Some((wanted, true)) => (wanted, "met"),
        Some((wanted, false)) => (wanted, "**missed**"),
        None => (String::new(), ""),
    };
    let mut text = String::new();
    let cells = [
        &row.what,
        &told(&row.ours),
        peer,
        &theirs,
        &ratio,
        wanted.trim(),
        met,
    ];
    for cell in cells {
        // Writing to a string cannot fail.
        let _ = write!(text, "| {} ", cell.replace('|', "\\|").replace('\n', " "));
    }
    text + "|\n"
}

fn plotted(row: &Measured) -> Option<(String, f64)> {
    let (peer, _) = row.peer.as_ref()?;
    Some((format!("{} / {peer}", row.what), row.ratio()?))
}

fn when() -> String {
    let now = jiff::Timestamp::now().to_string();
    let day = now.split('T').next().unwrap_or_default().to_owned();
    let how = match (quick(), cfg!(debug_assertions)) {
        (_, true) => ", not a release build",
        (true, false) => ", quickly",
        (false, false) => "",
    };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("{day}{how}, load at its end {load}")
}

fn machine() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("", |text| text.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores of {model}, Linux {}, keyrite {}",
        kernel.trim(),
        env!("CARGO_PKG_VERSION")
    )
}
