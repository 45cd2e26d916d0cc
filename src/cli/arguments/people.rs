//! What `keyrite register` is asked of people, and of who can get at a key.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueHint;

use crate::cli::arguments::ReadRegisterArgs;
use crate::domain::script::Span;

// Arguments of questions about one day.
#[derive(Args, Debug)]
pub(in crate::cli) struct OnADay {
    /// Which register
    #[command(flatten)]
    pub(in crate::cli) of: ReadRegisterArgs,
    /// Day for which is answered; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) as_of: Option<jiff::civil::Date>,
}

// Arguments of `register acknowledgements`.
#[derive(Args, Debug)]
pub(in crate::cli) struct AcknowledgementsArgs {
    /// Which register, on which day
    #[command(flatten)]
    pub(in crate::cli) on: OnADay,
    /// How far ahead an end is told, as `30d`
    #[arg(long, value_name = "SPAN", default_value = "30d")]
    pub(in crate::cli) within: Span,
}

// Arguments of `register person`.
#[derive(Args, Debug)]
pub(in crate::cli) struct PersonArgs {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) what: PersonCommand,
}

// What `register person` does.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PersonCommand {
    /// List everybody whom a record names
    #[command(after_help = "Example:\n  keyrite register person list register")]
    List(OnADay),
    /// List what somebody who leaves can get at, and what must happen; prepare the ceremony
    ///
    /// From the records: shares, things, halves of PINs, roles, and names at providers. Nothing is
    /// changed; with `--out` a script is written for the ceremony that records the leaving. Exit
    /// code 1: something is open.
    #[command(
        after_help = "Example:\n  keyrite register person leave register ben --on 2027-01-29 --because 'goes to another company' --out ben-leaves"
    )]
    Leave(LeaveArgs),
}

// Arguments of `register person leave`.
#[derive(Args, Debug)]
pub(in crate::cli) struct LeaveArgs {
    /// Which register
    #[command(flatten)]
    pub(in crate::cli) of: ReadRegisterArgs,
    /// Id of the person
    pub(in crate::cli) person: String,
    /// His last day; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) on: Option<jiff::civil::Date>,
    /// Why, in a few words
    #[arg(long, value_name = "TEXT", default_value = "leaves the organisation")]
    pub(in crate::cli) because: String,
    /// Folder that is made for the script; must not exist yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: Option<PathBuf>,
}

// Arguments of `register access`.
#[derive(Args, Debug)]
pub(in crate::cli) struct AccessArgs {
    /// What to do
    #[command(subcommand)]
    pub(in crate::cli) what: AccessCommand,
}

// What `register access` does.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AccessCommand {
    /// Show who can get at keys at their providers, by the last review, and what should not be
    ///
    /// Principals that are somebody's who left, that are nobody's, that manage a key and use it, or
    /// that are programs and manage it. Exit code 1: there are some.
    #[command(after_help = "Example:\n  keyrite register access show register payments")]
    Show(AccessShowArgs),
    /// Read what a provider's tool printed; prepare the review
    ///
    /// For AWS KMS: `aws kms get-key-policy`, `aws kms list-grants`, and `aws iam
    /// get-account-authorization-details`, `get-user-policy` or `get-role-policy`. For Google Cloud
    /// KMS, as JSON: `gcloud kms keys get-iam-policy`, `kms keyrings get-iam-policy`, `projects
    /// get-ancestors-iam-policy` or `get-iam-policy`, `asset get-effective-iam-policy`, `iam roles
    /// describe`. For Azure: `az keyvault show`, `az role assignment list --include-inherited`, `az
    /// keyvault role assignment list` of a Managed HSM, `az role definition list`. For Vault and
    /// OpenBao, with `-format=json`: `vault list sys/policies/acl`, and `vault read` of
    /// `sys/policies/acl/NAME`, `identity/entity/id/ID` and `identity/group/id/ID`.
    ///
    /// Whose each principal is comes from the review before. Nothing is changed: with `--out` the
    /// files and a script are written for the ceremony that records them. Exit code 1: something
    /// should not be.
    #[command(
        after_help = "Example:\n  keyrite register access import register --provider aws-kms --key payments key-policy.json iam.json grants.json --out access-2027-01"
    )]
    Import(AccessImportArgs),
}

// Arguments of `register access show`.
#[derive(Args, Debug)]
pub(in crate::cli) struct AccessShowArgs {
    /// Which register, on which day
    #[command(flatten)]
    pub(in crate::cli) on: OnADay,
    /// Label of the key; every key if absent
    pub(in crate::cli) key: Option<String>,
}

// Arguments of `register access import`.
#[derive(Args, Debug)]
pub(in crate::cli) struct AccessImportArgs {
    /// Which register
    #[command(flatten)]
    pub(in crate::cli) of: ReadRegisterArgs,
    /// The provider, as `aws-kms`
    #[arg(long, value_name = "PROVIDER")]
    pub(in crate::cli) provider: String,
    /// Label of the key
    #[arg(long, value_name = "LABEL")]
    pub(in crate::cli) key: String,
    /// The key at the provider by its whole name; where the register knows one, that one if absent
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) key_id: Option<String>,
    /// The day on which the files were fetched; today if absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(in crate::cli) taken_on: Option<jiff::civil::Date>,
    /// What the provider's tool printed
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Folder that is made for the script and the files; must not exist yet
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: Option<PathBuf>,
}

// Arguments of `register who`.
#[derive(Args, Debug)]
pub(in crate::cli) struct WhoArgs {
    /// Which register, on which day
    #[command(flatten)]
    pub(in crate::cli) on: OnADay,
    /// Label of the key
    pub(in crate::cli) key: String,
}

// Arguments of `register prove departed`.
#[derive(Args, Debug)]
pub(in crate::cli) struct DepartedArgs {
    /// Which register, on which day
    #[command(flatten)]
    pub(in crate::cli) on: OnADay,
    /// Id of the person
    pub(in crate::cli) person: String,
}

// Arguments of `register prove dual-control`.
#[derive(Args, Debug)]
pub(in crate::cli) struct DualControlArgs {
    /// Which register, on which day
    #[command(flatten)]
    pub(in crate::cli) on: OnADay,
    /// A ceremony by number, folder or id; or the label of a key
    #[arg(value_name = "CEREMONY|KEY")]
    pub(in crate::cli) what: String,
}
