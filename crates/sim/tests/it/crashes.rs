//! A client or the relay dies at every single place of a script, before and after it commits: everything comes right all the same.
//! That takes minutes, so usually only some places are tried, others for each kind of death; all of them with
//! `CHANCERY_SIM_EVERY_PLACE=1`.

use crate::kit::texts;
use chancery_core::{
    Command, CommandResult,
    api::{ConversationState, Draft},
    query,
};
use chancery_sim::{
    ClientId, Faults, Kill, World,
    checkers::{self, Facts, Linked, MARKER, MARKER_DIGITS, Sent},
    organisation::RELAY,
    relay::Stay,
};
use chancery_wire::{
    GroupId, UserId,
    api::{Request, Response, devices::Claim},
    limits::KEY_PACKAGE_LOW,
    signed::Suite,
};

/// Every so many places are tried usually: odd, so that deaths before and after the commit take turns.
const USUAL_STEP: usize = 7;
/// Attempts of a person whose device dies once.
const ATTEMPTS: usize = 3;

struct Story {
    world: World,
    facts: Facts,
}

impl Story {
    fn new() -> Self {
        Self { world: World::new(7, Suite::Classical, Faults::none()), facts: Facts::default() }
    }

    fn user(&mut self, client: ClientId) -> UserId {
        self.world.user(client).expect("joined")
    }

    /// What a person does whose device died over it: the same again.
    fn insist(&mut self, client: ClientId, command: &Command) -> Option<CommandResult> {
        (0..ATTEMPTS).find_map(|_| {
            let result = self.world.command(client, command.clone());
            self.world.run_for(1_500);
            result.ok()
        })
    }

    fn start(&mut self, client: ClientId, command: &Command) -> GroupId {
        if let Some(CommandResult::Conversation { group }) = self.insist(client, command) {
            return group;
        }
        // It died after it had made the conversation: the person finds it in the list.
        let all = self.world.clients[client].query(query::conversations);
        all.last().expect("the conversation was made").group.clone()
    }

    fn send(&mut self, client: ClientId, group: &GroupId) {
        let marker = format!("{MARKER}{:0MARKER_DIGITS$}", self.facts.markers.len());
        self.facts.markers.push(marker.clone());
        let draft = Draft::Text { text: marker.clone(), reply_to: None };
        if let Ok(CommandResult::Queued { message }) =
            self.world.command(client, Command::Send { group: group.clone(), draft })
        {
            // Whom these stories let in, they let in on purpose.
            let audience = (0..self.world.clients.len()).filter_map(|other| self.world.user(other)).collect();
            self.facts.sent.push(Sent { client, group: group.clone(), message, marker, audience });
        }
        self.world.run_for(700);
    }
}

/// Runs `prepare`, then `act` with a death at each of its places in turn; `verify` looks at the end.
fn at_every_place<T>(prepare: fn(&mut Story) -> T, act: fn(&mut Story, &T), verify: fn(&mut Story, &T)) {
    let mut story = Story::new();
    let setting = prepare(&mut story);
    let (inputs, arrivals) = (story.world.inputs, story.world.arrivals);
    act(&mut story, &setting);
    let clients = (inputs + 1..=story.world.inputs).flat_map(|n| [Kill::ClientBefore(n), Kill::ClientAfter(n)]);
    let relay = (arrivals + 1..=story.world.arrivals).flat_map(|n| [Kill::RelayBefore(n), Kill::RelayAfter(n)]);
    let places: Vec<Kill> = clients.chain(relay).collect();
    assert!(places.len() > 20);
    let step = if std::env::var_os("CHANCERY_SIM_EVERY_PLACE").is_some() { 1 } else { USUAL_STEP };
    for kill in places.into_iter().step_by(step) {
        let mut story = Story::new();
        story.world.kill = Some(kill);
        let setting = prepare(&mut story);
        act(&mut story, &setting);
        story.world.kill = None;
        story.world.come_to_rest();
        let problems = checkers::check(&mut story.world, &story.facts);
        assert!(problems.is_empty(), "{kill:?}: {problems:#?}");
        verify(&mut story, &setting);
    }
}

#[test]
fn sending_survives_a_death_at_every_place() {
    at_every_place(
        |story| {
            let [alice, bob] = ["alice", "bob"].map(|name| story.world.join(name));
            let user = story.user(bob);
            let group = story.start(alice, &Command::StartDirect { user });
            story.world.run_for(60_000);
            (alice, bob, group)
        },
        |story, (alice, bob, group)| {
            story.send(*alice, group);
            story.send(*bob, group);
            let _ = story.world.command(*bob, Command::MarkRead { group: group.clone(), up_to: None });
            story.send(*alice, group);
        },
        |story, (_, bob, group)| {
            assert!(texts(&mut story.world, *bob, group).len() >= story.facts.sent.len());
        },
    );
}

