//! Keys that live for one trial: session objects that are used up and destroyed.

use cryptoki_sys as sys;

use crate::crypto::check_value;
use crate::crypto::public_half;
use crate::crypto::software::SoftwareKey;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Found;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::MechanismType;
use crate::pkcs11::raw::Session;
use crate::secret::Secret;

/// A key for trials, destroyed when it is dropped.
pub(super) struct Throwaway<'s> {
    session: &'s Session,
    kind: KeyType,
    /// The secret key, or the private half.
    pub(super) key: Handle,
    /// The public half.
    pub(super) public: Option<Handle>,
}

impl<'s> Throwaway<'s> {
    /// Makes one that may be wrapped and used, and nothing else.
    ///
    /// # Errors
    ///
    /// What the token says.
    pub(super) fn make(session: &'s Session, kind: KeyType) -> Result<Self, Pkcs11Error> {
        Self::make_with(
            session,
            kind,
            &[Attribute::flag(sys::CKA_EXTRACTABLE, true)],
        )
    }

    /// Makes one with these attributes besides.
    ///
    /// # Errors
    ///
    /// What the token says.
    pub(super) fn make_with(
        session: &'s Session,
        kind: KeyType,
        besides: &[Attribute<'_>],
    ) -> Result<Self, Pkcs11Error> {
        let mut private = vec![
            Attribute::flag(sys::CKA_TOKEN, false),
            Attribute::flag(sys::CKA_PRIVATE, true),
            Attribute::flag(sys::CKA_SENSITIVE, true),
            Attribute::flag(sys::CKA_SIGN, true),
        ];
        private.extend_from_slice(besides);
        let mechanism = Mechanism::Plain(generator(kind));
        let secret = |mut template: Vec<Attribute<'_>>, len: usize| {
            template.push(Attribute::number(
                sys::CKA_VALUE_LEN,
                u64::try_from(len).unwrap_or_default(),
            ));
            session.generate_key(mechanism, &template)
        };
        let (key, public) = match kind.class() {
            Class::Aes(len) => {
                let mut with_use = private.clone();
                with_use.push(Attribute::flag(sys::CKA_ENCRYPT, true));
                // Some refuse one key for encryption and for CMAC.
                match secret(with_use.clone(), len) {
                    Err(Pkcs11Error::Failed { rv, .. }) if !rv.is_loss() => {
                        with_use.retain(|attribute| attribute.kind() != sys::CKA_SIGN);
                        (secret(with_use, len)?, None)
                    }
                    made => (made?, None),
                }
            }
            Class::Hmac(len) => (secret(private, len)?, None),
            Class::Rsa(bits) => {
                let public = [
                    Attribute::flag(sys::CKA_TOKEN, false),
                    Attribute::flag(sys::CKA_VERIFY, true),
                    Attribute::number(
                        sys::CKA_MODULUS_BITS,
                        u64::try_from(bits).unwrap_or_default(),
                    ),
                    Attribute::bytes_of(sys::CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
                ];
                let (public, key) = session.generate_pair(mechanism, &public, &private)?;
                (key, Some(public))
            }
            Class::Ec | Class::Edwards => {
                let public = [
                    Attribute::flag(sys::CKA_TOKEN, false),
                    Attribute::flag(sys::CKA_VERIFY, true),
                    Attribute::bytes_of(sys::CKA_EC_PARAMS, curve(kind)),
                ];
                let (public, key) = session.generate_pair(mechanism, &public, &private)?;
                (key, Some(public))
            }
        };
        Ok(Self {
            session,
            kind,
            key,
            public,
        })
    }

    /// Whether it is the key in its plain form that somebody found; nothing if the token cannot
    /// tell.
    ///
    /// # Errors
    ///
    /// When the token is gone.
    pub(super) fn is(&self, plain: &Secret) -> Result<Option<bool>, Pkcs11Error> {
        match self.kind.class() {
            Class::Aes(_) => self.is_aes(plain),
            Class::Hmac(_) => self.is_hmac(plain),
            Class::Rsa(_) | Class::Ec | Class::Edwards => {
                let Some(spki) = self.spki()? else {
                    return Ok(None);
                };
                let plain = Secret::init(plain.len(), |to| to.copy_from_slice(plain.expose()));
                Ok(Some(
                    SoftwareKey::from_material(self.kind, plain)
                        .is_ok_and(|key| key.spki() == Some(spki)),
                ))
            }
        }
    }

    /// One zero block, encrypted; where the token cannot do that, its CMAC.
    fn is_aes(&self, plain: &Secret) -> Result<Option<bool>, Pkcs11Error> {
        let Ok(wanted) = check_value::of(self.kind, plain) else {
            return Ok(Some(false));
        };
        let wanted = |name| wanted.get(name).map(str::to_owned);
        // CBC under a zero IV makes the same of one zero block.
        for mechanism in [
            Mechanism::Plain(sys::CKM_AES_ECB),
            Mechanism::Bytes(sys::CKM_AES_CBC, &[0; 16]),
        ] {
            if let Some(made) = answered(self.session.encrypt(mechanism, self.key, &[0; 16]))? {
                let found = made.get(..3).map(check_value::upper_hex);
                return Ok(Some(found.is_some() && found == wanted(check_value::ECB3)));
            }
        }
        let cmac = Mechanism::Plain(sys::CKM_AES_CMAC);
        Ok(
            answered(self.session.sign(cmac, self.key, &[0; 16]))?.map(|made| {
                let found = made.get(..5).map(check_value::upper_hex);
                found.is_some() && found == wanted(check_value::CMAC5)
            }),
        )
    }

    fn is_hmac(&self, plain: &Secret) -> Result<Option<bool>, Pkcs11Error> {
        let Ok(wanted) = check_value::of_untyped(plain) else {
            return Ok(Some(false));
        };
        let hmac = Mechanism::Plain(sys::CKM_SHA256_HMAC);
        Ok(
            answered(self.session.sign(hmac, self.key, &[0; 16]))?.map(|made| {
                let found = made.get(..5).map(check_value::upper_hex);
                found.is_some() && found.as_deref() == wanted.get(check_value::MAC5)
            }),
        )
    }

    /// The public half as the token tells it.
    pub(super) fn spki(&self) -> Result<Option<Vec<u8>>, Pkcs11Error> {
        let Some(public) = self.public else {
            return Ok(None);
        };
        let read = |kind: AttributeType| -> Result<Option<Vec<u8>>, Pkcs11Error> {
            Ok(match self.session.get(public, kind)? {
                Found::Value(value) => Some(value),
                Found::Absent | Found::Unavailable | Found::Failed(_) => None,
            })
        };
        if let Class::Rsa(_) = self.kind.class() {
            let (modulus, exponent) = (read(sys::CKA_MODULUS)?, read(sys::CKA_PUBLIC_EXPONENT)?);
            Ok(modulus.zip(exponent).and_then(|(modulus, exponent)| {
                public_half::of_rsa(self.kind, &modulus, &exponent).ok()
            }))
        } else {
            Ok(read(sys::CKA_EC_POINT)?
                .and_then(|point| public_half::of_point(self.kind, &point).ok()))
        }
    }
}

impl Drop for Throwaway<'_> {
    fn drop(&mut self) {
        // A session object: it goes with the session where destroying it fails.
        drop(self.session.destroy(self.key));
        if let Some(public) = self.public {
            drop(self.session.destroy(public));
        }
    }
}

