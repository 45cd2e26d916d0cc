//! The envelope around a share: what it belongs to, and how a wrong one is seen.
//!
//! # Shape
//!
//! `keyrite-share v1`: ASCII, each line `name value` and one newline, in this order.
//!
//! ```text
//! keyrite-share v1
//! ceremony ID
//! set 32 HEX DIGITS
//! epoch NUMBER
//! key LABEL
//! type KEY TYPE                  `raw` where nobody said
//! subject key|backup-key
//! threshold NUMBER
//! total NUMBER
//! index NUMBER
//! check NAME VALUE               one for each check value, by name
//! commitment NUMBER 64 HEX DIGITS   one for each share, by number
//! field gf256-0x11b
//! salt 64 HEX DIGITS
//! share HEX DIGITS
//! checksum 16 HEX DIGITS
//! ```
//!
//! The checksum is the first 8 bytes of the SHA-256 of all bytes before its line. A commitment is
//! SHA-256(`keyrite-share-commitment/v1` ‖ set 16 bytes ‖ epoch 4 bytes big-endian ‖ index 1 byte ‖
//! salt 32 bytes ‖ share). There is one writing of every share: anything else is refused.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;
use sha2::Sha256;

use crate::crypto::random::Random;
use crate::custody::components;
use crate::custody::error::ShareError;
use crate::custody::out::Out;
use crate::custody::shamir;
use crate::domain::algorithm::KeyType;
use crate::domain::algorithm::UnknownKeyType;
use crate::domain::record::Digest;
use crate::domain::record::Subject;
use crate::domain::record::hex;
use crate::domain::record::unhex;
use crate::secret::Secret;

/// Id of a share set: 16 random bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SetId(pub [u8; 16]);

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// A text that is no set id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected 32 lower-case hexadecimal digits")]
pub struct NotASetId;

impl FromStr for SetId {
    type Err = NotASetId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = unhex(text).ok_or(NotASetId)?;
        Ok(Self(bytes.try_into().map_err(|_| NotASetId)?))
    }
}

/// What is to be split, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// Id of the ceremony.
    pub ceremony: String,
    /// Label of the key.
    pub key: String,
    /// Type of the key; none for bytes of which nobody said what they are.
    pub kind: Option<KeyType>,
    /// Whether the key itself is split, or the backup key around it.
    pub subject: Subject,
    /// 1 for the first split; goes up at each reshare.
    pub epoch: u32,
    /// How many shares rebuild.
    pub threshold: u8,
    /// How many shares are made.
    pub total: u8,
    /// Check values of the secret that is split.
    pub check_values: BTreeMap<String, String>,
}

impl Header {
    /// The type as it is written.
    pub fn kind_name(&self) -> &'static str {
        self.kind.map_or(RAW, KeyType::name)
    }
}

/// What every share of a set says alike; nothing in it is secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShareSet {
    /// Id of the set.
    pub id: SetId,
    /// What was split, and how. From a card, it has one check value only.
    pub header: Header,
    /// Commitment to share 1, share 2 and so on; none where the share comes from a card, which
    /// has no room for them.
    pub commitments: Vec<Digest>,
    /// What stands for all of this on a card.
    digest: SetDigest,
}

/// The first 16 bytes of the SHA-256 of all lines that the shares of a set have in common.
pub type SetDigest = [u8; 16];

impl ShareSet {
    fn new(id: SetId, header: Header, commitments: Vec<Digest>) -> Self {
        let mut set = Self {
            id,
            header,
            commitments,
            digest: SetDigest::default(),
        };
        let [before, after] = set.lines();
        let full = Digest::of((before + &after).as_bytes());
        for (to, from) in set.digest.iter_mut().zip(full.0) {
            *to = from;
        }
        set
    }

    /// What a card says about its set.
    pub(crate) fn from_card(id: SetId, header: Header, digest: SetDigest) -> Self {
        Self {
            id,
            header,
            commitments: Vec::new(),
            digest,
        }
    }

