//! A key is destroyed.

use crate::domain::progress::number;
use crate::domain::record::Did;
use crate::domain::record::method;
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
    // The key's memory is wiped as it is dropped.
    let how = match bench.state.keys.remove(label) {
        Some(key) => {
            drop(key);
            method::WIPED
        }
        None => method::GONE,
    };
    bench
        .room
        .desk
        .say(Say::Good(&format!("key {label}: {how}")));
    Ok(Did::Destroy {
        key: label.to_owned(),
        r#where: "token".to_owned(),
        method: how.to_owned(),
    }
    .into())
}
