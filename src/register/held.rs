//! Who held which share before: rules that look over all ceremonies, not over one script alone.

use crate::domain::finding::Finding;
use crate::domain::finding::HELD_BEFORE;
use crate::domain::finding::OLD_SHARE;
use crate::domain::progress::number;
use crate::domain::record::Mode;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::register::Register;
use crate::register::Rests;
use crate::register::gate;
use crate::register::keys::Material;
use crate::register::keys::Set;

/// What is wrong with a script because of what earlier ceremonies gave to whom.
pub fn findings(register: &Register, script: &Script) -> Vec<Finding> {
    let mut all = gate::findings(register, script);
    all.extend(second_shares(register, script));
    for (index, step) in script.steps.iter().enumerate() {
        let Some(key) = step.value.key() else {
            continue;
        };
        // A key that is made anew has another secret.
        let made = script.steps.iter().take(index).any(
            |before| matches!(&before.value, Step::Generate(label) if label.value == key.value),
        );
        let mode = Mode::from(script.mode.value);
        for material in of(register, key.as_str(), mode).filter(|_| !made) {
            let current = material.current().map(|set| set.id.as_str());
            for id in script.dealt_to(&step.value) {
                let old = material
                    .sets
                    .iter()
                    .filter(|set| current != Some(set.id.as_str()));
                for set in old.filter(|set| set.still_rebuilds()) {
                    let Some((of, rests)) = holding(register, set, id.as_str()) else {
                        continue;
                    };
                    all.push(
                        Finding::new(
                            &OLD_SHARE,
                            id.place,
                            format!(
                                "{} gets a share of key {key} and still has that of {of} of epoch {}, by {}",
                                id.value,
                                set.epoch,
                                rests.words()
                            ),
                        )
                        .step(number(index))
                        .hint("let the old shares be destroyed in view first (step `retire`)"),
                    );
                }
            }
        }
    }
    all
}

/// Whoever comes to have a share of which set, in this script; with what the register tells of it.
fn second_shares(register: &Register, script: &Script) -> Vec<Finding> {
    let mut all = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let Step::HandOver(hand_over) = &step.value else {
            continue;
        };
        let (item, to) = (&hand_over.item, &hand_over.to);
        let Some(share) = script
            .items
            .get(item.as_str())
            .and_then(|it| it.share.as_ref())
        else {
            continue;
        };
        let given = script.given.get(share.key.as_str());
        let Some(set) = given.map(|given| given.share_set.id.as_str()) else {
            continue;
        };
        let known = register
            .materials
            .iter()
            .flat_map(|material| &material.sets)
            .find(|known| known.id == set);
        let before =
            known.and_then(|known| other_share(register, known, to.as_str(), share.of.as_str()));
        let Some((of, rests)) = before else { continue };
        let finding = Finding::new(
            &HELD_BEFORE,
            to.place,
            format!(
                "{} gets the share of {} of key {}, and had that of {of} of the same set, by {}",
                to.value,
                share.of.value,
                share.key.value,
                rests.words()
            ),
        );
        let finding = finding.hint("give it to somebody who never had a share of this set");
        all.push(finding.step(number(index)));
    }
    all
}

/// Materials of a label that are worth as much.
fn of<'a>(register: &'a Register, key: &'a str, mode: Mode) -> impl Iterator<Item = &'a Material> {
    let all = register.materials.iter();
    all.filter(move |material| material.key == key && material.mode == Some(mode))
}

/// A share of the set that somebody has or had: his own, or one that he kept for its custodian.
fn holding(register: &Register, set: &Set, person: &str) -> Option<(String, Rests)> {
    let own = set.shares.iter().find(|share| share.of == person);
    own.map(|share| (share.of.clone(), share.delivered.clone()))
        .or_else(|| {
            let (had, rests) = register.things.had(&set.id, person)?;
            Some((had.iter().next()?.clone(), rests.clone()))
        })
}

