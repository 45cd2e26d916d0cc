//! `keyrite share drill`

use std::path::PathBuf;

use clap::Args;
use clap::ValueHint;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::fail;
use crate::cli::signals;
use crate::domain::record::Mode;
use crate::engine::possession;
use crate::error::Exit;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;

// Arguments of `share drill`.
#[derive(Args, Debug)]
pub(super) struct ShareDrillArgs {
    /// The share: an age file, an opened share, the text of a card; `-` types a card in
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    share: PathBuf,
    /// age identity file of its custodian; may be repeated
    #[arg(long = "identity", value_name = "FILE", value_hint = ValueHint::FilePath)]
    identities: Vec<PathBuf>,
    /// Ceremony that dealt the share
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    record: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn drill(arguments: &ShareDrillArgs, style: Style) -> Exit {
    signals::watch(style);
    let mut desk = TerminalDesk::new(style, Answers::default(), Mode::Production);
    let done = possession::drill(
        &mut desk,
        &arguments.share,
        &arguments.identities,
        &arguments.record,
    );
    let proven = match done {
        Ok(proven) => proven,
        Err(error) => return fail(&error, style),
    };
    let out = Printer::results(style);
    match arguments.format {
        Format::Json => {
            let object = json!({
                "key": proven.key,
                "set": proven.set,
                "epoch": proven.epoch,
                "threshold": proven.threshold,
                "total": proven.total,
                "index": proven.index,
                "custodian": proven.custodian,
                "result": "proven",
            });
            out.raw(&format!("{object:#}\n"));
        }
        Format::Text => {
            out.line(
                Tone::Good,
                &format!(
                    "share {} of {} of key {} is proven: it opens, is whole, and fits the commitment in the record",
                    proven.index, proven.total, proven.key
                ),
            );
            for (name, value) in [
                ("held by", proven.custodian.clone()),
                (
                    "share set",
                    format!("{}, epoch {}", proven.set, proven.epoch),
                ),
            ] {
                out.line(Tone::Plain, &format!("  {name:<13}  {value}"));
            }
            Printer::talk(style).line(
                Tone::Plain,
                "note: this proves it to you; for others, take part in a ceremony of `kind: drill`",
            );
        }
    }
    Exit::Done
}
