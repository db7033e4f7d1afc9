use super::Keep;
use super::authority::Permit;
use crate::access::{Capability, FieldType, Parameters, Value, Wanted, policies};
use crate::error::Result;
use crate::secret::SecretText;

impl Keep {
    /// Writes a policy in place of the one of its name, in HCL or JSON, in Vault's language. The name becomes lower case.
    ///
    /// # Errors
    /// `invalid-policy` with line and reason, and then nothing is stored; `invalid-argument` for a malformed name, for
    /// `root`, and when the keep is full; `permission-denied`, and those of every change.
    pub fn write_policy(&self, name: &str, text: &str) -> Result<()> {
        self.perform(
            || {
                let mut parameters = Parameters::new();
                parameters.insert("policy", FieldType::Text, Value::Text(SecretText::copy_of(text)));
                Wanted::with(Capability::Update, policy_path(name), parameters)
            },
            |permit| self.write_policy_with(permit, name, text),
        )
    }

    /// The text of a policy. That of `root` is empty: it is no list of rules.
    ///
    /// # Errors
    /// `policy-not-found`, `invalid-argument`, `permission-denied`, `corrupt`, `forked`, `io`.
    pub fn read_policy(&self, name: &str) -> Result<String> {
        self.perform(|| Wanted::path(Capability::Read, policy_path(name)), |permit| self.read_policy_with(permit, name))
    }

    /// The names of all policies in their order, with `default` and `root`.
    ///
    /// # Errors
    /// `permission-denied`, `corrupt`, `forked`, `io`.
    pub fn list_policies(&self) -> Result<Vec<String>> {
        self.perform(|| Wanted::path(Capability::List, "sys/policies/acl"), |permit| self.list_policies_with(permit))
    }

    /// Deletes a policy. Tokens that have it lose what it allowed. One that does not exist is no error.
    ///
    /// # Errors
    /// `invalid-argument` for `default` and `root`; `permission-denied`, and those of every change.
    pub fn delete_policy(&self, name: &str) -> Result<()> {
        self.perform(
            || Wanted::path(Capability::Delete, policy_path(name)),
            |permit| self.delete_policy_with(permit, name),
        )
    }

    pub(crate) fn write_policy_with(&self, permit: &Permit, name: &str, text: &str) -> Result<()> {
        let name = policies::normal_name(name)?;
        self.engine().write(&*permit.0, |edit, keyring| policies::write(edit, keyring, &name, text))
    }

    pub(crate) fn read_policy_with(&self, _: &Permit, name: &str) -> Result<String> {
        let name = policies::normal_name(name)?;
        self.engine().read(|view, keyring| policies::read_text(view, keyring, &name))
    }

    pub(crate) fn list_policies_with(&self, _: &Permit) -> Result<Vec<String>> {
        self.engine().read(policies::list)
    }

    pub(crate) fn delete_policy_with(&self, permit: &Permit, name: &str) -> Result<()> {
        let name = policies::normal_name(name)?;
        self.engine().write(&*permit.0, |edit, keyring| policies::delete(edit, keyring, &name))
    }
}

fn policy_path(name: &str) -> String {
    format!("sys/policies/acl/{}", name.to_lowercase())
}