    /// What stands for the whole description on a card.
    pub fn digest(&self) -> SetDigest {
        self.digest
    }

    /// Whether two shares can have this and that description: of two cards, or of two files, or of
    /// a card and a file.
    pub fn agrees(&self, other: &Self) -> bool {
        let unlisted = |set: &Self| Header {
            check_values: BTreeMap::new(),
            ..set.header.clone()
        };
        let other_values = &other.header.check_values;
        self.id == other.id
            && self.digest == other.digest
            && unlisted(self) == unlisted(other)
            && self
                .header
                .check_values
                .iter()
                .all(|(name, value)| other_values.get(name).is_none_or(|other| other == value))
    }

    /// The lines before and after that of the index.
    fn lines(&self) -> [String; 2] {
        let Self {
            id,
            header,
            commitments,
            digest: _,
        } = self;
        let before = format!(
            "ceremony {}\nset {id}\nepoch {}\nkey {}\ntype {}\nsubject {}\nthreshold {}\ntotal {}\n",
            header.ceremony,
            header.epoch,
            header.key,
            header.kind_name(),
            subject_name(header.subject),
            header.threshold,
            header.total,
        );
        let checks = header
            .check_values
            .iter()
            .map(|(name, value)| format!("check {name} {value}\n"));
        let commitments = (1..=u8::MAX)
            .zip(commitments)
            .map(|(index, commitment)| format!("commitment {index} {commitment}\n"));
        [before, checks.chain(commitments).collect()]
    }

    /// The commitment to share `index`.
    pub fn commitment(&self, index: u8) -> Option<Digest> {
        let place = usize::from(index).checked_sub(1)?;
        self.commitments.get(place).copied()
    }

    /// Compares `found`, the check values of what was rebuilt, with those of what was split.
    ///
    /// # Errors
    ///
    /// [`ShareError::WrongKey`] if one is missing or differs, or if the set has none to compare.
    pub fn confirm(&self, found: &BTreeMap<String, String>) -> Result<(), ShareError> {
        let wanted = &self.header.check_values;
        let same = wanted
            .iter()
            .all(|(name, value)| found.get(name) == Some(value));
        if same && !wanted.is_empty() {
            Ok(())
        } else {
            Err(self.wrong_key())
        }
    }

    /// The error for a rebuilt secret that is not the one that was split.
    pub(crate) fn wrong_key(&self) -> ShareError {
        ShareError::WrongKey {
            set: self.id.to_string(),
            need: self.header.threshold,
        }
    }
}

/// One share in its envelope.
#[derive(Debug)]
pub struct Share {
    set: ShareSet,
    index: u8,
    salt: Secret,
    y: Secret,
}

/// A set and its shares, fresh from the split.
#[derive(Debug)]
pub struct Dealt {
    /// What the record keeps.
    pub set: ShareSet,
    /// Share 1, share 2 and so on.
    pub shares: Vec<Share>,
}

/// Splits `secret` and puts each share into its envelope.
pub fn deal(secret: &Secret, header: Header, random: &mut dyn Random) -> Result<Dealt, ShareError> {
    writable(&header)?;
    let ys = match header.subject {
        Subject::Key | Subject::BackupKey => {
            shamir::split(secret, header.threshold, header.total, random)?
        }
        Subject::Component if header.threshold == header.total => {
            components::split(secret, header.total, random)?
        }
        Subject::Component => {
            return Err(ShareError::Threshold {
                threshold: header.threshold,
                total: header.total,
            });
        }
    };
    let mut id = SetId([0; 16]);
    random.fill(&mut id.0)?;
    let mut commitments = Vec::with_capacity(ys.len());
    let mut parts = Vec::with_capacity(ys.len());
    for (index, y) in (1..=u8::MAX).zip(ys) {
        let salt = Secret::try_init(SALT, |bytes| random.fill(bytes))?;
        commitments.push(commit(id, header.epoch, index, &salt, &y));
        parts.push((index, salt, y));
    }
    let set = ShareSet::new(id, header, commitments);
    let shares = parts
        .into_iter()
        .map(|(index, salt, y)| Share {
            set: set.clone(),
            index,
            salt,
            y,
        })
        .collect();
    Ok(Dealt { set, shares })
}

