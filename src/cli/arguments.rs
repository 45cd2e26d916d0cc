//! What can be typed. Man pages and completions are made from this file.

mod people;
mod reconcile;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::ValueHint;

pub(super) use crate::cli::arguments::people::AccessArgs;
pub(super) use crate::cli::arguments::people::AccessCommand;
pub(super) use crate::cli::arguments::people::AccessImportArgs;
pub(super) use crate::cli::arguments::people::AccessShowArgs;
pub(super) use crate::cli::arguments::people::AcknowledgementsArgs;
pub(super) use crate::cli::arguments::people::DepartedArgs;
pub(super) use crate::cli::arguments::people::DualControlArgs;
pub(super) use crate::cli::arguments::people::LeaveArgs;
pub(super) use crate::cli::arguments::people::OnADay;
pub(super) use crate::cli::arguments::people::PersonArgs;
pub(super) use crate::cli::arguments::people::PersonCommand;
pub(super) use crate::cli::arguments::people::WhoArgs;
pub(super) use crate::cli::arguments::reconcile::ReconcileArgs;
use crate::cli::share_drill::ShareDrillArgs;
use crate::documents::ocsf::Since;
use crate::domain::algorithm::KeyType;
use crate::domain::script::ImportType;
use crate::domain::script::Span;
use crate::engine::files::Fault;

/// Key ceremonies and BYOK: check, rehearse, run, sign and verify one reviewed script
#[derive(Debug, Parser)]
#[command(
    name = "keyrite",
    version,
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Begin with a rehearsal; it needs no set-up and changes nothing:\n  keyrite rehearse ceremonies/aws-kms-aes256/script.yaml --out rehearsal"
)]
pub(super) struct Cli {
    /// No colour, no spinner, no signs: for screen readers and recordings
    #[arg(long, global = true)]
    pub(super) plain: bool,

    /// Print the version
    #[arg(short = 'V', long)]
    pub(super) version: bool,

    /// With --version: the SHA-256 of this program's file too, in hexadecimal and in words
    #[arg(long, requires = "version")]
    pub(super) digest: bool,

