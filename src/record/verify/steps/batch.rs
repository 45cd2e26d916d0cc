//! Keys of a list: one entry each, then the step.

use std::collections::HashSet;

use sha2::Digest as _;
use sha2::Sha256;

use crate::domain::record::BatchKey;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::script::MakeBatch;
use crate::domain::script::Step;
use crate::record::verify::steps::Walk;

/// What tar puts at the end of an archive.
const END: u64 = 1024;

/// A batch, as far as its keys were seen.
pub(super) struct BatchSeen<'a> {
    wanted: &'a MakeBatch,
    index: usize,
    keys: u64,
    names: Sha256,
    wrapping_keys: Sha256,
    /// Whether each key has its own wrapping key.
    each: bool,
    /// Check values, shortened: two keys are never the same.
    values: HashSet<[u8; 16]>,
    archive: u64,
}

impl<'a> Walk<'a, '_> {
    pub(super) fn batch_key(&mut self, key: &'a BatchKey, due: Option<usize>) {
        let script = self.script;
        let step = due.and_then(|index| Some((index, &script.steps.get(index)?.value)));
        let Some((index, Step::Batch(wanted))) = step else {
            self.wrong(format!(
                "key {} of a batch is recorded where no batch is due",
                key.key
            ));
            return;
        };
        if self.batch.as_ref().is_none_or(|seen| seen.index != index) {
            self.batch = Some(BatchSeen {
                wanted,
                index,
                keys: 0,
                names: Sha256::new(),
                wrapping_keys: Sha256::new(),
                each: key.wrapping_key.is_some(),
                values: HashSet::new(),
                archive: 0,
            });
        }
        self.same("that the key is of", &key.batch, wanted.keys.as_str());
        self.same("that the key is for", &key.r#for, wanted.r#for.as_str());
        if let Some(batch) = script.batches.get(wanted.keys.as_str()) {
            self.plausible(&key.key, batch.key.r#type.value, &key.check_values);
        }
        let mut said: Vec<&str> = Vec::new();
        if let Some(seen) = &mut self.batch {
            seen.keys += 1;
            if key.row != seen.keys {
                said.push("is not the next row of the list");
            }
            seen.names.update(key.key.as_bytes());
            seen.names.update(b"\n");
            if let Some(own) = key.wrapping_key {
                seen.wrapping_keys.update(own.0);
            }
            if key.wrapping_key.is_some() != seen.each {
                said.push("has a wrapping key of its own, or none, unlike the first");
            }
            let mut values = Sha256::new();
            for (name, value) in &key.check_values {
                values.update(name.as_bytes());
                values.update(value.as_bytes());
            }
            let values: [u8; 32] = values.finalize().into();
            let short = values.first_chunk::<16>().copied().unwrap_or_default();
            // A rehearsal's pairs are built in, and come again.
            if !seen.values.insert(short) && self.open.mode != Mode::Rehearsal {
                said.push("has the check values of another one");
            }
            if key.archive <= seen.archive || !key.archive.is_multiple_of(512) {
                said.push("does not lie behind the one before in the archive");
            }
            seen.archive = key.archive;
        }
        let folder = format!("{}/", key.key);
        let strange = key.files.iter().any(|file| {
            let name = file.path.strip_prefix(&folder);
            name.is_none_or(|name| name.is_empty() || name.contains('/'))
        });
        if key.files.is_empty() || strange {
            said.push("has files of another one, or none");
        }
        if let Some(challenge) = &key.challenge
            && !key
                .files
                .iter()
                .any(|file| file.sha256 == challenge.question)
        {
            said.push("has no file with the question of its challenge");
        }
        for what in said {
            self.wrong(format!("key {} of batch {} {what}", key.key, key.batch));
        }
    }

    pub(super) fn batch(&mut self, index: usize, wanted: &'a MakeBatch, entry: &'a StepEntry) {
        let Did::Batch {
            keys,
            r#for,
            provider,
            algorithm,
            r#type,
            wrapping_key,
            made,
            made_by,
            checked_by,
            self_check,
        } = &entry.did
        else {
            return;
        };
        self.same("that the keys are of", keys, wanted.keys.as_str());
        self.same("that they are for", r#for, wanted.r#for.as_str());
        let script = self.script;
        if let Some(input) = script.inputs.get(wanted.r#for.as_str()) {
            self.same("that the provider is", provider, input.provider.as_str());
            self.same("that the algorithm is", algorithm, input.algorithm.as_str());
        }
        if let Some(batch) = script.batches.get(wanted.keys.as_str()) {
            self.same(
                "that their type is",
                r#type.name(),
                batch.key.r#type.value.name(),
            );
        }
        if let Some(input) = self.input(wanted.r#for.as_str())
            && input.wrapping_key != *wrapping_key
        {
            self.wrong(format!(
                "the keys were wrapped under {wrapping_key}; the ceremony began with the wrapping key {}",
                input.wrapping_key
            ));
        }
        if self_check.is_empty() {
            self.wrong("no self-check of the wraps is recorded");
        }
        if made_by.trim().is_empty() || checked_by.trim().is_empty() {
            self.wrong("what made or checked the keys is not recorded");
        }
        self.approved(index);
        let batches = &self.open.batches;
        let Some(list) = batches
            .iter()
            .find(|list| list.name == wanted.keys.as_str())
        else {
            self.wrong(format!(
                "the first entry names no list {}",
                wanted.keys.value
            ));
            return;
        };
        let seen = self.batch.take().filter(|seen| seen.index == index);
        let Some(seen) = seen else {
            self.wrong("no key of the batch is recorded");
            return;
        };
        if seen.keys != *made || seen.keys != list.keys {
            self.wrong(format!(
                "{} keys are recorded, {made} are said to be made, and the list has {}",
                seen.keys, list.keys
            ));
        }
        if Digest(seen.names.finalize().into()) != list.names {
            self.wrong("the keys recorded are not those that the list names");
        }
        if seen.each && Digest(seen.wrapping_keys.finalize().into()) != *wrapping_key {
            self.wrong("the wrapping keys recorded are not those that were compared");
        }
        let path = BatchKey::archive_of(seen.wanted.keys.as_str(), seen.wanted.r#for.as_str());
        match entry.artifacts.as_slice() {
            [made] if made.purpose == Purpose::WrappedKeys && made.path == path => {
                if made.bytes != seen.archive + END {
                    self.wrong(format!(
                        "{path} is recorded with {} bytes; its keys take {}",
                        made.bytes,
                        seen.archive + END
                    ));
                }
            }
            _ => self.wrong(format!("a batch leaves one archive, {path}")),
        }
    }
}
