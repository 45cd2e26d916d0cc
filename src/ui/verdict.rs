//! What came of verifying: for people, for programs and for CI.

use serde_json::Value;
use serde_json::json;

use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::engine::desk::Say;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::record::verify::Short;
use crate::record::verify::Verdict;
use crate::record::verify::check::Standing;
use crate::ui::printer::Printer;
use crate::ui::report::escaped;
use crate::ui::text::Tone;
use crate::ui::text::wrapped;

/// A ceremony that was read, what came of it, and what was demanded of it besides and is not so.
pub struct Told<'a> {
    /// Its folder.
    pub dir: &'a str,
    /// What came of it.
    pub verdict: &'a Verdict,
    /// What is not as demanded.
    pub unmet: &'a [String],
    /// How it ends.
    pub exit: Exit,
}

/// Everything about one ceremony.
pub fn whole(out: Printer, told: &Told<'_>) {
    let Told { dir, verdict, .. } = *told;
    out.say(&Say::Title(&name(verdict)));
    out.say(&Say::Note(&verdict.title));
    for checked in &verdict.checks {
        let (tone, sign, word) = match checked.standing {
            Standing::Holds => (Tone::Good, "✓", "ok:"),
            Standing::Unknown => (Tone::Plain, "?", "?:"),
            Standing::Asserted => (Tone::Plain, "“", "said:"),
            // Told in full below.
            Standing::Fails | Standing::Missing => continue,
        };
        let mark = if out.marks() { sign } else { word };
        for (tone, line) in wrapped(tone, &format!("{mark:>5}"), &checked.says) {
            out.line(tone, &line);
        }
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
    trouble(out, verdict);
    conclusion(out, told);
    if told.exit == Exit::Operator && verdict.exit() == Exit::Done {
        for sentence in told.unmet {
            out.line(Tone::Trouble, &format!("{dir}: {sentence}"));
        }
    }
}

/// One line; what does not hold, in full.
pub fn line(out: Printer, told: &Told<'_>) {
    if told.exit == Exit::Done {
        let ended = match told.verdict.outcome {
            Some(Outcome::Aborted) => ", aborted",
            Some(Outcome::Complete) | None => "",
        };
        let mark = if out.marks() { "✓" } else { "ok:" };
        let text = format!("{mark} {}: {}{ended}", told.dir, name(told.verdict));
        return out.line(Tone::Good, &text);
    }
    let mark = if out.marks() { "✗" } else { "no:" };
    let text = format!("{mark} {}: {}", told.dir, name(told.verdict));
    out.line(Tone::Trouble, &text);
    trouble(out, told.verdict);
    for sentence in told.unmet {
        out.say(&Say::Trouble {
            message: sentence,
            hint: None,
        });
    }
}

fn name(verdict: &Verdict) -> String {
    verdict.mode.map_or_else(
        || verdict.ceremony.clone(),
        |mode| format!("{} ({mode})", verdict.ceremony),
    )
}

/// Everything that does not hold, and who has still to sign.
fn trouble(out: Printer, verdict: &Verdict) {
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
        let is_whole = verdict
            .short
            .iter()
            .all(|short| short.more == short.of.len());
        let who = if is_whole {
            verdict.outstanding.join(", ")
        } else {
            let short: Vec<String> = verdict.short.iter().map(Short::told).collect();
            short.join("; ")
        };
        out.say(&Say::Trouble {
            message: &format!("still to sign: {who}"),
            hint: Some("each of them runs `keyrite sign DIR --as PERSON --key FILE`"),
        });
    }
}

