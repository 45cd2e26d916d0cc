//! Keys that are well-formed and protect nothing.
//!
//! # What is looked for
//!
//! | key | check | source |
//! |---|---|---|
//! | every RSA modulus | no prime below 2000 divides it | SP 800-56B revision 2, 6.4.2; Heninger et al. 2012 |
//! | | no ROCA fingerprint | CVE-2017-15361; Nemec et al. 2017, section 2.1, and the crocs-muni detector |
//! | | not factored by 100 rounds of Fermat's method | CA/B Forum Baseline Requirements 6.1.1.3 |
//! | RSA pair | each prime has half the bits of the modulus | FIPS 186-5, A.1.1 |
//! | | the primes differ by more than 2^(bits/2 - 100) | FIPS 186-5, A.1.1 |
//! | | the private exponent has more than half the bits of the modulus | FIPS 186-5, A.1.1; Wiener 1990 |
//! | | public exponent odd, above 2^16, below 2^256 | FIPS 186-5, A.1.1 |
//! | elliptic-curve pair | private number from 1 to the order less one | SP 800-56A revision 3, 5.6.2.1.2 |
//! | | and not within 2^64 of either end | nobody draws such a number by chance |
//! | raw bytes, Ed25519 seed | not one byte repeated | a placeholder or a fault |
//!
//! Modulus = product of the primes, and the private exponent's fit, are checked by aws-lc-rs; that
//! a point lies on its curve and belongs to its private number, by both implementations.
//!
//! # What is not
//!
//! The keys that Debian's OpenSSL made from 2006 to 2008 can only be told by lists of all of them,
//! for every length and architecture; none is shipped. A key of those years is to be looked up
//! elsewhere, or better replaced. Primes shared with another key cannot be seen in one key.

use der::Decode as _;
use der::Reader as _;
use der::asn1::AnyRef;
use der::asn1::OctetStringRef;
use rsa::BoxedUint;
use rsa::pkcs1::RsaPrivateKeyRef;

use crate::crypto::error::CryptoError;
use crate::crypto::error::Flaw;
use crate::crypto::error::Whose;
use crate::crypto::wrapping_key::bit_len;
use crate::crypto::wrapping_key::is_even;
use crate::domain::algorithm::KeyType;
use crate::domain::record::unhex;
use crate::secret::Secret;

/// The first flaw of an RSA modulus of at least 2048 bits that can be seen from outside.
///
/// # Errors
///
/// [`CryptoError::Flawed`].
pub(super) fn modulus(whose: Whose, modulus: &[u8]) -> Result<(), CryptoError> {
    for check in MODULUS_CHECKS {
        if let Some(flaw) = check(modulus) {
            return Err(CryptoError::Flawed { whose, flaw });
        }
    }
    Ok(())
}

/// Looks at the numbers of an RSA pair whose modulus has `bits` bits.
///
/// # Errors
///
/// [`CryptoError::KeyExponent`] and [`CryptoError::Flawed`].
pub(super) fn rsa_pair(
    kind: KeyType,
    bits: usize,
    key: &RsaPrivateKeyRef<'_>,
) -> Result<(), CryptoError> {
    let whose = Whose::Key(kind);
    let flawed = |flaw| Err(CryptoError::Flawed { whose, flaw });
    let exponent = key.public_exponent.as_bytes();
    if is_even(exponent) || !(17..=256).contains(&bit_len(exponent)) {
        return Err(CryptoError::KeyExponent);
    }
    let (one, other) = (key.prime1.as_bytes(), key.prime2.as_bytes());
    if bit_len(one) != bits / 2 || bit_len(other) != bits / 2 {
        return flawed(Flaw::UnevenPrimes);
    }
    // Only which prime is the greater decides anything here, and that helps nobody.
    let (least, greatest) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    let gap = difference(greatest, least);
    if bit_len(gap.expose()) <= bits / 2 - 100 {
        return flawed(Flaw::ClosePrimes);
    }
    if bit_len(key.private_exponent.as_bytes()) <= bits / 2 {
        return flawed(Flaw::ShortPrivateExponent);
    }
    modulus(whose, key.modulus.as_bytes())
}

