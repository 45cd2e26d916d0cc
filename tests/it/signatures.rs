//! Signatures and lists of signers against stock ssh-keygen.

use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use keyrite::domain::record::Moment;
use keyrite::domain::record::namespace;
use keyrite::record::allowed_signers::AllowedSigners;
use keyrite::record::allowed_signers::render;
use keyrite::record::error::RecordError;
use keyrite::record::signing::PublicKey;
use keyrite::record::signing::Signature;
use keyrite::record::signing::SigningKey;
use keyrite::secret::Secret;

const KINDS: &[(&str, &str)] = &[
    ("ed25519", "256"),
    ("ecdsa", "256"),
    ("ecdsa", "384"),
    ("ecdsa", "521"),
    ("rsa", "3072"),
    ("rsa", "4096"),
];

const MESSAGE: &[u8] = b"{\"seq\":0}\n";

/// Makes a key pair with ssh-keygen.
fn keygen(dir: &Path, kind: &str, bits: &str, passphrase: &str) -> PathBuf {
    let file = dir.join(format!("{kind}-{bits}{}", passphrase.len()));
    let status = Command::new("ssh-keygen")
        .args([
            "-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", "ana@acme", "-f",
        ])
        .arg(&file)
        .status()
        .unwrap();
    assert!(status.success());
    file
}

fn secret(bytes: &[u8]) -> Secret {
    Secret::take(&mut bytes.to_vec())
}

fn private(file: &Path, passphrase: Option<&str>) -> Result<SigningKey, RecordError> {
    let passphrase = passphrase.map(|text| secret(text.as_bytes()));
    SigningKey::from_openssh(&secret(&std::fs::read(file).unwrap()), passphrase.as_ref())
}

fn public(file: &Path) -> PublicKey {
    PublicKey::parse(&std::fs::read_to_string(file.with_extension("pub")).unwrap()).unwrap()
}

/// Runs ssh-keygen with a message on its standard input; whether it succeeded.
fn ssh_keygen(args: &[&str], message: &[u8]) -> (bool, Vec<u8>) {
    let mut child = Command::new("ssh-keygen")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It may end without reading when it refuses the list.
    drop(child.stdin.take().unwrap().write_all(message));
    let output = child.wait_with_output().unwrap();
    (output.status.success(), output.stdout)
}

/// Whether `ssh-keygen -Y verify` accepts the signature.
fn stock_accepts(
    dir: &Path,
    signers: &str,
    signature: &str,
    (person, namespace, message): (&str, &str, &[u8]),
    time: &str,
) -> bool {
    let (list, file) = (dir.join("allowed_signers"), dir.join("it.sig"));
    std::fs::write(&list, signers).unwrap();
    std::fs::write(&file, signature).unwrap();
    let (list, file) = (list.display().to_string(), file.display().to_string());
    let time = format!("-Overify-time={time}");
    let args = [
        "-Y", "verify", "-f", &list, "-I", person, "-n", namespace, "-s", &file, &time,
    ];
    ssh_keygen(&args, message).0
}

const TIME: &str = "20261122140500Z";

#[test]
fn ssh_keygen_accepts_what_is_signed_here() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, bits) in KINDS {
        let file = keygen(dir.path(), kind, bits, "");
        let key = private(&file, None).unwrap();
        assert_eq!(key.public(), public(&file));
        let signature = key.sign(namespace::RECORD, MESSAGE).unwrap();
        let signers = render(&[("ana", &key.public(), &[namespace::RECORD])]).unwrap();
        let accepts = |person, namespace, message| {
            stock_accepts(
                dir.path(),
                &signers,
                &signature,
                (person, namespace, message),
                TIME,
            )
        };
        assert!(accepts("ana", namespace::RECORD, MESSAGE), "{kind} {bits}");
        assert!(!accepts("ben", namespace::RECORD, MESSAGE));
        assert!(!accepts("ana", namespace::REHEARSAL, MESSAGE));
        assert!(!accepts("ana", namespace::RECORD, b"{\"seq\":1}\n"));
    }
}

