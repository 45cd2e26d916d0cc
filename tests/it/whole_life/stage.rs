//! Where the life of a key is played: its people, its token, its providers, and a clock that is set
//! to the day of each ceremony.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::words::words;
use keyrite::domain::parse::parse;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Follows;
use keyrite::domain::record::Outcome;
use keyrite::domain::record::hex;
use keyrite::domain::record::identifying;
use keyrite::domain::record::unhex;
use keyrite::domain::script::Core;
use keyrite::domain::script::Script;
use keyrite::domain::script::Step;
use keyrite::engine::bench::Room;
use keyrite::engine::desk::Asks;
use keyrite::engine::desk::Brought;
use keyrite::engine::desk::Desk;
use keyrite::engine::desk::DeskError;
use keyrite::engine::desk::Go;
use keyrite::engine::desk::Question;
use keyrite::engine::desk::Say;
use keyrite::engine::desk::Wanted;
use keyrite::engine::desk::Wrong;
use keyrite::engine::files::Faults;
use keyrite::engine::run::Asked;
use keyrite::engine::run::Begin;
use keyrite::engine::run::run;
use keyrite::engine::token::access::Access;
use keyrite::pkcs11::locate::ModuleChoice;
use keyrite::secret::Secret;
use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;
use crate::common::stock;
use crate::room_of_days::Days;
use crate::room_of_days::Quiet;
use crate::room_of_days::approve;
use crate::tokens::PIN;
use crate::tokens::Token;

/// One organisation, its HSM and its register.
pub(crate) struct Stage {
    pub(crate) company: Company,
    pub(crate) token: Token,
    pub(crate) register: PathBuf,
}

impl Stage {
    pub(crate) fn new(token: Token) -> Self {
        let company = Company::new();
        let register = company.path("register");
        let (_, conf) = &token.environment()[0];
        let conf = Path::new(conf);
        let list = json!({
            "schema": "keyrite-machine/v1",
            "modules": [{
                "path": token.module(),
                "sha256": Digest::of(&fs::read(token.module()).unwrap()),
                "init-args": format!("kryoptic_conf={}", conf.display()),
            }],
        });
        fs::write(company.path("machine.yaml"), list.to_string()).unwrap();
        Self {
            company,
            token,
            register,
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.company.path(path)
    }

    /// Holds a production ceremony on that day, from nine o'clock on, and takes it into the register.
    #[track_caller]
    pub(crate) fn hold(&self, day: &str, name: &str, script: &str, change: &[(&str, &str)]) {
        let path = self.path("script.yaml");
        // One that the register wrote has the keys of its people.
        if script.contains("signs-with: ") {
            fs::write(&path, script).unwrap();
        } else {
            self.company.script(script);
        }
        let bytes = fs::read(&path).unwrap();
        let read = parse(&bytes).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
        for approver in ["fay", "ben"] {
            let out = self.path(&format!("script.yaml.{approver}.sig"));
            drop(fs::remove_file(&out));
            approve(&self.path(&format!("keys/{approver}")), &path, &out);
        }
        let mut clock = Days::at(day);
        let mut said = String::new();
        let mut desk = Table {
            stage: self,
            clock: clock.clone(),
            answers: answers(&read),
            change,
            script: &read,
            said: &mut said,
        };
        let room = Room {
            desk: &mut desk,
            clock: &mut clock,
            random: &mut SystemRandom,
            host: &Quiet,
        };
        let hsm = read.token.core.value == Core::Pkcs11;
        let access = Access {
            module: hsm.then(|| ModuleChoice {
                path: self.token.module().to_owned(),
                arguments: None,
            }),
            pin_file: None,
            machine: Some(self.path("machine.yaml")),
            timeout: Duration::from_mins(5),
            on_late: Arc::new(|late| assert!(!late.over, "{late:?}")),
        };
        let dir = self.path(name);
        let wanted = Asked {
            how: Begin::Anew,
            organisation: None,
            follows: self.head(),
            faults: Faults::none(),
        };
        let outcome = run(&path, &dir, wanted, &access, room);
        let outcome = outcome.unwrap_or_else(|stopped| panic!("{name}: {stopped:#?}\n{said}"));
        assert_eq!(outcome, Outcome::Complete, "{name}");
        self.keyrite(&format!("register add register {name}"), 0);
    }

    /// What `keyrite` prints in this place.
    #[track_caller]
    pub(crate) fn keyrite(&self, arguments: &str, code: i32) -> String {
        let (exit, printed) = self.asks(arguments);
        assert_eq!(exit, code, "{arguments}: {printed}");
        printed
    }

    /// How `keyrite` ends in this place, and what it prints.
    pub(crate) fn asks(&self, arguments: &str) -> (i32, String) {
        let output = keyrite()
            .current_dir(self.path(""))
            .args(arguments.split(' '))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), printed)
    }

    /// What arrives at a provider whose wrapping key is a test pair: the key in hexadecimal, opened by
    /// pyca/cryptography.
    pub(crate) fn opens(&self, bits: usize, hash: &str, mode: &str, blob: &[u8]) -> String {
        let private = self.path("provider.der");
        fs::write(&private, TestPair::of(bits).unwrap().pkcs8()).unwrap();
        let line = self.path("provider.line");
        let blob = hex(blob);
        let text = format!("x {} {hash} {hash} {mode} {blob}\n", private.display());
        fs::write(&line, text).unwrap();
        let output = python()
            .arg(repository("tests/data/crypto/unwrap.py"))
            .stdin(fs::File::open(line).unwrap())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        printed.trim().strip_prefix("x ").unwrap().to_owned()
    }

    /// A block of zeros under a key, by OpenSSL.
    pub(crate) fn zeros_under(&self, key: &str) -> String {
        let zeros = self.path("zeros");
        fs::write(&zeros, [0; 16]).unwrap();
        let block = self.path("block");
        let (from, to) = (zeros.to_str().unwrap(), block.to_str().unwrap());
        let how = ["enc", "-aes-256-ecb", "-nopad", "-K", key];
        stock("openssl", &[&how[..], &["-in", from, "-out", to]].concat());
        hex(&fs::read(block).unwrap())
    }

    /// The record that the next ceremony follows.
    fn head(&self) -> Option<Follows> {
        if !self.register.exists() {
            return None;
        }
        let list = self.keyrite("register list register --format json", 0);
        let list: Value = serde_json::from_str(&list).unwrap();
        serde_json::from_value(list["head"].clone()).unwrap()
    }
}

