//! Somebody who leaves: what he could get at, and what closes each point.

use jiff::civil::Date;
use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Access;
use crate::domain::record::Subject;
use crate::domain::text::list;
use crate::register::Register;
use crate::register::Rests;
use crate::register::due::day;
use crate::register::keys::Material;
use crate::register::keys::Set;
use crate::register::people::AccessSeen;
use crate::register::people::Person;

/// Something that somebody can get at, or could.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Task {
    /// What kind of thing.
    pub what: Access,
    /// Which one.
    pub of: String,
    /// The key that it is about, where it is about one.
    pub key: Option<String>,
    /// What he has, in a sentence.
    pub has: String,
    /// What must happen.
    pub must: String,
    /// Whether it happened.
    pub closed: bool,
    /// What happened, or why it is open.
    pub because: String,
    /// The lines that it rests on.
    pub rests_on: Vec<Rests>,
}

/// Everything that somebody can get at, or could: from records alone.
pub fn tasks(register: &Register, id: &str, person: &Person) -> Vec<Task> {
    let mut all = Vec::new();
    for material in &register.materials {
        shares(id, material, &mut all);
    }
    for task in all.iter_mut().filter(|it| it.what == Access::Component) {
        withdrawn(person, task);
    }
    things(register, id, person, &mut all);
    pins(register, id, person, &mut all);
    principals(register, id, person, &mut all);
    roles(person, &mut all);
    listed(register, person, &mut all);
    opened(person, &mut all);
    all
}

/// His shares of a key, of the set that counts and of those before it.
fn shares(id: &str, material: &Material, all: &mut Vec<Task>) {
    for (at, set) in material.sets.iter().enumerate() {
        share(id, material, set, at + 1 == material.sets.len(), all);
    }
}

fn share(id: &str, material: &Material, set: &Set, newest: bool, all: &mut Vec<Task>) {
    let Some(share) = set.shares.iter().find(|share| share.of == id) else {
        return;
    };
    let key = &material.key;
    let component = set.subject == Subject::Component;
    let mut rests_on = vec![share.delivered.clone()];
    let end = if component {
        without_others(id, set).or_else(|| ended(material))
    } else {
        retired(set).or_else(|| destroyed(material))
    };
    let (closed, because) = match (end, &set.retired) {
        (Some((because, rests)), _) => {
            rests_on.push(rests);
            (true, because)
        }
        (None, Some(retired)) => {
            rests_on.push(retired.rests_on.clone());
            (false, retired.says.clone())
        }
        (None, None) if material.life.standing.state == State::Compromised => (
            false,
            "the key is compromised, and no other version took its place".to_owned(),
        ),
        (None, None) if newest => (false, "it is of the set that counts".to_owned()),
        (None, None) => (
            false,
            "its set was replaced, and nobody told what became of the old shares".to_owned(),
        ),
    };
    all.push(Task {
        what: if component { Access::Component } else { Access::Share },
        of: set.id.clone(),
        key: Some(key.clone()),
        has: if component {
            format!("component {} of key {key}, which he has seen", share.index)
        } else {
            format!("share {} of key {key} (epoch {})", share.index, set.epoch)
        },
        must: if component {
            format!("make a new key in the place of {key}, and take this one out of use or destroy it: a component cannot be taken from whoever has seen it")
        } else if newest {
            format!("deal shares of {key} without them, and tell what became of the old ones (`reshare`, `retire`)")
        } else {
            "tell what became of the old shares (`retire`), or make a new key".to_owned()
        },
        closed,
        because,
        rests_on,
    });
}

/// An end of something, in a sentence, and where it is told.
type End = (String, Rests);

/// Too few shares of the set are left.
fn retired(set: &Set) -> Option<End> {
    let retired = set.retired.as_ref().filter(|retired| !retired.live)?;
    Some((retired.says.clone(), retired.rests_on.clone()))
}

/// A component that he has seen is of no use where one of somebody else's is gone: all are needed.
fn without_others(id: &str, set: &Set) -> Option<End> {
    let retired = set.retired.as_ref()?;
    let other = retired.destroyed.iter().find(|of| *of != id)?;
    Some((
        format!("all components are needed, and that of {other} was destroyed"),
        retired.rests_on.clone(),
    ))
}

