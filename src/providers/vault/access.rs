//! Who can get at a key of a transit engine, from what Vault or OpenBao print.
//!
//! Sources: Vault API documentation, "Transit secrets engine" (paths and methods), "/sys/policies/acl",
//! "/identity/entity", "/identity/group"; "Identity" (policies of entities and groups add to those of a
//! token). Read 2026-11. Not tried on a live service.
//!
//! Auth methods give policies, too, and name them in roles and users of their own: whoever comes that way
//! stands under the name of the policy.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

use crate::providers::AccessRead;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::access::Gathered;
use crate::providers::access::Reason;
use crate::providers::json;
use crate::providers::json::not_json;
use crate::providers::json::text;
use crate::providers::vault::policy;
use crate::providers::vault::policy::Rule;

/// Paths of a key, by what somebody can do who has one of these capabilities there. `M` is the mount
/// and `K` the key; one that ends with a slash stands for all below it: hash functions, versions, ids.
static OF_A_KEY: &[(&str, &[&str], &[&str])] = &[
    (
        "use",
        &[
            "M/cmac/K",
            "M/datakey/plaintext/K",
            "M/datakey/wrapped/K",
            "M/decrypt/K",
            "M/encrypt/K",
            "M/hmac/K",
            "M/hmac/K/",
            "M/rewrap/K",
            "M/sign/K",
            "M/sign/K/",
            "M/verify/K",
            "M/verify/K/",
        ],
        &["update"],
    ),
    // Whoever has the key outside can use it there.
    (
        "use",
        &[
            "M/backup/K",
            "M/byok-export/K/K",
            "M/export/encryption-key/K",
            "M/export/encryption-key/K/",
            "M/export/hmac-key/K",
            "M/export/hmac-key/K/",
            "M/export/signing-key/K",
            "M/export/signing-key/K/",
        ],
        &["read"],
    ),
    (
        "manage",
        &[
            "M/keys/K",
            "M/keys/K/config",
            "M/keys/K/rotate",
            "M/keys/K/trim",
            "M/restore/K",
            "sys/mounts/M/tune",
        ],
        &["create", "update"],
    ),
    (
        "import",
        &["M/keys/K/import", "M/keys/K/import_version"],
        &["create", "update"],
    ),
    ("destroy", &["M/keys/K", "sys/mounts/M"], &["delete"]),
    ("look", &["M/keys/K", "M/export/public-key/K"], &["read"]),
    (
        "delegate",
        &[
            "identity/entity",
            "identity/entity/",
            "identity/entity-alias",
            "identity/entity-alias/",
            "identity/group",
            "identity/group/",
            "identity/group-alias",
            "identity/group-alias/",
        ],
        &["create", "update"],
    ),
];

/// An entity, and the policies that it has itself.
struct Entity {
    name: String,
    policies: Vec<String>,
    disabled: bool,
}

/// A group, and what its members have from it.
struct Group {
    name: String,
    policies: Vec<String>,
    entities: Vec<String>,
    groups: Vec<String>,
    /// An auth method says at a login who is in it.
    external: bool,
}

/// Everything that the files say.
#[derive(Default)]
struct Snapshot {
    policies: BTreeMap<String, Vec<Rule>>,
    listed: Option<Vec<String>>,
    entities: BTreeMap<String, Entity>,
    groups: BTreeMap<String, Group>,
}

/// Reads the files and says who can do what with the key of that name below a mount.
pub(super) fn read(
    files: &[InputFile],
    mount: &str,
    key: &str,
) -> Result<AccessRead, ProviderError> {
    let mut snapshot = Snapshot::default();
    for file in files {
        snapshot.read(file)?;
    }
    let mut gathered = Gathered::default();
    let held = snapshot.holders(&mut gathered);
    let paths = snapshot.paths(mount, key);
    for (id, kind, policies) in &held {
        snapshot.of_holder(id, kind, policies, &paths, &mut gathered);
    }
    gathered.tell(
        "whoever has a root token, or a policy by an auth method, stands in no file of identities",
    );
    gathered.done(snapshot.missing())
}

