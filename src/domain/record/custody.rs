//! What became of shares after they were handed out.

use serde::Deserialize;
use serde::Serialize;

use crate::domain::record::GivenSet;
use crate::domain::record::Subject;

/// One custodian in a drill.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Drilled {
    /// Share number, from 1.
    pub index: u8,
    /// Who holds it.
    pub custodian: String,
    /// Whether the share was there, whole and of the set.
    pub result: Possession,
    /// Why it is not proven. Where the custodian was absent, a human statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a drill found of a share.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Possession {
    /// It opened, it is whole, and it fits its commitment.
    Proven,
    /// It was brought, and it is not what it should be.
    Failed,
    /// It was not brought.
    Absent,
}

impl Possession {
    /// The word in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Failed => "failed",
            Self::Absent => "absent",
        }
    }
}

/// Why a drill gives no confidence that a key could be rebuilt, if it does not.
pub fn too_few_proven(key: &str, proven: u8, threshold: u8) -> Option<String> {
    (proven < threshold).then(|| {
        format!("the drill proved {proven} of the {threshold} shares that rebuild key {key}")
    })
}

/// A share set that was replaced.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OlderSet {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its epoch.
    pub epoch: u32,
    /// How many shares rebuild.
    pub threshold: u8,
    /// What they rebuild.
    pub subject: Subject,
    /// Who had share 1, share 2 and so on.
    pub custodians: Vec<String>,
}

impl From<&GivenSet> for OlderSet {
    fn from(set: &GivenSet) -> Self {
        Self {
            id: set.id.clone(),
            epoch: set.epoch,
            threshold: set.threshold,
            subject: set.subject,
            custodians: set.shares.iter().map(|it| it.custodian.clone()).collect(),
        }
    }
}

/// What became of the shares of a set that was replaced.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retired {
    /// Label of the key.
    pub key: String,
    /// Share set.
    pub set: String,
    /// Its epoch.
    pub epoch: u32,
    /// How many shares rebuild.
    pub threshold: u8,
    /// Who saw shares being destroyed, and answers for what is told of the others.
    pub seen_by: String,
    /// Every share of the set.
    pub shares: Vec<OldShare>,
    /// Copies of the backup that the shares open, where they rebuild a backup key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<Copied>,
    /// Whether these are all copies that anybody knew of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_copies: Option<bool>,
    /// How many shares are not destroyed.
    pub surviving: u8,
    /// Whether they may still rebuild the key.
    pub live: bool,
}

impl Retired {
    /// How many of the shares are not destroyed.
    pub fn count(shares: &[OldShare]) -> u8 {
        let left = shares.iter().filter(|share| share.fate != Fate::Destroyed);
        u8::try_from(left.count()).unwrap_or(u8::MAX)
    }

    /// Whether what is told leaves enough to rebuild the key: as many shares as the threshold, and,
    /// where they rebuild a backup key, a copy of the backup.
    pub fn still_rebuilds(&self) -> bool {
        let no_backup = self.all_copies == Some(true)
            && !self.copies.is_empty()
            && self.copies.iter().all(|copy| copy.destroyed);
        Self::count(&self.shares) >= self.threshold && !no_backup
    }

    /// Whose shares were destroyed in view.
    pub fn gone(&self) -> Vec<String> {
        let gone = self.shares.iter().filter(|it| it.fate == Fate::Destroyed);
        gone.map(|share| share.custodian.clone()).collect()
    }

    /// What follows from it, in words.
    pub fn words(&self) -> String {
        let Self {
            key,
            epoch,
            threshold,
            surviving,
            ..
        } = self;
        let shares = self.shares.len();
        let so = format!(
            "{surviving} of {shares} old shares of key {key} (epoch {epoch}) survive, and {threshold} rebuild it"
        );
        if self.live {
            format!(
                "{so}: the old epoch stays live until more of them are destroyed or the key is rotated"
            )
        } else if surviving < threshold {
            format!("{so}: the old epoch is dead")
        } else {
            format!("{so}, but no copy of its backup is left: the old epoch is dead")
        }
    }
}

/// A share that was replaced.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OldShare {
    /// Share number, from 1.
    pub index: u8,
    /// Who had it.
    pub custodian: String,
    /// What became of it.
    pub fate: Fate,
    /// Who has it, or who says so, where it was not destroyed in view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

/// What became of an old share. Only what was destroyed in view counts as gone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It was destroyed while the witness watched.
    Destroyed,
    /// It was given back, and exists.
    Returned,
    /// Nobody knows where it is.
    Lost,
    /// Its custodian keeps it.
    Kept,
    /// Nobody can say.
    Unknown,
}

impl Fate {
    /// Every one, by the word that people type.
    pub const ALL: [(&'static str, Self); 5] = [
        ("destroyed", Self::Destroyed),
        ("returned", Self::Returned),
        ("lost", Self::Lost),
        ("kept", Self::Kept),
        ("unknown", Self::Unknown),
    ];
}

/// A copy of an old backup.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// Where it was.
    pub at: String,
    /// Who was to destroy it.
    pub by: String,
    /// Whether he did.
    pub destroyed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retired(threshold: u8, fates: &[Fate], copies: &[bool], all: Option<bool>) -> bool {
        let shares = (1..)
            .zip(fates)
            .map(|(index, fate)| OldShare {
                index,
                custodian: format!("p{index}"),
                fate: *fate,
                told: None,
            })
            .collect::<Vec<_>>();
        Retired {
            key: "k".to_owned(),
            set: String::new(),
            epoch: 1,
            threshold,
            seen_by: "eli".to_owned(),
            surviving: Retired::count(&shares),
            shares,
            copies: copies
                .iter()
                .map(|destroyed| Copied {
                    at: "a safe".to_owned(),
                    by: "ben".to_owned(),
                    destroyed: *destroyed,
                })
                .collect(),
            all_copies: all,
            live: false,
        }
        .still_rebuilds()
    }

    #[test]
    fn an_old_set_is_dead_when_fewer_shares_than_the_threshold_survive() {
        use Fate::Destroyed;
        use Fate::Kept;
        use Fate::Lost;
        use Fate::Returned;
        use Fate::Unknown;
        assert!(!retired(2, &[Destroyed, Destroyed, Kept], &[], None));
        // What nobody saw destroyed counts as there.
        for other in [Returned, Lost, Kept, Unknown] {
            assert!(retired(2, &[Destroyed, other, Kept], &[], None));
        }
    }

    #[test]
    fn an_old_set_is_dead_when_every_copy_of_its_backup_is_destroyed() {
        let kept = [Fate::Kept; 3];
        assert!(!retired(2, &kept, &[true, true], Some(true)));
        assert!(retired(2, &kept, &[true, false], Some(true)));
        assert!(retired(2, &kept, &[true, true], Some(false)));
        assert!(retired(2, &kept, &[], Some(true)));
        assert!(retired(2, &kept, &[true], None));
    }
}
