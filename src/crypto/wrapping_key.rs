//! The provider's public key, checked before anything is encrypted under it.
//!
//! Source of the rules: SP 800-56B revision 2, section 6.2.1 and 6.4.2 (partial public-key
//! validation). A key that merely parses can still make every wrap readable:
//! exponent 1 encrypts nothing, and a modulus with a small factor is factored at once. What makes a
//! modulus weak is in `key_check`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::OaepPublicEncryptingKey;
use aws_lc_rs::rsa::PublicEncryptingKey;
use base64ct::Base64;
use base64ct::Encoding as _;
use der::Decode as _;
use der::Encode as _;
use rsa::pkcs1::RsaPublicKeyRef;
use spki::AlgorithmIdentifierRef;
use spki::ObjectIdentifier;
use spki::SubjectPublicKeyInfoRef;

use crate::crypto::check_value;
use crate::crypto::encoding;
use crate::crypto::encoding::Shape;
use crate::crypto::error::CryptoError;
use crate::crypto::error::Whose;
use crate::crypto::key_check;
use crate::crypto::software::SoftwareKey;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Digest;
use crate::secret::Secret;

/// `rsaEncryption`.
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A checked key to wrap under: an RSA public key, or an AES key that both sides have.
#[derive(Clone)]
pub struct WrappingKey {
    /// Canonical `SubjectPublicKeyInfo`; empty for an AES key.
    der: Vec<u8>,
    bits: usize,
    /// The RSA key, ready to encrypt: whoever wraps many keys sets it up once.
    encrypting: Option<Arc<OaepPublicEncryptingKey>>,
    /// The AES key.
    secret: Option<Arc<Secret>>,
}

impl PartialEq for WrappingKey {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl Eq for WrappingKey {}

impl std::fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WrappingKey")
            .field("bits", &self.bits)
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl WrappingKey {
    /// Reads a public key as providers hand it out: PEM, DER, or base64 of DER.
    ///
    /// Whatever came in, what goes on is encoded anew, so that one key has one fingerprint.
    ///
    /// # Errors
    ///
    /// One variant of [`CryptoError`] for each thing that can be wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        let der = to_der(bytes)?;
        match encoding::shape(&der) {
            Some(Shape::Spki) => {
                let info = SubjectPublicKeyInfoRef::try_from(der.as_slice())
                    .map_err(|_| CryptoError::Unreadable)?;
                if info.algorithm.oid != RSA {
                    let curve = info
                        .algorithm
                        .parameters
                        .and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
                    return Err(CryptoError::NotRsa {
                        found: encoding::algorithm_name(info.algorithm.oid, curve),
                    });
                }
                Self::from_pkcs1(
                    info.subject_public_key
                        .as_bytes()
                        .ok_or(CryptoError::Unreadable)?,
                )
            }
            Some(Shape::Pkcs1Public) => Self::from_pkcs1(&der),
            Some(Shape::Pkcs8 | Shape::EncryptedPkcs8 | Shape::Sec1 | Shape::Pkcs1Private) => {
                Err(CryptoError::PrivateGiven)
            }
            Some(Shape::Certificate) => Err(CryptoError::CertificateGiven),
            None => Err(CryptoError::Unreadable),
        }
    }

    /// Takes an AES key of 128 or 256 bits: raw bytes, in no other clothes.
    ///
    /// # Errors
    ///
    /// Keys in another encoding are refused by name, and so is AES-192, which only one of the two
    /// implementations has.
    pub fn from_secret(kek: Secret) -> Result<Self, CryptoError> {
        let kind = match kek.len() {
            16 => KeyType::Aes128,
            24 => return Err(CryptoError::KekLength { found: 24 }),
            _ => KeyType::Aes256,
        };
        let bits = kek.len() * 8;
        let key = SoftwareKey::from_material(kind, kek)?;
        Ok(Self {
            der: Vec::new(),
            bits,
            encrypting: None,
            secret: Some(Arc::new(key.into_material())),
        })
    }

