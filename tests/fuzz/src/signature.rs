//! An SSH signature holds for its message, its purpose and its key, and for nothing else.
//!
//! The first byte says what the rest is: a signature, a line of allowed signers, a public key; or edits of a
//! good signature, its message and the list of who may sign.

use keyrite::domain::record::Moment;
use keyrite::record::allowed_signers::AllowedSigners;
use keyrite::record::signing::PublicKey;
use keyrite::record::signing::Signature;
use keyrite::record::signing::SigningKey;

use super::edits;
use super::fixtures;

const NAMESPACE: &str = "ceremony-record@keyrite";
const MESSAGE: &[u8] = b"what was read aloud and agreed upon\n";

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    match how % 4 {
        0 => held(rest, MESSAGE),
        1 => listed(&text),
        2 => {
            if let Ok(key) = PublicKey::parse(&text) {
                let again = PublicKey::parse(&key.to_line()).expect("our own line");
                assert_eq!(again.fingerprint(), key.fingerprint());
            }
        }
        _ => {
            let (mut signature, mut message) = (good(), MESSAGE.to_vec());
            edits::apply(&mut [&mut signature, &mut message], rest);
            held(&signature, &message);
        }
    }
}

/// By the key of the fixture, and by the one that the signature names.
fn held(signature: &[u8], message: &[u8]) {
    let Ok(signature) = Signature::parse(signature) else {
        return;
    };
    if signature
        .verify(NAMESPACE, message, &key().public())
        .is_ok()
    {
        assert_eq!(message, MESSAGE);
        assert_eq!(signature.namespace(), NAMESPACE);
    }
    // Whoever is named can have signed; nobody signs for two purposes at once.
    if let Ok(named) = signature.key() {
        let holds = |purpose: &str| signature.verify(purpose, message, &named).is_ok();
        assert!(!(holds(NAMESPACE) && holds("ceremony-rehearsal@keyrite")));
    }
}

fn listed(text: &str) {
    let Ok(list) = AllowedSigners::parse(text) else {
        return;
    };
    let at = Moment::new(jiff::Timestamp::UNIX_EPOCH);
    for purpose in [NAMESPACE, "ceremony-script@keyrite"] {
        for key in list.keys_for("ana", purpose, at) {
            PublicKey::parse(&key.to_line()).expect("our own line");
        }
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn good() -> Vec<u8> {
    let signed = key().sign(NAMESPACE, MESSAGE).expect("it can be signed");
    signed.into_bytes()
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = vec![[&[0], good().as_slice()].concat(), vec![3]];
    for (path, bytes) in fixtures::below("record")
        .into_iter()
        .chain(fixtures::below("story/register"))
    {
        let name = path.file_name().unwrap_or_default();
        let kind = match path.extension() {
            _ if name == "allowed_signers" => 1,
            Some(end) if end == "sig" => 0,
            _ => continue,
        };
        all.push([&[kind], bytes.as_slice()].concat());
    }
    all.push([&[2], key().public().to_line().as_bytes()].concat());
    all.extend((0..16).map(|place| vec![3, 0, 0, place * 16, 1, 1, b'A']));
    all.push(vec![3, 1, 0, 0, 1, 1, b'W']);
    all
}
