//! What the files of every provider are turned into: who can do what with a key, and why.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::record::Permission;
use crate::domain::record::Principal;
use crate::providers::AccessRead;
use crate::providers::ProviderError;

/// What somebody can do with a key, in the order in which it is told.
const CLASSES: [&str; 6] = ["use", "manage", "delegate", "import", "destroy", "look"];

/// One reason why somebody can do something.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Reason {
    /// The file, and the place in it.
    pub(super) place: String,
    /// What it depends on.
    pub(super) only: Vec<String>,
}

impl Reason {
    /// A reason that depends on nothing.
    pub(super) fn new(place: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            only: Vec::new(),
        }
    }

    /// It holds under a condition only.
    #[must_use]
    pub(super) fn only(mut self, condition: impl Into<String>) -> Self {
        self.only.push(condition.into());
        self
    }
}

/// Everything that somebody can do, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Can(BTreeMap<&'static str, BTreeSet<Reason>>);

impl Can {
    pub(super) fn add(&mut self, class: &'static str, reason: Reason) {
        self.0.entry(class).or_default().insert(reason);
    }

    /// As it is recorded. One way without a condition is enough.
    pub(super) fn permissions(&self) -> Vec<Permission> {
        let all = CLASSES
            .iter()
            .filter_map(|class| self.0.get_key_value(class));
        all.map(|(class, reasons)| {
            let free = reasons.iter().any(|reason| reason.only.is_empty());
            let only = reasons.iter().filter(|_| !free).flat_map(|it| &it.only);
            let only: BTreeSet<&String> = only.collect();
            let by: BTreeSet<&String> = reasons.iter().map(|reason| &reason.place).collect();
            Permission {
                class: (*class).to_owned(),
                by: by.into_iter().cloned().collect(),
                only: only.into_iter().cloned().collect(),
            }
        })
        .collect()
    }
}

/// Whoever the files name, while they are read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    principals: BTreeMap<String, (&'static str, Can)>,
    told: BTreeSet<String>,
}

impl Gathered {
    /// Somebody of this kind can do something.
    pub(super) fn add(&mut self, id: &str, kind: &'static str, class: &'static str, why: Reason) {
        let known = self.principals.entry(id.to_owned());
        let (_, can) = known.or_insert_with(|| (kind, Can::default()));
        can.add(class, why);
    }

    /// Something cannot be decided from the files.
    pub(super) fn tell(&mut self, what: impl Into<String>) {
        self.told.insert(what.into());
    }

    /// Names of one kind, in their order.
    pub(super) fn of_kind(&self, kind: &str) -> Vec<&str> {
        let all = self.principals.iter();
        all.filter(|(_, (known, _))| *known == kind)
            .map(|(id, _)| id.as_str())
            .collect()
    }

    /// What the files say, and what they do not have.
    ///
    /// # Errors
    ///
    /// As [`named`].
    pub(super) fn done(self, missing: Vec<String>) -> Result<AccessRead, ProviderError> {
        let principals = self
            .principals
            .into_iter()
            .map(|(id, (kind, can))| Principal {
                id,
                kind: kind.to_owned(),
                can: can.permissions(),
                person: None,
                service: None,
            });
        Ok(AccessRead {
            principals: named(principals.collect())?,
            undecided: self.told.into_iter().collect(),
            missing,
        })
    }
}

/// Everybody, where each has a name: without one, nobody could say whose a right is.
///
/// # Errors
///
/// When one has none.
pub(super) fn named(principals: Vec<Principal>) -> Result<Vec<Principal>, ProviderError> {
    let nobody = principals.iter().find(|one| one.id.trim().is_empty());
    match nobody.and_then(|one| one.can.first()?.by.first()) {
        Some(place) => Err(ProviderError::Nameless {
            place: place.clone(),
        }),
        None => Ok(principals),
    }
}

/// Whether a text fits a pattern with `*` for any characters and `?` for one.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how far it has reached.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match star {
                Some((at, reached)) => {
                    p = at + 1;
                    t = reached + 1;
                    star = Some((at, t));
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_none_or(|rest| rest.iter().all(|c| *c == b'*'))
}

/// What the tests of each provider do to files and answers.
#[cfg(test)]
pub(super) mod testing {
    use serde_json::Value;

    use crate::providers::AccessRead;
    use crate::providers::InputFile;

    /// A file of JSON.
    pub(in crate::providers) fn file(value: &Value) -> InputFile {
        InputFile {
            name: "f.json".to_owned(),
            bytes: value.to_string().into_bytes(),
        }
    }

    /// `ana: use manage?` for each who can do something, with a question mark where it depends on something.
    pub(in crate::providers) fn told(read: &AccessRead) -> Vec<String> {
        let all = read.principals.iter().map(|principal| {
            let can = principal.can.iter();
            let can =
                can.map(|it| format!(" {}{}", it.class, if it.only.is_empty() { "" } else { "?" }));
            format!("{}:{}", principal.id, can.collect::<String>())
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_a_question_mark_for_one() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("a*b*c", "a1b2b3c", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "a", false),
            ("abc", "abcd", false),
            ("abcd", "abc", false),
            ("*a", "bab", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn what_somebody_can_do_is_told_in_one_order_and_one_way_without_a_condition_is_enough() {
        let mut gathered = Gathered::default();
        for (class, why) in [
            ("look", Reason::new("c")),
            ("use", Reason::new("b").only("at night")),
            ("use", Reason::new("a")),
            ("manage", Reason::new("a").only("by day").only("with a key")),
        ] {
            gathered.add("ana", "user", class, why);
        }
        let read = gathered.done(Vec::new()).unwrap();
        let can = &read.principals[0].can;
        let classes: Vec<&str> = can.iter().map(|it| it.class.as_str()).collect();
        assert_eq!(classes, ["use", "manage", "look"]);
        assert_eq!((can[0].by.len(), can[0].only.len()), (2, 0));
        assert_eq!(can[1].only, ["by day", "with a key"]);
    }
}
