//! Everything that can be checked before the first real key exists, checked.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::crypto::error::CryptoError;
use crate::crypto::random::Random;
use crate::custody::gathering::Gathering;
use crate::custody::seal::Receiver;
use crate::custody::seal::seal_to;
use crate::custody::share::Header;
use crate::custody::share::deal;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::record::Given;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::ScriptApproval;
use crate::domain::record::namespace;
use crate::domain::script::At;
use crate::domain::script::Deliver;
use crate::domain::script::Id;
use crate::domain::script::Reshare;
use crate::domain::script::Restore;
use crate::domain::script::RestoreTest;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::arrival;
use crate::engine::bench::Keyring;
use crate::engine::desk::Desk;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::findings;
use crate::engine::inputs::ReadFiles;
use crate::engine::inputs::ReadInput;
use crate::engine::isolation;
use crate::engine::list::List;
use crate::engine::plugins::AllowedPlugins;
use crate::engine::snapshot;
use crate::engine::steps;
use crate::engine::steps::Import;
use crate::engine::store::APPROVALS;
use crate::engine::token::KeyPlan;
use crate::engine::token::Token;
use crate::engine::token::error::TokenError;
use crate::pkcs11::error::Pkcs11Error;
use crate::providers::plan;
use crate::record::error::RecordError;
use crate::record::signing::Signature;
use crate::secret::Secret;

/// An approval of the script that holds, and its bytes.
pub type Approval = (ScriptApproval, Vec<u8>);

/// The path at which `person` approves the script at `script`.
pub fn approval_path(script: &Path, person: &str) -> PathBuf {
    let mut name = script.as_os_str().to_owned();
    name.push(format!(".{person}.sig"));
    name.into()
}

/// Reads the lists and import parameters that the script names.
pub fn inputs(script: &Script, folder: &Path, now: Moment) -> Result<ReadFiles, EngineError> {
    let mut brought = ReadFiles::default();
    snapshot::of_script(script, folder)?;
    findings::of_script(script, folder)?;
    arrival::of_script(script, folder)?;
    for (name, batch) in &script.batches {
        let list = List::from_file(name.as_str(), batch, folder)?;
        brought.lists.insert(name.to_string(), list);
    }
    let elsewhere = isolation::of_lists(script, &brought.lists)?;
    if !elsewhere.is_empty() {
        return Err(EngineError::Script(elsewhere));
    }
    for (name, input) in &script.inputs {
        if !is_used(script, name.as_str()) {
            continue;
        }
        let list = for_each(script, name.as_str()).and_then(|list| brought.lists.get(list));
        let read = match list {
            Some(list) => ReadInput::from_list(name.as_str(), input, list, now)?,
            None => ReadInput::from_files(name.as_str(), input, folder)?,
        };
        brought.inputs.insert(name.to_string(), read);
    }
    Ok(brought)
}

/// The list whose keys have import parameters of their own for this input.
pub fn for_each<'a>(script: &'a Script, input: &str) -> Option<&'a str> {
    script.steps.iter().find_map(|step| {
        let Step::Batch(step) = &step.value else {
            return None;
        };
        let batch = script.batches.get(step.keys.as_str())?;
        let own = step.r#for.as_str() == input && batch.parameters.is_some();
        own.then(|| step.keys.as_str())
    })
}

