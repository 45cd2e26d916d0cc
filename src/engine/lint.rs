//! Everything that can be said of a script without running it.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use crate::crypto::check_value;
use crate::custody::seal::Receiver;
use crate::domain::access::Access;
use crate::domain::access::access;
use crate::domain::algorithm::KeyType;
use crate::domain::finding::Finding;
use crate::domain::finding::GIVEN;
use crate::domain::finding::KEY_TEXT;
use crate::domain::finding::NOT_BUILT;
use crate::domain::finding::PROFILE;
use crate::domain::finding::SHAPE;
use crate::domain::finding::WAIVER;
use crate::domain::organisation::Within;
use crate::domain::parse::parse;
use crate::domain::progress::number;
use crate::domain::record::Moment;
use crate::domain::record::Subject;
use crate::domain::room;
use crate::domain::script::At;
use crate::domain::script::Batch;
use crate::domain::script::Input;
use crate::domain::script::KeyLine;
use crate::domain::script::Place;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::script::ValidFor;
use crate::domain::token_profile::TokenProfile;
use crate::engine::arrival;
use crate::engine::bench::Keyring;
use crate::engine::bench::PersonKeys;
use crate::engine::error::EngineError;
use crate::engine::findings as reconciled;
use crate::engine::fips_lint;
use crate::engine::inputs::wanted_bits;
use crate::engine::isolation;
use crate::engine::life_lint;
use crate::engine::list::List;
use crate::engine::organisation::joined;
use crate::engine::rotation_lint;
use crate::engine::snapshot;
use crate::engine::token_lint;
use crate::error::Diagnose;
use crate::providers::Expiry;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::Request;
use crate::providers::external::Mistake;
use crate::providers::external::service;
use crate::providers::plan;
use crate::providers::plan_request;
use crate::providers::provider;
use crate::record::signing::PublicKey;

/// A script that could be read, and everything that is wrong with it.
pub struct Checked {
    /// The script.
    pub script: Script,
    /// Findings in the order of their places, waived ones included.
    pub findings: Vec<Finding>,
    /// Who could use, take away and rebuild its keys.
    pub access: Vec<Access>,
}

impl Checked {
    /// With what others found, as far as the script does not waive it.
    #[must_use]
    pub fn also(mut self, mut found: Vec<Finding>, today: Date) -> Self {
        room::waive(&self.script, today, &mut found);
        // What is wrong with waivers was said before.
        found.retain(|finding| finding.rule.id != WAIVER.id);
        self.findings.append(&mut found);
        self.findings.sort_by_key(|finding| finding.place);
        self
    }

    /// The script, if nothing stands against it.
    pub fn accepted(self) -> Result<Script, EngineError> {
        let standing: Vec<Finding> = self
            .findings
            .into_iter()
            .filter(|finding| finding.waived.is_none())
            .collect();
        if standing.is_empty() {
            Ok(self.script)
        } else {
            Err(EngineError::Script(standing))
        }
    }
}

/// Reads and checks a script as of `today`.
///
/// # Errors
///
/// When it cannot be read at all.
pub fn check(bytes: &[u8], today: Date) -> Result<Checked, Box<Finding>> {
    check_with(bytes, today, None)
}

/// Reads and checks a script, and whether the token of a profile can do it.
///
/// # Errors
///
/// When it cannot be read at all.
pub fn check_with(
    bytes: &[u8],
    today: Date,
    token: Option<&TokenProfile>,
) -> Result<Checked, Box<Finding>> {
    check_within(bytes, today, token, None)
}

/// Reads and checks a script, within an organisation.
///
/// # Errors
///
/// When it cannot be read at all.
pub fn check_within(
    bytes: &[u8],
    today: Date,
    token: Option<&TokenProfile>,
    within: Option<Arc<Within>>,
) -> Result<Checked, Box<Finding>> {
    let script = joined(parse(bytes)?, within, today);
    let mut findings = room::walk(&script, today);
    findings.extend(key_texts(&script));
    findings.extend(profiles(&script));
    findings.extend(external(&script));
    findings.extend(given(&script));
    findings.extend(life_lint::findings(&script));
    findings.extend(rotation_lint::findings(&script));
    findings.extend(isolation::findings(&script));
    findings.extend(fips_lint::findings(&script));
    findings.extend(snapshot::findings(&script));
    findings.extend(reconciled::findings(&script));
    findings.extend(arrival::findings(&script));
    findings.extend(token.map_or_else(Vec::new, |token| token_lint::findings(&script, token)));
    room::waive(&script, today, &mut findings);
    findings.sort_by_key(|finding| finding.place);
    let access = access(&script);
    Ok(Checked {
        script,
        findings,
        access,
    })
}

