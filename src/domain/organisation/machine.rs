//! What a ceremony machine may load and run. The list that a machine keeps itself has the same entries.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::record::Digest;

/// What a machine may load and run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Machine {
    /// PKCS#11 modules that may be loaded.
    #[serde(default)]
    pub modules: Vec<Allowed>,
    /// age plugins that may run.
    #[serde(default)]
    pub age_plugins: Vec<AllowedPlugin>,
}

/// A module that may be loaded.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Allowed {
    /// Its file.
    pub path: PathBuf,
    /// SHA-256 of its file.
    pub sha256: Digest,
    /// What it takes when it is initialised (`pReserved` of `C_Initialize`).
    pub init_args: Option<String>,
}

/// An age plugin that may run.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct AllowedPlugin {
    /// Its program.
    pub path: PathBuf,
    /// SHA-256 of its program.
    pub sha256: Digest,
}