fn conclusion(out: Printer, told: &Told<'_>) {
    let Told { dir, verdict, .. } = *told;
    match verdict.exit() {
        Exit::Done => {
            let tone = if told.unmet.is_empty() {
                Tone::Good
            } else {
                Tone::Plain
            };
            out.line(tone, &holds(dir, verdict));
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

/// What a record that holds is worth, in a sentence.
fn holds(dir: &str, verdict: &Verdict) -> String {
    if verdict.outcome == Some(Outcome::Aborted) {
        return format!("{dir}: holds, but the ceremony was {}", worth(verdict));
    }
    format!("{dir}: holds ({})", worth(verdict))
}

/// What a record that holds is worth.
fn worth(verdict: &Verdict) -> String {
    if verdict.outcome == Some(Outcome::Aborted) {
        let reason = verdict.reason.as_deref().unwrap_or("no reason is recorded");
        return format!(
            "aborted: {reason}{}",
            match verdict.mode {
                Some(Mode::Practice) => " (practice)",
                Some(Mode::Rehearsal) => " (rehearsal)",
                Some(Mode::Production) | None => "",
            }
        );
    }
    match verdict.mode {
        Some(Mode::Production) => "production, complete",
        Some(Mode::Practice) => "practice: its keys must not be used; complete",
        Some(Mode::Rehearsal) => "rehearsal: it proves nothing but the script; complete",
        None => "complete",
    }
    .to_owned()
}

/// Everything as JSON.
pub fn object(told: &Told<'_>) -> Value {
    let Told { verdict, .. } = *told;
    let mut object = serde_json::to_value(verdict).unwrap_or_default();
    if let Some(map) = object.as_object_mut() {
        let pairs = |list: &[(String, String)], value: &str| -> Value {
            list.iter()
                .map(|(person, other)| json!({"person": person, value: other}))
                .collect()
        };
        map.insert("signed".to_owned(), pairs(&verdict.signed, "key"));
        map.insert("dissents".to_owned(), pairs(&verdict.dissents, "reason"));
        map.insert("path".to_owned(), json!(told.dir));
        map.insert("required-but-not-so".to_owned(), json!(told.unmet));
        map.insert("exit".to_owned(), json!(told.exit.code()));
    }
    object
}

/// A JUnit suite: one case a check. What cannot be known, or rests on somebody's word, is skipped.
pub fn suite(told: &Told<'_>) -> String {
    let class = escaped(told.dir);
    let mut failed = 0;
    let mut skipped = 0;
    let mut cases: Vec<String> = told
        .verdict
        .checks
        .iter()
        .map(|checked| {
            let name = checked.check.id();
            let says = escaped(&checked.says);
            let place = checked
                .line
                .map_or(String::new(), |line| format!("record line {line}"));
            let is_enough = told.verdict.exit() == Exit::Done;
            let inner = match checked.standing {
                Standing::Holds => String::new(),
                Standing::Missing if !is_enough => {
                    failed += 1;
                    format!("<failure type=\"missing\" message=\"{says}\"/>")
                }
                Standing::Fails => {
                    failed += 1;
                    format!("<failure type=\"fails\" message=\"{says}\">{place}</failure>")
                }
                Standing::Missing | Standing::Unknown | Standing::Asserted => {
                    skipped += 1;
                    let words = checked.standing.words();
                    format!("<skipped message=\"{words}: {says}\"/>")
                }
            };
            case(&class, name, &inner)
        })
        .collect();
    for sentence in told.unmet {
        failed += 1;
        let inner = format!(
            "<failure type=\"required\" message=\"{}\"/>",
            escaped(sentence)
        );
        cases.push(case(&class, "required", &inner));
    }
    format!(
        "  <testsuite name=\"{class}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">\n{}  </testsuite>\n",
        cases.len(),
        cases.concat()
    )
}

/// A JUnit suite of a folder that could not be read.
pub fn error_suite(dir: &str, error: &dyn Diagnose) -> String {
    let class = escaped(dir);
    let inner = format!("<error message=\"{}\"/>", escaped(&error.to_string()));
    format!(
        "  <testsuite name=\"{class}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n{}  </testsuite>\n",
        case(&class, "read", &inner)
    )
}

/// A JUnit suite of one case that is about all of them.
pub fn failure_suite(name: &str, message: &str) -> String {
    let inner = format!("<failure message=\"{}\"/>", escaped(message));
    format!(
        "  <testsuite name=\"{name}\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">\n{}  </testsuite>\n",
        case(name, name, &inner)
    )
}

fn case(class: &str, name: &str, inner: &str) -> String {
    if inner.is_empty() {
        format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n")
    } else {
        format!("    <testcase classname=\"{class}\" name=\"{name}\">{inner}</testcase>\n")
    }
}
