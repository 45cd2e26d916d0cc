//! What can go wrong, by name.

use cryptoki_sys::CK_ATTRIBUTE_TYPE;
use cryptoki_sys::CK_MECHANISM_TYPE;
use cryptoki_sys::CKM_AES_KEY_WRAP_KWP;
use cryptoki_sys::CKM_AES_KEY_WRAP_PAD;

/// A fault that is there or not.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Lie {
    /// OAEP takes SHA-1, whatever hash it was given, and says that all is well.
    OaepSha1,
    /// There is a `CKM_RSA_AES_KEY_WRAP` for wrapping, composed of what the module behind has.
    Native,
    /// The same, and its OAEP takes SHA-1 always, as in SoftHSM 2.7.
    NativeSha1,
    /// A blob is announced 8 bytes shorter than it is, as in NSS.
    ShortLength,
    /// A blob is announced 16 bytes longer than it is; zero bytes lie behind it in the buffer.
    LongLength,
    /// A blob comes with 8 zero bytes at its end, which count.
    TrailingZeros,
    /// `CKA_LOCAL` is false, as in NSS.
    LocalFalse,
    /// `CKA_ALWAYS_SENSITIVE` is true, as in openCryptoki 3.8.1.
    AlwaysSensitive,
    /// A key made with `CKA_EXTRACTABLE` false says so, and wraps all the same, as in NSS.
    NonExtractableWraps,
    /// Switching `CKA_EXTRACTABLE` off is accepted and changes only what is read, as in NSS.
    LockIgnored,
    /// `CKM_AES_KEY_WRAP_PAD` is RFC 3394 over PKCS#7, as in NSS; needs a module behind that has
    /// `CKM_AES_KEY_WRAP_PKCS7`.
    KwpIsPkcs7,
    /// Zero bytes fill a private key up to a multiple of 8 before KWP, as in SoftHSM 2.6.1.
    Pkcs8Padded,
    /// What is encrypted with AES-ECB, or signed with CMAC or HMAC, is wrong in its first byte.
    WrongCheck,
    /// The token's maker and model would move a terminal.
    HostileMaker,
    /// Its label and serial number would.
    HostileName,
    /// The token takes no writing session and says so.
    ReadOnly,
    /// The PIN comes from a pad: a PIN given by the caller is refused.
    Pinpad,
    /// The token admits to one wrong PIN.
    FewTries,
    /// The token admits to one try that is left.
    LastTry,
    /// The token is locked after wrong PINs.
    PinLocked,
    /// The user is logged in already.
    Busy,
    /// The security officer is logged in already.
    BusySo,
}

/// What happens at a call.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Trap {
    /// The process ends.
    Abort,
    /// The call never comes back.
    Hang,
    /// The call is made when the pipe that `KEYRITE_SHIM_PIPE` names was opened and closed.
    Slow,
    /// The token has vanished, from here on.
    Gone,
    /// There is no room in the token, for this function from here on.
    Full,
}

const LIES: &[(&str, Lie)] = &[
    ("oaep-sha1", Lie::OaepSha1),
    ("native", Lie::Native),
    ("native-sha1", Lie::NativeSha1),
    ("short-length", Lie::ShortLength),
    ("long-length", Lie::LongLength),
    ("trailing-zeros", Lie::TrailingZeros),
    ("local-false", Lie::LocalFalse),
    ("always-sensitive-lie", Lie::AlwaysSensitive),
    ("non-extractable-wraps", Lie::NonExtractableWraps),
    ("lock-ignored", Lie::LockIgnored),
    ("kwp-is-pkcs7", Lie::KwpIsPkcs7),
    ("pkcs8-padded", Lie::Pkcs8Padded),
    ("wrong-check", Lie::WrongCheck),
    ("hostile-maker", Lie::HostileMaker),
    ("hostile-name", Lie::HostileName),
    ("read-only", Lie::ReadOnly),
    ("pinpad", Lie::Pinpad),
    ("few-tries", Lie::FewTries),
    ("last-try", Lie::LastTry),
    ("pin-locked", Lie::PinLocked),
    ("busy", Lie::Busy),
    ("busy-so", Lie::BusySo),
];

/// Each is `NAME@C_FUNCTION:N`: at the Nth call of that function, counted from 1 in each process.
const TRAPS: &[(&str, Trap)] = &[
    ("abort", Trap::Abort),
    ("hang", Trap::Hang),
    ("slow", Trap::Slow),
    ("gone", Trap::Gone),
    ("full", Trap::Full),
];

/// What this process is asked for.
#[derive(Default)]
pub(crate) struct Faults {
    lies: Vec<Lie>,
    pub(crate) traps: Vec<(Trap, String, u64)>,
    /// `missing@NUMBER`, and `missing-kwp`: mechanisms neither listed nor there.
    missing: Vec<CK_MECHANISM_TYPE>,
    /// `hollow@NUMBER`: mechanisms listed and not there, as in tpm2-pkcs11.
    hollow: Vec<CK_MECHANISM_TYPE>,
    /// `nonsense-attribute@NUMBER`, or `nonsense-attribute` for all: read with an absurd length.
    nonsense: Vec<CK_ATTRIBUTE_TYPE>,
    all_nonsense: bool,
}

impl Faults {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut faults = Self::default();
        for fault in text.split(',').filter(|fault| !fault.is_empty()) {
            let unknown = || format!("no fault {fault:?}");
            let (name, argument) = fault
                .split_once('@')
                .map_or((fault, None), |(name, argument)| (name, Some(argument)));
            let lie = LIES.iter().find(|(known, _)| *known == name);
            let trap = TRAPS.iter().find(|(known, _)| *known == name);
            match (name, argument) {
                ("missing-kwp", None) => faults
                    .missing
                    .extend([CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD]),
                ("missing", Some(argument)) => faults.missing.push(number(argument)?),
                ("hollow", Some(argument)) => faults.hollow.push(number(argument)?),
                ("nonsense-attribute", Some(argument)) => faults.nonsense.push(number(argument)?),
                ("nonsense-attribute", None) => faults.all_nonsense = true,
                (_, None) => faults.lies.push(lie.ok_or_else(unknown)?.1),
                (_, Some(argument)) => {
                    let (function, at) = argument.split_once(':').ok_or_else(unknown)?;
                    let trap = trap.ok_or_else(unknown)?.1;
                    faults.traps.push((trap, function.to_owned(), number(at)?));
                }
            }
        }
        Ok(faults)
    }

    pub(crate) fn has(&self, lie: Lie) -> bool {
        self.lies.contains(&lie)
    }

    pub(crate) fn has_any(&self, lies: &[Lie]) -> bool {
        lies.iter().any(|lie| self.has(*lie))
    }

    pub(crate) fn is_unlisted(&self, mechanism: CK_MECHANISM_TYPE) -> bool {
        self.missing.contains(&mechanism)
    }

    pub(crate) fn is_refused(&self, mechanism: CK_MECHANISM_TYPE) -> bool {
        self.missing.contains(&mechanism) || self.hollow.contains(&mechanism)
    }

    pub(crate) fn is_nonsense(&self, attribute: CK_ATTRIBUTE_TYPE) -> bool {
        self.all_nonsense || self.nonsense.contains(&attribute)
    }
}

/// A number, decimal or after `0x`.
fn number(text: &str) -> Result<u64, String> {
    text.strip_prefix("0x")
        .map_or_else(|| text.parse(), |digits| u64::from_str_radix(digits, 16))
        .map_err(|error| format!("{text:?}: {error}"))
}
