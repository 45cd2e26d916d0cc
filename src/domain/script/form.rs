//! Values of a script: texts, places, times and counts, each checked when it is read, each with
//! its JSON Schema beside it.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde_saphyr::Spanned;

use crate::domain::algorithm::KeyType;
use crate::domain::text::is_deceptive;

/// Where something stands in the script.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let place = Place {
            line: narrow(spanned.referenced.line()),
            column: narrow(spanned.referenced.column()),
        };
        Ok(Self {
            value: spanned.value,
            place,
        })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Declares a string that is checked when it is read, with its JSON Schema beside it.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $schema:expr, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map_err(de::Error::custom)?;
                Ok(Self(text))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

/// A pattern for the characters of [`is_deceptive`] that a pattern can name in every dialect, and `more`.
fn deceptive(more: &str) -> String {
    format!(
        "[{more}\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\
         \\u2028-\\u202e\\u2060-\\u206f\\u3164\\ue000-\\uf8ff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\ufffe\\uffff]"
    )
}

checked_text!(
    /// A name inside a script: lower-case letters, digits and hyphens, at most 64.
    Id,
    json_schema!({"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"}),
    |text| {
        let fits = (1..=64).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
        if fits {
            Ok(())
        } else {
            Err("a name has 1 to 64 lower-case letters, digits and hyphens, and does not begin with a hyphen".to_owned())
        }
    }
);

checked_text!(
    /// One line for people to read.
    Line,
    json_schema!({"type": "string", "minLength": 1, "maxLength": 500, "pattern": "\\S", "not": {"type": "string", "pattern": deceptive("\\n")}}),
    |text| {
        if text.trim().is_empty() || text.chars().count() > 500 || text.contains(['\n', '\r']) {
            Err("expected one line of 1 to 500 characters".to_owned())
        } else if text.chars().any(is_deceptive) {
            Err("the text has a control or invisible character in it".to_owned())
        } else {
            Ok(())
        }
    }
);

checked_text!(
    /// A public key in one line: that of an RSA-4096 pair has some 740 characters.
    KeyLine,
    json_schema!({"type": "string", "minLength": 1, "maxLength": 2000, "pattern": "\\S", "not": {"type": "string", "pattern": deceptive("\\n")}}),
    |text| {
        if text.trim().is_empty() || text.chars().count() > 2000 || text.contains(['\n', '\r']) {
            Err("expected a public key in one line of 1 to 2000 characters".to_owned())
        } else if text.chars().any(is_deceptive) {
            Err("the text has a control or invisible character in it".to_owned())
        } else {
            Ok(())
        }
    }
);

checked_text!(
    /// A text to be read aloud; may have several lines.
    Prose,
    json_schema!({"type": "string", "minLength": 1, "maxLength": 5000, "pattern": "\\S", "not": {"type": "string", "pattern": deceptive("")}}),
    |text| {
        if text.trim().is_empty() || text.chars().count() > 5000 {
            Err("expected a text of 1 to 5000 characters".to_owned())
        } else if text.chars().any(is_deceptive) {
            Err("the text has a control or invisible character in it".to_owned())
        } else {
            Ok(())
        }
    }
);

checked_text!(
    /// A file inside the script's folder: no absolute path, no `..`.
    RelativePath,
    json_schema!({"type": "string", "pattern": "^(?!/)(?!(.*/)?\\.\\.(/|$))[^\\\\]+$", "maxLength": 500, "not": {"type": "string", "pattern": deceptive("\\n")}}),
    |text| {
        let inside = !text.is_empty()
            && text.len() <= 500
            && !text.starts_with('/')
            && !text.contains('\\')
            && text.split('/').all(|part| part != "..");
        if !inside {
            Err("expected a file inside the script's folder: no leading `/`, no `..`".to_owned())
        } else if text.chars().any(is_deceptive) {
            Err("the path has a control or invisible character in it".to_owned())
        } else {
            Ok(())
        }
    }
);

checked_text!(
    /// The organisation file: in the script's folder, or one folder up.
    OrganisationPath,
    json_schema!({"type": "string", "pattern": "^(\\.\\./)?(?!/)(?!(.*/)?\\.\\.(/|$))[^\\\\]+$", "maxLength": 500, "not": {"type": "string", "pattern": deceptive("\\n")}}),
    |text| {
        let inside = text.strip_prefix("../").unwrap_or(text);
        let near = !inside.is_empty()
            && text.len() <= 500
            && !inside.starts_with('/')
            && !text.contains('\\')
            && inside.split('/').all(|part| part != "..");
        if !near {
            Err("expected a file in the script's folder or one folder up, as `../organisation.yaml`".to_owned())
        } else if text.chars().any(is_deceptive) {
            Err("the path has a control or invisible character in it".to_owned())
        } else {
            Ok(())
        }
    }
);

