//! A ceremony that was played holds; one that was touched in any way does not.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng as _;
use chacha20::rand_core::SeedableRng as _;
use keyrite::domain::approval::ApprovalRequest;
use keyrite::domain::dissent::Dissent;
use keyrite::domain::parse::parse;
use keyrite::domain::record::Artifact;
use keyrite::domain::record::Delivery;
use keyrite::domain::record::Did;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Event;
use keyrite::domain::record::Exception;
use keyrite::domain::record::File;
use keyrite::domain::record::Handed;
use keyrite::domain::record::Mode;
use keyrite::domain::record::Moment;
use keyrite::domain::record::Open;
use keyrite::domain::record::Outcome;
use keyrite::domain::record::Purpose;
use keyrite::domain::record::ScriptApproval;
use keyrite::domain::record::Tool;
use keyrite::domain::record::namespace;
use keyrite::engine::dossier;
use keyrite::engine::error::EngineError;
use keyrite::engine::files::Fault;
use keyrite::engine::files::Faults;
use keyrite::engine::rehearsal::Mistake;
use keyrite::engine::rehearsal::Rehearsal;
use keyrite::engine::rehearsal::Seed;
use keyrite::engine::rehearsal::Unwatched;
use keyrite::engine::token::stand_in::StandIn;
use keyrite::error::Exit;
use keyrite::record::allowed_signers::AllowedSigners;
use keyrite::record::allowed_signers::render;
use keyrite::record::signing::SigningKey;
use keyrite::record::verify::Verdict;
use keyrite::record::verify::check::Standing;
use keyrite::record::verify::verify;
use tempfile::TempDir;

const AES: &str = "aws-kms-aes256";
const RSA: &str = "aws-kms-rsa4096";
const SPLIT: &str = "generate-and-split";
const SEED: Seed = Seed([7; 32]);

const SMALL_SCRIPT: &[u8] = b"schema: keyrite/v1
ceremony: small
title: Two people meet
kind: generate
mode: practice
people: {ana: {name: Ana Ruiz}, eli: {name: Eli Stern}}
roles: {administrator: [ana], witness: [eli]}
token: {core: software}
steps:
  - sign-in: [ana, eli]
  - statement: {text: \"All is well.\", by: [ana]}
  - exception: {by: eli}
  - seal
";

fn tool() -> Tool {
    Tool {
        name: "keyrite".to_owned(),
        version: "0.1.0".to_owned(),
        sha256: None,
        library: None,
    }
}

pub(crate) fn script_of(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read(root.join("ceremonies").join(name).join("script.yaml")).unwrap()
}

/// Plays a script to its end.
fn play(script: &[u8], dir: &Path) {
    let parsed = parse(script).unwrap();
    let rehearsal = Rehearsal {
        script: &parsed,
        bytes: script,
        seed: SEED,
        tool: tool(),
        dir,
        hsm: StandIn::of(&parsed, None),
    };
    let played = rehearsal.play(&mut Unwatched, Faults::none(), None);
    assert_eq!(played.ended.unwrap(), Outcome::Complete);
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A ceremony in a folder of its own.
pub(crate) struct Ceremony {
    _home: TempDir,
    pub(crate) dir: PathBuf,
}

impl Ceremony {
    pub(crate) fn of(script: &[u8]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("c");
        play(script, &dir);
        Self { _home: home, dir }
    }

    /// A small one, played once: two people, no key. For changing it thousands of times.
    pub(crate) fn small() -> Self {
        static SMALL: OnceLock<Ceremony> = OnceLock::new();
        SMALL.get_or_init(|| Self::of(SMALL_SCRIPT)).copied()
    }

    /// A copy of one that is played once for all tests.
    pub(crate) fn good() -> Self {
        static GOOD: OnceLock<Ceremony> = OnceLock::new();
        GOOD.get_or_init(|| Self::of(&script_of(AES))).copied()
    }

    /// As [`Ceremony::good`], as if it had been a production ceremony.
    pub(crate) fn production() -> Self {
        static PRODUCTION: OnceLock<Ceremony> = OnceLock::new();
        PRODUCTION.get_or_init(in_production).copied()
    }

    /// One that is in a folder of somebody else.
    pub(crate) fn at(dir: PathBuf) -> Self {
        Self {
            _home: tempfile::tempdir().unwrap(),
            dir,
        }
    }

    pub(crate) fn copied(&self) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("c");
        copy(&self.dir, &dir);
        Self { _home: home, dir }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.join(relative)
    }

    pub(crate) fn read(&self, relative: &str) -> Vec<u8> {
        fs::read(self.path(relative)).unwrap()
    }

    pub(crate) fn write(&self, relative: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(relative), bytes).unwrap();
    }

    pub(crate) fn lines(&self) -> Vec<Vec<u8>> {
        let record = self.read("record.jsonl");
        record
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lines()
            .iter()
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    pub(crate) fn verdict(&self) -> Verdict {
        verify(&dossier::read(&self.dir).unwrap(), None)
    }

    /// Changes the record as its author could: the chain is made anew, approvals in the room are
    /// made to fit it, and everybody signs again.
    pub(crate) fn collude(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        self.rewrite(change);
        self.sign(key_of);
    }

    pub(crate) fn rewrite(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        let mut entries = self.entries();
        change(&mut entries);
        let mut prev = Digest::of(&self.read("script.yaml"));
        let mut record = Vec::new();
        for (seq, entry) in (0..).zip(&mut entries) {
            entry.seq = seq;
            entry.prev = prev;
            if let Some(Did::Approve {
                by,
                request,
                signature,
                ..
            }) = did(entry)
            {
                let mut asked: ApprovalRequest =
                    serde_json::from_slice(&self.read(&request.path)).unwrap();
                asked.head = prev;
                let bytes = asked.bytes();
                self.write(&request.path, &bytes);
                request.sha256 = Digest::of(&bytes);
                let signed = key_of(by).sign(namespace::APPROVAL, &bytes).unwrap();
                self.write(&signature.path, &signed);
                signature.sha256 = Digest::of(signed.as_bytes());
            }
            let line = entry.line();
            prev = Digest::of(&line);
            record.extend(line);
            record.push(b'\n');
        }
        self.write("record.jsonl", record);
    }

    pub(crate) fn sign(&self, key_of: impl Fn(&str) -> SigningKey) {
        let record = self.read("record.jsonl");
        // Of a record that cannot be read, too.
        let is_rehearsal = String::from_utf8_lossy(&record).contains("\"mode\":\"rehearsal\"");
        let namespace = if is_rehearsal {
            namespace::REHEARSAL
        } else {
            namespace::RECORD
        };
        for entry in fs::read_dir(self.path("signatures")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let signed = key_of(name.strip_suffix(".sig").unwrap());
            let signed = signed.sign(namespace, &record).unwrap();
            self.write(&format!("signatures/{name}"), signed);
        }
    }

    /// Asserts that the verdict is an incident and says all of `words` in one problem.
    #[track_caller]
    pub(crate) fn is_refused(&self, words: &[&str]) -> Verdict {
        let verdict = self.verdict();
        assert_eq!(verdict.exit(), Exit::Integrity, "{verdict:#?}");
        let said = verdict.problems.iter().any(|problem| {
            let text = format!("line {:?}: {}", problem.place, problem.what);
            words.iter().all(|word| text.contains(word))
        });
        assert!(said, "nothing says {words:?}: {:#?}", verdict.problems);
        verdict
    }

    #[track_caller]
    pub(crate) fn holds(&self) -> Verdict {
        let verdict = self.verdict();
        assert_eq!(verdict.problems, [], "{:#?}", verdict.notes);
        assert_eq!(verdict.exit(), Exit::Done, "{verdict:#?}");
        verdict
    }

    /// Line of the entry for the step of that name, from 1.
    pub(crate) fn line_of(&self, step: &str) -> usize {
        let mut entries = self.entries();
        let at = entries
            .iter_mut()
            .position(|entry| did(entry).is_some_and(|did| did.name() == step));
        at.unwrap() + 1
    }
}

/// The signing key of a stand-in: it follows from the seed.
pub(crate) fn key_of(person: &str) -> SigningKey {
    let purpose = format!("signing key of {person}");
    let mut rng = ChaCha20Rng::from_seed(Digest::of(&[&SEED.0[..], purpose.as_bytes()].concat()).0);
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    SigningKey::from_seed(&seed)
}

pub(crate) fn did(entry: &mut Entry) -> Option<&mut Did> {
    if let Event::Step(step) = &mut entry.event {
        Some(&mut step.did)
    } else {
        None
    }
}

pub(crate) fn open_of(entries: &mut [Entry]) -> &mut Open {
    let Event::Open(open) = &mut entries[0].event else {
        panic!("not opened")
    };
    open
}

/// The entry for the step of that name.
pub(crate) fn step<'a>(
    entries: &'a mut [Entry],
    name: &str,
) -> &'a mut keyrite::domain::record::Step {
    entries
        .iter_mut()
        .filter_map(|entry| {
            if let Event::Step(step) = &mut entry.event {
                Some(&mut **step)
            } else {
                None
            }
        })
        .find(|step| step.did.name() == name)
        .unwrap()
}

