//! Every shipped ceremony: checked, rehearsed as its transcript says, verified, broken in turn.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use keyrite::domain::record::hex;
use serde_json::Value;

use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::source;

/// The folders of the shipped ceremonies.
pub(crate) fn ceremonies() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(repository("ceremonies"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 3);
    names
}

/// Path of a ceremony's script.
pub(crate) fn script(name: &str) -> PathBuf {
    repository(&format!("ceremonies/{name}/script.yaml"))
}

/// `keyrite rehearse SCRIPT --out OUT --format json`, read.
fn rehearsed(name: &str, out: &Path) -> Value {
    let assert = keyrite()
        .arg("rehearse")
        .arg(script(name))
        .arg("--out")
        .arg(out)
        .args(["--format", "json"])
        .assert()
        .code(0);
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

/// Every file below a folder, with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    source::files(folder)
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect()
}

#[test]
fn every_ceremony_passes_check() {
    for name in ceremonies() {
        keyrite().arg("check").arg(script(&name)).assert().code(0);
    }
}

/// Of every shipped ceremony, and of scripts that break rules what none before them brought about.
#[test]
fn who_could_get_at_keys_is_said_as_it_was_reviewed() {
    let shipped = ceremonies();
    let mut scripts: Vec<PathBuf> = shipped.iter().map(|name| script(name)).collect();
    scripts.extend(source::files(&repository("tests/data/scripts/meaning")));
    let mut command = keyrite();
    command.args(["check", "--format", "json"]).args(&scripts);
    let assert = command.assert().code(3);
    let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let all = object["scripts"].as_array().unwrap();
    assert_eq!(all.len(), scripts.len());
    let (mut said, mut known) = (String::new(), BTreeSet::new());
    for (place, one) in all.iter().enumerate() {
        let rows = one["access"].as_array().into_iter().flatten();
        let rows = rows.map(Value::to_string);
        let rows: Vec<String> = rows
            .filter(|row| known.insert(row.clone()) || place < shipped.len())
            .collect();
        if !rows.is_empty() {
            let path = Path::new(one["path"].as_str().unwrap());
            let path = path.strip_prefix(repository("")).unwrap();
            writeln!(said, "{}\n  {}", path.display(), rows.join("\n  ")).unwrap();
        }
    }
    assert_golden("tests/it/golden/access.txt", &said);
}

#[test]
fn every_rehearsal_goes_as_its_transcript_says_wherever_it_is_played() {
    for name in ceremonies() {
        let folder = tempfile::tempdir().unwrap();
        let golden = format!("ceremonies/{name}/transcript.txt");
        let mut before: Option<String> = None;
        for out in ["first", "a second folder, with spaces", "below/the/third"] {
            let out = folder.path().join(out);
            fs::create_dir_all(out.parent().unwrap()).unwrap();
            let object = rehearsed(&name, &out);
            let transcript = object["transcript"].as_str().unwrap();
            assert_golden(&golden, transcript);
            let same = before.as_ref().is_none_or(|before| before == transcript);
            assert!(same, "{name} is another one each time");
            before = Some(transcript.to_owned());
            let here = folder.path().to_str().unwrap();
            assert!(!transcript.contains(here), "{transcript}");
        }
        // From another folder, with another path to the script, without `--out`.
        keyrite()
            .current_dir(script(&name).parent().unwrap())
            .args(["rehearse", "script.yaml", "--expect", "transcript.txt"])
            .assert()
            .code(0);
    }
}

#[test]
fn another_transcript_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let name = "generate-and-split";
    let golden = repository(&format!("ceremonies/{name}/transcript.txt"));
    let text = fs::read_to_string(golden).unwrap();
    let row = text
        .lines()
        .position(|line| line.contains("archive"))
        .unwrap();
    let other = folder.path().join("other.txt");
    for (changed, at) in [
        (text.replacen("archive", "archives", 1), row + 1),
        (format!("{text}more\n"), text.lines().count() + 1),
        (text.lines().next().unwrap().to_owned(), 2),
    ] {
        fs::write(&other, changed).unwrap();
        let assert = keyrite()
            .arg("rehearse")
            .arg(script(name))
            .arg("--expect")
            .arg(&other)
            .assert()
            .code(1);
        assert!(
            said(&assert).contains(&format!("at line {at}\n")),
            "{}",
            said(&assert)
        );
    }
}

