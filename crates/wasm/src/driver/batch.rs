//! One batch is one transaction; what happens after a fault.

use super::{
    BATCH_INPUTS, BATCH_MILLIS, Driver, Effect, FAULT_WAIT_LONGEST_MILLIS, FAULT_WAIT_MILLIS, Fatal, Incoming,
    TellingStorage, again, env, error_json,
};
use chancery_core::{Command, CoreError, Input, Output, Tx, api::CommandId};
use chancery_store::Failure;
use chancery_wire::{
    api::{AnswerHead, Method},
    frames::{ClientFrame, ServerFrame},
    link::{InvitationLink, relay_origin},
};
use std::collections::VecDeque;

/// A step that a rolled-back batch can repeat, or not.
enum Step {
    Input(Input),
    /// Its number here, its key, whether it was given before.
    Command(CommandId, [u8; 16], bool, Command),
}

/// What a transaction did.
struct Done {
    outputs: Vec<Output>,
    /// Answers, in JSON, of commands that were carried out before.
    known: Vec<(CommandId, String)>,
}

impl<S: TellingStorage> Driver<S> {
    /// Handles inputs in as few transactions as their number and time allow, and tells what to do. `clock` gives milliseconds since
    /// 1970.
    pub fn handle(&mut self, clock: &dyn Fn() -> u64, inputs: Vec<Incoming>) -> Result<Vec<Effect>, Fatal> {
        let mut effects = Vec::new();
        let mut rest: VecDeque<Step> = VecDeque::new();
        for input in inputs {
            match self.step(input) {
                Ok(step) => rest.extend(step),
                Err(effect) => effects.push(effect),
            }
        }
        let mut at_once = BATCH_INPUTS;
        while !rest.is_empty() {
            let (mut commands, mut steps) = (Vec::new(), 0);
            match self.transact(clock, &mut rest, at_once, &mut commands, &mut steps) {
                Ok(done) => {
                    self.perform(clock(), done.outputs, &mut effects);
                    for (id, answer) in done.known {
                        self.complete(id, Ok(answer), &mut effects);
                    }
                }
                Err(error) => {
                    // Frames come again after reconnecting, answers are for a core that is no more. Commands are repeated, each in
                    // a transaction of its own, so that one that fails doesn't take the others with it.
                    rest.retain(|step| matches!(step, Step::Command(..)));
                    if steps > 1 {
                        commands.into_iter().rev().for_each(|command| rest.push_front(command));
                    }
                    at_once = 1;
                    self.recover(clock(), &error, &rest, &mut effects)?;
                }
            }
        }
        Ok(effects)
    }

    /// What an input means for the core; nothing when it is out of date.
    fn step(&mut self, input: Incoming) -> Result<Option<Step>, Effect> {
        Ok(match input {
            Incoming::Command { id, key, again, command } => {
                if let Some(relay) = named_relay(&command)
                    && relay != self.origin
                {
                    let message = format!(
                        "This link belongs to another server. Open it in the browser's address bar instead: it starts with {relay}."
                    );
                    return Err(Effect::Completed { id, result: Err(error_json("other_relay", &message)) });
                }
                self.last_command += 1;
                self.waiting.insert(self.last_command, id);
                Some(Step::Command(self.last_command, key, again, command))
            }
            Incoming::Connected => {
                self.unanswered.clear();
                Some(Step::Input(Input::Connected))
            }
            Incoming::Frame(bytes) => match ServerFrame::from_slice(&bytes) {
                Ok(frame) => {
                    if let ServerFrame::Reply { request, .. } = &frame {
                        self.unanswered.remove(request);
                    }
                    Some(Step::Input(Input::Frame(frame)))
                }
                Err(_) => return Err(Effect::Reconnect),
            },
            Incoming::Disconnected => {
                self.unanswered.clear();
                Some(Step::Input(Input::Disconnected))
            }
            Incoming::Answer { call, status, media_type, body } => {
                // Where a redirect leads is hidden from scripts.
                let head = AnswerHead { status, media_type: Some(&media_type), location: None };
                self.call_answer(call, Ok((head, &body))).map(Step::Input)
            }
            Incoming::Unanswered { call, reason } => self.call_answer(call, Err(reason)).map(Step::Input),
            Incoming::Tick => Some(Step::Input(Input::Tick)),
        })
    }

    fn transact(
        &mut self,
        clock: &dyn Fn() -> u64,
        rest: &mut VecDeque<Step>,
        at_once: usize,
        commands: &mut Vec<Step>,
        steps: &mut usize,
    ) -> Result<Done, CoreError> {
        let Self { store, core, rng, .. } = self;
        let started = clock();
        store.transact(|tx| {
            let (mut outputs, mut known) = (Vec::new(), Vec::new());
            while *steps < at_once && clock().saturating_sub(started) < BATCH_MILLIS || *steps == 0 {
                let Some(step) = rest.pop_front() else { break };
                *steps += 1;
                match step {
                    Step::Input(input) => outputs.extend(core.handle(tx, &mut env(clock(), rng), input)?),
                    Step::Command(id, key, given_before, command) => {
                        commands.push(Step::Command(id, key, given_before, command.clone()));
                        if given_before && let Some(answer) = again::find(tx, &key)? {
                            known.push((id, answer));
                            continue;
                        }
                        let now_ms = clock();
                        let new = core.handle(tx, &mut env(now_ms, rng), Input::Command(id, command))?;
                        keep_answer(tx, now_ms, id, &key, &new)?;
                        outputs.extend(new);
                    }
                }
            }
            Ok(Done { outputs, known })
        })
    }

