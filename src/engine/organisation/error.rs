//! Why a ceremony cannot rest on an organisation file.

use std::path::PathBuf;

use crate::domain::finding::Finding;
use crate::domain::text::list;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::record::error::RecordError;

/// Why a ceremony cannot rest on an organisation file.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// Something is wrong with it.
    #[error("{}", first(path, findings))]
    Findings {
        /// Where it is.
        path: PathBuf,
        /// What is wrong, in its order.
        findings: Vec<Finding>,
    },
    /// Nobody signed it, or not everybody.
    #[error("{} did not sign the organisation file", list(.0))]
    Unsigned(Vec<String>),
    /// A signature does not fit.
    #[error("{person}'s signature over the organisation file does not hold: {because}")]
    Broken {
        /// Whose it should be.
        person: String,
        /// Why not.
        because: Box<RecordError>,
    },
    /// Somebody would sign who has not to.
    #[error("{person} is not among those who sign this organisation file")]
    NoSigner {
        /// Who.
        person: String,
    },
    /// Somebody's keys are not valid now.
    #[error("the organisation file has no key of {person} that is valid today")]
    NoKey {
        /// Who.
        person: String,
    },
    /// The machine allows what the organisation does not.
    #[error("{} is allowed by no machine of the organisation file", path.display())]
    NotAllowed {
        /// What would be loaded or run.
        path: PathBuf,
    },
}

fn first(path: &std::path::Path, findings: &[Finding]) -> String {
    let Some(first) = findings.first() else {
        return format!("{} cannot be read", path.display());
    };
    let more = match findings.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    format!(
        "{}:{}:{}: {}{more}",
        path.display(),
        first.place.line,
        first.place.column,
        first.message
    )
}

impl Diagnose for OrganisationError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Findings { findings, .. } => {
                return findings.first().and_then(|first| first.hint.clone());
            }
            Self::Unsigned(_) => {
                "each of them runs `keyrite sign ORGANISATION --as PERSON --key FILE` first"
            }
            Self::Broken { .. } => {
                "the file was changed after it was signed, or somebody else signed: review and sign it again"
            }
            Self::NoSigner { .. } => {
                "name the person under `signed-by`, or let those sign who are named there"
            }
            Self::NoKey { .. } => {
                "add a key with `valid-from` and `valid-to` that has begun and has not ended"
            }
            Self::NotAllowed { .. } => {
                "add its path and SHA-256 under `machines` of the organisation file, and let it be signed anew"
            }
        };
        Some(hint.to_owned())
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Findings { .. } | Self::Unsigned(_) | Self::Broken { .. } => Exit::Script,
            Self::NoSigner { .. } | Self::NoKey { .. } | Self::NotAllowed { .. } => Exit::Operator,
        }
    }
}
