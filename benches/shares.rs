//! 32 bytes dealt in shares and rebuilt, beside ssss and gfshare.
//!
//! In one process it is the sharing alone, with its envelopes. As commands, ours encrypts each share to its
//! custodian with age and writes it to the disk, and rebuilding opens them and compares the check value:
//! beside it stand ssss with age for each share, and ssss and gfshare alone, which leave shares readable.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::collections::BTreeMap;
use std::path::Path;

use keyrite::crypto::random::SystemRandom;
use keyrite::custody::error::ShareError;
use keyrite::custody::gathering::Gathering;
use keyrite::custody::share::Header;
use keyrite::custody::share::deal;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::record::Subject;
use keyrite::secret::Secret;
use table::Aim;
use table::Contender;
use table::Found;
use table::missing;
use table::quietly;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

const RUNS: u32 = 31;
/// How often one run in our own process does it.
const TIMES: u32 = 100;

/// Identities of the custodians, a key, and what ssss and gfshare make of it: `$1` is the folder, then
/// threshold and total.
const PREPARE: &str = r#"
set -eu; umask 077; mkdir "$1"; cd "$1"; K=$2; N=$3
for i in $(seq $N); do
  age-keygen -o $i.key 2> /dev/null; age-keygen -y $i.key > $i.pub
done
openssl rand -out key.bin 32
od -An -v -tx1 key.bin | tr -d ' \n' > key.hex
ssss-split -t $K -n $N -x -q < key.hex > ssss 2> /dev/null
for i in $(seq $N); do sed -n ${i}p ssss | age -a -r "$(cat $i.pub)" > ssss-$i.age; done
mkdir gf; gfsplit -n $K -m $N key.bin gf/key
"#;

const SSSS: &str = r#"cd "$1"; ssss-split -t $2 -n $3 -x -q < key.hex > out-ssss 2> /dev/null"#;
const SSSS_AGE: &str = r#"
set -eu; cd "$1"
ssss-split -t $2 -n $3 -x -q < key.hex > out-ssss 2> /dev/null
for i in $(seq $3); do sed -n ${i}p out-ssss | age -a -r "$(cat $i.pub)" > out-$i.age; done
"#;
const GF: &str = r#"cd "$1"; rm -rf out-gf; mkdir out-gf; gfsplit -n $2 -m $3 key.bin out-gf/key"#;
const SSSS_BACK: &str = r#"
set -eu; cd "$1"
head -n $2 ssss | ssss-combine -t $2 -x -q 2>&1 | grep -q -f key.hex
"#;
const SSSS_AGE_BACK: &str = r#"
set -eu; cd "$1"
for i in $(seq $2); do age -d -i $i.key ssss-$i.age; done | ssss-combine -t $2 -x -q 2>&1 | grep -q -f key.hex
"#;
const GF_BACK: &str = r#"
set -eu; cd "$1"
gfcombine -o back $(ls gf/key.* | head -n $2); cmp -s back key.bin
"#;

