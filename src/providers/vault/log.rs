//! Entries of the audit devices of HashiCorp Vault and OpenBao about keys of the transit engine.
//!
//! Source: Vault documentation, "Audit log entry schema", "Audit devices", "Transit secrets engine (API)",
//! `/sys/audit-hash`; OpenBao at df6ce2ce, `audit/format.go`, `builtin/logical/transit`. Read 2026-11.
//!
//! Texts in an entry are keyed digests unless the device says otherwise; numbers and paths are clear. A policy
//! is such a text: that one was written is told, not for which keys.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::providers::log::Reader;
use crate::providers::log::fields::at;
use crate::providers::log::fields::event;
use crate::providers::log::fields::first;
use crate::providers::log::fields::moment;
use crate::providers::log::fields::say;
use crate::providers::log::fields::text;

/// Reads an audit file.
#[derive(Debug, Default)]
pub(super) struct AuditFile {
    /// Changes that were asked for and not answered yet, by the id of the request.
    unanswered: BTreeMap<String, String>,
    /// More of them than can be kept.
    lost: bool,
}

impl Reader for AuditFile {
    // The type of the engine, or its usual name; and what can change every key behind its back.
    const ABOUT_KEYS: &'static [&'static str] = &[
        "transit",
        "sys/polic",
        "sys/mounts",
        "sys/remount",
        "sys/audit",
    ];
    const BEFORE_TIME: &'static [&'static str] = &["\"time\""];

    fn entry(&mut self, entry: &Value, sha256: Digest) -> Result<Vec<LogEvent>, String> {
        let Some(found) = read(entry, sha256)? else {
            return Ok(Vec::new());
        };
        let id = found.request_id.clone().unwrap_or_default();
        match text(entry, &["type"]).as_deref() {
            // An answer repeats its request, and says what came of it.
            Some("response") => {
                self.unanswered.remove(&id);
                Ok(vec![found])
            }
            // A request that was refused before it was handled has no answer in older versions.
            Some("request") if found.outcome != LogOutcome::Done => {
                self.unanswered.remove(&id);
                Ok(vec![found])
            }
            Some("request") => {
                if found.action.changes() {
                    if self.unanswered.len() < MOST {
                        self.unanswered.insert(id, found.name);
                    } else {
                        self.lost = true;
                    }
                }
                Ok(Vec::new())
            }
            Some(_) | None => Err("its `type` is neither request nor response".to_owned()),
        }
    }

    fn end(&mut self) -> Vec<String> {
        let mut all: Vec<String> = std::mem::take(&mut self.unanswered)
            .into_iter()
            .map(|(id, name)| format!("`{name}` (request {id}) has no answer in this file"))
            .collect();
        if self.lost {
            all.push(format!(
                "more than {MOST} requests have no answer in this file"
            ));
        }
        all
    }
}

/// Requests that wait for their answers, at most.
const MOST: usize = 10_000;

fn read(entry: &Value, sha256: Digest) -> Result<Option<LogEvent>, String> {
    let Some(path) = text(entry, &["request", "path"]) else {
        return Ok(None);
    };
    let operation =
        text(entry, &["request", "operation"]).ok_or("it has no `request.operation`")?;
    let kind = first(
        entry,
        &[&["request", "mount_type"], &["response", "mount_type"]],
    );
    let mount = first(
        entry,
        &[&["request", "mount_point"], &["response", "mount_point"]],
    );
    let path = normal(&path);
    let Some((key, what)) = meaning(&path, &operation, kind.as_deref(), mount.as_deref(), entry)
    else {
        return Ok(None);
    };
    let when = moment(entry, &["time"])?;
    let mut found = event("vault", format!("{operation} {path}"), what, when, sha256);
    found.key = key;
    if let Some(error) = first(entry, &[&["error"], &["response", "data", "error"]]) {
        found.outcome = LogOutcome::Failed(error.trim().to_owned());
    }
    found.principal = first(
        entry,
        &[
            &["auth", "display_name"],
            &["auth", "entity_id"],
            &["request", "client_id"],
        ],
    );
    found.source_ip = text(entry, &["request", "remote_address"]);
    found.request_id = text(entry, &["request", "id"]);
    found.event_id.clone_from(&found.request_id);
    // The root namespace has no path.
    found.account = text(entry, &["request", "namespace", "path"])
        .map(|path| path.trim_matches('/').to_owned());
    found.version = number(entry, &["response", "data", "key_version"])
        .or_else(|| number(entry, &["request", "data", "key_version"]));
    says(entry, &mut found);
    Ok(Some(found))
}