/// The key is gone from everywhere.
fn destroyed(material: &Material) -> Option<End> {
    let destroyed = material.life.destroyed.as_ref()?;
    Some((
        format!("key {} was destroyed", material.key),
        destroyed.rests_on.clone(),
    ))
}

/// The key protects nothing new any more, for ever: it was destroyed or taken out of use. A compromise
/// alone ends nothing: until another version takes its place somebody may go on with it.
fn ended(material: &Material) -> Option<End> {
    let life = &material.life;
    if let Some(end) = destroyed(material) {
        return Some(end);
    }
    let rests = life.rests_on.clone()?;
    let newer = material.versions.superseded.as_ref();
    let replaced = newer.map_or(String::new(), |newer| {
        format!(", and {} took its place", newer.key)
    });
    match life.standing.state {
        State::Deactivated => Some((
            format!("key {} was taken out of use{replaced}", material.key),
            rests,
        )),
        State::Compromised if newer.is_some() => Some((
            format!("key {} is stopped as compromised{replaced}", material.key),
            rests,
        )),
        State::Compromised
        | State::PreActivation
        | State::Active
        | State::Suspended
        | State::Destroyed => None,
    }
}

fn things(register: &Register, id: &str, person: &Person, all: &mut Vec<Task>) {
    for thing in register.things.all() {
        let name = format!("{} {}", thing.what, thing.serial);
        let has = thing.holder == id;
        // What somebody else has now is a point of his only if it was one when he left.
        let was = person.left.as_ref().is_some_and(|left| {
            left.opens
                .iter()
                .any(|it| it.what == Access::Thing && it.of == name)
        });
        if !has && !was {
            continue;
        }
        let place = thing.r#where.as_deref().unwrap_or("their hand");
        all.push(Task {
            what: Access::Thing,
            key: thing.share.as_ref().map(|share| share.key.clone()),
            has: format!(
                "{name}, last told of in {}",
                if has { place } else { "their keeping" }
            ),
            must: "take it back, in its bag (`hand-over` in a ceremony of kind `custody`)"
                .to_owned(),
            closed: !has,
            because: if has {
                "he has it".to_owned()
            } else {
                format!("{} has it", thing.holder)
            },
            rests_on: vec![thing.rests_on.clone()],
            of: name,
        });
    }
    for task in all.iter_mut().filter(|it| it.what == Access::Thing) {
        withdrawn(person, task);
    }
}

fn pins(register: &Register, id: &str, person: &Person, all: &mut Vec<Task>) {
    for (serial, held) in &register.people.pins {
        let has = held.by.iter().any(|by| by == id);
        if !has {
            continue;
        }
        let mut task = Task {
            what: Access::Pin,
            of: serial.clone(),
            key: None,
            has: format!("half of the PIN of HSM {} ({serial})", held.label),
            must: "change the PIN, two others typing it, and tell so (`withdraw`)".to_owned(),
            closed: false,
            because: "nobody told that the PIN was changed".to_owned(),
            rests_on: vec![held.rests_on.clone()],
        };
        withdrawn(person, &mut task);
        all.push(task);
    }
}

fn principals(register: &Register, id: &str, person: &Person, all: &mut Vec<Task>) {
    for seen in &register.people.reviews {
        let review = &seen.review;
        let own = review
            .principals
            .iter()
            .filter(|it| it.person.as_deref() == Some(id) && !it.can.is_empty());
        for principal in own {
            all.push(Task {
                what: Access::Principal,
                of: principal.id.clone(),
                key: Some(review.key.clone()),
                has: format!(
                    "{} at {}, for key {}",
                    principal.id, review.provider, review.key
                ),
                must: "delete it, and show by a new `access-review` that it is gone".to_owned(),
                closed: false,
                because: format!("the files of {} have it", review.taken_on),
                rests_on: vec![seen.rests_on.clone()],
            });
        }
    }
    // What the organisation file and the record of his leaving name, no review need have.
    let listed = person.listed.iter().flat_map(|listed| &listed.principals);
    let opened = person.left.iter().flat_map(|left| &left.opens);
    let opened = opened.filter(|it| it.what == Access::Principal);
    let named = listed
        .map(|(provider, name)| (name, Some(provider.as_str())))
        .chain(opened.map(|was| (&was.of, None)));
    for (name, provider) in named {
        let known = |it: &Task| it.what == Access::Principal && it.of == *name;
        if !all.iter().any(known) {
            all.push(gone(register, person, name, provider));
        }
    }
}

