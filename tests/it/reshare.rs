//! Shares dealt anew: the leaver's does not count any more, and no moment is without a whole set.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use keyrite::custody::gathering::Gathering;
use keyrite::custody::seal;
use keyrite::custody::seal::Identities;
use keyrite::custody::share::Share;
use keyrite::domain::parse::parse;
use keyrite::domain::record::Tool;
use keyrite::domain::record::hex;
use keyrite::engine::files::Fault;
use keyrite::engine::files::Faults;
use keyrite::engine::rehearsal::Rehearsal;
use keyrite::engine::rehearsal::Seed;
use keyrite::engine::rehearsal::Unwatched;
use keyrite::secret::Secret;
use serde_json::Value;
use serde_json::json;

use crate::common::keyrite;
use crate::common::one_line;
use crate::common::python;
use crate::common::stock;
use crate::common::told;
use crate::hsm_room::Room;
use crate::leaks::files;
use crate::leaks::follows;
use crate::leaks::found;
use crate::leaks::secrets_of_practice;
use crate::share_kinds::AES;
use crate::share_kinds::FIRST;
use crate::share_kinds::alone;
use crate::share_kinds::dealt;
use crate::share_kinds::given;
use crate::share_kinds::next;
use crate::share_kinds::share_of;
use crate::source;

const RESHARE: &str = "reshare-leaver";

/// A company that is about to reshare; the newcomer has his keys.
fn leaving(edits: &[(&str, &str)]) -> Room {
    let room = dealt(edits);
    room.company.newcomer();
    next(&room, RESHARE, FIRST, edits_of_key(edits));
    room
}

/// Of the changes of the first script, those that concern the type of the key.
fn edits_of_key<'a>(edits: &'a [(&'a str, &'a str)]) -> &'a [(&'a str, &'a str)] {
    let about = edits
        .iter()
        .take_while(|(from, _)| from.starts_with("type:"));
    &edits[..about.count()]
}

