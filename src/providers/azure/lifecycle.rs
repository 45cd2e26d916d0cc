//! States of keys in Azure Key Vault and Managed HSM, and the commands that change them.

use crate::domain::lifecycle::State;
use crate::providers::about::READ;
use crate::providers::lifecycle::Act;
use crate::providers::lifecycle::Deletion;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::lifecycle::ProviderState;

pub(super) static LIFECYCLE: Lifecycle = Lifecycle {
    states: &[
        ProviderState {
            word: "enabled",
            ours: &[State::Active, State::PreActivation, State::Deactivated],
            decides: "nbf in the future: not active yet; key_ops without encrypt, wrapKey and sign, or exp in the past: processes only",
        },
        ProviderState {
            word: "disabled",
            ours: &[State::Suspended, State::Deactivated, State::Compromised],
            decides: "the reason that the record gives: Azure keeps none",
        },
        ProviderState {
            word: "soft-deleted",
            ours: &[State::Deactivated, State::Compromised],
            decides: "scheduledPurgeDate says when it is gone; until then it can be recovered",
        },
        ProviderState {
            word: "purged",
            ours: &[State::Destroyed],
            decides: "all versions; backups of the key that were taken before can be restored in the same geography",
        },
    ],
    deletions: &[
        Deletion {
            name: "soft-delete",
            window: Some((7, 90, 90)),
            says: "the vault's own retention, set when it was made; with purge protection nobody shortens it",
        },
        Deletion {
            name: "purge",
            window: None,
            says: "deletes and purges at once; refused where purge protection is on",
        },
    ],
    together: false,
    rotations: None,
    commands,
    source: "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview; az keyvault key",
    read: READ,
};

fn commands(act: &Act) -> &'static [&'static str] {
    match act {
        Act::Enable => &[
            "az keyvault key set-attributes --id {key} --enabled true",
            SHOW,
        ],
        Act::Disable => &[
            "az keyvault key set-attributes --id {key} --enabled false",
            SHOW,
        ],
        Act::ProcessOnly => &[
            "az keyvault key set-attributes --id {key} --ops decrypt unwrapKey verify",
            SHOW,
        ],
        Act::ScheduleDeletion(_) => &[
            "# The window is the vault's soft-delete retention: see scheduledPurgeDate.",
            "az keyvault key delete --id {key}",
            "az keyvault key show-deleted --id {key} --query scheduledPurgeDate",
        ],
        Act::CancelDeletion => &["az keyvault key recover --id {key}", SHOW],
        Act::Delete(way) if way == "purge" => &[
            "az keyvault key delete --id {key}",
            "az keyvault key purge --id {key}",
            GONE,
        ],
        Act::Delete(_) | Act::SeeDeleted => &["# KeyNotFound says that it is purged:", GONE],
    }
}

const SHOW: &str = "az keyvault key show --id {key} --query \"[attributes.enabled, key.keyOps]\"";
const GONE: &str = "az keyvault key show-deleted --id {key}";
