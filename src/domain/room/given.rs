//! Keys of earlier ceremonies, and keys that a provider reaches from outside.

use std::collections::BTreeSet;

use crate::domain::finding::AVAILABILITY;
use crate::domain::finding::EXTERNAL;
use crate::domain::finding::Finding;
use crate::domain::finding::GIVEN;
use crate::domain::finding::HSM_ONLY;
use crate::domain::finding::MIXED;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::SHARES;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Availability;
use crate::domain::script::Core;
use crate::domain::script::Given;
use crate::domain::script::GivenMode;
use crate::domain::script::Id;
use crate::domain::script::Kind;
use crate::domain::script::Place;
use crate::domain::script::SubjectWord;
use crate::domain::text::nearest;

impl<'a> Room<'a> {
    pub(super) fn given(&mut self) {
        let script = self.script;
        for (label, given) in &script.given {
            self.described(label, given.place, "given");
            self.share_set(label, given);
            self.older_sets(label.as_str(), given);
        }
    }

    fn share_set(&mut self, label: &Id, given: &At<Given>) {
        let set = &given.share_set;
        let mut wrong = |place: Place, message: String, hint: &str| {
            self.add(Finding::new(&GIVEN, place, message).hint(hint));
        };
        let copy = "`keyrite given DIR` prints the block from the sealed record";
        for values in [&given.check_values, &set.check_values] {
            if values.is_empty() {
                wrong(
                    values.place,
                    format!("key {label} has no check values: nothing would tell it from another"),
                    copy,
                );
            }
        }
        match (set.subject.value, &given.backup) {
            (SubjectWord::Key | SubjectWord::Component, Some(backup)) => wrong(
                backup.place,
                format!("the shares of key {label} are of the key itself, and a backup is named"),
                copy,
            ),
            (SubjectWord::BackupKey, None) => wrong(
                set.subject.place,
                format!("the shares of key {label} rebuild a backup key, and no backup is named"),
                "add `backup: {file: LABEL-backup.kwp, sha256: …}` with the file beside the script",
            ),
            (SubjectWord::Key | SubjectWord::Component, None)
            | (SubjectWord::BackupKey, Some(_)) => {}
        }
        let in_order = set
            .shares
            .iter()
            .map(|share| usize::from(share.index))
            .eq(1..=set.shares.len());
        if !in_order {
            wrong(
                given.place,
                format!("the shares of key {label} are not numbered 1, 2, 3 and so on"),
                copy,
            );
        }
        let commitments: BTreeSet<_> = set.shares.iter().map(|it| it.commitment).collect();
        let custodians: BTreeSet<&str> =
            set.shares.iter().map(|it| it.custodian.as_str()).collect();
        if commitments.len() < set.shares.len() || custodians.len() < set.shares.len() {
            wrong(
                given.place,
                format!("two shares of key {label} are the same, or of the same custodian"),
                copy,
            );
        }
        if set.epoch.value == 0 {
            wrong(
                set.epoch.place,
                format!("the share set of key {label} has the epoch 0"),
                "epochs begin with 1",
            );
        }
        let threshold = usize::from(set.threshold.value);
        if !(2..=255).contains(&set.shares.len()) || !(2..=set.shares.len()).contains(&threshold) {
            self.add(
                Finding::new(
                    &SHARES,
                    set.threshold.place,
                    format!(
                        "{} shares of key {label} with a threshold of {threshold}",
                        set.shares.len()
                    ),
                )
                .hint(copy),
            );
        }
    }

