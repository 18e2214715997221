//! The world: a relay, clients, the messages between them, and the time.

use crate::{
    client::{ClientId, Handled, SimClient},
    faults::Faults,
    organisation::SimOrganisation,
    relay::{ConnectionId, SimRelay},
};
use chancery_core::{
    Command, CommandResult, Input, Output, UserError,
    api::{CallFailure, CallId},
    query,
};
use chancery_server::Caller;
use chancery_wire::{
    Code, DeviceId, GroupId, Refusal, UserId,
    api::{Authentication, Request, Response},
    frames::{ClientFrame, ServerFrame},
    signed::Suite,
};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// When a simulation starts: 2026-01-01, in milliseconds since 1970.
const START_MS: u64 = 1_767_225_600_000;
/// Before a client connects again, in milliseconds.
const RECONNECT_MS: u64 = 500;
/// A call whose answer is lost fails after this, in milliseconds.
const CALL_TIMEOUT_MS: u64 = 10_000;
/// Steps of one [`World::run`]: more is a loop that never ends.
const MAX_STEPS: u64 = 2_000_000;

/// What happens at a time.
enum Happening {
    Connect { client: ClientId, life: u64 },
    CallArrives { client: ClientId, life: u64, call: CallId, request: Box<Request>, repeated: bool },
    CallAnswered { client: ClientId, life: u64, call: CallId, answer: Result<Response, CallFailure> },
    FrameArrives { connection: ConnectionId, frame: ClientFrame },
    FrameDelivered { client: ClientId, connection: ConnectionId, frame: ServerFrame },
    Closed { client: ClientId, connection: ConnectionId },
    Tick { client: ClientId, life: u64, at_ms: u64 },
    Work { at_ms: u64 },
}

struct Scheduled {
    at_ms: u64,
    n: u64,
    what: Happening,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        (self.at_ms, self.n) == (other.at_ms, other.n)
    }
}
impl Eq for Scheduled {}
impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.n).cmp(&(other.at_ms, other.n))
    }
}

/// A death at an exact place, for trying every place in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// A client dies over the input with this number, before it commits.
    ClientBefore(u64),
    /// … after it committed, before its outputs leave.
    ClientAfter(u64),
    /// The relay dies over the call, frame or step of work with this number, before it commits.
    RelayBefore(u64),
    /// … after it committed, before its answer leaves.
    RelayAfter(u64),
}

/// Changes what the relay says to one client: a hostile relay. `None` drops the frame.
pub type FrameTamper = Box<dyn FnMut(ClientId, ServerFrame) -> Option<ServerFrame>>;
/// Changes the answer to a call.
pub type AnswerTamper = Box<dyn FnMut(ClientId, &Request, Result<Response, Refusal>) -> Result<Response, Refusal>>;

/// The world.
pub struct World {
    /// Its organisation.
    pub organisation: SimOrganisation,
    /// Its relay.
    pub relay: SimRelay,
    /// Its clients.
    pub clients: Vec<SimClient>,
    /// What goes wrong.
    pub faults: Faults,
    /// Virtual time, in milliseconds since 1970.
    pub now_ms: u64,
    /// Decides everything.
    pub rng: ChaCha20Rng,
    /// A hostile relay's frames.
    pub tamper_frame: Option<FrameTamper>,
    /// A hostile relay's answers.
    pub tamper_answer: Option<AnswerTamper>,
    /// Who dies where.
    pub kill: Option<Kill>,
    /// Inputs of clients so far.
    pub inputs: u64,
    /// Calls and frames that reached the relay, and steps of its work, so far.
    pub arrivals: u64,
    /// Prints what happens.
    pub trace: bool,
    queue: BinaryHeap<Reverse<Scheduled>>,
    next_n: u64,
    next_connection: ConnectionId,
    /// Owner and the last arrival time in each direction, so that a connection keeps its order.
    connections: BTreeMap<ConnectionId, (ClientId, u64, u64)>,
    /// Devices whose session token the relay knows, as (user, device).
    tokens: BTreeMap<(UserId, DeviceId), Caller>,
    /// When the relay looks at its stored work next.
    work_at_ms: Option<u64>,
}

