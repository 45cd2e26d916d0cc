//! An organisation whose register grows: real ceremonies, held again at other times.
//!
//! A batch makes a key for every tenant of a list; a single ceremony makes one key, deals it in three
//! shares, rebuilds it from two, wraps it and destroys it. Each is played once. A later one is the same
//! ceremony held again: its record follows the one before, says another time and other names, is chained
//! anew and signed anew by everybody, and of a batch takes the place of the older versions.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::domain::record::Event;
use keyrite::domain::record::Follows;
use keyrite::domain::record::namespace;
use keyrite::record::chain;
use keyrite::record::signing::SigningKey;
use keyrite::secret::Secret;

use crate::table::quietly;

/// Keys of one list.
pub(crate) const KEYS: usize = 98;
/// Keys that are made alone, for each list.
pub(crate) const SINGLES: usize = 2;

const PEOPLE: [(&str, &str); 6] = [
    ("ana", "Ana Ruiz"),
    ("ben", "Ben Osei"),
    ("cho", "Cho Park"),
    ("dee", "Dee Marsh"),
    ("eli", "Eli Stern"),
    ("fay", "Fay Lind"),
];
const CUSTODIANS: [&str; 3] = ["ben", "cho", "dee"];
/// Seconds from one version of a tenant's key to the next.
const EVERY: i64 = 180 * 86_400;
/// Seconds between ceremonies that follow each other at once.
const NEXT: i64 = 3_600;
/// What stands in the first script of a list where a later one names the older version.
const FIRST: &str = "    # the first version of each";
/// The key of the single ceremony that is held again under other names.
const SINGLE: &str = "s00000";

/// People with keys, and the ceremonies that were played.
pub(crate) struct Company {
    place: PathBuf,
    /// Who signs, with which key.
    keys: Vec<(&'static str, SigningKey)>,
    /// The last record of the register that is filled.
    last: RefCell<Option<Follows>>,
}

/// What changes when a ceremony is held again.
struct Again<'a> {
    /// Its folder, as it was played.
    from: &'a Path,
    /// The end of its folder's name.
    name: String,
    /// By how many seconds it is later.
    shift: i64,
    /// Words in script and record, and what stands there instead.
    words: Vec<(String, String)>,
}

impl Company {
    pub(crate) fn new(place: &Path) -> Result<Self, String> {
        let keys = place.join("keys");
        fs::create_dir(&keys).map_err(text)?;
        let mut all = Vec::new();
        for (person, _) in PEOPLE {
            let path = keys.join(person);
            let to = path.to_string_lossy().into_owned();
            let make = ["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", &to];
            quietly(Path::new("ssh-keygen"), &make)?;
            let mut bytes = fs::read(&path).map_err(text)?;
            let key = SigningKey::from_openssh(&Secret::take(&mut bytes), None).map_err(text)?;
            all.push((person, key));
        }
        for custodian in CUSTODIANS {
            let path = keys.join(format!("{custodian}.age"));
            quietly(Path::new("age-keygen"), &["-o", &path.to_string_lossy()])?;
        }
        Ok(Self {
            place: place.to_owned(),
            keys: all,
            last: RefCell::default(),
        })
    }

    /// A register with every version; how many ceremonies it has, and how many lines.
    pub(crate) fn fill(
        &self,
        register: &Path,
        lists: usize,
        rounds: usize,
    ) -> Result<(usize, usize), String> {
        fs::create_dir(register).map_err(text)?;
        *self.last.borrow_mut() = None;
        let (mut ceremonies, mut lines) = (0, 0);
        let mut older: Vec<Option<Digest>> = vec![None; lists];
        let mut single = 0;
        for round in 0..rounds {
            for (list, older) in older.iter_mut().enumerate() {
                let ago = i64::try_from((rounds - round) * lists - list).map_err(text)?;
                let shift = -EVERY * ago / i64::try_from(lists).map_err(text)?;
                lines += self.batch(register, list, shift, *older)?;
                *older = self.last.borrow().as_ref().map(|last| last.sha256);
                for place in 1..=SINGLES {
                    single += 1;
                    let later = NEXT * i64::try_from(place).map_err(text)?;
                    lines += self.single(register, single, shift + later)?;
                }
                ceremonies += 1 + SINGLES;
            }
        }
        let marker = "{\"format\":\"keyrite-register/v1\"}\n";
        fs::write(register.join("keyrite-register.json"), marker).map_err(text)?;
        Ok((ceremonies, lines))
    }

