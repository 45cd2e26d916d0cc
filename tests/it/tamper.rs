//! Every way to touch a record that we could think of: refused here with words of its own, and by the
//! commands of VERIFY.txt and by verify.py as far as they claim to find it.

use std::fs;
use std::thread;

use keyrite::domain::dissent::Dissent;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Moment;
use keyrite::domain::record::namespace;
use keyrite::engine::dossier;
use keyrite::error::Exit;
use keyrite::record::allowed_signers::AllowedSigners;
use keyrite::record::signing::SigningKey;
use keyrite::record::verify::Auditor;
use keyrite::record::verify::Dossier;
use keyrite::record::verify::FileSeen;
use keyrite::record::verify::check::Check;
use keyrite::record::verify::verify;
use keyrite::record::verify::verify_for;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest::test_runner::RngAlgorithm;
use proptest::test_runner::TestRng;
use proptest::test_runner::TestRunner;

use crate::verify::Ceremony;
use crate::verify::LIES;
use crate::verify::by_hand;
use crate::verify::by_python;
use crate::verify::key_of;
use crate::verify::open_of;
use crate::verify::step;

/// Who finds something: keyrite always does.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Finds {
    /// sha256sum and ssh-keygen, and verify.py.
    All,
    /// verify.py alone.
    Python,
    /// Neither.
    Neither,
}

