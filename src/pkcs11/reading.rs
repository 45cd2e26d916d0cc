//! Reads a key's attributes back, each alone, and holds them against the plan: accepted is not
//! honoured.

use cryptoki_sys as sys;

use crate::domain::algorithm::Class;
use crate::domain::attributes::AttributeFound;
use crate::domain::attributes::AttributeRead;
use crate::domain::attributes::Difference;
use crate::domain::attributes::Severity;
use crate::domain::record::hex;
use crate::domain::text::plain;
use crate::pkcs11::attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::attribute::class_name;
use crate::pkcs11::attribute::key_type_name;
use crate::pkcs11::attribute::mechanism_name;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::Half;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::keys::Made;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Session;

/// How a key came into the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// It was made there.
    Generated,
    /// It came from outside, wrapped or plain.
    Imported,
}

/// What was read of a key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// Of the secret key or the private half, in a fixed order.
    pub key: Vec<AttributeRead>,
    /// Of the public half.
    pub public: Vec<AttributeRead>,
    /// What is not as planned.
    pub differences: Vec<Difference>,
}

impl Reading {
    /// What the token said one thing about and did another.
    pub fn lies(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| difference.severity.is_lie())
    }
}

/// Reads a key back.
///
/// # Errors
///
/// Only if the token is gone or returns what cannot be; that it does not say is an answer.
pub fn read(
    session: &Session,
    plan: &KeyPlan<'_>,
    origin: Origin,
    made: &Made,
) -> Result<Reading, Pkcs11Error> {
    let mut reading = Reading::default();
    let half = Half::of_key(plan.kind);
    reading.key = object(session, plan, origin, half, made, made.key, &mut reading)?;
    if let Some(public) = made.public {
        reading.public = object(
            session,
            plan,
            origin,
            Half::Public,
            made,
            public,
            &mut reading,
        )?;
    }
    Ok(reading)
}

/// What a token says of a key that is as planned, if it is honest.
pub fn honest(plan: &KeyPlan<'_>, origin: Origin) -> Reading {
    let told = |half| {
        rows(plan, origin, half)
            .into_iter()
            .map(|row| AttributeRead {
                name: attribute::name(row.number),
                found: row
                    .planned
                    .clone()
                    .map_or(AttributeFound::Unavailable, AttributeFound::Value),
                planned: row.planned,
            })
            .collect()
    };
    Reading {
        key: told(Half::of_key(plan.kind)),
        public: if plan.kind.is_pair() {
            told(Half::Public)
        } else {
            Vec::new()
        },
        differences: Vec::new(),
    }
}

fn object(
    session: &Session,
    plan: &KeyPlan<'_>,
    origin: Origin,
    half: Half,
    made: &Made,
    object: Handle,
    reading: &mut Reading,
) -> Result<Vec<AttributeRead>, Pkcs11Error> {
    let mut all = Vec::new();
    for row in rows(plan, origin, half) {
        // What the token would not take is not planned any more.
        let planned = row.planned.filter(|_| !made.left_out.contains(&row.number));
        let read = attribute::read(session, object, row.number, planned)?;
        if let Some((planned, severity)) = difference(row.weight, &read) {
            reading.differences.push(Difference {
                name: read.name.clone(),
                planned,
                found: read.found.clone(),
                severity,
            });
        }
        all.push(read);
    }
    Ok(all)
}

/// What an attribute decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Weight {
    /// How well the key is protected.
    Protection,
    /// How the key came about.
    Origin,
    /// What the key can do. One thing too many is less protection.
    Usage,
    /// What the key is, and what it is called.
    Identity,
    /// Nothing; it is kept for the record.
    Note,
}

/// An attribute, and what it is to be.
struct Row {
    number: AttributeType,
    planned: Option<String>,
    weight: Weight,
}

