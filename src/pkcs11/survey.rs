//! Everything that is tried of a token: what it can do, and what it only says.
//!
//! All of it happens on session objects, in sessions of its own; the token is left as it was
//! found, which is looked at when they are closed.

use std::collections::BTreeSet;

use cryptoki_sys as sys;

use crate::crypto::random::Random;
use crate::crypto::wrap::AesMode;
use crate::crypto::wrap::Construction;
use crate::crypto::wrap::Hash;
use crate::crypto::wrap::OaepHashes;
use crate::crypto::wrap::diagnosis;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Moment;
use crate::domain::token_profile::Ability;
use crate::domain::token_profile::Aes;
use crate::domain::token_profile::FORMAT;
use crate::domain::token_profile::LieKind;
use crate::domain::token_profile::Listed;
use crate::domain::token_profile::Oaep;
use crate::domain::token_profile::PinState;
use crate::domain::token_profile::TokenProfile;
use crate::domain::token_profile::Tried;
use crate::pkcs11::attribute::mechanism_name;
use crate::pkcs11::backup::BackupKey;
use crate::pkcs11::backup::Carrier;
use crate::pkcs11::backup::Purpose;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::honesty;
use crate::pkcs11::locate::Token;
use crate::pkcs11::locate::Tries;
use crate::pkcs11::raw::Handle;
use crate::pkcs11::raw::Session;
use crate::pkcs11::raw::TokenInfo;
use crate::pkcs11::raw::User;
use crate::pkcs11::trial::Outcome;
use crate::pkcs11::trial::Trials;
use crate::pkcs11::trial::is_gone;
use crate::pkcs11::wrap::Route;
use crate::secret::Secret;

/// Tries everything, in a session that is logged in.
///
/// `began` is called with each part that is about to be tried.
///
/// # Errors
///
/// When the token is gone, and [`Pkcs11Error::LeftBehind`] if something of the trials is still
/// there.
pub fn survey(
    token: &Token,
    session: &Session,
    at: Moment,
    random: &mut dyn Random,
    mut began: impl FnMut(&str),
) -> Result<TokenProfile, Pkcs11Error> {
    let before: BTreeSet<Handle> = session.find(&[])?.into_iter().collect();
    let info = token.info()?;
    let mut profile = TokenProfile {
        format: FORMAT.to_owned(),
        at,
        token: token.facts().clone(),
        flags: flags(&info),
        pin: pin(&info),
        lies: Vec::new(),
        makes: Vec::new(),
        oaep: Vec::new(),
        oaep_carries: Vec::new(),
        native: Vec::new(),
        native_carries: Vec::new(),
        aes: Vec::new(),
        abilities: Vec::new(),
        listed: listed(token)?,
    };
    {
        // What a failed call leaves half-made (SoftHSM's C_UnwrapKey does) ends with its session.
        let work = session.another()?;
        let mut survey = Survey {
            trials: Trials::new(&work),
            profile: &mut profile,
        };
        began("types of key");
        survey.types()?;
        began("RSA-OAEP");
        survey.oaep()?;
        began("AES key wrap");
        survey.aes()?;
        began("CKM_RSA_AES_KEY_WRAP");
        survey.native()?;
        began("what it promises");
        honesty::look(&work, &mut survey.trials, survey.profile)?;
        began("backup and restore");
        survey.abilities(&work, random)?;
    }
    let after: BTreeSet<Handle> = session.find(&[])?.into_iter().collect();
    let left = after.difference(&before).count();
    if left > 0 {
        return Err(Pkcs11Error::LeftBehind { count: left });
    }
    profile
        .lies
        .sort_by(|one, other| (one.kind, &one.what).cmp(&(other.kind, &other.what)));
    profile.lies.dedup();
    Ok(profile)
}

struct Survey<'s, 'p> {
    trials: Trials<'s>,
    profile: &'p mut TokenProfile,
}

