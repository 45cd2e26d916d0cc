//! `keyrite verify`

mod links;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Required;
use crate::cli::arguments::VerifyArgs;
use crate::cli::arguments::VerifyFormat;
use crate::cli::fail;
use crate::cli::verify::links::Links;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::engine::audit::Audited;
use crate::engine::audit::Ceremonies;
use crate::engine::audit::audit;
use crate::engine::clock::Clock as _;
use crate::engine::clock::SystemClock;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::verify::Auditor;
use crate::record::verify::Verdict;
use crate::record::verify::verify as hold;
use crate::ui::bar::Bar;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::report;
use crate::ui::text::Tone;
use crate::ui::verdict;
use crate::ui::verdict::Told;

pub(super) fn verify(arguments: &VerifyArgs, style: Style) -> Exit {
    let signers = arguments.allowed_signers.as_deref();
    let programs = arguments.programs.as_deref();
    let (signers, programs) = match (
        signers.map(trusted).transpose(),
        programs.map(digests).transpose(),
    ) {
        (Ok(signers), Ok(programs)) => (signers, programs),
        (Err(error), _) | (_, Err(error)) => return fail(&error, style),
    };
    let auditor = Auditor {
        signers: signers.as_ref(),
        programs: programs.as_ref(),
        now: Some(SystemClock.now()),
    };
    let mut ceremonies = Ceremonies::below(arguments.dirs.clone());
    let first: Vec<_> = ceremonies.by_ref().take(2).collect();
    let is_one = first.len() < 2;
    let mut teller = Teller {
        arguments,
        style,
        out: Printer::results(style),
        is_one,
        bar: Bar::hidden(),
        told: 0,
        tally: [0; 3],
        worst: Exit::Done,
        links: Links::default(),
    };
    if !is_one && Bar::is_seen(style) {
        let total = Ceremonies::below(arguments.dirs.clone()).count();
        teller.bar = Bar::of(total);
    }
    teller.begin();
    let all = first.into_iter().chain(ceremonies);
    if let Err(error) = audit(all, &auditor, &mut |audited| teller.tell(&audited)) {
        teller.bar.end();
        return fail(&error, style);
    }
    teller.end()
}

/// Reads a ceremony's folder and holds it against everything that can be checked.
pub(super) fn verdict_of(
    dir: &Path,
    trusted: Option<&AllowedSigners>,
) -> Result<Verdict, EngineError> {
    Ok(hold(&dossier::read(dir)?, trusted))
}

/// Reads the auditor's own list of keys.
pub(super) fn trusted(path: &Path) -> Result<AllowedSigners, EngineError> {
    let bytes = files::read(path)?;
    Ok(AllowedSigners::parse(&String::from_utf8_lossy(&bytes))?)
}

/// Reads digests as sha256sum writes them.
fn digests(path: &Path) -> Result<BTreeSet<Digest>, EngineError> {
    let bytes = files::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    lines
        .map(|(line, number)| {
            let digest = line.split_whitespace().next().unwrap_or_default();
            digest.parse().map_err(|_| EngineError::NotADigest {
                path: path.to_owned(),
                line: number,
            })
        })
        .collect()
}

/// Tells of ceremonies as they come.
struct Teller<'a> {
    arguments: &'a VerifyArgs,
    style: Style,
    out: Printer,
    /// Whether there is one ceremony only, which is told in full.
    is_one: bool,
    bar: Bar,
    told: usize,
    /// How many hold, lack signatures or what was required, and do not hold.
    tally: [usize; 3],
    worst: Exit,
    links: Links,
}

