//! When exchanges run, and what is known of them: wishes in, one run at a time, waiting without polling.
//!
//! Invariant: a wish is never lost: one that comes during a run starts another. Waiting is by condition variable.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ancu_shared::clock::UtcMillis;
use ancu_shared::error::Problem;
use ancu_shared::sync::session::{Count, Step};
use ancu_shared::sync::wire::{LEAST_PULL_BYTES, PULL_PAGE_BYTES};

/// What is known of exchanges.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Number of the newest wish.
    wished: u64,
    /// Number of the newest wish that a finished run answered.
    answered: u64,
    /// When the next run starts by itself.
    due: Option<Instant>,
    running: bool,
    worker: bool,
    stopped: bool,
    /// How many bytes of envelopes one page of a pull should carry; `None`: as many as the server likes. It goes down where
    /// pages don't come whole, and up again where they do.
    pub(crate) page_bytes: Option<u32>,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Where the running one is.
    pub(crate) progress: Option<(Step, Count)>,
    /// How the last one failed.
    pub(crate) problem: Option<Problem>,
    /// When the next one starts by itself, by the device's clock.
    pub(crate) next_try_at: Option<UtcMillis>,
}

impl Book {
    pub(crate) fn is_running(&self) -> bool {
        self.running
    }
}

/// Starts runs and lets others wait for them.
#[derive(Debug, Default)]
pub(crate) struct Control {
    book: Mutex<Book>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the worker is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Run, answering wishes up to this one.
    Run(u64),
    /// End.
    Stop,
}

impl Book {
    /// A page broke off: the next ones are asked for smaller.
    pub(crate) fn page_broke_off(&mut self) {
        let asked = self.page_bytes.unwrap_or(PULL_PAGE_BYTES as u32);
        self.page_bytes = Some((asked / 4).max(LEAST_PULL_BYTES as u32));
    }

    /// A page came whole.
    pub(crate) fn page_came(&mut self) {
        self.page_bytes =
            self.page_bytes.map(|asked| asked.saturating_mul(2)).filter(|asked| *asked < PULL_PAGE_BYTES as u32);
    }
}

impl Control {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wishes for a run now. `true`: the caller must start the worker. The number names the wish.
    pub(crate) fn wish(&self) -> (u64, bool) {
        let mut book = self.book();
        book.wished += 1;
        book.stopped = false;
        let start = !std::mem::replace(&mut book.worker, true);
        self.changed.notify_all();
        (book.wished, start)
    }

    /// Wishes for a run some time from now. After a failure the pause that it set stands; otherwise sooner wishes win.
    /// `true`: the caller must start the worker.
    pub(crate) fn wish_in(&self, pause: Duration, at: UtcMillis) -> bool {
        let mut book = self.book();
        book.stopped = false;
        let due = Instant::now() + pause;
        let failing = book.failures > 0;
        if book.due.is_none_or(|known| due < known && !failing) {
            book.due = Some(due);
            book.next_try_at = Some(at);
        }
        let start = !std::mem::replace(&mut book.worker, true);
        self.changed.notify_all();
        start
    }

    /// The worker's wait for its next order.
    pub(crate) fn next_order(&self) -> Order {
        let mut book = self.book();
        loop {
            if book.stopped {
                book.worker = false;
                return Order::Stop;
            }
            let now = Instant::now();
            let is_due = book.due.is_some_and(|due| due <= now);
            if book.wished > book.answered || is_due {
                book.due = None;
                book.next_try_at = None;
                book.running = true;
                return Order::Run(book.wished);
            }
            let guard = match book.due {
                Some(due) => self
                    .changed
                    .wait_timeout(book, due - now)
                    .map_or_else(|poison| poison.into_inner().0, |(guard, _)| guard),
                None => self.changed.wait(book).unwrap_or_else(PoisonError::into_inner),
            };
            book = guard;
        }
    }

