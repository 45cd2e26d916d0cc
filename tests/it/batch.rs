//! Many keys in one ceremony: made, wrapped, recorded, interrupted, and opened by others.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use base64ct::Encoding as _;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::wrapping_key::WrappingKey;
use keyrite::domain::record::Digest;
use serde_json::Value;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::said;
use crate::common::stock;

const ARCHIVE: &str = "artifacts/tenants-for-google.tar";

/// A company with the shipped script for tenants, an import job, and a list of `keys`.
fn tenants(keys: usize) -> Company {
    let company = Company::new();
    let shipped = fs::read_to_string(repository("ceremonies/google-tenants/script.yaml")).unwrap();
    company.script(&shipped);
    // The shared job of the fixtures is for another algorithm; its key alone is for any.
    company.edit(
        "    parameters: import-job.json\n",
        "    wrapping-key: import-job.pem\n",
    );
    fs::copy(
        repository("tests/data/providers/google/import-job.pem"),
        company.path("import-job.pem"),
    )
    .unwrap();
    let mut list = "tenant,crypto-key\n".to_owned();
    for number in 1..=keys {
        writeln!(
            list,
            "t{number:05},projects/lab/locations/europe-west1/keyRings/ring/cryptoKeys/t{number:05}"
        )
        .unwrap();
    }
    fs::write(company.path("tenants.csv"), list).unwrap();
    company
}

/// Answers of this script, whose steps have other numbers than the one for a single key.
fn answers(company: &Company, fingerprint: &str) -> Vec<(String, String)> {
    let mut answers = vec![
        ("4/words/ana".to_owned(), fingerprint.to_owned()),
        ("4/words/cho".to_owned(), fingerprint.to_owned()),
        (
            "5/approval/fay".to_owned(),
            company.path("keys/fay").display().to_string(),
        ),
        ("7/otherwise/eli".to_owned(), "no".to_owned()),
    ];
    for person in crate::common::PEOPLE {
        answers.push((format!("8/left/{person}"), "yes".to_owned()));
    }
    answers
}

fn run(company: &Company, fingerprint: &str) -> assert_cmd::Command {
    let answers = answers(company, fingerprint);
    let answers: Vec<(&str, &str)> = answers
        .iter()
        .map(|(id, answer)| (id.as_str(), answer.as_str()))
        .collect();
    company.run(&answers)
}

fn fingerprint() -> String {
    let key = TestPair::of(4096).unwrap().public().unwrap();
    key.fingerprint().to_string()
}

