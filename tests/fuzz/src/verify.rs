//! Whatever stands in a ceremony's folder: `verify` never panics, and never passes what was touched. Where
//! the lines of a signature are broken is nobody's matter.
//!
//! The input is one byte that says how, then either the whole text of one file, or edits of a good
//! ceremony: file, place (two bytes), length that is taken out, length that is put in, and that.
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
use keyrite::record::signing::Signature;
use keyrite::record::verify::Dossier;
use keyrite::record::verify::verify;

use super::edits;

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

/// See the module.
pub fn run(input: &[u8]) {
    let good = good();
    let mut touched = good.clone();
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let mut dissent = touched
        .dissents
        .get("eli")
        .map_or_else(Vec::new, |(said, _)| said.clone());
    let mut signature = touched.signatures.get("ana").cloned().unwrap_or_default();
    let mut parts = [
        &mut touched.record,
        &mut touched.script,
        &mut touched.allowed_signers,
        &mut signature,
        &mut touched.verify_txt,
        &mut dissent,
    ];
    if how & 128 == 0 {
        *parts[usize::from(how % 6)] = rest.to_vec();
    } else {
        edits::apply(&mut parts, rest);
    }
    touched.signatures.insert("ana".to_owned(), signature);
    if !dissent.is_empty() {
        touched.dissents.insert("eli".to_owned(), (dissent, None));
    }
    let same = touched.record == good.record
        && touched.script == good.script
        && touched.allowed_signers == good.allowed_signers
        && Signature::parse(&touched.signatures["ana"])
            == Signature::parse(&good.signatures["ana"])
        && touched.verify_txt == good.verify_txt
        && touched.dissents == good.dissents;
    let exit = verify(&touched, None).exit();
    assert_eq!(exit == Exit::Done, same);
    // Nothing that was touched is merely unfinished, but for a disagreement, which needs a signature.
    assert!(same || exit == Exit::Integrity);
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let good = good();
    let signature = good.signatures.get("ana").cloned().unwrap_or_default();
    let parts = [
        &good.record,
        &good.script,
        &good.allowed_signers,
        &signature,
        &good.verify_txt,
        &Vec::new(),
    ];
    let whole = (0..).zip(parts).map(|(which, part)| {
        let mut seed = vec![which];
        seed.extend(part);
        seed
    });
    let edited = (0..6).map(|which| vec![128, which, 0, 40, 1, 1, b'x']);
    whole.chain(edited).chain([vec![128]]).collect()
}
