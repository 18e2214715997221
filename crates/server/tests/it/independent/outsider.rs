//! A device whose MLS, certificates, frames and content are none of ours: from an invitation link to a member, as
//! docs/protocol/join-with-your-own-mls.md tells it.

use super::{
    cbor, certificates,
    content::{self, LogView},
    relay::{Caller, Delivery, Invite, Item, Json, Relay, b64, from_b64, hex},
    stack::{self, GROUP_DATA, Organisation},
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use mls_rs::{
    Client, CryptoProvider, Extension, ExtensionList, Group, MlsMessage,
    client_builder::MlsConfig,
    group::{CommitEffect, ExportedTree, ReceivedMessage},
    mls_rs_codec::MlsEncode,
    time::MlsTime,
};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// A group as this device has it.
pub struct Membership<C: MlsConfig> {
    pub mls: Group<C>,
    pub view: LogView,
    pub seq: u64,
    /// What it sent and has not seen in the log, by item.
    sent: HashMap<Vec<u8>, Vec<u8>>,
}

/// What an item of the log meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A text of a user.
    Text { from: String, words: String },
    /// One's own message came back.
    Own,
    /// A removal was proposed.
    Proposed,
    /// A commit: the epoch that it led to.
    Epoch(u64),
    /// A commit that removed this device.
    Removed,
}

/// What a commit changes.
#[derive(Default)]
pub struct Change<'a> {
    pub add: Vec<Vec<u8>>,
    pub remove: Vec<u32>,
    pub roles: Option<&'a [(&'a str, u64)]>,
}

pub struct Outsider<C: MlsConfig> {
    pub caller: Caller,
    pub relay: Relay,
    pub organisation: Organisation,
    pub mls: Client<C>,
    pub groups: BTreeMap<String, Membership<C>>,
    pub suite: &'static str,
    /// The last item of the inbox that it has stored.
    inbox: u64,
    rng: ChaCha20Rng,
    now: u64,
}

