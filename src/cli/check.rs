//! `keyrite check`

use std::path::Path;

use crate::cli::arguments::CheckArgs;
use crate::cli::arguments::CheckFormat;
use crate::cli::fail;
use crate::cli::organisation;
use crate::domain::parse::is_organisation;
use crate::domain::script::Script;
use crate::domain::several::Named;
use crate::domain::several::several;
use crate::domain::token_profile::TokenProfile;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::lint;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::register::Register;
use crate::register::held;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::report::Report;

pub(super) fn check(arguments: &CheckArgs, style: Style) -> Exit {
    let out = Printer::results(style);
    if arguments.rules {
        match arguments.format {
            CheckFormat::Json => out.raw(&format!("{:#}\n", report::rules_json())),
            CheckFormat::Text | CheckFormat::Sarif | CheckFormat::Junit => report::rules(out),
        }
        return Exit::Done;
    }
    let today = arguments.as_of.unwrap_or_else(today);
    let token = match arguments.token_profile.as_deref().map(profile).transpose() {
        Ok(token) => token,
        Err(error) => return fail(&error, style),
    };
    let register = arguments.register.as_deref();
    let register = match register.map(organisation::register).transpose() {
        Ok(register) => register,
        Err(error) => return fail(&error, style),
    };
    let mut reports = Vec::new();
    let mut scripts = Vec::new();
    let mut unreadable = None;
    for path in &arguments.scripts {
        match read(path, today, token.as_ref(), register.as_ref(), arguments) {
            Ok((report, script)) => {
                reports.push(report);
                scripts.push(script);
            }
            Err(error) => {
                report::error(Printer::talk(style), &error);
                unreadable = Some(error.exit());
            }
        }
    }
    organisation::chain(&arguments.scripts, today, &mut reports);
    together(&mut reports, &scripts);
    match arguments.format {
        CheckFormat::Text => {
            for report in &reports {
                report::text(out, report);
            }
            report::notes(out, &reports);
        }
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
    register: Option<&Register>,
    arguments: &CheckArgs,
) -> Result<(Report, Option<Script>), EngineError> {
    let bytes = files::read_script(path)?;
    if is_organisation(&bytes) {
        return Ok((organisation::check(path, today)?, None));
    }
    let named = arguments.organisation.as_deref();
    let within = match organisation::beside(&bytes, path, named)? {
        Ok(within) => within,
        Err(report) => return Ok((report, None)),
    };
    let notes = organisation::notes(within.as_deref(), register, today);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let path = path.to_string_lossy().into_owned();
    Ok(match lint::check_within(&bytes, today, token, within) {
        Ok(checked) => {
            let held = register.map_or_else(Vec::new, |it| held::findings(it, &checked.script));
            let mut checked = checked.also(held, today);
            let mut lists = lint::lists(&checked.script, folder);
            checked.findings.append(&mut lists);
            checked.findings.sort_by_key(|finding| finding.place);
            let report = Report {
                findings: checked.findings,
                path,
                access: checked.access,
                steps: Some(checked.script.steps.len()),
                notes,
            };
            (report, Some(checked.script))
        }
        Err(finding) => {
            let report = Report {
                path,
                findings: vec![*finding],
                access: Vec::new(),
                steps: None,
                notes: Vec::new(),
            };
            (report, None)
        }
    })
}

/// Adds what shows only when scripts are seen side by side.
fn together(reports: &mut [Report], scripts: &[Option<Script>]) {
    let (places, named): (Vec<usize>, Vec<Named<'_>>) = reports
        .iter()
        .zip(scripts)
        .enumerate()
        .filter_map(|(place, (report, script))| {
            let script = script.as_ref()?;
            let path = report.path.as_str();
            Some((place, Named { path, script }))
        })
        .unzip();
    let found = several(&named);
    for (index, finding) in found {
        let report = places.get(index).and_then(|place| reports.get_mut(*place));
        if let Some(report) = report {
            report.findings.push(finding);
            report.findings.sort_by_key(|finding| finding.place);
        }
    }
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
