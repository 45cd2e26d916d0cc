//! What providers answer of imported keys, held against the records that wrapped them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use base64ct::Base64;
use base64ct::Encoding as _;
use keyrite::crypto::challenge;
use keyrite::crypto::library::approve_key;
use keyrite::crypto::random::SystemRandom;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::arrival::Challenge;
use keyrite::domain::arrival::Ends;
use keyrite::domain::arrival::Expected;
use keyrite::domain::arrival::Fact;
use keyrite::domain::arrival::Form;
use keyrite::domain::arrival::Matter;
use keyrite::domain::arrival::Verdict;
use keyrite::domain::arrival::judge;
use keyrite::domain::record::Confirmed;
use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Moment;
use keyrite::engine::arrival::Answers;
use keyrite::error::Diagnose as _;
use keyrite::providers::InputFile;
use keyrite::secret::Secret;
use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::one_line;
use crate::common::python;
use crate::common::repository;
use crate::common::stock;
use crate::common::told;
use crate::verify::Ceremony;
use crate::verify::by_hand;
use crate::verify::by_python;
use crate::verify::copy;
use crate::verify::script_of;
use crate::verify::step;

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A file as a provider's tool printed it.
fn answer(path: &str) -> InputFile {
    let bytes = fs::read(repository(&format!("tests/data/providers/{path}"))).unwrap();
    InputFile {
        name: path.to_owned(),
        bytes,
    }
}

fn moment(text: &str) -> Moment {
    Moment::new(text.parse().unwrap())
}

/// What a ceremony recorded that wrapped the key of the fixtures.
fn expected(provider: &str, kind: KeyType) -> Expected {
    let spki = answer("../crypto/ec-p256-public.pem").bytes;
    let spki = String::from_utf8(spki).unwrap();
    let spki: String = spki.lines().filter(|line| !line.contains("--")).collect();
    let spki = Base64::decode_vec(&spki).unwrap();
    let values = match Form::of(kind) {
        None => BTreeMap::from([("spki.sha256".to_owned(), Digest::of(&spki).to_string())]),
        Some(_) => BTreeMap::new(),
    };
    // SHA-256 of `text`, of which the fixtures are made, and the HMAC that Python made.
    let answered = match Form::of(kind) {
        Some(Form::AesGcm) => Digest::of(&Digest::of(b"text").0),
        Some(Form::Hmac) => Digest::of(&answer("google/answers/mac.bin").bytes),
        None => Digest::of(b""),
    };
    Expected {
        provider: provider.to_owned(),
        key_id: None,
        kind,
        check_values: values,
        at: moment("2027-01-04T10:12:41Z"),
        ends: None,
        wrapping_key_id: None,
        challenge: Form::of(kind).map(|form| Challenge {
            form,
            question: Digest::of(b"question"),
            answer: answered,
        }),
    }
}

fn judged(expected: &Expected, files: &[&str]) -> (Vec<Fact>, Verdict) {
    let files = files.iter().map(|path| answer(path)).collect();
    let answers = Answers::of(expected, files).unwrap();
    judge(expected, &answers.told)
}

fn of(facts: &[Fact], matter: Matter) -> Option<Verdict> {
    let mut facts = facts.iter().filter(|fact| fact.matter == matter);
    facts.next().map(|fact| fact.verdict)
}

