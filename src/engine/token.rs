//! Where the keys of a ceremony live.
//!
//! Steps name keys by their label and never see one: raw bytes cross this trait only as what
//! custodians share, and as what the stand-in provider of a rehearsal unwrapped.

pub mod access;
pub mod error;
pub mod hsm;
pub mod machine;
pub mod software;
pub mod stand_in;
pub mod watchdog;

use crate::crypto::challenge::Posed;
use crate::crypto::check_value::CheckValues;
use crate::crypto::random::Random;
use crate::crypto::wrap::Construction;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::attributes::Unextractable;
use crate::domain::record::Digest;
use crate::domain::record::InToken;
use crate::domain::record::Subject;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::script::Usage;
use crate::domain::token_facts::TokenFacts;
use crate::engine::desk::Desk;
use crate::engine::error::EngineError;
use crate::engine::token::access::Access;
use crate::engine::token::hsm::HsmToken;
use crate::engine::token::software::SoftwareToken;
use crate::secret::Secret;

/// The keys of a ceremony, by label.
pub trait Token {
    /// What the record says of the token, if it is one that can be told from others.
    fn identity(&self) -> Option<TokenFacts>;

    /// Whether keys are still there when this process has ended.
    fn outlives_process(&self) -> bool;

    /// A token of the same kind for throwaway keys: what is tried there touches no real key.
    fn twin(&self) -> Box<dyn Token>;

    /// Whether there is a key of that label.
    fn holds(&self, label: &str) -> bool;

    /// Its type.
    fn kind(&self, label: &str) -> Result<KeyType, EngineError>;

    /// What people compare.
    fn check_values(&self, label: &str) -> Result<CheckValues, EngineError>;

    /// The public half of a pair: `SubjectPublicKeyInfo` DER.
    fn spki(&self, label: &str) -> Result<Option<Vec<u8>>, EngineError>;

    /// Length of the plain form that a wrap carries.
    fn plain_len(&self, label: &str) -> Result<usize, EngineError>;

    /// Makes a key.
    fn generate(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        random: &mut dyn Random,
    ) -> Result<(), EngineError>;

    /// Takes in a key that an earlier process made, if it is there.
    fn find(&mut self, label: &str, plan: &KeyPlan) -> Result<bool, EngineError>;

    /// Looks at a key beside what was asked for.
    fn made(&self, label: &str, plan: &KeyPlan) -> Result<Made, EngineError>;

    /// Wraps a throwaway key of the type under a test key of the wrapping key's size, and sees
    /// that other code finds the same key in it. What was proved, in words for the record.
    fn prove(
        &mut self,
        construction: Construction,
        to: &WrappingKey,
        kind: KeyType,
        random: &mut dyn Random,
    ) -> Result<Vec<String>, EngineError>;

    /// Wraps a key for somebody else.
    fn wrap(
        &mut self,
        label: &str,
        construction: Construction,
        to: &WrappingKey,
        random: &mut dyn Random,
    ) -> Result<Wrapped, EngineError>;

    /// Whether a key is the one whose plain form somebody found.
    fn is(&self, label: &str, plain: &Secret) -> Result<bool, EngineError>;

    /// Poses a question that only somebody with the key can answer, where the token can.
    fn challenge(&self, label: &str, random: &mut dyn Random)
    -> Result<Option<Posed>, EngineError>;

    /// Gives what custodians share: the key, or a new backup key and the key wrapped under it.
    fn to_split(
        &mut self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<SplitSubject, EngineError>;

    /// Rebuilds a key from what custodians shared, to see that it can be; nothing of it stays.
    fn rebuild(
        &mut self,
        kind: KeyType,
        from: &SplitSubject,
        random: &mut dyn Random,
    ) -> Result<CheckValues, EngineError>;

    /// Brings a key back from what custodians shared.
    fn restore(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        from: &SplitSubject,
        random: &mut dyn Random,
    ) -> Result<(), EngineError>;

    /// Switches off that a key can be taken out, for ever, and tries to take it out afterwards.
    fn lock(&mut self, label: &str) -> Result<Locked, EngineError>;

    /// Destroys a key; how, in words for the record.
    fn destroy(&mut self, label: &str) -> Result<String, EngineError>;

    /// Lets go of every key of a ceremony that has ended.
    fn forget_all(&mut self);
}

/// The token of a script, open.
///
/// # Errors
///
/// As for [`access::open`].
pub fn open(
    script: &Script,
    access: &Access,
    desk: &mut dyn Desk,
) -> Result<Box<dyn Token>, EngineError> {
    Ok(match access::open(script, access, desk)? {
        Some(opened) => Box::new(HsmToken::new(opened)),
        None => Box::new(SoftwareToken::default()),
    })
}

/// What the script asks of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyPlan {
    /// Its type.
    pub kind: KeyType,
    /// Whether a step takes it out of its token, wrapped.
    pub leaves: bool,
    /// Whether it is brought back from shares instead of being made.
    pub comes_back: bool,
    /// What it may be used for.
    pub usages: Vec<Usage>,
    /// Its id in a token that outlives this process: what finds it again. None of a throwaway.
    pub id: Option<[u8; ID]>,
}

