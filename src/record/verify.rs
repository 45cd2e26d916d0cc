//! Holds a ceremony against everything that can be checked: chain, script, people, files and
//! signatures.
//!
//! Whoever wrote the record may have lied, all signers together included: so what is recorded is
//! held against the script, and every fact against each other place where it stands. Nothing here
//! trusts an entry because its digest fits.

pub mod check;
mod files;
mod keys;
mod opening;
mod organisation;
mod programs;
mod rules;
mod signatures;
mod steps;
mod tally;

pub use crate::record::verify::organisation::script_of;
pub use crate::record::verify::organisation::script_within;
pub use crate::record::verify::steps::spki_of;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::arrival::Expected;
use crate::domain::arrival::Told;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Follows;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Outcome;
use crate::domain::script::Script;
use crate::domain::text::list;
use crate::domain::text::plain;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::chain;
use crate::record::error::RecordError;
use crate::record::verify::check::Check;
use crate::record::verify::check::Checked;
use crate::record::verify::check::Standing;
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
    /// verify.py, if it is there.
    pub verify_py: Option<Vec<u8>>,
    /// organisation.yaml, if it is there.
    pub organisation: Option<Vec<u8>>,
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
    /// Reads providers' answers again, which takes what knows providers.
    pub answer_reader: Option<AnswerReader>,
}

/// What a provider's answers say; why they say nothing, in words.
pub type AnswerReader = fn(&Expected, &[(String, Vec<u8>)]) -> Result<Vec<Told>, String>;

/// A file that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileSeen {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Length.
    pub bytes: u64,
    /// The bytes, of approvals, public keys and answers only.
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
    /// The rule set that its script is held to.
    pub rule_set: Option<u32>,
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
    /// Every check, and how it stands.
    pub checks: Vec<Checked>,
    /// What does not hold.
    pub problems: Vec<Problem>,
    /// People who have still to sign. Where a quorum is enough, more than have to.
    pub outstanding: Vec<String>,
    /// Roles of which more have to sign.
    pub short: Vec<Short>,
    /// People who signed that they do not agree, and why.
    pub dissents: Vec<(String, String)>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// People whose signature holds, and the fingerprint of the key that made it.
    pub signed: Vec<(String, String)>,
    /// Approvals that hold: of the script, and in the room.
    pub approvals: Vec<Approval>,
    /// Where the record stands in a register.
    pub follows: Option<Follows>,
    /// SHA-256 of the records of earlier ceremonies whose keys it goes on with.
    pub builds_on: Vec<Digest>,
}

/// An approval, and what exactly it was given for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Approval {
    /// Who gave it.
    pub by: String,
    /// What for.
    pub of: String,
    /// Line of the record.
    pub line: u64,
}

/// A role whose signatures are not enough yet.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Short {
    /// The role.
    pub role: String,
    /// How many more have to sign.
    pub more: usize,
    /// Of whom.
    pub of: Vec<String>,
}

