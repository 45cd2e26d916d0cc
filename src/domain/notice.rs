//! What those who rely on a key are told when it is compromised (NIST SP 800-57 part 1 rev. 5,
//! §8.3.5; PCI DSS 3.7.5).
//!
//! There is one writing of every notice, so that a verifier can make it again from the record.

use crate::domain::certificate::of_key;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Moved;
use crate::domain::script::Script;

/// The notice that the key of `life` is compromised, as `moved` tells, on the day of `now`.
pub fn notice(script: &Script, mode: Mode, life: &Life, moved: &Moved, now: Moment) -> String {
    let named = |id: &str| format!("{} ({id})", script.name_of(id));
    let mut rows = of_key(script, mode, life);
    for (name, at) in &life.at {
        let id = at.key_id.as_deref().unwrap_or(name);
        rows.push(("Is at", format!("{} key {id}", at.provider)));
    }
    let since = moved.since.as_deref();
    rows.push((
        "Since",
        since.map_or_else(
            || "not known: since the day on which it was made".to_owned(),
            str::to_owned,
        ),
    ));
    rows.push((
        "Reported",
        format!("on {} by {}", now.date(), named(&moved.requested_by)),
    ));
    rows.push(("Because", moved.because.clone()));
    rows.push((
        "Replaced by",
        life.replaced.as_ref().map_or_else(
            || "no other version yet".to_owned(),
            |newer| format!("key {}, record {}", newer.by, newer.record),
        ),
    ));
    rows.extend(moved.notify.iter().map(|who| ("For", who.clone())));
    let rows: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("{name:<11} {value}\n"))
        .collect();
    format!("{FORMAT}\n\n{}\n{TO_DO}", rows.concat())
}

/// First line of every notice.
const FORMAT: &str = "keyrite-revocation/v1";

/// What follows behind the facts.
const TO_DO: &str = "\
This key is compromised: somebody may know it who should not.

1. Protect nothing more with it: encrypt, sign, wrap and authenticate with the
   version that replaces it. Where there is none yet, stop until you are told.
2. Trust no signature and no MAC made with it since the day above, unless
   something else shows when it was made.
3. Take everything that it encrypted as known to others; encrypt it anew, and
   exchange every key that it wrapped.
4. Whatever still has to be read with it, read with the risk known, and only
   until that is done.
5. Answer whoever sent you this: that it arrived, and when you have done it.

The record of the ceremony holds the SHA-256 of this notice, and everybody who
signs the record signs that.
";
