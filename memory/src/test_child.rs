//! Children for the tests: forked, limited in time, and reduced to one status.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The status of a child whose body panicked.
const PANICKED: i32 = 101;

/// Forks a child that runs `body`, exits with its answer and is killed when it takes longer than 20 seconds.
pub(crate) fn spawn(body: impl FnOnce() -> i32) -> libc::pid_t {
    // SAFETY: The child only runs `body` and `_exit`s; glibc keeps its allocator usable in the child of a fork.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid != 0 {
        return pid;
    }
    // SAFETY: `alarm` and `_exit` take no pointers, and `_exit` runs nothing of the test harness.
    unsafe {
        libc::alarm(20);
        let status = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
        libc::_exit(status)
    }
}

/// Waits for a child and returns its raw wait status.
pub(crate) fn wait(pid: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is a valid place to write, and `pid` a child of this process that nothing else waits for.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    status
}

/// Runs `body` in a child and returns the status it exited with, or minus the signal that killed it.
pub(crate) fn run(body: impl FnOnce() -> i32) -> i32 {
    let status = wait(spawn(body));
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
}

/// Runs `body` in a new process of the test program that has this test alone; `test` is its full name.
pub(crate) fn in_own_process(test: &str, body: impl FnOnce()) {
    const ALONE: &str = "OTPKEEP_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    let status = program.args(["--exact", test, "--test-threads=1"]).env(ALONE, "1").status().unwrap();
    assert!(status.success());
}
