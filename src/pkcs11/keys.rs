//! Makes keys in the token, and finds them again.
//!
//! # Modifiable
//!
//! `CKA_MODIFIABLE=FALSE` forbids every later `C_SetAttributeValue`, so that a key made with it
//! could not be locked (`CKA_EXTRACTABLE` switched off) any more. A key that may leave the token is
//! therefore made modifiable, and one that may not is made unmodifiable. What a PIN holder can
//! change until then are label, id and usages; `CKA_SENSITIVE` and `CKA_EXTRACTABLE` go one way
//! only, by the standard, and that is tried, too.

use cryptoki_sys as sys;

use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::MechanismType;
use crate::pkcs11::raw::Session;
use crate::pkcs11::rv::Rv;
use crate::pkcs11::usage::Usage;

/// What a key is to be.
#[derive(Clone, Copy, Debug)]
pub struct KeyPlan<'a> {
    /// Its type.
    pub kind: KeyType,
    /// Its label; the public half of a pair has the same.
    pub label: &'a str,
    /// Its id; the public half of a pair has the same. None if it is empty.
    pub id: &'a [u8],
    /// Whether it outlives the session.
    pub token: bool,
    /// Whether it may be wrapped out of the token.
    pub extractable: bool,
    /// Whether only a wrapping key that the security officer trusts may wrap it.
    pub wrap_with_trusted: bool,
    /// What it may be used for; everything else is switched off.
    pub usages: &'a [Usage],
}

impl<'a> KeyPlan<'a> {
    /// A key that lives as long as the session and may be wrapped out: what is tried on it cannot
    /// hurt a real one.
    pub const fn throwaway(kind: KeyType, usages: &'a [Usage]) -> Self {
        Self {
            kind,
            label: "keyrite trial",
            id: &[],
            token: false,
            extractable: true,
            wrap_with_trusted: false,
            usages,
        }
    }

    /// Whether its attributes may be changed later; see the head of this file.
    pub const fn modifiable(&self) -> bool {
        self.extractable
    }

    /// Whether it may be used so.
    pub fn may(&self, usage: Usage) -> bool {
        self.usages.contains(&usage)
    }
}

/// A key that was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Made {
    /// The secret key, or the private half of a pair.
    pub key: Handle,
    /// The public half of a pair.
    pub public: Option<Handle>,
    /// Attributes of the plan that the token would not take at all.
    pub left_out: Vec<AttributeType>,
}

/// Makes a key. Attributes that a token may do without are left out one after the other where it
/// refuses the whole, and named.
///
/// # Errors
///
/// What the token says of the whole plan.
pub fn generate(session: &Session, plan: &KeyPlan<'_>) -> Result<Made, Pkcs11Error> {
    match plan.kind.class() {
        Class::Aes(len) => secret(session, plan, sys::CKM_AES_KEY_GEN, len),
        Class::Hmac(len) => secret(session, plan, sys::CKM_GENERIC_SECRET_KEY_GEN, len),
        Class::Rsa(bits) => {
            let bits = sys::CK_ULONG::try_from(bits).unwrap_or(0);
            let public = [
                Attribute::number(sys::CKA_MODULUS_BITS, bits),
                Attribute::bytes_of(sys::CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
            ];
            pair(session, plan, sys::CKM_RSA_PKCS_KEY_PAIR_GEN, &public)
        }
        Class::Ec => curve(session, plan, sys::CKM_EC_KEY_PAIR_GEN),
        Class::Edwards => curve(session, plan, sys::CKM_EC_EDWARDS_KEY_PAIR_GEN),
    }
}

/// The mechanism that makes keys of a type.
pub const fn generator(kind: KeyType) -> MechanismType {
    match kind.class() {
        Class::Aes(_) => sys::CKM_AES_KEY_GEN,
        Class::Hmac(_) => sys::CKM_GENERIC_SECRET_KEY_GEN,
        Class::Rsa(_) => sys::CKM_RSA_PKCS_KEY_PAIR_GEN,
        Class::Ec => sys::CKM_EC_KEY_PAIR_GEN,
        Class::Edwards => sys::CKM_EC_EDWARDS_KEY_PAIR_GEN,
    }
}

/// `CKK_…` of a type.
pub const fn key_type(kind: KeyType) -> sys::CK_KEY_TYPE {
    match kind.class() {
        Class::Aes(_) => sys::CKK_AES,
        Class::Hmac(_) => sys::CKK_GENERIC_SECRET,
        Class::Rsa(_) => sys::CKK_RSA,
        Class::Ec => sys::CKK_EC,
        Class::Edwards => sys::CKK_EC_EDWARDS,
    }
}

/// `CKA_EC_PARAMS` of a curve: its object identifier. Tokens that want the name of an Edwards curve
/// instead are not met any more.
pub const fn curve_of(kind: KeyType) -> Option<&'static [u8]> {
    Some(match kind {
        KeyType::EcP256 => &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        KeyType::EcP384 => &[6, 5, 0x2b, 0x81, 4, 0, 0x22],
        KeyType::EcP521 => &[6, 5, 0x2b, 0x81, 4, 0, 0x23],
        KeyType::EcSecp256k1 => &[6, 5, 0x2b, 0x81, 4, 0, 0x0a],
        KeyType::Ed25519 => &[6, 3, 0x2b, 0x65, 0x70],
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096 => return None,
    })
}

