use crate::enroll::check_label;
use crate::error::{Error, Result};
use crate::limits;
use crate::otp::{Algorithm, Digits, Parameters, Period, Skew};
use crate::seal::{Decoder, Encoder, Keyring, Place, RecordKind};
use crate::secret::Secret;
use crate::store::KeyRow;
use zeroize::Zeroizing;

/// What a key's record holds.
pub(super) struct Material {
    pub(super) secret: Secret,
    pub(super) issuer: String,
    pub(super) account_name: String,
    pub(super) parameters: Parameters,
    /// Unix seconds of the first write under this name.
    pub(super) created: u64,
}

impl Material {
    /// Opens a key's record.
    ///
    /// # Errors
    /// `corrupt` when it does not belong here as it is, `unknown-term`.
    pub(super) fn open(keyring: &Keyring, mount_id: u64, name: &str, row: &KeyRow) -> Result<Material> {
        Material::decode(&keyring.open_record(key_place(mount_id, name), &key_columns(row), &row.sealed)?)
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        Encoder::plain()
            .bytes(self.secret.expose())
            .bytes(self.issuer.as_bytes())
            .bytes(self.account_name.as_bytes())
            .number(pack(&self.parameters))
            .number(self.created)
            .finish_secret()
    }

    fn decode(plain: &Secret) -> Result<Material> {
        let mut decoder = Decoder::new(plain.expose());
        let material = Material {
            secret: Secret::copy_of(decoder.bytes()?),
            issuer: decoder.text()?.into(),
            account_name: decoder.text()?.into(),
            parameters: unpack(decoder.number()?)?,
            created: decoder.seconds()?,
        };
        decoder.finish()?;
        let secret_fits = limits::SECRET_BYTES.contains(&material.secret.expose().len());
        let labels_fit =
            [&material.issuer, &material.account_name].iter().all(|label| check_label("label", label).is_ok());
        if secret_fits && labels_fit { Ok(material) } else { Err(damaged()) }
    }
}

/// The parameters in one number: `algorithm · 2^48 + digits · 2^40 + skew · 2^32 + period`.
fn pack(parameters: &Parameters) -> u64 {
    let Parameters { algorithm, digits, period, skew } = *parameters;
    let algorithm: u64 = match algorithm {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
    };
    let (digits, skew) = (u64::from(digits.count()), u64::from(skew.steps()));
    algorithm << 48 | digits << 40 | skew << 32 | u64::from(period.seconds())
}

fn unpack(packed: u64) -> Result<Parameters> {
    let byte = |shift: u32| (packed >> shift) as u32 & 0xff;
    let parameters = || {
        Ok(Parameters {
            algorithm: match packed >> 48 {
                1 => Algorithm::Sha1,
                2 => Algorithm::Sha256,
                3 => Algorithm::Sha512,
                _ => return Err(damaged()),
            },
            digits: Digits::new(byte(40))?,
            skew: Skew::new(byte(32))?,
            period: Period::new(packed as u32)?,
        })
    };
    parameters().map_err(|_| damaged())
}

/// Where a key's record belongs.
pub(super) fn key_place(mount_id: u64, name: &str) -> Place<'_> {
    Place { kind: RecordKind::Key, mount_id, name }
}

/// The plain columns that a key's record binds.
pub(super) fn key_columns(row: &KeyRow) -> [u64; 2] {
    [row.version, row.id]
}

fn damaged() -> Error {
    Error::corrupt("a sealed key holds values that no key has")
}
