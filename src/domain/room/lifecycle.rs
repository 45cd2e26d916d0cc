//! Keys that move through their lives: which moves the table allows, and what stands before a
//! destruction.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::finding::APPROVAL;
use crate::domain::finding::COOLING_OFF;
use crate::domain::finding::DESTRUCTION;
use crate::domain::finding::Finding;
use crate::domain::finding::LIFECYCLE;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::SHAPE;
use crate::domain::finding::STILL_OPEN;
use crate::domain::lifecycle::Purpose;
use crate::domain::lifecycle::State;
use crate::domain::lifecycle::skips_deactivated;
use crate::domain::record;
use crate::domain::record::Did;
use crate::domain::record::Moment;
use crate::domain::record::TOKEN;
use crate::domain::record::in_token;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::CancelDestroy;
use crate::domain::script::Close;
use crate::domain::script::Core;
use crate::domain::script::Id;
use crate::domain::script::Identify;
use crate::domain::script::Kind;
use crate::domain::script::Life;
use crate::domain::script::Move;
use crate::domain::script::Place;
use crate::domain::script::RequestDestroy;
use crate::domain::script::Step;
use crate::domain::text::list;

const COPY: &str =
    "`keyrite given DIR` prints the `lifecycle:` block of the ceremony that told of the key last";

impl<'a> Room<'a> {
    /// What the script says of the lives of keys.
    pub(super) fn lives(&mut self) {
        let script = self.script;
        for (label, life) in &script.lifecycle {
            self.described(label, life.place, "lifecycle");
            self.life(label, life);
            self.replaced(label, life);
            self.lives
                .insert(label.as_str(), life.recorded(label.as_str()));
        }
    }

    fn life(&mut self, label: &Id, life: &At<Life>) {
        if life.check_values.is_empty() {
            let message =
                format!("key {label} has no check values: nothing would tell it from another");
            self.add(Finding::new(&LIFECYCLE, life.check_values.place, message).hint(COPY));
        }
        let given = self.script.given.get(label.as_str());
        if given.is_some_and(|given| *given.check_values != *life.check_values) {
            let message =
                format!("`given` and `lifecycle` name different check values of key {label}");
            self.add(Finding::new(&LIFECYCLE, life.check_values.place, message).hint(COPY));
        }
        let gone = life.state.value == State::Destroyed;
        let open = life
            .at
            .iter()
            .find(|(_, at)| at.state != State::Destroyed)
            .map(|(name, _)| name.to_string());
        if gone && (open.is_some() || !life.share_sets.is_empty()) {
            let place = open.unwrap_or_else(|| "a share set".to_owned());
            let message = format!("key {label} is called destroyed, and {place} still holds it");
            self.add(Finding::new(&LIFECYCLE, life.state.place, message).hint(COPY));
        }
    }

    /// The life of a key; a finding where nothing is known of it.
    fn life_of(&mut self, key: &'a At<Id>) -> Option<record::Life> {
        if !self.known_key(key) {
            return None;
        }
        // One finding is enough: the key is not missed at the end, too.
        self.asked_for.insert(key.value.as_str());
        let life = self.lives.get(key.as_str()).cloned();
        if life.is_none() {
            let message = format!("nothing is known of the life of key {}", key.value);
            self.add(Finding::new(&LIFECYCLE, key.place, message).hint(COPY));
        }
        life
    }

    /// Whether keys of this kind go from active to destroyed.
    fn skips(&self, key: &str) -> bool {
        let described = self.script.keys.get(key);
        described.is_some_and(|described| skips_deactivated(&described.usages()))
    }

    fn did(&mut self, key: &str, did: &Did) {
        if let Some(life) = self.lives.get_mut(key) {
            life.apply(did);
        }
    }

