//! What the fuzzers run. A body takes any bytes and panics when a promise does not hold; the programs of libFuzzer's in
//! `fuzz_targets/` and the test in `tests/` are thin wrappers around it.

mod calls;
mod code;
mod keep;
mod otpauth;
mod policy;
mod request;
mod scratch;
mod sealed;
mod secret;

pub use sealed::faults;

/// A body: it returns whatever the bytes are, or the library is at fault.
pub type Body = fn(&[u8]);

/// Every body, by the name of its target.
pub const TARGETS: &[(&str, Body)] = &[
    ("calls", calls::run),
    ("code", code::run),
    ("keep", keep::run),
    ("otpauth", otpauth::run),
    ("policy", policy::run),
    ("request", request::run),
    ("sealed", sealed::run),
    ("secret", secret::run),
];

/// Runs the body of this name.
pub fn run(target: &str, data: &[u8]) {
    let (_, body) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target of this name");
    body(data);
}

/// The library's own error says that the caller is at fault, never itself.
fn check_honest(kind: otpkeep::Kind) {
    assert!(!matches!(kind, otpkeep::Kind::Internal | otpkeep::Kind::Panic), "{kind}");
}
