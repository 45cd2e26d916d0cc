//! Keys that an earlier ceremony left in the HSM, and what is told when a key is compromised.

use std::collections::BTreeMap;

use crate::crypto::check_value;
use crate::domain::notice::notice;
use crate::domain::record::Digest;
use crate::domain::record::Life;
use crate::domain::record::Moved;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::record::TOKEN;
use crate::record::verify::steps::Walk;

impl<'a> Walk<'a, '_> {
    /// Keys that are in the HSM before the first step.
    pub(super) fn left_in_token(&mut self) {
        for life in &self.open.lifecycle {
            if life.at.contains_key(TOKEN) {
                self.made
                    .insert(life.key.clone(), life.check_values.clone());
            }
        }
        let script: &'a _ = self.script;
        self.in_process.extend(script.left_in_token().into_keys());
    }

    /// Before such a key is destroyed it is held against what is recorded of it.
    pub(super) fn was_found(
        &mut self,
        key: &str,
        found: Option<&BTreeMap<String, String>>,
        here: bool,
    ) {
        let left = self.script.left_in_token().contains_key(key);
        match found {
            Some(found) if left => {
                let recorded = self.made.get(key);
                let like = recorded.is_some_and(|recorded| {
                    recorded.keys().any(|name| found.contains_key(name))
                        && check_value::difference(found, recorded).is_none()
                });
                if !like {
                    self.wrong(format!(
                        "what was destroyed in the token has other check values than key {key}"
                    ));
                }
            }
            Some(_) => self.wrong(format!(
                "key {key} is recorded as found in the token; this ceremony made it"
            )),
            None if left && here => self.wrong(format!(
                "key {key} is recorded as destroyed in the token, and nothing tells that it was the one"
            )),
            None => {}
        }
    }

    /// Whoever relies on the key is told what the record says.
    pub(super) fn noticed(&mut self, life: &Life, moved: &Moved, entry: &StepEntry) {
        let Some(before) = self.here.before else {
            return;
        };
        let text = notice(self.script, self.open.mode, life, moved, before);
        let right = matches!(entry.artifacts.as_slice(), [made]
            if made.purpose == Purpose::Notice && made.sha256 == Digest::of(text.as_bytes()));
        if !right {
            self.wrong(format!(
                "the notice that key {} is compromised does not say what the record says",
                moved.key
            ));
        }
    }
}
