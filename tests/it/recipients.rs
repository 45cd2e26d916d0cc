//! What shares are sealed to, and how they reach their custodians: held against the age program, a
//! plugin in Python, and people at a pseudo-terminal.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use keyrite::domain::record::Digest;
use rexpect::session::PtySession;
use rexpect::session::spawn_command;
use serde_json::Value;

use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::common::PEOPLE;
use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::common::stock;

/// A ceremony that splits a key and rebuilds it.
const SCRIPT: &str = "schema: keyrite/v1
ceremony: delivery
title: Split a key
kind: generate
mode: practice
people:
  ana: {name: Ana Ruiz}
  ben: {name: Ben Osei}
  cho: {name: Cho Park}
  dee: {name: Dee Marsh}
  eli: {name: Eli Stern}
  fay: {name: Fay Lind}
roles: {administrator: [ana], custodians: [ben, cho, dee], witness: [eli], approver: [fay]}
token: {core: software}
keys:
  payments: {type: aes-256, owner: payments-platform}
steps:
  - sign-in: [ana, ben, cho, dee, eli]
  - generate: payments
  - split: {key: payments, threshold: 2, among: custodians}
  - restore-test: {key: payments, with: [ben, dee]}
  - destroy: {key: payments, where: token}
  - seal
";
const PASSPHRASE: &str = "correct horse battery staple";

fn company() -> Company {
    let company = Company::new();
    company.script(SCRIPT);
    company
}

/// The line that age-keygen printed for somebody.
fn recipient(company: &Company, person: &str) -> String {
    let identity = fs::read_to_string(company.path(&format!("keys/{person}.age"))).unwrap();
    let line = identity
        .lines()
        .find_map(|line| line.strip_prefix("# public key: "));
    line.unwrap().to_owned()
}

/// Everything that is not secret, answered by a file.
fn answers(company: &Company) -> PathBuf {
    let mut text = String::new();
    for person in PEOPLE {
        writeln!(text, "1/present/{person}: \"yes\"").unwrap();
        let key = company.path(&format!("keys/{person}"));
        writeln!(text, "sign/{person}: {}", key.display()).unwrap();
    }
    for step in 1..=6 {
        writeln!(text, "{step}/go: \"\"").unwrap();
    }
    for person in CUSTODIANS {
        let medium = company.path(&format!("media/{person}"));
        writeln!(text, "3/medium/{person}: {}", medium.display()).unwrap();
        writeln!(text, "3/holds/{person}: \"yes\"").unwrap();
        let identity = company.path(&format!("keys/{person}.age"));
        writeln!(text, "4/identity/{person}: {}", identity.display()).unwrap();
    }
    let path = company.path("answers.yaml");
    fs::write(&path, text).unwrap();
    path
}

fn command(company: &Company) -> Command {
    let mut command = company.run_program();
    command
        .arg("--answers")
        .arg(answers(company))
        .env("TERM", "xterm")
        .env_remove("NO_COLOR");
    command
}

fn at_terminal(mut command: Command, more: &[&str]) -> PtySession {
    command.args(more);
    spawn_command(command, Some(60_000)).unwrap()
}

/// Waits for a text; what was shown before it.
#[track_caller]
fn shows(session: &mut PtySession, text: &str) -> String {
    session
        .exp_string(text)
        .unwrap_or_else(|error| panic!("waiting for {text:?}: {error}"))
}

#[track_caller]
fn answer(session: &mut PtySession, question: &str, typed: &str) -> String {
    let before = shows(session, question);
    session.send_line(typed).unwrap();
    before
}

#[track_caller]
fn ends(mut session: PtySession, code: i32) -> String {
    let rest = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(
        status.starts_with("Exited") && status.ends_with(&format!(" {code})")),
        "{status}: {rest}"
    );
    rest
}

