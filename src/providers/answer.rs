//! What providers answer of a key after its import: what several of them have in common.

use serde_json::Map;
use serde_json::Value;

use crate::crypto::error::CryptoError;
use crate::crypto::public_half;
use crate::crypto::wrapping_key;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Told;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::providers::InputFile;
use crate::providers::ProviderError;
use crate::providers::json;
use crate::providers::reading::MAX_FILE;
use crate::providers::reading::base64_of_either_alphabet;

/// How a secret key is proved.
pub(super) const BY_CHALLENGE: &str =
    "To prove it: run `ask.sh`, which lies beside the wrapped key, and give what it wrote.";
/// How it would have been.
pub(super) const NO_CHALLENGE: &str = "To prove it: nothing can, since the ceremony posed no challenge: its HSM did not encrypt or sign one with the key, or an older version of this program wrapped it.";

/// Members of an object.
pub(super) type Members = Map<String, Value>;

/// What one file says, as it is read.
pub(super) struct Answer<'a> {
    pub(super) file: &'a InputFile,
    told: Vec<Told>,
}

impl<'a> Answer<'a> {
    /// A file of a sensible length.
    pub(super) fn of(file: &'a InputFile) -> Result<Self, ProviderError> {
        if file.bytes.len() > MAX_FILE {
            return Err(ProviderError::TooLong {
                name: file.name.clone(),
                max: MAX_FILE,
            });
        }
        Ok(Self {
            file,
            told: Vec::new(),
        })
    }

    /// The same, and what stands in it where it is JSON.
    pub(super) fn in_json(file: &'a InputFile) -> Result<Option<(Self, Members)>, ProviderError> {
        let answer = Self::of(file)?;
        if !json::is_json(&file.bytes) {
            return Ok(None);
        }
        Ok(Some((answer, json::object(file)?)))
    }

    /// Says something.
    pub(super) fn tell(&mut self, matter: Matter, says: impl Into<String>) {
        self.tell_of(matter, says, None);
    }

    /// Says something of a version, or in the provider's words.
    pub(super) fn tell_of(&mut self, matter: Matter, says: impl Into<String>, of: Option<String>) {
        self.told.push(Told {
            matter,
            says: says.into(),
            file: self.file.name.clone(),
            of,
        });
    }

    /// Says what a member says, where there is one.
    pub(super) fn tell_text(
        &mut self,
        matter: Matter,
        from: &Members,
        name: &str,
    ) -> Result<(), ProviderError> {
        if let Some(text) = json::text(self.file, from, name)? {
            self.tell(matter, text);
        }
        Ok(())
    }

    /// Says when something is, where a member is a moment: a text, or seconds since 1970.
    pub(super) fn tell_moment(
        &mut self,
        matter: Matter,
        from: &Members,
        name: &str,
    ) -> Result<(), ProviderError> {
        if let Some(value) = from.get(name).filter(|value| !value.is_null()) {
            let moment = moment(value).ok_or_else(|| ProviderError::Time {
                name: self.file.name.clone(),
            })?;
            self.tell(matter, moment.to_string());
        }
        Ok(())
    }

    /// Says which public half this is: one key has one digest, whoever encoded it.
    pub(super) fn tell_spki(&mut self, kind: KeyType, spki: &[u8], of: Option<String>) {
        let digest = match public_half::of_spki(kind, spki) {
            Ok(anew) => Digest::of(&anew),
            // Of another type, or none at all: then the digest of what is there is another one.
            Err(_) => Digest::of(spki),
        };
        self.tell_of(Matter::PublicKey, digest.to_string(), of);
    }

    /// Says which public half a PEM has.
    pub(super) fn tell_pem(
        &mut self,
        kind: KeyType,
        pem: &[u8],
        of: Option<String>,
    ) -> Result<(), ProviderError> {
        let spki = wrapping_key::to_der(pem).map_err(|error| {
            if error == CryptoError::PrivateGiven {
                private(self.file)
            } else {
                error.into()
            }
        })?;
        self.tell_spki(kind, &spki, of);
        Ok(())
    }

    /// Bytes that a member has in base64.
    pub(super) fn base64(
        &self,
        from: &Members,
        name: &'static str,
    ) -> Result<Vec<u8>, ProviderError> {
        let text = json::text(self.file, from, name)?
            .ok_or_else(|| json::not_json(self.file, &format!("{name} is missing")))?;
        base64_of_either_alphabet(&text).ok_or_else(|| ProviderError::Base64 {
            name: self.file.name.clone(),
            field: name,
        })
    }

