//! The loop-back: a throwaway key of the same type is made in the token, wrapped there under a
//! key that everybody knows, opened here by other code, and compared with the one in the token.
//!
//! Nothing on the sending side shows that a token used another hash function, another padding or
//! put zero bytes behind a private key: only opening does. Everything is a session object; what
//! is tried touches no real key and leaves nothing behind.

use std::collections::BTreeMap;
use std::fmt;

use crate::crypto::wrap;
use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::diagnosis;
use crate::crypto::wrap::diagnosis::Lie;
use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::pkcs11::backup::KwpMechanism;
use crate::pkcs11::destroy::Throwaway;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Session;
use crate::pkcs11::rv::Rv;
use crate::pkcs11::subject::Subject;
use crate::pkcs11::wrap::Proof;
use crate::pkcs11::wrap::Route;
use crate::pkcs11::wrap::by;
use crate::pkcs11::wrap::import;

/// One way to wrap one type of key under a wrapping key of one length, tried.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trial {
    /// What was asked for.
    pub construction: Construction,
    /// By which calls.
    pub route: Route,
    /// Of what type of key.
    pub kind: KeyType,
    /// Under a wrapping key of so many bits.
    pub bits: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a trial.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The same key came out, of so many bytes.
    Right {
        /// Length of the key in its plain form.
        plain_len: usize,
    },
    /// The token said that it was done, and it was not what it was asked for.
    Wrong(Vec<Lie>),
    /// It opened, and another key came out.
    OtherKey,
    /// It opened, and the token has no way to tell whether that is the key.
    Unproved,
    /// The key between could be used after it was destroyed.
    BetweenStays,
    /// The token refused.
    Refused {
        /// The call.
        call: &'static str,
        /// What it returned.
        rv: Rv,
    },
    /// The call is not there, or returned what cannot be.
    Broken(Pkcs11Error),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right { .. } => f.write_str("the same key came out"),
            Self::Wrong(lies) => {
                for (at, lie) in lies.iter().enumerate() {
                    if at > 0 {
                        f.write_str("; ")?;
                    }
                    lie.fmt(f)?;
                }
                Ok(())
            }
            Self::OtherKey => f.write_str("another key came out"),
            Self::Unproved => {
                f.write_str("the token has no way to tell whether the key that came out is its own")
            }
            Self::BetweenStays => {
                f.write_str("the AES key between could be used after it was destroyed")
            }
            Self::Refused { call, rv } => write!(f, "{call}: {rv}"),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

/// Trials in one session; throwaway keys are made once and serve for many.
pub struct Trials<'s> {
    session: &'s Session,
    keys: BTreeMap<KeyType, Result<Subject<'s>, Pkcs11Error>>,
    /// Routes by which an RSA key came out without padding when it needed some.
    clean: Vec<Route>,
    /// Test keys, by whether they are AES keys and by length.
    under: BTreeMap<(bool, usize), Result<Throwaway<'s>, Pkcs11Error>>,
}

impl<'s> Trials<'s> {
    /// None yet.
    pub fn new(session: &'s Session) -> Self {
        Self {
            session,
            keys: BTreeMap::new(),
            clean: Vec::new(),
            under: BTreeMap::new(),
        }
    }

    /// Tries one way after the other until one is right.
    ///
    /// # Errors
    ///
    /// When the token is gone, and when there is no built-in key of this length.
    pub fn every(
        &mut self,
        construction: Construction,
        bits: usize,
        kind: KeyType,
    ) -> Result<Vec<Trial>, Pkcs11Error> {
        let mut trials = Vec::new();
        for route in Route::of(construction) {
            let outcome = self.one(construction, *route, bits, kind)?;
            let right = matches!(outcome, Outcome::Right { .. });
            trials.push(Trial {
                construction,
                route: *route,
                kind,
                bits,
                outcome,
            });
            if right {
                break;
            }
        }
        Ok(trials)
    }

    /// Finds a way that is right, or says why there is none.
    ///
    /// # Errors
    ///
    /// [`Pkcs11Error::CannotWrap`], and when the token is gone.
    pub fn prove(
        &mut self,
        construction: Construction,
        bits: usize,
        kind: KeyType,
    ) -> Result<Proof, Pkcs11Error> {
        let trials = self.every(construction, bits, kind)?;
        for trial in &trials {
            if let Outcome::Right { plain_len } = trial.outcome {
                let len = |plain_len| construction.blob_len(bits, plain_len);
                // The integers of an RSA key are now and then some bytes shorter.
                let lengths = match kind.class() {
                    Class::Rsa(_) => len(plain_len.saturating_sub(32))..=len(plain_len + 16),
                    Class::Aes(_) | Class::Hmac(_) | Class::Ec | Class::Edwards => {
                        len(plain_len)..=len(plain_len)
                    }
                };
                return Ok(Proof {
                    construction,
                    bits,
                    kind,
                    route: trial.route,
                    lengths,
                });
            }
        }
        let why = trials
            .iter()
            .map(|trial| format!("{}: {}", trial.route, trial.outcome))
            .collect::<Vec<_>>();
        Err(Pkcs11Error::CannotWrap {
            construction,
            kind,
            bits,
            why: if why.is_empty() {
                "no PKCS#11 mechanism does that".to_owned()
            } else {
                why.join("; ")
            },
        })
    }

