//! Who can get at a key of AWS KMS, from what the AWS CLI prints.
//!
//! Sources: AWS KMS Developer Guide, "Key policies in AWS KMS" (without the statement for the
//! account, IAM policies allow nothing), "Using IAM policies with AWS KMS", "Grants in AWS KMS"; IAM
//! User Guide, "Policy evaluation logic"; AWS CLI reference, `kms get-key-policy`, `kms list-grants`,
//! `iam get-account-authorization-details`, `iam get-user-policy`, `iam get-role-policy`. Read 2026-11.
//!
//! What narrows access further is not in these files: service control policies, resource control
//! policies, permissions boundaries, policies of sessions and of VPC endpoints. So the answer may
//! name somebody who cannot, and leaves out nobody who can.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::record::Principal;
use crate::providers::AccessRead;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::access::Can;
use crate::providers::access::Reason;
use crate::providers::access::matches;
use crate::providers::access::named;
use crate::providers::aws::actions::all;
use crate::providers::aws::policy::Statement;
use crate::providers::aws::policy::Whom;
use crate::providers::aws::snapshot;
use crate::providers::aws::snapshot::Snapshot;

/// What each principal can do: action, and why.
type Allowed = BTreeMap<String, BTreeMap<&'static str, BTreeSet<Reason>>>;

/// Reads the files and says who can do what with `key`.
pub(super) fn read(files: &[InputFile], key: &str) -> Result<AccessRead, ProviderError> {
    let mut told = Vec::new();
    let snapshot = snapshot::read(files, key, &mut told)?;
    let mut allowed = Allowed::new();
    from_key_policy(&snapshot, &mut allowed, &mut told);
    from_identities(&snapshot, key, &mut allowed, &mut told);
    from_grants(&snapshot, &mut allowed);
    denied(&snapshot, &mut allowed);
    by_roles(&snapshot, &mut allowed, &mut told);
    let principals = allowed
        .into_iter()
        .map(|(id, actions)| principal(&snapshot, id, &actions))
        .filter(|principal| !principal.can.is_empty())
        .collect();
    let principals = named(principals)?;
    told.sort();
    told.dedup();
    Ok(AccessRead {
        principals,
        undecided: told,
        missing: snapshot.missing(),
    })
}

fn add(allowed: &mut Allowed, id: &str, statement: &Statement, more: &[String]) {
    for action in &statement.actions {
        let mut only = statement.only.clone();
        only.extend(more.iter().cloned());
        let reason = Reason {
            place: statement.place.clone(),
            only,
        };
        let actions = allowed.entry(id.to_owned()).or_default();
        actions.entry(action).or_default().insert(reason);
    }
}

fn from_key_policy(snapshot: &Snapshot, allowed: &mut Allowed, told: &mut Vec<String>) {
    for statement in snapshot.key_policy.iter().filter(|it| it.allows) {
        for whom in &statement.whom {
            add(allowed, &name_of(whom), statement, &[]);
        }
        if let Some(but) = &statement.but {
            let names: Vec<String> = but.iter().map(name_of).collect();
            let names = names.join(", ");
            told.push(format!(
                "{} allows everybody but {names}: whom that is stands nowhere",
                statement.place
            ));
            add(allowed, ANYONE, statement, &[format!("not for {names}")]);
        }
    }
}

/// IAM policies count as far as the key's policy lets those of the account decide.
fn from_identities(snapshot: &Snapshot, key: &str, allowed: &mut Allowed, told: &mut Vec<String>) {
    let account = account_of(key).unwrap_or_default();
    let root = |whom: &Whom| match whom {
        Whom::Anyone => true,
        Whom::Aws(arn) => is_root(arn) && account_of(arn) == Some(account),
        Whom::Other(..) => false,
    };
    let gates: Vec<&Statement> = snapshot
        .key_policy
        .iter()
        .filter(|it| it.allows && it.whom.iter().any(root))
        .collect();
    if !gates.is_empty() && !snapshot.has_iam {
        told.push(format!(
            "the policy of the key lets IAM policies of account {account} decide, and no file has those"
        ));
    }
    for identity in &snapshot.identities {
        for statement in identity.statements.iter().filter(|it| it.allows) {
            for gate in &gates {
                let mut through = statement.clone();
                through.actions.retain(|it| gate.actions.contains(it));
                let mut more = gate.only.clone();
                more.extend(identity.boundary.clone());
                add(allowed, &identity.arn, &through, &more);
            }
        }
        for policy in &identity.unread {
            told.push(format!(
                "{policy} is attached to {}, and no file has its text",
                identity.arn
            ));
        }
    }
}