#[test]
fn every_providers_answer_shows_what_it_can_show() {
    use KeyType::Aes256;
    use KeyType::EcP256;
    use KeyType::Hmac256;
    use Verdict::Arrived;
    use Verdict::Contradicted;
    use Verdict::NotProvable;
    let rows: &[(&str, KeyType, &[&str], Verdict)] = &[
        (
            "aws-kms",
            EcP256,
            &["aws/answers/get-public-key.json"],
            Arrived,
        ),
        (
            "aws-kms",
            EcP256,
            &["aws/answers/describe-key.json"],
            NotProvable,
        ),
        (
            "aws-kms",
            EcP256,
            &[
                "aws/answers/describe-key.json",
                "aws/answers/get-public-key.json",
            ],
            Arrived,
        ),
        (
            "aws-kms",
            EcP256,
            &[
                "aws/answers/get-public-key.json",
                "aws/answers/pending-import.json",
            ],
            Contradicted,
        ),
        (
            "aws-kms",
            EcP256,
            &[
                "aws/answers/get-public-key.json",
                "aws/answers/made-there.json",
            ],
            Contradicted,
        ),
        (
            "aws-kms",
            KeyType::EcP384,
            &["aws/answers/describe-key.json"],
            Contradicted,
        ),
        (
            "aws-kms",
            Hmac256,
            &["aws/answers/generate-mac.json"],
            Arrived,
        ),
        (
            "aws-kms",
            KeyType::Hmac512,
            &["aws/answers/describe-key.json"],
            Contradicted,
        ),
        (
            "aws-kms",
            Aes256,
            &["aws/answers/symmetric.json"],
            NotProvable,
        ),
        (
            "aws-kms",
            Aes256,
            &[
                "aws/answers/import-key-material.json",
                "aws/answers/list-key-rotations.json",
                "aws/answers/symmetric.json",
            ],
            NotProvable,
        ),
        (
            "google-kms",
            EcP256,
            &["google/answers/version.json"],
            Arrived,
        ),
        (
            "google-kms",
            EcP256,
            &["google/answers/public-key.json"],
            Arrived,
        ),
        (
            "google-kms",
            EcP256,
            &["google/answers/pending-import.json"],
            NotProvable,
        ),
        (
            "google-kms",
            EcP256,
            &["google/answers/failed.json"],
            Contradicted,
        ),
        // Another key's attestation.
        (
            "google-kms",
            EcP256,
            &["google/answers/attestation.dat"],
            Contradicted,
        ),
        ("google-kms", Hmac256, &["google/answers/mac.bin"], Arrived),
        ("google-kms", Hmac256, &["google/answers/mac.json"], Arrived),
        (
            "azure-key-vault",
            EcP256,
            &["azure/answers/key-show.json"],
            Arrived,
        ),
        (
            "azure-key-vault",
            KeyType::EcP384,
            &["azure/answers/key-show.json"],
            Contradicted,
        ),
        (
            "azure-managed-hsm",
            Aes256,
            &["azure/answers/oct.json"],
            NotProvable,
        ),
        (
            "azure-managed-hsm",
            Aes256,
            &["azure/answers/oct.json", "azure/answers/decrypted.json"],
            Arrived,
        ),
        ("vault", EcP256, &["vault/answers/key.json"], Arrived),
        (
            "vault",
            Aes256,
            &["vault/answers/symmetric.json"],
            NotProvable,
        ),
        (
            "vault",
            Aes256,
            &[
                "vault/answers/symmetric.json",
                "vault/answers/decrypted.json",
            ],
            Arrived,
        ),
        (
            "vault",
            Aes256,
            &[
                "vault/answers/made-there.json",
                "vault/answers/decrypted.json",
            ],
            Contradicted,
        ),
        ("vault", Hmac256, &["vault/answers/hmac.json"], Arrived),
        (
            "vault",
            KeyType::Ed25519,
            &["vault/answers/ed25519.json"],
            Contradicted,
        ),
        ("oci", EcP256, &["oci/answers/key-version.json"], Arrived),
        (
            "generic",
            EcP256,
            &["generic/answers/public-key.jwk.json"],
            Arrived,
        ),
        (
            "generic",
            EcP256,
            &["../crypto/ec-p256-public.pem"],
            Arrived,
        ),
        (
            "ciphertrust",
            EcP256,
            &["../crypto/ec-p256-public.pem"],
            Arrived,
        ),
        (
            "aws-cloudhsm",
            EcP256,
            &["../crypto/ec-p256-public.pem"],
            Arrived,
        ),
        (
            "alibaba",
            EcP256,
            &["../crypto/ec-p256-public.pem"],
            Arrived,
        ),
    ];
    for (provider, kind, files, wanted) in rows {
        let (facts, verdict) = judged(&expected(provider, *kind), files);
        assert_eq!(verdict, *wanted, "{provider} {kind} {files:?}: {facts:#?}");
    }
}

