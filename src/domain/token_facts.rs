//! Which token it is: module, slot and token, as they describe themselves.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;

/// What module, slot and token say of themselves, and the digest of the module's file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenFacts {
    /// Path of the module's file.
    pub module: String,
    /// SHA-256 of that file.
    pub module_sha256: Digest,
    /// Description of the library, by itself.
    pub library: String,
    /// Version of the library.
    pub library_version: String,
    /// Version of PKCS#11 that it speaks.
    pub cryptoki_version: String,
    /// Description of the slot.
    pub slot: String,
    /// Label of the token.
    pub label: String,
    /// Serial number of the token.
    pub serial: String,
    /// Maker of the token.
    pub manufacturer: String,
    /// Model of the token.
    pub model: String,
    /// Version of its hardware.
    pub hardware_version: String,
    /// Version of its firmware.
    pub firmware_version: String,
}
