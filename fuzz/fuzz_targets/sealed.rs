#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| otpkeep_fuzz::run("sealed", data));
