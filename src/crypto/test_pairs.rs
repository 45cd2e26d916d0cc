//! RSA pairs and AES keys that EVERYBODY knows. They protect nothing.
//!
//! Their private halves are in this repository for all to read. They stand in for a provider when
//! a rehearsal runs and when a wrap is tried on a throwaway key before a real one is touched.
//! RustCrypto's `rsa` has a known timing weakness (RUSTSEC-2023-0071); these are the only private
//! keys that it ever holds, and there is nothing in them to find out.

use pkcs8::PrivateKeyInfoRef;

use crate::crypto::error::CryptoError;
use crate::crypto::software;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::secret::Secret;

/// One of the built-in pairs that protect nothing.
#[derive(Clone, Copy, Debug)]
pub struct TestPair {
    /// Length of the modulus.
    bits: usize,
    /// Key type of the same size.
    kind: KeyType,
    /// PKCS#8 DER, known to all.
    pkcs8: &'static [u8],
}

impl TestPair {
    /// The pair whose modulus has `bits` bits: 2048, 3072 or 4096.
    pub fn of(bits: usize) -> Option<Self> {
        PAIRS.iter().find(|pair| pair.bits == bits).copied()
    }

    /// Length of the modulus.
    pub fn bits(self) -> usize {
        self.bits
    }

    /// The public half, as a provider would hand it out.
    pub fn public(self) -> Result<WrappingKey, CryptoError> {
        WrappingKey::built_in(&software::spki_of(self.kind, self.pkcs8)?)
    }

    /// The private half. It is no secret.
    pub fn pkcs8(self) -> &'static [u8] {
        self.pkcs8
    }

    /// The private half for the implementation that checks.
    pub(super) fn opener(self) -> Result<rsa::RsaPrivateKey, CryptoError> {
        PrivateKeyInfoRef::try_from(self.pkcs8)
            .ok()
            .and_then(|info| rsa::RsaPrivateKey::try_from(info).ok())
            .ok_or(CryptoError::NoTestPair { bits: self.bits })
    }
}

/// An AES key of 128 or 256 bits that everybody knows: the bytes from 0 upwards.
pub fn test_kek(bits: usize) -> Option<Secret> {
    matches!(bits, 128 | 256).then(|| {
        Secret::init(bits / 8, |to| {
            for (to, byte) in to.iter_mut().zip(0..) {
                *to = byte;
            }
        })
    })
}

/// Made with pyca/cryptography for `tests/data/crypto/wrap-vectors.json`; public from the first day.
const PAIRS: &[TestPair] = &[
    TestPair {
        bits: 2048,
        kind: KeyType::Rsa2048,
        pkcs8: include_bytes!("test_pairs/rsa-2048.der"),
    },
    TestPair {
        bits: 3072,
        kind: KeyType::Rsa3072,
        pkcs8: include_bytes!("test_pairs/rsa-3072.der"),
    },
    TestPair {
        bits: 4096,
        kind: KeyType::Rsa4096,
        pkcs8: include_bytes!("test_pairs/rsa-4096.der"),
    },
];
