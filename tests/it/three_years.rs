//! What auditors ask, at twelve days of three years, answered from records alone. The answers that are
//! expected were written by hand, from the story in [`crate::years`].

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jiff::civil::Date;
use keyrite::domain::record::Did;
use keyrite::domain::record::Event;
use keyrite::register::Register;
use keyrite::register::Rests;
use keyrite::register::Scope;
use keyrite::register::Trust;
use keyrite::register::access;
use keyrite::register::access::Holder;
use keyrite::register::age;
use keyrite::register::backups;
use keyrite::register::cryptoperiods;
use keyrite::register::custody;
use keyrite::register::decision;
use keyrite::register::departed;
use keyrite::register::deviations;
use keyrite::register::dual_control;
use keyrite::register::due;
use keyrite::register::duties;
use keyrite::register::evidence;
use keyrite::register::keys::Material;
use keyrite::register::locations;
use keyrite::register::proof;
use keyrite::register::shelf::Shelf;
use serde::Serialize;
use serde_json::Value;

use crate::common::keyrite;
use crate::three_years_answers::Asked;
use crate::three_years_answers::YEARS;
use crate::years::years;

/// The register as it was on a day.
struct On {
    asked: &'static Asked,
    day: Date,
    register: Register,
}

fn on_each_day() -> &'static [On] {
    static DAYS: OnceLock<Vec<On>> = OnceLock::new();
    DAYS.get_or_init(|| {
        assert_eq!(YEARS.len(), 12);
        YEARS.iter().map(On::new).collect()
    })
}

impl On {
    fn new(asked: &'static Asked) -> Self {
        let day: Date = asked.day.parse().unwrap();
        let dir = &years().register;
        let register = Register::ask(dir, None, Some(day), Scope::All, Trust::Index).unwrap();
        assert_eq!(register.wrong, [], "{day}");
        Self {
            asked,
            day,
            register,
        }
    }

    fn materials(&self) -> Vec<&Material> {
        self.register.materials.iter().collect()
    }

    fn payments(&self) -> &Material {
        let mut materials = self.register.materials.iter();
        materials.find(|it| it.key == "payments").unwrap()
    }
}

/// The word that programs read.
fn word(of: impl Serialize) -> String {
    let Value::String(word) = serde_json::to_value(of).unwrap() else {
        panic!("no word")
    };
    word
}

#[test]
fn every_record_holds_and_follows_the_one_before_on_each_of_twelve_days() {
    for on in on_each_day() {
        let ceremonies = &on.register.ceremonies;
        assert_eq!(ceremonies.len(), on.asked.ceremonies, "{}", on.day);
        let head = on.register.head.as_ref().unwrap();
        assert_eq!(usize::try_from(head.sequence).unwrap(), on.asked.ceremonies);
        for pair in ceremonies.windows(2) {
            let follows = pair[1].follows.as_ref().unwrap();
            assert_eq!(follows.sha256, pair[0].record);
        }
    }
}

#[test]
fn every_key_has_its_age_and_its_state_on_each_of_twelve_days() {
    for on in on_each_day() {
        let all = age::ages(&on.register, &on.materials(), on.day);
        let number = |days: Option<i64>| days.map_or("?".to_owned(), |days| days.to_string());
        let found: Vec<String> = all
            .iter()
            .map(|age| {
                assert!(!age.rests_on.is_empty(), "{age:?}");
                let (days, left) = (number(age.days), number(age.days_left));
                let state = age.state.as_deref().unwrap_or("-");
                let state = state.split(',').next().unwrap();
                format!("{} {days} {left} {} {state}", age.key, word(age.standing))
            })
            .collect();
        assert_eq!(found, on.asked.age, "{}", on.day);
    }
}

/// The line that a key rests on is the one that made it: in a machine, by one library and seen by another.
#[test]
fn how_every_key_was_made_is_shown_on_each_of_twelve_days() {
    for on in on_each_day() {
        for material in on.materials() {
            let Some(made) = &material.made else {
                assert!(material.about.declared.is_some(), "{}", material.key);
                continue;
            };
            let mut ceremonies = on.register.ceremonies.iter();
            let ceremony = ceremonies.find(|it| it.folder == *made.ceremony).unwrap();
            let entries =
                dual_control::entries(&years().register, &ceremony.folder, ceremony.record);
            let line = usize::try_from(made.line).unwrap();
            let Event::Step(step) = &entries.unwrap()[line - 1].event else {
                panic!("no step")
            };
            let Did::Generate {
                key,
                made_by,
                checked_by,
                check_values,
                ..
            } = &step.did
            else {
                panic!("{:?}", step.did)
            };
            assert_eq!((key, check_values), (&material.key, &material.check_values));
            assert_eq!((made_by.is_empty(), checked_by.is_empty()), (false, false));
        }
    }
}

