//! Writes lines: results to standard output, talk to standard error.

use std::io;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::domain::text::plain;
use crate::domain::text::spelt;
use crate::engine::desk::Say;
use crate::ui::text::Tone;
use crate::ui::text::lines;

/// Whether a result could not be written, other than to a closed pipe.
static UNWRITTEN: AtomicBool = AtomicBool::new(false);

/// Results that are held back to be written together; none while each line is written by itself.
static HELD: Mutex<Option<Vec<u8>>> = Mutex::new(None);
/// As much is held back at most.
const MUCH: usize = 1 << 16;

/// Whether every result was written, or its reader went away.
pub fn all_written() -> bool {
    !UNWRITTEN.load(Ordering::SeqCst)
}

/// How things are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// No colour, no spinner, no signs: for screen readers and recordings.
    pub plain: bool,
}

impl Style {
    /// Whether the terminal gets lines and nothing else: no escape sequence at all.
    pub fn bare(self) -> bool {
        self.plain || anstream::AutoStream::choice(&io::stderr()) == anstream::ColorChoice::Never
    }
}

/// Where lines go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum To {
    Results,
    Talk,
}

/// Writes to standard output or standard error. A closed pipe is nobody's error.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    to: To,
    colour: bool,
    marks: bool,
}

impl Printer {
    /// For results, on standard output.
    pub fn results(style: Style) -> Self {
        let colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        Self {
            to: To::Results,
            colour: colour && !style.plain,
            marks: !style.plain,
        }
    }

    /// For talk, on standard error.
    pub fn talk(style: Style) -> Self {
        let colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        Self {
            to: To::Talk,
            colour: colour && !style.plain,
            marks: !style.plain,
        }
    }

    /// Whether signs such as ✓ are used.
    pub fn marks(self) -> bool {
        self.marks
    }

    /// Shows something of a ceremony.
    pub fn say(self, say: &Say<'_>) {
        for (tone, line) in lines(say, self.marks) {
            self.line(tone, &line);
        }
    }

    /// Writes one line; characters that could change the terminal are spelt out.
    pub fn line(self, tone: Tone, line: &str) {
        let line = plain(line);
        let code = code(tone);
        if self.colour && !code.is_empty() {
            self.write(&format!("{code}{line}\u{1b}[0m\n"));
        } else {
            self.write(&format!("{line}\n"));
        }
    }

    /// Writes text that this program made, such as JSON or a man page, line by line as it is; what came
    /// into it from elsewhere cannot change the terminal.
    pub fn raw(self, text: &str) {
        self.write(&spelt(text));
    }

    fn write(self, text: &str) {
        let bytes = text.as_bytes();
        match self.to {
            To::Results => match held().as_mut() {
                Some(held) => {
                    held.extend(bytes);
                    if held.len() >= MUCH {
                        write(held);
                        held.clear();
                    }
                }
                None => write(bytes),
            },
            To::Talk => {
                if let Some(held) = held().as_mut() {
                    write(held);
                    held.clear();
                }
                // There is nowhere left to say that this failed.
                drop(io::stderr().lock().write_all(bytes));
            }
        }
    }

    /// Writes a long answer in large pieces instead of line by line.
    pub fn together(self, answer: impl FnOnce(Self)) {
        *held() = Some(Vec::new());
        answer(self);
        if let Some(rest) = held().take() {
            write(&rest);
        }
    }
}

/// Each line of an answer may be long gone or still to come when a thread dies: what is held is whole.
fn held() -> MutexGuard<'static, Option<Vec<u8>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => {}
        // Whoever closed the pipe does not want to read on.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(_) => UNWRITTEN.store(true, Ordering::SeqCst),
    }
}

const fn code(tone: Tone) -> &'static str {
    match tone {
        Tone::Title | Tone::Step => "\u{1b}[1m",
        Tone::Good => "\u{1b}[32m",
        Tone::Trouble => "\u{1b}[31m",
        Tone::Quiet => "\u{1b}[2m",
        Tone::Plain => "",
    }
}
