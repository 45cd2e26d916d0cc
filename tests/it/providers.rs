//! Every provider from its own file to its own command, through the program.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use base64ct::Encoding as _;
use keyrite::crypto::library::FIPS;
use keyrite::crypto::library::approve_key;
use keyrite::crypto::library::unapproved_key;
use keyrite::crypto::library::unapproved_wrap;
use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::software::SoftwareKey;
use keyrite::crypto::test_pairs::test_kek;
use keyrite::crypto::wrap::AesMode;
use keyrite::crypto::wrapping_key::WrappingKey;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::hex;
use keyrite::providers::PROVIDERS;
use keyrite::providers::Profile;
use keyrite::providers::Provider;
use serde_json::Value;

use crate::common::Company;
use crate::common::keyrite;
use crate::common::python;
use crate::common::repository;

const KID: &str = "https://lab.vault.azure.net/keys/KEK/0123456789abcdef0123456789abcdef";
const KEY_RING: &str = "projects/lab/locations/europe-west1/keyRings/ring";

/// A folder with a key in it, and what is wrapped from there.
pub(crate) struct Desk(tempfile::TempDir);

/// One call of `keyrite wrap`.
pub(crate) struct Wrap<'a> {
    pub(crate) provider: &'a str,
    pub(crate) algorithm: &'a str,
    pub(crate) wrapping_key: PathBuf,
    pub(crate) kind: KeyType,
    pub(crate) more: &'a [&'a str],
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path("out").join(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Wraps a fresh key; its plain form is returned.
    pub(crate) fn wrap(&self, wrap: &Wrap<'_>) -> (Vec<u8>, assert_cmd::assert::Assert) {
        let key = SoftwareKey::twin(wrap.kind, &mut SystemRandom).unwrap();
        let plaintext = key.material().expose().to_vec();
        fs::write(self.path("key"), &plaintext).unwrap();
        let mut command = keyrite();
        command
            .args(["wrap", "--provider", wrap.provider])
            .args(["--algorithm", wrap.algorithm])
            .arg("--wrapping-key")
            .arg(&wrap.wrapping_key)
            .arg("--key-file")
            .arg(self.path("key"))
            .args(["--key-type", wrap.kind.name()])
            .arg("--out")
            .arg(self.path("out"))
            .args(wrap.more);
        (plaintext, command.assert())
    }

    /// Every command of the package is good shell.
    pub(crate) fn shell_is_good(&self) {
        let mut count = 0;
        for entry in fs::read_dir(self.path("out")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "sh") {
                let status = Command::new("sh").arg("-n").arg(&path).status().unwrap();
                assert!(status.success(), "{}", path.display());
                count += 1;
            }
        }
        assert!(count > 0);
    }
}

fn fixture(path: &str) -> PathBuf {
    repository("tests/data/providers").join(path)
}

