//! See `tests::decoders`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    (tests::decoders::decoder("near").law)(bytes);
});
