//! `keyrite check`: every rule has scripts that break it, and what is said of them is kept.

use std::fs;
use std::path::Path;

use keyrite::domain::finding::RULES;
use keyrite::domain::parse::MAX_BYTES;
use keyrite::domain::parse::parse;
use serde_json::Value;

use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::said;
use crate::source;

/// The day on which the fixtures are judged.
const TODAY: &str = "2026-11-22";
/// A token that cannot do what the scripts under `token` ask.
const TOKEN_PROFILE: &str = "tests/data/token-profiles/softhsm-2.6.1.json";
/// Scripts that are refused.
const REFUSED: [&str; 3] = ["text", "shape", "meaning"];

/// Every fixture of a folder: path from the repository, and bare name.
fn fixtures(folder: &str) -> Vec<(String, String)> {
    let folder = format!("tests/data/scripts/{folder}");
    source::files(&repository(&folder))
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (format!("{folder}/{name}.yaml"), name)
        })
        .collect()
}

fn check(path: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    keyrite()
        .current_dir(repository("."))
        .args(["check", "--as-of", TODAY, path])
        .args(more)
        .assert()
}

fn printed(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&check(path, &["--format", "json"]).get_output().stdout).unwrap()
}

fn findings(path: &str) -> Vec<Value> {
    let object = json(path);
    object["scripts"][0]["findings"].as_array().unwrap().clone()
}

#[test]
fn every_faulty_script_is_refused_in_the_words_that_are_kept() {
    for folder in REFUSED {
        for (path, name) in fixtures(folder) {
            let assert = check(&path, &[]);
            let text = printed(&assert);
            assert_golden(&format!("tests/it/golden/check/{name}.txt"), &text);
            assert.code(3);
            assert!(text.contains(&format!("{path}:")), "{text}");
        }
    }
}

#[test]
fn no_kept_words_are_of_a_script_that_is_gone() {
    let names: Vec<String> = REFUSED
        .iter()
        .chain(&["waived", "several"])
        .flat_map(|folder| fixtures(folder))
        .map(|(_, name)| name)
        .collect();
    for path in source::files(&repository("tests/it/golden/check")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    let mut unique = names.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "two fixtures have one name");
}

#[test]
fn every_rule_is_broken_by_a_fixture() {
    let mut broken: Vec<String> = Vec::new();
    for (path, _) in REFUSED.iter().flat_map(|folder| fixtures(folder)) {
        let found = findings(&path);
        broken.extend(
            found
                .iter()
                .map(|one| one["rule"].as_str().unwrap().to_owned()),
        );
    }
    // Shows of two scripts only.
    broken.push("one-name".to_owned());
    for (path, _) in fixtures("token") {
        let profile = ["--format", "json", "--token-profile", TOKEN_PROFILE];
        let object: Value = serde_json::from_str(&printed(&check(&path, &profile))).unwrap();
        let found = object["scripts"][0]["findings"].as_array().unwrap();
        broken.extend(
            found
                .iter()
                .map(|one| one["rule"].as_str().unwrap().to_owned()),
        );
    }
    let missing: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.id)
        // Shows when the token is used: `hsm::a_token_that_lies_…`.
        .filter(|id| *id != "token-lies")
        // Show beside a register: `organisation::…`.
        .filter(|id| !["held-before", "old-share"].contains(id))
        .filter(|id| !broken.iter().any(|rule| rule == id))
        .collect();
    assert!(missing.is_empty(), "no fixture breaks {missing:?}");
}

#[test]
fn a_fault_of_text_breaks_the_rule_of_text_and_one_of_shape_that_of_shape() {
    for (path, _) in fixtures("text") {
        assert_eq!(findings(&path)[0]["rule"], "text", "{path}");
    }
    for (path, _) in fixtures("shape") {
        let rule = &findings(&path)[0]["rule"];
        assert!(rule == "shape" || rule == "not-built", "{path}: {rule}");
    }
}

#[test]
fn every_finding_has_a_place_and_a_hint() {
    for (path, _) in REFUSED.iter().flat_map(|folder| fixtures(folder)) {
        for finding in findings(&path) {
            assert!(finding["line"].as_u64().unwrap() > 0, "{path}: {finding}");
            assert!(finding["column"].as_u64().unwrap() > 0, "{path}: {finding}");
            assert!(!finding["hint"].is_null(), "{path}: {finding}");
        }
    }
}

