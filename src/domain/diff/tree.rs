//! Scripts as trees of fields, and what is different in them.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

/// Longer values are shown by their beginning and end.
const LONG: usize = 48;

/// The field of that name.
pub(super) fn field<'a>(tree: &'a Value, name: &str) -> Option<&'a Value> {
    tree.as_object().and_then(|map| map.get(name))
}

/// The map of that name, empty if there is none.
pub(super) fn map<'a>(tree: &'a Value, name: &str) -> BTreeMap<&'a str, &'a Value> {
    let entries = field(tree, name).and_then(Value::as_object);
    entries
        .into_iter()
        .flat_map(Map::iter)
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// The list of that name, empty if there is none.
pub(super) fn items<'a>(tree: &'a Value, name: &str) -> &'a [Value] {
    field(tree, name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Every leaf below a value, by its path.
fn leaves<'a>(value: &'a Value, path: &str, out: &mut BTreeMap<String, &'a Value>) {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::Object(map) if !map.is_empty() || path.is_empty() => {
            for (name, value) in map {
                leaves(value, &below(name), out);
            }
        }
        Value::Array(list) if list.iter().any(|it| it.is_object() || it.is_array()) => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, &below(&(index + 1).to_string()), out);
            }
        }
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => {
            out.insert(path.to_owned(), value);
        }
    }
}

/// One line for each leaf that is different.
pub(super) fn lines(old: &Value, new: &Value) -> Vec<String> {
    let (mut before, mut now) = (BTreeMap::new(), BTreeMap::new());
    leaves(old, "", &mut before);
    leaves(new, "", &mut now);
    let mut paths: Vec<&String> = before.keys().chain(now.keys()).collect();
    paths.sort();
    paths.dedup();
    paths
        .into_iter()
        .filter_map(|path| {
            let colon = if path.is_empty() {
                String::new()
            } else {
                format!("{path}: ")
            };
            match (before.get(path), now.get(path)) {
                (Some(old), Some(new)) if old == new => None,
                (Some(old), Some(new)) => {
                    let (old, new) = shown_apart(old, new);
                    Some(format!("{colon}{old} → {new}"))
                }
                (Some(old), None) => Some(format!("{colon}{} → nothing", shown(old))),
                (None, Some(new)) => Some(format!("{colon}nothing → {}", shown(new))),
                (None, None) => None,
            }
        })
        .collect()
}

/// One line for each leaf.
pub(super) fn all(value: &Value) -> Vec<String> {
    let mut found = BTreeMap::new();
    leaves(value, "", &mut found);
    found
        .into_iter()
        .map(|(path, value)| format!("{path}: {}", shown(value)))
        .collect()
}

/// A value as it is shown.
pub(super) fn shown(value: &Value) -> String {
    let text = whole(value);
    let len = text.chars().count();
    if len <= LONG {
        return text;
    }
    let head: String = text.chars().take(LONG - 13).collect();
    let tail: String = text.chars().skip(len - 12).collect();
    format!("{head}…{tail}")
}

/// Two values as they are shown; whole, if one could be taken for the other.
fn shown_apart(old: &Value, new: &Value) -> (String, String) {
    let (before, now) = (shown(old), shown(new));
    if before == now {
        (whole(old), whole(new))
    } else {
        (before, now)
    }
}

fn whole(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.trim().replace('\n', " "),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) if list.is_empty() => "nobody, nothing".to_owned(),
        Value::Array(list) => list.iter().map(whole).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    }
}
