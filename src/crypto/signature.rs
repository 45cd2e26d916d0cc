//! Signatures that are made elsewhere, as a token makes them, verified here.

use aws_lc_rs::signature as lc;
use spki::SubjectPublicKeyInfoRef;

use crate::crypto::wrap::Hash;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;

/// How a pair signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// ECDSA with the hash of the curve's length (SHA-256 for secp256k1): both numbers one after
    /// the other, each as long as the order.
    Ecdsa,
    /// Ed25519 (RFC 8032).
    Eddsa,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS, its salt as long as the hash.
    RsaPss(Hash),
}

impl Scheme {
    /// The commonest one of a type; none for raw keys.
    pub const fn usual(kind: KeyType) -> Option<Self> {
        match kind.class() {
            Class::Aes(_) | Class::Hmac(_) => None,
            Class::Rsa(_) => Some(Self::RsaPkcs1(Hash::Sha256)),
            Class::Ec => Some(Self::Ecdsa),
            Class::Edwards => Some(Self::Eddsa),
        }
    }

    /// The hash function that a message goes through before the key sees it; Ed25519 takes the
    /// message as it is.
    pub const fn hash(self, kind: KeyType) -> Option<Hash> {
        match (self, kind) {
            (Self::Eddsa, _) => None,
            (Self::RsaPkcs1(hash) | Self::RsaPss(hash), _) => Some(hash),
            (Self::Ecdsa, KeyType::EcP384) => Some(Hash::Sha384),
            (Self::Ecdsa, KeyType::EcP521) => Some(Hash::Sha512),
            (Self::Ecdsa, _) => Some(Hash::Sha256),
        }
    }
}

/// Whether aws-lc-rs takes `signature` for one of `message` under the pair with this public half.
/// What cannot be read does not verify, and neither does a scheme that is not the pair's.
pub fn verifies(
    kind: KeyType,
    scheme: Scheme,
    spki: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some(algorithm) = algorithm(kind, scheme) else {
        return false;
    };
    SubjectPublicKeyInfoRef::try_from(spki)
        .ok()
        .and_then(|info| info.subject_public_key.as_bytes())
        .is_some_and(|key| {
            lc::UnparsedPublicKey::new(algorithm, key)
                .verify(message, signature)
                .is_ok()
        })
}

fn algorithm(kind: KeyType, scheme: Scheme) -> Option<&'static dyn lc::VerificationAlgorithm> {
    Some(match (kind, scheme) {
        (KeyType::EcP256, Scheme::Ecdsa) => &lc::ECDSA_P256_SHA256_FIXED,
        (KeyType::EcP384, Scheme::Ecdsa) => &lc::ECDSA_P384_SHA384_FIXED,
        (KeyType::EcP521, Scheme::Ecdsa) => &lc::ECDSA_P521_SHA512_FIXED,
        (KeyType::EcSecp256k1, Scheme::Ecdsa) => &lc::ECDSA_P256K1_SHA256_FIXED,
        (KeyType::Ed25519, Scheme::Eddsa) => &lc::ED25519,
        (KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096, scheme) => match scheme {
            Scheme::RsaPkcs1(Hash::Sha256) => &lc::RSA_PKCS1_2048_8192_SHA256,
            Scheme::RsaPkcs1(Hash::Sha384) => &lc::RSA_PKCS1_2048_8192_SHA384,
            Scheme::RsaPkcs1(Hash::Sha512) => &lc::RSA_PKCS1_2048_8192_SHA512,
            Scheme::RsaPss(Hash::Sha256) => &lc::RSA_PSS_2048_8192_SHA256,
            Scheme::RsaPss(Hash::Sha384) => &lc::RSA_PSS_2048_8192_SHA384,
            Scheme::RsaPss(Hash::Sha512) => &lc::RSA_PSS_2048_8192_SHA512,
            // Too short, or asked for by nobody.
            Scheme::RsaPkcs1(Hash::Sha1 | Hash::Sha224)
            | Scheme::RsaPss(Hash::Sha1 | Hash::Sha224)
            | Scheme::Ecdsa
            | Scheme::Eddsa => return None,
        },
        (_, Scheme::Ecdsa | Scheme::Eddsa | Scheme::RsaPkcs1(_) | Scheme::RsaPss(_)) => {
            return None;
        }
    })
}