/// The attributes of an object, in the order in which they are read.
fn rows(plan: &KeyPlan<'_>, origin: Origin, half: Half) -> Vec<Row> {
    let row = |number, planned: String, weight| Row {
        number,
        planned: Some(planned),
        weight,
    };
    let flag = |number, planned: bool, weight| row(number, planned.to_string(), weight);
    let class = match half {
        Half::Secret => sys::CKO_SECRET_KEY,
        Half::Private => sys::CKO_PRIVATE_KEY,
        Half::Public => sys::CKO_PUBLIC_KEY,
    };
    let mut rows = vec![
        row(sys::CKA_CLASS, class_name(class), Weight::Identity),
        row(
            sys::CKA_KEY_TYPE,
            key_type_name(keys::key_type(plan.kind)),
            Weight::Identity,
        ),
        row(
            sys::CKA_LABEL,
            plain(plan.label).into_owned(),
            Weight::Identity,
        ),
    ];
    if !plan.id.is_empty() {
        rows.push(row(sys::CKA_ID, hex(plan.id), Weight::Identity));
    }
    rows.push(Row {
        number: sys::CKA_UNIQUE_ID,
        planned: None,
        weight: Weight::Note,
    });
    rows.push(flag(sys::CKA_TOKEN, plan.token, Weight::Identity));
    match (plan.kind.class(), half) {
        (Class::Aes(len) | Class::Hmac(len), Half::Secret) => {
            rows.push(row(sys::CKA_VALUE_LEN, len.to_string(), Weight::Identity));
        }
        (Class::Rsa(bits), Half::Public) => {
            rows.push(row(
                sys::CKA_MODULUS_BITS,
                bits.to_string(),
                Weight::Identity,
            ));
        }
        (Class::Ec | Class::Edwards, Half::Public | Half::Private) => {
            let curve = keys::curve_of(plan.kind).map(hex).unwrap_or_default();
            rows.push(row(sys::CKA_EC_PARAMS, curve, Weight::Identity));
        }
        (Class::Aes(_) | Class::Hmac(_), Half::Private | Half::Public)
        | (Class::Rsa(_), Half::Secret | Half::Private)
        | (Class::Ec | Class::Edwards, Half::Secret) => {}
    }
    let generated = origin == Origin::Generated;
    if half != Half::Public {
        rows.extend([
            flag(sys::CKA_PRIVATE, true, Weight::Protection),
            flag(sys::CKA_SENSITIVE, true, Weight::Protection),
            flag(sys::CKA_EXTRACTABLE, plan.extractable, Weight::Protection),
            flag(sys::CKA_MODIFIABLE, plan.modifiable(), Weight::Protection),
            flag(
                sys::CKA_WRAP_WITH_TRUSTED,
                plan.wrap_with_trusted,
                Weight::Protection,
            ),
            flag(sys::CKA_LOCAL, generated, Weight::Origin),
            flag(sys::CKA_ALWAYS_SENSITIVE, generated, Weight::Origin),
            flag(
                sys::CKA_NEVER_EXTRACTABLE,
                generated && !plan.extractable,
                Weight::Origin,
            ),
        ]);
        rows.push(if generated {
            row(
                sys::CKA_KEY_GEN_MECHANISM,
                mechanism_name(keys::generator(plan.kind)),
                Weight::Origin,
            )
        } else {
            // Unavailable is the right answer here.
            Row {
                number: sys::CKA_KEY_GEN_MECHANISM,
                planned: None,
                weight: Weight::Note,
            }
        });
    }
    rows.extend(
        keys::usage_attributes(plan.kind, half)
            .map(|(number, usage)| flag(number, plan.may(usage), Weight::Usage)),
    );
    rows
}

/// What follows if the token tells something else than was planned.
fn difference(weight: Weight, read: &AttributeRead) -> Option<(String, Severity)> {
    let planned = read.planned.clone()?;
    let off = planned == "false";
    let severity = match &read.found {
        AttributeFound::Value(value) if *value == planned => return None,
        // SoftHSM tells the name of the curve, which RFC 8410's number replaced.
        AttributeFound::Value(value) if value == EDWARDS_25519 && planned == ED25519 => {
            return None;
        }
        // SoftHSM of a key that was unwrapped: no key has no bytes.
        AttributeFound::Value(value) if value == "0" && read.name == "CKA_VALUE_LEN" => {
            Severity::Silent
        }
        AttributeFound::Value(_) => match weight {
            Weight::Protection if is_stricter(read) => Severity::Function,
            Weight::Protection => Severity::Protection,
            Weight::Usage if off => Severity::Protection,
            Weight::Origin => Severity::Origin,
            Weight::Usage | Weight::Identity => Severity::Function,
            Weight::Note => return None,
        },
        // A flag that nobody wants and that is not there, is off.
        AttributeFound::Absent if off && weight != Weight::Protection => return None,
        AttributeFound::Absent if off && read.name == "CKA_WRAP_WITH_TRUSTED" => return None,
        AttributeFound::Absent | AttributeFound::Unavailable | AttributeFound::Error(_) => {
            Severity::Silent
        }
    };
    Some((planned, severity))
}

/// The name `edwards25519` in DER, and the object identifier of RFC 8410.
const EDWARDS_25519: &str = "130c656477617264733235353139";
const ED25519: &str = "06032b6570";

