//! A key is destroyed.

use crate::domain::progress::number;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::script::Destroy;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

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
    bench.calling(number(index), label, Call::Destroy)?;
    let method = bench.token.destroy(label)?;
    bench
        .room
        .desk
        .say(Say::Good(&format!("key {label}: {method}")));
    Ok(Did::Destroy {
        key: label.to_owned(),
        r#where: "token".to_owned(),
        method,
    }
    .into())
}
