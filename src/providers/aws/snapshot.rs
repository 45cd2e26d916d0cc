//! Files that the AWS CLI printed: whatever each is, it is told by what is in it.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::aws::actions::all;
use crate::providers::aws::policy::Statement;
use crate::providers::aws::policy::statements;
use crate::providers::json::not_json;
use crate::providers::json::object;
use crate::providers::json::text;

/// Everything that the files say about one key.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each file is there or not, whatever the others are"
)]
pub(super) struct Snapshot {
    pub(super) key_policy: Vec<Statement>,
    pub(super) identities: Vec<Identity>,
    /// Who was given what, for one key.
    pub(super) grants: Vec<(String, Statement)>,
    pub(super) has_iam: bool,
    /// Whether everybody of the account is among the identities.
    pub(super) all_of_account: bool,
    has_key_policy: bool,
    has_grants: bool,
}

/// A user or a role, with all that is attached to it.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) arn: String,
    pub(super) statements: Vec<Statement>,
    /// Who may take it over, where it is a role.
    pub(super) trust: Vec<Statement>,
    /// That something narrows it.
    pub(super) boundary: Vec<String>,
    /// Policies that are attached and whose text is not there.
    pub(super) unread: Vec<String>,
}

impl Snapshot {
    pub(super) fn knows(&self, arn: &str) -> bool {
        self.identities.iter().any(|identity| identity.arn == arn)
    }

    /// What the files do not have.
    pub(super) fn missing(&self) -> Vec<String> {
        [
            (self.has_key_policy, "the policy of the key"),
            (self.has_iam, "the IAM policies of the account"),
            (self.has_grants, "the grants on the key"),
        ]
        .into_iter()
        .filter(|(has, _)| !has)
        .map(|(_, what)| what.to_owned())
        .collect()
    }
}

/// What the files say about `key`; what is not understood goes to `told`.
pub(super) fn read(
    files: &[InputFile],
    key: &str,
    told: &mut Vec<String>,
) -> Result<Snapshot, ProviderError> {
    let mut snapshot = Snapshot::default();
    for file in files {
        let map = object(file)?;
        let mut reader = Reader {
            file,
            key,
            told,
            into: &mut snapshot,
        };
        if map.contains_key("UserDetailList") || map.contains_key("RoleDetailList") {
            reader.account(&map)?;
        } else if map.contains_key("Grants") {
            reader.grants(&map)?;
        } else if let Some(policy) = map.get("Policy") {
            reader.key_policy(policy)?;
        } else if map.contains_key("PolicyDocument") {
            reader.inline(&map)?;
        } else if map.contains_key("Statement") {
            reader.key_policy(&Value::Object(map))?;
        } else {
            return Err(not_json(
                file,
                "it is no policy of a key, no IAM policy and no list of grants",
            ));
        }
    }
    Ok(snapshot)
}

struct Reader<'a> {
    file: &'a InputFile,
    key: &'a str,
    told: &'a mut Vec<String>,
    into: &'a mut Snapshot,
}

