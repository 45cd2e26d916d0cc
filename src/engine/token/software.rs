//! Keys in the memory of this process.

use std::collections::BTreeMap;

use crate::crypto::challenge;
use crate::crypto::challenge::Posed;
use crate::crypto::check_value::CheckValues;
use crate::crypto::library;
use crate::crypto::random::Random;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::kwp_unwrap;
use crate::crypto::wrap::kwp_wrap;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::record::method;
use crate::domain::token_facts::TokenFacts;
use crate::engine::error::EngineError;
use crate::engine::token::KeyPlan;
use crate::engine::token::Locked;
use crate::engine::token::Made;
use crate::engine::token::SplitSubject;
use crate::engine::token::Token;
use crate::engine::token::Wrapped;
use crate::secret::Secret;

/// What checks them.
pub const CHECKER: &str = "RustCrypto";
/// The longest key that is split itself; a longer one is wrapped under a backup key, and that is
/// split.
const MAX_DIRECT: usize = 64;
/// Length of a backup key: AES-256.
const BACKUP_KEY: usize = 32;

/// The software core.
#[derive(Default)]
pub struct SoftwareToken {
    keys: BTreeMap<String, SoftwareKey>,
    built_in_pairs: bool,
}

impl SoftwareToken {
    /// A token whose pairs are taken from those built in instead of being made: for what is thrown
    /// away at once, as by a rehearsal that provokes faults and runs the script a hundred times.
    pub fn of_twins() -> Self {
        Self {
            keys: BTreeMap::new(),
            built_in_pairs: true,
        }
    }

    /// A token that holds one key.
    pub fn holding(label: &str, key: SoftwareKey) -> Self {
        Self {
            keys: BTreeMap::from([(label.to_owned(), key)]),
            built_in_pairs: false,
        }
    }

    fn key(&self, label: &str) -> Result<&SoftwareKey, EngineError> {
        self.keys
            .get(label)
            .ok_or_else(|| EngineError::KeyGone(label.to_owned()))
    }
}

impl Token for SoftwareToken {
    fn identity(&self) -> Option<TokenFacts> {
        None
    }

    fn outlives_process(&self) -> bool {
        false
    }

    fn twin(&self) -> Box<dyn Token> {
        Box::new(Self::of_twins())
    }

    fn holds(&self, label: &str) -> bool {
        self.keys.contains_key(label)
    }

    fn kind(&self, label: &str) -> Result<KeyType, EngineError> {
        Ok(self.key(label)?.kind())
    }

    fn check_values(&self, label: &str) -> Result<CheckValues, EngineError> {
        Ok(self.key(label)?.check_values())
    }

    fn spki(&self, label: &str) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.key(label)?.spki())
    }

    fn plain_len(&self, label: &str) -> Result<usize, EngineError> {
        Ok(self.key(label)?.material().len())
    }

    fn generate(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        random: &mut dyn Random,
    ) -> Result<(), EngineError> {
        let key = if self.built_in_pairs {
            SoftwareKey::twin(plan.kind, random)?
        } else {
            SoftwareKey::generate(plan.kind, random)?
        };
        key.prove_pair()?;
        self.keys.insert(label.to_owned(), key);
        Ok(())
    }

    fn find(&mut self, label: &str, _plan: &KeyPlan) -> Result<bool, EngineError> {
        // Nothing outlives the process that made it.
        Ok(self.holds(label))
    }

    fn made(&self, label: &str, _plan: &KeyPlan) -> Result<Made, EngineError> {
        self.key(label)?;
        Ok(Made {
            by: library::maker(),
            checked_by: CHECKER.to_owned(),
            token: None,
        })
    }

    fn prove(
        &mut self,
        construction: Construction,
        to: &WrappingKey,
        kind: KeyType,
        random: &mut dyn Random,
    ) -> Result<Vec<String>, EngineError> {
        wrap::self_check(construction, to.bits(), kind, random)?;
        Ok(vec![wrap::self_checked(construction)])
    }

    fn wrap(
        &mut self,
        label: &str,
        construction: Construction,
        to: &WrappingKey,
        random: &mut dyn Random,
    ) -> Result<Wrapped, EngineError> {
        let wrapped = wrap::wrap(construction, to, self.key(label)?.material(), random)?;
        Ok(Wrapped {
            blob: wrapped.blob,
            checked: wrapped.checked.into_iter().map(str::to_owned).collect(),
        })
    }

    fn is(&self, label: &str, plain: &Secret) -> Result<bool, EngineError> {
        Ok(self.key(label)?.material() == plain)
    }

    fn challenge(
        &self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<Option<Posed>, EngineError> {
        let key = self.key(label)?;
        Ok(challenge::pose(key.kind(), key.material(), random)?)
    }

    fn to_split(
        &mut self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<SplitSubject, EngineError> {
        let material = self.key(label)?.material();
        if material.len() <= MAX_DIRECT {
            let copy = |to: &mut [u8]| to.copy_from_slice(material.expose());
            return Ok(SplitSubject::Key(Secret::init(material.len(), copy)));
        }
        let secret = Secret::try_init(BACKUP_KEY, |bytes| random.fill(bytes))?;
        let blob = kwp_wrap(&secret, material)?;
        Ok(SplitSubject::BackupKey {
            secret,
            blob,
            spki: None,
            checked: Vec::new(),
        })
    }

    fn rebuild(
        &mut self,
        kind: KeyType,
        from: &SplitSubject,
        _random: &mut dyn Random,
    ) -> Result<CheckValues, EngineError> {
        library::approve_key(kind)?;
        Ok(rebuilt(kind, from)?.check_values())
    }

    fn restore(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        from: &SplitSubject,
        _random: &mut dyn Random,
    ) -> Result<(), EngineError> {
        library::approve_key(plan.kind)?;
        let key = rebuilt(plan.kind, from)?;
        self.keys.insert(label.to_owned(), key);
        Ok(())
    }

    fn lock(&mut self, label: &str) -> Result<Locked, EngineError> {
        Err(EngineError::CannotLock(label.to_owned()))
    }

    fn destroy(&mut self, label: &str) -> Result<String, EngineError> {
        // The key's memory is wiped as it is dropped.
        let how = match self.keys.remove(label) {
            Some(_) => method::WIPED,
            None => method::GONE,
        };
        Ok(how.to_owned())
    }

    fn forget_all(&mut self) {
        self.keys.clear();
    }
}

/// The key that custodians rebuild.
pub(super) fn rebuilt(kind: KeyType, from: &SplitSubject) -> Result<SoftwareKey, EngineError> {
    let material = match from {
        SplitSubject::Key(key) => Secret::init(key.len(), |to| to.copy_from_slice(key.expose())),
        SplitSubject::BackupKey { secret, blob, .. } => kwp_unwrap(secret, blob)?,
    };
    Ok(SoftwareKey::from_material(kind, material)?)
}