#[test]
fn every_key_has_a_cryptoperiod_on_each_of_twelve_days() {
    for on in on_each_day() {
        let all = cryptoperiods::cryptoperiods(&on.materials());
        assert_eq!(all.len(), 1, "all keys are of one type");
        let keys = all[0].keys.iter();
        let found: Vec<String> = keys
            .map(|period| format!("{}: {}", period.key, period.words()))
            .collect();
        let expected = [
            "payments: 2 years, or 4000000000 uses",
            "orders: 1 year",
            "images: 3 years",
            "archive: 5 years",
            "payments-2026: 2 years, or 4000000000 uses",
        ];
        assert_eq!(found, expected[..on.asked.age.len()], "{}", on.day);
    }
}

#[test]
fn every_share_set_stands_as_told_on_each_of_twelve_days() {
    for on in on_each_day() {
        let now = due::moment_after(on.day);
        let sets = custody::standings(&on.register, &on.materials(), now);
        let found: Vec<String> = sets
            .iter()
            .map(|set| {
                let holders: Vec<&str> = set.shares.iter().map(|it| it.holder.as_str()).collect();
                let (state, holders) = (word(set.state), holders.join(" "));
                format!("{} {} {state}: {holders}", set.key, set.epoch)
            })
            .collect();
        assert_eq!(found, on.asked.custody, "{}", on.day);
    }
}

