//! otpkeep: Vault's TOTP secrets engine as a library.

#![forbid(unsafe_code)]

mod clock;
pub mod enroll;
mod error;
pub mod limits;
pub mod otp;
mod secret;

pub use clock::{Clock, ManualClock, SystemClock, UnixTime};
pub use error::{Error, Kind, Result};

pub use secret::{Secret, SecretText};