/// The suite's number in MLS, and its name in the API.
pub type Suite = (u16, &'static str);

/// Becomes a user by the link: chapter 1 and 2.
pub async fn join<P: CryptoProvider + Clone>(
    link: &str,
    crypto: P,
    suite: Suite,
    ordinary: usize,
    now: u64,
) -> Outsider<impl MlsConfig + use<P>> {
    let mut rng = ChaCha20Rng::seed_from_u64(4711);
    let (origin, fragment) = link.split_once("/i#").unwrap();
    let fragment = from_b64(&Json::from(fragment));
    let [version, fragment @ ..] = fragment.as_slice() else { panic!() };
    let (fingerprint, seed) = fragment.split_at(32);
    assert_eq!((*version, seed.len()), (1, 16));
    let invitation_key = Sha256::new().chain_update(b"chancery invitation key v1").chain_update(seed).finalize();
    let invitation_key = SigningKey::from_bytes(&invitation_key.into());

    let mut relay = Relay::new(origin);
    let published = relay.get("/v1/organisation").await;
    let root = from_b64(&published["root_key"]);
    assert_eq!(Sha256::digest(&root)[..], *fingerprint, "the root key is the one of the link");
    let root = VerifyingKey::from_bytes(root[..].try_into().unwrap()).unwrap();
    let manifest = certificates::open("manifest", &from_b64(&published["manifest"]), &root).unwrap();
    let keys = manifest.get(certificates::ENROLMENT_KEYS).as_array().unwrap();
    let organisation = Organisation {
        domain: manifest.subject(),
        enrolment_keys: keys.iter().map(certificates::public_key).collect(),
        relay_key: certificates::public_key(manifest.get(certificates::RELAY_KEY)),
    };

    let id = &Sha256::digest(invitation_key.verifying_key().as_bytes())[..16];
    let state = relay.get(&format!("/v1/invitations/{}", hex(id))).await;
    assert_eq!(state["used"], false);
    let invitation = from_b64(&state["invitation"]);
    let claims =
        organisation.enrolment_keys.iter().find_map(|key| certificates::open("invitation", &invitation, key).ok());
    let claims = claims.expect("an enrolment key signed the invitation");
    assert_eq!(claims.key(), invitation_key.verifying_key());

    let (identity, key) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
    let caller = Caller { user: claims.subject(), device: random(&mut rng), key };
    let credential = certificates::credential(
        &invitation,
        &caller.user,
        &invitation_key,
        &identity,
        &caller.key,
        caller.device,
        now,
    );
    let mls = stack::client(&organisation, crypto, suite.0, &credential, &caller.key);
    let make = |last_resort| {
        let extensions = stack::key_package_extensions(now, last_resort);
        let made = mls.generate_key_package_message(extensions, ExtensionList::new(), Some(MlsTime::from(0))).unwrap();
        b64(&made.into_key_package().unwrap().mls_encode_to_vec().unwrap())
    };
    let ordinary: Vec<String> = (0..ordinary).map(|_| make(false)).collect();
    let key_packages = json!({"ordinary": ordinary, "last_resort": [make(true)]});
    relay.post("/v1/users", json!({"credential": b64(&credential), "key_packages": key_packages})).await;
    relay.authenticate(&caller).await;
    let groups = BTreeMap::new();
    Outsider { caller, relay, organisation, mls, groups, suite: suite.1, inbox: 0, rng, now }
}

fn random(rng: &mut ChaCha20Rng) -> [u8; 16] {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// The group data: a group with these roles.
fn group_data(roles: &[(&str, u64)]) -> Vec<u8> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    let roles = roles.iter().map(|(user, role)| (cbor::text(user), (*role).into())).collect();
    let (purpose, classification, recorders) = (cbor::text(""), cbor::text(""), cbor::array([]));
    cbor::encode(&cbor::array([1.into(), cbor::map(roles), purpose, classification, 1.into(), recorders]))
}

impl<C: MlsConfig> Outsider<C> {
    pub async fn connect(&self) -> Delivery {
        self.relay.connect(&self.caller).await
    }

    pub fn group(&mut self, group: &str) -> &mut Membership<C> {
        self.groups.get_mut(group).expect("a group that was joined")
    }

    fn enter(&mut self, id: &str, mls: Group<C>, seq: u64) {
        assert_eq!(mls.group_id(), id.as_bytes());
        let extensions = &mls.context().extensions;
        assert!(self.organisation.accepts(extensions), "the context's extensions: {extensions:?}");
        let data = cbor::decode(&extensions.get(GROUP_DATA).unwrap().extension_data);
        let roles = data.as_array().unwrap()[1].as_map().unwrap();
        let mut devices = Vec::new();
        for member in mls.roster().members() {
            let owner = self.organisation.owner(&member.signing_identity, None).unwrap();
            assert!(roles.iter().any(|(user, _)| user.as_text() == Some(&owner.user)), "a leaf without a role");
            assert!(!devices.contains(&owner.device), "a device is in the tree once");
            devices.push(owner.device);
        }
        let view = LogView::begin(mls.current_epoch(), &mls.epoch_authenticator().unwrap());
        self.groups.insert(id.to_owned(), Membership { mls, view, seq, sent: HashMap::new() });
    }

    /// Joins by a Welcome: chapter 3.
    pub async fn accept(&mut self, invite: &Invite) {
        let tree = self.relay.get(&format!("/v1/groups/{}/tree?epoch={}", invite.group, invite.epoch)).await;
        let tree = ExportedTree::from_bytes(&from_b64(&tree["tree"])).unwrap();
        let welcome = MlsMessage::from_bytes(&invite.welcome).unwrap();
        let (mut group, _) = self.mls.join_group(Some(tree), &welcome, None).unwrap();
        group.write_to_storage().unwrap();
        assert_eq!(group.current_epoch(), invite.epoch);
        self.enter(&invite.group, group, invite.seq);
        self.inbox = self.inbox.max(invite.n);
    }

    /// Takes an item of the log in: chapter 4.
    pub fn process(&mut self, id: &str, item: &Item) -> Event {
        let (organisation, own) = (self.organisation.clone(), self.caller.device);
        let group = self.group(id);
        assert_eq!(item.seq, group.seq + 1, "without gaps");
        group.seq = item.seq;
        let sent = group.sent.remove(&item.item);
        if let Some(sent) = sent.filter(|_| item.device.as_deref() == Some(&own)) {
            assert_eq!(sent, item.body, "the same bytes come back");
            if item.kind != 2 {
                group.view.append(item.seq, &item.item, &item.body);
                return if item.kind == 0 { Event::Own } else { Event::Proposed };
            }
        }
        let message = MlsMessage::from_bytes(&item.body).unwrap();
        assert_eq!(message.epoch(), Some(item.epoch));
        let time = MlsTime::from(item.at_ms / 1000);
        let sender_of = |group: &Group<C>, index| {
            let member = group.member_at_index(index).unwrap();
            organisation.owner(&member.signing_identity, None).unwrap()
        };
        let event = match group.mls.process_incoming_message_with_time(message, time).unwrap() {
            ReceivedMessage::ApplicationMessage(message) => {
                let sender = sender_of(&group.mls, message.sender_index);
                assert_eq!(Some(&sender.device), item.device.as_ref(), "who MLS says it is from");
                if !message.authenticated_data.is_empty() {
                    assert_eq!(message.authenticated_data, group.view.seen(), "the same log");
                }
                Event::Text { from: sender.user, words: content::decode_text(message.data()) }
            }
            ReceivedMessage::Proposal(_) => Event::Proposed,
            ReceivedMessage::Commit(commit) => match commit.effect {
                CommitEffect::NewEpoch(epoch) => Event::Epoch(epoch.epoch),
                CommitEffect::Removed { .. } => Event::Removed,
                CommitEffect::ReInit(_) => panic!("never used"),
            },
            other => panic!("{other:?}"),
        };
        group.mls.write_to_storage().unwrap();
        match &event {
            Event::Epoch(epoch) => {
                group.view = LogView::begin(*epoch, &group.mls.epoch_authenticator().unwrap());
            }
            Event::Removed => {}
            _ => group.view.append(item.seq, &item.item, &item.body),
        }
        event
    }

    /// Takes in what the log has beyond its position.
    pub async fn sync(&mut self, delivery: &mut Delivery, id: &str) -> Vec<Event> {
        let seq = self.group(id).seq;
        let (items, _) = delivery.catch_up(&[(id, seq)], self.inbox).await;
        let mut events = Vec::new();
        for item in items {
            // What was under way when the group was followed again comes twice.
            if item.seq > self.group(id).seq {
                events.push(self.process(id, &item));
            }
        }
        events
    }

    /// A text, encrypted: item, epoch and message.
    pub fn encrypt(&mut self, id: &str, words: &str) -> ([u8; 16], u64, Vec<u8>) {
        let (salt, item) = (random(&mut self.rng), random(&mut self.rng));
        let group = self.group(id);
        let message =
            group.mls.encrypt_application_message(&content::encode_text(salt, words), group.view.seen()).unwrap();
        group.mls.write_to_storage().unwrap();
        let (epoch, body) = (group.mls.current_epoch(), message.to_bytes().unwrap());
        group.sent.insert(item.to_vec(), body.clone());
        (item, epoch, body)
    }

    /// Sends a text over HTTP: chapter 5.
    pub async fn post(&mut self, id: &str, words: &str) -> u64 {
        let (item, epoch, body) = self.encrypt(id, words);
        self.append(id, json!({"item": hex(&item), "kind": "application", "epoch": epoch, "body": b64(&body)})).await
    }

    async fn append(&self, id: &str, item: Json) -> u64 {
        self.relay.post(&format!("/v1/groups/{id}/items"), item).await["seq"].as_u64().unwrap()
    }

    /// Claims one key package of each device of these users, and verifies them.
    pub async fn claim(&self, users: &[&str]) -> Vec<Vec<u8>> {
        let claims = self.relay.post("/v1/key-packages/claims", json!({"suite": self.suite, "users": users})).await;
        let claimed = claims["claimed"].as_array().unwrap().iter().map(|claimed| {
            // An MLSMessage is the version, the wire format and the key package.
            let message = [&[0, 1, 0, 5][..], &from_b64(&claimed["key_package"])].concat();
            let package = MlsMessage::from_bytes(&message).unwrap().into_key_package().unwrap();
            let owner = self.organisation.owner(package.signing_identity(), Some(self.now)).unwrap();
            assert_eq!(Json::from(owner.user), claimed["user"]);
            assert_eq!(Json::from(hex(&owner.device)), claimed["device"]);
            message
        });
        claimed.collect()
    }

    /// Commits: chapter 6. It is merged when the log shows it.
    pub async fn commit(&mut self, id: &str, change: Change<'_>) -> u64 {
        let (item, now) = (random(&mut self.rng), self.now);
        let group = self.group(id);
        let epoch = group.mls.current_epoch();
        let mut extensions = group.mls.context().extensions.clone();
        let mut builder = group.mls.commit_builder().commit_time(MlsTime::from(now));
        for message in &change.add {
            builder = builder.add_member(MlsMessage::from_bytes(message).unwrap()).unwrap();
        }
        for leaf in change.remove {
            builder = builder.remove_member(leaf).unwrap();
        }
        if let Some(roles) = change.roles {
            extensions.set(Extension::new(GROUP_DATA, group_data(roles)));
            builder = builder.set_group_context_ext(extensions).unwrap();
        }
        let made = builder.build().unwrap();
        let body = made.commit_message.to_bytes().unwrap();
        let info = made.external_commit_group_info.unwrap().to_bytes().unwrap();
        group.sent.insert(item.to_vec(), body.clone());
        let mut append = json!({
            "item": hex(&item), "kind": "commit", "epoch": epoch, "body": b64(&body), "group_info": b64(&info),
        });
        if let [welcome] = made.welcome_messages.as_slice() {
            append["welcome"] = b64(&welcome.to_bytes().unwrap()).into();
        }
        self.append(id, append).await
    }

    /// Proposes to remove a leaf.
    pub async fn propose_removal(&mut self, id: &str, leaf: u32) -> u64 {
        let item = random(&mut self.rng);
        let group = self.group(id);
        let epoch = group.mls.current_epoch();
        let body = group.mls.propose_remove(leaf, vec![]).unwrap().to_bytes().unwrap();
        group.sent.insert(item.to_vec(), body.clone());
        self.append(id, json!({"item": hex(&item), "kind": "proposal", "epoch": epoch, "body": b64(&body)})).await
    }

    /// Makes a group of which it is the only member yet.
    pub async fn create_group(&mut self, roles: &[(&str, u64)]) -> String {
        let id = format!("{}@{}", hex(&random(&mut self.rng)), self.organisation.domain);
        let extensions = self.organisation.extensions(group_data(roles));
        let made = self.mls.create_group_with_id(
            id.clone().into_bytes(),
            extensions,
            ExtensionList::new(),
            Some(MlsTime::from(self.now)),
        );
        let mut group = made.unwrap();
        group.write_to_storage().unwrap();
        let info = group.group_info_message_allowing_ext_commit(false).unwrap().to_bytes().unwrap();
        let tree = group.export_tree().to_bytes().unwrap();
        self.relay.post("/v1/groups", json!({"group": id, "group_info": b64(&info), "tree": b64(&tree)})).await;
        self.enter(&id, group, 0);
        id
    }

    /// Comes back by an external commit that replaces its own leaf.
    pub async fn rejoin(&mut self, id: &str) -> u64 {
        self.groups.remove(id);
        let item = random(&mut self.rng);
        let info = self.relay.get(&format!("/v1/groups/{id}/group-info")).await;
        let tree = ExportedTree::from_bytes(&from_b64(&info["tree"])).unwrap();
        let members = tree.roster().members();
        let own = members.iter().find(|member| {
            let owner = self.organisation.owner(&member.signing_identity, None).unwrap();
            (owner.user.as_str(), &owner.device[..]) == (&self.caller.user, &self.caller.device)
        });
        let own = own.expect("its leaf is in the tree").index;
        let message = MlsMessage::from_bytes(&from_b64(&info["group_info"])).unwrap();
        let builder = self.mls.external_commit_builder().unwrap().with_tree_data(tree).with_removal(own);
        let (mut group, commit) = builder.commit_time(MlsTime::from(self.now)).build(message).unwrap();
        group.write_to_storage().unwrap();
        let next = group.group_info_message_allowing_ext_commit(false).unwrap().to_bytes().unwrap();
        let append = json!({
            "item": hex(&item), "kind": "commit", "epoch": info["epoch"],
            "body": b64(&commit.to_bytes().unwrap()), "group_info": b64(&next),
        });
        let seq = self.append(id, append).await;
        self.enter(id, group, seq);
        seq
    }
}
