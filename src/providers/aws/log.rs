//! Entries of CloudTrail about AWS KMS.
//!
//! Source: AWS KMS Developer Guide, "Examples of AWS KMS log entries"; CloudTrail User Guide, "CloudTrail
//! record contents" and "AWS service events". Read 2026-11.

use serde_json::Value;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::providers::aws::log::ends::valid_to;
use crate::providers::aws::log::operations::ACTIONS;
use crate::providers::aws::log::operations::ASKED;
use crate::providers::aws::log::operations::DETAILS;
use crate::providers::json::strict;
use crate::providers::log::Reader;
use crate::providers::log::fields::action;
use crate::providers::log::fields::at;
use crate::providers::log::fields::event;
use crate::providers::log::fields::first;
use crate::providers::log::fields::list;
use crate::providers::log::fields::moment;
use crate::providers::log::fields::say;
use crate::providers::log::fields::text;
use crate::providers::log::fields::unpacked;

mod ends;
mod operations;

/// Reads CloudTrail.
#[derive(Debug)]
pub(super) struct CloudTrail;

impl Reader for CloudTrail {
    const ABOUT_KEYS: &'static [&'static str] = &[SOURCE];
    const BEFORE_TIME: &'static [&'static str] = &["eventTime"];
    const COLUMN: Option<&'static str> = Some("eventJson");

    fn entry(&mut self, entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String> {
        for (wrapper, form) in WRAPPERS {
            if at(entry, &[wrapper]).is_some() {
                let inner = unpacked(entry, &[wrapper])
                    .ok_or_else(|| format!("its `{wrapper}` is no entry of CloudTrail ({form})"))?;
                return read(&inner, sha256);
            }
        }
        if let Value::String(text) = entry {
            let inner = strict(text.as_bytes()).map_err(|_| "the text is no entry".to_owned())?;
            return read(&inner, sha256);
        }
        read(entry, sha256)
    }
}

const SOURCE: &str = "kms.amazonaws.com";

/// Members in which tools put the entry itself, as an object or as text, and the tools.
const WRAPPERS: [(&str, &str); 3] = [
    ("CloudTrailEvent", "aws cloudtrail lookup-events"),
    ("eventJson", "a query of CloudTrail Lake"),
    ("detail", "EventBridge"),
];

