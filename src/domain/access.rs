//! Who could use a key, who could take it away, and who could rebuild it: from which step to which.
//!
//! Using and rebuilding are never mixed: whoever has the PIN of an HSM uses a key that he cannot
//! take away once it is locked, and custodians rebuild a key that they cannot use without its
//! backup.

use serde::Serialize;

use crate::domain::algorithm::KeyType;
use crate::domain::progress::number;
use crate::domain::script::At;
use crate::domain::script::Core;
use crate::domain::script::Given;
use crate::domain::script::Id;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::script::SubjectWord;
use crate::domain::text::list;

/// One row of the table.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Access {
    /// Label of the key.
    pub key: String,
    /// What somebody could do.
    pub can: Can,
    /// Who.
    pub who: String,
    /// The epoch of the shares, where they are of an earlier ceremony or replace them.
    #[serde(skip)]
    pub epoch: Option<u32>,
    /// From which step on; from an earlier ceremony if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// The step that ends it; nothing ends it in this ceremony if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u32>,
}

/// What somebody could do with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Can {
    /// Use it where it is.
    Use,
    /// Take it away.
    TakeAway,
    /// Rebuild it.
    Rebuild,
}

impl Can {
    /// After `could`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Use => "use it",
            Self::TakeAway => "take it away",
            Self::Rebuild => "rebuild it",
        }
    }
}

impl Access {
    /// When, for people.
    pub fn when(&self) -> String {
        match (self.from, self.until) {
            (None, None) => "before, and after".to_owned(),
            (None, Some(until)) => format!("before, to step {until}"),
            (Some(from), None) => format!("from step {from} on"),
            (Some(from), Some(until)) => format!("steps {from} to {until}"),
        }
    }
}

/// The table of a script, key by key.
pub fn access(script: &Script) -> Vec<Access> {
    let mut rows = Vec::new();
    for label in script.keys.keys() {
        of_key(script, label.as_str(), &mut rows);
    }
    rows
}

