//! See `keyrite_fuzz::parameters`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("parameters"),
    |input: &[u8]| keyrite_fuzz::parameters::run(input)
);
