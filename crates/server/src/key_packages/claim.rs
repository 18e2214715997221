//! Takes one key package of each device of some users.

use super::stocks::left;
use crate::{
    Context, Failure, Relay, Row, Tx,
    delivery::inbox::{self, Kind},
    relay::Limit,
};
use chancery_wire::{
    Code, DeviceId, Refusal, UserId,
    api::devices::{Claim, Claimed, Claims},
    limits::KEY_PACKAGE_LOW,
    signed::Suite,
};
use rusqlite::{OptionalExtension, params};

/// Users in one claim.
const MAX_USERS: usize = 250;

/// Claims. A device without any is named without one, and a user whom nobody knows is named, so that the caller sees whom it can't add, and adds
/// the others.
pub fn claim(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, body: &Claim) -> Result<Claims, Failure> {
    let caller = context.caller()?;
    if body.users.len() > MAX_USERS {
        return Err(Refusal::new(Code::TooLarge, format!("`users` names more than {MAX_USERS}")).into());
    }
    let mut users: Vec<&UserId> = body.users.iter().collect();
    users.sort_unstable();
    users.dedup();
    let (mut claimed, mut unknown) = (Vec::new(), Vec::new());
    for user in users {
        let known: Option<Row> = tx
            .prepare_cached("SELECT id FROM users WHERE user = ?")?
            .query_row([user.as_str()], |row| row.get(0))
            .optional()?;
        let Some(row) = known else {
            unknown.push(user.clone());
            continue;
        };
        relay.limit(Limit::Claims, (caller.row as u64, row as u64), context.now_ms)?;
        let mut statement = tx.prepare_cached(
            "SELECT id, device FROM devices WHERE user_id = ? AND revoked_at_ms IS NULL AND id != ? ORDER BY id",
        )?;
        let devices = statement
            .query_map([row, caller.row], |row| Ok((row.get(0)?, DeviceId(row.get(1)?))))?
            .collect::<Result<Vec<(Row, DeviceId)>, _>>()?;
        for (row, device) in devices {
            let key_package = take(tx, row, body.suite, context)?.map(Into::into);
            claimed.push(Claimed { user: user.clone(), device, key_package });
        }
    }
    Ok(Claims { claimed, unknown })
}

fn take(tx: &Tx<'_>, device: Row, suite: Suite, context: Context<'_>) -> Result<Option<Vec<u8>>, Failure> {
    let now = context.now_seconds();
    let taken: Option<(Row, bool, Vec<u8>)> = tx
        .prepare_cached(
            "SELECT id, last_resort, body FROM key_packages
             WHERE device_id = ? AND suite = ? AND body IS NOT NULL AND expires_at > ? ORDER BY last_resort, id LIMIT 1",
        )?
        .query_row(params![device, suite.number(), now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    if let Some((row, false, _)) = &taken {
        tx.prepare_cached("UPDATE key_packages SET body = NULL WHERE id = ?")?.execute([row])?;
    }
    if (left(tx, device, suite, false, now)? as usize) < KEY_PACKAGE_LOW {
        inbox::notify(tx, device, Kind::KeyPackagesLow, context.now_ms)?;
    }
    Ok(taken.map(|(_, _, body)| body))
}
