//! Ceremonies that follow each other, run live with answers made from their scripts.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use keyrite::crypto::test_pairs::TestPair;
use keyrite::domain::parse::parse;
use keyrite::domain::record::identifying;
use keyrite::domain::script::Script;
use keyrite::domain::script::Step;

use crate::common::Company;
use crate::common::keyrite;

/// People with keys, and the script of their next ceremony.
pub(crate) struct Story {
    pub(crate) company: Company,
}

impl Story {
    /// A company, and `script` with everybody's keys put in.
    pub(crate) fn new(script: &str) -> Self {
        let story = Self {
            company: Company::new(),
        };
        story.company.script(script);
        story
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.company.path(path)
    }

    fn read(&self) -> Script {
        parse(&fs::read(self.path("script.yaml")).unwrap())
            .unwrap_or_else(|wrong| panic!("{wrong:?}"))
    }

    /// `keyrite run script.yaml --out OUT`, everybody answering as the script expects; `change` puts
    /// other answers in their place.
    pub(crate) fn run(
        &self,
        out: &str,
        more: &[&str],
        change: &[(&str, &str)],
    ) -> assert_cmd::assert::Assert {
        let mut answers = self.answers();
        for (id, answer) in change {
            answers.insert((*id).to_owned(), (*answer).to_owned());
        }
        let lines: Vec<String> = answers
            .iter()
            .map(|(id, answer)| format!("{id}: {answer:?}\n"))
            .collect();
        let path = self.path("story.yaml");
        fs::write(&path, lines.concat()).unwrap();
        keyrite()
            .arg("run")
            .arg(self.path("script.yaml"))
            .arg("--out")
            .arg(self.path(out))
            .arg("--answers")
            .arg(path)
            .args(more)
            .assert()
    }

    pub(crate) fn verify(&self, out: &str) -> assert_cmd::assert::Assert {
        keyrite().arg("verify").arg(self.path(out)).assert()
    }

    /// What `keyrite given OUT` prints.
    pub(crate) fn given(&self, out: &str) -> String {
        let assert = keyrite().arg("given").arg(self.path(out)).assert().code(0);
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    }

