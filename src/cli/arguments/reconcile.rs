//! Arguments of `reconcile`.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use clap::ValueHint;

use crate::cli::arguments::ReadRegisterArgs;
use crate::domain::script::Span;

// Arguments of `reconcile`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ReconcileArgs {
    /// Which register
    #[command(flatten)]
    pub(in crate::cli) of: ReadRegisterArgs,
    /// Whose log it is
    #[arg(long, value_enum, value_name = "PROVIDER")]
    pub(in crate::cli) provider: LogProvider,
    /// Files of the log, or folders with them, packed or not
    #[arg(value_name = "LOG", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// By how much the clocks may differ
    #[arg(long, value_name = "SPAN", default_value = "15m")]
    pub(in crate::cli) skew: Span,
    /// First day that counts; the first of the log if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) from: Option<jiff::civil::Date>,
    /// Last day that counts; the last of the log if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) to: Option<jiff::civil::Date>,
    /// Show who used this key, from where, how often, and when last
    #[arg(long, value_name = "LABEL")]
    pub(in crate::cli) used: Option<String>,
    /// The provider's own list of keys: those that no record knows are findings
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) inventory: Option<PathBuf>,
    /// Two snapshots of who can get at a key, each a file or a folder: shows who came and who went
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) access: Vec<PathBuf>,
    /// The key of the two snapshots, by its name at the provider
    #[arg(long, value_name = "ID", requires = "access")]
    pub(in crate::cli) key_id: Option<String>,
    /// Folder that is made for the findings and the script; must not exist yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: Option<PathBuf>,
}

/// Whose log it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum LogProvider {
    /// AWS CloudTrail
    #[value(alias = "aws-kms")]
    Aws,
    /// Google Cloud audit logs
    #[value(alias = "google-kms")]
    Google,
    /// Azure Key Vault and Managed HSM: `AuditEvent` and the Activity Log
    #[value(alias = "azure-key-vault", alias = "azure-managed-hsm")]
    Azure,
    /// Audit files of Vault and OpenBao
    #[value(alias = "openbao")]
    Vault,
}

impl LogProvider {
    /// Ids in records whose keys such a log tells of; the first names the log.
    pub(in crate::cli) const fn ids(self) -> &'static [&'static str] {
        match self {
            Self::Aws => &["aws-kms"],
            Self::Google => &["google-kms"],
            Self::Azure => &["azure-key-vault", "azure-managed-hsm"],
            Self::Vault => &["vault"],
        }
    }

    pub(in crate::cli) const fn id(self) -> &'static str {
        match self.ids() {
            [first, ..] => first,
            [] => "",
        }
    }
}