/// Reads a script that must be free of standing findings.
pub fn accept(bytes: &[u8], today: Date) -> Result<Script, EngineError> {
    accept_with(bytes, today, None)
}

/// Reads a script that must be free of standing findings, and one that the token of a profile can
/// do.
pub fn accept_with(
    bytes: &[u8],
    today: Date,
    token: Option<&TokenProfile>,
) -> Result<Script, EngineError> {
    accept_within(bytes, today, token, None)
}

/// Reads a script that must be free of standing findings, within an organisation.
pub fn accept_within(
    bytes: &[u8],
    today: Date,
    token: Option<&TokenProfile>,
    within: Option<Arc<Within>>,
) -> Result<Script, EngineError> {
    match check_within(bytes, today, token, within) {
        Ok(checked) => checked.accepted(),
        Err(finding) => Err(EngineError::Script(vec![*finding])),
    }
}

/// As [`accept_within`], by the rules up to that set alone: a ceremony that was begun is not held to
/// newer ones.
pub fn accept_by(
    bytes: &[u8],
    today: Date,
    within: Option<Arc<Within>>,
    set: u32,
) -> Result<Script, EngineError> {
    let mut checked = check_within(bytes, today, None, within)
        .map_err(|finding| EngineError::Script(vec![*finding]))?;
    checked.findings.retain(|finding| finding.rule.since <= set);
    checked.accepted()
}

/// Everybody's public keys. A text that is no key was a finding before.
pub fn keyring(script: &Script) -> Keyring {
    let read = |text: &Option<At<KeyLine>>| text.as_ref().map(|line| line.as_str().to_owned());
    script
        .people
        .iter()
        .map(|(id, person)| {
            let keys = PersonKeys {
                signs_with: read(&person.signs_with).and_then(|text| PublicKey::parse(&text).ok()),
                receiver: person.receives_shares_at.as_ref().and_then(|receives| {
                    let texts = receives.texts();
                    let texts: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
                    Receiver::parse(&texts).ok()
                }),
            };
            (id.to_string(), keys)
        })
        .collect()
}

fn key_texts(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |place: Place, id: &str, message: String, hint: Option<String>| {
        let mut finding = Finding::new(&KEY_TEXT, place, format!("{id}: {message}"));
        finding.hint = hint;
        findings.push(finding);
    };
    let mut signing: Vec<(&str, PublicKey)> = Vec::new();
    for (id, person) in &script.people {
        if let Some(text) = &person.signs_with {
            match PublicKey::parse(text.as_str()) {
                Ok(key) => {
                    if let Some((other, _)) = signing.iter().find(|(_, known)| *known == key) {
                        let hint = "everybody signs with a key of their own".to_owned();
                        add(
                            text.place,
                            id.as_str(),
                            format!("the signing key is that of {other}"),
                            Some(hint),
                        );
                    }
                    signing.push((id.as_str(), key));
                }
                Err(error) => add(text.place, id.as_str(), error.to_string(), error.hint()),
            }
        }
        if let Some(receives) = &person.receives_shares_at {
            let texts = receives.texts();
            let keys: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
            if let Err((wrong, error)) = Receiver::parse(&keys) {
                let place = texts.get(wrong).map_or(receives.place, |(place, _)| *place);
                add(place, id.as_str(), error.to_string(), error.hint());
            }
        }
    }
    findings
}