#[test]
fn an_ed25519_key_is_known_by_the_32_bytes_that_vault_prints() {
    let mut expected = expected("vault", KeyType::Ed25519);
    // RFC 8032, 7.1, the first public key; its digest is among the check values of other programs.
    let spki = "06e3fd8fdd8d6ab2a1b1a8ee1d1fd7d2";
    let vectors = fs::read_to_string(repository("tests/data/crypto/check-values.json")).unwrap();
    let vectors: Value = serde_json::from_str(&vectors).unwrap();
    let vector = &vectors["values"]["Ed25519 RFC 8032 test 1"];
    let digest = vector.as_object().unwrap().iter();
    let digest = digest
        .filter(|(name, _)| name.starts_with("spki_sha256"))
        .map(|(_, value)| value.as_str().unwrap().to_owned())
        .next()
        .unwrap();
    assert_eq!(digest[..8], spki[..8]);
    expected.check_values = BTreeMap::from([("spki.sha256".to_owned(), digest)]);
    let (_, verdict) = judged(&expected, &["vault/answers/ed25519.json"]);
    assert_eq!(verdict, Verdict::Arrived);
}

#[test]
fn an_attestation_tells_the_check_values_of_a_published_statement() {
    let mut expected = expected("google-kms", KeyType::EcP256);
    let published = "4075a3e5a13e33095430962abcbacbef32d7737234868785d2420893293fc86a";
    expected.check_values = BTreeMap::from([("spki.sha256".to_owned(), published.to_owned())]);
    let (facts, verdict) = judged(&expected, &["google/answers/attestation.dat"]);
    assert_eq!(verdict, Verdict::Arrived);
    assert_eq!(of(&facts, Matter::Ekcv), Some(Verdict::Arrived));
    assert_eq!(of(&facts, Matter::MadeThere), Some(Verdict::Consistent));
    let kcv = facts
        .iter()
        .find(|fact| fact.matter == Matter::Kcv)
        .unwrap();
    assert_eq!(kcv.theirs.as_deref(), Some("81B1A7"));
    let (_, verdict) = judged(&expected, &["google/answers/made-there.dat"]);
    assert_eq!(verdict, Verdict::Contradicted);
}

#[test]
fn an_answer_about_another_key_region_or_end_contradicts() {
    let mut wanted = expected("aws-kms", KeyType::EcP256);
    wanted.key_id = Some(ARN.to_owned());
    wanted.ends = Some(Ends::At(moment("2027-10-31T10:12:41Z")));
    let with = |expected: &Expected, file: &str| {
        judged(expected, &["aws/answers/get-public-key.json", file]).1
    };
    let file = "aws/answers/describe-key.json";
    assert_eq!(with(&wanted, file), Verdict::Arrived);
    // The same key by its id alone.
    wanted.key_id = Some("1234abcd-12ab-34cd-56ef-1234567890ab".to_owned());
    assert_eq!(with(&wanted, file), Verdict::Arrived);
    wanted.key_id = Some(ARN.to_owned());
    let other = "aws/answers/other-key.json";
    assert_eq!(with(&wanted, other), Verdict::Contradicted);
    assert_eq!(
        with(&wanted, "aws/answers/epoch.json"),
        Verdict::Contradicted
    );
    wanted.ends = Some(Ends::At(moment("2027-11-01T10:22:41Z")));
    assert_eq!(with(&wanted, "aws/answers/epoch.json"), Verdict::Arrived);
    wanted.ends = Some(Ends::Never);
    assert_eq!(with(&wanted, file), Verdict::Contradicted);
}

#[test]
fn a_key_is_known_with_its_version_and_without_its_vault() {
    for (provider, id, file) in [
        (
            "google-kms",
            "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/payments",
            "google/answers/version.json",
        ),
        (
            "azure-key-vault",
            "https://payments.vault.azure.net/keys/payments",
            "azure/answers/key-show.json",
        ),
        ("azure-key-vault", "payments", "azure/answers/key-show.json"),
        ("vault", "transit/keys/payments", "vault/answers/key.json"),
        (
            "oci",
            "ocid1.key.oc1.eu-frankfurt-1.a.b",
            "oci/answers/key-version.json",
        ),
    ] {
        let mut wanted = expected(provider, KeyType::EcP256);
        for (id, verdict) in [
            (id.to_owned(), Verdict::Arrived),
            (format!("{id}2"), Verdict::Contradicted),
        ] {
            wanted.key_id = Some(id);
            assert_eq!(judged(&wanted, &[file]).1, verdict, "{wanted:?}");
        }
    }
    let mut wanted = expected("google-kms", KeyType::EcP256);
    let job = "projects/p/locations/europe-west3/keyRings/r/importJobs/j";
    for (job, verdict) in [(job, Verdict::Arrived), ("another", Verdict::Contradicted)] {
        wanted.wrapping_key_id = Some(job.to_owned());
        assert_eq!(judged(&wanted, &["google/answers/version.json"]).1, verdict);
    }
}

