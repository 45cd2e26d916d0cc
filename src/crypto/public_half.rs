//! Public halves of pairs that are made elsewhere, checked and encoded anew.

use der::Decode as _;
use der::Encode as _;
use der::asn1::AnyRef;
use der::asn1::BitStringRef;
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
/// of Ed25519.
///
/// # Errors
///
/// [`CryptoError::NoPublicHalf`] if it is no point of the curve, or one of small order.
pub fn of_point(kind: KeyType, point: &[u8]) -> Result<Vec<u8>, CryptoError> {
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