#[test]
fn a_waived_finding_comes_first_and_does_not_count() {
    for (path, name) in fixtures("waived") {
        let assert = check(&path, &[]);
        assert_golden(
            &format!("tests/it/golden/check/{name}.txt"),
            &printed(&assert),
        );
        assert.code(0);
    }
    let path = "tests/data/scripts/meaning/waiver-and-more.yaml";
    let text = printed(&check(path, &[]).code(3));
    let waived = text.find("waived[all-shares-needed]").unwrap();
    let standing = text.find("error[seal-last]").unwrap();
    assert!(waived < standing, "{text}");
}

#[test]
fn a_waiver_holds_on_its_last_day_and_not_on_the_next() {
    let path = "tests/data/scripts/waived/waiver-last-day.yaml";
    let on = |day: &str| {
        keyrite()
            .current_dir(repository("."))
            .args(["check", path, "--as-of", day])
            .assert()
    };
    on("2026-11-22").code(0);
    let text = printed(&on("2026-11-23").code(3));
    assert!(text.contains("ran out on 2026-11-22"), "{text}");
    on("tomorrow").code(2);
}

/// Writes `bytes` as script.yaml and checks that file.
fn check_bytes(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("script.yaml"), bytes).unwrap();
    let assert = keyrite()
        .current_dir(folder.path())
        .args(["check", "script.yaml"])
        .assert()
        .code(3);
    printed(&assert)
}

