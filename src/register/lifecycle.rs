//! Where every key is in its life, over all ceremonies, and each move with the line that tells it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::lifecycle::Standing;
use crate::domain::lifecycle::State;
use crate::domain::record::Did;
use crate::domain::record::Life;
use crate::domain::record::Moved;
use crate::domain::record::Request;
use crate::domain::record::TOKEN;
use crate::domain::text::list;
use crate::register::Rests;
use crate::register::keys::ForImport;
use crate::register::keys::Material;

/// The life of one material.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lived {
    /// Where the material stands.
    pub standing: Standing,
    /// Where that is told; nowhere of a key that no record moved.
    pub rests_on: Option<Rests>,
    /// The provider keys that hold it, by the names of their inputs; `token` is a key in an HSM.
    pub at: BTreeMap<String, Box<Place>>,
    /// The request for its destruction, where one stands.
    pub request: Option<Box<Requested>>,
    /// Every move, in the order of the records.
    pub moves: Vec<Change>,
    /// Requests for its destruction that were called off.
    pub called_off: Vec<CalledOff>,
    /// What proves its destruction.
    pub destroyed: Option<Box<Destroyed>>,
    /// That somebody may know it, and who was to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compromised: Option<Box<Compromised>>,
    /// Whether its kind goes from active to destroyed, as the newest script that names it says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skips: bool,
}

/// A provider key, or a key in an HSM, that holds a material.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// Provider id; `hsm` for a key in an HSM.
    pub provider: String,
    /// The key at the provider; its PKCS#11 URI in an HSM.
    pub key_id: Option<String>,
    /// Where it stands there.
    pub standing: Standing,
    /// Where that is told.
    pub rests_on: Rests,
    /// When the provider deletes it, where that is scheduled.
    pub deletion: Option<Deletion>,
    /// How it was deleted, as somebody told it.
    pub closed: Option<ClosedBy>,
}

/// A deletion that a provider will do.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deletion {
    /// When.
    pub ends: crate::domain::record::Moment,
    /// Where that is told.
    pub rests_on: Rests,
}

/// How a place was closed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClosedBy {
    /// The way of deleting.
    pub method: String,
    /// What was answered.
    pub told: String,
    /// Who did it; nobody where the machine did.
    pub by: Option<String>,
    /// Where that is told.
    pub rests_on: Rests,
}

/// A request for a destruction, and where it is told.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requested {
    /// The request.
    pub request: Request,
    /// Where it is told.
    pub rests_on: Rests,
}

/// A request that was called off.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CalledOff {
    /// Where it was asked for, if a record of this register tells.
    pub requested: Option<Rests>,
    /// Why it was called off.
    pub because: String,
    /// Where that is told.
    pub rests_on: Rests,
}

/// A move of the material or of one of its places.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// The place; the material and everything of it if absent.
    pub at: Option<String>,
    /// The state that it left.
    pub from: State,
    /// The state that it has.
    pub to: State,
    /// Why.
    pub because: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Who did it.
    pub by: String,
    /// Who watched.
    pub seen_by: String,
    /// Where it is told.
    pub rests_on: Rests,
}

/// A key that somebody may know who should not.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Compromised {
    /// Since when, where that is known.
    pub since: Option<String>,
    /// Who relies on it and was to be told.
    pub notify: Vec<String>,
    /// Path of the notice for them in the folder of its ceremony.
    pub notice: Option<String>,
    /// The entry.
    pub rests_on: Rests,
}

/// What proves a destruction.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Destroyed {
    /// Path of the certificate in the folder of its ceremony.
    pub certificate: Option<String>,
    /// Who asked for it, and where.
    pub requested: Option<Box<Requested>>,
    /// The entry.
    pub rests_on: Rests,
}

impl Lived {
    /// Where it stands, in words. Of a key that a provider made only the provider knows, until a ceremony
    /// moves it.
    pub fn state(&self, declared: bool) -> Option<String> {
        (self.rests_on.is_some() || !declared).then(|| self.standing.words())
    }
}

