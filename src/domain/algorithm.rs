//! Names and sizes of key types. No mechanism numbers, no cryptography.

use std::fmt;
use std::str::FromStr;

/// A type of key, by the name used in scripts, on the command line and in the record.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeyType {
    /// AES, 16 raw bytes.
    Aes128,
    /// AES, 24 raw bytes.
    Aes192,
    /// AES, 32 raw bytes.
    Aes256,
    /// HMAC secret, 28 raw bytes.
    Hmac224,
    /// HMAC secret, 32 raw bytes.
    Hmac256,
    /// HMAC secret, 48 raw bytes.
    Hmac384,
    /// HMAC secret, 64 raw bytes.
    Hmac512,
    /// RSA pair, PKCS#8 DER.
    Rsa2048,
    /// RSA pair, PKCS#8 DER.
    Rsa3072,
    /// RSA pair, PKCS#8 DER.
    Rsa4096,
    /// NIST P-256 pair, PKCS#8 DER with named curve.
    EcP256,
    /// NIST P-384 pair, PKCS#8 DER with named curve.
    EcP384,
    /// NIST P-521 pair, PKCS#8 DER with named curve.
    EcP521,
    /// secp256k1 pair, PKCS#8 DER with named curve.
    EcSecp256k1,
    /// Ed25519 pair, PKCS#8 DER.
    Ed25519,
}

/// What a key type is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// Raw AES key of so many bytes.
    Aes(usize),
    /// Raw HMAC secret of so many bytes.
    Hmac(usize),
    /// RSA pair with a modulus of so many bits.
    Rsa(usize),
    /// Pair on a named elliptic curve.
    Ec,
    /// Edwards pair.
    Edwards,
}

/// Type and name; the only list of key types.
const NAMES: &[(KeyType, &str)] = &[
    (KeyType::Aes128, "aes-128"),
    (KeyType::Aes192, "aes-192"),
    (KeyType::Aes256, "aes-256"),
    (KeyType::Hmac224, "hmac-224"),
    (KeyType::Hmac256, "hmac-256"),
    (KeyType::Hmac384, "hmac-384"),
    (KeyType::Hmac512, "hmac-512"),
    (KeyType::Rsa2048, "rsa-2048"),
    (KeyType::Rsa3072, "rsa-3072"),
    (KeyType::Rsa4096, "rsa-4096"),
    (KeyType::EcP256, "ec-p256"),
    (KeyType::EcP384, "ec-p384"),
    (KeyType::EcP521, "ec-p521"),
    (KeyType::EcSecp256k1, "ec-secp256k1"),
    (KeyType::Ed25519, "ed25519"),
];

/// The names alone, for suggestions.
const WORDS: [&str; NAMES.len()] = {
    let mut words = [""; NAMES.len()];
    let mut at = 0;
    while at < NAMES.len() {
        #[expect(clippy::indexing_slicing, reason = "both have that length")]
        {
            words[at] = NAMES[at].1;
        }
        at += 1;
    }
    words
};

impl KeyType {
    /// Every key type that the program knows by name.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(kind, _)| *kind)
    }

    /// The name in scripts and records.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("?", |(_, name)| name)
    }

    /// Whether it is secret bytes and nothing more: AES or HMAC.
    pub const fn is_symmetric(self) -> bool {
        matches!(self.class(), Class::Aes(_) | Class::Hmac(_))
    }

    /// What it is made of.
    pub const fn class(self) -> Class {
        match self {
            Self::Aes128 => Class::Aes(16),
            Self::Aes192 => Class::Aes(24),
            Self::Aes256 => Class::Aes(32),
            Self::Hmac224 => Class::Hmac(28),
            Self::Hmac256 => Class::Hmac(32),
            Self::Hmac384 => Class::Hmac(48),
            Self::Hmac512 => Class::Hmac(64),
            Self::Rsa2048 => Class::Rsa(2048),
            Self::Rsa3072 => Class::Rsa(3072),
            Self::Rsa4096 => Class::Rsa(4096),
            Self::EcP256 | Self::EcP384 | Self::EcP521 | Self::EcSecp256k1 => Class::Ec,
            Self::Ed25519 => Class::Edwards,
        }
    }

    /// Length of the raw bytes, or nothing for a pair (PKCS#8 DER).
    pub const fn raw_len(self) -> Option<usize> {
        match self.class() {
            Class::Aes(len) | Class::Hmac(len) => Some(len),
            Class::Rsa(_) | Class::Ec | Class::Edwards => None,
        }
    }

    /// Whether its plain form is too long for a share, so that a backup key is shared instead.
    /// Ed25519 is the one pair whose PKCS#8 form is short.
    pub const fn shared_through_backup(self) -> bool {
        match self.class() {
            Class::Aes(_) | Class::Hmac(_) | Class::Edwards => false,
            Class::Rsa(_) | Class::Ec => true,
        }
    }

    /// Whether there is a public half.
    pub const fn is_pair(self) -> bool {
        self.raw_len().is_none()
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no key type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a key type")]
pub struct UnknownKeyType(pub String);

impl FromStr for KeyType {
    type Err = UnknownKeyType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NAMES
            .iter()
            .find_map(|(kind, name)| (*name == text).then_some(*kind))
            .ok_or_else(|| UnknownKeyType(text.to_owned()))
    }
}

impl serde::Serialize for KeyType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for KeyType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| serde::de::Error::unknown_variant(&text, &WORDS))
    }
}
