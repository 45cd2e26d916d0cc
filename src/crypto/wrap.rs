//! Wrapping: RSA-OAEP alone, with an AES key under it that carries the rest, or AES alone.
//!
//! # Shape
//!
//! ```text
//! OAEP          OAEP(plaintext)                            modulus length
//! OAEP ‖ AES    OAEP(AES-256 key) ‖ KWP(AES-256 key, plaintext)
//!                                                          modulus length, then blocks
//! AES           KWP(given key, plaintext)                  blocks
//! ```
//!
//! The label is empty. KWP is AES key wrap with padding; KW and ECB stand in its place where a
//! provider asks for them.
//!
//! # Source
//!
//! RFC 8017 section 7.1, RFC 3394, RFC 5649, PKCS#11 `CKM_RSA_AES_KEY_WRAP`.

mod aes;
pub mod diagnosis;
mod oaep;

use std::fmt;

use crate::crypto::error::CryptoError;
use crate::crypto::library;
use crate::crypto::random::Random;
use crate::crypto::software::SoftwareKey;
use crate::crypto::test_pairs::TestPair;
use crate::crypto::test_pairs::test_kek;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::token_profile::Asked;
use crate::secret::Secret;

/// A hash function of OAEP or of its mask generation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hash {
    /// SHA-1; still safe in OAEP, and still asked for.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// Length of a digest.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name in standards.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// The two hash functions of OAEP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OaepHashes {
    /// Of OAEP itself.
    pub hash: Hash,
    /// Of its mask generation, MGF1.
    pub mgf: Hash,
}

impl OaepHashes {
    /// One hash function in both places.
    pub const fn same(hash: Hash) -> Self {
        Self { hash, mgf: hash }
    }

    /// The longest plaintext under a modulus of `bits`.
    pub const fn max_plain(self, bits: usize) -> usize {
        (bits / 8).saturating_sub(2 * self.hash.digest_len() + 2)
    }
}

/// How an AES key carries a plaintext.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AesMode {
    /// Key wrap: multiples of 8 bytes, 16 at least.
    Kw,
    /// Key wrap with padding.
    Kwp,
    /// Electronic codebook with PKCS#7 padding; nothing protects it against change.
    EcbPkcs7,
}

impl AesMode {
    /// The name in standards.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kw => "AES-KW",
            Self::Kwp => "AES-KWP",
            Self::EcbPkcs7 => "AES-ECB-PKCS7",
        }
    }
}

/// How a key is wrapped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Construction {
    /// RSA carries the plaintext.
    Oaep(OaepHashes),
    /// RSA carries a fresh AES-256 key, which carries the plaintext.
    OaepThenAes(OaepHashes, AesMode),
    /// An AES key that both sides have carries the plaintext.
    Aes(AesMode),
}

impl Construction {
    /// The hash functions of OAEP, where there is one.
    pub const fn oaep(self) -> Option<OaepHashes> {
        match self {
            Self::Oaep(hashes) | Self::OaepThenAes(hashes, _) => Some(hashes),
            Self::Aes(_) => None,
        }
    }

    /// The AES part, where there is one.
    pub const fn aes(self) -> Option<AesMode> {
        match self {
            Self::Oaep(_) => None,
            Self::OaepThenAes(_, mode) | Self::Aes(mode) => Some(mode),
        }
    }

    /// Whether the wrapping key is a secret that both sides have.
    pub const fn is_under_aes(self) -> bool {
        matches!(self, Self::Aes(_))
    }

    /// As a token profile is asked for it.
    pub fn asked(self, bits: usize, key: KeyType) -> Asked {
        Asked {
            oaep: self.oaep().map(|hashes| hashes.to_string()),
            aes: self.aes().map(|mode| mode.name().to_owned()),
            bits,
            key,
        }
    }

    /// Refuses a plaintext of a length that is not carried under a wrapping key of `bits`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::TooLong`] or [`CryptoError::NotBlocks`].
    pub fn check_len(self, bits: usize, len: usize) -> Result<(), CryptoError> {
        match self {
            Self::Oaep(hashes) => {
                let max = hashes.max_plain(bits);
                if len > max {
                    return Err(CryptoError::TooLong { len, max });
                }
            }
            Self::OaepThenAes(_, mode) | Self::Aes(mode) => {
                if !aes::carries(mode, len) {
                    return Err(CryptoError::NotBlocks { len });
                }
            }
        }
        Ok(())
    }

