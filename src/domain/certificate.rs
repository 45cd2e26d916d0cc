//! What is written down when a key is destroyed: the facts that NIST SP 800-53 MP-6(1) asks for.
//!
//! There is one writing of every certificate, so that a verifier can make it again from the record.

use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Fate;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Moved;
use crate::domain::record::Retired;
use crate::domain::record::TOKEN;
use crate::domain::script::Script;
use crate::domain::text::list;

/// The certificate of the destruction of the key of `life`, which is closed everywhere, by the entries
/// before that of `moved`.
pub fn certificate(
    script: &Script,
    mode: Mode,
    entries: &[&Entry],
    life: &Life,
    moved: &Moved,
) -> String {
    let named = |id: &str| format!("{} ({id})", script.name_of(id));
    let mut rows = of_key(script, mode, life);
    rows.push(("Because", moved.because.clone()));
    if let Some(request) = &life.request {
        let lost = |texts: &[String]| {
            if texts.is_empty() {
                "none".to_owned()
            } else {
                list(texts)
            }
        };
        rows.push((
            "Requested",
            format!(
                "by {} on {}; nothing was to be destroyed before {}",
                named(&request.by),
                request.at,
                request.not_before
            ),
        ));
        rows.push(("Dependents", lost(&request.dependents)));
        rows.push(("Tenants", lost(&request.tenants)));
    }
    for entry in entries {
        let Event::Step(step) = &entry.event else {
            continue;
        };
        rows.extend(row(&step.did, life, entry, &named));
    }
    rows.push((
        "Verified",
        format!(
            "by {}, with {}: nothing that the records name holds the key any more",
            named(&moved.seen_by),
            named(&moved.by)
        ),
    ));
    let rows: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("{name:<11} {value}\n"))
        .collect();
    format!("{FORMAT}\n\n{}\n{WORTH}", rows.concat())
}

/// What every paper about a key begins with: in which ceremony, and which key.
pub(super) fn of_key(script: &Script, mode: Mode, life: &Life) -> Vec<(&'static str, String)> {
    let mut rows: Vec<(&'static str, String)> = vec![
        ("Ceremony", format!("{} ({mode})", script.ceremony.value)),
        ("Key", life.key.clone()),
    ];
    if let Some(key) = script.keys.get(life.key.as_str()) {
        rows.push(("Type", key.r#type.value.name().to_owned()));
        rows.push(("Owner", key.owner.to_string()));
    }
    for (name, value) in &life.check_values {
        rows.push(("Check value", format!("{name} {value}")));
    }
    rows
}

/// What a step adds.
fn row(
    did: &Did,
    life: &Life,
    entry: &Entry,
    named: &impl Fn(&str) -> String,
) -> Option<(&'static str, String)> {
    let line = entry.seq + 1;
    let at = entry.at;
    if let Did::Approve { by, what, .. } = did
        && what == "destroy"
    {
        return Some((
            "Approved",
            format!("by {} at {at} (line {line})", named(by)),
        ));
    }
    if let Did::Identify(identified) = did
        && identified.key == life.key
    {
        let people: Vec<String> = identified.by.iter().map(|it| named(&it.person)).collect();
        let people = list(&people);
        return Some((
            "Identified",
            format!(
                "by {people}, by its name and words of {} (line {line})",
                identified.check_value
            ),
        ));
    }
    if let Did::Close(closed) = did
        && closed.key == life.key
    {
        let place = life.at.get(&closed.at);
        let media = place.map_or(closed.at.clone(), |place| {
            let id = place.key_id.as_deref().unwrap_or(&closed.at);
            format!("{} key {id}", place.provider)
        });
        return Some((
            "Deleted",
            format!(
                "{media}: {} by {} at {at}, seen by {}; the provider answered: {} (line {line})",
                closed.method,
                named(&closed.by),
                named(&closed.seen_by),
                closed.told
            ),
        ));
    }
    if let Did::Destroy {
        key, method, found, ..
    } = did
        && *key == life.key
    {
        let uri = life.at.get(TOKEN).and_then(|at| at.key_id.as_deref());
        let held = match (found, uri) {
            (Some(_), Some(uri)) => format!(", {uri}, which had these check values,"),
            (Some(_), None) | (None, Some(_) | None) => String::new(),
        };
        return Some((
            "Destroyed",
            format!("in the HSM{held} at {at}: {method} (line {line})"),
        ));
    }
    if let Did::Retire(retired) = did
        && retired.key == life.key
    {
        return Some(("Shares", shares(retired, line, at, named)));
    }
    None
}

fn shares(retired: &Retired, line: u64, at: Moment, named: &impl Fn(&str) -> String) -> String {
    let of = |fate: Fate| -> Vec<String> {
        let shares = retired.shares.iter().filter(|share| share.fate == fate);
        shares
            .map(|share| format!("{} of {}", share.index, named(&share.custodian)))
            .collect()
    };
    let destroyed = of(Fate::Destroyed);
    let mut text = format!(
        "epoch {}: destroyed in view of {} at {at}: {}",
        retired.epoch,
        named(&retired.seen_by),
        if destroyed.is_empty() {
            "none".to_owned()
        } else {
            list(&destroyed)
        }
    );
    let left: Vec<String> = Fate::ALL
        .into_iter()
        .filter(|(_, fate)| *fate != Fate::Destroyed)
        .flat_map(|(word, fate)| {
            of(fate)
                .into_iter()
                .map(move |share| format!("{share} ({word})"))
        })
        .collect();
    if !left.is_empty() {
        text.push_str(&format!(
            "; not destroyed in view, and too few to rebuild it: {}",
            list(&left)
        ));
    }
    let copies: Vec<&str> = retired.copies.iter().map(|copy| copy.at.as_str()).collect();
    if !copies.is_empty() {
        text.push_str(&format!(
            "; copies of its backup destroyed: {}",
            list(&copies)
        ));
    }
    format!("{text} (line {line})")
}

/// First line of every certificate.
const FORMAT: &str = "keyrite-destruction/v1";

/// What follows behind the facts.
const WORTH: &str = "\
What this paper is worth: the record of the ceremony holds its SHA-256, and
everybody who signs the record signs that. What providers answered, and what
people saw, rests on their word. A copy that no record names would not show
here: that nobody ever made one cannot be proved.
";
