//! What records tell of provider keys, and a provider's log should show, too.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::lifecycle::Purpose;
use crate::domain::lifecycle::State;
use crate::domain::log_event::Action;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::record::RecordLine;
use crate::register::Rests;

/// Something that a record tells of a provider key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Claim {
    /// What was done.
    pub act: Act,
    /// Provider id.
    pub provider: String,
    /// The key at the provider, where the script names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The first moment at which it may have happened.
    pub from: Moment,
    /// The last.
    pub until: Moment,
    /// Id of the ceremony.
    pub ceremony: String,
    /// SHA-256 of its record.
    pub record: Digest,
    /// Where it is told.
    pub rests_on: Rests,
    /// What else is told of an import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    /// When the provider deletes the key, where that was scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Moment>,
}

/// What a record tells of an import.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Import {
    /// When the provider deletes the material; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Moment>,
    /// `new` or `existing`, where the script says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_type: Option<String>,
    /// The provider's id of the wrapping key: an import job, a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping_key_id: Option<String>,
    /// Check values of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check_values: Vec<String>,
}

/// What was done with a provider key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Import parameters were fetched.
    Fetch,
    /// Wrapped material is uploaded.
    Import,
    /// The new material becomes the one that protects.
    Rotate,
    /// It may be used for the first time.
    Activate,
    /// Its use was allowed again.
    Enable,
    /// Its use was stopped.
    Disable,
    /// It was left to process only.
    ProcessOnly,
    /// Its deletion was scheduled.
    ScheduleDeletion,
    /// Its deletion was called off.
    CancelDeletion,
    /// It was deleted.
    Delete,
    /// It is gone since its deletion, which was scheduled before.
    Gone,
    /// Somebody was taken out of its policy.
    Withdraw,
}

impl Act {
    /// What a move to a state asks for at a provider.
    pub fn of(to: State, purpose: Purpose, from: State) -> Option<Self> {
        match to {
            State::Active if purpose == Purpose::Process => Some(Self::ProcessOnly),
            State::Active if from == State::PreActivation => Some(Self::Activate),
            State::Active | State::PreActivation => Some(Self::Enable),
            State::Deactivated if from == State::Suspended => Some(Self::Disable),
            State::Deactivated => Some(Self::ProcessOnly),
            State::Suspended | State::Compromised => Some(Self::Disable),
            // It was closed before, each place with a line of its own.
            State::Destroyed => None,
        }
    }

    /// Whether an entry of a log may tell of it.
    pub fn fits(self, action: Action) -> bool {
        let actions: &[Action] = match self {
            Self::Fetch => &[Action::FetchParameters],
            Self::Import => &[Action::Import],
            Self::Rotate => &[Action::Rotate],
            // Where a provider tells only that something of the key was changed, that may be it.
            Self::Activate | Self::Enable => &[
                Action::Enable,
                Action::Rotate,
                Action::Update,
                Action::SetAccess,
            ],
            Self::Disable => &[Action::Disable, Action::Update, Action::SetAccess],
            Self::ProcessOnly => &[Action::SetAccess, Action::Rotate, Action::Update],
            Self::ScheduleDeletion => &[Action::ScheduleDeletion, Action::Delete, Action::Disable],
            Self::CancelDeletion => &[Action::CancelDeletion, Action::Enable],
            Self::Delete | Self::Gone => &[
                Action::DeleteMaterial,
                Action::Delete,
                Action::ScheduleDeletion,
                Action::Update,
            ],
            Self::Withdraw => &[Action::SetAccess],
        };
        actions.contains(&action)
    }

    /// Whether a log that covers its time must show it.
    pub const fn must_show(self) -> bool {
        match self {
            Self::Import
            | Self::Enable
            | Self::Disable
            | Self::ScheduleDeletion
            | Self::CancelDeletion
            | Self::Delete => true,
            // Not every provider writes who fetched a public key, or that a deletion came to its end; what
            // is imported is enabled already; and a key that only processes, a new primary version and a
            // policy are changed in ways that not every log shows.
            Self::Fetch
            | Self::Activate
            | Self::Rotate
            | Self::ProcessOnly
            | Self::Gone
            | Self::Withdraw => false,
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fetch => "fetching of import parameters",
            Self::Import => "import",
            Self::Rotate => "rotation",
            Self::Activate => "first enabling",
            Self::Enable => "enabling",
            Self::Disable => "disabling",
            Self::ProcessOnly => "limiting to decryption",
            Self::ScheduleDeletion => "scheduling of the deletion",
            Self::CancelDeletion => "calling off of the deletion",
            Self::Delete => "deletion",
            Self::Gone => "end of the deletion",
            Self::Withdraw => "change of access",
        }
    }
}

impl Claim {
    /// The line that tells it.
    pub fn line(&self) -> RecordLine {
        RecordLine {
            record: self.record,
            line: self.rests_on.line,
        }
    }
}
