//! Who answers for which finding, and until when.

use jiff::civil::Date;

use crate::domain::finding::Finding;
use crate::domain::finding::OLD_SHARE;
use crate::domain::finding::RULES;
use crate::domain::finding::TOKEN_LIES;
use crate::domain::finding::WAIVER;
use crate::domain::finding::Waived;
use crate::domain::finding::rule;
use crate::domain::script::Core;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::text::list;
use crate::domain::text::nearest;

/// Marks the findings that the script waives, and adds findings about the waivers themselves.
pub fn waive(script: &Script, today: Date, findings: &mut Vec<Finding>) {
    let mut about_waivers = Vec::new();
    for waiver in &script.waivers {
        let refuse = |message: String| Finding::new(&WAIVER, waiver.rule.place, message);
        let Some(rule) = rule(waiver.rule.as_str()) else {
            let ids = RULES.iter().map(|rule| rule.id);
            let hint = nearest(waiver.rule.as_str(), ids).map_or_else(
                || "`keyrite check --rules` lists the rules".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            about_waivers.push(refuse(format!("there is no rule `{}`", waiver.rule)).hint(hint));
            continue;
        };
        if !rule.waivable {
            about_waivers.push(
                refuse(format!("the rule `{}` cannot be waived", rule.id))
                    .hint("mend the script instead"),
            );
            continue;
        }
        let mut never = script.policy.never_waived.iter();
        if never.any(|it| it.as_str() == rule.id) {
            about_waivers.push(
                refuse(format!(
                    "by the policy the rule `{}` is never waived",
                    rule.id
                ))
                .hint("mend the script, or let the policy be changed"),
            );
            continue;
        }
        if waiver.until.value.0 < today {
            about_waivers.push(
                refuse(format!(
                    "the waiver of `{}` ran out on {}",
                    rule.id, waiver.until.value.0
                ))
                .hint("mend the script, or decide again and write a new date"),
            );
            continue;
        }
        if !may_waive(script, waiver.owner.as_str()) {
            let roles: Vec<&str> = script
                .policy
                .waivers_by
                .iter()
                .map(|it| it.name())
                .collect();
            about_waivers.push(
                refuse(format!(
                    "{} may not answer for a waiver of `{}`",
                    waiver.owner, rule.id
                ))
                .hint(format!("the policy leaves that to: {}", list(&roles))),
            );
            continue;
        }
        if let (true, Some(step)) = (rule.id == TOKEN_LIES.id, &waiver.step) {
            about_waivers.push(
                refuse(format!(
                    "a token that is believed at step {} is believed everywhere",
                    step.value
                ))
                .hint("leave `step` out, and answer for the whole ceremony"),
            );
            continue;
        }
        // Whether a token lies shows only when it is used, and old shares beside a register.
        let mut used = rule.id == OLD_SHARE.id
            || rule.id == TOKEN_LIES.id && script.token.core.value == Core::Pkcs11;
        for finding in findings.iter_mut().filter(|finding| {
            finding.rule.id == rule.id
                && (waiver.step.is_none()
                    || finding.step == waiver.step.as_ref().map(|at| at.value))
        }) {
            used = true;
            finding.waived = Some(Waived {
                reason: waiver.reason.to_string(),
                owner: waiver.owner.to_string(),
                until: waiver.until.value.0.to_string(),
            });
        }
        if !used {
            about_waivers.push(
                refuse(format!(
                    "nothing breaks the rule `{}` here; the waiver waives nothing",
                    rule.id
                ))
                .hint("remove it"),
            );
        }
    }
    findings.extend(about_waivers);
}

/// Whether the policy lets somebody answer for a waiver.
fn may_waive(script: &Script, owner: &str) -> bool {
    let roles = &script.policy.waivers_by;
    let holds = |role: &Role| {
        let holders = script.roles.holders(*role).iter();
        let mut names = holders.map(|id| (id.as_str(), script.name_of(id.as_str())));
        names.any(|(id, name)| id == owner || name == owner)
    };
    roles.is_empty() || roles.iter().any(holds)
}
