//! Rules that one script breaks and the other does not.

use std::collections::BTreeSet;

use crate::domain::diff::Change;
use crate::domain::diff::Consequence;
use crate::domain::diff::Way;
use crate::domain::finding::Finding;

/// What stands against the new script and not against the old one, and the other way round.
pub fn rules(old: &[Finding], new: &[Finding]) -> Vec<Change> {
    let standing = |findings: &[Finding]| -> BTreeSet<(&'static str, String)> {
        findings
            .iter()
            .filter(|finding| finding.waived.is_none())
            .map(|finding| (finding.rule.id, finding.message.clone()))
            .collect()
    };
    let (before, now) = (standing(old), standing(new));
    let told = |way: Way, begins: &str, (id, message): &(&'static str, String)| {
        Change::new(
            Consequence::Checks,
            way,
            format!("{begins} the rule `{id}`: {message}"),
        )
        .careful(way == Way::Added)
    };
    let breaks = now
        .difference(&before)
        .map(|one| told(Way::Added, "it breaks", one));
    let mends = before
        .difference(&now)
        .map(|one| told(Way::Removed, "it does not break any more", one));
    breaks.chain(mends).collect()
}
