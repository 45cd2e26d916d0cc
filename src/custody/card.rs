//! A share on paper: a card whose lines are typed in again one by one, each checked at once.
//!
//! # Shape
//!
//! `keyrite-card v1`: a first line, remarks that begin with `#`, and at most 31 numbered lines of
//! seven groups of four of Crockford's base-32 digits, of which the last group checks the line (see
//! [`line`](mod@line)). Each line carries 15 bytes. All of them together are
//!
//! | bytes | what |
//! |---|---|
//! | 1 | 1, the version |
//! | 1 | number of lines |
//! | 1 | index |
//! | 1 | threshold |
//! | 1 | total |
//! | 4 | epoch, big-endian |
//! | 1 | subject: 0 the key, 1 a backup key, 2 the key in XOR components |
//! | 16 | set |
//! | 16 | digest of the set: see [`SetDigest`] |
//! | texts | ceremony, key, type, check value (`NAME VALUE`): a byte for the length, then ASCII |
//! | 32 | salt |
//! | 1 + n | length of the share, and the share |
//! | … | zeros up to the checksum |
//! | 4 | the first bytes of SHA-256(`keyrite-card/v1` ‖ everything before) |
//!
//! A card has everything but the list of commitments, which would triple what is typed. Its place
//! takes the digest of the whole set: cards of one set agree on it, and with the record, or with
//! any share of the set that is a file, a card's commitment is checked as a file's is.

pub mod entry;
pub mod error;
pub mod line;
pub mod paper;
mod qr;

use std::collections::BTreeMap;

use sha2::Digest as _;
use sha2::Sha256;

use crate::crypto::check_value::CheckValues;
use crate::custody::card::error::CardError;
use crate::custody::card::line::BYTES;
use crate::custody::error::ShareError;
use crate::custody::out::Out;
use crate::custody::share::Header;
use crate::custody::share::SALT;
use crate::custody::share::SHARE;
use crate::custody::share::SetDigest;
use crate::custody::share::SetId;
use crate::custody::share::Share;
use crate::custody::share::ShareSet;
use crate::custody::share::kind_named;
use crate::custody::share::writable;
use crate::domain::record::Subject;
use crate::secret::Secret;

/// How the text of a card begins.
pub const FIRST_LINE: &str = "keyrite-card v1";
/// What is hashed before the bytes of a card.
const CHECKSUM_NAME: &[u8] = b"keyrite-card/v1";
const VERSION: u8 = 1;
const CHECKSUM: usize = 4;
/// Everything of fixed length: numbers, set, digest, salt, five lengths, checksum.
const FIXED: usize = 10 + 16 + 16 + SALT + 5 + CHECKSUM;

/// A card: its lines as they are printed.
#[derive(Debug)]
pub struct Card {
    bytes: Secret,
    set: SetId,
    header: Header,
    index: u8,
    /// Name and value of the check value that people compare.
    check: String,
    remarks: Vec<String>,
}

impl Card {
    /// The card of a share.
    ///
    /// # Errors
    ///
    /// [`CardError::TooLong`] if its names are too long for one.
    pub fn of(share: &Share) -> Result<Self, ShareError> {
        let ShareSet { id, header, .. } = share.set();
        let values = CheckValues::from(header.check_values.clone());
        let (check, value) = values.headline().unwrap_or_default();
        let texts = [
            header.ceremony.clone(),
            header.key.clone(),
            header.kind_name().to_owned(),
            format!("{check} {value}").trim().to_owned(),
        ];
        let text_bytes: usize = texts.iter().map(String::len).sum();
        let lines = (FIXED + text_bytes + share.y().len()).div_ceil(BYTES);
        let number = u8::try_from(lines)
            .ok()
            .filter(|lines| *lines <= line::MOST);
        let (Some(number), true) = (number, texts.iter().all(|text| text.len() <= 255)) else {
            return Err(CardError::TooLong {
                key: header.key.clone(),
            }
            .into());
        };
        let len = lines * BYTES;
        let bytes = Secret::init(len, |bytes| {
            let mut out = Out::new(bytes);
            out.put(&[VERSION, number, share.index()]);
            out.put(&[header.threshold, header.total]);
            out.put(&header.epoch.to_be_bytes());
            out.put(&[subject_number(header.subject)]);
            out.put(&id.0);
            out.put(&share.set().digest());
            for text in &texts {
                out.put(&[length(text.len())]);
                out.put(text.as_bytes());
            }
            out.put(share.salt().expose());
            out.put(&[length(share.y().len())]);
            out.put(share.y().expose());
            let (body, sum) = bytes.split_at_mut(len - CHECKSUM);
            sum.copy_from_slice(&checksum(body));
        });
        let index = share.index();
        let of_this = match header.subject {
            Subject::Key | Subject::BackupKey => {
                format!(
                    "share {index} of {}, any {} rebuild",
                    header.total, header.threshold
                )
            }
            Subject::Component => format!("component {index} of {}, all are needed", header.total),
        };
        let [_, _, _, check_text] = texts;
        let mut remarks = vec![
            format!("{}: {of_this}", header.key),
            format!("set {id}, epoch {}, {check} {value}", header.epoch),
        ];
        for (name, value) in share.check_values()? {
            remarks.push(format!("component {index} alone: {name} {value}"));
        }
        Ok(Self {
            bytes,
            set: *id,
            header: header.clone(),
            index,
            check: check_text,
            remarks,
        })
    }

