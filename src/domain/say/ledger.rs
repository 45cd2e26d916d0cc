//! The sentences of the steps that tell where things go.

use crate::domain::script::Id;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;

/// The sentence of a step of the ledger; nothing for any other.
pub(super) fn say(script: &Script, step: &Step) -> String {
    let name = |id: &Id| script.name_of(id.as_str()).to_owned();
    match step {
        Step::TakeOut(step) => {
            let place = script
                .items
                .get(step.item.as_str())
                .and_then(|item| item.r#where.as_ref());
            let place = place.map_or_else(|| "its place".to_owned(), ToString::to_string);
            format!(
                "{} takes {} out of {place} for {}, seen by {}.",
                name(&step.by),
                thing(script, &step.item),
                step.purpose,
                name(&step.seen_by)
            )
        }
        Step::Inspect(step) => format!(
            "{} and {} look at the bag of {} before it is opened.",
            name(&step.by),
            name(&step.seen_by),
            thing(script, &step.item)
        ),
        Step::HandOver(step) => {
            let until = step.deputy_until.as_ref().map_or_else(String::new, |day| {
                format!(", as a deputy until {}", day.value.0)
            });
            format!(
                "{} hands {} over to {} for {}{until}, seen by {}.",
                name(&step.from),
                thing(script, &step.item),
                name(&step.to),
                step.purpose,
                name(&step.seen_by)
            )
        }
        Step::PutAway(step) => format!(
            "{} seals {} in a bag and puts it into {}, seen by {}.",
            name(&step.by),
            thing(script, &step.item),
            step.r#where,
            name(&step.seen_by)
        ),
        Step::Receipt(step) => {
            let people: Vec<String> = step.to.iter().map(|id| name(id)).collect();
            format!(
                "Write down for {} which share of key {} they hold.",
                list(&people),
                step.key.value
            )
        }
        Step::SignIn(_)
        | Step::SignOut(_)
        | Step::Environment(_)
        | Step::Statement(_)
        | Step::Generate(_)
        | Step::Split(_)
        | Step::RestoreTest(_)
        | Step::Restore(_)
        | Step::Drill(_)
        | Step::Reshare(_)
        | Step::Retire(_)
        | Step::Compare(_)
        | Step::Approve(_)
        | Step::Wrap(_)
        | Step::Batch(_)
        | Step::Lock(_)
        | Step::Availability(_)
        | Step::Destroy(_)
        | Step::Exception(_)
        | Step::Break(_)
        | Step::Seal => String::new(),
    }
}

/// `card KR-0001`; the name in the script where nothing describes it.
fn thing(script: &Script, item: &Id) -> String {
    script.items.get(item.as_str()).map_or_else(
        || item.to_string(),
        |described| format!("{} {}", described.what.value.name(), described.serial.value),
    )
}
