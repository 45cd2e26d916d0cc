//! See `keyrite_fuzz::card`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("card"),
    |input: &[u8]| keyrite_fuzz::card::run(input)
);
