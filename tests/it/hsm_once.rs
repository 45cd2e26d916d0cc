//! `wrap` and `sign` with a key in an HSM.

use std::fs;
use std::process::Command;
use std::process::Stdio;

use base64ct::Encoding as _;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::domain::record::unhex;
use serde_json::Value;
use serde_json::json;

use crate::common::Company;
use crate::common::said;
use crate::common::stock;
use crate::tokens::Kind;
use crate::tokens::Token;

#[test]
fn a_key_in_a_token_is_wrapped_for_a_provider() {
    let token = Token::fresh(Kind::Kryoptic, "vault");
    let company = Company::new();
    let made = token.calls(json!([
        {"do": "generate", "as": "k", "mechanism": "CKM_AES_KEY_GEN", "template": {
            "CKA_CLASS": "secret", "CKA_KEY_TYPE": "aes", "CKA_TOKEN": true, "CKA_PRIVATE": true,
            "CKA_SENSITIVE": true, "CKA_EXTRACTABLE": true, "CKA_LABEL": "tenant",
            "CKA_VALUE_LEN": 32, "CKA_ENCRYPT": true,
        }},
        {"do": "encrypt", "mechanism": "CKM_AES_ECB", "key": "k", "data": "0".repeat(32)},
    ]));
    let zero = made[1]["hex"].as_str().unwrap().to_uppercase();
    let output = token
        .keyrite()
        .args([
            "wrap",
            "--provider",
            "aws-kms",
            "--algorithm",
            "RSAES_OAEP_SHA_256",
        ])
        .arg("--wrapping-key")
        .arg(company.path("parameters.json"))
        .args(["--token", &token.uri(), "--label", "tenant"])
        .args(["--key-type", "aes-256", "--format", "json", "--out"])
        .arg(company.path("wrapped"))
        .arg("--pin-file")
        .arg(token.pin_file())
        .assert()
        .code(0);
    let told: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(told["check-values"]["kcv.ecb3"], zero[..6]);
    // The provider's side: openssl opens it, and encrypts the same zero block.
    fs::write(
        company.path("provider.der"),
        TestPair::of(4096).unwrap().pkcs8(),
    )
    .unwrap();
    let arrived = company.path("arrived.bin");
    stock(
        "openssl",
        &[
            "pkeyutl",
            "-decrypt",
            "-keyform",
            "DER",
            "-inkey",
            company.path("provider.der").to_str().unwrap(),
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
            "-pkeyopt",
            "rsa_mgf1_md:sha256",
            "-in",
            company
                .path("wrapped/EncryptedKeyMaterial.bin")
                .to_str()
                .unwrap(),
            "-out",
            arrived.to_str().unwrap(),
        ],
    );
    let key = keyrite::domain::record::hex(&fs::read(&arrived).unwrap());
    fs::write(company.path("zeros"), [0; 16]).unwrap();
    stock(
        "openssl",
        &[
            "enc",
            "-aes-256-ecb",
            "-nopad",
            "-K",
            &key,
            "-in",
            company.path("zeros").to_str().unwrap(),
            "-out",
            company.path("block").to_str().unwrap(),
        ],
    );
    let block = keyrite::domain::record::hex(&fs::read(company.path("block")).unwrap());
    assert_eq!(block.to_uppercase(), zero);
}

#[test]
fn a_label_that_no_key_has_is_told() {
    let token = Token::fresh(Kind::SoftHsm, "vault");
    let company = Company::new();
    let output = token
        .keyrite()
        .args([
            "wrap",
            "--provider",
            "aws-kms",
            "--algorithm",
            "RSAES_OAEP_SHA_256",
        ])
        .arg("--wrapping-key")
        .arg(company.path("parameters.json"))
        .args(["--token", &token.uri(), "--label", "nobody"])
        .args(["--key-type", "aes-256", "--out"])
        .arg(company.path("wrapped"))
        .arg("--pin-file")
        .arg(token.pin_file())
        .assert()
        .code(1);
    let said = said(&output);
    assert!(
        said.contains("the token has no key of type aes-256 called nobody"),
        "{said}"
    );
    assert!(!company.path("wrapped").exists());
}

