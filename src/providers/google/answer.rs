//! What Google Cloud KMS answers of a key version after its import.
//!
//! Source: the API's resources CryptoKeyVersion, PublicKey and MacSignResponse, as gcloud prints them
//! with `--format=json`; attributes of an attestation in `providers::attestation`. Not tried on a live
//! service.

use crate::domain::algorithm::KeyType;
use crate::domain::arrival::FAILED;
use crate::domain::arrival::Form;
use crate::domain::arrival::GOES_ON;
use crate::domain::arrival::GONE;
use crate::domain::arrival::HOLDS;
use crate::domain::arrival::IMPORTED;
use crate::domain::arrival::Matter;
use crate::domain::arrival::NO;
use crate::domain::arrival::Told;
use crate::domain::arrival::YES;
use crate::domain::record::Digest;
use crate::domain::record::hex;
use crate::providers::Asked;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::QUESTION;
use crate::providers::answer;
use crate::providers::answer::Answer;
use crate::providers::answer::Members;
use crate::providers::answer::named;
use crate::providers::attestation;
use crate::providers::attestation::OfKey;
use crate::providers::json;
use crate::providers::shell::quoted;

/// Reads one answer.
pub(super) fn read(
    file: &InputFile,
    kind: KeyType,
    provider: &'static str,
) -> Result<Vec<Told>, ProviderError> {
    let mut answer = Answer::of(file)?;
    if json::is_json(&file.bytes) {
        let whole = json::object(file)?;
        if whole.contains_key("mac") {
            mac(&mut answer, &whole)?;
        } else if whole.contains_key("pem") {
            public_key(&mut answer, &whole, kind)?;
        } else if whole.contains_key("state") {
            version(&mut answer, &whole)?;
        }
    } else if let Some(attested) = attestation::of_key(&file.bytes) {
        attests(&mut answer, &attested);
    } else if Form::of(kind) == Some(Form::Hmac) && kind.raw_len() == Some(file.bytes.len()) {
        // `mac-sign` writes the bare MAC.
        answer.tell(Matter::Challenge, Digest::of(&file.bytes).to_string());
    } else {
        answer.tell_pem(kind, &file.bytes, None)?;
    }
    answer.done(provider, KNOWN)
}

/// `kms keys versions describe`.
fn version(answer: &mut Answer<'_>, whole: &Members) -> Result<(), ProviderError> {
    let file = answer.file;
    answer.tell_text(Matter::KeyId, whole, "name")?;
    if let Some(state) = json::text(file, whole, "state")? {
        answer.tell_of(Matter::State, named(STATES, &state), Some(state));
    }
    of_type(answer, whole)?;
    match json::text(file, whole, "importJob")? {
        Some(job) => {
            answer.tell(Matter::Origin, IMPORTED);
            answer.tell(Matter::ImportJob, job);
        }
        None => answer.tell(Matter::Origin, "made there"),
    }
    answer.tell_moment(Matter::ImportedAt, whole, "importTime")?;
    answer.tell_text(Matter::Protection, whole, "protectionLevel")?;
    if let Some(statement) = answer::inner(whole, "attestation") {
        let content = answer.base64(statement, "content")?;
        let attested = attestation::of_key(&content).ok_or(ProviderError::Attestation)?;
        attests(answer, &attested);
    }
    Ok(())
}

/// What the HSM says of the key. Whether it is extractable is said too, and means nothing: Google
/// keeps keys of its HSMs wrapped outside them.
fn attests(answer: &mut Answer<'_>, attested: &OfKey) {
    let of = Some("unverified statement of the HSM".to_owned());
    if let Some(value) = &attested.ekcv {
        answer.tell_of(Matter::Ekcv, hex(value), of.clone());
    }
    if let Some(value) = &attested.kcv {
        let value = hex(value).to_ascii_uppercase();
        answer.tell_of(Matter::Kcv, value, of.clone());
    }
    if let Some(local) = attested.local {
        answer.tell_of(Matter::MadeThere, if local { YES } else { NO }, of);
    }
}

/// `kms keys versions get-public-key`, or the API's own answer.
fn public_key(
    answer: &mut Answer<'_>,
    whole: &Members,
    kind: KeyType,
) -> Result<(), ProviderError> {
    let file = answer.file;
    let pem = json::text(file, whole, "pem")?.unwrap_or_default();
    checked(file, whole, "pemCrc32c", pem.as_bytes())?;
    answer.tell_pem(kind, pem.as_bytes(), None)?;
    answer.tell_text(Matter::KeyId, whole, "name")?;
    of_type(answer, whole)?;
    answer.tell_text(Matter::Protection, whole, "protectionLevel")
}

/// The API's `macSign`.
fn mac(answer: &mut Answer<'_>, whole: &Members) -> Result<(), ProviderError> {
    let mac = answer.base64(whole, "mac")?;
    checked(answer.file, whole, "macCrc32c", &mac)?;
    answer.tell(Matter::Challenge, Digest::of(&mac).to_string());
    answer.tell_text(Matter::KeyId, whole, "name")?;
    answer.tell_text(Matter::Protection, whole, "protectionLevel")
}

