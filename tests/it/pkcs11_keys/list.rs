//! `keyrite token list`.

use serde_json::Value;

use crate::common::keyrite;
use crate::common::said;
use crate::tokens::Kind;
use crate::tokens::Token;

fn list(token: &Token) -> assert_cmd::Command {
    let mut command = token.keyrite();
    command.args(["token", "list"]);
    match token.init_args() {
        None => command.arg("--module").arg(token.module()),
        Some(arguments) => {
            let encoded = arguments.replace('/', "%2F").replace('\'', "%27");
            command.args(["--token", &format!("{}&x-init-args={encoded}", token.uri())])
        }
    };
    command
}

#[test]
fn tokens_are_listed_with_what_tells_them_apart() {
    for kind in [Kind::SoftHsm, Kind::Kryoptic, Kind::Nss, Kind::P11Kit] {
        let token = Token::fresh(kind, "büro 1");
        let assert = list(&token).args(["--format", "json"]).assert().code(0);
        let seen: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        let ours = seen["tokens"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["label"] == token.label())
            .unwrap_or_else(|| panic!("{kind:?}: {seen}"));
        assert_eq!(ours["serial"], token.serial(), "{kind:?}");
        let state = ours["state"].to_string();
        assert!(state.contains("\"user PIN set\""), "{kind:?}: {state}");

        let text = list(&token).assert().code(0);
        let text = String::from_utf8_lossy(&text.get_output().stdout).into_owned();
        assert!(text.contains(&format!("Token {}\n", token.label())));
        assert!(text.contains(&format!("  serial        {}\n", token.serial())));
        assert!(text.contains("user PIN set"), "{text}");
    }
}

#[test]
fn what_the_flags_say_is_listed_in_words() {
    for (faults, words) in [
        ("pin-locked", "user PIN locked"),
        ("last-try", "one try of the user PIN left"),
        ("pinpad", "PIN pad of its own"),
        ("read-only", "read-only"),
    ] {
        let token = Token::fresh(Kind::Shim(&Kind::SoftHsm, faults), "flags");
        let assert = list(&token).assert().code(0);
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(text.contains(words), "{faults}: {text}");
        assert!(!text.contains("used without login"), "{text}");
    }
}

#[test]
fn a_uri_lists_the_token_that_it_names_and_no_other() {
    let token = Token::fresh(Kind::SoftHsm, "one");
    let assert = token
        .keyrite()
        .args(["token", "list", "--token", &token.uri()])
        .assert()
        .code(0);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    // SoftHSM always offers one more that nobody has initialised.
    assert!(!text.contains("not initialised"), "{text}");

    let other = token.uri().replace("token=one", "token=other");
    let mut command = token.keyrite();
    let assert = command.args(["token", "list", "--token", &other]).assert();
    let text = said(&assert.code(1));
    assert!(text.contains("has no token with label `other`"), "{text}");
    assert!(text.contains("`one` (serial "), "{text}");
}

#[test]
fn what_is_no_module_is_refused_before_and_after_it_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text.so");
    std::fs::write(&file, "no library").unwrap();
    let libc = "/proc/self/exe";
    for path in [folder.path().join("missing.so"), file, libc.into()] {
        let mut command = keyrite();
        command.args(["token", "list", "--module"]).arg(&path);
        let text = said(&command.assert().code(6));
        assert!(
            text.contains("is no PKCS#11 module that can be used here"),
            "{text}"
        );
    }
    let mut command = keyrite();
    let text = said(
        &command
            .args(["token", "list", "--token", "token=a"])
            .assert()
            .code(2),
    );
    assert!(text.contains("of the token's URI"), "{text}");
    for without in [
        &["token", "list"][..],
        &["token", "list", "--token", "pkcs11:token=a"],
    ] {
        let text = said(&keyrite().args(without).assert().code(1));
        assert!(text.contains("no PKCS#11 module is named"), "{text}");
    }
}

#[test]
fn what_this_machine_does_not_allow_is_not_looked_at_either() {
    let token = Token::fresh(Kind::SoftHsm, "one");
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("machine.yaml");
    let other = "0".repeat(64);
    std::fs::write(
        &list,
        format!(
            "schema: keyrite-machine/v1\nmodules:\n  - {{path: {}, sha256: \"{other}\"}}\n",
            token.module().display()
        ),
    )
    .unwrap();
    for what in ["list", "show"] {
        let mut command = token.keyrite();
        command.args(["token", what, "--token", &token.uri(), "--machine"]);
        let text = said(&command.arg(&list).assert().code(6));
        assert!(text.contains("has the SHA-256"), "{text}");
    }
}

#[test]
fn a_pin_file_that_others_can_read_is_refused_before_it_is_read() {
    let token = Token::fresh(Kind::SoftHsm, "one");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(token.pin_file(), open).unwrap();
    let mut command = token.keyrite();
    command.args(["token", "show", "--token", &token.uri(), "--pin-file"]);
    let text = said(&command.arg(token.pin_file()).assert().code(1));
    assert!(text.contains("can be read by others"), "{text}");
}
