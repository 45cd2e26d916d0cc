//! A room in which any script with an HSM is run: its people, their answers, their providers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use base64ct::Encoding as _;
use keyrite::domain::parse::parse;
use keyrite::domain::record::Digest;
use keyrite::domain::record::hex;
use keyrite::domain::script::Drill;
use keyrite::domain::script::Reshare;
use keyrite::domain::script::Restore;
use keyrite::domain::script::RestoreTest;
use keyrite::domain::script::Script;
use keyrite::domain::script::Step;
use keyrite::domain::script::Token as Described;
use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::python;
use crate::common::repository;
use crate::common::stock;
use crate::tokens::Token;

/// People, and the wrapping keys of providers.
pub(crate) struct Room {
    pub(crate) company: Company,
}

impl Room {
    /// A room for a shipped script, with changes.
    #[track_caller]
    pub(crate) fn shipped(name: &str, edits: &[(&str, &str)]) -> Self {
        let path = repository(&format!("ceremonies/{name}/script.yaml"));
        Self::new(&fs::read_to_string(path).unwrap(), edits)
    }

    #[track_caller]
    pub(crate) fn new(script: &str, edits: &[(&str, &str)]) -> Self {
        let room = Self {
            company: Company::new(),
        };
        room.script(script, edits);
        room
    }

