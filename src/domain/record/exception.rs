//! Deviations, and what people sign who answer for one.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::File;

/// Format of signed exceptions that this version writes.
pub const EXCEPTION_FORMAT: &str = "keyrite-exception/v1";

/// A deviation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exception {
    /// The step before which, or in which, it happened.
    pub step: u32,
    /// What the script expected.
    pub expected: String,
    /// What happened.
    pub happened: String,
    /// What was decided.
    pub decided: String,
    /// Who decided.
    pub decided_by: String,
    /// The file that was signed, where the policy has exceptions signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<File>,
    /// Who signed it, one for each role that the policy names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<ExceptionSignature>,
}

impl Exception {
    /// What was signed, and each signature once.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        let mut seen = BTreeSet::new();
        let signatures = self.signatures.iter().map(|made| &made.signature);
        let all = self.request.iter().chain(signatures);
        all.filter(move |file| seen.insert(file.path.as_str()))
    }
}

/// Somebody's signature over an exception.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionSignature {
    /// The role for which it stands.
    pub role: String,
    /// Who signed.
    pub by: String,
    /// The signature.
    pub signature: File,
}

/// What is signed: canonical JSON, namespace `ceremony-exception@keyrite`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExceptionRequest {
    /// [`EXCEPTION_FORMAT`].
    pub format: String,
    /// Id of the ceremony.
    pub ceremony: String,
    /// SHA-256 of the record's last line before.
    pub head: Digest,
    /// The step before which, or in which, it happened.
    pub step: u32,
    /// What the script expected.
    pub expected: String,
    /// What happened.
    pub happened: String,
    /// What was decided.
    pub decided: String,
    /// Who decided.
    pub decided_by: String,
}

impl ExceptionRequest {
    /// What is to be signed of an exception that is recorded behind `head`.
    pub fn of(exception: &Exception, ceremony: &str, head: Digest) -> Self {
        Self {
            format: EXCEPTION_FORMAT.to_owned(),
            ceremony: ceremony.to_owned(),
            head,
            step: exception.step,
            expected: exception.expected.clone(),
            happened: exception.happened.clone(),
            decided: exception.decided.clone(),
            decided_by: exception.decided_by.clone(),
        }
    }

    /// The bytes that are signed: RFC 8785 canonical JSON.
    pub fn bytes(&self) -> Vec<u8> {
        // Texts and a small integer always have a canonical form.
        serde_json_canonicalizer::to_vec(self).unwrap_or_default()
    }
}
