//! The steps of a script.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde::de::IntoDeserializer as _;

use crate::domain::script::Drill;
use crate::domain::script::Reshare;
use crate::domain::script::Retire;
use crate::domain::script::Role;
use crate::domain::script::confirm::Confirm;
use crate::domain::script::counted::Counted;
use crate::domain::script::declare::Declare;
use crate::domain::script::form::At;
use crate::domain::script::form::Id;
use crate::domain::script::form::Line;
use crate::domain::script::form::Prose;
use crate::domain::script::form::ReadBy;
use crate::domain::script::form::Span;
use crate::domain::script::ledger::GiveReceipt;
use crate::domain::script::ledger::HandOver;
use crate::domain::script::ledger::Inspect;
use crate::domain::script::ledger::PutAway;
use crate::domain::script::ledger::TakeOut;
use crate::domain::script::lifecycle::CancelDestroy;
use crate::domain::script::lifecycle::Close;
use crate::domain::script::lifecycle::Identify;
use crate::domain::script::lifecycle::Move;
use crate::domain::script::lifecycle::RequestDestroy;
use crate::domain::script::people::AccessReview;
use crate::domain::script::people::Acknowledge;
use crate::domain::script::people::Join;
use crate::domain::script::people::Leave;
use crate::domain::script::people::MovePerson;
use crate::domain::script::people::Withdraw;
use crate::domain::script::receives::Deliver;
use crate::domain::script::reconcile::Explain;
use crate::domain::script::reconcile::Reconcile;
use crate::domain::script::rotation::ReEncrypted;

/// One thing that is done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Step {
    /// People come into the room.
    SignIn(Vec<At<Id>>),
    /// People leave the room.
    SignOut(Vec<At<Id>>),
    /// The machine is looked at.
    Environment(Environment),
    /// A text is read aloud and answered.
    Statement(Statement),
    /// A key is made.
    Generate(At<Id>),
    /// A key is split among custodians.
    Split(Split),
    /// Custodians' shares rebuild the key, to see that they do.
    RestoreTest(RestoreTest),
    /// Custodians' shares bring back a key of an earlier ceremony.
    Restore(Restore),
    /// Custodians prove that they have their shares.
    Drill(Drill),
    /// New shares of a key of an earlier ceremony are dealt and proved.
    Reshare(Reshare),
    /// What became of old shares is recorded.
    Retire(Retire),
    /// The fingerprint of a wrapping key is read aloud; two people type different words of it.
    Compare(Compare),
    /// Somebody signs what comes next.
    Approve(Approve),
    /// A key is wrapped for a provider.
    Wrap(Wrap),
    /// Keys of a list are made and wrapped, one after the other.
    Batch(MakeBatch),
    /// Nothing can take the key out of the HSM any more.
    Lock(At<Id>),
    /// The way from a provider to a key is taken away and brought back.
    Availability(Availability),
    /// Somebody signs off that nothing of a dependent needs an older version any more.
    ReEncrypted(ReEncrypted),
    /// A key that no ceremony makes, as people see it at its provider.
    Declare(Declare),
    /// A thing is taken out of its place.
    TakeOut(TakeOut),
    /// A bag is looked at before it is opened.
    Inspect(Inspect),
    /// A thing goes into somebody else's keeping.
    HandOver(HandOver),
    /// A thing is sealed in a bag and put into a place.
    PutAway(PutAway),
    /// Custodians get in writing which share they hold.
    Receipt(GiveReceipt),
    /// Somebody joins.
    Join(Join),
    /// People acknowledge their duties.
    Acknowledge(Acknowledge),
    /// Somebody goes to another site, manager or role.
    MovePerson(MovePerson),
    /// Somebody leaves.
    Leave(Leave),
    /// Somebody can not get at something any more.
    Withdraw(Withdraw),
    /// What a provider says of who can get at a key is read.
    AccessReview(AccessReview),
    /// What a provider's log tells, held against the register, is recorded.
    Reconcile(Reconcile),
    /// Somebody says what is behind a finding.
    Explain(Explain),
    /// What a provider answered is held against what an earlier ceremony recorded.
    Confirm(Confirm),
    /// A key is destroyed.
    Destroy(Destroy),
    /// A key goes to another state.
    Move(Move),
    /// Somebody asks for the destruction of a key.
    RequestDestroy(RequestDestroy),
    /// A destruction that was asked for is called off.
    CancelDestroy(CancelDestroy),
    /// Two people type which key it is that will be destroyed.
    Identify(Identify),
    /// A provider key is deleted.
    Close(Close),
    /// Somebody is asked whether anything went otherwise than written.
    Exception(Asked),
    /// A pause.
    Break(Pause),
    /// The record is closed; everybody signs.
    Seal,
}