/// What these people's shares of one ceremony rebuild: opened by age, combined by Python.
fn by_others(room: &Room, ceremony: &str, people: &[&str]) -> String {
    const COMBINE: &str = "
import sys
from shamir_mnemonic.shamir import RawShare, _interpolate
points = [word.split(':') for word in sys.argv[1:]]
print(_interpolate([RawShare(int(x), bytes.fromhex(y)) for x, y in points], 0).hex())
";
    let points: Vec<String> = people
        .iter()
        .map(|person| {
            let identity = room.path(&format!("keys/{person}.age"));
            let share = share_of(room, person, ceremony);
            let text = stock(
                "age",
                &[
                    "--decrypt",
                    "--identity",
                    identity.to_str().unwrap(),
                    share.to_str().unwrap(),
                ],
            );
            let value = |name: &str| {
                let mut lines = text.lines();
                lines
                    .find_map(|line| line.strip_prefix(name))
                    .unwrap()
                    .to_owned()
            };
            format!("{}:{}", value("index "), value("share "))
        })
        .collect();
    let output = python()
        .arg("-c")
        .arg(COMBINE)
        .args(points)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_leaver_is_taken_out_and_the_new_shares_rebuild_the_same_key() {
    let room = leaving(&[]);
    room.run_here("again", &[]).assert().code(0);
    let verified = one_line(&room.verify("again"));
    assert!(
        verified.contains("0 of 3 old shares of key payments (epoch 1) survive"),
        "{verified}"
    );
    let reshare = room.event("again", "reshare");
    assert_eq!(reshare["set"]["epoch"], 2);
    assert_eq!(reshare["with"], json!(["ben", "cho"]));
    assert_eq!(reshare["rebuilt"], reshare["check-values"]);
    assert_eq!(room.event("again", "retire")["live"], false);
    // By age and Python: shares of the newcomer and of those who stay rebuild what the old ones do.
    let old = by_others(&room, AES, &["ben", "dee"]);
    assert_eq!(old.len(), 64);
    for pair in [["ben", "gil"], ["gil", "cho"], ["cho", "ben"]] {
        assert_eq!(by_others(&room, RESHARE, &pair), old);
    }
    let given = given(&room, "again");
    for words in ["epoch: 2", "custodian: \"gil\"", "custodian: \"ben\""] {
        assert!(given.contains(words), "{given}");
    }
    assert!(
        !given.contains("\"dee\"") && !given.contains("older"),
        "{given}"
    );
    // A custodian alone sees which of his shares counts.
    for (ceremony, code, words) in [(RESHARE, 0, ""), (AES, 1, "is of epoch 1, not of epoch 2")] {
        let file = share_of(&room, "ben", ceremony);
        let assert = alone(&room, &file, "ben", "again").assert().code(code);
        assert!(told(&assert).contains(words), "{}", told(&assert));
    }
    // The next drill takes the new shares, and names an old one.
    next(
        &room,
        "possession-drill",
        "again",
        &[
            (", dee]}", ", gil]}"),
            (
                "\nroles:",
                "  gil: {name: Gil Sato,  site: evora,  manager: max}\n\nroles:",
            ),
        ],
    );
    room.run_here("drill", &[]).assert().code(0);
    assert_eq!(room.event("drill", "drill")["proven"], 3);
    let medium = room.path("old");
    fs::create_dir(&medium).unwrap();
    let new = share_of(&room, "ben", RESHARE);
    fs::copy(
        share_of(&room, "ben", AES),
        medium.join(new.file_name().unwrap()),
    )
    .unwrap();
    let assert = room
        .run_here("mixed", &[("3/share/ben", medium.to_str().unwrap())])
        .assert()
        .code(4);
    assert!(
        told(&assert).contains("share 1 of ben is of epoch 1, not of epoch 2"),
        "{}",
        told(&assert)
    );
}

#[test]
fn old_shares_that_survive_keep_their_epoch_live_until_they_are_destroyed() {
    let room = leaving(&[]);
    let assert = room
        .run_here(
            "again",
            &[
                ("5/fate/cho", "lost"),
                ("5/seen/cho", ""),
                ("5/told/cho", "cho, in a move"),
                ("5/fate/dee", "kept"),
                ("5/seen/dee", ""),
                ("5/told/dee", "dee says so by phone"),
            ],
        )
        .assert()
        .code(0);
    let live = "2 of 3 old shares of key payments (epoch 1) survive, and 2 rebuild it: the old epoch stays live";
    assert!(told(&assert).contains(live), "{}", told(&assert));
    assert!(one_line(&room.verify("again")).contains(live));
    let retired = room.event("again", "retire");
    assert_eq!(retired["live"], true);
    assert_eq!(retired["surviving"], 2);
    assert_eq!(retired["shares"][1]["fate"], "lost");
    assert_eq!(retired["shares"][1]["told"], "cho, in a move");
    let block = given(&room, "again");
    assert!(block.contains("older:"), "{block}");

    // The next ceremony knows of them, says so in its table, and records their end.
    let retire = "  - retire: {key: payments, seen-by: eli}";
    let later = format!(
        "{}\n{retire}",
        retire.replace("seen-by", "epoch: 1, seen-by")
    );
    next(&room, RESHARE, "again", &[(retire, &later)]);
    let assert = keyrite()
        .arg("check")
        .arg(room.path("script.yaml"))
        .args(["--format", "json"])
        .assert()
        .code(0);
    let table = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(
        table.contains("any 2 of Ben Osei, Cho Park and Dee Marsh (epoch 1)"),
        "{table}"
    );
    assert!(
        table.contains("any 2 of Ben Osei, Cho Park and Gil Sato (epoch 3)"),
        "{table}"
    );
    let mut change: Vec<(String, String)> = Vec::new();
    for custodian in ["ben", "cho", "dee", "gil"] {
        for step in [5, 6] {
            change.push((format!("{step}/fate/{custodian}"), "destroyed".to_owned()));
            change.push((format!("{step}/seen/{custodian}"), "yes".to_owned()));
        }
    }
    let change: Vec<(&str, &str)> = change.iter().map(|(id, it)| (&**id, &**it)).collect();
    // Both sets of Ben and Cho have files of one ceremony's name: the older one leaves the medium.
    for person in ["ben", "cho", "gil"] {
        let share = share_of(&room, person, RESHARE);
        let kept = room.path(&format!("kept-{person}"));
        fs::create_dir(&kept).unwrap();
        fs::copy(&share, kept.join(share.file_name().unwrap())).unwrap();
    }
    room.run_here("third", &change).assert().code(0);
    room.verify("third");
    let last = given(&room, "third");
    assert!(
        last.contains("epoch: 3") && !last.contains("older"),
        "{last}"
    );
}

#[test]
fn what_is_told_of_old_shares_is_one_of_the_words_and_seen_by_the_witness() {
    let room = leaving(&[]);
    let refused = |out: &str, change: &[(&str, &str)], words: &str| {
        let said = told(&room.run_here(out, change).assert().code(4));
        assert!(said.contains(words), "{words}: {said}");
    };
    refused(
        "one",
        &[("5/fate/ben", "gone")],
        "that is none of destroyed, returned, lost, kept and unknown",
    );
    for person in ["ben", "cho", "gil"] {
        for file in source::files(&room.path(&format!("media/{person}"))) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with(RESHARE) {
                fs::remove_file(file).unwrap();
            }
        }
    }
    refused(
        "two",
        &[("5/seen/dee", "no")],
        "eli did not confirm: seeing old share 3 of Dee Marsh (epoch 1) destroyed",
    );
}

