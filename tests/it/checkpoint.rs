//! What an auditor keeps of a register outside of it, and what he sees with it later.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::common::keyrite;
use crate::common::stock;
use crate::register::add;
use crate::register::ask;
use crate::register::copy;
use crate::register::held;
use crate::register::json;
use crate::register::tells;

/// A copy of the register with a checkpoint beside it, which Ana and Eli signed.
fn checked() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (home, register) = held().copy();
    let path = home.path().join("2026.checkpoint");
    let (words, file) = (register.to_str().unwrap(), path.to_str().unwrap());
    tells(
        &ask(&["checkpoint", words, "--out", file]).code(0),
        &["3 records, the last is 3 ", "sign it with `keyrite sign "],
    );
    for person in ["ana", "eli"] {
        sign(&path, person).code(0);
    }
    (home, register, path)
}

fn sign(path: &Path, person: &str) -> assert_cmd::assert::Assert {
    keyrite()
        .arg("sign")
        .arg(path)
        .args(["--as", person, "--key"])
        .arg(held().path(&format!("keys/{person}")))
        .assert()
}

fn verify(register: &Path, path: &Path) -> assert_cmd::assert::Assert {
    let (register, path) = (register.to_str().unwrap(), path.to_str().unwrap());
    ask(&["verify", register, "--checkpoint", path])
}

#[test]
fn a_checkpoint_holds_while_the_register_only_grows() {
    let (_home, register, path) = checked();
    tells(
        &verify(&register, &path).code(0),
        &[
            "3 records hold; the last is 3 ",
            "record 3: signed by ana and eli",
        ],
    );
    add(&register, &[&held().path("loose")]).code(0);
    let words = [
        "verify",
        register.to_str().unwrap(),
        "--checkpoint",
        path.to_str().unwrap(),
    ];
    let answer = json(&words, 0);
    assert_eq!(answer["ceremonies"], 4);
    let seen = &answer["checkpoints"][0];
    assert_eq!(
        (&seen["count"], &seen["head"]["sequence"]),
        (&3.into(), &3.into())
    );
    assert_eq!(seen["signed"], Value::from(vec!["ana", "eli"]));
    let outstanding = seen["outstanding"].as_array().unwrap();
    assert!(outstanding.contains(&"fay".into()), "{outstanding:?}");
}

#[test]
fn stock_ssh_keygen_checks_the_signature_of_a_checkpoint() {
    let (home, _register, path) = checked();
    let public = fs::read_to_string(held().path("keys/ana.pub")).unwrap();
    let signers = home.path().join("signers");
    fs::write(&signers, format!("ana {public}")).unwrap();
    let check = format!(
        "ssh-keygen -Y verify -f {} -I ana -n register-checkpoint@keyrite -s {}.ana.sig < {}",
        signers.display(),
        path.display(),
        path.display()
    );
    assert!(stock("sh", &["-c", &check]).contains("Good"));
}

#[test]
fn a_record_that_was_dropped_from_the_end_shows_against_a_checkpoint_alone() {
    let (_home, register, path) = checked();
    fs::remove_dir_all(register.join("000003-possession-drill")).unwrap();
    // Nothing inside tells of it.
    ask(&["verify", register.to_str().unwrap()]).code(0);
    tells(
        &verify(&register, &path).code(5),
        &["2026.checkpoint: record 3 of ", " was dropped"],
    );
}

#[test]
fn a_record_in_the_place_of_another_shows_against_a_checkpoint_alone() {
    let (_home, register, path) = checked();
    for gone in ["000002-custody-deputy", "000003-possession-drill"] {
        fs::remove_dir_all(register.join(gone)).unwrap();
    }
    // It follows the first record, too, and everybody signed it.
    copy(&held().path("fork"), &register.join("000002-custody-fork"));
    ask(&["verify", register.to_str().unwrap()]).code(0);
    tells(
        &verify(&register, &path).code(5),
        &[
            "record 3 of ",
            "up to record 3 there were 3 records on ",
            "and 2 that hold now",
        ],
    );
}

#[test]
fn a_checkpoint_that_was_altered_is_none_and_a_false_signature_is_named() {
    let (home, register, path) = checked();
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("\"count\":3", "\"count\":2")).unwrap();
    tells(
        &verify(&register, &path).code(5),
        &[
            "the signature of ana does not hold",
            "the signature of eli does not hold",
        ],
    );
    fs::write(&path, good.replace("\"count\"", " \"count\"")).unwrap();
    tells(
        &verify(&register, &path).code(5),
        &["is no checkpoint that this version knows, or was altered"],
    );
    fs::write(&path, good).unwrap();
    verify(&register, &path).code(0);
    // Whoever trusts other keys sees what they say.
    let signers = home.path().join("signers");
    let own =
        fs::read_to_string(register.join("000001-custody-seal-media/allowed_signers")).unwrap();
    fs::write(&signers, own).unwrap();
    let words = [
        "verify",
        register.to_str().unwrap(),
        "--allowed-signers",
        signers.to_str().unwrap(),
        "--checkpoint",
        path.to_str().unwrap(),
    ];
    // The list of a ceremony names keys for its record, and for nothing else.
    tells(
        &ask(&words).code(5),
        &["the signature of ana does not hold"],
    );
    let public =
        |person: &str| fs::read_to_string(held().path(&format!("keys/{person}.pub"))).unwrap();
    let mut list = fs::read_to_string(&signers).unwrap();
    for person in ["ana", "eli"] {
        let key = public(person);
        list += &format!("{person} namespaces=\"register-checkpoint@keyrite\" {key}");
    }
    fs::write(&signers, list).unwrap();
    ask(&words).code(0);
}

#[test]
fn a_checkpoint_that_nobody_signed_proves_nothing() {
    let (home, register) = held().copy();
    let path = home.path().join("alone");
    let words = [register.to_str().unwrap(), path.to_str().unwrap()];
    ask(&["checkpoint", words[0], "--out", words[1]]).code(0);
    tells(&verify(&register, &path).code(1), &["nobody signed it"]);
    tells(
        &sign(&path, "gil").code(1),
        &["gil did not sign the last record of this checkpoint"],
    );
    // Nobody's words are put over another's.
    ask(&["checkpoint", words[0], "--out", words[1]]).code(1);
}

#[test]
fn a_register_that_does_not_hold_or_is_empty_gets_no_checkpoint() {
    let (home, register) = held().copy();
    let out = home.path().join("out");
    let out = out.to_str().unwrap();
    fs::remove_file(register.join("000002-custody-deputy/signatures/ana.sig")).unwrap();
    tells(
        &ask(&["checkpoint", register.to_str().unwrap(), "--out", out]).code(5),
        &["does not hold: signatures of ana are gone"],
    );
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    fs::write(
        empty.join("keyrite-register.json"),
        "{\"format\":\"keyrite-register/v1\"}\n",
    )
    .unwrap();
    tells(
        &ask(&["checkpoint", empty.to_str().unwrap(), "--out", out]).code(1),
        &["has no record yet"],
    );
    assert!(!Path::new(out).exists());
}

#[test]
fn verification_believes_nothing_that_was_found_before() {
    let (_home, register) = held().copy();
    ask(&["show", register.to_str().unwrap()]).code(0);
    let index = register.join(".keyrite-index");
    let before = fs::metadata(&index).unwrap();
    ask(&["verify", register.to_str().unwrap()]).code(0);
    let after = fs::metadata(&index).unwrap();
    use std::os::unix::fs::MetadataExt as _;
    assert_ne!(before.ino(), after.ino(), "the index was not made anew");
}
