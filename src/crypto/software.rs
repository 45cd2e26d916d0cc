//! Keys that this process holds: made here, or read from a file.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::encoding::PublicKeyX509Der;
use aws_lc_rs::rand::SystemRandom as LibraryRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::KeyPair as _;
use der::Decode;
use der::asn1::OctetStringRef;
use p256::ecdsa::signature::Verifier as _;
use pkcs8::EncodePublicKey as _;
use pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::pkcs1::RsaPublicKeyRef;
use sha2::Sha256;
use spki::AlgorithmIdentifierRef;
use spki::ObjectIdentifier;
use spki::SubjectPublicKeyInfoRef;

use crate::crypto::check_value;
use crate::crypto::check_value::CheckValues;
use crate::crypto::encoding;
use crate::crypto::encoding::Shape;
use crate::crypto::error::Clothes;
use crate::crypto::error::CryptoError;
use crate::crypto::key_check;
use crate::crypto::library;
use crate::crypto::random::Random;
use crate::crypto::test_pairs::TestPair;
use crate::crypto::wrapping_key;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::secret::Secret;

/// A key in its plain form, checked: raw bytes, or PKCS#8 DER for a pair.
#[derive(Debug)]
pub struct SoftwareKey {
    kind: KeyType,
    material: Secret,
    spki: Option<Vec<u8>>,
    check_values: CheckValues,
}

impl SoftwareKey {
    /// Makes a key: raw bytes from `random`, pairs by aws-lc-rs with its own random generator.
    ///
    /// # Errors
    ///
    /// [`CryptoError::NotApproved`] in a build with the FIPS module, and where the library fails.
    pub fn generate(kind: KeyType, random: &mut dyn Random) -> Result<Self, CryptoError> {
        library::approve_key(kind)?;
        let material = match kind.class() {
            Class::Rsa(bits) => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    _ => return Err(unable("make an RSA pair of this size")),
                };
                let pair = aws_lc_rs::rsa::KeyPair::generate(size)
                    .map_err(|_| unable("make an RSA pair"))?;
                // The library wipes this buffer when it goes out of scope.
                let der = pair.as_der().map_err(|_| unable("encode an RSA pair"))?;
                copy(der.as_ref())
            }
            Class::Aes(_) | Class::Hmac(_) | Class::Ec | Class::Edwards => fresh(kind, random)?,
        };
        Self::from_material(kind, material)
    }

    /// Takes a key in its plain form, after looking at it with both implementations.
    ///
    /// # Errors
    ///
    /// Keys in another encoding are recognised and refused by name; so are keys of another type,
    /// pairs whose halves do not belong together, and keys that protect nothing.
    ///
    /// An Ed25519 pair that carries its public half is shortened to the form without it, which is
    /// the one that every provider and every OpenSSL reads.
    pub fn from_material(kind: KeyType, mut material: Secret) -> Result<Self, CryptoError> {
        let bytes = material.expose();
        let spki = match kind.raw_len() {
            Some(wanted) => {
                check_raw(kind, wanted, bytes)?;
                None
            }
            None => Some(spki_of(kind, bytes)?),
        };
        if kind.class() == Class::Edwards {
            let short = ed25519_without_public_half(kind, bytes)?;
            material = short;
        }
        let check_values = match &spki {
            Some(spki) => CheckValues::of_spki(spki),
            None => check_value::of(kind, &material)?,
        };
        Ok(Self {
            kind,
            material,
            spki,
            check_values,
        })
    }

    /// A throwaway key of the same type: what is tried on it cannot hurt the real one.
    ///
    /// RSA twins are the built-in public test pairs, which spares the time of making one.
    pub fn twin(kind: KeyType, random: &mut dyn Random) -> Result<Self, CryptoError> {
        let material = match kind.class() {
            Class::Rsa(bits) => copy(
                TestPair::of(bits)
                    .ok_or(CryptoError::NoTestPair { bits })?
                    .pkcs8(),
            ),
            Class::Aes(_) | Class::Hmac(_) | Class::Ec | Class::Edwards => fresh(kind, random)?,
        };
        Self::from_material(kind, material)
    }

    /// The type.
    pub fn kind(&self) -> KeyType {
        self.kind
    }

    /// The plain form.
    pub fn material(&self) -> &Secret {
        &self.material
    }

    /// Gives the plain form away.
    pub(super) fn into_material(self) -> Secret {
        self.material
    }

    /// The public half of a pair: `SubjectPublicKeyInfo` DER.
    pub fn spki(&self) -> Option<Vec<u8>> {
        self.spki.clone()
    }

    /// What people compare.
    pub fn check_values(&self) -> CheckValues {
        self.check_values.clone()
    }

    /// Signs with a pair and verifies the signature under its public half; names who verified.
    ///
    /// RustCrypto verifies what aws-lc-rs signs; Ed25519 is verified by ed25519-dalek. For raw keys
    /// there is nothing to prove.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Inconsistent`] if the signature does not verify.
    pub fn prove_pair(&self) -> Result<Option<&'static str>, CryptoError> {
        let Some(spki) = &self.spki else {
            return Ok(None);
        };
        let signature = sign(self.kind, self.material.expose())?;
        if !verifies(self.kind, spki, PROOF, &signature) {
            return Err(CryptoError::Inconsistent { kind: self.kind });
        }
        Ok(Some(if self.kind == KeyType::Ed25519 {
            "ed25519-dalek"
        } else {
            "RustCrypto"
        }))
    }
}

