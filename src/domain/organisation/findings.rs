//! What is wrong with an organisation file, and with a script that rests on one.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::finding::Finding;
use crate::domain::finding::KEY_VALIDITY;
use crate::domain::finding::NOT_BUILT;
use crate::domain::finding::ORGANISATION;
use crate::domain::finding::RULES;
use crate::domain::finding::SHAPE;
use crate::domain::finding::STANDING_ROLE;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::finding::rule;
use crate::domain::organisation::Member;
use crate::domain::organisation::Organisation;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::KeyLine;
use crate::domain::script::LATER_PRESETS;
use crate::domain::script::Line;
use crate::domain::script::PRESETS;
use crate::domain::script::Place;
use crate::domain::script::Policy;
use crate::domain::script::Receives;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::domain::text::nearest;

/// Everything that is wrong with the file itself, in its order. Whether keys can be read, and
/// whether it is signed, is asked elsewhere.
pub fn findings(organisation: &Organisation) -> Vec<Finding> {
    let mut all = Vec::new();
    let version = &organisation.version;
    match (version.value, &organisation.follows) {
        (0, _) => all.push(
            Finding::new(&SHAPE, version.place, "versions count from 1").hint("write `version: 1`"),
        ),
        (1, Some(follows)) => all.push(
            Finding::new(&SHAPE, follows.place, "the first version follows nothing")
                .hint("remove `follows`, or count the version up"),
        ),
        (2.., None) => all.push(
            Finding::new(
                &SHAPE,
                version.place,
                format!(
                    "version {} does not say which bytes it follows",
                    version.value
                ),
            )
            .hint("add `follows:` and the SHA-256 of the version before"),
        ),
        (1, None) | (2.., Some(_)) => {}
    }
    if organisation.signed_by.is_empty() {
        all.push(
            Finding::new(
                &SHAPE,
                organisation.organisation.place,
                "nobody has to sign this file",
            )
            .hint("name those who answer for it under `signed-by`"),
        );
    }
    let mut signers = BTreeSet::new();
    for id in &organisation.signed_by {
        match organisation.people.get(id.as_str()) {
            None => {
                let near = nearest(id.as_str(), organisation.people.keys().map(Id::as_str));
                all.push(unknown("person", "people", id, near));
            }
            Some(member) if member.signing_keys.is_empty() => all.push(
                Finding::new(
                    &SHAPE,
                    id.place,
                    format!("{} must sign this file but has no signing key", id.value),
                )
                .hint("add `signing-keys` with `key` and `valid-from`"),
            ),
            Some(_) => {}
        }
        if !signers.insert(id.as_str()) {
            all.push(
                Finding::new(&SHAPE, id.place, format!("{} stands twice here", id.value))
                    .hint("name everybody once"),
            );
        }
    }
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for (id, member) in &organisation.people {
        let lower = member.name.as_str().to_lowercase();
        if let Some(other) = names.insert(lower, id.as_str()) {
            all.push(
                Finding::new(
                    &SHAPE,
                    member.place,
                    format!("{other} and {id} are both called {}", member.name),
                )
                .hint("names are read aloud: tell the two apart"),
            );
        }
        all.extend(of_member(organisation, id, member));
    }
    all.extend(of_principals(organisation));
    all.extend(of_policy(&organisation.policy));
    all.sort_by_key(|finding| finding.place);
    all
}

fn of_member(organisation: &Organisation, id: &Id, member: &At<Member>) -> Vec<Finding> {
    let mut all = Vec::new();
    if let Some(site) = &member.site
        && !organisation.sites.contains_key(site.as_str())
    {
        let near = nearest(site.as_str(), organisation.sites.keys().map(Id::as_str));
        all.push(unknown("site", "sites", site, near));
    }
    for key in &member.signing_keys {
        let Some(to) = &key.valid_to else { continue };
        if to.value < key.valid_from.value {
            all.push(
                Finding::new(
                    &SHAPE,
                    to.place,
                    format!("this key of {id} ends before it begins: it is valid on no day"),
                )
                .hint("write the last day on which it counts"),
            );
        }
    }
    all
}

