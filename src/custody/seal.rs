//! Shares sealed to custodians as age files.
//!
//! # Shape
//!
//! An armored age file, so that it can be printed or mailed and opened with `age --decrypt`. It is
//! sealed to keys (X25519, those of age plugins, SSH keys where they are built in), each of which
//! opens it; or to one passphrase. Reading takes binary files too.

mod identity;
mod passphrase;
mod plugin;
mod recipient;
#[cfg(feature = "ssh-recipients")]
mod ssh;

pub use identity::Identities;
pub use identity::identity_text;
pub use passphrase::Work;
pub use passphrase::strong_enough;
pub use plugin::NoPlugins;
pub use plugin::Plugins;
pub use recipient::Receiver;
pub use recipient::Recipient;
pub use recipient::distinct;

use std::fmt::Display;
use std::io::BufReader;
use std::io::Read;
use std::io::Write as _;

use age::DecryptError;
use age::Decryptor;
use age::EncryptError;
use age::Encryptor;
use age::armor::ArmoredReader;
use age::armor::ArmoredWriter;
use age::armor::Format;
use age::plugin::IdentityPluginV1;
use age::plugin::RecipientPluginV1;

use crate::custody::error::ShareError;
use crate::custody::seal::plugin::Caller;
use crate::custody::seal::plugin::attended;
use crate::custody::seal::recipient::Key;
use crate::domain::text::plain;
use crate::secret::Secret;

/// Seals `secret` to one custodian, without any plugin: an armored age file.
///
/// The age library draws its own random bytes from the operating system, in a rehearsal too.
pub fn seal(secret: &Secret, recipient: &Recipient) -> Result<Vec<u8>, ShareError> {
    seal_to(secret, std::slice::from_ref(recipient), &mut NoPlugins)
}

/// Seals `secret` so that each of the `recipients` opens it.
pub fn seal_to(
    secret: &Secret,
    recipients: &[Recipient],
    plugins: &mut dyn Plugins,
) -> Result<Vec<u8>, ShareError> {
    let mut hardware: Vec<age::plugin::Recipient> = Vec::new();
    let mut others: Vec<&dyn age::Recipient> = Vec::new();
    for recipient in recipients {
        match &recipient.key {
            Key::X25519(key) => others.push(key),
            Key::Plugin(key) => hardware.push(key.clone()),
            #[cfg(feature = "ssh-recipients")]
            Key::Ssh(key) => others.push(key),
        }
    }
    if hardware.is_empty() {
        return encrypt(secret, &others).map_err(|error| not_sealed(&error, ""));
    }
    let names = names(hardware.iter().map(age::plugin::Recipient::plugin));
    for name in &names {
        plugins.may_run(name)?;
    }
    let sealed = attended(plugins, |caller| {
        // What is not a plugin's cannot cross into the thread as a trait object.
        let mut all: Vec<&dyn age::Recipient> = Vec::new();
        for recipient in recipients {
            match &recipient.key {
                Key::X25519(key) => all.push(key),
                Key::Plugin(_) => {}
                #[cfg(feature = "ssh-recipients")]
                Key::Ssh(key) => all.push(key),
            }
        }
        let started = names
            .iter()
            .map(|name| RecipientPluginV1::new(name, &hardware, &[], caller.clone()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(EncryptError::PluginResolve)?;
        all.extend(started.iter().map(|plugin| plugin as &dyn age::Recipient));
        encrypt(secret, &all)
    });
    let sealed = sealed.ok_or(ShareError::SealFailed)?;
    sealed.map_err(|error| not_sealed(&error, &names.join(", ")))
}

/// Seals `secret` with a passphrase: an armored age file.
pub fn seal_with_passphrase(
    secret: &Secret,
    passphrase: &Secret,
    work: Work,
) -> Result<Vec<u8>, ShareError> {
    let recipient = passphrase::recipient(passphrase, work).ok_or(ShareError::PassphraseWeak {
        why: "it is not text",
    })?;
    encrypt(secret, &[&recipient]).map_err(|error| not_sealed(&error, ""))
}

/// Opens an age file, binary or armored, with whichever identity fits and without any plugin;
/// `label` is what errors call it.
pub fn open(file: &[u8], identities: &Identities, label: &str) -> Result<Secret, ShareError> {
    open_with(file, identities, label, &mut NoPlugins)
}

/// Opens an age file, binary or armored, with whichever identity fits; `label` is what errors call
/// it. A plugin runs only where no other identity opens the file.
pub fn open_with(
    file: &[u8],
    identities: &Identities,
    label: &str,
    plugins: &mut dyn Plugins,
) -> Result<Secret, ShareError> {
    let named = || label.to_owned();
    let decryptor = decryptor(file, label)?;
    if decryptor.is_scrypt() {
        if identities.passphrases.is_empty() {
            return Err(ShareError::ShareLocked { file: named() });
        }
        let keys: Vec<_> = identities
            .passphrases
            .iter()
            .filter_map(passphrase::identity)
            .collect();
        let keys = keys.iter().map(|key| key as &dyn age::Identity);
        let reader = decryptor
            .decrypt(keys)
            .map_err(|_| ShareError::ShareStaysLocked { file: named() })?;
        return read_secret(reader, file.len()).ok_or(ShareError::Damaged { file: named() });
    }
    #[cfg_attr(
        not(feature = "ssh-recipients"),
        expect(unused_mut, reason = "the other build adds SSH keys")
    )]
    let mut keys: Vec<&dyn age::Identity> = identities
        .x25519
        .iter()
        .map(|key| key as &dyn age::Identity)
        .collect();
    #[cfg(feature = "ssh-recipients")]
    keys.extend(identities.ssh.iter().map(|key| key as &dyn age::Identity));
    match decryptor.decrypt(keys.into_iter()) {
        Ok(reader) => read_secret(reader, file.len()).ok_or(ShareError::Damaged { file: named() }),
        Err(DecryptError::NoMatchingKeys) if !identities.plugin.is_empty() => {
            open_by_plugin(file, identities, label, plugins)
        }
        Err(error) => Err(not_opened(&error, label, "")),
    }
}

