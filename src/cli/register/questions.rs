//! `keyrite register`: what auditors ask.

mod text;

use jiff::civil::Date;
use serde_json::json;

use crate::cli::arguments::RegisterBackupsArgs;
use crate::cli::arguments::RegisterDeviationsArgs;
use crate::cli::arguments::RegisterInventoryArgs;
use crate::cli::arguments::RegisterKeyArgs;
use crate::cli::register::answer::Field;
use crate::cli::register::answer::whole;
use crate::cli::register::answered;
use crate::cli::register::answered_in_parts;
use crate::cli::register::of_key;
use crate::cli::register::read;
use crate::cli::register::today;
use crate::error::Exit;
use crate::register::Register;
use crate::register::Scope;
use crate::register::age;
use crate::register::backups;
use crate::register::cryptoperiods;
use crate::register::decision;
use crate::register::deviations;
use crate::register::due::moment_after;
use crate::register::error::RegisterError;
use crate::register::inventory;
use crate::register::keys::Material;
use crate::register::locations;
use crate::register::proof;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;

/// What one question is about.
struct Asked<'a> {
    register: &'a Register,
    materials: &'a [&'a Material],
    day: Date,
}

/// Answers a question about keys: the fields of the JSON, how it looks, and the exit code.
fn about_keys<T>(
    arguments: &RegisterKeyArgs,
    style: Style,
    name: &str,
    answer: impl FnOnce(&Asked<'_>) -> (Vec<T>, Exit),
    text: impl FnOnce(Printer, &Register, &[T]),
) -> Result<Exit, RegisterError>
where
    T: serde::Serialize,
{
    let day = arguments.as_of.unwrap_or_else(today);
    let register = read(&arguments.of, Some(day), of_key(arguments))?;
    let materials = register.of_key(arguments.key.as_deref())?;
    let asked = Asked {
        register: &register,
        materials: &materials,
        day,
    };
    let (found, exit) = answer(&asked);
    let fields = || {
        let mut fields = whole(json!({"as-of": day.to_string()}));
        fields.insert(name.to_owned(), Field::each(&found));
        fields
    };
    Ok(answered_in_parts(
        &arguments.of,
        style,
        &register,
        exit,
        fields,
        |out| {
            text(out, &register, &found);
        },
    ))
}

/// Exit code 1 if something is to be done or not known.
fn open(is_open: bool) -> Exit {
    if is_open { Exit::Operator } else { Exit::Done }
}

pub(super) fn age(arguments: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    let answer = |asked: &Asked<'_>| {
        let all = age::ages(asked.register, asked.materials, asked.day);
        let is_open = all.iter().any(|age| match age.standing {
            age::Standing::Over | age::Standing::Compromised | age::Standing::Unknown => true,
            age::Standing::Within
            | age::Standing::Replaced
            | age::Standing::Deactivated
            | age::Standing::Gone => false,
        });
        (all, open(is_open))
    };
    about_keys(arguments, style, "keys", answer, |out, register, all| {
        text::age(out, register, all);
    })
}

pub(super) fn cryptoperiods(
    arguments: &RegisterKeyArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let answer = |asked: &Asked<'_>| {
        let all = cryptoperiods::cryptoperiods(asked.materials);
        let mut periods = all.iter().flat_map(|of| &of.keys);
        let is_open = periods.any(|period| !period.is_defined());
        (all, open(is_open))
    };
    about_keys(arguments, style, "types", answer, |out, register, all| {
        text::cryptoperiods(out, register, all);
    })
}

pub(super) fn locations(arguments: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    let answer = |asked: &Asked<'_>| {
        let now = moment_after(asked.day);
        let of = |material: &&Material| locations::locations(asked.register, material, now);
        let all: Vec<locations::Location> = asked.materials.iter().flat_map(of).collect();
        let unknown =
            |location: &locations::Location| location.standing == locations::Standing::Unknown;
        let is_open = all.iter().any(unknown);
        (all, open(is_open))
    };
    about_keys(
        arguments,
        style,
        "locations",
        answer,
        |out, register, all| {
            text::locations(out, register, all);
        },
    )
}

