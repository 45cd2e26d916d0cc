//! A key's shares are dealt anew. Until the entry of this step stands, the old set is the one that
//! counts, and whatever was handed out is void; from then on the new set does, every share of which
//! was brought back before.

use std::collections::BTreeMap;

use crate::crypto::check_value;
use crate::custody::share::Header;
use crate::custody::share::deal;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::record::GivenSet;
use crate::domain::record::ShareSet;
use crate::domain::script::Reshare;
use crate::engine::bench::Backup;
use crate::engine::bench::Bench;
use crate::engine::bench::SplitState;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::deliver::deliver;
use crate::engine::steps::restore_test::rebuild;
use crate::engine::steps::restore_test::rebuild_from;
use crate::engine::steps::restore_test::same;
use crate::engine::steps::split::keep_backup;
use crate::engine::token::SplitSubject;

pub(super) fn reshare(
    bench: &mut Bench<'_, '_>,
    n: u32,
    reshare: &Reshare,
) -> Result<Done, EngineError> {
    let label = reshare.key.as_str();
    let gone = || EngineError::KeyGone(label.to_owned());
    let with: Vec<String> = reshare.with.iter().map(ToString::to_string).collect();
    let script = bench.script;
    let holders = script.receivers(&reshare.among);
    let old = bench.state.splits.get(label).cloned().ok_or_else(gone)?;
    let kind = script.keys.get(label).ok_or_else(gone)?.r#type.value;
    let (kept, made) = taken_out(bench, n, label, &with)?;
    let mut artifacts = Vec::new();
    let mut self_check = Vec::new();
    let (check_values, backup) = match &kept {
        SplitSubject::Key(_) => (made.clone(), None),
        SplitSubject::BackupKey {
            secret,
            blob,
            checked,
            ..
        } => {
            self_check.clone_from(checked);
            let artifact = keep_backup(bench, label, blob)?;
            let backup = Backup::Artifact(artifact.path.clone());
            artifacts.push(artifact);
            let values = check_value::of(KeyType::Aes256, secret)?.into_map();
            (values, Some(backup))
        }
    };
    let subject = kept.subject();
    let header = Header {
        ceremony: script.ceremony.to_string(),
        key: label.to_owned(),
        kind: Some(kind),
        subject,
        epoch: old.set.epoch.saturating_add(1),
        threshold: reshare.threshold.value,
        total: u8::try_from(holders.len()).unwrap_or(u8::MAX),
        check_values: check_values.clone(),
    };
    let epoch = header.epoch;
    let dealt = deal(kept.secret(), header, bench.room.random)?;
    drop(kept);
    let id = dealt.set.id.to_string();
    bench.room.desk.say(Say::Fact {
        name: "share set",
        value: &format!("{id}, epoch {epoch}"),
    });
    let shares = deliver(bench, n, label, &dealt, holders, reshare.delivers())?;
    drop(dealt);
    let set = ShareSet {
        id,
        epoch,
        threshold: reshare.threshold.value,
        shares,
    };
    let rebuilt = proved(
        bench,
        n,
        label,
        &set,
        backup,
        &GivenSet::new(&set, subject, &check_values),
    )?;
    bench.room.desk.say(Say::Note(&format!(
        "Epoch {epoch} replaces epoch {}. Keep the old shares apart until it is recorded what became of each.",
        old.set.epoch
    )));
    let did = Did::Reshare {
        key: label.to_owned(),
        with,
        replaces: old.set.id,
        subject,
        check_values,
        set,
        rebuilt,
        self_check,
    };
    Ok(Done { did, artifacts })
}

/// What is split anew, out of the token again before anybody is handed a share; and the key's check
/// values, equal to those that were given.
fn taken_out(
    bench: &mut Bench<'_, '_>,
    n: u32,
    label: &str,
    with: &[String],
) -> Result<(SplitSubject, BTreeMap<String, String>), EngineError> {
    let (shared, made) = rebuild(bench, n, &format!("{n}"), label, with)?;
    let plan = bench.plan(label)?;
    bench.calling(n, label, Call::Restore)?;
    bench
        .token
        .restore(label, &plan, &shared, bench.room.random)?;
    drop(shared);
    same(&bench.token.check_values(label)?.into_map(), &made)?;
    bench.calling(n, label, Call::BackUp)?;
    let kept = bench.token.to_split(label, bench.room.random)?;
    bench.calling(n, label, Call::Destroy)?;
    bench.token.destroy(label)?;
    Ok((kept, made))
}

/// Every new share comes back from its medium, and all of them together rebuild the key.
fn proved(
    bench: &mut Bench<'_, '_>,
    n: u32,
    label: &str,
    set: &ShareSet,
    backup: Option<Backup>,
    given: &GivenSet,
) -> Result<BTreeMap<String, String>, EngineError> {
    let everybody: Vec<String> = set
        .shares
        .iter()
        .map(|share| share.custodian.clone())
        .collect();
    let split = SplitState {
        set: given.clone(),
        backup,
    };
    let (_, rebuilt) = rebuild_from(bench, n, &format!("{n}/new"), label, &split, &everybody)?;
    bench.room.desk.say(Say::Good(&format!(
        "every new share is proved, and they rebuild key {label}; what was rebuilt is wiped"
    )));
    Ok(rebuilt)
}
