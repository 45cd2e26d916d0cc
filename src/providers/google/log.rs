//! Entries of Google Cloud's audit logs about Cloud KMS.
//!
//! Source: Cloud KMS documentation, "Cloud Key Management Service audit logging"; Cloud Logging, "Understand
//! audit logs", `AuditLog`, `LogEntry` and "Audit logs for long-running operations". Read 2026-11.

use serde_json::Value;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::providers::google::log::operations::ACTIONS;
use crate::providers::google::log::operations::ASKED;
use crate::providers::google::log::operations::CODES;
use crate::providers::log::Reader;
use crate::providers::log::fields::action;
use crate::providers::log::fields::at;
use crate::providers::log::fields::event;
use crate::providers::log::fields::first;
use crate::providers::log::fields::list;
use crate::providers::log::fields::moment;
use crate::providers::log::fields::say;
use crate::providers::log::fields::text;

mod operations;

/// Reads audit logs, Admin Activity and Data Access alike.
#[derive(Debug)]
pub(super) struct AuditLog;

impl Reader for AuditLog {
    const ABOUT_KEYS: &'static [&'static str] = &[SERVICE];
    const BEFORE_TIME: &'static [&'static str] = &["\"timestamp\""];

    fn entry(&mut self, entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String> {
        let payload = PAYLOADS.iter().find_map(|name| at(entry, &[name]));
        let Some(payload) = payload else {
            // What a program wrote is no audit log, and an audit log without its payload is no entry.
            return match at(entry, &["textPayload"]) {
                Some(_) => Ok(Vec::new()),
                None => Err("it has no `protoPayload`".to_owned()),
            };
        };
        match text(payload, &["serviceName"]).as_deref() {
            Some(SERVICE) => {}
            None if at(entry, &["jsonPayload"]).is_none() => {
                return Err("it has no `serviceName`".to_owned());
            }
            Some(_) | None => return Ok(Vec::new()),
        }
        read(entry, payload, sha256).map(|found| found.into_iter().collect())
    }
}

const SERVICE: &str = "cloudkms.googleapis.com";

/// Where the audit log stands in an entry: as Logging prints it, and as sinks name it.
const PAYLOADS: [&str; 3] = ["protoPayload", "protopayload_auditlog", "jsonPayload"];

fn read(entry: &Value, payload: &Value, sha256: Digest) -> Result<Option<LogEvent>, String> {
    let method = text(payload, &["methodName"]).ok_or("it has no `methodName`")?;
    let when = moment(entry, &["timestamp"])?;
    let name = method.rsplit('.').next().unwrap_or(&method).to_owned();
    let what = meaning(&name, payload);
    let mut found = event("google-kms", name, what, when, sha256);
    found.outcome = outcome(payload);
    let pair = match (flag(entry, "first"), flag(entry, "last")) {
        // The end of a long operation says only what came of it: that it went well was told at its start.
        (false, true) if found.outcome == LogOutcome::Done => return Ok(None),
        (true, false) => text(entry, &["operation", "id"]),
        (true | false, _) => None,
    };
    say(&mut found, "operation", pair);
    named(payload, &mut found);
    found.principal = first(
        payload,
        &[
            &["authenticationInfo", "principalEmail"],
            &["authenticationInfo", "principalSubject"],
        ],
    );
    let behind: Vec<String> = list(
        payload,
        &["authenticationInfo", "serviceAccountDelegationInfo"],
    )
    .iter()
    .filter_map(|who| {
        first(
            who,
            &[
                &["firstPartyPrincipal", "principalEmail"],
                &["principalSubject"],
            ],
        )
    })
    .collect();
    say(
        &mut found,
        "through",
        (!behind.is_empty()).then(|| behind.join(" ")),
    );
    found.by_service = text(entry, &["logName"]).is_some_and(|log| log.contains("system_event"));
    found.source_ip = text(payload, &["requestMetadata", "callerIp"]);
    found.event_id = text(entry, &["insertId"]);
    found.account = first(entry, &[&["resource", "labels", "project_id"]]).or_else(|| {
        let whole = text(payload, &["resourceName"])?;
        part(&whole, "projects").map(str::to_owned)
    });
    found.region = text(entry, &["resource", "labels", "location"]);
    says(payload, &mut found);
    Ok(Some(found))
}

fn flag(entry: &Value, name: &str) -> bool {
    text(entry, &["operation", name]).as_deref() == Some("true")
}

