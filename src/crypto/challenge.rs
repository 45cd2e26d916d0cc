//! Questions that only somebody with a key can answer.
//!
//! What is published of one is its question and the digest of its answer. The answer has 28 bytes at
//! least that nobody can guess, so its digest leads neither to it nor to the key.

use aes::Aes128;
use aes::Aes192;
use aes::Aes256;
use aes::cipher::Block;
use aes::cipher::BlockCipherEncrypt;
use aes::cipher::KeyInit;
use aws_lc_rs::aead;
use aws_lc_rs::hmac as lc;
use ghash::GHash;
use ghash::universal_hash::UniversalHash as _;
use hmac::Hmac;
use hmac::Mac;
use sha2::Sha224;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;
use zeroize::Zeroize as _;

use crate::crypto::error::CryptoError;
use crate::crypto::library;
use crate::crypto::random::Random;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Challenge;
use crate::domain::arrival::Form;
use crate::domain::record::Digest;
use crate::secret::Secret;

/// A challenge, and the bytes of its question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Posed {
    /// What is recorded.
    pub challenge: Challenge,
    /// What goes to the provider.
    pub question: Vec<u8>,
}

impl Posed {
    /// With the only right answer.
    pub fn new(form: Form, question: Vec<u8>, answer: &Secret) -> Self {
        Self {
            challenge: Challenge {
                form,
                question: Digest::of(&question),
                answer: Digest::of(answer.expose()),
            },
            question,
        }
    }
}

/// Poses a question to whoever has this key; none for pairs, whose public half says more.
///
/// # Errors
///
/// When the random source or the library fails, and when two implementations disagree.
pub fn pose(
    kind: KeyType,
    key: &Secret,
    random: &mut dyn Random,
) -> Result<Option<Posed>, CryptoError> {
    match Form::of(kind) {
        None => Ok(None),
        Some(Form::Hmac) => {
            let question = question(random)?;
            let mac = mac(kind, key, &question)?;
            Ok(Some(Posed::new(Form::Hmac, question, &mac)))
        }
        Some(Form::AesGcm) => {
            library::approve_key(kind)?;
            let (answer, nonce) = text(random)?;
            let (nonce, sealed) = if library::FIPS {
                seal_by_module(kind, key, &answer)?
            } else {
                (nonce, seal(kind, key, nonce, &answer)?)
            };
            let again = match key.len() {
                16 => in_blocks(nonce, &answer, by::<Aes128>(key)),
                24 => in_blocks(nonce, &answer, by::<Aes192>(key)),
                _ => in_blocks(nonce, &answer, by::<Aes256>(key)),
            };
            if again?.as_ref() != Some(&sealed) {
                return Err(CryptoError::Disagree {
                    what: "an encryption under the key",
                });
            }
            Ok(Some(asked(nonce, &sealed, &answer)))
        }
    }
}

/// Poses a question to whoever has the AES key under which `encrypt` encrypts a block: all that is
/// asked of a token. None if it does not.
///
/// # Errors
///
/// When the random source fails, and those of `encrypt`.
pub fn pose_in_blocks<E: From<CryptoError>>(
    random: &mut dyn Random,
    encrypt: impl FnMut(&[u8; BLOCK]) -> Result<Option<Secret>, E>,
) -> Result<Option<Posed>, E> {
    let (answer, nonce) = text(random)?;
    let sealed = in_blocks(nonce, &answer, encrypt)?;
    Ok(sealed.map(|sealed| asked(nonce, &sealed, &answer)))
}

fn asked(nonce: [u8; aead::NONCE_LEN], sealed: &[u8], answer: &Secret) -> Posed {
    Posed::new(Form::AesGcm, [&nonce[..], sealed].concat(), answer)
}

/// What is to be decrypted, and its nonce.
fn text(random: &mut dyn Random) -> Result<(Secret, [u8; aead::NONCE_LEN]), CryptoError> {
    let answer = Secret::try_init(LEN, |bytes| random.fill(bytes))?;
    let mut nonce = [0; aead::NONCE_LEN];
    random.fill(&mut nonce)?;
    Ok((answer, nonce))
}