impl Material {
    /// A key was wrapped for a provider: as far as records tell, it is about to be there.
    pub(super) fn arrives(&mut self, import: &ForImport) {
        let name = self.place_for(import);
        let place = Place {
            provider: import.provider.clone(),
            key_id: import.key_id.clone(),
            standing: Standing::default(),
            rests_on: import.wrapped.clone(),
            deletion: None,
            closed: None,
        };
        let known = self.life.at.entry(name);
        let known = known.or_insert_with(|| Box::new(place.clone()));
        // Imported once more after it was deleted: the place holds it again.
        if known.standing.state == State::Destroyed {
            **known = place;
        }
    }

    /// The name of the place: that of the input, with a number where that is another key at the provider.
    fn place_for(&self, import: &ForImport) -> String {
        let free_or_same = |name: &String| {
            self.life.at.get(name).is_none_or(|place| {
                place.provider == import.provider && place.key_id == import.key_id
            })
        };
        let numbered = (2u32..).map(|number| format!("{}-{number}", import.input));
        let mut names = std::iter::once(import.input.clone()).chain(numbered);
        names.find(free_or_same).unwrap_or_default()
    }

    /// It is in an HSM: beside a copy that is in one already, under a name of its own.
    pub(super) fn in_token(&mut self, uri: Option<String>, rests: &Rests) {
        let place = Place {
            provider: "hsm".to_owned(),
            key_id: uri,
            standing: self.life.standing,
            rests_on: rests.clone(),
            deletion: None,
            closed: None,
        };
        let free = |name: &String| {
            let known = self.life.at.get(name);
            known.is_none_or(|it| it.is_destroyed() || it.key_id == place.key_id)
        };
        let numbered = (2u32..).map(|number| format!("{TOKEN}-{number}"));
        let mut names = std::iter::once(TOKEN.to_owned()).chain(numbered);
        if let Some(name) = names.find(free) {
            self.life.at.insert(name, Box::new(place));
        }
    }

    /// A copy was destroyed in its HSM: the one that the same ceremony brought there, if it did.
    fn destroyed_in_token(&mut self, method: &str, rests: &Rests) {
        let brought = self.about.brought(&rests.ceremony);
        let uri = match brought {
            Some(brought) => brought.uri.clone(),
            None => self
                .life
                .at
                .get(TOKEN)
                .and_then(|place| place.key_id.clone()),
        };
        self.about.left_hsm(uri.as_deref(), rests);
        // What came and went beside the copy that stays is no place of the key.
        self.life
            .at
            .retain(|name, place| name == TOKEN || place.provider != "hsm" || place.key_id != uri);
        if let Some(place) = self.life.at.get_mut(TOKEN)
            && place.key_id == uri
        {
            place.close(ClosedBy {
                method: "C_DestroyObject".to_owned(),
                told: method.to_owned(),
                by: None,
                rests_on: rests.clone(),
            });
        }
    }

