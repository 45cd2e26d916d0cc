//! What roles and access policies of Azure let somebody do with a key.
//!
//! Sources: Microsoft Learn, "Azure permissions for Security" (Microsoft.KeyVault), "Azure built-in
//! roles for Security", "Azure built-in roles for Privileged", "Local RBAC built-in roles for Managed
//! HSM", "Assign a Key Vault access policy" and the API's `KeyPermissions`. Read 2026-11.

use crate::providers::access::matches;

/// Operations on a key of a vault, by what they let somebody do: the part behind `vaults/keys/`.
static VAULT_DATA: &[(&str, &[&str])] = &[
    (
        "use",
        &[
            "decrypt/action",
            "encrypt/action",
            "release/action",
            "sign/action",
            "unwrap/action",
            "verify/action",
            "wrap/action",
        ],
    ),
    (
        "manage",
        &[
            "backup/action",
            "create/action",
            "recover/action",
            "restore/action",
            "rotate/action",
            "update/action",
        ],
    ),
    ("import", &["import/action"]),
    ("destroy", &["delete", "purge/action"]),
    ("look", &["read"]),
];

/// The same of a Managed HSM, behind `managedHsm/keys/`.
static HSM_DATA: &[(&str, &[&str])] = &[
    (
        "use",
        &[
            "decrypt/action",
            "encrypt/action",
            "release/action",
            "sign/action",
            "unwrap/action",
            "verify/action",
            "wrap/action",
        ],
    ),
    (
        "manage",
        &[
            "backup/action",
            "create",
            "deletedKeys/recover/action",
            "restore/action",
            "rotate/action",
            "write/action",
        ],
    ),
    ("import", &["import/action"]),
    ("destroy", &["delete", "deletedKeys/delete"]),
    ("look", &["deletedKeys/read/action", "read/action"]),
];

/// Operations on a vault or an HSM itself, and on who may do what there.
static CONTROL: &[(&str, &[&str])] = &[
    (
        "manage",
        &[
            "Microsoft.KeyVault/managedHSMs/write",
            "Microsoft.KeyVault/vaults/keys/write",
            "Microsoft.KeyVault/vaults/write",
        ],
    ),
    (
        "delegate",
        &[
            "Microsoft.Authorization/elevateAccess/action",
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleDefinitions/write",
        ],
    ),
    (
        "destroy",
        &[
            "Microsoft.KeyVault/locations/deletedManagedHsms/purge/action",
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            "Microsoft.KeyVault/managedHSMs/delete",
            "Microsoft.KeyVault/vaults/delete",
        ],
    ),
];

/// Where access policies decide, whoever may write the vault may write himself one.
static POLICY_CONTROL: &[&str] = &[
    "Microsoft.KeyVault/vaults/accessPolicies/write",
    "Microsoft.KeyVault/vaults/write",
];

/// Role assignments inside an HSM.
static LOCAL: &[&str] = &[
    "Microsoft.KeyVault/managedHsm/roleAssignments/write/action",
    "Microsoft.KeyVault/managedHsm/roleDefinitions/write/action",
];

/// Key permissions of access policies, by what they let somebody do.
static POLICY: &[(&str, &[&str])] = &[
    (
        "use",
        &[
            "decrypt",
            "encrypt",
            "release",
            "sign",
            "unwrapkey",
            "verify",
            "wrapkey",
        ],
    ),
    (
        "manage",
        &[
            "backup",
            "create",
            "recover",
            "restore",
            "rotate",
            "setrotationpolicy",
            "update",
        ],
    ),
    ("import", &["import"]),
    ("destroy", &["delete", "purge"]),
    ("look", &["get", "getrotationpolicy", "list"]),
];

/// What a role has, as patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) actions: Vec<String>,
    pub(super) not_actions: Vec<String>,
    pub(super) data: Vec<String>,
    pub(super) not_data: Vec<String>,
}

/// Where a role is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Plane {
    /// Data of a vault whose role assignments decide.
    VaultData,
    /// Data of a Managed HSM.
    HsmData,
    /// The resource itself.
    Control,
    /// The resource itself, whose access policies decide.
    PolicyControl,
}

