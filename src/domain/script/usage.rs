//! What a key may be used for, and what its type can be used for at all.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;

/// What a key may be used for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Usage {
    /// Turns plaintext into ciphertext.
    Encrypt,
    /// Turns ciphertext into plaintext.
    Decrypt,
    /// Makes signatures.
    Sign,
    /// Checks signatures.
    Verify,
    /// Takes other keys out, encrypted.
    Wrap,
    /// Brings encrypted keys in.
    Unwrap,
    /// Makes other keys from itself.
    Derive,
    /// Makes and checks message authentication codes.
    Mac,
}

impl Usage {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::Derive => "derive",
            Self::Mac => "mac",
        }
    }

    /// What a key of this type can be used for (PKCS#11 3.1 §6; SP 800-57 part 1 §5.1.1).
    pub const fn possible(kind: KeyType) -> &'static [Self] {
        match kind.class() {
            Class::Aes(_) => &[
                Self::Encrypt,
                Self::Decrypt,
                Self::Wrap,
                Self::Unwrap,
                Self::Derive,
                Self::Mac,
            ],
            Class::Hmac(_) => &[Self::Mac, Self::Derive],
            Class::Rsa(_) => &[
                Self::Sign,
                Self::Verify,
                Self::Encrypt,
                Self::Decrypt,
                Self::Wrap,
                Self::Unwrap,
            ],
            Class::Ec => &[Self::Sign, Self::Verify, Self::Derive],
            Class::Edwards => &[Self::Sign, Self::Verify],
        }
    }

    /// What a key of this type is for where the script does not say.
    pub const fn usual(kind: KeyType) -> &'static [Self] {
        match kind.class() {
            Class::Aes(_) => &[Self::Encrypt, Self::Decrypt],
            Class::Hmac(_) => &[Self::Mac],
            Class::Rsa(_) | Class::Ec | Class::Edwards => &[Self::Sign, Self::Verify],
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_possible() {
        for kind in KeyType::all() {
            for usage in Usage::usual(kind) {
                assert!(Usage::possible(kind).contains(usage), "{kind}: {usage}");
            }
        }
    }
}
