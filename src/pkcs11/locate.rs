//! Finds a token by what is printed on it, never by the number of its slot, and logs in.
//!
//! Whatever forbids to use the token is said before a PIN is asked for or tried: a try costs one
//! of few.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use cryptoki_sys as sys;

use crate::domain::record::Digest;
use crate::domain::text::list;
use crate::domain::token_facts::TokenFacts;
use crate::pkcs11::error::Pkcs11Error;
use crate::pkcs11::raw::Module;
use crate::pkcs11::raw::Session;
use crate::pkcs11::raw::Slot;
use crate::pkcs11::raw::TokenInfo;
use crate::pkcs11::raw::User;
use crate::pkcs11::raw::Watch;
use crate::pkcs11::rv::Rv;
use crate::secret::Secret;

/// Which module to load: a file, and what it takes when it is initialised.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModuleChoice {
    /// The file.
    pub path: PathBuf,
    /// The maker's own arguments for `C_Initialize` (`pReserved`).
    pub arguments: Option<String>,
}

impl ModuleChoice {
    /// Loads and initialises it; once a process.
    ///
    /// # Errors
    ///
    /// As for [`Module::load`].
    pub fn load(&self, watch: Arc<dyn Watch>) -> Result<Arc<Module>, Pkcs11Error> {
        Module::load(&self.path, self.arguments.as_deref(), watch)
    }
}

/// What the token that is looked for says of itself; what is not given may be anything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Its label.
    pub label: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Its maker.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
}

impl Wanted {
    fn fits(&self, info: &TokenInfo) -> bool {
        [
            (&self.label, &info.label),
            (&self.serial, &info.serial),
            (&self.manufacturer, &info.manufacturer),
            (&self.model, &info.model),
        ]
        .into_iter()
        .all(|(wanted, found)| wanted.as_ref().is_none_or(|wanted| wanted == found))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [
            ("label", &self.label),
            ("serial", &self.serial),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} `{value}`")))
        .collect();
        if parts.is_empty() {
            f.write_str("any label")
        } else {
            f.write_str(&list(&parts))
        }
    }
}

/// A slot with something in it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The slot.
    pub slot: Slot,
    /// Its description.
    pub description: String,
    /// What the token in it says, or why it does not.
    pub token: Result<TokenInfo, Pkcs11Error>,
}

/// Every slot with a token in it, in the module's order.
///
/// # Errors
///
/// Only if the slots themselves cannot be listed.
pub fn every(module: &Module) -> Result<Vec<Listed>, Pkcs11Error> {
    Ok(module
        .slots()?
        .into_iter()
        .map(|slot| Listed {
            slot,
            description: module
                .slot(slot)
                .map_or_else(|_| String::new(), |info| info.description),
            token: module.token(slot),
        })
        .collect())
}

/// Every slot whose token fits; without anything wanted, those that cannot be read, too.
///
/// # Errors
///
/// [`Pkcs11Error::NoToken`] if something is wanted and not there.
pub fn fitting(module: &Module, wanted: &Wanted) -> Result<Vec<Listed>, Pkcs11Error> {
    let mut all = every(module)?;
    if *wanted == Wanted::default() {
        return Ok(all);
    }
    let there = names(all.iter().filter_map(|listed| listed.token.as_ref().ok()));
    all.retain(|listed| listed.token.as_ref().is_ok_and(|info| wanted.fits(info)));
    if all.is_empty() {
        return Err(Pkcs11Error::NoToken {
            wanted: wanted.to_string(),
            there,
        });
    }
    Ok(all)
}

/// What the flags of a token say, in words.
pub fn state(info: &TokenInfo) -> Vec<&'static str> {
    if !info.has(sys::CKF_TOKEN_INITIALIZED) {
        return vec!["not initialised"];
    }
    FLAGS
        .iter()
        .filter_map(|(flag, set, unset)| if info.has(*flag) { *set } else { *unset })
        .collect()
}

