//! What auditors ask, at twelve days of three years, answered from records alone. The answers that are
//! expected were written by hand, from the story in [`crate::years`].

use std::collections::BTreeSet;

use jiff::civil::Date;
use keyrite::register::Register;
use keyrite::register::Scope;
use keyrite::register::Trust;
use keyrite::register::age;
use keyrite::register::backups;
use keyrite::register::custody;
use keyrite::register::decision;
use keyrite::register::deviations;
use keyrite::register::due;
use keyrite::register::keys::Material;
use keyrite::register::locations;
use keyrite::register::proof;
use serde::Serialize;
use serde_json::Value;

use crate::years::years;

/// A day, and what is answered on it. `payments/1` is the key of 2024, `payments/2` that of 2026.
struct Asked {
    day: &'static str,
    /// Days since it was made, days left, and how it stands.
    age: &'static [&'static str],
    /// Share sets of payments by key and epoch: how they stand, and who has the shares.
    custody: &'static [&'static str],
    /// Keys at providers that are not simply there.
    places: &'static [&'static str],
    /// Days since the last restore test.
    backups: &'static [&'static str],
    /// Keys whose decision has something against it.
    decisions: &'static [&'static str],
    /// How many deviations there were.
    deviations: usize,
    /// What is overdue.
    overdue: &'static [&'static str],
}

const YEARS: &[Asked] = &[
    Asked {
        day: "2024-01-31",
        age: &[
            "payments/1 16 714 within",
            "orders/1 244 121 within",
            "images/1 ? ? unknown",
        ],
        custody: &["payments/1 epoch 1 warning: ben cho dee"],
        places: &[],
        backups: &["payments/1 16 tested"],
        decisions: &[],
        deviations: 0,
        overdue: &[],
    },
    Asked {
        day: "2024-06-30",
        age: &[
            "payments/1 167 563 within",
            "orders/1 395 -30 over",
            "images/1 ? ? unknown",
        ],
        custody: &["payments/1 epoch 1 warning: ben cho dee"],
        places: &[],
        backups: &["payments/1 139 tested"],
        decisions: &[],
        deviations: 0,
        overdue: &["cryptoperiod orders", "drill payments by cho"],
    },
    Asked {
        day: "2024-10-15",
        age: &[
            "payments/1 274 456 within",
            "orders/1 502 -137 over",
            "images/1 ? ? unknown",
        ],
        custody: &["payments/1 epoch 1 well: ben cho dee"],
        places: &[],
        backups: &["payments/1 43 tested"],
        decisions: &[],
        deviations: 1,
        overdue: &["cryptoperiod orders"],
    },
    Asked {
        day: "2024-11-15",
        age: &[
            "payments/1 305 425 within",
            "orders/1 533 -168 over",
            "images/1 ? ? unknown",
        ],
        custody: &["payments/1 epoch 1 well: ben cho dee"],
        places: &["payments/1 aws-kms not known"],
        backups: &["payments/1 74 tested"],
        decisions: &[],
        deviations: 1,
        overdue: &["cryptoperiod orders", "material-expiry payments"],
    },
    Asked {
        day: "2024-12-31",
        age: &[
            "payments/1 351 379 within",
            "orders/1 579 -214 over",
            "images/1 ? ? unknown",
        ],
        custody: &["payments/1 epoch 1 well: ben cho dee"],
        places: &[],
        backups: &["payments/1 43 tested"],
        decisions: &[],
        deviations: 1,
        overdue: &["cryptoperiod orders"],
    },
    Asked {
        day: "2025-02-15",
        age: &[
            "payments/1 397 333 within",
            "orders/1 625 -260 over",
            "images/1 ? ? unknown",
        ],
        custody: &["payments/1 epoch 1 well: ben cho dee"],
        places: &[],
        backups: &["payments/1 89 tested"],
        decisions: &["payments/1"],
        deviations: 1,
        overdue: &["cryptoperiod orders", "review payments"],
    },
    Asked {
        day: "2025-03-31",
        age: &[
            "payments/1 441 289 within",
            "orders/1 669 -304 over",
            "images/1 ? ? unknown",
        ],
        custody: &[
            "payments/1 epoch 1 dead: ben cho dee",
            "payments/1 epoch 2 well: ben cho gil",
        ],
        places: &[],
        backups: &["payments/1 21 tested"],
        decisions: &["payments/1"],
        deviations: 1,
        overdue: &["cryptoperiod orders", "review payments"],
    },
    Asked {
        day: "2025-06-15",
        age: &[
            "payments/1 517 213 within",
            "orders/1 745 -380 over",
            "images/1 ? ? unknown",
        ],
        custody: &[
            "payments/1 epoch 1 dead: ben cho dee",
            "payments/1 epoch 2 well: ben fay gil",
        ],
        places: &[],
        backups: &["payments/1 97 tested"],
        decisions: &[],
        deviations: 1,
        overdue: &["cryptoperiod orders"],
    },
    Asked {
        day: "2025-07-15",
        age: &[
            "payments/1 547 183 within",
            "orders/1 775 -410 over",
            "images/1 ? ? unknown",
        ],
        custody: &[
            "payments/1 epoch 1 dead: ben cho dee",
            "payments/1 epoch 2 warning: ben fay gil",
        ],
        places: &[],
        backups: &["payments/1 127 tested"],
        decisions: &["orders/1"],
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "drill payments by fay",
            "review orders",
        ],
    },
    Asked {
        day: "2025-10-01",
        age: &[
            "payments/1 625 105 within",
            "orders/1 853 -488 over",
            "images/1 ? ? unknown",
        ],
        custody: &[
            "payments/1 epoch 1 dead: ben cho dee",
            "payments/1 epoch 2 warning: ben fay gil",
        ],
        places: &["payments/1 aws-kms not known"],
        backups: &["payments/1 205 tested"],
        decisions: &["orders/1"],
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "deputy-return payments by fay",
            "drill payments by fay",
            "material-expiry payments",
            "review orders",
        ],
    },
    Asked {
        day: "2026-01-20",
        age: &[
            "payments/1 736 -6 replaced",
            "orders/1 964 -599 over",
            "images/1 ? ? unknown",
            "payments/2 15 715 within",
        ],
        custody: &[
            "payments/1 epoch 1 dead: ben cho dee",
            "payments/1 epoch 2 unproven: ben fay gil",
            "payments/2 epoch 1 warning: ben cho gil",
        ],
        places: &["payments/1 aws-kms not known"],
        backups: &["payments/1 316 tested", "payments/2 15 tested"],
        decisions: &["orders/1"],
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "cryptoperiod payments",
            "deputy-return payments by fay",
            "drill payments by ben",
            "drill payments by fay",
            "drill payments by gil",
            "material-expiry payments",
            "review orders",
        ],
    },
    Asked {
        day: "2026-11-01",
        age: &[
            "payments/1 1021 -291 replaced",
            "orders/1 1249 -884 over",
            "images/1 ? ? unknown",
            "payments/2 300 430 within",
        ],
        custody: &[
            "payments/1 epoch 1 dead: ben cho dee",
            "payments/1 epoch 2 unproven: ben fay gil",
            "payments/2 epoch 1 unproven: ben cho gil",
        ],
        places: &["payments/1 aws-kms not known"],
        backups: &["payments/1 601 overdue", "payments/2 300 tested"],
        decisions: &["payments/1", "orders/1"],
        deviations: 1,
        overdue: &[
            "cryptoperiod orders",
            "cryptoperiod payments",
            "deputy-return payments by fay",
            "drill payments by ben",
            "drill payments by cho",
            "drill payments by fay",
            "drill payments by gil",
            "material-expiry payments",
            "restore-test payments",
            "review orders",
            "review payments",
        ],
    },
];

