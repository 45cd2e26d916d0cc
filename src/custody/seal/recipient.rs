//! Public keys that shares are sealed to.

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::str::FromStr;

use age::plugin;
use age::x25519;

use crate::custody::error::ShareError;
use crate::domain::record::Digest;

/// A custodian's public key: `age1…`, of a plugin `age1NAME1…`, or an SSH key.
#[derive(Clone)]
pub struct Recipient {
    /// Its one writing.
    text: String,
    pub(super) key: Key,
}

/// What does the sealing.
#[derive(Clone)]
pub(super) enum Key {
    X25519(x25519::Recipient),
    Plugin(plugin::Recipient),
    #[cfg(feature = "ssh-recipients")]
    Ssh(age::ssh::Recipient),
}

impl Recipient {
    pub(super) fn of(identity: &x25519::Identity) -> Self {
        let key = identity.to_public();
        Self {
            text: key.to_string(),
            key: Key::X25519(key),
        }
    }

    /// SHA-256 of its text, for the record and for reading aloud.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// The plugin that seals to it, where one does.
    pub fn plugin(&self) -> Option<&str> {
        match &self.key {
            Key::Plugin(recipient) => Some(recipient.plugin()),
            Key::X25519(_) => None,
            #[cfg(feature = "ssh-recipients")]
            Key::Ssh(_) => None,
        }
    }
}

impl FromStr for Recipient {
    type Err = ShareError;

    /// Messages leave the text out: it may be an identity, pasted by mistake.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let why = |why| ShareError::Recipient { why };
        if text.starts_with(IDENTITY) || text.starts_with(PLUGIN_IDENTITY) {
            return Err(why("it is an identity, which stays with its custodian"));
        }
        if SSH.iter().any(|start| text.starts_with(start)) {
            return ssh(text);
        }
        if let Some((_, what)) = LEFT_OUT.iter().find(|(start, _)| text.starts_with(start)) {
            return Err(ShareError::NotBuilt { what });
        }
        let key = match text.parse::<x25519::Recipient>() {
            Ok(recipient) => Key::X25519(recipient),
            // A plugin's recipient is `age1name1…`; an X25519 one has no second 1.
            Err(_) if text.strip_prefix("age1").is_some_and(|it| it.contains('1')) => {
                let recipient = text.parse::<plugin::Recipient>();
                Key::Plugin(recipient.map_err(|_| why("its checksum or length is wrong"))?)
            }
            Err(_) => return Err(why("its checksum or length is wrong")),
        };
        // One writing for each recipient, or its fingerprint would not be one.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(why("it is not in lower case"));
        }
        let text = text.to_owned();
        Ok(Self { text, key })
    }
}

#[cfg(feature = "ssh-recipients")]
fn ssh(text: &str) -> Result<Recipient, ShareError> {
    use age::ssh::ParseRecipientKeyError;

    let why = |why| ShareError::Recipient { why };
    let key: age::ssh::Recipient = text.parse().map_err(|error| match error {
        ParseRecipientKeyError::RsaModulusTooSmall => why("its RSA key is shorter than 2048 bits"),
        ParseRecipientKeyError::RsaModulusTooLarge => why("its RSA key is longer than 4096 bits"),
        ParseRecipientKeyError::Unsupported(_) | ParseRecipientKeyError::Ignore => {
            why("age takes ssh-ed25519 and ssh-rsa keys only")
        }
        _ => why("it is not an SSH public key"),
    })?;
    // Without the comment, which is nobody's key.
    let text = key.to_string();
    let key = Key::Ssh(key);
    Ok(Recipient { text, key })
}

