//! After an interruption: what is done, what is not, what is orphaned, and what follows.

mod token;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::domain::progress::Progress;
use crate::domain::progress::number;
use crate::domain::record::Closed;
use crate::domain::record::DestroyCancelled;
use crate::domain::record::DestroyRequested;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Identified;
use crate::domain::record::Lost;
use crate::domain::record::Mode;
use crate::domain::record::Moved;
use crate::domain::record::Orphan;
use crate::domain::record::OrphanDecision;
use crate::domain::record::Outcome;
use crate::domain::record::Recovered;
use crate::domain::record::Resumed;
use crate::domain::record::Retired;
use crate::domain::say::say;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::engine::abort;
use crate::engine::archive;
use crate::engine::bench::Bench;
use crate::engine::bench::Keyring;
use crate::engine::bench::Room;
use crate::engine::bench::State;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::inputs::ReadFiles;
use crate::engine::inputs::ReadInput;
use crate::engine::lint;
use crate::engine::plugins::AllowedPlugins;
use crate::engine::ready;
use crate::engine::run;
use crate::engine::steps;
use crate::engine::store;
use crate::engine::store::APPROVALS;
use crate::engine::store::ARTIFACTS;
use crate::engine::store::ORPHANS;
use crate::engine::store::Store;
use crate::engine::token as engine_token;
use crate::engine::token::Token;
use crate::engine::token::access::Access;
use crate::record::chain;
use crate::record::verify;

/// Opens an interrupted ceremony; nothing is written but a cut of a half-written last line. Import
/// parameters are read only where the steps go on.
pub fn reopen<'a, 'r>(
    script: &'a Script,
    bytes: &[u8],
    folder: &Path,
    dir: &Path,
    inputs: bool,
    access: &Access,
    room: Room<'r>,
) -> Result<Bench<'a, 'r>, EngineError> {
    let kept = dir.join(store::SCRIPT);
    if kept.symlink_metadata().is_err() {
        return Err(EngineError::NoCeremony {
            dir: dir.to_owned(),
            missing: store::SCRIPT,
        });
    }
    if files::read_script(&kept)? != bytes {
        return Err(EngineError::OtherScript);
    }
    let keyring = lint::keyring(script);
    ready::people(script, &keyring)?;
    ready::screen(script, &*room.desk)?;
    let brought = if inputs {
        ready::inputs(script, folder, room.clock.now())
    } else {
        Ok(ReadFiles::default())
    };
    let mode = Mode::from(script.mode.value);
    let token = engine_token::open(script, access, &mut *room.desk)?;
    let plugins = AllowedPlugins::of(access).within(script);
    reopen_with(
        script, bytes, folder, dir, mode, room, token, plugins, keyring, brought,
    )
}

/// As [`reopen`], with keys and inputs that are already there.
#[expect(
    clippy::too_many_arguments,
    reason = "called by the function above and by rehearsals"
)]
pub fn reopen_with<'a, 'r>(
    script: &'a Script,
    bytes: &[u8],
    folder: &Path,
    dir: &Path,
    mode: Mode,
    room: Room<'r>,
    token: Box<dyn Token>,
    plugins: AllowedPlugins,
    keyring: Keyring,
    brought: Result<ReadFiles, EngineError>,
) -> Result<Bench<'a, 'r>, EngineError> {
    holds(script, bytes, dir, mode)?;
    let (store, torn) = Store::open(dir, bytes)?;
    if chain::sealed(store.entries()).is_some() {
        return Err(EngineError::AlreadySealed(dir.to_owned()));
    }
    let progress = progress(script, store.entries())?;
    let ReadFiles { inputs, lists } = match brought {
        Ok(brought) => brought,
        // Import parameters that nothing needs any more may be gone.
        Err(_) if !needs_inputs(script, &progress) => ReadFiles::default(),
        Err(error) => return Err(error),
    };
    let recorded = run::recorded_inputs(store.entries());
    if let Some((name, _)) = inputs.iter().find(|(name, read)| {
        recorded
            .get(name.as_str())
            .is_none_or(|known| !same_input(known, read))
    }) {
        return Err(EngineError::InputChanged(name.clone()));
    }
    let known = run::recorded_batches(store.entries());
    if let Some((name, _)) = lists
        .iter()
        .find(|(_, list)| !known.contains(&list.recorded()))
    {
        return Err(EngineError::InputChanged(name.clone()));
    }
    let state = State::of(store.entries());
    let mut bench = Bench {
        script,
        folder: folder.to_owned(),
        mode,
        room,
        store,
        keyring,
        inputs,
        lists,
        token,
        plugins,
        state,
    };
    let next_step = progress.next_number();
    let tool = bench.room.host.tool();
    // What cannot be read must be put right before the record says that it goes on.
    unexplained(&bench.store)?;
    let keys = token::look(&mut bench)?;
    report(&mut bench, &progress, torn);
    bench.record(Event::Resumed(Resumed {
        next_step,
        torn,
        tool,
        keys,
    }))?;
    Ok(bench)
}

