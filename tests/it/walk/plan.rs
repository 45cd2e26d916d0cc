//! Small ceremonies made from dice: what is done, and how a script says it.

use std::fmt::Write as _;

/// A small ceremony.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) people: usize,
    /// Who has the PIN of the HSM; none where keys live in the machine.
    pub(super) hsm: Option<Pin>,
    pub(super) keys: Vec<Key>,
    /// Things that carry shares: key, whose share, and who keeps it.
    pub(super) items: Vec<(usize, usize, usize)>,
    pub(super) steps: Vec<Do>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Pin {
    /// Somebody of whom the script does not speak.
    Whole,
    Halves(usize, usize),
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Whether its shares are of a backup key even in software.
    pub(super) long: bool,
    pub(super) external: bool,
    /// Sets of earlier ceremonies, the last of which is in force.
    pub(super) given: Vec<Dealt>,
}

#[derive(Clone, Debug)]
pub(super) struct Dealt {
    pub(super) threshold: usize,
    pub(super) holders: Vec<usize>,
    pub(super) of: Of,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Of {
    Key,
    BackupKey,
    Components,
}

#[derive(Clone, Debug)]
pub(super) enum Do {
    SignIn(Vec<usize>),
    SignOut(Vec<usize>),
    Generate(usize),
    Split(usize, Dealt),
    RestoreTest(usize, Vec<usize>),
    Restore(usize, Vec<usize>),
    Reshare(usize, Vec<usize>, Dealt),
    Drill(usize, Vec<usize>),
    HandOver(usize, usize),
    Wrap(usize),
    Lock(usize),
    Destroy(usize),
    Break,
}

/// Dice that were thrown before; ones when there are no more.
pub(super) struct Dice<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % sides
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.roll(one_in) == one_in - 1
    }

    /// Some of `from`, at least `least`.
    fn some(&mut self, from: &[usize], least: usize) -> Vec<usize> {
        let mut left = from.to_vec();
        let mut some = Vec::new();
        let count = least + self.roll((from.len() + 1).saturating_sub(least).max(1));
        while some.len() < count && !left.is_empty() {
            some.push(left.remove(self.roll(left.len())));
        }
        some
    }
}

/// What is true while a plan is made.
#[derive(Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and none excludes another"
)]
struct Now {
    live: bool,
    gone: bool,
    locked: bool,
    reshared: bool,
    shares: Option<Dealt>,
}

impl Plan {
    pub(super) fn thrown(bytes: &[u8]) -> Self {
        let mut dice = Dice(bytes.iter());
        let people = 2 + dice.roll(4);
        let everybody: Vec<usize> = (0..people).collect();
        let hsm = match dice.roll(4) {
            0 => Some(Pin::Whole),
            1 => {
                let pair = dice.some(&everybody, 2);
                Some(Pin::Halves(pair[0], pair[1]))
            }
            _ => None,
        };
        let mut plan = Self {
            people,
            hsm,
            keys: Vec::new(),
            items: Vec::new(),
            steps: Vec::new(),
        };
        let mut now = Vec::new();
        for _ in 0..=dice.roll(3) / 2 {
            let long = dice.chance(4);
            let external = hsm.is_some() && dice.chance(4);
            let mut given = Vec::new();
            if !external && dice.chance(2) {
                for _ in 0..=dice.roll(2) {
                    given.push(dealt(&mut dice, &everybody, hsm.is_some() || long));
                }
            }
            now.push(Now {
                shares: given.last().cloned(),
                ..Now::default()
            });
            plan.keys.push(Key {
                long,
                external,
                given,
            });
        }
        for _ in 0..dice.roll(3) {
            let item = (
                dice.roll(plan.keys.len()),
                dice.roll(people),
                dice.roll(people),
            );
            if !plan
                .items
                .iter()
                .any(|known| known.0 == item.0 && known.1 == item.1)
            {
                plan.items.push(item);
            }
        }
        let mut present = dice.some(&everybody, 1);
        plan.steps.push(Do::SignIn(present.clone()));
        for _ in 0..3 + dice.roll(8) {
            plan.one_more(&mut dice, &mut now, &mut present);
        }
        plan
    }

