//! What a record tells of a key besides what it is made of, of HSMs, and of deviations.

use std::collections::BTreeMap;

use crate::domain::record::Artifact;
use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Open;
use crate::domain::record::Outcome;
use crate::domain::record::Purpose;
use crate::domain::record::Step;
use crate::domain::record::Subject;
use crate::domain::record::token_uri;
use crate::domain::script::What;
use crate::register::Rests;
use crate::register::about::Backup;
use crate::register::about::CalledBy;
use crate::register::about::Declared;
use crate::register::about::ImportProof;
use crate::register::about::InHsm;
use crate::register::deviations::Deviation;
use crate::register::fold::Fold;
use crate::register::fold::Now;

/// What the ceremony that is folded told so far.
#[derive(Default)]
pub(super) struct Here {
    opened: Option<Rests>,
    compared: BTreeMap<String, Vec<Rests>>,
    approved: Option<Rests>,
    tested: BTreeMap<String, Rests>,
}

impl Fold<'_> {
    pub(super) fn about(&mut self, now: &mut Now<'_>, entry: &Entry, rests: &Rests) {
        if let Event::Open(open) = &entry.event {
            self.here = Here {
                opened: Some(rests.clone()),
                ..Here::default()
            };
            self.opened(now, open, rests);
        }
        if let Event::Step(step) = &entry.event {
            self.done(now, step, rests);
        }
        if let Event::BatchKey(key) = &entry.event {
            self.proof(now, &key.key, &key.r#for, key.wrapping_key, rests);
        }
        let deviations = Deviation::of(entry, rests);
        self.register.deviations.extend(deviations);
        if let Event::Sealed(sealed) = &entry.event
            && sealed.outcome == Outcome::Aborted
        {
            let reason = sealed.reason.as_deref().unwrap_or("no reason is recorded");
            let deviation = Deviation::new("aborted", reason.to_owned(), rests);
            self.register.deviations.push(deviation);
        }
    }

    fn opened(&mut self, now: &Now<'_>, open: &Open, rests: &Rests) {
        if let Some(hsm) = &open.token {
            self.register.hsms.seen(hsm, rests);
        }
        for waiver in &now.script.waivers {
            let what = format!(
                "rule `{}` is waived until {} by {}: {}",
                waiver.rule.value, waiver.until.value.0, waiver.owner, waiver.reason
            );
            let deviation = Deviation::new("waiver", what, rests);
            self.register.deviations.push(deviation);
        }
    }

    fn done(&mut self, now: &mut Now<'_>, step: &Step, rests: &Rests) {
        if let Did::Compare { wrapping_key, .. } = &step.did {
            let compared = self.here.compared.entry(wrapping_key.clone());
            compared.or_default().push(rests.clone());
        }
        if let Did::Approve { what, .. } = &step.did
            && what == What::Import.name()
        {
            self.here.approved = Some(rests.clone());
        }
        if let Did::RestoreTest { key, .. } | Did::Restore { key, .. } = &step.did {
            self.here.tested.insert(key.clone(), rests.clone());
        }
        if let Did::Confirm(confirmed) = &step.did {
            self.answered(confirmed, rests);
        }
        self.in_an_hsm(now, step, rests);
        if let Did::Wrap {
            key,
            r#for,
            wrapping_key,
            ..
        } = &step.did
        {
            self.proof(now, key, r#for, Some(*wrapping_key), rests);
        }
        if let Did::Split {
            key,
            subject: Subject::BackupKey,
            set,
            ..
        }
        | Did::Reshare {
            key,
            subject: Subject::BackupKey,
            set,
            ..
        } = &step.did
        {
            let is_backup = |artifact: &&Artifact| artifact.purpose == Purpose::Backup;
            let files = step.artifacts.iter().filter(is_backup);
            let backups: Vec<Backup> = files
                .map(|file| Backup {
                    path: file.path.clone(),
                    sha256: file.sha256,
                    set: set.id.clone(),
                    made: rests.clone(),
                })
                .collect();
            if let Some(material) = self.of_label(now, key) {
                material.about.backups.extend(backups);
            }
        }
        if let Did::Declare {
            key,
            r#type,
            provider,
            key_id,
            made_on,
            by,
            seen_by,
            ..
        } = &step.did
        {
            let declared = Declared {
                provider: provider.clone(),
                key_id: key_id.clone(),
                made_on: made_on.clone(),
                by: vec![by.clone(), seen_by.clone()],
                rests_on: rests.clone(),
            };
            // Whoever declares a key again looks at it once more: it is the same key.
            let known = self.known.declared(provider, key_id);
            let known = known.filter(|at| {
                let material = self.materials.get(*at);
                material.is_some_and(|material| {
                    let known = material.about.declared.as_ref();
                    known.is_some_and(|it| it.provider == *provider && it.key_id == *key_id)
                })
            });
            if let Some(at) = known {
                now.keys.insert(key.clone(), at);
                self.describe(now, key, rests);
            }
            let at = self.material(now, key, rests);
            self.known.declare(provider, key_id, at);
            if let Some(material) = self.materials.get_mut(at) {
                material.r#type = Some(r#type.name().to_owned());
                material.about.declared = Some(Box::new(declared));
            }
        }
    }

    fn in_an_hsm(&mut self, now: &Now<'_>, step: &Step, rests: &Rests) {
        let Some(hsm) = &now.open.token else { return };
        let facts = &hsm.facts;
        if let Did::Generate { key, token, .. } | Did::Restore { key, token, .. } = &step.did {
            let id = token.as_ref().map(|token| &token.id);
            let here = InHsm {
                label: facts.label.clone(),
                serial: facts.serial.clone(),
                uri: id.map(|id| token_uri(&facts.serial, id)),
                since: rests.clone(),
                closed: None,
            };
            let external = now.open.external.iter();
            let external: Vec<CalledBy> = external
                .filter(|external| external.key == *key)
                .map(|external| CalledBy {
                    service: external.service.clone(),
                    rests_on: Rests {
                        line: 1,
                        ..rests.clone()
                    },
                })
                .collect();
            if let Some(material) = self.of_label(now, key) {
                material.about.in_hsms.push(here);
                material.about.called_by.extend(external);
            }
        }
    }

    /// How a wrap came about, from what was told before it.
    fn proof(
        &mut self,
        now: &Now<'_>,
        key: &str,
        input: &str,
        wrapping_key: Option<crate::domain::record::Digest>,
        rests: &Rests,
    ) {
        let inputs = &now.open.inputs;
        let known = inputs.iter().find(|known| known.name == input);
        let Some(wrapping_key) = wrapping_key.or(known.map(|known| known.wrapping_key)) else {
            return;
        };
        let proof = ImportProof {
            wrapping_key,
            compared: self.here.compared.get(input).cloned().unwrap_or_default(),
            approved: self.here.approved.clone(),
            tested: self.here.tested.get(key).cloned(),
            parameters: self.here.opened.clone().unwrap_or_else(|| rests.clone()),
            wrapped: rests.clone(),
        };
        if let Some(material) = self.of_label(now, key) {
            let proofs = &mut material.about.import_proofs;
            // Most keys are imported once: no room is kept for more.
            if proofs.is_empty() {
                proofs.reserve_exact(1);
            }
            proofs.push(proof);
        }
    }
}
