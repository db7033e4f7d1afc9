//! What Vault checks of a key that is written, in its order and in its words.

use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use crate::engine::KeySpec;
use crate::enroll::Otpauth;
use crate::error::Error;
use crate::limits;
use crate::otp::{Algorithm, decode_secret};
use crate::paths::Refusal;
use crate::paths::call::Fields;
use crate::secret::SecretText;

const URL: &str = "an error occurred while parsing url string";
const URL_PERIOD: &str = "an error occurred while parsing period value in url";
const URL_DIGITS: &str = "an error occurred while parsing digits value in url";
const DIGITS: &str = "the digits value can only be 6 or 8";
const ALGORITHM: &str = "the algorithm value is not valid";
const PERIOD: &str = "the period value must be greater than zero";
const PERIOD_BOUND: &str = "the period value must be at most 86400 seconds";
const SKEW: &str = "the skew value must be 0 or 1";
const QR_SIZE: &str = "the qr_size value must be greater than or equal to zero";
const QR_SIZE_BOUND: &str = "the qr_size value must be at most 4096 pixels";
const KEY_SIZE: &str = "the key_size value must be greater than zero";
const KEY_SIZE_BOUND: &str = "the key_size value must be 16 to 64 bytes";
const KEY: &str = "the key value is required";

/// What the fields ask to be stored. A key of the same name is always replaced.
///
/// # Errors
/// The sentence of the first check that fails.
pub(super) fn checked_spec(fields: &Fields) -> Result<KeySpec, Refusal> {
    let (key, url) = (fields.text("key"), fields.text("url"));
    let generate = fields.boolean("generate").unwrap_or(false);
    require(!generate || key.is_empty(), "a key should not be passed if generate is true")?;
    require(!generate || url.is_empty(), "a url should not be passed if generate is true")?;
    let stated = if url.is_empty() { Stated::default() } else { Stated::read(url)? };

    // What the URL states comes before the fields.
    let digits = stated.digits.or(fields.integer("digits"));
    require(digits.is_none_or(|digits| matches!(digits, 6 | 8)), DIGITS)?;
    let algorithm = if stated.algorithm { None } else { fields.given_text("algorithm") };
    let is_known = algorithm.is_none_or(|name| name.parse::<Algorithm>().is_ok());
    require(is_known && !stated.has_fault("algorithm"), ALGORITHM)?;
    let period = stated.period.or(fields.seconds("period"));
    require(period.is_none_or(|period| period > 0), PERIOD)?;
    let period = bounded(period, &limits::PERIOD_SECONDS, PERIOD_BOUND)?;
    let (skew, qr_size, key_size) = (fields.integer("skew"), fields.integer("qr_size"), fields.integer("key_size"));
    require(skew.is_none_or(|skew| matches!(skew, 0 | 1)), SKEW)?;
    require(qr_size.is_none_or(|size| size >= 0), QR_SIZE)?;
    require(key_size.is_none_or(|size| size > 0), KEY_SIZE)?;

    let mut spec = KeySpec {
        issuer: fields.given_text("issuer").map(Into::into),
        account_name: fields.given_text("account_name").map(Into::into),
        algorithm: algorithm.map(Into::into),
        digits: digits.and_then(|digits| u32::try_from(digits).ok()),
        period,
        skew: skew.and_then(|skew| u32::try_from(skew).ok()),
        overwrite: true,
        ..KeySpec::default()
    };
    if generate {
        let sizes = *limits::KEY_SIZE.start() as u32..=*limits::KEY_SIZE.end() as u32;
        spec.barcode_size = bounded(qr_size, &limits::BARCODE_PIXELS, QR_SIZE_BOUND)?;
        spec.key_size = bounded(key_size, &sizes, KEY_SIZE_BOUND)?;
        if !fields.boolean("exported").unwrap_or(true) {
            spec.barcode_size = Some(0);
        }
        let given = |name| !fields.text(name).is_empty();
        require(given("account_name"), "the account_name value is required for generated keys")?;
        require(given("issuer"), "the issuer value is required for generated keys")?;
    } else if url.is_empty() {
        require(!key.is_empty(), KEY)?;
        decode_secret(key).map_err(|error| Refusal::invalid(key_sentence(key, error.reason())))?;
        spec.secret = Some(SecretText::copy_of(key));
    } else {
        stated.check_rest(url)?;
        spec.url = Some(SecretText::copy_of(url));
    }
    Ok(spec)
}

