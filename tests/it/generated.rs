//! Files that the program prints of itself are checked in, and current.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use keyrite::cli::generated;

use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::repository;

/// What lies in a folder of this repository.
fn names(folder: &str) -> BTreeSet<String> {
    fs::read_dir(repository(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn the_manual_pages_are_current_and_no_others_are_there() {
    let pages = generated::man_pages();
    for (name, text) in &pages {
        assert_golden(&format!("man/{name}"), text);
    }
    assert_eq!(
        names("man"),
        pages.into_iter().map(|(name, _)| name).collect()
    );
}

#[test]
fn the_completions_are_current_and_no_others_are_there() {
    for (shell, name) in generated::SHELLS {
        assert_golden(
            &format!("completions/{name}"),
            &generated::completion(shell),
        );
    }
    let known = generated::SHELLS.map(|(_, name)| name.to_owned());
    assert_eq!(names("completions"), BTreeSet::from(known));
}

#[test]
fn every_command_has_a_manual_page_that_the_program_prints() {
    let help = keyrite().arg("--help").assert().code(0);
    let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in &commands {
        let printed = keyrite().args(["man", command]).assert().code(0);
        let page = fs::read(repository(&format!("man/keyrite-{command}.1"))).unwrap();
        assert_eq!(printed.get_output().stdout, page, "{command}");
    }
    assert_eq!(names("man").len(), commands.len() + 1);
}

#[test]
fn the_manual_pages_can_be_written_to_a_new_folder_and_to_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man");
    keyrite().args(["man", "--out"]).arg(&out).assert().code(0);
    for name in names("man") {
        let written = fs::read(out.join(&name)).unwrap();
        assert_eq!(written, fs::read(repository("man").join(&name)).unwrap());
    }
    keyrite().args(["man", "--out"]).arg(&out).assert().code(1);
}

#[test]
fn every_line_of_a_manual_page_is_text_or_a_known_request() {
    for (name, text) in generated::man_pages() {
        assert!(text.contains(".TH ") && text.contains(".SH NAME"), "{name}");
        for line in text.lines().filter(|line| line.starts_with('.')) {
            let request = line.split_whitespace().next().unwrap();
            let known = [
                ".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".IP", ".RS", ".RE", ".PP", ".br", ".nf",
                ".fi",
            ];
            assert!(known.contains(&request), "{name}: {line}");
        }
    }
}

#[test]
fn bash_reads_its_completions() {
    let status = Command::new("bash")
        .arg("-n")
        .arg(repository("completions/keyrite.bash"))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn bash_completes_a_command() {
    let script = "source \"$1\"; COMP_WORDS=(keyrite reh); COMP_CWORD=1; \
                  _keyrite keyrite reh keyrite; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["-c", script, "bash"])
        .arg(repository("completions/keyrite.bash"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "rehearse\n");
}

/// What stands in README.md between the marks of a generated block.
fn block(name: &str) -> String {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (_, rest) = readme
        .split_once(&begin)
        .unwrap_or_else(|| panic!("README.md: {begin}"));
    rest.split_once(&end)
        .unwrap_or_else(|| panic!("README.md: {end}"))
        .0
        .to_owned()
}

#[test]
fn the_readme_has_the_exit_codes_of_the_program() {
    assert_eq!(block("exit-codes").trim(), generated::exit_codes().trim());
}
