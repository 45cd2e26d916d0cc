//! Many keys of one kind: each made and wrapped on its own, by every core at once.
//!
//! A key lives in one worker from its first byte until it is wrapped; what leaves the worker is
//! public. Results come back in the order of the list and are kept in windows, so that memory does
//! not grow with the list.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;

use crate::crypto::challenge;
use crate::crypto::error::CryptoError;
use crate::crypto::random::Random;
use crate::crypto::software::SoftwareKey;
use crate::crypto::wrap;
use crate::domain::algorithm::KeyType;
use crate::domain::record::BatchKey;
use crate::domain::record::Digest;
use crate::domain::record::File;
use crate::domain::record::Moment;
use crate::domain::script::Input;
use crate::engine::archive;
use crate::engine::archive::Archive;
use crate::engine::error::EngineError;
use crate::engine::inputs::ReadInput;
use crate::engine::inputs::parameters_of;
use crate::engine::list::Row;
use crate::engine::steps::Import;
use crate::engine::store::Store;
use crate::providers::stand_in;
use crate::secret::wipe_stack;

/// How every key of a batch is made and wrapped.
pub struct Work<'a> {
    /// Name of the list.
    pub batch: &'a str,
    /// Type of the keys.
    pub kind: KeyType,
    /// The input as the script describes it.
    pub described: &'a Input,
    /// The input as it was read.
    pub input: &'a ReadInput,
    /// When the batch began.
    pub now: Moment,
    /// Whether the keys are thrown away, and a stand-in provider opens each.
    pub rehearsal: bool,
}

/// One key, wrapped.
pub struct Wrapped {
    /// What is recorded; how long the archive becomes is not known yet.
    pub key: BatchKey,
    /// Its files as an archive has them.
    pub entries: Vec<u8>,
}

impl Work<'_> {
    /// Makes the key of a row, wraps it, and forgets it.
    pub fn wrap(&self, row: &Row, random: &mut dyn Random) -> Result<Wrapped, EngineError> {
        let own = match &row.parameters {
            Some(_) => {
                let input = self.input;
                Some(parameters_of(input.provider, input.profile, self.described, row)?.0)
            }
            None => None,
        };
        let import = Import {
            input: self.input,
            parameters: own.as_ref().unwrap_or(&self.input.parameters),
            key_id: row.key_id.as_deref(),
        };
        let to = &import.parameters.wrapping_key;
        let construction = self.input.profile.construction;
        let key = if self.rehearsal {
            SoftwareKey::twin(self.kind, random)?
        } else {
            SoftwareKey::generate(self.kind, random)?
        };
        key.prove_pair()?;
        import.may_carry(self.kind, key.material().len(), self.now)?;
        let wrapped = wrap::wrap(construction, to, key.material(), random)?;
        if self.rehearsal {
            let arrived = stand_in::import(self.input.profile, to.bits(), &wrapped.blob)?;
            if arrived != *key.material() {
                return Err(CryptoError::Disagree {
                    what: "the wrapped key",
                }
                .into());
            }
        }
        let check_values = key.check_values();
        let mut made = import.package(self.kind, &check_values, &wrapped.blob, self.now)?;
        let mut challenge = None;
        if let Some(ask) = self.input.provider.asks(self.kind)
            && let Some(posed) = challenge::pose(self.kind, key.material(), random)?
        {
            made.extend(import.question(self.kind, &posed, ask));
            challenge = Some(posed.challenge);
        }
        let mut files = Vec::with_capacity(made.len());
        let mut entries = Vec::new();
        for file in made {
            let path = format!("{}/{}", row.key, file.name);
            entries.extend(archive::entry(&path, &file.bytes));
            files.push(File {
                path,
                sha256: Digest::of(&file.bytes),
            });
        }
        let each = self.input.each.is_some();
        let token = import.parameters.import_token.as_deref();
        Ok(Wrapped {
            key: BatchKey {
                batch: self.batch.to_owned(),
                r#for: self.input.name.clone(),
                row: row.number,
                key: row.key.clone(),
                check_values: check_values.into_map(),
                wrapping_key: each.then(|| to.fingerprint()),
                import_token: token.filter(|_| each).map(Digest::of),
                challenge,
                files,
                archive: 0,
            },
            entries,
        })
    }
}

/// How many results are kept at once, and flushed together.
pub const WINDOW: usize = 256;
/// The same in a rehearsal, whose lists are short: so that an interruption falls between windows.
pub const WINDOW_OF_REHEARSAL: usize = 2;

