//! Keys through their lives: in scripts, in ceremonies, in their records and in the register.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::Date;
use keyrite::domain::lifecycle::State;
use keyrite::domain::record::Did;
use keyrite::domain::record::Entry;
use keyrite::engine::lint::check;
use serde_json::Value;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::told;
use crate::story::Story;
use crate::verify::Ceremony;
use crate::verify::did;
use crate::verify::open_of;
use crate::verify::script_of;
use crate::verify::step;

fn shipped(name: &str) -> String {
    fs::read_to_string(repository(&format!("ceremonies/{name}/script.yaml"))).unwrap()
}

/// The rules that a script breaks on that day, with what is said of each.
fn found(script: &str, day: &str) -> Vec<(&'static str, String)> {
    let day: Date = day.parse().unwrap();
    let checked = check(script.as_bytes(), day).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let standing = checked.findings.iter().filter(|it| it.waived.is_none());
    standing
        .map(|finding| (finding.rule.id, finding.message.clone()))
        .collect()
}

/// How a step moves a key to a state.
fn to_state(to: State) -> String {
    match to {
        State::Compromised => format!("to: {to}, notify: [everybody]"),
        State::PreActivation
        | State::Active
        | State::Suspended
        | State::Deactivated
        | State::Destroyed => format!("to: {to}"),
    }
}

/// A day on which the shipped destructions may be done.
const DAY: &str = "2026-11-22";

#[test]
fn a_script_moves_a_key_as_the_table_of_states_says_and_no_other_way() {
    for from in State::ALL {
        for to in [
            State::Active,
            State::Suspended,
            State::Deactivated,
            State::Compromised,
        ] {
            let kind = match (from, to) {
                (State::Suspended, State::Active) => "resume",
                (_, State::Active) => "activate",
                (_, State::Suspended) => "suspend",
                (_, State::Deactivated) => "deactivate",
                (_, _) => "compromise",
            };
            let mut script = shipped("suspend")
                .replace("kind: suspend", &format!("kind: {kind}"))
                .replace("to: suspended", &to_state(to))
                .replace("state: active", &format!("state: {from}"));
            if from == State::Destroyed {
                let sets = script.find("    share-sets:").unwrap();
                let end = sets + script[sets..].find("\n\n").unwrap();
                script.replace_range(sets..end, "");
            }
            let found = found(&script, DAY);
            // The one addition: a destroyed key that proves to be compromised is marked.
            let marks = from == State::Destroyed && to == State::Compromised;
            let allowed = marks || from.may_move(to, false).is_ok();
            let says = format!("no move leads from {from} to {to}");
            let refused = found
                .iter()
                .any(|(rule, what)| *rule == "lifecycle" && what.contains(&says));
            assert_eq!(refused, !allowed, "{from} to {to}: {found:?}");
            assert_eq!(found.is_empty(), allowed, "{from} to {to}: {found:?}");
        }
    }
}

