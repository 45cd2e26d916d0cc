//! What records say of each other: which one follows which, and which keys come from where.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::record::verify::Verdict;

/// What was seen of records so far: little of each, for there can be many.
#[derive(Default)]
pub(super) struct Links {
    seen: BTreeSet<Digest>,
    /// The first that follows a record, and its sequence there.
    follow: BTreeMap<Digest, String>,
    forks: Vec<String>,
    /// Who names which earlier record.
    wanted: Vec<(String, Digest)>,
}

impl Links {
    pub(super) fn add(&mut self, dir: &str, verdict: &Verdict) {
        // Stand-ins stand for no record, and the same one may be given twice.
        if verdict.mode == Some(Mode::Rehearsal) || !self.seen.insert(verdict.record_sha256) {
            return;
        }
        let earlier = verdict.builds_on.iter().copied();
        for digest in earlier.chain(verdict.follows.iter().map(|follows| follows.sha256)) {
            self.wanted.push((dir.to_owned(), digest));
        }
        if let Some(follows) = &verdict.follows {
            if let Some(other) = self.follow.get(&follows.sha256) {
                self.forks.push(format!(
                    "{other} and {dir} follow the same record ({}): the register was forked",
                    follows.sha256
                ));
            } else {
                self.follow.insert(follows.sha256, dir.to_owned());
            }
        }
    }

    /// Records that follow one that another one follows, too.
    pub(super) fn forks(&self) -> Vec<String> {
        self.forks.clone()
    }

    /// Earlier records that are named and were not among these.
    pub(super) fn elsewhere(&self) -> Vec<String> {
        self.wanted
            .iter()
            .filter(|(_, digest)| !self.seen.contains(digest))
            .map(|(dir, digest)| {
                format!("{dir} builds on the record {digest}, which is not among these")
            })
            .collect()
    }
}
