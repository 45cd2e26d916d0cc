//! Why a ceremony does not go on.

use std::io;
use std::path::PathBuf;

use crate::crypto::error::CryptoError;
use crate::crypto::random::RandomFailed;
use crate::custody::error::ShareError;
use crate::domain::finding::Finding;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::text::list;
use crate::domain::token_profile::NoProfile;
use crate::engine::desk::DeskError;
use crate::engine::list::ListError;
use crate::engine::logs::LogsError;
use crate::engine::once::OnceError;
use crate::engine::organisation::OrganisationError;
use crate::engine::token::error::TokenError;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::pkcs11::error::Pkcs11Error;
use crate::providers::ProviderError;
use crate::record::agent::AgentError;
use crate::record::error::RecordError;
use crate::record::verify::Problem;

/// Why a ceremony does not begin, or does not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The script has findings that nobody waived.
    #[error("the script is refused: {} finding{}", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Script(Vec<Finding>),
    /// A file could not be read, written, or made.
    #[error("cannot {doing} {}: {}", path.display(), reason(source))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something is already there.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A file is larger than anything that belongs there.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// A record whose lines are none.
    #[error("{} is no record: it has a line of more than {limit} bytes", .path.display())]
    LongLine {
        /// The file.
        path: PathBuf,
        /// The longest line that is read.
        limit: usize,
    },
    /// A file is no token profile.
    #[error("{} is no token profile: {why}", path.display())]
    TokenProfile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: NoProfile,
    },
    /// Somebody typed another card than was shown.
    #[error("what {0} typed is another card than the one that was shown")]
    OtherCard(String),
    /// Cards are shown, and others would see them.
    #[error("the cards of this script are shown, and this terminal has no screen for one person")]
    NoPrivateScreen,
    /// A list of digests with something else in it.
    #[error("line {line} of {} does not begin with a SHA-256 digest", path.display())]
    NotADigest {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// A file does not hold the findings of a provider's log.
    #[error("{} does not hold the findings of a log: {why}", path.display())]
    NoFindings {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A directory holds no ceremony.
    #[error("{} holds no ceremony: {missing} is missing", dir.display())]
    NoCeremony {
        /// The directory.
        dir: PathBuf,
        /// The file that is missing.
        missing: &'static str,
    },
    /// The script given is not the one that the record names.
    #[error("the script differs from the one this ceremony began with")]
    OtherScript,
    /// The record does not hold against script, files and keys.
    #[error("the record does not hold{}: {what}", line.map_or(String::new(), |line| format!(" (line {line})")))]
    DoesNotHold {
        /// Line of the record, from 1, where it is about one.
        line: Option<u64>,
        /// The first problem.
        what: String,
    },
    /// The ceremony is not at its end.
    #[error("the ceremony in {} is not sealed yet", .0.display())]
    NotSealed(PathBuf),
    /// Somebody whom the script does not know, or who has no key there.
    #[error("{0} is nobody who signs in this script")]
    NotInScript(String),
    /// Somebody signs a checkpoint who did not sign the last record.
    #[error("{0} did not sign the last record of this checkpoint")]
    NotAsked(String),
    /// An empty answer where the record needs words.
    #[error("nothing was answered to `{0}`")]
    NothingSaid(String),
    /// An id that is nobody's.
    #[error("there is no person `{0}` in the script")]
    Nobody(String),
    /// Two people read different numbers on a bag.
    #[error("two people read different numbers on the bag: {}", list(.0))]
    OtherBag(Vec<String>),
    /// Something else is in a bag of that number.
    #[error("{by} is in bag {bag} already")]
    BagTaken {
        /// The number.
        bag: String,
        /// What is in it.
        by: String,
    },
    /// Nothing is left to do.
    #[error("the ceremony in {} is already sealed", .0.display())]
    AlreadySealed(PathBuf),
    /// Another process writes this record.
    #[error("another process is running the ceremony in {}", .0.display())]
    Busy(PathBuf),
    /// Nobody approved the script.
    #[error("{} did not approve this script", list(.0))]
    ScriptNotApproved(Vec<String>),
    /// An approval that does not fit the script.
    #[error("the approval in {} does not hold for this script: {because}", path.display())]
    ScriptApprovalBroken {
        /// The signature.
        path: PathBuf,
        /// Why not.
        because: Box<RecordError>,
    },
    /// A person lacks what the step needs.
    #[error("{person} has no `{field}` in the script")]
    PersonLacks {
        /// Id of the person.
        person: String,
        /// Field of the script.
        field: &'static str,
    },
    /// The script names no file for what an input needs.
    #[error("input {input} names no {what}")]
    InputNamesNo {
        /// The input.
        input: String,
        /// What is missing.
        what: &'static str,
    },
    /// Import parameters other than those the ceremony began with.
    #[error("the import parameters of {0} are not those the ceremony began with")]
    InputChanged(String),
    /// A list of keys that cannot be used.
    #[error(transparent)]
    List(#[from] ListError),
    /// Logs of a provider.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// An archive that is not as long as the record says.
    #[error("{} has {found} bytes; {wanted} are recorded", path.display())]
    ArchiveLength {
        /// The archive.
        path: PathBuf,
        /// How long it is.
        found: u64,
        /// What was recorded.
        wanted: u64,
    },
    /// A share must not be kept beside the record, nor two on one medium.
    #[error("the share of {person} cannot go to {}: {because}", path.display())]
    Medium {
        /// Id of the person.
        person: String,
        /// The directory.
        path: PathBuf,
        /// Why not.
        because: &'static str,
    },
    /// A file that came back from a medium differs from what was written.
    #[error("{} reads back differently from what was written", .0.display())]
    ReadBack(PathBuf),
    /// The shares rebuilt something else.
    #[error("the shares rebuild a key whose {name} is {found}; {wanted} was recorded")]
    OtherKey {
        /// Name of the check value.
        name: String,
        /// What was rebuilt.
        found: String,
        /// What was recorded.
        wanted: String,
    },
    /// A custodian brought a share that the record gives to somebody else.
    #[error("{person} brought share {index}, which by the record is {holder}'s")]
    OthersShare {
        /// Id of the person.
        person: String,
        /// Number of the share.
        index: u8,
        /// Who holds it by the record.
        holder: String,
    },
    /// A ceremony left nothing that a later one can bring back.
    #[error("{} gives nothing to a later ceremony: {because}", dir.display())]
    NothingGiven {
        /// The ceremony.
        dir: PathBuf,
        /// Why not.
        because: String,
    },
    /// Not exactly one wrap is meant.
    #[error("{} does not say which wrapped key is meant: {because}", .dir.display())]
    NothingSent {
        /// The ceremony.
        dir: PathBuf,
        /// Why not.
        because: String,
    },
    /// The backup of an earlier ceremony is another file.
    #[error("{} is not the backup that the script describes: its SHA-256 is not {wanted}", path.display())]
    OtherBackup {
        /// The file.
        path: PathBuf,
        /// What the script says.
        wanted: Digest,
    },
    /// A word of the fingerprint is not the one of the file's key.
    #[error("word {position} is not that of the wrapping key in the file")]
    OtherFingerprint {
        /// Which word, from 1.
        position: usize,
    },
    /// The check value heard is not the one of the file's key.
    #[error("that is not the check value of the wrapping key in the file")]
    OtherCheckValue,
    /// Two clocks differ.
    #[error("this machine's clock says {here}, {person} reads {read}: {off} seconds apart")]
    ClockOff {
        /// This machine.
        here: Moment,
        /// Who read.
        person: String,
        /// What was read.
        read: Moment,
        /// The difference.
        off: i64,
    },
    /// A word that was not offered.
    #[error("that is none of {}", list(.0))]
    NoneOf(Vec<&'static str>),
    /// No time of day.
    #[error("`{0}` is no time of day")]
    NotATime(String),
    /// The clock went back.
    #[error("the clock went back: it says {now}, the last entry was written at {last}")]
    ClockWentBack {
        /// The clock.
        now: Moment,
        /// The last entry.
        last: Moment,
    },
    /// A signature that is not the one asked for.
    #[error("the signature of {person} does not hold: {because}")]
    Signature {
        /// Id of the person.
        person: String,
        /// Why not.
        because: Box<RecordError>,
    },
    /// An approval is missing or has run out.
    #[error("step {step} is not covered by an approval that still holds")]
    NotApproved {
        /// The step.
        step: u32,
    },
    /// Somebody does not agree, or is not there.
    #[error("{person} did not confirm: {what}")]
    NotConfirmed {
        /// Id of the person.
        person: String,
        /// What was asked.
        what: String,
    },
    /// Not enough custodians to bring a key back.
    #[error("{need} custodians are needed, {have} named")]
    FewerCustodians {
        /// How many are here.
        have: usize,
        /// How many shares rebuild.
        need: usize,
    },
    /// The machine is not as the script wants it.
    #[error("the machine is not as the script wants it: {}", list(.0))]
    Environment(Vec<String>),
    /// Something is not as the script wants it, before the first step.
    #[error("not ready: {}", list(.0))]
    NotReady(Vec<String>),
    /// A key is not in this process.
    #[error("key {0} is not in this process")]
    KeyGone(String),
    /// The name of another key, where the key to be destroyed was to be named.
    #[error("that is not the name of the key that is to be destroyed")]
    OtherKeyName,
    /// A word of another key's fingerprint, where the key to be destroyed was to be named.
    #[error("word {position} is not that of the key that is to be destroyed")]
    OtherKeyWord {
        /// Which word, from 1.
        position: usize,
    },
    /// Something still holds a key that was to be called destroyed.
    #[error("key {key} is not destroyed: these still hold it: {}", list(open))]
    StillOpen {
        /// The key.
        key: String,
        /// What holds it.
        open: Vec<String>,
    },
    /// A key in memory cannot be locked.
    #[error("key {0} is in the memory of this process, where nothing can be locked")]
    CannotLock(String),
    /// The people in the room stop here.
    #[error("halted before step {step}")]
    Halted {
        /// The next step.
        step: u32,
    },
    /// The process was told to die here, to see what is left.
    #[error("killed, as the fault to rehearse demands")]
    Killed,
    /// Work outside a ceremony.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// A share.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// ssh-agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// Why a ceremony cannot rest on an organisation file.
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    /// What stands between the ceremony and its HSM.
    #[error(transparent)]
    Token(Box<TokenError>),
    /// The HSM.
    #[error(transparent)]
    Pkcs11(Box<Pkcs11Error>),
    /// A key or blob.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// An import format.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The people.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The random source.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

/// The operating system's words without its error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or(&text)
        .to_lowercase()
}

impl From<TokenError> for EngineError {
    fn from(error: TokenError) -> Self {
        Self::Token(Box::new(error))
    }
}

impl From<Pkcs11Error> for EngineError {
    fn from(error: Pkcs11Error) -> Self {
        Self::Pkcs11(Box::new(error))
    }
}

impl From<Problem> for EngineError {
    fn from(problem: Problem) -> Self {
        Self::DoesNotHold {
            line: problem.place,
            what: problem.what,
        }
    }
}

impl Diagnose for EngineError {
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Script(_) => "mend the script, then run `keyrite check` on it",
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "make room on that disk; nothing half-written was left under the file's name"
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::FileTooLarge => {
                "raise the limit on the size of files (ulimit -f); nothing half-written was left under the file's name"
            }
            Self::Io { .. } => "see that the path is right and that you may use it",
            Self::Exists(_) => "nothing is ever overwritten; move it away, or name another place",
            Self::TooLarge { .. } => "see that the path is right",
            Self::LongLine { .. } => {
                "see that the folder is that of a ceremony, and take its record from a copy"
            }
            Self::TokenProfile { .. } => "make one with `keyrite token show --format json`",
            Self::NotADigest { .. } => "make the list with `sha256sum FILE… > LIST`",
            Self::NoFindings { .. } => {
                "make it with `keyrite reconcile … --out DIR`, and change nothing in it"
            }
            Self::NoCeremony { .. } => "give the folder that `keyrite run --out` made",
            Self::OtherScript => {
                "resume with the script as it was (the folder has a copy), or begin a new ceremony"
            }
            Self::DoesNotHold { .. } => {
                "`keyrite verify` tells everything; whoever does not agree with a sealed record runs `keyrite sign --disagree REASON`"
            }
            Self::NotSealed(_) => {
                "take it up with `keyrite run … --resume`; a record is signed when it is sealed"
            }
            Self::NotInScript(_) => {
                "`--as` takes the id of a person under `people` who has `signs-with`"
            }
            Self::NotAsked(_) => "those whom the file names under `signers` sign it",
            Self::NothingSaid(_) => "a few words will do; they go into the record",
            Self::BagTaken { .. } => {
                "seal it in a bag of its own: a number names one bag and one thing"
            }
            Self::OtherBag(_) => "read it again, each from the bag itself",
            Self::Nobody(_) => "give one of the short names under `people`",
            Self::AlreadySealed(_) => "`keyrite sign` and `keyrite verify` come next",
            Self::Busy(_) => "let it finish, or end it",
            Self::ScriptNotApproved(_) => {
                "each of them runs `keyrite sign SCRIPT --as PERSON --key FILE` first"
            }
            Self::ScriptApprovalBroken { .. } => {
                "the script was changed after it was approved, or somebody else signed: review and approve it again"
            }
            Self::PersonLacks { .. } => "add it to the script; a rehearsal needs none",
            Self::InputNamesNo { .. } => {
                "add `parameters: FILE`, or `wrapping-key: FILE` and `import-token: FILE`"
            }
            Self::InputChanged(_) => {
                "put the original files back, or abort this ceremony and begin another"
            }
            Self::List(error) => return error.hint(),
            Self::Logs(error) => return error.hint(),
            Self::ArchiveLength { .. } => {
                "put the archive back as it was; keys that the record names and it lacks cannot be made again"
            }
            Self::Medium { .. } => "name a folder on the custodian's own medium",
            Self::ReadBack(_) => "the medium is faulty or was swapped: use another one",
            Self::OtherKey { .. } => "stop: keep the shares and the record, and write an exception",
            Self::OthersShare { .. } => {
                "bring your own share; if shares changed hands, say so, and reshare"
            }
            Self::NothingGiven { .. } => "name the ceremony that split the key",
            Self::NothingSent { .. } => {
                "name the ceremony that wrapped the key; `--key` and `--for` say which wrap of it"
            }
            Self::OtherBackup { .. } => {
                "bring the backup file of the ceremony that made the key, as its record names it"
            }
            Self::OtherFingerprint { .. } => {
                "read it again; if it stays different the file's wrapping key is not the provider's: stop"
            }
            Self::OtherCheckValue => {
                "ask which check value it is: 6 digits of an encrypted zero block, or 10 of its CMAC; if it stays different the file's key is not the other side's: stop"
            }
            Self::ClockOff { .. } => "set the machine's clock to UTC, then resume",
            Self::NotATime(_) => "type the time in UTC as HH:MM or HH:MM:SS",
            Self::NoneOf(_) => "type one of these words",
            Self::ClockWentBack { .. } => "set the clock right, then resume",
            Self::Signature { .. } => {
                "have the person sign exactly this file, with the key that the script names"
            }
            Self::NotApproved { .. } => {
                "an approval holds for a limited time: abort, or begin again"
            }
            Self::FewerCustodians { .. } => {
                "name as many as the threshold, or wait until they are here"
            }
            Self::NotConfirmed { .. } => "settle it in the room, then resume",
            Self::OtherCard(_) => "copy the card again, and type that copy",
            Self::NoPrivateScreen => "run at a terminal, without `--plain`",
            Self::Environment(_) => "switch it off and resume, or record an exception",
            Self::OtherKeyName | Self::OtherKeyWord { .. } => {
                "look which key the record of its making names; if it is another one, stop here"
            }
            Self::StillOpen { .. } => {
                "end this ceremony; close what is left in another one, and call the key destroyed there"
            }
            Self::NotReady(_) => {
                "nothing is begun: put it right, or begin with an exception that is recorded"
            }
            Self::CannotLock(_) => "keep the key in an HSM, or remove the step",
            Self::KeyGone(_) => "resume: the record says how the key can be brought back",
            Self::Halted { .. } | Self::Killed => "`keyrite run … --resume` goes on",
            Self::Once(error) => return error.hint(),
            Self::Share(error) => return error.hint(),
            Self::Agent(error) => return error.hint(),
            Self::Organisation(error) => return error.hint(),
            Self::Token(error) => return error.hint(),
            Self::Pkcs11(error) => return error.hint(),
            Self::Crypto(error) => return error.hint(),
            Self::Provider(error) => return error.hint(),
            Self::Record(error) => return error.hint(),
            Self::Desk(error) => return error.hint(),
            Self::Random(_) => "do not make keys on this machine",
        };
        Some(text.to_owned())
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Script(_) | Self::ScriptNotApproved(_) | Self::ScriptApprovalBroken { .. } => {
                Exit::Script
            }
            Self::Io { .. }
            | Self::Exists(_)
            | Self::TooLarge { .. }
            | Self::TokenProfile { .. }
            | Self::NoCeremony { .. }
            | Self::NoFindings { .. }
            | Self::NotADigest { .. }
            | Self::NothingSaid(_)
            | Self::Nobody(_)
            | Self::OtherBag(_)
            | Self::BagTaken { .. }
            | Self::AlreadySealed(_)
            | Self::NotSealed(_)
            | Self::NotInScript(_)
            | Self::NotAsked(_)
            | Self::NothingGiven { .. }
            | Self::NothingSent { .. }
            | Self::Busy(_)
            | Self::PersonLacks { .. }
            | Self::InputNamesNo { .. }
            | Self::Medium { .. }
            | Self::ReadBack(_)
            | Self::OtherFingerprint { .. }
            | Self::OtherCheckValue
            | Self::ClockOff { .. }
            | Self::NotATime(_)
            | Self::NoneOf(_)
            | Self::ClockWentBack { .. }
            | Self::Signature { .. }
            | Self::NotApproved { .. }
            | Self::NotConfirmed { .. }
            | Self::OtherCard(_)
            | Self::NoPrivateScreen
            | Self::FewerCustodians { .. }
            | Self::Environment(_)
            | Self::NotReady(_)
            | Self::CannotLock(_)
            | Self::OtherKeyName
            | Self::OtherKeyWord { .. }
            | Self::StillOpen { .. }
            | Self::KeyGone(_) => Exit::Operator,
            Self::DoesNotHold { .. }
            | Self::LongLine { .. }
            | Self::OtherScript
            | Self::InputChanged(_)
            | Self::ArchiveLength { .. }
            | Self::OtherBackup { .. }
            | Self::OthersShare { .. }
            | Self::OtherKey { .. } => Exit::Integrity,
            Self::List(error) => error.exit(),
            Self::Logs(error) => error.exit(),
            Self::Halted { .. } | Self::Killed => Exit::Halted,
            Self::Once(error) => error.exit(),
            Self::Share(error) => error.exit(),
            Self::Agent(error) => error.exit(),
            Self::Organisation(error) => error.exit(),
            Self::Token(error) => error.exit(),
            Self::Pkcs11(error) => error.exit(),
            Self::Crypto(error) => error.exit(),
            Self::Provider(error) => error.exit(),
            Self::Record(error) => error.exit(),
            Self::Desk(error) => error.exit(),
            Self::Random(_) => Exit::Device,
        }
    }
}

/// An error with the exit code of a ceremony that has begun: what a person can put right halts
/// it; a broken key or record stays what it is.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Stopped {
    /// What happened.
    #[source]
    pub error: EngineError,
    /// The step it happened in, and its line in the script.
    pub step: Option<(u32, u32)>,
    /// Whether the record has begun.
    pub begun: bool,
}

impl Diagnose for Stopped {
    fn hint(&self) -> Option<String> {
        self.error.hint()
    }

    fn exit(&self) -> Exit {
        let nothing_to_resume = matches!(
            self.error,
            EngineError::AlreadySealed(_) | EngineError::NoCeremony { .. } | EngineError::Busy(_)
        );
        match self.error.exit() {
            Exit::Operator | Exit::Script | Exit::Usage if self.begun && !nothing_to_resume => {
                Exit::Halted
            }
            class @ (Exit::Done
            | Exit::Operator
            | Exit::Usage
            | Exit::Script
            | Exit::Halted
            | Exit::Integrity
            | Exit::Device
            | Exit::Internal) => class,
        }
    }
}
