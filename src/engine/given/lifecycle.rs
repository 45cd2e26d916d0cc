//! Where a ceremony left keys in their lives.

use std::collections::BTreeMap;

use crate::domain::lifecycle::Standing;
use crate::domain::lifecycle::State;
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
    let mut brought = Brought::new();
    for entry in entries {
        match &entry.event {
            Event::Open(open) => {
                hsm = open.token.as_ref();
                let known = open.lifecycle.iter();
                lives.extend(known.map(|life| (life.key.clone(), life.clone())));
            }
            Event::Step(step) => {
                begin(&mut lives, &mut brought, &step.did, hsm, record);
                if let Did::Destroy { key, .. } = &step.did
                    && let Some(name) = brought.remove(key)
                    && let Some(life) = lives.get_mut(key)
                {
                    // It came and went beside the copy that stays.
                    life.at.remove(&name);
                } else {
                    for life in lives.values_mut() {
                        life.apply(&step.did);
                    }
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

/// Keys that a ceremony brought back into an HSM beside a copy that is in one already, and the name of
/// the place.
type Brought = BTreeMap<String, String>;

fn begin(
    lives: &mut BTreeMap<String, Life>,
    brought: &mut Brought,
    did: &Did,
    hsm: Option<&Hsm>,
    record: Digest,
) {
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
        let free = |name: &String| {
            let known = life.at.get(name);
            known
                .is_none_or(|it| it.standing.state == State::Destroyed || it.key_id == place.key_id)
        };
        let numbered = (2u32..).map(|number| format!("{TOKEN}-{number}"));
        let mut names = std::iter::once(TOKEN.to_owned()).chain(numbered);
        if let Some(name) = names.find(free) {
            if name != TOKEN {
                brought.insert(key.clone(), name.clone());
            }
            life.at.insert(name, place);
        }
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
    // Material that comes once more to where it was changes nothing of how that key stands.
    let again = life.at.get(input).is_some_and(|known| {
        known.standing.state != State::Destroyed
            && known.provider == place.provider
            && known.key_id == place.key_id
    });
    if !again {
        life.at.insert(input.to_owned(), place);
    }
}
