//! Times contenders in turn, so that all of them see the same machine, and keeps what was found.
//!
//! Each bench prints what it measures, and writes its rows to `target/bench/NAME.md`; with the rows of the
//! other benches, as they were last measured, they become one table, `target/bench/table.md`, and a plot of
//! its ratios. So `cargo bench` writes the whole of it.

pub(crate) mod page;
pub(crate) mod plot;
pub(crate) mod watch;

use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

/// Something to be timed. What it returns is why it could not run.
pub(crate) struct Contender<'a> {
    /// What it is.
    pub(crate) name: &'a str,
    /// One run; the number tells runs apart.
    pub(crate) run: Box<dyn FnMut(u32) -> Result<(), String> + 'a>,
    /// What is wanted of ours beside it.
    pub(crate) wanted: Aim,
}

/// What is wanted of a ratio, or of a figure that has no peer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// Nothing is.
    Nothing,
    /// It, or less.
    AtMost(f64),
    /// It, or more.
    AtLeast(f64),
}

/// One line of the table.
pub(crate) struct Measured {
    /// What was measured.
    pub(crate) what: String,
    /// Of what a figure is.
    pub(crate) unit: &'static str,
    /// Ours, or why there is none.
    pub(crate) ours: Result<f64, String>,
    /// Who else, and what of him.
    pub(crate) peer: Option<(String, Result<f64, String>)>,
    /// Of the ratio, where there is a peer; else of ours.
    pub(crate) wanted: Aim,
}

impl Measured {
    /// Ours by theirs.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let ours = self.ours.as_ref().ok()?;
        let theirs = self.peer.as_ref()?.1.as_ref().ok()?;
        Some(ours / theirs)
    }

    /// What is wanted, and whether that is so.
    pub(crate) fn verdict(&self) -> Option<(String, bool)> {
        let found = match &self.peer {
            Some(_) => self.ratio(),
            None => self.ours.as_ref().ok().copied(),
        };
        let unit = if self.peer.is_some() { "" } else { self.unit };
        match self.wanted {
            Aim::Nothing => None,
            Aim::AtMost(most) => Some((
                format!("≤ {most} {unit}"),
                found.is_some_and(|found| found <= most),
            )),
            Aim::AtLeast(least) => Some((
                format!("≥ {least} {unit}"),
                found.is_some_and(|found| found >= least),
            )),
        }
    }
}

/// Everything that one bench found.
pub(crate) struct Found {
    bench: &'static str,
    rows: Vec<Measured>,
}

impl Found {
    /// Nothing yet.
    pub(crate) fn by(bench: &'static str) -> Self {
        Self {
            bench,
            rows: Vec::new(),
        }
    }

    /// Keeps a line.
    pub(crate) fn keep(&mut self, row: Measured) {
        self.rows.push(row);
    }

    /// Runs the first contender, which is ours, and its peers in turn, prints them side by side, and keeps it.
    pub(crate) fn compare(&mut self, what: &str, runs: u32, contenders: Vec<Contender<'_>>) {
        let clock = Instant::now();
        self.in_turn(
            what,
            runs,
            "ms",
            &|| clock.elapsed().as_secs_f64(),
            contenders,
        );
    }

    /// The same by the CPU that this thread took, where contenders run in it: so others do not count.
    pub(crate) fn compare_cpu(&mut self, what: &str, runs: u32, contenders: Vec<Contender<'_>>) {
        self.in_turn(what, runs, "CPU ms", &watch::thread_cpu, contenders);
    }

    fn in_turn(
        &mut self,
        what: &str,
        runs: u32,
        unit: &'static str,
        clock: &dyn Fn() -> f64,
        mut contenders: Vec<Contender<'_>>,
    ) {
        let runs = fewer(runs);
        let mut times: Vec<Result<Vec<f64>, String>> =
            contenders.iter().map(|_| Ok(Vec::new())).collect();
        // The first round fills caches and is not counted.
        for round in 0..=runs {
            for (contender, times) in contenders.iter_mut().zip(&mut times) {
                let Ok(so_far) = times else { continue };
                let begin = clock();
                match (contender.run)(round) {
                    Ok(()) if round > 0 => so_far.push((clock() - begin) * 1e3),
                    Ok(()) => {}
                    Err(why) => *times = Err(why),
                }
            }
        }
        println!("\n{what} (medians of {runs} alternating runs)");
        let mut medians = times.into_iter().map(|all| all.map(median));
        let Some(ours) = medians.next() else { return };
        let rows = contenders.iter().skip(1).zip(medians);
        let rows = rows.map(|(contender, peer)| Measured {
            what: what.to_owned(),
            unit,
            ours: ours.clone(),
            peer: Some((contender.name.to_owned(), peer)),
            wanted: contender.wanted,
        });
        self.show(rows.collect());
    }

    /// Prints lines that belong together, and keeps them.
    pub(crate) fn show(&mut self, rows: Vec<Measured>) {
        let unit = rows.first().map_or("", |row| row.unit);
        println!(
            "{:<40} {:>14} {:>11} {:>7}",
            "beside",
            format!("ours, {unit}"),
            "its",
            "ratio"
        );
        for row in rows {
            let name = row.peer.as_ref().map_or(&row.what, |(name, _)| name);
            let figure = |found: &Result<f64, String>| match found {
                Ok(found) => page::figure(*found),
                Err(_) => "-".to_owned(),
            };
            let theirs = row
                .peer
                .as_ref()
                .map_or(String::new(), |(_, it)| figure(it));
            let ratio = row.ratio().map_or(String::new(), |it| format!("{it:.2}"));
            println!(
                "{name:<40} {:>14} {theirs:>11} {ratio:>7}",
                figure(&row.ours)
            );
            let peer = row.peer.as_ref().map(|(_, theirs)| theirs);
            for why in [Some(&row.ours), peer].into_iter().flatten() {
                if let Err(why) = why {
                    println!("  not measured: {why}");
                }
            }
            self.keep(row);
        }
    }

    /// Writes the rows, and the table with those of the other benches.
    pub(crate) fn write(&self) {
        if let Err(error) = page::write(self.bench, &self.rows) {
            println!("not written: {error}");
        }
    }
}

/// Where benches write.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .map_or_else(PathBuf::new, |target| target.join("bench"))
}

/// Whether somebody only wants to see that it runs: `cargo bench -- --quick`.
pub(crate) fn quick() -> bool {
    std::env::args().any(|word| word == QUICK)
}

/// How that is said.
pub(crate) const QUICK: &str = "--quick";

/// So many, or a tenth of it where that is enough.
pub(crate) fn fewer(count: u32) -> u32 {
    if quick() {
        (count / 10).max(3).min(count)
    } else {
        count
    }
}

/// The one in the middle.
pub(crate) fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A count as it is divided by.
pub(crate) fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

/// Which of these programs are missing; none if all are there.
pub(crate) fn missing(programs: &[&str]) -> Result<(), String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let absent: Vec<&str> = programs
        .iter()
        .filter(|program| {
            !std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
        })
        .copied()
        .collect();
    if absent.is_empty() {
        Ok(())
    } else {
        Err(format!("{} not installed", absent.join(", ")))
    }
}

/// Runs a program without its output.
pub(crate) fn quietly(program: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("it failed");
        Err(format!("{}: {last}", program.display()))
    }
}
