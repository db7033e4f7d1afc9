//! The audit log: which files it goes to, and what its lines say.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt};
use std::path::Path;

use data_encoding::HEXLOWER;
use rustix::fs::OFlags;
use serde_json::{Map, Value as Json, json};

use super::accessor::holds_secret;
use super::{Parameters, Shown, Value, Wanted};
use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::records::{open_record, seal_record};
use crate::seal::{Decoder, Encoder, HashPurpose, Keyring, random, random_id};
use crate::store::{Edit, Family, RecordRow, View};

/// Bytes of a text that the log shows; a longer one is written as its hash.
const SHOWN_BYTES: usize = 4096;

/// A file that the audit log is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFile {
    /// What it is called, 1 to 128 bytes.
    pub name: String,
    /// The file's absolute path. It is made with mode 0600 when absent; each line is appended with one write.
    pub path: String,
    /// When it was enabled.
    pub created: UnixTime,
}

impl AuditFile {
    fn open(keyring: &Keyring, row: &RecordRow) -> Result<AuditFile> {
        let plain = open_record(keyring, Family::Audit, row)?;
        let mut decoder = Decoder::new(plain.expose());
        let (name, path) = (decoder.text()?.into(), decoder.text()?.into());
        let created = UnixTime::EPOCH.saturating_add(decoder.seconds()?);
        decoder.finish()?;
        let file = AuditFile { name, path, created };
        if file.check().is_err() || row_id(keyring, &file.name)? != row.id {
            return Err(Error::corrupt("a sealed audit file holds what none has"));
        }
        Ok(file)
    }

    fn check(&self) -> Result<()> {
        super::policies::check_name("name", &self.name)?;
        if self.name.contains('/') {
            return Err(Error::argument("name", "must not hold /"));
        }
        let path = &self.path;
        if !Path::new(path).is_absolute() || path.len() > limits::LOCATION_BYTES || path.contains('\0') {
            return Err(Error::argument("path", "must be the absolute path of a file"));
        }
        Ok(())
    }

    /// Appends a line.
    ///
    /// # Errors
    /// `audit-failed`.
    fn append(&self, line: &str) -> Result<()> {
        self.try_append(line).map_err(|error| {
            Error::new(Kind::AuditFailed, format!("the audit file {:?} at {:?}: {error}", self.name, self.path))
        })
    }

    fn try_append(&self, line: &str) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        // Not waiting, should there be a pipe in its place.
        options.read(true).append(true).create(true).mode(0o600).custom_flags(OFlags::NONBLOCK.bits() as i32);
        let mut file = options.open(&self.path)?;
        let facts = file.metadata()?;
        if !facts.is_file() && !facts.file_type().is_char_device() {
            return Err(std::io::Error::other("is not a file"));
        }
        // A disk that was full may have left a part of a line.
        let mut last = [b'\n'];
        if facts.is_file() && facts.len() > 0 {
            file.read_at(&mut last, facts.len() - 1)?;
        }
        let separated = if last == *b"\n" { line.to_owned() } else { format!("\n{line}") };
        // One write, so that the lines of many processes do not mix.
        match file.write(separated.as_bytes())? {
            written if written == separated.len() => Ok(()),
            _ => Err(std::io::Error::new(std::io::ErrorKind::StorageFull, "took a part of a line: no space is left")),
        }
    }
}

