//! The provider keys that records know, and where a log's names of keys lead.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::log_event::LogEvent;
use crate::domain::record::Access;
use crate::domain::record::Moment;
use crate::register::Register;
use crate::register::people::Person;

/// A provider key that records know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnownKey {
    /// Label of the key whose material it has or had.
    pub label: String,
    /// Its name at the provider, as the script has it.
    pub key_id: String,
    /// Since when.
    pub since: Moment,
}

/// All of them at one provider.
#[derive(Debug, Default)]
pub struct Known {
    by_name: BTreeMap<String, Vec<KnownKey>>,
    /// Accounts and regions, vaults, key rings and mounts: everything before the last part of a name.
    places: BTreeSet<String>,
}

impl Known {
    /// Those that the records of a register name, of these provider ids.
    pub fn of(register: &Register, providers: &[&str]) -> Self {
        let mut known = Self::default();
        let ours = |provider: &str| providers.contains(&provider);
        for material in &register.materials {
            let mut add = |key_id: Option<&String>, since: Moment| {
                if let Some(id) = key_id {
                    known.add(&material.key, id, since);
                }
            };
            for import in material.imports.iter().filter(|it| ours(&it.provider)) {
                add(import.key_id.as_ref(), import.wrapped.at);
            }
            for place in material.life.at.values().filter(|it| ours(&it.provider)) {
                add(place.key_id.as_ref(), place.rests_on.at);
            }
            let declared = material.about.declared.iter();
            for declared in declared.filter(|it| ours(&it.provider)) {
                add(Some(&declared.key_id), declared.rests_on.at);
            }
        }
        let reviews = register.people.reviews.iter();
        for seen in reviews.filter(|seen| ours(&seen.review.provider)) {
            known.add(&seen.review.key, &seen.review.key_id, seen.rests_on.at);
        }
        known
    }

    fn add(&mut self, label: &str, key_id: &str, since: Moment) {
        if let Some((place, _)) = key_id.rsplit_once('/') {
            self.places.insert(folded(place));
        }
        let all = self.by_name.entry(folded(last(key_id))).or_default();
        match all
            .iter_mut()
            .find(|known| known.label == label && known.key_id == key_id)
        {
            Some(known) => known.since = known.since.min(since),
            None => all.push(KnownKey {
                label: label.to_owned(),
                key_id: key_id.to_owned(),
                since,
            }),
        }
    }

    /// The key that a log names, as it was called at that time.
    pub fn find(&self, name: &str, at: Moment) -> Option<&KnownKey> {
        let all = self.by_name.get(&folded(last(name)))?;
        let same = || all.iter().filter(|known| same(name, &known.key_id));
        let then = same().filter(|known| known.since <= at);
        then.max_by_key(|known| known.since)
            .or_else(|| same().min_by_key(|known| known.since))
    }

    /// Whether an event is of an account and region, a vault, a key ring or a mount of a known key.
    pub fn is_here(&self, event: &LogEvent) -> bool {
        if self.places.is_empty() {
            return true;
        }
        if let Some((place, _)) = event.key.as_deref().and_then(|key| key.rsplit_once('/')) {
            return self.places.contains(&folded(place));
        }
        if let Some(vault) = event.says.get("vault") {
            return self.places.contains(&folded(&format!("{vault}/keys")));
        }
        let parts = |text: &str| {
            let wanted = text.to_ascii_lowercase();
            let mut places = self.places.iter();
            places.any(|place| place.split([':', '/', '.']).any(|part| part == wanted))
        };
        let fits = |part: Option<&String>| part.is_none_or(|part| parts(part));
        fits(event.account.as_ref()) && fits(event.region.as_ref())
    }

    /// Whether the label of a key says which provider key is meant.
    pub fn is_one(&self, label: &str) -> bool {
        let of_label = self
            .by_name
            .values()
            .flatten()
            .filter(|known| known.label == label);
        of_label.count() <= 1
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

/// Whose a principal is, as the last review has it, or the record of somebody's leaving.
pub fn person_of<'r>(register: &'r Register, principal: &str) -> Option<&'r str> {
    let people = &register.people;
    let reviewed = people.reviews.iter().rev().find_map(|seen| {
        let mut all = seen.review.principals.iter();
        all.find(|known| known.id == principal)?.person.as_deref()
    });
    let had = |person: &Person| {
        let opens = person.left.iter().flat_map(|left| &left.opens);
        let withdrawn = person.withdrawn.iter().map(|it| &it.was);
        let mut all = opens.chain(withdrawn);
        all.any(|it| it.what == Access::Principal && it.of == principal)
    };
    let left = || people.all.iter().find(|(_, person)| had(person));
    reviewed.or_else(|| left().map(|(id, _)| id.as_str()))
}

/// Whether two names mean the same key: a bare name is the last part of a whole one.
pub fn same(one: &str, other: &str) -> bool {
    if one.contains('/') == other.contains('/') {
        return folded(one) == folded(other);
    }
    folded(last(one)) == folded(last(other))
}

pub(super) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Names that are URLs are the same in any case of letters.
pub(super) fn folded(name: &str) -> String {
    name.trim_end_matches('/').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_the_last_part_of_a_whole_one_and_two_whole_names_agree_as_a_whole() {
        let whole = "arn:aws:kms:eu-west-1:111122223333:key/1234";
        assert!(same(whole, "1234") && same("1234", whole) && same(whole, whole));
        assert!(!same(whole, "arn:aws:kms:eu-west-2:111122223333:key/1234"));
        assert!(!same(whole, "123"));
        assert!(same(
            "https://Payments.vault.azure.net/keys/K",
            "https://payments.vault.azure.net/keys/k"
        ));
    }

    #[test]
    fn a_key_is_called_as_the_newest_material_before_the_event() {
        let mut known = Known::default();
        let at = |second| Moment::new(jiff::Timestamp::from_second(second).unwrap());
        known.add("payments-2025", "a/1", at(100));
        known.add("payments-2026", "a/1", at(200));
        for (second, label) in [
            (50, "payments-2025"),
            (150, "payments-2025"),
            (250, "payments-2026"),
        ] {
            assert_eq!(known.find("a/1", at(second)).unwrap().label, label);
        }
        assert!(known.find("b/1", at(250)).is_none());
        assert_eq!(known.len(), 2);
    }
}
