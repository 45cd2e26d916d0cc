//! A key is wrapped for a provider.

use crate::crypto::challenge::Posed;
use crate::crypto::check_value::CheckValues;
use crate::crypto::error::CryptoError;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Form;
use crate::domain::progress::number;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Purpose;
use crate::domain::script::ValidFor;
use crate::domain::script::Wrap;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::inputs::ReadInput;
use crate::engine::steps::Done;
use crate::engine::store::ARTIFACTS;
use crate::providers::ASK;
use crate::providers::Asked;
use crate::providers::Expiry;
use crate::providers::ImportParameters;
use crate::providers::NewArtifact;
use crate::providers::Package;
use crate::providers::ProviderError;
use crate::providers::QUESTION;
use crate::providers::Request;
use crate::providers::plan;
use crate::providers::plan_material;
use crate::providers::plan_request;
use crate::providers::stand_in;

pub(super) fn wrap(
    bench: &mut Bench<'_, '_>,
    index: usize,
    step: &Wrap,
) -> Result<Done, EngineError> {
    let n = number(index);
    let (label, name) = (step.key.as_str(), step.r#for.as_str());
    let now = bench.room.clock.now();
    // Its signature was verified when it was made; on resuming, again (`resume::holds`).
    if bench.needs_approval(index) && !bench.approved(index, now) {
        return Err(EngineError::NotApproved { step: n });
    }
    let kind = bench.token.kind(label)?;
    let input = bench
        .inputs
        .get(name)
        .ok_or_else(|| EngineError::InputNamesNo {
            input: name.to_owned(),
            what: "file of the provider",
        })?;
    let import = Import::of(input);
    import.may_carry(kind, bench.token.plain_len(label)?, now)?;
    let wrapping_key = &input.parameters.wrapping_key;
    let construction = input.profile.construction;
    let mut self_check = Vec::new();
    if bench.mode != Mode::Rehearsal {
        self_check = bench
            .token
            .prove(construction, wrapping_key, kind, bench.room.random)?;
    }
    let wrapped = bench
        .token
        .wrap(label, construction, wrapping_key, bench.room.random)?;
    self_check.extend(wrapped.checked);
    if bench.mode == Mode::Rehearsal {
        // More than a twin can show: the very blob is opened, under a key that everybody knows.
        let arrived = stand_in::import(input.profile, wrapping_key.bits(), &wrapped.blob)?;
        if !bench.token.is(label, &arrived)? {
            return Err(CryptoError::Disagree {
                what: "the wrapped key",
            }
            .into());
        }
        self_check.push(
            "the stand-in provider opened it with RustCrypto and found the same key".to_owned(),
        );
    }
    let check_values = bench.token.check_values(label)?;
    let mut files = import.package(kind, &check_values, &wrapped.blob, now)?;
    let mut challenge = None;
    if let Some(ask) = input.provider.asks(kind)
        && let Some(posed) = bench.token.challenge(label, bench.room.random)?
    {
        files.extend(import.question(kind, &posed, ask));
        challenge = Some(posed.challenge);
    }
    // A library with the FIPS module makes the nonce of AES-GCM itself, in rehearsals, too, and so may a token.
    let own_nonce = challenge
        .as_ref()
        .is_some_and(|challenge| challenge.form == Form::AesGcm);
    let did = Did::Wrap {
        key: label.to_owned(),
        r#for: name.to_owned(),
        provider: input.profile.provider.to_owned(),
        algorithm: input.profile.algorithm.to_owned(),
        wrapping_key: wrapping_key.fingerprint(),
        import_token: input.parameters.import_token.as_deref().map(Digest::of),
        self_check,
        challenge,
    };
    let folder = bench.free_path(&format!("{ARTIFACTS}/{label}-for-{name}"), "");
    let mut artifacts = Vec::new();
    for file in files {
        let made = bench.store.artifact(
            &format!("{folder}/{}", file.name),
            &file.bytes,
            file.purpose,
        )?;
        // A made pair is another one in each rehearsal, and the command names its public half.
        let names_pair = made.purpose == Purpose::Command && kind.is_pair();
        let has_nonce = own_nonce && [ASK, QUESTION].contains(&file.name.as_str());
        if made.purpose == Purpose::WrappedKey || names_pair || has_nonce {
            bench.room.desk.varies(&made.sha256.to_string());
        }
        bench.room.desk.say(Say::Fact {
            name: &made.path,
            value: &made.sha256.to_string(),
        });
        artifacts.push(made);
    }
    bench
        .room
        .desk
        .say(Say::Good(&format!("key {label} is wrapped for {name}")));
    Ok(Done { did, artifacts })
}

/// One key on its way to a provider.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    /// What the script asks for.
    pub input: &'a ReadInput,
    /// What the provider handed out for this key.
    pub parameters: &'a ImportParameters,
    /// The key at the provider.
    pub key_id: Option<&'a str>,
}

impl<'a> Import<'a> {
    /// Of the only key of an input.
    pub fn of(input: &'a ReadInput) -> Self {
        Self {
            input,
            parameters: &input.parameters,
            key_id: input.key_id.as_deref(),
        }
    }

    /// Refuses what the provider would refuse after the upload.
    pub fn may_carry(
        self,
        kind: KeyType,
        plain_len: usize,
        now: Moment,
    ) -> Result<(), EngineError> {
        let Self {
            input,
            parameters,
            key_id,
        } = self;
        if input.provider.needs_import_token() && parameters.import_token.is_none() {
            return Err(ProviderError::TokenMissing.into());
        }
        let request = Request {
            key_id,
            wrapping_key_id: parameters.wrapping_key_id.as_deref(),
            import_type: input.import_type,
            ends: matches!(input.valid_for, Some(ValidFor::Span(_))),
        };
        plan_request(input.provider, kind, request)?;
        plan(
            input.profile,
            kind,
            Some(parameters),
            input.wanted_bits,
            key_id,
            Some(now),
        )?;
        Ok(plan_material(
            input.profile,
            parameters.wrapping_key.bits(),
            plain_len,
        )?)
    }

    /// A question that the provider can only answer with the key, and the commands that ask it.
    pub fn question(
        self,
        kind: KeyType,
        posed: &Posed,
        ask: fn(&Asked<'_>) -> Vec<u8>,
    ) -> [NewArtifact; 2] {
        let asked = Asked {
            kind,
            key_id: self.key_id.or(self.parameters.key_id.as_deref()),
            question: &posed.question,
        };
        [
            NewArtifact {
                name: ASK.to_owned(),
                bytes: ask(&asked),
                purpose: Purpose::Command,
            },
            NewArtifact {
                name: QUESTION.to_owned(),
                bytes: posed.question.clone(),
                purpose: Purpose::Challenge,
            },
        ]
    }

    /// The files for the person who uploads.
    pub fn package(
        self,
        kind: KeyType,
        check_values: &CheckValues,
        blob: &[u8],
        now: Moment,
    ) -> Result<Vec<NewArtifact>, EngineError> {
        let input = self.input;
        let expiry = match input.valid_for {
            Some(ValidFor::Span(span)) => Expiry::after(now, span.seconds)?,
            Some(ValidFor::Never) | None => Expiry::Never,
        };
        Ok(input.provider.package(&Package {
            profile: input.profile,
            kind,
            blob,
            parameters: self.parameters,
            key_id: self.key_id,
            expiry,
            import_type: input.import_type,
            check_values,
        })?)
    }
}