fn from_grants(snapshot: &Snapshot, allowed: &mut Allowed) {
    for (grantee, statement) in &snapshot.grants {
        add(allowed, grantee, statement, &[]);
    }
}

/// A denial without a condition ends it; one with a condition is told.
fn denied(snapshot: &Snapshot, allowed: &mut Allowed) {
    let of_key = snapshot.key_policy.iter().filter(|it| !it.allows);
    let of_key = of_key.map(|statement| (None, statement));
    let own = snapshot.identities.iter().flat_map(|identity| {
        let denials = identity.statements.iter().filter(|it| !it.allows);
        denials.map(|statement| (Some(identity.arn.as_str()), statement))
    });
    for (whose, statement) in of_key.chain(own) {
        for (id, actions) in allowed.iter_mut() {
            let certain = match whose {
                Some(arn) => arn == id.as_str(),
                None => statement.whom.iter().any(|whom| hits(whom, id)),
            };
            // Who is not named by a denial for everybody but some is denied; who is, is not.
            let all_but = statement
                .but
                .as_ref()
                .is_some_and(|but| !but.iter().any(|whom| hits(whom, id)));
            if !certain && !all_but {
                continue;
            }
            let mut unless = statement.only.clone();
            if all_but {
                unless.push("its NotPrincipal does not fit".to_owned());
            }
            for action in &statement.actions {
                if unless.is_empty() {
                    actions.remove(action);
                } else if let Some(reasons) = actions.remove(action) {
                    let words = format!(
                        "{} denies it where {}",
                        statement.place,
                        unless.join(" and ")
                    );
                    let narrowed = reasons.into_iter().map(|mut reason| {
                        reason.only.push(words.clone());
                        reason
                    });
                    actions.insert(action, narrowed.collect());
                }
            }
        }
    }
}

/// Whether a denial of the key's policy is about this principal.
fn hits(whom: &Whom, id: &str) -> bool {
    match whom {
        Whom::Anyone => true,
        // A denial for the account is one for everybody in it.
        Whom::Aws(arn) if is_root(arn) => account_of(arn) == account_of(id),
        Whom::Aws(_) | Whom::Other(..) => name_of(whom) == id,
    }
}

/// Whoever can take over a role can do what the role can.
fn by_roles(snapshot: &Snapshot, allowed: &mut Allowed, told: &mut Vec<String>) {
    for role in &snapshot.identities {
        let Some(can) = allowed.get(&role.arn).cloned() else {
            continue;
        };
        for trust in role.trust.iter().filter(|it| it.allows) {
            let mut takers: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for whom in &trust.whom {
                match whom {
                    Whom::Aws(arn) if is_root(arn) => {
                        let inside = account_of(arn) == account_of(&role.arn);
                        for other in snapshot.identities.iter().filter(|_| inside) {
                            if let Some(only) = may_assume(other.statements.as_slice(), &role.arn) {
                                takers.insert(other.arn.clone(), only);
                            }
                        }
                        if !inside || !snapshot.has_iam {
                            told.push(format!(
                                "{} may be taken over from {arn}: by whom stands in its policies",
                                role.arn
                            ));
                        }
                    }
                    Whom::Aws(arn) => drop(takers.insert(arn.clone(), Vec::new())),
                    Whom::Anyone => drop(takers.insert(ANYONE.to_owned(), Vec::new())),
                    Whom::Other(kind, name) => told.push(format!(
                        "{} may be taken over through {kind} {name}: by whom does not stand here",
                        role.arn
                    )),
                }
            }
            for (taker, only) in takers {
                for (action, reasons) in &can {
                    let through = reasons.iter().map(|reason| Reason {
                        place: format!("as {} ({})", short(&role.arn), reason.place),
                        only: [&reason.only[..], &trust.only[..], &only[..]].concat(),
                    });
                    let actions = allowed.entry(taker.clone()).or_default();
                    actions.entry(action).or_default().extend(through);
                }
            }
        }
    }
}

