//! Holds a ceremony against everything that can be checked: chain, script, people, files and
//! signatures.
//!
//! Whoever wrote the record may have lied, all signers together included: so what is recorded is
//! held against the script, and every fact against each other place where it stands. Nothing here
//! trusts an entry because its digest fits.

mod files;
mod keys;
mod opening;
mod signatures;
mod steps;
mod tally;

pub use crate::record::verify::steps::spki_of;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::finding::Finding;
use crate::domain::parse::parse;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Outcome;
use crate::domain::room;
use crate::domain::script::Script;
use crate::domain::text::plain;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::chain;
use crate::record::error::RecordError;
use crate::record::verify::keys::Keys;
use crate::record::verify::tally::Tally;

/// A ceremony directory as it was read; nothing in it is trusted.
#[derive(Clone, Debug, Default)]
pub struct Dossier {
    /// script.yaml.
    pub script: Vec<u8>,
    /// record.jsonl.
    pub record: Vec<u8>,
    /// allowed_signers; empty if it is missing.
    pub allowed_signers: Vec<u8>,
    /// VERIFY.txt; empty if it is missing.
    pub verify_txt: Vec<u8>,
    /// Files below `artifacts/`, `approvals/` and `orphans/`, by their path relative to the
    /// directory.
    pub files: BTreeMap<String, FileSeen>,
    /// Signatures over the record, by person.
    pub signatures: BTreeMap<String, Vec<u8>>,
    /// Disagreements by person: the JSON and its signature, if there is one.
    pub dissents: BTreeMap<String, (Vec<u8>, Option<Vec<u8>>)>,
    /// Everything else in the directory.
    pub strangers: Vec<String>,
    /// Signatures whose writing was interrupted; nobody reads them.
    pub half_written: Vec<String>,
}

/// A file that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileSeen {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Length.
    pub bytes: u64,
    /// The bytes, of approvals and public keys only.
    pub content: Option<Vec<u8>>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verdict {
    /// Id of the ceremony; empty if neither record nor script can be read.
    pub ceremony: String,
    /// Its title.
    pub title: String,
    /// What the run is worth; unknown if the record cannot be read.
    pub mode: Option<Mode>,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
    /// Why it was aborted, if it was.
    pub reason: Option<String>,
    /// SHA-256 of record.jsonl: what people signed.
    pub record_sha256: Digest,
    /// How many entries could be read.
    pub entries: usize,
    /// Moment of the first entry.
    pub began: Option<Moment>,
    /// Moment of the last entry.
    pub ended: Option<Moment>,
    /// What was checked and holds, one sentence each.
    pub holds: Vec<String>,
    /// What does not hold.
    pub problems: Vec<Problem>,
    /// People who have still to sign.
    pub outstanding: Vec<String>,
    /// People who signed that they do not agree, and why.
    pub dissents: Vec<(String, String)>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// People whose signature holds, and the fingerprint of the key that made it.
    pub signed: Vec<(String, String)>,
}

/// Something that does not hold.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// Line of the record, from 1, where it is about one.
    pub place: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Verdict {
    /// How `verify` ends: anything altered outweighs anything missing.
    pub fn exit(&self) -> Exit {
        if !self.problems.is_empty() {
            Exit::Integrity
        } else if self.outstanding.is_empty() && self.dissents.is_empty() {
            Exit::Done
        } else {
            Exit::Operator
        }
    }
}

