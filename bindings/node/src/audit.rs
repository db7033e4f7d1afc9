use engine::{SecretText, access};
use napi_derive::napi;

use crate::call::Call;
use crate::guard::guard;
use crate::input::{Bytes, number, secret_text};
use crate::keep::Keep;

/// A file that the audit log is written to. The time is unix seconds.
#[napi(object, object_from_js = false)]
pub struct AuditFile {
    pub name: String,
    pub path: String,
    pub created: f64,
}

impl From<access::AuditFile> for AuditFile {
    fn from(file: access::AuditFile) -> AuditFile {
        let access::AuditFile { name, path, created } = file;
        AuditFile { name, path, created: number(created.seconds()) }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn enable_audit(&self, on_pool: bool, name: String, path: Bytes) -> Call<()> {
        let path = guard(|| secret_text("path", path));
        self.call(on_pool, move |keep| keep.enable_audit(&name, path?.expose()))
    }

    #[napi]
    pub fn disable_audit(&self, on_pool: bool, name: String) -> Call<()> {
        self.call(on_pool, move |keep| keep.disable_audit(&name))
    }

    #[napi]
    pub fn list_audits(&self, on_pool: bool) -> Call<Vec<AuditFile>> {
        self.call(on_pool, |keep| Ok(keep.list_audits()?.into_iter().map(AuditFile::from).collect()))
    }

    #[napi]
    pub fn audit_hash(&self, on_pool: bool, value: String) -> Call<String> {
        let value = SecretText::from(value);
        self.call(on_pool, move |keep| keep.audit_hash(value.expose()))
    }
}