    /// Length of the wrapped key.
    pub const fn blob_len(self, bits: usize, plaintext_len: usize) -> usize {
        match self {
            Self::Oaep(_) => bits / 8,
            Self::OaepThenAes(_, mode) => bits / 8 + aes::wrapped_len(mode, plaintext_len),
            Self::Aes(mode) => aes::wrapped_len(mode, plaintext_len),
        }
    }

    /// Which code makes the wrapped key.
    pub fn maker(self) -> &'static str {
        if self.has_two_implementations() {
            "aws-lc-rs"
        } else {
            "RustCrypto"
        }
    }

    /// Which other code opens what was made of a throwaway key.
    pub fn checker(self) -> &'static str {
        if self.has_two_implementations() {
            "RustCrypto"
        } else {
            "keyrite's own OAEP decoding over RustCrypto's RSA"
        }
    }

    /// Whether two whole implementations hold each other in check: aws-lc-rs makes, RustCrypto
    /// opens. Where aws-lc-rs lacks a hash function, only the padding has a second reader.
    pub fn has_two_implementations(self) -> bool {
        self.oaep()
            .is_none_or(|hashes| oaep::library(hashes).is_some())
    }
}

impl fmt::Display for OaepHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash.name())?;
        if self.hash != self.mgf {
            write!(f, " with MGF1 {}", self.mgf.name())?;
        }
        Ok(())
    }
}

impl fmt::Display for Construction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oaep(hashes) => write!(f, "RSA-OAEP {hashes}"),
            Self::OaepThenAes(hashes, mode) => {
                write!(f, "RSA-OAEP {hashes} and {}", mode.name())
            }
            Self::Aes(mode) => f.write_str(mode.name()),
        }
    }
}

/// A wrapped key, and how that was checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wrapped {
    /// The bytes for the provider.
    pub blob: Vec<u8>,
    /// What was found true of these very bytes.
    pub checked: Vec<&'static str>,
}

/// Wraps `material` under a provider's key.
///
/// RustCrypto opens an AES part again before its key is wiped, and the result is compared. An RSA
/// part cannot be opened here; [`self_check`] tries it on a twin.
///
/// # Errors
///
/// [`CryptoError::TooLong`] and [`CryptoError::NotBlocks`] where the plaintext is not carried,
/// [`CryptoError::OtherKindOfKey`] for an AES key in place of an RSA key or the reverse.
pub fn wrap(
    construction: Construction,
    to: &WrappingKey,
    material: &Secret,
    random: &mut dyn Random,
) -> Result<Wrapped, CryptoError> {
    library::refused(library::unapproved_wrap(construction))?;
    if material.is_empty() {
        return Err(CryptoError::Empty);
    }
    if construction.is_under_aes() != to.secret().is_some() {
        return Err(CryptoError::OtherKindOfKey);
    }
    construction.check_len(to.bits(), material.len())?;
    let blob = match (construction, to.secret()) {
        (Construction::Oaep(hashes), _) => oaep::encrypt(hashes, to, material, random)?,
        (Construction::OaepThenAes(hashes, mode), _) => {
            // Lives until the end of this block, then is wiped.
            let kek = Secret::try_init(KEK_LEN, |bytes| random.fill(bytes))?;
            let mut blob = oaep::encrypt(hashes, to, &kek, random)?;
            blob.extend(aes::wrap(mode, &kek, material)?);
            blob
        }
        (Construction::Aes(mode), Some(kek)) => aes::wrap(mode, kek, material)?,
        (Construction::Aes(_), None) => return Err(CryptoError::OtherKindOfKey),
    };
    if blob.len() != construction.blob_len(to.bits(), material.len()) {
        return Err(CryptoError::SelfCheck);
    }
    let checked = checks(construction).to_vec();
    Ok(Wrapped { blob, checked })
}

/// What [`wrap`] finds true of every blob that it returns.
pub const fn checks(construction: Construction) -> &'static [&'static str] {
    const LENGTH: &str = "length as computed beforehand";
    match construction {
        Construction::Oaep(_) => &[LENGTH],
        Construction::OaepThenAes(..) => {
            &["RustCrypto opened the AES part of this blob: equal", LENGTH]
        }
        Construction::Aes(_) => &["RustCrypto opened this blob: equal", LENGTH],
    }
}

