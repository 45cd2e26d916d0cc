//! A rehearsal: the same steps with throwaway keys, stand-in people and a stand-in provider.
//!
//! Everything here is repeatable: people, shares, raw keys and the clock follow from the seed.
//! What makes a seeded random source lives in this module and nowhere else, so that no live run
//! can have one.

mod given;
mod papers;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng as _;
use chacha20::rand_core::SeedableRng as _;

use crate::crypto::check_value::ECB3;
use crate::crypto::random::Random;
use crate::crypto::random::RandomFailed;
use crate::crypto::words::words;
use crate::custody::seal::Identities;
use crate::custody::seal::Receiver;
use crate::custody::seal::Recipient;
use crate::domain::estimate::summary;
use crate::domain::progress::number;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Outcome;
use crate::domain::record::Tool;
use crate::domain::script::Core;
use crate::domain::script::Deliver;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::engine::bench::Bench;
use crate::engine::bench::Keyring;
use crate::engine::bench::PersonKeys;
use crate::engine::bench::Room;
use crate::engine::bench::State;
use crate::engine::clock::Clock;
use crate::engine::desk::Asks;
use crate::engine::desk::Brought;
use crate::engine::desk::Desk;
use crate::engine::desk::DeskError;
use crate::engine::desk::Go;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::desk::Wrong;
use crate::engine::error::EngineError;
use crate::engine::error::Stopped;
use crate::engine::files;
use crate::engine::files::Faults;
use crate::engine::files::Write;
use crate::engine::host::Found;
use crate::engine::host::Host;
use crate::engine::inputs::ReadFiles;
use crate::engine::inputs::ReadInput;
use crate::engine::left;
use crate::engine::list::List;
use crate::engine::open::Opening;
use crate::engine::open::open;
use crate::engine::plugins::AllowedPlugins;
use crate::engine::ready;
use crate::engine::resume;
use crate::engine::run;
use crate::engine::store;
use crate::engine::store::STAND_IN_MEDIA;
use crate::engine::store::Store;
use crate::engine::token::Token;
use crate::engine::token::software::SoftwareToken;
use crate::engine::token::stand_in::Refusal;
use crate::engine::token::stand_in::StandIn;
use crate::record::signing::SigningKey;
use crate::secret::Secret;

/// What a rehearsal's throwaway values follow from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    fn rng(self, purpose: &str) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(Digest::of(&[&self.0[..], purpose.as_bytes()].concat()).0)
    }
}

struct SeededRandom(ChaCha20Rng);

impl Random for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill_bytes(out);
        Ok(())
    }

    fn for_worker(&mut self) -> Result<Box<dyn Random + Send>, RandomFailed> {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Ok(Box::new(Self(ChaCha20Rng::from_seed(seed))))
    }
}

/// When every rehearsal begins: Monday, 4 January 2027, nine o'clock UTC.
const BEGINS: i64 = 1_799_053_200;
/// How far the clock goes each time it is looked at.
const TICK: i64 = 20;

/// A clock that goes on a little each time somebody looks.
#[derive(Clone, Debug)]
pub struct RehearsalClock(Rc<Cell<i64>>);

impl RehearsalClock {
    fn moment(&self) -> Moment {
        let start = Moment::new(jiff::Timestamp::UNIX_EPOCH);
        start.plus_seconds(self.0.get())
    }
}

impl Clock for RehearsalClock {
    fn now(&mut self) -> Moment {
        self.0.set(self.0.get() + TICK);
        self.moment()
    }
}

/// How far somebody sets the clock back.
const BACK: i64 = 3 * 3600;
/// How long ago import parameters were handed out that have expired: longer than any provider's last.
const LONG_AGO: i64 = 400 * 86400;

struct RehearsalHost(Tool);

impl Host for RehearsalHost {
    fn network(&self) -> Found {
        Found {
            words: "no interface is up, no route leads out".to_owned(),
            off: true,
        }
    }

    fn swap(&self) -> Found {
        Found {
            words: "no swap space is in use".to_owned(),
            off: true,
        }
    }

    fn memory(&self) -> Found {
        Found {
            words: "all of it is locked".to_owned(),
            off: true,
        }
    }

