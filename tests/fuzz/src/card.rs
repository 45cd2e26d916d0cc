//! A card of a share: what can be read has one content, and goes together with the others or is refused.
//!
//! The first byte says what the rest is: the text of a card, or the bytes of one, which are then written in
//! lines here after formats.md, checked by the code of each line and by the checksum of all.

use keyrite::custody::card::Card;
use keyrite::custody::card::entry;
use keyrite::custody::share::Share;
use keyrite::domain::record::Digest;

use super::edits;
use super::fixtures;
use super::share;
use super::share::secret;

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let text = match how % 3 {
        0 => rest.to_vec(),
        1 => {
            let mut bytes = bytes_of(&good());
            bytes.truncate(bytes.len() - CHECKSUM);
            edits::apply(&mut [&mut bytes], rest);
            text_of(bytes)
        }
        _ => text_of(rest.to_vec()),
    };
    let Ok(found) = entry::parse(&secret(&text), "the card") else {
        return;
    };
    let again = Card::of(&found).expect("what was on a card goes on a card");
    for written in [again.to_text(), again.to_qr_text()] {
        let read = entry::parse(&written, "the card").expect("our own card");
        assert_eq!(read.commitment(), found.commitment());
    }
    again.to_html().expect("it can be printed");
    // Written here, after formats.md, it is the same.
    let mut bytes = bytes_of(again.to_text().expose());
    let whole = bytes.clone();
    bytes.truncate(bytes.len() - CHECKSUM);
    assert_eq!(bytes_of(&text_of(bytes)), whole);
    assert!(share::rebuilt(found).is_none_or(|key| key == *share::key()));
}

fn good_share() -> Share {
    share::parsed(&fixtures::bytes(share::SHARE))
}

/// The text of a good card.
fn good() -> Vec<u8> {
    let card = Card::of(&good_share()).expect("it goes on a card");
    card.to_text().expose().to_vec()
}

/// The bytes of a card that ends with its checksum, out of its text.
fn bytes_of(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().skip(1).filter(|line| !line.starts_with('#'));
    let mut bytes = Vec::new();
    for line in lines {
        let digits = line.chars().skip(2).filter(|digit| *digit != ' ');
        let values = digits.map(|digit| DIGITS.find(digit).expect("a digit of a card"));
        let values: Vec<u64> = values
            .map(|value| u64::try_from(value).expect("32 digits"))
            .collect();
        for five in values[..24].chunks(8) {
            let all = five.iter().fold(0, |all, value| all << 5 | value);
            bytes.extend(&all.to_be_bytes()[3..]);
        }
    }
    bytes
}

/// The text of a card with these bytes, as formats.md tells: filled up, summed, and in lines that are checked.
fn text_of(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(31 * 15 - CHECKSUM);
    let lines = (bytes.len() + CHECKSUM).div_ceil(15);
    bytes.resize(lines * 15 - CHECKSUM, 0);
    let sum = Digest::of(&[b"keyrite-card/v1", bytes.as_slice()].concat());
    bytes.extend(&sum.0[..CHECKSUM]);
    let mut text = String::from("keyrite-card v1\n");
    for (number, line) in (1_u8..).zip(bytes.chunks(15)) {
        let mut word = vec![number];
        for five in line.chunks(5) {
            let all = five
                .iter()
                .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
            word.extend(
                (0..8)
                    .rev()
                    .map(|place| (all >> (5 * place)).to_le_bytes()[0] & 31),
            );
        }
        word.extend(check(&word));
        let digits: String = word[1..]
            .iter()
            .map(|value| DIGITS.as_bytes()[usize::from(*value)])
            .map(char::from)
            .collect();
        let groups: Vec<&str> = (0..7)
            .map(|group| &digits[group * 4..group * 4 + 4])
            .collect();
        text.extend([format!("{number:02} {}\n", groups.join(" "))]);
    }
    text.into_bytes()
}

/// Four digits that make the polynomial zero at a, a^2, a^3 and a^4.
fn check(word: &[u8]) -> [u8; 4] {
    let a = |power: u32| (0..power).fold(1, |value, _| times(value, 2));
    // (x - a)(x - a^2)(x - a^3)(x - a^4), highest first.
    let generator = (1..=4).fold(vec![1], |product: Vec<u8>, power| {
        let mut next = product.clone();
        next.push(0);
        for (place, value) in product.iter().enumerate() {
            next[place + 1] ^= times(*value, a(power));
        }
        next
    });
    let mut rest = [word, &[0; 4]].concat();
    for place in 0..word.len() {
        let factor = rest[place];
        for (to, value) in rest[place..].iter_mut().zip(&generator) {
            *to ^= times(*value, factor);
        }
    }
    rest[word.len()..].try_into().expect("four digits")
}

/// In GF(2^5) modulo x^5 + x^2 + 1.
fn times(mut one: u8, mut other: u8) -> u8 {
    let mut product = 0;
    while other > 0 {
        if other & 1 == 1 {
            product ^= one;
        }
        one <<= 1;
        if one & 32 == 32 {
            one ^= 0b10_0101;
        }
        other >>= 1;
    }
    product
}

const DIGITS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKSUM: usize = 4;

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let good = good();
    let bytes = bytes_of(&good);
    let body = &bytes[..bytes.len() - CHECKSUM];
    assert_eq!(
        entry::parse(&secret(&text_of(body.to_vec())), "it")
            .expect("ours")
            .index(),
        2
    );
    let mut all = vec![
        [&[0], good.as_slice()].concat(),
        [&[2], body].concat(),
        vec![1],
    ];
    for kit in ["backup/1.card.txt", "direct/3.card.txt", "direct/5.qr.txt"] {
        let text = fixtures::bytes(&format!("custody/kit-v1/{kit}"));
        all.push([&[0], text.as_slice()].concat());
    }
    for place in 0..64 {
        all.push(vec![1, 0, 0, place * 3, 1, 1, 0xff]);
    }
    all
}