    pub(super) fn moves(&mut self, index: usize, step: &'a Move, place: Place) {
        self.different_hands(index, [&step.requested_by, &step.by, &step.seen_by], place);
        let Some(life) = self.life_of(&step.key) else {
            return;
        };
        self.noticed(step);
        let key = step.key.value.as_str();
        let to = step.to.value;
        if to == State::Compromised && !step.at.is_empty() {
            let message =
                format!("key {key} is compromised wherever it is, and one place is named");
            self.add(Finding::new(&LIFECYCLE, step.to.place, message).hint("leave `at` out"));
        }
        if let Some(purpose) = &step.purpose
            && to != State::Active
        {
            let message = format!("only an active key has a purpose; key {key} becomes {to}");
            self.add(Finding::new(&LIFECYCLE, purpose.place, message).hint("leave `purpose` out"));
        }
        if to == State::Destroyed {
            self.destroyed(&life, step, place);
        }
        let skips = self.skips(key);
        let purpose = step.purpose.as_ref().map_or(Purpose::Both, |it| it.value);
        let mut refuse = Vec::new();
        if step.at.is_empty()
            && let Err(forbidden) = life.standing.moved(to, purpose, skips)
        {
            refuse.push(format!("key {key}: {forbidden}"));
        }
        for name in life.concerned(step) {
            let Some(at) = life.at.get(&name) else {
                refuse.push(format!("nothing is known of key {key} at {name}"));
                continue;
            };
            if let Err(forbidden) = at.standing.moved(to, purpose, skips) {
                refuse.push(format!("key {key} at {name}: {forbidden}"));
            }
        }
        for message in refuse {
            let leads: Vec<&str> = life
                .standing
                .state
                .leads_to()
                .iter()
                .map(|state| state.name())
                .collect();
            let hint = if leads.is_empty() {
                COPY.to_owned()
            } else {
                format!(
                    "from {} a key goes to {}",
                    life.standing.state,
                    list(&leads)
                )
            };
            self.add(Finding::new(&LIFECYCLE, step.to.place, message).hint(hint));
        }
        let moved = life.planned(step);
        self.did(key, &Did::Move(moved));
    }

    /// What must be so before a key may be called destroyed.
    fn destroyed(&mut self, life: &record::Life, step: &'a Move, place: Place) {
        let key = step.key.value.as_str();
        if !step.at.is_empty() {
            let message =
                format!("a place of key {key} is called destroyed, and nothing deletes it");
            self.add(
                Finding::new(&LIFECYCLE, step.to.place, message)
                    .hint("delete it with a `close` step, and leave `at` out here"),
            );
        }
        self.gate(life, &step.key, place);
        let open = life.open();
        if !open.is_empty() {
            let message = format!(
                "key {key} is called destroyed while these hold it: {}",
                list(&open)
            );
            self.add(Finding::new(&STILL_OPEN, place, message).hint(
                "close every one before: provider keys and HSMs with `close`, shares with `retire`",
            ));
        }
    }

    /// What must be so before anything of a key is destroyed.
    fn gate(&mut self, life: &record::Life, key: &'a At<Id>, place: Place) {
        if !self.identified.contains(key.as_str()) {
            let message = format!("nobody typed before which key {} is", key.value);
            self.add(Finding::new(&DESTRUCTION, place, message).hint(format!(
                "add `identify: {{key: {}, by: [ONE, OTHER]}}`",
                key.value
            )));
        }
        let Some(request) = &life.request else {
            let message = format!(
                "nobody asked for the destruction of key {} before",
                key.value
            );
            self.add(Finding::new(&DESTRUCTION, place, message).hint(
                "ask for it in an earlier ceremony, with a `request-destroy` step, and let the time run that the policy names",
            ));
            return;
        };
        if self.before(request.not_before) {
            let message = format!(
                "the destruction of key {} was asked for on {} and may begin on {}",
                key.value,
                request.at.date(),
                request.not_before
            );
            self.add(Finding::new(&COOLING_OFF, place, message).hint(
                "wait: until then it can be called off with a ceremony of kind `cancel-destroy`",
            ));
        }
    }

    /// Whether that moment is not reached on the day of this check. A rehearsal has no day.
    fn before(&self, moment: Moment) -> bool {
        self.today != Date::MIN && moment.date() > self.today.to_string()
    }

