//! The access table as `check` prints it: who could get at each key, alone or together.

use crate::domain::access::Access;
use crate::domain::access::Can;
use crate::domain::access::Takes;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;
use crate::ui::text::words;

/// Columns: how many it takes, when, what, and then who.
const WHEN: usize = 17;
const WHAT: usize = 13;
const WIDTH: usize = 80;

/// Prints the rows of one script.
pub(super) fn print(printer: Printer, rows: &[Access]) {
    let mut key = "";
    let mut rest = rows;
    while let Some((row, behind)) = rest.split_first() {
        if row.key != key {
            key = &row.key;
            printer.line(Tone::Step, &format!("key {key}: who could get at it"));
        }
        // Whoever can take it away while he can use it is told once.
        let both = behind.first().filter(|next| is_same(row, next));
        rest = both.map_or(behind, |_| behind.get(1..).unwrap_or_default());
        let what = match (row.can, both) {
            (Can::Use, None) => "use",
            (Can::TakeAway, None) => "take away",
            (Can::Rebuild, None | Some(_)) => "rebuild",
            (Can::Use | Can::TakeAway, Some(_)) => "use, take",
        };
        for line in lines(row, what, printer.marks()) {
            printer.line(tone(row.takes), &line);
        }
    }
    if printer.marks() && !rows.is_empty() {
        let legend = "  ✓ it takes two or more   ✗ one alone is enough   · others decide that";
        printer.line(Tone::Quiet, legend);
    }
}

fn is_same(row: &Access, next: &Access) -> bool {
    row.can == Can::Use
        && next.can == Can::TakeAway
        && (&row.key, &row.who, row.from, row.until)
            == (&next.key, &next.who, next.from, next.until)
}

fn lines(row: &Access, what: &str, marks: bool) -> Vec<String> {
    let takes = match (marks, row.takes) {
        (true, Takes::Together | Takes::Nobody) => "✓".to_owned(),
        (true, Takes::Alone) => "✗".to_owned(),
        (true, Takes::Elsewhere) => "·".to_owned(),
        (false, Takes::Together | Takes::Nobody | Takes::Alone | Takes::Elsewhere) => {
            format!("{:<9}", row.takes.word())
        }
    };
    let head = format!("  {takes} {:<WHEN$} {what:<WHAT$} ", row.when());
    let start = head.chars().count();
    words(&row.who, WIDTH.saturating_sub(start))
        .into_iter()
        .enumerate()
        .map(|(place, line)| {
            if place == 0 {
                format!("{head}{line}")
            } else {
                format!("{:start$}{line}", "")
            }
        })
        .collect()
}

const fn tone(takes: Takes) -> Tone {
    match takes {
        Takes::Alone => Tone::Trouble,
        Takes::Nobody | Takes::Together | Takes::Elsewhere => Tone::Plain,
    }
}