/// Flag, what it means, and what it means that it is not set.
const FLAGS: &[(sys::CK_FLAGS, Option<&str>, Option<&str>)] = &[
    (sys::CKF_TOKEN_INITIALIZED, Some("initialised"), None),
    (
        sys::CKF_USER_PIN_INITIALIZED,
        Some("user PIN set"),
        Some("no user PIN yet"),
    ),
    (sys::CKF_USER_PIN_LOCKED, Some("user PIN locked"), None),
    (
        sys::CKF_USER_PIN_FINAL_TRY,
        Some("one try of the user PIN left"),
        None,
    ),
    (
        sys::CKF_USER_PIN_COUNT_LOW,
        Some("user PIN wrong since the last login"),
        None,
    ),
    (
        sys::CKF_USER_PIN_TO_BE_CHANGED,
        Some("user PIN to be changed"),
        None,
    ),
    (
        sys::CKF_SO_PIN_LOCKED,
        Some("security officer's PIN locked"),
        None,
    ),
    (sys::CKF_LOGIN_REQUIRED, None, Some("used without login")),
    (
        sys::CKF_PROTECTED_AUTHENTICATION_PATH,
        Some("PIN pad of its own"),
        None,
    ),
    (sys::CKF_WRITE_PROTECTED, Some("read-only"), None),
    (sys::CKF_ERROR_STATE, Some("failed its self-test"), None),
];

/// A PIN, or where it is typed.
#[derive(Clone, Copy, Debug)]
pub enum Pin<'a> {
    /// Typed here, or read from a file.
    Typed(&'a Secret),
    /// Typed at the token's own PIN pad; this program never sees it.
    Pad,
}

/// A token that was found.
#[derive(Clone)]
pub struct Token {
    module: Arc<Module>,
    slot: Slot,
    facts: TokenFacts,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.facts).finish()
    }
}

impl Token {
    /// Finds the one token that fits; `digest` is that of the module's file.
    ///
    /// # Errors
    ///
    /// [`Pkcs11Error::NoToken`] and [`Pkcs11Error::SeveralTokens`] name what is there.
    pub fn find(
        module: &Arc<Module>,
        digest: Digest,
        wanted: &Wanted,
    ) -> Result<Self, Pkcs11Error> {
        let all = every(module)?;
        let fitting: Vec<(Slot, &str, &TokenInfo)> = all
            .iter()
            .filter_map(|listed| {
                let info = listed.token.as_ref().ok()?;
                wanted
                    .fits(info)
                    .then_some((listed.slot, listed.description.as_str(), info))
            })
            .collect();
        let (slot, description, info) = match fitting.as_slice() {
            [one] => *one,
            [] => {
                return Err(Pkcs11Error::NoToken {
                    wanted: wanted.to_string(),
                    there: names(all.iter().filter_map(|listed| listed.token.as_ref().ok())),
                });
            }
            several => {
                return Err(Pkcs11Error::SeveralTokens {
                    wanted: wanted.to_string(),
                    there: names(several.iter().map(|(_, _, info)| *info)),
                });
            }
        };
        let library = module.info()?;
        Ok(Self {
            module: Arc::clone(module),
            slot,
            facts: TokenFacts {
                module: module.path().display().to_string(),
                module_sha256: digest,
                library: library.description,
                library_version: library.version,
                cryptoki_version: library.cryptoki,
                slot: description.to_owned(),
                label: info.label.clone(),
                serial: info.serial.clone(),
                manufacturer: info.manufacturer.clone(),
                model: info.model.clone(),
                hardware_version: info.hardware.clone(),
                firmware_version: info.firmware.clone(),
            },
        })
    }

    /// What it says of itself.
    pub fn facts(&self) -> &TokenFacts {
        &self.facts
    }

    /// Its module.
    pub fn module(&self) -> &Arc<Module> {
        &self.module
    }

