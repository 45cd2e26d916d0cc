//! One line of a card: 15 bytes in six groups of four digits, and a seventh that checks them.
//!
//! # Shape
//!
//! Crockford's base-32 digits (`0` to `9`, `A` to `Z` without I, L, O and U), first bits first. The
//! check is a Reed–Solomon code over GF(2^5) modulo x^5 + x^2 + 1 with the generator
//! (x - a)(x - a^2)(x - a^3)(x - a^4), a = x: the line's number, its 24 digits and the four check
//! digits, the first being the coefficient of x^28, are zero at a, a^2, a^3 and a^4.
//!
//! So a wrong digit tells its place, and a line in another's place tells its number: the number is
//! a digit of the code that is known already. Up to four wrong digits cannot go unseen.

use crate::custody::out::Out;
use crate::secret::Secret;

/// Bytes in a line.
pub const BYTES: usize = 15;
/// Most lines of a card: their numbers are digits of the code, and 0 is none.
pub const MOST: u8 = 31;
/// Digits in a line.
pub const DIGITS: usize = DATA + CHECK;
/// Digits in a group.
pub const GROUP: usize = 4;
const DATA: usize = BYTES * 8 / 5;
const CHECK: usize = 4;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// More or fewer digits than a line has.
    Length(usize),
    /// A character that is no digit, in that group.
    Character(usize),
    /// One wrong digit, or two in one group: the group, from 1.
    Group(usize),
    /// It is the line of that number, whole.
    Other(u8),
    /// Mistakes in several places.
    Several,
}

/// Writes a line as it is printed: `01 7K3Q …`.
pub(super) fn write(number: u8, bytes: &[u8; BYTES]) -> Secret {
    let mut word = Secret::zeroed(DIGITS);
    encode(number, bytes, word.expose_mut());
    Secret::init(2 + (GROUP + 1) * DIGITS / GROUP, |line| {
        let mut out = Out::new(line);
        out.put(format!("{number:02}").as_bytes());
        for group in word.expose().chunks(GROUP) {
            out.put(b" ");
            for digit in group {
                out.put(&[character(*digit)]);
            }
        }
    })
}

/// Reads a line as somebody typed it, without its number; spaces and hyphens do not count.
pub(super) fn read(number: u8, text: &[u8], bytes: &mut [u8]) -> Result<(), Fault> {
    let typed = text.iter().filter(|byte| !separates(**byte));
    let found = typed.clone().count();
    if found != DIGITS {
        return Err(Fault::Length(found));
    }
    let mut word = Secret::zeroed(DIGITS);
    for (place, (to, from)) in word.expose_mut().iter_mut().zip(typed).enumerate() {
        *to = digit(*from).ok_or(Fault::Character(place / GROUP + 1))?;
    }
    let syndromes = syndromes(number, word.expose());
    if syndromes != [0; CHECK] {
        return Err(locate(number, syndromes));
    }
    let data = word.expose().get(..DATA).unwrap_or_default();
    // Eight digits are five bytes.
    for (to, from) in bytes.chunks_mut(5).zip(data.chunks(8)) {
        let all = from
            .iter()
            .fold(0, |all, digit| all << 5 | u64::from(*digit));
        for (to, from) in to.iter_mut().zip(all.to_be_bytes().iter().skip(3)) {
            *to = *from;
        }
    }
    Ok(())
}

/// Whether a character only separates groups.
pub(super) fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'-'
}

fn encode(number: u8, bytes: &[u8; BYTES], word: &mut [u8]) {
    let (data, check) = word.split_at_mut(DATA);
    for (to, from) in data.chunks_mut(8).zip(bytes.chunks(5)) {
        let all = from
            .iter()
            .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        for (place, to) in (0..8).rev().zip(to) {
            *to = u8::try_from(all >> (5 * place) & 31).unwrap_or(0);
        }
    }
    // Division by the generator; what remains is the check.
    let mut remainder = [0; CHECK];
    for digit in std::iter::once(&number).chain(&*data) {
        let factor = remainder[0] ^ digit;
        remainder.rotate_left(1);
        remainder[CHECK - 1] = 0;
        for (to, term) in remainder.iter_mut().zip(GENERATOR) {
            *to ^= times(factor, term);
        }
    }
    check.copy_from_slice(&remainder);
}

