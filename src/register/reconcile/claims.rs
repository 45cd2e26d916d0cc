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
    /// Who was taken out of a policy, by the provider's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
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

    /// What a provider calls this act, where it has a word for it.
    pub const fn means(self) -> Action {
        match self {
            Self::Fetch => Action::FetchParameters,
            Self::Import => Action::Import,
            Self::Rotate => Action::Rotate,
            Self::Activate | Self::Enable => Action::Enable,
            Self::Disable => Action::Disable,
            Self::ProcessOnly | Self::Withdraw => Action::SetAccess,
            Self::ScheduleDeletion => Action::ScheduleDeletion,
            Self::CancelDeletion => Action::CancelDeletion,
            Self::Delete | Self::Gone => Action::Delete,
        }
    }

    /// Whether an entry of the log of a provider may tell of it, in these words or in others: of some providers
    /// the log tells only that something of the key was changed, and Vault stops a key by its policies.
    pub fn fits(self, action: Action, provider: &str) -> bool {
        let vault = provider == "vault";
        let unsaid = vault || provider.starts_with("azure-");
        self.means() == action
            || match self {
                Self::Fetch | Self::Import | Self::Rotate | Self::Withdraw => false,
                Self::Activate => {
                    matches!(action, Action::Rotate | Action::SetAccess)
                        || unsaid && action == Action::Update
                }
                Self::Enable | Self::Disable => {
                    unsaid && action == Action::Update || vault && action == Action::SetAccess
                }
                Self::ProcessOnly => action == Action::Rotate || unsaid && action == Action::Update,
                Self::ScheduleDeletion => {
                    vault && matches!(action, Action::Delete | Action::Update)
                }
                Self::CancelDeletion => vault && action == Action::Update,
                Self::Delete | Self::Gone => {
                    matches!(action, Action::DeleteMaterial | Action::ScheduleDeletion)
                        || vault && action == Action::Update
                }
            }
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
