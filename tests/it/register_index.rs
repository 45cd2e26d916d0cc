//! What a register keeps between questions: used while it holds, and thrown away as soon as it does
//! not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use jiff::civil::Date;
use keyrite::register::Register;
use keyrite::register::Scope;
use keyrite::register::Trust;
use keyrite::register::access;
use keyrite::register::age;
use keyrite::register::backups;
use keyrite::register::cryptoperiods;
use keyrite::register::custody;
use keyrite::register::decision;
use keyrite::register::deviations;
use keyrite::register::due;
use keyrite::register::duties;
use keyrite::register::inventory;
use keyrite::register::keys::Material;
use keyrite::register::locations;
use keyrite::register::proof;
use serde_json::Value;
use serde_json::json;

use crate::register::add;
use crate::register::ask;
use crate::register::copy;
use crate::register::held;
use crate::register::json;
use crate::register::tells;
use crate::years::years;

/// What stands in the records, and another word of the same length.
const OWNER: &str = "payments-platform";
const OTHER: &str = "somebody-else-now";

fn index(register: &Path) -> PathBuf {
    register.join(".keyrite-index")
}

/// Marks the index: whoever believes it tells of another owner.
fn mark(register: &Path) {
    let path = index(register);
    let bytes = fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.find(OWNER).unwrap();
    let mut bytes = bytes;
    bytes[at..at + OWNER.len()].copy_from_slice(OTHER.as_bytes());
    fs::write(&path, bytes).unwrap();
}

#[track_caller]
fn owner(register: &Path) -> String {
    let answer = json(&["show", register.to_str().unwrap(), "payments"], 0);
    answer["keys"][0]["owner"].as_str().unwrap().to_owned()
}

/// Every kind of question.
const QUESTIONS: &[&[&str]] = &[
    &["list"],
    &["show"],
    &["show", "payments"],
    &["show", "paymets"],
    &["show", "--as-of", "2020-01-01"],
    &["due", "--within", "400d", "--as-of", "2199-06-01"],
    &["due", "--within", "1d", "--as-of", "2020-01-01"],
    &["custody", "--as-of", "2199-06-01"],
    &["custody", "payments", "--as-of", "2199-06-01"],
];

#[test]
fn the_answer_is_the_same_with_an_index_and_without() {
    let (_home, register) = held().copy();
    for question in QUESTIONS {
        let answer = || {
            let mut words = question.to_vec();
            words.insert(1, register.to_str().unwrap());
            let assert = ask(&words);
            let output = assert.get_output();
            let said = [&output.stdout[..], &output.stderr].concat();
            (output.status.code(), String::from_utf8(said).unwrap())
        };
        drop(fs::remove_file(index(&register)));
        let cold = answer();
        assert!(index(&register).exists());
        assert_eq!(answer(), cold, "{question:?}");
    }
}

/// Days before, between and after the ceremonies of three years.
const DAYS: [&str; 5] = [
    "2023-12-31",
    "2024-06-30",
    "2025-03-10",
    "2026-11-01",
    "2199-06-01",
];

/// What is answered about one key, or about all.
fn about(register: &Register, key: Option<&str>, day: Date) -> Value {
    let all: Vec<&Material> = register
        .materials
        .iter()
        .filter(|material| key.is_none_or(|key| material.key == key))
        .collect();
    let now = due::moment_after(day);
    let each = |of: &dyn Fn(&Material) -> Value| -> Vec<Value> {
        all.iter().map(|material| of(material)).collect()
    };
    json!({
        "keys": all,
        "ages": age::ages(register, &all, day),
        "custody": custody::standings(register, &all, now),
        "places": each(&|material| json!(locations::locations(register, material, now))),
        "who": each(&|material| json!(access::who(register, material, day))),
        "findings": access::findings(register, key, day),
        "backups": backups::backups(&all, day, None),
        "periods": cryptoperiods::cryptoperiods(&all),
        "imports": proof::import(register, &all),
        "destroyed": proof::destroyed(register, &all, now),
        "wrong": register.wrong,
        "notes": register.notes,
        "records": register.records,
        "head": register.head,
    })
}

/// What is answered about everything that is no key.
fn besides(register: &Register, day: Date) -> Value {
    json!({
        "ceremonies": register.ceremonies,
        "deviations": deviations::deviations(register, None),
        "inventory": inventory::inventory(register, day),
        "people": register.people,
    })
}

