//! What providers' logs told, held against the records of a register.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;
use crate::domain::record::Explained;
use crate::domain::record::Reconciled;

/// What a log was found to tell in this ceremony, or that none was asked.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("provider-logs", "Provider's logs");
    let read: Vec<(u64, &Reconciled)> = seen
        .did()
        .filter_map(|(line, did)| {
            if let Did::Reconcile(reconciled) = did {
                Some((line, reconciled))
            } else {
                None
            }
        })
        .collect();
    if read.is_empty() {
        section.text("This ceremony does not hold a provider's log against the records. Nothing here says that an import happened, or that nothing else did; `keyrite reconcile` does, for the register.");
        return section;
    }
    for (line, reconciled) in &read {
        let says = &reconciled.says;
        section.text(format!(
            "The log of {}, {}, was held against the register by {}, seen by {} (line {line}). It bears out {} lines of records; {} changes are explained, {} uses of keys counted, {} lines of records lie outside of its time. It shows nothing that was left out of it before it was fetched.",
            says.provider,
            says.period(),
            seen.name(&reconciled.by),
            seen.name(&reconciled.seen_by),
            says.seen.len(),
            says.counts.explained,
            says.counts.uses,
            says.counts.not_covered,
        ));
    }
    section.table(findings(seen, &read));
    section
}

fn findings(seen: &Seen<'_>, read: &[(u64, &Reconciled)]) -> Table {
    let mut table = Table::new(
        "log-findings",
        "What log and records do not tell alike",
        &[
            ("finding", "Finding"),
            ("kind", "Kind"),
            ("what", "What"),
            ("next", "What to do"),
            ("explained", "What is behind it"),
        ],
        "nothing.",
    );
    let explained: Vec<&Explained> = seen
        .did()
        .filter_map(|(_, did)| {
            if let Did::Explain(explained) = did {
                Some(explained)
            } else {
                None
            }
        })
        .collect();
    for (line, reconciled) in read {
        for finding in &reconciled.says.findings {
            let known = explained.iter().find(|it| it.finding == finding.id);
            let tone = if finding.kind.contradicts() {
                Tone::Bad
            } else {
                Tone::Open
            };
            let behind = known.map_or_else(
                || Cell::new(Tone::Open, "not explained in this ceremony"),
                |it| {
                    let (by, seen_by) = (seen.name(&it.by), seen.name(&it.seen_by));
                    format!("{} ({by}, and {seen_by})", it.because).into()
                },
            );
            table.row(
                [
                    finding.id.as_str().into(),
                    Cell::new(tone, finding.kind.name()),
                    finding.what.as_str().into(),
                    finding.next.as_str().into(),
                    behind,
                ],
                &[*line],
            );
        }
    }
    table
}
