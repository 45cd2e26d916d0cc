//! A key is made.

use crate::domain::finding::TOKEN_LIES;
use crate::domain::record::Call;
use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::domain::script::Kind;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::store::ARTIFACTS;
use crate::engine::token::KeyPlan;
use crate::engine::token::Made;
use crate::engine::token::error::TokenError;

pub(super) fn generate(
    bench: &mut Bench<'_, '_>,
    n: u32,
    key: &At<Id>,
) -> Result<Done, EngineError> {
    let label = key.to_string();
    let plan = bench.plan(&label)?;
    let kind = plan.kind;
    // An interruption may have left it in the token, and the room adopted it.
    if !bench.token.holds(&label) {
        bench.calling(n, &label, Call::Generate)?;
        let mut done = Ok(());
        let (token, random) = (&mut bench.token, &mut *bench.room.random);
        bench
            .room
            .desk
            .working(&format!("Making the {kind} key {label}"), &mut || {
                done = token.generate(&label, &plan, random);
            });
        done?;
    }
    let made = told(bench, &label, &plan)?;
    let check_values = bench.token.check_values(&label)?.into_map();
    // The short ones first: they are what people compare.
    let mut shown: Vec<(&String, &String)> = check_values.iter().collect();
    shown.sort_by_key(|(_, value)| value.len());
    for (name, value) in shown {
        if kind.is_pair() {
            bench.room.desk.varies(value);
        }
        bench.room.desk.say(Say::Fact { name, value });
    }
    let mut artifacts = Vec::new();
    if let Some(spki) = bench.token.spki(&label)? {
        let pem = pem(&spki);
        bench.room.desk.varies(&pem);
        let path = bench.free_path(&format!("{ARTIFACTS}/{label}-public"), ".pem");
        artifacts.push(
            bench
                .store
                .artifact(&path, pem.as_bytes(), Purpose::PublicKey)?,
        );
    }
    let did = Did::Generate {
        key: label,
        r#type: kind,
        made_by: made.by,
        checked_by: made.checked_by,
        check_values,
        token: made.token,
    };
    Ok(Done { did, artifacts })
}

/// Looks at a new key beside what was asked for. What an HSM does not honour stops a ceremony of
/// production, unless somebody answers for it.
pub(super) fn told(
    bench: &mut Bench<'_, '_>,
    label: &str,
    plan: &KeyPlan,
) -> Result<Made, EngineError> {
    let made = bench.token.made(label, plan)?;
    let Some(token) = &made.token else {
        return Ok(made);
    };
    let mut lies: Vec<String> = token.lies().map(ToString::to_string).collect();
    // A provider that calls the key from outside is promised that it was never anywhere else.
    if bench.script.kind.value == Kind::External && lies.is_empty() && !token.never_extractable() {
        lies.push("the token does not say CKA_NEVER_EXTRACTABLE".to_owned());
    }
    if let Err(error) = believe(bench, label, lies) {
        // Nobody relies on it yet.
        bench.token.destroy(label)?;
        return Err(error);
    }
    Ok(made)
}

/// Stops a ceremony of production whose token is not to be believed, unless somebody answers for
/// it; in practice it is told.
pub(super) fn believe(
    bench: &mut Bench<'_, '_>,
    label: &str,
    lies: Vec<String>,
) -> Result<(), EngineError> {
    let waivers = &bench.script.waivers;
    let waived = waivers
        .iter()
        .any(|waiver| waiver.rule.as_str() == TOKEN_LIES.id);
    if lies.is_empty() {
        return Ok(());
    }
    let error = TokenError::Lies {
        key: label.to_owned(),
        what: lies,
    };
    if bench.mode == Mode::Production && !waived {
        return Err(error.into());
    }
    bench.room.desk.say(Say::Note(&error.to_string()));
    Ok(())
}

/// PEM of a public key (RFC 7468 §13).
fn pem(spki: &[u8]) -> String {
    use base64ct::Encoding as _;
    let text = base64ct::Base64::encode_string(spki);
    let lines: Vec<String> = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    )
}
