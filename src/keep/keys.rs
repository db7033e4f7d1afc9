use super::Keep;
use super::authority::Permit;
use crate::access::{Capability, FieldType, Parameters, Value, Wanted};
use crate::engine::{Enrollment, Key, KeySpec};
use crate::error::Result;
use crate::limits;
use crate::secret::SecretText;

impl Keep {
    /// Imports a key from an otpauth URL or a base32 secret and describes it, with warnings about what was odd.
    ///
    /// # Errors
    /// `invalid-argument` naming the field; `key-exists` unless the spec says `overwrite`; `mount-not-found`, `busy`,
    /// `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`, `io`.
    pub fn write_key(&self, name: &str, spec: &KeySpec) -> Result<Key> {
        self.perform(
            || Wanted::with(Capability::Update, self.key_path(name), key_parameters(spec, false)),
            |permit| self.write_key_with(permit, name, spec),
        )
    }

    /// Generates a key with a new random secret and returns what an authenticator app reads.
    ///
    /// # Errors
    /// As [`Keep::write_key`]; also when the barcode does not fit the size asked, and then nothing is stored.
    pub fn generate_key(&self, name: &str, spec: &KeySpec) -> Result<Enrollment> {
        self.perform(
            || Wanted::with(Capability::Update, self.key_path(name), key_parameters(spec, true)),
            |permit| self.generate_key_with(permit, name, spec),
        )
    }

    /// Describes a key, without its secret.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`, `forked`, `io`.
    pub fn read_key(&self, name: &str) -> Result<Key> {
        self.perform(|| Wanted::path(Capability::Read, self.key_path(name)), |permit| self.read_key_with(permit, name))
    }

    /// The first 1 000 names after `after`, in byte order; `""` begins at the first.
    ///
    /// # Errors
    /// `invalid-argument` when no name is as long as `after` or it holds NUL; `mount-not-found`, `forked`, `io`.
    pub fn list_keys(&self, after: &str) -> Result<Vec<String>> {
        self.list_keys_up_to(after, limits::LIST_LIMIT)
    }

    /// As [`Keep::list_keys`], at most `limit` names, 1 to 1 000.
    pub fn list_keys_up_to(&self, after: &str, limit: usize) -> Result<Vec<String>> {
        self.perform(
            || Wanted::path(Capability::List, format!("{}keys", self.mount)),
            |permit| self.list_keys_with(permit, after, limit),
        )
    }

    /// Deletes a key and forgets which of its codes were used.
    ///
    /// # Errors
    /// `key-not-found`, and those of [`Keep::write_key`].
    pub fn delete_key(&self, name: &str) -> Result<()> {
        self.perform(
            || Wanted::path(Capability::Delete, self.key_path(name)),
            |permit| self.delete_key_with(permit, name),
        )
    }

    pub(crate) fn write_key_with(&self, permit: &Permit, name: &str, spec: &KeySpec) -> Result<Key> {
        self.engine().write_key(&*permit.0, &self.mount, name, spec, self.now())
    }

    pub(crate) fn generate_key_with(&self, permit: &Permit, name: &str, spec: &KeySpec) -> Result<Enrollment> {
        self.engine().generate_key(&*permit.0, &self.mount, name, spec, self.now())
    }

    pub(crate) fn read_key_with(&self, _: &Permit, name: &str) -> Result<Key> {
        self.engine().read_key(&self.mount, name)
    }

    pub(crate) fn list_keys_with(&self, _: &Permit, after: &str, limit: usize) -> Result<Vec<String>> {
        self.engine().list_keys(&self.mount, after, limit)
    }

    pub(crate) fn delete_key_with(&self, permit: &Permit, name: &str) -> Result<()> {
        self.engine().delete_key(&*permit.0, &self.mount, name)
    }

    fn key_path(&self, name: &str) -> String {
        format!("{}keys/{name}", self.mount)
    }
}

/// What a spec says, in the words of the path that it is written to.
fn key_parameters(spec: &KeySpec, generate: bool) -> Parameters {
    let mut parameters = Parameters::new();
    if generate {
        parameters.insert("generate", FieldType::Boolean, Value::Boolean(true));
    }
    let text = |text: &str| Value::Text(SecretText::copy_of(text));
    for (name, secret) in [("url", &spec.url), ("key", &spec.secret)] {
        if let Some(secret) = secret {
            parameters.insert(name, FieldType::Text, text(secret.expose()));
        }
    }
    for (name, label) in
        [("issuer", &spec.issuer), ("account_name", &spec.account_name), ("algorithm", &spec.algorithm)]
    {
        if let Some(label) = label {
            parameters.insert_plain(name, FieldType::Text, text(label));
        }
    }
    if let Some(period) = spec.period {
        parameters.insert("period", FieldType::Seconds, Value::Seconds(i64::from(period)));
    }
    for (name, number) in
        [("digits", spec.digits), ("skew", spec.skew), ("key_size", spec.key_size), ("qr_size", spec.barcode_size)]
    {
        if let Some(number) = number {
            parameters.insert(name, FieldType::Integer, Value::Integer(i64::from(number)));
        }
    }
    parameters
}
