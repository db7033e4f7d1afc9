use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};

/// The one encoding under every key derivation, authentication tag and sealed record: a number is 8 bytes, big-endian;
/// bytes and text are their length in 4 bytes, big-endian, and then themselves. Each use has a fixed sequence of fields;
/// what derives or authenticates begins with the name of its kind, so no two different inputs encode alike.
///
/// What is finished with [`Encoder::finish`] is public; content ends with [`Encoder::finish_secret`].
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    /// Begins an encoding of this kind.
    pub(crate) fn new(kind: &str) -> Encoder {
        Encoder::plain().bytes(kind.as_bytes())
    }

    /// Begins the content of a sealed record, whose kind is authenticated beside it.
    pub(crate) fn plain() -> Encoder {
        Encoder(Vec::with_capacity(256))
    }

    pub(crate) fn number(self, number: u64) -> Encoder {
        self.append(&number.to_be_bytes())
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Encoder {
        // Every field is bounded far below 4 GiB by the table of limits.
        self.append(&(bytes.len() as u32).to_be_bytes()).append(bytes)
    }

    fn append(mut self, bytes: &[u8]) -> Encoder {
        let length = self.0.len() + bytes.len();
        if length > self.0.capacity() {
            // A vector that grows by itself would leave its old buffer behind, with the secrets in it.
            let mut larger = Vec::with_capacity(2 * length);
            larger.extend_from_slice(&self.0);
            std::mem::replace(&mut self.0, larger).zeroize();
        }
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// Ends the content of a sealed record, which is zeroed when dropped.
    pub(crate) fn finish_secret(self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0)
    }
}

/// Reads what [`Encoder`] wrote. Anything else is `corrupt`.
pub(crate) struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Begins reading the content of a sealed record.
    pub(crate) fn new(encoded: &'a [u8]) -> Decoder<'a> {
        Decoder(encoded)
    }

    pub(crate) fn number(&mut self) -> Result<u64> {
        let (number, rest) = self.0.split_first_chunk().ok_or_else(malformed)?;
        self.0 = rest;
        Ok(u64::from_be_bytes(*number))
    }

    /// A number that fits 32 bits.
    pub(crate) fn small_number(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| malformed())
    }

    /// A number that is a time: unix seconds, at most the last there are.
    pub(crate) fn seconds(&mut self) -> Result<u64> {
        Some(self.number()?).filter(|seconds| i64::try_from(*seconds).is_ok()).ok_or_else(malformed)
    }

    /// A number that is 1 or 0.
    pub(crate) fn truth(&mut self) -> Result<bool> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(malformed()),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk().ok_or_else(malformed)?;
        let (bytes, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| malformed())
    }

    /// Ends reading: nothing may be left.
    pub(crate) fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(malformed()) }
    }
}

fn malformed() -> Error {
    Error::corrupt("a sealed record does not hold what its kind says")
}
