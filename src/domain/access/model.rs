//! What follows from the facts of a script: for every point and every key the minimal sets of people
//! that could rebuild it, and of those that could use it where it is.
//!
//! What somebody once had in hand or saw he has for ever: nobody can prove that he kept no copy. Who
//! all together are in the room can do at the machine what they like, and nobody sees it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::access::cast::Cast;
use crate::domain::access::fact::Entry;
use crate::domain::access::fact::Fact;
use crate::domain::access::fact::Facts;
use crate::domain::access::fact::How;
use crate::domain::access::fact::SetOf;
use crate::domain::access::reach::Gate;
use crate::domain::access::reach::Reach;
use crate::domain::access::reach::Term;
use crate::domain::access::set::Set;
use crate::domain::script::Place;
use crate::domain::script::Script;

/// Who could reach what, at every point of a script.
#[derive(Debug, Default)]
pub struct Model<'a> {
    /// Everybody.
    pub cast: Cast,
    /// The keys, and the lists of keys.
    pub keys: BTreeMap<&'a str, OfKey<'a>>,
    /// The last step.
    pub end: u32,
    /// Who has the PIN of the HSM: any of these.
    pub pins: Vec<Set>,
    places: BTreeMap<u32, Place>,
}

/// Who could reach one key.
#[derive(Debug, Default)]
pub struct OfKey<'a> {
    /// Who could have it in hand, from a step on; in order of steps.
    pub rebuild: Vec<(u32, Reach)>,
    /// Who could use it where it is, from a step on; in order of steps.
    pub r#use: Vec<(u32, Reach)>,
    /// The sets of shares, in the order in which they were dealt.
    pub sets: Vec<Shares<'a>>,
    /// When it was at the machine, and who was in the room.
    pub exposures: Vec<Exposure>,
    /// Where it can be used without the machine, since when and until when.
    pub elsewhere: Vec<Elsewhere>,
    /// Whether the HSM gives it out when the record is sealed.
    pub left_open: bool,
    /// Whether it is, or was, in an HSM that never gives it out.
    pub never_leaves: bool,
    /// From when to when the token has it.
    pub lives: Option<(u32, Option<u32>)>,
    whole: Vec<Set>,
}

/// A set of shares as it came about.
#[derive(Debug)]
pub struct Shares<'a> {
    /// The set.
    pub about: SetOf<'a>,
    /// The step that dealt it; 0 if that was before.
    pub since: u32,
    /// Who came to a share: the share, who, in which step, and how; in order.
    pub hands: Vec<Hand>,
    /// Shares that were open in the machine: the share, who was in the room, and in which step.
    pub shown: Vec<(usize, Set, u32)>,
    gate: Gate,
}

/// Somebody who came to a share.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// The share, from 0.
    pub slot: usize,
    /// Who.
    pub who: usize,
    /// In which step; 0 if before.
    pub step: u32,
    /// How.
    pub how: How,
    /// Where the script says so.
    pub place: Place,
}

/// A step after which, or in which, a key is at the machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exposure {
    /// The step.
    pub step: u32,
    /// Who is in the room.
    pub present: Set,
    /// Whether it can be used there.
    pub usable: bool,
    /// Whether it can be taken away from there.
    pub takeable: bool,
}

/// A place other than this machine where a key can be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Elsewhere {
    /// Who uses it there.
    pub who: Set,
    /// Since which step.
    pub from: u32,
}

/// Where a key is, while the facts are gone through.
#[derive(Clone, Copy)]
enum Lives {
    Memory,
    Hsm { leaves: bool },
}

impl<'a> Model<'a> {
    /// What follows from a script.
    pub fn of(script: &'a Script) -> Self {
        Self::from(Facts::of(script))
    }

    /// What follows from facts.
    pub fn from(facts: Facts<'a>) -> Self {
        let mut fold = Fold {
            model: Model {
                cast: facts.cast,
                end: facts.steps,
                ..Model::default()
            },
            present: Set::default(),
            open: false,
            sealed: false,
            lives: BTreeMap::new(),
            sets: BTreeMap::new(),
            passing: BTreeSet::new(),
            changed: BTreeSet::new(),
        };
        let mut entries = facts.entries.into_iter().peekable();
        while let Some(entry) = entries.next() {
            let step = entry.step;
            fold.take(entry);
            let next = entries.peek().map(|next| next.step);
            if next == Some(step) {
                continue;
            }
            let passed = !fold.passing.is_empty();
            fold.after(step);
            // What passed through the machine is gone, whether or not anything is said of the next step.
            if passed && next != Some(step + 1) && step < facts.steps {
                fold.after(step + 1);
            }
        }
        fold.model
    }

