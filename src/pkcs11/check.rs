//! Check values, computed by the token itself.
//!
//! Of an AES key that encrypts, both values come from encrypting one block at a time: CMAC of one
//! zero block is the encryption of twice the encrypted zero block (SP 800-38B). A key that only
//! signs gives its CMAC. `ekcv` needs HKDF under the key, which no token here has.

use std::collections::BTreeMap;

use cryptoki_sys as sys;

use crate::crypto::check_value::CMAC5;
use crate::crypto::check_value::CheckValues;
use crate::crypto::check_value::ECB3;
use crate::crypto::check_value::MAC5;
use crate::crypto::check_value::SPKI;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Digest;
use crate::domain::record::hex;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys::Made;
use crate::pkcs11::public;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::Session;
use crate::secret::Secret;

/// Check values, and those that could not be had.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Checked {
    /// What the token computed.
    pub values: CheckValues,
    /// Name of each value that it could not compute, and why.
    pub not_computed: Vec<String>,
}

/// Has the token compute the check values of a key, by whatever the key may be used for.
///
/// # Errors
///
/// [`Pkcs11Error::CheckValue`] if `CKA_CHECK_VALUE` contradicts them; what
/// [`public::half_of`] says about pairs; and when the token is gone.
pub fn values(session: &Session, kind: KeyType, made: &Made) -> Result<Checked, Pkcs11Error> {
    let mut values = BTreeMap::new();
    let mut not_computed = Vec::new();
    let mut note = |name: &str, value: Result<String, Pkcs11Error>| match value {
        Ok(value) => {
            values.insert(name.to_owned(), value);
            Ok(())
        }
        Err(error) if error.is_loss() => Err(error),
        Err(error) => {
            not_computed.push(format!("{name}: {error}"));
            Ok(())
        }
    };
    match kind.class() {
        Class::Aes(_) => {
            let zero = encrypt(session, made.key, &[0; 16]);
            let cmac = match &zero {
                Ok(zero) => encrypt(session, made.key, doubled(zero).expose()),
                Err(_) => mac(session, made.key, sys::CKM_AES_CMAC),
            };
            note(CMAC5, cmac.map(|cmac| upper(&cmac, 5)))?;
            note(ECB3, zero.map(|zero| upper(&zero, 3)))?;
        }
        Class::Hmac(_) => {
            let mac = mac(session, made.key, sys::CKM_SHA256_HMAC);
            note(MAC5, mac.map(|mac| upper(&mac, 5)))?;
        }
        Class::Rsa(_) | Class::Ec | Class::Edwards => {
            let spki = public::half_of(session, kind, made)?;
            note(SPKI, Ok(Digest::of(&spki).to_string()))?;
        }
    }
    let checked = Checked {
        values: values.into(),
        not_computed,
    };
    told(session, made.key, &checked)?;
    Ok(checked)
}

/// Holds `CKA_CHECK_VALUE`, where the token has it, against the block that it encrypted.
fn told(session: &Session, key: Handle, checked: &Checked) -> Result<(), Pkcs11Error> {
    let Some(computed) = checked.values.get(ECB3) else {
        return Ok(());
    };
    match session.get(key, sys::CKA_CHECK_VALUE)? {
        Found::Value(bytes) if hex(&bytes).to_ascii_uppercase() != computed => {
            Err(Pkcs11Error::CheckValue {
                told: hex(&bytes).to_ascii_uppercase(),
                computed: computed.to_owned(),
            })
        }
        Found::Value(_) | Found::Absent | Found::Unavailable | Found::Failed(_) => Ok(()),
    }
}

/// One block; kept like a secret, since only the first bytes of it are public.
fn encrypt(session: &Session, key: Handle, block: &[u8]) -> Result<Secret, Pkcs11Error> {
    let mut made = session.encrypt(Mechanism::Plain(sys::CKM_AES_ECB), key, block)?;
    block_of("C_Encrypt", &mut made)
}

fn mac(
    session: &Session,
    key: Handle,
    mechanism: sys::CK_MECHANISM_TYPE,
) -> Result<Secret, Pkcs11Error> {
    let mut made = session.sign(Mechanism::Plain(mechanism), key, &[0; 16])?;
    block_of("C_Sign", &mut made)
}

/// Has the token make the HMAC of a text by the hash of the key's type, if it can.
///
/// # Errors
///
/// When the token is gone.
pub fn hmac(
    session: &Session,
    kind: KeyType,
    made: &Made,
    text: &[u8],
) -> Result<Option<Secret>, Pkcs11Error> {
    let mechanism = match kind.class() {
        Class::Hmac(28) => sys::CKM_SHA224_HMAC,
        Class::Hmac(32) => sys::CKM_SHA256_HMAC,
        Class::Hmac(48) => sys::CKM_SHA384_HMAC,
        Class::Hmac(64) => sys::CKM_SHA512_HMAC,
        Class::Hmac(_) | Class::Aes(_) | Class::Rsa(_) | Class::Ec | Class::Edwards => {
            return Ok(None);
        }
    };
    match session.sign(Mechanism::Plain(mechanism), made.key, text) {
        Ok(mut mac) if Some(mac.len()) == kind.raw_len() => Ok(Some(Secret::take(&mut mac))),
        Err(error) if error.is_loss() => Err(error),
        // A token without this hash, or one that tells another length, answers no challenge.
        Ok(_) | Err(_) => Ok(None),
    }
}

/// Has the token encrypt one block with an AES key, if it can.
///
/// # Errors
///
/// When the token is gone.
pub fn block(
    session: &Session,
    made: &Made,
    block: &[u8; 16],
) -> Result<Option<Secret>, Pkcs11Error> {
    match encrypt(session, made.key, block) {
        Ok(block) => Ok(Some(block)),
        Err(error) if error.is_loss() => Err(error),
        // A key that may not encrypt there poses no challenge.
        Err(_) => Ok(None),
    }
}

/// A result that is one block at least.
fn block_of(call: &'static str, made: &mut [u8]) -> Result<Secret, Pkcs11Error> {
    if made.len() < 16 {
        return Err(Pkcs11Error::Nonsense {
            call,
            what: "a length",
            found: made.len() as u64,
        });
    }
    Ok(Secret::take(made))
}

/// Twice a block in the field of CMAC (SP 800-38B section 6.1).
fn doubled(block: &Secret) -> Secret {
    let top = block.expose().first().map_or(0, |byte| byte >> 7);
    Secret::init(16, |to| {
        let next = block.expose().iter().skip(1).chain(&[0]);
        for ((to, byte), next) in to.iter_mut().zip(block.expose()).zip(next) {
            *to = byte << 1 | next >> 7;
        }
        if let Some(last) = to.last_mut() {
            *last ^= 0x87 * top;
        }
    })
}

/// The first bytes, in upper-case hexadecimal.
fn upper(block: &Secret, len: usize) -> String {
    hex(block.expose().get(..len).unwrap_or_default()).to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::unhex;

    #[test]
    fn a_block_is_doubled_as_in_rfc_4493() {
        let secret = |text| Secret::take(&mut unhex(text).unwrap());
        // L, K1 and K2 of RFC 4493, section 4.
        let block = secret("7df76b0c1ab899b33e42f047b91b546f");
        let once = secret("fbeed618357133667c85e08f7236a8de");
        let twice = secret("f7ddac306ae266ccf90bc11ee46d513b");
        assert_eq!(doubled(&block), once);
        assert_eq!(doubled(&once), twice);
    }
}