    /// One more ceremony behind the last of the register that was filled last.
    pub(crate) fn one_more(&self, register: &Path) -> Result<(), String> {
        self.single(register, 99_999, 0).map(drop)
    }

    /// The ceremony of a list, held again.
    fn batch(
        &self,
        register: &Path,
        list: usize,
        shift: i64,
        older: Option<Digest>,
    ) -> Result<usize, String> {
        let from = self.first_batch(list)?;
        let mut words = Vec::new();
        if let Some(older) = older {
            words.push((FIRST.to_owned(), format!("    supersedes: \"{older}\"")));
            words.push(("kind: import".to_owned(), "kind: rotate".to_owned()));
            words.push((
                "\"kind\":\"import\"".to_owned(),
                "\"kind\":\"rotate\"".to_owned(),
            ));
        }
        let name = format!("tenants-{list}");
        self.again(
            register,
            &Again {
                from: &from,
                name,
                shift,
                words,
            },
        )
    }

    /// The ceremony of one key, held again for another.
    fn single(&self, register: &Path, number: usize, shift: i64) -> Result<usize, String> {
        let from = self.first_single()?;
        let name = format!("s{number:05}");
        let record = fs::read_to_string(from.join("record.jsonl")).map_err(text)?;
        // Shares of another key are of another set, and its check value is another.
        let value = |name: &str| {
            let begin = record.find(name)? + name.len();
            record.get(begin..begin + 8)
        };
        let mut words = vec![(SINGLE.to_owned(), name.clone())];
        for name in ["\"set\":{\"epoch\":1,\"id\":\"", "\"ekcv\":\""] {
            let old = value(name).ok_or("the single ceremony deals no shares")?;
            words.push((old.to_owned(), format!("{number:08x}")));
        }
        self.again(
            register,
            &Again {
                from: &from,
                name,
                shift,
                words,
            },
        )
    }

    /// Writes a ceremony behind the last one; how many lines it has.
    fn again(&self, register: &Path, again: &Again<'_>) -> Result<usize, String> {
        let follows = self.last.borrow().clone();
        let changed = |file: &str| -> Result<String, String> {
            let mut changed = fs::read_to_string(again.from.join(file)).map_err(text)?;
            for (from, to) in &again.words {
                changed = changed.replace(from, to);
            }
            Ok(changed)
        };
        let script = changed("script.yaml")?;
        let mut entries = Vec::new();
        for line in changed("record.jsonl")?.lines() {
            entries.push(serde_json::from_str::<Entry>(line).map_err(text)?);
        }
        for entry in &mut entries {
            entry.at = entry.at.plus_seconds(again.shift);
            if let Event::Open(open) = &mut entry.event {
                open.follows.clone_from(&follows);
            }
        }
        let record = chained(entries, script.as_bytes());
        chain::parse(&record, script.as_bytes()).map_err(text)?;
        let sequence = follows.map_or(1, |follows| follows.sequence + 1);
        let dir = register.join(format!("{sequence:06}-{}", again.name));
        fs::create_dir_all(dir.join("signatures")).map_err(text)?;
        for name in ["allowed_signers", "VERIFY.txt", "verify.py"] {
            fs::hard_link(again.from.join(name), dir.join(name)).map_err(text)?;
        }
        link(
            &again.from.join("artifacts"),
            &dir.join("artifacts"),
            &again.words,
        )?;
        for (person, key) in &self.keys {
            // Who has no part in it does not sign it.
            if again.from.join(format!("signatures/{person}.sig")).exists() {
                let signature = key.sign(namespace::RECORD, &record).map_err(text)?;
                fs::write(dir.join(format!("signatures/{person}.sig")), signature).map_err(text)?;
            }
        }
        let lines = record.split(|byte| *byte == b'\n').count() - 1;
        let sha256 = Digest::of(&record);
        fs::write(dir.join("script.yaml"), script).map_err(text)?;
        fs::write(dir.join("record.jsonl"), record).map_err(text)?;
        *self.last.borrow_mut() = Some(Follows { sequence, sha256 });
        Ok(lines)
    }