/// Whether an age file is encrypted with a passphrase.
pub fn wants_passphrase(file: &[u8], label: &str) -> Result<bool, ShareError> {
    Ok(decryptor(file, label)?.is_scrypt())
}

fn open_by_plugin(
    file: &[u8],
    identities: &Identities,
    label: &str,
    plugins: &mut dyn Plugins,
) -> Result<Secret, ShareError> {
    let names = names(identities.plugin.iter().map(age::plugin::Identity::plugin));
    for name in &names {
        plugins.may_run(name)?;
    }
    let opened = attended(plugins, |caller: Caller| {
        let started = names
            .iter()
            .map(|name| IdentityPluginV1::new(name, &identities.plugin, caller.clone()))
            .collect::<Result<Vec<_>, _>>();
        let started = started.map_err(|_| ShareError::PluginFailed {
            plugin: names.join(", "),
            said: "it cannot be found".to_owned(),
        })?;
        let keys = started.iter().map(|plugin| plugin as &dyn age::Identity);
        let reader = decryptor(file, label)?
            .decrypt(keys)
            .map_err(|error| not_opened(&error, label, &names.join(", ")))?;
        read_secret(reader, file.len()).ok_or(ShareError::Damaged {
            file: label.to_owned(),
        })
    });
    opened.ok_or(ShareError::SealFailed)?
}

fn encrypt(secret: &Secret, recipients: &[&dyn age::Recipient]) -> Result<Vec<u8>, EncryptError> {
    let encryptor = Encryptor::with_recipients(recipients.iter().copied())?;
    let mut sealed = Vec::new();
    let armored = ArmoredWriter::wrap_output(&mut sealed, Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armored)?;
    writer.write_all(secret.expose())?;
    writer.finish().and_then(ArmoredWriter::finish)?;
    Ok(sealed)
}

fn not_sealed(error: &EncryptError, plugin: &str) -> ShareError {
    let failed = |said: String| ShareError::PluginFailed {
        plugin: plugin.to_owned(),
        said,
    };
    match error {
        EncryptError::Plugin(errors) => failed(told(errors)),
        EncryptError::IncompatibleRecipients { .. } | EncryptError::MixedRecipientAndPassphrase => {
            failed("its recipients cannot be mixed with the others".to_owned())
        }
        EncryptError::PluginResolve(_) => failed("it cannot be found".to_owned()),
        EncryptError::Io(_) if !plugin.is_empty() => failed("it ended unexpectedly".to_owned()),
        EncryptError::Io(_)
        | EncryptError::EncryptedIdentities(_)
        | EncryptError::InvalidRecipientLabels(_)
        | EncryptError::MissingRecipients
        | _ => ShareError::SealFailed,
    }
}

fn not_opened(error: &DecryptError, label: &str, plugin: &str) -> ShareError {
    let file = label.to_owned();
    if let DecryptError::Plugin(errors) = error {
        return ShareError::PluginFailed {
            plugin: plugin.to_owned(),
            said: told(errors),
        };
    }
    if matches!(error, DecryptError::NoMatchingKeys) {
        ShareError::CannotOpen { file }
    } else {
        ShareError::Damaged { file }
    }
}

/// What plugins said went wrong, made fit to be shown.
fn told(errors: &[impl Display]) -> String {
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    // The age library sets off what it quotes by invisible marks.
    let said = said.join("; ").replace(['\u{2068}', '\u{2069}'], "");
    let words: Vec<&str> = said.split_whitespace().collect();
    plain(&words.join(" ")).into_owned()
}

fn names<'a>(all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = all.map(ToOwned::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

