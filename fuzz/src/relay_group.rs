//! What members send to the relay's side of a group, and what a relay sends to a member. Garbage rarely gets past the first
//! length, so an input is either a message itself or a list of changes to a valid one.

use chancery_mls::{
    Device, Group, GroupData, GroupKind, Join, RelayGroup, Role, Trust, VerifiedKeyPackage,
    testkit::{MemoryStore, TestOrg},
};
use chancery_wire::{GroupId, signed::Suite};
use std::{cell::RefCell, collections::BTreeMap};

thread_local! {
    static FIXTURE: RefCell<Fixture> = RefCell::new(Fixture::new());
}

/// First byte: what is damaged. Second byte: even for changes to a valid message, odd for the message itself.
pub fn run(bytes: &[u8]) {
    let [what, how, rest @ ..] = bytes else { return };
    FIXTURE.with_borrow_mut(|fixture| {
        fixture.run(*what, |valid| if how & 1 == 1 { rest.to_vec() } else { damage(valid, rest) })
    });
}

/// Each four bytes change one place.
fn damage(valid: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    for change in changes.chunks_exact(4) {
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(u16::from_be_bytes([change[1], change[2]])) % bytes.len();
        match change[0] % 4 {
            0 => bytes[at] = change[3],
            1 => bytes.truncate(at),
            2 => bytes.insert(at, change[3]),
            _ => {
                bytes.remove(at);
            }
        }
    }
    bytes
}

/// A group of Alice and Bob at the relay, and one valid message of each kind for its next epoch.
struct Fixture {
    org: TestOrg,
    trust: Trust,
    alice: Device,
    bob: Device,
    carol: Device,
    relay: RelayGroup,
    snapshot: Vec<u8>,
    bob_store: MemoryStore,
    bob_values: BTreeMap<Vec<u8>, Vec<u8>>,
    carol_store: MemoryStore,
    carol_values: BTreeMap<Vec<u8>, Vec<u8>>,
    first_info: Vec<u8>,
    first_tree: Vec<u8>,
    commit: Vec<u8>,
    group_info: Vec<u8>,
    welcome: Vec<u8>,
    next_tree: Vec<u8>,
    key_package: Vec<u8>,
    proposal: Vec<u8>,
    application: Vec<u8>,
}

impl Fixture {
    fn new() -> Self {
        const VALID: &str = "the fixture is valid";
        let org = TestOrg::new("example.org");
        let trust = org.trust();
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| org.device(name, "device"));
        let [store, bob_store, carol_store] = [MemoryStore::new(), MemoryStore::new(), MemoryStore::new()];
        let id = GroupId::random(&mut org.rng(), &org.domain);
        let role = |name| (org.user_id(name), Role::Admin);
        let data = GroupData {
            kind: GroupKind::Group,
            roles: [role("alice"), role("bob"), role("carol")].into_iter().collect(),
            purpose: "fuzzing".into(),
            classification: String::new(),
            policy_version: 1,
            recorders: Vec::new(),
        };
        let package = |device: &Device, store: &MemoryStore| {
            let made = device.make_key_packages(store, Suite::Classical, 1, false, org.now()).expect(VALID).remove(0);
            VerifiedKeyPackage::verify(&made, &trust, org.now()).expect(VALID)
        };
        let created = Group::create(&store, &alice, &trust, &id, Suite::Classical, data).expect(VALID);
        let mut relay = RelayGroup::create(&trust, &created.group_info, &created.tree, org.now()).expect(VALID);
        let mut group = created.group;
        let caller = (&alice.owner().user, &alice.owner().device);

        let add = package(&bob, &bob_store);
        let added = group.commit(&store, &alice, &trust, std::slice::from_ref(&add), &[], None).expect(VALID);
        let welcome = added.welcome.as_deref();
        relay.apply_commit(&trust, caller, &added.commit, &added.group_info, welcome, org.now()).expect(VALID);
        group.merge_pending_commit(&store, &trust, org.now()).expect(VALID);
        let mine = RelayGroup::trim_welcome(welcome.expect(VALID), &add.bytes).expect(VALID);
        let joined =
            Join::open(&bob_store, &bob, &trust, &mine, &relay.tree()).and_then(|join| join.accept(&bob_store));
        joined.expect(VALID).flush(&bob_store).expect(VALID);