    fn core_dumps(&self) -> Found {
        Found {
            words: "this process leaves none".to_owned(),
            off: true,
        }
    }

    fn remote(&self) -> Found {
        Found {
            words: "nobody works from elsewhere".to_owned(),
            off: true,
        }
    }

    fn recorder(&self) -> Found {
        Found {
            words: "no multiplexer or recorder".to_owned(),
            off: true,
        }
    }

    fn zone(&self) -> String {
        "UTC".to_owned()
    }

    fn place(&self, _dir: &Path) -> Found {
        Found {
            words: "a folder of the rehearsal".to_owned(),
            off: true,
        }
    }

    fn medium(&self, _dir: &Path) -> Option<String> {
        None
    }

    fn space(&self, _dir: &Path) -> Option<u64> {
        None
    }

    fn tool(&self) -> Tool {
        self.0.clone()
    }
}

/// Something that a person does wrong, once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mistake {
    /// Presses Ctrl-C at the question of that number, from 0.
    Interrupt(u32),
    /// Tells an exception in place of an answer to the question of that number, from 0.
    Otherwise(u32),
    /// Types a word of the fingerprint wrongly.
    Word,
    /// Brings a medium on which a bit of the share has flipped.
    DamagedShare,
    /// Brings somebody else's share.
    OthersShare,
    /// Reads a clock that is five minutes off.
    Clock,
    /// Signs the approval with a key that is not the approver's.
    Signer,
    /// Does not confirm holding a share.
    RefusesShare,
    /// Types a character of a card wrongly.
    Mistypes,
    /// Reads another number on a bag than the one who watches.
    Bag,
    /// Is not there when he is called.
    Absent,
    /// Does not agree to a statement.
    Disagrees,
    /// Brings import parameters that have expired.
    Expired,
    /// Sets the clock back by some hours.
    ClockBack,
    /// Types a wrong PIN.
    Pin,
    /// Puts in another token.
    OtherToken,
}

impl Mistake {
    /// Every mistake but those at a question of any number.
    pub const ALL: [Self; 14] = [
        Self::Word,
        Self::DamagedShare,
        Self::OthersShare,
        Self::Clock,
        Self::Signer,
        Self::RefusesShare,
        Self::Mistypes,
        Self::Bag,
        Self::Absent,
        Self::Disagrees,
        Self::Expired,
        Self::ClockBack,
        Self::Pin,
        Self::OtherToken,
    ];

    /// Whether the script has a step at which it can be made.
    pub fn can_happen(self, script: &Script) -> bool {
        self.first_step(script).is_some()
    }

