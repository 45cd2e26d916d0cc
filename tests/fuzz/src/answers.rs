//! What is said to be a provider's answer about a key that was imported: it proves nothing of another key.
//!
//! The first byte names the provider, the second the type of the key, the third how the rest is shared out
//! between two files. What the ceremony recorded is what nobody can guess, and no fixture answers it.

use std::collections::BTreeMap;

use keyrite::domain::algorithm::KeyType;
use keyrite::domain::arrival::Challenge;
use keyrite::domain::arrival::Ends;
use keyrite::domain::arrival::Expected;
use keyrite::domain::arrival::Form;
use keyrite::domain::arrival::Verdict;
use keyrite::domain::arrival::judge;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Moment;
use keyrite::providers::InputFile;
use keyrite::providers::PROVIDERS;

use super::fixtures;

const KINDS: [KeyType; 6] = [
    KeyType::Aes256,
    KeyType::Hmac256,
    KeyType::Rsa2048,
    KeyType::EcP256,
    KeyType::Ed25519,
    KeyType::Aes128,
];

/// See the module.
pub fn run(input: &[u8]) {
    let [which, kind, share, rest @ ..] = input else {
        return;
    };
    let provider = PROVIDERS[usize::from(*which) % PROVIDERS.len()];
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let at = rest.len() * usize::from(*share) / 256;
    let mut told = Vec::new();
    for (name, bytes) in [("first", &rest[..at]), ("second", &rest[at..])] {
        let file = InputFile {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
        };
        if !bytes.is_empty() {
            told.extend(provider.read_answer(&file, kind).into_iter().flatten());
        }
    }
    let (facts, verdict) = judge(&expected(provider.id(), kind), &told);
    assert_ne!(verdict, Verdict::Arrived);
    assert!(!facts.is_empty());
}

fn expected(provider: &str, kind: KeyType) -> Expected {
    let digest = |of: &str| Digest::of(format!("nobody guesses {of}").as_bytes());
    let values = ["kcv.cmac5", "kcv.ecb3", "ekcv", "mac5", "spki.sha256"];
    let values = values.map(|name| (name.to_owned(), digest(name).to_string()));
    Expected {
        provider: provider.to_owned(),
        key_id: None,
        kind,
        check_values: BTreeMap::from(values),
        at: Moment::new(jiff::Timestamp::UNIX_EPOCH),
        ends: Some(Ends::Never),
        wrapping_key_id: None,
        challenge: Form::of(kind).map(|form| Challenge {
            form,
            question: digest("question"),
            answer: digest("answer"),
        }),
    }
}

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
        for (which, provider) in (0..).zip(PROVIDERS) {
            if provider.id().split('-').next() == Some(of) || of == "generic" {
                let kinds = (0..).zip(KINDS).map(|(kind, _)| kind);
                all.extend(kinds.map(|kind| [&[which, kind, 0], bytes.as_slice()].concat()));
            }
        }
    }
    all
}
