//! Where keys lie at their providers, as their ids tell, and whether the script allows it.

use std::collections::BTreeMap;

use crate::domain::finding::Finding;
use crate::domain::finding::PROFILE;
use crate::domain::finding::REGION;
use crate::domain::progress::number;
use crate::domain::script::At;
use crate::domain::script::Line;
use crate::domain::script::Place;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::engine::error::EngineError;
use crate::engine::list::List;
use crate::error::Diagnose as _;
use crate::providers::provider;

/// What the ids of keys at providers tell.
pub(super) fn findings(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let (key, at, id) = match &step.value {
            Step::Declare(step) => {
                let at = provider(step.at.as_str());
                let known = at.and_then(|at| at.check_key_id(step.key_id.as_str()));
                if let Err(error) = known {
                    findings.push(
                        Finding::new(&PROFILE, step.key_id.place, error.to_string())
                            .hint(error.hint().unwrap_or_default())
                            .step(number(index)),
                    );
                    continue;
                }
                (&step.key, step.at.as_str(), &step.key_id)
            }
            Step::Wrap(wrap) => {
                let Some(input) = script.inputs.get(wrap.r#for.as_str()) else {
                    continue;
                };
                let at = input.provider.as_str();
                match &input.key_id {
                    Some(id) => (&wrap.key, at, id),
                    // Only what the script says of the key tells where it will lie.
                    None => {
                        let found = forbidden(script, wrap.key.as_str(), at, None);
                        findings.extend(
                            found.map(|found| at_place(found, wrap.key.place).step(number(index))),
                        );
                        continue;
                    }
                }
            }
            Step::SignIn(_)
            | Step::SignOut(_)
            | Step::Environment(_)
            | Step::Statement(_)
            | Step::Generate(_)
            | Step::Split(_)
            | Step::RestoreTest(_)
            | Step::Restore(_)
            | Step::Drill(_)
            | Step::Reshare(_)
            | Step::Retire(_)
            | Step::Compare(_)
            | Step::Approve(_)
            | Step::Batch(_)
            | Step::Lock(_)
            | Step::Availability(_)
            | Step::ReEncrypted(_)
            | Step::TakeOut(_)
            | Step::Inspect(_)
            | Step::HandOver(_)
            | Step::PutAway(_)
            | Step::Receipt(_)
            | Step::Move(_)
            | Step::RequestDestroy(_)
            | Step::CancelDestroy(_)
            | Step::Identify(_)
            | Step::Close(_)
            | Step::Join(_)
            | Step::Acknowledge(_)
            | Step::MovePerson(_)
            | Step::Leave(_)
            | Step::Withdraw(_)
            | Step::AccessReview(_)
            | Step::Reconcile(_)
            | Step::Explain(_)
            | Step::Confirm(_)
            | Step::Destroy(_)
            | Step::Exception(_)
            | Step::Break(_)
            | Step::Seal => continue,
        };
        let regions = script.keys.get(key.as_str());
        let regions = regions.and_then(|key| key.regions.as_ref());
        let found = provider(at).ok().and_then(|at| at.region_of(id.as_str()));
        let wrong = forbidden(script, key.as_str(), at, Some(id.as_str()));
        findings.extend(wrong.map(|wrong| at_place(wrong, id.place).step(number(index))));
        if let (Some(regions), Some(found)) = (regions, found) {
            findings.extend(
                elsewhere(&regions.key, key.as_str(), found, id)
                    .map(|finding| finding.step(number(index))),
            );
        }
    }
    findings.extend(policy(script));
    findings
}

/// Providers of the policy that there are not.
fn policy(script: &Script) -> Vec<Finding> {
    let unknown = script.policy.regions.iter().filter_map(|(name, regions)| {
        let error = provider(name.as_str()).err()?;
        let finding = Finding::new(&PROFILE, regions.place, error.to_string());
        Some(finding.hint(error.hint().unwrap_or_default()))
    });
    unknown.collect()
}

/// Keys of lists whose ids name regions that the policy does not allow: the first of each list.
///
/// # Errors
///
/// When a list cannot be read.
pub(super) fn of_lists(
    script: &Script,
    lists: &BTreeMap<String, List>,
) -> Result<Vec<Finding>, EngineError> {
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let Step::Batch(step) = &step.value else {
            continue;
        };
        let input = script.inputs.get(step.r#for.as_str());
        let (Some(input), Some(list)) = (input, lists.get(step.keys.as_str())) else {
            continue;
        };
        let at = input.provider.as_str();
        if !script.policy.regions.contains_key(at) {
            continue;
        }
        for row in list.rows()? {
            let row = row?;
            let found = forbidden(script, step.keys.as_str(), at, row.key_id.as_deref());
            if let Some((message, hint)) = found {
                let message = format!("row {} ({}): {message}", row.number, row.key);
                findings.push(at_place((message, hint), step.keys.place).step(number(index)));
                break;
            }
        }
    }
    Ok(findings)
}

