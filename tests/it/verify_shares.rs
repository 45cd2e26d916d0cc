//! Records of drills and reshares hold; those that lie about shares do not.

use std::sync::OnceLock;

use keyrite::domain::record::Did;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Fate;
use keyrite::domain::record::Possession;

use crate::verify::Ceremony;
use crate::verify::holds_by_hand;
use crate::verify::script_of;
use crate::verify::step;

/// What somebody makes of the entry of a step.
type Lie = fn(&mut Did);

fn played(name: &str, once: &OnceLock<Ceremony>) -> Ceremony {
    once.get_or_init(|| Ceremony::of(&script_of(name))).copied()
}

fn drill() -> Ceremony {
    static DRILL: OnceLock<Ceremony> = OnceLock::new();
    played("possession-drill", &DRILL)
}

fn reshare() -> Ceremony {
    static RESHARE: OnceLock<Ceremony> = OnceLock::new();
    played("reshare-leaver", &RESHARE)
}

fn refused(good: fn() -> Ceremony, name: &'static str, lies: &[(Lie, &str)]) {
    for (lie, words) in lies {
        let ceremony = good();
        ceremony.collude(|entries: &mut Vec<Entry>| lie(&mut step(entries, name).did));
        ceremony.is_refused(&[words]);
    }
}

#[test]
fn a_drill_holds_here_and_by_hand() {
    let ceremony = drill();
    ceremony.holds();
    holds_by_hand(&ceremony.dir);
}

#[test]
fn a_drill_is_not_lied_about() {
    let lies: &[(Lie, &str)] = &[
        (
            |did| {
                if let Did::Drill { key, .. } = did {
                    *key = "savings".to_owned();
                }
            },
            "the record says that the key is `savings`",
        ),
        (
            |did| {
                if let Did::Drill { set, .. } = did {
                    *set = "0".repeat(32);
                }
            },
            "share set 00000000000000000000000000000000, epoch 1, threshold 2 is recorded",
        ),
        (
            |did| {
                if let Did::Drill { epoch, .. } = did {
                    *epoch = 2;
                }
            },
            "epoch 2, threshold 2 is recorded of key payments; it is in set",
        ),
        (
            |did| {
                if let Did::Drill { threshold, .. } = did {
                    *threshold = 1;
                }
            },
            "threshold 1 is recorded of key payments",
        ),
        (
            |did| {
                if let Did::Drill { shares, .. } = did {
                    shares.pop();
                }
            },
            "the record says that shares were asked of [ben, cho]",
        ),
        (
            |did| {
                if let Did::Drill { shares, .. } = did {
                    shares[0].index = 2;
                }
            },
            "share 2 of key payments is recorded as shown by ben, who does not hold it",
        ),
        (
            |did| {
                if let Did::Drill { shares, .. } = did {
                    shares[0].index = 0;
                }
            },
            "share 0 of key payments is recorded as shown by ben",
        ),
        (
            |did| {
                if let Did::Drill { proven, .. } = did {
                    *proven = 2;
                }
            },
            "2 shares are recorded as proven in all; one by one they are 3",
        ),
        (
            |did| {
                if let Did::Drill { shares, .. } = did {
                    shares[1].why = Some("but not quite".to_owned());
                }
            },
            "the share of cho is recorded as proven, with a reason why it is not",
        ),
        (
            |did| {
                if let Did::Drill { shares, proven, .. } = did {
                    shares[1].result = Possession::Absent;
                    *proven = 2;
                }
            },
            "the share of cho is recorded as not proven, without a reason",
        ),
    ];
    refused(drill, "drill", lies);
}

#[test]
fn a_reshare_holds_here_and_by_hand() {
    let ceremony = reshare();
    let verdict = ceremony.holds();
    for words in [
        "key payments was dealt anew as share set",
        "0 of 3 old shares of key payments (epoch 1) survive, and 2 rebuild it: the old epoch is dead",
    ] {
        assert!(
            verdict.notes.iter().any(|note| note.contains(words)),
            "{words}: {:#?}",
            verdict.notes
        );
    }
    holds_by_hand(&ceremony.dir);
}

#[test]
fn a_reshare_is_not_lied_about() {
    let lies: &[(Lie, &str)] = &[
        (
            |did| {
                if let Did::Reshare { with, .. } = did {
                    *with = vec!["ben".to_owned(), "dee".to_owned()];
                }
            },
            "the record says that old shares were brought by [ben, dee]",
        ),
        (
            |did| {
                if let Did::Reshare { replaces, .. } = did {
                    *replaces = "0".repeat(32);
                }
            },
            "is recorded as rebuilt from share set 00000000000000000000000000000000",
        ),
        (
            |did| {
                if let Did::Reshare { set, .. } = did {
                    set.epoch = 1;
                }
            },
            "the share set has the epoch 1; a new one has 2",
        ),
        (
            |did| {
                if let Did::Reshare { set, .. } = did {
                    set.threshold = 3;
                }
            },
            "the record says that the threshold is `3`",
        ),
        (
            |did| {
                if let Did::Reshare { rebuilt, .. } = did {
                    rebuilt.insert("kcv.ecb3".to_owned(), "000000".to_owned());
                }
            },
            "with check values that are not those it was given with",
        ),
        (
            |did| {
                if let Did::Reshare { check_values, .. } = did {
                    check_values.insert("kcv.ecb3".to_owned(), "000000".to_owned());
                }
            },
            "with check values that are not those it was given with",
        ),
        (
            |did| {
                if let Did::Reshare { set, .. } = did {
                    set.shares.swap(0, 1);
                }
            },
            "the record says that shares went to [cho, ben, gil]",
        ),
        (
            |did| {
                if let Did::Reshare { set, .. } = did {
                    set.shares[2].commitment = set.shares[0].commitment;
                }
            },
            "two custodians have the same share",
        ),
        (
            |did| {
                if let Did::Reshare { key, .. } = did {
                    *key = "savings".to_owned();
                }
            },
            "the record says that the key is `savings`",
        ),
    ];
    refused(reshare, "reshare", lies);
}

#[test]
fn the_end_of_old_shares_is_not_lied_about() {
    let lies: &[(Lie, &str)] = &[
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.seen_by = "ana".to_owned();
                }
            },
            "the record says that it was seen by `ana`",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.epoch = 2;
                }
            },
            "epoch 2, is recorded as replaced; it is set",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.shares.pop();
                }
            },
            "old shares of [ben, cho] are told of; they were [ben, cho, dee]'s",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.shares[0].fate = Fate::Kept;
                }
            },
            "what became of old share 1 of ben is not told",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.live = true;
                }
            },
            "0 old shares are recorded as surviving, and the epoch as live; by what became of each it is otherwise",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.surviving = 1;
                }
            },
            "1 old shares are recorded as surviving",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.all_copies = Some(true);
                }
            },
            "whether all copies of the old backup are known is recorded where there is none",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.copies.push(keyrite::domain::record::Copied {
                        at: "a safe".to_owned(),
                        by: "cho".to_owned(),
                        destroyed: true,
                    });
                }
            },
            "the copies of the old backup are not those that the script lists",
        ),
        (
            |did| {
                if let Did::Retire(retired) = did {
                    retired.key = "savings".to_owned();
                }
            },
            "no shares of key savings were replaced before",
        ),
    ];
    refused(reshare, "retire", lies);
}
