//! Things go out of their places, from hand to hand, and back into a bag and a place.

use crate::domain::ledger::Kept;
use crate::domain::record::Did;
use crate::domain::record::Event;
use crate::domain::script::HandOver;
use crate::domain::script::Inspect;
use crate::domain::script::PutAway;
use crate::domain::script::TakeOut;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::exception::decide;

pub(super) fn take_out(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &TakeOut,
) -> Result<Done, EngineError> {
    let kept = kept(bench, step.item.as_str())?;
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let place = kept.place.clone().unwrap_or_default();
    let text = format!(
        "{}: do you have {} from {place} in your hand, in {}?",
        bench.name(by),
        kept.words(),
        kept.bag_words()
    );
    agrees(bench, format!("{n}/out/{by}"), by, text, "taking it out")?;
    saw(bench, n, seen_by)?;
    Ok(Did::TakeOut {
        item: step.item.to_string(),
        by: by.to_owned(),
        bag: kept.bag,
        r#where: place,
        purpose: step.purpose.to_string(),
        seen_by: seen_by.to_owned(),
    }
    .into())
}

pub(super) fn inspect(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Inspect,
) -> Result<Done, EngineError> {
    let kept = kept(bench, step.item.as_str())?;
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let bag = kept.bag.clone().unwrap_or_default();
    bench.room.desk.say(Say::Note(
        "Look at every seam and seal, and hold it against the light. Do not open it yet.",
    ));
    let found = number_of_bag(bench, n, &kept, [by, seen_by])?;
    let mut whole = true;
    for person in [by, seen_by] {
        let text = format!(
            "{}: is the bag whole, with no cut, no lifted seam and no mark that it was opened?",
            bench.name(person)
        );
        let question = Question::confirmation(format!("{n}/whole/{person}"), text).to(person);
        whole &= bench.confirm(&question)?;
    }
    if whole && found == bag {
        bench.room.desk.say(Say::Good(
            "the bag is whole, and its number is the one recorded",
        ));
    } else {
        let happened = if whole {
            format!("the bag has the number {found}")
        } else {
            format!("bag {found} is not whole")
        };
        bench.room.desk.say(Say::Trouble {
            message: &happened,
            hint: Some("whoever opened it may know what is in it: leave it closed, and decide what is replaced"),
        });
        let expected = format!("{} is in bag {bag}, which is whole", kept.words());
        let exception = decide(bench, n, expected, happened)?;
        bench.record(Event::Exception(exception))?;
    }
    Ok(Did::Inspect {
        item: step.item.to_string(),
        by: by.to_owned(),
        bag,
        found,
        whole,
        seen_by: seen_by.to_owned(),
    }
    .into())
}

pub(super) fn hand_over(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &HandOver,
) -> Result<Done, EngineError> {
    let kept = kept(bench, step.item.as_str())?;
    let (from, to) = (step.from.as_str(), step.to.as_str());
    let seen_by = step.seen_by.as_str();
    let what = format!("{}, in {}", kept.words(), kept.bag_words());
    let text = format!(
        "{}: do you give {what}, to {}?",
        bench.name(from),
        bench.name(to)
    );
    agrees(bench, format!("{n}/gives/{from}"), from, text, "giving it")?;
    let text = format!(
        "{}: do you have {what}, and take it into your keeping?",
        bench.name(to)
    );
    agrees(bench, format!("{n}/takes/{to}"), to, text, "taking it")?;
    saw(bench, n, seen_by)?;
    Ok(Did::HandOver {
        item: step.item.to_string(),
        from: from.to_owned(),
        to: to.to_owned(),
        bag: kept.bag,
        purpose: step.purpose.to_string(),
        deputy_until: step
            .deputy_until
            .as_ref()
            .map(|day| day.value.0.to_string()),
        seen_by: seen_by.to_owned(),
    }
    .into())
}

pub(super) fn put_away(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &PutAway,
) -> Result<Done, EngineError> {
    let kept = kept(bench, step.item.as_str())?;
    let (by, seen_by) = (step.by.as_str(), step.seen_by.as_str());
    let bag = number_of_bag(bench, n, &kept, [by, seen_by])?;
    let text = format!(
        "{}: is {} sealed in bag {bag}, and in {}?",
        bench.name(by),
        kept.words(),
        step.r#where
    );
    agrees(bench, format!("{n}/away/{by}"), by, text, "putting it away")?;
    saw(bench, n, seen_by)?;
    Ok(Did::PutAway {
        item: step.item.to_string(),
        by: by.to_owned(),
        bag,
        r#where: step.r#where.to_string(),
        seen_by: seen_by.to_owned(),
    }
    .into())
}

fn kept(bench: &Bench<'_, '_>, item: &str) -> Result<Kept, EngineError> {
    let kept = bench.state.ledger.get(item).cloned();
    // A script that names a thing without describing it was refused before.
    kept.ok_or_else(|| EngineError::PersonLacks {
        person: item.to_owned(),
        field: "items",
    })
}

/// Two people read the number on the bag, each for himself.
fn number_of_bag(
    bench: &mut Bench<'_, '_>,
    n: u32,
    kept: &Kept,
    people: [&str; 2],
) -> Result<String, EngineError> {
    let stand_in = kept
        .bag
        .clone()
        .unwrap_or_else(|| format!("BAG-OF-{}", kept.item.serial));
    bench.until_right(|bench| {
        let mut read = Vec::new();
        for person in people {
            let text = format!(
                "{}: which number is on the bag of {}?",
                bench.name(person),
                kept.words()
            );
            let question = Question::input(format!("{n}/bag/{person}"), text)
                .to(person)
                .asks(Asks::Bag(stand_in.clone()));
            read.push(bench.line(&question)?);
        }
        match read.as_slice() {
            [one, other] if one == other => match bench.state.ledger.in_bag(one, &kept.item.name) {
                Some(taken) => Err(EngineError::BagTaken {
                    bag: one.clone(),
                    by: taken.words(),
                }),
                None => Ok(one.clone()),
            },
            numbers => Err(EngineError::OtherBag(numbers.to_vec())),
        }
    })
}

pub(super) fn saw(bench: &mut Bench<'_, '_>, n: u32, witness: &str) -> Result<(), EngineError> {
    let text = format!("{}: did you see this happen?", bench.name(witness));
    agrees(
        bench,
        format!("{n}/seen/{witness}"),
        witness,
        text,
        "seeing it",
    )
}

pub(super) fn agrees(
    bench: &mut Bench<'_, '_>,
    id: String,
    person: &str,
    text: String,
    what: &str,
) -> Result<(), EngineError> {
    let question = Question::confirmation(id, text).to(person);
    bench.until_right(|bench| {
        if bench.confirm(&question)? {
            Ok(())
        } else {
            Err(EngineError::NotConfirmed {
                person: person.to_owned(),
                what: what.to_owned(),
            })
        }
    })
}
