//! Finds the entries of a log without reading what is in them.
//!
//! Whatever the file is (a line for each entry, one array, objects that hold an array of entries),
//! it is gone through once, byte by byte, in constant memory. What is no JSON is passed over to the
//! next place where an entry can begin, and told.

use std::io;
use std::io::Read;

use memchr::memchr_iter;

use crate::domain::log_event::Damaged;
use crate::domain::log_event::LONGEST_ENTRY;
use crate::domain::log_event::LogDamage;
use crate::domain::log_event::LogPlace;
use crate::providers::log::entries::scan::Found;
use crate::providers::log::entries::scan::Scan;

mod scan;

/// What comes next in a log.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// An entry: one whole value of JSON, as far as its brackets, strings and commas go.
    Entry(LogPlace, &'a [u8]),
    /// Something that is none.
    Damage(LogDamage),
}

/// The entries of one log, one after the other.
pub(super) struct Entries<'a> {
    source: &'a mut dyn Read,
    /// What was read and is not done with.
    window: Vec<u8>,
    /// Where the entry begins in the window.
    start: usize,
    /// How far the window was looked at.
    at: usize,
    /// Offset of the window's first byte in the log.
    before: u64,
    /// Line breaks before `start`.
    lines: u64,
    /// Entries that began.
    count: u64,
    /// Nothing more comes from the source.
    ended: bool,
    /// Why nothing more could be read.
    failed: Option<io::Error>,
    /// The arrays that hold the entries: whether each stands in an object.
    arrays: Vec<bool>,
    /// How entries of this log begin, from the bracket to the end of the first name.
    beginning: Option<Vec<u8>>,
    scan: Scan,
}

/// Arrays of entries within each other.
const ARRAYS: usize = 4;
/// How much is read at once.
const CHUNK: usize = 128 << 10;
/// The longest beginning of an entry that is remembered.
const BEGINNING: usize = 80;

impl<'a> Entries<'a> {
    pub(super) fn of(source: &'a mut dyn Read) -> Self {
        Self {
            source,
            window: Vec::new(),
            start: 0,
            at: 0,
            before: 0,
            lines: 0,
            count: 0,
            ended: false,
            failed: None,
            arrays: Vec::new(),
            beginning: None,
            scan: Scan::default(),
        }
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Option<Piece<'_>> {
        loop {
            if self.scan.began.is_none() && !self.scan.rest && !self.find_value() {
                return None;
            }
            match self.find_its_end() {
                Found::End if self.scan.rest => {
                    self.scan = Scan::default();
                    self.drop_to(self.at);
                }
                Found::End => {
                    let (gone, began) = (self.scan.gone, self.began());
                    self.scan = Scan::default();
                    let (from, to) = (self.start, self.at);
                    self.drop_to(to);
                    if gone > 0 {
                        let bytes = gone + len(to - from);
                        return Some(damage(began, bytes, Damaged::TooLong));
                    }
                    let bytes = self.window.get(from..to).unwrap_or_default();
                    return Some(Piece::Entry(began, bytes));
                }
                Found::Name => self.remember_beginning(),
                Found::Array => {
                    self.forget_beginning();
                    // What began as an entry is the object around them.
                    if !self.scan.rest {
                        self.count -= 1;
                    }
                    self.scan = Scan::default();
                    self.arrays.push(true);
                    self.drop_to(self.at);
                }
                Found::More => return Some(self.pass_over(true)),
                Found::Bad => return Some(self.pass_over(false)),
            }
        }
    }

    /// Why nothing more could be read, where that is the end.
    pub(super) fn failure(self) -> Option<io::Error> {
        self.failed
    }

    /// Where the log ends, as far as it could be read.
    pub(super) fn here(&self) -> LogPlace {
        LogPlace {
            line: self.lines + 1,
            byte: self.before + len(self.start),
            entry: self.count,
        }
    }

    fn began(&self) -> LogPlace {
        self.scan.began.unwrap_or_else(|| self.here())
    }

