//! Facts in which a log and a record that tell of the same differ.

use crate::domain::log_event::LogEvent;
use crate::domain::record::Moment;
use crate::domain::record::Strength;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::known::same;
use crate::register::reconcile::matching::is_same_key;
use crate::register::reconcile::matching::within;

const DAY: i64 = 86_400;

/// A fact that is not the same.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Differs {
    pub(super) field: &'static str,
    pub(super) log: String,
    pub(super) record: String,
}

/// Every fact that differs; `by` is what ties the two together.
pub(super) fn differences(
    claim: &Claim,
    event: &LogEvent,
    by: Strength,
    skew: i64,
) -> Vec<Differs> {
    let mut all = Vec::new();
    let mut differs = |field, log: String, record: String| {
        all.push(Differs { field, log, record });
    };
    if by != Strength::Window {
        if !is_same_key(claim, event) {
            let of = |key: &Option<String>| key.clone().unwrap_or_else(|| "no key".to_owned());
            differs("key", of(&event.key), of(&claim.key_id));
        }
        if !within(claim, event.at, skew) {
            let time = format!("{} to {}", claim.from, claim.until);
            differs("time", event.at.to_string(), time);
        }
    }
    if claim.act == Act::Import {
        import(claim, event, skew, &mut differs);
    }
    if let (Act::ScheduleDeletion, Some(ends), Some(told)) = (claim.act, claim.ends, ends(event))
        && told.seconds_since(ends).abs() > DAY
    {
        differs("end of the window", told.to_string(), ends.to_string());
    }
    all
}

fn import(
    claim: &Claim,
    event: &LogEvent,
    skew: i64,
    differs: &mut impl FnMut(&'static str, String, String),
) {
    let Some(import) = &claim.import else { return };
    let says = |name: &str| event.says.get(name).map(String::as_str);
    let told = says("valid-to").and_then(moment);
    let never = says("expiration-model").is_some_and(|model| model.contains("NOT_EXPIRE"));
    let words = |at: Option<Moment>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let other = match (import.valid_to, told) {
        (Some(wanted), Some(told)) => told.seconds_since(wanted).abs() > skew,
        (Some(_), None) => never,
        (None, Some(_)) => true,
        (None, None) => false,
    };
    if other {
        differs("valid-to", words(told), words(import.valid_to));
    }
    if let (Some(wanted), Some(told)) = (&import.import_type, says("import-type")) {
        let told = told.to_ascii_lowercase();
        if !told.starts_with(wanted.as_str()) {
            differs("import-type", told, wanted.clone());
        }
    }
    if let (Some(wanted), Some(told)) = (&import.wrapping_key_id, says("import-job"))
        && !same(wanted, told)
    {
        differs("import-job", told.to_owned(), wanted.clone());
    }
    for (name, value) in EXPORTS {
        if says(name) == Some(value) {
            differs(name, value.to_owned(), "false".to_owned());
        }
    }
}

/// What no import of a ceremony asks for: that the provider gives the key out again.
const EXPORTS: [(&str, &str); 2] = [("exportable", "true"), ("allow-plaintext-backup", "true")];

fn ends(event: &LogEvent) -> Option<Moment> {
    let days = event.says.get("pending-window-days");
    if let Some(days) = days.and_then(|days| days.parse::<i64>().ok()) {
        return Some(event.at.plus_seconds(days.saturating_mul(DAY)));
    }
    let told = event.says.get("deletion-date");
    let told = told.or_else(|| event.says.get("destroy-time"));
    told.and_then(|date| moment(date))
}

fn moment(text: &str) -> Option<Moment> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Moment::new(at))
}