/// What a call made, or nothing where the token refused it.
///
/// # Errors
///
/// When the token is gone.
pub(super) fn answered<T>(called: Result<T, Pkcs11Error>) -> Result<Option<T>, Pkcs11Error> {
    match called {
        Ok(made) => Ok(Some(made)),
        Err(error) if error.is_loss() => Err(error),
        Err(_) => Ok(None),
    }
}

/// The mechanism that makes a type of key.
pub(super) const fn generator(kind: KeyType) -> MechanismType {
    match kind.class() {
        Class::Aes(_) => sys::CKM_AES_KEY_GEN,
        Class::Hmac(_) => sys::CKM_GENERIC_SECRET_KEY_GEN,
        Class::Rsa(_) => sys::CKM_RSA_PKCS_KEY_PAIR_GEN,
        Class::Ec => sys::CKM_EC_KEY_PAIR_GEN,
        Class::Edwards => sys::CKM_EC_EDWARDS_KEY_PAIR_GEN,
    }
}

/// `CKA_EC_PARAMS` of a curve: its object identifier in DER.
const fn curve(kind: KeyType) -> &'static [u8] {
    match kind {
        KeyType::EcP256 => &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        KeyType::EcP384 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
        KeyType::EcP521 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
        KeyType::EcSecp256k1 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a],
        KeyType::Ed25519 => &[0x06, 0x03, 0x2b, 0x65, 0x70],
        KeyType::Aes128
        | KeyType::Aes192
        | KeyType::Aes256
        | KeyType::Hmac224
        | KeyType::Hmac256
        | KeyType::Hmac384
        | KeyType::Hmac512
        | KeyType::Rsa2048
        | KeyType::Rsa3072
        | KeyType::Rsa4096 => &[],
    }
}
