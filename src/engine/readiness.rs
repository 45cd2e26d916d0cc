//! What is looked at before the first step, as one list: shown, recorded, and answered for where
//! something is not as the script wants it.

use std::path::Path;

use crate::domain::progress::number;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Readiness;
use crate::domain::record::ReadinessResult;
use crate::domain::record::ScriptApproval;
use crate::domain::record::Tool;
use crate::domain::retire::stops;
use crate::domain::script::Environment;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::domain::token_facts::TokenFacts;
use crate::engine::bench::Bench;
use crate::engine::desk::Desk;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::host::Found;
use crate::engine::host::Host;
use crate::engine::inputs::ReadFiles;
use crate::engine::steps;

/// Room that a record and what is made need on the disk, in MiB.
const MIN_SPACE: u64 = 64;

/// What the list is made of.
pub struct Ready<'a> {
    /// The script.
    pub script: &'a Script,
    /// What the run is worth.
    pub mode: Mode,
    /// Approvals of the script.
    pub approvals: &'a [ScriptApproval],
    /// Import parameters and lists.
    pub brought: &'a ReadFiles,
    /// The program.
    pub tool: &'a Tool,
    /// The HSM, where keys live in one.
    pub token: Option<&'a TokenFacts>,
    /// The machine.
    pub host: &'a dyn Host,
    /// Where the ceremony is going to be.
    pub dir: &'a Path,
}

/// Everything that was looked at. What comes first stopped the run where it did not hold.
pub fn list_of(ready: &Ready<'_>) -> Vec<Readiness> {
    let mut all = vec![holds(
        "script",
        "follows every rule; its walk finds nothing",
    )];
    all.push(approvals(ready));
    all.extend(older_versions(ready.script));
    all.push(holds(
        "people",
        "everybody has the keys that the script needs",
    ));
    for read in ready.brought.inputs.values() {
        let until = read.recorded().valid_to;
        let until = until.map_or(String::new(), |until| format!(", valid until {until}"));
        all.push(holds(
            &format!("input {}", read.name),
            &format!(
                "{} takes {} under a key of {} bits{until}",
                read.profile.provider,
                read.profile.algorithm,
                read.parameters.wrapping_key.bits()
            ),
        ));
    }
    all.push(holds(
        "twin walk",
        "every step that makes, splits, restores, wraps, locks or destroys was done on throwaway keys",
    ));
    all.push(program(ready));
    all.extend(
        ready
            .token
            .into_iter()
            .flat_map(|facts| token(ready.script, facts)),
    );
    machine(ready, &mut all);
    all
}

fn look(name: &str, found: impl Into<String>, result: ReadinessResult) -> Readiness {
    Readiness {
        name: name.to_owned(),
        found: found.into(),
        result,
        by: "program".to_owned(),
    }
}

fn holds(name: &str, found: &str) -> Readiness {
    look(name, found, ReadinessResult::Holds)
}

/// What is found, where the script may say how it is to be.
fn wanted(name: &str, found: String, wanted: Option<String>) -> Readiness {
    match wanted {
        None => look(name, found, ReadinessResult::Noted),
        Some(wanted) if wanted == found => look(name, found, ReadinessResult::Holds),
        Some(wanted) => {
            let found = format!("{found}; the script wants {wanted}");
            look(name, found, ReadinessResult::Fails)
        }
    }
}

fn approvals(ready: &Ready<'_>) -> Readiness {
    let names: Vec<&str> = ready
        .approvals
        .iter()
        .map(|approval| ready.script.name_of(&approval.by))
        .collect();
    if names.is_empty() {
        let found = format!("nobody approved the script, as {} allows", ready.mode);
        return look("approvals", found, ReadinessResult::Noted);
    }
    holds("approvals", &format!("signed by {}", list(&names)))
}

/// Older versions that the script stops: who needs them, and where nobody looked.
fn older_versions(script: &Script) -> Vec<Readiness> {
    let mut all: Vec<Readiness> = Vec::new();
    for stop in stops(script) {
        let (found, result) = if stop.needed.is_empty() {
            let unlooked = stop.unlooked.iter().map(|it| format!("; {it}"));
            let signed_off = "every dependent signed off that it needs it no more";
            let found = format!("{signed_off}{}", unlooked.collect::<String>());
            (found, ReadinessResult::Holds)
        } else {
            (stop.needed.join("; "), ReadinessResult::Fails)
        };
        let look = look(&stop.readiness(), found, result);
        if !all.contains(&look) {
            all.push(look);
        }
    }
    all
}

fn program(ready: &Ready<'_>) -> Readiness {
    let found = ready
        .tool
        .sha256
        .map_or_else(|| "unknown".to_owned(), |digest| digest.to_string());
    let pinned = ready.script.tool_sha256.as_ref();
    wanted("program", found, pinned.map(|at| at.value.to_string()))
}

fn token(script: &Script, facts: &TokenFacts) -> [Readiness; 3] {
    let described = &script.token;
    let module = described.module_sha256.as_ref();
    let line = |line: &Option<crate::domain::script::At<crate::domain::script::Line>>| {
        line.as_ref().map(|line| line.as_str().to_owned())
    };
    [
        wanted(
            "module",
            facts.module_sha256.to_string(),
            module.map(|at| at.value.to_string()),
        ),
        wanted(
            "serial number",
            facts.serial.clone(),
            line(&described.serial),
        ),
        wanted(
            "firmware",
            facts.firmware_version.clone(),
            line(&described.firmware),
        ),
    ]
}

