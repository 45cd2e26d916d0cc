//! The `lifecycle:` block of a script.

use crate::cli::given::quoted;
use crate::cli::given::values;
use crate::domain::lifecycle::Purpose;
use crate::domain::record::Life;
use crate::domain::record::LogsSeen;
use crate::domain::record::ProviderKey;
use crate::domain::record::Replaced;
use crate::domain::record::Request;

/// The block, to be pasted.
pub(super) fn block(lives: &[Life]) -> String {
    let mut text = String::new();
    if !lives.is_empty() {
        text.push_str("lifecycle:\n");
    }
    for life in lives {
        let mut line = |depth: usize, words: String| {
            text.push_str(&"  ".repeat(depth));
            text.push_str(&words);
            text.push('\n');
        };
        line(1, format!("{}:", quoted(&life.key)));
        line(2, format!("record: {}", quoted(&life.record)));
        line(2, format!("check-values: {}", values(&life.check_values)));
        line(2, format!("state: {}", life.standing.state));
        if life.standing.purpose != Purpose::Both {
            line(2, format!("purpose: {}", life.standing.purpose));
        }
        if life.standing.compromised_after_destruction {
            line(2, "compromised-after-destruction: true".to_owned());
        }
        if !life.at.is_empty() {
            line(2, "at:".to_owned());
        }
        for (name, at) in &life.at {
            line(3, format!("{}: {}", quoted(name), place(at)));
        }
        if !life.share_sets.is_empty() {
            line(2, "share-sets:".to_owned());
        }
        for set in &life.share_sets {
            line(
                3,
                format!("- {{id: {}, epoch: {}}}", quoted(&set.id), set.epoch),
            );
        }
        if let Some(asked) = &life.request {
            line(2, "request:".to_owned());
            for words in request(asked) {
                line(3, words);
            }
        }
        if let Some(newer) = &life.replaced {
            line(2, "replaced:".to_owned());
            for words in replaced(newer) {
                line(3, words);
            }
        }
    }
    text
}

/// The version that took its place, and who needs the older one.
fn replaced(newer: &Replaced) -> Vec<String> {
    let mut lines = vec![
        format!("by: {}", quoted(&newer.by)),
        format!("record: {}", quoted(&newer.record)),
    ];
    if !newer.also_in.is_empty() {
        let names: Vec<String> = newer.also_in.iter().map(quoted).collect();
        lines.push(format!("also-in: [{}]", names.join(", ")));
    }
    if !newer.dependents.is_empty() {
        lines.push("dependents:".to_owned());
    }
    for one in &newer.dependents {
        lines.push(format!("  - name: {}", quoted(&one.name)));
        lines.push(format!("    method: {}", one.method));
        if let Some(it) = &one.signed_off {
            let mut fields = vec![
                format!("record: {}", quoted(&it.record)),
                format!("by: {}", quoted(&it.by)),
                format!("evidence: {}", quoted(&it.evidence)),
            ];
            fields.extend(it.logs.as_ref().map(logs));
            lines.push(format!("    signed-off: {{{}}}", fields.join(", ")));
        }
    }
    if !newer.reconciled.is_empty() {
        lines.push("reconciled:".to_owned());
    }
    for held in &newer.reconciled {
        lines.push(format!(
            "  - {{at: {}, record: {}, {}}}",
            quoted(&held.at),
            quoted(&held.record),
            logs(&held.logs)
        ));
    }
    lines
}

fn logs(logs: &LogsSeen) -> String {
    let last = logs.last_decrypt.as_ref();
    let last = last.map_or(String::new(), |day| format!(", last-decrypt: {day}"));
    format!("logs: {{from: {}, to: {}{last}}}", logs.from, logs.to)
}

fn place(at: &ProviderKey) -> String {
    let mut fields = vec![format!("provider: {}", at.provider)];
    fields.extend(
        at.key_id
            .as_ref()
            .map(|id| format!("key-id: {}", quoted(id))),
    );
    fields.push(format!("state: {}", at.standing.state));
    if at.standing.purpose != Purpose::Both {
        fields.push(format!("purpose: {}", at.standing.purpose));
    }
    let ends = at.deletion_ends.as_ref();
    fields.extend(ends.map(|ends| format!("deletion-ends: {}", quoted(ends))));
    format!("{{{}}}", fields.join(", "))
}

fn request(asked: &Request) -> Vec<String> {
    let texts = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(quoted).collect();
        texts.join(", ")
    };
    vec![
        format!("by: {}", quoted(&asked.by)),
        format!("at: {}", quoted(&asked.at)),
        format!("not-before: {}", quoted(&asked.not_before)),
        format!("because: {}", quoted(&asked.because)),
        format!("dependents: [{}]", texts(&asked.dependents)),
        format!("tenants: [{}]", texts(&asked.tenants)),
    ]
}
