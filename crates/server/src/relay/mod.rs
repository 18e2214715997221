//! The relay's logic: synchronous, without HTTP and threads, so that the simulator drives exactly what the server runs.
//!
//! A call is prepared on any connection (what costs CPU: signatures, commits against the public tree), then applied in the
//! one writing transaction, which checks again whatever may have changed in between.
//!
//! **Invariant:** time, randomness and the caller are passed in.

pub(crate) mod cache;
mod call;
mod limiter;
mod local;
mod quotas;
pub mod store;
mod tree;
mod tx;

pub use call::{Prepared, is_read};
pub use limiter::{Allowance, Limit, Rates};
pub use local::LocalRelay;
pub(crate) use quotas::stored_too_much;
pub use quotas::{Quotas, Weight};
pub use tree::Tree;
pub(crate) use tree::Until;
pub use tx::Tx;

use crate::{
    Failure, RelayFault, Row,
    auth::Auth,
    groups::{GroupState, items, stored},
    health::Health,
    organisation::{Organisation, load},
    push,
};
use cache::Cache;
use chancery_wire::{Code, DeviceId, Domain, GroupId, Refusal, UserId};
use ed25519_dalek::SigningKey;
use limiter::Limiter;
use rand_core::RngCore;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

/// Group states kept in memory, in members.
const MAX_CACHED_MEMBERS: usize = 2_000_000;
/// Public groups kept in memory, in leaves.
const MAX_CACHED_LEAVES: usize = 20_000;
/// Serialised trees kept in memory for joiners, in bytes.
const MAX_CACHED_TREE_BYTES: usize = 64 * 1024 * 1024;

/// What the logic needs from outside the store.
pub struct Settings {
    /// The relay's external-sender key: signs Remove proposals.
    pub relay_key: SigningKey,
    /// Push messages; without it they are off.
    pub push: Option<push::Settings>,
    /// Limits of one person, and the disk's reserve.
    pub quotas: Quotas,
}

/// An authenticated device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// The device's row.
    pub row: Row,
    /// The user's row.
    pub user_row: Row,
}

/// Who calls from where, when.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Milliseconds since 1970.
    pub now_ms: u64,
    /// The device whose session it is.
    pub caller: Option<&'a Caller>,
    /// Stands for the peer's address in rate limits.
    pub peer: u64,
}

impl<'a> Context<'a> {
    /// Seconds since 1970.
    pub fn now_seconds(&self) -> u64 {
        self.now_ms / 1000
    }

    /// The caller, or a refusal.
    pub fn caller(&self) -> Result<&'a Caller, Refusal> {
        self.caller.ok_or_else(|| Code::Unauthenticated.into())
    }
}

type TreeBytes = Cache<(GroupId, u64), Arc<Vec<u8>>>;
type Groups = Cache<GroupId, Arc<Mutex<GroupState>>>;

/// The logic with its caches. The store's connections are passed to its methods.
pub struct Relay {
    pub(crate) relay_key: SigningKey,
    pub(crate) push: Option<push::Settings>,
    organisation: RwLock<Arc<Organisation>>,
    pub(crate) auth: Auth,
    pub(crate) quotas: Quotas,
    free: quotas::FreeSpace,
    limiter: Mutex<Limiter>,
    rng: Mutex<Box<dyn RngCore + Send>>,
    groups: Mutex<Groups>,
    trees: Mutex<Cache<GroupId, Tree>>,
    tree_bytes: Mutex<TreeBytes>,
    pub(crate) unfiled: Mutex<items::Unfiled>,
    pub(crate) stored: Mutex<stored::Stored>,
    /// What an operator has to look at.
    pub health: Arc<Health>,
}