fn of_key(script: &Script, label: &str, rows: &mut Vec<Access>) {
    let steps = || {
        let of_key = |step: &Step| step.key().is_some_and(|key| key.as_str() == label);
        script
            .steps
            .iter()
            .enumerate()
            .filter(move |(_, step)| of_key(&step.value))
            .map(|(index, step)| (number(index), &step.value))
    };
    let first = |which: fn(&Step) -> bool| {
        steps()
            .find(|(_, step)| which(step))
            .map(|(number, _)| number)
    };
    let begins = first(|step| matches!(step, Step::Generate(_) | Step::Restore(_)));
    let destroyed = first(|step| matches!(step, Step::Destroy(_)));
    let locked = first(|step| matches!(step, Step::Lock(_)));
    if let Some(given) = script.given.get(label) {
        let dealt = steps().find(|(_, step)| matches!(step, Step::Reshare(_)));
        for (who, epoch, from) in in_shares(script, label, given, dealt) {
            rows.push(Access {
                key: label.to_owned(),
                can: Can::Rebuild,
                who,
                epoch: Some(epoch),
                from,
                until: None,
            });
        }
    }
    let mut row = |can, who: String, from, until| {
        rows.push(Access {
            key: label.to_owned(),
            can,
            who,
            epoch: None,
            from,
            until,
        });
    };
    let Some(begins) = begins else {
        return;
    };
    let leaves = first(|step| matches!(step, Step::Split(_) | Step::Wrap(_))).is_some();
    let sits = sits_there(script);
    row(Can::Use, sits.clone(), Some(begins), destroyed);
    match script.token.core.value {
        Core::Software => row(Can::TakeAway, sits, Some(begins), destroyed),
        Core::Pkcs11 if leaves => row(Can::TakeAway, sits, Some(begins), locked.or(destroyed)),
        // In shares of an earlier ceremony it has left another HSM.
        Core::Pkcs11 if script.given.contains_key(label) => {}
        Core::Pkcs11 => row(
            Can::TakeAway,
            "nobody: it never leaves the HSM".to_owned(),
            Some(begins),
            destroyed,
        ),
    }
    for (number, step) in steps() {
        match step {
            Step::Split(split) => {
                let holders: Vec<&str> = script
                    .among(split)
                    .iter()
                    .map(|id| script.name_of(id.as_str()))
                    .collect();
                let backup = through_backup(script, label);
                let who = together(split.threshold.value, &holders, backup);
                row(Can::Rebuild, who, Some(number), None);
            }
            Step::Wrap(wrap) => {
                let provider = script
                    .inputs
                    .get(wrap.r#for.as_str())
                    .map_or(wrap.r#for.as_str(), |input| input.provider.as_str());
                let who = format!("whoever may import and use it at {provider}");
                row(Can::Use, who, Some(number), None);
            }
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Generate(_)
            | Step::RestoreTest(_)
            | Step::Restore(_)
            | Step::Drill(_)
            | Step::Reshare(_)
            | Step::Retire(_)
            | Step::Compare(_)
            | Step::Approve(_)
            | Step::Batch(_)
            | Step::Lock(_)
            | Step::Availability(_)
            | Step::Declare(_)
            | Step::TakeOut(_)
            | Step::Inspect(_)
            | Step::HandOver(_)
            | Step::PutAway(_)
            | Step::Receipt(_)
            | Step::Destroy(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Seal => {}
        }
    }
    if let Some(external) = script.external.get(label) {
        let who = format!("whoever may call it through {}", external.service.value);
        row(Can::Use, who, Some(begins), destroyed);
    }
}

/// Who could rebuild a key of an earlier ceremony, and from which step on. As long as nobody can say
/// otherwise, replaced shares rebuild it too.
fn in_shares(
    script: &Script,
    label: &str,
    given: &Given,
    dealt: Option<(u32, &Step)>,
) -> Vec<(String, u32, Option<u32>)> {
    let set = &given.share_set;
    let epoch = set.epoch.value;
    let several = dealt.is_some() || !given.older.is_empty();
    let told = |epoch: u32| {
        if several {
            format!(" (epoch {epoch})")
        } else {
            String::new()
        }
    };
    let any = |threshold: u8, ids: Vec<&Id>, backup: bool, epoch: u32| {
        let names: Vec<&str> = ids.iter().map(|id| script.name_of(id.as_str())).collect();
        together(threshold, &names, backup) + &told(epoch)
    };
    let is_backup = |subject: SubjectWord| subject == SubjectWord::BackupKey;
    let mut rows = Vec::new();
    for older in &given.older {
        let ids = older.custodians.iter().collect();
        let backup = is_backup(older.subject);
        let who = any(older.threshold, ids, backup, older.epoch.value);
        rows.push((who, older.epoch.value, None));
    }
    let ids = set
        .shares
        .iter()
        .map(|share| &share.custodian.value)
        .collect();
    let backup = is_backup(set.subject.value);
    rows.push((any(set.threshold.value, ids, backup, epoch), epoch, None));
    if let Some((number, step)) = dealt
        && let Step::Reshare(reshare) = step
    {
        let ids = script.dealt_to(step).iter().map(|id| &id.value).collect();
        let backup = through_backup(script, label);
        let next = epoch.saturating_add(1);
        let who = any(reshare.threshold.value, ids, backup, next);
        rows.push((who, next, Some(number)));
    }
    rows
}

/// Whether shares of a key that are dealt here rebuild a backup key.
fn through_backup(script: &Script, label: &str) -> bool {
    let kind = script.keys.get(label).map(|key| key.r#type.value);
    let long = kind.is_some_and(KeyType::shared_through_backup);
    script.token.core.value == Core::Pkcs11 || long
}

/// Who has the token in his hands.
fn sits_there(script: &Script) -> String {
    match (script.token.core.value, script.token.pin_holders()) {
        (Core::Software, _) => "whoever sits at the machine".to_owned(),
        (Core::Pkcs11, []) => "whoever has the HSM and its PIN".to_owned(),
        (Core::Pkcs11, holders) => {
            let name = |id: &At<Id>| script.name_of(id.as_str()).to_owned();
            let names: Vec<String> = holders.iter().map(name).collect();
            format!(
                "{} together, each with half of the PIN, and whoever sits at the machine while the HSM is open",
                list(&names)
            )
        }
    }
}

fn together(threshold: u8, holders: &[&str], backup: bool) -> String {
    let with = if backup { ", with the backup" } else { "" };
    format!("any {threshold} of {}{with}", list(holders))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::parse::parse;

    const HSM: &[u8] = include_bytes!("../../tests/data/scripts/waived/hsm.yaml");
    const GIVEN: &[u8] = include_bytes!("../../tests/data/scripts/waived/given.yaml");
    const EXTERNAL: &[u8] = include_bytes!("../../tests/data/scripts/waived/external.yaml");

    const RESHARE: &[u8] = include_bytes!("../../tests/data/scripts/waived/reshare.yaml");

    fn rows(script: &[u8], change: &[(&str, &str)]) -> Vec<String> {
        let mut text = String::from_utf8(script.to_vec()).unwrap();
        for (from, to) in change {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        access(&parse(text.as_bytes()).unwrap())
            .iter()
            .map(|row| format!("{}, {}: {}", row.can.words(), row.when(), row.who))
            .collect()
    }

    #[test]
    fn a_key_in_an_hsm_can_be_taken_away_until_it_is_locked_and_rebuilt_with_its_backup() {
        let pin = "Ana Ruiz and Fay Lind together, each with half of the PIN, and whoever sits at the machine while the HSM is open";
        let expected = |end: &str| {
            vec![
                format!("use it, from step 4 on: {pin}"),
                format!("take it away, {end}: {pin}"),
                "rebuild it, from step 5 on: any 2 of Ben Osei, Cho Park and Dee Marsh, with the backup".to_owned(),
                "use it, from step 9 on: whoever may import and use it at aws-kms".to_owned(),
            ]
        };
        assert_eq!(rows(HSM, &[]), expected("from step 4 on"));
        let lock = [("  - exception", "  - lock: payments\n  - exception")];
        assert_eq!(rows(HSM, &lock), expected("steps 4 to 10"));
    }

    #[test]
    fn whoever_has_the_pin_has_the_key_where_it_is_not_split() {
        let whole = rows(HSM, &[(", pin: [ana, fay]", "")]);
        assert_eq!(
            whole[0],
            "use it, from step 4 on: whoever has the HSM and its PIN"
        );
    }

    #[test]
    fn only_of_a_key_that_nothing_takes_out_it_is_said_that_it_never_leaves() {
        let says = |script, change: &[(&str, &str)]| {
            rows(script, change)
                .iter()
                .any(|row| row.contains("never leaves"))
        };
        assert!(says(EXTERNAL, &[]));
        assert!(!says(HSM, &[]));
        assert!(!says(GIVEN, &[]));
        // Brought back into an HSM from shares that are still there.
        assert!(!says(
            GIVEN,
            &[
                ("core: software", "core: pkcs11"),
                ("  - wrap: {key: payments, for: aws}\n", "")
            ]
        ));
    }

    #[test]
    fn replaced_shares_rebuild_as_long_as_nobody_can_say_otherwise() {
        assert_eq!(
            rows(RESHARE, &[]),
            [
                "rebuild it, before, and after: any 2 of Ben Osei and Dee Marsh (epoch 1)",
                "rebuild it, before, and after: any 2 of Ben Osei, Cho Park and Dee Marsh (epoch 2)",
                "rebuild it, from step 4 on: any 2 of Ben Osei, Cho Park and Gil Sato (epoch 3)",
            ]
        );
    }

    #[test]
    fn shares_of_an_earlier_ceremony_rebuild_before_and_after() {
        assert_eq!(
            rows(GIVEN, &[])[0],
            "rebuild it, before, and after: any 2 of Ben Osei, Cho Park and Dee Marsh, with the backup"
        );
    }
}
