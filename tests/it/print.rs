//! The paper procedure: the script's own sentences, harmless, and for whom it is.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use keyrite::documents::html::escape;
use keyrite::domain::parse::parse;
use keyrite::domain::record::Digest;
use keyrite::domain::say::say;
use keyrite::engine::organisation;

use crate::ceremonies::ceremonies;
use crate::ceremonies::script;
use crate::common::Company;
use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::report::hold_as_pages;

fn printed(script: &Path, more: &[&str]) -> String {
    let assert = keyrite()
        .arg("print")
        .arg(script)
        .args(more)
        .assert()
        .code(0);
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// The shipped script with something else in a place.
fn edited(folder: &Path, from: &str, to: &str) -> PathBuf {
    let text = fs::read_to_string(script("aws-kms-aes256")).unwrap();
    assert!(text.contains(from), "{from}");
    let path = folder.join("script.yaml");
    fs::write(&path, text.replace(from, to)).unwrap();
    path
}

#[test]
fn every_ceremony_is_printed_with_its_own_sentences_in_their_order() {
    let mut pages = Vec::new();
    for name in ceremonies() {
        let bytes = fs::read(script(&name)).unwrap();
        let within = organisation::beside(&bytes, &script(&name), None).unwrap();
        let day = jiff::civil::date(2027, 1, 4);
        let parsed = organisation::joined(parse(&bytes).unwrap(), within, day);
        let html = printed(&script(&name), &[]);
        let mut rest = html.as_str();
        for step in &parsed.steps {
            let sentence = format!("<p>{}</p>", escape(&say(&parsed, &step.value)));
            rest = rest
                .split_once(&sentence)
                .unwrap_or_else(|| panic!("{name}: {sentence}"))
                .1;
        }
        // On the title page in groups, and whole below every page.
        let digest = Digest::of(&bytes).to_string();
        assert!(
            html.contains(
                &digest.as_bytes()[..16]
                    .chunks(4)
                    .map(|group| { String::from_utf8_lossy(group).into_owned() })
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        );
        assert!(html.contains(&format!("SHA\\00002d256\\000020{digest}\"")));
        pages.push(html);
    }
    pages.push(printed(
        &script("aws-kms-aes256"),
        &["--large", "--role", "ben"],
    ));
    hold_as_pages(&pages);
}

#[test]
fn what_a_script_says_is_never_markup() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "</title><script>alert(1)</script>\\\" onload=x";
    let path = edited(folder.path(), "Ben Osei", &format!("\"{hostile}\""));
    let html = printed(&path, &[]);
    assert!(!html.contains("<script"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=x"));
    hold_as_pages(&[html]);
}

#[test]
fn practice_is_written_across_every_page_and_production_across_none() {
    let folder = tempfile::tempdir().unwrap();
    let practice = printed(&script("aws-kms-aes256"), &[]);
    assert!(practice.contains("<div class=\"watermark\" aria-hidden=\"true\">PRACTICE</div>"));
    let production = printed(
        &edited(folder.path(), "mode: practice", "mode: production"),
        &[],
    );
    assert!(!production.contains("PRACTICE"));
    assert!(production.contains("PRODUCTION: the real thing."));
}

#[test]
fn a_copy_marks_the_steps_of_its_reader_and_has_his_share_card_only() {
    let path = script("aws-kms-aes256");
    let all = printed(&path, &[]);
    assert_eq!(all.matches("<div class=\"card\">").count(), 3);
    assert!(!all.contains("your part"));
    let ben = printed(&path, &["--role", "ben"]);
    assert!(ben.contains("copy for Ben Osei"));
    assert_eq!(ben.matches("<div class=\"card\">").count(), 1);
    assert!(ben.contains("share 1 of 3</h3>"));
    // Arrives, answers, takes a share, brings it back, leaves, signs.
    assert_eq!(ben.matches("your part").count(), 6);
    let witness = printed(&path, &["--role", "witness"]);
    assert!(witness.contains("copy for witness"));
    assert_eq!(witness.matches("<div class=\"card\">").count(), 3);
    // Arrives, reads the clock, watches the comparison, answers, signs.
    assert_eq!(witness.matches("your part").count(), 5);
    assert_eq!(
        printed(&path, &["--role", "custodian"]),
        printed(&path, &["--role", "custodians"])
    );
}

#[test]
fn a_copy_for_nobody_is_refused() {
    let assert = keyrite()
        .arg("print")
        .arg(script("aws-kms-aes256"))
        .args(["--role", "witnes"])
        .assert()
        .code(2);
    let said = said(&assert);
    assert!(
        said.contains("the script has no role and no person `witnes`"),
        "{said}"
    );
    assert!(said.contains("did you mean `witness`?"), "{said}");
}

#[test]
fn large_letters_are_of_18_points() {
    let path = script("aws-kms-aes256");
    assert!(printed(&path, &["--large"]).contains("html{font-size:18pt}"));
    assert!(!printed(&path, &[]).contains("html{font-size:18pt}"));
}

#[test]
fn a_wrapping_key_that_lies_beside_the_script_is_printed_to_be_compared() {
    let company = Company::new();
    let path = company.path("script.yaml");
    let assert = keyrite()
        .args(["fingerprint", "--format", "json"])
        .arg(company.path("parameters.json"))
        .assert()
        .code(0);
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let known: serde_json::Value = serde_json::from_str(&said).unwrap();
    let digest = known["sha256"].as_str().unwrap();
    let lines: Vec<String> = digest
        .as_bytes()
        .chunks(16)
        .map(|line| {
            let groups: Vec<_> = line.chunks(4).map(String::from_utf8_lossy).collect();
            format!("<code>{}</code>", groups.join(" "))
        })
        .collect();
    let html = printed(&path, &[]);
    for line in &lines {
        assert!(html.contains(line), "{line}");
    }
    for word in known["words"].as_array().unwrap() {
        assert!(html.contains(word.as_str().unwrap()), "{word}");
    }
    fs::remove_file(company.path("parameters.json")).unwrap();
    let html = printed(&path, &[]);
    assert!(lines.iter().all(|line| !html.contains(line)));
    assert!(html.contains("Write what is heard over the other channel"));
    fs::write(company.path("parameters.json"), "{}").unwrap();
    keyrite().arg("print").arg(&path).assert().code(1);
}

#[test]
fn a_script_that_cannot_be_read_is_not_printed() {
    let assert = keyrite()
        .arg("print")
        .arg(repository("tests/data/scripts/text/tab.yaml"))
        .assert()
        .code(3);
    assert!(assert.get_output().stdout.is_empty());
    let out = tempfile::tempdir().unwrap();
    let paper = out.path().join("paper.html");
    let write = || {
        let mut command = keyrite();
        command
            .arg("print")
            .arg(script("aws-kms-aes256"))
            .arg("--out")
            .arg(&paper);
        command.assert()
    };
    assert!(said(&write().code(0)).contains("paper.html: 13 steps"));
    // Nothing is overwritten.
    write().code(1);
}
