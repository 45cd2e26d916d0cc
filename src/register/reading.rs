//! How a register is read: verified once, folded, and kept in an index for the next question.

use std::io;
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
use crate::record::verify::Auditor;
use crate::record::verify::Looked;
use crate::record::verify::Verdict;
use crate::record::verify::look;
use crate::record::verify::script_of;
use crate::record::verify::script_within;
use crate::register::Register;
use crate::register::due;
use crate::register::error::RegisterError;
use crate::register::fold::Fold;
use crate::register::fold::Known;
use crate::register::index::Index;
use crate::register::index::Kept;
use crate::register::index::Place;
use crate::register::links;
use crate::register::links::Links;
use crate::register::pile::Pile;
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
    /// No material: only which ceremonies there are, and what went otherwise in them.
    Ceremonies,
    /// Materials with this label, and no ceremonies. Where there is none, everything is there.
    Key(&'a str),
    /// No materials, but what is due of them by that day; and no ceremonies.
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
enum Current {
    /// With the answer, where it was looked up already.
    Kept(Box<Index>, Option<Box<Answer>>),
    Folded(Box<Folded>),
}

/// What a question is about, and how the records follow each other.
type Answer = (Register, Links);

/// What came of folding every record.
struct Folded {
    kept: Vec<Kept>,
    register: Register,
    materials: Pile,
    /// Why the index could not be written.
    unwritten: Option<EngineError>,
}

impl Folded {
    fn ends_after(&self, day: Date) -> bool {
        let verified = self.kept.iter().filter_map(|one| one.verified.as_ref());
        verified.filter_map(Verified::day).any(|ended| ended > day)
    }

    /// The register on a day.
    fn on(
        self,
        shelf: &Shelf,
        trusted: Option<&AllowedSigners>,
        as_of: Option<Date>,
        scope: Scope<'_>,
    ) -> Result<(Register, Links), RegisterError> {
        let mut register = if as_of.is_some_and(|day| self.ends_after(day)) {
            fold_again(shelf, trusted, &self.kept, as_of, scope)?
        } else {
            with_materials(self.register, &self.materials, scope, shelf)?
        };
        if let Some(error) = self.unwritten {
            register.notes.push(format!(
                "what was verified could not be kept for the next question: {error}"
            ));
        }
        let links = links::between(&register.ceremonies);
        Ok((register, links))
    }
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
        let now = Timestamp::now();
        let mut faults = Faults::none();
        let goes_back = |index: &Index| as_of.filter(|day| index.ends_after(*day));
        let little = match scope {
            Scope::Key(_) | Scope::Due(_) => true,
            Scope::All | Scope::Ceremonies => false,
        };
        // What is told only once it is known that nothing changed, and is soon looked up.
        let ahead = |index: &Index| {
            let is_soon = little && goes_back(index).is_none();
            is_soon.then(|| index.load(scope)).flatten()
        };
        let answer = match refresh(&shelf, trusted, trust, now, &ahead, &mut faults)? {
            Current::Kept(index, ready) => match goes_back(&index) {
                None => ready.map(|ready| *ready).or_else(|| index.load(scope)),
                Some(day) => match index.kept() {
                    None => None,
                    Some(kept) => {
                        let register = fold_again(&shelf, trusted, &kept, Some(day), scope)?;
                        let links = links::between(&register.ceremonies);
                        Some((register, links))
                    }
                },
            },
            Current::Folded(folded) => Some(folded.on(&shelf, trusted, as_of, scope)?),
        };
        let (mut register, links) = match answer {
            Some(answer) => answer,
            // An index of which a part cannot be read is none.
            None => {
                let folded = fold_all(&shelf, trusted, now, &mut faults)?;
                folded.on(&shelf, trusted, as_of, scope)?
            }
        };
        links::on_the_shelf(&shelf, &mut register.wrong);
        register.wrong.extend(links.wrong);
        register.notes.extend(links.notes);
        Ok(register)
    }
}

