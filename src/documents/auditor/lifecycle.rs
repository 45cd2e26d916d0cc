//! Keys that went on in their lives, and how they ended.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::domain::lifecycle::State;
use crate::domain::record::Did;
use crate::domain::record::Purpose;

/// What the ceremony did with the lives of keys; nothing where it is about none.
pub(super) fn section(seen: &Seen<'_>) -> Option<Section> {
    let (line, open) = seen.open()?;
    if open.lifecycle.is_empty() {
        return None;
    }
    let mut section = Section::new("lifecycle", "Lives of keys");
    let mut before = Table::new(
        "lives",
        "Where keys were when the ceremony began, as earlier records tell",
        &[
            ("key", "Key"),
            ("at", "At"),
            ("state", "State"),
            ("record", "SHA-256 of the earlier record"),
        ],
        "none.",
    );
    for life in &open.lifecycle {
        let record = life.record.to_string();
        before.row(
            [
                life.key.as_str().into(),
                "everywhere".into(),
                life.standing.words().into(),
                Cell::code(&record),
            ],
            &[line],
        );
        for (name, at) in &life.at {
            let id = at.key_id.as_deref().unwrap_or(name);
            before.row(
                [
                    life.key.as_str().into(),
                    format!("{name}: {} {id}", at.provider).into(),
                    at.standing.words().into(),
                    Cell::code(&record),
                ],
                &[line],
            );
        }
    }
    section.table(before);
    section.table(moves(seen));
    section.table(destructions(seen));
    if let Some(notices) = notices(seen) {
        section.table(notices);
    }
    section.text(
        "What a provider answered, and what people saw, rests on their word. A place that no record names would not show here.",
    );
    Some(section)
}

fn moves(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "moves",
        "Moves to other states (SP 800-57 part 1 rev. 5)",
        &[
            ("key", "Key"),
            ("at", "At"),
            ("from", "From"),
            ("to", "To"),
            ("because", "Because"),
            ("asked", "Asked for by"),
            ("by", "Done by"),
            ("seen-by", "Seen by"),
            ("told", "The provider answered"),
        ],
        "none.",
    );
    for (line, did) in seen.did() {
        let Did::Move(moved) = did else { continue };
        let mut row = |at: &str, from: &str, told: &str| {
            table.row(
                [
                    moved.key.as_str().into(),
                    at.into(),
                    from.into(),
                    moved.to.name().into(),
                    moved.because.as_str().into(),
                    seen.name(&moved.requested_by).into(),
                    seen.name(&moved.by).into(),
                    seen.name(&moved.seen_by).into(),
                    told.into(),
                ],
                &[line],
            );
        };
        if let Some(from) = moved.from {
            row("everywhere", from.name(), "");
        }
        for one in &moved.at {
            row(&one.at, one.from.name(), &one.told);
        }
    }
    table
}

/// Requests, cancellations and deletions, with the facts of MP-6(1).
fn destructions(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "destructions",
        "Destruction: asked for, called off, done (SP 800-53 MP-6(1))",
        &[
            ("key", "Key"),
            ("what", "What"),
            ("how", "How"),
            ("by", "By"),
            ("seen-by", "Verified by"),
        ],
        "none.",
    );
    for (line, did) in seen.did() {
        let mut row = |key: &str, what: String, how: String, by: String, seen_by: &str| {
            let seen_by = if seen_by.is_empty() {
                String::new()
            } else {
                seen.name(seen_by)
            };
            table.row(
                [
                    key.into(),
                    what.into(),
                    how.into(),
                    by.into(),
                    seen_by.into(),
                ],
                &[line],
            );
        };
        if let Did::RequestDestroy(asked) = did {
            let how = format!(
                "{}; dependents: {}; tenants: {}",
                asked.because,
                none(&asked.dependents),
                none(&asked.tenants)
            );
            let what = format!("asked for; not before {}", asked.not_before);
            row(
                &asked.key,
                what,
                how,
                seen.name(&asked.requested_by),
                &asked.seen_by,
            );
            for one in &asked.at {
                let what = format!("scheduled at {} for {}", one.at, one.ends);
                row(
                    &asked.key,
                    what,
                    one.told.clone(),
                    seen.name(&asked.by),
                    &asked.seen_by,
                );
            }
        } else if let Did::CancelDestroy(cancelled) = did {
            let how = cancelled.because.clone();
            let by = seen.name(&cancelled.by);
            row(
                &cancelled.key,
                "called off".to_owned(),
                how,
                by,
                &cancelled.seen_by,
            );
        } else if let Did::Identify(identified) = did {
            let people: Vec<String> = identified
                .by
                .iter()
                .map(|it| seen.name(&it.person))
                .collect();
            let how = format!("its name, and words of {}", identified.check_value);
            row(
                &identified.key,
                "identified".to_owned(),
                how,
                people.join(", "),
                "",
            );
        } else if let Did::Close(closed) = did {
            let what = format!("deleted at {}", closed.at);
            let how = format!("{}; answered: {}", closed.method, closed.told);
            row(
                &closed.key,
                what,
                how,
                seen.name(&closed.by),
                &closed.seen_by,
            );
        }
    }
    for (line, _, step) in seen.steps() {
        let mut made = step.artifacts.iter();
        let certificate = made.find(|made| made.purpose == Purpose::Certificate);
        if let (Some(certificate), Did::Move(moved)) = (certificate, &step.did) {
            table.row(
                [
                    moved.key.as_str().into(),
                    "destroyed everywhere".into(),
                    format!("certificate: {}", certificate.path).into(),
                    seen.name(&moved.by).into(),
                    seen.name(&moved.seen_by).into(),
                ],
                &[line],
            );
        }
    }
    table
}

/// Who is told that a key is compromised; nothing where none is.
fn notices(seen: &Seen<'_>) -> Option<Table> {
    let mut table = Table::new(
        "notices",
        "Keys that are compromised, and who is told (SP 800-57 part 1 rev. 5 §8.3.5)",
        &[
            ("key", "Key"),
            ("since", "Known to others since"),
            ("notify", "Who relies on it"),
            ("notice", "Notice"),
        ],
        "none.",
    );
    let mut any = false;
    for (line, _, step) in seen.steps() {
        let Did::Move(moved) = &step.did else {
            continue;
        };
        if moved.to != State::Compromised {
            continue;
        }
        any = true;
        let mut made = step.artifacts.iter();
        let notice = made.find(|made| made.purpose == Purpose::Notice);
        let notice = notice.map_or_else(
            || "none was written".to_owned(),
            |made| {
                format!(
                    "{}, SHA-256 {}; that it arrived, this record does not show",
                    made.path, made.sha256
                )
            },
        );
        table.row(
            [
                moved.key.as_str().into(),
                moved.since.as_deref().unwrap_or("not known").into(),
                none(&moved.notify).into(),
                notice.into(),
            ],
            &[line],
        );
    }
    any.then_some(table)
}

fn none(texts: &[String]) -> String {
    if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join(", ")
    }
}