    /// Runs the ceremony of one list.
    fn first_batch(&self, list: usize) -> Result<PathBuf, String> {
        let dir = self.place.join(format!("list-{list}"));
        let mut rows = "tenant,crypto-key\n".to_owned();
        for key in 0..KEYS {
            let name = tenant(list, key);
            // Writing to a string cannot fail.
            let _ = writeln!(rows, "{name},{KEY_RING}{name}");
        }
        let rest = format!(
            "policy: {{confirm-within: {NEVER}}}
batches:
  tenants:
    list: tenants.csv
    column: tenant
    key-id: crypto-key
{FIRST}
    key: {{type: aes-256, owner: saas-platform, cryptoperiod: {{time: 180d}}}}
inputs:
  google: {{{WRAPPING}}}
waivers:
  - {{rule: restore-before-wrap, reason: data can be encrypted anew, owner: saas-platform, until: 2099-12-31}}
  - {{rule: compare-before-wrap, reason: a bench, owner: saas-platform, until: 2099-12-31}}
steps:
  - sign-in: [ana, ben, cho, eli, fay]
  - batch: {{keys: tenants, for: google}}
  - exception: {{by: eli}}
  - seal
"
        );
        let people: Vec<_> = PEOPLE.into_iter().filter(|(id, _)| *id != "dee").collect();
        let head = format!("tenants-{list}");
        let script = self.script(&head, &people, &["ben", "cho"], &rest)?;
        self.play(&dir, &script, &[("tenants.csv", &rows)], &[], 3)
    }

    /// Runs the ceremony of one key.
    fn first_single(&self) -> Result<PathBuf, String> {
        let dir = self.place.join("single");
        let rest = format!(
            "policy: {{drill-every: 2190d, restore-test-every: 2190d, confirm-within: {NEVER}}}
keys:
  {SINGLE}: {{type: aes-256, owner: payments-platform, cryptoperiod: {{time: 6y}}}}
inputs:
  google: {{{WRAPPING}, key-id: {KEY_RING}{SINGLE}}}
waivers:
  - {{rule: compare-before-wrap, reason: a bench, owner: payments-platform, until: 2099-12-31}}
steps:
  - sign-in: [ana, ben, cho, dee, eli, fay]
  - generate: {SINGLE}
  - split: {{key: {SINGLE}, threshold: 2, among: custodians}}
  - restore-test: {{key: {SINGLE}, with: [ben, dee]}}
  - wrap: {{key: {SINGLE}, for: google}}
  - destroy: {{key: {SINGLE}, where: token}}
  - exception: {{by: eli}}
  - seal
"
        );
        let script = self.script(SINGLE, &PEOPLE, &CUSTODIANS, &rest)?;
        let mut answers = Vec::new();
        for custodian in CUSTODIANS {
            let medium = self.place.join(format!("media-{custodian}"));
            fs::create_dir_all(&medium).map_err(text)?;
            let identity = self.place.join(format!("keys/{custodian}.age"));
            for (question, answer) in [
                ("3/medium", medium.display().to_string()),
                ("3/holds", "yes".to_owned()),
                ("4/share", medium.display().to_string()),
                ("4/identity", identity.display().to_string()),
            ] {
                answers.push((format!("{question}/{custodian}"), answer));
            }
        }
        self.play(&dir, &script, &[], &answers, 7)
    }

