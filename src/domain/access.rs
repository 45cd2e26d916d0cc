//! Who could use a key, who could take it away, and who could rebuild it: from which step to which.
//!
//! Using and rebuilding are never mixed: whoever has the PIN of an HSM uses a key that he cannot
//! take away once it is locked, and custodians rebuild a key that they cannot use without its
//! backup. The table is what people read of [`model::Model`], which knows it for every point.

pub mod cast;
pub mod fact;
pub mod model;
pub mod reach;
mod rows;
pub mod set;

pub use crate::domain::access::rows::rows;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::access::model::Model;
use crate::domain::script::Script;

/// Version of the model, as records name it: what a later one finds otherwise proves nothing against
/// an earlier record.
pub const MODEL: u32 = 1;

/// One row of the table.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Access {
    /// Label of the key.
    pub key: String,
    /// What somebody could do.
    pub can: Can,
    /// Whether it takes more than one person.
    pub takes: Takes,
    /// Who, in words.
    pub who: String,
    /// Who, by id.
    #[serde(flatten)]
    pub ids: Ids,
    /// The epoch of the shares, where they are of an earlier ceremony or replace them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// From which step on; from an earlier ceremony if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// The step that ends it; nothing ends it in this ceremony if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u32>,
}

/// Who, by id: everybody of `all`, with any so many of `of`, each of which is one share.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ids {
    /// All of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// How many of `of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<u32>,
    /// For each share whoever had it in hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Vec<String>>,
    /// What is no person and needed besides, as `backup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

/// What somebody could do with a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Can {
    /// Use it where it is.
    Use,
    /// Take it away.
    TakeAway,
    /// Rebuild it.
    Rebuild,
}

/// How many it takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Takes {
    /// Nobody can.
    Nobody,
    /// One person alone is enough.
    Alone,
    /// Two people or more.
    Together,
    /// Whoever is allowed elsewhere; the script cannot know how many that takes.
    Elsewhere,
}

impl Can {
    /// After `could`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Use => "use it",
            Self::TakeAway => "take it away",
            Self::Rebuild => "rebuild it",
        }
    }
}