fn of_type(answer: &mut Answer<'_>, whole: &Members) -> Result<(), ProviderError> {
    if let Some(algorithm) = json::text(answer.file, whole, "algorithm")? {
        let ours = of_algorithm(&algorithm);
        answer.tell_of(Matter::KeyType, ours, Some(algorithm));
    }
    Ok(())
}

/// The type of key that an algorithm is for; its own name where that is not known.
fn of_algorithm(algorithm: &str) -> String {
    let found = ALGORITHMS
        .iter()
        .find(|(part, _)| algorithm.starts_with(part))
        .map(|(_, ours)| (*ours).to_owned());
    let rsa = || {
        let bits = ["2048", "3072", "4096"];
        let bits = bits.iter().find(|bits| algorithm.contains(**bits))?;
        algorithm.starts_with("RSA_").then(|| format!("rsa-{bits}"))
    };
    found.or_else(rsa).unwrap_or_else(|| algorithm.to_owned())
}

/// The provider's checksum of what it sent: CRC-32C as a number in a text.
fn checked(
    file: &InputFile,
    whole: &Members,
    name: &str,
    bytes: &[u8],
) -> Result<(), ProviderError> {
    let told = match whole.get(name) {
        Some(serde_json::Value::String(text)) => Some(text.clone()),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        Some(_) | None => None,
    };
    if told.is_none_or(|told| told == crc32c(bytes).to_string()) {
        Ok(())
    } else {
        Err(ProviderError::Checksum {
            name: file.name.clone(),
        })
    }
}

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), bit by bit: it is over a few hundred bytes.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let end = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (POLYNOMIAL * (crc & 1))
        })
    });
    !end
}

/// Asks for the HMAC of the question.
pub(super) fn ask(asked: &Asked<'_>) -> Vec<u8> {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        "# Asks Google Cloud KMS what only a key with the imported material can answer.".to_owned(),
        "# Where the key had versions before: VERSION=2 sh ask.sh".to_owned(),
        "set -eu".to_owned(),
        "cd \"$(dirname \"$0\")\"".to_owned(),
        "VERSION=${VERSION:-1}".to_owned(),
    ];
    let key = match asked.key_id {
        Some(id) => quoted(id),
        None => {
            lines.push(
                "KEY=${KEY:?\"set KEY to the key, projects/P/locations/L/keyRings/R/cryptoKeys/K\"}"
                    .to_owned(),
            );
            "\"$KEY\"".to_owned()
        }
    };
    lines.extend([
        "gcloud kms mac-sign \\".to_owned(),
        format!("  --version {key}/cryptoKeyVersions/\"$VERSION\" \\"),
        format!("  --input-file {QUESTION} --signature-file mac.bin"),
        "# Then: keyrite confirm CEREMONY --provider google-kms --answer mac.bin".to_owned(),
        String::new(),
    ]);
    lines.join("\n").into_bytes()
}

const KNOWN: &[&str] = &[
    "what `gcloud kms keys versions describe --format=json`",
    "`get-public-key` or `mac-sign` wrote",
    "its `--attestation-file`",
];

/// States of a version.
const STATES: &[(&str, &str)] = &[
    ("ENABLED", HOLDS),
    ("DISABLED", HOLDS),
    ("DESTROY_SCHEDULED", HOLDS),
    ("PENDING_IMPORT", GOES_ON),
    ("IMPORT_FAILED", FAILED),
    ("DESTROYED", GONE),
];

/// How algorithms begin; those of RSA have the length of the modulus in their middle.
const ALGORITHMS: &[(&str, &str)] = &[
    ("GOOGLE_SYMMETRIC_ENCRYPTION", "aes-256"),
    ("AES_128_", "aes-128"),
    ("AES_256_", "aes-256"),
    ("HMAC_SHA224", "hmac-224"),
    ("HMAC_SHA256", "hmac-256"),
    ("HMAC_SHA384", "hmac-384"),
    ("HMAC_SHA512", "hmac-512"),
    ("EC_SIGN_P256_", "ec-p256"),
    ("EC_SIGN_P384_", "ec-p384"),
    ("EC_SIGN_SECP256K1_", "ec-secp256k1"),
    ("EC_SIGN_ED25519", "ed25519"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn an_algorithm_tells_the_type_of_its_key() {
        for (algorithm, kind) in [
            ("GOOGLE_SYMMETRIC_ENCRYPTION", "aes-256"),
            ("EC_SIGN_P256_SHA256", "ec-p256"),
            ("RSA_SIGN_PSS_3072_SHA256", "rsa-3072"),
            ("RSA_DECRYPT_OAEP_4096_SHA512", "rsa-4096"),
            ("RSA_SIGN_RAW_PKCS1_2048", "rsa-2048"),
            ("HMAC_SHA512", "hmac-512"),
            ("PQ_SIGN_ML_DSA_65", "PQ_SIGN_ML_DSA_65"),
        ] {
            assert_eq!(of_algorithm(algorithm), kind);
        }
    }
}
