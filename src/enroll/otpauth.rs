use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::enroll::label;
use crate::enroll::{Warning, warn_if_short};
use crate::error::{Error, Result};
use crate::limits;
use crate::otp::{Algorithm, Digits, Parameters, Period, decode_secret, encode_secret};
use crate::secret::{Secret, SecretText};

/// What stays as it is in a URL: the unreserved characters (RFC 3986 §2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an otpauth URL says. Fields that the URL leaves out, or leaves empty, are `None`; a missing label is an empty
/// account name. Without `Debug`, since it holds a secret.
pub struct Otpauth {
    /// The secret, 1 to 128 bytes.
    pub secret: Secret,
    /// The `issuer` parameter, else the label's prefix. Never empty; at most 200 bytes, no control characters.
    pub issuer: Option<String>,
    /// The label after its issuer prefix; may be empty. At most 200 bytes, no control characters.
    pub account_name: String,
    /// The hash, when the URL names one.
    pub algorithm: Option<Algorithm>,
    /// The length of a code, when the URL gives one.
    pub digits: Option<Digits>,
    /// How long a code lasts, when the URL says so.
    pub period: Option<Period>,
    /// What is allowed but worth telling, each at most once.
    pub warnings: Vec<Warning>,
}

impl Otpauth {
    /// Reads an otpauth URL as sites and apps write them (the Key URI format of Google Authenticator). The URL is taken
    /// apart by hand: general URL parsers repair and reorder, and a repaired URL is a guess about a secret. What is
    /// accepted, and why, is in `docs/otpauth-urls.md`.
    ///
    /// # Errors
    /// `invalid-argument` for `url`, with a reason that repeats no part of the URL.
    pub fn parse(url: &str) -> Result<Otpauth> {
        // The length comes first, so that a huge text costs nothing.
        if url.len() > limits::URL_BYTES {
            return Err(refused("longer than 4096 bytes"));
        }
        let url = url.trim_matches(|letter: char| letter.is_ascii_whitespace());
        check_text(url)?;
        let (raw_label, query) = split_url(url)?;
        let query = Query::parse(query)?;

        let secret = query.secret.as_ref().ok_or_else(|| refused("secret: missing"))?;
        let secret =
            decode_secret(secret).map_err(|error| Error::argument("url", format!("secret: {}", error.reason())))?;
        let label = decode(raw_label)?;
        let (prefix, account_name) = split_label(raw_label, &label, query.issuer());
        let issuer = query.issuer().or(prefix).map(str::to_owned);
        checked_label("issuer", issuer.as_deref().unwrap_or_default())?;
        checked_label("account name", account_name)?;

        let mismatch = query.issuer().zip(prefix).is_some_and(|(issuer, prefix)| issuer != prefix);
        let warnings = mismatch.then_some(Warning::IssuerMismatch).into_iter().chain(warn_if_short(&secret)).collect();
        Ok(Otpauth {
            account_name: account_name.to_owned(),
            issuer,
            algorithm: given(&query.algorithm).map(read_algorithm).transpose()?,
            digits: given(&query.digits).map(read_digits).transpose()?,
            period: given(&query.period).map(read_period).transpose()?,
            secret,
            warnings,
        })
    }
}

/// Writes the otpauth URL of a key: `otpauth://totp/<issuer>:<account>?secret=…&issuer=…&algorithm=…&digits=…&period=…`.
/// All but the unreserved characters of RFC 3986 is escaped, so that no issuer or account name, whatever it holds, adds
/// or ends a parameter. [`Otpauth::parse`] and pyotp both read back the same issuer and account name.
///
/// Three labels differ from the usual form, because a reader would split or trim them: without an issuer the prefix and
/// the parameter are left out; an account name with `:` and no issuer gets an empty prefix; an account name that begins
/// with a space gets no prefix.
pub fn format_url(secret: &Secret, issuer: &str, account_name: &str, parameters: &Parameters) -> SecretText {
    let secret = encode_secret(secret);
    // Enough for every byte to be escaped: the buffer holds the secret and must not grow.
    let capacity = 3 * (2 * issuer.len() + account_name.len()) + secret.expose().len() + 128;
    let mut url = String::with_capacity(capacity);
    url.push_str("otpauth://totp/");
    if issuer.is_empty() {
        if account_name.contains(':') {
            url.push(':');
        }
    } else if !account_name.starts_with(' ') {
        url.extend(utf8_percent_encode(issuer, ESCAPED));
        url.push(':');
    }
    url.extend(utf8_percent_encode(account_name, ESCAPED));
    url.push_str("?secret=");
    url.push_str(secret.expose());
    if !issuer.is_empty() {
        url.push_str("&issuer=");
        url.extend(utf8_percent_encode(issuer, ESCAPED));
    }
    url.push_str("&algorithm=");
    url.push_str(parameters.algorithm.name());
    url.push_str("&digits=");
    url.push_str(&parameters.digits.count().to_string());
    url.push_str("&period=");
    url.push_str(&parameters.period.seconds().to_string());
    SecretText::from(url)
}

fn refused(reason: &'static str) -> Error {
    Error::argument("url", reason)
}

/// Refuses what no part of a URL may hold, ignored parameters included: one rule, so that nothing is half read.
fn check_text(url: &str) -> Result<()> {
    if url.chars().any(char::is_control) {
        return Err(refused("holds a control character"));
    }
    // A parameter after `#` would be dropped unseen, such as the period after an issuer `C#`.
    if url.contains('#') {
        return Err(refused("holds `#`; a literal one is written %23"));
    }
    let well_formed = |escape: &str| {
        let mut digits = escape.bytes();
        digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            && digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
    };
    if !url.split('%').skip(1).all(well_formed) {
        return Err(refused("holds a bad percent escape"));
    }
    Ok(())
}

