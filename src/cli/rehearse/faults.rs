//! `keyrite rehearse --faults`: every fault in turn, and what came of each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::verify::verdict_of;
use crate::domain::progress::number;
use crate::domain::record::Outcome;
use crate::domain::script::Script;
use crate::engine::error::EngineError;
use crate::engine::files::Fault;
use crate::engine::files::Faults;
use crate::engine::rehearsal::Mistake;
use crate::engine::rehearsal::Played;
use crate::engine::rehearsal::Rehearsal;
use crate::engine::rehearsal::Unwatched;
use crate::engine::token::stand_in::StandIn;
use crate::engine::token::stand_in::Vanishing;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::text::Tone;

/// Kinds of faults: the columns of the table.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Killed,
    Disk,
    Token,
    Interrupted,
    People,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Killed,
        Self::Disk,
        Self::Token,
        Self::Interrupted,
        Self::People,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Disk => "disk",
            Self::Token => "token",
            Self::Interrupted => "Ctrl-C",
            Self::People => "people",
        }
    }
}

/// What is done to a rehearsal.
#[derive(Clone, Copy)]
enum Strike {
    Write(u32, Fault),
    Call(usize, Vanishing),
    Mistake(Mistake),
}

/// One fault: where it strikes, and what it is.
struct Point {
    /// The step; 0 before the first.
    step: u32,
    kind: Kind,
    what: String,
    strike: Strike,
}

/// One fault, and what came of it.
struct Struck {
    point: Point,
    caught: Result<(), String>,
}

/// Strikes a rehearsal with every fault that can be, one at a time; or lists them.
pub(super) fn strike_all(
    rehearsal: &Rehearsal<'_>,
    dir: &Path,
    list: bool,
    format: Format,
    style: Style,
) -> Exit {
    let first = at(rehearsal, dir);
    let whole = first.play(&mut Unwatched, Faults::none(), None);
    if let Err(stopped) = &whole.ended {
        report::stopped(Printer::talk(style), stopped);
        return crate::error::Diagnose::exit(stopped);
    }
    let points = points(&first, &whole);
    if list {
        return tell_points(&points, rehearsal.script, format, style);
    }
    let struck: Vec<Struck> = points
        .into_iter()
        .enumerate()
        .map(|(place, point)| {
            let dir = dir.with_file_name(format!("fault-{place}"));
            let caught = strike(&at(rehearsal, &dir), point.strike);
            // Nothing of it is worth keeping.
            drop(fs::remove_dir_all(&dir));
            Struck { point, caught }
        })
        .collect();
    tell(&struck, rehearsal.script, format, style)
}

fn at<'a>(rehearsal: &Rehearsal<'a>, dir: &'a Path) -> Rehearsal<'a> {
    Rehearsal {
        tool: rehearsal.tool.clone(),
        dir,
        hsm: rehearsal.hsm.as_ref().map(StandIn::afresh),
        ..*rehearsal
    }
}

