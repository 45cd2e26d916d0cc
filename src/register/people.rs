//! The people of all records: who they are, what they took on, when they left, and what they did.
//!
//! Somebody is the same person in two records by his id in the scripts; the keys that he signed
//! with are told beside it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Access;
use crate::domain::record::Acknowledged;
use crate::domain::record::Closed;
use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Left;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Opened;
use crate::domain::record::Reviewed;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::register::Rests;
use crate::register::listed::Listed;
use crate::register::listed::Pinned;

/// Everybody, and what providers say of them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct People {
    /// Everybody, by id.
    pub all: BTreeMap<String, Person>,
    /// The last review of each key at each provider, in the order of the records.
    pub reviews: Vec<AccessSeen>,
    /// Who types the PIN of each HSM, by its serial number, as the last ceremony on it had it.
    pub pins: BTreeMap<String, PinHeld>,
    /// The HSMs that keys were made in or brought back into, by label: their serial numbers.
    pub hsms: BTreeMap<String, BTreeSet<String>>,
    /// The newest organisation file that a ceremony rests on.
    #[serde(default)]
    pub organisation: Option<Pinned>,
    /// How long a review of who can get at a key counts, in seconds, as the last policy that said so; and
    /// what its ceremony was worth.
    #[serde(default)]
    pub review_every: Option<(Mode, i64)>,
    /// Who held which role in which kind of ceremony.
    pub exercised: Vec<Exercised>,
    /// Who must approve and sign each kind of ceremony, as its last script said.
    pub rules: BTreeMap<String, Ruled>,
}

/// Somebody, as the records tell of him.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Person {
    /// Name as spoken, in the last record.
    pub name: String,
    /// Keys that he signed with, and where each is told first.
    pub keys: Vec<(String, Rests)>,
    /// His public key as the last script has it; for scripts that are made from the register.
    pub signs_with: Option<String>,
    /// Where he works.
    pub site: Option<String>,
    /// Whom he reports to.
    pub manager: Option<String>,
    /// When he joined.
    pub joined: Option<Rests>,
    /// When he went to another site, manager or role.
    pub moved: Vec<Rests>,
    /// The roles that he may hold, as a record says, and where.
    pub may: Option<(Vec<String>, Rests)>,
    /// What the newest organisation file says of him; nothing where it does not name him.
    #[serde(default)]
    pub listed: Option<Listed>,
    /// The roles that he held, and where last.
    pub held: BTreeMap<String, Rests>,
    /// Where he was dealt a share first.
    #[serde(default)]
    pub dealt: Option<Rests>,
    /// Where he was in the room last.
    pub present: Option<Rests>,
    /// When he left.
    pub left: Option<Leaving>,
    /// What he acknowledged, the newest last.
    pub acknowledged: Vec<Acknowledgement>,
    /// What was taken from him.
    pub withdrawn: Vec<Withdrawal>,
}

/// Somebody left.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Leaving {
    /// His last day.
    #[serde(with = "crate::register::day")]
    pub on: Date,
    /// Why.
    pub because: String,
    /// What he could get at, as the record of his leaving has it.
    pub opens: Vec<Opened>,
    /// Where that is told.
    pub rests_on: Rests,
}

/// Somebody took duties on.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Acknowledgement {
    /// Version of the text.
    pub version: String,
    /// SHA-256 of the text.
    pub sha256: Digest,
    /// Until when it holds.
    pub until: Moment,
    /// Whether he agreed; his words, if not.
    pub refused: Option<String>,
    /// Where that is told.
    pub rests_on: Rests,
}

/// Something was taken from somebody.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Withdrawal {
    /// What.
    #[serde(flatten)]
    pub was: Opened,
    /// How.
    pub how: String,
    /// Where that is told.
    pub rests_on: Rests,
}

/// What a provider said.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AccessSeen {
    /// What the record has of it.
    #[serde(flatten)]
    pub review: Reviewed,
    /// Where that is told.
    pub rests_on: Rests,
    /// Where it is told that the key there was deleted since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Rests>,
}

/// Who types the PIN of an HSM.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PinHeld {
    /// Label of the token.
    pub label: String,
    /// The two people who type half of it each; nobody where the script does not split it.
    pub by: Vec<String>,
    /// Where the ceremony begins.
    pub rests_on: Rests,
}

