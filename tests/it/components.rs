//! XOR components, held against pyca/cryptography and OpenSSL.

use std::fs;
use std::process::Command;

use keyrite::domain::record::Delivery;
use keyrite::domain::record::Did;
use keyrite::domain::record::hex;
use keyrite::domain::record::unhex;
use serde_json::Value;

use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::common::python;
use crate::common::repository;
use crate::common::stock;
use crate::verify::Ceremony;
use crate::verify::step;

/// A practice ceremony whose key went to three custodians in sealed components.
fn company() -> Company {
    let company = Company::new();
    company.edit(
        "threshold: 2, among: custodians}",
        "threshold: 3, among: custodians, into: components}",
    );
    company.edit("with: [ben, dee]", "with: [ben, cho, dee]");
    company
}

/// Entries of a record.
fn entries(company: &Company) -> Vec<Value> {
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let lines = record.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn did(company: &Company, name: &str) -> Value {
    let all = entries(company);
    let mut steps = all.iter().map(|entry| &entry["event"]["step"]["did"]);
    steps.find_map(|did| did.get(name)).unwrap().clone()
}

/// CMAC of a zero block by pyca/cryptography, and an encrypted zero block by OpenSSL.
fn check_values(key: &str) -> (String, String) {
    const CMAC: &str = "
import sys
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
mac = CMAC(AES(bytes.fromhex(sys.argv[1])))
mac.update(bytes(16))
print(mac.finalize()[:5].hex().upper())
";
    let output = python().args(["-c", CMAC, key]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let cmac = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let zeros = "head -c 16 /dev/zero | openssl enc -aes-256-ecb -nopad -K";
    let output = Command::new("sh")
        .args(["-c", &format!("{zeros} {key}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    (cmac, hex(&output.stdout[..3]).to_uppercase())
}

#[test]
fn components_xor_to_the_key_and_every_check_value_is_that_of_other_programs() {
    let company = company();
    company.run(&[]).assert().code(0);
    company.verify().assert().code(0);
    let split = did(&company, "split");
    assert_eq!(split["subject"], "component");
    assert_eq!(split["set"]["threshold"], 3);
    let shares = split["set"]["shares"].as_array().unwrap();
    let mut key = [0; 32];
    for (person, share) in CUSTODIANS.iter().zip(shares) {
        let file = format!("media/{person}/{}", share["file"].as_str().unwrap());
        let file = company.path(&file).display().to_string();
        let identity = company
            .path(&format!("keys/{person}.age"))
            .display()
            .to_string();
        let text = stock("age", &["-d", "-i", &identity, &file]);
        let line = |name: &str| {
            let mut lines = text.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            (line("subject "), line("field ")),
            ("component".into(), "xor".into())
        );
        let component = line("share ");
        let (cmac, ecb) = check_values(&component);
        assert_eq!(share["check-values"]["kcv.cmac5"], cmac);
        assert_eq!(share["check-values"]["kcv.ecb3"], ecb);
        assert_eq!(share["check-values"].as_object().unwrap().len(), 2);
        for (to, from) in key.iter_mut().zip(unhex(&component).unwrap()) {
            *to ^= from;
        }
    }
    let (cmac, ecb) = check_values(&hex(&key));
    let made = did(&company, "generate");
    assert_eq!(made["check-values"]["kcv.cmac5"], cmac);
    assert_eq!(made["check-values"]["kcv.ecb3"], ecb);
    // What was made is what was wrapped.
    assert!(company.path("out/artifacts/payments-for-aws").exists());
}

#[test]
fn a_key_of_components_comes_back_in_a_later_ceremony() {
    let company = company();
    company.run(&[]).assert().code(0);
    let given = crate::common::keyrite()
        .arg("given")
        .arg(company.path("out"))
        .assert()
        .code(0);
    let given = String::from_utf8(given.get_output().stdout.clone()).unwrap();
    assert!(given.contains("subject: component"), "{given}");
    let folder = tempfile::tempdir().unwrap();
    let script =
        fs::read_to_string(repository("ceremonies/reimport-from-shares/script.yaml")).unwrap();
    let begins = script.find("given:").unwrap();
    let ends = begins + script[begins..].find("\n\n").unwrap();
    let script = [&script[..begins], given.as_str(), &script[ends..]].concat();
    let label = "payments";
    let old = script
        .lines()
        .skip_while(|line| *line != "keys:")
        .nth(1)
        .unwrap()
        .trim()
        .trim_end_matches(':')
        .to_owned();
    assert_eq!(old, label, "the shipped script is about another key");
    let script = script.replace("with: [ben, dee]", "with: [ben, cho, dee]");
    let path = folder.path().join("script.yaml");
    fs::write(&path, script).unwrap();
    crate::common::keyrite()
        .arg("check")
        .arg(&path)
        .assert()
        .code(0);
    crate::common::keyrite()
        .arg("rehearse")
        .arg(&path)
        .assert()
        .code(0);
}

#[test]
fn a_record_that_tells_otherwise_of_components_is_refused() {
    let ceremony =
        Ceremony::of(&fs::read(repository("ceremonies/components-3/script.yaml")).unwrap());
    ceremony.holds();
    let refused = |change: fn(&mut keyrite::domain::record::Handed), words: &[&str]| {
        let copy = ceremony.copied();
        copy.collude(|entries| {
            if let Did::Split { set, .. } = &mut step(entries, "split").did {
                change(&mut set.shares[1]);
            }
        });
        copy.is_refused(words);
    };
    refused(
        |share| drop(share.check_values.remove("kcv.ecb3")),
        &["component of cho", "check values"],
    );
    refused(
        |share| {
            let ekcv = "ab".repeat(32);
            share.check_values.insert("ekcv".to_owned(), ekcv);
        },
        &["component of cho", "which a component has not"],
    );
    refused(
        |share| share.delivery = Some(Delivery::CardFile),
        &["share of cho", "delivered by card-file"],
    );
    let copy = ceremony.copied();
    copy.collude(|entries| {
        if let Did::Split { set, .. } = &mut step(entries, "split").did {
            set.shares[2].check_values = set.shares[0].check_values.clone();
        }
    });
    copy.is_refused(&["component of dee is that of somebody else"]);
    let copy = ceremony.copied();
    copy.collude(|entries| {
        if let Did::Split { subject, .. } = &mut step(entries, "split").did {
            *subject = keyrite::domain::record::Subject::Key;
        }
    });
    copy.is_refused(&["split into shares, and the script says otherwise"]);
}
