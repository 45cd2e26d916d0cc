//! The README's tour: what it shows is what the program prints.

use std::fs;

use crate::common::assert_golden;
use crate::common::keyrite;
use crate::common::repository;
use crate::verify::copy;

const REGISTER: &str = "tests/data/story/three-years";
const SHOWN: &str = "```console\n";

/// Every `$ keyrite …` of a console block, asked beside a copy of the register; a command under which
/// nothing stands is only run.
#[test]
fn the_tour_of_the_register_prints_what_the_readme_shows() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("tests/data/story")).unwrap();
    copy(&repository(REGISTER), &home.path().join(REGISTER));
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let mut now = String::new();
    let mut commands = 0;
    let mut blocks = readme.split(SHOWN);
    now += blocks.next().unwrap();
    for block in blocks {
        let (shown, rest) = block.split_once("```").unwrap();
        now += SHOWN;
        for part in shown.split("$ keyrite ").skip(1) {
            let (words, output) = part.split_once('\n').unwrap();
            let assert = keyrite()
                .args(words.split(' '))
                .current_dir(home.path())
                .assert();
            let printed = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
            let code = assert.get_output().status.code().unwrap();
            assert!([0, 1, 5].contains(&code), "{words}: {code}");
            assert!(!printed.is_empty(), "{words}");
            now += &format!("$ keyrite {words}\n");
            if !output.is_empty() {
                now += printed.trim_end();
                now += "\n";
            }
            commands += 1;
        }
        now += "```";
        now += rest;
    }
    assert!(commands >= 4, "{commands}");
    assert_golden("README.md", &now);
}
