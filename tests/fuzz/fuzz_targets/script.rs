//! See `keyrite_fuzz::script`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("script"),
    |input: &[u8]| keyrite_fuzz::script::run(input)
);
