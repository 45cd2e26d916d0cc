//! Every error that the program can end with is brought about by a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::repository;
use crate::source;

/// Variants that no test brings about, each with the reason.
const BEYOND_TESTS: &[(&str, &str)] = &[
    ("CryptoError::Library", "aws-lc-rs would have to fail"),
    (
        "CryptoError::Disagree",
        "one of two libraries would have to be wrong",
    ),
    (
        "CryptoError::NoTestPair",
        "every length that a profile allows has a pair",
    ),
    (
        "Pkcs11Error::NoFunction",
        "a module would have to lack a function that every one has",
    ),
    (
        "Pkcs11Error::NotDestroyed",
        "a token would have to say that it destroyed an object, and keep it",
    ),
    (
        "Pkcs11Error::StillExtractable",
        "a token would have to say that it switched something off, and then that it did not",
    ),
    (
        "ShareError::SealFailed",
        "the age library would have to fail",
    ),
    (
        "RecordError::CannotSign",
        "a private key would have to belong to another public one",
    ),
    (
        "RecordError::KeyType",
        "ssh-key knows no type that is refused and can be written by hand",
    ),
    (
        "RecordError::Unwritable",
        "ids of a script have no such characters",
    ),
    (
        "RecordError::Number",
        "the chain breaks first unless every later line is made anew",
    ),
    (
        "RecordError::OutOfOrder",
        "the chain breaks first unless every later line is made anew",
    ),
    (
        "OutOfOrder::Step",
        "the chain breaks first unless every later line is made anew",
    ),
    (
        "OutOfOrder::Sealed",
        "the chain breaks first unless every later line is made anew",
    ),
    (
        "OutOfOrder::BackTo",
        "the chain breaks first unless every later line is made anew",
    ),
    (
        "Pkcs11Error::NoRoute",
        "every way is made of the construction that it serves",
    ),
    (
        "Pkcs11Error::LeftBehind",
        "a token would have to keep session objects when their session is closed",
    ),
    (
        "EngineError::ReadBack",
        "a medium would have to return other bytes",
    ),
    (
        "EngineError::NotApproved",
        "an approval would have to run out while the test waits",
    ),
    (
        "EngineError::Killed",
        "every `rehearse --faults` brings it about and goes on",
    ),
    (
        "EngineError::Environment",
        "the machine of the tests would have to have no network",
    ),
];

/// An enum of errors: its name, and for each variant the fixed words of its message.
struct Errors {
    name: String,
    variants: Vec<(String, Vec<String>)>,
}

/// Every `enum …Error` and `enum No…` with messages in a source file.
fn enums(text: &str) -> Vec<Errors> {
    let code = source::code(text);
    let mut all = Vec::new();
    for (at, _) in code.match_indices("enum ") {
        let name: String = code[at + 5..]
            .chars()
            .take_while(|c| source::is_word(*c))
            .collect();
        let derives = code[..at].rsplit("#[derive(").next().unwrap_or_default();
        if !derives.starts_with("Debug") && !derives.contains("thiserror::Error") {
            continue;
        }
        let derive = derives.split(']').next().unwrap();
        if !derive.contains("thiserror::Error") {
            continue;
        }
        let open = at + code[at..].find('{').unwrap();
        let body = &code[open..open + source::bracket(&code[open..])];
        all.push(Errors {
            name,
            variants: variants(body, &text[open..open + body.len()]),
        });
    }
    all
}

/// Variants of an enum's body: words at depth one that begin with a capital letter.
fn variants(body: &str, text: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut from = 1;
    let mut at = 1;
    while at < body.len() {
        let rest = &body[at..];
        let first = rest.chars().next().unwrap();
        if first == '(' || first == '{' || first == '[' {
            at += source::bracket(rest);
        } else if first.is_ascii_uppercase() {
            let name: String = rest.chars().take_while(|c| source::is_word(*c)).collect();
            at += name.len();
            found.push((name, words(&text[from..at])));
            from = at;
        } else {
            at += first.len_utf8();
        }
    }
    found
}

