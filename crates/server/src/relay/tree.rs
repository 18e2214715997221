//! The public state of groups: a cache of the log. A snapshot now and then, commits replayed after it.

use super::{Relay, Tx, lock};
use crate::{Failure, RelayFault, Row, groups::log};
use chancery_mls::RelayGroup;
use chancery_wire::{GroupId, frames::ItemKind};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// A group's public state after its log item `handshake_seq`.
pub struct Tree {
    /// The last commit or proposal that is in it; says whether it is the newest.
    pub handshake_seq: u64,
    /// The public group.
    pub group: RelayGroup,
}

impl Relay {
    /// Takes the public state after `handshake_seq`, the group's last, out of the cache, or rebuilds it. Whoever doesn't
    /// change it puts it back. `db` has to be in a transaction, so that both belong together.
    pub(crate) fn take_tree(
        &self,
        db: &Connection,
        tx: Option<&Tx<'_>>,
        group: &GroupId,
        row: Row,
        handshake_seq: u64,
    ) -> Result<Tree, Failure> {
        let cached = tx.and_then(|tx| tx.take_tree(group)).or_else(|| lock(&self.trees).remove(group));
        match cached {
            Some(tree) if tree.handshake_seq == handshake_seq => Ok(tree),
            _ => {
                let mut tree = self.rebuild(db, row, Until::Newest)?;
                // Pruning may have moved the snapshot beyond the last handshake; its state is the same.
                tree.handshake_seq = handshake_seq;
                Ok(tree)
            }
        }
    }

    /// Puts a changed state back, to be cached once the transaction is committed.
    pub(crate) fn put_tree_in(&self, tx: &Tx<'_>, group: &GroupId, tree: Tree) {
        tx.touch(group);
        tx.put_tree(group.clone(), tree);
    }

    /// All who were added by a commit will ask for the tree of its epoch: remembered once the transaction is committed.
    pub(crate) fn put_tree_bytes_in(&self, tx: &Tx<'_>, group: &GroupId, epoch: u64, bytes: Arc<Vec<u8>>) {
        tx.touch(group);
        tx.put_tree_bytes(group.clone(), epoch, bytes);
    }

    /// Replays the log on the last snapshot before.
    pub(crate) fn rebuild(&self, db: &Connection, row: Row, until: Until) -> Result<Tree, RelayFault> {
        let trust = &self.organisation().trust;
        let (column, bound) = match until {
            Until::Newest => ("seq", log::MAX_SEQ),
            Until::Seq(seq) => ("seq", seq),
            Until::Epoch(epoch) => ("epoch", epoch),
        };
        let (seq, body): (u64, Vec<u8>) = db
            .prepare_cached(&format!(
                "SELECT seq, body FROM group_snapshots WHERE group_id = ? AND {column} <= ? ORDER BY seq DESC LIMIT 1"
            ))?
            .query_row(params![row, bound], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or_else(|| RelayFault::new("a group has no snapshot"))?;
        let group = RelayGroup::from_snapshot(&body, trust).map_err(RelayFault::new)?;
        let mut tree = Tree { handshake_seq: seq, group };
        let last = match until {
            Until::Seq(seq) => seq,
            Until::Newest | Until::Epoch(_) => log::MAX_SEQ,
        };
        let mut statement = db.prepare_cached(
            "SELECT log.position, kind, body FROM log JOIN entries ON entries.id = entry_id
             WHERE log.position > ? AND log.position <= ? AND kind != 0 ORDER BY log.position",
        )?;
        let mut rows = statement.query(params![log::position(row, seq), log::position(row, last)])?;
        while let Some(item) = rows.next()? {
            if matches!(until, Until::Epoch(epoch) if tree.group.epoch() == epoch) {
                break;
            }
            debug_assert_ne!(log::kind(item.get(1)?)?, ItemKind::Application);
            let body = item.get_ref(2)?.as_blob().map_err(RelayFault::new)?;
            tree.group.replay(body).map_err(RelayFault::new)?;
            tree.handshake_seq = log::seq(item.get(0)?);
        }
        Ok(tree)
    }
}

/// How far to replay.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// As far as the log goes.
    Newest,
    /// To this item.
    Seq(u64),
    /// To the beginning of this epoch.
    Epoch(u64),
}