/// The register as it was on a day.
struct On {
    day: Date,
    register: Register,
}

impl On {
    fn new(day: &str) -> Self {
        let day: Date = day.parse().unwrap();
        let dir = &years().register;
        let register = Register::ask(dir, None, Some(day), Scope::All, Trust::Index).unwrap();
        assert_eq!(register.wrong, []);
        Self { day, register }
    }

    fn materials(&self) -> Vec<&Material> {
        self.register.materials.iter().collect()
    }

    /// `payments/2`: the second key of that label.
    fn name(&self, material: &Material) -> String {
        let same = self.register.materials.iter();
        let mut same = same.filter(|other| other.key == material.key);
        let place = same.position(|other| other.origin == material.origin);
        format!("{}/{}", material.key, place.unwrap() + 1)
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
fn every_key_has_its_age_on_each_of_twelve_days() {
    assert_eq!(YEARS.len(), 12);
    for asked in YEARS {
        let on = On::new(asked.day);
        let all = age::ages(&on.register, &on.materials(), on.day);
        let number = |days: Option<i64>| days.map_or("?".to_owned(), |days| days.to_string());
        let found: Vec<String> = all
            .iter()
            .map(|age| {
                let (days, left) = (number(age.days), number(age.days_left));
                format!(
                    "{}/{} {days} {left} {}",
                    age.key,
                    age.version.0,
                    word(age.standing)
                )
            })
            .collect();
        assert_eq!(found, asked.age, "{}", asked.day);
    }
}

#[test]
fn every_share_set_stands_as_told_on_each_of_twelve_days() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let now = due::moment_after(on.day);
        let mut found = Vec::new();
        for material in on.materials() {
            for set in custody::standings(&on.register, &[material], now) {
                let holders: Vec<&str> = set
                    .shares
                    .iter()
                    .map(|share| share.holder.as_str())
                    .collect();
                let (name, state) = (on.name(material), word(set.state));
                found.push(format!(
                    "{name} epoch {} {state}: {}",
                    set.epoch,
                    holders.join(" ")
                ));
            }
        }
        assert_eq!(found, asked.custody, "{}", asked.day);
    }
}