/// What a call does where its name alone does not tell.
fn meaning(name: &str, payload: &Value) -> Action {
    let state = text(payload, &["request", "cryptoKeyVersion", "state"]);
    match (name, state.as_deref()) {
        ("UpdateCryptoKeyVersion", Some("ENABLED" | "1")) => return Action::Enable,
        ("UpdateCryptoKeyVersion", Some("DISABLED" | "2")) => return Action::Disable,
        _ => {}
    }
    let mask = mask(payload).unwrap_or_default();
    let rotation = [
        "rotationPeriod",
        "nextRotationTime",
        "rotation_period",
        "next_rotation_time",
    ];
    if name == "UpdateCryptoKey" && rotation.iter().any(|word| mask.contains(word)) {
        return Action::SetRotation;
    }
    action(ACTIONS, name).unwrap_or({
        if ["Get", "List", "Show", "Verify"]
            .iter()
            .any(|read| name.starts_with(read))
        {
            Action::Read
        } else {
            Action::Other
        }
    })
}

/// Which parts an update is about, a text or a list.
fn mask(payload: &Value) -> Option<String> {
    text(payload, &["request", "updateMask"]).or_else(|| {
        let paths = list(payload, &["request", "updateMask", "paths"]);
        let paths: Vec<String> = paths.iter().filter_map(|path| text(path, &[])).collect();
        (!paths.is_empty()).then(|| paths.join(","))
    })
}

/// An empty status is success, unless no permission was granted: that is left out or false.
///
/// A call that was granted one permission and not another went on if its status says so; taken for
/// refused, a change would pass for an attempt.
fn outcome(payload: &Value) -> LogOutcome {
    // BigQuery writes whole numbers as texts.
    let code = text(payload, &["status", "code"]).filter(|code| code != "0");
    if let Some(code) = code {
        let name = code.parse().ok().and_then(|code: usize| CODES.get(code));
        return LogOutcome::Failed(name.map_or(code, |name| (*name).to_owned()));
    }
    let asked = list(payload, &["authorizationInfo"]);
    let granted = |asked: &Value| text(asked, &["granted"]).as_deref() == Some("true");
    match asked.first() {
        Some(first) if !asked.iter().any(granted) => {
            let what = text(first, &["permission"]).unwrap_or_else(|| "a permission".to_owned());
            LogOutcome::Failed(format!("{what} was not granted"))
        }
        Some(_) | None => LogOutcome::Done,
    }
}

/// Key and version, from whatever names them: an import names the key, and its answer the version.
fn named(payload: &Value, found: &mut LogEvent) {
    let names: Vec<String> = [
        &["response", "name"][..],
        &["resourceName"],
        &["request", "cryptoKeyVersion"],
        &["request", "cryptoKeyVersion", "name"],
        &["request", "cryptoKey", "name"],
        &["request", "name"],
        &["request", "resource"],
        &["request", "parent"],
    ]
    .iter()
    .filter_map(|path| text(payload, path))
    .map(|name| {
        // SetIamPolicy and newer entries have the service before it.
        let name = name
            .strip_prefix("//cloudkms.googleapis.com/")
            .unwrap_or(&name);
        name.to_owned()
    })
    .collect();
    found.key = names.iter().find_map(|name| key(name)).or_else(|| {
        // A key that is made is named by its ring and its id.
        let ring = text(payload, &["request", "parent"])?;
        let id = text(payload, &["request", "cryptoKeyId"])?;
        Some(format!("{ring}/cryptoKeys/{id}"))
    });
    found.version = names
        .iter()
        .find_map(|name| part(name, "cryptoKeyVersions"))
        .map(str::to_owned)
        .or_else(|| text(payload, &["request", "cryptoKeyVersionId"]));
}

/// The name of the key within a longer one.
fn key(name: &str) -> Option<String> {
    let (ring, rest) = name.split_once("/cryptoKeys/")?;
    let id = rest.split('/').next()?;
    Some(format!("{ring}/cryptoKeys/{id}"))
}

/// What stands behind `kind` in a name.
fn part<'a>(name: &'a str, kind: &str) -> Option<&'a str> {
    let mut parts = name.split('/');
    parts.find(|part| *part == kind)?;
    parts.next()
}

