//! Who approved what: the script before the run, and acts while it ran.

use crate::documents::auditor::Seen;
use crate::documents::auditor::digits;
use crate::documents::auditor::values;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::approval::ApprovalRequest;
use crate::domain::approval::Target;
use crate::domain::record::Did;
use crate::domain::record::Digest;

/// Approvals, with exactly what they were given for.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("approvals", "Approvals");
    let script = Digest::of(&seen.dossier.script);
    let mut table = Table::new(
        "script-approvals",
        "Approvals of the script, given before the run",
        &[
            ("by", "By"),
            ("for", "For exactly these bytes of script.yaml (SHA-256)"),
            ("signature", "Signature file"),
        ],
        "none; only a production ceremony needs them.",
    );
    if let Some((line, open)) = seen.open() {
        for approval in &open.script_approvals {
            table.row(
                [
                    seen.name(&approval.by).into(),
                    digits(script),
                    Cell::plain(&approval.signature.path),
                ],
                &[line],
            );
        }
    }
    section.table(table);
    let mut table = Table::new(
        "approvals",
        "Approvals given in the room",
        &[
            ("by", "By"),
            ("what", "Approves"),
            ("for", "For exactly"),
            ("expires", "Holds until"),
            ("request", "Signed request"),
        ],
        "none were asked for.",
    );
    for (line, did) in seen.did() {
        if let Did::Approve {
            by,
            what,
            request,
            expires,
            ..
        } = did
        {
            let asked = seen
                .dossier
                .files
                .get(&request.path)
                .and_then(|file| file.content.as_deref())
                .and_then(|bytes| serde_json::from_slice::<ApprovalRequest>(bytes).ok());
            let exactly = match asked {
                Some(asked) => {
                    let targets: Vec<String> = asked.targets.iter().map(target).collect();
                    let head = asked.head;
                    Cell::plain(format!(
                        "{}; while the record's last line had the SHA-256 {head}",
                        targets.join("; ")
                    ))
                }
                None => Cell::new(Tone::Bad, "the request is missing or cannot be read"),
            };
            table.row(
                [
                    seen.name(by).into(),
                    what.as_str().into(),
                    exactly,
                    expires.to_string().into(),
                    Cell::plain(&request.path),
                ],
                &[line],
            );
        }
    }
    section.table(table);
    section
}

/// One act, in full.
fn target(target: &Target) -> String {
    let Target {
        step,
        key,
        check_values,
        batch,
        does,
        import,
    } = target;
    let what = match batch {
        Some(batch) => format!(
            "{} keys of the list {key} (names with the SHA-256 {})",
            batch.keys, batch.names
        ),
        None => format!("key {key} ({})", values(check_values)),
    };
    match import {
        Some(import) => {
            let at = import
                .key_id
                .as_ref()
                .map_or(String::new(), |id| format!(" into {id}"));
            format!(
                "step {step}: {what}{at} at {} with {}, under the wrapping key {}",
                import.provider, import.algorithm, import.wrapping_key
            )
        }
        None => match does {
            Some(does) => format!("step {step}: {what}: {does}"),
            None => format!("step {step}: the destruction of {what}"),
        },
    }
}