/// Somebody held a role in a kind of ceremony.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Exercised {
    /// Kind of ceremony.
    pub kind: String,
    /// The role.
    pub role: String,
    /// Who.
    pub person: String,
    /// In how many ceremonies.
    pub times: u64,
    /// Where last.
    pub rests_on: Rests,
}

/// Who must approve and sign.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ruled {
    /// What the ceremony is worth whose script said so.
    pub mode: Mode,
    /// Roles that approve the script.
    pub approved_by: Vec<String>,
    /// Roles that sign the record, and how many of each.
    pub signed_by: BTreeMap<String, usize>,
    /// Where the ceremony begins whose script said so.
    pub rests_on: Rests,
}

impl People {
    /// A ceremony begins.
    pub(super) fn open(&mut self, script: &Script, open: &Open, rests: &Rests) {
        // No practice changes what counts in production.
        let counts = |known: Mode| known != Mode::Production || open.mode == Mode::Production;
        if let Some(every) = script.policy.access_review_every
            && self.review_every.is_none_or(|(known, _)| counts(known))
        {
            self.review_every = Some((open.mode, every.seconds));
        }
        if let Some(within) = &script.within {
            self.listed(&within.organisation, rests);
        }
        for person in &open.people {
            let described = script.people.get(person.id.as_str());
            let known = self.all.entry(person.id.clone()).or_default();
            known.name.clone_from(&person.name);
            if let Some(key) = &person.signs_with
                && !known.keys.iter().any(|(known, _)| known == key)
            {
                known.keys.push((key.clone(), rests.clone()));
            }
            let field = |at: Option<&_>| at.map(ToString::to_string);
            let line = described.and_then(|it| it.signs_with.as_ref());
            known.signs_with = line.map(ToString::to_string).or(known.signs_with.take());
            let site = described.and_then(|it| it.site.as_ref());
            let manager = described.and_then(|it| it.manager.as_ref());
            // What a record of its own tells of a move, a later script does not undo by silence.
            known.site = field(site).or(known.site.take());
            known.manager = field(manager).or(known.manager.take());
            for role in &person.roles {
                known.held.insert(role.clone(), rests.clone());
            }
            for role in &person.roles {
                self.exercise(&open.kind, role, &person.id, rests);
            }
        }
        if let Some(hsm) = &open.token {
            let by = script.token.pin_holders().iter().map(ToString::to_string);
            let held = PinHeld {
                label: hsm.facts.label.clone(),
                by: by.collect(),
                rests_on: rests.clone(),
            };
            self.pins.insert(hsm.facts.serial.clone(), held);
        }
        let mut approved_by = vec![Role::Approver.name().to_owned()];
        for role in &script.policy.script_approved_by {
            if !approved_by.iter().any(|known| known == role.name()) {
                approved_by.push(role.name().to_owned());
            }
        }
        let signed_by = script.signatures().into_iter();
        let ruled = Ruled {
            mode: open.mode,
            approved_by,
            signed_by: signed_by
                .filter(|(_, count)| *count > 0)
                .map(|(role, count)| (role.name().to_owned(), count))
                .collect(),
            rests_on: rests.clone(),
        };
        let known = self.rules.get(&open.kind);
        if known.is_none_or(|known| counts(known.mode)) {
            self.rules.insert(open.kind.clone(), ruled);
        }
    }

    fn exercise(&mut self, kind: &str, role: &str, person: &str, rests: &Rests) {
        let known = self
            .exercised
            .iter_mut()
            .find(|it| it.kind == kind && it.role == role && it.person == person);
        match known {
            Some(known) => {
                known.times += 1;
                known.rests_on = rests.clone();
            }
            None => self.exercised.push(Exercised {
                kind: kind.to_owned(),
                role: role.to_owned(),
                person: person.to_owned(),
                times: 1,
                rests_on: rests.clone(),
            }),
        }
    }

