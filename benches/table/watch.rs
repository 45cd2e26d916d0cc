//! What another program costs: time, CPU of all its threads, memory.

use std::fs;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use nix::time::ClockId;
use nix::time::clock_gettime;

use super::number;

/// What a command costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// On the clock.
    pub(crate) seconds: f64,
    /// Seconds of all cores together: what others do on this machine does not count.
    pub(crate) cpu: f64,
    /// The most memory that it had.
    pub(crate) mebibytes: f64,
}

/// What a command takes from its start to its end, without its output.
pub(crate) fn watched(words: &[&str]) -> Result<Cost, String> {
    let (begin, before) = (Instant::now(), cpu());
    let mut child = started(words)?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        most = peak_in(&status).unwrap_or_default().max(most);
        if let Some(ended) = child.try_wait().map_err(|error| error.to_string())? {
            let seconds = begin.elapsed().as_secs_f64();
            answered(words, ended)?;
            return Ok(Cost {
                seconds,
                cpu: cpu() - before,
                mebibytes: number(most) / 1024.0,
            });
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// What a command takes: seconds on the clock and of CPU. Nothing is looked at while it runs, since that would
/// cost it time.
pub(crate) fn timed(words: &[&str]) -> Result<(f64, f64), String> {
    let (begin, before) = (Instant::now(), cpu());
    let ended = started(words)?.wait().map_err(|error| error.to_string())?;
    let seconds = begin.elapsed().as_secs_f64();
    answered(words, ended)?;
    Ok((seconds, cpu() - before))
}

fn started(words: &[&str]) -> Result<Child, String> {
    let (program, arguments) = words.split_first().ok_or("nothing to run")?;
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))
}

/// That it ends with 1 is an answer, too: something is due, or not explained.
fn answered(words: &[&str], ended: ExitStatus) -> Result<(), String> {
    match ended.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("{words:?}: {ended}")),
    }
}

/// Seconds that the programs took which this one waited for; Linux counts them in hundredths.
pub(crate) fn cpu() -> f64 {
    let told = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name may have blanks in it.
    let behind = told.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let fields = behind.split(' ').skip(13).take(2);
    fields
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Seconds that this program took itself.
pub(crate) fn own_cpu() -> f64 {
    taken(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// Seconds that this thread took. What /proc tells of it is as old as the last tick of the scheduler.
pub(crate) fn thread_cpu() -> f64 {
    taken(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn taken(clock: ClockId) -> f64 {
    clock_gettime(clock).map_or(f64::NAN, |time| Duration::from(time).as_secs_f64())
}

/// The most memory that this process had, in MiB.
pub(crate) fn own_peak() -> f64 {
    number(peak_in("/proc/self/status").unwrap_or_default()) / 1024.0
}

/// In KiB.
fn peak_in(status: &str) -> Option<usize> {
    let told = fs::read_to_string(status).ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
