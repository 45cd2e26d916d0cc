//! Keys on their way to a provider: who fetched what they are wrapped under, and how far they go.

use crate::domain::finding::APPROVAL;
use crate::domain::finding::COMPARE_BEFORE_WRAP;
use crate::domain::finding::FETCHED;
use crate::domain::finding::Finding;
use crate::domain::finding::NOT_BUILT;
use crate::domain::finding::ORDER;
use crate::domain::finding::RESTORE_BEFORE_WRAP;
use crate::domain::finding::SHAPE;
use crate::domain::finding::TARGETS;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Id;
use crate::domain::script::Kind;
use crate::domain::script::MakeBatch;
use crate::domain::script::Place;
use crate::domain::script::Step;
use crate::domain::script::Wrap;
use crate::domain::text::nearest;

impl<'a> Room<'a> {
    /// Whoever fetched import parameters, and who saw it.
    pub(super) fn fetchers(&mut self) {
        let script = self.script;
        for (name, input) in &script.inputs {
            let Some(fetched) = &input.fetched else {
                let is_wrapped = script.steps.iter().any(|step| {
                    let used = step.input().is_some_and(|input| input.value == *name);
                    used && matches!(step.value, Step::Wrap(_) | Step::Batch(_))
                });
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

    /// What must hold before anything is wrapped for an input.
    pub(super) fn leaves_for(&mut self, index: usize, input: &'a At<Id>, place: Place) {
        self.known_input(input);
        let kind = self.script.kind.value;
        if kind == Kind::Generate {
            self.add(
                Finding::new(
                    &ORDER,
                    place,
                    format!("a ceremony of kind `{}` wraps for no provider", kind.name()),
                )
                .hint("write `kind: import`"),
            );
        }
        let known = self.script.inputs.contains_key(input.as_str());
        if known && !self.compared.contains(input.value.as_str()) {
            self.add(
                Finding::new(
                    &COMPARE_BEFORE_WRAP,
                    place,
                    format!("the wrapping key of {} was not compared before", input.value),
                )
                .hint("add a `compare` step: a swapped wrapping key hands the key to whoever swapped it"),
            );
        }
        if self.production() && !self.approved.contains(&index) {
            self.add(
                Finding::new(&APPROVAL, place, "nobody approved this import")
                    .hint("add `approve: {by: PERSON, what: import}` before it"),
            );
        }
    }

    /// Keys of a list are made and wrapped in one go.
    pub(super) fn batch(&mut self, index: usize, batch: &'a MakeBatch, place: Place) {
        self.looked_before(place, "made");
        self.leaves_for(index, &batch.r#for, place);
        let name = &batch.keys;
        let script = self.script;
        if !script.batches.contains_key(name.as_str()) {
            let near = nearest(name.as_str(), script.batches.keys().map(Id::as_str));
            self.unknown("batch", "batches", name.as_str(), name.place, near);
            return;
        }
        let described = script.batches.get(name.as_str()).map(|batch| &batch.key);
        self.may_leave(name.as_str(), described, place);
        if self.script.token.core.value != Core::Software {
            self.add(
                Finding::new(
                    &NOT_BUILT,
                    place,
                    "keys of a list are made in software only in this version",
                )
                .hint("write `token: {core: software}`, or a step for each key"),
            );
        }
        if !self.batches.insert(name.value.as_str()) {
            self.add(
                Finding::new(
                    &ORDER,
                    place,
                    format!("the keys of {} are made a second time", name.value),
                )
                .hint("describe a second list under `batches` and make that one"),
            );
        }
        let message = format!(
            "the keys of {} are wrapped without shares of them",
            name.value
        );
        self.add(Finding::new(&RESTORE_BEFORE_WRAP, place, message).hint(
            "nothing but the provider has them afterwards: waive this if losing one is no loss, or make those keys one by one",
        ));
    }

    /// Lists are made, and named like no key.
    pub(super) fn batches_made(&mut self) {
        let script = self.script;
        for (name, batch) in &script.batches {
            if !self.batches.contains(name.as_str()) {
                let message = format!("list {name} is described but its keys are never made");
                self.add(
                    Finding::new(&ORDER, batch.place, message)
                        .hint("add a `batch` step or remove the list"),
                );
            }
            if script.keys.contains_key(name.as_str()) {
                let message = format!("{name} is a key and a list of keys");
                self.add(
                    Finding::new(&SHAPE, batch.place, message)
                        .hint("their files would have one name: call one of them otherwise"),
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
