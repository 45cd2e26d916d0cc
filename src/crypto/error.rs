//! What can go wrong with keys and blobs.

use crate::crypto::random::RandomFailed;
use crate::domain::algorithm::KeyType;
use crate::error::Diagnose;
use crate::error::Exit;

/// Why a key or a blob was refused, or could not be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// The library that makes keys and blobs refused.
    #[error("aws-lc-rs could not {what}")]
    Library {
        /// What it was asked for.
        what: &'static str,
    },
    /// The two implementations do not agree.
    #[error("two implementations disagree about {what}")]
    Disagree {
        /// What about.
        what: &'static str,
    },

    /// Something that a build with the FIPS module does not make.
    #[error("this build with the FIPS module refuses {what}: {why}")]
    NotApproved {
        /// A type of key, or a way to wrap one.
        what: String,
        /// What speaks against it.
        why: &'static str,
    },

    /// Raw bytes of another length.
    #[error("a key of type {kind} has {wanted} bytes, this one has {found}")]
    Length {
        /// The type asked for.
        kind: KeyType,
        /// Its length.
        wanted: usize,
        /// The length given.
        found: usize,
    },
    /// One byte, repeated.
    #[error("the {kind} key is one byte repeated")]
    Weak {
        /// The type asked for.
        kind: KeyType,
    },
    /// The right key, perhaps, in another encoding.
    #[error("the {kind} key is {clothes}, not {}", plain(*kind))]
    Clothes {
        /// The type asked for.
        kind: KeyType,
        /// How it is dressed.
        clothes: Clothes,
    },
    /// Nothing that could be recognised.
    #[error("the {kind} key is not strict PKCS#8 DER")]
    NotPkcs8 {
        /// The type asked for.
        kind: KeyType,
    },
    /// Another algorithm.
    #[error("the key is of algorithm {found}, not {kind}")]
    OtherAlgorithm {
        /// The type asked for.
        kind: KeyType,
        /// Name or object identifier of what was found.
        found: String,
    },
    /// A curve spelt out instead of named.
    #[error("the {kind} key spells out its curve instead of naming it")]
    ExplicitCurve {
        /// The type asked for.
        kind: KeyType,
    },
    /// Another modulus length.
    #[error("the RSA key has {found} bits, not {wanted}")]
    OtherSize {
        /// Bits asked for.
        wanted: usize,
        /// Bits found.
        found: usize,
    },
    /// A public exponent that is even, below 65537 or longer than 256 bits.
    #[error("the RSA key has a public exponent that is even, below 65537 or longer than 256 bits")]
    KeyExponent,
    /// Well-formed, and weak.
    #[error("the {whose} {flaw}")]
    Flawed {
        /// Which key.
        whose: Whose,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The parts of the pair do not belong together.
    #[error("the parts of the {kind} key do not belong together")]
    Inconsistent {
        /// The type asked for.
        kind: KeyType,
    },
    /// No public half of a pair of this type.
    #[error("what was given is not the public half of an {kind} pair")]
    NoPublicHalf {
        /// The type asked for.
        kind: KeyType,
    },

    /// Not a public key in any known encoding.
    #[error("the wrapping key is neither PEM, nor DER, nor base64 of DER")]
    Unreadable,
    /// A private key where a public one belongs.
    #[error("the wrapping key is a private key")]
    PrivateGiven,
    /// A certificate where a bare key belongs.
    #[error("the wrapping key is an X.509 certificate")]
    CertificateGiven,
    /// Not an RSA key.
    #[error("the wrapping key is of algorithm {found}, not RSA")]
    NotRsa {
        /// Name or object identifier of what was found.
        found: String,
    },
    /// Less than 2048 bits.
    #[error("the wrapping key has {bits} bits, fewer than 2048")]
    TooSmall {
        /// Length of the modulus.
        bits: usize,
    },
    /// More than anybody uses.
    #[error("the wrapping key has {bits} bits, more than 8192")]
    TooLarge {
        /// Length of the modulus.
        bits: usize,
    },
    /// Not a whole number of bytes.
    #[error("the wrapping key has {bits} bits, which is not a multiple of 8")]
    NotWhole {
        /// Length of the modulus.
        bits: usize,
    },
    /// A modulus that two divides.
    #[error("the wrapping key has an even modulus")]
    EvenModulus,
    /// Exponent 1 encrypts nothing.
    #[error("the wrapping key's public exponent is 1")]
    ExponentOne,
    /// An even exponent.
    #[error("the wrapping key's public exponent is even")]
    EvenExponent,
    /// An exponent below 65537.
    #[error("the wrapping key's public exponent is below 65537")]
    SmallExponent,
    /// An exponent of more than 256 bits.
    #[error("the wrapping key's public exponent has more than 256 bits")]
    LargeExponent,

    /// There is no built-in test pair of this size.
    #[error("no built-in test pair has {bits} bits")]
    NoTestPair {
        /// The size asked for.
        bits: usize,
    },
    /// An RSA key where an AES key belongs, or the reverse.
    #[error("the wrapping key is of another kind than the algorithm needs")]
    OtherKindOfKey,
    /// A length that key wrap without padding does not have.
    #[error("AES key wrap without padding carries multiples of 8 bytes from 16 on, not {len}")]
    NotBlocks {
        /// Length of the plaintext.
        len: usize,
    },
    /// The plaintext is empty.
    #[error("there is nothing to wrap")]
    Empty,
    /// Too long for RSA alone.
    #[error("{len} bytes do not fit into one RSA block that carries at most {max}")]
    TooLong {
        /// Length of the plaintext.
        len: usize,
        /// What fits.
        max: usize,
    },
    /// A key-encryption key of another length.
    #[error("a key-encryption key has 32 bytes, this one has {found}")]
    KekLength {
        /// Its length.
        found: usize,
    },
    /// The blob does not open.
    #[error("the wrapped key does not open")]
    DoesNotOpen,
    /// The blob opened to something else than was wrapped.
    #[error("what was wrapped and what was opened again differ")]
    SelfCheck,
}

