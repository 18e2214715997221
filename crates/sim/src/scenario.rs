//! A seeded workload: people with devices who do what people do, while the network, the machines and the clocks fail.

use crate::{
    checkers::{self, Facts, Linked, Sent},
    client::ClientId,
    faults::Faults,
    organisation::RELAY,
    world::World,
};
use chancery_core::{
    Command, CommandResult, Event,
    api::{BodyView, ConversationState, ConversationView, Draft, MessageState, MessageView},
    query,
};
use chancery_mls::{GroupKind, Role};
use chancery_wire::{GroupId, UserId, signed::Suite};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeSet;

const NAMES: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
const EMOJI: [&str; 3] = ["👍", "❤️", "😂"];
/// Devices of one person.
const MAX_DEVICES: usize = 3;
/// Messages from which a reply, edit, deletion or reaction takes its target.
const RECENT_MESSAGES: usize = 12;
/// Every so many seeds run with the post-quantum suite, which is slower.
const HYBRID_EVERY: u64 = 8;
/// How long somebody is away who falls behind the horizon of 30 days, in milliseconds.
const LONG_AWAY_MS: u64 = 32 * 24 * 3600 * 1000;

/// A result that is still to come.
enum Awaited {
    Queued { client: ClientId, id: u64, group: GroupId, marker: String, audience: BTreeSet<UserId> },
    LinkStarted { new: ClientId, from: ClientId, id: u64 },
    Removed { client: ClientId, id: u64, device: chancery_wire::DeviceId },
}

/// A run of one seed.
pub struct Scenario {
    /// The world.
    pub world: World,
    /// What the checkers have to know.
    pub facts: Facts,
    seed: u64,
    rng: ChaCha20Rng,
    awaited: Vec<Awaited>,
    verbose: bool,
    /// Pruning happens in this run, so that devices fall behind the horizon.
    prunes: bool,
    shown_events: Vec<usize>,
    /// What was done, for comparing runs.
    pub diary: Vec<String>,
}

/// What became of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Problems that the checkers found.
    pub problems: Vec<String>,
    /// Messages that were queued.
    pub sent: usize,
    /// Devices.
    pub devices: usize,
}

/// The suite of a seed.
pub fn suite_of(seed: u64) -> Suite {
    if seed % HYBRID_EVERY == HYBRID_EVERY - 1 { Suite::Hybrid } else { Suite::Classical }
}

/// Runs one seed to its end and checks it.
pub fn run(seed: u64, suite: Suite, verbose: bool) -> Outcome {
    let mut scenario = Scenario::new(seed, suite, verbose);
    scenario.people();
    scenario.misfortune();
    scenario.workload();
    scenario.finish()
}

impl Scenario {
    /// A world in which nobody is yet.
    pub fn new(seed: u64, suite: Suite, verbose: bool) -> Self {
        let mut world = World::new(seed, suite, Faults::none());
        world.trace = verbose;
        let mut rng = ChaCha20Rng::seed_from_u64(seed ^ 0x5ce7_a210);
        let prunes = rng.gen_ratio(1, 6);
        Self {
            world,
            facts: Facts::default(),
            seed,
            rng,
            awaited: Vec::new(),
            verbose,
            prunes,
            shown_events: Vec::new(),
            diary: Vec::new(),
        }
    }

    /// People join, some link a second device, and start to talk, in a good network.
    pub fn people(&mut self) {
        let people = self.rng.gen_range(3..=if self.seed.is_multiple_of(5) { 6 } else { 4 });
        for name in &NAMES[..people] {
            let first = self.world.join(name);
            if self.rng.gen_ratio(1, 4) {
                let new = self.world.link(first, &format!("{name}'s 2nd"));
                self.facts.linked.push(Linked { new, from: first, at_ms: self.world.now_ms });
            }
        }
        let founder = self.rng.gen_range(0..self.world.clients.len());
        let others = self.everybody();
        self.start_group(founder, others);
        self.world.run_for(3_000);
        self.note("everybody is here".into());
    }

