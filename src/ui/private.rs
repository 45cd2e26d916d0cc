//! A screen for one person: nothing typed is echoed, and nothing shown stays.

use std::io;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::SpecialCodeIndex;
use rustix::termios::Termios;
use rustix::termios::tcgetattr;
use rustix::termios::tcsetattr;

use crate::domain::text::plain;
use crate::engine::desk::ByLine;
use crate::secret::Secret;

/// What is typed in place of an answer to tell an exception.
pub const OTHERWISE: &str = "!";

/// The longest line that is read; longer than any key or passphrase.
const MAX: usize = 4096;

/// Rows of a terminal that does not say how many it has.
const ROWS: usize = 24;

/// Rows around a page: heading, blank lines and the question below.
const AROUND: usize = 8;

/// Whether the terminal gets no escape sequence.
static BARE: AtomicBool = AtomicBool::new(false);

/// How the terminal was before this program touched it.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Remembers how the terminal is, for [`restore`], and whether it is spared escape sequences.
pub fn remember(bare: bool) {
    BARE.store(bare, Ordering::SeqCst);
    let before = tcgetattr(io::stdin().as_fd()).ok();
    *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = before;
}

/// Puts the terminal back as it was: echo on, cursor shown, the usual screen.
pub fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(before) = before.as_ref() {
        // The terminal may be gone; then there is nothing to restore.
        let _ = tcsetattr(io::stdin().as_fd(), OptionalActions::Now, before);
        screen("\x1b[2J\x1b[?1049l\x1b[?25h");
        show("\n");
    }
}

/// Why nothing was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unread {
    /// Ctrl-C or Ctrl-D.
    Interrupted,
    /// `!` alone: an exception is told instead.
    Otherwise,
    /// The terminal is gone.
    Closed,
}

/// The alternate screen, until it is dropped.
struct Screen {
    before: Termios,
}

impl Screen {
    fn enter() -> Result<Self, Unread> {
        let stdin = io::stdin();
        let before = tcgetattr(stdin.as_fd()).map_err(|_| Unread::Closed)?;
        let mut unseen = before.clone();
        unseen.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        unseen.special_codes[SpecialCodeIndex::VMIN] = 1;
        unseen.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin.as_fd(), OptionalActions::Flush, &unseen).map_err(|_| Unread::Closed)?;
        screen("\x1b[?1049h\x1b[2J\x1b[H");
        Ok(Self { before })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        screen("\x1b[2J\x1b[H\x1b[?1049l");
        // The Enter that ended the line was not echoed.
        if BARE.load(Ordering::SeqCst) {
            show("\r\n");
        }
        // The terminal may be gone; then there is nothing to restore.
        let _ = tcsetattr(io::stdin().as_fd(), OptionalActions::Flush, &self.before);
    }
}

/// Changes what the screen shows, unless it is bare: then nothing that was shown is secret.
fn screen(sequence: &str) {
    if !BARE.load(Ordering::SeqCst) {
        show(sequence);
    }
}

fn show(text: &str) {
    put(text.as_bytes());
}