/// The YAML reader would let a step without its value take the next list item for it: `- generate`
/// and then `- payments`. So the two forms of a step are told apart here.
impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Step;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a step")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Step, E> {
                let step: Result<Step, E> = Step::deserialize(word.into_deserializer());
                match step {
                    Err(_) if Step::NAMES.contains(&word) => Err(E::custom(format!(
                        "the step `{word}` does not say more: `- {word}: …`"
                    ))),
                    Ok(_) | Err(_) => step,
                }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Step, A::Error> {
                let step = Step::deserialize(de::value::MapAccessDeserializer::new(&mut map))?;
                if let Step::Seal = step {
                    return Err(de::Error::custom(
                        "the seal takes nothing: write `- seal` alone",
                    ));
                }
                if map.next_key::<de::IgnoredAny>()?.is_some() {
                    return Err(de::Error::custom(
                        "a second step begins in the same list item; begin each with `- `",
                    ));
                }
                Ok(step)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// What the machine must be like.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Environment {
    /// No network interface is up and no route leads out.
    pub network: Option<Off>,
    /// No swap space is in use.
    pub swap: Option<Off>,
    /// This process leaves no core dump.
    pub core_dumps: Option<Off>,
    /// Nobody works at the machine from elsewhere.
    pub remote: Option<Off>,
    /// No program stands between terminal and keyrite that could keep what is shown.
    pub recorder: Option<Off>,
    /// Somebody reads a clock of his own, as `read-by eli`.
    pub clock: Option<At<ReadBy>>,
}

/// The only answer to a question about the machine.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Off {
    /// Switched off.
    Off,
}

/// A text to be read aloud and answered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The text.
    pub text: Prose,
    /// Who answers.
    pub by: Vec<At<Id>>,
    /// How much keys were used: who answers answers for it.
    #[serde(default)]
    pub counts: Vec<At<Counted>>,
}

/// Splits a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Label of the key.
    pub key: At<Id>,
    /// How many shares rebuild it.
    pub threshold: At<u8>,
    /// Who receives a share: a role, or a list of people.
    pub among: Among,
    /// How each share reaches its custodian; `age-file` if absent.
    pub deliver: Option<At<Deliver>>,
    /// Into what; `shares` if absent.
    pub into: Option<At<Parts>>,
}

/// What a key can be split into.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Parts {
    /// Shares, some of which rebuild the key.
    Shares,
    /// XOR components as long as the key, all of which are needed.
    Components,
}

impl Split {
    /// Into what.
    pub fn parts(&self) -> Parts {
        self.into.as_ref().map_or(Parts::Shares, |it| it.value)
    }

    /// How each share reaches its custodian.
    pub fn delivers(&self) -> Deliver {
        self.deliver
            .as_ref()
            .map_or(Deliver::AgeFile, |it| it.value)
    }
}

/// Who receives shares.
#[derive(Clone, Debug)]
pub enum Among {
    /// Everybody in a role.
    Role(Role),
    /// These people.
    People(Vec<At<Id>>),
}

impl<'de> Deserialize<'de> for Among {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Among;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`custodians`, or a list of people")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Among, E> {
                if text == Role::Custodians.name() {
                    Ok(Among::Role(Role::Custodians))
                } else {
                    Err(E::custom(
                        "expected `custodians`, or a list of people in brackets",
                    ))
                }
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Among, A::Error> {
                let mut people = Vec::new();
                while let Some(person) = seq.next_element()? {
                    people.push(person);
                }
                Ok(Among::People(people))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Among {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Among".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let people = <Vec<At<Id>>>::json_schema(generator);
        json_schema!({"anyOf": [{"const": "custodians"}, people]})
    }
}

/// Rebuilds a key from shares and compares.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreTest {
    /// Label of the key.
    pub key: At<Id>,
    /// Whose shares.
    pub with: Vec<At<Id>>,
}

