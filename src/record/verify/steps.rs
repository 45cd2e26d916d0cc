//! The entries in their order: each against the script, and against what came before it.

mod approve;
mod batch;
mod confirm;
mod custody;
mod declare;
mod delivery;
mod drill;
mod exception;
mod given;
mod keys;
mod ledger;
mod left;
mod lifecycle;
mod readiness;
mod reconcile;
mod reshare;
mod room;
mod rotation;
mod staff;

pub use crate::record::verify::steps::keys::spki_of;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::progress::Progress;
use crate::domain::progress::number;
use crate::domain::record::Call;
use crate::domain::record::Calling;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::EndOfKey;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Handed;
use crate::domain::record::Input;
use crate::domain::record::Lost;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Outcome;
use crate::domain::record::Recovered;
use crate::domain::record::Resumed;
use crate::domain::record::Sealed;
use crate::domain::record::Step as StepEntry;
use crate::domain::record::TokenKey;
use crate::domain::say::say;
use crate::domain::script::Core;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::record::verify::Approval;
use crate::record::verify::Dossier;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::keys::Keys;
use crate::record::verify::steps::batch::BatchSeen;
use crate::record::verify::tally::Tally;

pub(super) fn check(
    dossier: &Dossier,
    script: &Script,
    open: &Open,
    entries: &[Entry],
    keys: &Keys<'_>,
    tally: &mut Tally,
) -> Vec<Approval> {
    tally.about(Check::Steps);
    let mut walk = Walk {
        dossier,
        script,
        open,
        keys,
        tally,
        progress: Progress::new(script),
        in_order: true,
        here: Here::default(),
        made: BTreeMap::new(),
        splits: given::sets(open),
        older: reshare::older(open),
        resharing: BTreeSet::new(),
        approvals: BTreeMap::new(),
        in_process: BTreeSet::new(),
        destroyed: BTreeSet::new(),
        handed: Vec::new(),
        void: BTreeSet::new(),
        batch: None,
        sets: BTreeMap::new(),
        sets_of: BTreeMap::new(),
        files: BTreeMap::new(),
        excepted: false,
        exceptions: 0,
        ready: readiness::all_hold(open),
        shelf: ledger::Shelf::new(open),
        lives: lifecycle::Lives::new(open),
        on_word: 0,
        resumed: 0,
        approved: Vec::new(),
        clocks: BTreeSet::new(),
    };
    walk.left_in_token();
    let mut before = None;
    for entry in entries {
        walk.entry(entry, before);
        before = Some(entry.at);
    }
    walk.old_epochs();
    walk.summary();
    walk.approved
}

/// Where the walk is, for messages.
#[derive(Clone, Copy, Default)]
struct Here {
    /// Line of the record.
    line: u64,
    /// Number of the step, where it is about one.
    step: Option<u32>,
    /// Moment of the entry.
    at: Option<Moment>,
    /// Moment of the entry before.
    before: Option<Moment>,
    /// What the entry continues.
    prev: Option<Digest>,
}

/// The shares of a key.
struct Held<'a> {
    set: &'a str,
    epoch: u32,
    threshold: u8,
    custodians: Vec<&'a str>,
}

struct Walk<'a, 't> {
    dossier: &'a Dossier,
    script: &'a Script,
    open: &'a Open,
    keys: &'a Keys<'a>,
    tally: &'t mut Tally,
    progress: Progress<'a>,
    /// Until the first entry that is out of order: what follows says nothing new.
    in_order: bool,
    here: Here,
    /// Check values of the keys that are made.
    made: BTreeMap<String, BTreeMap<String, String>>,
    /// Shares of keys, of this ceremony and of earlier ones.
    splits: BTreeMap<&'a str, Held<'a>>,
    /// Sets that were replaced, here or in earlier ceremonies, and may still rebuild a key.
    older: Vec<reshare::Older>,
    /// Keys that were dealt anew, and whose old shares nobody was asked about yet.
    resharing: BTreeSet<&'a str>,
    /// Index of an approving step, and until when it holds.
    approvals: BTreeMap<usize, Moment>,
    /// Keys in the memory of the process that writes the record, or in its HSM.
    in_process: BTreeSet<&'a str>,
    destroyed: BTreeSet<&'a str>,
    /// Shares handed out for a split that is not recorded yet.
    handed: Vec<&'a Handed>,
    /// Sets of shares that an interruption cut short: the HSM still has the key, and it was split anew.
    void: BTreeSet<&'a str>,
    /// The batch whose keys are being recorded.
    batch: Option<BatchSeen<'a>>,
    /// Sets of shares that were handed out and are not void, by key.
    sets: BTreeMap<&'a str, Vec<&'a str>>,
    /// The keys that each of them is of: one, where nobody lies.
    sets_of: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Files made of a key that are not void.
    files: BTreeMap<&'a str, Vec<&'a str>>,
    /// Whether an exception was recorded since the last step.
    excepted: bool,
    exceptions: u32,
    /// Whether everything was ready, or somebody answered for what was not.
    ready: bool,
    /// Things and shares, as the entries so far tell.
    shelf: ledger::Shelf,
    /// Where keys are in their lives.
    lives: lifecycle::Lives<'a>,
    on_word: usize,
    resumed: usize,
    /// Approvals in the room that hold.
    approved: Vec<Approval>,
    /// Who read another clock than the machine's.
    clocks: BTreeSet<&'a str>,
}