#[test]
fn another_seed_plays_with_other_values() {
    let folder = tempfile::tempdir().unwrap();
    let record = |seed: &str, out: &str| {
        let out = folder.path().join(out);
        keyrite()
            .arg("rehearse")
            .arg(script("generate-and-split"))
            .args(["--seed", seed, "--out"])
            .arg(&out)
            .assert()
            .code(0);
        let text = fs::read_to_string(out.join("record.jsonl")).unwrap();
        let at = text.find("\"kcv.").unwrap();
        text[at..at + 30].to_owned()
    };
    assert_eq!(record("c0ffee", "one"), record("c0ffee", "two"));
    assert_ne!(record("c0ffee", "three"), record("c0ffef", "four"));
    for bad in ["", "xyz", "C0FFEE", &"0".repeat(65)] {
        keyrite()
            .arg("rehearse")
            .arg(script("generate-and-split"))
            .args(["--seed", bad])
            .assert()
            .code(2);
    }
}

#[test]
fn every_rehearsal_leaves_a_record_that_verifies_and_artifacts_as_listed() {
    for name in ceremonies() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let object = rehearsed(&name, &out);
        assert_eq!(object["outcome"], "complete");
        assert_eq!(object["verified"], true);
        assert_eq!(object["problems"], Value::Array(Vec::new()));
        keyrite().arg("verify").arg(&out).assert().code(0);
        let artifacts = object["artifacts"].as_array().unwrap();
        let mut purposes = Vec::new();
        for artifact in artifacts {
            let fields: Vec<&str> = artifact
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(fields, ["bytes", "path", "purpose", "sha256"]);
            let path = artifact["path"].as_str().unwrap();
            let bytes = fs::read(out.join(path)).unwrap();
            assert_eq!(artifact["bytes"], bytes.len(), "{path}");
            let digest = keyrite::domain::record::Digest::of(&bytes);
            assert_eq!(artifact["sha256"], hex(&digest.0), "{path}");
            purposes.push(artifact["purpose"].as_str().unwrap().to_owned());
        }
        assert!(purposes.contains(&"record".to_owned()));
        let count = |purpose: &str| purposes.iter().filter(|made| *made == purpose).count();
        let script = fs::read_to_string(script(&name)).unwrap();
        let wraps = script.matches("\n  - wrap: ").count();
        assert_eq!(count("wrapped-key"), wraps, "{purposes:?}");
        // New material is not used before somebody rotates to it.
        let rotations = script.matches("\n    import-type: new ").count();
        // A challenge comes with the commands that ask it.
        let commands = wraps + rotations + count("challenge");
        assert_eq!(count("command"), commands, "{purposes:?}");
        let batches = script.matches("\n  - batch: ").count();
        assert_eq!(count("wrapped-keys"), batches, "{purposes:?}");
        // A key that is too long for shares, or that an HSM holds, is kept under a backup key.
        let backup = script.contains("\n  - split: ")
            && (["rsa", "-ec-"].iter().any(|pair| name.contains(pair))
                || script.contains("core: pkcs11"));
        assert_eq!(
            purposes.contains(&"backup".to_owned()),
            backup,
            "{purposes:?}"
        );
    }
}

#[test]
fn what_a_rehearsal_writes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    rehearsed("aws-kms-aes256", &out);
    for path in source::files(&out) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    let mode = fs::metadata(&out).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
}

#[test]
fn a_rehearsal_into_a_folder_that_exists_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    rehearsed("generate-and-split", &out);
    let before = contents(folder.path());
    let assert = keyrite()
        .arg("rehearse")
        .arg(script("generate-and-split"))
        .arg("--out")
        .arg(&out)
        .assert()
        .code(1);
    assert!(
        said(&assert).contains("out exists already"),
        "{}",
        said(&assert)
    );
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_rehearsal_without_a_folder_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    keyrite()
        .env("TMPDIR", folder.path())
        .arg("rehearse")
        .arg(script("generate-and-split"))
        .assert()
        .code(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_refused_script_is_not_rehearsed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let assert = keyrite()
        .arg("rehearse")
        .arg(repository("tests/data/scripts/meaning/no-seal.yaml"))
        .arg("--out")
        .arg(&out)
        .assert()
        .code(3);
    assert!(
        said(&assert).contains("error[seal-last]"),
        "{}",
        said(&assert)
    );
    assert!(!out.exists());
}

