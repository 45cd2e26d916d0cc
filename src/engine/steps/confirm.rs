//! What a provider answered is held against what an earlier ceremony recorded.

use crate::domain::arrival;
use crate::domain::arrival::Expected;
use crate::domain::arrival::Fact;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Told;
use crate::domain::arrival::Verdict;
use crate::domain::record::Confirmed;
use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::script::Confirm;
use crate::engine::arrival::Answers;
use crate::engine::arrival::expected;
use crate::engine::arrival::named;
use crate::engine::arrival::read;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::ledger::agrees;
use crate::engine::steps::ledger::saw;
use crate::engine::store::ARTIFACTS;

pub(super) fn confirm(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Confirm,
) -> Result<Done, EngineError> {
    let (label, input) = (step.key.as_str(), step.r#for.as_str());
    let wrapped = bench.script.wrapped.get(label);
    let wrapped = wrapped.ok_or_else(|| EngineError::KeyGone(label.to_owned()))?;
    let expected = expected(bench.script, step)?;
    let answers = answers(bench, step, &expected)?;
    let (facts, verdict) = arrival::judge(&expected, &answers.told);
    for fact in &facts {
        show(bench, fact);
    }
    let says = format!("key {label} for {input}: {}", verdict.words());
    bench.room.desk.say(match verdict {
        Verdict::Arrived => Say::Good(&says),
        Verdict::Consistent | Verdict::NotProvable => Say::Note(&says),
        Verdict::Contradicted => Say::Trouble {
            message: &says,
            hint: Some("it is recorded so; find out what became of the key before anybody uses it"),
        },
    });
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let text = format!(
        "{}: did you fetch these files from {} yourself, and change nothing in them?",
        bench.name(by),
        expected.provider
    );
    agrees(bench, format!("{n}/fetched/{by}"), by, text, "fetching it")?;
    saw(bench, n, seen_by)?;
    let mut artifacts = Vec::new();
    let mut recorded = Vec::new();
    for (file, bytes) in answers.files {
        let name = file.path.rsplit('/').next().unwrap_or("answer");
        let (stem, ending) = match name.rsplit_once('.') {
            Some((stem, ending)) => (stem, format!(".{ending}")),
            None => (name, String::new()),
        };
        let stem = format!("{ARTIFACTS}/answer-{label}-{n}-{stem}");
        let path = bench.free_path(&stem, &ending);
        artifacts.push(bench.store.artifact(&path, &bytes, Purpose::Answer)?);
        recorded.push(file);
    }
    let did = Did::Confirm(Confirmed {
        key: label.to_owned(),
        r#for: input.to_owned(),
        provider: expected.provider,
        key_id: expected.key_id,
        record: wrapped.record.value,
        answers: recorded,
        facts,
        verdict,
        by: by.to_owned(),
        seen_by: seen_by.to_owned(),
    });
    Ok(Done { did, artifacts })
}

/// The files; in a rehearsal what a stand-in tells.
fn answers(
    bench: &mut Bench<'_, '_>,
    step: &Confirm,
    expected: &Expected,
) -> Result<Answers, EngineError> {
    if bench.mode == Mode::Rehearsal {
        bench.room.desk.say(Say::Note(
            "in a rehearsal nobody has the key of the earlier ceremony, so nobody can prove it",
        ));
        return Ok(stand_in(expected));
    }
    read(expected, &named(step, &bench.folder))
}

/// A provider that is none tells what it cannot but know, which proves nothing.
fn stand_in(expected: &Expected) -> Answers {
    let tell = |matter, says: &str| Told {
        matter,
        says: says.to_owned(),
        file: "stand-in".to_owned(),
        of: None,
    };
    let id = expected.key_id.as_deref();
    let mut told: Vec<Told> = id.map(|id| tell(Matter::KeyId, id)).into_iter().collect();
    told.push(tell(Matter::State, arrival::HOLDS));
    Answers {
        files: Vec::new(),
        told,
    }
}

fn show(bench: &mut Bench<'_, '_>, fact: &Fact) {
    let theirs = fact.theirs.as_deref().unwrap_or("not answered");
    let words = fact.verdict.words();
    let value = match (&fact.ours, fact.verdict) {
        (Some(ours), Verdict::Contradicted) => format!("{words}: {theirs}, recorded is {ours}"),
        (Some(_), Verdict::Arrived | Verdict::Consistent | Verdict::NotProvable) | (None, _) => {
            format!("{words}: {theirs}")
        }
    };
    bench.room.desk.say(Say::Fact {
        name: fact.matter.title(),
        value: &value,
    });
}