    /// Draws how bad the day will be.
    pub fn misfortune(&mut self) {
        let bad = Faults::bad();
        let level = self.rng.gen_range(0..=4u32);
        let mut part = |most: u32| if self.rng.gen_ratio(1, 3) { 0 } else { most * level / 4 };
        self.world.faults = Faults {
            min_delay_ms: 1,
            max_delay_ms: u64::from(part(800)).max(5),
            lost_request: part(bad.lost_request),
            lost_answer: part(bad.lost_answer),
            doubled_request: part(bad.doubled_request),
            cut: part(bad.cut),
            client_crash_before: part(bad.client_crash_before),
            client_crash_after: part(bad.client_crash_after),
            relay_crash_before: part(bad.relay_crash_before),
            relay_crash_after: part(bad.relay_crash_after),
            clock_jump: part(bad.clock_jump),
        };
        self.note(format!("{:?}", self.world.faults));
    }

    /// People act.
    pub fn workload(&mut self) {
        for _ in 0..self.rng.gen_range(30..80) {
            let client = self.rng.gen_range(0..self.world.clients.len());
            self.act(client);
            self.collect();
            let wait = if self.rng.gen_ratio(1, 10) { 20_000 } else { 1_500 };
            self.world.run_for(self.rng.gen_range(0..wait));
            self.collect();
        }
    }

    /// Faults stop; what fell behind the horizon is repaired; everything is checked.
    pub fn finish(mut self) -> Outcome {
        self.note("faults stop".into());
        self.world.come_to_rest();
        self.collect();
        if self.prunes {
            for _ in 0..5 {
                if !self.repair_all() {
                    break;
                }
                self.world.come_to_rest();
            }
        }
        if self.decide_about_held() {
            self.world.come_to_rest();
        }
        self.collect();
        let problems = checkers::check(&mut self.world, &self.facts);
        Outcome { problems, sent: self.facts.sent.len(), devices: self.world.clients.len() }
    }

    fn repair_all(&mut self) -> bool {
        let mut repaired = false;
        for client in 0..self.world.clients.len() {
            for view in self.world.clients[client].query(query::conversations) {
                if view.needs_repair {
                    self.note(format!("{} repairs {}", self.world.clients[client].name, view.group));
                    let group = view.group;
                    let repair = Command::Repair { group: group.clone(), agreed: None };
                    if let Ok(CommandResult::RepairAsks { people }) = self.world.command(client, repair) {
                        let agreed = Some(people.into_iter().map(|person| person.user).collect());
                        let _ = self.world.command(client, Command::Repair { group, agreed });
                    }
                    self.world.run_for(2_000);
                    repaired = true;
                }
            }
        }
        repaired
    }

    fn note(&mut self, line: String) {
        if self.verbose {
            println!("--- {line}");
        }
        self.diary.push(format!("{} {line}", self.world.now_ms));
    }

    fn everybody(&mut self) -> Vec<UserId> {
        let mut users: Vec<UserId> =
            (0..self.world.clients.len()).filter_map(|client| self.world.user(client)).collect();
        users.sort();
        users.dedup();
        users
    }

    /// Fetches the results that have come, and shows events.
    fn collect(&mut self) {
        for awaited in std::mem::take(&mut self.awaited) {
            let (client, id) = match &awaited {
                Awaited::Queued { client, id, .. } | Awaited::Removed { client, id, .. } => (*client, *id),
                Awaited::LinkStarted { new, id, .. } => (*new, *id),
            };
            let Some(result) = self.world.clients[client].results.remove(&id) else {
                self.awaited.push(awaited);
                continue;
            };
            match (awaited, result) {
                (Awaited::Queued { group, marker, audience, .. }, Ok(CommandResult::Queued { message })) => {
                    self.facts.sent.push(Sent { client, group, message, marker, audience });
                }
                (Awaited::LinkStarted { new, from, .. }, Ok(CommandResult::LinkStarted { link, .. })) => {
                    self.note(format!("{} approves {}", self.world.clients[from].name, self.world.clients[new].name));
                    self.world.post(from, Command::ApproveLink { link, history: true });
                    self.facts.linked.push(Linked { new, from, at_ms: self.world.now_ms });
                }
                (Awaited::Removed { device, .. }, Ok(_)) => {
                    self.facts.revoked_at_ms.entry(device).or_insert(self.world.now_ms);
                }
                _ => {}
            }
        }
        self.forget_failed_links();
        self.shown_events.resize(self.world.clients.len(), 0);
        for (client, shown) in self.world.clients.iter().zip(&mut self.shown_events) {
            for event in &client.events[*shown..] {
                if self.verbose
                    && matches!(event, Event::Warning(_) | Event::OperationFailed { .. } | Event::DeviceRevoked)
                {
                    println!("    {}: {event:?}", client.name);
                }
            }
            *shown = client.events.len();
        }
    }

