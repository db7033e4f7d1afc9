use std::fs::{OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use otpkeep_memory::{ClosedInChild, hold_off};

use super::failure::Failure;
use crate::error::{Error, Kind, Result};

/// The lock before every write transaction: `flock` on a file beside the keep.
///
/// SQLite's own lock makes waiters poll, and a busy writer wins every time; the kernel queues those who wait here. The
/// file is opened anew for each transaction and its descriptor is closed in forked children, since a lock lives as long
/// as any copy of its descriptor.
pub(super) struct SideLock {
    path: PathBuf,
    turn: Mutex<Turn>,
    freed: Condvar,
}

/// Whose turn it is within this process.
struct Turn {
    taken: bool,
    /// Callers that wait for their turn. Waking nobody would still be a system call.
    waiting: usize,
    /// A wait for the kernel that a caller gave up, for the next one to take over.
    wait: Option<Arc<Wait>>,
}

/// A held side lock; released when dropped.
pub(super) struct HeldLock<'a> {
    file: Option<ClosedInChild>,
    lock: &'a SideLock,
}

impl SideLock {
    pub(super) fn new(path: PathBuf) -> SideLock {
        SideLock { path, turn: Mutex::new(Turn { taken: false, waiting: 0, wait: None }), freed: Condvar::new() }
    }

    /// Takes the lock.
    ///
    /// # Errors
    /// `busy` when others hold it until the deadline.
    pub(super) fn acquire(&self, deadline: Instant) -> Result<HeldLock<'_>> {
        let mut turn = locked(&self.turn);
        while turn.taken {
            let left = time_left(deadline).ok_or_else(busy)?;
            turn.waiting += 1;
            turn = self.freed.wait_timeout(turn, left).unwrap_or_else(PoisonError::into_inner).0;
            turn.waiting -= 1;
        }
        turn.taken = true;
        let mut wait = turn.wait.take();
        drop(turn);

        let mut held = HeldLock { file: None, lock: self };
        while held.file.is_none() {
            let waiting = match wait.take() {
                Some(waiting) => waiting,
                None => match self.attempt()? {
                    Attempt::Held(file) => {
                        held.file = Some(file);
                        break;
                    }
                    Attempt::WouldBlock(file) => Wait::start(file)?,
                },
            };
            match waiting.finish_by(deadline) {
                Finish::Outcome(outcome) => held.file = Some(outcome.map_err(Failure::io("locking the keep"))?),
                Finish::LetGo => {}
                Finish::Deadline => {
                    locked(&self.turn).wait = Some(waiting);
                    return Err(busy());
                }
            }
        }
        Ok(held)
    }

    /// Takes the lock if nobody has it or waits for it.
    pub(super) fn try_acquire(&self) -> Option<HeldLock<'_>> {
        let mut turn = locked(&self.turn);
        if turn.taken || turn.wait.is_some() {
            return None;
        }
        match self.attempt() {
            Ok(Attempt::Held(file)) => {
                turn.taken = true;
                Some(HeldLock { file: Some(file), lock: self })
            }
            _ => None,
        }
    }

    fn attempt(&self) -> Result<Attempt> {
        let calm = hold_off();
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.path);
        let file = file.map(ClosedInChild::new).map_err(Failure::io("opening the lock file"))?;
        drop(calm);
        match file.file().try_lock() {
            Ok(()) => Ok(Attempt::Held(file)),
            Err(TryLockError::WouldBlock) => Ok(Attempt::WouldBlock(file)),
            Err(TryLockError::Error(error)) => Err(Failure::io("locking the keep")(error)),
        }
    }
}

impl Drop for HeldLock<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Frees the lock even while a child that is being made holds a copy of the descriptor. An error leaves
            // nothing to do: closing follows.
            let _ = file.file().unlock();
        }
        let mut turn = locked(&self.lock.turn);
        turn.taken = false;
        if turn.waiting > 0 {
            self.lock.freed.notify_one();
        }
    }
}

enum Attempt {
    Held(ClosedInChild),
    WouldBlock(ClosedInChild),
}

/// The kernel's wait has no deadline, so a thread waits in the caller's place. A caller that gives up leaves it behind
/// for the next, so that a process never has more than one, and none when it is idle.
struct Wait {
    stage: Mutex<Stage>,
    changed: Condvar,
}

enum Stage {
    /// The thread waits for the kernel, and a caller for the thread.
    Waited,
    /// The caller gave up.
    Abandoned,
    /// The lock, or why there is none, is there to be taken.
    Done(io::Result<ClosedInChild>),
    /// It was taken, or came when nobody waited and was let go.
    Over,
}

enum Finish {
    Outcome(io::Result<ClosedInChild>),
    /// The lock came when nobody waited.
    LetGo,
    Deadline,
}

impl Wait {
    fn start(file: ClosedInChild) -> Result<Arc<Wait>> {
        let wait = Arc::new(Wait { stage: Mutex::new(Stage::Waited), changed: Condvar::new() });
        let theirs = Arc::clone(&wait);
        thread::Builder::new()
            .name("otpkeep-lock".into())
            .stack_size(64 * 1024)
            .spawn(move || theirs.run(file))
            .map_err(Failure::io("waiting for the keep's lock"))?;
        Ok(wait)
    }

    fn run(&self, file: ClosedInChild) {
        let outcome = loop {
            match file.file().lock() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome.map(|()| file),
            }
        };
        let mut stage = locked(&self.stage);
        *stage = match *stage {
            Stage::Waited => Stage::Done(outcome),
            // Dropping the outcome lets the lock go.
            _ => Stage::Over,
        };
        self.changed.notify_all();
    }

    fn finish_by(&self, deadline: Instant) -> Finish {
        let mut stage = locked(&self.stage);
        if matches!(*stage, Stage::Abandoned) {
            *stage = Stage::Waited;
        }
        while matches!(*stage, Stage::Waited) {
            let Some(left) = time_left(deadline) else {
                *stage = Stage::Abandoned;
                return Finish::Deadline;
            };
            stage = self.changed.wait_timeout(stage, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Done(outcome) => Finish::Outcome(outcome),
            _ => Finish::LetGo,
        }
    }
}

fn time_left(deadline: Instant) -> Option<std::time::Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn busy() -> Error {
    Error::new(Kind::Busy, "other writers held the keep's lock until the deadline; nothing was changed")
}
