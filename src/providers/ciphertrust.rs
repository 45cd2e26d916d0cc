//! Thales CipherTrust Manager: upload of a wrapped key.
//!
//! Source: the documentation of Thales' providers for Ansible and Terraform. Only the names read
//! there are used. Not tried against an appliance.

use base64ct::Base64;
use base64ct::Encoding as _;
use serde_json::json;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Purpose;
use crate::providers::About;
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

/// Thales CipherTrust Manager.
#[derive(Debug)]
pub struct CipherTrust;

impl Provider for CipherTrust {
    fn id(&self) -> &'static str {
        "ciphertrust"
    }

    fn title(&self) -> &'static str {
        "Thales CipherTrust Manager"
    }

    fn profiles(&self) -> &'static [Profile] {
        PROFILES
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        &[(
            "AES/AESKEYWRAP",
            "AES/AESKEYWRAPPADDING carries the same keys and pairs too",
        )]
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[
            ("RSA_2048", 2048),
            ("RSA_3072", 3072),
            ("RSA_4096", 4096),
            ("AES_256", 256),
        ]
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if is_plain(id, b"-_.") {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn check_wrapping_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if is_plain(id, b"-_.") {
            return Ok(());
        }
        Err(ProviderError::WrappingKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: "the name of the wrapping key",
        })
    }

    fn needs_wrapping_key_id(&self) -> bool {
        true
    }

    fn stand_in_wrapping_key_id(&self) -> Option<&'static str> {
        Some("stand-in")
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        let missing = ProviderError::WrappingKeyIdMissing {
            provider: self.title(),
        };
        let wrapping_key = package
            .parameters
            .wrapping_key_id
            .as_deref()
            .ok_or(missing)?;
        self.check_wrapping_key_id(wrapping_key)?;
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        let mut body = json!({
            "material": Base64::encode_string(package.blob),
            "wrapKeyName": wrapping_key,
            "wrapKeyIDType": "name",
            "wrappingMethod": "encrypt",
            "wrappingEncryptionAlgo": package.profile.algorithm,
        });
        if let Some(fields) = body.as_object_mut() {
            if let Some(id) = package.key_id {
                fields.insert("name".to_owned(), id.into());
            }
            if package.profile.construction.oaep().is_some() {
                fields.insert(
                    "wrapRSAAES".to_owned(),
                    json!({"aesKeySize": 256, "padding": "oaep256"}),
                );
            }
        }
        let mut commands = Commands::new(
            "Uploads the wrapped key to Thales CipherTrust Manager.",
            package,
        );
        commands.note(
            "NOT CONFIRMED: encoding of `material`, type fields of the key, and how the appliance",
        );
        commands.note("unwraps. Try it with a throwaway key first, and compare check values.");
        let url = commands.value(
            None,
            "CIPHERTRUST_URL",
            "https:// and the name of the appliance, with the API's path",
        );
        let header = commands.value(
            None,
            "AUTHORIZATION_FILE",
            "a file with the line `Authorization: Bearer …`",
        );
        commands.command(&[
            "curl --fail-with-body --request POST".to_owned(),
            format!("--header @{header}"),
            "--header 'Content-Type: application/json'".to_owned(),
            format!("--data @{BODY}"),
            format!("{url}/v1/vault/keys2"),
        ]);
        commands.compare_public_half::<&str>(package, &[]);
        Ok(vec![
            NewArtifact {
                name: BODY.to_owned(),
                bytes: body.to_string().into_bytes(),
                purpose: Purpose::WrappedKey,
            },
            NewArtifact {
                name: "upload-key.sh".to_owned(),
                bytes: commands.into_bytes(),
                purpose: Purpose::Command,
            },
        ])
    }
}

/// File of the request.
const BODY: &str = "keys2.json";

const TERRAFORM: &str =
    "https://registry.terraform.io/providers/ThalesGroup/CipherTrust/latest/docs";

const CARRIES: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes192,
    KeyType::Aes256,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
];

const PROFILES: &[Profile] = &[
    profile(
        "RSA/RSAAESKEYWRAPPADDING",
        Construction::OaepThenAes(OaepHashes::same(Hash::Sha256), AesMode::Kwp),
        &[2048, 3072, 4096],
    ),
    profile(
        "AES/AESKEYWRAPPADDING",
        Construction::Aes(AesMode::Kwp),
        &[256],
    ),
];

const fn profile(
    algorithm: &'static str,
    construction: Construction,
    wrapping_key_bits: &'static [usize],
) -> Profile {
    Profile {
        provider: "ciphertrust",
        algorithm,
        construction,
        wrapping_key_bits,
        carries: CARRIES,
        not_with: &[],
        max_blob: NO_LIMIT,
        source: TERRAFORM,
        read: READ,
    }
}

static ABOUT: About = About {
    reads: &[
        "RSA public key: PEM or DER",
        "AES/AESKEYWRAPPADDING: the secret AES key, 32 raw bytes",
    ],
    writes: &["keys2.json (the request)", "upload-key.sh"],
    key_id: "the name of the key to be made: letters, digits and `-_.`",
    wrapping_key_id: Some("the name of the wrapping key on the appliance"),
    lifetime: Fact::new(
        "the wrapping key is your own and lives as long as you keep it",
        TERRAFORM,
    ),
    facts: &[
        Fact::new(
            "POST /v1/vault/keys2 with material, wrapKeyName, wrapKeyIDType, wrappingMethod `encrypt` and wrappingEncryptionAlgo",
            TERRAFORM,
        ),
        Fact::new(
            "RSA/RSAAESKEYWRAPPADDING takes wrapRSAAES {aesKeySize 256, padding oaep256}",
            TERRAFORM,
        ),
        Fact::new(
            "AESKEYWRAPPADDING is AES key wrap with padding, the only one for private keys",
            TERRAFORM,
        ),
    ],
    before: &[],
    after: &["sh upload-key.sh"],
    unconfirmed: &[
        "which check value the appliance shows of an AES wrapping key: `compare` takes the 3 bytes of an encrypted zero block or the 5 bytes of the CMAC, computed where the key came from",
        "the encoding of `material` (base64 is written) and the type fields of the key",
        "wrapKeyIDType `name`, and what the appliance does with these fields on upload",
        "that MGF1 has the hash function of OAEP",
    ],
    external: None,
};