/// He may hold roles, by the organisation file, until a ceremony is pinned to one that leaves him out.
fn listed(register: &Register, person: &Person, all: &mut Vec<Task>) {
    let Some(listed) = person.listed.as_ref().filter(|it| !it.roles.is_empty()) else {
        all.extend(taken_out(register, person));
        return;
    };
    let roles: Vec<&str> = listed.roles.iter().map(String::as_str).collect();
    all.push(Task {
        what: Access::Other,
        of: PLACE.to_owned(),
        key: None,
        has: format!(
            "the standing roles {} in version {} of the organisation file",
            list(&roles),
            listed.version
        ),
        must: "take them out, let the next version be signed, and hold a ceremony that rests on it"
            .to_owned(),
        closed: false,
        because: "no ceremony rests on a version without them".to_owned(),
        rests_on: vec![listed.rests_on.clone()],
    });
}

/// His place was open when he left, and the newest file does not have it.
fn taken_out(register: &Register, person: &Person) -> Option<Task> {
    let left = person.left.as_ref()?;
    let was = |it: &crate::domain::record::Opened| it.what == Access::Other && it.of == PLACE;
    let pinned = register.people.organisation.as_ref()?;
    left.opens.iter().any(was).then(|| Task {
        what: Access::Other,
        of: PLACE.to_owned(),
        key: None,
        has: "standing roles in an earlier version of the organisation file".to_owned(),
        must: "hold a ceremony that rests on a version without them".to_owned(),
        closed: true,
        because: format!("version {} does not have them in any role", pinned.version),
        rests_on: vec![left.rests_on.clone(), pinned.rests_on.clone()],
    })
}

/// What somebody has who stands in the organisation file.
const PLACE: &str = "a place in the organisation file";

/// A principal that was his, and that no review has any more.
fn gone(register: &Register, person: &Person, principal: &str, provider: Option<&str>) -> Task {
    let left = person.left.as_ref();
    let since = left.map(|left| (left.on, left.rests_on.clone()));
    let mut rests_on: Vec<Rests> = since.iter().map(|(_, rests)| rests.clone()).collect();
    let after = |taken: &str| match (&since, taken.parse::<Date>()) {
        (Some((on, _)), Ok(taken)) => taken >= *on,
        (Some(_) | None, Ok(_) | Err(_)) => false,
    };
    // Only a review that saw whose account it is can miss it.
    let account = account(principal);
    let of_account: Vec<_> = register
        .people
        .reviews
        .iter()
        .filter(|it| provider.is_none_or(|provider| provider == it.review.provider))
        .filter(|it| account == self::account(&it.review.key_id))
        .collect();
    let tells = |it: &&AccessSeen| it.review.missing.is_empty() && after(&it.review.taken_on);
    // Files of an AWS account say who is in it, whichever key they are about. Elsewhere a review tells of
    // its own key alone: all of them have to be looked at.
    let is_whole =
        account.is_some() || of_account.iter().all(|it| it.closed.is_some() || tells(it));
    let later: Vec<_> = of_account
        .into_iter()
        .filter(|it| is_whole && tells(it))
        .collect();
    rests_on.extend(later.iter().map(|it| it.rests_on.clone()));
    let keys: Vec<&str> = later.iter().map(|it| it.review.key.as_str()).collect();
    Task {
        what: Access::Principal,
        of: principal.to_owned(),
        key: None,
        has: format!("{principal} at a provider"),
        must: "show by a new `access-review` that it is gone".to_owned(),
        closed: !later.is_empty(),
        because: if later.is_empty() {
            "no review of all policies was made since they left".to_owned()
        } else {
            format!(
                "reviews since they left do not have it: {}",
                keys.join(", ")
            )
        },
        rests_on,
    }
}

/// The account in a name such as `arn:aws:iam::111122223333:user/ben`.
fn account(name: &str) -> Option<&str> {
    name.split(':').nth(4).filter(|account| !account.is_empty())
}