    /// Each line: number, six groups, and the group that checks them.
    pub fn lines(&self) -> Vec<Secret> {
        (1..)
            .zip(self.bytes.expose().as_chunks::<BYTES>().0)
            .map(|(number, bytes)| line::write(number, bytes))
            .collect()
    }

    /// The card as text, with what is public about it in remarks. It is as secret as the share.
    pub fn to_text(&self) -> Secret {
        let lines = self.lines();
        let remarks = self.remarks.iter().map(|remark| format!("# {remark}\n"));
        let head = format!("{FIRST_LINE}\n{}", remarks.collect::<String>());
        let written: usize = lines.iter().map(|line| line.len() + 1).sum();
        Secret::init(head.len() + written, |bytes| {
            let mut out = Out::new(bytes);
            out.put(head.as_bytes());
            for line in &lines {
                out.put(line.expose());
                out.put(b"\n");
            }
        })
    }

    /// The card as a QR code holds it: on one line, in the characters that such a code packs best,
    /// and without the spaces inside a line.
    pub fn to_qr_text(&self) -> Secret {
        let lines = self.lines();
        let head = FIRST_LINE.to_ascii_uppercase();
        let len = head.len() + lines.len() * (3 + line::DIGITS);
        Secret::init(len, |bytes| {
            let mut out = Out::new(bytes);
            out.put(head.as_bytes());
            for line in &lines {
                out.put(b" ");
                for group in line.expose().split(|byte| *byte == b' ') {
                    out.put(group);
                }
            }
        })
    }

    /// The QR code of a card for a terminal, with its quiet zone.
    pub fn to_terminal(&self) -> Result<Secret, ShareError> {
        Ok(self.code(qr::Level::Terminal)?.terminal())
    }

    fn code(&self, level: qr::Level) -> Result<qr::Code, CardError> {
        qr::Code::of(&self.to_qr_text(), level).ok_or_else(|| CardError::TooLong {
            key: self.header.key.clone(),
        })
    }
}

/// Whether a text is a card, from a file or out of a QR code.
pub fn looks_like_card(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.get(..FIRST_LINE.len())
        .is_some_and(|first| first.eq_ignore_ascii_case(FIRST_LINE.as_bytes()))
}

/// Takes apart the bytes of a whole card; `label` is what errors call it.
fn read(bytes: &[u8], label: &str) -> Result<Share, ShareError> {
    let (body, sum) = bytes.split_at(bytes.len().saturating_sub(CHECKSUM));
    if checksum(body) != sum {
        return Err(CardError::Mixed {
            card: label.to_owned(),
        }
        .into());
    }
    let content = |what| CardError::Content {
        card: label.to_owned(),
        what,
    };
    let mut rest = Rest(body);
    let share = rest.share().map_err(content)?;
    // One writing of each card, as of each share.
    if Card::of(&share)?.bytes.expose() == bytes {
        Ok(share)
    } else {
        Err(content("it is not written as keyrite writes it").into())
    }
}

