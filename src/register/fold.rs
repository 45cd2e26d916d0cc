//! Takes one verified record after the other into account.

mod about;
mod arrival;
mod counted;
mod known;
mod lifecycle;
mod reconcile;
mod rotation;

use std::collections::BTreeMap;
use std::io;

use jiff::civil::Date;

pub(super) use crate::register::fold::known::Known;

use crate::domain::arrival::Challenge;
use crate::domain::lifecycle::skips_deactivated;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Follows;
use crate::domain::record::Given;
use crate::domain::record::Item;
use crate::domain::record::Mode;
use crate::domain::record::Open;
use crate::domain::record::Possession;
use crate::domain::record::ShareSet;
use crate::domain::record::Step;
use crate::domain::record::Subject;
use crate::domain::script::Script;
use crate::domain::script::ValidFor;
use crate::register::Ceremony;
use crate::register::Found;
use crate::register::Read;
use crate::register::Register;
use crate::register::Rests;
use crate::register::Wrong;
use crate::register::about::About;
use crate::register::folder::Folder;
use crate::register::keys::ForImport;
use crate::register::keys::Material;
use crate::register::keys::Retirement;
use crate::register::keys::Review;
use crate::register::keys::Set;
use crate::register::lifecycle::Lived;
use crate::register::pile::Pile;
use crate::register::rotation::Versions;

pub(super) struct Fold<'r> {
    register: &'r mut Register,
    as_of: Option<Date>,
    known: Known,
    materials: Pile,
    later: usize,
    here: about::Here,
}

/// The ceremony that is folded.
struct Now<'a> {
    script: &'a Script,
    open: &'a Open,
    folder: &'a str,
    /// The same, as facts name it.
    name: Folder,
    record: Digest,
    /// What its labels stand for.
    keys: BTreeMap<String, usize>,
    /// Steps that approved others, and who.
    approvals: Vec<(u32, String)>,
}

impl<'r> Fold<'r> {
    /// Goes on with a register of which that is known.
    pub(super) fn new(
        register: &'r mut Register,
        (known, materials): (Known, Pile),
        as_of: Option<Date>,
    ) -> Self {
        Self {
            register,
            as_of,
            known,
            materials,
            later: 0,
            here: about::Here::default(),
        }
    }

    /// Takes the next ceremony.
    ///
    /// # Errors
    ///
    /// When what is known of keys cannot be kept.
    pub(super) fn take(&mut self, read: Read) -> io::Result<()> {
        let Read {
            number,
            folder,
            found,
        } = read;
        let Found {
            verdict,
            script,
            entries,
        } = match found {
            Ok(found) => found,
            Err(error) => {
                self.register.wrong.push(Wrong::of_error(&folder, &error));
                return Ok(());
            }
        };
        let Some(Event::Open(open)) = entries.first().map(|entry| &entry.event) else {
            return Ok(());
        };
        let gone = match open.mode {
            Mode::Rehearsal => {
                Some("it is a rehearsal, which says nothing about any key".to_owned())
            }
            Mode::Practice | Mode::Production if verdict.outstanding.is_empty() => None,
            Mode::Practice | Mode::Production => {
                let people = verdict.outstanding.join(", ");
                Some(format!("signatures of {people} are gone"))
            }
        };
        if let Some(what) = gone {
            self.register.wrong.push(Wrong {
                ceremony: Some(folder.clone()),
                line: None,
                what,
                hint: Some(
                    "such a record is not taken in: find out who put it there, or who changed it"
                        .to_owned(),
                ),
            });
            return Ok(());
        }
        let ended = verdict.day();
        if self
            .as_of
            .is_some_and(|day| ended.is_some_and(|ended| ended > day))
        {
            self.later += 1;
            return Ok(());
        }
        self.register.head = Some(Follows {
            sequence: number,
            sha256: verdict.record_sha256,
        });
        let ceremony = Ceremony::new(number, &folder, &verdict, open);
        self.register.records += 1;
        self.register.ceremonies.push(ceremony);
        let mut now = Now {
            script: &script,
            open,
            folder: &folder,
            name: folder.as_str().into(),
            record: verdict.record_sha256,
            keys: BTreeMap::new(),
            approvals: Vec::new(),
        };
        for entry in &entries {
            self.entry(&mut now, entry);
        }
        self.materials.rest()
    }

