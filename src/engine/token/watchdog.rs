//! Ends the process when a module does not return from a call.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::pkcs11::raw::Watch;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// A call that did not return.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hang {
    /// The call, as `C_WrapKey`.
    pub call: &'static str,
    /// How long it was waited for.
    pub after: Duration,
}

/// What is done about a call that does not return; a thread that hangs in a module cannot be ended,
/// so this ends the process.
pub type OnHang = Arc<dyn Fn(Hang) + Send + Sync>;

/// Knows the call that is being made, and since when.
pub struct Watchdog {
    call: Arc<Mutex<Option<(&'static str, Instant)>>>,
}

impl Watchdog {
    /// Begins to look, from another thread.
    pub fn start(limit: Duration, on_hang: OnHang) -> Arc<Self> {
        let call: Arc<Mutex<Option<(&'static str, Instant)>>> = Arc::default();
        let watched = Arc::downgrade(&call);
        thread::spawn(move || {
            while let Some(call) = watched.upgrade() {
                let begun = *call.lock().unwrap_or_else(PoisonError::into_inner);
                drop(call);
                if let Some((call, since)) = begun
                    && since.elapsed() > limit
                {
                    on_hang(Hang { call, after: limit });
                }
                thread::sleep(LOOK);
            }
        });
        Arc::new(Self { call })
    }

    fn set(&self, call: Option<(&'static str, Instant)>) {
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) = call;
    }
}

impl Watch for Watchdog {
    fn begins(&self, call: &'static str) {
        self.set(Some((call, Instant::now())));
    }

    fn ended(&self) {
        self.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_return_is_told_and_one_that_does_is_not() {
        let (told, tells) = std::sync::mpsc::channel();
        let told = Mutex::new(told);
        let on_hang: OnHang = Arc::new(move |hang| {
            told.lock().unwrap().send(hang).unwrap();
        });
        let limit = Duration::from_millis(300);
        let watchdog = Watchdog::start(limit, on_hang);
        watchdog.begins("C_Sign");
        watchdog.ended();
        watchdog.begins("C_WrapKey");
        let hang = tells.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(
            hang,
            Hang {
                call: "C_WrapKey",
                after: limit
            }
        );
    }
}
