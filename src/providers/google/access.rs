//! Who can get at a key of Google Cloud KMS, from what gcloud prints.
//!
//! Sources: Cloud KMS, "Access control with IAM" and "Permissions and roles"; IAM, "Allow policies",
//! "Principal identifiers" and "Overview of IAM Conditions"; gcloud reference, `kms keys
//! get-iam-policy`, `kms keyrings get-iam-policy`, `projects get-iam-policy`, `projects
//! get-ancestors-iam-policy`, `asset get-effective-iam-policy`, `iam
//! roles describe`. Read 2026-11. Not tried on a live service.
//!
//! A key inherits the policies of its key ring, its project and whatever is above; what they allow adds
//! up. Deny policies, principal access boundaries and perimeters narrow it and are not in these files:
//! so the answer may name somebody who cannot, and leaves out nobody who can.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

use crate::providers::AccessRead;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::access::Gathered;
use crate::providers::access::Reason;
use crate::providers::google::Resource;
use crate::providers::google::roles;
use crate::providers::json;
use crate::providers::json::not_json;
use crate::providers::json::text;

/// Where a policy hangs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Level {
    Key,
    KeyRing,
    Project,
    Above,
    /// A policy that was printed alone does not say of what it is.
    Untold,
}

/// A policy of the key, or of something above it.
struct Policy<'a> {
    file: &'a str,
    of: String,
    level: Level,
    bindings: Vec<Map<String, Value>>,
}

/// Everything that the files say.
#[derive(Default)]
struct Snapshot<'a> {
    policies: Vec<Policy<'a>>,
    /// What roles have, as somebody printed it.
    roles: BTreeMap<String, Vec<String>>,
    /// Whether everything above the project was printed with it.
    has_ancestors: bool,
    /// How many answers are about another key.
    others: usize,
}

/// Reads the files and says who can do what with `key`.
pub(super) fn read(
    files: &[InputFile],
    key: &str,
    of: &Resource<'_>,
) -> Result<AccessRead, ProviderError> {
    let mut snapshot = Snapshot::default();
    let mut gathered = Gathered::default();
    for file in files {
        snapshot.read(file, key, of, &mut gathered)?;
    }
    for policy in &snapshot.policies {
        for binding in &policy.bindings {
            snapshot.binding(policy, binding, &mut gathered);
        }
    }
    if snapshot.others > 0 {
        gathered.tell(format!(
            "the effective policies of {} other resources are left out",
            snapshot.others
        ));
    }
    for (kind, what) in [
        ("group", "who is in it stands in no file"),
        (
            "service",
            "who can act as it stands in its own policy, which no file has",
        ),
    ] {
        let all = gathered.of_kind(kind).join(", ");
        if !all.is_empty() {
            gathered.tell(format!("{all}: {what}"));
        }
    }
    gathered.done(snapshot.missing())
}

