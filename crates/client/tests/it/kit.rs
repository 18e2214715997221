//! People with devices.

use chancery_client::{Client, Machine, Options, Profile, Retry, Status};
use chancery_core::{
    Command, CommandResult, Core, Fault, Tx,
    api::{Draft, MessageView},
    query,
};
use chancery_server::testkit::TestServer;
use chancery_wire::{GroupId, MessageId};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::{path::Path, time::Duration};
use tempfile::TempDir;

/// Nothing in these tests takes longer, unless it hangs.
pub const LIMIT: Duration = Duration::from_secs(60);

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub fn options() -> Options {
    Options {
        retry: Retry { first: Duration::from_millis(20), longest: Duration::from_millis(500) },
        ..Options::default()
    }
}

pub fn open(folder: &Path) -> Profile {
    Profile::open(folder, || None).unwrap()
}

/// One device of somebody.
pub struct Device {
    pub client: Client,
    pub folder: TempDir,
}

impl Device {
    /// A profile that nobody has joined with yet.
    pub fn new() -> Self {
        Self::with_machine(Core::new)
    }

    pub fn with_options(options: Options) -> Self {
        let folder = TempDir::new().unwrap();
        let client = Client::start(open(folder.path()), options).unwrap();
        Self { client, folder }
    }

    pub fn with_machine<M: Machine>(make: impl FnOnce() -> M + Send + 'static) -> Self {
        let folder = TempDir::new().unwrap();
        let client = Client::start_machine(open(folder.path()), options(), make).unwrap();
        Self { client, folder }
    }

    /// Somebody's first device, connected through `url`.
    pub async fn join(server: &TestServer, local: &str, url: &str) -> Self {
        Self::new().joined(server, local, url).await
    }

    pub async fn joined(self, server: &TestServer, local: &str, url: &str) -> Self {
        let mut link = server.invite(local, &mut rng(local.bytes().map(u64::from).sum())).await;
        link.relay = chancery_wire::link::relay_origin(url).unwrap();
        let joined = self.client.command(Command::Join { link: link.to_text(), label: "laptop".into() }).await.unwrap();
        assert!(matches!(joined, CommandResult::Joined { .. }), "{joined:?}");
        self.client.sync(LIMIT).await.unwrap();
        self
    }

    /// Ends and starts again, as a later process would.
    pub async fn restart(self) -> Self {
        let Self { client, folder } = self;
        client.shutdown().await;
        let client = Client::start(open(folder.path()), options()).unwrap();
        Self { client, folder }
    }

    pub async fn direct(&self, with: &str) -> GroupId {
        let user = with.parse().unwrap();
        match self.client.command(Command::StartDirect { user }).await.unwrap() {
            CommandResult::Conversation { group } => group,
            other => panic!("{other:?}"),
        }
    }

    pub async fn say(&self, group: &GroupId, text: &str) -> MessageId {
        let draft = Draft::Text { text: text.to_owned(), reply_to: None };
        match self.client.command(Command::Send { group: group.clone(), draft }).await.unwrap() {
            CommandResult::Queued { message } => message,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the store says so.
    pub async fn until<T: Send + 'static>(
        &self,
        read: impl Fn(&dyn Tx) -> Result<Option<T>, Fault> + Clone + Send + 'static,
    ) -> T {
        let mut events = self.client.events();
        let wait = async {
            loop {
                if let Some(found) = self.client.query(read.clone()).await.unwrap() {
                    return found;
                }
                let _ = events.recv().await;
            }
        };
        tokio::time::timeout(LIMIT, wait).await.expect("it never came")
    }

    pub async fn messages(&self, group: &GroupId) -> Vec<MessageView> {
        let group = group.clone();
        self.client.query(move |tx| query::messages(tx, &group, None, 1000)).await.unwrap()
    }

    /// Texts of a conversation, notes left out.
    pub async fn texts(&self, group: &GroupId) -> Vec<String> {
        texts(&self.messages(group).await)
    }

    /// Waits for a text, in whatever conversation.
    pub async fn wait_for(&self, text: &str) -> GroupId {
        let text = text.to_owned();
        self.until(move |tx| {
            for conversation in query::conversations(tx)? {
                let messages = query::messages(tx, &conversation.group, None, 1000)?;
                if texts(&messages).contains(&text) {
                    return Ok(Some(conversation.group));
                }
            }
            Ok(None)
        })
        .await
    }

    pub async fn wait_status(&self, wanted: impl FnMut(&Status) -> bool) -> Status {
        let mut status = self.client.status();
        tokio::time::timeout(LIMIT, status.wait_for(wanted)).await.expect("it never came").unwrap().clone()
    }
}

pub fn texts(messages: &[MessageView]) -> Vec<String> {
    use chancery_core::api::BodyView;
    messages
        .iter()
        .filter_map(|message| match &message.body {
            BodyView::Text { text } => Some(text.clone()),
            BodyView::File { name, .. } => Some(format!("file {name}")),
            _ => None,
        })
        .collect()
}

/// Bytes that look like nothing in particular.
pub fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rand_core::RngCore::fill_bytes(&mut rng(seed), &mut bytes);
    bytes
}

/// Alice and Bob in a conversation, she through a proxy.
pub struct Pair {
    pub server: TestServer,
    pub proxy: crate::proxy::Proxy,
    pub alice: Device,
    pub bob: Device,
    pub group: GroupId,
}

impl Pair {
    pub async fn new() -> Self {
        Self::with(Device::new()).await
    }

    /// With this as Alice's device.
    pub async fn with(alice: Device) -> Self {
        let server = TestServer::start().await;
        let proxy = crate::proxy::Proxy::start(server.server().local_addr()).await;
        let alice = alice.joined(&server, "alice", &proxy.url()).await;
        let bob = Device::join(&server, "bob", &server.url()).await;
        let group = alice.direct("bob@example.org").await;
        alice.say(&group, "a file follows").await;
        bob.wait_for("a file follows").await;
        alice.client.drain(LIMIT).await.unwrap();
        Self { server, proxy, alice, bob, group }
    }

    /// A file of Alice's.
    pub fn file(&self, name: &str, content: &[u8]) -> std::path::PathBuf {
        let path = self.alice.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Waits until Bob has the file's message.
    pub async fn arrived(&self, name: &str) -> MessageId {
        self.bob.wait_for(&format!("file {name}")).await;
        let all = self.bob.messages(&self.group).await;
        all.iter().rfind(|m| texts(std::slice::from_ref(m)) == [format!("file {name}")]).unwrap().id
    }

    /// Ciphertext files in the relay's folder.
    pub fn at_the_relay(&self) -> Vec<std::path::PathBuf> {
        let shards = std::fs::read_dir(self.server.folder().join("files")).unwrap();
        shards
            .map(|shard| shard.unwrap().path())
            .filter(|shard| shard.is_dir())
            .flat_map(|shard| std::fs::read_dir(shard).unwrap().map(|file| file.unwrap().path()))
            .collect()
    }
}
