//! What providers answered of keys that were wrapped for them, read from files.

pub mod script;
pub mod sent;

use std::path::Path;
use std::path::PathBuf;

use crate::crypto::check_value;
use crate::domain::arrival::Expected;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Told;
use crate::domain::finding::ARRIVAL;
use crate::domain::finding::Finding;
use crate::domain::finding::PROFILE;
use crate::domain::progress::number;
use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::script::Confirm;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose as _;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::provider;

/// The files and what they say.
#[derive(Debug)]
pub struct Answers {
    /// Name, digest and bytes of each.
    pub files: Vec<(File, Vec<u8>)>,
    /// What they say.
    pub told: Vec<Told>,
}

impl Answers {
    /// Reads answers that are at hand.
    ///
    /// # Errors
    ///
    /// When one is none that the provider's tool prints.
    pub fn of(expected: &Expected, files: Vec<InputFile>) -> Result<Self, EngineError> {
        let told = told(expected, &files)?;
        let files = files.into_iter().map(|file| {
            let named = File {
                path: file.name,
                sha256: Digest::of(&file.bytes),
            };
            (named, file.bytes)
        });
        Ok(Self {
            files: files.collect(),
            told,
        })
    }
}

/// Reads files, each by its name for messages and its place.
///
/// # Errors
///
/// When a file cannot be read, or is none that the provider's tool prints.
pub fn read(expected: &Expected, named: &[(String, PathBuf)]) -> Result<Answers, EngineError> {
    let files: Result<Vec<InputFile>, EngineError> = named
        .iter()
        .map(|(name, path)| {
            Ok(InputFile {
                name: name.clone(),
                bytes: files::read(path)?,
            })
        })
        .collect();
    Answers::of(expected, files?)
}

/// What a ceremony recorded of the wrap that a step is about.
///
/// # Errors
///
/// When the script describes no such wrap.
pub fn expected(script: &Script, step: &Confirm) -> Result<Expected, EngineError> {
    let label = step.key.as_str();
    let described = script.keys.get(label).map(|key| key.r#type.value);
    let wrapped = script.wrapped.get(label);
    described
        .zip(wrapped)
        .and_then(|(kind, wrapped)| wrapped.expected(step.r#for.as_str(), kind))
        .ok_or_else(|| EngineError::KeyGone(label.to_owned()))
}

/// The files of a step, and their places inside `folder`.
pub fn named(step: &Confirm, folder: &Path) -> Vec<(String, PathBuf)> {
    let paths = step.answers.iter();
    paths
        .map(|path| (path.to_string(), folder.join(path.as_str())))
        .collect()
}

/// Reads those of every step, so that none is found wanting in the room.
///
/// # Errors
///
/// As [`read`].
pub fn of_script(script: &Script, folder: &Path) -> Result<(), EngineError> {
    for step in &script.steps {
        if let Step::Confirm(step) = &step.value {
            read(&expected(script, step)?, &named(step, folder))?;
        }
    }
    Ok(())
}

/// What files say, for whoever verifies a record later.
///
/// # Errors
///
/// Why a file is no answer of the provider, in words.
pub(super) fn reread(
    expected: &Expected,
    files: &[(String, Vec<u8>)],
) -> Result<Vec<Told>, String> {
    let files: Vec<InputFile> = files
        .iter()
        .map(|(name, bytes)| InputFile {
            name: name.clone(),
            bytes: bytes.clone(),
        })
        .collect();
    told(expected, &files).map_err(|error| error.to_string())
}

fn told(expected: &Expected, files: &[InputFile]) -> Result<Vec<Told>, ProviderError> {
    let provider = provider(&expected.provider)?;
    let mut all = Vec::new();
    for file in files {
        all.extend(provider.read_answer(file, expected.kind)?);
    }
    // One key can have several names; here it has the one that the ceremony used.
    if let Some(ours) = &expected.key_id {
        for told in &mut all {
            let same = told.matter == Matter::KeyId && provider.names_key(ours, &told.says);
            if same && told.says != *ours {
                told.of = Some(std::mem::replace(&mut told.says, ours.clone()));
            }
        }
    }
    Ok(all)
}

/// Wraps that no ceremony can have recorded.
pub(super) fn findings(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (label, wrapped) in &script.wrapped {
        let values = wrapped.check_values.iter();
        let values = values
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let kind = script.keys.get(label.as_str()).map(|key| key.r#type.value);
        let odd = kind.and_then(|kind| check_value::implausible(kind, &values, true));
        if let Some(why) = odd {
            let message = format!("key {label} was never wrapped so: {why}");
            findings.push(
                Finding::new(&ARRIVAL, wrapped.check_values.place, message)
                    .hint("copy the block from `keyrite confirm DIR … --out NEW`, whole"),
            );
        }
        for sent in wrapped.r#for.values() {
            let known = provider(sent.provider.as_str());
            let place = match (&known, &sent.key_id) {
                (Ok(_), Some(id)) => id.place,
                (Ok(_), None) | (Err(_), _) => sent.provider.place,
            };
            let named = known.and_then(|known| match &sent.key_id {
                Some(id) => known.check_key_id(id.as_str()),
                None => Ok(()),
            });
            if let Err(error) = named {
                let index = script.steps.iter().position(|step| {
                    matches!(&step.value, Step::Confirm(confirm) if confirm.key.as_str() == label.as_str())
                });
                let mut finding = Finding::new(&PROFILE, place, error.to_string())
                    .hint(error.hint().unwrap_or_default());
                if let Some(index) = index {
                    finding = finding.step(number(index));
                }
                findings.push(finding);
            }
        }
    }
    findings
}
