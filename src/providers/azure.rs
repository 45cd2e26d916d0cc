//! Azure Key Vault Premium and Managed HSM: bring your own key.
//!
//! Sources: Microsoft's BYOK specification, azure-cli 2.91.0 and its parameters. Not tried against
//! the live service.

mod access;
mod answer;
mod lifecycle;
mod log;
mod roles;

use std::io::BufRead;

use base64ct::Base64UrlUnpadded;
use base64ct::Encoding as _;
use serde_json::json;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Form;
use crate::domain::arrival::Told;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Purpose;
use crate::providers::About;
use crate::providers::AccessRead;
use crate::providers::Asked;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::NO_LIMIT;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::about::Fact;
use crate::providers::about::READ;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::log::read;
use crate::providers::reading;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// One of the two services that take a `.byok` file.
#[derive(Debug)]
pub struct Azure {
    id: &'static str,
    title: &'static str,
    /// Second label of its host names.
    host: &'static str,
    /// How a key is named wholly.
    whole: &'static str,
    /// Option of `az` that names the vault or HSM.
    option: &'static str,
    /// Placeholder for it.
    variable: &'static str,
    profiles: &'static [Profile],
    about: &'static About,
    stand_in: &'static str,
}

/// Azure Key Vault, tier Premium.
pub static KEY_VAULT: Azure = Azure {
    id: "azure-key-vault",
    title: "Azure Key Vault Premium",
    host: "vault",
    whole: "https://VAULT.vault.azure.net/keys/KEY",
    option: "--vault-name",
    variable: "VAULT_NAME",
    profiles: &[profile("azure-key-vault", PAIRS)],
    about: &about(&[
        "sh import-key.sh   (az keyvault key import --vault-name VAULT --name KEY --byok-file key.byok --kty EC --curve P-256)",
        "az keyvault key show --vault-name VAULT --name KEY",
    ]),
    stand_in: "https://rehearsal.vault.azure.net/keys/stand-in/00000000000000000000000000000000",
};

/// Azure Managed HSM.
pub static MANAGED_HSM: Azure = Azure {
    id: "azure-managed-hsm",
    title: "Azure Managed HSM",
    host: "managedhsm",
    whole: "https://HSM.managedhsm.azure.net/keys/KEY",
    option: "--hsm-name",
    variable: "HSM_NAME",
    profiles: &[profile("azure-managed-hsm", ALL)],
    about: &about(&[
        "sh import-key.sh   (az keyvault key import --hsm-name HSM --name KEY --byok-file key.byok --kty oct)",
        "az keyvault key show --hsm-name HSM --name KEY",
    ]),
    stand_in: "https://rehearsal.managedhsm.azure.net/keys/stand-in/00000000000000000000000000000000",
};

