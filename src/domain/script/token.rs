//! Where keys live.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::record::Digest;
use crate::domain::record::Standard;
use crate::domain::script::form::At;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;

/// Where keys live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Token {
    /// `software` or `pkcs11`. The path of a PKCS#11 module is the machine's business.
    pub core: At<Core>,
    /// Label of a PKCS#11 token.
    pub label: Option<At<Line>>,
    /// Serial number of a PKCS#11 token.
    pub serial: Option<At<Line>>,
    /// Firmware of a PKCS#11 token, as it tells it.
    pub firmware: Option<At<Line>>,
    /// SHA-256 of the PKCS#11 module.
    pub module_sha256: Option<At<Digest>>,
    /// The two people who type one half of the PIN each; whoever has it types it if absent.
    pub pin: Option<At<Vec<At<Id>>>>,
    /// The certificate of the HSM's cryptographic module; goes into the record.
    pub certificate: Option<At<Certificate>>,
}

/// Kinds of token.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Core {
    /// The memory of this process.
    Software,
    /// An HSM.
    Pkcs11,
}

/// A certificate of the Cryptographic Module Validation Program.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its number.
    pub number: At<u32>,
    /// Overall level, from 1 to 4.
    pub level: Option<At<u32>>,
    /// The standard that it was validated against.
    pub standard: Option<Standard>,
    /// The day on which it runs out, as the program's list has it.
    pub until: Option<At<Day>>,
}

impl Token {
    /// The people who type one half of the PIN each; nobody where it is not split.
    pub fn pin_holders(&self) -> &[At<Id>] {
        self.pin.as_ref().map_or(&[], |people| &people.value)
    }
}
