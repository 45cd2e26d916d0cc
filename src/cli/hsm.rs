//! What the command line says of an HSM.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cli::arguments::HsmArgs;
use crate::engine::token::access::Access;
use crate::engine::token::watchdog::Late;
use crate::error::Exit;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::locate::ModuleChoice;
use crate::pkcs11::uri::Uri;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::private;
use crate::ui::terminal;
use crate::ui::text::Tone;

/// How a URI begins; anything else is a file.
const SCHEME: &str = "pkcs11:";

/// How the HSM is reached; a call that takes long is told, and one that does not return ends the process.
///
/// # Errors
///
/// When `--module` is a URI that cannot be read.
pub(super) fn access(arguments: &HsmArgs, style: Style) -> Result<Access, Pkcs11Error> {
    let module = match &arguments.module {
        Some(text) if text.starts_with(SCHEME) => text.parse::<Uri>()?.module(),
        Some(path) => Some(ModuleChoice {
            path: PathBuf::from(path),
            arguments: None,
        }),
        None => None,
    };
    Ok(Access {
        module,
        pin_file: arguments.pin_file.clone(),
        machine: arguments.machine.clone(),
        timeout: Duration::from_secs(arguments.token_timeout),
        on_late: Arc::new(move |late| tell(late, style)),
    })
}

/// The token that `--token` names, any if it is absent, and how it is reached: what is given by
/// itself goes before what the URI says.
///
/// # Errors
///
/// When a URI cannot be read.
pub(super) fn token(
    token: Option<&str>,
    arguments: &HsmArgs,
    style: Style,
) -> Result<(Uri, Access), Pkcs11Error> {
    let uri: Uri = token.map(str::parse).transpose()?.unwrap_or_default();
    let mut access = access(arguments, style)?;
    access.pin_file = access.pin_file.or_else(|| uri.pin_source.clone());
    access.module = match access.module {
        Some(module) => Some(ModuleChoice {
            arguments: module.arguments.or_else(|| uri.init_args.clone()),
            ..module
        }),
        None => uri.module(),
    };
    Ok((uri, access))
}

/// A key in a token, as `--token` and `--label` name it, and how it is reached.
pub(super) struct KeyInToken {
    /// Its label.
    pub(super) label: String,
    /// What the URI says.
    pub(super) uri: Uri,
    /// How it is reached.
    pub(super) access: Access,
}

/// The key that `--token` and `--label` name.
///
/// # Errors
///
/// When a URI cannot be read.
pub(super) fn key(
    token: &str,
    label: Option<&str>,
    arguments: &HsmArgs,
    style: Style,
) -> Result<KeyInToken, Pkcs11Error> {
    let (uri, access) = self::token(Some(token), arguments, style)?;
    let label = label.map_or_else(|| uri.object.clone(), |label| Some(label.to_owned()));
    Ok(KeyInToken {
        label: label.unwrap_or_default(),
        uri,
        access,
    })
}

fn tell(late: Late, style: Style) {
    let printer = Printer::talk(style);
    let seconds = late.limit.as_secs();
    if !late.over {
        let note = format!(
            "note: waiting for the HSM to return from {}, for {seconds} seconds at most",
            late.call
        );
        terminal::aside(|| printer.line(Tone::Quiet, &note));
        return;
    }
    private::restore();
    printer.line(
        Tone::Trouble,
        &format!(
            "error: the module did not return from {} within {seconds} seconds",
            late.call
        ),
    );
    printer.line(
        Tone::Plain,
        "  hint: see to the HSM; what is recorded stays, and `keyrite run … --resume` says what is left in the token",
    );
    #[expect(
        clippy::exit,
        clippy::disallowed_methods,
        reason = "the main thread hangs in the module and cannot be ended otherwise"
    )]
    std::process::exit(Exit::Device.code().into());
}
