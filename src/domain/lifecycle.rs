//! The states of a key, and the moves between them (NIST SP 800-57 part 1 rev. 5, §7).
//!
//! A state belongs to key material as a whole, and apart from that to each provider key that holds
//! it: material that one cloud deleted may be active in another.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;

use crate::domain::script::Usage;

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum State {
    /// It is made, and may not be used yet.
    #[default]
    PreActivation,
    /// It may be used, for what its purpose says.
    Active,
    /// Its use is stopped, and may go on.
    Suspended,
    /// It protects nothing new; what it protected may still be processed.
    Deactivated,
    /// Somebody may know it who should not.
    Compromised,
    /// It is gone.
    Destroyed,
}

/// State and name; the only list of states.
const NAMES: [(State, &str); 6] = [
    (State::PreActivation, "pre-activation"),
    (State::Active, "active"),
    (State::Suspended, "suspended"),
    (State::Deactivated, "deactivated"),
    (State::Compromised, "compromised"),
    (State::Destroyed, "destroyed"),
];

/// What a key in the active state may be used for.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// Only to protect: encrypt, sign, wrap.
    Protect,
    /// Only to process what is protected: decrypt, verify, unwrap.
    Process,
    /// Both.
    #[default]
    Both,
}

/// Purpose and name; the only list of purposes.
const PURPOSES: [(Purpose, &str); 3] = [
    (Purpose::Protect, "protect"),
    (Purpose::Process, "process"),
    (Purpose::Both, "both"),
];

/// A move that the table forbids.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Forbidden {
    /// The state does not lead there.
    #[error("no move leads from {from} to {to}")]
    NoWay {
        /// Where it is.
        from: State,
        /// Where it was to go.
        to: State,
    },
    /// Keys that process what they protected are deactivated first.
    #[error(
        "only keys that sign or derive may go from active to destroyed; this one is deactivated first"
    )]
    NotDeactivated,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::PreActivation,
        Self::Active,
        Self::Suspended,
        Self::Deactivated,
        Self::Compromised,
        Self::Destroyed,
    ];

    /// The word in scripts and records.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(state, _)| *state == self)
            .map_or("?", |(_, name)| name)
    }

    /// The states that a move leads to from here (SP 800-57 part 1 rev. 5, figure 3 and §7.1 to §7.6).
    pub const fn leads_to(self) -> &'static [Self] {
        match self {
            Self::PreActivation => &[Self::Active, Self::Compromised, Self::Destroyed],
            Self::Active => &[
                Self::Suspended,
                Self::Deactivated,
                Self::Compromised,
                Self::Destroyed,
            ],
            Self::Suspended => &[
                Self::Active,
                Self::Deactivated,
                Self::Compromised,
                Self::Destroyed,
            ],
            Self::Deactivated => &[Self::Compromised, Self::Destroyed],
            Self::Compromised => &[Self::Destroyed],
            Self::Destroyed => &[],
        }
    }

    /// Whether a key may move to `to`; `skips` is whether its kind goes from active to destroyed.
    ///
    /// # Errors
    ///
    /// When the table forbids it.
    pub fn may_move(self, to: Self, skips: bool) -> Result<(), Forbidden> {
        if !self.leads_to().contains(&to) {
            return Err(Forbidden::NoWay { from: self, to });
        }
        if self == Self::Active && to == Self::Destroyed && !skips {
            return Err(Forbidden::NotDeactivated);
        }
        Ok(())
    }
}

/// Whether keys of these usages may go from active to destroyed: private signature keys and keys
/// that derive others leave nothing behind to be processed (SP 800-57 part 1 rev. 5, §7.2).
pub fn skips_deactivated(usages: &[Usage]) -> bool {
    let leaves_nothing = |usage: &Usage| match usage {
        Usage::Sign | Usage::Verify | Usage::Derive => true,
        Usage::Encrypt | Usage::Decrypt | Usage::Wrap | Usage::Unwrap | Usage::Mac => false,
    };
    !usages.is_empty() && usages.iter().all(leaves_nothing)
}

