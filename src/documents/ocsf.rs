//! Events for a SIEM, after the Open Cybersecurity Schema Framework: one JSON object a line.
//!
//! An entry becomes one event: what is done with a key is Entity Management, everything else in the
//! room API Activity, a deviation or a failed check a Compliance Finding, and what a provider's log tells and
//! records do not a Detection Finding. The entry itself goes along
//! in `unmapped`, so that nothing is lost. An id is made from the digest of the entry's line: the same
//! record always gives the same events, and nothing is counted twice.
//!
//! Source: ocsf-schema 1.6.0 (github.com/ocsf/ocsf-schema: events/iam/entity_management.json,
//! events/application/api_activity.json, events/findings/compliance_finding.json), read 2026-11-22.

mod detection;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::documents::document::harmless;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Moment;
use crate::error::Exit;
use crate::record::chain;
use crate::record::verify::Dossier;
use crate::record::verify::Verdict;

/// Version of the schema.
pub const VERSION: &str = "1.6.0";

/// Where an export goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Since {
    /// Behind so many lines of each record.
    Line(u64),
    /// At a moment, which is included.
    Moment(Moment),
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(line) = text.parse() {
            return Ok(Self::Line(line));
        }
        text.parse()
            .map(|moment| Self::Moment(Moment::new(moment)))
            .map_err(|_| {
                "expected a number of lines, or a moment such as 2026-11-22T14:05:00Z".to_owned()
            })
    }
}

/// A class of events: number, name, category.
struct Class {
    uid: u32,
    name: &'static str,
    category_uid: u32,
    category_name: &'static str,
}

const ENTITY: Class = Class {
    uid: 3004,
    name: "Entity Management",
    category_uid: 3,
    category_name: "Identity & Access Management",
};
const API: Class = Class {
    uid: 6003,
    name: "API Activity",
    category_uid: 6,
    category_name: "Application Activity",
};
const FINDING: Class = Class {
    uid: 2003,
    name: "Compliance Finding",
    category_uid: 2,
    category_name: "Findings",
};

/// The activity that has no number of its own.
const OTHER: u32 = 99;

/// What is done with a key, or a share of it: entry, activity and its name. `Other` has number 99,
/// and a name of ours.
const OF_KEYS: &[(&str, u32, &str)] = &[
    ("generate", 1, "Create"),
    ("batch-key", 1, "Create"),
    ("handed", 1, "Create"),
    ("restore-test", 2, "Read"),
    ("drill", 2, "Read"),
    ("split", 3, "Update"),
    ("reshare", 3, "Update"),
    ("retire", 3, "Update"),
    ("take-out", 3, "Update"),
    ("inspect", 2, "Read"),
    ("hand-over", 3, "Update"),
    ("put-away", 3, "Update"),
    ("receipt", 2, "Read"),
    ("lock", 3, "Update"),
    ("destroy", 4, "Delete"),
    ("lost", 4, "Delete"),
    ("identify", 2, "Read"),
    ("close", 4, "Delete"),
    ("request-destroy", OTHER, "Request Destruction"),
    ("cancel-destroy", OTHER, "Cancel Destruction"),
    ("wrap", OTHER, "Wrap"),
    ("restore", OTHER, "Restore"),
    ("recovered", OTHER, "Restore"),
    ("availability", OTHER, "Exercise"),
];

/// Moves of a key to another state: from, to, activity and its name; the first that fits.
const OF_MOVES: &[(&str, &str, u32, &str)] = &[
    ("suspended", "active", 13, "Resume"),
    ("", "active", 10, "Activate"),
    ("", "suspended", 12, "Suspend"),
    ("", "deactivated", 11, "Deactivate"),
    ("", "destroyed", 4, "Delete"),
    ("", "", OTHER, "Compromise"),
];

