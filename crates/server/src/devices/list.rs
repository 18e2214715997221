//! A user's devices.

use crate::{Caller, Failure, Row, work};
use chancery_wire::{
    Base64, DeviceId,
    api::devices::{Device, Devices, Removing},
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
    Ok(Devices { devices: devices.collect::<Result<_, _>>()?, removing: removing(db, caller)? })
}

/// The caller's devices that are cut off and still being removed from groups.
fn removing(db: &Connection, caller: &Caller) -> Result<Vec<Removing>, Failure> {
    let mut statement = db.prepare_cached(
        "SELECT devices.id, device, credential FROM work JOIN devices ON devices.id = subject
         WHERE kind = ? AND user_id = ? ORDER BY devices.id",
    )?;
    let mut rows = statement.query([work::Kind::RemoveDevice as i64, caller.user_row])?;
    let mut removing = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(progress) = work::progress(db, work::Kind::RemoveDevice, row.get(0)?)? {
            removing.push(Removing {
                device: DeviceId(row.get(1)?),
                credential: row.get::<_, Vec<u8>>(2)?.into(),
                done: progress.done,
                total: progress.total,
            });
        }
    }
    Ok(removing)
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