/// Sees that what was left is a ceremony that could have come from this script: nothing there is
/// trusted because it was there. Approvals of the script, and those in the room that a later wrap
/// or destruction rests on, are verified again.
fn holds(script: &Script, bytes: &[u8], dir: &Path, mode: Mode) -> Result<(), EngineError> {
    let mut dossier = dossier::read(dir)?;
    let chain::Resumable {
        entries, good_len, ..
    } = chain::parse_open(&dossier.record, bytes)?;
    if chain::sealed(&entries).is_some() {
        return Err(EngineError::AlreadySealed(dir.to_owned()));
    }
    dossier.record.truncate(good_len);
    progress(script, &entries)?;
    if let Some(Event::Open(open)) = entries.first().map(|entry| &entry.event)
        && open.mode != mode
    {
        return Err(EngineError::DoesNotHold {
            line: Some(1),
            what: format!("it is of a {} ceremony, and this is a {mode}", open.mode),
        });
    }
    // What was left in these folders is settled afterwards, with the people in the room.
    dossier.strangers.retain(|path| {
        ![ARTIFACTS, APPROVALS]
            .iter()
            .any(|folder| path.starts_with(&format!("{folder}/")))
    });
    match verify::unfinished(&dossier, &entries).into_iter().next() {
        Some(problem) => Err(problem.into()),
        None => Ok(()),
    }
}

/// A stand-in's parameters are made anew each time and differ in their expiry only.
fn same_input(known: &crate::domain::record::Input, read: &ReadInput) -> bool {
    let mut now = read.recorded();
    if now.files.is_empty() {
        now.valid_to = known.valid_to;
    }
    now == *known
}

/// How far a ceremony has come.
pub(super) fn progress<'a>(
    script: &'a Script,
    entries: &[Entry],
) -> Result<Progress<'a>, EngineError> {
    let mut progress = Progress::new(script);
    for entry in entries {
        progress.apply(&entry.event).map_err(|error| {
            crate::record::error::RecordError::OutOfOrder {
                line: entry.seq + 1,
                because: error,
            }
        })?;
    }
    Ok(progress)
}

fn needs_inputs(script: &Script, progress: &Progress<'_>) -> bool {
    script.steps.iter().enumerate().any(|(index, step)| {
        !progress.is_done(index)
            && matches!(
                step.value,
                Step::Wrap(_) | Step::Batch(_) | Step::Compare(_) | Step::Approve(_)
            )
    })
}

fn report(bench: &mut Bench<'_, '_>, progress: &Progress<'_>, torn: Option<Digest>) {
    let script = bench.script;
    let desk = &mut *bench.room.desk;
    desk.say(Say::Title(&format!("Resuming: {}", script.title)));
    for (index, step) in script.steps.iter().enumerate() {
        let state = if progress.is_done(index) {
            "done"
        } else {
            "not done"
        };
        let name = format!("step {}", number(index));
        desk.say(Say::Fact {
            name: &name,
            value: &format!("{state}: {}", say(script, &step.value)),
        });
    }
    if torn.is_some() {
        desk.say(Say::Note(
            "the last line of the record was half-written and is cut off",
        ));
    }
}

