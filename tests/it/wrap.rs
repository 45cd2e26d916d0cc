//! Other people's programs open what we wrap: pyca/cryptography and OpenSSL.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use keyrite::crypto::check_value::CMAC5;
use keyrite::crypto::check_value::MAC5;
use keyrite::crypto::library::FIPS;
use keyrite::crypto::library::approve_key;
use keyrite::crypto::library::unapproved_wrap;
use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::software::SoftwareKey;
use keyrite::crypto::wrap;
use keyrite::crypto::wrap::AesMode;
use keyrite::crypto::wrap::Construction;
use keyrite::crypto::wrap::Hash;
use keyrite::domain::algorithm::Class;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::hex;
use keyrite::providers::PROVIDERS;
use keyrite::providers::Profile;

use crate::common::python;
use crate::common::repository;

/// One wrapped key, and what it must open to.
struct Case {
    name: String,
    profile: &'static Profile,
    bits: usize,
    blob: Vec<u8>,
    plaintext: Vec<u8>,
}

/// Every algorithm of every provider with every length of wrapping key and type of key it carries;
/// algorithms that differ in name only are tried once.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut seen = HashSet::new();
    for profile in PROVIDERS.iter().flat_map(|provider| provider.profiles()) {
        for bits in profile.wrapping_key_bits {
            for kind in profile.carries {
                let construction = profile.construction;
                if profile.not_with.contains(&(*kind, *bits))
                    || !seen.insert(format!("{construction:?} {bits} {kind}"))
                {
                    continue;
                }
                // What RustCrypto makes is tried at one length of wrapping key, and Vault's at its own.
                let alone = !construction.has_two_implementations();
                if alone && *bits != 2048 && profile.provider != "vault" {
                    continue;
                }
                let key = SoftwareKey::twin(*kind, &mut SystemRandom).unwrap();
                let to = wrap::test_key(construction, *bits).unwrap();
                let wrapped = wrap::wrap(construction, &to, key.material(), &mut SystemRandom);
                if let (true, Some(refusal)) = (FIPS, unapproved_wrap(construction)) {
                    assert_eq!(wrapped, Err(refusal));
                    continue;
                }
                let wrapped = wrapped.unwrap();
                let len = key.material().len();
                assert_eq!(wrapped.blob.len(), published_len(construction, *bits, len));
                cases.push(Case {
                    name: format!("{}/{}/{bits}/{kind}", profile.provider, profile.algorithm),
                    profile,
                    bits: *bits,
                    blob: wrapped.blob,
                    plaintext: key.material().expose().to_vec(),
                });
            }
        }
    }
    cases
}

/// Lengths as standards and providers give them, written down a second time.
fn published_len(construction: Construction, bits: usize, len: usize) -> usize {
    let aes = |mode| match mode {
        AesMode::Kw => len + 8,
        AesMode::Kwp => 8 * len.div_ceil(8) + 8,
        AesMode::EcbPkcs7 => 16 * (len / 16) + 16,
    };
    match construction {
        Construction::Oaep(_) => bits / 8,
        Construction::OaepThenAes(_, mode) => bits / 8 + aes(mode),
        Construction::Aes(mode) => aes(mode),
    }
}

fn name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha1 => "sha1",
        Hash::Sha224 => "sha224",
        Hash::Sha256 => "sha256",
        Hash::Sha384 => "sha384",
        Hash::Sha512 => "sha512",
    }
}

fn key_file(case: &Case) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let bits = case.bits;
    if case.profile.construction.is_under_aes() {
        format!("{root}/tests/data/providers/generic/aes-{bits}.bin")
    } else {
        format!("{root}/src/crypto/test_pairs/rsa-{bits}.der")
    }
}

/// Runs a program with `input` and returns what it printed.
fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // From another thread: a program that answers while it reads would otherwise wait for us.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

#[test]
fn pyca_opens_what_we_wrap() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/venv/bin/python");
    assert!(
        python.exists(),
        "install the other implementation: python3 -m venv target/venv && target/venv/bin/pip install cryptography==50.0.2 jsonschema pyyaml"
    );
    let cases = cases();
    let mut lines = String::new();
    for case in &cases {
        let construction = case.profile.construction;
        let oaep = construction.oaep();
        let hash = oaep.map_or("-", |hashes| name(hashes.hash));
        let mgf = oaep.map_or("-", |hashes| name(hashes.mgf));
        let mode = construction.aes().map_or("-", |mode| match mode {
            AesMode::Kw => "kw",
            AesMode::Kwp => "kwp",
            AesMode::EcbPkcs7 => "ecb",
        });
        let (file, blob) = (key_file(case), hex(&case.blob));
        writeln!(lines, "{} {file} {hash} {mgf} {mode} {blob}", case.name).unwrap();
    }
    let printed = run(
        Command::new(python).arg(root.join("tests/data/crypto/unwrap.py")),
        lines.as_bytes(),
    );
    let printed = String::from_utf8(printed).unwrap();
    assert_eq!(printed.lines().count(), cases.len());
    for (line, case) in printed.lines().zip(&cases) {
        assert_eq!(line, format!("{} {}", case.name, hex(&case.plaintext)));
    }
}

