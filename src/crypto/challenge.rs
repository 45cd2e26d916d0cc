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
use hmac::Hmac;
use hmac::Mac;
use sha2::Sha224;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;
use zeroize::Zeroize as _;

use crate::crypto::error::CryptoError;
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
            let answer = Secret::try_init(LEN, |bytes| random.fill(bytes))?;
            let mut nonce = [0; aead::NONCE_LEN];
            random.fill(&mut nonce)?;
            let sealed = seal(kind, key, nonce, &answer)?;
            let question = [&nonce[..], &sealed].concat();
            Ok(Some(Posed::new(Form::AesGcm, question, &answer)))
        }
    }
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

/// Ciphertext and tag.
fn seal(
    kind: KeyType,
    key: &Secret,
    nonce: [u8; aead::NONCE_LEN],
    answer: &Secret,
) -> Result<Vec<u8>, CryptoError> {
    let (algorithm, again) = match key.len() {
        16 => (
            &aead::AES_128_GCM,
            counter_mode::<Aes128>(key, nonce, answer),
        ),
        24 => (
            &aead::AES_192_GCM,
            counter_mode::<Aes192>(key, nonce, answer),
        ),
        32 => (
            &aead::AES_256_GCM,
            counter_mode::<Aes256>(key, nonce, answer),
        ),
        found => {
            return Err(CryptoError::Length {
                kind,
                wanted: kind.raw_len().unwrap_or_default(),
                found,
            });
        }
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
    if again.as_deref() != Some(sealed.expose()) {
        return Err(CryptoError::Disagree {
            what: "an encryption under the key",
        });
    }
    Ok([sealed.expose(), tag.as_ref()].concat())
}

/// The ciphertext of GCM by other code: its first counter block encrypts the tag, so that the text
/// begins with the second (SP 800-38D section 7.1, for a nonce of 96 bits).
fn counter_mode<C: KeyInit + BlockCipherEncrypt>(
    key: &Secret,
    nonce: [u8; aead::NONCE_LEN],
    answer: &Secret,
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key.expose()).ok()?;
    let mut text = Vec::new();
    for (chunk, counter) in answer.expose().chunks(BLOCK).zip(2_u32..) {
        let input = [&nonce[..], &counter.to_be_bytes()].concat();
        let mut block = Block::<C>::try_from(input.as_slice()).ok()?;
        cipher.encrypt_block(&mut block);
        text.extend(chunk.iter().zip(&block).map(|(one, other)| one ^ other));
        block.zeroize();
    }
    Some(text)
}

const fn unable() -> CryptoError {
    CryptoError::Library {
        what: "pose a challenge",
    }
}

/// Bytes of what is asked for, or with.
const LEN: usize = 32;
/// Bytes of a block of AES.
const BLOCK: usize = 16;

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