    pub(super) fn request_destroy(&mut self, index: usize, step: &'a RequestDestroy, place: Place) {
        self.different_hands(index, [&step.requested_by, &step.by, &step.seen_by], place);
        let Some(life) = self.life_of(&step.key) else {
            return;
        };
        let key = step.key.value.as_str();
        let trouble = if life.standing.state == State::Destroyed {
            Some(format!("key {key} is destroyed already"))
        } else if life.request.is_some() {
            Some(format!("the destruction of key {key} is asked for already"))
        } else {
            None
        };
        if let Some(message) = trouble {
            self.add(Finding::new(&LIFECYCLE, place, message).hint("remove the step"));
        }
        for (name, span) in &step.at {
            self.open_at(&life, name.as_str(), span.place);
        }
        let now = self.midnight();
        let asked = life.asked(step, now, &self.script.policy);
        self.did(key, &Did::RequestDestroy(asked));
    }

    pub(super) fn cancel_destroy(&mut self, index: usize, step: &'a CancelDestroy, place: Place) {
        self.different_hands(index, [&step.requested_by, &step.by, &step.seen_by], place);
        let Some(life) = self.life_of(&step.key) else {
            return;
        };
        let key = step.key.value.as_str();
        if life.request.is_none() {
            let message = format!("nobody asked for the destruction of key {key}");
            self.add(Finding::new(&LIFECYCLE, place, message).hint(COPY));
        }
        let cancelled = life.cancelled(step);
        self.did(key, &Did::CancelDestroy(cancelled));
    }

    pub(super) fn identify(&mut self, step: &'a Identify, place: Place) {
        self.all_act(&step.by, place);
        let people: BTreeSet<&str> = step.by.iter().map(|id| id.value.as_str()).collect();
        if people.len() != 2 || step.by.len() != 2 {
            self.add(
                Finding::new(&SHAPE, place, "two different people type which key it is")
                    .hint("write `by: [ONE, OTHER]`"),
            );
        }
        if self.life_of(&step.key).is_some() {
            self.identified.insert(step.key.value.as_str());
        }
    }

    pub(super) fn close(&mut self, index: usize, step: &'a Close, place: Place) {
        self.different_hands(index, [&step.by, &step.seen_by], place);
        let Some(life) = self.life_of(&step.key) else {
            return;
        };
        let key = step.key.value.as_str();
        self.gate(&life, &step.key, place);
        self.asked_by_another(&life, &step.by);
        let name = step.at.value.as_str();
        self.open_at(&life, name, step.at.place);
        let skips = self.skips(key);
        if let Some(at) = life.at.get(name)
            && at.standing.state != State::Destroyed
            && let Err(forbidden) = at.standing.state.may_move(State::Destroyed, skips)
        {
            let message = format!("key {key} at {name}: {forbidden}");
            self.add(
                Finding::new(&LIFECYCLE, step.at.place, message)
                    .hint("deactivate it before, with a ceremony of kind `deactivate`"),
            );
        }
        let ends = life.at.get(name).and_then(|at| at.deletion_ends);
        if let Some(ends) = ends
            && self.before(ends)
        {
            let message = format!("the provider deletes key {key} at {name} on {ends}, not before");
            self.add(
                Finding::new(&STILL_OPEN, step.at.place, message)
                    .hint("wait: until then it is there, and its deletion can be called off"),
            );
        }
        let closed = life.closed(step);
        self.did(key, &Did::Close(closed));
    }

    /// A key that an earlier ceremony left in an HSM is found again by what that one recorded.
    pub(super) fn destroy_in_token(&mut self, key: &'a At<Id>, place: Place) {
        let Some(life) = self.life_of(key) else {
            return;
        };
        self.gate(&life, key, place);
        self.open_at(&life, TOKEN, place);
        let skips = self.skips(key.as_str());
        let at = life.at.get(TOKEN);
        if let Some(at) = at
            && at.standing.state != State::Destroyed
            && let Err(forbidden) = at.standing.state.may_move(State::Destroyed, skips)
        {
            let message = format!("key {} at {TOKEN}: {forbidden}", key.value);
            self.add(
                Finding::new(&LIFECYCLE, place, message)
                    .hint("deactivate it before, with a ceremony of kind `deactivate`"),
            );
        }
        let Some(at) = at else { return };
        self.in_this_token(key, at.key_id.as_deref());
        self.token_is_open(place);
        let destroyed = Did::Destroy {
            key: key.to_string(),
            r#where: TOKEN.to_owned(),
            method: String::new(),
            found: None,
        };
        self.did(key.as_str(), &destroyed);
    }

