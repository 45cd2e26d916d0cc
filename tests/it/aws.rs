//! AWS KMS: everything that people download, every algorithm, opened by pyca/cryptography.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use base64ct::Encoding as _;
use keyrite::crypto::library::FIPS;
use keyrite::crypto::library::unapproved_key;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::domain::algorithm::KeyType;

use crate::common::python;
use crate::providers::Desk;
use crate::providers::Wrap;
use crate::providers::opened;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const TOKEN: &[u8] = b"an import token, raw as in ImportToken.bin \x00\xff";

fn spki() -> Vec<u8> {
    TestPair::of(4096).unwrap().public().unwrap().der().to_vec()
}

/// parameters.json of the command line, with the time in one of its two forms.
fn json(folder: &Path, valid_to: &serde_json::Value) -> PathBuf {
    let path = folder.join("parameters.json");
    let text = serde_json::json!({
        "KeyId": format!("arn:aws:kms:eu-west-1:111122223333:key/{ID}"),
        "ImportToken": base64ct::Base64::encode_string(TOKEN),
        "PublicKey": base64ct::Base64::encode_string(&spki()),
        "ParametersValidTo": valid_to,
    });
    fs::write(&path, text.to_string()).unwrap();
    path
}

/// The console's download, packed by Python.
fn zip(folder: &Path, names: [&str; 2]) -> PathBuf {
    let path = folder.join(format!("Import_Parameters_{ID}_11221405.zip"));
    let (key, token) = (folder.join("key"), folder.join("token"));
    fs::write(&key, spki()).unwrap();
    fs::write(&token, TOKEN).unwrap();
    let program = "import sys, zipfile\n\
                   with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as out:\n    \
                   out.write(sys.argv[2], sys.argv[4])\n    \
                   out.write(sys.argv[3], sys.argv[5])\n    \
                   out.writestr('README.txt', 'read me')\n";
    let status = python()
        .args(["-c", program])
        .args([&path, &key, &token])
        .args(names)
        .status();
    assert!(status.unwrap().success());
    path
}

/// Wraps a key of a type and sees that it opens to the same, and that the token came along.
fn wraps(desk: &Desk, algorithm: &str, file: PathBuf, kind: KeyType, more: &[&str]) {
    let (plaintext, done) = desk.wrap(&Wrap {
        provider: "aws-kms",
        algorithm,
        wrapping_key: file,
        kind,
        more,
    });
    done.success();
    let provider = keyrite::providers::provider("aws-kms").unwrap();
    let profile = provider.profile(algorithm).unwrap();
    let blob = desk.read("EncryptedKeyMaterial.bin");
    assert_eq!(opened(desk, profile, 4096, &blob), plaintext, "{algorithm}");
    assert_eq!(desk.read("ImportToken.bin"), TOKEN);
    desk.shell_is_good();
}

#[test]
fn every_algorithm_carries_every_type_that_it_should() {
    for profile in keyrite::providers::provider("aws-kms").unwrap().profiles() {
        // What a build with the FIPS module refuses is shown in providers.rs.
        let kinds = profile.carries.iter();
        for kind in kinds.filter(|kind| !FIPS || unapproved_key(**kind).is_none()) {
            let desk = Desk::new();
            let file = json(&desk.path(""), &"2099-02-13T18:39:25.085000+01:00".into());
            wraps(&desk, profile.algorithm, file, *kind, &[]);
        }
    }
}

#[test]
fn every_download_is_read() {
    let direct = "RSAES_OAEP_SHA_256";
    let desk = Desk::new();
    let file = json(&desk.path(""), &serde_json::json!(4_073_912_365.085));
    wraps(&desk, direct, file, KeyType::Aes256, &[]);
    let command = desk.text("import-key-material.sh");
    assert!(command.contains("# Run it before 2099-02-04T"), "{command}");

    for names in [
        [
            "WrappingPublicKey.bin".to_owned(),
            "ImportToken.bin".to_owned(),
        ],
        [
            format!("wrappingKey_{ID}_11221405"),
            format!("importToken_{ID}_11221405"),
        ],
    ] {
        let desk = Desk::new();
        let file = zip(&desk.path(""), [&names[0], &names[1]]);
        wraps(&desk, direct, file, KeyType::Aes256, &[]);

        let desk = Desk::new();
        let (key, token) = (desk.path(&names[0]), desk.path(&names[1]));
        fs::write(&key, spki()).unwrap();
        fs::write(&token, TOKEN).unwrap();
        let token = token.to_str().unwrap();
        wraps(
            &desk,
            direct,
            key,
            KeyType::Aes256,
            &["--import-token", token],
        );
    }
}

#[test]
fn what_an_import_is_stands_in_its_command_and_the_order_of_regions_beside_it() {
    for (import_type, has, not) in [
        ("", "", "--import-type"),
        (
            "existing",
            "--import-type EXISTING_KEY_MATERIAL",
            "NEW_KEY_MATERIAL",
        ),
        (
            "new",
            "--import-type NEW_KEY_MATERIAL",
            "EXISTING_KEY_MATERIAL \\",
        ),
    ] {
        let desk = Desk::new();
        let file = json(&desk.path(""), &"2099-02-13T18:39:25.085000+01:00".into());
        let more = ["--import-type", import_type];
        let more = if import_type.is_empty() {
            &[][..]
        } else {
            &more
        };
        wraps(&desk, "RSAES_OAEP_SHA_256", file, KeyType::Aes256, more);
        let command = desk.text("import-key-material.sh");
        assert!(command.contains(has) && !command.contains(not), "{command}");
        let rotates = desk.path("out/rotate-key-on-demand.sh");
        assert_eq!(rotates.exists(), import_type == "new");
        if import_type == "new" {
            let text = desk.text("rotate-key-on-demand.sh");
            let place = |words: &str| {
                text.find(words)
                    .unwrap_or_else(|| panic!("{words}\n{text}"))
            };
            assert!(place("NEW_KEY_MATERIAL into the primary") < place("into every replica"));
            assert!(place("into every replica") < place("aws kms rotate-key-on-demand"));
        }
    }
}
