//! Every kind of thing that comes due of a key, by itself.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::domain::lifecycle;
use crate::domain::record::Subject;
use crate::register::keys::ForImport;
use crate::register::keys::Review;
use crate::register::keys::Set;
use crate::register::lifecycle::Deletion;
use crate::register::lifecycle::Place;
use crate::register::lifecycle::Requested;
use crate::register::rotation::Version;
use crate::register::things::Things;
use crate::register::used::Told;

const DAY: i64 = 86_400;

/// A key that was made on the leap day of 2024, of which nothing is due.
fn made() -> Material {
    Material {
        made: Some(Rests::on("2024-02-29", 5)),
        owner: Some("payments".to_owned()),
        ..Material::blank("payments", "00")
    }
}

/// What is due of a key in the ten years after it was made, as `day kind`.
fn told(material: Material) -> Vec<String> {
    let mut register = Register::default();
    register.materials.push(material);
    let all = due(&register, date("2024-06-01"), date("2034-02-28"));
    all.iter()
        .map(|it| format!("{} {}", it.by, it.kind.name()))
        .collect()
}

fn date(day: &str) -> Date {
    day.parse().unwrap()
}

fn set(subject: Subject) -> Set {
    let people = ["ben", "cho", "dee"].map(str::to_owned);
    let dealt = Rests::on("2024-03-01", 6);
    Set::dealt(("0f", 1, 2, subject), (1..).zip(&people), &dealt)
}

fn import(valid_for: Option<i64>, on: &str) -> ForImport {
    ForImport {
        input: "aws".to_owned(),
        provider: "alibaba".to_owned(),
        algorithm: "RSAES_OAEP_SHA_256".to_owned(),
        key_id: Some("key-1".to_owned()),
        valid_for,
        challenge: None,
        wrapped: Rests::on(on, 9),
    }
}

fn at(state: State, deletion: Option<&str>) -> BTreeMap<String, Box<Place>> {
    let place = Place {
        provider: "alibaba".to_owned(),
        key_id: Some("key-1".to_owned()),
        standing: lifecycle::Standing {
            state,
            ..lifecycle::Standing::default()
        },
        rests_on: Rests::on("2024-03-01", 9),
        deletion: deletion.map(|day| Deletion {
            ends: Rests::on(day, 1).at,
            rests_on: Rests::on("2024-05-01", 9),
        }),
        closed: None,
    };
    BTreeMap::from([("aws".to_owned(), Box::new(place))])
}

fn state(material: &mut Material, state: State, day: &str) {
    material.life.standing.state = state;
    material.life.rests_on = Some(Rests::on(day, 4));
}

#[test]
fn nothing_is_due_of_a_key_of_which_nothing_is_said() {
    assert_eq!(told(made()), [""; 0]);
}

#[test]
fn shares_are_proven_and_rebuild_the_key_once_a_year_or_as_the_policy_says() {
    let mut material = made();
    material.sets.push(set(Subject::Key));
    let drill = |day: &str| format!("{day} drill");
    let yearly = drill("2025-03-01");
    let test = "2025-03-01 restore test".to_owned();
    assert_eq!(
        told(material.clone()),
        [yearly.clone(), yearly.clone(), yearly, test]
    );
    material.drill_every = Some(30 * DAY);
    material.restore_test_every = Some(60 * DAY);
    material.sets[0].shares[0].proven = Some((Rests::on("2024-05-01", 3), "a drill".to_owned()));
    material.sets[0].tested = Some(Rests::on("2024-04-01", 3));
    assert_eq!(
        told(material.clone()),
        [
            drill("2024-03-31"),
            drill("2024-03-31"),
            drill("2024-05-31"),
            "2024-05-31 restore test".to_owned()
        ]
    );
    // A share that was not brought is due since then.
    let missed = (
        Rests::on("2024-04-15", 3),
        "absent".to_owned(),
        String::new(),
    );
    material.sets[0].shares[1].missed = Some(missed);
    assert_eq!(told(material.clone())[1], drill("2024-04-15"));
    state(&mut material, State::Destroyed, "2024-05-20");
    assert_eq!(told(material), [""; 0]);
}

#[test]
fn material_ends_at_its_provider_unless_it_came_again_or_is_gone_from_there() {
    let mut material = made();
    material.imports.push(import(Some(365 * DAY), "2024-03-01"));
    let expiry = |material: &Material| {
        let mut all = told(material.clone());
        all.retain(|it| it.ends_with("material expiry"));
        all
    };
    assert_eq!(expiry(&material), ["2025-03-01 material expiry"]);
    material.life.at = at(State::Active, None);
    assert_eq!(expiry(&material), ["2025-03-01 material expiry"]);
    let mut gone = material.clone();
    gone.life.at = at(State::Destroyed, None);
    assert_eq!(expiry(&gone), [""; 0]);
    material.imports.push(import(Some(100 * DAY), "2024-12-01"));
    assert_eq!(expiry(&material), ["2025-03-11 material expiry"]);
    material.imports.push(import(None, "2025-01-01"));
    assert_eq!(expiry(&material), [""; 0]);
}

