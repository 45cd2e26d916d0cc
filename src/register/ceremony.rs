//! One ceremony, as the register knows it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Digest;
use crate::domain::record::Follows;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Outcome;
use crate::register::Verified;

/// One ceremony, verified.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ceremony {
    /// Its number in the register.
    pub number: u64,
    /// Its folder in the register.
    pub folder: String,
    /// Its id in the script.
    pub ceremony: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// What it is worth.
    pub mode: Mode,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// SHA-256 of its record.
    pub record: Digest,
    /// When it began.
    pub began: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// The record that it follows.
    pub follows: Option<Follows>,
    /// The rule set that it was held to.
    pub rule_set: u32,
    /// Who signed it.
    pub signed: Vec<String>,
    /// Who signed that he does not agree, and why.
    pub dissents: Vec<(String, String)>,
    /// Names of people, by id.
    pub people: BTreeMap<String, String>,
}

impl Ceremony {
    pub(super) fn new(number: u64, folder: &str, verdict: &Verified, open: &Open) -> Self {
        let people = open.people.iter();
        Self {
            number,
            folder: folder.to_owned(),
            ceremony: open.ceremony.clone(),
            title: open.title.clone(),
            kind: open.kind.clone(),
            mode: open.mode,
            outcome: verdict.outcome,
            record: verdict.record_sha256,
            began: verdict.began,
            ended: verdict.ended,
            follows: open.follows.clone(),
            rule_set: open.rule_set(),
            signed: verdict.signed.iter().map(|(who, _)| who.clone()).collect(),
            dissents: verdict.dissents.clone(),
            people: people
                .map(|person| (person.id.clone(), person.name.clone()))
                .collect(),
        }
    }
}
