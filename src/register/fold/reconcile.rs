//! What records tell of provider keys, and of providers' logs.

use crate::domain::record::Did;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::ProviderKey;
use crate::domain::script::ImportType;
use crate::domain::script::ValidFor;
use crate::register::Rests;
use crate::register::fold::Fold;
use crate::register::fold::Now;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::claims::Import;
use crate::register::reconcile::quiet;

/// How long after a ceremony an import may be done where the parameters do not end by themselves.
const UPLOAD: i64 = 7 * 86_400;
/// How long before a record of it somebody may have been taken out of a policy.
const WITHDRAWN: i64 = 7 * 86_400;

impl Fold<'_> {
    /// Takes what an entry tells of provider keys.
    pub(super) fn provider_side(&mut self, now: &Now<'_>, entry: &Entry, rests: &Rests) {
        match &entry.event {
            Event::Open(_) => {
                // A practice changes nothing of what is held against real logs.
                if let Some(hours) = &now.script.policy.office_hours
                    && now.open.mode == Mode::Production
                {
                    self.register.logs.office_hours = Some(hours.clone());
                }
            }
            Event::BatchKey(key) => {
                let values = key.check_values.values().cloned().collect();
                self.import(now, &key.key, &key.r#for, values, rests);
            }
            Event::Step(step) => self.step_at_provider(now, &step.did, rests),
            Event::Handed(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => {}
        }
    }

    fn step_at_provider(&mut self, now: &Now<'_>, did: &Did, rests: &Rests) {
        if let Did::Wrap { key, r#for, .. } = did {
            let known = self.of_label(now, key);
            let values = known.map(|known| known.check_values.values().cloned().collect());
            self.import(now, key, r#for, values.unwrap_or_default(), rests);
        } else if let Did::Move(moved) = did {
            for one in &moved.at {
                if let Some(act) = Act::of(moved.to, moved.purpose, one.from) {
                    self.claim(now, &moved.key, &one.at, act, None, rests);
                }
            }
        } else if let Did::RequestDestroy(asked) = did {
            for one in &asked.at {
                let act = Act::ScheduleDeletion;
                self.claim(now, &asked.key, &one.at, act, Some(one.ends), rests);
            }
        } else if let Did::CancelDestroy(cancelled) = did {
            for one in &cancelled.at {
                self.claim(
                    now,
                    &cancelled.key,
                    &one.at,
                    Act::CancelDeletion,
                    None,
                    rests,
                );
            }
        } else if let Did::Close(closed) = did {
            self.claim(now, &closed.key, &closed.at, Act::Delete, None, rests);
        } else if let Did::Withdraw(withdrawn) = did
            && withdrawn.what == crate::domain::record::Access::Principal
        {
            let claim = Claim {
                act: Act::Withdraw,
                provider: String::new(),
                key_id: None,
                from: rests.at.plus_seconds(-WITHDRAWN),
                until: rests.at,
                ceremony: now.open.ceremony.clone(),
                record: now.record,
                rests_on: rests.clone(),
                import: None,
                ends: None,
                principal: Some(withdrawn.of.clone()),
            };
            self.register.logs.withdrawn.push(claim);
        } else if let Did::AccessReview(review) = did {
            self.register.logs.reviewed(review, rests);
        } else if let Did::Reconcile(reconciled) = did {
            self.register.logs.read(reconciled, rests);
            quiet::read(&mut self.materials, &reconciled.says, now.record, rests);
            for seen in &reconciled.says.seen {
                let at = self.known.get(seen.line.record, &seen.key);
                if let Some(material) = at.and_then(|at| self.materials.get_mut(at)) {
                    material.about.logged.push((seen.clone(), rests.clone()));
                }
            }
        } else if let Did::Explain(explained) = did {
            let known = self.register.logs.explain(explained, rests);
            if !known {
                self.register.notes.push(format!(
                    "finding {} is explained, and no record of this register tells of it ({})",
                    explained.finding,
                    rests.words()
                ));
            }
        }
    }

    /// Something was done with a provider key while the ceremony went on.
    fn claim(
        &mut self,
        now: &Now<'_>,
        key: &str,
        at: &str,
        act: Act,
        ends: Option<Moment>,
        rests: &Rests,
    ) {
        let lives = now.open.lifecycle.iter().find(|life| life.key == key);
        let place: Option<&ProviderKey> = lives.and_then(|life| life.at.get(at));
        let Some(place) = place.filter(|place| place.provider != "hsm") else {
            return;
        };
        let scheduled = lives
            .and_then(|life| life.request.as_ref())
            .filter(|_| act == Act::Delete && place.deletion_ends.is_some());
        let claim = Claim {
            act: scheduled.map_or(act, |_| Act::Gone),
            provider: place.provider.clone(),
            key_id: place.key_id.clone(),
            from: scheduled.map_or_else(|| self.began(rests), |request| request.at),
            until: rests.at,
            ceremony: now.open.ceremony.clone(),
            record: now.record,
            rests_on: rests.clone(),
            import: None,
            ends,
            principal: None,
        };
        if let Some(material) = self.of_label(now, key) {
            material.about.at_providers.push(claim);
        }
    }

    /// A key was wrapped: somebody uploads it before the parameters expire.
    fn import(
        &mut self,
        now: &Now<'_>,
        key: &str,
        input: &str,
        check_values: Vec<String>,
        rests: &Rests,
    ) {
        let Some(described) = now.script.inputs.get(input) else {
            return;
        };
        let read = now.open.inputs.iter().find(|known| known.name == input);
        let ends = read.and_then(|read| read.valid_to);
        let until = ends.unwrap_or_else(|| rests.at.plus_seconds(UPLOAD));
        let valid_to = match described.valid_for.as_ref().map(|at| at.value) {
            Some(ValidFor::Span(span)) => Some(rests.at.plus_seconds(span.seconds)),
            Some(ValidFor::Never) | None => None,
        };
        let import_type = described.import_type.as_ref().map(|at| at.value);
        let import = Claim {
            act: Act::Import,
            provider: described.provider.to_string(),
            key_id: described.key_id.as_ref().map(ToString::to_string),
            from: rests.at,
            until,
            ceremony: now.open.ceremony.clone(),
            record: now.record,
            rests_on: rests.clone(),
            import: Some(Import {
                valid_to,
                import_type: import_type.map(|kind| kind.name().to_owned()),
                wrapping_key_id: read.and_then(|read| read.wrapping_key_id.clone()),
                check_values,
            }),
            ends: None,
            principal: None,
        };
        let plain = |act, from, until| Claim {
            act,
            from,
            until,
            import: None,
            ..import.clone()
        };
        let mut claims = vec![plain(
            Act::Fetch,
            self.began(rests).plus_seconds(-UPLOAD),
            rests.at,
        )];
        if import_type == Some(ImportType::New) {
            claims.push(plain(Act::Rotate, rests.at, until.plus_seconds(UPLOAD)));
        }
        claims.push(import);
        if let Some(material) = self.of_label(now, key) {
            material.about.at_providers.extend(claims);
        }
    }

    fn began(&self, rests: &Rests) -> Moment {
        let last = self.register.ceremonies.last();
        last.and_then(|it| it.began).unwrap_or(rests.at)
    }
}
