//! The fingerprint of a wrapping key, or the check value of a secret one, heard over another channel
//! and typed by two people.

use std::collections::BTreeMap;

use crate::crypto::check_value::CMAC5;
use crate::crypto::check_value::ECB3;
use crate::crypto::words::matches;
use crate::domain::record::Did;
use crate::domain::record::Digest;
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
    let read = read.ok_or_else(|| EngineError::InputNamesNo {
        input: input.to_owned(),
        what: "wrapping key",
    })?;
    let digest = read.fingerprint();
    let known = read.check_values();
    let each = read.each.is_some();
    let mut check_values = BTreeMap::new();
    let by = if known.is_empty() {
        words(bench, n, compare, &digest, each)?
    } else {
        check_value(bench, n, compare, &known, &mut check_values)?
    };
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
        check_values,
    }
    .into())
}

/// Two people type different words of the fingerprint of a public key.
fn words(
    bench: &mut Bench<'_, '_>,
    n: u32,
    compare: &Compare,
    digest: &Digest,
    each: bool,
) -> Result<Vec<Typed>, EngineError> {
    let input = compare.wrapping_key.as_str();
    let (what, how) = if each {
        (
            "wrapping keys on another machine reads the fingerprint of all of them",
            "`keyrite fingerprint FILE…` with every file in the order of the list.",
        )
    } else {
        (
            "wrapping key on another machine reads its fingerprint",
            "`keyrite fingerprint FILE`, or the SHA-256 of its DER in hexadecimal.",
        )
    };
    bench.room.desk.say(Say::Note(&format!(
        "Over {}, somebody who fetched the {what} aloud: the words of {how}",
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
            let typed = bench.ask(&question)?;
            let expected = digest.0.get(first..first + WORDS).unwrap_or_default();
            // Whoever heard all of it may type all of it.
            if matches(&typed, &digest.0, 0).is_ok() {
                return Ok(());
            }
            matches(&typed, expected, first).map_err(|wrong| EngineError::OtherFingerprint {
                position: wrong.0 + 1,
            })
        })?;
        by.push(typed(id.as_str(), first + 1, first + WORDS));
    }
    bench.room.desk.say(Say::Good(&format!(
        "both halves fit the wrapping key of {input}"
    )));
    Ok(by)
}

/// Two people type the check value of a secret AES key: the only fact about it that the other side
/// can name, too.
fn check_value(
    bench: &mut Bench<'_, '_>,
    n: u32,
    compare: &Compare,
    known: &BTreeMap<String, String>,
    heard: &mut BTreeMap<String, String>,
) -> Result<Vec<Typed>, EngineError> {
    let input = compare.wrapping_key.as_str();
    bench.room.desk.say(Say::Note(&format!(
        "Over {}, somebody at the other side reads the check value of the AES wrapping key aloud, as their HSM \
         shows it: 6 hexadecimal digits of an encrypted zero block (CKA_CHECK_VALUE; `check-value` in AWS \
         CloudHSM), or 10 of its CMAC.",
        compare.channel
    )));
    let mut by = Vec::new();
    for id in &compare.by {
        let text = format!(
            "{}: type the check value as you hear it",
            bench.name(id.as_str())
        );
        let question = Question::confirmation(format!("{n}/check-value/{id}"), text)
            .to(id.as_str())
            .asks(Asks::CheckValue(input.to_owned()));
        let (name, value) = bench.until_right(|bench| {
            let said = bench.ask(&question)?;
            spoken(&said, known).ok_or(EngineError::OtherCheckValue)
        })?;
        by.push(typed(id.as_str(), 1, value.len() / 2));
        bench.room.desk.say(Say::Fact {
            name: &name,
            value: &value,
        });
        heard.insert(name, value);
    }
    bench.room.desk.say(Say::Good(&format!(
        "both heard the check value of the wrapping key of {input}"
    )));
    Ok(by)
}

/// Which check value somebody typed: digits, in groups or not, perhaps after `0x`.
fn spoken(said: &str, known: &BTreeMap<String, String>) -> Option<(String, String)> {
    let digits: String = said
        .trim()
        .trim_start_matches("0x")
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && *c != ':')
        .collect();
    [ECB3, CMAC5].into_iter().find_map(|name| {
        let value = known.get(name)?;
        value
            .eq_ignore_ascii_case(&digits)
            .then(|| (name.to_owned(), value.clone()))
    })
}

fn typed(person: &str, from: usize, to: usize) -> Typed {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Typed {
        person: person.to_owned(),
        from: number(from),
        to: number(to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_value_is_known_however_its_digits_are_grouped_and_by_all_of_them_only() {
        let known = BTreeMap::from([
            (ECB3.to_owned(), "A1B2C3".to_owned()),
            (CMAC5.to_owned(), "0102030405".to_owned()),
        ]);
        for (said, name) in [
            ("a1b2c3", Some(ECB3)),
            ("0xA1B2C3", Some(ECB3)),
            (" a1 b2 c3 ", Some(ECB3)),
            ("01:02:03:04:05", Some(CMAC5)),
            ("0102 0304 05", Some(CMAC5)),
            ("", None),
            ("a1b2", None),
            ("a1b2c4", None),
            ("a1b2c3a1b2c3", None),
        ] {
            let found = spoken(said, &known).map(|(name, _)| name);
            assert_eq!(found.as_deref(), name, "{said}");
        }
    }
}
