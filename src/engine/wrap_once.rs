//! One wrap, for people who already hold a key.

use std::path::Path;
use std::path::PathBuf;

use crate::crypto::library;
use crate::crypto::random::Random;
use crate::crypto::software::SoftwareKey;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Artifact;
use crate::domain::record::Digest;
use crate::domain::script::ImportType;
use crate::engine::clock::Clock;
use crate::engine::desk::Desk;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::inputs::read_parameters;
use crate::engine::token::KeyPlan;
use crate::engine::token::Token;
use crate::engine::token::access::Access;
use crate::engine::token::access::reach;
use crate::engine::token::error::TokenError;
use crate::engine::token::hsm::HsmToken;
use crate::engine::token::software::SoftwareToken;
use crate::pkcs11::locate::Wanted;
use crate::providers::Expiry;
use crate::providers::ImportParameters;
use crate::providers::Package;
use crate::providers::Request;
use crate::providers::plan;
use crate::providers::plan_material;
use crate::providers::plan_request;
use crate::providers::provider;

/// What is to be wrapped, for whom, and where the result goes.
pub struct WrapOnce<'a> {
    /// Provider id.
    pub provider: &'a str,
    /// The provider's name of the algorithm.
    pub algorithm: &'a str,
    /// Files that hold the wrapping key, and perhaps the import token.
    pub parameters: Vec<PathBuf>,
    /// Where the key is.
    pub key: KeySource<'a>,
    /// Its type.
    pub kind: KeyType,
    /// The key at the provider.
    pub key_id: Option<&'a str>,
    /// The provider's id of the wrapping key.
    pub wrapping_key_id: Option<&'a str>,
    /// What the import is, if it is not the first.
    pub import_type: Option<ImportType>,
    /// How long the provider keeps the material, in seconds.
    pub valid_for: Option<i64>,
    /// Folder that is made.
    pub out: &'a Path,
}

/// Where a key is that is to be wrapped.
pub enum KeySource<'a> {
    /// A file of the plain key.
    File(&'a Path),
    /// An HSM, under this label.
    Token {
        /// The label.
        label: &'a str,
        /// Which token.
        wanted: &'a Wanted,
        /// How it is reached.
        access: &'a Access,
        /// Who types the PIN.
        desk: &'a mut dyn Desk,
    },
}

impl KeySource<'_> {
    /// The key, in a token, and its label there.
    fn open(&mut self, kind: KeyType) -> Result<(Box<dyn Token>, String), EngineError> {
        match self {
            Self::File(path) => {
                library::approve_key(kind)?;
                let key = SoftwareKey::from_material(kind, files::read_secret(path)?)?;
                let label = "the key".to_owned();
                Ok((Box::new(SoftwareToken::holding(&label, key)), label))
            }
            Self::Token {
                label,
                wanted,
                access,
                desk,
            } => {
                let mut token = HsmToken::new(reach(wanted, &[], access, *desk)?);
                if token.find(label, &KeyPlan::existing(kind))? {
                    Ok((Box::new(token), (*label).to_owned()))
                } else {
                    Err(TokenError::NoKey {
                        key: (*label).to_owned(),
                        kind,
                    }
                    .into())
                }
            }
        }
    }
}

/// What came of it.
pub struct WrappedOnce {
    /// The files, paths relative to the folder.
    pub artifacts: Vec<Artifact>,
    /// Check values of the key.
    pub check_values: std::collections::BTreeMap<String, String>,
    /// SHA-256 of the wrapping key's SPKI DER.
    pub wrapping_key: Digest,
    /// How the wrap was checked.
    pub checked: Vec<String>,
    /// What the provider handed out.
    pub parameters: ImportParameters,
}

/// Wraps a key; every refusal comes before anything is made.
pub fn wrap_once(
    job: &mut WrapOnce<'_>,
    random: &mut dyn Random,
    clock: &mut dyn Clock,
    faults: &mut Faults,
) -> Result<WrappedOnce, EngineError> {
    let provider = provider(job.provider)?;
    let profile = provider.profile(job.algorithm)?;
    plan(profile, job.kind, None, None, job.key_id, None)?;
    let request = Request {
        key_id: job.key_id,
        wrapping_key_id: job.wrapping_key_id,
        import_type: job.import_type,
        ends: job.valid_for.is_some(),
    };
    plan_request(provider, job.kind, request)?;
    files::refuse_existing(job.out)?;
    let files: Vec<_> = job
        .parameters
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default();
            (name.to_string_lossy().into_owned(), path.clone())
        })
        .collect();
    let (parameters, _) = read_parameters(provider, profile, &files, job.wrapping_key_id)?;
    let now = clock.now();
    plan(
        profile,
        job.kind,
        Some(&parameters),
        None,
        job.key_id,
        Some(now),
    )?;
    let expiry = match job.valid_for {
        Some(seconds) => Expiry::after(now, seconds)?,
        None => Expiry::Never,
    };
    let (mut token, label) = job.key.open(job.kind)?;
    let to = &parameters.wrapping_key;
    plan_material(profile, to.bits(), token.plain_len(&label)?)?;
    let mut checked = token.prove(profile.construction, to, job.kind, random)?;
    let wrapped = token.wrap(&label, profile.construction, to, random)?;
    checked.extend(wrapped.checked);
    let check_values = token.check_values(&label)?;
    let made = provider.package(&Package {
        profile,
        kind: job.kind,
        blob: &wrapped.blob,
        parameters: &parameters,
        key_id: job.key_id,
        expiry,
        import_type: job.import_type,
        check_values: &check_values,
    })?;
    let artifacts = made
        .iter()
        .map(|file| Artifact {
            path: file.name.clone(),
            sha256: Digest::of(&file.bytes),
            bytes: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
            purpose: file.purpose,
        })
        .collect();
    let files: Vec<(String, Vec<u8>)> = made
        .into_iter()
        .map(|file| (file.name, file.bytes))
        .collect();
    files::write_folder(job.out, &files, faults)?;
    Ok(WrappedOnce {
        artifacts,
        check_values: check_values.into_map(),
        wrapping_key: parameters.wrapping_key.fingerprint(),
        checked,
        parameters,
    })
}