#[test]
fn a_cryptoperiod_ends_by_time_and_by_uses_and_not_of_what_protects_nothing_new() {
    let mut material = made();
    material.cryptoperiod = Some((365 * DAY, "1y".to_owned()));
    // A year from a leap day is 365 days.
    assert_eq!(told(material.clone()), ["2025-02-28 cryptoperiod"]);
    material.about.uses = Some(1000);
    material.about.counted.push(Told {
        uses: Some(100),
        bytes: None,
        until: "2024-05-09".to_owned(),
        rests_on: Rests::on("2024-05-10", 3),
    });
    // 70 days for a tenth.
    assert_eq!(
        told(material.clone()),
        ["2025-02-28 cryptoperiod", "2026-01-29 cryptoperiod"]
    );
    let mut replaced = material.clone();
    replaced.versions.superseded = Some(Version {
        key: "next".to_owned(),
        origin: replaced.origin,
        rests_on: Rests::on("2024-05-01", 3),
    });
    assert_eq!(told(replaced), [""; 0]);
    for (to, due) in [
        (State::Suspended, 2),
        (State::Deactivated, 0),
        (State::Destroyed, 0),
    ] {
        let mut moved = material.clone();
        state(&mut moved, to, "2024-05-01");
        assert_eq!(told(moved).len(), due, "{to}");
    }
}

#[test]
fn a_cryptoperiod_of_many_lifetimes_ends_on_no_day_and_breaks_nothing() {
    let mut material = made();
    for seconds in [i64::MAX, 10_000 * 365 * DAY] {
        material.cryptoperiod = Some((seconds, "for ever".to_owned()));
        let mut register = Register::default();
        register.materials.push(material.clone());
        let all = due(&register, date("2024-06-01"), date("2034-02-28"));
        assert!(all.iter().all(|it| it.what.contains("for ever")), "{all:?}");
    }
}

#[test]
fn the_choice_of_a_model_is_reviewed_as_long_as_the_key_is_there() {
    let mut material = made();
    material.reviewed_until = Some(Review {
        by: date("2025-01-31"),
        rests_on: Rests::on("2024-02-29", 1),
    });
    assert_eq!(told(material.clone()), ["2025-01-31 review"]);
    state(&mut material, State::Deactivated, "2024-05-01");
    assert_eq!(told(material.clone()), ["2025-01-31 review"]);
    state(&mut material, State::Destroyed, "2024-05-01");
    assert_eq!(told(material), [""; 0]);
}

#[test]
fn a_deletion_that_is_scheduled_and_a_request_come_due_when_they_can_no_more_be_called_off() {
    let mut material = made();
    material.life.at = at(State::Deactivated, Some("2024-05-31"));
    let request = json!({
        "by": "ben", "at": "2024-05-01T09:00:00Z", "not-before": "2024-05-08T23:59:59Z",
        "because": "the contract ended",
    });
    material.life.request = Some(Box::new(Requested {
        request: serde_json::from_value(request).unwrap(),
        rests_on: Rests::on("2024-05-01", 4),
    }));
    assert_eq!(
        told(material),
        ["2024-05-08 destruction", "2024-05-31 destruction"]
    );
}

#[test]
fn a_compromise_is_due_from_the_day_on_which_it_was_told_until_the_key_is_destroyed() {
    let mut material = made();
    state(&mut material, State::Compromised, "2024-05-01");
    assert_eq!(told(material.clone()), ["2024-05-01 compromise"]);
    state(&mut material, State::Destroyed, "2024-05-20");
    assert_eq!(told(material), [""; 0]);
}

#[test]
fn another_provider_key_is_planned_five_rotations_before_the_last() {
    let mut material = made();
    material.life.at = at(State::Active, None);
    for place in material.life.at.values_mut() {
        place.provider = "aws-kms".to_owned();
    }
    material.cryptoperiod = Some((365 * DAY, "1y".to_owned()));
    for (done, told_of) in [(19, false), (20, true), (25, true)] {
        material.versions.rotations.insert("key-1".to_owned(), done);
        let told = told(material.clone());
        let due = told.contains(&"2025-02-28 last rotations".to_owned());
        assert_eq!(due, told_of, "{done}: {told:?}");
    }
}

#[test]
fn a_deputy_gives_back_what_he_keeps_on_the_day_that_was_said() {
    let mut register = Register::default();
    let rests = Rests::on("2024-03-01", 7);
    let thing = json!({
        "what": "card", "serial": "7", "share": {"key": "payments", "of": "ben", "set": null},
        "holder": "gil", "bag": null, "where": null,
        "deputy": {"for": "ben", "until": "2024-05-31", "rests": rests}, "opened": null, "rests-on": rests,
    });
    let things = json!({"all": [[["card", "7"], thing]], "hands": [], "gaps": []});
    register.things = serde_json::from_value::<Things>(things).unwrap();
    let due = |day: &str| due(&register, date(day), date("2024-06-30"));
    let all = due("2024-05-31");
    assert_eq!(all[0].what, "gil gives card 7 back to ben");
    assert_eq!((all[0].by, all[0].overdue), (date("2024-05-31"), false));
    assert!(due("2024-06-01")[0].overdue);
}

#[test]
fn what_is_due_later_than_asked_for_is_not_told_and_the_rest_comes_in_order() {
    let mut register = Register::default();
    for (key, days) in [("b", 20), ("a", 20), ("c", 10), ("d", 400)] {
        register.materials.push(Material {
            key: key.to_owned(),
            cryptoperiod: Some((days * DAY, String::new())),
            ..made()
        });
    }
    let all = due(&register, date("2024-03-11"), date("2024-12-31"));
    let all: Vec<(String, bool)> = all
        .into_iter()
        .map(|it| (it.key.unwrap(), it.overdue))
        .collect();
    let expected = [("c", true), ("a", false), ("b", false)];
    assert_eq!(
        all,
        expected.map(|(key, overdue)| (key.to_owned(), overdue))
    );
}
