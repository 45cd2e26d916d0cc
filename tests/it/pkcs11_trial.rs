//! What `token show` finds out of real tokens, and what `check --token-profile` makes of it.

use keyrite::crypto::error::CryptoError;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::wrap::AesMode;
use keyrite::crypto::wrap::Construction;
use keyrite::crypto::wrap::Hash;
use keyrite::crypto::wrap::OaepHashes;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::hex;
use keyrite::domain::token_profile::Ability;
use keyrite::domain::token_profile::LieKind;
use keyrite::domain::token_profile::TokenProfile;
use keyrite::domain::token_profile::Way;
use keyrite::pkcs11::check;
use keyrite::pkcs11::error::Pkcs11Error;
use keyrite::pkcs11::keys;
use keyrite::pkcs11::keys::KeyPlan;
use keyrite::pkcs11::trial::Trials;
use keyrite::pkcs11::usage::Usage;
use keyrite::pkcs11::wrap;
use serde_json::Value;
use serde_json::json;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::pkcs11_keys::assert_python;
use crate::pkcs11_keys::on;
use crate::tokens::Kind;
use crate::tokens::Token;

/// What `token show` makes of a token.
#[track_caller]
fn shown(token: &Token) -> (TokenProfile, Value) {
    let mut uri = token.uri();
    if let Some(arguments) = token.init_args() {
        uri = format!("{uri}&x-init-args={arguments}");
    }
    let assert = token
        .keyrite()
        .args(["token", "show", "--format", "json", "--token", &uri])
        .arg("--pin-file")
        .arg(token.pin_file())
        .assert()
        .success();
    let out = &assert.get_output().stdout;
    (
        TokenProfile::read(out).unwrap(),
        serde_json::from_slice(out).unwrap(),
    )
}

fn lies(profile: &TokenProfile) -> Vec<String> {
    profile.lies.iter().map(ToString::to_string).collect()
}

/// A profile that was made by `token show` once and is kept.
fn kept(name: &str) -> TokenProfile {
    let path = repository("tests/data/token-profiles").join(name);
    TokenProfile::read(&std::fs::read(path).unwrap()).unwrap()
}

/// Without what differs from one token of a kind to the next.
fn impersonal(mut profile: TokenProfile, like: &TokenProfile) -> TokenProfile {
    profile.at = like.at;
    profile.token = like.token.clone();
    profile.listed.clone_from(&like.listed);
    profile
}

/// A wrap in words.
fn way(
    profile: &TokenProfile,
    provider: &str,
    algorithm: &str,
    kind: KeyType,
) -> Result<Way, String> {
    let profile_of_provider = keyrite::providers::provider(provider)
        .unwrap()
        .profile(algorithm)
        .unwrap();
    profile.way(&profile_of_provider.construction.asked(3072, kind))
}

#[test]
fn softhsm_is_found_to_do_sha_1_only_and_to_pad_private_keys() {
    let token = Token::fresh(Kind::SoftHsm, "trial");
    let before = token.pkcs11_tool(&["--login", "--list-objects"]);
    let (profile, json) = shown(&token);
    assert_eq!(token.pkcs11_tool(&["--login", "--list-objects"]), before);

    assert_eq!(
        lies(&profile),
        [
            "CKM_AES_KEY_WRAP: it puts zero bytes behind the key (ec-p256/p521, hmac-224, rsa-2048/3072/4096)",
            "CKM_AES_KEY_WRAP_PAD: it puts zero bytes behind the key (ec-p256/p521, hmac-224, rsa-2048/3072/4096)",
        ]
    );
    let aws = |algorithm, kind| way(&profile, "aws-kms", algorithm, kind);
    assert_eq!(aws("RSAES_OAEP_SHA_1", KeyType::Aes256), Ok(Way::Direct));
    assert_eq!(
        aws("RSAES_OAEP_SHA_256", KeyType::Aes256),
        Err("RSA-OAEP SHA-256: C_WrapKey: CKR_ARGUMENTS_BAD".to_owned())
    );
    let azure = |kind| way(&profile, "azure-managed-hsm", "CKM_RSA_AES_KEY_WRAP", kind);
    assert_eq!(azure(KeyType::Aes256), Ok(Way::Composed));
    assert_eq!(azure(KeyType::EcP384), Ok(Way::Composed));
    assert_eq!(
        azure(KeyType::Rsa2048),
        Err(
            "AES-KWP of a rsa-2048 key: CKM_AES_KEY_WRAP_PAD: it puts zero bytes behind the key"
                .to_owned()
        )
    );
    assert_eq!(profile.can(Ability::Lock), Ok(()));
    assert_eq!(json["providers"][0]["provider"], "aws-kms");

    let like = kept("softhsm-2.6.1.json");
    assert_eq!(impersonal(profile, &like), like);
}

