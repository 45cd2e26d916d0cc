//! The course of two ceremonies, side by side.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use serde_json::Value;

use crate::domain::diff::Change;
use crate::domain::diff::Consequence;
use crate::domain::diff::Side;
use crate::domain::diff::Way;
use crate::domain::diff::tree;
use crate::domain::progress::number;
use crate::domain::say::say;

/// Courses whose middles are longer than this, multiplied, are not searched for the longest common
/// course: what moved in them is told as gone and new.
const SEARCHED: usize = 4_000_000;

/// Steps that cannot be undone.
const IRREVERSIBLE: &[&str] = &["destroy", "lock", "wrap", "batch", "retire"];
/// Steps that look, test, approve or prove.
const CHECKS: &[&str] = &[
    "environment",
    "statement",
    "restore-test",
    "drill",
    "compare",
    "approve",
    "availability",
    "inspect",
    "receipt",
    "exception",
    "seal",
];
/// Steps through which somebody gets at a key, or at what rebuilds it.
const ACCESS: &[&str] = &[
    "split",
    "reshare",
    "restore",
    "take-out",
    "hand-over",
    "put-away",
];

/// Steps of two scripts, and which of them belong together.
pub(super) struct Course<'a> {
    old: Vec<Item<'a>>,
    new: Vec<Item<'a>>,
    /// For each old step, the new one.
    to: Vec<Option<To>>,
}

/// A step as it stands in the file.
struct Item<'a> {
    name: &'a str,
    value: &'a Value,
    /// The whole, to tell it from others.
    text: String,
}

#[derive(Clone, Copy)]
struct To {
    index: usize,
    how: How,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum How {
    /// At its place.
    Same,
    /// The same step elsewhere.
    Moved,
    /// The same kind of step about the same thing.
    Changed,
}

impl<'a> Course<'a> {
    pub(super) fn of(old: &'a Value, new: &'a Value) -> Self {
        let old = steps(old);
        let new = steps(new);
        let to = matched(&old, &new);
        Self { old, new, to }
    }

    /// The number that a step has now; one that no step has, if it is gone.
    pub(super) fn step_now(&self, step: u32) -> u32 {
        let index = usize::try_from(step).unwrap_or(0).checked_sub(1);
        let to = index.and_then(|index| self.to.get(index).copied().flatten());
        to.map_or(u32::MAX, |to| number(to.index))
    }
}

fn steps(tree: &Value) -> Vec<Item<'_>> {
    tree::items(tree, "steps")
        .iter()
        .map(|value| {
            let only = value.as_object().and_then(|map| map.iter().next());
            let (name, inner) = match only {
                Some((name, inner)) => (name.as_str(), inner),
                None => (value.as_str().unwrap_or_default(), &Value::Null),
            };
            Item {
                name,
                value: inner,
                text: value.to_string(),
            }
        })
        .collect()
}

/// What a step is known by.
type Name<'a> = &'a dyn Fn(&Item<'_>) -> String;

fn matched(old: &[Item<'_>], new: &[Item<'_>]) -> Vec<Option<To>> {
    let mut to: Vec<Option<To>> = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    for (from, index) in in_place(old, new) {
        if let (Some(slot), Some(flag)) = (to.get_mut(from), taken.get_mut(index)) {
            let how = How::Same;
            *slot = Some(To { index, how });
            *flag = true;
        }
    }
    // What is left, first by its whole text, then by what it is about, then by its kind.
    let whole = |item: &Item<'_>| item.text.clone();
    let subject = |item: &Item<'_>| format!("{} {}", item.name, about(item.value));
    let kind = |item: &Item<'_>| item.name.to_owned();
    let rounds: [(Name<'_>, How); 3] = [
        (&whole, How::Moved),
        (&subject, How::Changed),
        (&kind, How::Changed),
    ];
    for (by, how) in rounds {
        let mut free: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (index, item) in new.iter().enumerate() {
            if taken.get(index) == Some(&false) {
                free.entry(by(item)).or_default().push_back(index);
            }
        }
        for (slot, item) in to.iter_mut().zip(old) {
            if slot.is_none()
                && let Some(index) = free.get_mut(&by(item)).and_then(VecDeque::pop_front)
                && let Some(flag) = taken.get_mut(index)
            {
                *slot = Some(To { index, how });
                *flag = true;
            }
        }
    }
    to
}

/// The longest course that both have in common.
fn in_place(old: &[Item<'_>], new: &[Item<'_>]) -> Vec<(usize, usize)> {
    let same = |a: usize, b: usize| match (old.get(a), new.get(b)) {
        (Some(a), Some(b)) => a.text == b.text,
        (None, _) | (_, None) => false,
    };
    let shorter = old.len().min(new.len());
    let head = (0..shorter).take_while(|at| same(*at, *at)).count();
    let tail = (0..shorter - head)
        .take_while(|at| same(old.len() - 1 - at, new.len() - 1 - at))
        .count();
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    let (rows, columns) = (old.len() - head - tail, new.len() - head - tail);
    if rows.saturating_mul(columns) <= SEARCHED {
        // length[row][column]: of the longest common course of what follows.
        let mut length = vec![vec![0_u32; columns + 1]; rows + 1];
        let at = |length: &[Vec<u32>], row: usize, column: usize| {
            length
                .get(row)
                .and_then(|line| line.get(column))
                .copied()
                .unwrap_or(0)
        };
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                let best = if same(head + row, head + column) {
                    at(&length, row + 1, column + 1) + 1
                } else {
                    at(&length, row + 1, column).max(at(&length, row, column + 1))
                };
                if let Some(cell) = length.get_mut(row).and_then(|line| line.get_mut(column)) {
                    *cell = best;
                }
            }
        }
        let (mut row, mut column) = (0, 0);
        while row < rows && column < columns {
            if same(head + row, head + column) {
                pairs.push((head + row, head + column));
                row += 1;
                column += 1;
            } else if at(&length, row + 1, column) >= at(&length, row, column + 1) {
                row += 1;
            } else {
                column += 1;
            }
        }
    }
    let (from, to) = (old.len() - tail, new.len() - tail);
    pairs.extend((0..tail).map(|at| (from + at, to + at)));
    pairs
}

