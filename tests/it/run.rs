//! A practice ceremony with prepared answers: the whole way, and everything that stops it.

use std::fs;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::said;
use crate::common::stock;

#[test]
fn a_practice_ceremony_runs_from_answers_to_a_record_that_verifies() {
    let company = Company::new();
    company.run(&[]).assert().code(0);
    company.verify().assert().code(0);
    let out = company.path("out");
    let blob = fs::read(out.join("artifacts/payments-for-aws/EncryptedKeyMaterial.bin")).unwrap();
    assert_eq!(blob.len(), 512);
    assert_eq!(
        fs::read(out.join("artifacts/payments-for-aws/ImportToken.bin")).unwrap(),
        b"a token of these tests"
    );
    let command =
        fs::read_to_string(out.join("artifacts/payments-for-aws/import-key-material.sh")).unwrap();
    assert!(command.contains("aws kms import-key-material"), "{command}");
}

#[test]
fn what_was_wrapped_is_what_the_custodians_shares_rebuild() {
    // The provider's side is openssl, the custodians' side is age and the share's text.
    let company = Company::new();
    company.run(&[]).assert().code(0);
    let pair = keyrite::crypto::test_pairs::TestPair::of(4096).unwrap();
    fs::write(company.path("provider.der"), pair.pkcs8()).unwrap();
    let key = company.path("arrived.bin");
    stock(
        "openssl",
        &[
            "pkeyutl",
            "-decrypt",
            "-inkey",
            company.path("provider.der").to_str().unwrap(),
            "-keyform",
            "DER",
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
            "-pkeyopt",
            "rsa_mgf1_md:sha256",
            "-in",
            company
                .path("out/artifacts/payments-for-aws/EncryptedKeyMaterial.bin")
                .to_str()
                .unwrap(),
            "-out",
            key.to_str().unwrap(),
        ],
    );
    let hex = keyrite::domain::record::hex(&fs::read(&key).unwrap());
    fs::write(company.path("zeros"), [0; 16]).unwrap();
    let zeros = company.path("zeros").display().to_string();
    let hexkey = format!("hexkey:{hex}");
    let cmac = stock(
        "openssl",
        &[
            "mac",
            "-cipher",
            "AES-256-CBC",
            "-macopt",
            &hexkey,
            "-in",
            &zeros,
            "CMAC",
        ],
    );
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(
        record.contains(&format!("\"kcv.cmac5\":\"{}\"", &cmac.trim()[..10])),
        "{cmac}"
    );
    let medium = company.path("media/ben");
    let share = fs::read_dir(&medium)
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "age"))
        .unwrap();
    let text = stock(
        "age",
        &[
            "-d",
            "-i",
            company.path("keys/ben.age").to_str().unwrap(),
            share.to_str().unwrap(),
        ],
    );
    assert!(text.starts_with("keyrite-share v1\n"), "{text}");
}

#[test]
fn an_output_folder_that_exists_is_refused_and_left_alone() {
    let company = Company::new();
    fs::create_dir(company.path("out")).unwrap();
    let said = said(&company.run(&[]).assert().code(1));
    assert!(said.contains("out exists already"), "{said}");
    assert_eq!(fs::read_dir(company.path("out")).unwrap().count(), 0);
}

#[test]
fn missing_import_parameters_stop_before_anything_is_made() {
    let company = Company::new();
    fs::remove_file(company.path("parameters.json")).unwrap();
    let said = said(&company.run(&[]).assert().code(1));
    assert!(
        said.contains("cannot read") && said.contains("parameters.json"),
        "{said}"
    );
    assert!(!company.path("out").exists());
}

#[test]
fn expired_import_parameters_stop_before_anything_is_made() {
    let company = Company::new();
    company.parameters("2026-01-01T00:00:00Z");
    let said = said(&company.run(&[]).assert().code(1));
    assert!(said.contains("expired"), "{said}");
    assert!(!company.path("out").exists());
}

#[test]
fn import_parameters_of_another_key_stop_before_anything_is_made() {
    let company = Company::new();
    company.edit(
        "    valid-for: 300d",
        "    valid-for: 300d\n    key-id: 9999abcd-12ab-34cd-56ef-1234567890ab",
    );
    let said = said(&company.run(&[]).assert().code(1));
    assert!(said.contains("9999abcd"), "{said}");
    assert!(!company.path("out").exists());
}