    /// A run ended; after a failure the next one may begin by itself after this pause, at this instant of the device's clock.
    /// Whoever waited for the end sees that too.
    pub(crate) fn ended(
        &self,
        answered: u64,
        problem: Option<Problem>,
        failed: bool,
        again: Option<(Duration, UtcMillis)>,
    ) {
        let mut book = self.book();
        book.running = false;
        book.answered = book.answered.max(answered);
        book.progress = None;
        book.problem = problem;
        book.failures = if failed { book.failures + 1 } else { 0 };
        if let Some((pause, at)) = again {
            (book.due, book.next_try_at) = (Some(Instant::now() + pause), Some(at));
        }
        self.changed.notify_all();
    }

    /// Waits until a run answered this wish.
    pub(crate) fn wait_for(&self, wish: u64) {
        let mut book = self.book();
        while book.answered < wish && !book.stopped {
            book = self.changed.wait(book).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes back runs that would start by themselves, and what the last one said.
    pub(crate) fn forget_exchange(&self) {
        let mut book = self.book();
        (book.due, book.next_try_at, book.problem, book.failures) = (None, None, None, 0);
    }

    /// There is no worker: whoever waits goes on, and the next wish tries to start one.
    pub(crate) fn no_worker(&self) {
        let mut book = self.book();
        (book.stopped, book.worker, book.running) = (true, false, false);
        self.changed.notify_all();
    }

    /// Ends the worker.
    pub(crate) fn stop(&self) {
        self.book().stopped = true;
        self.changed.notify_all();
    }

    /// Knows the worker's thread, to wait for its end.
    pub(crate) fn works_in(&self, thread: JoinHandle<()>) {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    }

    /// Stops, and waits until the worker's thread is at its end: one that outlives its process finds the libraries gone.
    pub(crate) fn end(&self) {
        self.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the exchange's thread ended in a panic");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_during_a_run_starts_another() {
        let control = Control::default();
        assert_eq!(control.wish(), (1, true));
        assert_eq!(control.next_order(), Order::Run(1));
        assert_eq!(control.wish(), (2, false));
        control.ended(1, None, false, None);
        assert_eq!(control.next_order(), Order::Run(2));
        control.ended(2, None, false, None);
        control.wait_for(2);
        control.stop();
        assert_eq!(control.next_order(), Order::Stop);
    }

    #[test]
    fn without_a_worker_nobody_waits_and_the_next_wish_starts_one() {
        let control = Control::default();
        let (wish, start) = control.wish();
        assert!(start);
        control.no_worker();
        control.wait_for(wish);
        assert_eq!(control.wish(), (2, true));
        assert_eq!(control.next_order(), Order::Run(2));
    }

    #[test]
    fn a_pause_after_a_failure_is_not_cut_short_by_writing() {
        let control = Control::default();
        control.ended(0, None, true, Some((Duration::from_hours(1), UtcMillis(9))));
        control.wish_in(Duration::ZERO, UtcMillis(5));
        assert_eq!(control.book().next_try_at, Some(UtcMillis(9)));
    }

    #[test]
    fn pages_shrink_where_they_break_off_and_grow_where_they_come() {
        let mut book = Book::default();
        for _ in 0..20 {
            book.page_broke_off();
        }
        assert_eq!(book.page_bytes, Some(LEAST_PULL_BYTES as u32));
        book.page_came();
        assert_eq!(book.page_bytes, Some(2 * LEAST_PULL_BYTES as u32));
        for _ in 0..20 {
            book.page_came();
        }
        assert_eq!(book.page_bytes, None);
    }

    #[test]
    fn a_run_that_is_due_starts_by_itself() {
        let control = Control::default();
        assert!(control.wish_in(Duration::ZERO, UtcMillis(5)));
        assert!(!control.wish_in(Duration::from_hours(1), UtcMillis(9)));
        assert_eq!(control.book().next_try_at, Some(UtcMillis(5)));
        assert_eq!(control.next_order(), Order::Run(0));
        assert!(control.book().is_running());
    }
}