impl<'a> Snapshot<'a> {
    fn read(
        &mut self,
        file: &'a InputFile,
        key: &str,
        of: &Resource<'_>,
        gathered: &mut Gathered,
    ) -> Result<(), ProviderError> {
        let map = match json::value(file)? {
            Value::Array(all) => {
                for one in &all {
                    let one = one
                        .as_object()
                        .ok_or_else(|| not_json(file, "one of the list is no object"))?;
                    self.named(file, one, key, of, gathered)?;
                }
                return Ok(());
            }
            Value::Object(map) => map,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(not_json(file, NOTHING));
            }
        };
        if let Some(Value::Array(has)) = map.get("includedPermissions") {
            let name =
                text(file, &map, "name")?.ok_or_else(|| not_json(file, "the role has no name"))?;
            let has = has.iter().filter_map(Value::as_str).map(str::to_owned);
            self.roles.insert(name, has.collect());
            return Ok(());
        }
        if let Some(results) = map.get("policyResults") {
            let results = results.as_array().into_iter().flatten();
            for one in results.filter_map(Value::as_object) {
                self.named(file, one, key, of, gathered)?;
            }
            return Ok(());
        }
        // What has no binding yet is printed with its etag alone.
        if map.contains_key("bindings") || map.contains_key("etag") {
            self.policies.push(Policy {
                file: &file.name,
                of: "the policy".to_owned(),
                level: Level::Untold,
                bindings: bindings(file, &map)?,
            });
            return Ok(());
        }
        Err(not_json(file, NOTHING))
    }

    /// A policy with the name of what it is of.
    fn named(
        &mut self,
        file: &'a InputFile,
        one: &Map<String, Value>,
        key: &str,
        of: &Resource<'_>,
        gathered: &mut Gathered,
    ) -> Result<(), ProviderError> {
        if let Some(Value::Array(all)) = one.get("policies") {
            let name = text(file, one, "fullResourceName")?.unwrap_or_default();
            if name.strip_prefix(KMS) != Some(key) {
                self.others += 1;
                return Ok(());
            }
            for policy in all.iter().filter_map(Value::as_object) {
                self.named(file, policy, key, of, gathered)?;
            }
            return Ok(());
        }
        let policy = one
            .get("policy")
            .and_then(Value::as_object)
            .ok_or_else(|| not_json(file, NOTHING))?;
        let kind = text(file, one, "type")?;
        let resource = text(file, one, "attachedResource")?;
        let (name, level) = match (kind, resource) {
            (Some(kind), _) => {
                let id = text(file, one, "id")?.unwrap_or_default();
                self.has_ancestors = true;
                let is_project = kind == "project";
                if is_project && id != of.project {
                    gathered.tell(format!(
                        "{}: it is of project {id}, and the key is named in {}: one may be the number of the other",
                        file.name, of.project
                    ));
                }
                let level = if is_project {
                    Level::Project
                } else {
                    Level::Above
                };
                (format!("{kind} {id}"), level)
            }
            (None, Some(resource)) => {
                let level = level(&resource, key);
                (resource, level)
            }
            (None, None) => return Err(not_json(file, "a policy does not say of what it is")),
        };
        self.has_ancestors |= level == Level::Above;
        self.policies.push(Policy {
            file: &file.name,
            of: format!("the policy of {name}"),
            level,
            bindings: bindings(file, policy)?,
        });
        Ok(())
    }

    /// One role, and whoever has it.
    fn binding(&self, policy: &Policy<'_>, binding: &Map<String, Value>, gathered: &mut Gathered) {
        let role = binding
            .get("role")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let members = binding.get("members").and_then(Value::as_array);
        let members: Vec<&str> = members
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let place = format!("{}: {}, {role}", policy.file, policy.of);
        let condition = binding
            .get("condition")
            .filter(|it| !it.is_null())
            .map(condition);
        for (class, through) in self.has(role, &members, gathered) {
            for member in &members {
                let mut why = Reason::new(place.clone());
                why.only.extend(condition.clone());
                if through {
                    why = why.only("another service of Google does it for whoever calls that");
                }
                let (id, kind) = principal(member);
                gathered.add(id, kind, class, why);
            }
        }
    }

    /// What a role lets its holders do, and whether only through another service.
    fn has(
        &self,
        role: &str,
        members: &[&str],
        gathered: &mut Gathered,
    ) -> BTreeSet<(&'static str, bool)> {
        let of = |patterns: &mut dyn Iterator<Item = &str>| {
            let all = patterns.flat_map(|pattern| roles::covered(pattern).collect::<Vec<_>>());
            all.map(|(class, name)| (class, roles::is_delegated(name)))
                .collect::<BTreeSet<_>>()
        };
        if let Some(printed) = self.roles.get(role) {
            for unknown in printed.iter().filter(|it| roles::is_unknown_use(it)) {
                gathered.tell(format!(
                    "{role} has {unknown}, a permission that this version does not know"
                ));
            }
            return of(&mut printed.iter().map(String::as_str));
        }
        match roles::of_role(role) {
            Some((patterns, basic)) => {
                if basic {
                    gathered.tell(format!(
                        "{role} is taken for everything that its name says; `gcloud iam roles describe {role} --format json` tells what it has"
                    ));
                }
                of(&mut patterns.iter().copied())
            }
            None => {
                let names: Vec<&str> = members.iter().map(|member| principal(member).0).collect();
                gathered.tell(format!(
                    "what {role} has stands in no file, and {} have it: `gcloud iam roles describe` prints it",
                    names.join(", ")
                ));
                BTreeSet::new()
            }
        }
    }

    /// What the files do not have.
    fn missing(&self) -> Vec<String> {
        let has = |level: Level| self.policies.iter().any(|policy| policy.level == level);
        let below: Vec<&str> = [
            (Level::Key, "the key"),
            (Level::KeyRing, "its key ring"),
            (Level::Project, "its project"),
        ]
        .into_iter()
        .filter(|(level, _)| !has(*level))
        .map(|(_, name)| name)
        .collect();
        let untold = self.policies.iter().filter(|it| it.level == Level::Untold);
        let untold = untold.count();
        let mut missing = Vec::new();
        if untold < below.len() {
            let all = crate::domain::text::list(&below);
            missing.push(format!(
                "the policies of {all}, of which {untold} are here: a policy alone does not say of what it is"
            ));
        }
        if !self.has_ancestors {
            missing.push(
                "the policies of folders and organisation above the project (`gcloud projects get-ancestors-iam-policy`)"
                    .to_owned(),
            );
        }
        missing
    }
}

