//! Whole ceremonies with an HSM, on every module: what arrives is opened by other people's
//! programs, and is the key that the token has.

use std::fs;
use std::process::Command;

use rexpect::ReadUntil;
use rexpect::session::spawn_command;
use serde_json::json;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::common::stock;
use crate::hsm_room::Room;
use crate::hsm_room::blob;
use crate::hsm_room::ecb_in;
use crate::hsm_room::keys_in;
use crate::tokens::Kind;
use crate::tokens::Token;
use crate::tokens::opener::ecb_zero;

/// What a token is asked for in the complete ceremony.
struct Asked {
    aws: &'static str,
    google: &'static str,
    /// The hash of both. Azure wants SHA-1 of everybody.
    hash: &'static str,
}

const SHA256: Asked = Asked {
    aws: "RSAES_OAEP_SHA_256",
    google: "rsa-oaep-3072-sha256-aes-256",
    hash: "sha256",
};
const SHA1: Asked = Asked {
    aws: "RSAES_OAEP_SHA_1",
    google: "rsa-oaep-3072-sha1-aes-256",
    hash: "sha1",
};

/// One key for three providers: what the shipped script says, and two more inputs.
fn complete_script(asked: &Asked) -> String {
    let shipped = fs::read_to_string(repository("ceremonies/hsm-aws-aes256/script.yaml")).unwrap();
    let inputs = format!(
        "  azure:
    provider: azure-managed-hsm
    algorithm: CKM_RSA_AES_KEY_WRAP
    wrapping-key: azure.pem
    wrapping-key-id: https://lab.managedhsm.azure.net/keys/KEK/0123456789abcdef0123456789abcdef
    key-id: payments
    fetched: {{by: ana, on: admin laptop 7, seen-by: eli}}
  google:
    provider: google-kms
    algorithm: {}
    wrapping-key: google.pem
    wrapping-key-id: projects/lab/locations/europe-west1/keyRings/ring/importJobs/job
    key-id: projects/lab/locations/europe-west1/keyRings/ring/cryptoKeys/payments
    fetched: {{by: ana, on: admin laptop 7, seen-by: eli}}

policy: {{targets: 3}}

steps:",
        asked.google
    );
    let text = shipped
        .replace("RSAES_OAEP_SHA_256", asked.aws)
        .replace("RSA_4096", "RSA_2048")
        .replace("parameters.json", "aws.json")
        .replace("\nsteps:", &inputs);
    let from = text.find("  - compare:").unwrap();
    let to = text.find("  - lock:").unwrap();
    let one = text[from..to].to_owned();
    let others = ["azure", "google"].map(|name| {
        one.replace("wrapping-key: aws", &format!("wrapping-key: {name}"))
            .replace("for: aws", &format!("for: {name}"))
    });
    [&text[..to], &others.concat(), &text[to..]].concat()
}

/// A ceremony that went well.
struct Done {
    room: Room,
    token: Token,
}

/// Everything, in one ceremony: the key is made, backed up, shared, rebuilt, wrapped three times,
/// locked, and the record is sealed and verified by two ways.
#[track_caller]
fn complete(kind: Kind, asked: &Asked) -> Done {
    let token = Token::fresh(kind, "ceremony");
    let room = Room::new(&complete_script(asked), &[]);
    room.name(&token);
    let aws = room.provider("aws", 2048);
    let azure = room.provider("azure", 2048);
    let google = room.provider("google", 3072);
    room.run(&token, "out", &[]).assert().code(0);
    room.verify("out");
    assert_eq!(keys_in(&token), 1, "{kind:?}");
    let in_token = ecb_in(&token, "payments");
    let recorded = room.event("out", "generate")["check-values"]["kcv.ecb3"].clone();
    assert_eq!(recorded, in_token[..6].to_uppercase());
    for (name, provider, hash, aes) in [
        ("aws", &aws, asked.hash, false),
        ("azure", &azure, "sha1", true),
        ("google", &google, asked.hash, true),
    ] {
        let package = room.path(&format!("out/artifacts/payments-for-{name}"));
        let arrived = provider.opens(hash, aes, &blob(&package));
        assert_eq!(arrived.len(), 64, "{kind:?} {name}");
        assert_eq!(ecb_zero(&arrived), in_token, "{kind:?} {name}");
    }
    Done { room, token }
}