    /// Takes modulus and exponent, big-endian, as a JWK has them.
    ///
    /// # Errors
    ///
    /// The same as [`WrappingKey::from_bytes`].
    pub fn from_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, CryptoError> {
        let unreadable = |_| CryptoError::Unreadable;
        let key = RsaPublicKeyRef {
            modulus: der::asn1::UintRef::new(modulus).map_err(unreadable)?,
            public_exponent: der::asn1::UintRef::new(exponent).map_err(unreadable)?,
        };
        Self::from_pkcs1(&key.to_der().map_err(unreadable)?)
    }

    /// Checks modulus and exponent and encodes them anew.
    fn from_pkcs1(der: &[u8]) -> Result<Self, CryptoError> {
        let key = Self::known_pkcs1(der)?;
        let parts = RsaPublicKeyRef::from_der(der).map_err(|_| CryptoError::Unreadable)?;
        key_check::modulus(Whose::WrappingKey, parts.modulus.as_bytes())?;
        Ok(key)
    }

    /// Reads the DER of a built-in key. It protects nothing, so that nobody looks for what would
    /// make it weak: that takes as long as everything else in a rehearsal.
    pub(super) fn built_in(spki: &[u8]) -> Result<Self, CryptoError> {
        let info = SubjectPublicKeyInfoRef::try_from(spki).map_err(|_| CryptoError::Unreadable)?;
        let pkcs1 = info.subject_public_key.as_bytes();
        Self::known_pkcs1(pkcs1.ok_or(CryptoError::Unreadable)?)
    }

    fn known_pkcs1(der: &[u8]) -> Result<Self, CryptoError> {
        let key = RsaPublicKeyRef::from_der(der).map_err(|_| CryptoError::Unreadable)?;
        let modulus = key.modulus.as_bytes();
        let bits = bit_len(modulus);
        match bits {
            ..2048 => return Err(CryptoError::TooSmall { bits }),
            8193.. => return Err(CryptoError::TooLarge { bits }),
            2048..=8192 => (),
        }
        if !bits.is_multiple_of(8) {
            return Err(CryptoError::NotWhole { bits });
        }
        check_exponent(key.public_exponent.as_bytes())?;
        if is_even(modulus) {
            return Err(CryptoError::EvenModulus);
        }
        let pkcs1 = key.to_der().map_err(|_| CryptoError::Unreadable)?;
        let der = SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef {
                oid: RSA,
                parameters: Some(der::asn1::AnyRef::NULL),
            },
            subject_public_key: der::asn1::BitStringRef::from_bytes(&pkcs1)
                .map_err(|_| CryptoError::Unreadable)?,
        }
        .to_der()
        .map_err(|_| CryptoError::Unreadable)?;
        let encrypting = PublicEncryptingKey::from_der(&der)
            .and_then(|key| OaepPublicEncryptingKey::new(key).map_err(Into::into))
            .map_err(|_| CryptoError::Library {
                what: "read the wrapping key",
            })?;
        Ok(Self {
            der,
            bits,
            encrypting: Some(Arc::new(encrypting)),
            secret: None,
        })
    }

    /// The RSA key as aws-lc-rs holds it.
    pub(super) fn encrypting(&self) -> Option<&OaepPublicEncryptingKey> {
        self.encrypting.as_deref()
    }

    /// Canonical `SubjectPublicKeyInfo` DER; empty for an AES key.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The AES key, if it is one.
    pub fn secret(&self) -> Option<&Secret> {
        self.secret.as_deref()
    }

    /// SHA-256 of [`WrappingKey::der`]; of an AES key, HMAC-SHA-256 under it over
    /// [`AES_FINGERPRINT`], so that no hash of the key itself is ever shown.
    pub fn fingerprint(&self) -> Digest {
        match &self.secret {
            None => Digest::of(&self.der),
            Some(kek) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, kek.expose());
                let tag = hmac::sign(&key, AES_FINGERPRINT);
                let mut digest = [0; 32];
                digest.copy_from_slice(tag.as_ref());
                Digest(digest)
            }
        }
    }

    /// The check values of an AES key, which the other side can name, too; none of an RSA key.
    pub fn check_values(&self) -> BTreeMap<String, String> {
        let kind = match self.bits {
            128 => KeyType::Aes128,
            _ => KeyType::Aes256,
        };
        self.secret
            .as_ref()
            .and_then(|kek| check_value::of(kind, kek).ok())
            .unwrap_or_default()
            .into_map()
    }

    /// Length of the modulus, or of the AES key, in bits.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Length of the modulus, and of every RSA block, in bytes.
    pub fn modulus_len(&self) -> usize {
        self.bits / 8
    }
}

