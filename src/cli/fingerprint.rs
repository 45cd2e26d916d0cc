//! `keyrite fingerprint`

use serde_json::json;

use crate::cli::arguments::FingerprintArgs;
use crate::cli::arguments::Format;
use crate::cli::fail;
use crate::crypto::words::words;
use crate::engine::files;
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
    let bytes = match files::read(&arguments.file) {
        Ok(bytes) => bytes,
        Err(error) => return fail(&error, style),
    };
    let name = arguments
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let files = [InputFile { name, bytes }];
    let parameters = match read(&files) {
        Ok(parameters) => parameters,
        Err(error) => return fail(&error, style),
    };
    let key = &parameters.wrapping_key;
    let digest = key.fingerprint();
    let words = words(&digest.0);
    let out = Printer::results(style);
    match arguments.format {
        Format::Json => {
            let object = json!({"sha256": digest, "words": words, "bits": key.bits(), "key-id": parameters.key_id});
            out.raw(&format!("{object:#}\n"));
        }
        Format::Text => {
            out.line(
                Tone::Plain,
                &format!(
                    "RSA-{} wrapping key, SHA-256 of its DER (SubjectPublicKeyInfo):",
                    key.bits()
                ),
            );
            out.raw("\n");
            for (row, line) in words.chunks(A_LINE).enumerate() {
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
    }
    Exit::Done
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
