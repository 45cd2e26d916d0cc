//! A provider's answer, in a sentence.

use crate::domain::script::Confirm;
use crate::domain::script::Script;

pub(super) fn confirm(script: &Script, step: &Confirm) -> String {
    format!(
        "Hold what the provider of {} answered of key {} against the record of the ceremony that wrapped it; {} fetched it, seen by {}.",
        step.r#for.value,
        step.key.value,
        script.name_of(step.by.as_str()),
        script.name_of(step.seen_by.as_str())
    )
}
