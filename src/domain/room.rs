//! Walks a script over a model of the room and says what cannot, or must not, happen.
//!
//! Who is present, which keys exist, which are in shares, tested, compared, approved, wrapped and
//! destroyed. Whether a provider's algorithm can carry a key is asked elsewhere: this module
//! knows no provider.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::finding::ABSENT;
use crate::domain::finding::ALL_SHARES_NEEDED;
use crate::domain::finding::ALONE;
use crate::domain::finding::APPROVAL;
use crate::domain::finding::COMPARE_BEFORE_WRAP;
use crate::domain::finding::CRYPTOPERIOD;
use crate::domain::finding::ENVIRONMENT_FIRST;
use crate::domain::finding::Finding;
use crate::domain::finding::NO_COPY;
use crate::domain::finding::NOT_BUILT;
use crate::domain::finding::ORDER;
use crate::domain::finding::RESTORE_BEFORE_WRAP;
use crate::domain::finding::RESTORE_FIRST;
use crate::domain::finding::REVIEW_DUE;
use crate::domain::finding::SAME_MANAGER;
use crate::domain::finding::SAME_SITE;
use crate::domain::finding::SEAL_LAST;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::SHAPE;
use crate::domain::finding::SHARES;
use crate::domain::finding::SIGNERS;
use crate::domain::finding::SIGNING_KEY;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::finding::WAIVER;
use crate::domain::finding::Waived;
use crate::domain::finding::rule;
use crate::domain::script::Among;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Destroy;
use crate::domain::script::Id;
use crate::domain::script::Kind;
use crate::domain::script::Person;
use crate::domain::script::Place;
use crate::domain::script::RestoreTest;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::script::ScriptMode;
use crate::domain::script::Split;
use crate::domain::script::Step;
use crate::domain::script::What;
use crate::domain::script::Wrap;
use crate::domain::text::list;
use crate::domain::text::nearest;

/// Everything that is wrong with a script, in the order of the script; waivers not yet applied.
pub fn walk(script: &Script, today: Date) -> Vec<Finding> {
    let mut room = Room {
        script,
        step: None,
        findings: Vec::new(),
        present: BTreeSet::new(),
        keys: BTreeMap::new(),
        compared: BTreeSet::new(),
        approved: BTreeSet::new(),
        looked: false,
        lonely: false,
    };
    room.roles();
    room.descriptions(today);
    for (index, step) in script.steps.iter().enumerate() {
        room.step = u32::try_from(index + 1).ok();
        room.step(index, step);
    }
    room.step = None;
    room.end();
    room.findings
}

/// Marks the findings that the script waives, and adds findings about the waivers themselves.
pub fn waive(script: &Script, today: Date, findings: &mut Vec<Finding>) {
    let mut about_waivers = Vec::new();
    for waiver in &script.waivers {
        let refuse = |message: String| Finding::new(&WAIVER, waiver.rule.place, message);
        let Some(rule) = rule(waiver.rule.as_str()) else {
            let ids = crate::domain::finding::RULES.iter().map(|rule| rule.id);
            let hint = nearest(waiver.rule.as_str(), ids).map_or_else(
                || "`keyrite check --rules` lists the rules".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            about_waivers.push(refuse(format!("there is no rule `{}`", waiver.rule)).hint(hint));
            continue;
        };
        if !rule.waivable {
            about_waivers.push(
                refuse(format!("the rule `{}` cannot be waived", rule.id))
                    .hint("mend the script instead"),
            );
            continue;
        }
        if waiver.until.value.0 < today {
            about_waivers.push(
                refuse(format!(
                    "the waiver of `{}` ran out on {}",
                    rule.id, waiver.until.value.0
                ))
                .hint("mend the script, or decide again and write a new date"),
            );
            continue;
        }
        let mut used = false;
        for finding in findings.iter_mut().filter(|finding| {
            finding.rule.id == rule.id
                && (waiver.step.is_none()
                    || finding.step == waiver.step.as_ref().map(|at| at.value))
        }) {
            used = true;
            finding.waived = Some(Waived {
                reason: waiver.reason.to_string(),
                owner: waiver.owner.to_string(),
                until: waiver.until.value.0.to_string(),
            });
        }
        if !used {
            about_waivers.push(
                refuse(format!(
                    "nothing breaks the rule `{}` here; the waiver waives nothing",
                    rule.id
                ))
                .hint("remove it"),
            );
        }
    }
    findings.extend(about_waivers);
}

struct Room<'a> {
    script: &'a Script,
    step: Option<u32>,
    findings: Vec<Finding>,
    present: BTreeSet<&'a str>,
    keys: BTreeMap<&'a str, KeyState<'a>>,
    compared: BTreeSet<&'a str>,
    /// Indexes of steps that an approval covers.
    approved: BTreeSet<usize>,
    looked: bool,
    /// Whether one person alone with a key was already reported.
    lonely: bool,
}

