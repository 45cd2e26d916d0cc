//! RSA keys made, beside `openssl genrsa`.
//!
//! Ours is also proved to be a pair and read by a second implementation, as in a ceremony. How long it takes
//! to find two primes is chance: medians of few runs differ by a quarter.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts the programs that it measures"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::Path;

use keyrite::crypto::random::SystemRandom;
use keyrite::crypto::software::SoftwareKey;
use keyrite::domain::algorithm::KeyType;
use table::Aim;
use table::Contender;
use table::Found;
use table::missing;
use table::quietly;

#[allow(dead_code, reason = "other benches use all of it")]
mod table;

fn main() {
    let mut found = Found::by("rsa");
    for (kind, bits, runs) in [
        (KeyType::Rsa2048, "2048", 101),
        (KeyType::Rsa3072, "3072", 61),
        (KeyType::Rsa4096, "4096", 31),
    ] {
        found.compare(
            &format!("RSA-{bits}: a key is made"),
            runs,
            vec![
                Contender {
                    name: "keyrite",
                    run: Box::new(move |_| {
                        let made = SoftwareKey::generate(kind, &mut SystemRandom);
                        let made = made.map_err(|error| error.to_string())?;
                        made.prove_pair()
                            .map(drop)
                            .map_err(|error| error.to_string())
                    }),
                    wanted: Aim::Nothing,
                },
                Contender {
                    name: "openssl genrsa",
                    run: Box::new(move |_| {
                        missing(&["openssl"])?;
                        let words = ["genrsa", "-out", "/dev/null", bits];
                        quietly(Path::new("openssl"), &words)
                    }),
                    wanted: Aim::Nothing,
                },
            ],
        );
    }
    found.write();
}
