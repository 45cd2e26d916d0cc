//! What can be touched in records of the newer steps: refused here with words of its own, and found by
//! the commands of VERIFY.txt and by verify.py as far as they claim to.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use keyrite::domain::finding::RULE_SET;
use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;

use crate::verify::Ceremony;
use crate::verify::by_hand;
use crate::verify::by_python;
use crate::verify::script_of;
use crate::verify::step;

/// Who finds something besides keyrite.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Finds {
    /// sha256sum and ssh-keygen, and verify.py.
    All,
    /// Neither: everybody lied against the script together.
    Neither,
}

/// A shipped ceremony, a way to touch its record, what must be said of it, and who else finds it.
type Touch = (&'static str, fn(&Ceremony), &'static [&'static str], Finds);

const CERTIFICATE: &str = "artifacts/destruction-payments.txt";
const CHALLENGE: &str = "artifacts/sessions-for-vault/challenge.bin";

const TOUCHES: &[Touch] = &[
    (
        "destroy",
        |it| replace(it, CERTIFICATE, "Dee Marsh", "Ana Ruiz"),
        &[CERTIFICATE],
        Finds::All,
    ),
    (
        "destroy",
        |it| fs::remove_file(it.path(CERTIFICATE)).unwrap(),
        &[CERTIFICATE, "missing"],
        Finds::All,
    ),
    (
        "destroy",
        |it| {
            replace(
                it,
                "record.jsonl",
                "\"to\":\"destroyed\"",
                "\"to\":\"deactivated\"",
            );
        },
        &["was changed"],
        Finds::All,
    ),
    (
        "destroy",
        |it| {
            it.collude(|entries| {
                if let Did::Close(closed) = &mut step(entries, "close").did {
                    closed.seen_by = closed.by.clone();
                }
            });
        },
        &["the script says"],
        Finds::Neither,
    ),
    (
        "person-leaves",
        |it| replace(it, "record.jsonl", "\"leave\":{", "\"leave\": {"),
        &["not canonical"],
        Finds::All,
    ),
    (
        "person-leaves",
        |it| {
            it.collude(|entries| {
                if let Did::Leave(left) = &mut step(entries, "leave").did {
                    left.opens.clear();
                }
            });
        },
        &["differ in what is to be taken away"],
        Finds::Neither,
    ),
    (
        "person-leaves",
        |it| {
            it.collude(|entries| {
                if let Did::AccessReview(review) = &mut step(entries, "access-review").did {
                    "2020-01-01".clone_into(&mut review.taken_on);
                }
            });
        },
        &["that it was fetched on", "2020-01-01"],
        Finds::Neither,
    ),
    (
        "custodian-joins",
        |it| replace(it, "record.jsonl", "\"agrees\":true", "\"agrees\":false"),
        &["was changed"],
        Finds::All,
    ),
    (
        "custodian-joins",
        |it| {
            it.collude(|entries| {
                if let Did::Acknowledge(said) = &mut step(entries, "acknowledge").did {
                    said.sha256 = Digest::of(b"a shorter text");
                }
            });
        },
        &["the digest of the text that was acknowledged is another text's"],
        Finds::Neither,
    ),
    (
        "declare-keys",
        |it| {
            replace(
                it,
                "record.jsonl",
                "eu-west-1:111122223333",
                "eu-west-1:999922223333",
            );
        },
        &["was changed"],
        Finds::All,
    ),
    (
        "declare-keys",
        |it| {
            it.collude(|entries| {
                if let Did::Declare { made_on, .. } = &mut step(entries, "declare").did {
                    *made_on = Some("2026-11-01".to_owned());
                }
            });
        },
        &["declared as made on another day"],
        Finds::Neither,
    ),
    (
        "vault-aes256",
        |it| {
            let mut question = it.read(CHALLENGE);
            question[3] ^= 1;
            it.write(CHALLENGE, question);
        },
        &[CHALLENGE, "was changed"],
        Finds::All,
    ),
    (
        "vault-aes256",
        |it| fs::remove_file(it.path(CHALLENGE)).unwrap(),
        &[CHALLENGE, "missing"],
        Finds::All,
    ),
    (
        "vault-aes256",
        |it| {
            it.collude(|entries| {
                if let Did::Wrap {
                    challenge: Some(challenge),
                    ..
                } = &mut step(entries, "wrap").did
                {
                    challenge.question = Digest::of(b"another question");
                }
            });
        },
        &["the question of the challenge is not the file that was written"],
        Finds::Neither,
    ),
    (
        "rotate-aws",
        |it| {
            let lower = format!("\"rules\":{RULE_SET}");
            replace(it, "record.jsonl", &lower, "\"rules\":1");
        },
        &["was changed"],
        Finds::All,
    ),
];

fn replace(ceremony: &Ceremony, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(ceremony.read(path)).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    ceremony.write(path, text.replacen(from, to, 1));
}

/// A copy of one that is played once.
fn played(name: &'static str) -> Ceremony {
    static PLAYED: Mutex<BTreeMap<&str, Ceremony>> = Mutex::new(BTreeMap::new());
    let mut played = PLAYED.lock().unwrap();
    let good = played
        .entry(name)
        .or_insert_with(|| Ceremony::of(&script_of(name)));
    good.copied()
}

#[test]
fn whatever_was_touched_in_a_record_of_the_life_of_keys_and_people_is_found() {
    for (name, touch, says, finds) in TOUCHES {
        println!("{name}: {says:?}");
        let ceremony = played(name);
        touch(&ceremony);
        ceremony.is_refused(says);
        let failed = by_hand(&ceremony.dir).iter().any(|(holds, _)| !holds);
        assert_eq!(failed, *finds == Finds::All, "sha256sum and ssh-keygen");
        let (code, said) = by_python(&ceremony.dir, None);
        let wanted = if *finds == Finds::All { 5 } else { 0 };
        assert_eq!(code, wanted, "{said}");
    }
}