/// What [`SoftwareKey::prove_pair`] signs.
const PROOF: &[u8] = b"keyrite proves that the halves of this pair belong together";

/// A fresh key of a type other than RSA.
fn fresh(kind: KeyType, random: &mut dyn Random) -> Result<Secret, CryptoError> {
    if let Some(len) = kind.raw_len() {
        return Ok(Secret::try_init(len, |bytes| random.fill(bytes))?);
    }
    let document = match ec_signing(kind) {
        Some(algorithm) => lc::EcdsaKeyPair::generate(algorithm)
            .and_then(|pair| pair.to_pkcs8v1())
            .map_err(|_| unable("make an elliptic-curve pair"))?,
        None => lc::Ed25519KeyPair::generate()
            .and_then(|pair| pair.to_pkcs8v1())
            .map_err(|_| unable("make an Ed25519 pair"))?,
    };
    // The library wipes the document when it goes out of scope.
    Ok(copy(document.as_ref()))
}

/// Copies bytes into memory that will be wiped.
fn copy(bytes: &[u8]) -> Secret {
    Secret::init(bytes.len(), |to| to.copy_from_slice(bytes))
}

/// The library that makes keys refused.
fn unable(what: &'static str) -> CryptoError {
    CryptoError::Library { what }
}

/// Raw bytes: the right number, not text, not one byte repeated.
fn check_raw(kind: KeyType, wanted: usize, bytes: &[u8]) -> Result<(), CryptoError> {
    let clothes = |clothes| Err(CryptoError::Clothes { kind, clothes });
    // A random key of 16 bytes looks like base64 once in four thousand million.
    if let Some(text) = text_clothes(bytes) {
        return clothes(text);
    }
    let without_line_end = bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"));
    if without_line_end.is_some_and(|rest| rest.len() == wanted) {
        return clothes(Clothes::TrailingNewline);
    }
    if bytes.len() != wanted {
        return match encoding::shape(bytes) {
            Some(_) => clothes(Clothes::Pkcs8),
            None => Err(CryptoError::Length {
                kind,
                wanted,
                found: bytes.len(),
            }),
        };
    }
    key_check::not_repeated(kind, bytes)
}

/// Recognises text that stands for bytes.
fn text_clothes(bytes: &[u8]) -> Option<Clothes> {
    if bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Some(Clothes::Pem);
    }
    let mut text = bytes
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .peekable();
    text.peek()?;
    if text.clone().all(u8::is_ascii_hexdigit) {
        return Some(Clothes::Hex);
    }
    text.all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte))
        .then_some(Clothes::Base64)
}

