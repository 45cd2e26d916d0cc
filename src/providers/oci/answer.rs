//! What OCI Vault answers of a key version after its import.
//!
//! Source: the API's KeyVersion, as `oci kms management key-version get` prints it: members with
//! hyphens, inside `data`. Not tried on a live service.

use crate::domain::algorithm::KeyType;
use crate::domain::arrival::FAILED;
use crate::domain::arrival::HOLDS;
use crate::domain::arrival::IMPORTED;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Told;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::answer;
use crate::providers::answer::Answer;
use crate::providers::answer::named;
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
    if let Some(data) = answer::inner(&whole, "data") {
        let text = |name| json::text(file, data, name);
        let (pem, origin, state) = (
            text("public-key")?,
            text("origin")?,
            text("lifecycle-state")?,
        );
        if let Some(pem) = pem.filter(|pem| !pem.is_empty()) {
            answer.tell_pem(kind, pem.as_bytes(), None)?;
        }
        answer.tell_text(Matter::KeyId, data, "key-id")?;
        if let Some(origin) = origin {
            let says = if origin == "EXTERNAL" {
                IMPORTED
            } else {
                "made there"
            };
            answer.tell_of(Matter::Origin, says, Some(origin));
        }
        if let Some(state) = state {
            answer.tell_of(Matter::State, named(STATES, &state), Some(state));
        }
        answer.tell_moment(Matter::ImportedAt, data, "time-created")?;
    }
    answer.done(provider, KNOWN)
}

const KNOWN: &[&str] = &[
    "what `oci kms management key-version get` printed",
    "the public key as PEM",
];

const STATES: &[(&str, &str)] = &[
    ("ENABLED", HOLDS),
    ("DISABLED", HOLDS),
    ("SCHEDULING_DELETION", HOLDS),
    ("PENDING_DELETION", HOLDS),
    ("CREATION_FAILED", FAILED),
];
