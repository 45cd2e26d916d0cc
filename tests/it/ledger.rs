//! Things that custodians keep: where they go is recorded, and lies about it are found.

use std::sync::OnceLock;

use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Event;
use keyrite::domain::record::Exception;

use crate::common::said;
use crate::story::Story;
use crate::verify::Ceremony;
use crate::verify::holds_by_hand;
use crate::verify::open_of;
use crate::verify::script_of;
use crate::verify::step;

/// The steps of a deputy, put into the ceremony that seals the media.
pub(crate) const DEPUTY: &str = "  - take-out: {item: stick-cho, by: cho, purpose: leave, seen-by: eli}
  - hand-over: {item: stick-cho, from: cho, to: fay, purpose: leave, deputy-until: 2027-06-30, seen-by: eli}
  - inspect: {item: stick-cho, by: fay, seen-by: eli}
  - put-away: {item: stick-cho, by: fay, where: safe 6 in Porto, seen-by: eli}
  - receipt: {key: payments, to: [fay]}
";

fn script() -> Vec<u8> {
    let text = String::from_utf8(script_of("custody-seal-media")).unwrap();
    text.replace(
        "  - exception: {by: eli}\n",
        &format!("{DEPUTY}  - exception: {{by: eli}}\n"),
    )
    .replace(
        "sign-in: [ana, ben, cho, dee, eli]",
        "sign-in: [ana, ben, cho, dee, eli, fay]",
    )
    .into_bytes()
}

fn good() -> Ceremony {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    GOOD.get_or_init(|| Ceremony::of(&script())).copied()
}

#[test]
fn things_that_go_from_hand_to_hand_hold_here_and_by_hand() {
    let ceremony = good();
    ceremony.holds();
    holds_by_hand(&ceremony.dir);
}

#[test]
fn receipts_say_who_holds_which_share_now() {
    let ceremony = good();
    let text = |person: &str| {
        let path = format!("artifacts/receipt-payments-{person}.txt");
        String::from_utf8(ceremony.read(&path)).unwrap()
    };
    let fay = text("fay");
    for row in [
        "Custodian   Fay Lind (fay)\n",
        "Share       number 2 of 3; any 2 rebuild the key\n",
        "Made for    Cho Park (cho)\n",
        "Sealed in   bag BAG-OF-KR-0102\n",
        "Kept at     safe 6 in Porto\n",
        "  keyrite share verify FILE --identity YOUR-IDENTITY\n",
    ] {
        assert!(fay.contains(row), "{fay}");
    }
    assert!(!text("ben").contains("Made for"));
}

