//! Keys on their way to a provider: who fetched what they are wrapped under, and how far they go.

use crate::domain::finding::FETCHED;
use crate::domain::finding::Finding;
use crate::domain::finding::TARGETS;
use crate::domain::room::Room;
use crate::domain::script::Place;
use crate::domain::script::Step;
use crate::domain::script::Wrap;

impl<'a> Room<'a> {
    /// Whoever fetched import parameters, and who saw it.
    pub(super) fn fetchers(&mut self) {
        let script = self.script;
        for (name, input) in &script.inputs {
            let Some(fetched) = &input.fetched else {
                let is_wrapped = script.steps.iter().any(
                    |step| matches!(&step.value, Step::Wrap(wrap) if wrap.r#for.value == *name),
                );
                if self.production() && is_wrapped {
                    let message = format!("nobody says who fetched input {name}");
                    self.add(Finding::new(&FETCHED, input.place, message).hint(
                        "add `fetched: {by: PERSON, on: MACHINE, seen-by: PERSON}`: whoever swaps the wrapping key reads the key",
                    ));
                }
                continue;
            };
            self.known_person(&fetched.by);
            self.known_person(&fetched.seen_by);
            if fetched.by.value == fetched.seen_by.value {
                let message = format!(
                    "{} fetched input {name} and is the one who saw it",
                    fetched.by
                );
                self.add(
                    Finding::new(&FETCHED, fetched.seen_by.place, message)
                        .hint("two people fetch import parameters together"),
                );
            }
        }
    }

    /// One more place to which a key goes.
    pub(super) fn target(&mut self, wrap: &'a Wrap, place: Place) {
        let policy = &self.script.policy;
        let allowed = policy.targets.as_ref().map_or(1, |at| at.value);
        let Some(state) = self.keys.get_mut(wrap.key.as_str()) else {
            return;
        };
        let is_new = state.wrapped.insert(wrap.r#for.value.as_str());
        let count = state.wrapped.len();
        if is_new && count > usize::from(allowed) {
            let message = format!(
                "key {} goes to {count} inputs, {} the last of them; {allowed} {} allowed",
                wrap.key.value,
                wrap.r#for.value,
                if allowed == 1 { "is" } else { "are" },
            );
            self.add(Finding::new(&TARGETS, place, message).hint(format!(
                "write `policy: {{targets: {count}}}` if that is meant: each is one more place to lose the key"
            )));
        }
    }
}
