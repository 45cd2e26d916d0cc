//! Where random bytes come from.

/// The operating system had no random bytes to give.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the random source failed")]
pub struct RandomFailed;

/// A source of random bytes. A rehearsal brings its own; a live run can only have [`SystemRandom`].
pub trait Random {
    /// Fills `out`.
    ///
    /// # Errors
    ///
    /// When the source fails; `out` is then not to be used.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed>;

    /// A source for a worker of its own.
    ///
    /// # Errors
    ///
    /// When the source fails.
    fn for_worker(&mut self) -> Result<Box<dyn Random + Send>, RandomFailed> {
        Ok(Box::new(SystemRandom))
    }
}

/// The random generator of aws-lc-rs, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        aws_lc_rs::rand::fill(out).map_err(|_| RandomFailed)
    }
}