/// Bytes of a key's id.
pub const ID: usize = 16;

impl KeyPlan {
    /// What `script` asks of the key `label`.
    pub fn of(script: &Script, label: &str) -> Result<Self, EngineError> {
        let described = script.keys.get(label);
        let described = described.ok_or_else(|| EngineError::KeyGone(label.to_owned()))?;
        let leaves = script.steps.iter().any(|step| match &step.value {
            Step::Split(split) => split.key.as_str() == label,
            Step::Wrap(wrap) => wrap.key.as_str() == label,
            Step::Reshare(reshare) => reshare.key.as_str() == label,
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Generate(_)
            | Step::RestoreTest(_)
            | Step::Restore(_)
            | Step::Drill(_)
            | Step::Retire(_)
            | Step::Lock(_)
            | Step::Availability(_)
            | Step::ReEncrypted(_)
            | Step::Declare(_)
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
            | Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Close(_)
            | Step::Destroy(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Batch(_)
            | Step::Seal => false,
        });
        let comes_back = script.steps.iter().any(
            |step| matches!(&step.value, Step::Restore(restore) if restore.key.as_str() == label),
        );
        Ok(Self {
            kind: described.r#type.value,
            leaves,
            comes_back,
            usages: described.usages(),
            id: None,
        })
    }

    /// A key that is in a token already, under its label alone.
    pub const fn existing(kind: KeyType) -> Self {
        Self {
            kind,
            leaves: true,
            comes_back: false,
            usages: Vec::new(),
            id: None,
        }
    }

    /// With the id that the key has in the ceremony whose first entry has this digest.
    #[must_use]
    pub fn named(mut self, first_entry: Digest, label: &str) -> Self {
        let Digest(whole) = Digest::of(&[&first_entry.0[..], label.as_bytes()].concat());
        self.id = whole.first_chunk().copied();
        self
    }
}

/// A key that was made or brought back.
#[derive(Clone, Debug)]
pub struct Made {
    /// What made it.
    pub by: String,
    /// What checked it.
    pub checked_by: String,
    /// What the HSM says of it.
    pub token: Option<InToken>,
}

/// A key that was locked.
#[derive(Clone, Debug)]
pub struct Locked {
    /// How.
    pub how: String,
    /// What was tried afterwards.
    pub proof: Unextractable,
}

/// A wrapped key.
#[derive(Clone, Debug)]
pub struct Wrapped {
    /// The bytes for the provider.
    pub blob: Vec<u8>,
    /// What was found true of these very bytes, in words for the record.
    pub checked: Vec<String>,
}

/// What custodians share.
#[derive(Debug)]
pub enum SplitSubject {
    /// The key itself.
    Key(Secret),
    /// A backup key, and the key wrapped under it (AES-KWP, RFC 5649).
    BackupKey {
        /// The backup key.
        secret: Secret,
        /// The wrapped key.
        blob: Vec<u8>,
        /// The public half of a pair, where it is known.
        spki: Option<Vec<u8>>,
        /// How the backup was made and checked, in words for the record.
        checked: Vec<String>,
    },
}

impl SplitSubject {
    /// As the record calls it.
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Key(_) => Subject::Key,
            Self::BackupKey { .. } => Subject::BackupKey,
        }
    }

    /// With something more that was found true of it.
    #[must_use]
    pub fn with_check(mut self, what: &str) -> Self {
        match &mut self {
            Self::Key(_) => {}
            Self::BackupKey { checked, .. } => checked.push(what.to_owned()),
        }
        self
    }

    /// What the shares rebuild.
    pub const fn secret(&self) -> &Secret {
        match self {
            Self::Key(secret) | Self::BackupKey { secret, .. } => secret,
        }
    }
}
