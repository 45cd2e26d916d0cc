//! What one token can do, found by trying it on throwaway keys: the token profile.
//!
//! `token show` makes it, `check --token-profile` and the stand-in token of a rehearsal read it.
//! It holds what was tried, not what follows; what follows is computed here.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::algorithm::Class;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Moment;
use crate::domain::token_facts::TokenFacts;

/// Name and version of the format.
pub const FORMAT: &str = "keyrite-token-profile/v1";

/// What one token can do. `token show` adds a field `providers` for other readers: what follows,
/// which is computed anew here.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TokenProfile {
    /// [`FORMAT`].
    pub format: String,
    /// When it was tried.
    pub at: Moment,
    /// Which token.
    pub token: TokenFacts,
    /// Names of the flags that it sets.
    pub flags: Vec<String>,
    /// Its user PIN.
    pub pin: PinState,
    /// What it says one thing about and does another.
    pub lies: Vec<Lie>,
    /// Types of key that it was asked to make.
    pub makes: Vec<Tried<KeyType>>,
    /// RSA-OAEP by `C_WrapKey`, of an AES-256 key, by hash functions and length.
    pub oaep: Vec<Tried<Oaep>>,
    /// Types of key that RSA-OAEP carries directly.
    pub oaep_carries: Vec<Tried<KeyType>>,
    /// `CKM_RSA_AES_KEY_WRAP` of an AES-256 key, by hash functions and length.
    pub native: Vec<Tried<Oaep>>,
    /// Types of key that `CKM_RSA_AES_KEY_WRAP` carries.
    pub native_carries: Vec<Tried<KeyType>>,
    /// An AES key carries a key, by mechanism and type.
    pub aes: Vec<Tried<Aes>>,
    /// What else was tried.
    pub abilities: Vec<Tried<Ability>>,
    /// Mechanisms that it lists; a claim.
    pub listed: Vec<Listed>,
}

/// The user PIN.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinState {
    /// Whether it is set.
    pub set: bool,
    /// What the token admits about further tries.
    pub tries: String,
    /// Shortest.
    pub min: u64,
    /// Longest; 0 where the token does not say.
    pub max: u64,
    /// Whether it is typed at the token itself.
    pub pad: bool,
}

/// What a token says and does not do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lie {
    /// What kind.
    pub kind: LieKind,
    /// In words.
    pub what: String,
    /// Types of key of which it is so; none where it is about every key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyType>,
}

impl Lie {
    /// One about every key.
    pub fn new(kind: LieKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            keys: Vec::new(),
        }
    }
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.keys.is_empty() {
            write!(f, " ({})", in_short(self.keys.iter().copied()))?;
        }
        Ok(())
    }
}

/// What a token lies about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LieKind {
    /// Another OAEP hash function than it was asked for.
    OaepHash,
    /// A mechanism means something else than its name.
    MechanismMeaning,
    /// Bytes behind a key before it is wrapped.
    Padding,
    /// Bytes behind a wrapped key.
    Length,
    /// Another key comes out than went in.
    OtherKey,
    /// How a key came about.
    Origin,
    /// A key that cannot leave the token leaves it.
    Extractable,
    /// A key that only trusted wrapping keys may wrap is wrapped by others.
    WrapWithTrusted,
    /// An attribute is accepted and ignored.
    Ignored,
    /// An attribute is not what was asked for.
    Attribute,
    /// A destroyed key can still be used.
    Destroyed,
}

/// Something that was tried, and what came of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tried<T> {
    /// What.
    pub what: T,
    /// Why it is not to be used; missing where it is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot: Option<String>,
}

impl<T> Tried<T> {
    /// It was right.
    pub const fn right(what: T) -> Self {
        Self { what, cannot: None }
    }

    /// It was not.
    pub fn cannot(what: T, why: impl fmt::Display) -> Self {
        Self {
            what,
            cannot: Some(why.to_string()),
        }
    }
}

/// RSA-OAEP under a wrapping key.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Oaep {
    /// Hash functions, as `SHA-256` or `SHA-256 with MGF1 SHA-1`.
    pub hashes: String,
    /// Length of the wrapping key.
    pub bits: usize,
}

