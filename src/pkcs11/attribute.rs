//! Attributes of objects: their names, the values of templates, and what is read back.

use cryptoki_sys as sys;

use crate::domain::attributes::AttributeFound;
use crate::domain::attributes::AttributeRead;
use crate::domain::record::hex;
use crate::domain::text::plain;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Session;

/// A number of an attribute.
pub type AttributeType = sys::CK_ATTRIBUTE_TYPE;

const TRUE: &[u8] = &[sys::CK_TRUE];
const FALSE: &[u8] = &[sys::CK_FALSE];

/// An attribute and its value, for a template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute<'a> {
    kind: AttributeType,
    value: Value<'a>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Value<'a> {
    Borrowed(&'a [u8]),
    Number([u8; size_of::<sys::CK_ULONG>()]),
}

impl<'a> Attribute<'a> {
    /// Yes or no.
    pub fn flag(kind: AttributeType, value: bool) -> Self {
        Self::bytes_of(kind, if value { TRUE } else { FALSE })
    }

    /// A number.
    pub fn number(kind: AttributeType, value: sys::CK_ULONG) -> Self {
        Self {
            kind,
            value: Value::Number(value.to_ne_bytes()),
        }
    }

    /// Bytes.
    pub fn bytes_of(kind: AttributeType, value: &'a [u8]) -> Self {
        Self {
            kind,
            value: Value::Borrowed(value),
        }
    }

    /// Its number.
    pub fn kind(&self) -> AttributeType {
        self.kind
    }

    /// Its value as the module reads it.
    pub fn bytes(&self) -> &[u8] {
        match &self.value {
            Value::Borrowed(bytes) => bytes,
            Value::Number(bytes) => bytes,
        }
    }
}

/// How the value of an attribute is to be read.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A number.
    Number,
    /// A number that has a name: object class, key type, mechanism.
    Named(fn(sys::CK_ULONG) -> String),
    /// Bytes, shown in hexadecimal.
    Bytes,
    /// Text.
    Text,
}

/// An attribute that is used here.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its number.
    pub number: AttributeType,
    /// Its name in the standard.
    pub name: &'static str,
    /// How it is read.
    pub kind: Kind,
}

/// Declares the table with each name standing once.
macro_rules! known {
    ($($name:ident: $kind:expr),* $(,)?) => {
        /// Every attribute that is used here.
        ///
        /// Source: PKCS #11 Specification Version 3.1, OASIS, sections 4.4 to 4.10.
        const KNOWN: &[Known] = &[$(Known {
            number: sys::$name,
            name: stringify!($name),
            kind: $kind,
        }),*];
    };
}

known! {
    CKA_CLASS: Kind::Named(class_name),
    CKA_KEY_TYPE: Kind::Named(key_type_name),
    CKA_TOKEN: Kind::Flag,
    CKA_PRIVATE: Kind::Flag,
    CKA_LABEL: Kind::Text,
    CKA_ID: Kind::Bytes,
    CKA_UNIQUE_ID: Kind::Text,
    CKA_SENSITIVE: Kind::Flag,
    CKA_EXTRACTABLE: Kind::Flag,
    CKA_MODIFIABLE: Kind::Flag,
    CKA_COPYABLE: Kind::Flag,
    CKA_LOCAL: Kind::Flag,
    CKA_ALWAYS_SENSITIVE: Kind::Flag,
    CKA_NEVER_EXTRACTABLE: Kind::Flag,
    CKA_KEY_GEN_MECHANISM: Kind::Named(mechanism_name),
    CKA_ENCRYPT: Kind::Flag,
    CKA_DECRYPT: Kind::Flag,
    CKA_SIGN: Kind::Flag,
    CKA_VERIFY: Kind::Flag,
    CKA_WRAP: Kind::Flag,
    CKA_UNWRAP: Kind::Flag,
    CKA_DERIVE: Kind::Flag,
    CKA_SIGN_RECOVER: Kind::Flag,
    CKA_VERIFY_RECOVER: Kind::Flag,
    CKA_TRUSTED: Kind::Flag,
    CKA_WRAP_WITH_TRUSTED: Kind::Flag,
    CKA_ALWAYS_AUTHENTICATE: Kind::Flag,
    CKA_VALUE_LEN: Kind::Number,
    CKA_MODULUS_BITS: Kind::Number,
    CKA_MODULUS: Kind::Bytes,
    CKA_PUBLIC_EXPONENT: Kind::Bytes,
    CKA_EC_PARAMS: Kind::Bytes,
    CKA_EC_POINT: Kind::Bytes,
    CKA_PUBLIC_KEY_INFO: Kind::Bytes,
    CKA_CHECK_VALUE: Kind::Bytes,
    CKA_VALUE: Kind::Bytes,
}

