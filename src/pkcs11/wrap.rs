//! Wraps a key inside its token, by the way that a trial found to be right.
//!
//! ```text
//! direct     C_WrapKey(RSA-OAEP)                       key → blob
//! native     C_WrapKey(CKM_RSA_AES_KEY_WRAP)           key → blob
//! composed   C_GenerateKey                             an AES-256 key between
//!            C_WrapKey(AES key wrap, between)          key → second part
//!            C_WrapKey(RSA-OAEP)                       between → first part
//!            C_DestroyObject(between), then C_WrapKey with it, which must fail
//! AES        C_WrapKey(AES key wrap)                   key → blob
//! ```
//!
//! A blob is never repaired: what a token puts behind a key before it wraps it is inside the
//! encryption, and does not show from outside.

use std::fmt;
use std::ops::RangeInclusive;

use cryptoki_sys as sys;

use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::MechanismType;
use crate::pkcs11::raw::Session;
use crate::pkcs11::rv::Rv;
use crate::pkcs11::wrapping_key;

/// By which calls a token makes a blob.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// `CKM_RSA_PKCS_OAEP` alone.
    Direct,
    /// `CKM_RSA_AES_KEY_WRAP`.
    Native,
    /// An AES key made for this one wrap, which carries the key by this mechanism.
    Composed(MechanismType),
    /// A given AES key, by this mechanism.
    Aes(MechanismType),
}

impl Route {
    /// Every way that could make what `construction` asks for, the best first.
    pub const fn of(construction: Construction) -> &'static [Self] {
        match construction {
            Construction::Oaep(_) => &[Self::Direct],
            Construction::OaepThenAes(_, AesMode::Kwp) => &[
                Self::Native,
                Self::Composed(sys::CKM_AES_KEY_WRAP_KWP),
                Self::Composed(sys::CKM_AES_KEY_WRAP_PAD),
            ],
            Construction::OaepThenAes(_, AesMode::Kw) => &[Self::Composed(sys::CKM_AES_KEY_WRAP)],
            Construction::Aes(AesMode::Kwp) => &[
                Self::Aes(sys::CKM_AES_KEY_WRAP_KWP),
                Self::Aes(sys::CKM_AES_KEY_WRAP_PAD),
            ],
            Construction::Aes(AesMode::Kw) => &[Self::Aes(sys::CKM_AES_KEY_WRAP)],
            // No mechanism wraps by ECB with padding.
            Construction::OaepThenAes(_, AesMode::EcbPkcs7)
            | Construction::Aes(AesMode::EcbPkcs7) => &[],
        }
    }

    /// One word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Native => "native",
            Self::Composed(_) => "composed",
            Self::Aes(_) => "aes",
        }
    }

    /// Its mechanisms, by their names.
    pub const fn mechanisms(self) -> &'static str {
        match self {
            Self::Direct => "CKM_RSA_PKCS_OAEP",
            Self::Native => "CKM_RSA_AES_KEY_WRAP",
            Self::Composed(sys::CKM_AES_KEY_WRAP_KWP) => {
                "CKM_RSA_PKCS_OAEP and CKM_AES_KEY_WRAP_KWP"
            }
            Self::Composed(sys::CKM_AES_KEY_WRAP_PAD) => {
                "CKM_RSA_PKCS_OAEP and CKM_AES_KEY_WRAP_PAD"
            }
            Self::Composed(_) => "CKM_RSA_PKCS_OAEP and CKM_AES_KEY_WRAP",
            Self::Aes(sys::CKM_AES_KEY_WRAP_KWP) => "CKM_AES_KEY_WRAP_KWP",
            Self::Aes(sys::CKM_AES_KEY_WRAP_PAD) => "CKM_AES_KEY_WRAP_PAD",
            Self::Aes(_) => "CKM_AES_KEY_WRAP",
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct | Self::Native | Self::Aes(_) => f.write_str(self.mechanisms()),
            Self::Composed(_) => write!(f, "{}, composed", self.mechanisms()),
        }
    }
}

/// What a trial proved: this token, in this session, makes a construction right for a type of
/// key. Only a trial makes one, and nothing is wrapped without.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    pub(super) construction: Construction,
    pub(super) bits: usize,
    pub(super) kind: KeyType,
    pub(super) route: Route,
    /// Lengths that a blob can have.
    pub(super) lengths: RangeInclusive<usize>,
}

impl Proof {
    /// How the token does it.
    pub fn route(&self) -> Route {
        self.route
    }

    /// What was proved, in words for the record.
    pub fn words(&self) -> String {
        format!(
            "a throwaway key of the same type was made in the token, wrapped by {} under a built-in \
             test key of {} bits and opened by {}: the same key",
            self.route,
            self.bits,
            self.construction.checker()
        )
    }
}

/// A key that was wrapped in its token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wrapped {
    /// The bytes for the provider.
    pub blob: Vec<u8>,
    /// What was found true of these very bytes, in words for the record.
    pub checked: Vec<String>,
}