#[test]
fn openssl_opens_what_we_wrap() {
    for case in cases() {
        let construction = case.profile.construction;
        let Some(hashes) = construction.oaep() else {
            let kek = std::fs::read(key_file(&case)).unwrap();
            let opened = open_aes(construction.aes().unwrap(), &kek, &case.blob);
            assert_eq!(opened, case.plaintext, "{}", case.name);
            continue;
        };
        let (head, tail) = case.blob.split_at(case.bits / 8);
        let (hash, mgf) = (name(hashes.hash), name(hashes.mgf));
        let mut opened = run(
            Command::new("openssl")
                .args(["pkeyutl", "-decrypt", "-keyform", "DER", "-inkey"])
                .arg(key_file(&case))
                .args(["-pkeyopt", "rsa_padding_mode:oaep"])
                .args(["-pkeyopt", &format!("rsa_oaep_md:{hash}")])
                .args(["-pkeyopt", &format!("rsa_mgf1_md:{mgf}")]),
            head,
        );
        if let Some(mode) = construction.aes() {
            opened = open_aes(mode, &opened, tail);
        }
        assert_eq!(opened, case.plaintext, "{}", case.name);
    }
}

/// OpenSSL opens the AES part.
fn open_aes(mode: AesMode, kek: &[u8], blob: &[u8]) -> Vec<u8> {
    let bits = kek.len() * 8;
    let mut command = Command::new("openssl");
    command.args(["enc", "-d"]);
    match mode {
        AesMode::Kw => command.args([&format!("-id-aes{bits}-wrap"), "-iv", "A6A6A6A6A6A6A6A6"]),
        AesMode::Kwp => command.args([&format!("-id-aes{bits}-wrap-pad"), "-iv", "A65959A6"]),
        AesMode::EcbPkcs7 => command.arg(format!("-aes-{bits}-ecb")),
    };
    run(command.arg("-K").arg(hex(kek)), blob)
}

/// What this build makes: one with the FIPS module refuses some.
fn made_here() -> impl Iterator<Item = KeyType> {
    KeyType::all().filter(|kind| approve_key(*kind).is_ok())
}

#[test]
fn openssl_reads_every_pair_that_we_make_and_finds_the_same_public_half() {
    for kind in made_here().filter(|kind| kind.is_pair()) {
        let key = SoftwareKey::generate(kind, &mut SystemRandom).unwrap();
        let spki = run(
            Command::new("openssl").args(["pkey", "-inform", "DER", "-pubout", "-outform", "DER"]),
            key.material().expose(),
        );
        assert_eq!(Some(spki), key.spki(), "{kind}");
    }
}

#[test]
fn pyca_reads_every_pair_that_we_make_and_finds_the_same_public_half() {
    let kinds: Vec<KeyType> = made_here().filter(|kind| kind.is_pair()).collect();
    let keys: Vec<SoftwareKey> = kinds
        .iter()
        .map(|kind| SoftwareKey::generate(*kind, &mut SystemRandom).unwrap())
        .collect();
    let lines: Vec<String> = keys
        .iter()
        .map(|key| format!("{} {}\n", key.kind(), hex(key.material().expose())))
        .collect();
    let printed = run(
        python().arg(repository("tests/data/crypto/public_half.py")),
        lines.concat().as_bytes(),
    );
    let wanted: Vec<String> = keys
        .iter()
        .map(|key| format!("{} {}\n", key.kind(), hex(&key.spki().unwrap())))
        .collect();
    assert_eq!(String::from_utf8(printed).unwrap(), wanted.concat());
}

#[test]
fn openssl_computes_the_same_check_values_of_raw_keys() {
    for kind in made_here().filter(|kind| !kind.is_pair()) {
        let key = SoftwareKey::generate(kind, &mut SystemRandom).unwrap();
        let values = key.check_values();
        let hexkey = format!("hexkey:{}", hex(key.material().expose()));
        let (name, value) = values.headline().unwrap();
        let cipher = format!("AES-{}-CBC", key.material().len() * 8);
        let (wanted, arguments) = match kind.class() {
            Class::Aes(_) => (CMAC5, ["-cipher", &cipher, "-macopt", &hexkey, "CMAC"]),
            Class::Hmac(_) => (MAC5, ["-digest", "SHA256", "-macopt", &hexkey, "HMAC"]),
            Class::Rsa(_) | Class::Ec | Class::Edwards => panic!("{kind} is a pair"),
        };
        let printed = run(Command::new("openssl").arg("mac").args(arguments), &[0; 16]);
        let printed = String::from_utf8(printed).unwrap();
        assert_eq!((name, value), (wanted, &printed[..10]), "{kind}");
    }
}

#[test]
fn the_command_for_the_upload_is_good_shell() {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/providers/aws/import-key-material.sh"
    );
    run(Command::new("sh").args(["-n", script]), b"");
}
