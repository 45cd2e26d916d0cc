//! A stand-in for an HSM, on which a rehearsal plays a script that names one.
//!
//! Its keys are throwaway ones in the memory of this process. Everything else is as with an HSM:
//! keys stay until they are destroyed, whichever session comes and goes; they leave wrapped, and
//! not at all once they are locked; and the token may vanish in the middle of a call.

mod session;

use crate::crypto::check_value::CheckValues;
use crate::crypto::random::Random;
use crate::crypto::random::SystemRandom;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap::kwp_wrap;
use crate::domain::attributes::Outcome;
use crate::domain::record::Digest;
use crate::domain::script::Core;
use crate::domain::script::Script;
use crate::domain::token_facts::TokenFacts;
use crate::domain::token_profile::TokenProfile;
use crate::engine::error::EngineError;
use crate::engine::token::ID;
use crate::engine::token::KeyPlan;
use crate::engine::token::Token;
use crate::engine::token::stand_in::session::StandInToken;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::locate::Tries;
use crate::pkcs11::rv::Rv;
use crate::secret::Secret;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Length of a backup key: AES-256.
const BACKUP_KEY: usize = 32;

/// When a token vanishes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vanishing {
    /// Before it does what it is asked for.
    Before,
    /// After it did that, and before it answers.
    After,
}

impl Vanishing {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Before, Self::After];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "the token vanishes before the call",
            Self::After => "the token vanishes after the call",
        }
    }
}

/// Why a token lets nobody in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The PIN is not its own.
    Pin,
    /// It is not the one that the script names.
    OtherToken,
}

/// The token itself. It is there when a session of it has ended.
#[derive(Clone)]
pub struct StandIn(Rc<Device>);

struct Device {
    facts: TokenFacts,
    objects: RefCell<BTreeMap<Name, Object>>,
    /// Calls that changed or used a key so far, in order.
    calls: RefCell<Vec<String>>,
    vanishes: Cell<Option<(usize, Vanishing)>>,
    refuses: Cell<Option<Refusal>>,
}

/// Label and id.
type Name = (String, Option<[u8; ID]>);

struct Object {
    key: SoftwareKey,
    extractable: bool,
}

impl StandIn {
    /// A token for `script`, if its keys are to be in one: called as the script calls it, and
    /// otherwise like the token of a profile, where there is one.
    pub fn of(script: &Script, profile: Option<&TokenProfile>) -> Option<Self> {
        let described = &script.token;
        if described.core.value != Core::Pkcs11 {
            return None;
        }
        let line = |line: &Option<crate::domain::script::At<crate::domain::script::Line>>| {
            line.as_ref()
                .map_or_else(String::new, |line| line.as_str().to_owned())
        };
        let none = || "none".to_owned();
        let version = || env!("CARGO_PKG_VERSION").to_owned();
        let copied = profile.map(|profile| &profile.token);
        let facts = TokenFacts {
            module: none(),
            // No file was loaded.
            module_sha256: Digest([0; 32]),
            library: "keyrite stand-in".to_owned(),
            library_version: version(),
            cryptoki_version: copied.map_or_else(none, |like| like.cryptoki_version.clone()),
            slot: none(),
            label: line(&described.label),
            serial: line(&described.serial),
            manufacturer: "keyrite".to_owned(),
            model: copied.map_or_else(
                || "stand-in".to_owned(),
                |like| format!("stand-in for {} {}", like.manufacturer, like.model),
            ),
            hardware_version: copied.map_or_else(none, |like| like.hardware_version.clone()),
            firmware_version: copied.map_or_else(version, |like| like.firmware_version.clone()),
        };
        Some(Self::with(facts))
    }

    fn with(facts: TokenFacts) -> Self {
        Self(Rc::new(Device {
            facts,
            objects: RefCell::default(),
            calls: RefCell::default(),
            vanishes: Cell::new(None),
            refuses: Cell::new(None),
        }))
    }