    /// The first step at which it can be made; 0 for what happens before.
    pub fn first_step(self, script: &Script) -> Option<u32> {
        let mut steps = script.steps.iter();
        let mut earlier = script.given.values().flat_map(|it| &it.share_set.shares);
        let sealed = steps.any(|step| step.delivers().is_some_and(Deliver::seals))
            || earlier.any(|share| share.deliver.is_none_or(Deliver::seals));
        if matches!(self, Self::Pin | Self::OtherToken) {
            return (script.token.core.value == Core::Pkcs11).then_some(0);
        }
        let at = script.steps.iter().position(|step| match self {
            Self::Interrupt(_) | Self::Otherwise(_) => true,
            Self::Pin | Self::OtherToken => false,
            Self::Absent => matches!(step.value, Step::SignIn(_)),
            Self::Disagrees => matches!(step.value, Step::Statement(_)),
            Self::Expired => {
                matches!(&step.value, Step::Wrap(wrap) if expires(script, wrap.r#for.as_str()))
            }
            Self::ClockBack => !matches!(step.value, Step::SignIn(_)),
            Self::Word => matches!(step.value, Step::Compare(_) | Step::Identify(_)),
            Self::DamagedShare | Self::OthersShare => {
                sealed
                    && matches!(
                        step.value,
                        Step::RestoreTest(_) | Step::Restore(_) | Step::Drill(_) | Step::Reshare(_)
                    )
            }
            Self::Clock => matches!(&step.value, Step::Environment(look) if look.clock.is_some()),
            Self::Signer => matches!(step.value, Step::Approve(_)),
            Self::RefusesShare => step
                .delivers()
                .is_some_and(|deliver| deliver != Deliver::Card),
            Self::Mistypes => step.delivers() == Some(Deliver::Card),
            Self::Bag => matches!(step.value, Step::Inspect(_) | Step::PutAway(_)),
        });
        at.map(number)
    }

    /// In words.
    pub fn name(self) -> String {
        match self {
            Self::Interrupt(question) => format!("Ctrl-C at question {}", question + 1),
            Self::Otherwise(question) => format!("an exception at question {}", question + 1),
            Self::Word => "a word of the fingerprint is typed wrongly".to_owned(),
            Self::DamagedShare => "a share is damaged on its medium".to_owned(),
            Self::OthersShare => "a custodian brings somebody else's share".to_owned(),
            Self::Clock => "the clock is five minutes off".to_owned(),
            Self::Signer => "somebody else signs the approval".to_owned(),
            Self::RefusesShare => "a custodian does not take the share".to_owned(),
            Self::Mistypes => "a custodian mistypes a card".to_owned(),
            Self::Bag => "two people read different numbers on a bag".to_owned(),
            Self::Absent => "somebody is not there".to_owned(),
            Self::Disagrees => "somebody does not agree to the statement".to_owned(),
            Self::Expired => "the import parameters have expired".to_owned(),
            Self::ClockBack => "the clock is set back by three hours".to_owned(),
            Self::Pin => "the PIN is wrong".to_owned(),
            Self::OtherToken => "another token is in the slot".to_owned(),
        }
    }
}

/// Whether the parameters of an input are handed out for a limited time.
fn expires(script: &Script, input: &str) -> bool {
    let now = Moment::new(jiff::Timestamp::UNIX_EPOCH).plus_seconds(BEGINS);
    script
        .inputs
        .get(input)
        .and_then(|described| ReadInput::stand_in(input, described, false, now).ok())
        .is_some_and(|read| read.recorded().valid_to.is_some())
}

/// The people of a rehearsal: they answer as the script expects, or make one mistake.
pub struct Cast {
    media: PathBuf,
    time: RehearsalClock,
    fingerprints: BTreeMap<String, Digest>,
    check_values: BTreeMap<String, String>,
    signing: BTreeMap<String, [u8; 32]>,
    identities: BTreeMap<String, Secret>,
    /// Who holds shares of which key.
    holders: BTreeMap<String, Vec<String>>,
    mistake: Option<Mistake>,
    questions: u32,
    /// The questions asked so far, in order.
    asked: Vec<String>,
    /// The step before which somebody may set the clock back.
    back_at: Option<u32>,
    /// The stand-in HSM, where there is one.
    hsm: Option<StandIn>,
    /// How often it was called before each step.
    calls_before: Vec<(u32, usize)>,
}

impl Cast {
    /// The questions asked so far, in order.
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    /// An answer as a transcript shows it: the media of a rehearsal lie in its own folder.
    pub fn shown(&self, question: &Question, answer: &str) -> String {
        match (&question.asks, question.person.as_deref()) {
            (Asks::Path, Some(person)) => format!("{STAND_IN_MEDIA}/{person}"),
            (
                Asks::Path
                | Asks::Line
                | Asks::Time
                | Asks::Words(..)
                | Asks::CheckValue(_)
                | Asks::Paper(_)
                | Asks::OneOf(_)
                | Asks::Bag(_)
                | Asks::Fact(_),
                _,
            ) => answer.to_owned(),
        }
    }

    fn turn(&mut self, id: &str) -> Result<(), DeskError> {
        let number = self.questions;
        self.questions += 1;
        self.asked.push(id.to_owned());
        if self.mistake == Some(Mistake::Interrupt(number)) {
            return Err(DeskError::Interrupted { id: id.to_owned() });
        }
        if self.makes(Mistake::Otherwise(number)) {
            return Err(DeskError::Otherwise { id: id.to_owned() });
        }
        Ok(())
    }

    fn makes(&mut self, mistake: Mistake) -> bool {
        let now = self.mistake == Some(mistake);
        if now {
            self.mistake = None;
        }
        now
    }

    fn medium_of(&self, person: &str) -> PathBuf {
        self.media.join(person)
    }

    fn line(&mut self, question: &Question) -> String {
        let person = question.person.as_deref().unwrap_or_default();
        match &question.asks {
            Asks::Path => {
                let medium = self.medium_of(person);
                // A medium that cannot be made shows when the share is written to it.
                drop(fs::create_dir_all(&medium));
                medium.to_string_lossy().into_owned()
            }
            Asks::Time => {
                let wrong = if self.makes(Mistake::Clock) { 300 } else { 0 };
                let read = self.time.moment().plus_seconds(TICK - wrong);
                read.timestamp().strftime("%H:%M:%S").to_string()
            }
            Asks::Words(input, from, to) => {
                let digest = self
                    .fingerprints
                    .get(input)
                    .copied()
                    .unwrap_or(Digest([0; 32]));
                let mut all = words(&digest.0);
                if self.makes(Mistake::Word) {
                    all.reverse();
                }
                all.get(from - 1..*to).unwrap_or_default().join(" ")
            }
            Asks::CheckValue(input) => {
                let value = self.check_values.get(input).cloned().unwrap_or_default();
                if self.makes(Mistake::Word) {
                    return value.chars().rev().collect();
                }
                value
            }
            Asks::OneOf(words) => words.first().copied().unwrap_or_default().to_owned(),
            Asks::Bag(number) => {
                if self.makes(Mistake::Bag) {
                    return number.chars().rev().collect();
                }
                number.clone()
            }
            Asks::Fact(fact) => {
                if self.makes(Mistake::Word) {
                    return fact.chars().rev().collect();
                }
                fact.clone()
            }
            Asks::Line | Asks::Paper(_) => match question.id.rsplit('/').next() {
                Some("with") => {
                    let label = question.id.split('/').nth(1).unwrap_or_default();
                    self.holders
                        .get(label)
                        .map(|ids| ids.join(" "))
                        .unwrap_or_default()
                }
                Some("decided-by") => self.signing.keys().next().cloned().unwrap_or_default(),
                Some(_) | None => "as rehearsed".to_owned(),
            },
        }
    }

    /// Spoils what is on a medium, before the share on it is opened.
    fn spoil(&mut self, person: &str) {
        if self.makes(Mistake::DamagedShare) {
            let sealed = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "age");
            let all = files_in(&self.medium_of(person));
            for path in all.into_iter().filter(sealed) {
                if let Ok(mut bytes) = fs::read(&path) {
                    let middle = bytes.len() / 2;
                    if let Some(byte) = bytes.get_mut(middle) {
                        *byte = if *byte == b'A' { b'B' } else { b'A' };
                    }
                    drop(fs::rename(&path, path.with_extension("good")));
                    drop(
                        fs::OpenOptions::new()
                            .write(true)
                            .create_new(true)
                            .open(&path)
                            .and_then(|mut file| std::io::Write::write_all(&mut file, &bytes)),
                    );
                }
            }
        }
    }

    /// Puts the media right again, as a custodian would who finds the good copy.
    fn mend(&self) {
        for person in self.identities.keys() {
            for path in files_in(&self.medium_of(person)) {
                if path.extension().is_some_and(|ending| ending == "good") {
                    drop(fs::rename(&path, path.with_extension("age")));
                }
            }
        }
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect()
        })
        .unwrap_or_default()
}

