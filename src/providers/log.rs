//! Reads a provider's log as it comes: packed or not, in lines or as one text, whatever its size.
//!
//! What all logs have in common is here; what an entry means stands with the provider.

use std::io::BufRead;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use memchr::memmem::Finder;
use serde_json::Value;

use crate::domain::log_event::Damaged;
use crate::domain::log_event::LogDamage;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::providers::ProviderError;
use crate::providers::json::strict;
use crate::providers::log::entries::Entries;
use crate::providers::log::entries::Piece;

mod entries;
pub(super) mod fields;

/// What an entry means, to one provider.
pub(super) trait Reader {
    /// Texts of which each entry about keys holds at least one.
    const ABOUT_KEYS: &'static [&'static str];
    /// What stands before the time of an entry.
    const BEFORE_TIME: &'static [&'static str];

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
    let packed = source
        .fill_buf()
        .map_err(|error| ProviderError::Unread(error.kind()))?
        .starts_with(GZIP);
    if packed {
        // As zcat does: several packed pieces behind each other are one log.
        through(reader, &mut MultiGzDecoder::new(source), true, each)
    } else {
        through(reader, &mut { source }, false, each)
    }
}

/// How a file packed by gzip begins (RFC 1952, 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";

fn through<R: Reader>(
    reader: &mut R,
    source: &mut dyn Read,
    packed: bool,
    each: &mut dyn FnMut(LogItem),
) -> Result<LogTally, ProviderError> {
    let about_keys: Vec<Finder<'_>> = R::ABOUT_KEYS.iter().map(Finder::new).collect();
    let before_time: Vec<Finder<'_>> = R::BEFORE_TIME.iter().map(Finder::new).collect();
    let mut tally = LogTally::default();
    let mut period = Period::default();
    let mut cut_off = None;
    let mut entries = Entries::of(source);
    while let Some(piece) = entries.next() {
        let damage = match piece {
            Piece::Entry(at, bytes) => {
                period.take(&before_time, bytes);
                tally.entries += 1;
                if !about_keys.iter().any(|text| text.find(bytes).is_some()) {
                    continue;
                }
                let why = match strict(bytes).map(|entry| reader.entry(&entry, Digest::of(bytes))) {
                    Ok(Ok(events)) => {
                        for event in events {
                            tally.events += 1;
                            each(LogItem::Event(Box::new(event), at));
                        }
                        continue;
                    }
                    Ok(Err(why)) => Damaged::Unlike(why),
                    Err(_) => Damaged::Broken,
                };
                tally.entries -= 1;
                LogDamage {
                    at,
                    bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                    why,
                }
            }
            // A packed file that is cut off cuts off its last entry: that is told once.
            Piece::Damage(damage) if packed && damage.why == Damaged::CutOff => {
                cut_off = Some(damage);
                continue;
            }
            Piece::Damage(damage) => damage,
        };
        tally.damaged += 1;
        each(LogItem::Damage(damage));
    }
    let here = entries.here();
    let mut last = Vec::new();
    match (entries.failure(), cut_off) {
        (None, cut_off) => last.extend(cut_off),
        (Some(error), cut_off) if packed && is_of_packing(&error) => {
            let (at, bytes) = cut_off.map_or((here, 0), |damage| (damage.at, damage.bytes));
            last.push(LogDamage {
                at,
                bytes,
                why: Damaged::Packing,
            });
        }
        (Some(error), _) => return Err(ProviderError::Unread(error.kind())),
    }
    last.extend(reader.end().into_iter().map(|why| LogDamage {
        at: here,
        bytes: 0,
        why: Damaged::Unlike(why),
    }));
    for damage in last {
        tally.damaged += 1;
        each(LogItem::Damage(damage));
    }
    (tally.first, tally.last) = period.ends();
    Ok(tally)
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
