//! Which steps of a script are done, as its record tells. Resuming and verifying both ask here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::record::Event;
use crate::domain::script::Script;
use crate::domain::script::Step;

/// The steps done so far.
pub struct Progress<'a> {
    script: &'a Script,
    done: BTreeSet<usize>,
}

/// What an entry says that cannot follow from those before it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OutOfOrder {
    /// A step that is not the next one.
    #[error("step {found} is recorded where step {expected} is due")]
    Step {
        /// Number in the record.
        found: u32,
        /// Number that is due.
        expected: u32,
    },
    /// The seal before the last step.
    #[error("the record is sealed as complete where step {expected} is due")]
    Sealed {
        /// Number that is due.
        expected: u32,
    },
    /// A loss that reaches back to another step than recorded.
    #[error(
        "the loss of key {key} is recorded as going back to step {found}; it goes back to step {expected}"
    )]
    BackTo {
        /// The key.
        key: String,
        /// Number in the record.
        found: u32,
        /// Number that follows.
        expected: u32,
    },
}

impl<'a> Progress<'a> {
    /// Nothing is done.
    pub fn new(script: &'a Script) -> Self {
        Self {
            script,
            done: BTreeSet::new(),
        }
    }

    /// Index of the next step to do.
    pub fn next(&self) -> Option<usize> {
        (0..self.script.steps.len()).find(|index| !self.done.contains(index))
    }

    /// Whether the step at `index` is done.
    pub fn is_done(&self, index: usize) -> bool {
        self.done.contains(&index)
    }

    /// Number of the next step, from 1.
    pub fn next_number(&self) -> u32 {
        number(self.next().unwrap_or(self.script.steps.len()))
    }

    /// Takes an entry into account.
    ///
    /// # Errors
    ///
    /// When it cannot follow from the entries before.
    pub fn apply(&mut self, event: &Event) -> Result<(), OutOfOrder> {
        match event {
            Event::Step(step) => {
                let expected = self.next_number();
                if step.number != expected {
                    return Err(OutOfOrder::Step {
                        found: step.number,
                        expected,
                    });
                }
                self.done.extend(self.next());
            }
            Event::Lost(lost) => {
                self.undo(&lost.key);
                let expected = self.next_number();
                if lost.back_to != expected {
                    return Err(OutOfOrder::BackTo {
                        key: lost.key.clone(),
                        found: lost.back_to,
                        expected,
                    });
                }
            }
            Event::Sealed(sealed) => {
                let due = self.next();
                let last = self.script.steps.len().saturating_sub(1);
                if sealed.outcome == crate::domain::record::Outcome::Complete && due != Some(last) {
                    return Err(OutOfOrder::Sealed {
                        expected: self.next_number(),
                    });
                }
                self.done.extend(due);
            }
            Event::Open(_)
            | Event::Handed(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Recovered(_)
            | Event::BatchKey(_)
            | Event::Orphan(_)
            | Event::Calling(_) => {}
        }
        Ok(())
    }

    /// Forgets every step that made, used or approved something of `key`.
    pub fn undo(&mut self, key: &str) {
        let of_key = |step: &Step| step.key().is_some_and(|label| label.as_str() == key);
        let script = self.script;
        self.done.retain(|index| {
            let Some(step) = script.steps.get(*index) else {
                return false;
            };
            let approves = matches!(&step.value, Step::Approve(approve)
                if script.covered_by(*index, approve).iter().any(|(_, step)| of_key(step)));
            !of_key(step) && !approves
        });
    }

    /// Keys that are made and not destroyed, each with whether a step still to come needs the key
    /// itself (shares alone do for a restore test).
    pub fn live_keys(&self) -> BTreeMap<&'a str, bool> {
        let left = self.script.left_in_token();
        let mut keys: BTreeMap<&str, bool> = left.into_keys().map(|key| (key, false)).collect();
        for (index, step) in self.script.steps.iter().enumerate() {
            let Some(label) = step.key().map(|label| label.as_str()) else {
                continue;
            };
            match (&step.value, self.is_done(index)) {
                (Step::Generate(_) | Step::Restore(_), true) => drop(keys.insert(label, false)),
                (Step::Destroy(_), true) => drop(keys.remove(label)),
                (Step::Split(_) | Step::Wrap(_), false) => {
                    keys.entry(label).and_modify(|needed| *needed = true);
                }
                (_, true | false) => {}
            }
        }
        keys
    }
}

/// The number people use for the step at `index`.
pub fn number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}
