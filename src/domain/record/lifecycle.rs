//! Where a key is in its life, as a record has it, and what became of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::lifecycle::Purpose;
use crate::domain::lifecycle::Standing;
use crate::domain::lifecycle::State;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::record::Replaced;
use crate::domain::record::Typed;
use crate::domain::record::hex;
use crate::domain::record::unhex;
use crate::domain::script;

/// Name of the place that is an HSM.
pub const TOKEN: &str = "token";

/// Where earlier ceremonies left a key in its life.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Life {
    /// Its label.
    pub key: String,
    /// SHA-256 of the sealed record.jsonl that told of it last.
    pub record: Digest,
    /// Its check values.
    pub check_values: BTreeMap<String, String>,
    /// Where the material stands.
    pub standing: Standing,
    /// The provider keys that hold it; `token` is a key in an HSM.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at: BTreeMap<String, ProviderKey>,
    /// Share sets that may still rebuild it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub share_sets: Vec<OpenSet>,
    /// The request for its destruction, where one stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// The version that took its place, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
}

/// A provider key that holds the material.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderKey {
    /// Provider id.
    pub provider: String,
    /// The key at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Where it stands there.
    pub standing: Standing,
    /// When the provider deletes it, where that is scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_ends: Option<Moment>,
}

/// A share set that may still rebuild a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OpenSet {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its epoch.
    pub epoch: u32,
}

/// A request for a destruction.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// The moment before which nothing is destroyed.
    pub not_before: Moment,
    /// Why.
    pub because: String,
    /// What stops working without the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<String>,
    /// Whose data is lost with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<String>,
}

/// A key went to another state. What a provider answered is a human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Moved {
    /// Its label.
    pub key: String,
    /// The state.
    pub to: State,
    /// What it may be used for, where it became active.
    #[serde(default, skip_serializing_if = "Purpose::is_both")]
    pub purpose: Purpose,
    /// The state that the material left; absent where only provider keys moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// The provider keys that moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<MovedAt>,
    /// Why.
    pub because: String,
    /// The day since when somebody may know it, where it is compromised and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Who relies on it and is told that it is compromised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who did it at the provider.
    pub by: String,
    /// Who watched.
    pub seen_by: String,
}

/// A provider key that went to another state.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MovedAt {
    /// Its name.
    pub at: String,
    /// The state that it left.
    pub from: State,
    /// What the provider answered, as somebody told it.
    pub told: String,
}

/// Somebody asked for the destruction of a key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DestroyRequested {
    /// Its label.
    pub key: String,
    /// Why.
    pub because: String,
    /// What stops working without the key.
    pub dependents: Vec<String>,
    /// Whose data is lost with it.
    pub tenants: Vec<String>,
    /// Provider keys whose deletion was scheduled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<Scheduled>,
    /// When it was asked for.
    pub asked_at: Moment,
    /// The moment before which nothing is destroyed.
    pub not_before: Moment,
    /// Who asked for it.
    pub requested_by: String,
    /// Who scheduled it at the provider.
    pub by: String,
    /// Who watched.
    pub seen_by: String,
}

/// A deletion that a provider will do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// Name of the provider key.
    pub at: String,
    /// When the provider deletes it.
    pub ends: Moment,
    /// What the provider answered, as somebody told it.
    pub told: String,
}

/// A destruction that was asked for was called off.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DestroyCancelled {
    /// Its label.
    pub key: String,
    /// Why.
    pub because: String,
    /// Provider keys whose deletion was called off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<Told>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who called it off at the provider.
    pub by: String,
    /// Who watched.
    pub seen_by: String,
}

/// What a provider answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Name of the provider key.
    pub at: String,
    /// What the provider answered, as somebody told it.
    pub told: String,
}

/// Two people typed which key it is that will be destroyed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Identified {
    /// Its label.
    pub key: String,
    /// The check value whose words were typed.
    pub check_value: String,
    /// Who typed which words.
    pub by: Vec<Typed>,
}

/// A provider key was deleted. What the provider answered is a human statement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Closed {
    /// Label of the key.
    pub key: String,
    /// Name of the provider key.
    pub at: String,
    /// The provider's way of deleting.
    pub method: String,
    /// What the provider answered, as somebody told it.
    pub told: String,
    /// Who did it at the provider.
    pub by: String,
    /// Who watched.
    pub seen_by: String,
}