/// The name of an attribute, or its number.
pub fn name(number: AttributeType) -> String {
    known(number).map_or_else(|| format!("{number:#x}"), |known| known.name.to_owned())
}

/// An attribute of the table.
pub fn known(number: AttributeType) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.number == number)
}

/// Whether the value of an attribute is a number.
pub fn is_number(number: AttributeType) -> bool {
    known(number).is_some_and(|known| matches!(known.kind, Kind::Number | Kind::Named(_)))
}

/// What bytes mean as the value of an attribute; nothing if they cannot be one.
pub fn words(number: AttributeType, bytes: &[u8]) -> Option<String> {
    let as_number = || bytes.try_into().ok().map(sys::CK_ULONG::from_ne_bytes);
    match known(number).map_or(Kind::Bytes, |known| known.kind) {
        Kind::Flag => match bytes {
            // The standard has one other value than false; some tokens have more.
            [sys::CK_FALSE] => Some("false".to_owned()),
            [_] => Some("true".to_owned()),
            _ => None,
        },
        Kind::Number => as_number().map(|number| number.to_string()),
        Kind::Named(name) => as_number().map(name),
        Kind::Bytes => Some(hex(bytes)),
        Kind::Text => Some(plain(&String::from_utf8_lossy(bytes)).into_owned()),
    }
}

/// Reads one attribute of an object into words, beside what it was to be.
///
/// # Errors
///
/// What [`Session::get`] says; a value that cannot be one is an answer, too.
pub fn read(
    session: &Session,
    object: Handle,
    number: AttributeType,
    planned: Option<String>,
) -> Result<AttributeRead, Pkcs11Error> {
    let found = match session.get(object, number)? {
        Found::Value(bytes) => match words(number, &bytes) {
            Some(value) => AttributeFound::Value(value),
            None => AttributeFound::Error(format!("a value of {} bytes", bytes.len())),
        },
        Found::Absent => AttributeFound::Absent,
        Found::Unavailable => AttributeFound::Unavailable,
        Found::Failed(rv) => AttributeFound::Error(rv.to_string()),
    };
    Ok(AttributeRead {
        name: name(number),
        planned,
        found,
    })
}

/// Names of numbers, or the numbers.
fn named(number: sys::CK_ULONG, names: &[(sys::CK_ULONG, &str)]) -> String {
    names
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(|| format!("{number:#x}"), |(_, name)| (*name).to_owned())
}

/// The name of an object class.
pub fn class_name(number: sys::CK_ULONG) -> String {
    named(
        number,
        &[
            (sys::CKO_DATA, "CKO_DATA"),
            (sys::CKO_CERTIFICATE, "CKO_CERTIFICATE"),
            (sys::CKO_PUBLIC_KEY, "CKO_PUBLIC_KEY"),
            (sys::CKO_PRIVATE_KEY, "CKO_PRIVATE_KEY"),
            (sys::CKO_SECRET_KEY, "CKO_SECRET_KEY"),
        ],
    )
}

/// The name of a key type.
pub fn key_type_name(number: sys::CK_ULONG) -> String {
    named(
        number,
        &[
            (sys::CKK_RSA, "CKK_RSA"),
            (sys::CKK_EC, "CKK_EC"),
            (sys::CKK_EC_EDWARDS, "CKK_EC_EDWARDS"),
            (sys::CKK_GENERIC_SECRET, "CKK_GENERIC_SECRET"),
            (sys::CKK_AES, "CKK_AES"),
        ],
    )
}