/// Looks at the private number inside an `ECPrivateKey`.
///
/// # Errors
///
/// [`CryptoError::NotPkcs8`] if there is none, [`CryptoError::Flawed`] if it is out of range.
pub(super) fn ec_private(kind: KeyType, sec1: &[u8]) -> Result<(), CryptoError> {
    let flawed = |flaw| {
        Err(CryptoError::Flawed {
            whose: Whose::Key(kind),
            flaw,
        })
    };
    let (Some(number), Some(order)) = (private_number(sec1), order(kind)) else {
        return Err(CryptoError::NotPkcs8 { kind });
    };
    if bit_len(number) == 0 || bit_len(number) > bit_len(&order) {
        return flawed(Flaw::ScalarOutOfRange);
    }
    // In as many bytes as the order has.
    let padded = Secret::init(order.len(), |to| {
        for (to, from) in to.iter_mut().rev().zip(number.iter().rev()) {
            *to = *from;
        }
    });
    if padded.expose() >= order.as_slice() {
        return flawed(Flaw::ScalarOutOfRange);
    }
    let from_above = difference(&order, padded.expose());
    if bit_len(number) <= 64 || bit_len(from_above.expose()) <= 64 {
        return flawed(Flaw::ScalarNearTheEnd);
    }
    Ok(())
}

/// Raw bytes and seeds: not one byte repeated.
///
/// # Errors
///
/// [`CryptoError::Weak`].
pub(super) fn not_repeated(kind: KeyType, bytes: &[u8]) -> Result<(), CryptoError> {
    if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
        Err(CryptoError::Weak { kind })
    } else {
        Ok(())
    }
}

/// Finds a flaw in a modulus.
type ModulusCheck = fn(&[u8]) -> Option<Flaw>;

/// In the order in which they are made, the quickest first.
const MODULUS_CHECKS: &[ModulusCheck] = &[small_factor, roca, close_primes];

/// The least odd prime below [`PRIME_LIMIT`] that divides the modulus.
fn small_factor(modulus: &[u8]) -> Option<Flaw> {
    // Divisors that are not prime are never reached: their prime factors come first.
    (3..PRIME_LIMIT)
        .step_by(2)
        .find(|divisor| rest(modulus, *divisor) == 0)
        .map(Flaw::SmallFactor)
}

/// Whether the modulus is a power of 65537 modulo the product of [`ROCA_PRIMES`].
///
/// It is one if it is a power modulo each prime, and the exponents agree wherever the orders of
/// 65537 share a factor. Of the moduli that others make, one in 2^154 does.
fn roca(modulus: &[u8]) -> Option<Flaw> {
    let mut logarithms: Vec<(u32, u32)> = Vec::new();
    for prime in ROCA_PRIMES {
        let wanted = rest(modulus, *prime);
        let (mut power, mut order, mut logarithm) = (1, 0, None);
        loop {
            if power == wanted {
                logarithm = Some(order);
            }
            power = power * 65537 % prime;
            order += 1;
            if power == 1 {
                break;
            }
        }
        logarithms.push((order, logarithm?));
    }
    let agree = logarithms.iter().all(|(order, logarithm)| {
        logarithms.iter().all(|(other, at)| {
            let shared = greatest_common_divisor(*order, *other);
            logarithm % shared == at % shared
        })
    });
    agree.then_some(Flaw::Roca)
}

