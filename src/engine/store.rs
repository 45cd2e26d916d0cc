//! The ceremony directory: what lies where in it, and its record, which grows by one flushed line
//! at a time.

use std::collections::BTreeMap;
use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Seek as _;
use std::path::Path;
use std::path::PathBuf;

use crate::domain::record::Artifact;
use crate::domain::record::BatchKey;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::File;
use crate::domain::record::Moment;
use crate::domain::record::Purpose;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::files::Fault;
use crate::engine::files::Faults;
use crate::record::chain;

/// Name of the script in a ceremony directory.
pub const SCRIPT: &str = "script.yaml";
/// Name of the organisation file, where the ceremony rests on one.
pub const ORGANISATION: &str = "organisation.yaml";
/// Name of the record.
pub const RECORD: &str = "record.jsonl";
/// Name of the file with everybody's public keys.
pub const ALLOWED_SIGNERS: &str = "allowed_signers";
/// Name of the instructions for checking by hand.
pub const VERIFY_TXT: &str = "VERIFY.txt";
/// Name of the program that checks the ceremony without this one.
pub const VERIFY_PY: &str = "verify.py";
/// Folder of what was made for the outside.
pub const ARTIFACTS: &str = "artifacts";
/// Folder of approvals.
pub const APPROVALS: &str = "approvals";
/// Folder of signatures over the record.
pub const SIGNATURES: &str = "signatures";
/// Folder of signed disagreements.
pub const DISSENT: &str = "dissent";
/// Folder of files that no entry explained and that were kept.
pub const ORPHANS: &str = "orphans";
/// Folder of a rehearsal's stand-in media; never in a real ceremony.
pub const STAND_IN_MEDIA: &str = "stand-in-media";

/// A ceremony directory open for writing.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    journal: fs::File,
    length: u64,
    head: Digest,
    /// Number and moment of the last entry.
    last: Option<(u64, Moment)>,
    /// What was recorded, but for the keys of batches: of those there can be a million.
    entries: Vec<Entry>,
    batches: BTreeMap<String, Batched>,
    faults: Faults,
}

/// How far a batch has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Batched {
    /// How many keys are recorded.
    pub keys: u64,
    /// Length of their archive.
    pub archive: u64,
}

impl Store {
    /// Makes the directory with the script, `files`, and the first entry; whole or not at all.
    ///
    /// # Errors
    ///
    /// When it exists, or cannot be written.
    pub fn create(
        dir: &Path,
        script: &[u8],
        files: &[(String, Vec<u8>)],
        at: Moment,
        open: &Event,
        mut faults: Faults,
    ) -> Result<Self, EngineError> {
        let first = Entry {
            seq: 0,
            prev: Digest::of(script),
            at,
            event: open.clone(),
        };
        let mut all = vec![(SCRIPT.to_owned(), script.to_vec())];
        all.extend_from_slice(files);
        all.push((RECORD.to_owned(), [&first.line()[..], b"\n"].concat()));
        files::write_folder(dir, &all, &mut faults)?;
        let (mut store, _) = Self::open(dir, script)?;
        store.faults = faults;
        Ok(store)
    }

    /// Opens a ceremony directory to go on with it. A half-written last line is cut off; its
    /// digest comes back, for the record.
    ///
    /// # Errors
    ///
    /// When it holds no ceremony, when somebody else writes it, or when the record is broken.
    pub fn open(dir: &Path, script: &[u8]) -> Result<(Self, Option<Digest>), EngineError> {
        let path = dir.join(RECORD);
        let mut journal = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&path)
            .map_err(|source| {
                if source.kind() == io::ErrorKind::NotFound {
                    EngineError::NoCeremony {
                        dir: dir.to_owned(),
                        missing: RECORD,
                    }
                } else {
                    EngineError::Io {
                        doing: "open",
                        path: path.clone(),
                        source,
                    }
                }
            })?;
        files::lock(&journal).map_err(|_| EngineError::Busy(dir.to_owned()))?;
        let io = |source| EngineError::Io {
            doing: "read",
            path: path.clone(),
            source,
        };
        let bytes = files::read_lines(&mut journal, &path)?;
        let chain::Resumable {
            entries,
            torn,
            good_len,
        } = chain::parse_open(&bytes, script)?;
        let torn = torn.map(|torn| Digest::of(&torn));
        let length = u64::try_from(good_len).unwrap_or(u64::MAX);
        if torn.is_some() {
            journal
                .set_len(length)
                .and_then(|()| journal.sync_all())
                .map_err(io)?;
            journal.seek(io::SeekFrom::End(0)).map_err(io)?;
        }
        let head = entries
            .last()
            .map_or_else(|| Digest::of(script), |entry| Digest::of(&entry.line()));
        let last = entries.last().map(|entry| (entry.seq, entry.at));
        let mut batches = BTreeMap::new();
        let entries = entries
            .into_iter()
            .filter(|entry| !count(&mut batches, &entry.event))
            .collect();
        let store = Self {
            dir: dir.to_owned(),
            journal,
            length,
            head,
            last,
            entries,
            batches,
            faults: Faults::none(),
        };
        Ok((store, torn))
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was recorded so far, but for the keys of batches.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// SHA-256 of the last line.
    pub fn head(&self) -> Digest {
        self.head
    }

