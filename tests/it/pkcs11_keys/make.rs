//! Every type of key, made and read back, and seen from outside.

use keyrite::crypto::check_value;
use keyrite::crypto::signature::Scheme;
use keyrite::crypto::wrap::Hash;
use keyrite::domain::algorithm::KeyType;
use keyrite::pkcs11::check;
use keyrite::pkcs11::error::Pkcs11Error;
use keyrite::pkcs11::keys;
use keyrite::pkcs11::keys::Half;
use keyrite::pkcs11::keys::KeyPlan;
use keyrite::pkcs11::public;
use keyrite::pkcs11::raw::Session;
use keyrite::pkcs11::reading;
use keyrite::pkcs11::reading::Origin;
use keyrite::pkcs11::sign;
use keyrite::pkcs11::usage::Usage;
use serde_json::Value;
use serde_json::json;

use super::Inside;
use super::assert_python;
use super::on;
use crate::tokens::Kind;

/// A key that stays in the token.
fn kept(kind: KeyType, extractable: bool) -> KeyPlan<'static> {
    KeyPlan {
        kind,
        label: kind.name(),
        id: b"\x01\xab",
        token: true,
        extractable,
        wrap_with_trusted: false,
        usages: if kind.name().starts_with("aes") {
            // An independent caller computes the CMAC by the mechanism of that name.
            &[Usage::Encrypt, Usage::Sign]
        } else {
            Usage::usual(kind)
        },
    }
}

/// Longer RSA pairs take too long to be made in every token.
fn types() -> impl Iterator<Item = KeyType> {
    KeyType::all().filter(|kind| !matches!(kind, KeyType::Rsa3072 | KeyType::Rsa4096))
}

/// Makes one key and tells everything about it.
fn make(session: &Session, plan: &KeyPlan<'_>) -> Value {
    let made = match keys::generate(session, plan) {
        Ok(made) => made,
        Err(error) => return json!({"error": error.to_string()}),
    };
    let found = keys::find(session, Half::of_key(plan.kind), plan.label, plan.id).unwrap();
    assert_eq!(found, [made.key]);
    let reading = reading::read(session, plan, Origin::Generated, &made).unwrap();
    let differences: Vec<String> = reading
        .differences
        .iter()
        .map(|difference| format!("{:?}: {difference}", difference.severity))
        .collect();
    let checked = check::values(session, plan.kind, &made).unwrap();
    let spki = plan
        .kind
        .is_pair()
        .then(|| public::half_of(session, plan.kind, &made).unwrap());
    if let Some(spki) = &spki {
        sign::prove_pair(session, plan.kind, made.key, spki).unwrap();
    }
    json!({
        "differences": differences, "left-out": made.left_out,
        "values": checked.values, "not-computed": checked.not_computed,
        "spki": spki.as_deref().map(keyrite::domain::record::hex),
        "read": reading.key,
    })
}

fn make_every_type(inside: &Inside) -> Value {
    let session = inside.session();
    let mut made: serde_json::Map<String, Value> = types()
        .map(|kind| {
            let plan = kept(kind, true);
            (kind.name().to_owned(), make(&session, &plan))
        })
        .collect();
    made.insert("softhsm".to_owned(), inside.is("SoftHsm").into());
    made.into()
}