impl Provider for Azure {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn profiles(&self) -> &'static [Profile] {
        self.profiles
    }

    fn refused(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn about(&self) -> &'static About {
        self.about
    }

    fn lifecycle(&self) -> Option<&'static Lifecycle> {
        Some(&lifecycle::LIFECYCLE)
    }

    fn needs_wrapping_key_id(&self) -> bool {
        true
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        let fits = match Url::read(id) {
            Some(url) => url.service == self.host && url.version.is_none(),
            None => is_name(id),
        };
        if fits {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title,
            id: id.to_owned(),
            wanted: "the name of the key to be made, or its URL without a version",
        })
    }

    fn check_wrapping_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if Url::read(id).is_some_and(|url| url.service == self.host && url.version.is_some()) {
            return Ok(());
        }
        Err(ProviderError::WrappingKeyId {
            provider: self.title,
            id: id.to_owned(),
            wanted: self.about.wrapping_key_id.unwrap_or("its URL"),
        })
    }

    fn check_together(&self, key_id: &str, wrapping_key_id: &str) -> Result<(), ProviderError> {
        match (Url::read(key_id), Url::read(wrapping_key_id)) {
            (Some(key), Some(kek)) if key.host != kek.host => Err(ProviderError::Elsewhere {
                key: key.host.to_owned(),
                wrapping_key: kek.host.to_owned(),
            }),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    fn stand_in_wrapping_key_id(&self) -> Option<&'static str> {
        Some(self.stand_in)
    }

    fn read_parameters(&self, files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
        let parameters = reading::key_or_jwk(files, &["import"])?;
        if let Some(id) = &parameters.wrapping_key_id {
            self.check_wrapping_key_id(id)?;
        }
        Ok(parameters)
    }

    fn read_access(&self, files: &[InputFile], key_id: &str) -> Result<AccessRead, ProviderError> {
        match Url::read(key_id) {
            Some(url) if url.service == self.host => access::read(files, &url),
            Some(_) | None => Err(ProviderError::NotWhole {
                id: key_id.to_owned(),
                wanted: self.whole,
                told_by: "az keyvault key show --query key.kid",
            }),
        }
    }

    fn read_log(
        &self,
        source: &mut dyn BufRead,
        each: &mut dyn FnMut(LogItem),
    ) -> Result<LogTally, ProviderError> {
        read(&mut log::AzureLog, source, each)
    }

    fn asks(&self, kind: KeyType) -> Option<fn(&Asked<'_>) -> Vec<u8>> {
        let is_aes = Form::of(kind) == Some(Form::AesGcm);
        (is_aes && self.id == MANAGED_HSM.id).then_some(answer::ask)
    }

    fn names_key(&self, ours: &str, theirs: &str) -> bool {
        let version = theirs.strip_prefix(ours);
        let version = version.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        // A ceremony may have named the key without its vault.
        version || Url::read(theirs).is_some_and(|url| url.name == ours)
    }

    fn read_answer(&self, file: &InputFile, kind: KeyType) -> Result<Vec<Told>, ProviderError> {
        answer::read(file, kind, self.title)
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        let kid = package.parameters.wrapping_key_id.as_deref().ok_or(
            ProviderError::WrappingKeyIdMissing {
                provider: self.title,
            },
        )?;
        self.check_wrapping_key_id(kid)?;
        if let Some(id) = package.key_id {
            self.check_together(id, kid)?;
        }
        let byok = json!({
            "schema_version": "1.0.0",
            "header": {"kid": kid, "alg": "dir", "enc": ALGORITHM},
            "ciphertext": Base64UrlUnpadded::encode_string(package.blob),
            "generator": concat!("keyrite ", env!("CARGO_PKG_VERSION"), "; software"),
        });
        Ok(vec![
            NewArtifact {
                name: BYOK.to_owned(),
                bytes: byok.to_string().into_bytes(),
                purpose: Purpose::WrappedKey,
            },
            NewArtifact {
                name: "import-key.sh".to_owned(),
                bytes: self.command(package, kid),
                purpose: Purpose::Command,
            },
        ])
    }
}

impl Azure {
    fn command(&self, package: &Package<'_>, kid: &str) -> Vec<u8> {
        let mut commands = Commands::new(
            &format!(
                "Imports the wrapped key into {}. Needs the Azure CLI.",
                self.title
            ),
            package,
        );
        commands.note(&format!("Wrapping key: {kid}"));
        commands.note(
            "It must still exist in the same vault or HSM, with `import` as its only operation.",
        );
        let url = package.key_id.and_then(Url::read);
        let vault = url.as_ref().map(|url| url.vault);
        let vault = vault.or_else(|| Url::read(kid).map(|url| url.vault));
        let name = url.as_ref().map(|url| url.name).or(package.key_id);
        let vault = commands.value(vault, self.variable, "the vault or HSM");
        let name = commands.value(name, "KEY_NAME", "the name of the key to be made");
        let (option, kty) = (self.option, kty(package.kind));
        commands.note("Add `--ops sign verify` or the like to limit what the key may do.");
        commands.command(&[
            "az keyvault key import".to_owned(),
            format!("{option} {vault}"),
            format!("--name {name}"),
            format!("--byok-file {BYOK}"),
            kty.to_owned(),
        ]);
        commands.line("").note("Check: type, size and operations.");
        commands.command(&[format!(
            "az keyvault key show {option} {vault} --name {name}"
        )]);
        commands.compare_public_half(
            package,
            &[
                format!("az keyvault key download {option} {vault} --name {name}"),
                "--encoding DER --file imported-public-key.der".to_owned(),
            ],
        );
        if package.kind.is_pair() {
            commands.line("openssl dgst -sha256 -r imported-public-key.der");
        }
        commands.into_bytes()
    }
}