/// A way to touch a ceremony, what must be said of it, and who else finds it.
type Touch = (&'static str, fn(&Ceremony), &'static [&'static str], Finds);

const TOUCHES: &[Touch] = &[
    (
        "a changed word",
        |it| replace(it, "record.jsonl", "\"agrees\":true", "\"agrees\":null"),
        &["line Some(3)", "not an entry"],
        Finds::All,
    ),
    (
        "a changed fact",
        |it| replace(it, "record.jsonl", "Ana Ruiz", "Ana Cruz"),
        &["line Some(1)", "was changed, or line 2 was"],
        Finds::All,
    ),
    (
        "a dropped line",
        |it| lines(it, |lines| drop(lines.remove(3))),
        &["line Some(4)", "missing before line 4"],
        Finds::All,
    ),
    (
        "a doubled line",
        |it| lines(it, |lines| lines.insert(4, lines[3].clone())),
        &["line Some(5)", "repeats line 4"],
        Finds::All,
    ),
    (
        "swapped lines",
        |it| lines(it, |lines| lines.swap(3, 4)),
        &["line Some(4)", "does not stand behind it"],
        Finds::All,
    ),
    (
        "a line of another record",
        |it| {
            let other = Ceremony::good().lines();
            lines(it, |lines| lines[4].clone_from(&other[4]));
        },
        &["line Some(4)", "was changed, or line 5 was"],
        Finds::All,
    ),
    (
        "a tail that was cut off",
        |it| lines(it, |lines| drop(lines.pop())),
        &["not sealed"],
        Finds::All,
    ),
    (
        "a last line that was cut",
        |it| {
            lines(it, |lines| {
                lines.last_mut().unwrap().pop();
            });
        },
        &["is cut off"],
        Finds::All,
    ),
    (
        "a second seal",
        |it| {
            lines(it, |lines| lines.push(lines.last().unwrap().clone()));
        },
        &["repeats line"],
        Finds::All,
    ),
    (
        "a space",
        |it| replace(it, "record.jsonl", "\"seq\":3}", "\"seq\": 3}"),
        &["line Some(4)", "not canonical"],
        Finds::All,
    ),
    (
        "another order of keys",
        |it| {
            replace(
                it,
                "record.jsonl",
                "\"agrees\":true,\"person\":\"ana\"",
                "\"person\":\"ana\",\"agrees\":true",
            );
        },
        &["line Some(3)", "not canonical"],
        Finds::All,
    ),
    (
        "another writing, that everybody signed",
        |it| {
            let text = String::from_utf8(it.read("record.jsonl")).unwrap();
            let mut prev = Digest::of(&it.read("script.yaml"));
            let mut record = Vec::new();
            for line in text.lines() {
                let entry: Entry = serde_json::from_str(line).unwrap();
                let line = line
                    .replace(&entry.prev.to_string(), &prev.to_string())
                    .replace("Ana Ruiz", "\\u0041na Ruiz");
                prev = Digest::of(line.as_bytes());
                record.extend(line.as_bytes());
                record.push(b'\n');
            }
            it.write("record.jsonl", record);
            it.sign(key_of);
        },
        &["line Some(1)", "not canonical"],
        Finds::Python,
    ),
    (
        "another script",
        |it| replace(it, "script.yaml", "threshold: 2", "threshold: 3"),
        &["line Some(1)", "belongs to the script"],
        Finds::All,
    ),
    (
        "a changed artifact",
        |it| {
            let path = "artifacts/payments-for-aws/EncryptedKeyMaterial.bin";
            let mut bytes = it.read(path);
            bytes[100] ^= 1;
            it.write(path, bytes);
        },
        &["EncryptedKeyMaterial.bin was changed"],
        Finds::All,
    ),
    (
        "an artifact that is gone",
        |it| fs::remove_file(it.path("artifacts/payments-for-aws/ImportToken.bin")).unwrap(),
        &["ImportToken.bin is missing"],
        Finds::All,
    ),
    (
        "an artifact too many",
        |it| it.write("artifacts/extra.bin", "x"),
        &["no entry of the record explains artifacts/extra.bin"],
        Finds::Python,
    ),
    (
        "a file that does not belong here",
        |it| it.write("json.py", "x"),
        &["json.py does not belong to a ceremony"],
        Finds::Python,
    ),
    (
        "a signature that is none",
        |it| it.write("signatures/dee.sig", "signed, Dee"),
        &["signature of dee", "not an OpenSSH signature"],
        Finds::All,
    ),
    (
        "somebody else's signature",
        |it| {
            let bens = it.read("signatures/ben.sig");
            it.write("signatures/dee.sig", bens);
        },
        &["signature of dee", "was made by"],
        Finds::All,
    ),
    (
        "a signature of another record",
        |it| {
            let other = Ceremony::good().read("record.jsonl");
            let signed = key_of("dee").sign(namespace::RECORD, &other).unwrap();
            it.write("signatures/dee.sig", signed);
        },
        &["signature of dee", "does not fit these bytes"],
        Finds::All,
    ),
    (
        "a signature with another meaning",
        |it| {
            let record = it.read("record.jsonl");
            let signed = key_of("dee").sign(namespace::REHEARSAL, &record).unwrap();
            it.write("signatures/dee.sig", signed);
        },
        &["signature of dee", "is for \"ceremony-rehearsal@keyrite\""],
        Finds::All,
    ),
    (
        "other keys for the same names",
        |it| {
            let own = String::from_utf8(it.read("allowed_signers")).unwrap();
            let other = SigningKey::from_seed(&[9; 32]).public().to_line();
            let own = own.replace(&key_of("ana").public().to_line(), &other);
            it.write("allowed_signers", own);
        },
        &["allowed_signers is not the file"],
        Finds::All,
    ),
    (
        "other instructions",
        |it| replace(it, "VERIFY.txt", "Good", "fine"),
        &["VERIFY.txt is not the file"],
        Finds::All,
    ),
    (
        "another verifier",
        |it| replace(it, "verify.py", "sys.exit(5 if", "sys.exit(0 if"),
        &["verify.py is not the file"],
        Finds::All,
    ),
    (
        "no verifier",
        |it| fs::remove_file(it.path("verify.py")).unwrap(),
        &["verify.py is missing"],
        Finds::All,
    ),
    (
        "a changed approval",
        |it| replace(it, "approvals/08-import.json", "aws-kms", "aws-gov"),
        &["fay's approval", "does not fit these bytes"],
        Finds::All,
    ),
    (
        "an approval that somebody else signed",
        |it| {
            let signed = key_of("ana").sign(namespace::SCRIPT, &it.read("script.yaml"));
            let signed = signed.unwrap();
            it.write("approvals/script-fay.sig", &signed);
            it.collude(|entries| {
                let approval = &mut open_of(entries).script_approvals[0];
                approval.signature.sha256 = Digest::of(signed.as_bytes());
            });
        },
        &["fay's approval of the script", "was made by"],
        Finds::All,
    ),
    (
        "a script that nobody approved",
        |it| {
            fs::remove_file(it.path("approvals/script-fay.sig")).unwrap();
            it.collude(|entries| open_of(entries).script_approvals.clear());
        },
        &["line Some(1)", "fay did not approve the script"],
        Finds::Python,
    ),
    (
        "a clock that went back",
        |it| {
            it.collude(|entries| {
                entries[4].at = Moment::new("2020-01-01T00:00:00Z".parse().unwrap());
            });
        },
        &["line Some(5)", "2020-01-01"],
        Finds::Python,
    ),
    (
        "a disagreement with another record",
        |it| {
            fs::create_dir(it.path("dissent")).unwrap();
            let bytes = Dissent {
                ceremony: "aws-kms-aes256".to_owned(),
                reason: "it was another".to_owned(),
                record: Digest::of(b"another"),
            }
            .bytes();
            it.write("dissent/eli.json", &bytes);
            let signed = key_of("eli").sign(namespace::DISSENT, &bytes).unwrap();
            it.write("dissent/eli.json.sig", signed);
        },
        &["disagreement of eli", "about a record"],
        Finds::All,
    ),
    (
        "a disagreement that nobody signed",
        |it| {
            fs::create_dir(it.path("dissent")).unwrap();
            let dissent = Dissent {
                ceremony: "aws-kms-aes256".to_owned(),
                reason: "so it seems".to_owned(),
                record: Digest::of(&it.read("record.jsonl")),
            };
            it.write("dissent/eli.json", dissent.bytes());
        },
        &["disagreement of eli", "is not signed"],
        Finds::All,
    ),
    (
        "another story, told by everybody together",
        |it| {
            it.collude(|entries| step(entries, "split").says = "Split the key.".into());
        },
        &["step 5", "read aloud"],
        Finds::Neither,
    ),
];

fn replace(it: &Ceremony, file: &str, from: &str, to: &str) {
    let text = String::from_utf8(it.read(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    it.write(file, text.replacen(from, to, 1));
}

fn lines(it: &Ceremony, edit: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut lines = it.lines();
    edit(&mut lines);
    it.write("record.jsonl", lines.concat());
}

#[test]
fn whatever_was_touched_is_told_in_its_own_words_and_found_by_other_programs() {
    let mut told = Vec::new();
    for (name, touch, says, finds) in TOUCHES {
        println!("{name}");
        let ceremony = Ceremony::production();
        touch(&ceremony);
        let verdict = ceremony.is_refused(says);
        told.push(verdict.problems[0].what.clone());
        let failed = by_hand(&ceremony.dir).iter().any(|(holds, _)| !holds);
        assert_eq!(failed, *finds == Finds::All, "sha256sum and ssh-keygen");
        let (code, said) = by_python(&ceremony.dir, None);
        let wanted = if *finds == Finds::Neither { 0 } else { 5 };
        assert_eq!(code, wanted, "{said}");
        // What it does not look at, it says.
        assert!(
            said.contains("not checked here: that the entries fit"),
            "{said}"
        );
    }
    told.sort();
    told.dedup();
    assert_eq!(told.len(), TOUCHES.len(), "{told:#?}");
}

#[test]
fn the_second_verifier_never_passes_what_it_claims_to_look_at() {
    // Everybody together lies against the script, which verify.py does not read: it may find it
    // altered, or say that it did not look, and nothing else.
    for (name, lie, _) in LIES {
        let ceremony = Ceremony::good();
        ceremony.collude(lie);
        let (code, said) = by_python(&ceremony.dir, None);
        let honest = said.contains("not checked here") && !said.contains("Traceback");
        assert!([0, 5].contains(&code) && honest, "{name}: {code}\n{said}");
    }
}

#[test]
fn the_second_verifier_tells_missing_from_altered() {
    let ceremony = Ceremony::good();
    fs::remove_file(ceremony.path("signatures/dee.sig")).unwrap();
    let (code, said) = by_python(&ceremony.dir, None);
    assert_eq!((code, said.contains("MISSING: dee")), (1, true), "{said}");
    let home = tempfile::tempdir().unwrap();
    let list = home.path().join("trusted");
    let own = ceremony.read("allowed_signers");
    fs::write(&list, &own).unwrap();
    assert_eq!(by_python(&ceremony.dir, Some(&list)).0, 1);
    let other = SigningKey::from_seed(&[9; 32]).public().to_line();
    let ana = key_of("ana").public().to_line();
    let own = String::from_utf8(own).unwrap().replace(&ana, &other);
    fs::write(&list, own).unwrap();
    let (code, said) = by_python(&ceremony.dir, Some(&list));
    assert_eq!(
        (code, said.contains("not ana's signature")),
        (5, true),
        "{said}"
    );
    // A folder of nothing.
    let (code, said) = by_python(home.path(), None);
    assert_eq!(
        (code, said.contains("missing or cut off")),
        (5, true),
        "{said}"
    );
}

/// The parts of a dossier, to be changed one byte at a time.
fn parts(dossier: &mut Dossier) -> Vec<(String, &mut Vec<u8>)> {
    let mut parts = vec![
        ("script.yaml".to_owned(), &mut dossier.script),
        ("record.jsonl".to_owned(), &mut dossier.record),
        ("allowed_signers".to_owned(), &mut dossier.allowed_signers),
        ("VERIFY.txt".to_owned(), &mut dossier.verify_txt),
    ];
    parts.extend(
        dossier
            .verify_py
            .as_mut()
            .map(|bytes| ("verify.py".to_owned(), bytes)),
    );
    let signatures = dossier.signatures.iter_mut();
    parts.extend(signatures.map(|(who, bytes)| (format!("{who}.sig"), bytes)));
    parts
}

/// Changes every byte of every part, a bit of each in turn; what is accepted all the same. Of the two
/// files of which only the digest counts it is every 11th.
fn accepted(good: &Dossier) -> Vec<String> {
    let mut work = Vec::new();
    for (part, (name, bytes)) in parts(&mut good.clone()).iter().enumerate() {
        let by_digest = ["VERIFY.txt", "verify.py"].contains(&name.as_str());
        let step = if by_digest { 11 } else { 1 };
        work.extend((0..bytes.len()).step_by(step).map(|at| (part, at)));
    }
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = work.len().div_ceil(workers);
    thread::scope(|scope| {
        let running: Vec<_> = work
            .chunks(share)
            .map(|work| {
                scope.spawn(move || {
                    let mut dossier = good.clone();
                    let mut accepted = Vec::new();
                    for (part, at) in work {
                        let pattern = 1 << (at % 8);
                        parts(&mut dossier)[*part].1[*at] ^= pattern;
                        if verify(&dossier, None).exit() != Exit::Integrity {
                            let name = parts(&mut dossier)[*part].0.clone();
                            accepted.push(format!("{name}, byte {at} ^ {pattern}"));
                        }
                        parts(&mut dossier)[*part].1[*at] ^= pattern;
                    }
                    accepted
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    })
}

#[test]
fn every_single_byte_counts() {
    let small = dossier::read(&Ceremony::small().dir).unwrap();
    assert_eq!(verify(&small, None).exit(), Exit::Done);
    assert_eq!(accepted(&small), [""; 0]);
}

#[test]
fn every_byte_of_an_artifact_counts() {
    let ceremony = Ceremony::good();
    let good = dossier::read(&ceremony.dir).unwrap();
    for (path, seen) in &good.files {
        let mut bytes = ceremony.read(path);
        for at in (0..bytes.len()).step_by(7) {
            bytes[at] ^= 1;
            let mut touched = good.clone();
            let content = seen.content.is_some().then(|| bytes.clone());
            let sha256 = Digest::of(&bytes);
            let bytes_now = seen.bytes;
            touched.files.insert(
                path.clone(),
                FileSeen {
                    sha256,
                    bytes: bytes_now,
                    content,
                },
            );
            bytes[at] ^= 1;
            let verdict = verify(&touched, None);
            let told = verdict.problems.iter().any(|problem| {
                problem.check == Check::Files && problem.what.contains(path.as_str())
            });
            assert!(told, "{path}, byte {at}");
        }
    }
}

#[test]
fn every_line_dropped_doubled_swapped_or_moved_is_refused() {
    let ceremony = Ceremony::small();
    let good = dossier::read(&ceremony.dir).unwrap();
    let lines = ceremony.lines();
    let refused = |lines: &[Vec<u8>], what: &str| {
        let touched = Dossier {
            record: lines.concat(),
            ..good.clone()
        };
        let verdict = verify(&touched, None);
        assert_eq!(verdict.exit(), Exit::Integrity, "{what}");
        let chain = [Check::Chain, Check::Clock, Check::Script];
        assert!(
            verdict
                .problems
                .iter()
                .any(|problem| chain.contains(&problem.check)),
            "{what}: {:#?}",
            verdict.problems
        );
    };
    let other = Ceremony::good().lines();
    for at in 0..lines.len() {
        let mut touched = lines.clone();
        touched.remove(at);
        refused(&touched, &format!("line {at} dropped"));
        refused(&lines[..at], &format!("cut before line {at}"));
        for to in 0..=lines.len() {
            let mut touched = lines.clone();
            touched.insert(to, lines[at].clone());
            refused(&touched, &format!("line {at} again at {to}"));
        }
        for with in 0..at {
            let mut touched = lines.clone();
            touched.swap(at, with);
            refused(&touched, &format!("lines {at} and {with} swapped"));
        }
        for foreign in &other {
            let mut touched = lines.clone();
            touched[at].clone_from(foreign);
            if *foreign != lines[at] {
                refused(&touched, &format!("line {at} of another record"));
            }
        }
    }
}

#[test]
fn a_record_that_is_cut_anywhere_is_refused() {
    let good = dossier::read(&Ceremony::small().dir).unwrap();
    for end in 0..good.record.len() {
        let cut = Dossier {
            record: good.record[..end].to_vec(),
            ..good.clone()
        };
        assert_eq!(verify(&cut, None).exit(), Exit::Integrity, "{end} bytes");
    }
}

#[test]
fn other_writings_of_each_line_are_refused_though_everybody_signs_them() {
    let ceremony = Ceremony::small();
    let text = String::from_utf8(ceremony.read("record.jsonl")).unwrap();
    let count = text.lines().count();
    type Writing = fn(&str) -> String;
    let writings: [(&str, Writing); 8] = [
        ("a space", |line| line.replacen("\":", "\": ", 1)),
        ("a space at the end", |line| format!("{line} ")),
        ("a carriage return", |line| format!("{line}\r")),
        ("a byte order mark", |line| format!("\u{feff}{line}")),
        ("an escape", |line| {
            line.replacen("\"at\"", "\"\\u0061t\"", 1)
        }),
        ("a fraction", |line| {
            let (head, seq) = line.rsplit_once("\"seq\":").unwrap();
            format!("{head}\"seq\":{}.0}}", seq.trim_end_matches('}'))
        }),
        ("a repeated key", |line| {
            line.replacen('{', "{\"seq\":9,", 1)
        }),
        ("the last key first", |line| {
            let (head, seq) = line.rsplit_once(",\"seq\":").unwrap();
            let seq = seq.trim_end_matches('}');
            format!("{{\"seq\":{seq},{}}}", head.trim_start_matches('{'))
        }),
    ];
    for (name, writing) in writings {
        for changed in 0..count {
            let mut prev = Digest::of(&ceremony.read("script.yaml"));
            let mut record = String::new();
            for (number, line) in text.lines().enumerate() {
                let entry: Entry = serde_json::from_str(line).unwrap();
                let mut line = line.replace(&entry.prev.to_string(), &prev.to_string());
                if number == changed {
                    line = writing(&line);
                }
                prev = Digest::of(line.as_bytes());
                record += &line;
                record.push('\n');
            }
            let touched = Ceremony::small();
            touched.write("record.jsonl", record);
            touched.sign(key_of);
            let line = format!("line Some({})", changed + 1);
            let verdict = touched.is_refused(&[&line]);
            let first = &verdict.problems[0];
            assert!(
                [Check::Canonical, Check::Chain].contains(&first.check),
                "{name}: {first:?}"
            );
            // A first line that cannot be read does not say what signatures are for.
            if changed > 0 || first.check == Check::Canonical {
                assert_eq!(verdict.signed.len(), 2, "{name}: everybody did sign it");
            }
        }
    }
}

#[test]
fn a_signer_whose_key_had_run_out_is_refused() {
    let ceremony = Ceremony::good();
    let dossier = dossier::read(&ceremony.dir).unwrap();
    let own = String::from_utf8(ceremony.read("allowed_signers")).unwrap();
    let judge = |validity: &str| {
        let row = own.lines().find(|line| line.starts_with("dee ")).unwrap();
        let limited = row.replacen("dee ", &format!("dee valid-{validity},"), 1);
        let trusted = AllowedSigners::parse(&own.replace(row, &limited)).unwrap();
        verify(&dossier, Some(&trusted))
    };
    assert_eq!(judge("before=\"20270105Z\"").exit(), Exit::Done);
    assert_eq!(judge("after=\"20270103Z\"").exit(), Exit::Done);
    for validity in ["before=\"20270103Z\"", "after=\"20270105Z\""] {
        let verdict = judge(validity);
        assert_eq!(verdict.exit(), Exit::Integrity);
        let told = &verdict.problems[0];
        assert_eq!(told.check, Check::Signatures);
        assert!(told.what.contains("has no key of dee"), "{}", told.what);
    }
}

#[test]
fn what_has_not_come_yet_cannot_have_happened() {
    let dossier = dossier::read(&Ceremony::production().dir).unwrap();
    let record = String::from_utf8(dossier.record.clone()).unwrap();
    let last: Entry = serde_json::from_str(record.lines().last().unwrap()).unwrap();
    let last = last.at;
    let judge = |seconds: i64| {
        let auditor = Auditor {
            now: Some(last.plus_seconds(seconds)),
            ..Auditor::default()
        };
        verify_for(&dossier, &auditor)
    };
    // Two clocks may be ten minutes apart.
    for seconds in [3600, 0, -600] {
        assert_eq!(judge(seconds).exit(), Exit::Done, "{seconds}");
    }
    for seconds in [-601, -3600] {
        let verdict = judge(seconds);
        assert_eq!(verdict.exit(), Exit::Integrity, "{seconds}");
        let problem = &verdict.problems[0];
        assert_eq!(problem.check, Check::Clock);
        assert_eq!(problem.place, Some(record.lines().count() as u64));
        assert!(problem.what.contains("has not come yet"));
    }
}

#[test]
fn a_report_sees_what_has_not_come_yet_as_verify_does() {
    let ceremony = Ceremony::production();
    // Stand-ins hold it in a year to come; their clock is not this machine's.
    let now = jiff::Timestamp::now();
    let over = now > "2027-01-05T00:00:00Z".parse().unwrap();
    let code = if over { 0 } else { 5 };
    for command in ["verify", "report"] {
        let mut keyrite = crate::common::keyrite();
        keyrite.args([command, "--format", "json"]);
        keyrite.arg(&ceremony.dir).assert().code(code);
    }
}

/// What a random edit does.
#[derive(Clone, Debug)]
enum Edit {
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0..20_000_usize;
    prop_oneof![
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (at.clone(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (at.clone(), 1..600_usize).prop_map(|(at, count)| Edit::Remove(at, count)),
        (at, 1..600_usize).prop_map(|(at, count)| Edit::Repeat(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let length = bytes.len();
    if length == 0 {
        return;
    }
    match edit {
        Edit::Set(at, byte) => bytes[at % length] = *byte,
        Edit::Insert(at, more) => {
            let at = at % length;
            bytes.splice(at..at, more.iter().copied());
        }
        Edit::Remove(at, count) => {
            let at = at % length;
            bytes.drain(at..(at + count).min(length));
        }
        Edit::Repeat(at, count) => {
            let at = at % length;
            let again = bytes[at..(at + count).min(length)].to_vec();
            bytes.splice(at..at, again);
        }
    }
}

#[test]
fn random_edits_are_refused_and_never_a_bug() {
    let good = dossier::read(&Ceremony::small().dir).unwrap();
    // The same edits on every run.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let config = Config {
        cases: 600,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = vec((0..7_usize, edit()), 1..4);
    TestRunner::new_with_rng(config, rng)
        .run(&strategy, |edits| {
            let mut touched = good.clone();
            for (part, edit) in &edits {
                let mut parts = parts(&mut touched);
                let part = part % parts.len();
                apply(parts[part].1, edit);
            }
            let same = touched.script == good.script
                && touched.record == good.record
                && touched.allowed_signers == good.allowed_signers
                && touched.verify_txt == good.verify_txt
                && touched.verify_py == good.verify_py
                && touched.signatures == good.signatures;
            let exit = verify(&touched, None).exit();
            prop_assert_eq!(exit == Exit::Integrity, !same);
            Ok(())
        })
        .unwrap();
}
