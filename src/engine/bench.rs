//! Everything that a step may touch, and what the ceremony has come to so far.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::crypto::random::Random;
use crate::custody::seal::Receiver;
use crate::domain::ledger::Ledger;
use crate::domain::record::Call;
use crate::domain::record::Calling;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::GivenBackup;
use crate::domain::record::GivenSet;
use crate::domain::record::GivenShare;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::OlderSet;
use crate::domain::record::Purpose;
use crate::domain::record::TOKEN;
use crate::domain::record::TokenKey;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::clock::Clock;
use crate::engine::desk::Brought;
use crate::engine::desk::Desk;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Wanted;
use crate::engine::error::EngineError;
use crate::engine::host::Host;
use crate::engine::inputs::ReadInput;
use crate::engine::left;
use crate::engine::list::List;
use crate::engine::plugins::AllowedPlugins;
use crate::engine::resume;
use crate::engine::steps;
use crate::engine::store::Store;
use crate::engine::token::KeyPlan;
use crate::engine::token::Token;
use crate::error::Diagnose as _;
use crate::error::Exit;
use crate::record::chain;
use crate::record::signing::PublicKey;
use crate::secret::Secret;

/// How long recording a step may take, in seconds, after its approval was looked at.
const RECORDING: i64 = 30;

/// The room: people, clock, chance and machine.
pub struct Room<'a> {
    /// The people.
    pub desk: &'a mut dyn Desk,
    /// The clock.
    pub clock: &'a mut dyn Clock,
    /// The random source.
    pub random: &'a mut dyn Random,
    /// The machine.
    pub host: &'a dyn Host,
}

/// Somebody's public keys, read.
#[derive(Debug, Default)]
pub struct PersonKeys {
    /// Checks signatures.
    pub signs_with: Option<PublicKey>,
    /// What shares are sealed to.
    pub receiver: Option<Receiver>,
}

/// Everybody's public keys, by id.
pub type Keyring = BTreeMap<String, PersonKeys>;

/// What a step may touch.
pub struct Bench<'a, 'r> {
    /// The script.
    pub script: &'a Script,
    /// The script's folder.
    pub folder: PathBuf,
    /// What the run is worth.
    pub mode: Mode,
    /// The room.
    pub room: Room<'r>,
    /// The ceremony directory.
    pub store: Store,
    /// Public keys of the people.
    pub keyring: Keyring,
    /// Import parameters, by their name in the script.
    pub inputs: BTreeMap<String, ReadInput>,
    /// Lists of keys, by their name in the script.
    pub lists: BTreeMap<String, List>,
    /// Where the keys live.
    pub token: Box<dyn Token>,
    /// The age plugins that may run.
    pub plugins: AllowedPlugins,
    /// What it has come to.
    pub state: State,
}

/// What the ceremony has come to, as the record says.
#[derive(Default)]
pub struct State {
    /// Check values recorded when a key was made, here or in an earlier ceremony.
    pub made: BTreeMap<String, BTreeMap<String, String>>,
    /// Share sets by key.
    pub splits: BTreeMap<String, SplitState>,
    /// Sets of each key that were replaced and may still rebuild it, oldest first.
    pub older: BTreeMap<String, Vec<OlderSet>>,
    /// Index of an approving step, and until when it holds.
    pub approvals: BTreeMap<usize, Moment>,
    /// Where the things are that custodians keep.
    pub ledger: Ledger,
    /// Where keys of earlier ceremonies are in their lives.
    pub lives: BTreeMap<String, Life>,
    /// What was found in the token on resuming.
    pub in_token: BTreeMap<String, TokenKey>,
    /// Folders to which shares were written in this process, by custodian, for a convenient default later.
    pub media: BTreeMap<String, PathBuf>,
}

/// A split as the record tells it.
#[derive(Clone, Debug)]
pub struct SplitState {
    /// The shares and what they rebuild.
    pub set: GivenSet,
    /// The key wrapped under the backup key, where that was split.
    pub backup: Option<Backup>,
}

/// Where a key is that was wrapped under a backup key.
#[derive(Clone, Debug)]
pub enum Backup {
    /// An artifact of this ceremony, by its path.
    Artifact(String),
    /// A file of an earlier ceremony, in the script's folder.
    Given(GivenBackup),
}

impl State {
    /// The state that a record tells of, as far as it outlives a process.
    pub fn of(entries: &[Entry]) -> Self {
        let mut state = Self::default();
        for entry in entries {
            state.apply(&entry.event);
        }
        state
    }

