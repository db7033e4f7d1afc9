use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use data_encoding::HEXLOWER;
use otpkeep::{Keep, OpenOptions, PassphraseCost};
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};
use crate::files::{Draft, make_folder_of};
use crate::output;
use crate::prompt;
use crate::session::{RootKey, Session, options_with};

/// Makes a keep that nothing is mounted in, and the key file that opens it.
///
/// The keep goes where -location or OTPKEEP_LOCATION says, else into the data folder; the key file where -key-file or
/// OTPKEEP_KEY_FILE says, else into the config folder. A key file that is there already is used as it is, and a keep
/// that is there already is an error. With a passphrase, no key file is made.
///
/// Without the key file or the passphrase nobody can open the keep: keep a copy of the key file elsewhere.
#[derive(Args)]
pub(crate) struct Init {
    /// Ask for a passphrase, twice, instead of making a key file
    #[arg(long, conflicts_with_all = ["key_file", "passphrase_file"])]
    passphrase: bool,
    #[command(flatten)]
    cost: Cost,
}

/// What a new passphrase costs to try.
#[derive(Args)]
pub(crate) struct Cost {
    /// Memory that trying the passphrase takes, in KiB, 19456 to 1048576
    #[arg(long, value_name = "KIB", default_value_t = PassphraseCost::default().memory_kib)]
    memory_kib: u32,
    /// Passes over that memory, 1 to 10
    #[arg(long, value_name = "COUNT", default_value_t = PassphraseCost::default().passes)]
    passes: u32,
}

impl Cost {
    /// Sets the cost in the options of a new keep or slot.
    pub(crate) fn set(&self, options: &mut OpenOptions) -> Result<()> {
        let cost = PassphraseCost { memory_kib: self.memory_kib, passes: self.passes };
        options.set_passphrase_cost(cost).map(drop).map_err(|error| Failure::error("Error using the passphrase", error))
    }
}

impl Init {
    pub(crate) fn run(self, session: &Session<'_>) -> Result<()> {
        let location = session.location()?;
        if fs::symlink_metadata(&location).is_ok() {
            return Err(Failure::new(format!("{} exists: a keep is never made over it", location.display())));
        }
        let root_key = match self.passphrase {
            true => RootKey::Passphrase(prompt::new_passphrase()?),
            false => match session.root_key()? {
                RootKey::Usual => RootKey::File(session.usual_key_file()?),
                given => given,
            },
        };
        let key_file = match &root_key {
            RootKey::File(path) => Some((path.clone(), make_key_file(path)?)),
            _ => None,
        };
        let mut options = options_with(&root_key)?;
        self.cost.set(&mut options)?;
        options.set_create(true).set_bare(true);
        make_folder_of(&location)
            .map_err(|error| Failure::io(format!("Error making {}", location.display()), &error))?;
        Keep::open(&location, &options)
            .map_err(|error| Failure::error(format!("Error making {}", location.display()), error))?;
        tell(&location, key_file)
    }
}

fn tell(location: &Path, key_file: Option<(PathBuf, bool)>) -> Result<()> {
    output::print_line(&format!("Success! Keep made at: {}", location.display()))?;
    match key_file {
        Some((path, true)) => {
            output::print_line(&format!("Key file made at: {}", path.display()))?;
            output::remark("Keep a copy of the key file elsewhere: without it nobody can open the keep.");
        }
        Some((path, false)) => output::print_line(&format!("It opens with the key file at: {}", path.display()))?,
        None => output::remark("Without the passphrase nobody can open the keep."),
    }
    Ok(())
}

/// Makes a key file of 64 random hexadecimal digits where nothing is. Returns whether it did.
pub(crate) fn make_key_file(path: &Path) -> Result<bool> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key).map_err(|_| Failure::new("The operating system gives no random bytes"))?;
    let digits = Zeroizing::new(HEXLOWER.encode(&*key));
    let content = Zeroizing::new([digits.as_str(), "\n"].concat());
    make_folder_of(path)
        .and_then(|()| Draft::beside(path))
        .and_then(|draft| draft.publish(path, content.as_bytes(), false))
        .map_err(|error| Failure::io(format!("Error making {}", path.display()), &error))?;
    Ok(true)
}
