//! What the engine asks of a stand-in, as it asks an HSM.

use crate::crypto::challenge;
use crate::crypto::challenge::Posed;
use crate::crypto::check_value::CheckValues;
use crate::crypto::random::Random;
use crate::crypto::random::SystemRandom;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::kwp_wrap;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::attributes::Attempt;
use crate::domain::attributes::Unextractable;
use crate::domain::record::InToken;
use crate::domain::record::hex;
use crate::domain::record::method;
use crate::domain::token_facts::TokenFacts;
use crate::engine::error::EngineError;
use crate::engine::token::KeyPlan;
use crate::engine::token::Locked;
use crate::engine::token::Made;
use crate::engine::token::SplitSubject;
use crate::engine::token::Token;
use crate::engine::token::Wrapped;
use crate::engine::token::error::TokenError;
use crate::engine::token::hsm::in_pkcs11;
use crate::engine::token::hsm::usages;
use crate::engine::token::software::CHECKER;
use crate::engine::token::software::rebuilt;
use crate::engine::token::stand_in::BACKUP_KEY;
use crate::engine::token::stand_in::Device;
use crate::engine::token::stand_in::Name;
use crate::engine::token::stand_in::Object;
use crate::engine::token::stand_in::StandIn;
use crate::engine::token::stand_in::failed;
use crate::pkcs11::reading;
use crate::pkcs11::reading::Origin;
use crate::pkcs11::rv::Rv;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Who says so, in words for the record.
const NO_HSM: &str = "by the stand-in token of a rehearsal; no HSM took part";

/// A session of a stand-in.
pub(super) struct StandInToken {
    device: Rc<Device>,
    /// Keys that this session made or found.
    known: BTreeMap<String, Name>,
    throwaway: bool,
}

impl StandInToken {
    pub(super) fn new(device: Rc<Device>, throwaway: bool) -> Self {
        Self {
            device,
            known: BTreeMap::new(),
            throwaway,
        }
    }

    fn name(&self, label: &str) -> Result<&Name, EngineError> {
        self.known
            .get(label)
            .ok_or_else(|| TokenError::Gone(label.to_owned()).into())
    }

    /// Looks at a key that the session knows.
    fn look<T>(
        &self,
        label: &str,
        at: impl FnOnce(&Object) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match self.device.objects.borrow().get(self.name(label)?) {
            Some(object) => at(object),
            None => Err(TokenError::Gone(label.to_owned()).into()),
        }
    }

    /// Has the token do something with a key that the session knows.
    fn with<T>(
        &self,
        call: &'static str,
        label: &str,
        work: impl FnOnce(&mut Object) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let name = self.name(label)?;
        self.device
            .call(call, label, |objects| match objects.get_mut(name) {
                Some(object) => work(object),
                None => Err(failed(call, Rv::KEY_HANDLE_INVALID)),
            })
    }

    /// Has the token take in a key that `make` gives.
    fn put(
        &mut self,
        call: &'static str,
        label: &str,
        plan: &KeyPlan,
        make: impl FnOnce() -> Result<SoftwareKey, EngineError>,
    ) -> Result<(), EngineError> {
        let name = (label.to_owned(), plan.id);
        self.device.call(call, label, |objects| {
            let object = Object {
                key: make()?,
                extractable: plan.leaves,
            };
            objects.insert(name.clone(), object);
            Ok(())
        })?;
        self.known.insert(label.to_owned(), name);
        Ok(())
    }
}

impl Token for StandInToken {
    fn identity(&self) -> Option<TokenFacts> {
        Some(self.device.facts.clone())
    }

    fn outlives_process(&self) -> bool {
        !self.throwaway
    }

    fn twin(&self) -> Box<dyn Token> {
        let StandIn(device) = StandIn::with(self.device.facts.clone());
        Box::new(Self::new(device, true))
    }

    fn holds(&self, label: &str) -> bool {
        self.known.contains_key(label)
    }

    fn kind(&self, label: &str) -> Result<KeyType, EngineError> {
        self.look(label, |object| Ok(object.key.kind()))
    }

    fn check_values(&self, label: &str) -> Result<CheckValues, EngineError> {
        self.look(label, |object| Ok(object.key.check_values()))
    }

    fn spki(&self, label: &str) -> Result<Option<Vec<u8>>, EngineError> {
        self.look(label, |object| Ok(object.key.spki()))
    }

    fn plain_len(&self, label: &str) -> Result<usize, EngineError> {
        self.look(label, |object| Ok(object.key.material().len()))
    }

