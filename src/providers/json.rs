//! JSON in which no name comes twice.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;

use crate::providers::InputFile;
use crate::providers::ProviderError;

/// PowerShell writes one.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether the file begins as an object of JSON.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    bytes
        .strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(bytes)
        .trim_ascii_start()
        .starts_with(b"{")
}

/// Reads an object.
pub(super) fn object(file: &InputFile) -> Result<Map<String, Value>, ProviderError> {
    match strict(&file.bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_),
        ) => Err(not_json(file, "it is no object")),
        Err(error) => Err(not_json(file, &error.to_string())),
    }
}

/// Reads an object, or a list as well.
pub(super) fn value(file: &InputFile) -> Result<Value, ProviderError> {
    let bytes = file.bytes.strip_prefix(BYTE_ORDER_MARK);
    strict(bytes.unwrap_or(&file.bytes)).map_err(|error| not_json(file, &error.to_string()))
}

/// Reads any value.
pub(super) fn strict(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    serde_json::from_slice::<Strict>(bytes).map(|Strict(value)| value)
}

/// The error for a file that is not what it should be.
pub(super) fn not_json(file: &InputFile, why: &str) -> ProviderError {
    ProviderError::Json {
        name: file.name.clone(),
        why: why.to_owned(),
    }
}

/// A text among the members; nothing where it is absent or null.
pub(super) fn text(
    file: &InputFile,
    map: &Map<String, Value>,
    name: &str,
) -> Result<Option<String>, ProviderError> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(not_json(file, &format!("{name} is no text")))
        }
    }
}

/// A value in whose objects no name came twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let Strict(value) = map.next_value()?;
            if members.contains_key(&name) {
                return Err(A::Error::custom(format!("{name:?} comes twice")));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Map<String, Value>, ProviderError> {
        object(&InputFile {
            name: "a.json".to_owned(),
            bytes: text.as_bytes().to_vec(),
        })
    }

    #[test]
    fn a_name_that_comes_twice_is_refused_at_any_depth() {
        for text in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"a": {"b": 1, "b": 2}}"#,
            r#"{"a": [{"b": 1, "b": 2}]}"#,
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains("comes twice"), "{error}");
        }
        assert!(read("\u{feff} {\"a\": [1, -1, 1.5, null, true]}").is_ok());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[]", "{", "{} x", ""] {
            assert!(matches!(read(text), Err(ProviderError::Json { .. })));
        }
    }
}