#[test]
fn nothing_is_destroyed_before_every_gate_is_passed() {
    let destroy = shipped("destroy");
    assert_eq!(found(&destroy, DAY), []);
    let request = {
        let from = destroy.find("    request:\n").unwrap();
        let to = destroy.find("\nsteps:").unwrap();
        destroy[from..to].to_owned()
    };
    let cases: [(&str, &str, &str, &str, &str); 13] = [
        (
            "nobody asked",
            &request,
            "",
            "destruction-gate",
            "nobody asked for the destruction of key payments before",
        ),
        (
            "nobody typed",
            "  - identify: {key: payments, by: [cho, ben]}\n",
            "",
            "destruction-gate",
            "nobody typed before which key payments is",
        ),
        (
            "one types",
            "by: [cho, ben]",
            "by: [cho, cho]",
            "shape",
            "two different people type which key it is",
        ),
        (
            "shares left",
            "  - retire: {key: payments, seen-by: eli}\n",
            "",
            "still-open",
            "while these hold it: the shares of epoch 1",
        ),
        (
            "AWS left",
            "  - close: {key: payments, at: aws, by: dee, seen-by: eli}\n",
            "",
            "still-open",
            "while these hold it: aws-kms key arn:aws:kms",
        ),
        (
            "the requester does it",
            "at: aws, by: dee",
            "at: aws, by: ben",
            "separation",
            "ben asked for the destruction, and does it",
        ),
        (
            "the approver asks",
            "      by: ben\n",
            "      by: fay\n",
            "separation",
            "fay asked for the destruction, and approves it",
        ),
        (
            "the witness does it",
            "by: dee, seen-by: eli}\n  - exception",
            "by: eli, seen-by: eli}\n  - exception",
            "separation",
            "eli has two parts in it",
        ),
        (
            "no such place",
            "at: aws, by",
            "at: azure, by",
            "lifecycle",
            "nothing is known of key payments at azure",
        ),
        (
            "no such way",
            "at: aws, by",
            "at: aws, method: shredder, by",
            "lifecycle",
            "aws-kms has no way of deleting called `shredder`",
        ),
        (
            "in an HSM",
            "  - retire: {key",
            "  - destroy: {key: payments, where: token}\n  - retire: {key",
            "lifecycle",
            "nothing is known of key payments at token",
        ),
        (
            "from active",
            "state: deactivated",
            "state: active",
            "lifecycle",
            "only keys that sign or derive may go from active to destroyed",
        ),
        (
            "other check values",
            "kcv.ecb3: \"8B9233\"}\n    state",
            "kcv.ecb3: \"8B9234\"}\n    state",
            "lifecycle",
            "name different check values of key payments",
        ),
    ];
    for (name, from, to, rule, words) in cases {
        assert!(destroy.contains(from), "{name}: the script has no {from:?}");
        let found = found(&destroy.replace(from, to), DAY);
        assert!(
            found
                .iter()
                .any(|(id, what)| *id == rule && what.contains(words)),
            "{name}: {found:?}"
        );
    }
    // Time runs from the request on, and the provider's window after it.
    let early = found(&destroy, "2026-03-08");
    assert!(
        early.iter().any(|(rule, _)| *rule == "cooling-off"),
        "{early:?}"
    );
    let window = found(&destroy, "2026-03-31");
    assert!(
        window
            .iter()
            .any(|(rule, what)| *rule == "still-open" && what.contains("2026-04-01")),
        "{window:?}"
    );
    assert_eq!(found(&destroy, "2026-04-01"), []);
    // A key that signs leaves nothing to be processed.
    let signs = destroy
        .replace("state: deactivated", "state: active")
        .replace("type: aes-256", "type: ec-p256\n    usages: [sign, verify]");
    let signs = found(&signs, DAY);
    assert!(
        !signs.iter().any(|(rule, _)| *rule == "lifecycle"),
        "{signs:?}"
    );
}