    /// A ceremony begins with facts about the life of the key: they must be those of the records.
    pub(super) fn begins(&mut self, life: &Life, rests: &Rests) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.life.rests_on.is_none() && self.made.is_none() {
            // Nothing is known of it but what this ceremony says.
            self.life.standing = life.standing;
            self.life.rests_on = Some(rests.clone());
        }
        if self.life.standing != life.standing {
            wrong.push(format!(
                "key {} is given as {}; by the records it is {}",
                self.key,
                life.standing.words(),
                self.life.standing.words()
            ));
        }
        for (name, at) in &life.at {
            let known = self.life.at.entry(name.clone()).or_insert_with(|| {
                Box::new(Place {
                    provider: at.provider.clone(),
                    key_id: at.key_id.clone(),
                    standing: at.standing,
                    rests_on: rests.clone(),
                    deletion: None,
                    closed: None,
                })
            });
            if known.standing != at.standing {
                wrong.push(format!(
                    "key {} at {name} is given as {}; by the records it is {}",
                    self.key,
                    at.standing.words(),
                    known.standing.words()
                ));
            }
        }
        let request = self.life.request.as_ref().map(|known| &known.request);
        if let (Some(given), Some(known)) = (&life.request, request)
            && given != known
        {
            wrong.push(format!(
                "the request for the destruction of key {} is given with other facts than it was recorded",
                self.key
            ));
        }
        if life.request.is_some() && request.is_none() && self.made.is_some() {
            wrong.push(format!(
                "no record tells that anybody asked for the destruction of key {}",
                self.key
            ));
        }
        wrong
    }

    /// What a step did with the life of the key; what of it does not fit.
    pub(super) fn lives(
        &mut self,
        did: &Did,
        approved_by: &[String],
        written: Option<String>,
        rests: &Rests,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Did::Move(moved) = did
            && moved.to == State::Compromised
        {
            self.life.compromised = Some(Box::new(Compromised {
                since: moved.since.clone(),
                notify: moved.notify.clone(),
                notice: written.clone(),
                rests_on: rests.clone(),
            }));
        }
        if let Did::Move(moved) = did {
            wrong = self.moved(moved, approved_by, written, rests);
        }
        if let Did::RequestDestroy(asked) = did {
            self.life.request = Some(Box::new(Requested {
                request: asked.request(),
                rests_on: rests.clone(),
            }));
            for one in &asked.at {
                if let Some(place) = self.life.at.get_mut(&one.at) {
                    place.deletion = Some(Deletion {
                        ends: one.ends,
                        rests_on: rests.clone(),
                    });
                }
            }
        }
        if let Did::CancelDestroy(cancelled) = did {
            let request = self.life.request.take();
            self.life.called_off.push(CalledOff {
                requested: request.map(|request| request.rests_on),
                because: cancelled.because.clone(),
                rests_on: rests.clone(),
            });
            for place in self.life.at.values_mut() {
                place.deletion = None;
            }
        }
        if let Did::Close(closed) = did
            && let Some(place) = self.life.at.get_mut(&closed.at)
        {
            if place.provider == "hsm" {
                self.about.left_hsm(place.key_id.as_deref(), rests);
            }
            place.close(ClosedBy {
                method: closed.method.clone(),
                told: closed.told.clone(),
                by: Some(closed.by.clone()),
                rests_on: rests.clone(),
            });
        }
        if let Did::Destroy { method, .. } = did {
            self.destroyed_in_token(method, rests);
        }
        wrong
    }

    fn moved(
        &mut self,
        moved: &Moved,
        approved_by: &[String],
        certificate: Option<String>,
        rests: &Rests,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let skips = self.life.skips;
        let change = |at: Option<&String>, from| Change {
            at: at.cloned(),
            from,
            to: moved.to,
            because: moved.because.clone(),
            requested_by: moved.requested_by.clone(),
            approved_by: approved_by.to_vec(),
            by: moved.by.clone(),
            seen_by: moved.seen_by.clone(),
            rests_on: rests.clone(),
        };
        if let Some(from) = moved.from {
            match self.life.standing.moved(moved.to, moved.purpose, skips) {
                Ok(next) if from == self.life.standing.state => {
                    self.life.standing = next;
                    self.life.rests_on = Some(rests.clone());
                    self.life.moves.push(change(None, from));
                }
                Ok(_) => wrong.push(format!(
                    "key {} is recorded as moved from {from}; it was {}",
                    self.key, self.life.standing.state
                )),
                Err(error) => wrong.push(format!("key {}: {error}", self.key)),
            }
        }
        for one in &moved.at {
            let Some(place) = self.life.at.get_mut(&one.at) else {
                continue;
            };
            match place.standing.moved(moved.to, moved.purpose, skips) {
                Ok(next) => {
                    place.standing = next;
                    place.rests_on = rests.clone();
                    self.life.moves.push(change(Some(&one.at), one.from));
                }
                Err(error) => wrong.push(format!("key {} at {}: {error}", self.key, one.at)),
            }
        }
        if moved.to == State::Destroyed && moved.from.is_some() {
            let open = self.open();
            if !open.is_empty() {
                wrong.push(format!(
                    "key {} is recorded as destroyed, and by the records these hold it: {}",
                    self.key,
                    list(&open)
                ));
            }
            self.life.destroyed = Some(Box::new(Destroyed {
                certificate,
                requested: self.life.request.take(),
                rests_on: rests.clone(),
            }));
        }
        wrong
    }

    /// What still holds the material, by all records.
    pub fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        for (name, place) in &self.life.at {
            if place.standing.state != State::Destroyed {
                let id = place.key_id.as_deref().unwrap_or(name);
                open.push(format!(
                    "{} key {id} ({})",
                    place.provider,
                    place.rests_on.words()
                ));
            }
        }
        for set in &self.sets {
            let dead = set.retired.as_ref().is_some_and(|retired| !retired.live);
            if !dead {
                open.push(format!(
                    "the shares of epoch {} ({})",
                    set.epoch,
                    set.dealt.words()
                ));
            }
        }
        open
    }
}

