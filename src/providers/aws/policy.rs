//! Policy documents of AWS: statements, and what of them concerns one key.
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference". Read 2026-11. What a policy says
//! under a condition cannot be decided without the call that it is about: it is told, never dropped.

use serde_json::Map;
use serde_json::Value;

use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::access::matches;
use crate::providers::aws::actions::all;
use crate::providers::aws::actions::covers;
use crate::providers::aws::actions::is_unknown;
use crate::providers::json::not_json;

/// One statement of a policy, as far as it concerns the key.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The file and the statement in it, for people.
    pub(super) place: String,
    pub(super) allows: bool,
    /// Whom it is about; nobody is named in a policy that is attached to somebody.
    pub(super) whom: Vec<Whom>,
    /// Everybody but these, where it says so.
    pub(super) but: Option<Vec<Whom>>,
    /// Actions on a key that it covers.
    pub(super) actions: Vec<&'static str>,
    /// Whether it lets its subject take over a role: patterns of `Resource`.
    pub(super) assumes: Vec<String>,
    /// What it depends on, in words.
    pub(super) only: Vec<String>,
}

/// Whom a statement is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Whom {
    /// Anybody at all.
    Anyone,
    /// A user, a role, a session or an account, by its ARN.
    Aws(String),
    /// Somebody of another kind: `Service`, `Federated`, `CanonicalUser`.
    Other(String, String),
}

/// The statements of a document that concern `key`, an ARN; what is not understood goes to `told`.
pub(super) fn statements(
    file: &InputFile,
    name: &str,
    document: &Value,
    key: &str,
    told: &mut Vec<String>,
) -> Result<Vec<Statement>, ProviderError> {
    let document = document_of(file, name, document)?;
    let list = match document.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        Some(_) | None => return Err(not_json(file, &format!("{name} has no Statement"))),
    };
    let mut read = Vec::new();
    for (number, statement) in (1..).zip(&list) {
        let Value::Object(statement) = statement else {
            let why = format!("statement {number} of {name} is no object");
            return Err(not_json(file, &why));
        };
        read.extend(one(file, name, number, statement, key, told)?);
    }
    Ok(read)
}

/// A document may be an object, or its text, percent-encoded or not.
pub(super) fn document_of(
    file: &InputFile,
    name: &str,
    document: &Value,
) -> Result<Map<String, Value>, ProviderError> {
    let text = match document {
        Value::Object(map) => return Ok(map.clone()),
        Value::String(text) if text.trim_start().starts_with('{') => text.clone(),
        Value::String(text) => percent_decoded(text)
            .ok_or_else(|| not_json(file, &format!("{name} is no policy document")))?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err(not_json(file, &format!("{name} is no policy document")));
        }
    };
    crate::providers::json::object(&InputFile {
        name: file.name.clone(),
        bytes: text.into_bytes(),
    })
}

