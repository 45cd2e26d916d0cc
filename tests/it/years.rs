//! Three years of a small organisation, held once for all tests: live production ceremonies with a
//! clock that is set to the day of each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::words::words;
use keyrite::domain::record::Follows;
use keyrite::domain::record::Moment;
use keyrite::domain::record::Outcome;
use keyrite::domain::record::Tool;
use keyrite::engine::bench::Room;
use keyrite::engine::clock::Clock;
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
use keyrite::engine::host::Found;
use keyrite::engine::host::Host;
use keyrite::engine::run::Asked;
use keyrite::engine::run::Begin;
use keyrite::engine::run::run;
use keyrite::engine::token::access::Access;
use keyrite::secret::Secret;
use serde_json::Value;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::repository;

/// Ceremonies of three years, and the register that they are in.
pub(crate) struct Years {
    company: Company,
    pub(crate) register: PathBuf,
}

/// What is told at the seal of each ceremony, in its order.
///
/// | number | day | what |
/// |---|---|---|
/// | 1 | 2024-01-15 | payments is made, kept in shares of Ben, Cho and Dee, and wrapped for AWS for 300 days |
/// | 2 | 2024-01-22 | orders and images, which AWS made, are declared |
/// | 3 | 2024-02-12 | payments comes back from shares and is wrapped for Vault |
/// | 4 | 2024-06-20 | drill: Ben and Dee prove their shares, Cho does not come |
/// | 5 | 2024-09-02 | restore test by Cho and Dee; Eli tells of a door that stood open |
/// | 6 | 2024-11-18 | the material at AWS expired on 2024-11-10; it is wrapped again for 300 days |
/// | 7 | 2025-03-10 | Dee leaves: new shares of Ben, Cho and Gil; every old one is destroyed |
/// | 8 | 2025-05-12 | Cho gives her share to Fay, her deputy, until 2025-08-31 |
/// | 9 | 2025-07-01 | drill: Fay's share is lost |
/// | 10 | 2026-01-05 | payments is made anew, in shares of Ben, Cho and Gil, and wrapped for AWS |
pub(crate) fn years() -> &'static Years {
    static YEARS: OnceLock<Years> = OnceLock::new();
    YEARS.get_or_init(|| {
        let years = Years::begin();
        let make = shipped("aws-kms-aes256")
            .replace("ceremony: aws-kms-aes256", "ceremony: payments-2024")
            .replace("reviewed-until: 2099-12-31", "reviewed-until: 2025-01-31, requirements: [PCI DSS 3.7.1], decided-by: Fay Lind")
            .replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}\n    operational-owner: cloud-platform\n    loss-plan: cards are read again from the scheme\n    regions: {data: [eu-west-1], key: [eu-west-1], legal-entity: AWS EMEA SARL, only: [eu-west-1]}")
            .replace("    valid-for: 300d\n", "    valid-for: 300d\n    key-id: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\n")
            .replace("\nsteps:\n", "\npolicy: {drill-every: 180d, restore-test-every: 365d, targets: 2}\n\nsteps:\n");
        years.hold("2024-01-15", "make", &make, &[]);

        let declare = shipped("declare-keys")
            .replace("made-on: 2026-03-02", "made-on: 2023-06-01");
        let declare = declare.replacen("reviewed-until: 2099-12-31", "reviewed-until: 2025-06-30", 1);
        let declare = declare.replacen("reviewed-until: 2099-12-31", "reviewed-until: 2027-06-30", 1);
        years.hold("2024-01-22", "declare", &declare, &[]);

        let again = shipped("reimport-from-shares").replace("reviewed-until: 2099-12-31", "reviewed-until: 2025-01-31, requirements: [PCI DSS 3.7.1], decided-by: Fay Lind").replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}");
        let to_vault = with_given(&again, &years.given("make"))
            .replace("ceremony: reimport-from-shares", "ceremony: payments-to-vault");
        let to_vault = between(&to_vault, "inputs:\n", "given:", "inputs:\n  vault:\n    provider: vault\n    algorithm: sha256\n    wrapping-key: wrapping-key.pem\n    key-id: transit/keys/payments\n    fetched: {by: ana, on: admin laptop 7, seen-by: eli}\n\n")
            .replace("wrapping-key: aws", "wrapping-key: vault")
            .replace("for: aws", "for: vault");
        years.hold("2024-02-12", "vault", &to_vault, &[]);

        let drill = with_given(&shipped("possession-drill"), &years.given("make"))
            .replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}");
        let absent = [("3/here/cho", "no"), ("3/absent/cho", "she is in hospital")];
        years.hold("2024-06-20", "drill", &drill, &absent);

        let test = with_given(&shipped("restore-test"), &years.given("make"))
            .replace("with: [ben, dee]}", "with: [cho, dee]}")
            .replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}");
        let door = [
            ("5/otherwise/eli", "yes"),
            ("5/exception/expected", "the door is shut"),
            ("5/exception/happened", "it stood open for a minute"),
            ("5/exception/decided", "go on: nobody came in"),
            ("5/exception/decided-by", "eli"),
        ];
        years.hold("2024-09-02", "test", &test, &door);

        let renew = with_given(&again, &years.given("make"))
            .replace("ceremony: reimport-from-shares", "ceremony: payments-renewed")
            .replace("    valid-for: 300d\n", "    valid-for: 300d\n    fetched: {by: ana, on: admin laptop 7, seen-by: eli}\n");
        years.hold("2024-11-18", "renew", &renew, &[]);

        years.company.newcomer();
        let reshare = with_given(&shipped("reshare-leaver"), &years.given("make"))
            .replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}");
        years.hold("2025-03-10", "reshare", &reshare, &[]);

        let deputy = with_given(&shipped("custody-deputy"), &years.given("reshare"))
            .replace("  hal: {name: Hal Quist, site: porto,  manager: lou}\n", "")
            .replace("approver: [fay]", "approver: [ben]")
            .replace("2027-06-30", "2025-08-31")
            .replace("hal", "fay")
            .replace("  dee: {name: Dee Marsh, site: evora,  manager: max}\n", "  gil: {name: Gil Sato,  site: evora,  manager: max}\n")
            .replace("reviewed-until: 2099-12-31", "reviewed-until: 2026-06-30")
            .replace("{time: 1y}", "{time: 2y}");
        years.hold("2025-05-12", "deputy", &deputy, &[]);

        let second = with_given(&shipped("possession-drill"), &years.given("reshare"))
            .replace("ceremony: possession-drill", "ceremony: second-drill")
            .replace("  dee: {name: Dee Marsh, site: evora,  manager: max}\n", "  gil: {name: Gil Sato,  site: evora,  manager: max}\n")
            .replace("with: [ben, cho, dee]", "with: [ben, cho, gil]")
            .replace("{time: 1y, uses: 4e9}", "{time: 2y, uses: 4e9}");
        let lost = [("3/here/cho", "no"), ("3/absent/cho", "her deputy lost it")];
        years.hold("2025-07-01", "second", &second, &lost);

        let anew = make
            .replace("ceremony: payments-2024", "ceremony: payments-2026")
            .replace("  dee: {name: Dee Marsh, site: evora,  manager: max}\n", "  gil: {name: Gil Sato,  site: evora,  manager: max}\n")
            .replace("dee", "gil")
            .replace("reviewed-until: 2025-01-31", "reviewed-until: 2027-01-31")
            .replace("    valid-for: 300d\n", "    valid-for: never\n    import-type: new\n");
        years.hold("2026-01-05", "anew", &anew, &[]);
        years
    })
}

