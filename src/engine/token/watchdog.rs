//! Tells when a module takes long to return from a call, and when it is waited for no longer.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::pkcs11::raw::Watch;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// After so long people wonder.
const LONG: Duration = Duration::from_secs(5);

/// A call that did not return yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Late {
    /// The call, as `C_WrapKey`.
    pub call: &'static str,
    /// How long it is waited for in all.
    pub limit: Duration,
    /// Whether that is over.
    pub over: bool,
}

/// What is done about a call that takes long; a thread that hangs in a module cannot be ended, so what
/// is over ends the process.
pub type OnLate = Arc<dyn Fn(Late) + Send + Sync>;

/// The call that is being made, since when, and whether it was told that it takes long.
type Begun = Option<(&'static str, Instant, bool)>;

/// Knows the call that is being made, and since when.
pub struct Watchdog {
    call: Arc<Mutex<Begun>>,
}

impl Watchdog {
    /// Begins to look, from another thread.
    pub fn start(limit: Duration, on_late: OnLate) -> Arc<Self> {
        let call: Arc<Mutex<Begun>> = Arc::default();
        let watched = Arc::downgrade(&call);
        thread::spawn(move || {
            while let Some(call) = watched.upgrade() {
                let found = late(
                    &mut call.lock().unwrap_or_else(PoisonError::into_inner),
                    Instant::now(),
                    limit,
                );
                drop(call);
                if let Some(found) = found {
                    on_late(found);
                }
                thread::sleep(LOOK);
            }
        });
        Arc::new(Self { call })
    }

    fn set(&self, call: Begun) {
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) = call;
    }
}

impl Watch for Watchdog {
    fn begins(&self, call: &'static str) {
        self.set(Some((call, Instant::now(), false)));
    }

    fn ended(&self) {
        self.set(None);
    }
}

/// What is to be told of a call: once that it takes long, and then that it is over.
fn late(begun: &mut Begun, now: Instant, limit: Duration) -> Option<Late> {
    let (call, since, told) = begun.as_mut()?;
    let waited = now.saturating_duration_since(*since);
    let over = waited > limit;
    if !over && (*told || waited < LONG) {
        return None;
    }
    *told = true;
    Some(Late { call, limit, over })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_return_is_told_and_one_that_does_is_not() {
        let (told, tells) = std::sync::mpsc::channel();
        let told = Mutex::new(told);
        let on_late: OnLate = Arc::new(move |late| {
            told.lock().unwrap().send(late).unwrap();
        });
        let limit = Duration::from_millis(300);
        let watchdog = Watchdog::start(limit, on_late);
        watchdog.begins("C_Sign");
        watchdog.ended();
        watchdog.begins("C_WrapKey");
        let late = tells.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(
            late,
            Late {
                call: "C_WrapKey",
                limit,
                over: true
            }
        );
    }

    #[test]
    fn a_call_that_takes_long_is_told_once_before_it_is_over() {
        let began = Instant::now();
        let limit = Duration::from_mins(5);
        let mut begun: Begun = Some(("C_WrapKey", began, false));
        let mut told = Vec::new();
        for second in 0..=301 {
            let now = began + Duration::from_secs(second);
            if let Some(late) = late(&mut begun, now, limit) {
                told.push((second, late.over));
            }
        }
        assert_eq!(told, [(5, false), (301, true)]);
        assert_eq!(late(&mut None, began, limit), None);
    }
}
