//! The script: what a YAML file says, in checked forms.
//!
//! These types are the parser and the JSON Schema at once, so that the two cannot differ in
//! shape. References between parts (a step naming a key, say) are followed in
//! [`crate::domain::room`].

mod confirm;
mod counted;
mod custody;
mod declare;
mod external;
mod form;
mod given;
mod hours;
mod ledger;
mod lifecycle;
mod named;
mod people;
mod policy;
mod receives;
mod reconcile;
mod rotation;
mod step;
mod timetable;
mod token;
mod usage;

pub use crate::domain::script::confirm::Confirm;
pub use crate::domain::script::confirm::Sent;
pub use crate::domain::script::confirm::Wrapped;
pub use crate::domain::script::counted::Counted;
pub use crate::domain::script::custody::BackupCopy;
pub use crate::domain::script::custody::Drill;
pub use crate::domain::script::custody::Reshare;
pub use crate::domain::script::custody::Retire;
pub use crate::domain::script::declare::Declare;
pub use crate::domain::script::declare::Regions;
pub use crate::domain::script::external::External;
pub use crate::domain::script::form::At;
pub use crate::domain::script::form::CheckName;
pub use crate::domain::script::form::CheckText;
pub use crate::domain::script::form::Count;
pub use crate::domain::script::form::Country;
pub use crate::domain::script::form::Day;
pub use crate::domain::script::form::Id;
pub use crate::domain::script::form::KeyLine;
pub use crate::domain::script::form::Line;
pub use crate::domain::script::form::OrganisationPath;
pub use crate::domain::script::form::Place;
pub use crate::domain::script::form::Prose;
pub use crate::domain::script::form::ReadBy;
pub use crate::domain::script::form::RelativePath;
pub use crate::domain::script::form::SetName;
pub use crate::domain::script::form::Span;
pub use crate::domain::script::given::Given;
pub use crate::domain::script::given::GivenBackup;
pub use crate::domain::script::given::GivenMode;
pub use crate::domain::script::given::GivenSet;
pub use crate::domain::script::given::GivenShare;
pub use crate::domain::script::given::OlderSet;
pub use crate::domain::script::given::SubjectWord;
pub use crate::domain::script::hours::OfficeHours;
pub use crate::domain::script::ledger::GiveReceipt;
pub use crate::domain::script::ledger::HandOver;
pub use crate::domain::script::ledger::Inspect;
pub use crate::domain::script::ledger::Item;
pub use crate::domain::script::ledger::OnItem;
pub use crate::domain::script::ledger::PutAway;
pub use crate::domain::script::ledger::TakeOut;
pub use crate::domain::script::ledger::Thing;
pub use crate::domain::script::lifecycle::CancelDestroy;
pub use crate::domain::script::lifecycle::Close;
pub use crate::domain::script::lifecycle::Identify;
pub use crate::domain::script::lifecycle::Life;
pub use crate::domain::script::lifecycle::Move;
pub use crate::domain::script::lifecycle::OpenSet;
pub use crate::domain::script::lifecycle::ProviderKey;
pub use crate::domain::script::lifecycle::Request;
pub use crate::domain::script::lifecycle::RequestDestroy;
pub use crate::domain::script::people::AccessReview;
pub use crate::domain::script::people::Acknowledge;
pub use crate::domain::script::people::Join;
pub use crate::domain::script::people::Leave;
pub use crate::domain::script::people::MovePerson;
pub use crate::domain::script::people::Opens;
pub use crate::domain::script::people::Withdraw;
pub use crate::domain::script::policy::LATER_PRESETS;
pub use crate::domain::script::policy::PRESETS;
pub use crate::domain::script::policy::Policy;
pub use crate::domain::script::policy::Preset;
pub use crate::domain::script::receives::Deliver;
pub use crate::domain::script::receives::Receives;
pub use crate::domain::script::reconcile::Explain;
pub use crate::domain::script::reconcile::Reconcile;
pub use crate::domain::script::rotation::Dependent;
pub use crate::domain::script::rotation::HeldLogs;
pub use crate::domain::script::rotation::Logs;
pub use crate::domain::script::rotation::Method;
pub use crate::domain::script::rotation::Needing;
pub use crate::domain::script::rotation::ReEncrypted;
pub use crate::domain::script::rotation::Replaced;
pub use crate::domain::script::rotation::Version as OlderVersion;
pub use crate::domain::script::step::Among;
pub use crate::domain::script::step::Approve;
pub use crate::domain::script::step::Asked;
pub use crate::domain::script::step::Availability;
pub use crate::domain::script::step::Compare;
pub use crate::domain::script::step::Destroy;
pub use crate::domain::script::step::Environment;
pub use crate::domain::script::step::MakeBatch;
pub use crate::domain::script::step::Off;
pub use crate::domain::script::step::Parts;
pub use crate::domain::script::step::Pause;
pub use crate::domain::script::step::Restore;
pub use crate::domain::script::step::RestoreTest;
pub use crate::domain::script::step::Split;
pub use crate::domain::script::step::Statement;
pub use crate::domain::script::step::Step;
pub use crate::domain::script::step::What;
pub use crate::domain::script::step::Where;
pub use crate::domain::script::step::Wrap;
pub use crate::domain::script::timetable::StartsAt;
pub use crate::domain::script::timetable::Takes;
pub use crate::domain::script::timetable::Timetable;
pub use crate::domain::script::token::Certificate;
pub use crate::domain::script::token::Core;
pub use crate::domain::script::token::Token;
pub use crate::domain::script::usage::Usage;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde::de::IntoDeserializer as _;