/// What is answered that follows from the script.
fn answers(script: &Script) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for (number, step) in (1..).zip(&script.steps) {
        let Some(key) = step.value.key() else {
            continue;
        };
        let Some(life) = script.lifecycle.get(key.as_str()) else {
            continue;
        };
        for person in step.value.people_of_a_life() {
            answers.insert(format!("{number}/name/{person}"), key.to_string());
        }
        if let Step::Identify(identify) = &step.value {
            let recorded = life.recorded(key.as_str());
            let (_, bytes) = identifying(&recorded.check_values).unwrap();
            let half = (bytes.len() / 2).min(4);
            let end = bytes.len().min(2 * 4);
            let halves = [&bytes[..half], &bytes[half..end]];
            for (person, typed) in identify.by.iter().zip(halves) {
                answers.insert(format!("{number}/key-words/{person}"), hex(typed));
            }
        }
    }
    answers
}

/// People who answer as the script expects, but for what `change` says.
struct Table<'a> {
    stage: &'a Stage,
    clock: Days,
    answers: BTreeMap<String, String>,
    change: &'a [(&'a str, &'a str)],
    script: &'a Script,
    said: &'a mut String,
}

impl Table<'_> {
    fn changed(&self, id: &str) -> Option<&str> {
        let found = self.change.iter().find(|(known, _)| *known == id);
        found.map(|(_, answer)| *answer)
    }

    /// The wrapping key of an input, as openssl reads it.
    fn wrapping_key(&self, input: &str) -> Vec<u8> {
        let (_, input) = self
            .script
            .inputs
            .iter()
            .find(|(name, _)| name.as_str() == input)
            .unwrap();
        let file = input.wrapping_key.as_ref().or(input.parameters.as_ref());
        let file = file.unwrap().as_str();
        let der = self.stage.path(&format!("{file}.der"));
        let said = stock("openssl", &["dgst", "-sha256", "-r", der.to_str().unwrap()]);
        unhex(said.split(' ').next().unwrap()).unwrap()
    }
}

impl Desk for Table<'_> {
    fn say(&mut self, say: Say<'_>) {
        self.said.push_str(&format!("{say:?}\n"));
    }

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        if let Some(answer) = self.changed(&question.id) {
            return Ok(answer.to_owned());
        }
        if let Some(answer) = self.answers.get(&question.id) {
            return Ok(answer.clone());
        }
        let person = question.person.as_deref().unwrap_or_default();
        Ok(match &question.asks {
            Asks::Path => {
                let medium = self.stage.path(&format!("media/{person}"));
                medium.display().to_string()
            }
            Asks::Time => {
                let now = self.clock.0.get().timestamp();
                now.strftime("%H:%M:%S").to_string()
            }
            Asks::Words(input, from, to) => {
                let fingerprint = self.wrapping_key(input);
                words(&fingerprint)[from - 1..*to].join(" ")
            }
            Asks::Bag(known) | Asks::Fact(known) => known.clone(),
            Asks::OneOf(words) => words[0].to_owned(),
            Asks::Line if question.id.contains("/answer/") => {
                "done at 09:00 UTC, request 7c9e6679".to_owned()
            }
            Asks::Line | Asks::CheckValue(_) | Asks::Paper(_) => {
                panic!("nobody has an answer to {question:?}")
            }
        })
    }

    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError> {
        Ok(match self.changed(&question.id) {
            Some(answer) => answer == "yes",
            None => !question.id.contains("/otherwise/"),
        })
    }

    fn go(&mut self, _number: u32) -> Result<Go, DeskError> {
        Ok(Go::On)
    }

    fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, DeskError> {
        let person = question.person.as_deref().unwrap();
        let name = match wanted {
            Wanted::Identity => format!("keys/{person}.age"),
            Wanted::SigningKey => format!("keys/{person}"),
        };
        Ok(Brought::File(self.stage.path(&name)))
    }

    /// The PIN: two people type one half each.
    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError> {
        let (one, other) = PIN.split_at(PIN.len() / 2);
        let half = match question.id.as_str() {
            "token/pin/ana" => one,
            "token/pin/cho" => other,
            id => panic!("nobody has an answer to {id}"),
        };
        Ok(Secret::take(&mut half.as_bytes().to_vec()))
    }

    fn has_private_screen(&self) -> bool {
        false
    }

    fn show_alone(&mut self, question: &Question, _text: &Secret) -> Result<(), DeskError> {
        panic!("nobody looks at {question:?}")
    }

    fn type_alone(
        &mut self,
        question: &Question,
        _wants: &str,
        _wrong: Option<&Wrong>,
    ) -> Result<Secret, DeskError> {
        panic!("nobody has an answer to {question:?}")
    }

    fn working(&mut self, _what: &str, work: &mut dyn FnMut()) {
        work();
    }

    fn patient(&self) -> bool {
        false
    }
}
