//! People who join, acknowledge, move and leave: nobody answers for himself.

use std::collections::BTreeSet;

use crate::domain::finding::Finding;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::SHAPE;
use crate::domain::room::Room;
use crate::domain::script::AccessReview;
use crate::domain::script::Acknowledge;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Join;
use crate::domain::script::Leave;
use crate::domain::script::MovePerson;
use crate::domain::script::Place;
use crate::domain::script::Step;
use crate::domain::script::Withdraw;

/// Whether a step is about the people themselves.
pub(super) const fn is_about_people(step: &Step) -> bool {
    matches!(
        step,
        Step::Join(_)
            | Step::Acknowledge(_)
            | Step::MovePerson(_)
            | Step::Leave(_)
            | Step::Withdraw(_)
            | Step::AccessReview(_)
            | Step::Confirm(_)
    )
}

impl<'a> Room<'a> {
    pub(super) fn join(&mut self, step: &'a Join) {
        self.known_person(&step.person);
        self.answers_for(&step.seen_by, &step.person);
    }

    pub(super) fn acknowledge(&mut self, step: &'a Acknowledge, place: Place) {
        self.all_act(&step.by, place);
        let people: BTreeSet<&str> = step.by.iter().map(|id| id.as_str()).collect();
        if people.len() != step.by.len() {
            self.add(
                Finding::new(&SHAPE, place, "somebody is named twice").hint("name everybody once"),
            );
        }
    }

    pub(super) fn move_person(&mut self, step: &'a MovePerson, place: Place) {
        self.known_person(&step.person);
        self.answers_for(&step.seen_by, &step.person);
        if step.site.is_none() && step.manager.is_none() && step.roles.is_none() {
            self.add(
                Finding::new(
                    &SHAPE,
                    place,
                    format!("{} moves nowhere", step.person.value),
                )
                .hint("say what changes: `site`, `manager` or `roles`"),
            );
        }
    }

    pub(super) fn leave(&mut self, step: &'a Leave) {
        self.known_person(&step.person);
        self.answers_for(&step.seen_by, &step.person);
        let script = self.script;
        for role in script.roles.of(step.person.as_str()) {
            self.add(
                Finding::new(
                    &SEPARATION,
                    step.person.place,
                    format!(
                        "{} leaves, and is {} of this ceremony",
                        step.person.value,
                        role.spoken()
                    ),
                )
                .hint("give the role to somebody who stays"),
            );
        }
        let mut seen = BTreeSet::new();
        for opens in &step.opens {
            if !seen.insert((opens.what, opens.of.as_str())) {
                self.add(
                    Finding::new(&SHAPE, opens.place, format!("{} stands twice", opens.of))
                        .hint("name it once"),
                );
            }
        }
    }

    pub(super) fn withdraw(&mut self, step: &'a Withdraw) {
        self.known_person(&step.person);
        self.answers_for(&step.by, &step.person);
        self.answers_for(&step.seen_by, &step.person);
        self.watches_another(&step.seen_by, &step.by);
    }

    pub(super) fn access_review(&mut self, step: &'a AccessReview, place: Place) {
        self.acts(&step.by);
        self.acts(&step.seen_by);
        self.watches_another(&step.seen_by, &step.by);
        if step.files.is_empty() {
            self.add(
                Finding::new(&SHAPE, place, "no file of the provider is named")
                    .hint("`keyrite register access import` reads the files and writes this step"),
            );
        }
        for person in step.principals.values() {
            self.known_person(person);
        }
        for (principal, person) in &step.principals {
            if step.services.contains_key(principal.as_str()) {
                self.add(
                    Finding::new(
                        &SHAPE,
                        person.place,
                        format!("{principal} is both somebody's and a program's"),
                    )
                    .hint("name it under `principals` or under `services`"),
                );
            }
        }
    }

    /// Somebody in the room tells something about somebody else.
    fn answers_for(&mut self, who: &'a At<Id>, whom: &'a At<Id>) {
        self.acts(who);
        if who.value == whom.value {
            self.add(
                Finding::new(
                    &SEPARATION,
                    who.place,
                    format!("{} answers for himself", who.value),
                )
                .hint("let somebody else answer for it"),
            );
        }
    }

    pub(super) fn watches_another(&mut self, watcher: &'a At<Id>, does: &'a At<Id>) {
        if watcher.value == does.value {
            self.add(
                Finding::new(
                    &SEPARATION,
                    watcher.place,
                    format!("{} does it and is the one who watches", watcher.value),
                )
                .hint("let somebody else watch"),
            );
        }
    }
}