#[test]
fn starting_adding_and_removing_survive_a_death_at_every_place() {
    at_every_place(
        |story| ["alice", "bob", "carol"].map(|name| story.world.join(name)),
        |story, [alice, bob, carol]| {
            let (bob, carol) = (story.user(*bob), story.user(*carol));
            let start = Command::StartGroup { name: "Office".into(), users: vec![bob.clone()], purpose: String::new() };
            let group = story.start(*alice, &start);
            story.send(*alice, &group);
            story.insist(*alice, &Command::AddUsers { group: group.clone(), users: vec![carol] });
            story.send(*alice, &group);
            story.insist(*alice, &Command::RemoveUsers { group: group.clone(), users: vec![bob] });
            story.send(*alice, &group);
        },
        |story, [alice, bob, carol]| {
            let all = story.world.clients[*alice].query(query::conversations);
            let group = all.first().expect("the group is there").group.clone();
            let state = |story: &mut Story, client: ClientId| crate::kit::state(&mut story.world, client, &group);
            assert_eq!(state(story, *carol), ConversationState::Active);
            assert_eq!(state(story, *bob), ConversationState::Removed);
        },
    );
}

#[test]
fn joining_survives_a_death_at_every_place() {
    at_every_place(
        |story| story.world.join("alice"),
        |story, alice| {
            let bob = story.world.join("bob");
            let user = story.user(*alice);
            let group = story.start(bob, &Command::StartDirect { user });
            story.send(bob, &group);
        },
        |story, alice| {
            let heard = story.world.clients[*alice].query(query::conversations);
            assert!(story.facts.sent.is_empty() || heard.iter().any(|view| !view.preview.is_empty()));
        },
    );
}

#[test]
fn linking_survives_a_death_at_every_place() {
    at_every_place(
        |story| {
            let [alice, bob] = ["alice", "bob"].map(|name| story.world.join(name));
            let user = story.user(bob);
            let group = story.start(alice, &Command::StartDirect { user });
            story.send(alice, &group);
            story.send(bob, &group);
            story.world.run_for(60_000);
            (alice, story.world.add_client("tablet"), group)
        },
        |story, (alice, tablet, _)| {
            let start = Command::StartLink { relay: RELAY.into(), label: "tablet".into() };
            let Some(CommandResult::LinkStarted { link, .. }) = story.insist(*tablet, &start) else { panic!() };
            story.insist(*alice, &Command::ApproveLink { link, history: true });
            story.world.run_for(20_000);
            story.facts.linked.push(Linked { new: *tablet, from: *alice, at_ms: story.world.now_ms });
        },
        |story, (alice, tablet, group)| {
            assert_eq!(story.world.user(*tablet), story.world.user(*alice));
            assert_eq!(texts(&mut story.world, *tablet, group), texts(&mut story.world, *alice, group));
        },
    );
}

#[test]
fn removing_a_device_survives_a_death_at_every_place() {
    at_every_place(
        |story| {
            let [alice, bob] = ["alice", "bob"].map(|name| story.world.join(name));
            let tablet = story.world.link(alice, "tablet");
            let user = story.user(bob);
            let mut groups = Vec::new();
            for name in ["One", "Two", "Three"] {
                let users = vec![user.clone()];
                let start = Command::StartGroup { name: name.into(), users, purpose: String::new() };
                groups.push(story.start(alice, &start));
            }
            story.world.run_for(180_000);
            (alice, tablet, groups)
        },
        |story, (alice, tablet, groups)| {
            let device = story.world.clients[*tablet].query(query::account).expect("linked").device;
            story.insist(*alice, &Command::RemoveDevice { device });
            let at_ms = story.world.now_ms;
            story.facts.revoked_at_ms.entry(device).or_insert(at_ms);
            story.send(*alice, &groups[1]);
            story.world.run_for(20_000);
        },
        |story, (_, tablet, groups)| {
            let device = story.world.clients[*tablet].query(query::account).expect("linked").device;
            let inside = |stay: &Stay| stay.device == device && stay.removed.is_none();
            assert!(!story.world.relay.stays().iter().any(inside), "out of all {} groups", groups.len());
        },
    );
}

#[test]
fn uploading_key_packages_survives_a_death_at_every_place() {
    at_every_place(
        |story| ["alice", "bob"].map(|name| story.world.join(name)),
        |story, [alice, bob]| {
            let users = vec![story.user(*bob)];
            for _ in 0..15 {
                let body = Claim { suite: Suite::Classical, users: users.clone() };
                let claimed = story.world.ask(*alice, Request::ClaimKeyPackages { body });
                assert!(matches!(claimed, Ok(Response::Claims(_))));
            }
            story.world.go_offline(*bob);
            story.world.run_for(1_000);
            story.world.go_online(*bob);
            story.world.run_for(20_000);
        },
        |story, [alice, bob]| {
            let Ok(Response::Stocks(stocks)) = story.world.ask(*bob, Request::GetStocks {}) else { panic!() };
            assert!(stocks.stocks.iter().all(|stock| stock.ordinary as usize >= KEY_PACKAGE_LOW && stock.last_resort));
            // What is at the relay can be used: its private half was stored first.
            let user = story.user(*bob);
            let group = story.start(*alice, &Command::StartDirect { user });
            story.send(*alice, &group);
            story.world.run_for(5_000);
            assert_eq!(texts(&mut story.world, *bob, &group).len(), 1);
        },
    );
}
