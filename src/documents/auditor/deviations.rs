//! Everything that went otherwise than the rules or the script say, counted and shown first.

use crate::documents::auditor::Seen;
use crate::documents::auditor::counted;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::finding::Finding;
use crate::domain::finding::RULE_SET;
use crate::domain::record::Did;
use crate::domain::record::EndOfKey;
use crate::domain::record::Event;
use crate::domain::record::Exception;
use crate::domain::record::Mode;
use crate::domain::room;
use crate::domain::text::list;

/// What there was of each kind, in words, with lines; kinds of which there was none are left out.
pub(super) fn counts(seen: &Seen<'_>) -> Vec<(String, Vec<u64>)> {
    let mut counts = Vec::new();
    let mut count = |one: &str, many: &str, lines: Vec<u64>, number: usize| {
        if number > 0 {
            counts.push((counted(number, one, many), lines));
        }
    };
    count("waiver", "waivers", Vec::new(), waivers(seen).len());
    for (one, many, lines) in [
        (
            "exception",
            "exceptions",
            exceptions(seen).map(|(line, _)| line).collect(),
        ),
        (
            "look at the machine that was not as wanted",
            "looks at the machine that were not as wanted",
            looks(seen),
        ),
        ("interruption", "interruptions", interruptions(seen)),
        ("lost key", "lost keys", lost(seen)),
        (
            "thing that no entry explained",
            "things that no entry explained",
            orphans(seen),
        ),
        (
            "answer of somebody who does not agree",
            "answers of people who do not agree",
            disagreed(seen),
        ),
    ] {
        let lines: Vec<u64> = lines;
        let number = lines.len();
        count(one, many, lines, number);
    }
    count(
        "signed disagreement",
        "signed disagreements",
        Vec::new(),
        seen.verdict.dissents.len(),
    );
    counts
}

/// Every deviation.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("deviations", "Waivers, exceptions and other deviations");
    let words: Vec<String> = counts(seen).into_iter().map(|(words, _)| words).collect();
    section.text(if words.is_empty() && !seen.verdict.problems.is_empty() {
        "This record tells of none, but it does not hold: see the checks that fail.".to_owned()
    } else if words.is_empty() {
        "There are none: no rule was waived, no exception was recorded, and the ceremony was not interrupted.".to_owned()
    } else {
        format!("There are: {}.", words.join(", "))
    });
    section.table(waiver_table(seen));
    section.table(exception_table(seen));
    section.table(other_table(seen));
    section
}

/// Findings that somebody answers for, as of the day on which the ceremony began.
fn waivers(seen: &Seen<'_>) -> Vec<Finding> {
    let Some(script) = &seen.script else {
        return Vec::new();
    };
    let today = match (seen.verdict.mode, seen.verdict.began) {
        (Some(Mode::Practice | Mode::Production), Some(began)) => {
            began.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date()
        }
        // A rehearsal has a clock of its own; by it no date is past.
        (Some(Mode::Practice | Mode::Production), None) | (Some(Mode::Rehearsal) | None, _) => {
            jiff::civil::Date::MIN
        }
    };
    let set = seen.verdict.rule_set.unwrap_or(RULE_SET);
    let mut findings = room::held(script, today, set).findings;
    findings.retain(|finding| finding.waived.is_some());
    findings
}

fn waiver_table(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "waivers",
        "Waivers: rules that the script breaks, and who answers for it",
        &[
            ("rule", "Rule"),
            ("what", "What"),
            ("reason", "Reason"),
            ("owner", "Answers for it"),
            ("until", "Until"),
        ],
        "none; the script breaks no rule.",
    );
    for finding in waivers(seen) {
        if let Some(waived) = &finding.waived {
            let place = format!(
                "{} (line {} of script.yaml)",
                finding.message, finding.place.line
            );
            table.row(
                [
                    Cell::new(Tone::Open, finding.rule.id),
                    place.into(),
                    waived.reason.as_str().into(),
                    waived.owner.as_str().into(),
                    waived.until.as_str().into(),
                ],
                &[],
            );
        }
    }
    table
}

fn exceptions<'a>(seen: &'a Seen<'_>) -> impl Iterator<Item = (u64, &'a Exception)> {
    seen.entries.iter().filter_map(|(line, entry)| {
        if let Event::Exception(exception) = &entry.event {
            return Some((*line, exception));
        }
        if let Event::Step(step) = &entry.event
            && let Did::Exception {
                told: Some(told), ..
            } = &step.did
        {
            return Some((*line, told));
        }
        None
    })
}

fn exception_table(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "exceptions",
        "Exceptions: what did not go as written",
        &[
            ("step", "Step"),
            ("expected", "Expected"),
            ("happened", "Happened"),
            ("decided", "Decided"),
            ("by", "By"),
        ],
        "none is recorded.",
    );
    for (line, exception) in exceptions(seen) {
        table.row(
            [
                Cell::new(Tone::Open, exception.step.to_string()),
                exception.expected.as_str().into(),
                exception.happened.as_str().into(),
                exception.decided.as_str().into(),
                decided_by(seen, exception).into(),
            ],
            &[line],
        );
    }
    table
}