#[test]
fn material_ids_of_aws_are_compared_with_each_other() {
    let import = "aws/answers/import-key-material.json";
    let expected = expected("aws-kms", KeyType::Aes256);
    for file in [
        "aws/answers/list-key-rotations.json",
        "aws/answers/symmetric.json",
    ] {
        let (facts, _) = judged(&expected, &[import, file]);
        let ids = facts
            .iter()
            .filter(|fact| fact.matter == Matter::MaterialId);
        let verdicts: Vec<Verdict> = ids.map(|fact| fact.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::NotProvable, Verdict::Consistent],
            "{file}"
        );
    }
}

#[test]
fn a_file_that_is_no_answer_is_refused_with_what_would_be_one() {
    let expected = expected("aws-kms", KeyType::EcP256);
    let refused = |provider: &str, bytes: &[u8]| {
        let file = InputFile {
            name: "answer.json".to_owned(),
            bytes: bytes.to_vec(),
        };
        let expected = Expected {
            provider: provider.to_owned(),
            ..expected.clone()
        };
        let error = Answers::of(&expected, vec![file]).unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    let public = answer("aws/answers/get-public-key.json").bytes;
    let text = String::from_utf8(public.clone()).unwrap();
    for (provider, bytes, says) in [
        (
            "aws-kms",
            public[..100].to_vec(),
            "is not the JSON that the provider hands out",
        ),
        (
            "aws-kms",
            text.replace("MFk", "M%k").into_bytes(),
            "PublicKey in answer.json is not base64",
        ),
        (
            "aws-kms",
            answer("google/answers/version.json").bytes,
            "answer.json is no answer of AWS KMS that is understood; give what `aws kms describe-key`",
        ),
        (
            "google-kms",
            public.clone(),
            "is no answer of Google Cloud KMS",
        ),
        (
            "azure-key-vault",
            answer("vault/answers/key.json").bytes,
            "is no answer of Azure Key Vault",
        ),
        (
            "vault",
            answer("oci/answers/key-version.json").bytes,
            "is no answer of HashiCorp Vault or OpenBao",
        ),
        (
            "oci",
            answer("vault/answers/hmac.json").bytes,
            "is no answer of",
        ),
        ("generic", public.clone(), "is no answer of"),
        (
            "google-kms",
            answer("google/answers/damaged.json").bytes,
            "answer.json is damaged: its checksum does not fit",
        ),
        (
            "aws-kms",
            vec![b' '; 65 * 1024],
            "is longer than 65536 bytes",
        ),
        ("aws-kms", answer("../crypto/private.pem").bytes, ""),
        ("generic", b"README".to_vec(), ""),
    ] {
        let said = refused(provider, &bytes);
        assert!(said.contains(says), "{provider}: {said}");
    }
}

#[test]
fn a_private_or_secret_key_is_no_answer_and_is_copied_nowhere() {
    let expected = expected("azure-key-vault", KeyType::EcP256);
    let refused = |bytes: Vec<u8>| {
        let name = "key.json".to_owned();
        let error = Answers::of(&expected, vec![InputFile { name, bytes }]).unwrap_err();
        let wanted = "key.json holds a private or secret key, and is no answer";
        assert_eq!(error.to_string(), wanted);
    };
    refused(b"-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n".to_vec());
    for members in [
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}),
        json!({"kty": "RSA", "n": "AA", "e": "AQAB", "p": "AA"}),
        json!({"kty": "oct", "k": "AA"}),
    ] {
        refused(json!({"key": members}).to_string().into_bytes());
    }
}

