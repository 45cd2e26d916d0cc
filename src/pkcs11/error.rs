//! What can go wrong between this program and an HSM.

use std::path::PathBuf;

use crate::error::Diagnose;
use crate::error::Exit;
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
}

impl Diagnose for Pkcs11Error {
    fn exit(&self) -> Exit {
        Exit::Device
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoModule { .. } => "give the path of the HSM maker's PKCS#11 library",
            Self::NoFunction { .. } | Self::Nonsense { .. } => {
                "this module cannot be trusted with a key; ask its maker for another version"
            }
            Self::Failed { rv, .. } => hint(*rv)?,
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
