//! What permissions and roles of Google Cloud let somebody do with a key of Cloud KMS.
//!
//! Source: Google Cloud, "Cloud Key Management Service roles and permissions"
//! (<https://docs.cloud.google.com/iam/docs/roles-permissions/cloudkms>), and for `resourcemanager` and
//! `iam` the pages of those services. Read 2026-11.

/// Permissions, by what they let somebody do with a key.
static PERMISSIONS: &[(&str, &[&str])] = &[
    (
        "use",
        &[
            "cloudkms.cryptoKeyVersions.useToDecapsulate",
            "cloudkms.cryptoKeyVersions.useToDecrypt",
            "cloudkms.cryptoKeyVersions.useToDecryptViaDelegation",
            "cloudkms.cryptoKeyVersions.useToEncrypt",
            "cloudkms.cryptoKeyVersions.useToEncryptViaDelegation",
            "cloudkms.cryptoKeyVersions.useToSign",
            "cloudkms.cryptoKeyVersions.useToVerify",
        ],
    ),
    (
        "manage",
        &[
            "cloudkms.cryptoKeyVersions.create",
            "cloudkms.cryptoKeyVersions.manageRawAesCbcKeys",
            "cloudkms.cryptoKeyVersions.manageRawAesCtrKeys",
            "cloudkms.cryptoKeyVersions.manageRawPKCS1Keys",
            "cloudkms.cryptoKeyVersions.managePqcSign",
            "cloudkms.cryptoKeyVersions.restore",
            "cloudkms.cryptoKeyVersions.update",
            "cloudkms.cryptoKeys.update",
        ],
    ),
    (
        "delegate",
        &[
            "cloudkms.cryptoKeys.setIamPolicy",
            "cloudkms.keyRings.setIamPolicy",
            "iam.roles.update",
            "resourcemanager.folders.setIamPolicy",
            "resourcemanager.organizations.setIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    (
        "import",
        &[
            "cloudkms.cryptoKeyVersions.trustedImportExport",
            "cloudkms.importJobs.create",
            "cloudkms.importJobs.setIamPolicy",
            "cloudkms.importJobs.useToImport",
        ],
    ),
    (
        "destroy",
        &[
            "cloudkms.cryptoKeyVersions.delete",
            "cloudkms.cryptoKeyVersions.destroy",
            "cloudkms.cryptoKeys.delete",
            "resourcemanager.projects.delete",
        ],
    ),
    (
        "look",
        &[
            "cloudkms.cryptoKeyVersions.get",
            "cloudkms.cryptoKeyVersions.list",
            "cloudkms.cryptoKeyVersions.viewPublicKey",
            "cloudkms.cryptoKeys.get",
            "cloudkms.cryptoKeys.getIamPolicy",
            "cloudkms.cryptoKeys.list",
        ],
    ),
];

const USE: &str = "cloudkms.cryptoKeyVersions.useTo";

/// Predefined roles: what they have, where a star stands for any permission of this table.
static ROLES: &[(&str, &[&str])] = &[
    (
        "roles/cloudkms.admin",
        &[
            "cloudkms.cryptoKeyVersions.create",
            "cloudkms.cryptoKeyVersions.delete",
            "cloudkms.cryptoKeyVersions.destroy",
            "cloudkms.cryptoKeyVersions.get",
            "cloudkms.cryptoKeyVersions.list",
            "cloudkms.cryptoKeyVersions.restore",
            "cloudkms.cryptoKeyVersions.trustedImportExport",
            "cloudkms.cryptoKeyVersions.update",
            "cloudkms.cryptoKeyVersions.useToDecryptViaDelegation",
            "cloudkms.cryptoKeyVersions.useToEncryptViaDelegation",
            "cloudkms.cryptoKeys.*",
            "cloudkms.importJobs.*",
            "cloudkms.keyRings.*",
        ],
    ),
    ("roles/cloudkms.autokeyAdmin", &[]),
    ("roles/cloudkms.autokeyUser", &[]),
    (
        "roles/cloudkms.cryptoKeyDecrypter",
        &["cloudkms.cryptoKeyVersions.useToDecrypt"],
    ),
    (
        "roles/cloudkms.cryptoKeyDecrypterViaDelegation",
        &["cloudkms.cryptoKeyVersions.useToDecryptViaDelegation"],
    ),
    (
        "roles/cloudkms.cryptoKeyEncrypter",
        &["cloudkms.cryptoKeyVersions.useToEncrypt"],
    ),
    (
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        &[
            "cloudkms.cryptoKeyVersions.useToDecrypt",
            "cloudkms.cryptoKeyVersions.useToEncrypt",
        ],
    ),
    (
        "roles/cloudkms.cryptoKeyEncrypterDecrypterViaDelegation",
        &[
            "cloudkms.cryptoKeyVersions.useToDecryptViaDelegation",
            "cloudkms.cryptoKeyVersions.useToEncryptViaDelegation",
        ],
    ),
    (
        "roles/cloudkms.cryptoKeyEncrypterViaDelegation",
        &["cloudkms.cryptoKeyVersions.useToEncryptViaDelegation"],
    ),
    (
        "roles/cloudkms.cryptoOperator",
        &[
            "cloudkms.cryptoKeyVersions.useToDecapsulate",
            "cloudkms.cryptoKeyVersions.useToDecrypt",
            "cloudkms.cryptoKeyVersions.useToEncrypt",
            "cloudkms.cryptoKeyVersions.useToSign",
            "cloudkms.cryptoKeyVersions.useToVerify",
            "cloudkms.cryptoKeyVersions.viewPublicKey",
        ],
    ),
    (
        "roles/cloudkms.decapsulator",
        &[
            "cloudkms.cryptoKeyVersions.useToDecapsulate",
            "cloudkms.cryptoKeyVersions.viewPublicKey",
        ],
    ),
    ("roles/cloudkms.ekmConnectionsAdmin", &[]),
    (
        "roles/cloudkms.expertPqcSigner",
        &["cloudkms.cryptoKeyVersions.managePqcSign"],
    ),
    (
        "roles/cloudkms.expertRawAesCbc",
        &["cloudkms.cryptoKeyVersions.manageRawAesCbcKeys"],
    ),
    (
        "roles/cloudkms.expertRawAesCtr",
        &["cloudkms.cryptoKeyVersions.manageRawAesCtrKeys"],
    ),
    (
        "roles/cloudkms.expertRawPKCS1",
        &["cloudkms.cryptoKeyVersions.manageRawPKCS1Keys"],
    ),
    (
        "roles/cloudkms.importer",
        &[
            "cloudkms.cryptoKeyVersions.trustedImportExport",
            "cloudkms.importJobs.create",
            "cloudkms.importJobs.useToImport",
        ],
    ),
    ("roles/cloudkms.protectedResourcesViewer", &[]),
    (
        "roles/cloudkms.publicKeyViewer",
        &["cloudkms.cryptoKeyVersions.viewPublicKey"],
    ),
    (
        "roles/cloudkms.signer",
        &["cloudkms.cryptoKeyVersions.useToSign"],
    ),
    (
        "roles/cloudkms.signerVerifier",
        &[
            "cloudkms.cryptoKeyVersions.useToSign",
            "cloudkms.cryptoKeyVersions.useToVerify",
            "cloudkms.cryptoKeyVersions.viewPublicKey",
        ],
    ),
    (
        "roles/cloudkms.verifier",
        &[
            "cloudkms.cryptoKeyVersions.useToVerify",
            "cloudkms.cryptoKeyVersions.viewPublicKey",
        ],
    ),
    (
        "roles/cloudkms.viewer",
        &[
            "cloudkms.cryptoKeyVersions.get",
            "cloudkms.cryptoKeyVersions.list",
            "cloudkms.cryptoKeys.get",
            "cloudkms.cryptoKeys.list",
        ],
    ),
    (
        "roles/resourcemanager.folderAdmin",
        &[
            "resourcemanager.folders.setIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    (
        "roles/resourcemanager.folderIamAdmin",
        &[
            "resourcemanager.folders.setIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    (
        "roles/resourcemanager.organizationAdmin",
        &["resourcemanager.*.setIamPolicy"],
    ),
    (
        "roles/resourcemanager.projectDeleter",
        &["resourcemanager.projects.delete"],
    ),
    (
        "roles/resourcemanager.projectIamAdmin",
        &["resourcemanager.projects.setIamPolicy"],
    ),
    ("roles/iam.organizationRoleAdmin", &["iam.roles.update"]),
    ("roles/iam.roleAdmin", &["iam.roles.update"]),
    (
        "roles/iam.securityAdmin",
        &["*.setIamPolicy", "cloudkms.*.list"],
    ),
];

/// Roles of everything in a project. The page does not list what they have of Cloud KMS: they are taken
/// for all that their names say, which names nobody too few.
static BASIC: &[(&str, &[&str])] = &[
    ("roles/owner", &["*"]),
    (
        "roles/editor",
        &["cloudkms.cryptoKey*", "cloudkms.importJobs.*"],
    ),
    ("roles/viewer", &["cloudkms.*.get", "cloudkms.*.list"]),
];

/// What a role has by these tables, as patterns; whether it is a basic one.
pub(super) fn of_role(role: &str) -> Option<(&'static [&'static str], bool)> {
    let find = |all: &'static [(&str, &[&str])]| all.iter().find(|(name, _)| *name == role);
    let predefined = find(ROLES).map(|(_, has)| (*has, false));
    predefined.or_else(|| find(BASIC).map(|(_, has)| (*has, true)))
}

/// Every permission of the table that a pattern covers, with its class.
pub(super) fn covered(pattern: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = PERMISSIONS
        .iter()
        .flat_map(|(class, names)| names.iter().map(|name| (*class, *name)));
    all.filter(move |(_, name)| crate::providers::access::matches(pattern, name))
}

/// Whether a permission is one about using keys that this table does not have.
pub(super) fn is_unknown_use(permission: &str) -> bool {
    permission.starts_with(USE) && covered(permission).next().is_none()
}

/// Whether a permission works only through another service of Google, for whoever calls that.
pub(super) fn is_delegated(permission: &str) -> bool {
    permission.ends_with("ViaDelegation")
}