#[test]
fn others_answer_a_challenge_as_it_was_posed() {
    let code = "import sys,hmac,hashlib\n\
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM\n\
        form,key,question=sys.argv[1],bytes.fromhex(sys.argv[2]),bytes.fromhex(sys.argv[3])\n\
        answer=AESGCM(key).decrypt(question[:12],question[12:],None) if form=='aes' else hmac.digest(key,question,form)\n\
        print(hashlib.sha256(answer).hexdigest())";
    for (kind, form) in [
        (KeyType::Aes128, "aes"),
        (KeyType::Aes192, "aes"),
        (KeyType::Aes256, "aes"),
        (KeyType::Hmac224, "sha224"),
        (KeyType::Hmac256, "sha256"),
        (KeyType::Hmac384, "sha384"),
        (KeyType::Hmac512, "sha512"),
    ] {
        let mut key: Vec<u8> = (0_u8..64).take(kind.raw_len().unwrap()).collect();
        let hex = keyrite::domain::record::hex(&key);
        let secret = Secret::take(&mut key);
        let posed = challenge::pose(kind, &secret, &mut SystemRandom);
        if let Err(refusal) = approve_key(kind) {
            assert_eq!(posed, Err(refusal));
            continue;
        }
        let posed = posed.unwrap().unwrap();
        let question = keyrite::domain::record::hex(&posed.question);
        let output = python()
            .args(["-c", code, form, &hex, &question])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.trim(), posed.challenge.answer.to_string(), "{kind}");
    }
}

/// An HMAC key that a live practice ceremony wrapped for AWS, and what AWS would answer of it.
struct Held {
    company: Company,
}

fn held() -> &'static Held {
    static HELD: OnceLock<Held> = OnceLock::new();
    HELD.get_or_init(|| {
        let company = Company::new();
        company.edit("type: aes-256", "type: hmac-256");
        company.edit(
            "    valid-for: 300d\n",
            &format!("    valid-for: 300d\n    key-id: {ARN}\n"),
        );
        company.run(&[]).assert().code(0);
        let held = Held { company };
        let mac = held.mac_by_openssl();
        let answer = |mac: &[u8]| {
            json!({"Mac": Base64::encode_string(mac), "MacAlgorithm": "HMAC_SHA_256", "KeyId": ARN})
        };
        held.put("mac.json", &answer(&mac));
        held.put("other-mac.json", &answer(&[7; 32]));
        let mut described = answer_json("aws/answers/describe-key.json");
        described["KeyMetadata"]["KeySpec"] = json!("HMAC_256");
        described["KeyMetadata"]["ValidTo"] = json!(held.ends());
        held.put("describe-key.json", &described);
        held
    })
}

fn answer_json(path: &str) -> Value {
    serde_json::from_slice(&answer(path).bytes).unwrap()
}

impl Held {
    fn path(&self, path: &str) -> PathBuf {
        self.company.path(path)
    }

    fn put(&self, name: &str, value: &Value) {
        fs::write(self.path(name), value.to_string()).unwrap();
    }

    fn package(&self) -> PathBuf {
        self.path("out/artifacts/payments-for-aws")
    }

    /// When the command tells AWS that the material ends.
    fn ends(&self) -> String {
        let command = fs::read_to_string(self.package().join("import-key-material.sh")).unwrap();
        let (_, ends) = command.split_once("--valid-to ").unwrap();
        ends.lines().next().unwrap().to_owned()
    }

    /// What a provider with the key answers: custodians' shares give it, and OpenSSL uses it.
    fn mac_by_openssl(&self) -> Vec<u8> {
        let share = |custodian: &str| {
            let medium = self.path(&format!("media/{custodian}"));
            let files = fs::read_dir(medium).unwrap();
            let mut paths = files.map(|file| file.unwrap().path());
            paths
                .find(|path| path.extension().is_some_and(|ending| ending == "age"))
                .unwrap()
        };
        let key = self.path("key.bin");
        keyrite()
            .arg("combine")
            .args([share("ben"), share("dee")])
            .arg("--identity")
            .arg(self.path("keys/ben.age"))
            .arg("--identity")
            .arg(self.path("keys/dee.age"))
            .arg("--out")
            .arg(&key)
            .assert()
            .code(0);
        let hex = keyrite::domain::record::hex(&fs::read(&key).unwrap());
        let question = self.package().join("challenge.bin");
        let mac = self.path("mac.bin");
        stock(
            "openssl",
            &[
                "dgst",
                "-sha256",
                "-mac",
                "HMAC",
                "-macopt",
                &format!("hexkey:{hex}"),
                "-binary",
                "-out",
                mac.to_str().unwrap(),
                question.to_str().unwrap(),
            ],
        );
        fs::read(mac).unwrap()
    }

