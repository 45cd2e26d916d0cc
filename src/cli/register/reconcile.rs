//! `keyrite reconcile`

mod text;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::ReconcileArgs;
use crate::cli::register::answered;
use crate::cli::register::read;
use crate::domain::log_event::LogItem;
use crate::domain::record::LogFile;
use crate::domain::record::Moment;
use crate::domain::record::Principal;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::logs;
use crate::engine::snapshot;
use crate::error::Exit;
use crate::providers::InputFile;
use crate::providers::inventory::inventory;
use crate::providers::provider;
use crate::providers::unseen::unseen;
use crate::register::Register;
use crate::register::Scope;
use crate::register::due::moment_after;
use crate::register::error::RegisterError;
use crate::register::reconcile::Reconciled;
use crate::register::reconcile::Reconciliation;
use crate::register::reconcile::Settings;
use crate::register::reconcile::script::FINDINGS;
use crate::register::reconcile::script::script;
use crate::register::reconcile::uses::UsedBy;
use crate::ui::bar::Bar;
use crate::ui::printer::Style;

const DAY: i64 = 86_400;

pub(super) fn reconcile(arguments: &ReconcileArgs, style: Style) -> Result<Exit, RegisterError> {
    if arguments.logs.is_empty() && arguments.access.is_empty() && arguments.inventory.is_none() {
        return Err(RegisterError::NoLog);
    }
    let register = read(&arguments.of, None, Scope::All)?;
    if let Some(key) = &arguments.used {
        register.of_key(Some(key))?;
    }
    let change = changed_access(arguments)?;
    let (done, damage) = hold(arguments, &register, style)?;
    let hours = register.logs.office_hours.clone().unwrap_or_default();
    let findings = &done.findings;
    let used: Option<Vec<&UsedBy>> = arguments
        .used
        .as_ref()
        .map(|key| done.uses.iter().filter(|row| row.key == *key).collect());
    if let Some(out) = &arguments.out {
        let script = script(&register, findings)?;
        let files = [
            ("script.yaml".to_owned(), script.into_bytes()),
            (FINDINGS.to_owned(), findings.bytes()),
        ];
        files::write_folder(out, &files, &mut Faults::none())?;
    }
    // What somebody explained in a ceremony is settled.
    let mut open = findings.findings.iter().filter(|finding| {
        let known = register.logs.findings.get(&finding.id);
        known.is_none_or(|known| known.explained.is_none())
    });
    let is_open = open.clone().next().is_some();
    let exit = if open.any(|finding| finding.kind.contradicts()) {
        Exit::Integrity
    } else if is_open || !damage.is_empty() || findings.without_findings().is_err() {
        Exit::Operator
    } else {
        Exit::Done
    };
    let answer = json!({
        "findings": findings,
        "not-covered": done.not_covered.iter().map(|(key, claim)| json!({
            "key": key, "what": claim.act.words(), "from": claim.from, "until": claim.until,
            "rests-on": claim.rests_on,
        })).collect::<Vec<Value>>(),
        "damaged": damage,
        "cannot-show": unseen(findings.provider.as_str()).iter().map(|it| json!({"what": it.what, "source": it.source})).collect::<Vec<Value>>(),
        "used": used,
        "office-hours": hours,
        "access": change.as_ref().map(|change| json!({
            "added": change.added, "removed": change.removed, "changed": change.changed,
        })),
        "script": arguments.out.as_ref().map(|out| out.join("script.yaml")),
    });
    Ok(answered(
        &arguments.of,
        style,
        &register,
        exit,
        answer,
        |out| {
            text::told(out, &register, &done, &damage);
            if let (Some(key), Some(used)) = (&arguments.used, &used) {
                let provider = findings.provider.as_str();
                text::used(out, &register, provider, (key, used), &hours);
            }
            if let Some(change) = &change {
                text::access(out, change);
            }
            text::limits(out, unseen(findings.provider.as_str()));
            text::next(out, arguments.out.as_deref());
        },
    ))
}

