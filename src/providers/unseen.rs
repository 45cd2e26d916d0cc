//! What a provider's log cannot show, however whole it is.

/// Something that a log does not tell.
#[derive(Debug)]
pub struct Unseen {
    /// In a sentence.
    pub what: &'static str,
    /// Where this is written.
    pub source: &'static str,
}

/// What the log of a provider cannot show; nothing is known of others.
pub fn unseen(provider: &str) -> &'static [Unseen] {
    match provider {
        "aws-kms" => AWS,
        "google-kms" => GOOGLE,
        "azure-key-vault" | "azure-managed-hsm" => AZURE,
        "vault" => VAULT,
        _ => &[],
    }
}

const AWS: &[Unseen] = &[
    Unseen {
        what: "the material itself: an import is tied to a record by description, key and time, and its content by `keyrite confirm`",
        source: "docs.aws.amazon.com/kms/latest/developerguide/ct-importkeymaterial.html",
    },
    Unseen {
        what: "use of data keys outside AWS KMS: a data key that was handed out decrypts without an entry",
        source: "docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html",
    },
    Unseen {
        what: "changes of IAM policies that allow use of the key: they are in the events of IAM, not of KMS",
        source: "docs.aws.amazon.com/kms/latest/developerguide/iam-policies.html",
    },
];

const GOOGLE: &[Unseen] = &[
    Unseen {
        what: "whether an import came to its end: the entry says that it was accepted, and the state of the version says the rest",
        source: "cloud.google.com/kms/docs/importing-a-key",
    },
    Unseen {
        what: "use of keys, unless Data Access logs of Cloud KMS are switched on",
        source: "cloud.google.com/kms/docs/audit-logging",
    },
    Unseen {
        what: "the destruction itself: only that it was scheduled",
        source: "cloud.google.com/kms/docs/destroy-restore",
    },
];

const AZURE: &[Unseen] = &[
    Unseen {
        what: "which attribute KeyUpdate changed: disabled, allowed operations and dates look alike",
        source: "learn.microsoft.com/azure/key-vault/general/logging",
    },
    Unseen {
        what: "changes of role assignments, which stand in the Activity Log only",
        source: "learn.microsoft.com/azure/key-vault/general/rbac-guide",
    },
    Unseen {
        what: "anything of a correlation id: whoever calls chooses it",
        source: "learn.microsoft.com/azure/key-vault/general/logging",
    },
];

const VAULT: &[Unseen] = &[
    Unseen {
        what: "texts of requests and answers, which each audit device keeps as HMAC: `sys/audit-hash` of the wrapped key ties one to a ceremony",
        source: "developer.hashicorp.com/vault/docs/audit",
    },
    Unseen {
        what: "what happens to the storage underneath, and to its snapshots",
        source: "developer.hashicorp.com/vault/docs/audit",
    },
    Unseen {
        what: "what another audit device of the same mount wrote, unless its file is given, too",
        source: "developer.hashicorp.com/vault/docs/audit",
    },
];
