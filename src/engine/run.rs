//! A live ceremony, from readiness to seal.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::estimate::due;
use crate::domain::estimate::plan;
use crate::domain::estimate::told_as;
use crate::domain::finding::RULE_SET;
use crate::domain::progress::Progress;
use crate::domain::progress::number;
use crate::domain::record::Event;
use crate::domain::record::Follows;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::domain::record::Step as StepEntry;
use crate::domain::say::say;
use crate::domain::script::Script;
use crate::domain::text::list;
use crate::engine::abort;
use crate::engine::bench::Bench;
use crate::engine::bench::Room;
use crate::engine::bench::State;
use crate::engine::desk::DeskError;
use crate::engine::desk::Go;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::dossier;
use crate::engine::error::EngineError;
use crate::engine::error::Stopped;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::left;
use crate::engine::lint;
use crate::engine::open::Opening;
use crate::engine::open::open;
use crate::engine::organisation;
use crate::engine::plugins::AllowedPlugins;
use crate::engine::readiness;
use crate::engine::ready;
use crate::engine::resume;
use crate::engine::signing;
use crate::engine::steps;
use crate::engine::store;
use crate::engine::store::SIGNATURES;
use crate::engine::store::Store;
use crate::engine::token;
use crate::engine::token::access::Access;
use crate::error::Diagnose as _;
use crate::secret::wipe_stack;

/// How a run begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Begin {
    /// With a ceremony that there is not yet.
    Anew,
    /// Where one was interrupted.
    Resume,
    /// Where one was interrupted, to end it.
    Abort,
}

/// What a run is asked for besides its script.
#[derive(Debug)]
pub struct Asked<'a> {
    /// How it begins.
    pub how: Begin,
    /// The organisation file, where it is named on the command line.
    pub organisation: Option<&'a Path>,
    /// The record that it follows in its register.
    pub follows: Option<Follows>,
    /// The place where it is struck, in a test of one that dies.
    pub faults: Faults,
}

/// Runs the script at `path` and leaves the ceremony in `dir`.
pub fn run(
    path: &Path,
    dir: &Path,
    asked: Asked<'_>,
    access: &Access,
    room: Room<'_>,
) -> Result<Outcome, Stopped> {
    let Asked {
        how,
        organisation,
        follows,
        faults,
    } = asked;
    let begun = |error| Stopped {
        error,
        step: None,
        begun: true,
    };
    let before = |error| Stopped {
        begun: how != Begin::Anew,
        ..begun(error)
    };
    let bytes = files::read_script(path).map_err(before)?;
    let today = room
        .clock
        .now()
        .timestamp()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let (within, today, set) = match how {
        Begin::Anew => {
            let within = organisation::beside(&bytes, path, organisation).map_err(before)?;
            (within, today, RULE_SET)
        }
        Begin::Resume | Begin::Abort => {
            // What the ceremony began with, and when, whatever lies beside the script now.
            let set = dossier::rule_set(dir);
            let begun = dossier::organisation(dir).map_err(before)?;
            let (within, day) = begun.map_or((None, today), |(within, day)| (Some(within), day));
            (within, day, set)
        }
    };
    let script = lint::accept_by(&bytes, today, within, set).map_err(before)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut bench = match how {
        Begin::Anew => begin(&script, path, &bytes, dir, follows, faults, access, room),
        Begin::Resume | Begin::Abort => {
            let inputs = how == Begin::Resume;
            resume::reopen(&script, &bytes, folder, dir, inputs, access, room).map(|mut bench| {
                *bench.store.faults_mut() = faults;
                bench
            })
        }
    }
    .map_err(before)?;
    bench.room.desk.say(Say::Note(
        "`!` in place of any answer tells that something goes otherwise than written.",
    ));
    let ended = match how {
        Begin::Anew => None,
        Begin::Resume => resume::reconcile(&mut bench).map_err(before)?,
        Begin::Abort => Some(resume::end(&mut bench).map_err(before)?),
    };
    let outcome = match ended {
        Some(outcome) => outcome,
        None => go_on(&mut bench)?,
    };
    sign_now(&mut bench).map_err(begun)?;
    Ok(outcome)
}

