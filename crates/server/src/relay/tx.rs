//! One transaction of the store, with what must happen only after it was committed.
//!
//! **Invariant:** nothing in memory survives a rolled-back transaction: group states that it touched are dropped from their
//! cache, trees that it advanced never enter theirs, effects are never applied.

use super::{Relay, tree::Tree};
use crate::{
    Effects, Failure, RelayFault, Row,
    effects::Effect,
    groups::{items, stored},
    organisation::Organisation,
};
use chancery_wire::GroupId;
use rusqlite::Connection;
use std::{cell::RefCell, collections::HashMap, ops::Deref, sync::Arc};

/// An open transaction. Derefs to the connection for reading and writing.
pub struct Tx<'c> {
    db: &'c Connection,
    pending: RefCell<Pending>,
}

/// What waits for the commit.
#[derive(Default)]
pub struct Pending {
    effects: Vec<Effect>,
    touched: Vec<GroupId>,
    trees: HashMap<GroupId, Tree>,
    tree_bytes: HashMap<(GroupId, u64), Arc<Vec<u8>>>,
    organisation: Option<Arc<Organisation>>,
    items: Vec<items::Key>,
    /// Bytes of whose entries memory counts already.
    noted: Vec<(Row, u64)>,
    /// Counts that memory changes after the commit.
    stored: Vec<stored::Change>,
}

impl Deref for Tx<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.db
    }
}

impl<'c> Tx<'c> {
    /// Begins one. It takes the write lock at once, so that what it reads holds until the commit.
    pub fn begin(db: &'c Connection) -> Result<Self, RelayFault> {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        Ok(Self { db, pending: RefCell::default() })
    }

    /// Commits; then the caches are replaced and the effects are returned.
    pub fn commit(self, relay: &Relay) -> Result<Effects, RelayFault> {
        let committed = (|| {
            if self.is_lost() {
                return Err(RelayFault::new("SQLite gave the transaction up"));
            }
            let filed = items::file(relay, self.db)?;
            self.db.prepare_cached("COMMIT")?.execute(())?;
            Ok(filed)
        })();
        match committed {
            Ok(filed) => {
                let pending = self.pending.into_inner();
                if let Some(counts) = &mut *super::lock(&relay.stored) {
                    counts.apply(&pending.stored);
                    if filed {
                        counts.filed();
                    }
                }
                if filed && let Some(unfiled) = &mut *super::lock(&relay.unfiled) {
                    unfiled.clear();
                }
                Ok(relay.publish(pending))
            }
            Err(fault) => {
                self.rollback(relay);
                Err(fault)
            }
        }
    }

    /// Rolls back and forgets.
    pub fn rollback(self, relay: &Relay) {
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "rolling back");
        }
        let pending = self.pending.into_inner();
        relay.forget_groups(&pending.touched);
        relay.forget_items(&pending.items);
        relay.forget_bytes(&pending.noted);
    }

    /// Whether SQLite gave the transaction up by itself (disk full, I/O error).
    pub fn is_lost(&self) -> bool {
        self.db.is_autocommit()
    }

    /// Runs one of several jobs of a transaction: its failure undoes its own changes only.
    pub fn savepoint<T>(&self, relay: &Relay, job: impl FnOnce(&Self) -> Result<T, Failure>) -> Result<T, Failure> {
        let (effects, touched, items, noted, stored, organisation) = {
            let Pending { effects, touched, items, noted, stored, organisation, .. } = &*self.pending.borrow();
            (effects.len(), touched.len(), items.len(), noted.len(), stored.len(), organisation.clone())
        };
        self.db.prepare_cached("SAVEPOINT job")?.execute(())?;
        let result = job(self);
        if result.is_ok() {
            self.db.prepare_cached("RELEASE job")?.execute(())?;
            return result;
        }
        let mut pending = self.pending.borrow_mut();
        pending.effects.truncate(effects);
        pending.organisation = organisation;
        pending.stored.truncate(stored);
        let undone = pending.touched.split_off(touched);
        for group in &undone {
            pending.trees.remove(group);
            pending.tree_bytes.retain(|(of, _), _| of != group);
        }
        relay.forget_groups(&undone);
        relay.forget_items(&pending.items.split_off(items));
        relay.forget_bytes(&pending.noted.split_off(noted));
        if !self.is_lost() {
            self.db.execute_batch("ROLLBACK TO job; RELEASE job")?;
        }
        result
    }

    /// To be applied after the commit, in this order.
    pub fn effect(&self, effect: Effect) {
        self.pending.borrow_mut().effects.push(effect);
    }

    /// The cached state of this group changes in this transaction.
    pub fn touch(&self, group: &GroupId) {
        self.pending.borrow_mut().touched.push(group.clone());
    }

    /// An entry of this item was added.
    pub(crate) fn noted(&self, item: items::Key) {
        self.pending.borrow_mut().items.push(item);
    }

    /// Memory counts so many bytes of a user's more.
    pub(crate) fn noted_bytes(&self, user: Row, bytes: u64) {
        self.pending.borrow_mut().noted.push((user, bytes));
    }

    /// A count changes with this transaction.
    pub(crate) fn changes_stored(&self, change: stored::Change) {
        self.pending.borrow_mut().stored.push(change);
    }

    /// Whether this transaction changes what the table says of a user.
    pub(crate) fn changed_stored(&self, user: Row) -> bool {
        self.pending.borrow().stored.iter().any(|change| change.user() == user)
    }

    /// The tree as this transaction left it.
    pub(super) fn take_tree(&self, group: &GroupId) -> Option<Tree> {
        self.pending.borrow_mut().trees.remove(group)
    }

    /// Becomes the cached tree after the commit.
    pub(super) fn put_tree(&self, group: GroupId, tree: Tree) {
        self.pending.borrow_mut().trees.insert(group, tree);
    }

    /// Becomes the remembered tree of this epoch after the commit.
    pub(super) fn put_tree_bytes(&self, group: GroupId, epoch: u64, bytes: Arc<Vec<u8>>) {
        self.pending.borrow_mut().tree_bytes.insert((group, epoch), bytes);
    }

    /// Becomes the organisation's state after the commit.
    pub fn put_organisation(&self, organisation: Arc<Organisation>) {
        self.pending.borrow_mut().organisation = Some(organisation);
    }

    /// The organisation's state as this transaction left it.
    pub fn organisation(&self, relay: &Relay) -> Arc<Organisation> {
        self.pending.borrow().organisation.clone().unwrap_or_else(|| relay.organisation())
    }
}

impl Relay {
    fn forget_items(&self, items: &[items::Key]) {
        if let Some(unfiled) = &mut *super::lock(&self.unfiled) {
            for item in items {
                unfiled.remove(item);
            }
        }
    }

    fn forget_bytes(&self, noted: &[(Row, u64)]) {
        if let Some(counts) = &mut *super::lock(&self.stored) {
            counts.forget(noted);
        }
    }

    fn publish(&self, pending: Pending) -> Effects {
        for (group, tree) in pending.trees {
            self.put_tree(group, tree);
        }
        for ((group, epoch), bytes) in pending.tree_bytes {
            self.remember_tree_bytes(&group, epoch, bytes);
        }
        if let Some(organisation) = pending.organisation {
            self.set_organisation(organisation);
        }
        for effect in &pending.effects {
            if let Effect::Cut { device } = effect {
                self.auth.end_sessions(*device);
            }
        }
        Effects(pending.effects)
    }
}
