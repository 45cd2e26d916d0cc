//! Which version of a key takes the place of which.

use crate::domain::record::Did;
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
            let made_by = (version.record.value, label.to_string());
            let known = self.known.0.get(&made_by).copied();
            let at = known.unwrap_or_else(|| {
                self.register.notes.push(format!(
                    "the ceremony that made the older version {label} is not in this register ({}): its record has the SHA-256 {}",
                    rests.words(), version.record.value
                ));
                self.insert(version.record.value, label.as_str())
            });
            now.keys.insert(label.to_string(), at);
            if let Some(material) = self.register.materials.get_mut(at) {
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
        let Some(before) = self.register.materials.get_mut(older) else {
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
        if let Some(material) = self.register.materials.get_mut(newer) {
            material.versions.supersedes = Some(link);
        }
    }

    /// A key that was lost takes nobody's place.
    pub(super) fn lost(&mut self, now: &Now<'_>, key: &str) {
        if let Some(older) = self.older(now, key)
            && let Some(before) = self.register.materials.get_mut(older)
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
            self.known.0.get(&(record, key.to_owned())).copied()
        })
    }
}

/// Who signed a dependent off.
pub(super) fn signed_off(did: &Did, rests: &Rests) -> Option<SignedOff> {
    let Did::ReEncrypted {
        by, evidence, logs, ..
    } = did
    else {
        return None;
    };
    Some(SignedOff {
        by: by.clone(),
        evidence: evidence.clone(),
        logs: logs.clone(),
        rests_on: rests.clone(),
    })
}
