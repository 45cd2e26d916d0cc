//! The walk is right: small ceremonies are played with real bytes by everybody in every company, and
//! who can rebuild or use a key is exactly who the walk says, at every point. And the walk needs every
//! one of its facts: where one kind is left out, the play disagrees.

mod plan;
mod play;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::date;
use keyrite::domain::access::cast::Member;
use keyrite::domain::access::fact::Entry;
use keyrite::domain::access::fact::Fact;
use keyrite::domain::access::fact::Facts;
use keyrite::domain::access::fact::How;
use keyrite::domain::access::model::Model;
use keyrite::domain::access::set::Set;
use keyrite::domain::parse::parse;
use keyrite::domain::room::walk;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::Config;
use proptest::test_runner::RngAlgorithm;
use proptest::test_runner::TestCaseError;
use proptest::test_runner::TestRng;
use proptest::test_runner::TestRunner;

use crate::walk::plan::Do;
use crate::walk::plan::Plan;
use crate::walk::play::Outside;
use crate::walk::play::Play;

/// How many ceremonies are played.
const CASES: u32 = 10_000;
/// Among how many of them every kind of fact matters to one.
const MUTANTS: u32 = 600;

/// The numbers of a company, as the model has them.
fn company(model: &Model<'_>, people: u32, outside: u32, others: &[Outside]) -> Set {
    let mut members: Vec<Member> = (0..32_u32)
        .filter(|id| people >> id & 1 == 1)
        .map(|id| Member::Person(format!("p{id}")))
        .collect();
    for (place, who) in others.iter().enumerate() {
        if outside >> place & 1 == 1 {
            members.push(match *who {
                Outside::Pin => Member::Pin,
                Outside::Backup { key, epoch } => Member::Backup {
                    key: format!("k{key}"),
                    epoch,
                },
                Outside::Provider(key) => Member::Provider(Plan::provider(key).to_owned()),
                Outside::Service(key) => Member::Service(format!("s{key}")),
            });
        }
    }
    members
        .iter()
        .filter_map(|member| model.cast.find(member))
        .collect()
}

/// The companies of those outside that are looked at: all of up to two; of more all, none, each
/// alone, and all but one.
fn companies(outside: usize) -> Vec<u32> {
    let all = (1_u32 << outside) - 1;
    if outside <= 2 {
        return (0..=all).collect();
    }
    let mut some = vec![0, all];
    for one in 0..outside {
        some.push(1 << one);
        some.push(all & !(1 << one));
    }
    some
}