/// Under what conditions policies let their owner take over a role.
fn may_assume(statements: &[Statement], role: &str) -> Option<Vec<String>> {
    let covers = |it: &&Statement| it.assumes.iter().any(|pattern| matches(pattern, role));
    let mut about = statements.iter().filter(covers);
    if about.clone().any(|it| !it.allows && it.only.is_empty()) {
        return None;
    }
    about.find(|it| it.allows).map(|it| it.only.clone())
}

fn principal(
    snapshot: &Snapshot,
    id: String,
    actions: &BTreeMap<&'static str, BTreeSet<Reason>>,
) -> Principal {
    let mut can = Can::default();
    for (action, class) in all() {
        for reason in actions.get(action).into_iter().flatten() {
            can.add(class, reason.clone());
        }
    }
    Principal {
        kind: kind(snapshot, &id).to_owned(),
        id,
        can: can.permissions(),
        person: None,
        service: None,
    }
}

/// What a principal is, by its name. Source: IAM User Guide, "IAM identifiers".
fn kind(snapshot: &Snapshot, id: &str) -> &'static str {
    let part = |middle: &str| id.starts_with("arn:") && id.contains(middle);
    if id == ANYONE {
        "anyone"
    } else if is_root(id) {
        "account"
    } else if part(":user/") {
        if snapshot.has_iam && snapshot.all_of_account && !snapshot.knows(id) {
            "gone"
        } else {
            "user"
        }
    } else if part(":assumed-role/") || part(":federated-user/") {
        "session"
    } else if part(":role/") {
        "role"
    } else if id.starts_with("AIDA") || id.starts_with("AROA") {
        // The key's policy shows the unique id of a user or a role that was deleted.
        "gone"
    } else {
        "service"
    }
}

fn name_of(whom: &Whom) -> String {
    match whom {
        Whom::Anyone => ANYONE.to_owned(),
        Whom::Aws(arn) => arn.clone(),
        Whom::Other(kind, name) if kind == "Service" => name.clone(),
        Whom::Other(kind, name) => format!("{kind} {name}"),
    }
}

fn is_root(arn: &str) -> bool {
    arn.starts_with("arn:") && arn.ends_with(":root")
}

/// The account in an ARN.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

fn short(arn: &str) -> &str {
    arn.rsplit_once(':').map_or(arn, |(_, name)| name)
}

