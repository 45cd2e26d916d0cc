//! A share's envelope has one writing, and what it brings to the others never makes a wrong key.
//!
//! The first byte says what the rest is: a text as it stands, or one whose checksum is made to fit, or edits
//! of a good share, with and without.

use std::sync::OnceLock;

use keyrite::custody::gathering::Gathering;
use keyrite::custody::share::Share;
use keyrite::domain::record::Digest;
use keyrite::domain::record::hex;
use keyrite::secret::Secret;

use super::edits;
use super::fixtures;

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let mut text = rest.to_vec();
    if how & 2 == 2 {
        text = fixtures::bytes(SHARE);
        edits::apply(&mut [&mut text], rest);
    }
    if how & 1 == 1 {
        text = checksummed(&text);
    }
    if let Ok(share) = Share::parse(&secret(&text), "the share") {
        assert_eq!(share.to_text().expose(), text);
        assert!(rebuilt(share).is_none_or(|key| key == *self::key()));
    }
}

/// The key that it gives together with a good share, if it is not refused.
pub(crate) fn rebuilt(share: Share) -> Option<Secret> {
    let mut gathering = Gathering::new(None);
    let other = parsed(&fixtures::bytes(OTHER));
    gathering.add(other, "ana").expect("a good share");
    gathering.add(share, "ben").ok()?;
    Some(gathering.combine().expect("two are enough").0)
}

/// What the shares of the fixtures rebuild.
pub(crate) fn key() -> &'static Secret {
    static KEY: OnceLock<Secret> = OnceLock::new();
    KEY.get_or_init(|| {
        let mut gathering = Gathering::new(None);
        for (path, who) in [(SHARE, "ana"), (OTHER, "ben")] {
            gathering
                .add(parsed(&fixtures::bytes(path)), who)
                .expect("a good share");
        }
        gathering.combine().expect("two are enough").0
    })
}

pub(crate) fn parsed(text: &[u8]) -> Share {
    Share::parse(&secret(text), "the share").expect("a good share")
}

pub(crate) fn secret(bytes: &[u8]) -> Secret {
    Secret::take(&mut bytes.to_vec())
}

/// With the checksum that belongs to it: 8 bytes of the digest of everything before its line.
fn checksummed(text: &[u8]) -> Vec<u8> {
    let name = b"checksum ";
    let at = text.windows(name.len()).rposition(|piece| piece == name);
    let body = at.map_or(text, |at| &text[..at]);
    let sum = hex(&Digest::of(body).0[..8]);
    [body, name, sum.as_bytes(), b"\n"].concat()
}

pub(crate) const SHARE: &str = "custody/share-v1-2of3-2.txt";
const OTHER: &str = "custody/share-v1-2of3-3.txt";

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for path in [SHARE, OTHER] {
        for how in [0, 1] {
            all.push([&[how], fixtures::bytes(path).as_slice()].concat());
        }
    }
    all.extend([vec![2], vec![3]]);
    all.extend((0..16).map(|place| vec![3, 0, place / 4, place % 4 * 64, 1, 1, b'0']));
    all
}