#[test]
fn every_type_of_key_is_made_as_planned_and_is_the_same_from_outside() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic],
        "make::every_type_of_key_is_made_as_planned_and_is_the_same_from_outside",
        make_every_type,
        |token, told| {
            for kind in types() {
                let key = &told[kind.name()];
                // kryoptic has no such curve; over OpenSSL 3.0 it has no Edwards keys either.
                let rare = [KeyType::Ed25519, KeyType::EcSecp256k1].contains(&kind);
                if rare && !told["softhsm"].as_bool().unwrap() {
                    assert!(key["error"].is_string(), "{kind}: {key}");
                    continue;
                }
                assert_eq!(key["differences"], json!([]), "{kind}: {key}");
                assert_eq!(key["left-out"], json!([]), "{kind}");
                // kryoptic makes no MAC under a key that is shorter than the hash.
                if kind == KeyType::Hmac224 && key["values"] == json!({}) {
                    assert_eq!(
                        key["not-computed"],
                        json!(["mac5: C_SignInit: CKR_KEY_SIZE_RANGE"])
                    );
                    continue;
                }
                assert_eq!(key["not-computed"], json!([]), "{kind}");
                if kind.is_pair() {
                    let answers = token.calls(json!([
                        {"do": "find", "as": "key",
                         "template": {"CKA_LABEL": kind.name(), "CKA_CLASS": "public"}},
                        {"do": "read", "object": "key",
                         "attributes": ["CKA_MODULUS", "CKA_EC_POINT"]},
                    ]));
                    assert_is_public_half(&key["spki"], &answers[1]["values"]);
                } else {
                    let values = &key["values"];
                    let wanted: &[(&str, Value, &str)] = if kind.name().starts_with("aes") {
                        &[
                            ("encrypt", json!("CKM_AES_ECB"), check_value::ECB3),
                            ("sign", json!("CKM_AES_CMAC"), check_value::CMAC5),
                        ]
                    } else {
                        &[("sign", json!("CKM_SHA256_HMAC"), check_value::MAC5)]
                    };
                    assert_eq!(values.as_object().unwrap().len(), wanted.len());
                    for (call, mechanism, name) in wanted {
                        let answers = token.calls(json!([
                            {"do": "find", "template": {"CKA_LABEL": kind.name()}, "as": "key"},
                            {"do": call, "mechanism": mechanism, "key": "key",
                             "data": "00".repeat(16)},
                        ]));
                        let block = answers[1]["hex"].as_str().unwrap().to_uppercase();
                        let value = values[name].as_str().unwrap();
                        assert!(
                            block.starts_with(value) && value.len() >= 6,
                            "{kind} {name}"
                        );
                    }
                }
            }
        },
    );
}

/// pyca/cryptography finds the token's numbers in our encoding.
#[track_caller]
fn assert_is_public_half(spki: &Value, numbers: &Value) {
    let script = "\
import json, sys
from cryptography.hazmat.primitives import serialization as s
spki, numbers = json.loads(sys.argv[1])
key = s.load_der_public_key(bytes.fromhex(spki))
if numbers['CKA_MODULUS'].get('hex'):
    assert key.public_numbers().n == int(numbers['CKA_MODULUS']['hex'], 16)
    assert key.public_numbers().e == 65537
else:
    raw = s.Encoding.Raw, s.PublicFormat.Raw
    point = s.Encoding.X962, s.PublicFormat.UncompressedPoint
    point = key.public_bytes(*(raw if not hasattr(key, 'curve') else point))
    assert numbers['CKA_EC_POINT']['hex'].endswith(point.hex())
";
    assert_python(script, &json!([spki, numbers]));
}

/// How NSS deviates is known (read back on softokn 3.87); every word of it must be found.
#[test]
fn the_lies_of_nss_are_found_by_name() {
    on(
        &[Kind::Nss],
        "make::the_lies_of_nss_are_found_by_name",
        |inside| {
            let session = inside.session();
            json!({
                "aes": make(&session, &kept(KeyType::Aes256, false)),
                "ec": make(&session, &kept(KeyType::EcP256, false)),
            })
        },
        |_, told| {
            for name in ["aes", "ec"] {
                let found = told[name]["differences"].to_string();
                for lie in [
                    "Origin: CKA_LOCAL is false, not true",
                    "Silent: the token does not say CKA_KEY_GEN_MECHANISM (absent)",
                ] {
                    assert!(found.contains(lie), "{name}: {found}");
                }
            }
        },
    );
}