#[derive(Default)]
struct KeyState<'a> {
    split: Option<&'a Split>,
    tested: bool,
    wrapped: bool,
    destroyed: bool,
}

impl<'a> Room<'a> {
    fn add(&mut self, mut finding: Finding) {
        finding.step = finding.step.or(self.step);
        self.findings.push(finding);
    }

    fn production(&self) -> bool {
        self.script.mode.value == ScriptMode::Production
    }

    fn roles(&mut self) {
        let script = self.script;
        for role in Role::ALL {
            let mut seen = BTreeSet::new();
            for id in script.roles.holders(role) {
                self.known_person(id);
                if !seen.insert(id.as_str()) {
                    self.add(
                        Finding::new(
                            &SHAPE,
                            id.place,
                            format!("{} stands twice under `{}`", id.value, role.name()),
                        )
                        .hint("name everybody once"),
                    );
                }
            }
        }
        const APART: [(Role, Role); 6] = [
            (Role::Administrator, Role::Custodians),
            (Role::Administrator, Role::Witness),
            (Role::Administrator, Role::Approver),
            (Role::Custodians, Role::Witness),
            (Role::Custodians, Role::Approver),
            (Role::Witness, Role::Approver),
        ];
        for (one, other) in APART {
            for id in script.roles.holders(one) {
                let both = script
                    .roles
                    .holders(other)
                    .iter()
                    .any(|held| held.value == id.value);
                if both {
                    self.add(
                        Finding::new(
                            &SEPARATION,
                            id.place,
                            format!(
                                "{} is both {} and {}",
                                id.value,
                                one.spoken(),
                                other.spoken()
                            ),
                        )
                        .hint("give one of the roles to somebody else"),
                    );
                }
            }
        }
        if self.production() {
            self.signers();
        }
        if script.roles.administrator.is_empty() {
            self.add(
                Finding::new(
                    &UNKNOWN_NAME,
                    Place { line: 1, column: 1 },
                    "nobody is the administrator",
                )
                .hint("add `administrator: [PERSON]` under `roles`"),
            );
        }
    }

    /// Nobody can be left out whose signature the record is worth nothing without.
    fn signers(&mut self) {
        let script = self.script;
        let place = script.mode.place;
        let approves = |id: &String| {
            !script
                .roles
                .administrator
                .iter()
                .any(|administrator| administrator.as_str() == id)
        };
        if !script.script_approvers().iter().any(approves) {
            self.add(
                Finding::new(
                    &SIGNERS,
                    place,
                    "nobody but the administrator approves this production script",
                )
                .hint("add `approver: [PERSON]` under `roles`"),
            );
        }
        if script.roles.witness.is_empty() {
            self.add(
                Finding::new(&SIGNERS, place, "nobody witnesses this production ceremony")
                    .hint("add `witness: [PERSON]` under `roles`"),
            );
        }
    }

