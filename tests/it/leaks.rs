//! No secret is found in anything that was written or printed, in any form.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng as _;
use chacha20::rand_core::SeedableRng as _;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::wrap;
use keyrite::custody::card::entry;
use keyrite::custody::card::looks_like_card;
use keyrite::custody::components;
use keyrite::custody::seal;
use keyrite::custody::seal::Identities;
use keyrite::custody::shamir;
use keyrite::domain::record::Digest;
use keyrite::domain::record::hex;
use keyrite::domain::record::unhex;
use keyrite::providers::provider;
use keyrite::secret::Secret;
use serde_json::Value;

use crate::ceremonies::ceremonies;
use crate::ceremonies::script;
use crate::common::CUSTODIANS;
use crate::common::Company;
use crate::common::NEWCOMER;
use crate::common::keyrite;
use crate::common::stock;
use crate::once::Shared;
use crate::source;
use crate::tokens::Kind;
use crate::tokens::PIN;
use crate::tokens::Token;

/// A secret and what it is called.
pub(crate) type Known = (String, Vec<u8>);

/// Every form in which a secret is looked for. `text` forms are looked for without line breaks too.
pub(crate) fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let lower = hex(secret);
    let decimal: Vec<String> = secret.iter().map(ToString::to_string).collect();
    let prefixed: Vec<String> = secret.iter().map(|byte| format!("0x{byte:02x}")).collect();
    let pairs = |between: &str| {
        let bytes: Vec<String> = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(between)
    };
    let mut escaped = String::new();
    for byte in secret {
        write!(escaped, "\\x{byte:02x}").unwrap();
    }
    let mut all: Vec<(&'static str, Vec<u8>)> = vec![
        ("raw", secret.to_vec()),
        ("reversed", secret.iter().rev().copied().collect()),
        ("hex", lower.clone().into_bytes()),
        ("upper hex", lower.to_uppercase().into_bytes()),
        ("spaced hex", pairs(" ").into_bytes()),
        ("colon hex", pairs(":").into_bytes()),
        ("Debug", decimal.join(", ").into_bytes()),
        ("JSON", decimal.join(",").into_bytes()),
        ("Debug of hex", prefixed.join(", ").into_bytes()),
        ("escaped", escaped.into_bytes()),
        (
            "escaped as ASCII",
            secret.escape_ascii().to_string().into_bytes(),
        ),
        (
            "escaped as text",
            String::from_utf8_lossy(secret)
                .escape_debug()
                .to_string()
                .into_bytes(),
        ),
    ];
    const BASES: [(&str, u32, &[u8]); 5] = [
        (
            "base64",
            6,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        ),
        (
            "base64url",
            6,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        ),
        ("base32", 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        (
            "base32 of Crockford",
            5,
            b"0123456789ABCDEFGHJKMNPQRSTVWXYZ",
        ),
        ("bech32", 5, b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    ];
    for (name, width, alphabet) in BASES {
        // However many bytes stand before the secret, one of these is its inner part.
        for skip in 0..width {
            let inner = digits(secret, width, skip, alphabet);
            if width == 5 {
                all.push((name, inner.to_ascii_lowercase()));
                all.push((name, inner.to_ascii_uppercase()));
            } else {
                all.push((name, inner));
            }
        }
    }
    // A text without anything to escape is its own escaped form.
    all.retain(|(_, form)| !form.is_empty());
    all
}

/// The whole digits of so many bits in `secret` from bit `skip` on.
fn digits(secret: &[u8], width: u32, skip: u32, alphabet: &[u8]) -> Vec<u8> {
    let bits: Vec<u8> = secret
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1))
        .skip(skip as usize)
        .collect();
    bits.chunks_exact(width as usize)
        .map(|digit| {
            alphabet[digit
                .iter()
                .fold(0, |all, bit| all << 1 | usize::from(*bit))]
        })
        .collect()
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut rest = hay;
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Where which secret stands, in which form.
pub(crate) fn found(places: &BTreeMap<String, Vec<u8>>, secrets: &[Known]) -> Vec<String> {
    let mut found = Vec::new();
    let hays: Vec<(&String, &[u8], Vec<u8>)> = places
        .iter()
        .map(|(place, bytes)| {
            let joined = bytes
                .iter()
                .copied()
                .filter(|byte| !b"\r\n \t".contains(byte))
                .collect();
            (place, &bytes[..], joined)
        })
        .collect();
    for (name, secret) in secrets {
        assert!(secret.len() >= 8, "{name} is too short to be looked for");
        for (form, needle) in forms(secret) {
            for (place, bytes, joined) in &hays {
                if contains(bytes, &needle) || contains(joined, &needle) {
                    found.push(format!("{name} stands in {place} as {form}"));
                }
            }
        }
    }
    found
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path, places: &mut BTreeMap<String, Vec<u8>>) {
    for path in source::files(folder) {
        // A name can tell as much as what stands under it.
        let name = path.display().to_string();
        places.insert(format!("the name {name}"), name.clone().into_bytes());
        places.insert(name, fs::read(&path).unwrap());
    }
}