impl Share {
    /// What it says about its set.
    pub fn set(&self) -> &ShareSet {
        &self.set
    }

    /// Its number, from 1.
    pub fn index(&self) -> u8 {
        self.index
    }

    /// The commitment that this share fits, whatever its list says.
    pub fn commitment(&self) -> Digest {
        commit(
            self.set.id,
            self.set.header.epoch,
            self.index,
            &self.salt,
            &self.y,
        )
    }

    /// The share itself, for combining.
    pub(crate) fn y(&self) -> &Secret {
        &self.y
    }

    /// For tests that alter a share behind its checks.
    #[cfg(test)]
    pub(crate) fn y_mut(&mut self) -> &mut Secret {
        &mut self.y
    }

    /// Whether the share fits its own list of commitments; one from a card has none to contradict it.
    pub fn fits(&self) -> bool {
        !self.has_list() || self.set.commitment(self.index) == Some(self.commitment())
    }

    /// Whether it has a list of commitments; one from a card has none.
    pub fn has_list(&self) -> bool {
        !self.set.commitments.is_empty()
    }

    /// What a card holds.
    pub(crate) fn from_card(set: ShareSet, index: u8, salt: Secret, y: Secret) -> Self {
        Self {
            set,
            index,
            salt,
            y,
        }
    }

    /// The check values of a component, as if it were a key; none of a share, which is not one.
    pub fn check_values(&self) -> Result<BTreeMap<String, String>, ShareError> {
        match (self.set.header.subject, self.set.header.kind) {
            (Subject::Component, Some(kind)) => components::check_values(kind, &self.y),
            (Subject::Component, None) | (Subject::Key | Subject::BackupKey, _) => {
                Ok(BTreeMap::new())
            }
        }
    }

    /// The random bytes in its commitment.
    pub(crate) fn salt(&self) -> &Secret {
        &self.salt
    }

    /// The envelope as text. It holds the share: it is as secret as one.
    pub fn to_text(&self) -> Secret {
        let before = self.public_lines();
        let after_salt = b"\nshare ";
        let len = before.len() + 2 * SALT + after_salt.len() + 2 * self.y.len();
        let len = len + CHECKSUM_NAME.len() + 2 * CHECKSUM + 1;
        // Sized beforehand and written in place: a buffer that grows leaves copies behind.
        Secret::init(len, |out| {
            let mut out = Out::new(out);
            out.put(before.as_bytes());
            out.put_hex(self.salt.expose());
            out.put(after_salt);
            out.put_hex(self.y.expose());
            // The newline belongs to the line before the checksum, and is summed with it.
            out.put(b"\n");
            let sum = checksum(out.written());
            out.put(b"checksum ");
            out.put_hex(&sum);
            out.put(b"\n");
        })
    }

    /// Everything up to the salt's digits.
    fn public_lines(&self) -> String {
        let [before, after] = self.set.lines();
        let index = self.index;
        format!(
            "{FIRST_LINE}\n{before}index {index}\n{after}field {}\nsalt ",
            field(self.set.header.subject)
        )
    }

