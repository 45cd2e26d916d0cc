//! What was signed off of an older version of a key.

use crate::domain::record::Did;
use crate::domain::record::LogsSeen;
use crate::domain::script::ReEncrypted;
use crate::record::verify::steps::Walk;

impl Walk<'_, '_> {
    pub(super) fn re_encrypted(&mut self, wanted: &ReEncrypted, did: &Did) {
        let Did::ReEncrypted {
            key,
            dependent,
            by,
            evidence,
            logs,
        } = did
        else {
            return;
        };
        self.same("that the key is", key, wanted.key.as_str());
        self.same(
            "that the dependent is",
            dependent,
            wanted.dependent.as_str(),
        );
        self.same("that it was signed off by", by, wanted.by.as_str());
        self.same("that the evidence is", evidence, wanted.evidence.as_str());
        let told = wanted.logs.as_ref().map(|logs| LogsSeen::of(&logs.value));
        if *logs != told {
            self.wrong("it names other logs than the script");
        }
    }
}
