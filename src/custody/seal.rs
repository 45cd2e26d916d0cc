//! Shares sealed to custodians as age files.
//!
//! # Shape
//!
//! An armored age file with one X25519 recipient, so that it can be printed or mailed and opened
//! with `age --decrypt`. Reading takes binary files too.

use std::fmt;
use std::io::Read;
use std::str::FromStr;

use age::DecryptError;
use age::Decryptor;
use age::armor::ArmoredReader;
use age::scrypt;
use age::secrecy::SecretString;
use age::x25519;

use crate::custody::error::ShareError;
use crate::domain::record::Digest;
use crate::secret::Secret;

/// A custodian's public key: `age1…`.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    /// SHA-256 of its text, for the record and for reading aloud.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }
}

impl FromStr for Recipient {
    type Err = ShareError;

    /// Messages leave the text out: it may be an identity, pasted by mistake.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        if let Some(what) = LEFT_OUT
            .iter()
            .find_map(|(start, what)| text.starts_with(start).then_some(*what))
        {
            return Err(ShareError::NotBuilt { what });
        }
        let why = |why| ShareError::Recipient { why };
        if text.starts_with(IDENTITY) {
            return Err(why("it is an identity, which stays with its custodian"));
        }
        match text.parse::<x25519::Recipient>() {
            // One writing for each recipient, or its fingerprint would not be one.
            Ok(recipient) if recipient.to_string() == text => Ok(Self(recipient)),
            Ok(_) => Err(why("it is not in lower case")),
            // A plugin's recipient is `age1name1…`; an X25519 one has no second 1.
            Err(_)
                if text
                    .strip_prefix("age1")
                    .is_some_and(|rest| rest.contains('1')) =>
            {
                Err(ShareError::NotBuilt {
                    what: "recipients of age plugins",
                })
            }
            Err(_) => Err(why("its checksum or length is wrong")),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// Refuses two custodians with one recipient: who holds that identity holds two shares.
pub fn distinct(recipients: &[(&str, &Recipient)]) -> Result<(), ShareError> {
    for (place, (second, recipient)) in recipients.iter().enumerate() {
        let mut before = recipients.iter().take(place);
        if let Some((first, _)) = before.find(|(_, other)| other == recipient) {
            return Err(ShareError::DuplicateRecipient {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
            });
        }
    }
    Ok(())
}

/// Seals `secret` to one custodian: an armored age file.
///
/// The age library draws its own random bytes from the operating system, in a rehearsal too.
pub fn seal(secret: &Secret, recipient: &Recipient) -> Result<Vec<u8>, ShareError> {
    age::encrypt_and_armor(&recipient.0, secret.expose())
        .map(String::into_bytes)
        .map_err(|_| ShareError::SealFailed)
}

/// Private keys that may open sealed shares.
#[derive(Default)]
pub struct Identities(Vec<x25519::Identity>);

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({})", self.0.len())
    }
}

