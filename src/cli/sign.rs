//! `keyrite sign`

use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::NoCommand;
use crate::cli::arguments::Format;
use crate::cli::arguments::SignArgs;
use crate::cli::fail;
use crate::cli::hsm;
use crate::cli::signals;
use crate::domain::parse;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::engine::files;
use crate::engine::sign_later;
use crate::engine::sign_later::Key;
use crate::error::Exit;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;

pub(super) fn sign(arguments: &SignArgs, style: Style) -> Exit {
    let in_token = match &arguments.token {
        Some(uri) => match hsm::key(uri, arguments.label.as_deref(), &arguments.hsm, style) {
            Ok(key) => Some(key),
            Err(error) => return fail(&error, style),
        },
        None => None,
    };
    let socket = ssh_agent();
    let key = match (&in_token, arguments.key.as_deref()) {
        (Some(key), _) => Key::Token {
            label: &key.label,
            wanted: &key.uri.token,
            access: &key.access,
        },
        (None, Some(path)) => Key::File(path),
        // The command line demands one of the three.
        (None, None) => Key::Agent(socket.as_deref()),
    };
    signals::watch(style);
    let mut desk = TerminalDesk::new(style, Answers::default(), Mode::Production);
    let person = arguments.person.as_str();
    let signed = if arguments.what.is_dir() {
        match &arguments.disagree {
            Some(reason) => sign_later::disagree(&mut desk, &arguments.what, person, key, reason),
            None => sign_later::record(&mut desk, &arguments.what, person, key),
        }
    } else if arguments.disagree.is_some() {
        return fail(
            &NoCommand::Option("disagreeing with anything but a record"),
            style,
        );
    } else if is_organisation(&arguments.what) {
        sign_later::organisation(&mut desk, &arguments.what, person, key)
    } else if sign_later::is_checkpoint(&arguments.what) {
        sign_later::checkpoint(&mut desk, &arguments.what, person, key)
    } else {
        sign_later::script(&mut desk, &arguments.what, person, key)
    };
    match signed {
        Ok(signed) => {
            let out = Printer::results(style);
            match arguments.format {
                Format::Text => {
                    out.line(
                        Tone::Good,
                        &format!("{person} signed {} ({})", signed.what, signed.namespace),
                    );
                    out.line(Tone::Plain, &format!("  SHA-256    {}", signed.sha256));
                    if let Some((mode, outcome, exceptions)) = signed.standing {
                        let word = match outcome {
                            Outcome::Complete => "complete",
                            Outcome::Aborted => "aborted",
                        };
                        out.line(
                            Tone::Plain,
                            &format!("  ceremony   {mode}, {word}, exceptions: {exceptions}"),
                        );
                    }
                    out.line(
                        Tone::Plain,
                        &format!("  signature  {}", signed.path.display()),
                    );
                }
                Format::Json => {
                    let object = json!({
                        "signed": signed.what, "by": person, "namespace": signed.namespace,
                        "sha256": signed.sha256, "signature": signed.path,
                    });
                    out.raw(&format!("{object:#}\n"));
                }
            }
            Exit::Done
        }
        Err(error) => fail(&error, style),
    }
}

/// Whether a file says that it is an organisation file; one that cannot be read says nothing.
pub(super) fn is_organisation(path: &Path) -> bool {
    files::read_script(path).is_ok_and(|bytes| parse::is_organisation(&bytes))
}

/// Where ssh-agent listens, if there is one.
pub(super) fn ssh_agent() -> Option<PathBuf> {
    std::env::var_os("SSH_AUTH_SOCK")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}