/// The files that are enabled, in the order of their names.
pub(crate) fn list(view: &dyn View, keyring: &Keyring) -> Result<Vec<AuditFile>> {
    let rows = view.records(Family::Audit, 0, limits::AUDIT_FILES)?;
    let mut files = rows.iter().map(|row| AuditFile::open(keyring, row)).collect::<Result<Vec<_>>>()?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Enables a file, after a line could be written to it.
///
/// # Errors
/// `invalid-argument` for a malformed name or path, one in use, and when 16 are enabled; `audit-failed`.
pub(crate) fn enable(edit: &dyn Edit, keyring: &Keyring, name: &str, path: &str, now: UnixTime) -> Result<()> {
    let file = AuditFile { name: name.into(), path: path.into(), created: now };
    file.check()?;
    let files = list(edit, keyring)?;
    if files.len() >= limits::AUDIT_FILES {
        return Err(Error::argument("name", "at most 16 audit files"));
    }
    if files.iter().any(|file| file.name == name) {
        return Err(Error::argument("name", "path already in use"));
    }
    file.append(&line(json!({ "time": written_time(now), "type": "enabled", "name": name })))?;
    let plain = Encoder::plain().bytes(name.as_bytes()).bytes(path.as_bytes()).number(now.seconds()).finish();
    let id = row_id(keyring, name)?;
    edit.put_record(Family::Audit, &seal_record(keyring, Family::Audit, id, random_id()?, &plain)?)
}

/// Disables a file; one that is not enabled is no error. The file itself stays.
pub(crate) fn disable(edit: &dyn Edit, keyring: &Keyring, name: &str) -> Result<()> {
    edit.delete_record(Family::Audit, row_id(keyring, name)?)
}

fn row_id(keyring: &Keyring, name: &str) -> Result<u64> {
    keyring.row_id(HashPurpose::AuditRow, name.as_bytes())
}

/// What stands in the log for a value: `hmac-sha256:` and 32 hexadecimal digits, under a key of the keep.
pub(crate) fn hash(keyring: &Keyring, value: &[u8]) -> Result<String> {
    Ok(format!("hmac-sha256:{}", HEXLOWER.encode(&keyring.keyed_hash(HashPurpose::AuditValue, value)?)))
}

/// Takes each line of the log as it is written, for a host that keeps its own. A refusal fails the operation.
pub type AuditSink = dyn Fn(&str) -> std::io::Result<()> + Send + Sync;

/// Where the log goes at the moment of one call.
pub(crate) struct Audit<'a> {
    pub(crate) files: Vec<AuditFile>,
    pub(crate) sink: Option<&'a AuditSink>,
}

/// What the lines of one operation share.
pub(crate) struct Entry(Map<String, Json>);

impl Entry {
    /// Describes a request. `accessor` is that of the caller's token; none is the root key.
    pub(crate) fn new(keyring: &Keyring, accessor: Option<String>, wanted: &Wanted, now: UnixTime) -> Result<Entry> {
        let (operation, path, parameters) = match wanted {
            Wanted::Root(operation) => (*operation, Json::Null, Json::Null),
            Wanted::Login => ("login", Json::Null, Json::Null),
            Wanted::Help(path) => ("help", told_path(keyring, path)?, Json::Null),
            Wanted::Path { capability, path, parameters, .. } => {
                (capability.name(), told_path(keyring, path)?, told(keyring, parameters)?)
            }
        };
        let entry = json!({
            "id": HEXLOWER.encode(&random::<16>()?),
            "time": written_time(now),
            "authority": if accessor.is_some() { "token" } else { "root" },
            "accessor": accessor,
            "operation": operation,
            "path": path,
            "parameters": parameters,
        });
        match entry {
            Json::Object(entry) => Ok(Entry(entry)),
            _ => Err(Error::new(Kind::Internal, "an audit entry is an object")),
        }
    }

    fn line(&self, kind: &str, outcome: Option<&str>) -> String {
        let mut entry = self.0.clone();
        entry.insert("type".into(), json!(kind));
        if let Some(outcome) = outcome {
            entry.insert("outcome".into(), json!(outcome));
        }
        line(Json::Object(entry))
    }
}

