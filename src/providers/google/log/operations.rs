//! Methods of Cloud KMS as audit logs name them, what of their requests counts, and codes of a status.

use crate::domain::log_event::Action;

/// Methods by what they do, by the last part of their names: some logs have them short, others whole.
pub(super) const ACTIONS: &[(Action, &[&str])] = &[
    (
        Action::Create,
        &[
            "CreateCryptoKey",
            "CreateCryptoKeyVersion",
            "CreateImportJob",
            "CreateKeyRing",
            "CreateKeyHandle",
        ],
    ),
    (Action::FetchParameters, &["GetImportJob"]),
    (Action::Import, &["ImportCryptoKeyVersion"]),
    (Action::Rotate, &["UpdateCryptoKeyPrimaryVersion"]),
    // A version that is destroyed waits, 30 days unless the key says otherwise.
    (Action::ScheduleDeletion, &["DestroyCryptoKeyVersion"]),
    (Action::CancelDeletion, &["RestoreCryptoKeyVersion"]),
    (
        Action::Delete,
        &["DeleteCryptoKey", "DeleteCryptoKeyVersion"],
    ),
    (Action::SetAccess, &["SetIamPolicy"]),
    (
        Action::Update,
        &[
            "UpdateCryptoKey",
            "UpdateCryptoKeyVersion",
            "UpdateEkmConfig",
            "UpdateEkmConnection",
        ],
    ),
    (
        Action::Decrypt,
        &[
            "Decrypt",
            "RawDecrypt",
            "AsymmetricDecrypt",
            "AsymmetricSign",
            "MacSign",
            "Decapsulate",
        ],
    ),
    (Action::Encrypt, &["Encrypt", "RawEncrypt", "MacVerify"]),
];

/// What stands in the request and can be held against a record.
pub(super) const ASKED: [(&str, &[&str]); 5] = [
    ("import-job", &["importJob"]),
    ("algorithm", &["algorithm"]),
    ("into-version", &["cryptoKeyVersion"]),
    ("primary", &["cryptoKeyVersionId"]),
    ("import-method", &["importJob", "importMethod"]),
];

/// Names of the codes of a status (`google.rpc.Code`).
pub(super) const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];
