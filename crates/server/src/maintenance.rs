//! The purge of what has served its time, in small steps. A step that fails is told and passed over: one damaged group, file or row keeps
//! nothing else from being purged.

use crate::{
    Failure, Relay, RelayFault, Row, Tx,
    delivery::inbox,
    groups,
    health::{Health, Part},
};
use chancery_wire::GroupId;
use rusqlite::{Connection, params};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Expired, unused invitations stay known this long, so that whoever comes late is told why.
const INVITATION_GRACE_SECONDS: u64 = 30 * 24 * 3600;
/// Reports are kept this long, in milliseconds.
const REPORT_AGE_MS: u64 = 90 * DAY_MS;
/// Rows that one step deletes, because senders wait meanwhile.
const ROWS_AT_ONCE: usize = 500;
/// Pages given back to the file system at once, because senders wait meanwhile.
const VACUUM_PAGES: u32 = 256;
/// One page of so many may stay free, for what comes next: giving pages back moves others.
const FREE_PART: u32 = 4;

/// The groups to be pruned.
pub fn groups_to_prune(db: &Connection) -> Result<Vec<Row>, Failure> {
    let mut statement = db.prepare("SELECT id FROM groups ORDER BY id")?;
    let rows = statement.query_map((), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Prunes some of one group's log; returns how many items went, none when it is done.
pub fn prune_group(relay: &Relay, tx: &Tx<'_>, now_ms: u64, group: Row) -> Result<u64, Failure> {
    let kept_ms = tx.organisation(relay).policy.log_days.saturating_mul(DAY_MS);
    let id: String = tx.prepare_cached("SELECT gid FROM groups WHERE id = ?")?.query_row([group], |row| row.get(0))?;
    let id: GroupId = id.parse().map_err(RelayFault::new)?;
    groups::prune(relay, tx, &id, now_ms.saturating_sub(kept_ms))
}

/// What is purged besides logs and files, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Unused invitations that expired.
    Invitations,
    /// Key packages that expired.
    KeyPackages,
    /// Rendezvous that are over.
    Links,
    /// Old reports.
    Reports,
    /// Old events in inboxes, and Welcomes that nobody waits for.
    Inboxes,
}

impl Shelf {
    /// Every one.
    pub const ALL: [Shelf; 5] = [Shelf::Invitations, Shelf::KeyPackages, Shelf::Links, Shelf::Reports, Shelf::Inboxes];
}

/// Purges some of a shelf; returns how many rows went, none when it is done.
pub fn purge(relay: &Relay, tx: &Tx<'_>, now_ms: u64, shelf: Shelf) -> Result<usize, Failure> {
    let now = now_ms / 1000;
    match shelf {
        Shelf::Invitations => delete(
            tx,
            "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE used = 0 AND expires_at < ? LIMIT ?)",
            now.saturating_sub(INVITATION_GRACE_SECONDS),
        ),
        Shelf::KeyPackages => delete(
            tx,
            "DELETE FROM key_packages WHERE id IN (SELECT id FROM key_packages WHERE expires_at <= ? LIMIT ?)",
            now,
        ),
        Shelf::Links => {
            delete(tx, "DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at_ms <= ? LIMIT ?)", now_ms)
        }
        Shelf::Reports => delete(
            tx,
            "DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE at_ms < ? LIMIT ?)",
            now_ms.saturating_sub(REPORT_AGE_MS),
        ),
        Shelf::Inboxes => purge_inboxes(relay, tx, now_ms),
    }
}

fn delete(tx: &Tx<'_>, sql: &str, before: u64) -> Result<usize, Failure> {
    Ok(tx.prepare_cached(sql)?.execute(params![before, ROWS_AT_ONCE])?)
}

fn purge_inboxes(relay: &Relay, tx: &Tx<'_>, now_ms: u64) -> Result<usize, Failure> {
    let kept_ms = tx.organisation(relay).policy.log_days.saturating_mul(DAY_MS);
    let mut statement = tx.prepare_cached(
        "DELETE FROM inbox WHERE rowid IN (SELECT rowid FROM inbox WHERE at_ms < ? LIMIT ?) RETURNING welcome_id",
    )?;
    let welcomes = statement
        .query_map(params![now_ms.saturating_sub(kept_ms), ROWS_AT_ONCE], |row| row.get(0))?
        .collect::<Result<Vec<Option<Row>>, _>>()?;
    let count = welcomes.len();
    for welcome in welcomes.into_iter().flatten() {
        inbox::forget_welcome(tx, welcome)?;
    }
    Ok(count)
}

/// Gives freed pages back to the file system, some at a time; outside a transaction. Whether more should go.
pub fn vacuum(db: &Connection) -> Result<bool, RelayFault> {
    let count = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0));
    let keep = count("page_count")? / FREE_PART;
    let free = count("freelist_count")?;
    if free <= keep {
        return Ok(false);
    }
    let mut statement = db.prepare(&format!("PRAGMA incremental_vacuum({})", VACUUM_PAGES.min(free - keep)))?;
    let mut rows = statement.query(())?;
    while rows.next()?.is_some() {}
    Ok(free - keep > VACUUM_PAGES)
}

/// One whole round on the simulator's or a test's own connection. Everything that can be purged is, also when something fails; the
/// first failure is returned.
pub fn run(local: &crate::LocalRelay, now_ms: u64) -> Result<u64, Failure> {
    let health = local.relay().health.clone();
    let (mut items, mut first) = (0, None);
    for group in groups_to_prune(local.db())? {
        let done = until_none(|| {
            let (pruned, _no_effects) = local.transact(|relay, tx| prune_group(relay, tx, now_ms, group))?;
            items += pruned;
            Ok(pruned > 0)
        });
        pass_over(&health, Part::Prune, done, &mut first);
    }
    for shelf in Shelf::ALL {
        let done = until_none(|| {
            let (purged, _no_effects) = local.transact(|relay, tx| purge(relay, tx, now_ms, shelf))?;
            Ok(purged > 0)
        });
        pass_over(&health, Part::Purge, done, &mut first);
    }
    pass_over(&health, Part::Vacuum, until_none(|| Ok(vacuum(local.db())?)), &mut first);
    first.map_or(Ok(items), Err)
}

fn until_none(mut step: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    while step()? {}
    Ok(())
}

fn pass_over(health: &Health, part: Part, done: Result<(), Failure>, first: &mut Option<Failure>) {
    if let Err(failure) = done {
        health.passed_over(part, &failure);
        first.get_or_insert(failure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_pages_back_goes_in_steps_and_leaves_some_for_what_comes_next() {
        let db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL").unwrap();
        db.execute_batch("CREATE TABLE t (body BLOB)").unwrap();
        for _ in 0..2000 {
            db.execute("INSERT INTO t VALUES (zeroblob(3000))", ()).unwrap();
        }
        let count = |pragma| db.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0)).unwrap();
        let before = count("page_count");
        assert!(!vacuum(&db).unwrap(), "nothing is free");
        db.execute_batch("DELETE FROM t").unwrap();
        assert!(vacuum(&db).unwrap());
        assert_eq!(count("page_count"), before - VACUUM_PAGES);
        while vacuum(&db).unwrap() {}
        let (pages, free) = (count("page_count"), count("freelist_count"));
        assert!(pages < before / 4 && free > 0, "{free} of {pages} pages are free");
    }
}