/// Fermat's method: looks for the modulus as a difference of two squares.
fn close_primes(modulus: &[u8]) -> Option<Flaw> {
    // Room for the square of the root and a little more.
    let bits = u32::try_from(modulus.len() * 8 + 64).ok()?;
    let number = BoxedUint::from_be_slice(modulus, bits).ok()?;
    let root = number.floor_sqrt_vartime();
    let root_bytes = root.to_be_bytes();
    let rests: Vec<(u32, u32, u32)> = FILTERS
        .iter()
        .map(|filter| (*filter, rest(&root_bytes, *filter), rest(modulus, *filter)))
        .collect();
    let found = (0..=FERMAT_ROUNDS).any(|round| {
        // A number that is no square modulo one of these is no square; that spares most roots.
        let perhaps = rests.iter().all(|(filter, root, number)| {
            let square = (root + round) * (root + round) % filter + filter - number;
            (0..*filter).any(|some| some * some % filter == square % filter)
        });
        if !perhaps {
            return false;
        }
        let side = root.wrapping_add(BoxedUint::from(round));
        let square = side.wrapping_mul(&side);
        if square < number {
            return false;
        }
        let gap = square.wrapping_sub(&number);
        let half = gap.floor_sqrt_vartime();
        half.wrapping_mul(&half) == gap
    });
    found.then_some(Flaw::ClosePrimes)
}

/// What a division leaves over.
fn rest(big_endian: &[u8], divisor: u32) -> u32 {
    big_endian
        .iter()
        .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % divisor)
}

fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 {
        one
    } else {
        greatest_common_divisor(other, one % other)
    }
}

/// `greatest - least`, of numbers with equally many bytes.
fn difference(greatest: &[u8], least: &[u8]) -> Secret {
    Secret::init(greatest.len(), |to| {
        let mut borrow = 0;
        for ((to, from), minus) in to.iter_mut().zip(greatest).zip(least).rev() {
            let digit = 256 + i32::from(*from) - i32::from(*minus) - borrow;
            let [low, ..] = digit.to_le_bytes();
            *to = low;
            borrow = 1 - (digit >> 8);
        }
    })
}

/// The private number of an `ECPrivateKey`, as it stands there.
fn private_number(sec1: &[u8]) -> Option<&[u8]> {
    let outer = AnyRef::from_der(sec1).ok()?;
    let mut reader = der::SliceReader::new(outer.value()).ok()?;
    let _version = u8::decode(&mut reader).ok()?;
    let number: &OctetStringRef = reader.decode().ok()?;
    Some(number.as_bytes())
}

/// How many points a curve's generator runs through. Source: SEC 2 version 2, SP 800-186.
fn order(kind: KeyType) -> Option<Vec<u8>> {
    ORDERS
        .iter()
        .find(|(curve, _)| *curve == kind)
        .and_then(|(_, digits)| unhex(digits))
}

