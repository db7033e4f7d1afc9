//! The `otpkeep` command: Vault's words and syntax over a keep.

#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod failure;
mod files;
mod input;
mod output;
mod progress;
mod prompt;
mod session;
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell when this cannot be written either.
            if !failure.sentence().is_empty() {
                let _ = writeln!(io::stderr(), "{}", failure.sentence());
            }
            failure.exit_code()
        }
    }
}