/// What the fingerprint of an AES key is computed over.
pub const AES_FINGERPRINT: &[u8] = b"keyrite: fingerprint of an AES wrapping key";

/// Odd, at least 65537, below 2^256.
fn check_exponent(exponent: &[u8]) -> Result<(), CryptoError> {
    match exponent {
        [1] => Err(CryptoError::ExponentOne),
        e if is_even(e) => Err(CryptoError::EvenExponent),
        e if bit_len(e) < 17 => Err(CryptoError::SmallExponent),
        e if bit_len(e) > 256 => Err(CryptoError::LargeExponent),
        _ => Ok(()),
    }
}

/// Takes PEM armour or base64 off.
pub(crate) fn to_der(bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if encoding::der_len(bytes) == Some(bytes.len()) {
        return Ok(bytes.to_vec());
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| CryptoError::Unreadable)?
        .trim_start_matches('\u{feff}')
        .trim();
    if let Some(label) = text
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.split_once("-----"))
        .map(|(label, _)| label)
    {
        // Refused by name, whatever is inside.
        if label.ends_with("PRIVATE KEY") {
            return Err(CryptoError::PrivateGiven);
        }
        if label.ends_with("CERTIFICATE") {
            return Err(CryptoError::CertificateGiven);
        }
        let (_, document) = der::Document::from_pem(text).map_err(|_| CryptoError::Unreadable)?;
        return Ok(document.into_vec());
    }
    base64(text).ok_or(CryptoError::Unreadable)
}

/// Standard base64 with or without line breaks.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.split_ascii_whitespace().collect();
    Base64::decode_vec(&packed)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

/// Position of the highest bit that is set.
pub(super) fn bit_len(big_endian: &[u8]) -> usize {
    let mut bytes = big_endian.iter().skip_while(|byte| **byte == 0);
    bytes.next().map_or(0, |first| {
        8 - usize::try_from(first.leading_zeros()).unwrap_or(0) + 8 * bytes.count()
    })
}

