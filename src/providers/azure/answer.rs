//! What Azure Key Vault and Managed HSM answer of a key after its import.
//!
//! Source: Key Vault REST API, KeyBundle and KeyOperationResult, as `az keyvault key show` and
//! `az rest` print them. Of a secret key there is no public half, and no origin of any. Not tried on a
//! live service.

use base64ct::Base64UrlUnpadded;
use base64ct::Encoding as _;

use crate::domain::algorithm::KeyType;
use crate::domain::arrival::HOLDS;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Told;
use crate::domain::record::Digest;
use crate::providers::Asked;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::answer;
use crate::providers::answer::Answer;
use crate::providers::json;

/// Reads one answer.
pub(super) fn read(
    file: &InputFile,
    kind: KeyType,
    provider: &'static str,
) -> Result<Vec<Told>, ProviderError> {
    let Some((mut answer, whole)) = Answer::in_json(file)? else {
        return answer::public_key(file, kind, provider);
    };
    if let Some(key) = answer::inner(&whole, "key") {
        answer.tell_text(Matter::KeyId, key, "kid")?;
        answer::jwk(&mut answer, key, kind)?;
        if let Some(kty) = json::text(file, key, "kty")? {
            let in_hsm = if kty.ends_with("-HSM") {
                "HSM"
            } else {
                "software"
            };
            answer.tell_of(Matter::Protection, in_hsm, Some(kty));
        }
        if let Some(attributes) = answer::inner(&whole, "attributes") {
            // A key of Azure is never without material; whether it may be used is another matter.
            let enabled = attributes
                .get("enabled")
                .and_then(serde_json::Value::as_bool);
            let of = enabled.map(|on| if on { "enabled" } else { "disabled" }.to_owned());
            answer.tell_of(Matter::State, HOLDS, of);
            answer.tell_moment(Matter::ImportedAt, attributes, "created")?;
            // The service's own word, and that of its command line.
            answer.tell_moment(Matter::Ends, attributes, "exp")?;
            answer.tell_moment(Matter::Ends, attributes, "expires")?;
        }
    } else if whole.contains_key("kid") && whole.contains_key("value") {
        let text = answer.base64(&whole, "value")?;
        answer.tell(Matter::Challenge, Digest::of(&text).to_string());
        answer.tell_text(Matter::KeyId, &whole, "kid")?;
    } else if whole.contains_key("kty") {
        answer.tell_text(Matter::KeyId, &whole, "kid")?;
        answer::jwk(&mut answer, &whole, kind)?;
    }
    answer.done(provider, KNOWN)
}

/// Asks a Managed HSM for the decryption of the question.
pub(super) fn ask(asked: &Asked<'_>) -> Vec<u8> {
    let encode = Base64UrlUnpadded::encode_string;
    let (nonce, sealed) = asked.question.split_at(NONCE.min(asked.question.len()));
    let (text, tag) = sealed.split_at(sealed.len().saturating_sub(TAG));
    let algorithm = match asked.kind.raw_len() {
        Some(16) => "A128GCM",
        Some(24) => "A192GCM",
        Some(_) | None => "A256GCM",
    };
    let known = asked.key_id.filter(|id| id.starts_with("https://"));
    let key = known.map_or_else(
        || "KEY=${KEY:?\"set KEY to the URL of the key, https://HSM.managedhsm.azure.net/keys/NAME\"}".to_owned(),
        |id| format!("KEY='{id}'"),
    );
    [
        "#!/bin/sh".to_owned(),
        "# Asks Azure Managed HSM what only a key with the imported material can answer.".to_owned(),
        "# The key needs the operation `decrypt`.".to_owned(),
        "set -eu".to_owned(),
        "cd \"$(dirname \"$0\")\"".to_owned(),
        key,
        "az rest --method post --resource https://managedhsm.azure.net \\".to_owned(),
        "  --uri \"$KEY/decrypt?api-version=7.4\" \\".to_owned(),
        format!(
            "  --body '{{\"alg\":\"{algorithm}\",\"iv\":\"{}\",\"value\":\"{}\",\"tag\":\"{}\"}}' > answered.json",
            encode(nonce),
            encode(text),
            encode(tag)
        ),
        "# Then: keyrite confirm CEREMONY --provider azure-managed-hsm --answer answered.json"
            .to_owned(),
        String::new(),
    ]
    .join("\n")
    .into_bytes()
}

const NONCE: usize = 12;
const TAG: usize = 16;

const KNOWN: &[&str] = &[
    "what `az keyvault key show`",
    "`az keyvault key download`",
    "`ask.sh` printed",
];
