//! Who can use, manage and rebuild a key, and what of that should not be.

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Permission;
use crate::domain::record::Principal;
use crate::domain::record::Subject;
use crate::domain::text::list;
use crate::register::Register;
use crate::register::Rests;
use crate::register::keys::ForImport;
use crate::register::keys::Material;
use crate::register::people::AccessSeen;

/// Who can get at one key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Who {
    /// Label of the key.
    pub key: String,
    /// Where it is in its life, in words; nowhere where only its provider knows.
    pub state: Option<String>,
    /// Where that is told.
    pub rests_on: Option<Rests>,
    /// Whoever holds shares of it, for each set that may rebuild it.
    pub rebuild: Vec<Rebuild>,
    /// Whoever can use it.
    pub r#use: Vec<Holder>,
    /// Whoever can manage it, hand it on, fill it or destroy it at a provider.
    pub manage: Vec<Holder>,
    /// What is not known.
    pub not_known: Vec<String>,
}

/// People who hold shares of one set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rebuild {
    /// Id of the set.
    pub set: String,
    /// Its epoch.
    pub epoch: u32,
    /// How many of them rebuild.
    pub threshold: u8,
    /// What they rebuild.
    pub subject: Subject,
    /// Whether a later set took its place.
    pub superseded: bool,
    /// Who has a share.
    pub holders: Vec<Holder>,
}

/// Somebody or something that can get at a key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Holder {
    /// Id of the person, where it is one that is known.
    pub person: Option<String>,
    /// What for, where it is a program.
    pub service: Option<String>,
    /// Name of the person, or the provider's name of the principal.
    pub name: String,
    /// How.
    pub how: String,
    /// What it depends on, and could not be decided.
    pub only: Vec<String>,
    /// Whether he left.
    pub left: bool,
    /// Where that is told.
    pub rests_on: Rests,
}

/// Something that a review shows and that should not be.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AccessFinding {
    /// `stale`, `unmapped`, `anyone`, `contradicted`, `manages-and-uses` or `program-manages`.
    pub kind: &'static str,
    /// Label of the key.
    pub key: String,
    /// The provider's name of the principal.
    pub principal: String,
    /// The same in a sentence.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
    /// The lines that it rests on.
    pub rests_on: Vec<Rests>,
}

/// Classes of permission that change a key or who can get at it.
const MANAGING: [&str; 4] = ["manage", "delegate", "import", "destroy"];

/// Who can get at a material on a day.
pub fn who(register: &Register, material: &Material, today: Date) -> Who {
    let mut who = Who {
        key: material.key.clone(),
        state: material.life.state(material.about.declared.is_some()),
        rests_on: material.life.rests_on.clone(),
        rebuild: Vec::new(),
        r#use: Vec::new(),
        manage: Vec::new(),
        not_known: Vec::new(),
    };
    rebuilders(register, material, today, &mut who);
    by_pin(register, material, today, &mut who);
    let deleted = |provider: &str, id: &str| {
        material.life.at.values().any(|place| {
            place.standing.state == State::Destroyed
                && place.provider == provider
                && place.key_id.as_deref() == Some(id)
        })
    };
    let reviews = register.people.reviews_of(&material.key);
    for seen in reviews.filter(|it| !deleted(&it.review.provider, &it.review.key_id)) {
        by_provider(register, seen, today, &mut who);
    }
    unseen(register, material, &mut who);
    who
}

fn rebuilders(register: &Register, material: &Material, today: Date, who: &mut Who) {
    let newest = material.current().map(|set| set.id.as_str());
    for set in &material.sets {
        let superseded = newest != Some(set.id.as_str());
        if !set.still_rebuilds() {
            continue;
        }
        let holders = set.shares.iter().map(|share| {
            let thing = register.things.carries(&set.id, &share.of);
            let (id, rests) = match thing {
                Some(thing) if thing.holder != share.of => (&thing.holder, &thing.rests_on),
                Some(_) | None => (&share.of, &share.delivered),
            };
            let how = if *id == share.of {
                format!("share {}", share.index)
            } else {
                format!("share {}, made for {}", share.index, share.of)
            };
            person(register, id, how, today, rests)
        });
        who.rebuild.push(Rebuild {
            set: set.id.clone(),
            epoch: set.epoch,
            threshold: set.threshold,
            subject: set.subject,
            superseded,
            holders: holders.collect(),
        });
    }
}