/// Holds a ceremony against everything that can be checked. With `trusted`, the keys must be
/// those that the auditor brings; without, those that the record itself names.
pub fn verify(dossier: &Dossier, trusted: Option<&AllowedSigners>) -> Verdict {
    let mut tally = Tally::default();
    let script = read_script(dossier, &mut tally);
    let entries = read_record(dossier, &mut tally);
    // A broken chain still has a first line that says who should have signed, and for what.
    let salvaged = first_entry(&dossier.record);
    let first = entries.first().or(salvaged.as_ref());
    let open = first.and_then(open_of);
    let keys = Keys::new(dossier, trusted, &mut tally);

    if let (Some(script), Some(first), Some(open)) = (&script, first, open) {
        let before = tally.holds.len();
        stand_against(script, open.mode, first.at, &mut tally);
        opening::check(dossier, script, open, first.at, &keys, &mut tally);
        if entries.is_empty() {
            // What a line says that nothing is chained to is not worth holding against anything.
            tally.holds.truncate(before);
        } else {
            steps::check(dossier, script, open, &entries, &keys, &mut tally);
        }
    }
    if entries.is_empty() {
        tally.note("the files are not held against the record: it cannot be read");
    } else {
        files::check(dossier, &entries, files::Others::Refused, &mut tally);
    }
    strangers(dossier, &mut tally);
    let record_sha256 = Digest::of(&dossier.record);
    let ended = entries.last().map(|entry| entry.at);
    let before = tally.holds.len();
    let signed = signatures::check(
        dossier,
        &signatures::Signable {
            script: script.as_ref(),
            open,
            sealed: chain::sealed(&entries),
            at: ended.or(first.map(|first| first.at)),
            record_sha256,
        },
        &keys,
        &mut tally,
    );
    if entries.is_empty() {
        tally.holds.truncate(before);
    }
    let text = |recorded: Option<&String>, written: Option<String>| {
        let text = recorded.cloned().or(written).unwrap_or_default();
        plain(&text).into_owned()
    };
    Verdict {
        ceremony: text(
            open.map(|open| &open.ceremony),
            script.as_ref().map(|script| script.ceremony.to_string()),
        ),
        title: text(
            open.map(|open| &open.title),
            script.as_ref().map(|script| script.title.to_string()),
        ),
        mode: open.map(|open| open.mode),
        outcome: chain::sealed(&entries).map(|sealed| sealed.outcome),
        reason: chain::sealed(&entries)
            .and_then(|sealed| sealed.reason.as_deref())
            .map(|reason| plain(reason).into_owned()),
        record_sha256,
        entries: entries.len(),
        began: entries.first().map(|entry| entry.at),
        ended,
        holds: tally.holds,
        problems: tally.problems,
        outstanding: signed.outstanding,
        dissents: signed.dissents,
        notes: tally.notes,
        signed: signed.agreed,
    }
}

/// What does not hold in a ceremony that is not at its end: everything that [`verify`] looks at
/// but the seal, signatures, and files that no entry explains yet.
pub fn unfinished(dossier: &Dossier, entries: &[Entry]) -> Vec<Problem> {
    let mut tally = Tally::default();
    let script = read_script(dossier, &mut tally);
    let first = entries.first();
    let keys = Keys::new(dossier, None, &mut tally);
    if let (Some(script), Some(first), Some(open)) = (&script, first, first.and_then(open_of)) {
        stand_against(script, open.mode, first.at, &mut tally);
        opening::check(dossier, script, open, first.at, &keys, &mut tally);
        steps::check(dossier, script, open, entries, &keys, &mut tally);
    }
    files::check(dossier, entries, files::Others::NotYetSettled, &mut tally);
    strangers(dossier, &mut tally);
    tally.problems
}

fn read_script(dossier: &Dossier, tally: &mut Tally) -> Option<Script> {
    match parse(&dossier.script) {
        Ok(script) => Some(script),
        Err(finding) => {
            let what = format!(
                "script.yaml cannot be read: {} (line {})",
                finding.message, finding.place.line
            );
            let hint = "bring the script.yaml that lay beside this record when it was signed";
            tally.wrong_hint(None, what, Some(hint.to_owned()));
            None
        }
    }
}

fn read_record(dossier: &Dossier, tally: &mut Tally) -> Vec<Entry> {
    match chain::parse(&dossier.record, &dossier.script) {
        Ok(entries) => {
            tally.hold(format!(
                "{} lines continue each other, from script.yaml on; none was changed, dropped, doubled or moved",
                entries.len()
            ));
            if chain::sealed(&entries).is_none() {
                tally.wrong_hint(
                    u64::try_from(entries.len()).ok(),
                    "the record is not sealed: the ceremony is unfinished, or its end was cut off",
                    Some("`keyrite run --resume` goes on where it stopped; if it was finished, ask those who signed for their copy".to_owned()),
                );
            }
            entries
        }
        Err(error) => {
            tally.wrong_hint(line_of(&error), error.to_string(), error.hint());
            Vec::new()
        }
    }
}

