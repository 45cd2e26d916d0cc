//! `keyrite report`

use std::io::IsTerminal as _;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::arguments::ReportArgs;
use crate::cli::arguments::ReportFormat;
use crate::cli::fail;
use crate::cli::verify::trusted;
use crate::documents::auditor;
use crate::documents::html;
use crate::documents::json;
use crate::documents::markdown;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::record::verify::Auditor;
use crate::record::verify::verify_for;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

/// Why a document is not written where it was to go.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("an HTML page is not for a terminal")]
    Terminal,
    #[error("{} lies in the folder of the ceremony", .0.display())]
    Inside(PathBuf),
}

impl Diagnose for PlaceError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Terminal => "name a file with --out".to_owned(),
            Self::Inside(_) => {
                "write it elsewhere: a file that no entry of the record names looks like tampering"
                    .to_owned()
            }
        })
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

pub(super) fn report(arguments: &ReportArgs, style: Style) -> Exit {
    match try_report(arguments, style) {
        Ok(exit) => exit,
        Err(error) => fail(&*error, style),
    }
}

fn try_report(arguments: &ReportArgs, style: Style) -> Result<Exit, Box<dyn Diagnose>> {
    let boxed = |error: EngineError| -> Box<dyn Diagnose> { Box::new(error) };
    let format = format(arguments);
    match &arguments.out {
        Some(out) => refuse_inside(&arguments.dir, out)?,
        None if format == ReportFormat::Html => refuse_terminal()?,
        None => {}
    }
    let brought = arguments
        .allowed_signers
        .as_deref()
        .map(trusted)
        .transpose();
    let brought = brought.map_err(boxed)?;
    let dossier = dossier::read(&arguments.dir).map_err(boxed)?;
    let auditor = Auditor {
        signers: brought.as_ref(),
        now: Some(SystemClock.now()),
        ..Auditor::default()
    };
    let verdict = verify_for(&dossier, &auditor);
    let document = auditor::report(&dossier, &verdict, brought.is_some());
    let text = match format {
        ReportFormat::Html => html::render(&document),
        ReportFormat::Md => markdown::render(&document),
        ReportFormat::Json => json::render(&document),
    };
    match &arguments.out {
        Some(out) => {
            files::write_file(out, text.as_bytes()).map_err(boxed)?;
            let line = format!("{}: {}", out.display(), document.verdict.word);
            Printer::talk(style).line(Tone::Plain, &line);
        }
        None => Printer::results(style).raw(&text),
    }
    Ok(verdict.exit())
}

/// The form that was asked for, by name or by the ending of the file.
fn format(arguments: &ReportArgs) -> ReportFormat {
    let ending = arguments
        .out
        .as_deref()
        .and_then(Path::extension)
        .and_then(|ending| ending.to_str());
    match (arguments.format, ending) {
        (Some(format), _) => format,
        (None, Some("md")) => ReportFormat::Md,
        (None, Some("json")) => ReportFormat::Json,
        (None, Some(_) | None) => ReportFormat::Html,
    }
}

/// A page of markup is not for people at a terminal.
pub(super) fn refuse_terminal() -> Result<(), Box<dyn Diagnose>> {
    if std::io::stdout().is_terminal() {
        return Err(Box::new(PlaceError::Terminal));
    }
    Ok(())
}

/// What lies in a ceremony's folder is evidence: nothing is added to it.
fn refuse_inside(dir: &Path, out: &Path) -> Result<(), Box<dyn Diagnose>> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    // What cannot be resolved does not exist, and so is not the folder that is read.
    if let (Ok(dir), Ok(parent)) = (dir.canonicalize(), parent.canonicalize())
        && parent.starts_with(&dir)
    {
        return Err(Box::new(PlaceError::Inside(out.to_owned())));
    }
    Ok(())
}
