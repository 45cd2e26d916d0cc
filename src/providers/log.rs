//! Reads a provider's log as it comes: packed or not, in lines or as one text, whatever its size.
//!
//! What all logs have in common is here; what an entry means stands with the provider.

use std::io::BufRead;
use std::io::BufReader;

use flate2::bufread::MultiGzDecoder;
use memchr::memmem::Finder;
use serde_json::Value;

use crate::domain::log_event::Damaged;
use crate::domain::log_event::LogDamage;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogPlace;
use crate::domain::log_event::LogTally;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::providers::ProviderError;
use crate::providers::json::strict;
use crate::providers::log::entries::Entries;
use crate::providers::log::entries::Piece;
use crate::providers::log::table::Table;
use crate::providers::log::table::column;

mod entries;
pub(super) mod fields;
mod table;

/// What an entry means, to one provider.
pub(super) trait Reader {
    /// Texts of which each entry about keys holds at least one.
    const ABOUT_KEYS: &'static [&'static str];
    /// What stands before the time of an entry.
    const BEFORE_TIME: &'static [&'static str];
    /// The column that holds the entries, where they come as a table, too.
    const COLUMN: Option<&'static str> = None;

    /// Reads an entry that holds such a text; `sha256` is of its bytes.
    ///
    /// An entry about something else gives no event.
    fn entry(&mut self, entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String>;

    /// What is missing when the log is over, in words.
    fn end(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Goes through a log from its beginning to its end.
pub(super) fn read<R: Reader>(
    reader: &mut R,
    source: &mut dyn BufRead,
    each: &mut dyn FnMut(LogItem),
) -> Result<LogTally, ProviderError> {
    let packed = source.fill_buf().map_err(unread)?.starts_with(GZIP);
    let run = Run {
        reader,
        each,
        about_keys: R::ABOUT_KEYS.iter().map(Finder::new).collect(),
        before_time: R::BEFORE_TIME.iter().map(Finder::new).collect(),
        packed,
        tally: LogTally::default(),
        period: Period::default(),
    };
    if packed {
        // As zcat does: several packed pieces behind each other are one log.
        run.text(&mut BufReader::new(MultiGzDecoder::new(source)))
    } else {
        run.text(source)
    }
}

/// How a file packed by gzip begins (RFC 1952, 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";

/// A log that is being read.
struct Run<'a, R> {
    reader: &'a mut R,
    each: &'a mut dyn FnMut(LogItem),
    about_keys: Vec<Finder<'static>>,
    before_time: Vec<Finder<'static>>,
    packed: bool,
    tally: LogTally,
    period: Period,
}

impl<R: Reader> Run<'_, R> {
    fn text(mut self, source: &mut dyn BufRead) -> Result<LogTally, ProviderError> {
        match column(source, R::COLUMN) {
            Ok(None) => self.entries(Entries::of(&mut { source })),
            Ok(Some(column)) => {
                let mut lines = Table::of(source, column).map_err(unread)?;
                self.entries(Entries::of(&mut lines))
            }
            Err(error) if self.packed && is_of_packing(&error) => {
                self.damage(LogDamage {
                    at: LogPlace {
                        line: 1,
                        byte: 0,
                        entry: 1,
                    },
                    bytes: 0,
                    why: Damaged::Packing,
                });
                Ok(self.tally)
            }
            Err(error) => Err(unread(error)),
        }
    }

    fn entries(mut self, mut entries: Entries<'_>) -> Result<LogTally, ProviderError> {
        let mut cut_off = None;
        while let Some(piece) = entries.next() {
            match piece {
                Piece::Entry(at, bytes) => self.entry(at, bytes),
                // A packed file that is cut off cuts off its last entry: that is told once.
                Piece::Damage(damage) if self.packed && damage.why == Damaged::CutOff => {
                    cut_off = Some(damage);
                }
                Piece::Damage(damage) => self.damage(damage),
            }
        }
        let here = entries.here();
        match entries.failure() {
            None => {
                if let Some(damage) = cut_off {
                    self.damage(damage);
                }
            }
            Some(error) if self.packed && is_of_packing(&error) => {
                let (at, bytes) = cut_off.map_or((here, 0), |damage| (damage.at, damage.bytes));
                self.damage(LogDamage {
                    at,
                    bytes,
                    why: Damaged::Packing,
                });
            }
            Some(error) => return Err(unread(error)),
        }
        for why in self.reader.end() {
            self.damage(LogDamage {
                at: here,
                bytes: 0,
                why: Damaged::Unlike(why),
            });
        }
        (self.tally.first, self.tally.last) = self.period.ends();
        Ok(self.tally)
    }

    fn entry(&mut self, at: LogPlace, bytes: &[u8]) {
        let about_keys = self
            .about_keys
            .iter()
            .any(|text| text.find(bytes).is_some());
        let read = if about_keys {
            match strict(bytes) {
                Ok(entry) => self
                    .reader
                    .entry(&entry, Digest::of(bytes))
                    .map_err(Damaged::Unlike),
                Err(_) => Err(Damaged::Broken),
            }
        } else {
            Ok(Vec::new())
        };
        match read {
            Ok(events) => {
                self.period.take(&self.before_time, bytes);
                self.tally.entries += 1;
                for event in events {
                    self.tally.events += 1;
                    (self.each)(LogItem::Event(Box::new(event), at));
                }
            }
            Err(why) => self.damage(LogDamage {
                at,
                bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                why,
            }),
        }
    }

    fn damage(&mut self, damage: LogDamage) {
        self.tally.damaged += 1;
        (self.each)(LogItem::Damage(damage));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn unread(error: std::io::Error) -> ProviderError {
    ProviderError::Unread(error.kind())
}

/// Whether it is the packed bytes that are wrong, and not the medium they are on.
fn is_of_packing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof
    )
}

