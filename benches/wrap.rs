//! How many keys a second are wrapped, beside OpenSSL.
//!
//! One thread wraps AES-256 keys under RSA-4096 with OAEP and SHA-256. What a verification of
//! `openssl speed` does is the same arithmetic without the padding; a shell loop is what people
//! write instead.
//!
//! A batch is the whole step of a ceremony, on every core: keys are made, wrapped, put into the
//! archive with their commands, and told by the record, all of it flushed to the disk. It runs in a
//! process of its own, which also says how much memory it took at most.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

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

/// Alternating rounds, of which the medians count.
const ROUNDS: usize = 5;
/// Keys of one round of ours.
const KEYS: u32 = 10_000;
/// Keys of one round of the shell loop.
const LOOPS: u32 = 50;

const CONSTRUCTION: Construction = Construction::Oaep(OaepHashes::same(Hash::Sha256));

/// What is measured; the first one is ours.
type Rate<'a> = (&'a str, Box<dyn Fn() -> Result<f64, String> + 'a>);

fn main() {
    let mut arguments = std::env::args();
    if arguments.any(|argument| argument == BATCH) {
        let keys = arguments.next().and_then(|keys| keys.parse().ok());
        return match batch(keys.unwrap_or_default()) {
            Ok(rate) => println!("{rate} {}", peak().unwrap_or_default()),
            Err(why) => println!("{why}"),
        };
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let to = match TestPair::of(4096)
        .ok_or(CryptoError::NoTestPair { bits: 4096 })
        .and_then(TestPair::public)
    {
        Ok(to) => to,
        Err(error) => return println!("not measured: {error}"),
    };
    let rates: Vec<Rate<'_>> = vec![
        ("keyrite: wrap", Box::new(|| ours(&to, false))),
        (
            "keyrite: make, check and wrap",
            Box::new(|| ours(&to, true)),
        ),
        (
            "keyrite: batch of 10,000, a core",
            Box::new(move || {
                let cores = u32::try_from(cores).unwrap_or(1);
                in_a_process(10_000).map(|(rate, _)| rate / f64::from(cores))
            }),
        ),
        (
            "keyrite: batch of 10,000, all cores",
            Box::new(|| in_a_process(10_000).map(|(rate, _)| rate)),
        ),
        ("openssl speed rsa4096: verify", Box::new(openssl_verifies)),
        (
            "shell loop: openssl pkeyutl -encrypt",
            Box::new(|| shell_loop(&to)),
        ),
    ];
    let mut found: Vec<Result<Vec<f64>, String>> = rates.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..ROUNDS {
        for ((_, measure), found) in rates.iter().zip(&mut found) {
            if let Ok(so_far) = found {
                match measure() {
                    Ok(rate) => so_far.push(rate),
                    Err(why) => *found = Err(why),
                }
            }
        }
    }
    println!(
        "\nAES-256 under RSA-4096 OAEP-SHA256, one thread (medians of {ROUNDS} alternating runs)"
    );
    println!("{:<40} {:>10} {:>14}", "", "a second", "ours is times");
    let medians: Vec<Result<f64, String>> = found.into_iter().map(|all| all.map(median)).collect();
    let ours = medians.first().and_then(|ours| ours.as_ref().ok()).copied();
    for ((name, _), rate) in rates.iter().zip(&medians) {
        match rate {
            Ok(rate) => {
                let ratio = ours.map_or(f64::NAN, |ours| ours / rate);
                println!("{name:<40} {rate:>10.0} {ratio:>14.2}");
            }
            Err(why) => println!("{name:<40} not measured: {why}"),
        }
    }
    memory();
}

/// How a process is told to do a batch only.
const BATCH: &str = "--batch-of";

/// The peak of memory for lists of several lengths.
fn memory() {
    println!("\nmost memory that a batch takes");
    for keys in [1_000, 10_000, 100_000] {
        match in_a_process(keys) {
            Ok((rate, peak)) => {
                println!("{keys:>10} keys {peak:>10} KiB {rate:>10.0} a second");
            }
            Err(why) => println!("{keys:>10} keys not measured: {why}"),
        }
    }
}

