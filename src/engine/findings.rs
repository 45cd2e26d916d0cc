//! The file that tells what a provider's log says and the records do not, read for a ceremony.

use std::path::Path;

use crate::domain::finding::Finding;
use crate::domain::finding::PROFILE;
use crate::domain::progress::number;
use crate::domain::record::FINDINGS_FORMAT;
use crate::domain::record::LogFindings;
use crate::domain::script::Reconcile;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose as _;
use crate::providers::provider;

/// Reads the file of a step, inside `folder`: exactly as `keyrite reconcile` wrote it.
///
/// # Errors
///
/// When it cannot be read, was changed, or is about another provider.
pub fn of_step(step: &Reconcile, folder: &Path) -> Result<(LogFindings, Vec<u8>), EngineError> {
    let path = folder.join(step.findings.as_str());
    let bytes = files::read(&path)?;
    let refused = |why: String| EngineError::NoFindings {
        path: path.clone(),
        why,
    };
    let says: LogFindings =
        serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))?;
    if says.format != FINDINGS_FORMAT {
        return Err(refused(format!("its format is {}", says.format)));
    }
    if says.bytes() != bytes {
        return Err(refused("it was written by another program".to_owned()));
    }
    if says.provider != step.provider.as_str() {
        return Err(refused(format!("it is about {}", says.provider)));
    }
    Ok((says, bytes))
}

/// Reads those of every step, so that none is found wanting in the room.
///
/// # Errors
///
/// As [`of_step`].
pub fn of_script(script: &Script, folder: &Path) -> Result<(), EngineError> {
    for step in &script.steps {
        if let Step::Reconcile(reconcile) = &step.value {
            of_step(reconcile, folder)?;
        }
    }
    Ok(())
}

/// Reconciliations with providers that nobody knows.
pub(super) fn findings(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let Step::Reconcile(reconcile) = &step.value else {
            continue;
        };
        if let Err(error) = provider(reconcile.provider.as_str()) {
            let finding = Finding::new(&PROFILE, reconcile.provider.place, error.to_string());
            let hint = error.hint().unwrap_or_default();
            findings.push(finding.hint(hint).step(number(index)));
        }
    }
    findings
}
