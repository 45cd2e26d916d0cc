//! Somebody signs what comes next.

use crate::domain::approval;
use crate::domain::approval::ApprovalRequest;
use crate::domain::approval::Import;
use crate::domain::approval::Target;
use crate::domain::progress::number;
use crate::domain::record::Did;
use crate::domain::record::File;
use crate::domain::record::namespace;
use crate::domain::script::Approve;
use crate::engine::bench::Bench;
use crate::engine::desk::DeskError;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::list::List;
use crate::engine::signing;
use crate::engine::steps::Done;
use crate::engine::store::APPROVALS;

pub(super) fn approve(
    bench: &mut Bench<'_, '_>,
    index: usize,
    approve: &Approve,
) -> Result<Done, EngineError> {
    loop {
        if let Some(done) = request(bench, index, approve)? {
            return Ok(done);
        }
        // The request names the line before it: behind an exception it is another one.
        bench.otherwise(format!("{}/approval/{}", number(index), approve.by))?;
    }
}

/// Asks once; nothing if an exception is told in place of the signature.
fn request(
    bench: &mut Bench<'_, '_>,
    index: usize,
    approve: &Approve,
) -> Result<Option<Done>, EngineError> {
    let n = number(index);
    let by = approve.by.as_str();
    let name = bench.name(by);
    let expires = bench
        .room
        .clock
        .now()
        .plus_seconds(approval::validity(approve));
    let request = ApprovalRequest {
        format: approval::FORMAT.to_owned(),
        ceremony: bench.script.ceremony.to_string(),
        head: bench.store.head(),
        step: n,
        what: approve.what.name().to_owned(),
        by: by.to_owned(),
        targets: targets(bench, index, approve)?,
        expires,
    };
    for target in &request.targets {
        bench.room.desk.say(Say::Fact {
            name: "key",
            value: &target.key,
        });
        if let Some(batch) = &target.batch {
            bench.room.desk.say(Say::Fact {
                name: "how many",
                value: &batch.keys.to_string(),
            });
            bench.room.desk.say(Say::Fact {
                name: "SHA-256 of their names",
                value: &batch.names.to_string(),
            });
        }
        for (name, value) in &target.check_values {
            bench.room.desk.say(Say::Fact { name, value });
        }
        if let Some(does) = &target.does {
            bench.room.desk.say(Say::Fact {
                name: "does",
                value: does,
            });
        }
        if let Some(import) = &target.import {
            let key_id = import.key_id.as_deref().unwrap_or("(named at the upload)");
            bench.room.desk.say(Say::Fact {
                name: "goes to",
                value: &format!("{} {key_id}", import.provider),
            });
            bench.room.desk.say(Say::Fact {
                name: "wrapping key",
                value: &import.wrapping_key.to_string(),
            });
        }
    }
    bench.room.desk.say(Say::Fact {
        name: "holds until",
        value: &expires.to_string(),
    });
    let bytes = request.bytes();
    let path = bench.free_path(&format!("{APPROVALS}/{n:02}-{}", request.what), ".json");
    let request_file = bench.store.write(&path, &bytes)?;
    bench.room.desk.varies(&request_file.sha256.to_string());
    let question = Question::confirmation(
        format!("{n}/approval/{by}"),
        format!(
            "{name}: the file of your signing key, or of a signature made elsewhere over {path} \
             (ssh-keygen -Y sign -n {} -f KEY)",
            namespace::APPROVAL
        ),
    )
    .to(by);
    let sign = |bench: &mut Bench<'_, '_>| {
        let brought = bench.room.desk.bring(&question, Wanted::SigningKey)?;
        let key = bench
            .keyring
            .get(by)
            .and_then(|keys| keys.signs_with.as_ref());
        let key = key.ok_or_else(|| EngineError::PersonLacks {
            person: by.to_owned(),
            field: "signs-with",
        })?;
        let signed = signing::sign_or_take(
            bench.room.desk,
            brought,
            by,
            key,
            namespace::APPROVAL,
            &bytes,
        )?;
        signed.ok_or_else(|| EngineError::NotConfirmed {
            person: by.to_owned(),
            what: "signing the approval".to_owned(),
        })
    };
    let armored = bench.until_right(|bench| match sign(bench) {
        Err(EngineError::Desk(DeskError::Otherwise { .. })) => Ok(None),
        signed => signed.map(Some),
    })?;
    let Some(armored) = armored else {
        files::remove_leftover(&bench.store.dir().join(&path))?;
        return Ok(None);
    };
    let signature: File = bench
        .store
        .write(&format!("{path}.sig"), armored.as_bytes())?;
    bench.room.desk.varies(&signature.sha256.to_string());
    bench
        .room
        .desk
        .say(Say::Good(&format!("{name} signed {path}")));
    let did = Did::Approve {
        by: by.to_owned(),
        what: request.what,
        request: request_file,
        signature,
        expires,
    };
    Ok(Some(did.into()))
}

fn targets(
    bench: &Bench<'_, '_>,
    index: usize,
    approve: &Approve,
) -> Result<Vec<Target>, EngineError> {
    let import = |name: &str| {
        bench.inputs.get(name).map(|read| Import {
            r#for: read.name.clone(),
            provider: read.profile.provider.to_owned(),
            algorithm: read.profile.algorithm.to_owned(),
            key_id: read.key_id.clone(),
            wrapping_key: read.fingerprint(),
        })
    };
    let batches: Vec<_> = bench.lists.values().map(List::recorded).collect();
    approval::targets(
        bench.script,
        index,
        approve,
        &bench.state.made,
        &batches,
        import,
    )
    .map_err(|approval::NotMade(key)| EngineError::KeyGone(key))
}
