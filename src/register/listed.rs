//! What organisation files say of people: the newest that a ceremony was pinned to.

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::organisation::Member;
use crate::domain::organisation::Organisation;
use crate::domain::organisation::SigningKey;
use crate::domain::script::At;
use crate::register::Rests;
use crate::register::people::People;

/// The newest organisation file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pinned {
    /// Short name of the organisation.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Where a ceremony was pinned to it last.
    pub rests_on: Rests,
}

/// What it says of somebody.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listed {
    /// Its version.
    pub version: u32,
    /// The roles that he may hold.
    pub roles: Vec<String>,
    /// The names that providers know him by: the provider, and the name.
    pub principals: Vec<(String, String)>,
    /// The last day on which a signing key of his is valid; nothing where one has no end.
    #[serde(default, with = "crate::register::day::maybe")]
    pub key_ends: Option<Date>,
    /// Where a ceremony was pinned to it.
    pub rests_on: Rests,
}

impl Listed {
    fn of(version: u32, member: &Member, rests: &Rests) -> Self {
        let roles = member.may_be.iter();
        let mut principals = Vec::new();
        for (provider, names) in &member.principals {
            let names = names.iter();
            principals.extend(names.map(|name| (provider.to_string(), name.value.to_string())));
        }
        Self {
            version,
            roles: roles.map(|role| role.value.name().to_owned()).collect(),
            principals,
            key_ends: last_day(&member.signing_keys),
            rests_on: rests.clone(),
        }
    }
}

/// The last day on which one of these keys is valid; nothing where one has no end.
fn last_day(keys: &[At<SigningKey>]) -> Option<Date> {
    let ends: Option<Vec<Date>> = keys
        .iter()
        .map(|key| key.valid_to.as_ref().map(|to| to.value.0))
        .collect();
    ends?.into_iter().max()
}

impl People {
    /// A ceremony rests on this file. An older version than the last one says nothing new.
    pub(super) fn listed(&mut self, organisation: &Organisation, rests: &Rests) {
        let version = organisation.version.value;
        let older = self.organisation.as_ref().is_some_and(|known| {
            known.id == organisation.organisation.as_str() && known.version > version
        });
        if older {
            return;
        }
        self.organisation = Some(Pinned {
            id: organisation.organisation.to_string(),
            version,
            rests_on: rests.clone(),
        });
        for person in self.all.values_mut() {
            person.listed = None;
        }
        for (id, member) in &organisation.people {
            let known = self.all.entry(id.to_string()).or_default();
            let text = |line: Option<String>, before: &mut Option<String>| line.or(before.take());
            known.name = member.name.to_string();
            let site = member.site.as_ref().map(|site| site.value.to_string());
            known.site = text(site, &mut known.site);
            let manager = member
                .manager
                .as_ref()
                .map(|manager| manager.value.to_string());
            known.manager = text(manager, &mut known.manager);
            let listed = Listed::of(version, member, rests);
            known.may = Some((listed.roles.clone(), rests.clone()));
            known.listed = Some(listed);
        }
    }

    /// Whose name at a provider that is, by the newest organisation file.
    pub fn whose(&self, provider: &str, principal: &str) -> Option<(&str, &Listed)> {
        self.all.iter().find_map(|(id, person)| {
            let listed = person.listed.as_ref()?;
            let mut names = listed.principals.iter();
            let has = names.any(|(at, name)| at == provider && name == principal);
            has.then_some((id.as_str(), listed))
        })
    }
}