fn secret(
    session: &Session,
    plan: &KeyPlan<'_>,
    mechanism: MechanismType,
    len: usize,
) -> Result<Made, Pkcs11Error> {
    let mut whole = key_template(plan);
    whole.push(Attribute::number(
        sys::CKA_VALUE_LEN,
        sys::CK_ULONG::try_from(len).unwrap_or(0),
    ));
    without(&[&whole], |left_out, templates| {
        let template = templates.first().map(Vec::as_slice).unwrap_or_default();
        Ok(Made {
            key: session.generate_key(Mechanism::Plain(mechanism), template)?,
            public: None,
            left_out,
        })
    })
}

fn curve(
    session: &Session,
    plan: &KeyPlan<'_>,
    mechanism: MechanismType,
) -> Result<Made, Pkcs11Error> {
    let curve = curve_of(plan.kind).unwrap_or_default();
    let public = [Attribute::bytes_of(sys::CKA_EC_PARAMS, curve)];
    pair(session, plan, mechanism, &public)
}

fn pair(
    session: &Session,
    plan: &KeyPlan<'_>,
    mechanism: MechanismType,
    of_public: &[Attribute<'_>],
) -> Result<Made, Pkcs11Error> {
    let mut public = public_template(plan);
    public.extend_from_slice(of_public);
    let private = key_template(plan);
    without(&[&public, &private], |left_out, templates| {
        let [public, private] = templates else {
            return Err(Pkcs11Error::Failed {
                call: "C_GenerateKeyPair",
                rv: Rv::ARGUMENTS_BAD,
            });
        };
        let (public, key) = session.generate_pair(Mechanism::Plain(mechanism), public, private)?;
        Ok(Made {
            key,
            public: Some(public),
            left_out,
        })
    })
}

/// The template of a secret key or of a private half; what makes its value is not in it.
pub fn key_template<'a>(plan: &KeyPlan<'a>) -> Vec<Attribute<'a>> {
    let class = if plan.kind.is_pair() {
        sys::CKO_PRIVATE_KEY
    } else {
        sys::CKO_SECRET_KEY
    };
    let mut template = vec![
        Attribute::number(sys::CKA_CLASS, class),
        Attribute::number(sys::CKA_KEY_TYPE, key_type(plan.kind)),
        Attribute::flag(sys::CKA_TOKEN, plan.token),
        Attribute::flag(sys::CKA_PRIVATE, true),
        Attribute::flag(sys::CKA_SENSITIVE, true),
        Attribute::flag(sys::CKA_EXTRACTABLE, plan.extractable),
        Attribute::flag(sys::CKA_MODIFIABLE, plan.modifiable()),
        Attribute::bytes_of(sys::CKA_LABEL, plan.label.as_bytes()),
    ];
    if !plan.id.is_empty() {
        template.push(Attribute::bytes_of(sys::CKA_ID, plan.id));
    }
    if plan.wrap_with_trusted {
        template.push(Attribute::flag(sys::CKA_WRAP_WITH_TRUSTED, true));
    }
    template.extend(usages(plan, Half::of_key(plan.kind)));
    template
}

/// The template of a public half; what makes its value is not in it.
pub fn public_template<'a>(plan: &KeyPlan<'a>) -> Vec<Attribute<'a>> {
    let mut template = vec![
        Attribute::number(sys::CKA_CLASS, sys::CKO_PUBLIC_KEY),
        Attribute::number(sys::CKA_KEY_TYPE, key_type(plan.kind)),
        Attribute::flag(sys::CKA_TOKEN, plan.token),
        Attribute::flag(sys::CKA_PRIVATE, false),
        Attribute::flag(sys::CKA_MODIFIABLE, plan.modifiable()),
        Attribute::bytes_of(sys::CKA_LABEL, plan.label.as_bytes()),
    ];
    if !plan.id.is_empty() {
        template.push(Attribute::bytes_of(sys::CKA_ID, plan.id));
    }
    template.extend(usages(plan, Half::Public));
    template
}

/// Which object of a key it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Half {
    /// The only one of a secret key.
    Secret,
    /// The private half of a pair.
    Private,
    /// The public half of a pair.
    Public,
}

impl Half {
    /// The one that must be kept.
    pub const fn of_key(kind: KeyType) -> Self {
        if kind.is_pair() {
            Self::Private
        } else {
            Self::Secret
        }
    }
}

