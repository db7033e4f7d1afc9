use clap::Args;
use otpkeep::paths::Operation;
use serde_json::{Map, Value};

use super::paths::text;
use super::{done, expect, request, trimmed};
use crate::arguments::{Format, OutputOptions};
use crate::failure::{Failure, Result};
use crate::input::Fields;
use crate::output;
use crate::session::Session;
use crate::table::cell;

/// Makes a mount: a place for keys of its own.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep mount totp
  otpkeep mount -path=team-a/otp -options=free_attempts=3 totp")]
pub(crate) struct Mount {
    /// Where to mount it; else at the name of its type
    #[arg(long)]
    path: Option<String>,
    #[command(flatten)]
    settings: Settings,
    /// The type of engine: totp
    #[arg(value_name = "TYPE")]
    engine: String,
}

/// What may be said of a mount.
#[derive(Args)]
struct Settings {
    /// What the mount is for, in words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// An option: throttle (on or off), free_attempts, lock_seconds, max_lock_seconds, max_failures. May be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    options: Vec<String>,
}

impl Settings {
    fn is_empty(&self) -> bool {
        self.description.is_none() && self.options.is_empty()
    }

    fn fields(&self) -> Result<Fields> {
        let mut fields = Fields::default();
        fields.put("description", self.description.as_deref());
        fields.put("options", (!self.options.is_empty()).then(|| pairs("-options", &self.options)).transpose()?);
        Ok(fields)
    }
}

/// The object that texts such as `name=value` stand for.
pub(super) fn pairs(option: &str, texts: &[String]) -> Result<Map<String, Value>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| Failure::new(format!("{option} takes NAME=VALUE")))?;
        Ok((name.to_owned(), Value::from(value)))
    };
    texts.iter().map(pair).collect()
}

impl Mount {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let path = trimmed(self.path.as_deref().unwrap_or(&self.engine));
        let mut fields = self.settings.fields()?;
        fields.put("type", Some(self.engine.as_str()));
        let at = format!("sys/mounts/{path}");
        let answer = request(&session.open()?, Operation::Write, &at, &fields, format!("Error mounting at {path}"))?;
        done(answer, &format!("Successfully mounted '{}' at '{path}'!", self.engine))
    }
}

/// Removes a mount and deletes all its keys.
#[derive(Args)]
pub(crate) struct Unmount {
    /// The path of the mount
    path: String,
}

impl Unmount {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let path = trimmed(&self.path);
        let (at, doing) = (format!("sys/mounts/{path}"), format!("Error unmounting {path}"));
        let answer = request(&session.open()?, Operation::Delete, &at, &Fields::default(), doing)?;
        done(answer, &format!("Successfully unmounted '{path}' if it was mounted"))
    }
}

/// Lists the mounts.
#[derive(Args)]
pub(crate) struct Mounts {
    /// Show the options of each
    #[arg(long)]
    detailed: bool,
    #[command(flatten)]
    output: OutputOptions,
}

impl Mounts {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let answer =
            request(&session.open()?, Operation::Read, "sys/mounts", &Fields::default(), "Error listing mounts")?;
        let answered = expect(answer, "No mounts")?;
        let data = &answered.0.data;
        match (&self.output.field, self.output.format) {
            (Some(name), _) => self.output.print_field(name, data, None),
            (None, Format::Json) => output::print_json(&mut Value::Object(data.clone())),
            (None, _) => {
                let titles = ["Path", "Type", "Accessor", "Description", "Options"];
                let titles = if self.detailed { &titles[..] } else { titles.split_last().map_or(&[][..], |(_, t)| t) };
                output::print_table(titles, data.iter().map(|(path, mount)| self.row(path, mount)).collect())
            }
        }
    }

    fn row(&self, path: &str, mount: &Value) -> Vec<zeroize::Zeroizing<String>> {
        let field = |name: &str| cell(mount.get(name).map(text).unwrap_or_default());
        let mut row = vec![cell(path), field("type"), field("accessor")];
        let description = field("description");
        row.push(if description.is_empty() { cell("n/a") } else { description });
        if self.detailed {
            row.push(cell(&options(mount)));
        }
        row
    }
}

/// The options of a mount as `name=value`, with spaces between.
fn options(mount: &Value) -> String {
    let Some(Value::Object(options)) = mount.get("options") else { return String::new() };
    options.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(" ")
}

/// Changes description and options of a mount; without any, shows them.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep tune -options=throttle=off totp")]
pub(crate) struct Tune {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    output: OutputOptions,
    /// The path of the mount
    path: String,
}

impl Tune {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let path = trimmed(&self.path);
        let (at, keep) = (format!("sys/mounts/{path}/tune"), session.open()?);
        if self.settings.is_empty() {
            let answer = request(&keep, Operation::Read, &at, &Fields::default(), format!("Error reading {path}"))?;
            return self.output.print(&expect(answer, format!("No mount found at {path}"))?.0);
        }
        let fields = self.settings.fields()?;
        let answer = request(&keep, Operation::Write, &at, &fields, format!("Error tuning {path}"))?;
        done(answer, &format!("Success! Tuned the mount at: {path}/"))
    }
}
