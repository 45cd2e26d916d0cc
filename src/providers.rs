//! What each provider wants: tables of wrapping algorithms, import parameters, packages.
//!
//! A provider is one file: a table with its source beside each row, a reader for what the provider
//! hands out, and a writer for what it takes. Everything here is bytes in, bytes out.

use std::io::BufRead;

use crate::crypto::check_value::CheckValues;
use crate::crypto::wrap::Construction;
use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::algorithm::KeyType;
use crate::domain::arrival::Told;
use crate::domain::log_event::LogItem;
use crate::domain::log_event::LogTally;
use crate::domain::record::Moment;
use crate::domain::record::Principal;
use crate::domain::record::Purpose;
use crate::domain::script::ImportType;

pub mod about;
mod access;
pub mod alibaba;
mod answer;
mod attestation;
pub mod aws;
pub mod azure;
pub mod ciphertrust;
pub mod cloudhsm;
pub mod error;
pub mod external;
pub mod generic;
pub mod google;
pub mod inventory;
mod json;
pub mod lifecycle;
mod log;
pub mod oci;
mod pairs;
mod plan;
mod reading;
mod shell;
pub mod stand_in;
pub mod unseen;
pub mod vault;

pub use crate::providers::about::About;
pub use crate::providers::error::ProviderError;
pub use crate::providers::lifecycle::Lifecycle;
pub use crate::providers::plan::Request;
pub use crate::providers::plan::longest;
pub use crate::providers::plan::plan;
pub use crate::providers::plan::plan_material;
pub use crate::providers::plan::plan_request;

/// Every provider of this version.
pub static PROVIDERS: &[&dyn Provider] = &[
    &aws::Aws,
    &cloudhsm::CloudHsm,
    &azure::KEY_VAULT,
    &azure::MANAGED_HSM,
    &google::Google,
    &vault::Vault,
    &alibaba::Alibaba,
    &ciphertrust::CipherTrust,
    &oci::Oci,
    &generic::Generic,
];

/// Finds a provider by its id.
///
/// # Errors
///
/// [`ProviderError::NotBuilt`] for a provider that is known but not in this version,
/// [`ProviderError::Unknown`] with a suggestion for any other id.
pub fn provider(id: &str) -> Result<&'static dyn Provider, ProviderError> {
    if let Some(found) = PROVIDERS.iter().find(|provider| provider.id() == id) {
        return Ok(*found);
    }
    if LATER.contains(&id) {
        return Err(ProviderError::NotBuilt { id: id.to_owned() });
    }
    Err(ProviderError::Unknown {
        id: id.to_owned(),
        nearest: nearest(id, PROVIDERS.iter().map(|provider| provider.id())),
    })
}

/// Providers that have a name and no code yet.
const LATER: &[&str] = &[
    "auth0",
    "huawei-dew",
    "ibm-key-protect",
    "ovh-okms",
    "salesforce",
    "stackit",
    "tencent-kms",
];

/// A cloud that imports keys.
pub trait Provider: Sync {
    /// Id in scripts and on the command line.
    fn id(&self) -> &'static str;

    /// Name as people know it.
    fn title(&self) -> &'static str;

    /// Its wrapping algorithms; the first that fits is the one to suggest.
    fn profiles(&self) -> &'static [Profile];

    /// Algorithms that it has and this program refuses, with the reason.
    fn refused(&self) -> &'static [(&'static str, &'static str)];

    /// What a person should know before and after, each fact with its source.
    fn about(&self) -> &'static About;

