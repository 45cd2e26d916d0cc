//! `keyrite fingerprint`

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::FingerprintArgs;
use crate::cli::arguments::Format;
use crate::cli::fail;
use crate::crypto::words::words;
use crate::domain::record::Digest;
use crate::engine::files;
use crate::engine::inputs::Fingerprints;
use crate::error::Exit;
use crate::providers::ImportParameters;
use crate::providers::InputFile;
use crate::providers::PROVIDERS;
use crate::providers::ProviderError;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

/// Words in a line, read in one breath.
const A_LINE: usize = 4;

pub(super) fn fingerprint(arguments: &FingerprintArgs, style: Style) -> Exit {
    let mut all = Fingerprints::default();
    let mut last = None;
    for path in &arguments.files {
        let bytes = match files::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return fail(&error, style),
        };
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        match read(&[InputFile { name, bytes }]) {
            Ok(parameters) => {
                all.add(&parameters.wrapping_key);
                last = Some(parameters);
            }
            Err(error) => return fail(&error, style),
        }
    }
    let Some(parameters) = last else {
        return fail(&ProviderError::NoWrappingKey, style);
    };
    let (digest, object, heading) = match arguments.files.len() {
        1 => {
            let (digest, bits) = (
                parameters.wrapping_key.fingerprint(),
                parameters.wrapping_key.bits(),
            );
            (
                digest,
                json!({"bits": bits, "key-id": parameters.key_id}),
                format!("RSA-{bits} wrapping key, SHA-256 of its DER (SubjectPublicKeyInfo):"),
            )
        }
        count => (
            all.digest(),
            json!({"keys": count}),
            format!("{count} wrapping keys, SHA-256 of their fingerprints in this order:"),
        ),
    };
    tell(&digest, object, &heading, arguments.format, style);
    Exit::Done
}

fn tell(digest: &Digest, mut object: Value, heading: &str, format: Format, style: Style) {
    let out = Printer::results(style);
    match format {
        Format::Json => {
            if let Some(map) = object.as_object_mut() {
                map.insert("sha256".to_owned(), json!(digest));
                map.insert("words".to_owned(), json!(words(&digest.0)));
            }
            out.raw(&format!("{object:#}\n"));
        }
        Format::Text => {
            out.line(Tone::Plain, heading);
            out.raw("\n");
            lines(out, digest);
        }
    }
}

/// A digest in lines of four bytes and their words, and in one piece.
pub(super) fn lines(out: Printer, digest: &Digest) {
    for (row, line) in words(&digest.0).chunks(A_LINE).enumerate() {
        let first = row * A_LINE;
        let hex: Vec<String> = digest
            .0
            .iter()
            .skip(first)
            .take(A_LINE)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let line: Vec<String> = line.iter().map(|word| format!("{word:<13}")).collect();
        out.line(
            Tone::Plain,
            &format!(
                "  {:>2}  {}   {}",
                first + 1,
                hex.join(" "),
                line.concat().trim_end()
            ),
        );
    }
    out.raw("\n");
    out.line(Tone::Quiet, &format!("{digest}"));
}

/// Reads the file in any provider's form; if none fits, the first says what is wrong.
fn read(files: &[InputFile]) -> Result<ImportParameters, ProviderError> {
    let mut first = None;
    for provider in PROVIDERS {
        match provider.read_parameters(files) {
            Ok(parameters) => return Ok(parameters),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(ProviderError::NoWrappingKey))
}
