//! What the scenarios share.

use chancery_core::{
    Command, CommandResult, Event,
    api::{BodyView, ConversationState, Draft},
    query,
};
use chancery_sim::{ClientId, Faults, World};
use chancery_wire::{
    GroupId, MessageId,
    frames::{LogItem, ServerFrame},
    signed::Suite,
};

/// Alice, Bob and Carol, a group of all three with Alice as admin, and a 1:1 of Alice and Bob.
pub struct Office {
    pub world: World,
    pub alice: ClientId,
    pub bob: ClientId,
    pub carol: ClientId,
    pub group: GroupId,
    pub direct: GroupId,
}

impl Office {
    pub fn new(seed: u64) -> Self {
        let mut world = World::new(seed, Suite::Classical, Faults::none());
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.join(name));
        let users = vec![world.user(bob).unwrap(), world.user(carol).unwrap()];
        let group =
            start(&mut world, alice, Command::StartGroup { name: "Office".into(), users, purpose: String::new() });
        let user = world.user(bob).unwrap();
        let direct = start(&mut world, alice, Command::StartDirect { user });
        // Long enough for everybody to have filled the trees: no commit comes in between later.
        world.run_for(180_000);
        Self { world, alice, bob, carol, group, direct }
    }

    pub fn say(&mut self, client: ClientId, text: &str) -> MessageId {
        let group = self.group.clone();
        send(&mut self.world, client, &group, text)
    }

    pub fn texts(&mut self, client: ClientId) -> Vec<String> {
        let group = self.group.clone();
        texts(&mut self.world, client, &group)
    }

    pub fn state(&mut self, client: ClientId) -> ConversationState {
        state(&mut self.world, client, &self.group)
    }

    /// The 1:1 works as if nothing had happened.
    pub fn the_direct_conversation_is_unharmed(&mut self) {
        let direct = self.direct.clone();
        let before = texts(&mut self.world, self.bob, &direct).len();
        send(&mut self.world, self.alice, &direct, "still here?");
        self.world.run_for(5_000);
        send(&mut self.world, self.bob, &direct, "still here");
        self.world.run_for(5_000);
        for client in [self.alice, self.bob] {
            let texts = texts(&mut self.world, client, &direct);
            assert_eq!(texts[before..], ["still here?", "still here"], "{}", self.world.clients[client].name);
            assert_eq!(state(&mut self.world, client, &direct), ConversationState::Active);
        }
        let accused =
            |event: &&Event| matches!(event, Event::Warning(warning) if warning.group.as_ref() == Some(&direct));
        assert_eq!(self.world.clients[self.bob].events.iter().find(accused), None);
    }

    /// From now on, one client's items of the group go through this.
    pub fn rewrite_items(&mut self, of: ClientId, mut rewrite: impl FnMut(Vec<LogItem>) -> Vec<LogItem> + 'static) {
        let group = self.group.clone();
        self.world.tamper_frame = Some(Box::new(move |client, frame| match frame {
            ServerFrame::Items { group: g, items } if client == of && g == group => {
                let items = rewrite(items);
                (!items.is_empty()).then_some(ServerFrame::Items { group: g, items })
            }
            frame => Some(frame),
        }));
    }

    /// The relay is honest again, and the client connects anew.
    pub fn honest_again(&mut self, client: ClientId) {
        self.world.tamper_frame = None;
        self.world.tamper_answer = None;
        self.reconnect(client);
    }

    pub fn reconnect(&mut self, client: ClientId) {
        self.world.go_offline(client);
        self.world.run_for(2_000);
        self.world.go_online(client);
        self.world.run_for(5_000);
    }

    pub fn warnings(&self, client: ClientId) -> Vec<String> {
        warnings(&self.world, client)
    }

    pub fn assert_warned(&self, client: ClientId, code: &str) {
        let codes = self.warnings(client);
        assert!(codes.iter().any(|warned| warned == code), "{}: {codes:?}", self.world.clients[client].name);
    }
}

pub fn start(world: &mut World, client: ClientId, command: Command) -> GroupId {
    match world.command(client, command) {
        Ok(CommandResult::Conversation { group }) => group,
        other => panic!("{other:?}"),
    }
}

pub fn send(world: &mut World, client: ClientId, group: &GroupId, text: &str) -> MessageId {
    let draft = Draft::Text { text: text.to_owned(), reply_to: None };
    match world.command(client, Command::Send { group: group.clone(), draft }) {
        Ok(CommandResult::Queued { message }) => message,
        other => panic!("{other:?}"),
    }
}

pub fn texts(world: &mut World, client: ClientId, group: &GroupId) -> Vec<String> {
    let messages = world.clients[client].query(|tx| query::messages(tx, group, None, 1000));
    let text = |body| match body {
        BodyView::Text { text } => Some(text),
        _ => None,
    };
    messages.into_iter().filter_map(|message| text(message.body)).collect()
}

pub fn state(world: &mut World, client: ClientId, group: &GroupId) -> ConversationState {
    world.clients[client].query(|tx| query::conversation(tx, group)).expect("the conversation is known").state
}

pub fn warnings(world: &World, client: ClientId) -> Vec<String> {
    let code = |event: &Event| match event {
        Event::Warning(warning) => Some(warning.code.clone()),
        _ => None,
    };
    world.clients[client].events.iter().filter_map(code).collect()
}