fn refused(provider: &str, algorithm: &str, file: PathBuf, kind: KeyType, more: &[&str]) -> String {
    let desk = Desk::new();
    let (_, done) = desk.wrap(&Wrap {
        provider,
        algorithm,
        wrapping_key: file,
        kind,
        more,
    });
    assert!(!desk.path("out").exists());
    let output = done.failure().get_output().clone();
    String::from_utf8(output.stderr)
        .unwrap()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What is inside the package's wrapped key, in raw bytes.
fn blob(desk: &Desk, provider: &str) -> Vec<u8> {
    let standard = |text: &str| base64ct::Base64::decode_vec(text).unwrap();
    match provider {
        "aws-kms" => desk.read("EncryptedKeyMaterial.bin"),
        "azure-key-vault" | "azure-managed-hsm" => {
            let byok: Value = serde_json::from_slice(&desk.read("key.byok")).unwrap();
            base64url(byok["ciphertext"].as_str().unwrap())
        }
        "vault" => standard(&desk.text("ciphertext.b64")),
        "alibaba" => standard(&desk.text("EncryptedKeyMaterial.b64")),
        "oci" => {
            let json: Value =
                serde_json::from_slice(&desk.read("wrapped-import-key.json")).unwrap();
            standard(json["keyMaterial"].as_str().unwrap())
        }
        "ciphertrust" => {
            let json: Value = serde_json::from_slice(&desk.read("keys2.json")).unwrap();
            standard(json["material"].as_str().unwrap())
        }
        _ => desk.read("wrapped-key.bin"),
    }
}

/// Base64url with or without padding: both are in the field.
fn base64url(text: &str) -> Vec<u8> {
    base64ct::Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')).unwrap()
}

/// A wrapping key of `bits` as a PEM file, or the secret AES key.
fn wrapping_key(folder: &Path, profile: &Profile, bits: usize) -> PathBuf {
    let path = folder.join("wrapping-key");
    if profile.construction.is_under_aes() {
        fs::write(&path, test_kek(bits).unwrap().expose()).unwrap();
    } else {
        let pair = repository(&format!("src/crypto/test_pairs/rsa-{bits}.der"));
        let status = Command::new("openssl")
            .args(["pkey", "-inform", "DER", "-pubout", "-in"])
            .arg(pair)
            .arg("-out")
            .arg(&path)
            .status();
        assert!(status.unwrap().success());
    }
    path
}

/// pyca/cryptography opens it.
pub(crate) fn opened(desk: &Desk, profile: &Profile, bits: usize, blob: &[u8]) -> Vec<u8> {
    let name = |hash: keyrite::crypto::wrap::Hash| hash.name().to_lowercase().replace('-', "");
    let oaep = profile.construction.oaep();
    let line = format!(
        "x {} {} {} {} {}\n",
        if oaep.is_some() {
            repository(&format!("src/crypto/test_pairs/rsa-{bits}.der"))
        } else {
            fixture(&format!("generic/aes-{bits}.bin"))
        }
        .display(),
        oaep.map_or("-".to_owned(), |hashes| name(hashes.hash)),
        oaep.map_or("-".to_owned(), |hashes| name(hashes.mgf)),
        match profile.construction.aes().map(AesMode::name) {
            None => "-",
            Some("AES-KW") => "kw",
            Some("AES-KWP") => "kwp",
            Some(_) => "ecb",
        },
        hex(blob)
    );
    fs::write(desk.path("line"), line).unwrap();
    let output = python()
        .arg(repository("tests/data/crypto/unwrap.py"))
        .stdin(fs::File::open(desk.path("line")).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    keyrite::domain::record::unhex(text.trim().strip_prefix("x ").unwrap()).unwrap()
}

/// Options without which a provider's package cannot be made.
fn needed(provider: &dyn Provider) -> Vec<&'static str> {
    provider
        .stand_in_wrapping_key_id()
        .map_or(Vec::new(), |id| vec!["--wrapping-key-id", id])
}

#[test]
fn pyca_opens_the_package_of_every_provider_made_from_its_public_key_in_one_call() {
    for provider in PROVIDERS {
        // Where there are many rows, those of one construction differ in hash functions, which
        // `wrap` tries one by one.
        let every_row = provider.profiles().len() < 10;
        let mut seen = Vec::new();
        for profile in provider.profiles() {
            let shape = (
                profile.construction.oaep().is_some(),
                profile.construction.aes(),
            );
            let alone = !profile.construction.has_two_implementations();
            if seen.contains(&(shape, alone)) && !every_row {
                continue;
            }
            seen.push((shape, alone));
            let bits = *profile.wrapping_key_bits.last().unwrap();
            for kind in [profile.carries[0], *profile.carries.last().unwrap()] {
                let desk = Desk::new();
                let (plaintext, done) = desk.wrap(&Wrap {
                    provider: provider.id(),
                    algorithm: profile.algorithm,
                    wrapping_key: wrapping_key(desk.0.path(), profile, bits),
                    kind,
                    more: &needed(*provider),
                });
                let refusal = unapproved_key(kind).or(unapproved_wrap(profile.construction));
                if let (true, Some(refusal)) = (FIPS, refusal) {
                    let said = done.code(1).get_output().stderr.clone();
                    // Lines are wrapped; the last words say why.
                    let said = String::from_utf8(said).unwrap().replace('\n', " ");
                    assert!(said.contains("FIPS module refuses"), "{refusal}: {said}");
                    continue;
                }
                done.success();
                let blob = blob(&desk, provider.id());
                assert_eq!(opened(&desk, profile, bits, &blob), plaintext);
                desk.shell_is_good();
            }
        }
    }
}

#[test]
fn every_form_in_which_a_key_is_handed_out_is_read() {
    for (provider, algorithm, file, kind, more) in [
        (
            "azure-key-vault",
            "CKM_RSA_AES_KEY_WRAP",
            "azure/kek.pem",
            KeyType::EcP256,
            &["--wrapping-key-id", KID][..],
        ),
        (
            "azure-key-vault",
            "CKM_RSA_AES_KEY_WRAP",
            "azure/kek.der",
            KeyType::Rsa2048,
            &["--wrapping-key-id", KID],
        ),
        (
            "azure-key-vault",
            "CKM_RSA_AES_KEY_WRAP",
            "azure/kek.jwk.json",
            KeyType::EcP256,
            &[],
        ),
        (
            "azure-key-vault",
            "CKM_RSA_AES_KEY_WRAP",
            "azure/key-show.json",
            KeyType::EcP384,
            &["--key-id", "payments"],
        ),
        (
            "google-kms",
            "rsa-oaep-4096-sha256-aes-256",
            "google/import-job.json",
            KeyType::Aes256,
            &[],
        ),
        (
            "google-kms",
            "rsa-oaep-4096-sha256-aes-256",
            "google/import-job.pem",
            KeyType::Rsa4096,
            &[],
        ),
        (
            "vault",
            "sha256",
            "vault/wrapping-key.pem",
            KeyType::Ed25519,
            &[],
        ),
        (
            "alibaba",
            "RSAES_OAEP_SHA_256",
            "alibaba/parameters.json",
            KeyType::Aes256,
            &[],
        ),
        (
            "oci",
            "RSA_OAEP_AES_SHA256",
            "oci/wrapping-key.pem",
            KeyType::Rsa2048,
            &[],
        ),
        (
            "ciphertrust",
            "RSA/RSAAESKEYWRAPPADDING",
            "ciphertrust/wrapping-key.pem",
            KeyType::EcP256,
            &["--wrapping-key-id", "wrap"],
        ),
        (
            "aws-cloudhsm",
            "rsa-aes",
            "cloudhsm/wrapping-key.pem",
            KeyType::EcP256,
            &[],
        ),
        (
            "generic",
            "oaep-sha512-mgf1-sha512+kwp",
            "generic/rsa-4096.pem",
            KeyType::EcP521,
            &[],
        ),
        (
            "generic",
            "oaep-sha256-mgf1-sha1",
            "generic/rsa-4096.jwk.json",
            KeyType::Aes192,
            &[],
        ),
        ("generic", "kw", "generic/aes-256.bin", KeyType::Aes256, &[]),
        (
            "generic",
            "kwp",
            "generic/aes-128.bin",
            KeyType::Rsa3072,
            &[],
        ),
    ] {
        if approve_key(kind).is_err() {
            continue;
        }
        let desk = Desk::new();
        let (plaintext, done) = desk.wrap(&Wrap {
            provider,
            algorithm,
            wrapping_key: fixture(file),
            kind,
            more,
        });
        done.success();
        let profile = keyrite::providers::provider(provider)
            .unwrap()
            .profile(algorithm)
            .unwrap();
        let bits = match file {
            "alibaba/parameters.json" => 2048,
            "generic/aes-256.bin" => 256,
            "generic/aes-128.bin" => 128,
            _ => 4096,
        };
        assert_eq!(
            opened(&desk, profile, bits, &blob(&desk, provider)),
            plaintext
        );
        desk.shell_is_good();
    }
}

#[test]
fn a_byok_file_and_its_command_are_as_the_specification_has_them() {
    for (kind, kty) in [
        (KeyType::EcP256, "--kty EC --curve P-256"),
        (KeyType::EcP521, "--kty EC --curve P-521"),
        (KeyType::EcSecp256k1, "--kty EC --curve P-256K"),
        (KeyType::Rsa3072, "--kty RSA"),
    ]
    .map(|(kind, kty)| (kind, format!("  --byok-file key.byok \\\n  {kty}\n")))
    {
        if approve_key(kind).is_err() {
            continue;
        }
        let desk = Desk::new();
        let (_, done) = desk.wrap(&Wrap {
            provider: "azure-key-vault",
            algorithm: "CKM_RSA_AES_KEY_WRAP",
            wrapping_key: fixture("azure/kek.jwk.json"),
            kind,
            more: &["--key-id", "payments"],
        });
        done.success();
        let byok: Value = serde_json::from_slice(&desk.read("key.byok")).unwrap();
        let fields: Vec<&String> = byok.as_object().unwrap().keys().collect();
        assert_eq!(
            fields,
            ["ciphertext", "generator", "header", "schema_version"]
        );
        assert_eq!(byok["schema_version"], "1.0.0");
        assert_eq!(
            byok["header"],
            serde_json::json!({"kid": KID, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"})
        );
        let ciphertext = byok["ciphertext"].as_str().unwrap();
        let unpadded = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(ciphertext.chars().all(unpadded));
        let command = desk.text("import-key.sh");
        assert!(command.contains(
            "az keyvault key import \\\n  --vault-name 'lab' \\\n  --name 'payments' \\\n"
        ));
        assert!(command.contains(&kty), "{command}");
        assert!(!command.contains("--protection"));
    }
    let desk = Desk::new();
    let kid = "https://lab.managedhsm.azure.net/keys/KEK/0123";
    let (_, done) = desk.wrap(&Wrap {
        provider: "azure-managed-hsm",
        algorithm: "CKM_RSA_AES_KEY_WRAP",
        wrapping_key: fixture("azure/kek.pem"),
        kind: KeyType::Aes256,
        more: &["--wrapping-key-id", kid],
    });
    done.success();
    let command = desk.text("import-key.sh");
    assert!(command.contains("--hsm-name 'lab' \\\n") && command.contains("--kty oct\n"));
    assert!(command.contains("KEY_NAME=${KEY_NAME:?"));
}

#[test]
fn the_other_packages_have_the_shape_that_their_importers_take() {
    let desk = Desk::new();
    let key = format!("{KEY_RING}/cryptoKeys/payments");
    let (_, done) = desk.wrap(&Wrap {
        provider: "google-kms",
        algorithm: "rsa-oaep-4096-sha256-aes-256",
        wrapping_key: fixture("google/import-job.json"),
        kind: KeyType::Aes256,
        more: &["--key-id", &key, "--import-type", "existing"],
    });
    done.success();
    assert_eq!(desk.read("wrapped-key.bin").len(), 552);
    let command = desk.text("import-key-version.sh");
    for part in [
        "gcloud kms keys versions import \\\n  --import-job 'job' \\\n",
        "--project 'lab' --location 'europe-west1' --keyring 'ring'",
        "--key 'payments' \\\n  --algorithm google-symmetric-encryption \\\n  --wrapped-key-file wrapped-key.bin \\\n",
        "--version \"$KEY_VERSION\"",
        "Run it before 2099-01-04T09:00:00Z",
    ] {
        assert!(command.contains(part), "{part}\n{command}");
    }

    // The module of a build with `fips` has no OAEP with SHA-224.
    let (algorithm, named) = if FIPS {
        ("sha384", "SHA384")
    } else {
        ("sha224", "SHA224")
    };
    let desk = Desk::new();
    let (_, done) = desk.wrap(&Wrap {
        provider: "vault",
        algorithm,
        wrapping_key: fixture("vault/wrapping-key.pem"),
        kind: KeyType::EcP384,
        more: &["--key-id", "lab/keys/payments"],
    });
    done.success();
    let ciphertext = desk.text("ciphertext.b64");
    assert!(
        ciphertext
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
    );
    let command = desk.text("import-key.sh");
    assert!(command.contains(&format!(
        "\"$VAULT\" write 'lab'/keys/'payments'/import \\\n  type=ecdsa-p384 \\\n  hash_function={named} \\\n  ciphertext=@ciphertext.b64 \\\n  allow_rotation=false \\\n  exportable=false \\\n  allow_plaintext_backup=false\n"
    )), "{command}");

    let desk = Desk::new();
    let (_, done) = desk.wrap(&Wrap {
        provider: "vault",
        algorithm: "sha256",
        wrapping_key: fixture("vault/wrapping-key.pem"),
        kind: KeyType::Aes256,
        more: &["--key-id", "payments", "--import-type", "new"],
    });
    done.success();
    let command = desk.text("import-key.sh");
    assert!(command.contains("write 'transit'/keys/'payments'/import_version \\\n  hash_function=SHA256 \\\n  ciphertext=@ciphertext.b64\n"));

    let desk = Desk::new();
    let (_, done) = desk.wrap(&Wrap {
        provider: "oci",
        algorithm: "RSA_OAEP_AES_SHA256",
        wrapping_key: fixture("oci/wrapping-key.pem"),
        kind: KeyType::Rsa2048,
        more: &[],
    });
    done.success();
    assert!(
        desk.text("wrapped-import-key.json")
            .ends_with("\"wrappingAlgorithm\":\"RSA_OAEP_AES_SHA256\"}")
    );
    assert!(
        desk.text("import-key.sh")
            .contains("--key-shape '{\"algorithm\":\"RSA\",\"length\":256}'")
    );

    let desk = Desk::new();
    let (_, done) = desk.wrap(&Wrap {
        provider: "alibaba",
        algorithm: "RSAES_OAEP_SHA_256_AES_256_ECB_PKCS7_PAD",
        wrapping_key: fixture("alibaba/parameters.json"),
        kind: KeyType::EcP256,
        more: &["--valid-for-days", "30"],
    });
    done.success();
    // 138 bytes of PKCS#8 are nine blocks of 16.
    assert_eq!(blob(&desk, "alibaba").len(), 256 + 144);
    assert_eq!(desk.read("ImportToken.bin"), b"a token of these tests");
    assert!(
        desk.text("import-key-material.sh")
            .contains("--KeyMaterialExpireUnix ")
    );

    let mgf = if FIPS { "sha256" } else { "sha1" };
    let desk = Desk::new();
    let (_, done) = desk.wrap(&Wrap {
        provider: "aws-cloudhsm",
        algorithm: &format!("rsa-oaep-sha256-mgf1-{mgf}"),
        wrapping_key: fixture("cloudhsm/wrapping-key.pem"),
        kind: KeyType::Aes256,
        more: &["--key-id", "payments", "--wrapping-key-id", "wrap"],
    });
    done.success();
    assert!(desk.text("unwrap-key.sh").contains(&format!(
        "cloudhsm-cli key unwrap rsa-oaep \\\n  --filter attr.label='wrap' \\\n  --hash-function sha256 \\\n  --mgf mgf1-{mgf} \\\n  --key-type-class aes \\\n  --label 'payments' \\\n  --data-path wrapped-key.bin\n"
    )));
}

#[test]
fn every_refusal_says_what_would_work_instead() {
    let azure = || fixture("azure/kek.pem");
    let google = || fixture("google/import-job.json");
    let vault = || fixture("vault/wrapping-key.pem");
    let short = fixture("alibaba/parameters.json");
    let oct = refused(
        "azure-key-vault",
        "CKM_RSA_AES_KEY_WRAP",
        azure(),
        KeyType::Aes256,
        &[],
    );
    assert!(oct.contains("does not carry aes-256"), "{oct}");
    for (said, wanted) in [
        (
            refused(
                "azure-key-vault",
                "CKM_RSA_AES_KEY_WRAP",
                azure(),
                KeyType::EcP256,
                &[],
            ),
            "give `--wrapping-key-id`",
        ),
        (
            refused(
                "azure-key-vault",
                "CKM_RSA_AES_KEY_WRAP",
                azure(),
                KeyType::EcP256,
                &["--wrapping-key-id", "https://lab.vault.azure.net/keys/KEK"],
            ),
            "its URL with a version",
        ),
        (
            refused(
                "azure-key-vault",
                "CKM_RSA_AES_KEY_WRAP",
                fixture("azure/kek.jwk.json"),
                KeyType::EcP256,
                &["--wrapping-key-id", &KID.replace("KEK", "OTHER")],
            ),
            "the plan says",
        ),
        (
            refused(
                "google-kms",
                "rsa-oaep-3072-sha256",
                google(),
                KeyType::Rsa2048,
                &[],
            ),
            "use rsa-oaep-3072-sha256-aes-256",
        ),
        (
            refused(
                "google-kms",
                "rsa-oaep-4096-sha256",
                google(),
                KeyType::Aes256,
                &[],
            ),
            "use rsa-oaep-4096-sha256-aes-256, or make a wrapping key",
        ),
        (
            refused(
                "google-kms",
                "rsa-oaep-3072-sha256",
                vault(),
                KeyType::Aes256,
                &[],
            ),
            "use a wrapping key of 3072 bits",
        ),
        (
            refused(
                "google-kms",
                "hpke-kem-xwing-hkdf-sha256-aes-256-gcm",
                google(),
                KeyType::Aes256,
                &[],
            ),
            "preview",
        ),
        (
            refused(
                "google-kms",
                "rsa-oaep-4096-sha256-aes-256",
                google(),
                KeyType::EcP521,
                &[],
            ),
            "does not import keys of this type",
        ),
        (
            refused(
                "google-kms",
                "rsa-oaep-4096-sha256-aes-256",
                google(),
                KeyType::EcP256,
                &[
                    "--key-id",
                    "projects/lab/locations/us/keyRings/ring/cryptoKeys/k",
                ],
            ),
            "the wrapping key in projects/lab/locations/europe-west1/keyRings/ring",
        ),
        (
            refused("vault", "sha-256", vault(), KeyType::Aes256, &[]),
            "did you mean `sha256`",
        ),
        (
            refused(
                "vault",
                "sha256",
                azure().with_file_name("key-show.json"),
                KeyType::Aes256,
                &[],
            ),
            "exactly as the provider handed it out",
        ),
        (
            refused("vault", "sha256", vault(), KeyType::Hmac224, &[]),
            "does not import keys of this type",
        ),
        (
            refused(
                "vault",
                "sha256",
                vault(),
                KeyType::Aes256,
                &["--wrapping-key-id", "x"],
            ),
            "leave the id of the wrapping key out",
        ),
        (
            refused(
                "vault",
                "sha256",
                vault(),
                KeyType::Aes256,
                &["--valid-for-days", "3"],
            ),
            "plan who deletes the key",
        ),
        (
            refused(
                "vault",
                "sha256",
                vault(),
                KeyType::Aes256,
                &["--import-type", "existing"],
            ),
            "use new",
        ),
        (
            refused(
                "vault",
                "sha256",
                vault(),
                KeyType::Aes256,
                &["--key-id", "a; reboot"],
            ),
            "give the name of the key",
        ),
        (
            refused("oci", "RSA_OAEP_SHA256", vault(), KeyType::Rsa2048, &[]),
            "use RSA_OAEP_AES_SHA256",
        ),
        (
            refused("oci", "RSA_OAEP_SHA256", vault(), KeyType::EcP256, &[]),
            "does not import keys of this type",
        ),
        (
            refused(
                "alibaba",
                "RSAES_OAEP_SHA_256",
                short.clone(),
                KeyType::EcP256,
                &[],
            ),
            "use RSAES_OAEP_SHA_256_AES_256_ECB_PKCS7_PAD",
        ),
        (
            refused(
                "aws-kms",
                "RSAES_OAEP_SHA_256",
                vault(),
                KeyType::EcP256,
                &["--import-type", "new"],
            ),
            "for other material make another key",
        ),
        (
            refused(
                "generic",
                "kw",
                fixture("generic/aes-256.bin"),
                KeyType::EcP256,
                &[],
            ),
            "use kwp, oaep-",
        ),
        (
            refused("generic", "kwp", vault(), KeyType::EcP256, &[]),
            "PEM",
        ),
        (
            refused(
                "generic",
                "oaep-sha512-mgf1-sha512",
                fixture("generic/rsa-4096.pem"),
                KeyType::Rsa2048,
                &[],
            ),
            "use oaep-sha256-mgf1-sha256+kwp",
        ),
    ] {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
}

/// The shipped script for AWS KMS, made into one for another provider.
fn script(provider: &dyn Provider, profile: &Profile, kind: KeyType, more: &str) -> String {
    let shipped = fs::read_to_string(repository("ceremonies/aws-kms-aes256/script.yaml")).unwrap();
    let begins = shipped.find("    provider: aws-kms").unwrap();
    let ends = shipped.find("\nsteps:").unwrap();
    let input = format!(
        "    provider: {}\n    algorithm: {}\n{more}",
        provider.id(),
        profile.algorithm
    );
    [&shipped[..begins], &input, &shipped[ends..]]
        .concat()
        .replace("type: aes-256", &format!("type: {kind}"))
}

#[test]
fn a_ceremony_for_every_provider_rehearses_and_verifies() {
    for provider in PROVIDERS {
        let profile = &provider.profiles()[0];
        let kind = profile.carries[0];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script.yaml");
        let more = if provider.ends_material() {
            "    valid-for: 300d\n"
        } else {
            ""
        };
        fs::write(&path, script(*provider, profile, kind, more)).unwrap();
        let out = folder.path().join("out");
        let done = keyrite()
            .arg("rehearse")
            .arg(&path)
            .arg("--out")
            .arg(&out)
            .assert();
        let verified = keyrite().arg("verify").arg(&out).assert();
        assert!(
            done.get_output().status.success() && verified.get_output().status.success(),
            "{}: {}{}",
            provider.id(),
            String::from_utf8_lossy(&done.get_output().stderr),
            String::from_utf8_lossy(&verified.get_output().stdout)
        );
    }
}

/// Runs a practice ceremony with real files, and verifies its record.
fn runs_and_verifies(input: &str, files: &[(&str, PathBuf)], change: &[(&str, &str)]) -> Value {
    let company = Company::new();
    for (name, from) in files {
        fs::copy(from, company.path(name)).unwrap();
    }
    company.input(input);
    company.run(change).assert().success();
    company.verify().assert().success();
    let record = fs::read_to_string(company.path("out/record.jsonl")).unwrap();
    let first: Value = serde_json::from_str(record.lines().next().unwrap()).unwrap();
    fn inputs(value: &Value) -> Option<Value> {
        match value {
            Value::Object(map) => map
                .get("inputs")
                .cloned()
                .or_else(|| map.values().find_map(inputs)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }
    inputs(&first).unwrap()[0].clone()
}

#[test]
fn an_import_job_and_its_attestation_are_hashed_into_the_record() {
    let input = runs_and_verifies(
        "    provider: google-kms\n    algorithm: rsa-oaep-4096-sha256-aes-256\n    \
         parameters: job.json\n    attestation: attestation.dat\n",
        &[
            ("job.json", fixture("google/import-job.json")),
            ("attestation.dat", fixture("google/attestation.dat")),
        ],
        &[],
    );
    assert_eq!(input["files"].as_array().unwrap().len(), 2);
    assert_eq!(input["files"][1]["path"], "attestation.dat");
    let attested = input["attested"].as_str().unwrap();
    assert!(
        attested.contains("modulus and exponent are those of the wrapping key"),
        "{attested}"
    );
    assert!(
        attested.contains("signature of the statement is not verified"),
        "{attested}"
    );
    assert_eq!(
        input["wrapping-key-id"],
        format!("{KEY_RING}/importJobs/job")
    );
}

#[test]
fn a_secret_wrapping_key_leaves_its_fingerprint_and_no_hash_of_its_file() {
    let kek = WrappingKey::from_secret(test_kek(256).unwrap()).unwrap();
    let fingerprint = kek.fingerprint().to_string();
    let zero_block = |cipher: &[&str]| {
        let mut child = Command::new("openssl")
            .args(cipher)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&[0; 16]).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    let bytes: Vec<u8> = (0..32).collect();
    let plain = hex(&bytes);
    // What an HSM shows, computed by OpenSSL: one hears the block, the other the CMAC.
    let block = zero_block(&["enc", "-aes-256-ecb", "-nopad", "-K", &plain]);
    let kcv = hex(&block[..3]);
    let key = format!("hexkey:{plain}");
    let cmac = zero_block(&["mac", "-cipher", "AES-256-CBC", "-macopt", &key, "CMAC"]);
    let cmac = String::from_utf8(cmac[..10].to_vec()).unwrap();
    let input = runs_and_verifies(
        "    provider: generic\n    algorithm: kwp\n    wrapping-key: kek.bin\n",
        &[("kek.bin", fixture("generic/aes-256.bin"))],
        &[
            (
                "7/check-value/ana",
                &format!("0x{} {}", &kcv[..2], &kcv[2..]),
            ),
            ("7/check-value/cho", &cmac),
        ],
    );
    assert_eq!(input["files"], serde_json::json!([]));
    assert_eq!(input["wrapping-key"], fingerprint);
    assert_eq!(input["check-values"]["kcv.ecb3"], kcv.to_uppercase());
    assert_eq!(input["check-values"]["kcv.cmac5"], cmac);
}

#[test]
fn the_check_value_of_another_secret_wrapping_key_stops_the_ceremony() {
    let company = Company::new();
    fs::copy(fixture("generic/aes-256.bin"), company.path("kek.bin")).unwrap();
    company.input("    provider: generic\n    algorithm: kwp\n    wrapping-key: kek.bin\n");
    let done = company
        .run(&[("7/check-value/ana", "a1b2c3")])
        .assert()
        .code(4);
    let said = crate::common::said(&done);
    assert!(
        said.contains("that is not the check value of the wrapping key"),
        "{said}"
    );
}

/// Runs with a Google import job and an attestation made of those bytes; what is said.
fn attested(bytes: &[u8]) -> (i32, String) {
    let company = Company::new();
    fs::copy(fixture("google/import-job.json"), company.path("job.json")).unwrap();
    fs::write(company.path("attestation.dat"), bytes).unwrap();
    company.input(
        "    provider: google-kms\n    algorithm: rsa-oaep-4096-sha256-aes-256\n    \
         parameters: job.json\n    attestation: attestation.dat\n",
    );
    let done = company.run(&[]).assert();
    assert!(!company.path("out").exists());
    let output = done.get_output();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn an_attestation_of_another_key_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("attestation.dat");
    let pack = |key: PathBuf| {
        let packed = python()
            .arg(fixture("google/attestation.py"))
            .arg(key)
            .arg(&out)
            .status()
            .unwrap();
        assert!(packed.success());
        fs::read(&out).unwrap()
    };
    // The fixture is what that program makes.
    let right = pack(fixture("google/import-job.pem"));
    assert_eq!(right, fs::read(fixture("google/attestation.dat")).unwrap());
    let other = folder.path().join("other.pem");
    let pair = repository("src/crypto/test_pairs/rsa-3072.der");
    crate::common::stock(
        "openssl",
        &[
            "pkey",
            "-inform",
            "DER",
            "-in",
            pair.to_str().unwrap(),
            "-pubout",
            "-out",
            other.to_str().unwrap(),
        ],
    );
    let (code, said) = attested(&pack(other));
    assert!(
        said.contains("about another key than the wrapping key"),
        "{said}"
    );
    assert_eq!(code, 5);
}

#[test]
fn what_is_no_attestation_is_refused_with_what_to_do() {
    let (code, said) = attested(b"PK something else");
    assert!(
        said.contains("no statement of version 2 of a Marvell HSM"),
        "{said}"
    );
    assert!(said.contains("--attestation-file"), "{said}");
    assert_eq!(code, 1);
}

#[test]
fn one_key_goes_to_two_regions_and_another_cloud_and_pyca_opens_the_same_material_thrice() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    keyrite()
        .arg("rehearse")
        .arg(repository("ceremonies/many-targets/script.yaml"))
        .arg("--out")
        .arg(&out)
        .assert()
        .code(0);
    keyrite().arg("verify").arg(&out).assert().code(0);
    let mut lines = String::new();
    for (target, file) in [
        ("aws-primary", "EncryptedKeyMaterial.bin"),
        ("aws-replica", "EncryptedKeyMaterial.bin"),
        ("google", "wrapped-key.bin"),
    ] {
        let blob = fs::read(out.join(format!("artifacts/ledger-for-{target}/{file}"))).unwrap();
        let pair = repository("src/crypto/test_pairs/rsa-4096.der");
        let line = format!(
            "{target} {} sha256 sha256 - {}\n",
            pair.display(),
            hex(&blob)
        );
        lines.push_str(&line);
    }
    let mut child = python()
        .arg(repository("tests/data/crypto/unwrap.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let printed = child.wait_with_output().unwrap().stdout;
    let printed = String::from_utf8(printed).unwrap();
    let keys: Vec<&str> = printed
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(keys.len(), 3);
    assert!(
        keys[0].len() == 64 && keys.iter().all(|key| *key == keys[0]),
        "{keys:?}"
    );
    let command = |target: &str| {
        let path = format!("artifacts/ledger-for-{target}/import-key-material.sh");
        fs::read_to_string(out.join(path)).unwrap()
    };
    assert!(!command("aws-primary").contains("--import-type"));
    assert!(command("aws-replica").contains("--import-type EXISTING_KEY_MATERIAL"));
}

#[test]
fn a_script_that_asks_what_a_provider_does_not_know_is_refused_with_its_line() {
    let provider = keyrite::providers::provider("vault").unwrap();
    let profile = provider.profile("sha256").unwrap();
    for (more, says) in [
        ("    wrapping-key-id: x\n", "has no id of its wrapping key"),
        ("    valid-for: 300d\n", "cannot be told when"),
        (
            "    import-type: existing\n",
            "no import of type `existing`",
        ),
        ("    attestation: a.dat\n", "gives no attestation"),
        ("    key-id: a b\n", "does not name a key of"),
        ("    import-type: again\n", "again"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script.yaml");
        fs::write(&path, script(provider, profile, KeyType::Aes256, more)).unwrap();
        let done = keyrite().arg("check").arg(&path).assert().code(3);
        let output = done.get_output();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(says), "{says}\n{said}");
    }
}

#[test]
fn what_is_known_of_a_provider_is_told_in_eighty_columns() {
    let output = keyrite().arg("providers").assert().success();
    let list = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for provider in PROVIDERS {
        assert!(list.contains(provider.id()));
        let output = keyrite()
            .args(["providers", provider.id()])
            .assert()
            .success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        for line in text.lines().chain(list.lines()) {
            let address = line.contains("https://");
            assert!(address || line.chars().count() <= 80, "{line}");
        }
        for heading in [
            "Algorithms",
            "Reads",
            "Facts",
            "Not confirmed",
            "HYOK",
            "Sources",
        ] {
            assert!(text.contains(heading), "{heading}");
        }
    }
    keyrite().args(["providers", "aws_kms"]).assert().code(2);
}

#[test]
fn what_is_known_of_a_provider_is_told_to_programs_with_source_and_date() {
    let output = keyrite()
        .args(["providers", "--format", "json"])
        .assert()
        .success();
    let all: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let all = all["providers"].as_array().unwrap();
    assert_eq!(all.len(), PROVIDERS.len());
    for one in all {
        for fact in one["profiles"]
            .as_array()
            .unwrap()
            .iter()
            .chain(one["facts"].as_array().unwrap())
        {
            assert!(fact["source"].as_str().unwrap().starts_with("https://"));
            assert!(
                fact["read"]
                    .as_str()
                    .unwrap()
                    .parse::<jiff::civil::Date>()
                    .is_ok()
            );
        }
    }
    let output = keyrite()
        .args(["providers", "vault", "--format", "json"])
        .assert()
        .success();
    let vault: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let alone: Vec<&Value> = vault["profiles"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|profile| profile["implementations"] == 1)
        .map(|profile| &profile["algorithm"])
        .collect();
    assert_eq!(alone, ["sha224"]);
}
