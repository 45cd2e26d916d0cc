//! Oracle OCI Vault: imported keys.
//!
//! Sources: oci 2.189.0 (models of the SDK), Oracle's sample scripts. Not tried against the live
//! service.

mod answer;

use base64ct::Base64;
use base64ct::Encoding as _;
use serde_json::json;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Told;
use crate::domain::record::Purpose;
use crate::domain::script::ImportType;
use crate::providers::About;
use crate::providers::InputFile;
use crate::providers::NO_LIMIT;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::about::Fact;
use crate::providers::about::READ;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// Oracle OCI Vault.
#[derive(Debug)]
pub struct Oci;

impl Provider for Oci {
    fn id(&self) -> &'static str {
        "oci"
    }

    fn title(&self) -> &'static str {
        "Oracle OCI Vault"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[("RSA_4096", 4096)]
    }

    fn import_types(&self) -> &'static [ImportType] {
        &[ImportType::New]
    }

    fn region_of<'a>(&self, id: &'a str) -> Option<&'a str> {
        // ocid1.key.REALM.REGION.VAULT.ID
        id.split('.').nth(3)
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if id.starts_with("ocid1.key.") && is_plain(id, b"-_.") {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn read_answer(&self, file: &InputFile, kind: KeyType) -> Result<Vec<Told>, ProviderError> {
        answer::read(file, kind, self.title())
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        let wrapped = json!({
            "keyMaterial": Base64::encode_string(package.blob),
            "wrappingAlgorithm": package.profile.algorithm,
        });
        Ok(vec![
            NewArtifact {
                name: BLOB.to_owned(),
                bytes: wrapped.to_string().into_bytes(),
                purpose: Purpose::WrappedKey,
            },
            NewArtifact {
                name: "import-key.sh".to_owned(),
                bytes: command(package),
                purpose: Purpose::Command,
            },
        ])
    }
}

/// File of the wrapped key.
const BLOB: &str = "wrapped-import-key.json";

fn command(package: &Package<'_>) -> Vec<u8> {
    let mut commands = Commands::new(
        "Imports the wrapped key into Oracle OCI Vault. Needs the OCI CLI.",
        package,
    );
    let endpoint = commands.value(None, "ENDPOINT", "the vault's management endpoint");
    if package.import_type == Some(ImportType::New) {
        let key = commands.value(package.key_id, "KEY_ID", "the OCID of the key");
        commands.command(&[
            "oci kms management key-version import".to_owned(),
            format!("--key-id {key}"),
            format!("--endpoint {endpoint}"),
            format!("--wrapped-import-key file://{BLOB}"),
        ]);
        return commands.into_bytes();
    }
    let compartment = commands.value(None, "COMPARTMENT_ID", "the OCID of the compartment");
    let name = commands.value(None, "DISPLAY_NAME", "the name of the key to be made");
    let (algorithm, length) = match package.kind.class() {
        Class::Rsa(bits) => ("RSA", bits / 8),
        Class::Aes(len) | Class::Hmac(len) => ("AES", len),
        Class::Ec | Class::Edwards => ("AES", 0),
    };
    commands.note("The length is in bytes.");
    commands.command(&[
        "oci kms management key import".to_owned(),
        format!("--compartment-id {compartment}"),
        format!("--display-name {name}"),
        format!("--key-shape '{{\"algorithm\":\"{algorithm}\",\"length\":{length}}}'"),
        "--protection-mode HSM".to_owned(),
        format!("--endpoint {endpoint}"),
        format!("--wrapped-import-key file://{BLOB}"),
    ]);
    commands
        .line("")
        .note("Keep from the answer: OCID of the key and of its version, for the register.");
    commands.compare_public_half::<&str>(package, &[]);
    commands.into_bytes()
}

const SDK: &str = "https://pypi.org/project/oci/2.189.0/, key_management/models";

const PROFILES: &[Profile] = &[
    Profile {
        provider: "oci",
        algorithm: "RSA_OAEP_SHA256",
        construction: Construction::Oaep(OaepHashes::same(Hash::Sha256)),
        wrapping_key_bits: &[4096],
        carries: &[KeyType::Aes128, KeyType::Aes192, KeyType::Aes256],
        not_with: &[],
        max_blob: NO_LIMIT,
        source: SDK,
        read: READ,
    },
    Profile {
        provider: "oci",
        algorithm: "RSA_OAEP_AES_SHA256",
        construction: Construction::OaepThenAes(OaepHashes::same(Hash::Sha256), AesMode::Kwp),
        wrapping_key_bits: &[4096],
        carries: &[KeyType::Rsa2048, KeyType::Rsa3072, KeyType::Rsa4096],
        not_with: &[],
        max_blob: NO_LIMIT,
        source: SDK,
        read: READ,
    },
];

static ABOUT: About = About {
    reads: &["PEM of the vault's public wrapping key", "DER"],
    writes: &["wrapped-import-key.json", "import-key.sh"],
    key_id: "the OCID of a key that gets a new version, ocid1.key.…; a first import makes the key",
    wrapping_key_id: None,
    lifetime: Fact::new("no end: one RSA-4096 wrapping key a vault", SDK),
    facts: &[
        Fact::new(
            "RSA_OAEP_SHA256 carries AES keys of 16, 24 or 32 raw bytes",
            SDK,
        ),
        Fact::new("RSA_OAEP_AES_SHA256 carries RSA pairs in PKCS#8 DER", SDK),
        Fact::new("EC keys cannot be imported", SDK),
        Fact::new("the length in --key-shape is in bytes", SDK),
        Fact::new(
            "a next version (import type `new`) goes to the key's OCID",
            SDK,
        ),
    ],
    before: &[
        "oci kms management wrapping-key get --endpoint ENDPOINT   (keep the public key as wrapping-key.pem)",
    ],
    after: &["sh import-key.sh"],
    unconfirmed: &[
        "MGF1 with SHA-256 is what Oracle's samples do; no page says it",
        "the names in the command line's JSON answer: only the PEM is read",
    ],
    external: None,
};