/// Who decided, and who signed for it.
fn decided_by(seen: &Seen<'_>, exception: &Exception) -> String {
    let by = seen.name(&exception.decided_by);
    let mut signers: Vec<String> = Vec::new();
    for made in &exception.signatures {
        signers.push(format!("{} ({})", seen.name(&made.by), made.role));
    }
    if signers.is_empty() {
        return by;
    }
    format!("{by}; signed by {}", list(&signers))
}

fn other_table(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "other-deviations",
        "Interruptions, losses, disagreements",
        &[("what", "What"), ("more", "More")],
        "none.",
    );
    for (line, entry) in &seen.entries {
        if let Event::Resumed(resumed) = &entry.event {
            let torn = resumed
                .torn
                .map_or("", |_| "; a half-written line was cut off");
            let more = format!(
                "went on at step {} at {}{torn}",
                resumed.next_step, entry.at
            );
            table.row(
                [Cell::new(Tone::Open, "interrupted"), more.into()],
                &[*line],
            );
        } else if let Event::Lost(lost) = &entry.event {
            let void = if lost.void_sets.is_empty() && lost.void_artifacts.is_empty() {
                String::new()
            } else {
                format!(
                    "; void with it: {}",
                    [&lost.void_sets[..], &lost.void_artifacts[..]]
                        .concat()
                        .join(", ")
                )
            };
            let more = format!(
                "made again from step {} on: {}{void}",
                lost.back_to, lost.why
            );
            let what = format!("key {} was lost", lost.key);
            table.row([Cell::new(Tone::Open, what), more.into()], &[*line]);
        } else if let Event::Recovered(recovered) = &entry.event {
            let what = format!(
                "key {} was brought back after an interruption",
                recovered.key
            );
            let more = format!(
                "from the shares of {}",
                seen.names(&recovered.with).join(", ")
            );
            table.row([Cell::new(Tone::Open, what), more.into()], &[*line]);
        } else if let Event::Orphan(orphan) = &entry.event {
            let what = format!("{}: no entry explained it", orphan.path);
            let more = format!(
                "{}, decided by {}",
                orphan.decision.words(),
                seen.name(&orphan.by)
            );
            table.row([Cell::new(Tone::Open, what), more.into()], &[*line]);
        } else if let Event::Step(step) = &entry.event {
            other_of_step(seen, *line, &step.did, &mut table);
        } else if let Event::Sealed(sealed) = &entry.event {
            for (key, end) in &sealed.keys {
                let what = format!("key {key}, when the ceremony was ended early");
                let more = match end {
                    EndOfKey::Destroyed => "destroyed in the token",
                    EndOfKey::Left => "left in the token",
                };
                table.row([Cell::new(Tone::Open, what), more.into()], &[*line]);
            }
            for void in sealed.void_sets.iter().chain(&sealed.void_artifacts) {
                let what = format!("{void} is void");
                let more = "said when the ceremony was ended early";
                table.row([Cell::new(Tone::Open, what), more.into()], &[*line]);
            }
        }
    }
    for (who, reason) in &seen.verdict.dissents {
        let what = format!("{} signed a disagreement", seen.name(who));
        table.row([Cell::new(Tone::Bad, what), reason.as_str().into()], &[]);
    }
    table
}

fn other_of_step(seen: &Seen<'_>, line: u64, did: &Did, table: &mut Table) {
    if let Did::Statement { answers, .. } = did {
        for answer in answers.iter().filter(|answer| !answer.agrees) {
            let what = format!(
                "{} did not agree to the statement",
                seen.name(&answer.person)
            );
            let words = answer.words.as_deref().unwrap_or("without words");
            table.row([Cell::new(Tone::Bad, what), words.into()], &[line]);
        }
    }
    if let Did::Environment { checks } = did {
        for check in checks.iter().filter(|check| !check.holds) {
            let what = format!("{} was not as wanted", check.name);
            let more = format!("wanted: {}; found: {}", check.wanted, check.found);
            table.row([Cell::new(Tone::Open, what), more.into()], &[line]);
        }
    }
}

fn looks(seen: &Seen<'_>) -> Vec<u64> {
    let mut lines = Vec::new();
    for (line, did) in seen.did() {
        if let Did::Environment { checks } = did {
            lines.extend(checks.iter().filter(|check| !check.holds).map(|_| line));
        }
    }
    lines
}

fn disagreed(seen: &Seen<'_>) -> Vec<u64> {
    let mut lines = Vec::new();
    for (line, did) in seen.did() {
        if let Did::Statement { answers, .. } = did {
            lines.extend(answers.iter().filter(|answer| !answer.agrees).map(|_| line));
        }
    }
    lines
}

fn interruptions(seen: &Seen<'_>) -> Vec<u64> {
    lines(seen, |event| matches!(event, Event::Resumed(_)))
}

fn lost(seen: &Seen<'_>) -> Vec<u64> {
    lines(seen, |event| matches!(event, Event::Lost(_)))
}

fn orphans(seen: &Seen<'_>) -> Vec<u64> {
    lines(seen, |event| matches!(event, Event::Orphan(_)))
}

fn lines(seen: &Seen<'_>, which: fn(&Event) -> bool) -> Vec<u64> {
    seen.entries
        .iter()
        .filter(|(_, entry)| which(&entry.event))
        .map(|(line, _)| *line)
        .collect()
}
