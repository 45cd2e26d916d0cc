//! Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the changed line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use serde_json::json;

use crate::domain::finding::Finding;
use crate::domain::finding::RULES;
use crate::domain::finding::Rule;
use crate::domain::finding::Severity;
use crate::domain::record::Digest;
use crate::ui::report::Report;

/// Findings as one log with one run.
pub fn sarif(reports: &[Report]) -> Value {
    let rules: Vec<Value> = RULES.iter().map(|rule| described(rule)).collect();
    let mut results = Vec::new();
    for report in reports {
        let mut seen = BTreeMap::new();
        for finding in &report.findings {
            let nth: &mut u32 = seen.entry((finding.rule.id, &finding.message)).or_default();
            *nth += 1;
            results.push(result(report, finding, *nth));
        }
    }
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "keyrite", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.demands},
        "help": {"text": format!("Source: {}", rule.source)},
        "defaultConfiguration": {"level": level(rule)},
        "properties": {"tags": [rule.group.title()], "waivable": rule.waivable},
    })
}

fn result(report: &Report, finding: &Finding, nth: u32) -> Value {
    let hint = finding
        .hint
        .as_ref()
        .map_or(String::new(), |hint| format!(". {hint}"));
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": RULES.iter().position(|rule| rule.id == finding.rule.id),
        "level": if finding.waived.is_some() { "note" } else { level(finding.rule) },
        "message": {"text": format!("{}{hint}", finding.message)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&report.path)},
            "region": {"startLine": finding.place.line, "startColumn": finding.place.column},
        }}],
        "partialFingerprints": {"keyriteFinding/v1": fingerprint(finding, nth)},
    });
    if let (Some(waived), Some(map)) = (&finding.waived, result.as_object_mut()) {
        let why = format!("{} until {}: {}", waived.owner, waived.until, waived.reason);
        map.insert(
            "suppressions".to_owned(),
            json!([{"kind": "inSource", "justification": why}]),
        );
    }
    result
}

const fn level(rule: &Rule) -> &'static str {
    match rule.severity() {
        Severity::Error => "error",
        Severity::Waivable => "warning",
    }
}

/// What tells a finding from the others of its file, and stays when lines move.
fn fingerprint(finding: &Finding, nth: u32) -> String {
    let text = format!("{}\n{}\n{nth}", finding.rule.id, finding.message);
    Digest::of(text.as_bytes()).to_string()
}

/// A path as a URI reference (RFC 3986): code hosts compare it with the path in the repository.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
