//! Keys in an HSM, through its PKCS#11 module.
//!
//! No key value enters this process but that of a backup key, on its way to the custodians.

use std::cell::Cell;
use std::cell::OnceCell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::crypto::challenge;
use crate::crypto::challenge::Posed;
use crate::crypto::check_value;
use crate::crypto::check_value::CheckValues;
use crate::crypto::random::Random;
use crate::crypto::random::SystemRandom;
use crate::crypto::signature::Scheme;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::kwp_wrap;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Form;
use crate::domain::record::InToken;
use crate::domain::record::hex;
use crate::domain::record::method;
use crate::domain::script;
use crate::domain::token_facts::TokenFacts;
use crate::engine::error::EngineError;
use crate::engine::token::KeyPlan;
use crate::engine::token::Locked;
use crate::engine::token::Made;
use crate::engine::token::SplitSubject;
use crate::engine::token::Token;
use crate::engine::token::Wrapped;
use crate::engine::token::access::Opened;
use crate::engine::token::error::TokenError;
use crate::pkcs11::backup::BackupKey;
use crate::pkcs11::backup::Carrier;
use crate::pkcs11::backup::Ending;
use crate::pkcs11::backup::KwpMechanism;
use crate::pkcs11::backup::Purpose;
use crate::pkcs11::check;
use crate::pkcs11::destroy::destroy;
use crate::pkcs11::keys;
use crate::pkcs11::keys::Half;
use crate::pkcs11::lock::lock;
use crate::pkcs11::public;
use crate::pkcs11::raw::Session;
use crate::pkcs11::reading;
use crate::pkcs11::reading::Origin;
use crate::pkcs11::sign::prove_pair;
use crate::pkcs11::sign::sign;
use crate::pkcs11::trial::Trials;
use crate::pkcs11::usage::Usage;
use crate::pkcs11::wrap::Proof;
use crate::pkcs11::wrap::import;
use crate::pkcs11::wrap::wrap;
use crate::pkcs11::wrapping_key::Trust;
use crate::pkcs11::wrapping_key::try_trust;
use crate::secret::Secret;

/// What checks the halves of a pair, and what the token says.
const CHECKER: &str = "aws-lc-rs";
/// Length of a backup key: AES-256.
const BACKUP_KEY: usize = 32;

/// A token of an HSM, or throwaway objects in it.
pub struct HsmToken {
    session: Rc<Session>,
    facts: TokenFacts,
    keys: BTreeMap<String, Held>,
    known: Rc<Known>,
    /// Whether everything made here ends with the session.
    throwaway: bool,
}

/// A construction, the size of the wrapping key, and the type of key that is wrapped.
type Asked = (Construction, usize, KeyType);

/// What was found out of the token in this session, by the walk on throwaway keys, too.
#[derive(Default)]
struct Known {
    /// Wraps that were proved.
    proofs: RefCell<Vec<(Asked, Proof)>>,
    /// The mechanism that wraps backups, where it was looked for.
    kwp: Cell<Option<KwpMechanism>>,
    /// The key under which backup keys come in.
    carrier: OnceCell<Carrier>,
}

/// A key in the token.
struct Held {
    kind: KeyType,
    made: keys::Made,
    check_values: CheckValues,
    spki: Option<Vec<u8>>,
}

impl HsmToken {
    /// The token, with no key of any ceremony yet.
    pub fn new(opened: Opened) -> Self {
        Self {
            facts: opened.token.facts().clone(),
            session: Rc::new(opened.session),
            keys: BTreeMap::new(),
            known: Rc::default(),
            throwaway: false,
        }
    }

    fn key(&self, label: &str) -> Result<&Held, EngineError> {
        self.keys
            .get(label)
            .ok_or_else(|| TokenError::Gone(label.to_owned()).into())
    }

    /// Signs with a pair in the token; verified before it is returned.
    ///
    /// # Errors
    ///
    /// Where there is no such pair, or what the token made does not verify.
    pub fn sign(
        &self,
        label: &str,
        scheme: Scheme,
        message: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let held = self.key(label)?;
        let spki = held.spki.as_deref().unwrap_or_default();
        Ok(sign(
            &self.session,
            held.kind,
            held.made.key,
            spki,
            scheme,
            message,
        )?)
    }

    /// Looks at a key that is in the token, and keeps what it is called by.
    fn take_in(&mut self, label: &str, kind: KeyType, made: keys::Made) -> Result<(), EngineError> {
        let check_values = check::values(&self.session, kind, &made)?.values;
        let spki = if kind.is_pair() {
            Some(public::half_of(&self.session, kind, &made)?)
        } else {
            None
        };
        let held = Held {
            kind,
            made,
            check_values,
            spki,
        };
        self.keys.insert(label.to_owned(), held);
        Ok(())
    }

