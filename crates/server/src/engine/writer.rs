//! The one writing thread. Whatever waits shares one transaction and its flush (group commit).
//!
//! **Invariant:** a job that panics takes nothing with it but its own changes; the thread goes on
//! (`a_job_that_panics_is_answered_and_the_writer_goes_on`).

use super::{
    checkpoint::Checkpoints,
    queue::{Queue, Taken, Waiting},
};
use crate::{
    Caller, Failure, Relay, RelayFault, Tx,
    delivery::{Event, Hub, Mailbox, Wakes, outcome},
    groups,
    health::Part,
    metrics::Metrics,
};
use chancery_wire::{Code, Refusal, api::groups::Appended};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};
use tokio::sync::oneshot;

/// Jobs in one transaction.
const MAX_JOBS_PER_TRANSACTION: usize = 512;
/// Bytes that a piece of work counts for beside messages: it costs more than it writes.
const WORK_BYTES: usize = 16 * 1024;
/// Bytes that a message counts for besides its body.
const MESSAGE_BYTES: usize = 256;

/// Something to write.
pub enum Job {
    /// An application message: needs no savepoint, because it is checked before its one insertion.
    Message(Box<Message>),
    /// Anything else.
    Work(Box<dyn Work>),
    /// Outside any transaction.
    Maintain(Box<dyn FnOnce(&Connection) + Send>),
}

impl Waiting for Job {
    fn bytes(&self) -> usize {
        match self {
            Job::Message(message) => MESSAGE_BYTES + message.message.body.len(),
            Job::Work(_) | Job::Maintain(_) => WORK_BYTES,
        }
    }

    fn refuse(self, refusal: Refusal) {
        match self {
            Job::Message(message) => {
                let mut wakes = Wakes::default();
                message.to.answer(Err(refusal.into()), &mut wakes);
                wakes.wake();
            }
            Job::Work(work) => work.refuse(refusal),
            // Whoever asked notices that the answer doesn't come.
            Job::Maintain(_) => {}
        }
    }
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
    /// Runs in the transaction. Whether the disk was full.
    fn run(&mut self, relay: &Relay, tx: &Tx<'_>) -> bool;
    /// Answers once the transaction was committed, or wasn't.
    fn finish(self: Box<Self>, end: End);
    /// Answers that it isn't done.
    fn refuse(self: Box<Self>, refusal: Refusal);
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was committed and flushed.
    Committed,
    /// It was undone, because the disk is full.
    Full,
    /// It was undone.
    Failed,
}

impl End {
    /// What whoever waits for it is told.
    fn failure(self) -> Failure {
        match self {
            End::Full => Code::StorageFull.into(),
            End::Committed | End::Failed => RelayFault::new("the transaction wasn't committed").into(),
        }
    }
}

fn is_full<T>(result: &Result<T, Failure>) -> bool {
    result.as_ref().is_err_and(|failure| failure.code() == Some(Code::StorageFull))
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
    fn run(&mut self, relay: &Relay, tx: &Tx<'_>) -> bool {
        if let Some(f) = self.f.take() {
            // A panic is a fault of this job: the savepoint undoes it, and what it touched in memory is forgotten.
            self.result = Some(tx.savepoint(relay, |tx| guarded(relay, || f(relay, tx))));
        }
        self.result.as_ref().is_some_and(is_full)
    }

    fn finish(self: Box<Self>, end: End) {
        let answer = match self.result {
            Some(result) if end == End::Committed || result.is_err() => result,
            _ => Err(end.failure()),
        };
        // Whoever asked may have gone.
        drop(self.reply.send(answer));
    }

    fn refuse(self: Box<Self>, refusal: Refusal) {
        drop(self.reply.send(Err(refusal.into())));
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
    pub queue: Arc<Queue<Job>>,
    pub hub: Arc<Hub>,
    pub metrics: Arc<Metrics>,
}

impl Writer {
    /// Until the queue is closed and empty.
    pub fn run(mut self) {
        let _abandon = Abandon(self.queue.clone());
        let mut next = None;
        loop {
            let mut taken = Taken::default();
            let Some(job) = next.take().or_else(|| self.queue.wait(&mut taken)) else { break };
            match job {
                Job::Maintain(f) => {
                    // Whoever asked hears that there is no answer.
                    let _ = guarded(&self.relay, || {
                        f(&self.db);
                        Ok(())
                    });
                }
                job => {
                    next = self.transaction(job, taken);
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
    fn transaction(&self, first: Job, mut taken: Taken) -> Option<Job> {
        let mut done = Vec::new();
        let tx = match Tx::begin(&self.db) {
            Ok(tx) => tx,
            Err(fault) => {
                let end = self.failed(&fault, "beginning a transaction");
                self.fail(first, &mut done);
                self.answer(done, end, Wakes::default());
                return None;
            }
        };
        let (mut job, mut other, mut full, mut spoilt) = (Some(first), None, false, false);
        while let Some(now) = job.take() {
            match now {
                Job::Message(message) => {
                    let Message { caller, message, now_ms, to } = *message;
                    let append = || groups::append_application(&self.relay, &tx, &caller, message, now_ms);
                    match catch_unwind(AssertUnwindSafe(append)) {
                        Ok(answer) => {
                            full |= is_full(&answer);
                            done.push(Done::Message(to, answer));
                        }
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
                    full |= work.run(&self.relay, &tx);
                    done.push(Done::Work(work));
                }
                last @ Job::Maintain(_) => {
                    other = Some(last);
                    break;
                }
            }
            if done.len() < MAX_JOBS_PER_TRANSACTION && !tx.is_lost() {
                job = self.queue.next(&mut taken, done.len());
            }
        }
        let (jobs, begun) = (done.len(), Instant::now());
        let mut wakes = Wakes::default();
        // SQLite gives a transaction up by itself when the disk is full in the middle of one.
        let lost_to_full_disk = full && tx.is_lost();
        let finished = if spoilt {
            tx.rollback(&self.relay);
            Err(RelayFault::new("a message of this transaction panicked"))
        } else {
            tx.commit(&self.relay)
        };
        let end = match finished {
            Ok(effects) => {
                self.metrics.committed(jobs, begun.elapsed());
                self.hub.deliver(effects, &mut wakes);
                End::Committed
            }
            Err(_) if lost_to_full_disk => End::Full,
            Err(fault) => self.failed(&fault, "committing"),
        };
        self.answer(done, end, wakes);
        other
    }

    /// Why a transaction failed, told once.
    fn failed(&self, fault: &RelayFault, operation: &'static str) -> End {
        if fault.is_disk_full() {
            return End::Full;
        }
        tracing::error!(%fault, "{operation}");
        End::Failed
    }

    fn fail(&self, job: Job, done: &mut Vec<Done>) {
        match job {
            Job::Message(message) => {
                // Replaced by how the transaction ended.
                done.push(Done::Message(message.to, Ok(Appended { seq: 0, at_ms: 0 })));
            }
            Job::Work(work) => done.push(Done::Work(work)),
            Job::Maintain(_) => {}
        }
    }

    fn answer(&self, done: Vec<Done>, end: End, mut wakes: Wakes) {
        for done in done {
            match done {
                Done::Message(to, Ok(_)) if end != End::Committed => to.answer(Err(end.failure()), &mut wakes),
                Done::Message(to, answer) => to.answer(answer, &mut wakes),
                Done::Work(work) => work.finish(end),
            }
        }
        wakes.wake();
    }
}

/// When the thread ends, however it ends, nobody waits for it in vain.
struct Abandon(Arc<Queue<Job>>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