    /// Reads the envelope; `label` is what errors call it.
    ///
    /// The checksum is compared here; whether the share fits its commitment is for
    /// [`crate::custody::gathering::Gathering::add`], which knows whose share it is.
    pub fn parse(text: &Secret, label: &str) -> Result<Self, ShareError> {
        let mut lines = Lines {
            rest: text.expose(),
            line: 0,
            label,
        };
        if lines.line()? != FIRST_LINE {
            return Err(lines.malformed("expected `keyrite-share v1`"));
        }
        let (set, index) = lines.set()?;
        if lines.value("field")? != field(set.header.subject) {
            return Err(lines.malformed("expected `gf256-0x11b`"));
        }
        let salt = lines.secret("salt", SALT..=SALT)?;
        let y = lines.secret("share", SHARE)?;
        let body = text.len() - lines.rest.len();
        let sum = lines.value("checksum")?;
        if sum.len() != 2 * CHECKSUM || unhex(sum).is_none() {
            return Err(lines.malformed("expected 16 hexadecimal digits"));
        }
        if !lines.rest.is_empty() {
            lines.line += 1;
            return Err(lines.malformed("nothing may follow the checksum"));
        }
        if hex(&checksum(text.expose().get(..body).unwrap_or_default())) != sum {
            return Err(ShareError::Checksum {
                share: label.to_owned(),
            });
        }
        let share = Self {
            set,
            index,
            salt,
            y,
        };
        // The promise of one writing is kept by asking for it, not only by the rules above.
        if share.to_text() == *text {
            Ok(share)
        } else {
            Err(lines.malformed("the share is not written as keyrite writes it"))
        }
    }
}

/// The lines that are still to be read.
struct Lines<'a> {
    rest: &'a [u8],
    line: usize,
    label: &'a str,
}

impl<'a> Lines<'a> {
    fn malformed(&self, what: &'static str) -> ShareError {
        ShareError::Malformed {
            share: self.label.to_owned(),
            line: self.line,
            what,
        }
    }

    /// The next line without its newline.
    fn line(&mut self) -> Result<&'a str, ShareError> {
        self.line += 1;
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let Some((line, rest)) = end.and_then(|end| self.rest.split_at_checked(end)) else {
            return Err(self.malformed(if self.rest.is_empty() {
                "the share ends here"
            } else {
                "the last line has no newline"
            }));
        };
        if line.ends_with(b"\r") {
            return Err(self.malformed("the line ends with a carriage return"));
        }
        if !line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(self.malformed("only printable ASCII is allowed"));
        }
        self.rest = rest.get(1..).unwrap_or_default();
        std::str::from_utf8(line).map_err(|_| self.malformed("only printable ASCII is allowed"))
    }

    /// The value of the next line, which must have this name.
    fn value(&mut self, name: &'static str) -> Result<&'a str, ShareError> {
        let line = self.line()?;
        line.strip_prefix(name)
            .and_then(|value| value.strip_prefix(' '))
            .ok_or_else(|| {
                self.malformed(
                    NAMES
                        .iter()
                        .find_map(|(known, what)| (*known == name).then_some(*what))
                        .unwrap_or("another line is expected here"),
                )
            })
    }

    /// The lines from `ceremony` to the last `commitment`.
    fn set(&mut self) -> Result<(ShareSet, u8), ShareError> {
        let ceremony = self.value("ceremony")?.to_owned();
        let id = self
            .value("set")?
            .parse()
            .map_err(|_| self.malformed("expected 32 hexadecimal digits"))?;
        let epoch = self.number("epoch")?;
        let key = self.value("key")?.to_owned();
        let kind =
            kind_named(self.value("type")?).map_err(|_| self.malformed("unknown key type"))?;
        let subject = match self.value("subject")? {
            "key" => Subject::Key,
            "backup-key" => Subject::BackupKey,
            "component" => Subject::Component,
            _ => return Err(self.malformed("expected `key`, `backup-key` or `component`")),
        };
        let threshold = self.number("threshold")?;
        if threshold < 2 {
            return Err(self.malformed("the threshold is less than 2"));
        }
        let total = self.number("total")?;
        if total < threshold {
            return Err(self.malformed("the total is less than the threshold"));
        }
        let index = self.number("index")?;
        if index < 1 || index > total {
            return Err(self.malformed("the index is not between 1 and the total"));
        }
        let mut check_values = BTreeMap::new();
        while self.next_is("check ") {
            let (name, value) = self
                .value("check")?
                .split_once(' ')
                .ok_or_else(|| self.malformed("expected a name and a value"))?;
            if check_values
                .last_key_value()
                .is_some_and(|(last, _): (&String, &String)| last.as_str() >= name)
            {
                return Err(self.malformed("check values are not in order"));
            }
            check_values.insert(name.to_owned(), value.to_owned());
        }
        let mut commitments = Vec::with_capacity(usize::from(total));
        for wanted in 1..=total {
            let (number, digest) = self
                .value("commitment")?
                .split_once(' ')
                .ok_or_else(|| self.malformed("expected a number and a digest"))?;
            if number != wanted.to_string() {
                return Err(self.malformed("commitments are not in order"));
            }
            commitments.push(
                digest
                    .parse()
                    .map_err(|_| self.malformed("expected 64 hexadecimal digits"))?,
            );
        }
        let header = Header {
            ceremony,
            key,
            kind,
            subject,
            epoch,
            threshold,
            total,
            check_values,
        };
        writable(&header).map_err(|_| ShareError::Malformed {
            share: self.label.to_owned(),
            line: 1,
            what: "a name is not one printable line",
        })?;
        Ok((ShareSet::new(id, header, commitments), index))
    }

    /// A decimal number without leading zeros.
    fn number<N: FromStr + fmt::Display>(&mut self, name: &'static str) -> Result<N, ShareError> {
        let text = self.value(name)?;
        text.parse::<N>()
            .ok()
            .filter(|number| number.to_string() == text)
            .ok_or_else(|| self.malformed("expected a number"))
    }

    /// Bytes in hexadecimal, straight into their last place.
    fn secret(
        &mut self,
        name: &'static str,
        lengths: std::ops::RangeInclusive<usize>,
    ) -> Result<Secret, ShareError> {
        let text = self.value(name)?;
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        if !odd.is_empty() || !lengths.contains(&pairs.len()) {
            return Err(self.malformed("the number of digits is wrong"));
        }
        Secret::try_init(pairs.len(), |bytes| {
            for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
                *byte = nibble(*high)? << 4 | nibble(*low)?;
            }
            Ok(())
        })
        .map_err(|()| self.malformed("expected hexadecimal digits"))
    }

    fn next_is(&self, start: &str) -> bool {
        self.rest.starts_with(start.as_bytes())
    }
}

