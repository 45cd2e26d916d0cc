//! What can go wrong between this program and an HSM.

use std::path::PathBuf;

use crate::crypto::error::CryptoError;
use crate::crypto::signature::Scheme;
use crate::crypto::wrap::Construction;
use crate::domain::algorithm::KeyType;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::pkcs11::locate::Tries;
use crate::pkcs11::rv::Rv;

/// What went wrong with a module or a token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Pkcs11Error {
    /// The file could not be loaded as a module.
    #[error("{} is no PKCS#11 module that can be used here: {why}", path.display())]
    NoModule {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        why: String,
    },
    /// The module has no such function.
    #[error("the module has no {call}")]
    NoFunction {
        /// The call.
        call: &'static str,
    },
    /// A call failed.
    #[error("{call}: {rv}")]
    Failed {
        /// The call.
        call: &'static str,
        /// What it returned.
        rv: Rv,
    },
    /// A call returned what cannot be.
    #[error("{call} returned {what} that cannot be: {found}")]
    Nonsense {
        /// The call.
        call: &'static str,
        /// What kind of value.
        what: &'static str,
        /// The value.
        found: u64,
    },
    /// No trial was right.
    #[error("this token cannot wrap {kind} by {construction} under {bits} bits ({why})")]
    CannotWrap {
        /// What was asked for.
        construction: Construction,
        /// Of what type of key.
        kind: KeyType,
        /// Under a wrapping key of so many bits.
        bits: usize,
        /// What came of each trial.
        why: String,
    },
    /// A way to wrap that does not fit what is asked for.
    #[error("{construction} is not made in this way")]
    NoRoute {
        /// What was asked for.
        construction: Construction,
    },
    /// A wrapped key that cannot be one.
    #[error("the token made {found} bytes of a wrapped {kind} key, where {wanted} were expected")]
    OtherLength {
        /// Type of the key.
        kind: KeyType,
        /// How long it should be, at most.
        wanted: usize,
        /// How long it is.
        found: usize,
    },
    /// Something of the trials is still in the token.
    #[error("the token still holds {count} of the throwaway objects")]
    LeftBehind {
        /// How many.
        count: usize,
    },
    /// There is nothing to try it with.
    #[error("this cannot be tried before it is done: {0}")]
    Untried(CryptoError),

    /// The URI of a token or a key is wrong.
    #[error("the {part} of the token's URI {why}")]
    Uri {
        /// Which part.
        part: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No token fits.
    #[error("the module has no token with {wanted}; it has {there}")]
    NoToken {
        /// What was looked for.
        wanted: String,
        /// What is there.
        there: String,
    },
    /// More than one fits.
    #[error("more than one token has {wanted}: {there}")]
    SeveralTokens {
        /// What was looked for.
        wanted: String,
        /// Which ones.
        there: String,
    },
    /// Nobody has initialised it.
    #[error("the token with serial {serial} is not initialised")]
    NotInitialised {
        /// Its serial number.
        serial: String,
    },
    /// The security officer has set no PIN for the user.
    #[error("token `{token}` has no user PIN yet")]
    PinNotSet {
        /// Its label.
        token: String,
    },
    /// Too many wrong tries.
    #[error("the PIN of token `{token}` is locked")]
    PinLocked {
        /// Its label.
        token: String,
    },
    /// It takes no objects.
    #[error("token `{token}` is read-only")]
    ReadOnly {
        /// Its label.
        token: String,
    },
    /// The PIN cannot be right.
    #[error("the PIN is shorter or longer than the {min} to {max} bytes that this token takes")]
    PinLength {
        /// Shortest.
        min: u64,
        /// Longest.
        max: u64,
    },
    /// The PIN is wrong.
    #[error("the PIN is not that of token `{token}`; {tries}")]
    WrongPin {
        /// Its label.
        token: String,
        /// What it admits about further tries.
        tries: Tries,
    },
    /// It cannot take a PIN by itself.
    #[error("token `{token}` has no PIN pad of its own")]
    NoPinPad {
        /// Its label.
        token: String,
    },

    /// The token tells nothing of a public half.
    #[error("the token tells no public half of the {kind} pair")]
    NoPublicHalf {
        /// The type of the pair.
        kind: KeyType,
    },
    /// The token tells two public halves of one pair.
    #[error("the token tells two different public halves of one {kind} pair")]
    HalvesDiffer {
        /// The type of the pair.
        kind: KeyType,
    },
    /// What the token tells is no key, or one that protects nothing.
    #[error("what the token tells is refused: {0}")]
    Crypto(#[from] CryptoError),
    /// The backup key in the token is not the one that was brought in.
    #[error("what the token wraps or unwraps with the backup key shows another key")]
    BackupKey,
    /// The wrapping key in the token is not the one that was brought in.
    #[error("the token reads back another wrapping key than was brought in")]
    WrappingKey,
    /// A signature made in the token is none.
    #[error(
        "a signature made in the token does not verify under the public half of its {kind} pair"
    )]
    Signature {
        /// The type of the pair.
        kind: KeyType,
    },
    /// This pair does not sign like that.
    #[error("keys of type {kind} do not sign with {scheme:?}")]
    Scheme {
        /// The type of the key.
        kind: KeyType,
        /// How it was to sign.
        scheme: Scheme,
    },
    /// The token tells another check value than it computes.
    #[error("the token tells CKA_CHECK_VALUE {told} for a key whose check value is {computed}")]
    CheckValue {
        /// What it tells.
        told: String,
        /// What it computed.
        computed: String,
    },

    /// The token says that a key is locked, and it is not.
    #[error("the token switched CKA_EXTRACTABLE off and still has it on")]
    StillExtractable,
    /// The token says that it destroyed an object, and still has it.
    #[error("the token destroyed the {what} and still has it: {evidence}")]
    NotDestroyed {
        /// What kind of object.
        what: String,
        /// How that shows.
        evidence: &'static str,
    },
}