    fn confirm(&self, answers: &[&str], more: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = keyrite();
        command.arg("confirm").arg(self.path("out"));
        command.args(["--provider", "aws-kms"]);
        for answer in answers {
            command.arg("--answer").arg(self.path(answer));
        }
        command.args(more).assert()
    }

    fn json(&self, answers: &[&str], code: i32) -> Value {
        let assert = self.confirm(answers, &["--format", "json"]).code(code);
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }
}

fn verdicts(object: &Value) -> Vec<(&str, &str)> {
    let facts = object["facts"].as_array().unwrap().iter();
    facts
        .map(|fact| {
            let text = |name: &str| fact[name].as_str().unwrap();
            (text("matter"), text("verdict"))
        })
        .collect()
}

#[test]
fn the_exit_code_says_whether_the_key_arrived() {
    let held = held();
    let arrived = held.json(&["mac.json", "describe-key.json"], 0);
    assert_eq!(arrived["verdict"], "arrived");
    assert_eq!(
        verdicts(&arrived),
        [
            ("challenge", "arrived"),
            ("key-id", "consistent"),
            ("key-id", "consistent"),
            ("key-type", "consistent"),
            ("origin", "consistent"),
            ("state", "consistent"),
            ("ends", "consistent"),
        ]
    );
    assert_eq!(arrived["facts"][0]["strength"], "needs-the-key");
    let unproved = held.json(&["describe-key.json"], 1);
    assert_eq!(unproved["verdict"], "not-provable");
    assert!(unproved["next"].as_str().unwrap().contains("ask.sh"));
    let other = held.json(&["other-mac.json"], 5);
    assert_eq!(other["verdict"], "contradicted");
    // One answer that contradicts is not outvoted.
    held.json(&["mac.json", "other-mac.json"], 5);
}

#[test]
fn the_word_is_arrived_and_what_it_does_not_say_is_said() {
    let assert = held().confirm(&["mac.json"], &[]).code(0);
    let out = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(out.contains("arrived       challenge    mac.json"), "{out}");
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("No answer can tell whether anybody else has it, too."));
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(told(&assert).contains("Nothing is recorded"));
}

#[test]
fn a_ceremony_that_was_altered_or_did_not_wrap_it_is_not_asked() {
    let held = held();
    let none = keyrite()
        .arg("confirm")
        .arg(held.path("out"))
        .args(["--provider", "vault", "--answer"])
        .arg(held.path("mac.json"))
        .assert()
        .code(1);
    assert!(
        told(&none)
            .contains("does not say which wrapped key is meant: it wrapped no key for vault")
    );
    let home = tempfile::tempdir().unwrap();
    let altered = home.path().join("altered");
    copy(&held.path("out"), &altered);
    fs::write(
        altered.join("artifacts/payments-for-aws/challenge.bin"),
        b"x",
    )
    .unwrap();
    keyrite()
        .arg("confirm")
        .arg(&altered)
        .args(["--provider", "aws-kms", "--answer"])
        .arg(held.path("mac.json"))
        .assert()
        .code(5);
}

/// Holds the ceremony that `confirm --out` wrote, behind the first one in a register.
fn recorded(held: &Held, home: &Path, answers: &[&str]) -> PathBuf {
    recorded_with(held, home, answers, &|script| script)
}

/// The same with a script that somebody changed.
fn recorded_with(
    held: &Held,
    home: &Path,
    answers: &[&str],
    change: &dyn Fn(String) -> String,
) -> PathBuf {
    let new = home.join("new");
    let code = if answers.contains(&"other-mac.json") {
        5
    } else {
        0
    };
    held.confirm(answers, &["--out", new.to_str().unwrap()])
        .code(code);
    let script = fs::read_to_string(new.join("script.yaml")).unwrap();
    fs::write(new.join("script.yaml"), change(script)).unwrap();
    keyrite()
        .arg("check")
        .arg(new.join("script.yaml"))
        .assert()
        .code(0);
    let register = home.join("register");
    let add = |dir: &Path| {
        let mut command = keyrite();
        command
            .args(["register", "add"])
            .arg(&register)
            .arg(dir)
            .assert()
            .code(0);
    };
    add(&held.path("out"));
    let mut lines = vec![
        "1/present/ana: \"yes\"".to_owned(),
        "1/present/eli: \"yes\"".to_owned(),
        "2/fetched/ana: \"yes\"".to_owned(),
        "2/seen/eli: \"yes\"".to_owned(),
        "3/otherwise/eli: \"no\"".to_owned(),
    ];
    for person in ["ana", "eli", "fay"] {
        let key = held.path(&format!("keys/{person}"));
        lines.push(format!("sign/{person}: {:?}", key.display().to_string()));
    }
    fs::write(home.join("answers.yaml"), lines.join("\n")).unwrap();
    keyrite()
        .arg("run")
        .arg(new.join("script.yaml"))
        .arg("--out")
        .arg(home.join("out"))
        .arg("--answers")
        .arg(home.join("answers.yaml"))
        .arg("--register")
        .arg(&register)
        .assert()
        .code(0);
    keyrite()
        .arg("verify")
        .arg(home.join("out"))
        .assert()
        .code(0);
    add(&home.join("out"));
    register
}

