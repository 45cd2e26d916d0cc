//! Backup: a key made outside is brought into the token, wraps the key that is to be kept, and
//! brings it back into another token.
//!
//! The backup key comes in by `C_UnwrapKey`, under an RSA key that the token made for this; in
//! plain only where a token unwraps nothing of the kind. It can wrap or unwrap, and nothing else;
//! that the token has the same one as its custodians is seen by what it wraps or unwraps, on a
//! throwaway key. What is kept never stands in this process in plain.

use cryptoki_sys as sys;

use crate::crypto::check_value;
use crate::crypto::random::Random;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::attribute::Attribute;
use crate::pkcs11::attribute::AttributeType;
use crate::pkcs11::check;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::keys;
use crate::pkcs11::keys::KeyPlan;
use crate::pkcs11::keys::Made;
use crate::pkcs11::public;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Mechanism;
use crate::pkcs11::raw::MechanismType;
use crate::pkcs11::raw::Session;
use crate::pkcs11::sign;
use crate::pkcs11::trial::is_gone;
use crate::pkcs11::usage::Usage;
use crate::secret::Secret;

/// A mechanism that is AES key wrap with padding (RFC 5649) in this token, whatever its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KwpMechanism(pub MechanismType);

impl KwpMechanism {
    /// What it may be.
    pub const CANDIDATES: [Self; 2] = [
        Self(sys::CKM_AES_KEY_WRAP_KWP),
        Self(sys::CKM_AES_KEY_WRAP_PAD),
    ];

    const fn plain(self) -> Mechanism<'static> {
        Mechanism::Plain(self.0)
    }
}

/// What a backup key is brought in for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// It wraps, and nothing else.
    Export,
    /// It unwraps, and nothing else.
    Restore,
}

impl Purpose {
    const fn usages(self) -> &'static [Usage] {
        match self {
            Self::Export => &[Usage::Wrap],
            Self::Restore => &[Usage::Unwrap],
        }
    }
}

/// A backup key in the token, for as long as this value lives.
pub struct BackupKey<'s> {
    session: &'s Session,
    object: Throwaway<'s>,
    left_out: Vec<AttributeType>,
    kwp: KwpMechanism,
    how: &'static str,
}

impl<'s> BackupKey<'s> {
    /// Brings `secret`, an AES-256 key, into the token, and sees that it is the same there.
    ///
    /// # Errors
    ///
    /// [`Pkcs11Error::BackupKey`] if what it wraps or unwraps shows another key, or `kwp` is not
    /// RFC 5649 after all.
    pub fn bring_in(
        session: &'s Session,
        carrier: &Carrier,
        secret: &Secret,
        purpose: Purpose,
        kwp: KwpMechanism,
        random: &mut dyn Random,
    ) -> Result<Self, Pkcs11Error> {
        let plan = Self::plan(purpose);
        let (made, how) = match carrier.bring_in(session, secret, &plan, random)? {
            Some(unwrapped) => unwrapped,
            None => (
                created(session, secret, &plan)?,
                "C_CreateObject, for the token unwraps nothing under OAEP",
            ),
        };
        let key = Self {
            session,
            object: Throwaway::new(session, made.key),
            left_out: made.left_out,
            kwp,
            how,
        };
        match purpose {
            Purpose::Export => key.prove_wraps(secret)?,
            Purpose::Restore => key.prove_unwraps(secret, random)?,
        }
        Ok(key)
    }