/// What holds now: from the index where it can be relied on, else from the records.
fn refresh(
    shelf: &Shelf,
    trusted: Option<&AllowedSigners>,
    trust: Trust,
    now: Timestamp,
    ahead: &(dyn Fn(&Index) -> Option<Answer> + Sync),
    faults: &mut Faults,
) -> Result<Current, RegisterError> {
    let place = Place::of(shelf.dir(), trusted);
    let index = match trust {
        Trust::Index => place.open(),
        Trust::Nothing => None,
    };
    let Some(index) = index else {
        let folded = fold_all(shelf, trusted, now, faults)?;
        return Ok(Current::Folded(Box::new(folded)));
    };
    if let (true, answer) = index.is_of(shelf, ahead) {
        return Ok(Current::Kept(Box::new(index), answer.map(Box::new)));
    }
    let stamps = stamps(shelf, now)?;
    let Some(mut kept) = index.kept() else {
        // Of an index that cannot be read nothing is known.
        let folded = go_on(shelf, trusted, &place, Begin::default(), stamps, faults)?;
        return Ok(Current::Folded(Box::new(folded)));
    };
    let same = stamps
        .iter()
        .zip(&kept)
        .take_while(|(seen, kept)| seen.is_same(shelf, kept))
        .count();
    // From now on their stamps can be relied on, and their bytes need not be compared again.
    let mut settled = false;
    for (kept, seen) in kept.iter_mut().zip(&stamps).take(same) {
        settled |= kept.content.is_some() && seen.content.is_none();
        kept.content = seen.content;
    }
    // A ceremony that changed, or is gone, was folded into everything behind it.
    let begin = if same < kept.len() {
        Begin::default()
    } else if same == stamps.len() && !settled {
        return Ok(Current::Kept(Box::new(index), None));
    } else {
        let known = || {
            let (register, _) = index.load(Scope::Ceremonies)?;
            Some((register, index.known()?, index.pile()?))
        };
        known().map_or_else(Begin::default, |(register, known, materials)| Begin {
            kept,
            register,
            known,
            materials,
        })
    };
    let new = stamps.into_iter().skip(begin.kept.len()).collect();
    let folded = go_on(shelf, trusted, &place, begin, new, faults)?;
    Ok(Current::Folded(Box::new(folded)))
}

/// Believes nothing, and verifies and folds every record.
fn fold_all(
    shelf: &Shelf,
    trusted: Option<&AllowedSigners>,
    now: Timestamp,
    faults: &mut Faults,
) -> Result<Folded, RegisterError> {
    let place = Place::of(shelf.dir(), trusted);
    let all = stamps(shelf, now)?;
    go_on(shelf, trusted, &place, Begin::default(), all, faults)
}

/// What is known before more is folded.
#[derive(Default)]
struct Begin {
    kept: Vec<Kept>,
    register: Register,
    known: Known,
    materials: Pile,
}

/// Verifies what is new, folds it, and keeps what came of it.
fn go_on(
    shelf: &Shelf,
    trusted: Option<&AllowedSigners>,
    place: &Place,
    begin: Begin,
    new: Vec<Seen>,
    faults: &mut Faults,
) -> Result<Folded, RegisterError> {
    let Begin {
        mut kept,
        mut register,
        known,
        materials,
    } = begin;
    let mut fold = Fold::new(&mut register, (known, materials), None);
    let mut jobs = new.into_iter().map(Ok);
    in_order(
        &mut jobs,
        WINDOW,
        |seen| {
            let found = hold(&shelf.path(&seen.folder), trusted);
            let kept = Kept {
                number: seen.number,
                folder: seen.folder.clone(),
                stamp: seen.stamp.seen,
                content: seen.content,
                verified: found.as_ref().ok().map(|found| found.verdict.clone()),
            };
            let (number, folder) = (seen.number, seen.folder);
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
                fold.take(read).map_err(|source| unpacked(shelf, source))?;
            }
            Ok(())
        },
    )?;
    let (known, materials) = fold.end();
    let found = (&known, &materials);
    let unwritten = place.write(&kept, &register, found, faults).err();
    Ok(Folded {
        kept,
        register,
        materials,
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
    scope: Scope<'_>,
) -> Result<Register, RegisterError> {
    let mut register = Register::default();
    let nothing = (Known::default(), Pile::default());
    let mut fold = Fold::new(&mut register, nothing, as_of);
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
                fold.take(read).map_err(|source| unpacked(shelf, source))?;
            }
            Ok(())
        },
    )?;
    let (_, materials) = fold.end();
    with_materials(register, &materials, scope, shelf)
}

/// A register with what a question is about.
fn with_materials(
    mut register: Register,
    materials: &Pile,
    scope: Scope<'_>,
    shelf: &Shelf,
) -> Result<Register, RegisterError> {
    let found = match scope {
        Scope::Due(until) => materials.due(&register, until).map(|due| {
            register.due = due;
        }),
        Scope::All | Scope::Ceremonies | Scope::Key(_) => materials.about(scope).map(|materials| {
            register.materials = materials;
        }),
    };
    found.map_err(|source| unpacked(shelf, source))?;
    Ok(register)
}

fn unpacked(shelf: &Shelf, source: io::Error) -> EngineError {
    EngineError::Io {
        doing: "keep what is known of",
        path: shelf.dir().to_owned(),
        source,
    }
}

