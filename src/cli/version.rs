//! `keyrite --version`

use crate::cli::fail;
use crate::cli::fingerprint;
use crate::cli::machine;
use crate::crypto::library;
use crate::error::Diagnose;
use crate::error::Exit;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

/// Says which version this is; with `digest` also which bytes, so that two people can compare them
/// with what was published before the ceremony.
pub(super) fn version(digest: bool, style: Style) -> Exit {
    let out = Printer::results(style);
    out.line(
        Tone::Plain,
        concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
    );
    let library = library::library();
    out.line(Tone::Plain, &format!("keys made by {library}"));
    if library::FIPS && library.certificate.is_none() {
        out.line(Tone::Plain, "no CMVP certificate of this version is known");
    }
    if !digest {
        return Exit::Done;
    }
    let Some(digest) = machine::tool().sha256 else {
        return fail(&Unreadable, style);
    };
    out.raw("\n");
    out.line(Tone::Plain, "SHA-256 of this program's file:");
    out.raw("\n");
    fingerprint::lines(out, &digest);
    Exit::Done
}

/// The system does not let the program read its own file.
#[derive(Debug, thiserror::Error)]
#[error("this program's own file cannot be read")]
struct Unreadable;

impl Diagnose for Unreadable {
    fn hint(&self) -> Option<String> {
        Some("mount /proc, or use sha256sum on the file that you started".to_owned())
    }

    fn exit(&self) -> Exit {
        Exit::Operator
    }
}
