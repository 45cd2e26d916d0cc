//! Whether what a ceremony wrapped arrived at its provider, as far as the provider's answers tell.
//!
//! A provider says a key arrived, never that it is there alone: whoever held the machine, the shares
//! or a wrapping key that was none of the provider's may have it, too.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::algorithm::KeyType;
use crate::domain::record::Digest;
use crate::domain::record::Moment;

/// A question that only somebody with the key can answer, made where the key was wrapped.
///
/// Only the digest of the answer is recorded: whoever reads the record can neither answer the question
/// nor learn anything of the key from it. The question is 32 random bytes, or their encryption.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// How it is answered.
    pub form: Form,
    /// SHA-256 of the question.
    pub question: Digest,
    /// SHA-256 of the only right answer.
    pub answer: Digest,
}

/// How a challenge is answered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// With the HMAC of the question, by the hash of the key's type.
    Hmac,
    /// With what AES-GCM decrypts: the question is 12 bytes of nonce, the ciphertext, 16 bytes of tag.
    AesGcm,
}

impl Form {
    /// The word in script and record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::AesGcm => "aes-gcm",
        }
    }

    /// The form for keys of a type, if there is one.
    pub const fn of(kind: KeyType) -> Option<Self> {
        match kind {
            KeyType::Aes128 | KeyType::Aes192 | KeyType::Aes256 => Some(Self::AesGcm),
            KeyType::Hmac224 | KeyType::Hmac256 | KeyType::Hmac384 | KeyType::Hmac512 => {
                Some(Self::Hmac)
            }
            KeyType::Rsa2048
            | KeyType::Rsa3072
            | KeyType::Rsa4096
            | KeyType::EcP256
            | KeyType::EcP384
            | KeyType::EcP521
            | KeyType::EcSecp256k1
            | KeyType::Ed25519 => None,
        }
    }
}

/// What an answer can be about.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// SHA-256 of the public half.
    PublicKey,
    /// SHA-256 of the answer to the challenge.
    Challenge,
    /// The extended check value that an HSM attests.
    Ekcv,
    /// The check value of three bytes that an HSM tells.
    Kcv,
    /// The key at the provider.
    KeyId,
    /// Its type.
    KeyType,
    /// Whether it was imported.
    Origin,
    /// Whether it holds material.
    State,
    /// The provider's id of the material.
    MaterialId,
    /// When the provider deletes the material.
    Ends,
    /// What the import was made with.
    ImportJob,
    /// When it was imported.
    ImportedAt,
    /// Whether the provider's HSM says that it made the key itself.
    MadeThere,
    /// Where the provider keeps it.
    Protection,
}

impl Matter {
    /// As people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PublicKey => "public key",
            Self::Challenge => "challenge",
            Self::Ekcv => "EKCV",
            Self::Kcv => "KCV",
            Self::KeyId => "key id",
            Self::KeyType => "key type",
            Self::Origin => "origin",
            Self::State => "state",
            Self::MaterialId => "material id",
            Self::Ends => "ends",
            Self::ImportJob => "import job",
            Self::ImportedAt => "imported at",
            Self::MadeThere => "made there",
            Self::Protection => "protection",
        }
    }

    /// How much it says of the material.
    pub const fn strength(self) -> Strength {
        match self {
            Self::Challenge => Strength::NeedsTheKey,
            Self::PublicKey | Self::Ekcv => Strength::OfTheKey,
            Self::Kcv => Strength::Short,
            Self::KeyId
            | Self::KeyType
            | Self::Origin
            | Self::State
            | Self::MaterialId
            | Self::Ends
            | Self::ImportJob
            | Self::ImportedAt
            | Self::MadeThere
            | Self::Protection => Strength::Said,
        }
    }
}

/// How much a matter says of the material.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Only whoever has the key can say it.
    NeedsTheKey,
    /// It belongs to this key alone; but it is no secret, so it is worth what its way here is worth.
    OfTheKey,
    /// It belongs to one key in sixteen million.
    Short,
    /// The provider says so.
    Said,
}

impl Strength {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NeedsTheKey => "only whoever has the key can say it, the first time it is asked",
            Self::OfTheKey => "belongs to this key alone; as good as its way here",
            Self::Short => "three bytes: one key in sixteen million",
            Self::Said => "the provider says so",
        }
    }
}

