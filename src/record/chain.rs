//! The chain of lines: reads a record and says where it was touched.

use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::FORMAT;
use crate::domain::record::Sealed;
use crate::record::error::RecordError;

/// Reads a whole record that begins at `script`, the bytes of script.yaml.
///
/// Every line must be canonical, continue the line before it and carry the number of its place.
/// What was cut off the end leaves no trace in a chain: [`sealed`] says whether the record is whole.
pub fn parse(bytes: &[u8], script: &[u8]) -> Result<Vec<Entry>, RecordError> {
    let resumable = parse_open(bytes, script)?;
    if resumable.torn.is_some() {
        return Err(RecordError::Cut {
            line: resumable.entries.len() + 1,
        });
    }
    if resumable.entries.is_empty() {
        return Err(RecordError::Empty);
    }
    Ok(resumable.entries)
}

/// A record whose last line may be half-written.
#[derive(Clone, Debug, PartialEq)]
pub struct Resumable {
    /// Entries of the whole lines; none if not even the first was written.
    pub entries: Vec<Entry>,
    /// A last line without its newline.
    pub torn: Option<Vec<u8>>,
    /// How many bytes the whole lines take.
    pub good_len: usize,
}

/// Reads a record that was interrupted: like [`parse`], but a last line without a newline is set aside.
pub fn parse_open(bytes: &[u8], script: &[u8]) -> Result<Resumable, RecordError> {
    let good_len = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let (good, torn) = bytes.split_at_checked(good_len).unwrap_or((bytes, &[]));
    let mut lines: Vec<&[u8]> = good.split(|byte| *byte == b'\n').collect();
    // Behind the last newline there is nothing.
    lines.pop();
    let entries = lines
        .iter()
        .zip(1..)
        .map(|(bytes, line)| read(bytes, line))
        .collect::<Result<Vec<_>, _>>()?;
    Chain::new(&lines, &entries, script).check()?;
    if !torn.is_empty() && sealed(&entries).is_some() {
        return Err(RecordError::AfterSeal {
            line: entries.len() + 1,
        });
    }
    Ok(Resumable {
        entries,
        torn: (!torn.is_empty()).then(|| torn.to_vec()),
        good_len,
    })
}

/// SHA-256 of the last line: what the next one continues. Nothing before the first.
pub fn head(entries: &[Entry]) -> Option<Digest> {
    entries.last().map(|entry| Digest::of(&entry.line()))
}

/// The seal, if the record has one.
pub fn sealed(entries: &[Entry]) -> Option<&Sealed> {
    match &entries.last()?.event {
        Event::Sealed(sealed) => Some(sealed),
        Event::Open(_)
        | Event::Step(_)
        | Event::Handed(_)
        | Event::Exception(_)
        | Event::Resumed(_)
        | Event::Lost(_)
        | Event::Recovered(_)
        | Event::BatchKey(_)
        | Event::Orphan(_)
        | Event::Calling(_) => None,
    }
}

fn read(bytes: &[u8], line: usize) -> Result<Entry, RecordError> {
    let entry: Entry = serde_json::from_slice(bytes).map_err(|error| {
        // The reader numbers lines, too, and may quote what moves a terminal's cursor.
        let text = error.to_string();
        let what = text
            .rsplit_once(" at line ")
            .map_or(&*text, |(what, _)| what);
        RecordError::NotAnEntry {
            line,
            column: error.column(),
            why: what.escape_debug().to_string(),
        }
    })?;
    // Catches doubled keys, too, of which the reader keeps one.
    if entry.line() == bytes {
        Ok(entry)
    } else {
        Err(RecordError::NotCanonical { line })
    }
}

/// A record's lines with what they should continue.
struct Chain<'a> {
    lines: &'a [&'a [u8]],
    entries: &'a [Entry],
    /// The script's digest, then that of each line: place n is what line n (from 0) continues.
    digests: Vec<Digest>,
}

