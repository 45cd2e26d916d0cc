//! Keys that cannot be taken out, and tokens that only say so.

use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::wrapping_key::WrappingKey;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::attributes::Verdict;
use keyrite::pkcs11::attribute::Attribute;
use keyrite::pkcs11::destroy::Gone;
use keyrite::pkcs11::destroy::destroy;
use keyrite::pkcs11::error::Pkcs11Error;
use keyrite::pkcs11::keys;
use keyrite::pkcs11::keys::KeyPlan;
use keyrite::pkcs11::lock::lock;
use keyrite::pkcs11::lock::prove_unextractable;
use keyrite::pkcs11::raw::Mechanism;
use keyrite::pkcs11::raw::Session;
use keyrite::pkcs11::usage::Usage;
use keyrite::pkcs11::wrapping_key;
use keyrite::pkcs11::wrapping_key::Trust;
use keyrite::secret::Secret;
use serde_json::Value;
use serde_json::json;

use super::Inside;
use super::on;
use crate::tokens::Kind;

const CLASSES: [KeyType; 4] = [
    KeyType::Aes256,
    KeyType::Hmac256,
    KeyType::EcP256,
    KeyType::Rsa2048,
];

fn plan(kind: KeyType, extractable: bool) -> KeyPlan<'static> {
    KeyPlan {
        token: true,
        extractable,
        ..KeyPlan::throwaway(kind, Usage::usual(kind))
    }
}

/// How many objects of trials there are; kryoptic has objects of its own besides.
fn labelled(session: &Session) -> usize {
    let label = KeyPlan::throwaway(KeyType::Aes256, &[]).label;
    let label = Attribute::bytes_of(cryptoki_sys::CKA_LABEL, label.as_bytes());
    session.find(&[label]).unwrap().len()
}

/// Makes a key of each class that may not be taken out, and tries.
fn try_to_take_out(inside: &Inside) -> Value {
    let session = inside.session();
    let told: serde_json::Map<String, Value> = CLASSES
        .into_iter()
        .map(|kind| {
            let made = keys::generate(&session, &plan(kind, false)).unwrap();
            let proof = prove_unextractable(&session, kind, made.key).unwrap();
            let told = match proof.verdict() {
                Verdict::Proved => json!({"proved": proof.in_words()}),
                Verdict::NothingToTry => json!("nothing to try"),
                Verdict::ComesOut(ways) => json!({"comes-out": ways}),
            };
            (kind.name().to_owned(), told)
        })
        .collect();
    // Nothing of the trials is left.
    assert_eq!(labelled(&session), 6, "{}", inside.kind);
    told.into()
}

#[test]
fn a_key_that_may_not_be_taken_out_is_refused_in_every_way_that_takes_others_out() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic],
        "protect::a_key_that_may_not_be_taken_out_is_refused_in_every_way_that_takes_others_out",
        try_to_take_out,
        |_, told| {
            for kind in CLASSES {
                let ways = told[kind.name()]["proved"].as_array();
                let ways = ways.unwrap_or_else(|| panic!("{kind}: {told}"));
                assert!(ways.len() >= 2, "{kind}: {ways:?}");
                for way in ways {
                    let refusal = way.as_str().unwrap().rsplit(": ").next().unwrap();
                    // kryoptic says of a private key that it may not be used so.
                    let known = ["CKR_KEY_UNEXTRACTABLE", "CKR_KEY_FUNCTION_NOT_PERMITTED"];
                    let copied = ["CKR_ATTRIBUTE_READ_ONLY", "CKR_TEMPLATE_INCONSISTENT"];
                    assert!(
                        known.contains(&refusal) || copied.contains(&refusal),
                        "{way}"
                    );
                }
            }
        },
    );
}

#[test]
fn a_token_that_wraps_what_it_calls_unextractable_is_found_out() {
    on(
        &[
            Kind::Nss,
            Kind::Shim(&Kind::SoftHsm, "non-extractable-wraps"),
        ],
        "protect::a_token_that_wraps_what_it_calls_unextractable_is_found_out",
        try_to_take_out,
        |_, told| {
            for kind in CLASSES {
                let ways = told[kind.name()]["comes-out"].to_string();
                assert!(ways.contains("CKM_AES_KEY_WRAP_PAD"), "{kind}: {told}");
            }
        },
    );
}

