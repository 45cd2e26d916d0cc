//! How many keys a second are wrapped, beside OpenSSL.
//!
//! A batch is the whole step of a ceremony, on every core: keys are made, wrapped, put into the
//! archive with their commands, and told by the record, all of it flushed to the disk. It runs in a
//! process of its own, which also says how much CPU and memory it took. What a verification of
//! `openssl speed` does is the arithmetic of one wrap without its padding; a shell loop is what
//! people write instead.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]
#![allow(clippy::indexing_slicing, reason = "arrays of known length")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use keyrite::crypto::error::CryptoError;
use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::software::SoftwareKey;
use keyrite::crypto::test_pairs::TestPair;
use keyrite::crypto::wrap::Construction;
use keyrite::crypto::wrap::Hash;
use keyrite::crypto::wrap::OaepHashes;
use keyrite::crypto::wrap::wrap;
use keyrite::crypto::wrapping_key::WrappingKey;
use keyrite::domain::algorithm::KeyType;
use keyrite::domain::parse::parse;
use keyrite::domain::record::Mode;
use keyrite::domain::record::Tool;
use keyrite::engine::archive::Archive;
use keyrite::engine::batch::WINDOW;
use keyrite::engine::batch::Work;
use keyrite::engine::batch::in_order;
use keyrite::engine::batch::keep;
use keyrite::engine::bench::Keyring;
use keyrite::engine::clock::Clock as _;
use keyrite::engine::clock::SystemClock;
use keyrite::engine::error::EngineError;
use keyrite::engine::files::Faults;
use keyrite::engine::inputs::ReadFiles;
use keyrite::engine::inputs::ReadInput;
use keyrite::engine::list::Row;
use keyrite::engine::open::Opening;
use keyrite::engine::open::open;
use keyrite::engine::store::Store;
use table::Aim;
use table::Found;
use table::Measured;
use table::fewer;
use table::folder;
use table::median;
use table::plot::Line;
use table::plot::lines;
use table::quick;
use table::watch::Cost;
use table::watch::own_cpu;
use table::watch::own_peak;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

/// Alternating rounds, of which the medians count.
const ROUNDS: u32 = 5;
/// Lists of so many keys; the second is the one that is held beside others.
const SIZES: [u32; 3] = [1_000, BESIDE, 100_000];
const BESIDE: u32 = 10_000;
/// Keys of one round of the shell loop.
const LOOPS: u32 = 50;

/// What is wrapped for whom.
struct Case {
    name: &'static str,
    bits: usize,
    /// As the script has it.
    input: &'static str,
    key_id: &'static str,
    /// What people write in a shell for one key; `$BITS` is the length.
    by_hand: &'static str,
}

const OAEP: &str = "openssl rand -out plain.bin 32; \
    openssl pkeyutl -encrypt -pubin -keyform DER -inkey wrapping-$BITS.der \
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 \
    -in plain.bin -out wrapped.bin";
const HYBRID: &str = "openssl rand -out plain.bin 32; openssl rand -out kek.bin 32; \
    openssl enc -id-aes256-wrap-pad -iv A65959A6 -K $(od -An -v -tx1 kek.bin | tr -d ' \n') \
    -in plain.bin -out tail.bin; \
    openssl pkeyutl -encrypt -pubin -keyform DER -inkey wrapping-$BITS.der \
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 \
    -in kek.bin -out head.bin; cat head.bin tail.bin > wrapped.bin";
const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/5f0c1b7e-0000-4a6b-9c1d-";
const RESOURCE: &str = "projects/saas/locations/europe-west1/keyRings/tenants/cryptoKeys/tenant-";

