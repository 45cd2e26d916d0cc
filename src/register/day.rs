//! A day as people and programs read it: `2026-11-22`.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::Deserialize as _;
use serde::Deserializer;
use serde::Serializer;

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde asks for"
)]
pub(super) fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(day)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = Cow::<str>::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// A day that may be missing.
pub(super) mod maybe {
    use jiff::civil::Date;
    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    #[expect(clippy::ref_option, reason = "the form that serde asks for")]
    pub(in crate::register) fn serialize<S: Serializer>(
        day: &Option<Date>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => to.collect_str(day),
            None => to.serialize_none(),
        }
    }

    pub(in crate::register) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let day = text.map(|text| text.parse()).transpose();
        day.map_err(serde::de::Error::custom)
    }
}
