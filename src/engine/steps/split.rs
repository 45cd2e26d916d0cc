//! A key is split, and each share goes to its custodian's own medium.

use std::path::Path;
use std::path::PathBuf;

use crate::crypto::check_value;
use crate::custody::seal::seal;
use crate::custody::share::Dealt;
use crate::custody::share::Header;
use crate::custody::share::deal;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Artifact;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Event;
use crate::domain::record::Handed;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::ShareSet;
use crate::domain::record::Subject;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Split;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::once::kit;
use crate::engine::steps::Done;
use crate::engine::store::ARTIFACTS;
use crate::engine::token::SplitSubject;

pub(super) fn split(bench: &mut Bench<'_, '_>, n: u32, split: &Split) -> Result<Done, EngineError> {
    let label = split.key.as_str();
    let holders = bench.script.among(split);
    let mut artifacts = Vec::new();
    let mut self_check = Vec::new();
    let kind = bench.token.kind(label)?;
    bench.calling(n, label, Call::BackUp)?;
    let kept = bench.token.to_split(label, bench.room.random)?;
    let check_values = match &kept {
        SplitSubject::Key(_) => bench.token.check_values(label)?,
        SplitSubject::BackupKey {
            secret,
            blob,
            checked,
            ..
        } => {
            self_check.clone_from(checked);
            artifacts.push(keep_backup(bench, label, blob)?);
            check_value::of(KeyType::Aes256, secret)?
        }
    }
    .into_map();
    let subject = kept.subject();
    let header = header(bench, split, kind, subject, check_values.clone());
    let dealt = deal(kept.secret(), header, bench.room.random)?;
    drop(kept);
    let set = dealt.set.id.to_string();
    bench.room.desk.say(Say::Fact {
        name: "share set",
        value: &set,
    });
    let shares = deliver(bench, n, label, &dealt, holders)?;
    drop(dealt);
    let set = ShareSet {
        id: set,
        epoch: 1,
        threshold: split.threshold.value,
        shares,
    };
    let did = Did::Split {
        key: label.to_owned(),
        subject,
        check_values,
        set,
        self_check,
    };
    Ok(Done { did, artifacts })
}

/// Hands every share to its custodian, who confirms it before the next one is written.
pub(super) fn deliver(
    bench: &mut Bench<'_, '_>,
    n: u32,
    label: &str,
    dealt: &Dealt,
    holders: &[At<Id>],
) -> Result<Vec<Handed>, EngineError> {
    let set = dealt.set.id.to_string();
    let mut shares = Vec::new();
    for (share, id) in dealt.shares.iter().zip(holders) {
        let custodian = id.as_str();
        let recipient = bench
            .keyring
            .get(custodian)
            .and_then(|keys| keys.recipient.as_ref());
        let recipient = recipient.ok_or_else(|| EngineError::PersonLacks {
            person: custodian.to_owned(),
            field: "receives-shares-at",
        })?;
        let sealed = seal(&share.to_text(), recipient)?;
        let digest = Digest::of(&sealed);
        let file = format!(
            "{}-{label}-{}-share-{}-of-{}.age",
            bench.script.ceremony.value,
            set.get(..8).unwrap_or(&set),
            share.index(),
            holders.len()
        );
        let handed = Handed {
            key: label.to_owned(),
            set: set.clone(),
            index: share.index(),
            custodian: custodian.to_owned(),
            file,
            sha256: digest,
            commitment: share.commitment(),
        };
        bench.room.desk.varies(&digest.to_string());
        hand_over(bench, n, &handed, &sealed)?;
        bench.record(Event::Handed(handed.clone()))?;
        shares.push(handed);
    }
    Ok(shares)
}

fn header(
    bench: &Bench<'_, '_>,
    split: &Split,
    kind: KeyType,
    subject: Subject,
    check_values: std::collections::BTreeMap<String, String>,
) -> Header {
    Header {
        ceremony: bench.script.ceremony.to_string(),
        key: split.key.to_string(),
        kind: Some(kind),
        subject,
        epoch: 1,
        threshold: split.threshold.value,
        total: u8::try_from(bench.script.among(split).len()).unwrap_or(u8::MAX),
        check_values,
    }
}

pub(super) fn keep_backup(
    bench: &mut Bench<'_, '_>,
    label: &str,
    blob: &[u8],
) -> Result<Artifact, EngineError> {
    let path = bench.free_path(&format!("{ARTIFACTS}/{label}-backup"), ".kwp");
    let made = bench.store.artifact(&path, blob, Purpose::Backup)?;
    bench.room.desk.say(Say::Fact {
        name: "backup",
        value: &path,
    });
    Ok(made)
}

fn hand_over(
    bench: &mut Bench<'_, '_>,
    n: u32,
    handed: &Handed,
    sealed: &[u8],
) -> Result<(), EngineError> {
    let custodian = handed.custodian.as_str();
    let name = bench.name(custodian);
    let question = Question::input(
        format!("{n}/medium/{custodian}"),
        format!("{name}: put in your medium. Which folder is it?"),
    )
    .to(custodian)
    .asks(Asks::Path);
    let path = bench.until_right(|bench| {
        let folder = PathBuf::from(bench.room.desk.ask(&question)?.trim());
        let folder = own_medium(bench, custodian, &folder)?;
        let path = folder.join(&handed.file);
        bench.store.write_outside(&path, sealed)?;
        bench.state.media.insert(custodian.to_owned(), folder);
        Ok(path)
    })?;
    bench.room.desk.say(Say::Good(&format!(
        "share {} for {name} is written and reads back: {}",
        handed.index, handed.file
    )));
    let question = Question::confirmation(
        format!("{n}/holds/{custodian}"),
        format!("{name}: do you take this share into your keeping?"),
    )
    .to(custodian);
    let confirmed = bench.room.desk.confirm(&question);
    if matches!(confirmed, Ok(true)) {
        kit::put(files::parent(&path))?;
        return Ok(());
    }
    // Nobody keeps it, so no entry names it: it must not stay where it was written.
    files::remove_leftover(&path)?;
    bench.state.media.remove(custodian);
    bench.room.desk.say(Say::Note(&format!(
        "{} was not confirmed and is removed from the medium",
        handed.file
    )));
    confirmed?;
    Err(EngineError::NotConfirmed {
        person: custodian.to_owned(),
        what: "taking the share".to_owned(),
    })
}

/// A folder that is this custodian's alone: not the record's, and not another custodian's.
fn own_medium(
    bench: &Bench<'_, '_>,
    custodian: &str,
    folder: &Path,
) -> Result<PathBuf, EngineError> {
    let refuse = |because| EngineError::Medium {
        person: custodian.to_owned(),
        path: folder.to_owned(),
        because,
    };
    let real = folder.canonicalize().map_err(|source| EngineError::Io {
        doing: "find",
        path: folder.to_owned(),
        source,
    })?;
    if !real.is_dir() {
        return Err(refuse("it is no folder"));
    }
    let record = bench
        .store
        .dir()
        .canonicalize()
        .unwrap_or_else(|_| bench.store.dir().to_owned());
    if real.starts_with(&record) && bench.mode != Mode::Rehearsal {
        return Err(refuse("the ceremony's own folder is no custodian's medium"));
    }
    let taken = bench
        .state
        .media
        .iter()
        .any(|(other, path)| other != custodian && *path == real);
    if taken {
        return Err(refuse("another custodian's share is there"));
    }
    Ok(real)
}
