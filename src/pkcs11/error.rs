//! What can go wrong between this program and an HSM.

use std::path::PathBuf;

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

    /// The token says that it destroyed an object, and still has it.
    #[error("the token destroyed the {what} and still has it: {evidence}")]
    NotDestroyed {
        /// What kind of object.
        what: String,
        /// How that shows.
        evidence: &'static str,
    },
}

impl Diagnose for Pkcs11Error {
    fn exit(&self) -> Exit {
        match self {
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
            Self::NotDestroyed { .. } => Exit::Integrity,
            Self::NoModule { .. }
            | Self::NoFunction { .. }
            | Self::Failed { .. }
            | Self::Nonsense { .. } => Exit::Device,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoModule { .. } => "give the path of the HSM maker's PKCS#11 library",
            Self::NoFunction { .. } | Self::Nonsense { .. } => {
                "this module cannot be trusted with a key; ask its maker for another version"
            }
            Self::Failed { rv, .. } => hint(*rv)?,
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
        Rv::PIN_LOCKED => "the PIN is locked: the security officer must set a new one",
        _ => return None,
    })
}
