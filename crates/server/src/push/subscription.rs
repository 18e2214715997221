//! Where devices are woken, in the store.

use super::{due::Target, endpoint};
use crate::{Caller, Context, Failure, Relay, Row, Tx, effects::Effect, relay::Limit};
use chancery_wire::{
    Code, Refusal,
    api::push::{AUTH_BYTES, P256DH_BYTES, Subscription},
};
use rusqlite::{Connection, OptionalExtension, params};
use web_push_native::p256::PublicKey;

/// A device's subscription.
pub struct Stored {
    pub endpoint: String,
    pub p256dh: Vec<u8>,
    pub auth: Vec<u8>,
}

/// Stores the calling device's subscription, instead of a former one.
pub fn put(relay: &Relay, tx: &Tx<'_>, context: Context<'_>, subscription: &Subscription) -> Result<(), Failure> {
    let caller = context.caller()?;
    let settings = relay.push.as_ref().ok_or(Code::PushOff)?;
    relay.limit(Limit::Subscriptions, (caller.user_row as u64, 0), context.now_ms)?;
    let refused = |why: &str| Failure::from(Refusal::new(Code::PushEndpointRefused, why));
    let Subscription { endpoint, p256dh, auth } = subscription;
    endpoint::check(endpoint, settings.allow_private_addresses).map_err(refused)?;
    if p256dh.0.len() != P256DH_BYTES || PublicKey::from_sec1_bytes(&p256dh.0).is_err() {
        return Err(refused("`p256dh` isn't an uncompressed point of P-256"));
    }
    if auth.0.len() != AUTH_BYTES {
        return Err(refused("`auth` hasn't 16 bytes"));
    }
    // A browser that began anew as another device keeps its subscription. Whoever knows its secret is that browser.
    tx.prepare_cached("DELETE FROM push_subscriptions WHERE endpoint = ? AND auth = ? AND device_id != ?")?
        .execute(params![endpoint, auth.0, caller.row])?;
    tx.prepare_cached(
        "INSERT OR REPLACE INTO push_subscriptions (device_id, endpoint, p256dh, auth, set_at_ms) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![caller.row, endpoint, p256dh.0, auth.0, context.now_ms])?;
    tx.effect(Effect::Subscribed { device: caller.row });
    Ok(())
}

/// Removes the calling device's subscription. Once more succeeds.
pub fn remove(tx: &Tx<'_>, caller: &Caller) -> Result<(), Failure> {
    forget(tx, caller.row)
}

/// Forgets a device's subscription.
pub fn forget(tx: &Tx<'_>, device: Row) -> Result<(), Failure> {
    tx.prepare_cached("DELETE FROM push_subscriptions WHERE device_id = ?")?.execute([device])?;
    Ok(())
}

/// Forgets a subscription that its push service doesn't know any more, unless the device has another one by now.
pub fn gone(tx: &Tx<'_>, device: Row, endpoint: &str) -> Result<(), Failure> {
    tx.prepare_cached("DELETE FROM push_subscriptions WHERE device_id = ? AND endpoint = ?")?
        .execute(params![device, endpoint])?;
    Ok(())
}

/// A device's subscription.
pub fn of(db: &Connection, device: Row) -> Result<Option<Stored>, Failure> {
    Ok(db
        .prepare_cached("SELECT endpoint, p256dh, auth FROM push_subscriptions WHERE device_id = ?")?
        .query_row([device], |row| Ok(Stored { endpoint: row.get(0)?, p256dh: row.get(1)?, auth: row.get(2)? }))
        .optional()?)
}

/// The devices with a subscription that are in this group and aren't this user's, with whose they are and who wakes them.
pub fn to_wake(db: &Connection, group: Row, user: Row) -> Result<Vec<(Row, Target)>, Failure> {
    let mut statement = db.prepare_cached(
        "SELECT device_id, user_id, endpoint FROM members JOIN push_subscriptions USING (device_id) JOIN devices ON devices.id = device_id
         WHERE group_id = ? AND removed_seq IS NULL AND revoked_at_ms IS NULL AND user_id != ?",
    )?;
    let mut rows = statement.query([group, user])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        // One whose endpoint isn't a URL any more can't be woken.
        let endpoint = row.get_ref(2)?.as_str().map_err(crate::RelayFault::new)?;
        if let Some(host) = endpoint::host(endpoint) {
            devices.push((row.get(0)?, Target { user: row.get(1)?, host: host.into() }));
        }
    }
    Ok(devices)
}

/// Whether there is any at all: most of the time of a relay that nobody uses from a browser is spared by this.
pub fn any(db: &Connection) -> Result<bool, Failure> {
    Ok(db.prepare_cached("SELECT EXISTS (SELECT 1 FROM push_subscriptions)")?.query_row((), |row| row.get(0))?)
}
