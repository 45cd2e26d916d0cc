//! Shares as custodians bring them: a wrong one is refused, by name, at the moment it is entered.

use crate::custody::components;
use crate::custody::error::ShareError;
use crate::custody::shamir;
use crate::custody::share::SetId;
use crate::custody::share::Share;
use crate::custody::share::ShareSet;
use crate::domain::record;
use crate::domain::record::Digest;
use crate::domain::record::Subject;
use crate::secret::Secret;

/// What the record says about the set that is being gathered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trusted {
    /// Label of the key.
    pub key: String,
    /// Id of the set.
    pub set: SetId,
    /// Its epoch.
    pub epoch: u32,
    /// How many rebuild.
    pub threshold: u8,
    /// Commitment to share 1, share 2 and so on.
    pub commitments: Vec<Digest>,
}

impl Trusted {
    /// From a `split` in a record; nothing if its set is not one of this program's.
    pub fn from_record(key: &str, set: &record::GivenSet) -> Option<Self> {
        let numbers = set.shares.iter().map(|share| share.index);
        if !numbers.eq((1..=u8::MAX).take(set.shares.len())) {
            return None;
        }
        Some(Self {
            key: key.to_owned(),
            set: set.id.parse().ok()?,
            epoch: set.epoch,
            threshold: set.threshold,
            commitments: set.shares.iter().map(|share| share.commitment).collect(),
        })
    }

    fn agrees(&self, set: &ShareSet) -> bool {
        self.key == set.header.key
            && self.threshold == set.header.threshold
            && (set.commitments.is_empty() || self.commitments == set.commitments)
    }
}

/// Shares as they come in. A wrong one is refused, by name, at the moment it is entered.
#[derive(Debug, Default)]
pub struct Gathering {
    expected: Option<Trusted>,
    held: Vec<(String, Share)>,
    /// Every description of the set that was brought, and by whom; refused ones too, because a
    /// later share may show that it was the first that was altered.
    seen: Vec<(ShareSet, Vec<String>)>,
}

impl Gathering {
    /// Begins with nothing but what the record says, if there is one.
    pub fn new(expected: Option<Trusted>) -> Self {
        Self {
            expected,
            ..Self::default()
        }
    }

    /// Takes in the share of `custodian`, or says what is wrong with it.
    pub fn add(&mut self, share: Share, custodian: &str) -> Result<(), ShareError> {
        let index = share.index();
        let custodian = custodian.to_owned();
        if let Some((key, set, epoch)) = self.wanted() {
            let ours = share.set();
            if ours.header.epoch != epoch && (ours.id == set || ours.header.key == key) {
                return Err(ShareError::Epoch {
                    index,
                    custodian,
                    found: ours.header.epoch,
                    wanted: epoch,
                });
            }
            if ours.id != set {
                return Err(ShareError::Foreign {
                    index,
                    custodian,
                    found: ours.id.to_string(),
                    wanted: set.to_string(),
                });
            }
        }
        if let Some((first, _)) = self.held.iter().find(|(_, held)| held.index() == index) {
            return Err(ShareError::Repeated {
                index,
                custodian,
                first: first.clone(),
            });
        }
        let set = share.set().id.to_string();
        if let Some(expected) = &self.expected
            && !expected.agrees(share.set())
        {
            return Err(ShareError::NotAsRecorded {
                index,
                custodian,
                set,
            });
        }
        let altered = |index, custodian| {
            Err(ShareError::Altered {
                index,
                custodian,
                set: set.clone(),
            })
        };
        if !(share.fits() && self.as_recorded(&share)) {
            return altered(index, custodian);
        }
        self.note(share.set(), &custodian);
        if self
            .held
            .first()
            .is_some_and(|(_, held)| !held.set().agrees(share.set()))
        {
            return Err(self.disagreement(set));
        }
        self.held.push((custodian, share));
        if let Some(place) = self.unlisted() {
            let (custodian, share) = self.held.remove(place);
            return altered(share.index(), custodian);
        }
        Ok(())
    }

    /// Takes a share out again, because it turned out to be the altered one; says whether it was there.
    pub fn withdraw(&mut self, index: u8) -> bool {
        let before = self.held.len();
        self.held.retain(|(_, share)| share.index() != index);
        self.held.len() < before
    }

    /// How many shares were taken in.
    pub fn have(&self) -> u8 {
        u8::try_from(self.held.len()).unwrap_or(u8::MAX)
    }

