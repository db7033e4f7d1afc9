//! The one table of bounds. What lies outside is refused with [`crate::Kind::InvalidArgument`].

use std::ops::RangeInclusive;

/// Bytes of a key name.
pub const NAME_BYTES: usize = 512;
/// Bytes of an issuer, and of an account name.
pub const LABEL_BYTES: usize = 200;
/// Bytes of an otpauth URL.
pub const URL_BYTES: usize = 4096;
/// Bytes of an imported secret.
pub const SECRET_BYTES: RangeInclusive<usize> = 1..=128;
/// Bytes below which an imported secret earns a warning (RFC 4226 §4, R6: at least 128 bits).
pub const SHORT_SECRET_BYTES: usize = 16;
/// Bytes of a generated secret.
pub const KEY_SIZE: RangeInclusive<usize> = 16..=64;
/// Bytes of a generated secret unless asked otherwise (RFC 4226 §4, R6: 160 bits recommended).
pub const DEFAULT_KEY_SIZE: usize = 20;
/// Seconds of a period: one second to one day.
pub const PERIOD_SECONDS: RangeInclusive<u32> = 1..=86_400;
/// Side of a barcode in pixels; 0 asks for none.
pub const BARCODE_PIXELS: RangeInclusive<u32> = 0..=4096;
/// Side of a barcode in pixels unless asked otherwise.
pub const DEFAULT_BARCODE_PIXELS: u32 = 200;
/// Bytes of a mount path.
pub const MOUNT_PATH_BYTES: usize = 256;
/// Bytes of a mount's description.
pub const MOUNT_DESCRIPTION_BYTES: usize = 1024;
/// Mounts of one keep.
pub const MOUNTS: usize = 1024;
/// Names returned by one listing, at most and unless asked otherwise.
pub const LIST_LIMIT: usize = 1000;
/// Items of one batch of validations.
pub const BATCH_ITEMS: usize = 4096;
/// Validations that one transaction commits.
pub const COMMIT_BATCH: usize = 512;
/// Bytes of a passphrase.
pub const PASSPHRASE_BYTES: RangeInclusive<usize> = 1..=1024;
/// Bytes of a root key.
pub const ROOT_KEY_BYTES: usize = 32;
/// Bytes of a location.
pub const LOCATION_BYTES: usize = 4096;
/// Slots of one keep.
pub const SLOTS: usize = 8;
/// Terms that a keyring holds at once; `rewrap` prunes those no record uses.
pub const TERMS: usize = 64;
/// Records that one transaction of `rewrap` seals anew, and keys that one of a backup's check opens.
pub const REWRAP_BATCH: usize = 500;
/// Argon2id memory in KiB that is written or accepted from a file (a hostile file must not exhaust memory).
pub const ARGON2_MEMORY_KIB: RangeInclusive<u32> = 19 * 1024..=1024 * 1024;
/// Argon2id passes that are written or accepted from a file.
pub const ARGON2_PASSES: RangeInclusive<u32> = 1..=10;
/// Milliseconds to wait for the write lock.
pub const BUSY_TIMEOUT_MS: RangeInclusive<u32> = 0..=600_000;
/// Milliseconds to wait for the write lock unless asked otherwise.
pub const DEFAULT_BUSY_TIMEOUT_MS: u32 = 5_000;
/// Wrong codes that cost nothing.
pub const FREE_ATTEMPTS: RangeInclusive<u32> = 0..=1_000;
/// Seconds of the first lock.
pub const LOCK_SECONDS: RangeInclusive<u32> = 1..=86_400;
/// Wrong codes after which a key is disabled.
pub const MAX_FAILURES: RangeInclusive<u32> = 1..=1_000_000;
/// Bytes of the text of a token or an accessor, more than any has.
pub const TOKEN_TEXT_BYTES: usize = 128;
/// Bytes of a path that is operated on.
pub const PATH_BYTES: usize = 4096;
/// Bytes of the JSON that is sent to a path.
pub const DATA_BYTES: usize = 1024 * 1024;
/// Files of the audit log.
pub const AUDIT_FILES: usize = 16;
/// Policies of one keep, beside the built-in ones.
pub const POLICIES: usize = 1024;
/// Bytes of a policy's name.
pub const POLICY_NAME_BYTES: RangeInclusive<usize> = 1..=128;
/// Policies of one token.
pub const TOKEN_POLICIES: usize = 64;
/// Seconds a token lives, at its making and at each renewal: at most ten years.
pub const TOKEN_TTL_SECONDS: RangeInclusive<u64> = 1..=315_360_000;
/// Seconds a token lives unless asked otherwise: 32 days, as Vault's.
pub const DEFAULT_TOKEN_TTL_SECONDS: u64 = 2_764_800;
/// Tokens from one without a parent down to the last of its line.
pub const TOKEN_GENERATIONS: usize = 16;
/// Bytes of a token's display name.
pub const DISPLAY_NAME_BYTES: usize = 256;
/// Entries of a token's metadata.
pub const METADATA_ENTRIES: usize = 64;
/// Bytes of a name and of a value of a token's metadata.
pub const METADATA_BYTES: usize = 512;
/// Token rows that each new token looks over for expired ones.
pub const TOKENS_SWEPT: usize = 16;
/// Bytes of a policy's text; the policy's bounds are refused with [`crate::Kind::InvalidPolicy`].
pub const POLICY_BYTES: usize = 64 * 1024;
/// Path rules of one policy.
pub const POLICY_RULES: usize = 1000;
/// Levels of lists and objects inside each other in a policy.
pub const POLICY_NESTING: usize = 16;
