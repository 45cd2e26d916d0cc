//! What a provider's log tells and the records do not, as a Detection Finding, which an explanation closes.
//!
//! Source: ocsf-schema 1.6.0 (github.com/ocsf/ocsf-schema: events/findings/detection_finding.json), read 2026-11-22.

use serde_json::Value;
use serde_json::json;

use crate::documents::document::harmless;
use crate::documents::ocsf::About;
use crate::documents::ocsf::CRITICAL;
use crate::documents::ocsf::Class;
use crate::documents::ocsf::INFORMATIONAL;
use crate::documents::ocsf::MEDIUM;
use crate::documents::ocsf::OTHER;
use crate::documents::ocsf::Source;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Explained;
use crate::domain::record::LogFinding;
use crate::domain::record::LogFindingKind;
use crate::domain::record::LogFindings;

const DETECTION: Class = Class {
    uid: 2004,
    name: "Detection Finding",
    category_uid: 2,
    category_name: "Findings",
};

const HIGH: (u32, &str) = (4, "High");

impl Source<'_> {
    /// What an entry tells of findings in logs.
    pub(super) fn detections(&self, line: u64, entry: &Entry) -> Vec<Value> {
        let Event::Step(step) = &entry.event else {
            return Vec::new();
        };
        if let Did::Reconcile(reconciled) = &step.did {
            let says = &reconciled.says;
            (1..)
                .zip(&says.findings)
                .map(|(number, finding)| self.found(line, entry, number, says, finding))
                .collect()
        } else if let Did::Explain(explained) = &step.did {
            vec![self.explained(line, entry, explained)]
        } else {
            Vec::new()
        }
    }

    fn found(
        &self,
        line: u64,
        entry: &Entry,
        number: u32,
        says: &LogFindings,
        finding: &LogFinding,
    ) -> Value {
        let digest = Digest::of(&entry.line());
        let title = format!("{} in the log of {}", finding.kind.name(), says.provider);
        let mut event = self.base(About {
            class: &DETECTION,
            activity: (1, "Create"),
            severity: severity(finding.kind),
            uid: format!("{digest}/{number}"),
            line: Some(line),
            at: entry.at,
            message: format!("{}: {}", finding.kind.name(), finding.what),
        });
        let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
        let mut info = json!({
            "uid": finding.id,
            "title": title,
            "desc": harmless(&finding.what),
            "types": ["Key Management"],
        });
        if let (Some(at), Some(info)) = (finding.at, info.as_object_mut()) {
            let at = at.timestamp().as_millisecond();
            info.insert("first_seen_time".to_owned(), json!(at));
        }
        put("finding_info", info);
        put("is_alert", json!(finding.kind.contradicts()));
        put("status_id", json!(1));
        put("status", json!("New"));
        put("remediation", json!({"desc": harmless(&finding.next)}));
        if let Some(name) = finding.key.as_ref().or(finding.key_id.as_ref()) {
            let uid = finding.key_id.as_ref().unwrap_or(name);
            let key =
                json!({"name": harmless(name), "uid": harmless(uid), "type": "Cryptographic Key"});
            put("resources", json!([key]));
        }
        if let Some(principal) = &finding.principal {
            let actor = json!({"user": {"name": harmless(principal)}});
            let data = json!({"event": finding.event, "line": finding.line});
            put("evidences", json!([{"actor": actor, "data": data}]));
        }
        Value::Object(event)
    }

    fn explained(&self, line: u64, entry: &Entry, explained: &Explained) -> Value {
        let mut event = self.base(About {
            class: &DETECTION,
            activity: (3, "Close"),
            severity: INFORMATIONAL,
            uid: format!("{}/explained", Digest::of(&entry.line())),
            line: Some(line),
            at: entry.at,
            message: format!("finding {} is explained", explained.finding),
        });
        let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
        let title = format!("explained by {} and {}", explained.by, explained.seen_by);
        put(
            "finding_info",
            json!({"uid": explained.finding, "title": title, "types": ["Key Management"]}),
        );
        // Not every published model of the schema takes 4, `Resolved`; the activity says it by its number.
        put("status_id", json!(OTHER));
        put("status", json!("Resolved"));
        put("comment", json!(harmless(&explained.because)));
        Value::Object(event)
    }
}

/// How much a finding weighs.
const fn severity(kind: LogFindingKind) -> (u32, &'static str) {
    match kind {
        LogFindingKind::Mismatch | LogFindingKind::TwoStories | LogFindingKind::UsedAfter => {
            CRITICAL
        }
        LogFindingKind::Unexplained
        | LogFindingKind::UnknownKey
        | LogFindingKind::Missing
        | LogFindingKind::ByLeaver => HIGH,
        LogFindingKind::Orphan | LogFindingKind::Failed => MEDIUM,
    }
}