    /// That this token wraps so: tried once, on a throwaway key.
    fn proof(
        &self,
        construction: Construction,
        bits: usize,
        kind: KeyType,
    ) -> Result<Proof, EngineError> {
        let asked = (construction, bits, kind);
        if let Some((_, proof)) = self.known.proofs.borrow().iter().find(|it| it.0 == asked) {
            return Ok(proof.clone());
        }
        let proof = Trials::new(&self.session).prove(construction, bits, kind)?;
        self.known.proofs.borrow_mut().push((asked, proof.clone()));
        Ok(proof)
    }

    /// Unwraps what custodians shared into the token.
    fn brought_back(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        token: bool,
        from: &SplitSubject,
        random: &mut dyn Random,
    ) -> Result<keys::Made, EngineError> {
        let kek;
        let (secret, blob, spki) = match from {
            SplitSubject::BackupKey {
                secret, blob, spki, ..
            } => (secret, blob.clone(), spki.as_deref()),
            // A key that was born in software comes in like any other: wrapped.
            SplitSubject::Key(key) => {
                kek = Secret::try_init(BACKUP_KEY, |bytes| random.fill(bytes))?;
                (&kek, kwp_wrap(&kek, key)?, None)
            }
        };
        let usages = usages(plan);
        let backup = self.backup_key(secret, Purpose::Restore, random)?;
        let made = backup.restore(&blob, &in_pkcs11(label, plan, token, &usages), spki)?;
        backup.destroy()?;
        Ok(made)
    }

    /// Brings a backup key in.
    fn backup_key(
        &self,
        secret: &Secret,
        purpose: Purpose,
        random: &mut dyn Random,
    ) -> Result<BackupKey<'_>, EngineError> {
        let (session, known, kwp) = (&self.session, &self.known, self.kwp()?);
        let carrier = if let Some(carrier) = known.carrier.get() {
            carrier
        } else {
            let made = Carrier::make(session)?;
            known.carrier.get_or_init(|| made)
        };
        Ok(BackupKey::bring_in(
            session, carrier, secret, purpose, kwp, random,
        )?)
    }

    /// What a PIN holder could do besides, in words for the record.
    ///
    /// A key with `CKA_WRAP_WITH_TRUSTED` goes out under trusted keys only. The AES key of a composed
    /// wrap and the backup key are made in this session, and nobody trusts them: so the attribute
    /// would forbid what the script asks for, and it is the lock that ends the exposure.
    fn untrusted(&self, to: &WrappingKey) -> Result<String, EngineError> {
        let why = match try_trust(&self.session, to)? {
            Trust::Proved => {
                "the token honours CKA_WRAP_WITH_TRUSTED, which would forbid the backup, too"
                    .to_owned()
            }
            Trust::None(why) => why,
        };
        Ok(format!(
            "until the key is locked, whoever has the PIN could wrap it under a key of their own: {why}"
        ))
    }

    /// The mechanism that is RFC 5649 in this token: tried once.
    fn kwp(&self) -> Result<KwpMechanism, EngineError> {
        if let Some(kwp) = self.known.kwp.get() {
            return Ok(kwp);
        }
        let kwp = Trials::new(&self.session).kwp()?;
        self.known.kwp.set(Some(kwp));
        Ok(kwp)
    }

    /// Objects of a key with this name; a search is made each time.
    fn search(&self, label: &str, plan: &KeyPlan) -> Result<Option<keys::Made>, EngineError> {
        let id = plan.id.as_ref().map_or(&[][..], |id| &id[..]);
        let one = |half| {
            let found = keys::find(&self.session, half, label, id)?;
            match found.as_slice() {
                [] => Ok(None),
                [one] => Ok(Some(*one)),
                several => Err(EngineError::from(TokenError::Doubled {
                    key: label.to_owned(),
                    count: several.len(),
                })),
            }
        };
        let Some(key) = one(Half::of_key(plan.kind))? else {
            return Ok(None);
        };
        let public = if plan.kind.is_pair() {
            one(Half::Public)?
        } else {
            None
        };
        Ok(Some(keys::Made {
            key,
            public,
            left_out: Vec::new(),
        }))
    }
}

impl Drop for HsmToken {
    fn drop(&mut self) {
        if self.throwaway {
            self.forget_all();
        }
    }
}

