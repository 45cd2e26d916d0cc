//! States of keys in Alibaba Cloud KMS, and the commands that change them.

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
            decides: "whether material was there before: after DeleteKeyMaterial or its expiry it is destroyed here",
        },
        ProviderState {
            word: "Enabled",
            ours: &[State::Active, State::Deactivated],
            decides: "the policies: without kms:Encrypt and kms:GenerateDataKey the key only processes",
        },
        ProviderState {
            word: "Disabled",
            ours: &[State::Suspended, State::Deactivated, State::Compromised],
            decides: "the reason that the record gives: KMS keeps none",
        },
        ProviderState {
            word: "PendingDeletion",
            ours: &[State::Deactivated, State::Compromised],
            decides: "a deletion is scheduled; until its date CancelKeyDeletion brings the key back",
        },
        ProviderState {
            word: "Forbidden.KeyNotFound",
            ours: &[State::Destroyed],
            decides: "in this account and region only",
        },
    ],
    deletions: &[
        Deletion {
            name: "schedule-key-deletion",
            window: Some((7, 366, 30)),
            says: "deletes the key after the window; keys of the older shared service take 30 days at most",
        },
        Deletion {
            name: "delete-key-material",
            window: None,
            says: "deletes imported material at once, without a window; the key stays and takes the same material again",
        },
    ],
    together: false,
    rotations: None,
    commands,
    source: "https://www.alibabacloud.com/help/en/key-management-service: ScheduleKeyDeletion, DeleteKeyMaterial, key management FAQ",
    read: READ,
};

fn commands(act: &Act) -> &'static [&'static str] {
    match act {
        Act::Enable => &["aliyun kms EnableKey --KeyId {key}", SHOW],
        Act::Disable => &["aliyun kms DisableKey --KeyId {key}", SHOW],
        Act::ProcessOnly => &[
            "# Take kms:Encrypt and kms:GenerateDataKey* for this key out of every RAM policy and the key's own.",
            SHOW,
        ],
        Act::ScheduleDeletion(_) => &[
            "aliyun kms ScheduleKeyDeletion --KeyId {key} --PendingWindowInDays {days}",
            SHOW,
        ],
        Act::CancelDeletion => &["aliyun kms CancelKeyDeletion --KeyId {key}", SHOW],
        Act::Delete(way) if way == "delete-key-material" => &[
            "aliyun kms DeleteKeyMaterial --KeyId {key}",
            "# Its KeyState must be PendingImport now.",
            SHOW,
        ],
        Act::Delete(_) | Act::SeeDeleted => {
            &["# Forbidden.KeyNotFound says that it is deleted:", SHOW]
        }
    }
}

const SHOW: &str = "aliyun kms DescribeKey --KeyId {key}";