#[test]
fn kryoptic_is_found_to_do_what_it_says() {
    let (profile, _) = shown(&Token::fresh(Kind::Kryoptic, "trial"));
    assert_eq!(lies(&profile), [""; 0]);
    let aws = |algorithm, kind| way(&profile, "aws-kms", algorithm, kind);
    assert_eq!(aws("RSAES_OAEP_SHA_256", KeyType::Aes256), Ok(Way::Direct));
    assert_eq!(
        aws("RSA_AES_KEY_WRAP_SHA_256", KeyType::Rsa3072),
        Ok(Way::Composed)
    );
    let like = kept("kryoptic-1.5.4.json");
    assert_eq!(impersonal(profile, &like).lies, like.lies);
}

#[test]
fn each_lie_of_nss_is_named() {
    let (profile, _) = shown(&Token::fresh(Kind::Nss, "trial"));
    let lies = lies(&profile);
    for lie in [
        "CKM_AES_KEY_WRAP_PAD: what stands for AES-KWP is AES-KW around PKCS#7 padding",
        "of a key that it made, CKA_LOCAL is false, not true",
        "CKA_DESTROYABLE=FALSE is accepted and ignored",
        "CKA_COPYABLE=FALSE is accepted and ignored",
        "CKA_ALLOWED_MECHANISMS is accepted and ignored",
    ] {
        assert!(lies.iter().any(|said| said == lie), "{lie}: {lies:#?}");
    }
    for beginning in [
        "a key made with CKA_EXTRACTABLE=FALSE comes out by ",
        "a key whose CKA_EXTRACTABLE was switched off comes out by ",
        "a key with CKA_WRAP_WITH_TRUSTED, under an untrusted key, comes out by ",
    ] {
        assert!(
            lies.iter().any(|said| said.starts_with(beginning)),
            "{beginning}: {lies:#?}"
        );
    }
    assert!(profile.can(Ability::Lock).is_err());
    // KWP is right under its own number, and the short length query does not matter.
    assert_eq!(
        way(
            &profile,
            "aws-kms",
            "RSA_AES_KEY_WRAP_SHA_256",
            KeyType::EcP256
        ),
        Ok(Way::Composed)
    );
}

#[test]
fn each_fault_of_a_module_is_named() {
    const BEHIND: &Kind = &Kind::Kryoptic;
    // Faults that do not hide each other share a token: each look takes its time.
    for (faults, lies_of) in [
        (
            "oaep-sha1,local-false,non-extractable-wraps,pkcs8-padded",
            &[
                (
                    LieKind::OaepHash,
                    "CKM_RSA_PKCS_OAEP: asked for OAEP with SHA-256, it used SHA-1",
                ),
                (LieKind::Origin, "CKA_LOCAL is false, not true"),
                (
                    LieKind::Extractable,
                    "a key made with CKA_EXTRACTABLE=FALSE comes out",
                ),
                (LieKind::Padding, "it puts zero bytes behind the key (ec-"),
            ][..],
        ),
        (
            "native-sha1,always-sensitive-lie,lock-ignored,kwp-is-pkcs7",
            &[
                (
                    LieKind::OaepHash,
                    "CKM_RSA_AES_KEY_WRAP: asked for OAEP with SHA-256, it used SHA-1",
                ),
                (
                    LieKind::Origin,
                    "of a key that it was given, CKA_ALWAYS_SENSITIVE is true, not false",
                ),
                (
                    LieKind::Extractable,
                    "a key whose CKA_EXTRACTABLE was switched off comes out",
                ),
                (LieKind::MechanismMeaning, "AES-KW around PKCS#7 padding"),
            ],
        ),
        (
            "trailing-zeros",
            &[(LieKind::Length, "more than the wrapped key has")],
        ),
    ] {
        let (profile, _) = shown(&Token::fresh(Kind::Shim(BEHIND, faults), "trial"));
        for (kind, words) in lies_of {
            assert!(
                profile
                    .lies
                    .iter()
                    .any(|lie| lie.kind == *kind && lie.to_string().contains(words)),
                "{faults}: {words}: {:#?}",
                lies(&profile)
            );
        }
    }
}

