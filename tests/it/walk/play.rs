//! Plays a plan with real bytes: keys, shares, components, backups, PINs, an HSM and providers. It
//! knows nothing of the walk. Everybody keeps whatever he gets; whoever are all that is in the room
//! keep whatever is in the machine. Then everybody in every company tries what there is to try.

use std::collections::BTreeMap;
use std::collections::HashMap;

use keyrite::crypto::random::Random;
use keyrite::crypto::random::RandomFailed;
use keyrite::custody::components;
use keyrite::custody::shamir;
use keyrite::secret::Secret;
use sha2::Digest as _;
use sha2::Sha256;

use crate::walk::plan::Dealt;
use crate::walk::plan::Do;
use crate::walk::plan::Of;
use crate::walk::plan::Pin;
use crate::walk::plan::Plan;

/// Numbers of things that somebody has, as bits.
type Bag = u128;

/// Something that can be kept.
enum Thing {
    Share {
        set: usize,
        x: u8,
        y: Secret,
    },
    Component {
        set: usize,
        part: Secret,
    },
    /// A key, or a backup key: whoever finds it does not know which.
    Key(Vec<u8>),
    Backup(Vec<u8>),
    Half(Vec<u8>),
    /// What a provider or a service asks for.
    Account,
}

/// Somebody or something outside of the room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outside {
    Pin,
    Backup { key: usize, epoch: u32 },
    Provider(usize),
    Service(usize),
}

struct Hsm {
    pin: Vec<u8>,
    /// Key, and whether it may leave.
    keys: BTreeMap<usize, (Vec<u8>, bool)>,
    open: bool,
}

/// A set of shares that was dealt.
struct SetOfShares {
    /// Things, in the order of shares.
    things: Vec<usize>,
    holders: Vec<usize>,
    backup: Option<usize>,
}

pub(super) struct Play<'a> {
    plan: &'a Plan,
    random: Numbers,
    things: Vec<Thing>,
    keys: Vec<Vec<u8>>,
    /// What everybody has.
    people: Vec<Bag>,
    outside: Vec<(Outside, Bag)>,
    /// Who was in the room, and what was in the machine then.
    seen: Vec<(u32, Bag)>,
    present: u32,
    /// Keys in the memory of the machine.
    memory: BTreeMap<usize, usize>,
    hsm: Option<Hsm>,
    sets: BTreeMap<usize, Vec<SetOfShares>>,
    /// The set that each item carries a share of, once it is made; and its holder.
    items: Vec<(Option<(usize, usize)>, usize)>,
    /// Keys that are at a provider or can be called by a service.
    imported: Vec<(usize, usize)>,
    sealed: bool,
    /// Which keys a bag opens.
    tried: HashMap<Bag, u32>,
}

/// Bytes that are the same every time.
struct Numbers(u64);

impl Random for Numbers {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for byte in out {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[1];
        }
        Ok(())
    }
}

const LEN: usize = 16;

