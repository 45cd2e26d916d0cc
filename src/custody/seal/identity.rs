//! Private keys and passphrases that open sealed shares.

use std::fmt;

use age::plugin;
use age::x25519;

use crate::custody::error::ShareError;
use crate::custody::seal::Recipient;
use crate::custody::seal::looks_sealed;
use crate::custody::seal::open_identity_file;
#[cfg(feature = "ssh-recipients")]
use crate::custody::seal::ssh;
use crate::secret::Secret;

/// Private keys and passphrases that may open sealed shares.
#[derive(Default)]
pub struct Identities {
    pub(super) x25519: Vec<x25519::Identity>,
    pub(super) plugin: Vec<plugin::Identity>,
    #[cfg(feature = "ssh-recipients")]
    pub(super) ssh: Vec<age::ssh::Identity>,
    pub(super) passphrases: Vec<Secret>,
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({})", self.len())
    }
}

impl Identities {
    /// Makes a throwaway identity, for the stand-in custodian of a rehearsal.
    pub fn generate() -> (Self, Recipient) {
        let identity = x25519::Identity::generate();
        let recipient = Recipient::of(&identity);
        let identities = Self {
            x25519: vec![identity],
            ..Self::default()
        };
        (identities, recipient)
    }

    /// Reads identity files that are not encrypted.
    pub fn parse(files: &[Secret]) -> Result<Self, ShareError> {
        let mut all = Self::default();
        for (number, file) in (1..).zip(files) {
            all.add(file, None, &format!("identity file {number}"))?;
        }
        Ok(all)
    }

    /// Adds the identities of one file; `label` is what errors call it.
    ///
    /// Lines `AGE-SECRET-KEY-1…` and `AGE-PLUGIN-…`, comments and blank lines, as age-keygen and
    /// plugins write them; the same encrypted with a passphrase by `age --passphrase`; or an SSH
    /// private key.
    pub fn add(
        &mut self,
        file: &Secret,
        passphrase: Option<&Secret>,
        label: &str,
    ) -> Result<(), ShareError> {
        let start = file.expose().trim_ascii_start();
        if SSH.iter().any(|begins| start.starts_with(begins)) {
            return self.add_ssh(file, passphrase, label);
        }
        if looks_sealed(file.expose()) {
            let passphrase = passphrase.ok_or_else(|| ShareError::PassphraseNeeded {
                file: label.to_owned(),
            })?;
            let opened = open_identity_file(file, passphrase, label)?;
            return self.read(&opened, label);
        }
        self.read(file, label)
    }