    fn one_more(&mut self, dice: &mut Dice<'_>, now: &mut [Now], present: &mut Vec<usize>) {
        let everybody: Vec<usize> = (0..self.people).collect();
        let key = dice.roll(self.keys.len());
        let backup = self.hsm.is_some() || self.keys[key].long;
        let external = self.keys[key].external;
        let state = &mut now[key];
        let with =
            |dealt: &Dealt| dealt.holders[..dealt.threshold.min(dealt.holders.len())].to_vec();
        let step = match dice.roll(16) {
            0 => {
                let absent: Vec<usize> = everybody
                    .into_iter()
                    .filter(|id| !present.contains(id))
                    .collect();
                if absent.is_empty() {
                    return;
                }
                let come = dice.some(&absent, 1);
                present.extend(&come);
                Do::SignIn(come)
            }
            1 if !present.is_empty() => {
                let go = dice.some(present, 1);
                present.retain(|id| !go.contains(id));
                Do::SignOut(go)
            }
            2..=4 if !state.live && !state.gone && !state.reshared => match &state.shares {
                None => {
                    state.live = true;
                    Do::Generate(key)
                }
                Some(shares) => {
                    state.live = true;
                    Do::Restore(key, with(shares))
                }
            },
            5..=6 if state.live && state.shares.is_none() && !state.locked && !external => {
                let dealt = dealt(dice, &everybody, backup);
                state.shares = Some(dealt.clone());
                Do::Split(key, dealt)
            }
            7 => match &state.shares {
                Some(shares) => Do::RestoreTest(key, with(shares)),
                None => return,
            },
            8 => match &state.shares {
                Some(shares) => Do::Drill(key, dice.some(&shares.holders.clone(), 1)),
                None => return,
            },
            9 if !state.live
                && !state.gone
                && !self.keys[key].given.is_empty()
                && !state.reshared =>
            {
                let mut dealt = dealt(dice, &everybody, backup);
                if dealt.of == Of::Components {
                    dealt.of = Of::Key;
                }
                let old = state.shares.replace(dealt.clone());
                state.reshared = true;
                Do::Reshare(key, old.map(|old| with(&old)).unwrap_or_default(), dealt)
            }
            10..=11 if !self.items.is_empty() => {
                Do::HandOver(dice.roll(self.items.len()), dice.roll(self.people))
            }
            12 if state.live && !state.locked && !external => Do::Wrap(key),
            13 if state.live && self.hsm.is_some() => {
                state.locked = true;
                Do::Lock(key)
            }
            14 if state.live => {
                state.live = false;
                state.gone = true;
                Do::Destroy(key)
            }
            _ => Do::Break,
        };
        self.steps.push(step);
    }

    /// Whether an HSM is asked to let a key out.
    pub(super) fn leaves(&self, key: usize) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Do::Split(of, _) | Do::Wrap(of) if *of == key))
    }

    /// Where somebody works.
    pub(super) const fn site(id: usize) -> usize {
        id % 2
    }

    /// The provider of a key.
    pub(super) fn provider(key: usize) -> &'static str {
        ["aws-kms", "google-kms"][key]
    }

    pub(super) fn script(&self) -> String {
        let mut yaml = String::from(
            "schema: keyrite/v1\nceremony: small\ntitle: Small\nkind: import\nmode: practice\npeople:\n",
        );
        for id in 0..self.people {
            let site = Self::site(id);
            writeln!(yaml, "  p{id}: {{name: P{id}, site: s{site}}}").unwrap();
        }
        yaml.push_str("roles: {administrator: [p0]}\n");
        match self.hsm {
            None => yaml.push_str("token: {core: software}\n"),
            Some(Pin::Whole) => yaml.push_str("token: {core: pkcs11, label: a, serial: b}\n"),
            Some(Pin::Halves(a, b)) => {
                writeln!(
                    yaml,
                    "token: {{core: pkcs11, label: a, serial: b, pin: [p{a}, p{b}]}}"
                )
                .unwrap();
            }
        }
        yaml.push_str("keys:\n");
        for (key, about) in self.keys.iter().enumerate() {
            let kind = if about.long { "rsa-2048" } else { "aes-256" };
            writeln!(yaml, "  k{key}: {{type: {kind}, owner: us}}").unwrap();
        }
        yaml.push_str("inputs:\n");
        for key in 0..self.keys.len() {
            let provider = Self::provider(key);
            writeln!(yaml, "  to{key}: {{provider: {provider}, algorithm: x}}").unwrap();
        }
        self.write_given(&mut yaml);
        if self.keys.iter().any(|key| key.external) {
            yaml.push_str("external:\n");
            for (key, _) in self.keys.iter().enumerate().filter(|(_, key)| key.external) {
                writeln!(yaml, "  k{key}: {{service: s{key}, identifiers: {{}}}}").unwrap();
            }
        }
        if !self.items.is_empty() {
            yaml.push_str("items:\n");
        }
        for (item, (key, of, holder)) in self.items.iter().enumerate() {
            writeln!(yaml, "  i{item}: {{what: medium, serial: n{item}, share: {{key: k{key}, of: p{of}}}, held-by: p{holder}}}").unwrap();
        }
        yaml.push_str("steps:\n");
        let mut holders: Vec<usize> = self.items.iter().map(|item| item.2).collect();
        for step in &self.steps {
            write_step(&mut yaml, step, &mut holders);
        }
        yaml.push_str("  - seal\n");
        yaml
    }

    fn write_given(&self, yaml: &mut String) {
        if self.keys.iter().any(|key| !key.given.is_empty()) {
            yaml.push_str("given:\n");
        }
        for (key, about) in self.keys.iter().enumerate() {
            let Some((current, older)) = about.given.split_last() else {
                continue;
            };
            let digest = "0".repeat(64);
            writeln!(
                yaml,
                "  k{key}:\n    record: \"{digest}\"\n    check-values: {{}}"
            )
            .unwrap();
            if !older.is_empty() {
                yaml.push_str("    older:\n");
            }
            for (epoch, set) in (1..).zip(older) {
                let (subject, people) = (subject(set.of), list(&set.holders));
                writeln!(yaml, "      - {{id: \"{}\", epoch: {epoch}, threshold: {}, subject: {subject}, custodians: {people}}}", "1".repeat(32), set.threshold).unwrap();
            }
            let (epoch, subject) = (older.len() + 1, subject(current.of));
            writeln!(yaml, "    share-set:\n      id: \"{}\"\n      epoch: {epoch}\n      threshold: {}\n      subject: {subject}\n      check-values: {{}}\n      shares:", "2".repeat(32), current.threshold).unwrap();
            for (index, holder) in (1..).zip(&current.holders) {
                writeln!(
                    yaml,
                    "        - {{index: {index}, custodian: p{holder}, commitment: \"{digest}\"}}"
                )
                .unwrap();
            }
        }
    }
}