/// The shipped script for a recovery, with what a ceremony gives; its backup lies beside it.
#[track_caller]
pub(crate) fn recovery(room: &Room) -> String {
    let given = keyrite()
        .arg("given")
        .arg(room.path("out"))
        .arg("payments")
        .assert()
        .code(0);
    let given = String::from_utf8(given.get_output().stdout.clone()).unwrap();
    let shipped = fs::read_to_string(repository("ceremonies/hsm-recovery/script.yaml")).unwrap();
    let (before, rest) = shipped.split_at(shipped.find("given:").unwrap());
    let after = &rest[rest.find("steps:").unwrap()..];
    fs::copy(
        room.path("out/artifacts/payments-backup.kwp"),
        room.path("payments-backup.kwp"),
    )
    .unwrap();
    format!("{before}{given}\n{after}")
}

/// The backup brings the key into a second token that was empty.
#[track_caller]
fn restored(done: &Done, kind: Kind) -> Token {
    let room = &done.room;
    let second = Token::fresh(kind, "second");
    room.script(&recovery(room), &[]);
    room.name(&second);
    fs::copy(
        room.path("out/artifacts/payments-backup.kwp"),
        room.path("payments-backup.kwp"),
    )
    .unwrap();
    room.run(&second, "again", &[]).assert().code(0);
    room.verify("again");
    assert_eq!(
        keys_in(&second),
        1,
        "{kind:?}: {}",
        second.pkcs11_tool(&["--login", "--list-objects"])
    );
    assert_eq!(
        ecb_in(&second, "payments"),
        ecb_in(&done.token, "payments"),
        "{kind:?}"
    );
    second
}

/// Another caller cannot take the key out, by a way by which another key comes out.
#[track_caller]
fn is_locked(token: &Token, kwp: &str) {
    let kek = json!({"do": "create", "as": "kek", "template": {
        "CKA_CLASS": "secret", "CKA_KEY_TYPE": "aes", "CKA_TOKEN": false, "CKA_SENSITIVE": true,
        "CKA_EXTRACTABLE": true, "CKA_WRAP": true, "CKA_VALUE": {"hex": "ab".repeat(32)},
    }});
    token.calls(json!([
        kek,
        {"do": "wrap", "mechanism": kwp, "with": "kek", "key": "kek"},
        {"do": "find", "template": {"CKA_CLASS": "secret", "CKA_LABEL": "payments"}, "as": "it"},
        {"do": "wrap", "mechanism": kwp, "with": "kek", "key": "it", "rv": "CKR_KEY_UNEXTRACTABLE"},
        {"do": "set", "object": "it", "template": {"CKA_EXTRACTABLE": true}, "rv": "any"},
        {"do": "wrap", "mechanism": kwp, "with": "kek", "key": "it", "rv": "CKR_KEY_UNEXTRACTABLE"},
    ]));
}

/// What the record says of a wrap.
#[track_caller]
fn checks(room: &Room, name: &str) -> String {
    let all = room.events("out");
    let wrap = all
        .iter()
        .find(|(it, event)| it == "wrap" && event["for"] == name);
    wrap.unwrap().1["self-check"].to_string()
}

#[test]
fn softhsm_does_the_complete_ceremony_with_sha1() {
    let done = complete(Kind::SoftHsm, &SHA1);
    is_locked(&done.token, "CKM_AES_KEY_WRAP_PAD");
    let second = restored(&done, Kind::SoftHsm);
    is_locked(&second, "CKM_AES_KEY_WRAP_PAD");
    let google = checks(&done.room, "google");
    assert!(google.contains("CKM_AES_KEY_WRAP_PAD"), "{google}");
}

#[test]
fn kryoptic_does_the_complete_ceremony_with_sha256() {
    let done = complete(Kind::Kryoptic, &SHA256);
    is_locked(&done.token, "CKM_AES_KEY_WRAP_KWP");
    let second = restored(&done, Kind::Kryoptic);
    is_locked(&second, "CKM_AES_KEY_WRAP_KWP");
    let azure = checks(&done.room, "azure");
    assert!(azure.contains("CKM_AES_KEY_WRAP_KWP"), "{azure}");
}

#[test]
fn a_token_with_rsa_aes_key_wrap_does_the_complete_ceremony_by_it() {
    const NATIVE: Kind = Kind::Shim(&Kind::Kryoptic, "native");
    let done = complete(NATIVE, &SHA256);
    for name in ["azure", "google"] {
        let checks = checks(&done.room, name);
        assert!(checks.contains("CKM_RSA_AES_KEY_WRAP"), "{checks}");
    }
    restored(&done, NATIVE);
}

