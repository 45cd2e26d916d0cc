//! Where all records leave a key in its life, as the script of a later ceremony has it.

use crate::domain::record::Digest;
use crate::domain::record::Life;
use crate::domain::record::OpenSet;
use crate::domain::record::ProviderKey;
use crate::register::Register;
use crate::register::Rests;
use crate::register::keys::Material;

/// The life of a key, from every record that tells of it.
pub fn life(register: &Register, material: &Material) -> Life {
    let lived = &material.life;
    let at = lived.at.iter().map(|(name, place)| {
        let key = ProviderKey {
            provider: place.provider.clone(),
            key_id: place.key_id.clone(),
            standing: place.standing,
            deletion_ends: place.deletion.as_ref().map(|deletion| deletion.ends),
        };
        (name.clone(), key)
    });
    let open = material.sets.iter().filter(|set| {
        let retired = set.retired.as_ref();
        retired.is_none_or(|retired| retired.live)
    });
    Life {
        key: material.key.clone(),
        record: told_last(register, material),
        check_values: material.check_values.clone(),
        standing: lived.standing,
        at: at.collect(),
        share_sets: open
            .map(|set| OpenSet {
                id: set.id.clone(),
                epoch: set.epoch,
            })
            .collect(),
        request: lived.request.as_ref().map(|asked| asked.request.clone()),
        replaced: material.versions.replaced(),
    }
}

/// SHA-256 of the record that told of its life last.
fn told_last(register: &Register, material: &Material) -> Digest {
    let lived = &material.life;
    let request = lived.request.as_ref().map(|asked| &asked.rests_on);
    let places = lived.at.values().map(|place| &place.rests_on);
    let called_off = lived.called_off.iter().map(|off| &off.rests_on);
    let last: Option<&Rests> = (lived.rests_on.iter())
        .chain(request)
        .chain(places)
        .chain(called_off)
        .max_by_key(|rests| (rests.at, rests.line));
    let ceremony = last.and_then(|rests| {
        let mut all = register.ceremonies.iter();
        all.find(|known| known.folder == rests.ceremony)
    });
    ceremony.map_or(material.origin, |known| known.record)
}

/// How often the provider key of a version was rotated on demand, for the script of the next one.
pub fn rotations(material: &Material) -> u32 {
    let counts = material.versions.rotations.values();
    counts.max().copied().unwrap_or(0)
}
