//! What AWS KMS answers of a key after its import.
//!
//! Source: AWS KMS API Reference, DescribeKey, GetPublicKey, GenerateMac, ImportKeyMaterial and
//! ListKeyRotations, as the AWS CLI prints them. Not tried on a live service.

use crate::domain::algorithm::KeyType;
use crate::domain::arrival::HOLDS;
use crate::domain::arrival::IMPORTED;
use crate::domain::arrival::Matter;
use crate::domain::arrival::NEVER;
use crate::domain::arrival::OF_IMPORT;
use crate::domain::arrival::Told;
use crate::domain::arrival::WAITS;
use crate::domain::record::Digest;
use crate::providers::Asked;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::QUESTION;
use crate::providers::answer;
use crate::providers::answer::Answer;
use crate::providers::answer::Members;
use crate::providers::answer::named;
use crate::providers::json;
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
    if let Some(metadata) = answer::inner(&whole, "KeyMetadata") {
        described(&mut answer, metadata)?;
    } else if let Some(rotations) = whole.get("Rotations").and_then(|it| it.as_array()) {
        for rotation in rotations.iter().filter_map(|it| it.as_object()) {
            if let Some(id) = json::text(file, rotation, "KeyMaterialId")? {
                let state = json::text(file, rotation, "KeyMaterialState")?;
                let of = state.unwrap_or_else(|| "a rotation".to_owned());
                answer.tell_of(Matter::MaterialId, id, Some(of));
            }
        }
    } else {
        operated(&mut answer, &whole, kind)?;
    }
    answer.done(provider, KNOWN)
}

/// `describe-key`.
fn described(answer: &mut Answer<'_>, metadata: &Members) -> Result<(), ProviderError> {
    let text = |name| json::text(answer.file, metadata, name);
    let id = text("Arn")?.or(text("KeyId")?);
    let (spec, origin, state) = (text("KeySpec")?, text("Origin")?, text("KeyState")?);
    let (model, material) = (text("ExpirationModel")?, text("CurrentKeyMaterialId")?);
    if let Some(id) = id {
        answer.tell(Matter::KeyId, id);
    }
    if let Some(spec) = spec {
        answer.tell_of(Matter::KeyType, named(SPECS, &spec), Some(spec));
    }
    if let Some(origin) = origin {
        answer.tell_of(Matter::Origin, named(ORIGINS, &origin), Some(origin));
    }
    if let Some(state) = state {
        answer.tell_of(Matter::State, named(STATES, &state), Some(state));
    }
    if model.as_deref() == Some("KEY_MATERIAL_DOES_NOT_EXPIRE") {
        answer.tell(Matter::Ends, NEVER);
    }
    answer.tell_moment(Matter::Ends, metadata, "ValidTo")?;
    if let Some(material) = material {
        answer.tell_of(Matter::MaterialId, material, Some("the key".to_owned()));
    }
    Ok(())
}

/// `get-public-key`, `generate-mac` and `import-key-material`.
fn operated(answer: &mut Answer<'_>, whole: &Members, kind: KeyType) -> Result<(), ProviderError> {
    let file = answer.file;
    if whole.contains_key("PublicKey") {
        let spki = answer.base64(whole, "PublicKey")?;
        answer.tell_spki(kind, &spki, None);
        if let Some(spec) = json::text(file, whole, "KeySpec")? {
            answer.tell_of(Matter::KeyType, named(SPECS, &spec), Some(spec));
        }
    } else if whole.contains_key("Mac") {
        let mac = answer.base64(whole, "Mac")?;
        let algorithm = json::text(file, whole, "MacAlgorithm")?;
        let digest = Digest::of(&mac).to_string();
        answer.tell_of(Matter::Challenge, digest, algorithm);
    } else if let Some(id) = json::text(file, whole, "KeyMaterialId")? {
        answer.tell_of(Matter::MaterialId, id, Some(OF_IMPORT.to_owned()));
    } else {
        return Ok(());
    }
    answer.tell_text(Matter::KeyId, whole, "KeyId")
}

/// Asks for the HMAC of the question.
pub(super) fn ask(asked: &Asked<'_>) -> Vec<u8> {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        "# Asks AWS KMS what only a key with the imported material can answer.".to_owned(),
        "set -eu".to_owned(),
        "cd \"$(dirname \"$0\")\"".to_owned(),
    ];
    let id = match asked.key_id {
        Some(id) => quoted(id),
        None => {
            lines.push("KEY_ID=${1:?\"usage: sh ask.sh KEY_ID\"}".to_owned());
            "\"$KEY_ID\"".to_owned()
        }
    };
    let algorithm = MACS.iter().find(|(kind, _)| *kind == asked.kind);
    let algorithm = algorithm.map_or("HMAC_SHA_256", |(_, name)| name);
    lines.extend([
        format!("aws kms generate-mac --key-id {id} \\"),
        format!("  --message fileb://{QUESTION} --mac-algorithm {algorithm} > mac.json"),
        "# Then: keyrite confirm CEREMONY --provider aws-kms --answer mac.json".to_owned(),
        String::new(),
    ]);
    lines.join("\n").into_bytes()
}

/// Algorithms of GenerateMac.
pub(super) const MACS: &[(KeyType, &str)] = &[
    (KeyType::Hmac224, "HMAC_SHA_224"),
    (KeyType::Hmac256, "HMAC_SHA_256"),
    (KeyType::Hmac384, "HMAC_SHA_384"),
    (KeyType::Hmac512, "HMAC_SHA_512"),
];

const KNOWN: &[&str] = &[
    "what `aws kms describe-key`",
    "`get-public-key`",
    "`generate-mac`",
    "`import-key-material`",
    "`list-key-rotations --include-key-material ALL_KEY_MATERIAL` printed as JSON",
];

/// Key specs; in the regions of China SYMMETRIC_DEFAULT is SM4, which is not imported from here.
const SPECS: &[(&str, &str)] = &[
    ("SYMMETRIC_DEFAULT", "aes-256"),
    ("HMAC_224", "hmac-224"),
    ("HMAC_256", "hmac-256"),
    ("HMAC_384", "hmac-384"),
    ("HMAC_512", "hmac-512"),
    ("RSA_2048", "rsa-2048"),
    ("RSA_3072", "rsa-3072"),
    ("RSA_4096", "rsa-4096"),
    ("ECC_NIST_P256", "ec-p256"),
    ("ECC_NIST_P384", "ec-p384"),
    ("ECC_NIST_P521", "ec-p521"),
    ("ECC_SECG_P256K1", "ec-secp256k1"),
    ("ECC_NIST_EDWARDS25519", "ed25519"),
];

/// Origins; any other is no import.
const ORIGINS: &[(&str, &str)] = &[("EXTERNAL", IMPORTED)];

/// States of a key, from the developer guide's "Key states"; of others nothing is concluded but that
/// the material is not said to be there.
const STATES: &[(&str, &str)] = &[
    ("Enabled", HOLDS),
    ("Disabled", HOLDS),
    ("PendingDeletion", HOLDS),
    ("PendingImport", WAITS),
];