/// Settles what the interruption left: unexplained files, and keys that were in memory. The
/// outcome, if the people in the room end the ceremony here.
pub fn reconcile(bench: &mut Bench<'_, '_>) -> Result<Option<Outcome>, EngineError> {
    if let Some(outcome) = token::settle(bench)? {
        return Ok(Some(outcome));
    }
    orphans(bench)?;
    let question = Question::confirmation(
        "resume/present",
        format!(
            "Signed in before the interruption: {}. Are they all here now, and nobody else?",
            list(&present(bench))
        ),
    );
    if !bench.confirm(&question)? {
        return Err(EngineError::NotConfirmed {
            person: "the room".to_owned(),
            what: "who is present".to_owned(),
        });
    }
    loop {
        let progress = progress(bench.script, bench.store.entries())?;
        let missing = progress
            .live_keys()
            .into_iter()
            .find(|(label, needed)| *needed && !bench.token.holds(label));
        let Some((label, _)) = missing else {
            return Ok(None);
        };
        if bench.state.splits.contains_key(label) {
            if let Some(outcome) = bring_back(bench, label)? {
                return Ok(Some(outcome));
            }
        } else {
            lose(bench, label)?;
        }
    }
}

/// Ends an interrupted ceremony: settles what no entry explains, and seals the record.
///
/// # Errors
///
/// [`EngineError::NotConfirmed`], if the people in the room do not mean it.
pub fn end(bench: &mut Bench<'_, '_>) -> Result<Outcome, EngineError> {
    token::unexplained(bench)?;
    let next = progress(bench.script, bench.store.entries())?.next_number();
    abort::abort(bench, next)?.ok_or_else(|| EngineError::NotConfirmed {
        person: "the room".to_owned(),
        what: "ending the ceremony".to_owned(),
    })
}

/// Names of those who signed in and did not sign out.
fn present(bench: &Bench<'_, '_>) -> Vec<String> {
    let mut present: Vec<&str> = Vec::new();
    for entry in bench.store.entries() {
        let Event::Step(step) = &entry.event else {
            continue;
        };
        match &step.did {
            Did::SignIn { people } => present.extend(people.iter().map(String::as_str)),
            Did::SignOut { people } => present.retain(|id| !people.iter().any(|left| left == id)),
            Did::Environment { .. }
            | Did::Statement { .. }
            | Did::Generate { .. }
            | Did::Split { .. }
            | Did::RestoreTest { .. }
            | Did::Restore { .. }
            | Did::Drill { .. }
            | Did::Reshare { .. }
            | Did::Retire(_)
            | Did::Compare { .. }
            | Did::Approve { .. }
            | Did::Wrap { .. }
            | Did::Batch { .. }
            | Did::Lock { .. }
            | Did::Availability { .. }
            | Did::ReEncrypted { .. }
            | Did::Declare { .. }
            | Did::TakeOut { .. }
            | Did::Inspect { .. }
            | Did::HandOver { .. }
            | Did::PutAway { .. }
            | Did::Receipt { .. }
            | Did::Join(_)
            | Did::Acknowledge(_)
            | Did::MovePerson(_)
            | Did::Leave(_)
            | Did::Withdraw(_)
            | Did::AccessReview(_)
            | Did::Reconcile(_)
            | Did::Explain(_)
            | Did::Confirm(_)
            | Did::Destroy { .. }
            | Did::Move(_)
            | Did::RequestDestroy(_)
            | Did::CancelDestroy(_)
            | Did::Identify(_)
            | Did::Close(_)
            | Did::Exception { .. }
            | Did::Break { .. } => {}
        }
    }
    present
        .into_iter()
        .map(|id| bench.name(id).to_owned())
        .collect()
}

