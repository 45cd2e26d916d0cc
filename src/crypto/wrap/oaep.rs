//! RSA-OAEP: aws-lc-rs where it has the hash functions, else RustCrypto.
//!
//! aws-lc-rs has one hash function for both places, and not SHA-224. What RustCrypto makes instead
//! is opened on a twin by this file's own reading of the padding.
//!
//! # Source
//!
//! RFC 8017 section 7.1 and appendix B.2.1.

use std::convert::Infallible;

use aws_lc_rs::rsa as lc;
use rsa::BoxedUint;
use rsa::Oaep;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::rand_core::TryCryptoRng;
use rsa::rand_core::TryRng;
use sha1::Sha1;
use sha2::Digest;
use sha2::Sha224;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;
use sha2::digest::FixedOutputReset;
use subtle::ConstantTimeEq as _;

use crate::crypto::error::CryptoError;
use crate::crypto::random::Random;
use crate::crypto::random::RandomFailed;
use crate::crypto::test_pairs::TestPair;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::crypto::wrapping_key::WrappingKey;
use crate::secret::Secret;

/// Encrypts one RSA block.
pub(super) fn encrypt(
    hashes: OaepHashes,
    to: &WrappingKey,
    plaintext: &Secret,
    random: &mut dyn Random,
) -> Result<Vec<u8>, CryptoError> {
    let max = hashes.max_plain(to.bits());
    if plaintext.len() > max {
        return Err(CryptoError::TooLong {
            len: plaintext.len(),
            max,
        });
    }
    match library(hashes) {
        Some(algorithm) => encrypt_library(algorithm, to, plaintext),
        None => encrypt_second(hashes, to, plaintext, random),
    }
}

/// Opens one RSA block with a private key that everybody knows, by other code than made it.
pub(super) fn decrypt(
    hashes: OaepHashes,
    pair: TestPair,
    block: &[u8],
) -> Result<Secret, CryptoError> {
    if library(hashes).is_some() {
        return decrypt_second(hashes, pair, block);
    }
    let ours = decode(hashes, &raw(pair, block)?)?;
    if ours != decrypt_second(hashes, pair, block)? {
        return Err(CryptoError::Disagree {
            what: "an RSA block",
        });
    }
    Ok(ours)
}

/// The algorithm of aws-lc-rs, where it has one.
pub(super) fn library(hashes: OaepHashes) -> Option<&'static lc::OaepAlgorithm> {
    if hashes.hash != hashes.mgf {
        return None;
    }
    match hashes.hash {
        Hash::Sha1 => Some(&lc::OAEP_SHA1_MGF1SHA1),
        Hash::Sha224 => None,
        Hash::Sha256 => Some(&lc::OAEP_SHA256_MGF1SHA256),
        Hash::Sha384 => Some(&lc::OAEP_SHA384_MGF1SHA384),
        Hash::Sha512 => Some(&lc::OAEP_SHA512_MGF1SHA512),
    }
}

fn encrypt_library(
    algorithm: &'static lc::OaepAlgorithm,
    to: &WrappingKey,
    plaintext: &Secret,
) -> Result<Vec<u8>, CryptoError> {
    let mut block = vec![0; to.modulus_len()];
    let written = to
        .encrypting()
        .and_then(|key| {
            key.encrypt(algorithm, plaintext.expose(), &mut block, None)
                .map(|written| written.len())
                .ok()
        })
        .ok_or(CryptoError::Library {
            what: "encrypt under the wrapping key",
        })?;
    block.truncate(written);
    Ok(block)
}

fn encrypt_second(
    hashes: OaepHashes,
    to: &WrappingKey,
    plaintext: &Secret,
    random: &mut dyn Random,
) -> Result<Vec<u8>, CryptoError> {
    let key =
        rsa::RsaPublicKey::from_public_key_der(to.der()).map_err(|_| CryptoError::Library {
            what: "read the wrapping key",
        })?;
    let mut source = Source {
        random,
        failed: false,
    };
    let made = with_hashes(
        hashes,
        Encrypt {
            key: &key,
            source: &mut source,
            plaintext,
        },
    );
    if source.failed {
        return Err(RandomFailed.into());
    }
    made.map_err(|_| CryptoError::Library {
        what: "encrypt under the wrapping key",
    })
}

fn decrypt_second(hashes: OaepHashes, pair: TestPair, block: &[u8]) -> Result<Secret, CryptoError> {
    decrypt_with(hashes, &pair.opener()?, block)
}

/// RustCrypto opens one RSA block with a private key that everybody knows.
pub(super) fn decrypt_with(
    hashes: OaepHashes,
    key: &rsa::RsaPrivateKey,
    block: &[u8],
) -> Result<Secret, CryptoError> {
    with_hashes(hashes, Decrypt { key, block })
        .map(|mut bytes| Secret::take(&mut bytes))
        .map_err(|_| CryptoError::DoesNotOpen)
}