/// The values at a, a^2, a^3 and a^4.
fn syndromes(number: u8, word: &[u8]) -> [u8; CHECK] {
    POWERS.map(|at| {
        let digits = std::iter::once(&number).chain(word);
        digits.fold(0, |value, digit| times(value, at) ^ digit)
    })
}

/// Finds the one wrong digit, or the two in one group, that explain the syndromes.
fn locate(number: u8, syndromes: [u8; CHECK]) -> Fault {
    let [a, _, _, _] = POWERS;
    // The exponent of each digit's place, the first digit behind the number being at 27.
    let mut places = [0; DIGITS];
    let mut at = 1;
    for place in places.iter_mut().rev() {
        *place = at;
        at = times(at, a);
    }
    let one = |error, place| explains(syndromes, [(error, place)]);
    let two = |errors: [(u8, u8); 2]| explains(syndromes, errors);
    // `at` is now the place of the number.
    if let Some(other) = (1..=MOST).find(|other| one(number ^ other, at)) {
        return Fault::Other(other);
    }
    let in_group = |holds: &dyn Fn(&[u8]) -> bool| {
        let group = places.chunks(GROUP).position(holds)?;
        Some(Fault::Group(group + 1))
    };
    let single = |places: &[u8]| places.iter().any(|p| (1..32).any(|e| one(e, *p)));
    let pair = |places: &[u8]| {
        places.iter().enumerate().any(|(skip, p)| {
            let mut later = places.iter().skip(skip + 1);
            later.any(|q| (1..32).any(|e| (1..32).any(|f| two([(e, *p), (f, *q)]))))
        })
    };
    in_group(&single)
        .or_else(|| in_group(&pair))
        .unwrap_or(Fault::Several)
}

/// Whether wrong digits, each with its error and its place, are what the syndromes show.
fn explains<const N: usize>(syndromes: [u8; CHECK], mut errors: [(u8, u8); N]) -> bool {
    syndromes.into_iter().all(|syndrome| {
        let values = errors.iter_mut().map(|(value, place)| {
            *value = times(*value, *place);
            *value
        });
        values.fold(0, |sum, value| sum ^ value) == syndrome
    })
}

/// Multiplies in GF(2^5); without a branch, because digits are secret.
const fn times(a: u8, b: u8) -> u8 {
    let mut product = 0;
    let mut a = a;
    let mut bit = 0;
    while bit < 5 {
        product ^= a * (b >> bit & 1);
        a = (a << 1) ^ (0b10_0101 * (a >> 4 & 1));
        bit += 1;
    }
    product
}

/// a, a^2, a^3, a^4.
const POWERS: [u8; CHECK] = [2, 4, 8, 16];
/// The generator without its first coefficient, which is 1.
const GENERATOR: [u8; CHECK] = [30, 6, 9, 17];

/// Arithmetic, not a table: no secret chooses an address.
fn character(digit: u8) -> u8 {
    let after = |from: u8| u8::from(digit >= from);
    // Digits, then letters without I, L, O and U.
    b'0' + digit + 7 * after(10) + after(18) + after(20) + after(22) + after(27)
}