/// The plan in the words of the module.
pub(super) fn in_pkcs11<'a>(
    label: &'a str,
    plan: &'a KeyPlan,
    token: bool,
    usages: &'a [Usage],
) -> keys::KeyPlan<'a> {
    keys::KeyPlan {
        kind: plan.kind,
        label,
        id: plan.id.as_ref().map_or(&[], |id| &id[..]),
        token,
        extractable: plan.leaves,
        wrap_with_trusted: false,
        usages,
    }
}

/// Whether two lists of check values have something in common, and nothing that differs.
fn agree(one: &CheckValues, other: &CheckValues) -> bool {
    let mut common = one
        .iter()
        .filter_map(|(name, value)| Some(other.get(name)? == value))
        .peekable();
    common.peek().is_some() && common.all(|same| same)
}

/// What the script lets a key do, in the words of PKCS#11: a MAC is made by signing.
pub(super) fn usages(plan: &KeyPlan) -> Vec<Usage> {
    let mut all: Vec<Usage> = plan
        .usages
        .iter()
        .flat_map(|usage| match usage {
            script::Usage::Encrypt => &[Usage::Encrypt][..],
            script::Usage::Decrypt => &[Usage::Decrypt],
            script::Usage::Sign => &[Usage::Sign],
            script::Usage::Verify => &[Usage::Verify],
            script::Usage::Wrap => &[Usage::Wrap],
            script::Usage::Unwrap => &[Usage::Unwrap],
            script::Usage::Derive => &[Usage::Derive],
            script::Usage::Mac => &[Usage::Sign, Usage::Verify],
        })
        .copied()
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Token for HsmToken {
    fn identity(&self) -> Option<TokenFacts> {
        Some(self.facts.clone())
    }

    fn outlives_process(&self) -> bool {
        !self.throwaway
    }

    fn twin(&self) -> Box<dyn Token> {
        Box::new(Self {
            session: Rc::clone(&self.session),
            facts: self.facts.clone(),
            keys: BTreeMap::new(),
            known: Rc::clone(&self.known),
            throwaway: true,
        })
    }

    fn holds(&self, label: &str) -> bool {
        self.keys.contains_key(label)
    }

    fn kind(&self, label: &str) -> Result<KeyType, EngineError> {
        Ok(self.key(label)?.kind)
    }

    fn check_values(&self, label: &str) -> Result<CheckValues, EngineError> {
        Ok(self.key(label)?.check_values.clone())
    }

    fn spki(&self, label: &str) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.key(label)?.spki.clone())
    }

    fn plain_len(&self, label: &str) -> Result<usize, EngineError> {
        let kind = self.key(label)?.kind;
        Ok(match kind.raw_len() {
            Some(len) => len,
            // Within a few bytes, which no construction for pairs minds.
            None => SoftwareKey::twin(kind, &mut SystemRandom)?.material().len(),
        })
    }

    fn generate(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        _random: &mut dyn Random,
    ) -> Result<(), EngineError> {
        let usages = usages(plan);
        let made = keys::generate(
            &self.session,
            &in_pkcs11(label, plan, !self.throwaway, &usages),
        )?;
        let key = made.key;
        self.take_in(label, plan.kind, made)?;
        // Before anything depends on the pair.
        match &self.key(label)?.spki {
            Some(spki) if usages.contains(&Usage::Sign) => {
                Ok(prove_pair(&self.session, plan.kind, key, spki)?)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn find(&mut self, label: &str, plan: &KeyPlan) -> Result<bool, EngineError> {
        match self.search(label, plan)? {
            Some(made) => {
                self.take_in(label, plan.kind, made)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn made(&self, label: &str, plan: &KeyPlan) -> Result<Made, EngineError> {
        let held = self.key(label)?;
        let usages = usages(plan);
        let origin = if plan.comes_back {
            Origin::Imported
        } else {
            Origin::Generated
        };
        let reading = reading::read(
            &self.session,
            &in_pkcs11(label, plan, !self.throwaway, &usages),
            origin,
            &held.made,
        )?;
        let facts = &self.facts;
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
        _random: &mut dyn Random,
    ) -> Result<Vec<String>, EngineError> {
        let proof = self.proof(construction, to.bits(), kind)?;
        let mut proved = vec![proof.words()];
        // What is brought in is read back, so that nothing else is wrapped under.
        import(&self.session, to)?.destroy()?;
        proved.push("the token was given the wrapping key and read it back: the same".to_owned());
        if to.secret().is_none() {
            proved.push(self.untrusted(to)?);
        }
        Ok(proved)
    }

    fn wrap(
        &mut self,
        label: &str,
        construction: Construction,
        to: &WrappingKey,
        _random: &mut dyn Random,
    ) -> Result<Wrapped, EngineError> {
        let kind = self.key(label)?.kind;
        let proof = self.proof(construction, to.bits(), kind)?;
        let under = import(&self.session, to)?;
        let key = self.key(label)?.made.key;
        let wrapped = wrap(&self.session, &proof, under.handle(), key)?;
        under.destroy()?;
        Ok(Wrapped {
            blob: wrapped.blob,
            checked: wrapped.checked,
        })
    }

    fn is(&self, label: &str, plain: &Secret) -> Result<bool, EngineError> {
        let held = self.key(label)?;
        Ok(agree(
            &check_value::of(held.kind, plain)?,
            &held.check_values,
        ))
    }

    fn challenge(
        &self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<Option<Posed>, EngineError> {
        let held = self.key(label)?;
        match Form::of(held.kind) {
            Some(Form::Hmac) => {
                let question = challenge::question(random)?;
                let mac = check::hmac(&self.session, held.kind, &held.made, &question)?;
                Ok(mac.map(|mac| Posed::new(Form::Hmac, question, &mac)))
            }
            Some(Form::AesGcm) => challenge::pose_in_blocks(random, |block| {
                Ok(check::block(&self.session, &held.made, block)?)
            }),
            None => Ok(None),
        }
    }

    fn to_split(
        &mut self,
        label: &str,
        random: &mut dyn Random,
    ) -> Result<SplitSubject, EngineError> {
        let (kind, spki) = (self.key(label)?.kind, self.key(label)?.spki.clone());
        let secret = Secret::try_init(BACKUP_KEY, |bytes| random.fill(bytes))?;
        let backup = self.backup_key(&secret, Purpose::Export, random)?;
        let mut checked = vec![format!("the backup key came in by {}", backup.how())];
        // What a token puts behind a private key shows on a throwaway one only.
        if backup.rehearse(&secret, kind)? == Ending::ZeroBytes {
            checked.push(
                "this token puts zero bytes behind a private key before it wraps it: another HSM may refuse the backup"
                    .to_owned(),
            );
        }
        let blob = backup.export(kind, self.key(label)?.made.key)?;
        backup.destroy()?;
        let shared = SplitSubject::BackupKey {
            secret,
            blob,
            spki,
            checked,
        };
        // The walk on throwaway keys does so itself.
        if self.throwaway {
            return Ok(shared);
        }
        if self.rebuild(kind, &shared, random)? != self.key(label)?.check_values {
            return Err(TokenError::Wrong(format!(
                "brought back another key than {label} from its backup"
            ))
            .into());
        }
        Ok(shared.with_check(
            "the backup was brought back into a throwaway object of the token: the same key",
        ))
    }

    fn rebuild(
        &mut self,
        kind: KeyType,
        from: &SplitSubject,
        random: &mut dyn Random,
    ) -> Result<CheckValues, EngineError> {
        let plan = KeyPlan {
            usages: script::Usage::usual(kind).to_vec(),
            ..KeyPlan::existing(kind)
        };
        let made = self.brought_back("keyrite trial", &plan, false, from, random)?;
        let values = check::values(&self.session, kind, &made);
        for object in [Some(made.key), made.public].into_iter().flatten() {
            destroy(&self.session, object)?;
        }
        Ok(values?.values)
    }

    fn restore(
        &mut self,
        label: &str,
        plan: &KeyPlan,
        from: &SplitSubject,
        random: &mut dyn Random,
    ) -> Result<(), EngineError> {
        let made = self.brought_back(label, plan, !self.throwaway, from, random)?;
        self.take_in(label, plan.kind, made)
    }

    fn lock(&mut self, label: &str) -> Result<Locked, EngineError> {
        let held = self.key(label)?;
        let locked = lock(&self.session, held.kind, held.made.key)?;
        if let Some(held) = self.keys.get_mut(label) {
            held.made.key = locked.key;
        }
        Ok(Locked {
            how: locked.how.to_owned(),
            proof: locked.proof,
        })
    }

    fn destroy(&mut self, label: &str) -> Result<String, EngineError> {
        let Some(held) = self.keys.remove(label) else {
            return Ok(method::IN_TOKEN_BEFORE.to_owned());
        };
        // The public half last: it tells which key is still there if this is interrupted.
        destroy(&self.session, held.made.key)?;
        if let Some(public) = held.made.public {
            destroy(&self.session, public)?;
        }
        Ok(method::IN_TOKEN.to_owned())
    }

    fn forget_all(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if !self.throwaway {
            return;
        }
        for made in keys.into_values().map(|held| held.made) {
            // What cannot be destroyed now ends with the session.
            for object in [Some(made.key), made.public].into_iter().flatten() {
                drop(self.session.destroy(object));
            }
        }
    }
}
