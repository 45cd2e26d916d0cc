//! A script, completed with what the organisation file says.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::organisation::Member;
use crate::domain::organisation::SigningKey;
use crate::domain::organisation::Within;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Line;
use crate::domain::script::Person;
use crate::domain::script::Place;
use crate::domain::script::Script;

/// Gives everybody whom the script names the entry that the organisation file has, with the signing
/// key of that day, and adds its policy. What the script says itself is kept: whether the two agree
/// is for [`super::of_script`].
pub fn join(script: &mut Script, within: Arc<Within>, day: Date) {
    let organisation = &within.organisation;
    let mut first: BTreeMap<&Id, Place> = BTreeMap::new();
    for (name, place) in script.named() {
        if let Some((id, _)) = organisation.people.get_key_value(name) {
            first.entry(id).or_insert(place);
        }
    }
    for (id, place) in first {
        let Some(member) = organisation.people.get(id) else {
            continue;
        };
        let from_file = person(member, place, day);
        let Some(own) = script.people.get_mut(id) else {
            let value = from_file;
            script.people.insert(id.clone(), At { value, place });
            continue;
        };
        let own = &mut own.value;
        own.manager = own.manager.take().or(from_file.manager);
        own.site = own.site.take().or(from_file.site);
        own.signs_with = own.signs_with.take().or(from_file.signs_with);
        own.receives_shares_at = own
            .receives_shares_at
            .take()
            .or(from_file.receives_shares_at);
    }
    script.policy.tighten(&organisation.policy);
    script.within = Some(within);
}

/// An entry as a script has it. Everything in it stands where the script first names the person.
fn person(member: &Member, place: Place, day: Date) -> Person {
    // Where no key is valid, one that is not stands for the person, and is a finding.
    let latest = |one: &At<SigningKey>| one.valid_from.value;
    let key = member
        .key_on(day)
        .or_else(|| member.signing_keys.iter().max_by_key(|key| latest(key)));
    Person {
        name: member.name.clone(),
        manager: member.manager.clone().map(|it| At { place, ..it }),
        site: member.site.as_ref().map(|site| At {
            value: Line::from(site.value.clone()),
            place,
        }),
        signs_with: key.map(|key| At {
            value: key.key.value.clone(),
            place,
        }),
        receives_shares_at: member
            .receives_shares_at
            .clone()
            .map(|it| At { place, ..it }),
    }
}
