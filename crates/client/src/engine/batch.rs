//! One batch is one transaction; what happens after a fault.

use super::thread::{Step, Thread, now_ms};
use crate::{
    Machine, Standing, Status,
    limits::{BATCH_INPUTS, BATCH_MILLIS},
    user_error,
};
use chancery_core::{Command, CoreError, Env, Fault, Output, Storage, Table, Tx, UserError, api::CommandId};
use chancery_store::Failure;
use chancery_wire::link::{InvitationLink, relay_origin};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use url::Url;

/// Where in [`Table::Transfer`] the relay of a join that is under way stands: the account names it only afterwards.
const RELAY_KEY: &[u8] = b"relay";

/// What came of a transaction, beside the core's outputs.
struct Batch {
    /// Commands in it, to be repeated should it fail.
    commands: Vec<Step>,
    /// Steps in it.
    steps: usize,
    /// The relay that a join in it names.
    relay: Option<Url>,
}

impl<M: Machine> Thread<M> {
    /// Handles the steps in as few transactions as their number and time allow, and does what the core wants done.
    pub(super) async fn handle(&mut self, steps: Vec<Step>) {
        let mut rest = VecDeque::from(steps);
        let mut at_once = BATCH_INPUTS;
        while !rest.is_empty() && self.stopped.is_none() {
            let mut batch = Batch { commands: Vec::new(), steps: 0, relay: None };
            match self.transact(&mut rest, at_once, &mut batch) {
                Ok(outputs) => {
                    self.relay = batch.relay.or(self.relay.take());
                    self.parts.changes.send_modify(|n| *n += 1);
                    self.perform(outputs).await;
                }
                Err(error) => {
                    // Frames come again after reconnecting, and answers are for a core that is no more. Commands are repeated,
                    // each in a transaction of its own, so that one that fails doesn't take the others with it.
                    rest.retain(|step| matches!(step, Step::Command(..)));
                    if batch.steps > 1 {
                        batch.commands.into_iter().rev().for_each(|command| rest.push_front(command));
                    }
                    at_once = 1;
                    let repeated: Vec<_> = rest.iter().filter_map(command_id).collect();
                    self.recover(&error, &repeated);
                }
            }
        }
    }

    fn transact(
        &mut self,
        rest: &mut VecDeque<Step>,
        at_once: usize,
        batch: &mut Batch,
    ) -> Result<Vec<Output>, CoreError> {
        let Self { store, machine, rng, .. } = self;
        let started = Instant::now();
        store.transact(|tx| {
            let mut outputs = Vec::new();
            while batch.steps < at_once && started.elapsed() < Duration::from_millis(BATCH_MILLIS) {
                let Some(step) = rest.pop_front() else { break };
                batch.steps += 1;
                let mut env = Env { now_ms: now_ms(), rng };
                match step {
                    Step::Input(input) => outputs.extend(machine.handle(tx, &mut env, input)?),
                    Step::Command(id, command, hook) => {
                        batch.commands.push(Step::Command(id, command.clone(), hook.clone()));
                        if let Some(relay) = named_relay(&command)
                            && machine.standing(tx)? == Standing::Nobody
                        {
                            tx.put(Table::Transfer, RELAY_KEY, relay.as_str().as_bytes())?;
                            batch.relay = Some(relay);
                        }
                        let new = machine.handle(tx, &mut env, chancery_core::Input::Command(id, command))?;
                        if let Some(hook) = hook {
                            let result = new.iter().find_map(|output| match output {
                                Output::Completed(of, result) if *of == id => Some(result),
                                _ => None,
                            });
                            hook(tx, result)?;
                        }
                        outputs.extend(new);
                    }
                }
            }
            Ok(outputs)
        })
    }

    /// After a rollback: a fresh core, no calls, no connection; again in a moment, unless that makes no sense.
    fn recover(&mut self, error: &CoreError, repeated: &[CommandId]) {
        tracing::error!(%error, "the transaction was rolled back");
        self.machine.reset();
        self.generation += 1;
        self.connection = None;
        match self.store.take_failure() {
            Some(Failure::DiskFull) => {
                let message =
                    "the disk is full: make room, then start again. Nothing that was sent or received is lost.";
                return self.stop(user_error("disk_full", message));
            }
            Some(Failure::Damaged) => {
                let message =
                    "the store of this profile is damaged: restore it from a backup, or link this device again.";
                return self.stop(user_error("store_damaged", message));
            }
            _ => {}
        }
        let lost: Vec<_> = self.waiting.keys().filter(|id| !repeated.contains(id)).copied().collect();
        for id in lost {
            self.answer(id, Err(user_error("fault", format!("this failed and was undone: {error}"))));
        }
        self.faults = self.faults.saturating_add(1);
        let wait = self.parts.retry.wait(self.faults, &mut self.rng);
        self.wake_at = Some(now_ms() + wait.as_millis() as u64);
    }

    /// Nothing but reading from now on.
    pub(super) fn stop(&mut self, error: UserError) {
        let waiting: Vec<_> = self.waiting.keys().copied().collect();
        for id in waiting {
            self.answer(id, Err(error.clone()));
        }
        self.connection = None;
        self.wake_at = None;
        self.parts.target.send_replace(None);
        self.set_status(Status::Stopped(error.clone()));
        self.stopped = Some(error);
    }

    /// Where the relay is, and whether there is somebody to connect as.
    pub(super) fn find_relay(&mut self) {
        let Self { store, machine, .. } = self;
        let found = store.transact(|tx: &dyn Tx| -> Result<_, Fault> {
            Ok((machine.standing(tx)?, tx.get(Table::Transfer, RELAY_KEY)?))
        });
        let target = match found {
            Ok((Standing::Joined { relay }, _)) => {
                self.relay = relay_origin(&relay).ok();
                self.relay.clone().filter(|_| !self.parts.offline && self.stopped.is_none())
            }
            Ok((Standing::Nobody, relay)) => {
                let relay = relay.and_then(|relay| String::from_utf8(relay).ok());
                self.relay = relay.and_then(|relay| relay_origin(&relay).ok());
                None
            }
            Ok((Standing::Revoked, _)) => return self.revoked(),
            Err(error) => return tracing::error!(%error, "reading the account"),
        };
        self.parts.target.send_if_modified(|old| std::mem::replace(old, target.clone()) != target);
    }

    pub(super) fn revoked(&mut self) {
        let message = "this device was removed from its user's devices; link it again, or use another profile.";
        self.stop(user_error("device_revoked", message));
    }
}

fn command_id(step: &Step) -> Option<CommandId> {
    match step {
        Step::Command(id, ..) => Some(*id),
        Step::Input(_) => None,
    }
}

fn named_relay(command: &Command) -> Option<Url> {
    match command {
        Command::Join { link, .. } => InvitationLink::parse(link).ok().map(|link| link.relay),
        Command::StartLink { relay, .. } => relay_origin(relay).ok(),
        _ => None,
    }
}
