//! Ctrl-C and a closed terminal at a question.
//!
//! The terminal library does not come back from a question when it is interrupted; so a thread
//! waits for the signal, puts the terminal right, says what follows, and ends the process. What is
//! on the disk is whole at any moment, and resuming explains the rest.

use std::sync::atomic::Ordering;
use std::time::Duration;

use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::consts::SIGTSTP;

use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::private;
use crate::ui::terminal;
use crate::ui::terminal::ASKING;
use crate::ui::terminal::attended;
use crate::ui::text::Tone;

/// How often it looks whether a step has come to its end, and after how many looks it says so.
const LOOK: Duration = Duration::from_millis(20);
const WAITED: u32 = 10;

/// Begins to wait for signals.
pub(super) fn watch(style: Style) {
    private::remember(style.bare());
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGHUP, SIGTERM, SIGTSTP])
    else {
        return;
    };
    // Without a terminal there is no next question to wait for.
    let attended = attended();
    std::thread::spawn(move || {
        // Ctrl-Z does nothing: a stopped process would keep keys in memory while nobody looks.
        if let Some(signal) = signals.forever().find(|signal| *signal != SIGTSTP) {
            let printer = Printer::talk(style);
            // At a terminal Ctrl-C in the middle of a step waits for the next question; a token that
            // takes long need not be waited for.
            let mut looks = 0_u32;
            let mut again = false;
            while attended && !again && !ASKING.load(Ordering::SeqCst) {
                looks += 1;
                if looks == WAITED {
                    let note = "note: interrupted: this ends with the step that goes on; Ctrl-C again ends it at once";
                    terminal::aside(|| printer.line(Tone::Trouble, note));
                }
                std::thread::sleep(LOOK);
                again = signals.pending().any(|signal| signal != SIGTSTP);
            }
            private::restore();
            let what = if signal == SIGHUP {
                "the terminal was closed"
            } else {
                "interrupted"
            };
            let place = match (attended, again) {
                (false, _) => "",
                (true, false) => " at a question",
                (true, true) => " in the middle of a step",
            };
            terminal::aside(|| {
                printer.line(Tone::Trouble, &format!("error: {what}{place}"));
                printer.line(Tone::Plain, "  hint: what is recorded stays; `keyrite run … --resume` says what is done and goes on");
            });
            #[expect(
                clippy::exit,
                clippy::disallowed_methods,
                reason = "the main thread waits inside the terminal library and does not come back"
            )]
            std::process::exit(Exit::Halted.code().into());
        }
    });
}