impl Teller<'_> {
    fn begin(&self) {
        match self.arguments.format {
            VerifyFormat::Text => {}
            VerifyFormat::Json => self.out.raw("{\n\"ceremonies\": ["),
            VerifyFormat::Junit => self.out.raw(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"keyrite verify\">\n",
            ),
        }
    }

    fn tell(&mut self, audited: &Audited) {
        let dir = audited.dir.to_string_lossy();
        let exit = match &audited.result {
            Ok(verdict) => {
                let unmet = unmet(verdict, &self.arguments.require);
                let mut exit = verdict.exit();
                if exit == Exit::Done && !unmet.is_empty() {
                    exit = Exit::Operator;
                }
                let told = Told {
                    dir: &dir,
                    verdict,
                    unmet: &unmet,
                    exit,
                };
                match self.arguments.format {
                    VerifyFormat::Text if self.is_one => verdict::whole(self.out, &told),
                    VerifyFormat::Text => {
                        self.bar.aside(|| verdict::line(self.out, &told));
                    }
                    VerifyFormat::Json => self.json(&verdict::object(&told)),
                    VerifyFormat::Junit => self.out.raw(&verdict::suite(&told)),
                }
                self.links.add(&dir, verdict);
                exit
            }
            Err(error) => {
                let talk = Printer::talk(self.style);
                self.bar.aside(|| report::error(talk, error));
                match self.arguments.format {
                    VerifyFormat::Text => {}
                    VerifyFormat::Json => self.json(&json!({
                        "path": dir, "error": error.to_string(), "exit": error.exit().code(),
                    })),
                    VerifyFormat::Junit => self.out.raw(&verdict::error_suite(&dir, error)),
                }
                error.exit()
            }
        };
        let [hold, lack, fail] = &mut self.tally;
        *match exit {
            Exit::Done => hold,
            Exit::Operator => lack,
            Exit::Usage
            | Exit::Script
            | Exit::Halted
            | Exit::Integrity
            | Exit::Device
            | Exit::Internal => fail,
        } += 1;
        self.worsen(exit);
        self.told += 1;
        self.bar.step();
    }

    fn json(&self, object: &Value) {
        let comma = if self.told == 0 { "" } else { "," };
        self.out.raw(&format!("{comma}\n{object:#}"));
    }

    fn worsen(&mut self, exit: Exit) {
        if exit.code() > self.worst.code() {
            self.worst = exit;
        }
    }

    fn end(mut self) -> Exit {
        self.bar.end();
        let forks = self.links.forks();
        if !forks.is_empty() {
            self.worsen(Exit::Integrity);
        }
        let [hold, lack, fail] = self.tally;
        let elsewhere = self.links.elsewhere();
        match self.arguments.format {
            VerifyFormat::Text => {
                for fork in &forks {
                    self.out.line(Tone::Trouble, fork);
                }
                if !self.is_one {
                    for sentence in &elsewhere {
                        self.out.line(Tone::Plain, sentence);
                    }
                    let tone = if self.worst == Exit::Done {
                        Tone::Good
                    } else {
                        Tone::Trouble
                    };
                    let summary = format!(
                        "{} ceremonies: {hold} hold, {lack} {} something, {fail} {} not hold",
                        self.told,
                        if lack == 1 { "lacks" } else { "lack" },
                        if fail == 1 { "does" } else { "do" },
                    );
                    self.out.line(tone, &summary);
                }
            }
            VerifyFormat::Json => self.out.raw(&format!(
                "\n],\n\"forks\": {},\n\"earlier-records-elsewhere\": {},\n\"counts\": {},\n\"holds\": {}\n}}\n",
                json!(forks),
                json!(elsewhere),
                json!({"hold": hold, "lack-something": lack, "do-not-hold": fail}),
                self.worst == Exit::Done
            )),
            VerifyFormat::Junit => {
                for fork in &forks {
                    self.out.raw(&verdict::failure_suite("forks", fork));
                }
                self.out.raw("</testsuites>\n");
            }
        }
        self.worst
    }
}

/// What was required of a ceremony and is not so.
fn unmet(verdict: &Verdict, required: &[Required]) -> Vec<String> {
    let mut unmet = Vec::new();
    if required.contains(&Required::Production) && verdict.mode != Some(Mode::Production) {
        let found = verdict
            .mode
            .map_or_else(|| "unknown".to_owned(), |mode| mode.to_string());
        unmet.push(format!(
            "a production ceremony is required; the mode of this one is {found}"
        ));
    }
    if required.contains(&Required::Complete) && verdict.outcome != Some(Outcome::Complete) {
        let found = match verdict.outcome {
            Some(Outcome::Aborted) => "was aborted",
            Some(Outcome::Complete) | None => "is unfinished",
        };
        unmet.push(format!("a complete ceremony is required; this one {found}"));
    }
    unmet
}
