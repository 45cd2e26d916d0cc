//! The recovery page, followed to the letter with programs that are not ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use keyrite::crypto::check_value;
use keyrite::crypto::check_value::CMAC5;
use keyrite::crypto::check_value::SPKI;
use keyrite::crypto::random::Random as _;
use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::software::SoftwareKey;
use keyrite::crypto::wrap::kwp_wrap;
use keyrite::custody::seal::Recipient;
use keyrite::custody::seal::seal;
use keyrite::custody::share::Header;
use keyrite::custody::share::deal;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::Subject;
use keyrite::secret::Secret;

/// The code blocks of the page in one language, in order.
fn blocks(language: &str) -> Vec<String> {
    let page = include_str!("../../src/manual/recovery.md");
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once(&format!("```{language}\n")) {
        let (block, after) = after.split_once("```\n").unwrap();
        blocks.push(block.to_owned());
        rest = after;
    }
    blocks
}

fn shell(dir: &Path, script: &str) -> Output {
    Command::new("sh")
        .args(["-ec", script])
        .current_dir(dir)
        .output()
        .unwrap()
}

/// What a script that must succeed prints.
fn prints(dir: &Path, script: &str) -> String {
    let output = shell(dir, script);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A room with the page, the shares of `secret` on media, and an identity for each custodian.
fn room(secret: &Secret, kind: KeyType, subject: Subject, k: u8, n: u8) -> tempfile::TempDir {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path();
    let header = Header {
        ceremony: "acme-2026".to_owned(),
        key: "acme-root".to_owned(),
        kind: Some(kind),
        subject,
        epoch: 1,
        threshold: k,
        total: n,
        check_values: check_values(secret),
    };
    for share in deal(secret, header, &mut SystemRandom).unwrap().shares {
        let number = share.index();
        prints(dir, &format!("age-keygen -o {number}.key"));
        let recipient = prints(dir, &format!("age-keygen -y {number}.key"));
        let recipient: Recipient = recipient.trim().parse().unwrap();
        let sealed = seal(&share.to_text(), &recipient).unwrap();
        fs::write(dir.join(format!("{number}.age")), sealed).unwrap();
    }
    fs::write(dir.join("recover.py"), &blocks("python")[0]).unwrap();
    let [setup, ..] = &blocks("sh")[..] else {
        panic!("no shell on the page")
    };
    prints(dir, setup);
    room
}

/// The check values of a raw secret of AES length.
fn check_values(secret: &Secret) -> BTreeMap<String, String> {
    let kind = if secret.len() == 16 {
        KeyType::Aes128
    } else {
        KeyType::Aes256
    };
    check_value::of(kind, secret).unwrap().into_map()
}

/// Step 1 of the page for one custodian.
fn open(dir: &Path, number: u8) {
    let script = blocks("sh")[1]
        .replace("IDENTITY", &format!("{number}.key"))
        .replace("SHARE.age", &format!("{number}.age"))
        .replace("N.txt", &format!("{number}.txt"));
    prints(dir, &script);
}

fn random(len: usize) -> Secret {
    Secret::try_init(len, |bytes| SystemRandom.fill(bytes)).unwrap()
}

#[test]
fn the_page_rebuilds_a_key_from_any_shares() {
    // Never shares 1, 2, 3 of a threshold of 3 alone: those combine by plain XOR in any field.
    let cases: &[(KeyType, usize, u8, u8, &[u8])] = &[
        (KeyType::Aes256, 32, 2, 3, &[2, 3]),
        (KeyType::Aes256, 32, 3, 5, &[5, 1, 4]),
        (KeyType::Aes256, 32, 2, 4, &[4, 2, 1]),
        (KeyType::Aes128, 16, 2, 3, &[3, 1]),
    ];
    for (kind, len, k, n, chosen) in cases {
        let secret = random(*len);
        let room = room(&secret, *kind, Subject::Key, *k, *n);
        let dir = room.path();
        for number in *chosen {
            open(dir, *number);
        }
        let sh = blocks("sh");
        let looked = prints(dir, &sh[2]);
        assert_eq!(looked.matches(" is whole\n").count(), chosen.len());
        assert!(!looked.contains("DAMAGED"), "{looked}");
        prints(dir, &sh[3]);
        assert!(fs::read(dir.join("rebuilt.bin")).unwrap() == secret.expose());
        let cipher = format!("AES-{}-CBC", len * 8);
        let value = prints(dir, &sh[4].replace("AES-256-CBC", &cipher));
        assert_eq!(
            Some(&value.trim().to_owned()),
            check_values(&secret).get(CMAC5)
        );
        assert!(looked.contains(&format!("check {CMAC5} {}", value.trim())));
    }
}

#[test]
fn the_page_unwraps_a_backup() {
    for kind in [KeyType::EcP256, KeyType::Rsa2048] {
        let key = SoftwareKey::twin(kind, &mut SystemRandom).unwrap();
        let backup_key = random(32);
        let room = room(&backup_key, kind, Subject::BackupKey, 2, 3);
        let dir = room.path();
        let blob = kwp_wrap(&backup_key, key.material()).unwrap();
        fs::write(dir.join("BACKUP.kwp"), blob).unwrap();
        for number in [1, 3] {
            open(dir, number);
        }
        let sh = blocks("sh");
        let printed = prints(dir, &sh[2..].concat());
        let spki = key.check_values().get(SPKI).unwrap().to_owned();
        assert!(
            printed.lines().any(|line| line.starts_with(&spki)),
            "{printed}"
        );
        assert!(fs::read(dir.join("key.der")).unwrap() == key.material().expose());
    }
}

#[test]
fn the_page_names_what_is_wrong() {
    let secret = random(32);
    let first = room(&secret, KeyType::Aes256, Subject::Key, 2, 3);
    let dir = first.path();
    let sh = blocks("sh");
    open(dir, 1);
    let refused = |what: &str| {
        let output = shell(dir, &sh[3]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(what), "{said}");
        assert!(!dir.join("rebuilt.bin").exists());
    };
    refused("too few");

    let other = room(&secret, KeyType::Aes256, Subject::Key, 2, 3);
    open(other.path(), 2);
    fs::copy(other.path().join("shares/2.txt"), dir.join("shares/2.txt")).unwrap();
    refused("several sets");

    open(dir, 3);
    let path = dir.join("shares/3.txt");
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find("\nshare ").unwrap() + "\nshare ".len();
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    fs::remove_file(&path).unwrap();
    fs::write(&path, [&text[..at], digit, &text[at + 1..]].concat()).unwrap();
    fs::remove_file(dir.join("shares/2.txt")).unwrap();
    refused("shares/3.txt was altered");
    assert!(prints(dir, &sh[2]).contains("shares/3.txt is DAMAGED"));
}