    /// What a backup key in the token is to be.
    pub const fn plan(purpose: Purpose) -> KeyPlan<'static> {
        KeyPlan {
            kind: KeyType::Aes256,
            label: "keyrite backup key",
            id: &[],
            token: false,
            extractable: false,
            wrap_with_trusted: false,
            usages: purpose.usages(),
        }
    }

    /// How it came in, in words for the record.
    pub fn how(&self) -> &'static str {
        self.how
    }

    /// The object, as it is read back.
    pub fn made(&self) -> Made {
        Made {
            key: self.handle(),
            public: None,
            left_out: self.left_out.clone(),
        }
    }

    fn handle(&self) -> Handle {
        self.object.handle()
    }

    /// Destroys it, with proof.
    ///
    /// # Errors
    ///
    /// As for [`crate::pkcs11::destroy::destroy`].
    pub fn destroy(self) -> Result<(), Pkcs11Error> {
        self.object.destroy().map(drop)
    }

    /// What the token wraps opens here to the same throwaway key.
    fn prove_wraps(&self, secret: &Secret) -> Result<(), Pkcs11Error> {
        let made = keys::generate(self.session, &THROWAWAY)?;
        let throwaway = Throwaway::new(self.session, made.key);
        let told = check::values(self.session, THROWAWAY.kind, &made)?.values;
        let blob = self.wrap(throwaway.handle())?;
        let same = wrap::kwp_unwrap(secret, &blob)
            .and_then(|plain| check_value::of(THROWAWAY.kind, &plain))
            .is_ok_and(|ours| agree(&ours, &told));
        if same {
            Ok(())
        } else {
            Err(Pkcs11Error::BackupKey)
        }
    }

    /// What is wrapped here unwraps in the token to the same throwaway key.
    fn prove_unwraps(&self, secret: &Secret, random: &mut dyn Random) -> Result<(), Pkcs11Error> {
        let ours = SoftwareKey::generate(THROWAWAY.kind, random)?;
        let blob = wrap::kwp_wrap(secret, ours.material())?;
        let made = self.restore(&blob, &THROWAWAY, None)?;
        let throwaway = Throwaway::new(self.session, made.key);
        let told = check::values(self.session, THROWAWAY.kind, &made)?.values;
        drop(throwaway);
        if agree(&ours.check_values(), &told) {
            Ok(())
        } else {
            Err(Pkcs11Error::BackupKey)
        }
    }

    fn wrap(&self, key: Handle) -> Result<Vec<u8>, Pkcs11Error> {
        self.session.wrap(self.kwp.plain(), self.handle(), key)
    }

    /// Wraps a key for keeping. Its length must be one that RFC 5649 makes of a key of the type.
    ///
    /// # Errors
    ///
    /// What the token says, and [`Pkcs11Error::Nonsense`] for another length.
    pub fn export(&self, kind: KeyType, key: Handle) -> Result<Vec<u8>, Pkcs11Error> {
        let blob = self.wrap(key)?;
        let fits = match kind.raw_len() {
            Some(len) => blob.len() == len.next_multiple_of(8) + 8,
            None => blob.len() > 24 && blob.len().is_multiple_of(8),
        };
        if fits {
            Ok(blob)
        } else {
            Err(Pkcs11Error::Nonsense {
                call: "C_WrapKey",
                what: "a length",
                found: blob.len() as u64,
            })
        }
    }

    /// Wraps a throwaway key of the same class and opens it here: what the token puts behind a
    /// private key before it wraps it does not show otherwise.
    ///
    /// # Errors
    ///
    /// [`Pkcs11Error::BackupKey`] if it opens to another key.
    pub fn rehearse(&self, secret: &Secret, kind: KeyType) -> Result<Ending, Pkcs11Error> {
        let stand_in = match kind.class() {
            Class::Aes(_) | Class::Hmac(_) => return Ok(Ending::Clean),
            // The lengths of RSA keys vary, and some need no padding.
            Class::Rsa(_) => KeyType::EcP256,
            Class::Ec | Class::Edwards => kind,
        };
        let plan = KeyPlan::throwaway(stand_in, Usage::usual(stand_in));
        let made = keys::generate(self.session, &plan)?;
        let private = Throwaway::new(self.session, made.key);
        let public = made
            .public
            .map(|public| Throwaway::new(self.session, public));
        let told = public::half_of(self.session, stand_in, &made)?;
        let blob = self.wrap(private.handle())?;
        drop((private, public));
        let opened = wrap::kwp_unwrap(secret, &blob)?;
        let zeros = opened
            .expose()
            .iter()
            .rev()
            .take_while(|byte| **byte == 0)
            .count();
        for behind in 0..=zeros.min(7) {
            let bytes = opened
                .expose()
                .get(..opened.len() - behind)
                .unwrap_or_default();
            let material = Secret::init(bytes.len(), |to| to.copy_from_slice(bytes));
            let found = SoftwareKey::from_material(stand_in, material);
            if found.is_ok_and(|key| key.spki().as_ref() == Some(&told)) {
                return Ok(if behind == 0 {
                    Ending::Clean
                } else {
                    Ending::ZeroBytes
                });
            }
        }
        Err(Pkcs11Error::BackupKey)
    }

    /// Brings a key back. A pair needs its public half, or a token that tells it of the private
    /// one; that both belong together is proved by a signature where the plan lets it sign.
    ///
    /// # Errors
    ///
    /// What the token says of the blob, and what is said of pairs.
    pub fn restore(
        &self,
        blob: &[u8],
        plan: &KeyPlan<'_>,
        spki: Option<&[u8]>,
    ) -> Result<Made, Pkcs11Error> {
        let mut made = if plan.token {
            // SoftHSM leaves an object in the token for every template that it refuses; what it takes
            // is found out on one that ends with the session.
            let session_only = KeyPlan {
                token: false,
                ..*plan
            };
            let trial = self.unwrapped(blob, &session_only)?;
            self.session.destroy(trial.key)?;
            let mut template = keys::key_template(plan);
            template.retain(|attribute| !trial.left_out.contains(&attribute.kind()));
            let (mechanism, with) = (self.kwp.plain(), self.handle());
            Made {
                key: self.session.unwrap(mechanism, with, blob, &template)?,
                ..trial
            }
        } else {
            self.unwrapped(blob, plan)?
        };
        if plan.kind.is_pair() {
            match self.public_half(plan, &made, spki) {
                Ok(public) => made.public = Some(public),
                Err(error) => {
                    // Half a key is nobody's.
                    drop(self.session.destroy(made.key));
                    return Err(error);
                }
            }
        }
        Ok(made)
    }

    fn unwrapped(&self, blob: &[u8], plan: &KeyPlan<'_>) -> Result<Made, Pkcs11Error> {
        let template = keys::key_template(plan);
        keys::without(&[&template], |left_out, templates| {
            let template = templates.first().map(Vec::as_slice).unwrap_or_default();
            let key = self
                .session
                .unwrap(self.kwp.plain(), self.handle(), blob, template)?;
            Ok(Made {
                key,
                public: None,
                left_out,
            })
        })
    }

    fn public_half(
        &self,
        plan: &KeyPlan<'_>,
        made: &Made,
        spki: Option<&[u8]>,
    ) -> Result<Handle, Pkcs11Error> {
        let told;
        let spki = if let Some(spki) = spki {
            spki
        } else {
            told = public::half_of(self.session, plan.kind, made)?;
            &told
        };
        if plan.may(Usage::Sign) {
            sign::prove_pair(self.session, plan.kind, made.key, spki)?;
        }
        public::create(self.session, plan, spki)
    }
}