impl Pkcs11Error {
    /// Whether token, session or module is gone, so that nothing else can be asked.
    pub const fn is_loss(&self) -> bool {
        matches!(self, Self::Failed { rv, .. } if rv.is_loss())
    }
}

impl Diagnose for Pkcs11Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Untried(error) => error.exit(),
            // A person can choose another token, wait for the officer, or type the PIN again.
            Self::NoToken { .. }
            | Self::SeveralTokens { .. }
            | Self::NotInitialised { .. }
            | Self::PinNotSet { .. }
            | Self::PinLocked { .. }
            | Self::ReadOnly { .. }
            | Self::PinLength { .. }
            | Self::WrongPin { .. }
            | Self::NoPinPad { .. } => Exit::Operator,
            Self::HalvesDiffer { .. }
            | Self::Crypto(_)
            | Self::BackupKey
            | Self::WrappingKey
            | Self::Signature { .. }
            | Self::CheckValue { .. }
            | Self::StillExtractable
            | Self::NotDestroyed { .. }
            | Self::LeftBehind { .. }
            | Self::OtherLength { .. } => Exit::Integrity,
            Self::Scheme { .. } | Self::Uri { .. } => Exit::Usage,
            Self::NoModule { .. }
            | Self::NoFunction { .. }
            | Self::NoPublicHalf { .. }
            | Self::Failed { .. }
            | Self::Nonsense { .. }
            | Self::CannotWrap { .. }
            | Self::NoRoute { .. } => Exit::Device,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoModule { .. } => "give the path of the HSM maker's PKCS#11 library",
            Self::CannotWrap { .. } => {
                "`keyrite token show` lists what this token can do, by trial"
            }
            Self::Untried(error) => return error.hint(),
            Self::NoRoute { .. }
            | Self::OtherLength { .. }
            | Self::NoFunction { .. }
            | Self::Nonsense { .. }
            | Self::NoPublicHalf { .. }
            | Self::HalvesDiffer { .. }
            | Self::Crypto(_)
            | Self::BackupKey
            | Self::WrappingKey
            | Self::Signature { .. }
            | Self::CheckValue { .. } => {
                "this module cannot be trusted with a key; ask its maker for another version"
            }
            Self::Failed { rv, .. } => hint(*rv)?,
            Self::Uri { .. } => {
                "write it as `pkcs11:token=LABEL;serial=SERIAL?module-path=/path/to/module.so`"
            }
            Self::NoToken { .. } => {
                "`keyrite token list` shows what is there; compare label and serial letter by letter"
            }
            Self::SeveralTokens { .. } => "give the serial number, too",
            Self::NotInitialised { .. } => hint(Rv::TOKEN_NOT_INITIALIZED)?,
            Self::PinNotSet { .. } => hint(Rv::USER_PIN_NOT_INITIALIZED)?,
            Self::PinLocked { .. } => hint(Rv::PIN_LOCKED)?,
            Self::ReadOnly { .. } => hint(Rv::TOKEN_WRITE_PROTECTED)?,
            Self::PinLength { .. } => "nothing was tried; type the PIN again",
            Self::WrongPin { tries, .. } => match tries {
                Tries::Unsaid | Tries::Counted => "make sure of PIN and token before trying again",
                Tries::Last => "do not try again before somebody has looked the PIN up",
                Tries::Locked => hint(Rv::PIN_LOCKED)?,
            },
            Self::NoPinPad { .. } => "type the PIN at this terminal, or give --pin-file",
            Self::Scheme { .. } => "use a signature that goes with the type of the key",
            Self::StillExtractable => {
                "treat the key as one that whoever has the PIN can take out, and destroy it soon"
            }
            Self::LeftBehind { .. } => {
                "close every session with the token; what is labelled `keyrite trial` can be removed"
            }
            Self::NotDestroyed { .. } => {
                "treat the key as still there; remove it with the HSM maker's tool, with a witness"
            }
        };
        Some(hint.to_owned())
    }
}

/// What to do about a return value, where there is something to do.
const fn hint(rv: Rv) -> Option<&'static str> {
    Some(match rv {
        Rv::DEVICE_REMOVED | Rv::TOKEN_NOT_PRESENT | Rv::DEVICE_ERROR => {
            "see that the HSM is connected and switched on, and begin again with --resume"
        }
        Rv::DEVICE_MEMORY => "the token is full: remove what nobody needs any more",
        Rv::TOKEN_WRITE_PROTECTED | Rv::SESSION_READ_ONLY => {
            "the token cannot be written: use one that can"
        }
        Rv::TOKEN_NOT_INITIALIZED | Rv::TOKEN_NOT_RECOGNIZED => {
            "the token must be initialised with its maker's tool first"
        }
        Rv::USER_PIN_NOT_INITIALIZED => {
            "the security officer must set the user's PIN with the maker's tool first"
        }
        Rv::USER_ALREADY_LOGGED_IN
        | Rv::USER_ANOTHER_ALREADY_LOGGED_IN
        | Rv::USER_NOT_LOGGED_IN
        | Rv::SESSION_READ_WRITE_SO_EXISTS => {
            "another program uses this token: end it, and begin again"
        }
        Rv::PIN_LOCKED => "the PIN is locked: the security officer must set a new one",
        _ => return None,
    })
}