    /// What has to be known to go on from here, and every material.
    pub(super) fn end(self) -> (Known, Pile) {
        if self.later > 0 {
            self.register.notes.push(format!(
                "ceremonies that ended after that day: {}; they do not count here",
                self.later
            ));
        }
        (self.known, self.materials)
    }

    fn entry(&mut self, now: &mut Now<'_>, entry: &Entry) {
        let rests = Rests {
            ceremony: now.name.clone(),
            line: entry.seq + 1,
            at: entry.at,
        };
        match &entry.event {
            Event::Open(open) => {
                self.register.people.open(now.script, open, &rests);
                self.open(now, open, &rests);
            }
            Event::Step(step) => {
                self.register.people.step(now.open, &step.did, &rests);
                self.step(now, step, &rests);
                self.stays(now, &step.did, &rests);
            }
            Event::BatchKey(key) => {
                let batch = now.script.batches.get(key.batch.as_str());
                let kind = batch.map(|batch| batch.key.r#type.value.name().to_owned());
                let described = batch.map(|batch| &batch.key);
                let at = self.material(now, &key.key, &rests);
                if let Some(material) = self.materials.get_mut(at) {
                    material.made = Some(rests.clone());
                    material.r#type = kind;
                    material.check_values.clone_from(&key.check_values);
                    if let Some(described) = described {
                        describe(material, described, &rests);
                    }
                    let import = import(now.script, &key.r#for, key.challenge.as_ref(), &rests);
                    material.imported(import);
                }
                self.supersedes(now, &key.key, &rests);
                self.wrapped_newer(now, &key.key, &key.r#for);
            }
            Event::Recovered(recovered) => {
                self.rebuilt(
                    now,
                    &recovered.key,
                    &recovered.set,
                    &recovered.with,
                    "recovery",
                    &rests,
                );
            }
            // What was handed out of a lost key, or of a split that was cut short, is void; a split
            // that was finished has an entry of its own.
            Event::Lost(lost) => {
                self.lost(now, &lost.key);
                if let Some(at) = now.keys.remove(&lost.key)
                    && let Some(material) = self.materials.get_mut(at)
                {
                    material.made = None;
                    material
                        .sets
                        .retain(|set| !lost.void_sets.contains(&set.id));
                    material.lost(now.folder);
                }
            }
            // What a ceremony that was ended early says is void, nobody has.
            Event::Sealed(sealed) => {
                for at in now.keys.values() {
                    if let Some(material) = self.materials.get_mut(*at) {
                        material
                            .sets
                            .retain(|set| !sealed.void_sets.contains(&set.id));
                    }
                }
            }
            Event::Handed(_)
            | Event::Exception(_)
            | Event::Resumed(_)
            | Event::Orphan(_)
            | Event::Calling(_) => {}
        }
        self.about(now, entry, &rests);
        self.provider_side(now, entry, &rests);
    }

    fn open(&mut self, now: &mut Now<'_>, open: &Open, rests: &Rests) {
        for given in &open.given {
            self.given(now, given, rests);
        }
        self.versions(now, rests);
        for life in &open.lifecycle {
            self.begins(now, life, rests);
        }
        for item in &open.items {
            let set = self.set_of(now, item);
            self.register.things.begin(item, set.as_ref(), rests);
            self.in_hand(now, item, rests);
        }
    }

    /// A key of an earlier ceremony must be given as that one left it.
    fn given(&mut self, now: &mut Now<'_>, given: &Given, rests: &Rests) {
        let known = self.known.get(given.record, &given.key);
        let at = known.unwrap_or_else(|| {
            self.register.notes.push(format!(
                "the ceremony that left key {} in these shares is not in this register ({}): its record has the SHA-256 {}",
                given.key, rests.words(), given.record
            ));
            self.same_material(&given.key, &given.check_values)
                .unwrap_or_else(|| self.insert(given.record, &given.key))
        });
        now.keys.insert(given.key.clone(), at);
        for record in [given.record, now.record] {
            self.known.put(record, &given.key, at);
        }
        let Some(material) = self.materials.get_mut(at) else {
            return;
        };
        if material.check_values.is_empty() {
            material.check_values.clone_from(&given.check_values);
        }
        for older in &given.older {
            if material.set_mut(&older.id).is_none() {
                let head = (
                    older.id.as_str(),
                    older.epoch,
                    older.threshold,
                    older.subject,
                );
                material
                    .sets
                    .push(Set::dealt(head, (1..).zip(&older.custodians), rests));
            }
        }
        let set = &given.share_set;
        let same = |known: &Set| {
            let mut shares = known.shares.iter().zip(&set.shares);
            known.epoch == set.epoch
                && known.threshold == set.threshold
                && known.subject == set.subject
                && known.shares.len() == set.shares.len()
                && shares.all(|(one, other)| one.index == other.index && one.of == other.custodian)
        };
        let contradicted = match material.sets.iter().find(|known| known.id == set.id) {
            Some(known) => !same(known) || material.check_values != given.check_values,
            // The record that it names is here, and dealt no such set.
            None => known.is_some(),
        };
        if contradicted {
            self.register.wrong.push(Wrong {
                ceremony: Some(now.folder.to_owned()),
                line: Some(rests.line),
                what: format!(
                    "key {} is given with other facts than the ceremony that made it recorded",
                    given.key
                ),
                hint: Some("compare `given` of its script with what `keyrite given` prints of that ceremony".to_owned()),
            });
        } else if material.set_mut(&set.id).is_none() {
            let head = (set.id.as_str(), set.epoch, set.threshold, set.subject);
            let shares = set.shares.iter();
            let shares = shares.map(|share| (share.index, &share.custodian));
            material.sets.push(Set::dealt(head, shares, rests));
        }
        self.describe(now, &given.key, rests);
    }

    fn step(&mut self, now: &mut Now<'_>, step: &Step, rests: &Rests) {
        match &step.did {
            Did::Generate {
                key,
                r#type,
                check_values,
                ..
            } => {
                let at = self.material(now, key, rests);
                if let Some(material) = self.materials.get_mut(at) {
                    material.made = Some(rests.clone());
                    material.r#type = Some(r#type.name().to_owned());
                    material.check_values.clone_from(check_values);
                }
                self.supersedes(now, key, rests);
            }
            Did::Split {
                key, subject, set, ..
            } => self.dealt(now, key, *subject, set, rests),
            Did::Reshare {
                key,
                subject,
                set,
                with,
                replaces,
                ..
            } => {
                self.rebuilt(now, key, replaces, with, "reshare", rests);
                self.dealt(now, key, *subject, set, rests);
                // Every new share was brought back, and together they rebuilt the key.
                let all: Vec<String> = set.shares.iter().map(|it| it.custodian.clone()).collect();
                self.rebuilt(now, key, &set.id, &all, "reshare", rests);
            }
            Did::Retire(retired) => {
                let material = self.of_label(now, &retired.key);
                if let Some(set) = material.and_then(|known| known.set_mut(&retired.set)) {
                    set.retired = Some(Retirement {
                        live: retired.live,
                        says: retired.words(),
                        destroyed: retired.gone(),
                        rests_on: rests.clone(),
                    });
                }
            }
            Did::RestoreTest { key, set, with, .. } => {
                self.rebuilt(now, key, set, with, "restore test", rests);
            }
            Did::Restore {
                key,
                r#type,
                set,
                with,
                ..
            } => {
                self.rebuilt(now, key, set, with, "restore", rests);
                if let Some(material) = self.of_label(now, key) {
                    material.restored.push(rests.clone());
                    material.r#type = Some(r#type.name().to_owned());
                }
            }
            Did::Drill {
                key, set, shares, ..
            } => {
                let Some(set) = self.of_label(now, key).and_then(|known| known.set_mut(set)) else {
                    return;
                };
                for drilled in shares {
                    let share = set.shares.iter_mut().find(|it| it.index == drilled.index);
                    let Some(share) = share else { continue };
                    let why = drilled.why.clone().unwrap_or_default();
                    match drilled.result {
                        Possession::Proven => {
                            share.proven = Some((rests.clone(), "drill".to_owned()));
                            share.missed = None;
                        }
                        Possession::Failed | Possession::Absent => {
                            let missed = (rests.clone(), drilled.result.name().to_owned(), why);
                            share.missed = Some(missed);
                        }
                    }
                }
            }
            Did::Wrap {
                key,
                r#for,
                challenge,
                ..
            } => {
                let import = import(now.script, r#for, challenge.as_ref(), rests);
                if let Some(material) = self.of_label(now, key) {
                    material.imported(import);
                }
                self.wrapped_newer(now, key, r#for);
            }
            Did::Lock { key, .. } => {
                if let Some(material) = self.of_label(now, key) {
                    material.locked = Some(rests.clone());
                }
            }
            Did::Destroy { key, method, .. } => {
                self.lives(now, step, rests);
                if let Some(material) = self.of_label(now, key) {
                    material.destroyed.push((method.clone(), rests.clone()));
                }
            }
            Did::ReEncrypted { key, dependent, .. } => {
                let signed_off = rotation::signed_off(&step.did, now.record, rests);
                if let (Some(material), Some(it)) = (self.of_label(now, key), signed_off) {
                    material.versions.signed_off(dependent, it);
                }
            }
            Did::TakeOut { item, .. }
            | Did::Inspect { item, .. }
            | Did::HandOver { item, .. }
            | Did::PutAway { item, .. } => {
                if let Some(item) = now.open.items.iter().find(|known| known.name == *item) {
                    self.register.things.apply(item, &step.did, rests);
                    self.in_hand(now, item, rests);
                }
            }
            Did::Approve { .. }
            | Did::Move(_)
            | Did::RequestDestroy(_)
            | Did::CancelDestroy(_)
            | Did::Identify(_)
            | Did::Close(_) => self.lives(now, step, rests),
            Did::Statement { counts, .. } => self.counted(now, counts, rests),
            Did::Receipt { .. }
            | Did::Join(_)
            | Did::Acknowledge(_)
            | Did::MovePerson(_)
            | Did::Leave(_)
            | Did::Withdraw(_)
            | Did::AccessReview(_)
            | Did::Reconcile(_)
            | Did::Explain(_)
            | Did::Confirm(_)
            | Did::SignIn { .. }
            | Did::SignOut { .. }
            | Did::Environment { .. }
            | Did::Compare { .. }
            | Did::Batch { .. }
            | Did::Availability { .. }
            | Did::Declare { .. }
            | Did::Exception { .. }
            | Did::Break { .. } => {}
        }
    }

    /// A share set takes the place of whatever was before it.
    fn dealt(
        &mut self,
        now: &mut Now<'_>,
        key: &str,
        subject: Subject,
        set: &ShareSet,
        rests: &Rests,
    ) {
        let at = self.material(now, key, rests);
        if let Some(material) = self.materials.get_mut(at) {
            let head = (set.id.as_str(), set.epoch, set.threshold, subject);
            let shares = set.shares.iter();
            let shares = shares.map(|share| (share.index, &share.custodian));
            material.sets.push(Set::dealt(head, shares, rests));
        }
        // Things that carry a share of it can be told apart from now on.
        for item in now.open.items.iter().filter(|item| carries(item, key)) {
            let set = self.set_of(now, item);
            self.register.things.begin(item, set.as_ref(), rests);
            self.in_hand(now, item, rests);
        }
    }

    /// A material with the same label and check values.
    fn same_material(&self, key: &str, values: &BTreeMap<String, String>) -> Option<usize> {
        let is_same = |at: &usize| {
            let material = self.materials.get(*at);
            material.is_some_and(|it| it.key == key && it.check_values == *values)
        };
        self.known.under(key).into_iter().find(is_same)
    }

    /// The material that a label stands for in this ceremony; a new one where it made it.
    fn material(&mut self, now: &mut Now<'_>, key: &str, rests: &Rests) -> usize {
        if let Some(at) = now.keys.get(key) {
            return *at;
        }
        let at = self.insert(now.record, key);
        now.keys.insert(key.to_owned(), at);
        if let Some(material) = self.materials.get_mut(at) {
            material.mode = Some(now.open.mode);
        }
        self.describe(now, key, rests);
        at
    }

    fn insert(&mut self, origin: Digest, key: &str) -> usize {
        let known = self.known.get(origin, key);
        known.unwrap_or_else(|| {
            let at = self.materials.len();
            self.materials.push(Material {
                key: key.to_owned(),
                origin,
                mode: None,
                made: None,
                r#type: None,
                owner: None,
                check_values: BTreeMap::new(),
                cryptoperiod: None,
                reviewed_until: None,
                sets: Vec::new(),
                imports: Vec::new(),
                locked: None,
                life: Lived::default(),
                destroyed: Vec::new(),
                versions: Versions::default(),
                restored: Vec::new(),
                about: About::default(),
                drill_every: None,
                restore_test_every: None,
                confirm_within: None,
            });
            self.known.put(origin, key, at);
            at
        })
    }

    /// What the newest script that names a key says of it.
    fn describe(&mut self, now: &Now<'_>, key: &str, rests: &Rests) {
        let described = now.script.keys.get(key);
        let policy = &now.script.policy;
        let Some(material) = self.of_label(now, key) else {
            return;
        };
        if let Some(described) = described {
            describe(material, described, rests);
        }
        let drills = policy.drill_every.map(|span| span.seconds);
        let tests = policy.restore_test_every.map(|span| span.seconds);
        material.drill_every = drills.or(material.drill_every);
        material.restore_test_every = tests.or(material.restore_test_every);
        let confirm = policy.confirm_within.map(|span| span.seconds);
        material.confirm_within = confirm.or(material.confirm_within);
    }

    fn of_label(&mut self, now: &Now<'_>, key: &str) -> Option<&mut Material> {
        let at = now.keys.get(key)?;
        self.materials.get_mut(*at)
    }

    fn rebuilt(
        &mut self,
        now: &Now<'_>,
        key: &str,
        set: &str,
        with: &[String],
        by: &str,
        rests: &Rests,
    ) {
        let material = self.of_label(now, key);
        if let Some(set) = material.and_then(|material| material.set_mut(set)) {
            set.rebuilt(with, by, rests);
        }
    }

    /// The share set whose share a thing carries.
    fn set_of(&self, now: &Now<'_>, item: &Item) -> Option<Set> {
        let share = item.share.as_ref()?;
        let at = now.keys.get(&share.key)?;
        self.materials.get(*at)?.current().cloned()
    }

    fn in_hand(&mut self, now: &Now<'_>, item: &Item, rests: &Rests) {
        if let Some(set) = self.set_of(now, item) {
            self.register.things.in_hand(item, &set, rests);
        }
    }
}

fn carries(item: &Item, key: &str) -> bool {
    item.share.as_ref().is_some_and(|share| share.key == key)
}

fn describe(material: &mut Material, described: &crate::domain::script::Key, rests: &Rests) {
    material.about.describe(described, rests);
    material.life.skips = skips_deactivated(&described.usages());
    material.owner = Some(described.owner.to_string());
    let kind = described.r#type.value.name();
    material.r#type.get_or_insert_with(|| kind.to_owned());
    let time = described.cryptoperiod.as_ref().and_then(|it| it.time);
    // What a script leaves out stays as an earlier one said it.
    if let Some(span) = time {
        material.cryptoperiod = Some((span.seconds, span.to_string()));
    }
    if let Some(model) = &described.model {
        material.reviewed_until = Some(Review {
            by: model.reviewed_until.value.0,
            rests_on: rests.clone(),
        });
    }
}

fn import(
    script: &Script,
    input: &str,
    challenge: Option<&Challenge>,
    rests: &Rests,
) -> Option<ForImport> {
    let described = script.inputs.get(input)?;
    let valid_for = described.valid_for.as_ref().map(|at| at.value);
    Some(ForImport {
        input: input.to_owned(),
        provider: described.provider.to_string(),
        algorithm: described.algorithm.to_string(),
        key_id: described.key_id.as_ref().map(ToString::to_string),
        valid_for: match valid_for {
            Some(ValidFor::Span(span)) => Some(span.seconds),
            Some(ValidFor::Never) | None => None,
        },
        challenge: challenge.map(|challenge| challenge.answer),
        wrapped: rests.clone(),
    })
}