#[test]
fn who_can_get_at_a_key_is_known_on_each_of_twelve_days() {
    // Short names in the order in which they are told, each once.
    let names = |holders: &[Holder]| {
        let mut names: Vec<String> = Vec::new();
        for holder in holders {
            let name = holder.person.as_deref().unwrap_or(&holder.name);
            let name = name.rsplit([':', '/']).next().unwrap();
            let left = if holder.left { "!" } else { "" };
            let name = format!("{name}{left}");
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            names.push("-".to_owned());
        }
        names.join(" ")
    };
    for on in on_each_day() {
        let who = access::who(&on.register, on.payments(), on.day);
        assert!(who.rebuild.len() <= 1, "{who:?}");
        let rebuild = who.rebuild.first();
        let rebuild = names(rebuild.map_or(&[], |set| &set.holders));
        let found = format!(
            "{rebuild} use {} manage {}",
            names(&who.r#use),
            names(&who.manage)
        );
        assert_eq!(found, on.asked.who, "{}", on.day);
        // Vault was never looked at; AWS not before October 2024.
        let not_known = |provider: &str| {
            let about = format!("who can use and manage it at {provider} ");
            who.not_known.iter().any(|it| it.starts_with(&about))
        };
        let there = !on.payments().is_destroyed();
        assert_eq!(not_known("aws-kms"), on.asked.ceremonies < 8);
        assert_eq!(not_known("vault"), on.asked.imports > 1 && there);
    }
}

#[test]
fn every_copy_is_known_on_each_of_twelve_days() {
    for on in on_each_day() {
        let now = due::moment_after(on.day);
        let mut found = Vec::new();
        let mut there = BTreeSet::new();
        for material in on.materials() {
            for location in locations::locations(&on.register, material, now) {
                assert!(!location.rests_on.is_empty(), "{location:?}");
                if location.kind != locations::Kind::Provider {
                    continue;
                }
                let provider = location.place.split(' ').next().unwrap();
                let place = format!("{} {provider}", material.key);
                if location.standing == locations::Standing::Open {
                    there.insert(place);
                } else {
                    found.push(format!("{place} {}", location.standing.name()));
                }
            }
        }
        assert_eq!(found, on.asked.places, "{}", on.day);
        // What the provider made is there; and what was wrapped without an end, until it is destroyed.
        for (place, since, until) in [
            ("orders aws-kms", "2024-01-22", "9999"),
            ("images aws-kms", "2024-01-22", "9999"),
            ("payments vault", "2024-02-12", "2026-06-22"),
            ("archive aws-kms", "2025-11-03", "9999"),
            ("payments-2026 aws-kms", "2026-01-05", "9999"),
        ] {
            let expected = (since..until).contains(&on.asked.day);
            assert_eq!(there.contains(place), expected, "{place} {}", on.day);
        }
    }
}

#[test]
fn every_backup_was_tested_when_it_was_on_each_of_twelve_days() {
    for on in on_each_day() {
        let all = backups::backups(&on.materials(), on.day, None);
        let ours = all
            .iter()
            .filter(|backup| backup.standing != backups::Standing::NotOurs);
        let found: Vec<String> = ours
            .map(|backup| {
                let days = backup.days_since_test.unwrap();
                format!("{} {days} {}", backup.key, word(backup.standing))
            })
            .collect();
        assert_eq!(found, on.asked.backups, "{}", on.day);
        let of_providers = all.len() - found.len();
        assert_eq!(of_providers, 2, "orders and images");
    }
}

#[test]
fn every_decision_is_known_and_looked_at_again_on_each_of_twelve_days() {
    for on in on_each_day() {
        let all = decision::decisions(&on.register, &on.materials(), on.day);
        let mut found = Vec::new();
        for answer in &all {
            let decision = answer.about.decision.as_ref().unwrap();
            let choice = match answer.key.as_str() {
                "orders" => "cmk",
                "images" => "provider",
                _ => "byok",
            };
            assert_eq!(decision.choice, choice);
            assert!(answer.findings.iter().all(|finding| !finding.contradicts));
            if !answer.findings.is_empty() {
                found.push(answer.key.as_str());
            }
        }
        assert_eq!(found, on.asked.decisions, "{}", on.day);
    }
}

#[test]
fn every_acknowledgement_stands_as_told_on_each_of_twelve_days() {
    for on in on_each_day() {
        let soon = on.day.checked_add(jiff::Span::new().days(30)).unwrap();
        let all = duties::duties(&on.register, on.day, soon);
        let found: Vec<String> = all
            .iter()
            .map(|duty| format!("{} {}", duty.person, word(duty.state)))
            .collect();
        assert_eq!(found, on.asked.duties, "{}", on.day);
    }
}

#[test]
fn what_somebody_who_left_can_get_at_is_known_on_each_of_twelve_days() {
    for on in on_each_day() {
        let dee = on.register.person("dee").unwrap();
        assert_eq!(dee.gone_on(on.day), on.asked.day > "2025-03-14");
        let tasks = departed::tasks(&on.register, "dee", dee);
        let open: BTreeSet<String> = tasks
            .iter()
            .filter(|task| !task.closed)
            .map(|task| word(task.what))
            .collect();
        let open: Vec<String> = open.into_iter().collect();
        assert_eq!(open.join(" "), on.asked.departed, "{}", on.day);
        assert!(tasks.iter().all(|task| !task.rests_on.is_empty()));
    }
}

#[test]
fn dual_control_is_shown_on_each_of_twelve_days() {
    for on in on_each_day() {
        let mut steps = Vec::new();
        for ceremony in &on.register.ceremonies {
            let (folder, record) = (&ceremony.folder, ceremony.record);
            let entries = dual_control::entries(&years().register, folder, record).unwrap();
            let key = Some("payments");
            steps.extend(dual_control::sensitive(
                folder,
                &ceremony.signed,
                &entries,
                key,
            ));
        }
        assert!(steps.iter().all(|step| step.holds));
        assert_eq!(steps.len(), on.asked.dual_control, "{}", on.day);
    }
}

#[test]
fn every_deviation_is_told_on_each_of_twelve_days() {
    for on in on_each_day() {
        let all = deviations::deviations(&on.register, None);
        assert_eq!(all.len(), on.asked.deviations, "{}: {all:#?}", on.day);
        if let Some(first) = all.first() {
            assert!(first.what.contains("it stood open for a minute"));
            assert_eq!(first.rests_on.ceremony, "000007-restore-test");
        }
        let since = "2024-09-03".parse().unwrap();
        assert_eq!(deviations::deviations(&on.register, Some(since)), []);
    }
}

#[test]
fn what_is_overdue_is_known_on_each_of_twelve_days() {
    for on in on_each_day() {
        let all = due::due(&on.register, on.day, on.day);
        let mut found = BTreeSet::new();
        for due in &all {
            assert!(!due.rests_on.is_empty(), "{due:?}");
            let of_person = matches!(
                due.kind,
                due::Kind::Drill | due::Kind::DeputyReturn | due::Kind::Acknowledgement
            );
            let who = due.who.as_deref().filter(|_| of_person);
            let who = who.map_or(String::new(), |who| format!(" by {who}"));
            if due.overdue {
                let key = due.key.as_deref().unwrap_or("-");
                found.insert(format!("{} {key}{who}", word(due.kind)));
            }
        }
        let expected = on.asked.overdue.iter().map(|due| (*due).to_owned());
        assert_eq!(found, expected.collect(), "{}", on.day);
    }
}

#[test]
fn an_import_is_proved_but_for_the_providers_answer_on_each_of_twelve_days() {
    for on in on_each_day() {
        let proofs = proof::import(&on.register, &[on.payments()]);
        assert_eq!(proofs.len(), on.asked.imports, "{}", on.day);
        for proof in proofs {
            let points = proof.points.iter();
            let unknown: Vec<&str> = points
                .filter(|point| point.standing != proof::Standing::Shown)
                .map(|point| point.what.as_str())
                .collect();
            assert_eq!(unknown.len(), 1, "{proof:#?}");
            assert!(unknown[0].ends_with("answered that this material arrived"));
        }
    }
}

#[test]
fn a_key_is_proved_destroyed_when_it_is_and_not_before() {
    for on in on_each_day() {
        let now = due::moment_after(on.day);
        for proof in proof::destroyed(&on.register, &on.materials(), now) {
            let gone = proof.claim.contains("key payments is") && on.asked.day > "2026-06-22";
            let expected = if gone {
                proof::Standing::Shown
            } else {
                proof::Standing::Contradicted
            };
            assert_eq!(proof.standing, expected, "{}: {proof:#?}", on.day);
        }
        let certificate = on.payments().life.destroyed.as_ref();
        let certificate = certificate.map(|it| it.certificate.as_deref().unwrap());
        let expected =
            (on.asked.day > "2026-06-22").then_some("artifacts/destruction-payments.txt");
        assert_eq!(certificate, expected, "{}", on.day);
    }
}

/// There is no HSM, Ana ran every ceremony, and only guidance for customers and a review of logs have no evidence.
#[test]
fn inventory_matrix_and_evidence_are_answered_on_each_of_twelve_days() {
    let shelf = Shelf::open(&years().register).unwrap();
    for on in on_each_day() {
        assert_eq!(on.register.hsms.all().count(), 0);
        let exercised = on.register.people.exercised.iter();
        let ran: u64 = exercised
            .filter(|it| it.role == "administrator")
            .map(|it| {
                assert_eq!(it.person, "ana");
                it.times
            })
            .sum();
        assert_eq!(usize::try_from(ran).unwrap(), on.asked.ceremonies);
        let mut register = Register::ask(
            &years().register,
            None,
            Some(on.day),
            Scope::All,
            Trust::Index,
        )
        .unwrap();
        let (rows, records) = evidence::evidence(&mut register, &shelf, "PCI DSS 4.0.1").unwrap();
        let without: Vec<&str> = rows
            .iter()
            .filter(|row| row.standing == evidence::Standing::NotEvidenced)
            .map(|row| row.number)
            .collect();
        assert_eq!(without, ["3.7.9", "10.4.1"], "{}", on.day);
        assert_eq!(records.len(), on.asked.ceremonies);
        let lines = rows.iter().flat_map(|row| &row.lines);
        for line in lines {
            let Rests { ceremony, at, .. } = &line.rests_on;
            assert!(at.date().as_str() <= on.asked.day, "{ceremony}");
        }
    }
}

/// How the command ends on each of the twelve days, one digit each; asked at both ends and around every
/// change.
#[test]
fn every_question_ends_as_its_answer_says_on_each_of_twelve_days() {
    for (question, more, codes) in [
        (&["due"][..], None, "111111111111"),
        (&["locations"], Some("payments"), "000100001110"),
        (&["backups"], None, "000000000010"),
        (&["decision"], None, "000001111111"),
        (&["acknowledgements"], None, "000000011111"),
        (&["prove", "departed"], Some("dee"), "555555000000"),
        (&["prove", "destroyed"], Some("payments"), "555555555550"),
    ] {
        assert_eq!(codes.len(), YEARS.len());
        let codes = codes.as_bytes();
        for (index, asked) in YEARS.iter().enumerate() {
            let around = codes.get(index.wrapping_sub(1)..index + 2);
            if around.is_some_and(|around| around.iter().all(|code| *code == codes[index])) {
                continue;
            }
            keyrite()
                .arg("register")
                .args(question)
                .arg(&years().register)
                .args(more)
                .args(["--as-of", asked.day])
                .assert()
                .code(i32::from(codes[index] - b'0'));
        }
    }
}