fn machine(ready: &Ready<'_>, all: &mut Vec<Readiness>) {
    let host = ready.host;
    let step = |demands: fn(&Environment) -> bool| {
        let mut steps = (1..).zip(&ready.script.steps);
        steps.find_map(|(number, step): (u32, _)| {
            let Step::Environment(environment) = &step.value else {
                return None;
            };
            demands(environment).then_some(number)
        })
    };
    let looks: [(&str, Found, Option<u32>); 6] = [
        ("network", host.network(), step(|it| it.network.is_some())),
        ("swap", host.swap(), step(|it| it.swap.is_some())),
        ("memory", host.memory(), step(|it| it.swap.is_some())),
        (
            "core dumps",
            host.core_dumps(),
            step(|it| it.core_dumps.is_some()),
        ),
        (
            "remote terminal",
            host.remote(),
            step(|it| it.remote.is_some()),
        ),
        (
            "recorder",
            host.recorder(),
            step(|it| it.recorder.is_some()),
        ),
    ];
    for (name, found, demanded) in looks {
        all.push(match demanded {
            Some(_) if found.off => holds(name, &found.words),
            // The step does not go on without an exception.
            Some(step) => look(
                name,
                format!("{}; step {step} wants it otherwise", found.words),
                ReadinessResult::Noted,
            ),
            None => look(name, found.words, ReadinessResult::Noted),
        });
    }
    all.push(look(
        "time zone",
        format!("{}; the record is in UTC", host.zone()),
        ReadinessResult::Noted,
    ));
    all.push(look(
        "output folder",
        host.place(ready.dir).words,
        ReadinessResult::Noted,
    ));
    let pinned = ready.script.record_medium.as_ref();
    all.push(wanted(
        "medium",
        host.medium(ready.dir)
            .unwrap_or_else(|| "no UUID is known".to_owned()),
        pinned.map(ToString::to_string),
    ));
    all.push(match host.space(ready.dir) {
        Some(bytes) => {
            let free = bytes >> 20;
            let enough = free >= MIN_SPACE;
            let result = if enough {
                ReadinessResult::Holds
            } else {
                ReadinessResult::Fails
            };
            look(
                "disk space",
                format!("{free} MiB free, {MIN_SPACE} needed"),
                result,
            )
        }
        None => look(
            "disk space",
            "the system does not say",
            ReadinessResult::Noted,
        ),
    });
    all.extend(
        ready
            .script
            .steps
            .iter()
            .enumerate()
            .find_map(|(index, step)| {
                let Step::Environment(environment) = &step.value else {
                    return None;
                };
                let person = environment.clock.as_ref()?.person();
                let name = ready.script.name_of(person);
                let found = format!("{name} reads another clock in step {}", number(index));
                Some(Readiness {
                    by: person.to_owned(),
                    ..look("clock", found, ReadinessResult::Noted)
                })
            }),
    );
}

/// Shows the list. Where something is not as the script wants it, the people in the room say
/// whether they begin all the same.
///
/// # Errors
///
/// [`EngineError::NotReady`], if they do not.
pub fn show(all: &[Readiness], desk: &mut dyn Desk) -> Result<(), EngineError> {
    desk.say(Say::Note(
        "Readiness. The program looked itself, unless a name is given.",
    ));
    for check in all {
        let by = if check.by == "program" {
            String::new()
        } else {
            format!(" (by {})", check.by)
        };
        let told = format!("{}: {}{by}", check.name, check.found);
        desk.say(match check.result {
            ReadinessResult::Holds => Say::Good(&told),
            ReadinessResult::Noted => Say::Note(&told),
            ReadinessResult::Fails => Say::Trouble {
                message: &told,
                hint: None,
            },
        });
    }
    let failing = failing(all);
    if failing.is_empty() {
        return Ok(());
    }
    let question = Question::confirmation(
        "ready/go-on",
        "Begin all the same? It is recorded as an exception before step 1",
    );
    if desk.confirm(&question)? {
        Ok(())
    } else {
        Err(EngineError::NotReady(failing))
    }
}

fn failing(all: &[Readiness]) -> Vec<String> {
    all.iter()
        .filter(|check| check.result == ReadinessResult::Fails)
        .map(|check| format!("{}: {}", check.name, check.found))
        .collect()
}

/// Records who answers for what was not ready, before the first step.
pub fn settle(bench: &mut Bench<'_, '_>) -> Result<(), EngineError> {
    let mut failing = Vec::new();
    for entry in bench.store.entries() {
        match &entry.event {
            Event::Open(open) => failing = self::failing(&open.readiness),
            Event::Exception(_) | Event::Step(_) => failing.clear(),
            Event::Handed(_)
            | Event::BatchKey(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => {}
        }
    }
    if failing.is_empty() {
        return Ok(());
    }
    let told = steps::decide(
        bench,
        1,
        "everything is as the script wants it before the first step".to_owned(),
        failing.join("; "),
    )?;
    bench.record(Event::Exception(told))
}
