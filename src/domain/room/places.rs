//! Where things lie that must not lie together.

use std::collections::BTreeMap;

use crate::domain::finding::BACKUP_BESIDE_DATA;
use crate::domain::finding::CUSTODY_COUNTRY;
use crate::domain::finding::Finding;
use crate::domain::finding::SAFES_APART;
use crate::domain::finding::TRANSFER;
use crate::domain::room::Room;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Key;
use crate::domain::script::Line;
use crate::domain::script::Place;
use crate::domain::script::Thing;
use crate::domain::text::list;

impl<'a> Room<'a> {
    /// Neither a backup, nor shares enough, lie where the data lies.
    pub(super) fn beside_data(&mut self) {
        let script = self.script;
        for (label, key) in &script.keys {
            for backup in &key.backup_at {
                if let Some(data) = at(&key.data_at, backup.as_str()) {
                    let message =
                        format!("the backup of key {label} is kept in {data}, where its data lies");
                    self.add(Finding::new(&BACKUP_BESIDE_DATA, backup.place, message).hint(
                        "keep it elsewhere: whoever gets in there must not find the data and what opens it",
                    ));
                }
            }
            self.shares_beside_data(label, key);
        }
    }

    /// A site at which enough custodians keep their shares, and the data lies.
    fn shares_beside_data(&mut self, label: &'a Id, key: &'a Key) {
        let script = self.script;
        let Some(shares) = self.shares_to_come(label.as_str()) else {
            return;
        };
        let mut there: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for holder in &shares.holders {
            let person = script.people.get(*holder);
            let site = person.and_then(|person| person.site.as_ref());
            if let Some(data) = site.and_then(|site| at(&key.data_at, site.as_str())) {
                there.entry(data).or_default().push(holder);
            }
        }
        let place = |data: &str| {
            let found = key.data_at.iter().find(|it| it.as_str() == data);
            found.map_or(Place { line: 1, column: 1 }, |it| it.place)
        };
        for (data, people) in there {
            if people.len() >= usize::from(shares.threshold) {
                let message = format!(
                    "{} keep shares enough to rebuild key {label} at {data}, where its data lies",
                    list(&people)
                );
                self.add(
                    Finding::new(&BACKUP_BESIDE_DATA, place(data), message)
                        .hint("choose custodians elsewhere"),
                );
            }
        }
    }

    /// Shares are kept in the countries that the policy names.
    pub(super) fn in_countries(&mut self, holders: &'a [At<Id>]) {
        let script = self.script;
        let Some(allowed) = &script.policy.custody_countries else {
            return;
        };
        let organisation = script.within.as_deref().map(|within| &within.organisation);
        for id in holders {
            let person = script.people.get(id.as_str());
            let site = person.and_then(|person| person.site.as_ref());
            let described = site.and_then(|site| organisation?.sites.get(site.as_str()));
            let message = match (site, described) {
                (_, Some(site)) if allowed.iter().any(|it| it.value == site.country.value) => {
                    continue;
                }
                (Some(name), Some(site)) => format!(
                    "{} keeps a share at {}, in {}",
                    id.value, name.value, site.country.value
                ),
                (Some(site), None) => format!(
                    "{} keeps a share at {}, and nothing says in which country that is",
                    id.value, site.value
                ),
                (None, _) => format!("nothing says where {} keeps a share", id.value),
            };
            let allowed: Vec<&str> = allowed.iter().map(|country| country.as_str()).collect();
            let hint = if allowed.is_empty() {
                "script and organisation file allow no country together: let one be changed"
                    .to_owned()
            } else {
                format!(
                    "choose a custodian whose site the organisation file has in {}",
                    allowed.join(" or ")
                )
            };
            self.add(Finding::new(&CUSTODY_COUNTRY, id.place, message).hint(hint));
        }
    }

    /// A key whose data must not be transferred stays.
    pub(super) fn may_leave(&mut self, label: &str, key: Option<&'a At<Key>>, place: Place) {
        let forbidden = &self.script.policy.no_transfer;
        let class = key.and_then(|key| key.data_class.as_ref());
        if let Some(class) = class.filter(|class| at(forbidden, class.as_str()).is_some()) {
            let message = format!(
                "{label} is of the data class `{class}`, and the policy forbids its transfer to a provider"
            );
            self.add(Finding::new(&TRANSFER, place, message).hint(
                "keep such a key in your own HSM (`kind: generate` or `kind: external`), or have the policy changed",
            ));
        }
    }

    /// An HSM lies with nothing that opens it or stands for it.
    pub(super) fn safes(&mut self, kept_at: &str, put: &At<Id>) {
        let script = self.script;
        let Some(thing) = script.items.get(put.as_str()) else {
            return;
        };
        let is_token = |thing: Thing| thing == Thing::Token;
        let opens = |name: &str| {
            script
                .items
                .get(name)
                .is_some_and(|thing| thing.what.value == Thing::PinPart || thing.share.is_some())
        };
        let one = is_token(thing.what.value);
        if !one && !opens(put.as_str()) {
            return;
        }
        let others = self.kept_in(kept_at);
        for other in others {
            let is_other = script
                .items
                .get(other)
                .is_some_and(|thing| is_token(thing.what.value));
            if (one && opens(other)) || (is_other && opens(put.as_str())) {
                let message = format!("{} and {other} are both kept in {kept_at}", put.value);
                self.add(Finding::new(&SAFES_APART, put.place, message).hint(
                    "use another safe: whoever opens one must not have the HSM and what opens it",
                ));
            }
        }
    }
}

/// The place of the list with that name, however it is written.
fn at<'a>(places: &'a [At<Line>], name: &str) -> Option<&'a str> {
    let name = name.to_lowercase();
    let same = |place: &&At<Line>| place.as_str().to_lowercase() == name;
    places.iter().find(same).map(|place| place.value.as_str())
}
