//! Everything in a script but its steps, field by field.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::diff::Change;
use crate::domain::diff::Consequence;
use crate::domain::diff::Side;
use crate::domain::diff::Way;
use crate::domain::diff::tree;
use crate::domain::script::Role;

/// Parts of a script that describe things by name, what one of them is called, and whether to look
/// twice when it changes.
const NAMED: &[(&str, &str, bool)] = &[
    ("keys", "key", true),
    ("batches", "list of keys", true),
    ("inputs", "input", true),
    ("given", "earlier shares of key", true),
    ("external", "external key", true),
    ("items", "thing", false),
];
/// Fields that say what a ceremony is.
const GRAVE: &[&str] = &["schema", "kind", "mode", "organisation"];

pub(super) fn changes(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    people(old, new, &mut changes);
    roles(old, new, &mut changes);
    for (part, called, careful) in NAMED {
        let (before, now) = (tree::map(old.tree, part), tree::map(new.tree, part));
        for (name, way) in names(&before, &now) {
            let title = format!("{called} {name}");
            let change = one(
                Consequence::Keys,
                &title,
                before.get(name).copied(),
                now.get(name).copied(),
            );
            changes.extend(change.map(|it| it.careful(*careful && way != Way::Removed)));
        }
    }
    waivers(old.tree, new.tree, &mut changes);
    rest(old.tree, new.tree, &mut changes);
    changes
}

/// Names on either side, and which way each changed if it did.
fn names<'a>(
    old: &BTreeMap<&'a str, &'a Value>,
    new: &BTreeMap<&'a str, &'a Value>,
) -> Vec<(&'a str, Way)> {
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let way = |name: &str| match (old.contains_key(name), new.contains_key(name)) {
        (false, _) => Way::Added,
        (true, false) => Way::Removed,
        (true, true) => Way::Changed,
    };
    names.into_iter().map(|name| (name, way(name))).collect()
}

/// How one thing changed, if it did.
fn one(
    consequence: Consequence,
    title: &str,
    old: Option<&Value>,
    new: Option<&Value>,
) -> Option<Change> {
    let change = |way, text: String, details| Change::new(consequence, way, text).details(details);
    match (old, new) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(change(
            Way::Changed,
            format!("{title} changes"),
            tree::lines(old, new),
        )),
        (None, Some(new)) => Some(change(
            Way::Added,
            format!("{title} is new"),
            tree::all(new),
        )),
        (Some(_), None) => Some(change(Way::Removed, format!("{title} is gone"), Vec::new())),
        (None, None) => None,
    }
}

fn people(old: Side<'_>, new: Side<'_>, changes: &mut Vec<Change>) {
    let (before, now) = (tree::map(old.tree, "people"), tree::map(new.tree, "people"));
    for (id, way) in names(&before, &now) {
        match way {
            Way::Added => {
                let details = now
                    .get(id)
                    .map_or_else(Vec::new, |person| tree::all(person));
                let text = format!("{} ({id}) takes part", new.script.name_of(id));
                changes.push(Change::new(Consequence::People, way, text).details(details));
            }
            Way::Removed => {
                let text = format!("{} ({id}) takes no part any more", old.script.name_of(id));
                changes.push(Change::new(Consequence::People, way, text));
            }
            Way::Changed => {
                let (Some(was), Some(is)) = (before.get(id), now.get(id)) else {
                    continue;
                };
                person(new.script.name_of(id), was, is, changes);
            }
        }
    }
}

/// Whoever's share is sealed to another key can be read by somebody else; whoever's signing key
/// changed is not shown to be the same person.
fn person(name: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    for (field, consequence, says) in [
        (
            "receives-shares-at",
            Consequence::Access,
            "shares are sealed to something else",
        ),
        (
            "signs-with",
            Consequence::Checks,
            "signatures are made with another key",
        ),
    ] {
        let (was, is) = (tree::field(old, field), tree::field(new, field));
        if was != is {
            let nothing = Value::Null;
            let details = tree::lines(was.unwrap_or(&nothing), is.unwrap_or(&nothing));
            let text = format!("{name}: {says}");
            changes.push(
                Change::new(consequence, Way::Changed, text)
                    .careful(true)
                    .details(details),
            );
        }
    }
    let without = |value: &Value| {
        let mut value = value.clone();
        if let Some(map) = value.as_object_mut() {
            map.remove("receives-shares-at");
            map.remove("signs-with");
        }
        value
    };
    let details = tree::lines(&without(old), &without(new));
    if !details.is_empty() {
        let text = format!("what is said of {name} changes");
        changes.push(Change::new(Consequence::People, Way::Changed, text).details(details));
    }
}