impl Desk for Cast {
    fn say(&mut self, _say: Say<'_>) {}

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        self.turn(&question.id)?;
        Ok(self.line(question))
    }

    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError> {
        self.turn(&question.id)?;
        let id = question.id.as_str();
        if id.contains("/present/") && self.makes(Mistake::Absent) {
            return Ok(false);
        }
        if id.contains("/agrees/") && self.makes(Mistake::Disagrees) {
            return Ok(false);
        }
        if id.contains("/otherwise/") || id.contains("/failed/") {
            return Ok(false);
        }
        Ok(!(id.contains("/holds/") && self.makes(Mistake::RefusesShare)))
    }

    fn go(&mut self, number: u32) -> Result<Go, DeskError> {
        if let Some(hsm) = &self.hsm {
            self.calls_before.push((number, hsm.calls().len()));
        }
        if self.back_at == Some(number) && self.makes(Mistake::ClockBack) {
            self.time.0.set(self.time.0.get() - BACK);
        }
        match self.turn(&format!("{number}/go")) {
            Err(DeskError::Otherwise { .. }) => Ok(Go::Exception),
            turn => turn.map(|()| Go::On),
        }
    }

    fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, DeskError> {
        self.turn(&question.id)?;
        let person = question.person.clone().unwrap_or_default();
        Ok(match wanted {
            Wanted::Identity => {
                self.spoil(&person);
                let other = self.makes(Mistake::OthersShare);
                let owner = self.identities.keys().find(|id| (**id == person) != other);
                let owner = owner.cloned().unwrap_or_default();
                let mut identities = Identities::default();
                match self
                    .identities
                    .get(&owner)
                    .map(|text| identities.add(text, None, "stand-in"))
                {
                    Some(Ok(())) => Brought::Identities(identities),
                    Some(Err(_)) | None => Brought::Later,
                }
            }
            Wanted::SigningKey => {
                let other = question.id.contains("/approval/") && self.makes(Mistake::Signer);
                let seed = self
                    .signing
                    .iter()
                    .find(|(id, _)| (**id == person) != other);
                seed.map_or(Brought::Later, |(_, seed)| {
                    Brought::Signing(SigningKey::from_seed(seed))
                })
            }
        })
    }

