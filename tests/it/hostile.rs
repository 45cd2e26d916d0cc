//! Names, paths and files made to deceive: whatever a command is given, nothing that reaches the terminal
//! can move it, hide text or turn its direction.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use keyrite::domain::record::Digest;
use keyrite::domain::text::plain;
use keyrite::domain::text::spelt;
use keyrite::record::chain;
use serde_json::Value;

use crate::ceremonies::script;
use crate::common::repository;
use crate::reconcile;

/// An escape sequence, the same with one byte of C1, a line of its own, quotes, markup, text from right to
/// left in three ways, and characters that are not seen.
const HOSTILE: &str =
    "h\u{1b}[2J\u{9b}2J\n\r\"'<b>&amp;\u{7}\u{202e}\u{2066}\u{61c}\u{200b}\u{feff}\u{7f}x";

/// A character that does something to a terminal besides standing there.
///
/// Sources: ECMA-48 (C0, C1); Unicode 16 §23.2 and UAX #9 (joiners, direction); U+FEFF, U+2028, U+2029.
const fn does_something(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Whether a line begins with what follows the line end in [`HOSTILE`], escaped or as it is.
fn begins_after_a_line_end(line: &str) -> bool {
    let line = line.trim_start();
    ["\\r", "\\u{d}", "\\u000d", "\"'<b>"]
        .iter()
        .any(|start| line.starts_with(start))
}

/// What a command shows must be text that stands there. Where it prints bytes that are no text, those
/// count as well.
#[track_caller]
fn stands_there(output: &Output, what: &str) {
    for (name, bytes) in [("output", &output.stdout), ("error", &output.stderr)] {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{what}: {name}"));
        let forged = text.lines().find(|line| begins_after_a_line_end(line));
        assert_eq!(
            forged, None,
            "{what}: standard {name} has a line of its own"
        );
        if let Some(at) = text.find(does_something) {
            let from = text[..at].char_indices().rev().nth(60).map_or(0, |it| it.0);
            panic!(
                "{what}: standard {name}: {:?}",
                &text[from..text.len().min(at + 4)]
            );
        }
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("this is a bug"), "{what}: {said}");
}

fn shown(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .args(arguments)
        .current_dir(folder)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_search_finds_what_moves_a_terminal() {
    for c in HOSTILE.chars().filter(|c| !c.is_ascii() || c.is_control()) {
        assert!(does_something(c) || c == '\n', "{c:?}");
    }
    assert!(!"Zoë · ✓\n".contains(does_something));
    for shown in [
        HOSTILE.to_owned(),
        spelt(HOSTILE).into_owned(),
        plain(HOSTILE).replace("\\u{a}", "\n"),
    ] {
        assert!(shown.lines().any(begins_after_a_line_end), "{shown:?}");
    }
    assert!(!plain(HOSTILE).lines().any(begins_after_a_line_end));
}

/// Every command, with such a path, such a word, such a file, and a folder of that name.
#[test]
fn no_argument_and_no_file_name_moves_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let good = script("generate-and-split");
    let good = good.to_str().unwrap();
    let garbage = HOSTILE;
    let named = format!("{HOSTILE}.yaml");
    let inside = format!("{HOSTILE}d");
    fs::write(
        folder.path().join(garbage),
        format!("{HOSTILE}\n{HOSTILE}: {HOSTILE}"),
    )
    .unwrap();
    fs::copy(good, folder.path().join(&named)).unwrap();
    fs::create_dir(folder.path().join(&inside)).unwrap();
    let missing = format!("{HOSTILE}missing");
    let lines = [
        "check P",
        "diff P GOOD",
        "diff GOOD P",
        "rehearse P",
        "run P --out O",
        "run GOOD --out O --answers P",
        "run GOOD --out P --resume",
        "sign P --as H --key P",
        "sign GOOD --as H --key P",
        "verify P",
        "verify P --allowed-signers P",
        "wrap --provider aws-kms --algorithm RSAES_OAEP_SHA_256 --key-type aes-256 --wrapping-key P --key-file P --out O",
        "wrap --provider H --algorithm H --key-type aes-256 --wrapping-key P --key-file P --out O",
        "split --key-file P --threshold 2 --recipient H --recipient H --out P",
        "combine P P --check-value",
        "combine P --identity P --check-value",
        "share verify P",
        "share show P",
        "fingerprint P",
        "confirm P --provider aws-kms --answer P",
        "confirm P --provider H --answer P",
        "given P",
        "register list P",
        "register add P P",
        "register who P H",
        "register show P H",
        "register due P",
        "reconcile P --provider aws-kms P",
        "reconcile P --provider H P",
        "token list --module P",
        "token show --token H",
        "check GOOD --token-profile P",
        "check GOOD --organisation P",
        "providers H",
    ];
    let without_format = [
        "export P",
        "report P",
        "print P",
        "share card P --out O",
        "H",
        "man H",
        "completions H",
        "schema H",
        "--H",
        "check GOOD --as-of H",
        "check GOOD --H",
        "check GOOD --format H",
        "rehearse GOOD --seed H",
        "rehearse GOOD --expect P",
        "check P --format sarif",
        "check P --format junit",
        "verify P --format junit",
        "report P --format json",
    ];
    for path in [garbage, &named, &inside, &missing] {
        let mut all: Vec<String> = without_format.map(str::to_owned).to_vec();
        for line in lines {
            all.push(line.to_owned());
            all.push(format!("{line} --format json"));
        }
        for line in all {
            let arguments: Vec<String> = line
                .split(' ')
                .map(|word| match word {
                    "P" => path.to_owned(),
                    "H" => HOSTILE.to_owned(),
                    "--H" => format!("--{HOSTILE}"),
                    "GOOD" => good.to_owned(),
                    "O" => format!("{HOSTILE}o"),
                    word => word.to_owned(),
                })
                .collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let output = shown(folder.path(), &arguments);
            stands_there(&output, &line);
        }
    }
}

/// Every text in a value, to be changed.
fn texts(value: &mut Value, path: &str, change: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => change(path, text),
        Value::Array(items) => {
            for item in items {
                texts(item, path, change);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                texts(field, &format!("{path}/{name}"), change);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The lines of a record with the texts at some places made hostile, and the chain made anew.
fn doctored(record: &str, script: &[u8], wanted: &dyn Fn(&str) -> bool) -> Vec<u8> {
    let mut prev = Digest::of(script);
    let mut all = Vec::new();
    for line in record.lines() {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        texts(&mut entry["event"], "", &mut |path, text| {
            if wanted(path) {
                HOSTILE.clone_into(text);
            }
        });
        entry["prev"] = prev.to_string().into();
        let line = serde_json_canonicalizer::to_string(&entry).unwrap();
        prev = Digest::of(line.as_bytes());
        all.extend(line.as_bytes());
        all.push(b'\n');
    }
    all
}

/// Every text of a record that may be anything is hostile at once, and the chain is as it should be.
#[test]
fn no_text_of_a_record_moves_the_terminal() {
    for name in ["aws-kms-aes256", "confirm-aws"] {
        let folder = tempfile::tempdir().unwrap();
        let ceremony = script(name);
        let made = shown(
            folder.path(),
            &["rehearse", ceremony.to_str().unwrap(), "--out", "d"],
        );
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let dir = folder.path().join("d");
        let text = fs::read(dir.join("script.yaml")).unwrap();
        let record = fs::read_to_string(dir.join("record.jsonl")).unwrap();
        let mut places = Vec::new();
        for line in record.lines() {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            texts(&mut entry["event"], "", &mut |path, _| {
                places.push(path.to_owned());
            });
        }
        places.sort();
        places.dedup();
        // Those that are read as a digest, a word or a date are refused before anything is shown.
        places.retain(|place| {
            let record = doctored(&record, &text, &|path| path == place);
            chain::parse(&record, &text).is_ok()
        });
        assert!(places.len() > 15, "{places:?}");
        let all = doctored(&record, &text, &|path| places.iter().any(|it| it == path));
        chain::parse(&all, &text).unwrap();
        fs::write(dir.join("record.jsonl"), all).unwrap();
        for arguments in [
            &["verify", "d"][..],
            &["verify", "d", "--format", "json"],
            &["verify", "d", "--format", "junit"],
            &["report", "d", "--format", "md"],
            &["report", "d", "--format", "json"],
            &["report", "d", "--format", "html", "--out", "page.html"],
            &["export", "d"],
            &["given", "d"],
            &["given", "d", "--format", "json"],
            &["diff", "d/script.yaml", "d"],
            &["diff", "d/script.yaml", "d", "--format", "json"],
            &["run", "d/script.yaml", "--out", "d", "--resume"],
            &["register", "add", "register", "d"],
        ] {
            let output = shown(folder.path(), arguments);
            stands_there(&output, &format!("{name}: {arguments:?}"));
        }
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(!page.contains(does_something), "{name}");
        assert!(!page.contains("<b>&amp;"), "{name}");
    }
}

/// A file of JSON that somebody else made, with its texts made hostile: one after the other, and all at
/// once.
#[track_caller]
fn read_from(folder: &Path, original: &Path, arguments: &[&str]) {
    let value: Value = serde_json::from_slice(&fs::read(original).unwrap()).unwrap();
    let places = places_of(std::slice::from_ref(&value));
    for place in places.iter().map(Some).chain([None]) {
        let mut changed = value.clone();
        texts(&mut changed, "", &mut |path, text| {
            if place.is_none_or(|place| place == path) {
                text.push_str(HOSTILE);
            }
        });
        fs::write(folder.join("in.json"), changed.to_string()).unwrap();
        for format in ["text", "json"] {
            let arguments = [arguments, &["--format", format]].concat();
            let what = format!("{} {place:?} {arguments:?}", original.display());
            stands_there(&shown(folder, &arguments), &what);
        }
    }
}

#[test]
fn no_parameters_token_profile_or_answer_moves_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let company = crate::common::Company::new();
    read_from(
        folder.path(),
        &company.path("parameters.json"),
        &["fingerprint", "in.json"],
    );
    let hsm = repository("ceremonies/hsm-generate-backup/script.yaml");
    let hsm = hsm.to_str().unwrap();
    read_from(
        folder.path(),
        &repository("tests/data/token-profiles/nss-3.87.json"),
        &["check", hsm, "--token-profile", "in.json"],
    );
    company.run(&[]).assert().code(0);
    let out = company.path("out").to_str().unwrap().to_owned();
    let answers = repository("tests/data/providers/aws/answers");
    let mut files = crate::source::files(&answers);
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    assert!(!files.is_empty());
    for file in files.iter().take(4) {
        let arguments = [
            "confirm",
            &out,
            "--provider",
            "aws-kms",
            "--answer",
            "in.json",
        ];
        read_from(folder.path(), file, &arguments);
    }
}

#[test]
fn nothing_that_a_token_says_of_itself_moves_the_terminal() {
    use crate::hsm_room::Room;
    use crate::tokens::Kind;
    use crate::tokens::Token;
    let room_of = |token: &Token| {
        let edits = [("RSA_4096", "RSA_2048"), ("parameters.json", "aws.json")];
        let room = Room::shipped("hsm-aws-aes256", &edits);
        room.name(token);
        room.provider("aws", 2048);
        room
    };
    // One of another name is not the token that the script names.
    for (faults, code) in [("hostile-maker", 0), ("hostile-maker,hostile-name", 1)] {
        let token = Token::fresh(Kind::Shim(&Kind::Kryoptic, faults), "ceremony");
        let shows = if code == 0 { "json" } else { "text" };
        for (what, format) in [("list", "text"), ("list", "json"), ("show", shows)] {
            let mut command = token.keyrite();
            command.args(["token", what, "--format", format, "--pin-file"]);
            command.arg(token.pin_file());
            command.arg("--module").arg(token.module());
            let output = command.output().unwrap();
            stands_there(&output, &format!("{faults}: token {what} {format}"));
        }
        let room = room_of(&token);
        let ran = room.run(&token, "out", &[]).output().unwrap();
        stands_there(&ran, faults);
        assert_eq!(ran.status.code(), Some(code), "{ran:?}");
        for arguments in [
            &["verify", "out"][..],
            &["verify", "out", "--format", "json"],
            &["report", "out", "--format", "md"],
            &["report", "out", "--format", "html"],
            &["given", "out"],
        ] {
            let output = shown(&room.path(""), arguments);
            stands_there(&output, &format!("{faults}: {arguments:?}"));
        }
    }
}

/// Every word of a file, one after the other, with hostile text behind it: in YAML as it escapes it, in a
/// list as it is.
#[test]
fn no_word_of_a_script_an_organisation_file_or_a_list_moves_the_terminal() {
    for (ceremony, file) in [
        ("within-an-organisation", "organisation.yaml"),
        ("within-an-organisation", "script.yaml"),
        ("google-tenants", "tenants.csv"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let original = repository("ceremonies").join(ceremony);
        for entry in fs::read_dir(&original).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let text = fs::read_to_string(original.join(file)).unwrap();
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
        let mut words = 0;
        let mut at = 0;
        while let Some(begin) = text[at..].find(is_word).map(|found| at + found) {
            let rest = &text[begin..];
            let end = begin + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            at = end;
            let hostile = format!("{}{HOSTILE}", &text[begin..end]);
            let hostile = if file.ends_with("yaml") {
                serde_json::to_string(&hostile).unwrap()
            } else {
                hostile
            };
            let changed = [&text[..begin], &hostile, &text[end..]].concat();
            fs::write(folder.path().join(file), changed).unwrap();
            let checked = shown(folder.path(), &["check", "script.yaml"]);
            stands_there(&checked, &format!("{file}: {hostile}"));
            if checked.status.success() {
                for command in ["rehearse", "print"] {
                    let output = shown(folder.path(), &[command, "script.yaml"]);
                    stands_there(&output, &format!("{command} with {file}: {hostile}"));
                }
            }
            words += 1;
        }
        assert!(words > 8, "{words}");
    }
}

/// What a provider writes of keys and people, with hostile texts at one place of every entry, and at all
/// places that are read in spite of it; in a file of such a name.
#[test]
fn no_log_of_a_provider_moves_the_terminal() {
    let register = reconcile::before();
    let register = register.to_str().unwrap();
    for (provider, lines) in reconcile::planted_logs() {
        let folder = tempfile::tempdir().unwrap();
        let log = format!("{HOSTILE}.json");
        let arguments = [
            "reconcile",
            register,
            "--provider",
            provider,
            "--used",
            "payments",
            &log,
        ];
        let told = |wanted: &dyn Fn(&str) -> bool, more: &[&str]| {
            let mut text = String::new();
            for line in &lines {
                let mut line = line.clone();
                texts(&mut line, "", &mut |path, text| {
                    if wanted(path) {
                        text.push_str(HOSTILE);
                    }
                });
                text += &format!("{line}\n");
            }
            fs::write(folder.path().join(&log), text).unwrap();
            shown(folder.path(), &[&arguments, more].concat())
        };
        let mut places = places_of(&lines);
        places.retain(|place| {
            let output = told(&|path| path == place, &[]);
            stands_there(&output, &format!("{provider}: {place}"));
            output.status.code() == Some(5)
        });
        assert!(places.len() > 5, "{provider}: {places:?}");
        let all = |path: &str| places.iter().any(|place| place == path);
        for more in [&["--format", "json"][..], &["--out", "out"]] {
            let output = told(&all, more);
            stands_there(&output, &format!("{provider}: {more:?}"));
            assert_eq!(output.status.code(), Some(5), "{provider}: {more:?}");
        }
        let script = fs::read_to_string(folder.path().join("out/script.yaml")).unwrap();
        assert_eq!(script.find(does_something), None, "{provider}: {script}");
    }
}

/// Where texts stand in these values.
fn places_of(values: &[Value]) -> Vec<String> {
    let mut places = Vec::new();
    for value in values {
        texts(&mut value.clone(), "", &mut |path, _| {
            places.push(path.to_owned());
        });
    }
    places.sort();
    places.dedup();
    assert!(!places.is_empty());
    places
}

/// A provider's list of keys, and what its tools print of who can get at one.
#[test]
fn no_list_of_keys_and_no_list_of_who_has_access_moves_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let register = reconcile::before();
    let register = register.to_str().unwrap();
    for (provider, list) in reconcile::inventories() {
        let original = folder.path().join("list.json");
        fs::write(&original, list.to_string()).unwrap();
        let arguments = [
            "reconcile",
            register,
            "--provider",
            provider,
            "--inventory",
            "in.json",
        ];
        read_from(folder.path(), &original, &arguments);
    }
    for (name, provider) in [
        ("aws", "aws-kms"),
        ("azure", "azure-key-vault"),
        ("google", "google-kms"),
        ("vault", "vault"),
    ] {
        let data = repository(&format!("tests/data/providers/{name}-access"));
        let mut files = crate::source::files(&data);
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        let texts_of: Vec<String> = files
            .iter()
            .map(|file| file.to_str().unwrap().to_owned())
            .collect();
        for (at, file) in files.iter().enumerate() {
            let mut arguments = vec![
                "register",
                "access",
                "import",
                register,
                "--provider",
                provider,
                "--key",
                "payments",
                "--key-id",
                "transit/keys/payments",
            ];
            for (other, text) in texts_of.iter().enumerate() {
                arguments.push(if other == at { "in.json" } else { text });
            }
            read_from(folder.path(), file, &arguments);
        }
    }
}
