//! `keyrite register checkpoint` and `keyrite register verify`

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::RegisterCheckpointArgs;
use crate::cli::arguments::RegisterVerifyArgs;
use crate::cli::register::answered;
use crate::cli::register::trusted;
use crate::domain::text::list;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::desk::Say;
use crate::engine::files;
use crate::error::Exit;
use crate::register::Register;
use crate::register::Scope;
use crate::register::Trust;
use crate::register::checkpoint;
use crate::register::checkpoint::Held;
use crate::register::error::RegisterError;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

pub(super) fn make(
    arguments: &RegisterCheckpointArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let of = &arguments.of;
    let trusted = trusted(of)?;
    // What is signed is looked at anew, whatever was found before.
    let register = Register::ask(
        &of.register,
        trusted.as_ref(),
        None,
        Scope::Ceremonies,
        Trust::Nothing,
    )?;
    let made = checkpoint::make(&register, &of.register, SystemClock.now())?;
    files::write_file(&arguments.out, &made.bytes())?;
    let out = Printer::results(style);
    match of.format {
        Format::Text => {
            out.line(
                Tone::Good,
                &format!(
                    "{}: {} records, the last is {} {}",
                    arguments.out.display(),
                    made.count,
                    made.head.sequence,
                    made.head.sha256
                ),
            );
            let people: Vec<&str> = made.signers.keys().map(String::as_str).collect();
            out.say(&Say::Note(&format!(
                "{} sign it with `keyrite sign {} --as PERSON --key FILE`; keep it and the signatures outside of the register.",
                list(&people),
                arguments.out.display()
            )));
        }
        Format::Json => out.raw(&format!(
            "{:#}\n",
            json!({"path": arguments.out, "checkpoint": made})
        )),
    }
    Ok(Exit::Done)
}

pub(super) fn verify(arguments: &RegisterVerifyArgs, style: Style) -> Result<Exit, RegisterError> {
    let of = &arguments.of;
    let trusted = trusted(of)?;
    let mut register = Register::ask(
        &of.register,
        trusted.as_ref(),
        None,
        Scope::Ceremonies,
        Trust::Nothing,
    )?;
    let mut checkpoints = Vec::new();
    for path in &arguments.checkpoint {
        checkpoints.push(checkpoint::hold(&mut register, path, trusted.as_ref())?);
    }
    let unsigned = checkpoints.iter().any(|held| held.signed.is_empty());
    let exit = if unsigned { Exit::Operator } else { Exit::Done };
    let answer = json!({
        "ceremonies": register.ceremonies.len(),
        "head": register.head,
        "checkpoints": checkpoints,
    });
    Ok(answered(of, style, &register, exit, answer, |out| {
        text(out, &register, &checkpoints);
    }))
}

fn text(out: Printer, register: &Register, checkpoints: &[Held]) {
    let head = register.head.as_ref().map_or(String::new(), |head| {
        format!("; the last is {} {}", head.sequence, head.sha256)
    });
    let tone = if register.wrong.is_empty() {
        Tone::Good
    } else {
        Tone::Plain
    };
    let count = register.ceremonies.len();
    out.line(tone, &format!("{count} records hold{head}"));
    for held in checkpoints {
        let signed = if held.signed.is_empty() {
            "nobody signed it".to_owned()
        } else {
            format!("signed by {}", list(&held.signed))
        };
        out.line(
            Tone::Plain,
            &format!(
                "checkpoint of {}, record {}: {signed}",
                held.at.date(),
                held.head.sequence
            ),
        );
    }
}
