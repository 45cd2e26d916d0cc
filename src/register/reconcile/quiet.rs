//! What reconciled logs say of a key at its places: until when nothing was decrypted with it, and how often it was
//! used at least.
//!
//! A log counts for a key from the first to the last entry about any key of its account and region, vault, key ring or
//! mount. Days on which a log has nothing of that place, or that was left out of it, do not show.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::Covered;
use crate::domain::record::Digest;
use crate::domain::record::HeldLogs;
use crate::domain::record::KeyUse;
use crate::domain::record::LogFindings;
use crate::domain::record::LogsSeen;
use crate::domain::record::Moment;
use crate::register::Rests;
use crate::register::pile::Pile;
use crate::register::reconcile::known::folded;
use crate::register::reconcile::known::parts;
use crate::register::reconcile::known::place;
use crate::register::reconcile::known::same;

/// What logs say of a key at one place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OfLogs {
    /// SHA-256 of the record that tells of the last of them.
    pub record: Digest,
    /// Where the newest logs begin that follow each other.
    pub from: Moment,
    /// Where they end.
    pub to: Moment,
    /// The last decryption that any log shows.
    pub last_decrypt: Option<Moment>,
    /// How often it was used, in logs that do not overlap.
    pub uses: Option<Uses>,
    /// Where that is recorded.
    pub rests_on: Rests,
}

/// Uses that logs count.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Uses {
    /// How many: no fewer, unless a log was forged.
    pub count: u64,
    /// The first moment that is counted.
    pub from: Moment,
    /// The last one.
    pub to: Moment,
    /// Where that is recorded.
    pub rests_on: Rests,
}

/// Days between two logs that still follow each other.
const FOLLOWS: i64 = 86_400;

/// What the reconciliation of a log says of every key that its places hold.
pub(in crate::register) fn read(
    materials: &mut Pile,
    says: &LogFindings,
    record: Digest,
    rests: &Rests,
) {
    let mut holders: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<Vec<(String, OfLogs)>> = Vec::new();
    let counted = materials.each(&mut |_, material, _| {
        for at in material.life.at.values() {
            if let Some(id) = &at.key_id {
                *holders.entry(folded(parts(id).0)).or_default() += 1;
            }
        }
        Ok(())
    });
    let looked = materials.each(&mut |_, material, _| {
        let places = material.life.at.iter();
        let told = places
            .filter(|(_, at)| is_of(&says.provider, &at.provider))
            .filter_map(|(name, at)| {
                let id = at.key_id.as_deref()?;
                let (key, _) = parts(id);
                let place = place(key)?;
                let covered = says.covers.iter().find(|it| it.place == place)?;
                let alone = holders.get(&folded(key)) == Some(&1);
                Some((name.clone(), told(says, covered, id, alone, record, rests)))
            })
            .collect();
        all.push(told);
        Ok(())
    });
    if counted.and(looked).is_err() {
        materials.tear();
        return;
    }
    for (at, told) in all.into_iter().enumerate() {
        if told.is_empty() {
            continue;
        }
        let Some(material) = materials.get_mut(at) else {
            return;
        };
        for (name, told) in told {
            match material.versions.reconciled.get_mut(&name) {
                Some(known) => known.then(told),
                None => {
                    material.versions.reconciled.insert(name, told);
                }
            }
        }
    }
}

/// One log is of key vaults and of managed HSMs.
fn is_of(log: &str, provider: &str) -> bool {
    let family = |id: &str| id.starts_with("azure-");
    log == provider || family(log) && family(provider)
}

fn told(
    says: &LogFindings,
    covered: &Covered,
    id: &str,
    alone: bool,
    record: Digest,
    rests: &Rests,
) -> OfLogs {
    // Where the log does not say which version it was, it may have been any.
    let of_key = |used: &&KeyUse| {
        let version = used.version.as_deref();
        let (base, wanted) = parts(id);
        same(base, parts(&used.key_id).0)
            && match (wanted, version) {
                (Some(wanted), Some(version)) => wanted.eq_ignore_ascii_case(version),
                (Some(_) | None, None) | (None, Some(_)) => true,
            }
    };
    let used = || says.uses.iter().filter(of_key);
    let exact = alone && says.counts.damaged == 0 && says.counts.unheld == 0;
    OfLogs {
        record,
        from: covered.from,
        to: covered.to,
        last_decrypt: used().filter_map(|it| it.last_decrypt).max(),
        uses: exact.then(|| Uses {
            count: used()
                .flat_map(|it| [it.encrypts, it.decrypts])
                .fold(0, u64::saturating_add),
            from: covered.from,
            to: covered.to,
            rests_on: rests.clone(),
        }),
        rests_on: rests.clone(),
    }
}