impl Life {
    /// A key that was made just now.
    pub fn begun(key: &str, record: Digest, check_values: &BTreeMap<String, String>) -> Self {
        Self {
            key: key.to_owned(),
            record,
            check_values: check_values.clone(),
            standing: Standing::default(),
            at: BTreeMap::new(),
            share_sets: Vec::new(),
            request: None,
            replaced: None,
        }
    }

    /// The provider keys that a move is about: those it names, or all that are not there yet.
    pub fn concerned(&self, wanted: &script::Move) -> Vec<String> {
        if !wanted.at.is_empty() {
            return wanted.at.iter().map(ToString::to_string).collect();
        }
        let to = wanted.to.value;
        let open = self.at.iter().filter(|(_, at)| {
            at.standing.state != State::Destroyed
                && (at.standing.state != to
                    || at.standing.purpose
                        != wanted.purpose.as_ref().map_or(Purpose::Both, |it| it.value))
        });
        // Provider keys are destroyed one by one, each with what its provider answered.
        open.filter(|_| to != State::Destroyed)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Takes into account what a step did. What the table forbids changes nothing: it is for others to
    /// refuse.
    pub fn apply(&mut self, did: &Did) {
        match did {
            Did::Move(moved) if moved.key == self.key => {
                if moved.from.is_some()
                    && let Ok(next) = self.standing.moved(moved.to, moved.purpose, true)
                {
                    self.standing = next;
                }
                for one in &moved.at {
                    if let Some(at) = self.at.get_mut(&one.at)
                        && let Ok(next) = at.standing.moved(moved.to, moved.purpose, true)
                    {
                        at.standing = next;
                    }
                }
                if self.standing.state == State::Destroyed {
                    self.request = None;
                }
            }
            Did::RequestDestroy(asked) if asked.key == self.key => {
                self.request = Some(asked.request());
                for one in &asked.at {
                    if let Some(at) = self.at.get_mut(&one.at) {
                        at.deletion_ends = Some(one.ends);
                    }
                }
            }
            Did::CancelDestroy(cancelled) if cancelled.key == self.key => {
                self.request = None;
                for at in self.at.values_mut() {
                    at.deletion_ends = None;
                }
            }
            Did::Close(closed) if closed.key == self.key => {
                if let Some(at) = self.at.get_mut(&closed.at) {
                    at.standing.state = State::Destroyed;
                    at.deletion_ends = None;
                }
            }
            Did::Destroy { key, .. } if *key == self.key => {
                if let Some(at) = self.at.get_mut(TOKEN) {
                    at.standing.state = State::Destroyed;
                }
            }
            Did::Retire(retired) if retired.key == self.key && !retired.live => {
                self.share_sets.retain(|set| set.epoch != retired.epoch);
            }
            Did::Split { key, set, .. } | Did::Reshare { key, set, .. } if *key == self.key => {
                self.share_sets.push(OpenSet {
                    id: set.id.clone(),
                    epoch: set.epoch,
                });
            }
            Did::Move(_)
            | Did::RequestDestroy(_)
            | Did::CancelDestroy(_)
            | Did::Close(_)
            | Did::Retire(_)
            | Did::Identify(_)
            | Did::SignIn { .. }
            | Did::SignOut { .. }
            | Did::Environment { .. }
            | Did::Statement { .. }
            | Did::Generate { .. }
            | Did::Split { .. }
            | Did::RestoreTest { .. }
            | Did::Restore { .. }
            | Did::Drill { .. }
            | Did::Reshare { .. }
            | Did::Compare { .. }
            | Did::Approve { .. }
            | Did::Wrap { .. }
            | Did::Batch { .. }
            | Did::Lock { .. }
            | Did::Availability { .. }
            | Did::ReEncrypted { .. }
            | Did::TakeOut { .. }
            | Did::Inspect { .. }
            | Did::HandOver { .. }
            | Did::PutAway { .. }
            | Did::Receipt { .. }
            | Did::Destroy { .. }
            | Did::Declare { .. }
            | Did::Join(_)
            | Did::Acknowledge(_)
            | Did::MovePerson(_)
            | Did::Leave(_)
            | Did::Withdraw(_)
            | Did::AccessReview(_)
            | Did::Reconcile(_)
            | Did::Explain(_)
            | Did::Confirm(_)
            | Did::Exception { .. }
            | Did::Break { .. } => {}
        }
    }

    /// What still holds the key, in words.
    pub fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        for (name, at) in &self.at {
            if at.standing.state != State::Destroyed {
                let place = at.key_id.as_deref().unwrap_or(name);
                open.push(format!("{} key {place}", at.provider));
            }
        }
        for set in &self.share_sets {
            open.push(format!("the shares of epoch {}", set.epoch));
        }
        open
    }
}

