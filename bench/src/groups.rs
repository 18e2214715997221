//! Real MLS groups at the relay, and real messages that were encrypted beforehand.

use crate::{
    memory_store::MemoryStore,
    organisation::{Member, Organisation, now_seconds},
};
use anyhow::{Context, Result, bail};
use chancery_mls::{Group, GroupData, GroupKind, Join, Role};
use chancery_wire::{
    GroupId, ItemId,
    api::{Request, Response, groups},
    frames::{Cursor, ItemKind},
    signed::Suite,
};
use rand::{RngCore, rngs::OsRng};
use std::sync::Arc;

/// Content of a message of the workloads: this many random bytes, encrypted by MLS (the PrivateMessage has about 150 more).
pub const CONTENT_BYTES: usize = 1024;
/// Devices added by one commit.
const ADDED_AT_ONCE: usize = 250;

/// A member's messages, encrypted beforehand; sent again and again under new item ids. The relay can't tell: to it each is
/// as good as the next.
#[derive(Clone)]
pub struct Messages {
    /// The group.
    pub group: GroupId,
    /// Epoch they were encrypted in.
    pub epoch: u64,
    bodies: Arc<Vec<Vec<u8>>>,
}

impl Messages {
    fn encrypt(
        group: &mut Group,
        store: &MemoryStore,
        member: &Member,
        organisation: &Organisation,
        count: usize,
        content_bytes: usize,
    ) -> Result<Self> {
        let device = member.device(&organisation.trust())?;
        let mut bodies = Vec::with_capacity(count);
        for _ in 0..count {
            bodies.push(group.encrypt(store, &device, &random_content(content_bytes), &[])?);
        }
        group.flush(store)?;
        Ok(Self { group: group.id().clone(), epoch: group.epoch(), bodies: Arc::new(bodies) })
    }

    /// The `n`th, starting over at the end.
    pub fn body(&self, n: usize) -> &[u8] {
        &self.bodies[n % self.bodies.len()]
    }
}

/// Random content.
pub fn random_content(bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    OsRng.fill_bytes(&mut content);
    content
}

/// What is encrypted beforehand.
#[derive(Debug, Clone, Copy)]
pub struct Prepared {
    /// So many of the first members send.
    pub senders: usize,
    /// Messages of each.
    pub messages: usize,
    /// Content of each, in bytes.
    pub content_bytes: usize,
}

impl Prepared {
    /// Messages of the usual size.
    pub fn usual(senders: usize, messages: usize) -> Self {
        Self { senders, messages, content_bytes: CONTENT_BYTES }
    }
}

/// What a group's first member starts with.
pub fn group_data(members: &[Member], kind: GroupKind) -> GroupData {
    GroupData {
        kind,
        roles: members
            .iter()
            .enumerate()
            .map(|(n, member)| {
                let admin = n == 0 && kind == GroupKind::Group;
                (member.user.clone(), if admin { Role::Admin } else { Role::Member })
            })
            .collect(),
        purpose: String::new(),
        classification: String::new(),
        policy_version: 1,
        recorders: Vec::new(),
    }
}

/// A group at the relay.
pub struct RelayGroup {
    /// Its id.
    pub group: GroupId,
    /// Last item of its log.
    pub head: u64,
    /// Messages of the first members, as many as were asked for.
    pub senders: Vec<Messages>,
}

impl RelayGroup {
    /// The cursor of a member that has everything so far.
    pub fn cursor(&self) -> Cursor {
        Cursor { group: self.group.clone(), seq: self.head }
    }
}

/// Makes a group of these members at the relay; the first creates it and adds the others. The first members encrypt
/// messages.
pub async fn make(
    origin: &str,
    organisation: &Organisation,
    suite: Suite,
    kind: GroupKind,
    members: &[Member],
    prepared: Prepared,
) -> Result<RelayGroup> {
    let Prepared { senders, messages, content_bytes } = prepared;
    let trust = organisation.trust();
    let (creator, others) = members.split_first().context("a group has members")?;
    let device = creator.device(&trust)?;
    let store = MemoryStore::default();
    let id = GroupId::random(&mut OsRng, organisation.domain());
    let created = Group::create(&store, &device, &trust, &id, suite, group_data(members, kind))?;
    let mut group = created.group;
    let api = creator.api(origin).await?;
    api.call(Request::CreateGroup {
        body: groups::CreateGroup {
            group: id.clone(),
            group_info: created.group_info.into(),
            tree: created.tree.into(),
        },
    })
    .await?;

    // The members that send add what they need for joining; they are all added by the first commit.
    let stores: Vec<MemoryStore> = others.iter().map(|_| MemoryStore::default()).collect();
    let mut head = 0;
    let mut joined: Vec<(Group, &Member, &MemoryStore)> = Vec::new();
    for (chunk, stores) in others.chunks(ADDED_AT_ONCE).zip(stores.chunks(ADDED_AT_ONCE)) {
        let packages = chunk
            .iter()
            .zip(stores)
            .map(|(member, store)| member.key_package(store, &trust, suite))
            .collect::<Result<Vec<_>>>()?;
        let committed = group.commit(&store, &device, &trust, &packages, &[], None)?;
        let body = groups::Append {
            item: ItemId::random(&mut OsRng),
            kind: ItemKind::Commit,
            epoch: committed.epoch,
            body: committed.commit.clone().into(),
            group_info: Some(committed.group_info.into()),
            welcome: committed.welcome.clone().map(Into::into),
            quiet: false,
        };
        let Response::Appended(appended) = api.call(Request::Append { group: id.clone(), body }).await? else {
            bail!("the relay answered something else than a position");
        };
        head = appended.seq;
        group.merge_pending_commit(&store, &trust, now_seconds())?;
        for (joiner, _, store) in &mut joined {
            joiner.process(*store, &trust, &committed.commit, now_seconds())?;
        }
        let welcome = committed.welcome.context("a commit that adds devices has a Welcome")?;
        let missing = senders.saturating_sub(1 + joined.len());
        for (member, store) in chunk.iter().zip(stores).take(missing) {
            joined.push((
                join(origin, organisation, member, store, &id, group.epoch(), &welcome).await?,
                member,
                store,
            ));
        }
    }
    group.flush(&store)?;

    let mut encrypted = Vec::with_capacity(senders);
    if senders > 0 {
        encrypted.push(Messages::encrypt(&mut group, &store, creator, organisation, messages, content_bytes)?);
    }
    for (mut joiner, member, store) in joined {
        encrypted.push(Messages::encrypt(&mut joiner, store, member, organisation, messages, content_bytes)?);
    }
    Ok(RelayGroup { group: id, head, senders: encrypted })
}

async fn join(
    origin: &str,
    organisation: &Organisation,
    member: &Member,
    store: &MemoryStore,
    group: &GroupId,
    epoch: u64,
    welcome: &[u8],
) -> Result<Group> {
    let trust = organisation.trust();
    let api = member.api(origin).await?;
    let Response::Tree(answer) = api.call(Request::GetTree { group: group.clone(), epoch }).await? else {
        bail!("the relay answered something else than a tree");
    };
    let join = Join::open(store, &member.device(&trust)?, &trust, welcome, &answer.tree.0)?;
    Ok(join.accept(store)?)
}