/// Without the slashes that a client may put around or twice between the parts.
fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// Which key a path is about, and what is done; none for a path that is not about keys.
fn meaning(
    path: &str,
    operation: &str,
    kind: Option<&str>,
    mount: Option<&str>,
    entry: &Value,
) -> Option<(Option<String>, Action)> {
    let writes = matches!(operation, "create" | "update" | "patch");
    let deletes = operation == "delete";
    if let Some(rest) = path.strip_prefix("sys/") {
        let what = if rest.starts_with("policies/acl/") || rest.starts_with("policy/") {
            Action::SetAccess
        } else if rest.starts_with("mounts/") && deletes {
            // An engine that is switched off takes its keys with it; of others this says nothing.
            let known = mount_of_transit(rest.strip_prefix("mounts/")?, entry);
            return known.then_some((None, Action::Delete));
        } else if rest.starts_with("audit/") || rest == "remount" {
            Action::Other
        } else {
            return None;
        };
        return (writes || deletes).then_some((None, what));
    }
    // Older versions do not name the type of the engine: then its name must.
    let (mount, rest) = match (kind, mount) {
        (Some(kind), _) if kind != "transit" => return None,
        (_, Some(mount)) => {
            let mount = normal(mount);
            let rest = path.strip_prefix(&mount)?.strip_prefix('/')?.to_owned();
            (mount, rest)
        }
        (_, None) => split(path)?,
    };
    if kind.is_none() && !mount.rsplit('/').next()?.contains("transit") {
        return None;
    }
    let parts: Vec<&str> = rest.split('/').collect();
    let key = |name: &str| Some(format!("{mount}/keys/{name}"));
    let found = match (parts.as_slice(), writes) {
        (["wrapping_key"], _) => (None, Action::FetchParameters),
        (["keys"], _) => (None, Action::Read),
        (["keys", name], true) => (key(name), Action::Create),
        (["keys", name], false) if deletes => (key(name), Action::Delete),
        (["keys", name], false) => (key(name), Action::Read),
        (["keys", name, "import" | "import_version"], true) => (key(name), Action::Import),
        (["keys", name, "rotate"], true) => (key(name), Action::Rotate),
        (["keys", name, "config"], true) => (key(name), Action::Update),
        // Versions before the one that is kept are gone.
        (["keys", name, "trim"], true) => (key(name), Action::Delete),
        (["keys", name, "soft-delete"], _) => (key(name), Action::ScheduleDeletion),
        (["keys", name, "soft-delete-restore"], _) => (key(name), Action::CancelDeletion),
        (["restore"], true) => (None, Action::Backup),
        (["backup" | "restore", name], _) => (key(name), Action::Backup),
        // The key leaves the engine, in clear or wrapped under another.
        (["export" | "byok-export", _, name, ..], _) => (key(name), Action::Backup),
        (["decrypt" | "sign" | "hmac", name, ..], true) => (key(name), Action::Decrypt),
        (["encrypt" | "rewrap" | "verify", name, ..], true) => (key(name), Action::Encrypt),
        (["datakey", _, name, ..], true) => (key(name), Action::Encrypt),
        (["derive-key", _, name] | ["derive-key", name], true) => (key(name), Action::Decrypt),
        (["config", ..] | ["cache-config"], true) => (None, Action::Other),
        _ => return None,
    };
    Some(found)
}

/// Whether the engine that is switched off is one of transit's, as far as its name tells.
fn mount_of_transit(mount: &str, entry: &Value) -> bool {
    text(entry, &["request", "data", "type"]).as_deref() == Some("transit")
        || mount
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains("transit"))
}

/// Where the name of the engine ends in a path, if the entry does not say so.
fn split(path: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = path.split('/').collect();
    let end = parts.iter().position(|part| part.contains("transit"))?;
    let (mount, rest) = parts.split_at_checked(end + 1)?;
    (!rest.is_empty()).then(|| (mount.join("/"), rest.join("/")))
}

/// A whole number, which no device hides.
fn number(entry: &Value, path: &[&str]) -> Option<String> {
    at(entry, path)?
        .as_u64()
        .filter(|number| *number > 0)
        .map(|number| number.to_string())
}

