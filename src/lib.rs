//! otpkeep: Vault's TOTP secrets engine as a library.
//!
//! A [`Keep`] is an encrypted SQLite file of TOTP keys. Keys are imported or generated with a barcode, codes are read,
//! and codes are validated exactly once: across threads, processes, crashes and restarts.
//!
//! ```
//! # let folder = std::env::temp_dir().join(format!("otpkeep-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("auth.keep");
//! use otpkeep::{Keep, KeySpec, OpenOptions};
//!
//! let mut options = OpenOptions::new();
//! options.set_passphrase(b"correct horse battery staple")?.set_create(true);
//! let keep = Keep::open(&path, &options)?;
//! let enrollment = keep.generate_key(
//!     "alice",
//!     &KeySpec { issuer: Some("Acme".into()), account_name: Some("alice@acme.com".into()), ..KeySpec::default() },
//! )?;
//! println!("{}", enrollment.terminal());
//! let code = keep.read_code("alice")?;
//! assert!(keep.validate_code("alice", code.value())?.is_accepted());
//! assert!(!keep.validate_code("alice", code.value())?.is_accepted());
//! # drop(keep);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod access;
mod attempt;
mod clock;
mod engine;
pub mod enroll;
mod error;
mod keep;
pub mod limits;
pub mod otp;
mod seal;
mod secret;
mod store;

pub use attempt::{Outcome, Throttle, Verdict};
pub use clock::{Clock, ManualClock, SystemClock, UnixTime};
pub use engine::{Attempts, Code, Enrollment, Key, KeySpec, Mount, MountSpec, Slot, Status};
pub use error::{Error, Kind, Result};
pub use keep::{Keep, OpenOptions, restore};
pub use seal::{PassphraseCost, SlotKind};
pub use secret::{Secret, SecretText};
