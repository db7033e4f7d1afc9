use clap::{Args, Subcommand};
use otpkeep::paths::Operation;
use serde_json::Value;

use super::paths::{print_names, text};
use super::{done, expect, request};
use crate::arguments::{Format, OutputOptions};
use crate::failure::{Failure, Result};
use crate::input::{Fields, Input, read_file};
use crate::output;
use crate::session::Session;

/// Writes, reads, lists and deletes policies.
#[derive(Subcommand)]
pub(crate) enum Policy {
    Write(Write),
    Read(Read),
    List(List),
    Delete(Delete),
}

/// Writes a policy, in HCL or JSON, in place of the one of its name.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep policy write validators validators.hcl
  otpkeep policy write validators - <validators.hcl")]
pub(crate) struct Write {
    name: String,
    /// The file with its text; - for standard input
    file: String,
}

/// Prints the text of a policy.
#[derive(Args)]
pub(crate) struct Read {
    #[command(flatten)]
    output: OutputOptions,
    name: String,
}

/// Lists the names of all policies.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
}

/// Deletes a policy: tokens that have it lose what it allowed.
#[derive(Args)]
pub(crate) struct Delete {
    name: String,
}

impl Policy {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        match self {
            Policy::Write(command) => command.run(session),
            Policy::Read(command) => command.run(session),
            Policy::List(command) => command.run(session),
            Policy::Delete(command) => command.run(session),
        }
    }
}

impl Write {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let text = if self.file == "-" { Input::default().standard_input()? } else { read_file(&self.file)? };
        let doing = format!("Error uploading policy {}", self.name);
        let fields = Fields::of([("policy", text.as_str())]);
        let answer = request(&session.open()?, Operation::Write, &at(&self.name), &fields, doing)?;
        done(answer, &format!("Success! Uploaded policy: {}", self.name))
    }
}

impl Read {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let doing = format!("Error reading policy {}", self.name);
        let answer = request(&session.open()?, Operation::Read, &at(&self.name), &Fields::default(), doing)?;
        let answered = expect(answer, format!("No policy named: {}", self.name))?;
        if !self.output.is_table() {
            return self.output.print(&answered.0);
        }
        output::print_line(answered.0.data.get("policy").map(text).unwrap_or_default().trim_end())
    }
}

impl List {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let doing = "Error listing policies";
        let answer = request(&session.open()?, Operation::List, "sys/policies/acl", &Fields::default(), doing)?;
        let answered = expect(answer, "No policies")?;
        let Some(Value::Array(names)) = answered.0.data.get("keys") else {
            return Err(Failure::nothing("No policies"));
        };
        match self.output.format {
            _ if self.output.field.is_some() => self.output.print(&answered.0),
            Format::Json => print_names("Policies", names, Format::Json),
            // Vault's command prints these without a title.
            _ => names.iter().try_for_each(|name| output::print_line(text(name))),
        }
    }
}

impl Delete {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let doing = format!("Error deleting policy {}", self.name);
        let answer = request(&session.open()?, Operation::Delete, &at(&self.name), &Fields::default(), doing)?;
        done(answer, &format!("Success! Deleted policy: {}", self.name))
    }
}

fn at(name: &str) -> String {
    format!("sys/policies/acl/{name}")
}
