use std::io::{self, IsTerminal as _, Write as _};

use otpkeep::paths::{Auth, Data, Response};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::arguments::{Format, OutputOptions};
use crate::failure::{Failure, Result};
use crate::input::wipe;
use crate::table::{cell, render};

/// Prints text on standard output.
///
/// # Errors
/// When that cannot be written. A reader that has read enough and left is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::io("Error writing the answer", &error)),
        _ => Ok(()),
    }
}

/// Prints a line on standard output.
pub(crate) fn print_line(line: &str) -> Result<()> {
    print(&Zeroizing::new([line, "\n"].concat()))
}

/// Says something on standard error, where it is in no script's way.
pub(crate) fn remark(text: &str) {
    // Not worth a failure: what was asked for has been done.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells what was odd about a request.
pub(crate) fn warn(warnings: &[impl AsRef<str>]) {
    warnings.iter().for_each(|warning| remark(&format!("WARNING! {}", *cell(warning.as_ref()))));
}

/// Whether a person sees what is printed.
pub(crate) fn is_seen() -> bool {
    io::stdout().is_terminal()
}

impl OutputOptions {
    /// # Errors
    /// When only a field could be printed as asked, and none is named. Asked before anything is done.
    pub(crate) fn check(&self) -> Result<()> {
        match (self.format, &self.field) {
            (Format::Raw, None) => Err(Failure::new("-format=raw prints one field: name it by -field")),
            _ => Ok(()),
        }
    }

    /// Whether an answer is printed for people, as a table.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table && self.field.is_none()
    }

    /// Prints a response in the way that was asked for.
    ///
    /// # Errors
    /// When the field that was asked for is not in it.
    pub(crate) fn print(&self, response: &Response) -> Result<()> {
        let (data, auth) = (&response.data, response.auth.as_ref());
        if self.format != Format::Json || self.field.is_some() {
            warn(&response.warnings);
        }
        match &self.field {
            Some(name) => self.print_field(name, data, auth),
            None if self.format == Format::Json => print_json(&mut envelope(response)),
            None => print_pairs(data, auth),
        }
    }

    /// Prints one value of an answer.
    pub(crate) fn print_field(&self, name: &str, data: &Data, auth: Option<&Auth>) -> Result<()> {
        let mut of_auth = auth.map(auth_rows).unwrap_or_default();
        let found = of_auth.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        of_auth.iter_mut().for_each(|(_, value)| wipe(value));
        let mut value = found
            .or_else(|| data.get(name).cloned())
            .ok_or_else(|| Failure::new(format!("Field {name:?} not present in the answer")))?;
        let text = match (&value, self.format) {
            (Value::String(text), Format::Table | Format::Raw) => Zeroizing::new(text.clone()),
            _ => Zeroizing::new(value.to_string()),
        };
        wipe(&mut value);
        // Bytes as they are, for a pipe; a line for a person.
        if self.format != Format::Raw && is_seen() { print_line(&text) } else { print(&text) }
    }
}

/// Prints a JSON document and clears it.
pub(crate) fn print_json(value: &mut Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map(Zeroizing::new);
    wipe(value);
    print_line(&text.map_err(|_| Failure::new("The answer is no JSON"))?)
}

/// Prints columns under their titles.
pub(crate) fn print_table(titles: &[&str], rows: Vec<Vec<Zeroizing<String>>>) -> Result<()> {
    let titles = titles.iter().map(|title| cell(title)).collect();
    print(&render(&[vec![titles], rows].concat()))
}

/// Prints fields and values under `Key` and `Value`.
pub(crate) fn print_pairs(data: &Data, auth: Option<&Auth>) -> Result<()> {
    let row = |name: &str, value: &Value| vec![cell(name), shown(name, value)];
    let mut rows = Vec::new();
    for (name, mut value) in auth.map(auth_rows).unwrap_or_default() {
        rows.push(row(&name, &value));
        wipe(&mut value);
    }
    rows.extend(data.iter().map(|(name, value)| row(name, value)));
    if rows.is_empty() { Ok(()) } else { print_table(&["Key", "Value"], rows) }
}

/// The document of `-format=json`.
fn envelope(response: &Response) -> Value {
    let warnings = (!response.warnings.is_empty()).then_some(&response.warnings);
    let data = (!response.data.is_empty()).then_some(&response.data);
    let auth = response.auth.as_ref().map(|auth| &auth.fields);
    json!({ "data": data, "warnings": warnings, "auth": auth, "mount_type": response.mount_type })
}

/// A token as rows, under the names that Vault's command gives them.
fn auth_rows(auth: &Auth) -> Vec<(String, Value)> {
    let field = |name: &str| auth.fields.get(name).cloned().unwrap_or(Value::Null);
    let seconds = field("lease_duration");
    let duration = match seconds.as_u64() {
        Some(0) => json!("∞"),
        _ => json!(*shown("duration", &seconds)),
    };
    let mut rows = vec![
        ("token".into(), field("client_token")),
        ("token_accessor".into(), field("accessor")),
        ("token_duration".into(), duration),
        ("token_renewable".into(), field("renewable")),
        ("token_policies".into(), field("token_policies")),
        ("policies".into(), field("policies")),
    ];
    if let Some(Value::Object(metadata)) = auth.fields.get("metadata") {
        rows.extend(metadata.iter().map(|(name, value)| (format!("token_meta_{name}"), value.clone())));
    }
    // The token that one asks with is not told again.
    rows.retain(|(name, value)| !(value.is_null() || name == "token" && value == ""));
    rows
}

/// A value as a cell of a table.
fn shown(name: &str, value: &Value) -> Zeroizing<String> {
    match value {
        Value::String(text) => cell(text),
        Value::Number(number) if looks_like_duration(name) => match number.as_u64() {
            Some(seconds) => Zeroizing::new(duration(seconds)),
            None => Zeroizing::new(number.to_string()),
        },
        Value::Null => cell("n/a"),
        Value::Array(values) => {
            let parts: Vec<_> = values.iter().map(|value| shown("", value)).collect();
            let texts: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
            Zeroizing::new(format!("[{}]", texts.join(" ")))
        }
        Value::Object(fields) => {
            let parts: Vec<_> = fields.iter().map(|(name, value)| (cell(name), shown(name, value))).collect();
            let texts: Vec<String> = parts.iter().map(|(name, value)| format!("{}:{}", **name, **value)).collect();
            Zeroizing::new(format!("map[{}]", texts.join(" ")))
        }
        Value::Bool(_) | Value::Number(_) => Zeroizing::new(value.to_string()),
    }
}

/// Vault's command shows the numbers under these names as durations.
fn looks_like_duration(name: &str) -> bool {
    ["period", "ttl", "duration"]
        .iter()
        .any(|word| name.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_')))
}

/// Seconds as `768h`, `1m30s`, `0s`.
pub(crate) fn duration(seconds: u64) -> String {
    let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let text: String =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if text.is_empty() { "0s".into() } else { text }
}
