//! What the ceremony began with besides its script: keys of earlier ceremonies, and what a
//! provider calls keys that stay in the HSM.

use crate::domain::record::External;
use crate::domain::record::Given;
use crate::domain::record::Mode;
use crate::domain::record::Open;
use crate::domain::script::Script;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::opening::LINE;
use crate::record::verify::tally::Tally;

pub(super) fn check(script: &Script, open: &Open, tally: &mut Tally) {
    let mut wanted: Vec<Given> = script
        .given
        .iter()
        .map(|(label, given)| given.recorded(label.as_str()))
        .collect();
    let mut found = open.given.clone();
    if open.mode == Mode::Rehearsal {
        wanted.iter_mut().chain(&mut found).for_each(of_a_stand_in);
    }
    for (one, other, what) in [
        (&wanted, &found, "does not begin with"),
        (&found, &wanted, "begins with other facts about"),
    ] {
        for given in one.iter().filter(|given| !other.contains(given)) {
            tally.wrong(
                LINE,
                format!(
                    "the record {what} key {}, which the script has from the ceremony {}",
                    given.key, given.record
                ),
            );
        }
    }
    let (mut lives, mut begun) = (script.lives(), open.lifecycle.clone());
    if open.mode == Mode::Rehearsal {
        // A stand-in for a key in an HSM has values of its own.
        for life in lives.iter_mut().chain(&mut begun) {
            life.check_values.clear();
        }
    }
    for life in lives.iter().chain(&begun) {
        if !(lives.contains(life) && begun.contains(life)) {
            let what = format!(
                "the record begins otherwise with the life of key {} than the script",
                life.key
            );
            tally.wrong(LINE, what);
        }
    }
    let wanted: Vec<External> = script
        .external
        .iter()
        .map(|(label, external)| external.recorded(label.as_str()))
        .collect();
    if open.external != wanted {
        tally.wrong(
            LINE,
            "the record names the external keys otherwise than the script",
        );
    }
}

/// The records that this one builds on: they are not here.
pub(super) fn earlier(open: &Open, tally: &mut Tally) {
    if open.mode == Mode::Rehearsal {
        return;
    }
    let mut says: Vec<String> = open
        .given
        .iter()
        .map(|given| {
            format!(
                "key {} is of an earlier ceremony, whose record has the SHA-256 {}; verify that one too",
                given.key, given.record
            )
        })
        .collect();
    says.push(match &open.follows {
        Some(follows) => format!(
            "it follows record {} of the register, SHA-256 {}",
            follows.sequence, follows.sha256
        ),
        None => "it names no record before it: that one is missing would not show".to_owned(),
    });
    tally
        .about(Check::Earlier)
        .stands(Standing::Unknown, says.join("; "));
}

/// What a rehearsal's stand-in has in common with the key that it stands for: the shares of a
/// throwaway key have other values.
fn of_a_stand_in(given: &mut Given) {
    let set = &mut given.share_set;
    given.check_values.clear();
    set.id.clear();
    set.check_values.clear();
    for share in &mut set.shares {
        share.commitment = given.record;
        share.file = None;
    }
    if let Some(backup) = &mut given.backup {
        backup.sha256 = given.record;
    }
}
