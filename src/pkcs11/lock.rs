//! That a key cannot be taken out: tried, not believed; and switching off that it can.

use cryptoki_sys as sys;

use crate::crypto::wrap::Hash;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::domain::attributes::Attempt;
use crate::domain::attributes::Outcome;
use crate::domain::attributes::Unextractable;
use crate::pkcs11::attribute;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::destroy::destroy;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::Session;
use crate::pkcs11::rv::Rv;
use crate::pkcs11::usage::Usage;

/// Tries to take a key out in every way that is likely to be there: wrapped under an RSA key and
/// under an AES key, copied, made extractable again, and read. Each way is tried on a throwaway key
/// of the same class first, which may be taken out: only where that works does a refusal prove
/// anything.
///
/// What is wrapped is thrown away at once; the keys that could open it never leave the token.
///
/// # Errors
///
/// When the token makes no throwaway keys, or is gone.
pub fn prove_unextractable(
    session: &Session,
    kind: KeyType,
    key: Handle,
) -> Result<Unextractable, Pkcs11Error> {
    let wraps = [Usage::Wrap, Usage::Unwrap];
    // The private half of the RSA wrapping pair is what is tried where the key is an RSA pair.
    let pair = keys::generate(session, &KeyPlan::throwaway(KeyType::Rsa2048, &wraps))?;
    let rsa_private = Throwaway::new(session, pair.key);
    let rsa = pair.public.map(|public| Throwaway::new(session, public));
    let aes = keys::generate(session, &KeyPlan::throwaway(KeyType::Aes256, &wraps))?;
    let aes = Throwaway::new(session, aes.key);
    let mut other = Vec::new();
    let control = match kind.class() {
        Class::Rsa(_) => rsa_private.handle(),
        Class::Aes(_) | Class::Hmac(_) | Class::Ec | Class::Edwards => {
            let usual = Usage::usual(kind);
            let made = keys::generate(session, &KeyPlan::throwaway(kind, usual))?;
            other.push(Throwaway::new(session, made.key));
            other.extend(made.public.map(|public| Throwaway::new(session, public)));
            made.key
        }
    };

    let mut attempts = Vec::new();
    let mut attempt = |how: String, take: &dyn Fn(Handle) -> Result<(), Pkcs11Error>| {
        let attempt = Attempt {
            how,
            control: outcome(session, control, take(control))?,
            key: outcome(session, key, take(key))?,
        };
        attempts.push(attempt);
        Ok::<_, Pkcs11Error>(())
    };
    if let Some(rsa) = &rsa {
        for (name, mechanism) in UNDER_RSA {
            attempt((*name).to_owned(), &|key| {
                session.wrap(*mechanism, rsa.handle(), key).map(drop)
            })?;
        }
    }
    for mechanism in UNDER_AES {
        attempt(attribute::mechanism_name(mechanism.number()), &|key| {
            session.wrap(*mechanism, aes.handle(), key).map(drop)
        })?;
    }
    let extractable = [
        Attribute::flag(sys::CKA_TOKEN, false),
        Attribute::flag(sys::CKA_EXTRACTABLE, true),
    ];
    attempt(
        "C_CopyObject with CKA_EXTRACTABLE=TRUE".to_owned(),
        &|key| {
            let copy = session.copy(key, &extractable)?;
            drop(Throwaway::new(session, copy));
            Ok(())
        },
    )?;
    Ok(Unextractable { attempts })
}

