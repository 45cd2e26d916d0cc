//! What was found of a register, kept beside it: a cache that can be thrown away at any time.
//!
//! One file: lines of JSON, of keys and of what is due of them, then tables of fixed rows that say where
//! the lines are, then a head that says where the tables are. So an answer about one key, or about what
//! is due soon, reads little, however many keys there are. JSON, because what the register knows grows
//! with each version, and a format that is told by its own names carries all of it. What the file system
//! says of each ceremony folder stands in it, too: nothing has to be listed to see that nothing changed.
//!
//! It is believed only by the build that wrote it, on the machine on which it was written, for the
//! same user and the same trusted keys, and only while every ceremony folder has its stamp. Whoever
//! can fake that can as well change the program. `keyrite register verify` believes nothing of it.

use std::fs;
use std::io;
use std::io::Write;
use std::num::NonZero;
use std::os::unix::fs::FileExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::record::allowed_signers::AllowedSigners;
use crate::register::Register;
use crate::register::Scope;
use crate::register::Verified;
use crate::register::due;
use crate::register::due::Due;
use crate::register::fold::Known;
use crate::register::keys::Material;
use crate::register::links;
use crate::register::links::Links;
use crate::register::pile::Pile;
use crate::register::shelf::Shelf;
use crate::register::stamp;

/// Name of the file; one for each list of trusted keys.
const NAME: &str = ".keyrite-index";
/// Its format; each build believes only its own besides.
const FORMAT: &str = "keyrite-register-index/v2";
/// The longest that a head is.
const MAX_HEAD: u64 = 1 << 16;
/// Digits behind the head that tell its length, and a newline.
const TAIL: u64 = 11;
/// Length of a row: sort key, offset, length, number.
const ROW: usize = 24;
/// As many materials are told of before what is due of them: those of one day lie close together.
const TOGETHER: usize = 1024;
/// Stamps are read in as many pieces at most, by whichever core is free.
const PIECES: usize = 64;

/// Where it is, and for whom it holds.
pub(super) struct Place {
    path: PathBuf,
    seal: Seal,
}

/// For whom an index holds.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    format: String,
    build: String,
    machine: Option<Digest>,
    trusted: Option<Digest>,
}

/// One ceremony folder, as it was when it was read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub folder: String,
    /// The digest of its bytes, where the stamp could not yet be relied on.
    pub content: Option<Digest>,
    /// What was found, if it holds.
    pub verified: Option<Verified>,
    /// What the file system said of it, as [`Stamp`](crate::register::stamp::Stamp) has it.
    #[serde(skip)]
    pub stamp: Vec<u8>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Head {
    seal: Seal,
    /// Whether every stamp can be relied on.
    settled: bool,
    /// When the ceremony ended that ended last.
    ended: Option<Moment>,
    /// Those of some folders each.
    stamps: Vec<Span>,
    shelf: Span,
    state: Span,
    ceremonies: Span,
    deviations: Span,
    links: Span,
    known: Span,
    all: Span,
    by_key: Span,
    by_due: Span,
}

/// A piece of the file.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
struct Span {
    at: u64,
    len: u64,
}

/// Where a line is: of a material, or of something that is due of it.
#[derive(Clone, Copy)]
struct Row {
    sort: u64,
    line: Span,
    number: u32,
}

/// An index that holds for whoever asks.
pub(super) struct Index {
    file: fs::File,
    head: Head,
}

impl Place {
    /// The index of a register for these trusted keys.
    pub(super) fn of(dir: &Path, trusted: Option<&AllowedSigners>) -> Self {
        let trusted = trusted.and_then(AllowedSigners::sha256);
        let name = trusted.map_or_else(
            || NAME.to_owned(),
            |digest| format!("{NAME}-{}", digest.short()),
        );
        Self {
            path: dir.join(name),
            seal: Seal {
                format: FORMAT.to_owned(),
                build: build(),
                machine: machine(),
                trusted,
            },
        }
    }

    /// The index, if there is one that holds. Whatever is wrong with it, it is only missing.
    pub(super) fn open(&self) -> Option<Index> {
        let found = fs::symlink_metadata(&self.path).ok()?;
        let own = found.uid() == rustix::process::geteuid().as_raw();
        if !found.is_file() || !own || found.mode() & 0o077 != 0 {
            return None;
        }
        let file = fs::File::open(&self.path).ok()?;
        let end = found.len().checked_sub(TAIL)?;
        let tail = read(&file, Span { at: end, len: TAIL })?;
        let length: u64 = std::str::from_utf8(&tail).ok()?.trim().parse().ok()?;
        // A newline stands between.
        let at = end.checked_sub(length.min(MAX_HEAD) + 1)?;
        let head: Head = parse(&file, Span { at, len: length })?;
        if head.seal != self.seal {
            return None;
        }
        Some(Index { file, head })
    }

