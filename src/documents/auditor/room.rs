//! Place, time and clock; equipment and software.

use crate::documents::auditor::Seen;
use crate::documents::auditor::digits;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Readiness;
use crate::domain::record::ReadinessResult;
use crate::domain::record::Standard;

/// What was seen of machine and clock.
pub(super) fn place(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("place", "Place, time and clock");
    section.text("All times are UTC, by the clock of the ceremony machine; no trusted timestamp is in the record. Scripts of this version do not name the room.");
    let mut table = Table::new(
        "environment",
        "Looks at the machine and its clock",
        &[
            ("name", "What"),
            ("wanted", "Wanted"),
            ("found", "Found"),
            ("holds", "Result"),
            ("by", "Seen by"),
        ],
        "none are recorded: nothing is known of network, swap and clock.",
    );
    for (line, did) in seen.did() {
        if let Did::Environment { checks } = did {
            for check in checks {
                let holds = if check.holds {
                    Cell::new(Tone::Good, "as wanted")
                } else {
                    Cell::new(Tone::Bad, "not as wanted")
                };
                table.row(
                    [
                        check.name.as_str().into(),
                        check.wanted.as_str().into(),
                        check.found.as_str().into(),
                        holds,
                        seen.name(&check.by).into(),
                    ],
                    &[line],
                );
            }
        }
    }
    section.table(table);
    if let Some((line, open)) = seen.open()
        && !open.readiness.is_empty()
    {
        section.table(readiness(seen, line, &open.readiness));
    }
    section
}

/// What was looked at before the first step.
fn readiness(seen: &Seen<'_>, line: u64, looks: &[Readiness]) -> Table {
    let mut table = Table::new(
        "readiness",
        "Looks before the first step",
        &[
            ("name", "What"),
            ("found", "Found"),
            ("result", "Result"),
            ("by", "Seen by"),
        ],
        "none are recorded.",
    );
    for look in looks {
        let tone = match look.result {
            ReadinessResult::Holds => Tone::Good,
            ReadinessResult::Fails => Tone::Bad,
            ReadinessResult::Noted => Tone::Plain,
        };
        let by = if look.by == "program" {
            "the program".to_owned()
        } else {
            format!("{}, who says so", seen.name(&look.by))
        };
        table.row(
            [
                look.name.as_str().into(),
                look.found.as_str().into(),
                Cell::new(tone, look.result.words()),
                by.into(),
            ],
            &[line],
        );
    }
    table
}

/// Program, script and HSM, by their digests.
pub(super) fn equipment(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("equipment", "Equipment and software");
    let mut table = Table::new(
        "equipment",
        "Equipment and software",
        &[("what", "What"), ("is", "Is")],
        "the record names none.",
    );
    if let Some((line, open)) = seen.open() {
        let tool = &open.tool;
        let lines = [line];
        let mut row = |what: &str, is: Cell| table.row([what.into(), is], &lines);
        row("Program", format!("{} {}", tool.name, tool.version).into());
        row(
            "SHA-256 of the program",
            tool.sha256
                .map_or_else(|| Cell::new(Tone::Open, "not recorded"), digits),
        );
        if let Some(library) = &tool.library {
            row("Library for keys", library.to_string().into());
        }
        row(
            "SHA-256 of script.yaml",
            digits(Digest::of(&seen.dossier.script)),
        );
        row("SHA-256 of allowed_signers", digits(open.allowed_signers));
        row("SHA-256 of VERIFY.txt", digits(open.verify_txt));
        match &open.token {
            None => row(
                "Where keys are",
                "in the memory of the program; no HSM".into(),
            ),
            Some(hsm) => {
                let facts = &hsm.facts;
                row(
                    "HSM",
                    format!("{} {}", facts.manufacturer, facts.model).into(),
                );
                row(
                    "Token",
                    format!("label {}, serial number {}", facts.label, facts.serial).into(),
                );
                row(
                    "Versions",
                    format!(
                        "hardware {}, firmware {}",
                        facts.hardware_version, facts.firmware_version
                    )
                    .into(),
                );
                row(
                    "Module",
                    format!(
                        "{} ({}, version {})",
                        facts.module, facts.library, facts.library_version
                    )
                    .into(),
                );
                row("SHA-256 of the module", digits(facts.module_sha256));
                let certificate = hsm.certificate.as_ref().map_or_else(
                    || Cell::new(Tone::Open, "the script names none"),
                    |certificate| {
                        let level = certificate
                            .level
                            .map_or(String::new(), |level| format!(", level {level}"));
                        let standard = certificate.standard.map_or("", Standard::name);
                        let until = certificate.until.as_ref();
                        let until = until.map_or(String::new(), |day| format!(", until {day}"));
                        Cell::plain(format!(
                            "CMVP {}{level} {standard}{until}, as the script says; not looked up",
                            certificate.number
                        ))
                    },
                );
                row("Certificate of the module", certificate);
            }
        }
    }
    section.table(table);
    section.text(
        "Bags, media and rooms of the paper procedure are on its sheets, not in this record.",
    );
    section
}