impl Role {
    /// What it lets its holders do on one plane.
    pub(super) fn classes(&self, plane: Plane) -> Vec<&'static str> {
        let data = |place: &str, all: &'static [(&'static str, &'static [&'static str])]| {
            let has = |name: &&&str| self.has_data(&format!("{place}/keys/{name}"));
            let all = all.iter();
            all.filter(|(_, names)| names.iter().any(|name| has(&name)))
                .map(|(class, _)| *class)
                .collect::<Vec<_>>()
        };
        let has = |name: &&&str| covers(&self.actions, &self.not_actions, name);
        match plane {
            Plane::VaultData => data("Microsoft.KeyVault/vaults", VAULT_DATA),
            Plane::HsmData => {
                let mut all = data("Microsoft.KeyVault/managedHsm", HSM_DATA);
                if LOCAL.iter().any(|name| self.has_data(name)) {
                    all.push("delegate");
                }
                all
            }
            Plane::Control | Plane::PolicyControl => {
                let all = CONTROL.iter();
                let all = all.filter(|(_, names)| names.iter().any(|name| has(&name)));
                let mut all: Vec<&str> = all.map(|(class, _)| *class).collect();
                if plane == Plane::PolicyControl && POLICY_CONTROL.iter().any(|name| has(&name)) {
                    all.push("delegate");
                }
                all
            }
        }
    }

    fn has_data(&self, operation: &str) -> bool {
        covers(&self.data, &self.not_data, operation)
    }
}

fn covers(wanted: &[String], not: &[String], operation: &str) -> bool {
    let operation = operation.to_ascii_lowercase();
    let fits = |pattern: &String| matches(&pattern.to_ascii_lowercase(), &operation);
    wanted.iter().any(fits) && !not.iter().any(fits)
}

/// What a key permission of an access policy lets somebody do; `all` is everything.
pub(super) fn of_policy(permission: &str) -> Option<Vec<&'static str>> {
    let permission = permission.to_ascii_lowercase();
    if permission == "all" {
        return Some(POLICY.iter().map(|(class, _)| *class).collect());
    }
    let mut all = POLICY.iter();
    let found = all.find(|(_, names)| names.contains(&permission.as_str()));
    found.map(|(class, _)| vec![*class])
}

/// Built-in roles: id, actions, actions that are taken away, data actions.
type BuiltIn = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const NO_PURGE: &[&str] = &[
    "Microsoft.KeyVault/locations/deletedVaults/purge/action",
    "Microsoft.KeyVault/hsmPools/*",
    "Microsoft.KeyVault/managedHsms/*",
];

