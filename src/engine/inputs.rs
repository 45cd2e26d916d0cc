//! Import parameters, from the files that a script names or from a rehearsal's stand-in.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest as _;
use sha2::Sha256;

use crate::crypto::wrapping_key::WrappingKey;
use crate::domain::record::Digest;
use crate::domain::record::Fetched;
use crate::domain::record::File;
use crate::domain::record::Input as Recorded;
use crate::domain::record::Moment;
use crate::domain::script::ImportType;
use crate::domain::script::Input;
use crate::domain::script::ValidFor;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::list::List;
use crate::engine::list::Row;
use crate::engine::list::STAND_IN_KEYS;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::ProviderError;
use crate::providers::plan;
use crate::providers::provider;
use crate::providers::stand_in;

/// Import parameters, read and understood.
pub struct ReadInput {
    /// Name in the script.
    pub name: String,
    /// The provider.
    pub provider: &'static dyn Provider,
    /// The algorithm.
    pub profile: &'static Profile,
    /// What the provider handed out.
    pub parameters: ImportParameters,
    /// The key at the provider, from the script or the parameters.
    pub key_id: Option<String>,
    /// How long the provider keeps the material.
    pub valid_for: Option<ValidFor>,
    /// What the import is, if it is not the first.
    pub import_type: Option<ImportType>,
    /// Size of the wrapping key that the script wants.
    pub wanted_bits: Option<usize>,
    /// The files it was read from.
    pub files: Vec<File>,
    /// Who fetched them.
    pub fetched: Option<Fetched>,
    /// What the provider's attestation says of the wrapping key.
    pub attested: Option<&'static str>,
    /// The fingerprint of all wrapping keys together, where each key of a list has its own; the
    /// parameters above are then those of the first.
    pub each: Option<Digest>,
}

/// Everything that a script names and that lies beside it.
#[derive(Default)]
pub struct ReadFiles {
    /// Import parameters, by their name in the script.
    pub inputs: BTreeMap<String, ReadInput>,
    /// Lists of keys, by their name in the script.
    pub lists: BTreeMap<String, List>,
}

impl ReadInput {
    /// Reads the files that `input` names, inside `folder`.
    pub fn from_files(name: &str, input: &Input, folder: &Path) -> Result<Self, EngineError> {
        let provider = provider(input.provider.as_str())?;
        let profile = provider.profile(input.algorithm.as_str())?;
        let named: Vec<_> = [&input.parameters, &input.wrapping_key, &input.import_token]
            .into_iter()
            .flatten()
            .map(|path| (path.to_string(), folder.join(path.as_str())))
            .collect();
        if named.is_empty() {
            return Err(EngineError::InputNamesNo {
                input: name.to_owned(),
                what: "file of the provider",
            });
        }
        let given = input.wrapping_key_id.as_ref().map(|id| id.as_str());
        let (parameters, mut digests) = read_parameters(provider, profile, &named, given)?;
        let mut attested = None;
        if let Some(path) = &input.attestation {
            let bytes = files::read(&folder.join(path.as_str()))?;
            attested = Some(provider.check_attestation(&bytes, &parameters.wrapping_key)?);
            digests.push(File {
                path: path.to_string(),
                sha256: Digest::of(&bytes),
            });
        }
        let mut read = Self::new(name, input, provider, parameters, digests)?;
        read.attested = attested;
        Ok(read)
    }

    /// Reads the parameters of every key of a list, one after the other, and sees that they can
    /// carry it.
    pub fn from_list(
        name: &str,
        input: &Input,
        list: &List,
        now: Moment,
    ) -> Result<Self, EngineError> {
        let provider = provider(input.provider.as_str())?;
        let profile = provider.profile(input.algorithm.as_str())?;
        let wanted_bits = wanted_bits(provider, input)?;
        let mut all = Fingerprints::default();
        let mut first: Option<ImportParameters> = None;
        for row in list.rows()? {
            let row = row?;
            let (parameters, _) = parameters_of(provider, profile, input, &row)?;
            all.add(&parameters.wrapping_key);
            let bits = first.as_ref().map(|first| first.wrapping_key.bits());
            plan(
                profile,
                list.kind,
                Some(&parameters),
                bits.or(wanted_bits),
                row.key_id.as_deref(),
                Some(now),
            )?;
            let expires = parameters.valid_to;
            let first = first.get_or_insert(parameters);
            // All must still hold when the last one is used.
            first.valid_to = first.valid_to.min(expires).or(first.valid_to);
        }
        let mut parameters = first.ok_or(ProviderError::NoWrappingKey)?;
        parameters.key_id = None;
        let mut read = Self::new(name, input, provider, parameters, Vec::new())?;
        read.each = Some(all.digest());
        Ok(read)
    }

    /// The fingerprint that people compare and the record keeps.
    pub fn fingerprint(&self) -> Digest {
        self.each
            .unwrap_or_else(|| self.parameters.wrapping_key.fingerprint())
    }

    /// The check values that people compare of a secret AES key; none of any other.
    pub fn check_values(&self) -> BTreeMap<String, String> {
        self.parameters.wrapping_key.check_values()
    }