fn bring_back(bench: &mut Bench<'_, '_>, label: &str) -> Result<Option<Outcome>, EngineError> {
    let threshold = bench
        .state
        .splits
        .get(label)
        .map_or(0, |split| usize::from(split.set.threshold));
    let holders: Vec<String> = bench
        .state
        .shares_of(label)
        .iter()
        .map(|share| share.custodian.clone())
        .collect();
    bench.room.desk.say(Say::Note(&format!(
        "Key {label} was in the memory of the interrupted process. {threshold} of {} can bring it back.",
        list(&holders)
    )));
    let question = Question::confirmation(
        format!("recover/{label}"),
        format!("Bring key {label} back from its shares? (`no` ends the ceremony)"),
    );
    let next = progress(bench.script, bench.store.entries())?.next_number();
    if !bench.confirm(&question)? {
        return match abort::abort(bench, next)? {
            Some(outcome) => Ok(Some(outcome)),
            None => Err(EngineError::KeyGone(label.to_owned())),
        };
    }
    let question = Question::input(
        format!("recover/{label}/with"),
        format!("Which {threshold} custodians? (their ids, separated by spaces)"),
    );
    let with = bench.until_right(|bench| {
        let typed = bench.ask(&question)?;
        let with: BTreeSet<String> = typed
            .split([' ', ','])
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        match with.iter().find(|id| !holders.contains(id)) {
            Some(stranger) => Err(EngineError::NotConfirmed {
                person: stranger.clone(),
                what: format!("holding a share of {label}"),
            }),
            None if with.len() < threshold => Err(EngineError::FewerCustodians {
                have: with.len(),
                need: threshold,
            }),
            None => Ok(with.into_iter().take(threshold).collect::<Vec<_>>()),
        }
    })?;
    let (shared, check_values) =
        steps::rebuild(bench, next, &format!("recover/{label}"), label, &with)?;
    let plan = bench.plan(label)?;
    bench
        .token
        .restore(label, &plan, &shared, bench.room.random)?;
    drop(shared);
    let set = bench
        .state
        .splits
        .get(label)
        .map(|split| split.set.id.clone())
        .unwrap_or_default();
    bench.record(Event::Recovered(Recovered {
        key: label.to_owned(),
        set,
        with,
        check_values,
    }))?;
    bench.room.desk.say(Say::Good(&format!(
        "key {label} is back, with the check values recorded when it was made"
    )));
    Ok(None)
}

fn lose(bench: &mut Bench<'_, '_>, label: &str) -> Result<(), EngineError> {
    let (void_sets, void_artifacts) = made_of(bench.store.entries(), label);
    let mut progress = progress(bench.script, bench.store.entries())?;
    progress.undo(label);
    let back_to = progress.next_number();
    let why = "it was in the memory of the interrupted process, and not every custodian had confirmed a share";
    bench.room.desk.say(Say::Note(&format!(
        "Key {label} is lost: {why}. A new one is made; we go back to step {back_to}."
    )));
    for set in &void_sets {
        bench.room.desk.say(Say::Note(&format!(
            "Shares of set {set} are void: whoever has one destroys it."
        )));
    }
    bench.room.desk.say(Say::Note(&format!(
        "Every share file of key {label} whose set the record does not name is void, too."
    )));
    for path in &void_artifacts {
        bench
            .room
            .desk
            .say(Say::Note(&format!("{path} is void: do not use it.")));
    }
    let why = why.to_owned();
    bench.record(Event::Lost(Lost {
        key: label.to_owned(),
        why,
        void_sets,
        void_artifacts,
        back_to,
    }))
}

/// Share sets that were handed out of a key, and artifacts made of it, that are not void.
pub(super) fn made_of(entries: &[Entry], label: &str) -> (Vec<String>, Vec<String>) {
    let mut void_sets: Vec<String> = Vec::new();
    let mut void_artifacts = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::Handed(handed) if handed.key == label => {
                if !void_sets.contains(&handed.set) {
                    void_sets.push(handed.set.clone());
                }
            }
            Event::Step(step) if key_of(&step.did) == Some(label) => {
                void_artifacts.extend(step.artifacts.iter().map(|artifact| artifact.path.clone()));
            }
            Event::Lost(lost) if lost.key == label => {
                void_sets.retain(|set| !lost.void_sets.contains(set));
                void_artifacts.retain(|path| !lost.void_artifacts.contains(path));
            }
            Event::Open(_)
            | Event::Step(_)
            | Event::Handed(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Lost(_)
            | Event::Recovered(_)
            | Event::BatchKey(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => {}
        }
    }
    (void_sets, void_artifacts)
}

