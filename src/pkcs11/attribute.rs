//! Attributes of objects: their names, and the values of templates.

use cryptoki_sys as sys;

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
