//! Faults of the shim that end, stop or refuse a caller do what they say.

use std::fs;
use std::fs::OpenOptions;
use std::time::Duration;
use std::time::Instant;

use serde_json::json;

use super::PIN;
use super::faults::check;
use super::faults::faulty;
use super::faults::generated;
use super::modules::aes;

#[test]
fn the_process_is_aborted_at_the_call() {
    let mut token = faulty("");
    let log = token.log_calls();
    token.set_faults("abort@C_GenerateKey:2");
    let mut calls = token.log_in();
    calls.extend([generated(), generated()]);
    let output = token.try_calls(&calls);
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(signal, Some(6), "{output:?}");
    let called = fs::read_to_string(log).unwrap();
    assert_eq!(called.matches("C_GenerateKey\n").count(), 2);
}

#[test]
fn a_call_never_comes_back() {
    let token = faulty("hang@C_GenerateKey:1");
    let mut calls = token.log_in();
    calls.push(generated());
    let mut child = token.start_calls(&calls);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        assert!(child.try_wait().unwrap().is_none(), "it came back");
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty());
}

/// Opening the pipe waits until the call does.
#[test]
fn a_call_waits_until_a_pipe_was_opened_and_closed() {
    let mut token = faulty("");
    let log = token.log_calls();
    let pipe = token.slow("C_GenerateKey", 2);
    let mut calls = token.log_in();
    calls.extend([generated(), generated(), check()]);
    let mut child = token.start_calls(&calls);
    let pipe = OpenOptions::new().write(true).open(pipe).unwrap();
    let called = fs::read_to_string(log).unwrap();
    assert_eq!(called.matches("C_GenerateKey\n").count(), 2);
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn a_token_vanishes_and_stays_away() {
    let token = faulty("gone@C_GenerateKey:2");
    let mut calls = token.log_in();
    calls.extend([
        generated(),
        json!({"do": "generate", "mechanism": "CKM_AES_KEY_GEN", "template": aes("k", false),
               "rv": "CKR_DEVICE_REMOVED"}),
        json!({"do": "read", "object": "k", "attributes": ["CKA_LOCAL"]}),
        json!({"do": "open", "slot": 1, "rv": "CKR_TOKEN_NOT_PRESENT"}),
        json!({"do": "slots"}),
        json!({"do": "finalize"}),
    ]);
    let answers = token.raw_calls(&calls);
    assert_eq!(
        answers[5]["values"]["CKA_LOCAL"]["rv"],
        "CKR_DEVICE_REMOVED"
    );
    assert_eq!(answers[7]["slots"], json!([]));
}

#[test]
fn a_token_is_full() {
    faulty("full@C_GenerateKey:2").calls(json!([
        generated(),
        {"do": "generate", "mechanism": "CKM_AES_KEY_GEN", "template": aes("k", true),
         "rv": "CKR_DEVICE_MEMORY"},
        {"do": "generate", "mechanism": "CKM_AES_KEY_GEN", "template": aes("k", true),
         "rv": "CKR_DEVICE_MEMORY"},
        check(),
    ]));
}

/// The flags of the token, and what opening a session and logging in return.
#[track_caller]
fn entering(faults: &'static str, write: bool, pin: Option<&str>) -> (u64, [String; 2]) {
    let token = faulty(faults);
    let answers = token.raw_calls(&[
        json!({"do": "initialize"}),
        json!({"do": "slots"}),
        json!({"do": "open", "slot": 1, "write": write, "rv": "any"}),
        json!({"do": "login", "pin": pin, "rv": "any"}),
    ]);
    let rv = |at: usize| answers[at]["rv"].as_str().unwrap().to_owned();
    (
        answers[1]["slots"][0]["flags"].as_u64().unwrap(),
        [rv(2), rv(3)],
    )
}

#[test]
fn a_token_lets_nobody_in() {
    const OK: &str = "CKR_OK";
    let (plain, answers) = entering("", true, Some(PIN));
    assert_eq!(answers, [OK, OK]);
    for (faults, flags, write, open, login) in [
        ("few-tries", 0x1_0000, true, OK, OK),
        ("last-try", 0x3_0000, true, OK, OK),
        ("pin-locked", 0x4_0000, true, OK, "CKR_PIN_LOCKED"),
        ("busy", 0, true, OK, "CKR_USER_ALREADY_LOGGED_IN"),
        ("busy-so", 0, true, OK, "0x104"),
        (
            "busy-so",
            0,
            false,
            "CKR_SESSION_READ_WRITE_SO_EXISTS",
            "0x104",
        ),
        ("read-only", 0x2, false, OK, OK),
        (
            "read-only",
            0x2,
            true,
            "CKR_TOKEN_WRITE_PROTECTED",
            "CKR_SESSION_HANDLE_INVALID",
        ),
    ] {
        let (said, answers) = entering(faults, write, Some(PIN));
        assert_eq!(answers, [open, login], "{faults}");
        assert_eq!(said, plain | flags, "{faults}");
    }
}

#[test]
fn a_pin_comes_from_the_pad_alone() {
    let (flags, answers) = entering("pinpad", true, None);
    assert_ne!(flags & 0x100, 0);
    assert_eq!(answers[1], "CKR_OK");
    let (_, answers) = entering("pinpad", true, Some(PIN));
    assert_eq!(answers[1], "CKR_ARGUMENTS_BAD");
    let (flags, answers) = entering("", true, None);
    assert_eq!(flags & 0x100, 0);
    assert_ne!(answers[1], "CKR_OK");
}