#[test]
fn a_step_that_does_not_go_on_from_the_one_before_is_found() {
    type Lie = fn(&mut Vec<Entry>);
    let lies: [(Lie, &str); 13] = [
        (
            |entries| {
                if let Did::TakeOut { r#where, .. } = &mut step(entries, "take-out").did {
                    *r#where = "safe 9".to_owned();
                }
            },
            "it was in the bag of the courier to safe 5 in Porto",
        ),
        (
            |entries| {
                if let Did::TakeOut { bag, .. } = &mut step(entries, "take-out").did {
                    *bag = None;
                }
            },
            "stick-cho is recorded in no bag; it was in bag BAG-OF-KR-0102",
        ),
        (
            |entries| {
                if let Did::TakeOut { by, .. } = &mut step(entries, "take-out").did {
                    *by = "dee".to_owned();
                }
            },
            "dee did not have stick-cho: cho had it",
        ),
        (
            |entries| {
                if let Did::TakeOut { purpose, .. } = &mut step(entries, "take-out").did {
                    *purpose = "a look".to_owned();
                }
            },
            "the record says that it was for `a look`",
        ),
        (
            |entries| {
                if let Did::HandOver { to, .. } = &mut step(entries, "hand-over").did {
                    *to = "ana".to_owned();
                }
            },
            "the record says that it was given to `ana`",
        ),
        (
            |entries| {
                if let Did::HandOver { deputy_until, .. } = &mut step(entries, "hand-over").did {
                    *deputy_until = None;
                }
            },
            "the record says that a deputy keeps it until ``",
        ),
        (
            |entries| {
                if let Did::HandOver { seen_by, .. } = &mut step(entries, "hand-over").did {
                    *seen_by = "ana".to_owned();
                }
            },
            "the record says that it was seen by `ana`",
        ),
        (
            |entries| {
                if let Did::HandOver { item, .. } = &mut step(entries, "hand-over").did {
                    *item = "stick-ben".to_owned();
                }
            },
            "the record says that the thing is `stick-ben`",
        ),
        (
            |entries| {
                if let Did::Inspect { whole, .. } = &mut step(entries, "inspect").did {
                    *whole = false;
                }
            },
            "the bag of stick-cho was not as it was sealed, and no exception is recorded",
        ),
        (
            |entries| {
                if let Did::Inspect { found, .. } = &mut step(entries, "inspect").did {
                    *found = "TEB-1".to_owned();
                }
            },
            "the bag of stick-cho was not as it was sealed, and no exception is recorded",
        ),
        (
            |entries| {
                if let Did::PutAway { bag, .. } = &mut step(entries, "put-away").did {
                    *bag = " ".to_owned();
                }
            },
            "the number of the bag is not recorded",
        ),
        (
            |entries| {
                if let Did::Receipt { to, .. } = &mut step(entries, "receipt").did {
                    to.swap(0, 1);
                }
            },
            "the record says that it was for [cho, ben, dee]",
        ),
        (
            |entries| open_of(entries).items[1].held_by = "dee".to_owned(),
            "begins with other things",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = good();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
}

#[test]
fn two_things_in_one_bag_are_found() {
    let ceremony = good();
    ceremony.collude(|entries| {
        for entry in entries.iter_mut() {
            if let Event::Step(step) = &mut entry.event
                && let Did::PutAway { bag, .. } = &mut step.did
            {
                *bag = "TEB-1".to_owned();
            }
        }
    });
    ceremony.is_refused(&["stick-cho was put into bag TEB-1, in which medium KR-0101 is"]);
}

#[test]
fn a_receipt_that_says_something_else_is_found_although_everybody_signed_it() {
    let ceremony = good();
    let path = "artifacts/receipt-payments-fay.txt";
    let text = String::from_utf8(ceremony.read(path)).unwrap();
    let other = text.replace("number 2 of 3", "number 1 of 3");
    ceremony.write(path, &other);
    ceremony.is_refused(&[path, "was changed"]);
    ceremony.collude(|entries| {
        for entry in entries.iter_mut() {
            if let Event::Step(step) = &mut entry.event
                && let Some(made) = step.artifacts.iter_mut().find(|made| made.path == path)
            {
                made.sha256 = Digest::of(other.as_bytes());
            }
        }
    });
    ceremony.is_refused(&[
        path,
        "does not say what the record says of the share that fay holds",
    ]);
}

#[test]
fn a_bag_that_was_opened_is_an_exception_that_somebody_decides() {
    let story = Story::new(&String::from_utf8(script()).unwrap());
    let opened = [
        ("14/whole/fay", "no"),
        (
            "14/exception/decided",
            "the share is held to be known: reshare",
        ),
        ("14/exception/decided-by", "ana"),
    ];
    story.run("out", &[], &opened).code(0);
    let assert = story.verify("out").code(0);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "medium KR-0102 was in bag TEB-KR-0102, which was not whole",
        "expected: medium KR-0102 is in bag TEB-KR-0102, which is whole; happened: bag TEB-KR-0102 is not whole; decided: the share is held to be known: reshare, by ana",
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_number_that_two_people_do_not_read_alike_is_not_recorded() {
    let story = Story::new(&String::from_utf8(script()).unwrap());
    let assert = story.run("out", &[], &[("8/bag/eli", "TEB-1")]).code(4);
    assert!(
        said(&assert)
            .contains("two people read different numbers on the bag: TEB-KR-0101 and TEB-1"),
        "{}",
        said(&assert)
    );
}

#[test]
fn a_bag_in_which_something_else_is_takes_nothing_more() {
    let story = Story::new(&String::from_utf8(script()).unwrap());
    let other = [("9/bag/cho", "TEB-KR-0101"), ("9/bag/eli", "TEB-KR-0101")];
    let assert = story.run("out", &[], &other).code(4);
    assert!(
        said(&assert).contains("medium KR-0101 is in bag TEB-KR-0101 already"),
        "{}",
        said(&assert)
    );
}

#[test]
fn an_exception_alone_does_not_excuse_an_opened_bag_of_another_step() {
    let ceremony = good();
    ceremony.collude(|entries| {
        if let Did::Inspect { whole, .. } = &mut step(entries, "inspect").did {
            *whole = false;
        }
        let before = entries
            .iter()
            .position(
                |entry| matches!(&entry.event, Event::Step(step) if step.did.name() == "take-out"),
            )
            .unwrap();
        let mut exception = entries[before].clone();
        exception.event = Event::Exception(Exception {
            step: 12,
            expected: "a".to_owned(),
            happened: "b".to_owned(),
            decided: "c".to_owned(),
            decided_by: "ana".to_owned(),
            request: None,
            signatures: vec![],
        });
        entries.insert(before, exception);
        if let Event::Sealed(sealed) = &mut entries.last_mut().unwrap().event {
            sealed.exceptions = 1;
        }
    });
    ceremony.is_refused(&["the bag of stick-cho was not as it was sealed"]);
}
