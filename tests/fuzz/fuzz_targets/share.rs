//! See `keyrite_fuzz::share`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: keyrite_fuzz::begin("share"),
    |input: &[u8]| keyrite_fuzz::share::run(input)
);
