//! What a record is held to: the rules of its day. A rule that came later makes no old record wrong.

use jiff::civil::Date;

use crate::domain::finding::FIRST_RULE_SET;
use crate::domain::finding::Finding;
use crate::domain::finding::RULE_SET;
use crate::domain::room::waive;
use crate::domain::room::walk;
use crate::domain::script::Script;

/// What a walk found, by the rules of the day and by those that came later.
#[derive(Debug)]
pub struct Held {
    /// By the rules of the day; waivers are applied.
    pub findings: Vec<Finding>,
    /// By later rules, that nobody could know or waive.
    pub newer: Vec<Finding>,
}

/// Walks a script as it was walked when `set` was the newest rule set. By a set that there never was,
/// everything counts.
pub fn held(script: &Script, today: Date, set: u32) -> Held {
    let set = if (FIRST_RULE_SET..=RULE_SET).contains(&set) {
        set
    } else {
        RULE_SET
    };
    let (mut findings, newer) = walk(script, today)
        .into_iter()
        .partition(|finding| finding.rule.since <= set);
    waive(script, today, &mut findings);
    Held { findings, newer }
}
