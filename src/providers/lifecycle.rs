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
    /// Whether what stops a key stops every version of it that was imported.
    pub together: bool,
    /// How often one key is rotated on demand at most; nobody counts if absent.
    pub rotations: Option<u32>,
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
    if provider == "hsm" {
        return in_an_hsm(key_id, act);
    }
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

/// An HSM has no states; what it can do is delete.
fn in_an_hsm(uri: Option<&str>, act: &Act) -> Vec<String> {
    let uri = uri.unwrap_or("the key");
    let text = match act {
        Act::Delete(_) | Act::SeeDeleted => format!(
            "# Delete every object of {uri} with the tool of the HSM (pkcs11-tool --delete-object), then list its objects: nothing of it may be found."
        ),
        Act::Enable | Act::CancelDeletion => {
            format!("# Let the applications use {uri} again: an HSM keeps no state of its keys.")
        }
        Act::Disable | Act::ProcessOnly | Act::ScheduleDeletion(_) => {
            format!("# Take {uri} from the applications: an HSM keeps no state of its keys.")
        }
    };
    vec![text]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lifecycle::State;

    const KNOWN: [&str; 6] = [
        "aws-kms",
        "azure-key-vault",
        "azure-managed-hsm",
        "google-kms",
        "vault",
        "alibaba",
    ];

    #[test]
    fn every_state_of_ours_is_one_of_theirs_but_where_the_provider_has_none_and_back() {
        for id in KNOWN {
            let known = lifecycle(id).unwrap();
            for ours in State::ALL {
                let theirs = known.theirs(ours);
                // A key that transit has may be used: nothing there waits to be activated.
                assert_eq!(
                    theirs.is_empty(),
                    id == "vault" && ours == State::PreActivation,
                    "{id} {ours}"
                );
                for state in theirs {
                    assert!(known.ours(state.word).unwrap().ours.contains(&ours));
                }
            }
            for state in known.states {
                assert!(!state.ours.is_empty(), "{id} {}", state.word);
                assert!(
                    state.ours.len() == 1 || state.decides.len() > 20,
                    "{id}: nothing says what decides {}",
                    state.word
                );
            }
            assert!(known.ours("Nonsense").is_none());
            assert!(known.source.len() > 20 && known.read.len() == 10);
        }
    }

    #[test]
    fn disabled_alone_does_not_tell_suspended_from_deactivated() {
        let aws = lifecycle("aws-kms").unwrap();
        let disabled = aws.ours("Disabled").unwrap();
        assert_eq!(
            disabled.ours,
            [State::Suspended, State::Deactivated, State::Compromised]
        );
        assert_eq!(aws.theirs(State::Suspended)[0].word, "Disabled");
        assert_eq!(aws.theirs(State::Active)[0].word, "Enabled");
        assert_eq!(aws.theirs(State::Destroyed)[0].word, "NotFoundException");
    }

    #[test]
    fn windows_are_those_of_the_providers_and_deleting_imported_material_has_none() {
        for (id, way, window) in [
            ("aws-kms", "schedule-key-deletion", Some((7, 30, 30))),
            ("aws-kms", "delete-imported-key-material", None),
            ("azure-key-vault", "soft-delete", Some((7, 90, 90))),
            ("google-kms", "destroy-version", Some((1, 120, 30))),
            ("alibaba", "schedule-key-deletion", Some((7, 366, 30))),
            ("vault", "delete", None),
        ] {
            assert_eq!(lifecycle(id).unwrap().deletion(way).unwrap().window, window);
        }
        assert_eq!(way("aws-kms", false), "delete-imported-key-material");
        assert_eq!(way("aws-kms", true), "schedule-key-deletion");
    }

    #[test]
    fn an_id_in_a_command_stays_one_word_and_every_act_has_a_command_or_says_what_to_do() {
        let acts = [
            Act::Enable,
            Act::Disable,
            Act::ProcessOnly,
            Act::ScheduleDeletion(30),
            Act::CancelDeletion,
            Act::Delete("delete".to_owned()),
            Act::SeeDeleted,
        ];
        for id in KNOWN.into_iter().chain(["hsm", "oci"]) {
            for act in &acts {
                let lines = commands(id, Some("a'; rm -rf /"), act);
                assert!(!lines.is_empty(), "{id} {act:?}");
                for line in lines.iter().filter(|line| !line.starts_with('#')) {
                    assert!(
                        !line.contains("{key}") && !line.contains("{days}"),
                        "{line}"
                    );
                    assert!(!line.contains("'a'; rm"), "{line}");
                }
            }
        }
        let lines = commands("aws-kms", Some("arn:1"), &Act::ScheduleDeletion(9));
        assert_eq!(
            lines[0],
            "aws kms schedule-key-deletion --key-id 'arn:1' --pending-window-in-days 9"
        );
    }
}