#[test]
fn a_key_behind_a_backup_gets_a_new_backup_key_and_a_new_backup() {
    let edits = [
        ("type: aes-256", "type: ec-p256"),
        ("RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"),
    ];
    let room = dealt(&edits);
    room.company.newcomer();
    let copies = "seen-by: eli, copies: [{at: beside the script, by: ana}, {at: in the first folder, by: cho}]}";
    next(
        &room,
        RESHARE,
        FIRST,
        &[edits[0], ("seen-by: eli}", copies)],
    );
    let old = room.path("first/artifacts/payments-backup.kwp");
    fs::copy(&old, room.path("payments-backup.kwp")).unwrap();
    // The old shares are kept; it is the backup that dies.
    let mut change = Vec::new();
    let ids: Vec<String> = ["ben", "cho", "dee"]
        .iter()
        .flat_map(|it| [format!("5/fate/{it}"), format!("5/told/{it}")])
        .collect();
    for pair in ids.chunks(2) {
        change.push((pair[0].as_str(), "kept"));
        change.push((pair[1].as_str(), "its custodian"));
    }
    room.run_here("again", &change).assert().code(0);
    let verified = one_line(&room.verify("again"));
    assert!(
        verified.contains("but no copy of its backup is left: the old epoch is dead"),
        "{verified}"
    );
    let retired = room.event("again", "retire");
    assert_eq!(retired["all-copies"], true);
    assert_eq!(
        retired["copies"][1],
        json!({"at": "in the first folder", "by": "cho", "destroyed": true})
    );
    // OpenSSL opens the new backup with the new key, and not the old one.
    let new = room.path("again/artifacts/payments-backup.kwp");
    let (old_key, new_key) = (
        by_others(&room, AES, &["ben", "dee"]),
        by_others(&room, RESHARE, &["gil", "cho"]),
    );
    assert_ne!(old_key, new_key);
    let opened = |key: &str, backup: &Path| {
        let plain = room.path("plain.der");
        let output = std::process::Command::new("openssl")
            .args([
                "enc",
                "-d",
                "-id-aes256-wrap-pad",
                "-iv",
                "A65959A6",
                "-K",
                key,
                "-in",
            ])
            .arg(backup)
            .arg("-out")
            .arg(&plain)
            .output()
            .unwrap();
        output.status.success().then(|| fs::read(&plain).unwrap())
    };
    assert_eq!(
        opened(&new_key, &new).unwrap(),
        opened(&old_key, &old).unwrap()
    );
    assert!(opened(&old_key, &new).is_none());
    assert!(opened(&new_key, &old).is_none());
}

/// Shares on the media of a rehearsal, by set; each opened by its stand-in.
fn on_stand_in_media(out: &Path) -> BTreeMap<String, Vec<Share>> {
    let mut sets: BTreeMap<String, Vec<Share>> = BTreeMap::new();
    for file in source::files(&out.join("stand-in-media")) {
        // What a killed process had not finished has no name yet.
        if file.extension().is_none_or(|ending| ending != "age") {
            continue;
        }
        let person = file
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let mut key = follows(&format!("identity of {person}"));
        let identity = seal::identity_text(&Secret::take(&mut key)).unwrap();
        let mut identities = Identities::default();
        identities.add(&identity, None, "identity").unwrap();
        let text = seal::open(&fs::read(&file).unwrap(), &identities, "share").unwrap();
        let share = Share::parse(&text, "share").unwrap();
        sets.entry(share.set().id.to_string())
            .or_default()
            .push(share);
    }
    sets
}

/// What the shares of one set rebuild, in hexadecimal; whoever of its custodians has one on a medium.
fn rebuilt(sets: &mut BTreeMap<String, Vec<Share>>, set: &str) -> String {
    let mut gathering = Gathering::new(None);
    for share in sets.remove(set).unwrap_or_default() {
        let who = share.index().to_string();
        gathering.add(share, &who).unwrap();
    }
    let (secret, _) = gathering.combine().unwrap();
    hex(secret.expose())
}

