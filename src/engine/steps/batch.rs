//! Keys of a list are made and wrapped, each as one unit of work.
//!
//! A window of keys is written to the archive and flushed; then each of them gets its line in the
//! record, flushed together. So every line names files that are on the disk, and what an
//! interruption leaves behind the last line is cut off when the ceremony goes on.

use crate::crypto::library;
use crate::crypto::wrap;
use crate::domain::progress::number;
use crate::domain::record::Artifact;
use crate::domain::record::BatchKey;
use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Moment;
use crate::domain::record::Purpose;
use crate::domain::script::MakeBatch;
use crate::engine::archive::Archive;
use crate::engine::batch::WINDOW;
use crate::engine::batch::WINDOW_OF_REHEARSAL;
use crate::engine::batch::Work;
use crate::engine::batch::in_order;
use crate::engine::batch::keep;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::token::software;
use crate::providers::ProviderError;

pub(super) fn batch(
    bench: &mut Bench<'_, '_>,
    index: usize,
    step: &MakeBatch,
) -> Result<Done, EngineError> {
    let (batch, name) = (step.keys.as_str(), step.r#for.as_str());
    let now = bench.room.clock.now();
    let approved = approval(bench, index);
    approved(now)?;
    let missing = |what| EngineError::InputNamesNo {
        input: name.to_owned(),
        what,
    };
    let described = bench.script.inputs.get(name);
    let described = described.ok_or_else(|| missing("file of the provider"))?;
    let input = bench.inputs.get(name);
    let input = input.ok_or_else(|| missing("file of the provider"))?;
    let list = bench.lists.get(batch);
    let list = list.ok_or_else(|| missing("list of keys"))?;
    if input.provider.needs_import_token() && input.each.is_none() {
        return Err(ProviderError::TokenMissing.into());
    }
    let rehearsal = bench.mode == Mode::Rehearsal;
    let construction = input.profile.construction;
    let mut self_check = Vec::new();
    if !rehearsal {
        let bits = input.parameters.wrapping_key.bits();
        wrap::self_check(construction, bits, list.kind, bench.room.random)?;
        self_check.push(wrap::self_checked(construction));
    }
    self_check.extend(
        wrap::checks(construction)
            .iter()
            .map(|&check| check.to_owned()),
    );
    if rehearsal {
        self_check.push(
            "the stand-in provider opened each with RustCrypto and found the same key".to_owned(),
        );
    }
    let path = BatchKey::archive_of(batch, name);
    let full = bench.store.dir().join(&path);
    let before = bench.store.archive(&path).unwrap_or_default();
    let mut archive = if before.keys == 0 {
        Archive::create(&full)?
    } else {
        Archive::reopen(&full, before.archive)?
    };
    let work = Work {
        batch,
        kind: list.kind,
        described,
        input,
        now,
        rehearsal,
    };
    let mut rows = list.rows()?;
    for _ in 0..before.keys {
        rows.next().transpose()?;
    }
    let random = &mut *bench.room.random;
    let mut jobs = rows.map(|row| Ok((row?, random.for_worker()?)));
    let total = list.keys;
    let window = if rehearsal {
        WINDOW_OF_REHEARSAL
    } else {
        WINDOW
    };
    let (store, desk, clock) = (
        &mut bench.store,
        &mut *bench.room.desk,
        &mut *bench.room.clock,
    );
    desk.progress(before.keys, total);
    let done = in_order(
        &mut jobs,
        window,
        |(row, mut random)| work.wrap(&row, &mut *random),
        &mut |wrapped| {
            let now = clock.now();
            approved(now)?;
            keep(store, &mut archive, wrapped, now)?;
            let batched = store.archive(&path).unwrap_or_default();
            desk.progress(batched.keys, total);
            Ok(())
        },
    );
    desk.progress(total, total);
    done?;
    let made = bench.store.archive(&path).unwrap_or_default().keys;
    // The list was read before; it has changed meanwhile if it has other rows now.
    if made != total {
        return Err(EngineError::InputChanged(batch.to_owned()));
    }
    let (sha256, bytes) = archive.finish(bench.store.faults_mut())?;
    bench.room.desk.varies(&sha256.to_string());
    bench.room.desk.say(Say::Fact {
        name: &path,
        value: &sha256.to_string(),
    });
    bench.room.desk.say(Say::Good(&format!(
        "{made} keys of {batch} are made and wrapped for {name}"
    )));
    let did = Did::Batch {
        keys: batch.to_owned(),
        r#for: name.to_owned(),
        provider: work.input.profile.provider.to_owned(),
        algorithm: work.input.profile.algorithm.to_owned(),
        r#type: work.kind,
        wrapping_key: work.input.fingerprint(),
        made,
        made_by: library::maker(),
        checked_by: software::CHECKER.to_owned(),
        self_check,
    };
    let artifacts = vec![Artifact {
        path,
        sha256,
        bytes,
        purpose: Purpose::WrappedKeys,
    }];
    Ok(Done { did, artifacts })
}

/// Whether the step is still approved at a moment, where it must be.
fn approval(
    bench: &Bench<'_, '_>,
    index: usize,
) -> impl Fn(Moment) -> Result<(), EngineError> + use<> {
    let must = bench.needs_approval(index);
    let until = bench.approved_until(index);
    move |now| {
        if must && until.is_none_or(|until| now > until) {
            let step = number(index);
            return Err(EngineError::NotApproved { step });
        }
        Ok(())
    }
}
