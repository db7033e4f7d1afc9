//! What `fork()` must not interrupt, and what its child must not keep.
//!
//! A child inherits every mutex of the process as it stood, but only the forking thread. A library caught in the middle
//! by another thread's fork, such as SQLite with its process-wide mutexes, can never be used in the child. So whoever
//! is inside one holds forks off, and `pthread_atfork` handlers make a fork wait. The same handlers count forks and
//! close descriptors whose locks the child must not keep alive.
//!
//! `vfork`, `posix_spawn` and therefore `std::process::Command` run no handlers and need none: their child only execs.
//! A raw `clone` or `_Fork` goes unseen.

use std::cell::Cell;
use std::fs::File;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How many forks lie between the first process and this one.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The number of threads that hold forks off, plus [`FORK`] for each thread that wants to fork or is forking; from then
/// on nobody new may hold, so that a fork is not starved. One word and no queue, so that the child, where only the
/// forking thread is left, makes it valid with one store; those who wait poll, since forks are rare.
static GATE: AtomicU64 = AtomicU64::new(0);
const FORK: u64 = 1 << 32;

/// The descriptors of every [`ClosedInChild`]. Locked only while forks are held off: never at the moment of a fork.
static DESCRIPTORS: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

thread_local! {
    /// How many [`HoldOff`]s this thread has; the first of them is counted in [`GATE`].
    static HELD: Cell<u64> = const { Cell::new(0) };
    /// Whether this thread has added its [`FORK`], which makes handlers that are registered twice harmless.
    static FORKS: Cell<bool> = const { Cell::new(false) };
}

/// How many forks lie between the first process to load this library and the calling one, as far as they happened
/// after the first call of any function here.
///
/// A handle notes it when it is opened; a different number later means that the handle was inherited by a forked child.
pub fn generation() -> u64 {
    register();
    GENERATION.load(Ordering::Relaxed)
}

/// Makes every `fork()` of another thread wait until the returned guard is dropped; waits while one is under way.
///
/// A thread may hold several; only the first can wait. Hold it for as long as one call into a library that a fork must
/// not interrupt, and meanwhile never wait for anything a forking thread may hold, such as Python's GIL: the two would
/// wait for each other. For the same reason a thread should not fork while it holds one: the fork goes ahead once the
/// other holders are done, but two holders that fork at once wait for each other. A guard that is leaked holds forks
/// off for ever.
pub fn hold_off() -> HoldOff {
    register();
    let held = HELD.get();
    if held == 0 {
        let unless_forking = |gate| (gate < FORK).then_some(gate + 1);
        wait_until(|| GATE.fetch_update(Ordering::Acquire, Ordering::Relaxed, unless_forking).is_ok());
    }
    HELD.set(held + 1);
    HoldOff { of_this_thread: PhantomData }
}

/// While it lives, no other thread of this process forks. See [`hold_off`].
#[must_use = "forks are held off only while the guard lives"]
pub struct HoldOff {
    /// Counted per thread, so it must be dropped where it was made: neither `Send` nor `Sync`.
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for HoldOff {
    fn drop(&mut self) {
        let held = HELD.get() - 1;
        HELD.set(held);
        if held == 0 {
            GATE.fetch_sub(1, Ordering::Release);
        }
    }
}

/// A file whose descriptor every forked child closes before `fork()` returns there.
///
/// A `flock` belongs to the open file, which a child's inherited descriptor keeps alive: without this, a lock outlives
/// its holder for as long as any child it forked. Open the file and wrap it under one [`hold_off`], so that no fork
/// comes between.
pub struct ClosedInChild {
    file: ManuallyDrop<File>,
    /// The generation whose process has the descriptor open.
    generation: u64,
}

impl ClosedInChild {
    /// Takes charge of `file`.
    pub fn new(file: File) -> ClosedInChild {
        let _whole = hold_off();
        descriptors().push(file.as_raw_fd());
        ClosedInChild { file: ManuallyDrop::new(file), generation: generation() }
    }