impl OfLogs {
    /// Another log was read.
    fn then(&mut self, other: Self) {
        let Self {
            record,
            from,
            to,
            last_decrypt,
            uses,
            rests_on,
        } = other;
        self.last_decrypt = self.last_decrypt.max(last_decrypt);
        self.uses = match (self.uses.take(), uses) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, None) => one,
            (None, other) => other,
        };
        if self.from.seconds_since(to) > FOLLOWS {
            // Older, with a gap between: what is newer stays.
            return;
        }
        if from.seconds_since(self.to) > FOLLOWS {
            (self.from, self.to) = (from, to);
        } else {
            (self.from, self.to) = (self.from.min(from), self.to.max(to));
        }
        (self.record, self.rests_on) = (record, rests_on);
    }

    /// As a script and a record have it.
    pub fn held(&self, place: &str) -> HeldLogs {
        HeldLogs {
            at: place.to_owned(),
            record: self.record,
            logs: self.logs(),
        }
    }

    fn logs(&self) -> LogsSeen {
        let last = self.last_decrypt.filter(|last| *last >= self.from);
        LogsSeen {
            from: self.from.date(),
            to: self.to.date(),
            last_decrypt: last.map(Moment::date),
        }
    }

    /// As people read it.
    pub fn words(&self) -> String {
        LogsSeen::words(Some(&self.logs()))
    }
}

impl Uses {
    /// Both, if no moment is in both; otherwise the one that tells of more time, or of more uses.
    fn and(self, other: Self) -> Self {
        let (early, late) = if self.from <= other.from {
            (self, other)
        } else {
            (other, self)
        };
        if late.from > early.to {
            return Self {
                count: early.count.saturating_add(late.count),
                from: early.from,
                to: late.to,
                rests_on: late.rests_on,
            };
        }
        if late.count > early.count {
            late
        } else {
            early
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Moment {
        Moment::new(format!("{text}T10:00:00Z").parse().unwrap())
    }

    fn read(from: &str, to: &str, last: Option<&str>, count: u64) -> OfLogs {
        OfLogs {
            record: Digest::of(to.as_bytes()),
            from: day(from),
            to: day(to),
            last_decrypt: last.map(day),
            uses: Some(Uses {
                count,
                from: day(from),
                to: day(to),
                rests_on: Rests::on(to, 4),
            }),
            rests_on: Rests::on(to, 4),
        }
    }

    /// The newest logs that follow each other, the last decryption in them, and uses.
    fn told(all: &[(&str, &str, Option<&str>, u64)]) -> (String, u64) {
        let mut all = all
            .iter()
            .map(|(from, to, last, count)| read(from, to, *last, *count));
        let mut first = all.next().unwrap();
        for more in all {
            first.then(more);
        }
        (first.words(), first.uses.unwrap().count)
    }

    #[test]
    fn logs_that_follow_each_other_are_one_and_a_gap_begins_anew() {
        let (words, uses) = told(&[
            ("2026-01-01", "2026-01-31", Some("2026-01-20"), 5),
            ("2026-02-01", "2026-02-28", None, 7),
        ]);
        assert_eq!(
            words,
            "provider's logs from 2026-01-01 to 2026-02-28: last decryption on 2026-01-20"
        );
        assert_eq!(uses, 12);
        let (words, _) = told(&[
            ("2026-01-01", "2026-01-31", Some("2026-01-20"), 5),
            ("2026-02-03", "2026-02-28", None, 7),
        ]);
        assert_eq!(
            words,
            "provider's logs from 2026-02-03 to 2026-02-28: no decryption"
        );
        let (words, _) = told(&[
            ("2026-02-03", "2026-02-28", None, 7),
            ("2026-01-01", "2026-01-31", None, 5),
        ]);
        assert_eq!(
            words,
            "provider's logs from 2026-02-03 to 2026-02-28: no decryption"
        );
    }

    #[test]
    fn uses_in_logs_that_overlap_are_not_counted_twice() {
        let whole = ("2026-01-01", "2026-03-31", None, 9);
        let part = ("2026-02-01", "2026-02-28", None, 4);
        assert_eq!(told(&[whole, part]).1, 9);
        assert_eq!(told(&[part, whole]).1, 9);
        let later = ("2026-02-15", "2026-04-30", None, 6);
        assert_eq!(told(&[part, later]).1, 6);
    }
}