    /// Adds a passphrase, for shares that are encrypted with one.
    pub fn add_passphrase(&mut self, passphrase: Secret) {
        self.passphrases.push(passphrase);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        #[cfg(feature = "ssh-recipients")]
        let ssh = self.ssh.len();
        #[cfg(not(feature = "ssh-recipients"))]
        let ssh = 0;
        self.x25519.len() + self.plugin.len() + ssh + self.passphrases.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The recipients that belong to the identities, of those that are X25519.
    pub fn recipients(&self) -> Vec<Recipient> {
        self.x25519.iter().map(Recipient::of).collect()
    }

    #[cfg(feature = "ssh-recipients")]
    fn add_ssh(
        &mut self,
        file: &Secret,
        passphrase: Option<&Secret>,
        label: &str,
    ) -> Result<(), ShareError> {
        self.ssh.push(ssh::identity(file, passphrase, label)?);
        Ok(())
    }

    #[cfg(not(feature = "ssh-recipients"))]
    #[expect(clippy::unused_self, reason = "the other build adds to the identities")]
    fn add_ssh(
        &mut self,
        _file: &Secret,
        _passphrase: Option<&Secret>,
        _label: &str,
    ) -> Result<(), ShareError> {
        Err(ShareError::SshNotBuilt)
    }

    fn read(&mut self, file: &Secret, label: &str) -> Result<(), ShareError> {
        let unreadable = |line| ShareError::Identity {
            file: label.to_owned(),
            line,
        };
        let before = self.len();
        for (number, line) in (1..).zip(file.expose().split(|byte| *byte == b'\n')) {
            let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let text = std::str::from_utf8(line).map_err(|_| unreadable(number))?;
            if text.starts_with(POST_QUANTUM) {
                return Err(ShareError::NotBuilt {
                    what: "post-quantum age identities",
                });
            }
            if text.starts_with(PLUGIN) {
                let identity = text.parse().map_err(|_| unreadable(number))?;
                self.plugin.push(identity);
            } else {
                let identity = text.parse().map_err(|_| unreadable(number))?;
                self.x25519.push(identity);
            }
        }
        if self.len() == before {
            return Err(ShareError::NoIdentity {
                file: label.to_owned(),
            });
        }
        Ok(())
    }
}

/// The text of an age identity whose private key is `key` (32 bytes): what a stand-in custodian of
/// a rehearsal has in place of an identity file.
pub fn identity_text(key: &Secret) -> Result<Secret, ShareError> {
    let failed = || ShareError::SealFailed;
    let prefix = bech32::Hrp::parse("age-secret-key-").map_err(|_| failed())?;
    let mut text = bech32::encode_upper::<bech32::Bech32>(prefix, key.expose())
        .map_err(|_| failed())?
        .into_bytes();
    Ok(Secret::take(&mut text))
}

/// How a plugin's identity begins.
const PLUGIN: &str = "AGE-PLUGIN-";
/// How identities begin that this version leaves out.
const POST_QUANTUM: &str = "AGE-SECRET-KEY-PQ-";
/// How SSH private keys begin.
const SSH: [&[u8]; 2] = [b"-----BEGIN OPENSSH", b"-----BEGIN RSA"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::seal::Work;
    use crate::custody::seal::seal_with_passphrase;

    fn text(text: &str) -> Secret {
        Secret::take(&mut text.as_bytes().to_vec())
    }

    #[test]
    fn identity_files_are_read_without_showing_their_lines() {
        let secret = "AGE-SECRET-KEY-1NOTAKEY";
        let error = Identities::parse(&[text(&format!("# made today\n{secret}\n"))]).unwrap_err();
        assert_eq!(
            error,
            ShareError::Identity {
                file: "identity file 1".to_owned(),
                line: 2
            }
        );
        assert!(!error.to_string().contains(secret));
        assert!(matches!(
            Identities::parse(&[text("# nothing\n")]),
            Err(ShareError::NoIdentity { .. })
        ));
        assert!(matches!(
            Identities::parse(&[text("AGE-PLUGIN-YUBIKEY-1QQ\n")]),
            Err(ShareError::Identity { line: 1, .. })
        ));
        assert!(matches!(
            Identities::parse(&[text("AGE-SECRET-KEY-PQ-1QQ\n")]),
            Err(ShareError::NotBuilt { .. })
        ));
    }

    #[cfg(not(feature = "ssh-recipients"))]
    #[test]
    fn ssh_private_keys_are_refused_where_they_are_not_built() {
        for file in [
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
            "\n-----BEGIN RSA PRIVATE KEY-----\n",
        ] {
            assert_eq!(
                Identities::parse(&[text(file)]).unwrap_err(),
                ShareError::SshNotBuilt
            );
        }
    }

    #[test]
    fn an_encrypted_identity_file_wants_its_passphrase() {
        use age::secrecy::ExposeSecret as _;

        let (identities, recipient) = Identities::generate();
        let key = identities.x25519[0].to_string();
        let pass = text("correct horse");
        let file = seal_with_passphrase(&text(key.expose_secret()), &pass, Work::THROWAWAY);
        let file = Secret::take(&mut file.unwrap());
        let mut some = Identities::default();
        assert!(matches!(
            some.add(&file, None, "key"),
            Err(ShareError::PassphraseNeeded { .. })
        ));
        assert!(matches!(
            some.add(&file, Some(&text("wrong")), "key"),
            Err(ShareError::PassphraseWrong { .. })
        ));
        some.add(&file, Some(&pass), "key").unwrap();
        assert_eq!(some.recipients(), [recipient]);
    }
}