    /// What to do
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

// The commands. What belongs to a command is put together when it is typed: start-up. Its help stands at its name, and a
// doc comment at its arguments would take that place.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    /// Check ceremony scripts
    ///
    /// Reads each script and walks its steps over a model of the room. Touches nothing, and needs
    /// neither import parameters nor keys, so it runs in a pull request.
    #[command(
        after_help = "Example:\n  keyrite check ceremonies/*/script.yaml --format sarif > findings.sarif"
    )]
    Check(CheckArgs),
    /// Tell what is different between two scripts, or a script and a record
    ///
    /// In words for a reviewer: who gains or loses access, what cannot be undone, what is no longer
    /// checked; then people, keys and steps, and who could do what with each key afterwards. Of the
    /// folder of a ceremony that holds, its script is compared, and what was done otherwise than
    /// written is told. Exit code: 0: the same; 1: different; 2: one of them cannot be read.
    #[command(
        after_help = "Examples:\n  keyrite diff script.yaml new-script.yaml\n  git show main:script.yaml > before.yaml; keyrite diff before.yaml script.yaml\n  keyrite diff script.yaml 2026-payments"
    )]
    Diff(DiffArgs),
    /// Play a script with throwaway keys and stand-ins
    ///
    /// Every step is done as it will be on the day, with the same words, on throwaway keys, with
    /// stand-in people and a stand-in provider that really opens what was wrapped.
    #[command(
        after_help = "Examples:\n  keyrite rehearse script.yaml --out rehearsal\n  keyrite rehearse script.yaml --faults"
    )]
    Rehearse(RehearseArgs),
    /// Run a ceremony, live
    ///
    /// Asks the people at the terminal, step by step. The record and what was made go to --out.
    /// A run that stops is taken up again with --resume.
    #[command(
        after_help = "Examples:\n  keyrite run script.yaml --out 2026-payments\n  keyrite run script.yaml --out 2026-payments --resume"
    )]
    Run(RunArgs),
    /// Sign a sealed record, or approve a script
    ///
    /// A folder is a ceremony: its record is signed. A file is a script, which is approved, an
    /// organisation file, or the checkpoint of a register.
    #[command(
        after_help = "Examples:\n  keyrite sign 2026-payments --as ana --key ~/.ssh/id_ed25519\n  keyrite sign script.yaml --as fay --agent"
    )]
    Sign(SignArgs),
    /// Verify the records of ceremonies
    ///
    /// Holds each record against its script, its files and its signatures, and says for every check
    /// whether it holds, fails, cannot be known, or rests on what a person said. Of many ceremonies
    /// only what does not hold is told in full. Exit code, the worst of all: 0: it holds; 1:
    /// signatures are outstanding, or what --require names is not so; 5: something was altered.
    #[command(
        after_help = "Examples:\n  keyrite verify 2026-payments --allowed-signers our_allowed_signers\n  keyrite verify archive --format junit > verified.xml"
    )]
    Verify(VerifyArgs),
    /// Export records as events for a SIEM
    ///
    /// One JSON object a line, after OCSF: what was done with keys, what else was done, deviations, and
    /// what came of verifying. The same record always gives the same events with the same ids. Of a
    /// record that does not hold only that is told. The exit code is that of `verify`.
    #[command(
        after_help = "Examples:\n  keyrite export 2026-payments > events.jsonl\n  keyrite export archive/* --since 2026-11-22T00:00:00Z"
    )]
    Export(ExportArgs),
    /// Hold a provider's log against the register
    ///
    /// Reads the provider's log files as they are delivered, packed or not, and holds what they tell of keys
    /// against what the records tell: an import that no ceremony explains, a record that the log does not
    /// show, a fact that differs. Nothing is changed: with `--out` the findings and a script are written for
    /// the ceremony that records them. Exit code 0: all fits; 1: something is to be explained; 5: log and
    /// records contradict each other.
    #[command(
        after_help = "Examples:\n  keyrite reconcile register --provider aws cloudtrail/ --out reconcile-2027-01\n  keyrite reconcile register --provider azure insights-logs/ --used payments --from 2027-01-01\n  keyrite reconcile register --provider aws cloudtrail/ --inventory list-keys.json"
    )]
    Reconcile(ReconcileArgs),
    /// Print a script as a procedure on paper
    ///
    /// The same steps in the same sentences, to be initialled by hand: people and equipment, one page
    /// an act, share cards, exception sheets, signatures. One HTML page for the browser's print; reads
    /// nothing but the folder of the script.
    #[command(
        after_help = "Examples:\n  keyrite print script.yaml --out paper.html\n  keyrite print script.yaml --role ben --large --out for-ben.html"
    )]
    Print(PrintArgs),
    /// Write the auditor's report on a ceremony
    ///
    /// Verifies the ceremony, then tells what it was: what was made, who was there, who could reach
    /// it, what deviated, and whether anything was altered. Every figure names its line of the record.
    /// HTML is one page without scripts, for screens and for paper. The exit code is that of
    /// `verify`; a record that was altered is reported, too.
    #[command(
        after_help = "Examples:\n  keyrite report 2026-payments --allowed-signers our_allowed_signers --out report.html\n  keyrite report 2026-payments --format md | less"
    )]
    Report(ReportArgs),
    /// Wrap one key that you already hold for import
    ///
    /// Writes the wrapped key, the import token and the provider's import command. Everything that
    /// the provider would refuse is refused before anything is made.
    #[command(
        after_help = "Example:\n  keyrite wrap --provider aws-kms --algorithm RSAES_OAEP_SHA_256 --wrapping-key parameters.json \\\n    --key-file key.bin --key-type aes-256 --out wrapped"
    )]
    Wrap(WrapArgs),
    /// List providers and their wrapping algorithms, or tell everything about one
    ///
    /// With a provider: types of key, sizes, limits, how long import parameters live, the commands
    /// before and after, where each fact is written, and what nobody could confirm.
    #[command(after_help = "Example:\n  keyrite providers aws-kms")]
    Providers(ProvidersArgs),
    /// Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud
    #[command(after_help = "Example:\n  keyrite fingerprint parameters.json")]
    Fingerprint(FingerprintArgs),
    /// Print what a ceremony, or a register, gives to a later ceremony
    ///
    /// Verifies it, then prints the `given:` block for a script that brings its keys back from their
    /// shares – check values, share set, custodians, commitments – and the `lifecycle:` block for one
    /// that moves or destroys them. Of a register: as all records together leave them. Nothing in it is
    /// secret. Exit code 1: signatures are outstanding; 5: something was altered, and nothing is printed.
    #[command(after_help = "Examples:
  keyrite given 2026-payments payments >> reimport/script.yaml
  keyrite given register payments >> destroy/script.yaml")]
    Given(GivenArgs),
    /// Hold what a provider answered of an imported key against the record that wrapped it
    ///
    /// Verifies the ceremony, reads what the provider's own tools printed, and says of each fact whether
    /// it shows that the key arrived. Nobody can show that it is nowhere else. Exit code 0: it arrived; 1:
    /// not provable from these answers; 5: an answer contradicts the record.
    #[command(
        after_help = "Example:\n  aws kms get-public-key --key-id KEY > public-key.json\n  keyrite confirm 2026-payments --provider aws-kms --answer public-key.json"
    )]
    Confirm(ConfirmArgs),
    /// Take ceremonies into the register, and ask it
    ///
    /// The register is a folder of ceremony folders. Every answer is made anew from records that
    /// verify, and names the lines that it rests on. Exit code 5: something in it does not hold.
    #[command(after_help = "Examples:
  keyrite register add register 2026-payments
  keyrite register due register --within 30d
  keyrite register custody register payments")]
    Register(RegisterArgs),
    /// See which tokens a PKCS#11 module has, and find out what one of them can do
    ///
    /// `list` tells label, serial number, maker, versions and PIN state of every token; nobody
    /// logs in. `show` logs in and tries: which keys the token makes, by which of its mechanisms
    /// it wraps them for which provider, and what it says and does not do. It uses throwaway keys
    /// and leaves nothing behind. Its JSON is a token profile for `check` and `rehearse`.
    #[command(after_help = "Examples:
  keyrite token list --module /usr/lib/softhsm/libsofthsm2.so
  keyrite token show --token 'pkcs11:token=lab?module-path=/usr/lib/softhsm/libsofthsm2.so' \\
    --pin-file pin")]
    Token(TokenArgs),
    /// Split one secret that you already hold
    ///
    /// One recipient a share: each gets an age file that only its identity opens. Any 16 to 64 bytes
    /// are split as they are; whatever is longer is wrapped under a backup key, which is split in
    /// its place. Beside the shares lie a page and a script for rebuilding without keyrite.
    #[command(
        after_help = "Example:\n  keyrite split --key-file key.bin --key-type aes-256 --label payments --threshold 2 \\\n    --recipient age1… --recipient age1… --recipient age1… --out payments-shares"
    )]
    Split(SplitArgs),
    /// Rebuild a secret from its shares
    ///
    /// Shares may be age files, opened shares, and cards as text or typed in at the terminal (`-`).
    /// What is wrong with one is said by its name: another set, an old epoch, there twice, altered,
    /// mistyped in this line and group. Too few is an error, never a wrong secret. Exit code 5: the
    /// check value is not that of the secret that was split, or a share was altered.
    #[command(
        after_help = "Examples:\n  keyrite combine ben.age dee.age --identity ben.key --identity dee.key --check-value\n  keyrite combine ben.age - --identity ben.key --out key.bin"
    )]
    Combine(CombineArgs),
    /// Look after one share: verify it, prove that you have it, put it on paper
    #[command(
        after_help = "Examples:\n  keyrite share verify ben.age --identity ben.key\n  keyrite share show ben.age --identity ben.key\n  keyrite share card ben.age --identity ben.key --out card.html\n  keyrite share drill ben.age --identity ben.key --record 2026-payments"
    )]
    Share(ShareArgs),
    /// Print the JSON Schema of scripts, or of organisation files, for editors
    #[command(after_help = "Example:\n  keyrite schema organisation > organisation.schema.json")]
    Schema(SchemaArgs),
    /// Print a manual page, or write all of them
    Man(ManArgs),
    /// Print a completion script for a shell
    Completions(CompletionArgs),
    /// Anything else
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Forms of output.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// Forms of output of `check`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// JUnit XML, for CI
    Junit,
}