#[test]
fn every_form_of_a_secret_is_found() {
    let secret: Vec<u8> = (0..32_u8)
        .map(|n| n.wrapping_mul(151).wrapping_add(60))
        .collect();
    let known = [("key".to_owned(), secret.clone())];
    let planted = |text: Vec<u8>| {
        BTreeMap::from([(
            "place".to_owned(),
            [b"before ", &text[..], b" after"].concat(),
        )])
    };
    for (form, text) in forms(&secret) {
        assert!(!found(&planted(text), &known).is_empty(), "{form}");
    }
    // With something before and behind, and with other people's encoders.
    for before in 0..6 {
        let longer = [&vec![0xa5; before][..], &secret, b"tail"].concat();
        use base64ct::Encoding as _;
        for text in [
            base64ct::Base64::encode_string(&longer),
            base64ct::Base64UrlUnpadded::encode_string(&longer),
            format!("{longer:?}"),
            format!("{:?}", String::from_utf8_lossy(&longer)),
            format!("{longer:02x?}").replace(", ", ":"),
            format!("{longer:#?}").replace("    ", ""),
        ] {
            assert!(
                !found(&planted(text.clone().into_bytes()), &known).is_empty(),
                "{text}"
            );
        }
        let wrapped: Vec<String> = base64ct::Base64::encode_string(&longer)
            .as_bytes()
            .chunks(16)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        assert!(!found(&planted(wrapped.join("\n").into_bytes()), &known).is_empty());
    }
    let base32 = "python3 -c 'import base64,sys; print(base64.b32encode(bytes.fromhex(sys.argv[1])).decode())' ";
    let printed = stock("sh", &["-c", &format!("{base32} a5{}", hex(&secret))]);
    assert!(!found(&planted(printed.into_bytes()), &known).is_empty());
    assert!(found(&planted(b"nothing".to_vec()), &known).is_empty());
}

/// What follows from the seed of a rehearsal that was given none.
pub(crate) fn follows(purpose: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    let seed = Digest::of(&[&[0; 32][..], purpose.as_bytes()].concat()).0;
    ChaCha20Rng::from_seed(seed).fill_bytes(&mut bytes);
    bytes
}

/// The value of a line of a share.
fn line(text: &str, name: &str) -> Vec<u8> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    unhex(value.trim()).unwrap()
}

/// Secrets of a share's text; the share itself for combining.
pub(crate) fn of_share(who: &str, text: &str, secrets: &mut Vec<Known>) -> (u8, Secret) {
    let mut y = line(text, "share ");
    secrets.push((format!("the share of {who}"), y.clone()));
    secrets.push((format!("the salt of {who}"), line(text, "salt ")));
    let index = text
        .lines()
        .find_map(|line| line.strip_prefix("index "))
        .unwrap();
    (index.parse().unwrap(), Secret::take(&mut y))
}

/// The shares on a medium; a page and a script lie beside them.
pub(crate) fn shares_on(medium: &Path) -> Vec<std::path::PathBuf> {
    let mut files = source::files(medium);
    files.retain(|file| {
        let sealed = file.extension().is_some_and(|ending| ending == "age");
        sealed || looks_like_card(&fs::read(file).unwrap())
    });
    assert!(!files.is_empty());
    files
}