/// Writes to the screen without a buffer in between.
fn put(bytes: &[u8]) {
    let mut out = io::stderr().lock();
    drop(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Reads one line unseen, straight into a [`Secret`], on a screen headed `heading`.
pub fn read(heading: &str) -> Result<Secret, Unread> {
    let screen = Screen::enter()?;
    show(&format!(
        "\r\n  {}\r\n\r\n  Nothing you type is shown. Enter ends it.\r\n\r\n  > ",
        plain(heading)
    ));
    let line = read_line(false);
    drop(screen);
    line
}

/// Has lines typed in on a screen headed `heading`. What is typed is shown where the screen can be
/// cleared of it; a wrong line is asked for again, with what is wrong.
pub fn lines(heading: &str, lines: &mut dyn ByLine) -> Result<(), Unread> {
    let shown = !BARE.load(Ordering::SeqCst);
    let screen = Screen::enter()?;
    let how = if shown {
        "Spaces and capitals do not matter. Enter ends a line."
    } else {
        "Nothing you type is shown. Enter ends a line."
    };
    show(&format!("\r\n  {}\r\n\r\n  {how}\r\n\r\n", plain(heading)));
    let read = loop {
        let Some(wanted) = lines.wanted() else {
            break Ok(());
        };
        show(&format!("  line {} > ", plain(&wanted)));
        match read_line(shown) {
            Ok(line) => match lines.take(&line) {
                Ok(()) => show(if shown { "\r\n" } else { "ok\r\n" }),
                Err(wrong) => show(&format!("\r\n  {}\r\n", plain(&wrong))),
            },
            Err(unread) => break Err(unread),
        }
    };
    drop(screen);
    read
}

/// Shows a secret text on a screen headed `heading`, until Enter.
pub fn reveal(heading: &str, text: &Secret) -> Result<(), Unread> {
    let screen = Screen::enter()?;
    show(&format!("  {}\r\n", plain(heading)));
    for line in text.expose().split(|byte| *byte == b'\n') {
        put(line);
        put(b"\r\n");
    }
    show("  Enter clears the screen. ");
    let read = read_line(false);
    drop(screen);
    read.map(drop)
}

/// Rows and columns that [`reveal`] needs for a text, escape sequences not counted.
pub fn space(text: &Secret) -> (usize, usize) {
    let lines = text.expose().split(|byte| *byte == b'\n');
    let width = |line: &[u8]| {
        let mut escaped = false;
        // A character of more bytes counts once: by its first.
        let seen = line.iter().filter(|byte| {
            let was = escaped;
            escaped = **byte == 0x1b || (was && **byte != b'm');
            !was && !escaped && **byte & 0xc0 != 0x80
        });
        seen.count()
    };
    (
        lines.clone().count() + 2,
        lines.map(width).max().unwrap_or(0),
    )
}

/// Shows a text on a screen headed `heading`, page by page, until Enter after the last.
pub fn show_text(heading: &str, text: &Secret) -> Result<(), Unread> {
    let screen = Screen::enter()?;
    let rows = rustix::termios::tcgetwinsize(io::stderr().as_fd())
        .map_or(0, |size| usize::from(size.ws_row));
    let rows = if rows == 0 { ROWS } else { rows };
    let page = rows.saturating_sub(AROUND).max(1);
    let lines: Vec<&[u8]> = text
        .expose()
        .trim_ascii_end()
        .split(|byte| *byte == b'\n')
        .collect();
    let pages = lines.chunks(page);
    let total = pages.len();
    for (number, page) in (1..).zip(pages) {
        clear();
        show(&format!("\r\n  {}\r\n\r\n", plain(heading)));
        for line in page {
            show("  ");
            put(line);
            show("\r\n");
        }
        show(&if number < total {
            format!("\r\n  Page {number} of {total}. Enter shows the next one: ")
        } else {
            "\r\n  Enter takes this off the screen: ".to_owned()
        });
        read_line(false)?;
    }
    drop(screen);
    Ok(())
}

/// Reads one line that its person sees, straight into a [`Secret`], on a screen headed `heading`;
/// `wants` is what the line is called, `wrong` what was wrong with it before, and what to do.
pub fn read_seen(
    heading: &str,
    wants: &str,
    wrong: Option<(&str, Option<&str>)>,
) -> Result<Secret, Unread> {
    let screen = Screen::enter()?;
    show(&format!("\r\n  {}\r\n", plain(heading)));
    if let Some((message, hint)) = wrong {
        show(&format!("\r\n  {}\r\n", plain(message)));
        if let Some(hint) = hint {
            show(&format!("  {}\r\n", plain(hint)));
        }
    }
    show(&format!("\r\n  {} > ", plain(wants)));
    // Without a screen of its own, what is shown stays.
    let line = read_line(!BARE.load(Ordering::SeqCst));
    drop(screen);
    line
}

fn clear() {
    screen("\x1b[2J\x1b[H");
}

/// Reads to Enter; what is typed is shown where `seen`.
fn read_line(seen: bool) -> Result<Secret, Unread> {
    let mut place = Secret::zeroed(MAX);
    let mut length = 0;
    loop {
        let mut byte = [0];
        match rustix::io::read(io::stdin().as_fd(), &mut byte) {
            Ok(1) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Ok(_) | Err(_) => return Err(Unread::Closed),
        }
        match byte[0] {
            b'\r' | b'\n' => break,
            0x03 | 0x04 => return Err(Unread::Interrupted),
            0x08 | 0x7f => {
                if seen && length > 0 {
                    show("\x08 \x08");
                }
                length = usize::saturating_sub(length, 1);
            }
            other => {
                if let Some(slot) = place.expose_mut().get_mut(length) {
                    *slot = other;
                    length += 1;
                    if seen && matches!(other, b' '..=b'~') {
                        put(&byte);
                    }
                }
            }
        }
    }
    let typed = place.expose().get(..length).unwrap_or_default();
    if typed == OTHERWISE.as_bytes() {
        return Err(Unread::Otherwise);
    }
    Ok(Secret::init(length, |bytes| bytes.copy_from_slice(typed)))
}