fn decryptor<'f>(
    file: &'f [u8],
    label: &str,
) -> Result<Decryptor<ArmoredReader<BufReader<&'f [u8]>>>, ShareError> {
    let file_name = label.to_owned();
    if !looks_sealed(file) {
        return Err(ShareError::NotAge { file: file_name });
    }
    Decryptor::new_buffered(ArmoredReader::new(file))
        .map_err(|_| ShareError::Damaged { file: file_name })
}

fn open_identity_file(
    file: &Secret,
    passphrase: &Secret,
    label: &str,
) -> Result<Secret, ShareError> {
    let named = label.to_owned();
    let decryptor = decryptor(file.expose(), label)?;
    if !decryptor.is_scrypt() {
        return Err(ShareError::NotBuilt {
            what: "identity files encrypted to another identity",
        });
    }
    let wrong = || ShareError::PassphraseWrong {
        file: named.clone(),
    };
    let identity = passphrase::identity(passphrase).ok_or_else(wrong)?;
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

/// Whether bytes are an age file, binary or armored.
pub fn looks_sealed(file: &[u8]) -> bool {
    let text = file.trim_ascii_start();
    text.starts_with(b"age-encryption.org/")
        || text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
}

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
    fn each_of_several_recipients_opens_the_share_alone() {
        let (ana, to_ana) = Identities::generate();
        let (deputy, to_deputy) = Identities::generate();
        let sealed = seal_to(&text("a share"), &[to_ana, to_deputy], &mut NoPlugins).unwrap();
        for one in [ana, deputy] {
            assert!(open(&sealed, &one, "1.age").unwrap() == text("a share"));
        }
    }

    #[test]
    fn a_passphrase_opens_what_it_sealed_and_no_other_does() {
        let pass = "correct horse battery staple";
        let sealed = seal_with_passphrase(&text("a share"), &text(pass), Work::THROWAWAY).unwrap();
        assert!(wants_passphrase(&sealed, "x").unwrap());
        let file = || "x".to_owned();
        let mut identities = Identities::generate().0;
        assert_eq!(
            open(&sealed, &identities, "x").unwrap_err(),
            ShareError::ShareLocked { file: file() }
        );
        identities.add_passphrase(text("another"));
        assert_eq!(
            open(&sealed, &identities, "x").unwrap_err(),
            ShareError::ShareStaysLocked { file: file() }
        );
        let mut identities = Identities::default();
        identities.add_passphrase(text(pass));
        assert!(open(&sealed, &identities, "x").unwrap() == text("a share"));
    }

    #[test]
    fn no_plugin_runs_where_none_is_allowed() {
        let yubikey = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t";
        let error = seal(&text("a share"), &yubikey.parse().unwrap()).unwrap_err();
        assert!(
            matches!(&error, ShareError::PluginRefused { plugin, .. } if plugin == "yubikey"),
            "{error}"
        );
    }

    /// Lets every plugin run.
    struct Any;

    impl Plugins for Any {
        fn may_run(&mut self, _plugin: &str) -> Result<(), ShareError> {
            Ok(())
        }

        fn show(&mut self, _text: &str) {}

        fn choose(&mut self, _text: &str, _yes: &str, _no: Option<&str>) -> Option<bool> {
            None
        }

        fn line(&mut self, _text: &str) -> Option<String> {
            None
        }

        fn secret(&mut self, _text: &str) -> Option<Secret> {
            None
        }
    }

    #[test]
    fn a_plugin_that_is_nowhere_is_named() {
        let bech32 = |prefix: &str| {
            let prefix = bech32::Hrp::parse(prefix).unwrap();
            bech32::encode::<bech32::Bech32>(prefix, b"nothing").unwrap()
        };
        let missing = ShareError::PluginFailed {
            plugin: "nowhere".to_owned(),
            said: "it cannot be found".to_owned(),
        };
        let recipient: Recipient = bech32("age1nowhere").parse().unwrap();
        let beside = Identities::generate().1;
        let error = seal_to(&text("a share"), &[recipient, beside.clone()], &mut Any).unwrap_err();
        assert_eq!(error, missing);
        let sealed = seal(&text("a share"), &beside).unwrap();
        let identity = text(&bech32("age-plugin-nowhere-").to_uppercase());
        let identities = Identities::parse(&[identity]).unwrap();
        let error = open_with(&sealed, &identities, "1.age", &mut Any).unwrap_err();
        assert_eq!(error, missing);
        let error = open(&sealed, &identities, "1.age").unwrap_err();
        assert!(matches!(error, ShareError::PluginRefused { .. }), "{error}");
    }

    #[test]
    fn a_changed_or_cut_file_is_named() {
        let (identities, recipient) = Identities::generate();
        let Key::X25519(key) = &recipient.key else {
            panic!("an X25519 identity has another recipient");
        };
        let plain = age::encrypt(key, b"a share").unwrap();
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
}
