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
    /// Which version of it, where that name says so.
    pub version: Option<String>,
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
        let (key, version) = parts(key_id);
        if let Some(place) = place(key) {
            self.places.insert(place);
        }
        let all = self.by_name.entry(folded(last(key))).or_default();
        match all
            .iter_mut()
            .find(|known| known.label == label && known.key_id == key_id)
        {
            Some(known) => known.since = known.since.min(since),
            None => all.push(KnownKey {
                label: label.to_owned(),
                key_id: key_id.to_owned(),
                version: version.map(str::to_owned),
                since,
            }),
        }
    }

    /// The key that a log names, as it was called at that time: that of the version, where versions are known.
    pub fn find(&self, name: &str, version: Option<&str>, at: Moment) -> Option<&KnownKey> {
        let all = self.by_name.get(&folded(last(parts(name).0)))?;
        let named: Vec<&KnownKey> = all
            .iter()
            .filter(|known| same(name, parts(&known.key_id).0))
            .collect();
        let of = |wanted: Option<&str>| {
            let mut of = named.iter();
            of.any(|known| known.version.as_deref() == wanted)
        };
        let any = !of(version) && !of(None);
        let wanted = if of(version) { version } else { None };
        let fits = || {
            let all = named.iter().copied();
            all.filter(move |known| any || known.version.as_deref() == wanted)
        };
        fits()
            .filter(|known| known.since <= at)
            .max_by_key(|known| known.since)
            .or_else(|| fits().min_by_key(|known| known.since))
    }

    /// The account and region, vault, key ring or mount of records in which the key of an event lies.
    pub fn place_of(&self, event: &LogEvent) -> Option<String> {
        let place = place(parts(event.key.as_deref()?).0)?;
        self.places.contains(&place).then_some(place)
    }

    /// Whether an event is of an account and region, a vault, a key ring or a mount of a known key.
    pub fn is_here(&self, event: &LogEvent) -> bool {
        if self.places.is_empty() {
            return true;
        }
        if let Some(place) = event.key.as_deref().and_then(|key| place(parts(key).0)) {
            return self.places.contains(&place);
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

/// Whose a principal is: as the last review has it, the newest organisation file, or the record of somebody's
/// leaving.
pub fn person_of<'r>(register: &'r Register, provider: &str, principal: &str) -> Option<&'r str> {
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
    let azure = ["azure-key-vault", "azure-managed-hsm"];
    let ids = [provider];
    let ids = if azure.contains(&provider) {
        &azure[..]
    } else {
        &ids[..]
    };
    let listed = || ids.iter().find_map(|id| people.whose(id, principal));
    let left = || people.all.iter().find(|(_, person)| had(person));
    reviewed
        .or_else(|| listed().map(|(person, _)| person))
        .or_else(|| left().map(|(id, _)| id.as_str()))
}

/// Whether two names mean the same key: a bare name is the last part of a whole one. Where both say which
/// version of it, it must be the same one.
pub fn same(one: &str, other: &str) -> bool {
    let ((one, its), (other, theirs)) = (parts(one), parts(other));
    if !one_version(its, theirs) {
        return false;
    }
    if one.contains('/') == other.contains('/') {
        return folded(one) == folded(other);
    }
    folded(last(one)) == folded(last(other))
}

/// Whether two may be the same version: one that is not told may be any.
pub(super) fn one_version(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (Some(_) | None, None) | (None, Some(_)) => true,
    }
}

/// The name of a key without its version, and the version, as Google Cloud and Azure write both as one.
pub(in crate::register) fn parts(name: &str) -> (&str, Option<&str>) {
    if let Some((key, version)) = name.split_once("/cryptoKeyVersions/") {
        return (key, Some(version));
    }
    let Some((host, rest)) = name
        .split_once("/keys/")
        .filter(|(host, _)| host.starts_with("https://"))
    else {
        return (name, None);
    };
    match rest.trim_end_matches('/').split_once('/') {
        Some((key, version)) => {
            let end = host.len() + "/keys/".len() + key.len();
            (name.get(..end).unwrap_or(name), Some(version))
        }
        None => (name, None),
    }
}

/// What the names of all keys of one account and region, vault, key ring or mount begin with.
pub(in crate::register) fn place(key: &str) -> Option<String> {
    let (place, _) = key.trim_end_matches('/').rsplit_once('/')?;
    Some(folded(place))
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
            assert_eq!(known.find("a/1", None, at(second)).unwrap().label, label);
        }
        assert!(known.find("b/1", None, at(250)).is_none());
        assert_eq!(known.len(), 2);
    }

    #[test]
    fn a_version_in_a_name_is_no_part_of_the_key_and_must_be_the_same_where_both_tell_it() {
        let ring = "projects/p/locations/l/keyRings/r/cryptoKeys/";
        let (one, two) = (
            format!("{ring}pay/cryptoKeyVersions/3"),
            format!("{ring}pay/cryptoKeyVersions/4"),
        );
        let key = format!("{ring}pay");
        assert_eq!(parts(&one), (key.as_str(), Some("3")));
        assert!(same(&one, &key) && same(&key, &two) && !same(&one, &two));
        assert_eq!(
            parts("https://v.vault.azure.net/keys/pay/0a1b"),
            ("https://v.vault.azure.net/keys/pay", Some("0a1b"))
        );
        for name in [
            "https://v.vault.azure.net/keys/pay",
            "transit/keys/pay",
            "pay",
        ] {
            assert_eq!(parts(name), (name, None));
        }
        let mut known = Known::default();
        let at = |second| Moment::new(jiff::Timestamp::from_second(second).unwrap());
        known.add("payments-2025", &one, at(100));
        known.add("payments-2026", &two, at(200));
        let find = |version| known.find(&key, version, at(300)).unwrap().label.clone();
        assert_eq!(find(Some("3")), "payments-2025");
        assert_eq!(find(Some("4")), "payments-2026");
        // Of a version that nobody knows, and of none, the newest is meant.
        assert_eq!(find(Some("9")), "payments-2026");
        assert_eq!(find(None), "payments-2026");
    }

    #[test]
    fn a_principal_is_his_whom_the_organisation_file_gives_it_to() {
        let mut register = Register::default();
        let cho = register.people.all.entry("cho".to_owned()).or_default();
        cho.listed = Some(crate::register::listed::Listed {
            version: 1,
            roles: Vec::new(),
            principals: vec![("azure-managed-hsm".to_owned(), "cho@bank".to_owned())],
            key_ends: None,
            rests_on: crate::register::Rests::on("2026-01-01", 1),
        });
        // One log is of vaults and of managed HSMs.
        for (provider, whose) in [
            ("azure-managed-hsm", Some("cho")),
            ("azure-key-vault", Some("cho")),
            ("google-kms", None),
        ] {
            assert_eq!(
                person_of(&register, provider, "cho@bank"),
                whose,
                "{provider}"
            );
        }
    }
}