fn says(entry: &Value, found: &mut LogEvent) {
    let none = Value::Null;
    let asked = at(entry, &["request", "data"]).unwrap_or(&none);
    if found.action == Action::Import {
        let again = found.name.ends_with("/import_version");
        let kind = if again { "new-version" } else { "first" };
        say(found, "import-type", Some(kind.to_owned()));
        // With `sys/audit-hash` this proves that it was this very package.
        say(found, "package-digest", text(asked, &["ciphertext"]));
    }
    for (name, path) in [
        ("key-type", &["type"][..]),
        ("hash", &["hash_function"]),
        ("exportable", &["exportable"]),
        ("allow-plaintext-backup", &["allow_plaintext_backup"]),
        ("deletion-allowed", &["deletion_allowed"]),
        ("min-decryption-version", &["min_decryption_version"]),
        ("min-encryption-version", &["min_encryption_version"]),
        ("min-available-version", &["min_available_version"]),
        ("auto-rotate-period", &["auto_rotate_period"]),
    ] {
        say(found, name, text(asked, path));
    }
    let policies: Vec<String> = at(entry, &["auth", "policies"])
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|policy| text(policy, &[]))
        .collect();
    say(
        found,
        "policies",
        (!policies.is_empty()).then(|| policies.join(" ")),
    );
    say(found, "entity", text(entry, &["auth", "entity_id"]));
    let header = at(entry, &["request", "headers"]).and_then(Value::as_object);
    // Only a header that the server is told to log (`sys/config/auditing/request-headers`) is there.
    let named = header
        .into_iter()
        .flatten()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-keyrite-ceremony"))
        .and_then(|(_, values)| values.as_array())
        .and_then(|values| values.first())
        .and_then(|value| text(value, &[]));
    found.ceremony = named;
    if found.action == Action::Update && found.says.contains_key("auto-rotate-period") {
        found.action = Action::SetRotation;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log_event::LogDamage;
    use crate::providers::log::all_of;

    const AUDIT: &[u8] = include_bytes!("../../../tests/data/logs/vault/audit.log");

    fn events() -> Vec<LogEvent> {
        let (events, damages, tally) = all_of(&mut AuditFile::default(), AUDIT);
        assert_eq!(damages, []);
        assert_eq!(tally.entries, 34);
        assert_eq!(tally.first.unwrap().date(), "2020-01-01");
        events
    }

    #[test]
    fn every_path_is_told_for_what_is_done_there_once_for_request_and_response() {
        let told: Vec<String> = events()
            .iter()
            .map(|event| {
                let failed = match &event.outcome {
                    LogOutcome::Done => "",
                    LogOutcome::Failed(_) => " failed",
                };
                format!(
                    "{:?} {}{failed}",
                    event.action,
                    event.key.as_deref().unwrap_or("-")
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "FetchParameters -",
                "Encrypt transit/keys/payments",
                "Import transit/keys/payments",
                "Import transit/keys/payments failed",
                "Rotate transit/keys/payments",
                "Update eu/pay/transit-prod/keys/payments",
                "SetRotation transit/keys/payments",
                "Delete transit/keys/payments",
                "Decrypt transit/keys/payments",
                "Backup transit/keys/payments",
                "SetAccess -",
                "Delete transit/keys/payments",
                "Delete -",
                "Other -",
                "Rotate old-transit/keys/legacy",
                "Read -",
            ]
        );
    }

    #[test]
    fn an_import_tells_the_digest_of_its_package_and_the_ceremony_in_its_header() {
        let import = &events()[2];
        assert_eq!(import.name, "update transit/keys/payments/import");
        assert_eq!(
            import.says["package-digest"],
            format!("hmac-sha256:{}", "a".repeat(64))
        );
        assert_eq!(import.says["import-type"], "first");
        assert_eq!(import.says["exportable"], "false");
        assert_eq!(import.ceremony.as_deref(), Some("payments-2026-to-vault"));
        assert_eq!(import.principal.as_deref(), Some("userpass-ana"));
        assert_eq!(import.says["policies"], "default key-admin");
        assert_eq!(import.source_ip.as_deref(), Some("198.51.100.13"));
        assert_eq!(import.at.to_string(), "2026-03-02T11:20:41Z");
        assert!(import.request_id.is_some());
        assert_eq!(import.request_id, import.event_id);
        let again = &events()[3];
        assert_eq!(again.says["import-type"], "new-version");
        assert_eq!(
            again.outcome,
            LogOutcome::Failed("1 error occurred:\n\t* invalid ciphertext".to_owned())
        );
    }

    #[test]
    fn numbers_and_flags_are_clear_and_a_nested_mount_and_its_namespace_are_kept() {
        let all = events();
        let config = &all[5];
        assert_eq!(config.says["deletion-allowed"], "true");
        assert_eq!(config.says["min-decryption-version"], "2");
        assert_eq!(config.account.as_deref(), Some("acme"));
        assert_eq!(all[4].account, None);
        assert_eq!(all[1].version.as_deref(), Some("1"));
        assert_eq!(all[6].says["auto-rotate-period"], "7776000");
    }

    fn damages(log: &str) -> Vec<LogDamage> {
        all_of(&mut AuditFile::default(), log.as_bytes()).1
    }

    #[test]
    fn a_change_without_an_answer_is_told_and_a_use_without_one_is_not() {
        let text = String::from_utf8_lossy(AUDIT);
        let requests: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(r#""type":"request"}"#))
            .collect();
        let log = requests[1..3].join("\n");
        let damages = damages(&log);
        assert_eq!(damages.len(), 1);
        assert_eq!(
            damages[0].why.to_string(),
            "`update transit/keys/payments/import` (request 99990000-0000-4000-8000-000000000002) has no answer in this file"
        );
        // Refused before it was handled: the request itself says so.
        let refused = requests[1].replacen('{', r#"{"error":"permission denied","#, 1);
        let (events, damages, _) = all_of(&mut AuditFile::default(), refused.as_bytes());
        assert_eq!(damages, []);
        assert_eq!(
            events[0].outcome,
            LogOutcome::Failed("permission denied".to_owned())
        );
    }

    #[test]
    fn requests_that_are_never_answered_are_not_kept_without_end() {
        let mut log = String::new();
        for number in 0..=MOST {
            log += &format!(
                r#"{{"type":"request","time":"2026-01-01T00:00:00Z","request":{{"id":"{number}","operation":"update","path":"transit/keys/a/rotate"}}}}"#
            );
        }
        let damages = damages(&log);
        assert_eq!(damages.len(), MOST + 1);
        assert_eq!(
            damages[MOST].why.to_string(),
            "more than 10000 requests have no answer in this file"
        );
    }

    #[test]
    fn an_engine_of_another_type_is_left_alone_whatever_its_name() {
        let entry = |request: &str| {
            format!(
                r#"{{"type":"response","time":"2026-01-01T00:00:00Z","request":{{"id":"1","operation":"update",{request}}}}}"#
            )
        };
        for (request, wanted) in [
            (r#""path":"transit/keys/a/rotate","mount_type":"kv""#, None),
            (
                r#""path":"keys/keys/a/rotate","mount_type":"pki","mount_point":"keys/transit/""#,
                None,
            ),
            (r#""path":"pki/keys/a/rotate","x":"transit""#, None),
            (
                r#""path":"x/keys/a/rotate","mount_type":"transit","mount_point":"x/""#,
                Some("x/keys/a"),
            ),
            (
                r#""path":"a/transit/b/keys/keys/a/rotate","mount_type":"transit","mount_point":"a/transit/b/""#,
                None,
            ),
            (
                r#""path":"a/transit/b/keys/a/rotate","mount_type":"transit","mount_point":"a/transit/b/""#,
                Some("a/transit/b/keys/a"),
            ),
            (
                r#""path":"a/transit/keys/a/rotate""#,
                Some("a/transit/keys/a"),
            ),
            (r#""path":"sys/mounts/kv","x":"transit""#, None),
        ] {
            let found = all_of(&mut AuditFile::default(), entry(request).as_bytes()).0;
            let key = found.first().and_then(|event| event.key.as_deref());
            assert_eq!(key, wanted, "{request}");
        }
    }

    #[test]
    fn an_entry_without_what_every_entry_has_is_told() {
        for (entry, why) in [
            (
                r#"{"request":{"path":"transit/keys/a"}}"#,
                "it has no `request.operation`",
            ),
            (
                r#"{"request":{"path":"transit/keys/a","operation":"read"}}"#,
                "it has no `time`",
            ),
            (
                r#"{"time":"2026-01-01T00:00:00Z","request":{"path":"transit/keys/a","operation":"read"}}"#,
                "its `type` is neither request nor response",
            ),
        ] {
            assert_eq!(damages(entry)[0].why.to_string(), why);
        }
    }
}