const CASES: [Case; 4] = [
    Case {
        name: "AWS, OAEP, RSA-3072",
        bits: 3072,
        input: "{provider: aws-kms, algorithm: RSAES_OAEP_SHA_256, wrapping-key-spec: RSA_3072, valid-for: never}",
        key_id: ARN,
        by_hand: OAEP,
    },
    Case {
        name: "AWS, OAEP, RSA-4096",
        bits: 4096,
        input: "{provider: aws-kms, algorithm: RSAES_OAEP_SHA_256, wrapping-key-spec: RSA_4096, valid-for: never}",
        key_id: ARN,
        by_hand: OAEP,
    },
    Case {
        name: "Google, OAEP and AES-KWP, RSA-3072",
        bits: 3072,
        input: "{provider: google-kms, algorithm: rsa-oaep-3072-sha256-aes-256}",
        key_id: RESOURCE,
        by_hand: HYBRID,
    },
    Case {
        name: "Google, OAEP and AES-KWP, RSA-4096",
        bits: 4096,
        input: "{provider: google-kms, algorithm: rsa-oaep-4096-sha256-aes-256}",
        key_id: RESOURCE,
        by_hand: HYBRID,
    },
];

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some([_, case, keys]) = words.windows(3).find(|words| words[0] == BATCH) {
        let case = case.parse().ok().and_then(|case: usize| CASES.get(case));
        let done = case
            .zip(keys.parse().ok())
            .map(|(case, keys)| batch(case, keys));
        return match done {
            Some(Ok(seconds)) => println!("{seconds} {} {}", own_cpu(), own_peak()),
            Some(Err(why)) => println!("{why}"),
            None => println!("no such batch"),
        };
    }
    let mut found = Found::by("wrap");
    one_thread(&mut found);
    let mut plots: [Vec<Line>; 2] = [Vec::new(), Vec::new()];
    for (place, case) in CASES.iter().enumerate() {
        match beside(&mut found, place, case) {
            Ok([rates, peaks]) => {
                plots[0].push((case.name.to_owned(), rates));
                plots[1].push((case.name.to_owned(), peaks));
            }
            Err(why) => println!("not measured: {why}"),
        }
    }
    found.write();
    for (plot, (file, what)) in plots.iter().zip([
        ("wrap-rate.svg", "keys a second, all cores"),
        ("wrap-memory.svg", "most memory, MiB"),
    ]) {
        let svg = lines("keyrite: batches of AES-256 keys", "keys", what, plot);
        if let Err(error) = std::fs::write(folder().join(file), svg) {
            println!("not written: {error}");
        }
    }
}

/// How a process is told to do a batch only: which case, how many keys.
const BATCH: &str = "--batch-of";

/// Wraps without a record, beside the same arithmetic.
fn one_thread(found: &mut Found) {
    let mut rates: [Vec<f64>; 3] = Default::default();
    println!(
        "\nAES-256 under RSA-4096 OAEP-SHA256, one thread (medians of {ROUNDS} alternating runs)"
    );
    let mut rounds = || -> Result<(), String> {
        let to = public(4096)?;
        for _ in 0..fewer(ROUNDS) {
            rates[0].push(ours(&to, false)?);
            rates[1].push(ours(&to, true)?);
            rates[2].push(openssl_verifies(4096)?);
        }
        Ok(())
    };
    let done = rounds();
    let [wrap, make, peer] = rates.map(|rates| done.clone().map(|()| median(rates)));
    let rows = [("wrap", wrap), ("make, check and wrap", make)].map(|(what, ours)| Measured {
        what: format!("{what}, RSA-4096 OAEP, one thread"),
        unit: "a CPU s",
        ours,
        peer: Some((verifies(4096), peer.clone())),
        wanted: Aim::Nothing,
    });
    found.show(rows.into());
}

fn verifies(bits: usize) -> String {
    format!("openssl speed rsa{bits}: verify")
}

