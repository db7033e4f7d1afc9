use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{audit, init, maintenance, mounts, paths, policy, server, slot, token};

/// Keeps TOTP keys encrypted in one file, makes their codes, and accepts each code exactly once.
///
/// Keys, codes, mounts, policies and tokens are read and written by path, in Vault's words. Long options may begin with
/// one dash or two. Values that are secret never need to be on the command line: url=- reads standard input, url=@FILE
/// a file.
#[derive(Parser)]
#[command(name = "otpkeep", bin_name = "otpkeep", version, subcommand_required = true, arg_required_else_help = true, after_help = ENVIRONMENT)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) keep: KeepOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const ENVIRONMENT: &str = "\
Environment:
  OTPKEEP_LOCATION         the keep's file; else ~/.local/share/otpkeep/auth.keep
  OTPKEEP_KEY_FILE         the key file; else ~/.config/otpkeep/root.key
  OTPKEEP_PASSPHRASE_FILE  a file whose first line is the passphrase
  OTPKEEP_PASSPHRASE       the passphrase
  OTPKEEP_TOKEN            a token: the command may do what its policies allow
  OTPKEEP_TOKEN_FILE       a file whose first line is the token

XDG_DATA_HOME and XDG_CONFIG_HOME move the two usual places. Where no key file
opens the keep, the terminal is asked for the passphrase.

Exit status:
  0  done
  1  misused, denied, failed, or a code that is not valid
  2  nothing found";

/// Which keep, and what opens it.
#[derive(Args)]
pub(crate) struct KeepOptions {
    /// The keep's file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Keep")]
    pub(crate) location: Option<PathBuf>,
    /// The key file that opens the keep
    #[arg(long, global = true, value_name = "FILE", help_heading = "Keep")]
    pub(crate) key_file: Option<PathBuf>,
    /// A file whose first line is the passphrase that opens the keep
    #[arg(long, global = true, value_name = "FILE", help_heading = "Keep", conflicts_with = "key_file")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// A file whose first line is a token, which narrows what the command may do
    #[arg(long, global = true, value_name = "FILE", help_heading = "Keep")]
    pub(crate) token_file: Option<PathBuf>,
}

/// How answers are printed.
#[derive(Args, Default)]
pub(crate) struct OutputOptions {
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Print this field alone; without a line end unless on a terminal
    #[arg(long, value_name = "NAME")]
    pub(crate) field: Option<String>,
}

/// A way to print an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// The bytes of the value; only with -field
    Raw,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Status(maintenance::Status),
    Mount(mounts::Mount),
    Unmount(mounts::Unmount),
    Mounts(mounts::Mounts),
    Tune(mounts::Tune),
    Write(paths::Write),
    Read(paths::Read),
    List(paths::List),
    Delete(paths::Delete),
    PathHelp(paths::PathHelp),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Audit(audit::Audit),
    Server(server::Server),
    Rotate(maintenance::Rotate),
    Rewrap(maintenance::Rewrap),
    #[command(subcommand)]
    Slot(slot::Slot),
    Backup(maintenance::Backup),
    Restore(maintenance::Restore),
    Completions(maintenance::Completions),
}

/// Reads the command line. What is left to say on an error, or to a call for help, is said.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Arguments, ExitCode> {
    Arguments::try_parse_from(with_double_dashes(arguments)).map_err(|error| {
        let error = without_values(error);
        if !error.use_stderr() {
            let _ = write!(io::stdout(), "{error}");
            return ExitCode::SUCCESS;
        }
        let _ = write!(io::stderr(), "{error}");
        ExitCode::FAILURE
    })
}

/// Vault's long options begin with one dash, clap's with two. What is no long option stays as it is: `-`, `-f`, and
/// everything after `--`.
fn with_double_dashes(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut options_ended = false;
    arguments.map(move |argument| {
        options_ended |= argument == "--";
        if options_ended || !is_single_dashed(&argument) {
            return argument;
        }
        OsString::from_vec([b"-", argument.as_bytes()].concat())
    })
}

fn is_single_dashed(argument: &OsStr) -> bool {
    let name = argument.as_bytes().strip_prefix(b"-").unwrap_or_default();
    let name = name.split(|&byte| byte == b'=').next().unwrap_or_default();
    name.len() > 1 && name.first().is_some_and(u8::is_ascii_alphabetic)
}

/// An argument in the wrong place may be a secret: only what looks like an option, or is nearly a command, is repeated.
fn without_values(mut error: clap::Error) -> clap::Error {
    let is_value = |value: &ContextValue| matches!(value, ContextValue::String(text) if !text.starts_with('-'));
    let misplaced = match error.kind() {
        ErrorKind::UnknownArgument => {
            error.get(ContextKind::InvalidArg).is_some_and(is_value).then_some(ContextKind::InvalidArg)
        }
        // A value for an option that takes none, such as a passphrase after `-passphrase=`.
        ErrorKind::TooManyValues => Some(ContextKind::InvalidValue),
        ErrorKind::InvalidSubcommand if error.get(ContextKind::SuggestedSubcommand).is_none() => {
            Some(ContextKind::InvalidSubcommand)
        }
        _ => None,
    };
    if let Some(place) = misplaced {
        error.insert(place, ContextValue::String("(not shown)".into()));
    }
    error
}
