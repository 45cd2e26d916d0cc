//! What is refused, with which code, and that nothing is left behind.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use base64ct::Encoding as _;
use keyrite::crypto::test_pairs::TestPair;
use serde_json::Value;

use crate::common::keyrite;
use crate::common::repository;
use crate::common::said;
use crate::common::stock;

#[track_caller]
fn refused(arguments: &[&str], code: i32, words: &str) {
    let assert = keyrite().args(arguments).assert().code(code);
    let said = said(&assert);
    assert!(said.contains(words), "{arguments:?}: {said}");
    assert!(assert.get_output().stdout.is_empty(), "{arguments:?}");
}

#[test]
fn a_misspelt_command_gets_a_suggestion() {
    refused(
        &["rehears"],
        2,
        "there is no command `rehears`\n  hint: did you mean `rehearse`?",
    );
    refused(&["verfy", "x"], 2, "did you mean `verify`?");
    refused(
        &["frobnicate"],
        2,
        "hint: `keyrite --help` lists the commands",
    );
    refused(&["man", "rehears"], 2, "did you mean `rehearse`?");
}

#[test]
fn a_wrong_command_line_is_code_2() {
    for arguments in [
        &[][..],
        &["check"],
        &["check", "x", "--format", "yaml"],
        &["rehearse"],
        &["rehearse", "x", "--faults", "--out", "y"],
        &["run", "x"],
        &["sign", "x"],
        &["verify"],
        &["wrap"],
        &["fingerprint"],
        &["completions", "tcsh"],
        &["--frobnicate"],
    ] {
        let assert = keyrite().args(arguments).assert().code(2);
        assert!(!said(&assert).is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_command_has_help_and_those_with_arguments_an_example() {
    for command in [
        "check",
        "rehearse",
        "run",
        "sign",
        "verify",
        "wrap",
        "fingerprint",
    ] {
        let assert = keyrite().args([command, "--help"]).assert().code(0);
        let help = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        assert!(help.contains("Example"), "{help}");
        assert!(help.contains(&format!("  keyrite {command} ")), "{help}");
    }
    for command in ["schema", "man", "completions"] {
        keyrite().args([command, "--help"]).assert().code(0);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let assert = keyrite().arg("--version").assert().code(0);
    let said = String::from_utf8_lossy(&assert.get_output().stdout);
    assert_eq!(
        said.lines().next(),
        Some(concat!("keyrite ", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn a_closed_pipe_is_nobodys_error() {
    for arguments in [
        "schema",
        "man",
        "completions bash",
        "check --rules",
        "--help",
        "check --format sarif ceremonies/aws-kms-aes256/script.yaml",
    ] {
        let line = format!("\"$0\" {arguments} | head -n 1; echo \"${{PIPESTATUS[0]}}\"");
        let output = Command::new("bash")
            .current_dir(repository("."))
            .args(["-c", &line, env!("CARGO_BIN_EXE_keyrite")])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(errors, "", "{arguments}");
        assert!(output.stdout.ends_with(b"\n0\n"), "{arguments}");
    }
}

#[test]
fn a_full_device_behind_standard_output_does_not_panic() {
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .arg("schema")
        .stdout(Stdio::from(full))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panic"), "{errors}");
}

/// Somebody with a key and import parameters.
struct Holder {
    root: tempfile::TempDir,
}

impl Holder {
    fn new() -> Self {
        let holder = Self {
            root: tempfile::tempdir().unwrap(),
        };
        let key: Vec<u8> = (0..32_u8)
            .map(|n| n.wrapping_mul(89).wrapping_add(7))
            .collect();
        fs::write(holder.path("key.bin"), key).unwrap();
        holder.parameters(
            TestPair::of(4096).unwrap().public().unwrap().der(),
            "2099-01-01T00:00:00Z",
        );
        holder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn parameters(&self, spki: &[u8], valid_to: &str) {
        let text = format!(
            "{{\"KeyId\": \"1234abcd-12ab-34cd-56ef-1234567890ab\", \"ImportToken\": \"{}\", \"PublicKey\": \"{}\", \"ParametersValidTo\": \"{valid_to}\"}}",
            base64ct::Base64::encode_string(b"a token of these tests"),
            base64ct::Base64::encode_string(spki),
        );
        fs::write(self.path("parameters.json"), text).unwrap();
    }

    /// `keyrite wrap` as it should be, with other values for some options.
    fn wrap(&self, change: &[(&str, &str)]) -> assert_cmd::Command {
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let mut command = keyrite();
        command.current_dir(self.root.path()).arg("wrap");
        for (option, value) in [
            ("--provider", "aws-kms".to_owned()),
            ("--algorithm", "RSAES_OAEP_SHA_256".to_owned()),
            ("--wrapping-key", path("parameters.json")),
            ("--key-file", path("key.bin")),
            ("--key-type", "aes-256".to_owned()),
            ("--out", path("out")),
        ] {
            let other = change.iter().find(|(name, _)| *name == option);
            command
                .arg(option)
                .arg(other.map_or(value.as_str(), |(_, other)| *other));
        }
        command
    }

    /// A wrap that is refused with nothing made.
    #[track_caller]
    fn refused(&self, change: &[(&str, &str)], code: i32, words: &str) {
        let before = fs::read_dir(self.root.path()).unwrap().count();
        let assert = self.wrap(change).assert().code(code);
        let said = said(&assert);
        assert!(said.contains(words), "{said}");
        assert!(said.contains("  hint: "), "{said}");
        assert!(!self.path("out").exists(), "something was made");
        assert_eq!(fs::read_dir(self.root.path()).unwrap().count(), before);
    }
}

#[test]
fn a_wrap_tells_what_it_made() {
    let holder = Holder::new();
    let assert = holder.wrap(&[]).args(["--format", "json"]).assert().code(0);
    let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(object["provider"], "aws-kms");
    assert_eq!(object["key-type"], "aes-256");
    let mut purposes = Vec::new();
    for artifact in object["artifacts"].as_array().unwrap() {
        let bytes = fs::read(holder.path("out").join(artifact["path"].as_str().unwrap())).unwrap();
        assert_eq!(artifact["bytes"], bytes.len());
        let digest = keyrite::domain::record::Digest::of(&bytes);
        assert_eq!(artifact["sha256"], digest.to_string());
        purposes.push(artifact["purpose"].as_str().unwrap().to_owned());
    }
    for purpose in ["wrapped-key", "import-token", "command"] {
        assert!(purposes.iter().any(|one| one == purpose), "{purposes:?}");
    }
    assert!(object["checked"].as_array().unwrap().len() >= 2);
}

#[test]
fn a_wrap_into_a_folder_that_exists_is_refused_and_leaves_it_alone() {
    let holder = Holder::new();
    fs::create_dir(holder.path("out")).unwrap();
    fs::write(holder.path("out/old"), "old").unwrap();
    let said = said(&holder.wrap(&[]).assert().code(1));
    assert!(said.contains("out exists already"), "{said}");
    assert_eq!(fs::read_dir(holder.path("out")).unwrap().count(), 1);
}

#[test]
fn a_wrap_that_the_provider_would_refuse_is_refused_before() {
    let holder = Holder::new();
    holder.refused(&[("--key-type", "rsa-2048")], 2, "does not carry rsa-2048");
    holder.refused(&[("--provider", "aws_kms")], 2, "did you mean `aws-kms`?");
    holder.refused(
        &[("--provider", "salesforce")],
        2,
        "not built in this version",
    );
    holder.refused(
        &[("--algorithm", "RSAES_OAEP_SHA256")],
        2,
        "did you mean `RSAES_OAEP_SHA_256`?",
    );
    holder.refused(&[("--algorithm", "RSAES_PKCS1_V1_5")], 2, "is refused");
    let der = TestPair::of(4096).unwrap().public().unwrap();
    holder.parameters(der.der(), "2020-01-01T00:00:00Z");
    holder.refused(&[], 1, "expired at 2020-01-01");
}

#[test]
fn a_wrapping_key_that_is_none_is_refused() {
    let holder = Holder::new();
    let good = TestPair::of(2048).unwrap().public().unwrap().der().to_vec();
    let end = good.len() - 3;
    assert_eq!(good[end..], [1, 0, 1], "the exponent stands at the end");
    let with = |exponent: [u8; 3]| [&good[..end], &exponent[..]].concat();
    let mut even_modulus = good.clone();
    even_modulus[end - 3] &= 0xfe;
    let mut one = good[..end - 1].to_vec();
    one.extend([1, 1]);
    // Three lengths around the exponent become two less.
    for at in [2, 21, 26] {
        let length = u16::from_be_bytes([one[at], one[at + 1]]) - 2;
        one[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }
    let small = holder.path("small.pem");
    stock(
        "openssl",
        &["genrsa", "-out", small.to_str().unwrap(), "1024"],
    );
    let small_der = holder.path("small.der");
    stock(
        "openssl",
        &[
            "rsa",
            "-in",
            small.to_str().unwrap(),
            "-pubout",
            "-outform",
            "DER",
            "-out",
            small_der.to_str().unwrap(),
        ],
    );
    for (what, der) in [
        ("an even exponent", with([1, 0, 0])),
        ("an exponent of 1", one),
        ("an even modulus", even_modulus),
        ("1024 bits", fs::read(small_der).unwrap()),
        ("a cut key", good[..good.len() - 9].to_vec()),
        ("a longer key", [&good[..], &[0]].concat()),
        ("nothing", Vec::new()),
        (
            "a private key",
            TestPair::of(2048).unwrap().pkcs8().to_vec(),
        ),
    ] {
        holder.parameters(&der, "2099-01-01T00:00:00Z");
        let assert = holder.wrap(&[]).assert();
        let said = said(&assert);
        let code = assert.get_output().status.code();
        assert!(matches!(code, Some(1 | 2 | 5)), "{what}: {code:?} {said}");
        assert!(
            said.contains("error: ") && said.contains("  hint: "),
            "{what}: {said}"
        );
        assert!(!said.contains("panic"), "{what}: {said}");
        assert!(!holder.path("out").exists(), "{what}");
    }
    for file in ["ec-p256-public.pem", "certificate.pem", "private.pem"] {
        let path = repository(&format!("tests/data/crypto/{file}"));
        let assert = holder
            .wrap(&[("--wrapping-key", path.to_str().unwrap())])
            .assert();
        let code = assert.get_output().status.code();
        assert!(matches!(code, Some(1 | 2 | 5)), "{file}: {}", said(&assert));
        assert!(!holder.path("out").exists(), "{file}");
    }
}

#[test]
fn a_key_file_that_is_no_raw_key_is_refused_and_never_shown() {
    let holder = Holder::new();
    let key = fs::read(holder.path("key.bin")).unwrap();
    let hex = keyrite::domain::record::hex(&key);
    let base64 = base64ct::Base64::encode_string(&key);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
    let cases: [(&str, &[u8]); 7] = [
        ("hex", hex.as_bytes()),
        ("hex with a newline", format!("{hex}\n").leak().as_bytes()),
        ("base64", base64.as_bytes()),
        ("PEM", pem.as_bytes()),
        ("too short", &key[..31]),
        ("empty", b""),
        ("zeros", &[0; 32]),
    ];
    for (what, bytes) in cases {
        fs::write(holder.path("key.bin"), bytes).unwrap();
        let assert = holder.wrap(&[]).assert();
        let said = said(&assert);
        let code = assert.get_output().status.code();
        assert!(matches!(code, Some(1 | 2 | 5)), "{what}: {code:?} {said}");
        assert!(said.contains("  hint: "), "{what}: {said}");
        assert!(
            !said.contains(&hex) && !said.contains(&base64),
            "{what}: {said}"
        );
        assert!(!holder.path("out").exists(), "{what}");
    }
    fs::remove_file(holder.path("key.bin")).unwrap();
    holder.refused(&[], 1, "cannot read ");
}

#[test]
fn a_wrap_without_its_files_is_refused() {
    let holder = Holder::new();
    holder.refused(
        &[("--wrapping-key", "missing.json")],
        1,
        "cannot read missing.json",
    );
    fs::write(holder.path("parameters.json"), "{}").unwrap();
    holder.refused(&[], 1, "");
    fs::write(holder.path("parameters.json"), "no JSON").unwrap();
    holder.refused(&[], 1, "");
}

/// The kernel says that the disk is full, where this machine lets a test mount one that is.
#[test]
fn a_full_disk_leaves_nothing_half_made() {
    let holder = Holder::new();
    let disk = holder.path("disk");
    fs::create_dir(&disk).unwrap();
    let script = "mount -t tmpfs -o size=4k,nr_inodes=64 tmpfs \"$1\" || exit 99\nshift\n\"$@\"; code=$?\nls -A \"${!#}/..\" >&2\nexit $code";
    let out = disk.join("out");
    let output = Command::new("unshare")
        .args(["-rm", "bash", "-c", script, "bash"])
        .arg(&disk)
        .arg(env!("CARGO_BIN_EXE_keyrite"))
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
        .arg(holder.path("parameters.json"))
        .arg("--key-file")
        .arg(holder.path("key.bin"))
        .arg("--out")
        .arg(&out)
        .output();
    let mounted = output.as_ref().is_ok_and(|output| {
        let said = String::from_utf8_lossy(&output.stderr);
        !(output.status.code() == Some(99) || said.starts_with("unshare:"))
    });
    if mounted {
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("no space left on device"), "{said}");
        assert!(said.contains("make room on that disk"), "{said}");
        assert!(
            !said.contains("out") || !said.lines().any(|line| line == "out"),
            "{said}"
        );
        assert!(!said.lines().any(|line| line.contains(".part")), "{said}");
        return;
    }
    // Otherwise the program's own fault stands for the disk.
    use keyrite::engine::files;
    let files = [
        ("one".to_owned(), vec![7; 100]),
        ("two".to_owned(), vec![8; 100]),
    ];
    for write in 0..2 {
        let mut faults = files::Faults::at(write, files::Fault::DiskFull);
        let error = files::write_folder(&out, &files, &mut faults).unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        assert_eq!(fs::read_dir(&disk).unwrap().count(), 0);
    }
}

/// A disk that is full where the results go: nobody may take that for a result.
#[test]
fn results_that_cannot_be_written_are_an_error_and_a_closed_pipe_is_not() {
    use std::process::Stdio;
    let script = repository("ceremonies/generate-and-split/script.yaml");
    let script = script.to_str().unwrap();
    let commands: [&[&str]; 6] = [
        &["check", script],
        &["check", script, "--format", "json"],
        &["schema"],
        &["rehearse", script],
        &["rehearse", script, "--format", "json"],
        &["--help"],
    ];
    for arguments in commands {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_keyrite"))
            .args(arguments)
            .stdout(full)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains("not all of the output could be written"),
            "{said}"
        );
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_keyrite"))
            .args(arguments)
            .stdout(Stdio::from(writer))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert_eq!(said, "", "{arguments:?}");
    }
}