    /// Parameters of a rehearsal's stand-in provider.
    pub fn stand_in(
        name: &str,
        input: &Input,
        for_each: bool,
        now: Moment,
    ) -> Result<Self, EngineError> {
        let provider = provider(input.provider.as_str())?;
        let profile = provider.profile(input.algorithm.as_str())?;
        let bits = wanted_bits(provider, input)?.or(profile.wrapping_key_bits.last().copied());
        let mut parameters = stand_in::parameters_of(provider, profile, bits.unwrap_or(4096), now)?;
        let given = input.wrapping_key_id.as_ref().map(|id| id.as_str());
        let stand_in = provider.stand_in_wrapping_key_id();
        parameters.name_wrapping_key(provider, given.or(stand_in))?;
        let mut read = Self::new(name, input, provider, parameters, Vec::new())?;
        if for_each {
            let mut all = Fingerprints::default();
            (0..STAND_IN_KEYS).for_each(|_| all.add(&read.parameters.wrapping_key));
            read.each = Some(all.digest());
        }
        Ok(read)
    }

    fn new(
        name: &str,
        input: &Input,
        provider: &'static dyn Provider,
        parameters: ImportParameters,
        files: Vec<File>,
    ) -> Result<Self, EngineError> {
        let key_id = input.key_id.as_ref().map(ToString::to_string);
        Ok(Self {
            name: name.to_owned(),
            provider,
            profile: provider.profile(input.algorithm.as_str())?,
            wanted_bits: wanted_bits(provider, input)?,
            key_id: key_id.or_else(|| parameters.key_id.clone()),
            valid_for: input.valid_for.as_ref().map(|at| at.value),
            import_type: input.import_type.as_ref().map(|at| at.value),
            parameters,
            files,
            fetched: input.fetched.as_ref().map(|at| Fetched::from(&at.value)),
            attested: None,
            each: None,
        })
    }

    /// As the record tells it.
    pub fn recorded(&self) -> Recorded {
        Recorded {
            name: self.name.clone(),
            provider: self.profile.provider.to_owned(),
            files: self.files.clone(),
            wrapping_key: self.fingerprint(),
            wrapping_key_bits: u32::try_from(self.parameters.wrapping_key.bits())
                .unwrap_or(u32::MAX),
            wrapping_key_id: self.parameters.wrapping_key_id.clone(),
            import_token: match self.each {
                None => self.parameters.import_token.as_deref().map(Digest::of),
                Some(_) => None,
            },
            valid_to: self.parameters.valid_to,
            fetched: self.fetched.clone(),
            attested: self.attested.map(str::to_owned),
            check_values: self.check_values(),
        }
    }
}

/// Reads the import parameters of one row of a list; none where all keys share a wrapping key.
pub fn parameters_of(
    provider: &'static dyn Provider,
    profile: &'static Profile,
    input: &Input,
    row: &Row,
) -> Result<(ImportParameters, Vec<File>), EngineError> {
    let files: Vec<_> = row.parameters.clone().into_iter().collect();
    let given = input.wrapping_key_id.as_ref().map(|id| id.as_str());
    read_parameters(provider, profile, &files, given)
}

/// SHA-256 of the fingerprints of wrapping keys, one after the other.
#[derive(Default)]
pub struct Fingerprints(Sha256);

impl Fingerprints {
    /// One more.
    pub fn add(&mut self, key: &WrappingKey) {
        self.0.update(key.fingerprint().0);
    }

    /// The digest of all.
    pub fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Reads what a provider handed out, each file by its name for messages and its place.
///
/// `given` is what a person says of the wrapping key's id. A secret AES key is read into guarded
/// memory, and no digest of its file is kept.
pub fn read_parameters(
    provider: &'static dyn Provider,
    profile: &'static Profile,
    files: &[(String, PathBuf)],
    given: Option<&str>,
) -> Result<(ImportParameters, Vec<File>), EngineError> {
    let mut digests = Vec::new();
    let mut parameters = if profile.construction.is_under_aes() {
        let path = match files {
            [] => return Err(ProviderError::NoWrappingKey.into()),
            [(_, path)] => path,
            [_, (second, _), ..] => {
                let name = second.clone();
                return Err(ProviderError::OneFile { name }.into());
            }
        };
        ImportParameters::of(WrappingKey::from_secret(files::read_secret(path)?)?)
    } else {
        let mut read = Vec::new();
        for (name, path) in files {
            let bytes = files::read(path)?;
            digests.push(File {
                path: name.clone(),
                sha256: Digest::of(&bytes),
            });
            let name = name.clone();
            read.push(InputFile { name, bytes });
        }
        provider.read_parameters(&read)?
    };
    parameters.name_wrapping_key(provider, given)?;
    Ok((parameters, digests))
}

/// Size of the wrapping key that the script wants, if it says.
pub fn wanted_bits(
    provider: &'static dyn Provider,
    input: &Input,
) -> Result<Option<usize>, EngineError> {
    match &input.wrapping_key_spec {
        Some(spec) => Ok(Some(provider.spec_bits(spec.as_str())?)),
        None => Ok(None),
    }
}