// Arguments of `schema`.
#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t)]
    pub(super) of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum SchemaOf {
    /// Scripts
    #[default]
    Script,
    /// Organisation files
    Organisation,
}

// Arguments of `check`.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// Scripts
    #[arg(value_name = "SCRIPT", required_unless_present = "rules", value_hint = ValueHint::FilePath)]
    pub(super) scripts: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: CheckFormat,
    /// Day on which waivers and reviews are judged; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
    /// List the rules that scripts are held to
    #[arg(long)]
    pub(super) rules: bool,
    /// Hold the scripts against this token, too: the JSON of `keyrite token show`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) token_profile: Option<PathBuf>,
    /// Organisation file, in place of the one that a script names
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) organisation: Option<PathBuf>,
    /// Register: who held which share before; only read
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) register: Option<PathBuf>,
}

// Arguments of `diff`.
#[derive(Args, Debug)]
pub(super) struct DiffArgs {
    /// Script, or folder of a ceremony
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    pub(super) old: PathBuf,
    /// Script, or folder of a ceremony
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    pub(super) new: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Day on which waivers and reviews are judged; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
}

// Arguments of `rehearse`.
#[derive(Args, Debug)]
pub(super) struct RehearseArgs {
    /// Script
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) script: PathBuf,
    /// Folder for the record and what was made; must not exist yet. Without it nothing is kept
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
    /// Break each step in turn: kill the process, fill the disk, make people err; then resume
    #[arg(long, conflicts_with_all = ["out", "expect"])]
    pub(super) faults: bool,
    /// List the faults, and strike none
    #[arg(long, requires = "faults")]
    pub(super) list: bool,
    /// What the throwaway values follow from: up to 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = seed)]
    pub(super) seed: Option<[u8; 32]>,
    /// Rehearse on a stand-in for this token: the JSON of `keyrite token show`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) token_profile: Option<PathBuf>,
    /// Organisation file, in place of the one that the script names
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) organisation: Option<PathBuf>,
    /// Compare the transcript with this file; what changes from run to run is masked
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) expect: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// Reads where a process is to die.
fn kill_at(text: &str) -> Result<(u32, Fault), String> {
    let (write, fault) = match text.strip_suffix(":after") {
        Some(write) => (write, Fault::KillAfter),
        None => (text, Fault::KillDuring),
    };
    let write = write
        .parse()
        .map_err(|_| "expected a number, or `7:after`")?;
    Ok((write, fault))
}