/// The provider's key was filled from outside.
pub const IMPORTED: &str = "imported";
/// It holds material.
pub const HOLDS: &str = "holds material";
/// The import goes on.
pub const GOES_ON: &str = "being imported";
/// It waits for material.
pub const WAITS: &str = "waits for material";
/// The import failed.
pub const FAILED: &str = "import failed";
/// It held material once.
pub const GONE: &str = "material is gone";
/// Where the provider never deletes the material.
pub const NEVER: &str = "never";
/// What an HSM says of keys that it made.
pub const YES: &str = "yes";
/// What an HSM says of keys that it did not make.
pub const NO: &str = "no";
/// What the answer to an import is told of as.
pub const OF_IMPORT: &str = "the import";

/// One thing that an answer says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// What it is about.
    pub matter: Matter,
    /// What it says, in the words of this program.
    pub says: String,
    /// The file.
    pub file: String,
    /// Of which version it says so, or in which words of the provider.
    pub of: Option<String>,
}

/// One thing that an answer says, held against the record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What it is about.
    pub matter: Matter,
    /// What comes of it.
    pub verdict: Verdict,
    /// What the ceremony recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// What the provider says; nothing of what would have proved something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Of which version it says so, or in which words of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

impl Fact {
    /// What the answer said, if it said anything.
    pub fn told(&self) -> Option<Told> {
        Some(Told {
            matter: self.matter,
            says: self.theirs.clone()?,
            file: self.file.clone()?,
            of: self.of.clone(),
        })
    }
}

/// What comes of an answer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It can only be so if this very material is there.
    Arrived,
    /// It is as it must be; other material could be there all the same.
    Consistent,
    /// There is nothing to hold it against, or nothing to hold.
    NotProvable,
    /// It is not as it must be.
    Contradicted,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Consistent => "consistent",
            Self::NotProvable => "not provable",
            Self::Contradicted => "contradicted",
        }
    }
}

/// What a ceremony recorded of a key that it wrapped for a provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected {
    /// Provider id.
    pub provider: String,
    /// The key at the provider.
    pub key_id: Option<String>,
    /// Type of the key.
    pub kind: KeyType,
    /// Its check values.
    pub check_values: BTreeMap<String, String>,
    /// When it was wrapped.
    pub at: Moment,
    /// When the provider deletes the material, where the ceremony said so.
    pub ends: Option<Ends>,
    /// The provider's id of the wrapping key, or of the import job.
    pub wrapping_key_id: Option<String>,
    /// The challenge, where one was made.
    pub challenge: Option<Challenge>,
}

/// When a provider deletes the material.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ends {
    /// Not by itself.
    Never,
    /// At about this moment: that of the command, which is made a little before the entry.
    At(Moment),
}

impl Ends {
    /// As it is written.
    pub fn words(self) -> String {
        match self {
            Self::Never => NEVER.to_owned(),
            Self::At(moment) => moment.to_string(),
        }
    }
}

/// Holds what answers say against what the ceremony recorded: every fact, and what comes of them all.
pub fn judge(expected: &Expected, told: &[Told]) -> (Vec<Fact>, Verdict) {
    let mut facts: Vec<Fact> = told
        .iter()
        .filter(|one| !has_better(expected, one, told))
        .map(|one| fact(expected, one, told))
        .collect();
    facts.sort_by_key(|fact| fact.matter);
    let proves = |fact: &Fact| fact.matter.strength() != Strength::Said;
    if !facts.iter().any(proves) {
        facts.insert(0, missing(expected));
    }
    let has = |verdict| facts.iter().any(|fact| fact.verdict == verdict);
    let verdict = if has(Verdict::Contradicted) {
        Verdict::Contradicted
    } else if has(Verdict::Arrived) {
        Verdict::Arrived
    } else {
        Verdict::NotProvable
    };
    (facts, verdict)
}

/// Whether a file that tells of several versions tells of this very key elsewhere.
fn has_better(expected: &Expected, one: &Told, told: &[Told]) -> bool {
    let alternative = match one.matter {
        Matter::PublicKey | Matter::MaterialId => one.of.is_some(),
        Matter::Challenge
        | Matter::Ekcv
        | Matter::Kcv
        | Matter::KeyId
        | Matter::KeyType
        | Matter::Origin
        | Matter::State
        | Matter::Ends
        | Matter::ImportJob
        | Matter::ImportedAt
        | Matter::MadeThere
        | Matter::Protection => false,
    };
    let ours = ours(expected, one, told);
    alternative
        && Some(&one.says) != ours.as_ref()
        && told.iter().any(|other| {
            (other.matter, &other.file) == (one.matter, &one.file)
                && Some(&other.says) == ours.as_ref()
        })
}