/// The built-in wrapping key of `bits` that everybody knows: the public half of a pair, or an AES
/// key.
///
/// # Errors
///
/// [`CryptoError::NoTestPair`] if there is none of this length.
pub fn test_key(construction: Construction, bits: usize) -> Result<WrappingKey, CryptoError> {
    if construction.is_under_aes() {
        let kek = test_kek(bits).ok_or(CryptoError::NoTestPair { bits })?;
        WrappingKey::from_secret(kek)
    } else {
        TestPair::of(bits)
            .ok_or(CryptoError::NoTestPair { bits })?
            .public()
    }
}

/// Opens what was wrapped under [`test_key`], by other code than made it.
///
/// # Errors
///
/// [`CryptoError::DoesNotOpen`], whatever the reason.
pub fn open_test(
    construction: Construction,
    bits: usize,
    blob: &[u8],
) -> Result<Secret, CryptoError> {
    match construction {
        Construction::Aes(mode) => {
            let kek = test_kek(bits).ok_or(CryptoError::NoTestPair { bits })?;
            aes::open_second(mode, &kek, blob)
        }
        Construction::Oaep(_) | Construction::OaepThenAes(..) => {
            let pair = TestPair::of(bits).ok_or(CryptoError::NoTestPair { bits })?;
            unwrap(construction, pair, blob)
        }
    }
}

/// Wraps a twin under the built-in test key of the same size and opens it with other code.
///
/// # Errors
///
/// [`CryptoError::SelfCheck`] if what comes out is not what went in: then nothing may be wrapped.
pub fn self_check(
    construction: Construction,
    bits: usize,
    kind: KeyType,
    random: &mut dyn Random,
) -> Result<(), CryptoError> {
    let to = test_key(construction, bits)?;
    let twin = SoftwareKey::twin(kind, random)?;
    let wrapped = wrap(construction, &to, twin.material(), random)?;
    came_out(
        open_test(construction, bits, &wrapped.blob),
        twin.material(),
    )
}

/// Whether what came out is what went in.
fn came_out(opened: Result<Secret, CryptoError>, went_in: &Secret) -> Result<(), CryptoError> {
    match opened {
        Ok(opened) if opened == *went_in => Ok(()),
        Ok(_) | Err(_) => Err(CryptoError::SelfCheck),
    }
}

/// What [`self_check`] proved, in words for the record.
pub fn self_checked(construction: Construction) -> String {
    format!(
        "a throwaway key of the same type was wrapped under a built-in test key and opened by {}",
        construction.checker()
    )
}

/// Opens what was wrapped under a built-in test pair, by other code than made it.
///
/// # Errors
///
/// [`CryptoError::DoesNotOpen`], whatever the reason.
pub fn unwrap(
    construction: Construction,
    pair: TestPair,
    blob: &[u8],
) -> Result<Secret, CryptoError> {
    let (hashes, mode) = match construction {
        Construction::Oaep(hashes) => (hashes, None),
        Construction::OaepThenAes(hashes, mode) => (hashes, Some(mode)),
        Construction::Aes(_) => return Err(CryptoError::OtherKindOfKey),
    };
    let (head, tail) = blob
        .split_at_checked(pair.bits() / 8)
        .ok_or(CryptoError::DoesNotOpen)?;
    let opened = oaep::decrypt(hashes, pair, head)?;
    match mode {
        Some(mode) if opened.len() == KEK_LEN => aes::open_second(mode, &opened, tail),
        None if tail.is_empty() => Ok(opened),
        Some(_) | None => Err(CryptoError::DoesNotOpen),
    }
}

/// Opens one RSA-OAEP block with a private key that was published as a test vector: for tests only.
///
/// # Errors
///
/// [`CryptoError::DoesNotOpen`], whatever the reason.
#[doc(hidden)]
pub fn unwrap_with_published_key(
    hashes: OaepHashes,
    pkcs8: &[u8],
    block: &[u8],
) -> Result<Secret, CryptoError> {
    let key = pkcs8::PrivateKeyInfoRef::try_from(pkcs8)
        .ok()
        .and_then(|info| rsa::RsaPrivateKey::try_from(info).ok())
        .ok_or(CryptoError::DoesNotOpen)?;
    oaep::decrypt_with(hashes, &key, block)
}

/// AES-256 key wrap with padding by aws-lc-rs; RustCrypto opens it again before it is returned.
///
/// # Errors
///
/// [`CryptoError::SelfCheck`] if the two implementations differ.
pub fn kwp_wrap(kek: &Secret, material: &Secret) -> Result<Vec<u8>, CryptoError> {
    if kek.len() != KEK_LEN {
        return Err(CryptoError::KekLength { found: kek.len() });
    }
    aes::wrap(AesMode::Kwp, kek, material)
}

