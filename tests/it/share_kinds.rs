//! Ceremonies about shares of an earlier one: drills, and restore tests alone.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use keyrite::domain::record::Digest;
use serde_json::Value;
use serde_json::json;

use crate::common::keyrite;
use crate::common::one_line;
use crate::common::repository;
use crate::common::stock;
use crate::common::told;
use crate::hsm_room::Room;

/// The folder of the first ceremony, once it is done.
pub(crate) const FIRST: &str = "first";

/// A company whose first ceremony dealt shares of the payments key, with changes of that script; its
/// folder is `first`.
pub(crate) fn dealt(edits: &[(&str, &str)]) -> Room {
    let room = Room {
        company: crate::common::Company::new(),
    };
    for (from, to) in edits {
        room.company.edit(from, to);
    }
    room.company.run(&[]).assert().code(0);
    fs::rename(room.path("out"), room.path(FIRST)).unwrap();
    room
}

/// What `keyrite given DIR payments` prints of shares, after the record of `out` was verified. Where
/// the key is in its life is told by those that move it.
pub(crate) fn given(room: &Room, out: &str) -> String {
    let assert = keyrite()
        .arg("given")
        .arg(room.path(out))
        .arg("payments")
        .assert()
        .code(0);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let ends = text.find("lifecycle:\n").unwrap_or(text.len());
    text[..ends].to_owned()
}

/// The shipped script of that name, with what the ceremony in `from` gives to it, and with changes.
pub(crate) fn next(room: &Room, name: &str, from: &str, edits: &[(&str, &str)]) {
    let path = repository(&format!("ceremonies/{name}/script.yaml"));
    let mut text = fs::read_to_string(path).unwrap();
    let begins = text.find("given: ").unwrap();
    let ends = text.find("steps:").unwrap();
    text.replace_range(begins..ends, &format!("{}\n", given(room, from)));
    room.script(&text, edits);
}

/// The share of a custodian on the medium, of the ceremony whose name it begins with.
pub(crate) fn share_of(room: &Room, custodian: &str, ceremony: &str) -> PathBuf {
    let medium = room.path(&format!("media/{custodian}"));
    let mut files: Vec<PathBuf> = fs::read_dir(medium)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(ceremony)
        })
        .collect();
    assert_eq!(files.len(), 1, "{custodian}: {files:?}");
    files.remove(0)
}

/// The ceremony that dealt the first shares.
pub(crate) const AES: &str = "aws-kms-aes256";

fn drilled(room: &Room) -> Value {
    room.event("drill", "drill")
}

#[test]
fn a_drill_proves_every_share_and_leaves_them_where_they_are() {
    let room = dealt(&[]);
    next(&room, "possession-drill", FIRST, &[]);
    let before = fs::read(share_of(&room, "ben", AES)).unwrap();
    room.run_here("drill", &[]).assert().code(0);
    let drill = drilled(&room);
    assert_eq!(drill["proven"], 3);
    assert_eq!(drill["threshold"], 2);
    assert_eq!(drill["epoch"], 1);
    for (share, (index, custodian)) in
        drill["shares"]
            .as_array()
            .unwrap()
            .iter()
            .zip([(1, "ben"), (2, "cho"), (3, "dee")])
    {
        let wanted = json!({"index": index, "custodian": custodian, "result": "proven"});
        assert_eq!(*share, wanted);
    }
    assert!(
        !one_line(&room.verify("drill")).contains("drill of key"),
        "nothing to note"
    );
    assert_eq!(fs::read(share_of(&room, "ben", AES)).unwrap(), before);
    // A drill changes nothing: what the next ceremony is given is the same.
    assert_eq!(given(&room, "drill"), given(&room, FIRST));
}

