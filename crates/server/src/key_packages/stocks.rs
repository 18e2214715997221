//! What is left.

use crate::{Caller, Failure, Row};
use chancery_wire::{
    api::devices::{Stock, Stocks},
    signed::Suite,
};
use rusqlite::{Connection, params};

/// The caller's stock per suite.
pub fn stocks(db: &Connection, caller: &Caller, now_seconds: u64) -> Result<Stocks, Failure> {
    let stocks = Suite::ALL.into_iter().map(|suite| {
        Ok(Stock {
            suite,
            ordinary: left(db, caller.row, suite, false, now_seconds)?,
            last_resort: left(db, caller.row, suite, true, now_seconds)? > 0,
        })
    });
    Ok(Stocks { stocks: stocks.collect::<Result<_, Failure>>()? })
}

/// How many a device has that may be handed out.
pub fn left(db: &Connection, device: Row, suite: Suite, last_resort: bool, now_seconds: u64) -> Result<u32, Failure> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM key_packages
             WHERE device_id = ? AND suite = ? AND last_resort = ? AND body IS NOT NULL AND expires_at > ?",
        )?
        .query_row(params![device, suite.number(), last_resort, now_seconds], |row| row.get(0))?)
}