/// One AES key around another key.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Aes {
    /// As `AES-KWP`.
    pub mode: String,
    /// As `CKM_AES_KEY_WRAP_KWP`.
    pub mechanism: String,
    /// What was carried.
    pub key: KeyType,
}

/// What a ceremony needs besides wrapping.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// An AES key between is made, used and destroyed, with proof.
    Compose,
    /// A backup key comes in and proves to be the same.
    Backup,
    /// A key that was backed up comes back.
    Restore,
    /// A wrapping key that both sides have comes in as an AES key.
    AesWrappingKey,
    /// A key is locked: it does not come out any more, with proof.
    Lock,
    /// Only trusted wrapping keys wrap a key that asks for that.
    WrapWithTrusted,
}

impl Ability {
    /// In words, after "this token can" or "this token cannot".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Compose => "make, use and destroy an AES key between",
            Self::Backup => "take a backup key in",
            Self::Restore => "bring a key back from its backup",
            Self::AesWrappingKey => "take an AES wrapping key in",
            Self::Lock => "lock a key with proof",
            Self::WrapWithTrusted => "keep a key from untrusted wrapping keys",
        }
    }
}

/// A mechanism as the token lists it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Listed {
    /// Its name, or its number.
    pub mechanism: String,
    /// Smallest key, in the mechanism's own unit; often nonsense.
    pub min: u64,
    /// Largest key.
    pub max: u64,
}

/// A wrap that somebody asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked {
    /// Hash functions of OAEP, where there is OAEP.
    pub oaep: Option<String>,
    /// The AES part, where there is one.
    pub aes: Option<String>,
    /// Length of the wrapping key.
    pub bits: usize,
    /// Type of the key.
    pub key: KeyType,
}

/// How a token does a wrap.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// One mechanism for the whole.
    Native,
    /// Two mechanisms and an AES key between.
    Composed,
    /// RSA-OAEP alone.
    Direct,
    /// A given AES key.
    Aes,
}

impl Way {
    /// One word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Composed => "composed",
            Self::Direct => "direct",
            Self::Aes => "aes",
        }
    }
}

impl TokenProfile {
    /// Writes a lie down, once.
    pub fn lie(&mut self, kind: LieKind, what: String, key: Option<KeyType>) {
        let at = self
            .lies
            .iter()
            .position(|lie| lie.kind == kind && lie.what == what)
            .unwrap_or_else(|| {
                self.lies.push(Lie::new(kind, what));
                self.lies.len() - 1
            });
        if let (Some(lie), Some(key)) = (self.lies.get_mut(at), key)
            && !lie.keys.contains(&key)
        {
            lie.keys.push(key);
        }
    }

    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// [`NoProfile`] if it is none, or one of another version.
    pub fn read(bytes: &[u8]) -> Result<Self, NoProfile> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let no_json = |error: serde_json::Error| NoProfile::Shape(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(no_json)?;
        if head.format != FORMAT {
            return Err(NoProfile::Format(head.format));
        }
        serde_json::from_slice(bytes).map_err(no_json)
    }

