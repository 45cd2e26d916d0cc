//! Keys that are backed up in one token and brought back, there or elsewhere.

use keyrite::crypto::random::SystemRandom;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::attributes::Severity;
use keyrite::domain::record::hex;
use keyrite::pkcs11::backup::BackupKey;
use keyrite::pkcs11::backup::Carrier;
use keyrite::pkcs11::backup::KwpMechanism;
use keyrite::pkcs11::backup::Purpose;
use keyrite::pkcs11::check;
use keyrite::pkcs11::error::Pkcs11Error;
use keyrite::pkcs11::keys;
use keyrite::pkcs11::keys::KeyPlan;
use keyrite::pkcs11::public;
use keyrite::pkcs11::raw::Session;
use keyrite::pkcs11::reading;
use keyrite::pkcs11::reading::Origin;
use keyrite::pkcs11::usage::Usage;
use keyrite::secret::Secret;
use serde_json::Value;
use serde_json::json;

use super::INSIDE;
use super::Inside;
use super::assert_python;
use super::inside;
use super::on;
use crate::tokens::Kind;
use crate::tokens::Token;

const TYPES: [KeyType; 5] = [
    KeyType::Aes192,
    KeyType::Hmac256,
    KeyType::Hmac512,
    KeyType::EcP256,
    KeyType::Rsa2048,
];

/// A backup key that everybody knows.
fn secret() -> Secret {
    Secret::init(32, |to| {
        for (byte, number) in to.iter_mut().zip(1..) {
            *byte = number;
        }
    })
}

/// Key wrap with padding has its own number everywhere but in SoftHSM.
fn kwp(inside: &Inside) -> KwpMechanism {
    let [own, pad] = KwpMechanism::CANDIDATES;
    if inside.is("SoftHsm") { pad } else { own }
}

fn plan(kind: KeyType) -> KeyPlan<'static> {
    KeyPlan {
        token: true,
        id: b"\x05",
        label: "kept",
        ..KeyPlan::throwaway(kind, Usage::usual(kind))
    }
}

fn bring_in(session: &Session, purpose: Purpose, kwp: KwpMechanism) -> BackupKey<'_> {
    let carrier = Carrier::make(session).unwrap();
    BackupKey::bring_in(
        session,
        &carrier,
        &secret(),
        purpose,
        kwp,
        &mut SystemRandom,
    )
    .unwrap()
}

/// A backup key that wraps and nothing else.
fn to_export(session: &Session, kwp: KwpMechanism) -> BackupKey<'_> {
    let backup = bring_in(session, Purpose::Export, kwp);
    assert!(backup.how().starts_with("C_UnwrapKey"), "{}", backup.how());
    let as_planned = BackupKey::plan(Purpose::Export);
    let read = reading::read(session, &as_planned, Origin::Imported, &backup.made()).unwrap();
    let less: Vec<_> = read
        .differences
        .iter()
        .filter(|difference| difference.severity == Severity::Protection)
        .collect();
    assert!(less.is_empty(), "{less:?}");
    backup
}

/// A key that was exported: what people compare, and the blob.
struct Exported {
    values: check::Checked,
    spki: Option<Vec<u8>>,
    blob: Vec<u8>,
    ending: String,
}

fn export(session: &Session, backup: &BackupKey<'_>, kind: KeyType) -> Exported {
    let made = keys::generate(session, &plan(kind)).unwrap();
    let values = check::values(session, kind, &made).unwrap();
    let spki = kind
        .is_pair()
        .then(|| public::half_of(session, kind, &made).unwrap());
    let ending = format!("{:?}", backup.rehearse(&secret(), kind).unwrap());
    let blob = backup.export(kind, made.key).unwrap();
    for object in made.public.into_iter().chain([made.key]) {
        session.destroy(object).unwrap();
    }
    Exported {
        values,
        spki,
        blob,
        ending,
    }
}

/// Brings a key back and compares; or says why not.
fn restore(
    session: &Session,
    backup: &BackupKey<'_>,
    kind: KeyType,
    from: &Exported,
) -> Result<Vec<String>, String> {
    let plan = plan(kind);
    let made = backup
        .restore(&from.blob, &plan, from.spki.as_deref())
        .map_err(|error| error.to_string())?;
    assert_eq!(
        check::values(session, kind, &made).unwrap().values,
        from.values.values
    );
    let read = reading::read(session, &plan, Origin::Imported, &made).unwrap();
    Ok(read
        .lies()
        .map(|lie| format!("{:?}: {lie}", lie.severity))
        .collect())
}

