//! Drills: who proved possession of a share.

use crate::domain::record::Did;
use crate::domain::record::Possession;
use crate::domain::record::too_few_proven;
use crate::domain::script::Drill;
use crate::record::verify::steps::Walk;

impl<'a> Walk<'a, '_> {
    pub(super) fn drill(&mut self, wanted: &Drill, did: &'a Did) {
        let Did::Drill {
            key,
            set,
            epoch,
            threshold,
            shares,
            proven,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        let asked: Vec<&str> = shares.iter().map(|it| it.custodian.as_str()).collect();
        self.same_people("that shares were asked of", &asked, &wanted.with);
        self.of_the_set(key, set, *epoch, *threshold);
        for share in shares {
            let place = usize::from(share.index).checked_sub(1);
            let held = self.splits.get(key.as_str());
            let holder = held.and_then(|held| held.custodians.get(place?).copied());
            if holder != Some(share.custodian.as_str()) {
                self.wrong(format!(
                    "share {} of key {key} is recorded as shown by {}, who does not hold it",
                    share.index, share.custodian
                ));
            }
            match (share.result, share.why.as_deref().map(str::trim)) {
                (Possession::Proven, None) => {}
                (Possession::Failed | Possession::Absent, Some(why)) if !why.is_empty() => {
                    self.tally.note(format!(
                        "drill of key {key} (line {}): share {} of {} is not proven ({}): {why}",
                        self.here.line,
                        share.index,
                        share.custodian,
                        share.result.name()
                    ));
                }
                (Possession::Proven, Some(_)) => self.wrong(format!(
                    "the share of {} is recorded as proven, with a reason why it is not",
                    share.custodian
                )),
                (Possession::Failed | Possession::Absent, Some(_) | None) => self.wrong(format!(
                    "the share of {} is recorded as not proven, without a reason",
                    share.custodian
                )),
            }
        }
        let counted = shares
            .iter()
            .filter(|share| share.result == Possession::Proven)
            .count();
        if counted != usize::from(*proven) {
            self.wrong(format!(
                "{proven} shares are recorded as proven in all; one by one they are {counted}"
            ));
        }
        if let Some(warning) = too_few_proven(key, *proven, *threshold) {
            self.tally
                .note(format!("{warning} (line {})", self.here.line));
        }
    }

    /// Whether this is the share set that the key is in.
    pub(super) fn of_the_set(&mut self, key: &str, set: &str, epoch: u32, threshold: u8) {
        let Some(held) = self.splits.get(key) else {
            self.wrong(format!("key {key} is not in shares"));
            return;
        };
        let (wanted, wanted_epoch, wanted_threshold) = (held.set, held.epoch, held.threshold);
        if set != wanted || epoch != wanted_epoch || threshold != wanted_threshold {
            self.wrong(format!(
                "share set {set}, epoch {epoch}, threshold {threshold} is recorded of key {key}; it is in set {wanted}, epoch {wanted_epoch}, threshold {wanted_threshold}"
            ));
        }
    }
}
