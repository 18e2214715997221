//! Doing what the core wants done, after the commit.

use super::{Job, thread::Thread};
use crate::{Machine, Status, limits::SEND_STALL_SECONDS};
use chancery_core::{
    CommandResult, Event, Output, UserError,
    api::{CallFailure, CallId, CommandId},
};
use chancery_wire::{api::Request, frames::ClientFrame};
use std::{sync::atomic::Ordering, time::Duration};

impl<M: Machine> Thread<M> {
    pub(super) async fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Frame(frame) => self.send(frame).await,
                Output::Call(id, request) => self.call(id, request),
                Output::Completed(id, result) => {
                    let joined = matches!(result, Ok(CommandResult::Joined { .. }));
                    self.answer(id, result);
                    if joined {
                        self.find_relay();
                    }
                }
                Output::Event(event) => self.event(event),
                Output::WakeAt(at) => self.wake_at = Some(at),
                Output::Reconnect => {
                    if let Some(connection) = &mut self.connection {
                        connection.frames = None;
                    }
                }
            }
        }
    }

    async fn send(&mut self, frame: ClientFrame) {
        let Some(connection) = &mut self.connection else { return };
        let Some(frames) = &connection.frames else { return };
        if frames.send_timeout(frame, Duration::from_secs(SEND_STALL_SECONDS)).await.is_err() {
            // The core sends what it must again over the next one.
            connection.frames = None;
        }
    }

    fn call(&mut self, id: CallId, request: Request) {
        let (engine, generation) = (self.engine.clone(), self.generation);
        let (calls, relay, offline) = (self.calls.clone(), self.relay.clone(), self.parts.offline);
        self.tasks.spawn(async move {
            let answer = match relay {
                Some(relay) if !offline => calls.call(&relay, &request).await,
                Some(_) => Err(CallFailure::Unreachable("offline".to_owned())),
                None => Err(CallFailure::Unreachable("this profile knows no relay yet".to_owned())),
            };
            if let Err(error) = &answer {
                tracing::debug!(call = request.name(), %error, "call failed");
            }
            let _ = engine.job(Job::Answer(generation, id, answer)).await;
        });
    }

    pub(super) fn answer(&mut self, id: CommandId, result: Result<CommandResult, UserError>) {
        if let Some(reply) = self.waiting.remove(&id) {
            let _ = reply.send(result);
        }
    }

    fn event(&mut self, event: Event) {
        match &event {
            Event::CaughtUp => {
                if let Some(connection) = &self.connection {
                    self.parts.caught_up.store(connection.id, Ordering::Release);
                    self.faults = 0;
                    self.set_status(Status::CaughtUp);
                }
            }
            Event::Linked { .. } => self.find_relay(),
            Event::DeviceRevoked => self.revoked(),
            _ => {}
        }
        // Nobody listening is fine.
        let _ = self.parts.events.send(event);
    }

    /// A stopped client stays stopped.
    pub(super) fn set_status(&self, new: Status) {
        self.parts.status.send_if_modified(|status| {
            let alive = !matches!(status, Status::Stopped(_));
            if alive {
                *status = new;
            }
            alive
        });
    }
}
