//! Older versions that a script stops, and provider keys that it rotates, beside what all records say.

use crate::domain::finding::Finding;
use crate::domain::finding::LAST_ROTATION;
use crate::domain::finding::LIFECYCLE;
use crate::domain::progress::number;
use crate::domain::record::Mode;
use crate::domain::retire::stopping;
use crate::domain::script::ImportType;
use crate::domain::script::Script;
use crate::domain::script::Step;
use crate::engine::acts;
use crate::register::Register;
use crate::register::keys::Material;

/// What a script says otherwise of versions than the records.
pub(super) fn findings(register: &Register, script: &Script) -> Vec<Finding> {
    let mut all = Vec::new();
    let stopping = stopping(script);
    for (label, life) in &script.lifecycle {
        let recorded = life.recorded(label.as_str());
        let material = of(register, script, label.as_str())
            .find(|known| known.check_values == recorded.check_values);
        let Some(material) = material else { continue };
        let stops = stopping.contains(label.as_str());
        let told = recorded.replaced.as_ref();
        let quiet = script.policy.no_decrypt_for.map(|span| span.seconds);
        let passed_over =
            told.map_or_else(Vec::new, |told| material.versions.passed_over(told, quiet));
        for why in passed_over.iter().filter(|_| stops) {
            let message = format!("by the policy of the records key {label} is needed: {why}");
            all.push(Finding::new(&LIFECYCLE, life.place, message).hint(
                "write `no-decrypt-for` into `policy` as the ceremony had it that replaced the key",
            ));
        }
        for message in material.versions.contradicted(label.as_str(), told, stops) {
            all.push(
                Finding::new(&LIFECYCLE, life.place, message)
                    .hint("`keyrite given REGISTER KEY` prints it as the records have it"),
            );
        }
    }
    all.extend(rotated(register, script));
    all
}

/// New material for a provider key that was rotated as often as it can be.
fn rotated(register: &Register, script: &Script) -> Vec<Finding> {
    let mut all = Vec::new();
    for (index, step) in script.steps.iter().enumerate() {
        let Step::Wrap(wrap) = &step.value else {
            continue;
        };
        let input = script.inputs.get(wrap.r#for.as_str());
        let Some((input, id)) = input.and_then(|it| Some((it, it.key_id.as_ref()?.as_str())))
        else {
            continue;
        };
        let new = input.import_type.as_ref();
        let Some(most) = acts::rotations(input.provider.as_str()) else {
            continue;
        };
        let counts = register.materials.iter();
        let counts = counts.filter_map(|it| it.versions.rotations.get(id).copied());
        let done = counts.max().unwrap_or(0);
        if new.is_some_and(|it| it.value == ImportType::New) && done >= most {
            let message =
                format!("by the records {id} was rotated {done} times, and {most} is all");
            all.push(
                Finding::new(&LAST_ROTATION, step.place, message)
                    .step(number(index))
                    .hint("make another key at the provider, import into that, and turn the alias"),
            );
        }
    }
    all
}

/// Materials of a label that are worth as much.
fn of<'a>(
    register: &'a Register,
    script: &Script,
    key: &'a str,
) -> impl Iterator<Item = &'a Material> {
    let mode = Mode::from(script.mode.value);
    let all = register.materials.iter();
    all.filter(move |it| it.key == key && it.mode.is_none_or(|known| known == mode))
}
