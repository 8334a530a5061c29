//! Costly work, only so much of it at one time.
//!
//! Invariant: a turn ends with its job, not with the caller's patience: a caller that goes away frees no memory and no core.
//! What it doesn't do: order callers by weight; who came first goes first.

use std::sync::Arc;
use std::time::Duration;

use ancu_shared::error::ErrorCode;
use tokio::sync::Semaphore;

use super::{Outcome, Refused};
use crate::store::StoreError;

/// How long a caller waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Jobs on the threads for blocking work, at most so many at one time.
#[derive(Debug, Clone)]
pub struct Lane {
    turns: Arc<Semaphore>,
}

impl Lane {
    /// A lane for so many jobs at one time.
    pub fn new(jobs: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(jobs)) }
    }

    /// Runs a job in its turn.
    pub async fn run<T, F>(&self, job: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.ok().and_then(Result::ok).ok_or(ErrorCode::Unavailable)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = job();
            drop(turn);
            result
        });
        done.await.map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn no_more_run_at_once_than_the_lane_holds_even_when_callers_leave() {
        let lane = Lane::new(2);
        let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (go, wait) = mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let (began, mut beginning) = tokio::sync::mpsc::unbounded_channel();
        let mut callers = Vec::new();
        for _ in 0..12 {
            let (lane, at_work, most) = (lane.clone(), Arc::clone(&at_work), Arc::clone(&most));
            let (wait, began) = (Arc::clone(&wait), began.clone());
            callers.push(tokio::spawn(async move {
                lane.run(move || {
                    most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    began.send(()).expect("the test listens");
                    wait.lock().expect("lock").recv().expect("the test says when");
                    at_work.fetch_sub(1, Ordering::SeqCst);
                })
                .await
            }));
        }
        for _ in 0..2 {
            beginning.recv().await.expect("begins");
        }
        // One of the two at work loses its caller: its turn goes on all the same.
        callers[0].abort();
        for _ in 0..12 {
            go.send(()).expect("goes on");
        }
        for _ in 2..12 {
            beginning.recv().await.expect("begins");
        }
        for caller in callers.into_iter().skip(1) {
            caller.await.expect("task").expect("its turn");
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_job_that_panics_gives_its_turn_back() {
        let lane = Lane::new(1);
        lane.run::<(), _>(|| panic!("on purpose")).await.expect_err("a fault");
        assert_eq!(lane.run(|| 7).await.expect("the next one's turn"), 7);
    }
}