impl World {
    /// A world from a seed.
    pub fn new(seed: u64, suite: Suite, faults: Faults) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let organisation = SimOrganisation::new(&mut rng, suite, START_MS / 1000);
        let relay = SimRelay::new(&organisation, rng.next_u64()).expect("a fresh relay opens");
        Self {
            organisation,
            relay,
            clients: Vec::new(),
            faults,
            now_ms: START_MS,
            rng,
            tamper_frame: None,
            tamper_answer: None,
            queue: BinaryHeap::new(),
            next_n: 0,
            next_connection: 0,
            connections: BTreeMap::new(),
            kill: None,
            inputs: 0,
            arrivals: 0,
            trace: false,
            tokens: BTreeMap::new(),
            work_at_ms: None,
        }
    }

    /// A device that belongs to nobody yet.
    pub fn add_client(&mut self, name: &str) -> ClientId {
        let rng = ChaCha20Rng::seed_from_u64(self.rng.next_u64());
        self.clients.push(SimClient::new(name, rng));
        self.clients.len() - 1
    }

    /// A person with a first device, joined over the (perhaps bad) network.
    pub fn join(&mut self, local: &str) -> ClientId {
        self.join_as(local, local)
    }

    /// The same, called something.
    pub fn join_as(&mut self, local: &str, name: &str) -> ClientId {
        let client = self.add_client(local);
        let (invitation, link) = self.organisation.invite(&mut self.rng, local, name, self.now_ms / 1000);
        let body = chancery_wire::api::enrolment::Invite { invitation: invitation.bytes().to_vec().into() };
        self.relay
            .call(self.now_ms, None, Request::Invite { body }, false)
            .expect("nothing is lost on the way of an administrator")
            .expect("a good invitation is accepted");
        loop {
            let command = Command::Join { link: link.clone(), label: format!("{local}'s device") };
            match self.command(client, command) {
                Ok(_) => break,
                // The answer was lost, or the device died after the relay had agreed: it knows, or tries again.
                Err(error) => {
                    if self.user(client).is_some() {
                        break;
                    }
                    assert_eq!(error.code, "unreachable", "{error:?}");
                }
            }
            if self.user(client).is_some() {
                break;
            }
        }
        self.connect_later(client, 1);
        self.settle();
        client
    }

    /// Another device of a client's user, linked with history.
    pub fn link(&mut self, existing: ClientId, name: &str) -> ClientId {
        let client = self.add_client(name);
        let relay = crate::organisation::RELAY.to_owned();
        let Ok(CommandResult::LinkStarted { link, .. }) =
            self.command(client, Command::StartLink { relay, label: name.to_owned() })
        else {
            panic!("a link starts in a good network")
        };
        self.command(existing, Command::ApproveLink { link, history: true }).expect("an approved link");
        self.run_for(3_000);
        self.connect_later(client, 1);
        self.run_for(30_000);
        client
    }

    /// Who a client is.
    pub fn user(&mut self, client: ClientId) -> Option<UserId> {
        self.clients[client].query(query::account).map(|account| account.user)
    }

    /// Gives a command and runs until it has completed, or its device died over it.
    pub fn command(&mut self, client: ClientId, command: Command) -> Result<CommandResult, UserError> {
        let (id, input) = self.clients[client].command(command);
        let life = self.clients[client].life;
        self.input(client, input);
        for _ in 0..MAX_STEPS {
            if let Some(result) = self.clients[client].results.remove(&id) {
                return result;
            }
            if self.clients[client].life != life || !self.step() {
                break;
            }
        }
        Err(UserError { code: "unreachable".into(), message: "the device died, or nothing more happens".into() })
    }

    /// Gives a command and doesn't wait. Its result comes into the client's `results`, under this number.
    pub fn post(&mut self, client: ClientId, command: Command) -> u64 {
        let (id, input) = self.clients[client].command(command);
        self.input(client, input);
        id
    }

    /// Calls the relay for a client, past the network and past its core.
    pub fn ask(&mut self, client: ClientId, request: Request) -> Result<Response, Refusal> {
        let caller = self.caller(client)?;
        let answer = self.relay.call(self.now_ms, Some(&caller), request, false);
        self.schedule_work();
        answer.unwrap_or_else(|| Err(Code::Internal.into()))
    }

    /// Runs for a minute: in a good network everybody online is caught up then, and every back-off is over.
    pub fn settle(&mut self) {
        self.run_for(60_000);
    }

    /// Faults stop, everybody comes online with the right time, and the world runs until the checkers find nothing unsettled, for
    /// at most two hours.
    pub fn come_to_rest(&mut self) {
        self.faults = Faults::none();
        for client in 0..self.clients.len() {
            self.clients[client].clock_offset_ms = 0;
            self.go_online(client);
        }
        self.run_for(60_000);
        // Filling the tree and committing what others proposed keep nobody waiting, but change the epoch.
        for _ in 0..60 {
            self.run_for(120_000);
            if crate::checkers::unsettled(self).is_empty() {
                break;
            }
        }
    }

    /// Runs for a time.
    pub fn run_for(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        for _ in 0..MAX_STEPS {
            match self.queue.peek() {
                Some(Reverse(next)) if next.at_ms <= end => {
                    self.step();
                }
                _ => {
                    self.now_ms = end;
                    return;
                }
            }
        }
        panic!("more than {MAX_STEPS} steps within {ms} ms: something loops");
    }

    /// One event. `false`: nothing is left.
    pub fn step(&mut self) -> bool {
        let Some(Reverse(Scheduled { at_ms, what, .. })) = self.queue.pop() else { return false };
        self.now_ms = self.now_ms.max(at_ms);
        if self.trace {
            self.print(&what);
        }
        self.happen(what);
        true
    }

    /// Takes a client off the network.
    pub fn go_offline(&mut self, client: ClientId) {
        self.clients[client].online = false;
        if let Some(connection) = self.clients[client].connection {
            self.close(connection);
        }
    }

    /// Puts it back.
    pub fn go_online(&mut self, client: ClientId) {
        self.clients[client].online = true;
        self.connect_later(client, 1);
    }

    /// Kills a client's process; it starts again.
    pub fn crash_client(&mut self, client: ClientId) {
        if let Some(connection) = self.clients[client].connection {
            self.relay.disconnect(connection);
            self.connections.remove(&connection);
        }
        self.clients[client].restart();
        self.connect_later(client, RECONNECT_MS);
        self.schedule_tick(client);
    }

    /// Kills the relay's process; it starts again with its store.
    pub fn crash_relay(&mut self) {
        self.relay.crash().expect("the relay opens again");
        self.tokens.clear();
        let connections: Vec<ConnectionId> = self.connections.keys().copied().collect();
        for connection in connections {
            self.close(connection);
        }
        self.work_at_ms = None;
        self.schedule_work();
    }

    /// The relay carries its stored work out by itself, a step at a time, with others' calls between.
    fn schedule_work(&mut self) {
        let Some(due_ms) = self.relay.works_at(self.now_ms) else { return };
        if self.work_at_ms.is_none_or(|at_ms| at_ms > due_ms.saturating_add(self.faults.max_delay_ms)) {
            let at_ms = due_ms + self.delay();
            self.work_at_ms = Some(at_ms);
            self.schedule(at_ms, Happening::Work { at_ms });
        }
    }

    fn work(&mut self) {
        self.arrivals += 1;
        let lose_before =
            self.strikes(self.faults.relay_crash_before) || self.kill == Some(Kill::RelayBefore(self.arrivals));
        let lose_after = !lose_before
            && (self.strikes(self.faults.relay_crash_after) || self.kill == Some(Kill::RelayAfter(self.arrivals)));
        self.relay.work(self.now_ms, lose_before);
        if lose_before || lose_after {
            self.crash_relay();
        } else {
            self.poll_relay();
        }
    }

    fn schedule(&mut self, at_ms: u64, what: Happening) {
        self.next_n += 1;
        self.queue.push(Reverse(Scheduled { at_ms, n: self.next_n, what }));
    }

    fn delay(&mut self) -> u64 {
        self.rng.gen_range(self.faults.min_delay_ms..=self.faults.max_delay_ms)
    }

    fn strikes(&mut self, thousandths: u32) -> bool {
        Faults::strikes(&mut self.rng, thousandths)
    }

    fn connect_later(&mut self, client: ClientId, wait_ms: u64) {
        let life = self.clients[client].life;
        self.schedule(self.now_ms + wait_ms, Happening::Connect { client, life });
    }

    fn schedule_tick(&mut self, client: ClientId) {
        // After a restart the driver ticks once, so that the core finds what is due.
        let life = self.clients[client].life;
        let at_ms = self.now_ms;
        self.clients[client].wake_at_ms = Some(at_ms);
        self.schedule(at_ms, Happening::Tick { client, life, at_ms });
    }

    fn print(&self, what: &Happening) {
        let name = |client: ClientId| self.clients[client].name.as_str();
        let short = |text: String| text.chars().take(160).collect::<String>();
        let line = match what {
            Happening::Connect { client, .. } => format!("{} connects", name(*client)),
            Happening::CallArrives { client, call, request, .. } => {
                format!("{} -> {call} {}", name(*client), short(format!("{request:?}")))
            }
            Happening::CallAnswered { client, call, answer, .. } => {
                format!("{} <- {call} {}", name(*client), short(format!("{answer:?}")))
            }
            Happening::FrameArrives { connection, frame } => {
                let client = self.connections.get(connection).map_or("?", |(client, _, _)| name(*client));
                format!("{client} => {}", short(format!("{frame:?}")))
            }
            Happening::FrameDelivered { client, frame, .. } => match frame {
                ServerFrame::Items { group, items } => {
                    let items: Vec<_> = items.iter().map(|item| (item.seq, item.kind, item.epoch)).collect();
                    format!("{} <= items of {group} {items:?}", name(*client))
                }
                frame => format!("{} <= {}", name(*client), short(format!("{frame:?}"))),
            },
            Happening::Closed { client, .. } => format!("{} is cut off", name(*client)),
            Happening::Tick { client, .. } => format!("{} ticks", name(*client)),
            Happening::Work { .. } => "the relay works".to_owned(),
        };
        println!("{:>9.3}  {line}", (self.now_ms - START_MS) as f64 / 1000.0);
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Connect { client, life } => self.connect(client, life),
            Happening::CallArrives { client, life, call, request, repeated } => {
                self.call_arrives(client, life, call, *request, repeated)
            }
            Happening::CallAnswered { client, life, call, answer } => {
                if self.clients[client].life == life {
                    self.input(client, Input::Answer(call, answer));
                }
            }
            Happening::FrameArrives { connection, frame } => {
                self.arrivals += 1;
                if self.kill == Some(Kill::RelayBefore(self.arrivals)) {
                    return self.crash_relay();
                }
                if self.kill == Some(Kill::RelayAfter(self.arrivals)) {
                    let _lost = self.relay.frame(connection, self.now_ms, frame);
                    return self.crash_relay();
                }
                if let Some(frames) = self.relay.frame(connection, self.now_ms, frame) {
                    self.deliver(connection, frames);
                    self.poll_relay();
                }
            }
            Happening::FrameDelivered { client, connection, frame } => {
                if self.clients[client].connection == Some(connection) {
                    let frame = match &mut self.tamper_frame {
                        Some(tamper) => tamper(client, frame),
                        None => Some(frame),
                    };
                    if let Some(frame) = frame {
                        self.input(client, Input::Frame(frame));
                    }
                }
            }
            Happening::Closed { client, connection } => {
                if self.clients[client].connection == Some(connection) {
                    self.clients[client].connection = None;
                    self.input(client, Input::Disconnected);
                    self.connect_later(client, RECONNECT_MS);
                }
            }
            Happening::Tick { client, life, at_ms } => {
                if self.clients[client].life == life && self.clients[client].wake_at_ms == Some(at_ms) {
                    self.clients[client].wake_at_ms = None;
                    self.input(client, Input::Tick);
                }
            }
            Happening::Work { at_ms } => {
                if self.work_at_ms == Some(at_ms) {
                    self.work_at_ms = None;
                    self.work();
                }
            }
        }
    }

    fn connect(&mut self, client: ClientId, life: u64) {
        let state = &self.clients[client];
        if state.life != life || !state.online || state.connection.is_some() {
            return;
        }
        if self.user(client).is_none() {
            return;
        }
        self.next_connection += 1;
        let connection = self.next_connection;
        self.connections.insert(connection, (client, self.now_ms, self.now_ms));
        self.clients[client].connection = Some(connection);
        let hello = self.relay.connect(connection, self.now_ms, &mut self.rng);
        self.input(client, Input::Connected);
        self.deliver(connection, vec![hello]);
    }

    fn close(&mut self, connection: ConnectionId) {
        self.relay.disconnect(connection);
        if let Some((client, _, _)) = self.connections.remove(&connection) {
            let at_ms = self.now_ms + self.delay();
            self.schedule(at_ms, Happening::Closed { client, connection });
        }
    }

    /// Hands an input to a client, with a crash now and then, and acts on its outputs.
    pub fn input(&mut self, client: ClientId, input: Input) {
        if self.strikes(self.faults.clock_jump) {
            self.clients[client].clock_offset_ms = self.rng.gen_range(-600_000..600_000);
        }
        self.inputs += 1;
        let die_before =
            self.strikes(self.faults.client_crash_before) || self.kill == Some(Kill::ClientBefore(self.inputs));
        let die_after = !die_before
            && (self.strikes(self.faults.client_crash_after) || self.kill == Some(Kill::ClientAfter(self.inputs)));
        match self.clients[client].handle(self.now_ms, input, die_before) {
            Handled::Died => self.crash_client(client),
            Handled::Outputs(_) if die_after => self.crash_client(client),
            Handled::Outputs(outputs) => outputs.into_iter().for_each(|output| self.output(client, output)),
        }
    }

    fn output(&mut self, client: ClientId, output: Output) {
        match output {
            Output::Frame(frame) => {
                let Some(connection) = self.clients[client].connection else { return };
                if self.strikes(self.faults.cut) {
                    self.close(connection);
                    return;
                }
                let delay = self.delay();
                let Some((_, to_relay, _)) = self.connections.get_mut(&connection) else { return };
                *to_relay = (*to_relay).max(self.now_ms + delay);
                let at_ms = *to_relay;
                self.schedule(at_ms, Happening::FrameArrives { connection, frame });
            }
            Output::Call(call, request) => {
                let life = self.clients[client].life;
                let request = Box::new(request);
                if !self.clients[client].online || self.strikes(self.faults.lost_request) {
                    let answer = Err(CallFailure::Unreachable("lost".into()));
                    let at_ms = self.now_ms + if self.clients[client].online { CALL_TIMEOUT_MS } else { 1 };
                    self.schedule(at_ms, Happening::CallAnswered { client, life, call, answer });
                    return;
                }
                let at_ms = self.now_ms + self.delay();
                if self.strikes(self.faults.doubled_request) {
                    let again = self.now_ms + self.delay() * 2;
                    let request = request.clone();
                    self.schedule(again, Happening::CallArrives { client, life, call, request, repeated: true });
                }
                self.schedule(at_ms, Happening::CallArrives { client, life, call, request, repeated: false });
            }
            Output::Completed(id, result) => {
                self.clients[client].results.insert(id, result);
            }
            Output::Event(event) => self.clients[client].events.push(event),
            Output::WakeAt(at) => {
                let life = self.clients[client].life;
                let at_ms = at.saturating_add_signed(-self.clients[client].clock_offset_ms).max(self.now_ms);
                self.clients[client].wake_at_ms = Some(at_ms);
                self.schedule(at_ms, Happening::Tick { client, life, at_ms });
            }
            Output::Reconnect => {
                if let Some(connection) = self.clients[client].connection {
                    self.close(connection);
                } else {
                    self.connect_later(client, 1);
                }
            }
        }
    }

    /// The device's session at the relay; opened when there is none, as a driver does on `unauthenticated`.
    fn caller(&mut self, client: ClientId) -> Result<Caller, Refusal> {
        let account = self.clients[client].query(query::account).ok_or(Code::Unauthenticated)?;
        let key = (account.user.clone(), account.device);
        if let Some(caller) = self.tokens.get(&key) {
            return Ok(caller.clone());
        }
        let caller = self.relay.authenticate(self.now_ms, &mut self.clients[client], &account.user, &account.device)?;
        self.tokens.insert(key, caller.clone());
        Ok(caller)
    }

    fn call_arrives(&mut self, client: ClientId, life: u64, call: CallId, request: Request, repeated: bool) {
        self.arrivals += 1;
        let lose_before =
            self.strikes(self.faults.relay_crash_before) || self.kill == Some(Kill::RelayBefore(self.arrivals));
        let lose_after = !lose_before
            && (self.strikes(self.faults.relay_crash_after) || self.kill == Some(Kill::RelayAfter(self.arrivals)));
        let answer = match request.to_http().authentication {
            Authentication::None => self.relay.call(self.now_ms, None, request.clone(), lose_before),
            Authentication::Device => match self.caller(client) {
                Ok(caller) => self.relay.call(self.now_ms, Some(&caller), request.clone(), lose_before),
                Err(refusal) => Some(Err(refusal)),
            },
        };
        if matches!(request, Request::RemoveDevice { .. }) {
            self.tokens.clear();
        }
        if lose_before || lose_after {
            self.crash_relay();
        } else {
            self.poll_relay();
        }
        if repeated {
            return;
        }
        let answer = match (answer, &mut self.tamper_answer) {
            (Some(answer), Some(tamper)) => Some(tamper(client, &request, answer)),
            (answer, _) => answer,
        };
        let lost = lose_before || lose_after || self.strikes(self.faults.lost_answer);
        let (answer, wait) = match answer {
            Some(answer) if !lost => (answer.map_err(CallFailure::Refused), self.delay()),
            _ => (Err(CallFailure::Unreachable("lost".into())), CALL_TIMEOUT_MS),
        };
        self.schedule(self.now_ms + wait, Happening::CallAnswered { client, life, call, answer });
    }

    fn poll_relay(&mut self) {
        for (connection, frames, closed) in self.relay.poll() {
            self.deliver(connection, frames);
            if closed {
                self.close(connection);
            }
        }
        self.schedule_work();
    }

    fn deliver(&mut self, connection: ConnectionId, frames: Vec<ServerFrame>) {
        for frame in frames {
            let delay = self.delay();
            let Some((client, _, to_client)) = self.connections.get_mut(&connection) else { return };
            *to_client = (*to_client).max(self.now_ms + delay);
            let (client, at_ms) = (*client, *to_client);
            self.schedule(at_ms, Happening::FrameDelivered { client, connection, frame });
        }
    }

    /// The conversation that a client knows by this title.
    pub fn conversation(&mut self, client: ClientId, title: &str) -> Option<GroupId> {
        let all = self.clients[client].query(query::conversations);
        all.into_iter().find(|conversation| conversation.title == title).map(|conversation| conversation.group)
    }
}
