//! Opens outside of any token what was wrapped in one, with OpenSSL and pyca/cryptography.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use serde_json::json;

use crate::common::python;
use crate::common::stock;

/// An RSA-2048 key of OpenSSL's.
pub(crate) struct Opener {
    folder: tempfile::TempDir,
    modulus: String,
}

impl Opener {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key.pem");
        let key = key.to_str().unwrap();
        stock("openssl", &["genrsa", "-out", key, "2048"]);
        let said = stock("openssl", &["rsa", "-in", key, "-modulus", "-noout"]);
        let modulus = said.trim().strip_prefix("Modulus=").unwrap().to_owned();
        Self { folder, modulus }
    }

    /// The public half as an object of a token.
    pub(crate) fn template(&self) -> Value {
        json!({
            "CKA_CLASS": "public", "CKA_KEY_TYPE": "rsa", "CKA_TOKEN": false, "CKA_WRAP": true,
            "CKA_ENCRYPT": true, "CKA_MODULUS": {"hex": self.modulus},
            "CKA_PUBLIC_EXPONENT": {"hex": "010001"},
        })
    }

    /// What OAEP with this hash hides, in hexadecimal; nothing if it is not OAEP with this hash.
    pub(crate) fn oaep(&self, hash: &str, blob: &str) -> Option<String> {
        let from = self.file("blob", blob);
        let output = Command::new("openssl")
            .args(["pkeyutl", "-decrypt", "-inkey"])
            .arg(self.folder.path().join("key.pem"))
            .args(["-pkeyopt", "rsa_padding_mode:oaep"])
            .args(["-pkeyopt", &format!("rsa_oaep_md:{hash}")])
            .args(["-pkeyopt", &format!("rsa_mgf1_md:{hash}")])
            .arg("-in")
            .arg(from)
            .output()
            .unwrap();
        output.status.success().then(|| hex(&output.stdout))
    }

    /// What RSA-AES key wrap with this hash hides.
    pub(crate) fn rsa_aes(&self, hash: &str, blob: &str) -> Option<String> {
        let (oaep, kwp) = blob.split_at(2 * 256);
        self.oaep(hash, oaep)
            .and_then(|key| open(Wrap::Kwp, &key, kwp))
    }

    fn file(&self, name: &str, bytes: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, unhex(bytes)).unwrap();
        path
    }
}

/// How a blob was wrapped under an AES key.
#[derive(Clone, Copy)]
pub(crate) enum Wrap {
    /// RFC 5649.
    Kwp,
    /// RFC 3394 over PKCS#7 to 8 bytes.
    KwPkcs7,
}

/// What pyca/cryptography finds in a blob, in hexadecimal; nothing if it was wrapped otherwise.
pub(crate) fn open(wrap: Wrap, key: &str, blob: &str) -> Option<String> {
    let body = match wrap {
        Wrap::Kwp => "print(keywrap.aes_key_unwrap_with_padding(key, blob).hex())",
        Wrap::KwPkcs7 => {
            "u = padding.PKCS7(64).unpadder(); \
             print((u.update(keywrap.aes_key_unwrap(key, blob)) + u.finalize()).hex())"
        }
    };
    let output = python()
        .arg("-c")
        .arg(format!(
            "import sys\n\
             from cryptography.hazmat.primitives import keywrap, padding\n\
             key, blob = map(bytes.fromhex, sys.argv[1:])\n\
             {body}"
        ))
        .args([key, blob])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| said.trim().to_owned())
}

/// AES-ECB of one zero block.
pub(crate) fn ecb_zero(key: &str) -> String {
    let output = Command::new("sh")
        .arg("-c")
        .arg("head -c 16 /dev/zero | openssl enc -aes-256-ecb -nopad -K \"$0\"")
        .arg(key)
        .output()
        .unwrap();
    assert!(output.status.success());
    hex(&output.stdout)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