#[test]
fn the_native_mechanism_is_used_where_it_is_right() {
    const BEHIND: &Kind = &Kind::Kryoptic;
    let (profile, _) = shown(&Token::fresh(Kind::Shim(BEHIND, "native"), "trial"));
    let aws = |kind| way(&profile, "aws-kms", "RSA_AES_KEY_WRAP_SHA_256", kind);
    assert_eq!(aws(KeyType::EcP256), Ok(Way::Native));
    assert_eq!(aws(KeyType::Rsa3072), Ok(Way::Native));
    // A native mechanism that uses another hash function is none; composed is right.
    let (profile, _) = shown(&Token::fresh(Kind::Shim(BEHIND, "native-sha1"), "trial"));
    assert_eq!(
        way(
            &profile,
            "aws-kms",
            "RSA_AES_KEY_WRAP_SHA_256",
            KeyType::EcP256
        ),
        Ok(Way::Composed)
    );
    assert_eq!(
        way(
            &profile,
            "aws-kms",
            "RSA_AES_KEY_WRAP_SHA_1",
            KeyType::EcP256
        ),
        Ok(Way::Native)
    );
}

#[test]
fn a_token_in_another_process_is_shown_with_the_little_it_can_do() {
    let (profile, _) = shown(&Token::fresh(Kind::P11Kit, "trial"));
    assert_eq!(
        way(&profile, "aws-kms", "RSAES_OAEP_SHA_1", KeyType::Aes256),
        Ok(Way::Direct)
    );
    assert!(
        way(
            &profile,
            "aws-kms",
            "RSA_AES_KEY_WRAP_SHA_1",
            KeyType::EcP384
        )
        .is_err()
    );
}

/// Real keys, not throwaway ones, wrapped in three tokens: another implementation opens the blobs
/// and finds the keys that the tokens tell of.
#[test]
fn other_code_opens_what_was_wrapped_in_a_token() {
    let kinds = [Kind::SoftHsm, Kind::Kryoptic, Kind::Nss];
    on(
        &kinds,
        "pkcs11_trial::other_code_opens_what_was_wrapped_in_a_token",
        |inside| {
            let session = inside.session();
            let mut trials = Trials::new(&session);
            let to = TestPair::of(3072).unwrap().public().unwrap();
            let under = wrap::import(&session, &to).unwrap();
            let hash = if inside.is("SoftHsm") {
                Hash::Sha1
            } else {
                Hash::Sha256
            };
            let hashes = OaepHashes::same(hash);
            let mut wrapped = Vec::new();
            for (construction, kind) in [
                (Construction::Oaep(hashes), KeyType::Aes256),
                (
                    Construction::OaepThenAes(hashes, AesMode::Kwp),
                    KeyType::Aes256,
                ),
                (
                    Construction::OaepThenAes(hashes, AesMode::Kwp),
                    KeyType::EcP384,
                ),
            ] {
                let plan = KeyPlan {
                    label: "real",
                    token: true,
                    ..KeyPlan::throwaway(kind, Usage::usual(kind))
                };
                let made = keys::generate(&session, &plan).unwrap();
                let proof = trials.prove(construction, 3072, kind).unwrap();
                let blob = wrap::wrap(&session, &proof, under.handle(), made.key).unwrap();
                let between = blob
                    .checked
                    .iter()
                    .any(|fact| fact.contains("was destroyed"));
                assert_eq!(between, proof.route().name() == "composed");
                let values = check::values(&session, kind, &made).unwrap().values;
                wrapped.push(json!({
                    "blob": hex(&blob.blob),
                    "hash": hash.name(),
                    "kcv": values.get("kcv.ecb3"),
                    "spki": values.get("spki.sha256"),
                }));
            }
            // A key of another length than the one that was tried shows.
            let proof = trials
                .prove(
                    Construction::OaepThenAes(hashes, AesMode::Kwp),
                    3072,
                    KeyType::Aes256,
                )
                .unwrap();
            let short = KeyPlan::throwaway(KeyType::Aes128, &[Usage::Encrypt]);
            let short = keys::generate(&session, &short).unwrap();
            assert_eq!(
                wrap::wrap(&session, &proof, under.handle(), short.key),
                Err(Pkcs11Error::OtherLength {
                    kind: KeyType::Aes256,
                    wanted: 384 + 40,
                    found: 384 + 24,
                })
            );
            // What cannot be tried is not wrapped.
            let untried = trials.prove(Construction::Oaep(hashes), 8192, KeyType::Aes256);
            assert_eq!(
                untried.unwrap_err(),
                Pkcs11Error::Untried(CryptoError::NoTestPair { bits: 8192 })
            );
            let none = Construction::OaepThenAes(hashes, AesMode::EcbPkcs7);
            let error = trials.prove(none, 3072, KeyType::Aes256).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "this token cannot wrap aes-256 by {none} under 3072 bits (no PKCS#11 mechanism does that)"
                )
            );
            json!({
                "key": hex(TestPair::of(3072).unwrap().pkcs8()),
                "wrapped": wrapped,
            })
        },
        |_, told| assert_python(OPEN, told),
    );
}