#[test]
fn a_drill_that_proves_too_little_ends_with_a_warning_that_stays() {
    let room = dealt(&[]);
    next(&room, "possession-drill", FIRST, &[]);
    let damaged = share_of(&room, "ben", AES);
    let text = fs::read_to_string(&damaged).unwrap();
    fs::remove_file(&damaged).unwrap();
    fs::write(&damaged, &text[..text.len() / 2]).unwrap();
    let assert = room
        .run_here(
            "drill",
            &[
                ("3/failed/ben", "yes"),
                ("3/here/cho", "no"),
                ("3/absent/cho", "on leave until June"),
            ],
        )
        .assert()
        .code(0);
    let warning = "the drill proved 1 of the 2 shares that rebuild key payments";
    assert!(told(&assert).contains(warning), "{}", told(&assert));
    let drill = drilled(&room);
    assert_eq!(drill["proven"], 1);
    assert_eq!(drill["shares"][0]["result"], "failed");
    let why = drill["shares"][0]["why"].as_str().unwrap();
    assert!(why.contains("is a damaged age file"), "{why}");
    assert_eq!(drill["shares"][1]["result"], "absent");
    assert_eq!(drill["shares"][1]["why"], "on leave until June");
    assert_eq!(drill["shares"][2]["result"], "proven");
    let verified = one_line(&room.verify("drill"));
    for words in [
        warning,
        "share 1 of ben is not proven (failed)",
        "share 2 of cho is not proven (absent): on leave until June",
    ] {
        assert!(verified.contains(words), "{words}: {verified}");
    }
}