/// Where the play and the model disagree first; how many answers were compared, and how many of them
/// were yes.
fn compare(plan: &Plan, model: &Model<'_>, seen: &mut [u64; 2]) -> Result<(), String> {
    let mut game = Play::new(plan);
    for step in 0_usize..=plan.steps.len() + 1 {
        match step.checked_sub(1).map(|index| plan.steps.get(index)) {
            None => {}
            Some(Some(what)) => game.step(what),
            Some(None) => game.seal(),
        }
        let others = game.outside();
        let number = u32::try_from(step).unwrap();
        for outside in companies(others.len()) {
            for people in 0..1_u32 << plan.people {
                let who = company(model, people, outside, &others);
                for key in 0..plan.keys.len() {
                    let label = format!("k{key}");
                    let said = [model.rebuild(&label, number), model.can_use(&label, number)]
                        .map(|reach| reach.is_some_and(|reach| reach.allows(&who)));
                    let played = [
                        game.rebuilds(people, outside, key),
                        game.uses(people, outside, key),
                    ];
                    seen[0] += 2;
                    seen[1] += played.map(u64::from).iter().sum::<u64>();
                    if said != played {
                        return Err(format!(
                            "step {step}, key {key}, people {people:05b}, outside {outside:b} of {others:?}: the walk says {said:?}, the play {played:?} (rebuild, use)\n{}",
                            plan.script()
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Throws plans, the same ones every time, until `each` fails.
fn thrown(cases: u32, mut each: impl FnMut(&Plan) -> Result<(), String>) -> Result<(), String> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::default()
    };
    let each = std::cell::RefCell::new(&mut each);
    TestRunner::new_with_rng(config, rng)
        .run(&vec(any::<u8>(), 40..90), |dice| {
            (each.borrow_mut())(&Plan::thrown(&dice)).map_err(TestCaseError::fail)
        })
        .map_err(|error| error.to_string())
}

#[test]
fn whoever_can_rebuild_or_use_a_key_is_whom_the_walk_names_in_ten_thousand_ceremonies() {
    let mut seen = [0, 0];
    let mut kinds = BTreeSet::new();
    let result = thrown(CASES, |plan| {
        let script = parse(plan.script().as_bytes()).map_err(|error| error.message.clone())?;
        kinds.extend(script.steps.iter().map(|step| step.name()));
        compare(plan, &Model::of(&script), &mut seen)
    });
    assert_eq!(result, Ok(()));
    // Neither always yes nor always no, and every step that the model reads was played.
    assert!(
        seen[1] > seen[0] / 20 && seen[1] < seen[0] * 19 / 20,
        "{seen:?}"
    );
    assert_eq!(kinds.len(), 14, "{kinds:?}");
}

/// A kind of fact that is left out, and which facts those are.
type Mutant = (&'static str, fn(&mut Vec<Entry<'_>>));

fn without(entries: &mut Vec<Entry<'_>>, is: fn(&Fact<'_>) -> bool) {
    entries.retain(|entry| !is(&entry.fact));
}

const MUTANTS_OF: [Mutant; 18] = [
    ("who is in the room", |all| {
        without(all, |it| matches!(it, Fact::Present(_)));
    }),
    ("that people leave", |all| {
        let mut most = Set::default();
        for entry in all {
            if let Fact::Present(present) = &mut entry.fact {
                most.extend(present);
                present.clone_from(&most);
            }
        }
    }),
    ("who has the PIN", |all| {
        without(all, |it| matches!(it, Fact::Pin(_)));
    }),
    ("that one half of a PIN is no PIN", |all| {
        for entry in all {
            if let Fact::Pin(who) = &mut entry.fact {
                *who = who.iter().take(1).collect();
            }
        }
    }),
    ("that the HSM is open", |all| {
        without(all, |it| matches!(it, Fact::Opened));
    }),
    ("keys in memory", |all| {
        without(all, |it| matches!(it, Fact::InMemory(_)));
    }),
    ("keys in the HSM", |all| {
        without(all, |it| matches!(it, Fact::InHsm { .. }));
    }),
    ("that the HSM gives a key out", |all| {
        for entry in all {
            if let Fact::InHsm { leaves, .. } = &mut entry.fact {
                *leaves = false;
            }
        }
    }),
    ("locks", |all| {
        without(all, |it| matches!(it, Fact::Locked(_)));
    }),
    ("destruction", |all| {
        without(all, |it| matches!(it, Fact::Destroyed(_)));
    }),
    ("what passes through the machine", |all| {
        without(all, |it| matches!(it, Fact::Passes(_)));
    }),
    ("shares", |all| {
        without(all, |it| matches!(it, Fact::Set { .. }));
    }),
    ("old epochs", |all| {
        let mut newest = BTreeMap::new();
        for entry in all.iter() {
            if let Fact::Set { set, about } = &entry.fact {
                newest.insert(about.key, *set);
            }
        }
        all.retain(|entry| {
            let Fact::Set { set, about } = &entry.fact else {
                return true;
            };
            newest.get(about.key) == Some(set)
        });
    }),
    ("that shares open a backup", |all| {
        for entry in all {
            if let Fact::Set { about, .. } = &mut entry.fact {
                about.backup = None;
            }
        }
    }),
    ("shares in the hands of deputies", |all| {
        without(all, |it| {
            matches!(
                it,
                Fact::Has {
                    how: How::InHand,
                    ..
                }
            )
        });
    }),
    ("shares that a drill shows", |all| {
        without(all, |it| matches!(it, Fact::Shown { .. }));
    }),
    ("providers", |all| {
        without(all, |it| matches!(it, Fact::Imported { .. }));
    }),
    ("the end", |all| {
        without(all, |it| matches!(it, Fact::Sealed));
    }),
];

#[test]
fn a_walk_that_leaves_one_kind_of_fact_out_is_caught() {
    for (what, leave_out) in MUTANTS_OF {
        let caught = thrown(MUTANTS, |plan| {
            let script = parse(plan.script().as_bytes()).map_err(|_| "unread".to_owned())?;
            let mut facts = Facts::of(&script);
            leave_out(&mut facts.entries);
            compare(plan, &Model::from(facts), &mut [0, 0]).map_err(|_| "caught".to_owned())
        });
        let caught = caught.is_err_and(|why| why.contains("caught"));
        assert!(caught, "nobody misses {what}");
    }
}

/// How few people have to be too few for a key.
fn threshold(plan: &Plan, key: usize) -> u32 {
    let given = plan.keys[key].given.iter();
    let here = plan.steps.iter().filter_map(|step| {
        if let Do::Split(of, dealt) | Do::Reshare(of, _, dealt) = step {
            (*of == key).then_some(dealt)
        } else {
            None
        }
    });
    let thresholds = given.chain(here).map(|dealt| dealt.threshold);
    u32::try_from(thresholds.min().unwrap_or(2)).unwrap()
}

/// Rules that may speak when too few people reach a key.
const TOO_FEW: [&str; 6] = [
    "alone",
    "one-share",
    "below-threshold",
    "unlocked",
    "shares",
    "given",
];

/// Plays a plan, and says what nobody says of those rules: that too few people have a key at the end, or
/// that one person alone uses it at the machine.
fn unsaid(plan: &Plan, left_out: &str) -> Result<(), String> {
    let script = parse(plan.script().as_bytes()).map_err(|error| error.message.clone())?;
    let findings = walk(&script, date(2026, 11, 22));
    let speaks = |rule: &str| rule != left_out && findings.iter().any(|it| it.rule.id == rule);
    let said = TOO_FEW.iter().any(|rule| speaks(rule));
    let same_site = ["same-site", "one-share", "shares"]
        .iter()
        .any(|rule| speaks(rule));
    let mut game = Play::new(plan);
    for step in &plan.steps {
        game.step(step);
        for key in 0..plan.keys.len() {
            let alone = (0..plan.people).any(|id| game.uses(1 << id, 0, key));
            if alone && !said {
                return Err(format!(
                    "one person uses key {key} alone\n{}",
                    plan.script()
                ));
            }
        }
    }
    game.seal();
    for key in 0..plan.keys.len() {
        let backups = game.backups();
        let few = (0..1_u32 << plan.people)
            .filter(|people| people.count_ones() < threshold(plan, key))
            .find(|people| game.rebuilds(*people, backups, key));
        if let Some(people) = few.filter(|_| !said) {
            return Err(format!("{people:05b} rebuild key {key}\n{}", plan.script()));
        }
        let site = |site: usize| {
            let there = (0..plan.people).filter(|id| Plan::site(*id) == site);
            there.fold(0, |people, id| people | 1 << id)
        };
        let at_one = (0..2).any(|number| game.holders_rebuild(site(number), key));
        if at_one && plan.keys[key].given.is_empty() && !same_site {
            return Err(format!("one site rebuilds key {key}\n{}", plan.script()));
        }
    }
    Ok(())
}

#[test]
fn no_script_lets_too_few_people_at_a_key_without_a_finding() {
    assert_eq!(thrown(CASES / 4, |plan| unsaid(plan, "")), Ok(()));
}

#[test]
fn a_walk_that_leaves_a_rule_of_access_out_is_caught() {
    for rule in [
        "alone",
        "one-share",
        "below-threshold",
        "unlocked",
        "same-site",
    ] {
        let caught = thrown(CASES / 4, |plan| {
            unsaid(plan, rule).map_err(|_| "caught".to_owned())
        });
        assert!(
            caught.is_err_and(|why| why.contains("caught")),
            "nobody misses {rule}"
        );
    }
}
