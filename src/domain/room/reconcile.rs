//! Steps about a provider's log: nobody finds, explains and watches alone.

use crate::domain::finding::Finding;
use crate::domain::finding::SHAPE;
use crate::domain::room::Room;
use crate::domain::script::Explain;
use crate::domain::script::Reconcile;
use crate::domain::script::Step;

/// Whether a step is about a provider's log.
pub(super) const fn is_about_a_log(step: &Step) -> bool {
    matches!(step, Step::Reconcile(_) | Step::Explain(_))
}

impl<'a> Room<'a> {
    pub(super) fn reconcile(&mut self, step: &'a Reconcile) {
        self.acts(&step.by);
        self.acts(&step.seen_by);
        self.watches_another(&step.seen_by, &step.by);
    }

    pub(super) fn explain(&mut self, step: &'a Explain) {
        self.acts(&step.by);
        self.acts(&step.seen_by);
        self.watches_another(&step.seen_by, &step.by);
        let id = step.finding.as_str();
        let digits = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if id.len() != ID_DIGITS || !id.chars().all(digits) {
            self.add(
                Finding::new(&SHAPE, step.finding.place, format!("{id} is no finding"))
                    .hint("a finding has 16 hexadecimal digits: `keyrite reconcile` and `keyrite register due` print them"),
            );
        }
    }
}

const ID_DIGITS: usize = 16;
