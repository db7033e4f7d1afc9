//! Worker processes: this test binary again, told by its environment what to do and spoken to line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use otpkeep::{Keep, OpenOptions};

use crate::support::{SECRET, code, key, options, time};
use crate::{crash, fork, unix};

const ROLE: &str = "OTPKEEP_TEST_WORKER";
const KEEP: &str = "OTPKEEP_TEST_KEEP";
/// Marks the lines of a worker among those of the test harness.
const MARK: &str = "> ";

/// A process at work. It ends with its value.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a worker for the keep at a path.
    pub(crate) fn start(role: &str, keep: &Path) -> Worker {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["worker::worker", "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(KEEP, keep)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Worker { child, input, output }
    }

    /// Starts workers that are all ready when this returns.
    pub(crate) fn start_many(count: usize, role: &str, keep: &Path) -> Vec<Worker> {
        let mut workers: Vec<_> = (0..count).map(|_| Worker::start(role, keep)).collect();
        workers.iter_mut().for_each(|worker| worker.expect("ready"));
        workers
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line; `None` when the worker has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            // A line without its end is one that a killed worker did not finish.
            if self.output.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
                return None;
            }
            if let Some(said) = line.trim_end().strip_prefix(MARK) {
                return Some(said.to_owned());
            }
        }
    }

    /// The next line of a worker that must have one.
    pub(crate) fn answer(&mut self) -> String {
        self.hear().expect("the worker ended early")
    }

    pub(crate) fn expect(&mut self, line: &str) {
        assert_eq!(self.answer(), line);
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says a line to the test, whole even among several threads.
pub(crate) fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // The harness leaves its own line open.
    output.write_all(format!("\n{MARK}{line}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

/// The lines that the test says, until it has no more.
pub(crate) fn lines() -> impl Iterator<Item = String> {
    std::io::stdin().lines().map_while(Result::ok)
}

pub(crate) fn at_any_time() -> OpenOptions {
    let mut options = options();
    options.set_manual_clock(true);
    options
}

/// Does nothing, unless it runs in a process that [`Worker::start`] started.
#[test]
fn worker() {
    let Ok(role) = std::env::var(ROLE) else { return };
    unix::live_at_most(120);
    let path = PathBuf::from(std::env::var_os(KEEP).unwrap());
    match role.as_str() {
        "validate" => validate(&path),
        "create" => create(),
        "hold the lock" => hold_the_lock(&path),
        "write" => write(&path),
        "write and validate" => crash::write_and_validate(&path, false),
        "rewrap too" => crash::write_and_validate(&path, true),
        "fork while writing" => fork::fork_while_writing(&path),
        "fork inside a backup" => fork::fork_inside_a_backup(&path),
        "fork and close" => fork::fork_and_close(&path),
        "fork while validating" => fork::fork_while_validating(&path),
        other => panic!("no worker does `{other}`"),
    }
}

/// `<name> <time> <code> …`: validates all codes at once, a thread for each, and says the outcomes.
fn validate(path: &Path) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    say("ready");
    for line in lines() {
        let mut words = line.split(' ');
        let (name, at) = (words.next().unwrap(), words.next().unwrap().parse().unwrap());
        let codes: Vec<_> = words.collect();
        let start = Barrier::new(codes.len());
        let outcomes: Vec<String> = thread::scope(|scope| {
            let validate = |code| {
                start.wait();
                match keep.validate_code_at(name, code, time(at)) {
                    Ok(verdict) => verdict.outcome.name().to_owned(),
                    Err(error) => format!("{error}").replace(' ', "_"),
                }
            };
            let threads: Vec<_> = codes.iter().map(|code| scope.spawn(move || validate(*code))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        say(&outcomes.join(" "));
    }
}

/// `<location> <name>`: opens or makes the keep, stores a key and says the keep's identity.
fn create() {
    say("ready");
    for line in lines() {
        let (location, name) = line.split_once(' ').unwrap();
        let said = Keep::open(location, &options()).and_then(|keep| {
            keep.write_key(name, &key(SECRET))?;
            Ok(keep.status()?.keep_id)
        });
        say(&said.unwrap_or_else(|error| error.to_string()));
    }
}

/// Takes the lock as a writer does, keeps it until told to let it go, and says what happens.
fn hold_the_lock(path: &Path) {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let lock = std::fs::File::open(lock).unwrap();
    lock.lock().unwrap();
    say("held");
    lines().next();
    drop(lock);
    say("released");
}

/// `<name> <milliseconds>`: validates right codes of one key for so long, and says how many and the longest wait in µs.
fn write(path: &Path) {
    let keep = Keep::open(path, &at_any_time()).unwrap();
    say("ready");
    for line in lines() {
        let (name, milliseconds) = line.split_once(' ').unwrap();
        keep.write_key(name, &key(SECRET)).unwrap();
        let (began, mut count, mut longest) = (Instant::now(), 0, Duration::ZERO);
        while began.elapsed() < Duration::from_millis(milliseconds.parse().unwrap()) {
            let at = 30 * count;
            let code = code(&keep, name, at);
            let asked = Instant::now();
            assert!(keep.validate_code_at(name, code, time(at)).unwrap().is_accepted());
            longest = longest.max(asked.elapsed());
            count += 1;
        }
        say(&format!("{count} {}", longest.as_micros()));
    }
}
