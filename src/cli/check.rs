//! `keyrite check`

use std::path::Path;

use crate::cli::arguments::CheckArgs;
use crate::cli::arguments::CheckFormat;
use crate::cli::fail;
use crate::domain::finding::RULES;
use crate::domain::script::Core;
use crate::domain::token_profile::TokenProfile;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::lint;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::report::Report;
use crate::ui::text::Tone;

pub(super) fn check(arguments: &CheckArgs, style: Style) -> Exit {
    let out = Printer::results(style);
    if arguments.rules {
        rules(out);
        return Exit::Done;
    }
    let today = arguments.as_of.unwrap_or_else(today);
    let token = match arguments.token_profile.as_deref().map(profile).transpose() {
        Ok(token) => token,
        Err(error) => return fail(&error, style),
    };
    let mut reports = Vec::new();
    let mut unreadable = None;
    for path in &arguments.scripts {
        match read(path, today, token.as_ref()) {
            Ok(report) => reports.push(report),
            Err(error) => {
                report::error(Printer::talk(style), &error);
                unreadable = Some(error.exit());
            }
        }
    }
    match arguments.format {
        CheckFormat::Text => reports.iter().for_each(|report| report::text(out, report)),
        CheckFormat::Json => out.raw(&format!("{:#}\n", report::json(&reports))),
        CheckFormat::Sarif => out.raw(&format!("{:#}\n", report::sarif(&reports))),
        CheckFormat::Junit => out.raw(&report::junit(&reports)),
    }
    let refused = reports.iter().any(|report| report.standing() > 0);
    unreadable.unwrap_or(if refused { Exit::Script } else { Exit::Done })
}

fn read(
    path: &Path,
    today: jiff::civil::Date,
    token: Option<&TokenProfile>,
) -> Result<Report, EngineError> {
    let bytes = files::read_script(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let path = path.to_string_lossy().into_owned();
    Ok(match lint::check_with(&bytes, today, token) {
        Ok(mut checked) => Report {
            findings: {
                let mut lists = lint::lists(&checked.script, folder);
                checked.findings.append(&mut lists);
                checked.findings.sort_by_key(|finding| finding.place);
                checked.findings
            },
            path,
            hsm: checked.script.token.core.value == Core::Pkcs11,
            access: checked.access,
            steps: Some(checked.script.steps.len()),
        },
        Err(finding) => Report {
            path,
            findings: vec![*finding],
            hsm: false,
            access: Vec::new(),
            steps: None,
        },
    })
}

/// Reads a token profile.
pub(super) fn profile(path: &Path) -> Result<TokenProfile, EngineError> {
    let bytes = files::read(path)?;
    TokenProfile::read(&bytes).map_err(|why| EngineError::TokenProfile {
        path: path.to_owned(),
        why,
    })
}

/// Today, UTC.
pub(super) fn today() -> jiff::civil::Date {
    SystemClock
        .now()
        .timestamp()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

fn rules(out: Printer) {
    for rule in RULES {
        let waivable = if rule.waivable {
            "can be waived"
        } else {
            "cannot be waived"
        };
        out.line(Tone::Step, rule.id);
        out.line(Tone::Plain, &format!("  {}", rule.demands));
        out.line(Tone::Quiet, &format!("  {waivable} · {}", rule.source));
    }
}
