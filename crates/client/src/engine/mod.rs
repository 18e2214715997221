//! The engine: one thread that owns store and core. Everybody else sends it jobs.
//!
//! **Invariant:** jobs of people (commands, queries) go before frames and answers that wait, so that reading the store never waits
//! for a long catch-up.

mod batch;
mod outputs;
mod thread;

pub(crate) use thread::{Parts, start};

use crate::user_error;
use chancery_core::{
    Command, CommandResult, Fault, Storage, Tx, UserError,
    api::{CallFailure, CallId},
};
use chancery_store::SqliteStore;
use chancery_wire::{
    DeviceId, UserId,
    api::Response,
    frames::{ClientFrame, ServerFrame},
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Number of a connection, rising.
pub(crate) type ConnectionId = u64;

/// Runs in a command's transaction, with the result when the command has one already.
pub(crate) type Hook =
    Arc<dyn Fn(&dyn Tx, Option<&Result<CommandResult, UserError>>) -> Result<(), Fault> + Send + Sync>;

/// A signature of a challenge, and whose it is.
pub(crate) type Signed = (UserId, DeviceId, Vec<u8>);

/// A command on its way.
pub(crate) struct Order {
    pub(crate) command: Command,
    pub(crate) hook: Option<Hook>,
    pub(crate) reply: oneshot::Sender<Result<CommandResult, UserError>>,
}

/// What the engine is asked to do.
pub(crate) enum Job {
    Command(Box<Order>),
    /// Uses the store in a transaction of its own.
    Work(Box<dyn FnOnce(&mut SqliteStore) + Send>),
    Sign(Vec<u8>, oneshot::Sender<Option<Signed>>),
    Connected(ConnectionId, mpsc::Sender<ClientFrame>),
    Frame(ConnectionId, ServerFrame),
    /// With the reason, for people.
    Disconnected(ConnectionId, String),
    /// The answer to a call, with the generation of the core that made it.
    Answer(u64, CallId, Result<Response, CallFailure>),
}

/// The engine is gone.
#[derive(Debug)]
pub(crate) struct Closed;

/// Sends jobs to the engine.
#[derive(Clone)]
pub(crate) struct Engine {
    people: mpsc::Sender<Job>,
    network: mpsc::Sender<Job>,
}

impl Engine {
    /// Hands a job over; waits while the queue is full.
    pub(crate) async fn job(&self, job: Job) -> Result<(), Closed> {
        let queue = match job {
            Job::Command(_) | Job::Work(_) | Job::Sign(..) => &self.people,
            _ => &self.network,
        };
        queue.send(job).await.map_err(|_| Closed)
    }

    pub(crate) async fn command(&self, command: Command, hook: Option<Hook>) -> Result<CommandResult, UserError> {
        let (reply, answer) = oneshot::channel();
        self.job(Job::Command(Box::new(Order { command, hook, reply }))).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    pub(crate) async fn query<T: Send + 'static>(
        &self,
        f: impl FnOnce(&dyn Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, UserError> {
        let (reply, answer) = oneshot::channel();
        let work = move |store: &mut SqliteStore| drop(reply.send(store.transact(f)));
        self.job(Job::Work(Box::new(work))).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(Fault("the query failed".to_owned()))).map_err(store_error)
    }

    pub(crate) async fn sign(&self, challenge: Vec<u8>) -> Result<Option<Signed>, CallFailure> {
        let gone = || CallFailure::Unreachable("the client is closing".to_owned());
        let (reply, answer) = oneshot::channel();
        self.job(Job::Sign(challenge, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

fn closed() -> UserError {
    user_error("closed", "the client is closing")
}

fn store_error(fault: Fault) -> UserError {
    user_error("store", format!("the store of this profile can't be used: {}", fault.0))
}
