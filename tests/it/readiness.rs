//! What is looked at before the first step: shown, recorded, and answered for where it fails.

use std::fs;

use keyrite::domain::record::Digest;
use keyrite::domain::record::Event;
use keyrite::domain::record::Readiness;
use keyrite::domain::record::ReadinessResult;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::told;
use crate::verify::Ceremony;
use crate::verify::open_of;

/// A script for another program than this one.
const OTHER: &str =
    "\ntool-sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\ntoken:";

/// What the room answers that begins all the same.
const ALL_THE_SAME: [(&str, &str); 3] = [
    ("ready/go-on", "yes"),
    (
        "1/exception/decided",
        "go on: it is the build of this morning",
    ),
    ("1/exception/decided-by", "ana"),
];

fn pinned(line: &str) -> Company {
    let company = Company::new();
    company.edit("\ntoken:", line);
    company
}

fn open(company: &Company) -> Vec<Readiness> {
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let first: keyrite::domain::record::Entry =
        serde_json::from_str(record.lines().next().unwrap()).unwrap();
    let Event::Open(open) = first.event else {
        panic!("{record}")
    };
    open.readiness
}

#[test]
fn everything_that_is_looked_at_is_shown_and_recorded_with_who_looked() {
    let program = fs::read(env!("CARGO_BIN_EXE_keyrite")).unwrap();
    let company = pinned(&format!("\ntool-sha256: {}\ntoken:", Digest::of(&program)));
    let done = company.run(&[]).assert().code(0);
    let looks = open(&company);
    let names: Vec<&str> = looks.iter().map(|look| look.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "script",
            "approvals",
            "people",
            "input aws",
            "twin walk",
            "program",
            "network",
            "swap",
            "memory",
            "core dumps",
            "remote terminal",
            "recorder",
            "time zone",
            "output folder",
            "medium",
            "disk space",
            "clock",
        ]
    );
    for look in &looks {
        let by = if look.name == "clock" {
            "eli"
        } else {
            "program"
        };
        assert_eq!(look.by, by, "{look:?}");
        let shown = format!("{}: ", look.name);
        assert!(told(&done).contains(&shown), "{look:?}");
    }
    let program = looks.iter().find(|look| look.name == "program").unwrap();
    assert_eq!(program.result, ReadinessResult::Holds);
    company.verify().assert().code(0);
    let report = keyrite()
        .arg("report")
        .arg(company.path("out"))
        .args(["--format", "md"])
        .assert()
        .code(0);
    let report = String::from_utf8(report.get_output().stdout.clone()).unwrap();
    assert!(report.contains("twin walk"), "{report}");
}

#[test]
fn another_program_than_the_script_wants_begins_nothing() {
    let company = pinned(OTHER);
    let refused = company.run(&[("ready/go-on", "no")]).assert().code(1);
    let said = told(&refused);
    assert!(said.contains("not ready: program:"), "{said}");
    assert!(said.contains("the script wants aaaa"), "{said}");
    assert!(!company.path("out").exists());
}

#[test]
fn another_program_can_begin_with_an_exception_before_the_first_step() {
    let company = pinned(OTHER);
    // Interrupted between the first entry and the exception.
    let stopped = company.run(&ALL_THE_SAME[..1]).assert().code(4);
    assert!(told(&stopped).contains("1/exception/decided"));
    company.run(&ALL_THE_SAME).arg("--resume").assert().code(0);
    let verified = company.verify().assert().code(0);
    let verified = String::from_utf8(verified.get_output().stdout.clone()).unwrap();
    let verified = crate::common::one_line(&verified);
    assert!(
        verified.contains("not ready at the start: program"),
        "{verified}"
    );
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let events: Vec<&str> = record.lines().collect();
    let exception = events.iter().position(|it| it.contains("{\"exception\":{"));
    let step = events.iter().position(|it| it.contains("{\"step\":{"));
    assert!(exception.unwrap() < step.unwrap());
}

#[test]
fn another_medium_than_the_script_wants_begins_nothing() {
    let company = pinned("\nrecord-medium: 0A1B-2C3D-no-such\ntoken:");
    let refused = company.run(&[("ready/go-on", "no")]).assert().code(1);
    let said = told(&refused);
    assert!(said.contains("not ready: medium:"), "{said}");
    assert!(
        said.contains("the script wants 0A1B-2C3D-no-such"),
        "{said}"
    );
    assert!(!company.path("out").exists());
    // With an exception it holds; without a word of the medium it does not.
    company.run(&ALL_THE_SAME).assert().code(0);
    company.verify().assert().code(0);
}

#[test]
fn what_was_not_ready_is_refused_where_nobody_answered_for_it() {
    let ceremony = Ceremony::small();
    ceremony.collude(|entries| {
        open_of(entries).readiness.push(Readiness {
            name: "program".to_owned(),
            found: "another".to_owned(),
            result: ReadinessResult::Fails,
            by: "program".to_owned(),
        });
    });
    ceremony.is_refused(&["something was not ready before the first step"]);
}

#[test]
fn a_record_that_hides_that_another_program_ran_is_refused() {
    let ceremony = Ceremony::production();
    let script = String::from_utf8(ceremony.read("script.yaml")).unwrap();
    ceremony.write("script.yaml", script.replace("\ntoken:", OTHER));
    ceremony.collude(|_| {});
    ceremony.is_refused(&["the script wants the program aaaa"]);
}
