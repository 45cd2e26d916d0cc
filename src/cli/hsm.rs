//! What the command line says of an HSM.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::arguments::HsmArgs;
use crate::engine::token::access::Access;
use crate::engine::token::watchdog::Hang;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::private;
use crate::ui::text::Tone;

/// How the HSM is reached; a call that does not return ends the process.
pub(super) fn access(arguments: &HsmArgs, style: Style) -> Access {
    Access {
        module: arguments.module.clone(),
        pin_file: arguments.pin_file.clone(),
        machine: arguments.machine.clone(),
        timeout: Duration::from_secs(arguments.token_timeout),
        on_hang: Arc::new(move |hang| end(hang, style)),
    }
}

fn end(hang: Hang, style: Style) {
    private::restore();
    let printer = Printer::talk(style);
    let seconds = hang.after.as_secs();
    printer.line(
        Tone::Trouble,
        &format!(
            "error: the module did not return from {} within {seconds} seconds",
            hang.call
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
