//! A checkpoint: what a register held on one day, signed and kept outside of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::Follows;
use crate::domain::record::Moment;

/// Format of checkpoints that this version writes.
pub const FORMAT: &str = "keyrite-checkpoint/v1";

/// What an auditor keeps, to see later that nothing was dropped: one line of RFC 8785 canonical JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// [`FORMAT`].
    pub format: String,
    /// When it was made.
    pub at: Moment,
    /// The last record.
    pub head: Follows,
    /// How many records there are.
    pub count: u64,
    /// SHA-256 over a line `NUMBER SHA256` for each record, in their order.
    pub records: Digest,
    /// Who is asked to sign it, with the public keys that they signed the last record with.
    pub signers: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Of these records, in their order; none where there is no record.
    pub fn of(
        records: &[(u64, Digest)],
        at: Moment,
        signers: BTreeMap<String, String>,
    ) -> Option<Self> {
        let (sequence, sha256) = *records.last()?;
        Some(Self {
            format: FORMAT.to_owned(),
            at,
            head: Follows { sequence, sha256 },
            count: u64::try_from(records.len()).unwrap_or(u64::MAX),
            records: over(records),
            signers,
        })
    }

    /// Reads the file; none if it is anything else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(bytes).ok()?;
        (read.format == FORMAT && read.bytes() == bytes).then_some(read)
    }

    /// The bytes of the file, which are signed.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings and small numbers always have a canonical form.
        let mut bytes = serde_json_canonicalizer::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// What became of the records since, each in a sentence; empty if all are as they were.
    pub fn held_against(&self, records: &[(u64, Digest)]) -> Vec<String> {
        let day = self.at.date();
        let Follows { sequence, sha256 } = &self.head;
        let then: Vec<_> = records
            .iter()
            .filter(|(n, _)| n <= sequence)
            .copied()
            .collect();
        if over(&then) == self.records {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        let here = records.iter().find(|(number, _)| number == sequence);
        let moved = records.iter().find(|(_, digest)| digest == sha256);
        match (here, moved) {
            (Some((_, digest)), _) if digest == sha256 => {}
            (_, Some((number, _))) => wrong.push(format!(
                "record {sequence} of {day} has the number {number} now: records were renumbered"
            )),
            (Some(_), None) => wrong.push(format!(
                "record {sequence} is another one than on {day}: it was altered, or put in its place (a fork)"
            )),
            (None, None) => wrong.push(format!("record {sequence} of {day} was dropped")),
        }
        let count = u64::try_from(then.len()).unwrap_or(u64::MAX);
        let differ = || {
            format!(
                "up to record {sequence} there were {} records on {day}",
                self.count
            )
        };
        if count == self.count {
            if wrong.is_empty() {
                wrong.push(format!(
                    "{}, and one of them is another one now: it was altered, or put in its place",
                    differ()
                ));
            }
        } else {
            wrong.push(format!("{}, and {count} that hold now", differ()));
        }
        wrong
    }
}

fn over(records: &[(u64, Digest)]) -> Digest {
    let mut text = String::new();
    for (number, sha256) in records {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{number} {sha256}");
    }
    Digest::of(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(of: &[(u64, &str)]) -> Vec<(u64, Digest)> {
        of.iter()
            .map(|(n, text)| (*n, Digest::of(text.as_bytes())))
            .collect()
    }

    fn checkpoint() -> Checkpoint {
        let at = "2026-11-22T14:05:00Z".parse().map(Moment::new).unwrap();
        let signers = BTreeMap::from([("ana".to_owned(), "ssh-ed25519 AAAA".to_owned())]);
        Checkpoint::of(&records(&[(1, "a"), (2, "b"), (3, "c")]), at, signers).unwrap()
    }

    #[test]
    fn the_records_of_the_day_hold_whatever_came_behind_them() {
        let checkpoint = checkpoint();
        let now = records(&[(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
        assert!(checkpoint.held_against(&now).is_empty());
        assert!(checkpoint.held_against(&now[..3]).is_empty());
    }

    #[test]
    fn what_was_dropped_altered_added_or_renumbered_is_told() {
        let checkpoint = checkpoint();
        let day = "2026-11-22";
        for (now, told) in [
            (
                &[(1, "a"), (2, "b")][..],
                vec![
                    format!("record 3 of {day} was dropped"),
                    format!("up to record 3 there were 3 records on {day}, and 2 that hold now"),
                ],
            ),
            (
                &[(1, "a"), (3, "c")],
                vec![format!(
                    "up to record 3 there were 3 records on {day}, and 2 that hold now"
                )],
            ),
            (
                &[(1, "a"), (2, "x"), (3, "c")],
                vec![format!(
                    "up to record 3 there were 3 records on {day}, and one of them is another one now: it was altered, or put in its place"
                )],
            ),
            (
                &[(1, "a"), (2, "b"), (3, "x")],
                vec![format!(
                    "record 3 is another one than on {day}: it was altered, or put in its place (a fork)"
                )],
            ),
            (
                &[(1, "a"), (2, "c")],
                vec![
                    format!("record 3 of {day} has the number 2 now: records were renumbered"),
                    format!("up to record 3 there were 3 records on {day}, and 2 that hold now"),
                ],
            ),
        ] {
            assert_eq!(checkpoint.held_against(&records(now)), told, "{now:?}");
        }
    }

    #[test]
    fn a_checkpoint_is_read_from_its_own_bytes_and_from_no_others() {
        let checkpoint = checkpoint();
        let bytes = checkpoint.bytes();
        assert_eq!(Checkpoint::parse(&bytes).unwrap(), checkpoint);
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.replace("\"count\":3", "\"count\": 3"),
            text.replace("checkpoint/v1", "checkpoint/v2"),
            text.replace("\"count\":3", "\"count\":3,\"x\":1"),
            text.trim_end().to_owned(),
        ] {
            assert!(Checkpoint::parse(other.as_bytes()).is_none(), "{other}");
        }
        assert!(Checkpoint::of(&[], checkpoint.at, BTreeMap::new()).is_none());
    }
}
