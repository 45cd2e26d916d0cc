//! Where earlier ceremonies left keys in their lives, and the steps that move them on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;

use crate::domain::lifecycle::Purpose;
use crate::domain::lifecycle::Standing;
use crate::domain::lifecycle::State;
use crate::domain::record;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::script::Kind;
use crate::domain::script::Policy;
use crate::domain::script::Replaced;
use crate::domain::script::Script;
use crate::domain::script::form::At;
use crate::domain::script::form::CheckName;
use crate::domain::script::form::CheckText;
use crate::domain::script::form::Day;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::form::SetName;
use crate::domain::script::form::Span;
use crate::domain::script::step::Step;

/// Where earlier ceremonies left a key in its life.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Life {
    /// SHA-256 of the sealed record.jsonl that told of it last.
    pub record: At<Digest>,
    /// Check values of the key.
    pub check_values: At<BTreeMap<CheckName, CheckText>>,
    /// Its state.
    pub state: At<State>,
    /// What it may be used for while it is active; `both` if absent.
    #[serde(default)]
    pub purpose: Purpose,
    /// Whether it was found after its destruction that somebody may know it.
    #[serde(default)]
    pub compromised_after_destruction: bool,
    /// The provider keys that hold it, by the names of their inputs; `token` is a key in an HSM.
    #[serde(default)]
    pub at: BTreeMap<Id, At<ProviderKey>>,
    /// Share sets that may still rebuild it.
    #[serde(default)]
    pub share_sets: Vec<At<OpenSet>>,
    /// The request for its destruction, where one stands.
    pub request: Option<At<Request>>,
    /// The version that took its place, where one did.
    pub replaced: Option<At<Replaced>>,
}

/// A provider key that holds the material.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderKey {
    /// Provider id, as `aws-kms`; `hsm` for a key in an HSM.
    pub provider: Id,
    /// The key at the provider; its PKCS#11 URI in an HSM.
    pub key_id: Option<Line>,
    /// Its state.
    pub state: State,
    /// What it may be used for while it is active; `both` if absent.
    #[serde(default)]
    pub purpose: Purpose,
    /// When the provider deletes it, where that is scheduled.
    pub deletion_ends: Option<Moment>,
}

/// A share set that may still rebuild a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSet {
    /// Its id.
    pub id: SetName,
    /// Its epoch.
    pub epoch: u32,
}

/// A request for a destruction, of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// Who asked for it.
    pub by: Id,
    /// When.
    pub at: Moment,
    /// The moment before which nothing is destroyed.
    pub not_before: Moment,
    /// Why.
    pub because: Line,
    /// What stops working without the key.
    #[serde(default)]
    pub dependents: Vec<Line>,
    /// Whose data is lost with it.
    #[serde(default)]
    pub tenants: Vec<Line>,
}

/// Moves a key to another state.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Move {
    /// Label of the key, described under `lifecycle`.
    pub key: At<Id>,
    /// The state.
    pub to: At<State>,
    /// What it may be used for from now on; only where it becomes active, `both` if absent.
    pub purpose: Option<At<Purpose>>,
    /// Why.
    pub because: Line,
    /// The day since when somebody may know it; only of a key that is compromised, not known if absent.
    pub since: Option<At<Day>>,
    /// Who relies on the key and is told that it is compromised; only of such a key.
    #[serde(default)]
    pub notify: Vec<At<Line>>,
    /// Only these of its provider keys; the key itself and all of them if absent.
    #[serde(default)]
    pub at: Vec<At<Id>>,
    /// Who asked for it.
    pub requested_by: At<Id>,
    /// Who does it at the provider.
    pub by: At<Id>,
    /// Who watches.
    pub seen_by: At<Id>,
}

/// Asks for the destruction of a key: from now on time runs in which it can be called off.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequestDestroy {
    /// Label of the key, described under `lifecycle`.
    pub key: At<Id>,
    /// Why.
    pub because: Line,
    /// What stops working without the key; `[]` if nothing does.
    pub dependents: Vec<Line>,
    /// Whose data is lost with it; `[]` if nobody's.
    pub tenants: Vec<Line>,
    /// Provider keys whose deletion is scheduled now, and how long the provider waits.
    #[serde(default)]
    pub at: BTreeMap<Id, At<Span>>,
    /// Who asks for it.
    pub requested_by: At<Id>,
    /// Who schedules it at the provider.
    pub by: At<Id>,
    /// Who watches.
    pub seen_by: At<Id>,
}

/// Calls off a destruction that was asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CancelDestroy {
    /// Label of the key, described under `lifecycle`.
    pub key: At<Id>,
    /// Why.
    pub because: Line,
    /// Who asks for it.
    pub requested_by: At<Id>,
    /// Who calls it off at the provider.
    pub by: At<Id>,
    /// Who watches.
    pub seen_by: At<Id>,
}

/// Two people type the name of the key that is to be destroyed, and words of its fingerprint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identify {
    /// Label of the key, described under `lifecycle`.
    pub key: At<Id>,
    /// The two.
    pub by: Vec<At<Id>>,
}

/// A provider key is deleted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Close {
    /// Label of the key, described under `lifecycle`.
    pub key: At<Id>,
    /// The provider key.
    pub at: At<Id>,
    /// The provider's way of deleting; its usual one if absent.
    pub method: Option<At<Id>>,
    /// Who does it at the provider.
    pub by: At<Id>,
    /// Who watches.
    pub seen_by: At<Id>,
}