    /// Whether the token makes keys of a type.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn makes(&self, kind: KeyType) -> Result<(), String> {
        outcome(&self.makes, &kind)
    }

    /// Whether it can do something.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn can(&self, ability: Ability) -> Result<(), String> {
        outcome(&self.abilities, &ability)
    }

    /// How the token does a wrap.
    ///
    /// Two calls that are right each are right together: in a composed wrap RSA-OAEP carries an
    /// AES-256 key, whatever key that one carries.
    ///
    /// # Errors
    ///
    /// Why it does not, in words.
    pub fn way(&self, asked: &Asked) -> Result<Way, String> {
        self.makes(asked.key)
            .map_err(|why| format!("it makes no {} keys ({why})", asked.key))?;
        let Some(hashes) = &asked.oaep else {
            self.can(Ability::AesWrappingKey)?;
            let mode = asked.aes.as_deref().unwrap_or_default();
            return self.aes(mode, asked.key).map(|_| Way::Aes);
        };
        let oaep = Oaep {
            hashes: hashes.clone(),
            bits: asked.bits,
        };
        let Some(mode) = &asked.aes else {
            outcome(&self.oaep, &oaep).map_err(|why| format!("RSA-OAEP {hashes}: {why}"))?;
            outcome(&self.oaep_carries, &asked.key)
                .map_err(|why| format!("RSA-OAEP of a {} key: {why}", asked.key))?;
            return Ok(Way::Direct);
        };
        if mode == "AES-KWP"
            && outcome(&self.native, &oaep).is_ok()
            && outcome(&self.native_carries, &asked.key).is_ok()
        {
            return Ok(Way::Native);
        }
        outcome(&self.oaep, &oaep).map_err(|why| format!("RSA-OAEP {hashes}: {why}"))?;
        self.aes(mode, asked.key)?;
        self.can(Ability::Compose)?;
        Ok(Way::Composed)
    }

    /// Whether a key can be backed up under a backup key.
    ///
    /// # Errors
    ///
    /// Why not, in words.
    pub fn backs_up(&self, kind: KeyType) -> Result<(), String> {
        self.makes(kind)?;
        self.can(Ability::Backup)?;
        // Zero bytes behind a private key stay behind in the backup and do no harm there: the
        // token that unwraps reads the length from the key itself.
        match self.aes("AES-KWP", kind) {
            Ok(_) => Ok(()),
            Err(_) if kind.is_pair() && self.aes("AES-KWP", KeyType::Aes256).is_ok() => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// The mechanism by which an AES key carries a type of key in this mode.
    fn aes(&self, mode: &str, kind: KeyType) -> Result<&str, String> {
        let mut why = None;
        for tried in &self.aes {
            if tried.what.mode == mode && tried.what.key == kind {
                match &tried.cannot {
                    None => return Ok(&tried.what.mechanism),
                    Some(cannot) => {
                        why = Some(format!("{}: {cannot}", tried.what.mechanism));
                    }
                }
            }
        }
        Err(format!(
            "{mode} of a {kind} key: {}",
            why.unwrap_or_else(|| "no PKCS#11 mechanism does that".to_owned())
        ))
    }

    /// Types of key that it makes, in the order of the table.
    pub fn types(&self) -> impl Iterator<Item = KeyType> {
        self.makes
            .iter()
            .filter(|tried| tried.cannot.is_none())
            .map(|tried| tried.what)
    }
}

/// What came of something that was tried; what was not tried is not to be used.
fn outcome<T: PartialEq>(all: &[Tried<T>], what: &T) -> Result<(), String> {
    match all.iter().find(|tried| tried.what == *what) {
        Some(Tried { cannot: None, .. }) => Ok(()),
        Some(Tried {
            cannot: Some(why), ..
        }) => Err(why.clone()),
        None => Err("it was not tried".to_owned()),
    }
}

/// Types of key under the names of their classes, for a line of a table.
pub fn in_short(kinds: impl IntoIterator<Item = KeyType>) -> String {
    let mut classes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for kind in kinds {
        let name = kind.name();
        let (class, rest) = match kind.class() {
            Class::Edwards => (name, None),
            Class::Aes(_) | Class::Hmac(_) | Class::Rsa(_) | Class::Ec => {
                match name.split_once('-') {
                    Some((class, rest)) => (class, Some(rest)),
                    None => (name, None),
                }
            }
        };
        classes
            .entry(class)
            .or_default()
            .extend(rest.map(str::to_owned));
    }
    let words: Vec<String> = classes
        .into_iter()
        .map(|(class, rest)| {
            if rest.is_empty() {
                class.to_owned()
            } else {
                format!("{class}-{}", rest.join("/"))
            }
        })
        .collect();
    words.join(", ")
}

/// A file that is no token profile.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoProfile {
    /// Another format, or another version of it.
    #[error("its format is `{0}`, not `{FORMAT}`")]
    Format(String),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Shape(String),
}
