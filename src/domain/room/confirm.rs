//! Steps that hold a provider's answer against an earlier record.

use crate::domain::finding::ARRIVAL;
use crate::domain::finding::Finding;
use crate::domain::finding::SHAPE;
use crate::domain::room::Room;
use crate::domain::script::Confirm;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::text::nearest;

impl<'a> Room<'a> {
    pub(super) fn confirm(&mut self, step: &'a Confirm, place: Place) {
        self.acts(&step.by);
        self.acts(&step.seen_by);
        self.watches_another(&step.seen_by, &step.by);
        if step.answers.is_empty() {
            let message = "no file of the provider is named";
            self.add(Finding::new(&SHAPE, place, message).hint(COPY));
        }
        if !self.known_key(&step.key) {
            return;
        }
        self.asked_for.insert(step.key.value.as_str());
        let key = &step.key.value;
        let Some(wrapped) = self.script.wrapped.get(step.key.as_str()) else {
            let message = format!("nothing says that an earlier ceremony wrapped key {key}");
            self.add(Finding::new(&ARRIVAL, step.key.place, message).hint(COPY));
            return;
        };
        if !wrapped.r#for.contains_key(step.r#for.as_str()) {
            let input = &step.r#for;
            let message = format!(
                "nothing says that key {key} was wrapped for {}",
                input.value
            );
            let names = wrapped.r#for.keys().map(Id::as_str);
            let hint = nearest(input.as_str(), names)
                .map_or_else(|| COPY.to_owned(), |near| format!("did you mean `{near}`?"));
            self.add(Finding::new(&ARRIVAL, input.place, message).hint(hint));
        }
    }
}

const COPY: &str =
    "`keyrite confirm DIR --provider P --answer FILE --out NEW` writes the script from the record";
