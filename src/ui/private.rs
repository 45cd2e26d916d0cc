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

use crate::secret::Secret;

/// The longest line that is read; longer than any key or passphrase.
const MAX: usize = 4096;

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
    let mut out = io::stderr().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Reads one line unseen, straight into a [`Secret`], on a screen headed `heading`.
pub fn read(heading: &str) -> Result<Secret, Unread> {
    let screen = Screen::enter()?;
    show(&format!(
        "\r\n  {}\r\n\r\n  Nothing you type is shown. Enter ends it.\r\n\r\n  > ",
        crate::domain::text::plain(heading)
    ));
    let line = read_line();
    drop(screen);
    line
}

fn read_line() -> Result<Secret, Unread> {
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
            0x08 | 0x7f => length = usize::saturating_sub(length, 1),
            other => {
                if let Some(slot) = place.expose_mut().get_mut(length) {
                    *slot = other;
                    length += 1;
                }
            }
        }
    }
    let typed = place.expose().get(..length).unwrap_or_default();
    Ok(Secret::init(length, |bytes| bytes.copy_from_slice(typed)))
}
