//! What the tests share: the binary, golden files, and a company of people with real keys.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use base64ct::Encoding as _;
use keyrite::crypto::test_pairs::TestPair;

/// The program under test.
pub(crate) fn keyrite() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_keyrite"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// A file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The Python of the tests' virtual environment.
pub(crate) fn python() -> Command {
    let python = repository("target/venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing: tests/run installs it",
        python.display()
    );
    Command::new(python)
}

/// Compares with a checked-in file; `BLESS=1` rewrites the file instead.
#[track_caller]
pub(crate) fn assert_golden(path: &str, actual: &str) {
    let full = repository(path);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(&full, actual).unwrap();
    }
    let expected = fs::read_to_string(&full).unwrap_or_default();
    if actual != expected {
        let row = actual
            .lines()
            .zip(expected.lines())
            .take_while(|(one, other)| one == other)
            .count();
        panic!(
            "{path} is out of date at line {}; review it with BLESS=1\n  file: {}\n  now:  {}",
            row + 1,
            expected.lines().nth(row).unwrap_or("(the end)"),
            actual.lines().nth(row).unwrap_or("(the end)"),
        );
    }
}

/// Runs somebody else's program, which must succeed.
#[track_caller]
pub(crate) fn stock(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// People with keys made by ssh-keygen and age-keygen, import parameters, and a script.
pub(crate) struct Company {
    pub(crate) root: tempfile::TempDir,
}

/// Everybody in the shipped script of aws-kms-aes256.
pub(crate) const PEOPLE: [&str; 6] = ["ana", "ben", "cho", "dee", "eli", "fay"];
/// Who comes in the place of a custodian who leaves.
pub(crate) const NEWCOMER: &str = "gil";
/// Those who receive shares.
pub(crate) const CUSTODIANS: [&str; 3] = ["ben", "cho", "dee"];

impl Company {
    /// Keys for everybody, parameters as the AWS CLI prints them, and the shipped script with the
    /// keys put in.
    pub(crate) fn new() -> Self {
        let company = Self {
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(company.path("keys")).unwrap();
        for person in PEOPLE {
            company.signs(person);
        }
        for custodian in CUSTODIANS {
            company.receives(custodian);
        }
        company.parameters("2099-01-01T00:00:00.000000+00:00");
        let shipped =
            fs::read_to_string(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap();
        company.script(&shipped);
        company
    }

    /// A key pair of somebody who signs.
    fn signs(&self, person: &str) {
        let key = self.path(&format!("keys/{person}"));
        let key = key.to_str().unwrap();
        let make = ["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", key];
        stock("ssh-keygen", &make);
    }

    /// An age identity and a medium of somebody who holds shares.
    fn receives(&self, custodian: &str) {
        let file = self.path(&format!("keys/{custodian}.age"));
        stock("age-keygen", &["-o", file.to_str().unwrap()]);
        fs::create_dir_all(self.path(&format!("media/{custodian}"))).unwrap();
    }

    /// Somebody who comes later, as custodian; before the script in which he stands.
    pub(crate) fn newcomer(&self) {
        self.signs(NEWCOMER);
        self.receives(NEWCOMER);
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Writes parameters.json.
    pub(crate) fn parameters(&self, valid_to: &str) {
        let key = TestPair::of(4096).unwrap().public().unwrap();
        let text = format!(
            "{{\n  \"KeyId\": \"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\",\n  \
             \"ImportToken\": \"{}\",\n  \"PublicKey\": \"{}\",\n  \"ParametersValidTo\": \"{valid_to}\"\n}}\n",
            base64ct::Base64::encode_string(b"a token of these tests"),
            base64ct::Base64::encode_string(key.der()),
        );
        fs::write(self.path("parameters.json"), text).unwrap();
    }

    /// Writes script.yaml: the text with everybody's public keys put in.
    pub(crate) fn script(&self, text: &str) {
        let mut text = text.to_owned();
        let described = text.clone();
        let known = |person: &&str| {
            let has_key = self.path(&format!("keys/{person}")).exists();
            has_key && described.contains(&format!("  {person}: {{name"))
        };
        for person in PEOPLE.into_iter().chain([NEWCOMER]).filter(known) {
            let public = fs::read_to_string(self.path(&format!("keys/{person}.pub"))).unwrap();
            let mut fields = format!("signs-with: \"{}\"", public.trim());
            let identity = self.path(&format!("keys/{person}.age"));
            if identity.exists() {
                let identity = fs::read_to_string(identity).unwrap();
                let recipient = identity
                    .lines()
                    .find_map(|line| line.strip_prefix("# public key: "))
                    .unwrap();
                fields = format!("{fields}, receives-shares-at: {recipient}");
            }
            let row = text
                .lines()
                .find(|line| line.starts_with(&format!("  {person}: {{name")))
                .unwrap()
                .to_owned();
            let (inside, comment) = row.rsplit_once('}').unwrap();
            let with_keys = format!("{inside}, {fields}}}{comment}");
            text = text.replace(&row, &with_keys);
        }
        fs::write(self.path("script.yaml"), text).unwrap();
    }

    /// Changes the script.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let path = self.path("script.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the script has no {from:?}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Puts another provider's input in the place of the one that is shipped.
    pub(crate) fn input(&self, input: &str) {
        let path = self.path("script.yaml");
        let text = fs::read_to_string(&path).unwrap();
        let begins = text.find("    provider: aws-kms").unwrap();
        let ends = text.find("\nsteps:").unwrap();
        fs::write(path, [&text[..begins], input, &text[ends..]].concat()).unwrap();
    }

    /// What everybody answers in a practice ceremony that goes well, written to answers.yaml; the
    /// clock is read now. `change` puts other answers in their place.
    pub(crate) fn answers(&self, change: &[(&str, &str)]) -> PathBuf {
        let mut answers: BTreeMap<String, String> = BTreeMap::new();
        let mut put = |id: String, answer: String| {
            answers.insert(id, answer);
        };
        for person in PEOPLE {
            put(format!("1/present/{person}"), "yes".to_owned());
            put(format!("2/agrees/{person}"), "yes".to_owned());
            put(format!("12/left/{person}"), "yes".to_owned());
            put(
                format!("sign/{person}"),
                self.path(&format!("keys/{person}")).display().to_string(),
            );
        }
        // The machine of the tests has a network: an exception is recorded.
        put("3/look-again".to_owned(), "no".to_owned());
        for (name, text) in [
            ("expected", "no network"),
            ("happened", "the machine of the tests has one"),
            ("decided", "go on: the keys are not used"),
            ("decided-by", "ana"),
        ] {
            put(format!("3/exception/{name}"), text.to_owned());
        }
        let now = jiff::Timestamp::now().strftime("%H:%M:%S").to_string();
        put("3/clock/eli".to_owned(), now);
        for custodian in CUSTODIANS {
            let medium = self
                .path(&format!("media/{custodian}"))
                .display()
                .to_string();
            let identity = self
                .path(&format!("keys/{custodian}.age"))
                .display()
                .to_string();
            for step in ["5", "6"] {
                put(format!("{step}/medium/{custodian}"), medium.clone());
                put(format!("{step}/holds/{custodian}"), "yes".to_owned());
                put(format!("{step}/share/{custodian}"), medium.clone());
                put(format!("{step}/identity/{custodian}"), identity.clone());
            }
            put(
                format!("recover/payments/share/{custodian}"),
                medium.clone(),
            );
            put(format!("recover/payments/identity/{custodian}"), identity);
        }
        let digest = TestPair::of(4096)
            .unwrap()
            .public()
            .unwrap()
            .fingerprint()
            .to_string();
        put("7/words/ana".to_owned(), digest.clone());
        put("7/words/cho".to_owned(), digest);
        put(
            "8/approval/fay".to_owned(),
            self.path("keys/fay").display().to_string(),
        );
        put("11/otherwise/eli".to_owned(), "no".to_owned());
        put("resume/present".to_owned(), "yes".to_owned());
        put("recover/payments".to_owned(), "yes".to_owned());
        put("recover/payments/with".to_owned(), "ben dee".to_owned());
        for (id, answer) in change {
            if answer.is_empty() {
                answers.remove(*id);
            } else {
                answers.insert((*id).to_owned(), (*answer).to_owned());
            }
        }
        let lines: Vec<String> = answers
            .iter()
            .map(|(id, answer)| {
                format!(
                    "{id}: {answer:?}
"
                )
            })
            .collect();
        let text = lines.concat();
        let path = self.path("answers.yaml");
        fs::write(&path, text).unwrap();
        path
    }

    /// `keyrite run script.yaml --out out --answers answers.yaml`.
    pub(crate) fn run(&self, change: &[(&str, &str)]) -> assert_cmd::Command {
        let answers = self.answers(change);
        let mut command = keyrite();
        command.args(self.run_words()).arg("--answers").arg(answers);
        command
    }

    /// `keyrite run script.yaml --out out` as a program that is started by other means, as at a terminal.
    pub(crate) fn run_program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyrite"));
        command.args(self.run_words());
        command
    }

    fn run_words(&self) -> [OsString; 4] {
        let (script, out) = (self.path("script.yaml"), self.path("out"));
        ["run".into(), script.into(), "--out".into(), out.into()]
    }

    /// `keyrite verify out`.
    pub(crate) fn verify(&self) -> assert_cmd::Command {
        let mut command = keyrite();
        command.arg("verify").arg(self.path("out"));
        command
    }
}

/// The same in one line: at a terminal's width words are broken over several.
#[track_caller]
pub(crate) fn told(assert: &assert_cmd::assert::Assert) -> String {
    one_line(&said(assert))
}

/// A text without the breaks of its lines.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a finished command said on standard error.
#[track_caller]
pub(crate) fn said(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// A pipe with a name: who opens one end waits for the other.
#[track_caller]
pub(crate) fn make_pipe(path: &Path) {
    use rustix::fs::CWD;
    use rustix::fs::FileType;
    use rustix::fs::Mode;
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}
