//! `keyrite verify`

use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::Required;
use crate::cli::arguments::VerifyArgs;
use crate::cli::fail;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::engine::desk::Say;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::verify::Verdict;
use crate::record::verify::verify as hold;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::text::Tone;

pub(super) fn verify(arguments: &VerifyArgs, style: Style) -> Exit {
    let trusted = match arguments
        .allowed_signers
        .as_deref()
        .map(trusted)
        .transpose()
    {
        Ok(trusted) => trusted,
        Err(error) => return fail(&error, style),
    };
    let out = Printer::results(style);
    let mut worst = Exit::Done;
    let mut objects = Vec::new();
    for dir in &arguments.dirs {
        let exit = match verdict_of(dir, trusted.as_ref()) {
            Ok(verdict) => {
                let unmet = unmet(&verdict, &arguments.require);
                let mut exit = verdict.exit();
                if exit == Exit::Done && !unmet.is_empty() {
                    exit = Exit::Operator;
                }
                match arguments.format {
                    Format::Text => tell(out, &dir.to_string_lossy(), &verdict, &unmet),
                    Format::Json => {
                        objects.push(object(&dir.to_string_lossy(), &verdict, &unmet, exit));
                    }
                }
                exit
            }
            Err(error) => {
                report::error(Printer::talk(style), &error);
                error.exit()
            }
        };
        if exit.code() > worst.code() {
            worst = exit;
        }
    }
    if arguments.format == Format::Json {
        out.raw(&format!(
            "{:#}\n",
            json!({"holds": worst == Exit::Done, "ceremonies": objects})
        ));
    }
    worst
}

/// Reads a ceremony's folder and holds it against everything that can be checked.
pub(super) fn verdict_of(
    dir: &Path,
    trusted: Option<&AllowedSigners>,
) -> Result<Verdict, EngineError> {
    Ok(hold(&dossier::read(dir)?, trusted))
}

/// Reads the auditor's own list of keys.
pub(super) fn trusted(path: &Path) -> Result<AllowedSigners, EngineError> {
    let bytes = files::read(path)?;
    Ok(AllowedSigners::parse(&String::from_utf8_lossy(&bytes))?)
}

fn tell(out: Printer, dir: &str, verdict: &Verdict, unmet: &[String]) {
    let title = verdict.mode.map_or_else(
        || verdict.ceremony.clone(),
        |mode| format!("{} ({mode})", verdict.ceremony),
    );
    out.say(&Say::Title(&title));
    out.say(&Say::Note(&verdict.title));
    for sentence in &verdict.holds {
        out.say(&Say::Good(sentence));
    }
    for (person, fingerprint) in &verdict.signed {
        let name = format!("signed by {person}");
        out.say(&Say::Fact {
            name: &name,
            value: fingerprint,
        });
    }
    for note in &verdict.notes {
        out.say(&Say::Note(note));
    }
    for (person, reason) in &verdict.dissents {
        let message = format!("{person} does not agree: {reason}");
        out.say(&Say::Trouble {
            message: &message,
            hint: None,
        });
    }
    for problem in &verdict.problems {
        let place = problem
            .place
            .map_or(String::new(), |line| format!("record line {line}: "));
        out.say(&Say::Trouble {
            message: &format!("{place}{}", problem.what),
            hint: problem.hint.as_deref(),
        });
    }
    if !verdict.outstanding.is_empty() {
        out.say(&Say::Trouble {
            message: &format!("still to sign: {}", verdict.outstanding.join(", ")),
            hint: Some("each of them runs `keyrite sign DIR --as PERSON --key FILE`"),
        });
    }
    match verdict.exit() {
        Exit::Done if unmet.is_empty() => out.line(Tone::Good, &conclusion(dir, verdict)),
        Exit::Done => {
            out.line(Tone::Plain, &conclusion(dir, verdict));
            for sentence in unmet {
                out.line(Tone::Trouble, &format!("{dir}: {sentence}"));
            }
        }
        Exit::Operator => out.line(
            Tone::Trouble,
            &format!("{dir}: not everybody has signed in agreement"),
        ),
        Exit::Usage
        | Exit::Script
        | Exit::Halted
        | Exit::Integrity
        | Exit::Device
        | Exit::Internal => out.line(Tone::Trouble, &format!("{dir}: DOES NOT HOLD")),
    }
}

/// What a record that holds is worth.
fn conclusion(dir: &str, verdict: &Verdict) -> String {
    if verdict.outcome == Some(Outcome::Aborted) {
        let reason = verdict.reason.as_deref().unwrap_or("no reason is recorded");
        return format!(
            "{dir}: holds, but the ceremony was aborted: {reason}{}",
            match verdict.mode {
                Some(Mode::Practice) => " (practice)",
                Some(Mode::Rehearsal) => " (rehearsal)",
                Some(Mode::Production) | None => "",
            }
        );
    }
    let worth = match verdict.mode {
        Some(Mode::Production) => "production, complete",
        Some(Mode::Practice) => "practice: its keys must not be used; complete",
        Some(Mode::Rehearsal) => "rehearsal: it proves nothing but the script; complete",
        None => "complete",
    };
    format!("{dir}: holds ({worth})")
}

/// What was required of a ceremony and is not so.
fn unmet(verdict: &Verdict, required: &[Required]) -> Vec<String> {
    let mut unmet = Vec::new();
    if required.contains(&Required::Production) && verdict.mode != Some(Mode::Production) {
        let found = verdict
            .mode
            .map_or_else(|| "unknown".to_owned(), |mode| mode.to_string());
        unmet.push(format!(
            "a production ceremony is required; the mode of this one is {found}"
        ));
    }
    if required.contains(&Required::Complete) && verdict.outcome != Some(Outcome::Complete) {
        let found = match verdict.outcome {
            Some(Outcome::Aborted) => "was aborted",
            Some(Outcome::Complete) | None => "is unfinished",
        };
        unmet.push(format!("a complete ceremony is required; this one {found}"));
    }
    unmet
}

fn object(dir: &str, verdict: &Verdict, unmet: &[String], exit: Exit) -> Value {
    json!({
        "path": dir,
        "ceremony": verdict.ceremony,
        "title": verdict.title,
        "mode": verdict.mode,
        "outcome": verdict.outcome,
        "record-sha256": verdict.record_sha256,
        "entries": verdict.entries,
        "reason": verdict.reason,
        "required-but-not-so": unmet,
        "exit": exit.code(),
        "checked": verdict.holds,
        "signed": verdict.signed.iter().map(|(person, key)| json!({"person": person, "key": key})).collect::<Vec<_>>(),
        "outstanding": verdict.outstanding,
        "dissents": verdict.dissents.iter().map(|(person, reason)| json!({"person": person, "reason": reason})).collect::<Vec<_>>(),
        "notes": verdict.notes,
        "problems": verdict.problems.iter().map(|problem| json!({
            "line": problem.place, "what": problem.what, "hint": problem.hint,
        })).collect::<Vec<_>>(),
    })
}