/// The parts of a variant's message between its values.
fn words(before: &str) -> Vec<String> {
    let Some((_, rest)) = before.rsplit_once("#[error(") else {
        return Vec::new();
    };
    let Some(quoted) = rest.trim_start().strip_prefix('"') else {
        return Vec::new();
    };
    let end = quoted
        .find("\",")
        .or_else(|| quoted.find("\")"))
        .or_else(|| quoted.rfind('"'));
    let message = &quoted[..end.unwrap_or(quoted.len())];
    message
        .split('{')
        .map(|part| {
            part.split_once('}')
                .map_or(part, |(_, words)| words)
                .trim_matches(|c: char| "`: ,".contains(c))
                .to_owned()
        })
        .filter(|words| words.len() > 6)
        .collect()
}

/// What tests say: those beside the code, and the integration tests with their golden files.
fn said_by_tests() -> String {
    let mut said = String::new();
    for path in source::rust_files(&repository("src")) {
        let text = fs::read_to_string(path).unwrap();
        if let Some((_, tests)) = text.split_once("#[cfg(test)]") {
            said.push_str(tests);
        }
    }
    for path in source::files(&repository("tests/it")) {
        if !path.ends_with(Path::new("tests/it/errors.rs")) {
            said.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    // Messages are broken over lines in tests.
    said.replace("\\\n", " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a test quotes the message, or two or three words of it that stand together.
fn quotes(said: &str, message: &str) -> bool {
    let all: Vec<&str> = message.split_whitespace().collect();
    let together = |count| {
        all.windows(count)
            .map(|some| some.join(" "))
            .any(|some| some.len() > 12 && !some.starts_with("the ") && said.contains(&some))
    };
    said.contains(message) || together(2) || together(3)
}

fn every_error() -> Vec<Errors> {
    source::rust_files(&repository("src"))
        .iter()
        .flat_map(|path| enums(&fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn every_error_is_brought_about_by_a_test() {
    let said = said_by_tests();
    let mut missing = Vec::new();
    let mut known: BTreeMap<&str, &str> = BEYOND_TESTS.iter().copied().collect();
    for errors in every_error() {
        for (variant, words) in &errors.variants {
            let path = format!("{}::{variant}", errors.name);
            let named = said
                .match_indices(&path)
                .any(|(at, _)| !said[at + path.len()..].starts_with(source::is_word));
            // An error that only passes another one on has no words of its own.
            let passes_on = words.is_empty();
            let quoted = words.iter().any(|words| quotes(&said, words)) || passes_on;
            let excused = known.remove(path.as_str()).is_some();
            if !(named || quoted || excused) {
                missing.push(path);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no test brings about:\n{}",
        missing.join("\n")
    );
    assert!(known.is_empty(), "no such errors: {known:?}");
}

#[test]
fn the_errors_of_the_source_are_found() {
    let all = every_error();
    let names: Vec<&str> = all.iter().map(|errors| errors.name.as_str()).collect();
    for name in [
        "AgentError",
        "CryptoError",
        "DeskError",
        "EngineError",
        "NoCommand",
        "Pkcs11Error",
        "ProviderError",
        "RecordError",
        "ShareError",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    let text = "#[derive(Debug, thiserror::Error)]\npub enum AnError {\n  /// One.\n  #[error(\"{0} is not there, {what}\")]\n  One { what: String },\n  #[error(transparent)]\n  Two(#[from] Other),\n  #[error(\"three\")]\n  Three,\n}";
    let found = enums(text);
    let variants: Vec<&str> = found[0]
        .variants
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(variants, ["One", "Two", "Three"]);
    assert_eq!(found[0].variants[0].1, ["is not there"]);
    assert!(found[0].variants[1].1.is_empty());
    assert!(quotes(
        "it said already sealed",
        "the record is already sealed"
    ));
    assert!(!quotes("it said is not", "the key is not there"));
}
