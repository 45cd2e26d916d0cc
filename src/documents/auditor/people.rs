//! People: roles, when they came and went, and what they said.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::documents::document::harmless;
use crate::domain::record::Counted;
use crate::domain::record::Did;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;

/// Who took part.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("people", "People and roles");
    let mut table = Table::new(
        "people",
        "People and roles",
        &[
            ("name", "Name"),
            ("roles", "Roles"),
            ("site", "Site"),
            ("manager", "Reports to"),
            ("came", "Signed in"),
            ("left", "Signed out"),
            ("key", "Signs with"),
        ],
        "the record names nobody.",
    );
    if let Some((first, open)) = seen.open() {
        for person in &open.people {
            let described = seen
                .script
                .as_ref()
                .and_then(|script| script.people.get(person.id.as_str()));
            let site = described.and_then(|person| person.site.as_ref());
            let manager = described.and_then(|person| person.manager.as_ref());
            let mut lines = vec![first];
            let (mut came, mut left) = (Vec::new(), Vec::new());
            for (line, at, step) in seen.steps() {
                if let Did::SignIn { people } = &step.did
                    && people.contains(&person.id)
                {
                    came.push(at.to_string());
                    lines.push(line);
                }
                if let Did::SignOut { people } = &step.did
                    && people.contains(&person.id)
                {
                    left.push(at.to_string());
                    lines.push(line);
                }
            }
            let or = |words: Vec<String>, none: &str| {
                if words.is_empty() {
                    none.to_owned()
                } else {
                    words.join(", ")
                }
            };
            table.row(
                [
                    person.name.as_str().into(),
                    person.roles.join(", ").into(),
                    site.map_or(String::new(), ToString::to_string).into(),
                    manager.map_or(String::new(), ToString::to_string).into(),
                    or(came, "not recorded").into(),
                    or(left, "stayed to the end").into(),
                    Cell::code(person.signs_with.as_deref().unwrap_or("no key")),
                ],
                &lines,
            );
        }
    }
    section.table(table);
    section.text(
        "That people were present rests on their word; their signatures over the record do not.",
    );
    let separated = seen
        .verdict
        .checks
        .iter()
        .find(|checked| checked.check == Check::Separation);
    section.text(match separated {
        Some(checked) if checked.standing == Standing::Holds => {
            format!("Separation of duties: {}.", checked.says)
        }
        Some(_) | None => {
            "Separation of duties: not shown to hold; see the checks above.".to_owned()
        }
    });
    section
}

/// What people answered to what was read to them.
pub(super) fn statements(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("statements", "Statements of participants");
    let mut table = Table::new(
        "statements",
        "Statements, read aloud and answered",
        &[
            ("person", "Person"),
            ("answer", "Answer"),
            ("text", "To this text"),
        ],
        "none were asked for.",
    );
    for (line, did) in seen.did() {
        if let Did::Statement {
            text,
            answers,
            counts,
        } = did
        {
            let counts: Vec<String> = counts.iter().map(Counted::words).collect();
            let counts = if counts.is_empty() {
                String::new()
            } else {
                format!(" Used: {}.", counts.join("; "))
            };
            for answer in answers {
                let said = if answer.agrees {
                    Cell::new(Tone::Good, "agrees")
                } else {
                    let words = answer.words.as_deref().unwrap_or("without words");
                    Cell::new(Tone::Bad, format!("does not agree: {words}"))
                };
                table.row(
                    [
                        seen.name(&answer.person).into(),
                        said,
                        format!("“{}”{counts}", harmless(text)).into(),
                    ],
                    &[line],
                );
            }
        } else if let Did::Exception { by, told: None } = did {
            table.row(
                [
                    seen.name(by).into(),
                    Cell::new(Tone::Good, "no"),
                    "did anything go otherwise than written, beyond what is recorded already?"
                        .into(),
                ],
                &[line],
            );
        } else if let Did::Exception { by, told: Some(_) } = did {
            table.row(
                [
                    seen.name(by).into(),
                    Cell::new(Tone::Open, "yes; see the exceptions"),
                    "did anything go otherwise than written, beyond what is recorded already?"
                        .into(),
                ],
                &[line],
            );
        }
    }
    section.table(table);
    section
}