    /// Who could have a key in hand after a step.
    pub fn rebuild(&self, key: &str, step: u32) -> Option<&Reach> {
        at(&self.keys.get(key)?.rebuild, step)
    }

    /// Who could use a key where it is after a step.
    pub fn can_use(&self, key: &str, step: u32) -> Option<&Reach> {
        at(&self.keys.get(key)?.r#use, step)
    }

    /// Where the script says a step.
    pub fn place(&self, step: u32) -> Option<Place> {
        self.places.get(&step).copied()
    }
}

fn at(changes: &[(u32, Reach)], step: u32) -> Option<&Reach> {
    let behind = changes.partition_point(|(from, _)| *from <= step);
    changes.get(behind.checked_sub(1)?).map(|(_, reach)| reach)
}

impl Shares<'_> {
    /// Who could rebuild with these shares.
    pub fn reach(&self) -> Reach {
        let mut reach = Reach::default();
        reach.add_gate(&self.gate);
        reach
    }

    /// How many of the shares these people have.
    pub fn shares_of(&self, who: &Set) -> usize {
        self.gate.shares_of(who)
    }
}

struct Fold<'a> {
    model: Model<'a>,
    present: Set,
    /// Whether the HSM is open at the machine.
    open: bool,
    sealed: bool,
    lives: BTreeMap<&'a str, Lives>,
    /// Key and place there of each set, by its number.
    sets: BTreeMap<usize, (&'a str, usize)>,
    /// Keys that are in the machine for this step.
    passing: BTreeSet<&'a str>,
    /// Keys of whose shares something changed in this step.
    changed: BTreeSet<&'a str>,
}

impl<'a> Fold<'a> {
    fn take(&mut self, entry: Entry<'a>) {
        let Entry { step, place, fact } = entry;
        self.model.places.entry(step).or_insert(place);
        match fact {
            Fact::Present(people) => self.present = people,
            Fact::Pin(who) => self.model.pins.push(who),
            Fact::Opened => {
                self.open = true;
                // Whoever watches all there is at the machine has the PIN as it is typed.
                self.model.pins.push(self.present.clone());
            }
            Fact::InMemory(key) => self.begins(key, Lives::Memory, step),
            Fact::InHsm { key, leaves } => self.begins(key, Lives::Hsm { leaves }, step),
            Fact::Locked(key) => {
                if let Some(Lives::Hsm { leaves }) = self.lives.get_mut(key) {
                    *leaves = false;
                }
            }
            Fact::Destroyed(key) => {
                self.lives.remove(key);
                if let Some((_, until)) = &mut self.key(key).lives {
                    *until = Some(step);
                }
            }
            Fact::Passes(key) => {
                self.passing.insert(key);
            }
            Fact::Set { set, about } => {
                let key = about.key;
                let gate = Gate {
                    threshold: about.threshold,
                    slots: vec![Vec::new(); about.custodians.len()],
                    with: about.backup.map(Set::one).unwrap_or_default(),
                };
                let sets = &mut self.key(key).sets;
                sets.push(Shares {
                    about,
                    since: step,
                    hands: Vec::new(),
                    shown: Vec::new(),
                    gate,
                });
                let place = sets.len() - 1;
                self.sets.insert(set, (key, place));
                self.changed.insert(key);
            }
            Fact::Has {
                set,
                slot,
                who,
                how,
            } => {
                self.share(set, slot, Set::one(who));
                if let Some(shares) = self.shares(set) {
                    shares.hands.push(Hand {
                        slot,
                        who,
                        step,
                        how,
                        place,
                    });
                }
            }
            Fact::Shown { set, slot } => {
                let present = self.present.clone();
                self.share(set, slot, present.clone());
                if let Some(shares) = self.shares(set) {
                    shares.shown.push((slot, present, step));
                }
            }
            Fact::Imported { key, at } => {
                let who = Set::one(at);
                self.key(key).elsewhere.push(Elsewhere { who, from: step });
            }
            Fact::Sealed => self.seal(),
        }
    }

    fn key(&mut self, key: &'a str) -> &mut OfKey<'a> {
        self.model.keys.entry(key).or_default()
    }

    fn shares(&mut self, set: usize) -> Option<&mut Shares<'a>> {
        let (key, place) = *self.sets.get(&set)?;
        self.key(key).sets.get_mut(place)
    }

