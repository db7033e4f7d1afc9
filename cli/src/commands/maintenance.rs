use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use otpkeep::Keep;
use otpkeep::paths::{Data, Response};
use serde_json::{Value, json};

use super::slot;
use crate::arguments::{Arguments, Format, OutputOptions};
use crate::failure::{Failure, Result};
use crate::files::make_folder_of;
use crate::output;
use crate::progress::Progress;
use crate::session::Session;

/// Tells what may be told of the keep.
#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    output: OutputOptions,
}

impl Status {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let keep = session.open()?;
        let status = keep.status().map_err(|error| Failure::error("Error reading the status", error))?;
        let slots: Vec<String> =
            status.slots.iter().map(|slot| format!("{} {}", slot.id, slot::kind(slot.kind))).collect();
        let rows = [
            ("location", json!(session.location()?.to_string_lossy())),
            ("keep_id", json!(status.keep_id)),
            ("format", json!(status.format)),
            ("storage", json!(status.storage)),
            ("bytes", json!(status.bytes)),
            ("created", json!(status.created)),
            ("mounts", json!(status.mounts)),
            ("keys", json!(status.keys)),
            ("terms", json!(status.terms)),
            ("current_term", json!(status.current_term)),
            ("slots", json!(slots.join(", "))),
            ("memory_locked", json!(status.memory_locked)),
            ("memory_not_dumped", json!(status.memory_not_dumped)),
        ];
        let mut data: Data = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if self.output.format == Format::Json {
            data.insert("slots".into(), Value::Array(slot::slots_of(&keep)?));
        }
        let warnings = status.warnings.iter().map(|warning| (*warning).to_owned()).collect();
        self.output.print(&Response { data, warnings, ..Response::default() })
    }
}

/// Adds a data key: what is written from now on is sealed under it.
///
/// `otpkeep rewrap` seals the rest under it too.
#[derive(Args)]
pub(crate) struct Rotate {}

impl Rotate {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let term = session.open()?.rotate().map_err(|error| Failure::error("Error rotating", error))?;
        output::print_line(&format!("Success! What is written from now on is sealed under term {term}"))
    }
}

/// Seals everything anew under the newest data key, and drops the older ones.
///
/// It works in batches beside other work, and may be interrupted at any time and begun again.
#[derive(Args)]
pub(crate) struct Rewrap {}

impl Rewrap {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let keep = session.open()?;
        let mut progress = Progress::new("Rewrapping");
        let sealed = keep.rewrap_with(&mut |done, total| progress.show(done, total));
        progress.finish();
        let sealed = sealed.map_err(|error| Failure::error("Error rewrapping", error))?;
        output::print_line(&format!("Success! Records sealed anew: {sealed}"))
    }
}

/// Copies the keep to a new file while work goes on.
///
/// The copy is checked record by record before it gets its name. Use `otpkeep restore` to make a keep of it: a backup that is merely opened would accept codes that were used since.
#[derive(Args)]
pub(crate) struct Backup {
    /// The new file
    destination: PathBuf,
}

impl Backup {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let keep: Keep = session.open()?;
        let mut progress = Progress::new("Backing up");
        let copied = keep.backup_with(&self.destination, &mut |done, total| progress.show(done, total));
        progress.finish();
        let destination = self.destination.display();
        copied.map_err(|error| Failure::error(format!("Error backing up to {destination}"), error))?;
        output::print_line(&format!("Success! Backup made at: {destination}"))
    }
}

/// Makes a keep of a backup, without accepting codes that were used since.
///
/// Every code that may have been accepted since the backup is made unusable, which costs up to two periods of refusals.
#[derive(Args)]
pub(crate) struct Restore {
    /// The backup
    backup: PathBuf,
}

impl Restore {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let location = session.location()?;
        make_folder_of(&location)
            .map_err(|error| Failure::io(format!("Error making {}", location.display()), &error))?;
        let restored =
            session.with_root_key(&self.backup, |options| otpkeep::restore(&self.backup, &location, options))?;
        restored.map_err(|error| Failure::error(format!("Error restoring {}", self.backup.display()), error))?;
        output::print_line(&format!("Success! Restored to: {}", location.display()))
    }
}

/// Prints the completion script of a shell.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep completions bash >~/.local/share/bash-completion/completions/otpkeep")]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "otpkeep", &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}
