//! What providers answered of keys that were wrapped for them.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::arrival::Verdict;
use crate::domain::record::Did;

/// Every fact of every answer, and what comes of them together.
pub(super) fn answers(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "answers",
        "What providers answered, held against the record that wrapped the key. That a key arrived is not that nobody else has it",
        &[
            ("key", "Key"),
            ("for", "For"),
            ("matter", "Matter"),
            ("recorded", "Recorded"),
            ("answered", "Answered"),
            ("verdict", "Verdict"),
            ("worth", "What that is worth"),
        ],
        "none in this record.",
    );
    for (line, did) in seen.did() {
        let Did::Confirm(confirmed) = did else {
            continue;
        };
        for fact in &confirmed.facts {
            let answered = match (&fact.theirs, &fact.file) {
                (Some(theirs), Some(file)) => format!("{theirs} ({file})"),
                (Some(theirs), None) => theirs.clone(),
                (None, _) => "nothing".to_owned(),
            };
            table.row(
                [
                    confirmed.key.as_str().into(),
                    confirmed.r#for.as_str().into(),
                    fact.matter.title().into(),
                    fact.ours.as_deref().unwrap_or("nothing").into(),
                    answered.into(),
                    cell(fact.verdict),
                    fact.matter.strength().words().into(),
                ],
                &[line],
            );
        }
        let (by, seen_by) = (seen.name(&confirmed.by), seen.name(&confirmed.seen_by));
        table.row(
            [
                confirmed.key.as_str().into(),
                confirmed.r#for.as_str().into(),
                "all together".into(),
                format!("SHA-256 {}", confirmed.record).into(),
                format!("fetched by {by}, seen by {seen_by}; their word").into(),
                cell(confirmed.verdict),
                "".into(),
            ],
            &[line],
        );
    }
    table
}

fn cell(verdict: Verdict) -> Cell {
    let tone = match verdict {
        Verdict::Arrived | Verdict::Consistent => Tone::Good,
        Verdict::NotProvable => Tone::Open,
        Verdict::Contradicted => Tone::Bad,
    };
    Cell::new(tone, verdict.words())
}
