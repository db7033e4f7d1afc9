//! Data as Vault's command takes it: `key=value`, `key=@file`, `key=-`, `@file.json` and `-`.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};

use otpkeep::paths::Data;
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use crate::failure::{Failure, Result};
use crate::prompt;

/// Bytes that are read of a file or of standard input at most: more than any field may have.
const INPUT_BYTES: u64 = 1024 * 1024;

/// Fields that are sent to a path, or came from one. Cleared when dropped, since they may hold secrets.
#[derive(Default)]
pub(crate) struct Fields(pub(crate) Data);

impl Fields {
    /// Fields of these names and texts.
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Fields {
        Fields(texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
    }

    /// Adds a field if it has a value.
    pub(crate) fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// Adds a value under a name; a name given twice becomes a list.
    fn add(&mut self, name: &str, value: Value) {
        match self.0.get_mut(name) {
            None => {
                self.0.insert(name.to_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

/// Clears the texts of a value.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Where values come from. Standard input can be read once only.
#[derive(Default)]
pub(crate) struct Input {
    taken: bool,
}

impl Input {
    /// The fields that the arguments after a path stand for.
    pub(crate) fn fields(&mut self, arguments: &[String]) -> Result<Fields> {
        let mut fields = Fields::default();
        for (index, argument) in arguments.iter().enumerate() {
            if argument == "-" || argument.starts_with('@') {
                let text = self.source(argument)?;
                let Value::Object(object) = parse_json(&text)? else { return Err(not_an_object()) };
                object.into_iter().for_each(|(name, value)| fields.add(&name, value));
                continue;
            }
            let (name, value) = argument.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
                // The argument itself may be a secret whose name was forgotten.
                Failure::new(format!("Failed to parse K=V data: argument {} is not KEY=VALUE", index + 1))
            })?;
            fields.add(name, Value::String(self.value(name, value)?));
        }
        Ok(fields)
    }

    /// What the value of a field stands for: `-` and `@file` for what is read there without the end of its last line,
    /// `\@` for an `@`, all else for itself. On a terminal, `-` is a question without echo.
    pub(crate) fn value(&mut self, name: &str, value: &str) -> Result<String> {
        if value == "-" && io::stdin().is_terminal() {
            return Ok(std::mem::take(&mut *prompt::secret(&format!("{name}: "))?));
        }
        if value == "-" || value.starts_with('@') {
            let text = self.source(value)?;
            return Ok(without_line_end(&text).to_owned());
        }
        Ok(if value.starts_with("\\@") { value.replacen('\\', "", 1) } else { value.to_owned() })
    }

    /// The whole of standard input (`-`) or of a file (`@file`).
    fn source(&mut self, name: &str) -> Result<Zeroizing<String>> {
        match name.strip_prefix('@') {
            Some(path) => read_file(path),
            None => self.standard_input(),
        }
    }

    /// The whole of standard input.
    pub(crate) fn standard_input(&mut self) -> Result<Zeroizing<String>> {
        if std::mem::replace(&mut self.taken, true) {
            return Err(Failure::new("Standard input can be read once only: give the other values as @FILE"));
        }
        read(io::stdin().lock(), "standard input")
    }
}

/// The whole of a file that holds text.
pub(crate) fn read_file(path: &str) -> Result<Zeroizing<String>> {
    let file = File::open(path).map_err(|error| Failure::io(format!("Error reading {path}"), &error))?;
    read(file, path)
}

/// Text without the end of its last line, which editors and `echo` add.
pub(crate) fn without_line_end(text: &str) -> &str {
    let line = text.strip_suffix('\n').unwrap_or(text);
    line.strip_suffix('\r').unwrap_or(line)
}

fn read(source: impl Read, name: &str) -> Result<Zeroizing<String>> {
    // Reading grows its buffer and would leave copies behind: so the buffer has room for all that can come.
    let mut bytes = Zeroizing::new(Vec::with_capacity(INPUT_BYTES as usize + 1));
    let failed = |error: &io::Error| Failure::io(format!("Error reading {name}"), error);
    source.take(INPUT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > INPUT_BYTES {
        return Err(Failure::new(format!("Error reading {name}: longer than 1 MiB")));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Failure::new(format!("Error reading {name}: not UTF-8 text"))),
    }
}

fn parse_json(text: &str) -> Result<Value> {
    // The parser's own message would repeat parts of the text.
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::new(format!("Failed to parse JSON: line {line}, column {column}"))
    })
}

fn not_an_object() -> Failure {
    Failure::new("Failed to parse JSON: an object of fields is expected")
}