impl Place {
    fn is_destroyed(&self) -> bool {
        self.standing.state == State::Destroyed
    }

    fn close(&mut self, by: ClosedBy) {
        self.standing.state = State::Destroyed;
        self.rests_on = by.rests_on.clone();
        self.deletion = None;
        self.closed = Some(by);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::lifecycle::Purpose;
    use crate::domain::record::Digest;
    use crate::domain::record::Moment;

    fn rests(line: u64) -> Rests {
        Rests {
            ceremony: "000002-move".into(),
            line,
            at: Moment::new(jiff::Timestamp::UNIX_EPOCH),
        }
    }

    fn material(state: State) -> Material {
        let mut material = Material::unknown("payments", Digest::of(b"record"));
        material.life.standing.state = state;
        material
    }

    fn moved(from: State, to: State) -> Did {
        Did::Move(Moved {
            key: "payments".to_owned(),
            to,
            purpose: Purpose::Both,
            from: Some(from),
            at: Vec::new(),
            because: "it must".to_owned(),
            since: None,
            notify: Vec::new(),
            requested_by: "ben".to_owned(),
            by: "dee".to_owned(),
            seen_by: "eli".to_owned(),
        })
    }

    #[test]
    fn records_move_a_key_as_the_table_says_and_every_other_move_is_wrong() {
        for from in State::ALL {
            for to in State::ALL {
                for skips in [false, true] {
                    let mut material = material(from);
                    material.life.skips = skips;
                    let wrong = material.lives(&moved(from, to), &[], None, &rests(7));
                    let marks = from == State::Destroyed && to == State::Compromised;
                    let allowed = marks || from.may_move(to, skips).is_ok();
                    assert_eq!(wrong.is_empty(), allowed, "{from} to {to}: {wrong:?}");
                    let expected = if allowed && !marks { to } else { from };
                    assert_eq!(material.life.standing.state, expected);
                    assert_eq!(material.life.standing.compromised_after_destruction, marks);
                    let told = material.life.rests_on == Some(rests(7));
                    assert_eq!(told, allowed, "{from} to {to}");
                }
            }
        }
    }

    #[test]
    fn a_move_from_another_state_than_the_records_tell_is_wrong() {
        let mut material = material(State::Deactivated);
        let wrong = material.lives(
            &moved(State::Compromised, State::Destroyed),
            &[],
            None,
            &rests(7),
        );
        assert_eq!(
            wrong,
            ["key payments is recorded as moved from compromised; it was deactivated"]
        );
    }

    #[test]
    fn a_key_is_not_destroyed_while_a_place_holds_it_of_which_the_ceremony_did_not_know() {
        let mut material = material(State::Deactivated);
        let import = |input: &str, id: &str| ForImport {
            input: input.to_owned(),
            provider: "google-kms".to_owned(),
            algorithm: "rsa-oaep-4096-sha256".to_owned(),
            key_id: Some(id.to_owned()),
            valid_for: None,
            challenge: None,
            wrapped: rests(5),
        };
        material.arrives(&import("google", "one"));
        // The same name for another key at the provider is another place.
        material.arrives(&import("google", "two"));
        assert_eq!(material.life.at.len(), 2);
        let close = |at: &str| {
            Did::Close(crate::domain::record::Closed {
                key: "payments".to_owned(),
                at: at.to_owned(),
                method: "destroy-version".to_owned(),
                told: "DESTROYED".to_owned(),
                by: "dee".to_owned(),
                seen_by: "eli".to_owned(),
            })
        };
        assert!(
            material
                .lives(&close("google"), &[], None, &rests(6))
                .is_empty()
        );
        let wrong = material.lives(
            &moved(State::Deactivated, State::Destroyed),
            &[],
            None,
            &rests(7),
        );
        assert_eq!(
            wrong,
            [
                "key payments is recorded as destroyed, and by the records these hold it: google-kms key two (000002-move:5)"
            ]
        );
        // Imported once more, a place holds it again.
        material.arrives(&import("google", "one"));
        assert_eq!(
            material.life.at["google"].standing.state,
            State::PreActivation
        );
    }

    #[test]
    fn a_request_stands_until_it_is_called_off() {
        let mut material = material(State::Deactivated);
        let asked = crate::domain::record::DestroyRequested {
            key: "payments".to_owned(),
            because: "the contract ended".to_owned(),
            dependents: Vec::new(),
            tenants: Vec::new(),
            at: Vec::new(),
            asked_at: rests(1).at,
            not_before: rests(1).at.plus_seconds(7 * 86_400),
            requested_by: "ben".to_owned(),
            by: "dee".to_owned(),
            seen_by: "eli".to_owned(),
        };
        material.lives(&Did::RequestDestroy(asked), &[], None, &rests(3));
        assert!(material.life.request.is_some());
        let cancelled = crate::domain::record::DestroyCancelled {
            key: "payments".to_owned(),
            because: "an auditor needs it".to_owned(),
            at: Vec::new(),
            requested_by: "ben".to_owned(),
            by: "dee".to_owned(),
            seen_by: "eli".to_owned(),
        };
        material.lives(&Did::CancelDestroy(cancelled), &[], None, &rests(4));
        assert!(material.life.request.is_none());
        assert_eq!(material.life.called_off[0].requested, Some(rests(3)));
    }

    impl Material {
        fn unknown(key: &str, origin: Digest) -> Self {
            Self {
                origin,
                mode: None,
                check_values: BTreeMap::new(),
                ..Self::blank(key, "")
            }
        }
    }

    #[test]
    fn a_copy_that_comes_and_goes_in_an_hsm_leaves_the_one_that_was_there_before() {
        let mut material = material(State::Active);
        let at = |ceremony: &str, line| Rests {
            ceremony: ceremony.into(),
            ..rests(line)
        };
        let brings = |material: &mut Material, uri: &str, since: Rests| {
            material.about.in_hsms.push(crate::register::about::InHsm {
                label: "vault-room".to_owned(),
                serial: "42".to_owned(),
                uri: Some(uri.to_owned()),
                since: since.clone(),
                closed: None,
            });
            material.in_token(Some(uri.to_owned()), &since);
        };
        let gone = |material: &Material| -> Vec<bool> {
            let here = material.about.in_hsms.iter();
            here.map(|here| here.closed.is_some()).collect()
        };
        let destroy = Did::Destroy {
            key: "payments".to_owned(),
            r#where: TOKEN.to_owned(),
            method: "C_DestroyObject".to_owned(),
            found: None,
        };
        brings(&mut material, "pkcs11:id=1", at("000001-make", 5));
        brings(&mut material, "pkcs11:id=2", at("000002-again", 7));
        assert!(material.life.at.contains_key("token-2"));
        material.lives(&destroy, &[], None, &at("000002-again", 12));
        assert_eq!(gone(&material), [false, true]);
        assert!(!material.life.at.contains_key("token-2"));
        assert!(!material.life.at[TOKEN].is_destroyed());
        // A ceremony that brings nothing in destroys what was left.
        material.lives(&destroy, &[], None, &at("000003-destroy", 6));
        assert_eq!(gone(&material), [true, true]);
        assert!(material.life.at[TOKEN].is_destroyed());
    }

    #[test]
    fn a_copy_in_an_hsm_that_people_deleted_with_its_tool_is_gone_there() {
        let mut material = material(State::Deactivated);
        material.about.in_hsms.push(crate::register::about::InHsm {
            label: "vault-room".to_owned(),
            serial: "42".to_owned(),
            uri: Some("pkcs11:id=1".to_owned()),
            since: rests(5),
            closed: None,
        });
        material.in_token(Some("pkcs11:id=1".to_owned()), &rests(5));
        let closed = Did::Close(crate::domain::record::Closed {
            key: "payments".to_owned(),
            at: TOKEN.to_owned(),
            method: "C_DestroyObject".to_owned(),
            told: "deleted".to_owned(),
            by: "dee".to_owned(),
            seen_by: "eli".to_owned(),
        });
        material.lives(&closed, &[], None, &rests(6));
        assert_eq!(material.about.in_hsms[0].closed, Some(rests(6)));
    }
}
