use std::path::PathBuf;

use clap::Args;
use otpkeep::paths::{Answer, Operation, Response};
use serde_json::{Value, json};

use super::{Answered, barcode, expect, request, trimmed};
use crate::arguments::{Format, OutputOptions};
use crate::failure::{Failure, Result};
use crate::input::{Fields, Input};
use crate::output;
use crate::session::Session;

/// Writes data to a path.
///
/// KEY=VALUE gives a field; KEY=- reads its value from standard input and KEY=@FILE from a file, so that secrets need
/// not be on the command line. A key given twice becomes a list. A lone - or @FILE gives a JSON object of fields.
///
/// Validating a code exits with 0 only if the code is valid.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep write totp/keys/github url=@github.url
  otpkeep write totp/keys/alice generate=true issuer=Acme account_name=alice@acme.com
  otpkeep write totp/code/alice code=-")]
pub(crate) struct Write {
    #[command(flatten)]
    output: OutputOptions,
    /// Allow no data; replace the file of -barcode
    #[arg(long, short)]
    force: bool,
    /// Save the barcode of a generated key as PNG, which only its owner can read
    #[arg(long, value_name = "FILE")]
    barcode: Option<PathBuf>,
    /// Where to write, such as totp/keys/alice
    path: String,
    /// KEY=VALUE, KEY=@FILE, KEY=-, @FILE or -
    #[arg(value_name = "KEY=VALUE")]
    data: Vec<String>,
}

impl Write {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        if self.data.is_empty() && !self.force {
            return Err(Failure::new("Must supply data or use -force"));
        }
        let path = trimmed(&self.path);
        let fields = Input::default().fields(&self.data)?;
        let keep = session.open()?;
        let file = self.barcode.as_deref().map(|path| barcode::Destination::new(path, self.force)).transpose()?;
        let answer = request(&keep, Operation::Write, path, &fields, format!("Error writing data to {path}"))?;
        let answered = Answered(match answer {
            Answer::Response(response) => response,
            Answer::Done | Answer::Nothing => Response::default(),
        });
        let response = &answered.0;
        if self.output.is_table() && response.data.is_empty() && response.auth.is_none() {
            output::warn(&response.warnings);
            output::print_line(&format!("Success! Data written to: {path}"))?;
        } else {
            self.output.print(response)?;
        }
        if self.output.is_table() && output::is_seen() {
            barcode::draw(&response.data)?;
        }
        if let Some(file) = file {
            file.save(&response.data)?;
        }
        if response.mount_type == "totp" && response.data.get("valid") == Some(&Value::Bool(false)) {
            // The answer is printed. Whoever looks at the exit status alone must not let anyone in.
            return Err(Failure::silent());
        }
        Ok(())
    }
}

/// Reads what is at a path: a key's description, the code of a key, ...
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep read totp/code/github
  otpkeep read -field=code totp/code/github")]
pub(crate) struct Read {
    #[command(flatten)]
    output: OutputOptions,
    /// What to read, such as totp/code/alice
    path: String,
    /// KEY=VALUE, KEY=@FILE, KEY=-, @FILE or -
    #[arg(value_name = "KEY=VALUE")]
    data: Vec<String>,
}

impl Read {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let path = trimmed(&self.path);
        let fields = Input::default().fields(&self.data)?;
        let answer = request(&session.open()?, Operation::Read, path, &fields, format!("Error reading {path}"))?;
        let answered = expect(answer, format!("No value found at {path}"))?;
        self.output.print(&answered.0)?;
        if output::is_seen() {
            tell_how_long(&answered.0);
        }
        Ok(())
    }
}

/// Tells how long a code lasts, which a person who is about to type it wants to know.
fn tell_how_long(response: &Response) {
    let number = |name: &str| response.data.get(name).and_then(Value::as_u64);
    if let (true, Some(from), Some(until)) =
        (response.data.contains_key("code"), number("generated"), number("expire_time"))
    {
        output::remark(&format!("The code lasts {} more seconds.", until.saturating_sub(from)));
    }
}

/// Lists what is below a path.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep list totp/keys")]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
    /// Begin after this name
    #[arg(long, value_name = "NAME")]
    after: Option<String>,
    /// At most so many names
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,
    /// What to list, such as totp/keys
    path: String,
    /// KEY=VALUE, KEY=@FILE, KEY=-, @FILE or -
    #[arg(value_name = "KEY=VALUE")]
    data: Vec<String>,
}

impl List {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let path = trimmed(&self.path);
        let mut fields = Input::default().fields(&self.data)?;
        fields.put("after", self.after);
        fields.put("limit", self.limit.map(|limit| limit.to_string()));
        let answer = request(&session.open()?, Operation::List, path, &fields, format!("Error listing {path}"))?;
        let answered = expect(answer, format!("No value found at {path}"))?;
        let Some(Value::Array(keys)) = answered.0.data.get("keys") else {
            return Err(Failure::nothing(format!("No entries found at {path}")));
        };
        match (&self.output.field, self.output.format) {
            (Some(_), _) => self.output.print(&answered.0),
            (None, format) => {
                if format == Format::Table {
                    output::warn(&answered.0.warnings);
                }
                print_names("Keys", keys, format)
            }
        }
    }
}

/// Prints names below a title, or as a JSON list.
pub(super) fn print_names(title: &str, names: &[Value], format: Format) -> Result<()> {
    match format {
        Format::Json => output::print_json(&mut json!(names)),
        _ => output::print_table(&[title], names.iter().map(|name| vec![crate::table::cell(text(name))]).collect()),
    }
}

/// The text of a name.
pub(super) fn text(name: &Value) -> &str {
    name.as_str().unwrap_or_default()
}

/// Deletes what is at a path. It is no error when nothing is there.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep delete totp/keys/alice")]
pub(crate) struct Delete {
    /// What to delete, such as totp/keys/alice
    path: String,
    /// KEY=VALUE, KEY=@FILE, KEY=-, @FILE or -
    #[arg(value_name = "KEY=VALUE")]
    data: Vec<String>,
}

impl Delete {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let path = trimmed(&self.path);
        let fields = Input::default().fields(&self.data)?;
        let answer = request(&session.open()?, Operation::Delete, path, &fields, format!("Error deleting {path}"))?;
        super::done(answer, &format!("Success! Data deleted (if it existed) at: {path}"))
    }
}

/// Tells what a path is for, and which fields it takes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep path-help totp
  otpkeep path-help totp/keys/alice")]
pub(crate) struct PathHelp {
    /// The path, such as totp
    path: String,
}

impl PathHelp {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let path = trimmed(&self.path);
        let keep = session.open()?;
        let doing = format!("Error retrieving help for {path}");
        let answer =
            expect(request(&keep, Operation::Help, path, &Fields::default(), doing)?, format!("No help for {path}"))?;
        output::print_line(answer.0.data.get("help").map(text).unwrap_or_default().trim_end())
    }
}
