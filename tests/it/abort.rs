//! Ceremonies that are ended early: what is half-made is put away, and the record is sealed.

use std::fs;

use serde_json::Value;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::told;
use crate::verify::Ceremony;

fn abort(company: &Company, change: &[(&str, &str)]) -> assert_cmd::assert::Assert {
    company.run(change).arg("--abort").assert()
}

fn sealed(company: &Company) -> Value {
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let last: Value = serde_json::from_str(record.lines().last().unwrap()).unwrap();
    last["event"]["sealed"].clone()
}

fn report(company: &Company) -> String {
    let done = keyrite()
        .arg("report")
        .arg(company.path("out"))
        .args(["--format", "md"])
        .assert()
        .code(0);
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

#[test]
fn an_interrupted_ceremony_is_ended_with_what_it_made_called_void() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    // Import parameters may be gone: nothing is imported any more.
    fs::remove_file(company.path("parameters.json")).unwrap();
    let answers = [
        ("7/abort", "yes"),
        ("7/abort/reason", "the provider is not reached"),
        ("7/abort/void/payments", "yes"),
    ];
    let ended = abort(&company, &answers).code(0);
    let said = told(&ended);
    assert!(
        said.contains("are void: whoever has one destroys it"),
        "{said}"
    );
    let sealed = sealed(&company);
    assert_eq!(sealed["outcome"], "aborted");
    assert_eq!(sealed["reason"], "the provider is not reached");
    let set = sealed["void-sets"][0].as_str().unwrap();
    // Everybody has signed.
    let verified = company.verify().assert().code(0);
    let verified = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    assert!(verified.contains("aborted"), "{verified}");
    let report = report(&company);
    assert!(report.contains("aborted"), "{report}");
    assert!(report.contains(set), "{report}");
    // Nor does a register count what is void.
    let register = company.path("register");
    let register = register.to_str().unwrap();
    crate::register::add(register.as_ref(), &[&company.path("out")]).code(0);
    let keys = crate::register::json(&["show", register, "payments"], 0);
    assert_eq!(keys["keys"][0]["sets"], serde_json::json!([]), "{keys}");
}

#[test]
fn shares_of_a_split_that_was_not_ended_are_void_without_a_question() {
    let company = Company::new();
    company.run(&[("5/holds/cho", "no")]).assert().code(4);
    let answers = [("5/abort", "yes"), ("5/abort/reason", "cho left")];
    abort(&company, &answers).code(0);
    assert_eq!(sealed(&company)["void-sets"].as_array().unwrap().len(), 1);
    company.verify().assert().code(0);
}

#[test]
fn a_ceremony_is_not_ended_unless_the_room_means_it() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    let kept = abort(&company, &[("7/abort", "no")]).code(4);
    let said = told(&kept);
    assert!(
        said.contains("did not confirm: ending the ceremony"),
        "{said}"
    );
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
}

#[test]
fn only_what_a_ceremony_made_is_void_and_only_if_it_was_ended_early() {
    let ceremony = Ceremony::good();
    let set = "00".repeat(16);
    ceremony.collude(|entries| {
        if let keyrite::domain::record::Event::Sealed(sealed) =
            &mut entries.last_mut().unwrap().event
        {
            sealed.void_sets.push(set.clone());
        }
    });
    ceremony.is_refused(&["void, of which no entry tells"]);
    ceremony.is_refused(&["of a ceremony that is complete"]);
}
