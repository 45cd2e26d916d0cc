//! How shares reached their custodians, beside what the script says.

use std::collections::BTreeSet;

use crate::crypto::check_value::component_implausible;
use crate::domain::record::Delivery;
use crate::domain::record::Handed;
use crate::domain::record::Mode;
use crate::domain::record::ShareSet;
use crate::domain::record::Subject;
use crate::domain::script::At;
use crate::domain::script::Deliver;
use crate::domain::script::Parts;
use crate::domain::script::Split;
use crate::record::verify::steps::Walk;

impl Walk<'_, '_> {
    /// Whether a share was delivered as the script wants, and sealed to whom it names.
    pub(super) fn delivered(&mut self, share: &Handed, wanted: Deliver) {
        let who = share.custodian.as_str();
        let script = self.script;
        let person = script.people.get(who);
        let receives = person.and_then(|person| person.receives_shares_at.as_ref());
        let wanted = wanted.recorded(receives);
        // Records of the first version say nothing, and mean a file sealed to one key.
        let found = share.delivery.unwrap_or(Delivery::AgeFile);
        if found != wanted {
            self.wrong(format!(
                "the share of {who} is recorded as delivered by {}; the script says {}",
                found.name(),
                wanted.name()
            ));
        }
        let has_file = share.file.is_some() && share.sha256.is_some();
        let has_none = share.file.is_none() && share.sha256.is_none();
        if !(has_file && found != Delivery::Card || has_none && found == Delivery::Card) {
            self.wrong(format!(
                "the share of {who} was delivered by {}, and its file is {}recorded",
                found.name(),
                if has_none { "not " } else { "" }
            ));
        }
        // Stand-ins have keys of their own.
        let sealed = found == Delivery::AgeFile && share.delivery.is_some();
        let named = receives.filter(|_| sealed);
        let named = named.map_or_else(Vec::new, At::fingerprints);
        if share.recipients != named && self.open.mode != Mode::Rehearsal {
            self.wrong(format!(
                "the share of {who} is recorded as sealed to other recipients than the script names"
            ));
        }
    }
    /// Whether a key was split into what the script wants; components have check values.
    pub(super) fn components(&mut self, wanted: &Split, subject: Subject, set: &ShareSet) {
        let found = subject == Subject::Component;
        if found != (wanted.parts() == Parts::Components) {
            let found = if found { "components" } else { "shares" };
            self.wrong(format!(
                "the key is recorded as split into {found}, and the script says otherwise"
            ));
        }
        let kind = self.script.keys.get(wanted.key.as_str());
        let kind = kind.map(|key| key.r#type.value);
        let mut seen = BTreeSet::new();
        for share in &set.shares {
            let values = &share.check_values;
            let who = &share.custodian;
            match kind.filter(|_| found) {
                Some(kind) => {
                    if let Some(why) = component_implausible(kind, values) {
                        self.wrong(format!("the component of {who}: {why}"));
                    }
                    if !seen.insert(values) {
                        self.wrong(format!("the component of {who} is that of somebody else"));
                    }
                }
                None if values.is_empty() => {}
                None => self.wrong(format!("the share of {who} has check values")),
            }
        }
    }
}