    fn answers(&self) -> BTreeMap<String, String> {
        let script = self.read();
        let mut answers: BTreeMap<String, String> = BTreeMap::new();
        for (index, step) in script.steps.iter().enumerate() {
            let mut put = |id: String, answer: String| {
                answers.insert(format!("{}/{id}", index + 1), answer);
            };
            let yes = || "yes".to_owned();
            let bag = |item: &str| {
                let item = &script.items[item];
                item.bag
                    .as_ref()
                    .map_or_else(|| format!("TEB-{}", item.serial), ToString::to_string)
            };
            match &step.value {
                Step::SignIn(people) => {
                    for id in people {
                        put(format!("present/{id}"), yes());
                    }
                }
                Step::ReEncrypted(step) => put(format!("re-encrypted/{}", step.by.as_str()), yes()),
                Step::SignOut(people) => {
                    for id in people {
                        put(format!("left/{id}"), yes());
                    }
                }
                Step::Statement(statement) => {
                    let by = statement.by.iter();
                    by.for_each(|id| put(format!("agrees/{id}"), yes()));
                }
                Step::Environment(_) => {
                    put("look-again".to_owned(), "no".to_owned());
                    put("exception/expected".to_owned(), "no network".to_owned());
                    put("exception/happened".to_owned(), "there is one".to_owned());
                    put("exception/decided".to_owned(), "go on".to_owned());
                    put("exception/decided-by".to_owned(), "ana".to_owned());
                    let now = jiff::Timestamp::now().strftime("%H:%M:%S").to_string();
                    put("clock/eli".to_owned(), now);
                }
                Step::Split(split) => {
                    for id in script.among(split) {
                        put(format!("medium/{id}"), self.medium(id.as_str()));
                        put(format!("holds/{id}"), yes());
                    }
                }
                Step::RestoreTest(test) => {
                    for id in &test.with {
                        put(format!("share/{id}"), self.medium(id.as_str()));
                        let identity = self.path(&format!("keys/{id}.age"));
                        put(format!("identity/{id}"), identity.display().to_string());
                    }
                }
                Step::Reshare(reshare) => {
                    for id in &reshare.with {
                        put(format!("share/{id}"), self.medium(id.as_str()));
                        let identity = self.path(&format!("keys/{id}.age"));
                        put(format!("identity/{id}"), identity.display().to_string());
                    }
                    for id in script.receivers(&reshare.among) {
                        put(format!("medium/{id}"), self.medium(id.as_str()));
                        put(format!("holds/{id}"), yes());
                        put(format!("new/share/{id}"), self.medium(id.as_str()));
                        let identity = self.path(&format!("keys/{id}.age"));
                        put(format!("new/identity/{id}"), identity.display().to_string());
                    }
                }
                Step::Drill(drill) => {
                    for id in &drill.with {
                        put(format!("here/{id}"), yes());
                        put(format!("share/{id}"), self.medium(id.as_str()));
                        let identity = self.path(&format!("keys/{id}.age"));
                        put(format!("identity/{id}"), identity.display().to_string());
                    }
                }
                Step::TakeOut(step) => {
                    put(format!("out/{}", step.by), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::Inspect(step) => {
                    for id in [&step.by, &step.seen_by] {
                        put(format!("bag/{id}"), bag(step.item.as_str()));
                        put(format!("whole/{id}"), yes());
                    }
                }
                Step::HandOver(step) => {
                    put(format!("gives/{}", step.from), yes());
                    put(format!("takes/{}", step.to), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::PutAway(step) => {
                    for id in [&step.by, &step.seen_by] {
                        put(format!("bag/{id}"), bag(step.item.as_str()));
                    }
                    put(format!("away/{}", step.by), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::Declare(step) => {
                    put(format!("there/{}", step.by), yes());
                    put(format!("there/{}", step.seen_by), yes());
                }
                Step::Exception(asked) => {
                    put(format!("otherwise/{}", asked.by), "no".to_owned());
                }
                Step::Join(step) => put(format!("joins/{}", step.seen_by), yes()),
                Step::MovePerson(step) => put(format!("moves/{}", step.seen_by), yes()),
                Step::Leave(step) => put(format!("leaves/{}", step.seen_by), yes()),
                Step::Acknowledge(step) => {
                    let by = step.by.iter();
                    by.for_each(|id| put(format!("acknowledges/{id}"), yes()));
                }
                Step::Withdraw(step) => {
                    put(format!("withdraws/{}", step.by), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::AccessReview(step) => {
                    put(format!("fetched/{}", step.by), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::Reconcile(step) => {
                    put(format!("fetched/{}", step.by), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::Confirm(step) => {
                    put(format!("fetched/{}", step.by), yes());
                    put(format!("seen/{}", step.seen_by), yes());
                }
                Step::Explain(step) => {
                    put(format!("explains/{}", step.by), yes());
                    put(format!("explains/{}", step.seen_by), yes());
                }
                Step::Approve(step) => {
                    let key = self.path(&format!("keys/{}", step.by));
                    put(format!("approval/{}", step.by), key.display().to_string());
                }
                Step::Retire(retire) => {
                    for share in &script.given[retire.key.as_str()].share_set.shares {
                        put(format!("fate/{}", share.custodian), "destroyed".to_owned());
                        put(format!("seen/{}", share.custodian), yes());
                    }
                }
                Step::Move(_)
                | Step::RequestDestroy(_)
                | Step::CancelDestroy(_)
                | Step::Identify(_)
                | Step::Close(_) => lifecycle(&script, &step.value, &mut put),
                Step::Compare(compare) => {
                    for id in &compare.by {
                        put(format!("words/{id}"), wrapping_key());
                    }
                }
                Step::Generate(_)
                | Step::Restore(_)
                | Step::Wrap(_)
                | Step::Batch(_)
                | Step::Lock(_)
                | Step::Availability(_)
                | Step::Destroy(_)
                | Step::Break(_)
                | Step::Seal
                | Step::Receipt(_) => {}
            }
        }
        for person in script.record_signers() {
            let key = self.path(&format!("keys/{person}"));
            answers.insert(format!("sign/{person}"), key.display().to_string());
        }
        answers
    }

    /// Folder of somebody's own medium.
    fn medium(&self, person: &str) -> String {
        self.path(&format!("media/{person}")).display().to_string()
    }
}

/// What is answered where a key goes on in its life.
pub(crate) fn lifecycle(script: &Script, step: &Step, put: &mut dyn FnMut(String, String)) {
    let key = step.key().unwrap();
    let life = &script.lifecycle[key.as_str()];
    for at in life.at.keys() {
        put(
            format!("answer/{at}"),
            "done at 09:00 UTC, request 7c9e6679".to_owned(),
        );
    }
    for person in step.people_of_a_life() {
        put(format!("asks/{person}"), "yes".to_owned());
        put(format!("seen/{person}"), "yes".to_owned());
        put(format!("name/{person}"), key.to_string());
    }
    if let Step::Identify(identify) = step {
        let recorded = life.recorded(key.as_str());
        let (_, bytes) = identifying(&recorded.check_values).unwrap();
        let half = (bytes.len() / 2).min(4);
        let hex = |bytes: &[u8]| keyrite::domain::record::hex(bytes);
        let end = bytes.len().min(2 * 4);
        let halves = [hex(&bytes[..half]), hex(&bytes[half..end])];
        for (person, typed) in identify.by.iter().zip(halves) {
            put(format!("key-words/{person}"), typed);
        }
    }
}

/// The fingerprint of the wrapping key in the parameters of the company.
fn wrapping_key() -> String {
    let key = TestPair::of(4096).unwrap().public().unwrap();
    key.fingerprint().to_string()
}