fn shipped(name: &str) -> String {
    let script = repository(&format!("ceremonies/{name}/script.yaml"));
    let script = fs::read_to_string(script).unwrap();
    script.replace("mode: practice ", "mode: production ")
}

/// A script with what an earlier ceremony left.
fn with_given(script: &str, given: &str) -> String {
    let from = script.find("given: ").unwrap();
    let to = script[from..].find("\n\n").unwrap() + from;
    let mut script = script.to_owned();
    script.replace_range(from..to, given.trim_end());
    script
}

fn between(text: &str, from: &str, to: &str, with: &str) -> String {
    let begins = text.find(from).unwrap();
    let ends = text[begins..].find(to).unwrap() + begins;
    [&text[..begins], with, &text[ends..]].concat()
}

impl Years {
    fn begin() -> Self {
        let company = Company::new();
        let key = TestPair::of(4096).unwrap().public().unwrap();
        let body = base64(key.der());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n");
        fs::write(company.path("wrapping-key.pem"), pem).unwrap();
        let register = company.path("register");
        Self { company, register }
    }

    /// What `keyrite given` prints of a ceremony that was held.
    fn given(&self, name: &str) -> String {
        let assert = keyrite().arg("given").arg(self.company.path(name)).assert();
        String::from_utf8(assert.code(0).get_output().stdout.clone()).unwrap()
    }