    /// What a step told of people.
    pub(super) fn step(&mut self, open: &Open, did: &Did, rests: &Rests) {
        if let Did::Generate { key, token, .. } | Did::Restore { key, token, .. } = did
            && token.is_some()
            && let Some(hsm) = &open.token
        {
            let serials = self.hsms.entry(key.clone()).or_default();
            serials.insert(hsm.facts.serial.clone());
        } else if let Did::SignIn { people } = did {
            for id in people {
                self.person(id).present = Some(rests.clone());
            }
        } else if let Did::Join(joined) = did {
            let person = self.person(&joined.person);
            person.joined = Some(rests.clone());
            person.left = None;
            person.may = Some((joined.roles.clone(), rests.clone()));
            person.site.clone_from(&joined.site);
            person.manager.clone_from(&joined.manager);
        } else if let Did::MovePerson(moved) = did {
            let person = self.person(&moved.person);
            person.moved.push(rests.clone());
            person.site = moved.site.clone().or(person.site.take());
            person.manager = moved.manager.clone().or(person.manager.take());
            if let Some(roles) = &moved.roles {
                person.may = Some((roles.clone(), rests.clone()));
            }
        } else if let Did::Acknowledge(acknowledged) = did {
            self.acknowledge(acknowledged, rests);
        } else if let Did::Leave(left) = did {
            self.leave(left, rests);
        } else if let Did::Withdraw(withdrawn) = did {
            self.person(&withdrawn.person).withdrawn.push(Withdrawal {
                was: Opened {
                    what: withdrawn.what,
                    of: withdrawn.of.clone(),
                },
                how: withdrawn.how.clone(),
                rests_on: rests.clone(),
            });
        } else if let Did::AccessReview(review) = did {
            let same = |it: &AccessSeen| {
                it.review.provider == review.provider && it.review.key_id == review.key_id
            };
            self.reviews.retain(|it| !same(it));
            self.reviews.push(AccessSeen {
                review: review.clone(),
                rests_on: rests.clone(),
                closed: None,
            });
        } else if let Did::Split { set, .. } | Did::Reshare { set, .. } = did {
            for share in &set.shares {
                let person = self.person(&share.custodian);
                person.dealt.get_or_insert_with(|| rests.clone());
            }
        } else if let Did::Close(closed) = did {
            self.close(open, closed, rests);
        }
    }

    /// What can be done with a key that is gone need not be looked at again.
    fn close(&mut self, open: &Open, closed: &Closed, rests: &Rests) {
        let mut lives = open.lifecycle.iter();
        let life = lives.find(|life| life.key == closed.key);
        let Some(place) = life.and_then(|life| life.at.get(&closed.at)) else {
            return;
        };
        for seen in &mut self.reviews {
            let same = place.provider == seen.review.provider
                && place.key_id.as_ref() == Some(&seen.review.key_id);
            if same {
                seen.closed.get_or_insert_with(|| rests.clone());
            }
        }
    }

    fn acknowledge(&mut self, acknowledged: &Acknowledged, rests: &Rests) {
        for answer in &acknowledged.answers {
            let said = answer.words.clone().unwrap_or_default();
            let known = self.person(&answer.person);
            known.acknowledged.push(Acknowledgement {
                version: acknowledged.version.clone(),
                sha256: acknowledged.sha256,
                until: rests.at.plus_seconds(acknowledged.valid_for),
                refused: (!answer.agrees).then_some(said),
                rests_on: rests.clone(),
            });
        }
    }

    fn leave(&mut self, left: &Left, rests: &Rests) {
        // Script and record were verified: it is a day.
        let Ok(on) = left.on.parse() else {
            return;
        };
        self.person(&left.person).left = Some(Leaving {
            on,
            because: left.because.clone(),
            opens: left.opens.clone(),
            rests_on: rests.clone(),
        });
    }

    fn person(&mut self, id: &str) -> &mut Person {
        self.all.entry(id.to_owned()).or_default()
    }

    /// The review of a key at a provider that counts.
    pub fn reviews_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a AccessSeen> {
        self.reviews.iter().filter(move |it| it.review.key == key)
    }
}

impl Person {
    /// The acknowledgement that counts: the last one.
    pub fn last_acknowledgement(&self) -> Option<&Acknowledgement> {
        self.acknowledged.last()
    }

    /// Whether he was gone on that day.
    pub fn gone_on(&self, day: Date) -> bool {
        self.left.as_ref().is_some_and(|left| left.on < day)
    }

    /// Where it is told that something was taken from him.
    pub fn lost(&self, what: Access, of: &str) -> Option<&Withdrawal> {
        self.withdrawn
            .iter()
            .rev()
            .find(|it| it.was.what == what && it.was.of == of)
    }
}