    pub(super) fn external(&mut self) {
        let script = self.script;
        let external = script.kind.value == Kind::External;
        if external && script.token.core.value == Core::Software {
            self.add(
                Finding::new(
                    &HSM_ONLY,
                    script.kind.place,
                    "an external key lives in an HSM, and this ceremony has none",
                )
                .hint("write `core: pkcs11` with label and serial number of the token"),
            );
        }
        for (label, described) in &script.external {
            self.described(label, described.place, "external");
            if !external {
                self.add(
                    Finding::new(
                        &EXTERNAL,
                        described.place,
                        format!(
                            "a ceremony of kind `{}` has no external keys",
                            script.kind.name()
                        ),
                    )
                    .hint("write `kind: external`"),
                );
            }
        }
        if !external {
            return;
        }
        for (label, key) in &script.keys {
            if !script.external.contains_key(label.as_str()) {
                self.add(
                    Finding::new(
                        &EXTERNAL,
                        key.place,
                        format!("nothing says what the provider calls key {label}"),
                    )
                    .hint(format!(
                        "add `external: {{{label}: {{service: …, identifiers: …}}}}`"
                    )),
                );
            }
        }
    }

    /// Shares of practice are not those of production.
    pub(super) fn mixed(&mut self) {
        let script = self.script;
        for (label, given) in &script.given {
            let (practised, hint) = match (
                given.mode.as_ref().map(|mode| mode.value),
                self.production(),
            ) {
                (Some(GivenMode::Practice), true) => (
                    "of practice, and this is production",
                    "nobody knows who saw a key of practice: make another one",
                ),
                (Some(GivenMode::Production), false) => (
                    "of production, and this is practice",
                    "practise with a key that was made for it; write `mode: production` if you mean this one",
                ),
                (Some(GivenMode::Practice), false)
                | (Some(GivenMode::Production), true)
                | (None, _) => continue,
            };
            let place = given.mode.as_ref().map_or(given.place, |mode| mode.place);
            self.add(Finding::new(&MIXED, place, format!("key {label} is {practised}")).hint(hint));
        }
    }

    pub(super) fn described(&mut self, label: &Id, place: Place, block: &str) {
        let keys = &self.script.keys;
        if keys.contains_key(label.as_str()) {
            return;
        }
        let hint = nearest(label.as_str(), keys.keys().map(Id::as_str)).map_or_else(
            || "describe it under `keys`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.add(
            Finding::new(
                &UNKNOWN_NAME,
                place,
                format!("`{block}` names key {label}, which is not described"),
            )
            .hint(hint),
        );
    }

    /// A key that stays in the HSM is never made so that it could leave it.
    pub(super) fn stays(&mut self, key: &At<Id>, place: Place) {
        if self.script.kind.value == Kind::External {
            self.add(
                Finding::new(
                    &EXTERNAL,
                    place,
                    format!("key {key} stays in the HSM, and is taken out of it"),
                )
                .hint("remove the step; a key that is imported is of `kind: import`, one that is kept in shares of `kind: generate`"),
            );
        }
    }

    pub(super) fn availability(&mut self, exercise: &'a Availability) {
        self.acts(&exercise.by);
        if let Some(witness) = &exercise.seen_by {
            self.acts(witness);
            if witness.value == exercise.by.value {
                self.add(
                    Finding::new(
                        &SEPARATION,
                        witness.place,
                        format!("{} does it and is the one who watches", witness.value),
                    )
                    .hint("let somebody else watch"),
                );
            }
        }
        if self.script.kind.value != Kind::External {
            self.add(
                Finding::new(
                    &EXTERNAL,
                    exercise.key.place,
                    format!(
                        "no provider reaches key {} from outside",
                        exercise.key.value
                    ),
                )
                .hint("remove the step, or write `kind: external`"),
            );
        }
        if self.live_key(&exercise.key).is_some() {
            self.exercised.insert(exercise.key.value.as_str());
        }
    }

    /// Every external key was taken away and brought back once.
    pub(super) fn exercised(&mut self, place: Place) {
        if self.script.kind.value != Kind::External {
            return;
        }
        let exercised = self.exercised.clone();
        for label in self.labels(|_| true) {
            if !exercised.contains(label) {
                self.add(
                    Finding::new(
                        &AVAILABILITY,
                        place,
                        format!(
                            "nobody tried what happens when the provider cannot reach key {label}"
                        ),
                    )
                    .hint(format!(
                        "add `availability: {{key: {label}, by: PERSON, seen-by: PERSON}}`"
                    )),
                );
            }
        }
    }
}