use crate::domain::algorithm::KeyType;
use crate::domain::organisation::Within;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::namespace;

/// A key ceremony, from first to last step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "keyrite ceremony script")]
pub struct Script {
    /// Version of this format.
    pub schema: Version,
    /// Name of the ceremony; used in file names.
    pub ceremony: At<Id>,
    /// What the ceremony is for, in one line.
    pub title: Line,
    /// Kind of ceremony.
    pub kind: At<Kind>,
    /// `practice` or `production`.
    pub mode: At<ScriptMode>,
    /// The signed file that has lasting ids of people, standing roles, policy and machines.
    pub organisation: Option<At<OrganisationPath>>,
    /// Who takes part, by a short name. Whom the organisation file describes needs no entry.
    #[serde(default)]
    pub people: BTreeMap<Id, At<Person>>,
    /// Who does what.
    pub roles: Roles,
    /// SHA-256 of the program that runs it.
    pub tool_sha256: Option<At<Digest>>,
    /// UUID of the file system on the medium that the record is written to.
    pub record_medium: Option<At<Line>>,
    /// Where keys live.
    pub token: At<Token>,
    /// The keys, by label.
    #[serde(default)]
    pub keys: BTreeMap<Id, At<Key>>,
    /// Lists of keys of one kind, by a short name.
    #[serde(default)]
    pub batches: BTreeMap<Id, At<Batch>>,
    /// Import parameters, by a short name.
    #[serde(default)]
    pub inputs: BTreeMap<Id, At<Input>>,
    /// Keys that earlier ceremonies left in shares, by label.
    #[serde(default)]
    pub given: BTreeMap<Id, At<Given>>,
    /// Older versions of keys, which earlier ceremonies made, by label.
    #[serde(default)]
    pub versions: BTreeMap<Id, At<OlderVersion>>,
    /// Where earlier ceremonies left keys in their lives, by label.
    #[serde(default)]
    pub lifecycle: BTreeMap<Id, At<Life>>,
    /// What earlier ceremonies wrapped for providers, by label.
    #[serde(default)]
    pub wrapped: BTreeMap<Id, At<Wrapped>>,
    /// Keys that stay in the HSM, and what the provider calls them, by label.
    #[serde(default)]
    pub external: BTreeMap<Id, At<External>>,
    /// Things that custodians keep, by a short name.
    #[serde(default)]
    pub items: BTreeMap<Id, At<Item>>,
    /// What this organisation demands beyond the rules of the program.
    #[serde(default)]
    pub policy: Policy,
    /// Findings that somebody answers for.
    #[serde(default)]
    pub waivers: Vec<At<Waiver>>,
    /// When it begins, and steps that take longer than others of their kind.
    pub timetable: Option<Timetable>,
    /// What is done, in order.
    pub steps: Vec<At<Step>>,
    /// The organisation that it was joined with; never in the file.
    #[serde(skip)]
    pub within: Option<Arc<Within>>,
}

/// Version of the script format.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(remote = "Self")]
pub enum Version {
    /// The first.
    #[serde(rename = "keyrite/v1")]
    V1,
}