fn main() {
    let mut found = Found::by("shares");
    let place = match tempfile::tempdir() {
        Ok(place) => place,
        Err(error) => return println!("no temporary folder: {error}"),
    };
    for (threshold, total) in [(3, 5), (5, 9)] {
        let folder = place.path().join(format!("{threshold}-of-{total}"));
        let ready = missing(&[
            "age",
            "age-keygen",
            "gfcombine",
            "gfsplit",
            "openssl",
            "ssss-combine",
            "ssss-split",
        ])
        .and_then(|()| shell(PREPARE, &folder, threshold, total));
        let peer = |name: &'static str, script: &'static str, wanted| {
            let (folder, ready) = (folder.clone(), ready.clone());
            Contender {
                name,
                run: Box::new(move |_| {
                    ready.clone()?;
                    shell(script, &folder, threshold, total)
                }),
                wanted,
            }
        };
        let (split, combine) = (
            Contender {
                name: "keyrite split",
                run: Box::new(|round| keyrite_split(&folder, total, threshold, round)),
                wanted: Aim::Nothing,
            },
            Contender {
                name: "keyrite combine",
                run: Box::new(|_| keyrite_combine(&folder, threshold)),
                wanted: Aim::Nothing,
            },
        );
        found.compare(
            &format!("keyrite split, {threshold} of {total}, encrypted"),
            RUNS,
            vec![
                split,
                peer("ssss-split, age for each", SSSS_AGE, Aim::AtMost(1.0)),
                peer("ssss-split alone", SSSS, Aim::Nothing),
                peer("gfsplit alone", GF, Aim::Nothing),
            ],
        );
        found.compare(
            &format!("keyrite combine, {threshold} of {total}, encrypted"),
            RUNS,
            vec![
                combine,
                peer(
                    "age for each, ssss-combine",
                    SSSS_AGE_BACK,
                    Aim::AtMost(1.0),
                ),
                peer("ssss-combine alone", SSSS_BACK, Aim::Nothing),
                peer("gfcombine alone", GF_BACK, Aim::Nothing),
            ],
        );
        found.compare(
            &format!("dealt and rebuilt {TIMES} times, {threshold} of {total}, in one process"),
            RUNS,
            vec![
                Contender {
                    name: "keyrite as a library",
                    run: Box::new(move |_| {
                        (0..TIMES)
                            .try_for_each(|_| inside(threshold, total))
                            .map_err(|error| error.to_string())
                    }),
                    wanted: Aim::Nothing,
                },
                peer("gfsplit, once", GF, Aim::Nothing),
            ],
        );
    }
    found.write();
}

fn shell(script: &str, folder: &Path, threshold: u8, total: u8) -> Result<(), String> {
    let folder = folder.to_string_lossy();
    let (threshold, total) = (threshold.to_string(), total.to_string());
    let words = ["-c", script, "sh", &folder, &threshold, &total];
    quietly(Path::new("sh"), &words)
}

/// The first round's shares are those that are rebuilt.
fn keyrite_split(folder: &Path, total: u8, threshold: u8, round: u32) -> Result<(), String> {
    let path = |name: String| folder.join(name).to_string_lossy().into_owned();
    let (key, out) = (path("key.bin".to_owned()), path(format!("keyrite-{round}")));
    let threshold = threshold.to_string();
    let mut words = vec!["split", "--key-file", &key, "--threshold", &threshold];
    let recipients: Result<Vec<String>, String> = (1..=total)
        .map(|number| {
            let text = std::fs::read_to_string(folder.join(format!("{number}.pub")));
            Ok(text.map_err(|error| error.to_string())?.trim().to_owned())
        })
        .collect();
    let recipients = recipients?;
    for recipient in &recipients {
        words.extend(["--recipient", recipient]);
    }
    words.extend(["--out", &out]);
    quietly(Path::new(env!("CARGO_BIN_EXE_keyrite")), &words)
}

fn keyrite_combine(folder: &Path, threshold: u8) -> Result<(), String> {
    let shares = std::fs::read_dir(folder.join("keyrite-0")).map_err(|error| error.to_string())?;
    let mut shares: Vec<String> = shares
        .filter_map(|entry| Some(entry.ok()?.path().to_string_lossy().into_owned()))
        .filter(|path| path.contains("share-"))
        .filter(|path| Path::new(path).extension().is_some_and(|end| end == "age"))
        .collect();
    shares.sort();
    let identities: Vec<String> = (1..=threshold)
        .map(|number| {
            let path = folder.join(format!("{number}.key"));
            path.to_string_lossy().into_owned()
        })
        .collect();
    let mut words = vec!["combine"];
    words.extend(shares.iter().take(threshold.into()).map(String::as_str));
    for identity in &identities {
        words.extend(["--identity", identity]);
    }
    words.push("--check-value");
    quietly(Path::new(env!("CARGO_BIN_EXE_keyrite")), &words)
}

fn inside(threshold: u8, total: u8) -> Result<(), ShareError> {
    let header = Header {
        ceremony: "bench".to_owned(),
        key: "k".to_owned(),
        kind: Some(KeyType::Aes256),
        subject: Subject::Key,
        epoch: 1,
        threshold,
        total,
        check_values: BTreeMap::new(),
    };
    let dealt = deal(&Secret::zeroed(32), header, &mut SystemRandom)?;
    let mut gathering = Gathering::new(None);
    for share in dealt.shares.into_iter().take(threshold.into()) {
        gathering.add(share, "somebody")?;
    }
    gathering.combine()?;
    Ok(())
}