    fn script(
        &self,
        ceremony: &str,
        people: &[(&str, &str)],
        custodians: &[&str],
        rest: &str,
    ) -> Result<String, String> {
        let mut described = String::new();
        for (person, name) in people {
            let public = fs::read_to_string(self.place.join(format!("keys/{person}.pub")));
            let public = public.map_err(text)?;
            let mut shares = String::new();
            if custodians == CUSTODIANS && custodians.contains(person) {
                let identity = fs::read_to_string(self.place.join(format!("keys/{person}.age")));
                let identity = identity.map_err(text)?;
                let mut lines = identity.lines();
                let at = lines.find_map(|line| line.strip_prefix("# public key: "));
                shares = format!(
                    ", receives-shares-at: {}",
                    at.ok_or("age-keygen says nothing")?
                );
            }
            let _ = writeln!(
                described,
                "  {person}: {{name: {name}, site: {person}, manager: {person}-m, signs-with: \"{}\"{shares}}}",
                public.trim()
            );
        }
        Ok(format!(
            "schema: keyrite/v1
ceremony: {ceremony}
title: Keys for the platform
kind: import
mode: practice
people:
{described}roles: {{administrator: [ana], custodians: [{}], witness: [eli], approver: [fay]}}
token: {{core: software}}
{rest}",
            custodians.join(", ")
        ))
    }

    /// Runs a ceremony, unless it was run before.
    fn play(
        &self,
        dir: &Path,
        script: &str,
        files: &[(&str, &str)],
        more: &[(String, String)],
        exception: u32,
    ) -> Result<PathBuf, String> {
        let out = dir.join("out");
        if out.exists() {
            return Ok(out);
        }
        fs::create_dir(dir).map_err(text)?;
        let wrapping = "tests/data/providers/google/import-job.pem";
        let wrapping = Path::new(env!("CARGO_MANIFEST_DIR")).join(wrapping);
        fs::copy(wrapping, dir.join("import-job.pem")).map_err(text)?;
        let mut answers = format!("{exception}/otherwise/eli: \"no\"\n");
        for (person, _) in PEOPLE {
            let key = self.place.join(format!("keys/{person}"));
            let key = key.display().to_string();
            let _ = writeln!(
                answers,
                "1/present/{person}: \"yes\"\nsign/{person}: {key:?}"
            );
        }
        for (question, answer) in more {
            let _ = writeln!(answers, "{question}: {answer:?}");
        }
        let files = files.iter().copied();
        for (name, bytes) in files.chain([("script.yaml", script), ("answers.yaml", &answers)]) {
            fs::write(dir.join(name), bytes).map_err(text)?;
        }
        let place = |name: &str| dir.join(name).to_string_lossy().into_owned();
        let (script, to, answers) = (place("script.yaml"), place("out"), place("answers.yaml"));
        let words = ["run", &script, "--out", &to, "--answers", &answers];
        quietly(Path::new(env!("CARGO_BIN_EXE_keyrite")), &words)?;
        Ok(out)
    }
}

/// The key of a tenant.
pub(crate) fn tenant(list: usize, key: usize) -> String {
    format!("t{list:03}-{key:03}")
}

/// Links the files of a folder under the names that another ceremony has for them.
fn link(from: &Path, to: &Path, words: &[(String, String)]) -> Result<(), String> {
    fs::create_dir(to).map_err(text)?;
    for entry in fs::read_dir(from).map_err(text)? {
        let entry = entry.map_err(text)?;
        let mut name = entry.file_name().to_string_lossy().into_owned();
        for (from, to) in words {
            name = name.replace(from, to);
        }
        if entry.file_type().map_err(text)?.is_dir() {
            link(&entry.path(), &to.join(name), words)?;
        } else {
            fs::hard_link(entry.path(), to.join(name)).map_err(text)?;
        }
    }
    Ok(())
}

/// The bytes of a record whose entries were changed.
fn chained(entries: Vec<Entry>, script: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut prev = Digest::of(script);
    for mut entry in entries {
        entry.prev = prev;
        let line = entry.line();
        prev = Digest::of(&line);
        bytes.extend(line);
        bytes.push(b'\n');
    }
    bytes
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// No answer of a provider is recorded here: were it asked for, everything that was ever wrapped would be
/// overdue.
const NEVER: &str = "36500d";
const KEY_RING: &str = "projects/lab/locations/europe-west1/keyRings/ring/cryptoKeys/";
const WRAPPING: &str =
    "provider: google-kms, algorithm: rsa-oaep-4096-sha256, wrapping-key: import-job.pem";