/// What is wrong, and what to do.
type Wrong = (String, String);

fn at_place((message, hint): Wrong, place: Place) -> Finding {
    Finding::new(&REGION, place, message).hint(hint)
}

/// A key that comes to lie at a provider where the policy does not allow it, or of which nothing says
/// where it will lie. An id tells it, where the provider writes it there; the script, where not.
fn forbidden(script: &Script, label: &str, at: &str, id: Option<&str>) -> Option<Wrong> {
    let allowed = &script.policy.regions.get(at)?.value;
    let key = script.keys.get(label);
    let key = key.or_else(|| script.batches.get(label).map(|batch| &batch.key));
    let by_id = provider(at)
        .ok()
        .zip(id)
        .and_then(|(at, id)| at.region_of(id));
    let said = key.and_then(|key| key.regions.as_ref());
    let said = said.map_or(&[][..], |regions| regions.key.as_slice());
    let all: Vec<&str> = match by_id {
        Some(found) => vec![found],
        None => said.iter().map(|region| region.as_str()).collect(),
    };
    if all.is_empty() {
        let message = format!(
            "nothing says in which region of {at} key {label} will lie, and the policy allows only some"
        );
        return Some((
            message,
            "say it under `regions: {key: […]}` of the key".to_owned(),
        ));
    }
    let is_elsewhere = |found: &&&str| !allowed.iter().any(|region| region.as_str() == **found);
    let found = all.iter().find(is_elsewhere)?;
    let allowed: Vec<&str> = allowed.iter().map(|region| region.as_str()).collect();
    let only = if allowed.is_empty() {
        "script and organisation file allow no region together".to_owned()
    } else {
        format!("the policy allows {}", list(&allowed))
    };
    Some((
        format!("key {label} lies at {at} in {found}; {only}"),
        "take a key of a region that is allowed, or let whoever answers for the policy change it"
            .to_owned(),
    ))
}

/// A region that an id names and the script does not.
fn elsewhere(named: &[At<Line>], key: &str, found: &str, id: &At<Line>) -> Option<Finding> {
    if named.is_empty() || named.iter().any(|region| region.as_str() == found) {
        return None;
    }
    let named: Vec<&str> = named.iter().map(|region| region.as_str()).collect();
    let message = format!(
        "key {key} is in {found} by its id, and in {} by `regions`",
        named.join(", ")
    );
    Some(Finding::new(&REGION, id.place, message).hint(
        "take the key of the region that is meant, or correct `regions: {key: […]}` of the key",
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::parse::parse;
    use crate::engine::lint;

    /// What is found in the shipped list of a tenant each, under a policy.
    fn of_tenants(policy: &str) -> Vec<String> {
        let script = include_str!("../../ceremonies/google-tenants/script.yaml");
        let script = script.replace("\nsteps:\n", &format!("\npolicy: {policy}\n\nsteps:\n"));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ceremonies/google-tenants");
        let found = lint::lists(&parse(script.as_bytes()).unwrap(), &folder);
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn every_row_of_a_list_lies_where_the_policy_allows() {
        assert!(of_tenants("{}").is_empty());
        assert!(of_tenants("{regions: {google-kms: [europe-west1]}}").is_empty());
        assert!(of_tenants("{regions: {aws-kms: [eu-west-1]}}").is_empty());
        let found = of_tenants("{regions: {google-kms: [europe-west4, europe-north1]}}");
        assert_eq!(
            found,
            [
                "row 1 (acme): key tenants lies at google-kms in europe-west1; the policy allows europe-west4 and europe-north1"
            ]
        );
    }

    #[test]
    fn a_policy_names_providers_that_there_are() {
        let script = include_str!("../../ceremonies/declare-keys/script.yaml");
        let script = script.replace(
            "\nsteps:\n",
            "\npolicy: {regions: {aws-kns: [eu-west-1]}}\n\nsteps:\n",
        );
        let found = findings(&parse(script.as_bytes()).unwrap());
        assert!(
            matches!(found.as_slice(), [one] if one.message.contains("aws-kns")),
            "{found:?}"
        );
    }
}