    fn descriptions(&mut self, today: Date) {
        let script = self.script;
        let Core::Software = script.token.core.value else {
            self.add(
                Finding::new(
                    &NOT_BUILT,
                    script.token.core.place,
                    "PKCS#11 tokens are not built in this version",
                )
                .hint("`core: software` makes the keys in the memory of this process"),
            );
            return;
        };
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for (id, person) in &script.people {
            if let Some(other) = names.insert(person.name.as_str().to_lowercase(), id.as_str()) {
                self.add(
                    Finding::new(
                        &SHAPE,
                        person.place,
                        format!("{other} and {id} are both called {}", person.name),
                    )
                    .hint("names are read aloud: tell the two apart"),
                );
            }
        }
        if let Some(field) = [
            ("label", &script.token.label),
            ("serial", &script.token.serial),
        ]
        .into_iter()
        .find_map(|(name, value)| value.as_ref().map(|_| name))
        {
            self.add(
                Finding::new(
                    &SHAPE,
                    script.token.place,
                    format!("a software token has no {field}"),
                )
                .hint("remove it"),
            );
        }
        for (label, key) in &script.keys {
            if let Some(model) = &key.model
                && model.reviewed_until.value.0 < today
            {
                self.add(
                    Finding::new(
                        &REVIEW_DUE,
                        model.reviewed_until.place,
                        format!(
                            "the choice of model for {label} was to be reviewed by {}",
                            model.reviewed_until.value.0
                        ),
                    )
                    .hint("review it and write the next date"),
                );
            }
            let without_period = key.cryptoperiod.as_ref().is_none_or(|period| {
                period.time.is_none() && period.uses.is_none() && period.bytes.is_none()
            });
            if self.production() && without_period {
                self.add(
                    Finding::new(
                        &CRYPTOPERIOD,
                        key.place,
                        format!("{label} has no cryptoperiod"),
                    )
                    .hint("add `cryptoperiod: {time: 1y}`, or uses or bytes"),
                );
            }
        }
        if self.production() {
            self.keys_of_people();
        }
    }

    fn keys_of_people(&mut self) {
        let script = self.script;
        let mut signers = script.record_signers();
        signers.extend(script.script_approvers());
        signers.extend(script.steps.iter().filter_map(|step| {
            if let Step::Approve(approve) = &step.value {
                Some(approve.by.to_string())
            } else {
                None
            }
        }));
        signers.sort();
        signers.dedup();
        for (id, person) in signers
            .iter()
            .filter_map(|id| script.people.get_key_value(id.as_str()))
        {
            if person.signs_with.is_none() {
                self.add(
                    Finding::new(
                        &SIGNING_KEY,
                        person.place,
                        format!("{id} must sign but has no signing key"),
                    )
                    .hint("add `signs-with:` and the person's OpenSSH public key"),
                );
            }
        }
        let splits = script.steps.iter().filter_map(as_split);
        let custodians: BTreeSet<&str> = splits
            .flat_map(|split| script.among(split))
            .map(|id| id.value.as_str())
            .collect();
        for (id, person) in custodians
            .iter()
            .filter_map(|id| script.people.get_key_value(*id))
        {
            if person.receives_shares_at.is_none() {
                self.add(
                    Finding::new(
                        &SIGNING_KEY,
                        person.place,
                        format!("{id} receives a share but has no recipient"),
                    )
                    .hint("add `receives-shares-at:` and the person's age recipient (age1…)"),
                );
            }
        }
    }

