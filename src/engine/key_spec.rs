use crate::enroll::{Otpauth, Warning, check_label, warn_if_short};
use crate::error::{Error, Result};
use crate::limits;
use crate::otp::{Algorithm, Digits, Parameters, Period, Skew, decode_secret};
use crate::secret::{Secret, SecretText};

/// What to write or generate. Fields left out take their defaults; a field that the URL states comes from the URL.
///
/// Nothing is checked until the operation runs, which then names the field at fault.
#[derive(Default)]
pub struct KeySpec {
    /// An otpauth URL (import only), at most 4 KiB.
    pub url: Option<SecretText>,
    /// A base32 secret (import only), 1 to 128 bytes once decoded.
    pub secret: Option<SecretText>,
    /// Who runs the service, at most 200 bytes; required to generate.
    pub issuer: Option<String>,
    /// Whose key it is, at most 200 bytes; required to generate.
    pub account_name: Option<String>,
    /// `SHA1`, `SHA256` or `SHA512`; SHA1 by default.
    pub algorithm: Option<String>,
    /// 6 or 8; 6 by default.
    pub digits: Option<u32>,
    /// Seconds, 1 to 86 400; 30 by default.
    pub period: Option<u32>,
    /// Steps accepted on each side of the current one, 0 or 1; 1 by default.
    pub skew: Option<u32>,
    /// Bytes of a generated secret, 16 to 64; 20 by default.
    pub key_size: Option<u32>,
    /// Side of the barcode in pixels, at most 4 096; 0 for none; 200 by default.
    pub barcode_size: Option<u32>,
    /// Replace a key of the same name.
    pub overwrite: bool,
}

/// A key about to be stored.
pub(super) struct Draft {
    pub(super) secret: Secret,
    pub(super) issuer: String,
    pub(super) account_name: String,
    pub(super) parameters: Parameters,
    pub(super) warnings: Vec<Warning>,
}

impl KeySpec {
    /// What importing this would store.
    pub(super) fn import(&self) -> Result<Draft> {
        let url = self.url.as_ref().map(|url| Otpauth::parse(url.expose())).transpose()?;
        let mut parameters = self.parameters()?;
        self.sizes()?;
        let (secret, issuer, account_name, warnings) = match url {
            Some(_) if self.secret.is_some() => {
                return Err(Error::argument("secret", "a url carries its own secret"));
            }
            Some(url) => {
                parameters.algorithm = url.algorithm.unwrap_or(parameters.algorithm);
                parameters.digits = url.digits.unwrap_or(parameters.digits);
                parameters.period = url.period.unwrap_or(parameters.period);
                (url.secret, url.issuer, Some(url.account_name), url.warnings)
            }
            None => {
                let text = self.secret.as_ref().ok_or_else(|| Error::argument("secret", "give a secret or a url"))?;
                let secret = decode_secret(text.expose())?;
                let warnings = warn_if_short(&secret).into_iter().collect();
                (secret, None, None, warnings)
            }
        };
        Ok(Draft {
            secret,
            issuer: label("issuer", issuer.as_deref().or(self.issuer.as_deref()))?,
            account_name: label("account_name", account_name.as_deref().or(self.account_name.as_deref()))?,
            parameters,
            warnings,
        })
    }

    /// What generating this would store, with a new secret, and the side of its barcode.
    pub(super) fn generate(&self) -> Result<(Draft, u32)> {
        for (argument, given) in [("secret", self.secret.is_some()), ("url", self.url.is_some())] {
            if given {
                return Err(Error::argument(argument, "must not be given when a key is generated"));
            }
        }
        let parameters = self.parameters()?;
        let (key_size, barcode_size) = self.sizes()?;
        let required = |argument, value: &Option<String>| match label(argument, value.as_deref())? {
            empty if empty.is_empty() => Err(Error::argument(argument, "is required to generate a key")),
            text => Ok(text),
        };
        let account_name = required("account_name", &self.account_name)?;
        let issuer = required("issuer", &self.issuer)?;
        let secret = random_secret(key_size)?;
        Ok((Draft { secret, issuer, account_name, parameters, warnings: Vec::new() }, barcode_size))
    }

    fn parameters(&self) -> Result<Parameters> {
        Ok(Parameters {
            digits: self.digits.map(Digits::new).transpose()?.unwrap_or_default(),
            algorithm: self.algorithm.as_deref().map(str::parse::<Algorithm>).transpose()?.unwrap_or_default(),
            period: self.period.map(Period::new).transpose()?.unwrap_or_default(),
            skew: self.skew.map(Skew::new).transpose()?.unwrap_or_default(),
        })
    }

    /// The sizes of a generated secret and of its barcode; checked for imports too, as Vault does.
    fn sizes(&self) -> Result<(usize, u32)> {
        let barcode_size = self.barcode_size.unwrap_or(limits::DEFAULT_BARCODE_PIXELS);
        if !limits::BARCODE_PIXELS.contains(&barcode_size) {
            return Err(Error::argument("barcode_size", "must be 0 to 4096 pixels"));
        }
        let key_size = self.key_size.map_or(limits::DEFAULT_KEY_SIZE, |size| size as usize);
        if !limits::KEY_SIZE.contains(&key_size) {
            return Err(Error::argument("key_size", "must be 16 to 64 bytes"));
        }
        Ok((key_size, barcode_size))
    }
}

fn random_secret(length: usize) -> Result<Secret> {
    let mut bytes = vec![0; length];
    crate::seal::fill_random(&mut bytes)?;
    Ok(Secret::from(bytes))
}

fn label(argument: &'static str, text: Option<&str>) -> Result<String> {
    let text = text.unwrap_or_default();
    check_label(argument, text)?;
    Ok(text.into())
}