/// Everything else that is more than `Other`.
const IN_THE_ROOM: &[(&str, u32, &str)] = &[
    ("open", 1, "Create"),
    ("approve", 1, "Create"),
    ("batch", 1, "Create"),
    ("environment", 2, "Read"),
    ("compare", 2, "Read"),
    ("sealed", 3, "Update"),
    ("resumed", 3, "Update"),
];

/// Every event of a ceremony. Of a record that does not hold, what is wrong with it and nothing that
/// it says.
pub fn events(dossier: &Dossier, verdict: &Verdict, since: Option<Since>) -> Vec<Value> {
    let mut events = Vec::new();
    let entries = chain::parse(&dossier.record, &dossier.script).unwrap_or_default();
    let told = if verdict.problems.is_empty() {
        &entries[..]
    } else {
        &[]
    };
    let from = Source::new(verdict, &entries);
    for (line, entry) in (1..).zip(told) {
        let wanted = match since {
            None => true,
            Some(Since::Line(last)) => line > last,
            Some(Since::Moment(moment)) => entry.at >= moment,
        };
        if wanted {
            events.push(from.activity(line, entry));
            events.extend(from.deviations(line, entry));
            events.extend(from.detections(line, entry));
        }
    }
    for problem in &verdict.problems {
        events.push(from.problem(problem.place, &problem.what, problem.hint.as_deref()));
    }
    events.push(from.result(dossier));
    events
}

/// What all events of a ceremony have in common.
struct Source<'a> {
    verdict: &'a Verdict,
    /// Digest of the first line: it tells this ceremony from others of the same script.
    chain: Digest,
}