// Arguments of `run`.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// Script
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) script: PathBuf,
    /// Folder for the record and what was made; must not exist yet, unless --resume or --abort
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
    /// Take up an interrupted ceremony
    #[arg(long)]
    pub(super) resume: bool,
    /// End an interrupted ceremony: put away what is half-made, and seal the record
    #[arg(long, conflicts_with = "resume")]
    pub(super) abort: bool,
    /// Prepared answers to questions about public facts; never a secret
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) answers: Option<PathBuf>,
    /// Organisation file, in place of the one that the script names
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "abort"], value_hint = ValueHint::FilePath)]
    pub(super) organisation: Option<PathBuf>,
    /// Register whose last record this one follows, so that none can be dropped unseen; only read
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resume", "abort"], value_hint = ValueHint::DirPath)]
    pub(super) register: Option<PathBuf>,
    /// Die at the write of that number, as of `kill -9`: `7` in the middle of it, `7:after` behind it;
    /// in practice only
    #[arg(long, value_name = "WRITE", hide = true, value_parser = kill_at)]
    pub(super) kill_at: Option<(u32, Fault)>,
    /// How the HSM is reached
    #[command(flatten)]
    pub(super) hsm: HsmArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// How an HSM is reached.
#[derive(Args, Debug)]
pub(super) struct HsmArgs {
    /// PKCS#11 module of the HSM's maker, or a URI that names it (`pkcs11:?module-path=…`)
    #[arg(long, value_name = "FILE|URI", value_hint = ValueHint::FilePath)]
    pub(super) module: Option<String>,
    /// File with the PIN of the token, readable by its owner only; asked for if absent
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) pin_file: Option<PathBuf>,
    /// List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) machine: Option<PathBuf>,
    /// How long one call of the module may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) token_timeout: u64,
}

// Arguments of `sign`.
#[derive(Args, Debug)]
pub(super) struct SignArgs {
    /// Folder of a ceremony, a script, an organisation file, or the checkpoint of a register
    #[arg(value_name = "DIR|FILE", value_hint = ValueHint::AnyPath)]
    pub(super) what: PathBuf,
    /// Who signs: the id in the script
    #[arg(long = "as", value_name = "PERSON")]
    pub(super) person: String,
    /// OpenSSH private key, or a signature made with it by `ssh-keygen -Y sign`
    #[arg(long, value_name = "FILE", required_unless_present_any = ["agent", "token"], value_hint = ValueHint::FilePath)]
    pub(super) key: Option<PathBuf>,
    /// Token that holds the signing key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`
    #[arg(long, value_name = "URI", conflicts_with = "key")]
    pub(super) token: Option<String>,
    /// Label of the signing key in the token
    #[arg(long, requires = "token")]
    pub(super) label: Option<String>,
    /// How the HSM is reached
    #[command(flatten)]
    pub(super) hsm: HsmArgs,
    /// Sign with the key that ssh-agent holds; one in a security key wants a touch
    #[arg(long, conflicts_with_all = ["key", "token"])]
    pub(super) agent: bool,
    /// Sign that you do not agree with the record, and why
    #[arg(long, value_name = "TEXT")]
    pub(super) disagree: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// What a ceremony can be required to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Required {
    /// In production, not in practice or rehearsed
    Production,
    /// Done to its end, not aborted
    Complete,
}

/// Forms of output of `verify`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum VerifyFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// JUnit XML, for CI
    Junit,
}

// Arguments of `verify`.
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    /// Folders of ceremonies, or folders that hold such folders
    #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
    pub(super) dirs: Vec<PathBuf>,
    /// What the ceremony must be besides sound; may be repeated
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub(super) require: Vec<Required>,
    /// The auditor's own list of keys, in OpenSSH's format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) allowed_signers: Option<PathBuf>,
    /// Programs and PKCS#11 modules that the auditor trusts: digests as sha256sum writes them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) programs: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: VerifyFormat,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum ReportFormat {
    /// One page for screens and for paper
    Html,
    /// Markdown
    Md,
    /// One JSON object
    Json,
}

/// Forms of events.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum EventFormat {
    /// Open Cybersecurity Schema Framework 1.6.0, one JSON object a line
    #[default]
    Ocsf,
}

// Arguments of `export`.
#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Folders of ceremonies
    #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
    pub(super) dirs: Vec<PathBuf>,
    /// Go on behind this line of each record, or with entries of this moment and later
    #[arg(long, value_name = "LINE|MOMENT")]
    pub(super) since: Option<Since>,
    /// The auditor's own list of keys, in OpenSSH's format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) allowed_signers: Option<PathBuf>,
    /// Form of the events
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: EventFormat,
}

