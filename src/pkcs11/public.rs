//! The public half of a pair in the token, in every form in which the token tells it.

use cryptoki_sys as sys;

use crate::crypto::public_half;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::keys::Made;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Session;

/// The public half as `SubjectPublicKeyInfo` DER, checked. The numbers of the public object,
/// `CKA_PUBLIC_KEY_INFO` of both objects and the numbers of the private one must tell the same
/// wherever they tell something.
///
/// # Errors
///
/// [`Pkcs11Error::NoPublicHalf`], [`Pkcs11Error::HalvesDiffer`] and [`Pkcs11Error::Crypto`].
pub fn half_of(session: &Session, kind: KeyType, made: &Made) -> Result<Vec<u8>, Pkcs11Error> {
    let mut told: Option<Vec<u8>> = None;
    for object in made.public.into_iter().chain([made.key]) {
        let numbers = numbers(session, kind, object)?;
        let info = match value(session, object, sys::CKA_PUBLIC_KEY_INFO)? {
            Some(info) => Some(public_half::of_spki(kind, &info)?),
            None => None,
        };
        for spki in numbers.into_iter().chain(info) {
            match &told {
                Some(first) if *first != spki => return Err(Pkcs11Error::HalvesDiffer { kind }),
                Some(_) => {}
                None => told = Some(spki),
            }
        }
    }
    told.ok_or(Pkcs11Error::NoPublicHalf { kind })
}

/// Makes the object of a public half whose private one came into the token alone.
///
/// # Errors
///
/// What the token says, and [`Pkcs11Error::Crypto`] for what is none.
pub fn create(session: &Session, plan: &KeyPlan<'_>, spki: &[u8]) -> Result<Handle, Pkcs11Error> {
    let spki = public_half::of_spki(plan.kind, spki)?;
    let values: Vec<(AttributeType, Vec<u8>)> = match public_half::rsa_numbers(&spki) {
        Some((modulus, exponent)) => vec![
            (sys::CKA_MODULUS, modulus),
            (sys::CKA_PUBLIC_EXPONENT, exponent),
        ],
        None => vec![
            (
                sys::CKA_EC_PARAMS,
                keys::curve_of(plan.kind).unwrap_or_default().to_vec(),
            ),
            (sys::CKA_EC_POINT, public_half::point(plan.kind, &spki)?),
        ],
    };
    let mut template = keys::public_template(plan);
    template.extend(
        values
            .iter()
            .map(|(number, bytes)| Attribute::bytes_of(*number, bytes)),
    );
    keys::without(&[&template], |_, templates| {
        session.create(templates.first().map(Vec::as_slice).unwrap_or_default())
    })
}

/// Modulus and exponent, or the point.
fn numbers(
    session: &Session,
    kind: KeyType,
    object: Handle,
) -> Result<Option<Vec<u8>>, Pkcs11Error> {
    let read = |number| value(session, object, number);
    Ok(match kind.class() {
        Class::Rsa(_) => {
            let (modulus, exponent) = (read(sys::CKA_MODULUS)?, read(sys::CKA_PUBLIC_EXPONENT)?);
            match modulus.zip(exponent) {
                Some((modulus, exponent)) => Some(public_half::of_rsa(kind, &modulus, &exponent)?),
                None => None,
            }
        }
        Class::Ec | Class::Edwards => match read(sys::CKA_EC_POINT)? {
            Some(point) => Some(public_half::of_point(kind, &point)?),
            None => None,
        },
        Class::Aes(_) | Class::Hmac(_) => None,
    })
}

fn value(
    session: &Session,
    object: Handle,
    number: AttributeType,
) -> Result<Option<Vec<u8>>, Pkcs11Error> {
    Ok(match session.get(object, number)? {
        Found::Value(bytes) => Some(bytes),
        Found::Absent | Found::Unavailable | Found::Failed(_) => None,
    })
}