fn key_of(did: &Did) -> Option<&str> {
    match did {
        Did::Generate { key, .. }
        | Did::Split { key, .. }
        | Did::RestoreTest { key, .. }
        | Did::Restore { key, .. }
        | Did::Drill { key, .. }
        | Did::Reshare { key, .. }
        | Did::Retire(Retired { key, .. })
        | Did::Lock { key, .. }
        | Did::Availability { key, .. }
        | Did::Declare { key, .. }
        | Did::Receipt { key, .. }
        | Did::Wrap { key, .. }
        | Did::Move(Moved { key, .. })
        | Did::RequestDestroy(DestroyRequested { key, .. })
        | Did::CancelDestroy(DestroyCancelled { key, .. })
        | Did::Identify(Identified { key, .. })
        | Did::Close(Closed { key, .. })
        | Did::Destroy { key, .. } => Some(key),
        Did::SignIn { .. }
        | Did::SignOut { .. }
        | Did::ReEncrypted { .. }
        | Did::Environment { .. }
        | Did::Statement { .. }
        | Did::Compare { .. }
        | Did::Approve { .. }
        | Did::TakeOut { .. }
        | Did::Inspect { .. }
        | Did::HandOver { .. }
        | Did::PutAway { .. }
        | Did::Join(_)
        | Did::Acknowledge(_)
        | Did::MovePerson(_)
        | Did::Leave(_)
        | Did::Withdraw(_)
        | Did::AccessReview(_)
        | Did::Reconcile(_)
        | Did::Explain(_)
        | Did::Confirm(_)
        | Did::Exception { .. }
        | Did::Batch { .. }
        | Did::Break { .. } => None,
    }
}

/// A file that no entry explains: written, but the step was not recorded.
struct Unexplained {
    path: String,
    full: PathBuf,
    sha256: Digest,
    is_link: bool,
}

fn unexplained(store: &Store) -> Result<Vec<Unexplained>, EngineError> {
    let explained: BTreeSet<String> = store
        .entries()
        .iter()
        .flat_map(|entry| paths(&entry.event))
        .collect();
    let mut found = Vec::new();
    for folder in [ARTIFACTS, APPROVALS] {
        list_files(store.dir(), Path::new(folder), &mut found)?;
    }
    found.sort();
    found.retain(|path| !explained.contains(path) && store.archive(path).is_none());
    // All are looked at before any is settled.
    let mut seen = Vec::new();
    for path in found {
        let full = store.dir().join(&path);
        let io = |source| EngineError::Io {
            doing: "look at",
            path: full.clone(),
            source,
        };
        let is_link = full.symlink_metadata().map_err(io)?.is_symlink();
        let sha256 = if is_link {
            let target = fs::read_link(&full).map_err(io)?;
            Digest::of(target.as_os_str().as_encoded_bytes())
        } else {
            files::digest(&full, u64::MAX)?.0
        };
        seen.push(Unexplained {
            path,
            full,
            sha256,
            is_link,
        });
    }
    Ok(seen)
}

