//! What is different between two scripts, or between a script and what was done, in words for
//! somebody who reads nothing else.
//!
//! Every field is compared as it stands in the file, so that nothing is left out because nobody
//! thought of it; what follows from a change, above all who gains access, is told first.

mod access;
mod fields;
mod happened;
mod rules;
mod steps;
mod tree;

pub use crate::domain::diff::happened::happened;
pub use crate::domain::diff::rules::rules;

use serde::Serialize;
use serde_json::Value;

use crate::domain::script::Script;

/// A script: as it was read, and field by field.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// As it was read.
    pub script: &'a Script,
    /// Field by field, as [`crate::domain::parse::tree`] gives it.
    pub tree: &'a Value,
}

/// What a change concerns. Their order is that in which a reviewer reads.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// What the ceremony is.
    Ceremony,
    /// Who can use or rebuild a key.
    Access,
    /// What cannot be undone.
    Irreversible,
    /// What is looked at, tested, approved and waived.
    Checks,
    /// Who takes part, and as what.
    People,
    /// Keys, and what they are wrapped under.
    Keys,
    /// The course of the ceremony.
    Steps,
    /// What was done otherwise than written.
    Done,
}

impl Consequence {
    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ceremony => "Ceremony",
            Self::Access => "Access",
            Self::Irreversible => "Irreversible",
            Self::Checks => "Checks",
            Self::People => "People",
            Self::Keys => "Keys",
            Self::Steps => "Steps",
            Self::Done => "What was done",
        }
    }
}

/// Which way something changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is otherwise.
    Changed,
}

/// One difference.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What it concerns.
    pub consequence: Consequence,
    /// Which way.
    pub way: Way,
    /// Whether a reviewer should look twice: access, loss, or less that is checked.
    pub careful: bool,
    /// What, as a sentence.
    pub text: String,
    /// More: what it was, and what it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Change {
    fn new(consequence: Consequence, way: Way, text: impl Into<String>) -> Self {
        Self {
            consequence,
            way,
            careful: false,
            text: text.into(),
            details: Vec::new(),
        }
    }

    fn careful(mut self, careful: bool) -> Self {
        self.careful = careful;
        self
    }

    fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