    /// Writes the index anew.
    ///
    /// # Errors
    ///
    /// When the disk does not take it.
    pub(super) fn write(
        &self,
        kept: &[Kept],
        register: &Register,
        (known, materials): (&Known, &Pile),
        faults: &mut Faults,
    ) -> Result<(), EngineError> {
        let fill = |out: &mut dyn Write| {
            let mut out = Counted { out, at: 0 };
            let (mut all, mut by_key, mut by_due) = (Vec::new(), Vec::new(), Vec::new());
            let mut waiting = Vec::new();
            materials.each(&mut |number, material, line| {
                let line = out.line(line)?;
                let row = |sort| Row { sort, line, number };
                all.push(row(u64::from(number)));
                by_key.push(row(sort_of(&material.key)));
                waiting.extend(
                    due::of(register, material)
                        .into_iter()
                        .map(|due| (number, due)),
                );
                if all.len().is_multiple_of(TOGETHER) {
                    out.due(&mut waiting, &mut by_due)?;
                }
                Ok(())
            })?;
            out.due(&mut waiting, &mut by_due)?;
            sort(&mut by_key);
            sort(&mut by_due);
            let verified = kept.iter().filter_map(|one| one.verified.as_ref());
            let head = Head {
                seal: self.seal.clone(),
                settled: kept.iter().all(|one| one.content.is_none()),
                ended: verified.filter_map(|verified| verified.ended).max(),
                stamps: out.stamps(kept)?,
                shelf: out.json(kept)?,
                state: out.json(register)?,
                ceremonies: out.json(&register.ceremonies)?,
                deviations: out.json(&register.deviations)?,
                links: out.json(&links::between(&register.ceremonies))?,
                known: out.json(known)?,
                all: out.rows(&all)?,
                by_key: out.rows(&by_key)?,
                by_due: out.rows(&by_due)?,
            };
            let head = out.json(&head)?;
            writeln!(out, "{:>10}", head.len)
        };
        files::replace(&self.path, fill, faults)
    }
}