/// Reads a ceremony and holds it against everything that can be checked.
fn hold(dir: &Path, trusted: Option<&AllowedSigners>) -> Result<Found, EngineError> {
    let dossier = dossier::read(dir)?;
    let auditor = Auditor {
        signers: trusted,
        ..Auditor::default()
    };
    let Looked {
        verdict,
        script,
        entries,
    } = look(&dossier, &auditor);
    if let Some(problem) = verdict.problems.first() {
        return Err(problem.clone().into());
    }
    let script = match script {
        Some(script) => script,
        // A script that cannot be read is a problem: this tells which.
        None => script_of(&dossier).map_err(|finding| EngineError::Script(vec![*finding]))?,
    };
    Ok(Found {
        verdict: verdict.into(),
        script,
        entries,
    })
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
    let entries = same.then(|| chain::parse(&record, &script).ok())??;
    let script = script_within(&script, organisation.as_deref(), &record).ok()?;
    Some(Found {
        verdict: verified.clone(),
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
            && self.stamp.seen == kept.stamp;
        same && kept.content.is_none_or(|content| {
            let now = || stamp::content(&shelf.path(&self.folder)).ok();
            self.content.or_else(now) == Some(content)
        })
    }
}

/// Of a folder of which the file system says nothing.
const UNREADABLE: Stamp = Stamp {
    seen: Vec::new(),
    settled: true,
};

/// What the file system says of every ceremony.
fn stamps(shelf: &Shelf, now: Timestamp) -> Result<Vec<Seen>, RegisterError> {
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

    /// A register with ceremonies that do not verify: what is kept of them is that.
    fn register_of(count: usize) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            files::write_file(&home.path().join(name), bytes).unwrap();
        };
        put(
            "keyrite-register.json",
            b"{\"format\":\"keyrite-register/v1\"}",
        );
        for number in 1..=count {
            put(
                &format!("{number:06}-a/script.yaml"),
                b"schema: keyrite/v1\n",
            );
            put(&format!("{number:06}-a/record.jsonl"), b"{}\n");
        }
        home
    }

    fn register() -> tempfile::TempDir {
        register_of(1)
    }

    fn names(home: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(home.path()).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut hidden: Vec<String> = names.filter(|name| name.starts_with('.')).collect();
        hidden.sort();
        hidden
    }

    fn refreshed(home: &tempfile::TempDir, faults: &mut Faults) -> Current {
        // As if it were read in the moment in which it was made, however long the test takes.
        at(home, Timestamp::UNIX_EPOCH, faults)
    }

    fn at(home: &tempfile::TempDir, now: Timestamp, faults: &mut Faults) -> Current {
        let shelf = Shelf::open(home.path()).unwrap();
        refresh(&shelf, None, Trust::Index, now, &|_| None, faults).unwrap()
    }

    #[test]
    fn a_full_disk_costs_the_index_and_not_the_answer() {
        let home = register();
        let full = refreshed(&home, &mut Faults::at(0, Fault::DiskFull));
        let Current::Folded(full) = full else {
            panic!("it was never kept");
        };
        assert_eq!(full.register.wrong.len(), 1);
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
            assert!(matches!(died, Current::Folded(folded) if folded.unwritten.is_some()));
            let whole = matches!(refreshed(&home, &mut Faults::none()), Current::Kept(..));
            assert_eq!(whole, fault == Fault::KillAfter, "{fault:?}");
            let after = refreshed(&home, &mut Faults::none());
            assert!(matches!(after, Current::Kept(..)));
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

    #[test]
    fn a_change_shows_in_whichever_of_many_ceremonies_it_is() {
        // More than there are pieces, and not as many in each.
        let home = register_of(130);
        let mut faults = Faults::none();
        let later = Timestamp::now() + jiff::SignedDuration::from_hours(1);
        at(&home, later, &mut faults);
        for number in [1, 65, 130] {
            let Current::Kept(index, _) = at(&home, later, &mut faults) else {
                panic!("nothing changed before {number}");
            };
            for kept in index.kept().unwrap() {
                let seen = Stamp::of(&home.path().join(&kept.folder), later).unwrap();
                assert_eq!(kept.stamp, seen.seen, "{}", kept.folder);
            }
            let new = home.path().join(format!("{number:06}-a/VERIFY.txt"));
            files::write_file(&new, b"x").unwrap();
            let now = at(&home, later, &mut faults);
            assert!(matches!(now, Current::Folded(_)), "{number}");
        }
    }

    #[test]
    fn an_index_is_written_again_when_the_stamps_of_new_files_can_be_relied_on() {
        let home = register();
        let mut faults = Faults::none();
        refreshed(&home, &mut faults);
        let later = Timestamp::now() + jiff::SignedDuration::from_hours(1);
        assert!(matches!(at(&home, later, &mut faults), Current::Folded(_)));
        assert!(matches!(at(&home, later, &mut faults), Current::Kept(..)));
        assert_eq!(faults.places().len(), 2);
    }
}
