//! The one writing thread. Whatever waits shares one transaction and its flush (group commit).
//!
//! **Invariant:** a job that panics takes nothing with it but its own changes; the thread goes on
//! (`a_job_that_panics_is_answered_and_the_writer_goes_on`).

use super::checkpoint::Checkpoints;
use crate::{
    Caller, Failure, Relay, RelayFault, Tx,
    delivery::{Event, Hub, Mailbox, Wakes, outcome},
    groups,
    health::Part,
    metrics::Metrics,
};
use chancery_wire::api::groups::Appended;
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    time::Instant,
};
use tokio::sync::oneshot;

/// Jobs in one transaction.
const MAX_JOBS_PER_TRANSACTION: usize = 512;

/// Something to write.
pub enum Job {
    /// An application message: needs no savepoint, because it is checked before its one insertion.
    Message(Box<Message>),
    /// Anything else.
    Work(Box<dyn Work>),
    /// Outside any transaction.
    Maintain(Box<dyn FnOnce(&Connection) + Send>),
    /// Nothing comes after this.
    Stop,
}

/// An application message and where its answer goes.
pub struct Message {
    /// The sender.
    pub caller: Arc<Caller>,
    /// What it sends.
    pub message: groups::Message,
    /// When it came, in milliseconds since 1970.
    pub now_ms: u64,
    /// Where the answer goes.
    pub to: ReplyTo,
}

/// Where an answer goes.
pub enum ReplyTo {
    /// To a connection, under the client's number.
    Mailbox(Arc<Mailbox>, u32),
    /// To a call over HTTP.
    Call(oneshot::Sender<Result<Appended, Failure>>),
}

impl ReplyTo {
    fn answer(self, answer: Result<Appended, Failure>, wakes: &mut Wakes) {
        match self {
            ReplyTo::Mailbox(mailbox, request) => {
                wakes.push(&mailbox, Event::Reply { request, outcome: outcome(answer) });
            }
            // Whoever asked may have gone.
            ReplyTo::Call(reply) => drop(reply.send(answer)),
        }
    }
}

