use engine::otp::Parameters;
use napi_derive::napi;

use crate::call::Call;
use crate::enrollment::Enrollment;
use crate::guard::guard;
use crate::input::number;
use crate::keep::Keep;
use crate::key_spec::KeySpec;

/// The description of a key. Times are unix seconds.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Key {
    pub name: String,
    pub issuer: String,
    pub account_name: String,
    pub algorithm: &'static str,
    pub digits: u32,
    pub period: u32,
    pub skew: u32,
    pub created: f64,
    pub last_used: Option<f64>,
    pub warnings: Vec<KeyWarning>,
}

/// Something that is allowed but that the key's owner should know.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct KeyWarning {
    pub name: &'static str,
    pub message: String,
}

impl From<engine::Key> for Key {
    fn from(key: engine::Key) -> Key {
        let engine::Key { name, issuer, account_name, parameters, created, last_used, warnings } = key;
        let Parameters { algorithm, digits, period, skew } = parameters;
        Key {
            name,
            issuer,
            account_name,
            algorithm: algorithm.name(),
            digits: digits.count(),
            period: period.seconds(),
            skew: skew.steps(),
            created: number(created.seconds()),
            last_used: last_used.map(|time| number(time.seconds())),
            warnings: warnings.iter().map(|w| KeyWarning { name: w.name(), message: w.to_string() }).collect(),
        }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn write_key(&self, on_pool: bool, name: String, spec: KeySpec) -> Call<Key> {
        let spec = guard(|| spec.into_core());
        self.call(on_pool, move |keep| keep.write_key(&name, &spec?).map(Key::from))
    }

    #[napi]
    pub fn generate_key(&self, on_pool: bool, name: String, spec: KeySpec) -> Call<Enrollment> {
        let spec = guard(|| spec.into_core());
        self.call(on_pool, move |keep| keep.generate_key(&name, &spec?).map(Enrollment::from))
    }

    #[napi]
    pub fn read_key(&self, on_pool: bool, name: String) -> Call<Key> {
        self.call(on_pool, move |keep| keep.read_key(&name).map(Key::from))
    }

    #[napi]
    pub fn list_keys(&self, on_pool: bool, after: Option<String>, limit: Option<u32>) -> Call<Vec<String>> {
        self.call(on_pool, move |keep| {
            let after = after.unwrap_or_default();
            match limit {
                Some(limit) => keep.list_keys_up_to(&after, limit as usize),
                None => keep.list_keys(&after),
            }
        })
    }

    #[napi]
    pub fn delete_key(&self, on_pool: bool, name: String) -> Call<()> {
        self.call(on_pool, move |keep| keep.delete_key(&name))
    }
}