#[test]
fn a_token_that_denies_or_invents_where_a_key_comes_from_is_found_out() {
    for (faults, lie) in [
        ("local-false", "Origin: CKA_LOCAL is false, not true"),
        (
            "nonsense-attribute@358",
            "C_GetAttributeValue returned CKA_KEY_GEN_MECHANISM that cannot be",
        ),
    ] {
        on(
            &[Kind::Shim(&Kind::SoftHsm, faults)],
            "make::a_token_that_denies_or_invents_where_a_key_comes_from_is_found_out",
            |inside| {
                let session = inside.session();
                let plan = kept(KeyType::Aes256, false);
                let made = keys::generate(&session, &plan).unwrap();
                match reading::read(&session, &plan, Origin::Generated, &made) {
                    Ok(reading) => json!(
                        reading
                            .lies()
                            .map(|lie| format!("{:?}: {lie}", lie.severity))
                            .collect::<Vec<_>>()
                    ),
                    Err(error) => json!([error.to_string()]),
                }
            },
            |_, told| {
                assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
                let found = told[0].as_str().unwrap();
                assert!(found.starts_with(lie), "{found}");
            },
        );
    }
}

#[test]
fn an_imported_key_that_claims_to_have_always_been_sensitive_is_a_lie() {
    on(
        &[Kind::Shim(&Kind::SoftHsm, "always-sensitive-lie")],
        "make::an_imported_key_that_claims_to_have_always_been_sensitive_is_a_lie",
        |inside| {
            use cryptoki_sys as sys;
            use keyrite::pkcs11::attribute::Attribute;
            let session = inside.session();
            let plan = KeyPlan::throwaway(KeyType::Aes256, &[Usage::Encrypt]);
            let mut template = keys::key_template(&plan);
            template.push(Attribute::bytes_of(sys::CKA_VALUE, &[7; 32]));
            let made = keys::Made {
                key: session.create(&template).unwrap(),
                public: None,
                left_out: Vec::new(),
            };
            let reading = reading::read(&session, &plan, Origin::Imported, &made).unwrap();
            json!(reading.lies().map(ToString::to_string).collect::<Vec<_>>())
        },
        |_, told| {
            assert_eq!(told, &json!(["CKA_ALWAYS_SENSITIVE is true, not false"]));
        },
    );
}

#[test]
fn a_check_value_that_the_token_contradicts_is_refused() {
    on(
        &[Kind::Shim(&Kind::SoftHsm, "wrong-check")],
        "make::a_check_value_that_the_token_contradicts_is_refused",
        |inside| {
            let session = inside.session();
            let made = keys::generate(&session, &kept(KeyType::Aes256, false)).unwrap();
            let error = check::values(&session, KeyType::Aes256, &made).unwrap_err();
            json!(matches!(error, Pkcs11Error::CheckValue { .. }))
        },
        |_, told| assert_eq!(told, &json!(true)),
    );
}

#[test]
fn a_key_without_the_use_for_it_has_no_check_value() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic],
        "make::a_key_without_the_use_for_it_has_no_check_value",
        |inside| {
            let session = inside.session();
            let told = |usages| {
                let plan = KeyPlan::throwaway(KeyType::Aes256, usages);
                let made = keys::generate(&session, &plan).unwrap();
                let checked = check::values(&session, KeyType::Aes256, &made).unwrap();
                let names: Vec<String> = checked
                    .values
                    .iter()
                    .map(|(name, _)| name.to_owned())
                    .collect();
                json!([names, checked.not_computed])
            };
            json!([told(&[Usage::Wrap]), told(&[Usage::Sign])])
        },
        |_, told| {
            assert_eq!(told[0][0], json!([]));
            assert_eq!(told[0][1].as_array().unwrap().len(), 2);
            assert_eq!(told[1][0], json!([check_value::CMAC5]));
            let why = told[1][1][0].as_str().unwrap();
            assert!(why.starts_with("kcv.ecb3: C_Encrypt"), "{why}");
        },
    );
}

