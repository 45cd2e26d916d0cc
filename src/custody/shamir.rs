//! Shamir's secret sharing over GF(256), by vsss-rs.
//!
//! # Source
//!
//! A. Shamir, How to share a secret, CACM 22(11), 1979. The field is that of AES (0x11b). Of vsss-rs
//! only `split_bytes` and `combine_bytes` are used; its `Gf256::pow` is wrong in 6.0.1.

use std::convert::Infallible;

use rand_core::TryCryptoRng;
use rand_core::TryRng;
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use crate::crypto::random::Random;
use crate::crypto::random::RandomFailed;
use crate::custody::error::ShareError;
use crate::secret::Secret;

/// Fewest and most bytes of a secret that is split.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// Splits `secret` so that any `threshold` of `total` shares rebuild it.
///
/// The result holds the values at x = 1, 2, … `total`, in that order, each as long as the secret.
pub fn split(
    secret: &Secret,
    threshold: u8,
    total: u8,
    random: &mut dyn Random,
) -> Result<Vec<Secret>, ShareError> {
    check(threshold, total, secret.len())?;
    // The library frees the polynomial of the last byte without wiping it. A zero byte goes last,
    // so that what stays in memory tells nothing of the secret; its share is dropped.
    let padded = Secret::init(secret.len() + 1, |bytes| {
        for (to, from) in bytes.iter_mut().zip(secret.expose()) {
            *to = *from;
        }
    });
    let mut source = Source {
        random,
        failed: false,
    };
    let shares = Gf256::split_bytes(
        usize::from(threshold),
        usize::from(total),
        padded.expose(),
        &mut source,
    );
    // Wiped on every way out, also when the random source failed.
    let mut shares =
        Zeroizing::new(shares.map_err(|_| ShareError::Threshold { threshold, total })?);
    if source.failed {
        return Err(ShareError::Random(RandomFailed));
    }
    Ok(shares
        .iter_mut()
        .map(|share| {
            let y = share.get_mut(1..=secret.len()).unwrap_or_default();
            Secret::take(y)
        })
        .collect())
}

/// Rebuilds a secret from exactly the shares given, each with its x.
///
/// Wrong shares rebuild a wrong secret in silence: [`crate::custody::share`] catches them.
pub fn combine(shares: &[(u8, &Secret)], threshold: u8) -> Result<Secret, ShareError> {
    let have = u8::try_from(shares.len()).unwrap_or(u8::MAX);
    let len = shares.first().map_or(0, |(_, y)| y.len());
    check(threshold, u8::MAX, len.max(*LENGTHS.start()))?;
    if have < threshold {
        return Err(ShareError::TooFew {
            have,
            need: threshold,
            set: "?".to_owned(),
        });
    }
    let wrong = || ShareError::WrongKey {
        set: "?".to_owned(),
        need: threshold,
    };
    let points = Zeroizing::new(
        shares
            .iter()
            .map(|(x, y)| {
                let mut point = Vec::with_capacity(y.len() + 1);
                point.push(*x);
                point.extend_from_slice(y.expose());
                point
            })
            .collect::<Vec<_>>(),
    );
    let mut secret = Zeroizing::new(Gf256::combine_bytes(points.as_slice()).map_err(|_| wrong())?);
    if secret.is_empty() {
        return Err(wrong());
    }
    Ok(Secret::take(&mut secret))
}

/// Refuses what cannot be split: a threshold of 1 would be copies.
fn check(threshold: u8, total: u8, len: usize) -> Result<(), ShareError> {
    if threshold < 2 || threshold > total {
        return Err(ShareError::Threshold { threshold, total });
    }
    if !LENGTHS.contains(&len) {
        return Err(ShareError::SecretLength { len });
    }
    Ok(())
}

