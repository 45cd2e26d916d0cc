//! Commands for the person who uploads, written so that no id can become a second command.

use crate::crypto::check_value;
use crate::providers::Package;

/// A shell script that grows line by line.
pub(super) struct Commands {
    lines: Vec<String>,
}

impl Commands {
    /// Begins with what it does, what is in the package, and `set -eu` in the script's own folder.
    pub(super) fn new(does: &str, package: &Package<'_>) -> Self {
        let under = if package.profile.construction.is_under_aes() {
            "an AES"
        } else {
            "an RSA"
        };
        let mut commands = Self {
            lines: vec!["#!/bin/sh".to_owned()],
        };
        commands.note(does);
        commands.note(&format!(
            "{} key, wrapped with {} under {under} key of {} bits.",
            package.kind,
            package.profile.algorithm,
            package.parameters.wrapping_key.bits()
        ));
        commands.note(&format!(
            "Wrapping key, SHA-256: {}",
            package.parameters.wrapping_key.fingerprint()
        ));
        if let Some(at) = package.parameters.valid_to {
            commands.note(&format!(
                "Run it before {at}: then the wrapping key expires."
            ));
        }
        commands.line("set -eu");
        commands.line("cd \"$(dirname \"$0\")\"");
        commands.line("");
        commands
    }

    /// A comment.
    pub(super) fn note(&mut self, text: &str) -> &mut Self {
        self.lines.push(format!("# {text}"));
        self
    }

    /// A line.
    pub(super) fn line(&mut self, text: &str) -> &mut Self {
        self.lines.push(text.to_owned());
        self
    }

    /// A command with one option a line.
    pub(super) fn command<T: AsRef<str>>(&mut self, parts: &[T]) -> &mut Self {
        let last = parts.len().saturating_sub(1);
        for (place, part) in parts.iter().enumerate() {
            let indent = if place == 0 { "" } else { "  " };
            let more = if place == last { "" } else { " \\" };
            self.lines.push(format!("{indent}{}{more}", part.as_ref()));
        }
        self
    }

    /// What is known goes in, in quotes; what is not is asked of the environment.
    pub(super) fn value(&mut self, known: Option<&str>, name: &str, what: &str) -> String {
        if let Some(value) = known {
            return quoted(value);
        }
        self.lines
            .push(format!("{name}=${{{name}:?\"set {name} to {what}\"}}"));
        format!("\"${name}\"")
    }

    /// How to see that the public half arrived, where there is one.
    pub(super) fn compare_public_half<T: AsRef<str>>(
        &mut self,
        package: &Package<'_>,
        fetch: &[T],
    ) {
        if let Some(spki) = package.check_values.get(check_value::SPKI) {
            self.line("");
            self.note("Check: the public key at the provider must have this SHA-256:");
            self.note(spki);
            self.command(fetch);
        }
    }

    /// The bytes of the file.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.lines.push(String::new());
        self.lines.join("\n").into_bytes()
    }
}

/// Quotes a value for `sh`; what is quoted was checked before, this is the second lock.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// Whether an id holds only letters, digits and `others`, and does not begin like an option.
pub(super) fn is_plain(id: &str, others: &[u8]) -> bool {
    !id.is_empty()
        && id.len() <= 1000
        && !id.starts_with('-')
        && id
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || others.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_one_word() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("a'b"), "'a'\\''b'");
    }

    #[test]
    fn ids_that_a_shell_could_take_for_more_are_not_plain() {
        for id in ["", "-x", "a b", "$(x)", "a'b", "a\nb", "ä", "a;b"] {
            assert!(!is_plain(id, b"/:-"), "{id}");
        }
        assert!(is_plain("a/b:c-d", b"/:-"));
    }
}
