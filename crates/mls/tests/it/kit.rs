//! A relay, devices with stores, and the log between them.

use chancery_mls::{
    Applied, Committed, Device, Group, GroupData, GroupKind, Join, MlsError, Processed, RelayGroup, Role, Trust,
    VerifiedKeyPackage,
    testkit::{MemoryStore, TestOrg},
};
use chancery_wire::{
    GroupId, UserId,
    signed::{Kind, Suite},
};

/// A device with its store and, when it is in, the group.
pub struct Client {
    pub device: Device,
    pub store: MemoryStore,
    pub group: Option<Group>,
}

impl Client {
    pub fn new(device: Device) -> Self {
        Self { device, store: MemoryStore::new(), group: None }
    }

    pub fn group(&mut self) -> &mut Group {
        self.group.as_mut().expect("the client is in the group")
    }

    pub fn state(&self) -> &Group {
        self.group.as_ref().expect("the client is in the group")
    }

    pub fn index(&self) -> u32 {
        self.state().own_leaf().unwrap().index
    }

    pub fn encrypt(&mut self, text: &str) -> Result<Vec<u8>, MlsError> {
        self.group.as_mut().unwrap().encrypt(&self.store, &self.device, text.as_bytes(), b"")
    }

    pub fn reload(&mut self, org: &TestOrg) {
        let id = self.group().id().clone();
        self.group.as_mut().unwrap().flush(&self.store).unwrap();
        self.group = Some(Group::load(&self.store, &org.trust(), &id).unwrap());
    }
}

/// A world: an organisation, a relay's group, clients by index.
pub struct World {
    pub org: TestOrg,
    pub trust: Trust,
    pub suite: Suite,
    pub relay: RelayGroup,
    pub clients: Vec<Client>,
}

pub fn roles(org: &TestOrg, roles: &[(&str, Role)]) -> GroupData {
    GroupData {
        kind: GroupKind::Group,
        roles: roles.iter().map(|(name, role)| (org.user_id(name), *role)).collect(),
        purpose: "tests".into(),
        classification: String::new(),
        policy_version: 1,
        recorders: Vec::new(),
    }
}

pub fn direct(org: &TestOrg, a: &str, b: &str) -> GroupData {
    GroupData { kind: GroupKind::Direct, ..roles(org, &[(a, Role::Member), (b, Role::Member)]) }
}

pub fn key_package(org: &TestOrg, client: &Client, suite: Suite) -> VerifiedKeyPackage {
    let mut made = client.device.make_key_packages(&client.store, suite, 1, false, org.now()).unwrap();
    VerifiedKeyPackage::verify(&made.remove(0), &org.trust(), org.now()).unwrap()
}

impl World {
    /// A group of `data`, made by a new device of `creator`.
    pub fn create(org: TestOrg, suite: Suite, creator: &str, data: GroupData) -> Self {
        let trust = org.trust();
        let mut client = Client::new(org.device(creator, "first"));
        let id = GroupId::random(&mut org.rng(), &org.domain);
        let created = Group::create(&client.store, &client.device, &trust, &id, suite, data).unwrap();
        let relay = RelayGroup::create(&trust, &created.group_info, &created.tree, org.now()).unwrap();
        client.group = Some(created.group);
        Self { org, trust, suite, relay, clients: vec![client] }
    }

    /// A classical group with these roles; everyone has one device in it, the first is the creator.
    pub fn with(names: &[(&str, Role)]) -> Self {
        Self::of(Suite::Classical, names)
    }

    pub fn of(suite: Suite, names: &[(&str, Role)]) -> Self {
        let org = TestOrg::new("example.org");
        let data = roles(&org, names);
        let mut world = Self::create(org, suite, names[0].0, data);
        let others: Vec<&str> = names[1..].iter().map(|(name, _)| *name).collect();
        if !others.is_empty() {
            world.add(0, &others, None).unwrap();
        }
        world
    }

    /// A direct conversation of Alice (0) and Bob (1).
    pub fn direct() -> Self {
        let org = TestOrg::new("example.org");
        let data = direct(&org, "alice", "bob");
        let mut world = Self::create(org, Suite::Classical, "alice", data);
        world.add(0, &["bob"], None).unwrap();
        world
    }

    pub fn id(&self, name: &str) -> UserId {
        self.org.user_id(name)
    }

    /// Client `by` commits the addition of a new device for each name; they join.
    pub fn add(&mut self, by: usize, names: &[&str], data: Option<GroupData>) -> Result<Applied, MlsError> {
        let devices = names.iter().map(|name| self.org.device(name, "device")).collect();
        self.add_devices(by, devices, data)
    }

    pub fn add_kind(
        &mut self,
        by: usize,
        name: &str,
        kind: Kind,
        data: Option<GroupData>,
    ) -> Result<Applied, MlsError> {
        let device = self.org.device_of_kind(name, "device", kind);
        self.add_devices(by, vec![device], data)
    }

