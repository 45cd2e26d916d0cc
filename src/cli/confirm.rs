//! `keyrite confirm`

use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::ConfirmArgs;
use crate::cli::arguments::Format;
use crate::cli::fail;
use crate::domain::arrival::Fact;
use crate::domain::arrival::Verdict;
use crate::domain::arrival::judge;
use crate::domain::text::list;
use crate::engine::arrival;
use crate::engine::arrival::Answers;
use crate::engine::arrival::script::script;
use crate::engine::arrival::sent;
use crate::engine::arrival::sent::Ceremony;
use crate::engine::arrival::sent::Sent;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::error::Exit;
use crate::providers::provider;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;
use crate::ui::text::words;

pub(super) fn confirm(arguments: &ConfirmArgs, style: Style) -> Exit {
    match told(arguments, style) {
        Ok(exit) => exit,
        Err(error) => fail(&error, style),
    }
}

fn told(arguments: &ConfirmArgs, style: Style) -> Result<Exit, EngineError> {
    let known = provider(&arguments.provider)?;
    let ceremony = sent::read(&arguments.dir)?;
    let (key, input) = (arguments.key.as_deref(), arguments.r#for.as_deref());
    let sent = ceremony.the(&arguments.dir, known.id(), key, input)?;
    let answers = arrival::read(&sent.expected, &named(&arguments.answer))?;
    let (facts, verdict) = judge(&sent.expected, &answers.told);
    if let Some(out) = &arguments.out {
        write(arguments, &ceremony, sent, &answers, out)?;
    }
    let out = Printer::results(style);
    let next = known.proof(sent.expected.kind, sent.expected.challenge.is_some());
    match arguments.format {
        Format::Text => text(out, &ceremony, sent, &facts, verdict, next),
        Format::Json => out.raw(&format!(
            "{:#}\n",
            object(arguments, &ceremony, sent, &facts, verdict, next)
        )),
    }
    let talk = Printer::talk(style);
    if !ceremony.verdict.outstanding.is_empty() {
        let people = list(&ceremony.verdict.outstanding);
        let note = format!("the record is not signed yet by {people}");
        talk.say(&Say::Note(&note));
    }
    let next = match &arguments.out {
        Some(out) => format!(
            "Written: {}. Nothing is recorded until that ceremony is held, signed and taken into the register.",
            out.join("script.yaml").display()
        ),
        None => "Nothing is recorded: with `--out NEW` the ceremony is prepared that does it."
            .to_owned(),
    };
    talk.say(&Say::Note(&next));
    Ok(match verdict {
        Verdict::Arrived => Exit::Done,
        Verdict::Consistent | Verdict::NotProvable => Exit::Operator,
        Verdict::Contradicted => Exit::Integrity,
    })
}

/// Files by their bare names; a second file of a name gets the number of its place.
fn named(paths: &[PathBuf]) -> Vec<(String, PathBuf)> {
    let mut all: Vec<(String, PathBuf)> = Vec::new();
    for (place, path) in paths.iter().enumerate() {
        let name = path.file_name().unwrap_or_default();
        let mut name = name.to_string_lossy().into_owned();
        if all.iter().any(|(taken, _)| *taken == name) {
            name = format!("{}-{name}", place + 1);
        }
        all.push((name, path.clone()));
    }
    all
}

fn write(
    arguments: &ConfirmArgs,
    ceremony: &Ceremony,
    sent: &Sent,
    answers: &Answers,
    out: &std::path::Path,
) -> Result<(), EngineError> {
    let names: Vec<String> = answers
        .files
        .iter()
        .map(|(file, _)| file.path.clone())
        .collect();
    let script = script(ceremony, sent, &names).map_err(|because| EngineError::NothingSent {
        dir: arguments.dir.clone(),
        because,
    })?;
    let mut all = vec![("script.yaml".to_owned(), script.into_bytes())];
    let copies = answers.files.iter();
    all.extend(copies.map(|(file, bytes)| (file.path.clone(), bytes.clone())));
    files::write_folder(out, &all, &mut Faults::none())
}

fn object(
    arguments: &ConfirmArgs,
    ceremony: &Ceremony,
    sent: &Sent,
    facts: &[Fact],
    verdict: Verdict,
    next: &str,
) -> Value {
    let facts: Vec<Value> = facts
        .iter()
        .map(|fact| {
            let mut value = json!(fact);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("strength".to_owned(), json!(fact.matter.strength()));
                fields.insert("means".to_owned(), json!(fact.matter.strength().words()));
            }
            value
        })
        .collect();
    json!({
        "ceremony": ceremony.open.ceremony,
        "record-sha256": ceremony.record,
        "key": sent.key,
        "for": sent.r#for,
        "provider": sent.expected.provider,
        "key-id": sent.expected.key_id,
        "wrapped-at": sent.expected.at,
        "verdict": verdict,
        "means": means(verdict),
        "next": (verdict != Verdict::Arrived).then_some(next),
        "facts": facts,
        "outstanding": ceremony.verdict.outstanding,
        "script": arguments.out.as_ref().map(|out| out.join("script.yaml")),
    })
}

