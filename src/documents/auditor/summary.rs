//! The first page: what came of it, in the five answers that an auditor wants first.

use crate::documents::auditor::Seen;
use crate::documents::auditor::access;
use crate::documents::auditor::counted;
use crate::documents::auditor::deviations;
use crate::documents::auditor::took;
use crate::documents::document::Block;
use crate::documents::document::Cell;
use crate::documents::document::Headline;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Outcome;
use crate::domain::text::list;
use crate::record::chain;
use crate::record::verify::check::Standing;

/// What came of verifying, in one word and a sentence.
pub(super) fn headline(seen: &Seen<'_>) -> Headline {
    let verdict = seen.verdict;
    let keys = if seen.trusted {
        "keys of the list that the auditor brought"
    } else {
        "keys that the record itself names, which proves no more than that the record fits them"
    };
    let headline = |word, tone, means: String| Headline { word, means, tone };
    let chained = chain::parse(&seen.dossier.record, &seen.dossier.script).is_ok();
    if chained && verdict.outcome.is_none() && verdict.problems.len() == 1 {
        return headline(
            "UNFINISHED",
            Tone::Bad,
            "The record has no seal: the ceremony stopped, or the end of the record was cut off. Nobody has signed for what stands here.".to_owned(),
        );
    }
    if !verdict.problems.is_empty() {
        let count = counted(verdict.problems.len(), "check fails", "checks fail");
        return headline(
            "ALTERED",
            Tone::Bad,
            format!(
                "This record is not as it was sealed, or its script, files or signatures are not those it was sealed with: {count}. Rely on nothing below; it shows what the folder says now."
            ),
        );
    }
    if !verdict.dissents.is_empty() {
        let people: Vec<&str> = verdict
            .dissents
            .iter()
            .map(|(who, _)| who.as_str())
            .collect();
        let people = list(&seen.names(&people));
        return headline(
            "DISPUTED",
            Tone::Bad,
            format!(
                "Nothing was altered, but not everybody agrees with it: {people} signed that instead. The signatures are by {keys}."
            ),
        );
    }
    if !verdict.outstanding.is_empty() {
        let people = list(&seen.names(&verdict.outstanding));
        return headline(
            "HOLDS, NOT YET SIGNED BY ALL",
            Tone::Open,
            format!(
                "Nothing was altered. Still to sign: {people}. The signatures that are there are by {keys}."
            ),
        );
    }
    headline(
        "HOLDS",
        if seen.trusted { Tone::Good } else { Tone::Open },
        format!("Nothing was altered, and everybody who must sign has signed, with {keys}."),
    )
}

/// What the run is worth, where it is worth less than a production ceremony.
pub(super) fn worth(mode: Option<Mode>) -> Option<String> {
    match mode {
        Some(Mode::Rehearsal) => Some(
            "REHEARSAL: throwaway keys, stand-in people, stand-in provider. It proves nothing but the script."
                .to_owned(),
        ),
        Some(Mode::Practice) => {
            Some("PRACTICE: real people, but keys that must not be used.".to_owned())
        }
        Some(Mode::Production) | None => None,
    }
}

/// The first page.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("summary", "In short");
    let mut table = Table::new(
        "answers",
        "Five questions",
        &[("question", "Question"), ("answer", "Answer")],
        "",
    );
    let (made, made_lines) = made(seen);
    table.row(["What was done?".into(), made.into()], &made_lines);
    let (there, there_lines) = there(seen);
    table.row(["Who was there?".into(), there.into()], &there_lines);
    table.row(
        ["Who can reach it?".into(), access::in_short(seen).into()],
        &access::lines(seen),
    );
    let deviations = deviations::counts(seen);
    let counts: Vec<&str> = deviations.iter().map(|(words, _)| words.as_str()).collect();
    let deviated = match (deviations.is_empty(), seen.verdict.problems.is_empty()) {
        (true, true) => Cell::new(
            Tone::Good,
            "nothing: no waiver, no exception, no interruption",
        ),
        (true, false) => Cell::new(
            Tone::Open,
            "nothing is told, by a record that does not hold",
        ),
        (false, _) => Cell::new(Tone::Open, list(&counts)),
    };
    let lines: Vec<u64> = deviations
        .iter()
        .flat_map(|(_, lines)| lines)
        .copied()
        .collect();
    table.row(
        ["What deviated?".into(), deviated],
        lines.get(..8).unwrap_or(&lines),
    );
    let (altered, lines) = altered(seen);
    table.row(["Is any of this altered?".into(), altered], &lines);
    section.table(table);
    if let Some(chart) = access::chart(seen) {
        section.blocks.push(Block::Picture(chart));
    }
    section.table(facts(seen));
    section
}