#[test]
fn signatures_made_in_the_token_verify_elsewhere() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic],
        "make::signatures_made_in_the_token_verify_elsewhere",
        |inside| {
            let session = inside.session();
            let mut told = Vec::new();
            for (kind, schemes) in [
                (KeyType::EcP256, &[Scheme::Ecdsa][..]),
                (KeyType::EcP521, &[Scheme::Ecdsa]),
                (
                    KeyType::Rsa2048,
                    &[
                        Scheme::RsaPkcs1(Hash::Sha256),
                        Scheme::RsaPkcs1(Hash::Sha512),
                        Scheme::RsaPss(Hash::Sha256),
                    ],
                ),
            ] {
                let plan = KeyPlan::throwaway(kind, Usage::usual(kind));
                let made = keys::generate(&session, &plan).unwrap();
                let spki = public::half_of(&session, kind, &made).unwrap();
                for scheme in schemes {
                    let signature =
                        sign::sign(&session, kind, made.key, &spki, *scheme, b"message").unwrap();
                    told.push(json!({
                        "scheme": format!("{scheme:?}"), "hash": scheme.hash(kind).unwrap().name(),
                        "spki": keyrite::domain::record::hex(&spki),
                        "signature": keyrite::domain::record::hex(&signature),
                    }));
                }
                let other = if kind == KeyType::Rsa2048 {
                    Scheme::Ecdsa
                } else {
                    Scheme::Eddsa
                };
                let refused = sign::sign(&session, kind, made.key, &spki, other, b"message");
                assert!(matches!(refused, Err(Pkcs11Error::Scheme { .. })));
                // The public half of another pair: nothing is believed.
                let stranger = keys::generate(&session, &plan).unwrap();
                assert_eq!(
                    sign::prove_pair(&session, kind, stranger.key, &spki),
                    Err(Pkcs11Error::Signature { kind })
                );
            }
            told.into()
        },
        |_, told| {
            assert_eq!(told.as_array().unwrap().len(), 5);
            let script = "\
import json, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
for one in json.loads(sys.argv[1]):
    key = serialization.load_der_public_key(bytes.fromhex(one['spki']))
    signature = bytes.fromhex(one['signature'])
    hash = getattr(hashes, one['hash'].replace('-', ''))()
    if one['scheme'] == 'Ecdsa':
        half = len(signature) // 2
        r, s = (int.from_bytes(part) for part in (signature[:half], signature[half:]))
        key.verify(utils.encode_dss_signature(r, s), b'message', ec.ECDSA(hash))
    elif 'Pss' in one['scheme']:
        pss = padding.PSS(padding.MGF1(hash), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, b'message', pss, hash)
    else:
        key.verify(signature, b'message', padding.PKCS1v15(), hash)
";
            assert_python(script, told);
        },
    );
}

#[test]
fn halves_that_do_not_belong_together_and_halves_that_are_not_told_are_refused() {
    on(
        &[Kind::SoftHsm],
        "make::halves_that_do_not_belong_together_and_halves_that_are_not_told_are_refused",
        |inside| {
            let session = inside.session();
            let kind = KeyType::Rsa2048;
            let plan = KeyPlan::throwaway(kind, Usage::usual(kind));
            let [one, other] = [(); 2].map(|()| keys::generate(&session, &plan).unwrap());
            let mixed = keys::Made {
                public: other.public,
                ..one
            };
            assert_eq!(
                public::half_of(&session, kind, &mixed),
                Err(Pkcs11Error::HalvesDiffer { kind })
            );
            let kind = KeyType::EcP256;
            let plan = KeyPlan::throwaway(kind, Usage::usual(kind));
            let made = keys::generate(&session, &plan).unwrap();
            let private = keys::Made {
                public: None,
                ..made.clone()
            };
            // SoftHSM tells no point of a private half.
            assert_eq!(
                public::half_of(&session, kind, &private),
                Err(Pkcs11Error::NoPublicHalf { kind })
            );
            let other_type = public::half_of(&session, KeyType::EcP384, &made).unwrap_err();
            assert!(matches!(other_type, Pkcs11Error::Crypto(_)), "{other_type}");
            Value::Null
        },
        |_, _| (),
    );
}
