//! The table of rules, for people and programs.

use serde_json::Value;
use serde_json::json;

use crate::domain::finding::FIRST_RULE_SET;
use crate::domain::finding::RULE_SET;
use crate::domain::finding::RULES;
use crate::domain::finding::Severity;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;
use crate::ui::text::words;

/// Columns of what stands under a rule.
const WIDTH: usize = 76;

/// Every rule under the heading of its group.
pub fn rules(out: Printer) {
    let mut group = None;
    for rule in RULES {
        if group.replace(rule.group) != Some(rule.group) {
            if rule.id != RULES.first().map_or("", |first| first.id) {
                out.line(Tone::Plain, "");
            }
            out.line(Tone::Title, rule.group.title());
        }
        let weighs = match rule.severity() {
            Severity::Error => "error, cannot be waived",
            Severity::Waivable => "can be waived",
        };
        out.line(Tone::Step, &format!("  {}", rule.id));
        for line in words(rule.demands, WIDTH) {
            out.line(Tone::Plain, &format!("    {line}"));
        }
        let since = match rule.since {
            FIRST_RULE_SET => String::new(),
            set => format!(" · since rule set {set}"),
        };
        for line in words(&format!("{weighs} · {}{since}", rule.source), WIDTH) {
            out.line(Tone::Quiet, &format!("    {line}"));
        }
    }
    out.line(Tone::Plain, "");
    for line in words(HOW_TO_WAIVE, WIDTH + 4) {
        out.line(Tone::Plain, &line);
    }
}

/// The same as one object.
pub fn rules_json() -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "group": rule.group.title(),
                "severity": rule.severity().name(),
                "waivable": rule.waivable,
                "demands": rule.demands,
                "source": rule.source,
                "since": rule.since,
            })
        })
        .collect();
    json!({ "rule-set": RULE_SET, "rules": rules })
}

const HOW_TO_WAIVE: &str = "A script that breaks a rule is refused. Somebody may answer for one that can be waived: `waivers: [{rule, step?, reason, owner, until}]` in the script; `policy: {waivers-by: [ROLE]}` says who.";