fn roles(old: Side<'_>, new: Side<'_>, changes: &mut Vec<Change>) {
    for role in Role::ALL {
        let ids = |side: Side<'_>| -> Vec<String> {
            let holders = side.script.roles.holders(role).iter();
            holders.map(|id| id.as_str().to_owned()).collect()
        };
        let (had, has) = (ids(old), ids(new));
        let article = role.spoken_with_article();
        for id in has.iter().filter(|id| !had.contains(id)) {
            let text = format!("{} is {article}", new.script.name_of(id));
            changes.push(Change::new(Consequence::People, Way::Added, text));
        }
        for id in had.iter().filter(|id| !has.contains(id)) {
            let bare = role.spoken();
            let text = format!("{} is no {bare} any more", old.script.name_of(id));
            let watches = matches!(role, Role::Witness | Role::Approver | Role::Auditor);
            changes.push(Change::new(Consequence::People, Way::Removed, text).careful(watches));
        }
        let same_people = had.iter().all(|id| has.contains(id)) && had.len() == has.len();
        if same_people && had != has {
            // Shares are numbered in this order.
            let text = format!("the holders of `{}` stand in another order", role.name());
            let details = vec![format!("{} → {}", had.join(", "), has.join(", "))];
            changes.push(Change::new(Consequence::People, Way::Changed, text).details(details));
        }
    }
}

fn waivers(old: &Value, new: &Value, changes: &mut Vec<Change>) {
    let text =
        |waiver: &Value, name: &str| tree::field(waiver, name).map_or(String::new(), tree::shown);
    let what = |waiver: &Value| {
        let step = tree::field(waiver, "step").map_or(String::new(), |step| {
            format!(" (step {})", tree::shown(step))
        });
        format!("the rule `{}`{step}", text(waiver, "rule"))
    };
    let (before, now) = (tree::items(old, "waivers"), tree::items(new, "waivers"));
    for waiver in now.iter().filter(|waiver| !before.contains(waiver)) {
        let told = format!(
            "{} is waived until {} by {}: {}",
            what(waiver),
            text(waiver, "until"),
            text(waiver, "owner"),
            text(waiver, "reason")
        );
        changes.push(Change::new(Consequence::Checks, Way::Added, told).careful(true));
    }
    for waiver in before.iter().filter(|waiver| !now.contains(waiver)) {
        let told = format!(
            "{} is not waived any more until {} by {}",
            what(waiver),
            text(waiver, "until"),
            text(waiver, "owner")
        );
        changes.push(Change::new(Consequence::Checks, Way::Removed, told));
    }
}

/// Token, policy, and whatever else stands at the top of a script.
fn rest(old: &Value, new: &Value, changes: &mut Vec<Change>) {
    const ELSEWHERE: &[&str] = &["people", "roles", "steps", "waivers"];
    let top = |tree: &'_ Value| -> BTreeMap<String, Value> {
        let map = tree.as_object().into_iter().flatten();
        let here = map.filter(|(name, _)| {
            !ELSEWHERE.contains(&name.as_str()) && !NAMED.iter().any(|(part, _, _)| part == name)
        });
        here.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let (before, now) = (top(old), top(new));
    let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let nothing = Value::Object(serde_json::Map::new());
    for name in names {
        let (was, is) = (before.get(name), now.get(name));
        if was == is {
            continue;
        }
        let (consequence, text, careful) = match name.as_str() {
            "policy" => (Consequence::Checks, "the policy changes".to_owned(), true),
            "token" => (
                Consequence::Access,
                "the token in which keys live changes".to_owned(),
                true,
            ),
            _ => (
                Consequence::Ceremony,
                format!("`{name}` changes"),
                GRAVE.contains(&name.as_str()),
            ),
        };
        let details = match (was, is) {
            (Some(was), Some(is)) => tree::lines(was, is),
            (Some(was), None) => tree::lines(was, &nothing),
            (None, Some(is)) => tree::lines(&nothing, is),
            (None, None) => Vec::new(),
        };
        changes.push(
            Change::new(consequence, Way::Changed, text)
                .careful(careful)
                .details(details),
        );
    }
}
