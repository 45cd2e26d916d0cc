//! Operations of AWS KMS as CloudTrail names them, and what of their parameters counts.

use crate::domain::log_event::Action;

/// Operations by what they do (AWS KMS API Reference, "Actions").
pub(super) const ACTIONS: &[(Action, &[&str])] = &[
    (Action::Create, &["CreateKey"]),
    (Action::FetchParameters, &["GetParametersForImport"]),
    (Action::Import, &["ImportKeyMaterial"]),
    (Action::DeleteMaterial, &["DeleteImportedKeyMaterial"]),
    (Action::ExpireMaterial, &["DeleteExpiredKeyMaterial"]),
    (Action::Rotate, &["RotateKey", "RotateKeyOnDemand"]),
    (
        Action::SetRotation,
        &["EnableKeyRotation", "DisableKeyRotation"],
    ),
    (Action::Disable, &["DisableKey"]),
    (Action::Enable, &["EnableKey"]),
    (Action::ScheduleDeletion, &["ScheduleKeyDeletion"]),
    (Action::CancelDeletion, &["CancelKeyDeletion"]),
    (Action::Delete, &["DeleteKey"]),
    (
        Action::SetAccess,
        &["PutKeyPolicy", "CreateGrant", "RevokeGrant", "RetireGrant"],
    ),
    (
        Action::Alias,
        &["CreateAlias", "UpdateAlias", "DeleteAlias"],
    ),
    (
        Action::Replicate,
        &[
            "ReplicateKey",
            "UpdatePrimaryRegion",
            "SynchronizeMultiRegionKey",
        ],
    ),
    (
        Action::Update,
        &["UpdateKeyDescription", "TagResource", "UntagResource"],
    ),
    (
        Action::Decrypt,
        &["Decrypt", "Sign", "GenerateMac", "DeriveSharedSecret"],
    ),
    (
        Action::Encrypt,
        &[
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "Verify",
            "VerifyMac",
        ],
    ),
    (
        Action::Read,
        &[
            "DescribeKey",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "GetPublicKey",
            "GetKeyLastUsage",
            "ListAliases",
            "ListGrants",
            "ListKeyPolicies",
            "ListKeyRotations",
            "ListKeys",
            "ListResourceTags",
            "ListRetirableGrants",
            "DescribeCustomKeyStores",
        ],
    ),
];

/// What stands in `requestParameters` and can be held against a record.
pub(super) const ASKED: [(&str, &[&str]); 16] = [
    ("import-type", &["importType"]),
    ("expiration-model", &["expirationModel"]),
    ("description", &["keyMaterialDescription"]),
    ("algorithm", &["wrappingAlgorithm"]),
    ("wrapping-key-spec", &["wrappingKeySpec"]),
    ("pending-window-days", &["pendingWindowInDays"]),
    ("rotation-period-days", &["rotationPeriodInDays"]),
    ("origin", &["origin"]),
    ("key-spec", &["keySpec"]),
    ("key-usage", &["keyUsage"]),
    ("multi-region", &["multiRegion"]),
    ("grantee", &["granteePrincipal"]),
    ("retiring", &["retiringPrincipal"]),
    ("grant", &["grantId"]),
    ("alias", &["aliasName"]),
    ("replica-region", &["replicaRegion"]),
];

/// What the provider says of what it did by itself.
pub(super) const DETAILS: [(&str, &[&str]); 3] = [
    ("rotation-type", &["rotationType"]),
    ("key-origin", &["keyOrigin"]),
    ("previous-material", &["previousKeyMaterialId"]),
];