/// Looks at a private key with both implementations and returns its public half's DER.
pub(super) fn spki_of(kind: KeyType, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let clothes = |clothes| CryptoError::Clothes { kind, clothes };
    if let Some(text) = text_clothes(bytes) {
        return Err(clothes(text));
    }
    let line_end = bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"));
    if line_end.is_some_and(|rest| encoding::der_len(bytes) == Some(rest.len())) {
        return Err(clothes(Clothes::TrailingNewline));
    }
    match encoding::shape(bytes) {
        Some(Shape::Pkcs8) => (),
        Some(Shape::EncryptedPkcs8) => return Err(clothes(Clothes::EncryptedPkcs8)),
        Some(Shape::Sec1) => return Err(clothes(Clothes::Sec1)),
        Some(Shape::Pkcs1Private) => return Err(clothes(Clothes::Pkcs1)),
        Some(Shape::Pkcs1Public | Shape::Spki) => return Err(clothes(Clothes::PublicHalf)),
        Some(Shape::Certificate) => return Err(clothes(Clothes::Certificate)),
        None => return Err(CryptoError::NotPkcs8 { kind }),
    }
    let info = PrivateKeyInfoRef::try_from(bytes).map_err(|_| CryptoError::NotPkcs8 { kind })?;
    check_algorithm(kind, &info.algorithm)?;
    match kind.class() {
        Class::Rsa(wanted) => rsa_spki(kind, wanted, bytes, &info),
        Class::Ec => ec_spki(kind, bytes, info),
        Class::Edwards => ed25519_spki(kind, bytes, &info),
        Class::Aes(_) | Class::Hmac(_) => Err(CryptoError::NotPkcs8 { kind }),
    }
}

/// The algorithm identifier must be the one of the type, curve and all.
pub(super) fn check_algorithm(
    kind: KeyType,
    algorithm: &AlgorithmIdentifierRef<'_>,
) -> Result<(), CryptoError> {
    let parameters = algorithm.parameters;
    let named = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let oid = algorithm.oid;
    let fits = match kind.class() {
        // RFC 3279 wants NULL here; some leave it out.
        Class::Rsa(_) => oid == wrapping_key::RSA && parameters.is_none_or(der::AnyRef::is_null),
        Class::Ec => {
            if oid == EC && named.is_none() {
                return Err(CryptoError::ExplicitCurve { kind });
            }
            oid == EC && named == curve(kind)
        }
        Class::Edwards => oid == ED25519 && parameters.is_none(),
        Class::Aes(_) | Class::Hmac(_) => false,
    };
    if fits {
        Ok(())
    } else {
        Err(CryptoError::OtherAlgorithm {
            kind,
            found: encoding::algorithm_name(oid, named),
        })
    }
}

/// RSA: aws-lc-rs checks the arithmetic; modulus and exponent are read by both.
fn rsa_spki(
    kind: KeyType,
    wanted: usize,
    bytes: &[u8],
    info: &PrivateKeyInfoRef<'_>,
) -> Result<Vec<u8>, CryptoError> {
    // Read only: no private operation of RustCrypto ever runs on this key.
    let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes())
        .map_err(|_| CryptoError::NotPkcs8 { kind })?;
    let found = wrapping_key::bit_len(key.modulus.as_bytes());
    if found != wanted {
        return Err(CryptoError::OtherSize { wanted, found });
    }
    key_check::rsa_pair(kind, wanted, &key)?;
    let pair = lc::RsaKeyPair::from_pkcs8(bytes).map_err(|_| CryptoError::Inconsistent { kind })?;
    let spki: PublicKeyX509Der<'_> = pair
        .public_key()
        .as_der()
        .map_err(|_| unable("encode a public key"))?;
    let spki = spki.as_ref().to_vec();
    let same = SubjectPublicKeyInfoRef::try_from(spki.as_slice())
        .ok()
        .and_then(|info| RsaPublicKeyRef::from_der(info.subject_public_key.as_bytes()?).ok())
        .is_some_and(|public| {
            public.modulus == key.modulus && public.public_exponent == key.public_exponent
        });
    if same {
        Ok(spki)
    } else {
        Err(CryptoError::Disagree {
            what: "the public half of an RSA key",
        })
    }
}

