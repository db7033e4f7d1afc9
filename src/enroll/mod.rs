//! What an authenticator app reads: otpauth URLs in and out, and the barcode of one. Pure: no clock, no storage, no
//! randomness. Every decision about URLs is listed in `docs/otpauth-urls.md`.

mod barcode;
mod label;
mod otpauth;
mod warning;

pub use barcode::Barcode;
pub use label::check_label;
pub use otpauth::{Otpauth, format_url};
pub use warning::{Warning, warn_if_short};
