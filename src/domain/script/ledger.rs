//! Things that custodians keep, and the steps that tell where each of them goes.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::IntoDeserializer as _;

use crate::domain::record;
use crate::domain::script::form::At;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;

/// A thing that somebody keeps, as it is when the ceremony begins.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// What it is.
    pub what: At<Thing>,
    /// Its own number, printed on it.
    pub serial: At<Line>,
    /// The share that is on it or in it.
    pub share: Option<At<OnItem>>,
    /// Who keeps it.
    pub held_by: At<Id>,
    /// Number of the bag that it is sealed in.
    pub bag: Option<Line>,
    /// Where it is kept; in its keeper's hand if absent.
    pub r#where: Option<Line>,
}

/// The share that a thing carries.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnItem {
    /// Label of the key.
    pub key: At<Id>,
    /// The custodian whom the share was made for.
    pub of: At<Id>,
}

/// What a thing is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Thing {
    /// A card with a share on paper.
    Card,
    /// An envelope.
    Envelope,
    /// A medium, as a USB stick.
    Medium,
    /// An HSM, or a token that signs or decrypts.
    Token,
    /// One part of a PIN.
    PinPart,
}

impl<'de> Deserialize<'de> for Thing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::deserialize(text.into_deserializer())
    }
}

impl Thing {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Envelope => "envelope",
            Self::Medium => "medium",
            Self::Token => "token",
            Self::PinPart => "pin-part",
        }
    }
}

/// Takes a thing out of its place, in its bag.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TakeOut {
    /// The thing.
    pub item: At<Id>,
    /// Who keeps it and takes it out.
    pub by: At<Id>,
    /// What for.
    pub purpose: Line,
    /// Who watches.
    pub seen_by: At<Id>,
}

/// Looks at a bag before it is opened.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Inspect {
    /// The thing in the bag.
    pub item: At<Id>,
    /// Who has it and looks.
    pub by: At<Id>,
    /// Who looks, too.
    pub seen_by: At<Id>,
}

/// Gives a thing into somebody else's keeping.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HandOver {
    /// The thing.
    pub item: At<Id>,
    /// Who has it.
    pub from: At<Id>,
    /// Who keeps it from now on.
    pub to: At<Id>,
    /// What for.
    pub purpose: Line,
    /// The day on which a deputy gives it back.
    pub deputy_until: Option<At<Day>>,
    /// Who watches.
    pub seen_by: At<Id>,
}

/// Seals a thing in a bag, and puts it into a place.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PutAway {
    /// The thing.
    pub item: At<Id>,
    /// Who has it and puts it away.
    pub by: At<Id>,
    /// Where.
    pub r#where: Line,
    /// Who watches.
    pub seen_by: At<Id>,
}

/// Writes down for custodians which share they hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveReceipt {
    /// Label of the key.
    pub key: At<Id>,
    /// Who holds shares of it.
    pub to: Vec<At<Id>>,
}

impl Item {
    /// As the first entry of a record has it.
    pub fn recorded(&self, name: &str) -> record::Item {
        record::Item {
            name: name.to_owned(),
            what: self.what.name().to_owned(),
            serial: self.serial.to_string(),
            share: self.share.as_ref().map(|share| record::OnItem {
                key: share.key.to_string(),
                of: share.of.to_string(),
            }),
            held_by: self.held_by.to_string(),
            bag: self.bag.as_ref().map(ToString::to_string),
            r#where: self.r#where.as_ref().map(ToString::to_string),
        }
    }
}
