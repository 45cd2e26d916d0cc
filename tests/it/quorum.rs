//! How many of a role have to sign: all of them, or as many as the policy says.

use std::fs;

use keyrite::domain::record::Event;
use keyrite::error::Exit;
use keyrite::record::verify::verify;

use crate::common::repository;
use crate::verify::Ceremony;
use crate::verify::by_python;
use crate::verify::script_of;

/// The shipped script, of which two custodians of three are enough.
fn script(policy: &str) -> Vec<u8> {
    let text = String::from_utf8(script_of("aws-kms-aes256")).unwrap();
    text.replace("\nsteps:", &format!("\npolicy: {policy}\n\nsteps:"))
        .into_bytes()
}

fn unsigned(ceremony: &Ceremony, people: &[&str]) {
    for person in people {
        fs::remove_file(ceremony.path(&format!("signatures/{person}.sig"))).unwrap();
    }
}

#[test]
fn as_many_signatures_are_enough_as_the_policy_says() {
    let ceremony = Ceremony::of(&script("{signatures: {custodians: 2}}"));
    ceremony.holds();
    unsigned(&ceremony, &["cho"]);
    ceremony.holds();
    assert_eq!(by_python(&ceremony.dir, None).0, 0);
    let text = String::from_utf8(ceremony.read("VERIFY.txt")).unwrap();
    assert!(
        text.contains("Of custodians (ben, cho, dee) 2 are enough"),
        "{text}"
    );
    unsigned(&ceremony, &["dee"]);
    let verdict = ceremony.verdict();
    assert_eq!(verdict.exit(), Exit::Operator);
    assert_eq!(verdict.outstanding, ["cho", "dee"]);
    assert_eq!(
        verdict.short[0].told(),
        "1 more of cho and dee (custodians)"
    );
    let (code, said) = by_python(&ceremony.dir, None);
    assert_eq!((code, said.contains("MISSING: cho")), (1, true), "{said}");
    // Of other roles everybody has to.
    let ceremony = Ceremony::of(&script("{signatures: {custodians: 2}}"));
    unsigned(&ceremony, &["cho", "ana"]);
    let verdict = ceremony.verdict();
    assert_eq!(verdict.short[0].told(), "ana (administrator)");
    assert_eq!(verdict.outstanding, ["ana"]);
    assert_eq!(by_python(&ceremony.dir, None).0, 1);
}

#[test]
fn a_seal_that_asks_for_fewer_than_the_policy_is_refused() {
    let ceremony = Ceremony::of(&script("{signatures: {custodians: 2}}"));
    ceremony.collude(|entries| {
        let Some(Event::Sealed(sealed)) = entries.last_mut().map(|entry| &mut entry.event) else {
            panic!("not sealed")
        };
        sealed.quorum.insert("custodians".to_owned(), 1);
    });
    ceremony.is_refused(&["other numbers of signatures than the policy"]);
}

#[test]
fn a_quorum_is_of_people_who_are_there() {
    let today = "2026-11-22".parse().unwrap();
    let judge = |policy: &str| {
        let checked = keyrite::engine::lint::check(&script(policy), today).unwrap();
        checked
            .findings
            .iter()
            .map(|finding| finding.message.clone())
            .collect::<Vec<_>>()
    };
    for (enough, accepted) in [(0, false), (1, true), (3, true), (4, false)] {
        let found = judge(&format!("{{signatures: {{custodians: {enough}}}}}"));
        assert_eq!(found.is_empty(), accepted, "{enough}: {found:?}");
    }
    let found = judge("{signatures: {auditor: 1}}");
    assert_eq!(
        found,
        ["1 signatures are wanted of `auditor`, which 0 hold"]
    );
}

/// A ceremony of before verify.py was written beside the record.
#[test]
fn a_ceremony_of_before_the_second_verifier_still_holds() {
    let ceremony = Ceremony::small();
    fs::remove_file(ceremony.path("verify.py")).unwrap();
    ceremony.collude(|entries| crate::verify::open_of(entries).verify_py = None);
    let verdict = verify(
        &keyrite::engine::dossier::read(&ceremony.dir).unwrap(),
        None,
    );
    assert_eq!(verdict.problems, []);
    assert_eq!(by_python(&ceremony.dir, None).0, 0);
    let program = fs::read(repository("src/engine/verify.py")).unwrap();
    ceremony.write("verify.py", program);
    ceremony.is_refused(&["verify.py is there, and the record does not name it"]);
    assert_eq!(by_python(&ceremony.dir, None).0, 5);
}
