use std::fs::OpenOptions;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGINT;
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};

/// Whether there is a terminal to ask, wherever standard input comes from.
pub(crate) fn has_terminal() -> bool {
    OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
}

/// Asks the terminal for a secret, without echo. Ctrl-C ends the command, as always.
pub(crate) fn secret(question: &str) -> Result<Zeroizing<String>> {
    let failed = |error: &io::Error| Failure::io("Error asking the terminal", error);
    let ends = ctrl_c_ends().map_err(|error| failed(&error))?;
    ends.store(false, Ordering::SeqCst);
    let answer = rpassword::prompt_password(question);
    ends.store(true, Ordering::SeqCst);
    answer.map(Zeroizing::new).map_err(|error| {
        if error.kind() == io::ErrorKind::Interrupted {
            let _ = signal_hook::low_level::emulate_default_handler(SIGINT);
        }
        failed(&error)
    })
}

/// Whether Ctrl-C ends the command at once. While a question stands it must not: the terminal would be left without its
/// echo. The handler stays, since one that was removed would leave Ctrl-C without effect.
fn ctrl_c_ends() -> io::Result<&'static AtomicBool> {
    static ENDS: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(ends) = ENDS.get() {
        return Ok(ends);
    }
    let ends = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&ends))?;
    Ok(ENDS.get_or_init(|| ends))
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