/// How the plain form of a private key ends when the token wraps it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// Where its DER ends.
    Clean,
    /// With zero bytes behind its DER, which not every other token takes.
    ZeroBytes,
}

/// What is tried on a backup key.
const THROWAWAY: KeyPlan<'static> =
    KeyPlan::throwaway(KeyType::Aes256, &[Usage::Encrypt, Usage::Sign]);

/// Whether two lists of check values have one in common, and contradict each other nowhere.
fn agree(ours: &check_value::CheckValues, told: &check_value::CheckValues) -> bool {
    let mut common = told
        .iter()
        .filter_map(|(name, value)| ours.get(name).map(|ours| ours == value))
        .peekable();
    common.peek().is_some() && common.all(|same| same)
}

/// An RSA key that the token made, under which backup keys come in. It takes seconds to make; one
/// serves for every backup key of a session, and ends with it.
pub struct Carrier {
    private: Handle,
    to: WrappingKey,
}

impl Carrier {
    const KIND: KeyType = KeyType::Rsa3072;

    /// Has the token make one.
    ///
    /// # Errors
    ///
    /// What the token says.
    pub fn make(session: &Session) -> Result<Self, Pkcs11Error> {
        let usages = [Usage::Wrap, Usage::Unwrap, Usage::Encrypt, Usage::Decrypt];
        let made = keys::generate(session, &KeyPlan::throwaway(Self::KIND, &usages))?;
        let to = WrappingKey::from_bytes(&public::half_of(session, Self::KIND, &made)?)?;
        Ok(Self {
            private: made.key,
            to,
        })
    }

    /// Brings a key in; nothing if the token refuses every way.
    fn bring_in(
        &self,
        session: &Session,
        secret: &Secret,
        plan: &KeyPlan<'_>,
        random: &mut dyn Random,
    ) -> Result<Option<(Made, &'static str)>, Pkcs11Error> {
        for (hash, how) in [
            (
                Hash::Sha256,
                "C_UnwrapKey under an RSA key of the token, OAEP with SHA-256",
            ),
            (
                Hash::Sha1,
                "C_UnwrapKey under an RSA key of the token, OAEP with SHA-1",
            ),
        ] {
            let construction = Construction::Oaep(OaepHashes::same(hash));
            let blob = wrap::wrap(construction, &self.to, secret, random)?.blob;
            let mechanism = Mechanism::Oaep { hash, mgf: hash };
            let template = keys::key_template(plan);
            let came_in = keys::without(&[&template], |left_out, templates| {
                let template = templates.first().map(Vec::as_slice).unwrap_or_default();
                Ok(Made {
                    key: session.unwrap(mechanism, self.private, &blob, template)?,
                    public: None,
                    left_out,
                })
            });
            match came_in {
                Ok(made) => return Ok(Some((made, how))),
                Err(error) if is_gone(&error) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(None)
    }
}

fn created(session: &Session, secret: &Secret, plan: &KeyPlan<'_>) -> Result<Made, Pkcs11Error> {
    let mut template = keys::key_template(plan);
    template.push(Attribute::bytes_of(sys::CKA_VALUE, secret.expose()));
    keys::without(&[&template], |left_out, templates| {
        Ok(Made {
            key: session.create(templates.first().map(Vec::as_slice).unwrap_or_default())?,
            public: None,
            left_out,
        })
    })
}
