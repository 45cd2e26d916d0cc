//! The things that custodians keep, as the ceremony began with them.

use crate::domain::record::Item;
use crate::domain::record::Open;
use crate::domain::script::Script;
use crate::record::verify::opening::LINE;
use crate::record::verify::tally::Tally;

pub(super) fn check(script: &Script, open: &Open, tally: &mut Tally) {
    let wanted: Vec<Item> = script
        .items
        .iter()
        .map(|(name, item)| item.recorded(name.as_str()))
        .collect();
    if open.items != wanted {
        tally.wrong(
            LINE,
            "the record begins with other things, or with things kept otherwise, than the script",
        );
    }
}
