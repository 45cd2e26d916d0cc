//! `--version`: which program this is.

use keyrite::crypto::words::words;
use keyrite::domain::record::Digest;

use crate::common::keyrite;

#[test]
fn the_digest_is_that_of_the_programs_file_in_hexadecimal_and_in_words() {
    let said = keyrite().args(["--version", "--digest"]).output().unwrap();
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    let file = std::fs::read(env!("CARGO_BIN_EXE_keyrite")).unwrap();
    let digest = Digest::of(&file);
    assert!(
        said.starts_with(concat!("keyrite ", env!("CARGO_PKG_VERSION"), "\n")),
        "{said}"
    );
    assert!(said.ends_with(&format!("{digest}\n")), "{said}");
    for word in words(&digest.0) {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_digest_is_told_with_the_version_only() {
    let said = keyrite().args(["--digest", "providers"]).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
}

#[test]
fn without_a_command_help_is_shown_and_nothing_is_done() {
    let said = keyrite().output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("Usage: keyrite"));
    let said = keyrite().arg("--plain").output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    let said = String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("no command is given"), "{said}");
}
