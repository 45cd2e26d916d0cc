//! Goes through a value of JSON to its end, byte by byte, without reading what is in it.

use memchr::memchr;
use memchr::memchr2;

use crate::domain::log_event::LogPlace;

/// Where in a value the scan is.
#[derive(Default)]
pub(super) struct Scan {
    want: Want,
    /// How deep in brackets; for each, from the outermost at bit 0, whether it is an object's.
    depth: u32,
    objects: u128,
    /// The name that was read last in the outermost object, as far as it matters.
    name: Vec<u8>,
    /// The rest of an object whose array of entries is over: nobody's entry.
    pub(super) rest: bool,
    /// The value is too long to be kept: how much of it is gone already.
    pub(super) gone: u64,
    /// Where the value began.
    pub(super) began: Option<LogPlace>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Want {
    #[default]
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
    /// Within a number, `true`, `false` or `null`.
    Word,
    /// Within a string: whether it is a name, whether a backslash came.
    Text {
        name: bool,
        escaped: bool,
    },
}

/// What the scan came to.
pub(super) enum Found {
    /// The value ends before this place in the window.
    End,
    /// The window is over first.
    More,
    /// A name is over.
    Name,
    /// The value is the object around an array of entries, which begins behind this place.
    Array,
    /// This is no JSON.
    Bad,
}

impl Scan {
    /// Behind an array of entries: what is left of the object around it.
    pub(super) fn behind_array() -> Self {
        Self {
            want: Want::CommaOrEnd,
            depth: 1,
            objects: 1,
            rest: true,
            ..Self::default()
        }
    }

    /// Goes on through bytes: how many of them it is past, and what it came to. An array of entries is one only
    /// where there is room for another, and names are told only where somebody asks for them.
    pub(super) fn through(&mut self, bytes: &[u8], room: bool, names: bool) -> (usize, Found) {
        let mut at = 0;
        loop {
            if let Want::Text { name, escaped } = self.want {
                let rest = bytes.get(at..).unwrap_or_default();
                let (passed, found) = self.text(rest, name, escaped);
                at += passed;
                match found {
                    Some(Found::Name) if !names => {}
                    Some(found) => return (at, found),
                    None => {}
                }
                continue;
            }
            let Some(byte) = bytes.get(at).copied() else {
                return (at, Found::More);
            };
            match (byte, self.want) {
                (b' ' | b'\t' | b'\r' | b'\n', Want::Word) if self.depth == 0 => {
                    return (at, Found::End);
                }
                (b' ' | b'\t' | b'\r' | b'\n', Want::Word) => self.want = Want::CommaOrEnd,
                (b' ' | b'\t' | b'\r' | b'\n', _) => {}
                (b'"', Want::Value | Want::ValueOrEnd) => {
                    self.want = Want::Text {
                        name: false,
                        escaped: false,
                    };
                }
                (b'"', Want::Name | Want::NameOrEnd) => {
                    if self.depth == 1 {
                        self.name.clear();
                    }
                    self.want = Want::Text {
                        name: true,
                        escaped: false,
                    };
                }
                (b':', Want::Colon) => self.want = Want::Value,
                (b'[', Want::Value)
                    if room
                        && self.depth == 1
                        && self.in_object()
                        && self.gone_is_nothing()
                        && HOLDERS.contains(&self.name.as_slice()) =>
                {
                    return (at + 1, Found::Array);
                }
                (b'{' | b'[', Want::Value | Want::ValueOrEnd) => {
                    if self.depth >= DEPTH {
                        return (at, Found::Bad);
                    }
                    let bit = 1 << self.depth;
                    self.depth += 1;
                    if byte == b'{' {
                        self.objects |= bit;
                        self.want = Want::NameOrEnd;
                    } else {
                        self.objects &= !bit;
                        self.want = Want::ValueOrEnd;
                    }
                }
                (b'}', Want::NameOrEnd | Want::CommaOrEnd | Want::Word) if self.in_object() => {
                    at += 1;
                    if self.closed() {
                        return (at, Found::End);
                    }
                    continue;
                }
                (b']', Want::ValueOrEnd | Want::CommaOrEnd | Want::Word) if self.in_array() => {
                    at += 1;
                    if self.closed() {
                        return (at, Found::End);
                    }
                    continue;
                }
                (b',' | b']', Want::Word) if self.depth == 0 => return (at, Found::End),
                (b',', Want::CommaOrEnd | Want::Word) if self.in_object() => self.want = Want::Name,
                (b',', Want::CommaOrEnd | Want::Word) if self.in_array() => self.want = Want::Value,
                (b'-' | b'0'..=b'9' | b't' | b'f' | b'n', Want::Value | Want::ValueOrEnd) => {
                    self.want = Want::Word;
                }
                (b'+' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E', Want::Word) => {}
                _ => return (at, Found::Bad),
            }
            at += 1;
        }
    }

    /// Goes on within a string: how many bytes it is past, and what it came to, if that is the end of something.
    fn text(&mut self, rest: &[u8], name: bool, escaped: bool) -> (usize, Option<Found>) {
        let escape = |escaped| Want::Text { name, escaped };
        if escaped {
            if rest.is_empty() {
                return (0, Some(Found::More));
            }
            self.want = escape(false);
            return (1, None);
        }
        let end = memchr2(b'"', b'\\', rest);
        let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if memchr(b'\n', text).is_some() {
            return (0, Some(Found::Bad));
        }
        if name && self.depth == 1 {
            let room = NAME.saturating_sub(self.name.len()).min(text.len());
            self.name.extend(text.iter().take(room));
        }
        let Some(end) = end else {
            return (rest.len(), Some(Found::More));
        };
        if rest.get(end) == Some(&b'\\') {
            self.want = escape(true);
            return (end + 1, None);
        }
        if name {
            self.want = Want::Colon;
            return (end + 1, Some(Found::Name));
        }
        self.want = Want::CommaOrEnd;
        (end + 1, (self.depth == 0).then_some(Found::End))
    }

    fn in_object(&self) -> bool {
        self.depth > 0 && self.objects >> (self.depth - 1) & 1 == 1
    }

    fn in_array(&self) -> bool {
        self.depth > 0 && self.objects >> (self.depth - 1) & 1 == 0
    }

    /// A bracket was closed; whether the value is over.
    fn closed(&mut self) -> bool {
        self.depth -= 1;
        self.want = Want::CommaOrEnd;
        self.depth == 0
    }

    /// Whether all of the value is in the window, or none of it is anybody's.
    fn gone_is_nothing(&self) -> bool {
        self.gone == 0 || self.rest
    }
}

/// Names of the arrays in which providers' tools put entries.
const HOLDERS: [&[u8]; 6] = [
    b"Records",
    b"records",
    b"Events",
    b"value",
    b"entries",
    b"QueryResultRows",
];
/// The longest of them, and one more.
const NAME: usize = 16;
/// Brackets within each other, as many as the reader of JSON takes.
const DEPTH: u32 = 120;
