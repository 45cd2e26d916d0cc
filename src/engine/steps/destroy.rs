//! A key is destroyed.

use crate::domain::progress::number;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::script::Destroy;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::token::error::TokenError;

pub(super) fn destroy(
    bench: &mut Bench<'_, '_>,
    index: usize,
    destroy: &Destroy,
) -> Result<Done, EngineError> {
    let label = destroy.key.as_str();
    let now = bench.room.clock.now();
    // Its signature was verified when it was made; on resuming, again (`resume::holds`).
    if bench.needs_approval(index) && !bench.approved(index, now) {
        return Err(EngineError::NotApproved {
            step: number(index),
        });
    }
    let left = bench.script.left_in_token().contains_key(label);
    let found = if left && bench.token.holds(label) {
        let found = bench.token.check_values(label)?.into_map();
        for (name, value) in &found {
            bench.room.desk.say(Say::Fact { name, value });
        }
        Some(found)
    } else {
        None
    };
    bench.calling(number(index), label, Call::Destroy)?;
    let method = bench.token.destroy(label)?;
    if left {
        let plan = bench.plan(label)?;
        if bench.token.find(label, &plan)? {
            return Err(TokenError::Wrong(format!("still has key {label}")).into());
        }
    }
    bench
        .room
        .desk
        .say(Say::Good(&format!("key {label}: {method}")));
    Ok(Did::Destroy {
        key: label.to_owned(),
        r#where: "token".to_owned(),
        method,
        found,
    }
    .into())
}
