//! The access table, reckoned anew from the script.

use crate::domain::access::MODEL;
use crate::domain::access::access;
use crate::domain::record::AccessTable;
use crate::domain::record::Open;
use crate::domain::script::Script;
use crate::record::verify::opening::LINE;
use crate::record::verify::tally::Tally;

pub(super) fn check(script: &Script, open: &Open, tally: &mut Tally) {
    let Some(found) = &open.access else {
        return;
    };
    if found.model != MODEL {
        tally.wrong(
            LINE,
            format!(
                "the access table was reckoned by model {}; this program knows model {MODEL}",
                found.model
            ),
        );
    } else if *found != AccessTable::of(access(script)) {
        tally.wrong(
            LINE,
            "the access table of the record is not the one that follows from the script",
        );
    }
}
