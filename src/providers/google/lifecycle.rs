//! States of key versions in Google Cloud KMS, and the commands that change them.

use crate::domain::lifecycle::State;
use crate::providers::about::READ;
use crate::providers::lifecycle::Act;
use crate::providers::lifecycle::Deletion;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::lifecycle::ProviderState;

pub(super) static LIFECYCLE: Lifecycle = Lifecycle {
    states: &[
        ProviderState {
            word: "PENDING_IMPORT",
            ours: &[State::PreActivation],
            decides: "the import is not finished",
        },
        ProviderState {
            word: "IMPORT_FAILED",
            ours: &[State::PreActivation],
            decides: "nothing was imported",
        },
        ProviderState {
            word: "ENABLED",
            ours: &[State::Active, State::Deactivated],
            decides: "a version of a symmetric key that is not the primary one decrypts only",
        },
        ProviderState {
            word: "DISABLED",
            ours: &[State::Suspended, State::Deactivated, State::Compromised],
            decides: "the reason that the record gives: Cloud KMS keeps none",
        },
        ProviderState {
            word: "DESTROY_SCHEDULED",
            ours: &[State::Deactivated, State::Compromised],
            decides: "destroyTime says when; until then a restore brings the version back as DISABLED",
        },
        ProviderState {
            word: "DESTROYED",
            ours: &[State::Destroyed],
            decides: "of this version only; the same material may be imported again",
        },
    ],
    deletions: &[Deletion {
        name: "destroy-version",
        window: Some((1, 120, 30)),
        says: "destroys the version after the key's destroyScheduledDuration, which was set when the key was created: 30 days if nothing was said, at least 24 hours",
    }],
    together: false,
    rotations: None,
    commands,
    source: "https://cloud.google.com/kms/docs/key-states; https://cloud.google.com/kms/docs/destroy-restore",
    read: READ,
};

fn commands(act: &Act) -> &'static [&'static str] {
    match act {
        Act::Enable => &["gcloud kms keys versions enable {key}", PRIMARY, SHOW],
        Act::Disable => &["gcloud kms keys versions disable {key}", SHOW],
        Act::ProcessOnly => &[
            "# A symmetric key encrypts with its primary version only: make another one primary.",
            "# Of a pair or MAC key, take roles that sign from its IAM policy:",
            "gcloud kms keys get-iam-policy KEY --keyring RING --location LOCATION",
            SHOW,
        ],
        Act::ScheduleDeletion(_) => &[
            "# The window is that of the key, not one of this command: see destroyTime.",
            "gcloud kms keys versions destroy {key}",
            SHOW,
        ],
        Act::CancelDeletion => &[
            "gcloud kms keys versions restore {key}",
            "# The version is DISABLED now; a ceremony of kind resume enables it.",
            SHOW,
        ],
        Act::Delete(_) | Act::SeeDeleted => &["# The state must be DESTROYED:", SHOW],
    }
}

const PRIMARY: &str =
    "# A symmetric key uses it to encrypt once it is primary: gcloud kms keys set-primary-version";
const SHOW: &str = "gcloud kms keys versions describe {key} --format='value(state,destroyTime)'";
