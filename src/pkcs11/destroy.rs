//! Destroys objects, with proof; and objects that destroy themselves.

use cryptoki_sys as sys;

use crate::pkcs11::attribute;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::Session;
use crate::pkcs11::rv::Rv;

/// How the token answered when a destroyed object was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gone {
    /// To reading from it.
    pub read: Rv,
    /// To using it, where it could be used.
    pub used: Option<Rv>,
}

/// Destroys an object. Afterwards it must not be found, not be read and not be used.
///
/// # Errors
///
/// [`Pkcs11Error::NotDestroyed`] if the token still has it.
pub fn destroy(session: &Session, object: Handle) -> Result<Gone, Pkcs11Error> {
    let value = |number| {
        Ok::<_, Pkcs11Error>(match session.get(object, number)? {
            Found::Value(bytes) => Some(bytes),
            Found::Absent | Found::Unavailable | Found::Failed(_) => None,
        })
    };
    let number = |number| {
        Ok::<_, Pkcs11Error>(value(number)?.and_then(|bytes| bytes.try_into().ok()))
            .map(|bytes| bytes.map(sys::CK_ULONG::from_ne_bytes))
    };
    let (class, key_type) = (number(sys::CKA_CLASS)?, number(sys::CKA_KEY_TYPE)?);
    let label = value(sys::CKA_LABEL)?;
    session.destroy(object)?;

    let still = |evidence| Pkcs11Error::NotDestroyed {
        what: class.map_or_else(|| "object".to_owned(), attribute::class_name),
        evidence,
    };
    let mut search = Vec::new();
    search.extend(class.map(|class| Attribute::number(sys::CKA_CLASS, class)));
    search.extend(
        label
            .as_deref()
            .map(|label| Attribute::bytes_of(sys::CKA_LABEL, label)),
    );
    if session.find(&search)?.contains(&object) {
        return Err(still("a search finds it"));
    }
    let read = match session.get(object, sys::CKA_CLASS)? {
        Found::Failed(rv) => rv,
        Found::Value(_) | Found::Absent | Found::Unavailable => {
            return Err(still("it can be read"));
        }
    };
    let used = match use_of(class, key_type) {
        None => None,
        Some(mechanism) => match session.sign(mechanism, object, &[0; 32]) {
            Err(Pkcs11Error::Failed { rv, .. }) if is_no_key(rv) => Some(rv),
            // Whatever else refuses has looked at the key first.
            Ok(_) | Err(Pkcs11Error::Failed { .. }) => return Err(still("it can be used")),
            Err(error) => return Err(error),
        },
    };
    Ok(Gone { read, used })
}

/// What is tried on a destroyed key. Which mechanism it is matters little: the key is looked up for
/// each.
fn use_of(
    class: Option<sys::CK_ULONG>,
    key_type: Option<sys::CK_ULONG>,
) -> Option<Mechanism<'static>> {
    let signs = matches!(class, Some(sys::CKO_SECRET_KEY | sys::CKO_PRIVATE_KEY));
    let mechanism = match key_type? {
        sys::CKK_AES => sys::CKM_AES_CMAC,
        sys::CKK_GENERIC_SECRET => sys::CKM_SHA256_HMAC,
        sys::CKK_RSA => sys::CKM_RSA_PKCS,
        sys::CKK_EC => sys::CKM_ECDSA,
        sys::CKK_EC_EDWARDS => sys::CKM_EDDSA,
        _ => return None,
    };
    signs.then_some(Mechanism::Plain(mechanism))
}

/// Whether the token says that there is no such key; some look at the mechanism first.
const fn is_no_key(rv: Rv) -> bool {
    matches!(
        rv,
        Rv::KEY_HANDLE_INVALID | Rv::OBJECT_HANDLE_INVALID | Rv::MECHANISM_INVALID
    )
}

/// An object that is destroyed when it is no longer needed, whatever happens.
pub struct Throwaway<'s> {
    session: &'s Session,
    object: Handle,
    there: bool,
}

impl<'s> Throwaway<'s> {
    /// Takes charge of an object.
    pub const fn new(session: &'s Session, object: Handle) -> Self {
        Self {
            session,
            object,
            there: true,
        }
    }

    /// The object.
    pub const fn handle(&self) -> Handle {
        self.object
    }

    /// Destroys it now, with proof.
    ///
    /// # Errors
    ///
    /// As for [`destroy`].
    pub fn destroy(mut self) -> Result<Gone, Pkcs11Error> {
        self.there = false;
        destroy(self.session, self.object)
    }
}

impl Drop for Throwaway<'_> {
    fn drop(&mut self) {
        if self.there {
            // Session objects end with the session at the latest.
            drop(self.session.destroy(self.object));
        }
    }
}
