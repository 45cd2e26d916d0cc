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

/// The script that lies beside every share.
const SCRIPT: &str = include_str!("../../src/manual/recover.py");

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
    fs::write(dir.join("recover.py"), SCRIPT).unwrap();
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
        let said = prints(dir, &sh[3]);
        assert!(fs::read(dir.join("rebuilt.bin")).unwrap() == secret.expose());
        // Our own values, and what the script makes of them; openssl has the last word.
        let cipher = format!("AES-{}-CBC", len * 8);
        let value = prints(
            dir,
            &format!(
                "key=$(od -An -v -tx1 rebuilt.bin | tr -d ' \\n')
                head -c 16 /dev/zero | openssl mac -cipher {cipher} -macopt \"hexkey:$key\" CMAC | cut -c 1-10"
            ),
        );
        for (name, value) in check_values(&secret) {
            assert!(said.contains(&format!("{name} {value} holds")), "{said}");
        }
        assert!(said.contains(&format!("{CMAC5} {} holds", value.trim())));
        assert!(looked.contains(&format!("check {CMAC5} {}", value.trim())));
    }
}

#[test]
fn the_page_rebuilds_a_key_from_components() {
    // Four, because three XOR in the field of shares too.
    let secret = random(32);
    let room = room(&secret, KeyType::Aes256, Subject::Component, 4, 4);
    let dir = room.path();
    for number in 1..=4 {
        open(dir, number);
    }
    let sh = blocks("sh");
    prints(dir, &sh[3]);
    assert!(fs::read(dir.join("rebuilt.bin")).unwrap() == secret.expose());
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
        assert!(fs::read(dir.join("key.bin")).unwrap() == key.material().expose());
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
    refused("are of different sets");

    open(dir, 3);
    let path = dir.join("shares/3.txt");
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find("\nshare ").unwrap() + "\nshare ".len();
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    fs::remove_file(&path).unwrap();
    fs::write(&path, [&text[..at], digit, &text[at + 1..]].concat()).unwrap();
    fs::remove_file(dir.join("shares/2.txt")).unwrap();
    refused("shares/3.txt: it is damaged");
    let forged = crate::once::summed(&fs::read_to_string(&path).unwrap());
    fs::write(&path, forged).unwrap();
    refused("shares/3.txt was altered");
    fs::copy(dir.join("shares/1.txt"), &path).unwrap();
    refused("are the same share");
}

/// Runs the script as it lies in a kit, on cards alone; what it says, and the secret if it came.
fn from_cards(kit: &Path, cards: &[std::path::PathBuf]) -> (String, Option<Vec<u8>>) {
    let room = tempfile::tempdir().unwrap();
    let out = room.path().join("out.bin");
    // Stock Python: no packages, not even those of the tests.
    let output = Command::new("python3")
        .args(["-I", "-S"])
        .arg(kit.join("recover.py"))
        .arg(&out)
        .args(cards)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let secret = fs::read(&out).ok();
    assert_eq!(output.status.success(), secret.is_some());
    (String::from_utf8(said).unwrap(), secret)
}

#[test]
fn the_script_rebuilds_from_fresh_cards_alone() {
    // Never shares 1, 2, 3 of a threshold of 3 alone: those combine by plain XOR in any field.
    type Case<'a> = (u8, u8, usize, Option<&'a str>, &'a [u8]);
    let cases: &[Case<'_>] = &[
        (2, 3, 16, Some("aes-128"), &[3, 1]),
        (3, 5, 32, Some("aes-256"), &[5, 2, 4]),
        (2, 4, 24, Some("aes-192"), &[2, 4, 1]),
        (4, 6, 48, Some("hmac-384"), &[6, 1, 3, 5]),
        (3, 4, 33, None, &[4, 3, 1]),
    ];
    for (threshold, total, len, kind, chosen) in cases {
        let secret = crate::once::bytes(*len);
        let more: Vec<&str> = kind.iter().flat_map(|kind| ["--key-type", kind]).collect();
        let shared = crate::once::Shared::new(*threshold, *total, &secret, &more);
        let cards: Vec<_> = chosen.iter().map(|number| shared.card(*number)).collect();
        let (said, rebuilt) = from_cards(&shared.path("kit"), &cards);
        assert_eq!(rebuilt.as_ref(), Some(&secret), "{said}");
        assert!(said.contains(" holds\n"), "{said}");
        // Typed by hand: letters for digits, lower case, hyphens.
        let text = fs::read_to_string(&cards[0]).unwrap();
        let (head, code) = text.split_at(text.find("\n01 ").unwrap());
        let typed: String = code
            .lines()
            .map(|line| match line.split_at_checked(2) {
                Some((number, digits)) => {
                    let digits = digits.replace('0', "o").replace('1', "l").replace(' ', "-");
                    format!("{number}{}\n", digits.to_lowercase())
                }
                None => "\n".to_owned(),
            })
            .collect();
        let typed = shared.write("typed.txt", (head.to_owned() + typed.trim_end()).as_bytes());
        let mixed = [&[typed][..], &cards[1..]].concat();
        let (said, rebuilt) = from_cards(&shared.path("kit"), &mixed);
        assert_eq!(rebuilt.as_ref(), Some(&secret), "{said}");
    }
}

#[test]
fn the_script_names_what_is_wrong_with_a_card() {
    let shared = crate::once::Shared::new(2, 3, &crate::once::bytes(32), &[]);
    let other = crate::once::Shared::new(2, 3, &crate::once::bytes(32), &[]);
    let kit = shared.path("kit");
    let text = fs::read_to_string(shared.card(2)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let refused = |name: &str, text: &str, what: &str| {
        let path = shared.write(name, text.as_bytes());
        let (said, secret) = from_cards(&kit, &[shared.card(1), path]);
        assert!(secret.is_none() && said.contains(what), "{name}: {said}");
    };
    let mut swapped = lines.clone();
    swapped.swap(5, 6);
    refused(
        "swapped",
        &swapped.join("\n"),
        "line 03 is missing or out of its place",
    );
    let digit = if &lines[5][10..11] == "7" { "8" } else { "7" };
    let wrong = [&lines[5][..10], digit, &lines[5][11..]].concat();
    refused(
        "wrong",
        &text.replace(lines[5], &wrong),
        "line 03 is mistyped",
    );
    refused(
        "short",
        &lines[..lines.len() - 1].join("\n"),
        "lines are missing at its end",
    );
    let strange = [&lines[5][..10], "U", &lines[5][11..]].concat();
    let strange = text.replace(lines[5], &strange);
    refused(
        "strange",
        &strange,
        "line 03 is not a number and seven groups of four",
    );
    let stranger = fs::read_to_string(other.card(2)).unwrap();
    refused("foreign", &stranger, "are of different sets");
    refused(
        "twice",
        &fs::read_to_string(shared.card(1)).unwrap(),
        "are the same share",
    );
    let (said, _) = from_cards(&kit, &[shared.card(3)]);
    assert!(said.contains("too few: 1 of the 2"), "{said}");
    let mixed = [
        &lines[..lines.len() - 1],
        &stranger.lines().last().into_iter().collect::<Vec<_>>(),
    ]
    .concat();
    refused(
        "mixed",
        &mixed.join("\n"),
        "its lines are not all of one card",
    );
}