/// A path, what somebody can do who has one of these capabilities there.
type Endpoint = (&'static str, String, &'static [&'static str]);

impl Snapshot {
    fn read(&mut self, file: &InputFile) -> Result<(), ProviderError> {
        let whole = json::value(file)?;
        if let Value::Array(all) = &whole {
            let names: Option<Vec<String>> =
                all.iter().map(|it| Some(it.as_str()?.to_owned())).collect();
            let names = names.ok_or_else(|| not_json(file, NOTHING))?;
            self.listed = Some(names);
            return Ok(());
        }
        let data = whole.get("data").and_then(Value::as_object);
        let data = data.ok_or_else(|| not_json(file, NOTHING))?;
        let name = text(file, data, "name")?;
        let written = text(file, data, "policy")?.or(text(file, data, "rules")?);
        if let (Some(name), Some(written)) = (&name, written) {
            let rules = policy::rules(&written)
                .map_err(|why| not_json(file, &format!("policy {name} cannot be read: {why}")))?;
            self.policies.insert(name.clone(), rules);
            return Ok(());
        }
        let id = text(file, data, "id")?;
        let (Some(name), Some(id)) = (name, id) else {
            return Err(not_json(file, NOTHING));
        };
        let policies = texts(file, data, "policies")?;
        if data.contains_key("member_entity_ids") {
            let group = Group {
                name,
                policies,
                entities: texts(file, data, "member_entity_ids")?,
                groups: texts(file, data, "member_group_ids")?,
                external: text(file, data, "type")?.as_deref() == Some("external"),
            };
            self.groups.insert(id, group);
        } else if data.contains_key("aliases") {
            let disabled = data.get("disabled").and_then(Value::as_bool);
            let entity = Entity {
                name,
                policies,
                disabled: disabled.unwrap_or(false),
            };
            self.entities.insert(id, entity);
        } else {
            return Err(not_json(file, NOTHING));
        }
        Ok(())
    }

    /// Everybody who has policies, with all of them.
    fn holders(&self, gathered: &mut Gathered) -> Vec<(String, &'static str, BTreeSet<&str>)> {
        let mut all = Vec::new();
        let mut given = BTreeSet::new();
        let members = self.groups.values().flat_map(|group| &group.entities);
        let ids: BTreeSet<&String> = self.entities.keys().chain(members).collect();
        for id in ids {
            let entity = self.entities.get(id);
            if let Some(entity) = entity.filter(|entity| entity.disabled) {
                gathered.tell(format!("entity {} is disabled", entity.name));
                continue;
            }
            let own = entity.into_iter().flat_map(|entity| &entity.policies);
            let mut policies: BTreeSet<&str> = own.map(String::as_str).collect();
            let has = |group: &Group| group.entities.contains(id);
            policies.extend(self.through_groups(&has));
            given.extend(policies.iter().copied());
            let name = entity.map_or(id, |entity| &entity.name);
            all.push((name.clone(), "entity", policies));
        }
        for (id, group) in self.groups.iter().filter(|(_, group)| group.external) {
            let mut policies: BTreeSet<&str> = group.policies.iter().map(String::as_str).collect();
            let has = |above: &Group| above.groups.contains(id);
            policies.extend(self.through_groups(&has));
            given.extend(policies.iter().copied());
            gathered.tell(format!(
                "group {}: an auth method says who is in it",
                group.name
            ));
            all.push((format!("group {}", group.name), "group", policies));
        }
        let free = self
            .policies
            .keys()
            .filter(|name| !given.contains(name.as_str()));
        for name in free {
            all.push((
                format!("policy {name}"),
                "policy",
                BTreeSet::from([name.as_str()]),
            ));
        }
        all
    }

    /// Policies of groups, and of the groups that have those in them.
    fn through_groups(&self, has: &dyn Fn(&Group) -> bool) -> BTreeSet<&str> {
        let mut inside: BTreeSet<&String> = BTreeSet::new();
        loop {
            let more: Vec<&String> = self
                .groups
                .iter()
                .filter(|(id, _)| !inside.contains(id))
                .filter(|(_, group)| {
                    has(group) || group.groups.iter().any(|below| inside.contains(below))
                })
                .map(|(id, _)| id)
                .collect();
            if more.is_empty() {
                break;
            }
            inside.extend(more);
        }
        let groups = inside.into_iter().filter_map(|id| self.groups.get(id));
        groups
            .flat_map(|group| &group.policies)
            .map(String::as_str)
            .collect()
    }

    fn paths(&self, mount: &str, key: &str) -> Vec<Endpoint> {
        let named = |path: &str| {
            let segments = path.split('/').map(|segment| match segment {
                "M" => mount,
                "K" => key,
                other => other,
            });
            segments.collect::<Vec<_>>().join("/")
        };
        let below = |path: String| -> BTreeSet<String> {
            if !path.ends_with('/') {
                return BTreeSet::from([path]);
            }
            // What no rule tells from others is like any other one.
            let any = format!("{path}{}", policy::ANY);
            let rules = self.policies.values().flatten();
            let told = rules.filter_map(|rule| rule.below(&path));
            told.chain([any]).collect()
        };
        let of_key = OF_A_KEY.iter().flat_map(|(class, paths, any)| {
            let paths = paths.iter().flat_map(|path| below(named(path)));
            paths
                .map(|path| (*class, path, *any))
                .collect::<Vec<Endpoint>>()
        });
        // Whoever writes a policy can give those who have it anything.
        let of_policies = self.policies.keys().flat_map(|name| {
            let any: &'static [&'static str] = &["create", "update"];
            ["sys/policies/acl", "sys/policy"]
                .map(|path| ("delegate", format!("{path}/{name}"), any))
        });
        of_key.chain(of_policies).collect()
    }

    fn of_holder(
        &self,
        id: &str,
        kind: &'static str,
        policies: &BTreeSet<&str>,
        paths: &[Endpoint],
        gathered: &mut Gathered,
    ) {
        let mut rules: Vec<(&str, &Rule)> = Vec::new();
        for name in policies {
            match self.policies.get(*name) {
                Some(all) => rules.extend(all.iter().map(|rule| (*name, rule))),
                None => gathered.tell(format!("{id} has policy {name}, and no file has its text")),
            }
        }
        let all: Vec<&Rule> = rules.iter().map(|(_, rule)| *rule).collect();
        for (class, path, any) in paths {
            for rule in policy::at(&all, path).by {
                if !rule.allows(any) {
                    continue;
                }
                let of = rules.iter().find(|(_, it)| std::ptr::eq(*it, rule));
                let of = of.map_or("", |(name, _)| *name);
                let mut why = Reason::new(format!("policy {of}, path {}", rule.path()));
                why.only = rule.only();
                gathered.add(id, kind, class, why);
            }
        }
    }

    /// What the files do not have.
    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        match &self.listed {
            Some(listed) => {
                // There is no text of the one that allows everything.
                let without = listed.iter().filter(|name| *name != "root");
                let without: Vec<&str> = without
                    .filter(|name| !self.policies.contains_key(*name))
                    .map(String::as_str)
                    .collect();
                if !without.is_empty() {
                    missing.push(format!(
                        "the text of {} (`vault read -format=json sys/policies/acl/NAME`)",
                        without.join(", ")
                    ));
                }
            }
            None => missing.push(
                "the names of all policies (`vault list -format=json sys/policies/acl`)".to_owned(),
            ),
        }
        if self.entities.is_empty() && self.groups.is_empty() {
            missing.push(
                "entities and groups (`vault read -format=json identity/entity/id/ID`)".to_owned(),
            );
        }
        missing
    }
}