impl Life {
    /// Where the key stands.
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state.value,
            purpose: self.purpose,
            compromised_after_destruction: self.compromised_after_destruction,
        }
    }

    /// As the first entry of a record has it.
    pub fn recorded(&self, key: &str) -> record::Life {
        record::Life {
            key: key.to_owned(),
            record: self.record.value,
            check_values: self
                .check_values
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            standing: self.standing(),
            at: self
                .at
                .iter()
                .map(|(name, at)| (name.to_string(), at.recorded()))
                .collect(),
            share_sets: self
                .share_sets
                .iter()
                .map(|set| record::OpenSet {
                    id: set.id.to_string(),
                    epoch: set.epoch,
                })
                .collect(),
            request: self.request.as_ref().map(|request| request.recorded()),
            replaced: self.replaced.as_ref().map(|newer| newer.recorded()),
        }
    }
}

impl ProviderKey {
    fn recorded(&self) -> record::ProviderKey {
        record::ProviderKey {
            provider: self.provider.to_string(),
            key_id: self.key_id.as_ref().map(ToString::to_string),
            standing: Standing {
                state: self.state,
                purpose: self.purpose,
                compromised_after_destruction: false,
            },
            deletion_ends: self.deletion_ends,
        }
    }
}

impl Request {
    fn recorded(&self) -> record::Request {
        let texts = |lines: &[Line]| lines.iter().map(ToString::to_string).collect();
        record::Request {
            by: self.by.to_string(),
            at: self.at,
            not_before: self.not_before,
            because: self.because.to_string(),
            dependents: texts(&self.dependents),
            tenants: texts(&self.tenants),
        }
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"})
    }
}

impl Step {
    /// Whether it is part of a destruction that has to be approved.
    pub fn destroys(&self) -> bool {
        matches!(
            self,
            Self::Destroy(_) | Self::RequestDestroy(_) | Self::Close(_)
        ) || matches!(self, Self::Move(step) if step.to.value == State::Destroyed)
    }

    /// Whether it moves a key to another state that can be left again, or calls its destruction off.
    pub fn moves(&self) -> bool {
        matches!(self, Self::CancelDestroy(_))
            || matches!(self, Self::Move(step) if step.to.value != State::Destroyed)
    }

    /// Whether it is about the life of a key that is described under `lifecycle`.
    pub fn is_of_a_life(&self) -> bool {
        self.moves()
            || matches!(
                self,
                Self::Move(_) | Self::RequestDestroy(_) | Self::Identify(_) | Self::Close(_)
            )
    }
}

impl Policy {
    /// Seconds after a request before which nothing is destroyed: 7 days, the shortest window of
    /// AWS KMS, where nothing is said.
    pub fn cooling_off(&self) -> i64 {
        const DEFAULT: i64 = 7 * 86_400;
        self.cooling_off.map_or(DEFAULT, |span| span.seconds)
    }
}

impl Step {
    /// Who asks, does and watches, of a step about the life of a key.
    pub fn people_of_a_life(&self) -> Vec<&str> {
        let all: Vec<&At<Id>> = match self {
            Self::Move(step) => vec![&step.requested_by, &step.by, &step.seen_by],
            Self::RequestDestroy(step) => vec![&step.requested_by, &step.by, &step.seen_by],
            Self::CancelDestroy(step) => vec![&step.requested_by, &step.by, &step.seen_by],
            Self::Identify(step) => step.by.iter().collect(),
            Self::Close(step) => vec![&step.by, &step.seen_by],
            Self::SignIn(_)
            | Self::SignOut(_)
            | Self::Environment(_)
            | Self::Statement(_)
            | Self::Generate(_)
            | Self::Split(_)
            | Self::RestoreTest(_)
            | Self::Restore(_)
            | Self::Drill(_)
            | Self::Reshare(_)
            | Self::Retire(_)
            | Self::Compare(_)
            | Self::Approve(_)
            | Self::Wrap(_)
            | Self::Batch(_)
            | Self::Declare(_)
            | Self::Join(_)
            | Self::Acknowledge(_)
            | Self::MovePerson(_)
            | Self::Leave(_)
            | Self::Withdraw(_)
            | Self::AccessReview(_)
            | Self::Reconcile(_)
            | Self::Explain(_)
            | Self::Confirm(_)
            | Self::Lock(_)
            | Self::Availability(_)
            | Self::ReEncrypted(_)
            | Self::TakeOut(_)
            | Self::Inspect(_)
            | Self::HandOver(_)
            | Self::PutAway(_)
            | Self::Receipt(_)
            | Self::Destroy(_)
            | Self::Exception(_)
            | Self::Break(_)
            | Self::Seal => Vec::new(),
        };
        all.into_iter().map(|id| id.as_str()).collect()
    }
}

impl Script {
    /// Where earlier ceremonies left keys in their lives, as the first entry of a record has it.
    pub fn lives(&self) -> Vec<record::Life> {
        let all = self.lifecycle.iter();
        all.map(|(label, life)| life.recorded(label.as_str()))
            .collect()
    }

    /// Keys that an earlier ceremony left in the HSM and that a step destroys there, each with its id
    /// in hexadecimal.
    pub fn left_in_token(&self) -> BTreeMap<&str, String> {
        let destroys = self.kind.value == Kind::Destroy;
        let steps = self.steps.iter().filter(|_| destroys);
        steps
            .filter_map(|step| {
                let Step::Destroy(destroy) = &step.value else {
                    return None;
                };
                let label = destroy.key.as_str();
                let at = self.lifecycle.get(label)?.at.get(record::TOKEN)?;
                let (_, id) = record::in_token(at.key_id.as_ref()?.as_str())?;
                Some((label, id))
            })
            .collect()
    }
}