/// What the services that call keys from outside would not take.
fn external(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (label, described) in &script.external {
        let mut add = |mistake: Mistake| {
            let place = mistake
                .identifier
                .and_then(|name| described.identifiers.get(name.as_str()))
                .map_or(described.service.place, |value| value.place);
            findings.push(Finding::new(&PROFILE, place, mistake.what).hint(mistake.hint));
        };
        let service = match service(described.service.as_str()) {
            Ok(service) => service,
            Err(mistake) => {
                add(mistake);
                continue;
            }
        };
        let Some(key) = script.keys.get(label.as_str()) else {
            continue;
        };
        let identifiers = described
            .identifiers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        service
            .mistakes(key.r#type.value, &key.usages(), &identifiers)
            .into_iter()
            .for_each(add);
    }
    findings
}

/// Check values of earlier ceremonies that no key of the type has.
fn given(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (label, given) in &script.given {
        let Some(key) = script.keys.get(label.as_str()) else {
            continue;
        };
        let kind = key.r#type.value;
        let recorded = given.recorded(label.as_str());
        let set = &given.share_set;
        let of_set = match recorded.share_set.subject {
            Subject::Key | Subject::Component => kind,
            Subject::BackupKey => KeyType::Aes256,
        };
        for (values, kind, place) in [
            (&recorded.check_values, kind, given.check_values.place),
            (
                &recorded.share_set.check_values,
                of_set,
                set.check_values.place,
            ),
        ] {
            // That there are none is said already.
            if let Some(why) = check_value::implausible(kind, values, true)
                && !values.is_empty()
            {
                findings.push(
                    Finding::new(&GIVEN, place, format!("key {label}: {why}"))
                        .hint("`keyrite given DIR` prints the block from the sealed record"),
                );
            }
        }
        if recorded.share_set.subject != Subject::BackupKey
            && recorded.check_values != recorded.share_set.check_values
        {
            findings.push(
                Finding::new(
                    &GIVEN,
                    set.check_values.place,
                    format!("the shares of key {label} rebuild a key with other check values"),
                )
                .hint("`keyrite given DIR` prints the block from the sealed record"),
            );
        }
    }
    findings
}

fn profiles(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, input) in &script.inputs {
        let from_error = |rule, place, error: &dyn Diagnose| {
            let mut finding = Finding::new(rule, place, error.to_string());
            finding.hint = error.hint();
            finding
        };
        let provider = match provider(input.provider.as_str()) {
            Ok(provider) => provider,
            Err(error) => {
                let rule = if let ProviderError::NotBuilt { .. } = error {
                    &NOT_BUILT
                } else {
                    &PROFILE
                };
                findings.push(from_error(rule, input.provider.place, &error));
                continue;
            }
        };
        let profile = match provider.profile(input.algorithm.as_str()) {
            Ok(profile) => profile,
            Err(error) => {
                findings.push(from_error(&PROFILE, input.algorithm.place, &error));
                continue;
            }
        };
        let bits = match wanted_bits(provider, input) {
            Ok(bits) => bits,
            Err(error) => {
                let place = input
                    .wrapping_key_spec
                    .as_ref()
                    .map_or(input.place, |spec| spec.place);
                findings.push(from_error(&PROFILE, place, &error));
                continue;
            }
        };
        if input.parameters.is_some()
            && (input.wrapping_key.is_some() || input.import_token.is_some())
        {
            findings.push(
                Finding::new(
                    &SHAPE,
                    input.place,
                    format!("input {name} names `parameters` and the parts of them"),
                )
                .hint("name either `parameters`, or `wrapping-key` and `import-token`"),
            );
        }
        if let Some(valid_for) = &input.valid_for
            && let ValidFor::Span(span) = valid_for.value
            && let Err(error) =
                Expiry::after(Moment::new(jiff::Timestamp::UNIX_EPOCH), span.seconds)
        {
            findings.push(from_error(&PROFILE, valid_for.place, &error));
        }
        if input.attestation.is_some() && !provider.attests() {
            findings.push(
                Finding::new(
                    &PROFILE,
                    input.place,
                    format!(
                        "input {name}: {} gives no attestation of its wrapping key",
                        provider.title()
                    ),
                )
                .hint("leave `attestation` out"),
            );
        }
        if input.valid_for.is_none() && provider.ends_material() {
            findings.push(
                Finding::new(&SHAPE, input.place, format!("input {name} does not say how long the provider keeps the material"))
                    .hint("add `valid-for: 300d`, or `valid-for: never`: both have consequences, so say which"),
            );
        }
        let key_id = input.key_id.as_ref().map(|id| id.as_str());
        let request = Request {
            key_id,
            wrapping_key_id: input.wrapping_key_id.as_ref().map(|id| id.as_str()),
            import_type: input.import_type.as_ref().map(|at| at.value),
            ends: input
                .valid_for
                .as_ref()
                .is_some_and(|at| matches!(at.value, ValidFor::Span(_))),
        };
        for (index, step) in script.steps.iter().enumerate() {
            let Step::Wrap(wrap) = &step.value else {
                continue;
            };
            if wrap.r#for.value != *name {
                continue;
            }
            let Some(key) = script.keys.get(wrap.key.as_str()) else {
                continue;
            };
            let kind = key.r#type.value;
            let planned = plan(profile, kind, None, bits, key_id, None)
                .and_then(|()| plan_request(provider, kind, request));
            if let Err(error) = planned {
                findings.push(from_error(&PROFILE, step.place, &error).step(number(index)));
            }
        }
        for (index, step) in script.steps.iter().enumerate() {
            let Step::Batch(made) = &step.value else {
                continue;
            };
            let batch = script.batches.get(made.keys.as_str());
            let Some(batch) = batch.filter(|_| made.r#for.value == *name) else {
                continue;
            };
            let kind = batch.key.r#type.value;
            let planned = plan(profile, kind, None, bits, None, None)
                .and_then(|()| plan_request(provider, kind, request));
            if let Err(error) = planned {
                findings.push(from_error(&PROFILE, step.place, &error).step(number(index)));
            }
            findings.extend(
                for_a_list(provider, input, &batch.value)
                    .map(|(message, hint)| Finding::new(&PROFILE, step.place, message).hint(hint))
                    .map(|finding| finding.step(number(index))),
            );
        }
    }
    findings
}

