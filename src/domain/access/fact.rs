//! What a script says about who gets near what: one fact after the other, in the order of its steps.

use std::collections::BTreeMap;

use crate::domain::access::cast::Cast;
use crate::domain::access::cast::Member;
use crate::domain::access::set::Set;
use crate::domain::algorithm::KeyType;
use crate::domain::progress::number;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::script::SubjectWord;

/// A fact, and where it comes from.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The step, from 1; 0 of what holds before the first.
    pub step: u32,
    /// Where the script says so.
    pub place: Place,
    /// What.
    pub fact: Fact<'a>,
}

/// Something that changes who can reach a key.
#[derive(Clone, Debug)]
pub enum Fact<'a> {
    /// These are in the room from here on.
    Present(Set),
    /// These together have the PIN of the HSM.
    Pin(Set),
    /// The HSM is open at the machine from here on.
    Opened,
    /// A key is in the memory of the machine from here on.
    InMemory(&'a str),
    /// A key is in the HSM from here on.
    InHsm {
        /// Its label.
        key: &'a str,
        /// Whether the HSM gives it out, wrapped.
        leaves: bool,
    },
    /// The HSM does not give a key out any more.
    Locked(&'a str),
    /// A key is destroyed in the token.
    Destroyed(&'a str),
    /// What opens a key is in the memory of the machine during this step.
    Passes(&'a str),
    /// Shares that rebuild a key.
    Set {
        /// Number of the set.
        set: usize,
        /// The set.
        about: SetOf<'a>,
    },
    /// Somebody gets a share, or has its carrier in hand.
    Has {
        /// Number of the set.
        set: usize,
        /// The share, from 0.
        slot: usize,
        /// Who.
        who: usize,
        /// How.
        how: How,
    },
    /// A share is open in the memory of the machine during this step.
    Shown {
        /// Number of the set.
        set: usize,
        /// The share, from 0.
        slot: usize,
    },
    /// A provider has a key from here on.
    Imported {
        /// Its label.
        key: &'a str,
        /// The provider.
        at: usize,
    },
    /// The record is closed and the program ends: the machine forgets, and nobody watches the HSM.
    Sealed,
}

/// How somebody came to a share.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// It was made for him.
    Dealt,
    /// What it is on is, or was, in his keeping.
    InHand,
}

/// Shares that rebuild a key.
#[derive(Clone, Debug)]
pub struct SetOf<'a> {
    /// Label of the key.
    pub key: &'a str,
    /// Epoch of the shares.
    pub epoch: u32,
    /// How many rebuild.
    pub threshold: usize,
    /// The custodian of each share, in order.
    pub custodians: Vec<&'a str>,
    /// The backup, where the shares rebuild a backup key.
    pub backup: Option<usize>,
    /// Whether it stood in `given`.
    pub given: bool,
}

/// Everything that a script says, and whom it speaks of.
pub struct Facts<'a> {
    /// Everybody.
    pub cast: Cast,
    /// The facts, in order.
    pub entries: Vec<Entry<'a>>,
    /// How many steps there are.
    pub steps: u32,
}

impl<'a> Facts<'a> {
    /// What a script says.
    pub fn of(script: &'a Script) -> Self {
        let mut reader = Reader::new(script);
        reader.before();
        for (index, step) in script.steps.iter().enumerate() {
            reader.step = number(index);
            reader.place = step.place;
            reader.read(&step.value);
        }
        Self {
            cast: reader.cast,
            entries: reader.entries,
            steps: u32::try_from(script.steps.len()).unwrap_or(u32::MAX),
        }
    }
}

struct Reader<'a> {
    script: &'a Script,
    cast: Cast,
    entries: Vec<Entry<'a>>,
    step: u32,
    place: Place,
    present: Set,
    opened: bool,
    sets: Vec<SetOf<'a>>,
    /// Who has each thing that carries a share now, by its name.
    carriers: BTreeMap<&'a str, Carrier<'a>>,
}

