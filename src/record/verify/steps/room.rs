//! Steps of people and the machine.

use std::collections::BTreeMap;

use crate::domain::record::Counted;
use crate::domain::record::Did;
use crate::domain::record::EnvironmentCheck;
use crate::domain::record::Typed;
use crate::domain::script::Asked;
use crate::domain::script::At;
use crate::domain::script::Compare;
use crate::domain::script::Environment;
use crate::domain::script::Id;
use crate::domain::script::Statement;
use crate::record::verify::check::Check;
use crate::record::verify::steps::Walk;

/// A fingerprint has so many words.
const WORDS: u32 = 32;
/// Fewer words than this would fit another key by chance too easily.
const ENOUGH: u32 = 4;

impl<'a> Walk<'a, '_> {
    pub(super) fn sign_in(&mut self, wanted: &[At<Id>], did: &Did) {
        if let Did::SignIn { people } = did {
            self.same_people("that it was", people, wanted);
        }
    }

    pub(super) fn sign_out(&mut self, wanted: &[At<Id>], did: &Did) {
        if let Did::SignOut { people } = did {
            self.same_people("that it was", people, wanted);
        }
    }

    pub(super) fn environment(&mut self, wanted: &Environment, did: &'a Did) {
        let Did::Environment { checks } = did else {
            return;
        };
        let machine = [
            ("network", wanted.network.is_some()),
            ("swap", wanted.swap.is_some()),
            ("memory", wanted.swap.is_some()),
            ("core dumps", wanted.core_dumps.is_some()),
            ("remote terminal", wanted.remote.is_some()),
            ("recorder", wanted.recorder.is_some()),
        ];
        let mut looks: Vec<(&str, &str)> = machine
            .into_iter()
            .filter(|(_, wanted)| *wanted)
            .map(|(name, _)| (name, "program"))
            .collect();
        looks.extend(wanted.clock.as_ref().map(|by| ("clock", by.person())));
        let found: Vec<(&str, &str)> = checks
            .iter()
            .map(|check| (check.name.as_str(), check.by.as_str()))
            .collect();
        if found != looks {
            let words = |looks: &[(&str, &str)]| {
                let looks: Vec<String> = looks
                    .iter()
                    .map(|(name, by)| format!("{name} by {by}"))
                    .collect();
                looks.join(", ")
            };
            let (found, looks) = (words(&found), words(&looks));
            self.wrong(format!(
                "the record says that was looked at: [{found}]; the script says [{looks}]"
            ));
        }
        let clocks = checks
            .iter()
            .filter(|check| check.name == "clock" && check.holds);
        self.clocks.extend(clocks.map(|check| check.by.as_str()));
        let failed: Vec<&EnvironmentCheck> = checks.iter().filter(|check| !check.holds).collect();
        for check in &failed {
            self.tally.note(format!(
                "the machine was not as wanted (line {}): {}: {}",
                self.here.line, check.name, check.found
            ));
        }
        if !failed.is_empty() && !self.excepted {
            self.wrong("the machine was not as the script wants it, and no exception is recorded");
        }
    }

    pub(super) fn statement(&mut self, wanted: &Statement, did: &Did) {
        let Did::Statement {
            text,
            answers,
            counts,
        } = did
        else {
            return;
        };
        let told: Vec<Counted> = wanted.counts.iter().map(|it| it.recorded()).collect();
        if told != *counts {
            self.wrong("other uses of keys are recorded than the script has");
        }
        self.same("that this was read aloud:", text, wanted.text.as_str());
        let people: Vec<&str> = answers
            .iter()
            .map(|answer| answer.person.as_str())
            .collect();
        self.same_people("that it was answered by", &people, &wanted.by);
        for answer in answers.iter().filter(|answer| !answer.agrees) {
            self.tally.note(format!(
                "{} did not agree to a statement (line {}): {}",
                answer.person,
                self.here.line,
                answer.words.as_deref().unwrap_or("no words")
            ));
        }
    }

    pub(super) fn compare(&mut self, wanted: &Compare, did: &Did) {
        let Did::Compare {
            wrapping_key,
            sha256,
            channel,
            by,
            seen_by,
            check_values,
        } = did
        else {
            return;
        };
        self.same(
            "that the wrapping key is of",
            wrapping_key,
            wanted.wrapping_key.as_str(),
        );
        self.same("that it was heard over", channel, wanted.channel.as_str());
        let people: Vec<&str> = by.iter().map(|typed| typed.person.as_str()).collect();
        self.same_people("that it was typed by", &people, &wanted.by);
        let seen: Vec<&String> = seen_by.iter().collect();
        let watches: Vec<&At<Id>> = wanted.seen_by.iter().collect();
        self.same_people("that it was seen by", &seen, &watches);
        if let Some(input) = self.input(wanted.wrapping_key.as_str())
            && input.wrapping_key != *sha256
        {
            self.wrong(format!(
                "the wrapping key {sha256} was compared; the ceremony began with {}",
                input.wrapping_key
            ));
        }
        let secret = self
            .input(wanted.wrapping_key.as_str())
            .map(|input| &input.check_values)
            .filter(|values| !values.is_empty());
        match secret {
            Some(known) => self.heard_check_value(by, check_values, known),
            None if check_values.is_empty() => self.heard_words(by),
            None => self.wrong("a check value is recorded of a key that has none"),
        }
    }

    /// Of a secret AES key both people type the check value.
    fn heard_check_value(
        &mut self,
        by: &[Typed],
        heard: &BTreeMap<String, String>,
        known: &BTreeMap<String, String>,
    ) {
        if heard.is_empty()
            || heard
                .iter()
                .any(|(name, value)| known.get(name) != Some(value))
        {
            self.wrong("the check value that was typed is not that of the wrapping key");
        }
        for typed in by {
            let whole = heard
                .values()
                .any(|value| typed.from == 1 && usize::try_from(typed.to) == Ok(value.len() / 2));
            if !whole {
                self.wrong(format!(
                    "{} is recorded as typing bytes {} to {} of the check value",
                    typed.person, typed.from, typed.to
                ));
            }
        }
    }

    fn heard_words(&mut self, by: &[Typed]) {
        for typed in by {
            let words = typed.to.saturating_add(1).saturating_sub(typed.from);
            if typed.from < 1 || typed.to > WORDS || words < ENOUGH {
                self.wrong(format!(
                    "{} is recorded as typing words {} to {} of {WORDS}",
                    typed.person, typed.from, typed.to
                ));
            }
        }
        for (place, one) in by.iter().enumerate() {
            for other in by.iter().skip(place + 1) {
                if one.from <= other.to && other.from <= one.to {
                    self.wrong(format!(
                        "{} and {} typed some of the same words",
                        one.person, other.person
                    ));
                }
            }
        }
    }

    pub(super) fn asked(&mut self, wanted: &Asked, did: &Did) {
        let Did::Exception { by, told } = did else {
            return;
        };
        self.same("that it was answered by", by, wanted.by.as_str());
        if let Some(told) = told {
            if Some(told.step) != self.here.step {
                self.wrong(format!(
                    "the exception told here is recorded for step {}",
                    told.step
                ));
            }
            self.exception(told);
        }
    }

    pub(super) fn pause(&mut self, did: &Did) {
        let Did::Break { began } = did else {
            return;
        };
        let after_it_ended = self.here.at.is_some_and(|at| *began > at);
        let before_the_last = self.here.before.is_some_and(|before| *began < before);
        if after_it_ended || before_the_last {
            self.tally.about(Check::Clock);
            self.wrong(format!(
                "the break is recorded as beginning at {began}, which is not between this entry and the one before"
            ));
        }
    }
}
