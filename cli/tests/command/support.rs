//! A home of its own for each test, and the command run in it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use otpkeep::{Keep, OpenOptions};
use serde_json::Value;

/// The URL of the quick start.
pub(crate) const URL: &str = "otpauth://totp/Vault:test@gmail.com?secret=Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G&issuer=Vault";
/// What stands in it and must not be repeated.
pub(crate) const SECRET: &str = "Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G";

/// A home folder, removed with all that is in it.
pub(crate) struct Home(PathBuf);

/// What a command printed, and how it exited.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// With nothing in it.
    pub(crate) fn empty() -> Home {
        Home::within(&std::env::temp_dir())
    }

    /// On a file system that lives in memory, where there is one: for many durable writes.
    pub(crate) fn in_memory() -> Home {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Home::within(memory) } else { Home::empty() }
    }

    fn within(parent: &Path) -> Home {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("otpkeep-command-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Home(path)
    }

    /// With a keep in which `totp/` is mounted.
    pub(crate) fn new() -> Home {
        let home = Home::empty();
        home.done(["init"]);
        home.done(["mount", "totp"]);
        home
    }

    /// With the key of the quick start, `totp/keys/test`.
    pub(crate) fn with_test_key() -> Home {
        let home = Home::new();
        home.done(["write", "totp/keys/test", &format!("url={URL}")]);
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    pub(crate) fn location(&self) -> PathBuf {
        self.path(".local/share/otpkeep/auth.keep")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.path(".config/otpkeep/root.key")
    }

    /// The keep of this home, opened by the library.
    pub(crate) fn keep(&self) -> Keep {
        let mut options = OpenOptions::new();
        options.set_key_file(self.key_file()).unwrap();
        Keep::open(self.location(), &options).unwrap()
    }

    /// The command with an environment that knows nothing but this home.
    pub(crate) fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpkeep"));
        command.env_clear().env("HOME", &self.0).current_dir(&self.0).args(arguments);
        command
    }

    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        run(&mut self.command(arguments), "")
    }

    /// Runs the command with a text on its standard input.
    pub(crate) fn run_with_input<'a>(&self, arguments: impl IntoIterator<Item = &'a str>, input: &str) -> Outcome {
        run(&mut self.command(arguments), input)
    }

    /// Runs the command with more variables in its environment.
    pub(crate) fn run_with<'a>(
        &self,
        environment: &[(&str, &str)],
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Outcome {
        run(self.command(arguments).envs(environment.iter().copied()), "")
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(crate) fn done<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        self.run(arguments).succeeded()
    }

    /// The JSON document that a command prints.
    pub(crate) fn json<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// It exited so, printed nothing on standard output and this on standard error.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, sentence: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{self:?}");
        assert_eq!(self.stderr.trim_end(), sentence);
    }

    /// As [`Outcome::failed`], where the sentence holds this.
    #[track_caller]
    pub(crate) fn failed_with(self, code: i32, part: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{self:?}");
        assert!(self.stderr.contains(part), "{part:?} in {:?}", self.stderr);
    }
}

/// Runs a command with a text on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> Outcome {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The permission bits of what is at a path.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// The rows of a table, each split at its gaps.
pub(crate) fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split("    ").map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect()
}