/// The options that `az` needs to know the kind of key; it takes RSA for granted otherwise.
fn kty(kind: KeyType) -> &'static str {
    match kind {
        KeyType::EcP256 => "--kty EC --curve P-256",
        KeyType::EcP384 => "--kty EC --curve P-384",
        KeyType::EcP521 => "--kty EC --curve P-521",
        KeyType::EcSecp256k1 => "--kty EC --curve P-256K",
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => "--kty RSA",
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Ed25519 => "--kty oct",
    }
}

/// `https://VAULT.SERVICE.…/keys/NAME[/VERSION]`.
struct Url<'a> {
    host: &'a str,
    vault: &'a str,
    service: &'a str,
    name: &'a str,
    version: Option<&'a str>,
}

impl<'a> Url<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (host, path) = text.strip_prefix("https://")?.split_once('/')?;
        let (vault, rest) = host.split_once('.')?;
        let (service, domain) = rest.split_once('.')?;
        let mut parts = path.split('/');
        if parts.next() != Some("keys") {
            return None;
        }
        let name = parts.next()?;
        let version = parts.next();
        let fits = parts.next().is_none()
            && is_name(vault)
            && is_name(name)
            && is_plain(domain, b".-")
            && version.is_none_or(|version| is_plain(version, b""));
        fits.then_some(Self {
            host,
            vault,
            service,
            name,
            version,
        })
    }
}

/// Vaults, HSMs and keys: letters, digits and hyphens.
fn is_name(text: &str) -> bool {
    is_plain(text, b"-") && text.len() <= 127
}

/// File of the wrapped key.
const BYOK: &str = "key.byok";
/// The only algorithm.
const ALGORITHM: &str = "CKM_RSA_AES_KEY_WRAP";

const SPECIFICATION: &str =
    "https://github.com/MicrosoftDocs/azure-security-docs, byok-specification.md of 2026-01-30";
const ENDPOINT: &str = "https://learn.microsoft.com/en-us/azure/key-vault/managed-hsm/about-keys";
const CLI: &str = "https://pypi.org/project/azure-cli/2.91.0/, command_modules/keyvault";

const PAIRS: &[KeyType] = &[
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
];
/// `oct-HSM` exists in Managed HSM only.
const ALL: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes192,
    KeyType::Aes256,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::EcSecp256k1,
];

const fn profile(provider: &'static str, carries: &'static [KeyType]) -> Profile {
    Profile {
        provider,
        algorithm: ALGORITHM,
        construction: Construction::OaepThenAes(OaepHashes::same(Hash::Sha1), AesMode::Kwp),
        wrapping_key_bits: &[2048, 3072, 4096],
        carries,
        not_with: &[],
        max_blob: NO_LIMIT,
        source: SPECIFICATION,
        read: READ,
    }
}

const FACTS: &[Fact] = &[
    Fact::new(
        "the wrapping key is RSA-HSM of 2048, 3072 or 4096 bits in the same vault or HSM, with `import` as its only operation",
        SPECIFICATION,
    ),
    Fact::new(
        "the ephemeral AES key goes under RSA-OAEP with SHA-1, the key under AES key wrap with padding",
        SPECIFICATION,
    ),
    Fact::new(
        "pairs are PKCS#8 DER; AES keys (oct-HSM) are raw and go into Managed HSM only",
        SPECIFICATION,
    ),
    Fact::new(
        "the ciphertext is base64url; it is written without padding",
        SPECIFICATION,
    ),
    Fact::new(
        "the host of a vault is NAME.vault.azure.net, of a Managed HSM NAME.managedhsm.azure.net",
        ENDPOINT,
    ),
    Fact::new(
        "`az` takes RSA for granted without --kty and looks at nothing inside the file",
        CLI,
    ),
    Fact::new(
        "some pages write `--kty EC-HSM --curve-name`; the command line takes `--kty EC --curve`",
        CLI,
    ),
];

