//! What records tell of the lives of keys.

use crate::domain::finding::STILL_NEEDED;
use crate::domain::record::Did;
use crate::domain::record::Life;
use crate::domain::record::Purpose;
use crate::domain::record::Step;
use crate::domain::record::token_uri;
use crate::domain::retire::stopping;
use crate::register::Rests;
use crate::register::Wrong;
use crate::register::fold::Fold;
use crate::register::fold::Now;
use crate::register::keys::ForImport;
use crate::register::keys::Material;

impl Fold<'_> {
    /// A ceremony begins with what it knows of the life of a key.
    pub(super) fn begins(&mut self, now: &mut Now<'_>, life: &Life, rests: &Rests) {
        let known = self.known.get(life.record, &life.key);
        let at = now.keys.get(&life.key).copied().or(known);
        let at = at.unwrap_or_else(|| {
            self.register.notes.push(format!(
                "the ceremony that told of the life of key {} last is not in this register ({}): its record has the SHA-256 {}",
                life.key, rests.words(), life.record
            ));
            let same = self.same_material(&life.key, &life.check_values);
            same.unwrap_or_else(|| self.insert(life.record, &life.key))
        });
        now.keys.insert(life.key.clone(), at);
        for record in [life.record, now.record] {
            self.known.put(record, &life.key, at);
        }
        let mut wrong = Vec::new();
        if let Some(material) = self.materials.get_mut(at) {
            if material.check_values.is_empty() {
                material.check_values.clone_from(&life.check_values);
            }
            if material.check_values != life.check_values {
                wrong.push(format!(
                    "key {} is given with other check values than it was made with",
                    life.key
                ));
            }
            wrong.extend(material.begins(life, rests));
            let stops = stopping(now.script).contains(&life.key);
            // An older record was not asked what took the place of a key.
            let told = life.replaced.as_ref();
            if told.is_some() || now.open.rule_set() >= STILL_NEEDED.since {
                wrong.extend(material.versions.contradicted(&life.key, told, stops));
            }
        }
        self.describe(now, &life.key, rests);
        self.complain(now, rests, wrong);
    }

    /// A step tells of the life of a key.
    pub(super) fn lives(&mut self, now: &mut Now<'_>, step: &Step, rests: &Rests) {
        if let Did::Approve { by, .. } = &step.did {
            now.approvals.push((step.number, by.clone()));
            return;
        }
        let index = usize::try_from(step.number).unwrap_or(0).saturating_sub(1);
        let approved_by = now.approved(index);
        let mut artifacts = step.artifacts.iter();
        let written = artifacts
            .find(|made| matches!(made.purpose, Purpose::Certificate | Purpose::Notice))
            .map(|made| made.path.clone());
        let Some(key) = key_of(&step.did) else { return };
        let material = self.of_label(now, key);
        let wrong = material.map(|it| it.lives(&step.did, &approved_by, written, rests));
        self.complain(now, rests, wrong.unwrap_or_default());
    }

    /// A key that a ceremony made stays in its HSM.
    pub(super) fn stays(&mut self, now: &Now<'_>, did: &Did, rests: &Rests) {
        let (Did::Generate { key, token, .. } | Did::Restore { key, token, .. }) = did else {
            return;
        };
        let (Some(hsm), Some(token)) = (&now.open.token, token) else {
            return;
        };
        let uri = Some(token_uri(&hsm.facts.serial, &token.id));
        if let Some(material) = self.of_label(now, key) {
            material.in_token(uri, rests);
        }
    }

    fn complain(&mut self, now: &Now<'_>, rests: &Rests, wrong: Vec<String>) {
        let wrong = wrong.into_iter().map(|what| Wrong {
            ceremony: Some(now.folder.to_owned()),
            line: Some(rests.line),
            what,
            hint: Some(
                "compare `lifecycle` of its script with what the records before it tell: `keyrite register show`".to_owned(),
            ),
        });
        self.register.wrong.extend(wrong);
    }
}

impl Now<'_> {
    /// Who approved the step at `index`.
    fn approved(&self, index: usize) -> Vec<String> {
        let covers = |number: u32| {
            let at = usize::try_from(number).unwrap_or(0).saturating_sub(1);
            self.script.steps.get(at).is_some_and(|step| {
                matches!(&step.value, crate::domain::script::Step::Approve(approve)
                    if self.script.covered_by(at, approve).iter().any(|(covered, _)| *covered == index))
            })
        };
        let holding = self.approvals.iter().filter(|(number, _)| covers(*number));
        holding.map(|(_, by)| by.clone()).collect()
    }
}

impl Material {
    /// It was wrapped for a provider.
    pub(super) fn imported(&mut self, import: Option<ForImport>) {
        if let Some(import) = import {
            self.arrives(&import);
            // Most keys are imported once: no room is kept for more.
            if self.imports.is_empty() {
                self.imports.reserve_exact(1);
            }
            self.imports.push(import);
        }
    }

    /// It was lost before the ceremony in that folder ended.
    pub(super) fn lost(&mut self, folder: &str) {
        self.imports
            .retain(|import| import.wrapped.ceremony != *folder);
        self.about
            .at_providers
            .retain(|claim| claim.rests_on.ceremony != *folder);
        self.life
            .at
            .retain(|_, place| place.rests_on.ceremony != *folder);
    }
}

/// The key whose life a step is about.
fn key_of(did: &Did) -> Option<&str> {
    if let Did::Move(moved) = did {
        return Some(&moved.key);
    }
    if let Did::RequestDestroy(asked) = did {
        return Some(&asked.key);
    }
    if let Did::CancelDestroy(cancelled) = did {
        return Some(&cancelled.key);
    }
    if let Did::Close(closed) = did {
        return Some(&closed.key);
    }
    if let Did::Destroy { key, .. } = did {
        return Some(key);
    }
    None
}
