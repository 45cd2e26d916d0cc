//! See `keyrite_fuzz::logs`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("logs"),
    |input: &[u8]| keyrite_fuzz::logs::run(input)
);