    fn step(&mut self, index: usize, step: &'a At<Step>) {
        match &step.value {
            Step::SignIn(people) => self.sign_in(people),
            Step::SignOut(people) => {
                for id in people {
                    self.acts(id);
                    self.present.remove(id.value.as_str());
                }
            }
            Step::Environment(environment) => {
                self.looked = true;
                let nothing = environment.network.is_none()
                    && environment.swap.is_none()
                    && environment.core_dumps.is_none()
                    && environment.clock.is_none();
                if nothing {
                    self.add(
                        Finding::new(&SHAPE, step.place, "nothing is looked at")
                            .hint("name what must hold: `{network: off, swap: off, clock: read-by PERSON}`"),
                    );
                }
                if let Some(clock) = &environment.clock {
                    self.acts_as(clock.place, clock.person());
                }
            }
            Step::Statement(statement) => self.all_act(&statement.by, step.place),
            Step::Generate(key) => self.generate(key),
            Step::Split(split) => self.split(split, step.place),
            Step::RestoreTest(test) => self.restore_test(test, step.place),
            Step::Compare(compare) => {
                self.known_input(&compare.wrapping_key);
                self.all_act(&compare.by, step.place);
                let typists: BTreeSet<&str> =
                    compare.by.iter().map(|id| id.value.as_str()).collect();
                if typists.len() != 2 || compare.by.len() != 2 {
                    self.add(
                        Finding::new(
                            &SHAPE,
                            step.place,
                            "a comparison takes two different people who type",
                        )
                        .hint("write `by: [ONE, OTHER]`"),
                    );
                }
                if let Some(witness) = &compare.seen_by {
                    self.acts(witness);
                    if typists.contains(witness.value.as_str()) {
                        self.add(
                            Finding::new(
                                &SEPARATION,
                                witness.place,
                                format!("{} types and is the one who watches", witness.value),
                            )
                            .hint("let somebody else watch"),
                        );
                    }
                }
                self.compared.insert(compare.wrapping_key.value.as_str());
            }
            Step::Approve(approve) => {
                self.acts(&approve.by);
                let is_approver = self
                    .script
                    .roles
                    .holders(Role::Approver)
                    .iter()
                    .any(|id| id.value == approve.by.value);
                if !is_approver && self.script.people.contains_key(approve.by.as_str()) {
                    self.add(
                        Finding::new(
                            &SEPARATION,
                            approve.by.place,
                            format!("{} is no approver", approve.by),
                        )
                        .hint("name somebody who holds the role, or give the role"),
                    );
                }
                let covered: Vec<usize> = self
                    .script
                    .covered_by(index, approve)
                    .into_iter()
                    .map(|(index, _)| index)
                    .collect();
                if covered.is_empty() {
                    let what = match approve.what {
                        What::Import => "no wrap follows",
                        What::Destroy => "no destruction follows",
                    };
                    self.add(
                        Finding::new(
                            &ORDER,
                            step.place,
                            format!("the approval covers nothing: {what}"),
                        )
                        .hint("put it before what it approves"),
                    );
                }
                self.approved.extend(covered);
            }
            Step::Wrap(wrap) => self.wrap(index, wrap, step.place),
            Step::Destroy(destroy) => self.destroy(destroy, step.place),
            Step::Exception(asked) => self.acts(&asked.by),
            Step::Break(_) => {}
            Step::Seal => {
                if index + 1 != self.script.steps.len() {
                    self.add(
                        Finding::new(&SEAL_LAST, step.place, "the seal is not the last step")
                            .hint("nothing can be recorded after the seal; move it to the end"),
                    );
                }
            }
        }
        let exposed = self.keys.values().any(|key| !key.destroyed);
        if exposed && self.present.len() < 2 && !self.lonely && !matches!(step.value, Step::Seal) {
            self.lonely = true;
            let who: Vec<&str> = self.present.iter().copied().collect();
            let message = format!(
                "a key is in the machine while only {} is in the room",
                list(&who)
            );
            self.add(
                Finding::new(&ALONE, step.place, message)
                    .hint("let a witness sign in before and out after it"),
            );
        }
    }

    fn sign_in(&mut self, people: &'a [At<Id>]) {
        for id in people {
            if self.known_person(id) && !self.present.insert(id.value.as_str()) {
                self.add(
                    Finding::new(
                        &ABSENT,
                        id.place,
                        format!("{} is already in the room", id.value),
                    )
                    .hint("remove the name, or let the person sign out before"),
                );
            }
        }
    }

