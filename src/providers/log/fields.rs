//! What stands where in an entry, whatever its type turns out to be.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::domain::record::Moment;

/// The value at a path of names; nothing where it is absent or null.
pub(in crate::providers) fn at<'a>(entry: &'a Value, path: &[&str]) -> Option<&'a Value> {
    let mut here = entry;
    for name in path {
        here = here.get(name)?;
    }
    (!here.is_null()).then_some(here)
}

/// The text at a path; a number or `true` as JSON writes it, and nothing for an empty text.
pub(in crate::providers) fn text(entry: &Value, path: &[&str]) -> Option<String> {
    match at(entry, path)? {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The first text among several paths.
pub(in crate::providers) fn first(entry: &Value, paths: &[&[&str]]) -> Option<String> {
    paths.iter().find_map(|path| text(entry, path))
}

/// The list at a path.
pub(in crate::providers) fn list<'a>(entry: &'a Value, path: &[&str]) -> &'a [Value] {
    at(entry, path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The moment at a path, as RFC 3339 writes it.
pub(in crate::providers) fn moment(entry: &Value, path: &[&str]) -> Result<Moment, String> {
    let name = path.join(".");
    let text = text(entry, path).ok_or_else(|| format!("it has no `{name}`"))?;
    text.parse()
        .map(Moment::new)
        .map_err(|_| format!("its `{name}` is no moment"))
}

/// The object that stands at a path, or in a text at that path.
pub(in crate::providers) fn unpacked(entry: &Value, path: &[&str]) -> Option<Value> {
    match at(entry, path)? {
        Value::String(text) => crate::providers::json::strict(text.as_bytes())
            .ok()
            .filter(Value::is_object),
        object @ Value::Object(_) => Some(object.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// An event of which nothing more is known yet.
pub(in crate::providers) fn event(
    provider: &str,
    name: String,
    action: Action,
    at: Moment,
    sha256: Digest,
) -> LogEvent {
    LogEvent {
        provider: provider.to_owned(),
        name,
        action,
        outcome: LogOutcome::Done,
        at,
        key: None,
        version: None,
        material: None,
        principal: None,
        by_service: false,
        source_ip: None,
        request_id: None,
        event_id: None,
        account: None,
        region: None,
        ceremony: None,
        says: BTreeMap::new(),
        sha256,
    }
}

/// What else the entry says, by name, where it says it.
pub(in crate::providers) fn say(event: &mut LogEvent, name: &str, what: Option<String>) {
    if let Some(what) = what {
        event.says.insert(name.to_owned(), what);
    }
}

/// What a provider's own name of an operation means, by a table.
pub(in crate::providers) fn action(table: &[(Action, &[&str])], name: &str) -> Option<Action> {
    let row = table
        .iter()
        .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
    row.map(|(action, _)| *action)
}
