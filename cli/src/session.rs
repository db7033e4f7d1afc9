//! Which keep, what opens it, and with what authority: from options, environment and the usual folders.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use otpkeep::{Keep, Kind, OpenOptions};
use zeroize::Zeroizing;

use crate::arguments::KeepOptions;
use crate::failure::{Failure, Result};
use crate::input::{read_file, without_line_end};
use crate::prompt;

/// What opens a keep.
pub(crate) enum RootKey {
    /// A key file.
    File(PathBuf),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
    /// Nothing was given: the usual key file, or a question at the terminal.
    Usual,
}

/// What the command line and the environment say about the keep.
pub(crate) struct Session<'a> {
    options: &'a KeepOptions,
}

impl<'a> Session<'a> {
    pub(crate) fn new(options: &'a KeepOptions) -> Session<'a> {
        Session { options }
    }

    /// The keep's file.
    pub(crate) fn location(&self) -> Result<PathBuf> {
        match self.options.location.clone().or_else(|| variable("OTPKEEP_LOCATION").map(PathBuf::from)) {
            Some(location) => Ok(location),
            None => Ok(folders()?.data_dir().join("otpkeep").join("auth.keep")),
        }
    }

    /// The key file that is used when nothing else opens the keep.
    pub(crate) fn usual_key_file(&self) -> Result<PathBuf> {
        Ok(folders()?.config_dir().join("otpkeep").join("root.key"))
    }

    /// What was given to open the keep.
    ///
    /// # Errors
    /// When the environment gives several: the command would have to guess.
    pub(crate) fn root_key(&self) -> Result<RootKey> {
        if let Some(path) = &self.options.key_file {
            return Ok(RootKey::File(path.clone()));
        }
        if let Some(path) = &self.options.passphrase_file {
            return first_line(path).map(RootKey::Passphrase);
        }
        let (key_file, file, passphrase) =
            (variable("OTPKEEP_KEY_FILE"), variable("OTPKEEP_PASSPHRASE_FILE"), variable("OTPKEEP_PASSPHRASE"));
        match (key_file, file, passphrase) {
            (None, None, None) => Ok(RootKey::Usual),
            (Some(path), None, None) => Ok(RootKey::File(path.into())),
            (None, Some(path), None) => first_line(Path::new(&path)).map(RootKey::Passphrase),
            (None, None, Some(passphrase)) => text("OTPKEEP_PASSPHRASE", passphrase).map(RootKey::Passphrase),
            _ => Err(Failure::new(
                "Give one of OTPKEEP_KEY_FILE, OTPKEEP_PASSPHRASE_FILE and OTPKEEP_PASSPHRASE, not several",
            )),
        }
    }

    /// Opens the keep with the authority that was given: the token's, else the root key's.
    pub(crate) fn open(&self) -> Result<Keep> {
        let keep = self.open_as_root()?;
        match self.token()? {
            None => Ok(keep),
            Some(token) => keep.with_token(&token).map_err(|error| Failure::error("Error using the token", error)),
        }
    }

    /// Opens the keep with the root key's authority, whatever token is given.
    pub(crate) fn open_as_root(&self) -> Result<Keep> {
        let location = self.location()?;
        let failed = |error: otpkeep::Error| match error.kind() {
            Kind::KeepNotFound => {
                Failure::nothing(format!("No keep at {}: otpkeep init makes one", location.display()))
            }
            _ => Failure::error(format!("Error opening {}", location.display()), error),
        };
        if fs::symlink_metadata(&location).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            // Nobody is asked for the passphrase of a keep that is not there.
            return Err(failed(otpkeep::Error::new(Kind::KeepNotFound, "")));
        }
        self.with_root_key(&location, |options| Keep::open(&location, options))?.map_err(failed)
    }

