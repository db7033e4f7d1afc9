//! What only system calls can do: signals, forks, and a limit on the life of a process.
#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The status of a forked child whose body panicked.
const PANICKED: i32 = 101;

/// Ends this process after so many seconds, so that nothing that hangs outlives the tests.
pub(crate) fn live_at_most(seconds: u32) {
    // SAFETY: `alarm` takes no pointers.
    unsafe { libc::alarm(seconds) };
}

/// Lets this process have no descriptor of this number or above.
#[allow(dead_code)]
pub(crate) fn limit_open_files(count: u64) {
    let limit = libc::rlimit { rlim_cur: count, rlim_max: count };
    // SAFETY: `limit` is a valid value to read.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}

/// Sends a signal to a process that the tests started.
pub(crate) fn signal(process: u32, signal: i32) {
    // SAFETY: `kill` takes no pointers.
    assert_eq!(unsafe { libc::kill(process as i32, signal) }, 0, "signal {signal} to {process}");
}

/// Waits until every thread of a process has stopped.
pub(crate) fn wait_until_stopped(process: u32) {
    // The state follows the name, which is in parentheses.
    let is_stopped = |stat: String| stat.rsplit(") ").next().unwrap().starts_with('T');
    let threads = || std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    while !threads().all(|thread| is_stopped(std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap())) {
        std::thread::yield_now();
    }
}

/// Forks a child that runs `body` and ends with its status, or after 30 seconds.
pub(crate) fn fork(body: impl FnOnce() -> i32) -> u32 {
    fork_here().unwrap_or_else(|| exit_now(catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED)))
}

/// The child's number, and in the child, which goes on from here as well, `None`.
pub(crate) fn fork_here() -> Option<u32> {
    // SAFETY: A child that does not panic ends with `exit_now`; glibc keeps its allocator usable in the child of a fork.
    let process = unsafe { libc::fork() };
    assert!(process >= 0, "fork failed");
    if process == 0 {
        live_at_most(30);
    }
    (process > 0).then_some(process as u32)
}

/// Ends a forked child.
pub(crate) fn exit_now(status: i32) -> ! {
    // SAFETY: `_exit` takes no pointers and runs nothing of the test harness.
    unsafe { libc::_exit(status) }
}

/// The status that a forked child ended with, or minus the signal that ended it.
pub(crate) fn wait(process: u32) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is a valid place to write, and the process a child that nothing else waits for.
    assert_eq!(unsafe { libc::waitpid(process as i32, &mut status, 0) }, process as i32);
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
}