#[test]
fn a_person_without_a_key_stops_before_anything_is_made() {
    let company = Company::new();
    let text = fs::read_to_string(company.path("script.yaml")).unwrap();
    let row = text
        .lines()
        .find(|line| line.starts_with("  ben:"))
        .unwrap();
    let start = row.find(", receives-shares-at").unwrap();
    company.edit(&row[start..], "}");
    let said = said(&company.run(&[]).assert().code(1));
    assert!(
        said.contains("ben has no `receives-shares-at` in the script"),
        "{said}"
    );
}

#[test]
fn a_wrong_word_of_the_fingerprint_halts_before_the_wrap() {
    let company = Company::new();
    let zeros = "00".repeat(32);
    let said = said(&company.run(&[("7/words/cho", &zeros)]).assert().code(4));
    assert!(
        said.contains("step 7") && said.contains("not that of the wrapping key"),
        "{said}"
    );
    assert!(!company.path("out/artifacts/payments-for-aws").exists());
}

#[test]
fn a_signature_of_somebody_else_is_no_approval() {
    let company = Company::new();
    let ana = company.path("keys/ana").display().to_string();
    let said = said(&company.run(&[("8/approval/fay", &ana)]).assert());
    assert!(
        said.contains("the signature of fay does not hold"),
        "{said}"
    );
    assert!(!company.path("out/artifacts/payments-for-aws").exists());
}

#[test]
fn an_approval_may_be_signed_elsewhere_with_stock_tools_and_carried_in() {
    let company = Company::new();
    // Nobody answers: it halts at the approval, with the request on the disk.
    company.run(&[("8/approval/fay", "")]).assert().code(4);
    let request = company.path("out/approvals/08-import.json");
    assert!(request.exists());
    // The request is written anew on resuming, so it is signed while the ceremony waits; here the
    // answer is a signature over the old one, which must not do.
    let copy = company.path("request.json");
    fs::copy(&request, &copy).unwrap();
    let key = company.path("keys/fay").display().to_string();
    stock(
        "ssh-keygen",
        &[
            "-q",
            "-Y",
            "sign",
            "-n",
            "ceremony-approval@keyrite",
            "-f",
            &key,
            copy.to_str().unwrap(),
        ],
    );
    let signature = company.path("request.json.sig").display().to_string();
    let said = said(
        &company
            .run(&[
                ("8/approval/fay", &signature),
                ("orphan/approvals/08-import.json", "yes"),
            ])
            .arg("--resume")
            .assert(),
    );
    assert!(
        said.contains("the signature of fay does not hold"),
        "{said}"
    );
}

#[test]
fn a_medium_that_is_the_ceremonys_own_folder_is_refused() {
    let company = Company::new();
    let out = company.path("out").display().to_string();
    let said = said(&company.run(&[("5/medium/ben", &out)]).assert().code(4));
    assert!(said.contains("no custodian's medium"), "{said}");
}

#[test]
fn two_shares_on_one_medium_are_refused() {
    let company = Company::new();
    let ben = company.path("media/ben").display().to_string();
    let said = said(&company.run(&[("5/medium/cho", &ben)]).assert().code(4));
    assert!(
        said.contains("another custodian's share is there"),
        "{said}"
    );
}

#[test]
fn a_missing_answer_is_named() {
    let company = Company::new();
    let said = said(&company.run(&[("5/medium/dee", "")]).assert().code(4));
    assert!(said.contains("nobody can answer `5/medium/dee`"), "{said}");
}

#[test]
fn a_lost_key_is_made_anew_and_the_record_says_so() {
    let company = Company::new();
    // Two of three shares are handed over; then the process ends.
    company.run(&[("5/holds/dee", "")]).assert().code(4);
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(record.contains("\"lost\":{"), "{record}");
    assert_eq!(record.matches("\"generate\":{").count(), 2);
}

#[test]
fn custodians_bring_a_key_back_after_an_interruption() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert!(record.contains("\"recovered\":{"), "{record}");
    assert_eq!(record.matches("\"generate\":{").count(), 1);
}

#[test]
fn too_few_custodians_do_not_bring_a_key_back() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    let said = said(
        &company
            .run(&[("recover/payments/with", "ben")])
            .arg("--resume")
            .assert()
            .code(4),
    );
    assert!(said.contains("2 custodians are needed, 1 named"), "{said}");
}

#[test]
fn a_sealed_ceremony_is_not_resumed() {
    let company = Company::new();
    company.run(&[]).assert().code(0);
    let said = said(&company.run(&[]).arg("--resume").assert().code(1));
    assert!(said.contains("already sealed"), "{said}");
}

#[test]
fn another_script_cannot_resume_a_ceremony() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    company.edit("the regulator asks", "the auditor asks");
    let said = said(&company.run(&[]).arg("--resume").assert());
    assert!(said.contains("differs from the one"), "{said}");
}

