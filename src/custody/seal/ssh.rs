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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::custody::seal::Identities;
    use crate::custody::seal::Recipient;
    use crate::custody::seal::open;
    use crate::custody::seal::seal;

    fn text(text: &str) -> Secret {
        Secret::take(&mut text.as_bytes().to_vec())
    }

    fn stock(program: &str, arguments: &[&str], folder: &Path) {
        let mut command = Command::new(program);
        let output = command.args(arguments).current_dir(folder).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
    }

    fn read(path: &Path) -> Secret {
        Secret::take(&mut std::fs::read(path).unwrap())
    }

    #[test]
    fn age_opens_what_is_sealed_to_an_ssh_key_and_the_other_way_round() {
        for (kind, bits) in [("ed25519", "256"), ("rsa", "3072")] {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            let make = [
                "-q", "-t", kind, "-b", bits, "-N", "", "-C", "ben@x y", "-f", "key",
            ];
            stock("ssh-keygen", &make, folder.path());
            let public = std::fs::read_to_string(at("key.pub")).unwrap();
            let recipient: Recipient = public.trim().parse().unwrap();
            assert!(public.starts_with(&recipient.to_string()));
            assert!(
                !recipient.to_string().contains("ben@x"),
                "its comment is no key"
            );
            let sealed = seal(&text("a share"), &recipient).unwrap();
            std::fs::write(at("sealed"), sealed).unwrap();
            stock(
                "age",
                &["-d", "-i", "key", "-o", "opened", "sealed"],
                folder.path(),
            );
            assert!(read(&at("opened")) == text("a share"));
            stock(
                "age",
                &["-R", "key.pub", "-o", "theirs", "opened"],
                folder.path(),
            );
            let identities = Identities::parse(&[read(&at("key"))]).unwrap();
            let theirs = std::fs::read(at("theirs")).unwrap();
            assert!(open(&theirs, &identities, "theirs").unwrap() == text("a share"));
            // The same key, encrypted.
            let encrypt = ["-q", "-p", "-P", "", "-N", "correct horse", "-f", "key"];
            stock("ssh-keygen", &encrypt, folder.path());
            let mut identities = Identities::default();
            assert!(matches!(
                identities.add(&read(&at("key")), None, "key"),
                Err(ShareError::PassphraseNeeded { .. })
            ));
            assert!(matches!(
                identities.add(&read(&at("key")), Some(&text("wrong")), "key"),
                Err(ShareError::PassphraseWrong { .. })
            ));
            let right = text("correct horse");
            identities
                .add(&read(&at("key")), Some(&right), "key")
                .unwrap();
            assert!(open(&theirs, &identities, "theirs").unwrap() == text("a share"));
        }
    }

    #[test]
    fn other_ssh_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (kind, bits) in [("ecdsa", "256"), ("rsa", "1024")] {
            let make = ["-q", "-t", kind, "-b", bits, "-N", "", "-f", kind];
            stock("ssh-keygen", &make, folder.path());
            let public = folder.path().join(format!("{kind}.pub"));
            let public = std::fs::read_to_string(public).unwrap();
            let refused = public.trim().parse::<Recipient>();
            assert!(
                matches!(refused, Err(ShareError::Recipient { .. })),
                "{kind}"
            );
        }
        let key = read(&folder.path().join("ecdsa"));
        assert!(Identities::parse(&[key]).is_err());
    }
}