/// Something done with RustCrypto's padding.
trait Job {
    fn run<D, M>(self, padding: Oaep<D, M>) -> rsa::errors::Result<Vec<u8>>
    where
        D: Digest + FixedOutputReset,
        M: Digest + FixedOutputReset;
}

struct Encrypt<'a, 'b> {
    key: &'a rsa::RsaPublicKey,
    source: &'a mut Source<'b>,
    plaintext: &'a Secret,
}

impl Job for Encrypt<'_, '_> {
    fn run<D, M>(self, padding: Oaep<D, M>) -> rsa::errors::Result<Vec<u8>>
    where
        D: Digest + FixedOutputReset,
        M: Digest + FixedOutputReset,
    {
        self.key
            .encrypt(self.source, padding, self.plaintext.expose())
    }
}

struct Decrypt<'a> {
    key: &'a rsa::RsaPrivateKey,
    block: &'a [u8],
}

impl Job for Decrypt<'_> {
    fn run<D, M>(self, padding: Oaep<D, M>) -> rsa::errors::Result<Vec<u8>>
    where
        D: Digest + FixedOutputReset,
        M: Digest + FixedOutputReset,
    {
        self.key.decrypt(padding, self.block)
    }
}

fn with_hashes(hashes: OaepHashes, job: impl Job) -> rsa::errors::Result<Vec<u8>> {
    match hashes.hash {
        Hash::Sha1 => with_mgf::<Sha1>(hashes.mgf, job),
        Hash::Sha224 => with_mgf::<Sha224>(hashes.mgf, job),
        Hash::Sha256 => with_mgf::<Sha256>(hashes.mgf, job),
        Hash::Sha384 => with_mgf::<Sha384>(hashes.mgf, job),
        Hash::Sha512 => with_mgf::<Sha512>(hashes.mgf, job),
    }
}

fn with_mgf<D: Digest + FixedOutputReset>(
    mgf: Hash,
    job: impl Job,
) -> rsa::errors::Result<Vec<u8>> {
    match mgf {
        Hash::Sha1 => job.run(Oaep::<D, Sha1>::new_with_mgf_hash()),
        Hash::Sha224 => job.run(Oaep::<D, Sha224>::new_with_mgf_hash()),
        Hash::Sha256 => job.run(Oaep::<D, Sha256>::new_with_mgf_hash()),
        Hash::Sha384 => job.run(Oaep::<D, Sha384>::new_with_mgf_hash()),
        Hash::Sha512 => job.run(Oaep::<D, Sha512>::new_with_mgf_hash()),
    }
}

/// A random source in the shape that RustCrypto takes; it remembers whether it failed.
struct Source<'a> {
    random: &'a mut dyn Random,
    failed: bool,
}

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.failed |= self.random.fill(out).is_err();
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

/// The padded block under the RSA block, by RustCrypto's arithmetic and nothing of its padding.
pub(super) fn raw(pair: TestPair, block: &[u8]) -> Result<Secret, CryptoError> {
    let wrong = || CryptoError::DoesNotOpen;
    let precision = u32::try_from(pair.bits()).map_err(|_| wrong())?;
    if block.len() != pair.bits() / 8 {
        return Err(wrong());
    }
    let number = BoxedUint::from_be_slice(block, precision).map_err(|_| wrong())?;
    let opened = rsa::hazmat::rsa_decrypt::<Source<'_>>(None, &pair.opener()?, &number)
        .map_err(|_| wrong())?;
    let mut bytes = opened.to_be_bytes();
    let padded = Secret::take(&mut bytes);
    if padded.len() == block.len() {
        Ok(padded)
    } else {
        Err(wrong())
    }
}

/// Takes the padding off: 00 ‖ masked seed ‖ masked (hash of the label ‖ 00… ‖ 01 ‖ plaintext).
pub(super) fn decode(hashes: OaepHashes, padded: &Secret) -> Result<Secret, CryptoError> {
    let wrong = || CryptoError::DoesNotOpen;
    let (zero, rest) = padded.expose().split_first().ok_or_else(wrong)?;
    let (masked_seed, masked_data) = rest
        .split_at_checked(hashes.hash.digest_len())
        .ok_or_else(wrong)?;
    let seed = unmask(hashes.mgf, masked_seed, masked_data);
    let data = unmask(hashes.mgf, masked_data, seed.expose());
    let label = digest(hashes.hash, &[]);
    let (found, rest) = data
        .expose()
        .split_at_checked(label.len())
        .ok_or_else(wrong)?;
    let begins = rest.iter().position(|byte| *byte != 0).ok_or_else(wrong)?;
    let plaintext = rest.get(begins + 1..).ok_or_else(wrong)?;
    if *zero != 0 || rest.get(begins) != Some(&1) || !bool::from(found.ct_eq(&label)) {
        return Err(wrong());
    }
    Ok(Secret::init(plaintext.len(), |to| {
        to.copy_from_slice(plaintext);
    }))
}

