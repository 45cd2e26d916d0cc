//! Where keys lie at their providers, as their ids tell, and whether the script allows it.

use crate::domain::finding::Finding;
use crate::domain::finding::PROFILE;
use crate::domain::finding::REGION;
use crate::domain::progress::number;
use crate::domain::script::At;
use crate::domain::script::Line;
use crate::domain::script::Script;
use crate::domain::script::Step;
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
                let input = script.inputs.get(wrap.r#for.as_str());
                let Some((input, id)) = input.and_then(|it| Some((it, it.key_id.as_ref()?))) else {
                    continue;
                };
                (&wrap.key, input.provider.as_str(), id)
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
        if let (Some(regions), Some(found)) = (regions, found) {
            findings.extend(
                elsewhere(&regions.key, key.as_str(), found, id)
                    .map(|finding| finding.step(number(index))),
            );
        }
    }
    findings
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
