//! The machine is looked at, and a clock is read.

use crate::domain::record::Did;
use crate::domain::record::EnvironmentCheck;
use crate::domain::record::Moment;
use crate::domain::script::Environment;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::host::Found;
use crate::engine::steps::Done;
use crate::engine::steps::exception;

/// How far the machine's clock may be from the one that somebody reads (requirements for
/// ceremony machines: 60 seconds, UTC).
const MAX_CLOCK_OFFSET: i64 = 60;

pub(super) fn look(
    bench: &mut Bench<'_, '_>,
    n: u32,
    wanted: &Environment,
) -> Result<Done, EngineError> {
    let mut checks = loop {
        let checks = machine(bench, wanted);
        let wrong: Vec<String> = checks
            .iter()
            .filter(|check| !check.holds)
            .map(|check| format!("{}: {}", check.name, check.found))
            .collect();
        if wrong.is_empty() {
            break checks;
        }
        let error = EngineError::Environment(wrong);
        bench.room.desk.say(Say::Trouble {
            message: &error.to_string(),
            hint: None,
        });
        let again = Question::confirmation(
            format!("{n}/look-again"),
            "Look again? (`no` records an exception and goes on)",
        );
        if !bench.confirm(&again)? {
            let wrong = checks.iter().filter(|check| !check.holds);
            let (expected, happened): (Vec<_>, Vec<_>) = wrong
                .map(|check| {
                    (
                        format!("{} {}", check.name, check.wanted),
                        format!("{}: {}", check.name, check.found),
                    )
                })
                .unzip();
            let told = exception::decide(bench, n, expected.join(", "), happened.join(", "))?;
            bench.record(crate::domain::record::Event::Exception(told))?;
            break checks;
        }
        if !bench.room.desk.patient() {
            return Err(error);
        }
    };
    if let Some(clock) = &wanted.clock {
        checks.push(read_clock(bench, n, clock.person())?);
    }
    for check in &checks {
        let value = format!(
            "{} ({})",
            check.found,
            if check.holds {
                "holds"
            } else {
                "does not hold"
            }
        );
        bench.room.desk.say(Say::Fact {
            name: &check.name,
            value: &value,
        });
    }
    Ok(Did::Environment { checks }.into())
}

fn machine(bench: &Bench<'_, '_>, wanted: &Environment) -> Vec<EnvironmentCheck> {
    let host = bench.room.host;
    let check = |name: &str, wanted: &str, found: Found| EnvironmentCheck {
        name: name.to_owned(),
        wanted: wanted.to_owned(),
        found: found.words,
        holds: found.off,
        by: "program".to_owned(),
    };
    let mut checks = Vec::new();
    if wanted.network.is_some() {
        checks.push(check("network", "off", host.network()));
    }
    if wanted.swap.is_some() {
        let swap = host.swap();
        let mut memory = host.memory();
        // Without swap space no memory gets to a disk, locked or not.
        memory.off |= swap.off;
        checks.push(check("swap", "off", swap));
        checks.push(check("memory", "locked, or swap off", memory));
    }
    if wanted.core_dumps.is_some() {
        checks.push(check("core dumps", "off", host.core_dumps()));
    }
    if wanted.remote.is_some() {
        checks.push(check("remote terminal", "off", host.remote()));
    }
    if wanted.recorder.is_some() {
        checks.push(check("recorder", "off", host.recorder()));
    }
    checks
}

fn read_clock(
    bench: &mut Bench<'_, '_>,
    n: u32,
    person: &str,
) -> Result<EnvironmentCheck, EngineError> {
    let question = Question::confirmation(
        format!("{n}/clock/{person}"),
        format!(
            "{}: what time is it in UTC on a clock of your own? (HH:MM:SS)",
            bench.name(person)
        ),
    )
    .to(person)
    .asks(Asks::Time);
    bench.until_right(|bench| {
        let typed = bench.ask(&question)?;
        let here = bench.room.clock.now();
        let read =
            nearest_moment(here, &typed).ok_or_else(|| EngineError::NotATime(typed.clone()))?;
        // Minutes alone are read as some second of that minute.
        let seconds_typed = typed.trim().matches(':').count() == 2;
        let off = here.seconds_since(read).abs();
        let off = if seconds_typed {
            off
        } else {
            (off - 59).max(0)
        };
        if off > MAX_CLOCK_OFFSET {
            return Err(EngineError::ClockOff {
                here,
                person: person.to_owned(),
                read,
                off,
            });
        }
        Ok(EnvironmentCheck {
            name: "clock".to_owned(),
            wanted: format!("within {MAX_CLOCK_OFFSET} seconds of a clock read by {person}"),
            found: format!(
                "{typed} read, {here} here, {off} seconds apart",
                typed = typed.trim()
            ),
            holds: true,
            by: person.to_owned(),
        })
    })
}

/// The moment nearest to `here` at which a clock shows `text`.
fn nearest_moment(here: Moment, text: &str) -> Option<Moment> {
    const DAY: i64 = 86400;
    let parts: Vec<i64> = text
        .trim()
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] => (hours, minutes, 0),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) || !(0..60).contains(&seconds) {
        return None;
    }
    let of_day = hours * 3600 + minutes * 60 + seconds;
    let here_of_day = here.timestamp().as_second().rem_euclid(DAY);
    let ahead = (of_day - here_of_day + DAY / 2).rem_euclid(DAY) - DAY / 2;
    Some(here.plus_seconds(ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::new(text.parse().unwrap())
    }

    #[test]
    fn a_time_of_day_is_the_nearest_one_even_across_midnight() {
        let here = at("2026-11-22T23:59:50Z");
        assert_eq!(
            nearest_moment(here, "00:00:05"),
            Some(at("2026-11-23T00:00:05Z"))
        );
        assert_eq!(
            nearest_moment(here, "23:58"),
            Some(at("2026-11-22T23:58:00Z"))
        );
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in ["", "24:00", "12", "12:60", "noon", "-1:00", "1:2:3:4"] {
            assert_eq!(
                nearest_moment(at("2026-11-22T12:00:00Z"), text),
                None,
                "{text}"
            );
        }
    }
}