/// The question of [`Form::Hmac`].
///
/// # Errors
///
/// When the random source fails.
pub fn question(random: &mut dyn Random) -> Result<Vec<u8>, CryptoError> {
    let mut question = vec![0; LEN];
    random.fill(&mut question)?;
    Ok(question)
}

fn mac(kind: KeyType, key: &Secret, question: &[u8]) -> Result<Secret, CryptoError> {
    let (algorithm, again) = match kind {
        KeyType::Hmac224 => (lc::HMAC_SHA224, again::<Hmac<Sha224>>(key, question)),
        KeyType::Hmac256 => (lc::HMAC_SHA256, again::<Hmac<Sha256>>(key, question)),
        KeyType::Hmac384 => (lc::HMAC_SHA384, again::<Hmac<Sha384>>(key, question)),
        KeyType::Hmac512 => (lc::HMAC_SHA512, again::<Hmac<Sha512>>(key, question)),
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096
        | KeyType::EcP256
        | KeyType::EcP384
        | KeyType::EcP521
        | KeyType::EcSecp256k1
        | KeyType::Ed25519 => return Err(unable()),
    };
    let tag = lc::sign(&lc::Key::new(algorithm, key.expose()), question);
    let tag = Secret::init(tag.as_ref().len(), |to| to.copy_from_slice(tag.as_ref()));
    if again.as_ref() == Some(&tag) {
        Ok(tag)
    } else {
        Err(CryptoError::Disagree {
            what: "an HMAC under the key",
        })
    }
}

/// The same by other code.
fn again<M: KeyInit + Mac>(key: &Secret, question: &[u8]) -> Option<Secret> {
    let mut mac = <M as KeyInit>::new_from_slice(key.expose()).ok()?;
    mac.update(question);
    let mut tag = mac.finalize().into_bytes();
    Some(Secret::take(&mut tag))
}

/// As [`seal`], with a nonce that the library itself makes, which it gives, too: with another one, GCM
/// is none of the approved services of its FIPS module (SP 800-38D section 8.2.2).
fn seal_by_module(
    kind: KeyType,
    key: &Secret,
    answer: &Secret,
) -> Result<([u8; aead::NONCE_LEN], Vec<u8>), CryptoError> {
    let algorithm = match key.len() {
        16 => &aead::AES_128_GCM,
        32 => &aead::AES_256_GCM,
        found => return Err(length(kind, found)),
    };
    let sealing = aead::RandomizedNonceKey::new(algorithm, key.expose()).map_err(|_| unable())?;
    let mut sealed = Secret::init(LEN, |to| to.copy_from_slice(answer.expose()));
    let (nonce, tag) = sealing
        .seal_in_place_separate_tag(aead::Aad::empty(), sealed.expose_mut())
        .map_err(|_| unable())?;
    Ok((*nonce.as_ref(), [sealed.expose(), tag.as_ref()].concat()))
}

fn length(kind: KeyType, found: usize) -> CryptoError {
    CryptoError::Length {
        kind,
        wanted: kind.raw_len().unwrap_or_default(),
        found,
    }
}

/// Ciphertext and tag.
fn seal(
    kind: KeyType,
    key: &Secret,
    nonce: [u8; aead::NONCE_LEN],
    answer: &Secret,
) -> Result<Vec<u8>, CryptoError> {
    let algorithm = match key.len() {
        16 => &aead::AES_128_GCM,
        24 => &aead::AES_192_GCM,
        32 => &aead::AES_256_GCM,
        found => return Err(length(kind, found)),
    };
    let sealing = aead::UnboundKey::new(algorithm, key.expose()).map_err(|_| unable())?;
    let mut sealed = Secret::init(LEN, |to| to.copy_from_slice(answer.expose()));
    let tag = aead::LessSafeKey::new(sealing)
        .seal_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::empty(),
            sealed.expose_mut(),
        )
        .map_err(|_| unable())?;
    Ok([sealed.expose(), tag.as_ref()].concat())
}

