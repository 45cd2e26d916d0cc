//! Operations of Key Vault and Managed HSM as Azure's logs name them, and the claims of who called.

use crate::domain::log_event::Action;

/// Operations of AuditEvent by what they do.
pub(super) const AUDIT: &[(Action, &[&str])] = &[
    (Action::Create, &["KeyCreate"]),
    (Action::Import, &["KeyImport"]),
    (Action::Rotate, &["KeyRotate", "KeyRotateIfDue"]),
    (
        Action::SetRotation,
        &["KeyRotationPolicySet", "KeyUpdateRotationPolicy"],
    ),
    // A deleted key waits, and a deleted vault with all its keys.
    (Action::ScheduleDeletion, &["KeyDelete", "VaultDelete"]),
    (Action::CancelDeletion, &["KeyRecover", "VaultRecover"]),
    (Action::Delete, &["KeyPurge", "VaultPurge"]),
    (
        Action::Backup,
        &[
            "KeyBackup",
            "KeyRestore",
            "BackupCreate",
            "RestoreCreate",
            "RestoreKeyCreate",
            "SecurityDomainDownload",
            "SecurityDomainUpload",
        ],
    ),
    (
        Action::SetAccess,
        &[
            "VaultPut",
            "VaultPatch",
            "VaultAccessPolicyChangedEventGridNotification",
            "RoleAssignmentCreate",
            "RoleAssignmentDelete",
            "RoleDefinitionCreate",
            "RoleDefinitionDelete",
        ],
    ),
    // It does not say which attribute.
    (Action::Update, &["KeyUpdate"]),
    (
        Action::Decrypt,
        &["KeyDecrypt", "KeyUnwrap", "KeySign", "KeyRelease"],
    ),
    (Action::Encrypt, &["KeyEncrypt", "KeyWrap", "KeyVerify"]),
    (
        Action::Read,
        &[
            "KeyGet",
            "KeyGetDeleted",
            "KeyGetRotationPolicy",
            "KeyRotationPolicyGet",
            "KeyList",
            "KeyListDeleted",
            "KeyListVersions",
            "VaultGet",
            "VaultList",
            "VaultGetDeleted",
            "VaultListDeleted",
        ],
    ),
];

/// How operations begin that are about something else in a vault, or prove who calls.
pub(super) const NO_KEYS: [&str; 5] = ["Secret", "Certificate", "Storage", "Sas", "Authentication"];

/// Operations of the Activity Log by what they do.
pub(super) const ACTIVITY: &[(Action, &[&str])] = &[
    (
        Action::Create,
        &[
            "microsoft.keyvault/vaults/keys/write",
            "microsoft.keyvault/managedhsms/keys/write",
        ],
    ),
    (
        Action::SetAccess,
        &[
            "microsoft.keyvault/vaults/write",
            "microsoft.keyvault/vaults/accesspolicies/write",
            "microsoft.keyvault/managedhsms/write",
            "microsoft.authorization/roleassignments/write",
            "microsoft.authorization/roleassignments/delete",
            "microsoft.authorization/denyassignments/write",
            "microsoft.authorization/denyassignments/delete",
        ],
    ),
    (
        Action::ScheduleDeletion,
        &[
            "microsoft.keyvault/vaults/delete",
            "microsoft.keyvault/managedhsms/delete",
            "microsoft.keyvault/vaults/keys/delete",
        ],
    ),
    (
        Action::Delete,
        &[
            "microsoft.keyvault/vaults/keys/purge/action",
            "microsoft.keyvault/locations/deletedvaults/purge/action",
            "microsoft.keyvault/locations/deletedmanagedhsms/purge/action",
            "microsoft.keyvault/deletedvaults/purge/action",
            "microsoft.keyvault/vaults/purge/action",
        ],
    ),
];

/// Claims of who called, the best first.
pub(super) const CLAIMS: [&str; 7] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "upn",
    "unique_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "oid",
    "appid",
];
