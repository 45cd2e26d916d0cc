//! Which requirement of which standard which lines of the record speak to.
//!
//! The table is [`crate::domain::requirement`].

use std::collections::BTreeSet;

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::requirement::REQUIREMENTS;
use crate::domain::requirement::name;

/// The mapping, with what nothing maps to on either side.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new(
        "requirements",
        "Requirements and the lines that speak to them",
    );
    section.text("A line that speaks to a requirement is evidence, not a judgement: whether the requirement is met is for the auditor to say.");
    let mut table = Table::new(
        "requirements",
        "From requirements to lines of the record",
        &[
            ("standard", "Standard"),
            ("number", "Requirement"),
            ("wants", "Wants, in short"),
            ("evidence", "Evidence"),
        ],
        "",
    );
    let mut mapped: BTreeSet<u64> = BTreeSet::new();
    for requirement in REQUIREMENTS.iter().filter(|it| !it.entries.is_empty()) {
        let (lines, mut names): (Vec<u64>, Vec<&str>) = seen
            .entries
            .iter()
            .map(|(line, entry)| (*line, name(&entry.event)))
            .filter(|(_, name)| requirement.entries.contains(name))
            .unzip();
        let evidence = if lines.is_empty() {
            Cell::new(Tone::Open, "unmapped: nothing in this record speaks to it")
        } else {
            names.dedup();
            Cell::plain(names.join(", "))
        };
        mapped.extend(&lines);
        table.row(
            [
                requirement.standard.into(),
                requirement.number.into(),
                requirement.wants.into(),
                evidence,
            ],
            lines.get(..12).unwrap_or(&lines),
        );
    }
    table.row(
        [
            "NIST SP 800-53".into(),
            "SC-12(6), SA-9(6)".into(),
            "physical and exclusive control of keys with external providers".into(),
            Cell::new(
                Tone::Open,
                "unmapped: an import gives the provider the key; BYOK does not meet these",
            ),
        ],
        &[],
    );
    section.table(table);
    let mut unmapped = Table::new(
        "unmapped",
        "Steps that no requirement of this table names",
        &[
            ("number", "Step"),
            ("name", "Kind"),
            ("says", "What was read aloud"),
        ],
        "none.",
    );
    for (line, _, step) in seen.steps().filter(|(line, _, _)| !mapped.contains(line)) {
        unmapped.row(
            [
                step.number.to_string().into(),
                step.did.name().into(),
                step.says.as_str().into(),
            ],
            &[line],
        );
    }
    section.table(unmapped);
    section
}