static BUILT_IN: &[BuiltIn] = &[
    // Owner.
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", &["*"], &[], &[]),
    // Contributor.
    (
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        &["*"],
        &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
        &[],
    ),
    // Reader.
    (
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        &["*/read"],
        &[],
        &[],
    ),
    // User Access Administrator.
    (
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        &["*/read", "Microsoft.Authorization/*"],
        &[],
        &[],
    ),
    // Role Based Access Control Administrator.
    (
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        &["Microsoft.Authorization/roleAssignments/write", "*/read"],
        &[],
        &[],
    ),
    // Key Vault Administrator.
    (
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        &[],
        &[],
        &["Microsoft.KeyVault/vaults/*"],
    ),
    // Key Vault Contributor.
    (
        "f25e0fa2-a7c8-4377-a976-54943a77a395",
        &["Microsoft.KeyVault/*"],
        NO_PURGE,
        &[],
    ),
    // Key Vault Crypto Officer.
    (
        "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/vaults/keys/*",
            "Microsoft.KeyVault/vaults/keyrotationpolicies/*",
        ],
    ),
    // Key Vault Crypto Service Encryption User.
    (
        "e147488a-f6f5-4113-8e2d-b22465e65bf6",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
        ],
    ),
    // Key Vault Crypto Service Release User.
    (
        "08bbd89e-9f13-488c-ac41-acfcb10c90ab",
        &[],
        &[],
        &["Microsoft.KeyVault/vaults/keys/release/action"],
    ),
    // Key Vault Crypto User.
    (
        "12338af0-0e69-4776-bea7-57ae8d297424",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/vaults/keys/backup/action",
            "Microsoft.KeyVault/vaults/keys/decrypt/action",
            "Microsoft.KeyVault/vaults/keys/encrypt/action",
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/sign/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
            "Microsoft.KeyVault/vaults/keys/update/action",
            "Microsoft.KeyVault/vaults/keys/verify/action",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
        ],
    ),
    // Key Vault Data Access Administrator.
    (
        "8b54135c-b56d-4d72-a534-26097cfdc8d8",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.KeyVault/vaults/*/read",
        ],
        &[],
        &[],
    ),
    // Key Vault Reader.
    (
        "21090545-7ca7-4776-b22c-e363652d74d2",
        &["Microsoft.KeyVault/vaults/*/read"],
        &[],
        &["Microsoft.KeyVault/vaults/*/read"],
    ),
    // Key Vault Certificates Officer, Certificate User, Secrets Officer, Secrets User.
    ("a4417e6f-fecd-4de8-b567-7b0420556985", &[], &[], &[]),
    ("db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", &[], &[], &[]),
    ("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", &[], &[], &[]),
    ("4633458b-17de-408a-b874-0445c86b69e6", &[], &[], &[]),
    // Managed HSM contributor, of the resource.
    (
        "18500a29-7fe2-46b2-a342-b16a415e101d",
        &["Microsoft.KeyVault/managedHSMs/*"],
        &[],
        &[],
    ),
    // Managed HSM Administrator.
    (
        "a290e904-7015-4bba-90c8-60543313cdb4",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/managedHsm/roleAssignments/*",
            "Microsoft.KeyVault/managedHsm/roleDefinitions/*",
        ],
    ),
    // Managed HSM Crypto Officer.
    (
        "515eb02d-2335-4d2d-92f2-b1cbdf9c3778",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/managedHsm/keys/deletedKeys/*",
            "Microsoft.KeyVault/managedHsm/roleAssignments/*",
            "Microsoft.KeyVault/managedHsm/roleDefinitions/*",
        ],
    ),
    // Managed HSM Crypto User.
    (
        "21dbd100-6940-42c2-9190-5d6cb909625b",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/managedHsm/keys/backup/action",
            "Microsoft.KeyVault/managedHsm/keys/create",
            "Microsoft.KeyVault/managedHsm/keys/decrypt/action",
            "Microsoft.KeyVault/managedHsm/keys/delete",
            "Microsoft.KeyVault/managedHsm/keys/encrypt/action",
            "Microsoft.KeyVault/managedHsm/keys/import/action",
            "Microsoft.KeyVault/managedHsm/keys/read/action",
            "Microsoft.KeyVault/managedHsm/keys/release/action",
            "Microsoft.KeyVault/managedHsm/keys/restore/action",
            "Microsoft.KeyVault/managedHsm/keys/rotate/action",
            "Microsoft.KeyVault/managedHsm/keys/sign/action",
            "Microsoft.KeyVault/managedHsm/keys/unwrap/action",
            "Microsoft.KeyVault/managedHsm/keys/verify/action",
            "Microsoft.KeyVault/managedHsm/keys/wrap/action",
            "Microsoft.KeyVault/managedHsm/keys/write/action",
        ],
    ),
    // Managed HSM Policy Administrator.
    (
        "4bd23610-cdcf-4971-bdee-bdc562cc28e4",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/managedHsm/roleAssignments/*",
            "Microsoft.KeyVault/managedHsm/roleDefinitions/*",
        ],
    ),
    // Managed HSM Crypto Auditor.
    (
        "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3",
        &[],
        &[],
        &["Microsoft.KeyVault/managedHsm/keys/read/action"],
    ),
    // Managed HSM Crypto Service Encryption User.
    (
        "33413926-3206-4cdd-b39a-83574fe37a17",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/managedHsm/keys/read/action",
            "Microsoft.KeyVault/managedHsm/keys/unwrap/action",
            "Microsoft.KeyVault/managedHsm/keys/wrap/action",
        ],
    ),
    // Managed HSM Crypto Service Release User.
    (
        "21dbd100-6940-42c2-9190-5d6cb909625c",
        &[],
        &[],
        &["Microsoft.KeyVault/managedHsm/keys/release/action"],
    ),
    // Managed HSM Backup.
    (
        "7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8",
        &[],
        &[],
        &["Microsoft.KeyVault/managedHsm/keys/backup/action"],
    ),
    // Managed HSM Restore.
    (
        "6efe6056-5259-49d2-8b3d-d3d73544b20b",
        &[],
        &[],
        &["Microsoft.KeyVault/managedHsm/keys/restore/action"],
    ),
];

/// A built-in role by its id.
pub(super) fn built_in(id: &str) -> Option<Role> {
    let found = BUILT_IN
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(id));
    let owned = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect();
    found.map(|(_, actions, not, data)| Role {
        actions: owned(actions),
        not_actions: owned(not),
        data: owned(data),
        not_data: Vec::new(),
    })
}
