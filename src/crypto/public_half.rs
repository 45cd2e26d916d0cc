//! Public halves of pairs that are made elsewhere, checked and encoded anew.

use der::Decode as _;
use der::Encode as _;
use der::asn1::AnyRef;
use der::asn1::BitStringRef;
use der::asn1::OctetStringRef;
use der::asn1::UintRef;
use pkcs8::EncodePublicKey as _;
use rsa::pkcs1::RsaPublicKeyRef;
use spki::AlgorithmIdentifierRef;
use spki::SubjectPublicKeyInfoRef;

use crate::crypto::error::CryptoError;
use crate::crypto::error::Flaw;
use crate::crypto::error::Whose;
use crate::crypto::key_check;
use crate::crypto::software;
use crate::crypto::wrapping_key;
use crate::crypto::wrapping_key::bit_len;
use crate::crypto::wrapping_key::is_even;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;

/// The `SubjectPublicKeyInfo` of an RSA pair with these numbers, big-endian.
///
/// # Errors
///
/// [`CryptoError::OtherSize`], [`CryptoError::KeyExponent`], [`CryptoError::Flawed`].
pub fn of_rsa(kind: KeyType, modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let unreadable = |_| CryptoError::NoPublicHalf { kind };
    let Class::Rsa(wanted) = kind.class() else {
        return Err(CryptoError::NoPublicHalf { kind });
    };
    let found = bit_len(modulus);
    if found != wanted {
        return Err(CryptoError::OtherSize { wanted, found });
    }
    if is_even(exponent) || !(17..=256).contains(&bit_len(exponent)) {
        return Err(CryptoError::KeyExponent);
    }
    let whose = Whose::Key(kind);
    if is_even(modulus) {
        let flaw = Flaw::SmallFactor(2);
        return Err(CryptoError::Flawed { whose, flaw });
    }
    key_check::modulus(whose, modulus)?;
    let pkcs1 = RsaPublicKeyRef {
        modulus: UintRef::new(modulus).map_err(unreadable)?,
        public_exponent: UintRef::new(exponent).map_err(unreadable)?,
    }
    .to_der()
    .map_err(unreadable)?;
    let algorithm = AlgorithmIdentifierRef {
        oid: wrapping_key::RSA,
        parameters: Some(AnyRef::NULL),
    };
    encode(kind, algorithm, &pkcs1)
}

/// The `SubjectPublicKeyInfo` of a pair on a curve with this point: uncompressed, or the 32 bytes
/// of Ed25519; bare, or in an octet string as PKCS#11 wants it.
///
/// # Errors
///
/// [`CryptoError::NoPublicHalf`] if it is no point of the curve, or one of small order.
pub fn of_point(kind: KeyType, point: &[u8]) -> Result<Vec<u8>, CryptoError> {
    // By its length alone: one bare point of P-256 in 256 begins as an octet string of 63 bytes does.
    let bare = point_len(kind) == Some(point.len());
    let point = if bare {
        point
    } else {
        <&OctetStringRef>::from_der(point)
            .map_err(|_| CryptoError::NoPublicHalf { kind })?
            .as_bytes()
    };
    let der = match kind {
        KeyType::EcP256 => p256::PublicKey::from_sec1_bytes(point)
            .ok()
            .and_then(|key| key.to_public_key_der().ok()),
        KeyType::EcP384 => p384::PublicKey::from_sec1_bytes(point)
            .ok()
            .and_then(|key| key.to_public_key_der().ok()),
        KeyType::EcP521 => p521::PublicKey::from_sec1_bytes(point)
            .ok()
            .and_then(|key| key.to_public_key_der().ok()),
        KeyType::EcSecp256k1 => k256::PublicKey::from_sec1_bytes(point)
            .ok()
            .and_then(|key| key.to_public_key_der().ok()),
        KeyType::Ed25519 => {
            let fits = point
                .try_into()
                .ok()
                .and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(bytes).ok())
                .is_some_and(|key| !key.is_weak());
            if !fits {
                return Err(CryptoError::NoPublicHalf { kind });
            }
            let algorithm = AlgorithmIdentifierRef {
                oid: software::ED25519,
                parameters: None,
            };
            return encode(kind, algorithm, point);
        }
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096 => None,
    };
    // The point must stand there in the form that goes on: 4, then both coordinates.
    der.map(|der| der.as_bytes().to_vec())
        .filter(|der| der.ends_with(point))
        .ok_or(CryptoError::NoPublicHalf { kind })
}