/// Checks scheme and type and splits the rest into the raw label and the raw query.
fn split_url(url: &str) -> Result<(&str, &str)> {
    let (scheme, rest) = url.split_once(':').ok_or_else(|| refused("not an otpauth URL"))?;
    if !scheme.eq_ignore_ascii_case("otpauth") {
        return Err(refused("the scheme must be otpauth"));
    }
    let rest = rest.strip_prefix("//").ok_or_else(|| refused("must begin with otpauth://totp/"))?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = path.split_once('/').unwrap_or((path, ""));
    if !kind.eq_ignore_ascii_case("totp") {
        return Err(refused("the type must be totp: only time-based keys are supported"));
    }
    Ok((label, query))
}

/// The parameters that are read, decoded.
#[derive(Default)]
struct Query {
    secret: Option<Zeroizing<String>>,
    issuer: Option<Zeroizing<String>>,
    algorithm: Option<Zeroizing<String>>,
    digits: Option<Zeroizing<String>>,
    period: Option<Zeroizing<String>>,
}

impl Query {
    /// Reads the query. Names count in any case, so that `SECRET` cannot hide beside `secret`; a parameter that is read
    /// may be given once; all others are ignored.
    fn parse(query: &str) -> Result<Query> {
        let mut read = Query::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = Zeroizing::new(decode(name)?.to_ascii_lowercase());
            if name.starts_with("amp;") {
                return Err(refused("holds `&amp;`: it was copied out of HTML"));
            }
            // Form encoding, as Vault and pyotp read it: in a query `+` is a space.
            let mut spaced = Zeroizing::new(String::with_capacity(value.len()));
            spaced.extend(value.chars().map(|letter| if letter == '+' { ' ' } else { letter }));
            let value = decode(&spaced)?;
            let (place, twice) = match name.as_str() {
                "secret" => (&mut read.secret, "secret: given twice"),
                "issuer" => (&mut read.issuer, "issuer: given twice"),
                "algorithm" => (&mut read.algorithm, "algorithm: given twice"),
                "digits" => (&mut read.digits, "digits: given twice"),
                "period" => (&mut read.period, "period: given twice"),
                // KeePassXC marks Steam keys this way; their codes are letters.
                "encoder" if !value.is_empty() => return Err(refused("encoder: only codes of digits are supported")),
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(refused(twice));
            }
        }
        Ok(read)
    }

    /// The issuer, unless it is empty.
    fn issuer(&self) -> Option<&str> {
        given(&self.issuer)
    }
}

/// The value, unless the parameter is missing or empty.
fn given(value: &Option<Zeroizing<String>>) -> Option<&str> {
    value.as_ref().map(|text| text.as_str()).filter(|text| !text.is_empty())
}

/// Undoes percent escapes, which [`check_text`] has found well-formed. The buffer is as long as the input, which is
/// never shorter than the result, and so does not grow.
fn decode(text: &str) -> Result<Zeroizing<String>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    decoded.extend(percent_decode_str(text));
    let decoded = std::str::from_utf8(&decoded).map_err(|_| refused("not UTF-8 once percent escapes are undone"))?;
    if decoded.chars().any(char::is_control) {
        return Err(refused("holds a control character"));
    }
    Ok(Zeroizing::new(decoded.to_owned()))
}

/// Splits a label into issuer prefix and account name. `%3A` splits as `:` does (Key URI format); the issuer parameter
/// tells where an issuer that holds colons ends. An empty prefix is none.
fn split_label<'l>(raw: &str, label: &'l str, issuer: Option<&str>) -> (Option<&'l str>, &'l str) {
    // How `format_url` writes an account name that begins with a space: see there.
    if issuer.is_some() && label.starts_with(' ') && !raw.contains(':') {
        return (None, label);
    }
    let at_issuer = issuer.and_then(|issuer| split_after(label, issuer));
    match at_issuer.or_else(|| label.split_once(':')) {
        Some(("", account)) => (None, account),
        Some((prefix, account)) => (Some(prefix), account.trim_start_matches(' ')),
        None => (None, label),
    }
}

/// Splits a label at the colon after this issuer, when that is how it begins.
fn split_after<'l>(label: &'l str, issuer: &str) -> Option<(&'l str, &'l str)> {
    let (prefix, rest) = label.split_at_checked(issuer.len())?;
    let account = rest.strip_prefix(':')?;
    (prefix == issuer).then_some((prefix, account))
}

fn checked_label(what: &str, text: &str) -> Result<()> {
    label::fault(text).map_or(Ok(()), |fault| Err(Error::argument("url", format!("{what}: {fault}"))))
}

/// Reads an algorithm by any of its names in the field: `SHA256`, `sha256`, `SHA-256`, `HmacSHA256`, `HMAC-SHA-256`.
fn read_algorithm(name: &str) -> Result<Algorithm> {
    let name = name.to_ascii_uppercase().replace(['-', '_'], "");
    let name = name.strip_prefix("HMAC").unwrap_or(&name);
    name.parse().map_err(|error: Error| Error::argument("url", format!("algorithm: {}", error.reason())))
}

fn read_digits(text: &str) -> Result<Digits> {
    read_number(text).and_then(|count| Digits::new(count).ok()).ok_or_else(|| refused("digits: must be 6 or 8"))
}

fn read_period(text: &str) -> Result<Period> {
    let period = read_number(text).and_then(|seconds| Period::new(seconds).ok());
    period.ok_or_else(|| refused("period: must be 1 to 86400 seconds"))
}

/// A number in ASCII digits alone: no sign, no unit, no digits of other scripts.
fn read_number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
