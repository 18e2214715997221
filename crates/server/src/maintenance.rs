//! The hourly purge of what has served its time.

use crate::{Failure, Relay, RelayFault, Row, Tx, delivery::inbox, groups};
use chancery_wire::GroupId;
use rusqlite::{Connection, params};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Expired, unused invitations stay known this long, so that whoever comes late is told why.
const INVITATION_GRACE_SECONDS: u64 = 30 * 24 * 3600;
/// Reports are kept this long, in milliseconds.
const REPORT_AGE_MS: u64 = 90 * DAY_MS;
/// Pages given back to the file system at once, because senders wait meanwhile.
const VACUUM_PAGES: u32 = 256;
/// One page of so many may stay free, for what comes next: giving pages back moves others.
const FREE_PART: u32 = 4;

/// The groups to be pruned.
pub fn groups_to_prune(db: &Connection) -> Result<Vec<GroupId>, Failure> {
    let mut statement = db.prepare("SELECT gid FROM groups ORDER BY id")?;
    let mut rows = statement.query(())?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        groups.push(row.get::<_, String>(0)?.parse().map_err(RelayFault::new)?);
    }
    Ok(groups)
}

/// Prunes some of one group's log; returns how many items went, none when it is done.
pub fn prune_group(relay: &Relay, tx: &Tx<'_>, now_ms: u64, group: &GroupId) -> Result<u64, Failure> {
    let kept_ms = tx.organisation(relay).policy.log_days.saturating_mul(DAY_MS);
    groups::prune(relay, tx, group, now_ms.saturating_sub(kept_ms))
}

/// Purges everything but the logs.
pub fn purge(relay: &Relay, tx: &Tx<'_>, now_ms: u64) -> Result<(), Failure> {
    let now = now_ms / 1000;
    tx.execute(
        "DELETE FROM invitations WHERE used = 0 AND expires_at < ?",
        [now.saturating_sub(INVITATION_GRACE_SECONDS)],
    )?;
    tx.execute("DELETE FROM key_packages WHERE expires_at <= ?", [now])?;
    tx.execute("DELETE FROM links WHERE expires_at_ms <= ?", [now_ms])?;
    tx.execute("DELETE FROM reports WHERE at_ms < ?", [now_ms.saturating_sub(REPORT_AGE_MS)])?;
    let kept_ms = tx.organisation(relay).policy.log_days.saturating_mul(DAY_MS);
    let mut statement = tx.prepare("DELETE FROM inbox WHERE at_ms < ? RETURNING welcome_id")?;
    let welcomes = statement
        .query_map(params![now_ms.saturating_sub(kept_ms)], |row| row.get(0))?
        .collect::<Result<Vec<Option<Row>>, _>>()?;
    for welcome in welcomes.into_iter().flatten() {
        inbox::forget_welcome(tx, welcome)?;
    }
    Ok(())
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

/// One whole round on the simulator's or a test's own connection.
pub fn run(local: &crate::LocalRelay, now_ms: u64) -> Result<u64, Failure> {
    let mut items = 0;
    for group in groups_to_prune(local.db())? {
        loop {
            let (pruned, _no_effects) = local.transact(|relay, tx| prune_group(relay, tx, now_ms, &group))?;
            items += pruned;
            if pruned == 0 {
                break;
            }
        }
    }
    let ((), _no_effects) = local.transact(|relay, tx| purge(relay, tx, now_ms))?;
    while vacuum(local.db())? {}
    Ok(items)
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