/// Curve and order.
const ORDERS: &[(KeyType, &str)] = &[
    (
        KeyType::EcP256,
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    (
        KeyType::EcP384,
        concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffff",
            "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        ),
    ),
    (
        KeyType::EcP521,
        concat!(
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa",
            "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
    ),
    (
        KeyType::EcSecp256k1,
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    ),
];
/// Trial division goes this far.
const PRIME_LIMIT: u32 = 2000;
/// The odd primes of the smallest modulus that the faulty generator works with.
const ROCA_PRIMES: &[u32] = &[
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
/// How far Fermat's method goes.
const FERMAT_ROUNDS: u32 = 100;
/// Small numbers modulo which few numbers are squares.
const FILTERS: &[u32] = &[64, 63, 65, 11, 17, 19, 23, 29, 31];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::crypto::software::SoftwareKey;
    use crate::error::Diagnose as _;
    use crate::error::Exit;

    /// A file that `make_weak_keys.py` wrote.
    macro_rules! weak {
        ($name:literal) => {
            &include_bytes!(concat!("../../tests/data/crypto/weak/", $name, ".der"))[..]
        };
    }

    fn refusal(kind: KeyType, pkcs8: &[u8]) -> Option<CryptoError> {
        SoftwareKey::from_material(kind, Secret::take(&mut pkcs8.to_vec())).err()
    }

    fn flawed(kind: KeyType, flaw: Flaw) -> CryptoError {
        CryptoError::Flawed {
            whose: Whose::Key(kind),
            flaw,
        }
    }

    const RSA: KeyType = KeyType::Rsa2048;

    #[test]
    fn weak_rsa_pairs_are_refused_by_name() {
        for (pair, flaw) in [
            (weak!("rsa-2048-roca"), Flaw::Roca),
            (weak!("rsa-2048-close-primes"), Flaw::ClosePrimes),
            (weak!("rsa-2048-closer-than-fips"), Flaw::ClosePrimes),
            (weak!("rsa-2048-uneven-primes"), Flaw::UnevenPrimes),
            (weak!("rsa-2048-short-d"), Flaw::ShortPrivateExponent),
        ] {
            assert_eq!(refusal(RSA, pair), Some(flawed(RSA, flaw)));
        }
    }

    #[test]
    fn an_exponent_that_is_too_short_or_made_for_a_short_private_one_is_refused() {
        for pair in [weak!("rsa-2048-e-65535"), weak!("rsa-2048-wiener")] {
            assert_eq!(refusal(RSA, pair), Some(CryptoError::KeyExponent));
        }
    }

    #[test]
    fn numbers_that_do_not_belong_together_are_refused() {
        for pair in [
            weak!("rsa-2048-other-n"),
            weak!("rsa-2048-other-d"),
            weak!("rsa-2048-other-dp"),
            weak!("rsa-2048-other-dq"),
            weak!("rsa-2048-other-qinv"),
        ] {
            assert_eq!(
                refusal(RSA, pair),
                Some(CryptoError::Inconsistent { kind: RSA })
            );
        }
    }

    #[test]
    fn private_numbers_at_the_ends_of_a_curve_are_refused() {
        for (number, p256, secp256k1, flaw) in [
            (
                "0",
                weak!("p256-zero"),
                weak!("secp256k1-zero"),
                Some(Flaw::ScalarOutOfRange),
            ),
            (
                "1",
                weak!("p256-one"),
                weak!("secp256k1-one"),
                Some(Flaw::ScalarNearTheEnd),
            ),
            (
                "2^64 - 1",
                weak!("p256-below-2-64"),
                weak!("secp256k1-below-2-64"),
                Some(Flaw::ScalarNearTheEnd),
            ),
            (
                "2^64",
                weak!("p256-above-2-64"),
                weak!("secp256k1-above-2-64"),
                None,
            ),
            (
                "order - 1",
                weak!("p256-order-less-one"),
                weak!("secp256k1-order-less-one"),
                Some(Flaw::ScalarNearTheEnd),
            ),
            (
                "order",
                weak!("p256-order"),
                weak!("secp256k1-order"),
                Some(Flaw::ScalarOutOfRange),
            ),
            (
                "order + 1",
                weak!("p256-above-the-order"),
                weak!("secp256k1-above-the-order"),
                Some(Flaw::ScalarOutOfRange),
            ),
        ] {
            for (kind, pair) in [(KeyType::EcP256, p256), (KeyType::EcSecp256k1, secp256k1)] {
                let wanted = flaw.map(|flaw| flawed(kind, flaw));
                assert_eq!(refusal(kind, pair), wanted, "{kind} {number}");
            }
        }
    }

    #[test]
    fn a_private_number_longer_than_its_order_is_refused() {
        let mut sec1 = vec![0x30, 0x26, 2, 1, 1, 4, 0x21, 1];
        sec1.resize(0x28, 7);
        assert_eq!(
            ec_private(KeyType::EcP256, &sec1),
            Err(flawed(KeyType::EcP256, Flaw::ScalarOutOfRange))
        );
        // Zeros in front do not make it longer.
        sec1[7] = 0;
        assert_eq!(ec_private(KeyType::EcP256, &sec1), Ok(()));
        assert_eq!(
            ec_private(KeyType::EcP256, &[0x30, 0]),
            Err(CryptoError::NotPkcs8 {
                kind: KeyType::EcP256
            })
        );
    }

    #[test]
    fn the_orders_are_those_of_the_libraries() {
        type Accepts = fn(&[u8]) -> bool;
        let libraries: [(KeyType, Accepts); 4] = [
            (KeyType::EcP256, |bytes| {
                p256::SecretKey::from_slice(bytes).is_ok()
            }),
            (KeyType::EcP384, |bytes| {
                p384::SecretKey::from_slice(bytes).is_ok()
            }),
            (KeyType::EcP521, |bytes| {
                p521::SecretKey::from_slice(bytes).is_ok()
            }),
            (KeyType::EcSecp256k1, |bytes| {
                k256::SecretKey::from_slice(bytes).is_ok()
            }),
        ];
        for (kind, accepts) in libraries {
            let mut number = order(kind).unwrap();
            assert!(!accepts(&number), "{kind}");
            *number.last_mut().unwrap() -= 1;
            assert!(accepts(&number), "{kind}");
        }
        assert_eq!(ORDERS.len(), libraries.len());
    }

    #[test]
    fn what_is_made_here_passes() {
        for _ in 0..3 {
            assert!(SoftwareKey::generate(RSA, &mut SystemRandom).is_ok());
        }
    }

    #[test]
    fn fermats_method_goes_a_hundred_rounds_and_no_further() {
        // (a - b)(a + b) = a^2 - b^2, and the search begins at the root of that: about b^2 / 2a
        // rounds below a.
        let side: u128 = 1 << 40;
        for (half, found) in [(14_000_000_u128, true), (16_000_000, false)] {
            let number = (side - half) * (side + half);
            assert_eq!(
                close_primes(&number.to_be_bytes()).is_some(),
                found,
                "{half}"
            );
        }
    }

    #[test]
    fn a_power_of_65537_modulo_every_prime_is_not_yet_a_fingerprint() {
        // 65537^2 is one.
        assert_eq!(roca(&4_295_098_369_u64.to_be_bytes()), Some(Flaw::Roca));
        assert_eq!(roca(&[1]), Some(Flaw::Roca));
        assert_eq!(roca(&[3]), None);
        // 65537^0 modulo the first prime, 65537^1 modulo the second, 65537^2 modulo the third.
        let not_one_power =
            unhex("0360bc4b0f59667598b2fd90d072acd3a3958c2a74d8daf9515e5467").unwrap();
        assert_eq!(roca(&not_one_power), None);
    }

    #[test]
    fn subtraction_borrows() {
        assert_eq!(difference(&[1, 0, 0], &[0, 0, 1]).expose(), [0, 0xff, 0xff]);
        assert_eq!(difference(&[9, 7], &[9, 7]).expose(), [0, 0]);
        assert_eq!(greatest_common_divisor(12, 18), 6);
    }

    #[test]
    fn every_flaw_says_what_is_wrong_and_what_to_do() {
        for (flaw, says) in [
            (Flaw::SmallFactor(7), "divisible by 7"),
            (Flaw::Roca, "CVE-2017-15361"),
            (Flaw::ClosePrimes, "so close"),
            (Flaw::UnevenPrimes, "not half as long"),
            (Flaw::ShortPrivateExponent, "private exponent"),
            (Flaw::ScalarOutOfRange, "does not allow"),
            (Flaw::ScalarNearTheEnd, "guessed"),
        ] {
            for (whose, begins, exit) in [
                (Whose::WrappingKey, "the wrapping key has ", Exit::Integrity),
                (Whose::Key(RSA), "the rsa-2048 key has ", Exit::Operator),
            ] {
                let error = CryptoError::Flawed { whose, flaw };
                let text = error.to_string();
                assert!(text.starts_with(begins) && text.contains(says), "{text}");
                assert!(error.hint().is_some());
                assert_eq!(error.exit(), exit);
            }
        }
    }
}