/// Kinds of ceremony.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Kind {
    /// Makes a key and keeps it with its custodians.
    Generate,
    /// Makes a key, or brings one back from shares, and wraps it for a provider.
    Import,
    /// Brings keys back from shares, into an HSM or for a provider.
    Recovery,
    /// Custodians prove that they have their shares; nothing is rebuilt.
    Drill,
    /// Custodians' shares rebuild keys of earlier ceremonies, to see that they do.
    RestoreTest,
    /// New shares of a key replace those that its custodians have.
    Reshare,
    /// Makes a key that stays in the HSM, for a provider that calls it from outside.
    External,
    /// Moves what custodians keep from hand to hand, and from place to place.
    Custody,
    /// Makes the next version of a key, or signs off what depended on the older one.
    Rotate,
    /// Tells who joins, acknowledges, moves and leaves, and who can get at what.
    People,
    /// Enters keys into the register that no ceremony makes, as people see them at their provider.
    Declare,
    /// Holds what providers answered against what earlier ceremonies recorded.
    Confirm,
    /// A key may be used from now on.
    Activate,
    /// The use of a key is stopped, and may go on.
    Suspend,
    /// The use of a suspended key goes on.
    Resume,
    /// A key protects nothing new any more.
    Deactivate,
    /// Somebody may know a key who should not.
    Compromise,
    /// The destruction of a key is asked for, or done.
    Destroy,
    /// A destruction that was asked for is called off.
    CancelDestroy,
    /// A provider's log is held against the register.
    Reconcile,
}

impl Kind {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Import => "import",
            Self::Recovery => "recovery",
            Self::Drill => "drill",
            Self::RestoreTest => "restore-test",
            Self::Reshare => "reshare",
            Self::External => "external",
            Self::Custody => "custody",
            Self::Rotate => "rotate",
            Self::People => "people",
            Self::Declare => "declare",
            Self::Confirm => "confirm",
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Deactivate => "deactivate",
            Self::Compromise => "compromise",
            Self::Destroy => "destroy",
            Self::CancelDestroy => "cancel-destroy",
            Self::Reconcile => "reconcile",
        }
    }
}

/// What a live run is worth.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum ScriptMode {
    /// Real people and real keys that nobody will use.
    Practice,
    /// The real thing.
    Production,
}

impl From<ScriptMode> for Mode {
    fn from(mode: ScriptMode) -> Self {
        match mode {
            ScriptMode::Practice => Self::Practice,
            ScriptMode::Production => Self::Production,
        }
    }
}

/// Somebody who takes part.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Person {
    /// Name as spoken.
    pub name: Line,
    /// Whom this person reports to.
    pub manager: Option<At<Line>>,
    /// Where this person works and keeps things.
    pub site: Option<At<Line>>,
    /// OpenSSH public key of the person's signatures.
    pub signs_with: Option<At<KeyLine>>,
    /// What the person's shares are sealed to: an age recipient; several, the others being those of
    /// deputies; or `passphrase`.
    pub receives_shares_at: Option<At<Receives>>,
}

/// Who does what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Runs the script.
    #[serde(default)]
    pub administrator: Vec<At<Id>>,
    /// Hold shares.
    #[serde(default)]
    pub custodians: Vec<At<Id>>,
    /// Watch.
    #[serde(default)]
    pub witness: Vec<At<Id>>,
    /// Approve the script and what it does.
    #[serde(default)]
    pub approver: Vec<At<Id>>,
    /// Check afterwards.
    #[serde(default)]
    pub auditor: Vec<At<Id>>,
    /// Asked for the ceremony.
    #[serde(default)]
    pub requester: Vec<At<Id>>,
    /// Sit at the machine beside the administrator.
    #[serde(default)]
    pub operator: Vec<At<Id>>,
    /// Upload what was wrapped to the provider.
    #[serde(default)]
    pub importer: Vec<At<Id>>,
}

/// A role.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Role {
    /// Runs the script.
    Administrator,
    /// Hold shares.
    Custodians,
    /// Watch.
    Witness,
    /// Approve.
    Approver,
    /// Check afterwards.
    Auditor,
    /// Asked for it.
    Requester,
    /// Sit at the machine.
    Operator,
    /// Upload to the provider.
    Importer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Administrator,
        Self::Custodians,
        Self::Witness,
        Self::Approver,
        Self::Auditor,
        Self::Requester,
        Self::Operator,
        Self::Importer,
    ];

    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Custodians => "custodians",
            Self::Witness => "witness",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Requester => "requester",
            Self::Operator => "operator",
            Self::Importer => "importer",
        }
    }
}