/// Batches of every size, the one of [`BESIDE`] keys in turn with what others do; keys a second, and memory.
fn beside(found: &mut Found, place: usize, case: &Case) -> Result<[Vec<(f64, f64)>; 2], String> {
    println!("\n{}: whole batches, recorded and flushed", case.name);
    let mut measured = Vec::new();
    for keys in SIZES {
        if quick() && keys > BESIDE {
            continue;
        }
        measured.push((keys, in_a_process(place, keys)?));
    }
    let (mut ours, mut of_cpu, mut theirs, mut loops) = (vec![], vec![], vec![], vec![]);
    for _ in 0..fewer(ROUNDS).min(3) {
        let cost = in_a_process(place, BESIDE)?;
        ours.push(f64::from(BESIDE) / cost.seconds);
        of_cpu.push(f64::from(BESIDE) / cost.cpu);
        theirs.push(openssl_verifies(case.bits)?);
        loops.push(shell_loop(case)?);
    }
    let what = |what: &str| format!("{}, 10,000 keys: {what}", case.name);
    let oaep = case.by_hand == OAEP;
    found.show(vec![
        Measured {
            what: what("a core"),
            unit: "a CPU s",
            ours: Ok(median(of_cpu)),
            peer: Some((verifies(case.bits), Ok(median(theirs)))),
            wanted: if oaep {
                Aim::AtLeast(1.0)
            } else {
                Aim::Nothing
            },
        },
        Measured {
            what: what("all cores"),
            unit: "a s",
            ours: Ok(median(ours)),
            peer: Some(("shell loop over openssl".to_owned(), Ok(median(loops)))),
            wanted: Aim::AtLeast(50.0),
        },
    ]);
    println!(
        "{:>9} {:>12} {:>14} {:>14}",
        "keys", "keys/s", "cores busy", "MiB at most"
    );
    let (mut rates, mut peaks) = (Vec::new(), Vec::new());
    for (keys, cost) in &measured {
        let (count, rate) = (f64::from(*keys), f64::from(*keys) / cost.seconds);
        let busy = cost.cpu / cost.seconds;
        println!(
            "{keys:>9} {rate:>12.0} {busy:>14.2} {:>14.1}",
            cost.mebibytes
        );
        rates.push((count, rate));
        peaks.push((count, cost.mebibytes));
    }
    if let [(_, first), .., (keys, last)] = measured.as_slice() {
        let row = |what: &str, unit, ours, peer, wanted| Measured {
            what: format!("{}, {keys} keys: {what}", case.name),
            unit,
            ours: Ok(ours),
            peer: Some(("1,000 keys".to_owned(), Ok(peer))),
            wanted,
        };
        let a_key = |cost: &Cost, keys: u32| cost.cpu * 1e6 / f64::from(keys);
        let (small, large) = (a_key(first, SIZES[0]), a_key(last, *keys));
        found.keep(row("CPU a key", "µs", large, small, Aim::AtMost(1.1)));
        let (small, large) = (first.mebibytes, last.mebibytes);
        found.keep(row("peak memory", "MiB", large, small, Aim::AtMost(1.5)));
        found.keep(Measured {
            what: format!("{}, {keys} keys: cores that are busy", case.name),
            unit: "",
            ours: Ok(last.cpu / last.seconds),
            peer: None,
            wanted: Aim::Nothing,
        });
    }
    Ok([rates, peaks])
}