// Arguments of `print`.
#[derive(Args, Debug)]
pub(super) struct PrintArgs {
    /// Script
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) script: PathBuf,
    /// File for the page; must not exist yet
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// Letters of 18 points and more
    #[arg(long)]
    pub(super) large: bool,
    /// Organisation file, in place of the one that the script names
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) organisation: Option<PathBuf>,
    /// Whose copy it is: a role, or a person's id in the script; their steps are marked
    #[arg(long, value_name = "ROLE|PERSON")]
    pub(super) role: Option<String>,
}

// Arguments of `report`.
#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// Folder of a ceremony
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: PathBuf,
    /// Form of the report; by the ending of --out if absent, else html
    #[arg(long, value_enum)]
    pub(super) format: Option<ReportFormat>,
    /// File for the report, outside the ceremony's folder; must not exist yet
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// The auditor's own list of keys, in OpenSSH's format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) allowed_signers: Option<PathBuf>,
}

// Arguments of `wrap`.
#[derive(Args, Debug)]
pub(super) struct WrapArgs {
    /// Provider, as `aws-kms`
    #[arg(long)]
    pub(super) provider: String,
    /// The provider's name of the wrapping algorithm
    #[arg(long)]
    pub(super) algorithm: String,
    /// Wrapping key: what the provider hands out (JSON, JWK, ZIP), or the key alone (PEM, DER)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) wrapping_key: PathBuf,
    /// The plain key: raw bytes, or PKCS#8 DER of a pair
    #[arg(long, value_name = "FILE", required_unless_present = "token", value_hint = ValueHint::FilePath)]
    pub(super) key_file: Option<PathBuf>,
    /// Type of the key, as `aes-256`
    #[arg(long, value_name = "TYPE")]
    pub(super) key_type: KeyType,
    /// Folder that is made for the result; must not exist yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
    /// Import token, where it comes as a file of its own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) import_token: Option<PathBuf>,
    /// The key at the provider
    #[arg(long, value_name = "ID")]
    pub(super) key_id: Option<String>,
    /// Days that the provider keeps the material; for ever if absent
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=365))]
    pub(super) valid_for_days: Option<u16>,
    /// What the import is, where the key has material already: `new` or `existing`
    #[arg(long, value_name = "TYPE")]
    pub(super) import_type: Option<ImportType>,
    /// The provider's id of the wrapping key, as Azure's URL with a version
    #[arg(long, value_name = "ID")]
    pub(super) wrapping_key_id: Option<String>,
    /// Token that holds the key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`
    #[arg(long, value_name = "URI", conflicts_with = "key_file")]
    pub(super) token: Option<String>,
    /// Label of the key in the token
    #[arg(long, requires = "token")]
    pub(super) label: Option<String>,
    /// How the HSM is reached
    #[command(flatten)]
    pub(super) hsm: HsmArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `providers`.