    fn begins(&mut self, key: &'a str, lives: Lives, step: u32) {
        self.lives.insert(key, lives);
        let of_key = self.key(key);
        of_key.lives = Some((step, None));
        of_key.never_leaves = matches!(lives, Lives::Hsm { leaves: false });
    }

    /// One more set of people who together have a share.
    fn share(&mut self, set: usize, slot: usize, together: Set) {
        let Some(shares) = self.shares(set) else {
            return;
        };
        let key = shares.about.key;
        if let Some(slot) = shares.gate.slots.get_mut(slot)
            && insert(slot, together)
        {
            self.changed.insert(key);
        }
    }

    /// The machine forgets. Who has the PIN of the HSM is not watched any more.
    fn seal(&mut self) {
        self.sealed = true;
        self.open = false;
        let lives = std::mem::take(&mut self.lives);
        for (key, place) in lives {
            let Lives::Hsm { leaves } = place else {
                continue;
            };
            self.lives.insert(key, place);
            if leaves {
                self.key(key).left_open = true;
                for pin in self.model.pins.clone() {
                    if insert(&mut self.key(key).whole, pin) {
                        self.changed.insert(key);
                    }
                }
            }
        }
    }

    /// What holds once everything of a step is taken in.
    fn after(&mut self, step: u32) {
        let present = self.present.clone();
        let passing = std::mem::take(&mut self.passing);
        let mut at_machine: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        for (key, place) in self.lives.iter().filter(|_| !self.sealed) {
            match place {
                Lives::Memory => drop(at_machine.insert(key, (true, true))),
                Lives::Hsm { leaves } if self.open => {
                    at_machine.insert(key, (true, *leaves));
                }
                Lives::Hsm { .. } => {}
            }
        }
        for key in passing {
            at_machine.entry(key).or_default().1 = true;
        }
        for (key, (usable, takeable)) in at_machine {
            let present = present.clone();
            if takeable && insert(&mut self.key(key).whole, present.clone()) {
                self.changed.insert(key);
            }
            self.key(key).exposures.push(Exposure {
                step,
                present,
                usable,
                takeable,
            });
        }
        for key in std::mem::take(&mut self.changed) {
            let of_key = self.key(key);
            let mut reach = Reach::default();
            for shares in &of_key.sets {
                reach.add_gate(&shares.gate);
            }
            for all in &of_key.whole {
                reach.add(Term::all(all.clone()));
            }
            put(&mut of_key.rebuild, step, reach);
        }
        let in_use: Vec<&str> = self.model.keys.keys().copied().collect();
        for key in in_use {
            let reach = self.uses(key);
            put(&mut self.key(key).r#use, step, reach);
        }
    }

    /// Who could use a key where it is.
    fn uses(&mut self, key: &'a str) -> Reach {
        let mut reach = Reach::default();
        match self.lives.get(key) {
            Some(Lives::Memory) => reach.add(Term::all(self.present.clone())),
            Some(Lives::Hsm { .. }) if self.open => reach.add(Term::all(self.present.clone())),
            Some(Lives::Hsm { .. }) if self.sealed => {
                for pin in &self.model.pins {
                    reach.add(Term::all(pin.clone()));
                }
            }
            Some(Lives::Hsm { .. }) | None => {}
        }
        for place in &self.key(key).elsewhere {
            reach.add(Term::all(place.who.clone()));
        }
        reach
    }
}

/// Keeps the smallest of sets; says whether `set` is one of them and new.
fn insert(sets: &mut Vec<Set>, set: Set) -> bool {
    if sets.iter().any(|known| known.is_within(&set)) {
        return false;
    }
    sets.retain(|known| !set.is_within(known));
    sets.push(set);
    true
}

fn put(changes: &mut Vec<(u32, Reach)>, step: u32, reach: Reach) {
    let same = changes.last().is_some_and(|(_, last)| *last == reach);
    let nothing = changes.is_empty() && reach.terms.is_empty();
    if !same && !nothing {
        changes.push((step, reach));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse::parse;

    /// It lies in the HSM from an earlier ceremony, and this one never opens the HSM for it.
    #[test]
    fn a_key_in_an_hsm_that_is_not_opened_yet_is_used_by_nobody() {
        let script = include_bytes!("../../../ceremonies/hsm-destroy/script.yaml");
        let script = parse(script).unwrap();
        let model = Model::of(&script);
        assert!(model.keys["payments"].lives.is_some() && !model.pins.is_empty());
        for step in 0..=model.end {
            assert_eq!(model.can_use("payments", step), None, "{step}");
        }
    }
}