/// Names at providers that two people have.
fn of_principals(organisation: &Organisation) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (id, member) in &organisation.people {
        for (provider, names) in &member.principals {
            for name in names {
                let known = seen.insert((provider.as_str(), name.as_str()), id.as_str());
                if let Some(other) = known {
                    let message = format!("{} is of {other} and of {id}", name.value);
                    all.push(
                        Finding::new(&SHAPE, name.place, message).hint(
                            "a principal of two people proves nothing about either: name one",
                        ),
                    );
                }
            }
        }
    }
    all
}

/// Names in a policy that stand for nothing.
pub fn of_policy(policy: &Policy) -> Vec<Finding> {
    let mut all = Vec::new();
    for name in &policy.presets {
        if PRESETS.iter().any(|preset| preset.name == name.as_str()) {
            continue;
        }
        let later = LATER_PRESETS.iter().find(|(it, _)| *it == name.as_str());
        all.push(match later {
            Some((name_of, wants)) => Finding::new(
                &NOT_BUILT,
                name.place,
                format!("the preset `{name_of}` is not built in this version ({wants})"),
            )
            .hint("remove it, and write what it should demand into the policy"),
            None => {
                let near = nearest(name.as_str(), PRESETS.iter().map(|preset| preset.name));
                let built: Vec<String> = PRESETS
                    .iter()
                    .map(|preset| format!("`{}`", preset.name))
                    .collect();
                let finding = Finding::new(
                    &UNKNOWN_NAME,
                    name.place,
                    format!("there is no preset `{name}`"),
                );
                finding.hint(near.map_or_else(
                    || format!("there are {}", list(&built)),
                    |near| format!("did you mean `{near}`?"),
                ))
            }
        });
    }
    for id in &policy.never_waived {
        let wrong = match rule(id.as_str()) {
            Some(rule) if rule.waivable => continue,
            Some(rule) => (format!("the rule `{}` can never be waived", rule.id), None),
            None => (
                format!("there is no rule `{id}`"),
                nearest(id.as_str(), RULES.iter().map(|rule| rule.id)),
            ),
        };
        let (message, near) = wrong;
        all.push(
            Finding::new(&UNKNOWN_NAME, id.place, message).hint(near.map_or_else(
                || "`keyrite check --rules` lists the rules".to_owned(),
                |near| format!("did you mean `{near}`?"),
            )),
        );
    }
    all
}

fn unknown(what: &str, field: &str, id: &At<Id>, near: Option<&str>) -> Finding {
    let hint = near.map_or_else(
        || format!("describe it under `{field}`"),
        |near| format!("did you mean `{near}`?"),
    );
    Finding::new(
        &UNKNOWN_NAME,
        id.place,
        format!("there is no {what} `{id}`"),
    )
    .hint(hint)
}

