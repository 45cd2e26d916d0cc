//! The whole life of a key on one token: made in an HSM, kept by custodians, wrapped for two clouds,
//! brought back, rotated, dealt anew, destroyed. What auditors ask on the way is answered from records
//! and logs alone; the answers that are expected were written by hand, from the story in [`story`].

mod cloud;
mod stage;
mod story;

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use base64ct::Base64UrlUnpadded;
use base64ct::Encoding as _;
use serde_json::Value;

use crate::common::one_line;
use crate::common::repository;
use crate::verify::by_python;

use self::story::Played;

fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(story::play)
}

/// The folders of the register.
fn ceremonies() -> Vec<String> {
    let all = fs::read_dir(&played().stage.register).unwrap();
    let all = all.map(|entry| entry.unwrap().path());
    let all = all.filter(|folder| folder.join("record.jsonl").exists());
    all.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// A question of an auditor on a day: what he types, how it ends, and what he reads.
struct Asked {
    day: &'static str,
    question: &'static str,
    exit: i32,
    reads: &'static [&'static str],
}

const fn on(
    day: &'static str,
    question: &'static str,
    exit: i32,
    reads: &'static [&'static str],
) -> Asked {
    Asked {
        day,
        question,
        exit,
        reads,
    }
}

/// Days, questions, exit codes and answers.
const ASKED: &[Asked] = &[
    // The key is made, and on its way to two clouds; nobody has heard yet that it arrived.
    on(
        "2024-03-05",
        "age register payments",
        0,
        &["made 2024-03-04, 1 day ago", "364 days left"],
    ),
    on(
        "2024-03-05",
        "locations register payments",
        0,
        &[
            "hsm there",
            "the provider is to delete it on 2024-12-29",
            "azure-managed-hsm https://lab.managedhsm.azure.net/keys/payments wrapped for it; the provider keeps it until somebody deletes it",
            "share 3 of epoch 1, with dee any 2 rebuild",
        ],
    ),
    on("2024-03-05", "backups register", 0, &["tested 1 day ago"]),
    on(
        "2024-03-05",
        "prove dual-control register payments",
        0,
        &["at least two people were in the room"],
    ),
    on(
        "2024-03-05",
        "show register payments",
        0,
        &["state pre-activation"],
    ),
    on(
        "2024-03-05",
        "acknowledgements register",
        1,
        &["missing Ben Osei", "missing Dee Marsh"],
    ),
    on(
        "2024-03-05",
        "prove import register payments",
        1,
        &["not known azure-managed-hsm answered that this material arrived"],
    ),
    // Azure answered what only the key can answer; AWS has no such answer for a symmetric key.
    on(
        "2024-03-08",
        "prove import register payments",
        1,
        &[
            "shown azure-managed-hsm answered that this material arrived",
            "aws-kms answered; that this very material arrived cannot be proved by it",
        ],
    ),
    // It is in use.
    on(
        "2024-03-12",
        "show register payments",
        0,
        &["state active, protects and processes, 2024-03-11"],
    ),
    on(
        "2024-03-12",
        "decision register payments",
        0,
        &["from its import on the provider holds it, too"],
    ),
    on("2024-09-03", "backups register", 0, &["tested 1 day ago"]),
    // The material at AWS expires, and comes back from shares, in the HSM.
    on(
        "2024-12-20",
        "due register --within 30d",
        0,
        &["2024-12-29 material expiry aws-kms deletes the material of key payments"],
    ),
    on(
        "2024-12-30",
        "due register --within 30d",
        1,
        &["2024-12-29 material expiry OVERDUE"],
    ),
    // Nobody has asked AWS yet what became of it.
    on(
        "2025-01-07",
        "due register --within 30d",
        0,
        &["2025-01-13 confirmation aws-kms is asked whether key payments arrived"],
    ),
    on(
        "2025-01-07",
        "locations register payments",
        0,
        &[
            "hsm there",
            "hsm gone",
            "the provider is to delete it on 2025-11-02",
        ],
    ),
    on(
        "2025-01-07",
        "show register payments",
        0,
        &["brought back destroyed again: "],
    ),
    on(
        "2025-01-07",
        "who register payments",
        0,
        &["Dee Marsh (dee) share 3", "Ana Ruiz (ana) half of the PIN"],
    ),
    on(
        "2025-02-11",
        "custody register payments",
        0,
        &["3 of 3 shares are proven, and 2 rebuild the key"],
    ),
    // The next version takes its place; what depends on the first one is signed off.
    on(
        "2025-03-11",
        "show register payments",
        0,
        &[
            "replaced by payments-2025, 2025-03-03",
            "nobody signed off that payments-database",
        ],
    ),
    on(
        "2025-03-11",
        "age register payments-2025",
        0,
        &["made 2025-03-03, 8 days ago", "357 days left"],
    ),
    on(
        "2025-06-11",
        "show register payments",
        0,
        &["may be disabled yes"],
    ),
    // Dee leaves, Gil comes.
    on(
        "2025-06-16",
        "prove departed register dee",
        5,
        &["2 of 3 points are open"],
    ),
    on(
        "2025-06-18",
        "prove departed register dee",
        5,
        &["1 of 3 points is open"],
    ),
    on(
        "2025-06-19",
        "prove departed register dee",
        0,
        &["all 3 points are closed"],
    ),
    on(
        "2025-06-19",
        "acknowledgements register",
        0,
        &["valid Gil Sato"],
    ),
    on(
        "2025-06-19",
        "who register payments-2025",
        0,
        &["Gil Sato (gil) share 3"],
    ),
    // An alert: AWS logged a change that nobody knows of.
    on(
        "2025-07-15",
        "due register",
        0,
        &[
            "mallory changed who can get at key payments-2025",
            "PutKeyPolicy",
        ],
    ),
    on("2025-07-16", "due register", 1, &["log finding OVERDUE"]),
    on(
        "2025-07-14",
        "show register payments-2025",
        0,
        &["state suspended"],
    ),
    on(
        "2025-07-16",
        "who register payments-2025",
        0,
        &["Cho Park", "the payments application"],
    ),
    on(
        "2025-07-18",
        "show register payments-2025",
        0,
        &["state active, protects and processes, 2025-07-18"],
    ),
    // The first version is not needed any more.
    on(
        "2025-09-02",
        "due register --within 30d",
        0,
        &["2025-10-01"],
    ),
    on(
        "2025-09-02",
        "prove destroyed register payments",
        5,
        &["not so: records show the opposite"],
    ),
    on(
        "2025-10-21",
        "prove destroyed register payments",
        0,
        &[
            "gil did it, seen by eli",
            "ben asked for it",
            "fay approved it",
        ],
    ),
    on(
        "2025-10-21",
        "show register",
        0,
        &[
            "payments (aes-256), payments-platform made 2024-03-04",
            "state destroyed",
        ],
    ),
    on(
        "2025-10-21",
        "deviations register",
        0,
        &["2025-07-15 log-finding"],
    ),
    on(
        "2025-10-21",
        "inventory register",
        1,
        &["Kryoptic", "no script names a certificate"],
    ),
    on(
        "2025-10-21",
        "matrix register",
        0,
        &["approver Fay Lind (fay)", "left on 2025-06-16"],
    ),
    on(
        "2025-10-21",
        "cryptoperiods register",
        0,
        &["payments-2025 1 year"],
    ),
    // Azure's own logs, of the whole life, leave nothing to explain.
    on(
        "2025-10-23",
        "prove import register payments",
        1,
        &[
            "the log of azure-managed-hsm shows the import on 2024-03-04T15:00:00Z by dee@bank.onmicrosoft.example",
            "shown azure-managed-hsm answered that this material arrived (000002-azure-has-it:3) ✓ shown",
        ],
    ),
];

