//! `keyrite export`

use std::path::Path;

use crate::cli::arguments::EventFormat;
use crate::cli::arguments::ExportArgs;
use crate::cli::fail;
use crate::cli::verify::trusted;
use crate::documents::ocsf;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::error::Exit;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::verify::verify;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;

pub(super) fn export(arguments: &ExportArgs, style: Style) -> Exit {
    let brought = arguments
        .allowed_signers
        .as_deref()
        .map(trusted)
        .transpose();
    let brought = match brought {
        Ok(brought) => brought,
        Err(error) => return fail(&error, style),
    };
    let mut worst = Exit::Done;
    for dir in &arguments.dirs {
        let exit = match one(arguments, dir, brought.as_ref(), Printer::results(style)) {
            Ok(exit) => exit,
            Err(error) => fail(&error, style),
        };
        if exit.code() > worst.code() {
            worst = exit;
        }
    }
    worst
}

fn one(
    arguments: &ExportArgs,
    dir: &Path,
    brought: Option<&AllowedSigners>,
    out: Printer,
) -> Result<Exit, EngineError> {
    let dossier = dossier::read(dir)?;
    let verdict = verify(&dossier, brought);
    let EventFormat::Ocsf = arguments.format;
    for event in ocsf::events(&dossier, &verdict, arguments.since) {
        out.raw(&format!("{event}\n"));
    }
    Ok(verdict.exit())
}
