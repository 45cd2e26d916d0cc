//! States of AWS KMS keys, and the commands that change them.

use crate::domain::lifecycle::State;
use crate::providers::about::READ;
use crate::providers::lifecycle::Act;
use crate::providers::lifecycle::Deletion;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::lifecycle::ProviderState;

pub(super) static LIFECYCLE: Lifecycle = Lifecycle {
    states: &[
        ProviderState {
            word: "PendingImport",
            ours: &[State::PreActivation, State::Destroyed],
            decides: "whether material was there before: after DeleteImportedKeyMaterial or its expiry the material is destroyed here, and the same may be imported again",
        },
        ProviderState {
            word: "Enabled",
            ours: &[State::Active, State::Deactivated],
            decides: "the key policy: without kms:Encrypt, kms:GenerateDataKey* and kms:Sign the key only processes",
        },
        ProviderState {
            word: "Disabled",
            ours: &[State::Suspended, State::Deactivated, State::Compromised],
            decides: "the reason that the record gives: AWS KMS keeps none",
        },
        ProviderState {
            word: "PendingDeletion",
            ours: &[State::Deactivated, State::Compromised],
            decides: "a deletion is scheduled; until its date CancelKeyDeletion brings the key back as Disabled",
        },
        ProviderState {
            word: "NotFoundException",
            ours: &[State::Destroyed],
            decides: "in this account and region only",
        },
    ],
    deletions: &[
        Deletion {
            name: "schedule-key-deletion",
            window: Some((7, 30, 30)),
            says: "deletes the KMS key and its material after the window",
        },
        Deletion {
            name: "delete-imported-key-material",
            window: None,
            says: "deletes the material at once, without a window; the KMS key stays and takes the same material again",
        },
    ],
    together: true,
    rotations: Some(25),
    commands,
    source: "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html; API reference of ScheduleKeyDeletion and DeleteImportedKeyMaterial; rotating-keys-on-demand.html",
    read: READ,
};

fn commands(act: &Act) -> &'static [&'static str] {
    match act {
        Act::Enable => &["aws kms enable-key --key-id {key}", SHOW],
        Act::Disable => &["aws kms disable-key --key-id {key}", SHOW],
        Act::ProcessOnly => &[
            "# Take kms:Encrypt, kms:GenerateDataKey*, kms:ReEncryptTo and kms:Sign out of every Allow in policy.json:",
            "aws kms get-key-policy --key-id {key} --policy-name default --output text > policy.json",
            "aws kms put-key-policy --key-id {key} --policy-name default --policy file://policy.json",
            "# A grant allows what the policy does not; retire those that name these operations:",
            "aws kms list-grants --key-id {key}",
        ],
        Act::ScheduleDeletion(_) => &[
            "aws kms schedule-key-deletion --key-id {key} --pending-window-in-days {days}",
            SHOW,
        ],
        Act::CancelDeletion => &[
            "aws kms cancel-key-deletion --key-id {key}",
            "# The key is Disabled now; a ceremony of kind resume enables it.",
            SHOW,
        ],
        Act::Delete(way) if way == "delete-imported-key-material" => &[
            "aws kms delete-imported-key-material --key-id {key}",
            "# Its KeyState must be PendingImport now.",
            SHOW,
        ],
        Act::Delete(_) | Act::SeeDeleted => &["# NotFoundException says that it is deleted:", SHOW],
    }
}

const SHOW: &str =
    "aws kms describe-key --key-id {key} --query KeyMetadata.[KeyState,DeletionDate]";
