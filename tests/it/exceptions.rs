//! Exceptions: told at any question, signed by the roles that the policy names, and counted.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use keyrite::domain::parse::parse;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Event;
use keyrite::domain::record::Outcome;
use keyrite::domain::record::Tool;
use keyrite::domain::record::namespace;
use keyrite::domain::script::Script;
use keyrite::engine::files::Faults;
use keyrite::engine::rehearsal::Mistake;
use keyrite::engine::rehearsal::Played;
use keyrite::engine::rehearsal::Rehearsal;
use keyrite::engine::rehearsal::Seed;
use keyrite::engine::rehearsal::Unwatched;
use keyrite::engine::token::stand_in::StandIn;
use keyrite::error::Exit;
use keyrite::ui::stage::Transcript;
use serde_json::Value;

use crate::common::Company;
use crate::common::one_line;
use crate::common::said;
use crate::common::told;
use crate::verify::Ceremony;
use crate::verify::by_python;
use crate::verify::holds_by_hand;
use crate::verify::key_of;
use crate::verify::script_of;

/// A shipped script in which exceptions are signed.
fn signed(name: &str) -> Vec<u8> {
    let text = String::from_utf8(script_of(name)).unwrap();
    let roles = "exceptions-signed-by: [administrator, witness]";
    if text.contains("\npolicy: {") {
        let more = format!("policy: {{{roles}, ");
        return text.replace("policy: {", &more).into_bytes();
    }
    let more = format!("\npolicy: {{{roles}}}\n\nsteps:");
    text.replace("\nsteps:", &more).into_bytes()
}

fn play(script: &[u8], dir: &Path, mistake: Option<Mistake>) -> Played {
    let parsed = parse(script).unwrap();
    rehearsal(&parsed, script, dir).play(&mut Unwatched, Faults::none(), mistake)
}

fn rehearsal<'a>(parsed: &'a Script, bytes: &'a [u8], dir: &'a Path) -> Rehearsal<'a> {
    Rehearsal {
        script: parsed,
        bytes,
        seed: Seed::default(),
        tool: Tool {
            name: "keyrite".to_owned(),
            version: "0.1.0".to_owned(),
            sha256: None,
            library: None,
        },
        dir,
        hsm: StandIn::of(parsed, None),
    }
}

/// Tells an exception at every question of a script, one play for each.
fn told_everywhere(name: &str) {
    let script = signed(name);
    let home = tempfile::tempdir().unwrap();
    let whole = play(&script, &home.path().join("whole"), None);
    assert_eq!(whole.ended.unwrap(), Outcome::Complete);
    for (number, id) in (0..).zip(&whole.questions) {
        // Behind the seal nothing can be recorded; whoever does not agree says so with his signature.
        if id.starts_with("sign/") {
            continue;
        }
        let dir = home.path().join(format!("at-{number}"));
        let played = play(&script, &dir, Some(Mistake::Otherwise(number)));
        assert_eq!(played.ended.unwrap(), Outcome::Complete, "{name}: {id}");
        let ceremony = Ceremony::at(dir);
        let verdict = ceremony.verdict();
        assert_eq!(verdict.problems, [], "{name}: {id}");
        assert_eq!(verdict.exit(), Exit::Done, "{name}: {id}");
        let entries = ceremony.entries();
        let Event::Sealed(sealed) = &entries.last().unwrap().event else {
            panic!("{name}: {id}")
        };
        assert_eq!(sealed.exceptions, 1, "{name}: {id}");
    }
}

#[test]
fn an_exception_can_be_told_at_every_question_of_a_software_import() {
    told_everywhere("aws-kms-aes256");
}

#[test]
fn an_exception_can_be_told_at_every_question_with_an_hsm() {
    told_everywhere("hsm-aws-aes256");
}

#[test]
fn an_exception_can_be_told_at_every_question_of_a_reshare() {
    told_everywhere("reshare-leaver");
}

#[test]
fn an_exception_can_be_told_at_every_question_of_custody() {
    told_everywhere("custody-seal-media");
}