#[test]
fn changed_import_parameters_cannot_resume_a_ceremony() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    company.parameters("2098-01-01T00:00:00Z");
    let said = said(&company.run(&[]).arg("--resume").assert().code(5));
    assert!(said.contains("not those the ceremony began with"), "{said}");
}

#[test]
fn whoever_has_not_signed_is_named_and_can_sign_later() {
    let company = Company::new();
    company.run(&[("sign/dee", "")]).assert().code(0);
    let output = company.verify().assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains("still to sign: dee"), "{text}");
    keyrite()
        .arg("sign")
        .arg(company.path("out"))
        .args(["--as", "dee", "--key"])
        .arg(company.path("keys/dee"))
        .assert()
        .code(0);
    company.verify().assert().code(0);
    // Nothing is ever overwritten.
    keyrite()
        .arg("sign")
        .arg(company.path("out"))
        .args(["--as", "dee", "--key"])
        .arg(company.path("keys/dee"))
        .assert()
        .code(1);
}

#[test]
fn a_foreign_key_cannot_sign_for_somebody() {
    let company = Company::new();
    company.run(&[("sign/dee", "")]).assert().code(0);
    keyrite()
        .arg("sign")
        .arg(company.path("out"))
        .args(["--as", "dee", "--key"])
        .arg(company.path("keys/ana"))
        .assert()
        .code(1);
    assert!(!company.path("out/signatures/dee.sig").exists());
}

#[test]
fn somebody_who_disagrees_signs_that_instead() {
    let company = Company::new();
    company.run(&[("sign/eli", "")]).assert().code(0);
    keyrite()
        .arg("sign")
        .arg(company.path("out"))
        .args(["--as", "eli", "--disagree", "the camera was off", "--key"])
        .arg(company.path("keys/eli"))
        .assert()
        .code(0);
    let output = company.verify().assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(
        text.contains("eli does not agree: the camera was off"),
        "{text}"
    );
}

/// The script of a company, made a production script.
fn production() -> Company {
    let company = Company::new();
    company.edit("mode: practice", "mode: production");
    company
}

pub(crate) fn approve(company: &Company) {
    keyrite()
        .arg("sign")
        .arg(company.path("script.yaml"))
        .args(["--as", "fay", "--key"])
        .arg(company.path("keys/fay"))
        .assert()
        .code(0);
}

#[test]
fn a_production_script_that_nobody_approved_does_not_run() {
    let company = production();
    let said = said(&company.run(&[]).assert().code(3));
    assert!(said.contains("fay did not approve this script"), "{said}");
    assert!(!company.path("out").exists());
}

#[test]
fn a_script_changed_after_its_approval_does_not_run() {
    let company = production();
    approve(&company);
    company.edit("the regulator asks", "the regulator begs");
    let said = said(&company.run(&[]).assert().code(3));
    assert!(said.contains("does not hold for this script"), "{said}");
    assert!(!company.path("out").exists());
}

#[test]
fn an_approval_signed_in_another_namespace_does_not_count() {
    let company = production();
    let script = company.path("script.yaml").display().to_string();
    let key = company.path("keys/fay").display().to_string();
    stock(
        "ssh-keygen",
        &[
            "-q",
            "-Y",
            "sign",
            "-n",
            "ceremony-record@keyrite",
            "-f",
            &key,
            &script,
        ],
    );
    fs::rename(
        company.path("script.yaml.sig"),
        company.path("script.yaml.fay.sig"),
    )
    .unwrap();
    let said = said(&company.run(&[]).assert().code(3));
    assert!(said.contains("ceremony-record@keyrite"), "{said}");
}

#[test]
fn an_approval_made_by_stock_ssh_keygen_counts() {
    let company = production();
    let script = company.path("script.yaml").display().to_string();
    let key = company.path("keys/fay").display().to_string();
    stock(
        "ssh-keygen",
        &[
            "-q",
            "-Y",
            "sign",
            "-n",
            "ceremony-script@keyrite",
            "-f",
            &key,
            &script,
        ],
    );
    fs::rename(
        company.path("script.yaml.sig"),
        company.path("script.yaml.fay.sig"),
    )
    .unwrap();
    let said = said(&company.run(&[]).assert().code(4));
    assert!(said.contains("approved by"), "{said}");
}

#[test]
fn in_production_no_file_confirms_anything_for_a_person() {
    let company = production();
    approve(&company);
    let said = said(&company.run(&[]).assert().code(4));
    assert!(said.contains("only a person can give"), "{said}");
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    assert_eq!(record.lines().count(), 1, "{record}");
}