fn ask(register: &Path, question: &[&str], more: &[&str], code: i32) -> Value {
    let mut command = keyrite();
    command
        .arg("register")
        .args(question)
        .arg(register)
        .args(more);
    let assert = command.args(["--format", "json"]).assert().code(code);
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

/// How the claim that the material arrived stands in `prove import`.
fn arrival(register: &Path, code: i32) -> Value {
    let proofs = ask(register, &["prove", "import"], &["payments"], code);
    let points = proofs["proofs"][0]["points"].as_array().unwrap();
    points.last().unwrap().clone()
}

#[test]
fn a_recorded_answer_proves_the_import_and_is_not_asked_for_again() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let answers = ["mac.json", "describe-key.json"];
    let register = recorded(held, home.path(), &answers);
    let point = arrival(&register, 0);
    assert_eq!(point["standing"], "shown");
    assert!(
        point["rests-on"][0]["ceremony"]
            .as_str()
            .unwrap()
            .contains("confirm-payments-at-aws")
    );
    let due = ask(&register, &["due"], &["--within", "30d"], 0);
    assert!(!due.to_string().contains("confirmation"), "{due:#}");

    // The kept answers say what the record says of them, or nothing holds.
    let altered = home.path().join("altered");
    copy(&home.path().join("out"), &altered);
    let kept = altered.join("artifacts/answer-payments-2-mac.json");
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replace("HMAC_SHA_256", "HMAC_SHA_257")).unwrap();
    let assert = keyrite().arg("verify").arg(&altered).assert().code(5);
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let said = one_line(&said);
    assert!(
        said.contains("do not say what the record says of them"),
        "{said}"
    );
}

#[test]
fn what_the_record_of_the_wrap_does_not_say_counts_for_nothing() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    // Somebody has another key there, and writes a script to which its answer is the right one.
    let posed = held.json(&["mac.json"], 0);
    let right = posed["facts"][0]["ours"].as_str().unwrap();
    let other = Digest::of(&[7; 32]).to_string();
    let register = recorded_with(held, home.path(), &["other-mac.json"], &|script| {
        assert!(script.contains(right), "{script}");
        script.replace(right, &other)
    });
    let record = fs::read_to_string(home.path().join("out/record.jsonl")).unwrap();
    assert!(record.contains("\"verdict\":\"arrived\""), "{record}");
    let claim = arrival(&register, 1);
    assert_eq!(claim["standing"], "unknown", "{claim:#}");
    let deviations = ask(&register, &["deviations"], &[], 0).to_string();
    let wanted = "and counts for nothing: it has another challenge, or none";
    assert!(deviations.contains(wanted), "{deviations}");
}

/// The copy of an answer is kept like every other file of a record: what touches it is found.
#[test]
fn an_answer_that_was_kept_and_touched_is_found_here_and_by_hand() {
    let home = tempfile::tempdir().unwrap();
    let register = recorded(held(), home.path(), &["mac.json"]);
    let ceremony = fs::read_dir(&register)
        .unwrap()
        .map(|it| it.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("000002-")
        })
        .unwrap();
    let kept = fs::read_dir(ceremony.join("artifacts")).unwrap();
    let mut kept = kept.map(|it| it.unwrap().path());
    let kept = kept
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("answer-")
        })
        .unwrap();
    let verify = |code: i32| {
        let done = keyrite().arg("verify").arg(&ceremony).assert().code(code);
        String::from_utf8(done.get_output().stdout.clone()).unwrap() + &told(&done)
    };
    verify(0);
    let good = fs::read(&kept).unwrap();
    fs::write(&kept, [&good[..], b" "].concat()).unwrap();
    assert!(verify(5).contains("answer-"));
    assert!(by_hand(&ceremony).iter().any(|(holds, _)| !holds));
    assert_eq!(by_python(&ceremony, None).0, 5);
    fs::remove_file(&kept).unwrap();
    assert!(verify(5).contains("missing"));
    assert_eq!(by_python(&ceremony, None).0, 5);
}