#[test]
fn wherever_a_reshare_is_killed_the_old_or_the_new_set_is_whole() {
    let script = crate::verify::script_of(RESHARE);
    let parsed = parse(&script).unwrap();
    let home = tempfile::tempdir().unwrap();
    let rehearsal = |dir: &Path, faults: Faults| {
        let rehearsal = Rehearsal {
            script: &parsed,
            bytes: &script,
            seed: Seed::default(),
            tool: Tool {
                name: "keyrite".to_owned(),
                version: "0.1.0".to_owned(),
                sha256: None,
                library: None,
            },
            dir,
            hsm: None,
        };
        rehearsal.play(&mut Unwatched, faults, None).writes
    };
    let whole = home.path().join("whole");
    let writes = rehearsal(&whole, Faults::none());
    let counted = |out: &Path| -> Option<(String, Option<String>)> {
        let record = fs::read_to_string(out.join("record.jsonl")).ok()?;
        let lines: Vec<Value> = record
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let old = &lines.first()?["event"]["open"]["given"][0]["share-set"]["id"];
        let new = lines
            .iter()
            .find_map(|line| line["event"]["step"]["did"]["reshare"]["set"]["id"].as_str());
        Some((old.as_str()?.to_owned(), new.map(str::to_owned)))
    };
    let (old, new) = counted(&whole).unwrap();
    let mut sets = on_stand_in_media(&whole);
    let key = rebuilt(&mut sets, &old);
    assert_eq!(rebuilt(&mut sets, &new.unwrap()), key);
    let (mut with_old, mut with_new) = (0, 0);
    for (write, _) in (0..).zip(&writes) {
        for fault in Fault::ALL {
            let out = home.path().join(format!("{write}-{}", fault.name().len()));
            rehearsal(&out, Faults::at(write, fault));
            // Before the first line nothing was begun.
            let Some((old, new)) = counted(&out) else {
                continue;
            };
            let mut sets = on_stand_in_media(&out);
            match new {
                Some(new) => {
                    with_new += 1;
                    assert_eq!(rebuilt(&mut sets, &new), key, "write {write}");
                }
                None => with_old += 1,
            }
            assert_eq!(rebuilt(&mut sets, &old), key, "write {write}");
        }
    }
    assert!(with_old > 20 && with_new > 10, "{with_old} {with_new}");
}

#[test]
fn a_reshare_that_was_stopped_while_shares_were_handed_out_voids_them_and_goes_on() {
    let room = leaving(&[]);
    let assert = room
        .run_here("again", &[("4/holds/gil", "no")])
        .assert()
        .code(4);
    assert!(
        told(&assert).contains("gil did not confirm"),
        "{}",
        told(&assert)
    );
    let void = room.events("again");
    let handed: Vec<&Value> = void
        .iter()
        .filter(|(name, _)| name == "handed")
        .map(|(_, handed)| handed)
        .collect();
    assert_eq!(handed.len(), 2);
    let set = handed[0]["set"].as_str().unwrap();
    let assert = room.run_here("again", &[]).arg("--resume").assert().code(0);
    let told = told(&assert);
    assert!(
        told.contains(&format!(
            "Shares of set {set} are void: whoever has one destroys it"
        )),
        "{told}"
    );
    let verified = one_line(&room.verify("again"));
    assert!(
        verified.contains(&format!("void: share set {set} of key payments")),
        "{verified}"
    );
    assert_ne!(room.event("again", "reshare")["set"]["id"], json!(set));
}

#[test]
fn no_reshare_and_no_drill_leaks_not_even_one_that_stops() {
    let room = leaving(&[]);
    let mut places = BTreeMap::new();
    let mut keep = |name: &str, assert: &assert_cmd::assert::Assert| {
        let output = assert.get_output();
        places.insert(format!("{name}: output"), output.stdout.clone());
        places.insert(format!("{name}: errors"), output.stderr.clone());
    };
    // Stopped after every share was handed out, while the new ones are brought back.
    let stopped = room
        .run_here("again", &[("4/new/identity/gil", "")])
        .env("RUST_BACKTRACE", "1")
        .assert()
        .code(4);
    keep("stopped", &stopped);
    let resumed = room.run_here("again", &[]).arg("--resume").assert().code(0);
    keep("resumed", &resumed);
    next(&room, "possession-drill", FIRST, &[]);
    keep("drill", &room.run_here("drill", &[]).assert().code(0));
    for folder in ["again", "drill", "media"] {
        files(&room.path(folder), &mut places);
    }
    assert!(places.len() > 25, "{}", places.len());
    fs::rename(room.path(FIRST), room.path("out")).unwrap();
    let leaks = found(&places, &secrets_of_practice(&room.company));
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}