#[test]
fn an_exception_can_be_told_at_every_question_about_people() {
    told_everywhere("person-leaves");
    told_everywhere("custodian-joins");
}

#[test]
fn an_exception_can_be_told_at_every_question_of_the_life_of_a_key() {
    for name in ["declare-keys", "suspend", "destroy"] {
        told_everywhere(name);
    }
}

/// One with an exception that two people signed, played once.
fn excepted() -> Ceremony {
    static PLAYED: OnceLock<Ceremony> = OnceLock::new();
    let played = PLAYED.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("c");
        let mistake = Mistake::Otherwise(20);
        let played = play(&signed("aws-kms-aes256"), &dir, Some(mistake));
        assert_eq!(played.ended.unwrap(), Outcome::Complete);
        let copy = Ceremony::at(dir).copied();
        drop(home);
        copy
    });
    played.copied()
}

/// Line of the exception, from 0, and what it names.
fn exception_of(ceremony: &Ceremony) -> (usize, keyrite::domain::record::Exception) {
    let entries = ceremony.entries();
    let mut told = entries.iter().enumerate().filter_map(|(at, entry)| {
        if let Event::Exception(told) = &entry.event {
            return Some((at, told.clone()));
        }
        None
    });
    told.next().unwrap()
}

#[test]
fn a_signed_exception_holds_here_and_by_hand() {
    let ceremony = excepted();
    ceremony.holds();
    holds_by_hand(&ceremony.dir);
    let (_, told) = exception_of(&ceremony);
    let roles: Vec<&str> = told.signatures.iter().map(|it| it.role.as_str()).collect();
    assert_eq!(roles, ["administrator", "witness"]);
    for made in &told.signatures {
        let text = fs::read(ceremony.path(&told.request.as_ref().unwrap().path)).unwrap();
        let file = ceremony.path("told");
        fs::write(&file, &text).unwrap();
        // Another program's eyes.
        let output = std::process::Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", namespace::EXCEPTION, "-I", &made.by])
            .arg("-f")
            .arg(ceremony.path("allowed_signers"))
            .arg("-s")
            .arg(ceremony.path(&made.signature.path))
            .stdin(fs::File::open(&file).unwrap())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn an_exception_says_what_was_signed_and_by_a_holder_of_the_role() {
    type Change = fn(&mut keyrite::domain::record::Exception);
    let changes: [(Change, &str, bool); 4] = [
        (
            |told| told.decided = "nothing".to_owned(),
            "is not the exception that is recorded here",
            true,
        ),
        (
            |told| told.signatures.truncate(1),
            "the policy wants [administrator, witness]",
            false,
        ),
        (
            |told| told.signatures[1].by = "ana".to_owned(),
            "does not hold it",
            false,
        ),
        (
            |told| told.request = None,
            "does not name what was signed",
            false,
        ),
    ];
    for (change, words, by_hand) in changes {
        let ceremony = excepted();
        let (at, _) = exception_of(&ceremony);
        ceremony.collude(|entries| {
            if let Event::Exception(told) = &mut entries[at].event {
                change(told);
            }
        });
        ceremony.is_refused(&[words]);
        if by_hand {
            let (code, said) = by_python(&ceremony.dir, None);
            assert_eq!(code, 5, "{said}");
            assert!(said.contains("is another exception"), "{said}");
        }
    }
}

#[test]
fn a_signature_over_another_exception_does_not_hold() {
    let ceremony = excepted();
    let (at, told) = exception_of(&ceremony);
    let other = key_of("eli").sign(namespace::EXCEPTION, b"{}").unwrap();
    ceremony.write(&told.signatures[1].signature.path, &other);
    ceremony.collude(|entries| {
        if let Event::Exception(told) = &mut entries[at].event {
            told.signatures[1].signature.sha256 = Digest::of(other.as_bytes());
        }
    });
    ceremony.is_refused(&["signature over the exception", "does not hold"]);
    let (code, said) = by_python(&ceremony.dir, None);
    assert_eq!(code, 5, "{said}");
}

#[test]
fn behind_the_seal_nothing_is_recorded_and_the_signature_can_follow() {
    let script = script_of("aws-kms-aes256");
    let home = tempfile::tempdir().unwrap();
    let whole = play(&script, &home.path().join("whole"), None);
    let number = whole.questions.iter().position(|id| id == "sign/eli");
    let mistake = Mistake::Otherwise(u32::try_from(number.unwrap()).unwrap());
    let dir = home.path().join("c");
    let parsed = parse(&script).unwrap();
    let rehearsal = rehearsal(&parsed, &script, &dir);
    let mut transcript = Transcript::new(None);
    let played = rehearsal.play(&mut transcript, Faults::none(), Some(mistake));
    assert_eq!(played.ended.unwrap(), Outcome::Complete);
    let text = one_line(&transcript.text());
    let words = "an exception was told at the question `sign/eli`, where none can be recorded";
    assert!(text.contains(words), "{text}");
    assert_eq!(Ceremony::at(dir.clone()).verdict().outstanding, ["eli"]);
    rehearsal.sign_missing().unwrap();
    Ceremony::at(dir).holds();
}

#[test]
fn a_role_that_nobody_holds_cannot_sign_exceptions() {
    let company = Company::new();
    company.edit(
        "\nsteps:",
        "\npolicy: {exceptions-signed-by: [auditor]}\nsteps:",
    );
    let said = said(&company.run(&[]).assert().code(3));
    assert!(said.contains("which nobody holds"), "{said}");
}

#[test]
fn a_live_exception_waits_for_the_signatures_of_its_roles() {
    let company = Company::new();
    company.edit(
        "\nsteps:",
        "\npolicy: {exceptions-signed-by: [witness]}\nsteps:",
    );
    let stopped = company.run(&[]).assert().code(4);
    assert!(
        told(&stopped).contains("3/exception/signs/eli"),
        "{}",
        told(&stopped)
    );
    // Signed on the person's own device, over the file that the resumed ceremony writes anew.
    let key = company.path("keys/eli").display().to_string();
    let orphan = ("orphan/approvals/03.exception", "no");
    let answers = [("3/exception/signs/eli", key.as_str()), orphan];
    company.run(&answers).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
    let path = company.path("out/approvals/03.exception.eli.sig");
    let armored = fs::read_to_string(path).unwrap();
    assert!(armored.starts_with("-----BEGIN SSH SIGNATURE"), "{armored}");
}

/// A record of more than ten thousand lines is read, reported and gone on with like any other.
#[test]
fn a_record_of_ten_thousand_lines_is_like_any_other() {
    let company = Company::new();
    company.run(&[("7/words/ana", "")]).assert().code(4);
    let path = company.path("out/record.jsonl");
    let record = fs::read_to_string(&path).unwrap();
    let told = record
        .lines()
        .find(|line| line.contains("\"event\":{\"exception\":"))
        .unwrap();
    let last: Value = serde_json::from_str(record.lines().last().unwrap()).unwrap();
    let mut entry: Value = serde_json::from_str(told).unwrap();
    entry["at"] = last["at"].clone();
    entry["event"]["exception"]["step"] = 7.into();
    let mut long = record.clone();
    let mut prev = Digest::of(record.lines().last().unwrap().as_bytes());
    let first = last["seq"].as_u64().unwrap() + 1;
    for seq in first..first + 10_000 {
        entry["seq"] = seq.into();
        entry["prev"] = prev.to_string().into();
        let line = serde_json_canonicalizer::to_string(&entry).unwrap();
        prev = Digest::of(line.as_bytes());
        long += &line;
        long.push('\n');
    }
    fs::write(&path, long).unwrap();
    company.run(&[]).arg("--resume").assert().code(0);
    company.verify().assert().code(0);
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    assert!(lines > 10_000, "{lines}");
    for format in ["html", "md", "json"] {
        let report = crate::common::keyrite()
            .arg("report")
            .arg(company.path("out"))
            .args(["--format", format])
            .assert()
            .code(0);
        let told = String::from_utf8_lossy(&report.get_output().stdout)
            .matches("the keys are not used")
            .count();
        assert!(told >= 10_000, "{format}: {told}");
    }
}