/// Brings back a key of an earlier ceremony.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Label of the key, described under `given`.
    pub key: At<Id>,
    /// Whose shares.
    pub with: Vec<At<Id>>,
}

/// Exercises what happens when a provider cannot reach a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Availability {
    /// Label of the key, described under `external`.
    pub key: At<Id>,
    /// Who does it and tells what happened.
    pub by: At<Id>,
    /// Who watches.
    pub seen_by: Option<At<Id>>,
}

/// Compares the fingerprint of a wrapping key over another channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Compare {
    /// The input whose wrapping key it is.
    pub wrapping_key: At<Id>,
    /// How the fingerprint is heard, as `phone`.
    pub channel: Line,
    /// The two people who type what they hear.
    pub by: Vec<At<Id>>,
    /// Who watches.
    pub seen_by: Option<At<Id>>,
}

/// Asks for a signature on what comes next.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Approve {
    /// Who signs.
    pub by: At<Id>,
    /// `import` covers the wraps that follow, `destroy` the destructions, `move` the moves to other states.
    pub what: What,
    /// How long the approval holds; 24 hours if absent.
    pub valid_for: Option<Span>,
}

/// What can be approved.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum What {
    /// The wraps that follow.
    Import,
    /// The destructions that follow, and requests for them.
    Destroy,
    /// The moves to other states that follow.
    Move,
}

impl What {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Destroy => "destroy",
            Self::Move => "move",
        }
    }
}

/// Wraps a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wrap {
    /// Label of the key.
    pub key: At<Id>,
    /// The input.
    pub r#for: At<Id>,
}

/// Makes and wraps every key of a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeBatch {
    /// The list, by its name under `batches`.
    pub keys: At<Id>,
    /// The input.
    pub r#for: At<Id>,
}

/// Destroys a key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destroy {
    /// Label of the key.
    pub key: At<Id>,
    /// Where it is destroyed.
    pub r#where: Where,
}

/// Where a key can be destroyed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Where {
    /// In the token of this ceremony.
    Token,
}

/// Somebody is asked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Who answers.
    pub by: At<Id>,
}

/// A pause.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// How long it should last.
    pub r#for: Span,
}

impl Step {
    /// Every word for a step.
    const NAMES: [&'static str; 42] = [
        "sign-in",
        "sign-out",
        "environment",
        "statement",
        "generate",
        "split",
        "restore-test",
        "restore",
        "drill",
        "reshare",
        "retire",
        "compare",
        "approve",
        "wrap",
        "batch",
        "lock",
        "availability",
        "re-encrypted",
        "declare",
        "take-out",
        "inspect",
        "hand-over",
        "put-away",
        "receipt",
        "join",
        "acknowledge",
        "move-person",
        "leave",
        "withdraw",
        "access-review",
        "reconcile",
        "explain",
        "confirm",
        "destroy",
        "move",
        "request-destroy",
        "cancel-destroy",
        "identify",
        "close",
        "exception",
        "break",
        "seal",
    ];

    /// The word in the script.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SignIn(_) => "sign-in",
            Self::SignOut(_) => "sign-out",
            Self::Environment(_) => "environment",
            Self::Statement(_) => "statement",
            Self::Generate(_) => "generate",
            Self::Split(_) => "split",
            Self::RestoreTest(_) => "restore-test",
            Self::Restore(_) => "restore",
            Self::Drill(_) => "drill",
            Self::Reshare(_) => "reshare",
            Self::Retire(_) => "retire",
            Self::Compare(_) => "compare",
            Self::Approve(_) => "approve",
            Self::Wrap(_) => "wrap",
            Self::Batch(_) => "batch",
            Self::Lock(_) => "lock",
            Self::Availability(_) => "availability",
            Self::ReEncrypted(_) => "re-encrypted",
            Self::Declare(_) => "declare",
            Self::TakeOut(_) => "take-out",
            Self::Inspect(_) => "inspect",
            Self::HandOver(_) => "hand-over",
            Self::PutAway(_) => "put-away",
            Self::Receipt(_) => "receipt",
            Self::Join(_) => "join",
            Self::Acknowledge(_) => "acknowledge",
            Self::MovePerson(_) => "move-person",
            Self::Leave(_) => "leave",
            Self::Withdraw(_) => "withdraw",
            Self::AccessReview(_) => "access-review",
            Self::Reconcile(_) => "reconcile",
            Self::Explain(_) => "explain",
            Self::Confirm(_) => "confirm",
            Self::Destroy(_) => "destroy",
            Self::Move(_) => "move",
            Self::RequestDestroy(_) => "request-destroy",
            Self::CancelDestroy(_) => "cancel-destroy",
            Self::Identify(_) => "identify",
            Self::Close(_) => "close",
            Self::Exception(_) => "exception",
            Self::Break(_) => "break",
            Self::Seal => "seal",
        }
    }
}