#[derive(Args, Debug)]
pub(super) struct ProvidersArgs {
    /// Provider, as `aws-kms`; all of them if absent
    pub(super) provider: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `fingerprint`.
#[derive(Args, Debug)]
pub(super) struct FingerprintArgs {
    /// What the provider hands out (JSON, ZIP), or the key alone (PEM, DER); of several files, in
    /// the order of a list, one fingerprint of all
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `given`.
#[derive(Args, Debug)]
pub(super) struct GivenArgs {
    /// Folder of a ceremony, or register
    #[arg(value_hint = ValueHint::DirPath)]
    pub(super) dir: PathBuf,
    /// Label of the key; every key that is left if absent
    pub(super) key: Option<String>,
    /// Of a register: print the `versions:` block instead, with which a rotation begins
    #[arg(long)]
    pub(super) versions: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `confirm`.
#[derive(Args, Debug)]
pub(super) struct ConfirmArgs {
    /// Folder of the ceremony that wrapped the key
    #[arg(value_hint = ValueHint::DirPath)]
    pub(super) dir: PathBuf,
    /// Provider id
    #[arg(long, value_name = "ID")]
    pub(super) provider: String,
    /// What the provider's tool printed; can be given several times
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(super) answer: Vec<PathBuf>,
    /// Label of the key, where several were wrapped for the provider
    #[arg(long, value_name = "LABEL")]
    pub(super) key: Option<String>,
    /// Input that it was wrapped for, where the provider has several
    #[arg(long = "for", value_name = "INPUT")]
    pub(super) r#for: Option<String>,
    /// Folder that is made, with the ceremony that records it
    #[arg(long, value_name = "NEW", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// What `token` does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum TokenAction {
    /// Which tokens there are
    List,
    /// What a token can do
    Show,
}

// Arguments of `token`.
#[derive(Args, Debug)]
pub(super) struct TokenArgs {
    /// What to see
    #[arg(value_name = "WHAT", value_enum)]
    pub(super) what: TokenAction,
    /// Module and token as a URI (RFC 7512): `pkcs11:token=LABEL;serial=SERIAL?module-path=FILE`;
    /// `x-init-args` is what the module takes when it is initialised
    #[arg(long, value_name = "URI")]
    pub(super) token: Option<String>,
    /// How the HSM is reached
    #[command(flatten)]
    pub(super) hsm: HsmArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `register`.
#[derive(Args, Debug)]
pub(super) struct RegisterArgs {
    /// What to do
    #[command(subcommand)]
    pub(super) what: RegisterCommand,
}

// What `register` does.
#[derive(Debug, Subcommand)]
pub(super) enum RegisterCommand {
    /// Take ceremonies in
    ///
    /// Copies each folder into the register, verifies the copy, and gives it the next number. What
    /// is there is never changed. A new or empty folder becomes a register.
    #[command(after_help = "Example:\n  keyrite register add register 2026-payments")]
    Add(RegisterAddArgs),
    /// List the ceremonies, and whether their records follow each other
    #[command(after_help = "Example:\n  keyrite register list register")]
    List(RegisterListArgs),
    /// Show what is known of a key, or of all
    #[command(after_help = "Example:\n  keyrite register show register payments")]
    Show(RegisterKeyArgs),
    /// List what is to be done, and by when
    ///
    /// Drills, restore tests, imports to be confirmed, material that a provider deletes,
    /// cryptoperiods, last rotations, reviews, acknowledgements, signing keys, certificates of HSMs,
    /// destructions, compromised keys, findings in logs, and what deputies give back. Exit code 1:
    /// something is overdue.
    #[command(after_help = "Example:\n  keyrite register due register --within 30d")]
    Due(RegisterDueArgs),
    /// Show who holds which share, and whether the key can still be rebuilt
    ///
    /// Share sets with their epochs and holders, the last proof of each share, and the things that
    /// custodians keep. Exit code 1: something is to be mended.
    #[command(after_help = "Example:\n  keyrite register custody register payments")]
    Custody(RegisterKeyArgs),
    /// Verify every record anew, and hold the register against checkpoints
    ///
    /// Believes nothing that was found before. With `--checkpoint`, what was dropped, altered, renumbered
    /// or put into another's place since shows, and whose signatures over the checkpoint hold. Exit code 1:
    /// nobody signed a checkpoint.
    #[command(
        after_help = "Example:\n  keyrite register verify register --checkpoint 2026.checkpoint"
    )]
    Verify(RegisterVerifyArgs),
    /// Write down what the register holds, to be signed and kept outside
    ///
    /// Number and digest of the last record, how many there are, a digest over all, and who signed the
    /// last one. They sign it with `keyrite sign FILE --as PERSON`.
    #[command(
        after_help = "Example:\n  keyrite register checkpoint register --out 2026.checkpoint"
    )]
    Checkpoint(RegisterCheckpointArgs),
    /// Show how old keys are, and how that fits their cryptoperiods
    ///
    /// Exit code 1: a cryptoperiod is over, or nobody knows.
    #[command(after_help = "Example:\n  keyrite register age register payments --as-of 2027-01-01")]
    Age(RegisterKeyArgs),
    /// Show which cryptoperiod is defined for every key, by type of key
    ///
    /// Exit code 1: a key has none.
    #[command(after_help = "Example:\n  keyrite register cryptoperiods register")]
    Cryptoperiods(RegisterKeyArgs),
    /// Show every place where a key, or something that gives it back, is or was
    ///
    /// Exit code 1: of a place nobody knows whether it is there still.
    #[command(after_help = "Example:\n  keyrite register locations register payments")]
    Locations(RegisterKeyArgs),
    /// Show which backup every key has, and when it was last tested
    ///
    /// Exit code 1: one is missing, was never tested, or not for too long.
    #[command(after_help = "Example:\n  keyrite register backups register --untested-since 365d")]
    Backups(RegisterBackupsArgs),
    /// Show why each key is managed as it is, who decided that, and whether it still holds
    ///
    /// Exit code 1: nobody decided, or the choice is past its review. Exit code 5: records contradict
    /// the decision, as where two tenants have the same material.
    #[command(after_help = "Example:\n  keyrite register decision register payments")]
    Decision(RegisterKeyArgs),
    /// List what went otherwise than rules and scripts say
    ///
    /// Waivers, exceptions, looks at the machine that did not hold, interruptions, lost keys and
    /// disagreements.
    #[command(after_help = "Example:\n  keyrite register deviations register --since 2026-01-01")]
    Deviations(RegisterDeviationsArgs),
    /// List HSMs with their certificates, where each was seen last, and tokens that people keep
    ///
    /// Exit code 1: a certificate is historical, or not known.
    #[command(after_help = "Example:\n  keyrite register inventory register")]
    Inventory(RegisterInventoryArgs),
    /// Show whether a claim follows from records, point by point
    ///
    /// Exit code 0: it does. Exit code 1: of something no record tells. Exit code 5: records show the
    /// opposite, or that something is open.
    #[command(
        after_help = "Examples:\n  keyrite register prove import register payments\n  keyrite register prove departed register ben"
    )]
    Prove(RegisterProveArgs),
    /// Write a folder that leads from each requirement of a standard to the lines that speak to it
    ///
    /// Copies of the records lie beside the index, which says what is not evidenced.
    #[command(
        after_help = "Example:\n  keyrite register evidence register --framework pci-dss-4.0.1 --out evidence"
    )]
    Evidence(RegisterEvidenceArgs),
    /// Show who can use, manage and rebuild a key, and what of that is not known
    #[command(after_help = "Example:\n  keyrite register who register payments --as-of 2027-03-31")]
    Who(WhoArgs),
    /// Show or prepare reviews of who can get at keys at their providers
    Access(AccessArgs),
    /// List people, and what somebody who leaves can get at
    Person(PersonArgs),
    /// Show whose acknowledgement holds, runs out or is missing
    ///
    /// Of everybody who holds a share or was a custodian. Exit code 1: one is missing or ran out.
    #[command(after_help = "Example:\n  keyrite register acknowledgements register --within 60d")]
    Acknowledgements(AcknowledgementsArgs),
    /// Show who held which role in which kind of ceremony, and what policies ask for
    #[command(after_help = "Example:\n  keyrite register matrix register")]
    Matrix(OnADay),
    /// Anything else
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