/// The same from nothing but single blocks (SP 800-38D section 7.1, for a nonce of 96 bits): the block
/// of zeros is the key of the hash, the first counter encrypts the tag, the text begins with the second.
fn in_blocks<E: From<CryptoError>>(
    nonce: [u8; aead::NONCE_LEN],
    answer: &Secret,
    mut encrypt: impl FnMut(&[u8; BLOCK]) -> Result<Option<Secret>, E>,
) -> Result<Option<Vec<u8>>, E> {
    let mut block = |input: &[u8; BLOCK]| match encrypt(input)? {
        Some(block) if block.len() == BLOCK => Ok(Some(block)),
        Some(_) | None => Ok::<_, E>(None),
    };
    let counter = |number: u32| {
        let mut input = [0; BLOCK];
        let number = number.to_be_bytes();
        for (to, from) in input.iter_mut().zip(nonce.iter().chain(&number)) {
            *to = *from;
        }
        input
    };
    let (Some(hash_key), Some(mask)) = (block(&[0; BLOCK])?, block(&counter(1))?) else {
        return Ok(None);
    };
    let mut sealed = Vec::with_capacity(answer.len() + BLOCK);
    for (chunk, number) in answer.expose().chunks(BLOCK).zip(2..) {
        let Some(stream) = block(&counter(number))? else {
            return Ok(None);
        };
        sealed.extend(
            chunk
                .iter()
                .zip(stream.expose())
                .map(|(one, other)| one ^ other),
        );
    }
    let mut key = ghash::Key::try_from(hash_key.expose()).map_err(|_| unable())?;
    let mut hash = GHash::new(&key);
    key.zeroize();
    hash.update_padded(&sealed);
    // No further data, and the bits of the text.
    let lengths = u128::try_from(sealed.len() * 8).map_err(|_| unable())?;
    hash.update_padded(&lengths.to_be_bytes());
    let mut tag = hash.finalize();
    sealed.extend(
        tag.iter()
            .zip(mask.expose())
            .map(|(one, other)| one ^ other),
    );
    tag.zeroize();
    Ok(Some(sealed))
}

/// Encrypts a block under a key that is at hand.
fn by<C: KeyInit + BlockCipherEncrypt>(
    key: &Secret,
) -> impl FnMut(&[u8; BLOCK]) -> Result<Option<Secret>, CryptoError> {
    let cipher = C::new_from_slice(key.expose());
    move |input| {
        let cipher = cipher.as_ref().map_err(|_| unable())?;
        let mut block = Block::<C>::try_from(input.as_slice()).map_err(|_| unable())?;
        cipher.encrypt_block(&mut block);
        Ok(Some(Secret::take(&mut block)))
    }
}

const fn unable() -> CryptoError {
    CryptoError::Library {
        what: "pose a challenge",
    }
}

