//! `keyrite register`

mod access;
mod answer;
mod checkpoint;
mod evidence;
mod people;
mod questions;
mod reconcile;
mod text;

use std::path::Path;

use jiff::civil::Date;
use serde_json::Value;
use serde_json::json;

use crate::cli::NoCommand;
use crate::cli::arguments::Format;
use crate::cli::arguments::ProveCommand;
use crate::cli::arguments::ReadRegisterArgs;
use crate::cli::arguments::ReconcileArgs;
use crate::cli::arguments::RegisterAddArgs;
use crate::cli::arguments::RegisterArgs;
use crate::cli::arguments::RegisterCommand;
use crate::cli::arguments::RegisterDueArgs;
use crate::cli::arguments::RegisterKeyArgs;
use crate::cli::arguments::RegisterListArgs;
use crate::cli::fail;
use crate::cli::register::answer::Field;
use crate::cli::register::answer::Fields;
use crate::cli::register::answer::whole;
use crate::domain::text::nearest;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::record::allowed_signers::AllowedSigners;
use crate::register::Register;
use crate::register::Scope;
use crate::register::Trust;
use crate::register::custody::State;
use crate::register::custody::standings;
use crate::register::due;
use crate::register::error::RegisterError;
use crate::register::keys::Material;
use crate::register::provider_keys::provider_keys;
use crate::register::shelf::Writer;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;

pub(super) fn register(arguments: &RegisterArgs, style: Style) -> Exit {
    let done = match &arguments.what {
        RegisterCommand::Add(arguments) => add(arguments, style),
        RegisterCommand::List(arguments) => list(arguments, style),
        RegisterCommand::Show(arguments) => show(arguments, style),
        RegisterCommand::Due(arguments) => what_is_due(arguments, style),
        RegisterCommand::Custody(arguments) => custody(arguments, style),
        RegisterCommand::Verify(arguments) => checkpoint::verify(arguments, style),
        RegisterCommand::Checkpoint(arguments) => checkpoint::make(arguments, style),
        RegisterCommand::Age(arguments) => questions::age(arguments, style),
        RegisterCommand::Cryptoperiods(arguments) => questions::cryptoperiods(arguments, style),
        RegisterCommand::Locations(arguments) => questions::locations(arguments, style),
        RegisterCommand::Backups(arguments) => questions::backups(arguments, style),
        RegisterCommand::Decision(arguments) => questions::decision(arguments, style),
        RegisterCommand::Deviations(arguments) => questions::deviations(arguments, style),
        RegisterCommand::Inventory(arguments) => questions::inventory(arguments, style),
        RegisterCommand::Evidence(arguments) => evidence::evidence(arguments, style),
        RegisterCommand::Who(arguments) => access::who(arguments, style),
        RegisterCommand::Access(arguments) => access::access(arguments, style),
        RegisterCommand::Person(arguments) => people::person(arguments, style),
        RegisterCommand::Acknowledgements(arguments) => people::acknowledgements(arguments, style),
        RegisterCommand::Matrix(arguments) => people::matrix(arguments, style),
        RegisterCommand::Prove(arguments) => match &arguments.what {
            ProveCommand::Import(arguments) => questions::prove_import(arguments, style),
            ProveCommand::Destroyed(arguments) => questions::prove_destroyed(arguments, style),
            ProveCommand::Departed(arguments) => people::departed(arguments, style),
            ProveCommand::DualControl(arguments) => access::dual_control(arguments, style),
        },
        RegisterCommand::Other(words) => {
            let name = words
                .first()
                .map(|word| word.to_string_lossy().into_owned());
            return fail(&unknown(name.unwrap_or_default()), style);
        }
    };
    done.unwrap_or_else(|error| fail(&error, style))
}

pub(super) fn reconcile(arguments: &ReconcileArgs, style: Style) -> Exit {
    reconcile::reconcile(arguments, style).unwrap_or_else(|error| fail(&error, style))
}