/// The first line, if it is an entry, whatever becomes of the rest.
fn first_entry(record: &[u8]) -> Option<Entry> {
    let line = record.split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok()
}

fn open_of(entry: &Entry) -> Option<&Open> {
    match &entry.event {
        Event::Open(open) => Some(open),
        Event::Step(_)
        | Event::Handed(_)
        | Event::Exception(_)
        | Event::Resumed(_)
        | Event::Lost(_)
        | Event::Recovered(_)
        | Event::BatchKey(_)
        | Event::Orphan(_)
        | Event::Calling(_)
        | Event::Sealed(_) => None,
    }
}

/// The line of the record that an error is about.
fn line_of(error: &RecordError) -> Option<u64> {
    let narrow = |line: usize| u64::try_from(line).ok();
    match error {
        RecordError::Cut { line }
        | RecordError::NotAnEntry { line, .. }
        | RecordError::NotCanonical { line }
        | RecordError::Changed { line, .. }
        | RecordError::Dropped { line, .. }
        | RecordError::Doubled { line, .. }
        | RecordError::Moved { line, .. }
        | RecordError::Number { line, .. }
        | RecordError::OpenedAgain { line }
        | RecordError::AfterSeal { line } => narrow(*line),
        RecordError::OtherScript { .. } | RecordError::NotOpened | RecordError::Format { .. } => {
            Some(1)
        }
        RecordError::ClockWentBack { seq, .. } => Some(seq + 1),
        RecordError::OutOfOrder { line, .. } => Some(*line),
        RecordError::Empty
        | RecordError::NotASignature
        | RecordError::OtherNamespace { .. }
        | RecordError::OtherKey { .. }
        | RecordError::DoesNotFit { .. }
        | RecordError::Hash { .. }
        | RecordError::NoPresence { .. }
        | RecordError::Sha1 { .. }
        | RecordError::ShortKey { .. }
        | RecordError::NotAPublicKey
        | RecordError::KeyType { .. }
        | RecordError::NotAPrivateKey
        | RecordError::PassphraseNeeded { .. }
        | RecordError::PassphraseWrong { .. }
        | RecordError::InDevice { .. }
        | RecordError::CannotSign { .. }
        | RecordError::Signers { .. }
        | RecordError::Unwritable { .. } => None,
    }
}

/// The rules that the script is held to, as of the day on which the ceremony began.
fn stand_against(script: &Script, mode: Mode, began: Moment, tally: &mut Tally) {
    let today = match mode {
        // A rehearsal has a clock of its own; by it no date is past.
        Mode::Rehearsal => jiff::civil::Date::MIN,
        Mode::Practice | Mode::Production => {
            let utc = jiff::tz::TimeZone::UTC;
            began.timestamp().to_zoned(utc).date()
        }
    };
    let mut findings = room::walk(script, today);
    room::waive(script, today, &mut findings);
    let (waived, standing): (Vec<Finding>, Vec<Finding>) = findings
        .into_iter()
        .partition(|finding| finding.waived.is_some());
    for finding in &standing {
        let what = format!(
            "line {} of script.yaml breaks the rule `{}`, and nobody answers for it: {}",
            finding.place.line, finding.rule.id, finding.message
        );
        tally.wrong_hint(None, what, finding.hint.clone());
    }
    for finding in &waived {
        if let Some(waived) = &finding.waived {
            tally.note(format!(
                "waived until {} by {}: {} (rule `{}`, line {} of script.yaml); the reason: {}",
                waived.until,
                waived.owner,
                finding.message,
                finding.rule.id,
                finding.place.line,
                waived.reason
            ));
        }
    }
    if standing.is_empty() {
        tally.hold(
            "the script breaks no rule that nobody answers for, separation of duties included",
        );
    }
}

fn strangers(dossier: &Dossier, tally: &mut Tally) {
    for path in &dossier.strangers {
        tally.wrong_hint(
            None,
            format!("{path} does not belong to a ceremony"),
            Some("find out who put it there, then move it away".to_owned()),
        );
    }
    for path in &dossier.half_written {
        tally.note(format!(
            "{path} is the rest of an interrupted write; it says nothing and may be deleted"
        ));
    }
}
