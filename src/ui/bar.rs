//! How far long work has come, where somebody watches.

use std::io;

use crate::ui::printer::Style;

/// A bar on standard error, at a terminal only.
#[derive(Debug)]
pub struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    /// Whether anybody would see one.
    pub fn is_seen(style: Style) -> bool {
        rustix::termios::isatty(io::stderr()) && !style.bare()
    }

    /// None.
    pub fn hidden() -> Self {
        Self(None)
    }

    /// A bar for so many pieces of work.
    pub fn of(total: usize) -> Self {
        let bar = indicatif::ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
        let template = "     {bar:30} {pos} of {len} · {per_sec} · {eta} left";
        if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// A bar for so many bytes.
    pub fn bytes(total: u64) -> Self {
        let bar = indicatif::ProgressBar::new(total);
        let template = "     {bar:30} {bytes} of {total_bytes} · {bytes_per_sec} · {eta} left";
        if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// So much more is done.
    pub fn advance(&self, by: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(by);
        }
    }

    /// One more is done.
    pub fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Writes lines beside the bar.
    pub fn aside(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes it away.
    pub fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
