//! A key is made.

use crate::crypto::software::SoftwareKey;
use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::script::At;
use crate::domain::script::Id;
use crate::engine::bench::Bench;
use crate::engine::desk::Say;
use crate::engine::error::EngineError;
use crate::engine::steps::Done;
use crate::engine::store::ARTIFACTS;

/// What makes keys, by name and version.
const MAKER: &str = "aws-lc-rs 1.19";
/// What checks them.
const CHECKER: &str = "RustCrypto";

pub(super) fn generate(bench: &mut Bench<'_, '_>, key: &At<Id>) -> Result<Done, EngineError> {
    let label = key.to_string();
    let described = bench.script.keys.get(key.as_str());
    let kind = described
        .ok_or_else(|| EngineError::KeyGone(label.clone()))?
        .r#type
        .value;
    let mut made = Err(EngineError::KeyGone(label.clone()));
    let built_in = bench.built_in_pairs && bench.mode == Mode::Rehearsal;
    let random = &mut *bench.room.random;
    bench
        .room
        .desk
        .working(&format!("Making the {kind} key {label}"), &mut || {
            let key = if built_in {
                SoftwareKey::twin(kind, random)
            } else {
                SoftwareKey::generate(kind, random)
            };
            made = key
                .and_then(|key| key.prove_pair().map(|_| key))
                .map_err(EngineError::from);
        });
    let made = made?;
    let check_values = made.check_values().into_map();
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
    if let Some(spki) = made.spki() {
        let pem = pem(&spki);
        bench.room.desk.varies(&pem);
        let path = bench.free_path(&format!("{ARTIFACTS}/{label}-public"), ".pem");
        artifacts.push(
            bench
                .store
                .artifact(&path, pem.as_bytes(), Purpose::PublicKey)?,
        );
    }
    bench.state.keys.insert(label.clone(), made);
    let did = Did::Generate {
        key: label,
        r#type: kind,
        made_by: MAKER.to_owned(),
        checked_by: CHECKER.to_owned(),
        check_values,
    };
    Ok(Done { did, artifacts })
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
