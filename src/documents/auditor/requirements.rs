//! Which requirement of which standard which lines of the record speak to.
//!
//! Sources: PCI DSS 4.0.1, NIST SP 800-57 part 1 rev. 6 (draft of 2025-12-05), SP 800-53 rev. 5,
//! CA/Browser Forum Baseline Requirements 2.2.6, ETSI EN 319 411-1, WebTrust for CAs. The words are ours and short; the
//! standard's own are what counts.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Event;

/// A requirement, and the entries that speak to it.
struct Requirement {
    standard: &'static str,
    number: &'static str,
    wants: &'static str,
    /// Names of steps, or of other entries.
    entries: &'static [&'static str],
}

const fn wants(
    standard: &'static str,
    number: &'static str,
    wants: &'static str,
    entries: &'static [&'static str],
) -> Requirement {
    Requirement {
        standard,
        number,
        wants,
        entries,
    }
}

const REQUIREMENTS: &[Requirement] = &[
    wants(
        "PCI DSS 4.0.1",
        "3.6.1.2",
        "secret keys encrypted, in a secure device, or in full-length shares",
        &["split", "reshare", "wrap", "lock"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.1",
        "strong keys are generated",
        &["generate", "batch"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.2",
        "keys are distributed securely",
        &["split", "reshare", "compare", "wrap", "batch"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.3",
        "keys are stored securely",
        &["split", "reshare", "lock", "destroy"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.5",
        "keys are retired, replaced or destroyed when due",
        &["destroy"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.6",
        "split knowledge and dual control of cleartext keys",
        &["split", "reshare", "restore-test", "restore", "drill"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.7",
        "no unauthorised substitution of keys",
        &["compare", "approve"],
    ),
    wants(
        "PCI DSS 4.0.1",
        "3.7.8",
        "custodians acknowledge their duties",
        &["statement"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "6",
        "transitions of a key's state are recorded",
        &["generate", "restore", "batch", "lock", "destroy", "lost"],
    ),
    wants(
        "NIST SP 800-57-1 r6",
        "4.4",
        "assurance before use: the key is what it is said to be",
        &["generate", "restore", "compare"],
    ),
    wants(
        "NIST SP 800-53",
        "SC-12",
        "keys are established and managed as required",
        &["generate", "split", "wrap", "destroy"],
    ),
    wants(
        "NIST SP 800-53",
        "SC-12(1)",
        "availability if a key is lost",
        &["restore-test", "restore", "drill", "availability"],
    ),
    wants(
        "NIST SP 800-53",
        "AU-3",
        "records say what, when, where, who and with what outcome",
        &["open", "sealed"],
    ),
    wants(
        "NIST SP 800-53",
        "AU-9(3)",
        "records are protected by cryptography",
        &["open", "sealed"],
    ),
    wants(
        "NIST SP 800-53",
        "AU-10",
        "who acted cannot deny it",
        &["approve", "sealed"],
    ),
    wants(
        "NIST SP 800-53",
        "AC-5",
        "duties are separated",
        &["open", "approve"],
    ),
    wants(
        "NIST SP 800-53",
        "MP-6(1)",
        "destruction is approved, tracked and verified",
        &["approve", "destroy"],
    ),
    wants(
        "CA/B Forum BR",
        "6.1.1.1",
        "a script is prepared and followed, witnessed, and logged",
        &["open", "sign-in", "generate", "exception", "sealed"],
    ),
    wants(
        "CA/B Forum BR",
        "5.2.2",
        "backup and recovery under dual control",
        &["split", "restore-test", "restore"],
    ),
    wants(
        "ETSI EN 319 411-1",
        "GEN-6.5.1",
        "a procedure with roles, and a report that it was followed",
        &["open", "sign-in", "statement", "sealed"],
    ),
    wants(
        "WebTrust for CAs",
        "4.1",
        "script with roles, approval, place, sign-off, notation of deviations",
        &["open", "approve", "environment", "exception", "sealed"],
    ),
];

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
    let mut mapped: Vec<u64> = Vec::new();
    for requirement in REQUIREMENTS {
        let lines: Vec<u64> = seen
            .entries
            .iter()
            .filter(|(_, entry)| requirement.entries.contains(&name(&entry.event)))
            .map(|(line, _)| *line)
            .collect();
        let evidence = if lines.is_empty() {
            Cell::new(Tone::Open, "unmapped: nothing in this record speaks to it")
        } else {
            let mut names: Vec<&str> = seen
                .entries
                .iter()
                .filter(|(line, _)| lines.contains(line))
                .map(|(_, entry)| name(&entry.event))
                .collect();
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

/// A step's name, or that of another entry that requirements ask for.
fn name(event: &Event) -> &str {
    if let Event::Step(step) = event {
        step.did.name()
    } else if let Event::Open(_) = event {
        "open"
    } else if let Event::Sealed(_) = event {
        "sealed"
    } else if let Event::Exception(_) = event {
        "exception"
    } else if let Event::Lost(_) = event {
        "lost"
    } else {
        ""
    }
}