/// What a step is about: its key, thing, input or list.
fn about(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    ["key", "item", "keys", "wrapping-key", "for", "what"]
        .into_iter()
        .filter_map(|name| tree::field(value, name).and_then(Value::as_str))
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn changes(old: Side<'_>, new: Side<'_>, course: &Course<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut met = vec![false; course.new.len()];
    for (from, item) in course.old.iter().enumerate() {
        let Some(to) = course.to.get(from).copied().flatten() else {
            changes.push(gone(old, from, item));
            continue;
        };
        if let Some(flag) = met.get_mut(to.index) {
            *flag = true;
        }
        match to.how {
            How::Same => {}
            How::Moved => changes.push(moved(new, from, to.index, item)),
            How::Changed => {
                if let Some(now) = course.new.get(to.index) {
                    changes.push(changed(new, (from, item), (to.index, now)));
                }
            }
        }
    }
    for (index, item) in course.new.iter().enumerate() {
        if met.get(index) == Some(&false) {
            changes.push(added(new, index, item));
        }
    }
    changes
}

fn added(side: Side<'_>, index: usize, item: &Item<'_>) -> Change {
    let consequence = consequence(item.name);
    let text = format!("step {}: {}", number(index), sentence(side, index));
    let careful = matches!(consequence, Consequence::Irreversible | Consequence::Access);
    Change::new(consequence, Way::Added, text).careful(careful)
}

fn gone(side: Side<'_>, index: usize, item: &Item<'_>) -> Change {
    let consequence = consequence(item.name);
    let text = format!("step {} before: {}", number(index), sentence(side, index));
    let careful = matches!(consequence, Consequence::Irreversible | Consequence::Checks);
    Change::new(consequence, Way::Removed, text).careful(careful)
}

fn moved(side: Side<'_>, from: usize, index: usize, item: &Item<'_>) -> Change {
    let consequence = consequence(item.name);
    let text = format!(
        "`{}` moves from step {} to step {}: {}",
        item.name,
        number(from),
        number(index),
        sentence(side, index)
    );
    let careful = matches!(consequence, Consequence::Irreversible | Consequence::Checks);
    Change::new(consequence, Way::Changed, text).careful(careful)
}

fn changed(side: Side<'_>, old: (usize, &Item<'_>), new: (usize, &Item<'_>)) -> Change {
    let (from, was) = old;
    let (index, is) = new;
    let consequence = consequence(is.name);
    let mut details = tree::lines(was.value, is.value);
    let from = number(from);
    if from != number(index) {
        details.push(format!("it was step {from}"));
    }
    let text = format!("step {}: {}", number(index), sentence(side, index));
    let careful = matches!(
        consequence,
        Consequence::Irreversible | Consequence::Checks | Consequence::Access
    );
    Change::new(consequence, Way::Changed, text)
        .careful(careful)
        .details(details)
}

/// What is read aloud at a step.
fn sentence(side: Side<'_>, index: usize) -> String {
    let step = side.script.steps.get(index);
    step.map_or(String::new(), |step| say(side.script, &step.value))
}

fn consequence(name: &str) -> Consequence {
    if IRREVERSIBLE.contains(&name) {
        Consequence::Irreversible
    } else if CHECKS.contains(&name) {
        Consequence::Checks
    } else if ACCESS.contains(&name) {
        Consequence::Access
    } else if name.starts_with("sign-") {
        Consequence::People
    } else if name == "generate" {
        Consequence::Keys
    } else {
        Consequence::Steps
    }
}
