//! `keyrite run`

use serde_json::json;

use crate::cli::NoCommand;
use crate::cli::arguments::Format;
use crate::cli::arguments::RunArgs;
use crate::cli::check::today;
use crate::cli::fail;
use crate::cli::hsm;
use crate::cli::machine::Machine;
use crate::cli::organisation;
use crate::cli::sign::ssh_agent;
use crate::cli::signals;
use crate::crypto::random::SystemRandom;
use crate::domain::parse::parse;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::engine::artifacts::made;
use crate::engine::bench::Room;
use crate::engine::clock::SystemClock;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::run;
use crate::engine::run::Asked;
use crate::engine::run::Begin;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::register::shelf::Shelf;
use crate::ui::answers::Answers;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::terminal::TerminalDesk;
use crate::ui::text::Tone;

pub(super) fn run(arguments: &RunArgs, style: Style) -> Exit {
    let answers = match arguments.answers.as_deref().map(files::read).transpose() {
        Ok(bytes) => Answers::read(&bytes.unwrap_or_else(|| b"{}".to_vec())),
        Err(error) => return fail(&error, style),
    };
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => return fail(&error, style),
    };
    // Until the script is known to be one of practice, the stricter rules hold.
    let mode = files::read_script(&arguments.script)
        .ok()
        .and_then(|bytes| parse(&bytes).ok())
        .map_or(Mode::Production, |script| script.mode.value.into());
    let faults = match arguments.kill_at {
        // Nobody can have a production ceremony die by a flag.
        Some((write, fault)) if mode == Mode::Practice => Faults::really_at(write, fault),
        Some(_) => return fail(&NoCommand::PracticeOnly("--kill-at"), style),
        None => Faults::none(),
    };
    signals::watch(style);
    let mut desk = TerminalDesk::new(style, answers, mode).with_agent(ssh_agent());
    let room = Room {
        desk: &mut desk,
        clock: &mut SystemClock,
        random: &mut SystemRandom,
        host: &Machine,
    };
    let access = match hsm::access(&arguments.hsm, style) {
        Ok(access) => access,
        Err(error) => return fail(&error, style),
    };
    let talk = Printer::talk(style);
    let follows = arguments
        .register
        .as_deref()
        .map(|dir| Shelf::open(dir)?.head());
    let follows = match follows.transpose() {
        Ok(follows) => follows.flatten(),
        Err(error) => return fail(&error, style),
    };
    if let Some(dir) = arguments
        .register
        .as_deref()
        .filter(|_| !(arguments.resume || arguments.abort))
    {
        let register = match organisation::register(dir) {
            Ok(register) => register,
            Err(error) => return fail(&error, style),
        };
        let named = arguments.organisation.as_deref();
        let held = organisation::held_before(&register, &arguments.script, named, today());
        if let Err(error) = held {
            if let EngineError::Script(findings) = &error {
                let path = arguments.script.to_string_lossy();
                for finding in findings {
                    report::finding(talk, &path, finding);
                }
            }
            return fail(&error, style);
        }
    }
    let how = match (arguments.resume, arguments.abort) {
        (_, true) => Begin::Abort,
        (true, false) => Begin::Resume,
        (false, false) => Begin::Anew,
    };
    match run::run(
        &arguments.script,
        &arguments.out,
        Asked {
            how,
            organisation: arguments.organisation.as_deref(),
            follows,
            faults,
        },
        &access,
        room,
    ) {
        Ok(outcome) => {
            let out = arguments.out.display();
            let word = match outcome {
                Outcome::Complete => "complete",
                Outcome::Aborted => "aborted",
            };
            match arguments.format {
                Format::Text => {
                    Printer::results(style).line(
                        Tone::Good,
                        &format!("{out}: the ceremony is {word} and sealed"),
                    );
                    talk.line(Tone::Plain, &format!("  next: keyrite verify {out}"));
                }
                Format::Json => {
                    let artifacts = made(&arguments.out).unwrap_or_default();
                    let object =
                        json!({"outcome": word, "out": arguments.out, "artifacts": artifacts});
                    Printer::results(style).raw(&format!("{object:#}\n"));
                }
            }
            Exit::Done
        }
        Err(stopped) => {
            if let EngineError::Script(findings) = &stopped.error {
                let path = arguments.script.to_string_lossy();
                for finding in findings {
                    report::finding(talk, &path, finding);
                }
            }
            report::stopped(talk, &stopped);
            stopped.exit()
        }
    }
}
