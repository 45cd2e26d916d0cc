//! Why a record, a signature or a list of signers was refused.

use crate::domain::progress::OutOfOrder;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::error::Diagnose;
use crate::error::Exit;

/// Why a record, a signature, a signing key or a list of signers was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// No line at all.
    #[error("the record is empty")]
    Empty,
    /// The last line was cut.
    #[error("line {line} of the record is cut off")]
    Cut {
        /// Line, from 1.
        line: usize,
    },
    /// No entry of a record.
    #[error("line {line} of the record is not an entry: {why} (column {column})")]
    NotAnEntry {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the JSON reader said.
        why: String,
    },
    /// Another writing of an entry than the canonical one.
    #[error("line {line} of the record is not canonical JSON")]
    NotCanonical {
        /// Line, from 1.
        line: usize,
    },
    /// The chain does not begin at this script.
    #[error("the record belongs to the script {found}, not to {wanted}")]
    OtherScript {
        /// Digest in the first entry.
        found: Digest,
        /// Digest of the script.
        wanted: Digest,
    },
    /// The line is not the text that the next one continues.
    #[error("line {line} of the record was changed, or line {next} was")]
    Changed {
        /// Line, from 1.
        line: usize,
        /// The line after it.
        next: usize,
    },
    /// Lines are missing.
    #[error("lines are missing before line {line} of the record: {missing}")]
    Dropped {
        /// First line after the gap, from 1.
        line: usize,
        /// How many.
        missing: u64,
    },
    /// A line stands twice.
    #[error("line {line} of the record repeats line {of}")]
    Doubled {
        /// Line, from 1.
        line: usize,
        /// The line before that it repeats.
        of: usize,
    },
    /// A line stands in the wrong place.
    #[error("line {line} of the record continues line {after}, but does not stand behind it")]
    Moved {
        /// Line, from 1.
        line: usize,
        /// The line that it continues.
        after: usize,
    },
    /// The number of an entry is not its place.
    #[error("line {line} of the record has the number {found}, not {wanted}")]
    Number {
        /// Line, from 1.
        line: usize,
        /// Its number.
        found: u64,
        /// Its place.
        wanted: u64,
    },
    /// The first entry does not open a record.
    #[error("the record does not begin with `open`")]
    NotOpened,
    /// An opening further down.
    #[error("line {line} of the record opens it again")]
    OpenedAgain {
        /// Line, from 1.
        line: usize,
    },
    /// A format of another version.
    #[error("the record has the format {found:?}")]
    Format {
        /// What it says.
        found: String,
    },
    /// Something behind the seal.
    #[error("line {line} of the record stands behind its seal")]
    AfterSeal {
        /// Line, from 1.
        line: usize,
    },
    /// An entry is older than the one before it.
    #[error("entry {seq} is of {at}, before the entry in front of it ({before})")]
    ClockWentBack {
        /// Number of the entry.
        seq: u64,
        /// Its time.
        at: Moment,
        /// Time of the entry before.
        before: Moment,
    },
    /// An entry that cannot follow from those before it.
    #[error("line {line} of the record is out of order: {because}")]
    OutOfOrder {
        /// Line, from 1.
        line: u64,
        /// Why it cannot follow.
        because: OutOfOrder,
    },
    /// No OpenSSH signature.
    #[error("the file is not an OpenSSH signature")]
    NotASignature,
    /// A signature with another meaning.
    #[error("the signature is for {found:?}, not for {wanted:?}")]
    OtherNamespace {
        /// Its namespace.
        found: String,
        /// The namespace asked for.
        wanted: String,
    },
    /// A signature by somebody else.
    #[error("the signature was made by {found}, not by {wanted}")]
    OtherKey {
        /// Fingerprint of the key that made it.
        found: String,
        /// Fingerprint of the key asked for.
        wanted: String,
    },
    /// A signature over other bytes.
    #[error("the signature of {key} does not fit these bytes")]
    DoesNotFit {
        /// Fingerprint of the key.
        key: String,
    },
    /// A digest other than SHA-256 and SHA-512.
    #[error("the signature uses {found:?}, not sha256 or sha512")]
    Hash {
        /// Its digest.
        found: String,
    },
    /// A security key that nobody touched.
    #[error("nobody touched the security key {key} for this signature")]
    NoPresence {
        /// Fingerprint of the key.
        key: String,
    },
    /// An RSA signature with SHA-1.
    #[error("the RSA signature of {key} uses SHA-1")]
    Sha1 {
        /// Fingerprint of the key.
        key: String,
    },
    /// An RSA key that is too short.
    #[error("the RSA key {key} has {bits} bits")]
    ShortKey {
        /// Fingerprint of the key.
        key: String,
        /// Length of its modulus.
        bits: usize,
    },
    /// An Ed25519 key of small order, which anybody can sign for.
    #[error("the Ed25519 key {key} is weak: one signature fits many messages")]
    WeakKey {
        /// Fingerprint of the key.
        key: String,
    },
    /// No OpenSSH public key.
    #[error("the text is not an OpenSSH public key")]
    NotAPublicKey,
    /// A key that this program does not use.
    #[error("keys of the type {kind:?} are not accepted")]
    KeyType {
        /// Its type.
        kind: String,
    },
    /// No OpenSSH private key.
    #[error("the file is not an OpenSSH private key")]
    NotAPrivateKey,
    /// An encrypted private key without a passphrase.
    #[error("the private key {key} is encrypted")]
    PassphraseNeeded {
        /// Its fingerprint.
        key: String,
    },
    /// A passphrase that does not open the key.
    #[error("the passphrase does not open the private key {key}")]
    PassphraseWrong {
        /// Its fingerprint.
        key: String,
    },
    /// The private half is in a device.
    #[error("the private key {key} is in a security key")]
    InDevice {
        /// Its fingerprint.
        key: String,
    },
    /// Private and public half do not belong together, or the library refused to sign.
    #[error("the private key {key} cannot sign")]
    CannotSign {
        /// Its fingerprint.
        key: String,
    },
    /// A line that OpenSSH's allowed_signers format does not have.
    #[error("line {line} of the allowed signers is not valid: {what}")]
    Signers {
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A name that would be read as a pattern.
    #[error("{name:?} cannot be written into a list of allowed signers")]
    Unwritable {
        /// The person or namespace.
        name: String,
    },
}

