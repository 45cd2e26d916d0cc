//! See `keyrite_fuzz::signature`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("signature"),
    |input: &[u8]| keyrite_fuzz::signature::run(input)
);
