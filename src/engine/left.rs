//! Keys that an earlier ceremony left in the HSM: found again before anything begins.

use crate::crypto::check_value;
use crate::crypto::random::Random;
use crate::domain::record::Life;
use crate::domain::record::unhex;
use crate::domain::script::Script;
use crate::engine::error::EngineError;
use crate::engine::token::KeyPlan;
use crate::engine::token::Token;
use crate::engine::token::error::TokenError;
use crate::engine::token::stand_in::StandIn;

/// What finds such a key again: its label, and the id that the earlier ceremony gave it.
///
/// # Errors
///
/// Where the script does not describe the key.
pub fn plan(script: &Script, label: &str) -> Result<Option<KeyPlan>, EngineError> {
    let Some(id) = script.left_in_token().remove(label) else {
        return Ok(None);
    };
    let id = unhex(&id).and_then(|id| id.try_into().ok());
    Ok(Some(KeyPlan {
        id,
        ..KeyPlan::of(script, label)?
    }))
}

/// Finds every key that is to be destroyed, and holds each against what is recorded of it.
///
/// # Errors
///
/// Where one is not there, or is another one.
pub fn find(script: &Script, token: &mut dyn Token) -> Result<(), EngineError> {
    for label in script.left_in_token().into_keys() {
        let Some(plan) = plan(script, label)? else {
            continue;
        };
        if !token.find(label, &plan)? {
            return Err(TokenError::NoKey {
                key: label.to_owned(),
                kind: plan.kind,
            }
            .into());
        }
        let found = token.check_values(label)?.into_map();
        let lives = script.lives();
        let Some(life) = lives.iter().find(|life| life.key == label) else {
            continue;
        };
        let common = life
            .check_values
            .keys()
            .any(|name| found.contains_key(name));
        if !common {
            return Err(TokenError::Unlike(label.to_owned()).into());
        }
        if let Some((name, found, wanted)) = check_value::difference(&found, &life.check_values) {
            return Err(TokenError::Changed {
                key: label.to_owned(),
                name,
                found,
                wanted,
            }
            .into());
        }
    }
    Ok(())
}

/// Puts a throwaway key into the stand-in token of a rehearsal for every one that is to be destroyed;
/// the lives of keys, with the check values of those.
///
/// # Errors
///
/// Where such a key cannot be made.
pub fn stand_ins(
    script: &Script,
    hsm: Option<&StandIn>,
    token: &mut dyn Token,
    random: &mut dyn Random,
) -> Result<Vec<Life>, EngineError> {
    let mut lives = script.lives();
    for life in &mut lives {
        if let (Some(plan), Some(hsm)) = (plan(script, &life.key)?, hsm) {
            life.check_values = hsm.leave(&life.key, &plan, random)?.into_map();
            token.find(&life.key, &plan)?;
        }
    }
    Ok(lives)
}