    /// Does something with a keep's file and what opens it: what was given, else the usual key file, else a passphrase
    /// that the terminal is asked for.
    pub(crate) fn with_root_key<T>(
        &self,
        file: &Path,
        work: impl Fn(&OpenOptions) -> otpkeep::Result<T>,
    ) -> Result<otpkeep::Result<T>> {
        let given = self.root_key()?;
        if !matches!(given, RootKey::Usual) {
            return options_with(&given).map(|options| work(&options));
        }
        let key_file = self.usual_key_file()?;
        let refused = match key_file.exists() {
            true => match work(&with_key_file(&key_file)?) {
                Err(error) if error.kind() == Kind::WrongRootKey => Some(error),
                outcome => return Ok(outcome),
            },
            false => None,
        };
        match refused {
            _ if prompt::has_terminal() => {
                let question = format!("Passphrase of {}: ", file.display());
                Ok(work(&with_passphrase(&prompt::secret(&question)?)?))
            }
            Some(error) => Ok(Err(error)),
            None => Err(no_root_key()),
        }
    }

    /// The token that narrows the authority.
    fn token(&self) -> Result<Option<Zeroizing<String>>> {
        if let Some(path) = &self.options.token_file {
            return first_line(path).map(Some);
        }
        // Not as elsewhere: a script whose variable came out empty must not get the root key's authority.
        let variable = |name: &'static str| match env::var_os(name) {
            Some(value) if value.is_empty() => {
                Err(Failure::new(format!("{name} is set, but empty: unset it to use the root key")))
            }
            value => Ok(value),
        };
        match (variable("OTPKEEP_TOKEN")?, variable("OTPKEEP_TOKEN_FILE")?) {
            (None, None) => Ok(None),
            (Some(token), None) => text("OTPKEEP_TOKEN", token).map(Some),
            (None, Some(path)) => first_line(Path::new(&path)).map(Some),
            (Some(_), Some(_)) => Err(Failure::new("Give one of OTPKEEP_TOKEN and OTPKEEP_TOKEN_FILE, not both")),
        }
    }
}

/// Options that open a keep with a root key that was given.
pub(crate) fn options_with(root_key: &RootKey) -> Result<OpenOptions> {
    match root_key {
        RootKey::File(path) => with_key_file(path),
        RootKey::Passphrase(passphrase) => with_passphrase(passphrase),
        RootKey::Usual => Err(no_root_key()),
    }
}

fn with_key_file(path: &Path) -> Result<OpenOptions> {
    let mut options = OpenOptions::new();
    options.set_key_file(path).map_err(|error| Failure::error("Error using the key file", error))?;
    Ok(options)
}

fn with_passphrase(passphrase: &str) -> Result<OpenOptions> {
    let mut options = OpenOptions::new();
    options
        .set_passphrase(passphrase.as_bytes())
        .map_err(|error| Failure::error("Error using the passphrase", error))?;
    Ok(options)
}

fn no_root_key() -> Failure {
    Failure::new("Nothing opens the keep: give OTPKEEP_KEY_FILE or OTPKEEP_PASSPHRASE_FILE, or run on a terminal")
}

/// An environment variable; an empty one is as good as none.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn text(name: &str, value: OsString) -> Result<Zeroizing<String>> {
    value.into_string().map(Zeroizing::new).map_err(|_| Failure::new(format!("{name} is not UTF-8 text")))
}

/// The first line of a file, which may have no more of them.
pub(crate) fn first_line(path: &Path) -> Result<Zeroizing<String>> {
    let name = path.to_str().ok_or_else(|| Failure::new("The path of a file is not UTF-8 text"))?;
    let content = read_file(name)?;
    let line = without_line_end(&content);
    match line.contains('\n') {
        true => Err(Failure::new(format!("Error reading {name}: one line is expected"))),
        false => Ok(Zeroizing::new(line.to_owned())),
    }
}

fn folders() -> Result<etcetera::base_strategy::Xdg> {
    etcetera::base_strategy::Xdg::new()
        .map_err(|_| Failure::new("There is no home folder: give OTPKEEP_LOCATION and OTPKEEP_KEY_FILE"))
}
