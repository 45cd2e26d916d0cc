//! Entries of Azure's logs about keys: AuditEvent of vaults and Managed HSMs, and the Activity Log.
//!
//! Source: Microsoft Learn, "Azure Key Vault logging", "Managed HSM logging", "Azure Activity Log event
//! schema", "Azure permissions for Security" (operations of Microsoft.KeyVault). Read 2026-11.
//!
//! Who may use a vault by roles stands in the Activity Log alone, and an assignment above a vault (its
//! resource group, its subscription) names no vault: what gives access that way is not told.

use serde_json::Value;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::providers::azure::log::operations::ACTIVITY;
use crate::providers::azure::log::operations::AUDIT;
use crate::providers::azure::log::operations::CLAIMS;
use crate::providers::azure::log::operations::NO_KEYS;
use crate::providers::log::Reader;
use crate::providers::log::fields::action;
use crate::providers::log::fields::at;
use crate::providers::log::fields::event;
use crate::providers::log::fields::first;
use crate::providers::log::fields::moment;
use crate::providers::log::fields::say;
use crate::providers::log::fields::text;
use crate::providers::log::fields::unpacked;

mod operations;

/// Reads both logs, whatever they are in.
#[derive(Debug)]
pub(super) struct AzureLog;

impl Reader for AzureLog {
    // Resource ids come in capitals, in small letters and as people write them.
    const ABOUT_KEYS: &'static [&'static str] =
        &["KEYVAULT", "KeyVault", "keyvault", "Keyvault", "keyVault"];
    const BEFORE_TIME: &'static [&'static str] = &["\"time\"", "\"eventTimestamp\""];

    fn entry(&mut self, entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String> {
        let found = if category(entry).as_deref() == Some("AuditEvent") {
            audit(entry, sha256)
        } else {
            activity(entry, sha256)
        };
        found.map(|found| found.into_iter().collect())
    }
}

fn audit(entry: &Value, sha256: Digest) -> Result<Option<LogEvent>, String> {
    let name = text(entry, &["operationName"]).ok_or("it has no `operationName`")?;
    // Of what is not named here, something may be about keys: that is counted, and not left out.
    let other = |kind: &&str| name.starts_with(*kind);
    if NO_KEYS.iter().any(other) {
        return Ok(None);
    }
    let when = moment(entry, &["time"])?;
    let what = action(AUDIT, &name).unwrap_or(Action::Other);
    let mut found = common(entry, name, what, when, sha256);
    let properties = unpacked(entry, &["properties"]).unwrap_or_default();
    found.by_service = found.name.ends_with("EventGridNotification");
    found.outcome = of_code(
        first(&properties, &[&["httpStatusCode"]]),
        first(entry, &[&["resultSignature"], &["resultType"]]),
    );
    let urls = [
        text(&properties, &["id"]),
        first(&properties, &[&["requestUri"]]).or_else(|| text(entry, &["requestUri"])),
    ];
    for url in urls.iter().flatten() {
        let Some((host, key, version)) = of_url(url) else {
            continue;
        };
        // A vault itself is managed by another host.
        if !host.contains(".vault.") && !host.contains(".managedhsm.") {
            continue;
        }
        say(&mut found, "vault", Some(format!("https://{host}")));
        if host.contains(".managedhsm.") {
            HSM.clone_into(&mut found.provider);
        }
        found.key = found
            .key
            .or(key.map(|name| format!("https://{host}/keys/{name}")));
        found.version = found.version.or(version);
    }
    // Whatever the client sends as its id of the call comes back here.
    found.ceremony = first(
        entry,
        &[&["properties", "clientRequestId"], &["correlationId"]],
    );
    for (name, path) in [
        ("algorithm", &["algorithm"][..]),
        ("key-type", &["keyProperties", "type"]),
        ("key-size", &["keyProperties", "size"]),
        ("key-ops", &["keyProperties", "operations"]),
        ("enabled", &["keyProperties", "attributes", "enabled"]),
        ("valid-to", &["keyProperties", "attributes", "exp"]),
        ("rbac", &["isRbacAuthorized"]),
        ("client", &["clientInfo"]),
    ] {
        say(&mut found, name, text(&properties, path));
    }
    say(&mut found, "error", text(entry, &["resultDescription"]));
    Ok(Some(found))
}