/// Wraps the key behind a handle, as `proof` says.
///
/// # Errors
///
/// What the token says, [`Pkcs11Error::OtherLength`], and [`Pkcs11Error::NotDestroyed`] when the
/// key between could be used after it was destroyed.
pub fn wrap(
    session: &Session,
    proof: &Proof,
    under: Handle,
    key: Handle,
) -> Result<Wrapped, Pkcs11Error> {
    let made = by(session, proof.construction, proof.route, under, key)?;
    if !proof.lengths.contains(&made.blob.len()) {
        return Err(Pkcs11Error::OtherLength {
            kind: proof.kind,
            wanted: *proof.lengths.end(),
            found: made.blob.len(),
        });
    }
    let mut checked = vec![
        format!("wrapped in the token by {}", proof.route),
        if proof.lengths.start() == proof.lengths.end() {
            "length as computed beforehand".to_owned()
        } else {
            "length among those that such a key can have".to_owned()
        },
    ];
    checked.extend(
        made.between_gone.map(|rv| {
            format!("the AES key between was destroyed: using it again failed with {rv}")
        }),
    );
    Ok(Wrapped {
        blob: made.blob,
        checked,
    })
}

/// A blob, and what came of using the key between after it was destroyed.
pub(super) struct Made {
    pub(super) blob: Vec<u8>,
    pub(super) between_gone: Option<Rv>,
}

/// Makes a blob by one route, whether or not it is right.
pub(super) fn by(
    session: &Session,
    construction: Construction,
    route: Route,
    under: Handle,
    key: Handle,
) -> Result<Made, Pkcs11Error> {
    let alone = |blob| Made {
        blob,
        between_gone: None,
    };
    match (route, construction.oaep()) {
        (Route::Aes(mechanism), _) => session
            .wrap(Mechanism::Plain(mechanism), under, key)
            .map(alone),
        (Route::Direct, Some(oaep)) => {
            let mechanism = Mechanism::Oaep {
                hash: oaep.hash,
                mgf: oaep.mgf,
            };
            session.wrap(mechanism, under, key).map(alone)
        }
        (Route::Native, Some(oaep)) => {
            let mechanism = Mechanism::RsaAesKeyWrap {
                aes_bits: 256,
                hash: oaep.hash,
                mgf: oaep.mgf,
            };
            session.wrap(mechanism, under, key).map(alone)
        }
        (Route::Composed(mechanism), Some(oaep)) => {
            let oaep = Mechanism::Oaep {
                hash: oaep.hash,
                mgf: oaep.mgf,
            };
            compose(session, oaep, Mechanism::Plain(mechanism), under, key)
        }
        (Route::Direct | Route::Native | Route::Composed(_), None) => {
            Err(Pkcs11Error::NoRoute { construction })
        }
    }
}

fn compose(
    session: &Session,
    oaep: Mechanism<'_>,
    aes: Mechanism<'_>,
    under: Handle,
    key: Handle,
) -> Result<Made, Pkcs11Error> {
    let between = session.generate_key(
        Mechanism::Plain(sys::CKM_AES_KEY_GEN),
        &[
            Attribute::flag(sys::CKA_TOKEN, false),
            Attribute::flag(sys::CKA_PRIVATE, true),
            Attribute::flag(sys::CKA_SENSITIVE, true),
            Attribute::flag(sys::CKA_EXTRACTABLE, true),
            Attribute::flag(sys::CKA_WRAP, true),
            Attribute::number(sys::CKA_VALUE_LEN, 32),
        ],
    )?;
    // Whatever comes of it, the key between goes.
    let guard = Throwaway::new(session, between);
    let mut blob = session.wrap(oaep, under, between)?;
    let second = session.wrap(aes, between, key)?;
    drop(guard);
    let gone = match session.wrap(aes, between, key) {
        Ok(_) => {
            return Err(Pkcs11Error::NotDestroyed {
                what: "AES key between".to_owned(),
                evidence: "it wrapped once more",
            });
        }
        Err(Pkcs11Error::Failed { rv, .. }) if !rv.is_loss() => rv,
        Err(error) => return Err(error),
    };
    blob.extend(second);
    Ok(Made {
        blob,
        between_gone: Some(gone),
    })
}

/// Brings a wrapping key in as a session object that wraps, and nothing else. What the token
/// holds of an RSA key is read back; of an AES key, it shows when a trial's blob opens.
///
/// # Errors
///
/// What the token says, and [`Pkcs11Error::WrappingKey`] if it holds another RSA key.
pub fn import<'s>(session: &'s Session, key: &WrappingKey) -> Result<Throwaway<'s>, Pkcs11Error> {
    let Some(secret) = key.secret() else {
        return wrapping_key::import(session, key, false);
    };
    let object = session.create(&[
        Attribute::number(sys::CKA_CLASS, sys::CKO_SECRET_KEY),
        Attribute::number(sys::CKA_KEY_TYPE, sys::CKK_AES),
        Attribute::flag(sys::CKA_TOKEN, false),
        Attribute::flag(sys::CKA_PRIVATE, true),
        Attribute::flag(sys::CKA_SENSITIVE, true),
        Attribute::flag(sys::CKA_EXTRACTABLE, false),
        Attribute::flag(sys::CKA_WRAP, true),
        Attribute::bytes_of(sys::CKA_LABEL, b"keyrite wrapping key"),
        Attribute::bytes_of(sys::CKA_VALUE, secret.expose()),
    ])?;
    Ok(Throwaway::new(session, object))
}