impl Survey<'_, '_> {
    fn types(&mut self) -> Result<(), Pkcs11Error> {
        for kind in KeyType::all() {
            let tried = match self.trials.key(kind)? {
                Ok(_) => Tried::right(kind),
                Err(error) => Tried::cannot(kind, error),
            };
            self.profile.makes.push(tried);
        }
        Ok(())
    }

    fn oaep(&mut self) -> Result<(), Pkcs11Error> {
        let mut first = None;
        for (hashes, bits) in hashes_and_bits() {
            let outcome = self.one(Construction::Oaep(hashes), Route::Direct, bits, AES_256)?;
            first = first.or_else(|| is_right(&outcome).then_some(hashes));
            let what = Oaep {
                hashes: hashes.to_string(),
                bits,
            };
            self.profile.oaep.push(tried(what, &outcome));
        }
        // What a longer key needs is there under the longest wrapping key.
        let hashes = first.unwrap_or(OaepHashes::same(Hash::Sha1));
        for kind in KeyType::all() {
            let construction = Construction::Oaep(hashes);
            let outcome = self.one(construction, Route::Direct, LONGEST, kind)?;
            self.profile.oaep_carries.push(tried(kind, &outcome));
        }
        Ok(())
    }

    fn native(&mut self) -> Result<(), Pkcs11Error> {
        let mut first = None;
        for (hashes, bits) in hashes_and_bits() {
            let construction = Construction::OaepThenAes(hashes, AesMode::Kwp);
            let outcome = self.one(construction, Route::Native, bits, AES_256)?;
            first = first.or_else(|| is_right(&outcome).then_some(hashes));
            let what = Oaep {
                hashes: hashes.to_string(),
                bits,
            };
            self.profile.native.push(tried(what, &outcome));
        }
        let hashes = first.unwrap_or(OaepHashes::same(Hash::Sha1));
        for kind in KeyType::all() {
            let construction = Construction::OaepThenAes(hashes, AesMode::Kwp);
            let outcome = self.one(construction, Route::Native, SHORTEST, kind)?;
            self.profile.native_carries.push(tried(kind, &outcome));
        }
        Ok(())
    }

    /// Every number that could be the mode, even when the first one is right.
    fn aes(&mut self) -> Result<(), Pkcs11Error> {
        for mode in [AesMode::Kwp, AesMode::Kw] {
            let construction = Construction::Aes(mode);
            for route in Route::of(construction) {
                for kind in KeyType::all() {
                    let outcome = self.one(construction, *route, 256, kind)?;
                    let what = Aes {
                        mode: mode.name().to_owned(),
                        mechanism: route.mechanisms().to_owned(),
                        key: kind,
                    };
                    self.profile.aes.push(tried(what, &outcome));
                }
            }
        }
        Ok(())
    }

    fn abilities(&mut self, session: &Session, random: &mut dyn Random) -> Result<(), Pkcs11Error> {
        let composed = self.compose()?;
        let mut push = |what, done: Result<(), String>| {
            self.profile.abilities.push(Tried {
                what,
                cannot: done.err(),
            });
        };
        push(Ability::Compose, composed);
        let kwp = self.trials.kwp();
        let carrier = Carrier::make(session);
        for (what, purpose) in [
            (Ability::Backup, Purpose::Export),
            (Ability::Restore, Purpose::Restore),
        ] {
            let done = kwp.clone().and_then(|kwp| {
                let secret = Secret::try_init(32, |to| random.fill(to))
                    .map_err(|error| Pkcs11Error::Crypto(error.into()))?;
                let carrier = carrier.as_ref().map_err(Clone::clone)?;
                let key = BackupKey::bring_in(session, carrier, &secret, purpose, kwp, random)?;
                key.destroy()
            });
            match done {
                Err(error) if is_gone(&error) => return Err(error),
                done => push(what, done.map_err(|error| error.to_string())),
            }
        }
        let wrapping_key = self.trials.aes_wrapping_key()?;
        push(
            Ability::AesWrappingKey,
            wrapping_key.map_err(|error| error.to_string()),
        );
        Ok(())
    }