fn by_pin(register: &Register, material: &Material, today: Date, who: &mut Who) {
    for serial in register
        .people
        .hsms
        .get(&material.key)
        .into_iter()
        .flatten()
    {
        let Some(pin) = register.people.pins.get(serial) else {
            continue;
        };
        if pin.by.is_empty() {
            who.not_known.push(format!(
                "who has the PIN of HSM {} ({serial}): the script does not split it ({})",
                pin.label,
                pin.rests_on.words()
            ));
        }
        for id in &pin.by {
            let how = format!("half of the PIN of HSM {} ({serial})", pin.label);
            who.r#use
                .push(person(register, id, how, today, &pin.rests_on));
        }
    }
}

fn by_provider(register: &Register, seen: &AccessSeen, today: Date, who: &mut Who) {
    let review = &seen.review;
    for principal in &review.principals {
        for (classes, permission) in told_together(&principal.can) {
            let to = match permission.class.as_str() {
                "use" => &mut who.r#use,
                class if MANAGING.contains(&class) => &mut who.manage,
                _ => continue,
            };
            let mut holder = of_principal(register, seen, principal, today);
            holder.how = format!(
                "{} at {}, as of {}: {}",
                list(&classes),
                review.provider,
                review.taken_on,
                permission.by.join("; ")
            );
            holder.only.clone_from(&permission.only);
            to.push(holder);
        }
    }
    let rests = seen.rests_on.words();
    let told = review.undecided.iter();
    who.not_known
        .extend(told.map(|told| format!("{}: {told} ({rests})", review.provider)));
    let missing = review.missing.iter();
    who.not_known.extend(missing.map(|missing| {
        format!(
            "{}: {missing}: no file of the review has them ({rests})",
            review.provider
        )
    }));
}

/// What the same statements allow of managing, once.
fn told_together(can: &[Permission]) -> Vec<(Vec<&str>, &Permission)> {
    let mut all: Vec<(Vec<&str>, &Permission)> = Vec::new();
    for permission in can {
        let manages = |it: &Permission| MANAGING.contains(&it.class.as_str());
        let same = all.iter_mut().find(|(_, known)| {
            manages(known)
                && manages(permission)
                && known.by == permission.by
                && known.only == permission.only
        });
        match same {
            Some((classes, _)) => classes.push(&permission.class),
            None => all.push((vec![&permission.class], permission)),
        }
    }
    all
}

/// Imports into keys that nobody reviewed since.
fn unseen(register: &Register, material: &Material, who: &mut Who) {
    if material.is_destroyed() {
        return;
    }
    if let Some(declared) = &material.about.declared
        && register.people.reviews_of(&material.key).next().is_none()
    {
        who.not_known.push(format!(
            "who can use and manage it at {} ({}): no snapshot of {} since it was declared on {} ({})",
            declared.provider,
            declared.key_id,
            declared.provider,
            declared.rests_on.at.date(),
            declared.rests_on.words()
        ));
    }
    for (at, import) in material.imports.iter().enumerate() {
        let same = |later: &ForImport| {
            (&later.provider, &later.key_id, &later.input)
                == (&import.provider, &import.key_id, &import.input)
        };
        // What came to the same key later is told of instead.
        if material.imports.iter().skip(at + 1).any(same) {
            continue;
        }
        let place = import.key_id.as_deref().unwrap_or(&import.input);
        let seen = register.people.reviews.iter().any(|seen| {
            seen.review.provider == import.provider
                && import
                    .key_id
                    .as_ref()
                    .is_none_or(|id| *id == seen.review.key_id)
                && seen.review.key == material.key
        });
        if !seen {
            who.not_known.push(format!(
                "who can use and manage it at {} ({place}): no snapshot of {} since it was wrapped on {} ({})",
                import.provider,
                import.provider,
                import.wrapped.at.date(),
                import.wrapped.words()
            ));
        }
    }
}

fn person(register: &Register, id: &str, how: String, today: Date, rests: &Rests) -> Holder {
    let known = register.people.all.get(id);
    let name = known.map_or(id, |person| person.name.as_str());
    Holder {
        person: Some(id.to_owned()),
        service: None,
        name: name.to_owned(),
        how,
        only: Vec::new(),
        left: known.is_some_and(|person| person.gone_on(today)),
        rests_on: rests.clone(),
    }
}

/// Whose a principal is: as the review has it, or the newest organisation file.
fn whose<'a>(register: &'a Register, seen: &'a AccessSeen, of: &'a Principal) -> Option<&'a str> {
    let listed = || Some(register.people.whose(&seen.review.provider, &of.id)?.0);
    let own = of.person.as_deref();
    own.or_else(|| listed().filter(|_| of.service.is_none()))
}

fn of_principal(register: &Register, seen: &AccessSeen, of: &Principal, today: Date) -> Holder {
    let whose = whose(register, seen, of);
    let left = whose.and_then(|id| register.people.all.get(id));
    let left = left.is_some_and(|person| person.gone_on(today));
    Holder {
        person: whose.map(str::to_owned),
        service: of.service.clone(),
        name: of.id.clone(),
        how: String::new(),
        only: Vec::new(),
        left: left || of.kind == "gone",
        rests_on: seen.rests_on.clone(),
    }
}

