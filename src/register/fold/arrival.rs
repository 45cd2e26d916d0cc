//! What providers answered of keys that were wrapped for them.

use crate::domain::record::Confirmed;
use crate::register::Rests;
use crate::register::about::Answered;
use crate::register::deviations::Deviation;
use crate::register::fold::Fold;

impl Fold<'_> {
    /// An answer belongs to the wrap of the record that it was held against.
    pub(super) fn answered(&mut self, confirmed: &Confirmed, rests: &Rests) {
        let mut ceremonies = self.register.ceremonies.iter();
        let wrapped_in = ceremonies
            .find(|ceremony| ceremony.record == confirmed.record)
            .map(|ceremony| ceremony.folder.clone());
        let material = self.known.get(confirmed.record, &confirmed.key);
        let material = material.and_then(|at| self.register.materials.get_mut(at));
        if let (Some(wrapped_in), Some(material)) = (wrapped_in, material) {
            material.about.answers.push(Answered {
                r#for: confirmed.r#for.clone(),
                wrapped_in,
                verdict: confirmed.verdict,
                rests_on: rests.clone(),
            });
        } else {
            let what = format!(
                "what {} answered of key {} is held against a record that is not here ({}…)",
                confirmed.provider,
                confirmed.key,
                confirmed.record.short()
            );
            let deviation = Deviation::new("answer", what, rests);
            self.register.deviations.push(deviation);
        }
    }
}
