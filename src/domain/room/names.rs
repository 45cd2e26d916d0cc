//! Names that a script uses, against those that it describes.

use crate::domain::finding::Finding;
use crate::domain::finding::UNKNOWN_NAME;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Place;
use crate::domain::text::nearest;

impl Room<'_> {
    pub(super) fn known_person(&mut self, id: &At<Id>) -> bool {
        self.known(id.place, id.as_str())
    }

    pub(super) fn known(&mut self, place: Place, id: &str) -> bool {
        let script = self.script;
        let known = script.people.contains_key(id);
        if !known {
            let near = nearest(id, script.people.keys().map(Id::as_str));
            self.unknown("person", "people", id, place, near);
        }
        known
    }

    pub(super) fn known_key(&mut self, id: &At<Id>) -> bool {
        let script = self.script;
        let known = script.keys.contains_key(id.as_str());
        if !known {
            let near = nearest(id.as_str(), script.keys.keys().map(Id::as_str));
            self.unknown("key", "keys", id.as_str(), id.place, near);
        }
        known
    }

    pub(super) fn known_input(&mut self, id: &At<Id>) {
        let script = self.script;
        if !script.inputs.contains_key(id.as_str()) {
            let near = nearest(id.as_str(), script.inputs.keys().map(Id::as_str));
            self.unknown("input", "inputs", id.as_str(), id.place, near);
        }
    }

    pub(super) fn unknown(
        &mut self,
        what: &str,
        field: &str,
        id: &str,
        place: Place,
        near: Option<&str>,
    ) {
        let hint = near.map_or_else(
            || format!("describe it under `{field}`"),
            |near| format!("did you mean `{near}`?"),
        );
        self.add(
            Finding::new(&UNKNOWN_NAME, place, format!("there is no {what} `{id}`")).hint(hint),
        );
    }
}