    /// Goes to the beginning of the next value, through arrays and what stands between values.
    fn find_value(&mut self) -> bool {
        loop {
            let Some(byte) = self.byte() else {
                return false;
            };
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => self.at += 1,
                // Bytes of the mark that Windows writes before a text.
                0xef | 0xbb | 0xbf => self.at += 1,
                b'[' if self.arrays.len() < ARRAYS => {
                    self.at += 1;
                    self.arrays.push(false);
                }
                b']' if !self.arrays.is_empty() => {
                    self.at += 1;
                    if self.arrays.pop() == Some(true) {
                        self.drop_to(self.at);
                        self.scan = Scan::behind_array();
                        return true;
                    }
                }
                _ => break,
            }
        }
        self.drop_to(self.at);
        self.count += 1;
        self.scan.began = Some(self.here());
        true
    }

    /// Goes to the end of the value that began, or of a name in it, as long as none is known.
    fn find_its_end(&mut self) -> Found {
        loop {
            let rest = self.window.get(self.at..).unwrap_or_default();
            let room = self.arrays.len() < ARRAYS;
            let (passed, found) = self.scan.through(rest, room, self.beginning.is_none());
            self.at += passed;
            match found {
                Found::More if self.fill() => {}
                Found::End | Found::More | Found::Name | Found::Array | Found::Bad => return found,
            }
            if self.scan.rest || self.at - self.start > LONGEST_ENTRY {
                self.scan.gone += len(self.at - self.start);
                self.drop_to(self.at);
            }
        }
    }

    /// A name is over: the first one of an entry is how entries of this log begin.
    fn remember_beginning(&mut self) {
        if !self.scan.rest && self.at - self.start < BEGINNING {
            self.beginning = self.window.get(self.start..self.at).map(<[u8]>::to_vec);
        }
    }

    /// The name of the array is not how an entry begins.
    fn forget_beginning(&mut self) {
        let around = self.window.get(self.start..self.at).unwrap_or_default();
        if let Some(known) = &self.beginning
            && around.starts_with(known)
        {
            self.beginning = None;
        }
    }

    /// Passes over what is no JSON, to the next place where an entry can begin.
    fn pass_over(&mut self, cut_off: bool) -> Piece<'static> {
        let began = self.began();
        let why = if self.scan.gone > 0 {
            Damaged::TooLong
        } else if cut_off {
            Damaged::CutOff
        } else {
            Damaged::Broken
        };
        self.scan = Scan::default();
        // Offsets in the log, for the window moves.
        let mut from = self.before + len(self.start) + 1;
        loop {
            let place = usize::try_from(from - self.before).unwrap_or(usize::MAX);
            if let Some(found) = self.beginning_from(place) {
                self.drop_to(found);
                break;
            }
            // What may be the first half of a beginning stays.
            let end = self.window.len();
            from = from.max((self.before + len(end)).saturating_sub(len(BEGINNING)));
            let place = usize::try_from(from - self.before).unwrap_or(usize::MAX);
            self.drop_to(place.min(end));
            if !self.fill() {
                self.drop_to(self.window.len());
                break;
            }
        }
        self.at = self.start;
        let bytes = self.before + len(self.start) - began.byte;
        damage(began, bytes, why)
    }

    /// Where in the window, behind `from`, an entry can begin.
    fn beginning_from(&self, from: usize) -> Option<usize> {
        let rest = self.window.get(from..)?;
        let known = self.beginning.as_deref().unwrap_or(b"{");
        let begins = |at: &usize| {
            let after_line = at.checked_sub(1).and_then(|at| rest.get(at)) == Some(&b'\n');
            after_line || rest.get(*at..).is_some_and(|here| here.starts_with(known))
        };
        // To the nearest bracket and no further: damage may follow damage in each line.
        let first = memchr_iter(b'{', rest).find(begins)?;
        Some(from + first)
    }

    /// The byte to be looked at.
    fn byte(&mut self) -> Option<u8> {
        loop {
            if let Some(byte) = self.window.get(self.at) {
                return Some(*byte);
            }
            self.drop_to(self.at);
            if !self.fill() {
                return None;
            }
        }
    }

    /// Is done with everything before `to`.
    fn drop_to(&mut self, to: usize) {
        let done = self.window.get(self.start..to).unwrap_or_default();
        self.lines += len(memchr_iter(b'\n', done).count());
        self.start = to;
        self.at = self.at.max(to);
    }

    /// Reads on; false at the end.
    fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        self.window.drain(..self.start);
        self.before += len(self.start);
        self.at -= self.start;
        self.start = 0;
        let kept = self.window.len();
        self.window.resize(kept + CHUNK, 0);
        let room = self.window.get_mut(kept..).unwrap_or_default();
        let read = loop {
            match self.source.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some(error);
                    break 0;
                }
                Ok(read) => break read,
            }
        };
        self.window.truncate(kept + read);
        self.ended = read == 0;
        !self.ended
    }
}

