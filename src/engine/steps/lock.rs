//! Nothing can take a key out of the HSM any more.

use crate::domain::attributes::Verdict;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::text::list;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::steps::generate::believe;

pub(super) fn lock(bench: &mut Bench<'_, '_>, n: u32, key: &At<Id>) -> Result<Done, EngineError> {
    let label = key.as_str();
    bench.calling(n, label, Call::Lock)?;
    let locked = bench.token.lock(label)?;
    let mut refused = vec![locked.how];
    refused.extend(locked.proof.in_words());
    let mut good = Some(format!("key {label} cannot leave the HSM any more"));
    match locked.proof.verdict() {
        Verdict::Proved => {}
        Verdict::NothingToTry => {
            refused.push("no way that was tried takes anything out of this token".to_owned());
        }
        Verdict::ComesOut(ways) => {
            good = None;
            let what = format!(
                "CKA_EXTRACTABLE is false, and it comes out by {}",
                list(&ways)
            );
            believe(bench, label, vec![what])?;
        }
    }
    for how in &refused {
        bench.room.desk.say(Say::Fact {
            name: "tried",
            value: how,
        });
    }
    if let Some(good) = good {
        bench.room.desk.say(Say::Good(&good));
    }
    Ok(Did::Lock {
        key: label.to_owned(),
        refused,
    }
    .into())
}
