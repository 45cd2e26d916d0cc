//! Records of people: what is told of them is held against the script, and lies are found.

use std::sync::OnceLock;

use keyrite::domain::record::Access;
use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;

use crate::verify::Ceremony;
use crate::verify::holds_by_hand;
use crate::verify::script_of;
use crate::verify::step;

type Lie = fn(&mut Vec<Entry>);

fn joins() -> Ceremony {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    GOOD.get_or_init(|| Ceremony::of(&script_of("custodian-joins")))
        .copied()
}

fn leaves() -> Ceremony {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    GOOD.get_or_init(|| Ceremony::of(&script_of("person-leaves")))
        .copied()
}

#[test]
fn records_about_people_hold_here_and_by_hand() {
    for ceremony in [joins(), leaves()] {
        ceremony.holds();
        holds_by_hand(&ceremony.dir);
    }
}

#[test]
fn who_joins_moves_and_acknowledges_is_what_the_script_says() {
    let lies: [(Lie, &str); 9] = [
        (
            |entries| {
                if let Did::Join(joined) = &mut step(entries, "join").did {
                    joined.person = "cho".to_owned();
                }
            },
            "the record says that it was `cho`; the script says `gus`",
        ),
        (
            |entries| {
                if let Did::Join(joined) = &mut step(entries, "join").did {
                    joined.roles.push("administrator".to_owned());
                }
            },
            "the record says that the roles are [custodians, administrator]",
        ),
        (
            |entries| {
                if let Did::Join(joined) = &mut step(entries, "join").did {
                    joined.site = None;
                }
            },
            "the record says that the site is ``; the script says `evora`",
        ),
        (
            |entries| {
                if let Did::MovePerson(moved) = &mut step(entries, "move-person").did {
                    moved.manager = Some("kim".to_owned());
                }
            },
            "the record says that the manager is `kim`",
        ),
        (
            |entries| {
                if let Did::MovePerson(moved) = &mut step(entries, "move-person").did {
                    moved.roles = Some(Vec::new());
                }
            },
            "do not both say which roles it is about",
        ),
        (
            |entries| {
                if let Did::Acknowledge(of) = &mut step(entries, "acknowledge").did {
                    of.version = "4".to_owned();
                }
            },
            "the record says that the version is `4`",
        ),
        (
            |entries| {
                if let Did::Acknowledge(of) = &mut step(entries, "acknowledge").did {
                    of.valid_for *= 2;
                }
            },
            "the record says that it holds for so many seconds:",
        ),
        (
            |entries| {
                if let Did::Acknowledge(of) = &mut step(entries, "acknowledge").did {
                    of.sha256 = Digest::of(b"another text");
                }
            },
            "the digest of the text that was acknowledged is another text's",
        ),
        (
            |entries| {
                if let Did::Acknowledge(of) = &mut step(entries, "acknowledge").did {
                    of.answers.pop();
                }
            },
            "the record says that it was answered by [ben, cho]",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = joins();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
}

#[test]
fn who_leaves_what_was_taken_and_who_looked_is_what_the_script_says() {
    let lies: [(Lie, &str); 9] = [
        (
            |entries| {
                if let Did::Leave(left) = &mut step(entries, "leave").did {
                    left.on = "2099-01-04".to_owned();
                }
            },
            "the record says that it was on `2099-01-04`",
        ),
        (
            |entries| {
                if let Did::Leave(left) = &mut step(entries, "leave").did {
                    left.opens.pop();
                }
            },
            "the record and the script differ in what is to be taken away",
        ),
        (
            |entries| {
                if let Did::Leave(left) = &mut step(entries, "leave").did {
                    left.opens[0].what = Access::Other;
                }
            },
            "the record and the script differ in what is to be taken away",
        ),
        (
            |entries| {
                if let Did::Withdraw(withdrawn) = &mut step(entries, "withdraw").did {
                    withdrawn.what = Access::Pin;
                }
            },
            "the record says that it was a `pin`; the script says `role`",
        ),
        (
            |entries| {
                if let Did::Withdraw(withdrawn) = &mut step(entries, "withdraw").did {
                    withdrawn.seen_by = "ana".to_owned();
                }
            },
            "the record says that it was seen by `ana`",
        ),
        (
            |entries| {
                if let Did::AccessReview(review) = &mut step(entries, "access-review").did {
                    review.taken_on = "2099-01-04".to_owned();
                }
            },
            "the record says that it was fetched on `2099-01-04`",
        ),
        (
            |entries| {
                if let Did::AccessReview(review) = &mut step(entries, "access-review").did {
                    review.principals[0].person = Some("eli".to_owned());
                }
            },
            "belongs to `eli`",
        ),
        (
            |entries| {
                if let Did::AccessReview(review) = &mut step(entries, "access-review").did {
                    review.principals[0].service = Some("nothing".to_owned());
                }
            },
            "is for `nothing`",
        ),
        (
            |entries| {
                if let Did::AccessReview(review) = &mut step(entries, "access-review").did {
                    review.files.push(keyrite::domain::record::File {
                        path: "key-policy.json".to_owned(),
                        sha256: Digest::of(b"policy"),
                    });
                }
            },
            "the files that were read are not those that were kept",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = leaves();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
}

#[test]
fn whoever_does_not_acknowledge_is_told() {
    let ceremony = joins();
    ceremony.collude(|entries| {
        if let Did::Acknowledge(of) = &mut step(entries, "acknowledge").did {
            of.answers[0].agrees = false;
            of.answers[0].words = Some("not yet".to_owned());
        }
    });
    let verdict = ceremony.holds();
    let told = verdict.notes.join("\n");
    assert!(
        told.contains("ben did not acknowledge version 3") && told.contains("not yet"),
        "{told}"
    );
}
