//! Nothing can take a key out of the HSM any more.

use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;

pub(super) fn lock(bench: &mut Bench<'_, '_>, n: u32, key: &At<Id>) -> Result<Done, EngineError> {
    let label = key.as_str();
    bench.calling(n, label, Call::Lock)?;
    let refused = bench.token.lock(label)?;
    for how in &refused {
        bench.room.desk.say(Say::Fact {
            name: "refused",
            value: how,
        });
    }
    bench.room.desk.say(Say::Good(&format!(
        "key {label} cannot leave the HSM any more"
    )));
    Ok(Did::Lock {
        key: label.to_owned(),
        refused,
    }
    .into())
}