fn says(payload: &Value, found: &mut LogEvent) {
    let none = Value::Null;
    let asked = at(payload, &["request"]).unwrap_or(&none);
    for (name, path) in ASKED {
        say(found, name, text(asked, path));
    }
    say(found, "update-mask", mask(payload));
    if found.name == "CreateImportJob" {
        let job = first(payload, &[&["response", "name"], &["resourceName"]]);
        say(
            found,
            "import-job",
            job.filter(|job| job.contains("/importJobs/")),
        );
    }
    // An import is accepted first, and done later: the state tells which it was.
    say(
        found,
        "state",
        first(
            payload,
            &[
                &["response", "state"],
                &["request", "cryptoKeyVersion", "state"],
            ],
        ),
    );
    for (name, path) in [
        ("destroy-time", &["response", "destroyTime"][..]),
        ("protection-level", &["response", "protectionLevel"]),
        ("error", &["status", "message"]),
        (
            "rotation-period",
            &["request", "cryptoKey", "rotationPeriod"],
        ),
    ] {
        say(found, name, text(payload, path));
    }
    found.ceremony = first(
        asked,
        &[
            &["cryptoKey", "labels", "ceremony"],
            &["cryptoKey", "labels", "keyrite-ceremony"],
        ],
    );
    let (mut given, mut taken) = (Vec::new(), Vec::new());
    for path in [
        &["serviceData", "policyDelta", "bindingDeltas"][..],
        &["metadata", "policyDelta", "bindingDeltas"],
    ] {
        for delta in list(payload, path) {
            let (Some(role), Some(member)) = (text(delta, &["role"]), text(delta, &["member"]))
            else {
                continue;
            };
            if text(delta, &["action"]).as_deref() == Some("REMOVE") {
                taken.push(format!("{role} {member}"));
            } else {
                given.push(format!("{role} {member}"));
            }
        }
    }
    for (name, mut all) in [("given", given), ("taken", taken)] {
        all.sort();
        say(found, name, (!all.is_empty()).then(|| all.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::log::all_of;

    const ENTRIES: &[u8] = include_bytes!("../../../tests/data/logs/google/entries.json");

    fn entries() -> Vec<LogEvent> {
        let (events, damages, tally) = all_of(&mut AuditLog, ENTRIES);
        assert_eq!(damages, []);
        assert_eq!((tally.entries, tally.events), (19, 17));
        assert_eq!(tally.last.unwrap().date(), "2027-02-01");
        events
    }

    const KEY: &str = "projects/acme-pay/locations/europe-west3/keyRings/pay/cryptoKeys/payments";

    #[test]
    fn every_method_is_told_for_what_it_does() {
        let told: Vec<String> = entries()
            .iter()
            .map(|event| {
                let failed = match &event.outcome {
                    LogOutcome::Done => String::new(),
                    LogOutcome::Failed(why) => format!(" failed {why}"),
                };
                let version = event.version.as_deref().unwrap_or("-");
                let key = if event.key.as_deref() == Some(KEY) {
                    version
                } else {
                    "no key"
                };
                let service = if event.by_service { " service" } else { "" };
                format!("{:?} {key}{failed}{service}", event.action)
            })
            .collect();
        assert_eq!(
            told,
            [
                "Create -",
                "Create no key",
                "FetchParameters no key",
                "Import 1",
                "Import 1 failed FAILED_PRECONDITION",
                "Rotate 1",
                "Disable 1",
                "Enable 1",
                "SetRotation -",
                "SetAccess -",
                "Decrypt -",
                "Decrypt - failed cloudkms.cryptoKeyVersions.useToDecrypt was not granted",
                "ScheduleDeletion 1",
                "CancelDeletion 1",
                "Create no key",
                "Create no key failed INTERNAL",
                "Delete 1 service",
            ]
        );
    }

    #[test]
    fn an_import_that_is_only_accepted_says_so_and_names_its_job() {
        let import = &entries()[3];
        assert_eq!(import.says["state"], "PENDING_IMPORT");
        assert_eq!(
            import.says["import-job"],
            "projects/acme-pay/locations/europe-west3/keyRings/pay/importJobs/payments-2026"
        );
        assert_eq!(import.says["algorithm"], "GOOGLE_SYMMETRIC_ENCRYPTION");
        assert_eq!(import.principal.as_deref(), Some("ana@acme.example"));
        assert_eq!(import.source_ip.as_deref(), Some("198.51.100.9"));
        assert_eq!(import.event_id.as_deref(), Some("ins0004"));
        assert_eq!(import.account.as_deref(), Some("acme-pay"));
        assert_eq!(import.region.as_deref(), Some("europe-west3"));
        assert_eq!(import.at.to_string(), "2026-03-02T11:20:41Z");
        assert_eq!(entries()[1].says["import-job"], import.says["import-job"]);
        assert_eq!(entries()[2].action, Action::FetchParameters);
        assert_eq!(entries()[0].ceremony.as_deref(), Some("payments-2026"));
    }

    #[test]
    fn a_method_is_the_same_by_its_short_and_its_whole_name() {
        let all = entries();
        assert_eq!(all[3].name, all[4].name);
        assert_eq!(
            all[4].says["into-version"],
            format!("{KEY}/cryptoKeyVersions/1")
        );
        assert_eq!(all[4].says["error"], "not pending");
    }

    #[test]
    fn a_policy_change_tells_who_was_given_what_and_a_delegation_who_is_behind_it() {
        let all = entries();
        assert_eq!(
            all[9].says["given"],
            "roles/cloudkms.admin user:eve@acme.example"
        );
        assert_eq!(
            all[9].says["taken"],
            "roles/cloudkms.admin user:ana@acme.example"
        );
        assert_eq!(all[10].says["through"], "ben@acme.example");
        assert_eq!(
            all[8].says["update-mask"],
            "rotation_period,next_rotation_time"
        );
        assert_eq!(all[8].says["rotation-period"], "7776000s");
        assert_eq!(all[12].says["destroy-time"], "2027-01-27T09:10:00Z");
    }

    #[test]
    fn a_long_operation_is_one_event_unless_it_failed_later() {
        let all = entries();
        let handles: Vec<&LogEvent> = all
            .iter()
            .filter(|event| event.name == "CreateKeyHandle")
            .collect();
        assert_eq!(handles.len(), 2);
        assert_eq!(handles[0].says["operation"], "op1");
        assert_eq!(
            handles[1].outcome,
            LogOutcome::Failed("INTERNAL".to_owned())
        );
    }

    #[test]
    fn lines_tell_the_same_as_the_array() {
        let lines = include_bytes!("../../../tests/data/logs/google/entries.jsonl");
        let (events, damages, _) = all_of(&mut AuditLog, lines);
        assert_eq!(damages, []);
        for (line, entry) in events.iter().zip(&entries()[3..5]) {
            let bytes = LogEvent {
                sha256: entry.sha256,
                ..line.clone()
            };
            assert_eq!(&bytes, entry);
            assert_ne!(line.sha256, entry.sha256);
        }
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn an_entry_without_its_method_or_time_is_told_and_one_of_another_service_is_not() {
        for (entry, why) in [
            (
                r#"{"protoPayload":{"serviceName":"cloudkms.googleapis.com"}}"#,
                "it has no `methodName`",
            ),
            (
                r#"{"protoPayload":{"serviceName":"cloudkms.googleapis.com","methodName":"Decrypt"}}"#,
                "it has no `timestamp`",
            ),
            (
                r#"{"protoPayload":{"resourceName":"cloudkms.googleapis.com"}}"#,
                "it has no `serviceName`",
            ),
            (
                r#"{"timestamp":"2026-03-02T11:20:41Z","protoPayload.serviceName":"cloudkms.googleapis.com"}"#,
                "it has no `protoPayload`",
            ),
        ] {
            assert_eq!(
                all_of(&mut AuditLog, entry.as_bytes()).1[0].why.to_string(),
                why
            );
        }
        for entry in [
            r#"{"textPayload":"cloudkms.googleapis.com"}"#,
            r#"{"jsonPayload":{"calls":"cloudkms.googleapis.com"}}"#,
            r#"{"protoPayload":{"serviceName":"x","request":"cloudkms.googleapis.com"}}"#,
        ] {
            let tally = all_of(&mut AuditLog, entry.as_bytes()).2;
            assert_eq!((tally.entries, tally.events, tally.damaged), (1, 0, 0));
        }
    }

    /// What came of an import with this status and these permissions.
    fn outcome_of(status: &str, permissions: &str) -> LogOutcome {
        let entry = format!(
            r#"{{"timestamp":"2026-03-02T11:20:41Z","protoPayload":{{"serviceName":"cloudkms.googleapis.com",
            "methodName":"ImportCryptoKeyVersion","status":{status},"authorizationInfo":{permissions}}}}}"#
        );
        let (mut events, damages, _) = all_of(&mut AuditLog, entry.as_bytes());
        assert_eq!(damages, []);
        events.remove(0).outcome
    }

    #[test]
    fn a_code_is_the_same_as_a_number_and_as_a_text() {
        for status in [r#"{"code":7}"#, r#"{"code":"7"}"#] {
            assert_eq!(
                outcome_of(status, r#"[{"permission":"p","granted":true}]"#),
                LogOutcome::Failed("PERMISSION_DENIED".to_owned())
            );
        }
        assert_eq!(outcome_of(r#"{"code":"0"}"#, "[]"), LogOutcome::Done);
        assert_eq!(
            outcome_of(r#"{"code":99}"#, "[]"),
            LogOutcome::Failed("99".to_owned())
        );
    }

    #[test]
    fn a_call_that_was_granted_something_and_did_not_fail_is_no_mere_attempt() {
        let both = r#"[{"permission":"a","granted":true},{"permission":"b","granted":false}]"#;
        assert_eq!(outcome_of("{}", both), LogOutcome::Done);
        let none = r#"[{"permission":"a"},{"permission":"b","granted":false}]"#;
        assert_eq!(
            outcome_of("{}", none),
            LogOutcome::Failed("a was not granted".to_owned())
        );
    }
}
