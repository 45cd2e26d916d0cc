//! What a token says of an object: each attribute alone, beside what was asked for.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// One attribute of an object: what was asked for, and what the token tells.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AttributeRead {
    /// Its name in PKCS#11, as `CKA_EXTRACTABLE`.
    pub name: String,
    /// What it was to be; none where nobody asked for a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<String>,
    /// What the token tells.
    pub found: AttributeFound,
}

/// What an attribute read alone came to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeFound {
    /// Its value in words: `true`, a number, a name, hexadecimal digits.
    Value(String),
    /// The object has no such attribute.
    Absent,
    /// The token does not tell it.
    Unavailable,
    /// The token failed to say; the name of its return value.
    Error(String),
}

impl AttributeFound {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Unavailable | Self::Error(_) => None,
        }
    }
}

impl fmt::Display for AttributeFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => f.write_str(value),
            Self::Absent => f.write_str("absent"),
            Self::Unavailable => f.write_str("unavailable"),
            Self::Error(rv) => write!(f, "not read ({rv})"),
        }
    }
}

/// An attribute that is not what it was to be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Difference {
    /// Its name in PKCS#11.
    pub name: String,
    /// What it was to be.
    pub planned: String,
    /// What the token tells.
    pub found: AttributeFound,
    /// What follows.
    pub severity: Severity,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            planned,
            found,
            severity,
        } = self;
        match severity {
            Severity::Silent => write!(f, "the token does not say {name} ({found})"),
            Severity::Protection | Severity::Origin | Severity::Function => {
                write!(f, "{name} is {found}, not {planned}")
            }
        }
    }
}

/// What follows from a difference.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The key is protected less than planned.
    Protection,
    /// The token contradicts how the key came about; it proves nothing, and is not to be believed.
    Origin,
    /// The key cannot do, or is not called, what was planned; it is protected no less.
    Function,
    /// The token does not say, so that nothing is known.
    Silent,
}

impl Severity {
    /// Whether the token said one thing and did another.
    pub const fn is_lie(self) -> bool {
        match self {
            Self::Protection | Self::Origin | Self::Function => true,
            Self::Silent => false,
        }
    }
}

/// One way to take a key out of a token, tried on a throwaway key that may be taken out and on the
/// key itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attempt {
    /// Which way: a mechanism, or a call.
    pub how: String,
    /// What came of it with the throwaway key.
    pub control: Outcome,
    /// What came of it with the key.
    pub key: Outcome,
}

/// What came of an attempt.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The token did it.
    Done,
    /// The token refused; the name of its return value.
    Refused(String),
}

/// Every attempt to take one key out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Unextractable {
    /// In the order in which they were made.
    pub attempts: Vec<Attempt>,
}

/// What attempts to take a key out came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict<'a> {
    /// Every way that takes a throwaway key out was refused for this one.
    Proved,
    /// The token takes nothing out in any way that was tried, so that a refusal proves little.
    NothingToTry,
    /// The key came out, in these ways.
    ComesOut(Vec<&'a str>),
}

impl Unextractable {
    /// What the attempts came to.
    pub fn verdict(&self) -> Verdict<'_> {
        let came_out: Vec<&str> = self
            .attempts
            .iter()
            .filter(|attempt| attempt.key == Outcome::Done)
            .map(|attempt| attempt.how.as_str())
            .collect();
        if !came_out.is_empty() {
            Verdict::ComesOut(came_out)
        } else if self.proving().next().is_none() {
            Verdict::NothingToTry
        } else {
            Verdict::Proved
        }
    }

    /// Attempts that took the throwaway key out.
    pub fn proving(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.control == Outcome::Done)
    }

    /// What proves it, in words for the record.
    pub fn in_words(&self) -> Vec<String> {
        self.proving()
            .map(|attempt| match &attempt.key {
                Outcome::Done => format!("{} took the key out", attempt.how),
                Outcome::Refused(rv) => format!("{}: {rv}", attempt.how),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_kept_as_it_was_found() {
        for (found, json) in [
            (
                AttributeFound::Value("true".to_owned()),
                r#"{"value":"true"}"#,
            ),
            (AttributeFound::Absent, r#""absent""#),
            (AttributeFound::Unavailable, r#""unavailable""#),
            (
                AttributeFound::Error("CKR_GENERAL_ERROR".to_owned()),
                r#"{"error":"CKR_GENERAL_ERROR"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&found).unwrap(), json);
            assert_eq!(serde_json::from_str::<AttributeFound>(json).unwrap(), found);
        }
        let read: AttributeRead =
            serde_json::from_str(r#"{"name":"CKA_LABEL","found":"absent"}"#).unwrap();
        assert_eq!((read.planned, read.found.value()), (None, None));
    }

    #[test]
    fn a_token_that_does_not_say_is_no_liar() {
        let difference = |severity| Difference {
            name: "CKA_LOCAL".to_owned(),
            planned: "true".to_owned(),
            found: AttributeFound::Absent,
            severity,
        };
        assert_eq!(
            difference(Severity::Silent).to_string(),
            "the token does not say CKA_LOCAL (absent)"
        );
        assert_eq!(
            difference(Severity::Origin).to_string(),
            "CKA_LOCAL is absent, not true"
        );
        assert!(!Severity::Silent.is_lie() && Severity::Function.is_lie());
    }

    #[test]
    fn a_refusal_proves_something_only_where_another_key_comes_out() {
        let refused = || Outcome::Refused("CKR_KEY_UNEXTRACTABLE".to_owned());
        let attempt = |how: &str, control, key| Attempt {
            how: how.to_owned(),
            control,
            key,
        };
        let attempts = |attempts: &[Attempt]| Unextractable {
            attempts: attempts.to_vec(),
        };
        let missing = attempt("missing", refused(), refused());
        let proving = attempt("proving", Outcome::Done, refused());
        let failing = attempt("failing", Outcome::Done, Outcome::Done);
        for (these, verdict) in [
            (attempts(&[]), Verdict::NothingToTry),
            (
                attempts(std::slice::from_ref(&missing)),
                Verdict::NothingToTry,
            ),
            (attempts(&[missing, proving.clone()]), Verdict::Proved),
            (
                attempts(&[proving.clone(), failing]),
                Verdict::ComesOut(vec!["failing"]),
            ),
        ] {
            assert_eq!(these.verdict(), verdict);
        }
        assert_eq!(
            attempts(&[proving]).in_words(),
            ["proving: CKR_KEY_UNEXTRACTABLE"]
        );
    }
}