    /// The HSM of the script is the one that the key was left in, and the key has an id there.
    fn in_this_token(&mut self, key: &'a At<Id>, uri: Option<&str>) {
        let token = &self.script.token;
        let serial = token.serial.as_ref().map(|serial| serial.as_str());
        let in_hsm = token.core.value == Core::Pkcs11;
        let (message, hint) = match uri.map(in_token) {
            _ if !in_hsm => (
                format!("key {} is in an HSM, and the script names none", key.value),
                "write `token: {core: pkcs11, label: …, serial: …}`".to_owned(),
            ),
            Some(Some((there, _))) if serial == Some(there.as_str()) => return,
            Some(Some((there, _))) => (
                format!("key {} is in the HSM with serial number {there}", key.value),
                "name that one under `token`".to_owned(),
            ),
            Some(None) | None => (
                format!("nothing tells what finds key {} in its HSM", key.value),
                format!("copy `key-id` of `at: {{{TOKEN}: …}}`: pkcs11:serial=…;id=…"),
            ),
        };
        self.add(Finding::new(&LIFECYCLE, key.place, message).hint(hint));
    }

    /// Shares are asked for, and those that were destroyed rebuild nothing any more.
    pub(super) fn retired(&mut self, key: &str, epoch: u32) {
        if let Some(life) = self.lives.get_mut(key) {
            life.share_sets.retain(|set| set.epoch != epoch);
        }
    }

    fn open_at(&mut self, life: &record::Life, name: &str, place: Place) {
        let trouble = match life.at.get(name) {
            None => format!("nothing is known of key {} at {name}", life.key),
            Some(at) if at.standing.state == State::Destroyed => {
                format!("key {} at {name} is destroyed already", life.key)
            }
            Some(_) => return,
        };
        self.add(Finding::new(&LIFECYCLE, place, trouble).hint(COPY));
    }

    /// Who asked for a destruction does not do it.
    fn asked_by_another(&mut self, life: &record::Life, by: &At<Id>) {
        let asked = life.request.as_ref();
        if asked.is_some_and(|request| request.by == by.as_str()) {
            let message = format!("{} asked for the destruction, and does it", by.value);
            self.add(Finding::new(&SEPARATION, by.place, message).hint("let somebody else do it"));
        }
        let approver = |id: &str| {
            self.script
                .roles
                .approver
                .iter()
                .any(|it| it.as_str() == id)
        };
        if let Some(request) = asked
            && approver(&request.by)
        {
            let message = format!("{} asked for the destruction, and approves it", request.by);
            self.add(
                Finding::new(&SEPARATION, by.place, message).hint("let somebody else approve it"),
            );
        }
    }

