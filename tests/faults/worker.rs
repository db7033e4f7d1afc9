//! Worker processes: this test binary again, told by its environment what to do.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::fault::library;
use crate::{disks, errors, kills, unix};

const ROLE: &str = "OTPKEEP_TEST_WORKER";
const FOLDER: &str = "OTPKEEP_TEST_FOLDER";
/// Marks the lines of a worker among those of the test harness.
const MARK: &str = "> ";

/// Runs a worker, with the faults preloaded, to its end. Returns what became of it, with all it wrote.
pub(crate) fn run(role: &str, folder: &Path) -> Output {
    command(role, folder).env("LD_PRELOAD", library()).output().unwrap()
}

/// Runs a worker without the faults.
pub(crate) fn run_alone(role: &str, folder: &Path) -> Output {
    command(role, folder).output().unwrap()
}

fn command(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["worker::worker", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(FOLDER, folder).stdin(Stdio::null());
    command
}

/// The lines that a worker said.
pub(crate) fn said(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.strip_prefix(MARK)).map(Into::into).collect()
}

/// Says a line to the test.
pub(crate) fn say(line: &str) {
    use std::io::Write;
    // The harness leaves its own line open.
    std::io::stdout().write_all(format!("\n{MARK}{line}\n").as_bytes()).unwrap();
}

/// Does nothing, unless it runs in a process that [`run`] started.
#[test]
fn worker() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let folder = std::env::var_os(FOLDER).unwrap();
    unix::live_at_most(60);
    match role.split_once(": ").unwrap() {
        ("errors", operation) => errors::meet_all(operation, Path::new(&folder)),
        ("files", _) => disks::run_out_of_files(Path::new(&folder)),
        ("kill", order) => kills::die(order, Path::new(&folder)),
        (other, _) => panic!("no worker does `{other}`"),
    }
}
