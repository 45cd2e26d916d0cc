//! What a custodian is given in writing: which share he holds, and how he sees at home and alone
//! that he still has it.
//!
//! There is one writing of every receipt, so that a verifier can make it again from the record.

use crate::domain::ledger::Ledger;
use crate::domain::record::GivenSet;
use crate::domain::record::Mode;
use crate::domain::record::Subject;
use crate::domain::script::Script;

/// The receipt of `person` for the share of `key` that he holds; none if he holds none.
pub fn receipt(
    script: &Script,
    mode: Mode,
    ledger: &Ledger,
    key: &str,
    set: &GivenSet,
    person: &str,
) -> Option<String> {
    let share = ledger.share_of(key, set, person)?;
    let of = share.custodian.as_str();
    let named = |id: &str| format!("{} ({id})", script.name_of(id));
    let subject = match set.subject {
        Subject::Key | Subject::Component => "the key",
        Subject::BackupKey => "the backup key that opens the backup of it",
    };
    let mut rows = vec![
        ("Ceremony", format!("{} ({mode})", script.ceremony.value)),
        ("Custodian", named(person)),
        ("Key", key.to_owned()),
        (
            "Share",
            format!(
                "number {} of {}; any {} rebuild {subject}",
                share.index,
                set.shares.len(),
                set.threshold
            ),
        ),
    ];
    if of != person {
        rows.push(("Made for", named(of)));
    }
    rows.extend([
        ("Share set", set.id.clone()),
        ("Epoch", set.epoch.to_string()),
        ("Commitment", share.commitment.to_string()),
    ]);
    if let Some(file) = &share.file {
        rows.push(("File", file.clone()));
    }
    if let Some(kept) = ledger.carries(key, of) {
        rows.push(("Carried by", kept.words()));
        rows.push(("Sealed in", kept.bag_words()));
        let place = kept.place.as_deref().unwrap_or("the custodian's hand");
        rows.push(("Kept at", place.to_owned()));
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("{name:<11} {value}\n"))
        .collect();
    Some(format!("{FORMAT}\n\n{}\n{HOW}", rows.concat()))
}

/// First line of every receipt.
const FORMAT: &str = "keyrite-receipt/v1";

/// What follows behind the facts.
const HOW: &str = "\
What this paper is worth: the record of the ceremony holds its SHA-256, and
everybody who signs the record signs that. It holds no secret.

To see that you still have your share, at home and alone:

  keyrite share verify FILE --identity YOUR-IDENTITY

FILE is the share on your medium. It must name this set, this epoch, this
number and this commitment. Nothing else is needed, and nobody else learns
the share. Look at the bag before you open it: if it is cut, or its number is
not the one above, do not open it.

If anything differs, or the share cannot be opened, say so to the
administrator of the ceremony on the same day: as long as enough others have
theirs, it can be mended.
";