fn nibble(digit: u8) -> Result<u8, ()> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        0..=b'/' | b':'..=b'`' | b'g'..=u8::MAX => Err(()),
    }
}

fn commit(set: SetId, epoch: u32, index: u8, salt: &Secret, y: &Secret) -> Digest {
    let mut hash = Sha256::new();
    hash.update(COMMITMENT);
    hash.update(set.0);
    hash.update(epoch.to_be_bytes());
    hash.update([index]);
    hash.update(salt.expose());
    hash.update(y.expose());
    Digest(hash.finalize().into())
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = [0; CHECKSUM];
    for (to, from) in sum.iter_mut().zip(Digest::of(body).0) {
        *to = from;
    }
    sum
}

/// The type that a name means; none for the name of bytes without a type.
pub(crate) fn kind_named(name: &str) -> Result<Option<KeyType>, UnknownKeyType> {
    if name == RAW {
        return Ok(None);
    }
    name.parse().map(Some)
}

/// Refuses names that would not fit on their line of a share.
pub(crate) fn writable(header: &Header) -> Result<(), ShareError> {
    let line = |text: &str| {
        !text.is_empty()
            && text.trim() == text
            && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
    };
    let word = |text: &str| line(text) && !text.contains(' ');
    let field = if !line(&header.ceremony) {
        "id of the ceremony"
    } else if !line(&header.key) {
        "label of the key"
    } else if !header.check_values.keys().all(|name| word(name)) {
        "name of a check value"
    } else if !header.check_values.values().all(|value| line(value)) {
        "check value"
    } else {
        return Ok(());
    };
    Err(ShareError::Unwritable { field })
}

