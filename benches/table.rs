//! Times contenders in turn, so that all of them see the same machine, and prints medians.

use std::path::Path;
use std::time::Instant;

/// Something to be timed. What it returns is why it could not run.
pub(crate) struct Contender<'a> {
    /// What it is.
    pub(crate) name: &'a str,
    /// One run; the number tells runs apart.
    pub(crate) run: Box<dyn FnMut(u32) -> Result<(), String> + 'a>,
}

/// Runs the first contender, which is ours, and its peers in turn, and prints them side by side.
pub(crate) fn compare(what: &str, runs: u32, mut contenders: Vec<Contender<'_>>) {
    let mut times: Vec<Result<Vec<f64>, String>> =
        contenders.iter().map(|_| Ok(Vec::new())).collect();
    // The first round fills caches and is not counted.
    for round in 0..=runs {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let Ok(so_far) = times else { continue };
            let begin = Instant::now();
            match (contender.run)(round) {
                Ok(()) if round > 0 => so_far.push(begin.elapsed().as_secs_f64() * 1e3),
                Ok(()) => {}
                Err(why) => *times = Err(why),
            }
        }
    }
    println!("\n{what} (medians of {runs} alternating runs)");
    println!(
        "{:<46} {:>10} {:>10} {:>7}",
        "peer", "ours, ms", "peer, ms", "ratio"
    );
    let medians: Vec<Result<f64, String>> = times.into_iter().map(|all| all.map(median)).collect();
    let Some((ours, peers)) = medians.split_first() else {
        return;
    };
    for (contender, peer) in contenders.iter().skip(1).zip(peers) {
        let name = contender.name;
        match (ours, peer) {
            (Ok(ours), Ok(peer)) => {
                println!("{name:<46} {ours:>10.2} {peer:>10.2} {:>7.2}", ours / peer);
            }
            (Ok(ours), Err(why)) => println!("{name:<46} {ours:>10.2}  not measured: {why}"),
            (Err(why), Ok(peer)) => {
                println!(
                    "{name:<46} {:>10} {peer:>10.2}  ours not measured: {why}",
                    ""
                );
            }
            (Err(why), Err(peer)) => {
                println!("{name:<46}  neither measured: ours {why}; peer {peer}");
            }
        }
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
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
