//! How much keys were used, as people told it.

use crate::domain::record::Counted;
use crate::register::Rests;
use crate::register::fold::Fold;
use crate::register::fold::Now;
use crate::register::used::Told;

impl Fold<'_> {
    pub(super) fn counted(&mut self, now: &Now<'_>, counts: &[Counted], rests: &Rests) {
        for count in counts {
            let Some(material) = self.of_label(now, &count.key) else {
                continue;
            };
            material.about.counted.push(Told {
                uses: count.uses,
                bytes: count.bytes,
                until: count.until.clone(),
                rests_on: rests.clone(),
            });
        }
    }
}
