//! When a ceremony begins, and how long its steps take.

use std::borrow::Cow;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;

use crate::domain::record::Moment;
use crate::domain::script::form::At;
use crate::domain::script::form::Span;

/// When a ceremony begins, and steps that take longer, or less long, than others of their kind.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timetable {
    /// When it begins, UTC: `2026-11-22T09:00:00Z`.
    pub starts_at: Option<At<StartsAt>>,
    /// Steps that take longer, or less long, than others of their kind.
    #[serde(default)]
    pub takes: Vec<At<Takes>>,
}

/// How long a step takes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Takes {
    /// Its number, from 1.
    pub step: u32,
    /// How long.
    pub r#for: Span,
}

/// A moment, UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StartsAt(pub Moment);

impl<'de> Deserialize<'de> for StartsAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .ok()
            .map(Moment::new)
            .filter(|moment| moment.to_string() == text)
            .map(Self)
            .ok_or_else(|| de::Error::custom("expected a moment as `2026-11-22T09:00:00Z`"))
    }
}

impl JsonSchema for StartsAt {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "StartsAt".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        })
    }
}