impl Takes {
    /// In one word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Alone => "alone",
            Self::Together => "together",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl Access {
    /// When, for people.
    pub fn when(&self) -> String {
        match (self.from, self.until) {
            (None, None) => "before, and after".to_owned(),
            (None, Some(until)) => format!("before, to step {until}"),
            (Some(from), None) => format!("from step {from} on"),
            (Some(from), Some(until)) if from == until => format!("in step {from}"),
            (Some(from), Some(until)) => format!("steps {from} to {until}"),
        }
    }
}

/// The table of a script, key by key.
pub fn access(script: &Script) -> Vec<Access> {
    rows(script, &Model::of(script))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse::parse;

    const HSM: &[u8] = include_bytes!("../../tests/data/scripts/waived/hsm.yaml");
    const GIVEN: &[u8] = include_bytes!("../../tests/data/scripts/waived/given.yaml");
    const EXTERNAL: &[u8] = include_bytes!("../../tests/data/scripts/waived/external.yaml");

    const DEPUTY: &[u8] = include_bytes!("../../ceremonies/custody-deputy/script.yaml");
    const SOFTWARE: &[u8] = include_bytes!("../../ceremonies/aws-kms-aes256/script.yaml");
    const DRILL: &[u8] = include_bytes!("../../ceremonies/possession-drill/script.yaml");
    const LIST: &[u8] = include_bytes!("../../ceremonies/google-tenants/script.yaml");
    const RESHARE: &[u8] = include_bytes!("../../tests/data/scripts/waived/reshare.yaml");

    fn rows(script: &[u8], change: &[(&str, &str)]) -> Vec<String> {
        let mut text = String::from_utf8(script.to_vec()).unwrap();
        for (from, to) in change {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        access(&parse(text.as_bytes()).unwrap())
            .iter()
            .map(|row| format!("{}, {}: {}", row.can.words(), row.when(), row.who))
            .collect()
    }

    #[test]
    fn a_key_in_an_hsm_can_be_taken_away_until_it_is_locked_and_rebuilt_with_its_backup() {
        let rest = [
            "rebuild it, from step 5 on: any 2 of Ben Osei, Cho Park and Dee Marsh, with the backup",
            "use it, from step 9 on: whoever may import and use it at aws-kms",
        ];
        let room = "watched by Eli Stern and 1 other";
        let pin = "Ana Ruiz and Fay Lind together, each with half of the PIN";
        assert_eq!(
            rows(HSM, &[]),
            [
                &format!(
                    "use it, steps 4 to 12: Ana Ruiz at the machine with the HSM open, {room}"
                ),
                &format!("take it away, steps 4 to 12: Ana Ruiz at the machine, {room}"),
                rest[0],
                rest[1],
                &format!("use it, from step 12 on: {pin}"),
                &format!("take it away, from step 12 on: {pin}"),
            ]
        );
        let lock = [("  - exception", "  - lock: payments\n  - exception")];
        let all = "watched by Eli Stern and 4 others";
        assert_eq!(
            rows(HSM, &lock),
            [
                &format!(
                    "use it, steps 4 to 13: Ana Ruiz at the machine with the HSM open, {room}"
                ),
                &format!("take it away, steps 4 to 10: Ana Ruiz at the machine, {all}"),
                rest[0],
                rest[1],
                &format!("use it, from step 13 on: {pin}"),
            ]
        );
    }

    #[test]
    fn whoever_has_the_pin_has_the_key_where_it_is_not_split() {
        let whole = rows(HSM, &[(", pin: [ana, fay]", "")]);
        assert!(
            whole.contains(&"use it, from step 12 on: whoever has the HSM and its PIN".to_owned()),
            "{whole:?}"
        );
    }

    #[test]
    fn only_of_a_key_that_nothing_takes_out_it_is_said_that_it_never_leaves() {
        let says = |script, change: &[(&str, &str)]| {
            rows(script, change)
                .iter()
                .any(|row| row.contains("never leaves"))
        };
        assert!(says(EXTERNAL, &[]));
        assert!(!says(HSM, &[]));
        assert!(!says(GIVEN, &[]));
        // Brought back into an HSM from shares that are still there.
        assert!(!says(
            GIVEN,
            &[
                ("core: software", "core: pkcs11"),
                ("  - wrap: {key: payments, for: aws}\n", "")
            ]
        ));
    }

    #[test]
    fn replaced_shares_rebuild_as_long_as_nobody_can_say_otherwise() {
        assert_eq!(
            rows(RESHARE, &[]),
            [
                "rebuild it, before, and after: Ben Osei and Dee Marsh together (epoch 1)",
                "rebuild it, before, and after: any 2 of Ben Osei, Cho Park and Dee Marsh (epoch 2)",
                "rebuild it, from step 4 on: any 2 of Ben Osei, Cho Park and Gil Sato (epoch 3)",
                "take it away, in step 4: Ana Ruiz at the machine, watched by Eli Stern and 3 others",
            ]
        );
    }

    #[test]
    fn shares_of_an_earlier_ceremony_rebuild_before_and_after() {
        assert_eq!(
            rows(GIVEN, &[])[0],
            "rebuild it, before, and after: any 2 of Ben Osei, Cho Park and Dee Marsh, with the backup"
        );
    }

    #[test]
    fn whoever_was_handed_a_share_stands_beside_its_custodian() {
        assert_eq!(
            rows(DEPUTY, &[]),
            [
                "rebuild it, before, and after: any 2 of Ben Osei, Cho Park (from step 4 on Hal Quist) and Dee Marsh"
            ]
        );
    }

    #[test]
    fn a_machine_that_stands_open_is_told_from_when_to_when_and_who_watches() {
        let plain = |change: &[(&str, &str)]| rows(SOFTWARE, change);
        assert_eq!(
            plain(&[])[..2],
            [
                "use it, steps 4 to 10: Ana Ruiz at the machine, watched by Eli Stern and 4 others",
                "take it away, steps 4 to 10: Ana Ruiz at the machine, watched by Eli Stern and 4 others",
            ]
        );
        // A new row begins where somebody comes to be alone with it.
        let out = (
            "  - compare",
            "  - sign-out: [ben, cho, dee, eli, fay]\n  - sign-in: [cho, eli, fay]\n  - compare",
        );
        let uses: Vec<String> = plain(&[out])
            .into_iter()
            .filter(|row| row.starts_with("use it, ") && row.contains("machine"))
            .collect();
        assert_eq!(
            uses,
            [
                "use it, steps 4 to 6: Ana Ruiz at the machine, watched by Eli Stern and 4 others",
                "use it, in step 7: Ana Ruiz alone at the machine",
                "use it, steps 8 to 12: Ana Ruiz at the machine, watched by Eli Stern and 2 others",
            ]
        );
    }

    #[test]
    fn shares_opened_one_after_the_other_at_one_machine_are_as_good_as_the_key() {
        assert_eq!(
            rows(DRILL, &[])[1],
            "take it away, in step 3: Ana Ruiz at the machine, watched by Eli Stern"
        );
        // One share is no key.
        assert_eq!(
            rows(DRILL, &[("with: [ben, cho, dee]", "with: [ben]")]).len(),
            1
        );
    }

    #[test]
    fn keys_of_a_list_are_in_the_table_too() {
        assert_eq!(
            rows(LIST, &[]),
            [
                "take it away, in step 6: Ana Ruiz at the machine, watched by Eli Stern and 4 others",
                "use it, from step 6 on: whoever may import and use it at google-kms",
            ]
        );
    }
}