/// Whether the number is even.
pub(super) fn is_even(big_endian: &[u8]) -> bool {
    big_endian.last().is_none_or(|byte| byte.is_multiple_of(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::error::Flaw;
    use crate::crypto::test_pairs::TestPair;

    /// An SPKI of any modulus and exponent.
    fn spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let pkcs1 = RsaPublicKeyRef {
            modulus: der::asn1::UintRef::new(modulus).unwrap(),
            public_exponent: der::asn1::UintRef::new(exponent).unwrap(),
        }
        .to_der()
        .unwrap();
        SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef {
                oid: RSA,
                parameters: Some(der::asn1::AnyRef::NULL),
            },
            subject_public_key: der::asn1::BitStringRef::from_bytes(&pkcs1).unwrap(),
        }
        .to_der()
        .unwrap()
    }

    fn good() -> WrappingKey {
        TestPair::of(2048).unwrap().public().unwrap()
    }

    fn modulus() -> Vec<u8> {
        let good = good();
        let info = SubjectPublicKeyInfoRef::try_from(good.der()).unwrap();
        RsaPublicKeyRef::from_der(info.subject_public_key.raw_bytes())
            .unwrap()
            .modulus
            .as_bytes()
            .to_vec()
    }

    #[test]
    fn every_way_to_hand_out_a_key_gives_the_same_fingerprint() {
        let good = good();
        let base64 = Base64::encode_string(good.der());
        let (first, second) = base64.split_at(76);
        let mut pem = "\u{feff}-----BEGIN PUBLIC KEY-----\n".to_owned();
        for line in base64.as_bytes().chunks(64) {
            pem.push_str(std::str::from_utf8(line).unwrap());
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        let info = SubjectPublicKeyInfoRef::try_from(good.der()).unwrap();
        for bytes in [
            good.der(),
            base64.as_bytes(),
            format!("{first}\r\n{second}\n").as_bytes(),
            pem.as_bytes(),
            info.subject_public_key.raw_bytes(),
        ] {
            let key = WrappingKey::from_bytes(bytes).unwrap();
            assert_eq!(key.fingerprint(), good.fingerprint());
            assert_eq!((key.bits(), key.modulus_len()), (2048, 256));
        }
    }

    #[test]
    fn bad_exponents_are_refused_by_name() {
        let modulus = modulus();
        for (exponent, error) in [
            (&[1][..], CryptoError::ExponentOne),
            (&[2], CryptoError::EvenExponent),
            (&[1, 0, 2], CryptoError::EvenExponent),
            (&[3], CryptoError::SmallExponent),
            (&[0xff, 0xff], CryptoError::SmallExponent),
            (&[0xff; 33], CryptoError::LargeExponent),
        ] {
            assert_eq!(
                WrappingKey::from_bytes(&spki(&modulus, exponent)),
                Err(error)
            );
        }
        assert!(WrappingKey::from_bytes(&spki(&modulus, &[1, 0, 1])).is_ok());
    }

    fn flawed(flaw: Flaw) -> CryptoError {
        CryptoError::Flawed {
            whose: Whose::WrappingKey,
            flaw,
        }
    }

    #[test]
    fn weak_moduli_are_refused_by_name() {
        for (key, flaw) in [
            (
                &include_bytes!("../../tests/data/crypto/weak/public-roca.der")[..],
                Flaw::Roca,
            ),
            (
                include_bytes!("../../tests/data/crypto/weak/public-close-primes.der"),
                Flaw::ClosePrimes,
            ),
            (
                include_bytes!("../../tests/data/crypto/weak/public-square.der"),
                Flaw::ClosePrimes,
            ),
            (
                include_bytes!("../../tests/data/crypto/weak/public-factor-1999.der"),
                Flaw::SmallFactor(1999),
            ),
        ] {
            assert_eq!(WrappingKey::from_bytes(key), Err(flawed(flaw)));
        }
    }

    #[test]
    fn bad_moduli_are_refused_by_name() {
        let e = [1, 0, 1];
        let mut even = modulus();
        *even.last_mut().unwrap() &= 0xfe;
        let mut half = vec![0x7f];
        half.extend([0xff; 256]);
        for (modulus, error) in [
            (vec![0xff; 255], CryptoError::TooSmall { bits: 2040 }),
            (vec![0xff; 1025], CryptoError::TooLarge { bits: 8200 }),
            (half, CryptoError::NotWhole { bits: 2055 }),
            (even, CryptoError::EvenModulus),
            // All ones: 2^2048 - 1 is divisible by 3.
            (vec![0xff; 256], flawed(Flaw::SmallFactor(3))),
        ] {
            assert_eq!(WrappingKey::from_bytes(&spki(&modulus, &e)), Err(error));
        }
    }

    #[test]
    fn what_is_no_rsa_public_key_is_refused_by_name() {
        let pair = TestPair::of(2048).unwrap();
        assert_eq!(
            WrappingKey::from_bytes(pair.pkcs8()),
            Err(CryptoError::PrivateGiven)
        );
        for (file, error) in [
            (
                &include_bytes!("../../tests/data/crypto/private.pem")[..],
                CryptoError::PrivateGiven,
            ),
            (
                include_bytes!("../../tests/data/crypto/certificate.pem"),
                CryptoError::CertificateGiven,
            ),
            (
                include_bytes!("../../tests/data/crypto/certificate.der"),
                CryptoError::CertificateGiven,
            ),
            (
                include_bytes!("../../tests/data/crypto/ec-p256-public.pem"),
                CryptoError::NotRsa {
                    found: "EC P-256".to_owned(),
                },
            ),
            (b"hello", CryptoError::Unreadable),
            (b"", CryptoError::Unreadable),
            (b"-----BEGIN PUBLIC KEY-----\n", CryptoError::Unreadable),
        ] {
            assert_eq!(WrappingKey::from_bytes(file), Err(error));
        }
    }

    #[test]
    fn the_fingerprint_is_the_one_that_openssl_computes() {
        let spki = include_bytes!("../../tests/data/crypto/rfc7638-public.der");
        assert_eq!(
            WrappingKey::from_bytes(spki)
                .unwrap()
                .fingerprint()
                .to_string(),
            "ad32320cf6c596d884b05381ba573aba8ddd5749b4de8f4a23a79f9a89ddaeb2"
        );
    }
}