    /// The states of its keys and what moves them, where this program knows it.
    fn lifecycle(&self) -> Option<&'static Lifecycle> {
        None
    }

    /// Names of its wrapping key specs and their lengths in bits.
    fn specs(&self) -> &'static [(&'static str, usize)] {
        &[("RSA_2048", 2048), ("RSA_3072", 3072), ("RSA_4096", 4096)]
    }

    /// Whether an import needs the token that came with the wrapping key.
    fn needs_import_token(&self) -> bool {
        false
    }

    /// Whether the package must name the wrapping key.
    fn needs_wrapping_key_id(&self) -> bool {
        false
    }

    /// How many seconds wrapping key and token can be used, where the provider says so.
    fn parameters_live(&self) -> Option<i64> {
        None
    }

    /// Whether the provider can be told to delete imported material after some time.
    fn ends_material(&self) -> bool {
        false
    }

    /// Whether the provider attests where the wrapping key lives.
    fn attests(&self) -> bool {
        false
    }

    /// Holds the provider's attestation against the wrapping key that it should be about; what was
    /// found true, in words for the record.
    fn check_attestation(
        &self,
        attestation: &[u8],
        key: &WrappingKey,
    ) -> Result<&'static str, ProviderError> {
        let _ = (attestation, key);
        Err(ProviderError::Attestation)
    }

    /// What an import can be besides the first one.
    fn import_types(&self) -> &'static [ImportType] {
        &[]
    }

    /// Refuses a type of key that has one material for ever.
    fn check_import_type(&self, kind: KeyType) -> Result<(), ProviderError> {
        let _ = kind;
        Ok(())
    }

    /// Refuses an id that is no key id of this provider, or that a shell could take for more.
    fn check_key_id(&self, id: &str) -> Result<(), ProviderError>;

    /// Refuses an id that is no wrapping key's of this provider, or that a shell could take for
    /// more.
    fn check_wrapping_key_id(&self, id: &str) -> Result<(), ProviderError> {
        let _ = id;
        Err(ProviderError::NoWrappingKeyId {
            provider: self.title(),
        })
    }

    /// The region that a key id names, where it names one.
    fn region_of<'a>(&self, id: &'a str) -> Option<&'a str> {
        let _ = id;
        None
    }

    /// Whether two key ids, both checked, can mean the same key.
    fn same_key(&self, one: &str, other: &str) -> bool {
        one == other
    }

    /// Whether what an answer calls a key is the one that a ceremony calls so: some providers name the
    /// version, too.
    fn names_key(&self, ours: &str, theirs: &str) -> bool {
        let version = theirs.strip_prefix(ours);
        self.same_key(ours, theirs) || version.is_some_and(|version| version.starts_with('/'))
    }

    /// Refuses a key that cannot be filled with this wrapping key; both ids are checked.
    fn check_together(&self, key_id: &str, wrapping_key_id: &str) -> Result<(), ProviderError> {
        let _ = (key_id, wrapping_key_id);
        Ok(())
    }

    /// A wrapping key's id for rehearsals.
    fn stand_in_wrapping_key_id(&self) -> Option<&'static str> {
        None
    }

    /// Reads what the provider handed out. Names of files are for messages, never paths.
    ///
    /// The secret AES key of a profile under AES is no parameter: the caller reads it.
    fn read_parameters(&self, files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
        reading::key_alone(files)
    }

    /// Reads what the provider says of who can get at a key. Names of files are for messages, never paths.
    fn read_access(&self, files: &[InputFile], key_id: &str) -> Result<AccessRead, ProviderError> {
        let _ = (files, key_id);
        Err(ProviderError::NoAccess {
            provider: self.title(),
        })
    }

    /// Reads a log, packed or not, from its beginning to its end, and hands on what it tells of keys.
    ///
    /// A part that cannot be read is handed on as damage, and reading goes on behind it.
    fn read_log(
        &self,
        source: &mut dyn BufRead,
        each: &mut dyn FnMut(LogItem),
    ) -> Result<LogTally, ProviderError> {
        let _ = (source, each);
        Err(ProviderError::NoLog {
            provider: self.title(),
        })
    }

    /// Who writes the commands that ask the provider a question which only somebody with a key of this
    /// type can answer; nobody where it has no way to answer.
    fn asks(&self, kind: KeyType) -> Option<fn(&Asked<'_>) -> Vec<u8>> {
        let _ = kind;
        None
    }

    /// Reads what the provider says of a key of a type after its import.
    fn read_answer(&self, file: &InputFile, kind: KeyType) -> Result<Vec<Told>, ProviderError> {
        answer::public_key(file, kind, self.title())
    }

    /// What would prove that a key of a type arrived, as somebody has to fetch it.
    fn proof(&self, kind: KeyType, challenged: bool) -> &'static str {
        if kind.is_pair() {
            "To prove it: give the public key of the key at the provider."
        } else if challenged {
            answer::BY_CHALLENGE
        } else {
            "To prove it: nothing that this provider answers of a secret key is known to."
        }
    }

    /// Makes the files for the person who uploads.
    fn package(&self, package: &Package<'_>) -> Result<Vec<NewArtifact>, ProviderError>;

    /// Finds a wrapping algorithm by the provider's name for it.
    fn profile(&self, algorithm: &str) -> Result<&'static Profile, ProviderError> {
        if let Some(found) = self
            .profiles()
            .iter()
            .find(|profile| profile.algorithm == algorithm)
        {
            return Ok(found);
        }
        let provider = self.title();
        if let Some((name, why)) = self.refused().iter().find(|(name, _)| *name == algorithm) {
            return Err(ProviderError::RefusedAlgorithm {
                provider,
                algorithm: name,
                why,
            });
        }
        Err(ProviderError::UnknownAlgorithm {
            provider,
            algorithm: algorithm.to_owned(),
            nearest: nearest(
                algorithm,
                self.profiles().iter().map(|profile| profile.algorithm),
            ),
        })
    }

    /// Modulus length of a wrapping key spec, by the provider's name for it.
    fn spec_bits(&self, spec: &str) -> Result<usize, ProviderError> {
        self.specs()
            .iter()
            .find_map(|(name, bits)| (*name == spec).then_some(*bits))
            .ok_or_else(|| ProviderError::UnknownSpec {
                provider: self.title(),
                spec: spec.to_owned(),
                nearest: nearest(spec, self.specs().iter().map(|(name, _)| *name)),
            })
    }
}