    /// Whoever asks, does and watches is there, and they and the approver are different people.
    fn different_hands<const N: usize>(
        &mut self,
        index: usize,
        people: [&'a At<Id>; N],
        place: Place,
    ) {
        for id in people {
            self.acts(id);
        }
        let script = self.script;
        let approvers = script.steps.iter().enumerate().filter_map(|(at, step)| {
            let Step::Approve(approve) = &step.value else {
                return None;
            };
            let covered = script.covered_by(at, approve);
            let covers = covered.iter().any(|(covered, _)| *covered == index);
            covers.then_some(&approve.by)
        });
        let approvers: Vec<&At<Id>> = approvers.collect();
        let mut seen: Vec<&str> = Vec::new();
        for id in approvers.iter().copied().chain(people) {
            if seen.contains(&id.as_str()) {
                let message = format!(
                    "{} has two parts in it: who asks, who approves, who does it and who watches are different people",
                    id.value
                );
                self.add(Finding::new(&SEPARATION, id.place, message).hint("name somebody else"));
            }
            seen.push(id.as_str());
        }
        if self.production() && approvers.is_empty() {
            let destroys = script.steps.get(index).is_some_and(|step| step.destroys());
            let what = if destroys { "destroy" } else { "move" };
            self.add(
                Finding::new(&APPROVAL, place, "nobody approved this").hint(format!(
                    "add `approve: {{by: PERSON, what: {what}}}` before it"
                )),
            );
        }
    }

    fn midnight(&self) -> Moment {
        let utc = jiff::tz::TimeZone::UTC;
        let zoned = self.today.to_zoned(utc);
        Moment::new(zoned.map_or(jiff::Timestamp::UNIX_EPOCH, |it| it.timestamp()))
    }

    /// Whether a step belongs to the kind of this ceremony.
    pub(super) fn lives_on(&self, step: &Step) -> bool {
        let from = |key: &At<Id>| self.lives.get(key.as_str()).map(|life| life.standing.state);
        match self.script.kind.value {
            Kind::Activate => {
                goes(step, State::Active) && moved_from(step, from) != Some(State::Suspended)
            }
            Kind::Resume => {
                goes(step, State::Active) && moved_from(step, from) != Some(State::PreActivation)
            }
            Kind::Suspend => goes(step, State::Suspended),
            Kind::Deactivate => {
                goes(step, State::Deactivated) || matches!(step, Step::RequestDestroy(_))
            }
            Kind::Compromise => {
                goes(step, State::Compromised) || matches!(step, Step::RequestDestroy(_))
            }
            Kind::Destroy => {
                goes(step, State::Destroyed)
                    || matches!(
                        step,
                        Step::RequestDestroy(_)
                            | Step::Identify(_)
                            | Step::Close(_)
                            | Step::Destroy(_)
                            | Step::Retire(_)
                    )
            }
            Kind::CancelDestroy => matches!(step, Step::CancelDestroy(_)),
            Kind::Generate
            | Kind::Import
            | Kind::Recovery
            | Kind::Drill
            | Kind::RestoreTest
            | Kind::Reshare
            | Kind::External
            | Kind::Rotate
            | Kind::Custody
            | Kind::People
            | Kind::Declare
            | Kind::Reconcile
            | Kind::Confirm => false,
        }
    }

    /// Whether a step does what the kind of this ceremony says.
    pub(super) fn lived_on(&self) -> bool {
        let wanted = match self.script.kind.value {
            Kind::Activate | Kind::Resume => Some(State::Active),
            Kind::Suspend => Some(State::Suspended),
            Kind::Deactivate => Some(State::Deactivated),
            Kind::Compromise => Some(State::Compromised),
            Kind::Destroy => Some(State::Destroyed),
            Kind::CancelDestroy
            | Kind::Generate
            | Kind::Import
            | Kind::Recovery
            | Kind::Drill
            | Kind::RestoreTest
            | Kind::Reshare
            | Kind::External
            | Kind::Rotate
            | Kind::Custody
            | Kind::People
            | Kind::Declare
            | Kind::Reconcile
            | Kind::Confirm => None,
        };
        self.script.steps.iter().any(|step| match wanted {
            Some(State::Destroyed) => {
                goes(&step.value, State::Destroyed)
                    || matches!(step.value, Step::RequestDestroy(_) | Step::Close(_))
            }
            Some(to) => goes(&step.value, to),
            None => matches!(step.value, Step::CancelDestroy(_)),
        })
    }
}

fn goes(step: &Step, to: State) -> bool {
    matches!(step, Step::Move(step) if step.to.value == to)
}

fn moved_from(step: &Step, state: impl Fn(&At<Id>) -> Option<State>) -> Option<State> {
    if let Step::Move(step) = step
        && step.at.is_empty()
    {
        return state(&step.key);
    }
    None
}