impl Role {
    /// One holder of the role, as spoken.
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Custodians => "custodian",
            Self::Witness => "witness",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::Requester => "requester",
            Self::Operator => "operator",
            Self::Importer => "importer",
        }
    }
}

impl Role {
    /// One holder of the role, as spoken after `is`.
    pub const fn spoken_with_article(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator",
            Self::Custodians => "a custodian",
            Self::Witness => "a witness",
            Self::Approver => "an approver",
            Self::Auditor => "an auditor",
            Self::Requester => "a requester",
            Self::Operator => "an operator",
            Self::Importer => "an importer",
        }
    }
}

impl Roles {
    /// Who holds a role.
    pub fn holders(&self, role: Role) -> &[At<Id>] {
        match role {
            Role::Administrator => &self.administrator,
            Role::Custodians => &self.custodians,
            Role::Witness => &self.witness,
            Role::Approver => &self.approver,
            Role::Auditor => &self.auditor,
            Role::Requester => &self.requester,
            Role::Operator => &self.operator,
            Role::Importer => &self.importer,
        }
    }

    /// The roles somebody holds.
    pub fn of(&self, person: &str) -> Vec<Role> {
        Role::ALL
            .into_iter()
            .filter(|role| self.holders(*role).iter().any(|id| id.as_str() == person))
            .collect()
    }
}

/// A key that the ceremony is about.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Key {
    /// Type, as `aes-256`.
    pub r#type: At<KeyType>,
    /// Who answers for it.
    pub owner: Line,
    /// What it may be used for; by its type if absent.
    pub usages: Option<Vec<At<Usage>>>,
    /// What it protects.
    pub data_class: Option<At<Line>>,
    /// Where the data lies that it protects.
    #[serde(default)]
    pub data_at: Vec<At<Line>>,
    /// Where its backup artifact is kept.
    #[serde(default)]
    pub backup_at: Vec<At<Line>>,
    /// Why the key is managed as it is.
    pub model: Option<Model>,
    /// How long it is used.
    pub cryptoperiod: Option<Cryptoperiod>,
    /// The older version whose place it takes, described under `versions`.
    pub supersedes: Option<At<Id>>,
    /// Who runs what uses it, where that is somebody else than its owner.
    pub operational_owner: Option<Line>,
    /// Where its data and the key lie, and under whose law.
    pub regions: Option<Regions>,
    /// The tenant whose key it is, and nobody else's.
    pub tenant: Option<At<Line>>,
    /// What is done if it is lost.
    pub loss_plan: Option<Line>,
}

impl Key {
    /// What it may be used for.
    pub fn usages(&self) -> Vec<Usage> {
        self.usages.as_ref().map_or_else(
            || Usage::usual(self.r#type.value).to_vec(),
            |usages| usages.iter().map(|usage| usage.value).collect(),
        )
    }
}

/// Why the key is managed as it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Model {
    /// The choice.
    pub choice: Choice,
    /// The reason.
    pub because: Line,
    /// When the choice is looked at again.
    pub reviewed_until: At<Day>,
    /// Laws, standards and contracts that the choice answers to.
    #[serde(default)]
    pub requirements: Vec<Line>,
    /// Who made the choice.
    pub decided_by: Option<Line>,
}

/// Models of key management.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub enum Choice {
    /// The provider makes and keeps it.
    Provider,
    /// The provider makes it, the customer manages it.
    Cmk,
    /// The customer makes it and imports it.
    Byok,
    /// The customer keeps it; the provider calls.
    Hyok,
}

impl Choice {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Cmk => "cmk",
            Self::Byok => "byok",
            Self::Hyok => "hyok",
        }
    }
}

/// How long a key is used; whichever ends first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cryptoperiod {
    /// Time.
    pub time: Option<Span>,
    /// Operations.
    pub uses: Option<Count>,
    /// Bytes processed.
    pub bytes: Option<Count>,
}

/// Keys of one kind, one for each row of a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Batch {
    /// CSV file: a header, then one key a row.
    pub list: At<RelativePath>,
    /// Name of the column that names each key.
    pub column: At<Line>,
    /// Name of the column with the file of each key's own import parameters, for providers that
    /// hand out one wrapping key an import.
    pub parameters: Option<At<Line>>,
    /// Name of the column with each key's id at the provider.
    pub key_id: Option<At<Line>>,
    /// What every key is.
    pub key: At<Key>,
    /// SHA-256 of the sealed record.jsonl of the ceremony whose keys of the same names they replace.
    pub supersedes: Option<At<Digest>>,
}