fn unknown(name: String) -> NoCommand {
    let near = nearest(
        &name,
        [
            "add",
            "list",
            "show",
            "due",
            "custody",
            "verify",
            "checkpoint",
            "age",
            "cryptoperiods",
            "locations",
            "backups",
            "decision",
            "deviations",
            "inventory",
            "prove",
            "evidence",
            "who",
            "access",
            "person",
            "acknowledgements",
            "matrix",
        ],
    )
    .map(str::to_owned);
    NoCommand::UnknownQuestion { name, near }
}

fn add(arguments: &RegisterAddArgs, style: Style) -> Result<Exit, RegisterError> {
    let trusted = trusted(&arguments.of)?;
    let writer = Writer::open(&arguments.of.register)?;
    let out = Printer::results(style);
    let mut worst = Exit::Done;
    let mut added = Vec::new();
    for dir in &arguments.dirs {
        match writer.add(dir, trusted.as_ref()) {
            Ok(one) => {
                if arguments.of.format == Format::Text {
                    text::added(out, dir, &one);
                }
                added.push(json!({
                    "path": dir,
                    "number": one.number,
                    "folder": one.folder,
                    "ceremony": one.verdict.ceremony,
                    "record-sha256": one.verdict.record_sha256,
                    "follows": one.follows,
                }));
            }
            Err(error) => {
                report::error(Printer::talk(style), &error);
                worst = worse(worst, error.exit());
            }
        }
    }
    if arguments.of.format == Format::Json {
        out.raw(&format!("{:#}\n", json!({"added": added})));
    }
    Ok(worst)
}

fn list(arguments: &RegisterListArgs, style: Style) -> Result<Exit, RegisterError> {
    let register = read(&arguments.of, None, Scope::All)?;
    let answer = || {
        let mut fields = whole(json!({"head": register.head}));
        let mut each = |name: &str, all| fields.insert(name.to_owned(), all);
        each("ceremonies", Field::each(&register.ceremonies));
        each("provider-keys", Field::each(provider_keys(&register)));
        each("keys", Field::each(register.materials.iter().map(state)));
        fields
    };
    Ok(answered_in_parts(
        &arguments.of,
        style,
        &register,
        Exit::Done,
        answer,
        |out| {
            text::list(out, &register);
        },
    ))
}

/// A key and its state, also as the draft of SP 800-57 part 1 rev. 6 has it.
fn state(material: &Material) -> Value {
    let standing = material.life.standing;
    let (state, purpose) = standing.in_revision_6();
    json!({
        "key": material.key,
        "origin": material.origin,
        "standing": standing,
        "protects": standing.protects(),
        "processes": standing.processes(),
        "revision-6-draft": {"state": state, "purpose": purpose},
        "rests-on": material.life.rests_on,
    })
}

fn show(arguments: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    let today = arguments.as_of.unwrap_or_else(today);
    let register = read(&arguments.of, Some(today), of_key(arguments))?;
    let materials = register.of_key(arguments.key.as_deref())?;
    let answer = || {
        let mut fields = whole(json!({"as-of": today.to_string()}));
        fields.insert("keys".to_owned(), Field::each(&materials));
        fields
    };
    Ok(answered_in_parts(
        &arguments.of,
        style,
        &register,
        Exit::Done,
        answer,
        |out| {
            text::show(out, &register, &materials);
        },
    ))
}

fn what_is_due(arguments: &RegisterDueArgs, style: Style) -> Result<Exit, RegisterError> {
    let today = arguments.as_of.unwrap_or_else(today);
    let end = due::moment_after(today).plus_seconds(arguments.within.seconds);
    let register = read(&arguments.of, Some(today), Scope::Due(due::day(end)))?;
    let all = due::due(&register, today, due::day(end));
    let not_looked_at = due::not_looked_at(&register);
    let exit = if all.iter().any(|due| due.overdue) {
        Exit::Operator
    } else {
        Exit::Done
    };
    let answer = || {
        let mut fields = whole(json!({
            "as-of": today.to_string(),
            "until": due::day(end).to_string(),
            "not-looked-at": not_looked_at,
        }));
        fields.insert("due".to_owned(), Field::each(&all));
        fields
    };
    Ok(answered_in_parts(
        &arguments.of,
        style,
        &register,
        exit,
        answer,
        |out| {
            let days = (today, due::day(end));
            text::due(out, days, &all, &not_looked_at);
        },
    ))
}