#[test]
fn a_script_over_a_mebibyte_is_refused_and_one_of_a_mebibyte_is_read() {
    let script = fs::read(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap();
    let padded = |len: usize| {
        let mut bytes = script.clone();
        bytes.push(b'#');
        bytes.resize(len, b'x');
        bytes
    };
    assert!(parse(&padded(MAX_BYTES)).is_ok());
    assert_eq!(
        check_bytes(&padded(MAX_BYTES + 1)),
        "script.yaml:1:1: error[text]: the script is 1048577 bytes long; at most 1048576 are read\n  \
         hint: a ceremony that people can follow is a few hundred lines; split it in two\n\
         script.yaml: 1 finding\n"
    );
    // However long the file is, no more is read than that.
    let text = check_bytes(&padded(8 * MAX_BYTES));
    assert!(text.contains("1048577 bytes"), "{text}");
}

#[test]
fn a_script_that_is_not_utf_8_is_refused_where_it_stops_being_it() {
    let text = check_bytes(b"schema: keyrite/v1\ntitle: Z\xc3\xb6e \xff\n");
    assert_eq!(
        text,
        "script.yaml:2:12: error[text]: the script is not UTF-8 from here on\n  \
         hint: save it as UTF-8 in your editor\nscript.yaml: 1 finding\n"
    );
    let utf16: Vec<u8> = "schema: keyrite/v1\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let text = check_bytes(&utf16);
    assert!(
        text.contains("the control character U+0000 stands here"),
        "{text}"
    );
}

#[test]
fn a_script_of_too_many_parts_is_refused() {
    let mut script =
        fs::read_to_string(repository("ceremonies/generate-and-split/script.yaml")).unwrap();
    for _ in 0..60_000 {
        script.push_str("  - seal\n");
    }
    let finding = parse(script.as_bytes()).unwrap_err();
    assert_eq!(
        finding.message,
        "the script is nested too deeply or has too many parts"
    );
}

#[test]
fn every_character_that_deceives_is_refused_in_a_script() {
    for c in (0..0x11_0000).filter_map(char::from_u32) {
        if keyrite::domain::text::is_deceptive(c) && c != '\r' {
            let text = format!("schema: keyrite/v1\ntitle: a{c}b\n");
            let finding = parse(text.as_bytes()).unwrap_err();
            assert_eq!((finding.rule.id, finding.place.line), ("text", 2), "{c:?}");
        }
    }
}

#[test]
fn no_finding_shows_a_character_that_deceives() {
    let script = fs::read_to_string(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap();
    for (from, to) in [
        ("kind: import", "\"ki\\u202end\": import"),
        ("kind: import", "kind: \"imp\\e[2Jort\""),
        ("- generate:", "- \"gener\\u200bate\":"),
        ("type: aes-256", "type: \"aes\\n-256\""),
        ("provider: aws-kms", "provider: \"aws\\x1b\""),
        ("algorithm: RSAES", "algorithm: \"\\x9bRSAES\" #"),
        ("threshold: 2", "threshold: \"\\u2066\""),
    ] {
        assert!(script.contains(from));
        let text = check_bytes(script.replacen(from, to, 1).as_bytes());
        let deceives = |c: char| c != '\n' && keyrite::domain::text::is_deceptive(c);
        assert!(!text.chars().any(deceives), "{text:?}");
    }
}

#[test]
fn a_script_that_cannot_be_read_is_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("script.yaml");
    let good = repository("ceremonies/aws-kms-aes256/script.yaml");
    for path in [missing.as_path(), folder.path(), Path::new("/dev/null")] {
        let assert = keyrite().arg("check").arg(path).arg(&good).assert().code(1);
        let said = said(&assert);
        assert!(said.contains("error: cannot read "), "{said}");
        assert!(said.contains("hint: "), "{said}");
        // The others are checked all the same.
        assert!(printed(&assert).contains("13 steps, no findings"));
    }
}

#[test]
fn several_scripts_are_checked_in_one_go() {
    let bad = "tests/data/scripts/meaning/no-seal.yaml";
    let good = "ceremonies/aws-kms-aes256/script.yaml";
    let text = printed(&check(good, &[bad]).code(3));
    assert!(
        text.contains("no findings") && text.contains("1 finding"),
        "{text}"
    );
    check(good, &[good]).code(0);
}

#[test]
fn the_json_says_what_the_text_says() {
    let object = json("tests/data/scripts/meaning/waiver-and-more.yaml");
    assert_eq!(object["holds"], false);
    let script = &object["scripts"][0];
    assert_eq!(script["steps"], 12);
    let waived = &script["findings"][0];
    assert_eq!(waived["rule"], "all-shares-needed");
    assert_eq!(waived["step"], 5);
    assert_eq!(waived["waived"]["owner"], "ana");
    assert_eq!(waived["waived"]["until"], "2099-12-31");
    assert!(script["findings"][1]["waived"].is_null());
    let object = json("ceremonies/aws-kms-aes256/script.yaml");
    assert_eq!(object["holds"], true);
    assert_eq!(object["scripts"][0]["findings"], Value::Array(Vec::new()));
    // A script that is no script has no steps.
    assert!(json("tests/data/scripts/text/empty.yaml")["scripts"][0]["steps"].is_null());
}

#[test]
fn scripts_that_are_checked_together_share_neither_a_name_nor_a_provider_key() {
    let path = |name: &str| format!("tests/data/scripts/several/{name}.yaml");
    for (one, other, rule, about) in [
        ("one-name-a", "one-name-b", "one-name", 1),
        ("one-name-b", "one-name-a", "one-name", 1),
        ("mixed-practice", "mixed-production", "mixed", 0),
        ("mixed-production", "mixed-practice", "mixed", 1),
    ] {
        // Each alone is right, and so is one that is named twice.
        check(&path(one), &[&path(one)]).code(0);
        let assert = check(&path(one), &[&path(other), "--format", "json"]).code(3);
        let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        for (index, script) in object["scripts"].as_array().unwrap().iter().enumerate() {
            let found = script["findings"].as_array().unwrap();
            assert_eq!(found.len(), usize::from(index == about), "{found:?}");
            if index == about {
                assert_eq!(found[0]["rule"], rule);
            }
        }
    }
    let assert = check(&path("one-name-a"), &[&path("one-name-b")]).code(3);
    assert_golden("tests/it/golden/check/one-name-b.txt", &printed(&assert));
    let assert = check(&path("mixed-practice"), &[&path("mixed-production")]).code(3);
    assert_golden(
        "tests/it/golden/check/mixed-practice.txt",
        &printed(&assert),
    );
}

/// Has python judge a report; it prints `good` if nothing is wrong with it.
fn judge(program: &str, report: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    fs::write(&path, report).unwrap();
    let output = python().args(["-c", program]).arg(&path).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.stdout, b"good\n", "{errors}");
}