        let application = group.encrypt(&store, &alice, b"hello", b"").expect(VALID);
        // Bob's side proposes, so that Alice's commit has nothing pending to cover.
        let bob_values = bob_store.snapshot();
        let mut bobs = Group::load(&bob_store, &trust, &id).expect(VALID);
        let leaf = bobs.own_leaf().expect(VALID).index;
        let proposal = bobs.propose_remove(&bob_store, &bob, leaf).expect(VALID);
        bob_store.restore(bob_values.clone());

        let add = package(&carol, &carol_store);
        let committed = group.commit(&store, &alice, &trust, std::slice::from_ref(&add), &[], None).expect(VALID);
        let snapshot = relay.snapshot();
        let mut next = RelayGroup::from_snapshot(&snapshot, &trust).expect(VALID);
        let welcome = committed.welcome.clone().expect(VALID);
        next.apply_commit(&trust, caller, &committed.commit, &committed.group_info, Some(&welcome), org.now())
            .expect(VALID);
        Self {
            trust,
            relay,
            snapshot,
            bob_store,
            bob_values,
            carol_values: carol_store.snapshot(),
            carol_store,
            first_info: created.group_info,
            first_tree: created.tree,
            commit: committed.commit,
            group_info: committed.group_info,
            welcome,
            next_tree: next.tree(),
            key_package: add.bytes.clone(),
            proposal,
            application,
            org,
            alice,
            bob,
            carol,
        }
    }

    fn run(&mut self, what: u8, input: impl Fn(&[u8]) -> Vec<u8>) {
        let now = self.org.now();
        match what % 14 {
            0 => drop(RelayGroup::check_application(self.relay.id(), self.relay.epoch(), &input(&self.application))),
            1 => drop(RelayGroup::trim_welcome(&input(&self.welcome), &self.key_package)),
            2 => drop(RelayGroup::trim_welcome(&self.welcome, &input(&self.key_package))),
            3 => self.apply(&input(&self.commit), &self.group_info.clone(), Some(&self.welcome.clone())),
            4 => self.apply(&self.commit.clone(), &input(&self.group_info), Some(&self.welcome.clone())),
            5 => self.apply(&self.commit.clone(), &self.group_info.clone(), Some(&input(&self.welcome))),
            6 => {
                let caller = (&self.bob.owner().user, &self.bob.owner().device);
                let applied = self.relay.apply_proposal(&self.trust, caller, &input(&self.proposal));
                self.renew(applied.is_ok());
            }
            7 => drop(RelayGroup::create(&self.trust, &input(&self.first_info), &self.first_tree, now)),
            8 => drop(RelayGroup::create(&self.trust, &self.first_info, &input(&self.first_tree), now)),
            9 => drop(VerifiedKeyPackage::verify(&input(&self.key_package), &self.trust, now)),
            10 => self.process(&input(&self.commit)),
            11 => self.process(&input(&self.application)),
            12 => self.join(&input(&self.welcome), &self.next_tree.clone()),
            _ => self.join(&self.welcome.clone(), &input(&self.next_tree)),
        }
    }

    fn apply(&mut self, commit: &[u8], group_info: &[u8], welcome: Option<&[u8]>) {
        let epoch = self.relay.epoch();
        let caller = (&self.alice.owner().user, &self.alice.owner().device);
        let applied = self.relay.apply_commit(&self.trust, caller, commit, group_info, welcome, self.org.now());
        if applied.is_err() {
            assert_eq!(self.relay.epoch(), epoch, "what was refused changes nothing");
        }
        self.renew(applied.is_ok());
    }

    /// Takes the relay's group back to where it was.
    fn renew(&mut self, changed: bool) {
        if changed {
            self.relay = RelayGroup::from_snapshot(&self.snapshot, &self.trust).expect("the fixture is valid");
        }
    }

    fn process(&mut self, item: &[u8]) {
        let mut group = Group::load(&self.bob_store, &self.trust, self.relay.id()).expect("the fixture is valid");
        let _ = group.process(&self.bob_store, &self.trust, item, self.org.now());
        self.bob_store.restore(self.bob_values.clone());
    }

    fn join(&mut self, welcome: &[u8], tree: &[u8]) {
        let join = Join::open(&self.carol_store, &self.carol, &self.trust, welcome, tree);
        let _ = join.and_then(|join| join.accept(&self.carol_store));
        self.carol_store.restore(self.carol_values.clone());
    }
}
