//! `keyrite print`

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::arguments::PrintArgs;
use crate::cli::check::today;
use crate::cli::fail;
use crate::cli::report::refuse_terminal;
use crate::documents::procedure::Paper;
use crate::documents::procedure::Reader;
use crate::domain::parse::parse;
use crate::domain::record::Digest;
use crate::domain::script::Id;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::text::nearest;
use crate::engine::acts::acts;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::inputs::ReadInput;
use crate::engine::organisation;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

/// A copy for nobody.
#[derive(Debug, thiserror::Error)]
#[error("the script has no role and no person `{word}`")]
struct NoReader {
    word: String,
    near: Option<String>,
}

impl Diagnose for NoReader {
    fn hint(&self) -> Option<String> {
        Some(self.near.as_ref().map_or_else(
            || "roles and people stand at the top of the script".to_owned(),
            |near| format!("did you mean `{near}`?"),
        ))
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

pub(super) fn print(arguments: &PrintArgs, style: Style) -> Exit {
    match try_print(arguments, style) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&*error, style),
    }
}

fn try_print(arguments: &PrintArgs, style: Style) -> Result<(), Box<dyn Diagnose>> {
    let boxed = |error: EngineError| -> Box<dyn Diagnose> { Box::new(error) };
    if arguments.out.is_none() {
        refuse_terminal()?;
    }
    let bytes = files::read_script(&arguments.script).map_err(boxed)?;
    let script = parse(&bytes).map_err(|finding| boxed(EngineError::Script(vec![*finding])))?;
    let named = arguments.organisation.as_deref();
    let within = organisation::beside(&bytes, &arguments.script, named).map_err(boxed)?;
    let script = organisation::joined(script, within, today());
    let reader = match &arguments.role {
        Some(word) => Some(Reader::of(&script, word).ok_or_else(|| no_reader(&script, word))?),
        None => None,
    };
    let folder = match arguments.script.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let fingerprints = fingerprints(&script, folder).map_err(boxed)?;
    let paper = Paper {
        script: &script,
        bytes: &bytes,
        fingerprints,
        acts: acts(&script),
        large: arguments.large,
        reader,
    };
    let text = paper.render();
    match &arguments.out {
        Some(out) => {
            files::write_file(out, text.as_bytes()).map_err(boxed)?;
            let line = format!("{}: {} steps", out.display(), script.steps.len());
            Printer::talk(style).line(Tone::Plain, &line);
        }
        None => Printer::results(style).raw(&text),
    }
    Ok(())
}

fn no_reader(script: &Script, word: &str) -> Box<dyn Diagnose> {
    let roles = Role::ALL.iter().map(|role| role.name());
    let people = script.people.keys().map(Id::as_str);
    let near = nearest(word, roles.chain(people)).map(str::to_owned);
    Box::new(NoReader {
        word: word.to_owned(),
        near,
    })
}

/// Fingerprints of the wrapping keys whose files are there already. Of a secret AES key, which has
/// check values in place of a fingerprint, there is none.
fn fingerprints(script: &Script, folder: &Path) -> Result<BTreeMap<String, Digest>, EngineError> {
    let mut known = BTreeMap::new();
    for (name, input) in &script.inputs {
        let named = [
            &input.parameters,
            &input.wrapping_key,
            &input.import_token,
            &input.attestation,
        ];
        let mut files = named.into_iter().flatten().peekable();
        let there = files.peek().is_some() && files.all(|path| folder.join(path.as_str()).exists());
        if there {
            let read = ReadInput::from_files(name.as_str(), input, folder)?;
            let key = &read.parameters.wrapping_key;
            if key.secret().is_none() {
                known.insert(name.to_string(), key.fingerprint());
            }
        }
    }
    Ok(known)
}