    fn generate(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        random: &mut dyn Random,
    ) -> Result<(), EngineError> {
        let call = if plan.kind.is_pair() {
            "C_GenerateKeyPair"
        } else {
            "C_GenerateKey"
        };
        self.put(call, label, plan, || {
            let key = SoftwareKey::twin(plan.kind, random)?;
            key.prove_pair()?;
            Ok(key)
        })
    }

    fn find(&mut self, label: &str, plan: &KeyPlan) -> Result<bool, EngineError> {
        let name = (label.to_owned(), plan.id);
        let there = self.device.objects.borrow().contains_key(&name);
        if there {
            self.known.insert(label.to_owned(), name);
        }
        Ok(there)
    }

    fn made(&self, label: &str, plan: &KeyPlan) -> Result<Made, EngineError> {
        let extractable = self.look(label, |object| Ok(object.extractable))?;
        let usages = usages(plan);
        let is = KeyPlan {
            leaves: extractable,
            ..plan.clone()
        };
        let origin = if plan.comes_back {
            Origin::Imported
        } else {
            Origin::Generated
        };
        let reading = reading::honest(&in_pkcs11(label, &is, !self.throwaway, &usages), origin);
        let facts = &self.device.facts;
        Ok(Made {
            by: format!(
                "{} {} {}",
                facts.manufacturer, facts.model, facts.firmware_version
            ),
            checked_by: CHECKER.to_owned(),
            token: Some(InToken {
                id: plan.id.map_or(String::new(), |id| hex(&id)),
                attributes: reading.key,
                public: reading.public,
                differences: reading.differences,
            }),
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
        Ok(vec![
            wrap::self_checked(construction),
            format!("wrapped {NO_HSM}"),
        ])
    }

    fn wrap(
        &mut self,
        label: &str,
        construction: Construction,
        to: &WrappingKey,
        random: &mut dyn Random,
    ) -> Result<Wrapped, EngineError> {
        self.with("C_WrapKey", label, |object| {
            let wrapped = wrap::wrap(construction, to, object.leaving()?, random)?;
            let mut checked = vec![format!("wrapped {NO_HSM}")];
            checked.extend(wrapped.checked.into_iter().map(str::to_owned));
            Ok(Wrapped {
                blob: wrapped.blob,
                checked,
            })
        })
    }

    fn is(&self, label: &str, plain: &Secret) -> Result<bool, EngineError> {
        self.look(label, |object| Ok(object.key.material() == plain))
    }

    fn challenge(
        &self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<Option<Posed>, EngineError> {
        self.look(label, |object| {
            let (kind, material) = (object.key.kind(), object.key.material());
            Ok(challenge::pose(kind, material, random)?)
        })
    }

    fn to_split(
        &mut self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<SplitSubject, EngineError> {
        let secret = Secret::try_init(BACKUP_KEY, |bytes| random.fill(bytes))?;
        let (kind, spki, wanted, blob) = self.with("C_WrapKey", label, |object| {
            Ok((
                object.key.kind(),
                object.key.spki(),
                object.key.check_values(),
                kwp_wrap(&secret, object.leaving()?)?,
            ))
        })?;
        let shared = SplitSubject::BackupKey {
            secret,
            blob,
            spki,
            checked: vec![format!("backed up {NO_HSM}")],
        };
        // The walk on throwaway keys does so itself.
        if self.throwaway {
            return Ok(shared);
        }
        if self.rebuild(kind, &shared, random)? != wanted {
            return Err(TokenError::Wrong(format!(
                "brought back another key than {label} from its backup"
            ))
            .into());
        }
        Ok(shared.with_check("the backup was opened again: the same key"))
    }

    fn rebuild(
        &mut self,
        kind: KeyType,
        from: &SplitSubject,
        _random: &mut dyn Random,
    ) -> Result<CheckValues, EngineError> {
        self.device.call("C_UnwrapKey", "a throwaway object", |_| {
            Ok(rebuilt(kind, from)?.check_values())
        })
    }

    fn restore(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        from: &SplitSubject,
        _random: &mut dyn Random,
    ) -> Result<(), EngineError> {
        self.put("C_UnwrapKey", label, plan, || rebuilt(plan.kind, from))
    }

    fn lock(&mut self, label: &str) -> Result<Locked, EngineError> {
        self.with("C_SetAttributeValue", label, |object| {
            let how = if object.extractable {
                "CKA_EXTRACTABLE was switched off"
            } else {
                "CKA_EXTRACTABLE was off before"
            };
            object.extractable = false;
            let throwaway = Object {
                key: SoftwareKey::twin(object.key.kind(), &mut SystemRandom)?,
                extractable: true,
            };
            Ok(Locked {
                how: how.to_owned(),
                proof: Unextractable {
                    attempts: vec![Attempt {
                        how: "CKM_AES_KEY_WRAP_KWP".to_owned(),
                        control: throwaway.try_to_leave()?,
                        key: object.try_to_leave()?,
                    }],
                },
            })
        })
    }

    fn destroy(&mut self, label: &str) -> Result<String, EngineError> {
        let Some(name) = self.known.remove(label) else {
            return Ok(method::IN_TOKEN_BEFORE.to_owned());
        };
        self.device.call("C_DestroyObject", label, |objects| {
            objects.remove(&name);
            Ok(method::IN_TOKEN.to_owned())
        })
    }

    fn forget_all(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::test_pairs::TestPair;
    use crate::crypto::wrap::Hash;
    use crate::crypto::wrap::OaepHashes;
    use crate::domain::attributes::Verdict;
    use crate::domain::parse::parse;
    use crate::engine::token::ID;
    use crate::engine::token::stand_in::Vanishing;

    const SCRIPT: &[u8] = include_bytes!("../../../../ceremonies/hsm-aws-aes256/script.yaml");

    fn stand_in() -> StandIn {
        StandIn::of(&parse(SCRIPT).unwrap(), None).unwrap()
    }

    fn plan(id: u8) -> KeyPlan {
        KeyPlan {
            id: Some([id; ID]),
            ..KeyPlan::existing(KeyType::Aes256)
        }
    }

    fn said<T>(done: Result<T, EngineError>) -> String {
        done.err().unwrap().to_string()
    }

    #[test]
    fn a_key_outlives_the_session_that_made_it_and_has_a_name_of_its_own() {
        let hsm = stand_in();
        let mut first = hsm.session();
        first.generate("k", &plan(1), &mut SystemRandom).unwrap();
        let values = first.check_values("k").unwrap();
        first.forget_all();
        let mut second = hsm.session();
        assert!(!second.holds("k"));
        assert!(!second.find("k", &plan(2)).unwrap());
        assert!(!second.find("other", &plan(1)).unwrap());
        assert!(second.find("k", &plan(1)).unwrap());
        assert_eq!(second.check_values("k").unwrap(), values);
        assert_eq!(second.destroy("k").unwrap(), method::IN_TOKEN);
        assert!(!hsm.session().find("k", &plan(1)).unwrap());
        assert_eq!(second.destroy("k").unwrap(), method::IN_TOKEN_BEFORE);
        assert!(!hsm.afresh().session().find("k", &plan(1)).unwrap());
    }

    #[test]
    fn a_locked_key_leaves_neither_wrapped_nor_backed_up() {
        let to = TestPair::of(2048).unwrap().public().unwrap();
        let oaep = Construction::Oaep(OaepHashes::same(Hash::Sha256));
        let mut token = stand_in().session();
        token.generate("k", &plan(1), &mut SystemRandom).unwrap();
        token.wrap("k", oaep, &to, &mut SystemRandom).unwrap();
        token.to_split("k", &mut SystemRandom).unwrap();
        let attributes = |token: &dyn Token| {
            let told = token.made("k", &plan(1)).unwrap().token.unwrap();
            let of = told.attributes.iter();
            let mut of = of.filter(|read| read.name == "CKA_EXTRACTABLE");
            of.next().unwrap().found.to_string()
        };
        assert_eq!(attributes(&*token), "true");
        let locked = token.lock("k").unwrap();
        assert_eq!(locked.proof.verdict(), Verdict::Proved);
        assert_eq!(attributes(&*token), "false");
        let refused = "C_WrapKey: CKR_KEY_UNEXTRACTABLE";
        assert_eq!(said(token.wrap("k", oaep, &to, &mut SystemRandom)), refused);
        assert_eq!(said(token.to_split("k", &mut SystemRandom)), refused);
    }

    #[test]
    fn a_token_that_vanishes_did_the_call_or_did_not_and_is_there_again() {
        for (when, made) in [(Vanishing::Before, false), (Vanishing::After, true)] {
            let hsm = stand_in();
            hsm.vanish(0, when);
            let mut token = hsm.session();
            let done = token.generate("k", &plan(1), &mut SystemRandom);
            assert_eq!(said(done), "C_GenerateKey: CKR_DEVICE_REMOVED");
            assert!(!token.holds("k"));
            assert_eq!(hsm.session().find("k", &plan(1)).unwrap(), made);
            token.generate("k", &plan(1), &mut SystemRandom).unwrap();
            assert_eq!(hsm.calls(), ["C_GenerateKey (k)"; 2]);
        }
    }
}
