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
    let explained: Vec<(u64, &Explained)> = seen
        .did()
        .filter_map(|(line, did)| {
            if let Did::Explain(explained) = did {
                Some((line, explained))
            } else {
                None
            }
        })
        .collect();
    if read.is_empty() && !explained.is_empty() {
        section.text("This ceremony says what is behind findings that another one recorded; `keyrite register deviations` tells both.");
        section.table(findings(seen, &read, &explained));
        return section;
    }
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
    section.table(findings(seen, &read, &explained));
    section
}

fn findings(
    seen: &Seen<'_>,
    read: &[(u64, &Reconciled)],
    explained: &[(u64, &Explained)],
) -> Table {
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
    let told = |it: &Explained| -> Cell {
        let (by, seen_by) = (seen.name(&it.by), seen.name(&it.seen_by));
        format!("{} ({by}, and {seen_by})", it.because).into()
    };
    for (line, reconciled) in read {
        for finding in &reconciled.says.findings {
            let known = explained.iter().find(|(_, it)| it.finding == finding.id);
            let tone = if finding.kind.contradicts() {
                Tone::Bad
            } else {
                Tone::Open
            };
            let behind = known.map_or_else(
                || Cell::new(Tone::Open, "not explained in this ceremony"),
                |(_, it)| told(it),
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
    // What an earlier ceremony recorded.
    let here = |id: &str| {
        let mut all = read.iter().flat_map(|(_, it)| &it.says.findings);
        all.any(|finding| finding.id == id)
    };
    for (line, it) in explained.iter().filter(|(_, it)| !here(&it.finding)) {
        table.row(
            [
                it.finding.as_str().into(),
                "recorded before".into(),
                "in the record that the register names".into(),
                "".into(),
                told(it),
            ],
            &[*line],
        );
    }
    table
}