    fn generate(&mut self, key: &'a At<Id>) {
        if self.production() && !self.looked {
            self.looked = true;
            self.add(
                Finding::new(
                    &ENVIRONMENT_FIRST,
                    key.place,
                    "a key is made before the machine was looked at",
                )
                .hint("add an `environment` step before it"),
            );
        }
        if self.known_key(key)
            && self
                .keys
                .insert(key.value.as_str(), KeyState::default())
                .is_some()
        {
            self.add(
                Finding::new(
                    &ORDER,
                    key.place,
                    format!("key {} is made a second time", key.value),
                )
                .hint("describe a second key under `keys` and make that one"),
            );
        }
    }

    fn split(&mut self, split: &'a Split, place: Place) {
        let script = self.script;
        let holders = script.among(split);
        if let Among::People(people) = &split.among {
            for id in people {
                self.known_person(id);
            }
        }
        for id in holders {
            self.acts(id);
        }
        let total = holders.len();
        let threshold = usize::from(split.threshold.value);
        let mut seen = BTreeSet::new();
        for id in holders.iter().filter(|id| !seen.insert(id.value.as_str())) {
            self.add(
                Finding::new(
                    &SHARES,
                    place,
                    format!("{} would get more than one share", id.value),
                )
                .hint("one person, one share"),
            );
        }
        if !(2..=255).contains(&total) {
            self.add(
                Finding::new(
                    &SHARES,
                    place,
                    format!("shares for {total}; a split has 2 to 255"),
                )
                .hint("name the custodians under `roles`, or list them in `among`"),
            );
        } else if threshold < 2 {
            self.add(
                Finding::new(
                    &SHARES,
                    split.threshold.place,
                    "one share alone would rebuild the key",
                )
                .hint("a threshold is at least 2"),
            );
        } else if threshold > total {
            self.add(
                Finding::new(
                    &SHARES,
                    split.threshold.place,
                    format!("{threshold} shares would be needed, but only {total} are made"),
                )
                .hint("lower the threshold or name more custodians"),
            );
        } else if threshold == total {
            self.add(
                Finding::new(
                    &ALL_SHARES_NEEDED,
                    split.threshold.place,
                    format!("all {total} shares are needed; one lost share loses the key"),
                )
                .hint("make one share more than the threshold, or waive this with a reason"),
            );
        }
        if threshold > 1 {
            self.together(holders, threshold, place);
        }
        if let Some(state) = self.live_key(&split.key) {
            state.tested = false;
            if state.split.replace(split).is_some() {
                self.add(
                    Finding::new(
                        &ORDER,
                        place,
                        format!("key {} is split a second time", split.key),
                    )
                    .hint("resharing is not built in this version; split a key once"),
                );
            }
        }
    }

    /// Enough shares under one manager, or at one site.
    fn together(&mut self, holders: &[At<Id>], threshold: usize, place: Place) {
        let script = self.script;
        type Field = fn(&Person) -> Option<&str>;
        let manager: Field = |person| person.manager.as_ref().map(|text| text.value.as_str());
        let site: Field = |person| person.site.as_ref().map(|text| text.value.as_str());
        for (rule, field, what) in [
            (&SAME_MANAGER, manager, "report to"),
            (&SAME_SITE, site, "keep their shares at"),
        ] {
            let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for id in holders {
                if let Some(value) = script
                    .people
                    .get(id.as_str())
                    .and_then(|person| field(&person.value))
                {
                    let group: &mut Vec<&str> = groups.entry(value).or_default();
                    if !group.contains(&id.value.as_str()) {
                        group.push(id.value.as_str());
                    }
                }
            }
            for (value, people) in groups {
                if people.len() >= threshold {
                    let message = format!(
                        "{} all {what} {value} and could rebuild the key",
                        list(&people)
                    );
                    self.add(
                        Finding::new(rule, place, message).hint("choose custodians further apart"),
                    );
                }
            }
        }
    }

