//! When people of an organisation are at work: use of a key at other times is told apart.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;

/// The hours in which people are at work.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// When they begin.
    pub from: Clock,
    /// When they end; after midnight where that is earlier.
    pub to: Clock,
    /// The days on which they begin; Monday to Friday where nothing is said.
    #[serde(default = "working_days")]
    pub days: Vec<Day>,
    /// Their time zone as POSIX writes it; UTC where nothing is said.
    #[serde(default)]
    pub zone: Zone,
}

impl Default for OfficeHours {
    /// Where no organisation says anything: long hours, every day.
    fn default() -> Self {
        Self {
            from: Clock(6 * 60),
            to: Clock(20 * 60),
            days: Day::ALL.to_vec(),
            zone: Zone::default(),
        }
    }
}

impl OfficeHours {
    /// Whether people are at work then.
    pub fn is_in(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.zone.time_zone());
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()));
        let minute = Clock(minute.unwrap_or_default());
        let today = Day::of(local.weekday());
        let begins = |day: Day| self.days.contains(&day);
        if self.from < self.to {
            return begins(today) && self.from <= minute && minute < self.to;
        }
        // They go on behind midnight.
        begins(today) && self.from <= minute
            || begins(Day::of(local.weekday().previous())) && minute < self.to
    }

    /// What lies outside, in words.
    pub fn off(&self) -> String {
        let days: Vec<&str> = self.days.iter().map(|day| day.name()).collect();
        let days = if Day::ALL.iter().all(|day| self.days.contains(day)) {
            String::new()
        } else {
            format!(" on {}", days.join(", "))
        };
        format!(
            "other times than {} to {}{days} ({})",
            self.from,
            self.to,
            self.zone.words()
        )
    }
}

/// A time of the day: `08:30`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Clock(u16);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let minutes = || {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            let clock = Self(hour.checked_mul(60)?.checked_add(minute)?);
            (minute < 60 && hour < 24 && clock.to_string() == text).then_some(clock)
        };
        minutes().ok_or_else(|| de::Error::custom("expected a time of the day as `\"08:30\"`"))
    }
}

impl JsonSchema for Clock {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Clock".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    }
}

/// A time zone as POSIX writes it, which needs no table of zones: `CET-1CEST,M3.5.0,M10.5.0/3`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Zone(String);

impl Default for Zone {
    fn default() -> Self {
        Self("UTC0".to_owned())
    }
}

impl Zone {
    fn words(&self) -> &str {
        if *self == Self::default() {
            "UTC"
        } else {
            &self.0
        }
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::posix(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match TimeZone::posix(&text) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(de::Error::custom(
                "expected a time zone as POSIX writes it, `CET-1CEST,M3.5.0,M10.5.0/3`",
            )),
        }
    }
}

impl JsonSchema for Zone {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "examples": ["CET-1CEST,M3.5.0,M10.5.0/3"]})
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }
}

fn working_days() -> Vec<Day> {
    vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(json: &str) -> OfficeHours {
        serde_json::from_str(json).unwrap()
    }

    fn is_in(hours: &OfficeHours, at: &str) -> bool {
        hours.is_in(at.parse().unwrap())
    }

    #[test]
    fn where_nobody_says_anything_the_hours_are_long_and_every_day_is_one() {
        let hours = OfficeHours::default();
        for (at, wanted) in [
            ("2026-02-07T05:59:59Z", false),
            ("2026-02-07T06:00:00Z", true),
            ("2026-02-07T19:59:59Z", true),
            ("2026-02-07T20:00:00Z", false),
        ] {
            assert_eq!(is_in(&hours, at), wanted, "{at}");
        }
        assert_eq!(hours.off(), "other times than 06:00 to 20:00 (UTC)");
    }

    #[test]
    fn hours_are_those_of_the_zone_in_summer_and_winter_and_not_on_weekends() {
        let hours =
            hours(r#"{"from": "08:00", "to": "18:00", "zone": "CET-1CEST,M3.5.0,M10.5.0/3"}"#);
        for (at, wanted) in [
            ("2026-02-06T06:59:00Z", false),
            ("2026-02-06T07:00:00Z", true),
            ("2026-02-06T17:00:00Z", false),
            ("2026-07-03T06:00:00Z", true),
            ("2026-07-03T16:00:00Z", false),
            ("2026-02-07T10:00:00Z", false),
            ("2026-02-08T10:00:00Z", false),
        ] {
            assert_eq!(is_in(&hours, at), wanted, "{at}");
        }
        assert_eq!(
            hours.off(),
            "other times than 08:00 to 18:00 on mon, tue, wed, thu, fri (CET-1CEST,M3.5.0,M10.5.0/3)"
        );
    }

    #[test]
    fn a_night_shift_goes_on_behind_midnight() {
        let hours = hours(r#"{"from": "22:00", "to": "06:00", "days": ["fri"]}"#);
        for (at, wanted) in [
            ("2026-02-06T21:59:00Z", false),
            ("2026-02-06T22:00:00Z", true),
            ("2026-02-07T05:59:00Z", true),
            ("2026-02-07T06:00:00Z", false),
            ("2026-02-06T05:00:00Z", false),
        ] {
            assert_eq!(is_in(&hours, at), wanted, "{at}");
        }
    }

    #[test]
    fn what_is_no_time_or_zone_is_refused() {
        for json in [
            r#"{"from": "8:00", "to": "18:00"}"#,
            r#"{"from": "08:60", "to": "18:00"}"#,
            r#"{"from": "24:00", "to": "18:00"}"#,
            r#"{"from": "08:00", "to": "18:00", "zone": "Europe/Lisbon"}"#,
            r#"{"from": "08:00", "to": "18:00", "days": ["monday"]}"#,
        ] {
            assert!(serde_json::from_str::<OfficeHours>(json).is_err(), "{json}");
        }
        let hours = OfficeHours::default();
        let text = serde_json::to_string(&hours).unwrap();
        let again: OfficeHours = serde_json::from_str(&text).unwrap();
        assert_eq!(again, hours);
    }
}