#[test]
fn a_record_of_another_clock_cannot_be_continued_backwards() {
    // The clock jumps back between two runs: the record's last entry is in the future.
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    let path = company.path("out/record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    let last = record.lines().last().unwrap();
    let at = last.find("\"at\":\"").unwrap() + 6;
    let later = format!("{}2099{}", &last[..at], &last[at + 4..]);
    fs::write(&path, record.replace(last, &later)).unwrap();
    let said = said(&company.run(&[]).arg("--resume").assert().code(4));
    assert!(
        said.contains("the clock went back: it says")
            && said.contains("the last entry was written at"),
        "{said}"
    );
}

#[test]
fn a_policy_cannot_take_a_signer_or_an_approver_away() {
    let company = production();
    company.edit(
        "keys:\n",
        "policy: {script-approved-by: [], record-signed-by: []}\nkeys:\n",
    );
    let said = said(&company.run(&[]).assert().code(3));
    assert!(said.contains("fay did not approve this script"), "{said}");
}

/// A ceremony that stopped before the comparison, resumed: what it says as it refuses.
#[track_caller]
fn refused_on_resuming(company: &Company) -> String {
    let path = company.path("out/record.jsonl");
    let before = fs::read(&path).unwrap();
    let said = said(&company.run(&[]).arg("--resume").assert().code(5));
    assert_eq!(fs::read(&path).unwrap(), before, "something was written");
    said
}

#[test]
fn a_record_of_a_rehearsal_is_not_resumed_as_a_live_one() {
    let company = Company::new();
    company.run(&[("2/agrees/ana", "")]).assert().code(4);
    let path = company.path("out/record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    let first = record.lines().next().unwrap();
    let doctored = first.replace("\"mode\":\"practice\"", "\"mode\":\"rehearsal\"");
    assert_ne!(first, doctored);
    fs::write(&path, format!("{doctored}\n")).unwrap();
    let said = refused_on_resuming(&company);
    assert!(
        said.contains("line 1") && said.contains("rehearsal"),
        "{said}"
    );
}

#[test]
fn an_approval_changed_during_an_interruption_stops_the_resumption() {
    let company = Company::new();
    company.run(&[("11/otherwise/eli", "")]).assert().code(4);
    let signature = company.path("out/approvals/08-import.json.sig");
    fs::remove_file(&signature).unwrap();
    let said = refused_on_resuming(&company);
    assert!(said.contains("08-import.json.sig is missing"), "{said}");
}

#[test]
fn a_last_entry_that_the_script_does_not_allow_stops_the_resumption() {
    let company = Company::new();
    company.run(&[("2/agrees/ana", "")]).assert().code(4);
    let path = company.path("out/record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    let doctored = record.replace("\"people\":[\"ana\",\"ben\"", "\"people\":[\"ben\",\"ana\"");
    let (head, last) = doctored.trim_end().rsplit_once('\n').unwrap();
    let first = record.lines().next().unwrap();
    assert_eq!(head, first);
    assert_ne!(last, record.lines().last().unwrap());
    fs::write(&path, &doctored).unwrap();
    let said = refused_on_resuming(&company);
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn a_record_that_does_not_hold_is_not_signed() {
    let company = Company::new();
    company.run(&[("sign/dee", "")]).assert().code(0);
    let blob = company.path("out/artifacts/payments-for-aws/EncryptedKeyMaterial.bin");
    fs::write(&blob, [0; 512]).unwrap();
    let sign = || {
        let mut command = keyrite();
        command
            .arg("sign")
            .arg(company.path("out"))
            .args(["--as", "dee", "--key"])
            .arg(company.path("keys/dee"));
        command
    };
    let said = said(&sign().assert().code(5));
    assert!(
        said.contains("EncryptedKeyMaterial.bin was changed"),
        "{said}"
    );
    assert!(!company.path("out/signatures/dee.sig").exists());
    fs::create_dir_all(company.path("out/dissent")).unwrap();
    fs::write(company.path("out/dissent/dee.json.sig"), "half").unwrap();
    sign().args(["--disagree", "the blob"]).assert().code(0);
}

#[test]
fn a_link_among_the_artifacts_is_removed_and_not_followed() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    fs::create_dir_all(company.path("out/artifacts")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", company.path("out/artifacts/zero")).unwrap();
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
}

#[test]
fn a_share_that_nobody_took_does_not_stay_on_the_medium() {
    let company = Company::new();
    company.run(&[("5/holds/dee", "no")]).assert().code(4);
    assert_eq!(fs::read_dir(company.path("media/dee")).unwrap().count(), 0);
}
