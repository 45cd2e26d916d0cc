//! Steps about the lives of keys that a provider cannot do as the script says.

use crate::domain::finding::Finding;
use crate::domain::finding::LIFECYCLE;
use crate::domain::progress::number;
use crate::domain::script::Close;
use crate::domain::script::Life;
use crate::domain::script::RequestDestroy;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::domain::text::list;
use crate::providers::lifecycle::Deletion;
use crate::providers::lifecycle::lifecycle;

/// What no provider does so.
pub fn findings(script: &Script) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let life = step
            .value
            .key()
            .and_then(|key| script.lifecycle.get(key.as_str()));
        let Some(life) = life else { continue };
        let found = if let Step::RequestDestroy(step) = &step.value {
            windows(life, step)
        } else if let Step::Close(step) = &step.value {
            way_of(script, index, life, step).into_iter().collect()
        } else {
            Vec::new()
        };
        findings.extend(found.into_iter().map(|it| it.step(number(index))));
    }
    findings
}

/// Every window is one that the provider waits.
fn windows(life: &Life, step: &RequestDestroy) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, window) in &step.at {
        let Some((provider, ways)) = deletions(life, name.as_str()) else {
            continue;
        };
        let limits = ways.iter().find_map(|way| way.window);
        let days = window.value.seconds / DAY;
        let whole = window.value.seconds % DAY == 0;
        let fits = |(shortest, longest, _): (u16, u16, u16)| {
            whole && (i64::from(shortest)..=i64::from(longest)).contains(&days)
        };
        let (message, hint) = match limits {
            Some(limits) if fits(limits) => continue,
            Some((shortest, longest, usual)) => (
                format!(
                    "{provider} waits {shortest} to {longest} days before it deletes; the script says {}",
                    window.value
                ),
                format!("write `{name}: {usual}d`, or another number of days between the two"),
            ),
            None => (
                format!("{provider} deletes at once, and schedules nothing"),
                format!("leave {name} out here: it is deleted by the `close` step"),
            ),
        };
        findings.push(Finding::new(&LIFECYCLE, window.place, message).hint(hint));
    }
    findings
}

/// The way of deleting is one that the provider has, and one that does not need a window before.
fn way_of(script: &Script, index: usize, life: &Life, step: &Close) -> Option<Finding> {
    let name = step.at.as_str();
    let (provider, ways) = deletions(life, name)?;
    let at = life.at.get(name)?;
    let asked_here = script.steps.iter().take(index).any(
        |step| matches!(&step.value, Step::RequestDestroy(asked) if asked.at.contains_key(name)),
    );
    let scheduled = at.deletion_ends.is_some() || asked_here;
    let names: Vec<&str> = ways.iter().map(|way| way.name).collect();
    let wanted = match &step.method {
        Some(method) => {
            let known = ways.iter().find(|way| way.name == method.as_str());
            if known.is_none() {
                let message = format!(
                    "{provider} has no way of deleting called `{}`",
                    method.value
                );
                return Some(
                    Finding::new(&LIFECYCLE, method.place, message)
                        .hint(format!("it has {}", list(&names))),
                );
            }
            known
        }
        None => ways.iter().find(|way| way.window.is_some() == scheduled),
    };
    let waits = wanted.is_none_or(|way| way.window.is_some());
    if waits && !scheduled {
        let message = format!("{provider} deletes only after a window, and nothing scheduled it");
        return Some(Finding::new(&LIFECYCLE, step.at.place, message).hint(format!(
            "schedule it when the destruction is asked for: `request-destroy: {{…, at: {{{name}: DAYSd}}}}`"
        )));
    }
    None
}

/// The provider of a place, and its ways of deleting, where they are known.
fn deletions<'a>(life: &'a Life, name: &str) -> Option<(&'a str, &'static [Deletion])> {
    let provider = life.at.get(name)?.provider.as_str();
    let known = lifecycle(provider)?;
    Some((provider, known.deletions))
}

const DAY: i64 = 86_400;