/// Reads the log and holds it against the register; what could not be read, in words.
fn hold(
    arguments: &ReconcileArgs,
    register: &Register,
    style: Style,
) -> Result<(Reconciled, Vec<String>), RegisterError> {
    let start = arguments
        .from
        .map(|day| moment_after(day).plus_seconds(1 - DAY));
    let settings = Settings {
        provider: arguments.provider.id(),
        ids: arguments.provider.ids(),
        skew: arguments.skew.seconds,
        from: start,
        to: arguments.to.map(moment_after),
    };
    let mut reconciliation = Reconciliation::new(register, settings);
    let mut damage = Vec::new();
    let mut logs = Vec::new();
    if !arguments.logs.is_empty() {
        let found = logs::find(&arguments.logs)?;
        let bar = if Bar::is_seen(style) {
            Bar::bytes(found.bytes())
        } else {
            Bar::hidden()
        };
        let reader = provider(settings.provider).map_err(EngineError::from)?;
        let told = logs::read(
            reader,
            &found,
            &mut |bytes| bar.advance(bytes),
            &mut |file, item| match item {
                LogItem::Event(event, _) => reconciliation.take(*event),
                LogItem::Damage(part) => {
                    if damage.len() < DAMAGED {
                        let name = file.name();
                        damage.push(format!("{name}, {}: {}", part.at, part.why));
                    }
                }
            },
        );
        bar.end();
        let told = told?;
        if told.iter().all(|file| file.tally.entries == 0) {
            damage.push("no entry of a log of this provider is in what was given".to_owned());
            // Of files without a byte no place is damaged: they are, as a whole.
            if told.iter().all(|file| file.tally.damaged == 0) {
                reconciliation.file(None, None, 1);
            }
        }
        for file in told {
            let tally = &file.tally;
            reconciliation.file(tally.first, tally.last, tally.damaged);
            let name = Path::new(&file.name).file_name();
            logs.push(LogFile {
                sha256: file.sha256,
                bytes: file.bytes,
                name: name.unwrap_or_default().to_string_lossy().into_owned(),
            });
        }
        for path in found.left_out {
            damage.push(format!("{}: it is no plain file", path.display()));
        }
    }
    if let Some(path) = &arguments.inventory {
        let file = InputFile {
            name: path.display().to_string(),
            bytes: files::read(path)?,
        };
        reconciliation.inventory(inventory(&file).map_err(EngineError::from)?);
    }
    Ok((reconciliation.finish(logs), damage))
}

/// More than this nobody reads; the count is told.
const DAMAGED: usize = 20;

/// Who came and who went between two snapshots.
pub(super) struct Change {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) changed: Vec<String>,
}

fn changed_access(arguments: &ReconcileArgs) -> Result<Option<Change>, RegisterError> {
    let [old, new] = arguments.access.as_slice() else {
        return Ok(None);
    };
    let key_id = arguments.key_id.as_deref().ok_or(RegisterError::WhichKey)?;
    let read = |path: &PathBuf| -> Result<Vec<Principal>, EngineError> {
        let named = snapshot_files(path)?;
        Ok(snapshot::read(arguments.provider.id(), key_id, &named)?
            .access
            .principals)
    };
    let (old, new) = (read(old)?, read(new)?);
    let can =
        |of: &Principal| -> Vec<String> { of.can.iter().map(|it| it.class.clone()).collect() };
    let told = |of: &Principal| format!("{}: {}", of.id, can(of).join(", "));
    let missing_in = |all: &[Principal], one: &Principal| !all.iter().any(|it| it.id == one.id);
    let changed = new.iter().filter_map(|now| {
        let before = old.iter().find(|it| it.id == now.id)?;
        let (was, is) = (can(before), can(now));
        (was != is).then(|| {
            format!(
                "{}: {} instead of {}",
                now.id,
                is.join(", "),
                was.join(", ")
            )
        })
    });
    Ok(Some(Change {
        added: new
            .iter()
            .filter(|it| missing_in(&old, it))
            .map(told)
            .collect(),
        removed: old
            .iter()
            .filter(|it| missing_in(&new, it))
            .map(told)
            .collect(),
        changed: changed.collect(),
    }))
}

/// A file, or every file of a folder.
fn snapshot_files(path: &Path) -> Result<Vec<(String, PathBuf)>, EngineError> {
    let io = |source| EngineError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let mut paths = vec![path.to_owned()];
    if fs::metadata(path).map_err(io)?.is_dir() {
        paths.clear();
        for entry in fs::read_dir(path).map_err(io)? {
            paths.push(entry.map_err(io)?.path());
        }
        paths.sort();
    }
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    Ok(paths.into_iter().map(|path| (name(&path), path)).collect())
}

/// A moment as people read it.
fn minute(at: Moment) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%MZ").to_string()
}