/// A role ends with the record of his leaving, unless he held it afterwards.
fn roles(person: &Person, all: &mut Vec<Task>) {
    for (role, last) in &person.held {
        let mut task = Task {
            what: Access::Role,
            of: role.clone(),
            key: None,
            has: format!("the role {role}, last held on {}", last.at.date()),
            must: "give it to somebody else".to_owned(),
            closed: false,
            because: "nothing tells that they left".to_owned(),
            rests_on: vec![last.clone()],
        };
        if let Some(left) = &person.left {
            task.closed = day(last.at) <= left.on;
            task.because = if task.closed {
                format!("they left on {}, and held it in no later ceremony", left.on)
            } else {
                format!("they left on {}, and held it afterwards", left.on)
            };
            task.rests_on.push(left.rests_on.clone());
        }
        all.push(task);
    }
}

/// What the record of his leaving names, and no other record tells of.
fn opened(person: &Person, all: &mut Vec<Task>) {
    let Some(left) = &person.left else {
        return;
    };
    for was in &left.opens {
        if all.iter().any(|it| it.what == was.what && it.of == was.of) {
            continue;
        }
        let mut task = Task {
            what: was.what,
            of: was.of.clone(),
            key: None,
            has: was.of.clone(),
            must: "take it from him, and tell so (`withdraw`)".to_owned(),
            closed: false,
            because: "nobody told that it was taken from him".to_owned(),
            rests_on: vec![left.rests_on.clone()],
        };
        withdrawn(person, &mut task);
        all.push(task);
    }
}

