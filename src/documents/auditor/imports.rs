//! What came from providers and what goes to them, by digests.

use crate::documents::auditor::Seen;
use crate::documents::auditor::arrival;
use crate::documents::auditor::digits;
use crate::documents::auditor::groups;
use crate::documents::auditor::spoken;
use crate::documents::auditor::word;
use crate::documents::document::Cell;
use crate::documents::document::Section;
use crate::documents::document::Table;
use crate::documents::document::Tone;
use crate::domain::record::Did;

/// Import parameters, comparisons and wraps.
pub(super) fn section(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("imports", "Wrapping and imports");
    section.table(inputs(seen));
    section.table(fingerprints(seen));
    section.table(compared(seen));
    section.table(wrapped(seen));
    section.table(arrival::answers(seen));
    section.table(external(seen));
    section
}

fn inputs(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "inputs",
        "Import parameters, as they were read",
        &[
            ("name", "Name"),
            ("provider", "Provider"),
            ("files", "Files"),
            ("valid-to", "Run out"),
            ("fetched", "Fetched by"),
            ("attested", "Attestation"),
        ],
        "none.",
    );
    let Some((line, open)) = seen.open() else {
        return table;
    };
    for input in &open.inputs {
        let files: Vec<String> = input
            .files
            .iter()
            .map(|file| format!("{} (SHA-256 {})", file.path, file.sha256))
            .collect();
        let files = if files.is_empty() {
            "a stand-in's; no file".to_owned()
        } else {
            files.join(", ")
        };
        let fetched = input.fetched.as_ref().map_or_else(
            || Cell::new(Tone::Open, "not said"),
            |fetched| {
                let (by, seen_by) = (seen.name(&fetched.by), seen.name(&fetched.seen_by));
                Cell::new(
                    Tone::Open,
                    format!("{by} on {}, seen by {seen_by}; their word", fetched.on),
                )
            },
        );
        table.row(
            [
                input.name.as_str().into(),
                input.provider.as_str().into(),
                files.into(),
                input
                    .valid_to
                    .map_or("no date".to_owned(), |at| at.to_string())
                    .into(),
                fetched,
                input.attested.as_deref().unwrap_or("none").into(),
            ],
            &[line],
        );
    }
    table
}

fn fingerprints(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "wrapping-keys",
        "Wrapping keys and import tokens: fingerprints in groups and words",
        &[("name", "Of"), ("value", "SHA-256"), ("words", "Words")],
        "none.",
    );
    let Some((line, open)) = seen.open() else {
        return table;
    };
    for input in &open.inputs {
        let mut row = |name: String, value: String| {
            table.row(
                [
                    name.into(),
                    Cell::code(groups(&value)),
                    spoken(&value).into(),
                ],
                &[line],
            );
        };
        row(
            format!(
                "wrapping key of {}, {} bits",
                input.name, input.wrapping_key_bits
            ),
            input.wrapping_key.to_string(),
        );
        if let Some(token) = input.import_token {
            row(format!("import token of {}", input.name), token.to_string());
        }
    }
    table
}

fn compared(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "comparisons",
        "Comparisons of wrapping keys over another channel",
        &[
            ("input", "Input"),
            ("channel", "Heard over"),
            ("by", "Typed by"),
            ("seen-by", "Seen by"),
            ("sha256", "Fingerprint"),
        ],
        "none.",
    );
    for (line, did) in seen.did() {
        if let Did::Compare {
            wrapping_key,
            sha256,
            channel,
            by,
            seen_by,
            ..
        } = did
        {
            let typed: Vec<String> = by
                .iter()
                .map(|typed| {
                    format!(
                        "{} ({} to {})",
                        seen.name(&typed.person),
                        typed.from,
                        typed.to
                    )
                })
                .collect();
            let seen_by = seen_by
                .as_ref()
                .map_or("nobody".to_owned(), |id| seen.name(id));
            table.row(
                [
                    wrapping_key.as_str().into(),
                    channel.as_str().into(),
                    typed.join(", ").into(),
                    seen_by.into(),
                    digits(*sha256),
                ],
                &[line],
            );
        }
    }
    table
}

fn wrapped(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "wraps",
        "Keys wrapped for providers",
        &[
            ("key", "Key"),
            ("for", "For"),
            ("algorithm", "Algorithm"),
            ("wrapping-key", "Under the wrapping key"),
            ("checked", "How the wrap was checked"),
        ],
        "none.",
    );
    for (line, did) in seen.did() {
        let (key, input, provider, algorithm, wrapping_key, checks) = if let Did::Wrap {
            key,
            r#for,
            provider,
            algorithm,
            wrapping_key,
            self_check,
            ..
        } = did
        {
            (
                key.clone(),
                r#for,
                provider,
                algorithm,
                wrapping_key,
                self_check,
            )
        } else if let Did::Batch {
            keys,
            r#for,
            provider,
            algorithm,
            wrapping_key,
            made,
            self_check,
            ..
        } = did
        {
            (
                format!("{made} keys of {keys}"),
                r#for,
                provider,
                algorithm,
                wrapping_key,
                self_check,
            )
        } else {
            continue;
        };
        table.row(
            [
                key.into(),
                format!("{input} at {provider}").into(),
                algorithm.as_str().into(),
                digits(*wrapping_key),
                checks.join("; ").into(),
            ],
            &[line],
        );
    }
    table
}

fn external(seen: &Seen<'_>) -> Table {
    let mut table = Table::new(
        "external",
        "Keys that stay in the HSM, and what a provider calls them",
        &[("key", "Key"), ("service", "Service"), ("names", "Names")],
        "none.",
    );
    if let Some((line, open)) = seen.open() {
        for external in &open.external {
            let names: Vec<String> = external
                .identifiers
                .iter()
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            table.row(
                [
                    external.key.as_str().into(),
                    external.service.as_str().into(),
                    names.join("; ").into(),
                ],
                &[line],
            );
        }
    }
    table
}

/// Every file that was made, and whether it is still the same.
pub(super) fn artifacts(seen: &Seen<'_>) -> Section {
    let mut section = Section::new("artifacts", "Artifacts");
    let mut table = Table::new(
        "artifacts",
        "Files that were made, and whether those in the folder are the same",
        &[
            ("path", "File"),
            ("purpose", "What it is"),
            ("bytes", "Bytes"),
            ("sha256", "SHA-256"),
            ("here", "In the folder"),
        ],
        "none.",
    );
    for (line, _, step) in seen.steps() {
        for artifact in &step.artifacts {
            let here = match seen.dossier.files.get(&artifact.path) {
                Some(file) if file.sha256 == artifact.sha256 => Cell::new(Tone::Good, "the same"),
                Some(_) => Cell::new(Tone::Bad, "other bytes"),
                None => Cell::new(Tone::Bad, "missing"),
            };
            table.row(
                [
                    Cell::plain(&artifact.path),
                    word(&artifact.purpose).into(),
                    artifact.bytes.to_string().into(),
                    digits(artifact.sha256),
                    here,
                ],
                &[line],
            );
        }
    }
    section.table(table);
    section
}