#[test]
fn every_question_is_answered_from_the_index_as_from_all_records_on_every_day() {
    let dir = &years().register;
    let ask = |day, scope, trust| Register::ask(dir, None, Some(day), scope, trust).unwrap();
    for day in DAYS {
        let day: Date = day.parse().unwrap();
        let known = |scope| ask(day, scope, Trust::Index);
        let whole = ask(day, Scope::All, Trust::Nothing);
        let index = known(Scope::All);
        assert_eq!(about(&index, None, day), about(&whole, None, day), "{day}");
        assert_eq!(besides(&index, day), besides(&whole, day), "{day}");
        let duties = |register| json!(duties::duties(register, day, day));
        assert_eq!(duties(&index), duties(&whole), "{day}");
        let all: Vec<&Material> = whole.materials.iter().collect();
        let decided = json!(decision::decisions(&whole, &all, day));
        let all: Vec<&Material> = index.materials.iter().collect();
        assert_eq!(json!(decision::decisions(&index, &all, day)), decided);
        for key in ["payments", "orders", "images", "nothing"] {
            let index = known(Scope::Key(key));
            let (found, expected) = (about(&index, Some(key), day), about(&whole, Some(key), day));
            assert_eq!(found, expected, "{key} on {day}");
        }
        for days in [0, 30, 4000] {
            let until = day.saturating_add(jiff::Span::new().days(days));
            let found = due::due(&known(Scope::Due(until)), day, until);
            assert_eq!(
                found,
                due::due(&whole, day, until),
                "{days} days from {day}"
            );
        }
        assert_eq!(
            besides(&known(Scope::Ceremonies), day),
            besides(&whole, day),
            "{day}"
        );
    }
}

#[test]
fn an_index_that_grew_with_every_ceremony_answers_as_all_records_do() {
    let home = tempfile::tempdir().unwrap();
    let from = &years().register;
    let mut names: Vec<String> = fs::read_dir(from)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("00"))
        .collect();
    names.sort();
    let marker = "keyrite-register.json";
    fs::copy(from.join(marker), home.path().join(marker)).unwrap();
    let ask = |trust| Register::ask(home.path(), None, None, Scope::All, trust).unwrap();
    for name in &names {
        copy(&from.join(name), &home.path().join(name));
        ask(Trust::Index);
    }
    let day: Date = "2026-11-01".parse().unwrap();
    let grown = ask(Trust::Index);
    let whole = ask(Trust::Nothing);
    assert_eq!(grown.records, names.len());
    assert_eq!(about(&grown, None, day), about(&whole, None, day));
    assert_eq!(besides(&grown, day), besides(&whole, day));
}

