//! A whole ceremony beside the same by hand: an AES-256 key is made, split two of three, encrypted
//! to three custodians, wrapped with OAEP-SHA-256 under an RSA-4096 key, and signed for.
//!
//! Ours also walks the script, rebuilds the key from shares, opens what it wrapped, keeps a record
//! that is flushed to the disk after each step, and has six people sign it.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::Path;

use keyrite::domain::parse::parse;
use keyrite::domain::record::Tool;
use keyrite::engine::files::Faults;
use keyrite::engine::rehearsal::Rehearsal;
use keyrite::engine::rehearsal::Seed;
use keyrite::engine::rehearsal::Unwatched;
use keyrite::engine::token::stand_in::StandIn;
use table::Aim;
use table::Contender;
use table::Found;
use table::missing;
use table::quietly;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

const RUNS: u32 = 31;

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/ceremonies/aws-kms-aes256/script.yaml"
);

/// Keys that people bring: not timed.
const PREPARE: &str = r#"
set -eu; umask 077; cd "$1"
for i in 1 2 3; do
  age-keygen -o custodian-$i.key 2> /dev/null
  age-keygen -y custodian-$i.key > custodian-$i.pub
done
ssh-keygen -q -t ed25519 -N '' -C ana -f ana
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out provider.pem 2> /dev/null ||
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out provider.pem 2> /dev/null
openssl pkey -in provider.pem -pubout -out wrapping-key.pem
"#;

/// The ceremony by hand; `$3` is run over what was made.
const BY_HAND: &str = r#"
set -eu; umask 077; mkdir "$2"; cd "$2"
openssl rand -out key.bin 32
od -An -v -tx1 key.bin | tr -d ' \n' | ssss-split -t 2 -n 3 -x -q > shares 2> /dev/null
for i in 1 2 3; do
  sed -n ${i}p shares | age -a -r "$(cat "$1/custodian-$i.pub")" > share-$i.age
done
openssl pkeyutl -encrypt -pubin -inkey "$1/wrapping-key.pem" -in key.bin -out wrapped.bin \
  -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
rm key.bin shares
sha256sum share-* wrapped.bin > record
ssh-keygen -q -Y sign -f "$1/ana" -n ceremony record 2> /dev/null
$3
"#;

fn main() {
    let place = match tempfile::tempdir() {
        Ok(place) => place,
        Err(error) => return println!("no temporary folder: {error}"),
    };
    let place = place.path();
    let prepared = missing(&[
        "age",
        "age-keygen",
        "openssl",
        "ssh-keygen",
        "sha256sum",
        "ssss-split",
    ])
    .and_then(|()| shell(PREPARE, place, Path::new(""), ""));
    let by_hand = |folder: &str, round: u32, flush: &str| {
        prepared.clone()?;
        shell(
            BY_HAND,
            place,
            &place.join(format!("{folder}-{round}")),
            flush,
        )
    };
    let peers = |kind: &'static str| {
        vec![
            Contender {
                name: "openssl, ssss, age, ssh-keygen in sh",
                run: Box::new(move |round| by_hand(&format!("{kind}-hand"), round, "")),
                wanted: Aim::AtMost(0.5),
            },
            Contender {
                name: "the same, each file flushed to the disk",
                run: Box::new(move |round| {
                    by_hand(
                        &format!("{kind}-flushed"),
                        round,
                        "sync record record.sig share-1.age share-2.age share-3.age wrapped.bin .",
                    )
                }),
                wanted: Aim::Nothing,
            },
        ]
    };

    let mut library = vec![Contender {
        name: "keyrite as a library",
        run: Box::new(|round| rehearse(&place.join(format!("library-{round}")))),
        wanted: Aim::Nothing,
    }];
    library.extend(peers("library"));
    let mut found = Found::by("ceremony");
    found.compare("whole ceremony, in one process", RUNS, library);

    let mut process = vec![Contender {
        name: "keyrite rehearse",
        run: Box::new(|round| {
            let out = place.join(format!("process-{round}"));
            let keyrite = Path::new(env!("CARGO_BIN_EXE_keyrite"));
            quietly(
                keyrite,
                &["rehearse", SCRIPT, "--out", &out.to_string_lossy()],
            )?;
            if out.join("record.jsonl").exists() {
                Ok(())
            } else {
                Err("it left no record".to_owned())
            }
        }),
        wanted: Aim::Nothing,
    }];
    process.extend(peers("process"));
    found.compare(
        "whole ceremony: keyrite rehearse … --out DIR",
        RUNS,
        process,
    );
    found.write();
}

/// One ceremony through the library.
fn rehearse(dir: &Path) -> Result<(), String> {
    let bytes = std::fs::read(SCRIPT).map_err(|error| error.to_string())?;
    let script = parse(&bytes).map_err(|finding| finding.message)?;
    let rehearsal = Rehearsal {
        script: &script,
        bytes: &bytes,
        seed: Seed::default(),
        tool: Tool {
            name: "keyrite".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sha256: None,
            library: None,
        },
        dir,
        hsm: StandIn::of(&script, None),
    };
    match rehearsal.play(&mut Unwatched, Faults::none(), None).ended {
        Ok(_) => Ok(()),
        Err(stopped) => Err(stopped.error.to_string()),
    }
}

fn shell(script: &str, ready: &Path, out: &Path, flush: &str) -> Result<(), String> {
    let (ready, out) = (ready.to_string_lossy(), out.to_string_lossy());
    quietly(Path::new("sh"), &["-c", script, "sh", &ready, &out, flush])
}