/// What tells one event from others.
struct About<'a> {
    class: &'a Class,
    activity: (u32, &'a str),
    severity: (u32, &'static str),
    uid: String,
    line: Option<u64>,
    at: Moment,
    message: String,
}

const INFORMATIONAL: (u32, &str) = (1, "Informational");
const MEDIUM: (u32, &str) = (3, "Medium");
const CRITICAL: (u32, &str) = (5, "Critical");

impl<'a> Source<'a> {
    fn new(verdict: &'a Verdict, entries: &[Entry]) -> Self {
        let chain = entries
            .first()
            .map_or(verdict.record_sha256, |first| Digest::of(&first.line()));
        Self { verdict, chain }
    }

    fn base(&self, about: About<'_>) -> Map<String, Value> {
        let About {
            class,
            activity,
            severity,
            uid,
            line,
            at,
            message,
        } = about;
        let event = json!({
            "activity_id": activity.0,
            "activity_name": activity.1,
            "category_uid": class.category_uid,
            "category_name": class.category_name,
            "class_uid": class.uid,
            "class_name": class.name,
            "type_uid": class.uid * 100 + activity.0,
            "type_name": format!("{}: {}", class.name, if activity.0 == OTHER { "Other" } else { activity.1 }),
            "severity_id": severity.0,
            "severity": severity.1,
            "time": at.timestamp().as_millisecond(),
            "message": harmless(&message),
            "metadata": {
                "version": VERSION,
                "uid": uid,
                "correlation_uid": self.chain,
                "log_name": self.verdict.ceremony,
                "labels": self.verdict.mode.map(|mode| vec![mode.to_string()]).unwrap_or_default(),
                "original_time": at,
                "product": {
                    "name": "keyrite",
                    "vendor_name": "keyrite",
                    "version": env!("CARGO_PKG_VERSION"),
                },
            },
        });
        let mut event = match event {
            Value::Object(event) => event,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Map::new(),
        };
        if let (Some(line), Some(Value::Object(metadata))) = (line, event.get_mut("metadata")) {
            metadata.insert("sequence".to_owned(), json!(line));
        }
        event
    }

    fn activity(&self, line: u64, entry: &Entry) -> Value {
        let told = serde_json::to_value(&entry.event).unwrap_or_default();
        let (name, body) = named(&told);
        let says = body.get("says").and_then(Value::as_str);
        let did = body.get("did").map(named);
        let (name, body) = did.unwrap_or((name, body));
        let moved = OF_MOVES.iter().find(|(from, to, ..)| {
            let is = |field: &str, state: &str| {
                state.is_empty() || body.get(field).and_then(Value::as_str) == Some(state)
            };
            name == "move" && is("from", from) && is("to", to)
        });
        let of_key = OF_KEYS.iter().find(|(known, ..)| *known == name);
        let in_room = IN_THE_ROOM.iter().find(|(known, ..)| *known == name);
        let of_key = moved
            .map(|it| (it.2, it.3))
            .or(of_key.map(|it| (it.1, it.2)));
        let (class, activity) = match (of_key, in_room) {
            (Some(activity), _) => (&ENTITY, activity),
            (None, Some((_, number, word))) => (&API, (*number, *word)),
            (None, None) => (&API, (OTHER, name)),
        };
        let message = says.map_or_else(|| format!("{}: {name}", self.verdict.title), str::to_owned);
        let mut event = self.base(About {
            class,
            activity,
            severity: INFORMATIONAL,
            uid: Digest::of(&entry.line()).to_string(),
            line: Some(line),
            at: entry.at,
            message,
        });
        let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
        put("status_id", json!(1));
        put("status", json!("Success"));
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let who = ["by", "custodian", "decided-by", "seen-by"];
        let person = who.into_iter().find_map(text);
        let actor = person.map_or_else(
            || json!({"app_name": "keyrite"}),
            |id| json!({"app_name": "keyrite", "user": {"name": id, "uid": id}}),
        );
        put("actor", actor);
        if class.uid == ENTITY.uid {
            let key = text("key").unwrap_or_default();
            let (kind, label) = if let Some(item) = text("item") {
                ("Custody Item", item.to_owned())
            } else if name == "handed" {
                let index = body
                    .get("index")
                    .and_then(Value::as_u64)
                    .unwrap_or_default();
                ("Key Share", format!("{key} share {index}"))
            } else {
                ("Cryptographic Key", key.to_owned())
            };
            put(
                "entity",
                json!({
                    "name": label,
                    "uid": format!("{}/{label}", self.verdict.ceremony),
                    "type_id": 99,
                    "type": kind,
                }),
            );
            if let Some(why) = text("why").or_else(|| text("because")) {
                put("comment", json!(harmless(why)));
            }
        } else {
            put(
                "api",
                json!({"operation": name, "service": {"name": "key ceremony"}}),
            );
            put("src_endpoint", json!({"name": "ceremony machine"}));
        }
        put("unmapped", json!({"entry": entry}));
        Value::Object(event)
    }

    /// What an entry tells that went otherwise than written.
    fn deviations(&self, line: u64, entry: &Entry) -> Vec<Value> {
        let mut told = Vec::new();
        if let Event::Exception(exception) = &entry.event {
            let what = format!("exception at step {}", exception.step);
            told.push((
                what,
                format!(
                    "expected: {}; happened: {}; decided: {}",
                    exception.expected, exception.happened, exception.decided
                ),
            ));
        } else if let Event::Step(step) = &entry.event {
            if let Did::Environment { checks } = &step.did {
                for check in checks.iter().filter(|check| !check.holds) {
                    let what = format!("{} was not as wanted", check.name);
                    told.push((
                        what,
                        format!("wanted: {}; found: {}", check.wanted, check.found),
                    ));
                }
            } else if let Did::Statement { answers, .. } = &step.did {
                for answer in answers.iter().filter(|answer| !answer.agrees) {
                    let what = format!("{} did not agree", answer.person);
                    told.push((what, answer.words.clone().unwrap_or_default()));
                }
            } else if let Did::Exception {
                told: Some(exception),
                ..
            } = &step.did
            {
                let what = format!("exception told at step {}", step.number);
                told.push((
                    what,
                    format!(
                        "expected: {}; happened: {}; decided: {}",
                        exception.expected, exception.happened, exception.decided
                    ),
                ));
            }
        }
        let digest = Digest::of(&entry.line());
        (1..)
            .zip(told)
            .map(|(number, (title, desc)): (u32, (String, String))| {
                self.finding(&Finding {
                    uid: format!("{digest}/{number}"),
                    line: Some(line),
                    at: entry.at,
                    title,
                    desc,
                    control: "the script is followed as it is written",
                    severity: MEDIUM,
                    status: (2, "Warning"),
                })
            })
            .collect()
    }

    fn problem(&self, line: Option<u64>, what: &str, hint: Option<&str>) -> Value {
        let about = format!("{} {what}", self.verdict.record_sha256);
        self.finding(&Finding {
            uid: Digest::of(about.as_bytes()).to_string(),
            line,
            at: self.last(),
            title: what.to_owned(),
            desc: hint.unwrap_or_default().to_owned(),
            control: "the record is as it was sealed",
            severity: CRITICAL,
            status: (3, "Fail"),
        })
    }

    /// What came of verifying: always told, since signatures come after the last line.
    fn result(&self, dossier: &Dossier) -> Value {
        let (severity, status, title) = match self.verdict.exit() {
            Exit::Done => (INFORMATIONAL, (1, "Pass"), "the record holds"),
            Exit::Operator => (
                MEDIUM,
                (2, "Warning"),
                "the record holds, and not everybody has agreed to it",
            ),
            Exit::Integrity
            | Exit::Usage
            | Exit::Script
            | Exit::Halted
            | Exit::Device
            | Exit::Internal => (CRITICAL, (3, "Fail"), "the record does not hold"),
        };
        let signers: Vec<&str> = dossier.signatures.keys().map(String::as_str).collect();
        let about = format!(
            "{} {title} {}",
            self.verdict.record_sha256,
            signers.join(" ")
        );
        self.finding(&Finding {
            uid: Digest::of(about.as_bytes()).to_string(),
            line: None,
            at: self.last(),
            title: title.to_owned(),
            desc: format!(
                "record.jsonl has the SHA-256 {}",
                self.verdict.record_sha256
            ),
            control: "the record is sealed, whole and signed",
            severity,
            status,
        })
    }

    fn finding(&self, finding: &Finding) -> Value {
        let mut event = self.base(About {
            class: &FINDING,
            activity: (1, "Create"),
            severity: finding.severity,
            uid: finding.uid.clone(),
            line: finding.line,
            at: finding.at,
            message: format!("{}: {}", self.verdict.ceremony, finding.title),
        });
        let parts = json!({
            "finding_info": {
                "uid": finding.uid,
                "title": harmless(&finding.title),
                "desc": harmless(&finding.desc),
                "types": ["Key Ceremony"],
            },
            "compliance": {
                "control": finding.control,
                "standards": ["keyrite"],
                "status_id": finding.status.0,
                "status": finding.status.1,
            },
            "resources": [{"name": self.verdict.ceremony, "uid": self.chain, "type": "Key Ceremony"}],
        });
        if let Value::Object(parts) = parts {
            event.extend(parts);
        }
        Value::Object(event)
    }

    /// The last moment that the record tells, or the beginning of time.
    fn last(&self) -> Moment {
        self.verdict
            .ended
            .or(self.verdict.began)
            .unwrap_or(Moment::new(jiff::Timestamp::UNIX_EPOCH))
    }
}

/// A finding before it is an event.
struct Finding {
    uid: String,
    line: Option<u64>,
    at: Moment,
    title: String,
    desc: String,
    control: &'static str,
    severity: (u32, &'static str),
    status: (u32, &'static str),
}

/// A map with one name.
fn named(value: &Value) -> (&str, &Value) {
    value
        .as_object()
        .and_then(|map| map.iter().next())
        .map_or(("", value), |(name, value)| (name, value))
}
