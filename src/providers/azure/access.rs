//! Who can get at a key of an Azure vault or Managed HSM, from what the Azure CLI prints.
//!
//! Sources: Azure CLI reference, `az keyvault show`, `az role assignment list`, `az keyvault role
//! assignment list`, `az role definition list`; Key Vault, "Azure RBAC vs. access policies" (one of the
//! two decides about data, `enableRbacAuthorization` says which); "Understand scope for Azure RBAC";
//! "Troubleshoot Azure RBAC" (a principal that was deleted has no name). Read 2026-11. Not tried on a
//! live service.
//!
//! Deny assignments, firewalls and roles for which somebody is eligible only are not in these files: the
//! answer may name somebody who cannot.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use crate::providers::AccessRead;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::access::Gathered;
use crate::providers::access::Reason;
use crate::providers::azure::Url;
use crate::providers::azure::roles;
use crate::providers::azure::roles::Plane;
use crate::providers::azure::roles::Role;
use crate::providers::json;
use crate::providers::json::not_json;
use crate::providers::json::text;

/// A role of somebody, in Azure or inside an HSM.
struct Assignment {
    place: String,
    role: String,
    role_id: String,
    scope: String,
    principal: String,
    name: Option<String>,
    kind: &'static str,
    condition: Option<String>,
    /// Of the HSM itself, which Azure does not know.
    local: bool,
}

/// Somebody's entry among the access policies of a vault.
struct OfPolicy {
    place: String,
    principal: String,
    application: Option<String>,
    permissions: Vec<String>,
}

/// The vault or HSM, as `az keyvault show` has it.
struct Vault {
    id: String,
    /// Whether role assignments decide about data.
    by_roles: bool,
}

/// Whether an assignment reaches a key; perhaps, where nothing says what lies above its vault.
enum Reach {
    Yes,
    No,
    Perhaps,
}

/// Everything that the files say.
#[derive(Default)]
struct Snapshot {
    vault: Option<Vault>,
    policies: Vec<OfPolicy>,
    assignments: Vec<Assignment>,
    roles: BTreeMap<String, Role>,
    has_assignments: bool,
    has_local: bool,
    /// Lists of nothing: nothing tells which lists they are.
    empty: Vec<String>,
}

/// Reads the files and says who can do what with the key at `url`.
pub(super) fn read(files: &[InputFile], url: &Url<'_>) -> Result<AccessRead, ProviderError> {
    let mut snapshot = Snapshot::default();
    for file in files {
        snapshot.read(file, url)?;
    }
    let mut gathered = Gathered::default();
    let is_hsm = url.service == "managedhsm";
    snapshot.by_policies(&mut gathered);
    for assignment in &snapshot.assignments {
        snapshot.by_assignment(assignment, url, is_hsm, &mut gathered);
    }
    let groups = gathered.of_kind("group").join(", ");
    if !groups.is_empty() {
        gathered.tell(format!("{groups}: who is in it stands in no file"));
    }
    let inside = if is_hsm { " roles inside the HSM," } else { "" };
    for name in &snapshot.empty {
        gathered.tell(format!(
            "{name} is an empty list: of role assignments,{inside} or role definitions, nothing in it tells which"
        ));
    }
    let missing = snapshot.missing(is_hsm, &mut gathered);
    gathered.done(missing)
}

