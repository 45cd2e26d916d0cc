//! What each action of AWS KMS lets somebody do with a key.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Key
//! Management Service": the actions whose resource is a key. Read 2026-11.

use crate::providers::access::matches;

/// Actions on a key, by what they let somebody do.
pub(super) static ON_A_KEY: &[(&str, &[&str])] = &[
    (
        "use",
        &[
            "Decrypt",
            "DeriveSharedSecret",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "ReEncryptFrom",
            "ReEncryptTo",
            "Sign",
            "Verify",
            "VerifyMac",
        ],
    ),
    (
        "manage",
        &[
            "CancelKeyDeletion",
            "CreateAlias",
            "DeleteAlias",
            "DisableKey",
            "DisableKeyRotation",
            "EnableKey",
            "EnableKeyRotation",
            "ReplicateKey",
            "RetireGrant",
            "RevokeGrant",
            "RotateKeyOnDemand",
            "SynchronizeMultiRegionKey",
            "TagResource",
            "UntagResource",
            "UpdateAlias",
            "UpdateKeyDescription",
            "UpdatePrimaryRegion",
        ],
    ),
    ("delegate", &["CreateGrant", "PutKeyPolicy"]),
    ("import", &["GetParametersForImport", "ImportKeyMaterial"]),
    (
        "destroy",
        &["DeleteImportedKeyMaterial", "ScheduleKeyDeletion"],
    ),
    (
        "look",
        &[
            "DescribeKey",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "GetPublicKey",
            "ListGrants",
            "ListKeyPolicies",
            "ListKeyRotations",
            "ListResourceTags",
        ],
    ),
];

/// Actions that are about no key, or about keys that are still to be made.
static ON_NO_KEY: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "UpdateCustomKeyStore",
];

/// Every action on a key, with its class.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_class = |(class, names): &'static (&'static str, &'static [&'static str])| {
        names.iter().map(|name| (*name, *class))
    };
    ON_A_KEY.iter().flat_map(of_class)
}

/// Whether a pattern of a policy, as `kms:Generate*`, covers an action on a key.
pub(super) fn covers(pattern: &str, action: &str) -> bool {
    matches(
        &pattern.to_ascii_lowercase(),
        &format!("kms:{}", action.to_ascii_lowercase()),
    )
}

/// Whether a pattern is about KMS and names an action that this table does not have.
pub(super) fn is_unknown(pattern: &str) -> bool {
    let of_kms = pattern
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("kms:"));
    let mut known = all().map(|(name, _)| name).chain(ON_NO_KEY.iter().copied());
    of_kms && !known.any(|name| covers(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_found_whatever_their_case_and_each_has_one_class() {
        assert!(covers("KMS:decrypt", "Decrypt"));
        assert!(covers("kms:ReEncrypt*", "ReEncryptFrom"));
        assert!(covers("*", "Sign"));
        assert!(!covers("s3:*", "Decrypt"));
        assert!(is_unknown("kms:Teleport"));
        assert!(!is_unknown("kms:ListKeys") && !is_unknown("ec2:Run") && !is_unknown("*"));
        let mut names: Vec<&str> = all().map(|(name, _)| name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
