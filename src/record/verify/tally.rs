//! What was found so far.

use std::collections::BTreeMap;

use crate::domain::text::plain;
use crate::record::verify::Problem;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;

/// What holds, what does not, and what is worth knowing.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// What is being checked.
    check: Check,
    pub(super) found: BTreeMap<Check, (Standing, String)>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<String>,
}

impl Tally {
    /// What follows is about this check.
    pub(super) fn about(&mut self, check: Check) -> &mut Self {
        self.check = check;
        self
    }

    /// How the check stands, unless something about it is wrong.
    pub(super) fn stands(&mut self, standing: Standing, says: impl AsRef<str>) {
        let says = plain(says.as_ref()).into_owned();
        self.found.insert(self.check, (standing, says));
    }

    /// It holds, unless something about it is wrong.
    pub(super) fn hold(&mut self, says: impl AsRef<str>) {
        self.stands(Standing::Holds, says);
    }

    pub(super) fn note(&mut self, what: impl AsRef<str>) {
        self.notes.push(plain(what.as_ref()).into_owned());
    }

    pub(super) fn wrong(&mut self, place: Option<u64>, what: impl AsRef<str>) {
        self.wrong_hint(place, what, None);
    }

    /// The text may quote what somebody wrote into the record; it is made harmless here.
    pub(super) fn wrong_hint(
        &mut self,
        place: Option<u64>,
        what: impl AsRef<str>,
        hint: Option<String>,
    ) {
        self.problems.push(Problem {
            check: self.check,
            place,
            what: plain(what.as_ref()).into_owned(),
            hint,
        });
    }

    /// Whether nothing about the check is wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        !self
            .problems
            .iter()
            .any(|problem| problem.check == self.check)
    }
}