    /// Another script for the same people.
    #[track_caller]
    pub(crate) fn script(&self, text: &str, edits: &[(&str, &str)]) {
        self.company.script(text);
        for (from, to) in edits {
            self.company.edit(from, to);
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.company.path(path)
    }

    /// A new key of a provider; its public half lies beside the script as `NAME.pem`, and for AWS
    /// as the parameters that it hands out.
    #[track_caller]
    pub(crate) fn provider(&self, name: &str, bits: usize) -> Provider {
        let path = |ending: &str| self.path(&format!("{name}.{ending}"));
        let private = path("private.der");
        let (at, public) = (private.to_str().unwrap(), path("pem"));
        if bits == 4096 {
            // One that OpenSSL made before: this takes long.
            fs::copy(repository("src/crypto/test_pairs/rsa-4096.der"), &private).unwrap();
        } else {
            let bits = format!("rsa_keygen_bits:{bits}");
            let pem = path("private.pem");
            let pem = pem.to_str().unwrap();
            let make = [
                "genpkey",
                "-algorithm",
                "RSA",
                "-pkeyopt",
                &bits,
                "-out",
                pem,
            ];
            stock("openssl", &make);
            let convert = ["pkey", "-in", pem, "-outform", "DER", "-out", at];
            stock("openssl", &convert);
        }
        let pkey = |more: &[&str]| {
            let pair = ["pkey", "-inform", "DER", "-in", at, "-pubout"];
            stock("openssl", &[&pair[..], more].concat())
        };
        pkey(&["-out", public.to_str().unwrap()]);
        let der = path("der");
        pkey(&["-outform", "DER", "-out", der.to_str().unwrap()]);
        let der = fs::read(der).unwrap();
        let parameters = json!({
            "KeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "ImportToken": base64ct::Base64::encode_string(b"a token of these tests"),
            "PublicKey": base64ct::Base64::encode_string(&der),
            "ParametersValidTo": "2099-01-01T00:00:00.000000+00:00",
        });
        fs::write(path("json"), parameters.to_string()).unwrap();
        Provider { private, bits }
    }

    /// The script, read.
    #[track_caller]
    fn read(&self) -> Script {
        let bytes = fs::read(self.path("script.yaml")).unwrap();
        parse(&bytes).unwrap_or_else(|finding| panic!("{finding:?}"))
    }

    /// Names the token in the script.
    #[track_caller]
    pub(crate) fn name(&self, token: &Token) {
        let text = fs::read_to_string(self.path("script.yaml")).unwrap();
        let Described { label, serial, .. } = self.read().token.value;
        let mut renamed = text;
        for (name, was, is) in [
            ("label", label.unwrap(), token.label()),
            ("serial", serial.unwrap(), token.serial()),
        ] {
            let row = renamed
                .lines()
                .find(|row| row.trim_start().starts_with(&format!("{name}: ")))
                .unwrap()
                .to_owned();
            assert!(row.contains(was.as_str()), "{row}");
            renamed = renamed.replacen(&row, &format!("  {name}: \"{is}\""), 1);
        }
        fs::write(self.path("script.yaml"), renamed).unwrap();
    }

    /// What everybody answers if all goes well; `change` puts others in their place.
    #[track_caller]
    pub(crate) fn answers(&self, change: &[(&str, &str)]) -> PathBuf {
        let mut answers = BTreeMap::from([("resume/present".to_owned(), "yes".to_owned())]);
        let script = self.read();
        for (index, step) in script.steps.iter().enumerate() {
            let mut put = |id: &str, answer: &str| {
                answers.insert(format!("{}/{id}", index + 1), answer.to_owned());
            };
            match &step.value {
                Step::SignIn(people) => {
                    for person in people {
                        put(&format!("present/{}", person.as_str()), "yes");
                    }
                }
                Step::SignOut(people) => {
                    for person in people {
                        put(&format!("left/{}", person.as_str()), "yes");
                    }
                }
                Step::Statement(statement) => {
                    for person in &statement.by {
                        put(&format!("agrees/{}", person.as_str()), "yes");
                    }
                }
                Step::Environment(_) => {
                    // The machine of the tests has a network.
                    put("look-again", "no");
                    put("exception/expected", "no network");
                    put("exception/happened", "the machine of the tests has one");
                    put("exception/decided", "go on: the keys are not used");
                    put("exception/decided-by", "ana");
                    let now = jiff::Timestamp::now().strftime("%H:%M:%S").to_string();
                    put("clock/eli", &now);
                }
                Step::Split(split) => {
                    for person in script.among(split) {
                        let person = person.as_str();
                        put(&format!("medium/{person}"), &self.medium(person));
                        put(&format!("holds/{person}"), "yes");
                    }
                }
                Step::RestoreTest(RestoreTest { with, .. })
                | Step::Restore(Restore { with, .. })
                | Step::Drill(Drill { with, .. }) => {
                    for person in with {
                        let person = person.as_str();
                        put(&format!("here/{person}"), "yes");
                        put(&format!("share/{person}"), &self.medium(person));
                        let identity = self.path(&format!("keys/{person}.age"));
                        put(&format!("identity/{person}"), identity.to_str().unwrap());
                    }
                }
                Step::Reshare(Reshare { with, among, .. }) => {
                    let new = script.receivers(among);
                    for (people, ask) in [(&with[..], ""), (new, "new/")] {
                        for person in people {
                            let person = person.as_str();
                            put(&format!("{ask}share/{person}"), &self.medium(person));
                            let identity = self.path(&format!("keys/{person}.age"));
                            let identity = identity.to_str().unwrap();
                            put(&format!("{ask}identity/{person}"), identity);
                        }
                    }
                    for person in new {
                        let person = person.as_str();
                        put(&format!("medium/{person}"), &self.medium(person));
                        put(&format!("holds/{person}"), "yes");
                    }
                }
                Step::Retire(retire) => {
                    let given = &script.given[retire.key.as_str()];
                    for share in &given.share_set.shares {
                        put(&format!("fate/{}", share.custodian.value), "destroyed");
                        put(&format!("seen/{}", share.custodian.value), "yes");
                    }
                    for number in 1..=retire.copies.len() {
                        put(&format!("copy/{number}"), "yes");
                    }
                    put("all-copies", "yes");
                }
                Step::Compare(compare) => {
                    let digest = self.fingerprint(&script, compare.wrapping_key.as_str());
                    for person in &compare.by {
                        put(&format!("words/{}", person.as_str()), &digest);
                    }
                }
                Step::Approve(approve) => {
                    let by = approve.by.as_str();
                    put(&format!("approval/{by}"), &self.key_of(by));
                }
                Step::Exception(asked) => {
                    put(&format!("otherwise/{}", asked.by.as_str()), "no");
                }
                Step::Move(_)
                | Step::RequestDestroy(_)
                | Step::CancelDestroy(_)
                | Step::Identify(_)
                | Step::Close(_) => {
                    crate::story::lifecycle(&script, &step.value, &mut |id, answer| {
                        put(&id, &answer);
                    });
                }
                Step::Generate(_)
                | Step::Wrap(_)
                | Step::Batch(_)
                | Step::Lock(_)
                | Step::Availability(_)
                | Step::ReEncrypted(_)
                | Step::Declare(_)
                | Step::Join(_)
                | Step::Acknowledge(_)
                | Step::MovePerson(_)
                | Step::Leave(_)
                | Step::Withdraw(_)
                | Step::AccessReview(_)
                | Step::Reconcile(_)
                | Step::Explain(_)
                | Step::Confirm(_)
                | Step::TakeOut(_)
                | Step::Inspect(_)
                | Step::HandOver(_)
                | Step::PutAway(_)
                | Step::Receipt(_)
                | Step::Destroy(_)
                | Step::Break(_)
                | Step::Seal => {}
            }
        }
        for person in script.record_signers() {
            let key = self.key_of(&person);
            answers.insert(format!("sign/{person}"), key);
        }
        answers.insert("resume/present".to_owned(), "yes".to_owned());
        for (id, answer) in change {
            answers.remove(*id);
            if !answer.is_empty() {
                answers.insert((*id).to_owned(), (*answer).to_owned());
            }
        }
        let path = self.path("answers.yaml");
        fs::write(&path, serde_json::to_string(&answers).unwrap()).unwrap();
        path
    }

    fn medium(&self, person: &str) -> String {
        let medium = self.path(&format!("media/{person}"));
        medium.to_str().unwrap().to_owned()
    }

    fn key_of(&self, person: &str) -> String {
        let key = self.path(&format!("keys/{person}"));
        key.to_str().unwrap().to_owned()
    }

    /// SHA-256 of the wrapping key of an input, as openssl computes it.
    fn fingerprint(&self, script: &Script, input: &str) -> String {
        let (_, input) = script
            .inputs
            .iter()
            .find(|(name, _)| name.as_str() == input)
            .unwrap();
        let file = input.wrapping_key.as_ref().or(input.parameters.as_ref());
        let stem = file.unwrap().as_str().split('.').next().unwrap().to_owned();
        let der = self.path(&format!("{stem}.der"));
        let said = stock("openssl", &["dgst", "-sha256", "-r", der.to_str().unwrap()]);
        said.split(' ').next().unwrap().to_owned()
    }

    /// `keyrite run script.yaml --out OUT`, with everybody's answers and the token at hand.
    #[track_caller]
    pub(crate) fn run(
        &self,
        token: &Token,
        out: &str,
        change: &[(&str, &str)],
    ) -> assert_cmd::Command {
        let mut command = token.keyrite();
        command
            .arg("run")
            .arg(self.path("script.yaml"))
            .arg("--out")
            .arg(self.path(out))
            .arg("--answers")
            .arg(self.answers(change))
            .arg("--pin-file")
            .arg(token.pin_file());
        self.reach(token, &mut command);
        command
    }

    /// The same of a script whose keys are in software.
    #[track_caller]
    pub(crate) fn run_here(&self, out: &str, change: &[(&str, &str)]) -> assert_cmd::Command {
        let mut command = crate::common::keyrite();
        command
            .arg("run")
            .arg(self.path("script.yaml"))
            .arg("--out")
            .arg(self.path(out))
            .arg("--answers")
            .arg(self.answers(change));
        command
    }

    /// Says which module to load; one that wants arguments is on a list of this machine.
    pub(crate) fn reach(&self, token: &Token, command: &mut assert_cmd::Command) {
        let module = token.module();
        let Some(arguments) = token.init_args() else {
            command.arg("--module").arg(module);
            return;
        };
        let digest = Digest::of(&fs::read(module).unwrap());
        let list = json!({
            "schema": "keyrite-machine/v1",
            "modules": [{"path": module, "sha256": digest, "init-args": arguments}],
        });
        let file = self.path("machine.yaml");
        fs::write(&file, list.to_string()).unwrap();
        command.arg("--machine").arg(file);
    }

    /// `keyrite verify OUT`, and what VERIFY.txt has people do.
    #[track_caller]
    pub(crate) fn verify(&self, out: &str) -> String {
        let out = self.path(out);
        let assert = crate::common::keyrite()
            .arg("verify")
            .arg(&out)
            .assert()
            .code(0);
        crate::verify::holds_by_hand(&out);
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    }

    /// The events of a record, each under its name; what a step did under the name of the step.
    #[track_caller]
    pub(crate) fn events(&self, out: &str) -> Vec<(String, Value)> {
        fs::read_to_string(self.path(out).join("record.jsonl"))
            .unwrap()
            .lines()
            .map(|line| {
                let entry: Value = serde_json::from_str(line).unwrap();
                let (name, event) = entry["event"].as_object().unwrap().iter().next().unwrap();
                if name == "step" {
                    let did = event["did"].as_object().unwrap().iter().next().unwrap();
                    (did.0.clone(), did.1.clone())
                } else {
                    (name.clone(), event.clone())
                }
            })
            .collect()
    }

    /// The only event of that name.
    #[track_caller]
    pub(crate) fn event(&self, out: &str, name: &str) -> Value {
        let mut found = self.events(out);
        found.retain(|(it, _)| it == name);
        assert_eq!(found.len(), 1, "{name}");
        found.remove(0).1
    }
}

/// A provider's own key.
pub(crate) struct Provider {
    private: PathBuf,
    bits: usize,
}

impl Provider {
    /// What arrives, in hexadecimal: OpenSSL and pyca/cryptography find the same.
    #[track_caller]
    pub(crate) fn opens(&self, hash: &str, aes: bool, blob: &[u8]) -> String {
        let by_pyca = self.pyca(hash, aes, blob);
        assert_eq!(self.openssl(hash, aes, blob), by_pyca);
        by_pyca
    }

