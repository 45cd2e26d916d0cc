//! What is said to be a provider's import parameters: it is read or refused, and what is read can be packed.
//!
//! The first byte names the provider, the second how the rest is shared out between two files; none is the
//! second where it is 0. The same files are read as what tells who can get at a key.

use keyrite::crypto::check_value::CheckValues;
use keyrite::domain::algorithm::KeyType;
use keyrite::providers::Expiry;
use keyrite::providers::InputFile;
use keyrite::providers::PROVIDERS;
use keyrite::providers::Package;
use keyrite::providers::Provider;

use super::fixtures;

/// See the module.
pub fn run(input: &[u8]) {
    let [which, share, rest @ ..] = input else {
        return;
    };
    let provider = PROVIDERS[usize::from(*which) % PROVIDERS.len()];
    let files = files(*share, rest);
    // A policy that is read says of everybody only what it says.
    if let Ok(read) = provider.read_access(&files, KEY) {
        for one in &read.principals {
            assert!(!one.id.is_empty());
        }
    }
    let Ok(mut parameters) = provider.read_parameters(&files) else {
        return;
    };
    assert!((2048..=16384).contains(&parameters.wrapping_key.bits()));
    if parameters.name_wrapping_key(provider, None).is_err() {
        return;
    }
    if let Some(id) = &parameters.key_id
        && provider.check_key_id(id).is_ok()
    {
        harmless(id);
    }
    if let Some(id) = &parameters.wrapping_key_id {
        harmless(id);
    }
    let key_id = parameters.key_id.clone();
    if key_id.is_none_or(|id| provider.check_key_id(&id).is_ok()) {
        pack(provider, &parameters);
    }
}

fn files(share: u8, rest: &[u8]) -> Vec<InputFile> {
    let file = |name: &str, bytes: &[u8]| InputFile {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    };
    if share == 0 {
        return vec![file("first", rest)];
    }
    let at = rest.len() * usize::from(share) / 256;
    vec![file("first", &rest[..at]), file("second", &rest[at..])]
}

/// An id that may go into a command has nothing in it that a shell takes for more than a word.
fn harmless(id: &str) {
    let odd = |byte: u8| !byte.is_ascii_graphic() || b"\"'`$&|;<>()\\*?[]{}!#~".contains(&byte);
    assert!(!id.starts_with('-') && !id.bytes().any(odd), "{id:?}");
}

fn pack(provider: &dyn Provider, parameters: &keyrite::providers::ImportParameters) {
    let values = CheckValues::default();
    for profile in provider.profiles() {
        let made = provider.package(&Package {
            profile,
            kind: KeyType::Aes256,
            blob: &[0x5a; 64],
            parameters,
            key_id: None,
            expiry: Expiry::Never,
            import_type: None,
            check_values: &values,
        });
        for artifact in made.into_iter().flatten() {
            assert!(!artifact.name.contains('/') && !artifact.name.starts_with('.'));
        }
    }
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (path, bytes) in fixtures::below("providers") {
        let inside = path
            .strip_prefix(fixtures::data("providers"))
            .expect("below it");
        let of = inside
            .iter()
            .next()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let own = (0_u8..).zip(PROVIDERS).filter(|(_, provider)| {
            let id = provider.id().split('-').next().unwrap_or_default();
            of == "generic" || of.split('-').next() == Some(id) || of == provider.id()
        });
        for (which, _) in own {
            all.push([&[which, 0], bytes.as_slice()].concat());
        }
    }
    // A key and a token beside it.
    let key = fixtures::bytes("providers/alibaba/parameters.json");
    all.push([&[6, 128], key.as_slice(), &key].concat());
    all
}