#[expect(
    clippy::too_many_arguments,
    reason = "called once, by the function above"
)]
fn begin<'a, 'r>(
    script: &'a Script,
    path: &Path,
    bytes: &[u8],
    dir: &Path,
    follows: Option<Follows>,
    faults: Faults,
    access: &Access,
    room: Room<'r>,
) -> Result<Bench<'a, 'r>, EngineError> {
    let mode = Mode::from(script.mode.value);
    files::refuse_existing(dir)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let keyring = lint::keyring(script);
    room.desk.say(Say::Title(script.title.as_str()));
    room.desk.say(Say::Note(&format!(
        "{mode} · {} steps · {}",
        script.steps.len(),
        script.ceremony.value
    )));
    ready::people(script, &keyring)?;
    if let Some(within) = &script.within {
        let missing = organisation::signed(within, mode, room.clock.now())?;
        if !missing.is_empty() {
            let told = format!("the organisation file is not signed by {}", list(&missing));
            room.desk.say(Say::Note(&told));
        }
    }
    let approvals = ready::approvals(script, path, bytes, mode, &keyring)?;
    let given = ready::given(script, folder)?;
    let now = room.clock.now();
    let brought = ready::inputs(script, folder, now)?;
    let plugins = AllowedPlugins::of(access).within(script);
    ready::screen(script, &*room.desk)?;
    ready::recipients(script, &keyring, &plugins, &mut *room.desk)?;
    let mut token = token::open(script, access, &mut *room.desk)?;
    left::find(script, &mut *token)?;
    let mut twin = token.twin();
    let mut walked = Ok(());
    let random = &mut *room.random;
    room.desk
        .working("Walking the steps on throwaway keys", &mut || {
            walked = ready::twin_walk(script, &brought.inputs, now, &mut *twin, random);
        });
    walked?;
    let digest = crate::domain::record::Digest::of(bytes);
    room.desk.say(Say::Fact {
        name: "SHA-256 of the script",
        value: &digest.to_string(),
    });
    for (approval, _) in &approvals {
        room.desk.say(Say::Fact {
            name: "approved by",
            value: script.name_of(&approval.by),
        });
    }
    let (recorded, signatures): (Vec<_>, Vec<_>) = approvals.into_iter().unzip();
    let (tool, facts) = (room.host.tool(), token.identity());
    let readiness = readiness::list_of(&readiness::Ready {
        script,
        mode,
        approvals: &recorded,
        brought: &brought,
        tool: &tool,
        token: facts.as_ref(),
        host: room.host,
        dir,
    });
    readiness::show(&readiness, &mut *room.desk)?;
    let signatures: Vec<(String, Vec<u8>)> = recorded
        .iter()
        .map(|approval| approval.signature.path.clone())
        .zip(signatures)
        .collect();
    let (event, mut files) = open(Opening {
        script,
        mode,
        tool,
        keyring: &keyring,
        brought: &brought,
        token: facts,
        given,
        lifecycle: script.lives(),
        script_approvals: recorded,
        readiness,
        follows,
        now,
    })?;
    files.extend(signatures);
    let store = Store::create(dir, bytes, &files, now, &event, faults)?;
    Ok(Bench {
        script,
        folder: folder.to_owned(),
        mode,
        room,
        state: State::of(store.entries()),
        store,
        keyring,
        inputs: brought.inputs,
        lists: brought.lists,
        token,
        plugins,
    })
}

/// Does every step that is not done, to the seal.
pub fn go_on(bench: &mut Bench<'_, '_>) -> Result<Outcome, Stopped> {
    readiness::settle(bench).map_err(|error| Stopped {
        error,
        step: None,
        begun: true,
    })?;
    let script = bench.script;
    let total = script.steps.len();
    loop {
        let mut progress = Progress::new(script);
        for entry in bench.store.entries() {
            // What is written was checked when it was written; on resuming, when it was read.
            if progress.apply(&entry.event).is_err() {
                break;
            }
        }
        let Some(index) = progress.next() else {
            return Ok(Outcome::Complete);
        };
        let n = number(index);
        let line = script.steps.get(index).map_or(0, |step| step.place.line);
        let stopped = |error| Stopped {
            error,
            step: Some((n, line)),
            begun: true,
        };
        let Some(step) = script.steps.get(index) else {
            return Ok(Outcome::Complete);
        };
        bench.store.faults_mut().enter(n);
        let sentence = say(script, &step.value);
        bench.room.desk.say(Say::Step {
            number: n,
            total,
            sentence: &sentence,
        });
        match bench
            .room
            .desk
            .go(n)
            .map_err(|error| stopped(error.into()))?
        {
            Go::On => {}
            Go::Exception => {
                let told = steps::tell(bench, n).map_err(stopped)?;
                bench.record(Event::Exception(told)).map_err(stopped)?;
                continue;
            }
            Go::Halt => return Err(stopped(EngineError::Halted { step: n })),
            Go::Abort => {
                if let Some(outcome) = abort::abort(bench, n).map_err(stopped)? {
                    return Ok(outcome);
                }
                continue;
            }
        }
        let event = match steps::perform(bench, index).map_err(stopped)? {
            Some(done) => Event::Step(Box::new(StepEntry {
                number: n,
                line,
                says: sentence,
                did: done.did,
                artifacts: done.artifacts,
            })),
            None => Event::Sealed(steps::seal(bench, Outcome::Complete, None)),
        };
        bench.record(event).map_err(stopped)?;
        wipe_stack();
        tell_time(bench, index);
    }
}