/// The name of a mechanism that is used here.
pub fn mechanism_name(number: sys::CK_ULONG) -> String {
    named(
        number,
        &[
            (sys::CKM_AES_KEY_GEN, "CKM_AES_KEY_GEN"),
            (
                sys::CKM_GENERIC_SECRET_KEY_GEN,
                "CKM_GENERIC_SECRET_KEY_GEN",
            ),
            (sys::CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN"),
            (
                sys::CKM_RSA_X9_31_KEY_PAIR_GEN,
                "CKM_RSA_X9_31_KEY_PAIR_GEN",
            ),
            (sys::CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN"),
            (
                sys::CKM_EC_EDWARDS_KEY_PAIR_GEN,
                "CKM_EC_EDWARDS_KEY_PAIR_GEN",
            ),
            (sys::CKM_AES_ECB, "CKM_AES_ECB"),
            (sys::CKM_AES_CBC, "CKM_AES_CBC"),
            (sys::CKM_AES_CBC_PAD, "CKM_AES_CBC_PAD"),
            (sys::CKM_AES_CMAC, "CKM_AES_CMAC"),
            (sys::CKM_AES_KEY_WRAP, "CKM_AES_KEY_WRAP"),
            (sys::CKM_AES_KEY_WRAP_PAD, "CKM_AES_KEY_WRAP_PAD"),
            (sys::CKM_AES_KEY_WRAP_KWP, "CKM_AES_KEY_WRAP_KWP"),
            (sys::CKM_AES_KEY_WRAP_PKCS7, "CKM_AES_KEY_WRAP_PKCS7"),
            (sys::CKM_RSA_PKCS, "CKM_RSA_PKCS"),
            (sys::CKM_RSA_PKCS_OAEP, "CKM_RSA_PKCS_OAEP"),
            (sys::CKM_RSA_AES_KEY_WRAP, "CKM_RSA_AES_KEY_WRAP"),
            (sys::CKM_SHA256_HMAC, "CKM_SHA256_HMAC"),
            (sys::CKM_SHA256_RSA_PKCS, "CKM_SHA256_RSA_PKCS"),
            (sys::CKM_SHA512_RSA_PKCS, "CKM_SHA512_RSA_PKCS"),
            (sys::CKM_ECDSA, "CKM_ECDSA"),
            (sys::CKM_EDDSA, "CKM_EDDSA"),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_into_words() {
        for (number, bytes, wanted) in [
            (sys::CKA_TOKEN, &[0][..], Some("false")),
            (sys::CKA_TOKEN, &[1], Some("true")),
            (sys::CKA_TOKEN, &[0xff], Some("true")),
            (sys::CKA_TOKEN, &[], None),
            (sys::CKA_TOKEN, &[1, 0, 0, 0], None),
            (
                sys::CKA_KEY_TYPE,
                &sys::CKK_AES.to_ne_bytes(),
                Some("CKK_AES"),
            ),
            (sys::CKA_KEY_TYPE, &77_u64.to_ne_bytes(), Some("0x4d")),
            (sys::CKA_VALUE_LEN, &32_u64.to_ne_bytes(), Some("32")),
            (sys::CKA_VALUE_LEN, &[32], None),
            (sys::CKA_ID, &[0xab, 1], Some("ab01")),
            (sys::CKA_LABEL, b"pay", Some("pay")),
            (sys::CKA_LABEL, b"a\x1b[2J", Some("a\\u{1b}[2J")),
            (0x8000_0001, &[1, 2], Some("0102")),
        ] {
            let found = words(number, bytes);
            assert_eq!(found.as_deref(), wanted, "{} {bytes:?}", name(number));
        }
    }

    #[test]
    fn attributes_have_the_names_of_the_standard() {
        assert_eq!(name(0x162), "CKA_EXTRACTABLE");
        assert_eq!(name(0x210), "CKA_WRAP_WITH_TRUSTED");
        assert_eq!(name(0x8000_0001), "0x80000001");
        assert_eq!(mechanism_name(0x210b), "CKM_AES_KEY_WRAP_KWP");
        assert_eq!(class_name(3), "CKO_PRIVATE_KEY");
    }
}
