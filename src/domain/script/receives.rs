//! Where somebody's shares go, and in what form.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde::de::IntoDeserializer as _;

use crate::domain::record::Delivery;
use crate::domain::record::Digest;
use crate::domain::script::form::At;
use crate::domain::script::form::KeyLine;
use crate::domain::script::form::Place;
use crate::domain::script::step::Step;

/// What somebody's shares are sealed to: one key or several, each of which opens them; or the word
/// `passphrase`.
#[derive(Clone, Debug)]
pub enum Receives {
    /// One.
    One(KeyLine),
    /// The custodian's own key, and those of deputies.
    Several(Vec<At<KeyLine>>),
}

/// The word for a passphrase.
const PASSPHRASE: &str = "passphrase";

impl At<Receives> {
    /// Each text, and where it stands.
    pub fn texts(&self) -> Vec<(Place, &str)> {
        match &self.value {
            Receives::One(text) => vec![(self.place, text.as_str())],
            Receives::Several(texts) => texts
                .iter()
                .map(|text| (text.place, text.as_str()))
                .collect(),
        }
    }

    /// The keys without their comments; none of a passphrase.
    pub fn keys(&self) -> Vec<Cow<'_, str>> {
        self.texts()
            .into_iter()
            .filter(|(_, text)| *text != PASSPHRASE)
            .map(|(_, text)| match text.split(' ').collect::<Vec<_>>()[..] {
                [kind, key, _, ..] => Cow::Owned(format!("{kind} {key}")),
                [_] | [_, _] | [] => Cow::Borrowed(text),
            })
            .collect()
    }

    /// SHA-256 of each key, as the record has it.
    pub fn fingerprints(&self) -> Vec<Digest> {
        let keys = self.keys();
        keys.iter().map(|key| Digest::of(key.as_bytes())).collect()
    }
}

impl<'de> Deserialize<'de> for Receives {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Receives;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an age recipient, a list of them, or `passphrase`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Receives, E> {
                KeyLine::deserialize(text.into_deserializer()).map(Receives::One)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Receives, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                if texts.is_empty() {
                    return Err(de::Error::invalid_length(0, &self));
                }
                Ok(Receives::Several(texts))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Receives {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Receives".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = KeyLine::json_schema(generator);
        json_schema!({"anyOf": [one.clone(), {"type": "array", "items": one, "minItems": 1}]})
    }
}

impl Step {
    /// How the shares that the step deals reach their custodians; nothing if it deals none.
    pub fn delivers(&self) -> Option<Deliver> {
        if let Self::Split(split) = self {
            Some(split.delivers())
        } else if let Self::Reshare(reshare) = self {
            Some(reshare.delivers())
        } else {
            None
        }
    }
}

/// How shares reach their custodians.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Deliver {
    /// As a file on the custodian's own medium, sealed to what `receives-shares-at` names.
    AgeFile,
    /// As a card that is shown to its custodian alone, copied by hand and typed back.
    Card,
    /// As a card to print, a file on the custodian's own medium that is not encrypted.
    CardFile,
}

impl Deliver {
    /// Whether the share is sealed, and so needs somebody's key or passphrase.
    pub const fn seals(self) -> bool {
        match self {
            Self::AgeFile => true,
            Self::Card | Self::CardFile => false,
        }
    }

    /// As the record has it; `receives` is what the custodian's shares are sealed to.
    pub fn recorded(self, receives: Option<&At<Receives>>) -> Delivery {
        match self {
            Self::AgeFile if receives.is_some_and(|it| it.keys().is_empty()) => {
                Delivery::AgePassphrase
            }
            Self::AgeFile => Delivery::AgeFile,
            Self::Card => Delivery::Card,
            Self::CardFile => Delivery::CardFile,
        }
    }
}