impl Index {
    /// Whether every ceremony is as it was, as far as the file system tells without a listing, looked at
    /// by all cores; and what was done meanwhile.
    pub(super) fn is_of<T>(&self, shelf: &Shelf, meanwhile: impl FnOnce(&Self) -> T) -> (bool, T) {
        let folders: Vec<&String> = shelf.folders.values().collect();
        let pieces: Vec<_> = in_pieces(&folders).zip(&self.head.stamps).collect();
        let is_whole = pieces.len() == self.head.stamps.len()
            && pieces
                .iter()
                .map(|(folders, _)| folders.len())
                .sum::<usize>()
                == folders.len();
        if !self.head.settled || !is_whole {
            return (false, meanwhile(self));
        }
        let next = AtomicUsize::new(0);
        let look = || {
            while let Some((folders, span)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                if self.are_still(shelf, folders, **span) != Some(true) {
                    // Nobody need look at the rest.
                    next.store(pieces.len(), Ordering::Relaxed);
                    return false;
                }
            }
            true
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let looking: Vec<_> = (0..cores).map(|_| scope.spawn(look)).collect();
            let done = meanwhile(self);
            let mut looked = looking.into_iter().map(thread::ScopedJoinHandle::join);
            (looked.all(|same| same.unwrap_or(false)), done)
        })
    }

    /// Whether the folders of a piece are the same, and still as their stamps say.
    fn are_still(&self, shelf: &Shelf, folders: &[&String], span: Span) -> Option<bool> {
        let stamps = read(&self.file, span)?;
        let stamps = parse_stamps(&stamps)?;
        let names = stamps.iter().map(|(name, _)| *name);
        let same = names.eq(folders.iter().map(|folder| folder.as_bytes()));
        let mut each = folders.iter().zip(&stamps);
        Some(same && each.all(|(folder, (_, stamp))| stamp::is_still(&shelf.path(folder), stamp)))
    }

    /// Whether a ceremony ended after a day.
    pub(super) fn ends_after(&self, day: Date) -> bool {
        self.head.ended.is_some_and(|ended| due::day(ended) > day)
    }

    /// The ceremonies that it was made of.
    pub(super) fn kept(&self) -> Option<Vec<Kept>> {
        let mut kept: Vec<Kept> = parse(&self.file, self.head.shelf)?;
        let mut next = kept.iter_mut();
        for span in &self.head.stamps {
            let stamps = read(&self.file, *span)?;
            // The stamps first: where they end, no ceremony is passed over.
            for ((_, stamp), one) in parse_stamps(&stamps)?.into_iter().zip(next.by_ref()) {
                one.stamp = stamp.to_vec();
            }
        }
        Some(kept)
    }

    /// The register, with what a question is about, and how its records follow each other.
    pub(super) fn load(&self, scope: Scope<'_>) -> Option<(Register, Links)> {
        let mut register: Register = parse(&self.file, self.head.state)?;
        match scope {
            Scope::All | Scope::Ceremonies => {
                register.ceremonies = parse(&self.file, self.head.ceremonies)?;
                register.deviations = parse(&self.file, self.head.deviations)?;
            }
            Scope::Key(_) | Scope::Due(_) => {}
        }
        register.materials = match scope {
            Scope::All => self.materials(rows(&read(&self.file, self.head.all)?))?,
            Scope::Ceremonies | Scope::Due(_) => Vec::new(),
            Scope::Key(key) => {
                let mut found =
                    self.materials(self.between(self.head.by_key, sort_of(key), sort_of(key))?)?;
                found.retain(|material| material.key == key);
                if found.is_empty() {
                    // All are read, to tell what may have been meant.
                    return self.load(Scope::All);
                }
                found
            }
        };
        if let Scope::Due(until) = scope {
            let rows = self.between(self.head.by_due, 0, sort_of_day(until))?;
            self.lines(rows, &mut |lines| {
                for line in lines {
                    register.due.push(serde_json::from_slice(line).ok()?);
                }
                Some(())
            })?;
        }
        Some((register, parse(&self.file, self.head.links)?))
    }

    /// What the fold has to know to go on.
    pub(super) fn known(&self) -> Option<Known> {
        parse(&self.file, self.head.known)
    }

    /// Every material, packed.
    pub(super) fn pile(&self) -> Option<Pile> {
        let mut pile = Pile::default();
        let rows = rows(&read(&self.file, self.head.all)?);
        self.lines(rows, &mut |lines| {
            for line in lines {
                // What cannot be read later is found now, when the records can still be asked.
                serde_json::from_slice::<Material>(line).ok()?;
            }
            pile.push_lines(lines.iter().copied()).ok()
        })?;
        Some(pile)
    }

    /// Materials in the order in which they were made.
    fn materials(&self, mut rows: Vec<Row>) -> Option<Vec<Material>> {
        rows.sort_unstable_by_key(|row| row.number);
        let mut found = Vec::with_capacity(rows.len());
        self.lines(rows, &mut |lines| {
            for line in lines {
                let material: Material = serde_json::from_slice(line).ok()?;
                // What is cloned keeps no room for more.
                found.push(material.clone());
            }
            Some(())
        })?;
        Some(found)
    }

    /// The lines of these rows; those that follow each other are read, and told, at once.
    fn lines(&self, rows: Vec<Row>, tell: &mut dyn FnMut(&[&[u8]]) -> Option<()>) -> Option<()> {
        let mut rows = rows.into_iter().peekable();
        while let Some(first) = rows.next() {
            let mut piece = first.line;
            let mut lines = vec![first.line];
            while let Some(next) = rows.peek()
                && next.line.at >= piece.at
                && next.line.at - piece.at <= piece.len.saturating_add(1)
                && piece.len < 1 << 20
            {
                let until = (next.line.at - piece.at).checked_add(next.line.len)?;
                piece.len = piece.len.max(until);
                lines.push(next.line);
                rows.next();
            }
            let bytes = read(&self.file, piece)?;
            let mut all = Vec::with_capacity(lines.len());
            for line in lines {
                let from = usize::try_from(line.at - piece.at).ok()?;
                let to = from.checked_add(usize::try_from(line.len).ok()?)?;
                all.push(bytes.get(from..to)?);
            }
            tell(&all)?;
        }
        Some(())
    }

    /// The rows of a table from one sort key to another, both included.
    fn between(&self, table: Span, from: u64, to: u64) -> Option<Vec<Row>> {
        let row = u64::try_from(ROW).ok()?;
        let count = table.len / row;
        let sort_at = |place: u64| -> Option<u64> {
            let bytes = read(
                &self.file,
                Span {
                    at: table.at.checked_add(place * row)?,
                    len: 8,
                },
            )?;
            Some(u64::from_be_bytes(bytes.try_into().ok()?))
        };
        let first_that = |holds: &dyn Fn(u64) -> bool| -> Option<u64> {
            let (mut low, mut high) = (0, count);
            while low < high {
                let middle = low + (high - low) / 2;
                if holds(sort_at(middle)?) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            Some(low)
        };
        let begin = first_that(&|sort| sort >= from)?;
        let end = first_that(&|sort| sort > to)?;
        let span = Span {
            at: table.at.checked_add(begin * row)?,
            len: end.saturating_sub(begin) * row,
        };
        Some(rows(&read(&self.file, span)?))
    }
}

/// Tells how much was written.
struct Counted<'a> {
    out: &'a mut dyn Write,
    at: u64,
}

