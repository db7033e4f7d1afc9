//! One-time password arithmetic (RFC 4226, RFC 6238). Pure: no clock, no storage, no randomness.

mod algorithm;
mod base32;
mod code;
mod parameters;
mod window;

pub use algorithm::Algorithm;
pub use base32::{decode_secret, encode_secret};
pub use code::{Calculator, CodeText, code_of, parse_code, same_codes};
pub use parameters::{Digits, Parameters, Period, Skew};
pub use window::{Step, Window};