fn custody(arguments: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    let today = arguments.as_of.unwrap_or_else(today);
    let register = read(&arguments.of, Some(today), of_key(arguments))?;
    let materials = register.of_key(arguments.key.as_deref())?;
    let standings = standings(&register, &materials, due::moment_after(today));
    let to_mend = standings
        .iter()
        .any(|standing| !matches!(standing.state, State::Well | State::Dead))
        || !register.things.gaps.is_empty();
    let exit = if to_mend { Exit::Operator } else { Exit::Done };
    let things: Vec<_> = register
        .things
        .all()
        .filter(|thing| {
            let key = thing.share.as_ref().map(|share| share.key.as_str());
            arguments.key.is_none() || key == arguments.key.as_deref()
        })
        .collect();
    let answer = || {
        let mut fields = whole(json!({
            "as-of": today.to_string(),
            "things": things,
            "gaps": register.things.gaps,
        }));
        fields.insert("sets".to_owned(), Field::each(&standings));
        fields
    };
    Ok(answered_in_parts(
        &arguments.of,
        style,
        &register,
        exit,
        answer,
        |out| {
            text::custody(out, &register, &standings, &things);
        },
    ))
}

/// Prints an answer; what does not hold in the register outweighs it.
fn answered(
    of: &ReadRegisterArgs,
    style: Style,
    register: &Register,
    exit: Exit,
    answer: Value,
    text: impl FnOnce(Printer),
) -> Exit {
    answered_in_parts(of, style, register, exit, || whole(answer), text)
}

/// The same of an answer that may be long: its JSON is made only where it is asked for.
fn answered_in_parts<'a>(
    of: &ReadRegisterArgs,
    style: Style,
    register: &'a Register,
    exit: Exit,
    answer: impl FnOnce() -> Fields<'a>,
    text: impl FnOnce(Printer),
) -> Exit {
    let out = Printer::results(style);
    match of.format {
        Format::Text => out.together(text),
        Format::Json => {
            let mut fields = answer();
            fields.extend(whole(
                json!({"wrong": register.wrong, "notes": register.notes}),
            ));
            out.together(|out| answer::write(out, &fields));
        }
    }
    let talk = Printer::talk(style);
    for note in &register.notes {
        talk.say(&Say::Note(note));
    }
    tell_wrong(talk, register);
    if register.wrong.is_empty() {
        exit
    } else {
        Exit::Integrity
    }
}

/// What of the register does not hold, and where.
pub(super) fn tell_wrong(talk: Printer, register: &Register) {
    for wrong in &register.wrong {
        let line = wrong.line.map_or(String::new(), |line| format!(":{line}"));
        let place = wrong.ceremony.as_ref();
        let place = place.map_or(String::new(), |folder| format!("{folder}{line}: "));
        talk.say(&Say::Trouble {
            message: &format!("{place}{}", wrong.what),
            hint: wrong.hint.as_deref(),
        });
    }
}

fn read(
    of: &ReadRegisterArgs,
    as_of: Option<Date>,
    scope: Scope<'_>,
) -> Result<Register, RegisterError> {
    let trusted = trusted(of)?;
    Register::ask(&of.register, trusted.as_ref(), as_of, scope, Trust::Index)
}

fn of_key(arguments: &RegisterKeyArgs) -> Scope<'_> {
    arguments.key.as_deref().map_or(Scope::All, Scope::Key)
}

fn trusted(of: &ReadRegisterArgs) -> Result<Option<AllowedSigners>, EngineError> {
    let read = |path: &Path| {
        let bytes = files::read(path)?;
        Ok(AllowedSigners::parse(&String::from_utf8_lossy(&bytes))?)
    };
    of.allowed_signers.as_deref().map(read).transpose()
}

fn worse(one: Exit, other: Exit) -> Exit {
    if other.code() > one.code() {
        other
    } else {
        one
    }
}

fn today() -> Date {
    let utc = jiff::tz::TimeZone::UTC;
    jiff::Timestamp::now().to_zoned(utc).date()
}
