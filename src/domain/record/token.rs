//! The HSM that a ceremony worked on, and what it says of the keys in it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::attributes::AttributeRead;
use crate::domain::attributes::Difference;
use crate::domain::token_facts::TokenFacts;

/// The HSM of a ceremony.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hsm {
    /// What module and token say of themselves.
    pub facts: TokenFacts,
    /// The certificate of the cryptographic module, as the script gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ModuleCertificate>,
}

/// A certificate of the Cryptographic Module Validation Program.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleCertificate {
    /// Its number.
    pub number: u32,
    /// Overall level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u32>,
    /// The standard that it was validated against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<Standard>,
    /// The day on which it runs out, as the program's list has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A standard that cryptographic modules are validated against.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Standard {
    /// FIPS 140-2.
    #[serde(rename = "fips-140-2")]
    Fips1402,
    /// FIPS 140-3.
    #[serde(rename = "fips-140-3")]
    Fips1403,
}

impl Standard {
    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fips1402 => "FIPS 140-2",
            Self::Fips1403 => "FIPS 140-3",
        }
    }
}

/// What the token says of a key in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InToken {
    /// `CKA_ID`, in hexadecimal.
    pub id: String,
    /// Of the secret key or the private half.
    pub attributes: Vec<AttributeRead>,
    /// Of the public half.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public: Vec<AttributeRead>,
    /// What is not as planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

impl InToken {
    /// Whether the token says that the key could never be taken out.
    pub fn never_extractable(&self) -> bool {
        self.attributes
            .iter()
            .any(|read| read.name == "CKA_NEVER_EXTRACTABLE" && read.found.value() == Some("true"))
    }

    /// What the token said one thing about and did another.
    pub fn lies(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| difference.severity.is_lie())
    }
}
