//! What one AES key does to another: KW, KWP, and ECB for the one provider that asks for it.
//!
//! # Source
//!
//! RFC 3394 (KW), RFC 5649 (KWP), RFC 5652 section 6.3 (padding of ECB).

use aes::Aes128;
use aes::Aes256;
use aes::Block;
use aes::cipher::KeyInit as _;
use aes_kw::AesKw;
use aes_kw::AesKwp;
use aws_lc_rs::cipher;
use aws_lc_rs::key_wrap::AES_128;
use aws_lc_rs::key_wrap::AES_256;
use aws_lc_rs::key_wrap::AesKek;
use aws_lc_rs::key_wrap::KeyWrap as _;
use aws_lc_rs::key_wrap::KeyWrapPadded as _;

use crate::crypto::error::CryptoError;
use crate::crypto::wrap::AesMode;
use crate::secret::Secret;

/// Length of what `mode` makes of so many bytes.
pub(super) const fn wrapped_len(mode: AesMode, plaintext_len: usize) -> usize {
    match mode {
        AesMode::Kw => plaintext_len + 8,
        AesMode::Kwp => plaintext_len.div_ceil(8) * 8 + 8,
        AesMode::EcbPkcs7 => (plaintext_len / BLOCK + 1) * BLOCK,
    }
}

/// Whether `mode` carries so many bytes.
pub(super) const fn carries(mode: AesMode, plaintext_len: usize) -> bool {
    match mode {
        AesMode::Kw => plaintext_len >= 16 && plaintext_len.is_multiple_of(8),
        AesMode::Kwp | AesMode::EcbPkcs7 => plaintext_len > 0,
    }
}

/// aws-lc-rs wraps; RustCrypto opens it again before it is returned.
///
/// # Errors
///
/// [`CryptoError::SelfCheck`] if the two implementations differ.
pub(super) fn wrap(mode: AesMode, kek: &Secret, material: &Secret) -> Result<Vec<u8>, CryptoError> {
    if material.is_empty() {
        return Err(CryptoError::Empty);
    }
    if !carries(mode, material.len()) {
        return Err(CryptoError::NotBlocks {
            len: material.len(),
        });
    }
    let mut blob = vec![0; wrapped_len(mode, material.len())];
    let refused = || CryptoError::Library {
        what: "wrap under an AES key",
    };
    let written = match mode {
        AesMode::Kw => library_kek(kek)?
            .wrap(material.expose(), &mut blob)
            .map_err(|_| refused())?
            .len(),
        AesMode::Kwp => library_kek(kek)?
            .wrap_with_padding(material.expose(), &mut blob)
            .map_err(|_| refused())?
            .len(),
        AesMode::EcbPkcs7 => {
            let padded = pad(material);
            blob.copy_from_slice(ecb_encrypt(kek, padded)?.expose());
            blob.len()
        }
    };
    if written != blob.len() || open_second(mode, kek, &blob)? != *material {
        return Err(CryptoError::SelfCheck);
    }
    Ok(blob)
}

/// Opens KWP by both implementations, which must agree.
pub(super) fn kwp_open_both(kek: &Secret, blob: &[u8]) -> Result<Secret, CryptoError> {
    let second = open_second(AesMode::Kwp, kek, blob);
    let mut buffer = Secret::zeroed(blob.len());
    let first = library_kek(kek)?
        .unwrap_with_padding(blob, buffer.expose_mut())
        .map(copy)
        .map_err(|_| CryptoError::DoesNotOpen);
    match (first, second) {
        (Ok(first), Ok(second)) if first == second => Ok(first),
        (Err(_), Err(error)) => Err(error),
        (Ok(_), Ok(_) | Err(_)) | (Err(_), Ok(_)) => Err(CryptoError::Disagree {
            what: "an AES key wrap",
        }),
    }
}

/// RustCrypto opens.
pub(super) fn open_second(mode: AesMode, kek: &Secret, blob: &[u8]) -> Result<Secret, CryptoError> {
    match kek.len() {
        16 => open_with::<Aes128>(mode, kek, blob),
        32 => open_with::<Aes256>(mode, kek, blob),
        found => Err(CryptoError::KekLength { found }),
    }
}

fn open_with<C>(mode: AesMode, kek: &Secret, blob: &[u8]) -> Result<Secret, CryptoError>
where
    C: aes::cipher::KeyInit
        + aes::cipher::BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>
        + aes::cipher::BlockCipherDecrypt<BlockSize = aes::cipher::consts::U16>,
{
    let length = |_| CryptoError::KekLength { found: kek.len() };
    let wrong = |_| CryptoError::DoesNotOpen;
    // aes-kw 0.3.1 takes an empty key for wrapped and accepts it; nobody wraps nothing.
    if blob.len() < 16 || !blob.len().is_multiple_of(8) {
        return Err(CryptoError::DoesNotOpen);
    }
    // aes-kw 0.3.1 relies on zeros in the buffer when it writes: always a fresh one.
    let mut buffer = Secret::zeroed(blob.len() - 8);
    match mode {
        AesMode::Kw => {
            let cipher = AesKw::<C>::new_from_slice(kek.expose()).map_err(length)?;
            cipher
                .unwrap_key(blob, buffer.expose_mut())
                .map(copy)
                .map_err(wrong)
        }
        AesMode::Kwp => {
            let cipher = AesKwp::<C>::new_from_slice(kek.expose()).map_err(length)?;
            cipher
                .unwrap_key(blob, buffer.expose_mut())
                .map(copy)
                .map_err(wrong)
        }
        AesMode::EcbPkcs7 => {
            if !blob.len().is_multiple_of(BLOCK) {
                return Err(CryptoError::DoesNotOpen);
            }
            let cipher = C::new_from_slice(kek.expose()).map_err(length)?;
            let padded = Secret::init(blob.len(), |to| {
                for (to, from) in to.chunks_mut(BLOCK).zip(blob.chunks(BLOCK)) {
                    let mut block = Block::default();
                    block.copy_from_slice(from);
                    cipher.decrypt_block(&mut block);
                    to.copy_from_slice(&block);
                    zeroize::Zeroize::zeroize(block.as_mut_slice());
                }
            });
            unpad(&padded).ok_or(CryptoError::DoesNotOpen)
        }
    }
}