/// What the ceremony recorded of a matter, as the provider would say it.
fn ours(expected: &Expected, one: &Told, told: &[Told]) -> Option<String> {
    match one.matter {
        Matter::PublicKey | Matter::Ekcv | Matter::Kcv => {
            check_value(one.matter, &expected.check_values).cloned()
        }
        Matter::Challenge => Some(expected.challenge.as_ref()?.answer.to_string()),
        Matter::KeyId => expected.key_id.clone(),
        Matter::KeyType => Some(expected.kind.name().to_owned()),
        Matter::Origin => Some(IMPORTED.to_owned()),
        Matter::State => Some(HOLDS.to_owned()),
        // How it is made is not published: it is held against what the import itself answered.
        Matter::MaterialId => told
            .iter()
            .find(|other| is_of_import(other) && other.file != one.file)
            .map(|other| other.says.clone()),
        Matter::Ends => expected.ends.map(Ends::words),
        Matter::ImportJob => expected.wrapping_key_id.clone(),
        Matter::ImportedAt => Some(format!("after {}", expected.at)),
        Matter::MadeThere => Some(NO.to_owned()),
        Matter::Protection => None,
    }
}

/// The check value of a key that a matter is about.
pub fn check_value(matter: Matter, values: &BTreeMap<String, String>) -> Option<&String> {
    match matter {
        Matter::PublicKey => values.get(SPKI),
        // Of a pair, the HSM's value is the digest of the public half.
        Matter::Ekcv => values.get(EKCV).or_else(|| values.get(SPKI)),
        Matter::Kcv => values.get(ECB3),
        Matter::Challenge
        | Matter::KeyId
        | Matter::KeyType
        | Matter::Origin
        | Matter::State
        | Matter::MaterialId
        | Matter::Ends
        | Matter::ImportJob
        | Matter::ImportedAt
        | Matter::MadeThere
        | Matter::Protection => None,
    }
}

fn is_of_import(told: &Told) -> bool {
    told.matter == Matter::MaterialId && told.of.as_deref() == Some(OF_IMPORT)
}

fn fact(expected: &Expected, one: &Told, told: &[Told]) -> Fact {
    let ours = ours(expected, one, told);
    let same = ours.as_ref() == Some(&one.says);
    let held = |if_same| match (&ours, same) {
        (None, _) => Verdict::NotProvable,
        (Some(_), true) => if_same,
        (Some(_), false) => Verdict::Contradicted,
    };
    let verdict = match one.matter {
        // A key that has no public half cannot answer with one.
        Matter::PublicKey if ours.is_none() => Verdict::Contradicted,
        Matter::PublicKey | Matter::Challenge | Matter::Ekcv => held(Verdict::Arrived),
        Matter::Kcv
        | Matter::KeyId
        | Matter::KeyType
        | Matter::Origin
        | Matter::ImportJob
        | Matter::MadeThere => held(Verdict::Consistent),
        Matter::State => match one.says.as_str() {
            HOLDS => Verdict::Consistent,
            WAITS | FAILED => Verdict::Contradicted,
            // It goes on, it is gone, or nobody knows.
            _ => Verdict::NotProvable,
        },
        Matter::MaterialId if same => Verdict::Consistent,
        // Another material of the same key is nothing unusual; two answers to one import are.
        Matter::MaterialId if ours.is_some() && is_of_import(one) => Verdict::Contradicted,
        Matter::MaterialId | Matter::Protection => Verdict::NotProvable,
        Matter::Ends => match (expected.ends, moment(&one.says)) {
            (Some(Ends::At(wanted)), Some(told)) if near(wanted, told) => Verdict::Consistent,
            _ => held(Verdict::Consistent),
        },
        Matter::ImportedAt => match moment(&one.says) {
            Some(told) if told.plus_seconds(SKEW) >= expected.at => Verdict::Consistent,
            Some(_) => Verdict::Contradicted,
            None => Verdict::NotProvable,
        },
    };
    Fact {
        matter: one.matter,
        verdict,
        ours,
        theirs: Some(one.says.clone()),
        file: Some(one.file.clone()),
        of: one.of.clone(),
    }
}