    /// Another token of the same kind, with nothing in it.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self::with(self.0.facts.clone())
    }

    /// Has the token vanish once, at the call of that number, from 0.
    pub fn vanish(&self, call: usize, when: Vanishing) {
        self.0.vanishes.set(Some((call, when)));
    }

    /// What the token was called for so far, in order.
    pub fn calls(&self) -> Vec<String> {
        self.0.calls.borrow().clone()
    }

    /// Has the token let nobody in until it is told otherwise.
    pub fn refuse(&self, why: Option<Refusal>) {
        self.0.refuses.set(why);
    }

    /// A session, if the token lets anybody in.
    ///
    /// # Errors
    ///
    /// As an HSM refuses: [`Pkcs11Error::WrongPin`] and [`Pkcs11Error::NoToken`].
    pub fn open(&self) -> Result<Box<dyn Token>, EngineError> {
        let facts = &self.0.facts;
        match self.0.refuses.get() {
            None => Ok(self.session()),
            Some(Refusal::Pin) => Err(Pkcs11Error::WrongPin {
                token: facts.label.clone(),
                tries: Tries::Unsaid,
            }
            .into()),
            Some(Refusal::OtherToken) => Err(Pkcs11Error::NoToken {
                wanted: format!("label {}", facts.label),
                there: "another one".to_owned(),
            }
            .into()),
        }
    }

    /// Puts a throwaway key into it, as an earlier ceremony left one there; its check values.
    ///
    /// # Errors
    ///
    /// Where no such key can be made.
    pub fn leave(
        &self,
        label: &str,
        plan: &KeyPlan,
        random: &mut dyn Random,
    ) -> Result<CheckValues, EngineError> {
        let key = SoftwareKey::twin(plan.kind, random)?;
        let values = key.check_values();
        let object = Object {
            key,
            extractable: false,
        };
        let name = (label.to_owned(), plan.id);
        self.0.objects.borrow_mut().insert(name, object);
        Ok(values)
    }

    /// A session: it knows no key before it made or found it.
    pub fn session(&self) -> Box<dyn Token> {
        Box::new(StandInToken::new(Rc::clone(&self.0), false))
    }
}

impl Device {
    /// Does something with the objects, as far as the token is there.
    fn call<T>(
        &self,
        call: &'static str,
        what: &str,
        work: impl FnOnce(&mut BTreeMap<Name, Object>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let number = {
            let mut calls = self.calls.borrow_mut();
            calls.push(format!("{call} ({what})"));
            calls.len() - 1
        };
        let vanishes = self.vanishes.get().filter(|(at, _)| *at == number);
        let gone = |when| vanishes == Some((number, when));
        if !gone(Vanishing::Before) {
            let done = work(&mut self.objects.borrow_mut())?;
            if !gone(Vanishing::After) {
                return Ok(done);
            }
        }
        self.vanishes.set(None);
        Err(failed(call, Rv::DEVICE_REMOVED))
    }
}

fn failed(call: &'static str, rv: Rv) -> EngineError {
    Pkcs11Error::Failed { call, rv }.into()
}

impl Object {
    /// The plain form, for a wrap that the token does.
    fn leaving(&self) -> Result<&Secret, EngineError> {
        if self.extractable {
            Ok(self.key.material())
        } else {
            Err(failed("C_WrapKey", Rv::KEY_UNEXTRACTABLE))
        }
    }

    /// Wraps it under a throwaway key that is gone at once.
    fn try_to_leave(&self) -> Result<Outcome, EngineError> {
        let kek = Secret::try_init(BACKUP_KEY, |bytes| SystemRandom.fill(bytes))?;
        match self.leaving() {
            Ok(material) => {
                kwp_wrap(&kek, material)?;
                Ok(Outcome::Done)
            }
            Err(_) => Ok(Outcome::Refused(Rv::KEY_UNEXTRACTABLE.to_string())),
        }
    }
}
