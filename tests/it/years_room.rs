//! The room in which the ceremonies of [`crate::years`] are held: a clock that is set to the day of each,
//! and people who answer as the script expects.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::words::words;
use keyrite::domain::record::Follows;
use keyrite::domain::record::Outcome;
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
use keyrite::secret::Secret;
use sha2::Digest as _;

use crate::common::Company;
use crate::common::keyrite;
use crate::room_of_days::Days;
use crate::room_of_days::Quiet;
use crate::room_of_days::approve;

/// Ceremonies of three years, and the register that they are in.
pub(crate) struct Years {
    pub(crate) company: Company,
    pub(crate) register: PathBuf,
    /// The record that the next ceremony follows.
    head: Option<Follows>,
}

impl Years {
    pub(crate) fn begin() -> Self {
        let company = Company::new();
        let key = TestPair::of(4096).unwrap().public().unwrap();
        let body = base64(key.der());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n");
        fs::write(company.path("wrapping-key.pem"), pem).unwrap();
        let register = company.path("register");
        Self {
            company,
            register,
            head: None,
        }
    }

    /// What `keyrite given` prints of a key, as all records leave it.
    pub(crate) fn given(&self, key: &str) -> String {
        let assert = keyrite().arg("given").arg(&self.register).arg(key).assert();
        String::from_utf8(assert.code(0).get_output().stdout.clone()).unwrap()
    }

    /// What `sha256sum` prints of the record of a ceremony.
    pub(crate) fn sha256(&self, name: &str) -> String {
        let record = fs::read(self.company.path(name).join("record.jsonl")).unwrap();
        keyrite::domain::record::hex(&sha2::Sha256::digest(record))
    }

    /// Holds a production ceremony on that day, from nine o'clock on, and takes it into the register.
    /// `change` are answers other than the script expects.
    pub(crate) fn hold(&mut self, day: &str, name: &str, script: &str, change: &[(&str, &str)]) {
        let company = &self.company;
        let path = company.path("script.yaml");
        // What keyrite wrote from the register has everybody's keys.
        if script.contains("signs-with: ") {
            fs::write(&path, script).unwrap();
        } else {
            company.script(script);
        }
        for approver in ["fay", "ben"] {
            let out = company.path(&format!("script.yaml.{approver}.sig"));
            drop(fs::remove_file(&out));
            approve(&company.path(&format!("keys/{approver}")), &path, &out);
        }
        let mut clock = Days::at(day);
        let mut desk = Table {
            company,
            clock: clock.clone(),
            change: change.iter().copied().collect(),
        };
        let room = Room {
            desk: &mut desk,
            clock: &mut clock,
            random: &mut SystemRandom,
            host: &Quiet,
        };
        let access = Access {
            module: None,
            pin_file: None,
            machine: None,
            timeout: Duration::from_mins(5),
            on_late: Arc::new(|late| assert!(!late.over, "{late:?}")),
        };
        let dir = company.path(name);
        let wanted = Asked {
            how: Begin::Anew,
            organisation: None,
            follows: self.head.clone(),
            faults: Faults::none(),
        };
        let outcome = run(&path, &dir, wanted, &access, room);
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(outcome, Outcome::Complete, "{name}");
        keyrite()
            .args(["register", "add"])
            .arg(&self.register)
            .arg(&dir)
            .assert()
            .code(0);
        let follows = serde_json::json!({
            "sequence": self.head.as_ref().map_or(0, |head| head.sequence) + 1,
            "sha256": self.sha256(name),
        });
        self.head = serde_json::from_value(follows).unwrap();
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::Encoding as _;
    let text = base64ct::Base64::encode_string(bytes);
    let lines = text.as_bytes().chunks(64);
    let lines: Vec<&str> = lines
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\n") + "\n"
}

/// People who answer as the script expects, but for what `change` says.
struct Table<'a> {
    company: &'a Company,
    clock: Days,
    change: BTreeMap<&'a str, &'a str>,
}

impl Desk for Table<'_> {
    fn say(&mut self, _say: Say<'_>) {}

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        if let Some(answer) = self.change.get(question.id.as_str()) {
            return Ok((*answer).to_owned());
        }
        let person = question.person.as_deref().unwrap_or_default();
        Ok(match &question.asks {
            Asks::Path => {
                let medium = self.company.path(&format!("media/{person}"));
                medium.display().to_string()
            }
            Asks::Time => {
                let now = self.clock.0.get().timestamp();
                now.strftime("%H:%M:%S").to_string()
            }
            Asks::Words(_, from, to) => {
                let key = TestPair::of(4096).unwrap().public().unwrap();
                words(&key.fingerprint().0)[from - 1..*to].join(" ")
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
        let id = &question.id;
        Ok(match self.change.get(id.as_str()) {
            Some(answer) => *answer == "yes",
            None => !id.contains("/otherwise/"),
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
        Ok(Brought::File(self.company.path(&name)))
    }

    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError> {
        panic!("nobody has an answer to {question:?}")
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