/// Shipped ceremonies that this life has no day for.
const NOT_PLAYED: &[(&str, &str)] = &[
    (
        "aws-kms-aes256",
        "the key is made in an HSM: hsm-aws-aes256",
    ),
    (
        "aws-kms-rsa4096",
        "a pair; this life has one secret key and its next version",
    ),
    ("azure-rsa3072", "a pair"),
    (
        "cancel-destroy",
        "what is to be destroyed here is destroyed",
    ),
    ("components-3", "components are of keys in software"),
    (
        "compromise",
        "the alert is explained, and nobody had the key",
    ),
    ("custody-deputy", "no custodian is away"),
    ("custody-seal-media", "the media have no numbers here"),
    ("declare-keys", "no provider makes a key of its own"),
    (
        "external-aws-xks",
        "the key is imported, not called from outside",
    ),
    ("generate-and-split", "the key is made in an HSM"),
    ("google-ec-p256", "a pair, for a third cloud"),
    ("google-tenants", "a list, for a third cloud"),
    ("hsm-azure-rsa3072", "a pair"),
    (
        "hsm-destroy",
        "the key is at two clouds, too: destroy, with a step for the HSM",
    ),
    (
        "hsm-generate-backup",
        "the key is wrapped in the ceremony that makes it: hsm-aws-aes256",
    ),
    ("hsm-google-ec-p256", "a pair, for a third cloud"),
    (
        "hsm-recovery",
        "the HSM is not lost; reimport-from-shares brings the key back into it",
    ),
    ("many-targets", "a key in software, for a third cloud"),
    ("recovery", "a key in software"),
    (
        "retire",
        "the older version is deactivated and destroyed at once",
    ),
    ("vault-aes256", "a third provider"),
    ("within-an-organisation", "its people stand in each script"),
];