/// A production ceremony: the rehearsal of a production script, rewritten by everybody who is in
/// it. Nobody else could.
fn in_production() -> Ceremony {
    let recipients = [
        "age1x0lg4c28dlvu84fyk3mnsxhkmgajejdl2d5r5cwl2qtzelel4vds2ldggk",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z",
    ];
    let mut script = String::from_utf8(script_of(AES)).unwrap();
    script = script.replace("mode: practice", "mode: production");
    for person in ["ana", "ben", "cho", "dee", "eli", "fay"] {
        let key = key_of(person).public().to_line();
        let begins = format!("  {person}: {{name:");
        script = script.replace(&begins, &format!("  {person}: {{signs-with: {key}, name:"));
    }
    for (person, recipient) in ["ben", "cho", "dee"].iter().zip(recipients) {
        let begins = format!("  {person}: {{");
        script = script.replace(
            &begins,
            &format!("{begins}receives-shares-at: {recipient}, "),
        );
    }
    let ceremony = Ceremony::of(script.as_bytes());
    fs::remove_dir_all(ceremony.path("stand-in-media")).unwrap();
    let namespaces = [
        namespace::RECORD,
        namespace::DISSENT,
        namespace::SCRIPT,
        namespace::APPROVAL,
    ];
    let people: Vec<_> = ["ana", "ben", "cho", "dee", "eli", "fay"]
        .map(|person| (person, key_of(person).public()))
        .into();
    let lines: Vec<_> = people
        .iter()
        .map(|(person, key)| (*person, key, &namespaces[..]))
        .collect();
    let allowed_signers = render(&lines).unwrap();
    ceremony.write("allowed_signers", &allowed_signers);
    let approval = key_of("fay")
        .sign(namespace::SCRIPT, script.as_bytes())
        .unwrap();
    ceremony.write("approvals/script-fay.sig", &approval);
    let verify_txt = String::from_utf8(ceremony.read("VERIFY.txt")).unwrap();
    let verify_txt = verify_txt
        .replace(
            &format!("{} -s \"$said", namespace::REHEARSAL),
            &format!("{} -s \"$said", namespace::DISSENT),
        )
        .replace(namespace::REHEARSAL, namespace::RECORD);
    ceremony.write("VERIFY.txt", &verify_txt);
    let sealed_to = |handed: &mut Handed| {
        let place = usize::from(handed.index) - 1;
        handed.recipients = vec![Digest::of(recipients[place].as_bytes())];
    };
    ceremony.collude(|entries| {
        for entry in entries.iter_mut() {
            match &mut entry.event {
                Event::Handed(handed) => sealed_to(handed),
                Event::Step(step) => {
                    if let Did::Split { set, .. } = &mut step.did {
                        set.shares.iter_mut().for_each(sealed_to);
                    }
                }
                Event::Open(_)
                | Event::BatchKey(_)
                | Event::Exception(_)
                | Event::Resumed(_)
                | Event::Lost(_)
                | Event::Recovered(_)
                | Event::Orphan(_)
                | Event::Calling(_)
                | Event::Sealed(_) => {}
            }
        }
        let open = open_of(entries);
        open.mode = Mode::Production;
        open.verify_txt = Digest::of(verify_txt.as_bytes());
        open.allowed_signers = Digest::of(allowed_signers.as_bytes());
        open.inputs[0].files = vec![File {
            path: "parameters.json".to_owned(),
            sha256: Digest::of(b"parameters"),
        }];
        open.script_approvals = vec![ScriptApproval {
            by: "fay".to_owned(),
            signature: File {
                path: "approvals/script-fay.sig".to_owned(),
                sha256: Digest::of(approval.as_bytes()),
            },
        }];
        let Some(Event::Sealed(sealed)) = entries.last_mut().map(|entry| &mut entry.event) else {
            panic!("not sealed");
        };
        sealed.namespace = namespace::RECORD.into();
    });
    ceremony
}