impl Short {
    /// In words: everybody of the role, or so many of some.
    pub fn told(&self) -> String {
        if self.more == self.of.len() {
            format!("{} ({})", list(&self.of), self.role)
        } else {
            format!("{} more of {} ({})", self.more, list(&self.of), self.role)
        }
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// Which check it is of.
    pub check: Check,
    /// Line of the record, from 1, where it is about one.
    pub place: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Verdict {
    /// The checks that stand so.
    pub fn that(&self, standing: Standing) -> impl Iterator<Item = &Checked> {
        self.checks
            .iter()
            .filter(move |checked| checked.standing == standing)
    }

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

/// What an auditor brings of his own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Auditor<'a> {
    /// Whose keys he trusts; without, those count that the record itself names.
    pub signers: Option<&'a AllowedSigners>,
    /// Digests of the programs and modules that he trusts.
    pub programs: Option<&'a BTreeSet<Digest>>,
    /// What time it is: nothing can have happened later.
    pub now: Option<Moment>,
}

/// Holds a ceremony against everything that can be checked. With `trusted`, the keys must be
/// those that the auditor brings; without, those that the record itself names.
pub fn verify(dossier: &Dossier, trusted: Option<&AllowedSigners>) -> Verdict {
    let auditor = Auditor {
        signers: trusted,
        ..Auditor::default()
    };
    verify_for(dossier, &auditor)
}

/// Holds a ceremony against everything that can be checked, and against what the auditor brings.
pub fn verify_for(dossier: &Dossier, auditor: &Auditor<'_>) -> Verdict {
    look(dossier, auditor).verdict
}

/// A verdict, and what was read on the way to it.
#[derive(Debug)]
pub struct Looked {
    /// What came of it.
    pub verdict: Verdict,
    /// The script, if it can be read.
    pub script: Option<Script>,
    /// The entries; none if the record cannot be read.
    pub entries: Vec<Entry>,
}

/// As [`verify_for`], for whoever goes on with what was read.
pub fn look(dossier: &Dossier, auditor: &Auditor<'_>) -> Looked {
    let mut tally = Tally::default();
    let script = read_script(dossier, &mut tally);
    let entries = read_record(dossier, &mut tally);
    // A broken chain still has a first line that says who should have signed, and for what.
    let salvaged = first_entry(&dossier.record);
    let first = entries.first().or(salvaged.as_ref());
    let open = first.and_then(Entry::opened);
    let keys = Keys::new(dossier, auditor.signers, &mut tally);

    let mut approvals = Vec::new();
    if let (Some(script), Some(first), Some(open)) = (&script, first, open) {
        rules::check(script, open, first.at, &mut tally);
        approvals = organisation::check(dossier, script, open, first.at, &keys, &mut tally);
        approvals.extend(opening::check(
            dossier, script, open, first.at, &keys, &mut tally,
        ));
        if !entries.is_empty() {
            approvals.extend(steps::check(
                dossier, script, open, &entries, &keys, &mut tally,
            ));
        }
    }
    if let Some(open) = open {
        programs::check(open, &entries, auditor.programs, &mut tally);
        not_yet(open.mode, &entries, auditor.now, &mut tally);
    }
    if entries.is_empty() {
        tally.note("the files are not held against the record: it cannot be read");
    } else {
        files::check(dossier, &entries, files::Others::Refused, &mut tally);
    }
    strangers(dossier, &mut tally);
    let record_sha256 = Digest::of(&dossier.record);
    let ended = entries.last().map(|entry| entry.at);
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
    // What a line says that nothing is chained to is not worth holding against anything.
    let checks = check::all(tally.found, &tally.problems, !entries.is_empty());
    let text = |recorded: Option<&String>, written: Option<String>| {
        let text = recorded.cloned().or(written).unwrap_or_default();
        plain(&text).into_owned()
    };
    let verdict = Verdict {
        ceremony: text(
            open.map(|open| &open.ceremony),
            script.as_ref().map(|script| script.ceremony.to_string()),
        ),
        title: text(
            open.map(|open| &open.title),
            script.as_ref().map(|script| script.title.to_string()),
        ),
        mode: open.map(|open| open.mode),
        rule_set: open.map(Open::rule_set),
        outcome: chain::sealed(&entries).map(|sealed| sealed.outcome),
        reason: chain::sealed(&entries)
            .and_then(|sealed| sealed.reason.as_deref())
            .map(|reason| plain(reason).into_owned()),
        record_sha256,
        entries: entries.len(),
        began: entries.first().map(|entry| entry.at),
        ended,
        checks,
        problems: tally.problems,
        outstanding: signed.outstanding,
        short: signed.short,
        dissents: signed.dissents,
        notes: tally.notes,
        signed: signed.agreed,
        approvals,
        follows: open.and_then(|open| open.follows.clone()),
        builds_on: builds_on(open, script.as_ref()),
    };
    Looked {
        verdict,
        script,
        entries,
    }
}

/// The records that a ceremony names as those which made, moved or wrapped its keys before; each once.
fn builds_on(open: Option<&Open>, script: Option<&Script>) -> Vec<Digest> {
    let open = open.into_iter();
    let given = open.clone().flat_map(|open| &open.given);
    let lives = open.flat_map(|open| &open.lifecycle);
    let script = script.into_iter();
    let versions = script.clone().flat_map(|script| script.versions.values());
    let wrapped = script.flat_map(|script| script.wrapped.values());
    let all: BTreeSet<Digest> = given
        .map(|given| given.record)
        .chain(lives.map(|life| life.record))
        .chain(versions.map(|version| version.record.value))
        .chain(wrapped.map(|wrapped| wrapped.record.value))
        .collect();
    all.into_iter().collect()
}

/// What does not hold in a ceremony that is not at its end: everything that [`verify`] looks at
/// but the seal, signatures, and files that no entry explains yet.
pub fn unfinished(dossier: &Dossier, entries: &[Entry]) -> Vec<Problem> {
    let mut tally = Tally::default();
    let script = read_script(dossier, &mut tally);
    let first = entries.first();
    let keys = Keys::new(dossier, None, &mut tally);
    if let (Some(script), Some(first), Some(open)) = (&script, first, first.and_then(Entry::opened))
    {
        rules::check(script, open, first.at, &mut tally);
        organisation::check(dossier, script, open, first.at, &keys, &mut tally);
        opening::check(dossier, script, open, first.at, &keys, &mut tally);
        steps::check(dossier, script, open, entries, &keys, &mut tally);
    }
    files::check(dossier, entries, files::Others::NotYetSettled, &mut tally);
    strangers(dossier, &mut tally);
    tally.problems
}

fn read_script(dossier: &Dossier, tally: &mut Tally) -> Option<Script> {
    tally.about(Check::Script);
    match script_of(dossier) {
        Ok(script) => {
            tally.hold("script.yaml can be read, and the record begins at its digest");
            Some(script)
        }
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
            tally
                .about(Check::Canonical)
                .hold("every line is in the one canonical writing of its JSON (RFC 8785)");
            tally.about(Check::Chain).hold(format!(
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
            tally.about(check_of(&error));
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
        | RecordError::WeakKey { .. }
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

/// What an error of reading is about.
fn check_of(error: &RecordError) -> Check {
    if matches!(error, RecordError::OtherScript { .. }) {
        Check::Script
    } else if matches!(error, RecordError::NotCanonical { .. }) {
        Check::Canonical
    } else if matches!(error, RecordError::ClockWentBack { .. }) {
        Check::Clock
    } else {
        Check::Chain
    }
}

/// How far a clock may be ahead of the auditor's, in seconds.
const CLOCKS_APART: i64 = 600;

/// Nothing can have happened that has not come yet. A rehearsal has a clock of its own.
fn not_yet(mode: Mode, entries: &[Entry], now: Option<Moment>, tally: &mut Tally) {
    let (Some(now), Some(last)) = (now, entries.last()) else {
        return;
    };
    if mode != Mode::Rehearsal && last.at > now.plus_seconds(CLOCKS_APART) {
        tally.about(Check::Clock).wrong_hint(
            Some(last.seq + 1),
            format!(
                "the record ends at {}, which has not come yet: it is {now}",
                last.at
            ),
            Some("look at the clock of this machine, then ask for that of the ceremony".to_owned()),
        );
    }
}

fn strangers(dossier: &Dossier, tally: &mut Tally) {
    tally
        .about(Check::Folder)
        .hold("nothing is in the folder that does not belong to a ceremony");
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
