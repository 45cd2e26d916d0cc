//! What became of old shares: without them an epoch that was replaced still rebuilds the key.

use crate::domain::record::Copied;
use crate::domain::record::Did;
use crate::domain::record::Fate;
use crate::domain::record::OldShare;
use crate::domain::record::OlderSet;
use crate::domain::record::Retired;
use crate::domain::record::Subject;
use crate::domain::script::BackupCopy;
use crate::domain::script::Retire;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn retire(
    bench: &mut Bench<'_, '_>,
    n: u32,
    retire: &Retire,
) -> Result<Done, EngineError> {
    let label = retire.key.as_str();
    let gone = || EngineError::KeyGone(label.to_owned());
    let older = bench.state.older.get(label).ok_or_else(gone)?;
    let set = match &retire.epoch {
        Some(epoch) => older.iter().find(|set| set.epoch == epoch.value),
        None => older.last(),
    };
    let set = set.cloned().ok_or_else(gone)?;
    let witness = retire.seen_by.as_str();
    let mut shares = Vec::new();
    for (index, custodian) in (1..=u8::MAX).zip(&set.custodians) {
        let share = bench.until_right(|bench| ask(bench, n, &set, index, custodian, witness))?;
        shares.push(share);
    }
    let mut copies = Vec::new();
    for (number, copy) in (1..).zip(&retire.copies) {
        copies.push(copied(bench, n, number, copy)?);
    }
    let all_copies = if set.subject == Subject::BackupKey {
        let question = Question::confirmation(
            format!("{n}/all-copies"),
            format!(
                "{}: are these all copies of the old backup that anybody here knows of?",
                bench.name(witness)
            ),
        )
        .to(witness);
        Some(bench.confirm(&question)?)
    } else {
        None
    };
    let mut retired = Retired {
        key: label.to_owned(),
        set: set.id,
        epoch: set.epoch,
        threshold: set.threshold,
        seen_by: witness.to_owned(),
        surviving: Retired::count(&shares),
        shares,
        copies,
        all_copies,
        live: false,
    };
    retired.live = retired.still_rebuilds();
    let words = retired.words();
    bench.room.desk.say(if retired.live {
        Say::Trouble {
            message: &words,
            hint: Some("rotate the key, or find more of the old shares and record their end in another ceremony"),
        }
    } else {
        Say::Good(&words)
    });
    Ok(Did::Retire(retired).into())
}

/// What became of one share.
fn ask(
    bench: &mut Bench<'_, '_>,
    n: u32,
    set: &OlderSet,
    index: u8,
    custodian: &str,
    witness: &str,
) -> Result<OldShare, EngineError> {
    let words = Fate::ALL.map(|(word, _)| word);
    let whose = bench.script.name_of(custodian).to_owned();
    let share = format!("old share {index} of {whose} (epoch {})", set.epoch);
    let question = Question::input(
        format!("{n}/fate/{custodian}"),
        format!("What became of {share}? ({})", words.join(", ")),
    )
    .asks(Asks::OneOf(words.to_vec()));
    let typed = bench.ask(&question)?.trim().to_owned();
    let fate = Fate::ALL.iter().find(|(word, _)| *word == typed);
    let (_, fate) = fate.ok_or_else(|| EngineError::NoneOf(words.to_vec()))?;
    let told = match fate {
        Fate::Destroyed => {
            let question = Question::confirmation(
                format!("{n}/seen/{custodian}"),
                format!(
                    "{}: did you see {share} destroyed, and every copy of it?",
                    bench.name(witness)
                ),
            )
            .to(witness);
            if !bench.confirm(&question)? {
                return Err(EngineError::NotConfirmed {
                    person: witness.to_owned(),
                    what: format!("seeing {share} destroyed"),
                });
            }
            None
        }
        Fate::Returned | Fate::Lost | Fate::Kept | Fate::Unknown => {
            Some(bench.line(&Question::input(
                format!("{n}/told/{custodian}"),
                "Who has it, or who says so?".to_owned(),
            ))?)
        }
    };
    Ok(OldShare {
        index,
        custodian: custodian.to_owned(),
        fate: *fate,
        told,
    })
}

fn copied(
    bench: &mut Bench<'_, '_>,
    n: u32,
    number: usize,
    copy: &BackupCopy,
) -> Result<Copied, EngineError> {
    let by = copy.by.as_str();
    let question = Question::confirmation(
        format!("{n}/copy/{number}"),
        format!(
            "{}: is the copy of the old backup destroyed that was here: {}?",
            bench.name(by),
            copy.at
        ),
    )
    .to(by);
    Ok(Copied {
        at: copy.at.to_string(),
        by: by.to_owned(),
        destroyed: bench.confirm(&question)?,
    })
}