    /// One whole composed wrap, in any way that is right in its parts.
    fn compose(&mut self) -> Result<Result<(), String>, Pkcs11Error> {
        let mut why = "neither of its two parts is right".to_owned();
        for hash in Hash::ALL {
            let construction = Construction::OaepThenAes(OaepHashes::same(hash), AesMode::Kwp);
            for route in Route::of(construction) {
                if let Route::Composed(_) = route {
                    let outcome = self.trials.one(construction, *route, SHORTEST, AES_256)?;
                    if is_right(&outcome) {
                        return Ok(Ok(()));
                    }
                    why = outcome.to_string();
                }
            }
        }
        Ok(Err(why))
    }

    fn one(
        &mut self,
        construction: Construction,
        route: Route,
        bits: usize,
        kind: KeyType,
    ) -> Result<Outcome, Pkcs11Error> {
        let outcome = self.trials.one(construction, route, bits, kind)?;
        self.lies(route, kind, &outcome);
        Ok(outcome)
    }

    fn lies(&mut self, route: Route, kind: KeyType, outcome: &Outcome) {
        let by = route.mechanisms();
        let mut say = |lie_kind, what: String, key: Option<KeyType>| {
            self.profile.lie(lie_kind, format!("{by}: {what}"), key);
        };
        match outcome {
            Outcome::Wrong(lies) => {
                for lie in lies {
                    let (lie_kind, key) = match lie {
                        diagnosis::Lie::Oaep { .. } | diagnosis::Lie::AesBits(_) => {
                            (LieKind::OaepHash, None)
                        }
                        diagnosis::Lie::Aes { .. } | diagnosis::Lie::KwPkcs7 { .. } => {
                            (LieKind::MechanismMeaning, None)
                        }
                        diagnosis::Lie::ZeroBytes(_) | diagnosis::Lie::OtherBytes(_) => {
                            (LieKind::Padding, Some(kind))
                        }
                        diagnosis::Lie::BehindBlob(_) => (LieKind::Length, None),
                        diagnosis::Lie::Short | diagnosis::Lie::Sealed => {
                            (LieKind::OtherKey, Some(kind))
                        }
                    };
                    say(lie_kind, lie.in_general(), key);
                }
            }
            Outcome::OtherKey => say(LieKind::OtherKey, outcome.to_string(), Some(kind)),
            Outcome::BetweenStays => say(LieKind::Destroyed, outcome.to_string(), None),
            Outcome::Right { .. }
            | Outcome::Unproved
            | Outcome::Refused { .. }
            | Outcome::Broken(_) => {}
        }
    }
}

fn is_right(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Right { .. })
}

fn tried<T>(what: T, outcome: &Outcome) -> Tried<T> {
    match outcome {
        Outcome::Right { .. } => Tried::right(what),
        Outcome::Wrong(lies) => {
            let lies: Vec<String> = lies.iter().map(diagnosis::Lie::in_general).collect();
            Tried::cannot(what, lies.join("; "))
        }
        Outcome::OtherKey
        | Outcome::Unproved
        | Outcome::BetweenStays
        | Outcome::Refused { .. }
        | Outcome::Broken(_) => Tried::cannot(what, outcome),
    }
}

/// Every pair of hash functions, same ones first, under every built-in test pair.
fn hashes_and_bits() -> Vec<(OaepHashes, usize)> {
    let same = Hash::ALL.map(OaepHashes::same);
    let mixed = Hash::ALL
        .into_iter()
        .flat_map(|hash| Hash::ALL.map(|mgf| OaepHashes { hash, mgf }))
        .filter(|hashes| hashes.hash != hashes.mgf);
    same.into_iter()
        .chain(mixed)
        .flat_map(|hashes| [SHORTEST, 3072, LONGEST].map(|bits| (hashes, bits)))
        .collect()
}