impl Audit<'_> {
    /// Writes the requests, before anything is done about them.
    ///
    /// # Errors
    /// `audit-failed`: then nothing may be done.
    pub(crate) fn requests(&self, entries: &[Entry]) -> Result<()> {
        self.write(&entries.iter().map(|entry| entry.line("request", None)).collect::<Vec<_>>())
    }

    /// Writes what became of them.
    ///
    /// # Errors
    /// `audit-failed`: what was done stays done.
    pub(crate) fn answers(&self, entries: &[Entry], outcomes: &[&str]) -> Result<()> {
        let lines = entries.iter().zip(outcomes).map(|(entry, outcome)| entry.line("answer", Some(outcome)));
        self.write(&lines.collect::<Vec<_>>()).map_err(|error| {
            Error::new(error.kind(), format!("{}; what was asked for has been done or refused already", error.reason()))
        })
    }

    fn write(&self, lines: &[String]) -> Result<()> {
        for file in &self.files {
            for line in lines {
                file.append(line)?;
            }
        }
        if let Some(sink) = self.sink {
            for line in lines {
                let failed = |error| Error::new(Kind::AuditFailed, format!("the host's audit log: {error}"));
                sink(line.trim_end()).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn line(entry: Json) -> String {
    format!("{entry}\n")
}

/// A path, or its hash when it looks like what must be hidden, or is longer than any.
fn told_path(keyring: &Keyring, path: &str) -> Result<Json> {
    Ok(if is_odd_text(path) { hash(keyring, path.as_bytes())?.into() } else { path.into() })
}

/// The parameters by name, with hashes for what must be hidden.
fn told(keyring: &Keyring, parameters: &Parameters) -> Result<Json> {
    let mut told = Map::new();
    for (name, value, shown) in parameters.shown() {
        let name = if shown == Shown::Nothing { hash(keyring, name.as_bytes())? } else { name.into() };
        let value = if shown == Shown::All && !is_odd(value) { plain(value) } else { hidden(keyring, value)? };
        told.insert(name, value);
    }
    Ok(Json::Object(told))
}

/// Whether an entry of a map is an option that there is, with a value that it may have.
fn is_option(name: &str, text: &str) -> bool {
    match name {
        "throttle" => matches!(text, "on" | "off" | "true" | "false"),
        "free_attempts" | "lock_seconds" | "max_lock_seconds" | "max_failures" => text.parse::<u32>().is_ok(),
        "file_path" => text.starts_with('/') && text.len() <= SHOWN_BYTES,
        _ => false,
    }
}

/// Whether a value that may be shown looks like one that may not, or is too long for a line.
fn is_odd(value: &Value) -> bool {
    match value {
        Value::Text(text) => is_odd_text(text.expose()),
        Value::TextList(texts) => texts.iter().any(|text| is_odd_text(text.expose())),
        Value::Map(texts) => !texts.iter().all(|(name, text)| is_option(name, text.expose())),
        Value::Absent | Value::Integer(_) | Value::Seconds(_) | Value::Boolean(_) => false,
    }
}

fn is_odd_text(text: &str) -> bool {
    text.len() > SHOWN_BYTES || holds_secret(text)
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Absent => Json::Null,
        Value::Text(text) => json!(text.expose()),
        Value::Integer(number) | Value::Seconds(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::TextList(texts) => texts.iter().map(|text| json!(text.expose())).collect(),
        Value::Map(texts) => texts.iter().map(|(name, text)| (name.clone(), json!(text.expose()))).collect(),
    }
}

fn hidden(keyring: &Keyring, value: &Value) -> Result<Json> {
    let text = |text: &str| hash(keyring, text.as_bytes()).map(Json::String);
    match value {
        Value::Text(secret) => text(secret.expose()),
        Value::TextList(secrets) => secrets.iter().map(|secret| text(secret.expose())).collect(),
        // Its names may be what was meant to be a value.
        Value::Map(secrets) => secrets
            .iter()
            .map(|(name, secret)| Ok((hash(keyring, name.as_bytes())?, text(secret.expose())?)))
            .collect::<Result<Json>>(),
        // A number or a switch, which is no secret.
        other => Ok(plain(other)),
    }
}

/// RFC 3339 in UTC; for years that it cannot write, the seconds since 1970.
fn written_time(time: UnixTime) -> Json {
    time.rfc3339().map_or_else(|| json!(time.seconds()), Json::String)
}