/// What the last reviews of a key, or of all, show and should not be.
pub fn findings(register: &Register, key: Option<&str>, today: Date) -> Vec<AccessFinding> {
    let all = register.people.reviews.iter();
    let mut found = Vec::new();
    for seen in all.filter(|seen| key.is_none_or(|key| key == seen.review.key)) {
        for principal in &seen.review.principals {
            of_one(register, seen, principal, today, &mut found);
        }
    }
    found
}

fn of_one(
    register: &Register,
    seen: &AccessSeen,
    principal: &Principal,
    today: Date,
    found: &mut Vec<AccessFinding>,
) {
    let mut add = |kind, what: String, hint, more: Option<&Rests>| {
        let mut rests_on = vec![seen.rests_on.clone()];
        rests_on.extend(more.cloned());
        found.push(AccessFinding {
            kind,
            key: seen.review.key.clone(),
            principal: principal.id.clone(),
            what,
            hint,
            rests_on,
        });
    };
    let id = &principal.id;
    let whose = whose(register, seen, principal);
    let classes: Vec<&str> = principal.can.iter().map(|it| it.class.as_str()).collect();
    let managing: Vec<&str> = classes
        .iter()
        .copied()
        .filter(|class| MANAGING.contains(class))
        .collect();
    if classes.is_empty() {
        return;
    }
    let can = list(&classes);
    if principal.kind == "gone" {
        add(
            "stale",
            format!("{id} is named, and nobody has that name any more"),
            "take it out of the policy",
            None,
        );
    } else if principal.kind == "anyone" {
        let only = principal.can.iter().flat_map(|it| &it.only).count();
        let under = if only == 0 { "" } else { ", under conditions" };
        add(
            "anyone",
            format!("anybody can {can}{under}"),
            "name those who need it",
            None,
        );
    } else if whose.is_none() && principal.service.is_none() && principal.kind != "account" {
        add(
            "unmapped",
            format!("{id} can {can}, and nobody says whose it is"),
            "say so under `principals` or `services` of the next review, or take it out of the policy",
            None,
        );
    }
    let listed = register.people.whose(&seen.review.provider, id);
    let own = principal.person.as_deref();
    let own = own.or_else(|| principal.service.as_ref().map(|_| "a program"));
    if let (Some(own), Some((other, listed))) = (own, listed)
        && own != other
    {
        let version = listed.version;
        add(
            "contradicted",
            format!(
                "{id} is {own} by the review, and {other} by version {version} of the organisation file"
            ),
            "ask whose it is, and let whichever is wrong be corrected",
            Some(&listed.rests_on),
        );
    }
    if let Some(person) = whose {
        let known = register.people.all.get(person);
        match known.map(|known| (known, &known.left)) {
            Some((known, Some(left))) if known.gone_on(today) => add(
                "stale",
                format!("{id} can {can}; {} left on {}", known.name, left.on),
                "take it out of the policy, and review again",
                Some(&left.rests_on),
            ),
            Some(_) | None => {}
        }
    }
    let uses = classes.contains(&"use");
    if uses && !managing.is_empty() && principal.kind != "account" {
        add(
            "manages-and-uses",
            format!("{id} can use the key and {} it", list(&managing)),
            "give one of the two to another principal (PCI DSS 4.0.1, 3.7; AWS KMS: separate key administrators from key users)",
            None,
        );
    }
    if let Some(service) = &principal.service
        && !managing.is_empty()
    {
        add(
            "program-manages",
            format!(
                "{id}, a program ({service}), can {} the key",
                list(&managing)
            ),
            "let a program use a key and do nothing else with it",
            None,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::register::listed::Listed;
    use crate::register::people::Leaving;

    /// A register in which one principal can do these, by a review; and what the review says it is.
    fn reviewed(id: &str, kind: &str, can: &[&str], whose: &serde_json::Value) -> Register {
        let can: Vec<_> = can
            .iter()
            .map(|class| json!({"class": class, "by": ["policy"]}))
            .collect();
        let mut principal = json!({"id": id, "kind": kind, "can": can});
        for (name, value) in whose.as_object().unwrap() {
            principal[name] = value.clone();
        }
        let review = json!({
            "key": "payments", "provider": "google-kms", "key-id": "k", "taken-on": "2026-01-01",
            "files": [], "principals": [principal], "by": "ana", "seen-by": "eli",
        });
        let mut register = Register::default();
        register.people.reviews.push(AccessSeen {
            review: serde_json::from_value(review).unwrap(),
            rests_on: Rests::on("2026-01-01", 3),
            closed: None,
        });
        register
    }

    fn kinds(register: &Register) -> Vec<&'static str> {
        let all = findings(register, None, "2026-06-01".parse().unwrap());
        all.iter().map(|it| it.kind).collect()
    }

    /// The organisation file says that a principal is this person's.
    fn listed(register: &mut Register, person: &str, provider: &str, principal: &str) {
        let known = register.people.all.entry(person.to_owned()).or_default();
        known.listed = Some(Listed {
            version: 4,
            roles: Vec::new(),
            principals: vec![(provider.to_owned(), principal.to_owned())],
            key_ends: None,
            rests_on: Rests::on("2026-02-01", 1),
        });
    }

    #[test]
    fn each_kind_of_principal_that_should_not_be_is_a_finding_of_its_own() {
        let ana = json!({"person": "ana"});
        let app = json!({"service": "settlement"});
        let none = json!({});
        for (kind, can, whose, found) in [
            ("user", &["use"][..], &ana, &[][..]),
            ("user", &[], &none, &[]),
            ("user", &["look"], &none, &["unmapped"]),
            ("group", &["manage"], &none, &["unmapped"]),
            ("account", &["use", "manage"], &none, &[]),
            ("gone", &["use"], &none, &["stale"]),
            ("anyone", &["use"], &none, &["anyone"]),
            ("user", &["use", "delegate"], &ana, &["manages-and-uses"]),
            ("user", &["manage", "destroy", "import", "look"], &ana, &[]),
            ("service", &["use"], &app, &[]),
            ("service", &["import"], &app, &["program-manages"]),
            (
                "service",
                &["use", "manage"],
                &app,
                &["manages-and-uses", "program-manages"],
            ),
        ] {
            let register = reviewed("p", kind, can, whose);
            assert_eq!(kinds(&register), found, "{kind} {can:?} {whose}");
        }
    }

    #[test]
    fn what_nobody_looked_at_is_told_once_for_each_provider_key() {
        let import = |input: &str, id: &str, on: &str| ForImport {
            input: input.to_owned(),
            provider: "aws-kms".to_owned(),
            algorithm: "RSAES_OAEP_SHA_256".to_owned(),
            key_id: Some(id.to_owned()),
            valid_for: None,
            challenge: None,
            wrapped: Rests::on(on, 9),
        };
        let mut material = Material::blank("payments", "00");
        material.imports = vec![
            import("aws", "k-1", "2026-01-01"),
            import("other", "k-2", "2026-01-02"),
            import("aws", "k-1", "2026-03-01"),
        ];
        let told = who(
            &Register::default(),
            &material,
            "2026-06-01".parse().unwrap(),
        )
        .not_known;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("(k-2)") && told[0].contains("2026-01-02"));
        assert!(told[1].contains("(k-1)") && told[1].contains("2026-03-01"));
    }

    #[test]
    fn the_organisation_file_says_whose_a_principal_is_at_its_provider_alone() {
        let none = json!({});
        let mut register = reviewed("ana@example.com", "user", &["use"], &none);
        listed(&mut register, "ana", "azure-key-vault", "ana@example.com");
        assert_eq!(kinds(&register), ["unmapped"]);
        listed(&mut register, "ana", "google-kms", "ana@example.com");
        assert_eq!(kinds(&register), [""; 0]);
        // Whoever left by the records is stale, though the file still names him.
        register.people.all.get_mut("ana").unwrap().left = Some(Leaving {
            on: "2026-05-31".parse().unwrap(),
            because: String::new(),
            opens: Vec::new(),
            rests_on: Rests::on("2026-05-20", 3),
        });
        assert_eq!(kinds(&register), ["stale"]);
    }

    #[test]
    fn a_review_and_an_organisation_file_that_differ_contradict_each_other() {
        for whose in [json!({"person": "ben"}), json!({"service": "settlement"})] {
            let mut register = reviewed("ana@example.com", "user", &["use"], &whose);
            listed(&mut register, "ana", "google-kms", "ana@example.com");
            let all = findings(&register, Some("payments"), "2026-06-01".parse().unwrap());
            assert_eq!(all[0].kind, "contradicted");
            assert!(
                all[0]
                    .what
                    .contains("and ana by version 4 of the organisation file")
            );
            assert_eq!(
                all[0].rests_on,
                [Rests::on("2026-01-01", 3), Rests::on("2026-02-01", 1)]
            );
        }
        let mut same = reviewed(
            "ana@example.com",
            "user",
            &["use"],
            &json!({"person": "ana"}),
        );
        listed(&mut same, "ana", "google-kms", "ana@example.com");
        assert_eq!(kinds(&same), [""; 0]);
    }
}