    /// A link that a device said to have failed promises nothing.
    fn forget_failed_links(&mut self) {
        let clients = &self.world.clients;
        let failed = |client: ClientId| {
            clients[client]
                .events
                .iter()
                .any(|event| matches!(event, Event::Warning(warning) if warning.code.starts_with("link_")))
        };
        self.facts.linked.retain(|link| !failed(link.new) && !failed(link.from));
    }

    fn act(&mut self, client: ClientId) {
        if self.world.user(client).is_none() || self.world.clients[client].query(query::is_revoked) {
            return;
        }
        match self.rng.gen_range(0..100) {
            0..=39 => self.send(client),
            40..=56 => self.refer(client),
            57..=60 => self.mark_read(client),
            61..=63 => self.start(client),
            64..=74 => self.administer(client),
            75..=76 => self.leave(client),
            77..=80 => self.link(client),
            81..=82 => self.remove_device(client),
            83..=88 => self.world.go_offline(client),
            89..=95 => self.world.go_online(client),
            96 => {
                self.note(format!("{} crashes", self.world.clients[client].name));
                self.world.crash_client(client);
            }
            97 => {
                self.note("the relay crashes".into());
                self.world.crash_relay();
            }
            98 => self.world.clients[client].clock_offset_ms = self.rng.gen_range(-600_000..600_000),
            _ => self.long_away(client),
        }
    }

    fn conversations(&mut self, client: ClientId) -> Vec<ConversationView> {
        let all = self.world.clients[client].query(query::conversations);
        let mut all: Vec<_> = all.into_iter().filter(|view| view.state == ConversationState::Active).collect();
        all.sort_by(|a, b| a.group.cmp(&b.group));
        all
    }

    fn conversation(&mut self, client: ClientId) -> Option<ConversationView> {
        let all = self.conversations(client);
        all.choose(&mut self.rng).cloned()
    }

    fn group(&mut self, client: ClientId) -> Option<ConversationView> {
        let all: Vec<_> = self.conversations(client).into_iter().filter(|view| view.kind == GroupKind::Group).collect();
        all.choose(&mut self.rng).cloned()
    }

    fn marker(&mut self) -> String {
        let marker = format!("{}{:08}", checkers::MARKER, self.facts.markers.len());
        self.facts.markers.push(marker.clone());
        marker
    }

    fn post_draft(&mut self, client: ClientId, group: &GroupId, draft: Draft, marker: Option<String>) {
        self.note(format!("{} in {group}: {draft:?}", self.world.clients[client].name));
        let members = self.world.clients[client].query(|tx| query::members(tx, group));
        let audience = members.into_iter().map(|member| member.user).collect();
        let id = self.world.post(client, Command::Send { group: group.clone(), draft });
        if let Some(marker) = marker {
            self.awaited.push(Awaited::Queued { client, id, group: group.clone(), marker, audience });
        }
    }

    fn send(&mut self, client: ClientId) {
        let Some(view) = self.conversation(client) else { return };
        for _ in 0..if self.rng.gen_ratio(1, 12) { 15 } else { 1 } {
            let marker = self.marker();
            let draft = Draft::Text { text: marker.clone(), reply_to: None };
            self.post_draft(client, &view.group, draft, Some(marker));
        }
    }

