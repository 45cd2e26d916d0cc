//! The time, as the engine sees it.

use crate::domain::record::Moment;

/// Tells the time.
pub trait Clock {
    /// The moment now, UTC.
    fn now(&mut self) -> Moment;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&mut self) -> Moment {
        Moment::new(jiff::Timestamp::now())
    }
}