/// The public half in the token as one line of OpenSSH, put together here (RFC 4253 section 6.6, RFC
/// 5656 section 3.1, RFC 8709 section 4).
fn public_line(token: &Token, pair: &str) -> String {
    let read = |names: &[&str]| -> Vec<Vec<u8>> {
        let answers = token.calls(json!([
            {"do": "find", "as": "p", "template": {"CKA_CLASS": "public", "CKA_LABEL": "fay"}},
            {"do": "read", "object": "p", "attributes": names},
        ]));
        names
            .iter()
            .map(|name| {
                let found = &answers[1]["values"][name];
                unhex(found["hex"].as_str().unwrap()).unwrap()
            })
            .collect()
    };
    let field = |bytes: &[u8]| {
        let len = u32::try_from(bytes.len()).unwrap();
        [&len.to_be_bytes()[..], bytes].concat()
    };
    let (name, fields) = match pair.split_once(':').unwrap() {
        ("rsa", _) => {
            let numbers = read(&["CKA_PUBLIC_EXPONENT", "CKA_MODULUS"]);
            let positive = |number: &[u8]| {
                let zeros = number.iter().take_while(|byte| **byte == 0).count();
                let number = &number[zeros..];
                let zero: &[u8] = if number[0] & 0x80 == 0 { &[] } else { &[0] };
                field(&[zero, number].concat())
            };
            let fields = [positive(&numbers[0]), positive(&numbers[1])].concat();
            ("ssh-rsa".to_owned(), fields)
        }
        (_, curve) => {
            let (curve, len) = match curve {
                "prime256v1" => ("nistp256", 65),
                "secp384r1" => ("nistp384", 97),
                "secp521r1" => ("nistp521", 133),
                other => panic!("{other}"),
            };
            // Bare, or in an octet string.
            let point = read(&["CKA_EC_POINT"]).remove(0);
            let point = field(&point[point.len() - len..]);
            let fields = [field(curve.as_bytes()), point].concat();
            (format!("ecdsa-sha2-{curve}"), fields)
        }
    };
    let blob = [field(name.as_bytes()), fields].concat();
    format!("{name} {}", base64ct::Base64::encode_string(&blob))
}

#[test]
fn a_signing_key_of_a_kind_that_is_in_no_hsm_is_told() {
    let token = Token::fresh(Kind::SoftHsm, "signers");
    let company = Company::new();
    let key = company.path("keys/odd");
    stock(
        "ssh-keygen",
        &[
            "-q",
            "-t",
            "rsa",
            "-b",
            "3584",
            "-N",
            "",
            "-f",
            key.to_str().unwrap(),
        ],
    );
    let odd = fs::read_to_string(company.path("keys/odd.pub")).unwrap();
    let before = fs::read_to_string(company.path("keys/fay.pub")).unwrap();
    company.edit(before.trim(), odd.trim());
    let output = token
        .keyrite()
        .arg("sign")
        .arg(company.path("script.yaml"))
        .args(["--as", "fay", "--token", &token.uri(), "--label", "fay"])
        .arg("--pin-file")
        .arg(token.pin_file())
        .assert()
        .code(1);
    let told = said(&output);
    assert!(
        told.contains("signs with a key of a kind that is in no HSM"),
        "{told}"
    );
}

/// Pairs made by somebody else's program, and the public half as ssh-keygen reads it.
#[test]
fn a_script_is_approved_with_a_key_in_a_token() {
    for (kind, pair) in [
        (Kind::SoftHsm, "EC:prime256v1"),
        (Kind::SoftHsm, "EC:secp384r1"),
        (Kind::SoftHsm, "rsa:3072"),
        (Kind::SoftHsm, "EC:secp521r1"),
        (Kind::Kryoptic, "rsa:3072"),
    ] {
        let token = Token::fresh(kind, "signers");
        token.pkcs11_tool(&[
            "--login",
            "--keypairgen",
            "--key-type",
            pair,
            "--label",
            "fay",
            "--id",
            "01",
            "--usage-sign",
        ]);
        let company = Company::new();
        let line = public_line(&token, pair);
        let before = fs::read_to_string(company.path("keys/fay.pub")).unwrap();
        company.edit(before.trim(), line.trim());
        token
            .keyrite()
            .arg("check")
            .arg(company.path("script.yaml"))
            .assert()
            .code(0);
        token
            .keyrite()
            .arg("sign")
            .arg(company.path("script.yaml"))
            .args([
                "--as",
                "fay",
                "--token",
                &token.uri(),
                "--label",
                "fay",
                "--pin-file",
            ])
            .arg(token.pin_file())
            .assert()
            .code(0);
        let signers = company.path("signers");
        fs::write(&signers, format!("fay {line}")).unwrap();
        let script = fs::File::open(company.path("script.yaml")).unwrap();
        let verified = Command::new("ssh-keygen")
            .args([
                "-Y",
                "verify",
                "-I",
                "fay",
                "-n",
                "ceremony-script@keyrite",
                "-f",
            ])
            .arg(&signers)
            .arg("-s")
            .arg(company.path("script.yaml.fay.sig"))
            .stdin(Stdio::from(script))
            .output()
            .unwrap();
        assert!(
            verified.status.success(),
            "{pair}: {}",
            String::from_utf8_lossy(&verified.stderr)
        );
    }
}