checked_text!(
    /// A country, by its two letters (ISO 3166-1).
    Country,
    json_schema!({"type": "string", "pattern": "^[A-Z]{2}$"}),
    |text| {
        if text.len() == 2 && text.bytes().all(|c| c.is_ascii_uppercase()) {
            Ok(())
        } else {
            Err("expected the two capital letters of a country, as `PT`".to_owned())
        }
    }
);

checked_text!(
    /// Id of a share set: 32 hexadecimal digits.
    SetName,
    json_schema!({"type": "string", "pattern": "^[0-9a-f]{32}$"}),
    |text| {
        if text.len() == 32 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(())
        } else {
            Err("expected the 32 lower-case hexadecimal digits of a share set".to_owned())
        }
    }
);

checked_text!(
    /// Name of a check value, as `kcv.cmac5`.
    CheckName,
    json_schema!({"type": "string", "pattern": "^[a-z0-9.]{1,32}$"}),
    |text| {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'.');
        if fits {
            Ok(())
        } else {
            Err("expected the name of a check value, as `kcv.cmac5`".to_owned())
        }
    }
);

checked_text!(
    /// A check value: hexadecimal digits.
    CheckText,
    json_schema!({"type": "string", "pattern": "^[0-9A-Fa-f]{6,128}$"}),
    |text| {
        if (6..=128).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_hexdigit()) {
            Ok(())
        } else {
            Err("expected a check value: 6 to 128 hexadecimal digits".to_owned())
        }
    }
);

checked_text!(
    /// Who read the clock: `read-by eli`.
    ReadBy,
    json_schema!({"type": "string", "pattern": "^read-by [a-z0-9][a-z0-9-]{0,63}$"}),
    |text| match text.strip_prefix("read-by ") {
        Some(id) if !id.is_empty() && !id.contains(' ') => Ok(()),
        Some(_) | None => Err("expected `read-by` and a person, as in `read-by eli`".to_owned()),
    }
);

impl Id {
    /// A name that the program knows itself.
    pub(super) fn known(name: &'static str) -> Self {
        Self(name.to_owned())
    }
}

impl From<Id> for Line {
    fn from(id: Id) -> Self {
        Self(id.0)
    }
}

impl ReadBy {
    /// The person.
    pub fn person(&self) -> &str {
        self.0.strip_prefix("read-by ").unwrap_or(&self.0)
    }
}

/// A length of time: `15m`, `24h`, `300d`, `1y` (365 days).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Its length in seconds.
    pub seconds: i64,
    count: u32,
    unit: char,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.unit {
            'm' => "minute",
            'h' => "hour",
            'd' => "day",
            _ => "year",
        };
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {word}{plural}", self.count)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            de::Error::custom("expected a length of time such as `15m`, `24h`, `300d` or `1y`")
        })
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| {
            "expected a length of time such as `15m`, `24h`, `30d` or `1y`".to_owned()
        })
    }
}

impl Span {
    /// So many years of 365 days.
    pub const fn years(count: u32) -> Self {
        Self {
            seconds: count as i64 * 365 * 86_400,
            count,
            unit: 'y',
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let seconds = match unit {
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            'y' => 365 * 86400,
            _ => return None,
        };
        let digits = text.strip_suffix(unit)?;
        let starts_well = digits
            .bytes()
            .next()
            .is_some_and(|c| c.is_ascii_digit() && c != b'0');
        let count = digits
            .parse::<u32>()
            .ok()
            .filter(|n| starts_well && *n < 100_000)?;
        Some(Self {
            seconds: i64::from(count) * seconds,
            count,
            unit,
        })
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[1-9][0-9]{0,4}[mhdy]$"})
    }
}

/// A day: `2027-11-22`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .ok()
            .filter(|date: &Date| date.to_string() == text)
            .map(Self)
            .ok_or_else(|| de::Error::custom("expected a day as `2027-11-22`"))
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
    }
}

/// How often, or how many bytes: a whole number, `4e9` allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count(pub u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        // Up to 2^53 every whole number has its own f64.
        if (1.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole and within 1..=2^53, as tested above"
            )]
            Ok(Self(number as u64))
        } else {
            Err(de::Error::custom("expected a whole number from 1 to 2^53"))
        }
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_992_u64})
    }
}

impl JsonSchema for KeyType {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "KeyType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Self::all().map(Self::name).collect();
        json_schema!({"type": "string", "enum": names})
    }
}
