//! Answers prepared in a file: public facts, and in practice confirmations; never a secret.

use std::collections::BTreeMap;

/// Answers by the name of their question.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<String, String>);

/// Why a file of answers is not used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AnswersError {
    /// Nothing that answers questions.
    #[error("the answers file is no YAML mapping of question names to texts: {0}")]
    NotAMapping(String),
    /// A secret, which an answers file must not hold.
    #[error("the answers file holds a secret under `{0}`")]
    Secret(String),
}

impl crate::error::Diagnose for AnswersError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NotAMapping(_) => {
                    "write lines such as `5/medium/ben: /media/ben`; quote values such as \"yes\""
                }
                Self::Secret(_) => {
                    "name the file that holds it; count the secret as seen by whoever had this file"
                }
            }
            .to_owned(),
        )
    }

    fn exit(&self) -> crate::error::Exit {
        crate::error::Exit::Operator
    }
}

/// Whether a text is a private key, given where a file or a fact was asked for.
pub fn looks_secret(text: &str) -> bool {
    let text = text.to_uppercase();
    text.contains("AGE-SECRET-KEY-") || text.contains("-----BEGIN")
}

impl Answers {
    /// Reads answers from YAML: `5/medium/ben: /media/ben`.
    pub fn read(bytes: &[u8]) -> Result<Self, AnswersError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| AnswersError::NotAMapping(error.to_string()))?;
        let mut options = serde_saphyr::Options::default();
        options.duplicate_keys = serde_saphyr::DuplicateKeyPolicy::Error;
        options.with_snippet = false;
        let map: BTreeMap<String, String> = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| {
                AnswersError::NotAMapping(crate::domain::text::plain(&error.render()).into_owned())
            })?;
        if let Some((id, _)) = map.iter().find(|(_, answer)| looks_secret(answer)) {
            return Err(AnswersError::Secret(id.clone()));
        }
        Ok(Self(map))
    }

    /// The answer to a question, if the file has one.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_an_answers_file_is_refused_and_not_quoted() {
        for secret in ["AGE-SECRET-KEY-1QQQ", "-----BEGIN OPENSSH PRIVATE KEY-----"] {
            let error = Answers::read(format!("6/identity/ben: \"{secret}\"").as_bytes())
                .err()
                .unwrap();
            assert_eq!(error, AnswersError::Secret("6/identity/ben".to_owned()));
            assert!(!error.to_string().contains(secret));
        }
    }

    #[test]
    fn what_is_no_mapping_of_texts_is_refused() {
        for text in ["- a", "a: [b]", "a: b\na: c"] {
            let error = Answers::read(text.as_bytes()).err().unwrap();
            assert!(matches!(error, AnswersError::NotAMapping(_)), "{text}");
        }
    }
}