/// Checks a `SubjectPublicKeyInfo` and encodes it anew, so that one key has one encoding.
///
/// # Errors
///
/// Those of [`of_rsa`] and [`of_point`]; [`CryptoError::OtherAlgorithm`] and
/// [`CryptoError::ExplicitCurve`].
pub fn of_spki(kind: KeyType, spki: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let unreadable = || CryptoError::NoPublicHalf { kind };
    let info = SubjectPublicKeyInfoRef::try_from(spki).map_err(|_| unreadable())?;
    software::check_algorithm(kind, &info.algorithm)?;
    let bits = info.subject_public_key.as_bytes().ok_or_else(unreadable)?;
    if let Class::Rsa(_) = kind.class() {
        let key = RsaPublicKeyRef::from_der(bits).map_err(|_| unreadable())?;
        return of_rsa(kind, key.modulus.as_bytes(), key.public_exponent.as_bytes());
    }
    of_point(kind, bits)
}

/// The point of a `SubjectPublicKeyInfo`, in an octet string as PKCS#11 wants it.
///
/// # Errors
///
/// [`CryptoError::NoPublicHalf`] if it has none.
pub fn point(kind: KeyType, spki: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let info = SubjectPublicKeyInfoRef::try_from(spki).ok();
    info.and_then(|info| {
        let point = OctetStringRef::new(info.subject_public_key.as_bytes()?).ok()?;
        point.to_der().ok()
    })
    .ok_or(CryptoError::NoPublicHalf { kind })
}

/// Modulus and exponent of an RSA key's `SubjectPublicKeyInfo`, without zeros in front.
pub fn rsa_numbers(spki: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let info = SubjectPublicKeyInfoRef::try_from(spki).ok()?;
    if info.algorithm.oid != wrapping_key::RSA {
        return None;
    }
    let key = RsaPublicKeyRef::from_der(info.subject_public_key.as_bytes()?).ok()?;
    Some((
        key.modulus.as_bytes().to_vec(),
        key.public_exponent.as_bytes().to_vec(),
    ))
}

/// Bytes of a bare point: 4 and both coordinates, or the 32 bytes of Ed25519.
const fn point_len(kind: KeyType) -> Option<usize> {
    match kind {
        KeyType::EcP256 | KeyType::EcSecp256k1 => Some(65),
        KeyType::EcP384 => Some(97),
        KeyType::EcP521 => Some(133),
        KeyType::Ed25519 => Some(32),
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096 => None,
    }
}

