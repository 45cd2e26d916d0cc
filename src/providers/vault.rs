//! HashiCorp Vault and OpenBao: import into the transit engine.
//!
//! Sources: OpenBao at df6ce2ce, `internal/builtin/logical/transit/path_import.go`; Vault's file of
//! the same name. Not tried against a live server.

mod access;
mod answer;
mod lifecycle;
mod log;
mod policy;

use std::io::BufRead;

use base64ct::Base64;
use base64ct::Encoding as _;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Told;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Purpose;
use crate::domain::script::ImportType;
use crate::providers::About;
use crate::providers::AccessRead;
use crate::providers::Asked;
use crate::providers::InputFile;
use crate::providers::NO_LIMIT;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::about::Fact;
use crate::providers::about::READ;
use crate::providers::answer::BY_CHALLENGE;
use crate::providers::answer::NO_CHALLENGE;
use crate::providers::lifecycle::Lifecycle;
use crate::providers::log::read;
use crate::providers::shell::Commands;
use crate::providers::shell::is_plain;

/// HashiCorp Vault and OpenBao.
#[derive(Debug)]
pub struct Vault;

impl Provider for Vault {
    fn id(&self) -> &'static str {
        "vault"
    }

    fn title(&self) -> &'static str {
        "HashiCorp Vault or OpenBao"
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

    fn lifecycle(&self) -> Option<&'static Lifecycle> {
        Some(&lifecycle::LIFECYCLE)
    }

    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[("RSA_4096", 4096)]
    }

    fn import_types(&self) -> &'static [ImportType] {
        &[ImportType::New]
    }

    fn check_key_id(&self, id: &str) -> Result<(), ProviderError> {
        if target(id).is_some() {
            return Ok(());
        }
        Err(ProviderError::OtherKeyId {
            provider: self.title(),
            id: id.to_owned(),
            wanted: ABOUT.key_id,
        })
    }

    fn read_access(&self, files: &[InputFile], key_id: &str) -> Result<AccessRead, ProviderError> {
        self.check_key_id(key_id)?;
        let (mount, name) = target(key_id).unwrap_or_default();
        access::read(files, mount, name)
    }

    fn read_log(
        &self,
        source: &mut dyn BufRead,
        each: &mut dyn FnMut(LogItem),
    ) -> Result<LogTally, ProviderError> {
        read(&mut log::AuditFile::default(), source, each)
    }

    fn asks(&self, kind: KeyType) -> Option<fn(&Asked<'_>) -> Vec<u8>> {
        answer::answers(kind).then_some(answer::ask)
    }

    fn names_key(&self, ours: &str, theirs: &str) -> bool {
        // What it answers has no mount.
        target(ours).is_some_and(|(_, name)| name == theirs)
    }

    fn proof(&self, kind: KeyType, challenged: bool) -> &'static str {
        if kind.is_pair() {
            "To prove it: vault read -format=json transit/keys/NAME > key.json, and give that file, too."
        } else if challenged {
            BY_CHALLENGE
        } else {
            NO_CHALLENGE
        }
    }

    fn read_answer(&self, file: &InputFile, kind: KeyType) -> Result<Vec<Told>, ProviderError> {
        answer::read(file, kind, self.title())
    }

    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError> {
        if let Some(id) = package.key_id {
            self.check_key_id(id)?;
        }
        Ok(vec![
            NewArtifact {
                name: BLOB.to_owned(),
                bytes: Base64::encode_string(package.blob).into_bytes(),
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
const BLOB: &str = "ciphertext.b64";

fn command(package: &Package<'_>) -> Vec<u8> {
    let mut commands = Commands::new(
        "Imports the wrapped key into the transit engine of HashiCorp Vault or OpenBao.",
        package,
    );
    commands.note("For OpenBao: VAULT=bao sh import-key.sh");
    commands.line("VAULT=${VAULT:-vault}");
    let target = package.key_id.and_then(target);
    let mount = target.as_ref().map_or("transit", |(mount, _)| mount);
    let mount = commands.value(Some(mount), "MOUNT", "the mount of the transit engine");
    let name = commands.value(
        target.map(|(_, name)| name),
        "KEY_NAME",
        "the name of the key",
    );
    let hash = package.profile.algorithm.to_ascii_uppercase();
    let version = package.import_type == Some(ImportType::New);
    let what = if version { "import_version" } else { "import" };
    let mut parts = vec![format!("\"$VAULT\" write {mount}/keys/{name}/{what}")];
    if !version {
        if matches!(package.kind, KeyType::Aes256) {
            commands.note(
                "The same 32 bytes can be a chacha20-poly1305 key: then change the type below.",
            );
        }
        parts.push(format!("type={}", transit_type(package.kind)));
    }
    parts.push(format!("hash_function={hash}"));
    parts.push(format!("ciphertext=@{BLOB}"));
    if !version {
        commands
            .note("exportable and allow_plaintext_backup cannot be taken back once they are true.");
        parts.push("allow_rotation=false".to_owned());
        parts.push("exportable=false".to_owned());
        parts.push("allow_plaintext_backup=false".to_owned());
    }
    commands.command(&parts);
    commands
        .line("")
        .note("Check: type, versions, imported_key, exportable, and the public key of a pair.");
    commands.line(&format!("\"$VAULT\" read {mount}/keys/{name}"));
    if package.kind.is_pair() {
        commands.compare_public_half::<&str>(package, &[]);
    }
    commands.into_bytes()
}

/// Mount and name: `NAME`, or `MOUNT/keys/NAME`.
fn target(id: &str) -> Option<(&str, &str)> {
    let (mount, name) = id.rsplit_once("/keys/").unwrap_or(("transit", id));
    mount
        .split('/')
        .chain([name])
        .all(|part| is_plain(part, b"-_.") && !part.starts_with('.'))
        .then_some((mount, name))
}

fn transit_type(kind: KeyType) -> &'static str {
    match kind {
        KeyType::Aes128 => "aes128-gcm96",
        KeyType::Aes256 => "aes256-gcm96",
        KeyType::Rsa2048 => "rsa-2048",
        KeyType::Rsa3072 => "rsa-3072",
        KeyType::Rsa4096 => "rsa-4096",
        KeyType::EcP256 => "ecdsa-p256",
        KeyType::EcP384 => "ecdsa-p384",
        KeyType::EcP521 => "ecdsa-p521",
        KeyType::Ed25519 => "ed25519",
        KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Aes192
        | KeyType::EcSecp256k1 => "hmac",
    }
}

const OPENBAO: &str = "https://github.com/openbao/openbao, internal/builtin/logical/transit/path_import.go at df6ce2ce";

/// HMAC secrets have 32 to 512 bytes.
const CARRIES: &[KeyType] = &[
    KeyType::Aes128,
    KeyType::Aes256,
    KeyType::Hmac256,
    KeyType::Hmac384,
    KeyType::Hmac512,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
    KeyType::EcP256,
    KeyType::EcP384,
    KeyType::EcP521,
    KeyType::Ed25519,
];

const PROFILES: &[Profile] = &[
    profile("sha256", Hash::Sha256),
    profile("sha384", Hash::Sha384),
    profile("sha512", Hash::Sha512),
    profile("sha1", Hash::Sha1),
    profile("sha224", Hash::Sha224),
];

const fn profile(algorithm: &'static str, hash: Hash) -> Profile {
    Profile {
        provider: "vault",
        algorithm,
        construction: Construction::OaepThenAes(OaepHashes::same(hash), AesMode::Kwp),
        wrapping_key_bits: &[4096],
        carries: CARRIES,
        not_with: &[],
        max_blob: NO_LIMIT,
        source: OPENBAO,
        read: READ,
    }
}

static ABOUT: About = About {
    reads: &[
        "PEM of `vault read -field=public_key transit/wrapping_key`",
        "DER",
    ],
    writes: &[
        "ciphertext.b64 (base64, one line, no line end)",
        "import-key.sh",
    ],
    key_id: "the name of the key, or MOUNT/keys/NAME (the mount is `transit` if not said)",
    wrapping_key_id: None,
    lifetime: Fact::new("no end: one RSA-4096 wrapping key a mount", OPENBAO),
    facts: &[
        Fact::new(
            "the algorithm is the hash function of OAEP and MGF1; sha256 is the server's default",
            OPENBAO,
        ),
        Fact::new("the ephemeral AES key has exactly 256 bits", OPENBAO),
        Fact::new(
            "symmetric keys are raw and exactly as long as their type, HMAC secrets 32 to 512 bytes; pairs are PKCS#8 DER",
            OPENBAO,
        ),
        Fact::new("base64 with a line end is refused by the server", OPENBAO),
        Fact::new(
            "exportable and allow_plaintext_backup cannot be taken back once they are true",
            "https://developer.hashicorp.com/vault/api-docs/secret/transit",
        ),
        Fact::new(
            "`vault transit import` takes the plain key and wraps it itself: not for wrapped keys",
            OPENBAO,
        ),
        Fact::new(
            "next versions (import type `new`) go to import_version, on imported keys only",
            OPENBAO,
        ),
    ],
    before: &["vault read -field=public_key transit/wrapping_key > wrapping-key.pem"],
    after: &[
        "sh import-key.sh   (OpenBao: VAULT=bao sh import-key.sh)",
        "vault read transit/keys/NAME",
    ],
    unconfirmed: &["import of Vault Enterprise's own types (aes-cmac, ml-dsa, slh-dsa, hybrid)"],
    external: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_alone_or_with_its_mount() {
        assert_eq!(target("payments"), Some(("transit", "payments")));
        assert_eq!(target("a/b/keys/payments"), Some(("a/b", "payments")));
        for id in [
            "",
            "-x",
            "a b",
            "/keys/x",
            "a//b/keys/x",
            "keys/../x",
            "a'b/keys/x",
            "a/keys/",
            "..",
            "a/../b/keys/x",
        ] {
            assert!(matches!(
                Vault.check_key_id(id),
                Err(ProviderError::OtherKeyId { .. })
            ));
        }
    }
}
