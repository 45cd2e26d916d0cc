//! New material for provider keys that were rotated as often as their provider does it.

use crate::domain::finding::Finding;
use crate::domain::finding::LAST_ROTATION;
use crate::domain::progress::number;
use crate::domain::script::ImportType;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::acts;

/// What no provider rotates any more, as the older versions of the script tell.
pub fn findings(script: &Script) -> Vec<Finding> {
    let steps = (0..).zip(&script.steps);
    let found = steps.filter_map(|(index, step)| {
        let Step::Wrap(wrap) = &step.value else {
            return None;
        };
        let input = script.inputs.get(wrap.r#for.as_str())?;
        let new = input.import_type.as_ref()?.value == ImportType::New;
        let most = acts::rotations(input.provider.as_str()).filter(|_| new)?;
        let older = script.keys.get(wrap.key.as_str())?.supersedes.as_ref()?;
        let done = script.versions.get(older.as_str())?.rotations.as_ref()?;
        if done.value < most {
            return None;
        }
        let message = format!(
            "the key of {} was rotated {} times, and {} does it {most} times at most",
            older.value, done.value, input.provider
        );
        let hint = "make another key at the provider, import into that, and turn the alias";
        Some(
            Finding::new(&LAST_ROTATION, done.place, message)
                .step(number(index))
                .hint(hint),
        )
    });
    found.collect()
}