    /// Holds a production ceremony on that day, from nine o'clock on, and takes it into the register.
    fn hold(&self, day: &str, name: &str, script: &str, change: &[(&str, &str)]) {
        let company = &self.company;
        company.script(script);
        let path = company.path("script.yaml");
        for approver in ["fay", "ben"] {
            let out = company.path(&format!("script.yaml.{approver}.sig"));
            drop(fs::remove_file(&out));
            sign(&company.path(&format!("keys/{approver}")), &path, &out);
        }
        let mut clock = Days::at(day);
        let mut desk = Table {
            company,
            clock: clock.clone(),
            change: change
                .iter()
                .map(|(id, answer)| ((*id).to_owned(), (*answer).to_owned()))
                .collect(),
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
            on_hang: std::sync::Arc::new(|hang| panic!("{hang:?}")),
        };
        let dir = company.path(name);
        let outcome = {
            let wanted = Asked {
                how: Begin::Anew,
                organisation: None,
                follows: self.head(),
                faults: Faults::none(),
            };
            run(&path, &dir, wanted, &access, room)
        };
        assert_eq!(outcome.unwrap(), Outcome::Complete, "{name}");
        keyrite()
            .args(["register", "add"])
            .arg(&self.register)
            .arg(&dir)
            .assert()
            .code(0);
    }

    /// The record that the next ceremony follows.
    fn head(&self) -> Option<Follows> {
        if !self.register.exists() {
            return None;
        }
        let list = keyrite()
            .args(["register", "list", "--format", "json"])
            .arg(&self.register)
            .assert()
            .code(0);
        let list: Value = serde_json::from_slice(&list.get_output().stdout).unwrap();
        serde_json::from_value(list["head"].clone()).unwrap()
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

/// An approval of a script, made with OpenSSH's own tool.
fn sign(key: &Path, script: &Path, out: &Path) {
    let made = script.with_extension("yaml.sig");
    drop(fs::remove_file(&made));
    let status = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", "ceremony-script@keyrite", "-f"])
        .arg(key)
        .arg(script)
        .status()
        .unwrap();
    assert!(status.success());
    fs::rename(made, out).unwrap();
}

/// A clock that goes on by twenty seconds each time somebody looks.
#[derive(Clone)]
struct Days(std::rc::Rc<std::cell::Cell<Moment>>);

impl Days {
    fn at(day: &str) -> Self {
        let begin: jiff::Timestamp = format!("{day}T09:00:00Z").parse().unwrap();
        Self(std::rc::Rc::new(std::cell::Cell::new(Moment::new(begin))))
    }
}

impl Clock for Days {
    fn now(&mut self) -> Moment {
        self.0.set(self.0.get().plus_seconds(20));
        self.0.get()
    }
}

/// A machine on which everything is off that should be.
struct Quiet;

impl Host for Quiet {
    fn network(&self) -> Found {
        off("no interface is up")
    }

    fn swap(&self) -> Found {
        off("none")
    }

    fn memory(&self) -> Found {
        off("locked")
    }

    fn core_dumps(&self) -> Found {
        off("limit 0")
    }

    fn remote(&self) -> Found {
        off("nobody works from elsewhere")
    }

    fn recorder(&self) -> Found {
        off("none")
    }

    fn zone(&self) -> String {
        "UTC".to_owned()
    }

    fn place(&self, _dir: &Path) -> Found {
        off("a disk")
    }

    fn medium(&self, _dir: &Path) -> Option<String> {
        None
    }

    fn space(&self, _dir: &Path) -> Option<u64> {
        None
    }

    fn tool(&self) -> Tool {
        Tool {
            name: "keyrite".to_owned(),
            version: "0.1.0".to_owned(),
            sha256: None,
        }
    }
}

fn off(words: &str) -> Found {
    Found {
        words: words.to_owned(),
        off: true,
    }
}

/// People who answer as the script expects, but for what `change` says.
struct Table<'a> {
    company: &'a Company,
    clock: Days,
    change: BTreeMap<String, String>,
}

impl Desk for Table<'_> {
    fn say(&mut self, _say: Say<'_>) {}

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        if let Some(answer) = self.change.get(&question.id) {
            return Ok(answer.clone());
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
            Asks::Line | Asks::CheckValue(_) | Asks::Paper(_) => {
                panic!("nobody has an answer to {question:?}")
            }
        })
    }

    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError> {
        let id = &question.id;
        Ok(match self.change.get(id) {
            Some(answer) => answer == "yes",
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
