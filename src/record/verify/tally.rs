//! What was found so far.

use crate::domain::text::plain;
use crate::record::verify::Problem;

/// What holds, what does not, and what is worth knowing.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) holds: Vec<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<String>,
}

impl Tally {
    pub(super) fn hold(&mut self, what: impl Into<String>) {
        self.holds.push(what.into());
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
            place,
            what: plain(what.as_ref()).into_owned(),
            hint,
        });
    }

    /// How many problems there are: for asking later whether any was added.
    pub(super) fn mark(&self) -> usize {
        self.problems.len()
    }

    /// Says that something holds, if no problem was added since `mark`.
    pub(super) fn hold_since(&mut self, mark: usize, what: impl Into<String>) {
        if self.problems.len() == mark {
            self.hold(what);
        }
    }
}