fn is_text(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "txt")
}

/// What the shares of a rehearsal rebuild, if it has any.
fn rebuilt_from(out: &Path, secrets: &mut Vec<Known>) -> Option<Secret> {
    type Points = Vec<(u8, Secret)>;
    let mut sets: BTreeMap<Vec<u8>, (u8, Points)> = BTreeMap::new();
    let mut is_xor = false;
    for medium in fs::read_dir(out.join("stand-in-media")).ok()? {
        let medium = medium.unwrap();
        // The backup of a given key lies beside the media.
        if medium.file_type().unwrap().is_file() {
            continue;
        }
        let person = medium.file_name().into_string().unwrap();
        let mut key = follows(&format!("identity of {person}"));
        secrets.push((format!("the identity of {person}"), key.to_vec()));
        let identity = seal::identity_text(&Secret::take(&mut key)).unwrap();
        let mut identities = Identities::default();
        identities.add(&identity, None, "identity").unwrap();
        for file in shares_on(&medium.path()) {
            let bytes = fs::read(file).unwrap();
            let text = if looks_like_card(&bytes) {
                let card = Secret::init(bytes.len(), |to| to.copy_from_slice(&bytes));
                entry::parse(&card, "card").unwrap().to_text()
            } else {
                seal::open(&bytes, &identities, "share").unwrap()
            };
            let text = String::from_utf8(text.expose().to_vec()).unwrap();
            is_xor |= text.contains("\nsubject component\n");
            let k = text
                .lines()
                .find_map(|line| line.strip_prefix("threshold "))
                .unwrap();
            let (threshold, shares) = sets.entry(line(&text, "set ")).or_default();
            *threshold = k.parse().unwrap();
            shares.push(of_share(&person, &text, secrets));
        }
    }
    assert!(!sets.is_empty());
    let mut first = None;
    for (threshold, shares) in sets.into_values() {
        let least = usize::from(threshold) + usize::from(!is_xor);
        assert!(threshold >= 2 && shares.len() >= least);
        let some: Vec<(u8, &Secret)> = shares
            .iter()
            .take(usize::from(threshold))
            .map(|(index, y)| (*index, y))
            .collect();
        let rebuilt = if is_xor {
            components::combine(&some).unwrap()
        } else {
            shamir::combine(&some, threshold).unwrap()
        };
        let bytes = rebuilt.expose().to_vec();
        secrets.push(("what the shares rebuild".to_owned(), bytes));
        first.get_or_insert(rebuilt);
    }
    first
}

/// Everything that a rehearsal wrapped: the step that the record tells, and the wrapped key as it
/// came from the provider's package.
fn wrapped(out: &Path) -> Vec<(Value, Vec<u8>)> {
    let mut blobs = Vec::new();
    for line in fs::read_to_string(out.join("record.jsonl"))
        .unwrap()
        .lines()
    {
        let step = serde_json::from_str::<Value>(line).unwrap()["event"]["step"].clone();
        let artifacts = step["artifacts"].as_array().cloned().unwrap_or_default();
        for artifact in artifacts {
            let bytes = fs::read(out.join(artifact["path"].as_str().unwrap())).unwrap();
            let did = &step["did"];
            match artifact["purpose"].as_str().unwrap() {
                "wrapped-key" => blobs.push((did["wrap"].clone(), unpacked(bytes))),
                "wrapped-keys" => blobs.extend(
                    in_tar(&bytes)
                        .into_iter()
                        .filter(|(name, _)| name.ends_with("/wrapped-key.bin"))
                        .map(|(_, bytes)| (did["batch"].clone(), bytes)),
                ),
                _ => {}
            }
        }
    }
    blobs
}

/// The wrapped key inside a transfer blob or base64.
fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    use base64ct::Encoding as _;
    if let Ok(byok) = serde_json::from_slice::<Value>(&bytes) {
        let text = byok["ciphertext"].as_str().unwrap();
        return base64ct::Base64UrlUnpadded::decode_vec(text).unwrap();
    }
    std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| base64ct::Base64::decode_vec(text).ok())
        .unwrap_or(bytes)
}