fn damage(at: LogPlace, bytes: u64, why: Damaged) -> Piece<'static> {
    Piece::Damage(LogDamage { at, bytes, why })
}

fn len(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let now = self.1.min(into.len()).min(self.0.len());
            let (head, rest) = self.0.split_at(now);
            into[..now].copy_from_slice(head);
            self.0 = rest;
            Ok(now)
        }
    }

    /// The entries of a log as text, and its damages as `why@byte+bytes`.
    fn pieces(log: &[u8], at_once: usize) -> Vec<String> {
        let mut source = Slowly(log, at_once);
        let mut entries = Entries::of(&mut source);
        let mut all = Vec::new();
        while let Some(piece) = entries.next() {
            all.push(match piece {
                Piece::Entry(_, bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Piece::Damage(damage) => {
                    format!("{:?}@{}+{}", damage.why, damage.at.byte, damage.bytes)
                }
            });
        }
        assert!(entries.failure().is_none());
        all
    }

    #[track_caller]
    fn assert_pieces(log: &str, wanted: &[&str]) {
        for at_once in [1, 2, 3, 7, 1 << 20] {
            assert_eq!(pieces(log.as_bytes(), at_once), wanted, "{at_once}: {log}");
        }
    }

    #[test]
    fn entries_are_found_in_lines_in_an_array_and_in_objects_around_an_array() {
        let (one, other) = (r#"{"a":1,"b":[{"c":"}]"}]}"#, r#"{"a":2}"#);
        for log in [
            format!("{one}\n{other}\n"),
            format!("{one}\r\n\r\n{other}"),
            format!("\u{feff}{one}{other}"),
            format!("[{one},{other}]"),
            format!("[\n  {one},\n  {other}\n]\n"),
            format!(r#"{{"Records":[{one},{other}]}}"#),
            format!("{{\"records\": [\n{one},\n{other}\n]}}"),
            format!(r#"{{"NextToken":"a[{{","Events":[{one},{other}],"more":{{"x":[1]}}}}"#),
            format!(r#"{{"Status":{{"a":1}},"Events":[{one},{other}]}}"#),
            format!("{{\"records\":[{one}]}}\n{{\"records\":[{other}]}}\n"),
            format!(r#"[{{"records":[{one}]}},{{"records":[{other}]}}]"#),
        ] {
            assert_pieces(&log, &[one, other]);
        }
        assert_pieces(r#"{"Records":[]}"#, &[]);
        assert_pieces("", &[]);
        // Not every array is one of entries.
        let other = r#"{"records":{"records":[1]}}"#;
        assert_pieces(other, &[other]);
        // Texts may be entries: tools print entries as strings.
        assert_pieces(
            r#"["{\"a\":1}", 7 ,true]"#,
            &[r#""{\"a\":1}""#, "7", "true"],
        );
    }

    #[test]
    fn a_broken_entry_costs_no_other_one() {
        let good = r#"{"a":1,"b":{"c":[true,null,-1.5e3]}}"#;
        for broken in [
            r#"{"a":1,"b"#,
            r#"{"a":1,"b:2}"#,
            r#"{"a":1,b":2}"#,
            r#"{"a":1,"b":}"#,
            r#"{"a":1,"b":["#,
            r#"{"a":1,"b":[1}"#,
            r#"{"a":1]"#,
            r#"{"a":1,,"b":2}"#,
            r#"{"a" 1}"#,
            r#"{"a":1}}"#,
            r#"{"a":1,"b":"c""#,
            "{\"a\":\0\0\0\0\0\0",
            "garbage",
            r#"{"a":"\"}"#,
        ] {
            for (before, between, after) in [
                ("", "\n", "\n"),
                ("[", ",", "]"),
                ("{\"Records\":[", ",", "]}"),
            ] {
                let log =
                    format!("{before}{good}{between}{broken}{between}{good}{between}{good}{after}");
                for at_once in [3, 1 << 20] {
                    let found = pieces(log.as_bytes(), at_once);
                    let whole = found.iter().filter(|piece| *piece == good).count();
                    assert_eq!(whole, 3, "{broken:?} in {before}: {found:?}");
                    assert!(
                        found.iter().any(|piece| piece.starts_with("Broken@")),
                        "{broken:?} in {before}: {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn damage_is_told_with_its_place() {
        let log = "{\"a\":1}\n{\"a\":2\n{\"a\":3}\n{\"a\":";
        let mut source = log.as_bytes();
        let mut entries = Entries::of(&mut source);
        let mut places = Vec::new();
        while let Some(piece) = entries.next() {
            places.push(match piece {
                Piece::Entry(at, _) => (at.line, at.byte, at.entry, None),
                Piece::Damage(damage) => {
                    let LogPlace { line, byte, entry } = damage.at;
                    (line, byte, entry, Some((damage.bytes, damage.why)))
                }
            });
        }
        assert_eq!(
            places,
            [
                (1, 0, 1, None),
                (2, 8, 2, Some((7, Damaged::Broken))),
                (3, 15, 3, None),
                (4, 23, 4, Some((5, Damaged::CutOff))),
            ]
        );
    }

    /// Far more than an entry may have, made while it is read.
    struct Endless {
        head: &'static [u8],
        middle: usize,
        tail: &'static [u8],
    }

    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if !self.head.is_empty() {
                return self.head.read(into);
            }
            if self.middle > 0 {
                let now = self.middle.min(into.len());
                into[..now].fill(b'x');
                self.middle -= now;
                return Ok(now);
            }
            self.tail.read(into)
        }
    }

    #[test]
    fn an_entry_of_a_hundred_megabytes_is_passed_over_in_constant_memory() {
        for (head, middle, tail, why) in [
            (
                &b"{\"a\":1}\n{\"a\":\""[..],
                100_000_000,
                &b"\"}\n{\"a\":3}\n"[..],
                Damaged::TooLong,
            ),
            (
                b"{\"Records\":[{\"a\":1},{\"a\":\"",
                10_000_000,
                b"\"},{\"a\":3}]}",
                Damaged::TooLong,
            ),
            (
                b"{\"a\":1}\n",
                10_000_000,
                b"\n{\"a\":3}\n",
                Damaged::Broken,
            ),
        ] {
            let mut source = Endless { head, middle, tail };
            let mut entries = Entries::of(&mut source);
            let (mut good, mut bad) = (0, Vec::new());
            while let Some(piece) = entries.next() {
                match piece {
                    Piece::Entry(..) => good += 1,
                    Piece::Damage(damage) => {
                        assert!(damage.bytes >= u64::try_from(middle).unwrap());
                        bad.push(damage.why);
                    }
                }
            }
            assert_eq!((good, bad), (2, vec![why]));
            assert!(entries.window.capacity() < 4 * LONGEST_ENTRY);
        }
    }

    /// Looking for the next entry through all that was read, for each line anew, would be 45 GB here.
    #[test]
    fn a_log_of_broken_lines_is_gone_through_once() {
        let mut log = String::from("{\"a\":1}\n");
        log.push_str(&"{x\n".repeat(700_000));
        log.push_str("{\"a\":2}\n");
        let mut source = log.as_bytes();
        let mut entries = Entries::of(&mut source);
        let (mut good, mut bad) = (0, 0);
        while let Some(piece) = entries.next() {
            match piece {
                Piece::Entry(..) => good += 1,
                Piece::Damage(_) => bad += 1,
            }
        }
        assert_eq!((good, bad), (2, 700_000));
    }

    #[test]
    fn brackets_that_never_close_end_the_entry_and_not_the_program() {
        let mut log = "[{\"a\":".repeat(20_000);
        log.push_str("\n{\"a\":1}\n");
        let found = pieces(log.as_bytes(), 1 << 20);
        assert_eq!(found.last().unwrap(), r#"{"a":1}"#);
    }
}