fn encode(
    kind: KeyType,
    algorithm: AlgorithmIdentifierRef<'_>,
    bits: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let unreadable = |_| CryptoError::NoPublicHalf { kind };
    SubjectPublicKeyInfoRef {
        algorithm,
        subject_public_key: BitStringRef::from_bytes(bits).map_err(unreadable)?,
    }
    .to_der()
    .map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::crypto::software::SoftwareKey;

    fn public(kind: KeyType) -> Vec<u8> {
        let key = SoftwareKey::twin(kind, &mut SystemRandom).unwrap();
        key.spki().unwrap()
    }

    fn bits(spki: &[u8]) -> Vec<u8> {
        let info = SubjectPublicKeyInfoRef::try_from(spki).unwrap();
        info.subject_public_key.raw_bytes().to_vec()
    }

    const CURVES: [KeyType; 5] = [
        KeyType::EcP256,
        KeyType::EcP384,
        KeyType::EcP521,
        KeyType::EcSecp256k1,
        KeyType::Ed25519,
    ];

    #[test]
    fn a_point_is_read_bare_and_in_an_octet_string() {
        for kind in CURVES {
            let spki = public(kind);
            let point = bits(&spki);
            let inside = OctetStringRef::new(&point).unwrap().to_der().unwrap();
            assert_eq!(of_point(kind, &point).unwrap(), spki, "{kind}");
            assert_eq!(of_point(kind, &inside).unwrap(), spki, "{kind}");
            assert_eq!(of_spki(kind, &spki).unwrap(), spki, "{kind}");
        }
    }

    #[test]
    fn a_bare_point_that_begins_as_an_octet_string_does_is_read_bare() {
        // P-256 and P-384: 4, then a first byte of X that is the number of the bytes behind it.
        for (kind, first) in [(KeyType::EcP256, 63), (KeyType::EcP384, 95)] {
            let spki = loop {
                let spki = public(kind);
                if bits(&spki)[1] == first {
                    break spki;
                }
            };
            let point = bits(&spki);
            assert!(<&OctetStringRef>::from_der(&point).is_ok(), "{kind}");
            assert_eq!(of_point(kind, &point).unwrap(), spki, "{kind}");
            assert_eq!(of_spki(kind, &spki).unwrap(), spki, "{kind}");
        }
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_refused() {
        for kind in CURVES {
            let refused = Err(CryptoError::NoPublicHalf { kind });
            let mut point = bits(&public(kind));
            assert_eq!(of_point(kind, &point[1..]), refused, "{kind}");
            if kind == KeyType::Ed25519 {
                // The neutral element: every signature would verify.
                point = [&[1][..], &[0; 31]].concat();
            } else {
                *point.last_mut().unwrap() ^= 1;
            }
            assert_eq!(of_point(kind, &point), refused, "{kind}");
        }
        let compressed: Vec<u8> = [&[2], &bits(&public(KeyType::EcP256))[1..33]].concat();
        assert!(of_point(KeyType::EcP256, &compressed).is_err());
        assert!(of_point(KeyType::Aes256, &[4; 65]).is_err());
    }

    #[test]
    fn rsa_numbers_make_the_public_half_that_two_libraries_made() {
        let kind = KeyType::Rsa2048;
        let spki = public(kind);
        let (modulus, exponent) = rsa_numbers(&spki).unwrap();
        assert_eq!(of_rsa(kind, &modulus, &exponent).unwrap(), spki);
        let padded = [&[0], &modulus[..]].concat();
        assert_eq!(of_rsa(kind, &padded, &exponent).unwrap(), spki);
        assert_eq!(of_spki(kind, &spki).unwrap(), spki);

        assert_eq!(
            of_rsa(KeyType::Rsa3072, &modulus, &exponent),
            Err(CryptoError::OtherSize {
                wanted: 3072,
                found: 2048
            })
        );
        assert_eq!(of_rsa(kind, &modulus, &[3]), Err(CryptoError::KeyExponent));
        let mut even = modulus;
        *even.last_mut().unwrap() ^= 1;
        assert_eq!(
            of_rsa(kind, &even, &exponent),
            Err(CryptoError::Flawed {
                whose: Whose::Key(kind),
                flaw: Flaw::SmallFactor(2)
            })
        );
        assert_eq!(rsa_numbers(&public(KeyType::EcP256)), None);
    }

    #[test]
    fn the_public_half_of_another_type_is_refused() {
        let spki = public(KeyType::EcP256);
        for kind in [KeyType::EcP384, KeyType::Rsa2048, KeyType::Ed25519] {
            assert!(
                matches!(
                    of_spki(kind, &spki),
                    Err(CryptoError::OtherAlgorithm { .. })
                ),
                "{kind}"
            );
        }
        assert!(of_spki(KeyType::EcP256, b"no DER").is_err());
    }
}