impl<'a> Play<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let mut game = Self {
            plan,
            random: Numbers(u64::try_from(plan.steps.len()).unwrap()),
            things: Vec::new(),
            keys: Vec::new(),
            people: vec![0; plan.people],
            outside: Vec::new(),
            seen: Vec::new(),
            present: 0,
            memory: BTreeMap::new(),
            hsm: None,
            sets: BTreeMap::new(),
            items: Vec::new(),
            imported: Vec::new(),
            sealed: false,
            tried: HashMap::new(),
        };
        for _ in &plan.keys {
            let key = game.bytes();
            game.keys.push(key);
        }
        if let Some(pin) = plan.hsm {
            game.hold_pin(pin);
        }
        for (key, about) in plan.keys.iter().enumerate() {
            for dealt in &about.given {
                game.deal(key, dealt);
            }
        }
        for (key, of, holder) in &plan.items {
            let set = game.sets.get(key).map(|sets| (*key, sets.len() - 1));
            game.items.push((set, *holder));
            game.carry(game.items.len() - 1, *of);
        }
        game
    }

    fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; LEN];
        self.random.fill(&mut bytes).unwrap();
        bytes
    }

    fn thing(&mut self, thing: Thing) -> usize {
        self.things.push(thing);
        assert!(self.things.len() <= 128);
        self.things.len() - 1
    }

    fn hold_pin(&mut self, pin: Pin) {
        let (a, b) = (self.bytes(), self.bytes());
        self.hsm = Some(Hsm {
            pin: [a.clone(), b.clone()].concat(),
            keys: BTreeMap::new(),
            open: false,
        });
        let halves = [self.thing(Thing::Half(a)), self.thing(Thing::Half(b))];
        match pin {
            Pin::Whole => {
                let both = bit(halves[0]) | bit(halves[1]);
                self.outside.push((Outside::Pin, both));
            }
            Pin::Halves(first, second) => {
                self.people[first] |= bit(halves[0]);
                self.people[second] |= bit(halves[1]);
            }
        }
    }

    /// Splits a key, and hands the parts out. Says what the machine saw of it.
    fn deal(&mut self, key: usize, dealt: &Dealt) -> Bag {
        let epoch = u32::try_from(self.sets.get(&key).map_or(0, Vec::len) + 1).unwrap();
        let number = self.sets.values().map(Vec::len).sum();
        let mut seen = 0;
        let mut backup = None;
        let mut secret = self.keys[key].clone();
        if dealt.of == Of::BackupKey {
            let backup_key = self.bytes();
            let wrapped = wrap(&backup_key, &secret);
            secret.clone_from(&backup_key);
            let file = self.thing(Thing::Backup(wrapped));
            self.outside
                .push((Outside::Backup { key, epoch }, bit(file)));
            backup = Some(file);
            seen |= bit(file);
        }
        let whole = self.thing(Thing::Key(secret.clone()));
        seen |= bit(whole);
        let secret = Secret::take(&mut secret);
        let (k, n) = (
            u8::try_from(dealt.threshold).unwrap(),
            u8::try_from(dealt.holders.len()).unwrap(),
        );
        let parts: Vec<Thing> = match dealt.of {
            Of::Components => components::split(&secret, n, &mut self.random)
                .unwrap()
                .into_iter()
                .map(|part| Thing::Component { set: number, part })
                .collect(),
            Of::Key | Of::BackupKey => shamir::split(&secret, k, n, &mut self.random)
                .unwrap()
                .into_iter()
                .zip(1..)
                .map(|(y, x)| Thing::Share { set: number, x, y })
                .collect(),
        };
        let mut things = Vec::new();
        for (part, holder) in parts.into_iter().zip(&dealt.holders) {
            let thing = self.thing(part);
            things.push(thing);
            seen |= bit(thing);
            self.people[*holder] |= bit(thing);
        }
        let sets = self.sets.entry(key).or_default();
        sets.push(SetOfShares {
            things,
            holders: dealt.holders.clone(),
            backup,
        });
        let newest = (key, sets.len() - 1);
        for item in 0..self.items.len() {
            let (of_key, of, _) = self.plan.items[item];
            if of_key == key && self.items[item].0.is_none() {
                self.items[item].0 = Some(newest);
                self.carry(item, of);
            }
        }
        seen
    }

    /// Whoever keeps the item gets what is on it.
    fn carry(&mut self, item: usize, of: usize) {
        let (Some((key, set)), holder) = self.items[item] else {
            return;
        };
        let set = &self.sets[&key][set];
        if let Some(slot) = set.holders.iter().position(|id| *id == of) {
            self.people[holder] |= bit(set.things[slot]);
        }
    }

    /// Shares of the newest set are brought to the machine.
    fn bring(&self, key: usize, with: &[usize]) -> Bag {
        let set = self.sets[&key].last().unwrap();
        let brought = set.holders.iter().zip(&set.things);
        brought
            .filter(|(id, _)| with.contains(id))
            .fold(0, |bag, (_, thing)| bag | bit(*thing))
    }

    /// The same, and they are put together. The backup, if there is one, lies beside.
    fn rebuild(&mut self, key: usize, with: &[usize]) -> Bag {
        let mut bag = self.bring(key, with);
        if let Some(backup) = self.sets[&key].last().unwrap().backup {
            bag |= bit(backup);
        }
        let opens = self.try_bag(bag) >> key & 1 == 1;
        assert!(opens, "the shares of the plan rebuild key {key}");
        bag
    }

    /// Plays a step.
    pub(super) fn step(&mut self, step: &Do) {
        let mut machine: Bag = 0;
        match step {
            Do::SignIn(people) => people.iter().for_each(|id| self.present |= 1 << id),
            Do::SignOut(people) => people.iter().for_each(|id| self.present &= !(1 << id)),
            Do::Generate(key) => machine |= self.enter(*key),
            Do::Restore(key, with) => {
                machine |= self.rebuild(*key, with);
                machine |= self.enter(*key);
            }
            Do::Split(key, dealt) => {
                machine |= self.open();
                machine |= self.deal(*key, dealt);
            }
            Do::RestoreTest(key, with) => {
                machine |= self.open();
                machine |= self.rebuild(*key, with);
            }
            Do::Reshare(key, with, dealt) => {
                machine |= self.open();
                machine |= self.rebuild(*key, with);
                machine |= self.deal(*key, dealt);
            }
            Do::Drill(key, with) => machine |= self.bring(*key, with),
            Do::HandOver(item, to) => {
                self.items[*item].1 = *to;
                self.carry(*item, self.plan.items[*item].1);
            }
            Do::Wrap(key) => self.import(*key, Outside::Provider(*key)),
            Do::Lock(key) => {
                if let Some((_, leaves)) = self.hsm.as_mut().unwrap().keys.get_mut(key) {
                    *leaves = false;
                }
            }
            Do::Destroy(key) => {
                self.memory.remove(key);
                if let Some(hsm) = &mut self.hsm {
                    hsm.keys.remove(key);
                }
            }
            Do::Break => {}
        }
        machine |= self.memory.values().fold(0, |bag, thing| bag | bit(*thing));
        if self.hsm.as_ref().is_some_and(|hsm| hsm.open) {
            machine |= self.export();
        }
        self.seen.push((self.present, machine));
    }

    /// The record is closed: the machine forgets, and the HSM stands where it stands.
    pub(super) fn seal(&mut self) {
        self.memory.clear();
        self.sealed = true;
        if let Some(hsm) = &mut self.hsm {
            hsm.open = false;
        }
    }

    /// The key is there from now on.
    fn enter(&mut self, key: usize) -> Bag {
        let machine = self.open();
        let leaves = self.plan.leaves(key);
        let bytes = self.keys[key].clone();
        if let Some(hsm) = &mut self.hsm {
            hsm.keys.insert(key, (bytes, leaves));
        } else {
            let thing = self.thing(Thing::Key(bytes));
            self.memory.insert(key, thing);
        }
        if self.plan.keys[key].external {
            self.import(key, Outside::Service(key));
        }
        machine
    }

    /// The PIN is typed, if it was not before; the machine sees it.
    fn open(&mut self) -> Bag {
        let Some(hsm) = self.hsm.as_mut().filter(|hsm| !hsm.open) else {
            return 0;
        };
        hsm.open = true;
        let is_half = |(_, thing): &(usize, &Thing)| matches!(thing, Thing::Half(_));
        let halves = self.things.iter().enumerate().filter(is_half);
        halves.fold(0, |bag, (number, _)| bag | bit(number))
    }

    /// Whatever the HSM gives out.
    fn export(&mut self) -> Bag {
        let out: Vec<Vec<u8>> = self
            .hsm
            .iter()
            .flat_map(|hsm| hsm.keys.values())
            .filter(|(_, leaves)| *leaves)
            .map(|(key, _)| key.clone())
            .collect();
        let mut bag = 0;
        for key in out {
            let known = self
                .things
                .iter()
                .position(|thing| matches!(thing, Thing::Key(other) if *other == key));
            let thing = known.unwrap_or_else(|| self.thing(Thing::Key(key)));
            bag |= bit(thing);
        }
        bag
    }

    fn import(&mut self, key: usize, by: Outside) {
        if self.outside.iter().any(|(other, _)| *other == by) {
            return;
        }
        let account = self.thing(Thing::Account);
        self.outside.push((by, bit(account)));
        self.imported.push((key, account));
    }

    /// Who there is outside of the room, so far.
    pub(super) fn outside(&self) -> Vec<Outside> {
        self.outside.iter().map(|(who, _)| *who).collect()
    }

    /// Everything that these have: people by bits, and those outside by bits.
    fn bag(&self, people: u32, outside: u32) -> Bag {
        let mut bag = 0;
        for (id, has) in self.people.iter().enumerate() {
            if people >> id & 1 == 1 {
                bag |= has;
            }
        }
        for (place, (_, has)) in self.outside.iter().enumerate() {
            if outside >> place & 1 == 1 {
                bag |= has;
            }
        }
        for (present, machine) in &self.seen {
            if present & !people == 0 {
                bag |= machine;
            }
        }
        bag
    }

    /// Whether they open the HSM with what they have.
    fn unlocks(&self, bag: Bag) -> bool {
        let halves: Vec<&Vec<u8>> = self
            .held(bag)
            .filter_map(|thing| {
                if let Thing::Half(half) = thing {
                    Some(half)
                } else {
                    None
                }
            })
            .collect();
        let pin = self.hsm.as_ref().map(|hsm| &hsm.pin);
        halves.iter().any(|a| {
            halves
                .iter()
                .any(|b| Some(&[a.as_slice(), b.as_slice()].concat()) == pin)
        })
    }

    fn held(&self, bag: Bag) -> impl Iterator<Item = &Thing> {
        let in_bag = move |(number, _): &(usize, &Thing)| bag >> number & 1 == 1;
        self.things
            .iter()
            .enumerate()
            .filter(in_bag)
            .map(|(_, thing)| thing)
    }

    /// Whether these have a key in hand: they try everything.
    pub(super) fn rebuilds(&mut self, people: u32, outside: u32, key: usize) -> bool {
        let mut bag = self.bag(people, outside);
        if self.sealed && self.unlocks(bag) {
            bag |= self.export();
        }
        self.try_bag(bag) >> key & 1 == 1
    }

    /// Whether these rebuild a key from what was given to them, and every backup.
    pub(super) fn holders_rebuild(&mut self, people: u32, key: usize) -> bool {
        let seen = std::mem::take(&mut self.seen);
        let bag = self.bag(people, self.backups());
        self.seen = seen;
        self.try_bag(bag) >> key & 1 == 1
    }

    /// Every backup, as those outside.
    pub(super) fn backups(&self) -> u32 {
        let is_backup =
            |(_, (who, _)): &(usize, &(Outside, Bag))| matches!(who, Outside::Backup { .. });
        let backups = self.outside.iter().enumerate().filter(is_backup);
        backups.fold(0, |bits, (place, _)| bits | 1 << place)
    }

    /// Whether these make a key work where it is.
    pub(super) fn uses(&self, people: u32, outside: u32, key: usize) -> bool {
        let bag = self.bag(people, outside);
        let at_machine = !self.sealed && self.present & !people == 0;
        let right = answer(&self.keys[key]);
        let mut answers = Vec::new();
        if at_machine
            && let Some(Thing::Key(bytes)) = self.memory.get(&key).map(|it| &self.things[*it])
        {
            answers.push(answer(bytes));
        }
        if let Some(hsm) = &self.hsm
            && let Some((bytes, _)) = hsm.keys.get(&key)
            && ((hsm.open && at_machine) || (self.sealed && self.unlocks(bag)))
        {
            answers.push(answer(bytes));
        }
        for (imported, account) in &self.imported {
            if bag >> account & 1 == 1 && *imported == key {
                answers.push(answer(&self.keys[*imported]));
            }
        }
        answers.contains(&right)
    }

    /// Which keys come out of a bag when everything in it is tried.
    fn try_bag(&mut self, bag: Bag) -> u32 {
        if let Some(known) = self.tried.get(&bag) {
            return *known;
        }
        let mut found: Vec<Vec<u8>> = Vec::new();
        let mut shares: BTreeMap<usize, Vec<(u8, &Secret)>> = BTreeMap::new();
        let mut parts: BTreeMap<usize, Vec<(u8, &Secret)>> = BTreeMap::new();
        let mut backups = Vec::new();
        for thing in self.held(bag) {
            match thing {
                Thing::Share { set, x, y } => shares.entry(*set).or_default().push((*x, y)),
                Thing::Component { set, part } => {
                    let parts = parts.entry(*set).or_default();
                    parts.push((u8::try_from(parts.len() + 1).unwrap(), part));
                }
                Thing::Key(key) => found.push(key.clone()),
                Thing::Backup(file) => backups.push(file),
                Thing::Half(_) | Thing::Account => {}
            }
        }
        for shares in shares.values().filter(|shares| shares.len() > 1) {
            // Whether they are enough shows in what comes out.
            found.extend(
                shamir::combine(shares, 2)
                    .ok()
                    .map(|key| key.expose().to_vec()),
            );
        }
        for parts in parts.values() {
            found.extend(
                components::combine(parts)
                    .ok()
                    .map(|key| key.expose().to_vec()),
            );
        }
        let opened: Vec<Vec<u8>> = backups
            .iter()
            .flat_map(|file| found.iter().map(|key| wrap(key, file)))
            .collect();
        found.extend(opened);
        let opens = self
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| found.contains(key))
            .fold(0, |bits, (number, _)| bits | 1 << number);
        self.tried.insert(bag, opens);
        opens
    }
}

fn bit(number: usize) -> Bag {
    1 << number
}

/// Wraps and unwraps.
fn wrap(under: &[u8], bytes: &[u8]) -> Vec<u8> {
    let stream = Sha256::digest(under);
    bytes.iter().zip(stream).map(|(a, b)| a ^ b).collect()
}

/// What a key answers to a question.
fn answer(key: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"question")
        .chain_update(key)
        .finalize()
        .into()
}
