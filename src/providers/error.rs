//! What can go wrong between a key and a provider.

use std::io::ErrorKind;

use crate::crypto::error::CryptoError;
use crate::domain::algorithm::KeyType;
use crate::domain::record::Moment;
use crate::domain::script::ImportType;
use crate::error::Diagnose;
use crate::error::Exit;

/// Why an import cannot work, or its parameters were not understood.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The wrapping key or the wrap was refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A provider whose policies are not understood.
    #[error("who can get at a key of {provider} is not read in this version")]
    NoAccess {
        /// The provider.
        provider: &'static str,
    },
    /// A provider whose logs are not understood.
    #[error("logs of {provider} are not read in this version")]
    NoLog {
        /// The provider.
        provider: &'static str,
    },
    /// A log that the system does not hand over.
    #[error("the log could not be read: {0}")]
    Unread(ErrorKind),
    /// A file that is no answer of the provider.
    #[error("{name} is no answer of {provider} that is understood")]
    NoAnswer {
        /// The provider.
        provider: &'static str,
        /// The file.
        name: String,
        /// What is understood.
        known: &'static [&'static str],
    },
    /// A private or secret key in the place of an answer, which would be copied into the record.
    #[error("{name} holds a private or secret key, and is no answer")]
    PrivateAnswer {
        /// The file.
        name: String,
    },
    /// A checksum that the provider sent along is another file's.
    #[error("{name} is damaged: its checksum does not fit")]
    Checksum {
        /// The file.
        name: String,
    },
    /// A key that policies could name in several ways.
    #[error("`{id}` is not the whole name of a key")]
    NotWhole {
        /// What was given.
        id: String,
        /// How it is written.
        wanted: &'static str,
        /// The command that prints it.
        told_by: &'static str,
    },
    /// Somebody whom the files give a right, and no name.
    #[error("{place} is for somebody without a name")]
    Nameless {
        /// The file, and the place in it.
        place: String,
    },
    /// An attestation that cannot be read.
    #[error("the attestation is no statement of version 2 of a Marvell HSM")]
    Attestation,
    /// An attestation of another key.
    #[error("the attestation is about another key than the wrapping key")]
    OtherAttested,
    /// No such provider.
    #[error("`{id}` is not a provider")]
    Unknown {
        /// What was asked for.
        id: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// A provider without code.
    #[error("provider `{id}` is not built in this version")]
    NotBuilt {
        /// What was asked for.
        id: String,
    },
    /// No such algorithm.
    #[error("`{algorithm}` is not a wrapping algorithm of {provider}")]
    UnknownAlgorithm {
        /// The provider.
        provider: &'static str,
        /// What was asked for.
        algorithm: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// An algorithm that is not to be used.
    #[error("{algorithm} of {provider} is refused: {why}")]
    RefusedAlgorithm {
        /// The provider.
        provider: &'static str,
        /// The algorithm.
        algorithm: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// No such wrapping key spec.
    #[error("`{spec}` is not a wrapping key spec of {provider}")]
    UnknownSpec {
        /// The provider.
        provider: &'static str,
        /// What was asked for.
        spec: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },

    /// The algorithm does not take this type of key.
    #[error("{algorithm} of {provider} does not carry {kind}")]
    DoesNotCarry {
        /// The provider.
        provider: &'static str,
        /// The algorithm.
        algorithm: &'static str,
        /// The type.
        kind: KeyType,
        /// Algorithms that do.
        instead: Vec<&'static str>,
    },
    /// The provider excludes this type under a wrapping key of this length.
    #[error("{algorithm} of {provider} does not carry {kind} under a wrapping key of {bits} bits")]
    NotUnder {
        /// The provider.
        provider: &'static str,
        /// The algorithm.
        algorithm: &'static str,
        /// The type.
        kind: KeyType,
        /// The wrapping key's length.
        bits: usize,
        /// Lengths that do.
        instead: Vec<usize>,
    },
    /// A wrapping key of a length that the algorithm does not have.
    #[error("{algorithm} of {provider} has no wrapping key of {bits} bits")]
    WrappingKeySize {
        /// The provider.
        provider: &'static str,
        /// The algorithm.
        algorithm: &'static str,
        /// The wrapping key's length.
        bits: usize,
        /// Lengths that it has.
        instead: &'static [usize],
    },
    /// Another wrapping key than was planned.
    #[error("the wrapping key has {found} bits, the plan says {wanted}")]
    OtherSpec {
        /// Length planned.
        wanted: usize,
        /// Length found.
        found: usize,
    },
    /// The result would be refused for its length.
    #[error("the wrapped key would have {len} bytes; {provider} takes {max}")]
    BlobTooLong {
        /// The provider.
        provider: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// The parameters are too old.
    #[error("the import parameters expired at {at}")]
    Expired {
        /// When.
        at: Moment,
    },
    /// The parameters are for another key.
    #[error("the import parameters are for key {found}, the plan says {wanted}")]
    OtherKey {
        /// Key planned.
        wanted: String,
        /// Key in the parameters.
        found: String,
    },
    /// An alias.
    #[error("`{id}` is an alias, not a key id")]
    Alias {
        /// What was given.
        id: String,
    },
    /// Not a key id.
    #[error(
        "the key id {id:?} holds something other than letters, digits and `:/_-`, or begins with `-`"
    )]
    KeyId {
        /// What was given.
        id: String,
    },
    /// Not a key id of this provider.
    #[error("{id:?} does not name a key of {provider}")]
    OtherKeyId {
        /// The provider.
        provider: &'static str,
        /// What was given.
        id: String,
        /// How keys are named there.
        wanted: &'static str,
    },
    /// Not an id of a wrapping key.
    #[error("{id:?} does not name a wrapping key of {provider}")]
    WrappingKeyId {
        /// The provider.
        provider: &'static str,
        /// What was given.
        id: String,
        /// How wrapping keys are named there.
        wanted: &'static str,
    },
    /// Wrapping keys have no id there.
    #[error("{provider} has no id of its wrapping key")]
    NoWrappingKeyId {
        /// The provider.
        provider: &'static str,
    },
    /// The package must name the wrapping key.
    #[error("the id of the wrapping key is missing; {provider} finds the wrapping key by it")]
    WrappingKeyIdMissing {
        /// The provider.
        provider: &'static str,
    },
    /// Another wrapping key than was planned.
    #[error("the file is of wrapping key {found}, the plan says {wanted}")]
    OtherWrappingKey {
        /// Planned.
        wanted: String,
        /// Found.
        found: String,
    },
    /// Key and wrapping key are in different places.
    #[error("the key is in {key}, the wrapping key in {wrapping_key}")]
    Elsewhere {
        /// Where the key is.
        key: String,
        /// Where the wrapping key is.
        wrapping_key: String,
    },
    /// A wrapping key for another algorithm.
    #[error("the wrapping key is for {found}, the plan says {wanted}")]
    OtherAlgorithm {
        /// Planned.
        wanted: &'static str,
        /// Found.
        found: String,
    },
    /// An import of a kind that the provider does not have.
    #[error("{provider} has no import of type `{import_type}`")]
    NoImportType {
        /// The provider.
        provider: &'static str,
        /// What was asked for.
        import_type: ImportType,
        /// What there is.
        known: &'static [ImportType],
    },
    /// A key that has one material for ever.
    #[error("{provider} keeps one material of a key of type {kind} for ever")]
    OneMaterial {
        /// The provider.
        provider: &'static str,
        /// The type.
        kind: KeyType,
    },
    /// Material that cannot be told to end.
    #[error("{provider} cannot be told when imported material shall end")]
    NoEnd {
        /// The provider.
        provider: &'static str,
    },
    /// A lifetime that no provider accepts.
    #[error("imported material cannot be valid for {seconds} seconds")]
    ValidFor {
        /// The lifetime.
        seconds: i64,
    },

    /// Nothing was given.
    #[error("no file holds a wrapping key")]
    NoWrappingKey,
    /// The same thing twice.
    #[error("{name} holds a second {what}")]
    Twice {
        /// The file.
        name: String,
        /// What it holds again.
        what: &'static str,
    },
    /// A file that is too long.
    #[error("{name} is longer than {max} bytes")]
    TooLong {
        /// The file.
        name: String,
        /// The limit.
        max: usize,
    },
    /// Not the JSON that the provider hands out.
    #[error("{name} is not the JSON that the provider hands out: {why}")]
    Json {
        /// The file.
        name: String,
        /// What is wrong, without content.
        why: String,
    },
    /// A part is not base64.
    #[error("{field} in {name} is not base64")]
    Base64 {
        /// The file.
        name: String,
        /// The part.
        field: &'static str,
    },
    /// A moment that cannot be read.
    #[error("the time of expiry in {name} is not a moment")]
    Time {
        /// The file.
        name: String,
    },
    /// A ZIP that cannot be read.
    #[error("{name} is a ZIP file that cannot be read")]
    Zip {
        /// The file.
        name: String,
    },
    /// More files than this provider hands out.
    #[error("{name} is one file too many: this provider hands out one")]
    OneFile {
        /// The second file.
        name: String,
    },
    /// An import job that cannot be used.
    #[error("the import job in {name} is in state {state}, not ACTIVE")]
    NotActive {
        /// The file.
        name: String,
        /// Its state.
        state: String,
    },
    /// A key that may do other things than wrap.
    #[error("the key in {name} may be used for other things than wrapping")]
    NotForWrapping {
        /// The file.
        name: String,
    },
    /// The import token is not there.
    #[error("the import token is missing")]
    TokenMissing,
}

impl Diagnose for ProviderError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Crypto(error) => return error.hint(),
            Self::NoAccess { .. } => {
                "aws-kms, azure-key-vault, azure-managed-hsm, google-kms and vault are read; of others write down who can get at it in a `statement`".to_owned()
            }
            Self::NoLog { .. } => {
                "give the log of aws-kms, azure-key-vault, azure-managed-hsm, google-kms or vault".to_owned()
            }
            Self::Unread(_) => "copy the file to a medium that can be read, and try again".to_owned(),
            Self::NoAnswer { known, .. } => format!("give {}, whole", list(known)),
            Self::PrivateAnswer { .. } => {
                "give the public key only, and ask why somebody had the private one".to_owned()
            }
            Self::Checksum { .. } => "fetch it again, and keep the file as it was printed".to_owned(),
            Self::Nameless { .. } => {
                "have the provider's tool print it again, and ask who changed it".to_owned()
            }
            Self::NotWhole { wanted, told_by, .. } => {
                format!("write it as `{wanted}`: `{told_by}` prints it")
            }
            Self::Attestation => {
                "fetch it again with `--attestation-file`; if it is of version 1, verify it with the manufacturer's scripts and leave `attestation` out".to_owned()
            }
            Self::OtherAttested => {
                "do not wrap: either file may have been swapped; fetch both again, two people together".to_owned()
            }
            Self::Unknown {
                nearest: Some(name),
                ..
            }
            | Self::UnknownAlgorithm {
                nearest: Some(name),
                ..
            }
            | Self::UnknownSpec {
                nearest: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            Self::Unknown { nearest: None, .. } | Self::NotBuilt { .. } => {
                let ids: Vec<&str> = super::PROVIDERS.iter().map(|known| known.id()).collect();
                format!("this version has {}", list(&ids))
            }
            Self::UnknownAlgorithm {
                provider,
                nearest: None,
                ..
            }
            | Self::RefusedAlgorithm { provider, .. } => {
                let profiles = titled(provider).flat_map(super::Provider::profiles);
                let names: Vec<&str> = profiles.map(|profile| profile.algorithm).collect();
                format!("use {}", list(&names))
            }
            Self::UnknownSpec {
                provider,
                nearest: None,
                ..
            } => {
                let specs = titled(provider).flat_map(super::Provider::specs);
                let names: Vec<&str> = specs.map(|(name, _)| *name).collect();
                format!("use {}", list(&names))
            }
            Self::DoesNotCarry { instead, .. } if instead.is_empty() => {
                "this provider does not import keys of this type".to_owned()
            }
            Self::DoesNotCarry { instead, .. } => format!("use {}", list(instead)),
            Self::NotUnder { instead, .. } => {
                format!("use a wrapping key of {} bits", list(instead))
            }
            Self::WrappingKeySize { instead, .. } => {
                format!("use a wrapping key of {} bits", list(instead))
            }
            Self::OtherSpec { .. } => {
                "download the parameters again with the planned wrapping key spec".to_owned()
            }
            Self::BlobTooLong { .. } => "check the type and the file of the key".to_owned(),
            Self::Expired { .. } => {
                "download new parameters; wrapping key and import token belong together".to_owned()
            }
            Self::OtherKey { .. } => {
                "find out which key is meant, then download parameters for it".to_owned()
            }
            Self::Alias { .. } => "give the key id or the ARN of the key itself".to_owned(),
            Self::KeyId { .. } => "copy the key id or ARN from the provider's console".to_owned(),
            Self::ValidFor { .. } => {
                format!("choose more than nothing and at most {} days", super::Expiry::MAX_DAYS)
            }
            Self::NoWrappingKey => {
                "give parameters.json, the console's ZIP file, or the wrapping key".to_owned()
            }
            Self::Twice { .. } => "give the files of one download only".to_owned(),
            Self::TooLong { .. } | Self::Zip { .. } => {
                "give the file exactly as the provider handed it out".to_owned()
            }
            Self::Json { .. } | Self::Base64 { .. } | Self::Time { .. } => {
                "fetch it again and keep the file as it was printed; `keyrite providers NAME` has the command"
                    .to_owned()
            }
            Self::OtherKeyId { wanted, .. } | Self::WrappingKeyId { wanted, .. } => {
                format!("give {wanted}")
            }
            Self::NoWrappingKeyId { .. } => "leave the id of the wrapping key out".to_owned(),
            Self::WrappingKeyIdMissing { .. } => {
                "give `--wrapping-key-id`, in a script `wrapping-key-id`, or the wrapping key as JSON with its id"
                    .to_owned()
            }
            Self::OtherWrappingKey { .. } => {
                "find out which wrapping key is meant, and fetch that one".to_owned()
            }
            Self::Elsewhere { .. } => {
                "make the wrapping key in the same place as the key, and fetch it again".to_owned()
            }
            Self::OtherAlgorithm { found, .. } => {
                format!("use {found}, or make a wrapping key for the algorithm of the plan")
            }
            Self::NoImportType { known: [], .. } => {
                "leave the import type out: every import is a first one there".to_owned()
            }
            Self::NoImportType { known, .. } => format!("use {}", list(known)),
            Self::OneMaterial { .. } => {
                "leave the import type out; for other material make another key at the provider"
                    .to_owned()
            }
            Self::NoEnd { .. } => {
                "leave it out (in a script `valid-for: never`) and plan who deletes the key"
                    .to_owned()
            }
            Self::OneFile { .. } => "give the file of the wrapping key only".to_owned(),
            Self::NotActive { .. } => {
                "wait until it is ACTIVE, or make another import job; one lives three days"
                    .to_owned()
            }
            Self::NotForWrapping { .. } => {
                "make a wrapping key whose only operation is `import`, and fetch that one"
                    .to_owned()
            }
            Self::TokenMissing => {
                "give the import token that was handed out with this wrapping key".to_owned()
            }
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Crypto(error) => error.exit(),
            Self::Unknown { .. }
            | Self::NotBuilt { .. }
            | Self::UnknownAlgorithm { .. }
            | Self::RefusedAlgorithm { .. }
            | Self::UnknownSpec { .. }
            | Self::DoesNotCarry { .. }
            | Self::NotUnder { .. }
            | Self::WrappingKeySize { .. }
            | Self::BlobTooLong { .. }
            | Self::Alias { .. }
            | Self::KeyId { .. }
            | Self::OtherKeyId { .. }
            | Self::WrappingKeyId { .. }
            | Self::NoWrappingKeyId { .. }
            | Self::WrappingKeyIdMissing { .. }
            | Self::NoImportType { .. }
            | Self::OneMaterial { .. }
            | Self::NoEnd { .. }
            | Self::NoAccess { .. }
            | Self::NoLog { .. }
            | Self::Nameless { .. }
            | Self::NotWhole { .. }
            | Self::ValidFor { .. } => Exit::Usage,
            Self::OtherAttested => Exit::Integrity,
            Self::Attestation
            | Self::Unread(_)
            | Self::NoAnswer { .. }
            | Self::PrivateAnswer { .. }
            | Self::Checksum { .. }
            | Self::OtherSpec { .. }
            | Self::Expired { .. }
            | Self::OtherKey { .. }
            | Self::NoWrappingKey
            | Self::Twice { .. }
            | Self::TooLong { .. }
            | Self::Json { .. }
            | Self::Base64 { .. }
            | Self::Time { .. }
            | Self::Zip { .. }
            | Self::OtherWrappingKey { .. }
            | Self::Elsewhere { .. }
            | Self::OtherAlgorithm { .. }
            | Self::OneFile { .. }
            | Self::NotActive { .. }
            | Self::NotForWrapping { .. }
            | Self::TokenMissing => Exit::Operator,
        }
    }
}

/// The provider of that title.
fn titled(title: &str) -> impl Iterator<Item = &'static dyn super::Provider> {
    super::PROVIDERS
        .iter()
        .copied()
        .filter(move |known| known.title() == title)
}

/// `a`, `a or b`, `a, b or c`.
fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