#[test]
fn every_copy_is_known_on_each_of_twelve_days() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let now = due::moment_after(on.day);
        let mut found = Vec::new();
        let mut there = BTreeSet::new();
        for material in on.materials() {
            for location in locations::locations(&on.register, material, now) {
                assert!(!location.rests_on.is_empty(), "{location:?}");
                if location.kind != locations::Kind::Provider {
                    continue;
                }
                let provider = location.place.split(' ').next().unwrap().to_owned();
                let name = on.name(material);
                if location.standing == locations::Standing::Open {
                    there.insert(format!("{name} {provider}"));
                } else {
                    found.push(format!("{name} {provider} {}", location.standing.name()));
                }
            }
        }
        assert_eq!(found, asked.places, "{}", asked.day);
        // What the provider made is there, and what was wrapped for Vault never ends.
        for (place, since) in [
            ("orders/1 aws-kms", "2024-01-22"),
            ("images/1 aws-kms", "2024-01-22"),
            ("payments/1 vault", "2024-02-12"),
            ("payments/2 aws-kms", "2026-01-05"),
        ] {
            let expected = since <= asked.day;
            assert_eq!(there.contains(place), expected, "{place} {}", asked.day);
        }
    }
}

#[test]
fn every_backup_was_tested_when_it_was_on_each_of_twelve_days() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let materials = on.materials();
        let all = backups::backups(&materials, on.day, None);
        let mut found = Vec::new();
        for (backup, material) in all.iter().zip(&materials) {
            if backup.standing == backups::Standing::NotOurs {
                assert!(material.about.declared.is_some());
                continue;
            }
            let days = backup.days_since_test.unwrap();
            found.push(format!(
                "{} {days} {}",
                on.name(material),
                word(backup.standing)
            ));
        }
        assert_eq!(found, asked.backups, "{}", asked.day);
    }
}

#[test]
fn every_decision_is_known_and_looked_at_again_on_each_of_twelve_days() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let materials = on.materials();
        let all = decision::decisions(&on.register, &materials, on.day);
        let mut found = Vec::new();
        for (answer, material) in all.iter().zip(&materials) {
            let decision = answer.about.decision.as_ref().unwrap();
            let choice = match material.key.as_str() {
                "payments" => "byok",
                "orders" => "cmk",
                _ => "provider",
            };
            assert_eq!(decision.choice, choice);
            assert!(answer.findings.iter().all(|finding| !finding.contradicts));
            if !answer.findings.is_empty() {
                found.push(on.name(material));
            }
        }
        assert_eq!(found, asked.decisions, "{}", asked.day);
    }
}

#[test]
fn every_deviation_is_told_on_each_of_twelve_days() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let all = deviations::deviations(&on.register, None);
        assert_eq!(all.len(), asked.deviations, "{}: {all:#?}", asked.day);
        if let Some(first) = all.first() {
            assert!(first.what.contains("it stood open for a minute"));
            assert_eq!(first.rests_on.ceremony, "000005-restore-test");
        }
        let since = "2024-09-03".parse().unwrap();
        assert_eq!(deviations::deviations(&on.register, Some(since)), []);
    }
}

#[test]
fn what_is_overdue_is_known_on_each_of_twelve_days() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let all = due::due(&on.register, on.day, on.day);
        let found: BTreeSet<String> = all
            .iter()
            .filter(|due| due.overdue)
            .map(|due| {
                let key = due.key.as_deref().unwrap_or("-");
                let kind = word(due.kind);
                let who = due.who.as_deref();
                let who =
                    who.filter(|_| matches!(due.kind, due::Kind::Drill | due::Kind::DeputyReturn));
                let who = who.map_or(String::new(), |who| format!(" by {who}"));
                format!("{kind} {key}{who}")
            })
            .collect();
        let expected: BTreeSet<String> =
            asked.overdue.iter().map(|due| (*due).to_owned()).collect();
        assert_eq!(found, expected, "{}", asked.day);
        for due in &all {
            assert!(!due.rests_on.is_empty(), "{due:?}");
        }
    }
}

#[test]
fn an_import_is_proved_but_for_the_providers_answer_and_no_key_that_is_there_is_destroyed() {
    for asked in YEARS {
        let on = On::new(asked.day);
        let materials = on.materials();
        for proof in proof::import(&on.register, &materials) {
            let unknown: Vec<&str> = proof
                .points
                .iter()
                .filter(|point| point.standing != proof::Standing::Shown)
                .map(|point| point.what.as_str())
                .collect();
            assert_eq!(unknown.len(), 1, "{proof:#?}");
            let of_provider = unknown[0].ends_with("answered that this material arrived");
            let never = unknown[0] == "no record tells that it was wrapped for a provider";
            assert!(of_provider || never, "{unknown:?}");
        }
        let now = due::moment_after(on.day);
        for proof in proof::destroyed(&on.register, &materials, now) {
            assert_eq!(proof.standing, proof::Standing::Contradicted, "{proof:#?}");
        }
    }
}