/// Runs the commands of VERIFY.txt; whether each succeeded, and what they said.
pub(crate) fn by_hand(dir: &Path) -> Vec<(bool, String)> {
    let text = fs::read_to_string(dir.join("VERIFY.txt")).unwrap();
    let commands = text.split("\n\n").filter(|paragraph| {
        ["ssh-keygen", "(", "tail", "grep"]
            .iter()
            .any(|begins| paragraph.starts_with(begins))
    });
    commands
        .flat_map(|paragraph| {
            let separate = paragraph.starts_with("ssh-keygen") || paragraph.contains("head -n 1");
            if separate {
                paragraph.lines().collect()
            } else {
                vec![paragraph]
            }
        })
        .map(|command| {
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(dir)
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            (output.status.success(), format!("{command}\n{said}"))
        })
        .collect()
}

#[track_caller]
pub(crate) fn holds_by_hand(dir: &Path) {
    let done = by_hand(dir);
    for (holds, said) in &done {
        assert!(holds, "{said}");
    }
    // As many signatures as signers, three at least; then chain, seal, files, two digests, approvals
    // of the script and of acts, and disagreements.
    assert!(done.len() >= 11, "{done:#?}");
    assert!(
        done.iter()
            .any(|(_, said)| said.contains("the chain holds"))
    );
    assert!(done.iter().any(|(_, said)| said.contains("it is sealed")));
    assert_eq!(by_python(dir, None).0, 0, "{}", by_python(dir, None).1);
}