impl Identities {
    /// Makes a throwaway identity, for the stand-in custodian of a rehearsal.
    pub fn generate() -> (Self, Recipient) {
        let identity = x25519::Identity::generate();
        let recipient = Recipient(identity.to_public());
        (Self(vec![identity]), recipient)
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
    /// Lines `AGE-SECRET-KEY-1…`, comments and blank lines, as age-keygen writes them; or the same
    /// encrypted with a passphrase by `age --passphrase`.
    pub fn add(
        &mut self,
        file: &Secret,
        passphrase: Option<&Secret>,
        label: &str,
    ) -> Result<(), ShareError> {
        if looks_sealed(file.expose()) {
            let passphrase = passphrase.ok_or_else(|| ShareError::PassphraseNeeded {
                file: label.to_owned(),
            })?;
            let opened = open_identity_file(file, passphrase, label)?;
            return self.read(&opened, label);
        }
        self.read(file, label)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The recipients that belong to the identities.
    pub fn recipients(&self) -> Vec<Recipient> {
        self.0
            .iter()
            .map(|identity| Recipient(identity.to_public()))
            .collect()
    }

    fn read(&mut self, file: &Secret, label: &str) -> Result<(), ShareError> {
        let unreadable = |line| ShareError::Identity {
            file: label.to_owned(),
            line,
        };
        let before = self.0.len();
        for (number, line) in (1..).zip(file.expose().split(|byte| *byte == b'\n')) {
            let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let text = std::str::from_utf8(line).map_err(|_| unreadable(number))?;
            if let Some(what) = LEFT_OUT
                .iter()
                .find_map(|(start, what)| text.starts_with(start).then_some(*what))
            {
                return Err(ShareError::NotBuilt { what });
            }
            let identity = text.parse().map_err(|_| unreadable(number))?;
            self.0.push(identity);
        }
        if self.0.len() == before {
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

/// Opens an age file, binary or armored, with whichever identity fits; `label` is what errors call it.
pub fn open(file: &[u8], identities: &Identities, label: &str) -> Result<Secret, ShareError> {
    let named = label.to_owned();
    if !looks_sealed(file) {
        return Err(ShareError::NotAge { file: named });
    }
    let decryptor =
        Decryptor::new_buffered(ArmoredReader::new(file)).map_err(|_| ShareError::Damaged {
            file: named.clone(),
        })?;
    if decryptor.is_scrypt() {
        return Err(ShareError::NotBuilt {
            what: "shares encrypted with a passphrase",
        });
    }
    let keys = identities.0.iter().map(|key| key as &dyn age::Identity);
    let reader = decryptor.decrypt(keys).map_err(|error| {
        if matches!(error, DecryptError::NoMatchingKeys) {
            ShareError::CannotOpen {
                file: named.clone(),
            }
        } else {
            ShareError::Damaged {
                file: named.clone(),
            }
        }
    })?;
    read_secret(reader, file.len()).ok_or(ShareError::Damaged { file: named })
}

fn open_identity_file(
    file: &Secret,
    passphrase: &Secret,
    label: &str,
) -> Result<Secret, ShareError> {
    let named = label.to_owned();
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(file.expose())).map_err(|_| {
        ShareError::Damaged {
            file: named.clone(),
        }
    })?;
    if !decryptor.is_scrypt() {
        return Err(ShareError::NotBuilt {
            what: "identity files encrypted to another identity",
        });
    }
    let wrong = || ShareError::PassphraseWrong {
        file: named.clone(),
    };
    let text = std::str::from_utf8(passphrase.expose()).map_err(|_| wrong())?;
    // `From<&str>` allocates exactly once; the string is wiped when it is dropped.
    let mut identity = scrypt::Identity::new(SecretString::from(text));
    identity.set_max_work_factor(MAX_WORK);
    let reader = decryptor
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .map_err(|_| wrong())?;
    read_secret(reader, file.len()).ok_or(ShareError::Damaged { file: named })
}

/// Reads to the end without a buffer that grows: the plain text is shorter than the file.
fn read_secret(mut reader: impl Read, at_most: usize) -> Option<Secret> {
    let mut buffer = Secret::zeroed(at_most);
    let mut len = 0;
    loop {
        let rest = buffer.expose_mut().get_mut(len..)?;
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(_) => return None,
        }
    }
    Some(Secret::take(buffer.expose_mut().get_mut(..len)?))
}

fn looks_sealed(file: &[u8]) -> bool {
    let text = file.trim_ascii_start();
    text.starts_with(b"age-encryption.org/")
        || text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
}

/// How an identity begins.
const IDENTITY: &str = "AGE-SECRET-KEY-";

/// Work factor above which a passphrase is not tried: age writes 18, and each step doubles the time.
const MAX_WORK: u8 = 22;

/// How recipients and identities begin that this version leaves out.
const LEFT_OUT: &[(&str, &str)] = &[
    ("ssh-", "SSH keys as age recipients"),
    ("ecdsa-", "SSH keys as age recipients"),
    ("sk-", "SSH keys as age recipients"),
    ("-----BEGIN OPENSSH", "SSH keys as age identities"),
    ("-----BEGIN RSA", "SSH keys as age identities"),
    ("age1pq1", "post-quantum age recipients"),
    ("AGE-SECRET-KEY-PQ-", "post-quantum age identities"),
    ("age1tag", "recipients of age plugins"),
    ("AGE-PLUGIN-", "identities of age plugins"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Secret {
        Secret::take(&mut text.as_bytes().to_vec())
    }

    #[test]
    fn what_is_sealed_opens_with_its_identity_only() {
        let (identities, recipient) = Identities::generate();
        let (others, _) = Identities::generate();
        let sealed = seal(&text("a share"), &recipient).unwrap();
        assert!(sealed.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assert!(open(&sealed, &identities, "1.age").unwrap() == text("a share"));
        for none in [others, Identities::default()] {
            assert_eq!(
                open(&sealed, &none, "1.age").unwrap_err(),
                ShareError::CannotOpen {
                    file: "1.age".to_owned()
                }
            );
        }
    }

    #[test]
    fn a_changed_or_cut_file_is_named() {
        let (identities, recipient) = Identities::generate();
        let plain = age::encrypt(&recipient.0, b"a share").unwrap();
        for at in 0..plain.len() {
            let mut changed = plain.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &identities, "x").is_err(), "byte {at}");
            assert!(open(&plain[..at], &identities, "x").is_err(), "cut at {at}");
        }
        assert_eq!(
            open(b"hello", &identities, "x").unwrap_err(),
            ShareError::NotAge {
                file: "x".to_owned()
            }
        );
    }

    #[test]
    fn other_recipients_are_refused_by_name() {
        for (text, what) in [
            (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA",
                "SSH keys as age recipients",
            ),
            ("age1pq1abcdef", "post-quantum age recipients"),
            ("age1yubikey1q2w3e", "recipients of age plugins"),
        ] {
            assert_eq!(
                text.parse::<Recipient>().unwrap_err(),
                ShareError::NotBuilt { what }
            );
        }
        let (_, recipient) = Identities::generate();
        let good = recipient.to_string();
        assert_eq!(good.parse::<Recipient>().unwrap(), recipient);
        for bad in [
            good.to_uppercase(),
            format!("{good} "),
            good[..good.len() - 1].to_owned(),
            "AGE-SECRET-KEY-1QQQ".to_owned(),
            String::new(),
        ] {
            assert!(
                matches!(bad.parse::<Recipient>(), Err(ShareError::Recipient { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn one_recipient_for_two_custodians_is_refused() {
        let (_, a) = Identities::generate();
        let (_, b) = Identities::generate();
        assert!(distinct(&[("ana", &a), ("ben", &b)]).is_ok());
        assert_eq!(
            distinct(&[("ana", &a), ("ben", &b), ("cid", &a)]).unwrap_err(),
            ShareError::DuplicateRecipient {
                first: "ana".to_owned(),
                second: "cid".to_owned()
            }
        );
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
            Err(ShareError::NotBuilt { .. })
        ));
    }

    #[test]
    fn an_encrypted_identity_file_wants_its_passphrase() {
        use age::secrecy::ExposeSecret as _;

        let (identities, recipient) = Identities::generate();
        let key = identities.0[0].to_string();
        let mut pass = scrypt::Recipient::new("correct horse".into());
        pass.set_work_factor(2);
        let file = age::encrypt_and_armor(&pass, key.expose_secret().as_bytes()).unwrap();
        let file = text(&file);
        let mut some = Identities::default();
        assert!(matches!(
            some.add(&file, None, "key"),
            Err(ShareError::PassphraseNeeded { .. })
        ));
        assert!(matches!(
            some.add(&file, Some(&text("wrong")), "key"),
            Err(ShareError::PassphraseWrong { .. })
        ));
        some.add(&file, Some(&text("correct horse")), "key")
            .unwrap();
        assert_eq!(some.recipients(), [recipient]);
    }
}
