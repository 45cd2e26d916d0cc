//! See `keyrite_fuzz::verify`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("verify"),
    |input: &[u8]| keyrite_fuzz::verify::run(input)
);
