//! A key is split, and each share goes to its custodian.

use crate::crypto::check_value;
use crate::custody::share::Header;
use crate::custody::share::deal;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Artifact;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::record::Purpose;
use crate::domain::record::ShareSet;
use crate::domain::record::Subject;
use crate::domain::script::Parts;
use crate::domain::script::Split;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::deliver::deliver;
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
    let subject = match (kept.subject(), split.parts()) {
        (Subject::Key, Parts::Components) => Subject::Component,
        (subject, Parts::Components | Parts::Shares) => subject,
    };
    let header = header(bench, split, kind, subject, check_values.clone());
    let dealt = deal(kept.secret(), header, bench.room.random)?;
    drop(kept);
    let set = dealt.set.id.to_string();
    bench.room.desk.say(Say::Fact {
        name: "share set",
        value: &set,
    });
    let shares = deliver(bench, n, label, &dealt, holders, split.delivers())?;
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