#[test]
fn windows_of_providers_kinds_and_reasons_are_held_against_the_script() {
    let deactivate = shipped("deactivate");
    for (name, script, rule, words) in [
        (
            "too short",
            deactivate.replace("at: {aws: 30d}", "at: {aws: 6d}"),
            "lifecycle",
            "aws-kms waits 7 to 30 days",
        ),
        (
            "too long",
            deactivate.replace("at: {aws: 30d}", "at: {aws: 31d}"),
            "lifecycle",
            "aws-kms waits 7 to 30 days",
        ),
        (
            "no days",
            deactivate.replace("at: {aws: 30d}", "at: {aws: 200h}"),
            "lifecycle",
            "aws-kms waits 7 to 30 days",
        ),
        (
            "no window",
            deactivate.replace("provider: aws-kms", "provider: vault"),
            "lifecycle",
            "vault deletes at once",
        ),
        (
            "another kind",
            shipped("suspend").replace("kind: suspend", "kind: deactivate"),
            "kind",
            "the key is not moved to where the kind",
        ),
        (
            "in an import",
            shipped("suspend").replace("kind: suspend", "kind: generate"),
            "kind",
            "`move` belongs to a ceremony of its own kind",
        ),
        (
            "nothing to call off",
            shipped("suspend").replace("kind: suspend", "kind: cancel-destroy"),
            "kind",
            "the key is not moved",
        ),
        (
            "a purpose of what is not active",
            shipped("suspend").replace("to: suspended", "to: suspended, purpose: process"),
            "lifecycle",
            "only an active key has a purpose",
        ),
        (
            "one place is compromised",
            shipped("compromise").replace("to: compromised", "to: compromised\n      at: [aws]"),
            "lifecycle",
            "compromised wherever it is",
        ),
        (
            "nothing is known",
            shipped("suspend")
                .replace("lifecycle:   ", "x-lifecycle:")
                .replace("x-lifecycle:", "lifecycle:")
                .replace("  payments:\n    record", "  savings:\n    record"),
            "lifecycle",
            "nothing is known of the life of key payments",
        ),
        (
            "destroyed and open",
            shipped("compromise").replace("    state: active", "    state: destroyed"),
            "lifecycle",
            "called destroyed, and aws still holds it",
        ),
        (
            "a scheduled request twice",
            shipped("cancel-destroy")
                .replace("kind: cancel-destroy", "kind: destroy")
                .replace(
                    "cancel-destroy: {key: payments,",
                    "request-destroy: {key: payments, dependents: [], tenants: [],",
                )
                .replace("what: move", "what: destroy"),
            "lifecycle",
            "asked for already",
        ),
        (
            "nobody approves",
            shipped("suspend")
                .replace("mode: practice", "mode: production")
                .replace("  - approve: {by: fay, what: move}\n", ""),
            "approval",
            "nobody approved this",
        ),
        (
            "an approval of nothing",
            shipped("suspend").replace("what: move", "what: destroy"),
            "order",
            "no destruction follows",
        ),
    ] {
        let found = found(&script, DAY);
        assert!(
            found
                .iter()
                .any(|(id, what)| *id == rule && what.contains(words)),
            "{name}: {found:?}"
        );
    }
}

/// A key from its making to its destruction, each ceremony in a folder of its own and in a register.
struct Held {
    story: Story,
    register: PathBuf,
    /// What the register says of the key after each ceremony.
    states: Vec<(&'static str, String, String)>,
}

fn held() -> &'static Held {
    static HELD: OnceLock<Held> = OnceLock::new();
    HELD.get_or_init(|| {
        let story = Story::new(&shipped("aws-kms-aes256"));
        let register = story.path("register");
        let mut held = Held {
            story,
            register,
            states: Vec::new(),
        };
        held.play("make", &shipped("aws-kms-aes256"), None);
        held.play("activate", &shipped("activate"), Some("make"));
        held.play("suspend", &shipped("suspend"), Some("activate"));
        held.play("resume", &shipped("resume"), Some("suspend"));
        held.play("deactivate", &shipped("deactivate"), Some("resume"));
        held.play("cancel", &shipped("cancel-destroy"), Some("deactivate"));
        // Asked for again, without a window at AWS: there the material is deleted at once.
        let again = shipped("deactivate")
            .replace("kind: deactivate", "kind: destroy")
            .replace("ceremony: deactivate", "ceremony: request")
            .replace("      at: {aws: 30d}            # AWS KMS waits 7 to 30 days\n", "");
        let moved = again.find("  - move:").unwrap();
        let end = moved + again[moved..].find('\n').unwrap() + 1;
        let again = again.replace(&again[moved..end], "");
        let again = again.replace("  - approve: {by: fay, what: move}\n", "");
        held.play("request", &again, Some("cancel"));
        let waived = "\nwaivers:\n  - {rule: cooling-off, reason: a test does not wait, owner: ana, until: 2199-12-31}\n\nsteps:";
        let destroy = shipped("destroy")
            .replace("\nsteps:", waived)
            .replace("at: aws, by", "at: aws, method: delete-imported-key-material, by");
        held.play("destroy", &destroy, Some("request"));
        held
    })
}