    pub(crate) fn perform(&mut self, now_ms: u64, outputs: Vec<Output>, effects: &mut Vec<Effect>) {
        for output in outputs {
            let output = match &mut self.peek {
                Some(peek) => peek.pass(output),
                None => Some(output),
            };
            let Some(output) = output else { continue };
            match output {
                Output::Frame(frame) => {
                    if let ClientFrame::Send { request, .. } = &frame {
                        self.unanswered.insert(*request, now_ms);
                    }
                    effects.push(Effect::Frame(frame.to_vec()));
                }
                Output::Call(call, request) => {
                    self.last_call = self.last_call.wrapping_add(1);
                    let http = request.to_http();
                    effects.push(Effect::Call {
                        id: self.last_call,
                        method: match http.method {
                            Method::Get => "GET",
                            Method::Post => "POST",
                            Method::Delete => "DELETE",
                        },
                        path: http.path,
                        body: http.body,
                        authenticated: http.authentication == chancery_wire::api::Authentication::Device,
                    });
                    self.calls.insert(self.last_call, (call, request));
                }
                Output::Completed(id, result) => {
                    let result = result.map(|result| json(&result)).map_err(|error| json(&error));
                    self.complete(id, result, effects);
                }
                Output::Event(event) => {
                    if matches!(event, chancery_core::Event::CaughtUp) {
                        self.faults = 0;
                    }
                    effects.push(Effect::Event(json(&event)));
                }
                Output::WakeAt(at) => effects.push(Effect::WakeAt(at)),
                Output::Reconnect => effects.push(Effect::Reconnect),
            }
        }
    }

    fn complete(&mut self, id: CommandId, result: Result<String, String>, effects: &mut Vec<Effect>) {
        if let Some(id) = self.waiting.remove(&id) {
            effects.push(Effect::Completed { id, result });
        }
    }

    /// After a rollback: a fresh core, no calls, another connection; again in a moment, unless that makes no sense.
    fn recover(
        &mut self,
        now_ms: u64,
        error: &CoreError,
        repeated: &VecDeque<Step>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fatal> {
        self.core.reset();
        self.calls.clear();
        self.unanswered.clear();
        if let Some(fatal) = fatal(self.store.take_failure()) {
            return Err(fatal);
        }
        let still = |id: &CommandId| repeated.iter().any(|step| matches!(step, Step::Command(of, ..) if of == id));
        let lost: Vec<CommandId> = self.waiting.keys().filter(|id| !still(id)).copied().collect();
        for id in lost {
            if let Some(id) = self.waiting.remove(&id) {
                let message = format!("This failed and was undone: {error}");
                effects.push(Effect::Completed { id, result: Err(error_json("fault", &message)) });
            }
        }
        self.faults = self.faults.saturating_add(1);
        let wait = FAULT_WAIT_MILLIS << (self.faults - 1).min(10);
        effects.push(Effect::Reconnect);
        effects.push(Effect::WakeAt(now_ms + wait.min(FAULT_WAIT_LONGEST_MILLIS)));
        Ok(())
    }

    /// Removes answers that nobody asks for any more.
    pub fn prune(&mut self) -> Result<(), chancery_core::Fault> {
        self.store.transact(|tx: &dyn Tx| again::prune(tx))
    }
}

/// What a store's failure means for everything.
pub(crate) fn fatal(failure: Option<Failure>) -> Option<Fatal> {
    match failure {
        Some(Failure::DiskFull) => Some(Fatal {
            code: "storage_full",
            message: "There is no room left for Chancery on this device. Make room, then open it again: nothing that was sent or received is lost.",
        }),
        Some(Failure::Damaged) => Some(Fatal {
            code: "storage_damaged",
            message: "The messages kept in this browser are damaged. Erase them here and link this device again.",
        }),
        _ => None,
    }
}

/// Keeps the answer of a command that has one already.
fn keep_answer(
    tx: &dyn Tx,
    now_ms: u64,
    id: CommandId,
    key: &[u8; 16],
    outputs: &[Output],
) -> Result<(), chancery_core::Fault> {
    let answer = outputs.iter().find_map(|output| match output {
        Output::Completed(of, Ok(result)) if *of == id => Some(json(result)),
        _ => None,
    });
    answer.map_or(Ok(()), |answer| again::keep(tx, now_ms, key, &answer))
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("what the core gives has text keys only")
}

/// The origin of the relay that a command names, as a browser writes it.
fn named_relay(command: &Command) -> Option<String> {
    let relay = match command {
        Command::Join { link, .. } => InvitationLink::parse(link).ok()?.relay,
        Command::StartLink { relay, .. } => relay_origin(relay).ok()?,
        _ => return None,
    };
    Some(relay.origin().ascii_serialization())
}
