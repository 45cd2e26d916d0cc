//! Errors, findings and results in the forms that people and programs read.

mod rules;
mod sarif;

pub use crate::ui::report::rules::rules;
pub use crate::ui::report::rules::rules_json;
pub use crate::ui::report::sarif::sarif;

use serde_json::Value;
use serde_json::json;

use crate::domain::access::Access;
use crate::domain::finding::Finding;
use crate::domain::finding::RULES;
use crate::domain::text::plain;
use crate::engine::error::Stopped;
use crate::error::Diagnose;
use crate::ui::access;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;

/// A script and what was found in it.
pub struct Report {
    /// The path as given.
    pub path: String,
    /// Findings, waived ones included.
    pub findings: Vec<Finding>,
    /// Who could use, take away and rebuild its keys.
    pub access: Vec<Access>,
    /// Number of steps, if the script could be read.
    pub steps: Option<usize>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

impl Report {
    /// Findings that nobody waived.
    pub fn standing(&self) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.waived.is_none())
            .count()
    }
}

/// Says what happened and what to do.
pub fn error(printer: Printer, error: &dyn Diagnose) {
    printer.line(Tone::Trouble, &format!("error: {error}"));
    if let Some(hint) = error.hint() {
        printer.line(Tone::Plain, &format!("  hint: {hint}"));
    }
}

/// Says why a ceremony stopped, and where.
pub fn stopped(printer: Printer, stopped: &Stopped) {
    match stopped.step {
        Some((step, line)) => {
            printer.line(
                Tone::Trouble,
                &format!(
                    "error: step {step} (line {line} of the script): {}",
                    stopped.error
                ),
            );
        }
        None => printer.line(Tone::Trouble, &format!("error: {}", stopped.error)),
    }
    if let Some(hint) = stopped.hint() {
        printer.line(Tone::Plain, &format!("  hint: {hint}"));
    }
}

/// One finding, as compilers write them.
pub fn finding(printer: Printer, path: &str, finding: &Finding) {
    let place = format!("{path}:{}:{}", finding.place.line, finding.place.column);
    let step = finding
        .step
        .map_or(String::new(), |step| format!("step {step}: "));
    match &finding.waived {
        None => {
            let line = format!(
                "{place}: {}[{}]: {step}{}",
                finding.rule.severity().name(),
                finding.rule.id,
                finding.message
            );
            printer.line(Tone::Trouble, &line);
            if let Some(hint) = &finding.hint {
                printer.line(Tone::Plain, &format!("  hint: {hint}"));
            }
        }
        Some(waived) => {
            let line = format!(
                "{place}: waived[{}]: {step}{}",
                finding.rule.id, finding.message
            );
            printer.line(Tone::Quiet, &line);
            let why = format!(
                "  {} answers for it until {}: {}",
                waived.owner, waived.until, waived.reason
            );
            printer.line(Tone::Quiet, &why);
        }
    }
}

/// Findings for people; waivers first.
pub fn text(printer: Printer, report: &Report) {
    let (waived, standing): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.waived.is_some());
    for one in waived.iter().chain(&standing) {
        finding(printer, &report.path, one);
    }
    // Of a script that is refused it need not be true.
    if standing.is_empty() {
        access::print(printer, &report.access);
    }
    let count = standing.len();
    let waivers = match waived.len() {
        0 => String::new(),
        1 => ", 1 waived finding".to_owned(),
        n => format!(", {n} waived findings"),
    };
    match (report.steps, count) {
        (Some(steps), 0) => {
            printer.line(
                Tone::Good,
                &format!("{}: {steps} steps, no findings{waivers}", report.path),
            );
        }
        (None, 0) => printer.line(
            Tone::Good,
            &format!("{}: no findings{waivers}", report.path),
        ),
        (_, 1) => printer.line(
            Tone::Trouble,
            &format!("{}: 1 finding{waivers}", report.path),
        ),
        (_, n) => printer.line(
            Tone::Trouble,
            &format!("{}: {n} findings{waivers}", report.path),
        ),
    }
}

/// What a reader should know of scripts without findings: each note once, however many have it.
pub fn notes(printer: Printer, reports: &[Report]) {
    let mut told: Vec<&String> = Vec::new();
    for note in reports
        .iter()
        .filter(|report| report.standing() == 0)
        .flat_map(|report| &report.notes)
    {
        if told.contains(&note) {
            continue;
        }
        told.push(note);
        printer.line(Tone::Quiet, &format!("note: {note}"));
    }
}

/// Findings as JSON.
pub fn json(reports: &[Report]) -> Value {
    let scripts: Vec<Value> = reports
        .iter()
        .map(|report| {
            json!({
                "path": report.path,
                "steps": report.steps,
                "findings": report.findings.iter().map(finding_json).collect::<Vec<_>>(),
                "access": report.access,
                "notes": report.notes,
            })
        })
        .collect();
    json!({"scripts": scripts, "holds": reports.iter().all(|report| report.standing() == 0)})
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.id,
        "severity": finding.rule.severity().name(),
        "line": finding.place.line,
        "column": finding.place.column,
        "step": finding.step,
        "message": finding.message,
        "hint": finding.hint,
        "waived": finding.waived.as_ref().map(|waived| json!({
            "reason": waived.reason, "owner": waived.owner, "until": waived.until,
        })),
    })
}

/// Findings as JUnit XML: one suite a script, one case a rule.
pub fn junit(reports: &[Report]) -> String {
    let suites: Vec<String> = reports.iter().map(suite).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"keyrite check\">\n{}</testsuites>\n",
        suites.concat()
    )
}

fn suite(report: &Report) -> String {
    let path = escaped(&report.path);
    let failed = RULES
        .iter()
        .filter(|rule| standing(report, rule.id).next().is_some())
        .count();
    let cases: Vec<String> = RULES
        .iter()
        .map(|rule| {
            let name = escaped(rule.id);
            let failures: Vec<String> = standing(report, rule.id)
                .map(|finding| failure(&report.path, finding))
                .collect();
            if failures.is_empty() {
                format!("    <testcase classname=\"{path}\" name=\"{name}\"/>\n")
            } else {
                let failures = failures.concat();
                format!("    <testcase classname=\"{path}\" name=\"{name}\">\n{failures}    </testcase>\n")
            }
        })
        .collect();
    format!(
        "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{failed}\">\n{}  </testsuite>\n",
        RULES.len(),
        cases.concat()
    )
}

fn failure(path: &str, finding: &Finding) -> String {
    let place = format!("{path}:{}:{}", finding.place.line, finding.place.column);
    format!(
        "      <failure message=\"{}\">{}\n{}</failure>\n",
        escaped(&finding.message),
        escaped(&place),
        escaped(finding.hint.as_deref().unwrap_or_default())
    )
}

fn standing<'a>(report: &'a Report, rule: &'a str) -> impl Iterator<Item = &'a Finding> {
    report
        .findings
        .iter()
        .filter(move |finding| finding.rule.id == rule && finding.waived.is_none())
}

pub(super) fn escaped(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
