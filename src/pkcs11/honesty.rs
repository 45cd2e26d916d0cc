//! Promises of a token, held against what it does: accepted is not honoured.

use cryptoki_sys as sys;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::domain::algorithm::KeyType;
use crate::domain::attributes::Severity;
use crate::domain::text::list;
use crate::domain::token_profile::Ability;
use crate::domain::token_profile::Lie;
use crate::domain::token_profile::LieKind;
use crate::domain::token_profile::TokenProfile;
use crate::domain::token_profile::Tried;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::attribute::mechanism_name;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::keys::Made;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::MechanismType;
use crate::pkcs11::raw::Session;
use crate::pkcs11::reading;
use crate::pkcs11::reading::Origin;
use crate::pkcs11::subject::answered;
use crate::pkcs11::trial::Trials;
use crate::pkcs11::usage::Usage;

/// Tries each promise on throwaway keys, and writes down what is not kept.
///
/// # Errors
///
/// When the token is gone.
pub(super) fn look(
    session: &Session,
    trials: &mut Trials<'_>,
    profile: &mut TokenProfile,
) -> Result<(), Pkcs11Error> {
    let mut judge = Judge {
        session,
        lies: Vec::new(),
    };
    let ways = Ways::of(trials)?;
    judge.attributes()?;
    judge.unextractable(&ways)?;
    let lock = judge.lock(&ways)?;
    let trusted = judge.wrap_with_trusted(&ways)?;
    judge.ignored()?;
    for lie in judge.lies {
        profile.lie(lie.kind, lie.what, None);
    }
    for (what, done) in [(Ability::Lock, lock), (Ability::WrapWithTrusted, trusted)] {
        profile.abilities.push(Tried {
            what,
            cannot: done.err(),
        });
    }
    Ok(())
}

/// Wrapping keys in the token, and what wraps under them.
struct Ways {
    rsa: Option<Handle>,
    aes: Option<Handle>,
}

impl Ways {
    fn of(trials: &mut Trials<'_>) -> Result<Self, Pkcs11Error> {
        let sha1 = Construction::Oaep(OaepHashes::same(Hash::Sha1));
        let kwp = Construction::Aes(AesMode::Kwp);
        Ok(Self {
            rsa: trials.under(sha1, 2048)?.ok(),
            aes: trials.under(kwp, 256)?.ok(),
        })
    }

    /// The ways in which a key comes out, by their names.
    fn out(&self, session: &Session, key: Handle) -> Result<Vec<String>, Pkcs11Error> {
        let mut out = Vec::new();
        let rsa = [Hash::Sha1, Hash::Sha256].map(|hash| Mechanism::Oaep { hash, mgf: hash });
        let rsa = rsa.iter().map(|mechanism| (self.rsa, *mechanism));
        let aes = UNDER_AES.map(|mechanism| (self.aes, mechanism));
        for (under, mechanism) in rsa.chain(aes) {
            if let Some(under) = under
                && answered(session.wrap(mechanism, under, key))?.is_some()
            {
                let name = mechanism_name(mechanism.number());
                if !out.contains(&name) {
                    out.push(name);
                }
            }
        }
        let open = [
            Attribute::flag(sys::CKA_TOKEN, false),
            Attribute::flag(sys::CKA_EXTRACTABLE, true),
        ];
        if let Some(copy) = answered(session.copy(key, &open))? {
            let copy = Throwaway::new(session, copy);
            let is_open = matches!(
                session.get(copy.handle(), sys::CKA_EXTRACTABLE)?,
                Found::Value(value) if value == [sys::CK_TRUE]
            );
            if is_open {
                out.push("a copy with CKA_EXTRACTABLE=TRUE".to_owned());
            }
        }
        Ok(out)
    }
}

/// What wraps an AES key under an AES key.
const UNDER_AES: [Mechanism<'static>; 5] = [
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP),
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP_PAD),
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP_KWP),
    Mechanism::Bytes(sys::CKM_AES_CBC_PAD, &[0; 16]),
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP_PKCS7),
];

struct Judge<'s> {
    session: &'s Session,
    lies: Vec<Lie>,
}

impl<'s> Judge<'s> {
    fn lie(&mut self, kind: LieKind, what: impl Into<String>) {
        self.lies.push(Lie::new(kind, what));
    }