impl<'a> Walk<'a, '_> {
    fn entry(&mut self, entry: &'a Entry, before: Option<Moment>) {
        self.here = Here {
            line: entry.seq + 1,
            step: None,
            at: Some(entry.at),
            before,
            prev: Some(entry.prev),
        };
        self.tally.about(Check::Steps);
        if self.in_order {
            self.before_it_counts(&entry.event);
        }
        let due = self.progress.next();
        if self.in_order
            && let Err(error) = self.progress.apply(&entry.event)
        {
            self.in_order = false;
            self.wrong(format!("the record is out of order: {error}"));
        }
        match &entry.event {
            Event::Open(_) | Event::Orphan(_) => {}
            Event::BatchKey(key) => self.batch_key(key, due),
            Event::Calling(calling) => self.calling(calling, due),
            Event::Step(step) => {
                if !self.ready {
                    self.wrong("something was not ready before the first step, and no exception is recorded");
                    self.ready = true;
                }
                self.step(step);
                self.shelf.apply(&step.did);
                self.excepted = false;
            }
            Event::Handed(handed) => self.handed(handed, due),
            Event::Exception(exception) => self.exception(exception),
            Event::Resumed(resumed) => self.resumed(resumed),
            Event::Lost(lost) => self.lost(lost),
            Event::Recovered(recovered) => self.recovered(recovered),
            Event::Sealed(sealed) => self.sealed(sealed),
        }
        self.lives.apply(entry);
    }

    /// What depends on the step that is due when the entry comes.
    fn before_it_counts(&mut self, event: &Event) {
        let due = self.progress.next_number();
        match event {
            Event::Exception(exception) if exception.step != due => self.wrong(format!(
                "an exception is recorded for step {}, where step {due} is due",
                exception.step
            )),
            Event::Resumed(resumed) if resumed.next_step != due => self.wrong(format!(
                "the ceremony is recorded as going on at step {}, where step {due} is due",
                resumed.next_step
            )),
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

    fn wrong(&mut self, what: impl AsRef<str>) {
        let what = what.as_ref();
        let text = match self.here.step {
            Some(step) => format!("step {step}: {what}"),
            None => what.to_owned(),
        };
        self.tally.wrong(Some(self.here.line), text);
    }

    /// Holds one fact of the record against the script.
    fn same(&mut self, name: &str, found: &str, wanted: &str) {
        if found != wanted {
            self.wrong(format!(
                "the record says {name} `{found}`; the script says `{wanted}`"
            ));
        }
    }

    /// Holds people in the record against those of the script, order included.
    fn same_people<S: AsRef<str>, W: std::fmt::Display>(
        &mut self,
        name: &str,
        found: &[S],
        wanted: &[W],
    ) {
        let found: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        if found != wanted {
            self.wrong(format!(
                "the record says {name} [{}]; the script says [{}]",
                found.join(", "),
                wanted.join(", ")
            ));
        }
    }

    /// Holds check values against those recorded when the key was made.
    fn same_key(&mut self, key: &str, found: &BTreeMap<String, String>) {
        let Some(made) = self.made.get(key) else {
            self.wrong(format!("key {key} was not made before"));
            return;
        };
        if made == found {
            return;
        }
        let name = made
            .keys()
            .chain(found.keys())
            .find(|name| made.get(*name) != found.get(*name))
            .cloned()
            .unwrap_or_default();
        let value = |of: &BTreeMap<String, String>| {
            of.get(&name).map_or("nothing", String::as_str).to_owned()
        };
        let (here, there) = (value(found), value(made));
        self.wrong(format!(
            "the check value {name} of key {key} is {here}; {there} was recorded when it was made"
        ));
    }

    /// The input as the first entry names it.
    fn input(&mut self, name: &str) -> Option<&'a Input> {
        let input = self.open.inputs.iter().find(|input| input.name == name);
        if input.is_none() {
            self.wrong(format!(
                "the first entry names no import parameters for input {name}"
            ));
        }
        input
    }

    fn step(&mut self, entry: &'a StepEntry) {
        self.here.step = Some(entry.number);
        let index = usize::try_from(entry.number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        let script = self.script;
        let Some((index, step)) = index.and_then(|index| Some((index, script.steps.get(index)?)))
        else {
            self.wrong("the script has no such step");
            return;
        };
        if entry.line != step.place.line {
            self.wrong(format!(
                "the record places it at line {} of the script; it stands at line {}",
                entry.line, step.place.line
            ));
        }
        self.same(
            "that was read aloud:",
            &entry.says,
            &say(script, &step.value),
        );
        if entry.did.rests_on_word() {
            self.on_word += 1;
        }
        if !self.handed.is_empty() && !matches!(entry.did, Did::Split { .. } | Did::Reshare { .. })
        {
            self.wrong(
                "shares were handed out before it, and neither a split nor a loss is recorded",
            );
            self.handed.clear();
        }
        if entry.did.name() != step.value.name() {
            self.wrong(format!(
                "the record says `{}`; the script says `{}`",
                entry.did.name(),
                step.value.name()
            ));
            return;
        }
        let makes_files = matches!(
            step.value,
            Step::Generate(_)
                | Step::Split(_)
                | Step::Reshare(_)
                | Step::Wrap(_)
                | Step::Batch(_)
                | Step::Receipt(_)
                | Step::AccessReview(_)
                | Step::Reconcile(_)
                | Step::Confirm(_)
                | Step::Move(_)
        );
        if !makes_files && !entry.artifacts.is_empty() {
            self.wrong(format!("`{}` makes no artifacts", step.value.name()));
        }
        match &step.value {
            Step::SignIn(people) => self.sign_in(people, &entry.did),
            Step::SignOut(people) => self.sign_out(people, &entry.did),
            Step::Environment(wanted) => self.environment(wanted, &entry.did),
            Step::Statement(wanted) => self.statement(wanted, &entry.did),
            Step::Generate(key) => self.generate(key.as_str(), entry),
            Step::Split(wanted) => self.split(wanted, entry),
            Step::RestoreTest(wanted) => self.restore_test(wanted, &entry.did),
            Step::Restore(wanted) => self.restore(wanted, &entry.did),
            Step::Reshare(wanted) => self.reshare(wanted, entry),
            Step::Retire(wanted) => self.retire(wanted, &entry.did),
            Step::Drill(wanted) => self.drill(wanted, &entry.did),
            Step::Compare(wanted) => self.compare(wanted, &entry.did),
            Step::Approve(wanted) => self.approve(index, wanted, &entry.did),
            Step::Wrap(wanted) => self.wrap(index, wanted, entry),
            Step::Batch(wanted) => self.batch(index, wanted, entry),
            Step::Lock(key) => self.lock(key.as_str(), &entry.did),
            Step::Availability(wanted) => self.availability(wanted, &entry.did),
            Step::ReEncrypted(wanted) => self.re_encrypted(wanted, &entry.did),
            Step::Declare(wanted) => self.declare(wanted, &entry.did),
            Step::TakeOut(wanted) => self.take_out(wanted, &entry.did),
            Step::Inspect(wanted) => self.inspect(wanted, &entry.did),
            Step::HandOver(wanted) => self.hand_over(wanted, &entry.did),
            Step::PutAway(wanted) => self.put_away(wanted, &entry.did),
            Step::Receipt(wanted) => self.receipt(wanted, entry),
            Step::Join(wanted) => self.join(wanted, &entry.did),
            Step::Acknowledge(wanted) => self.acknowledge(wanted, &entry.did),
            Step::MovePerson(wanted) => self.move_person(wanted, &entry.did),
            Step::Leave(wanted) => self.leave(wanted, &entry.did),
            Step::Withdraw(wanted) => self.withdraw(wanted, &entry.did),
            Step::AccessReview(wanted) => self.access_review(wanted, entry),
            Step::Reconcile(wanted) => self.reconcile(wanted, entry),
            Step::Explain(wanted) => self.explain(wanted, &entry.did),
            Step::Confirm(wanted) => self.confirm(wanted, entry),
            Step::Destroy(wanted) => self.destroy(index, wanted, &entry.did),
            Step::Move(wanted) => self.moves(index, wanted, entry),
            Step::RequestDestroy(wanted) => self.request_destroy(index, wanted, &entry.did),
            Step::CancelDestroy(wanted) => self.cancel_destroy(index, wanted, &entry.did),
            Step::Identify(wanted) => self.identify(wanted, &entry.did),
            Step::Close(wanted) => self.close(index, wanted, &entry.did),
            Step::Exception(wanted) => self.asked(wanted, &entry.did),
            Step::Break(_) => self.pause(&entry.did),
            Step::Seal => self.wrong("the seal is recorded as a step"),
        }
    }

    /// What a token was asked for belongs to the step that is due.
    fn calling(&mut self, calling: &Calling, due: Option<usize>) {
        let step = due.and_then(|index| self.script.steps.get(index));
        let of_key = step.and_then(|step| step.value.key());
        let fits = due.is_some_and(|index| number(index) == calling.step)
            && of_key.is_some_and(|key| key.as_str() == calling.key);
        // A key that was found gone is brought back before the step that needs it.
        let comes_back = matches!(calling.call, Call::Rebuild | Call::Restore)
            && self.made.contains_key(&calling.key)
            && !self.in_process.contains(calling.key.as_str());
        if self.in_order && !fits && !comes_back {
            self.wrong(format!(
                "the token is recorded as asked to do something with key {} in step {}, which is not due or not about it",
                calling.key, calling.step
            ));
        }
    }

    fn resumed(&mut self, resumed: &Resumed) {
        self.resumed += 1;
        match self.script.token.core.value {
            Core::Software => {
                self.in_process.clear();
                // The old set still stands, and the key is not lost with the process.
                let due = self.progress.next();
                let due = due.and_then(|index| self.script.steps.get(index));
                if due.is_some_and(|step| matches!(step.value, Step::Reshare(_))) {
                    self.cut_short();
                }
            }
            Core::Pkcs11 => {
                for key in resumed
                    .keys
                    .iter()
                    .filter(|(_, is)| **is == TokenKey::Absent)
                {
                    self.in_process.remove(key.0.as_str());
                }
                self.cut_short();
            }
        }
        let torn = resumed.torn.map_or(String::new(), |_| {
            ", after cutting off a half-written line".to_owned()
        });
        self.tally.note(format!(
            "interrupted, and resumed at step {} (line {}){torn}",
            resumed.next_step, self.here.line
        ));
        if resumed.tool != self.open.tool {
            self.tally.note(format!(
                "resumed with another program: {} {} (line {})",
                resumed.tool.name, resumed.tool.version, self.here.line
            ));
        }
    }

    fn lost(&mut self, lost: &'a Lost) {
        let key = lost.key.as_str();
        if !self.made.contains_key(key) || self.destroyed.contains(key) {
            self.wrong(format!("key {key} is recorded as lost, but there was none"));
        } else if self.splits.contains_key(key) {
            self.wrong(format!(
                "key {key} is recorded as lost, but its custodians have shares of it"
            ));
        } else if self.in_process.contains(key) {
            self.wrong(format!(
                "key {key} is recorded as lost, but the process that held it was not interrupted"
            ));
        }
        if lost.why.trim().is_empty() {
            self.wrong(format!("the loss of key {key} has no reason"));
        }
        let sets = self.sets.remove(key).unwrap_or_default();
        for set in &sets {
            if let Some(keys) = self.sets_of.get_mut(set) {
                keys.remove(key);
            }
        }
        let files = self.files.remove(key).unwrap_or_default();
        if lost.void_sets != sets {
            self.wrong(format!(
                "the loss of key {key} voids the share sets [{}]; those handed out are [{}]",
                lost.void_sets.join(", "),
                sets.join(", ")
            ));
        }
        if lost.void_artifacts != files {
            self.wrong(format!(
                "the loss of key {key} voids the artifacts [{}]; those made are [{}]",
                lost.void_artifacts.join(", "),
                files.join(", ")
            ));
        }
        self.made.remove(key);
        self.splits.remove(key);
        self.in_process.remove(key);
        self.handed.retain(|handed| handed.key != key);
        let progress = &self.progress;
        self.approvals.retain(|index, _| progress.is_done(*index));
        self.tally.note(format!(
            "key {key} was lost and made again from step {} on (line {}): {}",
            lost.back_to, self.here.line, lost.why
        ));
        if !(sets.is_empty() && files.is_empty()) {
            self.tally.note(format!(
                "void with the lost key {key}: share sets [{}], artifacts [{}]",
                sets.join(", "),
                files.join(", ")
            ));
        }
    }

    fn recovered(&mut self, recovered: &'a Recovered) {
        let key = recovered.key.as_str();
        if self.in_process.contains(key) {
            self.wrong(format!(
                "key {key} is recorded as brought back, but it was not gone"
            ));
        }
        if self.destroyed.contains(key) {
            self.wrong(format!("key {key} was brought back after it was destroyed"));
        }
        self.rebuilt(key, &recovered.set, &recovered.with);
        self.same_key(key, &recovered.check_values);
        self.in_process.insert(key);
        self.tally.note(format!(
            "key {key} was brought back from the shares of {} (line {})",
            recovered.with.join(", "),
            self.here.line
        ));
    }

    fn sealed(&mut self, sealed: &Sealed) {
        let signers = self.script.record_signers();
        if sealed.signers != signers {
            self.wrong(format!(
                "the seal asks [{}] to sign; by the script it is [{}]",
                sealed.signers.join(", "),
                signers.join(", ")
            ));
        }
        if sealed.quorum != self.script.quorum() {
            self.wrong("the seal asks for other numbers of signatures than the policy");
        }
        let namespace = self.open.mode.namespace();
        if sealed.namespace != namespace {
            self.wrong(format!(
                "the seal asks for signatures for {}; a {} is signed for {namespace}",
                sealed.namespace, self.open.mode
            ));
        }
        if sealed.exceptions != self.exceptions {
            self.tally.about(Check::Exceptions);
            self.wrong(format!(
                "the seal counts {} exceptions; {} are recorded",
                sealed.exceptions, self.exceptions
            ));
            self.tally.about(Check::Steps);
        }
        for (key, end) in &sealed.keys {
            if sealed.outcome == Outcome::Complete || !self.script.keys.contains_key(key.as_str()) {
                self.wrong(format!(
                    "the seal tells what became of key {key}, of which nothing is to be told"
                ));
            }
            self.tally.note(match end {
                EndOfKey::Destroyed => {
                    format!("key {key} was destroyed when the ceremony was ended")
                }
                EndOfKey::Left => {
                    format!("key {key} was left in the token when the ceremony was ended")
                }
            });
        }
        self.ended_early(sealed);
        match (sealed.outcome, &sealed.reason) {
            (Outcome::Complete, None) => {
                if !self.handed.is_empty() {
                    self.wrong("shares were handed out of a split that is not recorded");
                }
            }
            (Outcome::Complete, Some(_)) => {
                self.wrong("the record is sealed as complete, with a reason for ending it early");
            }
            (Outcome::Aborted, Some(reason)) if !reason.trim().is_empty() => {
                self.tally
                    .note(format!("ended early, by the people in the room: {reason}"));
            }
            (Outcome::Aborted, Some(_) | None) => {
                self.wrong("the record is sealed as aborted, without a reason");
            }
        }
    }

    fn summary(&mut self) {
        let tally = &mut *self.tally;
        tally.about(Check::Steps).hold(
            "every step is recorded in the script's order, with the script's words, people, keys, shares and import parameters",
        );
        tally.about(Check::Approvals);
        if !self.approved.is_empty() {
            let all: Vec<String> = self
                .approved
                .iter()
                .map(|approval| format!("{} approved {}", approval.by, approval.of))
                .collect();
            tally.hold(all.join("; "));
        }
        tally.about(Check::Exceptions);
        match self.exceptions {
            0 => tally.hold("no exception is recorded"),
            1 => tally.stands(
                Standing::Asserted,
                "1 exception is recorded, with who decided; whoever signs the record signs it, too",
            ),
            count => tally.stands(
                Standing::Asserted,
                format!("{count} exceptions are recorded, with who decided; whoever signs the record signs them, too"),
            ),
        }
        tally.about(Check::Clock);
        let readers: Vec<&str> = self.clocks.iter().copied().collect();
        if readers.is_empty() {
            tally.stands(
                Standing::Unknown,
                "no moment lies before the one in front of it; whether the clock was right is not recorded",
            );
        } else {
            tally.stands(
                Standing::Asserted,
                format!(
                    "no moment lies before the one in front of it; {} read the same time on another clock",
                    list(&readers)
                ),
            );
        }
        if self.on_word > 0 {
            tally.about(Check::Word).stands(
                Standing::Asserted,
                format!(
                    "{} entries rest on what people said in the room; nobody can check them later",
                    self.on_word
                ),
            );
        }
        if self.resumed > 0 {
            tally.note(format!(
                "the ceremony was interrupted {} times",
                self.resumed
            ));
        }
    }
}