/// Whether what was found protects more than what was planned.
fn is_stricter(read: &AttributeRead) -> bool {
    let strict = match read.name.as_str() {
        "CKA_PRIVATE" | "CKA_SENSITIVE" | "CKA_WRAP_WITH_TRUSTED" => "true",
        _ => "false",
    };
    read.found.value() == Some(strict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::algorithm::KeyType;

    fn severity(weight: Weight, name: &str, planned: &str, found: &str) -> Option<Severity> {
        let found = match found {
            "absent" => AttributeFound::Absent,
            "unavailable" => AttributeFound::Unavailable,
            value => AttributeFound::Value(value.to_owned()),
        };
        let read = AttributeRead {
            name: name.to_owned(),
            planned: Some(planned.to_owned()),
            found,
        };
        difference(weight, &read).map(|(_, severity)| severity)
    }

    #[test]
    fn less_protection_is_worse_than_more_and_silence_is_no_lie() {
        for (weight, name, planned, found, wanted) in [
            (
                Weight::Protection,
                "CKA_EXTRACTABLE",
                "false",
                "false",
                None,
            ),
            (
                Weight::Protection,
                "CKA_EXTRACTABLE",
                "false",
                "true",
                Some(Severity::Protection),
            ),
            (
                Weight::Protection,
                "CKA_EXTRACTABLE",
                "true",
                "false",
                Some(Severity::Function),
            ),
            (
                Weight::Protection,
                "CKA_SENSITIVE",
                "true",
                "false",
                Some(Severity::Protection),
            ),
            (
                Weight::Protection,
                "CKA_PRIVATE",
                "true",
                "absent",
                Some(Severity::Silent),
            ),
            (
                Weight::Protection,
                "CKA_WRAP_WITH_TRUSTED",
                "false",
                "absent",
                None,
            ),
            (
                Weight::Protection,
                "CKA_WRAP_WITH_TRUSTED",
                "true",
                "absent",
                Some(Severity::Silent),
            ),
            (
                Weight::Protection,
                "CKA_WRAP_WITH_TRUSTED",
                "false",
                "true",
                Some(Severity::Function),
            ),
            (
                Weight::Origin,
                "CKA_LOCAL",
                "true",
                "false",
                Some(Severity::Origin),
            ),
            (
                Weight::Origin,
                "CKA_KEY_GEN_MECHANISM",
                "CKM_AES_KEY_GEN",
                "unavailable",
                Some(Severity::Silent),
            ),
            (
                Weight::Usage,
                "CKA_WRAP",
                "false",
                "true",
                Some(Severity::Protection),
            ),
            (
                Weight::Usage,
                "CKA_WRAP",
                "true",
                "false",
                Some(Severity::Function),
            ),
            (Weight::Usage, "CKA_DERIVE", "false", "absent", None),
            (
                Weight::Identity,
                "CKA_LABEL",
                "a",
                "b",
                Some(Severity::Function),
            ),
            (
                Weight::Identity,
                "CKA_VALUE_LEN",
                "32",
                "0",
                Some(Severity::Silent),
            ),
            (
                Weight::Identity,
                "CKA_VALUE_LEN",
                "32",
                "16",
                Some(Severity::Function),
            ),
            (
                Weight::Identity,
                "CKA_EC_PARAMS",
                ED25519,
                EDWARDS_25519,
                None,
            ),
            (
                Weight::Identity,
                "CKA_EC_PARAMS",
                "06052b81040022",
                EDWARDS_25519,
                Some(Severity::Function),
            ),
            (Weight::Note, "CKA_UNIQUE_ID", "a", "b", None),
        ] {
            let found_severity = severity(weight, name, planned, found);
            assert_eq!(found_severity, wanted, "{name} {planned} {found}");
        }
    }

    #[test]
    fn what_an_honest_token_tells_differs_in_nothing() {
        for kind in KeyType::all() {
            for origin in [Origin::Generated, Origin::Imported] {
                let plan = KeyPlan::throwaway(kind, &[]);
                let reading = honest(&plan, origin);
                assert_eq!(reading.public.is_empty(), !kind.is_pair(), "{kind}");
                let halves = [Half::of_key(kind), Half::Public];
                let told = [&reading.key, &reading.public];
                for (half, told) in halves.into_iter().zip(told) {
                    for (row, read) in rows(&plan, origin, half).into_iter().zip(told) {
                        assert_eq!(difference(row.weight, read), None, "{kind} {}", read.name);
                    }
                }
            }
        }
    }
}
