//! The one place where secret bytes live.

use std::convert::Infallible;
use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Secret bytes, wiped on drop.
///
/// Fixed in length, so no reallocation leaves a copy behind. Not `Clone`, `Copy`,
/// `Display`, `Serialize` or `AsRef`: every reader says [`Secret::expose`] and is
/// found by searching for it.
///
/// ```compile_fail
/// let secret = keyrite::secret::Secret::zeroed(16);
/// let copy = secret.clone();
/// ```
///
/// ```compile_fail
/// let secret = keyrite::secret::Secret::zeroed(16);
/// let text = serde_json::to_string(&secret).unwrap();
/// ```
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Makes `len` zero bytes, to be filled by [`Secret::expose_mut`].
    pub fn zeroed(len: usize) -> Self {
        Self(vec![0; len].into_boxed_slice())
    }

    /// Makes `len` bytes and lets `fill` write them in place.
    pub fn init(len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        match Self::try_init::<Infallible>(len, |bytes| {
            fill(bytes);
            Ok(())
        }) {
            Ok(secret) => secret,
            Err(never) => match never {},
        }
    }

    /// Makes `len` bytes and lets `fill` write them in place; a failed `fill` leaves nothing.
    ///
    /// # Errors
    ///
    /// Only what `fill` returns.
    pub fn try_init<E>(
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut secret = Self::zeroed(len);
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// Copies `bytes` and wipes the place they came from.
    pub fn take(bytes: &mut [u8]) -> Self {
        let secret = Self(bytes.to_vec().into_boxed_slice());
        bytes.zeroize();
        secret
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lends the bytes out. Keep the borrow short; never format it.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Lends the bytes out to be written in place.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// Wipes what calls that have returned left on the stack below: a value that was passed or moved stays
/// where it was. Call it from as far up as can be, when the work with a secret is over.
#[inline(never)]
#[expect(
    clippy::large_stack_arrays,
    reason = "it is the stack that is to be wiped"
)]
pub fn wipe_stack() {
    let mut below = [0_u8; DEPTH];
    below.zeroize();
    std::hint::black_box(&below);
}

/// Deeper than calls reach, and a small part of the smallest stack, which is a thread's.
const DEPTH: usize = 512 << 10;

#[cfg(test)]
mod tests {
    use super::Secret;

    static_assertions::assert_not_impl_any!(
        Secret: Clone, Copy, std::fmt::Display, AsRef<[u8]>, serde::Serialize, std::ops::Deref
    );

    #[test]
    fn debug_shows_the_length_only() {
        assert_eq!(
            format!("{:?}", Secret::take(&mut [7; 5])),
            "Secret(5 bytes)"
        );
    }

    #[test]
    fn taking_wipes_the_source() {
        let mut source = [9; 4];
        let secret = Secret::take(&mut source);
        assert_eq!((source, secret.expose()), ([0; 4], &[9; 4][..]));
    }
}