/// I and L are 1, O is 0, and lower case counts, as Crockford has it.
fn digit(character: u8) -> Option<u8> {
    let upper = character.to_ascii_uppercase();
    Some(match upper {
        b'0'..=b'9' => upper - b'0',
        b'O' => 0,
        b'I' | b'L' => 1,
        b'A'..=b'H' => upper - b'A' + 10,
        b'J' | b'K' => upper - b'J' + 18,
        b'M' | b'N' => upper - b'M' + 20,
        b'P'..=b'T' => upper - b'P' + 22,
        b'V'..=b'Z' => upper - b'V' + 27,
        0..=b'/' | b':'..=b'@' | b'U' | b'['..=u8::MAX => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: [u8; BYTES] = *b"\x00\xffcustodian one";

    fn written() -> String {
        String::from_utf8(write(3, &LINE).expose().to_vec()).unwrap()
    }

    fn reads(number: u8, text: &str) -> Result<[u8; BYTES], Fault> {
        let mut bytes = [0; BYTES];
        read(number, text.as_bytes(), &mut bytes).map(|()| bytes)
    }

    #[test]
    fn a_line_reads_back_however_it_is_spaced_and_whatever_its_case() {
        let line = written();
        let groups = line.strip_prefix("03 ").unwrap();
        assert_eq!(groups.len(), 34);
        for typed in [
            groups.to_owned(),
            groups.to_lowercase(),
            groups.replace(' ', ""),
            groups.replace(' ', "-"),
            groups.replace('0', "O").replace('1', "l"),
            groups.replace('1', "i"),
        ] {
            assert_eq!(reads(3, &typed), Ok(LINE), "{typed}");
        }
    }

    #[test]
    fn every_digit_stands_for_itself() {
        for value in 0..32 {
            assert_eq!(digit(character(value)), Some(value));
        }
        let alphabet: Vec<u8> = (0..32).map(character).collect();
        assert_eq!(alphabet, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        assert_eq!(digit(b'U'), None);
    }

    #[test]
    fn the_generator_is_what_the_description_says() {
        let mut product = vec![1_u8];
        for root in POWERS {
            let mut next = vec![0; product.len() + 1];
            for (place, term) in product.iter().enumerate() {
                next[place] ^= term;
                next[place + 1] ^= times(*term, root);
            }
            product = next;
        }
        assert_eq!(product[1..], GENERATOR);
    }

    #[test]
    fn any_one_wrong_digit_is_named_by_its_group() {
        let groups: Vec<u8> = written().split_at(3).1.bytes().collect();
        for at in (0..groups.len()).filter(|at| groups[*at] != b' ') {
            for value in 0..32 {
                let mut wrong = groups.clone();
                wrong[at] = character(value);
                let read = reads(3, std::str::from_utf8(&wrong).unwrap());
                if wrong == groups {
                    assert_eq!(read, Ok(LINE));
                } else {
                    assert_eq!(read, Err(Fault::Group(at / 5 + 1)), "{at}: {value}");
                }
            }
        }
    }

    #[test]
    fn two_wrong_digits_of_one_group_are_named_by_it() {
        let groups: Vec<u8> = written().split_at(3).1.bytes().collect();
        for at in (0..groups.len() - 1).filter(|at| at % 5 < 3) {
            let mut swapped = groups.clone();
            swapped.swap(at, at + 1);
            if swapped != groups {
                let read = reads(3, std::str::from_utf8(&swapped).unwrap());
                assert_eq!(read, Err(Fault::Group(at / 5 + 1)));
            }
        }
    }

    #[test]
    fn two_groups_that_changed_places_are_seen() {
        let line = written();
        let groups: Vec<&str> = line.split(' ').skip(1).collect();
        for one in 0..groups.len() {
            for other in one + 1..groups.len() {
                let mut swapped = groups.clone();
                swapped.swap(one, other);
                assert!(reads(3, &swapped.join(" ")).is_err(), "{one} and {other}");
            }
        }
    }

    #[test]
    fn a_line_in_another_lines_place_tells_its_number() {
        let line = written();
        for number in (1..=MOST).filter(|number| *number != 3) {
            assert_eq!(reads(number, &line[3..]), Err(Fault::Other(3)));
        }
    }

    #[test]
    fn missing_and_strange_characters_are_named() {
        let line = written();
        let groups = &line[3..];
        assert_eq!(
            reads(3, &groups[..groups.len() - 1]),
            Err(Fault::Length(27))
        );
        assert_eq!(reads(3, &format!("{groups}0")), Err(Fault::Length(29)));
        assert_eq!(reads(3, ""), Err(Fault::Length(0)));
        let mut strange = groups.to_owned();
        strange.replace_range(11..12, "U");
        assert_eq!(reads(3, &strange), Err(Fault::Character(3)));
    }
}