/// Runs verify.py of a folder, as if it were a copy that somebody trusts; its exit code, and what it
/// said.
pub(crate) fn by_python(dir: &Path, signers: Option<&Path>) -> (i32, String) {
    // Without `site` there is nothing but the standard library.
    let output = crate::common::python()
        .args(["-I", "-S"])
        .arg(crate::common::repository("src/engine/verify.py"))
        .args(signers)
        .current_dir(dir)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_rehearsed_import_holds_here_and_by_hand() {
    let ceremony = Ceremony::good();
    let verdict = ceremony.holds();
    assert_eq!(verdict.ceremony, AES);
    assert_eq!(verdict.mode, Some(Mode::Rehearsal));
    assert_eq!(verdict.outcome, Some(Outcome::Complete));
    assert_eq!(verdict.signed.len(), 6);
    assert_eq!(
        verdict.record_sha256,
        Digest::of(&ceremony.read("record.jsonl"))
    );
    let holding = verdict.that(Standing::Holds).count();
    assert!(holding >= 12, "{:#?}", verdict.checks);
    holds_by_hand(&ceremony.dir);
}

#[test]
fn a_rehearsed_rsa_import_holds_here_and_by_hand() {
    let ceremony = Ceremony::of(&script_of(RSA));
    ceremony.holds();
    holds_by_hand(&ceremony.dir);
    // The public half is held against the check value.
    ceremony.collude(|entries| {
        let step = step(entries, "generate");
        let Did::Generate { check_values, .. } = &mut step.did else {
            panic!()
        };
        check_values.insert("spki.sha256".to_owned(), "ab".repeat(32));
    });
    ceremony.is_refused(&["is not the public half"]);
}

#[test]
fn a_ceremony_without_files_holds_here_and_by_hand() {
    let ceremony = Ceremony::of(&script_of(SPLIT));
    ceremony.holds();
    holds_by_hand(&ceremony.dir);
}

#[test]
fn a_share_sealed_to_somebody_else_is_refused() {
    let ceremony = Ceremony::production();
    ceremony.collude(|entries| {
        let to_eve = |handed: &mut Handed| {
            if handed.custodian == "cho" {
                handed.recipients.push(Digest::of(b"eve"));
            }
        };
        for entry in entries.iter_mut() {
            if let Event::Handed(handed) = &mut entry.event {
                to_eve(handed);
            }
        }
        if let Did::Split { set, .. } = &mut step(entries, "split").did {
            set.shares.iter_mut().for_each(to_eve);
        }
    });
    ceremony.is_refused(&[
        "step 5",
        "share of cho",
        "other recipients than the script names",
    ]);
}

#[test]
fn a_production_ceremony_holds_here_and_by_hand() {
    let ceremony = Ceremony::production();
    let verdict = ceremony.holds();
    assert_eq!(verdict.mode, Some(Mode::Production));
    holds_by_hand(&ceremony.dir);
    let good = |about: &str| {
        by_hand(&ceremony.dir).iter().any(|(holds, said)| {
            *holds && said.contains(&format!("Good \"{about}\" signature for fay"))
        })
    };
    assert!(good(namespace::SCRIPT) && good(namespace::APPROVAL));
    let signed = key_of("ana").sign(namespace::SCRIPT, b"another").unwrap();
    ceremony.write("approvals/script-fay.sig", signed);
    assert!(!good(namespace::SCRIPT) && good(namespace::APPROVAL));
}

#[test]
fn a_folder_without_record_or_script_is_no_ceremony() {
    for file in ["record.jsonl", "script.yaml"] {
        let ceremony = Ceremony::good();
        fs::remove_file(ceremony.path(file)).unwrap();
        match dossier::read(&ceremony.dir) {
            Err(EngineError::NoCeremony { missing, .. }) => assert_eq!(missing, file),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_changed_line_is_refused() {
    let ceremony = Ceremony::good();
    let mut lines = ceremony.lines();
    let text = String::from_utf8(lines[2].clone()).unwrap();
    lines[2] = text.replace("\"agrees\":true", "\"agrees\":false").into();
    ceremony.write("record.jsonl", lines.concat());
    let verdict = ceremony.is_refused(&["line Some(3)", "was changed"]);
    let holding: Vec<&str> = verdict
        .that(Standing::Holds)
        .map(|checked| checked.check.id())
        .collect();
    // Nothing is chained to what it says.
    assert_eq!(holding, ["folder"], "{:#?}", verdict.checks);
    let failed = by_hand(&ceremony.dir);
    assert!(
        failed
            .iter()
            .any(|(holds, said)| !holds && said.contains("BROKEN"))
    );
    assert!(failed.iter().filter(|(holds, _)| !holds).count() >= 7);
}

#[test]
fn a_dropped_doubled_or_swapped_line_is_refused() {
    type Edit = fn(&mut Vec<Vec<u8>>);
    let edits: [(Edit, &str); 4] = [
        (|lines| drop(lines.remove(3)), "missing before line 4"),
        (
            |lines| {
                let line = lines[3].clone();
                lines.insert(4, line);
            },
            "line 5 of the record repeats line 4",
        ),
        (|lines| lines.swap(3, 4), "line 4"),
        (|lines| drop(lines.pop()), "not sealed"),
    ];
    for (edit, says) in edits {
        let ceremony = Ceremony::good();
        let mut lines = ceremony.lines();
        edit(&mut lines);
        ceremony.write("record.jsonl", lines.concat());
        ceremony.is_refused(&[says]);
    }
}

#[test]
fn a_chain_that_an_outsider_made_anew_is_refused_by_its_signatures() {
    let ceremony = Ceremony::good();
    ceremony.rewrite(|entries| {
        let Did::Statement { answers, .. } = &mut step(entries, "statement").did else {
            panic!()
        };
        answers[0].words = Some("gladly".to_owned());
    });
    let verdict = ceremony.is_refused(&["signature of ana", "does not fit these bytes"]);
    assert_eq!(verdict.problems.len(), 6, "{:#?}", verdict.problems);
    ceremony.sign(|_| SigningKey::from_seed(&[1; 32]));
    ceremony.is_refused(&["signature of ben", "was made by"]);
}

#[test]
fn a_missing_signature_is_outstanding_and_no_incident() {
    let ceremony = Ceremony::good();
    fs::remove_file(ceremony.path("signatures/dee.sig")).unwrap();
    let verdict = ceremony.verdict();
    assert_eq!(verdict.problems, []);
    assert_eq!(verdict.outstanding, ["dee"]);
    assert_eq!(verdict.exit(), Exit::Operator);
}

#[test]
fn a_signature_of_somebody_else_is_refused() {
    let ceremony = Ceremony::good();
    fs::copy(
        ceremony.path("signatures/ben.sig"),
        ceremony.path("signatures/dee.sig"),
    )
    .unwrap();
    ceremony.is_refused(&["signature of dee", "was made by"]);
}

#[test]
fn a_signature_with_another_meaning_is_refused() {
    let ceremony = Ceremony::production();
    let record = ceremony.read("record.jsonl");
    for namespace in [
        namespace::REHEARSAL,
        namespace::DISSENT,
        namespace::APPROVAL,
    ] {
        let signed = key_of("dee").sign(namespace, &record).unwrap();
        ceremony.write("signatures/dee.sig", signed);
        ceremony.is_refused(&["signature of dee", namespace]);
    }
}

#[test]
fn what_is_no_signature_and_who_is_no_signer_are_refused() {
    let ceremony = Ceremony::good();
    ceremony.write("signatures/dee.sig", "signed, Dee");
    ceremony.is_refused(&["signature of dee", "not an OpenSSH signature"]);
    let ceremony = Ceremony::good();
    fs::copy(
        ceremony.path("signatures/ben.sig"),
        ceremony.path("signatures/mallory.sig"),
    )
    .unwrap();
    ceremony.is_refused(&["signature of mallory", "no key of mallory"]);
}

#[test]
fn keys_must_be_those_of_the_auditor_where_he_brings_a_list() {
    let ceremony = Ceremony::good();
    let own = String::from_utf8(ceremony.read("allowed_signers")).unwrap();
    let dossier = dossier::read(&ceremony.dir).unwrap();
    let trusted = AllowedSigners::parse(&own).unwrap();
    assert_eq!(verify(&dossier, Some(&trusted)).exit(), Exit::Done);
    let ana = key_of("ana").public().to_line();
    let other = SigningKey::from_seed(&[9; 32]).public().to_line();
    let trusted = AllowedSigners::parse(&own.replace(&ana, &other)).unwrap();
    let verdict = verify(&dossier, Some(&trusted));
    assert_eq!(verdict.exit(), Exit::Integrity);
    assert_eq!(verdict.problems.len(), 1, "{:#?}", verdict.problems);
    assert!(verdict.problems[0].what.contains("signature of ana"));
}

#[test]
fn a_changed_added_or_removed_file_is_refused() {
    let ceremony = Ceremony::good();
    let made = step(&mut ceremony.entries(), "wrap").artifacts.clone();
    let wrapped = made
        .iter()
        .find(|made| made.purpose == Purpose::WrappedKey)
        .unwrap()
        .path
        .clone();
    let mut bytes = ceremony.read(&wrapped);
    bytes[0] ^= 1;
    ceremony.write(&wrapped, &bytes);
    ceremony.is_refused(&[&wrapped, "was changed"]);
    assert!(
        by_hand(&ceremony.dir)
            .iter()
            .any(|(holds, said)| !holds && said.contains("FAILED"))
    );

    let ceremony = Ceremony::good();
    fs::remove_file(ceremony.path(&wrapped)).unwrap();
    let line = format!("line Some({})", ceremony.line_of("wrap"));
    ceremony.is_refused(&[&line, &wrapped, "is missing"]);
    assert!(by_hand(&ceremony.dir).iter().any(|(holds, _)| !holds));

    for added in [
        "artifacts/extra.bin",
        "approvals/extra.json",
        "artifacts/payments-for-aws/x",
    ] {
        let ceremony = Ceremony::good();
        ceremony.write(added, "x");
        ceremony.is_refused(&[added, "no entry"]);
    }
    let ceremony = Ceremony::good();
    fs::create_dir(ceremony.path("orphans")).unwrap();
    ceremony.write("orphans/x", "x");
    ceremony.is_refused(&["orphans/x", "no entry"]);
}

#[test]
fn strangers_are_refused() {
    for stranger in [
        "notes.txt",
        "signatures/ana.txt",
        "dissent",
        "record.jsonl.bak",
    ] {
        let ceremony = Ceremony::good();
        if stranger == "dissent" {
            fs::create_dir(ceremony.path(stranger)).unwrap();
            ceremony.write("dissent/ana.json.sig", "x");
            // Written before what it is over: alone, it is the rest of an interruption.
            let verdict = ceremony.holds();
            let told = |note: &String| note.contains("dissent/ana.json.sig is the rest of");
            assert!(verdict.notes.iter().any(told), "{:?}", verdict.notes);
        } else {
            ceremony.write(stranger, "x");
            ceremony.is_refused(&[stranger, "does not belong to a ceremony"]);
        }
    }
    // A link is no file of a ceremony, whatever it leads to.
    let ceremony = Ceremony::good();
    std::os::unix::fs::symlink("../script.yaml", ceremony.path("artifacts/link")).unwrap();
    ceremony.is_refused(&["artifacts/link does not belong"]);
    // Stand-ins have media; people do not keep theirs beside the record.
    let ceremony = Ceremony::production();
    fs::create_dir(ceremony.path("stand-in-media")).unwrap();
    ceremony.is_refused(&["stand-in-media does not belong"]);
    // Something that is too large to be read.
    let ceremony = Ceremony::good();
    ceremony.write("artifacts/large", vec![0; (1 << 20) + 1]);
    ceremony.is_refused(&["artifacts/large does not belong"]);
    // What an interrupted signature left is told and harms nobody.
    let ceremony = Ceremony::good();
    ceremony.write("signatures/.ana.sig.123.part", "-----BEG");
    assert!(
        ceremony
            .holds()
            .notes
            .iter()
            .any(|note| note.contains(".part"))
    );
}

#[test]
fn a_changed_allowed_signers_verify_txt_or_script_is_refused() {
    let ceremony = Ceremony::good();
    let other = SigningKey::from_seed(&[9; 32]).public().to_line();
    let own = String::from_utf8(ceremony.read("allowed_signers")).unwrap();
    ceremony.write(
        "allowed_signers",
        own.replace(&key_of("ana").public().to_line(), &other),
    );
    ceremony.is_refused(&["line Some(1)", "allowed_signers is not the file"]);
    assert!(by_hand(&ceremony.dir).iter().any(|(holds, _)| !holds));

    let ceremony = Ceremony::good();
    let text = String::from_utf8(ceremony.read("VERIFY.txt")).unwrap();
    ceremony.write("VERIFY.txt", text + "\nAll is well.\n");
    ceremony.is_refused(&["line Some(1)", "VERIFY.txt is not the file"]);
    assert!(by_hand(&ceremony.dir).iter().any(|(holds, _)| !holds));

    let ceremony = Ceremony::good();
    let text = String::from_utf8(ceremony.read("script.yaml")).unwrap();
    ceremony.write("script.yaml", text.replace("threshold: 2", "threshold: 3"));
    ceremony.is_refused(&["line Some(1)", "belongs to the script"]);

    for missing in ["allowed_signers", "VERIFY.txt"] {
        let ceremony = Ceremony::good();
        fs::remove_file(ceremony.path(missing)).unwrap();
        ceremony.is_refused(&[missing, "missing or empty"]);
    }
}

/// A key could be let in behind the opening, which holds the list against the record.
#[test]
fn a_list_of_signers_of_a_ceremony_that_names_times_is_refused_though_everybody_signs_it() {
    for (options, words) in [
        ("namespaces=", None),
        (
            "valid-after=\"20200101Z\",namespaces=",
            Some("from when to when a key counts"),
        ),
        (
            "valid-before=\"20990101Z\",namespaces=",
            Some("from when to when a key counts"),
        ),
    ] {
        let ceremony = Ceremony::good();
        let own = String::from_utf8(ceremony.read("allowed_signers")).unwrap();
        let own = own.replacen("namespaces=", options, 1);
        ceremony.write("allowed_signers", &own);
        ceremony.collude(|entries| {
            open_of(entries).allowed_signers = Digest::of(own.as_bytes());
        });
        match words {
            Some(words) => ceremony.is_refused(&["line Some(1)", words]),
            None => ceremony.holds(),
        };
    }
}

#[test]
fn a_changed_approval_is_refused() {
    let ceremony = Ceremony::good();
    let Did::Approve { request, .. } = step(&mut ceremony.entries(), "approve").did.clone() else {
        panic!()
    };
    let text = String::from_utf8(ceremony.read(&request.path)).unwrap();
    ceremony.write(&request.path, text.replace("aws-kms", "aws-gov"));
    ceremony.is_refused(&[&request.path, "was changed"]);
    ceremony.is_refused(&["step 8", "fay's approval", "does not hold"]);
}

/// One way in which everybody together could lie, and what must be said of it.
pub(crate) type Lie = (&'static str, fn(&mut Vec<Entry>), &'static [&'static str]);

pub(crate) const LIES: &[Lie] = &[
    (
        "another title",
        |entries| open_of(entries).title = "Nothing special".into(),
        &["line Some(1)", "names the title"],
    ),
    (
        "another person",
        |entries| open_of(entries).people[1].name = "Bob".into(),
        &["calls ben `Bob`"],
    ),
    (
        "another role",
        |entries| open_of(entries).people[1].roles = vec!["witness".to_owned()],
        &["gives ben the roles"],
    ),
    (
        "a table of another model",
        |entries| {
            let access = open_of(entries).access.as_mut().unwrap();
            access.model += 1;
            access.rows.clear();
        },
        &["was reckoned by model 2; this program knows model 1"],
    ),
    (
        "a key that nobody listed",
        |entries| open_of(entries).people[1].signs_with = None,
        &["allowed_signers lets ben sign"],
    ),
    (
        "practice",
        |entries| open_of(entries).mode = Mode::Practice,
        &["the record says that ana signs with"],
    ),
    (
        "other people in the room",
        |entries| {
            if let Did::SignIn { people } = &mut step(entries, "sign-in").did {
                people.pop();
            }
        },
        &["line Some(2)", "step 1", "[ana, ben, cho, dee, eli]"],
    ),
    (
        "another sentence",
        |entries| step(entries, "split").says = "Split the key.".into(),
        &["step 5", "read aloud"],
    ),
    (
        "another line",
        |entries| step(entries, "split").line += 1,
        &["step 5", "stands at line"],
    ),
    (
        "another statement",
        |entries| {
            if let Did::Statement { text, .. } = &mut step(entries, "statement").did {
                text.push_str("Or not.");
            }
        },
        &["step 2", "read aloud"],
    ),
    (
        "a look that failed, without an exception",
        |entries| {
            if let Did::Environment { checks } = &mut step(entries, "environment").did {
                checks[0].holds = false;
            }
        },
        &["step 3", "no exception is recorded"],
    ),
    (
        "a look that is missing",
        |entries| {
            if let Did::Environment { checks } = &mut step(entries, "environment").did {
                checks.remove(0);
            }
        },
        &["step 3", "was looked at"],
    ),
    (
        "another type of key",
        |entries| {
            if let Did::Generate { r#type, .. } = &mut step(entries, "generate").did {
                *r#type = "aes-128".parse().unwrap();
            }
        },
        &["step 4", "`aes-128`", "`aes-256`"],
    ),
    (
        "a check value that is missing",
        |entries| {
            if let Did::Generate { check_values, .. } = &mut step(entries, "generate").did {
                check_values.remove("ekcv");
            }
        },
        &["step 4", "check values"],
    ),
    (
        "another threshold",
        |entries| {
            if let Did::Split { set, .. } = &mut step(entries, "split").did {
                set.threshold = 1;
            }
        },
        &["step 5", "threshold", "`1`", "`2`"],
    ),
    (
        "another holder",
        |entries| {
            if let Did::Split { set, .. } = &mut step(entries, "split").did {
                set.shares[0].custodian = "eli".into();
            }
        },
        &["step 5", "[eli, cho, dee]"],
    ),
    (
        "a share that was delivered otherwise",
        |entries| {
            if let Did::Split { set, .. } = &mut step(entries, "split").did {
                set.shares[1].delivery = Some(Delivery::AgePassphrase);
            }
        },
        &[
            "step 5",
            "share of cho",
            "delivered by age-passphrase",
            "says age-file",
        ],
    ),
    (
        "a share whose file is not recorded",
        |entries| {
            if let Did::Split { set, .. } = &mut step(entries, "split").did {
                set.shares[2].file = None;
                set.shares[2].sha256 = None;
            }
        },
        &["step 5", "share of dee", "its file is not recorded"],
    ),
    (
        "a share that was not handed out",
        |entries| {
            if let Did::Split { set, .. } = &mut step(entries, "split").did {
                set.shares[0].commitment = Digest::of(b"another");
            }
        },
        &["step 5", "not the 3 that were handed out"],
    ),
    (
        "a share that was handed out and not recorded",
        |entries| {
            let at = entries
                .iter()
                .position(|entry| matches!(entry.event, Event::Handed(_)))
                .unwrap();
            entries.remove(at);
        },
        &["step 5", "not the 2 that were handed out"],
    ),
    (
        "another check value in the restore test",
        |entries| {
            if let Did::RestoreTest { check_values, .. } = &mut step(entries, "restore-test").did {
                check_values.insert("kcv.cmac5".to_owned(), "0011223344".to_owned());
            }
        },
        &["step 6", "kcv.cmac5", "0011223344"],
    ),
    (
        "a restore test with too few",
        |entries| {
            if let Did::RestoreTest { with, .. } = &mut step(entries, "restore-test").did {
                with.pop();
            }
        },
        &["step 6", "1 shares rebuilt", "2 are needed"],
    ),
    (
        "a restore test of another set",
        |entries| {
            if let Did::RestoreTest { set, .. } = &mut step(entries, "restore-test").did {
                *set = "00".repeat(16);
            }
        },
        &["step 6", "it is in set"],
    ),
    (
        "another wrapping key compared",
        |entries| {
            if let Did::Compare { sha256, .. } = &mut step(entries, "compare").did {
                *sha256 = Digest::of(b"another");
            }
        },
        &["step 7", "was compared"],
    ),
    (
        "the same words typed twice",
        |entries| {
            if let Did::Compare { by, .. } = &mut step(entries, "compare").did {
                by[1].from = by[0].from;
                by[1].to = by[0].to;
            }
        },
        &["step 7", "the same words"],
    ),
    (
        "words that no fingerprint has",
        |entries| {
            if let Did::Compare { by, .. } = &mut step(entries, "compare").did {
                by[1].to = u32::MAX;
            }
        },
        &["step 7", "typing words"],
    ),
    (
        "another approver",
        |entries| {
            if let Did::Approve { by, .. } = &mut step(entries, "approve").did {
                *by = "ana".into();
            }
        },
        &["step 8", "approved by `ana`"],
    ),
    (
        "an approval that holds for longer",
        |entries| {
            if let Did::Approve { expires, .. } = &mut step(entries, "approve").did {
                *expires = expires.plus_seconds(86400);
            }
        },
        &["step 8", "longer than the script allows"],
    ),
    (
        "an approval that ran out",
        |entries| {
            let at = entries
                .iter_mut()
                .position(|entry| did(entry).is_some_and(|did| did.name() == "wrap"))
                .unwrap();
            for entry in &mut entries[at..] {
                entry.at = entry.at.plus_seconds(2 * 86400);
            }
        },
        &["step 9", "ran out"],
    ),
    (
        "another wrapping key",
        |entries| {
            if let Did::Wrap { wrapping_key, .. } = &mut step(entries, "wrap").did {
                *wrapping_key = Digest::of(b"another");
            }
        },
        &["step 9", "was wrapped under"],
    ),
    (
        "another wrapping key from the beginning",
        |entries| open_of(entries).inputs[0].wrapping_key = Digest::of(b"another"),
        &["step 8", "approves something else"],
    ),
    (
        "another algorithm",
        |entries| {
            if let Did::Wrap { algorithm, .. } = &mut step(entries, "wrap").did {
                *algorithm = "RSAES_OAEP_SHA_1".into();
            }
        },
        &["step 9", "algorithm", "RSAES_OAEP_SHA_1"],
    ),
    (
        "no wrapped key",
        |entries| {
            step(entries, "wrap")
                .artifacts
                .retain(|made| made.purpose != Purpose::WrappedKey);
        },
        &["step 9", "0 are recorded"],
    ),
    (
        "an artifact of a step that makes none",
        |entries| {
            let artifact = Artifact {
                path: "artifacts/../script.yaml".to_owned(),
                sha256: Digest::of(b"x"),
                bytes: 1,
                purpose: Purpose::Command,
            };
            step(entries, "sign-in").artifacts.push(artifact);
        },
        &["line Some(2)", "where none belongs"],
    ),
    (
        "a key destroyed elsewhere",
        |entries| {
            if let Did::Destroy { r#where, .. } = &mut step(entries, "destroy").did {
                *r#where = "provider".into();
            }
        },
        &["step 10", "`provider`"],
    ),
    (
        "a destruction that did not happen",
        |entries| {
            if let Did::Destroy { method, .. } = &mut step(entries, "destroy").did {
                *method = "kept for later".into();
            }
        },
        &["step 10", "kept for later"],
    ),
    (
        "a step that was skipped",
        |entries| {
            let at = entries
                .iter_mut()
                .position(|entry| did(entry).is_some_and(|did| did.name() == "restore-test"))
                .unwrap();
            entries.remove(at);
        },
        &["out of order", "step 7 is recorded where step 6 is due"],
    ),
    (
        "a seal before the end",
        |entries| {
            let last = entries.len() - 1;
            entries.remove(last - 1);
        },
        &["out of order", "where step 12 is due"],
    ),
    (
        "another step's deed",
        |entries| {
            let deed = step(entries, "sign-out").did.clone();
            step(entries, "statement").did = deed;
        },
        &["step 2", "`sign-out`", "`statement`"],
    ),
    (
        "an exception without a decision, that the seal does not count",
        |entries| {
            let mut entry = entries[1].clone();
            entry.event = Event::Exception(Exception {
                step: 2,
                expected: "quiet".to_owned(),
                happened: "a knock".to_owned(),
                decided: "go on".to_owned(),
                decided_by: " ".to_owned(),
                request: None,
                signatures: vec![],
            });
            entries.insert(2, entry);
        },
        &["line Some(3)", "who decided"],
    ),
    (
        "an interruption after which the key is still there",
        |entries| {
            let at = entries
                .iter_mut()
                .position(|entry| did(entry).is_some_and(|did| did.name() == "wrap"))
                .unwrap();
            let mut entry = entries[at - 1].clone();
            entry.event = Event::Resumed(keyrite::domain::record::Resumed {
                next_step: 9,
                torn: None,
                tool: tool(),
                keys: std::collections::BTreeMap::new(),
            });
            entries.insert(at, entry);
        },
        &["step 9", "its return is not recorded"],
    ),
    (
        "fewer signers",
        |entries| {
            if let Some(Event::Sealed(sealed)) = entries.last_mut().map(|entry| &mut entry.event) {
                sealed.signers.pop();
            }
        },
        &["the seal asks"],
    ),
    (
        "other exceptions than recorded",
        |entries| {
            if let Some(Event::Sealed(sealed)) = entries.last_mut().map(|entry| &mut entry.event) {
                sealed.exceptions = 1;
            }
        },
        &["the seal counts 1"],
    ),
    (
        "an end without a reason",
        |entries| {
            if let Some(Event::Sealed(sealed)) = entries.last_mut().map(|entry| &mut entry.event) {
                sealed.outcome = Outcome::Aborted;
            }
        },
        &["without a reason"],
    ),
];

#[test]
fn everybody_together_cannot_lie_against_the_script() {
    for (name, lie, says) in LIES {
        println!("{name}");
        let ceremony = Ceremony::good();
        ceremony.collude(lie);
        let verdict = ceremony.is_refused(says);
        // The lie itself is well told.
        if *name != "practice" {
            assert_eq!(verdict.signed.len(), 6, "{name}: {:#?}", verdict.problems);
        }
    }
}

#[test]
fn any_changed_byte_is_refused() {
    let good = dossier::read(&Ceremony::good().dir).unwrap();
    for at in (0..good.record.len()).step_by(41) {
        let mut changed = good.clone();
        changed.record[at] ^= 1;
        assert_eq!(verify(&changed, None).exit(), Exit::Integrity, "byte {at}");
    }
    for at in (0..good.script.len()).step_by(97) {
        let mut changed = good.clone();
        changed.script[at] ^= 1;
        assert_eq!(verify(&changed, None).exit(), Exit::Integrity, "byte {at}");
    }
    for at in (0..good.allowed_signers.len()).step_by(29) {
        let mut changed = good.clone();
        changed.allowed_signers[at] ^= 1;
        assert_eq!(verify(&changed, None).exit(), Exit::Integrity, "byte {at}");
    }
}

#[test]
fn whatever_stands_in_a_folder_is_refused_without_a_panic() {
    let good = dossier::read(&Ceremony::good().dir).unwrap();
    for end in (0..good.record.len()).step_by(53) {
        let mut cut = good.clone();
        cut.record.truncate(end);
        assert_eq!(verify(&cut, None).exit(), Exit::Integrity, "{end} bytes");
    }
    for bytes in [&b""[..], b"\n", b"{}\n", b"\xff\xfe", b"null\n"] {
        let mut other = good.clone();
        other.record = bytes.to_vec();
        assert_eq!(verify(&other, None).exit(), Exit::Integrity);
        let mut other = good.clone();
        other.script = bytes.to_vec();
        assert_eq!(verify(&other, None).exit(), Exit::Integrity);
    }
}

#[test]
fn telling_the_same_again_holds() {
    let ceremony = Ceremony::good();
    ceremony.collude(|_| {});
    ceremony.holds();
}

#[test]
fn a_production_script_needs_its_approvals() {
    let ceremony = Ceremony::production();
    fs::remove_file(ceremony.path("approvals/script-fay.sig")).unwrap();
    ceremony.collude(|entries| open_of(entries).script_approvals.clear());
    ceremony.is_refused(&["fay did not approve the script"]);

    let ceremony = Ceremony::production();
    let forged = key_of("ana")
        .sign(namespace::SCRIPT, &ceremony.read("script.yaml"))
        .unwrap();
    ceremony.write("approvals/script-fay.sig", &forged);
    ceremony.collude(|entries| {
        open_of(entries).script_approvals[0].signature.sha256 = Digest::of(forged.as_bytes());
    });
    ceremony.is_refused(&["fay's approval of the script", "was made by"]);
}

#[test]
fn a_production_record_is_not_taken_for_a_rehearsal_nor_the_other_way_round() {
    let ceremony = Ceremony::production();
    ceremony.collude(|entries| open_of(entries).mode = Mode::Rehearsal);
    ceremony.is_refused(&["the seal asks for signatures for ceremony-record@keyrite"]);
    let ceremony = Ceremony::good();
    ceremony.collude(|entries| open_of(entries).mode = Mode::Production);
    ceremony.is_refused(&["the script is for practice"]);
}

#[test]
fn a_script_that_breaks_a_rule_is_refused_however_well_it_is_signed() {
    let ceremony = Ceremony::good();
    let text = String::from_utf8(ceremony.read("script.yaml")).unwrap();
    // The witness becomes a custodian, too.
    let text = text.replace("witness: [eli]", "witness: [eli, ben]");
    ceremony.write("script.yaml", text);
    ceremony.collude(|_| {});
    ceremony.is_refused(&["rule `custodian-apart`", "nobody answers for it"]);
}

#[test]
fn a_signed_disagreement_counts_and_a_broken_one_is_refused() {
    let ceremony = Ceremony::production();
    fs::create_dir(ceremony.path("dissent")).unwrap();
    fs::remove_file(ceremony.path("signatures/eli.sig")).unwrap();
    let mut dissent = Dissent {
        ceremony: AES.to_owned(),
        reason: "the door stood open".to_owned(),
        record: Digest::of(&ceremony.read("record.jsonl")),
    };
    let write = |dissent: &Dissent, namespace| {
        let bytes = dissent.bytes();
        ceremony.write("dissent/eli.json", &bytes);
        let signed = key_of("eli").sign(namespace, &bytes).unwrap();
        ceremony.write("dissent/eli.json.sig", signed);
    };
    write(&dissent, namespace::DISSENT);
    let verdict = ceremony.verdict();
    assert_eq!(verdict.problems, []);
    assert_eq!(verdict.exit(), Exit::Operator);
    assert_eq!(
        verdict.dissents,
        [("eli".to_owned(), "the door stood open".to_owned())]
    );
    assert_eq!(verdict.outstanding, [""; 0]);

    write(&dissent, namespace::RECORD);
    ceremony.is_refused(&["disagreement of eli", "is for"]);
    dissent.record = Digest::of(b"another");
    write(&dissent, namespace::DISSENT);
    ceremony.is_refused(&["disagreement of eli", "about a record"]);
    fs::remove_file(ceremony.path("dissent/eli.json.sig")).unwrap();
    dissent.record = Digest::of(&ceremony.read("record.jsonl"));
    ceremony.write("dissent/eli.json", dissent.bytes());
    ceremony.is_refused(&["disagreement of eli", "is not signed"]);
}

#[test]
fn what_stands_in_a_record_cannot_move_the_terminal() {
    let ceremony = Ceremony::good();
    ceremony.collude(|entries| open_of(entries).title = "\u{1b}[2Jgood\u{202e}".to_owned());
    let verdict = ceremony.is_refused(&["names the title"]);
    let said = serde_json::to_string(&verdict).unwrap();
    assert!(
        !said.contains("\\u001b") && !said.contains('\u{202e}'),
        "{said}"
    );
}

/// Plays until it stops, resumes, and returns what came of it.
fn interrupted(script: &[u8], faults: Faults, mistake: Option<Mistake>) -> Option<Ceremony> {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("c");
    let parsed = parse(script).unwrap();
    let rehearsal = Rehearsal {
        script: &parsed,
        bytes: script,
        seed: SEED,
        tool: tool(),
        dir: &dir,
        hsm: StandIn::of(&parsed, None),
    };
    let played = rehearsal.play(&mut Unwatched, faults, mistake);
    let sealed = |error: &EngineError| matches!(error, EngineError::AlreadySealed(_));
    match played.ended {
        Ok(_) => {}
        Err(_) if !dir.exists() => return None,
        Err(stopped) => {
            let again = rehearsal.resume(&mut Unwatched);
            match again.ended {
                Ok(_) => {}
                Err(again) if sealed(&again.error) => {}
                Err(again) => panic!("{stopped}, then {again}"),
            }
        }
    }
    Some(Ceremony { _home: home, dir })
}

#[test]
fn an_interrupted_ceremony_holds_once_it_was_resumed() {
    let script = script_of(AES);
    for mistake in Mistake::ALL {
        println!("{}", mistake.name());
        let Some(ceremony) = interrupted(&script, Faults::none(), Some(mistake)) else {
            assert_eq!(mistake, Mistake::Expired, "seen before anything begins");
            continue;
        };
        ceremony.holds();
        holds_by_hand(&ceremony.dir);
    }
    for question in (0..40).step_by(3) {
        println!("question {question}");
        let mistake = Some(Mistake::Interrupt(question));
        let ceremony = interrupted(&script, Faults::none(), mistake).unwrap();
        let verdict = ceremony.verdict();
        assert_eq!(verdict.problems, [], "{:#?}", verdict.notes);
        assert_ne!(verdict.exit(), Exit::Integrity);
    }
}

#[test]
fn a_ceremony_that_was_killed_anywhere_holds_once_it_was_resumed() {
    let script = script_of(AES);
    let mut lost = 0;
    let mut recovered = 0;
    for write in 0..40 {
        for fault in Fault::ALL {
            println!("write {write}, {}", fault.name());
            let Some(ceremony) = interrupted(&script, Faults::at(write, fault), None) else {
                continue;
            };
            let verdict = ceremony.verdict();
            assert_eq!(verdict.problems, [], "{:#?}", verdict.notes);
            lost += usize::from(verdict.notes.iter().any(|note| note.contains("was lost")));
            let back = |note: &String| note.contains("was brought back");
            recovered += usize::from(verdict.notes.iter().any(back));
        }
    }
    assert!(
        lost > 0 && recovered > 0,
        "{lost} lost, {recovered} recovered"
    );
}

#[test]
fn an_interrupted_rsa_ceremony_holds_once_it_was_resumed() {
    let script = script_of(RSA);
    for write in (4..30).step_by(3) {
        println!("write {write}");
        let faults = Faults::at(write, Fault::KillDuring);
        if let Some(ceremony) = interrupted(&script, faults, None) {
            let verdict = ceremony.verdict();
            assert_eq!(verdict.problems, [], "{:#?}", verdict.notes);
        }
    }
}

#[test]
fn an_unfinished_ceremony_is_not_sealed() {
    let script = script_of(AES);
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("c");
    let parsed = parse(&script).unwrap();
    let rehearsal = Rehearsal {
        script: &parsed,
        bytes: &script,
        seed: SEED,
        tool: tool(),
        dir: &dir,
        hsm: StandIn::of(&parsed, None),
    };
    let played = rehearsal.play(&mut Unwatched, Faults::none(), Some(Mistake::Interrupt(12)));
    assert!(played.ended.is_err());
    let ceremony = Ceremony { _home: home, dir };
    ceremony.is_refused(&["not sealed", "unfinished"]);
    assert_eq!(ceremony.verdict().outstanding, [""; 0]);
}

#[test]
fn moments_are_kept_in_order() {
    let ceremony = Ceremony::good();
    ceremony.collude(|entries| {
        entries[4].at = Moment::new("2020-01-01T00:00:00Z".parse().unwrap());
    });
    ceremony.is_refused(&["line Some(5)", "2020-01-01"]);
}