/// Sees that the import parameters of each wrap are not out of date, before anything is begun.
pub fn in_time(
    script: &Script,
    inputs: &BTreeMap<String, ReadInput>,
    now: Moment,
) -> Result<(), EngineError> {
    for step in &script.steps {
        let Step::Wrap(wrap) = &step.value else {
            continue;
        };
        let key = script.keys.get(wrap.key.as_str());
        if let (Some(key), Some(input)) = (key, inputs.get(wrap.r#for.as_str())) {
            let (kind, key_id) = (key.r#type.value, input.key_id.as_deref());
            let parameters = Some(&input.parameters);
            plan(
                input.profile,
                kind,
                parameters,
                input.wanted_bits,
                key_id,
                Some(now),
            )?;
        }
    }
    Ok(())
}

/// What earlier ceremonies left, with every backup looked at that a step opens.
pub fn given(script: &Script, folder: &Path) -> Result<Vec<Given>, EngineError> {
    let mut all = Vec::new();
    for (label, given) in &script.given {
        let given = given.recorded(label.as_str());
        if let Some(backup) = &given.backup
            && is_rebuilt(script, label.as_str())
        {
            steps::given_backup(folder, backup)?;
        }
        all.push(given);
    }
    Ok(all)
}

/// Whether shares are to rebuild that key.
fn is_rebuilt(script: &Script, label: &str) -> bool {
    script.steps.iter().any(|step| {
        matches!(&step.value,
            Step::Restore(Restore { key, .. })
            | Step::RestoreTest(RestoreTest { key, .. })
            | Step::Reshare(Reshare { key, .. }) if key.as_str() == label)
    })
}

fn is_used(script: &Script, input: &str) -> bool {
    script
        .steps
        .iter()
        .filter_map(|step| step.input())
        .any(|named| named.as_str() == input)
}

/// Reads the approvals that lie beside the script, and sees that they hold and suffice.
pub fn approvals(
    script: &Script,
    path: &Path,
    bytes: &[u8],
    mode: Mode,
    keyring: &Keyring,
) -> Result<Vec<Approval>, EngineError> {
    let mut approvals = Vec::new();
    let mut missing = Vec::new();
    for by in script.script_approvers() {
        let file = approval_path(path, &by);
        if file.symlink_metadata().is_err() {
            missing.push(by);
            continue;
        }
        let broken = |because: RecordError| EngineError::ScriptApprovalBroken {
            path: file.clone(),
            because: Box::new(because),
        };
        let signature = files::read(&file)?;
        let key = keyring.get(&by).and_then(|keys| keys.signs_with.as_ref());
        let key = key.ok_or_else(|| EngineError::PersonLacks {
            person: by.clone(),
            field: "signs-with",
        })?;
        Signature::parse(&signature)
            .and_then(|parsed| parsed.verify(namespace::SCRIPT, bytes, key))
            .map_err(broken)?;
        let path = format!("{APPROVALS}/script-{by}.sig");
        let file = File {
            path,
            sha256: Digest::of(&signature),
        };
        approvals.push((
            ScriptApproval {
                by,
                signature: file,
            },
            signature,
        ));
    }
    if mode == Mode::Production && !missing.is_empty() {
        return Err(EngineError::ScriptNotApproved(missing));
    }
    Ok(approvals)
}

/// Sees that everybody who will need a key or a recipient has one, whatever the mode.
pub fn people(script: &Script, keyring: &Keyring) -> Result<(), EngineError> {
    let mut signers = script.record_signers();
    let mut receivers = Vec::new();
    for step in &script.steps {
        if let Step::Approve(approve) = &step.value {
            signers.push(approve.by.to_string());
        }
        if step.delivers().is_some_and(Deliver::seals) {
            let dealt_to = script.dealt_to(&step.value).iter();
            receivers.extend(dealt_to.map(ToString::to_string));
        }
    }
    for person in signers {
        if keyring
            .get(&person)
            .is_none_or(|keys| keys.signs_with.is_none())
        {
            return Err(EngineError::PersonLacks {
                person,
                field: "signs-with",
            });
        }
    }
    for person in receivers {
        if keyring
            .get(&person)
            .is_none_or(|keys| keys.receiver.is_none())
        {
            return Err(EngineError::PersonLacks {
                person,
                field: "receives-shares-at",
            });
        }
    }
    Ok(())
}

/// Sees that cards can be shown to one person, where the script has any.
pub fn screen(script: &Script, desk: &dyn Desk) -> Result<(), EngineError> {
    let mut steps = script.steps.iter();
    let shows = steps.any(|step| step.delivers() == Some(Deliver::Card));
    if shows && !desk.has_private_screen() {
        return Err(EngineError::NoPrivateScreen);
    }
    Ok(())
}

/// Seals throwaway bytes to the keys of everybody who receives a share: a plugin that may not run,
/// or hardware that is not there, shows now.
pub fn recipients(
    script: &Script,
    keyring: &Keyring,
    plugins: &AllowedPlugins,
    desk: &mut dyn Desk,
) -> Result<(), EngineError> {
    let throwaway = Secret::zeroed(32);
    let steps = script.steps.iter();
    let sealing = steps.filter(|step| step.delivers().is_some_and(Deliver::seals));
    let receivers: BTreeSet<&str> = sealing
        .flat_map(|step| script.dealt_to(step))
        .map(|id| id.as_str())
        .collect();
    for person in receivers {
        match keyring.get(person).and_then(|keys| keys.receiver.as_ref()) {
            Some(Receiver::Keys(keys)) => {
                let mut attendant = plugins.attended(desk, format!("plugin/{person}"), person);
                let sealed = seal_to(&throwaway, keys, &mut attendant);
                attendant.done(sealed)?;
            }
            Some(Receiver::Passphrase) | None => {}
        }
    }
    Ok(())
}

/// Walks the steps that make, split and wrap on a throwaway twin of each key, under the real
/// wrapping keys, in memory only.
pub fn twin_walk(
    script: &Script,
    inputs: &BTreeMap<String, ReadInput>,
    now: Moment,
    token: &mut dyn Token,
    random: &mut dyn Random,
) -> Result<(), EngineError> {
    let left = script.left_in_token();
    for step in &script.steps {
        match &step.value {
            Step::Generate(label) => {
                let plan = KeyPlan::of(script, label.as_str())?;
                token.generate(label.as_str(), &plan, random)?;
                // What is read back of it must be something that can be.
                token.made(label.as_str(), &plan)?;
            }
            Step::Reshare(reshare) => {
                let label = reshare.key.as_str();
                walk_restore(script, label, token, random)?;
                let holders = script.receivers(&reshare.among);
                walk_deal(
                    script,
                    label,
                    holders,
                    reshare.threshold.value,
                    token,
                    random,
                )?;
                token.destroy(label)?;
            }
            Step::Restore(restore) => walk_restore(script, restore.key.as_str(), token, random)?,
            Step::Lock(label) => drop(token.lock(label.as_str())?),
            Step::Destroy(destroy) => {
                let label = destroy.key.as_str();
                // Of a key that is in the HSM already, a throwaway one is destroyed.
                if !token.holds(label) && left.contains_key(label) {
                    token.generate(label, &KeyPlan::of(script, label)?, random)?;
                }
                token.destroy(label)?;
            }
            Step::Split(split) if token.holds(split.key.as_str()) => {
                let (label, holders) = (split.key.as_str(), script.among(split));
                walk_deal(script, label, holders, split.threshold.value, token, random)?;
            }
            Step::Batch(step) => {
                let batch = script.batches.get(step.keys.as_str());
                if let (Some(batch), Some(input)) = (batch, inputs.get(step.r#for.as_str())) {
                    let plan = KeyPlan {
                        kind: batch.key.r#type.value,
                        leaves: true,
                        usages: batch.key.usages(),
                        id: None,
                        comes_back: false,
                    };
                    let label = format!("a key of {}", step.keys.value);
                    token.generate(&label, &plan, random)?;
                    walk_wrap(&label, input, now, token, random)?;
                }
            }
            Step::Wrap(wrap) if token.holds(wrap.key.as_str()) => {
                if let Some(input) = inputs.get(wrap.r#for.as_str()) {
                    walk_wrap(wrap.key.as_str(), input, now, token, random)?;
                }
            }
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Split(_)
            | Step::RestoreTest(_)
            | Step::Drill(_)
            | Step::Retire(_)
            | Step::Availability(_)
            | Step::ReEncrypted(_)
            | Step::Declare(_)
            | Step::TakeOut(_)
            | Step::Inspect(_)
            | Step::HandOver(_)
            | Step::PutAway(_)
            | Step::Receipt(_)
            | Step::Join(_)
            | Step::Acknowledge(_)
            | Step::MovePerson(_)
            | Step::Leave(_)
            | Step::Withdraw(_)
            | Step::AccessReview(_)
            | Step::Reconcile(_)
            | Step::Explain(_)
            | Step::Confirm(_)
            | Step::Compare(_)
            | Step::Approve(_)
            | Step::Wrap(_)
            | Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Close(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Seal => {}
        }
    }
    Ok(())
}

/// A key of that type is made, taken out, destroyed and brought back.
fn walk_restore(
    script: &Script,
    label: &str,
    token: &mut dyn Token,
    random: &mut dyn Random,
) -> Result<(), EngineError> {
    let plan = KeyPlan::of(script, label)?;
    let leaves = KeyPlan {
        leaves: true,
        comes_back: false,
        ..plan.clone()
    };
    token.generate(label, &leaves, random)?;
    let wanted = token.check_values(label)?;
    let shared = token.to_split(label, random)?;
    token.destroy(label)?;
    token.restore(label, &plan, &shared, random)?;
    token.made(label, &plan)?;
    if token.check_values(label)? == wanted {
        Ok(())
    } else {
        Err(CryptoError::Disagree {
            what: "a throwaway key that was brought back",
        }
        .into())
    }
}

fn walk_deal(
    script: &Script,
    label: &str,
    holders: &[At<Id>],
    threshold: u8,
    token: &mut dyn Token,
    random: &mut dyn Random,
) -> Result<(), EngineError> {
    let shared = token.to_split(label, random)?;
    let header = Header {
        ceremony: script.ceremony.to_string(),
        key: label.to_owned(),
        kind: Some(token.kind(label)?),
        subject: shared.subject(),
        epoch: 1,
        threshold,
        total: u8::try_from(holders.len()).unwrap_or(u8::MAX),
        check_values: token.check_values(label)?.into_map(),
    };
    let dealt = deal(shared.secret(), header, random)?;
    let mut gathering = Gathering::new(None);
    for (share, holder) in dealt.shares.into_iter().zip(holders) {
        if !gathering.ready() {
            gathering.add(share, holder.as_str())?;
        }
    }
    let (rebuilt, _) = gathering.combine()?;
    if rebuilt != *shared.secret() {
        return Err(CryptoError::Disagree {
            what: "a split of throwaway bytes",
        }
        .into());
    }
    if token.rebuild(token.kind(label)?, &shared, random)? != token.check_values(label)? {
        return Err(CryptoError::Disagree {
            what: "what the shares of a throwaway key rebuild",
        }
        .into());
    }
    Ok(())
}

/// Names the algorithms of the same provider by which the token wraps such a key, each tried now.
fn with_what_works(
    error: EngineError,
    kind: KeyType,
    input: &ReadInput,
    token: &mut dyn Token,
    random: &mut dyn Random,
) -> EngineError {
    let EngineError::Pkcs11(refused) = &error else {
        return error;
    };
    if !matches!(**refused, Pkcs11Error::CannotWrap { .. }) {
        return error;
    }
    let why = refused.to_string();
    let wrapping_key = &input.parameters.wrapping_key;
    let bits = wrapping_key.bits();
    let instead = input
        .provider
        .profiles()
        .iter()
        .filter(|profile| {
            profile.construction.is_under_aes() == wrapping_key.secret().is_some()
                && plan(profile, kind, None, Some(bits), None, None).is_ok()
                && token
                    .prove(profile.construction, wrapping_key, kind, random)
                    .is_ok()
        })
        .map(|profile| profile.algorithm)
        .collect();
    TokenError::CannotWrap { why, instead }.into()
}

fn walk_wrap(
    label: &str,
    input: &ReadInput,
    now: Moment,
    token: &mut dyn Token,
    random: &mut dyn Random,
) -> Result<(), EngineError> {
    let kind = token.kind(label)?;
    let import = Import::of(input);
    import.may_carry(kind, token.plain_len(label)?, now)?;
    let wrapping_key = &input.parameters.wrapping_key;
    let construction = input.profile.construction;
    if let Err(error) = token.prove(construction, wrapping_key, kind, random) {
        return Err(with_what_works(error, kind, input, token, random));
    }
    let wrapped = token.wrap(label, construction, wrapping_key, random)?;
    import.package(kind, &token.check_values(label)?, &wrapped.blob, now)?;
    Ok(())
}