    /// Replies, edits, deletes, reacts.
    fn refer(&mut self, client: ClientId) {
        let Some(view) = self.conversation(client) else { return };
        let me = self.world.user(client);
        let recent = self.world.clients[client].query(|tx| query::messages(tx, &view.group, None, RECENT_MESSAGES));
        let texts: Vec<MessageView> =
            recent.into_iter().filter(|message| matches!(message.body, BodyView::Text { .. })).collect();
        let Some(any) = texts.choose(&mut self.rng).cloned() else { return };
        let own =
            texts.iter().filter(|message| message.sender == me).collect::<Vec<_>>().choose(&mut self.rng).map(|m| m.id);
        match (self.rng.gen_range(0..6), own) {
            (0, _) => {
                let marker = self.marker();
                let draft = Draft::Text { text: marker.clone(), reply_to: Some(any.id) };
                self.post_draft(client, &view.group, draft, Some(marker));
            }
            (1 | 2, Some(message)) => {
                let text = self.marker();
                self.post_draft(client, &view.group, Draft::Edit { message, text }, None);
            }
            (3, Some(message)) => {
                if texts.iter().any(|text| text.id == message && text.seq == 0) {
                    self.facts.withdrawn.insert(message);
                }
                self.post_draft(client, &view.group, Draft::Delete { message }, None);
            }
            _ => {
                let mine = any.reactions.iter().find(|(_, users)| me.as_ref().is_some_and(|me| users.contains(me)));
                let (emoji, on) = match mine {
                    Some((emoji, _)) if self.rng.gen_ratio(2, 3) => (emoji.clone(), false),
                    _ => ((*EMOJI.choose(&mut self.rng).expect("not empty")).to_owned(), true),
                };
                self.post_draft(client, &view.group, Draft::React { message: any.id, emoji, on }, None);
            }
        }
    }

    fn mark_read(&mut self, client: ClientId) {
        if let Some(view) = self.conversation(client) {
            self.world.post(client, Command::MarkRead { group: view.group, up_to: None });
        }
    }

    fn start(&mut self, client: ClientId) {
        let mut users = self.everybody();
        users.shuffle(&mut self.rng);
        if self.rng.gen_ratio(1, 2) {
            if let Some(user) = users.pop() {
                self.note(format!("{} starts a 1:1 with {user}", self.world.clients[client].name));
                self.invite(client, std::slice::from_ref(&user));
                self.world.post(client, Command::StartDirect { user });
            }
        } else {
            users.truncate(self.rng.gen_range(1..=users.len()));
            self.start_group(client, users);
        }
    }

    fn start_group(&mut self, client: ClientId, users: Vec<UserId>) {
        let name = self.name();
        self.note(format!("{} starts {name} with {users:?}", self.world.clients[client].name));
        self.invite(client, &users);
        self.world.post(client, Command::StartGroup { name, users, purpose: String::new() });
    }

    fn name(&mut self) -> String {
        let name = format!("secret name {}", self.facts.names.len());
        self.facts.names.push(name.clone());
        name
    }

    /// Adds, removes, gives roles, renames, makes links and opens them. Whoever isn't admin is refused, which is worth trying too.
    fn administer(&mut self, client: ClientId) {
        let Some(view) = self.group(client) else { return };
        let group = view.group;
        let members: Vec<UserId> = self.world.clients[client]
            .query(|tx| query::members(tx, &group))
            .into_iter()
            .map(|member| member.user)
            .collect();
        let strangers: Vec<UserId> = self.everybody().into_iter().filter(|user| !members.contains(user)).collect();
        let kind = self.rng.gen_range(0..8);
        if kind == 7 && self.join_by_link(client, &group, &strangers) {
            return;
        }
        let command = match (kind, strangers.choose(&mut self.rng), members.choose(&mut self.rng)) {
            (0 | 1, Some(user), _) => Command::AddUsers { group, users: vec![user.clone()] },
            (0..=2, _, Some(user)) => Command::RemoveUsers { group, users: vec![user.clone()] },
            (3, _, Some(user)) => {
                let role =
                    *[Role::Admin, Role::Admin, Role::Member, Role::Reader].choose(&mut self.rng).expect("not empty");
                Command::SetRole { group, user: user.clone(), role }
            }
            (4, ..) => Command::Rename { group, name: self.name() },
            _ => Command::SetGroupLink { group, on: self.rng.gen_ratio(4, 5) },
        };
        self.note(format!("{}: {command:?}", self.world.clients[client].name));
        if let Command::AddUsers { users, .. } = &command {
            self.invite(client, users);
        }
        self.world.post(client, command);
    }