/// Each key and what became of it, with the lines.
fn made(seen: &Seen<'_>) -> (String, Vec<u64>) {
    let mut lines = Vec::new();
    let mut keys: Vec<(String, String, Vec<String>)> = Vec::new();
    let mut said = |key: &str, begins: Option<String>, words: Option<String>| {
        if let Some(begins) = begins {
            keys.retain(|(known, _, _)| known != key);
            keys.push((key.to_owned(), begins, Vec::new()));
        }
        let Some(words) = words else { return };
        if !keys.iter().any(|(known, _, _)| known == key) {
            let begins = format!("key {key} of an earlier ceremony");
            keys.push((key.to_owned(), begins, Vec::new()));
        }
        if let Some((_, _, all)) = keys.iter_mut().find(|(known, _, _)| known == key) {
            all.push(words);
        }
    };
    for (line, did) in seen.did() {
        let before = lines.len();
        lines.push(line);
        if let Did::Generate { key, r#type, .. } = did {
            said(key, Some(format!("key {key} ({type}) was made")), None);
        } else if let Did::Restore { key, r#type, .. } = did {
            said(
                key,
                Some(format!(
                    "key {key} ({type}) was brought back from its shares"
                )),
                None,
            );
        } else if let Did::Split { key, set, .. } = did {
            let (threshold, total) = (set.threshold, set.shares.len());
            said(
                key,
                None,
                Some(format!(
                    "split into {total} shares, any {threshold} of which rebuild it"
                )),
            );
        } else if let Did::Wrap { key, provider, .. } = did {
            said(key, None, Some(format!("wrapped for {provider}")));
        } else if let Did::Reshare { key, set, .. } = did {
            let words = format!(
                "dealt anew in {} shares (epoch {}), any {} of which rebuild it",
                set.shares.len(),
                set.epoch,
                set.threshold
            );
            said(
                key,
                Some(format!("key {key} of an earlier ceremony was rebuilt")),
                Some(words),
            );
        } else if let Did::Lock { key, .. } = did {
            said(key, None, Some("locked in the HSM".to_owned()));
        } else if let Did::Destroy { key, .. } = did {
            let is_back = |did: &Did| matches!(did, Did::Restore { key: back, .. } if back == key);
            let words = if seen.did().any(|(_, did)| is_back(did)) {
                "destroyed again where it came back"
            } else {
                "destroyed where it was made"
            };
            said(key, None, Some(words.to_owned()));
        } else if let Did::Move(moved) = did {
            said(&moved.key, None, Some(format!("now {}", moved.to)));
        } else if let Did::RequestDestroy(asked) = did {
            let words = "its destruction asked for";
            said(&asked.key, None, Some(words.to_owned()));
        } else if let Did::CancelDestroy(cancelled) = did {
            let words = "its destruction called off";
            said(&cancelled.key, None, Some(words.to_owned()));
        } else if let Did::Close(closed) = did {
            said(&closed.key, None, Some(format!("deleted at {}", closed.at)));
        } else if let Did::AccessReview(review) = did {
            let words = format!("who can get at it at {} looked through", review.provider);
            said(&review.key, None, Some(words));
        } else if let Did::Confirm(it) = did {
            let (provider, key, comes) = (&it.provider, &it.key, it.verdict.words());
            let words = format!("what {provider} answered of key {key}: {comes}");
            said(&format!("{key} at {}", it.r#for), Some(words), None);
        } else if let Did::Reconcile(it) = did {
            let (provider, count) = (&it.says.provider, it.says.findings.len());
            let words =
                format!("the log of {provider}, held against the register: {count} findings");
            said(&format!("log of {provider}"), Some(words), None);
        } else if let Did::Explain(it) = did {
            let words = format!("finding {} of a log explained", it.finding);
            said(&format!("finding {}", it.finding), Some(words), None);
        } else if let Did::Leave(left) = did {
            let words = format!("{} leaves", seen.name(&left.person));
            said(&left.person, Some(words), None);
        } else if let Did::Join(joined) = did {
            let words = format!("{} joins", seen.name(&joined.person));
            said(&joined.person, Some(words), None);
        } else if let Did::Batch {
            keys: name,
            made,
            r#type,
            provider,
            ..
        } = did
        {
            let what = format!("{made} keys of the list {name} ({type}) were made");
            said(name, Some(what), Some(format!("wrapped for {provider}")));
        } else {
            lines.truncate(before);
        }
    }
    if keys.is_empty() {
        return ("no key, as far as this record tells".to_owned(), lines);
    }
    let keys: Vec<String> = keys
        .into_iter()
        .map(|(_, begins, became)| [vec![begins], became].concat().join(", "))
        .collect();
    (keys.join("; "), lines)
}

/// Who signed in, with what roles.
fn there(seen: &Seen<'_>) -> (String, Vec<u64>) {
    let mut people: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for (line, did) in seen.did() {
        if let Did::SignIn { people: came } = did {
            lines.push(line);
            for person in came {
                if !people.contains(&person.as_str()) {
                    people.push(person);
                }
            }
        }
    }
    if people.is_empty() {
        return ("nobody is recorded as present".to_owned(), lines);
    }
    let roles = |id: &str| {
        let open = seen.open().map(|(_, open)| open);
        let person = open.and_then(|open| open.people.iter().find(|person| person.id == id));
        person.map_or(String::new(), |person| {
            if person.roles.is_empty() {
                String::new()
            } else {
                format!(" ({})", person.roles.join(", "))
            }
        })
    };
    let people: Vec<String> = people
        .iter()
        .map(|id| format!("{}{}", seen.name(id), roles(id)))
        .collect();
    (list(&people), lines)
}

fn altered(seen: &Seen<'_>) -> (Cell, Vec<u64>) {
    let problems = &seen.verdict.problems;
    if problems.is_empty() {
        let signed = counted(
            seen.verdict.signed.len(),
            "signature holds",
            "signatures hold",
        );
        let checks = seen
            .verdict
            .checks
            .iter()
            .filter(|checked| checked.standing == Standing::Holds)
            .count();
        let text = format!("no: {checks} checks hold, and {signed}");
        let seal = seen.sealed().map(|(line, _)| line);
        return (Cell::new(Tone::Good, text), seal.into_iter().collect());
    }
    let lines: Vec<u64> = problems
        .iter()
        .filter_map(|problem| problem.place)
        .collect();
    let first = problems.first().map_or("", |problem| problem.what.as_str());
    let more = match problems.len() {
        1 => String::new(),
        n => format!("; and {} more", n - 1),
    };
    let text = format!("yes, or it is not whole: {first}{more}");
    (Cell::new(Tone::Bad, text), lines)
}

fn facts(seen: &Seen<'_>) -> Table {
    let verdict = seen.verdict;
    let mut table = Table::new(
        "facts",
        "The ceremony",
        &[("what", "What"), ("is", "Is")],
        "",
    );
    let last = seen.entries.last().map_or(1, |(line, _)| *line);
    let mode = verdict
        .mode
        .map_or("unknown".to_owned(), |mode| mode.to_string());
    table.row(["Mode".into(), mode.into()], &[1]);
    if let Some((line, open)) = seen.open() {
        table.row(["Kind".into(), open.kind.as_str().into()], &[line]);
    }
    let ended = match (verdict.outcome, &verdict.reason) {
        (Some(Outcome::Complete), _) => Cell::new(Tone::Good, "complete: every step was done"),
        (Some(Outcome::Aborted), Some(reason)) => Cell::new(
            Tone::Open,
            format!("aborted by the people in the room: {reason}"),
        ),
        (Some(Outcome::Aborted), None) => Cell::new(Tone::Open, "aborted"),
        (None, _) if seen.sealed().is_some() => {
            Cell::new(Tone::Bad, "not known: the record does not hold")
        }
        (None, _) => Cell::new(Tone::Bad, "not ended"),
    };
    table.row(["Outcome".into(), ended], &[last]);
    if let (Some(began), Some(ended)) = (verdict.began, verdict.ended) {
        let length = took(ended.seconds_since(began));
        table.row(
            [
                "Time".into(),
                format!("{began} to {ended} (UTC), {length}").into(),
            ],
            &[1, last],
        );
    }
    table.row(
        [
            "SHA-256 of the record".into(),
            crate::documents::auditor::digits(verdict.record_sha256),
        ],
        &[],
    );
    table.row(
        [
            "… in words".into(),
            crate::documents::auditor::spoken(&verdict.record_sha256.to_string()).into(),
        ],
        &[],
    );
    table.row(
        [
            "Check it again".into(),
            Cell::code("keyrite verify DIR --allowed-signers YOUR-LIST"),
        ],
        &[],
    );
    table
}