/// Every difference between two scripts; none if they say the same.
pub fn scripts(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let course = steps::Course::of(old.tree, new.tree);
    let mut changes = fields::changes(old, new);
    changes.extend(access::changes(old.script, new.script, &course));
    changes.extend(steps::changes(old, new, &course));
    changes.sort_by_key(|change| change.consequence);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse::parse;
    use crate::domain::parse::tree;

    const SCRIPT: &str = include_str!("../../tests/data/scripts/waived/production.yaml");

    fn between(old: &str, new: &str) -> Vec<Change> {
        let (a, b) = (
            parse(old.as_bytes()).unwrap(),
            parse(new.as_bytes()).unwrap(),
        );
        let (old, new) = (tree(old.as_bytes()).unwrap(), tree(new.as_bytes()).unwrap());
        let side = |script, tree| Side { script, tree };
        scripts(side(&a, &old), side(&b, &new))
    }

    fn changed(pairs: &[(&str, &str)]) -> Vec<Change> {
        let mut text = SCRIPT.to_owned();
        for (from, to) in pairs {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        between(SCRIPT, &text)
    }

    fn told(changes: &[Change]) -> Vec<String> {
        let told = |change: &Change| {
            let look = if change.careful { "! " } else { "" };
            format!("{look}{}: {}", change.consequence.title(), change.text)
        };
        changes.iter().map(told).collect()
    }

    #[test]
    fn a_script_is_the_same_as_itself_and_as_itself_with_other_comments() {
        assert_eq!(changed(&[]), []);
        assert_eq!(
            changed(&[("# A production", "# Some other production")]),
            []
        );
        assert_eq!(changed(&[("{core: software}", "{core:   'software'}")]), []);
    }

    #[test]
    fn whatever_line_is_taken_out_shows_if_it_is_still_a_script() {
        let lines: Vec<&str> = SCRIPT.lines().collect();
        let mut tried = 0;
        for gone in 0..lines.len() {
            let line = lines[gone].trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let rest: Vec<&str> = lines[..gone]
                .iter()
                .chain(&lines[gone + 1..])
                .copied()
                .collect();
            let rest = rest.join("\n");
            if parse(rest.as_bytes()).is_ok() {
                tried += 1;
                assert_ne!(between(SCRIPT, &rest), [], "{line}");
                assert_ne!(between(&rest, SCRIPT), [], "{line}");
            }
        }
        assert!(tried > 20, "{tried}");
    }

    #[test]
    fn a_new_custodian_gains_access_and_one_who_leaves_loses_it() {
        let changes = changed(&[
            (
                "  custodians: [ben, cho, dee]",
                "  custodians: [ben, cho, fay]",
            ),
            ("  approver: [fay]", "  approver: [dee]"),
        ]);
        let told = told(&changes);
        for line in [
            "! Access: Fay Lind gets a share of key payments",
            "Access: Dee Marsh gets no share of key payments any more",
            "People: Fay Lind is a custodian",
            "! People: Fay Lind is no approver any more",
        ] {
            assert!(told.iter().any(|it| it == line), "{line}: {told:#?}");
        }
    }

    #[test]
    fn a_lower_threshold_is_told_with_what_it_was() {
        let changes = changed(&[("threshold: 2", "threshold: 3")]);
        let change = changes
            .iter()
            .find(|change| change.text == "3 of 3 shares rebuild key payments, not 2 of 3 any more")
            .unwrap_or_else(|| panic!("{changes:#?}"));
        assert_eq!(change.consequence, Consequence::Access);
        assert!(!change.careful);
    }

    #[test]
    fn a_check_that_is_gone_is_to_be_looked_at_and_one_that_is_new_is_not() {
        let without = [("  - restore-test: {key: payments, with: [ben, dee]}\n", "")];
        let changes = changed(&without);
        assert_eq!(changes.len(), 1, "{changes:#?}");
        assert!(changes[0].careful);
        assert_eq!(changes[0].consequence, Consequence::Checks);
        assert_eq!(changes[0].way, Way::Removed);
        let less = SCRIPT.replace(without[0].0, "");
        let changes = between(&less, SCRIPT);
        assert_eq!(changes.len(), 1, "{changes:#?}");
        assert!(!changes[0].careful);
    }

    #[test]
    fn a_destruction_that_is_new_cannot_be_undone() {
        let less = SCRIPT.replace("  - destroy: {key: payments, where: token}\n", "");
        let changes = between(&less, SCRIPT);
        let told = told(&changes);
        assert!(
            told.iter().any(|line| line.starts_with("! Irreversible: ")),
            "{told:#?}"
        );
    }

    #[test]
    fn a_step_that_only_moves_is_told_as_moved() {
        let step = "  - restore-test: {key: payments, with: [ben, dee]}\n";
        let moved = SCRIPT
            .replace(step, "")
            .replace("  - exception", &format!("{step}  - exception"));
        let changes = between(SCRIPT, &moved);
        let told: Vec<&Change> = changes
            .iter()
            .filter(|change| change.text.contains("moves from step 6 to step 10"))
            .collect();
        assert_eq!(told.len(), 1, "{changes:#?}");
        assert!(told[0].careful);
    }

    #[test]
    fn a_swapped_recipient_is_a_matter_of_access() {
        let changes = changed(&[(
            "age10dh0ucasfpp82xhx64sycpmk4ja90yx97vc8ly9lpd0uxs9xx3wqee7jvy",
            "age17m4j7dhptx323zy7xx02andszgny6tdw6eafxeg0kwx0yxcp9pdqzef0ng",
        )]);
        assert_eq!(changes.len(), 1, "{changes:#?}");
        assert_eq!(changes[0].consequence, Consequence::Access);
        assert!(changes[0].careful);
    }

    #[test]
    fn a_waiver_that_is_new_is_told_with_who_answers_for_it() {
        let waiver = "\nwaivers:\n  - {rule: alone, reason: one of us is ill, owner: Fay Lind, until: 2099-12-31}\n\nsteps:\n";
        let changes = changed(&[("\nsteps:\n", waiver)]);
        assert_eq!(
            told(&changes),
            ["! Checks: the rule `alone` is waived until 2099-12-31 by Fay Lind: one of us is ill"]
        );
    }

    #[test]
    fn a_step_more_in_front_moves_no_access() {
        let changes = changed(&[("  - environment:", "  - break: {for: 5m}\n  - environment:")]);
        assert_eq!(changes.len(), 1, "{changes:#?}");
        assert_eq!(changes[0].consequence, Consequence::Steps);
    }
}