/// What a batch costs in a process of its own.
fn in_a_process(case: usize, keys: u32) -> Result<Cost, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(here)
        .args([BATCH, &case.to_string(), &keys.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [seconds, cpu, mebibytes] = figures.as_slice() else {
        return Err(text.trim().to_owned());
    };
    Ok(Cost {
        seconds: *seconds,
        cpu: *cpu,
        mebibytes: *mebibytes,
    })
}

fn public(bits: usize) -> Result<WrappingKey, String> {
    let key = TestPair::of(bits)
        .ok_or(CryptoError::NoTestPair { bits })
        .and_then(TestPair::public);
    key.map_err(|error| error.to_string())
}

/// Makes, wraps and records so many keys; seconds.
fn batch(case: &Case, keys: u32) -> Result<f64, String> {
    let script = SCRIPT.replace("INPUT", case.input);
    let script = script.as_bytes();
    let read = parse(script).map_err(|finding| finding.message)?;
    let (_, described) = read.inputs.first_key_value().ok_or("no input")?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.map_err(|error| error.to_string())?;
    let run = || -> Result<f64, EngineError> {
        let now = SystemClock.now();
        let input = ReadInput::stand_in("cloud", described, false, now)?;
        let dir = folder.path().join("ceremony");
        let tool = Tool {
            name: "bench".to_owned(),
            version: String::new(),
            sha256: None,
            library: None,
        };
        let nobody = Keyring::new();
        let brought = ReadFiles {
            inputs: [("cloud".to_owned(), input)].into(),
            lists: BTreeMap::new(),
        };
        let (event, files) = open(Opening {
            script: &read,
            mode: Mode::Practice,
            tool,
            keyring: &nobody,
            brought: &brought,
            token: None,
            given: Vec::new(),
            lifecycle: Vec::new(),
            script_approvals: Vec::new(),
            follows: None,
            now,
            readiness: Vec::new(),
        })?;
        let mut store = Store::create(&dir, script, &files, now, &event, Faults::none())?;
        let work = Work {
            batch: "tenants",
            kind: KeyType::Aes256,
            described,
            input: brought
                .inputs
                .get("cloud")
                .ok_or_else(|| EngineError::InputChanged("cloud".to_owned()))?,
            now,
            rehearsal: false,
        };
        let mut archive = Archive::create(&dir.join("artifacts/tenants-for-cloud.tar"))?;
        let mut rows = (1..=keys).map(|number| {
            Ok(Row {
                number: number.into(),
                key: format!("tenant-{number}"),
                parameters: None,
                key_id: Some(format!("{}{number:012x}", case.key_id)),
            })
        });
        let begin = Instant::now();
        in_order(
            &mut rows,
            WINDOW,
            |row| work.wrap(&row, &mut SystemRandom),
            &mut |wrapped| keep(&mut store, &mut archive, wrapped, SystemClock.now()),
        )?;
        archive.finish(&mut Faults::none())?;
        Ok(begin.elapsed().as_secs_f64())
    };
    run().map_err(|error| error.to_string())
}

const SCRIPT: &str = "schema: keyrite/v1
ceremony: tenants
title: A key for every tenant
kind: import
mode: practice
people:
  ana: {name: Ana Ruiz}
  eli: {name: Eli Stern}
roles: {administrator: [ana], witness: [eli]}
token: {core: software}
batches:
  tenants: {list: tenants.csv, column: tenant, key-id: id, key: {type: aes-256, owner: saas}}
inputs:
  cloud: INPUT
steps:
  - sign-in: [ana, eli]
  - batch: {keys: tenants, for: cloud}
  - seal
";

/// Wraps keys, or makes and checks each of them, too; keys a CPU second.
fn ours(to: &WrappingKey, make: bool) -> Result<f64, String> {
    let keys = fewer(BESIDE);
    let new = || SoftwareKey::generate(KeyType::Aes256, &mut SystemRandom);
    let run = || -> Result<(), CryptoError> {
        let mut key = new()?;
        for _ in 0..keys {
            if make {
                key = new()?;
            }
            let wrapped = wrap(CONSTRUCTION, to, key.material(), &mut SystemRandom)?;
            let _kept = std::hint::black_box(wrapped);
        }
        Ok(())
    };
    let before = own_cpu();
    run().map_err(|error| error.to_string())?;
    Ok(f64::from(keys) / (own_cpu() - before))
}

const CONSTRUCTION: Construction = Construction::Oaep(OaepHashes::same(Hash::Sha256));

/// Verifications a CPU second, as `openssl speed` counts them where it is not told otherwise.
fn openssl_verifies(bits: usize) -> Result<f64, String> {
    let output = Command::new("openssl")
        .args(["speed", "-seconds", "1", &format!("rsa{bits}")])
        .output()
        .map_err(|error| format!("openssl: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    // `rsa 4096 bits 0.003831s 0.000060s    261.0  16722.4`, and nothing behind it.
    let line = text.lines().rfind(|line| line.starts_with("rsa "));
    line.and_then(|line| line.split_whitespace().nth(6)?.parse().ok())
        .ok_or_else(|| "openssl speed printed no rate".to_owned())
}

/// What people write in a shell, where waiting for programs to start is most of it.
fn shell_loop(case: &Case) -> Result<f64, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let key = public(case.bits)?;
    std::fs::write(
        folder.join(format!("wrapping-{}.der", case.bits)),
        key.der(),
    )
    .map_err(|error| error.to_string())?;
    let script = format!(
        "set -e; BITS={}; i=0; while [ $i -lt {LOOPS} ]; do {}; i=$((i+1)); done",
        case.bits, case.by_hand
    );
    let begin = Instant::now();
    let status = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .status()
        .map_err(|error| format!("sh: {error}"))?;
    if status.success() {
        Ok(f64::from(LOOPS) / begin.elapsed().as_secs_f64())
    } else {
        Err("openssl failed".to_owned())
    }
}
