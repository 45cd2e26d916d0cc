//! How a register is read: verified once, folded, and kept in an index for the next question.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Moment;
use crate::domain::record::Outcome;
use crate::domain::script::Script;
use crate::engine::batch::in_order;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::store::ORGANISATION;
use crate::engine::store::RECORD;
use crate::engine::store::SCRIPT;
use crate::record::allowed_signers::AllowedSigners;
use crate::record::chain;
use crate::record::verify::Approval;
use crate::record::verify::Verdict;
use crate::record::verify::script_within;
use crate::record::verify::verify;
use crate::register::Register;
use crate::register::due;
use crate::register::error::RegisterError;
use crate::register::fold::Fold;
use crate::register::fold::Known;
use crate::register::index::Index;
use crate::register::index::Kept;
use crate::register::index::Place;
use crate::register::links;
use crate::register::shelf::Shelf;
use crate::register::stamp;
use crate::register::stamp::Stamp;

/// How many ceremonies are held in memory at once: verified, and not yet folded.
const WINDOW: usize = 16;

/// What a question is about: the less, the less is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope<'a> {
    /// Every material.
    All,
    /// No material: only which ceremonies there are.
    Ceremonies,
    /// Materials with this label. Where there is none, every material is there.
    Key(&'a str),
    /// Materials of which something is due by that day.
    Due(Date),
}

/// Whether what was found before counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trust {
    /// What was verified by this program on this machine, and did not change since, holds.
    Index,
    /// Every record is verified now.
    Nothing,
}

/// What verification found of a ceremony that holds, as far as the register tells of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// SHA-256 of the record.
    pub record_sha256: Digest,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When it began.
    pub began: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Who has still to sign.
    pub outstanding: Vec<String>,
    /// Who signed, and with which key.
    pub signed: Vec<(String, String)>,
    /// Who signed that he does not agree, and why.
    pub dissents: Vec<(String, String)>,
    /// Approvals that hold.
    pub approvals: Vec<Approval>,
}

impl From<Verdict> for Verified {
    fn from(verdict: Verdict) -> Self {
        Self {
            record_sha256: verdict.record_sha256,
            outcome: verdict.outcome,
            began: verdict.began,
            ended: verdict.ended,
            outstanding: verdict.outstanding,
            signed: verdict.signed,
            dissents: verdict.dissents,
            approvals: verdict.approvals,
        }
    }
}

impl Verified {
    /// The day on which it ended, in UTC.
    pub(super) fn day(&self) -> Option<Date> {
        self.ended.map(due::day)
    }
}

/// A ceremony that holds.
pub(super) struct Found {
    pub(super) verdict: Verified,
    pub(super) script: Script,
    pub(super) entries: Vec<Entry>,
}

/// One ceremony, verified.
pub(super) struct Read {
    pub(super) number: u64,
    pub(super) folder: String,
    pub(super) found: Result<Found, EngineError>,
}

/// A register as it is now, by whatever way that is known.
struct Current {
    kept: Vec<Kept>,
    state: State,
    /// Why the index could not be written.
    unwritten: Option<EngineError>,
}

impl Current {
    fn ends_after(&self, day: Date) -> bool {
        let verified = self.kept.iter().filter_map(|one| one.verified.as_ref());
        verified.filter_map(Verified::day).any(|ended| ended > day)
    }
}

enum State {
    Kept(Box<Index>),
    Folded(Box<Register>),
}

impl Register {
    /// Reads a register whole: every record is verified, on all cores, unless it was verified before
    /// and did not change; those that hold are folded. Those that ended after the day of `as_of` do
    /// not count.
    ///
    /// # Errors
    ///
    /// When the folder is no register.
    pub fn read(
        dir: &Path,
        trusted: Option<&AllowedSigners>,
        as_of: Option<Date>,
    ) -> Result<Self, RegisterError> {
        Self::ask(dir, trusted, as_of, Scope::All, Trust::Index)
    }

    /// Reads what a question needs of a register. Its `materials` may be more than the scope names,
    /// and never fewer.
    ///
    /// # Errors
    ///
    /// When the folder is no register.
    pub fn ask(
        dir: &Path,
        trusted: Option<&AllowedSigners>,
        as_of: Option<Date>,
        scope: Scope<'_>,
        trust: Trust,
    ) -> Result<Self, RegisterError> {
        let shelf = Shelf::open(dir)?;
        let mut faults = Faults::none();
        let mut current = refresh(&shelf, trusted, trust, &mut faults)?;
        let past = as_of.is_some_and(|day| current.ends_after(day));
        let known = match &current.state {
            State::Kept(index) if !past => index.load(scope),
            State::Kept(_) | State::Folded(_) => None,
        };
        if known.is_none() && !past {
            // An index of which a part cannot be read is none.
            if let State::Kept(_) = current.state {
                current = refresh(&shelf, trusted, Trust::Nothing, &mut faults)?;
            }
        }
        let mut register = match (known, current.state) {
            (Some(register), _) => register,
            (None, State::Folded(register)) if !past => *register,
            (None, State::Folded(_) | State::Kept(_)) => {
                fold_again(&shelf, trusted, &current.kept, as_of)?
            }
        };
        if let Some(error) = current.unwritten {
            register.notes.push(format!(
                "what was verified could not be kept for the next question: {error}"
            ));
        }
        links::on_the_shelf(&shelf, &mut register.wrong);
        links::between(&mut register);
        Ok(register)
    }
}

