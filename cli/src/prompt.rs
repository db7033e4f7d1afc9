use std::fs::OpenOptions;

use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

/// Whether there is a terminal to ask, wherever standard input comes from.
pub(crate) fn has_terminal() -> bool {
    OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
}

/// Asks the terminal for a secret, without echo.
pub(crate) fn secret(question: &str) -> Result<Zeroizing<String>> {
    let answer = rpassword::prompt_password(question);
    answer.map(Zeroizing::new).map_err(|error| Failure::io("Error asking the terminal", &error))
}

/// Asks for a new passphrase twice, since a typing error would lock its owner out.
pub(crate) fn new_passphrase() -> Result<Zeroizing<String>> {
    if !has_terminal() {
        return Err(Failure::new("There is no terminal to ask for a passphrase: give it in a file"));
    }
    let passphrase = secret("New passphrase: ")?;
    if *passphrase != *secret("Once more: ")? {
        return Err(Failure::new("The passphrases differ: nothing was done"));
    }
    Ok(passphrase)
}
