//! What a key in a token may be used for.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;

/// One thing that a token lets a key do. Of a pair, the private half decrypts, signs, unwraps and
/// derives; the public half encrypts, verifies and wraps.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// Encrypts data.
    Encrypt,
    /// Decrypts data.
    Decrypt,
    /// Signs, or makes a MAC.
    Sign,
    /// Verifies a signature or a MAC.
    Verify,
    /// Wraps other keys.
    Wrap,
    /// Unwraps other keys.
    Unwrap,
    /// Derives other keys.
    Derive,
}

impl Usage {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Encrypt,
        Self::Decrypt,
        Self::Sign,
        Self::Verify,
        Self::Wrap,
        Self::Unwrap,
        Self::Derive,
    ];

    /// What a key of this type is commonly for.
    pub const fn usual(kind: KeyType) -> &'static [Self] {
        match kind.class() {
            Class::Aes(_) => &[Self::Encrypt, Self::Decrypt],
            Class::Hmac(_) | Class::Rsa(_) | Class::Ec | Class::Edwards => {
                &[Self::Sign, Self::Verify]
            }
        }
    }

    /// The name in scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::Derive => "derive",
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_is_written_as_it_is_named() {
        for usage in Usage::ALL {
            let json = serde_json::to_string(&usage).unwrap();
            assert_eq!(json, format!("\"{usage}\""));
        }
    }
}