/// The bytes of a card that are still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or("it ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| "it ends too early")
    }

    fn text(&mut self) -> Result<&'a str, &'static str> {
        let [len] = self.array()?;
        std::str::from_utf8(self.take(usize::from(len))?).map_err(|_| "a name is no text")
    }

    fn share(&mut self) -> Result<Share, &'static str> {
        let [VERSION, _lines, index, threshold, total] = self.array()? else {
            return Err("it is of a later version");
        };
        let epoch = u32::from_be_bytes(self.array()?);
        let subject = match self.array()? {
            [0] => Subject::Key,
            [1] => Subject::BackupKey,
            [2] => Subject::Component,
            [3..=u8::MAX] => return Err("its subject is unknown"),
        };
        let id = SetId(self.array()?);
        let digest: SetDigest = self.array()?;
        let ceremony = self.text()?.to_owned();
        let key = self.text()?.to_owned();
        let kind = kind_named(self.text()?).map_err(|_| "its type of key is unknown")?;
        let check = self.text()?;
        let check_values: BTreeMap<_, _> = check
            .split_once(' ')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let salt = self.take(SALT)?;
        let [len] = self.array()?;
        let y = self.take(usize::from(len))?;
        if !SHARE.contains(&y.len()) {
            return Err("the length of its share is wrong");
        }
        let all_needed = subject == Subject::Component;
        if threshold < 2
            || total < threshold
            || index < 1
            || index > total
            || (all_needed && threshold != total)
        {
            return Err("its numbers do not fit each other");
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
        writable(&header).map_err(|_| "a name is not one printable line")?;
        let copy = |bytes: &[u8]| Secret::init(bytes.len(), |to| to.copy_from_slice(bytes));
        let set = ShareSet::from_card(id, header, digest);
        Ok(Share::from_card(set, index, copy(salt), copy(y)))
    }
}

const fn subject_number(subject: Subject) -> u8 {
    match subject {
        Subject::Key => 0,
        Subject::BackupKey => 1,
        Subject::Component => 2,
    }
}