/// Settles every file that no entry explains.
pub(super) fn orphans(bench: &mut Bench<'_, '_>) -> Result<(), EngineError> {
    ends_of_archives(bench)?;
    for orphan in unexplained(&bench.store)? {
        let Unexplained {
            path,
            full,
            sha256,
            is_link,
        } = orphan;
        // A link is no evidence of what it points to, and is never followed.
        let half_written = is_link
            || Path::new(&path)
                .extension()
                .is_some_and(|ending| ending == "part");
        bench.room.desk.say(Say::Note(&format!(
            "{path} is orphaned: it was written, but the step was not recorded"
        )));
        let question = Question::confirmation(
            format!("orphan/{path}"),
            format!("Keep {path} as evidence in {ORPHANS}/? (`no` destroys it)"),
        );
        let (decision, by) = if half_written {
            (OrphanDecision::Destroyed, "keyrite".to_owned())
        } else if bench.confirm(&question)? {
            (OrphanDecision::Kept, "the room".to_owned())
        } else {
            (OrphanDecision::Destroyed, "the room".to_owned())
        };
        // Recorded first: a second interruption finds either the file or the reason for its absence.
        bench.record(Event::Orphan(Orphan {
            path: path.clone(),
            sha256,
            decision,
            by,
            from: None,
        }))?;
        put_away(bench, &full, &path, decision)?;
    }
    Ok(())
}

/// Cuts off what was written of a batch and not recorded: those keys are made again.
fn ends_of_archives(bench: &mut Bench<'_, '_>) -> Result<(), EngineError> {
    for (path, length) in bench.store.archives() {
        let full = bench.store.dir().join(&path);
        let Some(sha256) = archive::tail(&full, length)? else {
            continue;
        };
        bench.room.desk.say(Say::Note(&format!(
            "{path} goes on behind the last key that is recorded; that is cut off, and those keys are made again"
        )));
        bench.record(Event::Orphan(Orphan {
            path,
            sha256,
            decision: OrphanDecision::Destroyed,
            by: "keyrite".to_owned(),
            from: Some(length),
        }))?;
        archive::cut(&full, length)?;
    }
    Ok(())
}

fn put_away(
    bench: &Bench<'_, '_>,
    full: &Path,
    path: &str,
    decision: OrphanDecision,
) -> Result<(), EngineError> {
    let io = |source| EngineError::Io {
        doing: "put away",
        path: full.to_owned(),
        source,
    };
    match decision {
        // A key, and no file, is adopted.
        OrphanDecision::Adopted => Ok(()),
        OrphanDecision::Destroyed => fs::remove_file(full).map_err(io),
        OrphanDecision::Kept => {
            let stem = format!("{ORPHANS}/{}", path.replace('/', "-"));
            let to = bench.store.dir().join(bench.free_path(&stem, ""));
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(io)?;
            }
            fs::rename(full, to).map_err(io)
        }
    }
}

fn paths(event: &Event) -> Vec<String> {
    match event {
        Event::Open(open) => open
            .script_approvals
            .iter()
            .map(|approval| approval.signature.path.clone())
            .collect(),
        Event::Step(step) => {
            let mut paths: Vec<String> = step
                .artifacts
                .iter()
                .map(|artifact| artifact.path.clone())
                .collect();
            if let Did::Approve {
                request, signature, ..
            } = &step.did
            {
                paths.extend([request.path.clone(), signature.path.clone()]);
            }
            if let Did::Exception {
                told: Some(told), ..
            } = &step.did
            {
                paths.extend(told.files().map(|file| file.path.clone()));
            }
            paths
        }
        Event::Exception(told) => told.files().map(|file| file.path.clone()).collect(),
        Event::Handed(_)
        | Event::Resumed(_)
        | Event::Lost(_)
        | Event::Recovered(_)
        | Event::BatchKey(_)
        | Event::Orphan(_)
        | Event::Calling(_)
        | Event::Sealed(_) => Vec::new(),
    }
}

/// Every file below `folder`, relative to `dir`.
fn list_files(dir: &Path, folder: &Path, found: &mut Vec<String>) -> Result<(), EngineError> {
    let full: PathBuf = dir.join(folder);
    let io = |source| EngineError::Io {
        doing: "list",
        path: full.clone(),
        source,
    };
    let entries = match fs::read_dir(&full) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    for entry in entries {
        let entry = entry.map_err(io)?;
        let path = folder.join(entry.file_name());
        if entry.file_type().map_err(io)?.is_dir() {
            list_files(dir, &path, found)?;
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