fn text(
    out: Printer,
    ceremony: &Ceremony,
    sent: &Sent,
    facts: &[Fact],
    verdict: Verdict,
    next: &str,
) {
    let title = format!("{} for {}", sent.key, sent.r#for);
    out.say(&Say::Title(&title));
    out.line(
        Tone::Plain,
        &format!(
            "wrapped at {} by {}",
            sent.expected.at, ceremony.open.ceremony
        ),
    );
    out.line(Tone::Plain, "");
    for fact in facts {
        told_fact(out, fact);
    }
    out.line(Tone::Plain, "");
    let message = means(verdict);
    match verdict {
        Verdict::Arrived => out.say(&Say::Good(message)),
        Verdict::Consistent | Verdict::NotProvable => {
            out.say(&Say::Note(message));
            out.say(&Say::Note(next));
        }
        Verdict::Contradicted => out.say(&Say::Trouble {
            message,
            hint: Some(
                "fetch the answers again, two people together; if they stay, do not use the key, and record it",
            ),
        }),
    }
}

fn told_fact(out: Printer, fact: &Fact) {
    let tone = match fact.verdict {
        Verdict::Arrived => Tone::Good,
        Verdict::Consistent | Verdict::NotProvable => Tone::Plain,
        Verdict::Contradicted => Tone::Trouble,
    };
    let of = fact
        .of
        .as_ref()
        .map_or(String::new(), |of| format!(": {of}"));
    let file = fact.file.as_deref().unwrap_or("not answered");
    let head = format!(
        "{:<13} {:<12} {file}{of}",
        fact.verdict.words(),
        fact.matter.title()
    );
    for line in words(&head, WIDTH) {
        out.line(tone, &line);
    }
    let value = |name: &str, value: &str| {
        // What is long and has no spaces, as an ARN, begins further to the left.
        let longest = value.split(' ').map(str::len).max().unwrap_or_default();
        let fits = longest + INDENT + name.len() <= WIDTH;
        let indent = if fits { INDENT } else { LITTLE };
        for line in words(value, WIDTH - indent - name.len()) {
            out.line(Tone::Plain, &format!("{:indent$}{name}{line}", ""));
        }
    };
    match (&fact.theirs, &fact.ours) {
        (Some(theirs), Some(ours)) if theirs != ours && fact.verdict != Verdict::Consistent => {
            value("they say  ", theirs);
            value("recorded  ", ours);
        }
        (Some(theirs), _) => value("", theirs),
        (None, Some(ours)) => value("recorded  ", ours),
        (None, None) => {}
    }
}

/// Columns of a line.
const WIDTH: usize = 80;
/// Columns in front of a value.
const INDENT: usize = 14;
/// The same of a long one.
const LITTLE: usize = 2;

/// What a verdict says, and what it does not.
fn means(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Arrived => {
            "Arrived: the provider has the key that the ceremony made. No answer can tell whether anybody else has it, too."
        }
        Verdict::Consistent | Verdict::NotProvable => {
            "Not provable from these answers: other material could be there, and they would say the same."
        }
        Verdict::Contradicted => {
            "Contradicted: what the provider says does not fit what the ceremony recorded."
        }
    }
}