    /// How many are needed; nothing before the first, without a record.
    pub fn need(&self) -> Option<u8> {
        let first = self.held.first();
        let of_share = first.map(|(_, share)| share.set().header.threshold);
        self.expected
            .as_ref()
            .map(|expected| expected.threshold)
            .or(of_share)
    }

    /// Whether [`Gathering::combine`] has enough shares.
    pub fn ready(&self) -> bool {
        self.need().is_some_and(|need| self.have() >= need)
    }

    /// Rebuilds the secret. The caller compares check values with [`ShareSet::confirm`].
    ///
    /// # Errors
    ///
    /// [`ShareError::TooFew`]; [`ShareError::WrongKey`] if more shares than needed were taken in and
    /// do not agree on one secret.
    pub fn combine(self) -> Result<(Secret, ShareSet), ShareError> {
        let too_few = ShareError::TooFew {
            have: self.have(),
            need: self.need().unwrap_or(2),
            set: self
                .wanted()
                .map_or_else(|| "?".to_owned(), |(_, set, _)| set.to_string()),
        };
        // A file says more about its set than a card.
        let mut held = self.held.iter().map(|(_, share)| share);
        let fullest = held.clone().find(|share| share.has_list());
        let Some(fullest) = fullest.or(held.next()).filter(|_| self.ready()) else {
            return Err(too_few);
        };
        let set = fullest.set().clone();
        let threshold = set.header.threshold;
        let points: Vec<_> = self
            .held
            .iter()
            .map(|(_, share)| (share.index(), share.y()))
            .collect();
        let need = usize::from(threshold);
        let named = |_| set.wrong_key();
        let combine = |points: &[_]| match set.header.subject {
            Subject::Key | Subject::BackupKey => shamir::combine(points, threshold).map_err(named),
            Subject::Component => components::combine(points),
        };
        let secret = points.get(..need).map(combine);
        let again = points.get(points.len() - need..).map(combine);
        match (secret, again) {
            (Some(secret), Some(again)) => {
                let secret = secret?;
                if secret == again? {
                    Ok((secret, set))
                } else {
                    Err(set.wrong_key())
                }
            }
            (None, _) | (_, None) => Err(too_few),
        }
    }

    /// Whether a share fits the list of the record, where there is one; it may come from a card.
    fn as_recorded(&self, share: &Share) -> bool {
        let place = usize::from(share.index()).saturating_sub(1);
        self.expected
            .as_ref()
            .is_none_or(|expected| expected.commitments.get(place) == Some(&share.commitment()))
    }

    /// The place of a share from a card that does not fit the list which another share has.
    fn unlisted(&self) -> Option<usize> {
        let mut held = self.held.iter().map(|(_, share)| share);
        let list = held.find(|share| share.has_list())?.set();
        self.held
            .iter()
            .position(|(_, share)| list.commitment(share.index()) != Some(share.commitment()))
    }

    /// Key, set and epoch that a share must have.
    fn wanted(&self) -> Option<(&str, SetId, u32)> {
        let expected = self.expected.as_ref();
        expected
            .map(|expected| (expected.key.as_str(), expected.set, expected.epoch))
            .or_else(|| {
                let (_, share) = self.held.first()?;
                let header = &share.set().header;
                Some((header.key.as_str(), share.set().id, header.epoch))
            })
    }

    fn note(&mut self, set: &ShareSet, custodian: &str) {
        if let Some((_, who)) = self.seen.iter_mut().find(|(seen, _)| seen.agrees(set)) {
            if !who.iter().any(|who| who == custodian) {
                who.push(custodian.to_owned());
            }
        } else {
            self.seen.push((set.clone(), vec![custodian.to_owned()]));
        }
    }

    /// Names who differs, where a largest group shows it.
    fn disagreement(&self, set: String) -> ShareError {
        let most = self.seen.iter().map(|(_, who)| who.len()).max();
        let mut largest = self
            .seen
            .iter()
            .filter(|(_, who)| Some(who.len()) == most)
            .map(|(_, who)| who);
        match (largest.next(), largest.next()) {
            (Some(agree), None) => ShareError::Differ {
                set,
                agree: agree.clone(),
                differ: self
                    .seen
                    .iter()
                    .filter(|(_, who)| who != agree)
                    .flat_map(|(_, who)| who.clone())
                    .collect(),
            },
            (None | Some(_), _) => ShareError::DifferEvenly {
                set,
                custodians: self.seen.iter().flat_map(|(_, who)| who.clone()).collect(),
            },
        }
    }
}