    fn comes_out(&mut self, kind: LieKind, which: &str, ways: &[String]) {
        if !ways.is_empty() {
            self.lie(kind, format!("a key {which} comes out by {}", list(ways)));
        }
    }

    /// Makes a key, or says nothing where the token makes none of the type.
    fn make(&self, plan: &KeyPlan<'_>) -> Result<Option<(Made, Guards<'s>)>, Pkcs11Error> {
        Ok(answered(keys::generate(self.session, plan))?.map(|made| {
            let guards = [Some(made.key), made.public]
                .into_iter()
                .flatten()
                .map(|object| Throwaway::new(self.session, object))
                .collect();
            (made, guards)
        }))
    }

    /// What the token tells of keys that it made and of one that it was given.
    fn attributes(&mut self) -> Result<(), Pkcs11Error> {
        for kind in [KeyType::Aes256, KeyType::Hmac256, KeyType::EcP256] {
            for extractable in [true, false] {
                let plan = KeyPlan {
                    extractable,
                    ..KeyPlan::throwaway(kind, Usage::usual(kind))
                };
                if let Some((made, _guards)) = self.make(&plan)? {
                    self.read(&plan, Origin::Generated, &made, "it made")?;
                }
            }
        }
        let plan = KeyPlan::throwaway(KeyType::Aes256, Usage::usual(KeyType::Aes256));
        let mut template = keys::key_template(&plan);
        // Anybody's value: it protects nothing.
        template.push(Attribute::bytes_of(sys::CKA_VALUE, IMPORTED));
        if let Some(key) = answered(self.session.create(&template))? {
            let _guard = Throwaway::new(self.session, key);
            let made = Made {
                key,
                public: None,
                left_out: Vec::new(),
            };
            self.read(&plan, Origin::Imported, &made, "it was given")?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        plan: &KeyPlan<'_>,
        origin: Origin,
        made: &Made,
        how: &str,
    ) -> Result<(), Pkcs11Error> {
        let reading = reading::read(self.session, plan, origin, made)?;
        for lie in reading.lies() {
            let kind = match lie.severity {
                Severity::Origin => LieKind::Origin,
                Severity::Protection | Severity::Function | Severity::Silent => LieKind::Attribute,
            };
            self.lies
                .push(Lie::new(kind, format!("of a key that {how}, {lie}")));
        }
        Ok(())
    }

    /// A key that was never extractable must not come out.
    fn unextractable(&mut self, ways: &Ways) -> Result<(), Pkcs11Error> {
        let plan = KeyPlan {
            extractable: false,
            ..KeyPlan::throwaway(KeyType::Aes256, Usage::usual(KeyType::Aes256))
        };
        if let Some((made, _guards)) = self.make(&plan)? {
            let out = ways.out(self.session, made.key)?;
            self.comes_out(
                LieKind::Extractable,
                "made with CKA_EXTRACTABLE=FALSE",
                &out,
            );
        }
        Ok(())
    }

    /// A key whose `CKA_EXTRACTABLE` was switched off must not come out any more.
    fn lock(&mut self, ways: &Ways) -> Result<Result<(), String>, Pkcs11Error> {
        let plan = KeyPlan::throwaway(KeyType::Aes256, Usage::usual(KeyType::Aes256));
        let Some((made, _guards)) = self.make(&plan)? else {
            return Ok(Err("it makes no aes-256 keys".to_owned()));
        };
        let before = ways.out(self.session, made.key)?;
        let off = [Attribute::flag(sys::CKA_EXTRACTABLE, false)];
        match self.session.set(made.key, &off) {
            Ok(()) => {}
            Err(error) if error.is_loss() => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        }
        let after = ways.out(self.session, made.key)?;
        self.comes_out(
            LieKind::Extractable,
            "whose CKA_EXTRACTABLE was switched off",
            &after,
        );
        Ok(if !after.is_empty() {
            Err("a locked key comes out all the same".to_owned())
        } else if before.is_empty() {
            Err("no key comes out in any way, so that nothing can be proved".to_owned())
        } else {
            Ok(())
        })
    }

    /// A key with `CKA_WRAP_WITH_TRUSTED` must not come out under keys that nobody trusts.
    fn wrap_with_trusted(&mut self, ways: &Ways) -> Result<Result<(), String>, Pkcs11Error> {
        let plan = KeyPlan {
            wrap_with_trusted: true,
            ..KeyPlan::throwaway(KeyType::Aes256, Usage::usual(KeyType::Aes256))
        };
        let Some((made, _guards)) = self.make(&plan)? else {
            return Ok(Err("it makes no such key".to_owned()));
        };
        if made.left_out.contains(&sys::CKA_WRAP_WITH_TRUSTED) {
            return Ok(Err("it does not take CKA_WRAP_WITH_TRUSTED".to_owned()));
        }
        let mut out = ways.out(self.session, made.key)?;
        // Only wraps count: the copy is as protected as the key.
        out.retain(|way| way.starts_with("CKM_"));
        self.comes_out(
            LieKind::WrapWithTrusted,
            "with CKA_WRAP_WITH_TRUSTED, under an untrusted key,",
            &out,
        );
        Ok(if out.is_empty() {
            Ok(())
        } else {
            Err("it accepts CKA_WRAP_WITH_TRUSTED and wraps under any key".to_owned())
        })
    }

    /// Attributes that are accepted when a key is made, and then ignored.
    fn ignored(&mut self) -> Result<(), Pkcs11Error> {
        let cmac_only = sys::CKM_AES_CMAC.to_ne_bytes();
        for (attribute, value, what) in [
            (sys::CKA_MODIFIABLE, NO, "CKA_MODIFIABLE=FALSE"),
            (sys::CKA_COPYABLE, NO, "CKA_COPYABLE=FALSE"),
            (sys::CKA_DESTROYABLE, NO, "CKA_DESTROYABLE=FALSE"),
            (
                sys::CKA_ALLOWED_MECHANISMS,
                &cmac_only[..],
                "CKA_ALLOWED_MECHANISMS",
            ),
        ] {
            // What may not be destroyed goes with its session.
            let session = self.session.another()?;
            if is_ignored(&session, attribute, value)? {
                self.lie(LieKind::Ignored, format!("{what} is accepted and ignored"));
            }
        }
        Ok(())
    }
}

/// Whether an attribute is accepted when a key is made, and then not heeded.
fn is_ignored(
    session: &Session,
    attribute: AttributeType,
    value: &[u8],
) -> Result<bool, Pkcs11Error> {
    let plan = KeyPlan::throwaway(KeyType::Aes256, Usage::usual(KeyType::Aes256));
    let mut template = keys::key_template(&plan);
    template.retain(|other| {
        !matches!(
            other.kind(),
            sys::CKA_CLASS | sys::CKA_KEY_TYPE | sys::CKA_MODIFIABLE
        )
    });
    template.push(Attribute::number(sys::CKA_VALUE_LEN, 32));
    template.push(Attribute::bytes_of(attribute, value));
    let generate = Mechanism::Plain(sys::CKM_AES_KEY_GEN);
    let Some(key) = answered(session.generate_key(generate, &template))? else {
        return Ok(false);
    };
    let done = match attribute {
        sys::CKA_MODIFIABLE => {
            answered(session.set(key, &[Attribute::bytes_of(sys::CKA_LABEL, b"changed")]))?
                .is_some()
        }
        sys::CKA_COPYABLE => {
            let session_object = [Attribute::flag(sys::CKA_TOKEN, false)];
            let copy = answered(session.copy(key, &session_object))?;
            copy.map(|copy| Throwaway::new(session, copy)).is_some()
        }
        sys::CKA_DESTROYABLE => answered(session.destroy(key))?.is_some(),
        _ => answered(session.encrypt(Mechanism::Plain(FORBIDDEN), key, &[0; 16]))?.is_some(),
    };
    if attribute != sys::CKA_DESTROYABLE || !done {
        // Refused where it may not be destroyed.
        answered(session.destroy(key))?;
    }
    Ok(done)
}

type Guards<'s> = Vec<Throwaway<'s>>;

const NO: &[u8] = &[sys::CK_FALSE];
/// Not among the allowed mechanisms.
const FORBIDDEN: MechanismType = sys::CKM_AES_ECB;
/// A key that everybody knows.
const IMPORTED: &[u8] = b"everybody knows this AES-256 key";