/// Name and bytes of every file in a tar.
fn in_tar(mut tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0);
        String::from_utf8(bytes[..end.unwrap_or(bytes.len())].to_vec()).unwrap()
    };
    let mut files = Vec::new();
    while tar[0] != 0 {
        let length = usize::from_str_radix(&text(&tar[124..136]), 8).unwrap();
        files.push((text(&tar[..100]), tar[512..512 + length].to_vec()));
        tar = &tar[512 + length.next_multiple_of(512)..];
    }
    files
}

/// Everything secret in a rehearsal that left its record in `out`.
fn secrets_of(out: &Path) -> Vec<Known> {
    let mut secrets = Vec::new();
    let rebuilt = rebuilt_from(out, &mut secrets);
    for person in ["ana", "ben", "cho", "dee", "eli", "fay", "gil"] {
        let seed = follows(&format!("signing key of {person}"));
        secrets.push((format!("the signing key of {person}"), seed.to_vec()));
    }
    for (number, (did, blob)) in wrapped(out).into_iter().enumerate() {
        let text = |name: &str| did[name].as_str().unwrap().to_owned();
        let provider = provider(&text("provider")).unwrap();
        let profile = provider.profile(&text("algorithm")).unwrap();
        let pair = TestPair::of(4096).unwrap();
        let opened = wrap::unwrap(profile.construction, pair, &blob).unwrap();
        let key = opened.expose();
        let Some(rebuilt) = &rebuilt else {
            secrets.push((format!("key {number} of the list"), key.to_vec()));
            continue;
        };
        let path = format!("artifacts/{}-backup.kwp", text("key"));
        match fs::read(out.join(path)) {
            // The backup key opens the backup artifact: a long key's, or that of a key in an HSM.
            Ok(backup) => assert_eq!(wrap::kwp_unwrap(rebuilt, &backup).unwrap().expose(), key),
            Err(_) => assert_eq!(key, rebuilt.expose(), "the shares rebuild what was wrapped"),
        }
        if key.len() <= 64 {
            secrets.push(("the key".to_owned(), key.to_vec()));
        } else {
            // Behind the modulus everything of an RSA pair is secret; of another pair, the middle.
            let from = if key.len() > 1000 { key.len() / 3 } else { 36 };
            for (part, bytes) in key[from..].chunks_exact(32).enumerate() {
                if key.len() > 1000 || part == 0 {
                    secrets.push((format!("part {part} of the pair"), bytes.to_vec()));
                }
            }
        }
    }
    // A key that stays in an HSM, in no shares, is nowhere to be had; six people sign all the same.
    let least = if rebuilt.is_some() || secrets.len() > 7 {
        12
    } else {
        7
    };
    assert!(secrets.len() >= least, "{}", secrets.len());
    secrets
}

#[test]
fn no_rehearsal_of_a_shipped_ceremony_leaks() {
    for name in ceremonies() {
        for (format, plain) in [("text", true), ("text", false), ("json", false)] {
            let folder = tempfile::tempdir().unwrap();
            let temporary = folder.path().join("tmp");
            fs::create_dir(&temporary).unwrap();
            let out = folder.path().join("out");
            let mut command = keyrite();
            command
                .env("TMPDIR", &temporary)
                .env("RUST_BACKTRACE", "1")
                .env("CLICOLOR_FORCE", "1")
                .current_dir(folder.path())
                .arg("rehearse")
                .arg(script(&name))
                .args(["--format", format, "--out"])
                .arg(&out);
            if plain {
                command.arg("--plain");
            }
            let assert = command.assert().code(0);
            let mut places = BTreeMap::new();
            files(folder.path(), &mut places);
            // What stand-ins wrote down by hand is theirs.
            places.retain(|name, _| !name.contains("/stand-in-media/") || !is_text(name));
            let output = assert.get_output();
            places.insert("standard output".to_owned(), output.stdout.clone());
            places.insert("standard error".to_owned(), output.stderr.clone());
            assert!(places.len() > 10, "{name}");
            let leaks = found(&places, &secrets_of(&out));
            assert!(leaks.is_empty(), "{name}:\n{}", leaks.join("\n"));
        }
    }
}

