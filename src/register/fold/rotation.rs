//! Which version of a key takes the place of which.

use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::script::ImportType;
use crate::engine::acts;
use crate::register::Rests;
use crate::register::fold::Fold;
use crate::register::fold::Now;
use crate::register::rotation::SignedOff;
use crate::register::rotation::Version;

impl Fold<'_> {
    /// The older versions that a ceremony describes.
    pub(super) fn versions(&mut self, now: &mut Now<'_>, rests: &Rests) {
        let script = now.script;
        let quiet = script.policy.no_decrypt_for.map(|span| span.seconds);
        for (label, version) in &script.versions {
            let known = self.known.get(version.record.value, label.as_str());
            let at = known.unwrap_or_else(|| {
                self.register.notes.push(format!(
                    "the ceremony that made the older version {label} is not in this register ({}): its record has the SHA-256 {}",
                    rests.words(), version.record.value
                ));
                self.insert(version.record.value, label.as_str())
            });
            now.keys.insert(label.to_string(), at);
            if let Some(material) = self.materials.get_mut(at) {
                material.versions.described(version, quiet, rests);
            }
        }
    }

    /// A key that was made just now takes the place of its older version.
    pub(super) fn supersedes(&mut self, now: &Now<'_>, key: &str, rests: &Rests) {
        let Some(newer) = now.keys.get(key).copied() else {
            return;
        };
        let Some(older) = self.older(now, key) else {
            return;
        };
        let version = |label: &str, origin| Version {
            key: label.to_owned(),
            origin,
            rests_on: rests.clone(),
        };
        let Some(before) = self.materials.get_mut(older) else {
            return;
        };
        let link = version(&before.key, before.origin);
        if let Some(other) = &before.versions.superseded
            && (other.origin, other.key.as_str()) != (now.record, key)
        {
            let (label, other) = (before.key.clone(), other.key.clone());
            self.register.wrong.push(crate::register::Wrong {
                ceremony: Some(now.folder.to_owned()),
                line: Some(rests.line),
                what: format!("{key} takes the place of {label}, and so does {other}"),
                hint: Some("find out which of the two is in use, and who knew of both".to_owned()),
            });
            return;
        }
        before.versions.superseded = Some(version(key, now.record));
        if let Some(material) = self.materials.get_mut(newer) {
            material.versions.supersedes = Some(link);
        }
    }

    /// A newer version was wrapped: a provider key may hold both from now on, and is rotated once more.
    pub(super) fn wrapped_newer(&mut self, now: &Now<'_>, key: &str, input: &str) {
        let (Some(newer), Some(described)) =
            (now.keys.get(key).copied(), now.script.inputs.get(input))
        else {
            return;
        };
        let provider = described.provider.as_str();
        let Some(id) = described.key_id.as_ref().map(ToString::to_string) else {
            return;
        };
        let new = described.import_type.as_ref();
        let older = self.older(now, key);
        let is_first = older.is_none()
            && self
                .materials
                .get(newer)
                .is_some_and(|material| material.origin == now.record);
        // Into a key that nothing was in yet new material comes without a rotation.
        let rotates = new.is_some_and(|it| it.value == ImportType::New)
            && acts::rotations(provider).is_some()
            && !is_first;
        let mut before = 0;
        if let Some(older) = older
            && let Some(material) = self.materials.get_mut(older)
        {
            let told = now.script.versions.get(material.key.as_str());
            let told = told.and_then(|it| it.rotations.as_ref());
            before = told.map_or(0, |count| count.value);
            before = before.max(material.versions.rotations.get(&id).copied().unwrap_or(0));
            let held = material.life.at.iter().filter(|(_, place)| {
                place.provider == provider && place.key_id.as_deref() == Some(id.as_str())
            });
            let held: Vec<String> = held.map(|(name, _)| name.clone()).collect();
            let known = &mut material.versions.also_in;
            for name in held {
                if acts::stops_together(provider) && !known.contains(&name) {
                    known.push(name);
                }
            }
        }
        if rotates && let Some(material) = self.materials.get_mut(newer) {
            material.versions.rotations.insert(id, before + 1);
        }
    }

    /// A key that was lost takes nobody's place.
    pub(super) fn lost(&mut self, now: &Now<'_>, key: &str) {
        if let Some(older) = self.older(now, key)
            && let Some(before) = self.materials.get_mut(older)
        {
            before.versions.superseded = None;
        }
    }

    fn older(&self, now: &Now<'_>, key: &str) -> Option<usize> {
        let script = now.script;
        let described = script.keys.get(key);
        if let Some(label) = described.and_then(|described| described.supersedes.as_ref()) {
            return now.keys.get(label.as_str()).copied();
        }
        let mut batches = script.batches.values();
        batches.find_map(|batch| {
            let record = batch.supersedes.as_ref()?.value;
            self.known.get(record, key)
        })
    }
}

/// Who signed a dependent off.
pub(super) fn signed_off(did: &Did, record: Digest, rests: &Rests) -> Option<SignedOff> {
    let Did::ReEncrypted {
        by, evidence, logs, ..
    } = did
    else {
        return None;
    };
    Some(SignedOff {
        record,
        by: by.clone(),
        evidence: evidence.clone(),
        logs: logs.clone(),
        rests_on: rests.clone(),
    })
}
