//! Organisation files, as `keyrite check` tells of them.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use crate::cli::sign::is_organisation;
use crate::domain::finding::Finding;
use crate::domain::finding::HELD_BEFORE;
use crate::domain::finding::KEY_VALIDITY;
use crate::domain::finding::OLD_SHARE;
use crate::domain::finding::ORGANISATION;
use crate::domain::finding::STANDING_ROLE;
use crate::domain::organisation::Within;
use crate::domain::parse::parse;
use crate::domain::record::Digest;
use crate::domain::script::Place;
use crate::domain::text::list;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::lint;
use crate::engine::organisation;
use crate::engine::organisation::OrganisationError;
use crate::error::Diagnose as _;
use crate::register::Register;
use crate::register::Scope;
use crate::register::Trust;
use crate::register::error::RegisterError;
use crate::register::held;
use crate::ui::report::Report;

/// The organisation file of a script; a report of the script where the file is not as it should be.
pub(super) fn beside(
    script: &[u8],
    path: &Path,
    named: Option<&Path>,
) -> Result<Result<Option<Arc<Within>>, Report>, EngineError> {
    match organisation::beside(script, path, named) {
        Ok(within) => Ok(Ok(within)),
        Err(EngineError::Organisation(error)) => {
            let place = parse(script).ok().and_then(|script| script.organisation);
            let place = place.map_or(Place { line: 1, column: 1 }, |named| named.place);
            let mut finding = Finding::new(&ORGANISATION, place, error.to_string());
            finding.hint = error.hint();
            Ok(Err(report(path, vec![finding], Vec::new())))
        }
        Err(error) => Err(error),
    }
}

/// What was found in an organisation file, and who has not signed it.
pub(super) fn check(path: &Path, today: Date) -> Result<Report, EngineError> {
    match organisation::read(path) {
        Ok((within, findings)) => Ok(report(path, findings, unsigned(&within, today))),
        Err(EngineError::Organisation(OrganisationError::Findings { findings, .. })) => {
            Ok(report(path, findings, Vec::new()))
        }
        Err(error) => Err(error),
    }
}

/// What a reader should know of the rules that were not applied, and of signatures.
pub(super) fn notes(
    within: Option<&Within>,
    register: Option<&Register>,
    today: Date,
) -> Vec<String> {
    let mut notes = Vec::new();
    match within {
        Some(within) => notes.extend(unsigned(within, today)),
        None => notes.push(format!(
            "no organisation file: not applied: {}",
            list(&[STANDING_ROLE.id, KEY_VALIDITY.id])
        )),
    }
    match register {
        Some(register) => notes.extend(register.wrong.first().map(|wrong| {
            format!(
                "the register does not hold, and what it tells is not all: {}",
                wrong.what
            )
        })),
        None => notes.push(format!(
            "no register: not applied: {}",
            list(&[HELD_BEFORE.id, OLD_SHARE.id])
        )),
    }
    notes
}

/// A register that a script is held against, as it is now.
pub(super) fn register(dir: &Path) -> Result<Register, RegisterError> {
    Register::ask(dir, None, None, Scope::All, Trust::Index)
}

/// What stands against a run because of what earlier ceremonies gave to whom. What else is wrong
/// with the script is told when it is run.
pub(super) fn held_before(
    register: &Register,
    script: &Path,
    named: Option<&Path>,
    today: Date,
) -> Result<(), EngineError> {
    let bytes = files::read_script(script)?;
    let within = organisation::beside(&bytes, script, named)?;
    let Ok(checked) = lint::check_within(&bytes, today, None, within) else {
        return Ok(());
    };
    let held = held::findings(register, &checked.script);
    checked.also(held, today).accepted().map(drop)
}

/// Who has not signed, or whose signature does not hold.
fn unsigned(within: &Within, today: Date) -> Vec<String> {
    match organisation::unsigned(within, today) {
        Ok(missing) if missing.is_empty() => Vec::new(),
        Ok(missing) => vec![format!(
            "the organisation file is not signed by {}: production refuses it",
            list(&missing)
        )],
        Err((person, because)) => vec![
            OrganisationError::Broken { person, because }.to_string() + ": every run refuses it",
        ],
    }
}

/// Holds each version of an organisation file against the one before, where both are given.
pub(super) fn chain(paths: &[PathBuf], today: Date, reports: &mut [Report]) {
    let versions: Vec<(&PathBuf, Within)> = paths
        .iter()
        .filter(|path| is_organisation(path))
        .filter_map(|path| Some((path, organisation::read(path).ok()?.0)))
        .collect();
    for (path, next) in &versions {
        let Some(follows) = &next.organisation.follows else {
            continue;
        };
        let mut others = versions.iter();
        let before = others.find(|(_, other)| Digest::of(&other.bytes) == follows.value);
        let shown = path.to_string_lossy();
        let Some(report) = reports.iter_mut().find(|report| report.path == shown) else {
            continue;
        };
        match before {
            None => report.notes.push(
                "the version before is not among these files: not checked that it is followed"
                    .to_owned(),
            ),
            Some((before_path, before)) => match organisation::follows(next, before, today) {
                Ok(()) => report
                    .notes
                    .push(format!("follows {}", before_path.display())),
                Err(why) => report.findings.push(
                    Finding::new(
                        &ORGANISATION,
                        follows.place,
                        format!("this does not follow {}: {why}", before_path.display()),
                    )
                    .hint("let those who answer for the version before sign this one"),
                ),
            },
        }
    }
}

fn report(path: &Path, findings: Vec<Finding>, notes: Vec<String>) -> Report {
    Report {
        path: path.to_string_lossy().into_owned(),
        findings,
        access: Vec::new(),
        steps: None,
        notes,
    }
}