/// What holds now: from the index where it can be relied on, else from the records.
fn refresh(
    shelf: &Shelf,
    trusted: Option<&AllowedSigners>,
    trust: Trust,
    faults: &mut Faults,
) -> Result<Current, RegisterError> {
    let place = Place::of(shelf.dir(), trusted);
    let index = match trust {
        Trust::Index => place.open(),
        Trust::Nothing => None,
    };
    let stamps = stamps(shelf)?;
    let known = index.as_ref().map_or(&[][..], |index| &index.kept);
    let same = stamps
        .iter()
        .zip(known)
        .take_while(|(seen, kept)| seen.is_same(shelf, kept))
        .count();
    // A ceremony that changed, or is gone, was folded into everything behind it.
    let grown = index.filter(|index| index.kept.len() == same);
    if let Some(index) = grown {
        if same == stamps.len() {
            let kept = index.kept.clone();
            let state = State::Kept(Box::new(index));
            return Ok(Current {
                kept,
                state,
                unwritten: None,
            });
        }
        if let (Some(register), Some(known)) = (index.load(Scope::All), index.known()) {
            let new = stamps.into_iter().skip(same).collect();
            return go_on(
                shelf, trusted, &place, index.kept, new, register, known, faults,
            );
        }
    }
    go_on(
        shelf,
        trusted,
        &place,
        Vec::new(),
        stamps,
        Register::default(),
        Known::default(),
        faults,
    )
}

/// Verifies what is new, folds it, and keeps what came of it.
#[expect(clippy::too_many_arguments, reason = "what was known, and what is new")]
fn go_on(
    shelf: &Shelf,
    trusted: Option<&AllowedSigners>,
    place: &Place,
    mut kept: Vec<Kept>,
    new: Vec<Seen>,
    mut register: Register,
    known: Known,
    faults: &mut Faults,
) -> Result<Current, RegisterError> {
    let mut fold = Fold::new(&mut register, known, None);
    let mut jobs = new.into_iter().map(Ok);
    in_order(
        &mut jobs,
        WINDOW,
        |seen| {
            let found = hold(&shelf.path(&seen.folder), trusted);
            let kept = Kept {
                number: seen.number,
                folder: seen.folder.clone(),
                stamp: seen.stamp.sha256,
                content: seen.content,
                verified: found.as_ref().ok().map(|found| found.verdict.clone()),
            };
            let Seen { number, folder, .. } = seen;
            Ok((
                kept,
                Read {
                    number,
                    folder,
                    found,
                },
            ))
        },
        &mut |window| {
            for (one, read) in window {
                kept.push(one);
                fold.take(read);
            }
            Ok(())
        },
    )?;
    let known = fold.end();
    let unwritten = place.write(&kept, &register, &known, faults).err();
    let state = State::Folded(Box::new(register));
    Ok(Current {
        kept,
        state,
        unwritten,
    })
}

/// The register as it was on an earlier day: folded again, and verified only where that is not
/// known to hold.
fn fold_again(
    shelf: &Shelf,
    trusted: Option<&AllowedSigners>,
    kept: &[Kept],
    as_of: Option<Date>,
) -> Result<Register, RegisterError> {
    let mut register = Register::default();
    let mut fold = Fold::new(&mut register, Known::default(), as_of);
    let mut jobs = kept.iter().map(Ok);
    in_order(
        &mut jobs,
        WINDOW,
        |kept| {
            let dir = shelf.path(&kept.folder);
            let verified = kept.verified.as_ref();
            let found = match verified.and_then(|verified| again(&dir, verified)) {
                Some(found) => Ok(found),
                None => hold(&dir, trusted),
            };
            let (number, folder) = (kept.number, kept.folder.clone());
            Ok(Read {
                number,
                folder,
                found,
            })
        },
        &mut |window| {
            for read in window {
                fold.take(read);
            }
            Ok(())
        },
    )?;
    fold.end();
    Ok(register)
}

/// Reads a ceremony and holds it against everything that can be checked.
fn hold(dir: &Path, trusted: Option<&AllowedSigners>) -> Result<Found, EngineError> {
    let dossier = dossier::read(dir)?;
    let verdict = verify(&dossier, trusted);
    if let Some(problem) = verdict.problems.first() {
        return Err(problem.clone().into());
    }
    let organisation = dossier.organisation.as_deref();
    found(
        &dossier.script,
        organisation,
        &dossier.record,
        verdict.into(),
    )
}