#[test]
fn the_namespaces_of_a_list_are_honoured_by_ssh_keygen() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::from_seed(&[3; 32]);
    let signers = render(&[(
        "ana",
        &key.public(),
        &[namespace::RECORD, namespace::DISSENT],
    )])
    .unwrap();
    for (namespace, wanted) in [
        (namespace::RECORD, true),
        (namespace::DISSENT, true),
        (namespace::REHEARSAL, false),
        (namespace::SCRIPT, false),
    ] {
        let signature = key.sign(namespace, MESSAGE).unwrap();
        let case = ("ana", namespace, MESSAGE);
        assert_eq!(
            stock_accepts(dir.path(), &signers, &signature, case, TIME),
            wanted,
            "{namespace}"
        );
    }
}

#[test]
fn what_ssh_keygen_signs_is_accepted_here() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = SigningKey::from_seed(&[9; 32]).public();
    for (kind, bits) in KINDS {
        let file = keygen(dir.path(), kind, bits, "");
        let key = public(&file);
        for hash in ["sha512", "sha256"] {
            let hash = format!("-Ohashalg={hash}");
            let path = file.display().to_string();
            let args = ["-Y", "sign", "-n", namespace::RECORD, &hash, "-f", &path];
            let (done, text) = ssh_keygen(&args, MESSAGE);
            assert!(done);
            let signature = Signature::parse(&text).unwrap();
            assert_eq!(signature.namespace(), namespace::RECORD);
            assert_eq!(
                signature.verify(namespace::RECORD, MESSAGE, &key),
                Ok(()),
                "{kind} {bits}"
            );
            assert!(matches!(
                signature.verify(namespace::REHEARSAL, MESSAGE, &key),
                Err(RecordError::OtherNamespace { .. })
            ));
            assert!(matches!(
                signature.verify(namespace::RECORD, b"", &key),
                Err(RecordError::DoesNotFit { .. })
            ));
            assert!(matches!(
                signature.verify(namespace::RECORD, MESSAGE, &foreign),
                Err(RecordError::OtherKey { .. })
            ));
            tampered(&text, &key);
        }
    }
}

#[test]
fn a_signature_that_is_framed_otherwise_is_taken_only_if_ssh_keygen_takes_it() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::from_seed(&[6; 32]);
    let signature = key.sign("file", MESSAGE).unwrap();
    let list = format!("ana {}\n", key.public().to_line());
    let bare: String = signature
        .lines()
        .filter(|it| !it.starts_with('-'))
        .collect();
    let broken_at = |length: usize| {
        let lines: Vec<&str> = (0..bare.len())
            .step_by(length)
            .map(|at| &bare[at..bare.len().min(at + length)])
            .collect();
        let text = lines.join("\n");
        format!("-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n")
    };
    assert_eq!(broken_at(70), signature);
    for (framed, ours, stock) in [
        (broken_at(64), true, true),
        (broken_at(10_000), true, true),
        (signature.trim_end().to_owned(), true, true),
        (format!("\n{signature}"), false, false),
        (format!("read this\n{signature}"), false, false),
        (signature.replace('\n', "\r\n"), false, false),
        (signature.replacen('\n', "\r\n", 1), false, false),
        (signature.replace('\n', "\r"), false, false),
        (signature.replace("\n-----E", "\r-----E"), false, false),
        (format!("{signature}read this\n"), false, true),
    ] {
        assert_eq!(
            Signature::parse(framed.as_bytes()).is_ok(),
            ours,
            "{framed:?}"
        );
        let case = ("ana", "file", MESSAGE);
        assert_eq!(
            stock_accepts(dir.path(), &list, &framed, case, TIME),
            stock,
            "{framed:?}"
        );
    }
}

/// A signature with any one character changed is refused.
fn tampered(text: &[u8], key: &PublicKey) {
    for at in (0..text.len()).step_by(3) {
        let mut text = text.to_vec();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        let accepted = Signature::parse(&text)
            .is_ok_and(|read| read.verify(namespace::RECORD, MESSAGE, key).is_ok());
        assert!(!accepted, "character {at}");
    }
}

#[test]
fn encrypted_private_keys_want_their_passphrase() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, bits) in [("ed25519", "256"), ("rsa", "3072")] {
        let file = keygen(dir.path(), kind, bits, "correct horse");
        let fingerprint = public(&file).fingerprint();
        assert_eq!(
            private(&file, None).unwrap_err(),
            RecordError::PassphraseNeeded {
                key: fingerprint.clone()
            }
        );
        assert_eq!(
            private(&file, Some("wrong")).unwrap_err(),
            RecordError::PassphraseWrong { key: fingerprint }
        );
        let key = private(&file, Some("correct horse")).unwrap();
        assert!(key.sign(namespace::RECORD, MESSAGE).is_ok());
    }
    let file = dir.path().join("none");
    std::fs::write(&file, "-----BEGIN RSA PRIVATE KEY-----\n").unwrap();
    assert_eq!(
        private(&file, None).unwrap_err(),
        RecordError::NotAPrivateKey
    );
}

