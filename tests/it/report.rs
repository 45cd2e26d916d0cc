//! The report: the same in three forms, harmless, honest about what was altered.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use keyrite::documents::html::escape;
use rexpect::session::spawn_command;
use serde_json::Value;
use tempfile::TempDir;

use crate::ceremonies::script;
use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::said;
use crate::export::against_the_schema;
use crate::source;

/// Text that somebody writes into a record to do harm.
const HOSTILE: &str =
    "</title><script>alert('x')</script>\"' onload=x [l](http://e) | `c` \u{202e}\u{7}";

/// A copy of the frozen ceremony, to be touched.
pub(crate) fn frozen() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("c");
    let from = repository("tests/data/record/rehearsal-v1");
    for path in source::files(&from) {
        let to = dir.join(path.strip_prefix(&from).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&path, to).unwrap();
    }
    (home, dir)
}

pub(crate) fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn report(dir: &Path, format: &str, code: i32) -> String {
    let assert = keyrite()
        .arg("report")
        .arg(dir)
        .args(["--format", format])
        .assert()
        .code(code);
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// The rules of tests/data/documents/page.py.
#[track_caller]
pub(crate) fn hold_as_pages(pages: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = python();
    command.arg(repository("tests/data/documents/page.py"));
    for (number, html) in pages.iter().enumerate() {
        let path = folder.path().join(format!("{number}.html"));
        fs::write(&path, html).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[track_caller]
fn holds_as_page(html: &str) {
    hold_as_pages(&[html.to_owned()]);
}

/// Every text of the content.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let of_program = ["id", "table", "picture", "format"].contains(&name.as_str())
                    || name.ends_with("-is");
                if !of_program {
                    texts(value, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn the_report_on_a_frozen_record_stays_what_it_is() {
    let (_home, dir) = frozen();
    assert_golden(
        "tests/it/golden/report/rehearsal-v1.md",
        &report(&dir, "md", 0),
    );
    assert_golden(
        "tests/it/golden/report/rehearsal-v1.json",
        &report(&dir, "json", 0),
    );
}

#[test]
fn every_text_of_one_form_is_in_the_others() {
    let (_home, dir) = frozen();
    let [html, md, json] = ["html", "md", "json"].map(|format| report(&dir, format, 0));
    let mut found = Vec::new();
    texts(&serde_json::from_str(&json).unwrap(), &mut found);
    assert!(found.len() > 400, "{}", found.len());
    let md = md.replace('\\', "");
    for text in found {
        assert!(html.contains(&escape(&text)), "html: {text}");
        assert!(md.contains(&text.replace('\\', "")), "md: {text}");
    }
}

#[test]
fn every_row_that_names_a_line_links_to_it() {
    let (_home, dir) = frozen();
    let html = report(&dir, "html", 0);
    let record = fs::read_to_string(dir.join("record.jsonl")).unwrap();
    for (line, text) in (1..).zip(record.lines()) {
        assert!(html.contains(&format!("<h3 id=\"line-{line}\">")));
        assert!(html.contains(&escape(text)));
        // Shares are handed over inside the split, which is the line to read.
        let inside = text.contains("\"event\":{\"handed\":");
        assert_eq!(
            html.contains(&format!("href=\"#line-{line}\"")),
            !inside,
            "{line}"
        );
    }
}

#[test]
fn a_page_is_strict_html_that_loads_nothing_and_can_be_read_aloud() {
    let (_home, dir) = frozen();
    holds_as_page(&report(&dir, "html", 0));
}

#[test]
fn an_altered_record_is_reported_as_altered_in_words_and_by_the_exit_code() {
    let (_home, dir) = frozen();
    edit(&dir.join("record.jsonl"), "8F2B1F", "8F2B1E");
    for format in ["html", "md", "json"] {
        let text = report(&dir, format, 5);
        assert!(text.contains("ALTERED"), "{format}");
        assert!(
            text.contains("line 5 of the record was changed, or line 6 was"),
            "{format}"
        );
    }
    let html = report(&dir, "html", 5);
    // On every printed page.
    assert!(html.contains("ALTERED\\000020"), "{html}");
    holds_as_page(&html);
}

#[test]
fn a_record_without_its_end_is_unfinished_and_one_without_signatures_unsigned() {
    let (_home, dir) = frozen();
    fs::remove_file(dir.join("signatures/eli.sig")).unwrap();
    let md = report(&dir, "md", 1);
    assert!(md.contains("HOLDS, NOT YET SIGNED BY ALL"));
    assert!(md.contains("Still to sign: Eli Stern."));

    let record = fs::read_to_string(dir.join("record.jsonl")).unwrap();
    let cut: Vec<&str> = record.split_inclusive('\n').take(9).collect();
    fs::write(dir.join("record.jsonl"), cut.concat()).unwrap();
    for folder in ["signatures", "artifacts", "approvals"] {
        fs::remove_dir_all(dir.join(folder)).unwrap();
    }
    let md = report(&dir, "md", 5);
    assert!(md.contains("**✗ UNFINISHED**"), "{md}");
    // What was not reached is not claimed.
    assert!(!md.contains("whoever may import"));
}

#[test]
fn keys_that_the_auditor_brought_are_told_from_those_that_the_record_names() {
    let (_home, dir) = frozen();
    assert!(report(&dir, "md", 0).contains("**! HOLDS** – Nothing was altered"));
    let assert = keyrite()
        .arg("report")
        .arg(&dir)
        .args(["--format", "md", "--allowed-signers"])
        .arg(dir.join("allowed_signers"))
        .assert()
        .code(0);
    let md = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(md.contains("**✓ HOLDS** – Nothing was altered"));
    assert!(md.contains("with keys of the list that the auditor brought"));
}

#[test]
fn what_a_record_says_is_never_markup() {
    let (_home, dir) = frozen();
    let title = Value::from(HOSTILE).to_string();
    let title = title.trim_matches('"');
    let path = dir.join("record.jsonl");
    edit(
        &path,
        "Make an AES-256 key, keep it in three shares and wrap it for AWS KMS",
        title,
    );
    edit(
        &path,
        "\"name\":\"Ben Osei\"",
        &format!("\"name\":\"{title}\""),
    );
    edit(&path, "admin laptop 7", title);
    edit(
        &path,
        "\"ceremony\":\"aws-kms-aes256\"",
        &format!("\"ceremony\":\"{title}\""),
    );
    edit(
        &path,
        "\"signers\":[\"ana\"",
        &format!("\"signers\":[\"{title}\""),
    );
    edit(&path, "artifacts/payments-for-aws/ImportToken.bin", title);
    let html = report(&dir, "html", 5);
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    holds_as_page(&html);
    let md = report(&dir, "md", 5);
    for line in md.lines().filter(|line| !line.starts_with("    ")) {
        let bare = line.replace("\\<", "").replace("\\[", "");
        assert!(!bare.contains('<'), "{line}");
        assert!(!bare.contains("[l]("), "{line}");
    }
    for text in [html, md, report(&dir, "json", 5)] {
        assert!(!text.contains(['\u{202e}', '\u{7}']));
    }
}

#[test]
fn a_record_that_is_no_record_is_reported_too() {
    let (_home, dir) = frozen();
    for nonsense in ["", "\n", "{}\n{}\n", "\u{0}\u{1b}[2J<b>\n"] {
        fs::write(dir.join("record.jsonl"), nonsense).unwrap();
        let html = report(&dir, "html", 5);
        assert!(html.contains("ALTERED"));
        holds_as_page(&html);
    }
    fs::write(dir.join("script.yaml"), "no script").unwrap();
    holds_as_page(&report(&dir, "html", 5));
}

#[test]
fn exceptions_and_interruptions_are_counted_on_the_first_page() {
    let company = crate::common::Company::new();
    // Nobody in the room may be offline: the look at the network becomes an exception.
    company.run(&[]).assert().code(0);
    let md = report(&company.path("out"), "md", 0);
    let first = md.split("## Waivers").next().unwrap();
    // Whether there is one depends on the machine of the tests.
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let told = record.matches("\"event\":{\"exception\":").count();
    assert_eq!(first.contains("no exception"), told == 0, "{first}");
    assert_eq!(
        first.contains(&format!("{told} exception")),
        told > 0,
        "{first}"
    );
    assert!(first.contains("PRACTICE: real people, but keys that must not be used."));
}

#[test]
fn a_report_is_written_once_and_never_into_the_folder_it_is_about() {
    let (home, dir) = frozen();
    let out = home.path().join("report.md");
    let write = |out: &Path| {
        let mut command = keyrite();
        command.arg("report").arg(&dir).arg("--out").arg(out);
        command.assert()
    };
    let assert = write(&out).code(0);
    assert!(
        said(&assert).contains("report.md: HOLDS"),
        "{}",
        said(&assert)
    );
    assert!(assert.get_output().stdout.is_empty());
    // The ending names the form.
    assert!(
        fs::read_to_string(&out)
            .unwrap()
            .starts_with("# Make an AES-256 key")
    );
    let assert = write(&out).code(1);
    assert!(said(&assert).contains("report.md"), "{}", said(&assert));
    for inside in ["report.html", "signatures/report.html"] {
        let assert = write(&dir.join(inside)).code(2);
        assert!(said(&assert).contains("lies in the folder of the ceremony"));
        assert!(!dir.join(inside).exists());
    }
}

#[test]
fn a_page_of_markup_is_not_poured_over_a_terminal() {
    let (_home, dir) = frozen();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyrite"));
    command.arg("report").arg(&dir).arg("--plain");
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    session
        .exp_string("an HTML page is not for a terminal")
        .unwrap();
    session.exp_eof().unwrap();
}

#[test]
fn ceremonies_of_every_kind_are_reported_and_exported() {
    let home = tempfile::tempdir().unwrap();
    let mut pages = Vec::new();
    let mut events = String::new();
    for (name, says) in [
        // Old shares that were destroyed end what they could do.
        (
            "reshare-leaver",
            "any 2 of Ben Osei, Cho Park and Dee Marsh (epoch 1) could rebuild it, before, to step 5",
        ),
        (
            "possession-drill",
            "Possession drills: who proved to have a share",
        ),
        ("custody-seal-media", "Where they went; people's word"),
        ("hsm-aws-aes256", "CKA_EXTRACTABLE"),
        ("external-aws-xks", "nobody: it never leaves the HSM"),
        ("google-tenants", "Keys of lists"),
        ("hsm-recovery", "was brought back from its shares"),
    ] {
        let dir = home.path().join(name);
        keyrite()
            .arg("rehearse")
            .arg(script(name))
            .arg("--out")
            .arg(&dir)
            .assert()
            .code(0);
        let html = report(&dir, "html", 0);
        assert!(html.contains(&escape(says)), "{name}: {says}");
        pages.push(html);
        let assert = keyrite().arg("export").arg(&dir).assert().code(0);
        events += &String::from_utf8_lossy(&assert.get_output().stdout);
    }
    hold_as_pages(&pages);
    against_the_schema(&events).unwrap();
}
