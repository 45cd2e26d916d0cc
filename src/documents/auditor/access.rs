//! Who could use, take away and rebuild each key: the table that `check` shows, cut to what was
//! done.

use crate::documents::auditor::Seen;
use crate::documents::chart::Bar;
use crate::documents::chart::Chart;
use crate::documents::chart::Look;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::domain::access::Access;
use crate::domain::access::Can;
use crate::domain::access::Takes;
use crate::domain::access::access;
use crate::domain::record::Did;
use crate::domain::text::list;

/// The rows that came about. What a ceremony that was ended early did not reach is left out.
fn rows(seen: &Seen<'_>) -> Vec<Access> {
    let (Some(script), Some(progress)) = (&seen.script, seen.progress()) else {
        return Vec::new();
    };
    let done = |number: u32| {
        let index = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        index.is_some_and(|index| progress.is_done(index))
    };
    let mut rows = access(script);
    rows.retain(|row| row.from.is_none_or(done));
    for row in &mut rows {
        row.until = row.until.filter(|until| done(*until));
        // The script cannot know what became of old shares; the record does, by people's word.
        row.until = row.until.or_else(|| retired(seen, row));
    }
    rows
}

/// The step that told that the shares of a row do not rebuild the key any more.
fn retired(seen: &Seen<'_>, row: &Access) -> Option<u32> {
    seen.steps().find_map(|(_, _, step)| {
        if let Did::Retire(retired) = &step.did {
            let ends = !retired.live && retired.key == row.key && Some(retired.epoch) == row.epoch;
            ends.then_some(step.number)
        } else {
            None
        }
    })
}

/// Who can do what after the ceremony.
pub(super) fn in_short(seen: &Seen<'_>) -> String {
    let rows = rows(seen);
    if rows.is_empty() {
        return "not known: no key was made here, or the script cannot be read".to_owned();
    }
    let words = |row: &&Access| format!("{} – {}", row.can.words(), row.who);
    let (left, ended): (Vec<&Access>, Vec<&Access>) =
        rows.iter().partition(|row| row.until.is_none());
    let left: Vec<String> = left.iter().map(words).collect();
    let ended: Vec<String> = ended
        .iter()
        .map(|row| format!("{} ({})", row.can.words(), row.when()))
        .collect();
    let after = if left.is_empty() {
        "after the ceremony nobody".to_owned()
    } else {
        format!("after the ceremony: {}", left.join("; "))
    };
    if ended.is_empty() {
        after
    } else {
        format!("{after}. During it only: {}", list(&ended))
    }
}

/// Lines of the steps that begin or end something.
pub(super) fn lines(seen: &Seen<'_>) -> Vec<u64> {
    let rows = rows(seen);
    seen.steps()
        .filter(|(_, _, step)| {
            let number = Some(step.number);
            rows.iter()
                .any(|row| row.from == number || row.until == number)
        })
        .map(|(line, _, _)| line)
        .collect()
}

/// The table as a picture.
pub(super) fn chart(seen: &Seen<'_>) -> Option<Chart> {
    let rows = rows(seen);
    let steps = u64::try_from(seen.script.as_ref()?.steps.len()).ok()?;
    if rows.is_empty() {
        return None;
    }
    let every = steps / 20 + 1;
    let bars: Vec<Bar> = rows
        .iter()
        .map(|row| Bar {
            label: format!("{}: {} · {}", row.key, row.can.words(), row.who),
            from: row.from.map_or(0, |from| 2 * u64::from(from) - 2),
            to: row.until.map_or(2 * steps, |until| 2 * u64::from(until)),
            before: row.from.is_none(),
            after: row.until.is_none(),
            look: look(row),
        })
        .collect();
    let says: Vec<String> = rows.iter().map(sentence).collect();
    Some(Chart {
        id: "access",
        title: "Who could reach which key, from which step to which".to_owned(),
        says: says.join(" "),
        axis: "step of the script; an arrow means: before, or ever after".to_owned(),
        end: 2 * steps,
        ticks: (1..=steps)
            .filter(|step| (step - 1) % every == 0)
            .map(|step| (2 * step - 1, step.to_string()))
            .collect(),
        bars,
        legend: vec![
            (Look::Full, "use it where it is"),
            (Look::Striped, "take it away"),
            (Look::Dotted, "rebuild it"),
            (Look::Hollow, "nobody"),
        ],
    })
}

fn look(row: &Access) -> Look {
    match (row.takes, row.can) {
        (Takes::Nobody, Can::Use | Can::TakeAway | Can::Rebuild) => Look::Hollow,
        (Takes::Alone | Takes::Together | Takes::Elsewhere, Can::Use) => Look::Full,
        (Takes::Alone | Takes::Together | Takes::Elsewhere, Can::TakeAway) => Look::Striped,
        (Takes::Alone | Takes::Together | Takes::Elsewhere, Can::Rebuild) => Look::Dotted,
    }
}

fn sentence(row: &Access) -> String {
    format!(
        "Key {}: {} could {}, {}.",
        row.key,
        row.who,
        row.can.words(),
        row.when()
    )
}

/// The whole table.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("access", "Who could reach the key");
    section.text("Using a key and taking it away are two things: who has the PIN of an HSM uses a key that he cannot take away once it is locked. Whoever once had a share in hand counts as having it ever after. The table follows from the script's steps, as far as they were done; it cannot know of cameras, copies of shares, or a machine that was tampered with.");
    let mut table = Table::new(
        "access",
        "Who could do what with which key, and when",
        &[
            ("key", "Key"),
            ("can", "Could"),
            ("when", "When"),
            ("who", "Who"),
        ],
        "not known: no key was made here, or the script cannot be read.",
    );
    for row in rows(seen) {
        let lines: Vec<u64> = seen
            .steps()
            .filter(|(_, _, step)| Some(step.number) == row.from || Some(step.number) == row.until)
            .map(|(line, _, _)| line)
            .collect();
        table.row(
            [
                row.key.as_str().into(),
                row.can.words().into(),
                row.when().into(),
                row.who.as_str().into(),
            ],
            &lines,
        );
    }
    section.table(table);
    section
}
