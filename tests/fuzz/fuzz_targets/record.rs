//! See `keyrite_fuzz::record`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("record"),
    |input: &[u8]| keyrite_fuzz::record::run(input)
);