/// From when to when the entries of a log are, as they say; entries are not read for it.
#[derive(Default)]
struct Period {
    first: Option<[u8; SECONDS]>,
    last: Option<[u8; SECONDS]>,
}

/// `2026-11-22T14:05:00`; texts of this form are in the order of the moments.
const SECONDS: usize = 19;
/// What stands between the name and the time, at most: `\" : \"`.
const GAP: usize = 8;

impl Period {
    fn take(&mut self, before: &[Finder<'_>], entry: &[u8]) {
        let found = before
            .iter()
            .find_map(|name| time_behind(entry.get(name.find(entry)? + name.needle().len()..)?));
        let Some(time) = found else { return };
        if self.first.is_none_or(|first| time < first) {
            self.first = Some(time);
        }
        if self.last.is_none_or(|last| time > last) {
            self.last = Some(time);
        }
    }

    fn ends(&self) -> (Option<Moment>, Option<Moment>) {
        (moment(self.first), moment(self.last))
    }
}

fn time_behind(rest: &[u8]) -> Option<[u8; SECONDS]> {
    let near = rest.get(..rest.len().min(GAP))?;
    let digit = near.iter().position(u8::is_ascii_digit)?;
    let time: [u8; SECONDS] = rest.get(digit..digit + SECONDS)?.try_into().ok()?;
    let fits = time.iter().zip(b"0000-00-00T00:00:00").all(|(byte, like)| {
        if *like == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == like
        }
    });
    fits.then_some(time)
}

fn moment(time: Option<[u8; SECONDS]>) -> Option<Moment> {
    let text = String::from_utf8(time?.to_vec()).ok()? + "Z";
    text.parse().ok().map(Moment::new)
}

