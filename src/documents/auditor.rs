//! What the auditor's report says of a ceremony, from its folder and what came of verifying it.
//!
//! A record that does not hold is reported, too: whoever must find out what was done to it needs to
//! see what it says now. Nothing here trusts it, and every page says so.

mod access;
mod approvals;
mod arrival;
mod claims;
mod custody;
mod deviations;
mod imports;
mod keys;
mod lifecycle;
mod logs;
mod people;
mod requirements;
mod room;
mod steps;
mod summary;
mod verification;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::crypto::words::words;
use crate::documents::document::Cell;
use crate::documents::document::Document;
use crate::documents::document::Section;
use crate::documents::document::harmless;
use crate::domain::progress::Progress;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Sealed;
use crate::domain::record::Step;
use crate::domain::record::unhex;
use crate::domain::script::Script;
use crate::domain::text::plain;
use crate::record::chain;
use crate::record::verify::Dossier;
use crate::record::verify::Verdict;
use crate::record::verify::script_of;

/// A ceremony as it is reported.
pub(super) struct Seen<'a> {
    pub(super) dossier: &'a Dossier,
    pub(super) verdict: &'a Verdict,
    /// Whether the keys are those that the auditor brought.
    pub(super) trusted: bool,
    pub(super) script: Option<Script>,
    /// Entries with their lines. Of a record whose chain is broken: each line that can be read.
    pub(super) entries: Vec<(u64, Entry)>,
}

/// Makes the report. `trusted` tells whose keys `verdict` rests on: those that the auditor brought,
/// or those that the record itself names.
pub fn report(dossier: &Dossier, verdict: &Verdict, trusted: bool) -> Document {
    let script = script_of(dossier).ok();
    let entries = match chain::parse(&dossier.record, &dossier.script) {
        Ok(entries) => (1..).zip(entries).collect(),
        Err(_) => salvaged(&dossier.record),
    };
    let seen = Seen {
        dossier,
        verdict,
        trusted,
        script,
        entries,
    };
    let mut sections: Vec<Section> = vec![
        summary::section(&seen),
        deviations::section(&seen),
        access::section(&seen),
        verification::section(&seen),
        claims::section(&seen),
        approvals::section(&seen),
        people::section(&seen),
        room::place(&seen),
        room::equipment(&seen),
        keys::section(&seen),
        steps::section(&seen),
        custody::section(&seen),
        custody::backups(&seen),
        imports::section(&seen),
        imports::artifacts(&seen),
        logs::section(&seen),
        keys::dates(&seen),
        requirements::section(&seen),
        people::statements(&seen),
        verification::opinion(),
        verification::without_keyrite(&seen),
    ];
    if let Some(lives) = lifecycle::section(&seen) {
        let before = sections.iter().position(|section| section.id == "steps");
        sections.insert(before.unwrap_or(sections.len()), lives);
    }
    Document {
        title: harmless(&verdict.title),
        ceremony: harmless(&verdict.ceremony),
        verdict: summary::headline(&seen),
        worth: summary::worth(verdict.mode),
        record_sha256: verdict.record_sha256.to_string(),
        sections,
        lines: lines(&dossier.record),
    }
}

/// Every line that is an entry, whatever stands around it.
fn salvaged(record: &[u8]) -> Vec<(u64, Entry)> {
    (1..)
        .zip(record.split(|byte| *byte == b'\n'))
        .filter_map(|(line, bytes)| Some((line, serde_json::from_slice(bytes).ok()?)))
        .collect()
}

fn lines(record: &[u8]) -> Vec<String> {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record
        .split(|byte| *byte == b'\n')
        .map(|line| plain(&String::from_utf8_lossy(line)).into_owned())
        .collect()
}

impl Seen<'_> {
    /// The first entry.
    pub(super) fn open(&self) -> Option<(u64, &Open)> {
        self.entries.iter().find_map(|(line, entry)| {
            if let Event::Open(open) = &entry.event {
                Some((*line, &**open))
            } else {
                None
            }
        })
    }

    /// The seal.
    pub(super) fn sealed(&self) -> Option<(u64, &Sealed)> {
        self.entries.iter().find_map(|(line, entry)| {
            if let Event::Sealed(sealed) = &entry.event {
                Some((*line, sealed))
            } else {
                None
            }
        })
    }

    /// The steps that were done, with line and moment.
    pub(super) fn steps(&self) -> impl Iterator<Item = (u64, Moment, &Step)> {
        self.entries.iter().filter_map(|(line, entry)| {
            if let Event::Step(step) = &entry.event {
                Some((*line, entry.at, &**step))
            } else {
                None
            }
        })
    }

    /// What was done, with its line.
    pub(super) fn did(&self) -> impl Iterator<Item = (u64, &Did)> {
        self.steps().map(|(line, _, step)| (line, &step.did))
    }

    /// How far the script was done.
    pub(super) fn progress(&self) -> Option<Progress<'_>> {
        let mut progress = Progress::new(self.script.as_ref()?);
        for (_, entry) in &self.entries {
            // What is out of order is a problem of its own; here it only counts as not done.
            if progress.apply(&entry.event).is_err() {
                break;
            }
        }
        Some(progress)
    }

    /// Somebody's name as spoken.
    pub(super) fn name(&self, id: &str) -> String {
        let recorded = self.open().and_then(|(_, open)| {
            let person = open.people.iter().find(|person| person.id == id);
            person.map(|person| person.name.clone())
        });
        recorded.unwrap_or_else(|| id.to_owned())
    }

    /// Names as spoken.
    pub(super) fn names<S: AsRef<str>>(&self, ids: &[S]) -> Vec<String> {
        ids.iter().map(|id| self.name(id.as_ref())).collect()
    }

    /// Whether the record is of a rehearsal.
    pub(super) fn rehearsed(&self) -> bool {
        self.verdict.mode == Some(Mode::Rehearsal)
    }
}

/// Hexadecimal digits in groups of four.
pub(super) fn groups(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|some| some.iter().collect()).collect();
    groups.join(" ")
}

/// Hexadecimal digits in words to be read aloud; nothing if they are no such digits.
pub(super) fn spoken(digits: &str) -> String {
    let bytes = unhex(&digits.to_ascii_lowercase()).unwrap_or_default();
    words(&bytes).join(" ")
}

/// A digest in groups.
pub(super) fn digits(digest: Digest) -> Cell {
    Cell::code(groups(&digest.to_string()))
}

/// Check values in one line, the shortest first.
pub(super) fn values(values: &BTreeMap<String, String>) -> String {
    let mut values: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name} {}", groups(value)))
        .collect();
    values.sort_by_key(String::len);
    values.join("; ")
}

/// A word of the record's own format.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// A length of time.
pub(super) fn took(seconds: i64) -> String {
    let (minutes, rest) = (seconds / 60, seconds % 60);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{rest} s"),
        (0, minutes) if rest == 0 => format!("{minutes} min"),
        (0, minutes) => format!("{minutes} min {rest} s"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `1 exception`, `2 exceptions`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}