    fn pyca(&self, hash: &str, aes: bool, blob: &[u8]) -> String {
        let mode = if aes { "kwp" } else { "-" };
        let line = format!(
            "x {} {hash} {hash} {mode} {}\n",
            self.private.display(),
            hex(blob)
        );
        let file = self.private.with_extension("line");
        fs::write(&file, line).unwrap();
        let output = python()
            .arg(repository("tests/data/crypto/unwrap.py"))
            .stdin(fs::File::open(file).unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let printed = String::from_utf8(output.stdout).unwrap();
        printed.trim().strip_prefix("x ").unwrap().to_owned()
    }

    fn openssl(&self, hash: &str, aes: bool, blob: &[u8]) -> String {
        let (head, tail) = blob.split_at(self.bits / 8);
        let part = |name: &str, bytes: &[u8]| {
            let file = self.private.with_extension(name);
            fs::write(&file, bytes).unwrap();
            file.to_str().unwrap().to_owned()
        };
        let (oaep, plain) = (part("head", head), part("plain", b""));
        let (md, mgf) = (format!("rsa_oaep_md:{hash}"), format!("rsa_mgf1_md:{hash}"));
        stock(
            "openssl",
            &[
                "pkeyutl",
                "-decrypt",
                "-keyform",
                "DER",
                "-inkey",
                self.private.to_str().unwrap(),
                "-pkeyopt",
                "rsa_padding_mode:oaep",
                "-pkeyopt",
                &md,
                "-pkeyopt",
                &mgf,
                "-in",
                &oaep,
                "-out",
                &plain,
            ],
        );
        let mut opened = hex(&fs::read(&plain).unwrap());
        if aes {
            let wrapped = part("tail", tail);
            stock(
                "openssl",
                &[
                    "enc",
                    "-d",
                    "-id-aes256-wrap-pad",
                    "-iv",
                    "A65959A6",
                    "-K",
                    &opened,
                    "-in",
                    &wrapped,
                    "-out",
                    &plain,
                ],
            );
            opened = hex(&fs::read(&plain).unwrap());
        }
        opened
    }
}

/// What is inside the package for an input, in raw bytes.
#[track_caller]
pub(crate) fn blob(package: &Path) -> Vec<u8> {
    let byok = package.join("key.byok");
    if byok.exists() {
        let byok: Value = serde_json::from_slice(&fs::read(byok).unwrap()).unwrap();
        let text = byok["ciphertext"].as_str().unwrap();
        return base64ct::Base64UrlUnpadded::decode_vec(text).unwrap();
    }
    let aws = package.join("EncryptedKeyMaterial.bin");
    let google = package.join("wrapped-key.bin");
    fs::read(if aws.exists() { aws } else { google }).unwrap()
}

/// AES-ECB of a zero block under the key of this label, computed in the token by another caller.
#[track_caller]
pub(crate) fn ecb_in(token: &Token, label: &str) -> String {
    let answers = token.calls(json!([
        {"do": "find", "template": {"CKA_CLASS": "secret", "CKA_LABEL": label}, "as": "it"},
        {"do": "encrypt", "mechanism": "CKM_AES_ECB", "key": "it", "data": "0".repeat(32)},
    ]));
    assert_eq!(answers[0]["found"], 1, "{label}");
    answers[1]["hex"].as_str().unwrap().to_owned()
}

/// How many keys of people are in a token.
#[track_caller]
pub(crate) fn keys_in(token: &Token) -> u64 {
    let calls: Vec<Value> = ["public", "private", "secret"]
        .map(|class| json!({"do": "find", "template": {"CKA_CLASS": class}}))
        .into();
    let found = token.calls(json!(calls));
    found.iter().map(|it| it["found"].as_u64().unwrap()).sum()
}
