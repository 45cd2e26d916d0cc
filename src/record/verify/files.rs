//! Files against the entries that explain them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Orphan;
use crate::domain::record::OrphanDecision;
use crate::record::verify::Dossier;
use crate::record::verify::check::Check;
use crate::record::verify::tally::Tally;

/// Where files are kept that no entry explained when they were found.
const ORPHANS: &str = "orphans/";

/// What an entry says about a file.
struct Recorded {
    line: u64,
    sha256: Digest,
    bytes: Option<u64>,
}

/// What becomes of files that no entry explains.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Others {
    /// They are a problem.
    Refused,
    /// The ceremony goes on, and settles them.
    NotYetSettled,
}

pub(super) fn check(dossier: &Dossier, entries: &[Entry], others: Others, tally: &mut Tally) {
    tally.about(Check::Files);
    let mut recorded: BTreeMap<&str, Recorded> = BTreeMap::new();
    let mut kept: BTreeSet<Digest> = BTreeSet::new();
    let mut begun: BTreeMap<String, u64> = BTreeMap::new();
    let mut removed: BTreeMap<&str, (u64, OrphanDecision)> = BTreeMap::new();
    for entry in entries {
        let line = entry.seq + 1;
        for (path, sha256, bytes) in named(&entry.event) {
            let inside = ["artifacts/", "approvals/"]
                .iter()
                .any(|folder| path.starts_with(folder))
                && !path.split('/').any(|part| matches!(part, "" | "." | ".."));
            if !inside {
                tally.wrong(
                    Some(line),
                    format!("the record names a file where none belongs: {path}"),
                );
            }
            let this = Recorded {
                line,
                sha256,
                bytes,
            };
            if let Some(before) = recorded.insert(path, this) {
                tally.wrong(
                    Some(line),
                    format!(
                        "{path} is recorded again; line {} names it, too",
                        before.line
                    ),
                );
            }
        }
        if let Event::BatchKey(key) = &entry.event {
            begun.insert(key.archive_path(), line);
        }
        if let Event::Orphan(Orphan {
            from: Some(from),
            path,
            ..
        }) = &entry.event
        {
            tally.note(format!(
                "{path} was cut back to {from} bytes after an interruption: what followed was not recorded"
            ));
        } else if let Event::Orphan(orphan) = &entry.event {
            removed.insert(&orphan.path, (line, orphan.decision));
            if orphan.decision == OrphanDecision::Kept {
                kept.insert(orphan.sha256);
            }
            tally.note(format!(
                "{} was found after an interruption without an entry, and was {} (decided by {})",
                orphan.path,
                orphan.decision.words(),
                orphan.by
            ));
        }
    }
    for (path, wanted) in &recorded {
        let place = Some(wanted.line);
        match dossier.files.get(*path) {
            None => tally.wrong(place, format!("{path} is missing; the record names it")),
            Some(found) if found.sha256 != wanted.sha256 => tally.wrong(
                place,
                format!(
                    "{path} was changed: its SHA-256 is {}, {} was recorded",
                    found.sha256, wanted.sha256
                ),
            ),
            Some(found) => {
                if let Some(bytes) = wanted.bytes.filter(|bytes| *bytes != found.bytes) {
                    tally.wrong(
                        place,
                        format!("{path} has {} bytes; the record says {bytes}", found.bytes),
                    );
                }
            }
        }
    }
    for (path, found) in &dossier.files {
        if path.starts_with(ORPHANS) {
            if !kept.contains(&found.sha256) {
                tally.wrong(None, format!("no entry of the record explains {path}"));
            }
        } else if let Some(line) = begun
            .get(path)
            .filter(|_| !recorded.contains_key(path.as_str()))
        {
            tally.note(format!(
                "{path} is of a batch that was not ended (line {line}); it is not held against the record as a whole"
            ));
        } else if others == Others::Refused && !recorded.contains_key(path.as_str()) {
            match removed.get(path.as_str()) {
                Some((line, decision)) => tally.wrong(
                    Some(*line),
                    format!(
                        "{path} is there, although it is recorded as {}",
                        decision.words()
                    ),
                ),
                None => tally.wrong(None, format!("no entry of the record explains {path}")),
            }
        }
    }
    let count = recorded.len();
    tally.hold(format!(
        "{count} artifacts and approvals have the digests that were recorded, and there are no others"
    ));
}

/// The files that an entry says were made.
fn named(event: &Event) -> Vec<(&str, Digest, Option<u64>)> {
    match event {
        Event::Open(open) => open
            .script_approvals
            .iter()
            .chain(open.organisation.iter().flat_map(|it| &it.signatures))
            .map(|approval| &approval.signature)
            .map(|file| (file.path.as_str(), file.sha256, None))
            .collect(),
        Event::Step(step) => {
            let mut files: Vec<_> = step
                .artifacts
                .iter()
                .map(|made| (made.path.as_str(), made.sha256, Some(made.bytes)))
                .collect();
            if let Did::Approve {
                request, signature, ..
            } = &step.did
            {
                files.extend(
                    [request, signature].map(|file| (file.path.as_str(), file.sha256, None)),
                );
            }
            if let Did::Exception {
                told: Some(told), ..
            } = &step.did
            {
                files.extend(
                    told.files()
                        .map(|file| (file.path.as_str(), file.sha256, None)),
                );
            }
            files
        }
        Event::Exception(told) => told
            .files()
            .map(|file| (file.path.as_str(), file.sha256, None))
            .collect(),
        Event::Handed(_)
        | Event::Resumed(_)
        | Event::Lost(_)
        | Event::Recovered(_)
        | Event::BatchKey(_)
        | Event::Orphan(_)
        | Event::Calling(_)
        | Event::Sealed(_) => Vec::new(),
    }
}