#[test]
fn an_auditor_is_answered_on_each_day() {
    let mut wrong = Vec::new();
    for asked in ASKED {
        let question = format!("register {} --as-of {}", asked.question, asked.day);
        let (exit, told) = played().stage.asks(&question);
        let told = one_line(&told);
        if exit != asked.exit {
            wrong.push(format!("{question}: exit {exit}: {told}"));
        }
        for words in asked.reads.iter().filter(|words| !told.contains(**words)) {
            wrong.push(format!("{question}: no `{words}`: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_key_in_the_token_stays_while_a_copy_of_it_comes_and_goes_and_is_gone_at_the_end() {
    let [first, second] = &played().in_token;
    assert_eq!(first, second);
    assert_eq!(played().at_the_end, [0, 1]);
}

#[test]
fn what_arrives_at_each_provider_is_the_key_in_the_token() {
    let Played {
        stage, in_token, ..
    } = played();
    let read = |path: &str| fs::read(stage.path(path)).unwrap();
    let aws = "artifacts/payments-for-aws/EncryptedKeyMaterial.bin";
    let first = read(&format!("make/{aws}"));
    let again = read(&format!("again/{aws}"));
    assert_ne!(first, again);
    let key = stage.opens(4096, "sha256", "-", &first);
    assert_eq!(stage.opens(4096, "sha256", "-", &again), key);
    let byok = read("make/artifacts/payments-for-azure/key.byok");
    let byok: Value = serde_json::from_slice(&byok).unwrap();
    let blob = Base64UrlUnpadded::decode_vec(byok["ciphertext"].as_str().unwrap()).unwrap();
    assert_eq!(stage.opens(3072, "sha1", "kwp", &blob), key);
    assert_eq!(stage.zeros_under(&key), in_token[0]);
}

#[test]
fn azure_answers_what_only_the_key_can_and_aws_calls_the_same_material_the_same() {
    let Played { azure, aws, .. } = played();
    assert_eq!(azure, "arrived");
    let [made, again, next] = aws.as_slice() else {
        panic!("{aws:?}")
    };
    for (verdict, _) in aws {
        assert_eq!(verdict, "not-provable");
    }
    assert_eq!(made.1, again.1);
    assert_ne!(made.1, next.1);
}

#[test]
fn every_import_is_confirmed_and_no_day_from_then_on_asks_for_it() {
    for day in [
        "2024-03-08",
        "2024-12-20",
        "2025-01-09",
        "2025-03-06",
        "2025-10-23",
    ] {
        let question = format!("register due register --within 30d --as-of {day}");
        let (_, told) = played().stage.asks(&question);
        assert!(!told.contains("confirmation"), "{day}: {told}");
    }
}

#[test]
fn every_shipped_ceremony_is_played_or_named_with_the_reason_why_not() {
    let folders = fs::read_dir(repository("ceremonies")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let shipped: BTreeSet<String> = folders
        .filter(|folder| folder.is_dir())
        .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let not: BTreeSet<String> = NOT_PLAYED
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let played = &played().scripts;
    assert_eq!(not.intersection(played).next(), None);
    assert_eq!(&not | played, shipped);
}

#[test]
fn whoever_left_stands_nowhere_among_those_who_can_get_at_a_key() {
    let who = |key: &str, day: &str| {
        let question = format!("register who register {key} --as-of {day} --format json");
        played().stage.keyrite(&question, 0)
    };
    assert!(who("payments", "2025-06-17").contains("\"dee\""));
    for key in ["payments", "payments-2025"] {
        assert!(!who(key, "2025-06-19").contains("\"dee\""), "{key}");
    }
}

#[test]
fn every_script_as_it_was_run_is_checked_rehearsed_and_printed_without_the_token() {
    let stage = &played().stage;
    for name in ceremonies() {
        let script = format!("register/{name}/script.yaml");
        stage.keyrite(&format!("check {script}"), 0);
        stage.keyrite(&format!("rehearse {script} --out rehearsed-{name}"), 0);
        stage.keyrite(&format!("print {script} --out {name}.html"), 0);
    }
}

#[test]
fn every_record_holds_with_the_standard_library_of_python_and_ssh_keygen_alone() {
    for name in ceremonies() {
        let (exit, said) = by_python(&played().stage.register.join(&name), None);
        assert_eq!(exit, 0, "{name}: {said}");
    }
}