#[test]
fn the_longest_signing_key_fits_into_a_script() {
    let dir = tempfile::tempdir().unwrap();
    let file = keygen(dir.path(), "rsa", "4096", "");
    let line = std::fs::read_to_string(file.with_extension("pub")).unwrap();
    let script = std::fs::read_to_string(crate::common::repository(
        "ceremonies/generate-and-split/script.yaml",
    ))
    .unwrap();
    let before = "ana: {name: Ana Ruiz, ";
    assert!(script.contains(before));
    let after = format!("{before} signs-with: \"{}\",", line.trim());
    let script = script.replace(before, &after);
    let today = "2026-11-22".parse().unwrap();
    let checked = keyrite::engine::lint::check(script.as_bytes(), today).unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, bits) in KINDS {
        let file = keygen(dir.path(), kind, bits, "");
        let path = file.display().to_string();
        let (_, line) = ssh_keygen(&["-l", "-E", "sha256", "-f", &path], b"");
        let line = String::from_utf8(line).unwrap();
        assert_eq!(
            line.split(' ').nth(1),
            Some(public(&file).fingerprint().as_str())
        );
    }
}

#[test]
fn lists_mean_the_same_here_and_in_ssh_keygen() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::from_seed(&[4; 32]);
    let signature = key.sign("file", MESSAGE).unwrap();
    let line = key.public().to_line();
    let now = Moment::new("2026-11-22T14:05:00Z".parse().unwrap());
    let [longest, too_long] = [1022, 1023].map(|bytes| format!("ana,{}", "a".repeat(bytes)));
    for (start, wanted) in [
        ("ana", true),
        (longest.as_str(), true),
        ("  \tana\t", true),
        ("ben,ana", true),
        ("ben", false),
        ("ANA", false),
        ("a?a", true),
        ("a??a", false),
        ("*", true),
        ("*,!ana", false),
        ("!ana,*", false),
        ("!ben", false),
        ("\"ana\"", true),
        ("ana namespaces=\"file\"", true),
        ("ana NAMESPACES=\"git,f*\"", true),
        ("ana namespaces=\"*,!file\"", false),
        ("ana namespaces=\"git\"", false),
        ("ana namespaces=\"\"", false),
        ("ana valid-after=\"20261122Z\"", true),
        ("ana valid-after=\"20261122140500Z\"", true),
        ("ana valid-after=\"202611221406Z\"", false),
        ("ana valid-before=\"20261122140500Z\"", true),
        ("ana valid-before=\"202611221404Z\"", false),
        (
            "ana valid-after=\"20260101Z\",valid-before=\"20270101Z\",namespaces=\"file\"",
            true,
        ),
        ("ana namespaces=\"a b,file\"", true),
        (r#"ana namespaces="a\" b,file""#, true),
        (r#"ana namespaces="a\\" b,file""#, true),
        (r#"ana namespaces="a\b,file""#, true),
        // Refused by both, as lines.
        ("ana cert-authority", false),
        ("ana namespaces=file", false),
        ("ana namespaces=\"file\",namespaces=\"file\"", false),
        ("ana unknown", false),
        ("ana valid-after=\"yesterday\"", false),
        ("ana valid-after=\"19700101Z\"", false),
        (too_long.as_str(), false),
        ("*,!ana\r", false),
        ("ana,\rcert-authority", false),
        ("ana,\0", false),
        ("ana namespaces=\"file\" \u{a0}", false),
        ("ana namespaces=\"file\"valid-after=\"20261122Z\"", false),
        ("ana namespaces=\"file\",", false),
        (
            "ana valid-after=\"20261122Z\",valid-before=\"20261122Z\"",
            false,
        ),
    ] {
        let list = format!("# people\n\n{start} {line} a comment\n");
        let stock = stock_accepts(
            dir.path(),
            &list,
            &signature,
            ("ana", "file", MESSAGE),
            TIME,
        );
        let ours = AllowedSigners::parse(&list)
            .is_ok_and(|list| list.keys_for("ana", "file", now) == [key.public()]);
        assert_eq!((stock, ours), (wanted, wanted), "{start}");
    }
}
