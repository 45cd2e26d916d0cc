//! Opens what a token made, whatever it turns out to be, and says how it differs from what was
//! asked for.
//!
//! A token that answers "done" may have used another hash function, another AES mode or another
//! padding. All of it is found here, because the wrapping key is one that everybody knows.

use std::fmt;

use crate::crypto::encoding;
use crate::crypto::error::CryptoError;
use crate::crypto::test_pairs::TestPair;
use crate::crypto::test_pairs::test_kek;
use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::KEK_LEN;
use crate::crypto::wrap::OaepHashes;
use crate::crypto::wrap::aes;
use crate::crypto::wrap::oaep;
use crate::domain::algorithm::KeyType;
use crate::secret::Secret;

/// How a blob differs from what was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lie {
    /// OAEP was made with these hash functions instead.
    Oaep {
        /// What was asked for.
        asked: OaepHashes,
        /// What opened it.
        found: OaepHashes,
    },
    /// The AES key between has so many bits instead of 256.
    AesBits(usize),
    /// Another AES mode.
    Aes {
        /// What was asked for.
        asked: AesMode,
        /// What opened it.
        found: AesMode,
    },
    /// Key wrap without padding of its own, around PKCS#7 padding to blocks of 8 or 16 bytes.
    KwPkcs7 {
        /// What was asked for.
        asked: AesMode,
        /// Length of the blocks, where that shows.
        block: Option<usize>,
    },
    /// So many zero bytes behind the key, inside.
    ZeroBytes(usize),
    /// So many other bytes behind the key, inside.
    OtherBytes(usize),
    /// So many bytes behind the wrapped key that do not belong to it.
    BehindBlob(usize),
    /// Shorter than a key of this type.
    Short,
    /// Nothing that is known opens it.
    Sealed,
}

impl Lie {
    /// In words that hold for keys of every length.
    pub fn in_general(&self) -> String {
        match self {
            Self::ZeroBytes(_) => "it puts zero bytes behind the key".to_owned(),
            Self::OtherBytes(_) => "it puts other bytes behind the key".to_owned(),
            Self::KwPkcs7 { asked, .. } => format!(
                "what stands for {} is AES-KW around PKCS#7 padding",
                asked.name()
            ),
            Self::Oaep { .. }
            | Self::AesBits(_)
            | Self::Aes { .. }
            | Self::BehindBlob(_)
            | Self::Short
            | Self::Sealed => self.to_string(),
        }
    }
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oaep { asked, found } => {
                write!(f, "asked for OAEP with {asked}, it used {found}")
            }
            Self::AesBits(bits) => write!(
                f,
                "asked for an AES key of 256 bits between, it used one of {bits}"
            ),
            Self::Aes { asked, found } => {
                write!(f, "what stands for {} is {}", asked.name(), found.name())
            }
            Self::KwPkcs7 { asked, block } => {
                write!(
                    f,
                    "what stands for {} is AES-KW around PKCS#7 padding",
                    asked.name()
                )?;
                match block {
                    Some(block) => write!(f, " to blocks of {block} bytes"),
                    None => Ok(()),
                }
            }
            Self::ZeroBytes(count) => {
                write!(f, "it puts zero bytes behind the key ({count} here)")
            }
            Self::OtherBytes(count) => {
                write!(f, "it puts other bytes behind the key ({count} here)")
            }
            Self::BehindBlob(count) => {
                write!(f, "it returned {count} bytes more than the wrapped key has")
            }
            Self::Short => f.write_str("what comes out is shorter than the key"),
            Self::Sealed => f.write_str("nothing that is known opens what it made"),
        }
    }
}

/// What a blob turned out to be.
#[derive(Debug)]
pub struct Diagnosis {
    /// The key inside, without what stands behind it, where there is one.
    pub plain: Option<Secret>,
    /// How it differs from what was asked for.
    pub lies: Vec<Lie>,
}