/// One wrapping algorithm of one provider.
#[derive(Debug)]
pub struct Profile {
    /// Id of the provider.
    pub provider: &'static str,
    /// The provider's name of the algorithm.
    pub algorithm: &'static str,
    /// What is done.
    pub construction: Construction,
    /// Modulus lengths of its wrapping keys.
    pub wrapping_key_bits: &'static [usize],
    /// Types of key that it imports.
    pub carries: &'static [KeyType],
    /// Pairs of key type and modulus length that it excludes all the same.
    pub not_with: &'static [(KeyType, usize)],
    /// Longest wrapped key that it accepts; [`NO_LIMIT`] where none is published.
    pub max_blob: usize,
    /// Where this row comes from.
    pub source: &'static str,
    /// When that was read.
    pub read: &'static str,
}

/// For providers that publish no limit.
pub const NO_LIMIT: usize = usize::MAX;

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Its name, for messages.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Who can get at a key, as a provider's files say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AccessRead {
    /// Everybody whom they name, as far as the key is concerned; whose they are is not said yet.
    pub principals: Vec<Principal>,
    /// What they say and cannot be decided from them alone.
    pub undecided: Vec<String>,
    /// Which kinds of policy they do not have.
    pub missing: Vec<String>,
}

/// What a provider handed out for one import.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportParameters {
    /// The key to wrap under.
    pub wrapping_key: WrappingKey,
    /// What proves to the provider that the wrapping key was its own.
    pub import_token: Option<Vec<u8>>,
    /// The key to be filled.
    pub key_id: Option<String>,
    /// When wrapping key and token expire.
    pub valid_to: Option<Moment>,
    /// The provider's id of the wrapping key.
    pub wrapping_key_id: Option<String>,
    /// The only algorithm that this wrapping key is for.
    pub algorithm: Option<String>,
}

impl ImportParameters {
    /// A wrapping key of which nothing more is known.
    pub fn of(wrapping_key: WrappingKey) -> Self {
        Self {
            wrapping_key,
            import_token: None,
            key_id: None,
            valid_to: None,
            wrapping_key_id: None,
            algorithm: None,
        }
    }

    /// Takes what a person says of the wrapping key's id; it must fit what the files say.
    ///
    /// # Errors
    ///
    /// For an id that is none, and for [`ProviderError::OtherWrappingKey`].
    pub fn name_wrapping_key(
        &mut self,
        provider: &dyn Provider,
        given: Option<&str>,
    ) -> Result<(), ProviderError> {
        if let Some(given) = given {
            provider.check_wrapping_key_id(given)?;
            match self.wrapping_key_id.as_deref() {
                Some(found) if found != given => {
                    return Err(ProviderError::OtherWrappingKey {
                        wanted: given.to_owned(),
                        found: found.to_owned(),
                    });
                }
                Some(_) | None => self.wrapping_key_id = Some(given.to_owned()),
            }
        }
        match &self.wrapping_key_id {
            Some(id) => provider.check_wrapping_key_id(id),
            None if provider.needs_wrapping_key_id() => Err(ProviderError::WrappingKeyIdMissing {
                provider: provider.title(),
            }),
            None => Ok(()),
        }
    }
}