/// Ed25519: both compute the public half.
fn ed25519_spki(
    kind: KeyType,
    bytes: &[u8],
    info: &PrivateKeyInfoRef<'_>,
) -> Result<Vec<u8>, CryptoError> {
    let seed = ed25519_seed(info).ok_or(CryptoError::NotPkcs8 { kind })?;
    key_check::not_repeated(kind, seed)?;
    let pair = lc::Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes)
        .map_err(|_| CryptoError::Inconsistent { kind })?;
    let second = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
    // aws-lc-rs looks at a public half that came along only in the form that it expects.
    let stated = info.public_key.map(|stated| stated.as_bytes());
    if stated.is_some_and(|stated| stated != Some(second.as_bytes())) {
        return Err(CryptoError::Inconsistent { kind });
    }
    if pair.public_key().as_ref() != second.as_bytes() {
        return Err(CryptoError::Disagree {
            what: "the public half of an Ed25519 key",
        });
    }
    let spki: PublicKeyX509Der<'_> = pair
        .public_key()
        .as_der()
        .map_err(|_| unable("encode a public key"))?;
    Ok(spki.as_ref().to_vec())
}

/// The seed inside: an octet string in an octet string (RFC 8410 section 7).
fn ed25519_seed<'a>(info: &PrivateKeyInfoRef<'a>) -> Option<&'a [u8; 32]> {
    let seed: &OctetStringRef = Decode::from_der(info.private_key.as_bytes()).ok()?;
    seed.as_bytes().try_into().ok()
}

/// The same pair as PKCS#8 version 1, with nothing but its seed.
fn ed25519_without_public_half(kind: KeyType, bytes: &[u8]) -> Result<Secret, CryptoError> {
    let info = PrivateKeyInfoRef::try_from(bytes).map_err(|_| CryptoError::NotPkcs8 { kind })?;
    let seed = ed25519_seed(&info).ok_or(CryptoError::NotPkcs8 { kind })?;
    let head = ED25519_HEAD.len();
    Ok(Secret::init(head + seed.len(), |to| {
        for (to, from) in to.iter_mut().zip(ED25519_HEAD.iter().chain(seed)) {
            *to = *from;
        }
    }))
}

/// Elliptic curves: both compute the public point.
fn ec_spki(
    kind: KeyType,
    bytes: &[u8],
    info: PrivateKeyInfoRef<'_>,
) -> Result<Vec<u8>, CryptoError> {
    let algorithm = ec_signing(kind).ok_or(CryptoError::NotPkcs8 { kind })?;
    key_check::ec_private(kind, info.private_key.as_bytes())?;
    let pair = lc::EcdsaKeyPair::from_pkcs8(algorithm, bytes)
        .map_err(|_| CryptoError::Inconsistent { kind })?;
    let spki: PublicKeyX509Der<'_> = pair
        .public_key()
        .as_der()
        .map_err(|_| unable("encode a public key"))?;
    let spki = spki.as_ref().to_vec();
    let second = match kind {
        KeyType::EcP256 => p256::SecretKey::try_from(info)
            .ok()
            .and_then(|key| key.public_key().to_public_key_der().ok()),
        KeyType::EcP384 => p384::SecretKey::try_from(info)
            .ok()
            .and_then(|key| key.public_key().to_public_key_der().ok()),
        KeyType::EcP521 => p521::SecretKey::try_from(info)
            .ok()
            .and_then(|key| key.public_key().to_public_key_der().ok()),
        KeyType::EcSecp256k1 => k256::SecretKey::try_from(info)
            .ok()
            .and_then(|key| key.public_key().to_public_key_der().ok()),
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096
        | KeyType::Ed25519 => return Err(CryptoError::NotPkcs8 { kind }),
    };
    if second.is_some_and(|second| second.as_bytes() == spki) {
        Ok(spki)
    } else {
        Err(CryptoError::Disagree {
            what: "the public half of an elliptic-curve key",
        })
    }
}