/// Makes a key of each class that may be taken out, and locks it.
fn lock_each(inside: &Inside) -> Value {
    let session = inside.session();
    let told: serde_json::Map<String, Value> = CLASSES
        .into_iter()
        .map(|kind| {
            let made = keys::generate(&session, &plan(kind, true)).unwrap();
            let locked = lock(&session, kind, made.key).unwrap();
            let proved = locked.proof.verdict() == Verdict::Proved;
            let told = json!({"proved": proved, "how": locked.how, "fixed": locked.unmodifiable});
            (kind.name().to_owned(), told)
        })
        .collect();
    told.into()
}

#[test]
fn a_key_is_locked_and_does_not_come_out_any_more() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic],
        "protect::a_key_is_locked_and_does_not_come_out_any_more",
        lock_each,
        |_, told| {
            for kind in CLASSES {
                let how = told[kind.name()]["how"].as_str().unwrap();
                assert_eq!(how, "CKA_EXTRACTABLE was switched off");
                assert_eq!(told[kind.name()]["proved"], true, "{kind}: {told}");
            }
        },
    );
}

#[test]
fn a_token_that_only_claims_to_have_locked_a_key_is_found_out() {
    on(
        &[Kind::Nss, Kind::Shim(&Kind::SoftHsm, "lock-ignored")],
        "protect::a_token_that_only_claims_to_have_locked_a_key_is_found_out",
        lock_each,
        |_, told| {
            for kind in CLASSES {
                assert_eq!(told[kind.name()]["proved"], false, "{kind}: {told}");
            }
        },
    );
}

#[test]
fn a_destroyed_key_is_not_found_not_read_and_not_used() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic, Kind::Nss, Kind::P11Kit],
        "protect::a_destroyed_key_is_not_found_not_read_and_not_used",
        |inside| {
            let session = inside.session();
            let mut told = Vec::new();
            for kind in CLASSES {
                let made = keys::generate(&session, &plan(kind, true)).unwrap();
                for object in made.public.into_iter().chain([made.key]) {
                    let Gone { read, used } = destroy(&session, object).unwrap();
                    told.push(json!([read.to_string(), used.map(|rv| rv.to_string())]));
                }
            }
            assert_eq!(labelled(&session), 0, "{}", inside.kind);
            told.into()
        },
        |_, told| {
            let told = told.as_array().unwrap();
            assert_eq!(told.len(), 6);
            for gone in told {
                assert_eq!(gone[0], "CKR_OBJECT_HANDLE_INVALID", "{gone}");
            }
            assert_eq!(told.iter().filter(|gone| gone[1].is_null()).count(), 2);
        },
    );
}

#[test]
fn a_wrapping_key_is_brought_in_and_no_trust_is_claimed_that_protects_nothing() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic, Kind::Nss],
        "protect::a_wrapping_key_is_brought_in_and_no_trust_is_claimed_that_protects_nothing",
        |inside| {
            let session = inside.session();
            let pair = TestPair::of(2048).unwrap();
            let key = pair.public().unwrap();
            let trust = wrapping_key::try_trust(&session, &key).unwrap();
            let imported = wrapping_key::import(&session, &key, false).unwrap();
            let mut kek = [7; 32];
            kek[0] = 0xff;
            let aes = WrappingKey::from_secret(Secret::take(&mut kek)).unwrap();
            assert_eq!(
                wrapping_key::import(&session, &aes, false).err(),
                Some(Pkcs11Error::WrappingKey)
            );
            let made = keys::generate(&session, &plan(KeyType::Aes256, true)).unwrap();
            let hash = keyrite::crypto::wrap::Hash::Sha1;
            let oaep = Mechanism::Oaep { hash, mgf: hash };
            let blob = session.wrap(oaep, imported.handle(), made.key).unwrap();
            json!({
                "blob": keyrite::domain::record::hex(&blob),
                "pair": keyrite::domain::record::hex(pair.pkcs8()),
                "trust": match trust { Trust::Proved => "proved".to_owned(), Trust::None(why) => why },
            })
        },
        |token, told| {
            let script = "\
import json, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
told = json.loads(sys.argv[1])
key = serialization.load_der_private_key(bytes.fromhex(told['pair']), None)
oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
assert len(key.decrypt(bytes.fromhex(told['blob']), oaep)) == 32
";
            super::assert_python(script, told);
            let why = told["trust"].as_str().unwrap();
            let wanted = if token.init_args().is_some() {
                "wraps under an untrusted key all the same"
            } else {
                "the user cannot make a wrapping key trusted"
            };
            assert!(why.contains(wanted), "{why}");
        },
    );
}
