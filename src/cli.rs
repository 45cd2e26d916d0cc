//! The command line: arguments, dispatch, and the exit code.

mod arguments;
mod check;
mod combine;
mod confirm;
mod diff;
mod export;
mod fingerprint;
pub mod generated;
mod given;
mod hsm;
mod machine;
mod organisation;
mod print;
mod providers;
mod register;
mod rehearse;
mod report;
mod run;
mod share;
mod share_drill;
mod sign;
mod signals;
mod split;
mod token;
mod token_show;
mod verify;
mod version;
mod wrap;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::Parser as _;

use crate::cli::arguments::Cli;
use crate::cli::arguments::Command;
use crate::domain::text::nearest;
use crate::domain::text::plain;
use crate::engine::desk::Say;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::secret::wipe_stack;
use crate::ui::printer;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::private;
use crate::ui::report as shown;
use crate::ui::text::Tone;

/// A command that does not exist, or asks for what is not built.
#[derive(Debug, thiserror::Error)]
enum NoCommand {
    #[error("no command is given")]
    Missing,
    #[error("there is no command `{name}`")]
    Unknown { name: String, near: Option<String> },
    #[error("{0} is not built in this version")]
    Option(&'static str),
    #[error("`{0}` works in practice only, and this script is not known to be practice")]
    PracticeOnly(&'static str),
    #[error("the register does not know `{name}`")]
    UnknownQuestion { name: String, near: Option<String> },
}

impl Diagnose for NoCommand {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Option(_) => Some("`keyrite --help` lists what there is".to_owned()),
            Self::PracticeOnly(_) => {
                Some("leave it out, or write `mode: practice`; nothing was begun".to_owned())
            }
            Self::Unknown {
                near: Some(near), ..
            }
            | Self::UnknownQuestion {
                near: Some(near), ..
            } => Some(format!("did you mean `{near}`?")),
            Self::UnknownQuestion { near: None, .. } => {
                Some("`keyrite register --help` lists what it answers".to_owned())
            }
            Self::Missing | Self::Unknown { near: None, .. } => {
                Some("`keyrite --help` lists the commands".to_owned())
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Reads the arguments, does what they say, and ends with the right code.
pub fn main() -> ExitCode {
    machine::harden();
    let cli = match typed() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; anything else is a wrong command line.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            let printed = error.print();
            let unwritten = printed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
            if exit == Exit::Done && unwritten {
                return fail(&Unwritten, Style::default()).code().into();
            }
            return exit.code().into();
        }
    };
    let style = Style { plain: cli.plain };
    announce_bugs(style);
    let exit = guarded(|| match cli.command {
        _ if cli.version => version::version(cli.digest, style),
        Some(command) => dispatch(command, style),
        None => fail(&NoCommand::Missing, style),
    });
    written(exit, style).code().into()
}

/// The arguments; an error quotes them, and cannot change the terminal.
fn typed() -> Result<Cli, clap::Error> {
    Cli::try_parse().map_err(|error| {
        let words = std::env::args_os();
        let spelt = words.map(|word| plain(&word.to_string_lossy()).into_owned());
        Cli::try_parse_from(spelt).err().unwrap_or(error)
    })
}

/// Nothing is done whose result cannot be read; a worse end stays what it is.
fn written(exit: Exit, style: Style) -> Exit {
    if printer::all_written() {
        return exit;
    }
    let failed = fail(&Unwritten, style);
    if exit == Exit::Done { failed } else { exit }
}

/// Standard output does not take what was found.
#[derive(Debug, thiserror::Error)]
#[error("not all of the output could be written")]
struct Unwritten;

impl Diagnose for Unwritten {
    fn hint(&self) -> Option<String> {
        Some(
            "send standard output elsewhere, and look again; what was made or recorded stands"
                .to_owned(),
        )
    }

    fn exit(&self) -> Exit {
        Exit::Operator
    }
}

/// Lets a bug say where it is, but nothing of what was in memory.
fn announce_bugs(style: Style) {
    std::panic::set_hook(Box::new(move |panic| {
        private::restore();
        let place = panic.location().map_or(String::new(), |at| {
            format!(" at {}:{}", at.file(), at.line())
        });
        let printer = Printer::talk(style);
        printer.line(
            Tone::Trouble,
            &format!("error: this is a bug in keyrite{place}"),
        );
        printer.line(
            Tone::Plain,
            "  hint: what is recorded stays; report this line, then `keyrite run … --resume` goes on",
        );
    }));
}

/// Does `work`; a bug in it ends with its own exit code.
fn guarded(work: impl FnOnce() -> Exit) -> Exit {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Exit::Internal)
}

fn dispatch(command: Command, style: Style) -> Exit {
    // A rehearsal has nothing to protect, and locked pages are slow to come by.
    let holds_secrets = matches!(
        command,
        Command::Run(_)
            | Command::Sign(_)
            | Command::Wrap(_)
            | Command::Token(_)
            | Command::Split(_)
            | Command::Combine(_)
            | Command::Share(_)
    );
    if holds_secrets {
        machine::lock_memory();
        // A ceremony looks at it in a step of its own, and records what it found.
        let looks_itself = matches!(command, Command::Run(_));
        if let Some(told) = machine::exposure().filter(|_| !looks_itself) {
            Printer::talk(style).say(&Say::Trouble {
                message: &told,
                hint: Some("turn swap off (swapoff -a), or raise the limit (ulimit -l unlimited)"),
            });
        }
    }
    let exit = done(command, style);
    if holds_secrets {
        wipe_stack();
    }
    exit
}

fn done(command: Command, style: Style) -> Exit {
    match command {
        Command::Check(arguments) => check::check(&arguments, style),
        Command::Diff(arguments) => diff::diff(&arguments, style),
        Command::Rehearse(arguments) => rehearse::rehearse(&arguments, style),
        Command::Run(arguments) => run::run(&arguments, style),
        Command::Sign(arguments) => sign::sign(&arguments, style),
        Command::Verify(arguments) => verify::verify(&arguments, style),
        Command::Export(arguments) => export::export(&arguments, style),
        Command::Print(arguments) => print::print(&arguments, style),
        Command::Report(arguments) => report::report(&arguments, style),
        Command::Wrap(arguments) => wrap::wrap(&arguments, style),
        Command::Providers(arguments) => providers::providers(&arguments, style),
        Command::Fingerprint(arguments) => fingerprint::fingerprint(&arguments, style),
        Command::Given(arguments) => given::print(&arguments, style),
        Command::Reconcile(arguments) => register::reconcile(&arguments, style),
        Command::Confirm(arguments) => confirm::confirm(&arguments, style),
        Command::Register(arguments) => register::register(&arguments, style),
        Command::Token(arguments) => token::token(&arguments, style),
        Command::Split(arguments) => split::split(&arguments, style),
        Command::Combine(arguments) => combine::combine(&arguments, style),
        Command::Share(arguments) => share::share(&arguments.command, style),
        Command::Schema(arguments) => {
            Printer::results(style).raw(&generated::schema(arguments.of));
            Exit::Done
        }
        Command::Man(arguments) => generated::man(&arguments, style),
        Command::Completions(arguments) => {
            Printer::results(style).raw(&generated::completion(arguments.shell));
            Exit::Done
        }
        Command::Other(words) => no_command(&words, style),
    }
}

fn no_command(words: &[std::ffi::OsString], style: Style) -> Exit {
    let name = words
        .first()
        .map(|word| word.to_string_lossy().into_owned())
        .unwrap_or_default();
    let commands = Cli::command();
    let names: Vec<&str> = commands
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    let near = nearest(&name, names).map(str::to_owned);
    let error = NoCommand::Unknown { name, near };
    fail(&error, style)
}

/// Says what is wrong, and ends with the error's code.
fn fail(error: &dyn Diagnose, style: Style) -> Exit {
    shown::error(Printer::talk(style), error);
    error.exit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_ends_with_its_own_exit_code() {
        assert_eq!(guarded(|| panic!("a bug")), Exit::Internal);
        assert_eq!(guarded(|| Exit::Done), Exit::Done);
    }
}