    /// A passphrase: that of a stand-in is the text of the identity.
    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError> {
        self.turn(&question.id)?;
        let person = question.person.clone().unwrap_or_default();
        self.spoil(&person);
        let text = self.identities.get(&person);
        text.map(|text| Secret::init(text.len(), |to| to.copy_from_slice(text.expose())))
            .ok_or_else(|| DeskError::NoTerminal {
                id: question.id.clone(),
                from_file: false,
            })
    }

    fn has_private_screen(&self) -> bool {
        true
    }

    fn show_alone(&mut self, question: &Question, text: &Secret) -> Result<(), DeskError> {
        self.turn(&question.id)?;
        papers::copy(
            &self.medium_of(question.person.as_deref().unwrap_or_default()),
            &question.asks,
            text,
        );
        Ok(())
    }

    fn type_alone(
        &mut self,
        question: &Question,
        wants: &str,
        wrong: Option<&Wrong>,
    ) -> Result<Secret, DeskError> {
        // All lines of a paper are one question.
        if self.asked.last() != Some(&question.id) {
            self.turn(&question.id)?;
        }
        let place = papers::place(wants);
        let mut line = papers::line(
            &self.medium_of(question.person.as_deref().unwrap_or_default()),
            &question.asks,
            place,
        );
        if wrong.is_none() && self.makes(Mistake::Mistypes) {
            papers::mistype(&mut line);
        }
        Ok(line)
    }

    fn working(&mut self, _what: &str, work: &mut dyn FnMut()) {
        work();
    }

    fn patient(&self) -> bool {
        false
    }
}

/// Puts the people of a rehearsal on a stage: what they hear can be shown, and their answers too.
pub trait Stage {
    /// A desk around the cast.
    fn desk<'d>(&'d mut self, cast: &'d mut Cast) -> Box<dyn Desk + 'd>;
}

/// Nobody watches.
pub struct Unwatched;

impl Stage for Unwatched {
    fn desk<'d>(&'d mut self, cast: &'d mut Cast) -> Box<dyn Desk + 'd> {
        Box::new(Front(cast))
    }
}

struct Front<'d>(&'d mut Cast);

impl Desk for Front<'_> {
    fn say(&mut self, say: Say<'_>) {
        self.0.say(say);
    }

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        self.0.ask(question)
    }

    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError> {
        self.0.confirm(question)
    }

    fn go(&mut self, number: u32) -> Result<Go, DeskError> {
        self.0.go(number)
    }

    fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, DeskError> {
        self.0.bring(question, wanted)
    }

    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError> {
        self.0.secret(question)
    }

    fn has_private_screen(&self) -> bool {
        self.0.has_private_screen()
    }

    fn show_alone(&mut self, question: &Question, text: &Secret) -> Result<(), DeskError> {
        self.0.show_alone(question, text)
    }

    fn type_alone(
        &mut self,
        question: &Question,
        wants: &str,
        wrong: Option<&Wrong>,
    ) -> Result<Secret, DeskError> {
        self.0.type_alone(question, wants, wrong)
    }

    fn working(&mut self, what: &str, work: &mut dyn FnMut()) {
        self.0.working(what, work);
    }

    fn patient(&self) -> bool {
        self.0.patient()
    }
}