    /// Somebody who isn't in a group opens the link that this client gives out. Says whether there is one.
    fn join_by_link(&mut self, client: ClientId, group: &GroupId, strangers: &[UserId]) -> bool {
        let link = self.world.clients[client].query(|tx| query::group_link(tx, group));
        let (Some(link), Some(user)) = (link, strangers.choose(&mut self.rng)) else { return false };
        let Some(stranger) = (0..self.world.clients.len()).find(|other| self.world.user(*other).as_ref() == Some(user))
        else {
            return false;
        };
        self.note(format!("{user} opens the link of {} into {group}", self.world.clients[client].name));
        // Any admin's device may let them in.
        for admin in self.everybody() {
            self.facts.invited.insert((admin, user.clone()));
        }
        self.world.post(stranger, Command::JoinByLink { link });
        true
    }

    /// This client's person means to have these users in some conversation.
    fn invite(&mut self, client: ClientId, users: &[UserId]) {
        if let Some(by) = self.world.user(client) {
            self.facts.invited.extend(users.iter().map(|user| (by.clone(), user.clone())));
        }
    }

    /// Everybody looks through what is held, and sends or deletes it. Says whether there was any.
    fn decide_about_held(&mut self) -> bool {
        let mut decided = false;
        for client in 0..self.world.clients.len() {
            if self.world.user(client).is_none() || self.world.clients[client].query(query::is_revoked) {
                continue;
            }
            for view in self.world.clients[client].query(query::conversations) {
                let messages = self.world.clients[client].query(|tx| query::messages(tx, &view.group, None, 1000));
                for message in messages.into_iter().filter(|message| message.state == MessageState::Held) {
                    decided = true;
                    if self.rng.gen_ratio(1, 2) {
                        self.facts.released.insert(message.id);
                        let _ = self.world.command(client, Command::Resend { message: message.id });
                    } else {
                        self.facts.withdrawn.insert(message.id);
                        let draft = Draft::Delete { message: message.id };
                        let _ = self.world.command(client, Command::Send { group: view.group.clone(), draft });
                    }
                }
            }
        }
        decided
    }

    fn leave(&mut self, client: ClientId) {
        let Some(view) = self.group(client) else { return };
        self.note(format!("{} leaves {}", self.world.clients[client].name, view.group));
        self.world.post(client, Command::Leave { group: view.group });
    }

    fn link(&mut self, client: ClientId) {
        let user = self.world.user(client);
        let devices: Vec<ClientId> =
            (0..self.world.clients.len()).filter(|other| self.world.user(*other) == user).collect();
        if devices.len() >= MAX_DEVICES {
            return;
        }
        let name = format!("{}+{}", self.world.clients[client].name, self.world.clients.len());
        let new = self.world.add_client(&name);
        self.note(format!("{name} wants to be linked"));
        let id = self.world.post(new, Command::StartLink { relay: RELAY.into(), label: name });
        self.awaited.push(Awaited::LinkStarted { new, from: client, id });
    }

    fn remove_device(&mut self, client: ClientId) {
        let devices = self.world.clients[client].query(query::devices);
        let others: Vec<_> = devices.into_iter().filter(|device| !device.this).collect();
        let Some(device) = others.choose(&mut self.rng) else { return };
        self.note(format!("{} removes the device {}", self.world.clients[client].name, device.label));
        let id = self.world.post(client, Command::RemoveDevice { device: device.device });
        self.awaited.push(Awaited::Removed { client, id, device: device.device });
    }

    /// Away for so long that the relay forgets what one hasn't read.
    fn long_away(&mut self, client: ClientId) {
        if !self.prunes {
            return;
        }
        self.note(format!("{} is away for a month", self.world.clients[client].name));
        // Nobody's Welcome is left at the relay for so long: a device that never opened it would have to be added again.
        for other in 0..self.world.clients.len() {
            self.world.go_online(other);
        }
        self.world.run_for(120_000);
        self.world.go_offline(client);
        self.world.run_for(LONG_AWAY_MS);
        self.send_from_others(client);
        let now_ms = self.world.now_ms;
        self.world.relay.prune(now_ms).expect("maintenance goes well");
        self.world.go_online(client);
    }

    fn send_from_others(&mut self, away: ClientId) {
        for client in (0..self.world.clients.len()).filter(|client| *client != away) {
            if self.world.user(client).is_some() && !self.world.clients[client].query(query::is_revoked) {
                self.world.go_online(client);
                self.send(client);
            }
        }
        self.world.run_for(20_000);
    }
}