#[test]
fn sarif_has_what_version_2_1_0_requires() {
    // Required properties and values: SARIF 2.1.0 (OASIS), §3.13, §3.14, §3.18, §3.27 to §3.30.
    const PROGRAM: &str = r#"
import json, sys
log = json.load(open(sys.argv[1]))
assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
(run,) = log["runs"]
driver = run["tool"]["driver"]
assert driver["name"] == "keyrite" and driver["version"]
ids = [rule["id"] for rule in driver["rules"]]
assert len(ids) == len(set(ids)) > 20
for rule in driver["rules"]:
    assert rule["shortDescription"]["text"] and rule["help"]["text"]
for result in run["results"]:
    assert result["ruleId"] in ids
    assert result["level"] in ("none", "note", "warning", "error")
    assert result["message"]["text"]
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    assert uri and " " not in uri and not uri.startswith("/")
    region = physical["region"]
    assert region["startLine"] >= 1 and region["startColumn"] >= 1
    for suppression in result.get("suppressions", []):
        assert suppression["kind"] in ("inSource", "external") and suppression["justification"]
print("good")
"#;
    for (path, code) in [
        ("tests/data/scripts/meaning/waiver-and-more.yaml", 3),
        ("tests/data/scripts/text/right-to-left.yaml", 3),
        ("ceremonies/aws-kms-aes256/script.yaml", 0),
    ] {
        let assert = check(path, &["--format", "sarif"]).code(code);
        judge(PROGRAM, &assert.get_output().stdout);
    }
    let assert = check(
        "tests/data/scripts/meaning/waiver-and-more.yaml",
        &["--format", "sarif"],
    );
    let log: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["suppressions"][0]["kind"], "inSource");
    assert_eq!(results[1]["level"], "error");
}

#[test]
fn sarif_is_valid_by_the_schema_of_oasis() {
    const PROGRAM: &str = r#"
import json, sys, jsonschema
schema = json.load(open("tests/data/sarif/sarif-schema-2.1.0.json"))
checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
log = json.load(open(sys.argv[1]))
checker.validate(log)
# The schema is in force: what is wrong is found.
log["runs"][0]["results"][0]["level"] = "waivable"
assert list(checker.iter_errors(log))
print("good")
"#;
    for path in [
        "tests/data/scripts/meaning/waiver-and-more.yaml",
        "tests/data/scripts/meaning/witness-types.yaml",
        "tests/data/scripts/text/right-to-left.yaml",
    ] {
        judge(
            PROGRAM,
            check(path, &["--format", "sarif"])
                .get_output()
                .stdout
                .as_slice(),
        );
    }
}

#[test]
fn a_finding_in_sarif_has_the_level_of_its_rule_and_a_fingerprint_that_stays() {
    let sarif = |text: &str| -> Value {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("script.yaml"), text).unwrap();
        let assert = keyrite()
            .current_dir(folder.path())
            .args([
                "check",
                "--format",
                "sarif",
                "--as-of",
                TODAY,
                "script.yaml",
            ])
            .assert()
            .code(3);
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    };
    let fixture = |name: &str| {
        let path = repository(&format!("tests/data/scripts/meaning/{name}.yaml"));
        fs::read_to_string(path).unwrap()
    };
    let waivable = fixture("witness-types");
    let log = sarif(&waivable);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["level"], "warning");
    assert_eq!(
        sarif(&fixture("no-seal"))["runs"][0]["results"][0]["level"],
        "error"
    );
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][index];
    assert_eq!(rule["id"], result["ruleId"]);
    assert_eq!(rule["defaultConfiguration"]["level"], "warning");
    // Lines move; the finding stays the same one.
    let moved = sarif(&format!("# One line more.\n{waivable}"));
    let moved = &moved["runs"][0]["results"][0];
    assert_ne!(result["locations"], moved["locations"]);
    assert_eq!(result["partialFingerprints"], moved["partialFingerprints"]);
    assert!(result["partialFingerprints"]["keyriteFinding/v1"].is_string());
}