/// What pyca and tar find in a ceremony: how many keys, and how many different ones.
fn opened(company: &Company, archive: &str, pair: &Path, own: &[String]) -> String {
    let output = python()
        .arg(repository("tests/data/batch.py"))
        .arg(company.path("out"))
        .arg(archive)
        .arg(pair)
        .args(own)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn pair() -> std::path::PathBuf {
    repository("src/crypto/test_pairs/rsa-4096.der")
}

/// Keys with a whole line; a kill may leave the beginning of one more.
fn keys_recorded(company: &Company) -> usize {
    fs::read_to_string(company.path("out/record.jsonl"))
        .unwrap_or_default()
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n') && line.contains("\"event\":{\"batch-key\":"))
        .count()
}

#[test]
fn every_row_becomes_a_key_that_pyca_opens_with_a_line_that_tells_of_it() {
    let keys = 600;
    let company = tenants(keys);
    run(&company, &fingerprint()).assert().success();
    company.verify().assert().success();
    assert_eq!(keys_recorded(&company), keys);
    assert_eq!(
        opened(&company, ARCHIVE, &pair(), &[]),
        format!("{keys} {keys}")
    );
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let open: Value = serde_json::from_str(record.lines().next().unwrap()).unwrap();
    let batch = &open["event"]["open"]["batches"][0];
    let list = fs::read(company.path("tenants.csv")).unwrap();
    assert_eq!(batch["list"]["sha256"], Digest::of(&list).to_string());
    assert_eq!(batch["keys"], keys);
    // GNU tar takes it out, and the command of each key names that key.
    let out = company.path("upload");
    fs::create_dir(&out).unwrap();
    stock(
        "tar",
        &[
            "-xf",
            company.path("out").join(ARCHIVE).to_str().unwrap(),
            "-C",
            out.to_str().unwrap(),
        ],
    );
    let command = fs::read_to_string(out.join("t00600/import-key-version.sh")).unwrap();
    assert!(command.contains("--key 't00600'"), "{command}");
    stock(
        "sh",
        &[
            "-n",
            out.join("t00600/import-key-version.sh").to_str().unwrap(),
        ],
    );
}

#[test]
fn a_killed_batch_goes_on_behind_its_last_recorded_key_and_makes_every_key_once() {
    let keys = 6000;
    let company = tenants(keys);
    run(&company, &fingerprint());
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .arg("run")
        .arg(company.path("script.yaml"))
        .arg("--out")
        .arg(company.path("out"))
        .arg("--answers")
        .arg(company.path("answers.yaml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while keys_recorded(&company) < 300 {
        assert!(begun.elapsed() < Duration::from_mins(2));
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = keys_recorded(&company);
    assert!(before < keys, "it was killed too late");
    // What such a kill can leave: the beginning of a window that no line tells of.
    let archive = company.path("out").join(ARCHIVE);
    let mut bytes = fs::read(&archive).unwrap();
    bytes.extend_from_slice(&[7; 700]);
    fs::write(&archive, bytes).unwrap();
    run(&company, &fingerprint())
        .arg("--resume")
        .assert()
        .success();
    let verified = company.verify().assert().success();
    let told = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("was cut back to"), "{told}");
    assert!(
        told.contains("interrupted, and resumed at step 6"),
        "{told}"
    );
    assert_eq!(
        opened(&company, ARCHIVE, &pair(), &[]),
        format!("{keys} {keys}")
    );
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let resumed = record
        .lines()
        .position(|line| line.contains("\"event\":{\"resumed\":"))
        .unwrap();
    let made_before = record
        .lines()
        .take(resumed)
        .filter(|line| line.contains("\"event\":{\"batch-key\":"))
        .count();
    assert!(made_before >= before, "{made_before} {before}");
}

#[test]
fn an_archive_that_lost_recorded_keys_is_not_gone_on_with() {
    let company = tenants(4);
    // As a kill between the last key and the step leaves it, and then somebody cut the archive.
    run(&company, &fingerprint()).assert().success();
    let record = company.path("out/record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    let upto: Vec<&str> = text
        .lines()
        .take_while(|line| !line.contains("\"did\":{\"batch\":"))
        .collect();
    fs::write(&record, upto.join("\n") + "\n").unwrap();
    fs::remove_dir_all(company.path("out/signatures")).unwrap();
    let archive = company.path("out").join(ARCHIVE);
    let bytes = fs::read(&archive).unwrap();
    fs::write(&archive, &bytes[..1024]).unwrap();
    let done = run(&company, &fingerprint())
        .arg("--resume")
        .assert()
        .code(5);
    assert!(said(&done).contains("1024 bytes; "), "{}", said(&done));
    // With all of it there, it goes on and ends it.
    fs::write(&archive, &bytes).unwrap();
    run(&company, &fingerprint())
        .arg("--resume")
        .assert()
        .success();
    company.verify().assert().success();
}

#[test]
fn another_list_is_not_gone_on_with() {
    let company = tenants(4);
    company
        .run(&[("4/words/ana", ""), ("1/present/ana", "yes")])
        .assert()
        .code(4);
    let list = fs::read_to_string(company.path("tenants.csv")).unwrap();
    fs::write(
        company.path("tenants.csv"),
        list.replace("t00004", "t00005"),
    )
    .unwrap();
    let done = run(&company, &fingerprint())
        .arg("--resume")
        .assert()
        .code(5);
    assert!(
        said(&done).contains("the import parameters of tenants are not those"),
        "{}",
        said(&done)
    );
}

#[test]
fn a_list_that_cannot_be_used_is_found_by_check_and_refused_by_run() {
    for (from, to, says) in [
        ("tenant,", "name,", "has no column `tenant`"),
        ("t00002,", "t00001,", "names key t00001 again"),
        ("t00002,", "T00001,", "names key T00001 again"),
        ("t00002,", "../x,", "does not name a key: `../x`"),
        ("t00002,", "", "cannot be read as CSV"),
    ] {
        let company = tenants(3);
        let list = fs::read_to_string(company.path("tenants.csv")).unwrap();
        fs::write(company.path("tenants.csv"), list.replacen(from, to, 1)).unwrap();
        let done = keyrite()
            .arg("check")
            .arg(company.path("script.yaml"))
            .assert()
            .code(3);
        let told = String::from_utf8(done.get_output().stdout.clone()).unwrap();
        assert!(told.contains(says), "{says}: {told}");
        let done = run(&company, &fingerprint()).assert().code(1);
        assert!(said(&done).contains(says), "{says}: {}", said(&done));
        assert!(!company.path("out").exists());
    }
}

#[test]
fn a_list_without_a_key_is_refused() {
    let company = tenants(0);
    let done = run(&company, &fingerprint()).assert().code(1);
    assert!(
        said(&done).contains("tenants.csv has no rows"),
        "{}",
        said(&done)
    );
}

#[test]
fn a_key_id_that_the_provider_does_not_take_stops_the_batch_at_its_row() {
    let company = tenants(3);
    let list = fs::read_to_string(company.path("tenants.csv")).unwrap();
    let list = list.replace("cryptoKeys/t00003", "cryptoKeys/t3;reboot");
    fs::write(company.path("tenants.csv"), list).unwrap();
    let done = run(&company, &fingerprint()).assert().code(4);
    assert!(
        said(&done).contains("does not name a key of"),
        "{}",
        said(&done)
    );
    assert_eq!(keys_recorded(&company), 2);
}

#[test]
fn at_aws_each_key_goes_under_a_wrapping_key_and_token_of_its_own() {
    let company = tenants(0);
    company.edit(
        "    provider: google-kms\n    algorithm: rsa-oaep-4096-sha256\n    wrapping-key: import-job.pem\n",
        "    provider: aws-kms\n    algorithm: RSAES_OAEP_SHA_256\n    wrapping-key-spec: RSA_2048\n    valid-for: never\n",
    );
    company.edit("key-id: crypto-key ", "parameters: file");
    let mut list = "tenant,file\n".to_owned();
    let mut fingerprints = Vec::new();
    let mut own = Vec::new();
    let mut files = Vec::new();
    for name in ["acme", "globex", "initech"] {
        let private = company.path(&format!("{name}.der"));
        let private = private.to_str().unwrap();
        stock(
            "openssl",
            &[
                "genpkey",
                "-algorithm",
                "RSA",
                "-pkeyopt",
                "rsa_keygen_bits:2048",
                "-outform",
                "DER",
                "-out",
                private,
            ],
        );
        let spki = Command::new("openssl")
            .args([
                "pkey", "-inform", "DER", "-in", private, "-pubout", "-outform", "DER",
            ])
            .output()
            .unwrap()
            .stdout;
        fingerprints.extend(WrappingKey::from_bytes(&spki).unwrap().fingerprint().0);
        let parameters = serde_json::json!({
            "KeyId": format!("arn:aws:kms:eu-west-1:111122223333:key/{name}"),
            "ImportToken": base64ct::Base64::encode_string(format!("token of {name}").as_bytes()),
            "PublicKey": base64ct::Base64::encode_string(&spki),
            "ParametersValidTo": "2099-01-01T00:00:00+00:00",
        });
        let file = format!("parameters-{name}.json");
        fs::write(company.path(&file), parameters.to_string()).unwrap();
        writeln!(list, "{name},{file}").unwrap();
        own.push(format!("{name}={private}"));
        files.push(company.path(&file));
    }
    fs::write(company.path("tenants.csv"), list).unwrap();
    let all = Digest::of(&fingerprints).to_string();
    // The other machine computes the same from the same files in the same order.
    let printed = keyrite()
        .arg("fingerprint")
        .args(&files)
        .args(["--format", "json"])
        .assert()
        .success();
    let printed: Value = serde_json::from_slice(&printed.get_output().stdout).unwrap();
    assert_eq!(
        (&printed["sha256"], &printed["keys"]),
        (&all.clone().into(), &3.into())
    );
    run(&company, &all).assert().success();
    company.verify().assert().success();
    let archive = "artifacts/tenants-for-google.tar";
    assert_eq!(opened(&company, archive, &pair(), &own), "3 3");
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    for name in ["acme", "globex", "initech"] {
        let line = record
            .lines()
            .find(|line| line.contains(&format!("\"key\":\"{name}\"")))
            .unwrap();
        let token = Digest::of(format!("token of {name}").as_bytes()).to_string();
        assert!(
            line.contains(&format!("\"import-token\":\"{token}\"")),
            "{line}"
        );
        assert!(line.contains("\"wrapping-key\":"), "{line}");
    }
}

#[test]
fn each_secret_of_a_list_is_asked_a_question_of_its_own_and_its_answer_confirms_it() {
    let company = tenants(0);
    company.edit(
        "    provider: google-kms\n    algorithm: rsa-oaep-4096-sha256\n",
        "    provider: vault\n    algorithm: sha256\n",
    );
    company.edit("type: aes-256", "type: hmac-256");
    company.edit(
        "    key-id: crypto-key          # its resource at Google\n",
        "",
    );
    fs::write(company.path("tenants.csv"), "tenant\nacme\nglobex\n").unwrap();
    run(&company, &fingerprint()).assert().success();
    company.verify().assert().success();
    let code = "import base64, hashlib, hmac, json, sys, tarfile\n\
        from cryptography.hazmat.primitives import hashes, keywrap, serialization\n\
        from cryptography.hazmat.primitives.asymmetric import padding\n\
        private = serialization.load_der_private_key(open(sys.argv[1], 'rb').read(), None)\n\
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)\n\
        with tarfile.open(sys.argv[2]) as tar:\n\
        \x20   files = {member.name: tar.extractfile(member).read() for member in tar}\n\
        for name in ['acme', 'globex']:\n\
        \x20   blob = base64.b64decode(files[name + '/ciphertext.b64'])\n\
        \x20   kek = private.decrypt(blob[:512], oaep)\n\
        \x20   key = keywrap.aes_key_unwrap_with_padding(kek, blob[512:])\n\
        \x20   mac = hmac.new(key, files[name + '/challenge.bin'], hashlib.sha256).digest()\n\
        \x20   answer = {'data': {'hmac': 'vault:v1:' + base64.b64encode(mac).decode()}}\n\
        \x20   json.dump(answer, open(sys.argv[3] + '/' + name + '.json', 'w'))\n";
    let archive = company.path("out").join(ARCHIVE);
    let output = python()
        .args(["-c", code])
        .arg(pair())
        .arg(&archive)
        .arg(company.path(""))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let confirm = |key: &str, answer: &str, code: i32| {
        keyrite()
            .arg("confirm")
            .arg(company.path("out"))
            .args(["--provider", "vault", "--key", key, "--answer"])
            .arg(company.path(&format!("{answer}.json")))
            .assert()
            .code(code);
    };
    confirm("acme", "acme", 0);
    confirm("globex", "globex", 0);
    confirm("globex", "acme", 5);
}
