//! The sentences of the steps that tell where things go.

use crate::domain::script::GiveReceipt;
use crate::domain::script::HandOver;
use crate::domain::script::Id;
use crate::domain::script::Inspect;
use crate::domain::script::PutAway;
use crate::domain::script::Script;
use crate::domain::script::TakeOut;
use crate::domain::text::list;

pub(super) fn take_out(script: &Script, step: &TakeOut) -> String {
    let item = script.items.get(step.item.as_str());
    let place = item.and_then(|item| item.r#where.as_ref());
    format!(
        "{} takes {} out of {} for {}, seen by {}.",
        script.name_of(step.by.as_str()),
        thing(script, &step.item),
        place.map_or("its place", |place| place.as_str()),
        step.purpose,
        script.name_of(step.seen_by.as_str())
    )
}

pub(super) fn inspect(script: &Script, step: &Inspect) -> String {
    format!(
        "{} and {} look at the bag of {} before it is opened.",
        script.name_of(step.by.as_str()),
        script.name_of(step.seen_by.as_str()),
        thing(script, &step.item)
    )
}

pub(super) fn hand_over(script: &Script, step: &HandOver) -> String {
    let until = step.deputy_until.as_ref().map_or_else(String::new, |day| {
        format!(", as a deputy until {}", day.value.0)
    });
    format!(
        "{} hands {} over to {} for {}{until}, seen by {}.",
        script.name_of(step.from.as_str()),
        thing(script, &step.item),
        script.name_of(step.to.as_str()),
        step.purpose,
        script.name_of(step.seen_by.as_str())
    )
}

pub(super) fn put_away(script: &Script, step: &PutAway) -> String {
    format!(
        "{} seals {} in a bag and puts it into {}, seen by {}.",
        script.name_of(step.by.as_str()),
        thing(script, &step.item),
        step.r#where,
        script.name_of(step.seen_by.as_str())
    )
}

pub(super) fn receipt(script: &Script, step: &GiveReceipt) -> String {
    let people: Vec<&str> = step
        .to
        .iter()
        .map(|id| script.name_of(id.as_str()))
        .collect();
    format!(
        "Write down for {} which share of key {} they hold.",
        list(&people),
        step.key.value
    )
}

/// `card KR-0001`; the name in the script where nothing describes it.
fn thing(script: &Script, item: &Id) -> String {
    script.items.get(item.as_str()).map_or_else(
        || item.to_string(),
        |described| format!("{} {}", described.what.value.name(), described.serial.value),
    )
}
