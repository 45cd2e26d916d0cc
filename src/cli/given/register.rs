//! What a whole register gives to the next ceremony.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::GivenArgs;
use crate::cli::given::quoted;
use crate::cli::given::show;
use crate::cli::register::tell_wrong;
use crate::domain::text::list;
use crate::engine::desk::Say;
use crate::error::Exit;
use crate::register::Register;
use crate::register::Rests;
use crate::register::Scope;
use crate::register::Trust;
use crate::register::error::RegisterError;
use crate::register::left::Left;
use crate::register::left::Newest;
use crate::register::left::left;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;

pub(super) fn print(arguments: &GivenArgs, style: Style) -> Result<Exit, RegisterError> {
    let (dir, key) = (&arguments.dir, arguments.key.as_deref());
    // Which ceremony told of it last is known with all of them only.
    let register = Register::ask(dir, None, None, Scope::All, Trust::Index)?;
    let talk = Printer::talk(style);
    // A script that begins with what does not hold would carry it on.
    if !register.wrong.is_empty() {
        tell_wrong(talk, &register);
        return Ok(Exit::Integrity);
    }
    let Left {
        keys,
        lives,
        newest,
        passed_over,
    } = left(&register, dir, key)?;
    if arguments.versions {
        versions(&newest, arguments.format, style);
    } else {
        let more = [("head", json!(register.head))];
        show(&keys, &lives, more, arguments.format, style);
    }
    if !passed_over.is_empty() {
        let older: Vec<String> = passed_over.iter().map(Rests::words).collect();
        talk.say(&Say::Note(&format!(
            "of keys with the same label only the newest is here, and not that of {}",
            list(&older)
        )));
    }
    Ok(Exit::Done)
}

/// The block of a rotation: which versions it replaces.
fn versions(newest: &[Newest], format: Format, style: Style) {
    let out = Printer::results(style);
    match format {
        Format::Text => {
            out.raw("versions:\n");
            for one in newest {
                let (key, record) = (quoted(&one.key), quoted(&one.record));
                out.raw(&format!("  {key}:\n    record: {record}\n"));
                if one.rotations > 0 {
                    out.raw(&format!("    rotations: {}\n", one.rotations));
                }
            }
        }
        Format::Json => {
            let all: BTreeMap<&str, &Newest> =
                newest.iter().map(|one| (one.key.as_str(), one)).collect();
            out.raw(&format!("{:#}\n", json!({"versions": all})));
        }
    }
}