// Arguments of `register prove`.
#[derive(Args, Debug)]
pub(super) struct RegisterProveArgs {
    /// What to prove
    #[command(subcommand)]
    pub(super) what: ProveCommand,
}

// What `register prove` proves.
#[derive(Debug, Subcommand)]
pub(super) enum ProveCommand {
    /// That what a provider holds is the key that was made
    #[command(after_help = "Example:\n  keyrite register prove import register payments")]
    Import(RegisterKeyArgs),
    /// That a key is gone from every place where it was
    #[command(after_help = "Example:\n  keyrite register prove destroyed register payments")]
    Destroyed(RegisterKeyArgs),
    /// That somebody who left can get at nothing any more; exit code 5: something is open
    #[command(after_help = "Example:\n  keyrite register prove departed register ben")]
    Departed(DepartedArgs),
    /// That two people or more were there whenever a key could be got at; exit code 5: not always
    #[command(
        after_help = "Example:\n  keyrite register prove dual-control register 000001-payments"
    )]
    DualControl(DualControlArgs),
}

// Arguments of `register verify`.
#[derive(Args, Debug)]
pub(super) struct RegisterVerifyArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// What was written down before, with the signatures beside it
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub(super) checkpoint: Vec<PathBuf>,
}

// Arguments of `register checkpoint`.
#[derive(Args, Debug)]
pub(super) struct RegisterCheckpointArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// New file of the checkpoint
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: PathBuf,
}

// How a register is read.
#[derive(Args, Debug)]
pub(super) struct ReadRegisterArgs {
    /// Folder of the register
    #[arg(value_hint = ValueHint::DirPath)]
    pub(super) register: PathBuf,
    /// The auditor's own list of keys, in OpenSSH's format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) allowed_signers: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `register add`.
#[derive(Args, Debug)]
pub(super) struct RegisterAddArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// Folders of ceremonies, in the order in which they were held
    #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
    pub(super) dirs: Vec<PathBuf>,
}

// Arguments of `register list`.
#[derive(Args, Debug)]
pub(super) struct RegisterListArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
}

// Arguments of `register show` and `register custody`.
#[derive(Args, Debug)]
pub(super) struct RegisterKeyArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// Label of the key; every key if absent
    pub(super) key: Option<String>,
    /// Day for which is answered; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
}

// Arguments of `register backups`.
#[derive(Args, Debug)]
pub(super) struct RegisterBackupsArgs {
    /// Which register, which key and which day
    #[command(flatten)]
    pub(super) of: RegisterKeyArgs,
    /// Only those without a test so long, as `365d`; what policies say does not count then
    #[arg(long, value_name = "SPAN")]
    pub(super) untested_since: Option<Span>,
}

// Arguments of `register deviations`.
#[derive(Args, Debug)]
pub(super) struct RegisterDeviationsArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// Only from this day on
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) since: Option<jiff::civil::Date>,
    /// Day for which is answered; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
}

// Arguments of `register inventory`.
#[derive(Args, Debug)]
pub(super) struct RegisterInventoryArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// Day for which is answered; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
}

// Arguments of `register evidence`.
#[derive(Args, Debug)]
pub(super) struct RegisterEvidenceArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// The standard
    #[arg(long, value_enum)]
    pub(super) framework: Framework,
    /// Folder that is made; must not exist yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
    /// Day for which is answered; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
}

/// Standards by which evidence is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Framework {
    /// Payment cards: PCI DSS 4.0.1, requirements 3.6 and 3.7
    #[value(name = "pci-dss-4.0.1")]
    Pci,
    /// NIST SP 800-57 part 1
    #[value(name = "nist-800-57")]
    Nist,
    /// CA/Browser Forum Baseline Requirements
    #[value(name = "cabf-br")]
    Cabf,
}

