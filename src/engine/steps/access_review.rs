//! What a provider says of who can get at a key is read, shown and kept.

use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Principal;
use crate::domain::record::Purpose;
use crate::domain::record::Reviewed;
use crate::domain::script::AccessReview;
use crate::domain::text::list;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::snapshot;
use crate::engine::snapshot::Snapshot;
use crate::engine::steps::Done;
use crate::engine::steps::ledger::agrees;
use crate::engine::steps::ledger::saw;
use crate::engine::store::ARTIFACTS;
use crate::providers::AccessRead;

pub(super) fn review(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &AccessReview,
) -> Result<Done, EngineError> {
    let Snapshot { files, mut access } = if bench.mode == Mode::Rehearsal {
        stand_in(step)
    } else {
        snapshot::of_step(step, &bench.folder)?
    };
    snapshot::assign(bench.script, step, &mut access.principals);
    show(bench, &access);
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let text = format!(
        "{}: did you fetch these files from {} on {}, and change nothing in them?",
        bench.name(by),
        step.provider.value,
        step.taken_on.value.0
    );
    agrees(bench, format!("{n}/fetched/{by}"), by, text, "fetching it")?;
    saw(bench, n, seen_by)?;
    let mut artifacts = Vec::new();
    let mut recorded = Vec::new();
    for (file, bytes) in files {
        let name = file.path.rsplit('/').next().unwrap_or("snapshot.json");
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "json"));
        let stem = format!("{ARTIFACTS}/access-{}-{n}-{stem}", step.key.value);
        let path = bench.free_path(&stem, &format!(".{ending}"));
        artifacts.push(bench.store.artifact(&path, &bytes, Purpose::Snapshot)?);
        recorded.push(file);
    }
    let did = Did::AccessReview(Reviewed {
        key: step.key.to_string(),
        provider: step.provider.to_string(),
        key_id: step.key_id.to_string(),
        taken_on: step.taken_on.value.0.to_string(),
        files: recorded,
        principals: access.principals,
        undecided: access.undecided,
        missing: access.missing,
        by: by.to_owned(),
        seen_by: seen_by.to_owned(),
    });
    Ok(Done { did, artifacts })
}

/// A rehearsal has no provider: whoever the script names, of whom nothing is known.
fn stand_in(step: &AccessReview) -> Snapshot {
    let named = step.principals.keys().chain(step.services.keys());
    let principals = named.map(|id| Principal {
        id: id.to_string(),
        kind: "stand-in".to_owned(),
        can: Vec::new(),
        person: None,
        service: None,
    });
    Snapshot {
        files: Vec::new(),
        access: AccessRead {
            principals: principals.collect(),
            ..AccessRead::default()
        },
    }
}

fn show(bench: &mut Bench<'_, '_>, access: &AccessRead) {
    for principal in &access.principals {
        let can: Vec<&str> = principal.can.iter().map(|it| it.class.as_str()).collect();
        let whose = match (&principal.person, &principal.service) {
            (Some(person), _) => bench.name(person).to_owned(),
            (None, Some(service)) => format!("program: {service}"),
            (None, None) => "nobody is named for it".to_owned(),
        };
        let can = if can.is_empty() {
            String::new()
        } else {
            format!(": {}", list(&can))
        };
        bench.room.desk.say(Say::Fact {
            name: &principal.kind,
            value: &format!("{} ({whose}){can}", principal.id),
        });
    }
    for told in &access.undecided {
        bench.room.desk.say(Say::Note(told));
    }
    for missing in &access.missing {
        bench.room.desk.say(Say::Trouble {
            message: &format!("no file has {missing}"),
            hint: Some("the review says only what the other files say"),
        });
    }
}