fn length(len: usize) -> u8 {
    u8::try_from(len).unwrap_or(u8::MAX)
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Sha256::new();
    hash.update(CHECKSUM_NAME);
    hash.update(body);
    let mut sum = [0; CHECKSUM];
    for (to, from) in sum.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::custody::card::entry::Entry;
    use crate::custody::card::entry::parse;
    use crate::custody::gathering::Gathering;
    use crate::custody::share::deal;
    use crate::custody::share::tests::copy;
    use crate::custody::share::tests::dealt;
    use crate::custody::share::tests::header;
    use crate::domain::record::Digest;

    fn text(share: &Share) -> String {
        let card = Card::of(share).unwrap().to_text();
        String::from_utf8(card.expose().to_vec()).unwrap()
    }

    fn parsed(text: &str) -> Result<Share, ShareError> {
        parse(&Secret::take(&mut text.as_bytes().to_vec()), "the card")
    }

    fn code(text: &str) -> Vec<String> {
        text.lines().skip(3).map(str::to_owned).collect()
    }

    fn with(lines: &[String]) -> String {
        format!("{FIRST_LINE}\n{}\n", lines.join("\n"))
    }

    fn wrong(lines: &[String]) -> CardError {
        match parsed(&with(lines)) {
            Err(ShareError::Card(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_card_reads_back_as_its_share_from_paper_and_from_its_qr_code() {
        for (threshold, total, len) in [(2, 3, 16), (3, 5, 32), (200, 255, 64)] {
            let header = Header {
                threshold,
                total,
                ..header()
            };
            let share = deal(&Secret::zeroed(len), header, &mut SystemRandom)
                .unwrap()
                .shares
                .remove(1);
            let card = Card::of(&share).unwrap();
            for text in [card.to_text(), card.to_qr_text()] {
                assert!(looks_like_card(text.expose()));
                let read = parse(&text, "a card").unwrap();
                assert!(read.y() == share.y() && read.index() == 2 && !read.has_list());
                assert!(read.set().agrees(share.set()) && share.set().agrees(read.set()));
                assert_eq!(read.commitment(), share.commitment());
            }
        }
    }

    #[test]
    fn what_is_typed_may_be_in_lower_case_without_numbers_and_with_letters_for_digits() {
        let share = dealt().shares.remove(0);
        let text = text(&share);
        let bare: Vec<String> = code(&text)
            .iter()
            .map(|line| line[3..].to_owned())
            .collect();
        let letters: Vec<String> = bare
            .iter()
            .map(|line| line.replace('0', "o").replace('1', "L").to_lowercase())
            .collect();
        let close: Vec<String> = code(&text)
            .iter()
            .map(|line| line.replace(' ', ""))
            .collect();
        for lines in [bare, letters, close] {
            assert!(parsed(&with(&lines)).unwrap().y() == share.y());
        }
    }

    #[test]
    fn a_wrong_character_is_named_by_line_and_group_wherever_it_is() {
        let lines = code(&text(&dealt().shares[0]));
        for line in 0..lines.len() {
            for at in (3..lines[line].len()).filter(|at| (at - 2) % 5 > 0) {
                let mut changed = lines.clone();
                let other = if &lines[line][at..=at] == "7" {
                    "8"
                } else {
                    "7"
                };
                changed[line].replace_range(at..=at, other);
                let group = (at - 2) / 5 + 1;
                let CardError::Group {
                    line: told,
                    group: in_group,
                    ..
                } = wrong(&changed)
                else {
                    panic!("{line} {at}");
                };
                assert_eq!((usize::from(told), in_group), (line + 1, group));
            }
        }
    }

    #[test]
    fn lines_that_are_swapped_missing_repeated_or_too_many_are_named() {
        let lines = code(&text(&dealt().shares[0]));
        let last = lines.len();
        let unnumbered: Vec<String> = lines.iter().map(|line| line[3..].to_owned()).collect();
        for lines in [&lines, &unnumbered] {
            for at in 0..last {
                let mut swapped = lines.clone();
                swapped.swap(at, (at + 2) % last);
                assert!(matches!(wrong(&swapped), CardError::Place { .. }), "{at}");
                let mut missing = lines.clone();
                missing.remove(at);
                let told = wrong(&missing);
                if at + 1 < last {
                    let line = u8::try_from(at).unwrap() + 1;
                    let found = line + 1;
                    let card = "the card".to_owned();
                    assert_eq!(told, CardError::Place { card, line, found });
                } else {
                    assert!(
                        matches!(told, CardError::Missing { line, .. } if usize::from(line) == last)
                    );
                }
                let mut repeated = lines.clone();
                repeated.insert(at, lines[at].clone());
                assert!(matches!(
                    wrong(&repeated),
                    CardError::Place { .. } | CardError::Follows { .. }
                ));
            }
        }
        assert!(matches!(wrong(&[]), CardError::Missing { line: 1, .. }));
        let short = [lines[0][..30].to_owned()];
        assert_eq!(
            wrong(&short).to_string(),
            "the card: line 1 has 22 characters, not 28"
        );
        let mut strange = lines.clone();
        strange[1].replace_range(3..4, "U");
        assert_eq!(
            wrong(&strange).to_string(),
            "the card: line 2, group 1 has a character that is on no card"
        );
        let mut messed = lines;
        for at in [3, 8] {
            let other = if &messed[1][at..=at] == "7" { "8" } else { "7" };
            messed[1].replace_range(at..=at, other);
        }
        assert!(matches!(wrong(&messed), CardError::Line { line: 2, .. }));
    }

    #[test]
    fn right_lines_of_two_cards_make_no_card() {
        let shares = dealt().shares;
        let mut lines = code(&text(&shares[0]));
        *lines.last_mut().unwrap() = code(&text(&shares[1])).pop().unwrap();
        assert_eq!(
            wrong(&lines),
            CardError::Mixed {
                card: "the card".to_owned()
            }
        );
    }

    #[test]
    fn a_card_asks_for_its_lines_one_by_one() {
        let lines = code(&text(&dealt().shares[0]));
        let mut entry = Entry::new("the card");
        assert_eq!((entry.wanted(), entry.lines()), (1, None));
        assert!(entry.line(b"nothing").is_err());
        for (line, number) in lines.iter().zip(1..) {
            assert_eq!(entry.wanted(), number);
            entry.line(line.as_bytes()).unwrap();
            assert_eq!(entry.lines().map(usize::from), Some(lines.len()));
        }
        assert!(entry.complete() && entry.share().is_ok());
    }

    /// The bytes of a card with some of them changed, its checksum made to fit again.
    fn forged(share: &Share, at: usize, byte: u8) -> Result<Share, ShareError> {
        let mut bytes = Card::of(share).unwrap().bytes;
        let body = bytes.len() - CHECKSUM;
        bytes.expose_mut()[at] ^= byte;
        let sum = checksum(&bytes.expose()[..body]);
        bytes.expose_mut()[body..].copy_from_slice(&sum);
        read(bytes.expose(), "the card")
    }

    #[test]
    fn bytes_that_are_no_card_are_refused_though_their_checksum_fits() {
        let share = dealt().shares.remove(1);
        let last = Card::of(&share).unwrap().bytes.len() - CHECKSUM - 1;
        // Version, lines, index, threshold, total, subject, padding.
        for (at, byte) in [(0, 3), (1, 1), (2, 2), (3, 3), (4, 3), (9, 2), (last, 1)] {
            let refused = forged(&share, at, byte);
            assert!(
                matches!(refused, Err(ShareError::Card(CardError::Content { .. }))),
                "{at}: {refused:?}"
            );
        }
    }

    #[test]
    fn an_altered_card_is_named_as_soon_as_a_list_of_commitments_is_there() {
        let dealt = dealt();
        let y_ends = {
            let card = Card::of(&dealt.shares[1]).unwrap().bytes;
            let body = &card.expose()[..card.len() - CHECKSUM];
            body.iter().rposition(|byte| *byte != 0).unwrap()
        };
        let altered = || forged(&dealt.shares[1], y_ends, 1).unwrap();
        let named = ShareError::Altered {
            index: 2,
            custodian: "ben".to_owned(),
            set: dealt.set.id.to_string(),
        };
        // Whichever comes first.
        let mut gathering = Gathering::new(None);
        gathering.add(copy(&dealt.shares[0]), "ana").unwrap();
        assert_eq!(gathering.add(altered(), "ben").unwrap_err(), named);
        let mut gathering = Gathering::new(None);
        gathering.add(altered(), "ben").unwrap();
        assert_eq!(
            gathering.add(copy(&dealt.shares[0]), "ana").unwrap_err(),
            named
        );
        assert_eq!(gathering.have(), 1);
        // Between cards alone it is the check value that tells.
        let mut gathering = Gathering::new(None);
        gathering
            .add(parsed(&text(&dealt.shares[0])).unwrap(), "ana")
            .unwrap();
        gathering.add(altered(), "ben").unwrap();
        let (secret, _) = gathering.combine().unwrap();
        assert!(secret != Secret::zeroed(32));
    }

    #[test]
    fn cards_and_files_of_one_set_combine_and_of_two_sets_do_not() {
        let (ours, theirs) = (dealt(), dealt());
        let card = |share| parsed(&text(share)).unwrap();
        for pair in [
            [card(&ours.shares[2]), copy(&ours.shares[0])],
            [copy(&ours.shares[1]), card(&ours.shares[2])],
            [card(&ours.shares[0]), card(&ours.shares[2])],
        ] {
            let mut gathering = Gathering::new(None);
            for (share, who) in pair.into_iter().zip(["ana", "ben"]) {
                gathering.add(share, who).unwrap();
            }
            let (secret, set) = gathering.combine().unwrap();
            assert!(secret == Secret::zeroed(32));
            assert_eq!(set.id, ours.set.id);
        }
        let mut gathering = Gathering::new(None);
        gathering.add(card(&ours.shares[0]), "ana").unwrap();
        assert!(matches!(
            gathering.add(card(&theirs.shares[1]), "ben"),
            Err(ShareError::Foreign { .. })
        ));
        assert!(matches!(
            gathering.add(card(&ours.shares[0]), "ben"),
            Err(ShareError::Repeated { .. })
        ));
        // The digest of the set differs: somebody altered what a card says about it.
        let lie = forged(&ours.shares[1], 26, 1).unwrap();
        assert!(matches!(
            gathering.add(lie, "ben"),
            Err(ShareError::DifferEvenly { .. })
        ));
    }

    #[test]
    fn names_that_are_too_long_for_a_card_are_refused() {
        for len in [300, 200] {
            let header = Header {
                key: "k".repeat(len),
                ceremony: "c".repeat(len),
                ..header()
            };
            let dealt = deal(&Secret::zeroed(32), header, &mut SystemRandom).unwrap();
            let refused = Card::of(&dealt.shares[0]).unwrap_err();
            assert!(matches!(
                refused,
                ShareError::Card(CardError::TooLong { .. })
            ));
        }
    }

    #[test]
    fn a_card_keeps_the_check_value_and_the_digest_of_its_set() {
        let header = Header {
            check_values: BTreeMap::from([
                ("ekcv".to_owned(), "ab".repeat(32)),
                ("kcv.cmac5".to_owned(), "0123456789".to_owned()),
            ]),
            ..header()
        };
        let dealt = deal(&Secret::zeroed(32), header, &mut SystemRandom).unwrap();
        let read = parsed(&text(&dealt.shares[0])).unwrap();
        let values = &read.set().header.check_values;
        assert_eq!(values.len(), 1);
        assert_eq!(values["kcv.cmac5"], "0123456789");
        let file = String::from_utf8(dealt.shares[0].to_text().expose().to_vec()).unwrap();
        let (_, common) = file.split_once('\n').unwrap();
        let (common, _) = common.split_once("field ").unwrap();
        let full = Digest::of(common.replace("index 1\n", "").as_bytes());
        assert_eq!(read.set().digest(), full.0[..16]);
    }
}
