//! Things that custodians keep, and where each of them went.

use crate::documents::auditor::Seen;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;

/// Things as they were when the ceremony began, and their ways; nothing where the script has none.
pub(super) fn tables(seen: &Seen<'_>, section: &mut Section) {
    let mut things = Table::new(
        "items",
        "Things that are kept, as they were when the ceremony began",
        &[
            ("name", "Name"),
            ("what", "What"),
            ("serial", "Serial number"),
            ("keeper", "Kept by"),
            ("bag", "Bag"),
            ("where", "Where"),
        ],
        "none.",
    );
    if let Some((line, open)) = seen.open() {
        for item in &open.items {
            things.row(
                [
                    item.name.as_str().into(),
                    item.what.as_str().into(),
                    Cell::code(&item.serial),
                    seen.name(&item.held_by).into(),
                    Cell::code(item.bag.as_deref().unwrap_or("no bag")),
                    item.r#where.as_deref().unwrap_or("in hand").into(),
                ],
                &[line],
            );
        }
    }
    if !things.rows.is_empty() {
        section.table(things);
        section.table(ways(seen));
    }
}

fn ways(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "ways",
        "Where they went; people's word",
        &[
            ("name", "Name"),
            ("what", "What was done"),
            ("who", "By"),
            ("bag", "Bag"),
            ("seen-by", "Seen by"),
        ],
        "none was moved.",
    );
    for (line, did) in seen.did() {
        let mut row = |item: &str, what: Cell, who: String, bag: Option<&str>, seen_by: &str| {
            let bag = Cell::code(bag.unwrap_or("no bag"));
            table.row(
                [
                    item.into(),
                    what,
                    who.into(),
                    bag,
                    seen.name(seen_by).into(),
                ],
                &[line],
            );
        };
        if let Did::TakeOut {
            item,
            by,
            bag,
            r#where: place,
            purpose,
            seen_by,
        } = did
        {
            let what = format!("taken out of {place} for {purpose}");
            row(item, what.into(), seen.name(by), bag.as_deref(), seen_by);
        } else if let Did::Inspect {
            item,
            by,
            bag,
            found,
            whole,
            seen_by,
        } = did
        {
            let what = if *whole && bag == found {
                Cell::new(Tone::Good, "looked at: whole, with its number")
            } else if *whole {
                Cell::new(
                    Tone::Bad,
                    format!("looked at: whole, but it has number {found}"),
                )
            } else {
                Cell::new(Tone::Bad, "looked at: not whole")
            };
            row(item, what, seen.name(by), Some(bag), seen_by);
        } else if let Did::HandOver {
            item,
            from,
            to,
            bag,
            purpose,
            deputy_until,
            seen_by,
        } = did
        {
            let until = deputy_until
                .as_ref()
                .map_or(String::new(), |day| format!(", to be given back on {day}"));
            let what = format!("handed over to {} for {purpose}{until}", seen.name(to));
            row(item, what.into(), seen.name(from), bag.as_deref(), seen_by);
        } else if let Did::PutAway {
            item,
            by,
            bag,
            r#where: place,
            seen_by,
        } = did
        {
            let what = format!("put into {place}");
            row(item, what.into(), seen.name(by), Some(bag), seen_by);
        }
    }
    table
}