    fn restore_test(&mut self, test: &'a RestoreTest, place: Place) {
        self.all_act(&test.with, place);
        let script = self.script;
        let Some(state) = self.live_key(&test.key) else {
            return;
        };
        let Some(split) = state.split else {
            let message = format!("key {} has not been split", test.key);
            self.add(Finding::new(&ORDER, place, message).hint("put the `split` step before it"));
            return;
        };
        state.tested = true;
        let holders = script.among(split);
        let with: BTreeSet<&str> = test.with.iter().map(|id| id.value.as_str()).collect();
        for id in test
            .with
            .iter()
            .filter(|id| script.people.contains_key(id.as_str()))
            .filter(|id| !holders.iter().any(|holder| holder.value == id.value))
        {
            self.add(
                Finding::new(
                    &SHARES,
                    id.place,
                    format!("{} holds no share of key {}", id.value, test.key),
                )
                .hint(format!("it was split among {}", list(&holders_of(holders)))),
            );
        }
        if with.len() != test.with.len() {
            self.add(
                Finding::new(&SHARES, place, "somebody is named twice").hint("name everybody once"),
            );
        }
        if with.len() < usize::from(split.threshold.value) {
            self.add(
                Finding::new(
                    &SHARES,
                    place,
                    format!(
                        "{} brought, {} needed",
                        match with.len() {
                            1 => "1 share is".to_owned(),
                            n => format!("{n} shares are"),
                        },
                        match split.threshold.value {
                            1 => "1 is".to_owned(),
                            n => format!("{n} are"),
                        }
                    ),
                )
                .hint("name as many custodians as the threshold"),
            );
        }
    }