/// What is wrong with the lists that lie in `folder`; one that does not lie there is no finding.
pub fn lists(script: &Script, folder: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, batch) in &script.batches {
        let path = folder.join(batch.list.as_str());
        if path.symlink_metadata().is_err() {
            continue;
        }
        let read = List::from_file(name.as_str(), batch, folder).and_then(|list| {
            let lists = std::collections::BTreeMap::from([(name.to_string(), list)]);
            isolation::of_lists(script, &lists)
        });
        match read {
            Ok(mut found) => findings.append(&mut found),
            Err(error) => {
                let mut finding = Finding::new(&SHAPE, batch.list.place, error.to_string());
                finding.hint = error.hint();
                findings.push(finding);
            }
        }
    }
    findings
}

/// What of an input does not fit the keys of a list, and what to do.
fn for_a_list(
    provider: &dyn Provider,
    input: &Input,
    batch: &Batch,
) -> Option<(String, &'static str)> {
    let title = provider.title();
    let named = [&input.parameters, &input.wrapping_key, &input.import_token];
    let has_files = named.iter().any(|file| file.is_some());
    match (provider.needs_import_token(), &batch.parameters) {
        (true, None) => Some((
            format!("{title} hands out one wrapping key and token for each key of a list"),
            "add a column with the file of each key's parameters, and name it under `batches` as `parameters`",
        )),
        (false, Some(_)) => Some((
            format!("all keys of a list go under one wrapping key of {title}"),
            "leave `parameters` out under `batches`, and name the file in the input",
        )),
        (true, Some(_)) if has_files => Some((
            "the input names files, and each key of the list has its own".to_owned(),
            "leave `parameters` out of the input",
        )),
        (true | false, Some(_) | None) if input.key_id.is_some() => Some((
            "the input names one key, and the list has many".to_owned(),
            "leave `key-id` out of the input; name a column under `batches` as `key-id`",
        )),
        (true | false, Some(_) | None) if input.import_type.is_some() => Some((
            "the keys of a list are new, and so are those at the provider".to_owned(),
            "leave `import-type` out of the input",
        )),
        (true | false, Some(_) | None) => None,
    }
}