/// Everything that a reader finds in a log.
#[cfg(test)]
pub(super) fn all_of<R: Reader>(
    reader: &mut R,
    mut log: &[u8],
) -> (Vec<LogEvent>, Vec<LogDamage>, LogTally) {
    let (mut events, mut damages) = (Vec::new(), Vec::new());
    let tally = read(reader, &mut log, &mut |item| match item {
        LogItem::Event(event, _) => events.push(*event),
        LogItem::Damage(damage) => damages.push(damage),
    });
    (events, damages, tally.unwrap())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// Tells the number of each entry that speaks of keys.
    struct Numbers;

    impl Reader for Numbers {
        const ABOUT_KEYS: &'static [&'static str] = &["key"];
        const BEFORE_TIME: &'static [&'static str] = &["\"time"];
        const COLUMN: Option<&'static str> = Some("entry");

        fn entry(&mut self, entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String> {
            let number = fields::text(entry, &["key"]).ok_or("it has no number")?;
            let at = fields::moment(entry, &["time"])?;
            let event = fields::event(
                "p",
                number,
                crate::domain::log_event::Action::Other,
                at,
                sha256,
            );
            Ok(vec![event])
        }
    }

    fn names(log: &[u8]) -> (Vec<String>, Vec<LogDamage>, LogTally) {
        let (events, damages, tally) = all_of(&mut Numbers, log);
        let names = events.into_iter().map(|event| event.name).collect();
        (names, damages, tally)
    }

    fn log() -> String {
        let mut log = String::new();
        for number in 1..=40 {
            log += &format!(
                "{{\"time\":\"2026-03-{:02}T10:00:00Z\",\"key\":{number}}}\n",
                number % 28 + 1
            );
            log += "{\"time\" : \"2026-01-01T00:00:00.5Z\",\"other\":\"entry\"}\n";
        }
        log
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        flate2::bufread::GzEncoder::new(bytes, flate2::Compression::fast())
            .read_to_end(&mut all)
            .unwrap();
        all
    }

    #[test]
    fn a_log_reads_the_same_plain_and_packed_in_one_piece_or_several() {
        let log = log();
        let plain = names(log.as_bytes());
        assert_eq!((plain.0.len(), plain.1.len()), (40, 0));
        let tally = LogTally {
            entries: 80,
            events: 40,
            damaged: 0,
            first: Some("2026-01-01T00:00:00Z".parse().map(Moment::new).unwrap()),
            last: Some("2026-03-28T10:00:00Z".parse().map(Moment::new).unwrap()),
        };
        assert_eq!(plain.2, tally);
        assert_eq!(names(&packed(log.as_bytes())), plain);
        let (head, rest) = log.split_at(log.len() / 3);
        let pieces = [packed(head.as_bytes()), packed(rest.as_bytes())].concat();
        assert_eq!(names(&pieces), plain);
    }

    #[test]
    fn what_can_be_unpacked_of_a_damaged_file_is_used_and_the_damage_told() {
        let whole = packed(log().as_bytes());
        for cut in [whole.len() / 2, whole.len() - 4, whole.len() - 9] {
            let (found, damages, tally) = names(&whole[..cut]);
            assert!(!found.is_empty() && found.len() <= 40, "{cut}");
            assert_eq!(found, names(log().as_bytes()).0[..found.len()]);
            assert_eq!(damages.last().unwrap().why, Damaged::Packing, "{cut}");
            assert_eq!((damages.len(), tally.damaged), (1, 1), "{cut}");
        }
        let mut altered = whole.clone();
        let end = altered.len() - 6;
        altered[end] ^= 1;
        let (found, damages, _) = names(&altered);
        assert_eq!((found.len(), damages.len()), (40, 1));
        let foreign = [whole.as_slice(), b"more"].concat();
        assert_eq!(names(&foreign).1.len(), 1);
        assert_eq!(names(&whole[..5]).1[0].why, Damaged::Packing);
    }

    #[test]
    fn an_entry_about_keys_that_is_no_entry_is_told_and_any_other_is_left_alone() {
        let log = b"{\"key\":1}\n{\"key\":2,\"key\":3}\n{\"other\":\"\x01\"}\n{\"keys\":1,\"time\":\"now\"}\n";
        let (found, damages, tally) = names(log);
        assert!(found.is_empty());
        let why: Vec<String> = damages
            .iter()
            .map(|damage| format!("{}: {}", damage.at, damage.why))
            .collect();
        assert_eq!(
            why,
            [
                "line 1, byte 0 (entry 1): it has no `time`",
                "line 2, byte 10 (entry 2): it is no JSON",
                "line 4, byte 42 (entry 4): it has no number",
            ]
        );
        assert_eq!((tally.entries, tally.damaged, tally.first), (1, 3, None));
    }

    #[test]
    fn a_table_is_read_by_its_column_and_is_no_log_without_it() {
        let table = b"entry,x\n\"{\"\"time\"\":\"\"2026-03-01T10:00:00Z\"\",\"\"key\"\":7}\",y\n";
        assert_eq!(names(table).0, ["7"]);
        assert_eq!(names(&packed(table)).0, ["7"]);
        let (found, damages, _) = names(b"time,key\n2026-03-01T10:00:00Z,7\n");
        assert!(found.is_empty());
        assert_eq!(damages[0].why, Damaged::Broken);
    }

    #[test]
    fn whatever_is_done_to_a_log_reading_ends_and_finds_what_stands_whole_behind_it() {
        // A generator of its own, so that every run is the same.
        let mut state = 7_u64;
        let mut any = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        let log = log().into_bytes();
        let around: [&[u8]; 3] = [b"", b"[", b"{\"Records\":["];
        for round in 0..2_000 {
            let mut touched = around[round % 3].to_vec();
            touched.extend(&log[..any(400)]);
            for _ in 0..=any(3) {
                let at = any(touched.len() + 1);
                let end = (at + any(20)).min(touched.len());
                let new = (0..any(4)).map(|_| b"{}[]\",:\\x0\n"[any(11)]);
                touched.splice(at..end, new.collect::<Vec<u8>>());
            }
            touched.extend(b"\n{\"time\":\"2026-03-01T10:00:00Z\",\"key\":\"whole\"}");
            let (found, damages, tally) = names(&touched);
            assert_eq!(
                found.last().map(String::as_str),
                Some("whole"),
                "{}",
                String::from_utf8_lossy(&touched)
            );
            assert_eq!(tally.damaged, u64::try_from(damages.len()).unwrap());
        }
    }

    /// A medium that goes bad.
    struct Bad(std::io::ErrorKind);

    impl std::io::Read for Bad {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_medium_that_goes_bad_is_no_damage_of_the_log() {
        let kind = std::io::ErrorKind::PermissionDenied;
        let good = packed(log().as_bytes());
        for head in [&b""[..], b"{\"a\":1}\n", &good[..60]] {
            let mut source = BufReader::new(head.chain(Bad(kind)));
            let read = read(&mut Numbers, &mut source, &mut |_| {});
            assert_eq!(read, Err(ProviderError::Unread(kind)));
        }
    }
}
