//! The script of the ceremony that records what a log tells.

use std::fmt::Write as _;

use crate::domain::record::LogFindings;
use crate::domain::text::plain;
use crate::register::Register;
use crate::register::due::day;
use crate::register::error::RegisterError;
use crate::register::leaving::Staff;
use crate::register::leaving::head;
use crate::register::leaving::people;
use crate::register::leaving::quoted;
use crate::register::leaving::tail;

/// Name of the file with the findings.
pub const FINDINGS: &str = "findings.json";

/// A script that records the findings; what explains each is left to people.
///
/// # Errors
///
/// When no record names people enough to hold the ceremony.
pub fn script(register: &Register, findings: &LogFindings) -> Result<String, RegisterError> {
    let staff = Staff::of(register, "")?;
    let provider = &findings.provider;
    let until = findings
        .to
        .map_or_else(String::new, |to| format!("-{}", day(to)));
    let mut text = head(
        register,
        "reconcile",
        &format!("log-of-{provider}{until}"),
        &format!("Record what the log of {provider} tells"),
    );
    people(register, &staff, &[], &mut text);
    let (by, seen_by) = (staff.administrator, staff.witness);
    let _ = writeln!(
        text,
        "  - reconcile: {{provider: {provider}, findings: {FINDINGS}, by: {by}, seen-by: {seen_by}}}"
    );
    if !findings.findings.is_empty() {
        text += "  # What is explained, is settled; what is not, comes due. One step for each:\n";
    }
    // A comment ends with its line, whatever a log has in it.
    for finding in &findings.findings {
        let _ = write!(
            text,
            "  # {}\n  # - explain: {{finding: {}, because: WHY, by: {by}, seen-by: {seen_by}}}\n",
            plain(&finding.what),
            quoted(&finding.id)
        );
    }
    tail(&staff, &mut text);
    Ok(text)
}
