//! The commands: one file for each group of them.

pub(crate) mod audit;
mod barcode;
pub(crate) mod init;
pub(crate) mod maintenance;
pub(crate) mod mounts;
pub(crate) mod paths;
pub(crate) mod policy;
pub(crate) mod server;
pub(crate) mod slot;
pub(crate) mod token;

use std::fmt::Display;

use otpkeep::Keep;
use otpkeep::paths::{Answer, Operation, Response};

use crate::arguments::{Arguments, Command};
use crate::failure::{Failure, Result};
use crate::input::Fields;
use crate::output;
use crate::session::Session;

/// Does what the command line says.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let session = &Session::new(&arguments.keep);
    match arguments.command {
        Command::Init(command) => command.run(session),
        Command::Status(command) => command.run(session),
        Command::Mount(command) => command.run(session),
        Command::Unmount(command) => command.run(session),
        Command::Mounts(command) => command.run(session),
        Command::Tune(command) => command.run(session),
        Command::Write(command) => command.run(session),
        Command::Read(command) => command.run(session),
        Command::List(command) => command.run(session),
        Command::Delete(command) => command.run(session),
        Command::PathHelp(command) => command.run(session),
        Command::Policy(command) => command.run(session),
        Command::Token(command) => command.run(session),
        Command::Audit(command) => command.run(session),
        Command::Server(command) => command.run(session),
        Command::Rotate(command) => command.run(session),
        Command::Rewrap(command) => command.run(session),
        Command::Slot(command) => command.run(session),
        Command::Backup(command) => command.run(session),
        Command::Restore(command) => command.run(session),
        Command::Completions(command) => command.run(),
    }
}

/// Sends a request; a refusal is told in the words of `doing`.
fn request(keep: &Keep, operation: Operation, path: &str, fields: &Fields, doing: impl Display) -> Result<Answer> {
    keep.request(operation, path, &fields.0).map_err(|refusal| Failure::refused(doing, &refusal))
}

/// Sends a request that answers with data, where nothing is told as `absent`.
fn expect(answer: Answer, absent: impl Into<String>) -> Result<Answered> {
    match answer {
        Answer::Response(response) => Ok(Answered(response)),
        Answer::Done => Ok(Answered(Response::default())),
        Answer::Nothing => Err(Failure::nothing(absent)),
    }
}

/// Tells that something was done, after what was odd about it.
fn done(answer: Answer, sentence: &str) -> Result<()> {
    if let Answer::Response(response) = &answer {
        output::warn(&response.warnings);
    }
    output::print_line(sentence)
}

/// A response that is cleared when dropped.
struct Answered(Response);

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.data.values_mut().for_each(crate::input::wipe);
        if let Some(auth) = &mut self.0.auth {
            auth.fields.values_mut().for_each(crate::input::wipe);
        }
    }
}

/// A path without the white space and slashes that Vault's command leaves out at its ends.
fn trimmed(path: &str) -> &str {
    path.trim().trim_matches('/')
}
