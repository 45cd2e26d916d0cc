//! What was looked at before the first step, and what is void after an early end.

use crate::domain::record::Open;
use crate::domain::record::Outcome;
use crate::domain::record::ReadinessResult;
use crate::domain::record::Sealed;
use crate::domain::text::list;
use crate::record::verify::steps::Walk;

/// Whether nothing failed.
pub(super) fn all_hold(open: &Open) -> bool {
    let mut looks = open.readiness.iter();
    looks.all(|look| look.result != ReadinessResult::Fails)
}

impl Walk<'_, '_> {
    /// What is void is of this ceremony, and of one that was ended early.
    pub(super) fn ended_early(&mut self, sealed: &Sealed) {
        let sets = sealed.void_sets.iter();
        let strange_set = sets.clone().find(|set| {
            !self
                .sets
                .values()
                .flatten()
                .any(|known| *known == set.as_str())
        });
        let files = sealed.void_artifacts.iter();
        let strange_file = files.clone().find(|path| {
            !self
                .files
                .values()
                .flatten()
                .any(|known| *known == path.as_str())
        });
        if let Some(strange) = strange_set.or(strange_file) {
            self.wrong(format!(
                "the seal calls {strange} void, of which no entry tells"
            ));
        }
        let void: Vec<&str> = sets.chain(files).map(String::as_str).collect();
        if void.is_empty() {
            return;
        }
        if sealed.outcome == Outcome::Complete {
            self.wrong("the seal calls something void, of a ceremony that is complete");
        }
        self.tally.note(format!(
            "void since the ceremony was ended: {}",
            list(&void)
        ));
    }
}