#[test]
fn a_second_question_reads_the_index_and_a_changed_record_does_away_with_it() {
    let (_home, register) = held().copy();
    assert_eq!(owner(&register), OWNER);
    let mode = fs::metadata(index(&register)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    mark(&register);
    assert_eq!(owner(&register), OTHER, "the index is not read");

    // The same bytes, written again: only the file system tells of it.
    let record = register.join("000002-custody-deputy/record.jsonl");
    let bytes = fs::read(&record).unwrap();
    fs::remove_file(&record).unwrap();
    fs::write(&record, bytes).unwrap();
    assert_eq!(owner(&register), OWNER);
}

#[test]
fn a_signature_that_is_added_or_gone_does_away_with_the_index() {
    let (_home, register) = held().copy();
    owner(&register);
    mark(&register);
    fs::remove_file(register.join("000003-possession-drill/signatures/eli.sig")).unwrap();
    let answer = json(&["show", register.to_str().unwrap(), "payments"], 5);
    assert_eq!(answer["keys"][0]["owner"], OWNER);
    assert_eq!(answer["wrong"][0]["what"], "signatures of eli are gone");
    // What does not hold is remembered, too.
    let again = json(&["show", register.to_str().unwrap(), "payments"], 5);
    assert_eq!(answer, again);
}

#[test]
fn only_a_new_ceremony_is_verified_and_folded() {
    let (_home, register) = held().copy();
    owner(&register);
    mark(&register);
    add(&register, &[&held().path("loose")]).code(0);
    let answer = json(&["show", register.to_str().unwrap()], 0);
    let keys = answer["keys"].as_array().unwrap();
    let owners: Vec<&Value> = keys.iter().map(|key| &key["owner"]).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(owners[0], OTHER, "what was known was folded again");
    assert_eq!(keys[1]["key"], "savings");
    // And what came of both is kept.
    assert_eq!(owner(&register), OTHER);
}

#[test]
fn a_ceremony_that_is_gone_does_away_with_the_index() {
    let (_home, register) = held().copy();
    owner(&register);
    mark(&register);
    fs::remove_dir_all(register.join("000003-possession-drill")).unwrap();
    assert_eq!(owner(&register), OWNER);
}

#[test]
fn an_index_that_anybody_could_have_written_is_not_read() {
    let (_home, register) = held().copy();
    owner(&register);
    mark(&register);
    let path = index(&register);
    let bytes = fs::read(&path).unwrap();
    let spoil: &[(&str, &dyn Fn())] = &[
        ("readable by others", &|| {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("a link", &|| {
            let other = register.join(".other");
            fs::rename(&path, &other).unwrap();
            std::os::unix::fs::symlink(&other, &path).unwrap();
        }),
        ("cut off", &|| {
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("empty", &|| fs::write(&path, b"").unwrap()),
        ("of another build", &|| {
            let at = last(&bytes, "\"build\":\"") + 9;
            let mut bytes = bytes.clone();
            bytes[at] = b'9';
            fs::write(&path, bytes).unwrap();
        }),
        ("of another machine", &|| {
            let at = last(&bytes, "\"machine\":\"") + 11;
            let mut bytes = bytes.clone();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            fs::write(&path, bytes).unwrap();
        }),
    ];
    for (what, spoil) in spoil {
        drop(fs::remove_file(&path));
        fs::write(&path, &bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(owner(&register), OTHER, "{what}: it was not read before");
        spoil();
        assert_eq!(owner(&register), OWNER, "{what}");
    }
}

#[test]
fn an_index_of_garbage_is_no_more_than_a_missing_one() {
    let (_home, register) = held().copy();
    owner(&register);
    let path = index(&register);
    let good = fs::read(&path).unwrap();
    // One byte in each part of it, and each length near its end.
    let places = (0..good.len()).step_by(good.len() / 16);
    let flipped = places.map(|at| {
        let mut bytes = good.clone();
        bytes[at] = b'\\';
        bytes
    });
    let cut = (1..16).map(|less| good[..good.len() - less].to_vec());
    for bytes in flipped.chain(cut) {
        fs::write(&path, &bytes).unwrap();
        let answer = ask(&["list", register.to_str().unwrap()]);
        answer.code(0);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(owner(&register), OWNER);
}

#[test]
fn where_nothing_can_be_kept_the_answer_is_given_and_the_reader_is_told() {
    let (_home, register) = held().copy();
    fs::create_dir(index(&register)).unwrap();
    assert_eq!(owner(&register), OWNER);
    tells(
        &ask(&["list", register.to_str().unwrap()]).code(0),
        &["what was verified could not be kept for the next question"],
    );
    let left = fs::read_dir(&register).unwrap();
    let left = left.map(|it| it.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.contains(".part")));
}

#[test]
fn whoever_brings_other_keys_has_an_index_of_his_own() {
    let held = held();
    let (_home, register) = held.copy();
    owner(&register);
    mark(&register);
    let own = held
        .register
        .join("000001-custody-seal-media/allowed_signers");
    let words = [
        "show",
        register.to_str().unwrap(),
        "payments",
        "--allowed-signers",
        own.to_str().unwrap(),
    ];
    for _ in 0..2 {
        assert_eq!(json(&words, 0)["keys"][0]["owner"], OWNER);
    }
    assert_eq!(owner(&register), OTHER);
}

#[test]
fn version_control_leaves_the_index_out() {
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    add(&register, &[&held().path("make")]).code(0);
    owner(&register);
    let ignored = fs::read_to_string(register.join(".gitignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "/.keyrite-index*"));
}

/// Where a text stands last: tables of an index are no text.
fn last(bytes: &[u8], text: &str) -> usize {
    let mut windows = bytes.windows(text.len());
    windows
        .rposition(|window| window == text.as_bytes())
        .unwrap()
}