    fn wrap(&mut self, index: usize, wrap: &'a Wrap, place: Place) {
        self.known_input(&wrap.r#for);
        if self.script.kind.value != Kind::Import {
            self.add(
                Finding::new(
                    &ORDER,
                    place,
                    format!(
                        "a ceremony of kind `{}` wraps for no provider",
                        self.script.kind.name()
                    ),
                )
                .hint("write `kind: import`"),
            );
        }
        let known = self.script.inputs.contains_key(wrap.r#for.as_str());
        if known && !self.compared.contains(wrap.r#for.value.as_str()) {
            self.add(
                Finding::new(
                    &COMPARE_BEFORE_WRAP,
                    place,
                    format!("the wrapping key of {} was not compared before", wrap.r#for.value),
                )
                .hint("add a `compare` step: a swapped wrapping key hands the key to whoever swapped it"),
            );
        }
        if self.production() && !self.approved.contains(&index) {
            self.add(
                Finding::new(&APPROVAL, place, "nobody approved this import")
                    .hint("add `approve: {by: PERSON, what: import}` before it"),
            );
        }
        let Some(state) = self.live_key(&wrap.key) else {
            return;
        };
        state.wrapped = true;
        let untested = state.split.is_none() || !state.tested;
        if untested {
            let message = format!(
                "key {} is wrapped before shares of it passed a restore test",
                wrap.key
            );
            self.add(Finding::new(&RESTORE_BEFORE_WRAP, place, message).hint(
                "imported material can expire or be deleted; keep shares that are known to work: `split`, then `restore-test`",
            ));
        }
    }

    fn destroy(&mut self, destroy: &'a Destroy, place: Place) {
        let Some(state) = self.live_key(&destroy.key) else {
            return;
        };
        state.destroyed = true;
        let lost = state.split.is_none() && !state.wrapped;
        let untested = state.split.is_some() && !state.tested;
        if untested {
            let message = format!(
                "key {} is destroyed before its shares passed a restore test",
                destroy.key
            );
            self.add(
                Finding::new(&RESTORE_FIRST, place, message).hint("put a `restore-test` before it"),
            );
        } else if lost {
            self.no_copy(destroy.key.value.as_str(), place);
        }
    }

    fn end(&mut self) {
        let place = self
            .script
            .steps
            .last()
            .map_or(Place { line: 1, column: 1 }, |step| step.place);
        if !matches!(
            self.script.steps.last().map(|step| &step.value),
            Some(Step::Seal)
        ) {
            self.add(
                Finding::new(&SEAL_LAST, place, "the script does not end with the seal")
                    .hint("add `- seal`"),
            );
        }
        let lost: Vec<&str> = self
            .keys
            .iter()
            .filter(|(_, key)| !key.destroyed && key.split.is_none() && !key.wrapped)
            .map(|(label, _)| *label)
            .collect();
        for label in lost {
            self.no_copy(label, place);
        }
        let script = self.script;
        for (label, key) in &script.keys {
            if !self.keys.contains_key(label.as_str()) {
                self.add(
                    Finding::new(
                        &ORDER,
                        key.place,
                        format!("key {label} is described but never made"),
                    )
                    .hint("add a `generate` step or remove the key"),
                );
            }
        }
    }

    fn no_copy(&mut self, label: &str, place: Place) {
        self.add(
            Finding::new(
                &NO_COPY,
                place,
                format!("key {label} is neither in shares nor at a provider when it ends"),
            )
            .hint("a software key lives in this process only; split it"),
        );
    }

    fn all_act(&mut self, people: &'a [At<Id>], place: Place) {
        if people.is_empty() {
            self.add(Finding::new(&SHAPE, place, "nobody is named here").hint("name somebody"));
        }
        for id in people {
            self.acts(id);
        }
    }

    fn acts(&mut self, id: &At<Id>) {
        self.acts_as(id.place, id.as_str());
    }

    fn acts_as(&mut self, place: Place, id: &str) {
        if self.known(place, id) && !self.present.contains(id) {
            self.add(
                Finding::new(&ABSENT, place, format!("{id} is not in the room"))
                    .hint(format!("add {id} to a `sign-in` step before this one")),
            );
        }
    }

    fn known_person(&mut self, id: &At<Id>) -> bool {
        self.known(id.place, id.as_str())
    }

    fn known(&mut self, place: Place, id: &str) -> bool {
        let script = self.script;
        let known = script.people.contains_key(id);
        if !known {
            let near = nearest(id, script.people.keys().map(Id::as_str));
            self.unknown("person", "people", id, place, near);
        }
        known
    }

    fn known_key(&mut self, id: &At<Id>) -> bool {
        let script = self.script;
        let known = script.keys.contains_key(id.as_str());
        if !known {
            let near = nearest(id.as_str(), script.keys.keys().map(Id::as_str));
            self.unknown("key", "keys", id.as_str(), id.place, near);
        }
        known
    }

    fn known_input(&mut self, id: &At<Id>) {
        let script = self.script;
        if !script.inputs.contains_key(id.as_str()) {
            let near = nearest(id.as_str(), script.inputs.keys().map(Id::as_str));
            self.unknown("input", "inputs", id.as_str(), id.place, near);
        }
    }

    fn unknown(&mut self, what: &str, field: &str, id: &str, place: Place, near: Option<&str>) {
        let hint = near.map_or_else(
            || format!("describe it under `{field}`"),
            |near| format!("did you mean `{near}`?"),
        );
        self.add(
            Finding::new(&UNKNOWN_NAME, place, format!("there is no {what} `{id}`")).hint(hint),
        );
    }

    /// The state of a key that can be used now; a finding otherwise.
    fn live_key(&mut self, id: &At<Id>) -> Option<&mut KeyState<'a>> {
        if !self.known_key(id) {
            return None;
        }
        let trouble = match self.keys.get(id.as_str()) {
            None => Some((
                "has not been made yet",
                "put the `generate` step before this one",
            )),
            Some(key) if key.destroyed => Some((
                "is already destroyed",
                "put this step before the `destroy` step",
            )),
            Some(_) => None,
        };
        if let Some((trouble, hint)) = trouble {
            self.add(
                Finding::new(&ORDER, id.place, format!("key {} {trouble}", id.value)).hint(hint),
            );
            return None;
        }
        self.keys.get_mut(id.as_str())
    }
}

fn holders_of(holders: &[At<Id>]) -> Vec<&str> {
    holders.iter().map(|id| id.value.as_str()).collect()
}

fn as_split(step: &At<Step>) -> Option<&Split> {
    if let Step::Split(split) = &step.value {
        Some(split)
    } else {
        None
    }
}
