//! Passphrases that shares and identity files are sealed with.

use age::scrypt;
use age::secrecy::SecretString;

use crate::custody::error::ShareError;
use crate::secret::Secret;

/// How much work each guess at a passphrase costs: scrypt's N is 2 to this.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Work(u8);

impl Work {
    /// What the age program takes: a second or so of one core, and 256 MiB.
    pub const USUAL: Self = Self(18);
    /// Next to none, for the throwaway passphrases of a rehearsal.
    pub const THROWAWAY: Self = Self(4);

    /// The work of a passphrase that protects nothing, or of one that does.
    pub const fn of(throwaway: bool) -> Self {
        if throwaway {
            Self::THROWAWAY
        } else {
            Self::USUAL
        }
    }
}

/// Whether a passphrase is one to seal a share with.
///
/// Length and variety are what a program can see; that it was not taken from a book it cannot.
/// Only printable ASCII, because another keyboard must type the same bytes years later.
///
/// # Errors
///
/// [`ShareError::PassphraseWeak`], which says what is missing and nothing of what was typed.
pub fn strong_enough(passphrase: &Secret) -> Result<(), ShareError> {
    let bytes = passphrase.expose();
    let weak = |why| Err(ShareError::PassphraseWeak { why });
    if !bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return weak("it has other characters than those of printable ASCII");
    }
    if bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ') {
        return weak("it begins or ends with a space");
    }
    if bytes.len() < MIN_LENGTH {
        return weak("it is shorter than 20 characters");
    }
    let different = (b' '..=b'~').filter(|byte| bytes.contains(byte)).count();
    if different < MIN_DIFFERENT {
        return weak("it has fewer than 8 different characters");
    }
    Ok(())
}

/// The text that the age library takes; wiped when it is dropped.
pub(super) fn text(passphrase: &Secret) -> Option<SecretString> {
    // `From<&str>` allocates exactly once.
    let text = std::str::from_utf8(passphrase.expose()).ok()?;
    Some(SecretString::from(text))
}

pub(super) fn recipient(passphrase: &Secret, work: Work) -> Option<scrypt::Recipient> {
    let mut recipient = scrypt::Recipient::new(text(passphrase)?);
    recipient.set_work_factor(work.0);
    Some(recipient)
}

pub(super) fn identity(passphrase: &Secret) -> Option<scrypt::Identity> {
    let mut identity = scrypt::Identity::new(text(passphrase)?);
    identity.set_max_work_factor(MAX_WORK);
    Some(identity)
}

/// Work factor above which a passphrase is not tried: age writes 18, and each step doubles the time.
const MAX_WORK: u8 = 22;
/// Six words of a list of 7776, the shortest that there are, are longer.
const MIN_LENGTH: usize = 20;
/// Any text that is not one word over and over has more.
const MIN_DIFFERENT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_passphrase_is_refused_with_what_it_lacks() {
        for (typed, lacks) in [
            ("", "shorter"),
            ("correct horse batte", "shorter"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaa", "different"),
            ("abcdefgabcdefgabcdefgabcdefg", "different"),
            (" correct horse battery staple", "space"),
            ("correct horse battery staple ", "space"),
            ("correct h\u{f6}rse battery staple", "ASCII"),
            ("correct horse\tbattery staple", "ASCII"),
        ] {
            let secret = Secret::take(&mut typed.as_bytes().to_vec());
            let Err(ShareError::PassphraseWeak { why }) = strong_enough(&secret) else {
                panic!("{typed:?} is strong enough");
            };
            assert!(why.contains(lacks), "{typed:?}: {why}");
        }
        let good = Secret::take(&mut b"correct horse battery staple".to_vec());
        assert_eq!(strong_enough(&good), Ok(()));
    }
}
