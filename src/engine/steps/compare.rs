//! The fingerprint of a wrapping key, heard over another channel and typed by two people.

use crate::crypto::words::matches;
use crate::domain::record::Did;
use crate::domain::record::Typed;
use crate::domain::script::Compare;
use crate::engine::bench::Bench;
use crate::engine::desk::Asks;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

/// How many words each person types; 2^-32 each to fit by chance.
const WORDS: usize = 4;
/// A SHA-256 has so many words.
const ALL_WORDS: usize = 32;

pub(super) fn compare(
    bench: &mut Bench<'_, '_>,
    n: u32,
    compare: &Compare,
) -> Result<Done, EngineError> {
    let input = compare.wrapping_key.as_str();
    let read = bench.inputs.get(input);
    let digest = read.map(|read| read.parameters.wrapping_key.fingerprint());
    let digest = digest.ok_or_else(|| EngineError::InputNamesNo {
        input: input.to_owned(),
        what: "wrapping key",
    })?;
    bench.room.desk.say(Say::Note(&format!(
        "Over {}, somebody who fetched the wrapping key on another machine reads its fingerprint aloud: \
         the words of `keyrite fingerprint FILE`, or the SHA-256 of its DER in hexadecimal.",
        compare.channel
    )));
    let mut by = Vec::new();
    for (turn, id) in compare.by.iter().enumerate() {
        // The first person has words of the first half, the second of the second: never the same.
        let mut chance = [0];
        bench.room.random.fill(&mut chance)?;
        let half = ALL_WORDS / 2;
        let first = turn % 2 * half + usize::from(chance[0]) % (half - WORDS + 1);
        let text = format!(
            "{}: type words {} to {} as you hear them",
            bench.name(id.as_str()),
            first + 1,
            first + WORDS
        );
        let question = Question::confirmation(format!("{n}/words/{id}"), text)
            .to(id.as_str())
            .asks(Asks::Words(input.to_owned(), first + 1, first + WORDS));
        bench.until_right(|bench| {
            let typed = bench.room.desk.ask(&question)?;
            let expected = digest.0.get(first..first + WORDS).unwrap_or_default();
            // Whoever heard all of it may type all of it.
            if matches(&typed, &digest.0, 0).is_ok() {
                return Ok(());
            }
            matches(&typed, expected, first).map_err(|wrong| EngineError::OtherFingerprint {
                position: wrong.0 + 1,
            })
        })?;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        by.push(Typed {
            person: id.to_string(),
            from: number(first + 1),
            to: number(first + WORDS),
        });
    }
    bench.room.desk.say(Say::Good(&format!(
        "both halves fit the wrapping key of {input}"
    )));
    bench.room.desk.say(Say::Fact {
        name: "wrapping key",
        value: &digest.to_string(),
    });
    Ok(Did::Compare {
        wrapping_key: input.to_owned(),
        sha256: digest,
        channel: compare.channel.to_string(),
        by,
        seen_by: compare.seen_by.as_ref().map(ToString::to_string),
    }
    .into())
}
