//! Custodians' shares bring back a key of an earlier ceremony.

use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::script::Restore;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::generate::told;
use crate::engine::steps::rebuild;
use crate::engine::steps::restore_test::same;

pub(super) fn restore(
    bench: &mut Bench<'_, '_>,
    n: u32,
    restore: &Restore,
) -> Result<Done, EngineError> {
    let label = restore.key.as_str();
    let with: Vec<String> = restore.with.iter().map(ToString::to_string).collect();
    let (shared, check_values) = rebuild(bench, n, &format!("{n}"), label, &with)?;
    let plan = bench.plan(label)?;
    // An interruption may have left it in the token, and the room adopted it.
    if !bench.token.holds(label) {
        bench.calling(n, label, Call::Restore)?;
        bench
            .token
            .restore(label, &plan, &shared, bench.room.random)?;
    }
    drop(shared);
    same(&bench.token.check_values(label)?.into_map(), &check_values)?;
    let made = told(bench, label, &plan)?;
    bench.room.desk.say(Say::Good(&format!(
        "key {label} is back, with the check values of the ceremony that made it"
    )));
    let set = bench
        .state
        .splits
        .get(label)
        .map(|split| split.set.id.clone())
        .unwrap_or_default();
    Ok(Did::Restore {
        key: label.to_owned(),
        r#type: plan.kind,
        set,
        with,
        check_values,
        token: made.token,
    }
    .into())
}
