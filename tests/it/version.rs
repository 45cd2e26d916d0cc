//! `--version`: which program this is.

use keyrite::crypto::words::words;
use keyrite::domain::record::Digest;

use crate::common::keyrite;
use crate::source;

#[test]
fn the_digest_is_that_of_the_programs_file_in_hexadecimal_and_in_words() {
    let said = keyrite().args(["--version", "--digest"]).output().unwrap();
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    let file = std::fs::read(env!("CARGO_BIN_EXE_keyrite")).unwrap();
    let digest = Digest::of(&file);
    assert!(
        said.starts_with(concat!("keyrite ", env!("CARGO_PKG_VERSION"), "\n")),
        "{said}"
    );
    assert!(said.ends_with(&format!("{digest}\n")), "{said}");
    for word in words(&digest.0) {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_record_and_its_report_name_the_library_that_made_the_keys() {
    let said = keyrite().arg("--version").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let library = said.lines().nth(1).unwrap();
    let library = library.strip_prefix("keys made by ").unwrap();
    // Only a certificate of this very version would be told.
    let fips = keyrite::crypto::library::FIPS;
    assert_eq!(library.starts_with("AWS-LC FIPS "), fips, "{said}");
    assert_eq!(said.contains("no CMVP certificate"), fips, "{said}");

    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("out");
    let script = source::root().join("ceremonies/generate-and-split/script.yaml");
    let played = keyrite()
        .arg("rehearse")
        .arg(script)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(played.status.success(), "{played:?}");
    let record = std::fs::read_to_string(out.join("record.jsonl")).unwrap();
    let mut lines = record
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let of = &lines.next().unwrap()["event"]["open"]["tool"]["library"];
    let of = format!(
        "{} {}",
        of["name"].as_str().unwrap(),
        of["version"].as_str().unwrap()
    );
    assert_eq!(of, library);
    let made = lines
        .find_map(|line| {
            let by = &line["event"]["step"]["did"]["generate"]["made-by"];
            by.as_str().map(str::to_owned)
        })
        .unwrap();
    assert_eq!(made, format!("aws-lc-rs ({library})"));
    let report = keyrite()
        .arg("report")
        .arg(&out)
        .args(["--format", "md"])
        .output()
        .unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(
        report.contains(&format!("| Library for keys | {library} |")),
        "{report}"
    );
}

#[test]
fn a_digest_is_told_with_the_version_only() {
    let said = keyrite().args(["--digest", "providers"]).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
}

#[test]
fn without_a_command_help_is_shown_and_nothing_is_done() {
    let said = keyrite().output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("Usage: keyrite"));
    let said = keyrite().arg("--plain").output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    let said = String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("no command is given"), "{said}");
}