#[test]
fn nss_does_the_complete_ceremony_in_practice_and_is_told_its_lies() {
    let done = complete(Kind::Nss, &SHA256);
    let made = done.room.event("out", "generate");
    let differences = made["token"]["differences"].to_string();
    assert!(differences.contains("CKA_LOCAL"), "{differences}");
    let locked = done.room.event("out", "lock")["refused"].to_string();
    assert!(locked.contains("took the key out"), "{locked}");
    restored(&done, Kind::Nss);
}

/// People of the shipped scripts.
const NAMES: [(&str, &str); 6] = [
    ("ana", "Ana Ruiz"),
    ("ben", "Ben Osei"),
    ("cho", "Cho Park"),
    ("dee", "Dee Marsh"),
    ("eli", "Eli Stern"),
    ("fay", "Fay Lind"),
];

/// Runs a production ceremony at a terminal: every confirmation is typed, the facts are prepared.
/// Its code, and what it said.
#[track_caller]
fn at_terminal(room: &Room, token: &Token) -> (String, String) {
    let mut command = token.keyrite();
    command
        .arg("sign")
        .arg(room.path("script.yaml"))
        .args(["--as", "fay", "--key"])
        .arg(room.path("keys/fay"))
        .assert()
        .code(0);
    let mut prepared = room.run(token, "out", &[]);
    prepared.arg("--plain");
    let mut command = Command::new(prepared.get_program());
    command.args(prepared.get_args()).envs(
        prepared
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    let mut all = String::new();
    let prompts = [
        "Enter: do it",
        "(yes or no)",
        "(HH:MM:SS)",
        "type it, unseen)",
        "sign later)",
    ];
    loop {
        let mut wanted: Vec<ReadUntil> = prompts.map(|it| ReadUntil::String(it.to_owned())).into();
        wanted.push(ReadUntil::EOF);
        let (before, found) = session.exp_any(wanted).unwrap();
        all.push_str(&before);
        match found.as_str() {
            "Enter: do it" => session.send_line("").unwrap(),
            "(yes or no)" => {
                let no = ["Look again?", "go otherwise", "beyond what is"];
                let last: String = before.chars().rev().take(200).collect();
                let last: String = last.chars().rev().collect();
                let no = no.iter().any(|it| last.contains(it));
                session.send_line(if no { "no" } else { "yes" }).unwrap()
            }
            "(HH:MM:SS)" => {
                let now = jiff::Timestamp::now().strftime("%H:%M:%S").to_string();
                session.send_line(&now).unwrap()
            }
            "type it, unseen)" | "sign later)" => {
                // Who is asked stands right before the question.
                let person = NAMES
                    .iter()
                    .max_by_key(|(_, name)| before.rfind(name).map_or(0, |at| at + 1))
                    .unwrap()
                    .0;
                let ending = if found.starts_with("sign") {
                    ""
                } else {
                    ".age"
                };
                let file = room.path(&format!("keys/{person}{ending}"));
                session.send_line(file.to_str().unwrap()).unwrap()
            }
            // Up to the end.
            rest => {
                all.push_str(rest);
                break;
            }
        };
    }
    let status = format!("{:?}", session.process().wait().unwrap());
    (status, all)
}

#[test]
fn a_production_ceremony_on_a_token_that_lies_stops_and_goes_on_with_a_waiver() {
    let waiver = "
waivers:
  - rule: token-lies
    reason: the pilot keeps no real data
    owner: payments-platform
    until: 2099-12-31

steps:";
    for (waived, code) in [(false, 5), (true, 0)] {
        let token = Token::fresh(Kind::Nss, "ceremony");
        let edits = [
            ("mode: practice", "mode: production"),
            ("  pin: [ana, cho] ", "  # "),
            ("\nsteps:", waiver),
        ];
        let edits = if waived { &edits[..] } else { &edits[..2] };
        let room = Room::shipped("hsm-generate-backup", edits);
        room.name(&token);
        let (status, told) = at_terminal(&room, &token);
        assert!(status.ends_with(&format!(" {code})")), "{status}: {told}");
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("CKA_LOCAL is false, not true"), "{told}");
        if waived {
            room.verify("out");
            assert_eq!(keys_in(&token), 1);
        } else {
            assert!(told.contains("token-lies"), "{told}");
            // Nobody relies on a key whose token is not believed.
            assert_eq!(keys_in(&token), 0);
        }
    }
}