/// Where a policy hangs that counts for a key.
fn level(resource: &str, key: &str) -> Level {
    match resource.strip_prefix(KMS) {
        Some(name) if name == key => Level::Key,
        Some(_) => Level::KeyRing,
        None if resource.contains("/projects/") => Level::Project,
        None => Level::Above,
    }
}

fn bindings(
    file: &InputFile,
    policy: &Map<String, Value>,
) -> Result<Vec<Map<String, Value>>, ProviderError> {
    let all = match policy.get("bindings") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(all)) => all,
        Some(_) => return Err(not_json(file, "bindings is no list")),
    };
    let one = |value: &Value| {
        let binding = value.as_object()?;
        let named = binding.get("role").is_some_and(Value::is_string);
        let held = match binding.get("members") {
            None => true,
            Some(Value::Array(all)) => all.iter().all(Value::is_string),
            Some(_) => false,
        };
        (named && held).then(|| binding.clone())
    };
    let all: Option<Vec<_>> = all.iter().map(one).collect();
    all.ok_or_else(|| not_json(file, "a binding has no role, or members that are no texts"))
}

/// `condition "until may": request.time < …`.
fn condition(condition: &Value) -> String {
    let field = |name: &str| condition.get(name).and_then(Value::as_str);
    match (field("title"), field("expression")) {
        (Some(title), Some(expression)) => format!("condition \"{title}\": {expression}"),
        (None, Some(expression)) => format!("condition: {expression}"),
        (Some(_) | None, None) => format!("a condition that is not understood: {condition}"),
    }
}

/// A member as it is known elsewhere, and what it is. Source: IAM, "Principal identifiers".
fn principal(member: &str) -> (&str, &'static str) {
    match member.split_once(':') {
        None if ["allUsers", "allAuthenticatedUsers"].contains(&member) => (member, "anyone"),
        Some(("deleted", _)) => (member, "gone"),
        // Logs and organisation files have the address alone.
        Some(("user", name)) => (name, "user"),
        Some(("serviceAccount", name)) => (name, "service"),
        Some(("domain", _)) => (member, "domain"),
        Some(("principal", _)) => (member, "federated"),
        Some(_) => (member, "group"),
        None => (member, "unknown"),
    }
}