#[test]
fn an_unconfirmed_import_is_due_a_week_after_the_wrap() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    let mut command = keyrite();
    command
        .args(["register", "add"])
        .arg(&register)
        .arg(held.path("out"));
    command.assert().code(0);
    let due = ask(&register, &["due"], &["--within", "8d"], 0);
    let due = due["due"].as_array().unwrap();
    let mut asked = due.iter().filter(|due| due["kind"] == "confirmation");
    let what = asked.next().unwrap()["what"].as_str().unwrap();
    assert!(
        what.contains("aws-kms is asked whether key payments arrived"),
        "{what}"
    );
    assert_eq!(arrival(&register, 1)["standing"], "unknown");
}

#[test]
fn a_contradiction_is_recorded_and_stays_due() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let register = recorded(held, home.path(), &["other-mac.json"]);
    assert_eq!(arrival(&register, 5)["standing"], "contradicted");
    let due = ask(&register, &["due"], &["--within", "1d"], 0);
    assert!(
        due.to_string().contains("something else of key payments"),
        "{due:#}"
    );
}

#[test]
fn the_report_has_every_fact_and_says_what_arrived_does_not_mean() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    recorded(held, home.path(), &["mac.json"]);
    let assert = keyrite()
        .arg("report")
        .arg(home.path().join("out"))
        .args(["--format", "md"])
        .assert()
        .code(0);
    let report = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(
        report.contains("only whoever has the key can say it"),
        "{report}"
    );
    assert!(report.contains("whoever swapped the wrapping key before the import"));
}

fn rehearsed() -> Ceremony {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    GOOD.get_or_init(|| Ceremony::of(&script_of("confirm-aws")))
        .copied()
}

#[test]
fn a_rehearsed_confirmation_holds_here_and_by_hand() {
    let ceremony = rehearsed();
    ceremony.holds();
    crate::verify::holds_by_hand(&ceremony.dir);
}

fn confirmed(entries: &mut [Entry]) -> &mut Confirmed {
    if let Did::Confirm(confirmed) = &mut step(entries, "confirm").did {
        return confirmed;
    }
    panic!("nothing was confirmed");
}

#[test]
fn what_is_recorded_of_an_answer_follows_from_it_even_if_all_signers_lie() {
    type Lie = fn(&mut Vec<Entry>);
    let lies: [(Lie, &str); 10] = [
        (
            |entries| confirmed(entries).verdict = Verdict::Arrived,
            "comes to another verdict than the record says",
        ),
        (
            |entries| confirmed(entries).facts[0].verdict = Verdict::Arrived,
            "comes to another verdict than the record says",
        ),
        (
            |entries| {
                confirmed(entries).facts.remove(1);
                confirmed(entries).facts[1].ours = Some("anything".to_owned());
            },
            "comes to another verdict than the record says",
        ),
        (
            |entries| confirmed(entries).key = "another".to_owned(),
            "the record says that the key is `another`",
        ),
        (
            |entries| confirmed(entries).r#for = "vault".to_owned(),
            "the record says that it was wrapped for `vault`",
        ),
        (
            |entries| confirmed(entries).provider = "vault".to_owned(),
            "the record says that the provider is `vault`",
        ),
        (
            |entries| confirmed(entries).key_id = None,
            "the record says that the key there is ``",
        ),
        (
            |entries| confirmed(entries).record = Digest::of(b"another"),
            "held against another record than the script names",
        ),
        (
            |entries| confirmed(entries).seen_by = "ana".to_owned(),
            "the record says that it was seen by `ana`",
        ),
        (
            |entries| {
                confirmed(entries)
                    .answers
                    .push(keyrite::domain::record::File {
                        path: "public-key.json".to_owned(),
                        sha256: Digest::of(b"answer"),
                    });
            },
            "the answers that were read are not those that were kept",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = rehearsed();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
}
