use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use otpkeep::access::holds_secret;
use otpkeep::paths::Refusal;
use otpkeep::{Error, Kind};

/// Why a command did not do what it was asked: what it says on stderr, and how it exits.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    code: u8,
}

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Exit 1: misused, denied or failed.
    pub(crate) fn new(sentence: impl Into<String>) -> Failure {
        Failure { sentence: sentence.into(), code: 1 }
    }

    /// Exit 2: there is nothing there.
    pub(crate) fn nothing(sentence: impl Into<String>) -> Failure {
        Failure { sentence: sentence.into(), code: 2 }
    }

    /// Exit 1 without a word: the answer that was printed says it all.
    pub(crate) fn silent() -> Failure {
        Failure::new("")
    }

    /// What an operation that was refused has come to, told in the words of `doing`, such as `Error reading totp/code/x`.
    pub(crate) fn refused(doing: impl Display, refusal: &Refusal) -> Failure {
        let code = exit_code_of(refusal.kind);
        Failure { sentence: format!("{doing}: {}", refusal.sentence), code }
    }

    /// An error of a typed operation, told in the words of `doing`.
    pub(crate) fn error(doing: impl Display, error: Error) -> Failure {
        Failure::refused(doing, &Refusal::from(error))
    }

    /// A file or stream that could not be read or written.
    pub(crate) fn io(doing: impl Display, error: &io::Error) -> Failure {
        Failure::new(format!("{doing}: {error}"))
    }

    /// The sentence, up to a secret that stood in the place of a path or a file: where a URL with spaces ends cannot be
    /// told.
    pub(crate) fn sentence(&self) -> String {
        let words: Vec<_> = self.sentence.split(' ').collect();
        let shown: Vec<_> = words.iter().copied().take_while(|word| !holds_secret(word)).collect();
        let rest = if shown.len() < words.len() { " (the rest holds a secret and is not shown)" } else { "" };
        shown.join(" ") + rest
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// A thing that is not there exits as an empty answer does, so that scripts need not read sentences.
fn exit_code_of(kind: Kind) -> u8 {
    match kind {
        Kind::KeyNotFound | Kind::MountNotFound | Kind::PolicyNotFound => 2,
        _ => 1,
    }
}
