//! `keyrite share`

use std::path::Path;

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::OneShare;
use crate::cli::arguments::ShareCardArgs;
use crate::cli::arguments::ShareCommand;
use crate::cli::arguments::ShareShowArgs;
use crate::cli::arguments::ShareVerifyArgs;
use crate::cli::fail;
use crate::cli::share_drill;
use crate::cli::signals;
use crate::custody::card::Card;
use crate::custody::share::NO_CEREMONY;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::engine::desk::Desk as _;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::once::share::Looked;
use crate::engine::once::share::look;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;

pub(super) fn share(command: &ShareCommand, style: Style) -> Exit {
    signals::watch(style);
    let mut desk = TerminalDesk::new(style, Answers::default(), Mode::Production);
    let done = match command {
        ShareCommand::Verify(arguments) => verify(arguments, &mut desk, style),
        ShareCommand::Show(arguments) => show(arguments, &mut desk, style),
        ShareCommand::Card(arguments) => card(arguments, &mut desk, style),
        ShareCommand::Drill(arguments) => return share_drill::drill(arguments, style),
    };
    match done {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error, style),
    }
}

fn open(
    one: &OneShare,
    record: Option<&Path>,
    desk: &mut TerminalDesk,
) -> Result<Looked, EngineError> {
    look(desk, &one.share, &one.identities, record)
}

fn verify(
    arguments: &ShareVerifyArgs,
    desk: &mut TerminalDesk,
    style: Style,
) -> Result<(), EngineError> {
    let looked = open(&arguments.one, arguments.record.as_deref(), desk)?;
    let share = &looked.share;
    let header = &share.set().header;
    let out = Printer::results(style);
    if arguments.format == Format::Json {
        let object = json!({
            "key": header.key,
            "set": share.set().id.to_string(),
            "epoch": header.epoch,
            "index": share.index(),
            "total": header.total,
            "whole": true,
            "commitment": looked.committed,
            "record": looked.recorded,
        });
        out.raw(&format!("{object:#}\n"));
        return Ok(());
    }
    let against = match (looked.committed, looked.recorded) {
        (_, true) => ", fits its commitment, and is as the record says",
        (true, false) => " and fits its commitment",
        (false, false) => "",
    };
    out.line(
        Tone::Good,
        &format!(
            "share {} of {} of {} is whole{against}",
            share.index(),
            header.total,
            header.key
        ),
    );
    out.line(
        Tone::Plain,
        &format!(
            "  share set      {}, epoch {}",
            share.set().id,
            header.epoch
        ),
    );
    if !looked.committed {
        Printer::talk(style).line(
            Tone::Plain,
            "note: a card has no list of commitments; with `--record DIR` its commitment is checked, too",
        );
    }
    Ok(())
}

fn show(
    arguments: &ShareShowArgs,
    desk: &mut TerminalDesk,
    style: Style,
) -> Result<(), EngineError> {
    let looked = open(&arguments.one, None, desk)?;
    let share = &looked.share;
    let header = &share.set().header;
    let out = Printer::results(style);
    if arguments.format == Format::Json {
        let object = json!({
            "ceremony": header.ceremony,
            "key": header.key,
            "key-type": header.kind_name(),
            "subject": header.subject,
            "set": share.set().id.to_string(),
            "epoch": header.epoch,
            "threshold": header.threshold,
            "total": header.total,
            "index": share.index(),
            "check-values": header.check_values,
            "commitment": share.commitment(),
        });
        out.raw(&format!("{object:#}\n"));
        return Ok(());
    }
    let what = match header.subject {
        Subject::Key => header.key.clone(),
        Subject::BackupKey => format!("{} (its backup key)", header.key),
        Subject::Component => format!("{} (a component of it)", header.key),
    };
    let share_number = format!(
        "{} of {}; any {} rebuild",
        share.index(),
        header.total,
        header.threshold
    );
    let set = format!("{}, epoch {}", share.set().id, header.epoch);
    let ceremony = match header.ceremony.as_str() {
        NO_CEREMONY => "none: split by itself",
        id => id,
    };
    for (name, value) in [
        ("share", share_number.as_str()),
        ("key", &what),
        ("type", header.kind_name()),
        ("ceremony", ceremony),
        ("share set", &set),
    ] {
        out.line(Tone::Plain, &format!("  {name:<13}  {value}"));
    }
    for (name, value) in &header.check_values {
        out.line(Tone::Plain, &format!("  {name:<13}  {value}"));
    }
    out.line(
        Tone::Plain,
        &format!("  commitment     {}", share.commitment()),
    );
    Ok(())
}

fn card(
    arguments: &ShareCardArgs,
    desk: &mut TerminalDesk,
    style: Style,
) -> Result<(), EngineError> {
    if let Some(out) = &arguments.out {
        files::refuse_existing(out)?;
    }
    let looked = open(&arguments.one, None, desk)?;
    let card = Card::of(&looked.share)?;
    let lines = card.lines().len();
    if arguments.screen {
        on_screen(&card, desk)?;
    }
    let Some(path) = &arguments.out else {
        return Ok(());
    };
    let made = if arguments.text {
        card.to_text()
    } else {
        card.to_html()?
    };
    files::write_file(path, made.expose())?;
    let out = Printer::results(style);
    match arguments.format {
        Format::Json => {
            let object = json!({"out": path, "lines": lines, "index": looked.share.index()});
            out.raw(&format!("{object:#}\n"));
        }
        Format::Text => {
            out.line(
                Tone::Good,
                &format!(
                    "share {} is on the card {} ({lines} lines)",
                    looked.share.index(),
                    path.display()
                ),
            );
            Printer::talk(style).line(
                Tone::Plain,
                "note: whoever has this file has the share; print it, check it with `keyrite share verify -`, destroy the file",
            );
        }
    }
    Ok(())
}

/// First the lines, then the QR code where the window has room for it.
fn on_screen(card: &Card, desk: &mut TerminalDesk) -> Result<(), EngineError> {
    desk.reveal(&Question::input("card", "Your share"), &card.to_text())?;
    let code = card.to_terminal()?;
    match desk.reveal(&Question::input("code", "Your share as a QR code"), &code) {
        Err(error @ DeskError::SmallScreen { .. }) => {
            desk.say(Say::Trouble {
                message: &error.to_string(),
                hint: error.hint().as_deref(),
            });
            Ok(())
        }
        other => Ok(other?),
    }
}
