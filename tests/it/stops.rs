//! What stops a ceremony, a signature or a command, each with its own words and code.

use std::fs;

use keyrite::custody::seal;
use keyrite::custody::seal::Identities;
use keyrite::providers::InputFile;
use keyrite::providers::ProviderError;
use keyrite::providers::provider;
use keyrite::record::signing::PublicKey;
use keyrite::secret::Secret;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;

#[track_caller]
fn stops(company: &Company, change: &[(&str, &str)], code: i32, words: &str) {
    let said = said(&company.run(change).assert().code(code));
    assert!(said.contains(words), "{said}");
    assert!(said.contains("hint: "), "{said}");
}

fn sign(company: &Company, what: &str, person: &str) -> assert_cmd::assert::Assert {
    keyrite()
        .arg("sign")
        .arg(company.path(what))
        .args(["--as", person, "--key"])
        .arg(company.path("keys/ana"))
        .assert()
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parameters.json");
    fs::write(&file, vec![b' '; (1 << 20) + 1]).unwrap();
    let assert = keyrite().arg("fingerprint").arg(&file).assert().code(1);
    assert!(said(&assert).contains("is larger than 1048576 bytes"));
}

#[test]
fn a_clock_that_is_off_or_no_time_stops_the_look_at_the_machine() {
    let company = Company::new();
    let far = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2);
    let far = far.strftime("%H:%M:%S").to_string();
    stops(&company, &[("3/clock/eli", &far)], 4, "seconds apart");
    let company = Company::new();
    stops(
        &company,
        &[("3/clock/eli", "noonish")],
        4,
        "is no time of day",
    );
}

#[test]
fn somebody_who_does_not_confirm_stops_the_ceremony() {
    let company = Company::new();
    stops(&company, &[("1/present/ben", "no")], 4, "did not confirm");
}

#[test]
fn an_input_without_a_file_stops_before_anything_is_made() {
    let company = Company::new();
    company.edit("    parameters: parameters.json", "    # no file");
    stops(&company, &[], 1, "input aws names no");
    assert!(!company.path("out").exists());
}

#[test]
fn a_production_ceremony_needs_an_approved_script() {
    let company = Company::new();
    company.edit("mode: practice", "mode: production");
    stops(&company, &[], 3, "fay did not approve this script");
    assert!(!company.path("out").exists());
}

#[test]
fn a_record_is_signed_when_it_is_sealed_by_people_of_the_script() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    let unsealed = said(&sign(&company, "out", "ana").code(1));
    assert!(unsealed.contains("is not sealed yet"), "{unsealed}");
    let stranger = said(&sign(&company, "script.yaml", "zoe").code(1));
    assert!(
        stranger.contains("zoe is nobody who signs in this script"),
        "{stranger}"
    );
}

#[test]
fn two_processes_do_not_write_one_record() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    let record = fs::File::open(company.path("out/record.jsonl")).unwrap();
    record.lock().unwrap();
    let busy = said(&company.run(&[]).arg("--resume").assert());
    assert!(
        busy.contains("another process is running the ceremony"),
        "{busy}"
    );
    drop(record);
    company.run(&[]).arg("--resume").assert().code(0);
}

#[test]
fn a_damaged_share_file_is_called_damaged() {
    let (identities, recipient) = Identities::generate();
    let sealed = seal::seal(&Secret::take(&mut [7; 300]), &recipient).unwrap();
    let mut text = String::from_utf8(sealed).unwrap();
    let at = text.len() - 80;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    text.replace_range(at..=at, other);
    let error = seal::open(text.as_bytes(), &identities, "the share").unwrap_err();
    assert_eq!(error.to_string(), "the share is a damaged age file");
}

#[test]
fn import_parameters_that_cannot_be_read_say_which_part() {
    let aws = provider("aws-kms").unwrap();
    let read = |text: &str| {
        let name = "parameters.json".to_owned();
        let bytes = text.as_bytes().to_vec();
        aws.read_parameters(&[InputFile { name, bytes }])
            .unwrap_err()
    };
    assert!(matches!(
        read("{\"PublicKey\": 7}"),
        ProviderError::Json { .. }
    ));
    let error = read(
        "{\"PublicKey\": \"*\", \"ImportToken\": \"AAAA\", \"KeyId\": \"k\", \"ParametersValidTo\": \"2099-01-01T00:00:00Z\"}",
    );
    assert!(matches!(error, ProviderError::Base64 { .. }), "{error}");
}

#[test]
fn a_wrapping_key_without_its_import_token_stops_before_anything_is_made() {
    let company = Company::new();
    let key = keyrite::crypto::test_pairs::TestPair::of(4096).unwrap();
    let der = key.public().unwrap();
    fs::write(company.path("wrapping-key.der"), der.der()).unwrap();
    company.edit(
        "    parameters: parameters.json",
        "    wrapping-key: wrapping-key.der",
    );
    stops(&company, &[], 1, "the import token is missing");
    assert!(!company.path("out").exists());
}

#[test]
fn an_approval_of_an_earlier_script_does_not_hold_for_a_changed_one() {
    let company = Company::new();
    company.edit("mode: practice", "mode: production");
    keyrite()
        .arg("sign")
        .arg(company.path("script.yaml"))
        .args(["--as", "fay", "--key"])
        .arg(company.path("keys/fay"))
        .assert()
        .code(0);
    company.edit("the regulator asks", "the auditor asks");
    stops(&company, &[], 3, "does not hold for this script");
    assert!(!company.path("out").exists());
}

#[test]
fn a_signing_key_of_a_type_that_is_not_accepted_is_refused_by_name() {
    let text = "ssh-dss AAAAB3NzaC1kc3MAAAABAQAAAAEBAAAAAQEAAAABAQ==";
    let error = PublicKey::parse(text).unwrap_err().to_string();
    assert!(
        error.contains("not accepted") || error.contains("not an OpenSSH public key"),
        "{error}"
    );
    let path = repository("tests/data/scripts/meaning/no-signing-key.yaml");
    keyrite().arg("check").arg(path).assert().code(3);
}
