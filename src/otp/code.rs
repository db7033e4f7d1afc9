use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, Kind, Result};
use crate::otp::{Algorithm, Digits, Parameters, Step, Window};
use crate::secret::Secret;

/// Longer texts are malformed without being read: eight digits with a separator around each still fit.
const LONGEST_TEXT: usize = 32;

/// The digits of a code, zeroed when dropped; without `Debug` and `Display` like every secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CodeText {
    digits: [u8; 8],
    length: usize,
}

impl CodeText {
    fn new(value: u32, digits: Digits) -> CodeText {
        let mut text = [b'0'; 8];
        let length = digits.count() as usize;
        let mut rest = value;
        for place in text.iter_mut().take(length).rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        CodeText { digits: text, length }
    }

    /// The code, six or eight ASCII digits.
    pub fn expose(&self) -> &str {
        self.digits.get(..self.length).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
    }
}

/// Reads what a person typed as a code: ASCII digits, as many as the key has, with white space anywhere and dashes
/// between digits. `None` for all else, whatever the bytes; it never fails.
pub fn parse_code(text: &[u8], digits: Digits) -> Option<u32> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let text = text.trim_ascii();
    if text.starts_with(b"-") || text.ends_with(b"-") {
        return None;
    }
    let mut value: u32 = 0;
    let mut count = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' if count < digits.count() => {
                value = value * 10 + u32::from(byte - b'0');
                count += 1;
            }
            b'-' => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    (count == digits.count()).then_some(value)
}

/// Computes the codes of one key; its key schedule is run once.
pub struct Calculator {
    mac: KeyedMac,
    digits: Digits,
}

/// The HMAC with the secret absorbed. The states are zeroed when dropped (the `zeroize` feature of the hashes).
enum KeyedMac {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Calculator {
    /// Prepares the codes of this secret.
    ///
    /// # Errors
    /// `internal` only: an HMAC takes secrets of every length.
    pub fn new(secret: &Secret, parameters: &Parameters) -> Result<Calculator> {
        let secret = secret.expose();
        let mac = match parameters.algorithm {
            Algorithm::Sha1 => KeyedMac::Sha1(keyed(secret)?),
            Algorithm::Sha256 => KeyedMac::Sha256(keyed(secret)?),
            Algorithm::Sha512 => KeyedMac::Sha512(keyed(secret)?),
        };
        Ok(Calculator { mac, digits: parameters.digits })
    }

    /// The code of a step (RFC 4226 §5.3, RFC 6238 §4.2).
    pub fn code(&self, step: Step) -> CodeText {
        let value = match &self.mac {
            KeyedMac::Sha1(mac) => value(mac.clone(), self.digits, step),
            KeyedMac::Sha256(mac) => value(mac.clone(), self.digits, step),
            KeyedMac::Sha512(mac) => value(mac.clone(), self.digits, step),
        };
        CodeText::new(value, self.digits)
    }

    /// The latest step of the window whose code is `code`. Every step is computed and compared, in constant time, so
    /// that the time taken does not tell which step matched, if any.
    pub fn matching_step(&self, window: Window, code: u32) -> Option<Step> {
        match &self.mac {
            KeyedMac::Sha1(mac) => matching_step(mac, self.digits, window, code),
            KeyedMac::Sha256(mac) => matching_step(mac, self.digits, window, code),
            KeyedMac::Sha512(mac) => matching_step(mac, self.digits, window, code),
        }
    }
}

/// [`Calculator::code`] of the only step that is wanted: nothing is kept, moved or copied, nor cleared twice.
///
/// # Errors
/// `internal` only: an HMAC takes secrets of every length.
pub fn code_of(secret: &Secret, parameters: &Parameters, step: Step) -> Result<CodeText> {
    let (secret, digits) = (secret.expose(), parameters.digits);
    let value = match parameters.algorithm {
        Algorithm::Sha1 => value(keyed::<Hmac<Sha1>>(secret)?, digits, step),
        Algorithm::Sha256 => value(keyed::<Hmac<Sha256>>(secret)?, digits, step),
        Algorithm::Sha512 => value(keyed::<Hmac<Sha512>>(secret)?, digits, step),
    };
    Ok(CodeText::new(value, digits))
}

fn matching_step(mac: &(impl Mac + Clone), digits: Digits, window: Window, code: u32) -> Option<Step> {
    let mut found = Choice::from(0);
    let mut latest = 0;
    for step in window.steps() {
        let equal = value(mac.clone(), digits, step).ct_eq(&code);
        latest.conditional_assign(&step.number(), equal);
        found |= equal;
    }
    bool::from(found).then_some(Step::from_number(latest))
}

fn value(mac: impl Mac, digits: Digits, step: Step) -> u32 {
    truncate(mac, &step.number().to_be_bytes()) % 10_u32.pow(digits.count())
}

/// Whether two secrets give the same codes. Not only equal ones do: an HMAC fills a short key with zeros, and hashes a
/// long one (RFC 2104 §2).
///
/// # Errors
/// `internal` only: an HMAC takes secrets of every length.
pub fn same_codes(one: &Secret, other: &Secret, algorithm: Algorithm) -> Result<bool> {
    Ok(match algorithm {
        Algorithm::Sha1 => same_mac::<Hmac<Sha1>>(one, other)?,
        Algorithm::Sha256 => same_mac::<Hmac<Sha256>>(one, other)?,
        Algorithm::Sha512 => same_mac::<Hmac<Sha512>>(one, other)?,
    })
}

fn same_mac<M: KeyInit + Mac>(one: &Secret, other: &Secret) -> Result<bool> {
    let (one, other): (M, M) = (keyed(one.expose())?, keyed(other.expose())?);
    Ok(one.finalize() == other.finalize())
}

fn keyed<M: KeyInit>(secret: &[u8]) -> Result<M> {
    M::new_from_slice(secret).map_err(|_| Error::new(Kind::Internal, "the HMAC refused the secret's length"))
}

/// Dynamic truncation (RFC 4226 §5.3) of the HMAC of `counter`.
fn truncate(mut mac: impl Mac, counter: &[u8]) -> u32 {
    mac.update(counter);
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last().copied().unwrap_or_default() & 0x0f);
    let word = digest.iter().skip(offset).take(4).fold(0_u32, |word, &byte| (word << 8) | u32::from(byte));
    word & 0x7fff_ffff
}
