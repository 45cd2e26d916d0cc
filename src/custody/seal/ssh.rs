//! SSH keys as age identities, where they are built in.

use age::ssh;

use crate::custody::error::ShareError;
use crate::custody::seal::passphrase;
use crate::secret::Secret;

/// Reads an SSH private key, decrypted where it is encrypted; `label` is what errors call it.
pub(super) fn identity(
    file: &Secret,
    passphrase: Option<&Secret>,
    label: &str,
) -> Result<ssh::Identity, ShareError> {
    let named = label.to_owned();
    let unreadable = ShareError::Identity {
        file: named.clone(),
        line: 1,
    };
    let read = ssh::Identity::from_buffer(file.expose(), None);
    match read.map_err(|_| unreadable.clone())? {
        ssh::Identity::Encrypted(key) => {
            let passphrase = passphrase.ok_or_else(|| ShareError::PassphraseNeeded {
                file: named.clone(),
            })?;
            let wrong = || ShareError::PassphraseWrong {
                file: named.clone(),
            };
            let text = passphrase::text(passphrase).ok_or_else(wrong)?;
            Ok(key.decrypt(text).map_err(|_| wrong())?.into())
        }
        open @ ssh::Identity::Unencrypted(_) => Ok(open),
        ssh::Identity::Unsupported(_) => Err(unreadable),
    }
}
