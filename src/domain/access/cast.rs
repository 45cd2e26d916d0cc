//! Everybody and everything that access is reckoned with, by number.

use std::collections::BTreeMap;

use crate::domain::access::set::Set;

/// Somebody, or something that is as good as somebody.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Member {
    /// A person of the script.
    Person(String),
    /// A copy of the backup that the shares of an epoch open. It is a file: nobody is asked for it.
    Backup {
        /// Label of the key.
        key: String,
        /// The epoch.
        epoch: u32,
    },
    /// The PIN of the HSM, where the script does not say who has it.
    Pin,
    /// Whoever may use a key at a provider.
    Provider(String),
    /// Whoever may call a key from outside.
    Service(String),
}

/// Everybody, in the order in which they are first spoken of.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    members: Vec<Member>,
    numbers: BTreeMap<Member, usize>,
}

impl Cast {
    /// The number of somebody, who gets one if need be.
    pub fn number(&mut self, member: Member) -> usize {
        if let Some(number) = self.numbers.get(&member) {
            return *number;
        }
        let number = self.members.len();
        self.members.push(member.clone());
        self.numbers.insert(member, number);
        number
    }

    /// The number of a person, who gets one if need be.
    pub fn person(&mut self, id: &str) -> usize {
        self.number(Member::Person(id.to_owned()))
    }

    /// Who has that number.
    pub fn member(&self, number: usize) -> Option<&Member> {
        self.members.get(number)
    }

    /// The id of a person.
    pub fn id(&self, number: usize) -> Option<&str> {
        match self.member(number)? {
            Member::Person(id) => Some(id),
            Member::Backup { .. } | Member::Pin | Member::Provider(_) | Member::Service(_) => None,
        }
    }

    /// The ids of the people in a set, in order of number.
    pub fn ids(&self, set: &Set) -> Vec<&str> {
        set.iter().filter_map(|number| self.id(number)).collect()
    }

    /// All people.
    pub fn people(&self) -> Set {
        let is_person = |(_, member): &(usize, &Member)| matches!(member, Member::Person(_));
        let members = self.members.iter().enumerate();
        members
            .filter(is_person)
            .map(|(number, _)| number)
            .collect()
    }

    /// The number of somebody who has one.
    pub fn find(&self, member: &Member) -> Option<usize> {
        self.numbers.get(member).copied()
    }
}
