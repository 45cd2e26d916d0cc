//! Files that are made from the program: man pages, completions, the schema, and tables of the
//! README. A test keeps the checked-in ones current.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::arguments::Cli;
use crate::cli::arguments::ManArgs;
use crate::cli::arguments::SchemaOf;
use crate::cli::fail;
use crate::domain::organisation;
use crate::domain::script;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;

/// Shells for which there are completions.
pub const SHELLS: [(Shell, &str); 5] = [
    (Shell::Bash, "keyrite.bash"),
    (Shell::Zsh, "_keyrite"),
    (Shell::Fish, "keyrite.fish"),
    (Shell::PowerShell, "_keyrite.ps1"),
    (Shell::Elvish, "keyrite.elv"),
];

/// The JSON Schema of what people write.
pub fn schema(of: SchemaOf) -> String {
    let schema = match of {
        SchemaOf::Script => script::schema(),
        SchemaOf::Organisation => organisation::schema(),
    };
    format!("{schema:#}\n")
}

/// The completion script for a shell.
pub fn completion(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keyrite", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Every manual page: file name and text.
pub fn man_pages() -> Vec<(String, String)> {
    let mut top = Cli::command().disable_help_subcommand(true);
    top.build();
    let mut pages = vec![("keyrite.1".to_owned(), page(&top, "keyrite"))];
    for command in top.get_subcommands() {
        let name = format!("keyrite-{}", command.get_name());
        pages.push((format!("{name}.1"), page(command, &name)));
    }
    pages
}

fn page(command: &clap::Command, name: &str) -> String {
    let title: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let man = clap_mangen::Man::new(command.clone().name(title))
        .date("2026-11-22")
        .source("keyrite");
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    drop(man.render(&mut text));
    String::from_utf8_lossy(&text).into_owned()
}

/// The README's table of exit codes.
pub fn exit_codes() -> String {
    let rows: Vec<String> = Exit::ALL
        .iter()
        .map(|exit| format!("| {} | {} |\n", exit.code(), exit.meaning()))
        .collect();
    format!("| code | meaning |\n|---|---|\n{}", rows.concat())
}

pub(super) fn man(arguments: &ManArgs, style: Style) -> Exit {
    let pages = man_pages();
    if let Some(dir) = &arguments.out {
        let files: Vec<(String, Vec<u8>)> = pages
            .into_iter()
            .map(|(name, text)| (name, text.into_bytes()))
            .collect();
        return match files::write_folder(dir, &files, &mut Faults::none()) {
            Ok(()) => Exit::Done,
            Err(error) => fail(&error, style),
        };
    }
    let wanted = arguments.command.as_ref().map_or_else(
        || "keyrite.1".to_owned(),
        |name| format!("keyrite-{name}.1"),
    );
    match pages.into_iter().find(|(name, _)| *name == wanted) {
        Some((_, text)) => {
            Printer::results(style).raw(&text);
            Exit::Done
        }
        None => super::no_command(
            &[arguments.command.clone().unwrap_or_default().into()],
            style,
        ),
    }
}