#[test]
fn whatever_else_is_brought_to_a_drill_is_named() {
    let room = dealt(&[]);
    next(&room, "possession-drill", FIRST, &[]);
    let identity = |of: &str| {
        let path = room.path(&format!("keys/{of}.age"));
        path.to_str().unwrap().to_owned()
    };
    let tries = std::cell::Cell::new(0);
    let refused = |change: &[(&str, &str)], code: i32, words: &str| {
        tries.set(tries.get() + 1);
        let out = format!("drill-{}", tries.get());
        let said = told(&room.run_here(&out, change).assert().code(code));
        assert!(said.contains(words), "{words}: {said}");
        assert!(said.contains("hint: "), "{said}");
    };
    refused(
        &[("3/identity/ben", &identity("cho"))],
        4,
        "none of the identities opens the share of ben",
    );
    // Cho's share, with Cho's identity, under Ben's name.
    let medium = room.path("swapped");
    fs::create_dir(&medium).unwrap();
    let name = share_of(&room, "ben", AES);
    let name = name.file_name().unwrap();
    fs::copy(share_of(&room, "cho", AES), medium.join(name)).unwrap();
    refused(
        &[
            ("3/share/ben", medium.to_str().unwrap()),
            ("3/identity/ben", &identity("cho")),
        ],
        5,
        "ben brought share 2, which by the record is cho's",
    );
    // Shares of the same people and the same key, of another set.
    let other = room.path("other");
    fs::create_dir(&other).unwrap();
    for custodian in ["ben", "cho", "dee"] {
        fs::rename(
            room.path(&format!("media/{custodian}")),
            other.join(custodian),
        )
        .unwrap();
        fs::create_dir(room.path(&format!("media/{custodian}"))).unwrap();
    }
    let drill = fs::read_to_string(room.path("script.yaml")).unwrap();
    room.company
        .script(&fs::read_to_string(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap());
    room.company.run(&[]).assert().code(0);
    fs::write(room.path("script.yaml"), drill).unwrap();
    let foreign = share_of(&room, "ben", AES);
    fs::rename(&foreign, foreign.with_file_name(name)).unwrap();
    refused(&[], 4, "share 1 of ben belongs to set");
}

#[test]
fn a_restore_test_alone_rebuilds_compares_and_leaves_nothing() {
    let room = dealt(&[]);
    next(&room, "restore-test", FIRST, &[]);
    let assert = room.run_here("test", &[]).assert().code(0);
    assert!(
        told(&assert).contains("the shares rebuild key payments; what was rebuilt is wiped"),
        "{}",
        told(&assert)
    );
    room.verify("test");
    let test = room.event("test", "restore-test");
    assert_eq!(test["with"], json!(["ben", "dee"]));
    assert!(!room.path("test/artifacts").exists());
    assert_eq!(given(&room, "test"), given(&room, FIRST));
}

#[test]
fn a_restore_test_of_another_key_is_refused_with_its_check_value() {
    let room = dealt(&[]);
    next(&room, "restore-test", FIRST, &[]);
    let text = fs::read_to_string(room.path("script.yaml")).unwrap();
    // Of the key and of what was split, so that the script does not contradict itself.
    let name = "kcv.ecb3: \"";
    let digits = text.split(name).nth(1).unwrap()[..6].to_owned();
    let other = if digits == "000000" {
        "111111"
    } else {
        "000000"
    };
    let changed = text.replace(&[name, &digits].concat(), &[name, other].concat());
    fs::write(room.path("script.yaml"), changed).unwrap();
    let assert = room.run_here("test", &[]).assert().code(5);
    let words = "the shares rebuild a key whose kcv.ecb3 is";
    assert!(told(&assert).contains(words), "{}", told(&assert));
}

/// `keyrite share drill` of a file with somebody's identity, against the record in `out`.
pub(crate) fn alone(room: &Room, file: &Path, person: &str, out: &str) -> assert_cmd::Command {
    let mut command = keyrite();
    command
        .args(["share", "drill"])
        .arg(file)
        .arg("--identity")
        .arg(room.path(&format!("keys/{person}.age")))
        .arg("--record")
        .arg(room.path(out));
    command
}

#[test]
fn a_custodian_alone_proves_a_share_against_the_record() {
    let room = dealt(&[]);
    let file = share_of(&room, "cho", AES);
    let assert = alone(&room, &file, "cho", FIRST)
        .args(["--format", "json"])
        .assert()
        .code(0);
    let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let set = room.event(FIRST, "split")["set"]["id"].clone();
    assert_eq!(
        object,
        json!({"key": "payments", "set": set, "epoch": 1, "threshold": 2, "total": 3, "index": 2,
            "custodian": "cho", "result": "proven"})
    );
    let assert = alone(&room, &file, "cho", FIRST).assert().code(0);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(
        one_line(&text).contains("share 2 of 3 of key payments is proven"),
        "{text}"
    );

    let wrong = told(&alone(&room, &file, "ben", FIRST).assert().code(1));
    assert!(wrong.contains("none of the identities opens"), "{wrong}");
    let absent = told(
        &alone(&room, &room.path("no-such.age"), "cho", FIRST)
            .assert()
            .code(1),
    );
    assert!(absent.contains("no-such.age"), "{absent}");
    // Altered so that its checksum is right, and sealed again by age.
    let identity = room.path("keys/cho.age");
    let identity = identity.to_str().unwrap();
    let opened = stock(
        "age",
        &["--decrypt", "--identity", identity, file.to_str().unwrap()],
    );
    let at = opened.find("\nshare ").unwrap() + "\nshare ".len();
    let digit = if &opened[at..=at] == "0" { "1" } else { "0" };
    let altered = [&opened[..at], digit, &opened[at + 1..]].concat();
    let body = &altered[..altered.rfind("checksum ").unwrap()];
    let sum = Digest::of(body.as_bytes()).to_string();
    let plain = room.path("altered.txt");
    fs::write(&plain, format!("{body}checksum {}\n", &sum[..16])).unwrap();
    let recipient = stock("age-keygen", &["-y", identity]);
    let sealed = room.path("altered.age");
    stock(
        "age",
        &[
            "-r",
            recipient.trim(),
            "-o",
            sealed.to_str().unwrap(),
            plain.to_str().unwrap(),
        ],
    );
    let altered = told(&alone(&room, &sealed, "cho", FIRST).assert().code(5));
    assert!(altered.contains("commitment"), "{altered}");
    // A record that was touched proves nothing.
    let record = room.path("first/record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replacen("\"index\":2", "\"index\":3", 1)).unwrap();
    alone(&room, &file, "cho", FIRST).assert().code(5);
}
