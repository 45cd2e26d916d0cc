//! Two people look at a key that no ceremony makes.

use crate::domain::record::Did;
use crate::domain::script::Declare;
use crate::engine::bench::Bench;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn declare(
    bench: &mut Bench<'_, '_>,
    n: u32,
    step: &Declare,
) -> Result<Done, EngineError> {
    let label = step.key.as_str();
    let described = bench.script.keys.get(label);
    let described = described.ok_or_else(|| EngineError::KeyGone(label.to_owned()))?;
    let model = described.model.as_ref();
    let model = model.map_or("", |model| model.choice.name());
    let made_on = step.made_on.as_ref().map(|day| day.value.0.to_string());
    let kind = described.r#type.value;
    let facts = [
        ("provider", Some(step.at.as_str())),
        ("key", Some(step.key_id.as_str())),
        ("type", Some(kind.name())),
        ("model", Some(model)),
        ("made on", made_on.as_deref()),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            bench.room.desk.say(Say::Fact { name, value });
        }
    }
    for person in [&step.by, &step.seen_by] {
        let id = person.as_str();
        let question = Question::confirmation(
            format!("{n}/there/{id}"),
            format!(
                "{}: did you see this key at {}, and is it as described?",
                bench.name(id),
                step.at.value
            ),
        )
        .to(id);
        if !bench.confirm(&question)? {
            return Err(EngineError::NotConfirmed {
                person: id.to_owned(),
                what: format!("key {label} at {}", step.at.value),
            });
        }
    }
    Ok(Did::Declare {
        key: label.to_owned(),
        r#type: kind,
        model: model.to_owned(),
        provider: step.at.to_string(),
        key_id: step.key_id.to_string(),
        made_on,
        by: step.by.to_string(),
        seen_by: step.seen_by.to_string(),
    }
    .into())
}