/// Keys a second of a batch in a process of its own, and the most memory that it took, in KiB.
fn in_a_process(keys: u32) -> Result<(f64, u64), String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(here)
        .args([BATCH, &keys.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let rate = words.next().and_then(|word| word.parse().ok());
    let peak = words.next().and_then(|word| word.parse().ok());
    rate.zip(peak).ok_or_else(|| text.trim().to_owned())
}

/// The most memory that this process took, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Makes, wraps and records so many keys for Google; keys a second.
fn batch(keys: u32) -> Result<f64, String> {
    let script = include_bytes!("../ceremonies/google-tenants/script.yaml");
    let read = parse(script).map_err(|finding| finding.message)?;
    let (_, described) = read.inputs.first_key_value().ok_or("no input")?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.map_err(|error| error.to_string())?;
    let run = || -> Result<f64, EngineError> {
        let now = SystemClock.now();
        let input = ReadInput::stand_in("google", described, false, now)?;
        let dir = folder.path().join("ceremony");
        let tool = Tool {
            name: "bench".to_owned(),
            version: String::new(),
            sha256: None,
        };
        let nobody = Keyring::new();
        let brought = ReadFiles {
            inputs: [("google".to_owned(), input)].into(),
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
                .get("google")
                .ok_or_else(|| EngineError::InputChanged("google".to_owned()))?,
            now,
            rehearsal: false,
        };
        let mut archive = Archive::create(&dir.join("artifacts/tenants-for-google.tar"))?;
        let mut rows = (1..=keys).map(|number| {
            Ok(Row {
                number: number.into(),
                key: format!("tenant-{number}"),
                parameters: None,
                key_id: Some(format!(
                    "projects/saas/locations/europe-west1/keyRings/tenants/cryptoKeys/tenant-{number}"
                )),
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
        Ok(f64::from(keys) / begin.elapsed().as_secs_f64())
    };
    run().map_err(|error| error.to_string())
}

/// Wraps [`KEYS`] keys, or makes and checks each of them, too.
fn ours(to: &WrappingKey, make: bool) -> Result<f64, String> {
    let new = || SoftwareKey::generate(KeyType::Aes256, &mut SystemRandom);
    let run = || -> Result<(), CryptoError> {
        let mut key = new()?;
        for _ in 0..KEYS {
            if make {
                key = new()?;
            }
            let wrapped = wrap(CONSTRUCTION, to, key.material(), &mut SystemRandom)?;
            let _kept = std::hint::black_box(wrapped);
        }
        Ok(())
    };
    let begin = Instant::now();
    run().map_err(|error| error.to_string())?;
    Ok(f64::from(KEYS) / begin.elapsed().as_secs_f64())
}

/// The last number that `openssl speed` prints.
fn openssl_verifies() -> Result<f64, String> {
    let output = Command::new("openssl")
        .args(["speed", "-elapsed", "-seconds", "1", "rsa4096"])
        .output()
        .map_err(|error| format!("openssl: {error}"))?;
    String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .next_back()
        .and_then(|rate| rate.parse().ok())
        .ok_or_else(|| "openssl speed printed no rate".to_owned())
}

/// What people write in a shell.
fn shell_loop(to: &WrappingKey) -> Result<f64, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("wrapping-key.der"), to.der()).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("plain.bin"), [0x5a; 32]).map_err(|error| error.to_string())?;
    let script = format!(
        "set -e; i=0; while [ $i -lt {LOOPS} ]; do \
         openssl pkeyutl -encrypt -pubin -keyform DER -inkey wrapping-key.der \
         -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 \
         -in plain.bin -out wrapped.bin; i=$((i+1)); done"
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
        Err("openssl pkeyutl failed".to_owned())
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}