/// A job with its answer.
pub trait Work: Send {
    /// Runs in the transaction.
    fn run(&mut self, relay: &Relay, tx: &Tx<'_>);
    /// Answers once the transaction was committed, or wasn't.
    fn finish(self: Box<Self>, committed: bool);
}

/// A closure with its answer.
pub struct Task<T, F> {
    f: Option<F>,
    result: Option<Result<T, Failure>>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F: FnOnce(&Relay, &Tx<'_>) -> Result<T, Failure>> Task<T, F> {
    /// Of a closure.
    pub fn new(f: F, reply: oneshot::Sender<Result<T, Failure>>) -> Self {
        Self { f: Some(f), result: None, reply }
    }
}

impl<T: Send, F: FnOnce(&Relay, &Tx<'_>) -> Result<T, Failure> + Send> Work for Task<T, F> {
    fn run(&mut self, relay: &Relay, tx: &Tx<'_>) {
        if let Some(f) = self.f.take() {
            // A panic is a fault of this job: the savepoint undoes it, and what it touched in memory is forgotten.
            self.result = Some(tx.savepoint(relay, |tx| guarded(relay, || f(relay, tx))));
        }
    }

    fn finish(self: Box<Self>, committed: bool) {
        let answer = match self.result {
            Some(result) if committed || result.is_err() => result,
            _ => Err(RelayFault::new("the transaction wasn't committed").into()),
        };
        // Whoever asked may have gone.
        drop(self.reply.send(answer));
    }
}

/// Runs a job; a panic becomes a fault. What it touched has to be undone and forgotten by the caller.
fn guarded<T>(relay: &Relay, job: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| {
        let failure = Failure::Fault(panicked(&*panic));
        relay.health.passed_over(Part::Writer, &failure);
        Err(failure)
    })
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> RelayFault {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    RelayFault::new(format!("a job of the writer panicked: {}", text.unwrap_or("no message")))
}

enum Done {
    Message(ReplyTo, Result<Appended, Failure>),
    Work(Box<dyn Work>),
}

/// The thread's state.
pub struct Writer {
    pub relay: Arc<Relay>,
    pub db: Connection,
    pub checkpoints: Checkpoints,
    pub queue: mpsc::Receiver<Job>,
    pub hub: Arc<Hub>,
    pub metrics: Arc<Metrics>,
}

impl Writer {
    /// Until it is stopped, or nobody is left who could send jobs.
    pub fn run(mut self) {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => job,
                None => match self.queue.recv() {
                    Ok(job) => job,
                    Err(mpsc::RecvError) => break,
                },
            };
            match job {
                Job::Stop => break,
                Job::Maintain(f) => {
                    // Whoever asked hears that there is no answer.
                    let _ = guarded(&self.relay, || {
                        f(&self.db);
                        Ok(())
                    });
                }
                job => {
                    next = self.transaction(job);
                    self.checkpoints.after_commit(&self.db);
                }
            }
        }
        self.checkpoints.stop();
        if let Err(error) = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::error!(%error, "copying the write-ahead log back");
        }
    }

    /// One transaction; returns a job that doesn't belong in one.
    fn transaction(&self, first: Job) -> Option<Job> {
        let mut done = Vec::new();
        let tx = match Tx::begin(&self.db) {
            Ok(tx) => tx,
            Err(fault) => {
                tracing::error!(%fault, "beginning a transaction");
                self.fail(first, &mut done);
                self.answer(done, false, Wakes::default());
                return None;
            }
        };
        let (mut job, mut other, mut spoilt) = (Some(first), None, false);
        while let Some(now) = job.take() {
            match now {
                Job::Message(message) => {
                    let Message { caller, message, now_ms, to } = *message;
                    let append = || groups::append_application(&self.relay, &tx, &caller, message, now_ms);
                    match catch_unwind(AssertUnwindSafe(append)) {
                        Ok(answer) => done.push(Done::Message(to, answer)),
                        Err(panic) => {
                            // It has no savepoint, to be fast: the whole transaction goes, and the others send again.
                            let failure = Failure::Fault(panicked(&*panic));
                            self.relay.health.passed_over(Part::Writer, &failure);
                            done.push(Done::Message(to, Err(failure)));
                            spoilt = true;
                            break;
                        }
                    }
                }
                Job::Work(mut work) => {
                    work.run(&self.relay, &tx);
                    done.push(Done::Work(work));
                }
                last @ (Job::Maintain(_) | Job::Stop) => {
                    other = Some(last);
                    break;
                }
            }
            if done.len() < MAX_JOBS_PER_TRANSACTION && !tx.is_lost() {
                job = self.queue.try_recv().ok();
            }
        }
        let (jobs, begun) = (done.len(), Instant::now());
        let mut wakes = Wakes::default();
        let finished = if spoilt {
            tx.rollback(&self.relay);
            Err(RelayFault::new("a message of this transaction panicked"))
        } else {
            tx.commit(&self.relay)
        };
        let committed = match finished {
            Ok(effects) => {
                self.metrics.committed(jobs, begun.elapsed());
                self.hub.deliver(effects, &mut wakes);
                true
            }
            Err(fault) => {
                tracing::error!(%fault, jobs, "committing");
                false
            }
        };
        self.answer(done, committed, wakes);
        other
    }

    fn fail(&self, job: Job, done: &mut Vec<Done>) {
        match job {
            Job::Message(message) => {
                done.push(Done::Message(message.to, Err(RelayFault::new("no transaction could be begun").into())));
            }
            Job::Work(work) => done.push(Done::Work(work)),
            Job::Maintain(_) | Job::Stop => {}
        }
    }

    fn answer(&self, done: Vec<Done>, committed: bool, mut wakes: Wakes) {
        for done in done {
            match done {
                Done::Message(to, Ok(_)) if !committed => {
                    to.answer(Err(RelayFault::new("the transaction wasn't committed").into()), &mut wakes);
                }
                Done::Message(to, answer) => to.answer(answer, &mut wakes),
                Done::Work(work) => work.finish(committed),
            }
        }
        wakes.wake();
    }
}