/// `masked` xor MGF1(`seed`).
fn unmask(mgf: Hash, masked: &[u8], seed: &[u8]) -> Secret {
    Secret::init(masked.len(), |to| {
        let chunks = to
            .chunks_mut(mgf.digest_len())
            .zip(masked.chunks(mgf.digest_len()));
        for (counter, (to, masked)) in (0_u32..).zip(chunks) {
            let mask = digest(mgf, &[seed, &counter.to_be_bytes()]);
            for ((to, masked), mask) in to.iter_mut().zip(masked).zip(mask) {
                *to = masked ^ mask;
            }
        }
    })
}

fn digest(hash: Hash, parts: &[&[u8]]) -> Vec<u8> {
    fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
        let mut digest = D::new();
        for part in parts {
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
    match hash {
        Hash::Sha1 => of::<Sha1>(parts),
        Hash::Sha224 => of::<Sha224>(parts),
        Hash::Sha256 => of::<Sha256>(parts),
        Hash::Sha384 => of::<Sha384>(parts),
        Hash::Sha512 => of::<Sha512>(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    fn secret(len: usize) -> Secret {
        Secret::init(len, |to| to.fill(9))
    }

    #[test]
    fn every_pair_of_hash_functions_opens_by_other_code_than_made_it() {
        let pair = TestPair::of(2048).unwrap();
        let to = pair.public().unwrap();
        for hash in Hash::ALL {
            for mgf in Hash::ALL {
                let hashes = OaepHashes { hash, mgf };
                let max = hashes.max_plain(2048);
                for len in [1, 32, max] {
                    let block = encrypt(hashes, &to, &secret(len), &mut SystemRandom).unwrap();
                    assert_eq!(decrypt(hashes, pair, &block).unwrap(), secret(len));
                    // Our own reading of the padding opens what every maker makes.
                    let ours = decode(hashes, &raw(pair, &block).unwrap());
                    assert_eq!(ours.unwrap(), secret(len));
                }
                assert_eq!(
                    encrypt(hashes, &to, &secret(max + 1), &mut SystemRandom),
                    Err(CryptoError::TooLong { len: max + 1, max })
                );
            }
        }
    }

    #[test]
    fn other_hash_functions_do_not_open() {
        let pair = TestPair::of(2048).unwrap();
        let made = OaepHashes {
            hash: Hash::Sha224,
            mgf: Hash::Sha1,
        };
        let block = encrypt(
            made,
            &pair.public().unwrap(),
            &secret(32),
            &mut SystemRandom,
        )
        .unwrap();
        for hashes in [OaepHashes::same(Hash::Sha224), OaepHashes::same(Hash::Sha1)] {
            assert_eq!(decrypt(hashes, pair, &block), Err(CryptoError::DoesNotOpen));
        }
        assert_eq!(
            decrypt(made, pair, &block[1..]),
            Err(CryptoError::DoesNotOpen)
        );
    }

    #[test]
    fn each_part_of_the_padding_is_looked_at() {
        let hashes = OaepHashes::same(Hash::Sha224);
        let label = digest(hashes.hash, &[]);
        let len = label.len();
        let padded = |zero: u8, change: usize| {
            let mut data = [label.as_slice(), &[0; 40], &[1], &[9; 32]].concat();
            if let Some(byte) = data.get_mut(change) {
                *byte ^= 2;
            }
            let data = unmask(hashes.mgf, &data, &[5; 28]);
            let seed = unmask(hashes.mgf, &[5; 28], data.expose());
            Secret::take(&mut [&[zero], seed.expose(), data.expose()].concat())
        };
        let unchanged = usize::MAX;
        assert_eq!(decode(hashes, &padded(0, unchanged)).unwrap(), secret(32));
        // The zero before all, the hash of the label, the zeros and the one.
        for (zero, change) in [(1, unchanged), (0, 0), (0, len), (0, len + 40)] {
            let opened = decode(hashes, &padded(zero, change));
            assert_eq!(opened, Err(CryptoError::DoesNotOpen), "{zero} {change}");
        }
    }

    #[test]
    fn a_random_source_that_fails_makes_no_block() {
        struct Broken;
        impl Random for Broken {
            fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomFailed> {
                Err(RandomFailed)
            }
        }
        let to = TestPair::of(2048).unwrap().public().unwrap();
        let hashes = OaepHashes::same(Hash::Sha224);
        assert_eq!(
            encrypt(hashes, &to, &secret(32), &mut Broken),
            Err(RandomFailed.into())
        );
    }
}
