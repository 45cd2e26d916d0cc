//! See `keyrite_fuzz::index`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("index"),
    |input: &[u8]| keyrite_fuzz::index::run(input)
);