impl Snapshot {
    fn read(&mut self, file: &InputFile, url: &Url<'_>) -> Result<(), ProviderError> {
        let all = match json::value(file)? {
            Value::Object(map) => return self.vault(file, &map, url),
            Value::Array(all) => all,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(not_json(file, NOTHING));
            }
        };
        for (number, one) in (1..).zip(&all) {
            let one = one
                .as_object()
                .ok_or_else(|| not_json(file, "one of the list is no object"))?;
            if let Some(Value::Array(permissions)) = one.get("permissions") {
                let id = text(file, one, "name")?.unwrap_or_default();
                self.roles
                    .insert(id.to_ascii_lowercase(), role(permissions));
            } else if one.contains_key("principalId") {
                self.assignment(file, number, one)?;
            } else {
                return Err(not_json(file, NOTHING));
            }
        }
        if all.is_empty() {
            self.empty.push(file.name.clone());
        }
        Ok(())
    }

    fn vault(
        &mut self,
        file: &InputFile,
        map: &Map<String, Value>,
        url: &Url<'_>,
    ) -> Result<(), ProviderError> {
        let properties = map
            .get("properties")
            .and_then(Value::as_object)
            .ok_or_else(|| not_json(file, NOTHING))?;
        let id = text(file, map, "id")?.ok_or_else(|| not_json(file, "the vault has no id"))?;
        let name = id.rsplit('/').next().unwrap_or_default();
        if !name.eq_ignore_ascii_case(url.vault) {
            let why = format!("it is of {name}, and the key is in {}", url.vault);
            return Err(not_json(file, &why));
        }
        let by_roles = properties.get("enableRbacAuthorization");
        let by_roles = by_roles.and_then(Value::as_bool).unwrap_or(false);
        let policies = properties.get("accessPolicies").and_then(Value::as_array);
        for (number, policy) in (1..).zip(policies.into_iter().flatten()) {
            let policy = policy
                .as_object()
                .ok_or_else(|| not_json(file, "an access policy is no object"))?;
            let permissions = policy.get("permissions").and_then(Value::as_object);
            let keys = permissions
                .and_then(|it| it.get("keys"))
                .and_then(Value::as_array);
            let keys = keys.into_iter().flatten().filter_map(Value::as_str);
            self.policies.push(OfPolicy {
                place: format!("{}: access policy {number}", file.name),
                principal: text(file, policy, "objectId")?
                    .ok_or_else(|| not_json(file, "an access policy is for nobody"))?,
                application: text(file, policy, "applicationId")?,
                permissions: keys.map(str::to_owned).collect(),
            });
        }
        self.vault = Some(Vault { id, by_roles });
        Ok(())
    }

    fn assignment(
        &mut self,
        file: &InputFile,
        number: usize,
        one: &Map<String, Value>,
    ) -> Result<(), ProviderError> {
        let want = |name: &str| {
            text(file, one, name)?
                .ok_or_else(|| not_json(file, &format!("role assignment {number} has no {name}")))
        };
        let role_id = want("roleDefinitionId")?;
        let role = text(file, one, "roleDefinitionName")?.or(text(file, one, "roleName")?);
        let role = role.unwrap_or_else(|| role_id.clone());
        let kind = text(file, one, "principalType")?.unwrap_or_default();
        let name = text(file, one, "principalName")?;
        let local = role_id.starts_with("Microsoft.KeyVault/");
        self.has_local |= local;
        self.has_assignments |= !local;
        self.assignments.push(Assignment {
            place: format!("{}: {role}", file.name),
            role_id: role_id
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase(),
            role,
            scope: want("scope")?,
            principal: want("principalId")?,
            // A principal that was deleted has an empty name.
            kind: match (kind.as_str(), name.as_deref()) {
                (_, Some("")) => "gone",
                ("User", _) => "user",
                ("Group" | "ForeignGroup", _) => "group",
                ("ServicePrincipal", _) => "service",
                (_, _) => "identity",
            },
            name: name.filter(|name| !name.is_empty()),
            condition: text(file, one, "condition")?,
            local,
        });
        Ok(())
    }

    /// The name that people know it by, where a role assignment tells it.
    fn named<'a>(&'a self, principal: &'a str) -> (&'a str, &'static str) {
        let known = self.assignments.iter().find(|it| it.principal == principal);
        match known {
            Some(known) => (known.name.as_deref().unwrap_or(principal), known.kind),
            None => (principal, "identity"),
        }
    }

    fn by_policies(&self, gathered: &mut Gathered) {
        let decide = self.vault.as_ref().is_some_and(|vault| !vault.by_roles);
        for policy in self.policies.iter().filter(|_| decide) {
            let (id, kind) = self.named(&policy.principal);
            for permission in &policy.permissions {
                let Some(classes) = roles::of_policy(permission) else {
                    gathered.tell(format!(
                        "{} has {permission}, a permission that this version does not know",
                        policy.place
                    ));
                    continue;
                };
                for class in classes {
                    let mut why = Reason::new(policy.place.clone());
                    if let Some(application) = &policy.application {
                        why = why.only(format!("through application {application}"));
                    }
                    gathered.add(id, kind, class, why);
                }
            }
        }
    }

    fn by_assignment(
        &self,
        assignment: &Assignment,
        url: &Url<'_>,
        is_hsm: bool,
        gathered: &mut Gathered,
    ) {
        let above = match self.reaches(assignment, url) {
            Reach::No => return,
            Reach::Yes => None,
            Reach::Perhaps => Some(format!("the vault lies in {}", assignment.scope)),
        };
        let (id, _) = self.named(&assignment.principal);
        let role = self.roles.get(&assignment.role_id).cloned();
        let Some(role) = role.or_else(|| roles::built_in(&assignment.role_id)) else {
            gathered.tell(format!(
                "what {} lets do stands in no file, and {id} has it: `az role definition list --name` prints it",
                assignment.role
            ));
            return;
        };
        let by_roles = self.vault.as_ref().map(|vault| vault.by_roles);
        let planes: &[(Plane, Option<&str>)] = match (assignment.local, is_hsm, by_roles) {
            (true, _, _) => &[(Plane::HsmData, None)],
            (false, true, _) => &[(Plane::Control, None)],
            (false, false, Some(true)) => &[(Plane::VaultData, None), (Plane::Control, None)],
            (false, false, Some(false)) => &[(Plane::PolicyControl, None)],
            (false, false, None) => &[
                (
                    Plane::VaultData,
                    Some("role assignments decide in the vault"),
                ),
                (Plane::Control, None),
                (
                    Plane::PolicyControl,
                    Some("access policies decide in the vault"),
                ),
            ],
        };
        for (plane, only) in planes {
            for class in role.classes(*plane) {
                let mut why = Reason::new(format!("{} at {}", assignment.place, assignment.scope));
                why.only.extend(only.map(str::to_owned));
                why.only.extend(above.clone());
                let condition = assignment.condition.as_ref();
                why.only
                    .extend(condition.map(|it| format!("condition: {it}")));
                gathered.add(id, assignment.kind, class, why);
            }
        }
    }

    /// Whether an assignment reaches the key.
    fn reaches(&self, assignment: &Assignment, url: &Url<'_>) -> Reach {
        let surely = |reaches: bool| if reaches { Reach::Yes } else { Reach::No };
        let scope = assignment.scope.trim_end_matches('/').to_ascii_lowercase();
        let name = url.name.to_ascii_lowercase();
        if assignment.local {
            let of_key = format!("/keys/{name}");
            return surely(scope.is_empty() || scope == "/keys" || scope == of_key);
        }
        let kind = if url.service == "managedhsm" {
            "managedhsms"
        } else {
            "vaults"
        };
        let vault = url.vault.to_ascii_lowercase();
        let vault = format!("/providers/microsoft.keyvault/{kind}/{vault}");
        if let Some((_, rest)) = scope.split_once(&vault) {
            return surely(rest.is_empty() || rest == format!("/keys/{name}"));
        }
        if scope.contains("/providers/microsoft.keyvault/") {
            return Reach::No;
        }
        match &self.vault {
            _ if scope.is_empty() => Reach::Yes,
            // A management group is no part of the id of what lies in it.
            _ if scope.contains("/managementgroups/") => Reach::Perhaps,
            Some(vault) => {
                let id = vault.id.to_ascii_lowercase();
                let rest = id.strip_prefix(&scope);
                surely(rest.is_some_and(|rest| rest.starts_with('/')))
            }
            None => Reach::Perhaps,
        }
    }

    fn missing(&self, is_hsm: bool, gathered: &mut Gathered) -> Vec<String> {
        let above = self.assignments.iter().any(|it| {
            !it.local
                && !it
                    .scope
                    .to_ascii_lowercase()
                    .contains("/microsoft.keyvault/")
        });
        if self.has_assignments && !above {
            gathered.tell(
                "no role assignment of a subscription or a resource group is in the files: `az role assignment list --include-inherited` prints them, too",
            );
        }
        let (it, local) = if is_hsm {
            (
                "the Managed HSM",
                "the roles inside the HSM (`az keyvault role assignment list`)",
            )
        } else {
            ("the vault", "")
        };
        [
            (self.vault.is_some(), format!("{it} (`az keyvault show`)")),
            (
                self.has_assignments,
                format!("the role assignments of {it} (`az role assignment list`)"),
            ),
            (self.has_local || !is_hsm, local.to_owned()),
        ]
        .into_iter()
        .filter(|(has, _)| !has)
        .map(|(_, what)| what)
        .collect()
    }
}