/// Breaks every step of a ceremony in turn.
fn every_fault_is_caught(name: &str, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let assert = keyrite()
        .env("TMPDIR", folder.path())
        .arg("rehearse")
        .arg(script(name))
        .args(["--faults", "--format", "json"])
        .assert()
        .code(0);
    let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let faults = object["faults"].as_array().unwrap();
    assert!(faults.len() > 50, "{}", faults.len());
    for fault in faults {
        assert_eq!(fault["caught"], true, "{fault}");
    }
    assert_eq!(object["caught"], faults.len());
    assert_eq!(object["of"], faults.len());
    for word in [
        "the disk is full: record.jsonl",
        "the process dies during the write: ",
        "Ctrl-C at the question ",
    ]
    .iter()
    .chain(more)
    {
        let known = faults
            .iter()
            .any(|fault| fault["fault"].as_str().unwrap().starts_with(word));
        assert!(known, "{word}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn every_fault_of_an_import_is_caught() {
    every_fault_is_caught(
        "aws-kms-aes256",
        &[
            "a share is damaged on its medium",
            "the medium is read-only: ",
        ],
    );
}

#[test]
fn every_fault_of_a_key_in_an_hsm_is_caught() {
    every_fault_is_caught(
        "hsm-aws-aes256",
        &[
            "a share is damaged on its medium",
            "the token vanishes before the call: C_GenerateKey (payments)",
            "the token vanishes after the call: C_GenerateKey (payments)",
            "the token vanishes after the call: C_UnwrapKey (a throwaway object)",
            "the token vanishes before the call: C_WrapKey (payments)",
            "the token vanishes after the call: C_SetAttributeValue (payments)",
        ],
    );
}

#[test]
fn every_fault_of_a_key_that_comes_back_in_an_hsm_is_caught() {
    every_fault_is_caught(
        "hsm-recovery",
        &["the token vanishes after the call: C_UnwrapKey (payments)"],
    );
}

#[test]
fn a_rehearsal_on_a_token_that_cannot_do_a_step_names_the_step_before_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let on = |script: &Path, profile: &str, code: i32| {
        let profile = repository("tests/data/token-profiles").join(profile);
        let assert = keyrite()
            .arg("rehearse")
            .arg(script)
            .arg("--out")
            .arg(&out)
            .arg("--token-profile")
            .arg(profile)
            .assert()
            .code(code);
        said(&assert)
    };
    let text = on(&script("hsm-aws-aes256"), "softhsm-2.6.1.json", 3);
    for words in [
        "error[token-cannot]: step 9: ",
        "cannot wrap a aes-256 key by RSAES_OAEP_SHA_256 of AWS KMS",
        "what it can do here is RSAES_OAEP_SHA_1",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert!(!out.exists());
    let text = on(&script("aws-kms-aes256"), "kryoptic-1.5.4.json", 1);
    assert!(text.contains("--token-profile was given"), "{text}");
    assert!(!out.exists());
    on(&script("hsm-aws-aes256"), "kryoptic-1.5.4.json", 0);
    let opened = fs::read_to_string(out.join("record.jsonl")).unwrap();
    let opened: Value = serde_json::from_str(opened.lines().next().unwrap()).unwrap();
    let told = opened.to_string();
    for words in [
        r#""library":"keyrite stand-in""#,
        r#""label":"ceremony""#,
        r#""serial":"4a2f9c01d37be685""#,
        r#""model":"stand-in for Kryoptic"#,
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn every_fault_of_a_list_of_keys_is_caught() {
    every_fault_is_caught(
        "google-tenants",
        &["the disk is full: tenants-for-google.tar"],
    );
}

#[test]
fn every_fault_of_things_that_custodians_keep_is_caught() {
    every_fault_is_caught(
        "custody-deputy",
        &["two people read different numbers on a bag"],
    );
}

#[test]
fn every_fault_of_components_on_cards_is_caught() {
    every_fault_is_caught("components-3", &["a custodian mistypes a card"]);
}

#[test]
fn every_fault_of_a_drill_is_caught() {
    every_fault_is_caught("possession-drill", &["a share is damaged on its medium"]);
}

#[test]
fn every_fault_of_a_restore_test_alone_is_caught() {
    every_fault_is_caught("restore-test", &["a share is damaged on its medium"]);
}

#[test]
fn every_fault_of_a_reshare_is_caught() {
    every_fault_is_caught(
        "reshare-leaver",
        &[
            "a share is damaged on its medium",
            "a custodian brings somebody else's share",
            "a custodian does not take the share",
            "Ctrl-C at the question 4/new/identity/gil",
            "Ctrl-C at the question 5/fate/dee",
        ],
    );
}

#[test]
fn every_fault_of_a_destruction_is_caught() {
    every_fault_is_caught(
        "destroy",
        &[
            "a word of the fingerprint is typed wrongly",
            "somebody else signs the approval",
            "Ctrl-C at the question 4/answer/aws",
        ],
    );
}

#[test]
fn every_fault_of_a_recovery_in_software_is_caught() {
    every_fault_is_caught("recovery", &["somebody else signs the approval"]);
}

#[test]
fn every_fault_of_a_key_that_stays_with_its_custodians_is_caught() {
    every_fault_is_caught("generate-and-split", &["a share is damaged on its medium"]);
}