fn read(entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String> {
    let source = text(entry, &["eventSource"]).ok_or("it has no `eventSource`")?;
    let category = text(entry, &["eventCategory"]);
    // Insights count calls that stand in the log by themselves.
    if source != SOURCE || category.as_deref() == Some("Insight") {
        return Ok(Vec::new());
    }
    let name = text(entry, &["eventName"]).ok_or("it has no `eventName`")?;
    let when = moment(entry, &["eventTime"])?;
    let what = match category.as_deref() {
        // Seen on its way by the owner of a VPC endpoint: what it did stands in an entry of its own.
        Some("NetworkActivity") => Action::Other,
        Some(_) | None => action(ACTIONS, &name).unwrap_or(Action::Other),
    };
    let mut found = event("aws-kms", name.clone(), what, when, sha256);
    if let Some(code) = text(entry, &["errorCode"]) {
        found.outcome = LogOutcome::Failed(code);
    }
    found.region = text(entry, &["awsRegion"]);
    found.account = first(
        entry,
        &[&["recipientAccountId"], &["userIdentity", "accountId"]],
    );
    found.by_service = text(entry, &["eventType"]).as_deref() == Some("AwsServiceEvent");
    found.source_ip = text(entry, &["sourceIPAddress"])
        .filter(|ip| !["AWS Internal", "Amazon Internal"].contains(&ip.as_str()));
    found.request_id = text(entry, &["requestID"]);
    found.event_id = text(entry, &["eventID"]);
    found.material = first(
        entry,
        &[
            &["responseElements", "keyMaterialId"],
            &["serviceEventDetails", "keyMaterialId"],
            &["serviceEventDetails", "currentKeyMaterialId"],
            &["requestParameters", "keyMaterialId"],
            &["additionalEventData", "keyMaterialId"],
        ],
    );
    who(entry, &mut found);
    says(entry, &mut found)?;
    if name == "ReEncrypt" {
        return Ok(both_keys(entry, found));
    }
    found.key = key(entry, &found);
    Ok(vec![found])
}

/// Re-encryption decrypts with one key and encrypts with another.
fn both_keys(entry: &Value, found: LogEvent) -> Vec<LogEvent> {
    let named = |which: &str, found: &LogEvent| {
        text(entry, &["requestParameters", which]).map(|id| whole(&id, found))
    };
    let mut from = found;
    let mut to = from.clone();
    from.action = Action::Decrypt;
    from.key = named("sourceKeyId", &from).or_else(|| key(entry, &from));
    to.action = Action::Encrypt;
    to.key = named("destinationKeyId", &to);
    // One entry, two events: each has an id of its own.
    to.event_id = to.event_id.map(|id| format!("{id}#destination"));
    to.material = first(
        entry,
        &[&["additionalEventData", "destinationKeyMaterialId"]],
    );
    from.material = first(entry, &[&["additionalEventData", "sourceKeyMaterialId"]]);
    vec![from, to]
}

/// The key as an ARN, where the entry has what makes one.
fn key(entry: &Value, found: &LogEvent) -> Option<String> {
    // `resources` is null in older entries, and holds the alias beside the key in others.
    let resource = list(entry, &["resources"])
        .iter()
        .filter_map(|resource| first(resource, &[&["ARN"], &["arn"]]))
        .find(|arn| arn.contains(":key/"));
    let named = || {
        first(
            entry,
            &[
                &["responseElements", "keyMetadata", "arn"],
                &["responseElements", "keyMetadata", "keyId"],
                &["responseElements", "keyId"],
                &["serviceEventDetails", "keyId"],
                &["requestParameters", "keyId"],
                &["requestParameters", "targetKeyId"],
            ],
        )
    };
    resource
        .or_else(named)
        .map(|id| whole(&id, found))
        .filter(|id| !id.is_empty())
}

/// A key id as the ARN that it is short for; an ARN as it is.
fn whole(id: &str, found: &LogEvent) -> String {
    let (Some(region), Some(account)) = (&found.region, &found.account) else {
        return id.to_owned();
    };
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let partition = if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    };
    let kind = if id.starts_with("alias/") { "" } else { "key/" };
    format!("arn:{partition}:kms:{region}:{account}:{kind}{id}")
}

/// Whoever called: of a session the role behind it, whose session it was stands beside it.
fn who(entry: &Value, found: &mut LogEvent) {
    let arn = text(entry, &["userIdentity", "arn"]);
    let role = text(
        entry,
        &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
    );
    if role.is_some() {
        let session = arn.as_deref().and_then(|arn| arn.rsplit('/').next());
        say(found, "session", session.map(str::to_owned));
    }
    let service = text(entry, &["userIdentity", "invokedBy"])
        .filter(|who| !["AWS Internal", "Amazon Internal"].contains(&who.as_str()));
    found.principal = role.or(arn).or_else(|| {
        first(
            entry,
            &[
                &["userIdentity", "principalId"],
                &["userIdentity", "userName"],
            ],
        )
    });
    match &found.principal {
        Some(_) => say(found, "through", service),
        None => found.principal = service,
    }
}

fn says(entry: &Value, found: &mut LogEvent) -> Result<(), String> {
    let none = Value::Null;
    let asked = at(entry, &["requestParameters"]).unwrap_or(&none);
    for (name, path) in ASKED {
        say(found, name, text(asked, path));
    }
    // Newer entries name the specification by its first name only.
    if !found.says.contains_key("key-spec") {
        say(found, "key-spec", text(asked, &["customerMasterKeySpec"]));
    }
    let details = at(entry, &["serviceEventDetails"]).unwrap_or(&none);
    for (name, path) in DETAILS {
        say(found, name, text(details, path));
    }
    found.ceremony = text(asked, &["keyMaterialDescription"]);
    if let Some(said) = text(asked, &["validTo"]) {
        let end = valid_to(&said).ok_or("its `validTo` is no moment")?;
        say(found, "valid-to", Some(end.to_string()));
    }
    let operations: Vec<String> = list(asked, &["operations"])
        .iter()
        .filter_map(|operation| text(operation, &[]))
        .collect();
    if !operations.is_empty() {
        say(found, "operations", Some(operations.join(" ")));
    }
    if let Some(policy) = text(asked, &["policy"]) {
        let digest = Digest::of(policy.as_bytes());
        say(found, "policy-sha256", Some(digest.to_string()));
        say(found, "principals", named_in(&policy));
    }
    say(found, "shared-event", text(entry, &["sharedEventID"]));
    say(found, "error", text(entry, &["errorMessage"]));
    Ok(())
}