/// Where a key is, and what it may be used for there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// What it may be used for while it is active.
    #[serde(default, skip_serializing_if = "Purpose::is_both")]
    pub purpose: Purpose,
    /// Whether it was found after its destruction that somebody may know it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub compromised_after_destruction: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Standing {
    /// Where it is after a move. A destroyed key that proves to be compromised stays destroyed, and
    /// is marked.
    ///
    /// # Errors
    ///
    /// When the table forbids it.
    pub fn moved(self, to: State, purpose: Purpose, skips: bool) -> Result<Self, Forbidden> {
        let marks = self.state == State::Destroyed && to == State::Compromised;
        if marks && !self.compromised_after_destruction {
            return Ok(Self {
                compromised_after_destruction: true,
                ..self
            });
        }
        self.state.may_move(to, skips)?;
        Ok(Self {
            state: to,
            purpose,
            compromised_after_destruction: false,
        })
    }

    /// Whether it may be used to protect something new.
    pub fn protects(self) -> bool {
        self.state == State::Active && self.purpose != Purpose::Process
    }

    /// Whether it may be used to process what is protected already.
    pub fn processes(self) -> bool {
        match self.state {
            State::Active => self.purpose != Purpose::Protect,
            // A compromised key may process what it protected, as long as the risk is known (§7.5).
            State::Deactivated | State::Compromised => true,
            State::PreActivation | State::Suspended | State::Destroyed => false,
        }
    }

    /// What it may be used for, in words.
    pub fn permits(self) -> &'static str {
        match (self.protects(), self.processes()) {
            (true, true) => "protects and processes",
            (true, false) => "protects only",
            (false, true) => "processes only",
            (false, false) => "is not used",
        }
    }

    /// The same as the draft of SP 800-57 part 1 rev. 6 (December 2025) has it: a key that is
    /// deactivated is active there, and only processes.
    pub const fn in_revision_6(self) -> (&'static str, &'static str) {
        match self.state {
            State::PreActivation => ("pre-activation", "none"),
            State::Active => match self.purpose {
                Purpose::Protect => ("active", "protect-only"),
                Purpose::Process => ("active", "process-only"),
                Purpose::Both => ("active", "protect-and-process"),
            },
            State::Suspended => ("suspended", "none"),
            State::Deactivated => ("active", "process-only"),
            State::Compromised => ("compromised", "process-only"),
            State::Destroyed => ("destroyed", "none"),
        }
    }

    /// State and use in words.
    pub fn words(self) -> String {
        let marked = if self.compromised_after_destruction {
            ", found to be compromised afterwards"
        } else {
            ""
        };
        match self.state {
            State::PreActivation | State::Suspended | State::Destroyed => {
                format!("{}{marked}", self.state)
            }
            State::Active | State::Deactivated | State::Compromised => {
                format!("{}, {}", self.state, self.permits())
            }
        }
    }
}

impl Purpose {
    /// The word in scripts and records.
    pub fn name(self) -> &'static str {
        PURPOSES
            .iter()
            .find(|(purpose, _)| *purpose == self)
            .map_or("?", |(_, name)| name)
    }

    /// Whether nothing is held back.
    pub fn is_both(&self) -> bool {
        *self == Self::Both
    }
}

/// A word that stands for a value of a list, read from text only: the YAML reader would take
/// `{active: }` for `active`.
macro_rules! listed {
    ($name:ident, $list:ident, $what:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = $list.iter().find(|(_, name)| *name == text);
                found.map(|(value, _)| *value).ok_or_else(|| {
                    let names: Vec<&str> = $list.iter().map(|(_, name)| *name).collect();
                    format!("expected {}: one of {}", $what, names.join(", "))
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let names: Vec<&str> = $list.iter().map(|(_, name)| *name).collect();
                json_schema!({"type": "string", "enum": names})
            }
        }
    };
}

listed!(State, NAMES, "a state of a key");
listed!(Purpose, PURPOSES, "a purpose");

#[cfg(test)]
mod tests {
    use super::*;

