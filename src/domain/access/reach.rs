//! Who, at the least, can reach something: minimal sets of people, with thresholds kept as they are.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::access::set::Set;

/// Shares of one set, and through whose hands each of them went.
#[derive(Clone, Debug)]
pub struct Gate {
    /// How many shares rebuild.
    pub threshold: usize,
    /// Who has each share: one of these sets, all of its members together.
    pub slots: Vec<Vec<Set>>,
    /// What is needed besides.
    pub with: Set,
}

/// One way to reach something: everybody of `all` together with any `any` of the `groups`, of each
/// of which one member is enough.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Term {
    /// All of them.
    pub all: Set,
    /// How many of the groups.
    pub any: usize,
    /// The groups; nobody is in two of them, nor in `all`.
    pub groups: Vec<Set>,
}

/// Every way to reach something. Nobody reaches it otherwise.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reach {
    /// The ways; none of them is a special case of another.
    pub terms: Vec<Term>,
}

/// People with more than one share of a set are told apart while every combination of them, held
/// against every share, takes no more looks than this: nine of them with sixteen shares, five with 255.
/// A script with more of them is refused anyhow, and then anybody of them counts as good for as many
/// shares as the best.
const LOOKS: usize = 1 << 13;

impl Term {
    /// These together.
    pub fn all(all: Set) -> Self {
        Self {
            all,
            any: 0,
            groups: Vec::new(),
        }
    }

    /// Whether `who` are enough.
    pub fn allows(&self, who: &Set) -> bool {
        self.all.is_within(who)
            && self.groups.iter().filter(|group| group.meets(who)).count() >= self.any
    }

    /// How few of `people` are enough; what is no person comes for nothing.
    pub fn fewest(&self, people: &Set) -> usize {
        self.all.both(people).len() + self.any
    }

    /// Whether everybody whom `other` allows is allowed here.
    fn covers(&self, other: &Self) -> bool {
        if !self.all.is_within(&other.all) {
            return false;
        }
        let hit_by_all = self
            .groups
            .iter()
            .filter(|group| group.meets(&other.all))
            .count();
        if hit_by_all + other.any < self.any {
            return false;
        }
        // The groups of `other` whose members all are in one group here, each in its own. Nobody is in
        // two groups, so that any of them tells which it could be.
        let mut free: BTreeMap<usize, &Set> = BTreeMap::new();
        for group in self.groups.iter().filter(|group| !group.meets(&other.all)) {
            free.extend(group.iter().map(|member| (member, group)));
        }
        let mut matched = 0;
        for group in &other.groups {
            let here = group.iter().next().and_then(|one| free.get(&one).copied());
            if let Some(here) = here.filter(|here| group.is_within(here)) {
                for member in here.iter() {
                    free.remove(&member);
                }
                matched += 1;
            }
        }
        // Whoever wants to avoid us takes the others first.
        let elsewhere = other.groups.len() - matched;
        hit_by_all + other.any.saturating_sub(elsewhere) >= self.any
    }
}

impl Reach {
    /// Whether `who` are enough.
    pub fn allows(&self, who: &Set) -> bool {
        self.terms.iter().any(|term| term.allows(who))
    }

    /// Adds one more way.
    pub fn add(&mut self, term: Term) {
        if self.terms.iter().any(|known| known.covers(&term)) {
            return;
        }
        self.terms.retain(|known| !term.covers(known));
        self.terms.push(term);
    }

    /// Adds the ways through shares.
    pub fn add_gate(&mut self, gate: &Gate) {
        for term in gate.terms() {
            self.add(term);
        }
    }
}

impl Gate {
    /// How many shares these people have.
    pub fn shares_of(&self, who: &Set) -> usize {
        let has = |slot: &&Vec<Set>| slot.iter().any(|together| together.is_within(who));
        self.slots.iter().filter(has).count()
    }

    /// The ways through the shares. Whoever has just one share, alone, stays in a group; of all others
    /// every combination is looked at.
    fn terms(&self) -> Vec<Term> {
        let mut shares: BTreeMap<usize, usize> = BTreeMap::new();
        let mut heavy: BTreeSet<Set> = BTreeSet::new();
        for together in self.slots.iter().flatten() {
            match (together.iter().next(), together.len()) {
                (Some(one), 1) => *shares.entry(one).or_default() += 1,
                (Some(_) | None, _) => drop(heavy.insert(together.clone())),
            }
        }
        let several = shares.iter().filter(|(_, count)| **count > 1);
        heavy.extend(several.map(|(one, _)| Set::one(*one)));
        let looks = u32::try_from(heavy.len())
            .ok()
            .and_then(|bits| 1_usize.checked_shl(bits))
            .and_then(|combinations| combinations.checked_mul(self.slots.len()));
        if looks.is_none_or(|looks| looks > LOOKS) {
            return vec![self.at_the_least(&heavy)];
        }
        let light = |one: &Set| !heavy.contains(one);
        let mut reach = Reach::default();
        for chosen in 0..1_usize << heavy.len() {
            let mut all = Set::default();
            for (bit, set) in heavy.iter().enumerate() {
                if chosen >> bit & 1 == 1 {
                    all.extend(set);
                }
            }
            let covered = |slot: &&Vec<Set>| slot.iter().any(|set| set.is_within(&all));
            let have = self.slots.iter().filter(covered).count();
            let groups: Vec<Set> = self
                .slots
                .iter()
                .filter(|slot| !covered(slot))
                .map(|slot| {
                    let members = slot.iter().filter(|set| set.len() == 1 && light(set));
                    members.flat_map(Set::iter).collect::<Set>()
                })
                .filter(|group| !group.is_empty())
                .collect();
            let any = self.threshold.saturating_sub(have);
            if any > groups.len() {
                continue;
            }
            all.extend(&self.with);
            let groups = if any == 0 { Vec::new() } else { groups };
            reach.add(Term { all, any, groups });
        }
        reach.terms
    }