    pub fn add_devices(
        &mut self,
        by: usize,
        devices: Vec<Device>,
        data: Option<GroupData>,
    ) -> Result<Applied, MlsError> {
        let new: Vec<Client> = devices.into_iter().map(Client::new).collect();
        let packages: Vec<_> = new.iter().map(|client| key_package(&self.org, client, self.suite)).collect();
        let committed = self.make(by, &packages, &[], data)?;
        let applied = self.deliver(by, &committed)?;
        let tree = self.relay.tree();
        for (mut client, package) in new.into_iter().zip(packages) {
            let welcome =
                RelayGroup::trim_welcome(committed.welcome.as_ref().expect("somebody was added"), &package.bytes)?;
            let join = Join::open(&client.store, &client.device, &self.trust, &welcome, &tree)?;
            client.group = Some(join.accept(&client.store)?);
            self.clients.push(client);
        }
        Ok(applied)
    }

    /// Client `by` makes a commit.
    pub fn make(
        &mut self,
        by: usize,
        add: &[VerifiedKeyPackage],
        remove: &[u32],
        data: Option<GroupData>,
    ) -> Result<Committed, MlsError> {
        let client = &mut self.clients[by];
        client.group.as_mut().unwrap().commit(&client.store, &client.device, &self.trust, add, remove, data)
    }

    /// The relay takes client `by`'s commit, and everybody in the group processes it.
    pub fn deliver(&mut self, by: usize, committed: &Committed) -> Result<Applied, MlsError> {
        let applied = self.offer(by, committed)?;
        self.enter(by, committed);
        Ok(applied)
    }

    /// The relay takes client `by`'s commit.
    pub fn offer(&mut self, by: usize, committed: &Committed) -> Result<Applied, MlsError> {
        let owner = self.clients[by].device.owner().clone();
        self.relay.apply_commit(
            &self.trust,
            (&owner.user, &owner.device),
            &committed.commit,
            &committed.group_info,
            committed.welcome.as_deref(),
            self.org.now(),
        )
    }

    /// Everybody enters the epoch after client `by`'s commit.
    pub fn enter(&mut self, by: usize, committed: &Committed) {
        let now = self.org.now();
        for (index, client) in self.clients.iter_mut().enumerate() {
            let Some(group) = client.group.as_mut().filter(|group| group.is_member()) else { continue };
            if index == by {
                if group.has_pending_commit() {
                    group.merge_pending_commit(&client.store, &self.trust, now).unwrap();
                }
            } else {
                group.process(&client.store, &self.trust, &committed.commit, now).unwrap();
            }
            group.flush(&client.store).unwrap();
        }
        self.check();
    }

    /// Commits and delivers.
    pub fn commit(&mut self, by: usize, remove: &[u32], data: Option<GroupData>) -> Result<Applied, MlsError> {
        let committed = self.make(by, &[], remove, data)?;
        self.deliver(by, &committed)
    }

    /// Client `by` proposes the removal of a leaf; relay and everybody, `by` too, take it.
    pub fn propose(&mut self, by: usize, leaf: u32) -> Result<Vec<u8>, MlsError> {
        let client = &mut self.clients[by];
        let owner = client.device.owner().clone();
        let proposal = client.group.as_mut().unwrap().propose_remove(&client.store, &client.device, leaf)?;
        self.relay.apply_proposal(&self.trust, (&owner.user, &owner.device), &proposal)?;
        self.spread(usize::MAX, &proposal);
        Ok(proposal)
    }

    /// The relay proposes removals; everybody takes them.
    pub fn expel(&mut self, leaves: &[u32]) {
        let proposals = self.relay.propose_removals(&self.trust, &self.org.relay, leaves).unwrap();
        for proposal in proposals {
            self.spread(usize::MAX, &proposal);
        }
    }

    /// Everybody but `by` processes an item.
    pub fn spread(&mut self, by: usize, item: &[u8]) {
        for index in 0..self.clients.len() {
            if index != by && self.clients[index].group.as_ref().is_some_and(Group::is_member) {
                self.process(index, item).unwrap();
            }
        }
    }

    pub fn process(&mut self, by: usize, item: &[u8]) -> Result<Processed, MlsError> {
        let now = self.org.now();
        let client = &mut self.clients[by];
        let result = client.group.as_mut().unwrap().process(&client.store, &self.trust, item, now);
        client.group.as_mut().unwrap().flush(&client.store).unwrap();
        result
    }

    /// Client `from` sends a text, everybody else reads it.
    pub fn say(&mut self, from: usize, text: &str) {
        let message = self.clients[from].encrypt(text).unwrap();
        RelayGroup::check_application(self.relay.id(), self.relay.epoch(), &message).unwrap();
        let sender = self.clients[from].device.owner().clone();
        for index in 0..self.clients.len() {
            if index == from || !self.clients[index].group.as_ref().is_some_and(Group::is_member) {
                continue;
            }
            match self.process(index, &message).unwrap() {
                Processed::Application { sender: leaf, content, .. } => {
                    assert_eq!(content, text.as_bytes());
                    assert_eq!((leaf.user, leaf.device), (sender.user.clone(), sender.device));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// All members and the relay see the same.
    pub fn check(&self) {
        let mut authenticator = None;
        for client in &self.clients {
            let Some(group) = client.group.as_ref().filter(|group| group.is_member()) else { continue };
            assert_eq!(group.epoch(), self.relay.epoch());
            assert_eq!(group.leaves(), self.relay.leaves());
            assert_eq!(group.data(), self.relay.data());
            let own = group.epoch_authenticator();
            assert_eq!(*authenticator.get_or_insert(own.clone()), own);
        }
    }
}