/// People told that it was taken from him, after he had it last.
fn withdrawn(person: &Person, task: &mut Task) {
    let last = task.rests_on.iter().map(|rests| rests.at).max();
    let told = person.lost(task.what, &task.of);
    if let Some(told) = told.filter(|told| last.is_none_or(|last| told.rests_on.at >= last)) {
        task.closed = true;
        task.because = format!("as people told: {}", told.how);
        task.rests_on.push(told.rests_on.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::record::Moment;
    use crate::domain::record::Opened;
    use crate::register::listed::Listed;
    use crate::register::listed::Pinned;
    use crate::register::people::Leaving;
    use crate::register::people::PinHeld;
    use crate::register::people::Withdrawal;

    /// The line that was written so many days after the first.
    fn rests(days: i64) -> Rests {
        Rests {
            ceremony: "000001-a".into(),
            line: 1,
            at: Moment::new(jiff::Timestamp::UNIX_EPOCH).plus_seconds(days * 86_400),
        }
    }

    fn set(id: &str, subject: Subject, people: [&str; 2]) -> Set {
        let people = people.map(str::to_owned);
        Set::dealt((id, 1, 2, subject), (1..).zip(&people), &rests(0))
    }

    /// The points of Ben about these sets.
    fn of_ben(sets: &[Set]) -> Vec<Task> {
        let mut all = Vec::new();
        let material = Material {
            sets: sets.to_vec(),
            ..Material::blank("payments", "00")
        };
        shares("ben", &material, &mut all);
        all
    }

    fn left(opens: &[(Access, &str)]) -> Person {
        Person {
            left: Some(Leaving {
                on: "1970-01-10".parse().unwrap(),
                because: String::new(),
                opens: opens
                    .iter()
                    .map(|(what, of)| Opened {
                        what: *what,
                        of: (*of).to_owned(),
                    })
                    .collect(),
                rests_on: rests(5),
            }),
            ..Person::default()
        }
    }

    fn lost(what: Access, of: &str, days: i64) -> Withdrawal {
        Withdrawal {
            was: Opened {
                what,
                of: of.to_owned(),
            },
            how: "so".to_owned(),
            rests_on: rests(days),
        }
    }

    #[test]
    fn a_component_cannot_be_taken_from_whoever_has_seen_it() {
        let all = of_ben(&[set("0f", Subject::Component, ["ben", "cho"])]);
        assert_eq!(all[0].what, Access::Component);
        assert!(all[0].must.contains("make a new key"), "{}", all[0].must);
        assert!(!all[0].closed);
        assert!(of_ben(&[set("0f", Subject::Component, ["cho", "dee"])]).is_empty());
    }

    #[test]
    fn a_component_is_closed_by_the_end_of_the_key_and_by_the_loss_of_anothers() {
        let newer = crate::register::rotation::Version {
            key: "next".to_owned(),
            origin: crate::domain::record::Digest::of(b"next"),
            rests_on: rests(2),
        };
        let knows = set("0f", Subject::Component, ["ben", "cho"]);
        let task = |state, replaced: bool, gone: &[&str]| {
            let mut material = Material::blank("payments", "00");
            material.life.standing.state = state;
            material.life.rests_on = Some(rests(3));
            material.versions.superseded = replaced.then(|| newer.clone());
            let mut set = knows.clone();
            if !gone.is_empty() {
                set.retired = Some(crate::register::keys::Retirement {
                    live: false,
                    says: "too few are left".to_owned(),
                    destroyed: gone.iter().map(|of| (*of).to_owned()).collect(),
                    rests_on: rests(4),
                });
            }
            material.sets = vec![set];
            let mut all = Vec::new();
            shares("ben", &material, &mut all);
            all.remove(0)
        };
        for (state, replaced, gone, closed) in [
            (State::Active, false, &[][..], false),
            // Another version alone stops nobody from using the older one.
            (State::Active, true, &[], false),
            (State::Suspended, true, &[], false),
            (State::Deactivated, false, &[], true),
            (State::Deactivated, true, &[], true),
            (State::Compromised, false, &[], false),
            (State::Compromised, true, &[], true),
            // He has seen his own: that its carrier is destroyed takes nothing from him.
            (State::Active, false, &["ben"], false),
            (State::Active, false, &["cho"], true),
        ] {
            let task = task(state, replaced, gone);
            assert_eq!(
                task.closed, closed,
                "{state} {replaced} {gone:?}: {}",
                task.because
            );
            assert_eq!(task.rests_on.len() > 1, closed || !gone.is_empty());
        }
    }

    #[test]
    fn a_share_of_a_destroyed_key_is_closed_and_one_of_a_deactivated_key_is_not() {
        let mut material = Material::blank("payments", "00");
        material.sets = vec![set("0f", Subject::Key, ["ben", "cho"])];
        material.life.standing.state = State::Deactivated;
        material.life.rests_on = Some(rests(3));
        let closed = |material: &Material| {
            let mut all = Vec::new();
            shares("ben", material, &mut all);
            all.remove(0).closed
        };
        assert!(!closed(&material));
        material.life.destroyed = Some(Box::new(crate::register::lifecycle::Destroyed {
            certificate: None,
            requested: None,
            rests_on: rests(4),
        }));
        assert!(closed(&material));
    }

    #[test]
    fn a_share_of_a_replaced_set_is_open_until_it_is_told_that_too_few_are_left() {
        let mut sets = vec![
            set("0f", Subject::Key, ["ben", "cho"]),
            set("1f", Subject::Key, ["cho", "dee"]),
        ];
        assert!(!of_ben(&sets)[0].closed);
        for (live, closed) in [(true, false), (false, true)] {
            sets[0].retired = Some(crate::register::keys::Retirement {
                live,
                says: String::new(),
                destroyed: Vec::new(),
                rests_on: rests(3),
            });
            assert_eq!(of_ben(&sets)[0].closed, closed);
        }
    }

    #[test]
    fn half_of_a_pin_is_open_until_people_told_afterwards_that_it_was_changed() {
        let mut register = Register::default();
        let held = PinHeld {
            label: "lab".to_owned(),
            by: vec!["ben".to_owned(), "eli".to_owned()],
            rests_on: rests(4),
        };
        register.people.pins = BTreeMap::from([("77".to_owned(), held)]);
        let mut ben = left(&[]);
        for (days, closed) in [(3, false), (6, true)] {
            ben.withdrawn = vec![lost(Access::Pin, "77", days)];
            let all = tasks(&register, "ben", &ben);
            assert_eq!((all[0].what, all[0].closed), (Access::Pin, closed));
        }
    }

    #[test]
    fn what_only_the_record_of_leaving_names_is_open_until_it_was_taken() {
        let mut ben = left(&[(Access::Other, "the badge")]);
        let register = Register::default();
        assert!(!tasks(&register, "ben", &ben)[0].closed);
        ben.withdrawn = vec![lost(Access::Other, "another badge", 6)];
        assert!(!tasks(&register, "ben", &ben)[0].closed);
        ben.withdrawn = vec![lost(Access::Other, "the badge", 6)];
        assert!(tasks(&register, "ben", &ben)[0].closed);
    }

    fn listed_with(roles: &[&str], principal: &str) -> Listed {
        Listed {
            version: 2,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            principals: vec![("aws-kms".to_owned(), principal.to_owned())],
            key_ends: None,
            rests_on: rests(4),
        }
    }

    #[test]
    fn who_stands_in_the_organisation_file_has_his_place_until_a_ceremony_rests_on_one_without_him()
    {
        let mut register = Register::default();
        register.people.organisation = Some(Pinned {
            id: "bank".to_owned(),
            version: 3,
            rests_on: rests(9),
        });
        let mut ben = left(&[(Access::Other, PLACE)]);
        ben.listed = Some(listed_with(
            &["custodians"],
            "arn:aws:iam::111122223333:user/ben",
        ));
        let open = |ben: &Person| -> Vec<(Access, bool)> {
            let all = tasks(&register, "ben", ben);
            all.iter().map(|it| (it.what, it.closed)).collect()
        };
        assert_eq!(
            open(&ben),
            [(Access::Principal, false), (Access::Other, false)]
        );
        ben.listed = None;
        // The record of his leaving names it; the next file without him closes it.
        assert_eq!(open(&ben), [(Access::Other, true)]);
    }

    #[test]
    fn a_principal_that_the_organisation_file_names_is_gone_when_a_later_review_of_its_provider_misses_it()
     {
        let mut register = Register::default();
        let mut ben = left(&[]);
        ben.listed = Some(listed_with(&[], "arn:aws:iam::111122223333:user/ben"));
        for (provider, taken_on, closed) in [
            ("aws-kms", "1970-01-05", false),
            ("google-kms", "1970-01-12", false),
            ("aws-kms", "1970-01-12", true),
        ] {
            let review = serde_json::json!({
                "key": "payments", "provider": provider, "taken-on": taken_on, "files": [],
                "key-id": "arn:aws:kms:eu-west-1:111122223333:key/1", "principals": [],
                "by": "ana", "seen-by": "eli",
            });
            register.people.reviews = vec![AccessSeen {
                review: serde_json::from_value(review).unwrap(),
                rests_on: rests(12),
                closed: None,
            }];
            let all = tasks(&register, "ben", &ben);
            assert_eq!(
                (all[0].what, all[0].closed),
                (Access::Principal, closed),
                "{taken_on}"
            );
        }
    }

    /// Where no file says who is in an account, each key has to be looked at.
    #[test]
    fn a_principal_without_an_account_is_gone_when_every_key_of_its_provider_was_reviewed_since() {
        let mut register = Register::default();
        let mut ben = left(&[]);
        let mut listed = listed_with(&[], "ben@example.com");
        listed.principals[0].0 = "google-kms".to_owned();
        ben.listed = Some(listed);
        let review = |key: &str, taken_on: &str, missing: &[&str]| AccessSeen {
            review: serde_json::from_value(serde_json::json!({
                "key": key, "provider": "google-kms", "taken-on": taken_on, "files": [],
                "key-id": format!("projects/p/locations/l/keyRings/r/cryptoKeys/{key}"),
                "principals": [], "missing": missing, "by": "ana", "seen-by": "eli",
            }))
            .unwrap(),
            rests_on: rests(12),
            closed: None,
        };
        let (before, after) = ("1970-01-05", "1970-01-12");
        let mut closed = |reviews: Vec<AccessSeen>| {
            register.people.reviews = reviews;
            tasks(&register, "ben", &ben)[0].closed
        };
        assert!(!closed(vec![]));
        assert!(!closed(vec![review("a", before, &[])]));
        assert!(!closed(vec![review(
            "a",
            after,
            &["the policy of the project"]
        )]));
        assert!(!closed(vec![
            review("a", after, &[]),
            review("b", before, &[])
        ]));
        assert!(closed(vec![
            review("a", after, &[]),
            review("b", after, &[])
        ]));
        let mut gone = review("b", before, &[]);
        gone.closed = Some(rests(3));
        assert!(closed(vec![review("a", after, &[]), gone]));
    }

    #[test]
    fn a_role_held_after_the_last_day_is_open() {
        let register = Register::default();
        let mut ben = left(&[]);
        for (days, closed) in [(8, true), (20, false)] {
            ben.held = BTreeMap::from([("custodians".to_owned(), rests(days))]);
            assert_eq!(tasks(&register, "ben", &ben)[0].closed, closed);
        }
    }
}