#[test]
fn no_rehearsal_with_faults_leaks() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    keyrite()
        .arg("rehearse")
        .arg(script("generate-and-split"))
        .arg("--out")
        .arg(&kept)
        .assert()
        .code(0);
    let assert = keyrite()
        .env("RUST_BACKTRACE", "1")
        .arg("rehearse")
        .arg(script("generate-and-split"))
        .arg("--faults")
        .assert()
        .code(0);
    let output = assert.get_output();
    let places = BTreeMap::from([
        ("standard output".to_owned(), output.stdout.clone()),
        ("standard error".to_owned(), output.stderr.clone()),
    ]);
    let leaks = found(&places, &secrets_of(&kept));
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// The line that opens what is sealed to a custodian.
pub(crate) fn identity_of(company: &Company, custodian: &str) -> Known {
    let text = fs::read_to_string(company.path(&format!("keys/{custodian}.age"))).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"))
        .unwrap();
    (
        format!("the identity of {custodian}"),
        line.as_bytes().to_vec(),
    )
}

/// What the custodians of a practice run hold, by age; what was wrapped, by openssl.
pub(crate) fn secrets_of_practice(company: &Company) -> Vec<Known> {
    let mut secrets = Vec::new();
    let newcomer = company.path(&format!("keys/{NEWCOMER}.age")).exists();
    let newcomer = newcomer.then_some(NEWCOMER);
    for custodian in CUSTODIANS.into_iter().chain(newcomer) {
        secrets.push(identity_of(company, custodian));
        let identity = company.path(&format!("keys/{custodian}.age"));
        for file in shares_on(&company.path(&format!("media/{custodian}"))) {
            let opened = stock(
                "age",
                &[
                    "-d",
                    "-i",
                    identity.to_str().unwrap(),
                    file.to_str().unwrap(),
                ],
            );
            drop(of_share(custodian, &opened, &mut secrets));
        }
    }
    let blob = company.path("out/artifacts/payments-for-aws/EncryptedKeyMaterial.bin");
    let pair = company.path("provider.der");
    fs::write(&pair, TestPair::of(4096).unwrap().pkcs8()).unwrap();
    let key = company.path("arrived.bin");
    stock(
        "openssl",
        &[
            "pkeyutl",
            "-decrypt",
            "-keyform",
            "DER",
            "-inkey",
            pair.to_str().unwrap(),
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
            "-pkeyopt",
            "rsa_mgf1_md:sha256",
            "-in",
            blob.to_str().unwrap(),
            "-out",
            key.to_str().unwrap(),
        ],
    );
    secrets.push(("the key".to_owned(), fs::read(&key).unwrap()));
    fs::remove_file(key).unwrap();
    assert!(secrets.len() >= 10, "{}", secrets.len());
    secrets
}