/// Every fault that can strike, by what the rehearsal wrote, called and asked.
fn points(rehearsal: &Rehearsal<'_>, whole: &Played) -> Vec<Point> {
    let mut points = Vec::new();
    for (write, place) in (0..).zip(&whole.writes) {
        let on_medium = place.on_medium.then_some(Fault::ReadOnly);
        for fault in Fault::ALL.into_iter().chain(on_medium) {
            let kind = match fault {
                Fault::KillDuring | Fault::KillAfter => Kind::Killed,
                Fault::DiskFull | Fault::ReadOnly => Kind::Disk,
            };
            points.push(Point {
                step: place.step,
                kind,
                what: format!("{}: {}", fault.name(), place.name),
                strike: Strike::Write(write, fault),
            });
        }
    }
    let calls = rehearsal.hsm.as_ref().map(StandIn::calls);
    for (call, name) in calls.unwrap_or_default().iter().enumerate() {
        let before = whole.calls_before.iter().rev();
        let step = before.clone().find(|(_, calls)| *calls <= call);
        for when in Vanishing::ALL {
            points.push(Point {
                step: step.map_or(0, |(step, _)| *step),
                kind: Kind::Token,
                what: format!("{}: {name}", when.name()),
                strike: Strike::Call(call, when),
            });
        }
    }
    let last = number(rehearsal.script.steps.len().saturating_sub(1));
    for (question, id) in (0..).zip(&whole.questions) {
        let step = id.split('/').next().and_then(|step| step.parse().ok());
        points.push(Point {
            step: step.unwrap_or(last),
            kind: Kind::Interrupted,
            what: format!("Ctrl-C at the question {id}"),
            strike: Strike::Mistake(Mistake::Interrupt(question)),
        });
    }
    for mistake in Mistake::ALL {
        let kind = match mistake {
            Mistake::Pin | Mistake::OtherToken => Kind::Token,
            Mistake::Interrupt(_)
            | Mistake::Otherwise(_)
            | Mistake::Word
            | Mistake::DamagedShare
            | Mistake::OthersShare
            | Mistake::Clock
            | Mistake::Signer
            | Mistake::RefusesShare
            | Mistake::Mistypes
            | Mistake::Bag
            | Mistake::Absent
            | Mistake::Disagrees
            | Mistake::Expired
            | Mistake::ClockBack => Kind::People,
        };
        points.extend(mistake.first_step(rehearsal.script).map(|step| Point {
            step,
            kind,
            what: mistake.name(),
            strike: Strike::Mistake(mistake),
        }));
    }
    points
}

/// Plays with one fault, resumes without it, and holds the record that is left against the script.
fn strike(rehearsal: &Rehearsal<'_>, strike: Strike) -> Result<(), String> {
    let (faults, mistake) = match strike {
        Strike::Write(write, fault) => (Faults::at(write, fault), None),
        Strike::Call(call, when) => {
            if let Some(hsm) = &rehearsal.hsm {
                hsm.vanish(call, when);
            }
            (Faults::none(), None)
        }
        Strike::Mistake(mistake) => (Faults::none(), Some(mistake)),
    };
    let first = rehearsal.play(&mut Unwatched, faults, mistake);
    // Who does not agree to a statement stops nothing: it is recorded, and told by verify.
    let recorded = mistake == Some(Mistake::Disagrees);
    if first.ended.is_ok() && !recorded {
        return Err("it was not noticed".to_owned());
    }
    let last = if first.ended.is_ok() {
        first
    } else {
        finish_after(rehearsal, first)?
    };
    match last.ended {
        Ok(Outcome::Complete) => {}
        Ok(Outcome::Aborted) => return Err("the ceremony was aborted".to_owned()),
        Err(stopped) => return Err(format!("it could not be resumed: {stopped}")),
    }
    let verdict = verdict_of(rehearsal.dir, None).map_err(|error| error.to_string())?;
    if recorded
        && !verdict
            .notes
            .iter()
            .any(|note| note.contains("did not agree"))
    {
        return Err("it was not noticed".to_owned());
    }
    let problem = verdict.problems.first().map(|problem| problem.what.clone());
    match (verdict.exit(), problem) {
        (Exit::Done, _) => Ok(()),
        (_, Some(problem)) => Err(problem),
        (_, None) => Err("signatures are missing afterwards".to_owned()),
    }
}

/// What people do after a fault: begin again where nothing was begun, sign where only signatures
/// are missing, resume otherwise.
fn finish_after(rehearsal: &Rehearsal<'_>, first: Played) -> Result<Played, String> {
    if rehearsal.dir.symlink_metadata().is_err() {
        return Ok(rehearsal.play(&mut Unwatched, Faults::none(), None));
    }
    let resumed = rehearsal.resume(&mut Unwatched);
    match &resumed.ended {
        Err(stopped) if matches!(stopped.error, EngineError::AlreadySealed(_)) => {
            rehearsal
                .sign_missing()
                .map_err(|error| error.to_string())?;
            Ok(Played {
                ended: Ok(Outcome::Complete),
                ..first
            })
        }
        Ok(_) | Err(_) => Ok(resumed),
    }
}

