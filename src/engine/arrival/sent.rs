//! What a ceremony wrapped for providers, as its verified record tells.

use std::path::Path;

use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Ends;
use crate::domain::arrival::Expected;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::script::Script;
use crate::domain::script::ValidFor;
use crate::engine::bench::State;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::record::chain;
use crate::record::verify::Verdict;
use crate::record::verify::verify;

/// One key that a ceremony wrapped for one provider.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Label of the key.
    pub key: String,
    /// The input that it was wrapped for.
    pub r#for: String,
    /// The list that it is a row of.
    pub batch: Option<String>,
    /// What the ceremony recorded of it.
    pub expected: Expected,
}

/// A ceremony whose record holds, and what it wrapped.
#[derive(Debug)]
pub struct Ceremony {
    /// Every wrap.
    pub sent: Vec<Sent>,
    /// SHA-256 of its record.
    pub record: Digest,
    /// Its first entry.
    pub open: Open,
    /// Its script, as it was written.
    pub script: Vec<u8>,
    /// Whose signatures count, in OpenSSH's format.
    pub allowed_signers: Vec<u8>,
    /// What came of verifying it.
    pub verdict: Verdict,
}

/// What the ceremony in `dir` wrapped, after everything in it was verified.
///
/// # Errors
///
/// When anything in the ceremony was altered, when it is not sealed, and when it was a rehearsal.
pub fn read(dir: &Path) -> Result<Ceremony, EngineError> {
    let dossier = dossier::read(dir)?;
    let verdict = verify(&dossier, None);
    if let Some(problem) = verdict.problems.first() {
        return Err(problem.clone().into());
    }
    let entries = chain::parse(&dossier.record, &dossier.script)?;
    let script = crate::domain::parse::parse(&dossier.script)
        .map_err(|finding| EngineError::Script(vec![*finding]))?;
    let open = match entries.first().map(|entry| &entry.event) {
        Some(Event::Open(open)) if open.mode != Mode::Rehearsal => open.as_ref().clone(),
        Some(_) | None => {
            return Err(EngineError::NothingSent {
                dir: dir.to_owned(),
                because: "it is a rehearsal".to_owned(),
            });
        }
    };
    Ok(Ceremony {
        sent: sent(&script, &open, &entries),
        record: verdict.record_sha256,
        open,
        script: dossier.script,
        allowed_signers: dossier.allowed_signers,
        verdict,
    })
}

impl Ceremony {
    /// The wrap that somebody means.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub fn the(
        &self,
        dir: &Path,
        provider: &str,
        key: Option<&str>,
        input: Option<&str>,
    ) -> Result<&Sent, EngineError> {
        let fits = |sent: &&Sent| {
            sent.expected.provider == provider
                && key.is_none_or(|key| key == sent.key)
                && input.is_none_or(|input| input == sent.r#for)
        };
        let found: Vec<&Sent> = self.sent.iter().filter(fits).collect();
        let nothing = |because: String| EngineError::NothingSent {
            dir: dir.to_owned(),
            because,
        };
        match found.as_slice() {
            [one] => Ok(one),
            [] => {
                let which = key.map_or("no key".to_owned(), |key| format!("no key {key}"));
                Err(nothing(format!("it wrapped {which} for {provider}")))
            }
            [one, other, ..] => Err(nothing(format!(
                "it wrapped several: {} for {}, {} for {}, …",
                one.key, one.r#for, other.key, other.r#for
            ))),
        }
    }
}

fn sent(script: &Script, open: &Open, entries: &[Entry]) -> Vec<Sent> {
    let state = State::of(entries);
    let mut all = Vec::new();
    for entry in entries {
        if let Event::BatchKey(row) = &entry.event {
            let kind = script.batches.get(row.batch.as_str());
            if let Some(kind) = kind.map(|batch| batch.key.value.r#type.value) {
                let mut sent = of_input(script, open, &row.r#for, kind, entry.at);
                // Each key of a list has its own.
                sent.expected.key_id = None;
                sent.expected.check_values.clone_from(&row.check_values);
                sent.expected.challenge.clone_from(&row.challenge);
                sent.batch = Some(row.batch.clone());
                all.push(sent.named(&row.key));
            }
        }
        let Event::Step(step) = &entry.event else {
            continue;
        };
        let Did::Wrap {
            key,
            r#for,
            challenge,
            ..
        } = &step.did
        else {
            continue;
        };
        let kind = script.keys.get(key.as_str()).map(|key| key.r#type.value);
        if let Some((kind, values)) = kind.zip(state.made.get(key)) {
            let mut sent = of_input(script, open, r#for, kind, entry.at);
            sent.expected.check_values.clone_from(values);
            sent.expected.challenge.clone_from(challenge);
            all.push(sent.named(key));
        }
    }
    all
}

/// What script and first entry say of an input.
fn of_input(script: &Script, open: &Open, name: &str, kind: KeyType, at: Moment) -> Sent {
    let input = script.inputs.get(name);
    let recorded = open.inputs.iter().find(|input| input.name == name);
    let ends = match input.and_then(|input| input.valid_for.as_ref()) {
        Some(valid) => match &valid.value {
            ValidFor::Span(span) => Some(Ends::At(at.plus_seconds(span.seconds))),
            ValidFor::Never => Some(Ends::Never),
        },
        None => None,
    };
    let key_id = input.and_then(|input| input.key_id.as_ref());
    Sent {
        key: String::new(),
        r#for: name.to_owned(),
        batch: None,
        expected: Expected {
            provider: recorded.map_or_else(String::new, |input| input.provider.clone()),
            key_id: key_id.map(ToString::to_string),
            kind,
            check_values: std::collections::BTreeMap::new(),
            at,
            ends,
            wrapping_key_id: recorded.and_then(|input| input.wrapping_key_id.clone()),
            challenge: None,
        },
    }
}

impl Sent {
    fn named(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }
}
