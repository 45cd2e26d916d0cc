//! Where a ceremony left keys in their lives.

use std::collections::BTreeMap;

use crate::domain::lifecycle::Standing;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Hsm;
use crate::domain::record::Life;
use crate::domain::record::ProviderKey;
use crate::domain::record::TOKEN;
use crate::domain::record::token_uri;
use crate::domain::script::Script;

/// The lives of keys that the ceremony made, or began with.
pub(super) fn lives(script: &Script, entries: &[Entry], record: Digest) -> Vec<Life> {
    let mut lives: BTreeMap<String, Life> = BTreeMap::new();
    let mut hsm: Option<&Hsm> = None;
    for entry in entries {
        match &entry.event {
            Event::Open(open) => {
                hsm = open.token.as_ref();
                let known = open.lifecycle.iter();
                lives.extend(known.map(|life| (life.key.clone(), life.clone())));
            }
            Event::Step(step) => {
                begin(&mut lives, &step.did, hsm, record);
                for life in lives.values_mut() {
                    life.apply(&step.did);
                }
                if let Did::Wrap { key, r#for, .. } = &step.did
                    && let Some(life) = lives.get_mut(key)
                {
                    arrives(script, life, r#for);
                }
            }
            Event::BatchKey(key) => {
                let mut life = Life::begun(&key.key, record, &key.check_values);
                arrives(script, &mut life, &key.r#for);
                lives.insert(key.key.clone(), life);
            }
            Event::Lost(lost) => drop(lives.remove(&lost.key)),
            Event::Handed(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Recovered(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => {}
        }
    }
    lives
        .into_values()
        .map(|life| Life { record, ..life })
        .collect()
}

fn begin(lives: &mut BTreeMap<String, Life>, did: &Did, hsm: Option<&Hsm>, record: Digest) {
    if let Did::Generate {
        key, check_values, ..
    } = did
    {
        lives.insert(key.clone(), Life::begun(key, record, check_values));
    }
    // In an HSM it stays, until it is destroyed there.
    if let Did::Generate { key, token, .. } | Did::Restore { key, token, .. } = did
        && let (Some(hsm), Some(token)) = (hsm, token)
        && let Some(life) = lives.get_mut(key)
    {
        let place = ProviderKey {
            provider: "hsm".to_owned(),
            key_id: Some(token_uri(&hsm.facts.serial, &token.id)),
            standing: life.standing,
            deletion_ends: None,
        };
        life.at.insert(TOKEN.to_owned(), place);
    }
}

/// A key was wrapped for a provider: as far as the record tells, it is about to be there.
fn arrives(script: &Script, life: &mut Life, input: &str) {
    let Some(described) = script.inputs.get(input) else {
        return;
    };
    let place = ProviderKey {
        provider: described.provider.to_string(),
        key_id: described.key_id.as_ref().map(ToString::to_string),
        standing: Standing::default(),
        deletion_ends: None,
    };
    life.at.insert(input.to_owned(), place);
}
