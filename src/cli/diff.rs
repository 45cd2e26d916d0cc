//! `keyrite diff`

use std::path::Path;

use serde_json::Value;

use crate::cli::arguments::DiffArgs;
use crate::cli::arguments::Format;
use crate::cli::check::today;
use crate::cli::fail;
use crate::domain::access::access;
use crate::domain::diff;
use crate::domain::diff::Change;
use crate::domain::diff::Side;
use crate::domain::finding::Finding;
use crate::domain::parse::tree;
use crate::domain::record::Entry;
use crate::domain::record::Mode;
use crate::domain::script::Script;
use crate::domain::text::list;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::lint;
use crate::error::Exit;
use crate::record::chain;
use crate::record::verify::verify;
use crate::ui::difference;
use crate::ui::difference::Difference;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;

/// A script, and what was done by it.
struct Read {
    bytes: Vec<u8>,
    script: Script,
    tree: Value,
    findings: Vec<Finding>,
    /// The record, where a folder was named.
    record: Option<Vec<Entry>>,
    notes: Vec<String>,
}

pub(super) fn diff(arguments: &DiffArgs, style: Style) -> Exit {
    let day = arguments.as_of.unwrap_or_else(today);
    let old = match read(&arguments.old, day) {
        Ok(old) => old,
        Err(error) => return trouble(&arguments.old, &error, style),
    };
    let new = match read(&arguments.new, day) {
        Ok(new) => new,
        Err(error) => return trouble(&arguments.new, &error, style),
    };
    let difference = compare(arguments, &old, &new);
    let out = Printer::results(style);
    match arguments.format {
        Format::Text => difference::text(out, &difference),
        Format::Json => out.raw(&format!("{:#}\n", difference::json(&difference))),
    }
    if difference.changes.is_empty() {
        Exit::Done
    } else {
        Exit::Operator
    }
}

/// That something cannot be read is not told by the exit code of a difference.
fn trouble(path: &Path, error: &EngineError, style: Style) -> Exit {
    let talk = Printer::talk(style);
    let exit = fail(error, style);
    if let EngineError::Script(findings) = error {
        for finding in findings {
            report::finding(talk, &path.to_string_lossy(), finding);
        }
    }
    if exit == Exit::Operator {
        Exit::Usage
    } else {
        exit
    }
}

fn compare(arguments: &DiffArgs, old: &Read, new: &Read) -> Difference {
    let side = |read: &'_ Read| -> Vec<Change> {
        let record = read.record.as_deref();
        let side = Side {
            script: &read.script,
            tree: &read.tree,
        };
        record.map_or_else(Vec::new, |entries| diff::happened(side, entries))
    };
    let sides = (
        Side {
            script: &old.script,
            tree: &old.tree,
        },
        Side {
            script: &new.script,
            tree: &new.tree,
        },
    );
    let mut changes = diff::scripts(sides.0, sides.1);
    changes.extend(diff::rules(&old.findings, &new.findings));
    changes.extend(side(new));
    changes.sort_by_key(|change| change.consequence);
    Difference {
        old: arguments.old.to_string_lossy().into_owned(),
        new: arguments.new.to_string_lossy().into_owned(),
        changes,
        same_bytes: old.bytes == new.bytes,
        access: access(&new.script),
        notes: new.notes.clone(),
    }
}

/// A script, or the folder of a ceremony that holds.
fn read(path: &Path, day: jiff::civil::Date) -> Result<Read, EngineError> {
    let (bytes, record, notes) = if path.is_dir() {
        let dossier = dossier::read(path)?;
        let verdict = verify(&dossier, None);
        if let Some(problem) = verdict.problems.first() {
            return Err(problem.clone().into());
        }
        let entries = chain::parse(&dossier.record, &dossier.script)?;
        let mut notes =
            vec!["the record holds; `keyrite verify` says whose signatures it has".to_owned()];
        if verdict.mode == Some(Mode::Rehearsal) {
            notes.push("it is of a rehearsal".to_owned());
        }
        if !verdict.outstanding.is_empty() {
            notes.push(format!(
                "it is not signed yet by {}",
                list(&verdict.outstanding)
            ));
        }
        (dossier.script, Some(entries), notes)
    } else {
        (files::read_script(path)?, None, Vec::new())
    };
    let refused = |finding: Box<Finding>| EngineError::Script(vec![*finding]);
    let checked = lint::check(&bytes, day).map_err(refused)?;
    let tree = tree(&bytes).map_err(refused)?;
    Ok(Read {
        bytes,
        script: checked.script,
        tree,
        findings: checked.findings,
        record,
        notes,
    })
}