/// Bytes of a block of AES.
pub const BLOCK: usize = 16;
/// Bytes of what is asked for, or with.
const LEN: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    fn key(kind: KeyType) -> Secret {
        let len = kind.raw_len().unwrap();
        Secret::init(len, |to| {
            for (to, byte) in to.iter_mut().zip(0_u8..) {
                *to = byte;
            }
        })
    }

    #[test]
    fn whoever_has_an_aes_key_can_answer_and_nobody_else() {
        for kind in [KeyType::Aes128, KeyType::Aes192, KeyType::Aes256] {
            if library::FIPS && kind == KeyType::Aes192 {
                assert!(pose(kind, &key(kind), &mut SystemRandom).is_err());
                continue;
            }
            let posed = pose(kind, &key(kind), &mut SystemRandom).unwrap().unwrap();
            assert_eq!(posed.challenge.form, Form::AesGcm);
            assert_eq!(posed.challenge.question, Digest::of(&posed.question));
            let algorithm = match kind.raw_len().unwrap() {
                16 => &aead::AES_128_GCM,
                24 => &aead::AES_192_GCM,
                _ => &aead::AES_256_GCM,
            };
            let open = |key: &[u8]| {
                let (nonce, sealed) = posed.question.split_at(12);
                let mut sealed = sealed.to_vec();
                let opening =
                    aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, key).unwrap());
                let nonce = aead::Nonce::try_assume_unique_for_key(nonce).unwrap();
                let opened = opening.open_in_place(nonce, aead::Aad::empty(), &mut sealed);
                opened.map(|text| Digest::of(text)).ok()
            };
            assert_eq!(open(key(kind).expose()), Some(posed.challenge.answer));
            assert_eq!(open(&vec![7; kind.raw_len().unwrap()]), None);
        }
    }

    /// What a token does that encrypts one block at a time, by the code of OpenSSL's relatives.
    fn by_token(key: &[u8], input: &[u8; BLOCK]) -> Secret {
        use aws_lc_rs::cipher::AES_256;
        use aws_lc_rs::cipher::EncryptingKey;
        use aws_lc_rs::cipher::UnboundCipherKey;
        let key = UnboundCipherKey::new(&AES_256, key).unwrap();
        let mut block = input.to_vec();
        EncryptingKey::ecb(key)
            .unwrap()
            .encrypt(&mut block)
            .unwrap();
        Secret::take(&mut block)
    }

    #[test]
    fn a_token_that_encrypts_single_blocks_poses_what_gcm_opens() {
        let kind = KeyType::Aes256;
        let key = key(kind);
        let posed = pose_in_blocks::<CryptoError>(&mut SystemRandom, |input| {
            Ok(Some(by_token(key.expose(), input)))
        });
        let posed = posed.unwrap().unwrap();
        let (nonce, sealed) = posed.question.split_at(12);
        let mut sealed = sealed.to_vec();
        let opening = aead::UnboundKey::new(&aead::AES_256_GCM, key.expose()).unwrap();
        let opened = aead::LessSafeKey::new(opening).open_in_place(
            aead::Nonce::try_assume_unique_for_key(nonce).unwrap(),
            aead::Aad::empty(),
            &mut sealed,
        );
        assert_eq!(Digest::of(opened.unwrap()), posed.challenge.answer);
    }

    #[test]
    fn a_token_that_does_not_encrypt_or_gives_half_a_block_poses_nothing() {
        for encrypted in [None, Some(8)] {
            let posed = pose_in_blocks::<CryptoError>(&mut SystemRandom, |_| {
                Ok(encrypted.map(|len| Secret::init(len, |to| to.fill(7))))
            });
            assert_eq!(posed.unwrap(), None);
        }
    }

    #[test]
    fn a_question_to_a_secret_is_answered_by_its_hmac() {
        for (kind, len) in [
            (KeyType::Hmac224, 28),
            (KeyType::Hmac256, 32),
            (KeyType::Hmac384, 48),
            (KeyType::Hmac512, 64),
        ] {
            let posed = pose(kind, &key(kind), &mut SystemRandom).unwrap().unwrap();
            assert_eq!(posed.challenge.form, Form::Hmac);
            let answer = mac(kind, &key(kind), &posed.question).unwrap();
            assert_eq!(answer.len(), len);
            assert_eq!(Digest::of(answer.expose()), posed.challenge.answer);
            let other = Secret::init(len, |to| to.fill(7));
            let other = mac(kind, &other, &posed.question).unwrap();
            assert_ne!(Digest::of(other.expose()), posed.challenge.answer);
        }
    }

    #[test]
    fn nothing_is_asked_twice_and_pairs_are_asked_nothing() {
        let kind = KeyType::Aes256;
        let one = pose(kind, &key(kind), &mut SystemRandom).unwrap();
        assert_ne!(one, pose(kind, &key(kind), &mut SystemRandom).unwrap());
        let pair = pose(KeyType::EcP256, &key(kind), &mut SystemRandom).unwrap();
        assert_eq!(pair, None);
    }
}