/// Attribute, and the usage that it stands for, of the objects that have it.
pub fn usage_attributes(kind: KeyType, half: Half) -> impl Iterator<Item = (AttributeType, Usage)> {
    let has = move |usage| match (kind.class(), half) {
        (_, Half::Secret) => true,
        (Class::Rsa(_), Half::Private) => {
            matches!(usage, Usage::Decrypt | Usage::Sign | Usage::Unwrap)
        }
        (Class::Rsa(_), Half::Public) => {
            matches!(usage, Usage::Encrypt | Usage::Verify | Usage::Wrap)
        }
        (Class::Ec, Half::Private) => matches!(usage, Usage::Sign | Usage::Derive),
        (Class::Edwards, Half::Private) => usage == Usage::Sign,
        (Class::Ec | Class::Edwards, Half::Public) => usage == Usage::Verify,
        (Class::Aes(_) | Class::Hmac(_), Half::Private | Half::Public) => false,
    };
    Usage::ALL
        .into_iter()
        .filter(move |usage| has(*usage))
        .map(|usage| {
            let number = match usage {
                Usage::Encrypt => sys::CKA_ENCRYPT,
                Usage::Decrypt => sys::CKA_DECRYPT,
                Usage::Sign => sys::CKA_SIGN,
                Usage::Verify => sys::CKA_VERIFY,
                Usage::Wrap => sys::CKA_WRAP,
                Usage::Unwrap => sys::CKA_UNWRAP,
                Usage::Derive => sys::CKA_DERIVE,
            };
            (number, usage)
        })
}

fn usages(plan: &KeyPlan<'_>, half: Half) -> Vec<Attribute<'static>> {
    usage_attributes(plan.kind, half)
        .map(|(number, usage)| Attribute::flag(number, plan.may(usage)))
        .collect()
}

/// What a token may refuse to take, the least missed first.
const OPTIONAL: [AttributeType; 3] = [
    sys::CKA_DERIVE,
    sys::CKA_MODIFIABLE,
    sys::CKA_WRAP_WITH_TRUSTED,
];

/// Tries templates whole, then without one attribute that a token may do without, then without two,
/// and so on, as long as it is the template that the token dislikes.
pub fn without<'a, T>(
    whole: &[&[Attribute<'a>]],
    make: impl Fn(Vec<AttributeType>, &[Vec<Attribute<'a>>]) -> Result<T, Pkcs11Error>,
) -> Result<T, Pkcs11Error> {
    let present = |number: &AttributeType| {
        whole
            .iter()
            .any(|template| template.iter().any(|attribute| attribute.kind() == *number))
    };
    let optional: Vec<AttributeType> = OPTIONAL.into_iter().filter(present).collect();
    let mut choices: Vec<u32> = (0..1 << optional.len()).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    let mut first = None;
    for choice in choices {
        let left_out: Vec<AttributeType> = optional
            .iter()
            .zip(0..)
            .filter_map(|(number, bit)| (choice >> bit & 1 == 1).then_some(*number))
            .collect();
        let templates: Vec<Vec<Attribute<'a>>> = whole
            .iter()
            .map(|template| {
                template
                    .iter()
                    .filter(|attribute| !left_out.contains(&attribute.kind()))
                    .cloned()
                    .collect()
            })
            .collect();
        match make(left_out, &templates) {
            Err(Pkcs11Error::Failed { rv, call }) if dislikes_template(rv) => {
                first = first.or(Some(Pkcs11Error::Failed { call, rv }));
            }
            done => return done,
        }
    }
    Err(first.unwrap_or(Pkcs11Error::Failed {
        call: "C_GenerateKey",
        rv: Rv::TEMPLATE_INCONSISTENT,
    }))
}

const fn dislikes_template(rv: Rv) -> bool {
    matches!(
        rv,
        Rv::ATTRIBUTE_TYPE_INVALID
            | Rv::ATTRIBUTE_VALUE_INVALID
            | Rv::ATTRIBUTE_READ_ONLY
            | Rv::TEMPLATE_INCONSISTENT
    )
}

/// Every object of a kind with this label and this id; an empty id may be any.
pub fn find(
    session: &Session,
    half: Half,
    label: &str,
    id: &[u8],
) -> Result<Vec<Handle>, Pkcs11Error> {
    let class = match half {
        Half::Secret => sys::CKO_SECRET_KEY,
        Half::Private => sys::CKO_PRIVATE_KEY,
        Half::Public => sys::CKO_PUBLIC_KEY,
    };
    let mut template = vec![
        Attribute::number(sys::CKA_CLASS, class),
        Attribute::bytes_of(sys::CKA_LABEL, label.as_bytes()),
    ];
    if !id.is_empty() {
        template.push(Attribute::bytes_of(sys::CKA_ID, id));
    }
    session.find(&template)
}