/// Whose flaw it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Whose {
    /// The public key of a provider.
    WrappingKey,
    /// A key of value.
    Key(KeyType),
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WrappingKey => f.write_str("wrapping key"),
            Self::Key(kind) => write!(f, "{kind} key"),
        }
    }
}

/// Why a well-formed key protects nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// A small prime divides the modulus.
    SmallFactor(u32),
    /// The modulus has the shape that CVE-2017-15361 gives it.
    Roca,
    /// The primes are so close that the modulus can be factored.
    ClosePrimes,
    /// The primes do not have half the length of the modulus.
    UnevenPrimes,
    /// The private exponent is at most half as long as the modulus.
    ShortPrivateExponent,
    /// The private scalar is none of the numbers from 1 to the order less one.
    ScalarOutOfRange,
    /// The private scalar is so near to either end that it can be guessed.
    ScalarNearTheEnd,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SmallFactor(prime) => {
                return write!(f, "has a modulus divisible by {prime}");
            }
            Self::Roca => {
                "has the fingerprint of a generator that makes weak pairs (ROCA, CVE-2017-15361)"
            }
            Self::ClosePrimes => "has two primes so close that its modulus can be factored",
            Self::UnevenPrimes => "has a prime that is not half as long as its modulus",
            Self::ShortPrivateExponent => {
                "has a private exponent at most half as long as its modulus"
            }
            Self::ScalarOutOfRange => "has a private number that its curve does not allow",
            Self::ScalarNearTheEnd => "has a private number that can be guessed",
        })
    }
}

/// How a key can be dressed when it should not be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Clothes {
    /// Text with `-----BEGIN`.
    Pem,
    /// Hexadecimal digits.
    Hex,
    /// Base64.
    Base64,
    /// The right bytes and a line end.
    TrailingNewline,
    /// An elliptic-curve key without its PKCS#8 wrapper.
    Sec1,
    /// An RSA key without its PKCS#8 wrapper.
    Pkcs1,
    /// A key under a password.
    EncryptedPkcs8,
    /// PKCS#8 where raw bytes belong.
    Pkcs8,
    /// Only the public half.
    PublicHalf,
    /// A certificate.
    Certificate,
}

impl std::fmt::Display for Clothes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM text",
            Self::Hex => "hexadecimal text",
            Self::Base64 => "base64 text",
            Self::TrailingNewline => "followed by a line end",
            Self::Sec1 => "SEC 1 DER",
            Self::Pkcs1 => "PKCS#1 DER",
            Self::EncryptedPkcs8 => "encrypted PKCS#8",
            Self::Pkcs8 => "a DER structure",
            Self::PublicHalf => "the public half only",
            Self::Certificate => "an X.509 certificate",
        })
    }
}

/// The form that a key of this type has here.
fn plain(kind: KeyType) -> &'static str {
    if kind.is_pair() {
        "unencrypted PKCS#8 DER"
    } else {
        "raw bytes"
    }
}

impl Clothes {
    /// How to get the plain form.
    fn undress(self, kind: KeyType) -> &'static str {
        match (self, kind.is_pair()) {
            (Self::Pem, true) => {
                "convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der`"
            }
            (Self::Sec1 | Self::Pkcs1, true) => {
                "convert it with `openssl pkcs8 -topk8 -nocrypt -inform DER -in key -outform DER -out key.der`"
            }
            (Self::EncryptedPkcs8, true) => {
                "decrypt it with `openssl pkcs8 -inform DER -in key -outform DER -out key.der`"
            }
            (Self::Hex, _) => "convert it with `xxd -r -p key.hex key.bin`",
            (Self::Base64, _) => "convert it with `openssl base64 -d -A -in key.b64 -out key.bin`",
            (Self::TrailingNewline, true) => {
                "rewrite it with `openssl pkcs8 -topk8 -nocrypt -inform DER -in key -outform DER -out key.der`"
            }
            (Self::TrailingNewline, false) => {
                "cut the line end off with `head -c LENGTH key > key.bin`"
            }
            (Self::PublicHalf | Self::Certificate, _) => "give the file of the private key",
            (Self::Pem | Self::Sec1 | Self::Pkcs1 | Self::EncryptedPkcs8 | Self::Pkcs8, false)
            | (Self::Pkcs8, true) => {
                "check the key type; this is a pair or a container, not the bytes of a secret key"
            }
        }
    }
}

