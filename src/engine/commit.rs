use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use super::mounts::Mount;
use super::state::{open_state, seal_state};
use super::{Engine, Gate};
use crate::attempt::{Circumstances, Verdict, decide};
use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::otp::{Parameters, Step};
use crate::seal::Keyring;
use crate::store::{Edit, StateRow};

/// An attempt whose verdict changes the key's state: it counts only once the change is durable.
pub(super) struct Request {
    /// Its number in its caller's call.
    pub(super) item: usize,
    /// The mount as it was when the code was compared.
    pub(super) mount: Arc<Mount>,
    pub(super) name: String,
    pub(super) key_id: u64,
    /// The version of the key that the code was compared with.
    pub(super) version: u64,
    /// The latest step of the window with the code, if any.
    pub(super) matching: Option<Step>,
    pub(super) parameters: Parameters,
    pub(super) now: UnixTime,
    pub(super) foreseen: Foreseen,
}

/// What was decided before the transaction. It holds if the state and the mount are still as they were; then nothing
/// needs to be computed while everyone else waits.
pub(super) struct Foreseen {
    pub(super) old: StateRow,
    pub(super) new: StateRow,
    pub(super) verdict: Verdict,
}

/// What became of a request.
#[derive(Clone)]
pub(super) enum Settlement {
    /// Decided, and stored.
    Verdict(Verdict),
    /// The key was rewritten or deleted since: compare the code again.
    Moved,
    /// This key cannot be decided; the others can.
    Failed(Error),
}

/// Group commit. Whoever comes first leads: it opens a write transaction, takes all that wait by then, commits once, and
/// hands on to the next in line. No thread lives while nobody validates.
pub(super) struct CommitQueue {
    line: Mutex<Line>,
    watcher: OnceLock<Box<CommitWatcher>>,
}

/// Is told how many attempts each commit settled.
pub(crate) type CommitWatcher = dyn Fn(usize) + Send + Sync;

struct Line {
    waiting: Vec<Arc<Entry>>,
    led: bool,
}

/// The requests of one caller.
struct Entry {
    gate: Arc<dyn Gate>,
    requests: Vec<Request>,
    stage: Mutex<Stage>,
    changed: Condvar,
}

enum Stage {
    Waiting,
    /// This caller is to lead.
    Promoted,
    Settled(Result<Vec<Settlement>>),
}

impl CommitQueue {
    pub(super) fn new() -> CommitQueue {
        CommitQueue { line: Mutex::new(Line { waiting: Vec::new(), led: false }), watcher: OnceLock::new() }
    }

    /// Tells the watcher of each commit from now on; the first one stays.
    pub(super) fn watch(&self, watcher: Box<CommitWatcher>) {
        let _ = self.watcher.set(watcher);
    }

    /// Settles the requests in one transaction, with those of others. Settlements come in the order of the requests.
    pub(super) fn settle(
        &self,
        engine: &Engine,
        gate: &Arc<dyn Gate>,
        requests: Vec<Request>,
    ) -> Result<Vec<Settlement>> {
        let gate = Arc::clone(gate);
        let entry = Arc::new(Entry { gate, requests, stage: Mutex::new(Stage::Waiting), changed: Condvar::new() });
        let mut line = locked(&self.line);
        line.waiting.push(Arc::clone(&entry));
        let leads = !std::mem::replace(&mut line.led, true);
        drop(line);
        if leads || entry.wait_is_promotion() {
            Lead { queue: self, taken: Vec::new() }.run(engine);
        }
        entry.outcome()
    }

    /// Takes those that wait, first come first served, up to the size of one batch.
    fn take(&self) -> Vec<Arc<Entry>> {
        let mut line = locked(&self.line);
        let mut size = 0;
        let fitting = line.waiting.iter().take_while(|entry| {
            let fits = size == 0 || size + entry.requests.len() <= limits::COMMIT_BATCH;
            size += entry.requests.len();
            fits
        });
        let count = fitting.count();
        line.waiting.drain(..count).collect()
    }
}

/// The duty of the caller that leads: whatever happens, those it took get an answer and the next in line is called.
struct Lead<'a> {
    queue: &'a CommitQueue,
    taken: Vec<Arc<Entry>>,
}