#[test]
fn a_key_comes_back_into_a_token_of_its_kind() {
    on(
        &[Kind::SoftHsm, Kind::Kryoptic],
        "backup::a_key_comes_back_into_a_token_of_its_kind",
        |inside| {
            let (session, kwp) = (inside.session(), kwp(inside));
            let out = to_export(&session, kwp);
            let back = bring_in(&session, Purpose::Restore, kwp);
            let told: Vec<Value> = TYPES
                .into_iter()
                .map(|kind| {
                    let exported = export(&session, &out, kind);
                    let restored = restore(&session, &back, kind, &exported);
                    json!({
                        "kind": kind.name(), "blob": hex(&exported.blob),
                        "ending": exported.ending, "lies": restored.unwrap(),
                        "values": exported.values.values,
                    })
                })
                .collect();
            out.destroy().unwrap();
            back.destroy().unwrap();
            json!({"keys": told, "softhsm": inside.is("SoftHsm")})
        },
        |_, told| {
            for key in told["keys"].as_array().unwrap() {
                assert_eq!(key["lies"], json!([]), "{key}");
                let pair = !key["values"]["spki.sha256"].is_null();
                let padded = pair && told["softhsm"] == true;
                let ending = if padded { "ZeroBytes" } else { "Clean" };
                assert_eq!(key["ending"], ending, "{key}");
            }
            let script = "\
import hashlib, hmac, json, subprocess, sys
from cryptography.hazmat.primitives import keywrap, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
def load(der):
    try:
        return serialization.load_der_private_key(der, None)
    except ValueError:
        # kryoptic leaves out the leading zeros of an EC private number, of one key in 256; RFC 5915
        # wants them, and OpenSSL puts them back.
        again = subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-outform', 'DER'],
                               input=der, capture_output=True, check=True).stdout
        return serialization.load_der_private_key(again, None)
kek = bytes(range(1, 33))
for key in json.loads(sys.argv[1])['keys']:
    plain = keywrap.aes_key_unwrap_with_padding(kek, bytes.fromhex(key['blob']))
    values = key['values']
    if 'kcv.ecb3' in values:
        block = Cipher(algorithms.AES(plain), modes.ECB()).encryptor().update(bytes(16))
        assert block[:3].hex().upper() == values['kcv.ecb3']
    elif 'mac5' in values:
        mac = hmac.new(plain, bytes(16), hashlib.sha256).digest()
        assert mac[:5].hex().upper() == values['mac5']
    else:
        length = 4 + int.from_bytes(plain[2:4]) if plain[1] == 0x82 else 2 + plain[1]
        if plain[1] == 0x81:
            length = 3 + plain[2]
        assert not any(plain[length:]) and len(plain) - length < 8
        pair = load(plain[:length])
        spki = pair.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert hashlib.sha256(spki).hexdigest() == values['spki.sha256']
";
            assert_python(script, told);
        },
    );
}

/// Exports in the first token and restores in the second.
fn move_each(tokens: &[Inside]) -> Value {
    let [from, to] = tokens else {
        panic!("two tokens")
    };
    let (source, target) = (from.session(), to.session());
    let out = to_export(&source, kwp(from));
    let back = bring_in(&target, Purpose::Restore, kwp(to));
    let told: serde_json::Map<String, Value> = TYPES
        .into_iter()
        .map(|kind| {
            let exported = export(&source, &out, kind);
            let restored = restore(&target, &back, kind, &exported);
            (
                kind.name().to_owned(),
                match restored {
                    Ok(lies) => json!({"lies": lies}),
                    Err(error) => json!({"refused": error}),
                },
            )
        })
        .collect();
    told.into()
}

#[track_caller]
fn moved(name: &str, from: Kind, to: Kind) -> Value {
    if std::env::var_os(INSIDE).is_some() {
        return inside(name, &[], move_each);
    }
    let (first, second) = (Token::fresh(from, "from"), Token::fresh(to, "to"));
    inside(name, &[(from, &first), (to, &second)], move_each)
}

#[test]
fn a_key_of_kryoptic_comes_back_into_soft_hsm() {
    let told = moved(
        "backup::a_key_of_kryoptic_comes_back_into_soft_hsm",
        Kind::Kryoptic,
        Kind::SoftHsm,
    );
    for kind in TYPES {
        assert_eq!(told[kind.name()], json!({"lies": []}), "{kind}: {told}");
    }
}

#[test]
fn a_key_of_soft_hsm_comes_back_into_kryoptic_zero_bytes_behind_pkcs8_and_all() {
    let told = moved(
        "backup::a_key_of_soft_hsm_comes_back_into_kryoptic_zero_bytes_behind_pkcs8_and_all",
        Kind::SoftHsm,
        Kind::Kryoptic,
    );
    for kind in TYPES {
        assert_eq!(told[kind.name()], json!({"lies": []}), "{kind}: {told}");
    }
}

#[test]
fn a_mechanism_that_is_not_rfc_5649_brings_in_no_backup_key() {
    on(
        &[Kind::Nss, Kind::Shim(&Kind::Kryoptic, "kwp-is-pkcs7")],
        "backup::a_mechanism_that_is_not_rfc_5649_brings_in_no_backup_key",
        |inside| {
            let session = inside.session();
            let [_, pad] = KwpMechanism::CANDIDATES;
            let carrier = Carrier::make(&session).unwrap();
            let tried = |purpose| {
                let random = &mut SystemRandom;
                BackupKey::bring_in(&session, &carrier, &secret(), purpose, pad, random).err()
            };
            assert_eq!(tried(Purpose::Export), Some(Pkcs11Error::BackupKey));
            let restoring = tried(Purpose::Restore);
            assert!(restoring.is_some(), "{}", inside.kind);
            json!(null)
        },
        |_, _| (),
    );
}