/// A share of the set, other than that of `of`, that somebody has or had.
fn other_share(register: &Register, set: &Set, person: &str, of: &str) -> Option<(String, Rests)> {
    let mut own = set
        .shares
        .iter()
        .filter(|share| share.of == person && share.of != of);
    own.next()
        .map(|share| (share.of.clone(), share.delivered.clone()))
        .or_else(|| {
            let (had, rests) = register.things.had(&set.id, person)?;
            let other = had.iter().find(|had| *had != of)?;
            Some((other.clone(), rests.clone()))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;
    use crate::domain::parse::parse;
    use crate::domain::record::Digest;

    fn shipped(name: &str) -> Script {
        let path = format!(
            "{}/ceremonies/{name}/script.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        parse(&std::fs::read(path).unwrap()).unwrap()
    }

    fn rests(line: u64) -> Value {
        json!({"ceremony": "000001-first", "line": line, "at": "2026-01-05T10:00:00Z"})
    }

    fn set(id: &str, epoch: u32, people: &[&str], retired: &Value) -> Value {
        let shares: Vec<Value> = (1..)
            .zip(people)
            .map(|(index, of)| {
                json!({"index": index, "of": of, "delivered": rests(5), "proven": null, "missed": null})
            })
            .collect();
        json!({
            "id": id, "epoch": epoch, "threshold": 2, "subject": "key", "dealt": rests(5),
            "tested": null, "retired": retired, "shares": shares,
        })
    }

    fn register(sets: &[Value], hands: &Value) -> Register {
        let material = Material {
            origin: Digest([0; 32]),
            mode: Some(Mode::Practice),
            sets: serde_json::from_value(json!(sets)).unwrap(),
            ..Material::blank("payments", "")
        };
        Register {
            materials: vec![material],
            things: serde_json::from_value(json!({"all": [], "hands": hands, "gaps": []})).unwrap(),
            ..Register::default()
        }
    }

    fn told(register: &Register, script: &Script) -> Vec<(&'static str, Option<u32>, String)> {
        findings(register, script)
            .into_iter()
            .map(|one| (one.rule.id, one.step, one.message))
            .collect()
    }

    #[test]
    fn a_deputy_who_had_another_share_of_the_set_in_hand_gets_no_second_one() {
        let script = shipped("custody-deputy");
        let id = script
            .given
            .values()
            .next()
            .unwrap()
            .share_set
            .id
            .to_string();
        let dealt = set(&id, 1, &["ben", "cho", "dee"], &Value::Null);
        let clean = register(std::slice::from_ref(&dealt), &json!([]));
        assert_eq!(told(&clean, &script), []);
        let hands = json!([[[id, "hal"], [["ben"], rests(9)]]]);
        let found = told(&register(std::slice::from_ref(&dealt), &hands), &script);
        assert_eq!(found.len(), 1, "{found:?}");
        let (rule, step, message) = &found[0];
        assert_eq!((*rule, *step), ("held-before", Some(4)));
        assert!(
            message.contains("had that of ben of the same set, by 000001-first:9"),
            "{message}"
        );
        // The same share again is no second one.
        let hands = json!([[[id, "hal"], [["cho"], rests(9)]]]);
        assert_eq!(told(&register(&[dealt], &hands), &script), []);
    }

    #[test]
    fn whoever_gets_a_new_share_has_no_old_one_left_unless_it_is_known_to_be_gone() {
        let script = shipped("reshare-leaver");
        let step = script
            .steps
            .iter()
            .find(|step| matches!(step.value, Step::Reshare(_)))
            .unwrap();
        let label = step.value.key().unwrap().to_string();
        let person = script.dealt_to(&step.value)[0].to_string();
        let with = |retired: Value| {
            let old = set("11", 1, &[&person], &retired);
            let mut register = register(&[old, set("22", 2, &[&person], &Value::Null)], &json!([]));
            register.materials[0].key.clone_from(&label);
            register
        };
        let found = told(&with(Value::Null), &script);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "old-share");
        let live = json!({"live": true, "says": "two are left", "rests-on": rests(20)});
        assert_eq!(told(&with(live), &script).len(), 1);
        let dead = json!({"live": false, "says": "all are destroyed", "rests-on": rests(20)});
        assert_eq!(told(&with(dead), &script), []);
        let mut other = with(Value::Null);
        other.materials[0].mode = Some(Mode::Production);
        assert_eq!(told(&other, &script), [], "practice is another matter");
    }
}
