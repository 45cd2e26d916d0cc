//! Where every thing is that custodians keep, over all ceremonies.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Did;
use crate::domain::record::Item;
use crate::domain::text::list;
use crate::register::Rests;
use crate::register::keys::Set;

/// Every thing, by what it is and its serial number.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Things {
    #[serde(with = "crate::register::pairs")]
    all: BTreeMap<(String, String), Thing>,
    /// The shares of a set that somebody had in hand, and where that is told last.
    #[serde(with = "crate::register::pairs")]
    hands: BTreeMap<(String, String), (BTreeSet<String>, Rests)>,
    /// What does not fit together.
    pub gaps: Vec<Gap>,
    /// What carries shares, by their sets; made when it is asked for.
    #[serde(skip)]
    by_set: OnceLock<BTreeMap<String, Vec<(String, String)>>>,
}

/// A thing, as the last record tells of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Thing {
    /// What it is.
    pub what: String,
    /// Its number.
    pub serial: String,
    /// The share that it carries: label of the key, custodian whom it was made for, share set.
    pub share: Option<Carried>,
    /// Who has it.
    pub holder: String,
    /// Number of its bag.
    pub bag: Option<String>,
    /// Where it is; in its holder's hand if absent.
    pub r#where: Option<String>,
    /// Until when a deputy keeps it, and for whom.
    pub deputy: Option<Deputy>,
    /// When its bag was found opened, or to be another one.
    pub opened: Option<Rests>,
    /// Where the last of this is told.
    pub rests_on: Rests,
}

/// The share that a thing carries.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Carried {
    /// Label of the key.
    pub key: String,
    /// The custodian whom it was made for.
    pub of: String,
    /// The share set, where the record names it.
    pub set: Option<String>,
}

/// Somebody keeps a thing for somebody else.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Deputy {
    /// For whom.
    pub r#for: String,
    /// Until when.
    pub until: String,
    /// Where that is told.
    pub rests: Rests,
}

/// Something that two records tell differently, or that went through too few hands.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gap {
    /// What does not fit.
    pub what: String,
    /// The lines that it rests on.
    pub rests_on: Vec<Rests>,
}

impl Things {
    /// Every thing.
    pub fn all(&self) -> impl Iterator<Item = &Thing> {
        self.all.values()
    }

    /// The thing that carries a share of a set.
    pub fn carries(&self, set: &str, of: &str) -> Option<&Thing> {
        let by_set = self.by_set.get_or_init(|| {
            let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
            for (name, thing) in &self.all {
                let share = thing.share.as_ref();
                if let Some(set) = share.and_then(|share| share.set.clone()) {
                    all.entry(set).or_default().push(name.clone());
                }
            }
            all
        });
        let carriers = by_set.get(set)?.iter();
        let mut carriers = carriers.filter_map(|name| self.all.get(name));
        carriers.find(|thing| thing.share.as_ref().is_some_and(|share| share.of == of))
    }

    /// The shares of a set that somebody had in hand, by the custodians whom they were made for, and
    /// where that is told last.
    pub fn had(&self, set: &str, person: &str) -> Option<&(BTreeSet<String>, Rests)> {
        self.hands.get(&(set.to_owned(), person.to_owned()))
    }

    /// A ceremony begins with a thing: it must be as the last one left it.
    pub(super) fn begin(&mut self, item: &Item, set: Option<&Set>, rests: &Rests) {
        let key = (item.what.clone(), item.serial.clone());
        let known = self.all.get(&key);
        if let Some(known) = known {
            let before = (&known.holder, &known.bag, &known.r#where);
            if before != (&item.held_by, &item.bag, &item.r#where) {
                self.gaps.push(Gap {
                    what: format!(
                        "{} {} was {} when it was last told of, and is {} where the next ceremony begins",
                        item.what,
                        item.serial,
                        kept(&known.holder, known.bag.as_deref(), known.r#where.as_deref()),
                        kept(&item.held_by, item.bag.as_deref(), item.r#where.as_deref()),
                    ),
                    rests_on: vec![known.rests_on.clone(), rests.clone()],
                });
            }
        }
        let thing = Thing {
            what: item.what.clone(),
            serial: item.serial.clone(),
            share: item.share.as_ref().map(|share| Carried {
                key: share.key.clone(),
                of: share.of.clone(),
                set: set.map(|set| set.id.clone()),
            }),
            holder: item.held_by.clone(),
            bag: item.bag.clone(),
            r#where: item.r#where.clone(),
            deputy: known.and_then(|known| known.deputy.clone()),
            opened: known.and_then(|known| known.opened.clone()),
            rests_on: rests.clone(),
        };
        self.all.insert(key, thing);
        self.by_set = OnceLock::new();
    }

    /// What a step did with the thing `item`.
    pub(super) fn apply(&mut self, item: &Item, did: &Did, rests: &Rests) {
        let key = (item.what.clone(), item.serial.clone());
        let Some(thing) = self.all.get_mut(&key) else {
            return;
        };
        thing.rests_on = rests.clone();
        if let Did::TakeOut { .. } = did {
            thing.r#where = None;
        }
        if let Did::Inspect {
            bag, found, whole, ..
        } = did
            && !(*whole && bag == found)
        {
            thing.opened = Some(rests.clone());
        }
        if let Did::PutAway { bag, r#where, .. } = did {
            thing.bag = Some(bag.clone());
            thing.r#where = Some(r#where.clone());
        }
        if let Did::HandOver {
            from,
            to,
            deputy_until,
            ..
        } = did
        {
            thing.holder.clone_from(to);
            thing.deputy = deputy_until.as_ref().map(|until| Deputy {
                r#for: from.clone(),
                until: until.clone(),
                rests: rests.clone(),
            });
        }
    }

    /// The share that a thing carries is in its holder's hand, with those he had before.
    pub(super) fn in_hand(&mut self, item: &Item, set: &Set, rests: &Rests) {
        let key = (item.what.clone(), item.serial.clone());
        let Some(thing) = self.all.get(&key) else {
            return;
        };
        let Some(share) = &thing.share else {
            return;
        };
        let holder = thing.holder.clone();
        let own = set.shares.iter().any(|share| share.of == holder);
        let (had, last) = self
            .hands
            .entry((set.id.clone(), holder.clone()))
            .or_insert_with(|| (BTreeSet::new(), rests.clone()));
        if own {
            had.insert(holder.clone());
        }
        let news = had.insert(share.of.clone());
        if news && had.len() >= usize::from(set.threshold) {
            let shares: Vec<&str> = had.iter().map(String::as_str).collect();
            self.gaps.push(Gap {
                what: format!(
                    "{holder} has had the shares of {} of key {} in hand, and {} rebuild it",
                    list(&shares),
                    share.key,
                    set.threshold
                ),
                rests_on: vec![last.clone(), rests.clone()],
            });
        }
        *last = rests.clone();
    }
}

fn kept(holder: &str, bag: Option<&str>, place: Option<&str>) -> String {
    let bag = bag.map_or_else(|| "no bag".to_owned(), |bag| format!("bag {bag}"));
    let place = place.unwrap_or("hand");
    format!("with {holder}, in {bag}, in {place}")
}