    /// Everything that it says, if it says anything that `provider` would say.
    pub(super) fn done(
        self,
        provider: &'static str,
        known: &'static [&'static str],
    ) -> Result<Vec<Told>, ProviderError> {
        if self.told.is_empty() {
            return Err(no_answer(self.file, provider, known));
        }
        Ok(self.told)
    }
}

/// A file that is no answer of the provider.
pub(super) fn no_answer(
    file: &InputFile,
    provider: &'static str,
    known: &'static [&'static str],
) -> ProviderError {
    ProviderError::NoAnswer {
        provider,
        name: file.name.clone(),
        known,
    }
}

/// An object among the members.
pub(super) fn inner<'a>(map: &'a Members, name: &str) -> Option<&'a Members> {
    map.get(name)?.as_object()
}

/// PEM, DER, base64 of DER, or a JWK: a public key, and nothing else is understood.
pub(super) fn public_key(
    file: &InputFile,
    kind: KeyType,
    provider: &'static str,
) -> Result<Vec<Told>, ProviderError> {
    let mut answer = Answer::of(file)?;
    if json::is_json(&file.bytes) {
        let whole = json::object(file)?;
        let key = inner(&whole, "key").unwrap_or(&whole);
        if key.contains_key("kty") {
            jwk(&mut answer, key, kind)?;
        }
    } else {
        answer.tell_pem(kind, &file.bytes, None)?;
    }
    answer.done(provider, &["the public key as PEM, DER or JWK"])
}

/// The public half of a JWK (RFC 7517, RFC 7518 section 6, RFC 8037), and its type. One without a
/// public half says its type alone.
pub(super) fn jwk(
    answer: &mut Answer<'_>,
    key: &Members,
    kind: KeyType,
) -> Result<(), ProviderError> {
    let has = |name: &str| key.get(name).is_some_and(|value| !value.is_null());
    // It would be copied into the record.
    if PRIVATE.iter().any(|name| has(name)) {
        return Err(private(answer.file));
    }
    if has("n") {
        let (n, e) = (answer.base64(key, "n")?, answer.base64(key, "e")?);
        let spki = public_half::of_rsa(kind, &n, &e);
        tell_half(answer, spki.as_deref().ok(), &n);
        answer.tell(Matter::KeyType, format!("rsa-{}", bits(&n)));
    } else if has("x") {
        let mut point = answer.base64(key, "x")?;
        if has("y") {
            point.insert(0, 4);
            point.extend(answer.base64(key, "y")?);
        }
        let spki = public_half::of_point(kind, &point);
        tell_half(answer, spki.as_deref().ok(), &point);
        if let Some(curve) = json::text(answer.file, key, "crv")? {
            answer.tell(Matter::KeyType, named(CURVES, &curve));
        }
    }
    Ok(())
}

/// What only a private or a secret key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

fn private(file: &InputFile) -> ProviderError {
    ProviderError::PrivateAnswer {
        name: file.name.clone(),
    }
}

fn tell_half(answer: &mut Answer<'_>, spki: Option<&[u8]>, raw: &[u8]) {
    let digest = Digest::of(spki.unwrap_or(raw));
    answer.tell(Matter::PublicKey, digest.to_string());
}

/// Bits of a modulus, whose first bytes may be zeros.
fn bits(modulus: &[u8]) -> usize {
    modulus.iter().skip_while(|byte| **byte == 0).count() * 8
}

/// Curves as JWK has them (RFC 7518, RFC 8812, RFC 8037); `P-256K` is Azure's older word.
const CURVES: &[(&str, &str)] = &[
    ("P-256", "ec-p256"),
    ("P-384", "ec-p384"),
    ("P-521", "ec-p521"),
    ("P-256K", "ec-secp256k1"),
    ("secp256k1", "ec-secp256k1"),
    ("Ed25519", "ed25519"),
];

/// This program's word for a provider's; the provider's own where there is none.
pub(super) fn named(table: &[(&str, &str)], word: &str) -> String {
    let found = table.iter().find(|(theirs, _)| *theirs == word);
    found.map_or(word, |(_, ours)| *ours).to_owned()
}

/// A text in the form of RFC 3339, or seconds since 1970.
fn moment(value: &Value) -> Option<Moment> {
    match value {
        Value::String(text) => Some(Moment::new(text.parse().ok()?)),
        Value::Number(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "fractions of a second count for nothing; a second out of range is no timestamp"
            )]
            let seconds = number.as_f64()?.floor() as i64;
            Some(Moment::new(jiff::Timestamp::from_second(seconds).ok()?))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
