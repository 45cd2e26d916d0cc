//! New shares of a key, and what becomes of the old ones.

use crate::domain::finding::Finding;
use crate::domain::finding::GIVEN;
use crate::domain::finding::OLD_EPOCH;
use crate::domain::finding::ORDER;
use crate::domain::room::Room;
use crate::domain::room::Shares;
use crate::domain::script::Given;
use crate::domain::script::Kind;
use crate::domain::script::Parts;
use crate::domain::script::Place;
use crate::domain::script::Reshare;
use crate::domain::script::Retire;
use crate::domain::script::SubjectWord;

/// A set that was replaced, as far as the walk needs it.
#[derive(Clone, Copy)]
pub(super) struct Older {
    epoch: u32,
    subject: SubjectWord,
    /// The step that replaced it, where that is one of this script.
    replaced_at: Option<Place>,
}

impl<'a> Room<'a> {
    /// The sets of earlier ceremonies that were replaced, and may still rebuild a key.
    pub(super) fn older_sets(&mut self, label: &'a str, given: &'a Given) {
        let current = given.share_set.epoch.value;
        let mut known = Vec::new();
        for set in &given.older {
            let epoch = set.epoch.value;
            let twice = known.iter().any(|older: &Older| older.epoch == epoch);
            if epoch >= current || epoch == 0 || twice {
                self.add(
                    Finding::new(
                        &GIVEN,
                        set.epoch.place,
                        format!("epoch {epoch} of key {label} is not older than epoch {current}, or stands there twice"),
                    )
                    .hint("`keyrite given DIR` prints the block from the sealed record"),
                );
            }
            known.push(Older {
                epoch,
                subject: set.subject,
                replaced_at: None,
            });
        }
        // Where the key itself is destroyed, its last shares are old, too.
        if self.script.kind.value == Kind::Destroy {
            known.push(Older {
                epoch: current,
                subject: given.share_set.subject.value,
                replaced_at: None,
            });
        }
        if !known.is_empty() {
            self.older.insert(label, known);
        }
    }

    pub(super) fn reshare(&mut self, reshare: &'a Reshare, place: Place) {
        self.all_act(&reshare.with, place);
        self.looked_before(place, "rebuilt");
        self.token_is_open(place);
        let script = self.script;
        let holders = script.receivers(&reshare.among);
        let deliver = reshare.delivers();
        self.deals(
            holders,
            &reshare.among,
            &reshare.threshold,
            deliver,
            Parts::Shares,
            place,
        );
        if !self.known_key(&reshare.key) {
            return;
        }
        let label = reshare.key.value.as_str();
        let again = self.reshared.contains_key(label);
        if again || self.keys.contains_key(label) {
            self.add(
                Finding::new(
                    &ORDER,
                    place,
                    format!("key {label} is made, brought back or reshared before"),
                )
                .hint("a reshare needs no other step: it rebuilds the key from its shares and deals them anew, once"),
            );
        }
        let Some(shares) = self.shares_of(&reshare.key) else {
            return;
        };
        self.brought(&reshare.key, &reshare.with, &shares, place);
        if let Some(given) = script.given.get(label).filter(|_| !again) {
            self.older.entry(label).or_default().push(Older {
                epoch: given.share_set.epoch.value,
                subject: given.share_set.subject.value,
                replaced_at: Some(place),
            });
        }
        let dealt = Shares {
            threshold: reshare.threshold.value,
            holders: holders.iter().map(|id| id.as_str()).collect(),
        };
        self.reshared.insert(label, dealt);
    }

    pub(super) fn retire(&mut self, retire: &'a Retire, place: Place) {
        self.acts(&retire.seen_by);
        for copy in &retire.copies {
            self.acts(&copy.by);
        }
        if !self.known_key(&retire.key) {
            return;
        }
        let label = retire.key.value.as_str();
        self.asked_for.insert(label);
        let older = self.older.entry(label).or_default();
        let at = match &retire.epoch {
            Some(epoch) => older.iter().position(|set| set.epoch == epoch.value),
            None => older.len().checked_sub(1),
        };
        let Some(set) = at.map(|at| older.remove(at)) else {
            self.add(
                Finding::new(
                    &ORDER,
                    place,
                    format!("no such shares of key {label} were replaced before"),
                )
                .hint("put it behind the `reshare` step; `keyrite given DIR` prints older sets that are still live"),
            );
            return;
        };
        self.retired(label, set.epoch);
        let (message, hint) = match (set.subject, retire.copies.is_empty()) {
            (SubjectWord::BackupKey, true) => (
                format!(
                    "no copy of the old backup of key {label} is named, and old shares open it"
                ),
                "add `copies: [{at: WHERE, by: PERSON}, …]`, one for each copy",
            ),
            (SubjectWord::Key | SubjectWord::Component, false) => (
                format!("the old shares of key {label} are of the key itself; there is no backup"),
                "remove `copies`",
            ),
            (SubjectWord::BackupKey, false) | (SubjectWord::Key | SubjectWord::Component, true) => {
                return;
            }
        };
        self.add(Finding::new(&OLD_EPOCH, place, message).hint(hint));
    }

    /// Old shares are not forgotten.
    pub(super) fn old_epochs(&mut self) {
        for (label, older) in std::mem::take(&mut self.older) {
            for set in older {
                let Some(place) = set.replaced_at else {
                    continue;
                };
                let message = format!(
                    "the old shares of key {label} (epoch {}) still rebuild it, and nobody is asked about them",
                    set.epoch
                );
                self.add(Finding::new(&OLD_EPOCH, place, message).hint(format!(
                    "add `retire: {{key: {label}, seen-by: PERSON}}` behind it"
                )));
            }
        }
    }
}