/// A question to a provider.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Type of the key.
    pub kind: KeyType,
    /// The key at the provider, where it is known.
    pub key_id: Option<&'a str>,
    /// The question, which the commands find in [`QUESTION`], too.
    pub question: &'a [u8],
}

/// File of a question.
pub const QUESTION: &str = "challenge.bin";
/// File of the commands that ask it.
pub const ASK: &str = "ask.sh";

/// What happens to the material at the provider as time goes by.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Expiry {
    /// It stays until somebody deletes it.
    #[default]
    Never,
    /// The provider deletes it at this moment.
    At(Moment),
}

impl Expiry {
    /// The longest time that providers accept.
    pub const MAX_DAYS: i64 = 365;

    /// So many seconds from now.
    ///
    /// # Errors
    ///
    /// [`ProviderError::ValidFor`] unless that is more than nothing and at most 365 days.
    pub fn after(now: Moment, seconds: i64) -> Result<Self, ProviderError> {
        if seconds > 0 && seconds <= Self::MAX_DAYS * 24 * 60 * 60 {
            Ok(Self::At(now.plus_seconds(seconds)))
        } else {
            Err(ProviderError::ValidFor { seconds })
        }
    }
}

/// What a package is made of.
#[derive(Debug)]
pub struct Package<'a> {
    /// The algorithm that was used.
    pub profile: &'static Profile,
    /// Type of the key.
    pub kind: KeyType,
    /// The wrapped key.
    pub blob: &'a [u8],
    /// What the provider handed out.
    pub parameters: &'a ImportParameters,
    /// The key to be filled, where the parameters do not name it.
    pub key_id: Option<&'a str>,
    /// How long the material shall stay.
    pub expiry: Expiry,
    /// What the import is, where the key at the provider has material already.
    pub import_type: Option<ImportType>,
    /// Check values of the key, for comparison after the import.
    pub check_values: &'a CheckValues,
}

/// A file to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewArtifact {
    /// Its bare name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is for.
    pub purpose: Purpose,
}

/// The name that somebody may have meant.
fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| {
            let alike = strsim::jaro_winkler(
                &typed.to_ascii_lowercase().replace('-', "_"),
                &name.to_ascii_lowercase().replace('-', "_"),
            );
            (alike, name)
        })
        .filter(|(alike, _)| *alike > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Diagnose as _;

    #[test]
    fn an_unknown_provider_is_answered_with_a_suggestion() {
        let hint = |id: &str| provider(id).err().unwrap().hint().unwrap();
        assert_eq!(hint("aws_kms"), "did you mean `aws-kms`?");
        assert!(hint("xyz").starts_with("this version has aws-kms, "));
        assert_eq!(
            provider("salesforce").err().unwrap(),
            ProviderError::NotBuilt {
                id: "salesforce".to_owned()
            }
        );
    }

    #[test]
    fn an_unknown_algorithm_or_spec_is_answered_with_a_suggestion() {
        let aws = provider("aws-kms").unwrap();
        let error = aws.profile("RSAES_OAEP_SHA256").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`RSAES_OAEP_SHA256` is not a wrapping algorithm of AWS KMS"
        );
        assert_eq!(error.hint().unwrap(), "did you mean `RSAES_OAEP_SHA_256`?");
        let error = aws.spec_bits("rsa-4096").unwrap_err();
        assert_eq!(error.hint().unwrap(), "did you mean `RSA_4096`?");
        assert_eq!(aws.spec_bits("RSA_4096"), Ok(4096));
    }

    #[test]
    fn algorithms_that_are_not_to_be_used_are_refused_by_name() {
        let aws = provider("aws-kms").unwrap();
        for name in ["RSAES_PKCS1_V1_5", "SM2PKE"] {
            assert!(matches!(
                aws.profile(name),
                Err(ProviderError::RefusedAlgorithm { algorithm, .. }) if algorithm == name
            ));
        }
    }

    #[test]
    fn material_is_valid_for_at_most_a_year() {
        let now = Moment::new("2026-11-22T14:05:00Z".parse().unwrap());
        let day = 24 * 60 * 60;
        assert_eq!(
            Expiry::after(now, 365 * day),
            Ok(Expiry::At(now.plus_seconds(365 * day)))
        );
        for seconds in [0, -1, 365 * day + 1, i64::MAX] {
            assert_eq!(
                Expiry::after(now, seconds),
                Err(ProviderError::ValidFor { seconds })
            );
        }
    }
}