fn listed(token: &Token) -> Result<Vec<Listed>, Pkcs11Error> {
    let module = token.module();
    let mut all = Vec::new();
    for mechanism in module.mechanisms(token.slot())? {
        let (min, max) = match module.mechanism(token.slot(), mechanism) {
            Ok(info) => (info.min, info.max),
            Err(error) if is_gone(&error) => return Err(error),
            Err(_) => (0, 0),
        };
        all.push(Listed {
            mechanism: mechanism_name(mechanism),
            min,
            max,
        });
    }
    Ok(all)
}

fn pin(info: &TokenInfo) -> PinState {
    PinState {
        set: info.has(sys::CKF_USER_PIN_INITIALIZED),
        tries: Tries::of(User::User, info).to_string(),
        min: info.pin_min,
        max: if info.pin_max == u64::MAX {
            0
        } else {
            info.pin_max
        },
        pad: info.has(sys::CKF_PROTECTED_AUTHENTICATION_PATH),
    }
}

fn flags(info: &TokenInfo) -> Vec<String> {
    FLAGS
        .iter()
        .filter(|(flag, _)| info.has(*flag))
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

/// PKCS#11 section 3.2, `CK_TOKEN_INFO`.
const FLAGS: &[(sys::CK_FLAGS, &str)] = &[
    (sys::CKF_RNG, "CKF_RNG"),
    (sys::CKF_WRITE_PROTECTED, "CKF_WRITE_PROTECTED"),
    (sys::CKF_LOGIN_REQUIRED, "CKF_LOGIN_REQUIRED"),
    (sys::CKF_USER_PIN_INITIALIZED, "CKF_USER_PIN_INITIALIZED"),
    (
        sys::CKF_RESTORE_KEY_NOT_NEEDED,
        "CKF_RESTORE_KEY_NOT_NEEDED",
    ),
    (sys::CKF_CLOCK_ON_TOKEN, "CKF_CLOCK_ON_TOKEN"),
    (
        sys::CKF_PROTECTED_AUTHENTICATION_PATH,
        "CKF_PROTECTED_AUTHENTICATION_PATH",
    ),
    (
        sys::CKF_DUAL_CRYPTO_OPERATIONS,
        "CKF_DUAL_CRYPTO_OPERATIONS",
    ),
    (sys::CKF_TOKEN_INITIALIZED, "CKF_TOKEN_INITIALIZED"),
    (
        sys::CKF_SECONDARY_AUTHENTICATION,
        "CKF_SECONDARY_AUTHENTICATION",
    ),
    (sys::CKF_USER_PIN_COUNT_LOW, "CKF_USER_PIN_COUNT_LOW"),
    (sys::CKF_USER_PIN_FINAL_TRY, "CKF_USER_PIN_FINAL_TRY"),
    (sys::CKF_USER_PIN_LOCKED, "CKF_USER_PIN_LOCKED"),
    (
        sys::CKF_USER_PIN_TO_BE_CHANGED,
        "CKF_USER_PIN_TO_BE_CHANGED",
    ),
    (sys::CKF_SO_PIN_COUNT_LOW, "CKF_SO_PIN_COUNT_LOW"),
    (sys::CKF_SO_PIN_FINAL_TRY, "CKF_SO_PIN_FINAL_TRY"),
    (sys::CKF_SO_PIN_LOCKED, "CKF_SO_PIN_LOCKED"),
    (sys::CKF_SO_PIN_TO_BE_CHANGED, "CKF_SO_PIN_TO_BE_CHANGED"),
    (sys::CKF_ERROR_STATE, "CKF_ERROR_STATE"),
];

/// What every wrap is tried with first.
const AES_256: KeyType = KeyType::Aes256;
const SHORTEST: usize = 2048;
const LONGEST: usize = 4096;