/// One quiet line after each step: what it has taken so far, beside what was planned. A rehearsal
/// takes no time, and tells the plan alone.
fn tell_time(bench: &mut Bench<'_, '_>, index: usize) {
    let script = bench.script;
    let Some(planned) = plan(script).get(index).copied() else {
        return;
    };
    let due = due(script, &planned);
    let entries = bench.store.entries();
    let told = match (bench.mode, entries.first(), entries.last()) {
        (Mode::Practice | Mode::Production, Some(first), Some(last)) => {
            let taken = u32::try_from(last.at.seconds_since(first.at)).unwrap_or(0);
            format!("time {}, planned {}", told_as(taken), told_as(planned.to()))
        }
        (Mode::Rehearsal | Mode::Practice | Mode::Production, _, _) => {
            format!("planned until {due}")
        }
    };
    bench.room.desk.say(Say::Note(&told));
}

/// Lets everybody sign the sealed record who has a key here.
pub fn sign_now(bench: &mut Bench<'_, '_>) -> Result<Vec<String>, EngineError> {
    let record = files::read_record(&bench.store.dir().join(store::RECORD))?;
    let digest = crate::domain::record::Digest::of(&record).to_string();
    // Sealing shares draws random bytes in a rehearsal too.
    bench.room.desk.varies(&digest);
    bench.room.desk.say(Say::Fact {
        name: "SHA-256 of the record",
        value: &digest,
    });
    let mut outstanding = Vec::new();
    for id in bench.script.record_signers() {
        let path = format!("{SIGNATURES}/{id}.sig");
        let question = Question::confirmation(
            format!("sign/{id}"),
            format!(
                "{}: the file of your signing key (empty: sign later)",
                bench.name(&id)
            ),
        )
        .to(&id);
        let namespace = bench.mode.namespace();
        let signed = bench.until_right(|bench| {
            let key = bench
                .keyring
                .get(&id)
                .and_then(|keys| keys.signs_with.as_ref());
            let key = key.ok_or_else(|| EngineError::PersonLacks {
                person: id.clone(),
                field: "signs-with",
            })?;
            let brought = bench.room.desk.bring(&question, Wanted::SigningKey)?;
            signing::sign_or_take(bench.room.desk, brought, &id, key, namespace, &record)
        });
        wipe_stack();
        // The record is sealed: whoever cannot sign now can do so later.
        match signed {
            Ok(Some(armored)) => {
                bench.store.write(&path, armored.as_bytes())?;
                bench
                    .room
                    .desk
                    .say(Say::Good(&format!("{} signed", bench.name(&id))));
            }
            Ok(None) | Err(EngineError::Desk(DeskError::NoTerminal { .. })) => {
                outstanding.push(id);
            }
            // The record is sealed: what is told now is told by disagreeing with it.
            Err(
                error @ (EngineError::Desk(DeskError::Otherwise { .. })
                | EngineError::Signature { .. }
                | EngineError::Agent(_)),
            ) => {
                let hint = error.hint();
                bench.room.desk.say(Say::Trouble {
                    message: &error.to_string(),
                    hint: hint.as_deref(),
                });
                outstanding.push(id);
            }
            Err(error) => return Err(error),
        }
    }
    for id in &outstanding {
        bench.room.desk.say(Say::Note(&format!(
            "{} has still to sign: keyrite sign {} --as {id} --key FILE",
            bench.name(id),
            bench.store.dir().display()
        )));
    }
    Ok(outstanding)
}

/// Names of the inputs that a record began with, as they were.
pub fn recorded_inputs(
    entries: &[crate::domain::record::Entry],
) -> BTreeMap<&str, &crate::domain::record::Input> {
    match entries.first().map(|entry| &entry.event) {
        Some(Event::Open(open)) => open
            .inputs
            .iter()
            .map(|input| (input.name.as_str(), input))
            .collect(),
        Some(_) | None => BTreeMap::new(),
    }
}

/// The lists that a record began with, as they were.
pub fn recorded_batches(
    entries: &[crate::domain::record::Entry],
) -> &[crate::domain::record::Batch] {
    match entries.first().map(|entry| &entry.event) {
        Some(Event::Open(open)) => &open.batches,
        Some(_) | None => &[],
    }
}