/// A step as the table names it.
fn named(script: &Script, step: u32) -> String {
    let index = usize::try_from(step).unwrap_or(0).checked_sub(1);
    match index.and_then(|index| script.steps.get(index)) {
        Some(named) => format!("{step:>2} {}", named.name()),
        None => " – before the first".to_owned(),
    }
}

fn tell_points(points: &[Point], script: &Script, format: Format, style: Style) -> Exit {
    let out = Printer::results(style);
    match format {
        Format::Text => {
            for point in points {
                let step = named(script, point.step);
                out.line(Tone::Plain, &format!("{step:<22} {}", point.what));
            }
            let told = format!("{} faults can strike this script", points.len());
            out.line(Tone::Good, &told);
        }
        Format::Json => {
            let faults: Vec<_> = points
                .iter()
                .map(|it| json!({"step": it.step, "kind": it.kind.name(), "fault": it.what}))
                .collect();
            let object = json!({"of": points.len(), "faults": faults});
            out.raw(&format!("{object:#}\n"));
        }
    }
    Exit::Done
}

fn tell(struck: &[Struck], script: &Script, format: Format, style: Style) -> Exit {
    let out = Printer::results(style);
    let caught = struck.iter().filter(|one| one.caught.is_ok()).count();
    match format {
        Format::Text => {
            table(struck, script, out);
            for one in struck {
                if let Err(why) = &one.caught {
                    let step = named(script, one.point.step);
                    let told = format!("NOT CAUGHT  {}: {}: {why}", step.trim(), one.point.what);
                    out.line(Tone::Trouble, &told);
                }
            }
            let tone = if caught == struck.len() {
                Tone::Good
            } else {
                Tone::Trouble
            };
            out.line(
                tone,
                &format!(
                    "{caught} of {} faults were caught; after each the record verified",
                    struck.len()
                ),
            );
        }
        Format::Json => {
            let faults: Vec<_> = struck
                .iter()
                .map(|one| {
                    json!({
                        "fault": one.point.what,
                        "step": one.point.step,
                        "kind": one.point.kind.name(),
                        "caught": one.caught.is_ok(),
                        "because": one.caught.as_ref().err(),
                    })
                })
                .collect();
            out.raw(&format!(
                "{:#}\n",
                json!({"caught": caught, "of": struck.len(), "faults": faults})
            ));
        }
    }
    if caught == struck.len() {
        Exit::Done
    } else {
        Exit::Integrity
    }
}

/// Faults by step and kind: how many were caught, and of how many where not all were.
fn table(struck: &[Struck], script: &Script, out: Printer) {
    let mut cells: BTreeMap<(u32, Kind), (usize, usize)> = BTreeMap::new();
    for one in struck {
        let (caught, all) = cells.entry((one.point.step, one.point.kind)).or_default();
        *caught += usize::from(one.caught.is_ok());
        *all += 1;
    }
    let heads: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("{:>9}", kind.name()))
        .collect();
    out.line(Tone::Title, &format!("{:<24}{}", "step", heads.concat()));
    let steps = 0..=number(script.steps.len().saturating_sub(1));
    for step in steps {
        let row = |kind: &Kind| match cells.get(&(step, *kind)) {
            None => format!("{:>9}", "–"),
            Some((caught, all)) if caught == all => format!("{all:>9}"),
            Some((caught, all)) => format!("{:>9}", format!("{caught} of {all}")),
        };
        let mut here = cells.range((step, Kind::Killed)..=(step, Kind::People));
        let tone = if here.all(|(_, (caught, all))| caught == all) {
            Tone::Plain
        } else {
            Tone::Trouble
        };
        let row: Vec<String> = Kind::ALL.iter().map(row).collect();
        let name = named(script, step);
        out.line(tone, &format!("{name:<24}{}", row.concat()));
    }
    out.line(Tone::Plain, "");
}