/// aws-lc-rs takes a key-encryption key; it wipes its copy.
fn library_kek(kek: &Secret) -> Result<AesKek, CryptoError> {
    let refused = |_| CryptoError::KekLength { found: kek.len() };
    match kek.len() {
        16 => AesKek::new(&AES_128, kek.expose()).map_err(refused),
        _ => AesKek::new(&AES_256, kek.expose()).map_err(refused),
    }
}

/// aws-lc-rs encrypts whole blocks in place.
fn ecb_encrypt(kek: &Secret, mut padded: Secret) -> Result<Secret, CryptoError> {
    let algorithm = match kek.len() {
        16 => &cipher::AES_128,
        32 => &cipher::AES_256,
        found => return Err(CryptoError::KekLength { found }),
    };
    cipher::UnboundCipherKey::new(algorithm, kek.expose())
        .and_then(cipher::EncryptingKey::ecb)
        .and_then(|key| key.encrypt(padded.expose_mut()))
        .map_err(|_| CryptoError::Library {
            what: "encrypt under an AES key",
        })?;
    Ok(padded)
}

/// Fills the last block with the number of bytes that were added, a whole block if it was full.
fn pad(material: &Secret) -> Secret {
    let len = wrapped_len(AesMode::EcbPkcs7, material.len());
    let filler = u8::try_from(len - material.len()).unwrap_or(0);
    Secret::init(len, |to| {
        to.fill(filler);
        for (to, from) in to.iter_mut().zip(material.expose()) {
            *to = *from;
        }
    })
}

fn unpad(padded: &Secret) -> Option<Secret> {
    let bytes = padded.expose();
    let filler = *bytes.last()?;
    let count = usize::from(filler);
    if !(1..=BLOCK).contains(&count) {
        return None;
    }
    let (plain, padding) = bytes.split_at_checked(bytes.len().checked_sub(count)?)?;
    padding
        .iter()
        .all(|byte| *byte == filler)
        .then(|| copy(plain))
}

/// Copies bytes into memory that will be wiped.
fn copy(bytes: impl AsRef<[u8]>) -> Secret {
    let bytes = bytes.as_ref();
    Secret::init(bytes.len(), |to| to.copy_from_slice(bytes))
}

/// Length of an AES block.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_opens_at_every_length_it_carries() {
        for kek in [16, 32] {
            let kek = Secret::init(kek, |to| to.fill(7));
            for mode in [AesMode::Kw, AesMode::Kwp, AesMode::EcbPkcs7] {
                for len in 1..70 {
                    let material = Secret::init(len, |to| to.fill(0x10));
                    let made = wrap(mode, &kek, &material);
                    if !carries(mode, len) {
                        assert_eq!(made, Err(CryptoError::NotBlocks { len }));
                        continue;
                    }
                    let blob = made.unwrap();
                    assert_eq!(blob.len(), wrapped_len(mode, len));
                    assert_eq!(open_second(mode, &kek, &blob).unwrap(), material);
                }
            }
        }
    }

    #[test]
    fn padding_that_is_none_does_not_open() {
        for last in [0, 17, 0xff] {
            let mut block = [2; BLOCK];
            block[BLOCK - 1] = last;
            assert_eq!(unpad(&Secret::take(&mut block)), None);
        }
        let mut block = [1; BLOCK];
        block[BLOCK - 1] = 2;
        assert_eq!(unpad(&Secret::take(&mut block)), None);
        assert_eq!(unpad(&Secret::take(&mut [16; BLOCK])).unwrap().len(), 0);
    }

    #[test]
    fn what_wraps_nothing_does_not_open() {
        // The initial values of RFC 3394 and RFC 5649, with nothing behind them.
        let empty: [&[u8]; 3] = [&[0xa6; 8], &[0xa6, 0x59, 0x59, 0xa6, 0, 0, 0, 0], &[]];
        let kek = Secret::init(32, |to| to.fill(7));
        for mode in [AesMode::Kw, AesMode::Kwp, AesMode::EcbPkcs7] {
            for blob in empty {
                let opened = open_second(mode, &kek, blob);
                assert_eq!(opened, Err(CryptoError::DoesNotOpen), "{mode:?} {blob:?}");
            }
            for len in 1..40 {
                let opened = open_second(mode, &kek, &vec![0xa6; len]);
                assert_eq!(opened, Err(CryptoError::DoesNotOpen), "{mode:?} {len}");
            }
        }
    }

    #[test]
    fn kw_is_the_one_of_rfc_3394() {
        // RFC 3394 section 4.6: 256 bits of key data under a 256-bit key.
        let bytes = |hex: &str| crate::domain::record::unhex(hex).unwrap();
        let kek = bytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let key = bytes("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        let wrapped =
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21";
        let made = wrap(AesMode::Kw, &copy(kek), &copy(key)).unwrap();
        assert_eq!(made, bytes(wrapped));
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        for len in [0, 8, 24, 33] {
            let kek = Secret::init(len, |to| to.fill(7));
            for mode in [AesMode::Kw, AesMode::Kwp, AesMode::EcbPkcs7] {
                assert_eq!(
                    wrap(mode, &kek, &Secret::init(16, |to| to.fill(1))),
                    Err(CryptoError::KekLength { found: len })
                );
            }
        }
    }
}