#[cfg(not(feature = "ssh-recipients"))]
const fn ssh(_text: &str) -> Result<Recipient, ShareError> {
    Err(ShareError::SshNotBuilt)
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Recipient {}

impl Hash for Recipient {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// What one share is sealed to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Receiver {
    /// Keys, each of which opens it: the custodian's own, and a deputy's.
    Keys(Vec<Recipient>),
    /// A passphrase that the custodian types in the ceremony.
    Passphrase,
}

impl Receiver {
    /// The word in a script for a passphrase.
    pub const PASSPHRASE: &'static str = "passphrase";

    /// Reads `passphrase`, or one recipient or more.
    ///
    /// # Errors
    ///
    /// The place in `texts` of the one that is wrong, and why.
    pub fn parse(texts: &[&str]) -> Result<Self, (usize, ShareError)> {
        if texts == [Self::PASSPHRASE] {
            return Ok(Self::Passphrase);
        }
        let mut keys: Vec<Recipient> = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            if *text == Self::PASSPHRASE {
                return Err((place, ShareError::PassphraseBeside));
            }
            let key = text.parse().map_err(|error| (place, error))?;
            if keys.contains(&key) {
                let why = "it stands there twice";
                return Err((place, ShareError::Recipient { why }));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            let why = "there is none";
            return Err((0, ShareError::Recipient { why }));
        }
        Ok(Self::Keys(keys))
    }

    /// The keys; none of a passphrase.
    pub fn keys(&self) -> &[Recipient] {
        match self {
            Self::Keys(keys) => keys,
            Self::Passphrase => &[],
        }
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

/// How an identity begins.
const IDENTITY: &str = "AGE-SECRET-KEY-";
/// How a plugin's identity begins.
const PLUGIN_IDENTITY: &str = "AGE-PLUGIN-";
/// How SSH public keys begin.
const SSH: [&str; 3] = ["ssh-", "ecdsa-", "sk-"];
/// How recipients begin that this version leaves out.
const LEFT_OUT: [(&str, &str); 2] = [
    ("age1pq1", "post-quantum age recipients"),
    ("age1tag", "tagged age recipients"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::seal::Identities;

    const YUBIKEY: &str = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t";

    #[test]
    fn recipients_left_out_are_refused_by_name() {
        for (text, what) in [
            ("age1pq1abcdef", "post-quantum age recipients"),
            ("age1tag1abcdef", "tagged age recipients"),
            ("age1tagpq1abcdef", "tagged age recipients"),
        ] {
            assert_eq!(
                text.parse::<Recipient>().unwrap_err(),
                ShareError::NotBuilt { what }
            );
        }
    }

    #[cfg(not(feature = "ssh-recipients"))]
    #[test]
    fn ssh_keys_are_refused_where_they_are_not_built() {
        for text in ["ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 AAAA", "sk-ssh A"] {
            assert_eq!(
                text.parse::<Recipient>().unwrap_err(),
                ShareError::SshNotBuilt
            );
        }
    }

    #[test]
    fn a_recipient_has_one_writing() {
        let (_, recipient) = Identities::generate();
        let good = recipient.to_string();
        assert_eq!(good.parse::<Recipient>().unwrap(), recipient);
        for bad in [
            good.to_uppercase(),
            format!("{good} "),
            good[..good.len() - 1].to_owned(),
            "AGE-SECRET-KEY-1QQQ".to_owned(),
            "AGE-PLUGIN-YUBIKEY-1QQ".to_owned(),
            YUBIKEY.to_uppercase(),
            YUBIKEY[..YUBIKEY.len() - 1].to_owned(),
            String::new(),
        ] {
            assert!(
                matches!(bad.parse::<Recipient>(), Err(ShareError::Recipient { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_plugin_s_recipient_says_which_plugin() {
        let recipient: Recipient = YUBIKEY.parse().unwrap();
        assert_eq!(recipient.plugin(), Some("yubikey"));
        assert_eq!(recipient.to_string(), YUBIKEY);
        assert_eq!(Identities::generate().1.plugin(), None);
    }

    #[test]
    fn a_passphrase_stands_alone() {
        let (_, one) = Identities::generate();
        let (_, other) = Identities::generate();
        let (one, other) = (one.to_string(), other.to_string());
        assert_eq!(
            Receiver::parse(&["passphrase"]).unwrap(),
            Receiver::Passphrase
        );
        let two = Receiver::parse(&[&one, &other]).unwrap();
        assert_eq!(two.keys().len(), 2);
        for (texts, place) in [
            (&[one.as_str(), "passphrase"][..], 1),
            (&["passphrase", one.as_str()], 0),
        ] {
            assert_eq!(
                Receiver::parse(texts).unwrap_err(),
                (place, ShareError::PassphraseBeside)
            );
        }
        for (texts, place) in [
            (&[one.as_str(), one.as_str()][..], 1),
            (&[][..], 0),
            (&[one.as_str(), "age1"][..], 1),
        ] {
            let (found, error) = Receiver::parse(texts).unwrap_err();
            assert_eq!(found, place);
            assert!(matches!(error, ShareError::Recipient { .. }), "{error}");
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
}
