//! The process whose power is cut: it works without end and acknowledges, outside the disk, each thing that is done
//! before it begins the next.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use otpkeep::{Keep, KeySpec, OpenOptions};

use crate::support::{OTHER_SECRET, SECRET, START, code, key, options, time};

const KEEP: &str = "OTPKEEP_TEST_KEEP";
const ACKNOWLEDGED: &str = "OTPKEEP_TEST_ACKNOWLEDGED";
/// Keys whose codes are validated, a thread for each.
pub(crate) const VALIDATED: [&str; 3] = ["alice", "bob", "carol"];

/// The writer. It ends with its value.
pub(crate) struct Writer(Child);

impl Writer {
    pub(crate) fn start(keep: &Path, acknowledged: &Path) -> Writer {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["writer::writer", "--exact", "--nocapture", "--test-threads=1"])
            .envs([(KEEP, keep), (ACKNOWLEDGED, acknowledged)])
            .stdout(Stdio::null())
            .spawn();
        Writer(child.unwrap())
    }

    pub(crate) fn stop(&self) {
        self.signal(libc::SIGSTOP);
    }

    pub(crate) fn go_on(&self) {
        self.signal(libc::SIGCONT);
    }

    fn signal(&self, signal: i32) {
        // SAFETY: `kill` takes no pointers; the process is a child that nobody has waited for.
        assert_eq!(unsafe { libc::kill(self.0.id() as i32, signal) }, 0);
    }

    pub(crate) fn assert_alive(&mut self) {
        assert_eq!(self.0.try_wait().unwrap(), None, "the writer failed");
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn at_any_time() -> OpenOptions {
    let mut options = options();
    options.set_manual_clock(true);
    options
}

/// What a key of the writer of keys holds after so many steps of its life.
pub(crate) fn secret_after(steps: u64) -> Option<&'static str> {
    [None, Some(SECRET), Some(OTHER_SECRET)].get(steps as usize).copied().flatten()
}

/// Does nothing, unless it runs in a process that [`Writer::start`] started.
#[test]
fn writer() {
    let Some(path) = std::env::var_os(KEEP).map(PathBuf::from) else { return };
    // SAFETY: `alarm` takes no pointers. Nothing that hangs outlives the tests.
    unsafe { libc::alarm(300) };
    let file = File::options().append(true).open(std::env::var_os(ACKNOWLEDGED).unwrap()).unwrap();
    let acknowledge = |line: String| (&file).write_all(format!("{line}\n").as_bytes()).unwrap();
    let keep = Keep::open(&path, &at_any_time()).unwrap();
    thread::scope(|scope| {
        for name in VALIDATED {
            let keep = &keep;
            scope.spawn(move || {
                for at in (START..).step_by(30) {
                    let verdict = keep.validate_code_at(name, code(keep, name, at), time(at)).unwrap();
                    assert!(verdict.is_accepted(), "{verdict:?}");
                    acknowledge(format!("accepted {name} {at}"));
                }
            });
        }
        scope.spawn(|| {
            for number in 1.. {
                keep.rotate().unwrap();
                acknowledge(format!("term {}", keep.status().unwrap().current_term));
                keep.rewrap().unwrap();
                let backup = path.with_file_name(format!("backup-{number}"));
                keep.backup(&backup).unwrap();
                acknowledge(format!("backup {}", backup.file_name().unwrap().to_str().unwrap()));
            }
        });
        // A third of the keys is only written, one is overwritten, and one is deleted after that.
        for number in 0_u64.. {
            let name = format!("key-{number}");
            for step in 1..=1 + number % 3 {
                match secret_after(step) {
                    Some(secret) => drop(keep.write_key(&name, &KeySpec { overwrite: true, ..key(secret) }).unwrap()),
                    None => keep.delete_key(&name).unwrap(),
                }
                acknowledge(format!("key {name} {step}"));
            }
        }
    });
}
