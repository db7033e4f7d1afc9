use std::path::PathBuf;

use clap::{Args, Subcommand};
use otpkeep::{Keep, SlotKind};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::init::{Cost, make_key_file};
use crate::arguments::{Format, OutputOptions};
use crate::failure::{Failure, Result};
use crate::output;
use crate::prompt;
use crate::session::{RootKey, Session, first_line, options_with};
use crate::table::cell;

/// Manages the root keys that open the keep.
#[derive(Subcommand)]
pub(crate) enum Slot {
    Add(Add),
    Remove(Remove),
    List(List),
}

/// Lets another root key open the keep too.
#[derive(Args)]
#[command(after_help = "\
Examples:
  otpkeep slot add -new-passphrase
  otpkeep slot add -new-key-file=/media/safe/root.key")]
pub(crate) struct Add {
    /// Ask for a new passphrase, twice
    #[arg(long, group = "new")]
    new_passphrase: bool,
    /// A file whose first line is the new passphrase
    #[arg(long, value_name = "FILE", group = "new")]
    new_passphrase_file: Option<PathBuf>,
    /// The new key file; it is made when nothing is there
    #[arg(long, value_name = "FILE", group = "new", required_unless_present_any = ["new_passphrase", "new_passphrase_file"])]
    new_key_file: Option<PathBuf>,
    #[command(flatten)]
    cost: Cost,
}

/// Lets a root key open the keep no more.
///
/// Whoever opened the keep with it before may have kept the keys, and copies of
/// the file still have the slot.
#[derive(Args)]
pub(crate) struct Remove {
    /// The number of the slot
    id: u64,
}

/// Lists the slots.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    output: OutputOptions,
}

impl Slot {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        match self {
            Slot::Add(command) => command.run(session),
            Slot::Remove(command) => command.run(session),
            Slot::List(command) => command.run(session),
        }
    }
}

impl Add {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let keep = session.open()?;
        let root_key = match (self.new_key_file, self.new_passphrase_file) {
            (Some(path), _) => {
                if make_key_file(&path)? {
                    output::remark(&format!("Key file made at: {}", path.display()));
                }
                RootKey::File(path)
            }
            (None, Some(path)) => RootKey::Passphrase(first_line(&path)?),
            (None, None) => RootKey::Passphrase(prompt::new_passphrase()?),
        };
        let mut options = options_with(&root_key)?;
        self.cost.set(&mut options)?;
        let id = keep.add_slot(&options).map_err(|error| Failure::error("Error adding a slot", error))?;
        output::print_line(&format!("Success! Added slot: {id}"))
    }
}

impl Remove {
    fn run(self, session: &Session<'_>) -> Result<()> {
        let removed = session.open()?.remove_slot(self.id);
        removed.map_err(|error| Failure::error(format!("Error removing slot {}", self.id), error))?;
        output::print_line(&format!("Success! Removed slot: {}", self.id))
    }
}

impl List {
    fn run(self, session: &Session<'_>) -> Result<()> {
        self.output.check()?;
        let slots = slots_of(&session.open()?)?;
        match (&self.output.field, self.output.format) {
            (Some(_), _) => Err(Failure::new("-field names nothing here: use -format=json")),
            (None, Format::Json) => output::print_json(&mut Value::Array(slots)),
            (None, _) => {
                let shown = |slot: &Value, name: &str| match slot.get(name) {
                    Some(Value::String(text)) => cell(text),
                    Some(value) => Zeroizing::new(value.to_string()),
                    None => cell(""),
                };
                let row = |slot: &Value| ["id", "kind", "created"].iter().map(|name| shown(slot, name)).collect();
                output::print_table(&["Slot", "Kind", "Created"], slots.iter().map(row).collect())
            }
        }
    }
}

/// What may be told of each slot.
pub(super) fn slots_of(keep: &Keep) -> Result<Vec<Value>> {
    let status = keep.status().map_err(|error| Failure::error("Error reading the slots", error))?;
    let slot = |slot: &otpkeep::Slot| json!({ "id": slot.id, "kind": kind(slot.kind), "created": slot.created });
    Ok(status.slots.iter().map(slot).collect())
}

/// How a slot's root key is given, in words.
pub(super) fn kind(kind: Option<SlotKind>) -> &'static str {
    kind.map_or("damaged", SlotKind::name)
}
