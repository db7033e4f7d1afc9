use engine::Result;
use napi_derive::napi;

use crate::input::{Bytes, secret_text};

/// What to write or generate.
#[napi(object, object_to_js = false)]
pub struct KeySpec {
    pub url: Option<Bytes>,
    pub secret: Option<Bytes>,
    pub issuer: Option<String>,
    pub account_name: Option<String>,
    pub algorithm: Option<String>,
    pub digits: Option<u32>,
    pub period: Option<u32>,
    pub skew: Option<u32>,
    pub key_size: Option<u32>,
    pub barcode_size: Option<u32>,
    pub overwrite: Option<bool>,
}

impl KeySpec {
    pub(crate) fn into_core(self) -> Result<engine::KeySpec> {
        Ok(engine::KeySpec {
            url: self.url.map(|url| secret_text("url", url)).transpose()?,
            secret: self.secret.map(|secret| secret_text("secret", secret)).transpose()?,
            issuer: self.issuer,
            account_name: self.account_name,
            algorithm: self.algorithm,
            digits: self.digits,
            period: self.period,
            skew: self.skew,
            key_size: self.key_size,
            barcode_size: self.barcode_size,
            overwrite: self.overwrite.unwrap_or_default(),
        })
    }
}