impl Counted<'_> {
    fn json<T: Serialize + ?Sized>(&mut self, what: &T) -> io::Result<Span> {
        let at = self.at;
        serde_json::to_writer(&mut *self, what)?;
        let len = self.at - at;
        self.write_all(b"\n")?;
        Ok(Span { at, len })
    }

    fn line(&mut self, line: &[u8]) -> io::Result<Span> {
        let at = self.at;
        self.write_all(line)?;
        let len = self.at - at;
        self.write_all(b"\n")?;
        Ok(Span { at, len })
    }

    /// What is due of some materials, and where it is.
    fn due(&mut self, waiting: &mut Vec<(u32, Due)>, rows: &mut Vec<Row>) -> io::Result<()> {
        waiting.sort_by_key(|(number, due)| (due.by, *number));
        for (number, due) in waiting.drain(..) {
            rows.push(Row {
                sort: sort_of_day(due.by),
                line: self.json(&due)?,
                number,
            });
        }
        Ok(())
    }

    /// Name and stamp of every folder, each behind its length.
    fn stamps(&mut self, kept: &[Kept]) -> io::Result<Vec<Span>> {
        let mut piece = |kept: &[Kept]| {
            let at = self.at;
            for one in kept {
                for bytes in [one.folder.as_bytes(), &one.stamp] {
                    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
                    self.write_all(&length.to_be_bytes())?;
                    self.write_all(bytes)?;
                }
            }
            let len = self.at - at;
            Ok(Span { at, len })
        };
        in_pieces(kept).map(&mut piece).collect()
    }

    fn rows(&mut self, rows: &[Row]) -> io::Result<Span> {
        let at = self.at;
        for row in rows {
            self.write_all(&row.sort.to_be_bytes())?;
            self.write_all(&row.line.at.to_be_bytes())?;
            let short = u32::try_from(row.line.len).map_err(io::Error::other)?;
            self.write_all(&short.to_be_bytes())?;
            self.write_all(&row.number.to_be_bytes())?;
        }
        Ok(Span {
            at,
            len: self.at - at,
        })
    }
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.at += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// At most [`PIECES`] pieces of about the same length.
fn in_pieces<T>(all: &[T]) -> std::slice::Chunks<'_, T> {
    all.chunks(all.len().div_ceil(PIECES).max(1))
}

fn parse_stamps(mut bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut next = || -> Option<&[u8]> {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (piece, rest) = rest.split_at_checked(length)?;
        bytes = rest;
        Some(piece)
    };
    let mut all = Vec::new();
    while let Some(folder) = next() {
        all.push((folder, next()?));
    }
    Some(all)
}

fn read(file: &fs::File, span: Span) -> Option<Vec<u8>> {
    // A file that lies about itself must not make this ask for all memory.
    if span.at.checked_add(span.len)? > file.metadata().ok()?.len() {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(span.len).ok()?];
    file.read_exact_at(&mut bytes, span.at).ok()?;
    Some(bytes)
}

fn parse<T: DeserializeOwned>(file: &fs::File, span: Span) -> Option<T> {
    serde_json::from_slice(&read(file, span)?).ok()
}

fn rows(bytes: &[u8]) -> Vec<Row> {
    let (rows, _) = bytes.as_chunks::<ROW>();
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    rows.iter()
        .map(|row| {
            let (sort, rest) = row.split_at(8);
            let (at, rest) = rest.split_at(8);
            let (len, place) = rest.split_at(4);
            Row {
                sort: number(sort),
                line: Span {
                    at: number(at),
                    len: number(len),
                },
                number: u32::try_from(number(place)).unwrap_or(u32::MAX),
            }
        })
        .collect()
}

fn sort(rows: &mut [Row]) {
    rows.sort_unstable_by_key(|row| (row.sort, row.number, row.line.at));
}

fn sort_of(key: &str) -> u64 {
    let digest = Digest::of(key.as_bytes());
    let first = digest.0.first_chunk().copied();
    u64::from_be_bytes(first.unwrap_or_default())
}

/// Days in their order, those before the year 0 too.
fn sort_of_day(day: Date) -> u64 {
    let days = i64::from((day - Date::constant(1970, 1, 1)).get_days());
    u64::try_from(days + (1 << 40)).unwrap_or(0)
}

/// This very program: the next build may know more.
fn build() -> String {
    let found = std::env::current_exe().and_then(fs::metadata);
    let exe = found.map_or(String::new(), |exe| {
        format!(" {} {}.{}", exe.len(), exe.mtime(), exe.mtime_nsec())
    });
    format!("{}{exe}", env!("CARGO_PKG_VERSION"))
}

/// This very machine, by a name that nobody outside knows: an index that came with a copy, or on
/// somebody's medium, is not believed.
fn machine() -> Option<Digest> {
    let id = files::read(Path::new("/etc/machine-id")).ok()?;
    Some(Digest::of(
        &[b"keyrite-register-index\0", id.as_slice()].concat(),
    ))
}