#[test]
fn the_pre_commit_hook_names_a_command_that_refuses_what_it_should() {
    // pre-commit picks files by Python's `re.search`, and gives their names to the entry.
    const PROGRAM: &str = r#"
import re, sys, yaml
for hook in yaml.safe_load(open(".pre-commit-hooks.yaml")):
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    assert hook["language"] in ("rust", "system"), hook
    files = re.compile(hook["files"])
    for path in ("script.yaml", "ceremonies/a/script.yaml", "a/script.yml"):
        assert files.search(path), path
    for path in ("prescript.yaml", "script.yaml.orig", "compose.yaml"):
        assert not files.search(path), path
    assert hook["entry"] == open(sys.argv[1]).read(), hook
print("good")
"#;
    let entry = ["keyrite", "check"];
    judge(PROGRAM, entry.join(" ").as_bytes());
    let run = |path: &str| {
        let mut command = keyrite();
        command.current_dir(repository(".")).args(&entry[1..]);
        command.arg(path).assert()
    };
    run("ceremonies/aws-kms-aes256/script.yaml").code(0);
    run("tests/data/scripts/meaning/no-seal.yaml").code(3);
}

#[test]
fn a_path_in_sarif_is_a_uri() {
    let folder = tempfile::tempdir().unwrap();
    let script = repository("tests/data/scripts/meaning/no-seal.yaml");
    fs::copy(script, folder.path().join("a #1 % scr\u{ef}pt.yaml")).unwrap();
    let assert = keyrite()
        .current_dir(folder.path())
        .args(["check", "--format", "sarif", "a #1 % scr\u{ef}pt.yaml"])
        .assert()
        .code(3);
    let log: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(
        location["artifactLocation"]["uri"],
        "a%20%231%20%25%20scr%C3%AFpt.yaml"
    );
}

#[test]
fn junit_is_xml_with_a_case_for_each_rule() {
    const PROGRAM: &str = r#"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites"
for suite in root:
    assert suite.tag == "testsuite" and suite.get("name")
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests")) == len(set(case.get("name") for case in cases))
    failed = [case for case in cases if case.findall("failure")]
    assert len(failed) == int(suite.get("failures"))
    for case in failed:
        for failure in case:
            assert failure.get("message") and failure.text.startswith(suite.get("name") + ":")
print("good")
"#;
    let folder = tempfile::tempdir().unwrap();
    let awkward = folder.path().join("<a> & 'b' \"c\".yaml");
    let script = fs::read_to_string(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap();
    fs::write(
        &awkward,
        script.replace("algorithm: RSAES", "algorithm: '<&]]>\"'' RSAES"),
    )
    .unwrap();
    let meant = script.replace("algorithm: RSAES_OAEP_SHA_256", "algorithm: '<&]]>\"'");
    let odd = folder.path().join("odd.yaml");
    fs::write(&odd, meant).unwrap();
    for path in [
        repository("tests/data/scripts/meaning/threshold-over-shares.yaml"),
        repository("tests/data/scripts/meaning/waiver-and-more.yaml"),
        repository("tests/data/scripts/text/control-character.yaml"),
        repository("ceremonies/aws-kms-aes256/script.yaml"),
        awkward,
        odd,
    ] {
        let assert = check(path.to_str().unwrap(), &["--format", "junit"]);
        judge(PROGRAM, &assert.get_output().stdout);
    }
}

#[test]
fn the_rules_are_listed_with_what_they_demand() {
    let assert = keyrite().args(["check", "--rules"]).assert().code(0);
    let text = printed(&assert);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for rule in RULES {
        let line = format!("  {}", rule.id);
        assert!(text.lines().any(|it| it == line), "{}", rule.id);
        assert!(flat.contains(rule.demands) && flat.contains(rule.source));
    }
    let waivable = RULES.iter().filter(|rule| rule.waivable).count();
    assert_eq!(text.matches("    can be waived · ").count(), waivable);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let json = keyrite()
        .args(["check", "--rules", "--format", "json"])
        .assert()
        .code(0);
    let object: Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    for (rule, listed) in RULES.iter().zip(object["rules"].as_array().unwrap()) {
        assert_eq!(listed["id"], rule.id);
        let severity = if rule.waivable { "waivable" } else { "error" };
        assert_eq!(listed["severity"], severity);
        assert_eq!(listed["source"], rule.source);
    }
}

#[test]
fn checking_touches_nothing_but_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = repository("ceremonies/aws-kms-aes256/script.yaml");
    fs::copy(script, folder.path().join("script.yaml")).unwrap();
    keyrite()
        .current_dir(folder.path())
        .env("TMPDIR", folder.path())
        .env("HOME", folder.path())
        .args(["check", "script.yaml"])
        .assert()
        .code(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