    /// Requirements of the table, row by row: from, and for each state in the order of [`State::ALL`]
    /// whether a move leads there; `s` only for keys that skip the deactivated state.
    const TABLE: [(State, &str); 6] = [
        (State::PreActivation, "-y--yy"),
        (State::Active, "--yyys"),
        (State::Suspended, "-y-yyy"),
        (State::Deactivated, "----yy"),
        (State::Compromised, "-----y"),
        (State::Destroyed, "------"),
    ];

    #[test]
    fn a_key_moves_as_the_table_of_sp_800_57_says_and_no_other_way() {
        for (from, row) in TABLE {
            for (to, cell) in State::ALL.into_iter().zip(row.chars()) {
                for skips in [false, true] {
                    let allowed = cell == 'y' || (cell == 's' && skips);
                    assert_eq!(from.may_move(to, skips).is_ok(), allowed, "{from} to {to}");
                }
            }
        }
    }

    #[test]
    fn a_destroyed_key_that_is_compromised_stays_destroyed_and_is_marked_once() {
        let gone = Standing {
            state: State::Destroyed,
            ..Standing::default()
        };
        let marked = gone
            .moved(State::Compromised, Purpose::Both, false)
            .unwrap();
        assert_eq!(marked.state, State::Destroyed);
        assert!(marked.compromised_after_destruction);
        assert!(
            marked
                .moved(State::Compromised, Purpose::Both, false)
                .is_err()
        );
    }

    #[test]
    fn only_what_an_active_key_is_for_protects_and_a_deactivated_one_only_processes() {
        let standing = |state, purpose| Standing {
            state,
            purpose,
            compromised_after_destruction: false,
        };
        for (state, purpose, protects, processes, words) in [
            (
                State::PreActivation,
                Purpose::Both,
                false,
                false,
                "pre-activation",
            ),
            (
                State::Active,
                Purpose::Both,
                true,
                true,
                "active, protects and processes",
            ),
            (
                State::Active,
                Purpose::Protect,
                true,
                false,
                "active, protects only",
            ),
            (
                State::Active,
                Purpose::Process,
                false,
                true,
                "active, processes only",
            ),
            (State::Suspended, Purpose::Both, false, false, "suspended"),
            (
                State::Deactivated,
                Purpose::Both,
                false,
                true,
                "deactivated, processes only",
            ),
            (
                State::Compromised,
                Purpose::Both,
                false,
                true,
                "compromised, processes only",
            ),
            (State::Destroyed, Purpose::Both, false, false, "destroyed"),
        ] {
            let standing = standing(state, purpose);
            assert_eq!(standing.protects(), protects, "{words}");
            assert_eq!(standing.processes(), processes, "{words}");
            assert_eq!(standing.words(), words);
        }
        let gone = Standing {
            state: State::Destroyed,
            purpose: Purpose::Both,
            compromised_after_destruction: true,
        };
        assert_eq!(
            gone.words(),
            "destroyed, found to be compromised afterwards"
        );
        let deactivated = standing(State::Deactivated, Purpose::Both);
        assert_eq!(deactivated.in_revision_6(), ("active", "process-only"));
    }

    #[test]
    fn keys_that_protect_data_are_deactivated_before_they_are_destroyed() {
        assert!(skips_deactivated(&[Usage::Sign, Usage::Verify]));
        assert!(skips_deactivated(&[Usage::Derive]));
        assert!(!skips_deactivated(&[Usage::Encrypt, Usage::Decrypt]));
        assert!(!skips_deactivated(&[Usage::Sign, Usage::Decrypt]));
        assert!(!skips_deactivated(&[]));
    }

    #[test]
    fn every_state_and_purpose_has_a_name_of_its_own_and_reads_back() {
        for state in State::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
        for (purpose, name) in PURPOSES {
            assert_eq!(name.parse(), Ok(purpose));
            assert_eq!(purpose.name(), name);
            assert_eq!(purpose.is_both(), name == "both");
        }
        assert!("Active".parse::<State>().is_err());
    }
}