/// What came of it. Some tokens call a wrap that they cannot do an error of the device: that the
/// device is still there is seen by reading from the key.
fn outcome(
    session: &Session,
    key: Handle,
    tried: Result<(), Pkcs11Error>,
) -> Result<Outcome, Pkcs11Error> {
    match tried {
        Ok(()) => Ok(Outcome::Done),
        Err(Pkcs11Error::Failed { rv, call }) => {
            if rv.is_loss() && !matches!(session.get(key, sys::CKA_CLASS)?, Found::Value(_)) {
                return Err(Pkcs11Error::Failed { call, rv });
            }
            Ok(Outcome::Refused(rv.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// Ways to wrap under an RSA key.
const UNDER_RSA: &[(&str, Mechanism<'static>)] = &[
    (
        "CKM_RSA_PKCS_OAEP with SHA-1",
        Mechanism::Oaep {
            hash: Hash::Sha1,
            mgf: Hash::Sha1,
        },
    ),
    (
        "CKM_RSA_PKCS_OAEP with SHA-256",
        Mechanism::Oaep {
            hash: Hash::Sha256,
            mgf: Hash::Sha256,
        },
    ),
    ("CKM_RSA_PKCS", Mechanism::Plain(sys::CKM_RSA_PKCS)),
    (
        "CKM_RSA_AES_KEY_WRAP with SHA-1",
        Mechanism::RsaAesKeyWrap {
            aes_bits: 256,
            hash: Hash::Sha1,
            mgf: Hash::Sha1,
        },
    ),
    (
        "CKM_RSA_AES_KEY_WRAP with SHA-256",
        Mechanism::RsaAesKeyWrap {
            aes_bits: 256,
            hash: Hash::Sha256,
            mgf: Hash::Sha256,
        },
    ),
];

/// Ways to wrap under an AES key.
const UNDER_AES: &[Mechanism<'static>] = &[
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP),
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP_PAD),
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP_KWP),
    Mechanism::Plain(sys::CKM_AES_KEY_WRAP_PKCS7),
    Mechanism::Bytes(sys::CKM_AES_CBC_PAD, &[0; 16]),
    Mechanism::Bytes(sys::CKM_AES_CBC, &[0; 16]),
    Mechanism::Plain(sys::CKM_AES_ECB),
];

/// A key that was locked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Locked {
    /// The key; another object than before where the token only locks a copy.
    pub key: Handle,
    /// How it was locked, in words for the record.
    pub how: &'static str,
    /// Whether `CKA_MODIFIABLE` could be switched off, too.
    pub unmodifiable: bool,
    /// What was tried afterwards.
    pub proof: Unextractable,
}

/// Switches `CKA_EXTRACTABLE` off for ever, and proves it. Where the token does not let it be set, a
/// copy that is not extractable takes the place of the key, which is destroyed.
///
/// # Errors
///
/// [`Pkcs11Error::StillExtractable`] if the token says it is done and the attribute says otherwise.
/// Whether wraps fail is in the proof: a token may well say yes and wrap on.
pub fn lock(session: &Session, kind: KeyType, key: Handle) -> Result<Locked, Pkcs11Error> {
    let off = [Attribute::flag(sys::CKA_EXTRACTABLE, false)];
    let is_off = Found::Value(vec![sys::CK_FALSE]);
    // A key that was made so, or whose lock was interrupted, may not let it be set again.
    let set = if session.get(key, sys::CKA_EXTRACTABLE)? == is_off {
        None
    } else {
        Some(session.set(key, &off))
    };
    let (key, how) = match set {
        None => (key, "CKA_EXTRACTABLE was off before"),
        Some(Ok(())) => (key, "CKA_EXTRACTABLE was switched off"),
        Some(Err(Pkcs11Error::Failed { rv, .. })) if refuses_to_set(rv) => {
            let copy = session.copy(key, &off)?;
            destroy(session, key)?;
            (
                copy,
                "a copy with CKA_EXTRACTABLE off took the place of the key, which was destroyed",
            )
        }
        Some(Err(error)) => return Err(error),
    };
    if session.get(key, sys::CKA_EXTRACTABLE)? != is_off {
        return Err(Pkcs11Error::StillExtractable);
    }
    // Few tokens allow it; nothing depends on it.
    let unmodifiable = session
        .set(key, &[Attribute::flag(sys::CKA_MODIFIABLE, false)])
        .is_ok()
        && session.get(key, sys::CKA_MODIFIABLE)? == Found::Value(vec![sys::CK_FALSE]);
    Ok(Locked {
        key,
        how,
        unmodifiable,
        proof: prove_unextractable(session, kind, key)?,
    })
}

const fn refuses_to_set(rv: Rv) -> bool {
    matches!(
        rv,
        Rv::ATTRIBUTE_READ_ONLY
            | Rv::ACTION_PROHIBITED
            | Rv::FUNCTION_NOT_SUPPORTED
            | Rv::ATTRIBUTE_TYPE_INVALID
            | Rv::TEMPLATE_INCONSISTENT
    )
}
