//! What Vault and OpenBao answer of a key of the transit engine after its import.
//!
//! Source: <https://developer.hashicorp.com/vault/api-docs/secret/transit>, Read key, Decrypt data and
//! Generate HMAC, as `-format=json` prints them. A ciphertext is `vault:vN:` and base64 of nonce,
//! ciphertext and tag, without further data. Not tried against a live server.

use base64ct::Base64;
use base64ct::Encoding as _;

use crate::crypto::public_half;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Form;
use crate::domain::arrival::HOLDS;
use crate::domain::arrival::IMPORTED;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Told;
use crate::domain::record::Digest;
use crate::providers::Asked;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::answer;
use crate::providers::answer::Answer;
use crate::providers::answer::Members;
use crate::providers::answer::named;
use crate::providers::json;
use crate::providers::reading::base64_of_either_alphabet;
use crate::providers::shell::quoted;

/// Reads one answer.
pub(super) fn read(
    file: &InputFile,
    kind: KeyType,
    provider: &'static str,
) -> Result<Vec<Told>, ProviderError> {
    let Some((mut answer, whole)) = Answer::in_json(file)? else {
        return answer::public_key(file, kind, provider);
    };
    if let Some(data) = answer::inner(&whole, "data") {
        if let Some(keys) = answer::inner(data, "keys") {
            key(&mut answer, data, keys, kind)?;
        } else if data.contains_key("plaintext") {
            let text = answer.base64(data, "plaintext")?;
            answer.tell(Matter::Challenge, Digest::of(&text).to_string());
        } else if let Some(mac) = json::text(file, data, "hmac")? {
            let packed = mac.rsplit(':').next().unwrap_or_default();
            let bytes = base64_of_either_alphabet(packed);
            let bytes = bytes.ok_or_else(|| ProviderError::Base64 {
                name: file.name.clone(),
                field: "hmac",
            })?;
            answer.tell(Matter::Challenge, Digest::of(&bytes).to_string());
        }
    }
    answer.done(provider, KNOWN)
}

/// `read MOUNT/keys/NAME`: a version is the moment at which a secret came, or the public half of a pair.
fn key(
    answer: &mut Answer<'_>,
    data: &Members,
    keys: &Members,
    kind: KeyType,
) -> Result<(), ProviderError> {
    answer.tell_text(Matter::KeyId, data, "name")?;
    if let Some(r#type) = json::text(answer.file, data, "type")? {
        // The same 32 bytes can be either, and an HMAC secret has no length here.
        let ours = match r#type.as_str() {
            "hmac" if Form::of(kind) == Some(Form::Hmac) => kind.name().to_owned(),
            other => named(TYPES, other),
        };
        answer.tell_of(Matter::KeyType, ours, Some(r#type));
    }
    if let Some(imported) = data
        .get("imported_key")
        .and_then(serde_json::Value::as_bool)
    {
        let says = if imported { IMPORTED } else { "made there" };
        answer.tell(Matter::Origin, says);
    }
    if !keys.is_empty() {
        answer.tell(Matter::State, HOLDS);
    }
    for (number, version) in keys {
        let Some(version) = version.as_object() else {
            continue;
        };
        let Some(text) = json::text(answer.file, version, "public_key")? else {
            continue;
        };
        let of = Some(format!("version {number}"));
        // That of Ed25519 is base64 of its 32 bytes.
        let point = base64_of_either_alphabet(&text).filter(|_| kind == KeyType::Ed25519);
        match point.and_then(|point| public_half::of_point(kind, &point).ok()) {
            Some(spki) => answer.tell_spki(kind, &spki, of),
            None => answer.tell_pem(kind, text.as_bytes(), of)?,
        }
    }
    Ok(())
}

/// Asks for the decryption of the question, or for its HMAC.
pub(super) fn ask(asked: &Asked<'_>) -> Vec<u8> {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        "# Asks HashiCorp Vault or OpenBao what only a key with the imported material can answer."
            .to_owned(),
        "# For OpenBao: VAULT=bao sh ask.sh; where the key had versions before: VERSION=2 sh ask.sh"
            .to_owned(),
        "set -eu".to_owned(),
        "cd \"$(dirname \"$0\")\"".to_owned(),
        "VAULT=${VAULT:-vault}".to_owned(),
        "VERSION=${VERSION:-1}".to_owned(),
    ];
    let (mount, name) = match asked.key_id.and_then(super::target) {
        Some((mount, name)) => (quoted(mount), quoted(name)),
        None => {
            lines.push("KEY_NAME=${KEY_NAME:?\"set KEY_NAME to the name of the key\"}".to_owned());
            ("transit".to_owned(), "\"$KEY_NAME\"".to_owned())
        }
    };
    let question = Base64::encode_string(asked.question);
    lines.push("\"$VAULT\" write -format=json \\".to_owned());
    match hash(asked.kind) {
        Some(hash) => {
            lines.push(format!("  {mount}/hmac/{name}/{hash} \\"));
            lines.push("  key_version=\"$VERSION\" \\".to_owned());
            lines.push(format!("  input={question} > answered.json"));
        }
        None => {
            lines.push(format!("  {mount}/decrypt/{name} \\"));
            lines.push(format!(
                "  ciphertext=\"vault:v$VERSION:{question}\" > answered.json"
            ));
        }
    }
    lines.push(
        "# Then: keyrite confirm CEREMONY --provider vault --answer answered.json".to_owned(),
    );
    lines.push(String::new());
    lines.join("\n").into_bytes()
}

/// Whether the transit engine can answer a question to a key of this type.
pub(super) fn answers(kind: KeyType) -> bool {
    matches!(kind, KeyType::Aes128 | KeyType::Aes256) || hash(kind).is_some()
}

/// The name of a secret's hash.
fn hash(kind: KeyType) -> Option<&'static str> {
    HASHES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, name)| *name)
}

const HASHES: &[(KeyType, &str)] = &[
    (KeyType::Hmac256, "sha2-256"),
    (KeyType::Hmac384, "sha2-384"),
    (KeyType::Hmac512, "sha2-512"),
];

const KNOWN: &[&str] = &[
    "what `vault read -format=json transit/keys/NAME`",
    "`vault write -format=json transit/decrypt/NAME …`",
    "`vault write -format=json transit/hmac/NAME/HASH …` printed",
];

const TYPES: &[(&str, &str)] = &[
    ("aes128-gcm96", "aes-128"),
    ("aes256-gcm96", "aes-256"),
    ("chacha20-poly1305", "aes-256"),
    ("xchacha20-poly1305", "aes-256"),
    ("rsa-2048", "rsa-2048"),
    ("rsa-3072", "rsa-3072"),
    ("rsa-4096", "rsa-4096"),
    ("ecdsa-p256", "ec-p256"),
    ("ecdsa-p384", "ec-p384"),
    ("ecdsa-p521", "ec-p521"),
    ("ed25519", "ed25519"),
];
