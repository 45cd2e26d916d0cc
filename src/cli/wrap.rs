//! `keyrite wrap`

use serde_json::json;

use crate::cli::NoCommand;
use crate::cli::arguments::Format;
use crate::cli::arguments::WrapArgs;
use crate::cli::fail;
use crate::cli::hsm;
use crate::crypto::random::SystemRandom;
use crate::domain::record::Mode;
use crate::engine::clock::SystemClock;
use crate::engine::files::Faults;
use crate::engine::wrap_once::KeySource;
use crate::engine::wrap_once::WrapOnce;
use crate::engine::wrap_once::wrap_once;
use crate::error::Exit;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;

pub(super) fn wrap(arguments: &WrapArgs, style: Style) -> Exit {
    let mut desk = TerminalDesk::new(style, Answers::default(), Mode::Production);
    let in_token = match &arguments.token {
        Some(uri) => match hsm::key(uri, arguments.label.as_deref(), &arguments.hsm, style) {
            Ok(key) => Some(key),
            Err(error) => return fail(&error, style),
        },
        None => None,
    };
    let key = match (&in_token, &arguments.key_file) {
        (Some(key), _) => KeySource::Token {
            label: &key.label,
            wanted: &key.uri.token,
            access: &key.access,
            desk: &mut desk,
        },
        (None, Some(path)) => KeySource::File(path),
        (None, None) => return fail(&NoCommand::Option("wrapping without a key"), style),
    };
    let mut parameters = vec![arguments.wrapping_key.clone()];
    parameters.extend(arguments.import_token.clone());
    let mut job = WrapOnce {
        provider: &arguments.provider,
        algorithm: &arguments.algorithm,
        parameters,
        key,
        kind: arguments.key_type,
        key_id: arguments.key_id.as_deref(),
        wrapping_key_id: arguments.wrapping_key_id.as_deref(),
        import_type: arguments.import_type,
        valid_for: arguments
            .valid_for_days
            .map(|days| i64::from(days) * 24 * 3600),
        out: &arguments.out,
    };
    let done = match wrap_once(
        &mut job,
        &mut SystemRandom,
        &mut SystemClock,
        &mut Faults::none(),
    ) {
        Ok(done) => done,
        Err(error) => return fail(&error, style),
    };
    let out = Printer::results(style);
    match arguments.format {
        Format::Json => {
            let object = json!({
                "provider": arguments.provider,
                "algorithm": arguments.algorithm,
                "key-type": arguments.key_type,
                "check-values": done.check_values,
                "wrapping-key": done.wrapping_key,
                "valid-to": done.parameters.valid_to,
                "checked": done.checked,
                "artifacts": done.artifacts,
            });
            out.raw(&format!("{object:#}\n"));
        }
        Format::Text => {
            out.line(
                Tone::Good,
                &format!(
                    "the {} key is wrapped for {} ({})",
                    arguments.key_type, arguments.provider, arguments.algorithm
                ),
            );
            out.line(
                Tone::Plain,
                &format!("  wrapping key   {}", done.wrapping_key),
            );
            for (name, value) in &done.check_values {
                out.line(Tone::Plain, &format!("  {name:<13}  {value}"));
            }
            for artifact in &done.artifacts {
                let path = arguments.out.join(&artifact.path);
                out.line(
                    Tone::Plain,
                    &format!("  {:>6} bytes   {}", artifact.bytes, path.display()),
                );
            }
            if let Some(at) = done.parameters.valid_to {
                out.line(
                    Tone::Plain,
                    &format!("  wrapping key and import token expire at {at}"),
                );
            }
        }
    }
    Exit::Done
}