pub(super) fn backups(
    arguments: &RegisterBackupsArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let within = arguments.untested_since.map(|span| span.seconds);
    let answer = |asked: &Asked<'_>| {
        let mut all = backups::backups(asked.materials, asked.day, within);
        let to_test = |backup: &backups::Backup| match backup.standing {
            backups::Standing::Tested
            | backups::Standing::NotOurs
            | backups::Standing::Destroyed => false,
            backups::Standing::Overdue
            | backups::Standing::Untested
            | backups::Standing::Missing => true,
        };
        if within.is_some() {
            all.retain(to_test);
        }
        let is_open = all.iter().any(to_test);
        (all, open(is_open))
    };
    about_keys(
        &arguments.of,
        style,
        "backups",
        answer,
        |out, register, all| {
            text::backups(out, register, all);
        },
    )
}

pub(super) fn decision(arguments: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    let day = arguments.as_of.unwrap_or_else(today);
    let register = read(&arguments.of, Some(day), Scope::All)?;
    let materials = register.of_key(arguments.key.as_deref())?;
    let all = decision::decisions(&register, &materials, day);
    let contradicted = all
        .iter()
        .flat_map(|one| &one.findings)
        .any(|it| it.contradicts);
    let exit = if contradicted {
        Exit::Integrity
    } else {
        open(all.iter().any(|one| !one.findings.is_empty()))
    };
    let fields = json!({"as-of": day.to_string(), "decisions": all});
    Ok(answered(
        &arguments.of,
        style,
        &register,
        exit,
        fields,
        |out| {
            text::decision(out, &register, &all);
        },
    ))
}

pub(super) fn deviations(
    arguments: &RegisterDeviationsArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let day = arguments.as_of.unwrap_or_else(today);
    let register = read(&arguments.of, Some(day), Scope::Ceremonies)?;
    let all = deviations::deviations(&register, arguments.since);
    let fields = json!({
        "as-of": day.to_string(),
        "since": arguments.since.map(|day| day.to_string()),
        "deviations": all,
    });
    Ok(answered(
        &arguments.of,
        style,
        &register,
        Exit::Done,
        fields,
        |out| {
            text::deviations(out, &register, &all);
        },
    ))
}

pub(super) fn inventory(
    arguments: &RegisterInventoryArgs,
    style: Style,
) -> Result<Exit, RegisterError> {
    let day = arguments.as_of.unwrap_or_else(today);
    let register = read(&arguments.of, Some(day), Scope::Ceremonies)?;
    let (hsms, tokens) = inventory::inventory(&register, day);
    let is_open = hsms
        .iter()
        .any(|item| item.status != inventory::Status::Active);
    let fields = json!({"as-of": day.to_string(), "hsms": hsms, "tokens": tokens});
    Ok(answered(
        &arguments.of,
        style,
        &register,
        open(is_open),
        fields,
        |out| {
            text::inventory(out, &register, &hsms, &tokens);
        },
    ))
}

pub(super) fn prove_import(of: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    prove(of, style, |asked| {
        proof::import(asked.register, asked.materials)
    })
}

pub(super) fn prove_destroyed(of: &RegisterKeyArgs, style: Style) -> Result<Exit, RegisterError> {
    prove(of, style, |asked| {
        proof::destroyed(asked.register, asked.materials, moment_after(asked.day))
    })
}

fn prove(
    of: &RegisterKeyArgs,
    style: Style,
    prove: fn(&Asked<'_>) -> Vec<proof::Proof>,
) -> Result<Exit, RegisterError> {
    let answer = |asked: &Asked<'_>| {
        let all = prove(asked);
        let worst = all.iter().map(|proof| proof.standing).max();
        let exit = match worst {
            Some(proof::Standing::Shown) => Exit::Done,
            Some(proof::Standing::Unknown) | None => Exit::Operator,
            Some(proof::Standing::Contradicted) => Exit::Integrity,
        };
        (all, exit)
    };
    about_keys(of, style, "proofs", answer, |out, register, all| {
        text::proofs(out, register, all);
    })
}
