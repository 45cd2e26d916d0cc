//! The rules that a script is held to: those of the day of its record.

use crate::domain::finding::FIRST_RULE_SET;
use crate::domain::finding::Finding;
use crate::domain::finding::RULE_SET;
use crate::domain::finding::RULES;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::room;
use crate::domain::room::Held;
use crate::domain::script::Script;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::tally::Tally;

/// Rules of who may do what together with whom.
const DUTIES: [&str; 10] = [
    "separation",
    "same-manager",
    "same-site",
    "alone",
    "signers",
    "attendance",
    "custodian-apart",
    "approver-apart",
    "witness-executes",
    "importer-apart",
];

/// The rules that the script is held to, as of the day on which the ceremony began.
pub(super) fn check(script: &Script, open: &Open, began: Moment, tally: &mut Tally) {
    let today = match open.mode {
        // A rehearsal has a clock of its own; by it no date is past.
        Mode::Rehearsal => jiff::civil::Date::MIN,
        Mode::Practice | Mode::Production => {
            let utc = jiff::tz::TimeZone::UTC;
            began.timestamp().to_zoned(utc).date()
        }
    };
    let set = open.rule_set();
    is_known(set, tally);
    let Held { findings, newer } = room::held(script, today, set);
    let (waived, standing): (Vec<Finding>, Vec<Finding>) = findings
        .into_iter()
        .partition(|finding| finding.waived.is_some());
    let check_of = |finding: &Finding| match finding.rule.id {
        "waiver" => Check::Waivers,
        id if DUTIES.contains(&id) => Check::Separation,
        _ => Check::Rules,
    };
    for finding in &standing {
        let what = format!(
            "line {} of script.yaml breaks the rule `{}`, and nobody answers for it: {}",
            finding.place.line, finding.rule.id, finding.message
        );
        tally
            .about(check_of(finding))
            .wrong_hint(None, what, finding.hint.clone());
    }
    for finding in &waived {
        if let Some(waived) = &finding.waived {
            tally.note(format!(
                "waived until {} by {}: {} (rule `{}`, line {} of script.yaml); the reason: {}",
                waived.until,
                waived.owner,
                finding.message,
                finding.rule.id,
                finding.place.line,
                waived.reason
            ));
        }
    }
    for finding in &newer {
        tally.note(format!(
            "by a newer rule than it was held to (`{}`, of set {}) this script would be refused today: {} (line {} of script.yaml)",
            finding.rule.id, finding.rule.since, finding.message, finding.place.line
        ));
    }
    tally.about(Check::Rules).hold(format!(
        "the script breaks no rule that nobody answers for ({})",
        held_to(set)
    ));
    let of_duties = |finding: &&Finding| check_of(finding) == Check::Separation;
    tally.about(Check::Separation);
    match waived.iter().filter(of_duties).count() {
        0 => tally.hold(
            "duties are separate: administrator, custodians, witness and approver are different people, and nobody was alone with a key",
        ),
        count => tally.stands(
            Standing::Asserted,
            format!("duties are not all separate: somebody answers for {count} of the rules"),
        ),
    }
    tally.about(Check::Waivers);
    match (waived.len(), open.mode) {
        (0, _) => tally.hold("no rule was waived"),
        (count, Mode::Rehearsal) => {
            tally.hold(format!("{count} findings are waived, with reason and owner"));
        }
        (count, Mode::Practice | Mode::Production) => tally.hold(format!(
            "{count} findings are waived, with reason and owner; none of the waivers had run out on {today}"
        )),
    }
}

/// A set that this program does not have cannot be applied.
fn is_known(set: u32, tally: &mut Tally) {
    tally.about(Check::Rules);
    if set > RULE_SET {
        tally.wrong_hint(
            Some(1),
            format!(
                "the record was held to rule set {set}; this program knows those up to {RULE_SET}"
            ),
            Some("verify it with the version of keyrite that made it, or a newer one".to_owned()),
        );
    } else if set < FIRST_RULE_SET {
        tally.wrong_hint(
            Some(1),
            format!("the record was held to rule set {set}, which there never was"),
            Some("no keyrite wrote this: ask who made the record, and with what".to_owned()),
        );
    }
}

/// Which rules were applied, in words.
fn held_to(set: u32) -> String {
    if RULES.iter().any(|rule| rule.since > set) {
        format!("rule set {set} of {RULE_SET}; newer rules were not applied")
    } else {
        format!("rule set {set}")
    }
}