/// aws-lc-rs signs [`PROOF`].
fn sign(kind: KeyType, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let inconsistent = || CryptoError::Inconsistent { kind };
    let refused = || unable("sign");
    let random = LibraryRandom::new();
    if let Some(algorithm) = ec_signing(kind) {
        let pair = lc::EcdsaKeyPair::from_pkcs8(algorithm, bytes).map_err(|_| inconsistent())?;
        let signature = pair.sign(&random, PROOF).map_err(|_| refused())?;
        return Ok(signature.as_ref().to_vec());
    }
    if kind == KeyType::Ed25519 {
        let pair =
            lc::Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).map_err(|_| inconsistent())?;
        return Ok(pair.sign(PROOF).as_ref().to_vec());
    }
    let pair = lc::RsaKeyPair::from_pkcs8(bytes).map_err(|_| inconsistent())?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&lc::RSA_PKCS1_SHA256, &random, PROOF, &mut signature)
        .map_err(|_| refused())?;
    Ok(signature)
}

/// Whether the implementation that checks takes `signature` for one of `message` under the pair
/// with this public half: PKCS#1 v1.5 with SHA-256, ECDSA in DER with the hash of the curve's length
/// (SHA-256 for secp256k1), or Ed25519. What cannot be read does not verify.
///
/// Public for the tests that hold it against vectors.
#[doc(hidden)]
pub fn verifies(kind: KeyType, spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
    read_and_verify(kind, spki, message, signature).unwrap_or(false)
}

/// Nothing if a part cannot be read.
fn read_and_verify(kind: KeyType, spki: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let info = SubjectPublicKeyInfoRef::try_from(spki).ok()?;
    let point = info.subject_public_key.as_bytes()?;
    Some(match kind {
        KeyType::EcP256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .ok()?
            .verify(
                message,
                &p256::ecdsa::DerSignature::from_bytes(signature).ok()?,
            )
            .is_ok(),
        KeyType::EcP384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .ok()?
            .verify(
                message,
                &p384::ecdsa::DerSignature::from_bytes(signature).ok()?,
            )
            .is_ok(),
        KeyType::EcP521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .ok()?
            .verify(
                message,
                &p521::ecdsa::DerSignature::from_bytes(signature).ok()?,
            )
            .is_ok(),
        KeyType::EcSecp256k1 => {
            let signature = k256::ecdsa::Signature::from_der(signature).ok()?;
            // RustCrypto wants the smaller of the two forms of `s`, as Bitcoin does; others write
            // either.
            k256::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .ok()?
                .verify(message, &signature.normalize_s())
                .is_ok()
        }
        KeyType::Ed25519 => ed25519_dalek::VerifyingKey::from_bytes(point.try_into().ok()?)
            .ok()?
            .verify_strict(
                message,
                &ed25519_dalek::Signature::from_slice(signature).ok()?,
            )
            .is_ok(),
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => {
            let key = rsa::RsaPublicKey::try_from(info).ok()?;
            rsa::pkcs1v15::VerifyingKey::<Sha256>::new(key)
                .verify(
                    message,
                    &rsa::pkcs1v15::Signature::try_from(signature).ok()?,
                )
                .is_ok()
        }
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512 => false,
    })
}

