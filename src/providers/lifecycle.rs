//! The states of keys at providers, and how each provider moves them.
//!
//! Each provider's table stands in its own file. Which of ours a state of theirs is, is not always
//! known from the provider alone; then the table says what decides.

use crate::domain::lifecycle::Purpose;
use crate::domain::lifecycle::State;
use crate::providers::PROVIDERS;
use crate::providers::shell::quoted;

/// What a provider's operator does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Lets the key be used.
    Enable,
    /// Stops its use, so that it can go on.
    Disable,
    /// Lets it process what it protected, and nothing more.
    ProcessOnly,
    /// Has it deleted in so many days.
    ScheduleDeletion(i64),
    /// Calls the deletion off.
    CancelDeletion,
    /// Deletes it now, by the provider's way of that name.
    Delete(String),
    /// Sees that it is deleted.
    SeeDeleted,
}

impl Act {
    /// What brings a key from one state to another.
    pub fn of(to: State, purpose: Purpose, from: State) -> Self {
        match to {
            State::Active if purpose == Purpose::Process => Self::ProcessOnly,
            State::Active | State::PreActivation => Self::Enable,
            // What is suspended stays disabled when it is taken out of use for good.
            State::Deactivated if from == State::Suspended => Self::Disable,
            State::Deactivated => Self::ProcessOnly,
            State::Suspended | State::Compromised => Self::Disable,
            State::Destroyed => Self::SeeDeleted,
        }
    }
}

/// A state of keys at a provider, and which of ours it is.
#[derive(Debug)]
pub struct ProviderState {
    /// The provider's word.
    pub word: &'static str,
    /// Ours, the one that is meant where nothing else is known first.
    pub ours: &'static [State],
    /// What decides where there are several, or what else to know.
    pub decides: &'static str,
}

/// A way in which a provider deletes keys.
#[derive(Debug)]
pub struct Deletion {
    /// Its name in scripts.
    pub name: &'static str,
    /// Days that the provider waits, shortest, longest and usual; none where it deletes at once.
    pub window: Option<(u16, u16, u16)>,
    /// What to know of it.
    pub says: &'static str,
}

/// Lives of keys at one provider.
#[derive(Debug)]
pub struct Lifecycle {
    /// States of keys.
    pub states: &'static [ProviderState],
    /// Ways of deleting; the first is the usual one.
    pub deletions: &'static [Deletion],
    /// Commands for an act, and remarks that begin with `#`; `{key}` stands for the key's id, `{days}`
    /// for the window.
    pub commands: fn(&Act) -> &'static [&'static str],
    /// Where this is written.
    pub source: &'static str,
    /// When that was read.
    pub read: &'static str,
}

impl Lifecycle {
    /// Which of our states a provider's word may stand for, the likeliest first.
    pub fn ours(&self, word: &str) -> Option<&'static ProviderState> {
        self.states
            .iter()
            .find(|state| state.word.eq_ignore_ascii_case(word))
    }

    /// The provider's words for one of our states, the one that is meant first.
    pub fn theirs(&self, ours: State) -> Vec<&'static ProviderState> {
        let mut all: Vec<&ProviderState> = self
            .states
            .iter()
            .filter(|state| state.ours.contains(&ours))
            .collect();
        all.sort_by_key(|state| state.ours.first() != Some(&ours));
        all
    }

    /// The way of deleting of that name.
    pub fn deletion(&self, name: &str) -> Option<&'static Deletion> {
        self.deletions.iter().find(|way| way.name == name)
    }
}

/// How keys live at a provider, where this program knows it.
pub fn lifecycle(provider: &str) -> Option<&'static Lifecycle> {
    let found = PROVIDERS.iter().find(|known| known.id() == provider);
    found.and_then(|known| known.lifecycle())
}

/// The provider's usual way of deleting: one with a window where that was scheduled, else one that
/// deletes at once.
pub fn way(provider: &str, scheduled: bool) -> &'static str {
    let ways = lifecycle(provider).map_or(&[][..], |known| known.deletions);
    let fits = ways.iter().find(|way| way.window.is_some() == scheduled);
    fits.map_or("as-its-manual-says", |way| way.name)
}

/// What a provider's operator runs for an act, each line a command or a remark.
pub fn commands(provider: &str, key_id: Option<&str>, act: &Act) -> Vec<String> {
    let lines = lifecycle(provider).map_or(&[][..], |known| (known.commands)(act));
    if lines.is_empty() {
        return vec![format!(
            "# {provider} has no command for this that keyrite knows: do it as its manual says."
        )];
    }
    let days = if let Act::ScheduleDeletion(days) = act {
        days.to_string()
    } else {
        String::new()
    };
    let key = key_id.map_or_else(|| "KEY".to_owned(), quoted);
    lines
        .iter()
        .map(|line| {
            if line.starts_with('#') {
                (*line).to_owned()
            } else {
                line.replace("{key}", &key).replace("{days}", &days)
            }
        })
        .collect()
}
