//! See `keyrite_fuzz::kwp`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("kwp"),
    |input: &[u8]| keyrite_fuzz::kwp::run(input)
);