impl<'a> Chain<'a> {
    fn new(lines: &'a [&'a [u8]], entries: &'a [Entry], script: &[u8]) -> Self {
        let digests = std::iter::once(Digest::of(script))
            .chain(lines.iter().map(|line| Digest::of(line)))
            .collect();
        Self {
            lines,
            entries,
            digests,
        }
    }

    fn check(&self) -> Result<(), RecordError> {
        let mut before: Option<&Entry> = None;
        for ((place, entry), wanted) in self.entries.iter().enumerate().zip(&self.digests) {
            self.linked(place, entry, *wanted)?;
            let line = place + 1;
            match (&entry.event, before.map(|before| &before.event)) {
                (Event::Open(open), None) if open.format != FORMAT => {
                    return Err(RecordError::Format {
                        found: open.format.clone(),
                    });
                }
                (Event::Open(_), Some(_)) => return Err(RecordError::OpenedAgain { line }),
                (_, Some(Event::Sealed(_))) => return Err(RecordError::AfterSeal { line }),
                (Event::Open(_), None) | (_, Some(_)) => {}
                (_, None) => return Err(RecordError::NotOpened),
            }
            if let Some(before) = before.filter(|before| before.at > entry.at) {
                return Err(RecordError::ClockWentBack {
                    seq: entry.seq,
                    at: entry.at,
                    before: before.at,
                });
            }
            before = Some(entry);
        }
        Ok(())
    }

    /// Whether an entry continues the line before it; if not, what that looks like.
    fn linked(&self, place: usize, entry: &Entry, wanted: Digest) -> Result<(), RecordError> {
        let line = place + 1;
        let seq = u64::try_from(place).unwrap_or(u64::MAX);
        if entry.prev == wanted {
            if entry.seq == seq {
                return Ok(());
            }
            return Err(RecordError::Number {
                line,
                found: entry.seq,
                wanted: seq,
            });
        }
        let earlier = self.lines.iter().take(place);
        let same = |other: &&[u8]| self.lines.get(place) == Some(other);
        if let Some(of) = earlier.into_iter().position(same) {
            return Err(RecordError::Doubled { line, of: of + 1 });
        }
        // Place 0 is the script: a line that continues it belongs to the top.
        if let Some(after) = self.digests.iter().position(|digest| *digest == entry.prev) {
            return Err(RecordError::Moved { line, after });
        }
        if entry.seq > seq {
            return Err(RecordError::Dropped {
                line,
                missing: entry.seq - seq,
            });
        }
        if place == 0 {
            return Err(RecordError::OtherScript {
                found: entry.prev,
                wanted,
            });
        }
        Err(RecordError::Changed {
            line: place,
            next: line,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::record::Exception;
    use crate::domain::record::Mode;
    use crate::domain::record::Moment;
    use crate::domain::record::Open;
    use crate::domain::record::Outcome;
    use crate::domain::record::Tool;
    use crate::domain::record::namespace;

    const SCRIPT: &[u8] = b"ceremony: acme-2026\n";

    fn moment(seconds: i64) -> Moment {
        Moment::new(jiff::Timestamp::from_second(1_795_352_700 + seconds).unwrap())
    }

    fn open() -> Event {
        Event::Open(Box::new(Open {
            format: FORMAT.to_owned(),
            ceremony: "acme-2026".to_owned(),
            title: "A key for Acme — with ünïcode".to_owned(),
            kind: "key".to_owned(),
            mode: Mode::Practice,
            tool: Tool {
                name: "keyrite".to_owned(),
                version: "0.1.0".to_owned(),
                sha256: None,
                library: None,
            },
            rules: None,
            allowed_signers: Digest::of(b"signers"),
            verify_txt: Digest::of(b"verify"),
            verify_py: None,
            people: vec![],
            script_approvals: vec![],
            inputs: vec![],
            batches: vec![],
            token: None,
            given: vec![],
            items: Vec::new(),
            access: None,
            external: vec![],
            organisation: None,
            readiness: vec![],
            lifecycle: vec![],
            follows: None,
        }))
    }

    fn exception(step: u32) -> Event {
        Event::Exception(Exception {
            step,
            expected: "a quiet room".to_owned(),
            happened: "a knock at the door".to_owned(),
            decided: "go on".to_owned(),
            decided_by: "ana".to_owned(),
            request: None,
            signatures: vec![],
        })
    }

    fn seal() -> Event {
        Event::Sealed(Sealed {
            outcome: Outcome::Complete,
            reason: None,
            signers: vec!["ana".to_owned()],
            namespace: namespace::RECORD.to_owned(),
            quorum: BTreeMap::new(),
            exceptions: 3,
            keys: BTreeMap::new(),
            void_sets: vec![],
            void_artifacts: vec![],
        })
    }

    /// Lines of a record of these events, one second apart, each with its newline.
    fn chain(events: Vec<Event>, step: i64) -> Vec<Vec<u8>> {
        let mut prev = Digest::of(SCRIPT);
        (0_i64..)
            .zip(events)
            .map(|(seq, event)| {
                let entry = Entry {
                    seq: u64::try_from(seq).unwrap(),
                    prev,
                    at: moment(seq * step),
                    event,
                };
                let mut line = entry.line();
                prev = Digest::of(&line);
                line.push(b'\n');
                line
            })
            .collect()
    }

    fn good() -> Vec<Vec<u8>> {
        let events = vec![open(), exception(1), exception(2), exception(3), seal()];
        chain(events, 1)
    }

    fn refusal(lines: &[Vec<u8>]) -> RecordError {
        parse(&lines.concat(), SCRIPT).unwrap_err()
    }

    #[test]
    fn a_good_record_is_read_and_its_head_is_the_last_line() {
        let lines = good();
        let entries = parse(&lines.concat(), SCRIPT).unwrap();
        assert_eq!(entries.len(), 5);
        assert!(sealed(&entries).is_some());
        let last = lines[4].strip_suffix(b"\n").unwrap();
        assert_eq!(head(&entries), Some(Digest::of(last)));
        assert!(sealed(&entries[..4]).is_none());
    }

    #[test]
    fn frozen_records_stay_readable() {
        // Frozen: a vector may be added here, never changed.
        let frozen = include_bytes!("../../tests/data/record/chain-v1.jsonl");
        assert_eq!(
            String::from_utf8_lossy(&good().concat()),
            String::from_utf8_lossy(frozen)
        );
        assert!(parse(frozen, SCRIPT).is_ok());
    }

    #[test]
    fn any_changed_byte_is_refused_or_changes_the_head() {
        let bytes = good().concat();
        let entries = parse(&bytes, SCRIPT).unwrap();
        let last = bytes.len() - good()[4].len();
        for at in 0..bytes.len() {
            for change in [1, 2, 32, 128] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                match parse(&changed, SCRIPT) {
                    Err(_) => {}
                    // Nothing continues the last line: the signatures hold it.
                    Ok(read) => {
                        assert!(at >= last, "byte {at}");
                        assert_ne!(head(&read), head(&entries), "byte {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_dropped_line_is_told() {
        let lines = good();
        for at in 0..4 {
            let mut dropped = lines.clone();
            dropped.remove(at);
            assert_eq!(
                refusal(&dropped),
                RecordError::Dropped {
                    line: at + 1,
                    missing: 1
                }
            );
        }
        let entries = parse(&lines[..4].concat(), SCRIPT).unwrap();
        assert!(sealed(&entries).is_none());
        assert_eq!(parse(b"", SCRIPT), Err(RecordError::Empty));
    }

    #[test]
    fn a_doubled_line_is_told() {
        let lines = good();
        for at in 0..5 {
            let mut doubled = lines.clone();
            doubled.insert(at, lines[at].clone());
            assert_eq!(
                refusal(&doubled),
                RecordError::Doubled {
                    line: at + 2,
                    of: at + 1
                }
            );
        }
    }

    #[test]
    fn swapped_lines_are_told() {
        let lines = good();
        for at in 0..5 {
            for with in at + 1..5 {
                let mut swapped = lines.clone();
                swapped.swap(at, with);
                // The line that was carried up continues one that now stands elsewhere.
                let place = if with - 1 == at { with } else { with - 1 };
                assert_eq!(
                    refusal(&swapped),
                    RecordError::Moved {
                        line: at + 1,
                        after: place + 1
                    },
                    "{at} and {with}"
                );
            }
        }
    }

    #[test]
    fn a_changed_line_is_told_by_the_next() {
        let lines = good();
        let mut changed = lines.clone();
        changed[2] = String::from_utf8(changed[2].clone())
            .unwrap()
            .replace("a quiet room", "a noisy room")
            .into_bytes();
        assert_eq!(refusal(&changed), RecordError::Changed { line: 3, next: 4 });
    }

    #[test]
    fn a_truncated_line_is_refused() {
        let lines = good();
        for (at, line) in lines.iter().enumerate() {
            for keep in 0..line.len() {
                let mut cut = lines.clone();
                cut[at].truncate(keep);
                if at == 4 && keep == 0 {
                    assert!(sealed(&parse(&cut.concat(), SCRIPT).unwrap()).is_none());
                } else {
                    assert!(parse(&cut.concat(), SCRIPT).is_err(), "line {at} at {keep}");
                }
            }
        }
    }

    #[test]
    fn another_script_is_named() {
        let bytes = good().concat();
        assert_eq!(
            parse(&bytes, b"other").unwrap_err(),
            RecordError::OtherScript {
                found: Digest::of(SCRIPT),
                wanted: Digest::of(b"other")
            }
        );
    }

    #[test]
    fn other_writings_of_an_entry_are_refused() {
        let line = String::from_utf8(good()[0].clone()).unwrap();
        for (wrong, name) in [
            (line.replace("\"seq\":0", "\"seq\": 0"), "a space"),
            (
                line.replace("\"seq\":0", "\"seq\":0,\"seq\":0"),
                "a doubled key",
            ),
            (
                line.replace("\"seq\":0", "\"seq\":0,\"extra\":1"),
                "a foreign key",
            ),
            (line.replace("\"seq\":0", "\"seq\":-0"), "a negative zero"),
            (
                line.replace("keyrite-record", "\\u006beyrite-record"),
                "an escape",
            ),
            (line.replace("\"follows\":null,", ""), "a missing key"),
            (line.replace('\n', "\r\n"), "a carriage return"),
        ] {
            assert_ne!(wrong, line, "{name}");
            assert!(
                matches!(
                    parse(wrong.as_bytes(), SCRIPT),
                    Err(RecordError::NotCanonical { line: 1 }
                        | RecordError::NotAnEntry { line: 1, .. })
                ),
                "{name}"
            );
        }
    }

    #[test]
    fn order_of_opening_and_seal_is_kept() {
        for (events, wanted) in [
            (vec![exception(1)], RecordError::NotOpened),
            (vec![open(), open()], RecordError::OpenedAgain { line: 2 }),
            (
                vec![open(), seal(), exception(1)],
                RecordError::AfterSeal { line: 3 },
            ),
        ] {
            assert_eq!(refusal(&chain(events, 1)), wanted);
        }
        let Event::Open(mut newer) = open() else {
            unreachable!()
        };
        newer.format = "keyrite-record/v2".to_owned();
        assert_eq!(
            refusal(&chain(vec![Event::Open(newer)], 1)),
            RecordError::Format {
                found: "keyrite-record/v2".to_owned()
            }
        );
    }

    #[test]
    fn time_may_stand_still_but_not_go_back() {
        assert!(parse(&chain(vec![open(), seal()], 0).concat(), SCRIPT).is_ok());
        assert_eq!(
            refusal(&chain(vec![open(), seal()], -1)),
            RecordError::ClockWentBack {
                seq: 1,
                at: moment(-1),
                before: moment(0)
            }
        );
    }

    #[test]
    fn a_torn_last_line_is_set_aside_for_resuming() {
        let lines = good();
        let whole = lines[..2].concat();
        for keep in 1..lines[2].len() {
            let torn = &lines[2][..keep];
            let bytes = [&whole, torn].concat();
            let read = parse_open(&bytes, SCRIPT).unwrap();
            assert_eq!(read.entries.len(), 2);
            assert_eq!(
                (read.torn.as_deref(), read.good_len),
                (Some(torn), whole.len())
            );
            assert_eq!(parse(&bytes, SCRIPT), Err(RecordError::Cut { line: 3 }));
        }
        assert_eq!(parse_open(&whole, SCRIPT).unwrap().torn, None);
        assert_eq!(parse_open(b"", SCRIPT).unwrap().good_len, 0);
        let sealed = [lines.concat(), b"{".to_vec()].concat();
        assert_eq!(
            parse_open(&sealed, SCRIPT),
            Err(RecordError::AfterSeal { line: 6 })
        );
    }
}