impl Step {
    /// The label of the key that is made, brought back, split, rebuilt, wrapped, locked, exercised,
    /// declared, receipted or destroyed, or whose shares are asked for.
    pub const fn key(&self) -> Option<&At<Id>> {
        match self {
            Self::Generate(key) | Self::Lock(key) => Some(key),
            Self::Split(split) => Some(&split.key),
            Self::RestoreTest(test) => Some(&test.key),
            Self::Restore(restore) => Some(&restore.key),
            Self::Drill(drill) => Some(&drill.key),
            Self::Reshare(reshare) => Some(&reshare.key),
            Self::Retire(retire) => Some(&retire.key),
            Self::Availability(exercise) => Some(&exercise.key),
            Self::Declare(step) => Some(&step.key),
            Self::Confirm(step) => Some(&step.key),
            Self::Receipt(receipt) => Some(&receipt.key),
            Self::Wrap(wrap) => Some(&wrap.key),
            Self::Destroy(destroy) => Some(&destroy.key),
            Self::Move(step) => Some(&step.key),
            Self::RequestDestroy(step) => Some(&step.key),
            Self::CancelDestroy(step) => Some(&step.key),
            Self::Identify(step) => Some(&step.key),
            Self::Close(step) => Some(&step.key),
            Self::SignIn(_)
            | Self::SignOut(_)
            | Self::ReEncrypted(_)
            | Self::Environment(_)
            | Self::Statement(_)
            | Self::Compare(_)
            | Self::Approve(_)
            | Self::Batch(_)
            | Self::TakeOut(_)
            | Self::Inspect(_)
            | Self::HandOver(_)
            | Self::PutAway(_)
            | Self::Join(_)
            | Self::Acknowledge(_)
            | Self::MovePerson(_)
            | Self::Leave(_)
            | Self::Withdraw(_)
            | Self::AccessReview(_)
            | Self::Reconcile(_)
            | Self::Explain(_)
            | Self::Exception(_)
            | Self::Break(_)
            | Self::Seal => None,
        }
    }

    /// The input whose wrapping key is compared or used.
    pub const fn input(&self) -> Option<&At<Id>> {
        match self {
            Self::Compare(compare) => Some(&compare.wrapping_key),
            Self::Wrap(wrap) => Some(&wrap.r#for),
            Self::Batch(batch) => Some(&batch.r#for),
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
            | Self::Approve(_)
            | Self::Lock(_)
            | Self::Availability(_)
            | Self::ReEncrypted(_)
            | Self::Declare(_)
            | Self::TakeOut(_)
            | Self::Inspect(_)
            | Self::HandOver(_)
            | Self::PutAway(_)
            | Self::Receipt(_)
            | Self::Join(_)
            | Self::Acknowledge(_)
            | Self::MovePerson(_)
            | Self::Leave(_)
            | Self::Withdraw(_)
            | Self::AccessReview(_)
            | Self::Reconcile(_)
            | Self::Explain(_)
            | Self::Confirm(_)
            | Self::Destroy(_)
            | Self::Move(_)
            | Self::RequestDestroy(_)
            | Self::CancelDestroy(_)
            | Self::Identify(_)
            | Self::Close(_)
            | Self::Exception(_)
            | Self::Break(_)
            | Self::Seal => None,
        }
    }
}