#[test]
fn no_practice_ceremony_leaks_not_even_one_that_stops_and_is_resumed() {
    let company = Company::new();
    let places = stopped_and_resumed(&company, &|change| company.run(change));
    let leaks = found(&places, &secrets_of_practice(&company));
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// Runs a ceremony with some answers changed.
type Run<'a> = &'a dyn Fn(&[(&str, &str)]) -> assert_cmd::Command;

/// What is written and printed by a ceremony that stops once.
fn stopped_and_resumed(company: &Company, run: Run<'_>) -> BTreeMap<String, Vec<u8>> {
    let first = run(&[("7/words/ana", "")])
        .env("RUST_BACKTRACE", "1")
        .assert()
        .code(4);
    let second = run(&[])
        .arg("--resume")
        .env("RUST_BACKTRACE", "1")
        .assert()
        .code(0);
    let mut places = BTreeMap::new();
    for (name, assert) in [("first", &first), ("second", &second)] {
        let output = assert.get_output();
        places.insert(
            format!("standard output of the {name} run"),
            output.stdout.clone(),
        );
        places.insert(
            format!("standard error of the {name} run"),
            output.stderr.clone(),
        );
    }
    let verified = company.verify().assert().code(0);
    places.insert("verify".to_owned(), verified.get_output().stdout.clone());
    for folder in ["out", "media"] {
        files(&company.path(folder), &mut places);
    }
    for file in ["answers.yaml", "script.yaml", "parameters.json"] {
        places.insert(file.to_owned(), fs::read(company.path(file)).unwrap());
    }
    places
}

#[test]
fn no_ceremony_with_an_hsm_leaks_its_pin_or_its_backup_key() {
    let token = Token::fresh(Kind::Kryoptic, "ceremony");
    let company = crate::hsm::company(&token, Kind::Kryoptic);
    let places = stopped_and_resumed(&company, &|change| {
        crate::hsm::run(&company, &token, change)
    });
    let mut secrets = secrets_of_practice(&company);
    let mut shares = Vec::new();
    for custodian in ["ben", "dee"] {
        let identity = company.path(&format!("keys/{custodian}.age"));
        for file in shares_on(&company.path(&format!("media/{custodian}"))) {
            let identity = identity.to_str().unwrap();
            let opened = stock("age", &["-d", "-i", identity, file.to_str().unwrap()]);
            shares.push(of_share(custodian, &opened, &mut secrets));
        }
    }
    let shares: Vec<(u8, &Secret)> = shares.iter().map(|(index, y)| (*index, y)).collect();
    let backup_key = shamir::combine(&shares, 2).unwrap();
    let key = wrap::kwp_unwrap(
        &backup_key,
        &fs::read(company.path("out/artifacts/payments-backup.kwp")).unwrap(),
    )
    .unwrap();
    let arrived = &secrets
        .iter()
        .find(|(name, _)| name == "the key")
        .unwrap()
        .1;
    assert_eq!(key.expose(), arrived);
    secrets.push(("the backup key".to_owned(), backup_key.expose().to_vec()));
    secrets.push(("the PIN".to_owned(), PIN.as_bytes().to_vec()));
    let mut leaks = found(&places, &secrets);
    // Backwards it is 12345678, with which the id of the KMS key goes on.
    leaks.retain(|leak| !(leak.starts_with("the PIN") && leak.ends_with("as reversed")));
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// The PIN is typed in two halves; meanwhile nothing of it shows in the process or on the screen.
#[test]
fn a_pin_that_two_people_type_is_neither_shown_nor_kept() {
    let token = Token::fresh(Kind::Kryoptic, "ceremony");
    let company = crate::hsm::company(&token, Kind::Kryoptic);
    company.edit("{core: pkcs11,", "{core: pkcs11, pin: [ana, cho],");
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "echo number $$; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_keyrite"))
        .arg("run")
        .arg(company.path("script.yaml"))
        .arg("--out")
        .arg(company.path("out"))
        .arg("--module")
        .arg(token.module())
        .arg("--plain")
        .envs(token.environment().iter().cloned());
    let mut session = rexpect::session::spawn_command(command, Some(120_000)).unwrap();
    let (_, number) = session.exp_regex("number [0-9]+").unwrap();
    let process = Path::new("/proc").join(number.strip_prefix("number ").unwrap());
    let (one, other) = PIN.split_at(PIN.len() / 2);
    session
        .exp_string("Ana Ruiz: your part of the PIN")
        .unwrap();
    session.exp_string("Nothing you type is shown").unwrap();
    session.send_line(one).unwrap();
    let mut shown = session
        .exp_string("Cho Park: your part of the PIN")
        .unwrap();
    shown += &session.exp_string("Nothing you type is shown").unwrap();
    session.send_line(other).unwrap();
    // Everything after it, up to the first question.
    shown += &session.exp_string("Enter: do it").unwrap();
    assert!(!shown.contains(one) && !shown.contains(other), "{shown}");
    let mut places = BTreeMap::new();
    for file in ["cmdline", "environ"] {
        // A process that may not be dumped shows these to its owner no more, or to root.
        if let Ok(bytes) = fs::read(process.join(file)) {
            places.insert(file.to_owned(), bytes);
        }
    }
    assert!(places["cmdline"].starts_with(env!("CARGO_BIN_EXE_keyrite").as_bytes()));
    session.send_control('c').unwrap();
    let rest = session.exp_eof().unwrap();
    places.insert("the screen".to_owned(), [shown, rest].concat().into_bytes());
    files(&company.path("out"), &mut places);
    let leaks = found(&places, &[("the PIN".to_owned(), PIN.as_bytes().to_vec())]);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn no_wrap_leaks_and_no_refused_key_file_is_shown() {
    let company = Company::new();
    let key: Vec<u8> = (0..32_u8)
        .map(|n| n.wrapping_mul(173).wrapping_add(11))
        .collect();
    let secrets = [("the key".to_owned(), key.clone())];
    let file = company.path("key.bin");
    for (bytes, code) in [
        (&key[..], 0),
        (hex(&key).as_bytes(), 1),
        (&[&key[..], b"\n"].concat(), 1),
    ] {
        fs::write(&file, bytes).unwrap();
        let assert = keyrite()
            .env("RUST_BACKTRACE", "1")
            .args([
                "wrap",
                "--provider",
                "aws-kms",
                "--algorithm",
                "RSAES_OAEP_SHA_256",
                "--key-type",
                "aes-256",
            ])
            .arg("--wrapping-key")
            .arg(company.path("parameters.json"))
            .arg("--key-file")
            .arg(&file)
            .arg("--out")
            .arg(company.path("wrapped"))
            .assert();
        let output = assert.get_output();
        assert_eq!(output.status.code() == Some(0), code == 0);
        let mut places = BTreeMap::from([
            ("standard output".to_owned(), output.stdout.clone()),
            ("standard error".to_owned(), output.stderr.clone()),
        ]);
        if code == 0 {
            files(&company.path("wrapped"), &mut places);
            fs::remove_dir_all(company.path("wrapped")).unwrap();
        }
        let leaks = found(&places, &secrets);
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    }
}

/// What a command printed, under a name.
fn printed(places: &mut BTreeMap<String, Vec<u8>>, name: &str, output: &std::process::Output) {
    places.insert(format!("standard output of {name}"), output.stdout.clone());
    places.insert(format!("standard error of {name}"), output.stderr.clone());
}

/// Nothing that a custodian, a signer or the provider has stands in what a practice run wrote and said.
#[track_caller]
pub(crate) fn nothing_leaked(company: &Company, output: &std::process::Output) {
    let mut places = BTreeMap::new();
    printed(&mut places, "run", output);
    for folder in ["out", "media"] {
        files(&company.path(folder), &mut places);
    }
    let leaks = found(&places, &secrets_of_practice(company));
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// Everything that a secret is split into, as far as it must not show: the secret, the shares, their
/// salts, and what opens them.
pub(crate) fn secrets_of_split(shared: &Shared, secret: &[u8]) -> Vec<Known> {
    let mut secrets = vec![("the secret".to_owned(), secret.to_vec())];
    for number in 1..=3 {
        let text = shared.opened(number);
        for name in ["share ", "salt "] {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            let value = unhex(&line[name.len()..]).unwrap();
            secrets.push((format!("the {name}of share {number}"), value));
        }
        let card = fs::read_to_string(shared.card(number)).unwrap();
        let last = card
            .lines()
            .filter(|line| line.starts_with(char::is_numeric));
        for line in last.skip(6) {
            secrets.push((
                format!("{} of card {number}", &line[..2]),
                line.as_bytes()[3..27].to_vec(),
            ));
        }
        let identity = fs::read_to_string(shared.path(&format!("{number}.key"))).unwrap();
        let line = identity
            .lines()
            .find(|line| line.starts_with("AGE-SECRET-KEY-"));
        secrets.push((
            format!("identity {number}"),
            line.unwrap().as_bytes().to_vec(),
        ));
    }
    secrets
}

#[test]
fn splitting_combining_and_looking_at_shares_leak_nothing() {
    let secret: Vec<u8> = (0..32_u8)
        .map(|n| n.wrapping_mul(173).wrapping_add(11))
        .collect();
    let shared = Shared::people(3);
    shared.write("key.bin", &secret);
    let mut places = BTreeMap::new();
    let split = shared
        .split(2, &["--key-type", "aes-256"])
        .output()
        .unwrap();
    printed(&mut places, "split", &split);
    files(&shared.path("kit"), &mut places);
    let known = secrets_of_split(&shared, &secret);
    let brought = [shared.share(1), shared.card(3)];
    let wrong = fs::read_to_string(shared.card(2))
        .unwrap()
        .replace("07 ", "07 7");
    let wrong = shared.write("wrong.txt", wrong.as_bytes());
    let altered = crate::once::summed(&crate::once::one_digit(&shared.opened(2), "share "));
    let altered = shared.write("altered.txt", altered.as_bytes());
    let mut run = |name: &str, command: &mut assert_cmd::Command, code: i32| {
        let output = command.env("RUST_BACKTRACE", "1").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}");
        printed(&mut places, name, &output);
    };
    run(
        "combine",
        &mut shared.combine(&brought, &["--check-value"]),
        0,
    );
    run(
        "combine as JSON",
        &mut shared.combine(&brought, &["--check-value", "--format", "json"]),
        0,
    );
    let out = shared.path("out.bin");
    let to_file = ["--out", out.to_str().unwrap()];
    run(
        "combine to a file",
        &mut shared.combine(&brought, &to_file),
        0,
    );
    for (path, code) in [
        (&wrong, 1),
        (&altered, 5),
        (&shared.path("1.key"), 1),
        (&out, 1),
    ] {
        let both = [shared.share(1), path.clone()];
        let name = format!("combine with {}", path.display());
        run(&name, &mut shared.combine(&both, &["--check-value"]), code);
        let mut verify = keyrite();
        verify.args(["share", "verify"]).arg(path);
        run(&format!("verify {}", path.display()), &mut verify, code);
    }
    for what in ["verify", "show"] {
        run(what, &mut shared.share_command(what, 2), 0);
        run(
            &format!("{what} as JSON"),
            shared.share_command(what, 2).args(["--format", "json"]),
            0,
        );
    }
    for (name, more) in [("page", None), ("text", Some("--text"))] {
        let mut command = shared.share_command("card", 2);
        command.arg("--out").arg(shared.path(name)).args(more);
        run(name, &mut command, 0);
    }
    // An identity in the place of a recipient.
    let identity = known.iter().find(|(name, _)| name == "identity 1").unwrap();
    let pasted = String::from_utf8(identity.1.clone()).unwrap();
    let folder = shared.path("again");
    let mut command = keyrite();
    command.args([
        "split",
        "--threshold",
        "2",
        "--recipient",
        &pasted,
        "--key-file",
    ]);
    command
        .arg(shared.path("key.bin"))
        .arg("--out")
        .arg(&folder);
    run("split to an identity", &mut command, 1);
    assert!(!folder.exists() && places.len() > 30, "{}", places.len());
    let leaks = found(&places, &known);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    // The search does find what is there: the secret in the file that was wished for.
    let mut there = BTreeMap::new();
    for (name, path) in [
        ("out.bin", out),
        ("card", shared.card(2)),
        ("opened", altered),
    ] {
        there.insert(name.to_owned(), fs::read(path).unwrap());
    }
    let leaks = found(&there, &known).join("\n");
    assert!(
        leaks.contains("the secret") && leaks.contains("of card 2"),
        "{leaks}"
    );
}

/// While somebody is asked, the process cannot leave a core dump and gains no privileges.
#[test]
fn a_waiting_ceremony_leaves_no_core_dump() {
    let company = Company::new();
    // The shell tells the number of the process that it becomes.
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "echo number $$; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_keyrite"))
        .arg("run")
        .arg(company.path("script.yaml"))
        .arg("--out")
        .arg(company.path("out"))
        .arg("--plain");
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    let (_, number) = session.exp_regex("number [0-9]+").unwrap();
    session.exp_string("Ana Ruiz").unwrap();
    let process = Path::new("/proc").join(number.strip_prefix("number ").unwrap());
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let values: Vec<&str> = core["Max core file size".len()..]
        .split_whitespace()
        .collect();
    assert_eq!(values, ["0", "0", "bytes"], "{core}");
    let status = fs::read_to_string(process.join("status")).unwrap();
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    // A process that may not be dumped belongs to root, whoever runs it.
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(fs::metadata(process.join("mem")).unwrap().uid(), 0);
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
}
