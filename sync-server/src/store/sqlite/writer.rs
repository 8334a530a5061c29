//! The writer thread: jobs of many callers in one commit.
//!
//! Invariants: a job's result is handed out after the commit that holds it, never before; a job that fails or panics takes
//! back only its own writes (a savepoint each, but for the first); a commit that fails fails every job in it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::SqliteTransaction;
use crate::store::{StoreError, Transaction};

/// The most jobs in one commit.
const GROUP_JOBS: usize = 200;
/// The longest that a commit takes in further jobs that are already queued: a page that several of them change is written
/// once, and the disk is waited for once.
const GROUP_TIME: Duration = Duration::from_millis(20);

/// Hands the job's result to its caller, once it is known whether the commit stands.
type Completion = Box<dyn FnOnce(Result<(), StoreError>)>;
/// Runs in its savepoint. `true`: keep its writes.
type Job = Box<dyn FnOnce(&dyn Transaction) -> (bool, Completion) + Send>;

pub(super) struct Writer {
    queue: Mutex<Option<Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    failing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Self {
        let (sender, receiver) = channel();
        let failing = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&failing);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(&connection, &receiver, &told))
            .expect("a thread starts");
        Self { queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), failing }
    }

    pub(super) fn last_commit_failed(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    pub(super) async fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel::<Result<T, E>>();
        let boxed: Job = Box::new(move |transaction| {
            let result = catch_unwind(AssertUnwindSafe(|| job(transaction)))
                .unwrap_or_else(|panic| Err(StoreError::Panicked(text_of(&*panic)).into()));
            let keep = result.is_ok();
            let completion: Completion = Box::new(move |commit| {
                // A caller that went away has no use for the answer; the write stands all the same.
                let _ = reply.send(result.and_then(|value| commit.map(|()| value).map_err(E::from)));
            });
            (keep, completion)
        });
        {
            let queue = self.queue.lock().map_err(|_| StoreError::Closed)?;
            let sender = queue.as_ref().ok_or(StoreError::Closed)?;
            sender.send(boxed).map_err(|_| StoreError::Closed)?;
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Takes no more jobs, finishes what is queued, waits for the end.
    pub(super) fn close(&self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn work(connection: &Connection, queue: &Receiver<Job>, failing: &AtomicBool) {
    while let Ok(first) = queue.recv() {
        let mut completions = Vec::new();
        let commit = group(connection, first, queue, &mut completions);
        if let Err(error) = &commit {
            tracing::error!(%error, jobs = completions.len(), "commit");
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
        failing.store(commit.is_err(), Ordering::Relaxed);
        for completion in completions {
            completion(commit.clone());
        }
    }
    let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
}

fn group(
    connection: &Connection,
    first: Job,
    queue: &Receiver<Job>,
    completions: &mut Vec<Completion>,
) -> Result<(), StoreError> {
    // Without a transaction no job may run: dropping it closes its caller's channel, which reads as "closed, try again".
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let until = Instant::now() + GROUP_TIME;
    let transaction = SqliteTransaction::on(connection);
    // The first job needs no savepoint, which would keep a copy of every page that it changes: before it nothing was written.
    let (keep, completion) = first(&transaction);
    completions.push(completion);
    still_open(connection)?;
    if !keep {
        connection.execute_batch("ROLLBACK; BEGIN IMMEDIATE")?;
    }
    while completions.len() < GROUP_JOBS && Instant::now() < until {
        let Ok(job) = queue.try_recv() else { break };
        connection.execute_batch("SAVEPOINT job")?;
        let (keep, completion) = job(&transaction);
        completions.push(completion);
        still_open(connection)?;
        connection.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// A disk that is full may end the transaction within a job: then nothing of it stands, whatever its jobs made of that.
fn still_open(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() { Err(StoreError::TakenBack) } else { Ok(()) }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
