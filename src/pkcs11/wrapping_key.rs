//! A provider's wrapping key in the token: brought in, read back, and trusted where that means
//! something.

use cryptoki_sys as sys;

use crate::crypto::public_half;
use crate::crypto::wrap::Hash;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::Session;
use crate::pkcs11::usage::Usage;

/// Brings an RSA wrapping key in as a session object that wraps, and reads modulus and exponent
/// back, byte for byte.
///
/// # Errors
///
/// [`Pkcs11Error::WrappingKey`] if the token has another one, and what it says otherwise.
pub fn import<'s>(
    session: &'s Session,
    key: &WrappingKey,
    trusted: bool,
) -> Result<Throwaway<'s>, Pkcs11Error> {
    let (modulus, exponent) =
        public_half::rsa_numbers(key.der()).ok_or(Pkcs11Error::WrappingKey)?;
    let mut template = vec![
        Attribute::number(sys::CKA_CLASS, sys::CKO_PUBLIC_KEY),
        Attribute::number(sys::CKA_KEY_TYPE, sys::CKK_RSA),
        Attribute::flag(sys::CKA_TOKEN, false),
        Attribute::flag(sys::CKA_PRIVATE, false),
        Attribute::flag(sys::CKA_WRAP, true),
        Attribute::flag(sys::CKA_ENCRYPT, false),
        Attribute::flag(sys::CKA_VERIFY, false),
        Attribute::bytes_of(sys::CKA_LABEL, b"keyrite wrapping key"),
        Attribute::bytes_of(sys::CKA_MODULUS, &modulus),
        Attribute::bytes_of(sys::CKA_PUBLIC_EXPONENT, &exponent),
    ];
    if trusted {
        template.push(Attribute::flag(sys::CKA_TRUSTED, true));
    }
    let object = Throwaway::new(session, session.create(&template)?);
    let read = |number| {
        Ok::<_, Pkcs11Error>(match session.get(object.handle(), number)? {
            Found::Value(bytes) => {
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                bytes.get(zeros..).unwrap_or_default().to_vec()
            }
            Found::Absent | Found::Unavailable | Found::Failed(_) => Vec::new(),
        })
    };
    if read(sys::CKA_MODULUS)? == modulus && read(sys::CKA_PUBLIC_EXPONENT)? == exponent {
        Ok(object)
    } else {
        Err(Pkcs11Error::WrappingKey)
    }
}

/// Whether keys can be kept from wrapping keys that nobody trusts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Trust {
    /// A throwaway key with `CKA_WRAP_WITH_TRUSTED` went out under the trusted wrapping key and
    /// not under the same one untrusted.
    Proved,
    /// The token does not do it; why, in words for a finding.
    None(String),
}

/// Tries whether the user can bring in a trusted wrapping key, and whether that protects anything.
///
/// # Errors
///
/// When the token makes no throwaway key, or is gone.
pub fn try_trust(session: &Session, key: &WrappingKey) -> Result<Trust, Pkcs11Error> {
    let trusted = match import(session, key, true) {
        Ok(trusted) => trusted,
        Err(error) if error.is_loss() => return Err(error),
        Err(error) => {
            return Ok(Trust::None(format!(
                "the user cannot make a wrapping key trusted ({error})"
            )));
        }
    };
    let untrusted = import(session, key, false)?;
    prove_trust(session, trusted.handle(), untrusted.handle())
}

/// Proves that a token keeps a key with `CKA_WRAP_WITH_TRUSTED` from an untrusted wrapping key, and
/// gives it to a trusted one.
///
/// # Errors
///
/// When the token is gone.
pub fn prove_trust(
    session: &Session,
    trusted: Handle,
    untrusted: Handle,
) -> Result<Trust, Pkcs11Error> {
    let plan = KeyPlan {
        wrap_with_trusted: true,
        ..KeyPlan::throwaway(KeyType::Aes256, &[Usage::Encrypt])
    };
    let made = match keys::generate(session, &plan) {
        Ok(made) => made,
        Err(error) if error.is_loss() => return Err(error),
        Err(error) => {
            return Ok(Trust::None(format!(
                "the token makes no key with CKA_WRAP_WITH_TRUSTED ({error})"
            )));
        }
    };
    let throwaway = Throwaway::new(session, made.key);
    if made.left_out.contains(&sys::CKA_WRAP_WITH_TRUSTED) {
        return Ok(Trust::None(
            "the token does not take CKA_WRAP_WITH_TRUSTED".to_owned(),
        ));
    }
    let wraps = |under| {
        let sha1 = Mechanism::Oaep {
            hash: Hash::Sha1,
            mgf: Hash::Sha1,
        };
        match session.wrap(sha1, under, throwaway.handle()) {
            Ok(_) => Ok(true),
            Err(error) if error.is_loss() => Err(error),
            Err(_) => Ok(false),
        }
    };
    Ok(match (wraps(trusted)?, wraps(untrusted)?) {
        (true, false) => Trust::Proved,
        (_, true) => Trust::None(
            "the token takes CKA_WRAP_WITH_TRUSTED and wraps under an untrusted key all the same"
                .to_owned(),
        ),
        (false, false) => {
            Trust::None("the token does not wrap under the trusted key either".to_owned())
        }
    })
}