impl Diagnose for RecordError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty | Self::Cut { .. } => {
                "compare with another copy; a ceremony that was interrupted goes on with `run --resume`"
                    .to_owned()
            }
            Self::NotAnEntry { .. }
            | Self::NotCanonical { .. }
            | Self::Changed { .. }
            | Self::Dropped { .. }
            | Self::Doubled { .. }
            | Self::Moved { .. }
            | Self::Number { .. }
            | Self::NotOpened
            | Self::OpenedAgain { .. }
            | Self::OutOfOrder { .. }
            | Self::AfterSeal { .. } => {
                "keep this file as evidence and compare it with the copies of the people who signed"
                    .to_owned()
            }
            Self::OtherScript { .. } => {
                "bring the script.yaml that lay beside this record when it was signed".to_owned()
            }
            Self::Format { .. } => "read it with the version of keyrite that wrote it".to_owned(),
            Self::ClockWentBack { .. } => {
                "ask the people in the room whether the machine's clock was set, and record it"
                    .to_owned()
            }
            Self::NotASignature => {
                "give the file as `ssh-keygen -Y sign` wrote it: `-----BEGIN SSH SIGNATURE-----` is its first line, and no line ends in CR".to_owned()
            }
            Self::OtherNamespace { wanted, .. } => {
                format!("sign again with `ssh-keygen -Y sign -n {wanted}`")
            }
            Self::OtherKey { wanted, .. } => format!("sign with the key {wanted}"),
            Self::DoesNotFit { .. } => {
                "compare the file with the one that was signed; a single byte is enough".to_owned()
            }
            Self::Hash { .. } => "sign again with `ssh-keygen -Y sign -O hashalg=sha512`".to_owned(),
            Self::NoPresence { .. } => {
                "sign again with a security key that demands touch (not `no-touch-required`)"
                    .to_owned()
            }
            Self::Sha1 { .. } => "sign again with OpenSSH 8.2 or later".to_owned(),
            Self::ShortKey { .. } | Self::WeakKey { .. } | Self::KeyType { .. } => {
                "make a key with `ssh-keygen -t ed25519`".to_owned()
            }
            Self::NotAPublicKey => "name the `.pub` file, or copy its one line".to_owned(),
            Self::NotAPrivateKey => {
                "name the file that `ssh-keygen` made; `ssh-keygen -p` rewrites an old one".to_owned()
            }
            Self::PassphraseNeeded { .. } => "give its passphrase".to_owned(),
            Self::PassphraseWrong { .. } => "type the passphrase again".to_owned(),
            Self::InDevice { .. } => {
                "add it to ssh-agent with `ssh-add`, and sign with `--agent` (`agent` in a ceremony)"
                    .to_owned()
            }
            Self::CannotSign { .. } => {
                "make the signature with `ssh-keygen -Y sign` and bring the file, or another key"
                    .to_owned()
            }
            Self::Signers { .. } => "see ALLOWED SIGNERS in `man ssh-keygen`".to_owned(),
            Self::Unwritable { .. } => {
                "use letters, digits and `. _ @ + -` only".to_owned()
            }
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Empty
            | Self::Cut { .. }
            | Self::NotAnEntry { .. }
            | Self::NotCanonical { .. }
            | Self::OtherScript { .. }
            | Self::Changed { .. }
            | Self::Dropped { .. }
            | Self::Doubled { .. }
            | Self::Moved { .. }
            | Self::Number { .. }
            | Self::NotOpened
            | Self::OpenedAgain { .. }
            | Self::AfterSeal { .. }
            | Self::OutOfOrder { .. }
            | Self::ClockWentBack { .. }
            | Self::NotASignature
            | Self::OtherNamespace { .. }
            | Self::OtherKey { .. }
            | Self::DoesNotFit { .. }
            | Self::Hash { .. }
            | Self::NoPresence { .. }
            | Self::Sha1 { .. }
            | Self::ShortKey { .. }
            | Self::WeakKey { .. }
            | Self::CannotSign { .. } => Exit::Integrity,
            Self::NotAPublicKey
            | Self::KeyType { .. }
            | Self::NotAPrivateKey
            | Self::PassphraseNeeded { .. }
            | Self::PassphraseWrong { .. }
            | Self::InDevice { .. }
            | Self::Signers { .. } => Exit::Operator,
            Self::Format { .. } | Self::Unwritable { .. } => Exit::Usage,
        }
    }
}
