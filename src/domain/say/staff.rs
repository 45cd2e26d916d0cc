//! The sentences of the steps about the people themselves.

use crate::domain::record::Access;
use crate::domain::script::AccessReview;
use crate::domain::script::Acknowledge;
use crate::domain::script::Id;
use crate::domain::script::Join;
use crate::domain::script::Leave;
use crate::domain::script::MovePerson;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::Withdraw;
use crate::domain::text::list;

pub(super) fn join(script: &Script, step: &Join) -> String {
    format!(
        "{} joins and may be {}: {}. {} answers for it.",
        name(script, &step.person),
        roles(&step.roles),
        step.because,
        name(script, &step.seen_by)
    )
}

pub(super) fn acknowledge(script: &Script, step: &Acknowledge) -> String {
    let people: Vec<&str> = step.by.iter().map(|id| name(script, id)).collect();
    let verb = if people.len() == 1 {
        "acknowledges"
    } else {
        "acknowledge"
    };
    format!(
        "Read the text aloud, version {}; {} {verb} it for {}.",
        step.version,
        list(&people),
        step.holds_for()
    )
}

pub(super) fn move_person(script: &Script, step: &MovePerson) -> String {
    let mut to = Vec::new();
    to.extend(step.site.as_ref().map(|site| format!("works at {site}")));
    let manager = step.manager.as_ref();
    to.extend(manager.map(|manager| format!("reports to {manager}")));
    let may = step.roles.as_ref();
    to.extend(may.map(|may| format!("may be {}", roles(may))));
    format!(
        "{} moves, and from now on {}: {}. {} answers for it.",
        name(script, &step.person),
        list(&to),
        step.because,
        name(script, &step.seen_by)
    )
}

pub(super) fn leave(script: &Script, step: &Leave) -> String {
    let opens = match step.opens.len() {
        0 => String::new(),
        1 => ", and can get at one thing that is to be taken from him".to_owned(),
        n => format!(", and can get at {n} things that are to be taken from him"),
    };
    format!(
        "{} leaves on {}{opens}: {}. {} answers for it.",
        name(script, &step.person),
        step.on.value.0,
        step.because,
        name(script, &step.seen_by)
    )
}

pub(super) fn withdraw(script: &Script, step: &Withdraw) -> String {
    format!(
        "{} says how {} lost {}, seen by {}: {}.",
        name(script, &step.by),
        name(script, &step.person),
        thing(step.what.value, step.of.as_str()),
        name(script, &step.seen_by),
        step.how
    )
}

pub(super) fn access_review(script: &Script, step: &AccessReview) -> String {
    format!(
        "Read what {} said on {} of who can get at key {} ({}); {} fetched it, seen by {}.",
        step.provider.value,
        step.taken_on.value.0,
        step.key.value,
        step.key_id.value,
        name(script, &step.by),
        name(script, &step.seen_by)
    )
}

/// What somebody can get at, as people speak of it.
pub fn thing(what: Access, of: &str) -> String {
    match what {
        Access::Share => format!("the share of set {of}"),
        Access::Component => format!("the component of set {of}"),
        Access::Thing | Access::Other => of.to_owned(),
        Access::Pin => format!("a half of the PIN of HSM {of}"),
        Access::Principal => format!("the principal {of}"),
        Access::Role => format!("the role {of}"),
    }
}

fn name<'a>(script: &'a Script, id: &'a Id) -> &'a str {
    script.name_of(id.as_str())
}

fn roles(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.spoken()).collect();
    if words.is_empty() {
        return "in no role".to_owned();
    }
    list(&words)
}