#[test]
fn p11_kit_does_what_its_protocol_carries_and_is_refused_the_rest() {
    let waivers = "
waivers:
  - rule: restore-before-wrap
    reason: the module carries no mechanism for a backup
    owner: payments-platform
    until: 2099-12-31
  - rule: no-backup
    reason: the module carries no mechanism for a backup
    owner: payments-platform
    until: 2099-12-31

steps:";
    let token = Token::fresh(Kind::P11Kit, "ceremony");
    let edits = [
        ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"),
        ("RSA_4096", "RSA_2048"),
        ("parameters.json", "aws.json"),
        (
            "  - split: {key: payments, threshold: 2, among: custodians}\n",
            "",
        ),
        ("  - restore-test: {key: payments, with: [ben, dee]}\n", ""),
        ("\nsteps:", waivers),
    ];
    let room = Room::shipped("hsm-aws-aes256", &edits);
    room.name(&token);
    let aws = room.provider("aws", 2048);
    room.run(&token, "out", &[]).assert().code(0);
    room.verify("out");
    let arrived = aws.opens(
        "sha1",
        false,
        &blob(&room.path("out/artifacts/payments-for-aws")),
    );
    assert_eq!(ecb_zero(&arrived), ecb_in(&token, "payments"));
    for (edits, words, hint) in [
        (
            &[("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")][..],
            "cannot wrap aes-256",
            "can do here is RSAES_OAEP_SHA_1",
        ),
        (
            &[
                ("RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1"),
                ("type: aes-256", "type: ec-p256"),
                ("valid-for: 300d", "valid-for: never"),
            ],
            "cannot wrap ec-p256",
            "token show",
        ),
    ] {
        for (from, to) in edits {
            room.company.edit(from, to);
        }
        let told = said(&room.run(&token, "refused", &[]).assert().code(6));
        assert!(told.contains(words), "{told}");
        assert!(told.contains("CKR_"), "{told}");
        assert!(told.contains(hint), "{told}");
        assert!(!room.path("refused").exists());
    }
}

/// The shipped script for one provider, run on a token; the package, opened.
#[track_caller]
fn shipped(name: &str, input: &str, kind: Kind) -> Done {
    let token = Token::fresh(kind, "ceremony");
    let room = Room::shipped(name, &[]);
    room.name(&token);
    let file = fs::read_to_string(room.path("script.yaml")).unwrap();
    for (row, stem) in [
        ("parameters.json", "parameters"),
        ("kek.pem", "kek"),
        ("import-job.pem", "import-job"),
    ] {
        if file.contains(row) {
            room.provider(stem, 4096);
        }
    }
    assert!(input.is_empty() || file.contains(&format!("for: {input}")));
    room.run(&token, "out", &[]).assert().code(0);
    room.verify("out");
    Done { room, token }
}

/// What openssl says is the public half of what arrived.
#[track_caller]
fn public_half(room: &Room, arrived: &str) -> String {
    let file = room.path("arrived.der");
    fs::write(&file, keyrite::domain::record::unhex(arrived).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    stock(
        "openssl",
        &["pkey", "-inform", "DER", "-in", file, "-pubout"],
    )
}

#[test]
fn the_shipped_backup_and_recovery_run_on_a_token() {
    let done = shipped("hsm-generate-backup", "", Kind::Kryoptic);
    restored(&done, Kind::Kryoptic);
}

#[test]
fn the_shipped_aws_script_runs_on_a_token() {
    let done = shipped("hsm-aws-aes256", "aws", Kind::Kryoptic);
    let package = done.room.path("out/artifacts/payments-for-aws");
    let arrived = done
        .room
        .provider("parameters", 4096)
        .opens("sha256", false, &blob(&package));
    assert_eq!(ecb_zero(&arrived), ecb_in(&done.token, "payments"));
}

#[test]
fn the_shipped_azure_script_runs_on_a_token() {
    let done = shipped("hsm-azure-rsa3072", "azure", Kind::Kryoptic);
    arrives(&done, "releases", "azure", "kek", "sha1");
}

#[test]
fn the_shipped_google_script_runs_on_a_token() {
    let done = shipped("hsm-google-ec-p256", "google", Kind::Kryoptic);
    arrives(&done, "tickets", "google", "import-job", "sha256");
}

/// The pair that arrived is the one whose public half was kept.
#[track_caller]
fn arrives(done: &Done, key: &str, input: &str, provider: &str, hash: &str) {
    let room = &done.room;
    let package = room.path(&format!("out/artifacts/{key}-for-{input}"));
    let arrived = room
        .provider(provider, 4096)
        .opens(hash, true, &blob(&package));
    let kept = room.path(&format!("out/artifacts/{key}-public.pem"));
    assert_eq!(
        public_half(room, &arrived),
        fs::read_to_string(kept).unwrap()
    );
    assert_eq!(keys_in(&done.token), 2);
}