/// What would have proved something.
fn missing(expected: &Expected) -> Fact {
    let (matter, ours) = match Form::of(expected.kind) {
        None => (Matter::PublicKey, expected.check_values.get(SPKI).cloned()),
        Some(_) => match &expected.challenge {
            Some(challenge) => (Matter::Challenge, Some(challenge.answer.to_string())),
            None => (Matter::Ekcv, expected.check_values.get(EKCV).cloned()),
        },
    };
    Fact {
        matter,
        verdict: Verdict::NotProvable,
        ours,
        theirs: None,
        file: None,
        of: None,
    }
}

fn moment(text: &str) -> Option<Moment> {
    text.parse().ok().map(Moment::new)
}

fn near(one: Moment, other: Moment) -> bool {
    one <= other.plus_seconds(SLACK) && other <= one.plus_seconds(SLACK)
}

/// Names of check values.
const SPKI: &str = "spki.sha256";
const EKCV: &str = "ekcv";
const ECB3: &str = "kcv.ecb3";
/// How far a provider's clock may be behind that of the ceremony, in seconds.
const SKEW: i64 = 15 * 60;
/// How long a wrap may take: its command has the moment at which it began, its entry that at which it
/// ended.
const SLACK: i64 = 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(kind: KeyType) -> Expected {
        let values: &[(&str, &str)] = match Form::of(kind) {
            Some(Form::AesGcm) => &[(EKCV, "ee"), (ECB3, "F29000")],
            Some(Form::Hmac) => &[],
            None => &[(SPKI, "aa")],
        };
        let values = values.iter();
        Expected {
            provider: "aws-kms".to_owned(),
            key_id: Some("key-1".to_owned()),
            kind,
            check_values: values
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            at: moment("2027-01-04T10:00:00Z").unwrap(),
            ends: None,
            wrapping_key_id: None,
            challenge: None,
        }
    }

    fn told(matter: Matter, says: &str) -> Told {
        Told {
            matter,
            says: says.to_owned(),
            file: "answer.json".to_owned(),
            of: None,
        }
    }

    fn of(told: Told, of: &str, file: &str) -> Told {
        Told {
            of: Some(of.to_owned()),
            file: file.to_owned(),
            ..told
        }
    }

    fn verdict(kind: KeyType, all: &[Told]) -> Verdict {
        judge(&expected(kind), all).1
    }

    #[test]
    fn a_key_arrived_if_what_only_it_can_say_is_said() {
        let pair = KeyType::EcP256;
        let key = told(Matter::PublicKey, "aa");
        assert_eq!(verdict(pair, std::slice::from_ref(&key)), Verdict::Arrived);
        let other = told(Matter::PublicKey, "bb");
        assert_eq!(verdict(pair, &[key.clone(), other]), Verdict::Contradicted);
        // A pair's extended check value is the digest of its public half; a secret's its own.
        assert_eq!(verdict(pair, &[told(Matter::Ekcv, "aa")]), Verdict::Arrived);
        let secret = KeyType::Aes256;
        assert_eq!(
            verdict(secret, &[told(Matter::Ekcv, "ee")]),
            Verdict::Arrived
        );
        assert_eq!(verdict(secret, &[key]), Verdict::Contradicted);
    }

    #[test]
    fn what_a_provider_only_says_proves_nothing() {
        let said = [
            told(Matter::KeyId, "key-1"),
            told(Matter::KeyType, "ec-p256"),
            told(Matter::Origin, IMPORTED),
            told(Matter::State, HOLDS),
        ];
        let (facts, verdict) = judge(&expected(KeyType::EcP256), &said);
        assert_eq!(verdict, Verdict::NotProvable);
        // What would have proved it stands first.
        assert_eq!(facts[0].matter, Matter::PublicKey);
        assert_eq!(facts[0].theirs, None);
        assert_eq!(facts.len(), 5);
        let consistent = |fact: &Fact| fact.verdict == Verdict::Consistent;
        assert!(facts[1..].iter().all(consistent));
    }

    #[test]
    fn anything_that_is_not_as_it_must_be_outweighs_every_proof() {
        let pair = KeyType::EcP256;
        for wrong in [
            told(Matter::KeyId, "key-2"),
            told(Matter::KeyType, "ec-p384"),
            told(Matter::Origin, "AWS_KMS"),
            told(Matter::State, WAITS),
            told(Matter::State, FAILED),
            told(Matter::MadeThere, YES),
            told(Matter::ImportedAt, "2027-01-04T09:44:59Z"),
        ] {
            let all = [told(Matter::PublicKey, "aa"), wrong.clone()];
            assert_eq!(verdict(pair, &all), Verdict::Contradicted, "{wrong:?}");
        }
        let late = told(Matter::ImportedAt, "2027-01-04T09:45:00Z");
        let all = [told(Matter::PublicKey, "aa"), late];
        assert_eq!(verdict(pair, &all), Verdict::Arrived);
    }

    #[test]
    fn a_challenge_is_answered_right_or_wrong_or_was_never_posed() {
        let kind = KeyType::Hmac256;
        let mut posed = expected(kind);
        let (right, wrong) = (Digest::of(b"right"), Digest::of(b"wrong"));
        posed.challenge = Some(Challenge {
            form: Form::Hmac,
            question: Digest::of(b"question"),
            answer: right,
        });
        let answered = |digest: Digest| [told(Matter::Challenge, &digest.to_string())];
        assert_eq!(judge(&posed, &answered(right)).1, Verdict::Arrived);
        assert_eq!(judge(&posed, &answered(wrong)).1, Verdict::Contradicted);
        assert_eq!(verdict(kind, &answered(right)), Verdict::NotProvable);
    }

    #[test]
    fn of_several_versions_it_is_enough_that_one_is_the_key() {
        let pair = KeyType::EcP256;
        let of_version = |says, number| of(told(Matter::PublicKey, says), number, "key.json");
        let both = [of_version("bb", "version 1"), of_version("aa", "version 2")];
        let (facts, found) = judge(&expected(pair), &both);
        assert_eq!((facts.len(), found), (1, Verdict::Arrived));
        let neither = [of_version("bb", "version 1"), of_version("cc", "version 2")];
        assert_eq!(verdict(pair, &neither), Verdict::Contradicted);
    }

    #[test]
    fn material_ids_are_held_against_what_the_import_answered() {
        let id = |says, what, file| of(told(Matter::MaterialId, says), what, file);
        let found = |all: &[Told]| {
            let (facts, _) = judge(&expected(KeyType::Aes256), all);
            let ids = facts.iter().filter(|it| it.matter == Matter::MaterialId);
            ids.map(|it| it.verdict).collect::<Vec<_>>()
        };
        let import = id("11", OF_IMPORT, "import.json");
        let current = id("11", "the key", "key.json");
        // Of an import alone there is nothing to hold its id against.
        assert_eq!(found(std::slice::from_ref(&import)), [Verdict::NotProvable]);
        assert_eq!(
            found(&[import.clone(), current]),
            [Verdict::NotProvable, Verdict::Consistent]
        );
        let rotations = [
            import.clone(),
            id("22", "CURRENT", "list.json"),
            id("11", "PENDING_ROTATION", "list.json"),
        ];
        assert_eq!(
            found(&rotations),
            [Verdict::NotProvable, Verdict::Consistent]
        );
        let another = id("22", OF_IMPORT, "second.json");
        assert_eq!(
            found(&[import, another]),
            [Verdict::Contradicted, Verdict::Contradicted]
        );
    }

    #[test]
    fn material_ends_when_the_ceremony_said_or_the_answer_contradicts_it() {
        let mut ending = expected(KeyType::EcP256);
        let ends = |text| [told(Matter::PublicKey, "aa"), told(Matter::Ends, text)];
        assert_eq!(judge(&ending, &ends(NEVER)).1, Verdict::Arrived);
        ending.ends = Some(Ends::At(moment("2027-11-04T10:00:00Z").unwrap()));
        assert_eq!(judge(&ending, &ends(NEVER)).1, Verdict::Contradicted);
        for (text, wanted) in [
            ("2027-11-04T09:58:41Z", Verdict::Arrived),
            ("2027-12-04T10:00:00Z", Verdict::Contradicted),
        ] {
            assert_eq!(judge(&ending, &ends(text)).1, wanted, "{text}");
        }
        ending.ends = Some(Ends::Never);
        assert_eq!(judge(&ending, &ends(NEVER)).1, Verdict::Arrived);
    }
}