/// Import parameters of a provider, and what the import should become.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Input {
    /// Provider id, as `aws-kms`.
    pub provider: At<Id>,
    /// The provider's name of the wrapping algorithm.
    pub algorithm: At<Line>,
    /// The provider's name of the wrapping key's type, as `RSA_4096`.
    pub wrapping_key_spec: Option<At<Line>>,
    /// What the provider hands out: parameters.json or the console's ZIP.
    pub parameters: Option<At<RelativePath>>,
    /// The wrapping key alone, where it comes as a file of its own.
    pub wrapping_key: Option<At<RelativePath>>,
    /// The import token, where it comes as a file of its own.
    pub import_token: Option<At<RelativePath>>,
    /// The provider's attestation of the wrapping key; its SHA-256 goes into the record.
    pub attestation: Option<At<RelativePath>>,
    /// The provider's id of the wrapping key.
    pub wrapping_key_id: Option<At<Line>>,
    /// The key at the provider.
    pub key_id: Option<At<Line>>,
    /// What the import is, where the key at the provider has material already.
    pub import_type: Option<At<ImportType>>,
    /// The tenant whose key at the provider it is.
    pub tenant: Option<At<Line>>,
    /// How long the provider keeps the material: `300d`, or `never` for no end.
    pub valid_for: Option<At<ValidFor>>,
    /// Who fetched the files from the provider, where, and who saw it.
    pub fetched: Option<At<Fetched>>,
}

/// Who fetched import parameters: whoever swaps them there reads the key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetched {
    /// Who.
    pub by: At<Id>,
    /// On which machine.
    pub on: Line,
    /// Who saw it.
    pub seen_by: At<Id>,
}

/// What an import is, where the key at the provider has material already.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum ImportType {
    /// Other material for the same key.
    New,
    /// The same material again, after it expired or was deleted.
    Existing,
}

impl ImportType {
    /// The word in the script.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Existing => "existing",
        }
    }
}

impl fmt::Display for ImportType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for ImportType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::New, Self::Existing]
            .into_iter()
            .find(|import_type| import_type.name() == text)
            .ok_or_else(|| "expected `new` or `existing`".to_owned())
    }
}

/// How long imported material is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValidFor {
    /// It does not expire.
    Never,
    /// So long.
    Span(Span),
}

impl<'de> Deserialize<'de> for ValidFor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "never" {
            return Ok(Self::Never);
        }
        Span::read(&text).map(Self::Span).ok_or_else(|| {
            de::Error::custom("expected a length of time such as `300d`, or `never` for material that does not expire")
        })
    }
}

impl JsonSchema for ValidFor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ValidFor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(never|[1-9][0-9]{0,4}[mhdy])$"})
    }
}

/// A finding that somebody answers for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule.
    pub rule: At<Id>,
    /// The step, if only there.
    pub step: Option<At<u32>>,
    /// Why.
    pub reason: Line,
    /// Who answers for it.
    pub owner: Line,
    /// Until when.
    pub until: At<Day>,
}