/// Reads a ceremony that was verified before, if its record is still the same.
fn again(dir: &Path, verified: &Verified) -> Option<Found> {
    let record = files::read_record(&dir.join(RECORD)).ok()?;
    let script = files::read_script(&dir.join(SCRIPT)).ok()?;
    let same = Digest::of(&record) == verified.record_sha256;
    let path = dir.join(ORGANISATION);
    let organisation = match path.symlink_metadata() {
        Ok(_) => Some(files::read_script(&path).ok()?),
        Err(_) => None,
    };
    let organisation = organisation.as_deref();
    let found = found(&script, organisation, &record, verified.clone()).ok()?;
    same.then_some(found)
}

fn found(
    script: &[u8],
    organisation: Option<&[u8]>,
    record: &[u8],
    verdict: Verified,
) -> Result<Found, EngineError> {
    let entries = chain::parse(record, script)?;
    let script = script_within(script, organisation, record)
        .map_err(|finding| EngineError::Script(vec![*finding]))?;
    Ok(Found {
        verdict,
        script,
        entries,
    })
}

/// A ceremony folder, as the file system tells of it now.
struct Seen {
    number: u64,
    folder: String,
    stamp: Stamp,
    /// The digest of its bytes, where the stamp alone cannot be relied on.
    content: Option<Digest>,
}

impl Seen {
    fn is_same(&self, shelf: &Shelf, kept: &Kept) -> bool {
        let same = self.number == kept.number
            && self.folder == kept.folder
            && self.stamp.sha256 == kept.stamp;
        same && kept.content.is_none_or(|content| {
            let now = || stamp::content(&shelf.path(&self.folder)).ok();
            self.content.or_else(now) == Some(content)
        })
    }
}

/// Of a folder of which the file system says nothing.
const UNREADABLE: Stamp = Stamp {
    sha256: Digest([0; 32]),
    settled: true,
};

/// What the file system says of every ceremony.
fn stamps(shelf: &Shelf) -> Result<Vec<Seen>, RegisterError> {
    let now = Timestamp::now();
    let mut all = Vec::with_capacity(shelf.folders.len());
    let mut jobs = shelf.folders.iter().map(Ok);
    in_order(
        &mut jobs,
        WINDOW,
        |(number, folder)| {
            let dir = shelf.path(folder);
            // What cannot be read does not verify; when it can be, it is seen to have changed.
            let stamp = Stamp::of(&dir, now).unwrap_or(UNREADABLE);
            let content = if stamp.settled {
                None
            } else {
                stamp::content(&dir).ok()
            };
            let (number, folder) = (*number, folder.clone());
            Ok(Seen {
                number,
                folder,
                stamp,
                content,
            })
        },
        &mut |window| {
            all.extend(window);
            Ok(())
        },
    )?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::files::Fault;

    /// A register with a ceremony that does not verify: what is kept of it is that.
    fn register() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            files::write_file(&home.path().join(name), bytes).unwrap();
        };
        put(
            "keyrite-register.json",
            b"{\"format\":\"keyrite-register/v1\"}",
        );
        put("000001-a/script.yaml", b"schema: keyrite/v1\n");
        put("000001-a/record.jsonl", b"{}\n");
        home
    }

    fn names(home: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(home.path()).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut hidden: Vec<String> = names.filter(|name| name.starts_with('.')).collect();
        hidden.sort();
        hidden
    }

    fn refreshed(home: &tempfile::TempDir, faults: &mut Faults) -> Current {
        let shelf = Shelf::open(home.path()).unwrap();
        refresh(&shelf, None, Trust::Index, faults).unwrap()
    }

    #[test]
    fn a_full_disk_costs_the_index_and_not_the_answer() {
        let home = register();
        let full = refreshed(&home, &mut Faults::at(0, Fault::DiskFull));
        let State::Folded(register) = full.state else {
            panic!("it was never kept");
        };
        assert_eq!(register.wrong.len(), 1);
        assert!(
            full.unwritten
                .unwrap()
                .to_string()
                .contains(".keyrite-index")
        );
        assert!(names(&home).is_empty(), "half a file was left");
    }

    #[test]
    fn a_writer_that_dies_leaves_nothing_that_is_read() {
        for fault in [Fault::KillDuring, Fault::KillAfter] {
            let home = register();
            let died = refreshed(&home, &mut Faults::at(0, fault));
            assert!(died.unwritten.is_some());
            let whole = matches!(refreshed(&home, &mut Faults::none()).state, State::Kept(_));
            assert_eq!(whole, fault == Fault::KillAfter, "{fault:?}");
            let after = refreshed(&home, &mut Faults::none());
            assert!(matches!(after.state, State::Kept(_)));
            assert_eq!(names(&home), [".keyrite-index"]);
        }
    }

    #[test]
    fn an_index_is_written_once_as_long_as_nothing_changes() {
        let home = register();
        let mut faults = Faults::none();
        for _ in 0..3 {
            refreshed(&home, &mut faults);
        }
        let places: Vec<&str> = faults.places().iter().map(|it| it.name.as_str()).collect();
        assert_eq!(places, [".keyrite-index"]);
    }
}
