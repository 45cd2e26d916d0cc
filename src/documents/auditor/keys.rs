//! The keys: what made them, their attributes, check values in groups and words, and their dates.

use crate::documents::auditor::Seen;
use crate::documents::auditor::groups;
use crate::documents::auditor::spoken;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;
use crate::domain::record::Event;
use crate::domain::record::InToken;

/// Every key that was made or brought back.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("keys", "Keys");
    let mut keys = Table::new(
        "keys",
        "Keys made or brought back",
        &[
            ("key", "Key"),
            ("type", "Type"),
            ("origin", "Came from"),
            ("checked", "Checked by"),
            ("owner", "Owner"),
            ("class", "Protects"),
        ],
        "none.",
    );
    let mut check_values = Table::new(
        "check-values",
        "Check values, in groups and in words to read aloud",
        &[
            ("key", "Key"),
            ("name", "Name"),
            ("value", "Value"),
            ("words", "Words"),
        ],
        "none.",
    );
    let described = |label: &str| {
        seen.script
            .as_ref()
            .and_then(|script| script.keys.get(label))
    };
    let mut attributes = Vec::new();
    for (line, did) in seen.did() {
        let (key, r#type, origin, checked, values, token) = if let Did::Generate {
            key,
            r#type,
            made_by,
            checked_by,
            check_values,
            token,
        } = did
        {
            (
                key,
                r#type,
                format!("made by {made_by}"),
                checked_by.clone(),
                check_values,
                token,
            )
        } else if let Did::Restore {
            key,
            r#type,
            set,
            with,
            check_values,
            token,
        } = did
        {
            let origin = format!("shares of {} (set {set})", seen.names(with).join(" and "));
            (
                key,
                r#type,
                origin,
                "its check values of that ceremony".to_owned(),
                check_values,
                token,
            )
        } else {
            continue;
        };
        let owner = described(key).map_or(String::new(), |key| key.owner.to_string());
        let class = described(key)
            .and_then(|key| key.data_class.as_ref())
            .map_or("not said".to_owned(), ToString::to_string);
        keys.row(
            [
                key.as_str().into(),
                r#type.to_string().into(),
                origin.into(),
                checked.into(),
                owner.into(),
                class.into(),
            ],
            &[line],
        );
        for (name, value) in values {
            check_values.row(
                [
                    key.as_str().into(),
                    name.as_str().into(),
                    Cell::code(groups(value)),
                    spoken(value).into(),
                ],
                &[line],
            );
        }
        if let Some(token) = token {
            attributes.push((line, key.clone(), token));
        }
    }
    section.table(keys);
    section.table(check_values);
    for (line, key, token) in attributes {
        section.table(of_token(line, &key, token));
    }
    lists(seen, &mut section);
    section
}

/// What the HSM told of a key, one attribute at a time.
fn of_token(line: u64, key: &str, token: &InToken) -> Table {
    let mut table = Table::new(
        "attributes",
        format!("What the HSM says of key {key} (CKA_ID {})", token.id),
        &[
            ("attribute", "Attribute"),
            ("planned", "Planned"),
            ("found", "Read back"),
        ],
        "nothing.",
    );
    for (half, reads) in [("", &token.attributes), (" (public half)", &token.public)] {
        for read in reads {
            let differs = token
                .differences
                .iter()
                .find(|difference| difference.name == read.name);
            let found = read.found.to_string();
            let found = match differs {
                Some(difference) if difference.severity.is_lie() => Cell::new(Tone::Bad, found),
                Some(_) => Cell::new(Tone::Open, found),
                None => Cell::plain(found),
            };
            table.row(
                [
                    format!("{}{half}", read.name).into(),
                    read.planned.as_deref().unwrap_or("–").into(),
                    found,
                ],
                &[line],
            );
        }
    }
    table
}

/// Keys of lists: each with its line.
fn lists(seen: &Seen<'_>, section: &mut Section) {
    let mut table = Table::new(
        "list-keys",
        "Keys of lists",
        &[
            ("key", "Key"),
            ("list", "List and row"),
            ("values", "Check values"),
        ],
        "none.",
    );
    for (line, entry) in &seen.entries {
        if let Event::BatchKey(key) = &entry.event {
            table.row(
                [
                    key.key.as_str().into(),
                    format!("{}, row {}", key.batch, key.row).into(),
                    Cell::code(crate::documents::auditor::values(&key.check_values)),
                ],
                &[*line],
            );
        }
    }
    if !table.rows.is_empty() {
        section.table(table);
    }
}

/// When keys and their parts run out.
pub(super) fn dates(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("dates", "Dates of the key's life");
    let mut table = Table::new(
        "dates",
        "When something is due",
        &[("what", "What"), ("when", "When"), ("source", "Says")],
        "nothing has a date.",
    );
    if let Some(script) = &seen.script {
        for (label, key) in &script.keys {
            if let Some(period) = &key.cryptoperiod {
                let mut ends = Vec::new();
                ends.extend(period.time.as_ref().map(|time| format!("after {time}")));
                ends.extend(
                    period
                        .uses
                        .as_ref()
                        .map(|uses| format!("after {} uses", uses.0)),
                );
                ends.extend(
                    period
                        .bytes
                        .as_ref()
                        .map(|bytes| format!("after {} bytes", bytes.0)),
                );
                table.row(
                    [
                        format!("key {label}: end of its cryptoperiod").into(),
                        format!("{}, counted from its activation", ends.join(" or ")).into(),
                        "script.yaml".into(),
                    ],
                    &[1],
                );
            } else {
                table.row(
                    [
                        format!("key {label}: end of its cryptoperiod").into(),
                        Cell::new(Tone::Open, "the script says none"),
                        "script.yaml".into(),
                    ],
                    &[1],
                );
            }
            if let Some(model) = &key.model {
                table.row(
                    [
                        format!("key {label}: review of the choice to manage it so").into(),
                        model.reviewed_until.value.0.to_string().into(),
                        format!("script.yaml: {}", model.because).into(),
                    ],
                    &[1],
                );
            }
        }
    }
    if let Some((line, open)) = seen.open() {
        for input in &open.inputs {
            if let Some(valid_to) = input.valid_to {
                table.row(
                    [
                        format!("import parameters {} run out", input.name).into(),
                        valid_to.to_string().into(),
                        "the record".into(),
                    ],
                    &[line],
                );
            }
        }
    }
    section.table(table);
    section.text("Activation, rotation and destruction at the provider are not part of this record. How long records are kept is for the policy of the organisation to say.");
    section
}
