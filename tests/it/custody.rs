//! Shares against programs that are not ours.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use keyrite::crypto::random::Random as _;
use keyrite::crypto::random::SystemRandom;
use keyrite::custody::seal::Identities;
use keyrite::custody::seal::Recipient;
use keyrite::custody::seal::open;
use keyrite::custody::seal::seal;
use keyrite::custody::shamir;
use keyrite::custody::share::Header;
use keyrite::custody::share::deal;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::Subject;
use keyrite::domain::record::hex;
use keyrite::domain::record::unhex;
use keyrite::secret::Secret;

/// Runs Python with shamir-mnemonic installed: GF(256) by people who never saw our code.
fn python(program: &str, input: &str) -> String {
    let interpreter = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    assert!(
        interpreter.exists(),
        "no {}: python3 -m venv target/venv && target/venv/bin/pip install shamir-mnemonic==0.3.0",
        interpreter.display()
    );
    run(
        Command::new(interpreter).args(["-c", program]),
        input.as_bytes(),
    )
}

/// Runs a program that must succeed; what it prints.
fn run(command: &mut Command, input: &[u8]) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn random(len: usize) -> Secret {
    Secret::try_init(len, |bytes| SystemRandom.fill(bytes)).unwrap()
}

#[test]
fn shares_combine_in_another_implementation() {
    const COMBINE: &str = "
import sys
from shamir_mnemonic.shamir import RawShare, _interpolate
for line in sys.stdin:
    points = [point.split(':') for point in line.split()]
    print(_interpolate([RawShare(int(x), bytes.fromhex(y)) for x, y in points], 0).hex())
";
    // Never shares 1, 2, 3 of a threshold of 3: those combine by plain XOR in any field.
    let cases: &[(u8, u8, &[u8])] = &[
        (2, 3, &[2, 3]),
        (2, 255, &[7, 255]),
        (3, 5, &[1, 4, 5]),
        (3, 5, &[2, 3, 5]),
        (4, 9, &[3, 9, 6, 1]),
        (6, 16, &[16, 2, 11, 5, 7, 13]),
    ];
    let mut asked = String::new();
    let mut wanted = String::new();
    for (k, n, chosen) in cases {
        for len in [16, 32, 33, 64] {
            let secret = random(len);
            let shares = shamir::split(&secret, *k, *n, &mut SystemRandom).unwrap();
            for x in *chosen {
                let y = &shares[usize::from(x - 1)];
                asked += &[&x.to_string(), ":", &hex(y.expose()), " "].concat();
            }
            asked += "\n";
            wanted += &(hex(secret.expose()) + "\n");
        }
    }
    assert_eq!(python(COMBINE, &asked), wanted);
}

#[test]
fn shares_of_another_implementation_combine_here() {
    // Two random points and the secret at 0 fix a polynomial of degree 2; the rest is interpolated.
    const SPLIT: &str = "
import secrets
from shamir_mnemonic.shamir import RawShare, _interpolate
for length in (16, 32, 64):
    base = [RawShare(x, secrets.token_bytes(length)) for x in (0, 201, 77)]
    points = ' '.join(f'{x}:{_interpolate(base, x).hex()}' for x in (4, 77, 130))
    print(base[0].data.hex(), points)
";
    for line in python(SPLIT, "").lines() {
        let mut words = line.split(' ');
        let wanted = words.next().unwrap();
        let points: Vec<_> = words
            .map(|word| {
                let (x, y) = word.split_once(':').unwrap();
                let mut y = unhex(y).unwrap();
                (x.parse::<u8>().unwrap(), Secret::take(&mut y))
            })
            .collect();
        let points: Vec<_> = points.iter().map(|(x, y)| (*x, y)).collect();
        let secret = shamir::combine(&points, 3).unwrap();
        assert_eq!(hex(secret.expose()), wanted);
    }
}

#[test]
fn the_text_of_a_share_can_be_checked_with_its_description_alone() {
    // The frozen shares, read by a few lines written from the documentation of the format.
    const CHECK: &str = "
import hashlib, sys
from shamir_mnemonic.shamir import RawShare, _interpolate
points = []
for path in sys.stdin.read().split():
    data = open(path, 'rb').read()
    body, line = data[:data.rindex(b'checksum ')], data[data.rindex(b'checksum '):]
    assert line == b'checksum ' + hashlib.sha256(body).hexdigest()[:16].encode() + b'\\n'
    lines = [line.split(' ', 1) for line in data.decode('ascii').splitlines()]
    field = dict(lines)
    commitments = dict(v.split(' ') for k, v in lines if k == 'commitment')
    y = bytes.fromhex(field['share'])
    made = hashlib.sha256(b'keyrite-share-commitment/v1' + bytes.fromhex(field['set'])
        + int(field['epoch']).to_bytes(4, 'big') + bytes([int(field['index'])])
        + bytes.fromhex(field['salt']) + y).hexdigest()
    assert made == commitments[field['index']]
    points.append(RawShare(int(field['index']), y))
print(_interpolate(points, 0).hex())
";
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/custody");
    let paths = [2, 3].map(|n| {
        data.join(format!("share-v1-2of3-{n}.txt"))
            .display()
            .to_string()
    });
    let wanted: Vec<u8> = (0..32).collect();
    assert_eq!(python(CHECK, &paths.join("\n")).trim(), hex(&wanted));
}

#[test]
fn age_opens_what_is_sealed_and_the_other_way_round() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key.txt");
    run(Command::new("age-keygen").arg("-o").arg(&key), b"");
    let recipient = run(Command::new("age-keygen").arg("-y").arg(&key), b"");
    let recipient: Recipient = recipient.trim().parse().unwrap();
    let identities = Identities::parse(&[Secret::take(&mut std::fs::read(&key).unwrap())]).unwrap();
    assert_eq!(identities.recipients(), std::slice::from_ref(&recipient));

    let header = Header {
        ceremony: "acme-2026".to_owned(),
        key: "acme-root".to_owned(),
        kind: Some(KeyType::Aes256),
        subject: Subject::Key,
        epoch: 1,
        threshold: 2,
        total: 3,
        check_values: BTreeMap::new(),
    };
    let share = deal(&random(32), header, &mut SystemRandom)
        .unwrap()
        .shares
        .remove(1);
    let text = share.to_text();

    let sealed = seal(&text, &recipient).unwrap();
    let opened = run(
        Command::new("age").args(["--decrypt", "-i"]).arg(&key),
        &sealed,
    );
    assert_eq!(opened.as_bytes(), text.expose());

    for armor in [&["--armor"][..], &[]] {
        let file = dir.path().join("share.age");
        let to = recipient.to_string();
        run(
            Command::new("age")
                .args(armor)
                .args(["--encrypt", "-r", &to, "-o"])
                .arg(&file),
            text.expose(),
        );
        let file = std::fs::read(file).unwrap();
        assert!(open(&file, &identities, "share.age").unwrap() == text);
    }
}