    /// Its slot, for as long as the process lives.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// What it says now; flags change.
    pub fn info(&self) -> Result<TokenInfo, Pkcs11Error> {
        self.module.token(self.slot)
    }

    /// Whether a PIN is typed at the token itself.
    ///
    /// # Errors
    ///
    /// When it cannot be asked.
    pub fn has_pin_pad(&self) -> Result<bool, Pkcs11Error> {
        Ok(self.info()?.has(sys::CKF_PROTECTED_AUTHENTICATION_PATH))
    }

    /// Refuses a token that cannot be used, before any PIN is asked for.
    ///
    /// # Errors
    ///
    /// [`Pkcs11Error::NotInitialised`], [`Pkcs11Error::PinNotSet`], [`Pkcs11Error::PinLocked`] and
    /// [`Pkcs11Error::ReadOnly`].
    pub fn check(&self, user: User) -> Result<TokenInfo, Pkcs11Error> {
        let info = self.info()?;
        let token = self.facts.label.clone();
        if !info.has(sys::CKF_TOKEN_INITIALIZED) {
            return Err(Pkcs11Error::NotInitialised {
                serial: self.facts.serial.clone(),
            });
        }
        if user == User::User && !info.has(sys::CKF_USER_PIN_INITIALIZED) {
            return Err(Pkcs11Error::PinNotSet { token });
        }
        if Tries::of(user, &info) == Tries::Locked {
            return Err(Pkcs11Error::PinLocked { token });
        }
        if info.has(sys::CKF_WRITE_PROTECTED) {
            return Err(Pkcs11Error::ReadOnly { token });
        }
        Ok(info)
    }

    /// Opens a session that may write, and logs in.
    ///
    /// # Errors
    ///
    /// What [`Token::check`] says; [`Pkcs11Error::PinLength`] before the PIN is tried;
    /// [`Pkcs11Error::WrongPin`] with what the token admits about further tries.
    pub fn log_in(&self, user: User, pin: Pin<'_>) -> Result<Session, Pkcs11Error> {
        let info = self.check(user)?;
        let token = || self.facts.label.clone();
        let too_short_or_long = || Pkcs11Error::PinLength {
            min: info.pin_min,
            max: info.pin_max,
        };
        let typed = match pin {
            Pin::Typed(pin) => {
                let len = pin.len() as u64;
                // A token that knows no limit says 0, or all ones.
                if len < info.pin_min || (info.pin_max > 0 && len > info.pin_max) {
                    return Err(too_short_or_long());
                }
                Some(pin)
            }
            Pin::Pad if info.has(sys::CKF_PROTECTED_AUTHENTICATION_PATH) => None,
            Pin::Pad => return Err(Pkcs11Error::NoPinPad { token: token() }),
        };
        let session = self.module.open(self.slot, true)?;
        match session.login(user, typed) {
            Ok(()) => Ok(session),
            Err(Pkcs11Error::Failed { rv, .. }) if rv == Rv::PIN_INCORRECT => {
                Err(Pkcs11Error::WrongPin {
                    token: token(),
                    tries: self
                        .info()
                        .map_or(Tries::Unsaid, |info| Tries::of(user, &info)),
                })
            }
            Err(Pkcs11Error::Failed { rv, .. }) if rv == Rv::PIN_LOCKED => {
                Err(Pkcs11Error::PinLocked { token: token() })
            }
            Err(Pkcs11Error::Failed { rv, .. }) if rv == Rv::PIN_LEN_RANGE => {
                Err(too_short_or_long())
            }
            Err(error) => Err(error),
        }
    }
}

/// What a token admits about further tries of a PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tries {
    /// Nothing.
    Unsaid,
    /// One was wrong since the last right one.
    Counted,
    /// One more wrong one locks it.
    Last,
    /// None are left.
    Locked,
}