impl DestroyRequested {
    /// The request that stands from now on.
    pub fn request(&self) -> Request {
        Request {
            by: self.requested_by.clone(),
            at: self.asked_at,
            not_before: self.not_before,
            because: self.because.clone(),
            dependents: self.dependents.clone(),
            tenants: self.tenants.clone(),
        }
    }
}

/// What a step comes to, before anybody told what a provider answered.
impl Life {
    /// A move.
    pub fn planned(&self, step: &script::Move) -> Moved {
        let at = self.concerned(step);
        Moved {
            key: self.key.clone(),
            to: step.to.value,
            purpose: step.purpose.as_ref().map_or(Purpose::Both, |it| it.value),
            from: step.at.is_empty().then_some(self.standing.state),
            at: at
                .into_iter()
                .filter_map(|name| {
                    let from = self.at.get(&name)?.standing.state;
                    Some(MovedAt {
                        at: name,
                        from,
                        told: String::new(),
                    })
                })
                .collect(),
            because: step.because.to_string(),
            since: step.since.as_ref().map(|day| day.value.0.to_string()),
            notify: step.notify.iter().map(ToString::to_string).collect(),
            requested_by: step.requested_by.to_string(),
            by: step.by.to_string(),
            seen_by: step.seen_by.to_string(),
        }
    }

    /// A request for a destruction, at that moment.
    pub fn asked(
        &self,
        step: &script::RequestDestroy,
        now: Moment,
        policy: &script::Policy,
    ) -> DestroyRequested {
        let texts =
            |lines: &[script::Line]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        let scheduled = step.at.iter().map(|(name, window)| Scheduled {
            at: name.to_string(),
            ends: now.plus_seconds(window.value.seconds),
            told: String::new(),
        });
        DestroyRequested {
            key: self.key.clone(),
            because: step.because.to_string(),
            dependents: texts(&step.dependents),
            tenants: texts(&step.tenants),
            at: scheduled.collect(),
            asked_at: now,
            not_before: now.plus_seconds(policy.cooling_off()),
            requested_by: step.requested_by.to_string(),
            by: step.by.to_string(),
            seen_by: step.seen_by.to_string(),
        }
    }

    /// A destruction that is called off.
    pub fn cancelled(&self, step: &script::CancelDestroy) -> DestroyCancelled {
        let scheduled = self.at.iter().filter(|(_, at)| at.deletion_ends.is_some());
        DestroyCancelled {
            key: self.key.clone(),
            because: step.because.to_string(),
            at: scheduled
                .map(|(name, _)| Told {
                    at: name.clone(),
                    told: String::new(),
                })
                .collect(),
            requested_by: step.requested_by.to_string(),
            by: step.by.to_string(),
            seen_by: step.seen_by.to_string(),
        }
    }

    /// A provider key that is deleted.
    pub fn closed(&self, step: &script::Close) -> Closed {
        Closed {
            key: self.key.clone(),
            at: step.at.to_string(),
            method: step
                .method
                .as_ref()
                .map_or(String::new(), ToString::to_string),
            told: String::new(),
            by: step.by.to_string(),
            seen_by: step.seen_by.to_string(),
        }
    }
}

/// The check value by whose words people tell a key from others, and its bytes: the longest.
pub fn identifying(check_values: &BTreeMap<String, String>) -> Option<(String, Vec<u8>)> {
    let (name, value) = check_values.iter().max_by_key(|(_, value)| value.len())?;
    Some((name.clone(), unhex(&value.to_ascii_lowercase())?))
}

/// How a key in an HSM is named where nothing else knows it: an RFC 7512 URI of the token's serial
/// number and the key's id, which is in hexadecimal.
pub fn token_uri(serial: &str, id: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = "pkcs11:serial=".to_owned();
    for byte in serial.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str(";id=");
    for byte in unhex(id).unwrap_or_default() {
        let _ = write!(uri, "%{byte:02X}");
    }
    uri
}

/// Serial number and id, in hexadecimal, of a key in an HSM, from its PKCS#11 URI.
pub fn in_token(uri: &str) -> Option<(String, String)> {
    let (serial, id) = uri.strip_prefix("pkcs11:serial=")?.split_once(";id=")?;
    let serial = String::from_utf8(percent_decoded(serial)?).ok()?;
    let id = hex(&percent_decoded(id)?);
    // There is one writing of it.
    (!id.is_empty() && token_uri(&serial, &id) == uri).then_some((serial, id))
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            let pair = std::str::from_utf8(&pair).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}