const fn about(after: &'static [&'static str]) -> About {
    About {
        reads: &[
            "PEM or DER of `az keyvault key download`",
            "JWK, alone or inside the answer of `az keyvault key show`; its kid is taken",
        ],
        writes: &["key.byok", "import-key.sh"],
        key_id: "the name of the key to be made, or its URL without a version",
        wrapping_key_id: Some(
            "its URL with a version, https://VAULT.vault.azure.net/keys/KEK/VERSION (Managed HSM: managedhsm instead of vault)",
        ),
        lifetime: Fact::new(
            "no end is documented; delete the wrapping key afterwards",
            SPECIFICATION,
        ),
        facts: FACTS,
        before: &[
            "az keyvault key create --kty RSA-HSM --size 4096 --name KEK --ops import --vault-name VAULT   (or --hsm-name HSM)",
            "az keyvault key download --name KEK --vault-name VAULT --file kek.pem",
            "az keyvault key show --name KEK --vault-name VAULT --query key.kid -o tsv",
        ],
        after,
        unconfirmed: &[
            "the size of the ephemeral AES key is not in the specification; 256 bits, as every published tool",
            "whether the service takes base64url with padding is not documented",
            "an OAEP label is mentioned nowhere; it is empty",
        ],
        external: Some(Fact::new(
            "Managed HSM external key management (preview, July 2026): az keyvault ekm-connection create, then key create --external-key-id; record external key id, key URI with version, proxy, SHA-256 of its CA certificate",
            SPECIFICATION,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KID: &str = "https://lab.vault.azure.net/keys/KEK/0123456789abcdef0123456789abcdef";

    #[test]
    fn only_a_versioned_id_of_the_right_service_names_a_wrapping_key() {
        assert_eq!(KEY_VAULT.check_wrapping_key_id(KID), Ok(()));
        for id in [
            "https://lab.vault.azure.net/keys/KEK",
            "https://lab.managedhsm.azure.net/keys/KEK/0123",
            "http://lab.vault.azure.net/keys/KEK/0123",
            "https://lab.vault.azure.net/secrets/KEK/0123",
            "https://lab.vault.azure.net/keys/KEK/0123/4",
            "https://lab.vault.azure.net/keys/K'EK/0123",
            "https://-lab.vault.azure.net/keys/KEK/0123",
            "KEK",
            "",
        ] {
            assert!(matches!(
                KEY_VAULT.check_wrapping_key_id(id),
                Err(ProviderError::WrappingKeyId { .. })
            ));
        }
    }

    #[test]
    fn a_key_is_named_by_name_or_url_in_the_vault_of_the_wrapping_key() {
        for id in ["payments", "https://lab.vault.azure.net/keys/payments"] {
            assert_eq!(KEY_VAULT.check_key_id(id), Ok(()));
            assert_eq!(KEY_VAULT.check_together(id, KID), Ok(()));
        }
        for id in [
            "",
            "a b",
            "-x",
            "a'b",
            KID,
            "https://lab.managedhsm.azure.net/keys/a",
        ] {
            assert!(KEY_VAULT.check_key_id(id).is_err(), "{id}");
        }
        assert_eq!(
            KEY_VAULT.check_together("https://prod.vault.azure.net/keys/payments", KID),
            Err(ProviderError::Elsewhere {
                key: "prod.vault.azure.net".to_owned(),
                wrapping_key: "lab.vault.azure.net".to_owned()
            })
        );
    }
}