impl Lead<'_> {
    fn run(mut self, engine: &Engine) {
        let mut settlements = Vec::new();
        let written = engine.store.write_with(|edit| {
            self.taken = self.queue.take();
            settlements = settle_all(engine, edit, &self.taken)?;
            Ok(())
        });
        match written {
            Ok(()) => {
                if let Some(watcher) = self.queue.watcher.get() {
                    watcher(self.taken.iter().map(|entry| entry.requests.len()).sum());
                }
                for (entry, settlements) in self.taken.drain(..).zip(settlements) {
                    entry.settle(Ok(settlements));
                }
            }
            Err(error) => {
                if self.taken.is_empty() {
                    // The lock did not come; it would not for the others either.
                    self.taken = self.queue.take();
                }
                for entry in self.taken.drain(..) {
                    entry.settle(Err(error.clone()));
                }
            }
        }
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        // Entries are left here only by a panic.
        for entry in self.taken.drain(..) {
            entry.settle(Err(Error::new(Kind::Internal, "the commit was abandoned")));
        }
        let mut line = locked(&self.queue.line);
        match line.waiting.first() {
            Some(next) => next.advance(Stage::Promoted),
            None => line.led = false,
        }
    }
}

impl Entry {
    fn settle(&self, outcome: Result<Vec<Settlement>>) {
        self.advance(Stage::Settled(outcome));
    }

    fn advance(&self, stage: Stage) {
        *locked(&self.stage) = stage;
        self.changed.notify_one();
    }

    /// Waits until settled or promoted; true when promoted.
    fn wait_is_promotion(&self) -> bool {
        let mut stage = locked(&self.stage);
        while matches!(*stage, Stage::Waiting) {
            stage = self.changed.wait(stage).unwrap_or_else(PoisonError::into_inner);
        }
        matches!(*stage, Stage::Promoted)
    }

    fn outcome(&self) -> Result<Vec<Settlement>> {
        match std::mem::replace(&mut *locked(&self.stage), Stage::Waiting) {
            Stage::Settled(outcome) => outcome,
            _ => Err(Error::new(Kind::Internal, "a commit ended without an answer")),
        }
    }
}

fn settle_all(engine: &Engine, edit: &dyn Edit, entries: &[Arc<Entry>]) -> Result<Vec<Vec<Settlement>>> {
    let keyring = engine.keyring();
    let mut mounts = Mounts { engine, edit, seen: Vec::new() };
    let mut settle_entry = |entry: &Entry| -> Result<Vec<Settlement>> {
        let passage = match entry.gate.open(edit) {
            Ok(passage) => passage,
            Err(error) if concerns_one(&error) => {
                return Ok(entry.requests.iter().map(|_| Settlement::Failed(error.clone())).collect());
            }
            Err(error) => return Err(error),
        };
        let mut settle = |request: &Request| match passage(request.item) {
            Ok(()) => settle_one(&keyring, edit, &mut mounts, request),
            Err(refusal) => Ok(Settlement::Failed(refusal)),
        };
        entry.requests.iter().map(&mut settle).collect()
    };
    entries.iter().map(|entry| settle_entry(entry)).collect()
}

/// Whether an error of a gate is its own caller's; what the store met fails the batch, since it may have undone it.
fn concerns_one(error: &Error) -> bool {
    matches!(error.kind(), Kind::PermissionDenied | Kind::BadToken | Kind::Corrupt | Kind::UnknownTerm)
}

/// Decides one request on its state row. Only a failure of the store fails the batch.
fn settle_one(keyring: &Keyring, edit: &dyn Edit, mounts: &mut Mounts<'_>, request: &Request) -> Result<Settlement> {
    let Request { ref name, key_id, version, ref foreseen, .. } = *request;
    let mount_id = request.mount.id;
    let Some(mount) = mounts.get(mount_id)? else { return Ok(Settlement::Moved) };
    if mount == request.mount && edit.replace_state(key_id, &foreseen.old, &foreseen.new)? {
        return Ok(Settlement::Verdict(foreseen.verdict));
    }
    let Some(row) = edit.state(key_id)?.filter(|row| row.version == version) else { return Ok(Settlement::Moved) };
    let state = match open_state(keyring, mount_id, name, &row) {
        Ok(state) => state,
        Err(error) => return Ok(Settlement::Failed(error)),
    };
    let Parameters { period, skew, .. } = request.parameters;
    let circumstances = Circumstances { now: request.now, period, skew, throttle: mount.throttle };
    let (next, verdict) = decide(state, request.matching, &circumstances);
    if let Some(next) = next {
        edit.put_state(key_id, &seal_state(keyring, mount_id, name, version, next)?)?;
    }
    Ok(Settlement::Verdict(verdict))
}

/// The mounts met in one transaction.
struct Mounts<'a> {
    engine: &'a Engine,
    edit: &'a dyn Edit,
    seen: Vec<(u64, Option<Arc<Mount>>)>,
}

impl Mounts<'_> {
    fn get(&mut self, id: u64) -> Result<Option<Arc<Mount>>> {
        if let Some((_, mount)) = self.seen.iter().find(|(seen, _)| *seen == id) {
            return Ok(mount.clone());
        }
        let mount = self.engine.mount_with_id(self.edit, id)?;
        self.seen.push((id, mount.clone()));
        Ok(mount)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
