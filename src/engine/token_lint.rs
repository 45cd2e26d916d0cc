//! Steps of a script that the token of a profile cannot do.

use crate::domain::algorithm::KeyType;
use crate::domain::finding::Finding;
use crate::domain::finding::TOKEN_CANNOT;
use crate::domain::progress::number;
use crate::domain::script::Core;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::script::Wrap;
use crate::domain::text::list;
use crate::domain::token_profile::Ability;
use crate::domain::token_profile::TokenProfile;
use crate::engine::inputs::wanted_bits;
use crate::engine::serves;
use crate::providers::plan;
use crate::providers::provider;

/// What of a script the token cannot do; nothing where the keys are not in a token.
pub fn findings(script: &Script, token: &TokenProfile) -> Vec<Finding> {
    if script.token.core.value != Core::Pkcs11 {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        if let Some((message, hint)) = cannot(script, &step.value, token) {
            let finding = Finding::new(&TOKEN_CANNOT, step.place, message).step(number(index));
            findings.push(finding.hint(hint));
        }
    }
    findings
}

/// Why the token cannot do a step, and what would work.
fn cannot(script: &Script, step: &Step, token: &TokenProfile) -> Option<(String, String)> {
    let label = &token.token.label;
    let kind_of = |key: &str| script.keys.get(key).map(|key| key.r#type.value);
    let says = |what: String, why: String| format!("token {label} cannot {what}: {why}");
    let other_token = || "use another token, or another type of key".to_owned();
    let able = |ability: Ability| {
        let why = token.can(ability).err()?;
        Some((says(ability.words().to_owned(), why), other_token()))
    };
    match step {
        Step::Generate(generate) => {
            let kind = kind_of(generate.as_str())?;
            let why = token.makes(kind).err()?;
            let can: Vec<&str> = token.types().map(KeyType::name).collect();
            let hint = format!("it makes {}", list(&can));
            Some((says(format!("make {kind} keys"), why), hint))
        }
        Step::Split(split) => {
            let kind = kind_of(split.key.as_str())?;
            let why = token.backs_up(kind).err()?;
            Some((says(format!("back up {kind} keys"), why), other_token()))
        }
        Step::Reshare(reshare) => {
            let kind = kind_of(reshare.key.as_str())?;
            match token.backs_up(kind) {
                Err(why) => Some((says(format!("back up {kind} keys"), why), other_token())),
                Ok(()) => able(Ability::Restore),
            }
        }
        Step::Wrap(wrap) => cannot_wrap(script, wrap, token),
        Step::RestoreTest(_) | Step::Restore(_) => able(Ability::Restore),
        Step::Lock(_) => able(Ability::Lock),
        // Keys of a list are made in software; that is a finding of its own.
        Step::Batch(_)
        | Step::SignIn(_)
        | Step::SignOut(_)
        | Step::Environment(_)
        | Step::Statement(_)
        | Step::Drill(_)
        | Step::Retire(_)
        | Step::Compare(_)
        | Step::Approve(_)
        | Step::Availability(_)
        | Step::ReEncrypted(_)
        | Step::Declare(_)
        | Step::TakeOut(_)
        | Step::Inspect(_)
        | Step::HandOver(_)
        | Step::PutAway(_)
        | Step::Receipt(_)
        | Step::Join(_)
        | Step::Acknowledge(_)
        | Step::MovePerson(_)
        | Step::Leave(_)
        | Step::Withdraw(_)
        | Step::AccessReview(_)
        | Step::Reconcile(_)
        | Step::Explain(_)
        | Step::Confirm(_)
        | Step::Move(_)
        | Step::RequestDestroy(_)
        | Step::CancelDestroy(_)
        | Step::Identify(_)
        | Step::Close(_)
        | Step::Destroy(_)
        | Step::Exception(_)
        | Step::Break(_)
        | Step::Seal => None,
    }
}

/// A wrap whose provider and algorithm are known; what is wrong with those is another finding.
fn cannot_wrap(script: &Script, wrap: &Wrap, token: &TokenProfile) -> Option<(String, String)> {
    let kind = script.keys.get(wrap.key.as_str())?.r#type.value;
    let input = script.inputs.get(wrap.r#for.value.as_str())?;
    let provider = provider(input.provider.as_str()).ok()?;
    let profile = provider.profile(input.algorithm.as_str()).ok()?;
    let wanted = wanted_bits(provider, input).ok()?;
    // A script that does not say how long the wrapping key is, may get any.
    let mut lengths: Vec<usize> = profile.wrapping_key_bits.to_vec();
    lengths.retain(|bits| {
        wanted.is_none_or(|wanted| wanted == *bits)
            && plan(profile, kind, None, Some(*bits), None, None).is_ok()
    });
    let why = lengths
        .iter()
        .find_map(|bits| token.way(&profile.construction.asked(*bits, kind)).err())?;
    let instead = serves::instead(provider, token, kind);
    let hint = if instead.is_empty() {
        format!(
            "this token wraps {kind} keys for {} in no way; use another token or another type of key",
            provider.title()
        )
    } else {
        format!("what it can do here is {}", list(&instead))
    };
    let message = format!(
        "token {} cannot wrap a {kind} key by {} of {}: {why}",
        token.token.label,
        profile.algorithm,
        provider.title()
    );
    Some((message, hint))
}
