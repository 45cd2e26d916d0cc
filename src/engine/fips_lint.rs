//! Steps of a script that a build with the FIPS module does not do.

use crate::crypto::error::CryptoError;
use crate::crypto::library;
use crate::domain::finding::Finding;
use crate::domain::finding::NOT_BUILT;
use crate::domain::progress::number;
use crate::domain::script::Core;
use crate::domain::script::Input;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::error::Diagnose as _;
use crate::providers::provider;

/// What this build refuses of a script; nothing in a build without the module.
pub(super) fn findings(script: &Script) -> Vec<Finding> {
    if library::FIPS {
        unapproved(script)
    } else {
        Vec::new()
    }
}

/// What is not approved of the keys that a script makes, brings back and wraps in software. What an
/// HSM does is its own module's business.
fn unapproved(script: &Script) -> Vec<Finding> {
    if script.token.core.value != Core::Software {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        for error in of_step(script, &step.value) {
            let finding = Finding::new(&NOT_BUILT, step.place, error.to_string());
            findings.push(
                finding
                    .hint(error.hint().unwrap_or_default())
                    .step(number(index)),
            );
        }
    }
    findings
}

fn of_step(script: &Script, step: &Step) -> Vec<CryptoError> {
    let input = |name: &str| script.inputs.get(name);
    let (kind, input) = if let Step::Batch(made) = step {
        let batch = script.batches.get(made.keys.as_str());
        let kind = batch.map(|batch| batch.value.key.r#type.value);
        (kind, input(made.r#for.as_str()))
    } else {
        let comes_in = matches!(
            step,
            Step::Generate(_)
                | Step::Restore(_)
                | Step::RestoreTest(_)
                | Step::Reshare(_)
                | Step::Wrap(_)
        );
        let key = step.key().filter(|_| comes_in);
        let key = key.and_then(|key| script.keys.get(key.as_str()));
        let to = if let Step::Wrap(wrap) = step {
            input(wrap.r#for.as_str())
        } else {
            None
        };
        (key.map(|key| key.r#type.value), to)
    };
    // A key that was refused when it was made is not refused again where it is wrapped.
    let kind = kind.filter(|_| !matches!(step, Step::Wrap(_)));
    kind.and_then(library::unapproved_key)
        .into_iter()
        .chain(input.and_then(|input| of_input(input)))
        .collect()
}

fn of_input(input: &Input) -> Option<CryptoError> {
    let provider = provider(input.provider.as_str()).ok()?;
    let profile = provider.profile(input.algorithm.as_str()).ok()?;
    library::unapproved_wrap(profile.construction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse::parse;

    fn found(core: &str, kind: &str, provider: &str, algorithm: &str) -> Vec<String> {
        let script = format!(
            "schema: keyrite/v1
ceremony: t
title: T
kind: import
mode: practice
people: {{ana: {{name: Ana}}}}
roles: {{administrator: [ana]}}
token: {{core: {core}}}
keys: {{k: {{type: {kind}, owner: o}}}}
inputs: {{in: {{provider: {provider}, algorithm: {algorithm}}}}}
steps:
  - generate: k
  - restore-test: {{key: k, with: [ana]}}
  - wrap: {{key: k, for: in}}
  - seal
"
        );
        let script = parse(script.as_bytes()).unwrap();
        assert_eq!(
            findings(&script).is_empty(),
            !library::FIPS || unapproved(&script).is_empty()
        );
        unapproved(&script)
            .into_iter()
            .map(|finding| format!("{:?}: {}", finding.step, finding.message))
            .collect()
    }

    #[test]
    fn a_key_is_refused_where_it_is_made_or_brought_back() {
        let found = found(
            "software",
            "ec-secp256k1",
            "google-kms",
            "rsa-oaep-3072-sha256-aes-256",
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("ec-secp256k1"), "{found:?}");
    }

    #[test]
    fn a_wrap_that_other_code_would_make_is_refused() {
        let found = found("software", "aes-256", "vault", "sha224");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("SHA-224"), "{found:?}");
    }

    #[test]
    fn what_is_approved_and_what_an_hsm_does_is_left_alone() {
        for (core, kind, hash) in [
            ("software", "aes-256", "sha256"),
            ("pkcs11", "ec-secp256k1", "sha256"),
            ("pkcs11", "aes-256", "sha224"),
        ] {
            assert_eq!(found(core, kind, "vault", hash), [""; 0], "{core}");
        }
    }
}
