//! Differences between scripts, for people and programs.

use serde_json::Value;
use serde_json::json;

use crate::domain::access::Access;
use crate::domain::diff::Change;
use crate::domain::diff::Way;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;
use crate::ui::text::words;

/// How wide a line may be.
const WIDTH: usize = 80;
/// Where the text of a change begins.
const INDENT: usize = 6;
/// Where what it was and is begins.
const DEEPER: usize = 8;

/// What was compared, and what came of it.
pub struct Difference {
    /// The first, as it was named.
    pub old: String,
    /// The second, as it was named.
    pub new: String,
    /// Every change, in the order of what it concerns.
    pub changes: Vec<Change>,
    /// Whether the files have the same bytes.
    pub same_bytes: bool,
    /// Who could do what with the keys of the second.
    pub access: Vec<Access>,
    /// What a reader should know of a record besides.
    pub notes: Vec<String>,
}

/// For people.
pub fn text(out: Printer, difference: &Difference) {
    let Difference { old, new, .. } = difference;
    let changes = &difference.changes;
    let head = format!("{old} → {new}");
    for line in words(&head, WIDTH) {
        out.line(Tone::Title, &line);
    }
    let mut heading = None;
    for change in changes {
        if heading.replace(change.consequence) != Some(change.consequence) {
            out.line(Tone::Plain, "");
            out.line(Tone::Step, change.consequence.title());
        }
        one(out, change);
    }
    if !changes.is_empty() {
        table(out, &difference.access);
    }
    out.line(Tone::Plain, "");
    for note in &difference.notes {
        block(out, Tone::Plain, "", 0, &format!("note: {note}"));
    }
    summary(out, difference);
}

fn one(out: Printer, change: &Change) {
    let tone = if change.careful {
        Tone::Trouble
    } else {
        Tone::Plain
    };
    let (sign, word) = match change.way {
        Way::Added => ("+", "new"),
        Way::Removed => ("-", "gone"),
        Way::Changed => ("~", "changed"),
    };
    if out.marks() {
        let look = if change.careful { "!" } else { " " };
        block(out, tone, &format!("  {look}{sign}"), INDENT, &change.text);
    } else {
        let look = if change.careful { "look, " } else { "" };
        let text = format!("{look}{word}: {}", change.text);
        block(out, tone, "", 2, &text);
    }
    for detail in &change.details {
        block(out, Tone::Quiet, "", DEEPER, detail);
    }
}

/// A text behind a mark, wrapped and indented.
fn block(out: Printer, tone: Tone, mark: &str, indent: usize, text: &str) {
    for (row, line) in words(text, WIDTH - indent).iter().enumerate() {
        let mark = if row == 0 { mark } else { "" };
        out.line(tone, &format!("{mark:<indent$}{line}"));
    }
}

/// Who could do what, once all this is so.
fn table(out: Printer, access: &[Access]) {
    let mut key = "";
    for row in access {
        if row.key != key {
            key = &row.key;
            out.line(Tone::Plain, "");
            out.line(Tone::Step, &format!("After it, who could with key {key}"));
        }
        let text = format!("{}, {}: {}", row.can.words(), row.when(), row.who);
        block(out, Tone::Plain, "", INDENT, &text);
    }
}

fn summary(out: Printer, difference: &Difference) {
    let changes = difference.changes.len();
    let careful = difference.changes.iter().filter(|it| it.careful).count();
    match (changes, difference.same_bytes) {
        (0, true) => out.line(Tone::Good, "the same"),
        (0, false) => {
            out.line(Tone::Good, "the same, but for comments or layout");
            block(
                out,
                Tone::Plain,
                "",
                0,
                "An approval is over bytes: one of the first does not hold for the second.",
            );
        }
        (changes, _) => {
            let s = if changes == 1 { "" } else { "s" };
            let sign = if out.marks() { "!" } else { "`look`" };
            let look = match careful {
                0 => String::new(),
                n => format!(
                    "; look twice at {n}, marked {sign}: more access, no way back, or less that is checked"
                ),
            };
            block(
                out,
                Tone::Step,
                "",
                0,
                &format!("{changes} difference{s}{look}"),
            );
        }
    }
}

/// As one object.
pub fn json(difference: &Difference) -> Value {
    json!({
        "old": difference.old,
        "new": difference.new,
        "same": difference.changes.is_empty(),
        "same-bytes": difference.same_bytes,
        "careful": difference.changes.iter().filter(|it| it.careful).count(),
        "changes": difference.changes,
        "access": difference.access,
        "notes": difference.notes,
    })
}
