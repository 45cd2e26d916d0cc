//! What a fuzzer holds the readers to holds for its seeds, and for everything that was ever found.
//!
//! A fuzzer has no end, so it is not run here: CONTRIBUTING says how. What it found lies in
//! tests/data/fuzz/TARGET.

use std::fs;
use std::path::Path;

#[allow(dead_code, unreachable_pub, reason = "the fuzzer has it as a crate")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

#[test]
fn what_a_fuzzer_begins_with_and_what_it_found_holds() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz");
    for target in targets::TARGETS {
        println!("{}", target.name);
        let seeds = (target.seeds)();
        assert!(seeds.len() >= FEW, "{}", target.name);
        for seed in seeds.iter().step_by(seeds.len() / FEW) {
            (target.run)(seed);
        }
        for found in fs::read_dir(kept.join(target.name)).into_iter().flatten() {
            let found = found.unwrap().path();
            println!("{}", found.display());
            (target.run)(&fs::read(found).unwrap());
        }
    }
}

/// So many seeds of each are replayed: a fuzzer runs them all.
const FEW: usize = 6;
