//! `keyrite rehearse`

mod faults;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::RehearseArgs;
use crate::cli::check::profile;
use crate::cli::check::today;
use crate::cli::fail;
use crate::cli::machine::tool;
use crate::cli::verify::verdict_of;
use crate::domain::script::Script;
use crate::engine::artifacts::made;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::lint;
use crate::engine::organisation;
use crate::engine::rehearsal::Rehearsal;
use crate::engine::rehearsal::Seed;
use crate::engine::token::error::TokenError;
use crate::engine::token::stand_in::StandIn;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::stage::Transcript;
use crate::ui::text::Tone;

pub(super) fn rehearse(arguments: &RehearseArgs, style: Style) -> Exit {
    let (bytes, script, hsm) = match read(arguments) {
        Ok(read) => read,
        Err(error) => {
            if let EngineError::Script(findings) = &error {
                let path = arguments.script.to_string_lossy();
                for finding in findings {
                    report::finding(Printer::talk(style), &path, finding);
                }
            }
            return fail(&error, style);
        }
    };
    let scratch = match Scratch::new() {
        Ok(scratch) => scratch,
        Err(error) => return fail(&error, style),
    };
    let dir = arguments
        .out
        .clone()
        .unwrap_or_else(|| scratch.0.join("rehearsal"));
    let rehearsal = Rehearsal {
        script: &script,
        bytes: &bytes,
        seed: Seed(arguments.seed.unwrap_or_default()),
        tool: tool(),
        dir: &dir,
        hsm,
    };
    if arguments.faults {
        let whole = scratch.0.join("whole");
        let list = arguments.list;
        return faults::strike_all(&rehearsal, &whole, list, arguments.format, style);
    }
    let shown = (arguments.format == Format::Text && arguments.expect.is_none())
        .then(|| Printer::results(style));
    let mut transcript = Transcript::new(shown);
    let played = rehearsal.play(&mut transcript, Faults::none(), None);
    if let Err(stopped) = &played.ended {
        report::stopped(Printer::talk(style), stopped);
        return stopped.exit();
    }
    let verdict = match verdict_of(&dir, None) {
        Ok(verdict) => verdict,
        Err(error) => return fail(&error, style),
    };
    let exit = verdict.exit();
    if let Some(expected) = &arguments.expect {
        return compare(&transcript.text(), expected, style);
    }
    match arguments.format {
        Format::Text => finish(&dir, arguments.out.is_some(), exit, style),
        Format::Json => {
            let object = json!({
                "outcome": if exit == Exit::Done { "complete" } else { "broken" },
                "out": arguments.out,
                "verified": exit == Exit::Done,
                "problems": verdict.problems.iter().map(|problem| problem.what.clone()).collect::<Vec<_>>(),
                "artifacts": made(&dir).unwrap_or_default(),
                "transcript": transcript.text(),
            });
            Printer::results(style).raw(&format!("{object:#}\n"));
        }
    }
    exit
}

/// The script, if it can be rehearsed, and what stands for its HSM.
fn read(arguments: &RehearseArgs) -> Result<(Vec<u8>, Script, Option<StandIn>), EngineError> {
    let bytes = files::read_script(&arguments.script)?;
    let token = arguments
        .token_profile
        .as_deref()
        .map(profile)
        .transpose()?;
    let named = arguments.organisation.as_deref();
    let within = organisation::beside(&bytes, &arguments.script, named)?;
    let script = lint::accept_within(&bytes, today(), token.as_ref(), within)?;
    let hsm = StandIn::of(&script, token.as_ref());
    if hsm.is_none() && token.is_some() {
        return Err(TokenError::NotInHsm("--token-profile").into());
    }
    Ok((bytes, script, hsm))
}

fn finish(dir: &Path, kept: bool, exit: Exit, style: Style) {
    let out = Printer::results(style);
    out.raw("\n");
    if exit != Exit::Done {
        out.line(
            Tone::Trouble,
            "The record of this rehearsal does not verify: that is a bug in keyrite.",
        );
        return;
    }
    out.line(
        Tone::Good,
        "The rehearsal went through; its record is sealed, signed by everybody and verified.",
    );
    if kept {
        let dir = dir.display();
        out.line(Tone::Plain, &format!("  look at it:       ls -R {dir}"));
        out.line(
            Tone::Plain,
            &format!("  verify it again:  keyrite verify {dir}"),
        );
        out.line(
            Tone::Plain,
            &format!("  without keyrite:  less {dir}/VERIFY.txt"),
        );
    } else {
        out.line(
            Tone::Plain,
            "  Nothing was kept; `--out DIR` keeps the record and what was made.",
        );
    }
}

fn compare(text: &str, expected: &Path, style: Style) -> Exit {
    let wanted = match files::read(expected) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => return fail(&error, style),
    };
    if text == wanted {
        Printer::results(style).line(
            Tone::Good,
            &format!("the transcript is that of {}", expected.display()),
        );
        return Exit::Done;
    }
    let row = text
        .lines()
        .zip(wanted.lines())
        .take_while(|(one, other)| one == other)
        .count();
    let out = Printer::talk(style);
    out.line(
        Tone::Trouble,
        &format!(
            "error: the transcript differs from {} at line {}",
            expected.display(),
            row + 1
        ),
    );
    out.line(
        Tone::Plain,
        &format!(
            "  expected: {}",
            wanted.lines().nth(row).unwrap_or("(the end)")
        ),
    );
    out.line(
        Tone::Plain,
        &format!(
            "  found:    {}",
            text.lines().nth(row).unwrap_or("(the end)")
        ),
    );
    Exit::Operator
}

/// A private folder that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, EngineError> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut chance = [0; 8];
        aws_lc_rs::rand::fill(&mut chance).map_err(|_| crate::crypto::random::RandomFailed)?;
        // In memory where there is such a place: a rehearsal of faults writes thousands of files.
        let memory = Path::new("/dev/shm");
        let parent = if rustix::fs::access(memory, rustix::fs::Access::WRITE_OK).is_ok() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let path = parent.join(format!("keyrite-{}", crate::domain::record::hex(&chance)));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|source| EngineError::Io {
                doing: "make",
                path: path.clone(),
                source,
            })?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A rehearsal's leftovers hold nothing of value.
        drop(fs::remove_dir_all(&self.0));
    }
}