const KMS: &str = "//cloudkms.googleapis.com/";
const NOTHING: &str = "it is no allow policy and no role, as gcloud prints them";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::Provider as _;
    use crate::providers::access::testing::file;
    use crate::providers::access::testing::told;
    use crate::providers::google::Google;

    const KEY: &str = "projects/bank/locations/europe-west1/keyRings/ring/cryptoKeys/payments";

    fn read(files: &[Value]) -> AccessRead {
        let files: Vec<InputFile> = files.iter().map(file).collect();
        Google.read_access(&files, KEY).unwrap()
    }

    fn policy(role: &str, members: &[&str]) -> Value {
        json!({"bindings": [{"role": role, "members": members}], "etag": "BwX", "version": 1})
    }

    #[test]
    fn a_role_says_what_its_holders_can_do_with_a_key() {
        for (role, can) in [
            (
                "roles/cloudkms.admin",
                "use? manage delegate import destroy look",
            ),
            ("roles/cloudkms.cryptoKeyDecrypter", "use"),
            (
                "roles/cloudkms.cryptoKeyEncrypterDecrypterViaDelegation",
                "use?",
            ),
            ("roles/cloudkms.cryptoOperator", "use look"),
            ("roles/cloudkms.importer", "import"),
            ("roles/cloudkms.publicKeyViewer", "look"),
            ("roles/cloudkms.viewer", "look"),
            ("roles/iam.securityAdmin", "delegate import look"),
            ("roles/resourcemanager.projectIamAdmin", "delegate"),
            ("roles/owner", "use manage delegate import destroy look"),
            ("roles/viewer", "look"),
        ] {
            let read = read(&[policy(role, &["user:ana@example.com"])]);
            assert_eq!(told(&read), [format!("ana@example.com: {can}")], "{role}");
        }
    }

    #[test]
    fn members_are_named_as_logs_name_them_and_groups_and_the_gone_are_told() {
        let read = read(&[policy(
            "roles/cloudkms.cryptoKeyDecrypter",
            &[
                "user:ana@example.com",
                "serviceAccount:app@bank.iam.gserviceaccount.com",
                "group:kms@example.com",
                "domain:example.com",
                "allAuthenticatedUsers",
                "deleted:user:ben@example.com?uid=123456789012345678901",
                "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s",
                "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
            ],
        )]);
        let kinds: Vec<&str> = read.principals.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "anyone",
                "user",
                "service",
                "gone",
                "domain",
                "group",
                "federated",
                "group"
            ]
        );
        assert_eq!(read.principals[1].id, "ana@example.com");
        let undecided = read.undecided.join("\n");
        assert!(
            undecided.contains("group:kms@example.com, principalSet://"),
            "{undecided}"
        );
        assert!(
            undecided.contains("app@bank.iam.gserviceaccount.com: who can act as it"),
            "{undecided}"
        );
    }

    #[test]
    fn a_condition_is_told_and_one_way_without_is_enough() {
        let under = json!({"bindings": [{"role": "roles/cloudkms.cryptoKeyDecrypter", "members": ["user:ana@example.com"],
            "condition": {"title": "until may", "expression": "request.time < timestamp(\"2027-05-01T00:00:00Z\")"}}]});
        let only = &read(std::slice::from_ref(&under)).principals[0].can[0].only;
        assert_eq!(
            only,
            &["condition \"until may\": request.time < timestamp(\"2027-05-01T00:00:00Z\")"]
        );
        let free = policy(
            "roles/cloudkms.cryptoKeyEncrypter",
            &["user:ana@example.com"],
        );
        assert_eq!(told(&read(&[under, free])), ["ana@example.com: use"]);
    }

    #[test]
    fn what_a_role_has_is_taken_from_its_text_before_the_table_and_told_where_nobody_has_it() {
        let custom = "projects/bank/roles/rotator";
        let held = policy(custom, &["user:ana@example.com"]);
        let unknown = read(std::slice::from_ref(&held));
        assert_eq!(told(&unknown), [""; 0]);
        assert!(
            unknown.undecided[0].contains("what projects/bank/roles/rotator has stands in no file, and ana@example.com have it"),
            "{:?}",
            unknown.undecided
        );
        let role = json!({"name": custom, "stage": "GA", "includedPermissions": [
            "cloudkms.cryptoKeyVersions.create", "cloudkms.cryptoKeyVersions.useToTeleport", "storage.objects.get"]});
        let known = read(&[held, role]);
        assert_eq!(told(&known), ["ana@example.com: manage"]);
        assert!(
            known.undecided[0].contains("useToTeleport"),
            "{:?}",
            known.undecided
        );
        let owner =
            json!({"name": "roles/owner", "includedPermissions": ["cloudkms.cryptoKeys.get"]});
        let known = read(&[policy("roles/owner", &["user:ana@example.com"]), owner]);
        assert_eq!(told(&known), ["ana@example.com: look"]);
        assert_eq!(known.undecided, [""; 0]);
    }

    #[test]
    fn every_level_above_the_key_counts_and_one_that_is_not_there_is_missing() {
        let empty = json!({"etag": "ACAB"});
        let one = read(std::slice::from_ref(&empty));
        assert_eq!(
            one.missing,
            [
                "the policies of the key, its key ring and its project, of which 1 are here: a policy alone does not say of what it is",
                "the policies of folders and organisation above the project (`gcloud projects get-ancestors-iam-policy`)",
            ]
        );
        let above = json!([
            {"id": "bank", "type": "project", "policy": policy("roles/owner", &["user:ana@example.com"])},
            {"id": "77", "type": "folder", "policy": {"etag": "ACAB"}},
            {"id": "99", "type": "organization", "policy": policy("roles/resourcemanager.organizationAdmin", &["user:ben@example.com"])},
        ]);
        let all = read(&[empty.clone(), empty, above]);
        assert_eq!(all.missing, [""; 0]);
        assert_eq!(
            told(&all),
            [
                "ana@example.com: use manage delegate import destroy look",
                "ben@example.com: delegate"
            ]
        );
        assert_eq!(
            all.principals[1].can[0].by,
            ["f.json: the policy of organization 99, roles/resourcemanager.organizationAdmin"]
        );
        let other = json!([{"id": "shop", "type": "project", "policy": {}}]);
        assert!(
            read(&[other]).undecided[0]
                .contains("it is of project shop, and the key is named in bank")
        );
    }

    #[test]
    fn effective_policies_say_of_what_they_are() {
        let of = |resource: &str, member: &str| json!({"attachedResource": resource, "policy": policy("roles/cloudkms.signer", &[member])});
        let ring = KEY.rsplit_once("/cryptoKeys/").unwrap().0;
        let effective = json!({"policyResults": [
            {"fullResourceName": format!("{KMS}{KEY}"), "policies": [
                of(&format!("{KMS}{KEY}"), "user:key@example.com"),
                of(&format!("{KMS}{ring}"), "user:ring@example.com"),
                of("//cloudresourcemanager.googleapis.com/projects/1", "user:project@example.com"),
                of("//cloudresourcemanager.googleapis.com/organizations/9", "user:top@example.com"),
            ]},
            {"fullResourceName": format!("{KMS}{KEY}2"), "policies": [of(&format!("{KMS}{KEY}2"), "user:other@example.com")]},
        ]});
        let read = read(&[effective]);
        assert_eq!(read.missing, [""; 0]);
        assert_eq!(
            told(&read),
            [
                "key@example.com: use",
                "project@example.com: use",
                "ring@example.com: use",
                "top@example.com: use"
            ]
        );
        assert_eq!(
            read.undecided,
            ["the effective policies of 1 other resources are left out"]
        );
    }

    #[test]
    fn files_that_cannot_be_what_they_should_are_refused() {
        for (value, words) in [
            (json!(7), "it is no allow policy and no role"),
            (json!({"kind": "x"}), "it is no allow policy and no role"),
            (json!([7]), "one of the list is no object"),
            (json!([{"id": "a"}]), "it is no allow policy and no role"),
            (
                json!([{"policy": {}}]),
                "a policy does not say of what it is",
            ),
            (json!({"bindings": 7}), "bindings is no list"),
            (
                json!({"bindings": [{"members": []}]}),
                "a binding has no role",
            ),
            (
                json!({"bindings": [{"role": "r", "members": [7]}]}),
                "members that are no texts",
            ),
            (json!({"includedPermissions": []}), "the role has no name"),
            (
                json!({"bindings": [{"role": "roles/owner", "members": [""]}]}),
                "is for somebody without a name",
            ),
        ] {
            let error = Google
                .read_access(&[file(&value)], KEY)
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{value}: {error}");
        }
        let other = Google.read_access(&[], "projects/p/locations/l/keyRings/r/importJobs/j");
        assert!(matches!(other, Err(ProviderError::NotWhole { .. })));
    }
}