impl Held {
    fn play(&mut self, name: &'static str, script: &str, after: Option<&str>) {
        let script = after.map_or_else(|| script.to_owned(), |after| self.given(script, after));
        self.story.company.script(&script);
        self.story.run(name, &[], &[]).code(0);
        self.story.verify(name).code(0);
        keyrite()
            .args(["register", "add"])
            .arg(&self.register)
            .arg(self.story.path(name))
            .assert()
            .code(0);
        let shown = self.show(0);
        let life = &shown["keys"][0]["life"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.states.push((
            name,
            text(&life["standing"]["state"]),
            text(&life["at"]["aws"]["standing"]["state"]),
        ));
    }

    /// A shipped script with what the ceremony before left: the shares are those of the first.
    fn given(&self, script: &str, after: &str) -> String {
        let all = self.story.given(after);
        let (_, life) = all.split_once("lifecycle:").unwrap();
        let shares = self.story.given("make");
        let (shares, _) = shares.split_once("lifecycle:").unwrap();
        let script = replace(
            script,
            "lifecycle: ",
            &format!("lifecycle:{}", life.trim_end()),
        );
        replace(&script, "given:  ", shares.trim_end())
    }

    fn show(&self, code: i32) -> Value {
        show(&self.register, code)
    }
}

fn show(register: &Path, code: i32) -> Value {
    let assert = keyrite()
        .args(["register", "show"])
        .arg(register)
        .args(["payments", "--format", "json", "--as-of", "2199-01-01"])
        .assert()
        .code(code);
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

/// A block of a script, which ends with an empty line.
fn replace(script: &str, from: &str, block: &str) -> String {
    let Some(at) = script.find(from) else {
        return script.to_owned();
    };
    let end = at + script[at..].find("\n\n").unwrap();
    let mut script = script.to_owned();
    script.replace_range(at..end, block);
    script
}

#[test]
fn a_key_goes_through_its_life_and_the_register_tells_each_state() {
    let states: Vec<(&str, &str, &str)> = held()
        .states
        .iter()
        .map(|(name, material, aws)| (*name, material.as_str(), aws.as_str()))
        .collect();
    assert_eq!(
        states,
        [
            ("make", "pre-activation", "pre-activation"),
            ("activate", "active", "active"),
            ("suspend", "suspended", "suspended"),
            ("resume", "active", "active"),
            ("deactivate", "deactivated", "deactivated"),
            ("cancel", "deactivated", "deactivated"),
            ("request", "deactivated", "deactivated"),
            ("destroy", "destroyed", "destroyed"),
        ]
    );
    let life = held().show(0)["keys"][0]["life"].clone();
    assert_eq!(life["called-off"].as_array().unwrap().len(), 1);
    assert_eq!(life["moves"].as_array().unwrap().len(), 9);
    assert_eq!(life["moves"][0]["approved-by"][0], "fay");
    assert_eq!(life["moves"][0]["requested-by"], "ben");
    assert_eq!(
        life["at"]["aws"]["closed"]["method"],
        "delete-imported-key-material"
    );
    assert_eq!(
        life["destroyed"]["certificate"],
        "artifacts/destruction-payments.txt"
    );
    assert_eq!(
        life["destroyed"]["requested"]["rests-on"]["ceremony"],
        "000007-request"
    );
    // A day before anything: nothing counts.
    let early = keyrite()
        .args(["register", "list"])
        .arg(&held().register)
        .args(["--format", "json"])
        .assert()
        .code(0);
    let list: Value = serde_json::from_slice(&early.get_output().stdout).unwrap();
    assert_eq!(list["keys"][0]["standing"]["state"], "destroyed");
    assert_eq!(list["keys"][0]["protects"], false);
    assert_eq!(list["keys"][0]["revision-6-draft"]["state"], "destroyed");
}

#[test]
fn the_certificate_says_who_asked_approved_did_and_saw_it_and_when() {
    let text = fs::read_to_string(
        held()
            .story
            .path("destroy/artifacts/destruction-payments.txt"),
    )
    .unwrap();
    for words in [
        "keyrite-destruction/v1",
        "Key         payments",
        "Requested   by Ben Osei (ben)",
        "Dependents  settlement archive of 2025",
        "Tenants     Acme Retail",
        "Identified  by Cho Park (cho) and Ben Osei (ben)",
        "Approved    by Fay Lind (fay)",
        "delete-imported-key-material by Dee Marsh (dee)",
        "seen by Eli Stern (eli); the provider answered: done at 09:00 UTC",
        "destroyed in view of Eli Stern (eli)",
        "Verified    by Eli Stern (eli), with Dee Marsh (dee)",
    ] {
        assert!(text.contains(words), "nothing says {words:?}: {text}");
    }
}

#[test]
fn a_register_from_which_a_move_was_dropped_says_so() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    for name in ["make", "activate", "resume"] {
        keyrite()
            .args(["register", "add"])
            .arg(&register)
            .arg(held.story.path(name))
            .assert()
            .code(0);
    }
    let answer = show(&register, 5);
    let wrong = answer["wrong"].to_string();
    assert!(
        wrong.contains("is given as suspended; by the records it is active"),
        "{wrong}"
    );
    assert!(
        wrong.contains("no move leads from active to active"),
        "{wrong}"
    );
}

#[test]
fn a_destruction_stops_where_another_key_is_named_or_shares_are_kept() {
    let held = held();
    let destroy = held.given(
        &shipped("destroy")
            .replace("\nsteps:", "\nwaivers:\n  - {rule: cooling-off, reason: a test does not wait, owner: ana, until: 2199-12-31}\n\nsteps:")
            .replace("at: aws, by", "at: aws, method: delete-imported-key-material, by"),
        "request",
    );
    let story = &held.story;
    let script = story.path("script.yaml");
    let before = fs::read(&script).unwrap();
    story.company.script(&destroy);
    for (name, change, words) in [
        (
            "other-name",
            &[("2/name/cho", "savings")][..],
            "that is not the name of the key that is to be destroyed",
        ),
        (
            "other-word",
            &[("2/key-words/ben", "aardvark absurd accrue acme")][..],
            "word 5 is not that of the key that is to be destroyed",
        ),
        (
            "kept",
            &[
                ("5/fate/cho", "kept"),
                ("5/told/cho", "she has it"),
                ("5/fate/dee", "kept"),
                ("5/told/dee", "she has it"),
            ][..],
            "is not destroyed: these still hold it: the shares of epoch 1",
        ),
    ] {
        let assert = story.run(name, &[], change);
        let assert = assert.code(4);
        assert!(told(&assert).contains(words), "{name}: {}", told(&assert));
    }
    fs::write(script, before).unwrap();
}

#[test]
fn a_record_that_lies_about_the_life_of_a_key_is_refused() {
    static GOOD: OnceLock<Ceremony> = OnceLock::new();
    let good = GOOD.get_or_init(|| Ceremony::of(&script_of("destroy")));
    good.holds();
    type Lie = fn(&mut Vec<Entry>);
    let lies: [(Lie, &str); 9] = [
        (
            |it| open_of(it).lifecycle[0].standing.state = State::Suspended,
            "the record begins otherwise with the life of key payments",
        ),
        (
            |it| open_of(it).lifecycle.clear(),
            "the record begins otherwise with the life of key payments",
        ),
        (
            |it| {
                if let Did::Identify(said) = &mut step(it, "identify").did {
                    said.by[1].from = 1;
                }
            },
            "two people are to type different words",
        ),
        (
            |it| {
                if let Did::Close(said) = &mut step(it, "close").did {
                    said.told = " ".to_owned();
                }
            },
            "nobody told what the provider of aws answered",
        ),
        (
            |it| {
                if let Did::Close(said) = &mut step(it, "close").did {
                    said.by = "ben".to_owned();
                }
            },
            "the record says that it was done by `ben`",
        ),
        (
            |it| {
                if let Did::Move(said) = &mut step(it, "move").did {
                    said.from = Some(State::Compromised);
                }
            },
            "is recorded as moved from elsewhere",
        ),
        (
            |it| {
                if let Did::Move(said) = &mut step(it, "move").did {
                    said.because = "nobody needs it".to_owned();
                }
            },
            "the record says that the reason is `nobody needs it`",
        ),
        (
            |it| step(it, "move").artifacts.clear(),
            "the certificate of the destruction of key payments does not say what the record says",
        ),
        (
            |it| {
                for entry in it.iter_mut() {
                    if let Some(Did::Retire(said)) = did(entry) {
                        for share in &mut said.shares {
                            share.fate = keyrite::domain::record::Fate::Kept;
                            share.told = Some("kept".to_owned());
                        }
                        said.surviving = 3;
                        said.live = true;
                    }
                }
            },
            "is recorded as destroyed while these hold it: the shares of epoch 1",
        ),
    ];
    for (lie, words) in lies {
        let ceremony = good.copied();
        ceremony.collude(lie);
        ceremony.is_refused(&[words]);
    }
    let certificate = "artifacts/destruction-payments.txt";
    let ceremony = good.copied();
    let text = String::from_utf8(ceremony.read(certificate)).unwrap();
    ceremony.write(certificate, text.replace("Dee Marsh", "Ana Ruiz"));
    ceremony.is_refused(&[certificate]);
}

#[test]
fn a_register_gives_what_all_its_records_leave_of_a_key() {
    let held = held();
    let home = tempfile::tempdir().unwrap();
    let register = home.path().join("register");
    let given = |register: &Path, code: i32| {
        let assert = keyrite()
            .arg("given")
            .arg(register)
            .arg("payments")
            .assert()
            .code(code);
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    };
    for name in ["make", "activate", "suspend", "resume", "deactivate"] {
        let add = ["register", "add"];
        let add = keyrite()
            .args(add)
            .arg(&register)
            .arg(held.story.path(name))
            .assert();
        add.code(0);
    }
    // The shares are those of the ceremony that dealt them, the life is that of the last one.
    let (made, last) = (held.story.given("make"), held.story.given("deactivate"));
    let shares = made.split_once("lifecycle:").unwrap().0;
    let life = last.split_once("lifecycle:").unwrap().1;
    assert_eq!(given(&register, 0), format!("{shares}lifecycle:{life}"));
    // Nothing is left of what is destroyed.
    assert_eq!(given(&held.register, 1), "");

    // What does not hold is carried on by nobody.
    let record = register.join("000003-suspend/record.jsonl");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replace("bulk decryption", "a decryption")).unwrap();
    assert_eq!(given(&register, 5), "");
}

/// In production, too: why a key is managed as it is, the ceremony that made it says.
#[test]
fn a_script_about_the_life_of_a_key_need_not_say_again_why_it_is_managed_so() {
    for name in [
        "activate",
        "suspend",
        "resume",
        "deactivate",
        "compromise",
        "destroy",
        "cancel-destroy",
    ] {
        let script = shipped(name).replace("mode: practice ", "mode: production ");
        let found = found(&script, DAY);
        assert!(
            found.iter().all(|(rule, _)| *rule != "decision"),
            "{name}: {found:?}"
        );
    }
}
