//! Keys that come back: an earlier ceremony's shares rebuild its key in a later one.

use std::fs;
use std::path::PathBuf;

use keyrite::crypto::test_pairs::TestPair;

use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::common::PEOPLE;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::said;
use crate::common::stock;

/// Numbers of steps where the key was made, and of the same steps where it comes back.
const MOVED: [(u32, u32); 8] = [
    (1, 1),
    (2, 2),
    (3, 3),
    (6, 4),
    (7, 5),
    (8, 6),
    (11, 9),
    (12, 10),
];

/// The answers of the first ceremony, under the numbers that the same steps have in another one.
pub(crate) fn moved(company: &Company, steps: &[(u32, u32)]) -> String {
    let first = fs::read_to_string(company.answers(&[])).unwrap();
    let mut answers = String::new();
    for line in first.lines() {
        let (step, rest) = line.split_once('/').unwrap_or((line, ""));
        let Ok(step) = step.parse::<u32>() else {
            answers.extend([line, "\n"]);
            continue;
        };
        if let Some((_, after)) = steps.iter().find(|(before, _)| *before == step) {
            answers.extend([&after.to_string(), "/", rest, "\n"]);
        }
    }
    answers
}

/// A company whose first ceremony is done, and its script for the second.
struct Later {
    company: Company,
}

impl Later {
    /// The first ceremony with `edits` of the shipped script, and the second with the same.
    fn new(edits: &[(&str, &str)]) -> Self {
        let company = Company::new();
        for (from, to) in edits {
            company.edit(from, to);
        }
        company.run(&[]).assert().code(0);
        let later = Self { company };
        let shipped =
            fs::read_to_string(repository("ceremonies/reimport-from-shares/script.yaml")).unwrap();
        later.company.script(&shipped);
        let path = later.company.path("script.yaml");
        let mut text = fs::read_to_string(&path).unwrap();
        let from = text.find("given: ").unwrap();
        let to = text.find("steps:").unwrap();
        text.replace_range(from..to, &format!("{}\n", later.given()));
        for (from, to) in edits {
            text = text.replace(from, to);
        }
        fs::write(path, text).unwrap();
        later
    }

    /// What `keyrite given out payments` prints.
    fn given(&self) -> String {
        let assert = keyrite()
            .arg("given")
            .arg(self.company.path("out"))
            .arg("payments")
            .assert()
            .code(0);
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    }

    /// `keyrite run script.yaml --out again`, with the answers of the first ceremony where the
    /// second asks the same.
    fn run(&self) -> assert_cmd::Command {
        let answers = moved(&self.company, &MOVED);
        fs::write(self.company.path("again.yaml"), answers).unwrap();
        let mut command = keyrite();
        command
            .arg("run")
            .arg(self.company.path("script.yaml"))
            .arg("--out")
            .arg(self.company.path("again"))
            .arg("--answers")
            .arg(self.company.path("again.yaml"));
        command
    }

    fn verify(&self) -> assert_cmd::assert::Assert {
        keyrite()
            .arg("verify")
            .arg(self.company.path("again"))
            .assert()
    }

    fn provider_key(&self) -> PathBuf {
        let path = self.company.path("provider.der");
        fs::write(&path, TestPair::of(4096).unwrap().pkcs8()).unwrap();
        path
    }

    /// What openssl finds in the wrapped key of a ceremony.
    fn arrived(&self, out: &str) -> Vec<u8> {
        let blob = format!("{out}/artifacts/payments-for-aws/EncryptedKeyMaterial.bin");
        let plain = self.company.path(&format!("{out}.plain"));
        stock(
            "openssl",
            &[
                "pkeyutl",
                "-decrypt",
                "-inkey",
                self.provider_key().to_str().unwrap(),
                "-keyform",
                "DER",
                "-pkeyopt",
                "rsa_padding_mode:oaep",
                "-pkeyopt",
                "rsa_oaep_md:sha256",
                "-pkeyopt",
                "rsa_mgf1_md:sha256",
                "-in",
                self.company.path(&blob).to_str().unwrap(),
                "-out",
                plain.to_str().unwrap(),
            ],
        );
        fs::read(plain).unwrap()
    }
}

#[test]
fn the_same_material_arrives_again_from_shares() {
    let later = Later::new(&[]);
    later.run().assert().code(0);
    let first = later.arrived("out");
    assert_eq!(first.len(), 32);
    assert_eq!(later.arrived("again"), first);
    let assert = later.verify().code(0);
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(
        said.contains("key payments is of an earlier ceremony"),
        "{said}"
    );
    let command = later
        .company
        .path("again/artifacts/payments-for-aws/import-key-material.sh");
    let command = fs::read_to_string(command).unwrap();
    assert!(
        command.contains("--import-type EXISTING_KEY_MATERIAL"),
        "{command}"
    );
    // What the later ceremony gives to a third is still what the first one made.
    let third = keyrite()
        .arg("given")
        .arg(later.company.path("again"))
        .assert()
        .code(0);
    let third = String::from_utf8(third.get_output().stdout.clone()).unwrap();
    let first = later.given();
    let (third, life) = third.split_once("lifecycle:").unwrap();
    assert_eq!(Some(third), first.split("lifecycle:").next());
    // Of its life, the later ceremony told last.
    assert!(!first.contains(life));
}

#[test]
fn an_hmac_key_comes_back_as_it_was() {
    let edits = [
        ("type: aes-256", "type: hmac-384"),
        ("    import-type: existing\n", ""),
    ];
    let later = Later::new(&edits[..1]);
    later.company.edit(edits[1].0, edits[1].1);
    later.run().assert().code(0);
    assert_eq!(later.arrived("out").len(), 48);
    assert_eq!(later.arrived("again"), later.arrived("out"));
    later.verify().code(0);
}