/// What a role definition has; several lists of permissions add up.
fn role(permissions: &[Value]) -> Role {
    let mut role = Role::default();
    for one in permissions {
        let list = |name: &str| {
            let all = one.get(name).and_then(Value::as_array);
            all.into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        role.actions.extend(list("actions"));
        role.not_actions.extend(list("notActions"));
        role.data.extend(list("dataActions"));
        role.not_data.extend(list("notDataActions"));
    }
    role
}

const NOTHING: &str =
    "it is no vault, no role assignments and no role definitions, as az prints them";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::Provider as _;
    use crate::providers::access::testing::file;
    use crate::providers::access::testing::told;
    use crate::providers::azure::KEY_VAULT;
    use crate::providers::azure::MANAGED_HSM;

    const VAULT: &str =
        "/subscriptions/5c6/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/bank";
    const KEY: &str = "https://bank.vault.azure.net/keys/payments";
    const HSM_KEY: &str = "https://bank.managedhsm.azure.net/keys/payments";

    fn read_from(
        provider: &crate::providers::azure::Azure,
        key: &str,
        files: &[Value],
    ) -> AccessRead {
        let files: Vec<InputFile> = files.iter().map(file).collect();
        provider.read_access(&files, key).unwrap()
    }

    fn read(files: &[Value]) -> AccessRead {
        read_from(&KEY_VAULT, KEY, files)
    }

    /// A role of Ana at a scope, as `az role assignment list` has it.
    fn role_at(id: &str, scope: &str) -> Value {
        json!({"principalId": "0a", "principalName": "ana@example.com", "principalType": "User", "condition": null,
            "roleDefinitionId": format!("/subscriptions/5c6/providers/Microsoft.Authorization/roleDefinitions/{id}"),
            "roleDefinitionName": "a role", "scope": scope})
    }

    fn vault(by_roles: Option<bool>, policies: &Value) -> Value {
        json!({"id": VAULT, "name": "bank", "properties": {"enableRbacAuthorization": by_roles, "accessPolicies": policies}})
    }

    fn policy(principal: &str, keys: &[&str]) -> Value {
        json!({"objectId": principal, "tenantId": "t", "applicationId": null,
            "permissions": {"keys": keys, "secrets": ["all"], "certificates": []}})
    }

    const OFFICER: &str = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";
    const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    /// The tables of "Azure built-in roles for Security" and "for Privileged".
    #[test]
    fn a_role_says_what_its_holders_can_do_with_a_key() {
        for (id, can) in [
            (
                "00482a5a-887f-4fb3-b363-3b7fe8e74483",
                "use manage import destroy look",
            ),
            (OFFICER, "use manage import destroy look"),
            ("12338af0-0e69-4776-bea7-57ae8d297424", "use manage look"),
            ("E147488A-F6F5-4113-8E2D-B22465E65BF6", "use look"),
            ("08bbd89e-9f13-488c-ac41-acfcb10c90ab", "use"),
            ("21090545-7ca7-4776-b22c-e363652d74d2", "look"),
            ("f25e0fa2-a7c8-4377-a976-54943a77a395", "manage destroy"),
            (OWNER, "manage delegate destroy"),
            ("b24988ac-6180-42a0-ab88-20f7382dd24c", "manage destroy"),
            ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "delegate"),
            ("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "delegate"),
            ("8b54135c-b56d-4d72-a534-26097cfdc8d8", "delegate"),
        ] {
            let read = read(&[vault(Some(true), &json!([])), json!([role_at(id, VAULT)])]);
            assert_eq!(told(&read), [format!("ana@example.com: {can}")], "{id}");
        }
    }

    #[test]
    fn access_policies_decide_where_the_vault_says_so_and_role_assignments_where_it_does_not() {
        let policies = json!([
            policy("0a", &["get", "wrapKey", "unwrapKey"]),
            policy("0b", &["all"]),
            policy("0c", &[])
        ]);
        let roles = json!([role_at(OFFICER, VAULT)]);
        let by_policy = "0b: use manage import destroy look";
        for by_roles in [None, Some(false)] {
            let read = read(&[vault(by_roles, &policies), roles.clone()]);
            // A role assignment tells the name of 0a.
            assert_eq!(told(&read), [by_policy, "ana@example.com: use look"]);
            assert_eq!(read.principals[0].can[0].by, ["f.json: access policy 2"]);
        }
        let read_roles = read(&[vault(Some(true), &policies), roles.clone()]);
        assert_eq!(
            told(&read_roles),
            ["ana@example.com: use manage import destroy look"]
        );
        // Whoever may write the vault may write himself a policy.
        let contributor = json!([role_at("f25e0fa2-a7c8-4377-a976-54943a77a395", VAULT)]);
        let read_control = read(&[vault(None, &json!([])), contributor.clone()]);
        assert_eq!(
            told(&read_control),
            ["ana@example.com: manage delegate destroy"]
        );
        let unknown = read(&[contributor]);
        assert_eq!(
            told(&unknown),
            ["ana@example.com: manage delegate? destroy"]
        );
        assert_eq!(unknown.missing, ["the vault (`az keyvault show`)"]);
    }

    #[test]
    fn an_assignment_counts_at_the_vault_above_it_and_at_the_key() {
        let vault = vault(Some(true), &json!([]));
        for (scope, can) in [
            ("/", "use"),
            ("/subscriptions/5C6", "use"),
            ("/subscriptions/5c6/resourceGroups/KEYS", "use"),
            ("/subscriptions/5c6/resourceGroups/key", ""),
            ("/subscriptions/5c7", ""),
            (VAULT, "use"),
            (&format!("{VAULT}/keys/payments"), "use"),
            (&format!("{VAULT}/keys/savings"), ""),
            (&format!("{VAULT}2"), ""),
            (&format!("{VAULT}/secrets/payments"), ""),
            (
                "/providers/Microsoft.Management/managementGroups/all",
                "use?",
            ),
            (
                "/subscriptions/5c6/resourceGroups/keys/providers/Microsoft.Storage/storageAccounts/x",
                "",
            ),
        ] {
            let role = json!([role_at("08bbd89e-9f13-488c-ac41-acfcb10c90ab", scope)]);
            let found = told(&read(&[vault.clone(), role]));
            let wanted: &[String] = if can.is_empty() {
                &[]
            } else {
                &[format!("ana@example.com: {can}")]
            };
            assert_eq!(found, wanted, "{scope}");
        }
        let none = read(&[vault, json!([role_at(OFFICER, VAULT)])]);
        assert!(
            none.undecided[0].contains("--include-inherited"),
            "{:?}",
            none.undecided
        );
    }

    #[test]
    fn whoever_was_deleted_has_no_name_and_groups_and_conditions_are_told() {
        let mut gone = role_at(OWNER, VAULT);
        gone["principalName"] = json!("");
        let mut group = role_at(OWNER, VAULT);
        group["principalId"] = json!("0b");
        group["principalName"] = json!("Key people");
        group["principalType"] = json!("Group");
        group["condition"] = json!("@Resource[x] StringEquals 'y'");
        let read = read(&[vault(Some(true), &json!([])), json!([gone, group])]);
        let kinds: Vec<(&str, &str)> = read
            .principals
            .iter()
            .map(|it| (it.id.as_str(), it.kind.as_str()))
            .collect();
        assert_eq!(kinds, [("0a", "gone"), ("Key people", "group")]);
        assert_eq!(
            read.principals[1].can[0].only,
            ["condition: @Resource[x] StringEquals 'y'"]
        );
        assert!(
            read.undecided
                .contains(&"Key people: who is in it stands in no file".to_owned())
        );
    }

    #[test]
    fn a_role_of_somebodys_own_needs_its_definition() {
        let held = json!([role_at("77", VAULT)]);
        let vault = vault(Some(true), &json!([]));
        let unknown = read(&[vault.clone(), held.clone()]);
        assert_eq!(told(&unknown), [""; 0]);
        let told_of = "what a role lets do stands in no file, and ana@example.com has it";
        let undecided = unknown.undecided.join("\n");
        assert!(undecided.contains(told_of), "{undecided}");
        let definition = json!([{"name": "77", "roleName": "Own", "permissions": [{"actions": [], "notActions": [],
            "dataActions": ["Microsoft.KeyVault/vaults/keys/*"], "notDataActions": ["Microsoft.KeyVault/vaults/keys/delete",
            "Microsoft.KeyVault/vaults/keys/purge/action"]}]}]);
        assert_eq!(
            told(&read(&[vault, held, definition])),
            ["ana@example.com: use manage import look"]
        );
    }

    /// The table of "Local RBAC built-in roles for Managed HSM".
    #[test]
    fn a_managed_hsm_has_roles_of_its_own() {
        let local = |id: &str, scope: &str| {
            json!([{"principalId": "0a", "principalName": "ana@example.com", "roleName": "a role",
                "roleDefinitionId": format!("Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/{id}"),
                "scope": scope}])
        };
        for (id, can) in [
            ("a290e904-7015-4bba-90c8-60543313cdb4", "delegate"),
            (
                "515eb02d-2335-4d2d-92f2-b1cbdf9c3778",
                "manage delegate destroy look",
            ),
            (
                "21dbd100-6940-42c2-9190-5d6cb909625b",
                "use manage import destroy look",
            ),
            ("4bd23610-cdcf-4971-bdee-bdc562cc28e4", "delegate"),
            ("2c18b078-7c48-4d3a-af88-5a3a1b3f82b3", "look"),
            ("33413926-3206-4cdd-b39a-83574fe37a17", "use look"),
            ("21dbd100-6940-42c2-9190-5d6cb909625c", "use"),
            ("7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8", "manage"),
            ("6efe6056-5259-49d2-8b3d-d3d73544b20b", "manage"),
        ] {
            for scope in ["/", "/keys", "/keys/payments"] {
                let read = read_from(&MANAGED_HSM, HSM_KEY, &[local(id, scope)]);
                assert_eq!(told(&read), [format!("ana@example.com: {can}")], "{id}");
            }
            let other = read_from(&MANAGED_HSM, HSM_KEY, &[local(id, "/keys/savings")]);
            assert_eq!(told(&other), [""; 0]);
        }
        let hsm = VAULT.replace("vaults", "managedHSMs");
        let read = read_from(
            &MANAGED_HSM,
            HSM_KEY,
            &[
                json!({"id": hsm, "properties": {}}),
                json!([role_at(OWNER, &hsm)]),
            ],
        );
        assert_eq!(told(&read), ["ana@example.com: manage delegate destroy"]);
        assert_eq!(
            read.missing,
            ["the roles inside the HSM (`az keyvault role assignment list`)"]
        );
    }

    #[test]
    fn an_empty_list_stands_for_no_list_since_nothing_tells_which_it_is() {
        let assignments = "the role assignments of the vault (`az role assignment list`)";
        let told_of = "f.json is an empty list: of role assignments, or role definitions, nothing in it tells which";
        let vault = vault(Some(true), &json!([]));
        let none = read(&[vault.clone(), json!([])]);
        assert_eq!(
            (none.missing, none.undecided),
            (vec![assignments.to_owned()], vec![told_of.to_owned()])
        );
        let some = read(&[vault, json!([role_at(OWNER, "/")]), json!([])]);
        assert!(some.missing.is_empty(), "{:?}", some.missing);
        assert_eq!(some.undecided, [told_of]);
        let of_hsm = read_from(&MANAGED_HSM, HSM_KEY, &[json!([]), json!([])]);
        assert_eq!(of_hsm.missing.len(), 3, "{:?}", of_hsm.missing);
        assert!(
            of_hsm.undecided[0].contains("role assignments, roles inside the HSM, or"),
            "{:?}",
            of_hsm.undecided
        );
    }

    #[test]
    fn files_that_cannot_be_what_they_should_are_refused() {
        for (value, words) in [
            (json!(7), "it is no vault"),
            (json!({"kind": "x"}), "it is no vault"),
            (json!({"properties": {}}), "the vault has no id"),
            (
                json!({"id": "/vaults/shop", "properties": {}}),
                "it is of shop, and the key is in bank",
            ),
            (vault(None, &json!([{}])), "an access policy is for nobody"),
            (json!([7]), "one of the list is no object"),
            (json!([{"id": "x"}]), "it is no vault"),
            (
                json!([{"principalId": "x"}]),
                "role assignment 1 has no roleDefinitionId",
            ),
        ] {
            let error = KEY_VAULT
                .read_access(&[file(&value)], KEY)
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{value}: {error}");
        }
        for id in ["payments", HSM_KEY] {
            let other = KEY_VAULT.read_access(&[], id);
            assert!(matches!(other, Err(ProviderError::NotWhole { .. })), "{id}");
        }
        let odd = read(&[vault(None, &json!([policy("0a", &["teleport"])]))]);
        assert!(
            odd.undecided[0].contains("has teleport, a permission that this version does not know")
        );
    }
}
