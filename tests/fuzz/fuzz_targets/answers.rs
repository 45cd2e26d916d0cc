//! See `keyrite_fuzz::answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("answers"),
    |input: &[u8]| keyrite_fuzz::answers::run(input)
);
