//! `keyrite split`

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::SplitArgs;
use crate::cli::fail;
use crate::crypto::random::SystemRandom;
use crate::custody::error::ShareError;
use crate::custody::seal::Recipient;
use crate::domain::record::Purpose;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::once::share::read_input;
use crate::engine::once::split::SplitDone;
use crate::engine::once::split::SplitOnce;
use crate::engine::once::split::split_once;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

pub(super) fn split(arguments: &SplitArgs, style: Style) -> Exit {
    match done(arguments) {
        Ok(done) => {
            tell(arguments, &done, style);
            Exit::Done
        }
        Err(error) => fail(&error, style),
    }
}

fn done(arguments: &SplitArgs) -> Result<SplitDone, EngineError> {
    let recipients: Vec<Recipient> = arguments
        .recipients
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, ShareError>>()?;
    files::refuse_existing(&arguments.out)?;
    let secret = if arguments.key_file.as_os_str() == "-" {
        read_input()?
    } else {
        files::read_secret(&arguments.key_file)?
    };
    let job = SplitOnce {
        secret,
        kind: arguments.key_type,
        label: &arguments.label,
        threshold: arguments.threshold,
        all_needed: arguments.all_needed,
        recipients: &recipients,
        out: &arguments.out,
    };
    split_once(&job, &mut SystemRandom, &mut Faults::none())
}

fn tell(arguments: &SplitArgs, done: &SplitDone, style: Style) {
    let out = Printer::results(style);
    let header = &done.set.header;
    let backup = done
        .artifacts
        .iter()
        .any(|made| made.purpose == Purpose::Backup);
    if arguments.format == Format::Json {
        let object = json!({
            "key": header.key,
            "key-type": header.kind_name(),
            "subject": header.subject,
            "set": done.set.id.to_string(),
            "epoch": header.epoch,
            "threshold": header.threshold,
            "total": header.total,
            "check-values": done.check_values,
            "share-check-values": header.check_values,
            "artifacts": done.artifacts,
        });
        out.raw(&format!("{object:#}\n"));
        return;
    }
    out.line(
        Tone::Good,
        &format!(
            "{} is split: any {} of {} shares rebuild it",
            header.key, header.threshold, header.total
        ),
    );
    out.line(Tone::Plain, &format!("  share set      {}", done.set.id));
    for (name, value) in &done.check_values {
        out.line(Tone::Plain, &format!("  {name:<13}  {value}"));
    }
    for artifact in &done.artifacts {
        let path = arguments.out.join(&artifact.path);
        out.line(Tone::Plain, &format!("  {}", path.display()));
    }
    let talk = Printer::talk(style);
    if backup {
        talk.line(
            Tone::Plain,
            "note: the shares hold a backup key; without the backup file they rebuild nothing",
        );
    }
    talk.line(
        Tone::Plain,
        "note: hand each share to its custodian, who runs `keyrite share verify`, then destroy what is left here",
    );
}