impl Reader<'_> {
    /// `aws kms get-key-policy`, or the document alone.
    fn key_policy(&mut self, document: &Value) -> Result<(), ProviderError> {
        if self.into.has_key_policy {
            return Err(not_json(self.file, "another file is the policy of the key"));
        }
        let read = self.statements("policy of the key", document)?;
        if let Some(stray) = read
            .iter()
            .find(|it| it.whom.is_empty() && it.but.is_none())
        {
            let why = format!(
                "{} names no principal: an IAM policy alone does not say whose it is; give what `aws iam get-user-policy`, `get-role-policy` or `get-account-authorization-details` prints",
                stray.place
            );
            return Err(not_json(self.file, &why));
        }
        self.into.key_policy = read;
        self.into.has_key_policy = true;
        Ok(())
    }

    /// `aws kms list-grants`.
    fn grants(&mut self, map: &Map<String, Value>) -> Result<(), ProviderError> {
        for (number, grant) in (1..).zip(list(self.file, map, "Grants")?) {
            let name = text(self.file, &grant, "Name")?.filter(|name| !name.is_empty());
            let id = text(self.file, &grant, "GrantId")?;
            let name = name.or(id).unwrap_or_else(|| number.to_string());
            let of = text(self.file, &grant, "KeyId")?.unwrap_or_default();
            if !self.key.ends_with(&of) || of.is_empty() {
                let why = format!("grant {name} is on another key: {of}");
                return Err(not_json(self.file, &why));
            }
            let grantee = text(self.file, &grant, "GranteePrincipal")?
                .or(text(self.file, &grant, "GranteeServicePrincipal")?)
                .ok_or_else(|| not_json(self.file, &format!("grant {name} is for nobody")))?;
            let operations = grant.get("Operations").and_then(Value::as_array);
            let operations: Vec<&str> = operations
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let place = format!("{}: grant {name}", self.file.name);
            let known = |name: &str| all().find(|(action, _)| *action == name);
            for unknown in operations.iter().filter(|name| known(name).is_none()) {
                self.told.push(format!(
                    "{place} is for {unknown}, an action that this version does not know"
                ));
            }
            let only = match grant.get("Constraints") {
                Some(Value::Object(map)) if !map.is_empty() => map
                    .iter()
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect(),
                Some(_) | None => Vec::new(),
            };
            let statement = |place: &str, actions| Statement {
                place: place.to_owned(),
                allows: true,
                whom: Vec::new(),
                but: None,
                actions,
                assumes: Vec::new(),
                only: Vec::clone(&only),
            };
            let actions = operations.iter().filter_map(|name| known(name));
            let actions = actions.map(|(action, _)| action).collect();
            self.into.grants.push((grantee, statement(&place, actions)));
            if let Some(retires) = text(self.file, &grant, "RetiringPrincipal")? {
                let mut retire = statement(&place, vec!["RetireGrant"]);
                retire.only.clear();
                self.into.grants.push((retires, retire));
            }
        }
        if map.get("Truncated").and_then(Value::as_bool) == Some(true) {
            return Err(not_json(self.file, "the list of grants is not whole"));
        }
        self.into.has_grants = true;
        Ok(())
    }

    /// `aws iam get-user-policy` or `get-role-policy`: one policy of one of them.
    fn inline(&mut self, map: &Map<String, Value>) -> Result<(), ProviderError> {
        let account = super::access::account_of(self.key).unwrap_or_default();
        let user = text(self.file, map, "UserName")?.map(|name| ("user", name));
        let role = text(self.file, map, "RoleName")?.map(|name| ("role", name));
        let (kind, name) = user
            .or(role)
            .ok_or_else(|| not_json(self.file, "the policy is of no user and no role"))?;
        let policy = text(self.file, map, "PolicyName")?.unwrap_or_default();
        let document = map.get("PolicyDocument").cloned().unwrap_or_default();
        let statements = self.statements(&format!("{kind} {name}, {policy}"), &document)?;
        // The answer has no ARN; a path in the name would not be seen.
        self.into.identities.push(Identity {
            arn: format!("arn:aws:iam::{account}:{kind}/{name}"),
            statements,
            trust: Vec::new(),
            boundary: Vec::new(),
            unread: Vec::new(),
        });
        self.into.has_iam = true;
        Ok(())
    }

    /// `aws iam get-account-authorization-details`.
    fn account(&mut self, map: &Map<String, Value>) -> Result<(), ProviderError> {
        if map.get("IsTruncated").and_then(Value::as_bool) == Some(true) {
            return Err(not_json(
                self.file,
                "the details of the account are not whole",
            ));
        }
        let policies = list(self.file, map, "Policies")?;
        let groups = list(self.file, map, "GroupDetailList")?;
        for (lists, inline) in [
            ("UserDetailList", "UserPolicyList"),
            ("RoleDetailList", "RolePolicyList"),
        ] {
            for identity in list(self.file, map, lists)? {
                let arn = text(self.file, &identity, "Arn")?.ok_or_else(|| {
                    not_json(self.file, &format!("{lists} has somebody without Arn"))
                })?;
                let mut read = Identity {
                    arn,
                    statements: Vec::new(),
                    trust: Vec::new(),
                    boundary: Vec::new(),
                    unread: Vec::new(),
                };
                self.attached(&mut read, &identity, inline, &policies)?;
                for name in identity
                    .get("GroupList")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    let named = |group: &&Map<String, Value>| group.get("GroupName") == Some(name);
                    match groups.iter().find(named) {
                        Some(group) => {
                            self.attached(&mut read, group, "GroupPolicyList", &policies)?;
                        }
                        None => read.unread.push(format!("the policies of group {name}")),
                    }
                }
                if let Some(boundary) = identity.get("PermissionsBoundary") {
                    let arn = boundary
                        .get("PermissionsBoundaryArn")
                        .and_then(Value::as_str);
                    read.boundary.push(format!(
                        "the permissions boundary {} lets it",
                        arn.unwrap_or("of it")
                    ));
                }
                if let Some(trust) = identity.get("AssumeRolePolicyDocument") {
                    read.trust = self.trust(&read.arn, trust)?;
                }
                self.into.identities.push(read);
            }
        }
        self.into.has_iam = true;
        self.into.all_of_account = true;
        Ok(())
    }

    /// Policies of its own, and those that are attached.
    fn attached(
        &mut self,
        into: &mut Identity,
        of: &Map<String, Value>,
        inline: &str,
        policies: &[Map<String, Value>],
    ) -> Result<(), ProviderError> {
        for policy in list(self.file, of, inline)? {
            let name = text(self.file, &policy, "PolicyName")?.unwrap_or_default();
            let document = policy.get("PolicyDocument").cloned().unwrap_or_default();
            into.statements.extend(self.statements(&name, &document)?);
        }
        for policy in list(self.file, of, "AttachedManagedPolicies")? {
            let arn = text(self.file, &policy, "PolicyArn")?.unwrap_or_default();
            let known = policies
                .iter()
                .find(|known| known.get("Arn").and_then(Value::as_str) == Some(arn.as_str()));
            let versions = match known {
                Some(known) => list(self.file, known, "PolicyVersionList")?,
                None => Vec::new(),
            };
            let current = versions
                .iter()
                .find(|it| it.get("IsDefaultVersion").and_then(Value::as_bool) == Some(true));
            match current.and_then(|version| version.get("Document")) {
                Some(document) => {
                    let name = arn.rsplit('/').next().unwrap_or(&arn);
                    into.statements.extend(self.statements(name, document)?);
                }
                None => into.unread.push(arn),
            }
        }
        Ok(())
    }

    /// Who may take over a role: the document names no resource, so all of it is read as if it were
    /// about the role.
    fn trust(&mut self, role: &str, document: &Value) -> Result<Vec<Statement>, ProviderError> {
        let name = format!("trust of {role}");
        let mut document = super::policy::document_of(self.file, &name, document)?;
        let statements = match document.get_mut("Statement") {
            Some(Value::Array(list)) => list.iter_mut().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            Some(_) | None => Vec::new(),
        };
        for statement in statements {
            if let Some(map) = statement.as_object_mut() {
                map.insert("Resource".to_owned(), json!(role));
                // `AssumeRoleWithSAML` and `AssumeRoleWithWebIdentity` take over, too.
                map.insert("Action".to_owned(), json!("sts:AssumeRole"));
            }
        }
        self.statements(&name, &Value::Object(document))
    }

    fn statements(
        &mut self,
        name: &str,
        document: &Value,
    ) -> Result<Vec<Statement>, ProviderError> {
        statements(self.file, name, document, self.key, self.told)
    }
}

/// The objects of a list among the members; none where it is absent.
fn list(
    file: &InputFile,
    map: &Map<String, Value>,
    name: &str,
) -> Result<Vec<Map<String, Value>>, ProviderError> {
    let bad = || not_json(file, &format!("{name} is no list of objects"));
    let Some(value) = map.get(name).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let list = value.as_array().ok_or_else(bad)?;
    list.iter()
        .map(|one| one.as_object().cloned().ok_or_else(bad))
        .collect()
}
