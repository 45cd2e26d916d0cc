//! What scripts that are checked together must not have in common.

use std::collections::BTreeMap;

use crate::domain::finding::Finding;
use crate::domain::finding::MIXED;
use crate::domain::finding::ONE_NAME;
use crate::domain::progress::number;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::script::Script;
use crate::domain::script::ScriptMode;
use crate::domain::script::Step;

/// A script and its path.
pub struct Named<'a> {
    /// The path as given.
    pub path: &'a str,
    /// The script.
    pub script: &'a Script,
}

/// What is wrong with scripts that are each right alone: a finding, and the index of the script that
/// it is about. Of two scripts it is about the later one, or about the one for practice.
pub fn several(scripts: &[Named<'_>]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    one_name(scripts, &mut findings);
    mixed(scripts, &mut findings);
    findings
}

/// No two production keys are made under one label.
fn one_name(scripts: &[Named<'_>], findings: &mut Vec<(usize, Finding)>) {
    let mut made: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, named) in scripts.iter().enumerate() {
        if named.script.mode.value != ScriptMode::Production {
            continue;
        }
        for (at, step) in named.script.steps.iter().enumerate() {
            let Step::Generate(label) = &step.value else {
                continue;
            };
            let first = *made.entry(label.as_str()).or_insert(named.path);
            if first != named.path {
                let message = format!(
                    "{first} makes a production key {} as well",
                    label.value.as_str()
                );
                let finding = Finding::new(&ONE_NAME, label.place, message)
                    .step(number(at))
                    .hint("a record names a key by its label: give this one another, as with the year");
                findings.push((index, finding));
            }
        }
    }
}

/// What practice and production must not share: a key at a provider, and shares.
fn mixed(scripts: &[Named<'_>], findings: &mut Vec<(usize, Finding)>) {
    let mut of_production: BTreeMap<Shared, &str> = BTreeMap::new();
    let is = |named: &&Named<'_>, mode: ScriptMode| named.script.mode.value == mode;
    for named in scripts
        .iter()
        .filter(|named| is(named, ScriptMode::Production))
    {
        for (what, _) in shared(named.script) {
            of_production.entry(what).or_insert(named.path);
        }
    }
    for (index, named) in scripts.iter().enumerate() {
        if !is(&named, ScriptMode::Practice) {
            continue;
        }
        for (what, place) in shared(named.script) {
            let Some(path) = of_production.get(&what) else {
                continue;
            };
            let (message, hint) = match what {
                Shared::AtProvider(provider, key_id) => (
                    format!(
                        "{provider} key {key_id} is one of practice here, and of production in {path}"
                    ),
                    "import keys of practice into a provider key that was made for practice",
                ),
                Shared::Shares(label) => (
                    format!(
                        "the shares of key {label} are of practice here, and of production in {path}"
                    ),
                    "practise with a key that was made for it",
                ),
            };
            findings.push((index, Finding::new(&MIXED, place, message).hint(hint)));
        }
    }
}

/// Something that belongs either to practice or to production.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
enum Shared {
    /// A provider, and its id of a key.
    AtProvider(String, String),
    /// The set of shares of a key, with the label.
    Shares(String),
}

fn shared(script: &Script) -> Vec<(Shared, Place)> {
    let wrapped: Vec<&Id> = script
        .steps
        .iter()
        .filter(|step| matches!(step.value, Step::Wrap(_) | Step::Batch(_)))
        .filter_map(|step| step.input())
        .map(|input| &input.value)
        .collect();
    let at_provider = script
        .inputs
        .iter()
        .filter(|(name, _)| wrapped.contains(name))
        .filter_map(|(_, input)| {
            let id = input.key_id.as_ref()?;
            let what = Shared::AtProvider(input.provider.to_string(), id.to_string());
            Some((what, id.place))
        });
    let shares = script.given.iter().map(|(label, given)| {
        let set = &given.share_set.id;
        (Shared::Shares(format!("{label} (set {set})")), set.place)
    });
    at_provider.chain(shares).collect()
}