fn subject_name(subject: Subject) -> &'static str {
    match subject {
        Subject::Key => "key",
        Subject::BackupKey => "backup-key",
        Subject::Component => "component",
    }
}

/// How the shares of a subject are put together.
const fn field(subject: Subject) -> &'static str {
    match subject {
        Subject::Key | Subject::BackupKey => FIELD,
        Subject::Component => XOR,
    }
}

/// How the text of a share begins.
pub(crate) const FIRST_LINE: &str = "keyrite-share v1";
/// The ceremony of shares that were made in none; no script can have this id.
pub const NO_CEREMONY: &str = "-";
/// The type of bytes of which nobody said what they are.
const RAW: &str = "raw";
const FIELD: &str = "gf256-0x11b";
/// What stands in its place where the shares are XOR components.
const XOR: &str = "xor";
const COMMITMENT: &[u8] = b"keyrite-share-commitment/v1";
const CHECKSUM_NAME: &str = "\nchecksum ";
const CHECKSUM: usize = 8;
/// Length of the random bytes in a commitment.
pub(crate) const SALT: usize = 32;
/// Lengths of a share.
pub(crate) const SHARE: std::ops::RangeInclusive<usize> = 16..=64;

/// What to say when another line stands where this one belongs.
const NAMES: &[(&str, &str)] = &[
    ("ceremony", "expected `ceremony ID`"),
    ("set", "expected `set ID`"),
    ("epoch", "expected `epoch NUMBER`"),
    ("key", "expected `key LABEL`"),
    ("type", "expected `type KEY-TYPE`"),
    ("subject", "expected `subject key` or `subject backup-key`"),
    ("threshold", "expected `threshold NUMBER`"),
    ("total", "expected `total NUMBER`"),
    ("index", "expected `index NUMBER`"),
    ("check", "expected `check NAME VALUE`"),
    ("commitment", "expected `commitment NUMBER DIGEST`"),
    ("field", "expected `field gf256-0x11b`"),
    ("salt", "expected `salt HEX`"),
    ("share", "expected `share HEX`"),
    ("checksum", "expected `checksum HEX`"),
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::custody::gathering::Gathering;
    use crate::custody::shamir::tests::Counting;

    pub(crate) fn header() -> Header {
        Header {
            ceremony: "acme-2026".to_owned(),
            key: "acme-root".to_owned(),
            kind: Some(KeyType::Aes256),
            subject: Subject::Key,
            epoch: 1,
            threshold: 2,
            total: 3,
            check_values: BTreeMap::from([("cmac-5".to_owned(), "0123456789".to_owned())]),
        }
    }

    pub(crate) fn dealt() -> Dealt {
        deal(&Secret::zeroed(32), header(), &mut SystemRandom).unwrap()
    }

    fn secret(text: &[u8]) -> Secret {
        Secret::take(&mut text.to_vec())
    }

    /// Replaces text in a share and makes its checksum fit again.
    pub(crate) fn forged(share: &Share, from: &str, to: &str) -> Share {
        let text = String::from_utf8(share.to_text().expose().to_vec()).unwrap();
        let text = text.replacen(from, to, 1);
        let body = text.split_once("checksum ").unwrap().0;
        let text = format!("{body}checksum {}\n", hex(&checksum(body.as_bytes())));
        Share::parse(&secret(text.as_bytes()), "forged").unwrap()
    }

    pub(crate) fn copy(share: &Share) -> Share {
        Share::parse(&share.to_text(), "copy").unwrap()
    }

    /// The same share as a card has it: without a list.
    pub(crate) fn carded(share: &Share) -> Share {
        let mut share = copy(share);
        share.set.commitments.clear();
        share
    }

    #[test]
    fn a_share_that_was_altered_does_not_fit_its_list() {
        let mut share = copy(&dealt().shares[0]);
        assert!(share.fits());
        share.y_mut().expose_mut()[0] ^= 1;
        assert!(!share.fits());
        // A card has no list to contradict it.
        assert!(carded(&share).fits());
    }

    #[test]
    fn components_are_all_needed_and_each_has_check_values() {
        let of = |threshold| Header {
            subject: Subject::Component,
            threshold,
            ..header()
        };
        let key = Secret::init(32, |bytes| bytes.fill(7));
        let dealt = deal(&key, of(3), &mut SystemRandom).unwrap();
        for share in &dealt.shares {
            let values = components::check_values(KeyType::Aes256, share.y());
            assert_eq!(share.check_values(), values);
            assert!(!values.unwrap().is_empty());
        }
        let error = deal(&key, of(2), &mut SystemRandom).unwrap_err();
        let (threshold, total) = (2, 3);
        assert_eq!(error, ShareError::Threshold { threshold, total });
    }

    #[test]
    fn a_share_reads_back_as_the_same_bytes() {
        for (threshold, total) in [(2, 2), (3, 5), (255, 255)] {
            let header = Header {
                threshold,
                total,
                ..header()
            };
            for share in deal(&Secret::zeroed(64), header, &mut SystemRandom)
                .unwrap()
                .shares
            {
                let text = share.to_text();
                let read = Share::parse(&text, "a").unwrap();
                assert!(read.fits() && read.to_text() == text);
                assert_eq!(read.set, share.set);
            }
        }
    }

    #[test]
    fn version_1_stays_readable() {
        // Frozen: a vector may be added here, never changed.
        let made = deal(
            &Secret::init(32, |bytes| {
                for (byte, value) in bytes.iter_mut().zip(0..) {
                    *byte = value;
                }
            }),
            header(),
            &mut Counting(0),
        )
        .unwrap();
        let frozen: [&[u8]; 2] = [
            include_bytes!("../../tests/data/custody/share-v1-2of3-2.txt"),
            include_bytes!("../../tests/data/custody/share-v1-2of3-3.txt"),
        ];
        let mut gathering = Gathering::new(None);
        for (frozen, made) in frozen.into_iter().zip(&made.shares[1..]) {
            assert_eq!(
                String::from_utf8_lossy(made.to_text().expose()),
                String::from_utf8_lossy(frozen)
            );
            let share = Share::parse(&secret(frozen), "frozen").unwrap();
            gathering.add(share, "ana").unwrap();
        }
        let (secret, _) = gathering.combine().unwrap();
        assert!(
            (0..)
                .zip(secret.expose())
                .all(|(value, byte)| *byte == value)
        );
    }

    #[test]
    fn any_changed_or_missing_byte_is_refused() {
        let text = dealt().shares[1].to_text();
        for at in 0..text.len() {
            let mut bytes = text.expose().to_vec();
            for to in [bytes[at] ^ 1, bytes[at] ^ 32, b'\n', b'0', 0x80] {
                if to != text.expose()[at] {
                    bytes[at] = to;
                    assert!(
                        Share::parse(&secret(&bytes), "x").is_err(),
                        "byte {at} is {to}"
                    );
                }
            }
            assert!(Share::parse(&secret(&text.expose()[..at]), "x").is_err());
        }
    }

    #[test]
    fn dropped_doubled_and_swapped_lines_are_refused_with_their_number() {
        let text = dealt().shares[0].to_text();
        let lines: Vec<_> = text
            .expose()
            .split_inclusive(|byte| *byte == b'\n')
            .collect();
        for at in 0..lines.len() {
            let mut dropped = lines.clone();
            dropped.remove(at);
            let mut doubled = lines.clone();
            doubled.insert(at, lines[at]);
            let mut swapped = lines.clone();
            swapped.swap(at, (at + 1) % lines.len());
            for wrong in [dropped, doubled, swapped] {
                match Share::parse(&secret(&wrong.concat()), "x") {
                    Err(ShareError::Malformed { line, .. }) => {
                        assert!(
                            line.abs_diff(at + 1) <= 1 || line == 1,
                            "{at} told as {line}"
                        );
                    }
                    // A missing optional line leaves a well-formed text.
                    Err(ShareError::Checksum { .. }) => assert!(lines[at].starts_with(b"check ")),
                    other => panic!("line {at}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn each_line_says_what_is_expected_of_it() {
        let share = copy(&dealt().shares[0]);
        let text = String::from_utf8(share.to_text().expose().to_vec()).unwrap();
        let (body, _) = text.split_once("checksum ").unwrap();
        for (wrong, at, wanted) in [
            (
                text.replace("threshold 2", "limit 2"),
                8,
                "expected `threshold NUMBER`",
            ),
            (
                text.replace("index 1", "index 0"),
                10,
                "the index is not between 1 and the total",
            ),
            (
                text.replace("index 1", "index 4"),
                10,
                "the index is not between 1 and the total",
            ),
            (
                text.replace("check cmac-5", "check z 1\ncheck cmac-5"),
                12,
                "check values are not in order",
            ),
            (
                text.replace("check cmac-5", "check cmac-5 1\ncheck cmac-5"),
                12,
                "check values are not in order",
            ),
            (
                text.replace("\nsalt ", "\nsalt 0"),
                16,
                "the number of digits is wrong",
            ),
            (
                text.replace("\nsalt ", "\nsalt 00"),
                16,
                "the number of digits is wrong",
            ),
            (
                format!("{body}checksum abcd\n"),
                18,
                "expected 16 hexadecimal digits",
            ),
            (
                format!("{text}more\n"),
                19,
                "nothing may follow the checksum",
            ),
        ] {
            match Share::parse(&secret(wrong.as_bytes()), "x") {
                Err(ShareError::Malformed { line, what, .. }) => {
                    assert_eq!((line, what), (at, wanted));
                }
                other => panic!("{wanted}: {other:?}"),
            }
        }
        let two = forged(&share, "check cmac-5", "check a 1\ncheck cmac-5");
        assert_eq!(two.set.header.check_values.len(), 2);
    }

    #[test]
    fn messages_never_hold_what_was_typed() {
        let text = dealt().shares[0].to_text();
        let text = String::from_utf8(text.expose().to_vec()).unwrap();
        let wrong = text.replace("\nshare ", "\nshare TYPED");
        let error = Share::parse(&secret(wrong.as_bytes()), "the share of Ana").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the share of Ana is malformed in line 17")
        );
        assert!(!error.to_string().contains("TYPED"));
    }

    #[test]
    fn check_values_must_be_there_and_equal() {
        let set = dealt().set;
        assert!(set.confirm(&header().check_values).is_ok());
        let mut more = header().check_values;
        more.insert("sha256".to_owned(), "aa".to_owned());
        assert!(set.confirm(&more).is_ok());
        let wrong = BTreeMap::from([("cmac-5".to_owned(), "ffffffffff".to_owned())]);
        assert!(set.confirm(&wrong).is_err());
        assert!(set.confirm(&BTreeMap::new()).is_err());
        let none = Header {
            check_values: BTreeMap::new(),
            ..header()
        };
        let nothing = ShareSet::new(set.id, none, set.commitments);
        assert!(nothing.confirm(&more).is_err());
    }

    #[test]
    fn check_values_that_break_a_line_are_refused() {
        for (name, value, field) in [
            ("a b", "1", "name of a check value"),
            ("", "1", "name of a check value"),
            ("a", "1\n2", "check value"),
        ] {
            let header = Header {
                check_values: BTreeMap::from([(name.to_owned(), value.to_owned())]),
                ..header()
            };
            assert_eq!(writable(&header), Err(ShareError::Unwritable { field }));
        }
    }

    #[test]
    fn names_that_break_a_line_are_refused() {
        for key in ["", " a", "a\nb", "ä", "a\tb"] {
            let header = Header {
                key: key.to_owned(),
                ..header()
            };
            assert_eq!(
                deal(&Secret::zeroed(32), header, &mut SystemRandom).unwrap_err(),
                ShareError::Unwritable {
                    field: "label of the key"
                }
            );
        }
    }
}