    /// Takes an entry into account.
    pub fn apply(&mut self, event: &Event) {
        if let Event::Step(step) = event {
            self.ledger.apply(&step.did);
            for life in self.lives.values_mut() {
                life.apply(&step.did);
            }
        }
        match event {
            Event::Step(step) => match &step.did {
                Did::Generate {
                    key, check_values, ..
                }
                | Did::Restore {
                    key, check_values, ..
                } => {
                    self.made.insert(key.clone(), check_values.clone());
                }
                Did::Split {
                    key,
                    subject,
                    check_values,
                    set,
                    self_check: _,
                } => {
                    let backup = backup_of(step);
                    let set = GivenSet::new(set, *subject, check_values);
                    let split = SplitState { set, backup };
                    self.splits.insert(key.clone(), split);
                }
                Did::Reshare {
                    key,
                    subject,
                    check_values,
                    set,
                    ..
                } => {
                    let backup = backup_of(step);
                    let set = GivenSet::new(set, *subject, check_values);
                    let split = SplitState { set, backup };
                    if let Some(old) = self.splits.insert(key.clone(), split) {
                        let older = self.older.entry(key.clone()).or_default();
                        older.push(OlderSet::from(&old.set));
                    }
                }
                Did::Retire(retired) => {
                    if let Some(older) = self.older.get_mut(&retired.key) {
                        older.retain(|set| retired.live || set.id != retired.set);
                    }
                }
                Did::Approve { expires, .. } => {
                    let index = usize::try_from(step.number).unwrap_or(0).saturating_sub(1);
                    self.approvals.insert(index, *expires);
                }
                Did::SignIn { .. }
                | Did::SignOut { .. }
                | Did::Environment { .. }
                | Did::Statement { .. }
                | Did::RestoreTest { .. }
                | Did::Drill { .. }
                | Did::Compare { .. }
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
            },
            Event::Lost(lost) => {
                self.made.remove(&lost.key);
                self.splits.remove(&lost.key);
            }
            Event::Open(open) => {
                self.ledger = Ledger::new(&open.items);
                for life in &open.lifecycle {
                    self.lives.insert(life.key.clone(), life.clone());
                }
                for given in &open.given {
                    self.made
                        .insert(given.key.clone(), given.check_values.clone());
                    let split = SplitState {
                        set: given.share_set.clone(),
                        backup: given.backup.clone().map(Backup::Given),
                    };
                    self.splits.insert(given.key.clone(), split);
                    self.older
                        .insert(given.key.clone(), given.live_sets(&open.kind));
                }
                let in_token = |life: &&Life| life.at.contains_key(TOKEN);
                for life in open.lifecycle.iter().filter(in_token) {
                    let (key, values) = (life.key.clone(), life.check_values.clone());
                    self.made.insert(key, values);
                }
            }
            Event::Resumed(resumed) => self.in_token.clone_from(&resumed.keys),
            Event::Handed(_)
            | Event::Exception(_)
            | Event::Recovered(_)
            | Event::BatchKey(_)
            | Event::Orphan(_)
            | Event::Calling(_)
            | Event::Sealed(_) => {}
        }
    }

    /// Custodian and share of the set that a key was split into.
    pub fn shares_of(&self, key: &str) -> &[GivenShare] {
        self.splits.get(key).map_or(&[], |split| &split.set.shares)
    }
}

/// The key wrapped under a backup key, where a step made that.
fn backup_of(step: &crate::domain::record::Step) -> Option<Backup> {
    let mut made = step.artifacts.iter();
    let backup = made.find(|made| made.purpose == Purpose::Backup)?;
    Some(Backup::Artifact(backup.path.clone()))
}

