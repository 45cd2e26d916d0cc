//! A throwaway key that trials are made on, and whether it is the key that came out.

use cryptoki_sys as sys;

use crate::crypto::check_value;
use crate::crypto::check_value::ECB3;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap::Hash;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::check;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::keys::Made;
use crate::pkcs11::public;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::MechanismType;
use crate::pkcs11::raw::Session;
use crate::pkcs11::trial::is_gone;
use crate::pkcs11::usage::Usage;
use crate::secret::Secret;

/// A key for trials, destroyed when it is dropped.
pub(super) struct Subject<'s> {
    session: &'s Session,
    kind: KeyType,
    made: Made,
    /// What the public half tells, read once.
    spki: Option<Vec<u8>>,
    _objects: Vec<Throwaway<'s>>,
}

impl<'s> Subject<'s> {
    /// Makes one that may be wrapped out and used.
    ///
    /// # Errors
    ///
    /// What the token says.
    pub(super) fn make(session: &'s Session, kind: KeyType) -> Result<Self, Pkcs11Error> {
        // A key that only signs shows its check value by CMAC. Some keep the two apart.
        let made = match kind.class() {
            Class::Aes(_) => keys::generate(
                session,
                &KeyPlan::throwaway(kind, &[Usage::Encrypt, Usage::Sign]),
            ),
            Class::Hmac(_) | Class::Rsa(_) | Class::Ec | Class::Edwards => {
                keys::generate(session, &KeyPlan::throwaway(kind, Usage::usual(kind)))
            }
        };
        let made = match made {
            Err(error) if !error.is_loss() && matches!(kind.class(), Class::Aes(_)) => {
                keys::generate(session, &KeyPlan::throwaway(kind, Usage::usual(kind)))?
            }
            made => made?,
        };
        let objects = [Some(made.key), made.public].into_iter().flatten();
        let objects = objects
            .map(|object| Throwaway::new(session, object))
            .collect();
        let spki = if kind.is_pair() {
            answered(public::half_of(session, kind, &made))?
        } else {
            None
        };
        Ok(Self {
            session,
            kind,
            made,
            spki,
            _objects: objects,
        })
    }

    /// The secret key, or the private half.
    pub(super) fn handle(&self) -> Handle {
        self.made.key
    }

    /// Whether it is the key in its plain form that somebody found; nothing if the token cannot
    /// tell.
    ///
    /// # Errors
    ///
    /// When the token is gone.
    pub(super) fn is(&self, plain: &Secret) -> Result<Option<bool>, Pkcs11Error> {
        if self.kind.is_pair() {
            let plain = Secret::init(plain.len(), |to| to.copy_from_slice(plain.expose()));
            return Ok(self.spki.as_ref().map(|spki| {
                SoftwareKey::from_material(self.kind, plain)
                    .is_ok_and(|key| key.spki().as_ref() == Some(spki))
            }));
        }
        let Ok(wanted) = check_value::of(self.kind, plain) else {
            return Ok(Some(false));
        };
        let told = answered(check::values(self.session, self.kind, &self.made))?
            .map(|checked| checked.values)
            .unwrap_or_default();
        let mut compared = told
            .iter()
            .filter_map(|(name, value)| wanted.get(name).map(|wanted| wanted == value))
            .peekable();
        if compared.peek().is_some() {
            return Ok(Some(compared.all(|same| same)));
        }
        match self.kind.class() {
            // CBC under a zero IV makes the same of one zero block as ECB.
            Class::Aes(_) => {
                let cbc = Mechanism::Bytes(sys::CKM_AES_CBC, &[0; 16]);
                let made = answered(self.session.encrypt(cbc, self.made.key, &[0; 16]))?;
                Ok(made.map(|made| {
                    made.get(..3).map(check_value::upper_hex).as_deref() == wanted.get(ECB3)
                }))
            }
            Class::Hmac(_) => {
                for (hash, mechanism) in HMACS {
                    let mechanism = Mechanism::Plain(*mechanism);
                    let made = self.session.sign(mechanism, self.made.key, &[0; 16]);
                    if let Some(made) = answered(made)? {
                        return Ok(Some(check_value::hmac(*hash, plain) == made));
                    }
                }
                Ok(None)
            }
            Class::Rsa(_) | Class::Ec | Class::Edwards => Ok(None),
        }
    }
}

/// For tokens that want HMAC keys as long as the digest.
const HMACS: &[(Hash, MechanismType)] = &[
    (Hash::Sha224, sys::CKM_SHA224_HMAC),
    (Hash::Sha1, sys::CKM_SHA_1_HMAC),
];

/// What a call made, or nothing where the token refused it.
///
/// # Errors
///
/// When the token is gone.
pub(super) fn answered<T>(called: Result<T, Pkcs11Error>) -> Result<Option<T>, Pkcs11Error> {
    match called {
        Ok(made) => Ok(Some(made)),
        Err(error) if is_gone(&error) => Err(error),
        Err(_) => Ok(None),
    }
}
