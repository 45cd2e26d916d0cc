//! A key that people declared, against the script.

use crate::domain::record::Did;
use crate::domain::script::Declare;
use crate::record::verify::steps::Walk;

impl<'a> Walk<'a, '_> {
    pub(super) fn declare(&mut self, wanted: &Declare, did: &'a Did) {
        let Did::Declare {
            key,
            r#type,
            model,
            provider,
            key_id,
            made_on,
            by,
            seen_by,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same("that it is at", provider, wanted.at.as_str());
        self.same("that the provider calls it", key_id, wanted.key_id.as_str());
        self.same("that it was seen by", by, wanted.by.as_str());
        self.same(
            "that it was seen, too, by",
            seen_by,
            wanted.seen_by.as_str(),
        );
        let day = wanted.made_on.as_ref().map(|day| day.value.0.to_string());
        if *made_on != day {
            self.wrong(format!(
                "key {key} is declared as made on another day than the script says"
            ));
        }
        let described = self.script.keys.get(key.as_str());
        if let Some(described) = described {
            self.same(
                "that its type is",
                r#type.name(),
                described.r#type.value.name(),
            );
            let choice = described.model.as_ref();
            let choice = choice.map_or("", |model| model.choice.name());
            self.same("that its model is", model, choice);
        }
    }
}
