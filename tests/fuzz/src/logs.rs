//! Whatever stands in a provider's log: reading it never panics, ends, and finds what stands whole behind it.
//!
//! The first byte of the input says whose log it is; a bit of it, whether the rest is packed.
use std::io::Read as _;

use flate2::Compression;
use flate2::bufread::GzEncoder;
use keyrite::domain::log_event::LogItem;
use keyrite::providers::provider;

use super::fixtures;

/// A provider, and a line of its log.
const WHOLE: [(&str, &str); 4] = [
    (
        "aws-kms",
        r#"{"eventSource":"kms.amazonaws.com","eventName":"the-last","eventTime":"2026-03-02T11:20:41Z"}"#,
    ),
    (
        "google-kms",
        r#"{"protoPayload":{"serviceName":"cloudkms.googleapis.com","methodName":"the-last"},"timestamp":"2026-03-02T11:20:41Z"}"#,
    ),
    (
        "azure-key-vault",
        r#"{"category":"AuditEvent","operationName":"Key-the-last","time":"2026-03-02T11:20:41Z","resourceId":"/MICROSOFT.KEYVAULT/"}"#,
    ),
    (
        "vault",
        r#"{"type":"response","time":"2026-03-02T11:20:41Z","request":{"operation":"read","path":"transit/keys/the-last"}}"#,
    ),
];

/// See the module.
pub fn run(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let (id, whole) = WHOLE[usize::from(how & 3)];
    let mut log = rest.to_vec();
    log.push(b'\n');
    log.extend(whole.as_bytes());
    let mut packed = Vec::new();
    if how & 4 == 4 {
        GzEncoder::new(log.as_slice(), Compression::fast())
            .read_to_end(&mut packed)
            .expect("it can be packed");
    }
    let mut source = if packed.is_empty() {
        log.as_slice()
    } else {
        &packed
    };
    let (mut items, mut found) = (0, false);
    let tally = provider(id)
        .expect("a provider")
        .read_log(&mut source, &mut |item| {
            items += 1;
            if let LogItem::Event(event, _) = item {
                found |= event.name.contains("the-last");
            }
        })
        .expect("nothing fails but a medium");
    assert_eq!(tally.events + tally.damaged, items);
    // What begins as a packed file, or as a table, is read as one.
    let first = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let table = first
        .to_ascii_lowercase()
        .windows(9)
        .any(|name| name == b"eventjson");
    assert!(found || table || rest.starts_with(b"\x1f\x8b"));
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (which, folder) in (0_u8..).zip(["aws", "google", "azure", "vault"]) {
        for (_, log) in fixtures::below(&format!("logs/{folder}")) {
            for packed in [0, 4] {
                all.push([&[which | packed], log.as_slice()].concat());
            }
        }
    }
    all
}