#[test]
fn a_pair_comes_back_through_its_backup_and_the_backup_is_held_against_its_digest() {
    let edits = [
        ("type: aes-256", "type: ec-p256"),
        ("RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"),
    ];
    let later = Later::new(&edits);
    later.company.edit("    import-type: existing\n", "");
    // Nothing is made before the backup is there, and is the one of the record.
    let missing = said(&later.run().assert().code(1));
    assert!(missing.contains("payments-backup.kwp"), "{missing}");
    let backup = later.company.path("payments-backup.kwp");
    fs::write(&backup, b"another file").unwrap();
    let other = said(&later.run().assert().code(5));
    assert!(
        other.contains("is not the backup that the script describes"),
        "{other}"
    );
    assert!(!later.company.path("again").exists());
    fs::copy(
        later.company.path("out/artifacts/payments-backup.kwp"),
        &backup,
    )
    .unwrap();
    later.run().assert().code(0);
    later.verify().code(0);
    // Somebody else's code finds the same pair in both.
    let open = |out: &str| {
        let blob = format!("{out}/artifacts/payments-for-aws/EncryptedKeyMaterial.bin");
        let found = python()
            .args(["-c", OPEN])
            .arg(later.provider_key())
            .arg(later.company.path(&blob))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&found.stderr).into_owned();
        assert!(found.status.success(), "{errors}");
        String::from_utf8(found.stdout).unwrap()
    };
    assert_eq!(open("again"), open("out"));
    let public =
        fs::read_to_string(later.company.path("out/artifacts/payments-public.pem")).unwrap();
    assert!(open("again").contains(public.trim()), "{public}");
}

/// Opens an RSA-AES blob with pyca/cryptography, and prints the pair's numbers and public half.
const OPEN: &str = r#"
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding
key = serialization.load_der_private_key(open(sys.argv[1], "rb").read(), None)
blob = open(sys.argv[2], "rb").read()
oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
pair = aes_key_unwrap_with_padding(key.decrypt(blob[:512], oaep), blob[512:])
pair = serialization.load_der_private_key(pair, None)
print(pair.curve.name, hex(pair.private_numbers().private_value))
public = serialization.PublicFormat.SubjectPublicKeyInfo
print(pair.public_key().public_bytes(serialization.Encoding.PEM, public).decode())
"#;

#[test]
fn shares_that_are_not_those_of_the_record_are_refused() {
    let later = Later::new(&[]);
    let text = fs::read_to_string(later.company.path("script.yaml")).unwrap();
    let commitment = text.split("commitment: \"").nth(1).unwrap();
    let commitment = &commitment[..64];
    later.company.edit(commitment, &"ab".repeat(32));
    let said = said(&later.run().assert().code(5));
    assert!(said.contains("ben"), "{said}");
    assert!(!later.company.path("again/artifacts").exists());
}

#[test]
fn a_key_with_other_check_values_is_refused() {
    let later = Later::new(&[]);
    let text = fs::read_to_string(later.company.path("script.yaml")).unwrap();
    let ecb3 = text.split("kcv.ecb3: \"").nth(1).unwrap();
    let ecb3 = &ecb3[..6];
    later
        .company
        .edit(&format!("kcv.ecb3: \"{ecb3}\""), "kcv.ecb3: \"012345\"");
    let said = said(&later.run().assert().code(5));
    assert!(said.contains("kcv.ecb3"), "{said}");
}

#[test]
fn too_few_and_foreign_custodians_are_refused_before_anything_is_made() {
    let later = Later::new(&[]);
    later.company.edit("with: [ben, dee]", "with: [ben]");
    later.run().assert().code(3);
    assert!(!later.company.path("again").exists());
}

#[test]
fn a_record_that_was_altered_gives_nothing() {
    let later = Later::new(&[]);
    let record = later.company.path("out/record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replacen("kcv.ecb3", "kcv.ecb4", 1)).unwrap();
    let assert = keyrite()
        .arg("given")
        .arg(later.company.path("out"))
        .assert()
        .code(5);
    assert!(assert.get_output().stdout.is_empty());
}

#[test]
fn a_ceremony_without_such_a_key_and_a_rehearsal_give_nothing() {
    let later = Later::new(&[]);
    let assert = keyrite()
        .arg("given")
        .arg(later.company.path("out"))
        .arg("savings")
        .assert()
        .code(1);
    let said = said(&assert);
    assert!(
        said.contains("gives nothing to a later ceremony: it left no key savings"),
        "{said}"
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    keyrite()
        .arg("rehearse")
        .arg(repository("ceremonies/generate-and-split/script.yaml"))
        .arg("--out")
        .arg(&out)
        .assert()
        .code(0);
    let assert = keyrite().arg("given").arg(&out).assert().code(1);
    let said = crate::common::said(&assert);
    assert!(said.contains("it is a rehearsal"), "{said}");
}

#[test]
fn the_block_is_one_json_object_too() {
    let later = Later::new(&[]);
    let assert = keyrite()
        .arg("given")
        .arg(later.company.path("out"))
        .args(["--format", "json"])
        .assert()
        .code(0);
    let object: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let set = &object["given"]["payments"]["share-set"];
    assert_eq!(set["threshold"], 2);
    assert_eq!(set["shares"].as_array().unwrap().len(), CUSTODIANS.len());
    assert_eq!(object["outstanding"].as_array().unwrap().len(), 0);
    assert!(PEOPLE.contains(&set["shares"][0]["custodian"].as_str().unwrap()));
    let digest = keyrite::domain::record::Digest::of(
        &fs::read(later.company.path("out/record.jsonl")).unwrap(),
    );
    assert_eq!(object["given"]["payments"]["record"], digest.to_string());
}
