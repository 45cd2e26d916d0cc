//! Why a ceremony does not go on with its HSM.

use std::path::PathBuf;

use crate::domain::algorithm::KeyType;
use crate::domain::record::Digest;
use crate::domain::text::list;
use crate::error::Diagnose;
use crate::error::Exit;

/// What stands between a ceremony and its HSM.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// Nobody said how the HSM is reached.
    #[error("no PKCS#11 module is named")]
    NoModule,
    /// The keys are in software.
    #[error("the keys of this script are not in an HSM, and {0} was given")]
    NotInHsm(&'static str),
    /// The list of this machine cannot be read.
    #[error("{} is no list of modules: {why}", path.display())]
    Machine {
        /// The list.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The module is not on the list.
    #[error("the module {} is not in {}", module.display(), list.display())]
    NotListed {
        /// The module.
        module: PathBuf,
        /// The list.
        list: PathBuf,
    },
    /// The module is not the one on the list.
    #[error("the module {} has the SHA-256 {found}, and {} allows {listed}", module.display(), list.display())]
    OtherModule {
        /// The module.
        module: PathBuf,
        /// The list.
        list: PathBuf,
        /// Its digest.
        found: Digest,
        /// The digest on the list.
        listed: Digest,
    },
    /// The list has more than one module, or none.
    #[error("{} allows {} modules, and none is named", list.display(), there.len())]
    SeveralModules {
        /// The list.
        list: PathBuf,
        /// The modules.
        there: Vec<PathBuf>,
    },
    /// Others can read the PIN.
    #[error("the PIN file {} can be read by others", .0.display())]
    PinFileOpen(PathBuf),
    /// Nobody is there to type the PIN.
    #[error("nobody can type the PIN of token {0}: standard input is not a terminal")]
    NoPin(String),
    /// The whole PIN in one file, where several people hold a part each.
    #[error("the script has {holders} type a part of the PIN each, and {} holds all of it", file.display())]
    PinHalves {
        /// The file.
        file: PathBuf,
        /// Who holds a part.
        holders: String,
    },
    /// The token does not wrap as the script wants.
    #[error("{why}")]
    CannotWrap {
        /// What was tried, and what came of it.
        why: String,
        /// Algorithms of the same provider by which this token wraps such a key.
        instead: Vec<&'static str>,
    },
    /// The token does one thing and says another.
    #[error("the token is not to be believed about key {key}: {}", list(what))]
    Lies {
        /// Label of the key.
        key: String,
        /// What is not as planned.
        what: Vec<String>,
    },
    /// A recorded key is not there.
    #[error("key {0} is recorded, and the token has it no more")]
    Gone(String),
    /// A recorded key is another one.
    #[error("key {key} in the token has the {name} {found}; {wanted} was recorded")]
    Changed {
        /// Label of the key.
        key: String,
        /// Name of the check value.
        name: String,
        /// What the token computes.
        found: String,
        /// What was recorded.
        wanted: String,
    },
    /// Nothing that is recorded of a key can be computed in the token.
    #[error("the token computes none of the check values that are recorded of key {0}")]
    Unlike(String),
    /// There is no such key.
    #[error("the token has no key of type {kind} called {key}")]
    NoKey {
        /// Its label.
        key: String,
        /// Its type.
        kind: KeyType,
    },
    /// A key of a kind that no token signs with.
    #[error("{0} signs with a key of a kind that is in no HSM")]
    NoSuchSigner(String),
    /// Two objects have the name of one key.
    #[error("the token has {count} keys called {key}")]
    Doubled {
        /// Label of the key.
        key: String,
        /// How many.
        count: usize,
    },
    /// The token does not do what it says.
    #[error("the token {0}")]
    Wrong(String),
}

impl Diagnose for TokenError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoModule => {
                "give `--module FILE`, or have this machine list its modules in /etc/keyrite/machine.yaml"
                    .to_owned()
            }
            Self::NotInHsm(_) => "leave it out, or see that it is the right script".to_owned(),
            Self::Machine { .. } => {
                "write `schema: keyrite-machine/v1` and under `modules:` entries `{path: FILE, sha256: DIGEST}`"
                    .to_owned()
            }
            Self::NotListed { .. } | Self::OtherModule { .. } => {
                "do not load it: find out who changed the module or the list".to_owned()
            }
            Self::SeveralModules { there, .. } => {
                let names: Vec<String> = there.iter().map(|it| it.display().to_string()).collect();
                format!("name one with `--module FILE`: {}", list(&names))
            }
            Self::PinFileOpen(path) => format!("chmod 600 {}", path.display()),
            Self::NoPin(_) => "run at a terminal, or give `--pin-file FILE`".to_owned(),
            Self::PinHalves { .. } => {
                "leave `--pin-file` out; each of them is asked, unseen by the others".to_owned()
            }
            Self::CannotWrap { instead, .. } if instead.is_empty() => {
                "`keyrite token show` lists what this token can do, by trial".to_owned()
            }
            Self::CannotWrap { instead, .. } => {
                format!("what this token can do here is {}", list(instead))
            }
            Self::Lies { .. } => {
                "use another token, or have somebody answer for it: waive the rule `token-lies`"
                    .to_owned()
            }
            Self::Gone(_) | Self::Changed { .. } => {
                "stop: find out who else uses this token, and write an exception".to_owned()
            }
            Self::Unlike(_) => {
                "stop: what cannot be told apart is not destroyed; delete it with the tool of the HSM, and tell of it with `close`"
                    .to_owned()
            }
            Self::NoKey { .. } => {
                "compare label and type letter by letter; `pkcs11-tool --list-objects` shows what is there"
                    .to_owned()
            }
            Self::NoSuchSigner(_) => {
                "a token signs with Ed25519, ECDSA on a NIST curve, or RSA of 2048, 3072 or 4096 bits"
                    .to_owned()
            }
            Self::Doubled { .. } => {
                "remove what this ceremony did not make, with the HSM maker's tool and a witness"
                    .to_owned()
            }
            Self::Wrong(_) => "do not trust this token with a key".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoModule
            | Self::NotInHsm(_)
            | Self::Machine { .. }
            | Self::SeveralModules { .. }
            | Self::NoKey { .. }
            | Self::NoSuchSigner(_)
            | Self::NoPin(_)
            | Self::PinHalves { .. }
            | Self::PinFileOpen(_) => Exit::Operator,
            Self::Lies { .. }
            | Self::Unlike(_)
            | Self::Gone(_)
            | Self::Changed { .. }
            | Self::Doubled { .. } => Exit::Integrity,
            Self::NotListed { .. }
            | Self::OtherModule { .. }
            | Self::CannotWrap { .. }
            | Self::Wrong(_) => Exit::Device,
        }
    }
}
