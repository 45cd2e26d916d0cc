//! XOR components: as many parts as people, and every one of them is needed.
//!
//! # Shape
//!
//! All but the last are random bytes; the last is the key XORed with them. Each is as long as the
//! key, so that it has check values of its own, as if it were a key: whoever carries it sees at
//! entry that it is the right one (PCI PIN 15-1, X9.24-1).

use std::collections::BTreeMap;

use crate::crypto::check_value;
use crate::crypto::check_value::EKCV;
use crate::crypto::random::Random;
use crate::custody::error::ShareError;
use crate::domain::algorithm::KeyType;
use crate::secret::Secret;

/// Fewest and most bytes of a key that is split into components.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// Splits `key` into `total` components.
pub fn split(key: &Secret, total: u8, random: &mut dyn Random) -> Result<Vec<Secret>, ShareError> {
    if total < 2 {
        let threshold = total;
        return Err(ShareError::Threshold { threshold, total });
    }
    if !LENGTHS.contains(&key.len()) {
        return Err(ShareError::SecretLength { len: key.len() });
    }
    let mut last = Secret::init(key.len(), |to| to.copy_from_slice(key.expose()));
    let mut all = Vec::with_capacity(usize::from(total));
    for _ in 1..total {
        let part = Secret::try_init(key.len(), |bytes| random.fill(bytes))?;
        add(&mut last, &part);
        all.push(part);
    }
    all.push(last);
    let parts: Vec<(u8, &Secret)> = (1..=u8::MAX).zip(&all).collect();
    sound(&parts)?;
    Ok(all)
}

/// The key that components make. Whether they are all of them, the caller knows.
pub fn combine(parts: &[(u8, &Secret)]) -> Result<Secret, ShareError> {
    sound(parts)?;
    let len = parts.first().map_or(0, |(_, part)| part.len());
    let mut key = Secret::zeroed(len);
    for (_, part) in parts {
        add(&mut key, part);
    }
    if is_zero(&key) {
        return Err(ShareError::ZeroKey);
    }
    Ok(key)
}

/// Refuses a component of zeros, two that are equal, and two that are not of one length.
pub fn sound(parts: &[(u8, &Secret)]) -> Result<(), ShareError> {
    for (place, (second, part)) in parts.iter().enumerate() {
        if is_zero(part) {
            return Err(ShareError::ZeroComponent { index: *second });
        }
        for (first, other) in parts.iter().take(place) {
            if other.len() != part.len() || other == part {
                return Err(ShareError::EqualComponents {
                    first: *first,
                    second: *second,
                });
            }
        }
    }
    Ok(())
}

/// The check values of a component, as if it were a key: the short ones alone.
pub fn check_values(
    kind: KeyType,
    component: &Secret,
) -> Result<BTreeMap<String, String>, ShareError> {
    let values = check_value::of(kind, component);
    let mut values = values
        .map_err(|_| ShareError::SecretLength {
            len: component.len(),
        })?
        .into_map();
    values.remove(EKCV);
    Ok(values)
}

fn add(to: &mut Secret, from: &Secret) {
    for (to, from) in to.expose_mut().iter_mut().zip(from.expose()) {
        *to ^= *from;
    }
}

fn is_zero(bytes: &Secret) -> bool {
    *bytes == Secret::zeroed(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    fn secret(bytes: &[u8]) -> Secret {
        Secret::take(&mut bytes.to_vec())
    }

    #[test]
    fn all_components_make_the_key_and_fewer_another() {
        let key = secret(&[7; 32]);
        for total in [2, 3, 9] {
            let parts = split(&key, total, &mut SystemRandom).unwrap();
            assert_eq!(parts.len(), usize::from(total));
            let parts: Vec<_> = (1..).zip(&parts).collect();
            assert!(combine(&parts).unwrap() == key);
            assert!(combine(&parts[1..]).unwrap() != key);
        }
    }

    #[test]
    fn a_component_has_the_short_check_values_of_a_key() {
        let counted: Vec<u8> = (0..32).collect();
        let values = check_values(KeyType::Aes256, &secret(&counted)).unwrap();
        // By pyca/cryptography: CMAC and ECB of 16 zero bytes.
        let wanted = [("kcv.cmac5", "377822C093"), ("kcv.ecb3", "F29000")];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(values, BTreeMap::from(wanted));
        let error = check_values(KeyType::Aes256, &secret(&[1; 16])).unwrap_err();
        assert_eq!(error, ShareError::SecretLength { len: 16 });
    }

    #[test]
    fn components_that_hide_nothing_are_refused() {
        let (one, other, zero) = (secret(&[1; 16]), secret(&[2; 16]), secret(&[0; 16]));
        let refused = |parts: &[(u8, &Secret)]| combine(parts).unwrap_err();
        assert_eq!(
            refused(&[(1, &one), (2, &zero)]),
            ShareError::ZeroComponent { index: 2 }
        );
        assert_eq!(
            refused(&[(1, &one), (2, &other), (3, &one)]),
            ShareError::EqualComponents {
                first: 1,
                second: 3
            }
        );
        let both = secret(&[3; 16]);
        assert_eq!(
            refused(&[(1, &one), (2, &other), (3, &both)]),
            ShareError::ZeroKey
        );
        assert!(matches!(
            split(&one, 1, &mut SystemRandom),
            Err(ShareError::Threshold { .. })
        ));
        assert!(matches!(
            split(&secret(&[1; 15]), 2, &mut SystemRandom),
            Err(ShareError::SecretLength { len: 15 })
        ));
    }
}