/// Sees that a share is whole and one of the set that a record tells of; it is wiped at once.
/// Its number.
///
/// # Errors
///
/// As for [`Gathering::add`].
pub fn prove(share: Share, custodian: &str, trusted: Trusted) -> Result<u8, ShareError> {
    let index = share.index();
    Gathering::new(Some(trusted)).add(share, custodian)?;
    Ok(index)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::crypto::random::SystemRandom;
    use crate::custody::share::Header;
    use crate::custody::share::deal;
    use crate::custody::share::tests::carded;
    use crate::custody::share::tests::copy;
    use crate::custody::share::tests::dealt;
    use crate::custody::share::tests::forged;
    use crate::custody::share::tests::header;
    use crate::domain::record::hex;

    #[test]
    fn enough_shares_rebuild_and_fewer_do_not() {
        let dealt = dealt();
        let mut shares = dealt.shares.iter().map(copy).rev();
        let mut gathering = Gathering::new(None);
        gathering.add(shares.next().unwrap(), "cid").unwrap();
        assert!(!gathering.ready());
        gathering.add(shares.next().unwrap(), "ben").unwrap();
        assert!(gathering.ready());
        let (secret, set) = gathering.combine().unwrap();
        assert!(secret == Secret::zeroed(32));
        assert_eq!(set, dealt.set);

        let mut gathering = Gathering::new(None);
        gathering.add(shares.next().unwrap(), "ana").unwrap();
        assert_eq!(
            gathering.combine().unwrap_err(),
            ShareError::TooFew {
                have: 1,
                need: 2,
                set: dealt.set.id.to_string()
            }
        );
        assert!(matches!(
            Gathering::new(None).combine(),
            Err(ShareError::TooFew { have: 0, .. })
        ));
    }

    #[test]
    fn repeated_foreign_and_old_shares_are_named() {
        let (ours, theirs) = (dealt(), dealt());
        let other_key = Header {
            key: "other".to_owned(),
            ..header()
        };
        let foreign = deal(&Secret::zeroed(32), other_key, &mut SystemRandom).unwrap();
        let new = Header {
            epoch: 2,
            ..header()
        };
        let new = deal(&Secret::zeroed(32), new, &mut SystemRandom).unwrap();
        let mut gathering = Gathering::new(None);
        gathering.add(copy(&ours.shares[0]), "ana").unwrap();
        assert_eq!(
            gathering
                .add(copy(&ours.shares[0]), "ben")
                .unwrap_err()
                .to_string(),
            "share 1 of ben was already entered by ana"
        );
        for wrong in [&theirs, &foreign] {
            assert!(matches!(
                gathering.add(copy(&wrong.shares[1]), "ben"),
                Err(ShareError::Foreign { index: 2, .. })
            ));
        }
        assert_eq!(
            gathering
                .add(copy(&new.shares[1]), "ben")
                .unwrap_err()
                .to_string(),
            "share 2 of ben is of epoch 2, not of epoch 1"
        );
    }

    #[test]
    fn a_share_altered_with_a_fitting_checksum_is_named() {
        let dealt = dealt();
        let y = dealt.shares[1].y().expose();
        let other = hex(&[y[0] ^ 1]) + &hex(&y[1..]);
        let altered = forged(&dealt.shares[1], &hex(y), &other);
        let mut gathering = Gathering::new(None);
        gathering.add(copy(&dealt.shares[0]), "ana").unwrap();
        assert_eq!(
            gathering.add(altered, "ben").unwrap_err(),
            ShareError::Altered {
                index: 2,
                custodian: "ben".to_owned(),
                set: dealt.set.id.to_string()
            }
        );
    }

    #[test]
    fn an_altered_list_is_named_by_the_majority() {
        // The share fits its own list: only comparing the lists shows it.
        let dealt = dealt();
        let lie = forged(
            &dealt.shares[0],
            &dealt.set.commitments[2].to_string(),
            &Digest::of(b"lie").to_string(),
        );
        let mut gathering = Gathering::new(None);
        gathering.add(lie, "ana").unwrap();
        assert!(matches!(
            gathering.add(copy(&dealt.shares[1]), "ben"),
            Err(ShareError::DifferEvenly { custodians, .. }) if custodians == ["ana", "ben"]
        ));
        assert!(matches!(
            gathering.add(copy(&dealt.shares[2]), "cid"),
            Err(ShareError::Differ { differ, agree, .. }) if differ == ["ana"] && agree == ["ben", "cid"]
        ));
        assert!(gathering.withdraw(1));
        gathering.add(copy(&dealt.shares[1]), "ben").unwrap();
        gathering.add(copy(&dealt.shares[2]), "cid").unwrap();
        assert!(gathering.combine().is_ok());
    }

    #[test]
    fn the_record_overrules_what_shares_say() {
        let dealt = dealt();
        let trusted = Trusted {
            key: "acme-root".to_owned(),
            set: dealt.set.id,
            epoch: 1,
            threshold: 2,
            commitments: dealt.set.commitments.clone(),
        };
        let mut gathering = Gathering::new(Some(trusted));
        assert_eq!(gathering.need(), Some(2));
        for (from, to) in [
            (
                dealt.set.commitments[2].to_string(),
                Digest::of(b"lie").to_string(),
            ),
            ("threshold 2".to_owned(), "threshold 3".to_owned()),
        ] {
            let lie = forged(&dealt.shares[0], &from, &to);
            assert!(matches!(
                gathering.add(lie, "ana"),
                Err(ShareError::NotAsRecorded { index: 1, .. })
            ));
        }
        gathering.add(copy(&dealt.shares[0]), "ana").unwrap();
    }

    #[test]
    fn an_older_share_of_the_same_key_is_told_from_one_of_another_key() {
        let mut gathering = Gathering::new(None);
        gathering.add(copy(&dealt().shares[0]), "ana").unwrap();
        let mut of = |key: &str| {
            let header = Header {
                key: key.to_owned(),
                epoch: 2,
                ..header()
            };
            let other = deal(&Secret::zeroed(32), header, &mut SystemRandom).unwrap();
            gathering.add(copy(&other.shares[1]), "ben").unwrap_err()
        };
        assert!(matches!(
            of("acme-root"),
            ShareError::Epoch {
                found: 2,
                wanted: 1,
                ..
            }
        ));
        assert!(matches!(of("acme-leaf"), ShareError::Foreign { .. }));
    }

    #[test]
    fn a_card_is_held_against_the_record_that_it_has_no_list_for() {
        let dealt = dealt();
        let trusted = || Trusted {
            key: "acme-root".to_owned(),
            set: dealt.set.id,
            epoch: 1,
            threshold: 2,
            commitments: dealt.set.commitments.clone(),
        };
        let mut gathering = Gathering::new(Some(trusted()));
        let mut lie = carded(&dealt.shares[0]);
        lie.y_mut().expose_mut()[0] ^= 1;
        assert!(matches!(
            gathering.add(lie, "ana"),
            Err(ShareError::Altered { index: 1, .. })
        ));
        gathering.add(carded(&dealt.shares[0]), "ana").unwrap();
        assert!(!gathering.withdraw(2));
        assert!(gathering.withdraw(1));
        assert_eq!(prove(copy(&dealt.shares[1]), "ben", trusted()), Ok(2));
        assert_eq!(prove(carded(&dealt.shares[2]), "cid", trusted()), Ok(3));
    }

    #[test]
    fn a_record_is_trusted_for_sets_whose_shares_are_all_numbered() {
        let dealt = dealt();
        let shares = (1..).zip(&dealt.set.commitments);
        let recorded = record::GivenSet {
            id: dealt.set.id.to_string(),
            epoch: 4,
            threshold: 2,
            subject: Subject::Key,
            check_values: BTreeMap::new(),
            shares: shares
                .map(|(index, commitment)| record::GivenShare {
                    index,
                    custodian: "ana".to_owned(),
                    commitment: *commitment,
                    file: None,
                    delivery: None,
                })
                .collect(),
        };
        let trusted = Trusted {
            key: "acme-root".to_owned(),
            set: dealt.set.id,
            epoch: 4,
            threshold: 2,
            commitments: dealt.set.commitments,
        };
        assert_eq!(Trusted::from_record("acme-root", &recorded), Some(trusted));
        let mut swapped = recorded.clone();
        swapped.shares.swap(0, 1);
        assert_eq!(Trusted::from_record("acme-root", &swapped), None);
        let mut foreign = recorded;
        foreign.id = "none".to_owned();
        assert_eq!(Trusted::from_record("acme-root", &foreign), None);
    }

    #[test]
    fn shares_that_rebuild_two_secrets_are_no_key() {
        let dealt = dealt();
        let mut gathering = Gathering::new(None);
        for (share, who) in dealt.shares.iter().zip(["ana", "ben", "cid"]) {
            gathering.add(copy(share), who).unwrap();
        }
        gathering.held[2].1.y_mut().expose_mut()[0] ^= 1;
        assert!(matches!(
            gathering.combine(),
            Err(ShareError::WrongKey { .. })
        ));
    }
}