/// Who types the PIN that no stand-in has.
fn pin_words(script: &Script, token: &str) -> String {
    let holders: Vec<&str> = script
        .token
        .pin_holders()
        .iter()
        .map(|id| script.name_of(id.as_str()))
        .collect();
    if holders.is_empty() {
        return format!("A live run asks for the PIN of token {token} here.");
    }
    format!(
        "A live run asks for the PIN of token {token} here: {} type one part each, in this order.",
        list(&holders)
    )
}

/// One rehearsal: a script, a seed and a place.
pub struct Rehearsal<'a> {
    /// The script.
    pub script: &'a Script,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What throwaway values follow from.
    pub seed: Seed,
    /// The program, for the record.
    pub tool: Tool,
    /// Where the ceremony goes.
    pub dir: &'a Path,
    /// What stands for the HSM of a script that has its keys in one.
    pub hsm: Option<StandIn>,
}

/// What a rehearsal came to.
pub struct Played {
    /// How it ended.
    pub ended: Result<Outcome, Stopped>,
    /// What was written, in order.
    pub writes: Vec<Write>,
    /// What was asked, in order.
    pub questions: Vec<String>,
    /// How often the stand-in HSM was called before each step.
    pub calls_before: Vec<(u32, usize)>,
}

impl Rehearsal<'_> {
    /// Plays the script from the beginning.
    pub fn play(&self, stage: &mut dyn Stage, faults: Faults, mistake: Option<Mistake>) -> Played {
        self.act(stage, mistake, faults, false)
    }

    /// Goes on after a fault or a mistake, without either.
    pub fn resume(&self, stage: &mut dyn Stage) -> Played {
        self.act(stage, None, Faults::none(), true)
    }

    /// Lets the stand-ins sign who have not, after an interruption behind the seal.
    pub fn sign_missing(&self) -> Result<(), EngineError> {
        let record = files::read_record(&self.dir.join(store::RECORD))?;
        for id in self.script.record_signers() {
            let path = self.dir.join(store::SIGNATURES).join(format!("{id}.sig"));
            if path.symlink_metadata().is_ok() {
                continue;
            }
            let mut seed = [0; 32];
            self.seed
                .rng(&format!("signing key of {id}"))
                .fill_bytes(&mut seed);
            let armored =
                SigningKey::from_seed(&seed).sign(Mode::Rehearsal.namespace(), &record)?;
            files::write_file(&path, armored.as_bytes())?;
        }
        Ok(())
    }

    fn act(
        &self,
        stage: &mut dyn Stage,
        mistake: Option<Mistake>,
        faults: Faults,
        again: bool,
    ) -> Played {
        let provoked = faults.strikes() || mistake.is_some() || again;
        let clock = RehearsalClock(Rc::new(Cell::new(
            BEGINS + if again { 4 * 3600 } else { 0 },
        )));
        let failed = |error| Played {
            ended: Err(Stopped {
                error,
                step: None,
                begun: again,
            }),
            writes: Vec::new(),
            questions: Vec::new(),
            calls_before: Vec::new(),
        };
        let (mut cast, keyring, brought) = match self.company(&clock, mistake) {
            Ok(company) => company,
            Err(error) => return failed(error),
        };
        if again {
            cast.mend();
        }
        let mut random = SeededRandom(self.seed.rng(if again { "resumed" } else { "keys" }));
        let host = RehearsalHost(self.tool.clone());
        let mut clock = clock;
        let mut writes = Vec::new();
        let ended = {
            let mut desk = stage.desk(&mut cast);
            let room = Room {
                desk: &mut *desk,
                clock: &mut clock,
                random: &mut random,
                host: &host,
            };
            self.perform(room, keyring, brought, faults, again, provoked, &mut writes)
        };
        Played {
            ended,
            writes,
            questions: cast.asked,
            calls_before: cast.calls_before,
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "called once, by the function above"
    )]
    fn perform(
        &self,
        room: Room<'_>,
        keyring: Keyring,
        brought: ReadFiles,
        faults: Faults,
        again: bool,
        provoked: bool,
        writes: &mut Vec<Write>,
    ) -> Result<Outcome, Stopped> {
        let before = |error| Stopped {
            error,
            step: None,
            begun: again,
        };
        let token: Box<dyn Token> = match &self.hsm {
            Some(hsm) => hsm.open().map_err(before)?,
            None if provoked => Box::new(SoftwareToken::of_twins()),
            None => Box::new(SoftwareToken::default()),
        };
        let mut bench = if again {
            let mut bench = resume::reopen_with(
                self.script,
                self.bytes,
                &self.dir.join(STAND_IN_MEDIA),
                self.dir,
                Mode::Rehearsal,
                room,
                token,
                AllowedPlugins::none(),
                keyring,
                Ok(brought),
            )
            .map_err(before)?;
            if let Some(outcome) = resume::reconcile(&mut bench).map_err(before)? {
                return Ok(outcome);
            }
            bench
        } else {
            self.begin(room, token, keyring, brought, faults)
                .map_err(before)?
        };
        let ended = run::go_on(&mut bench).and_then(|outcome| {
            let begun = |error| Stopped {
                error,
                step: None,
                begun: true,
            };
            run::sign_now(&mut bench).map_err(begun)?;
            Ok(outcome)
        });
        *writes = bench.store.faults().places().to_vec();
        ended
    }

    fn begin<'b, 'r>(
        &'b self,
        room: Room<'r>,
        mut token: Box<dyn Token>,
        keyring: Keyring,
        brought: ReadFiles,
        faults: Faults,
    ) -> Result<Bench<'b, 'r>, EngineError> {
        let script = self.script;
        room.desk.say(Say::Title(script.title.as_str()));
        let hsm = if self.hsm.is_some() {
            ", stand-in HSM"
        } else {
            ""
        };
        room.desk.say(Say::Note(&format!(
            "REHEARSAL · throwaway keys, stand-in people, stand-in provider{hsm} · {} steps",
            script.steps.len()
        )));
        room.desk.say(Say::Note(&summary(script)));
        if let Some(facts) = token.identity() {
            room.desk.say(Say::Note(&pin_words(script, &facts.label)));
        }
        let now = room.clock.now();
        ready::in_time(script, &brought.inputs, now)?;
        let mut random = SeededRandom(self.seed.rng("given"));
        let (given, media) = given::stand_ins(script, &keyring, &mut random)?;
        let lifecycle = left::stand_ins(script, self.hsm.as_ref(), &mut *token, &mut random)?;
        let (event, mut files) = open(Opening {
            script,
            mode: Mode::Rehearsal,
            tool: room.host.tool(),
            keyring: &keyring,
            brought: &brought,
            token: token.identity(),
            given,
            lifecycle,
            script_approvals: Vec::new(),
            readiness: Vec::new(),
            follows: None,
            now,
        })?;
        files.extend(media);
        let store = Store::create(self.dir, self.bytes, &files, now, &event, faults)?;
        Ok(Bench {
            script,
            folder: self.dir.join(STAND_IN_MEDIA),
            mode: Mode::Rehearsal,
            room,
            state: State::of(store.entries()),
            store,
            keyring,
            inputs: brought.inputs,
            lists: brought.lists,
            token,
            plugins: AllowedPlugins::none(),
        })
    }

    /// Stand-ins for everybody in the script, and for the providers.
    fn company(
        &self,
        clock: &RehearsalClock,
        mistake: Option<Mistake>,
    ) -> Result<(Cast, Keyring, ReadFiles), EngineError> {
        let mut keyring = Keyring::new();
        let mut signing = BTreeMap::new();
        let mut identities = BTreeMap::new();
        let custodians: Vec<&str> = self
            .script
            .roles
            .custodians
            .iter()
            .map(|id| id.as_str())
            .collect();
        for (id, person) in &self.script.people {
            let mut seed = [0; 32];
            self.seed
                .rng(&format!("signing key of {id}"))
                .fill_bytes(&mut seed);
            let mut receiver = None;
            if custodians.contains(&id.as_str()) || self.receives(id.as_str()) {
                let (text, public) = self.identity(id.as_str())?;
                let sealed_to = person.receives_shares_at.as_ref();
                receiver = Some(if sealed_to.is_some_and(|it| it.keys().is_empty()) {
                    Receiver::Passphrase
                } else {
                    Receiver::Keys(vec![public])
                });
                identities.insert(id.to_string(), text);
            }
            let signs_with = Some(SigningKey::from_seed(&seed).public());
            keyring.insert(
                id.to_string(),
                PersonKeys {
                    signs_with,
                    receiver,
                },
            );
            signing.insert(id.to_string(), seed);
        }
        let handed_out = if mistake == Some(Mistake::Expired) {
            clock.moment().plus_seconds(-LONG_AGO)
        } else {
            clock.moment()
        };
        if let Some(hsm) = &self.hsm {
            hsm.refuse(match mistake {
                Some(Mistake::Pin) => Some(Refusal::Pin),
                Some(Mistake::OtherToken) => Some(Refusal::OtherToken),
                Some(_) | None => None,
            });
        }
        let inputs: BTreeMap<String, ReadInput> = self
            .script
            .inputs
            .iter()
            .map(|(name, input)| {
                let each = ready::for_each(self.script, name.as_str()).is_some();
                Ok((
                    name.to_string(),
                    ReadInput::stand_in(name.as_str(), input, each, handed_out)?,
                ))
            })
            .collect::<Result<_, EngineError>>()?;
        let fingerprints = inputs
            .iter()
            .map(|(name, read)| (name.clone(), read.fingerprint()))
            .collect();
        let check_values = inputs
            .iter()
            .filter_map(|(name, read)| {
                let mut values = read.check_values();
                Some((name.clone(), values.remove(ECB3)?))
            })
            .collect();
        let cast = Cast {
            media: self.dir.join(STAND_IN_MEDIA),
            time: clock.clone(),
            fingerprints,
            check_values,
            signing,
            holders: self.holders(),
            identities,
            mistake,
            questions: 0,
            asked: Vec::new(),
            back_at: Mistake::ClockBack.first_step(self.script),
            hsm: self.hsm.clone(),
            calls_before: Vec::new(),
        };
        let lists = self
            .script
            .batches
            .iter()
            .map(|(name, batch)| (name.to_string(), List::stand_in(name.as_str(), batch)))
            .collect();
        Ok((cast, keyring, ReadFiles { inputs, lists }))
    }

    fn receives(&self, id: &str) -> bool {
        self.holders()
            .values()
            .any(|people| people.iter().any(|holder| holder == id))
    }

    /// People of the script who hold shares, by the label of the key.
    fn holders(&self) -> BTreeMap<String, Vec<String>> {
        let mut holders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (label, given) in &self.script.given {
            let people = given.share_set.shares.iter();
            let people = people.map(|share| share.custodian.to_string());
            holders.insert(label.to_string(), people.collect());
        }
        for step in &self.script.steps {
            let people = self.script.dealt_to(&step.value);
            if let (Some(key), false) = (step.value.key(), people.is_empty()) {
                let held = holders.entry(key.to_string()).or_default();
                let people = people.iter().map(ToString::to_string);
                held.extend(people.collect::<BTreeSet<_>>());
            }
        }
        for people in holders.values_mut() {
            people.retain(|id| self.script.people.contains_key(id.as_str()));
        }
        holders
    }

    /// An age identity that follows from the seed, so that a resumed rehearsal finds it again.
    fn identity(&self, id: &str) -> Result<(Secret, Recipient), EngineError> {
        let mut bytes = [0; 32];
        self.seed
            .rng(&format!("identity of {id}"))
            .fill_bytes(&mut bytes);
        let text = crate::custody::seal::identity_text(&Secret::take(&mut bytes))?;
        let mut identities = Identities::default();
        identities.add(&text, None, id)?;
        let recipient = identities.recipients().into_iter().next();
        let recipient = recipient.ok_or(crate::custody::error::ShareError::NoIdentity {
            file: id.to_owned(),
        })?;
        Ok((text, recipient))
    }
}
