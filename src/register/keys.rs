//! Keys by what they are made of: made once, kept in share sets, given to providers, destroyed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::domain::lifecycle::State;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::register::Rests;
use crate::register::about::About;
use crate::register::lifecycle::Lived;
use crate::register::rotation::Versions;

/// A key, as one ceremony made it. A label that is used again is another material.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Material {
    /// Label of the key.
    pub key: String,
    /// SHA-256 of the record of the ceremony that made it.
    pub origin: Digest,
    /// What that ceremony is worth; unknown if it is not in this register.
    pub mode: Option<Mode>,
    /// When it was made; unknown if that ceremony is not in this register.
    pub made: Option<Rests>,
    /// Its type.
    pub r#type: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its check values.
    pub check_values: BTreeMap<String, String>,
    /// Seconds of its cryptoperiod, and in words.
    pub cryptoperiod: Option<(i64, String)>,
    /// The day by which the choice of its model is looked at again, and where that is said.
    pub reviewed_until: Option<Review>,
    /// Its share sets, the newest last.
    pub sets: Vec<Set>,
    /// Imports that were made ready.
    pub imports: Vec<ForImport>,
    /// What was proved to keep it in an HSM.
    pub locked: Option<Rests>,
    /// Where it is in its life.
    pub life: Lived,
    /// How it was destroyed, in each token it was in.
    pub destroyed: Vec<(String, Rests)>,
    /// What is known of it as a version among others.
    #[serde(default)]
    pub versions: Versions,
    /// Ceremonies that brought it back.
    pub restored: Vec<Rests>,
    /// What scripts and records say of it besides.
    #[serde(default)]
    pub about: About,
    /// How long a drill and a restore test count, in seconds, as the newest script says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill_every: Option<i64>,
    /// The same of a restore test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_test_every: Option<i64>,
    /// How long after a wrap, in seconds, it is recorded what the provider answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_within: Option<i64>,
}

/// The choice of a model is looked at again.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Review {
    /// By when.
    #[serde(with = "crate::register::day")]
    pub by: Date,
    /// Where that is said.
    pub rests_on: Rests,
}

/// Shares of one split.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Set {
    /// Its id.
    pub id: String,
    /// Its epoch.
    pub epoch: u32,
    /// How many rebuild.
    pub threshold: u8,
    /// What they rebuild.
    pub subject: Subject,
    /// When it was dealt; where it is first told of, if that ceremony is not in this register.
    pub dealt: Rests,
    /// The last time that shares of it rebuilt the key.
    pub tested: Option<Rests>,
    /// What became of it after a later set took its place, as far as it was told.
    pub retired: Option<Retirement>,
    /// One for each custodian.
    pub shares: Vec<Share>,
}

/// What became of a set that was replaced.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Retirement {
    /// Whether its shares may still rebuild the key.
    pub live: bool,
    /// The same in a sentence.
    pub says: String,
    /// Whose shares were destroyed in view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destroyed: Vec<String>,
    /// Where that is told.
    pub rests_on: Rests,
}

/// One share.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Share {
    /// Its number.
    pub index: u8,
    /// The custodian whom it was made for.
    pub of: String,
    /// When he confirmed that he has it.
    pub delivered: Rests,
    /// The last proof that it is there and whole, and by what.
    pub proven: Option<(Rests, String)>,
    /// What a later drill found wrong with it: `failed` or `absent`, and why.
    pub missed: Option<(Rests, String, String)>,
}

/// A key that was wrapped for a provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ForImport {
    /// Name of the input.
    pub input: String,
    /// The provider.
    pub provider: String,
    /// The provider's name of the algorithm.
    pub algorithm: String,
    /// The key at the provider, where the script names it.
    pub key_id: Option<String>,
    /// Seconds after which the provider deletes the material; never if absent.
    pub valid_for: Option<i64>,
    /// SHA-256 of the only right answer to the challenge that was posed, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Digest>,
    /// Where it is recorded.
    pub wrapped: Rests,
}

impl Material {
    /// Whether a ceremony recorded that it is destroyed: nothing is asked of it any more.
    pub fn is_destroyed(&self) -> bool {
        self.life.standing.state == State::Destroyed
    }

    /// Its places at providers, which write logs; an HSM of one's own does not.
    pub fn at_providers(&self) -> Vec<&str> {
        let places = self.life.at.iter();
        let places = places.filter(|(_, place)| place.provider != "hsm");
        places.map(|(name, _)| name.as_str()).collect()
    }

    /// The set whose shares count.
    pub fn current(&self) -> Option<&Set> {
        self.sets.last()
    }

    pub(super) fn set_mut(&mut self, id: &str) -> Option<&mut Set> {
        self.sets.iter_mut().find(|set| set.id == id)
    }
}

impl Set {
    /// A set that was dealt just now, or is first told of here.
    pub(super) fn dealt<'a>(
        head: (&str, u32, u8, Subject),
        shares: impl Iterator<Item = (u8, &'a String)>,
        rests: &Rests,
    ) -> Self {
        let (id, epoch, threshold, subject) = head;
        Self {
            id: id.to_owned(),
            epoch,
            threshold,
            subject,
            dealt: rests.clone(),
            tested: None,
            retired: None,
            shares: shares
                .map(|(index, of)| Share {
                    index,
                    of: of.clone(),
                    delivered: rests.clone(),
                    proven: None,
                    missed: None,
                })
                .collect(),
        }
    }

    /// Whether its shares may still rebuild something: only evidence that too few are left, or that every
    /// copy of the backup is gone, ends that.
    pub fn still_rebuilds(&self) -> bool {
        self.retired.as_ref().is_none_or(|retired| retired.live)
    }

    /// Shares of these custodians rebuilt the key.
    pub(super) fn rebuilt(&mut self, with: &[String], by: &str, rests: &Rests) {
        self.tested = Some(rests.clone());
        for share in &mut self.shares {
            if with.contains(&share.of) {
                share.proven = Some((rests.clone(), by.to_owned()));
                share.missed = None;
            }
        }
    }
}

#[cfg(test)]
impl Material {
    /// A key of which nothing is known but its label and its check values.
    pub(super) fn blank(key: &str, check_value: &str) -> Self {
        Self {
            key: key.to_owned(),
            origin: Digest::of(key.as_bytes()),
            mode: Some(Mode::Production),
            made: None,
            r#type: None,
            owner: None,
            check_values: BTreeMap::from([("ekcv".to_owned(), check_value.to_owned())]),
            cryptoperiod: None,
            reviewed_until: None,
            sets: Vec::new(),
            imports: Vec::new(),
            locked: None,
            destroyed: Vec::new(),
            restored: Vec::new(),
            about: About::default(),
            life: Lived::default(),
            versions: Versions::default(),
            drill_every: None,
            restore_test_every: None,
            confirm_within: None,
        }
    }
}
