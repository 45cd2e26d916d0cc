//! The sentences of the steps about a provider's log.

use crate::domain::script::Explain;
use crate::domain::script::Reconcile;
use crate::domain::script::Script;

pub(super) fn reconcile(script: &Script, step: &Reconcile) -> String {
    format!(
        "Read what the log of {} tells and the records do not; {} held the two against each other, seen by {}.",
        step.provider.value,
        script.name_of(step.by.as_str()),
        script.name_of(step.seen_by.as_str())
    )
}

pub(super) fn explain(script: &Script, step: &Explain) -> String {
    format!(
        "{} says what is behind finding {}, and {} answers for it, too: {}.",
        script.name_of(step.by.as_str()),
        step.finding.value,
        script.name_of(step.seen_by.as_str()),
        step.because
    )
}