/// Opens a blob that was made, by whatever code, for the built-in test key of `bits`.
///
/// # Errors
///
/// [`CryptoError::NoTestPair`] if there is none of this length.
pub fn diagnose(
    construction: Construction,
    bits: usize,
    kind: KeyType,
    blob: &[u8],
) -> Result<Diagnosis, CryptoError> {
    let mut lies = Vec::new();
    let plain = match construction {
        Construction::Oaep(asked) => {
            let (head, tail) = blob.split_at(blob.len().min(bits / 8));
            if !tail.is_empty() {
                lies.push(Lie::BehindBlob(tail.len()));
            }
            open_oaep(asked, bits, head, &mut lies)?
        }
        Construction::OaepThenAes(asked, mode) => match blob.split_at_checked(bits / 8) {
            Some((head, tail)) => match open_oaep(asked, bits, head, &mut lies)? {
                Some(kek) => {
                    if kek.len() != KEK_LEN {
                        lies.push(Lie::AesBits(kek.len() * 8));
                    }
                    open_aes(mode, &kek, tail, &mut lies)
                }
                None => None,
            },
            None => None,
        },
        Construction::Aes(mode) => {
            let kek = test_kek(bits).ok_or(CryptoError::NoTestPair { bits })?;
            open_aes(mode, &kek, blob, &mut lies)
        }
    };
    let Some(plain) = plain else {
        lies.push(Lie::Sealed);
        return Ok(Diagnosis { plain: None, lies });
    };
    Ok(without_tail(construction, kind, plain, lies))
}

/// As asked for by RustCrypto; any other way by one RSA operation and our own reading of the
/// padding.
fn open_oaep(
    asked: OaepHashes,
    bits: usize,
    block: &[u8],
    lies: &mut Vec<Lie>,
) -> Result<Option<Secret>, CryptoError> {
    let pair = TestPair::of(bits).ok_or(CryptoError::NoTestPair { bits })?;
    if let Ok(opened) = oaep::decrypt(asked, pair, block) {
        return Ok(Some(opened));
    }
    let Ok(padded) = oaep::raw(pair, block) else {
        return Ok(None);
    };
    let every = Hash::ALL
        .into_iter()
        .flat_map(|hash| Hash::ALL.map(|mgf| OaepHashes { hash, mgf }));
    for found in every {
        if let Ok(opened) = oaep::decode(found, &padded) {
            lies.push(Lie::Oaep { asked, found });
            return Ok(Some(opened));
        }
    }
    Ok(None)
}

/// As asked for, else by every mode, else without some bytes at its end.
fn open_aes(asked: AesMode, kek: &Secret, blob: &[u8], lies: &mut Vec<Lie>) -> Option<Secret> {
    if let Some(plain) = open_mode(asked, kek, blob, lies) {
        return Some(plain);
    }
    for behind in 1..=MOST_BEHIND {
        let (shorter, _) = blob.split_at_checked(blob.len().checked_sub(behind)?)?;
        // Any bytes are ECB of something.
        if let Ok(plain) = aes::open_second(asked, kek, shorter)
            && asked != AesMode::EcbPkcs7
        {
            lies.push(Lie::BehindBlob(behind));
            return Some(plain);
        }
    }
    None
}

fn open_mode(asked: AesMode, kek: &Secret, blob: &[u8], lies: &mut Vec<Lie>) -> Option<Secret> {
    if let Ok(plain) = aes::open_second(asked, kek, blob) {
        return Some(plain);
    }
    for found in [AesMode::Kwp, AesMode::Kw, AesMode::EcbPkcs7] {
        if found != asked
            && let Ok(plain) = aes::open_second(found, kek, blob)
        {
            lies.push(Lie::Aes { asked, found });
            return Some(plain);
        }
    }
    None
}

/// How many bytes too many are looked through.
const MOST_BEHIND: usize = 512;

