//! How many keys a second are wrapped, beside OpenSSL.
//!
//! One thread wraps AES-256 keys under RSA-4096 with OAEP and SHA-256. What a verification of
//! `openssl speed` does is the same arithmetic without the padding; a shell loop is what people
//! write instead.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

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
