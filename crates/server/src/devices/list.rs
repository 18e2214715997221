//! A user's devices.

use crate::{Caller, Failure, Row};
use chancery_wire::{
    Base64,
    api::devices::{Device, Devices},
};
use rusqlite::Connection;

/// The caller's own devices.
pub fn list(db: &Connection, caller: &Caller) -> Result<Devices, Failure> {
    let mut statement = db.prepare_cached(
        "SELECT credential, added_at_ms, last_seen_day FROM devices WHERE user_id = ? AND revoked_at_ms IS NULL ORDER BY id",
    )?;
    let devices = statement.query_map([caller.user_row], |row| {
        Ok(Device {
            credential: row.get::<_, Vec<u8>>(0)?.into(),
            added_at_ms: row.get(1)?,
            last_seen_day: row.get(2)?,
        })
    })?;
    Ok(Devices { devices: devices.collect::<Result<_, _>>()? })
}

/// The credentials of a user's devices.
pub fn credentials(db: &Connection, user: Row) -> Result<Vec<Base64>, Failure> {
    let mut statement =
        db.prepare_cached("SELECT credential FROM devices WHERE user_id = ? AND revoked_at_ms IS NULL ORDER BY id")?;
    let credentials = statement.query_map([user], |row| Ok(row.get::<_, Vec<u8>>(0)?.into()))?;
    Ok(credentials.collect::<Result<_, _>>()?)
}

/// The credential of a device.
pub fn credential(db: &Connection, device: Row) -> Result<Vec<u8>, Failure> {
    Ok(db.prepare_cached("SELECT credential FROM devices WHERE id = ?")?.query_row([device], |row| row.get(0))?)
}