    /// Nobody reaches it with fewer people than this says.
    fn at_the_least(&self, heavy: &BTreeSet<Set>) -> Term {
        let best = heavy.iter().map(|set| self.shares_of(set)).max();
        let best = best.unwrap_or_default().max(1);
        let everybody: Set = self.slots.iter().flatten().flat_map(Set::iter).collect();
        Term {
            all: self.with.clone(),
            any: self.threshold.div_ceil(best),
            groups: everybody.iter().map(Set::one).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: &[usize]) -> Set {
        numbers.iter().copied().collect()
    }

    fn gate(threshold: usize, slots: &[&[&[usize]]]) -> Gate {
        let slot = |slot: &&[&[usize]]| slot.iter().map(|together| set(together)).collect();
        Gate {
            threshold,
            slots: slots.iter().map(slot).collect(),
            with: Set::default(),
        }
    }

    fn reach(gate: &Gate) -> Reach {
        let mut reach = Reach::default();
        reach.add_gate(gate);
        reach
    }

    fn nobody_is_twice_in(term: &Term) -> bool {
        let mut seen = term.all.clone();
        term.groups.iter().all(|group| {
            let new = !group.meets(&seen);
            seen.extend(group);
            new
        })
    }

    #[test]
    fn shares_of_as_many_people_stay_one_threshold() {
        let many: Vec<Vec<usize>> = (0..200).map(|person| vec![person]).collect();
        let slots: Vec<Vec<Set>> = many.iter().map(|one| vec![set(one)]).collect();
        let gate = Gate {
            threshold: 100,
            slots,
            with: Set::default(),
        };
        let reach = reach(&gate);
        assert_eq!(reach.terms.len(), 1);
        assert!(reach.allows(&(100..200).collect()));
        assert!(!reach.allows(&(101..200).collect()));
    }

    /// The slots are shaped in every way that hands, rooms and deputies can shape them.
    #[test]
    fn terms_allow_exactly_those_who_have_enough_shares() {
        let alternatives: [&[&[usize]]; 6] = [
            &[&[0]],
            &[&[1], &[2]],
            &[&[0], &[3]],
            &[&[1, 2]],
            &[&[3, 4], &[2]],
            &[&[4], &[0, 1]],
        ];
        let mut seen = 0;
        for a in alternatives {
            for b in alternatives {
                for c in alternatives {
                    for threshold in 1..=3 {
                        let gate = gate(threshold, &[a, b, c]);
                        let reach = reach(&gate);
                        assert!(reach.terms.iter().all(nobody_is_twice_in), "{reach:?}");
                        for who in 0..32_usize {
                            let who: Set = (0..5).filter(|bit| who >> bit & 1 == 1).collect();
                            let enough = gate.shares_of(&who) >= threshold;
                            assert_eq!(reach.allows(&who), enough, "{gate:?} {who:?}");
                            seen += usize::from(enough);
                        }
                    }
                }
            }
        }
        assert!(seen > 1000);
    }

    #[test]
    fn a_way_that_another_one_contains_is_left_out() {
        let mut reach = Reach::default();
        reach.add(Term::all(set(&[0, 1, 2, 9])));
        reach.add_gate(&gate(2, &[&[&[0]], &[&[1]], &[&[2]]]));
        assert_eq!(reach.terms.len(), 1);
        reach.add(Term::all(set(&[0, 9])));
        assert_eq!(reach.terms.len(), 2);
        reach.add(Term::all(set(&[9])));
        assert_eq!(reach.terms.len(), 2);
        reach.add_gate(&gate(3, &[&[&[0]], &[&[1]], &[&[2]]]));
        assert_eq!(reach.terms.len(), 2);
    }

    #[test]
    fn among_many_people_one_with_two_shares_makes_nobody_else_worth_two() {
        let mut slots: Vec<Vec<Set>> = (0..40).map(|person| vec![set(&[person])]).collect();
        slots.push(vec![set(&[0])]);
        let gate = Gate {
            threshold: 3,
            slots,
            with: Set::default(),
        };
        let reach = reach(&gate);
        assert!(reach.allows(&set(&[0, 1])) && reach.allows(&set(&[1, 2, 3])));
        assert!(!reach.allows(&set(&[1, 2])));
    }

    #[test]
    fn too_many_people_with_several_shares_are_never_made_fewer_than_they_can_be() {
        let slots: Vec<Vec<Set>> = (0..40).map(|slot| vec![set(&[slot / 2])]).collect();
        let gate = Gate {
            threshold: 21,
            slots,
            with: Set::default(),
        };
        let reach = reach(&gate);
        let everybody: Set = (0..20).collect();
        assert_eq!(
            reach.terms.iter().map(|term| term.fewest(&everybody)).min(),
            Some(11)
        );
        assert!(reach.allows(&(0..11).collect()));
    }
}