fn texts(
    file: &InputFile,
    map: &Map<String, Value>,
    name: &str,
) -> Result<Vec<String>, ProviderError> {
    let bad = || not_json(file, &format!("{name} is no list of texts"));
    match map.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(all)) => {
            let one = |value: &Value| Some(value.as_str()?.to_owned());
            all.iter().map(one).collect::<Option<_>>().ok_or_else(bad)
        }
        Some(_) => Err(bad()),
    }
}

const NOTHING: &str =
    "it is no policy, entity, group or list of policies, as `vault read -format=json` prints them";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::Provider as _;
    use crate::providers::access::testing::file;
    use crate::providers::access::testing::told;
    use crate::providers::vault::Vault;

    fn policy_of(name: &str, text: &str) -> InputFile {
        file(&json!({"request_id": "0", "data": {"name": name, "policy": text}}))
    }

    fn entity(id: &str, name: &str, policies: &[&str]) -> InputFile {
        file(
            &json!({"data": {"aliases": [], "id": id, "name": name, "policies": policies, "disabled": false}}),
        )
    }

    fn group(
        id: &str,
        policies: &[&str],
        entities: &[&str],
        groups: &[&str],
        kind: &str,
    ) -> InputFile {
        file(
            &json!({"data": {"id": id, "name": id, "policies": policies, "type": kind,
            "member_entity_ids": entities, "member_group_ids": groups}}),
        )
    }

    fn read(files: &[InputFile]) -> AccessRead {
        Vault.read_access(files, "transit/keys/payments").unwrap()
    }

    fn path(path: &str, capabilities: &str) -> String {
        format!("path \"{path}\" {{ capabilities = [{capabilities}] }}\n")
    }

    #[test]
    fn a_policy_says_what_its_holders_can_do_with_a_key() {
        for (text, can) in [
            (path("transit/decrypt/payments", "\"update\""), " use"),
            (path("transit/decrypt/payments", "\"read\""), ""),
            (path("transit/decrypt/other", "\"update\""), ""),
            (path("transit-eu/decrypt/payments", "\"update\""), ""),
            (path("transit/sign/payments/*", "\"update\""), " use"),
            (path("transit/sign/payments/sha2-512", "\"update\""), " use"),
            (path("transit/sign/payments/sha2-512", "\"read\""), ""),
            (path("transit/hmac/+/sha1", "\"update\""), " use"),
            (path("+/sign/payments/sha2-512", "\"update\""), " use"),
            (path("transit/+/other/sha2-512", "\"update\""), ""),
            (path("transit/sign/payments/*", "\"update\"") + &path("transit/sign/payments/x", "\"deny\""), " use"),
            (path("transit/sign/payments/*", "\"update\"") + &path("transit/sign/+/+", "\"deny\""), " use"),
            (path("transit/+/payments/*", "\"update\"") + &path("transit/+/+/*", "\"deny\""), " use manage import"),
            (path("transit/export/+/payments", "\"read\""), " use look"),
            (path("transit/export/encryption-key/payments/1", "\"read\""), " use"),
            (path("transit/export/hmac-key/payments/*", "\"read\""), " use"),
            (path("identity/entity/id/*", "\"update\""), " delegate"),
            (path("identity/group/name/admins", "\"update\""), " delegate"),
            (path("transit/backup/payments", "\"read\""), " use"),
            (path("transit/keys/payments", "\"read\", \"list\""), " look"),
            (path("transit/keys/payments", "\"delete\""), " destroy"),
            (path("transit/keys/payments/rotate", "\"update\""), " manage"),
            (path("transit/keys/+/import_version", "\"update\""), " import"),
            (path("sys/mounts/transit", "\"delete\", \"sudo\""), " destroy"),
            (path("sys/policies/acl/*", "\"update\""), " delegate"),
            (path("sys/policies/acl/other", "\"update\""), ""),
            (path("identity/*", "\"create\", \"update\""), " delegate"),
            (path("transit/*", "\"deny\""), ""),
            (path("transit/*", "\"update\"") + &path("transit/+/payments", "\"deny\""), " use manage import"),
            (path("*", "\"create\", \"read\", \"update\", \"delete\""), " use manage delegate import destroy look"),
            ("path \"transit/decrypt/payments\" { capabilities = [\"update\"]\n required_parameters = [\"context\"] }".to_owned(), " use?"),
            (path("transit/decrypt/{{identity.entity.name}}", "\"update\""), " use?"),
        ] {
            let read = read(&[policy_of("p", &text), entity("1", "ana", &["p"])]);
            let all = told(&read);
            let wanted: &[String] = if can.is_empty() { &[] } else { &[format!("ana:{can}")] };
            assert_eq!(all, wanted, "{text}");
        }
    }

    #[test]
    fn policies_come_by_entities_by_groups_and_by_groups_of_groups() {
        let decrypt = policy_of("decrypt", &path("transit/decrypt/payments", "\"update\""));
        let rotate = policy_of(
            "rotate",
            &path("transit/keys/payments/rotate", "\"update\""),
        );
        let read = read(&[
            decrypt,
            rotate,
            entity("1", "ana", &["decrypt"]),
            entity("2", "ben", &[]),
            group("inner", &[], &["1", "2", "3"], &[], "internal"),
            group("outer", &["rotate"], &[], &["inner"], "internal"),
            group("ldap", &["decrypt", "lost"], &[], &[], "external"),
        ]);
        assert_eq!(
            told(&read),
            [
                "3: manage",
                "ana: use manage",
                "ben: manage",
                "group ldap: use"
            ]
        );
        assert!(
            read.principals
                .iter()
                .all(|it| it.kind == "entity" || it.kind == "group")
        );
        let undecided = read.undecided.join("\n");
        for words in [
            "group ldap has policy lost, and no file has its text",
            "group ldap: an auth method says who is in it",
            "whoever has a root token",
        ] {
            assert!(undecided.contains(words), "{undecided}");
        }
    }

    /// Of two policies of one person the path counts that fits best, in whichever it stands.
    #[test]
    fn the_policies_of_one_are_taken_together() {
        let wide = policy_of("wide", &path("transit/*", "\"update\""));
        let narrow = policy_of("narrow", &path("transit/decrypt/*", "\"deny\""));
        let can = |policies: &[&str]| {
            let read = read(&[wide.clone(), narrow.clone(), entity("1", "ana", policies)]);
            let ana = read
                .principals
                .into_iter()
                .find(|it| it.id == "ana")
                .unwrap();
            ana.can[0].by.clone()
        };
        assert_eq!(can(&["wide"]), ["policy wide, path transit/*"]);
        // Encrypting is still allowed.
        assert_eq!(can(&["wide", "narrow"]), ["policy wide, path transit/*"]);
        let only = policy_of("only", &path("transit/decrypt/payments", "\"update\""));
        let read = read(&[
            only,
            narrow.clone(),
            entity("1", "ana", &["only", "narrow"]),
        ]);
        assert_eq!(told(&read), ["ana: use"]);
    }

    #[test]
    fn a_policy_that_nobody_has_by_the_files_stands_for_whoever_has_it() {
        let read = read(&[
            policy_of("app", &path("transit/decrypt/payments", "\"update\"")),
            entity("1", "ana", &[]),
            file(
                &json!({"data": {"aliases": [], "id": "2", "name": "ben", "policies": ["app"], "disabled": true}}),
            ),
            file(&json!(["app", "default", "root"])),
        ]);
        assert_eq!(told(&read), ["policy app: use"]);
        assert_eq!(read.principals[0].kind, "policy");
        assert!(
            read.undecided
                .contains(&"entity ben is disabled".to_owned())
        );
        assert_eq!(
            read.missing,
            ["the text of default (`vault read -format=json sys/policies/acl/NAME`)"]
        );
        let none = Vault.read_access(&[], "payments").unwrap();
        assert_eq!(none.missing.len(), 2);
    }

    #[test]
    fn files_that_cannot_be_what_they_should_are_refused() {
        for (value, words) in [
            (json!(7), "it is no policy, entity"),
            (json!({"data": {"keys": ["a"]}}), "it is no policy, entity"),
            (
                json!({"data": {"name": "a", "id": "1"}}),
                "it is no policy, entity",
            ),
            (json!([7]), "it is no policy, entity"),
            (
                json!({"data": {"name": "a", "policy": "path"}}),
                "policy a cannot be read: it ends too early",
            ),
            (
                json!({"data": {"name": "a", "id": "1", "aliases": [], "policies": [7]}}),
                "policies is no list of texts",
            ),
        ] {
            let error = Vault
                .read_access(&[file(&value)], "payments")
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{value}: {error}");
        }
        assert!(Vault.read_access(&[], "../x").is_err());
    }
}