impl Script {
    /// Somebody's name as spoken; the id where the script has no such person.
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.people
            .get(id)
            .map_or(id, |person| person.name.as_str())
    }

    /// The people who receive a share, in share order.
    pub fn among<'a>(&'a self, split: &'a Split) -> &'a [At<Id>] {
        self.receivers(&split.among)
    }

    /// The people who receive a share, in share order.
    pub fn receivers<'a>(&'a self, among: &'a Among) -> &'a [At<Id>] {
        match among {
            Among::Role(role) => self.roles.holders(*role),
            Among::People(people) => people,
        }
    }

    /// Everybody to whom a step deals shares.
    pub fn dealt_to<'a>(&'a self, step: &'a Step) -> &'a [At<Id>] {
        match step {
            Step::Split(split) => self.receivers(&split.among),
            Step::Reshare(reshare) => self.receivers(&reshare.among),
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Generate(_)
            | Step::RestoreTest(_)
            | Step::Restore(_)
            | Step::Drill(_)
            | Step::Retire(_)
            | Step::TakeOut(_)
            | Step::Inspect(_)
            | Step::HandOver(_)
            | Step::PutAway(_)
            | Step::Receipt(_)
            | Step::Join(_)
            | Step::Acknowledge(_)
            | Step::MovePerson(_)
            | Step::Leave(_)
            | Step::Withdraw(_)
            | Step::AccessReview(_)
            | Step::Reconcile(_)
            | Step::Explain(_)
            | Step::Confirm(_)
            | Step::Compare(_)
            | Step::Approve(_)
            | Step::Wrap(_)
            | Step::Batch(_)
            | Step::Lock(_)
            | Step::Availability(_)
            | Step::ReEncrypted(_)
            | Step::Declare(_)
            | Step::Destroy(_)
            | Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Close(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Seal => &[],
        }
    }

    /// Who is asked to sign the record: administrator, custodians, witness and approver, and whomever
    /// the policy adds. It cannot take anybody away.
    pub fn record_signers(&self) -> Vec<String> {
        self.holders_of(self.signing_roles().iter())
    }

    /// The roles whose signatures the record needs, and how many of each: all of them, unless the
    /// policy has a quorum.
    pub fn signatures(&self) -> Vec<(Role, usize)> {
        let wanted = |role: &Role| {
            let all = self.roles.holders(*role).len();
            let quorum = self.policy.signatures.get(role);
            (
                *role,
                quorum.map_or(all, |quorum| usize::from(quorum.value)),
            )
        };
        self.signing_roles().iter().map(wanted).collect()
    }

    /// The namespaces in which a person's key may sign in a ceremony of `mode`.
    pub fn namespaces(&self, mode: Mode) -> Vec<&'static str> {
        let mut all = match mode {
            Mode::Practice | Mode::Production => vec![
                namespace::RECORD,
                namespace::DISSENT,
                namespace::SCRIPT,
                namespace::APPROVAL,
            ],
            Mode::Rehearsal => vec![namespace::REHEARSAL, namespace::APPROVAL],
        };
        if !self.policy.exceptions_signed_by.is_empty() {
            all.push(namespace::EXCEPTION);
        }
        all
    }

    /// The quorums of the policy, by the role's name.
    pub fn quorum(&self) -> BTreeMap<String, u8> {
        self.policy
            .signatures
            .iter()
            .map(|(role, enough)| (role.name().to_owned(), enough.value))
            .collect()
    }

    fn signing_roles(&self) -> Vec<Role> {
        let mut roles = vec![
            Role::Administrator,
            Role::Custodians,
            Role::Witness,
            Role::Approver,
        ];
        let added = self
            .policy
            .signatures
            .keys()
            .chain(&self.policy.record_signed_by);
        for role in added {
            if !roles.contains(role) {
                roles.push(*role);
            }
        }
        roles
    }

    /// Who must have approved the script before a production run: the approvers, and whomever the
    /// policy adds.
    pub fn script_approvers(&self) -> Vec<String> {
        self.holders_of(
            [Role::Approver]
                .iter()
                .chain(&self.policy.script_approved_by),
        )
    }

    fn holders_of<'a>(&self, roles: impl Iterator<Item = &'a Role>) -> Vec<String> {
        let mut people: Vec<String> = Vec::new();
        for person in roles.flat_map(|role| self.roles.holders(*role)) {
            if !people.iter().any(|known| known == person.as_str()) {
                people.push(person.to_string());
            }
        }
        people
    }

    /// The wraps and destructions that the approval at `index` covers: those up to the next one
    /// of its kind. Each with its index.
    pub fn covered_by(&self, index: usize, approval: &Approve) -> Vec<(usize, &Step)> {
        self.steps
            .iter()
            .enumerate()
            .skip(index + 1)
            .map(|(index, step)| (index, &step.value))
            .take_while(
                |(_, step)| !matches!(step, Step::Approve(next) if next.what == approval.what),
            )
            .filter(|(_, step)| match approval.what {
                What::Import => matches!(step, Step::Wrap(_) | Step::Batch(_)),
                What::Destroy => step.destroys(),
                What::Move => step.moves(),
            })
            .collect()
    }
}

/// The JSON Schema of scripts, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Script).to_value()
}

/// Reads words as texts: the YAML reader would take `{practice: }` for `practice`.
macro_rules! words {
    ($($name:ident),*) => {
        $(
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    Self::deserialize(text.into_deserializer())
                }
            }
        )*
    };
}

words!(
    Version,
    Kind,
    ScriptMode,
    Role,
    Core,
    Choice,
    Deliver,
    Parts,
    Off,
    What,
    Where,
    Usage,
    SubjectWord,
    Method,
    GivenMode
);
