//! States of transit keys in Vault and OpenBao, and the commands that change them.

use crate::domain::lifecycle::State;
use crate::providers::about::READ;
use crate::providers::lifecycle::Act;
use crate::providers::lifecycle::Deletion;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::lifecycle::ProviderState;

pub(super) static LIFECYCLE: Lifecycle = Lifecycle {
    states: &[
        ProviderState {
            word: "version at or above min_encryption_version",
            ours: &[State::Active],
            decides: "0 means the newest version; transit has no state besides its two limits",
        },
        ProviderState {
            word: "version below min_encryption_version",
            ours: &[State::Deactivated],
            decides: "it decrypts and verifies as long as it is at or above min_decryption_version",
        },
        ProviderState {
            word: "version below min_decryption_version",
            ours: &[State::Suspended, State::Deactivated, State::Compromised],
            decides: "the reason that the record gives; lowering the limit brings it back",
        },
        ProviderState {
            word: "trimmed or deleted",
            ours: &[State::Destroyed],
            decides: "in this mount, and not in snapshots of its storage",
        },
    ],
    deletions: &[Deletion {
        name: "delete",
        window: None,
        says: "deletes all versions at once, once deletion_allowed is true; there is no window",
    }],
    together: false,
    rotations: None,
    commands,
    source: "https://developer.hashicorp.com/vault/api-docs/secret/transit: update key configuration, delete key",
    read: READ,
};

fn commands(act: &Act) -> &'static [&'static str] {
    match act {
        Act::Enable => &[
            "# V is the version that was imported:",
            "vault write transit/keys/{key}/config min_decryption_version=V min_encryption_version=0",
            SHOW,
        ],
        Act::Disable => &[
            "# No command of transit stops a newest version: take the paths from every policy that allows them.",
            "# An older version V stops with:",
            "vault write transit/keys/{key}/config min_decryption_version=V+1",
            SHOW,
        ],
        Act::ProcessOnly => &[
            "# V is the version; a newer one must exist, and encrypts from now on:",
            "vault write transit/keys/{key}/config min_encryption_version=V+1",
            SHOW,
        ],
        Act::ScheduleDeletion(_) => &[
            "# Transit schedules nothing: the key is deleted at once when it is closed.",
            SHOW,
        ],
        Act::CancelDeletion => &[
            "vault write transit/keys/{key}/config deletion_allowed=false",
            SHOW,
        ],
        Act::Delete(_) => &[
            "vault write transit/keys/{key}/config deletion_allowed=true",
            "vault delete transit/keys/{key}",
            SHOW,
        ],
        Act::SeeDeleted => &["# `No value found` says that it is deleted:", SHOW],
    }
}

const SHOW: &str = "vault read transit/keys/{key}";