/// Does `work` on every job, on all cores, and gives the results to `keep` in the order of the jobs,
/// `window` at a time. Workers run at most two windows ahead.
///
/// # Errors
///
/// The first error of the jobs in their order, of their source, or of `keep`; what came before it
/// in the order was kept.
pub fn in_order<J: Send, R: Send>(
    jobs: &mut dyn Iterator<Item = Result<J, EngineError>>,
    window: usize,
    work: impl Fn(J) -> Result<R, EngineError> + Sync,
    keep: &mut dyn FnMut(Vec<R>) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let ahead = 2 * window + workers;
    let (jobs_in, jobs_out) = mpsc::sync_channel::<(usize, J)>(ahead);
    let (results_in, results_out) = mpsc::channel();
    let jobs_out = Mutex::new(jobs_out);
    thread::scope(|scope| {
        // It ends with this closure, and the workers with it.
        let jobs_in = jobs_in;
        for _ in 0..workers {
            let results_in = results_in.clone();
            let (jobs_out, work) = (&jobs_out, &work);
            scope.spawn(move || {
                loop {
                    let next = jobs_out
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .recv();
                    let Ok((place, job)) = next else { break };
                    if results_in.send((place, work(job))).is_err() {
                        break;
                    }
                }
                wipe_stack();
            });
        }
        drop(results_in);
        let mut early = BTreeMap::new();
        let mut kept = Vec::new();
        let (mut sent, mut received) = (0, 0);
        let mut failed = None;
        loop {
            while failed.is_none() && sent - received < ahead {
                match jobs.next() {
                    Some(Ok(job)) => {
                        // The channel has room for all that are ahead: this never waits.
                        if jobs_in.send((sent, job)).is_err() {
                            break;
                        }
                        sent += 1;
                    }
                    Some(Err(error)) => failed = Some(error),
                    None => break,
                }
            }
            if received == sent {
                break;
            }
            let Ok((place, result)) = results_out.recv() else {
                break;
            };
            early.insert(place, result);
            while let Some(result) = early.remove(&received) {
                received += 1;
                match result {
                    Ok(result) => kept.push(result),
                    Err(error) => {
                        keep(std::mem::take(&mut kept))?;
                        return Err(error);
                    }
                }
                if kept.len() >= window {
                    keep(std::mem::take(&mut kept))?;
                }
            }
        }
        keep(kept)?;
        failed.map_or(Ok(()), Err)
    })
}

/// Puts a window of keys on the disk, then into the record: every line of it names files that are
/// there.
pub fn keep(
    store: &mut Store,
    archive: &mut Archive,
    wrapped: Vec<Wrapped>,
    now: Moment,
) -> Result<(), EngineError> {
    if wrapped.is_empty() {
        return Ok(());
    }
    let entries: Vec<&[u8]> = wrapped.iter().map(|one| one.entries.as_slice()).collect();
    let mut length = archive.len();
    archive.append(&entries, store.faults_mut())?;
    let keys = wrapped
        .into_iter()
        .map(|one| {
            length += u64::try_from(one.entries.len()).unwrap_or(u64::MAX);
            BatchKey {
                archive: length,
                ..one.key
            }
        })
        .collect();
    store.append_keys(now, keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halted(step: u32) -> EngineError {
        EngineError::Halted { step }
    }

    #[test]
    fn results_come_in_order_and_in_windows_whoever_is_first() {
        let mut windows = Vec::new();
        in_order(
            &mut (0..10_u64).map(Ok),
            4,
            |job| {
                // The earlier ones take longer.
                thread::sleep(std::time::Duration::from_millis(10 - job));
                Ok(job * job)
            },
            &mut |results| {
                windows.push(results);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(
            windows,
            [vec![0, 1, 4, 9], vec![16, 25, 36, 49], vec![64, 81]]
        );
    }

    #[test]
    fn no_more_jobs_are_taken_than_fit_two_windows() {
        use std::cell::Cell;
        let (taken, kept, most) = (Cell::new(0), Cell::new(0), Cell::new(0));
        in_order(
            &mut (0..1000).map(|job| {
                taken.set(taken.get() + 1);
                most.set(most.get().max(taken.get() - kept.get()));
                Ok(job)
            }),
            8,
            Ok,
            &mut |results: Vec<i32>| {
                kept.set(kept.get() + results.len());
                Ok(())
            },
        )
        .unwrap();
        assert_eq!((taken.get(), kept.get()), (1000, 1000));
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        assert!(most.get() <= 3 * 8 + workers, "{}", most.get());
    }

    #[test]
    fn what_came_before_an_error_is_kept_and_nothing_after_it() {
        for source in [true, false] {
            let mut kept = Vec::new();
            let ended = in_order(
                &mut (0..100).map(|job| {
                    if source && job == 7 {
                        Err(halted(7))
                    } else {
                        Ok(job)
                    }
                }),
                2,
                |job| if job == 7 { Err(halted(7)) } else { Ok(job) },
                &mut |results| {
                    kept.extend(results);
                    Ok(())
                },
            );
            assert!(matches!(ended, Err(EngineError::Halted { step: 7 })));
            assert_eq!(kept, [0, 1, 2, 3, 4, 5, 6]);
        }
    }

    #[test]
    fn an_error_of_keeping_ends_it() {
        let mut windows = 0;
        let ended = in_order(&mut (0..1000).map(Ok), 2, Ok, &mut |_: Vec<i32>| {
            windows += 1;
            Err(halted(1))
        });
        assert!(matches!(ended, Err(EngineError::Halted { step: 1 })));
        assert_eq!(windows, 1);
    }
}
