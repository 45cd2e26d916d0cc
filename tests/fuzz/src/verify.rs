//! Whatever stands in a ceremony's folder: `verify` never panics, and never passes what was touched.
//!
//! The input is one byte that says how, then either the whole text of one file, or edits of a good
//! ceremony: file, place (two bytes), length that is taken out, length that is put in, and that.
#![no_main]

use std::sync::OnceLock;

use keyrite::domain::parse::parse;
use keyrite::domain::record::Tool;
use keyrite::engine::dossier;
use keyrite::engine::files::Faults;
use keyrite::engine::rehearsal::Rehearsal;
use keyrite::engine::rehearsal::Seed;
use keyrite::engine::rehearsal::Unwatched;
use keyrite::engine::token::stand_in::StandIn;
use keyrite::error::Exit;
use keyrite::record::verify::Dossier;
use keyrite::record::verify::verify;
use libfuzzer_sys::fuzz_target;

const SCRIPT: &[u8] = b"schema: keyrite/v1
ceremony: small
title: Two people meet
kind: generate
mode: practice
people: {ana: {name: Ana Ruiz}, eli: {name: Eli Stern}}
roles: {administrator: [ana], witness: [eli]}
token: {core: software}
steps:
  - sign-in: [ana, eli]
  - exception: {by: eli}
  - seal
";

/// A ceremony that holds.
fn good() -> &'static Dossier {
    static GOOD: OnceLock<Dossier> = OnceLock::new();
    GOOD.get_or_init(|| {
        let home = tempfile::tempdir().expect("a temporary folder");
        let dir = home.path().join("c");
        let script = parse(SCRIPT).expect("the script can be read");
        let rehearsal = Rehearsal {
            script: &script,
            bytes: SCRIPT,
            seed: Seed([7; 32]),
            tool: Tool {
                name: "keyrite".to_owned(),
                version: "0.1.0".to_owned(),
                sha256: None,
                library: None,
            },
            dir: &dir,
            hsm: StandIn::of(&script, None),
        };
        let played = rehearsal.play(&mut Unwatched, Faults::none(), None);
        played.ended.expect("the rehearsal ends");
        let good = dossier::read(&dir).expect("the folder can be read");
        assert_eq!(verify(&good, None).exit(), Exit::Done);
        good
    })
}

fn part(dossier: &mut Dossier, which: u8) -> &mut Vec<u8> {
    match which % 6 {
        0 => &mut dossier.record,
        1 => &mut dossier.script,
        2 => &mut dossier.allowed_signers,
        3 => dossier.signatures.entry("ana".to_owned()).or_default(),
        4 => &mut dossier.verify_txt,
        _ => &mut dossier.dissents.entry("eli".to_owned()).or_default().0,
    }
}

fuzz_target!(|input: &[u8]| {
    let good = good();
    let mut touched = good.clone();
    let Some((how, mut rest)) = input.split_first() else {
        return;
    };
    if how & 128 == 0 {
        *part(&mut touched, *how) = rest.to_vec();
    } else {
        while let [which, high, low, out, into, more @ ..] = rest {
            let bytes = part(&mut touched, *which);
            let at = usize::from(u16::from_be_bytes([*high, *low])).min(bytes.len());
            let end = (at + usize::from(*out)).min(bytes.len());
            let (new, more) = more.split_at(usize::from(*into).min(more.len()));
            bytes.splice(at..end, new.iter().copied());
            rest = more;
        }
    }
    let same = touched.record == good.record
        && touched.script == good.script
        && touched.allowed_signers == good.allowed_signers
        && touched.signatures == good.signatures
        && touched.verify_txt == good.verify_txt
        && touched.dissents == good.dissents;
    let exit = verify(&touched, None).exit();
    assert_eq!(exit == Exit::Done, same);
    // Nothing that was touched is merely unfinished, but for a disagreement, which needs a signature.
    assert!(same || exit == Exit::Integrity);
});
