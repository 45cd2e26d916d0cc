//! Whatever stands in a record: it is read or refused, verified, and told to an auditor.
//!
//! The first byte names a ceremony of the fixtures. The rest is a record, or its lines, which are then chained
//! anew: so that what stands in them is looked at, and not only that somebody touched them.

use std::sync::OnceLock;

use keyrite::documents::auditor;
use keyrite::documents::html;
use keyrite::documents::json;
use keyrite::documents::markdown;
use keyrite::documents::ocsf;
use keyrite::domain::record::Digest;
use keyrite::domain::record::Entry;
use keyrite::engine::dossier;
use keyrite::error::Exit;
use keyrite::record::chain;
use keyrite::record::verify::Dossier;
use keyrite::record::verify::verify;

use super::fixtures;

/// What differs most.
const CEREMONIES: [&str; 8] = [
    "record/rehearsal-v1",
    "story/register/000001-payments-2024",
    "story/register/000002-declare-keys",
    "story/register/000004-possession-drill",
    "story/register/000007-reshare-leaver",
    "story/three-years/000013-dee-leaves",
    "story/three-years/000020-rotate-aws",
    "story/three-years/000028-compromise",
];

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let good = &good()[usize::from(*how) % CEREMONIES.len()];
    let mut touched = good.clone();
    touched.record = if how & 128 == 0 {
        rest.to_vec()
    } else {
        chained(rest, &good.script)
    };
    if let Ok(entries) = chain::parse(&touched.record, &touched.script) {
        let lines = entries
            .iter()
            .map(|entry| [entry.line(), b"\n".to_vec()].concat());
        assert_eq!(lines.collect::<Vec<_>>().concat(), touched.record);
    }
    let verdict = verify(&touched, None);
    if touched.record != good.record {
        assert_eq!(verdict.exit(), Exit::Integrity);
        assert!(!verdict.problems.is_empty());
    }
    let document = auditor::report(&touched, &verdict, false);
    let page = html::render(&document);
    assert!(!page.contains("<script"));
    for text in [page, markdown::render(&document), json::render(&document)] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    }
    ocsf::events(&touched, &verdict, None);
}

/// The lines that are entries, each continuing the one before.
fn chained(text: &[u8], script: &[u8]) -> Vec<u8> {
    let lines = text.split(|byte| *byte == b'\n');
    let entries = lines.filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
    let mut prev = Digest::of(script);
    let mut latest = None;
    let mut record = Vec::new();
    for (seq, mut entry) in (0..).zip(entries) {
        entry.seq = seq;
        entry.prev = prev;
        entry.at = latest.map_or(entry.at, |latest| entry.at.max(latest));
        latest = Some(entry.at);
        let line = entry.line();
        prev = Digest::of(&line);
        record.extend(line);
        record.push(b'\n');
    }
    record
}

fn good() -> &'static [Dossier] {
    static GOOD: OnceLock<Vec<Dossier>> = OnceLock::new();
    GOOD.get_or_init(|| {
        let read = |path| dossier::read(&fixtures::data(path)).expect("a ceremony");
        CEREMONIES.into_iter().map(read).collect()
    })
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (which, good) in (0..).zip(good()) {
        all.push([&[which], good.record.as_slice()].concat());
        all.push([&[which | 128], good.record.as_slice()].concat());
        // One line alone, and all but one.
        let lines: Vec<&[u8]> = good.record.split_inclusive(|byte| *byte == b'\n').collect();
        for place in 1..lines.len() {
            all.push([&[which | 128], lines[0], lines[place]].concat());
            let others = [&lines[..place], &lines[place + 1..]].concat().concat();
            all.push([&[which | 128], others.as_slice()].concat());
        }
    }
    all
}