    /// The mechanism that is AES key wrap with padding (RFC 5649) in this token.
    ///
    /// # Errors
    ///
    /// As for [`Trials::prove`].
    pub fn kwp(&mut self) -> Result<KwpMechanism, Pkcs11Error> {
        let construction = Construction::Aes(AesMode::Kwp);
        let proof = self.prove(construction, 256, KeyType::Aes256)?;
        match proof.route {
            Route::Aes(mechanism) => Ok(KwpMechanism(mechanism)),
            Route::Direct | Route::Native | Route::Composed(_) => {
                Err(Pkcs11Error::NoRoute { construction })
            }
        }
    }

    /// Tries one way.
    ///
    /// # Errors
    ///
    /// When the token is gone, and when there is no built-in key of this length.
    pub fn one(
        &mut self,
        construction: Construction,
        route: Route,
        bits: usize,
        kind: KeyType,
    ) -> Result<Outcome, Pkcs11Error> {
        let under = match self.under(construction, bits)? {
            Ok(under) => under,
            Err(error) => return outcome_of(error),
        };
        for _ in 0..RSA_TRIES {
            let outcome = self.once(construction, route, bits, kind, under)?;
            // Padding to whole blocks does not show on a key that fills them by chance.
            match outcome {
                Outcome::Right { plain_len }
                    if matches!(kind.class(), Class::Rsa(_))
                        && construction.aes().is_some()
                        && !self.clean.contains(&route) =>
                {
                    if plain_len.is_multiple_of(BLOCK) {
                        self.keys.remove(&kind);
                    } else {
                        self.clean.push(route);
                        return Ok(outcome);
                    }
                }
                Outcome::Right { .. }
                | Outcome::Wrong(_)
                | Outcome::OtherKey
                | Outcome::Unproved
                | Outcome::BetweenStays
                | Outcome::Refused { .. }
                | Outcome::Broken(_) => return Ok(outcome),
            }
        }
        Ok(Outcome::Unproved)
    }

    fn once(
        &mut self,
        construction: Construction,
        route: Route,
        bits: usize,
        kind: KeyType,
        under: Handle,
    ) -> Result<Outcome, Pkcs11Error> {
        let session = self.session;
        let key = match self.key(kind)? {
            Ok(key) => key,
            Err(error) => return outcome_of(error),
        };
        let made = match by(session, construction, route, under, key.handle()) {
            Ok(made) => made,
            Err(error) => return outcome_of(error),
        };
        let found = diagnosis::diagnose(construction, bits, kind, &made.blob)
            .map_err(Pkcs11Error::Untried)?;
        if !found.lies.is_empty() {
            return Ok(Outcome::Wrong(found.lies));
        }
        let Some(plain) = found.plain else {
            return Ok(Outcome::Wrong(vec![Lie::Sealed]));
        };
        Ok(match key.is(&plain)? {
            Some(true) => Outcome::Right {
                plain_len: plain.len(),
            },
            Some(false) => Outcome::OtherKey,
            None => Outcome::Unproved,
        })
    }

    /// The throwaway key of a type, made once.
    pub(super) fn key(
        &mut self,
        kind: KeyType,
    ) -> Result<Result<&Subject<'s>, Pkcs11Error>, Pkcs11Error> {
        let session = self.session;
        let made = self
            .keys
            .entry(kind)
            .or_insert_with(|| Subject::make(session, kind));
        not_gone(made.as_ref().map_err(Clone::clone))
    }

    /// Whether the token takes an AES wrapping key in.
    pub(super) fn aes_wrapping_key(&mut self) -> Result<Result<(), Pkcs11Error>, Pkcs11Error> {
        let under = self.under(Construction::Aes(AesMode::Kwp), 256)?;
        Ok(under.map(drop))
    }

    /// The built-in test key of a length, brought in once.
    pub(super) fn under(
        &mut self,
        construction: Construction,
        bits: usize,
    ) -> Result<Result<Handle, Pkcs11Error>, Pkcs11Error> {
        let to = wrap::test_key(construction, bits).map_err(Pkcs11Error::Untried)?;
        let session = self.session;
        let brought = self
            .under
            .entry((construction.is_under_aes(), bits))
            .or_insert_with(|| import(session, &to));
        not_gone(
            brought
                .as_ref()
                .map(Throwaway::handle)
                .map_err(Clone::clone),
        )
    }
}

/// A loss ends everything; what else a token says is an answer. kryoptic says `CKR_DEVICE_ERROR`
/// of a key that is too long, and goes on.
pub(super) fn is_gone(error: &Pkcs11Error) -> bool {
    let only_this = matches!(error, Pkcs11Error::Failed { rv, .. } if *rv == Rv::DEVICE_ERROR);
    error.is_loss() && !only_this
}

/// Keeps a loss apart from every other answer.
fn not_gone<T>(called: Result<T, Pkcs11Error>) -> Result<Result<T, Pkcs11Error>, Pkcs11Error> {
    match called {
        Err(error) if is_gone(&error) => Err(error),
        answered => Ok(answered),
    }
}

fn outcome_of(error: Pkcs11Error) -> Result<Outcome, Pkcs11Error> {
    if is_gone(&error) {
        return Err(error);
    }
    Ok(if let Pkcs11Error::Failed { call, rv } = error {
        Outcome::Refused { call, rv }
    } else if let Pkcs11Error::NotDestroyed { .. } = error {
        Outcome::BetweenStays
    } else {
        Outcome::Broken(error)
    })
}

/// So many RSA keys in a row never fill their last block by chance, of lengths that vary by five.
const RSA_TRIES: usize = 8;
/// What padding goes by.
const BLOCK: usize = 8;