impl Tries {
    /// What the flags say.
    pub fn of(user: User, info: &TokenInfo) -> Self {
        let [locked, last, counted] = match user {
            User::User => [
                sys::CKF_USER_PIN_LOCKED,
                sys::CKF_USER_PIN_FINAL_TRY,
                sys::CKF_USER_PIN_COUNT_LOW,
            ],
            User::SecurityOfficer => [
                sys::CKF_SO_PIN_LOCKED,
                sys::CKF_SO_PIN_FINAL_TRY,
                sys::CKF_SO_PIN_COUNT_LOW,
            ],
        };
        if info.has(locked) {
            Self::Locked
        } else if info.has(last) {
            Self::Last
        } else if info.has(counted) {
            Self::Counted
        } else {
            Self::Unsaid
        }
    }
}

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsaid => "the token does not say how many tries are left",
            Self::Counted => "the token counts wrong tries, and does not say how many are left",
            Self::Last => "one more wrong try locks it",
            Self::Locked => "it is now locked",
        })
    }
}

/// Labels and serial numbers, for a person to choose from.
fn names<'a>(tokens: impl Iterator<Item = &'a TokenInfo>) -> String {
    let names: Vec<String> = tokens
        .map(|info| {
            if info.has(sys::CKF_TOKEN_INITIALIZED) {
                format!("`{}` (serial {})", info.label, info.serial)
            } else {
                "one that is not initialised".to_owned()
            }
        })
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        list(&names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(flags: u64) -> TokenInfo {
        TokenInfo {
            label: "lab".to_owned(),
            manufacturer: "maker".to_owned(),
            model: "one".to_owned(),
            serial: "0a".to_owned(),
            flags,
            pin_min: 4,
            pin_max: 8,
            hardware: "1.0".to_owned(),
            firmware: "2.0".to_owned(),
        }
    }

    #[test]
    fn a_token_fits_by_everything_that_is_given() {
        let wanted = |label: Option<&str>, serial: Option<&str>, model: Option<&str>| Wanted {
            label: label.map(str::to_owned),
            serial: serial.map(str::to_owned),
            model: model.map(str::to_owned),
            manufacturer: None,
        };
        for (wanted, fits) in [
            (wanted(None, None, None), true),
            (wanted(Some("lab"), None, None), true),
            (wanted(Some("lab"), Some("0a"), Some("one")), true),
            (wanted(Some("LAB"), None, None), false),
            (wanted(Some("lab"), Some("0b"), None), false),
            (wanted(None, None, Some("two")), false),
        ] {
            assert_eq!(wanted.fits(&info(0)), fits, "{wanted}");
        }
    }

    #[test]
    fn the_worst_that_the_flags_admit_is_said() {
        for (flags, tries) in [
            (0, Tries::Unsaid),
            (sys::CKF_USER_PIN_COUNT_LOW, Tries::Counted),
            (
                sys::CKF_USER_PIN_COUNT_LOW | sys::CKF_USER_PIN_FINAL_TRY,
                Tries::Last,
            ),
            (
                sys::CKF_USER_PIN_FINAL_TRY | sys::CKF_USER_PIN_LOCKED,
                Tries::Locked,
            ),
            (sys::CKF_SO_PIN_LOCKED, Tries::Unsaid),
        ] {
            assert_eq!(Tries::of(User::User, &info(flags)), tries);
        }
        let so = info(sys::CKF_SO_PIN_FINAL_TRY);
        assert_eq!(Tries::of(User::SecurityOfficer, &so), Tries::Last);
    }

    #[test]
    fn what_is_there_is_named() {
        let there = [info(sys::CKF_TOKEN_INITIALIZED), info(0)];
        assert_eq!(
            names(there.iter()),
            "`lab` (serial 0a) and one that is not initialised"
        );
        assert_eq!(names([].iter()), "none");
        assert_eq!(Wanted::default().to_string(), "any label");
    }
}
