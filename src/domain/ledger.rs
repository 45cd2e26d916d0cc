//! Where every thing is that custodians keep, and who holds which share: what a record tells of
//! it, entry by entry. Running, verifying and the register all ask here.

use std::collections::BTreeMap;

use crate::domain::record::Did;
use crate::domain::record::GivenSet;
use crate::domain::record::GivenShare;
use crate::domain::record::Item;
use crate::domain::record::OnItem;

/// Every thing by its name in the script.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeMap<String, Kept>);

/// A thing and how it is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kept {
    /// The thing as it was when the ceremony began.
    pub item: Item,
    /// Who has it.
    pub holder: String,
    /// Number of the bag that it is sealed in.
    pub bag: Option<String>,
    /// Where it is; in its holder's hand if absent.
    pub place: Option<String>,
}

impl Kept {
    /// As people speak of it.
    pub fn words(&self) -> String {
        format!("{} {}", self.item.what, self.item.serial)
    }

    /// What has no bag is said to have none.
    pub fn bag_words(&self) -> String {
        self.bag
            .as_ref()
            .map_or_else(|| "no bag".to_owned(), |bag| format!("bag {bag}"))
    }
}

impl Ledger {
    /// The things that a ceremony begins with.
    pub fn new(items: &[Item]) -> Self {
        Self(
            items
                .iter()
                .map(|item| {
                    let kept = Kept {
                        item: item.clone(),
                        holder: item.held_by.clone(),
                        bag: item.bag.clone(),
                        place: item.r#where.clone(),
                    };
                    (item.name.clone(), kept)
                })
                .collect(),
        )
    }

    /// Takes what a step did into account.
    pub fn apply(&mut self, did: &Did) {
        if let Did::TakeOut { item, .. } = did
            && let Some(kept) = self.0.get_mut(item)
        {
            kept.place = None;
        }
        if let Did::HandOver { item, to, .. } = did
            && let Some(kept) = self.0.get_mut(item)
        {
            kept.holder.clone_from(to);
        }
        if let Did::PutAway {
            item, bag, r#where, ..
        } = did
            && let Some(kept) = self.0.get_mut(item)
        {
            kept.bag = Some(bag.clone());
            kept.place = Some(r#where.clone());
        }
    }

    /// A thing by its name.
    pub fn get(&self, name: &str) -> Option<&Kept> {
        self.0.get(name)
    }

    /// Every thing.
    pub fn all(&self) -> impl Iterator<Item = &Kept> {
        self.0.values()
    }

    /// What else is in the bag of that number.
    pub fn in_bag(&self, bag: &str, item: &str) -> Option<&Kept> {
        self.all()
            .find(|kept| kept.item.name != item && kept.bag.as_deref() == Some(bag))
    }

    /// The thing that carries the share of `key` made for `of`.
    pub fn carries(&self, key: &str, of: &str) -> Option<&Kept> {
        self.all().find(|kept| {
            kept.item
                .share
                .as_ref()
                .is_some_and(|share: &OnItem| share.key == key && share.of == of)
        })
    }

    /// Who holds the share of `key` made for `of`: whoever has the thing that carries it.
    pub fn holder<'a>(&'a self, key: &str, of: &'a str) -> &'a str {
        self.carries(key, of)
            .map_or(of, |kept| kept.holder.as_str())
    }

    /// The share of a set that somebody holds.
    pub fn share_of<'s>(
        &self,
        key: &str,
        set: &'s GivenSet,
        person: &str,
    ) -> Option<&'s GivenShare> {
        set.shares
            .iter()
            .find(|share| self.holder(key, &share.custodian) == person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::Digest;
    use crate::domain::record::Subject;

    fn card(of: &str) -> Item {
        Item {
            name: format!("card-{of}"),
            what: "card".to_owned(),
            serial: "17".to_owned(),
            share: Some(OnItem {
                key: "payments".to_owned(),
                of: of.to_owned(),
            }),
            held_by: of.to_owned(),
            bag: None,
            r#where: None,
        }
    }

    fn set() -> GivenSet {
        let share = |index, custodian: &str| GivenShare {
            index,
            custodian: custodian.to_owned(),
            commitment: Digest([index; 32]),
            file: None,
            delivery: None,
        };
        GivenSet {
            id: "0f".repeat(16),
            epoch: 1,
            threshold: 2,
            subject: Subject::Key,
            check_values: BTreeMap::new(),
            shares: vec![share(1, "ben"), share(2, "cho")],
        }
    }

    #[test]
    fn whoever_has_the_card_holds_the_share() {
        let mut ledger = Ledger::new(&[card("ben")]);
        let held = |ledger: &Ledger, person: &str| {
            ledger
                .share_of("payments", &set(), person)
                .map(|share| share.index)
        };
        assert_eq!(held(&ledger, "ben"), Some(1));
        assert_eq!(held(&ledger, "cho"), Some(2));
        ledger.apply(&Did::HandOver {
            item: "card-ben".to_owned(),
            from: "ben".to_owned(),
            to: "gus".to_owned(),
            bag: None,
            purpose: "deputy".to_owned(),
            deputy_until: None,
            seen_by: "eli".to_owned(),
        });
        assert_eq!(held(&ledger, "ben"), None);
        assert_eq!(held(&ledger, "gus"), Some(1));
    }

    #[test]
    fn a_thing_that_was_put_away_lies_in_its_new_bag_at_its_new_place() {
        let mut ledger = Ledger::new(&[card("ben")]);
        ledger.apply(&Did::PutAway {
            item: "card-ben".to_owned(),
            by: "ben".to_owned(),
            bag: "T-1".to_owned(),
            r#where: "safe 2".to_owned(),
            seen_by: "eli".to_owned(),
        });
        let kept = ledger.get("card-ben").unwrap();
        assert_eq!(kept.bag_words(), "bag T-1");
        assert_eq!(kept.place.as_deref(), Some("safe 2"));
    }
}