/// What a URL states, and what is wrong with it beyond its form.
#[derive(Default)]
struct Stated {
    digits: Option<i64>,
    period: Option<i64>,
    algorithm: bool,
    /// The part at fault, and why.
    fault: Option<(String, String)>,
}

impl Stated {
    /// Reads a URL.
    ///
    /// # Errors
    /// The sentence for one that is malformed, or whose numbers are none. It repeats no part of the URL.
    fn read(url: &str) -> Result<Stated, Refusal> {
        let error = match Otpauth::parse(url) {
            Err(error) => error,
            Ok(parsed) => {
                let digits = parsed.digits.map(|digits| i64::from(digits.count()));
                let period = parsed.period.map(|period| i64::from(period.seconds()));
                return Ok(Stated { digits, period, algorithm: parsed.algorithm.is_some(), fault: None });
            }
        };
        let reason = error.reason();
        let parts = ["secret", "digits", "period", "algorithm", "issuer", "account name"];
        let fault = reason.split_once(": ").filter(|(part, detail)| parts.contains(part) && *detail != "given twice");
        let Some((part, detail)) = fault else {
            let is_plain = matches!(reason, "holds a control character" | "holds a bad percent escape");
            return Err(Refusal::invalid(if is_plain { URL.into() } else { format!("{URL}: {reason}") }));
        };
        let number = |name, sentence| match query_value(url, name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => value.parse::<i64>().map(Some).map_err(|_| Refusal::invalid(sentence)),
        };
        let (period, digits) = (number("period", URL_PERIOD)?, number("digits", URL_DIGITS)?);
        let algorithm = query_value(url, "algorithm").is_some_and(|name| !name.is_empty());
        Ok(Stated { digits, period, algorithm, fault: Some((part.into(), detail.into())) })
    }

    fn has_fault(&self, in_part: &str) -> bool {
        self.fault.as_ref().is_some_and(|(part, _)| part == in_part)
    }

    /// Refuses what no check before has refused: the secret above all.
    fn check_rest(&self, url: &str) -> Result<(), Refusal> {
        let Some((part, detail)) = &self.fault else { return Ok(()) };
        Err(Refusal::invalid(if part == "secret" {
            let secret = query_value(url, "secret").unwrap_or_default();
            if secret.is_empty() { KEY.into() } else { key_sentence(&secret, detail) }
        } else {
            format!("the {part} in the url is not valid: {detail}")
        }))
    }
}

/// The sentence for what the engine alone finds out.
pub(super) fn stored_refusal(error: Error) -> Refusal {
    match error.argument_name() {
        Some("barcode_size") => Refusal::invalid(format!("the qr_size value is {}", error.reason())),
        Some(argument) => Refusal::invalid(format!("the {argument} value is not valid: {}", error.reason())),
        None => error.into(),
    }
}

fn require(holds: bool, sentence: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::invalid(sentence)) }
}

fn bounded(value: Option<i64>, bounds: &RangeInclusive<u32>, sentence: &str) -> Result<Option<u32>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    let within = u32::try_from(value).ok().filter(|value| bounds.contains(value));
    within.map(Some).ok_or_else(|| Refusal::invalid(sentence))
}

/// The sentence for a secret that cannot be decoded, with the position that Go's decoder names.
fn key_sentence(key: &str, reason: &str) -> String {
    let position = match reason {
        "empty" => return KEY.into(),
        reason if reason.starts_with("not base32 at byte ") => reason.rsplit(' ').next().unwrap_or_default().to_owned(),
        "not base32: no bytes encode to this length" => key.trim_end_matches('=').len().to_string(),
        _ => return format!("invalid key value: {reason}"),
    };
    format!("invalid key value: illegal base32 data at input byte {position}")
}

/// The raw value of a parameter of a URL.
fn query_value(url: &str, name: &str) -> Option<Zeroizing<String>> {
    let (_, query) = url.trim().split_once('?')?;
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| Zeroizing::new(value.to_owned()))
}