/// Opens AES-256 key wrap with padding by both implementations, which must agree.
///
/// # Errors
///
/// [`CryptoError::DoesNotOpen`] for another key or changed bytes.
pub fn kwp_unwrap(kek: &Secret, blob: &[u8]) -> Result<Secret, CryptoError> {
    if kek.len() != KEK_LEN {
        return Err(CryptoError::KekLength { found: kek.len() });
    }
    aes::kwp_open_both(kek, blob)
}

/// Length of the AES key between RSA and plaintext.
const KEK_LEN: usize = 32;

#[cfg(test)]
mod tests {
    use ::aes::cipher::KeyInit as _;
    use aes_kw::AesKwp;

    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::domain::record::unhex;

    fn bytes(hex: &serde_json::Value) -> Vec<u8> {
        unhex(hex.as_str().unwrap()).unwrap()
    }

    fn secret(bytes: &[u8]) -> Secret {
        Secret::take(&mut bytes.to_vec())
    }

    fn vectors() -> serde_json::Value {
        serde_json::from_str(include_str!("../../tests/data/crypto/wrap-vectors.json")).unwrap()
    }

    const HYBRID: Construction = made(Hash::Sha256, true);
    const DIRECT: Construction = made(Hash::Sha256, false);

    const fn made(hash: Hash, kwp: bool) -> Construction {
        let hashes = OaepHashes::same(hash);
        if kwp {
            Construction::OaepThenAes(hashes, AesMode::Kwp)
        } else {
            Construction::Oaep(hashes)
        }
    }

    #[test]
    fn a_self_check_fails_where_something_else_comes_out_or_nothing() {
        let (one, other) = (Secret::zeroed(32), Secret::zeroed(16));
        assert_eq!(came_out(Ok(Secret::zeroed(32)), &one), Ok(()));
        assert_eq!(came_out(Ok(other), &one), Err(CryptoError::SelfCheck));
        let failed = Err(CryptoError::NoTestPair { bits: 1 });
        assert_eq!(came_out(failed, &one), Err(CryptoError::SelfCheck));
        let hashes = OaepHashes {
            hash: Hash::Sha256,
            mgf: Hash::Sha256,
        };
        let construction = Construction::Oaep(hashes);
        let checked = self_check(construction, 1024, KeyType::Aes256, &mut SystemRandom);
        assert_eq!(checked, Err(CryptoError::NoTestPair { bits: 1024 }));
    }

    #[test]
    fn what_stands_behind_a_block_opens_only_where_it_belongs() {
        let hashes = OaepHashes::same(Hash::Sha256);
        let pair = TestPair::of(2048).unwrap();
        let to = pair.public().unwrap();
        let behind = |kek: usize| {
            let kek = Secret::init(kek, |to| to.fill(7));
            let block = oaep::encrypt(hashes, &to, &kek, &mut SystemRandom).unwrap();
            let tail = aes::wrap(AesMode::Kwp, &kek, &Secret::zeroed(32)).unwrap();
            (block.clone(), [block, tail].concat())
        };
        let (block, blob) = behind(32);
        assert_eq!(unwrap(HYBRID, pair, &blob), Ok(Secret::zeroed(32)));
        assert_eq!(unwrap(DIRECT, pair, &block), Ok(secret(&[7; 32])));
        let refused = Err(CryptoError::DoesNotOpen);
        assert_eq!(unwrap(DIRECT, pair, &blob), refused);
        // A key of AES-128 in the block: a wrapping key has 256 bits.
        assert_eq!(unwrap(HYBRID, pair, &behind(16).1), refused);
    }

    #[test]
    fn what_made_and_what_checked_a_wrap_is_told() {
        let of = |hash| {
            let construction = Construction::Oaep(OaepHashes { hash, mgf: hash });
            let told = [construction.maker(), construction.checker()];
            (construction.to_string(), told)
        };
        let (name, told) = of(Hash::Sha256);
        assert_eq!(name, "RSA-OAEP SHA-256");
        assert!(told[0].starts_with("aws-lc-rs"), "{}", told[0]);
        assert_eq!(told[1], "RustCrypto");
        let (_, told) = of(Hash::Sha224);
        let own = "keyrite's own OAEP decoding over RustCrypto's RSA";
        assert_eq!(told, ["RustCrypto", own]);
        let construction = Construction::Aes(AesMode::Kwp);
        assert!(self_checked(construction).ends_with("opened by RustCrypto"));
    }