const ANYONE: &str = "*";

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn file(name: &str, value: &Value) -> InputFile {
        InputFile {
            name: name.to_owned(),
            bytes: value.to_string().into_bytes(),
        }
    }

    fn arn(name: &str) -> String {
        format!("arn:aws:iam::111122223333:{name}")
    }

    /// A key policy of these statements.
    fn policy(statements: &Value) -> InputFile {
        file(
            "policy",
            &json!({"Version": "2012-10-17", "Statement": statements}),
        )
    }

    /// The account lets its IAM policies decide; as in the default key policy.
    fn gate() -> Value {
        json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"})
    }

    /// One user, with one policy of these statements.
    fn user(name: &str, statements: &Value) -> Value {
        json!({"UserName": name, "Arn": arn(&format!("user/{name}")), "UserPolicyList": [
            {"PolicyName": "own", "PolicyDocument": {"Statement": statements}}
        ]})
    }

    fn account(users: &[Value]) -> InputFile {
        file(
            "iam",
            &json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []}),
        )
    }

    fn read_all(files: &[InputFile]) -> AccessRead {
        read(files, KEY).unwrap()
    }

    /// `use manage?`: the classes of a principal, those under a condition with a question mark.
    fn classes(read: &AccessRead, id: &str) -> String {
        let found = read.principals.iter().find(|it| it.id == id);
        let all: Vec<String> = found
            .into_iter()
            .flat_map(|it| &it.can)
            .map(|it| format!("{}{}", it.class, if it.only.is_empty() { "" } else { "?" }))
            .collect();
        all.join(" ")
    }

    #[test]
    fn a_key_policy_says_who_can_do_what_by_action_wildcard_and_exclusion() {
        let ana = arn("user/ana");
        for (fields, can) in [
            (json!({"Action": "kms:Decrypt"}), "use"),
            (json!({"Action": ["kms:ScheduleKeyDeletion"]}), "destroy"),
            (json!({"Action": "kms:Put*"}), "delegate"),
            (json!({"Action": "kms:Generate*"}), "use"),
            (
                json!({"Action": "KMS:*"}),
                "use manage delegate import destroy look",
            ),
            (
                json!({"Action": "*"}),
                "use manage delegate import destroy look",
            ),
            (json!({"Action": "kms:ImportKeyMateria?"}), "import"),
            (
                json!({"Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": true}}}),
                "delegate?",
            ),
            (
                json!({"NotAction": ["kms:*Decrypt", "kms:Encrypt", "kms:Re*", "kms:Generate*", "kms:Derive*", "kms:Sign", "kms:Verify*"]}),
                "manage delegate import destroy look",
            ),
            (
                json!({"Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:111122223333:key/*"}),
                "use",
            ),
            (
                json!({"Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:111122223333:key/other"}),
                "",
            ),
            (
                json!({"Action": "kms:Decrypt", "NotResource": "arn:aws:kms:*:111122223333:key/other"}),
                "use",
            ),
            (json!({"Action": "kms:Decrypt", "NotResource": KEY}), ""),
            (
                json!({"Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"}),
                "use?",
            ),
            (json!({"Action": "s3:*"}), ""),
            (json!({"Action": "kms:CreateKey"}), ""),
        ] {
            let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": ana}});
            for (name, value) in fields.as_object().unwrap() {
                statement[name] = value.clone();
            }
            let read = read_all(&[policy(&json!([statement]))]);
            assert_eq!(classes(&read, &ana), can, "{fields}");
        }
    }

    #[test]
    fn one_way_without_a_condition_is_enough_and_every_way_is_told() {
        let ana = arn("user/ana");
        let read = read_all(&[policy(&json!([
            {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": ana}, "Action": "kms:Decrypt",
             "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}},
            {"Sid": "B", "Effect": "Allow", "Principal": {"AWS": [ana]}, "Action": "kms:Encrypt"},
        ]))]);
        let ana = &read.principals[0];
        assert_eq!(
            ana.can[0].by,
            [
                "policy: policy of the key, A",
                "policy: policy of the key, B"
            ]
        );
        assert!(ana.can[0].only.is_empty());
        assert_eq!(ana.kind, "user");
    }

    #[test]
    fn iam_policies_count_only_as_far_as_the_key_policy_lets_the_account_decide() {
        let ben = arn("user/ben");
        let all = json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]);
        let iam = account(&[user("ben", &all)]);
        let closed = policy(
            &json!([{"Effect": "Allow", "Principal": {"AWS": arn("user/ana")}, "Action": "kms:*", "Resource": "*"}]),
        );
        assert_eq!(classes(&read_all(&[closed, iam.clone()]), &ben), "");
        let open = policy(&json!([gate()]));
        assert_eq!(
            classes(&read_all(&[open, iam.clone()]), &ben),
            "use manage delegate import destroy look"
        );
        let narrow = policy(
            &json!([{"Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": "kms:Describe*", "Resource": "*"}]),
        );
        assert_eq!(classes(&read_all(&[narrow, iam]), &ben), "look");
        // Another account's root opens nothing for this account.
        let other = policy(
            &json!([{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kms:*", "Resource": "*"}]),
        );
        let iam = account(&[user("ben", &all)]);
        assert_eq!(classes(&read_all(&[other, iam]), &ben), "");
    }

    #[test]
    fn a_denial_ends_what_it_is_about_and_one_under_a_condition_is_told() {
        let ben = arn("user/ben");
        let allow = json!({"Effect": "Allow", "Principal": {"AWS": ben}, "Action": ["kms:Decrypt", "kms:PutKeyPolicy"], "Resource": "*"});
        for (deny, can) in [
            (
                json!({"Principal": {"AWS": ben}, "Action": "kms:Decrypt"}),
                "delegate",
            ),
            (json!({"Principal": "*", "Action": "kms:*"}), ""),
            (
                json!({"Principal": {"AWS": arn("root")}, "Action": "kms:Put*"}),
                "use",
            ),
            (
                json!({"Principal": {"AWS": arn("user/cho")}, "Action": "kms:*"}),
                "use delegate",
            ),
            (
                json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}),
                "use? delegate",
            ),
            // Who is excepted is not denied; of everybody else it is told.
            (
                json!({"NotPrincipal": {"AWS": ben}, "Action": "kms:*"}),
                "use delegate",
            ),
            (
                json!({"NotPrincipal": {"AWS": arn("user/cho")}, "Action": "kms:*"}),
                "use? delegate?",
            ),
        ] {
            let mut statement = deny.clone();
            statement["Effect"] = json!("Deny");
            let read = read_all(&[policy(&json!([allow, statement]))]);
            assert_eq!(classes(&read, &ben), can, "{deny}");
        }
        let own = account(&[user(
            "ben",
            &json!([{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}]),
        )]);
        assert_eq!(
            classes(&read_all(&[policy(&json!([allow])), own]), &ben),
            "delegate"
        );
    }

    #[test]
    fn anyone_and_everybody_but_somebody_are_never_dropped() {
        let read = read_all(&[policy(&json!([
            {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}},
            {"Effect": "Allow", "NotPrincipal": {"AWS": arn("user/ben")}, "Action": "kms:Sign"},
            {"Effect": "Allow", "Principal": {"AWS": arn("user/ana")}, "Action": "kms:Teleport"},
        ]))]);
        assert_eq!(classes(&read, "*"), "use?");
        assert_eq!(read.principals[0].kind, "anyone");
        let told = read.undecided.join("\n");
        assert!(
            told.contains("allows everybody but arn:aws:iam::111122223333:user/ben"),
            "{told}"
        );
        assert!(
            told.contains("names kms:Teleport, an action that this version does not know"),
            "{told}"
        );
    }

    #[test]
    fn grants_let_their_grantee_do_what_they_list_and_their_retirer_retire() {
        let grants = file(
            "grants",
            &json!({"Grants": [
                {"KeyId": KEY, "GrantId": "1", "GranteePrincipal": arn("role/app"), "RetiringPrincipal": arn("user/ana"),
                 "Operations": ["Decrypt", "CreateGrant"], "Constraints": {"EncryptionContextEquals": {"a": "b"}}},
                {"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "GrantId": "2", "GranteeServicePrincipal": "dynamodb.eu-west-1.amazonaws.com", "Operations": ["Decrypt", "Beam"]},
            ]}),
        );
        let read = read_all(&[grants]);
        assert_eq!(classes(&read, &arn("role/app")), "use? delegate?");
        assert_eq!(classes(&read, &arn("user/ana")), "manage");
        assert_eq!(classes(&read, "dynamodb.eu-west-1.amazonaws.com"), "use");
        assert_eq!(
            read.undecided,
            ["grants: grant 2 is for Beam, an action that this version does not know"]
        );
        assert_eq!(
            read.missing,
            ["the policy of the key", "the IAM policies of the account"]
        );
    }

    #[test]
    fn whoever_can_take_over_a_role_can_do_what_it_can() {
        let role = arn("role/admin");
        let take = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}]);
        let iam = file(
            "iam",
            &json!({
                "UserDetailList": [user("ana", &take), user("ben", &json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}])), user("cho", &json!([]))],
                "GroupDetailList": [],
                "RoleDetailList": [{"Arn": role, "AssumeRolePolicyDocument":
                    // As the API encodes it.
                    "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22arn%3Aaws%3Aiam%3A%3A111122223333%3Aroot%22%2C%22Federated%22%3A%22cognito-identity.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"}],
                "Policies": [],
            }),
        );
        let key = policy(
            &json!([{"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}]),
        );
        let read = read_all(&[key, iam]);
        for (who, can) in [("ana", "destroy"), ("ben", "destroy"), ("cho", "")] {
            assert_eq!(classes(&read, &arn(&format!("user/{who}"))), can, "{who}");
        }
        let told = read.undecided.join("\n");
        assert!(
            told.contains("may be taken over through Federated cognito-identity.amazonaws.com"),
            "{told}"
        );
    }

    #[test]
    fn what_is_attached_without_its_text_and_who_is_gone_is_told() {
        let iam = file(
            "iam",
            &json!({
                "UserDetailList": [{"Arn": arn("user/ana"), "GroupList": ["none"],
                    "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/Narrow"},
                    "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}],
                    "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "kms:Sign", "Resource": "*"}}}]}],
                "RoleDetailList": [], "GroupDetailList": [], "Policies": [],
            }),
        );
        let key = policy(
            &json!([gate(), {"Effect": "Allow", "Principal": {"AWS": [arn("user/ben"), "AIDACKCEVSQ6C2EXAMPLE"]}, "Action": "kms:Sign", "Resource": "*"}]),
        );
        let read = read_all(&[key, iam]);
        assert_eq!(classes(&read, &arn("user/ana")), "use?");
        let kinds: Vec<&str> = read.principals.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(kinds, ["gone", "account", "user", "gone"]);
        let told = read.undecided.join("\n");
        assert!(
            told.contains("AdministratorAccess is attached to"),
            "{told}"
        );
        assert!(told.contains("the policies of group \"none\""), "{told}");
        let open = read_all(&[policy(&json!([gate()]))]);
        assert!(
            open.undecided[0].contains("and no file has those"),
            "{:?}",
            open.undecided
        );
    }

    #[test]
    fn files_that_cannot_be_what_they_should_are_refused() {
        let other = KEY.replace("1234abcd", "9999abcd");
        for (value, words) in [
            (
                json!({"Keys": []}),
                "it is no policy of a key, no IAM policy and no list of grants",
            ),
            (
                json!({"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}),
                "names no principal",
            ),
            (
                json!({"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "kms:*"}]}),
                "Effect of statement 1",
            ),
            (
                json!({"Statement": [{"Effect": "Allow", "Principal": "ana", "Action": "kms:*"}]}),
                "Principal of statement 1",
            ),
            (
                json!({"Statement": [{"Effect": "Allow", "Principal": "*"}]}),
                "Action of statement 1",
            ),
            (json!({"Statement": 7}), "has no Statement"),
            (json!({"Policy": "%zz"}), "is no policy document"),
            (
                json!({"Grants": [{"KeyId": other, "GranteePrincipal": "x", "Operations": []}]}),
                "is on another key",
            ),
            (
                json!({"Grants": [{"KeyId": KEY, "Operations": []}]}),
                "is for nobody",
            ),
            (
                json!({"Grants": [{"KeyId": KEY, "GrantId": "1", "GranteePrincipal": "", "Operations": ["Decrypt"]}]}),
                "f: grant 1 is for somebody without a name",
            ),
            (json!({"Grants": [], "Truncated": true}), "is not whole"),
            (
                json!({"UserDetailList": [], "IsTruncated": true}),
                "are not whole",
            ),
            (json!({"UserDetailList": [{}]}), "has somebody without Arn"),
            (
                json!({"PolicyDocument": {"Statement": []}}),
                "is of no user and no role",
            ),
        ] {
            let error = read(&[file("f", &value)], KEY).unwrap_err().to_string();
            assert!(error.contains(words), "{value}: {error}");
        }
    }

    #[test]
    fn a_key_that_policies_could_name_otherwise_is_refused() {
        use crate::providers::Provider as _;
        for id in [
            "alias/payments",
            "1234abcd",
            "arn:aws:s3:::bucket",
            "arn:aws:kms:eu-west-1:111122223333:alias/x",
        ] {
            let refused = crate::providers::aws::Aws.read_access(&[], id);
            assert!(
                matches!(refused, Err(ProviderError::NotWhole { .. })),
                "{id}"
            );
        }
        let refused = crate::providers::alibaba::Alibaba.read_access(&[], KEY);
        assert!(matches!(refused, Err(ProviderError::NoAccess { .. })));
    }

    /// A policy of one user or role, as `aws iam get-user-policy` prints it.
    #[test]
    fn one_policy_of_one_user_is_read_too() {
        let own = file(
            "own",
            &json!({"UserName": "ben", "PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}]}}),
        );
        let read = read_all(&[policy(&json!([gate()])), own]);
        assert_eq!(classes(&read, &arn("user/ben")), "use");
    }
}