/// Locks; a poisoned lock is taken over, because every state behind one is dropped or replaced as a whole.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Relay {
    /// Opens the logic on a store that [`store::prepare`] and [`crate::organisation::initialise`] made ready.
    pub fn new(settings: Settings, db: &Connection, rng: Box<dyn RngCore + Send>) -> Result<Self, RelayFault> {
        let organisation = load(db)?;
        if organisation.manifest.relay_key != settings.relay_key.verifying_key().to_bytes() {
            // Its Remove proposals would be refused by every client.
            return Err(RelayFault::new("the relay's key is not the one that the organisation's manifest names"));
        }
        Ok(Self {
            relay_key: settings.relay_key,
            push: settings.push,
            organisation: RwLock::new(Arc::new(organisation)),
            auth: Auth::default(),
            limiter: Mutex::new(Limiter::new(settings.quotas.rates)),
            quotas: settings.quotas,
            free: quotas::FreeSpace::default(),
            rng: Mutex::new(rng),
            groups: Mutex::new(Cache::new(MAX_CACHED_MEMBERS)),
            trees: Mutex::new(Cache::new(MAX_CACHED_LEAVES)),
            tree_bytes: Mutex::new(Cache::new(MAX_CACHED_TREE_BYTES)),
            unfiled: Mutex::default(),
            stored: Mutex::default(),
            health: Arc::default(),
        })
    }

    /// The organisation's signed objects in force.
    pub fn organisation(&self) -> Arc<Organisation> {
        self.organisation.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn set_organisation(&self, organisation: Arc<Organisation>) {
        *self.organisation.write().unwrap_or_else(std::sync::PoisonError::into_inner) = organisation;
    }

    /// The organisation's domain.
    pub fn domain(&self) -> Domain {
        self.organisation().manifest.domain.clone()
    }

    /// Whose session a token is.
    pub fn authenticate(&self, token: &str, now_ms: u64) -> Result<Arc<Caller>, Refusal> {
        self.auth.caller(token, now_ms)
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        lock(&self.rng).fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn limit(&self, limit: Limit, of: (u64, u64), now_ms: u64) -> Result<(), Refusal> {
        lock(&self.limiter).take(limit, of, now_ms)
    }

    /// The writer's state of a group, from the cache or the store. Only for the writing transaction.
    pub(crate) fn group(&self, tx: &Tx<'_>, group: &GroupId) -> Result<Option<Arc<Mutex<GroupState>>>, Failure> {
        if let Some(state) = lock(&self.groups).get(group) {
            return Ok(Some(state.clone()));
        }
        let Some(state) = GroupState::load(tx, group)? else { return Ok(None) };
        let weight = 16 + state.members.len();
        let state = Arc::new(Mutex::new(state));
        // Read in a transaction that may be rolled back.
        tx.touch(group);
        lock(&self.groups).insert(group.clone(), state.clone(), weight);
        Ok(Some(state))
    }

    /// A device was revoked in this transaction: groups that are in memory take nothing more from it; the others are read with it.
    pub(crate) fn cut_off(&self, tx: &Tx<'_>, device: Row) {
        let cached: Vec<_> = lock(&self.groups).iter().map(|(group, state)| (group.clone(), state.clone())).collect();
        for (group, state) in cached {
            if let Some(member) = lock(&state).members.get_mut(&device) {
                tx.touch(&group);
                member.revoked = true;
            }
        }
    }

    pub(crate) fn forget_groups(&self, groups: &[GroupId]) {
        let mut cache = lock(&self.groups);
        for group in groups {
            cache.remove(group);
        }
        drop(cache);
        if !groups.is_empty() {
            // A tree may have been read in the transaction that was rolled back.
            lock(&self.tree_bytes).retain(|(group, _)| !groups.contains(group));
        }
    }

    pub(crate) fn trees(&self) -> &Mutex<Cache<GroupId, Tree>> {
        &self.trees
    }

    pub(crate) fn put_tree(&self, group: GroupId, tree: Tree) {
        let weight = 16 + tree.group.leaves().len();
        lock(&self.trees).insert(group, tree, weight);
    }

    pub(crate) fn remember_tree_bytes(&self, group: &GroupId, epoch: u64, bytes: Arc<Vec<u8>>) {
        let weight = bytes.len();
        lock(&self.tree_bytes).insert((group.clone(), epoch), bytes, weight);
    }

    pub(crate) fn remembered_tree_bytes(&self, group: &GroupId, epoch: u64) -> Option<Arc<Vec<u8>>> {
        lock(&self.tree_bytes).get(&(group.clone(), epoch)).map(|bytes| bytes.clone())
    }
}