/// What is wrong with a script because of the organisation file that it rests on, or that is not
/// there. On [`Date::MIN`] no key has run out.
pub fn of_script(script: &Script, today: Date) -> Vec<Finding> {
    let Some(within) = &script.within else {
        let missing = script.organisation.iter().map(|path| {
            Finding::new(
                &ORGANISATION,
                path.place,
                format!("the organisation file {path} was not found"),
            )
            .hint("put it there, or name it with `--organisation FILE`")
        });
        return missing.collect();
    };
    let organisation = &within.organisation;
    let mut all = Vec::new();
    for (id, person) in &script.people {
        let Some(member) = organisation.people.get(id.as_str()) else {
            continue;
        };
        all.extend(contradictions(id, person.place, script, member));
        let Some(key) = &person.signs_with else {
            continue;
        };
        let mut keys = member.signing_keys.iter();
        let known = keys.find(|known| bare(&known.key) == bare(key));
        match known {
            Some(known) if today == Date::MIN || known.is_valid(today) => {}
            Some(known) => {
                let until = known.valid_to.as_ref().map(|to| to.value.0);
                let when = match until {
                    Some(to) if to < today => format!("ran out on {to}"),
                    Some(_) | None => format!("is not valid before {}", known.valid_from.value.0),
                };
                all.push(
                    Finding::new(
                        &KEY_VALIDITY,
                        key.place,
                        format!("the signing key of {id} {when}, by the organisation file"),
                    )
                    .hint("put the key that counts now into the organisation file, and let it be signed anew"),
                );
            }
            None => all.push(
                Finding::new(
                    &ORGANISATION,
                    key.place,
                    format!("the organisation file has no such signing key of {id}"),
                )
                .hint("remove `signs-with` here: the organisation file says it"),
            ),
        }
    }
    all.extend(of_reviews(script, organisation));
    for role in Role::ALL {
        for id in script.roles.holders(role) {
            let may = organisation
                .people
                .get(id.as_str())
                .map(|member| member.may_be.iter().any(|may| may.value == role));
            let message = match may {
                Some(true) => continue,
                Some(false) => format!(
                    "{} may not be {}, by the organisation file",
                    id.value,
                    role.spoken()
                ),
                None if script.people.contains_key(id.as_str()) => format!(
                    "{} is {} and is not in the organisation file",
                    id.value,
                    role.spoken()
                ),
                // That nobody knows the name is said already.
                None => continue,
            };
            all.push(
                Finding::new(&STANDING_ROLE, id.place, message).hint(
                    "name somebody who may, or let the organisation file be changed and signed",
                ),
            );
        }
    }
    all
}

/// Where a script and the file say different things of a principal.
fn of_reviews(script: &Script, organisation: &Organisation) -> Vec<Finding> {
    let mut all = Vec::new();
    for step in &script.steps {
        let Step::AccessReview(review) = &step.value else {
            continue;
        };
        let provider = review.provider.as_str();
        let mut told = |place: Place, principal: &str, own: &str| {
            if let Some(whose) = organisation.whose(provider, principal)
                && whose.as_str() != own
            {
                let message = format!(
                    "the script says that {principal} is {own}; the organisation file says {whose}"
                );
                all.push(
                    Finding::new(&ORGANISATION, place, message)
                        .hint("remove it here: the organisation file says it"),
                );
            }
        };
        for (principal, person) in &review.principals {
            told(person.place, principal.as_str(), person.as_str());
        }
        for principal in review.services.keys() {
            told(review.key.place, principal.as_str(), "a program");
        }
    }
    all
}

/// A public key without its comment.
fn bare(line: &KeyLine) -> Vec<&str> {
    line.as_str().split_whitespace().take(2).collect()
}

/// Where script and file say different things of one person.
fn contradictions(id: &Id, place: Place, script: &Script, member: &Member) -> Vec<Finding> {
    let Some(person) = script.people.get(id) else {
        return Vec::new();
    };
    let text = |line: &Option<At<Line>>| line.as_ref().map(|it| (it.place, it.to_string()));
    let told = |own: Option<(Place, String)>, theirs: Option<String>, what: &str| {
        let (place, own) = own?;
        let theirs = theirs?;
        (own != theirs).then(|| {
            Finding::new(
                &ORGANISATION,
                place,
                format!("the script says that the {what} of {id} is {own}; the organisation file says {theirs}"),
            )
            .hint("remove it here: the organisation file says it")
        })
    };
    let receives = |it: &Option<At<Receives>>| {
        it.as_ref().map(|it| {
            let texts: Vec<&str> = it.texts().into_iter().map(|(_, text)| text).collect();
            (it.place, texts.join(" and "))
        })
    };
    [
        told(
            Some((place, person.name.to_string())),
            Some(member.name.to_string()),
            "name",
        ),
        told(
            text(&person.manager),
            member.manager.as_ref().map(|it| it.value.to_string()),
            "manager",
        ),
        told(
            text(&person.site),
            member.site.as_ref().map(|it| it.value.to_string()),
            "site",
        ),
        told(
            receives(&person.receives_shares_at),
            receives(&member.receives_shares_at).map(|(_, text)| text),
            "recipient of shares",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
