//! Answers prepared in a file: public facts, and in practice confirmations; never a secret.

use std::collections::BTreeMap;

/// Answers by the name of their question.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<String, String>);

/// A file of answers that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the answers file is no YAML mapping of question names to texts: {0}")]
pub struct BadAnswers(String);

impl crate::error::Diagnose for BadAnswers {
    fn hint(&self) -> Option<String> {
        Some(
            "write lines such as `5/medium/ben: /media/ben`; quote values such as \"yes\""
                .to_owned(),
        )
    }

    fn exit(&self) -> crate::error::Exit {
        crate::error::Exit::Operator
    }
}

impl Answers {
    /// Reads answers from YAML: `5/medium/ben: /media/ben`.
    pub fn read(bytes: &[u8]) -> Result<Self, BadAnswers> {
        let text = std::str::from_utf8(bytes).map_err(|error| BadAnswers(error.to_string()))?;
        let mut options = serde_saphyr::Options::default();
        options.duplicate_keys = serde_saphyr::DuplicateKeyPolicy::Error;
        options.with_snippet = false;
        let map = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            BadAnswers(crate::domain::text::plain(&error.render()).into_owned())
        })?;
        Ok(Self(map))
    }

    /// The answer to a question, if the file has one.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}