/// The signing algorithm of a curve, or nothing for other types.
fn ec_signing(kind: KeyType) -> Option<&'static lc::EcdsaSigningAlgorithm> {
    match kind {
        KeyType::EcP256 => Some(&lc::ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyType::EcP384 => Some(&lc::ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyType::EcP521 => Some(&lc::ECDSA_P521_SHA512_ASN1_SIGNING),
        KeyType::EcSecp256k1 => Some(&lc::ECDSA_P256K1_SHA256_ASN1_SIGNING),
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096
        | KeyType::Ed25519 => None,
    }
}

/// The name of a curve.
fn curve(kind: KeyType) -> Option<ObjectIdentifier> {
    let number = match kind {
        KeyType::EcP256 => "1.2.840.10045.3.1.7",
        KeyType::EcP384 => "1.3.132.0.34",
        KeyType::EcP521 => "1.3.132.0.35",
        KeyType::EcSecp256k1 => "1.3.132.0.10",
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096
        | KeyType::Ed25519 => return None,
    };
    ObjectIdentifier::new(number).ok()
}

/// `id-ecPublicKey`.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `id-Ed25519`.
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// What precedes the seed in PKCS#8 version 1 (RFC 8410 section 10.3).
const ED25519_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    fn read(kind: KeyType, bytes: &[u8]) -> Result<SoftwareKey, CryptoError> {
        SoftwareKey::from_material(kind, Secret::take(&mut bytes.to_vec()))
    }

    fn clothes(kind: KeyType, bytes: &[u8]) -> Clothes {
        match read(kind, bytes) {
            Err(CryptoError::Clothes { clothes, .. }) => clothes,
            other => panic!("{other:?}"),
        }
    }

    const P256: &[u8] = include_bytes!("../../tests/data/crypto/ec-p256.pkcs8.der");
    const RSA: &[u8] = include_bytes!("../../tests/data/crypto/rsa-2048.pkcs8.der");

    #[test]
    fn a_key_is_made_of_every_type() {
        for kind in KeyType::all() {
            let key = match SoftwareKey::generate(kind, &mut SystemRandom) {
                Err(refusal) if library::FIPS => {
                    assert_eq!(Err(refusal), library::approve_key(kind));
                    continue;
                }
                made => made.unwrap(),
            };
            assert_eq!(key.kind(), kind);
            assert_eq!(key.spki().is_some(), kind.is_pair());
            assert_eq!(key.prove_pair().unwrap().is_some(), kind.is_pair());
            assert!(key.check_values().headline().is_some());
            if let Some(len) = kind.raw_len() {
                assert_eq!(key.material().len(), len);
            }
        }
    }

    #[test]
    fn a_twin_is_made_of_every_type() {
        for kind in KeyType::all() {
            let twin = SoftwareKey::twin(kind, &mut SystemRandom).unwrap();
            assert_eq!(twin.kind(), kind);
            assert_eq!(twin.prove_pair().unwrap().is_some(), kind.is_pair());
        }
    }

    #[test]
    fn generated_elliptic_curve_keys_name_their_curve_and_carry_their_point() {
        for (kind, len) in [
            (KeyType::EcP256, 138),
            (KeyType::EcP384, 185),
            (KeyType::EcP521, 241),
            (KeyType::EcSecp256k1, 135),
        ] {
            let key = SoftwareKey::twin(kind, &mut SystemRandom).unwrap();
            let material = key.material().expose();
            assert_eq!(material.len(), len);
            let info = PrivateKeyInfoRef::try_from(material).unwrap();
            let named = info.algorithm.parameters.unwrap();
            assert_eq!(named.decode_as::<ObjectIdentifier>().ok(), curve(kind));
            let spki = key.spki().unwrap();
            let point = SubjectPublicKeyInfoRef::try_from(spki.as_slice())
                .unwrap()
                .subject_public_key
                .raw_bytes()
                .to_vec();
            assert!(material.ends_with(&point));
        }
    }

    #[test]
    fn generated_ed25519_keys_are_version_1_without_their_public_half() {
        let key = SoftwareKey::generate(KeyType::Ed25519, &mut SystemRandom).unwrap();
        let material = key.material().expose();
        assert_eq!(material.len(), 48);
        assert!(material.starts_with(&ED25519_HEAD));
    }

    /// The pair of RFC 8410 section 10.3.
    const RFC_8410: &[u8] = &[
        0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69, 0xf8,
        0xad, 0x3a, 0xfe, 0x7c, 0x28, 0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75,
        0x58, 0x42,
    ];
    const RFC_8410_PUBLIC: &[u8] = &[
        0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b,
        0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31,
        0x66, 0xe1,
    ];

    #[test]
    fn an_ed25519_pair_with_its_public_half_is_shortened() {
        let short = [&ED25519_HEAD, RFC_8410].concat();
        let mut long = [&short, &[0x81, 0x21, 0x00][..], RFC_8410_PUBLIC].concat();
        long[1] += 0x23;
        long[4] = 1;
        let (short_key, long_key) = (
            read(KeyType::Ed25519, &short).unwrap(),
            read(KeyType::Ed25519, &long).unwrap(),
        );
        assert_eq!(long_key.material().expose(), short);
        assert_eq!(short_key.material().expose(), short);
        let spki = long_key.spki().unwrap();
        assert_eq!(Some(&spki), short_key.spki().as_ref());
        assert!(spki.ends_with(RFC_8410_PUBLIC));

        // Another pair's public half.
        *long.last_mut().unwrap() ^= 1;
        assert_eq!(
            read(KeyType::Ed25519, &long).unwrap_err(),
            CryptoError::Inconsistent {
                kind: KeyType::Ed25519
            }
        );
    }

    #[test]
    fn an_ed25519_seed_that_is_a_placeholder_or_of_another_length_is_refused() {
        let kind = KeyType::Ed25519;
        let repeated = [&ED25519_HEAD[..], &[7; 32]].concat();
        assert_eq!(
            read(kind, &repeated).unwrap_err(),
            CryptoError::Weak { kind }
        );
        let mut less = [&ED25519_HEAD, &RFC_8410[..31]].concat();
        less[1] -= 1;
        less[13] -= 1;
        less[15] -= 1;
        assert_eq!(
            read(kind, &less).unwrap_err(),
            CryptoError::NotPkcs8 { kind }
        );
    }

    #[test]
    fn aes_bytes_come_from_the_random_source_given() {
        struct Counting(u8);
        impl Random for Counting {
            fn fill(&mut self, out: &mut [u8]) -> Result<(), crate::crypto::random::RandomFailed> {
                for byte in out {
                    self.0 += 1;
                    *byte = self.0;
                }
                Ok(())
            }
        }
        let key = SoftwareKey::generate(KeyType::Aes128, &mut Counting(0)).unwrap();
        assert_eq!(key.material().expose(), (1..=16).collect::<Vec<u8>>());
    }

    #[test]
    fn a_pair_in_the_wrong_clothes_is_refused_by_name() {
        let pem = include_bytes!("../../tests/data/crypto/private.pem");
        assert_eq!(clothes(KeyType::Rsa2048, pem), Clothes::Pem);
        let hex = crate::domain::record::hex(P256);
        assert_eq!(clothes(KeyType::EcP256, hex.as_bytes()), Clothes::Hex);
        let base64 = <base64ct::Base64 as base64ct::Encoding>::encode_string(P256);
        assert_eq!(clothes(KeyType::EcP256, base64.as_bytes()), Clothes::Base64);
        let line = [P256, b"\n"].concat();
        assert_eq!(clothes(KeyType::EcP256, &line), Clothes::TrailingNewline);
        for (kind, bytes, wanted) in [
            (
                KeyType::EcP256,
                &include_bytes!("../../tests/data/crypto/ec-p256.sec1.der")[..],
                Clothes::Sec1,
            ),
            (
                KeyType::EcP256,
                include_bytes!("../../tests/data/crypto/ec-p256.encrypted.der"),
                Clothes::EncryptedPkcs8,
            ),
            (
                KeyType::Rsa2048,
                include_bytes!("../../tests/data/crypto/rsa-2048.pkcs1.der"),
                Clothes::Pkcs1,
            ),
            (
                KeyType::Rsa2048,
                include_bytes!("../../tests/data/crypto/rfc7638-public.der"),
                Clothes::PublicHalf,
            ),
            (
                KeyType::Rsa2048,
                include_bytes!("../../tests/data/crypto/certificate.der"),
                Clothes::Certificate,
            ),
            (KeyType::Aes256, P256, Clothes::Pkcs8),
        ] {
            assert_eq!(clothes(kind, bytes), wanted);
        }
    }

    #[test]
    fn raw_bytes_in_the_wrong_clothes_are_refused_by_name() {
        let raw: Vec<u8> = (100..132).collect();
        assert!(read(KeyType::Aes256, &raw).is_ok());
        for (bytes, wanted) in [
            (
                b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n".to_vec(),
                Clothes::Hex,
            ),
            (
                b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_vec(),
                Clothes::Base64,
            ),
            ([&raw[..], b"\r\n"].concat(), Clothes::TrailingNewline),
            (b"-----BEGIN KEY-----\n".to_vec(), Clothes::Pem),
        ] {
            assert_eq!(clothes(KeyType::Aes256, &bytes), wanted);
        }
        // 64 digits are as long as an HMAC secret.
        assert_eq!(clothes(KeyType::Hmac512, &[b'a'; 64]), Clothes::Hex);
    }

    #[test]
    fn placeholders_are_refused_as_weak() {
        for byte in [0, 0xff, 0x80] {
            assert_eq!(
                read(KeyType::Aes256, &[byte; 32]).unwrap_err(),
                CryptoError::Weak {
                    kind: KeyType::Aes256
                }
            );
        }
    }

    #[test]
    fn another_length_is_refused() {
        assert_eq!(
            read(KeyType::Aes256, &[0x80; 31]).unwrap_err(),
            CryptoError::Length {
                kind: KeyType::Aes256,
                wanted: 32,
                found: 31
            }
        );
    }

    #[test]
    fn another_algorithm_curve_or_size_is_refused_by_name() {
        for (kind, bytes, found) in [
            (KeyType::Rsa2048, P256, "EC P-256"),
            (KeyType::EcP384, P256, "EC P-256"),
            (KeyType::EcP256, RSA, "RSA"),
            (KeyType::Ed25519, RSA, "RSA"),
        ] {
            assert_eq!(
                read(kind, bytes).unwrap_err(),
                CryptoError::OtherAlgorithm {
                    kind,
                    found: found.to_owned()
                }
            );
        }
        assert_eq!(
            read(KeyType::Rsa4096, RSA).unwrap_err(),
            CryptoError::OtherSize {
                wanted: 4096,
                found: 2048
            }
        );
    }

    #[test]
    fn broken_pairs_are_refused() {
        let kind = KeyType::EcP256;
        let explicit = include_bytes!("../../tests/data/crypto/ec-p256.explicit.der");
        assert_eq!(
            read(kind, explicit).unwrap_err(),
            CryptoError::ExplicitCurve { kind }
        );
        let mixed = include_bytes!("../../tests/data/crypto/ec-p256.mixed.der");
        assert_eq!(
            read(kind, mixed).unwrap_err(),
            CryptoError::Inconsistent { kind }
        );
        let e3 = include_bytes!("../../tests/data/crypto/rsa-2048.e3.der");
        assert_eq!(
            read(KeyType::Rsa2048, e3).unwrap_err(),
            CryptoError::KeyExponent
        );
        // The last byte of an RSA key belongs to its coefficient.
        let mut bent = RSA.to_vec();
        *bent.last_mut().unwrap() ^= 1;
        assert_eq!(
            read(KeyType::Rsa2048, &bent).unwrap_err(),
            CryptoError::Inconsistent {
                kind: KeyType::Rsa2048
            }
        );
        let longer = [P256, b"x"].concat();
        assert_eq!(
            read(kind, &longer).unwrap_err(),
            CryptoError::NotPkcs8 { kind }
        );
    }

    #[test]
    fn compressed_points_are_accepted_and_mean_the_same_key() {
        let compressed = include_bytes!("../../tests/data/crypto/ec-p256.compressed.der");
        assert_eq!(
            read(KeyType::EcP256, compressed).unwrap().spki(),
            read(KeyType::EcP256, P256).unwrap().spki()
        );
    }

    #[test]
    fn debugging_shows_no_bytes() {
        let key = read(KeyType::Aes256, &(100..132).collect::<Vec<u8>>()).unwrap();
        assert!(format!("{key:?}").contains("Secret(32 bytes)"));
    }
}