impl Diagnose for CryptoError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Random(_) => "stop; this machine cannot make keys now",
            Self::Library { .. } => "repeat it once; if it happens again, report it",
            Self::Disagree { .. } | Self::SelfCheck => {
                "stop and use nothing that was made; report it with the version of keyrite"
            }
            Self::NotApproved { .. } => {
                "choose one that is approved, or do it in an HSM; a build without the feature `fips` makes it where your rules allow that"
            }
            Self::Length { .. } => "check the key type against the file",
            Self::Weak { .. } => "make a new key; this one is a placeholder or a fault",
            Self::Clothes { kind, clothes } => clothes.undress(*kind),
            Self::NotPkcs8 { .. } => {
                "convert it with `openssl pkcs8 -topk8 -nocrypt -in key -outform DER -out key.der`"
            }
            Self::OtherAlgorithm { .. } | Self::OtherSize { .. } => {
                "name the key's real type, or give the file that was meant"
            }
            Self::ExplicitCurve { .. } => {
                "convert it with `openssl ec -param_enc named_curve -in key.pem -out named.pem`, then to PKCS#8 DER"
            }
            Self::KeyExponent => "make a new pair with public exponent 65537",
            Self::Flawed {
                whose: Whose::Key(_),
                ..
            } => "make a new pair, with other software or hardware, and ask how this one was made",
            Self::Inconsistent { .. } | Self::NoPublicHalf { .. } => {
                "fetch the key again from where it was made"
            }
            Self::Unreadable => "give the file exactly as the provider handed it out",
            Self::PrivateGiven => {
                "give the public key only, and ask why somebody had the private one"
            }
            Self::CertificateGiven => {
                "take the key out with `openssl x509 -in cert.pem -noout -pubkey`, after checking the certificate"
            }
            Self::NotRsa { .. }
            | Self::TooSmall { .. }
            | Self::TooLarge { .. }
            | Self::NotWhole { .. } => {
                "ask the provider for an RSA wrapping key of 2048, 3072 or 4096 bits"
            }
            Self::EvenModulus
            | Self::Flawed {
                whose: Whose::WrappingKey,
                ..
            }
            | Self::ExponentOne
            | Self::EvenExponent
            | Self::SmallExponent
            | Self::LargeExponent => {
                "wrap nothing under it; download the wrapping key again and compare it over another channel"
            }
            Self::NoTestPair { .. } => "use a wrapping key of 2048, 3072 or 4096 bits",
            Self::OtherKindOfKey => {
                "an OAEP algorithm needs an RSA public key, AES key wrap alone the AES key in raw bytes"
            }
            Self::NotBlocks { .. } => "use an algorithm with padding (`kwp`)",
            Self::Empty => "give a key that is not empty",
            Self::TooLong { .. } => "use a longer wrapping key, or an algorithm with AES key wrap",
            Self::KekLength { .. } => {
                "use an AES key of 256 bits (128 where the algorithm lets you)"
            }
            Self::DoesNotOpen => "check that the file is whole and that the key belongs to it",
        };
        Some(hint.to_owned())
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Random(_) | Self::Library { .. } => Exit::Internal,
            Self::Disagree { .. }
            | Self::SelfCheck
            | Self::Inconsistent { .. }
            | Self::NoPublicHalf { .. }
            | Self::EvenModulus
            | Self::Flawed {
                whose: Whose::WrappingKey,
                ..
            }
            | Self::ExponentOne
            | Self::EvenExponent
            | Self::SmallExponent
            | Self::LargeExponent
            | Self::DoesNotOpen => Exit::Integrity,
            Self::NoTestPair { .. } | Self::OtherKindOfKey => Exit::Usage,
            Self::NotApproved { .. }
            | Self::Length { .. }
            | Self::Weak { .. }
            | Self::Clothes { .. }
            | Self::NotPkcs8 { .. }
            | Self::OtherAlgorithm { .. }
            | Self::ExplicitCurve { .. }
            | Self::OtherSize { .. }
            | Self::KeyExponent
            | Self::Flawed {
                whose: Whose::Key(_),
                ..
            }
            | Self::Unreadable
            | Self::PrivateGiven
            | Self::CertificateGiven
            | Self::NotRsa { .. }
            | Self::TooSmall { .. }
            | Self::TooLarge { .. }
            | Self::NotWhole { .. }
            | Self::Empty
            | Self::TooLong { .. }
            | Self::NotBlocks { .. }
            | Self::KekLength { .. } => Exit::Operator,
        }
    }
}