/// Looks at what stands behind the key, and takes it off.
fn without_tail(
    construction: Construction,
    kind: KeyType,
    plain: Secret,
    mut lies: Vec<Lie>,
) -> Diagnosis {
    let bytes = plain.expose();
    let len = kind.raw_len().or_else(|| encoding::der_len(bytes));
    let Some((key, tail)) = len.and_then(|len| bytes.split_at_checked(len)) else {
        lies.push(Lie::Short);
        return Diagnosis { plain: None, lies };
    };
    if tail.is_empty() {
        return Diagnosis {
            plain: Some(plain),
            lies,
        };
    }
    let filled = |with: &[u8]| tail.iter().all(|byte| with == [*byte]);
    let count = u8::try_from(tail.len()).unwrap_or(u8::MAX);
    if filled(&[0]) {
        lies.push(Lie::ZeroBytes(tail.len()));
    } else if filled(&[count]) && count <= 16 {
        let block = if count > 8 {
            Some(16)
        } else if bytes.len().is_multiple_of(16) {
            None
        } else {
            Some(8)
        };
        // Says more than that the mode is another one.
        lies.retain(|lie| {
            !matches!(
                lie,
                Lie::Aes {
                    found: AesMode::Kw,
                    ..
                }
            )
        });
        lies.push(match construction.aes() {
            Some(asked) => Lie::KwPkcs7 { asked, block },
            None => Lie::OtherBytes(tail.len()),
        });
    } else {
        lies.push(Lie::OtherBytes(tail.len()));
    }
    Diagnosis {
        plain: Some(Secret::init(key.len(), |to| to.copy_from_slice(key))),
        lies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::crypto::wrap;

    const HASHES: OaepHashes = OaepHashes::same(Hash::Sha256);
    const HYBRID: Construction = Construction::OaepThenAes(HASHES, AesMode::Kwp);
    const KWP: Construction = Construction::Aes(AesMode::Kwp);

    fn secret(bytes: &[u8]) -> Secret {
        Secret::init(bytes.len(), |to| to.copy_from_slice(bytes))
    }

    fn made(construction: Construction, bits: usize, plain: &[u8]) -> Vec<u8> {
        let to = wrap::test_key(construction, bits).unwrap();
        wrap::wrap(construction, &to, &secret(plain), &mut SystemRandom)
            .unwrap()
            .blob
    }

    fn found(asked: Construction, bits: usize, blob: &[u8]) -> (Vec<Lie>, bool) {
        let found = diagnose(asked, bits, KeyType::Aes256, blob).unwrap();
        let right = found.plain.is_some_and(|plain| plain == secret(&[7; 32]));
        (found.lies, right)
    }

    #[test]
    fn what_was_asked_for_is_no_lie() {
        assert_eq!(
            found(HYBRID, 2048, &made(HYBRID, 2048, &[7; 32])),
            (vec![], true)
        );
        assert_eq!(found(KWP, 128, &made(KWP, 128, &[7; 32])), (vec![], true));
    }

    #[test]
    fn another_hash_function_is_named() {
        let used = OaepHashes {
            hash: Hash::Sha256,
            mgf: Hash::Sha1,
        };
        // As a token makes it; our own build with the FIPS module refuses to.
        let (to, kek) = (wrap::test_key(HYBRID, 2048).unwrap(), secret(&[9; 32]));
        let mut blob = oaep::encrypt(used, &to, &kek, &mut SystemRandom).unwrap();
        blob.extend(aes::wrap(AesMode::Kwp, &kek, &secret(&[7; 32])).unwrap());
        let lie = Lie::Oaep {
            asked: HASHES,
            found: used,
        };
        assert_eq!(found(HYBRID, 2048, &blob), (vec![lie], true));
        assert_eq!(
            lie.to_string(),
            "asked for OAEP with SHA-256, it used SHA-256 with MGF1 SHA-1"
        );
    }

    #[test]
    fn padding_in_place_of_kwp_is_named_with_its_blocks() {
        let kw = Construction::Aes(AesMode::Kw);
        for (count, block) in [(8, 8), (16, 16)] {
            let mut padded = vec![7; 32];
            padded.resize(32 + count, u8::try_from(count).unwrap());
            let lie = Lie::KwPkcs7 {
                asked: AesMode::Kwp,
                block: Some(block),
            };
            assert_eq!(found(KWP, 256, &made(kw, 256, &padded)), (vec![lie], true));
        }
        let other = Lie::Aes {
            asked: AesMode::Kwp,
            found: AesMode::Kw,
        };
        assert_eq!(
            found(KWP, 256, &made(kw, 256, &[7; 32])),
            (vec![other], true)
        );
    }

    #[test]
    fn bytes_behind_key_and_blob_are_counted() {
        let mut padded = vec![7; 32];
        padded.extend([0; 5]);
        assert_eq!(
            found(KWP, 256, &made(KWP, 256, &padded)),
            (vec![Lie::ZeroBytes(5)], true)
        );
        for construction in [HYBRID, Construction::Oaep(HASHES)] {
            let mut blob = made(construction, 2048, &[7; 32]);
            blob.extend([0; 9]);
            assert_eq!(
                found(construction, 2048, &blob),
                (vec![Lie::BehindBlob(9)], true)
            );
        }
    }

    #[test]
    fn what_does_not_open_is_said_to_be_sealed() {
        for (construction, bits) in [(HYBRID, 2048), (KWP, 256)] {
            let mut blob = made(construction, bits, &[7; 32]);
            *blob.last_mut().unwrap() ^= 1;
            assert_eq!(found(construction, bits, &blob), (vec![Lie::Sealed], false));
        }
        assert_eq!(
            found(KWP, 256, &made(KWP, 256, &[7; 24])),
            (vec![Lie::Short], false)
        );
    }
}
