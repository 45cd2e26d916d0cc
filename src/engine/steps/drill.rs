//! Custodians prove, one at a time, that they have their shares. Nothing is rebuilt.

use crate::custody::gathering::Trusted;
use crate::custody::gathering::prove;
use crate::domain::record::Did;
use crate::domain::record::Drilled;
use crate::domain::record::Possession;
use crate::domain::record::too_few_proven;
use crate::domain::script::Drill;
use crate::engine::bench::Bench;
use crate::engine::bench::SplitState;
use crate::engine::bench::mendable;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::restore_test::bring_share;
use crate::error::Diagnose as _;

pub(super) fn drill(bench: &mut Bench<'_, '_>, n: u32, drill: &Drill) -> Result<Done, EngineError> {
    let label = drill.key.as_str();
    let gone = || EngineError::KeyGone(label.to_owned());
    let split = bench.state.splits.get(label).cloned().ok_or_else(gone)?;
    let trusted = Trusted::from_record(label, &split.set).ok_or_else(gone)?;
    bench.room.desk.say(Say::Fact {
        name: "share set",
        value: &format!("{}, epoch {}", split.set.id, split.set.epoch),
    });
    let mut shares = Vec::new();
    for custodian in &drill.with {
        let custodian = custodian.as_str();
        let mut held = split.set.shares.iter();
        let held = held.find(|share| share.custodian == custodian);
        let index = held.map(|share| share.index).ok_or_else(gone)?;
        let (result, why) = ask(bench, n, custodian, index, &split, &trusted)?;
        shares.push(Drilled {
            index,
            custodian: custodian.to_owned(),
            result,
            why,
        });
    }
    let proven = shares
        .iter()
        .filter(|share| share.result == Possession::Proven)
        .count();
    let proven = u8::try_from(proven).unwrap_or(u8::MAX);
    let threshold = split.set.threshold;
    match too_few_proven(label, proven, threshold) {
        Some(warning) => bench.room.desk.say(Say::Trouble {
            message: &warning,
            hint: Some("find the other shares, or reshare while enough custodians still can"),
        }),
        None => bench.room.desk.say(Say::Good(&format!(
            "{proven} of {} shares are proven; {threshold} rebuild key {label}",
            split.set.shares.len()
        ))),
    }
    Ok(Did::Drill {
        key: label.to_owned(),
        set: split.set.id,
        epoch: split.set.epoch,
        threshold,
        shares,
        proven,
    }
    .into())
}

/// What one custodian has to show, and why not if he has nothing.
fn ask(
    bench: &mut Bench<'_, '_>,
    n: u32,
    custodian: &str,
    index: u8,
    split: &SplitState,
    trusted: &Trusted,
) -> Result<(Possession, Option<String>), EngineError> {
    let name = bench.name(custodian);
    let question = Question::confirmation(
        format!("{n}/here/{custodian}"),
        format!("{name}: are you here with your share? (`no` is recorded)"),
    )
    .to(custodian);
    if !bench.confirm(&question)? {
        let why = bench.line(&Question::input(
            format!("{n}/absent/{custodian}"),
            format!("Why is the share of {name} not here?"),
        ))?;
        return Ok((Possession::Absent, Some(why)));
    }
    loop {
        let error = match show(bench, n, custodian, index, split, trusted) {
            Ok(()) => {
                bench.room.desk.say(Say::Good(&format!(
                    "share {index} of {name} is proven; it is wiped from this machine"
                )));
                return Ok((Possession::Proven, None));
            }
            Err(error) if mendable(&error) => error,
            Err(error) => return Err(error),
        };
        let hint = error.hint();
        bench.room.desk.say(Say::Trouble {
            message: &error.to_string(),
            hint: hint.as_deref(),
        });
        let question = Question::confirmation(
            format!("{n}/failed/{custodian}"),
            format!("Record that the share of {name} failed? (`no` tries again)"),
        );
        match bench.confirm(&question) {
            Ok(true) => return Ok((Possession::Failed, Some(error.to_string()))),
            Ok(false) if bench.room.desk.patient() => {}
            Ok(false) | Err(EngineError::Desk(DeskError::NoTerminal { .. })) => return Err(error),
            Err(stopped) => return Err(stopped),
        }
    }
}

fn show(
    bench: &mut Bench<'_, '_>,
    n: u32,
    custodian: &str,
    index: u8,
    split: &SplitState,
    trusted: &Trusted,
) -> Result<(), EngineError> {
    let share = bring_share(bench, &format!("{n}"), custodian, split)?;
    let found = prove(share, custodian, trusted.clone())?;
    if found == index {
        return Ok(());
    }
    let mut shares = split.set.shares.iter();
    let holder = shares.find(|share| share.index == found);
    Err(EngineError::OthersShare {
        person: custodian.to_owned(),
        index: found,
        holder: holder.map_or_else(String::new, |share| share.custodian.clone()),
    })
}