/// Our source of random bytes in the shape that the library wants.
///
/// That shape cannot fail, so a failure is remembered and everything made from it thrown away.
struct Source<'a> {
    random: &'a mut dyn Random,
    failed: bool,
}

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = Zeroizing::new([0; 4]);
        self.try_fill_bytes(bytes.as_mut_slice())?;
        Ok(u32::from_le_bytes(*bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = Zeroizing::new([0; 8]);
        self.try_fill_bytes(bytes.as_mut_slice())?;
        Ok(u64::from_le_bytes(*bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.failed |= self.random.fill(out).is_err();
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    /// Counts upwards; repeatable, and plainly not random.
    pub(crate) struct Counting(pub(crate) u8);

    impl Random for Counting {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
            for byte in out {
                self.0 = self.0.wrapping_mul(5).wrapping_add(113);
                *byte = self.0;
            }
            Ok(())
        }
    }

    struct Broken;

    impl Random for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomFailed> {
            Err(RandomFailed)
        }
    }

    fn secret(len: usize) -> Secret {
        Secret::init(len, |bytes| SystemRandom.fill(bytes).unwrap())
    }

    fn chosen(shares: &[Secret], mask: u32) -> Vec<(u8, &Secret)> {
        shares
            .iter()
            .zip(1..)
            .filter(|(_, x)| mask >> (x - 1) & 1 == 1)
            .map(|(y, x)| (x, y))
            .collect()
    }

    #[test]
    fn a_threshold_of_one_or_above_the_total_is_refused() {
        for (threshold, total) in [(0, 3), (1, 3), (4, 3)] {
            let refused = Err(ShareError::Threshold { threshold, total });
            assert_eq!(check(threshold, total, 32), refused);
        }
        assert_eq!(check(2, 2, 32), Ok(()));
    }

    #[test]
    fn random_numbers_are_the_bytes_of_the_source() {
        let mut bytes = [0; 12];
        Counting(0).fill(&mut bytes).unwrap();
        let mut random = Counting(0);
        let mut source = Source {
            random: &mut random,
            failed: false,
        };
        let (short, long) = bytes.split_at(4);
        let short = u32::from_le_bytes(short.try_into().unwrap());
        let long = u64::from_le_bytes(long.try_into().unwrap());
        assert_eq!(source.try_next_u32(), Ok(short));
        assert_eq!(source.try_next_u64(), Ok(long));
    }

    #[test]
    fn any_k_rebuild_and_fewer_are_an_error() {
        for (k, n, len) in [(2, 2, 16), (2, 5, 32), (3, 5, 33), (4, 6, 64), (6, 6, 24)] {
            let secret = secret(len);
            let shares = split(&secret, k, n, &mut SystemRandom).unwrap();
            assert_eq!(shares.len(), usize::from(n));
            for mask in 0_u32..1 << n {
                let some = chosen(&shares, mask);
                if mask.count_ones() >= u32::from(k) {
                    assert!(combine(&some, k).unwrap() == secret, "{k} of {n}: {mask:b}");
                } else {
                    assert!(
                        matches!(combine(&some, k), Err(ShareError::TooFew { .. })),
                        "{k} of {n}: {mask:b}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_largest_split_works() {
        let secret = secret(32);
        let shares = split(&secret, 255, 255, &mut SystemRandom).unwrap();
        let all: Vec<_> = (1..=255).zip(shares.iter()).collect();
        assert!(combine(&all, 255).unwrap() == secret);
    }

    #[test]
    fn copies_and_impossible_thresholds_are_refused() {
        for (k, n) in [(0, 3), (1, 3), (4, 3), (2, 1), (1, 1)] {
            assert_eq!(
                split(&secret(32), k, n, &mut SystemRandom).unwrap_err(),
                ShareError::Threshold {
                    threshold: k,
                    total: n
                }
            );
        }
    }

    #[test]
    fn secrets_outside_16_to_64_bytes_are_refused() {
        for len in [0, 1, 15, 65] {
            assert_eq!(
                split(&secret(len), 2, 3, &mut SystemRandom).unwrap_err(),
                ShareError::SecretLength { len }
            );
        }
    }

    #[test]
    fn a_failed_random_source_makes_no_shares() {
        assert_eq!(
            split(&secret(32), 2, 3, &mut Broken).unwrap_err(),
            ShareError::Random(RandomFailed)
        );
    }

    #[test]
    fn one_share_twice_or_number_zero_is_refused() {
        let shares = split(&secret(32), 2, 3, &mut SystemRandom).unwrap();
        for pair in [
            [(2, &shares[1]), (2, &shares[1])],
            [(0, &shares[0]), (2, &shares[1])],
        ] {
            assert!(matches!(
                combine(&pair, 2),
                Err(ShareError::WrongKey { .. })
            ));
        }
    }

    #[test]
    fn a_byte_of_a_share_takes_every_value() {
        // RUSTSEC-2024-0398 and vsss-rs before 5.4 left values out, which tells of the secret.
        let secret = Secret::zeroed(64);
        let mut seen = [false; 256];
        for _ in 0..100 {
            let shares = split(&secret, 2, 2, &mut SystemRandom).unwrap();
            for byte in shares[0].expose() {
                seen[usize::from(*byte)] = true;
            }
        }
        assert!(seen.iter().all(|seen| *seen));
    }
}