    /// The file, for the process that made this value. In a child it is closed, and its number may be another file's:
    /// compare [`generation`] first.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for ClosedInChild {
    fn drop(&mut self) {
        let _whole = hold_off();
        if self.generation != generation() {
            return; // Inherited: the descriptor is closed, and its number may be another file's by now.
        }
        let mut descriptors = descriptors();
        if let Some(index) = descriptors.iter().position(|&descriptor| descriptor == self.file.as_raw_fd()) {
            descriptors.swap_remove(index);
        }
        drop(descriptors);
        // SAFETY: The file is dropped here, once, and not used again.
        unsafe { ManuallyDrop::drop(&mut self.file) };
    }
}

fn descriptors() -> MutexGuard<'static, Vec<RawFd>> {
    DESCRIPTORS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registers the handlers. Not a `Once`, which a fork in its middle would leave unfinished in the child for ever;
/// racing threads may register twice instead, and a refusal (no memory) is tried again by the next call.
fn register() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if !REGISTERED.load(Ordering::Acquire) {
        // SAFETY: The handlers are functions that live as long as this library, whose unloading unregisters them.
        let refused = unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) };
        REGISTERED.store(refused == 0, Ordering::Release);
    }
}

extern "C" fn before_fork() {
    if FORKS.replace(true) {
        return;
    }
    GATE.fetch_add(FORK, Ordering::Relaxed);
    wait_until(|| GATE.load(Ordering::Acquire) % FORK == own_hold());
}

extern "C" fn after_fork() {
    if FORKS.replace(false) {
        GATE.fetch_sub(FORK, Ordering::Release);
    }
}

/// Runs in the child before anything else of it: no allocation, and only calls that are safe in a signal handler.
extern "C" fn in_child() {
    if !FORKS.replace(false) {
        return;
    }
    GENERATION.fetch_add(1, Ordering::Relaxed);
    for descriptor in descriptors().drain(..) {
        // SAFETY: The descriptor is the child's copy, and the `ClosedInChild` that owns it never touches it again.
        unsafe { libc::close(descriptor) };
    }
    GATE.store(own_hold(), Ordering::Release);
}

/// What the calling thread contributes to the holders counted in [`GATE`].
fn own_hold() -> u64 {
    u64::from(HELD.get() > 0)
}