fn activity(entry: &Value, sha256: Digest) -> Result<Option<LogEvent>, String> {
    let name = first(entry, &[&["operationName", "value"], &["operationName"]])
        .ok_or("it has no `operationName`")?;
    let resource = first(entry, &[&["resourceId"], &["ResourceId"]]).unwrap_or_default();
    let resource = resource.to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    // Whoever watches the vaults is changed, too: that is told, and is nobody's ceremony.
    if !(name.starts_with("microsoft.keyvault/")
        || name.starts_with("microsoft.authorization/")
        || name.starts_with("microsoft.insights/diagnosticsettings/"))
        || !resource.contains("/microsoft.keyvault/")
        || name.contains("/secrets/")
        || name.contains("/certificates/")
    {
        return Ok(None);
    }
    let status = first(entry, &[&["status", "value"], &["status"], &["resultType"]]);
    let status = status.unwrap_or_default();
    // Each operation is told when it starts, when it is accepted, and when it is over: the end counts.
    if ["start", "started", "accept", "accepted"].contains(&status.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    let when = moment(entry, &["eventTimestamp"]).or_else(|_| moment(entry, &["time"]))?;
    let what = action(ACTIVITY, &name).unwrap_or({
        if name.starts_with("microsoft.keyvault/") && name.ends_with("/read") {
            Action::Read
        } else {
            Action::Other
        }
    });
    let mut found = common(entry, name, what, when, sha256);
    found.outcome = if ["success", "succeeded", "resolved", ""]
        .contains(&status.to_ascii_lowercase().as_str())
    {
        LogOutcome::Done
    } else {
        let code = first(
            entry,
            &[
                &["subStatus", "value"],
                &["subStatus"],
                &["resultSignature"],
            ],
        );
        LogOutcome::Failed(code.unwrap_or(status))
    };
    found.event_id = text(entry, &["eventDataId"]);
    found.ceremony = first(
        entry,
        &[
            &["httpRequest", "clientRequestId"],
            &["properties", "clientRequestId"],
        ],
    );
    let below = |kind: &str| below(&resource, kind).map(str::to_owned);
    if let Some(key) = below("keys") {
        let host = found.says.get("vault").cloned().unwrap_or_default();
        found.key = Some(format!("{host}/keys/{key}"));
        found.version = below("versions");
    }
    say(&mut found, "assignment", below("roleassignments"));
    let asked = unpacked(entry, &["properties", "requestbody"])
        .or_else(|| unpacked(entry, &["properties", "requestBody"]))
        .unwrap_or_default();
    for (name, paths) in [
        (
            "grantee",
            [
                &["Properties", "PrincipalId"][..],
                &["properties", "principalId"],
            ],
        ),
        (
            "role",
            [
                &["Properties", "RoleDefinitionId"],
                &["properties", "roleDefinitionId"],
            ],
        ),
    ] {
        say(&mut found, name, first(&asked, &paths));
    }
    Ok(Some(found))
}

const VAULT: &str = "azure-key-vault";
const HSM: &str = "azure-managed-hsm";

/// What both logs say in the same way, or nearly.
fn common(
    entry: &Value,
    name: String,
    what: Action,
    when: crate::domain::record::Moment,
    sha256: Digest,
) -> LogEvent {
    let mut found = event(VAULT, name, what, when, sha256);
    let resource = first(entry, &[&["resourceId"], &["ResourceId"]]).unwrap_or_default();
    let resource = resource.to_ascii_lowercase();
    found.account = below(&resource, "subscriptions").map(str::to_owned);
    found.region = text(entry, &["location"]);
    if let Some(name) = below(&resource, "managedhsms") {
        HSM.clone_into(&mut found.provider);
        say(
            &mut found,
            "vault",
            Some(format!("https://{name}.managedhsm.azure.net")),
        );
    } else if let Some(name) = below(&resource, "vaults") {
        say(
            &mut found,
            "vault",
            Some(format!("https://{name}.vault.azure.net")),
        );
    }
    found.source_ip = first(
        entry,
        &[
            &["callerIpAddress"],
            &["httpRequest", "clientIpAddress"],
            &["CallerIPAddress"],
        ],
    );
    found.request_id = text(entry, &["correlationId"]);
    // An object in most logs, a text of JSON in those of Managed HSMs.
    let identity = unpacked(entry, &["identity"]).unwrap_or_default();
    let claims = [
        at(&identity, &["claim"]),
        at(&identity, &["claims"]),
        at(entry, &["claims"]),
    ];
    let claimed = |claim: &str| claims.iter().flatten().find_map(|all| text(all, &[claim]));
    found.principal =
        text(entry, &["caller"]).or_else(|| CLAIMS.iter().find_map(|claim| claimed(claim)));
    let object = claimed(CLAIMS[4]).or_else(|| claimed(CLAIMS[5]));
    say(&mut found, "object-id", object);
    say(&mut found, "app", claimed("appid"));
    found
}

fn category(entry: &Value) -> Option<String> {
    first(entry, &[&["category", "value"], &["category"]])
}

/// Success is a code of 200 to 299; where there is none, the word for it.
fn of_code(code: Option<String>, word: Option<String>) -> LogOutcome {
    let failed = |code: String, word: Option<String>| {
        LogOutcome::Failed(word.map_or(code.clone(), |word| format!("{code} {word}")))
    };
    let Some(code) = code else {
        let fine = [
            "OK",
            "Success",
            "Succeeded",
            "Created",
            "Accepted",
            "No Content",
        ];
        return match word {
            Some(word) if !fine.iter().any(|known| known.eq_ignore_ascii_case(&word)) => {
                LogOutcome::Failed(word)
            }
            Some(_) | None => LogOutcome::Done,
        };
    };
    match code.parse::<u16>() {
        Ok(200..=299) => LogOutcome::Done,
        Ok(_) | Err(_) => failed(code, word),
    }
}

/// Host, name of the key and its version in the URL of a key or of a call.
fn of_url(url: &str) -> Option<(String, Option<String>, Option<String>)> {
    let rest = url.strip_prefix("https://")?;
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let host = parts.next()?;
    let host = host
        .strip_suffix(":443")
        .unwrap_or(host)
        .to_ascii_lowercase();
    if !["keys", "deletedkeys"].contains(&parts.next().unwrap_or_default()) {
        return Some((host, None, None));
    }
    // Rights on all keys of a Managed HSM are at `/keys/providers/Microsoft.Authorization/…`.
    let name = parts.next().filter(|name| *name != "providers");
    let name = name.map(str::to_owned);
    // A version is 32 hexadecimal digits; anything else is what is done with the key.
    let version = parts
        .next()
        .filter(|part| part.len() == 32 && part.bytes().all(|c| c.is_ascii_hexdigit()))
        .map(str::to_owned);
    Some((host, name, version))
}

/// What stands behind `kind` in a resource id, in small letters.
fn below<'a>(resource: &'a str, kind: &str) -> Option<&'a str> {
    let mut parts = resource.split('/');
    parts.find(|part| *part == kind)?;
    parts.next().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::log::all_of;

    const AUDIT_EVENT: &[u8] = include_bytes!("../../../tests/data/logs/azure/audit-event.json");
    const ACTIVITY_LOG: &[u8] = include_bytes!("../../../tests/data/logs/azure/activity-log.json");

    fn events(log: &[u8], entries: u64) -> Vec<LogEvent> {
        let (events, damages, tally) = all_of(&mut AzureLog, log);
        assert_eq!(damages, []);
        assert_eq!(tally.entries, entries);
        events
    }

    fn told(events: &[LogEvent]) -> Vec<String> {
        let line = |event: &LogEvent| {
            let failed = match &event.outcome {
                LogOutcome::Done => String::new(),
                LogOutcome::Failed(why) => format!(" failed {why}"),
            };
            let service = if event.by_service { " service" } else { "" };
            let key = event.key.as_deref().unwrap_or("-");
            let version = event.version.as_ref().map_or("", |_| " version");
            format!("{:?} {key}{version}{failed}{service}", event.action)
        };
        events.iter().map(line).collect()
    }

    const KEY: &str = "https://acmepay.vault.azure.net/keys/payments";

    #[test]
    fn every_operation_on_keys_is_told_for_what_it_does_and_none_on_secrets() {
        assert_eq!(
            told(&events(AUDIT_EVENT, 14)),
            [
                "Create https://acmepay.vault.azure.net/keys/kek version".to_owned(),
                format!("Import {KEY} version"),
                "Import https://acmehsm.managedhsm.azure.net/keys/payments version".to_owned(),
                format!("Import {KEY} failed 403 Forbidden"),
                format!("Update {KEY} version"),
                format!("Rotate {KEY}"),
                format!("Decrypt {KEY} version"),
                format!("ScheduleDeletion {KEY}"),
                format!("CancelDeletion {KEY}"),
                format!("Delete {KEY}"),
                "SetAccess -".to_owned(),
                format!("Other {KEY} version service"),
            ]
        );
    }

    #[test]
    fn vault_and_managed_hsm_are_told_apart_and_their_identities_read_as_object_and_as_text() {
        let all = events(AUDIT_EVENT, 14);
        for (at, provider, region) in [(1, VAULT, None), (2, HSM, Some("westeurope"))] {
            let import = &all[at];
            assert_eq!(import.provider, provider);
            assert_eq!(import.principal.as_deref(), Some("ana@acme.example"));
            assert_eq!(
                import.says["object-id"],
                "aaaa0000-0000-4000-8000-000000000001"
            );
            assert_eq!(
                import.account.as_deref(),
                Some("11112222-3333-4444-5555-666677778888")
            );
            assert_eq!(import.region.as_deref(), region);
            assert_eq!(
                import.version.as_deref(),
                Some("0123456789abcdef0123456789abcdef")
            );
        }
        // An application has no name, only its object.
        assert_eq!(
            all[3].principal.as_deref(),
            Some("aaaa0000-0000-4000-8000-000000000009")
        );
        assert_eq!(all[3].says["app"], "bbbb0000-0000-4000-8000-000000000001");
        assert_eq!(all[11].principal, None);
    }

    #[test]
    fn the_id_that_a_client_sent_comes_back_and_the_vault_is_named_where_no_key_is() {
        let all = events(AUDIT_EVENT, 14);
        assert_eq!(
            all[1].ceremony.as_deref(),
            Some("cccc0000-0000-4000-8000-000000000002")
        );
        assert_eq!(all[1].request_id, all[1].ceremony);
        assert_eq!(all[1].source_ip.as_deref(), Some("198.51.100.11"));
        assert_eq!(all[1].at.to_string(), "2026-03-02T11:20:41Z");
        assert_eq!(all[0].says["key-ops"], "import");
        assert_eq!(all[0].says["key-type"], "RSA-HSM");
        let patch = &all[10];
        assert_eq!(patch.key, None);
        assert_eq!(patch.says["vault"], "https://acmepay.vault.azure.net");
    }

    #[test]
    fn the_activity_log_counts_the_end_of_an_operation_and_tells_who_got_which_role() {
        let all = events(ACTIVITY_LOG, 7);
        assert_eq!(
            told(&all),
            [
                "SetAccess -".to_owned(),
                "SetAccess - failed Forbidden".to_owned(),
                format!("Delete {KEY}"),
                "Other -".to_owned(),
            ]
        );
        let given = &all[0];
        assert_eq!(given.says["vault"], "https://acmepay.vault.azure.net");
        assert_eq!(
            given.says["grantee"],
            "aaaa0000-0000-4000-8000-000000000005"
        );
        assert!(given.says["role"].ends_with("14b46e9e-c2b7-41b4-b07b-48a6ebf60603"));
        assert_eq!(given.principal.as_deref(), Some("eve@acme.example"));
        assert_eq!(given.source_ip.as_deref(), Some("203.0.113.5"));
        assert!(given.event_id.is_some());
        assert_eq!(
            given.ceremony.as_deref(),
            Some("ffff0000-0000-4000-8000-000000000001")
        );
        assert_eq!(all[3].name, "microsoft.insights/diagnosticsettings/delete");
    }

    #[test]
    fn lines_of_a_storage_account_tell_the_same_with_either_line_end() {
        let lines = include_bytes!("../../../tests/data/logs/azure/audit-event.jsonl");
        let array = events(AUDIT_EVENT, 14);
        for (line, entry) in events(lines, 2).iter().zip(&array[1..]) {
            assert_eq!(
                &LogEvent {
                    sha256: entry.sha256,
                    ..line.clone()
                },
                entry
            );
        }
        let lines = include_bytes!("../../../tests/data/logs/azure/activity-log.jsonl");
        let all = events(lines, 2);
        assert_eq!(told(&all), ["ScheduleDeletion -"]);
        assert_eq!(all[0].principal.as_deref(), Some("eve@acme.example"));
        assert_eq!(all[0].says["vault"], "https://acmepay.vault.azure.net");
    }

    #[test]
    fn an_outcome_is_its_code_or_the_word_for_it() {
        let word = |word: &str| Some(word.to_owned());
        for (code, said, wanted) in [
            (word("200"), None, LogOutcome::Done),
            (word("204"), word("No Content"), LogOutcome::Done),
            (None, word("OK"), LogOutcome::Done),
            (None, None, LogOutcome::Done),
            (
                word("409"),
                word("Conflict"),
                LogOutcome::Failed("409 Conflict".to_owned()),
            ),
            (word("x"), None, LogOutcome::Failed("x".to_owned())),
            (
                None,
                word("Unauthorized"),
                LogOutcome::Failed("Unauthorized".to_owned()),
            ),
        ] {
            assert_eq!(of_code(code, said), wanted);
        }
    }

    #[test]
    fn a_resource_id_is_read_in_any_letters_and_an_operation_that_is_new_is_counted() {
        for id in [
            "MICROSOFT.KEYVAULT",
            "microsoft.keyvault",
            "Microsoft.Keyvault",
        ] {
            let entry = format!(
                r#"{{"time":"2026-03-02T11:20:41Z","category":"AuditEvent","operationName":"EkmKeyPurge",
                "resourceId":"/SUBSCRIPTIONS/1/PROVIDERS/{id}/VAULTS/ACMEPAY","resultSignature":"OK"}}"#
            );
            let (found, damages, _) = all_of(&mut AzureLog, entry.as_bytes());
            assert_eq!(
                (told(&found), damages),
                (vec!["Other -".to_owned()], vec![]),
                "{id}"
            );
        }
    }

    #[test]
    fn an_entry_without_its_operation_or_time_is_told() {
        for (entry, why) in [
            (
                r#"{"category":"AuditEvent","resourceId":"/MICROSOFT.KEYVAULT/"}"#,
                "it has no `operationName`",
            ),
            (
                r#"{"category":"AuditEvent","operationName":"KeyImport","resourceId":"/MICROSOFT.KEYVAULT/"}"#,
                "it has no `time`",
            ),
            (
                r#"{"operationName":"Microsoft.KeyVault/vaults/write","resourceId":"/x/Microsoft.KeyVault/vaults/v"}"#,
                "it has no `time`",
            ),
        ] {
            let damages = all_of(&mut AzureLog, entry.as_bytes()).1;
            assert_eq!(damages[0].why.to_string(), why);
        }
    }
}