/// Whom a policy names, in order; a policy is a text of JSON in the log.
fn named_in(policy: &str) -> Option<String> {
    let policy = strict(policy.as_bytes()).ok()?;
    let statements = at(&policy, &["Statement"])?;
    // One statement may stand without its brackets.
    let statements = statements
        .as_array()
        .map_or(std::slice::from_ref(statements), Vec::as_slice);
    let mut named: Vec<String> = Vec::new();
    for statement in statements {
        for member in ["Principal", "NotPrincipal"] {
            strings(at(statement, &[member]).unwrap_or(&Value::Null), &mut named);
        }
    }
    named.sort();
    named.dedup();
    (!named.is_empty()).then(|| named.join(" "))
}

/// Every text in a value.
fn strings(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|value| strings(value, into)),
        Value::Object(map) => map.values().for_each(|value| strings(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::log::all_of;

    const TRAIL: &[u8] = include_bytes!("../../../tests/data/logs/aws/trail.json");

    fn trail() -> Vec<LogEvent> {
        let (events, damages, tally) = all_of(&mut CloudTrail, TRAIL);
        assert_eq!(damages, []);
        assert_eq!((tally.entries, tally.events), (17, 17));
        events
    }

    #[track_caller]
    fn one(name: &str) -> LogEvent {
        let mut found = trail().into_iter().filter(|event| event.name == name);
        found.next().unwrap()
    }

    const KEY: &str =
        "arn:aws:kms:eu-central-1:210987654321:key/5f0c1b7e-0000-4a6b-9c1d-3e5f7a9b1c2d";

    #[test]
    fn every_operation_is_told_for_what_it_does() {
        let told: Vec<String> = trail()
            .iter()
            .map(|event| {
                let outcome = match &event.outcome {
                    LogOutcome::Done => "",
                    LogOutcome::Failed(_) => " failed",
                };
                let service = if event.by_service { " service" } else { "" };
                let key = if event.key.as_deref() == Some(KEY) {
                    ""
                } else {
                    " other"
                };
                format!("{:?}{outcome}{service}{key}", event.action)
            })
            .collect();
        assert_eq!(
            told,
            [
                "Create",
                "FetchParameters",
                "Import",
                "Import other",
                "Import failed",
                "Rotate",
                "Rotate service",
                "SetAccess",
                "SetAccess",
                "Alias",
                "Decrypt",
                "Decrypt",
                "Encrypt other",
                "ExpireMaterial service",
                "DeleteMaterial",
                "ScheduleDeletion",
                "Delete service",
            ]
        );
        let (_, names) = ACTIONS
            .iter()
            .find(|(what, _)| *what == Action::Read)
            .unwrap();
        assert!(names.contains(&"DescribeKey"));
    }

    #[test]
    fn the_key_is_found_in_resources_answer_details_or_request_and_is_an_arn() {
        // `resources` is null, the request has the bare id.
        assert_eq!(one("GetParametersForImport").key.as_deref(), Some(KEY));
        // The provider's own doing has its key in `serviceEventDetails`.
        assert_eq!(one("DeleteKey").key.as_deref(), Some(KEY));
        assert_eq!(one("RotateKey").key.as_deref(), Some(KEY));
        // The alias stands before the key among the resources.
        assert_eq!(one("UpdateAlias").key.as_deref(), Some(KEY));
        // An alias stays one: what it pointed at then is not in the log.
        let old = trail().into_iter().nth(3).unwrap();
        assert_eq!(
            old.key.as_deref(),
            Some("arn:aws:kms:eu-central-1:210987654321:alias/payments")
        );
        assert_eq!(old.material, None);
        for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
            let mut event = one("DeleteKey");
            event.region = Some(region.to_owned());
            assert_eq!(
                whole("mrk-1", &event),
                format!("arn:{partition}:kms:{region}:210987654321:key/mrk-1")
            );
        }
    }

    #[test]
    fn the_material_is_found_wherever_it_stands() {
        let (first, second) = ("a1".repeat(32), "b2".repeat(32));
        assert_eq!(one("ImportKeyMaterial").material, Some(first.clone()));
        assert_eq!(one("RotateKey").material, Some(second.clone()));
        assert_eq!(one("RotateKey").says["previous-material"], first);
        assert_eq!(
            one("DeleteExpiredKeyMaterial").material,
            Some(first.clone())
        );
        assert_eq!(one("DeleteImportedKeyMaterial").material, Some(second));
        assert_eq!(one("Decrypt").material, Some(first));
        assert_eq!(one("ScheduleKeyDeletion").material, None);
    }

    #[test]
    fn a_session_is_its_role_and_a_service_nobody() {
        let import = one("ImportKeyMaterial");
        assert_eq!(
            import.principal.as_deref(),
            Some("arn:aws:iam::210987654321:role/key-admin")
        );
        assert_eq!(import.says["session"], "ana");
        assert_eq!(
            one("PutKeyPolicy").principal.as_deref(),
            Some("arn:aws:iam::210987654321:user/eve")
        );
        let service = one("DeleteKey");
        assert_eq!((service.principal, service.source_ip), (None, None));
    }

    #[test]
    fn an_import_says_what_can_be_held_against_its_record() {
        let import = one("ImportKeyMaterial");
        let says: Vec<(&str, &str)> = import
            .says
            .iter()
            .map(|(name, what)| (name.as_str(), what.as_str()))
            .collect();
        assert_eq!(
            says,
            [
                ("description", "imported by keyrite cmac 08d7b40a1b"),
                ("expiration-model", "KEY_MATERIAL_EXPIRES"),
                ("import-type", "NEW_KEY_MATERIAL"),
                ("session", "ana"),
                ("valid-to", "2026-12-27T11:00:00Z"),
            ]
        );
        assert_eq!(
            import.ceremony.as_deref(),
            Some("imported by keyrite cmac 08d7b40a1b")
        );
        assert_eq!(
            import.request_id.as_deref(),
            Some("00000000-0000-4000-8000-000000000003")
        );
        assert_eq!(
            import.event_id.as_deref(),
            Some("11111111-0000-4000-8000-000000000003")
        );
        assert_eq!(import.at.to_string(), "2026-03-02T11:20:41Z");
        assert_eq!(import.account.as_deref(), Some("210987654321"));
        assert_eq!(import.region.as_deref(), Some("eu-central-1"));
        assert_eq!(import.source_ip.as_deref(), Some("198.51.100.7"));
        let failed = trail().into_iter().nth(4).unwrap();
        assert_eq!(
            failed.outcome,
            LogOutcome::Failed("ExpiredImportTokenException".to_owned())
        );
        assert_eq!(failed.says["error"], "The import token has expired");
        let fetched = one("GetParametersForImport");
        assert_eq!(fetched.says["algorithm"], "RSAES_OAEP_SHA_256");
        assert_eq!(fetched.says["wrapping-key-spec"], "RSA_4096");
        assert_eq!(one("ScheduleKeyDeletion").says["pending-window-days"], "7");
    }

    #[test]
    fn a_policy_is_a_text_whose_digest_and_principals_are_told() {
        let put = one("PutKeyPolicy");
        assert_eq!(
            put.says["principals"],
            "arn:aws:iam::210987654321:role/key-admin arn:aws:iam::210987654321:user/eve"
        );
        // By sha256sum over the text of the fixture.
        assert_eq!(
            put.says["policy-sha256"],
            "8ba550ca720e1b0ea7caa46a5e7483371822756ccd73fcfe427c2d604abdbf2a"
        );
        let grant = one("CreateGrant");
        assert_eq!(grant.says["grantee"], "arn:aws:iam::210987654321:role/app");
        assert_eq!(grant.says["operations"], "Decrypt GenerateDataKey");
        assert_eq!(named_in("no JSON"), None);
        let open = r#"{"Statement":{"Principal":"*","NotPrincipal":{"AWS":"b"}}}"#;
        assert_eq!(named_in(open).as_deref(), Some("* b"));
    }

    #[test]
    fn re_encryption_is_a_use_of_both_keys() {
        let found: Vec<LogEvent> = trail()
            .into_iter()
            .filter(|event| event.name == "ReEncrypt")
            .collect();
        let [from, to] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((from.action, to.action), (Action::Decrypt, Action::Encrypt));
        assert!(
            to.key
                .as_deref()
                .unwrap()
                .ends_with("key/9e8d7c6b-0000-4a6b-9c1d-000000000002")
        );
        assert_eq!(from.material, Some("a1".repeat(32)));
        assert_eq!(to.material, Some("c3".repeat(32)));
        assert_ne!(from.event_id, to.event_id);
    }

    #[test]
    fn every_way_to_fetch_the_log_tells_the_same() {
        let wanted: Vec<LogEvent> = trail()
            .into_iter()
            .skip(1)
            .take(2)
            .map(|event| LogEvent {
                sha256: Digest([0; 32]),
                ..event
            })
            .collect();
        for log in [
            &include_bytes!("../../../tests/data/logs/aws/trail.jsonl")[..],
            include_bytes!("../../../tests/data/logs/aws/lookup-events.json"),
            include_bytes!("../../../tests/data/logs/aws/lake-query-results.json"),
            include_bytes!("../../../tests/data/logs/aws/lake-results.csv"),
        ] {
            let (events, damages, _) = all_of(&mut CloudTrail, log);
            assert_eq!(damages, [], "{}", String::from_utf8_lossy(&log[..60]));
            let events: Vec<LogEvent> = events
                .into_iter()
                .map(|event| LogEvent {
                    sha256: Digest([0; 32]),
                    ..event
                })
                .collect();
            assert_eq!(events, wanted, "{}", String::from_utf8_lossy(&log[..60]));
        }
        // As `--query 'Events[].CloudTrailEvent'` and EventBridge have it.
        let entry: Value = serde_json::from_slice(TRAIL)
            .map(|log: Value| log["Records"][2].clone())
            .unwrap();
        let text = serde_json::json!([entry.to_string()]).to_string();
        assert_eq!(
            all_of(&mut CloudTrail, text.as_bytes()).0[0].name,
            "ImportKeyMaterial"
        );
        let event = serde_json::json!({"source": "aws.kms", "detail": entry}).to_string();
        assert_eq!(
            all_of(&mut CloudTrail, event.as_bytes()).0[0].name,
            "ImportKeyMaterial"
        );
    }

    #[test]
    fn a_call_that_a_vpc_endpoint_saw_is_not_done_twice() {
        let entry = r#"{"eventSource":"kms.amazonaws.com","eventName":"ImportKeyMaterial","eventTime":
            "2026-03-02T11:20:41Z","eventType":"AwsVpceEvent","eventCategory":"NetworkActivity"}"#;
        let (events, damages, _) = all_of(&mut CloudTrail, entry.as_bytes());
        assert_eq!(damages, []);
        assert_eq!(events[0].action, Action::Other);
        let call = entry.replace("NetworkActivity", "Management");
        let (events, _, _) = all_of(&mut CloudTrail, call.as_bytes());
        assert_eq!(events[0].action, Action::Import);
    }

    #[test]
    fn an_entry_without_its_name_or_time_is_told() {
        for (entry, why) in [
            // As a table of Athena has it, and what a query leaves of `lookup-events`.
            (
                r#"{"eventsource":"kms.amazonaws.com","eventname":"PutKeyPolicy"}"#,
                "it has no `eventSource`",
            ),
            (
                r#"{"EventSource":"kms.amazonaws.com","EventName":"PutKeyPolicy"}"#,
                "it has no `eventSource`",
            ),
            (
                r#"{"eventSource":"kms.amazonaws.com"}"#,
                "it has no `eventName`",
            ),
            (
                r#"{"eventSource":"kms.amazonaws.com","eventName":"Decrypt"}"#,
                "it has no `eventTime`",
            ),
            (
                r#"{"eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventTime":"x"}"#,
                "its `eventTime` is no moment",
            ),
            (
                r#"{"eventSource":"kms.amazonaws.com","eventName":"ImportKeyMaterial","eventTime":"2026-03-02T11:20:41Z","requestParameters":{"validTo":"soon"}}"#,
                "its `validTo` is no moment",
            ),
            (
                r#"{"CloudTrailEvent":"{","EventSource":"kms.amazonaws.com"}"#,
                "its `CloudTrailEvent` is no entry of CloudTrail (aws cloudtrail lookup-events)",
            ),
            (r#""kms.amazonaws.com""#, "the text is no entry"),
        ] {
            let (events, damages, _) = all_of(&mut CloudTrail, entry.as_bytes());
            assert!(events.is_empty());
            assert_eq!(damages[0].why.to_string(), why);
        }
        let quiet = r#"{"eventSource":"kms.amazonaws.com","eventCategory":"Insight"}"#;
        assert_eq!(all_of(&mut CloudTrail, quiet.as_bytes()).2.damaged, 0);
    }
}