/// Opens every blob and compares what is inside with what the token told.
const OPEN: &str = r#"
import hashlib, json, subprocess, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding

def load(der):
    try:
        return serialization.load_der_private_key(der, None)
    except ValueError:
        # kryoptic leaves out the leading zeros of an EC private number, of one key in 256; RFC 5915
        # wants them, and OpenSSL puts them back.
        again = subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-outform', 'DER'],
                               input=der, capture_output=True, check=True).stdout
        return serialization.load_der_private_key(again, None)

told = json.loads(sys.argv[1])
private = serialization.load_der_private_key(bytes.fromhex(told["key"]), None)
for one in told["wrapped"]:
    blob = bytes.fromhex(one["blob"])
    hash = {"SHA-1": hashes.SHA1, "SHA-256": hashes.SHA256}[one["hash"]]()
    oaep = padding.OAEP(padding.MGF1(hash), hash, None)
    plain = private.decrypt(blob[:384], oaep)
    if blob[384:]:
        plain = aes_key_unwrap_with_padding(plain, blob[384:])
    if one["kcv"]:
        encryptor = Cipher(algorithms.AES(plain), modes.ECB()).encryptor()
        assert encryptor.update(bytes(16))[:3].hex().upper() == one["kcv"], one
        assert len(plain) == 32
    else:
        key = load(plain)
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert hashlib.sha256(spki).hexdigest() == one["spki"], one
assert len(told["wrapped"]) == 3
"#;

#[test]
fn a_script_is_held_against_what_a_token_can_do() {
    let check = |profile: &str| {
        let script = repository("tests/data/scripts/token/aws-sha256.yaml");
        keyrite()
            .args(["check", "--as-of", "2026-11-22", "--format", "json"])
            .arg("--token-profile")
            .arg(repository("tests/data/token-profiles").join(profile))
            .arg(script)
            .output()
            .unwrap()
    };
    let said = |profile: &str| {
        let output: Value = serde_json::from_slice(&check(profile).stdout).unwrap();
        let findings = output["scripts"][0]["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .filter(|finding| finding["rule"] == "token-cannot")
            .map(|finding| json!([finding["step"], finding["message"], finding["hint"]]))
            .collect::<Vec<Value>>()
    };
    let softhsm = said("softhsm-2.6.1.json");
    assert_eq!(
        softhsm,
        [json!([
            9,
            "token lab cannot wrap a aes-256 key by RSAES_OAEP_SHA_256 of AWS KMS: RSA-OAEP SHA-256: C_WrapKey: CKR_ARGUMENTS_BAD",
            "what it can do here is RSAES_OAEP_SHA_1"
        ])]
    );
    assert!(said("kryoptic-1.5.4.json").is_empty());
    let nss = said("nss-3.87.json");
    assert!(
        nss[0][1]
            .as_str()
            .unwrap()
            .contains("cannot lock a key with proof"),
        "{nss:?}"
    );
}

#[test]
fn what_is_no_token_profile_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, words) in [
        ("{}", "it cannot be read: missing field `format`"),
        (
            r#"{"format": "keyrite-token-profile/v9"}"#,
            "its format is `keyrite-token-profile/v9`, not `keyrite-token-profile/v1`",
        ),
        ("no", "it cannot be read"),
    ] {
        let path = folder.path().join("profile.json");
        std::fs::write(&path, text).unwrap();
        let assert = keyrite()
            .args(["check", "--token-profile"])
            .arg(&path)
            .arg(repository("ceremonies/aws-kms-aes256/script.yaml"))
            .assert()
            .code(1);
        let said = said(&assert);
        assert!(said.contains(" is no token profile: "), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn without_a_terminal_a_pin_must_come_from_a_file() {
    let token = Token::fresh(Kind::SoftHsm, "trial");
    let assert = token
        .keyrite()
        .args(["token", "show", "--token", &token.uri()])
        .assert()
        .code(1);
    assert!(
        said(&assert).contains("or give `--pin-file FILE`"),
        "{}",
        said(&assert)
    );
}
