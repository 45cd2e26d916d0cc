//! What a token can do for which provider: its profile held against the providers' tables.

use serde::Serialize;

use crate::domain::algorithm::KeyType;
use crate::domain::token_profile::TokenProfile;
use crate::domain::token_profile::Way;
use crate::providers::PROVIDERS;
use crate::providers::Profile;
use crate::providers::Provider;
use crate::providers::plan;

/// One wrapping algorithm of one provider, and how the token does it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Serves {
    /// Id of the provider.
    pub provider: &'static str,
    /// The provider's name of the algorithm.
    pub algorithm: &'static str,
    /// How, or why not, for every key type and length that the provider takes.
    pub answers: Vec<Answer>,
}

/// One answer, and what it is the answer for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answer {
    /// How, where it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// Why not, where it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cannot: Option<String>,
    /// Types of key.
    pub keys: Vec<KeyType>,
    /// Lengths of the wrapping key.
    pub bits: Vec<usize>,
}

/// Every wrapping algorithm of every provider.
pub fn all(token: &TokenProfile) -> Vec<Serves> {
    PROVIDERS
        .iter()
        .flat_map(|provider| {
            provider
                .profiles()
                .iter()
                .map(|profile| one(*provider, profile, token))
        })
        .collect()
}

fn one(provider: &dyn Provider, profile: &'static Profile, token: &TokenProfile) -> Serves {
    let mut answers: Vec<Answer> = Vec::new();
    for key in profile.carries {
        // The same answer for every length is one answer.
        let mut of_key: Vec<(Result<Way, String>, Vec<usize>)> = Vec::new();
        for bits in profile.wrapping_key_bits {
            if plan(profile, *key, None, Some(*bits), None, None).is_err() {
                continue;
            }
            let way = token.way(&profile.construction.asked(*bits, *key));
            match of_key.iter_mut().find(|(other, _)| *other == way) {
                Some((_, lengths)) => lengths.push(*bits),
                None => of_key.push((way, vec![*bits])),
            }
        }
        for (way, bits) in of_key {
            let (way, cannot) = match way {
                Ok(way) => (Some(way), None),
                Err(why) => (None, Some(why)),
            };
            let same = answers
                .iter_mut()
                .find(|answer| answer.way == way && answer.cannot == cannot && answer.bits == bits);
            match same {
                Some(answer) => answer.keys.push(*key),
                None => answers.push(Answer {
                    way,
                    cannot,
                    keys: vec![*key],
                    bits,
                }),
            }
        }
    }
    Serves {
        provider: provider.id(),
        algorithm: profile.algorithm,
        answers,
    }
}

/// Algorithms of a provider by which the token wraps a type of key, under any length.
pub fn instead(provider: &dyn Provider, token: &TokenProfile, key: KeyType) -> Vec<&'static str> {
    provider
        .profiles()
        .iter()
        .filter(|profile| {
            profile.carries.contains(&key)
                && profile.wrapping_key_bits.iter().any(|bits| {
                    plan(profile, key, None, Some(*bits), None, None).is_ok()
                        && token.way(&profile.construction.asked(*bits, key)).is_ok()
                })
        })
        .map(|profile| profile.algorithm)
        .collect()
}
