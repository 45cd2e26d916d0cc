//! What a provider's log tells is read aloud and kept, and what is behind it.

use crate::domain::record::Did;
use crate::domain::record::Explained;
use crate::domain::record::File;
use crate::domain::record::LogFindings;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::Reconciled;
use crate::domain::script::Explain;
use crate::domain::script::Reconcile;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::findings;
use crate::engine::steps::Done;
use crate::engine::steps::ledger::agrees;
use crate::engine::steps::ledger::saw;
use crate::engine::store::ARTIFACTS;

pub(super) fn reconcile(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Reconcile,
) -> Result<Done, EngineError> {
    let provider = step.provider.as_str();
    let (says, bytes) = if bench.mode == Mode::Rehearsal {
        (LogFindings::stand_in(provider), None)
    } else {
        let (says, bytes) = findings::of_step(step, &bench.folder)?;
        (says, Some(bytes))
    };
    show(bench, &says);
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let text = format!(
        "{}: did you fetch the log from {provider}, all of it, and change nothing in it?",
        bench.name(by)
    );
    agrees(bench, format!("{n}/fetched/{by}"), by, text, "fetching it")?;
    saw(bench, n, seen_by)?;
    let mut artifacts = Vec::new();
    let mut file = None;
    if let Some(bytes) = bytes {
        let stem = format!("{ARTIFACTS}/findings-{provider}-{n}");
        let path = bench.free_path(&stem, ".json");
        let made = bench.store.artifact(&path, &bytes, Purpose::Findings)?;
        file = Some(File {
            path: step.findings.to_string(),
            sha256: made.sha256,
        });
        artifacts.push(made);
    }
    let did = Did::Reconcile(Reconciled {
        findings: file,
        says: Box::new(says),
        by: by.to_owned(),
        seen_by: seen_by.to_owned(),
    });
    Ok(Done { did, artifacts })
}

fn show(bench: &mut Bench<'_, '_>, says: &LogFindings) {
    let desk = &mut bench.room.desk;
    if *says == LogFindings::stand_in(&says.provider) {
        desk.say(Say::Note(
            "There is no log here: what was found is read aloud now, one finding after the other.",
        ));
        return;
    }
    desk.say(Say::Fact {
        name: "log",
        value: &says.period(),
    });
    let seen = says.seen.len().to_string();
    desk.say(Say::Fact {
        name: "shown by the log",
        value: &seen,
    });
    for finding in &says.findings {
        desk.say(Say::Trouble {
            message: &format!("{} {}", finding.id, finding.what),
            hint: Some(&finding.next),
        });
    }
    if says.findings.is_empty() {
        match says.without_findings() {
            Ok(text) => desk.say(Say::Good(text)),
            Err(text) => desk.say(Say::Note(text)),
        }
    }
}

pub(super) fn explain(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Explain,
) -> Result<Done, EngineError> {
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    for person in [by, seen_by] {
        let text = format!(
            "{}: do you answer for what was read of finding {}?",
            bench.name(person),
            step.finding.value
        );
        let id = format!("{n}/explains/{person}");
        agrees(bench, id, person, text, "what is behind it")?;
    }
    Ok(Did::Explain(Explained {
        finding: step.finding.to_string(),
        because: step.because.to_string(),
        by: by.to_owned(),
        seen_by: seen_by.to_owned(),
    })
    .into())
}
