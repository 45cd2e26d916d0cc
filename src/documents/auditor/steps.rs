//! The log of steps, planned and actual.

use crate::documents::auditor::Seen;
use crate::documents::auditor::took;
use crate::documents::chart::Bar;
use crate::documents::chart::Chart;
use crate::documents::chart::Look;
use crate::documents::document::Block;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::estimate::Planned;
use crate::domain::estimate::plan;
use crate::domain::estimate::total;
use crate::domain::progress::number;
use crate::domain::record::Event;
use crate::domain::record::Moment;
use crate::domain::record::Step;
use crate::domain::say::say;
use crate::domain::script::Script;

/// One step as it was done: its line, when it began and ended.
struct Done<'a> {
    line: u64,
    began: Moment,
    ended: Moment,
    step: &'a Step,
}

/// Steps with the moment at which the entry before ended. Entries inside a step (shares that were
/// handed over, keys of a list) do not end it.
fn done<'a>(seen: &'a Seen<'_>) -> Vec<Done<'a>> {
    let mut before: Option<Moment> = None;
    let mut all = Vec::new();
    for (line, entry) in &seen.entries {
        if let Event::Step(step) = &entry.event {
            all.push(Done {
                line: *line,
                began: before.unwrap_or(entry.at),
                ended: entry.at,
                step,
            });
            before = Some(entry.at);
        } else if matches!(
            entry.event,
            Event::Open(_) | Event::Resumed(_) | Event::Lost(_)
        ) {
            before = Some(entry.at);
        }
    }
    all
}

/// The log, as a picture and as a table.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("steps", "Log of steps");
    let done = done(seen);
    let plan = seen.script.as_ref().map_or_else(Vec::new, plan);
    if let Some(chart) = chart(&done, &plan) {
        section.blocks.push(Block::Picture(chart));
    }
    section.text("Planned lengths are those of breaks, those that the script's timetable gives, and else an estimate by the kind of step and the number of people. A step lasts from the entry before it to its own.");
    let mut table = Table::new(
        "steps",
        "Steps, planned and actual",
        &[
            ("number", "Step"),
            ("says", "What was read aloud"),
            ("plan", "Planned"),
            ("ended", "Done at (UTC)"),
            ("took", "Took"),
            ("evidence", "Rests on"),
        ],
        "no step was done.",
    );
    for done in &done {
        let planned = of_step(&plan, done.step.number).map(|it| took(i64::from(it.takes)));
        let evidence = if done.step.did.rests_on_word() {
            Cell::new(Tone::Open, "people's word")
        } else {
            Cell::plain("figures in the record")
        };
        table.row(
            [
                done.step.number.to_string().into(),
                done.step.says.as_str().into(),
                planned.unwrap_or_else(|| "–".to_owned()).into(),
                done.ended.to_string().into(),
                took(done.ended.seconds_since(done.began)).into(),
                evidence,
            ],
            &[done.line],
        );
    }
    if let Some((line, _)) = seen.sealed() {
        let says = seen
            .script
            .as_ref()
            .and_then(sealing)
            .unwrap_or((0, "Seal the record.".to_owned()));
        let at = seen
            .verdict
            .ended
            .map_or(String::new(), |at| at.to_string());
        table.row(
            [
                says.0.to_string().into(),
                says.1.into(),
                "–".into(),
                at.into(),
                "".into(),
                "signatures".into(),
            ],
            &[line],
        );
    }
    section.table(table);
    section.table(undone(seen));
    section
}

/// The seal's number and sentence.
fn sealing(script: &Script) -> Option<(u32, String)> {
    let index = script.steps.len().checked_sub(1)?;
    let step = script.steps.get(index)?;
    Some((number(index), say(script, &step.value)))
}

/// Steps of the script that were not done.
fn undone(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "undone",
        "Steps of the script that were not done",
        &[("number", "Step"), ("says", "What it says")],
        "none: every step was done.",
    );
    if let (Some(script), Some(progress)) = (&seen.script, seen.progress()) {
        for (index, step) in script.steps.iter().enumerate() {
            if !progress.is_done(index) {
                table.row(
                    [
                        Cell::new(Tone::Open, number(index).to_string()),
                        say(script, &step.value).into(),
                    ],
                    &[],
                );
            }
        }
    }
    table
}

/// What was planned for the step of that number.
fn of_step(plan: &[Planned], number: u32) -> Option<&Planned> {
    plan.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

fn chart(done: &[Done<'_>], plan: &[Planned]) -> Option<Chart> {
    let began = done.first()?.began;
    let ended = done.last()?.ended;
    let since = |at: Moment| u64::try_from(at.seconds_since(began)).unwrap_or(0);
    let end = since(ended).max(u64::from(total(plan))).max(1);
    let says: Vec<String> = done
        .iter()
        .map(|done| {
            let length = took(done.ended.seconds_since(done.began));
            let planned = of_step(plan, done.step.number).map_or(String::new(), |it| {
                format!(", planned {}", took(i64::from(it.takes)))
            });
            format!(
                "Step {} ({}): {length}{planned}.",
                done.step.number,
                done.step.did.name()
            )
        })
        .collect();
    let ticks = (0..=4)
        .map(|quarter| {
            let at = end * quarter / 4;
            let moment = began
                .plus_seconds(i64::try_from(at).unwrap_or(0))
                .to_string();
            (at, moment.get(11..19).unwrap_or_default().to_owned())
        })
        .collect();
    Some(Chart {
        id: "timeline",
        title: "When each step was done, and when it was planned".to_owned(),
        says: says.join(" "),
        axis: format!("time of day (UTC) on {}", began.date()),
        end,
        ticks,
        bars: done
            .iter()
            .flat_map(|done| {
                let number = done.step.number;
                let actual = Bar {
                    label: format!(
                        "{number} {} · {}",
                        done.step.did.name(),
                        took(done.ended.seconds_since(done.began))
                    ),
                    from: since(done.began),
                    to: since(done.ended),
                    before: false,
                    after: false,
                    look: Look::Full,
                };
                let planned = of_step(plan, number).map(|it| Bar {
                    label: format!("{number} planned · {}", took(i64::from(it.takes))),
                    from: u64::from(it.from),
                    to: u64::from(it.to()),
                    before: false,
                    after: false,
                    look: Look::Hollow,
                });
                std::iter::once(actual).chain(planned)
            })
            .collect(),
        legend: vec![(Look::Full, "as it was done"), (Look::Hollow, "as planned")],
    })
}
