use clap::{Args, Subcommand};
use otpkeep::paths::Operation;
use serde_json::Value;

use super::mounts::pairs;
use super::paths::text;
use super::{done, expect, request};
use crate::arguments::{Format, OutputOptions};
use crate::failure::Result;
use crate::input::{Fields, Input};
use crate::output;
use crate::session::Session;
use crate::table::cell;

/// Keeps a record of every request.
#[derive(Subcommand)]
pub(crate) enum Audit {
    Enable(Enable),
    Disable(Disable),
    List(List),
    Hash(Hash),
}

/// Records every request and answer from now on.
///
/// Each is one JSON line. Secret values are replaced by keyed hashes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep audit enable file file_path=/var/log/otpkeep.log")]
pub(crate) struct Enable {
    /// The name of the record; else that of its type
    #[arg(long, value_name = "NAME")]
    path: Option<String>,
    /// What it is for, in words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The type of record: file
    #[arg(value_name = "TYPE")]
    device: String,
    /// Options of the type, such as file_path=/var/log/otpkeep.log
    #[arg(value_name = "NAME=VALUE")]
    options: Vec<String>,
}

/// Stops recording.
#[derive(Args)]
pub(crate) struct Disable {
    /// The name of the record
    name: String,
}

/// Lists where requests are recorded.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
}

/// Prints what stands in the record for a secret value, to look it up there.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep audit hash file @code.txt")]
pub(crate) struct Hash {
    #[command(flatten)]
    output: OutputOptions,
    /// The name of the record
    name: String,
    /// The value: - for standard input, @FILE for a file
    #[arg(default_value = "-")]
    value: String,
}

impl Audit {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        match self {
            Audit::Enable(command) => command.run(session),
            Audit::Disable(command) => command.run(session),
            Audit::List(command) => command.run(session),
            Audit::Hash(command) => command.run(session),
        }
    }
}

impl Enable {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let name = name(self.path.as_deref().unwrap_or(&self.device));
        let mut fields = Fields::of([("type", self.device.as_str())]);
        fields.put("description", self.description);
        fields.put("options", Some(pairs("audit enable", &self.options)?));
        let doing = "Error enabling audit device";
        let answer = request(&session.open()?, Operation::Write, &format!("sys/audit/{name}"), &fields, doing)?;
        done(answer, &format!("Success! Enabled the {} audit device at: {name}/", self.device))
    }
}

impl Disable {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let name = name(&self.name);
        let (at, doing) = (format!("sys/audit/{name}"), "Error disabling audit device");
        let answer = request(&session.open()?, Operation::Delete, &at, &Fields::default(), doing)?;
        done(answer, &format!("Success! Disabled audit device (if it was enabled) at: {name}/"))
    }
}

impl List {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let doing = "Error listing audits";
        let answer = request(&session.open()?, Operation::Read, "sys/audit", &Fields::default(), doing)?;
        let none = "No audit devices are enabled.";
        let answered = expect(answer, none)?;
        let data = &answered.0.data;
        match (&self.output.field, self.output.format) {
            (Some(field), _) => self.output.print_field(field, data, None),
            (None, Format::Json) => output::print_json(&mut Value::Object(data.clone())),
            (None, _) if data.is_empty() => Err(crate::failure::Failure::nothing(none)),
            (None, _) => {
                let field = |device: &Value, name: &str| cell(device.get(name).map(text).unwrap_or_default());
                let file = |device: &Value| device.get("options").map_or_else(|| cell(""), |o| field(o, "file_path"));
                let row = |(path, device): (&String, &Value)| {
                    vec![cell(path), field(device, "type"), file(device), field(device, "description")]
                };
                output::print_table(&["Path", "Type", "File", "Description"], data.iter().map(row).collect())
            }
        }
    }
}

impl Hash {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let mut fields = Fields::default();
        fields.put("input", Some(Input::default().value("value", &self.value)?));
        let (at, doing) = (format!("sys/audit-hash/{}", name(&self.name)), "Error hashing");
        let answer = request(&session.open()?, Operation::Write, &at, &fields, doing)?;
        let answered = expect(answer, format!("No audit device at {}", self.name))?;
        match (self.output.is_table(), answered.0.data.get("hash")) {
            (true, Some(hash)) => output::print_line(text(hash)),
            _ => self.output.print(&answered.0),
        }
    }
}

/// The name of a record; Vault's command writes a slash after it.
fn name(path: &str) -> &str {
    super::trimmed(path)
}