    #[test]
    fn blobs_of_another_implementation_open() {
        let vectors = vectors();
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 22);
        for case in cases {
            let hash = match case["oaep_hash"].as_str().unwrap() {
                "SHA-1" => Hash::Sha1,
                "SHA-256" => Hash::Sha256,
                "SHA-384" => Hash::Sha384,
                "SHA-512" => Hash::Sha512,
                other => panic!("{other}"),
            };
            let construction = made(hash, case["construction"] == "oaep+kwp");
            let bits = usize::try_from(case["kek_bits"].as_u64().unwrap()).unwrap();
            let blob = bytes(&case["wrapped_hex"]);
            let plaintext = bytes(&case["plaintext_hex"]);
            assert_eq!(blob.len(), construction.blob_len(bits, plaintext.len()));
            let opened = unwrap(construction, TestPair::of(bits).unwrap(), &blob).unwrap();
            assert_eq!(opened.expose(), plaintext);
        }
    }

    #[test]
    fn the_built_in_pairs_are_those_of_the_vectors() {
        for kek in vectors()["keks"].as_array().unwrap() {
            let bits = usize::try_from(kek["bits"].as_u64().unwrap()).unwrap();
            let pem = kek["public_spki_pem"].as_str().unwrap();
            assert_eq!(
                WrappingKey::from_bytes(pem.as_bytes()).unwrap(),
                TestPair::of(bits).unwrap().public().unwrap()
            );
        }
    }

    #[test]
    fn the_vectors_of_rfc_5649_open() {
        for case in vectors()["rfc5649"].as_array().unwrap() {
            let kek = AesKwp::<::aes::Aes192>::new_from_slice(&bytes(&case["kek_hex"])).unwrap();
            let (key, wrapped) = (bytes(&case["key_hex"]), bytes(&case["wrapped_hex"]));
            let mut buffer = vec![0; wrapped.len()];
            assert_eq!(kek.wrap_key(&key, &mut buffer).unwrap(), wrapped);
            let mut buffer = vec![0; wrapped.len() - 8];
            assert_eq!(kek.unwrap_key(&wrapped, &mut buffer).unwrap(), key);
        }
    }

    #[test]
    fn every_type_passes_the_self_check_wherever_it_fits() {
        for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            for bits in [2048, 3072, 4096] {
                for kind in KeyType::all() {
                    for kwp in [false, true] {
                        let construction = made(hash, kwp);
                        // RSA decryption without optimisation is slow; each size need not meet
                        // each type.
                        if bits == 4096 && hash != Hash::Sha256 {
                            continue;
                        }
                        match self_check(construction, bits, kind, &mut SystemRandom) {
                            Ok(()) => (),
                            Err(CryptoError::TooLong { len, max }) => assert!(!kwp && len > max),
                            Err(other) => panic!("{kind} {bits} {construction:?}: {other}"),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn lengths_are_those_of_the_providers() {
        assert_eq!(HYBRID.blob_len(4096, 32), 552);
        assert_eq!(HYBRID.blob_len(4096, 138), 664);
        assert_eq!(HYBRID.blob_len(4096, 1217), 1744);
        assert_eq!(HYBRID.blob_len(2048, 32), 296);
        assert_eq!(DIRECT.blob_len(3072, 32), 384);
        assert_eq!(
            [2048, 3072, 4096].map(|bits| OaepHashes::same(Hash::Sha256).max_plain(bits)),
            [190, 318, 446]
        );
        let sha1 = OaepHashes::same(Hash::Sha1);
        assert_eq!(
            [2048, 3072, 4096].map(|bits| sha1.max_plain(bits)),
            [214, 342, 470]
        );
        assert_eq!(sha1.max_plain(8), 0);
    }

    #[test]
    fn what_does_not_fit_into_one_block_is_refused() {
        let to = TestPair::of(2048).unwrap().public().unwrap();
        assert_eq!(
            wrap(DIRECT, &to, &Secret::zeroed(191), &mut SystemRandom),
            Err(CryptoError::TooLong { len: 191, max: 190 })
        );
        assert!(wrap(DIRECT, &to, &Secret::zeroed(190), &mut SystemRandom).is_ok());
    }

    #[test]
    fn nothing_is_never_wrapped() {
        let to = TestPair::of(2048).unwrap().public().unwrap();
        for construction in [DIRECT, HYBRID] {
            assert_eq!(
                wrap(construction, &to, &Secret::zeroed(0), &mut SystemRandom),
                Err(CryptoError::Empty)
            );
        }
        let kek = secret(&[7; 32]);
        assert_eq!(kwp_wrap(&kek, &Secret::zeroed(0)), Err(CryptoError::Empty));
        // This is what aes-kw 0.3.1 makes of nothing.
        assert_eq!(
            kwp_unwrap(&kek, &[0xa6, 0x59, 0x59, 0xa6, 0, 0, 0, 0]),
            Err(CryptoError::DoesNotOpen)
        );
    }

    #[test]
    fn what_aws_lc_rs_cannot_do_passes_the_self_check_too() {
        let mixed = OaepHashes {
            hash: Hash::Sha256,
            mgf: Hash::Sha1,
        };
        for hashes in [mixed, OaepHashes::same(Hash::Sha224)] {
            for construction in [
                Construction::Oaep(hashes),
                Construction::OaepThenAes(hashes, AesMode::Kwp),
            ] {
                assert!(!construction.has_two_implementations());
                assert_eq!(
                    self_check(construction, 2048, KeyType::Aes256, &mut SystemRandom),
                    library::refused(library::unapproved_wrap(construction))
                );
            }
        }
        assert!(HYBRID.has_two_implementations());
    }

    #[test]
    fn a_given_aes_key_wraps_and_passes_the_self_check() {
        for mode in [AesMode::Kw, AesMode::Kwp] {
            for bits in [128, 256] {
                let construction = Construction::Aes(mode);
                self_check(construction, bits, KeyType::Aes256, &mut SystemRandom).unwrap();
            }
        }
        assert_eq!(
            Construction::Aes(AesMode::Kw).check_len(256, 28),
            Err(CryptoError::NotBlocks { len: 28 })
        );
    }

    #[test]
    fn an_aes_key_is_not_taken_for_an_rsa_key() {
        let material = secret(&[1; 32]);
        let rsa = TestPair::of(2048).unwrap().public().unwrap();
        let kwp = Construction::Aes(AesMode::Kwp);
        let aes = test_key(kwp, 256).unwrap();
        for (construction, key) in [(HYBRID, &aes), (DIRECT, &aes), (kwp, &rsa)] {
            assert_eq!(
                wrap(construction, key, &material, &mut SystemRandom),
                Err(CryptoError::OtherKindOfKey)
            );
        }
    }

    #[test]
    fn a_wrap_under_an_aes_key_opens_for_both_at_every_length() {
        let kek = secret(&[7; 32]);
        for len in 1..100 {
            let material = Secret::init(len, |to| to.fill(0xff));
            let blob = kwp_wrap(&kek, &material).unwrap();
            assert_eq!(
                blob.len(),
                Construction::Aes(AesMode::Kwp).blob_len(256, len)
            );
            assert_eq!(kwp_unwrap(&kek, &blob).unwrap(), material);
        }
    }

    #[test]
    fn changed_bytes_another_key_and_cut_blobs_do_not_open() {
        let kek = secret(&[7; 32]);
        let blob = kwp_wrap(&kek, &secret(&[1; 32])).unwrap();
        for place in 0..blob.len() {
            let mut bent = blob.clone();
            bent[place] ^= 1;
            assert_eq!(kwp_unwrap(&kek, &bent), Err(CryptoError::DoesNotOpen));
            assert_eq!(
                kwp_unwrap(&kek, &blob[..place]),
                Err(CryptoError::DoesNotOpen)
            );
        }
        assert_eq!(
            kwp_unwrap(&secret(&[8; 32]), &blob),
            Err(CryptoError::DoesNotOpen)
        );
        assert_eq!(
            kwp_wrap(&secret(&[7; 16]), &secret(&[1; 32])),
            Err(CryptoError::KekLength { found: 16 })
        );

        let pair = TestPair::of(2048).unwrap();
        let to = pair.public().unwrap();
        let mut blob = wrap(HYBRID, &to, &secret(&[1; 32]), &mut SystemRandom)
            .unwrap()
            .blob;
        assert_eq!(unwrap(DIRECT, pair, &blob), Err(CryptoError::DoesNotOpen));
        assert_eq!(
            unwrap(HYBRID, pair, &blob[..255]),
            Err(CryptoError::DoesNotOpen)
        );
        blob[255] ^= 1;
        assert_eq!(unwrap(HYBRID, pair, &blob), Err(CryptoError::DoesNotOpen));
    }
}
