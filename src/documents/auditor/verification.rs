//! What was checked, who signed, and how to check it without this program.

use crate::documents::auditor::Seen;
use crate::documents::document::Block;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Mode;
use crate::record::verify::check::Standing;

/// Checks and signatures.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let verdict = seen.verdict;
    let mut section = Section::new("verification", "What was checked, and who signed");
    section.text(if seen.trusted {
        "Signatures were held against the list of keys that the auditor brought."
    } else {
        "Signatures were held against keys that the record itself names: who made the record could have named others. Make this report again with --allowed-signers and a list of your own."
    });
    let mut checks = Table::new(
        "checks",
        "Checks",
        &[("check", "Check"), ("result", "Result")],
        "nothing could be checked.",
    );
    for problem in &verdict.problems {
        let hint = problem
            .hint
            .as_ref()
            .map_or(String::new(), |hint| format!(" – {hint}"));
        let lines: Vec<u64> = problem.place.into_iter().collect();
        let text = format!("{}{hint}", problem.what);
        checks.row([text.into(), Cell::new(Tone::Bad, "fails")], &lines);
    }
    for checked in &verdict.checks {
        let tone = match checked.standing {
            // Each with its line, above.
            Standing::Fails => continue,
            Standing::Holds => Tone::Good,
            Standing::Missing | Standing::Unknown | Standing::Asserted => Tone::Open,
        };
        let result = Cell::new(tone, checked.standing.words());
        checks.row([checked.says.as_str().into(), result], &[]);
    }
    for note in &verdict.notes {
        checks.row(
            [note.as_str().into(), Cell::new(Tone::Open, "to know")],
            &[],
        );
    }
    section.table(checks);
    section.table(signatures(seen));
    section
}

fn signatures(seen: &Seen<'_>) -> Table {
    let verdict = seen.verdict;
    let mut table = Table::new(
        "signatures",
        "Signatures over the record",
        &[
            ("person", "Person"),
            ("signed", "Signed"),
            ("key", "With the key"),
        ],
        "nobody signed.",
    );
    let line: Vec<u64> = seen.sealed().map(|(line, _)| line).into_iter().collect();
    for (person, key) in &verdict.signed {
        table.row(
            [
                seen.name(person).into(),
                Cell::new(Tone::Good, "agrees"),
                Cell::code(key),
            ],
            &line,
        );
    }
    for (person, reason) in &verdict.dissents {
        table.row(
            [
                seen.name(person).into(),
                Cell::new(Tone::Bad, format!("does not agree: {reason}")),
                "".into(),
            ],
            &line,
        );
    }
    for short in &verdict.short {
        table.row(
            [
                short.role.as_str().into(),
                Cell::new(Tone::Open, format!("still wanted: {}", short.told())),
                "".into(),
            ],
            &line,
        );
    }
    for person in &verdict.outstanding {
        table.row(
            [
                seen.name(person).into(),
                Cell::new(Tone::Open, "has not signed"),
                "".into(),
            ],
            &line,
        );
    }
    table
}

/// Room for what the auditor found.
pub(super) fn opinion() -> Section {
    let mut section = Section::new("opinion", "Opinion of the auditor");
    section.text("To be filled in by the person who audits; keyrite writes nothing here.");
    section.blocks.push(Block::Form(vec![
        "Name",
        "Organisation",
        "Scope of the audit",
        "Opinion",
        "Date",
        "Signature",
    ]));
    section
}

/// The commands of VERIFY.txt that matter most, and what they say.
pub(super) fn without_keyrite(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("without-keyrite", "How to verify this without keyrite");
    section.text("In the folder of the ceremony, on a machine that you trust, with nothing but sha256sum and ssh-keygen, and with your own list of keys as allowed_signers. The digest must be the one on the first page, and every signature must say Good:");
    let namespace = seen.verdict.mode.unwrap_or(Mode::Production).namespace();
    let mut commands = vec!["sha256sum record.jsonl".to_owned()];
    let signers = seen.sealed().map_or(&[][..], |(_, sealed)| &sealed.signers);
    for id in signers {
        // A record that was altered may hold anything; nothing of it is shown as a command then.
        if id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            commands.push(format!(
                "ssh-keygen -Y verify -f allowed_signers -I {id} -n {namespace} -s signatures/{id}.sig < record.jsonl"
            ));
        }
    }
    section.blocks.push(Block::Commands(commands));
    section.text("VERIFY.txt in the same folder has these and the rest: the chain of lines, the seal, the files, the approvals and the disagreements. Its digest stands in the first line of the record. Where the two differ from this report, believe them.");
    section
}