    /// How far the batch has come whose archive is at that path.
    pub fn archive(&self, path: &str) -> Option<Batched> {
        self.batches.get(path).copied()
    }

    /// Path and recorded length of every archive that a batch has not ended.
    pub fn archives(&self) -> Vec<(String, u64)> {
        self.batches
            .iter()
            .filter(|(path, _)| !self.ended(path))
            .map(|(path, batched)| (path.clone(), batched.archive))
            .collect()
    }

    fn ended(&self, archive: &str) -> bool {
        self.entries.iter().any(|entry| {
            matches!(&entry.event, Event::Step(step)
                if step.artifacts.iter().any(|made| made.path == archive))
        })
    }

    /// What was written so far, in order.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The same, for what is written into an archive.
    pub fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Appends an entry and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// When the clock went back, or the disk is full; the record is then as it was before.
    pub fn append(&mut self, at: Moment, event: Event) -> Result<(), EngineError> {
        let entries = self.write_lines(at, vec![event])?;
        self.entries.extend(entries);
        Ok(())
    }

    /// Appends the keys of a batch, one entry each, and waits once until all are on the disk.
    ///
    /// # Errors
    ///
    /// As [`Store::append`]; then none of them is recorded.
    pub fn append_keys(&mut self, at: Moment, keys: Vec<BatchKey>) -> Result<(), EngineError> {
        let events = keys.into_iter().map(Event::BatchKey).collect();
        for entry in self.write_lines(at, events)? {
            count(&mut self.batches, &entry.event);
        }
        Ok(())
    }

    /// Writes a line for each event, all at once and flushed once.
    fn write_lines(&mut self, at: Moment, events: Vec<Event>) -> Result<Vec<Entry>, EngineError> {
        if let Some((_, last)) = self.last.filter(|(_, last)| at < *last) {
            return Err(EngineError::ClockWentBack { now: at, last });
        }
        let first = self.last.map_or(0, |(seq, _)| seq + 1);
        let mut head = self.head;
        let mut bytes = Vec::new();
        let mut entries = Vec::with_capacity(events.len());
        for (seq, event) in (first..).zip(events) {
            let entry = Entry {
                seq,
                prev: head,
                at,
                event,
            };
            let line = entry.line();
            head = Digest::of(&line);
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
            entries.push(entry);
        }
        let path = self.dir.join(RECORD);
        let fault = self.faults.next(&path);
        let written =
            files::struck(&mut self.journal, &bytes, fault).and_then(|()| self.journal.sync_data());
        match (written, fault) {
            (Ok(()), Some(Fault::KillDuring | Fault::KillAfter)) => {
                return Err(self.faults.killed());
            }
            (Ok(()), Some(Fault::DiskFull | Fault::ReadOnly) | None) => {}
            (Err(source), _) => {
                // The lines may be half there; what was on the disk before stays.
                let undone = self
                    .journal
                    .set_len(self.length)
                    .and_then(|()| self.journal.sync_all());
                let source = undone.err().unwrap_or(source);
                return Err(EngineError::Io {
                    doing: "append to",
                    path,
                    source,
                });
            }
        }
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.head = head;
        self.last = entries
            .last()
            .map(|entry| (entry.seq, entry.at))
            .or(self.last);
        Ok(entries)
    }

    /// Writes a file of the ceremony; the path is relative to the directory.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<File, EngineError> {
        let full = self.dir.join(path);
        files::make_folder(files::parent(&full))?;
        files::write_new(&full, bytes, &mut self.faults)?;
        Ok(File {
            path: path.to_owned(),
            sha256: Digest::of(bytes),
        })
    }

    /// Writes a file made for the outside; the path is relative to the directory.
    pub fn artifact(
        &mut self,
        path: &str,
        bytes: &[u8],
        purpose: Purpose,
    ) -> Result<Artifact, EngineError> {
        let file = self.write(path, bytes)?;
        Ok(Artifact {
            path: file.path,
            sha256: file.sha256,
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            purpose,
        })
    }

    /// Writes a file on somebody's own medium and reads it back.
    pub fn write_outside(&mut self, path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
        self.faults.on_medium(true);
        let written = files::write_new(path, bytes, &mut self.faults);
        self.faults.on_medium(false);
        written?;
        if files::read(path)? == bytes {
            Ok(())
        } else {
            Err(EngineError::ReadBack(path.to_owned()))
        }
    }
}

/// Takes a key of a batch into account; whether it was one.
fn count(batches: &mut BTreeMap<String, Batched>, event: &Event) -> bool {
    if let Event::BatchKey(key) = event {
        let so_far: &mut Batched = batches.entry(key.archive_path()).or_default();
        so_far.keys += 1;
        so_far.archive = key.archive;
        return true;
    }
    false
}