/// A thing that carries a share.
struct Carrier<'a> {
    key: &'a str,
    of: &'a str,
    holder: &'a str,
    /// The set that the share is of, once it was made.
    set: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(script: &'a Script) -> Self {
        let mut cast = Cast::default();
        for id in script.people.keys() {
            cast.person(id.as_str());
        }
        Self {
            script,
            cast,
            entries: Vec::new(),
            step: 0,
            place: script.ceremony.place,
            present: Set::default(),
            opened: false,
            sets: Vec::new(),
            carriers: BTreeMap::new(),
        }
    }

    fn add(&mut self, fact: Fact<'a>) {
        self.entries.push(Entry {
            step: self.step,
            place: self.place,
            fact,
        });
    }

    /// What earlier ceremonies left.
    fn before(&mut self) {
        let script = self.script;
        if script.token.core.value == Core::Pkcs11 {
            let holders = script.token.pin_holders();
            let pin = if holders.is_empty() {
                Set::one(self.cast.number(Member::Pin))
            } else {
                holders
                    .iter()
                    .map(|id| self.cast.person(id.as_str()))
                    .collect()
            };
            self.add(Fact::Pin(pin));
        }
        for label in script.left_in_token().into_keys() {
            // Whether it still goes out, this ceremony does not know: it lets nobody take it.
            self.add(Fact::InHsm {
                key: label,
                leaves: false,
            });
        }
        for (label, given) in &script.given {
            self.place = given.place;
            for older in &given.older {
                self.deal(
                    label.as_str(),
                    (older.epoch.value, older.threshold),
                    older.subject == SubjectWord::BackupKey,
                    older.custodians.iter().map(Id::as_str).collect(),
                    true,
                );
            }
            let set = &given.share_set;
            self.deal(
                label.as_str(),
                (set.epoch.value, set.threshold.value),
                set.subject.value == SubjectWord::BackupKey,
                set.shares
                    .iter()
                    .map(|share| share.custodian.as_str())
                    .collect(),
                true,
            );
        }
        for (name, item) in &script.items {
            let Some(share) = &item.share else { continue };
            let key = share.key.as_str();
            let carrier = Carrier {
                key,
                of: share.of.as_str(),
                holder: item.held_by.as_str(),
                set: self.sets.iter().rposition(|about| about.key == key),
            };
            self.carriers.insert(name.as_str(), carrier);
            self.place = item.held_by.place;
            self.in_hand(name.as_str());
        }
    }

    /// Shares are made for people, and whoever has their carriers has them.
    fn deal(
        &mut self,
        key: &'a str,
        (epoch, threshold): (u32, u8),
        through_backup: bool,
        custodians: Vec<&'a str>,
        given: bool,
    ) {
        let backup = through_backup.then(|| {
            self.cast.number(Member::Backup {
                key: key.to_owned(),
                epoch,
            })
        });
        let about = SetOf {
            key,
            epoch,
            threshold: usize::from(threshold),
            custodians,
            backup,
            given,
        };
        let set = self.sets.len();
        self.sets.push(about.clone());
        self.add(Fact::Set {
            set,
            about: about.clone(),
        });
        for (slot, custodian) in about.custodians.iter().enumerate() {
            let who = self.cast.person(custodian);
            let how = How::Dealt;
            self.add(Fact::Has {
                set,
                slot,
                who,
                how,
            });
        }
        let mut now = Vec::new();
        for (name, carrier) in &mut self.carriers {
            if carrier.key == key && carrier.set.is_none() {
                carrier.set = Some(set);
                now.push(*name);
            }
        }
        for name in now {
            self.in_hand(name);
        }
    }

    /// Whoever has what carries a share has the share.
    fn in_hand(&mut self, name: &str) {
        let Some(carrier) = self.carriers.get(name) else {
            return;
        };
        let Some(set) = carrier.set else { return };
        let about = self.sets.get(set);
        let slot = about.and_then(|about| about.custodians.iter().position(|id| *id == carrier.of));
        if let Some(slot) = slot.filter(|_| carrier.of != carrier.holder) {
            let who = self.cast.person(carrier.holder);
            let how = How::InHand;
            self.add(Fact::Has {
                set,
                slot,
                who,
                how,
            });
        }
    }

    fn read(&mut self, step: &'a Step) {
        match step {
            Step::SignIn(people) => {
                for id in people {
                    let person = self.cast.person(id.as_str());
                    self.present.add(person);
                }
                self.add(Fact::Present(self.present.clone()));
            }
            Step::SignOut(people) => {
                for id in people {
                    let person = self.cast.person(id.as_str());
                    self.present.remove(person);
                }
                self.add(Fact::Present(self.present.clone()));
            }
            Step::Generate(key) => {
                let label = key.as_str();
                self.enters(label, self.leaves(label));
            }
            Step::Restore(restore) => {
                let label = restore.key.as_str();
                self.opens_shares(label);
                self.enters(label, self.leaves(label));
            }
            Step::Split(split) => {
                let label = split.key.as_str();
                self.opens_shares(label);
                let people = self.script.among(split);
                self.deal_here(label, 1, split.threshold.value, people);
            }
            Step::Reshare(reshare) => {
                let label = reshare.key.as_str();
                self.opens_shares(label);
                let before = self.sets.iter().rfind(|about| about.key == label);
                let epoch = before.map_or(1, |about| about.epoch.saturating_add(1));
                let people = self.script.receivers(&reshare.among);
                self.deal_here(label, epoch, reshare.threshold.value, people);
            }
            Step::RestoreTest(test) => self.opens_shares(test.key.as_str()),
            Step::Drill(drill) => {
                let label = drill.key.as_str();
                let Some(set) = self.sets.iter().rposition(|about| about.key == label) else {
                    return;
                };
                let asked = |id: &&str| drill.with.iter().any(|with| with.as_str() == *id);
                let custodians = self.sets.get(set).map(|about| about.custodians.as_slice());
                let slots: Vec<usize> = (0..)
                    .zip(custodians.unwrap_or_default())
                    .filter(|(_, id)| asked(id))
                    .map(|(slot, _)| slot)
                    .collect();
                for slot in slots {
                    self.add(Fact::Shown { set, slot });
                }
            }
            Step::HandOver(step) => {
                let name = step.item.as_str();
                if let Some(carrier) = self.carriers.get_mut(name) {
                    carrier.holder = step.to.as_str();
                    let place = std::mem::replace(&mut self.place, step.to.place);
                    self.in_hand(name);
                    self.place = place;
                }
            }
            Step::Wrap(wrap) => self.imported(wrap.key.as_str(), wrap.r#for.as_str()),
            Step::Batch(batch) => {
                self.add(Fact::Passes(batch.keys.as_str()));
                self.imported(batch.keys.as_str(), batch.r#for.as_str());
            }
            Step::Lock(key) => self.add(Fact::Locked(key.as_str())),
            Step::Destroy(destroy) => self.add(Fact::Destroyed(destroy.key.as_str())),
            Step::Seal => self.add(Fact::Sealed),
            Step::Environment(_)
            | Step::Statement(_)
            | Step::Retire(_)
            | Step::Compare(_)
            | Step::Approve(_)
            | Step::Availability(_)
            | Step::ReEncrypted(_)
            | Step::Declare(_)
            | Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Close(_)
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
            | Step::PutAway(_)
            | Step::Receipt(_)
            | Step::Exception(_)
            | Step::Break(_) => {}
        }
    }

    /// A key is there from here on.
    fn enters(&mut self, key: &'a str, leaves: bool) {
        match self.script.token.core.value {
            Core::Software => self.add(Fact::InMemory(key)),
            Core::Pkcs11 => {
                if !std::mem::replace(&mut self.opened, true) {
                    self.add(Fact::Opened);
                }
                self.add(Fact::InHsm { key, leaves });
            }
        }
        if let Some(external) = self.script.external.get(key) {
            let service = Member::Service(external.service.value.to_string());
            let at = self.cast.number(service);
            self.add(Fact::Imported { key, at });
        }
    }

    /// Shares of a key, or those that are about to be made, are open in the machine: so is the key, or
    /// the backup key with the backup beside it. The HSM, where there is one, is opened for it.
    fn opens_shares(&mut self, key: &'a str) {
        if self.script.token.core.value == Core::Pkcs11
            && !std::mem::replace(&mut self.opened, true)
        {
            self.add(Fact::Opened);
        }
        self.add(Fact::Passes(key));
    }

    fn deal_here(&mut self, key: &'a str, epoch: u32, threshold: u8, people: &'a [At<Id>]) {
        let kind = self.script.keys.get(key).map(|key| key.r#type.value);
        let long = kind.is_some_and(KeyType::shared_through_backup);
        let through_backup = self.script.token.core.value == Core::Pkcs11 || long;
        let custodians = people.iter().map(|id| id.as_str()).collect();
        self.deal(key, (epoch, threshold), through_backup, custodians, false);
    }

    fn imported(&mut self, key: &'a str, input: &'a str) {
        let provider = self.script.inputs.get(input);
        let name = provider.map_or(input, |input| input.provider.as_str());
        let at = self.cast.number(Member::Provider(name.to_owned()));
        self.add(Fact::Imported { key, at });
    }

    /// Whether a key in an HSM is made so that it can be taken out of it.
    fn leaves(&self, key: &str) -> bool {
        self.script.steps.iter().any(|step| {
            let takes_out = matches!(&step.value, Step::Split(_) | Step::Wrap(_));
            takes_out && step.key().is_some_and(|label| label.as_str() == key)
        })
    }
}