/// Polls: first by giving way, then every 50 µs to 1 ms, since a holder may be waiting for a disk.
fn wait_until(ready: impl Fn() -> bool) {
    const GIVE_WAY: u32 = 32;
    let mut round = 0;
    while !ready() {
        if round < GIVE_WAY {
            thread::yield_now();
        } else {
            thread::sleep(Duration::from_micros(1000.min(50 * u64::from(round - GIVE_WAY + 1))));
        }
        round = round.saturating_add(1);
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::test_child;
    use std::io::{Read, Write};
    use std::os::fd::IntoRawFd;
    use std::path::PathBuf;

    /// A new empty file, removed when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let path = std::env::temp_dir().join(format!("otpkeep-memory-{}-{name}", std::process::id()));
            File::create_new(&path).unwrap();
            Scratch(path)
        }

        fn open(&self) -> File {
            File::options().write(true).open(&self.0).unwrap()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            std::fs::remove_file(&self.0).unwrap();
        }
    }

    fn null() -> File {
        File::open("/dev/null").unwrap()
    }

    fn is_open(descriptor: RawFd) -> bool {
        // SAFETY: `F_GETFD` only asks.
        unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
    }

    #[test]
    fn each_fork_is_a_generation_seen_by_the_child_alone() {
        assert_eq!(generation(), 0);
        let status = test_child::run(|| {
            let child = generation();
            let grandchild = test_child::run(|| generation() as i32);
            i32::from((child, grandchild, generation()) != (1, 2, 1))
        });
        assert_eq!(status, 0);
        assert_eq!(generation(), 0);
    }

    #[test]
    fn a_fork_waits_for_the_holders_even_when_they_fork() {
        let alone = || {
            let finished = AtomicBool::new(false);
            thread::scope(|scope| {
                let hold = hold_off();
                let child = scope.spawn(|| test_child::run(|| i32::from(!finished.load(Ordering::SeqCst))));
                while GATE.load(Ordering::SeqCst) < FORK {
                    thread::yield_now();
                }
                let own_child = test_child::run(|| 0);
                finished.store(true, Ordering::SeqCst);
                drop(hold);
                own_child | child.join().unwrap()
            })
        };
        // Where no other test's fork can be mistaken for the one that must wait. And not in a forked child: starting
        // threads there waits for ever on a lock of the dynamic linker that another test's thread may hold.
        test_child::in_own_process("fork::tests::a_fork_waits_for_the_holders_even_when_they_fork", || {
            assert_eq!(alone(), 0);
        });
    }

    #[test]
    fn a_thread_may_hold_twice_and_its_child_inherits_both() {
        let alone = || {
            let (first, second) = (hold_off(), hold_off());
            test_child::run(|| {
                let inherited = GATE.load(Ordering::SeqCst);
                drop(hold_off());
                drop((first, second));
                let released = GATE.load(Ordering::SeqCst);
                i32::from((inherited, released) != (1, 0) || test_child::run(|| 0) != 0)
            })
        };
        assert_eq!(test_child::run(alone), 0);
    }

    #[test]
    fn every_child_of_a_busy_process_can_hold_off_itself() {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        drop(hold_off());
                        drop(ClosedInChild::new(null()));
                    }
                });
            }
            let use_everything = || {
                let _hold = hold_off();
                drop(ClosedInChild::new(null()));
                i32::from(GATE.load(Ordering::SeqCst) != 1)
            };
            let failed = (0..200).map(|_| test_child::run(use_everything)).find(|&status| status != 0);
            done.store(true, Ordering::Relaxed);
            assert_eq!(failed, None);
        });
    }

    #[test]
    fn threads_that_fork_at_once_all_succeed() {
        thread::scope(|scope| {
            let forking = || (0..50).all(|_| test_child::run(|| i32::from(generation() != 1)) == 0);
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(forking)).collect();
            assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
        });
    }

    #[test]
    fn handlers_registered_twice_act_once() {
        let status = test_child::run(|| {
            generation();
            // SAFETY: As in `register`.
            unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) };
            i32::from(test_child::run(|| generation() as i32) != 2 || GATE.load(Ordering::SeqCst) != 0)
        });
        assert_eq!(status, 0);
    }

    #[test]
    fn a_lock_dies_with_its_holder_although_a_child_of_it_lives() {
        let scratch = Scratch::new("lock");
        let (mut reader, mut writer) = std::io::pipe().unwrap();
        let scratch = &scratch;
        let holder = test_child::spawn(move || {
            let locked = ClosedInChild::new(scratch.open());
            locked.file().lock().unwrap();
            test_child::spawn(|| {
                writer.write_all(&std::process::id().to_ne_bytes()).unwrap();
                loop {
                    thread::park();
                }
            });
            loop {
                thread::park();
            }
        });
        let mut grandchild = [0; size_of::<libc::pid_t>()];
        reader.read_exact(&mut grandchild).unwrap(); // Written by the grandchild, so its handlers have run.
        let held = scratch.open().try_lock().is_err();
        // SAFETY: `holder` is a child of this test that nothing has waited for.
        unsafe { libc::kill(holder, libc::SIGKILL) };
        test_child::wait(holder);
        let free = scratch.open().try_lock().is_ok();
        // SAFETY: The grandchild parks until it is killed, here or by its alarm.
        let outlived_its_parent = unsafe { libc::kill(libc::pid_t::from_ne_bytes(grandchild), libc::SIGKILL) } == 0;
        assert!(held && free && outlived_its_parent);
    }

    #[test]
    fn a_child_finds_the_descriptor_closed_and_the_parent_keeps_it() {
        let kept = ClosedInChild::new(null());
        let descriptor = kept.file().as_raw_fd();
        assert_eq!(test_child::run(|| i32::from(is_open(descriptor))), 0);
        assert!(is_open(descriptor));
    }

    #[test]
    fn dropping_an_inherited_file_leaves_the_number_to_its_new_owner() {
        let inherited = ClosedInChild::new(null());
        let number = inherited.file().as_raw_fd();
        let status = test_child::run(move || {
            // SAFETY: The number is free in the child, as the test above shows; the new file takes it.
            let reused = unsafe { libc::dup2(null().into_raw_fd(), number) };
            drop(inherited);
            i32::from(reused != number || !is_open(number))
        });
        assert_eq!(status, 0);
    }

    #[test]
    fn a_dropped_file_is_closed_in_the_parent_and_forgotten_by_the_handler() {
        let status = test_child::run(|| {
            let dropped = ClosedInChild::new(null());
            let number = dropped.file().as_raw_fd();
            drop(dropped);
            let closed = !is_open(number);
            // SAFETY: The number is free in this child of one thread.
            unsafe { libc::dup2(null().into_raw_fd(), number) };
            i32::from(!closed || !descriptors().is_empty() || test_child::run(|| i32::from(!is_open(number))) != 0)
        });
        assert_eq!(status, 0);
    }
}