fn one(
    file: &InputFile,
    name: &str,
    number: usize,
    statement: &Map<String, Value>,
    key: &str,
    told: &mut Vec<String>,
) -> Result<Option<Statement>, ProviderError> {
    let sid = statement.get("Sid").and_then(Value::as_str);
    let place = match sid.filter(|sid| !sid.is_empty()) {
        Some(sid) => format!("{}: {name}, {sid}", file.name),
        None => format!("{}: {name}, statement {number}", file.name),
    };
    let bad = |what: &str| not_json(file, &format!("{what} of statement {number} of {name}"));
    let allows = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        Some(_) | None => return Err(bad("Effect")),
    };
    let list = |field: &str| match statement.get(field) {
        None => Ok(None),
        Some(value) => texts(value).map(Some).ok_or_else(|| bad(field)),
    };
    let (wanted, not) = (list("Action")?, list("NotAction")?);
    let (resources, not_resources) = (list("Resource")?, list("NotResource")?);
    let whom = whom(statement.get("Principal")).ok_or_else(|| bad("Principal"))?;
    let but = match statement.get("NotPrincipal") {
        None => None,
        Some(value) => Some(self::whom(Some(value)).ok_or_else(|| bad("NotPrincipal"))?),
    };
    if wanted.is_none() == not.is_none() {
        return Err(bad("Action"));
    }
    for unknown in wanted
        .iter()
        .chain(&not)
        .flatten()
        .filter(|it| is_unknown(it))
    {
        told.push(format!(
            "{place} names {unknown}, an action that this version does not know"
        ));
    }
    let covered = |action: &str| match (&wanted, &not) {
        (Some(wanted), _) => wanted.iter().any(|it| covers(it, action)),
        (None, Some(not)) => !not.iter().any(|it| covers(it, action)),
        (None, None) => false,
    };
    let about = about(key, resources.as_deref(), not_resources.as_deref());
    let actions: Vec<&str> = all()
        .map(|(action, _)| action)
        .filter(|action| about != About::NoKey && covered(action))
        .collect();
    let takes_over = |it: &String| matches(&it.to_ascii_lowercase(), "sts:assumerole");
    let assumes = match (&wanted, &not) {
        (Some(wanted), _) if wanted.iter().any(takes_over) => resources.clone(),
        (None, Some(not)) if !not.iter().any(takes_over) => resources.clone(),
        (Some(_) | None, Some(_) | None) => None,
    };
    let assumes = assumes.unwrap_or_default();
    if actions.is_empty() && assumes.is_empty() {
        return Ok(None);
    }
    let mut only = conditions(statement.get("Condition"));
    if about == About::Depends {
        only.push("its Resource has a variable in it".to_owned());
    }
    Ok(Some(Statement {
        place,
        allows,
        whom,
        but,
        actions,
        assumes,
        only,
    }))
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum About {
    Key,
    NoKey,
    Depends,
}

/// Whether resources cover the key.
fn about(key: &str, resources: Option<&[String]>, not: Option<&[String]>) -> About {
    let varies = |it: &&String| it.contains("${");
    let fits = |it: &String| matches(it, key);
    match (resources, not) {
        (Some(resources), _) if resources.iter().any(fits) => About::Key,
        (Some(resources), _) if resources.iter().any(|it| varies(&it)) => About::Depends,
        (Some(_), _) => About::NoKey,
        (None, Some(not)) if not.iter().any(fits) => About::NoKey,
        (None, Some(not)) if not.iter().any(|it| varies(&it)) => About::Depends,
        // A policy of a key may leave its resource out: it is the key.
        (None, Some(_) | None) => About::Key,
    }
}

fn whom(principal: Option<&Value>) -> Option<Vec<Whom>> {
    let map = match principal {
        None => return Some(Vec::new()),
        Some(Value::String(text)) if text == "*" => return Some(vec![Whom::Anyone]),
        Some(Value::Object(map)) => map,
        Some(_) => return None,
    };
    let mut all = Vec::new();
    for (kind, names) in map {
        for name in texts(names)? {
            all.push(match (kind.as_str(), name.as_str()) {
                ("AWS", "*") => Whom::Anyone,
                ("AWS", account) if is_account(account) => {
                    Whom::Aws(format!("arn:aws:iam::{account}:root"))
                }
                ("AWS", _) => Whom::Aws(name),
                (_, _) => Whom::Other(kind.clone(), name),
            });
        }
    }
    Some(all)
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit())
}

/// `StringEquals kms:ViaService [s3.eu-west-1.amazonaws.com]`, one for each.
fn conditions(condition: Option<&Value>) -> Vec<String> {
    let Some(condition) = condition else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let values = texts(values).map_or_else(|| values.to_string(), |it| it.join(", "));
            all.push(format!("{operator} {key} [{values}]"));
        }
    }
    if all.is_empty() && condition.as_object().is_none_or(|map| !map.is_empty()) {
        all.push(format!("a condition that is not understood: {condition}"));
    }
    all
}

/// One text, or a list of them; numbers and truth values as they are written.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            one(value).map(|text| vec![text])
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