fn write_step(yaml: &mut String, step: &Do, holders: &mut [usize]) {
    let line = match step {
        Do::SignIn(people) => format!("sign-in: {}", list(people)),
        Do::SignOut(people) => format!("sign-out: {}", list(people)),
        Do::Generate(key) => format!("generate: k{key}"),
        Do::Split(key, dealt) => {
            let into = if dealt.of == Of::Components {
                ", into: components"
            } else {
                ""
            };
            let (threshold, people) = (dealt.threshold, list(&dealt.holders));
            format!("split: {{key: k{key}, threshold: {threshold}, among: {people}{into}}}")
        }
        Do::RestoreTest(key, with) => {
            format!("restore-test: {{key: k{key}, with: {}}}", list(with))
        }
        Do::Restore(key, with) => format!("restore: {{key: k{key}, with: {}}}", list(with)),
        Do::Reshare(key, with, dealt) => {
            let (with, people) = (list(with), list(&dealt.holders));
            let threshold = dealt.threshold;
            format!(
                "reshare: {{key: k{key}, with: {with}, threshold: {threshold}, among: {people}}}"
            )
        }
        Do::Drill(key, with) => format!("drill: {{key: k{key}, with: {}}}", list(with)),
        Do::HandOver(item, to) => {
            let from = std::mem::replace(&mut holders[*item], *to);
            format!(
                "hand-over: {{item: i{item}, from: p{from}, to: p{to}, purpose: x, seen-by: p0}}"
            )
        }
        Do::Wrap(key) => format!("wrap: {{key: k{key}, for: to{key}}}"),
        Do::Lock(key) => format!("lock: k{key}"),
        Do::Destroy(key) => format!("destroy: {{key: k{key}, where: token}}"),
        Do::Break => "break: {for: 5m}".to_owned(),
    };
    writeln!(yaml, "  - {line}").unwrap();
}

fn list(people: &[usize]) -> String {
    let names: Vec<String> = people.iter().map(|id| format!("p{id}")).collect();
    format!("[{}]", names.join(", "))
}

const fn subject(of: Of) -> &'static str {
    match of {
        Of::Key => "key",
        Of::BackupKey => "backup-key",
        Of::Components => "component",
    }
}

/// A set of shares; now and then somebody gets two of them.
fn dealt(dice: &mut Dice<'_>, everybody: &[usize], backup: bool) -> Dealt {
    let mut holders = dice.some(everybody, 2);
    if dice.chance(6) {
        holders.push(holders[dice.roll(holders.len())]);
    }
    let of = if backup {
        Of::BackupKey
    } else if dice.chance(4) {
        Of::Components
    } else {
        Of::Key
    };
    let all = holders.len();
    let threshold = if of == Of::Components {
        all
    } else {
        2 + dice.roll(all - 1)
    };
    Dealt {
        threshold,
        holders,
        of,
    }
}