/// The share that somebody's medium holds.
pub(crate) fn share_of(company: &Company, person: &str) -> PathBuf {
    let medium = fs::read_dir(company.path(&format!("media/{person}"))).unwrap();
    let mut files: Vec<PathBuf> = medium.map(|file| file.unwrap().path()).collect();
    // The page and the script for rebuilding without keyrite lie beside it.
    files.retain(|file| !file.ends_with("RECOVERY.txt") && !file.ends_with("recover.py"));
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// `age` at a terminal of its own, because it asks for passphrases nowhere else.
pub(crate) fn age(arguments: &[&str], asks: &str, typed: &[&str], path: Option<&Path>) {
    let mut command = Command::new("age");
    command.args(arguments).env("TERM", "dumb");
    if let Some(path) = path {
        command.env("PATH", path_with(path));
    }
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    for line in typed {
        answer(&mut session, asks, line);
    }
    ends(session, 0);
}

fn path_with(first: &Path) -> String {
    format!("{}:{}", first.display(), std::env::var("PATH").unwrap())
}

/// The `split` that a record tells of.
fn split_of(company: &Company) -> Value {
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let mut lines = record
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let split = lines.find_map(|line| line["event"]["step"]["did"].get("split").cloned());
    split.unwrap()
}

fn holds(company: &Company) {
    company.verify().assert().code(0);
}

#[test]
fn a_passphrase_is_typed_twice_and_the_share_is_one_that_age_opens_and_makes() {
    let company = company();
    company.edit(
        &format!("receives-shares-at: {}", recipient(&company, "ben")),
        "receives-shares-at: passphrase",
    );
    let mut session = at_terminal(command(&company), &["--plain"]);
    for (typed, complaint) in [
        (&["too short"][..], "shorter than 20"),
        (
            &[PASSPHRASE, "correct horse battery stable"],
            "the two passphrases differ",
        ),
    ] {
        for line in typed {
            answer(&mut session, "Nothing you type is shown", line);
        }
        shows(&mut session, complaint);
    }
    answer(&mut session, "Nothing you type is shown", PASSPHRASE);
    answer(&mut session, "type the same passphrase again", PASSPHRASE);
    // Now the restore test waits for it: age opens the share, and seals it anew.
    shows(&mut session, "the passphrase of your share");
    let share = share_of(&company, "ben");
    let share = share.to_str().unwrap();
    let opened = company.path("opened");
    let opened = opened.to_str().unwrap();
    age(
        &["-d", "-o", opened, share],
        "passphrase",
        &[PASSPHRASE],
        None,
    );
    assert!(
        fs::read_to_string(opened)
            .unwrap()
            .starts_with("keyrite-share v1\n")
    );
    fs::remove_file(share).unwrap();
    age(
        &["-p", "-a", "-o", share, opened],
        "passphrase",
        &[PASSPHRASE, PASSPHRASE],
        None,
    );
    answer(
        &mut session,
        "Nothing you type is shown",
        "not the passphrase at all",
    );
    shows(
        &mut session,
        "the passphrase does not open the share of ben",
    );
    let shown = answer(&mut session, "Nothing you type is shown", PASSPHRASE);
    assert!(
        !shown.contains("at all"),
        "the passphrase was echoed: {shown}"
    );
    shows(&mut session, "share 1 of Ben Osei is whole");
    let rest = ends(session, 0);
    assert!(
        !rest.contains(PASSPHRASE),
        "the passphrase was echoed: {rest}"
    );
    holds(&company);
    let split = split_of(&company);
    let shares = split["set"]["shares"].as_array().unwrap();
    assert_eq!(shares[0]["delivery"], "age-passphrase");
    assert!(shares[0].get("recipients").is_none());
    assert_eq!(shares[1]["delivery"], "age-file");
}

#[test]
fn a_deputy_opens_the_share_too_and_both_are_recorded() {
    let company = company();
    let deputy = company.path("keys/deputy.age");
    stock("age-keygen", &["-o", deputy.to_str().unwrap()]);
    let keys = [recipient(&company, "ben"), recipient(&company, "deputy")];
    company.edit(
        &format!("receives-shares-at: {}", keys[0]),
        &format!("receives-shares-at: [{}, {}]", keys[0], keys[1]),
    );
    let done = assert_cmd::Command::from_std(command(&company))
        .assert()
        .code(0);
    let said = said(&done);
    assert!(said.contains("share 1 for Ben Osei"), "{said}");
    let share = share_of(&company, "ben");
    for person in ["ben", "deputy"] {
        let identity = company.path(&format!("keys/{person}.age"));
        let identity = identity.to_str().unwrap();
        let text = stock("age", &["-d", "-i", identity, share.to_str().unwrap()]);
        assert!(text.starts_with("keyrite-share v1\n"), "{person}");
    }
    let split = split_of(&company);
    let fingerprints: Vec<String> = keys
        .iter()
        .map(|key| Digest::of(key.as_bytes()).to_string())
        .collect();
    assert_eq!(
        split["set"]["shares"][0]["recipients"],
        serde_json::to_value(fingerprints).unwrap()
    );
    holds(&company);
}

/// The recipient and the identity of a strange device, a folder with its plugin, and a list that
/// allows it.
pub(crate) struct Strange {
    recipient: String,
    pub(crate) bin: PathBuf,
    log: PathBuf,
    machine: PathBuf,
}

impl Strange {
    fn at(company: &Company) -> Self {
        let bin = company.path("bin");
        fs::create_dir(&bin).unwrap();
        let plugin = bin.join("age-plugin-strange");
        fs::copy(repository("tests/data/custody/age-plugin-strange"), &plugin).unwrap();
        let text = |prefix: &str| {
            let prefix = bech32::Hrp::parse(prefix).unwrap();
            bech32::encode::<bech32::Bech32>(prefix, b"number 7").unwrap()
        };
        let identity = text("age-plugin-strange-").to_uppercase();
        fs::write(
            company.path("keys/ben.age"),
            format!("# strange\n{identity}\n"),
        )
        .unwrap();
        let strange = Self {
            recipient: text("age1strange"),
            bin,
            log: company.path("started"),
            machine: company.path("machine.yaml"),
        };
        strange.allow(
            &plugin,
            &Digest::of(&fs::read(&plugin).unwrap()).to_string(),
        );
        strange
    }

    fn allow(&self, plugin: &Path, sha256: &str) {
        let text = format!(
            "schema: keyrite-machine/v1\nage-plugins:\n  - {{path: {}, sha256: {sha256}}}\n",
            plugin.display()
        );
        fs::write(&self.machine, text).unwrap();
    }

    pub(crate) fn command(&self, company: &Company) -> Command {
        let mut command = command(company);
        command
            .env("PATH", path_with(&self.bin))
            .env("STRANGE_LOG", &self.log);
        command
    }

    pub(crate) fn machine(&self) -> &str {
        self.machine.to_str().unwrap()
    }
}

pub(crate) fn with_strange() -> (Company, Strange) {
    let company = company();
    let old = recipient(&company, "ben");
    let strange = Strange::at(&company);
    company.edit(&old, &strange.recipient);
    (company, strange)
}

#[test]
fn a_plugin_seals_and_opens_here_and_in_age() {
    let (company, strange) = with_strange();
    let mut session = at_terminal(
        strange.command(&company),
        &["--plain", "--machine", strange.machine()],
    );
    // Once to see that it works, and once for the share.
    shows(&mut session, "the strange device blinks");
    shows(&mut session, "the strange device blinks");
    answer(&mut session, "PIN of the strange device", "000000");
    shows(&mut session, "the device refuses this PIN");
    shows(&mut session, "PIN of the strange device");
    let share = share_of(&company, "ben");
    let share = share.to_str().unwrap();
    let opened = company.path("opened");
    let opened = opened.to_str().unwrap();
    let identity = company.path("keys/ben.age");
    let identity = identity.to_str().unwrap();
    let bin = Some(strange.bin.as_path());
    age(
        &["-d", "-i", identity, "-o", opened, share],
        "PIN of the strange device",
        &["246810"],
        bin,
    );
    assert!(
        fs::read_to_string(opened)
            .unwrap()
            .starts_with("keyrite-share v1\n")
    );
    fs::remove_file(share).unwrap();
    age(
        &["-r", &strange.recipient, "-a", "-o", share, opened],
        "",
        &[],
        bin,
    );
    session.send_line("246810").unwrap();
    let shown = shows(&mut session, "share 1 of Ben Osei is whole");
    assert!(!shown.contains("246810"), "the PIN was echoed: {shown}");
    ends(session, 0);
    holds(&company);
    // What the plugin was started with, and in which environment, tells nothing of what it was given.
    let log = fs::read_to_string(&strange.log).unwrap();
    assert!(
        log.contains("--age-plugin=") && log.contains("STRANGE_LOG"),
        "{log}"
    );
    let text = fs::read_to_string(opened).unwrap();
    let secrets = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, _)| matches!(*name, "share" | "salt"))
        .map(|(_, value)| value)
        .chain(["246810"]);
    for secret in secrets {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_plugin_that_the_machine_does_not_allow_is_not_started() {
    let (company, strange) = with_strange();
    let plugin = strange.bin.join("age-plugin-strange");
    let digest = Digest::of(&fs::read(&plugin).unwrap()).to_string();
    let refused = |words: &str, more: &[&str]| {
        let mut command = strange.command(&company);
        command.args(more);
        let done = assert_cmd::Command::from_std(command).assert().code(2);
        let said = said(&done);
        assert!(
            said.contains("the age plugin strange may not run"),
            "{said}"
        );
        assert!(said.contains(words), "{said}");
        assert!(!company.path("out").exists());
    };
    let machine = ["--machine", strange.machine()];
    if !Path::new("/etc/keyrite/machine.yaml").exists() {
        refused("this machine has no list", &[]);
    }
    strange.allow(Path::new("/usr/bin/age-plugin-other"), &digest);
    refused("is not in", &machine);
    strange.allow(&plugin, &"0".repeat(64));
    refused("has the SHA-256", &machine);
    fs::write(&strange.machine, "schema: keyrite-machine/v2\n").unwrap();
    refused("is no list of modules", &machine);
    strange.allow(&plugin, &digest);
    fs::remove_file(&plugin).unwrap();
    refused("is not in the PATH", &machine);
    assert!(!strange.log.exists(), "a plugin was started");
}

#[test]
fn neither_check_nor_a_rehearsal_starts_a_plugin() {
    let (company, strange) = with_strange();
    for arguments in [&["check"][..], &["rehearse", "--faults"]] {
        keyrite()
            .args(arguments)
            .arg(company.path("script.yaml"))
            .env("PATH", path_with(&strange.bin))
            .env("STRANGE_LOG", &strange.log)
            .assert()
            .code(0);
    }
    assert!(!strange.log.exists(), "a plugin was started");
}

/// The lines of a card that stands on the screen, and nothing else does.
fn card_on(session: &mut PtySession) -> Vec<String> {
    let before = shows(session, "copy this card by hand");
    assert!(before.contains("\u{1b}[?1049h"), "{before:?}");
    let card = shows(session, "Enter takes this off the screen");
    session.send_line("").unwrap();
    let lines: Vec<String> = card
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(lines.len() > 8, "{card}");
    let left = shows(session, "\u{1b}[?1049l");
    assert!(
        left.contains("\u{1b}[2J"),
        "the screen was not cleared: {left:?}"
    );
    lines
}

/// Types a card; the text after it shows that it was taken.
fn type_card(session: &mut PtySession, lines: &[String], taken: &str) {
    for (line, number) in lines.iter().zip(1..) {
        answer(session, &format!("line {number}"), line);
    }
    let shown = shows(session, taken);
    let last = lines.last().unwrap();
    let after = shown.rsplit("\u{1b}[?1049l").next().unwrap();
    assert!(!after.contains(last.as_str()), "{after:?}");
}

#[test]
fn a_card_is_shown_to_one_person_typed_back_and_rebuilds_the_key() {
    let company = company();
    company.edit("among: custodians}", "among: custodians, deliver: card}");
    let mut session = at_terminal(command(&company), &[]);
    let mut cards = Vec::new();
    for (person, name) in CUSTODIANS.iter().zip(["Ben Osei", "Cho Park", "Dee Marsh"]) {
        let lines = card_on(&mut session);
        if *person == "ben" {
            answer(&mut session, "line 1 > ", &lines[0]);
            // A digit of the third group of the second line.
            let mut wrong = lines[1].clone().into_bytes();
            wrong[13] = if wrong[13] == b'0' { b'1' } else { b'0' };
            let wrong = String::from_utf8(wrong).unwrap();
            answer(&mut session, "line 2 of", &wrong);
            shows(&mut session, "line 2, group 3 is mistyped");
            answer(&mut session, "line 2 of", &lines[2]);
            shows(&mut session, "line 3 stands where line 2 belongs");
            for (line, number) in lines.iter().zip(1..).skip(1) {
                answer(&mut session, &format!("line {number} of"), line);
            }
            shows(&mut session, &format!("card of {name}, who typed it back"));
        } else {
            let taken = format!("card of {name}, who typed it back");
            type_card(&mut session, &lines, &taken);
        }
        cards.push(lines);
    }
    shows(&mut session, "type your card");
    type_card(&mut session, &cards[0], "share 1 of Ben Osei is whole");
    shows(&mut session, "type your card");
    type_card(&mut session, &cards[2], "share 3 of Dee Marsh is whole");
    let rest = ends(session, 0);
    assert!(rest.contains("the shares rebuild key payments"), "{rest}");
    holds(&company);
    // What was on the screen is nowhere else.
    for file in crate::source::files(company.root.path()) {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        for line in cards.iter().flatten() {
            assert!(!text.contains(&line[3..]), "{} has a card", file.display());
        }
    }
    let split = split_of(&company);
    for share in split["set"]["shares"].as_array().unwrap() {
        assert_eq!(share["delivery"], "card");
        assert!(share.get("file").is_none() && share.get("sha256").is_none());
    }
}

#[test]
fn another_card_typed_back_is_refused() {
    let company = company();
    company.edit("among: custodians}", "among: custodians, deliver: card}");
    let mut session = at_terminal(command(&company), &[]);
    let first = card_on(&mut session);
    type_card(&mut session, &first, "who typed it back");
    card_on(&mut session);
    type_card(&mut session, &first, "what cho typed is another card");
    // It is shown again.
    let second = card_on(&mut session);
    type_card(&mut session, &second, "card of Cho Park, who typed it back");
    shows(&mut session, "copy this card by hand");
    session.send_control('c').unwrap();
    ends(session, 4);
}

#[test]
fn cards_are_refused_where_others_would_see_them() {
    let company = company();
    company.edit("among: custodians}", "among: custodians, deliver: card}");
    let session = at_terminal(command(&company), &["--plain"]);
    let rest = ends(session, 1);
    assert!(rest.contains("no screen for one person"), "{rest}");
    let done = assert_cmd::Command::from_std(command(&company))
        .assert()
        .code(1);
    assert!(said(&done).contains("no screen for one person"));
    assert!(!company.path("out").exists());
}

#[test]
fn a_card_in_a_file_is_one_that_restores() {
    let company = company();
    company.edit(
        "among: custodians}",
        "among: custodians, deliver: card-file}",
    );
    assert_cmd::Command::from_std(command(&company))
        .assert()
        .code(0);
    let card = fs::read_to_string(share_of(&company, "cho")).unwrap();
    assert!(card.starts_with("keyrite-card v1\n"), "{card}");
    assert_eq!(
        split_of(&company)["set"]["shares"][1]["delivery"],
        "card-file"
    );
    holds(&company);
}
