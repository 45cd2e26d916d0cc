//! `keyrite combine`

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::CombineArgs;
use crate::cli::arguments::Format;
use crate::cli::fail;
use crate::cli::signals;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::engine::once::combine::CombineOnce;
use crate::engine::once::combine::Combined;
use crate::engine::once::combine::combine_once;
use crate::error::Exit;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;

pub(super) fn combine(arguments: &CombineArgs, style: Style) -> Exit {
    signals::watch(style);
    let mut desk = TerminalDesk::new(style, Answers::default(), Mode::Production);
    let job = CombineOnce {
        shares: &arguments.shares,
        identities: &arguments.identities,
        backup: arguments.backup.as_deref(),
        record: arguments.record.as_deref(),
        out: arguments.out.as_deref(),
    };
    match combine_once(&mut desk, &job) {
        Ok(done) => {
            tell(arguments, &done, style);
            Exit::Done
        }
        Err(error) => fail(&error, style),
    }
}

fn tell(arguments: &CombineArgs, done: &Combined, style: Style) {
    let out = Printer::results(style);
    let header = &done.set.header;
    if arguments.format == Format::Json {
        let shares: Vec<Value> = done
            .shares
            .iter()
            .map(|(index, from)| json!({"index": index, "from": from}))
            .collect();
        let object = json!({
            "ceremony": header.ceremony,
            "key": header.key,
            "key-type": header.kind_name(),
            "subject": header.subject,
            "set": done.set.id.to_string(),
            "epoch": header.epoch,
            "threshold": header.threshold,
            "total": header.total,
            "shares": shares,
            "check-values": done.in_backup.as_ref().unwrap_or(&done.check_values),
            "share-check-values": done.check_values,
            "out": arguments.out,
        });
        out.raw(&format!("{object:#}\n"));
        return;
    }
    let what = match (header.subject, &done.in_backup) {
        (Subject::BackupKey, None) => format!("the backup key of {}", header.key),
        (Subject::BackupKey, Some(_)) => {
            format!("the backup key of {}, which opens the backup", header.key)
        }
        (Subject::Key | Subject::Component, _) => header.key.clone(),
    };
    out.line(
        Tone::Good,
        &format!("the shares rebuild {what}: its check value holds"),
    );
    out.line(
        Tone::Plain,
        &format!("  share set      {}, epoch {}", done.set.id, header.epoch),
    );
    for (index, from) in &done.shares {
        out.line(
            Tone::Plain,
            &format!("  share          {index} of {}: {from}", header.total),
        );
    }
    for (name, value) in done.in_backup.as_ref().unwrap_or(&done.check_values) {
        out.line(Tone::Plain, &format!("  {name:<13}  {value}"));
    }
    if let Some(path) = &arguments.out {
        out.line(Tone::Plain, &format!("  plain secret   {}", path.display()));
        Printer::talk(style).line(
            Tone::Plain,
            "note: the secret is in that file, unprotected; destroy it when it has been used",
        );
    }
}