impl<'a> Bench<'a, '_> {
    /// Writes down what the token is about to be asked for, if the token would outlive a process
    /// that dies of it.
    pub fn calling(&mut self, step: u32, key: &str, call: Call) -> Result<(), EngineError> {
        if !self.token.outlives_process() {
            return Ok(());
        }
        let key = key.to_owned();
        self.record(Event::Calling(Calling { step, key, call }))
    }

    /// What the script asks of a key, and how it is called in the token.
    pub fn plan(&self, label: &str) -> Result<KeyPlan, EngineError> {
        if let Some(plan) = left::plan(self.script, label)? {
            return Ok(plan);
        }
        let first = self.store.entries().first().map(Entry::line);
        Ok(KeyPlan::of(self.script, label)?.named(Digest::of(&first.unwrap_or_default()), label))
    }

    /// Appends an entry, now, and takes it into account.
    pub fn record(&mut self, event: Event) -> Result<(), EngineError> {
        let now = self.room.clock.now();
        self.store.append(now, event)?;
        if let Some(entry) = self.store.entries().last() {
            self.state.apply(&entry.event);
        }
        Ok(())
    }

    /// Somebody's name as spoken.
    pub fn name(&self, id: &str) -> &'a str {
        self.script
            .people
            .get(id)
            .map_or("somebody", |person| person.name.as_str())
    }

    /// Asks for one line of public text, as [`Desk::ask`].
    pub fn ask(&mut self, question: &Question) -> Result<String, EngineError> {
        self.answered(|desk| desk.ask(question))
    }

    /// Asks yes or no, as [`Desk::confirm`].
    pub fn confirm(&mut self, question: &Question) -> Result<bool, EngineError> {
        self.answered(|desk| desk.confirm(question))
    }

    /// Asks for something that only its owner has, as [`Desk::bring`].
    pub fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, EngineError> {
        self.answered(|desk| desk.bring(question, wanted))
    }

    /// Asks for a secret, as [`Desk::secret`].
    pub fn secret(&mut self, question: &Question) -> Result<Secret, EngineError> {
        self.answered(|desk| desk.secret(question))
    }

    /// Asks until there is an answer: at each question somebody may tell an exception first, which
    /// is on the disk before the question is asked again.
    pub fn answered<T>(
        &mut self,
        mut ask: impl FnMut(&mut dyn Desk) -> Result<T, DeskError>,
    ) -> Result<T, EngineError> {
        loop {
            match ask(&mut *self.room.desk) {
                Err(DeskError::Otherwise { id }) => self.otherwise(id)?,
                done => return Ok(done?),
            }
        }
    }

    /// Records an exception that somebody tells in the middle of a step, at the question `id`.
    pub fn otherwise(&mut self, id: String) -> Result<(), EngineError> {
        if chain::sealed(self.store.entries()).is_some() {
            return Err(DeskError::Otherwise { id }.into());
        }
        let due = resume::progress(self.script, self.store.entries())?.next_number();
        let told = steps::tell(self, due)?;
        self.record(Event::Exception(told))
    }

    /// Asks for a line that says something.
    pub fn line(&mut self, question: &Question) -> Result<String, EngineError> {
        self.until_right(|bench| {
            let line = bench.ask(question)?.trim().to_owned();
            if line.is_empty() {
                Err(EngineError::NothingSaid(question.text.clone()))
            } else {
                Ok(line)
            }
        })
    }

    /// Tries until it works, as long as a person can put right what went wrong.
    pub fn until_right<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        loop {
            match attempt(self) {
                Err(EngineError::Desk(DeskError::Otherwise { id })) => self.otherwise(id)?,
                Err(error) if self.can_be_repeated(&error) => {
                    let hint = error.hint();
                    self.room.desk.say(crate::engine::desk::Say::Trouble {
                        message: &error.to_string(),
                        hint: hint.as_deref(),
                    });
                }
                done => return done,
            }
        }
    }

    fn can_be_repeated(&self, error: &EngineError) -> bool {
        self.room.desk.patient() && mendable(error)
    }

    /// Whether an approval that still holds covers the step at `index`.
    pub fn approved(&self, index: usize, now: Moment) -> bool {
        self.approved_until(index).is_some_and(|until| now <= until)
    }

    /// Until when the step at `index` may be begun, by the approvals that cover it.
    pub fn approved_until(&self, index: usize) -> Option<Moment> {
        let covers = |at: &usize| {
            let step = self.script.steps.get(*at).map(|step| &step.value);
            matches!(step, Some(Step::Approve(approve))
                if self.script.covered_by(*at, approve).iter().any(|(covered, _)| *covered == index))
        };
        let holding = self.state.approvals.iter().filter(|(at, _)| covers(at));
        // It must still hold when the step is recorded, a moment after it was done.
        let last = holding.map(|(_, expires)| expires.plus_seconds(-RECORDING));
        last.max()
    }

    /// Whether the script has an approval for the step at `index`.
    pub fn needs_approval(&self, index: usize) -> bool {
        self.script.steps.iter().enumerate().any(|(at, step)| {
            matches!(&step.value, Step::Approve(approve)
                if self.script.covered_by(at, approve).iter().any(|(covered, _)| *covered == index))
        })
    }

    /// A path below the ceremony directory at which nothing is yet: `stem` + `ending`, or with
    /// `-2`, `-3` … between where an earlier attempt left something.
    pub fn free_path(&self, stem: &str, ending: &str) -> String {
        let mut path = format!("{stem}{ending}");
        let mut attempt = 2;
        while self.store.dir().join(&path).symlink_metadata().is_ok() {
            path = format!("{stem}-{attempt}{ending}");
            attempt += 1;
        }
        path
    }
}

/// Whether a person can put right what went wrong, by bringing something else.
pub fn mendable(error: &EngineError) -> bool {
    let nobody_to_ask = matches!(error, EngineError::Desk(_) | EngineError::Killed);
    // A wrong share is an incident only if it is the last word: another one may be brought.
    let other = error.exit() == Exit::Operator
        || matches!(
            error,
            EngineError::Share(_) | EngineError::OthersShare { .. } | EngineError::Signature { .. }
        );
    other && !nobody_to_ask
}