// Arguments of `register due`.
#[derive(Args, Debug)]
pub(super) struct RegisterDueArgs {
    /// Which register
    #[command(flatten)]
    pub(super) of: ReadRegisterArgs,
    /// How far ahead, as `30d`; what is overdue is listed anyway
    #[arg(long, value_name = "SPAN", default_value = "30d")]
    pub(super) within: Span,
    /// Day for which is answered; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) as_of: Option<jiff::civil::Date>,
}

// Arguments of `split`.
#[derive(Args, Debug)]
pub(super) struct SplitArgs {
    /// The secret, as bytes; `-` reads standard input
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(super) key_file: PathBuf,
    /// How many shares rebuild the secret
    #[arg(long, value_name = "K")]
    pub(super) threshold: u8,
    /// age recipient of one share; repeat it for every share
    #[arg(long = "recipient", value_name = "AGE", required = true)]
    pub(super) recipients: Vec<String>,
    /// Folder that is made for the shares; must not exist yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
    /// Type of the key, as `aes-256`: the shares then carry its own check values
    #[arg(long, value_name = "TYPE")]
    pub(super) key_type: Option<KeyType>,
    /// What the shares call the secret
    #[arg(long, value_name = "LABEL", default_value = "secret")]
    pub(super) label: String,
    /// Let all shares be needed: one that is lost loses the secret
    #[arg(long)]
    pub(super) all_needed: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `combine`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("wish").required(true).multiple(true))]
pub(super) struct CombineArgs {
    /// Shares: age files, opened shares, text of cards; `-` types a card in, or reads standard input
    #[arg(required = true, value_name = "SHARE", value_hint = ValueHint::FilePath)]
    pub(super) shares: Vec<PathBuf>,
    /// age identity file; may be repeated, and those that open nothing do not matter
    #[arg(long = "identity", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) identities: Vec<PathBuf>,
    /// Tell the check value of the secret, and nothing else
    #[arg(long, group = "wish")]
    pub(super) check_value: bool,
    /// Write the plain secret to this new file
    #[arg(long, group = "wish", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// Backup file, where the shares rebuild a backup key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) backup: Option<PathBuf>,
    /// Ceremony whose record the shares must agree with
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) record: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `share`.
#[derive(Args, Debug)]
pub(super) struct ShareArgs {
    /// What to do with it
    #[command(subcommand)]
    pub(super) command: ShareCommand,
}

// What is done with one share.
#[derive(Debug, Subcommand)]
pub(super) enum ShareCommand {
    /// Check one share, alone: it opens, is whole, and fits its commitment
    Verify(ShareVerifyArgs),
    /// Tell what a share belongs to; never the share itself
    Show(ShareShowArgs),
    /// Put a share on paper: lines that are checked one by one, and a QR code
    Card(ShareCardArgs),
    /// Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once
    Drill(ShareDrillArgs),
}

// Which share, and who opens it.
#[derive(Args, Debug)]
pub(super) struct OneShare {
    /// The share: an age file, an opened share, the text of a card; `-` types a card in
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) share: PathBuf,
    /// age identity file of its custodian; may be repeated
    #[arg(long = "identity", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) identities: Vec<PathBuf>,
}

// Arguments of `share verify`.
#[derive(Args, Debug)]
pub(super) struct ShareVerifyArgs {
    /// Which share
    #[command(flatten)]
    pub(super) one: OneShare,
    /// Ceremony whose record the share must agree with
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) record: Option<PathBuf>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `share show`.
#[derive(Args, Debug)]
pub(super) struct ShareShowArgs {
    /// Which share
    #[command(flatten)]
    pub(super) one: OneShare,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `share card`.
#[derive(Args, Debug)]
pub(super) struct ShareCardArgs {
    /// Which share
    #[command(flatten)]
    pub(super) one: OneShare,
    /// New file for the card: a page to print
    #[arg(long, value_name = "FILE", required_unless_present = "screen", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// Write text in place of a page
    #[arg(long, requires = "out")]
    pub(super) text: bool,
    /// Show the card on the screen, for one person, and clear it
    #[arg(long)]
    pub(super) screen: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

// Arguments of `man`.
#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// Command whose page is printed
    pub(super) command: Option<String>,
    /// Folder that is made for all pages; must not exist yet
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
}

// Arguments of `completions`.
#[derive(Args, Debug)]
pub(super) struct CompletionArgs {
    /// Shell
    pub(super) shell: clap_complete::Shell,
}

fn seed(text: &str) -> Result<[u8; 32], String> {
    let wanted = "expected up to 64 lower-case hexadecimal digits";
    if text.is_empty() || text.len() > 64 {
        return Err(wanted.to_owned());
    }
    let padded = format!("{text:0<64}");
    let bytes = crate::domain::record::unhex(&padded).ok_or(wanted)?;
    bytes.try_into().map_err(|_| wanted.to_owned())
}
