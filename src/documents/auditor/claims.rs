//! What this record can show, and what it cannot. After src/manual/threats.md.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;
use crate::domain::record::Subject;

/// Claims, and their limits.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("claims", "Claims and limits");
    section.text("What follows from this record if it holds, and how far.");
    let mut table = Table::new(
        "claims",
        "Claims and limits",
        &[
            ("about", "About"),
            ("claim", "What the record shows"),
            ("limit", "What it does not show"),
        ],
        "",
    );
    let lines = |which: fn(&Did) -> bool| -> Vec<u64> {
        seen.did()
            .filter(|(_, did)| which(did))
            .map(|(line, _)| line)
            .collect()
    };
    let mut claim = |about: &str, shows: &str, limit: &str, lines: &[u64]| {
        table.row(
            [about.into(), shows.into(), Cell::new(Tone::Open, limit)],
            lines,
        );
    };
    claim(
        "The record",
        "no line was changed, dropped, doubled or moved since it was signed",
        "who holds every signing key, or chooses the list of keys you check with, can write another record; no trusted timestamp is in it",
        &[],
    );
    claim(
        "People",
        "who is recorded as present signed these bytes with a key of their own, or has still to",
        "that people were there, agreed, and saw nothing else is their word; nobody can check it later",
        &lines(Did::rests_on_word),
    );
    let hsm = seen
        .open()
        .and_then(|(line, open)| open.token.as_ref().map(|_| line));
    let made = lines(|did| matches!(did, Did::Generate { .. } | Did::Batch { .. }));
    if let Some(line) = hsm {
        claim(
            "The HSM",
            "what it did with throwaway keys on that day, and the attributes that it told of the key",
            "a module that tells throwaway keys from real ones, bad random numbers, or what the maker's module did inside the process",
            &[&[line], &made[..]].concat(),
        );
    } else if !made.is_empty() {
        claim(
            "The machine",
            "two implementations agree on the key; memory was wiped",
            "the machine had the whole key from generate to destroy: who was root on it could read it",
            &made,
        );
    }
    let splits = lines(|did| matches!(did, Did::Split { .. }));
    if !splits.is_empty() {
        claim(
            "Shares",
            if lines(|did| matches!(did, Did::RestoreTest { .. })).is_empty() {
                "who took which share; whether they rebuild the key was not tested"
            } else {
                "who took which share, and that the shares of a restore test rebuilt the same key"
            },
            "that custodians still have them, or that no copy was made of an opened share; as many custodians as the threshold can rebuild the key together",
            &splits,
        );
    }
    let backups = lines(|did| {
        matches!(
            did,
            Did::Split {
                subject: Subject::BackupKey,
                ..
            }
        )
    });
    if !backups.is_empty() {
        claim(
            "Backup",
            "the key left the HSM wrapped under a backup key that is in shares",
            "so it is not a key that never left the HSM: shares up to the threshold and the backup file give it back anywhere",
            &backups,
        );
    }
    let imports = lines(|did| matches!(did, Did::Wrap { .. } | Did::Batch { .. }));
    if !imports.is_empty() {
        claim(
            "Imports",
            if lines(|did| matches!(did, Did::Compare { .. })).is_empty() {
                "under which wrapping key the key was wrapped, and where the key came from; nobody compared the wrapping key over another channel"
            } else {
                "the key was wrapped under the wrapping key whose fingerprint two people compared, and where the key came from"
            },
            "from its import on the provider holds the key, and uses it: arrived is not only there; this record does not say that it was imported; who swapped the wrapping key before both comparisons could read it; BYOK does not give exclusive control (SP 800-53 SC-12(6), SA-9(6))",
            &imports,
        );
        claim(
            "Later",
            "RSA wrapping was used where the provider asks for it",
            "a wrapped key that somebody recorded may be opened by a quantum computer in years to come; do not send it over channels you do not trust",
            &imports,
        );
    }
    let answered = lines(|did| matches!(did, Did::Confirm(_)));
    if !answered.is_empty() {
        claim(
            "Arrival",
            "what the provider answered, and whether that can only be so if this very key arrived",
            "that nobody else has it: whoever swapped the wrapping key before the import could have read it and imported it all the same; and a public value is worth what its way from the provider is worth",
            &answered,
        );
    }
    let declared = lines(|did| matches!(did, Did::Declare { .. }));
    if !declared.is_empty() {
        claim(
            "Declared keys",
            "which keys two people saw at their provider, and why that model is enough",
            "how they were made, and who has them: the provider made them, holds them and uses them",
            &declared,
        );
    }
    let destroyed = lines(|did| matches!(did, Did::Destroy { .. }));
    if !destroyed.is_empty() {
        claim(
            "Destruction",
            "the key was destroyed where it was made",
            "its shares, its backup and what was imported are still there, unless other records say otherwise",
            &destroyed,
        );
    }
    if seen.rehearsed() {
        claim(
            "Rehearsal",
            "the script can be done to its end",
            "anything about real people, real keys or a real provider",
            &[1],
        );
    }
    section.table(table);
    section.text("Not defended against: everybody in the room together; a compromised operating system, firmware or processor; cameras and emanations; a false clock that its reader agrees with; a provider that lies.");
    section
}
